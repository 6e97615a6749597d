// SPDX-License-Identifier: GPL-2.0-only
/* Steps on the child's side that make its view of the file system. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define RAMFS_MAGIC 0x858458f6	/* linux/magic.h */
#define TMPFS_MAGIC 0x01021994

/*
 * The initramfs "rootfs" mount has no parent, so pivot_root(2) refuses to move it (EINVAL, until
 * 7.x puts an empty file system beneath it). Binding / over itself gives a root that has one;
 * the lookup of ".." at the root follows to what is mounted on it.
 */
static int leave_initramfs(struct sw_error *err)
{
	struct statfs sfs;
	int r;

	if (statfs("/", &sfs) || ((unsigned long)sfs.f_type != RAMFS_MAGIC &&
				  (unsigned long)sfs.f_type != TMPFS_MAGIC))
		return 0;
	r = sys_mount("/", "/", NULL, MS_BIND | MS_REC, NULL);
	if (r)
		return sw_error(err, r, NULL, "bind / over itself: %s", sw_errno_text(r));
	if (chdir("/..") || chroot("."))
		return sw_error(err, errno, NULL, "entering the bound root: %s",
				sw_errno_text(errno));
	return 0;
}

int rt_step_propagation(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	unsigned long how = MS_REC | (rt_wants_slave(ctx->spec) ? MS_SLAVE : MS_PRIVATE);
	int r = sys_mount(NULL, "/", NULL, how, NULL);

	(void)step;
	/* EINVAL: / is no mount point (a chroot), so make it one first. */
	if (r == -EINVAL) {
		r = sys_mount("/", "/", NULL, MS_BIND | MS_REC, NULL);
		if (!r && (chdir("/..") || chroot(".")))
			r = -errno;
		if (!r)
			r = sys_mount(NULL, "/", NULL, how, NULL);
	}
	if (r)
		return sw_error(err, r, NULL, "mount --make-r%s /: %s",
				how & MS_SLAVE ? "slave" : "private", sw_errno_text(r));
	r = ctx->spec->rootfs ? leave_initramfs(err) : 0;
	if (!r && !ctx->spec->rootfs) {
		ctx->root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (ctx->root_fd < 0)
			r = sw_error(err, errno, NULL, "open /: %s", sw_errno_text(errno));
	}
	return r;
}

int rt_step_rootfs(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const char *root = ctx->spec->rootfs, *at = ctx->spec->confine.rootfs_mount;
	struct stat st;
	int r;

	(void)step;
	if (ctx->spec->rootfs_kind != RT_ROOTFS_DIR)
		return rt_rootfs_mount(ctx, err);
	if (stat(root, &st))
		return sw_error(err, errno, NULL, "rootfs %s: %s%s", root, sw_errno_text(errno),
				errno == EACCES && (ctx->spec->ns & SW_CLONE_NEWUSER) ?
				"; the user that is root inside needs search permission on every "
				"directory of that path" : "");
	if (!S_ISDIR(st.st_mode))
		return sw_error(err, ENOTDIR, NULL, "rootfs %s is not a directory", root);
	at = at ? at : root;
	r = ctx->tree_fd >= 0 ? rt_idmapped_place(ctx, at) :
	    sys_mount(root, at, NULL, MS_BIND | MS_REC, NULL);
	/* Of a slave there are slaves: only where that was asked for. */
	if (!r && (rt_wants_slave(ctx->spec) || ctx->spec->confine.idmap_rootfs) &&
	    !ctx->spec->confine.propagation)
		r = sys_mount(NULL, at, NULL, MS_REC | MS_PRIVATE, NULL);
	if (r)
		return sw_error(err, r, NULL, "mount --rbind %s %s: %s", root, at,
				sw_errno_text(r));
	/* Opened after the mount, so that it is what was just mounted. */
	root = at;
	ctx->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ctx->root_fd < 0)
		return sw_error(err, errno, NULL, "open %s: %s", root, sw_errno_text(errno));
	return 0;
}

int rt_mount_on(int fd, bool dir, const char *source, const char *fstype, unsigned long flags,
		const char *data, struct sw_error *err)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (dir) {
		if (fchdir(fd))
			return sw_error(err, errno, NULL, "fchdir: %s", sw_errno_text(errno));
		strcpy(path, ".");
	} else if (access(path, F_OK)) {
		return sw_error(err, ENOENT, NULL, "/proc is not mounted on the host: without it a "
				"file cannot be mounted on safely; mount it");
	}
	r = sys_mount(source, path, fstype, flags, data);
	if (dir && chdir("/"))
		return sw_error(err, errno, NULL, "chdir /: %s", sw_errno_text(errno));
	return r;
}

