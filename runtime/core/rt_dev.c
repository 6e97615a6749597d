// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is put into the container's file system beside its mount entries: a /dev of its own, its
 * cgroups, and what covers paths of the kernel's that are not for it. All of it ends with the
 * mount namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* ---- /dev ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	unsigned int major, minor;	/* Documentation/admin-guide/devices.txt */
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 },
	{ "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
	{ "/proc/self/fd/2", "stderr" },
};

/* In a user namespace a node cannot be made, or not be opened: bind the host's instead. */
static int bind_node(int dev, const char *name, struct sw_error *err)
{
	int made = openat(dev, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666), fd __sw_fd = -1;
	char source[32];
	int r;

	if (made < 0)
		return sw_error(err, errno, NULL, "make /dev/%s: %s", name, sw_errno_text(errno));
	close(made);
	fd = openat(dev, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	snprintf(source, sizeof(source), "/dev/%s", name);
	r = fd < 0 ? -errno : rt_mount_on(fd, false, source, NULL, MS_BIND, NULL, err);
	return r ? sw_error(err, r, NULL, "bind the host's /dev/%s: %s", name, sw_errno_text(r)) : 0;
}

static int make_node(struct rt_ctx *ctx, int dev, size_t i, struct sw_error *err)
{
	const char *name = nodes[i].name;

	if (ctx->spec->ns & SW_CLONE_NEWUSER)
		return bind_node(dev, name, err);
	if (mknodat(dev, name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)))
		return errno == EPERM ? bind_node(dev, name, err) :
		       sw_error(err, errno, NULL, "make /dev/%s: %s", name, sw_errno_text(errno));
	/* The umask is 022. */
	if (fchmodat(dev, name, 0666, 0))
		return sw_error(err, errno, NULL, "chmod /dev/%s: %s", name, sw_errno_text(errno));
	return 0;
}

/* Into the tmpfs that was just mounted there. */
int rt_step_autodev(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int dev __sw_fd = rt_inroot_open(ctx->root_fd, "/dev", O_RDONLY | O_DIRECTORY);
	int r = 0;

	(void)step;
	if (dev < 0)
		return sw_error(err, dev, NULL, "/dev inside: %s", sw_errno_text(dev));
	for (size_t i = 0; !r && i < ARRAY_SIZE(nodes); i++)
		r = make_node(ctx, dev, i, err);
	for (size_t i = 0; !r && i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i][0], dev, links[i][1]))
			r = sw_error(err, errno, NULL, "link /dev/%s: %s", links[i][1],
				     sw_errno_text(errno));
	if (!r && (mkdirat(dev, "pts", 0755) || mkdirat(dev, "shm", 0755) ||
		   mkdirat(dev, "mqueue", 0755) || fchmodat(dev, "shm", 01777, 0)))
		r = sw_error(err, errno, NULL, "make directories in /dev: %s", sw_errno_text(errno));
	/* Something for the console to be bound on; without one, a file would fill up. */
	if (!r && !ctx->spec->console_none) {
		int fd = openat(dev, "console", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

		if (fd < 0)
			r = sw_error(err, errno, NULL, "make /dev/console: %s", sw_errno_text(errno));
		else
			close(fd);
	}
	return r;
}

/* ---- paths that are covered ------------------------------------------------------------------ */

/* Bind source (NULL: itself) on what is open, and make it read-only. */
static int bind_readonly(struct rt_ctx *ctx, const char *path, int fd, bool dir, const char *source,
			 struct sw_error *err)
{
	int top __sw_fd = -1;
	char self[64];
	int r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	r = rt_mount_on(fd, dir, source ? source : self, NULL, MS_BIND | (dir ? MS_REC : 0), NULL,
			err);
	if (r)
		return r;
	top = rt_inroot_open(ctx->root_fd, path, dir ? O_RDONLY | O_DIRECTORY : O_PATH);
	if (top < 0)
		return top;
	return rt_mount_on(top, dir, NULL, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY |
			   rt_mount_flags(top), NULL, err);
}

static int open_path(struct rt_ctx *ctx, const char *path, bool *ret_dir)
{
	int fd = rt_inroot_open(ctx->root_fd, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);

	*ret_dir = fd >= 0;
	return fd == -ENOTDIR ? rt_inroot_open(ctx->root_fd, path, O_PATH) : fd;
}

/* A file is covered by the null device, a directory by an empty file system. */
int rt_step_mask(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_path *p = &ctx->spec->confine.masked[step->index];
	int fd __sw_fd = -1;
	struct stat st;
	bool dir;
	int r;

	fd = open_path(ctx, p->path, &dir);
	if (fd == -ENOENT)	/* kernels differ in what they have */
		return 0;
	/* What is not the null device would not hide but show something. */
	if (fd >= 0 && !dir && (stat("/dev/null", &st) || !S_ISCHR(st.st_mode) ||
				st.st_rdev != makedev(1, 3)))
		return sw_error(err, ENODEV, NULL, "/dev/null of the host is not the null device");
	r = fd < 0 ? fd : dir ? rt_mount_on(fd, true, "tmpfs", "tmpfs", MS_RDONLY | MS_NOSUID |
					    MS_NODEV | MS_NOEXEC, "size=0k,mode=555", err) :
	    rt_mount_on(fd, false, "/dev/null", NULL, MS_BIND, NULL, err);
	return r ? sw_error(err, r, NULL, "%s: mask %s: %s", p->origin, p->path,
			    sw_errno_text(r)) : 0;
}

