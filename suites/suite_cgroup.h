/* SPDX-License-Identifier: GPL-2.0-only */
/* The runner's side of control groups: where they are mounted, and what tests left in them. */
#ifndef SUITE_CGROUP_H
#define SUITE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "sw_buf.h"

struct suite_cgmount {
	char path[PATH_MAX];
	char options[256];	/* of the superblock: "rw,pids" */
	int version;
};

#define SUITE_CGMOUNTS_MAX 32

/* The control group mounts that mountinfo shows, each hierarchy once. Returns how many, or -errno. */
int suite_cgroup_mounts(struct suite_cgmount *ret, size_t max);
/* Whether a version 1 mount carries a controller; for version 2 whether cgroup.controllers does. */
bool suite_cgmount_has(const struct suite_cgmount *m, const char *controller);

/* Name this run's groups: "sw-test-PID-". Call once in the runner. */
void suite_cgroup_begin(void);
/*
 * After a test: thaw, kill and remove every group of this run, disable the controllers it enabled.
 * Names those that cannot be removed in left, one a line. Returns how many of these there were.
 */
int suite_cgroup_sweep(struct sw_buf *left);
/*
 * Is this the name of something that a run made whose runner is gone ("sw-test-PID-REST")?
 * Returns REST, or NULL. The pid alone says nothing about runners in other pid namespaces.
 */
const char *suite_of_dead_run(const char *name);
/* Thaw the groups of test runs that a process is in: a frozen one cannot be killed (v1). */
void suite_cgroup_thaw(int pid);
/* Remove the empty groups of runners that were killed: their names have a pid that is gone. */
void suite_cgroup_sweep_dead(void);

#endif
