/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the control groups are: /proc/cgroups, /proc/self/mountinfo, /proc/self/cgroup. */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct cg_mount {
	int version;		/* 1 or 2 */
	char root[256];		/* which part of the hierarchy is mounted */
	char path[256];		/* where */
	char controllers[128];	/* v1: the super block's options: "rw,cpu,cpuacct" */
};

/*
 * The cgroup mounts that a /proc/self/mountinfo text lists. Returns how many there are; at most
 * max are stored. Pure. Mounts whose path does not fit are left out.
 */
size_t cg_parse_mounts(const char *mountinfo, struct cg_mount *out, size_t max);
/* Those of this process. Returns the count, or -errno where /proc is not to be had. */
int cg_mounts(struct cg_mount *out, size_t max);
/* "v1", "v2", "hybrid", "none"; NULL where /proc is not to be had. */
const char *cg_layout(void);

/* Is word one of the comma-separated (or blank-separated) list? */
bool cg_word_in(const char *list, const char *word);

struct cg_controller {		/* a line of /proc/cgroups */
	int hierarchy;		/* 0: on v2, or on none */
	int cgroups;
	bool enabled;
};
/* Returns 0, -ENODATA (not listed; then this kernel has no such v1 controller), or -errno. */
int cg_controller(const char *name, struct cg_controller *ret);
/* Our own cgroup's path in the hierarchy of a v1 controller, or of v2 for "". 0 or -errno. */
int cg_own_path(const char *controller, char *out, size_t size);

#endif
