/* SPDX-License-Identifier: GPL-2.0-only */
/* Trees of mounts to try things on, and what mountinfo says of them. -errno on failure. */
#ifndef SUITE_MOUNT_H
#define SUITE_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

/* A line of mountinfo (proc_pid_mountinfo(5)). */
struct suite_mount {
	int id, parent;
	char root[256], options[256], type[64], super[512];
	int shared, master, propagate_from;	/* peer groups; 0 without the field */
	bool unbindable;
};

/*
 * Put a private tmpfs on the scratch directory and stand in it, so that tests speak of "a" and
 * "a/b". For a mount namespace of the test's own.
 */
int suite_mount_base(void);
/* mkdir and mount a small tmpfs on it. */
int suite_mount_tmpfs(const char *path);
/* mkdir and bind. @flags: MS_REC or 0 */
int suite_mount_bind(const char *from, const char *path, unsigned long flags);
/* An empty file, or one with a text. */
int suite_file(const char *path, const char *text);

/*
 * Leave one mount of this type in the mount namespace of the caller's own: a new one on dir. Others
 * may lie anywhere, as in a chroot of the host's.
 */
int suite_mount_only(const char *type, const char *dir);

/* How many mounts are on a path (relative to the working directory), in our view. */
int suite_mount_count(const char *path);
/* The topmost of them; -ENOENT if there is none. */
int suite_mount_info(const char *path, struct suite_mount *ret);
/* Whether a comma-separated list has a word ("ro" in options). */
bool suite_mount_has(const char *list, const char *word);

/*
 * Map one id in the user namespace that the caller has just been cloned into: uid and gid "outside",
 * which it has there, are "inside".
 */
int suite_map_self(unsigned int inside, unsigned int outside);

#endif
