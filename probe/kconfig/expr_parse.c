// SPDX-License-Identifier: GPL-2.0-only
/* Parsing of symbol expressions. */
#include <errno.h>
#include <string.h>

#include "expr.h"
#include "internal.h"

#define DEPTH_MAX 24	/* of parentheses */

/* Each returns the index of a node, or -1. */

static int parse_or(struct expr *x);

static void skip_blanks(struct expr *x)
{
	/* By hand, here and for a word: strspn(3) builds a table for each call. */
	while (*x->p == ' ' || *x->p == '\t' || *x->p == '\n')
		x->p++;
}

static int add(struct expr *x, enum node_kind kind, int left, int right)
{
	struct node *n;

	if (x->count == KCONFIG_NODES_MAX || left < 0 || right < 0)
		return -1;
	n = &x->node[x->count];
	n->kind = kind;
	n->left = left;
	n->right = right;
	n->met.classified = n->met.evaluated = false;
	return x->count++;
}

static int parse_word(struct expr *x)
{
	size_t len = kconfig_name_len(x->p);
	struct node *n;
	int i;

	if (!len || len > KCONFIG_NAME_MAX_LEN)
		return -1;
	i = add(x, NODE_SYMBOL, 0, 0);
	if (i < 0)
		return -1;
	n = &x->node[i];
	memcpy(n->name, x->p, len);
	n->name[len] = 0;
	x->p += len;
	if (len == 1 && strchr("nmy", n->name[0])) {
		n->kind = NODE_CONST;
		n->value = n->name[0] == 'y' ? KCONFIG_Y : n->name[0] == 'm' ? KCONFIG_M : KCONFIG_N;
	} else if (!strncmp(x->p, "=\"\"", 3)) {
		n->kind = NODE_EMPTY;
		x->p += 3;
	}
	return i;
}

static int parse_factor(struct expr *x)
{
	int i;

	skip_blanks(x);
	if (x->depth >= DEPTH_MAX)
		return -1;
	x->depth++;
	if (*x->p == '!') {
		x->p++;
		i = add(x, NODE_NOT, parse_factor(x), 0);
	} else if (*x->p == '(') {
		x->p++;
		i = parse_or(x);
		skip_blanks(x);
		if (*x->p != ')')
			return -1;
		x->p++;
	} else {
		i = parse_word(x);
	}
	x->depth--;
	return i;
}

static int parse_and(struct expr *x)
{
	int left = parse_factor(x);

	for (;;) {
		skip_blanks(x);
		if (left < 0 || x->p[0] != '&' || x->p[1] != '&')
			return left;
		x->p += 2;
		left = add(x, NODE_AND, left, parse_factor(x));
	}
}

static int parse_or(struct expr *x)
{
	int left = parse_and(x);

	for (;;) {
		skip_blanks(x);
		if (left < 0 || x->p[0] != '|' || x->p[1] != '|')
			return left;
		x->p += 2;
		left = add(x, NODE_OR, left, parse_and(x));
	}
}

int kconfig_expr_parse(struct expr *x, const char *text)
{
	int root;

	x->count = x->depth = 0;
	x->p = text;
	root = parse_or(x);
	return root >= 0 && !*x->p ? root : -1;
}

int kconfig_expr_symbols(const char *text, void (*fn)(const char *symbol, void *arg), void *arg)
{
	struct expr x;

	if (kconfig_expr_parse(&x, text) < 0)
		return -EINVAL;
	for (int i = 0; i < x.count; i++)
		if (x.node[i].kind == NODE_SYMBOL || x.node[i].kind == NODE_EMPTY)
			fn(x.node[i].name, arg);
	return 0;
}
