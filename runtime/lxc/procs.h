/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes belong to which container: by their cgroups, and by who descends from an init. */
#ifndef PROCS_H
#define PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lxc/cmd.h"

struct proc {
	pid_t pid, ppid;
	uid_t uid;
	char state, comm[64];
	long tty;			/* device number, 0: none */
	long priority, nice, threads;
	uint64_t utime, stime, start;	/* clock ticks; start: since boot */
	uint64_t vsize, rss;		/* bytes */
	pid_t pgrp, session, foreground;
	const char *container;		/* NULL: of none; owned by the names */
	int depth;			/* in the forest */
};
struct procs {
	struct proc *list;		/* by pid */
	size_t count;
	char **names;			/* of the containers */
	size_t name_count;
};

/* Every process that /proc shows, and its container. Returns 0 or an exit status after a message. */
int procs_read(struct cmd *c, struct procs *ret);
void procs_free(struct procs *p);
struct proc *procs_find(struct procs *p, pid_t pid);

#endif
