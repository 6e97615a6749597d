// SPDX-License-Identifier: GPL-2.0-only
/*
 * An id-mapped rootfs (since 5.12): files keep their owners on disk, and are those of the
 * container's users inside. The mount is made by the monitor, which has the privilege over the
 * file system, with a user namespace that has the container's mapping; init only puts it in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

/* linux/mount.h, linux/fcntl.h */
#define OPEN_TREE_CLONE_NR 1u
#define AT_RECURSIVE_NR 0x8000u
#define MOUNT_ATTR_IDMAP_NR 0x00100000u
#define MOVE_MOUNT_F_EMPTY_PATH_NR 0x4u

/* A user namespace with the spec's mapping, though nobody is in it any more. */
static int open_userns(const struct rt_spec *spec, struct sw_error *err)
{
	char path[64], byte;
	int fds[2], status, fd = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return sw_error(err, errno, NULL, "pipe: %s", sw_errno_text(errno));
	pid = sys_clone(SW_CLONE_NEWUSER);
	if (pid == 0) {
		close(fds[1]);	/* end of file, also if we are killed, ends it */
		while (read(fds[0], &byte, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	close(fds[0]);
	r = pid < 0 ? sw_error(err, pid, NULL, "clone(CLONE_NEWUSER): %s", sw_errno_text(pid)) :
	    rt_idmap_write(pid, spec, err);
	if (!r) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			r = sw_error(err, errno, NULL, "open %s: %s", path, sw_errno_text(errno));
	}
	close(fds[1]);
	if (pid > 0)
		sw_waitpid(pid, &status);
	return r ? r : fd;
}

int rt_step_rootfs_idmap(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const char *root = ctx->spec->rootfs;
	int userns __sw_fd = open_userns(ctx->spec, err);
	struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP_NR };
	int r;

	(void)step;
	if (userns < 0)
		return userns;
	attr.userns_fd = (uint64_t)userns;
	ctx->tree_fd = sys_open_tree(AT_FDCWD, root, OPEN_TREE_CLONE_NR | O_CLOEXEC | AT_RECURSIVE_NR);
	if (ctx->tree_fd < 0)
		return sw_error(err, ctx->tree_fd, NULL, "open_tree of %s: %s", root,
				sw_errno_text(ctx->tree_fd));
	r = sys_mount_setattr(ctx->tree_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	return r ? sw_error(err, r, NULL, "mount_setattr(MOUNT_ATTR_IDMAP) of %s: %s%s", root,
			    sw_errno_text(r), r == -EINVAL ? "; its file system may not know "
			    "id-mapped mounts" : "") : 0;
}

int rt_idmapped_place(struct rt_ctx *ctx, const char *at)
{
	int r = sys_move_mount(ctx->tree_fd, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH_NR);

	sw_close(&ctx->tree_fd);
	return r;
}
