/* SPDX-License-Identifier: GPL-2.0-only */
/* Temporary cgroups, and the trials that v1 and v2 share. All of it runs in the probing child. */
#ifndef CGROUP_TRY_H
#define CGROUP_TRY_H

#include <sys/types.h>

#include "cgroup.h"
#include "feature.h"

struct cg_temp {
	char path[640];		/* "" if there is none */
	int fd;			/* its directory */
	struct live *ret;	/* what is told of it */
};
#define CG_TEMP_INIT { "", -1, NULL }

/*
 * "PID-NAMESPACE-RANDOM" of this run: PID is feature_examiner(), who cleans up after a child that was
 * killed; NAMESPACE the inode of its pid namespace, 0 if that cannot be seen. Another container's probe
 * may have the same PID, and see the same cgroups.
 */
const char *cg_run_name(void);
/* Draw the name of the run of feature_examiner(), which is this process; before it forks. */
void cg_run_begin(void);
#define CG_TEMP_PREFIX "seaworthy-probe-"
/* What a trial makes below its own: nothing else, so that it need not be looked for. */
#define CG_BELOW "child"
#define CG_MARK_PREFIX "seaworthy-enabled-"

/*
 * Make CG_TEMP_PREFIX and cg_run_name() in base or, where that is not allowed, in other (may be NULL).
 * Returns 0, or -errno with *ret filled; *ret must live as long as the cgroup.
 */
int cg_temp_make(const char *base, const char *other, struct cg_temp *t, struct live *ret);
/* Kill what is in it and remove it, waiting a little for the dead to go. Returns 0 or -errno. */
int cg_temp_remove(struct cg_temp *t);
void cg_temp_cleanup(struct cg_temp *t);
#define __cg_temp __attribute__((cleanup(cg_temp_cleanup)))
/* Remove the examiner's temporary cgroup from base, if there is one. For feature cleanup. */
void cg_temp_sweep(const char *base);
/* Remove, where it is empty, what runs left in base that are dead for certain. Kills nobody. */
void cg_temp_sweep_dead(const char *base);
/*
 * Kill what is inside and remove it with CG_BELOW; 0 also if it is not there. Waits some seconds while
 * it is busy, and in all of a run not much longer.
 */
int cg_remove(const char *path);
/* Where a trial mounts a hierarchy that is mounted nowhere, in a mount namespace of its own. */
#define CG_PRIVATE_PLACE "/tmp"
/*
 * Mount such a hierarchy there again, in a mount namespace of our own, and sweep it as above. The
 * caller is a child that ends soon. False where it cannot be had: then nothing is mounted.
 */
bool cg_sweep_private(const char *type, const char *options);
/* Sweep wherever a cgroup hierarchy is mounted, at its root and at our own cgroup. */
void cg_temp_sweep_all(const struct probe_ctx *ctx, const struct feature *f);

/* Directory of our own cgroup below a mount; false if the mount does not hold it. */
bool cg_own_dir(const struct cg_mount *m, const char *controller, char *out, size_t size);

/* One trial. cg: the temporary cgroup; param: of the row. Fills *ret. */
struct cg_check;
typedef void cg_check_fn(const struct probe_ctx *ctx, const struct cg_temp *cg,
			 const struct cg_check *c, struct live *ret);

struct cg_check {
	const char *row;	/* feature id */
	const char *controller;	/* as in /proc/cgroups (v1) or cgroup.controllers (v2) */
	const char *file;	/* control file, or NULL */
	const char *value;	/* to write, or NULL: only read */
	cg_check_fn *fn;
	const char *legacy;	/* v2: its name in /proc/cgroups, NULL if it has none there */
	bool listed;		/* v2: to be in cgroup.controllers says that it is all there */
};

cg_check_fn cg_check_value;	/* write value to file, read it back; without a value, only read */
cg_check_fn cg_check_pids;	/* file is set to 1: a fork inside must fail */
cg_check_fn cg_check_hugetlb;	/* the first file that starts with "hugetlb." and ends in file */
cg_check_fn cg_check_cpuset;	/* the parent's own set is taken; file: where it is read from */
cg_check_fn cg_check_enter;	/* a process can be put into it */

/* Write the number to file, and read it back, alone or as "default NUMBER". */
void cg_check_weight(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		     const char *file, struct live *ret);

/*
 * Run fn in a process of its own inside the cgroup. Returns 0 and *ret_value = fn(), or -errno
 * if it could not enter; -EIO if it died.
 */
int cg_run_inside(const struct cg_temp *cg, int (*fn)(void), int *ret_value);
/* The same with memory of its own, for what changes it or whose memory counts. */
int cg_fork_inside(const struct cg_temp *cg, int (*fn)(void), int *ret_value);
/* A process that sleeps inside. Returns its pid, or -errno. The caller kills and reaps it. */
pid_t cg_sleeper(const struct cg_temp *cg);

/*
 * For the device controllers: do /dev/null and /dev/zero open as things are? Without them, or where
 * somebody denies them already, nothing can be told: *ret says so.
 */
bool cg_devices_open(struct live *ret);
/* Is /dev/null (1:3) denied inside, and /dev/zero not? how: by what it was denied. */
void cg_judge_devices(const struct cg_temp *cg, const char *how, struct live *ret);

/* Is word (or "all") in the list of a kernel command line parameter: cgroup_disable=memory,cpu? */
bool cmdline_lists(const char *cmdline, const char *param, const char *word, bool all_counts);
/* Is cgroup_disable= the cause, by either name (legacy may be NULL)? Fills the cause if so. */
bool cg_blame_cmdline(const char *controller, const char *legacy, struct live *ret);
/* Memory is counted and swap is not: by which boot parameter? Fills the cause, if it can be seen. */
void cg_explain_swap(const struct probe_ctx *ctx, struct live *ret);
/* The controller is disabled: absent, with the boot parameter if it can be seen. */
void cg_explain_disabled(const char *controller, struct live *ret);

#endif
