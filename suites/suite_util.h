/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of several suites share: children in new namespaces, synchronisation by events,
 * control groups that are certain to go away. Everything answers -errno on failure.
 */
#ifndef SUITE_UTIL_H
#define SUITE_UTIL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sw_error.h"
#include "sw_fd.h"
#include "sys.h"

/* True in a process that suite_clone() made, and below. */
extern bool suite_is_child;

/*
 * A scratch directory of this test alone, absolute path; the runner makes it, and removes it
 * with what is in it.
 */
extern char suite_scratch[PATH_MAX];

/* Report that the kernel lacks a feature; see ABSENT(). */
void suite_lacks(const char *feature, const char *why);

/*
 * fork(2) with clone flags. The child dies with its parent where both see each other, and has
 * private mounts if it got a mount namespace. Returns the pid, 0 in the child, or -errno.
 * clone(2) ignores flags it does not know: use it only behind .needs.
 */
pid_t suite_clone(uint64_t flags);
void suite_child_exit(int status) __attribute__((noreturn));	/* with stdio flushed */

#define SUITE_KILLED(sig) (0x100 | (sig))
/* Wait for a child: its exit status, or SUITE_KILLED(signal); -errno if there is no such child. */
int suite_wait(pid_t pid);
const char *suite_end_text(int end);	/* static storage: "exited with 3", "was killed by SIGKILL" */
/* SIGKILL and wait. Returns what suite_wait() does. */
int suite_kill_wait(pid_t pid);

/*
 * A two-way line between parent and child. Make it before CHILD(), then each side first
 * calls suite_line_mine(): side 0 for the parent, 1 for the child; so that death is end of file.
 */
struct suite_line {
	int fd[2];
};
int suite_line(struct suite_line *line);
void suite_line_mine(struct suite_line *line, int side);
/* Send one number; hear one. End of file is -EPIPE. */
int suite_tell(struct suite_line *line, long value);
int suite_hear(struct suite_line *line, long *ret_value);
void suite_line_close(struct suite_line *line);

/* Inode number of /proc/PID/ns/NAME ("self" for pid 0), which identifies the namespace (3.8). */
int suite_ns_id(pid_t pid, const char *name, uint64_t *ret_id);
/* Open /proc/PID/ns/NAME (3.0). Returns a descriptor or -errno. */
int suite_ns_open(pid_t pid, const char *name);
/* Write the identity map "INSIDE OUTSIDE COUNT" of a child's user namespace: uid_map, gid_map. */
int suite_map_ids(pid_t pid, unsigned int inside, unsigned int outside, unsigned int count);

/* Whole small file, without its final newline, into out. Returns the length or -errno. */
ssize_t suite_read(const char *path, char *out, size_t size);
/* One write(2) to an existing file; path by printf format. */
int suite_write(const char *value, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A number that stands after "KEY" and blanks at the start of a line of a file (/proc/PID/status). */
int suite_read_key(const char *path, const char *key, long *ret_value);
/* How many entries a directory has whose names start with no dot, or -errno. */
int suite_count_entries(const char *dir);
/*
 * Copy the running program to "program" in suite_scratch, mode 755, so that it can be given owners, modes and
 * attributes. Its path goes to ret_path. Returns 0 or -errno.
 */
int suite_copy_program(char *ret_path, size_t size);
/* Whether the calling process's mountinfo has a mount point. */
bool suite_is_mounted(const char *mountpoint);

/*
 * Go to a root that pivot_root(2) accepts: an initramfs's rootfs cannot be pivoted from
 * (EINVAL before 7.x), so put a tmpfs on path, bind what is needed and chroot. Call it in a mount
 * namespace of its own. After it path is a mount point, and "." the tmpfs.
 */
int suite_new_root(const char *path);

/*
 * Whether uname(2) says this version or a later one: for a promise that is younger than the feature
 * it belongs to ("NSpid" in status, 4.1). Never to excuse a failure.
 */
bool suite_kernel(unsigned int major, unsigned int minor);

/* Drop every capability and become uid and gid (no supplementary groups). */
int suite_become(uid_t uid, gid_t gid);
/* Be an ordinary user: SUITE_NOBODY if this is root, otherwise who we are. Dumpable, so that our
 * files in /proc are ours. For tests that are .unprivileged. */
int suite_become_ordinary(void);

/* A control group. */
struct suite_cgroup {
	char path[PATH_MAX];
	int version;		/* 1 or 2 */
};
/*
 * Make a new group for a controller in hierarchies of that version, wherever they are mounted. Fills in
 * cpuset.cpus and cpuset.mems where the hierarchy wants them, enables the controller on version 2.
 * The runner removes it, with its processes and children, after the test.
 * @controller: "pids"; NULL with version 2: no controller needed
 */
int suite_cgroup_new(struct suite_cgroup *cg, const char *controller, int version);
/*
 * Mount a version 1 hierarchy of its own for this test, without a controller and with the name that
 * suite_cgroup_prefix() and "h" make. The runner removes groups of its prefix and unmounts it.
 */
int suite_cgroup_named(struct suite_cgroup *root);
int suite_cgroup_child(struct suite_cgroup *cg, const struct suite_cgroup *parent,
		       const char *name, const char *controller);
int suite_cgroup_write(const struct suite_cgroup *cg, const char *file, const char *value);
ssize_t suite_cgroup_read(const struct suite_cgroup *cg, const char *file, char *out, size_t size);
int suite_cgroup_read_long(const struct suite_cgroup *cg, const char *file, long long *ret_value);
/* "KEY NUMBER" in a flat-keyed file such as cgroup.events. */
int suite_cgroup_read_key(const struct suite_cgroup *cg, const char *file, const char *key,
			  long *ret_value);
/* Move a process (0: the caller). */
int suite_cgroup_enter(const struct suite_cgroup *cg, pid_t pid);
/* Kill what is in it and remove it with its children; retries while the kernel says EBUSY. */
int suite_cgroup_remove(const struct suite_cgroup *cg);
/*
 * Wait until a file reads as wanted: "KEY NUMBER" in an event file (poll POLLPRI), or the whole
 * line for files that do not notify (freezer.state), which are read again after sched_yield.
 */
int suite_cgroup_await_key(const struct suite_cgroup *cg, const char *file, const char *key,
			   long value);
int suite_cgroup_await_line(const struct suite_cgroup *cg, const char *file, const char *line);

/* The name that all groups of this run start with. */
const char *suite_cgroup_prefix(void);

#endif