/* Open the mount target, making it first where the configuration asks for that. */
static int open_target(int root_fd, const struct rt_mount *m, bool *ret_dir)
{
	int fd = rt_inroot_open(root_fd, m->target, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	int r = 0;

	*ret_dir = fd >= 0;
	if (fd == -ENOENT && m->create_dir) {
		r = rt_inroot_mkdir_p(root_fd, m->target, 0755);
		*ret_dir = true;
		return r ? r : rt_inroot_open(root_fd, m->target, O_RDONLY | O_DIRECTORY);
	}
	if (fd == -ENOENT && m->create_file) {
		char parent[PATH_MAX], *name;
		int pfd __sw_fd = -1, made;

		snprintf(parent, sizeof(parent), "%s", m->target);
		name = strrchr(parent, '/');
		*name++ = 0;
		r = *parent ? rt_inroot_mkdir_p(root_fd, parent, 0755) : 0;
		if (r)
			return r;
		pfd = rt_inroot_open(root_fd, *parent ? parent : "/", O_PATH | O_DIRECTORY);
		if (pfd < 0)
			return pfd;
		made = openat(pfd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
			      0644);
		if (made < 0 && errno != EEXIST)
			return -errno;
		if (made >= 0)
			close(made);
		fd = -ENOTDIR;
	}
	if (fd == -ENOTDIR)
		fd = rt_inroot_open(root_fd, m->target, O_PATH);
	return fd;
}

/*
 * What a mount has already must be named when it is remounted: left out it would be lifted, which
 * in a user namespace is EPERM where it is locked (since 3.8, mount_namespaces(7)). statvfs(3) has
 * names and, for relatime, a number of its own. An O_PATH descriptor answers since 3.12.
 */
static unsigned long present_flags(int fd, unsigned long asked)
{
	const unsigned long atime = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;
	static const unsigned long words[][2] = {
		{ ST_RDONLY, MS_RDONLY }, { ST_NOSUID, MS_NOSUID }, { ST_NODEV, MS_NODEV },
		{ ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME },
		{ ST_NODIRATIME, MS_NODIRATIME }, { ST_RELATIME, MS_RELATIME },
	};
	struct statvfs sv;
	unsigned long flags = 0;

	if (fstatvfs(fd, &sv))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sv.f_flag & words[i][0])
			flags |= words[i][1];
	return asked & atime ? flags & ~atime : flags;
}

unsigned long rt_mount_flags(int fd)
{
	return present_flags(fd, 0);
}

bool rt_wants_slave(const struct rt_spec *spec)
{
	unsigned long all = spec->confine.propagation;

	for (size_t i = 0; i < spec->mount_count; i++)
		all |= spec->mounts[i].propagation;
	return all & (MS_SLAVE | MS_SHARED);
}

/* A bind mount takes its flags over from its source; they are changed by a second call. */
static int bind_flags(int root_fd, const struct rt_mount *m, struct sw_error *err)
{
	unsigned long flags = m->flags & ~(MS_BIND | MS_REC);
	int fd __sw_fd = -1;
	bool dir;

	if (!flags)
		return 0;
	fd = open_target(root_fd, m, &dir);
	if (fd < 0)
		return fd;
	flags |= present_flags(fd, flags);
	return rt_mount_on(fd, dir, NULL, NULL, flags | MS_BIND | MS_REMOUNT, NULL, err);
}

static const char *mount_advice(const struct rt_ctx *ctx, const struct rt_mount *m, int r)
{
	if (r == -ENODEV)
		return "; this kernel has no such file system";
	/* mount_namespaces(7): an unprivileged copy must not lift what covers a directory. */
	if (r == -EINVAL && (ctx->spec->ns & SW_CLONE_NEWUSER) && (m->flags & MS_BIND) &&
	    !(m->flags & MS_REC))
		return "; in a user namespace a bind mount must take along what is mounted below: "
		       "rbind";
	return "";
}

