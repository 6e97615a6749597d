/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of a container: for copy and clone, and for snapshots. */
#ifndef CMD_COPY_H
#define CMD_COPY_H

#include <limits.h>

#include "lxc/cmd.h"
#include "lxc/newborn.h"

struct copy_job {
	const char *from_path, *from_name;	/* lxcpath and name of what is copied */
	const char *to_path, *to_name;
	bool layered;		/* layers over the original instead of a copy of its files */
	bool keep_name, keep_mac;
	bool keep_kind;		/* layers stay layers: copy the upper one only */
	const char *extra;	/* further lines of its configuration; NULL: none */
	const char *as_path, *as_name;	/* the new configuration speaks of this place; NULL: to_* */
	/* filled by copy_plan() */
	struct rt_spec spec;	/* of the original */
	char source[PATH_MAX];	/* a directory (or image) to copy, "" none */
	char target[PATH_MAX];	/* where in the new directory: "rootfs", "delta0", "rootdev" */
	char rootfs[3 * PATH_MAX];	/* lxc.rootfs.path of the copy, "" none */
};

/* Read the original's configuration and say what is to be done. */
int copy_plan(struct cmd *c, struct copy_job *j, struct sw_error *err);
void copy_free(struct copy_job *j);
/* Copy the files into the directory in the making. */
int copy_files(struct copy_job *j, struct newborn *b, struct sw_error *err);
/* The original's configuration with what must differ. */
int copy_config(struct copy_job *j, struct sw_buf *ret, struct sw_error *err);

/*
 * How many containers of lxcpath have layers in dir, other than those in it. @ret_first: the name of
 * one.
 */
int dependents(const char *lxcpath, const char *dir, char *ret_first, size_t size);

#endif
