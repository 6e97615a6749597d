/* SPDX-License-Identifier: GPL-2.0-only */
/* The syntax tree of a symbol expression; for what evaluates or walks one. */
#ifndef KCONFIG_EXPR_H
#define KCONFIG_EXPR_H

#include "kconfig.h"

#define KCONFIG_NODES_MAX 160
#define KCONFIG_NAME_MAX_LEN 79

enum node_kind { NODE_SYMBOL, NODE_EMPTY, NODE_CONST, NODE_NOT, NODE_AND, NODE_OR };

struct node {
	enum node_kind kind;
	int left, right;		/* indices; left alone for NODE_NOT */
	enum kconfig_tristate value;	/* NODE_CONST */
	/*
	 * What the evaluation met: naming the reasons asks for the same again, several times.
	 * Valid for one configuration and version, so a tree is evaluated on one only.
	 */
	struct {
		bool classified, evaluated, never;
		unsigned char leaf, lo, hi;
		const struct kconfig_symbol *row;
	} met;
	char name[KCONFIG_NAME_MAX_LEN + 1];	/* NODE_SYMBOL, NODE_EMPTY: X="" */
};

struct expr {
	struct node node[KCONFIG_NODES_MAX];
	int count;
	const char *p;
	int depth;
};

/* Returns the index of the root, or -1. */
int kconfig_expr_parse(struct expr *x, const char *text);

#endif
