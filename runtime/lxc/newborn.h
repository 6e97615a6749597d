/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A container in the making: a directory LXCPATH/.create-NAME, which no verb takes for a container,
 * is filled and then given its name by one rename(2). Whoever makes it holds a lock on it; one that
 * nobody holds was left by a process that was killed, and newborn_sweep() removes it.
 */
#ifndef NEWBORN_H
#define NEWBORN_H

#include <limits.h>
#include <stdbool.h>

#include "sw_buf.h"
#include "sw_error.h"

struct newborn {
	int path_fd;		/* LXCPATH */
	int fd;			/* the directory in the making, locked */
	bool made_path;		/* LXCPATH itself was made */
	char path[PATH_MAX];	/* of LXCPATH */
	char tmp[NAME_MAX + 1];
	char name[NAME_MAX + 1];
};
#define NEWBORN_INIT { .path_fd = -1, .fd = -1 }

/* Open LXCPATH, making it where missing. -errno with err. */
int newborn_open(struct newborn *b, const char *lxcpath, const char *name, struct sw_error *err);
/* Make the directory, empty and locked. -EEXIST: there is a container or a directory of that name. */
int newborn_begin(struct newborn *b, struct sw_error *err);
/*
 * Do long work in a process of its own, in a mount and a pid namespace where root may have them, so
 * that neither mounts nor processes outlive it whatever happens. SIGINT, SIGTERM and SIGHUP end it.
 * fn returns 0, or -errno with err filled.
 */
int newborn_work(int (*fn)(void *arg, struct sw_error *err), void *arg, struct sw_error *err);
/* Write the configuration and give it its name; after that it is a container. */
int newborn_finish(struct newborn *b, const struct sw_buf *config, struct sw_error *err);
/* Remove what there is, unless it is finished; let go of everything. */
void newborn_end(struct newborn *b);
#define __newborn __attribute__((cleanup(newborn_end)))

/* Remove what killed ones have left in lxcpath. Says nothing, fails at nothing. */
void newborn_sweep(const char *lxcpath);

/* Write "config" in a directory whole, or not at all. -EEXIST: it is there. */
int config_write(int dirfd, const struct sw_buf *text);

#endif