int rt_step_readonly_path(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_path *p = &ctx->spec->confine.readonly[step->index];
	int fd __sw_fd = -1;
	bool dir;
	int r;

	fd = open_path(ctx, p->path, &dir);
	if (fd == -ENOENT)
		return 0;
	r = fd < 0 ? fd : bind_readonly(ctx, p->path, fd, dir, NULL, err);
	return r ? sw_error(err, r, NULL, "%s: make %s read-only: %s", p->origin, p->path,
			    sw_errno_text(r)) : 0;
}

/* ---- cgroups --------------------------------------------------------------------------------- */

#define CGROUP_DIR "/sys/fs/cgroup"

/* Bind host on the directory inside, made if need be; read-only on demand. */
static int bind_cgroup(struct rt_ctx *ctx, const char *host, const char *inside, bool readonly,
		       struct sw_error *err)
{
	int fd __sw_fd = -1;
	int r = rt_inroot_mkdir_p(ctx->root_fd, inside, 0755);

	/* On a read-only hierarchy there it is, or it is not. */
	if (r && r != -EROFS)
		return r;
	fd = rt_inroot_open(ctx->root_fd, inside, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	return readonly ? bind_readonly(ctx, inside, fd, true, host, err) :
	       rt_mount_on(fd, true, host, NULL, MS_BIND | MS_REC, NULL, err);
}

static int mount_hierarchy(struct rt_ctx *ctx, const struct rt_cg_hier *h, const char *place,
			   struct sw_error *err)
{
	const struct rt_confine *c = &ctx->spec->confine;
	bool readonly = c->cgroup_mount == RT_CGM_RO, hidden = c->cgroup_mount != RT_CGM_RW;
	char own[PATH_MAX], inside[PATH_MAX];
	int fd __sw_fd = -1;
	int r;

	rt_cg_path(ctx, h, own, sizeof(own));
	/* With a namespace of its own, /proc/self/cgroup says that its cgroup is the root. */
	if (ctx->spec->ns & SW_CLONE_NEWCGROUP)
		return bind_cgroup(ctx, own, place, readonly, err);
	snprintf(inside, sizeof(inside), "%s%s", place, own + strlen(h->path));
	if (c->cgroup_full) {
		r = bind_cgroup(ctx, h->path, place, hidden, err);
		return r || !hidden ? r : bind_cgroup(ctx, own, inside, readonly, err);
	}
	r = rt_inroot_mkdir_p(ctx->root_fd, inside, 0755);
	if (!r && hidden) {
		fd = rt_inroot_open(ctx->root_fd, place, O_RDONLY | O_DIRECTORY);
		r = fd < 0 ? fd : bind_readonly(ctx, place, fd, true, NULL, err);
	}
	return r ? r : bind_cgroup(ctx, own, inside, readonly, err);
}

/* "cpu" and "cpuacct" for "cpu,cpuacct", as the host has them. */
static void link_controllers(struct rt_ctx *ctx, const char *names)
{
	int fd __sw_fd = rt_inroot_open(ctx->root_fd, CGROUP_DIR, O_RDONLY | O_DIRECTORY);
	char one[64];

	for (const char *p = names; fd >= 0 && *p; p += strcspn(p, ",")) {
		p += *p == ',';
		snprintf(one, sizeof(one), "%.*s", (int)strcspn(p, ","), p);
		if (strcmp(one, names) && symlinkat(names, fd, one) && errno != EEXIST)
			return;
	}
}

int rt_step_cgroup_mount(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int top __sw_fd = -1;
	int r = rt_inroot_mkdir_p(ctx->root_fd, CGROUP_DIR, 0755);

	(void)step;
	if (r && r != -EROFS)
		return sw_error(err, r, NULL, "make %s inside: %s", CGROUP_DIR, sw_errno_text(r));
	for (size_t i = 0; i < ctx->cg.count; i++)	/* one for all, and nothing beside it */
		if (ctx->cg.hier[i].v2 && ctx->cg.hier[i].joined &&
		    !strcmp(ctx->cg.hier[i].path, CGROUP_DIR))
			return mount_hierarchy(ctx, &ctx->cg.hier[i], CGROUP_DIR, err);
	top = rt_inroot_open(ctx->root_fd, CGROUP_DIR, O_RDONLY | O_DIRECTORY);
	r = top < 0 ? top : rt_mount_on(top, true, "tmpfs", "tmpfs", MS_NOSUID | MS_NODEV |
					MS_NOEXEC, "size=10240k,mode=755", err);
	if (r)
		return sw_error(err, r, NULL, "tmpfs on %s inside: %s", CGROUP_DIR,
				sw_errno_text(r));
	for (size_t i = 0; i < ctx->cg.count; i++) {
		const struct rt_cg_hier *h = &ctx->cg.hier[i];
		const char *name = strrchr(h->path, '/');
		char place[PATH_MAX];

		if (!h->joined || !name || !name[1])
			continue;
		snprintf(place, sizeof(place), CGROUP_DIR "%s", name);
		r = mount_hierarchy(ctx, h, place, err);
		if (r)
			return sw_error(err, r, NULL, "%s inside: %s", place, sw_errno_text(r));
		link_controllers(ctx, name + 1);
	}
	return 0;
}

/* ---- the root -------------------------------------------------------------------------------- */

/* Once it is the root: pivot_root(2) would not have it otherwise. */
int rt_step_root_propagation(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int r = sys_mount(NULL, "/", NULL, ctx->spec->confine.propagation, NULL);

	(void)step;
	return r ? sw_error(err, r, NULL, "propagation of /: %s", sw_errno_text(r)) : 0;
}
