// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container's terminals: pseudo-terminals of the host, bound on /dev/console and /dev/ttyN of
 * the container, and a devpts instance of its own. The monitor keeps both ends of each open, so
 * that what a getty says waits for somebody to connect, and a getty's vhangup(2) disturbs nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* ---- on the host's side ---------------------------------------------------------------------- */

int rt_step_ttys(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	struct rt_ttys *t = &ctx->ttys;
	int r = 0;

	(void)step;
	while (!r && t->count < (size_t)ctx->spec->tty_count) {
		r = rt_pty_open(&t->pty[t->count].master, &t->pty[t->count].slave, err);
		t->count += !r;
	}
	return r;
}

void rt_ttys_close(struct rt_ttys *t)
{
	for (size_t i = 0; i < t->count; i++) {
		sw_close(&t->pty[i].slave);
		sw_close(&t->pty[i].master);
	}
	t->count = 0;
}

int rt_ttys_chown(const struct rt_ttys *t, uid_t uid, gid_t gid)
{
	for (size_t i = 0; i < t->count; i++)
		if (fchown(t->pty[i].slave, uid, gid))
			return -errno;
	return 0;
}

/*
 * Make what something is to be mounted on, where it is missing and lies on a file system that
 * outlives the container: made from outside, it can be removed from outside.
 */
static int make_point(struct rt_ctx *ctx, const char *inside, bool dir, struct sw_error *err)
{
	const char *verb = dir ? "rmdir" : "point";
	char path[PATH_MAX], parent[PATH_MAX];
	struct stat st;
	int r;

	if (!rt_host_path(ctx->spec, inside, path, sizeof(path)))
		return 0;
	/* An image or layers are not there yet: made inside later, they stay. */
	if (ctx->spec->rootfs_kind != RT_ROOTFS_DIR && sw_starts_with(path, ctx->spec->rootfs))
		return 0;
	/* Through a link inside a rootfs, outside would be written: leave that alone. */
	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = 0;
	if (lstat(*parent ? parent : "/", &st) || !S_ISDIR(st.st_mode))
		return 0;
	if (!lstat(path, &st) && !rt_journal_shared(&ctx->dir, verb, path, true))
		return 0;
	r = rt_journal_add(&ctx->dir, "%s %s", verb, path);
	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	/* A read-only file system may hold it already, or the mount will say what is missing. */
	if (dir)
		mkdir(path, 0755);
	else
		r = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
	if (!dir && r >= 0)
		close(r);
	return 0;
}

int rt_step_points(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int guard __sw_fd __attribute__((unused)) = rt_dir_guard(&ctx->dir);
	const struct rt_spec *spec = ctx->spec;
	char path[32];
	int r = 0;

	(void)step;
	if (spec->rootfs)
		r = make_point(ctx, "/dev", true, err);
	if (!r && spec->pty_max) {
		r = make_point(ctx, "/dev/pts", true, err);
		if (!r)
			r = make_point(ctx, "/dev/ptmx", false, err);
	}
	/* In a directory of their own, the names in /dev become links. */
	for (long i = 1; !r && !spec->tty_dir && i <= spec->tty_count; i++) {
		snprintf(path, sizeof(path), "/dev/tty%ld", i);
		r = make_point(ctx, path, false, err);
	}
	return r;
}

/* ---- inside, before the host's file systems are let go of ------------------------------------ */

/*
 * The terminal's name: the descriptor's mount is of the host's namespace, and only what is mounted
 * in this one can be bound (EINVAL). The name must lead to that very terminal.
 */
static int pty_path(int master, int slave, char *out, size_t size)
{
	unsigned int number;
	struct stat st, ours;

	if (ioctl(master, TIOCGPTN, &number) || fstat(slave, &ours))
		return -errno;
	snprintf(out, size, "/dev/pts/%u", number);
	if (stat(out, &st) || st.st_rdev != ours.st_rdev || st.st_dev != ours.st_dev)
		return -ENXIO;
	return 0;
}