static int do_mount(struct rt_ctx *ctx, const struct rt_mount *m, struct sw_error *err)
{
	const char *source = m->source, *fstype = m->fstype;
	unsigned long propagation = m->propagation;
	int fd __sw_fd = -1, from __sw_fd = -1;
	char absolute[PATH_MAX];
	bool dir;
	int r;

	if ((m->flags & MS_BIND) && m->relative) {
		from = rt_inroot_open(ctx->root_fd, source, O_PATH);
		if (from < 0)
			return sw_error(err, from, NULL, "%s%s%s inside the rootfs: %s",
					m->origin ? m->origin : "", m->origin ? ": " : "", source,
					sw_errno_text(from));
		snprintf(absolute, sizeof(absolute), "/proc/self/fd/%d", from);
		source = absolute;
	} else if ((m->flags & MS_BIND) && source[0] != '/') {
		snprintf(absolute, sizeof(absolute), "/%s", source);
		source = absolute;
	}
	fd = open_target(ctx->root_fd, m, &dir);
	if (fd < 0)
		return sw_error(err, fd, NULL, "%s%smount point %s inside the rootfs: %s",
				m->origin ? m->origin : "", m->origin ? ": " : "", m->target,
				sw_errno_text(fd));
	r = rt_mount_on(fd, dir, source, (m->flags & MS_BIND) ? NULL : fstype,
			(m->flags & MS_BIND) ? m->flags & (MS_BIND | MS_REC) : m->flags, m->data,
			err);
	if (!r && (m->flags & MS_BIND))
		r = bind_flags(ctx->root_fd, m, err);
	if (!propagation && (m->flags & MS_BIND) && rt_wants_slave(ctx->spec))
		propagation = MS_PRIVATE | (m->flags & MS_REC);
	if (!r && propagation) {
		int top __sw_fd = open_target(ctx->root_fd, m, &dir);

		r = top < 0 ? top : rt_mount_on(top, dir, NULL, NULL, propagation, NULL, err);
	}
	if (r)
		return sw_error(err, r, NULL, "%s%smount %s on %s (type %s, options %s): %s%s",
				m->origin ? m->origin : "", m->origin ? ": " : "", m->source,
				m->target, fstype ? fstype : "bind", m->data ? m->data : "none",
				sw_errno_text(r), mount_advice(ctx, m, r));
	return 0;
}

/*
 * A kernel without DEVPTS_MULTIPLE_INSTANCES (an option until 4.7) takes "newinstance" without a
 * word and mounts the host's own instance, so that the container would have the host's terminals.
 * The device number tells.
 */
static int check_instance(struct rt_ctx *ctx, const struct rt_mount *m, struct sw_error *err)
{
	static const char *const ids[] = { "mount.devpts_newinstance", NULL };
	char needs[200];
	struct stat st;
	int fd __sw_fd = -1;
	bool dir;

	if (!m->fstype || strcmp(m->fstype, "devpts") || !m->data || !ctx->host_pts ||
	    !strstr(m->data, "newinstance"))
		return 0;
	fd = open_target(ctx->root_fd, m, &dir);
	if (fd < 0 || fstat(fd, &st) || st.st_dev != ctx->host_pts)
		return 0;
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(err, EOPNOTSUPP, NULL,
			"%s%sdevpts on %s: newinstance had no effect, this is "
			"the host's own instance; it %s", m->origin ? m->origin : "",
			m->origin ? ": " : "", m->target, needs);
}

int rt_step_mount(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_mount *m = &ctx->spec->mounts[step->index];
	int r = do_mount(ctx, m, m->optional ? NULL : err);

	if (r)
		return m->optional ? 0 : r;
	return check_instance(ctx, m, err);
}

int rt_step_readonly(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int r = rt_mount_on(ctx->root_fd, true, NULL, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY |
			    present_flags(ctx->root_fd, 0), NULL, err);

	(void)step;
	if (r)
		return sw_error(err, r, NULL, "remount the rootfs read-only: %s", sw_errno_text(r));
	return 0;
}

int rt_step_pivot(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int old __sw_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	(void)step;
	if (old < 0 || fchdir(ctx->root_fd))
		return sw_error(err, errno, NULL,
				"open / and the rootfs: %s", sw_errno_text(errno));
	/* Both at once: the old root ends up on top of the new one, pivot_root(2). */
	r = sys_pivot_root(".", ".");
	if (!r) {
		if (fchdir(old))
			return sw_error(err, errno, NULL, "fchdir: %s", sw_errno_text(errno));
		r = sys_umount2(".", MNT_DETACH);
		if (r)
			return sw_error(err, r, NULL, "detach the host's root: %s",
					sw_errno_text(r));
	} else if (r == -EINVAL) {
		/* Neither root can be pivoted: move the new one over the old. */
		r = sys_mount(".", "/", NULL, MS_MOVE, NULL);
		if (r || chroot("."))
			return sw_error(err, r ? r : errno, NULL,
					"pivot_root: EINVAL, and moving the "
					"rootfs to /: %s", sw_errno_text(r ? r : errno));
	} else {
		return sw_error(err, r, NULL, "pivot_root to %s: %s", ctx->spec->rootfs,
				sw_errno_text(r));
	}
	if (chdir("/"))
		return sw_error(err, errno, NULL, "chdir /: %s", sw_errno_text(errno));
	sw_close(&ctx->root_fd);
	return 0;
}
