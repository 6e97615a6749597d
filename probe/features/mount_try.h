/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What trials of mounts and file systems share, and those trials that live in files of their own.
 * mount(2) of a type that is not registered makes the kernel run modprobe (get_fs_type()), so
 * /proc/filesystems is read first. Everything happens in a mount namespace of our own that
 * propagates nowhere, on a tmpfs of our own.
 */
#ifndef MOUNT_TRY_H
#define MOUNT_TRY_H

#include "feature.h"
#include "live.h"

/*
 * A private mount namespace (and what more is asked for, CLONE_NEW...) with an empty tmpfs as the
 * current directory. Returns 0, or -errno with *ret filled.
 */
int mount_workplace(const struct probe_ctx *ctx, uint64_t more, struct live *ret, struct live_way *way);
/* The same for what root of the initial user namespace alone may: why says what, where we are not that. */
int mount_initial_workplace(const struct probe_ctx *ctx, const char *why, struct live *ret);
/* The same as root of a user namespace of our own, also where we have every privilege. */
int mount_user_workplace(const struct probe_ctx *ctx, struct live *ret);
/* May the type be mounted without the kernel loading anything? If not, *ret says why. */
bool mount_may(const struct probe_ctx *ctx, const struct feature *f, const char *type, struct live *ret);
/* A mount that failed with r. */
void mount_failed(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
		  const struct live_way *way, struct live *ret);
/*
 * A mount by root of a user namespace of ours that failed with r: EPERM is the kernel's way of
 * saying that the type may not be mounted there (FS_USERNS_MOUNT), in the versions before f->since.
 */
void mount_user_failed(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
		       struct live *ret);
/* ENOSYS and EPERM of a call that every kernel since f->since has. */
bool mount_call_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, int r,
			struct live *ret);
/* mkdir and mount in one. Returns 0 or -errno. */
int mount_on(const char *dir, const char *type, unsigned long flags, const void *data);
int mount_put_file(const char *path, const char *text);
bool mount_file_is(const char *path, const char *text);
/* Is there a mount on the directory that its parent is not part of? (They differ in st_dev.) */
bool mount_is_on(const char *dir, const char *parent);
/* Where a file system of that type is mounted, first in /proc/self/mountinfo; false if nowhere. */
bool mount_find(const char *type, char *path, size_t size);

/* mount_proc.c */
feature_probe_fn probe_proc, probe_proc_subset, probe_proc_hidepid;
/* mount_overlay.c; probe_overlay_option: f->arg is redirect_dir, metacopy or volatile */
feature_probe_fn probe_overlay, probe_overlay_userns, probe_overlay_option, probe_overlay_idmapped;
/* mount_tree.c; probe_idmapped: f->arg is the file system, NULL for any */
feature_probe_fn probe_propagation, probe_open_tree, probe_move_mount, probe_idmapped;
feature_probe_fn probe_move_beneath, probe_statmount;
/* mount_user.c; f->num: in a user namespace of our own */
feature_probe_fn probe_fuse, probe_binfmt_misc, probe_tmpfs_user, probe_binderfs, probe_binder;

/*
 * Give the tree behind fd the id map of a user namespace where 0 is MOUNT_OTHER out here. Returns 0,
 * or -errno; 1 with *ret filled (UNKNOWN) where there is no such namespace to be had.
 */
#define MOUNT_OTHER 4242
int mount_idmap(const struct probe_ctx *ctx, int fd, struct live *ret);

#endif