static int bind_pty(int dev_fd, const char *name, const char *source, struct sw_error *err)
{
	int made, fd __sw_fd = -1;
	struct stat st;
	int r;

	made = openat(dev_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		      0600);
	if (made >= 0)
		close(made);
	fd = openat(dev_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, NULL, "%s in the container's /dev: %s", name,
				sw_errno_text(errno));
	/* fstat of an O_PATH descriptor is EBADF before 3.6; then mount(2) will tell. */
	if (!fstat(fd, &st) && (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)))
		return sw_error(err, EEXIST, NULL, "%s in the container's /dev is a %s, where a "
				"terminal should be mounted: remove it", name,
				S_ISDIR(st.st_mode) ? "directory" : "symbolic link");
	r = rt_mount_on(fd, false, source, NULL, MS_BIND, NULL, err);
	if (r)
		return sw_error(err, r, NULL, "bind %s on %s in the container's /dev: %s", source,
				name, sw_errno_text(r));
	return 0;
}

/* /dev/NAME becomes a link to DIR/NAME, which can be renamed and removed inside. */
static int link_name(int dev_fd, const char *dir, const char *name, struct sw_error *err)
{
	char target[128], is[128];
	ssize_t n = readlinkat(dev_fd, name, is, sizeof(is) - 1);

	snprintf(target, sizeof(target), "%s/%s", dir, name);
	if (n > 0 && (size_t)n == strlen(target) && !memcmp(is, target, n))
		return 0;
	if (unlinkat(dev_fd, name, 0) && errno != ENOENT)
		return sw_error(err, errno, NULL, "removing %s from the container's /dev, for a link "
				"to %s: %s", name, target, sw_errno_text(errno));
	if (symlinkat(target, dev_fd, name))
		return sw_error(err, errno, NULL, "link %s to %s in the container's /dev: %s", name,
				target, sw_errno_text(errno));
	return 0;
}

/* The directory for the terminals: lxc.tty.dir, or /dev itself. */
static int open_tty_dir(struct rt_ctx *ctx, int dev_fd, struct sw_error *err)
{
	const char *dir = ctx->spec->tty_dir;
	struct stat ours, st;
	int fd;

	if (!dir)
		return fcntl(dev_fd, F_DUPFD_CLOEXEC, 0);
	/* Links would take the place of the host's own devices. */
	if (!fstat(dev_fd, &ours) && !stat("/dev", &st) && ours.st_dev == st.st_dev &&
	    ours.st_ino == st.st_ino)
		return sw_error(err, EBUSY, NULL, "the container's /dev is the host's: lxc.tty.dir "
				"would put links in place of the host's devices; give the container "
				"a /dev of its own, or clear lxc.tty.dir");
	if (mkdirat(dev_fd, dir, 0755) && errno != EEXIST)
		return sw_error(err, errno, NULL, "mkdir %s in the container's /dev: %s", dir,
				sw_errno_text(errno));
	fd = openat(dev_fd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? sw_error(err, errno, NULL, "%s in the container's /dev: %s", dir,
				 sw_errno_text(errno)) : fd;
}

static int mount_pty(struct rt_ctx *ctx, int dev_fd, const char *name, const char *source,
		     struct sw_error *err)
{
	int dir __sw_fd = open_tty_dir(ctx, dev_fd, err);
	int r = dir < 0 ? dir : bind_pty(dir, name, source, err);

	if (!r && ctx->spec->tty_dir)
		r = link_name(dev_fd, ctx->spec->tty_dir, name, err);
	return r;
}

int rt_step_console_mount(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int dev __sw_fd = -1, fd __sw_fd = -1;
	char source[64];
	struct stat st;
	int r;

	(void)step;
	if (ctx->console.slave < 0 ||
	    pty_path(ctx->console.master, ctx->console.slave, source, sizeof(source)))
		return 0;
	if (ctx->spec->tty_dir) {
		dev = rt_inroot_open(ctx->root_fd, "/dev", O_RDONLY | O_DIRECTORY);
		return dev < 0 ? sw_error(err, dev, NULL, "/dev inside the rootfs: %s",
					  sw_errno_text(dev)) :
		       mount_pty(ctx, dev, "console", source, err);
	}
	fd = rt_inroot_open(ctx->root_fd, "/dev/console", O_PATH);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return sw_error(err, fd, NULL, "/dev/console inside the rootfs: %s",
				sw_errno_text(fd));
	/* fstat of an O_PATH descriptor is EBADF before 3.6; then mount(2) will tell. */
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		return 0;
	r = rt_mount_on(fd, false, source, NULL, MS_BIND, NULL, err);
	if (r)
		return sw_error(err, r, NULL, "bind the pseudo-terminal on /dev/console: %s",
				sw_errno_text(r));
	return 0;
}

int rt_step_tty_mount(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_ttys *t = &ctx->ttys;
	int dev __sw_fd = rt_inroot_open(ctx->root_fd, "/dev", O_RDONLY | O_DIRECTORY);
	int r = 0;

	(void)step;
	if (dev < 0)
		return sw_error(err, dev, NULL, "/dev inside the rootfs: %s", sw_errno_text(dev));
	for (size_t i = 0; !r && i < t->count; i++) {
		char name[32], source[64];

		snprintf(name, sizeof(name), "tty%zu", i + 1);
		r = pty_path(t->pty[i].master, t->pty[i].slave, source, sizeof(source));
		r = r ? sw_error(err, r, NULL, "the host's /dev/pts, where the terminals are, "
				 "cannot be seen any more: is something mounted over it by the "
				 "configuration?") :
		    mount_pty(ctx, dev, name, source, err);
	}
	return r;
}

/* ---- a devpts instance of its own ------------------------------------------------------------ */

/*
 * The group "tty" is 5 wherever there is one; in a user namespace it may not be mapped, and "max"
 * is known since 3.4: then without (EINVAL).
 */
static int mount_devpts(struct rt_ctx *ctx, int pts, struct sw_error *err)
{
	static const char *const groups[] = { ",gid=5", "" };
	char max[32], data[96];
	int r = -EINVAL;

	snprintf(max, sizeof(max), ",max=%ld", ctx->spec->pty_max);
	for (int old = 0; r == -EINVAL && old < 2; old++)
		for (size_t g = 0; r == -EINVAL && g < ARRAY_SIZE(groups); g++) {
			snprintf(data, sizeof(data), "newinstance,ptmxmode=0666,mode=0620%s%s",
				 groups[g], old ? "" : max);
			r = rt_mount_on(pts, true, "devpts", "devpts", MS_NOSUID | MS_NOEXEC, data,
					err);
		}
	return r ? sw_error(err, r, NULL, "mount devpts on /dev/pts: %s", sw_errno_text(r)) : 0;
}

/* Before 4.7 /dev/ptmx is the first instance's wherever it lies: the new one's goes on it. */
static int mount_ptmx(struct rt_ctx *ctx, int dev, struct sw_error *err)
{
	int source __sw_fd = rt_inroot_open(ctx->root_fd, "/dev/pts/ptmx", O_PATH);
	int target __sw_fd = -1;
	char path[64], to[32];
	int r;

	if (readlinkat(dev, "ptmx", to, sizeof(to)) > 0)
		return 0;	/* to pts/ptmx, for what else */
	if (symlinkat("pts/ptmx", dev, "ptmx") == 0)
		return 0;
	target = openat(dev, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (source < 0 || target < 0)
		return sw_error(err, source < 0 ? source : errno, NULL, "%s in the rootfs: %s",
				source < 0 ? "/dev/pts/ptmx" : "/dev/ptmx",
				sw_errno_text(source < 0 ? source : errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", source);
	r = rt_mount_on(target, false, path, NULL, MS_BIND, NULL, err);
	return r ? sw_error(err, r, NULL, "bind /dev/pts/ptmx on /dev/ptmx: %s", sw_errno_text(r)) :
	       0;
}

int rt_step_devpts(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int dev __sw_fd = rt_inroot_open(ctx->root_fd, "/dev", O_RDONLY | O_DIRECTORY);
	int pts __sw_fd = -1;
	struct stat st;
	int r;

	if (dev < 0)
		return sw_error(err, dev, NULL, "/dev inside the rootfs: %s", sw_errno_text(dev));
	mkdirat(dev, "pts", 0755);
	pts = rt_inroot_open(ctx->root_fd, "/dev/pts", O_RDONLY | O_DIRECTORY);
	if (pts < 0)
		return sw_error(err, pts, NULL, "/dev/pts inside the rootfs: %s",
				sw_errno_text(pts));
	r = mount_devpts(ctx, pts, err);
	if (r)
		return r;
	sw_close(&pts);
	pts = rt_inroot_open(ctx->root_fd, "/dev/pts", O_RDONLY | O_DIRECTORY);
	/* newinstance without the kernel's support is taken without a word: the host's own. */
	if (pts >= 0 && ctx->host_pts && !fstat(pts, &st) && st.st_dev == ctx->host_pts) {
		char needs[200];

		rt_needs_text(step->needs, needs, sizeof(needs));
		return sw_error(err, EOPNOTSUPP, NULL, "devpts on /dev/pts: newinstance had no "
				"effect, this is the host's own instance; it %s", needs);
	}
	return mount_ptmx(ctx, dev, err);
}
