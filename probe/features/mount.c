// SPDX-License-Identifier: GPL-2.0-only
/*
 * File systems and mounting. mount(2) of a type that is not registered makes the kernel run
 * modprobe (get_fs_type()), so /proc/filesystems is read first. Everything happens in a mount
 * namespace of our own that propagates nowhere, on a tmpfs of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/ipc.h"
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/*
 * A private mount namespace (and what more is asked for) with an empty tmpfs as the current
 * directory. Returns 0, or -errno with *ret filled.
 */
static int workplace(const struct probe_ctx *ctx, uint64_t more, struct live *ret,
		     struct live_way *way)
{
	struct live_way again;
	int r = live_private_mounts(ctx, ret, way);

	if (!r && more) {
		r = live_unshare(ctx, more, ret, &again);
		if (r)
			ret->value = LIVE_UNKNOWN;
	}
	if (r)
		return r;
	return live_tmpfs("size=8m,mode=755", ret);
}

/* May the type be mounted without the kernel loading anything? If not, *ret says why. */
static bool may_mount(const struct probe_ctx *ctx, const struct feature *f, const char *type,
		      struct live *ret)
{
	int registered = fs_registered(type);
	char what[96];

	if (registered == 1 || ctx->load_modules)
		return true;
	if (registered < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "not tried: no /proc/filesystems to look for %s in", type);
		return false;
	}
	snprintf(what, sizeof(what), "%s is not in /proc/filesystems", type);
	module_explain_absent(ctx, f, what, ret);
	return false;
}

/* A mount that failed. */
static void mount_failed(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
			 const struct live_way *way, struct live *ret)
{
	char what[96];

	if (r == -ENODEV) {
		snprintf(what, sizeof(what), "mount(%s): ENODEV", type);
		module_explain_absent(ctx, f, what, ret);
	} else if (r == -EPERM && (way->userns || live_in_userns())) {
		/* Not every file system may be mounted from a user namespace: FS_USERNS_MOUNT. */
		live_set(ret, LIVE_DENIED, r, "mount(%s) in a user namespace: EPERM", type);
		live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN of the initial user namespace is lacking");
	} else if (r == -EPERM || r == -EACCES) {
		live_set(ret, LIVE_DENIED, r, "mount(%s): %s", type, sw_errno_name(r));
	} else if (way->userns || r == -ENOMEM || r == -ENOSPC) {
		/* ENOSPC: fs.mount-max (4.9, d29216842a85) */
		live_set(ret, LIVE_UNKNOWN, r, "mount(%s)%s: %s", type, live_way_text(way), sw_errno_name(r));
	} else {
		live_set(ret, LIVE_BROKEN, r, "mount(%s): %s", type, sw_errno_name(r));
	}
}

static int put_file(const char *path, const char *text)
{
	int fd __sw_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : sw_write_all(fd, text, strlen(text));
}

static bool file_is(const char *path, const char *text)
{
	char line[64];

	return sw_read_line(AT_FDCWD, path, line, sizeof(line)) >= 0 && !strcmp(line, text);
}

/* ---- tmpfs, proc, sysfs, mqueue ------------------------------------------------------------------ */

static void probe_tmpfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;

	/* Without CONFIG_TMPFS the name is registered all the same, as a kind of ramfs (mm/shmem.c). */
	if (!may_mount(ctx, f, "tmpfs", ret) || workplace(ctx, 0, ret, &way))
		return;
	if (put_file("a", "1") || !file_is("a", "1"))
		live_set(ret, LIVE_BROKEN, 0, "a file on a new tmpfs does not read back");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted%s, a file reads back", live_way_text(&way));
}

static void proc_inside(const struct probe_ctx *ctx, const struct feature *f,
			const struct live_way *way, struct live *ret)
{
	char self[16] = "";
	int r = mkdir("m", 0755) ? -errno : sys_mount("proc", "m", "proc",
						       MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);

	if (r) {
		mount_failed(ctx, f, "proc", r, way, ret);
		return;
	}
	(void)!readlink("m/self", self, sizeof(self) - 1);
	if (strcmp(self, "1"))
		live_set(ret, LIVE_BROKEN, 0, "the /proc of a new pid namespace shows its first process as "
			 "\"%s\"", self);
	else
		live_set(ret, LIVE_WORKS, 0, "mounted in a pid namespace of its own%s, it shows its first "
			 "process as 1", live_way_text(way));
}

static void probe_proc(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live got = { 0 };
	struct live_way way;
	int fds[2], status;
	pid_t child;

	if (!may_mount(ctx, f, "proc", ret) || workplace(ctx, SW_CLONE_NEWPID, ret, &way))
		return;
	if (pipe2(fds, O_CLOEXEC) || (child = fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (child == 0) {
		proc_inside(ctx, f, &way, &got);
		sw_write_all(fds[1], &got, sizeof(got));
		_exit(0);
	}
	close(fds[1]);
	if (read(fds[0], &got, sizeof(got)) == sizeof(got))
		*ret = got;
	else
		live_set(ret, LIVE_UNKNOWN, 0, "the process inside died");
	sw_waitpid(child, &status);
}

static void probe_sysfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	if (!may_mount(ctx, f, "sysfs", ret) || workplace(ctx, SW_CLONE_NEWNET, ret, &way))
		return;
	r = mkdir("m", 0755) ? -errno : sys_mount("sysfs", "m", "sysfs",
						   MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r)
		mount_failed(ctx, f, "sysfs", r, &way, ret);
	else if (access("m/kernel", F_OK))
		live_set(ret, LIVE_BROKEN, errno, "mounted, but there is no kernel/ in it");
	else if (!access("m/class/net", F_OK) && access("m/class/net/lo", F_OK))
		live_set(ret, LIVE_BROKEN, errno, "mounted, but it does not show lo");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted in a network namespace of its own%s",
			 live_way_text(&way));
}

static void probe_mqueue_fs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };
	struct live_way way;
	int r;

	if (!may_mount(ctx, f, "mqueue", ret) || workplace(ctx, SW_CLONE_NEWIPC, ret, &way))
		return;
	r = mkdir("m", 0755) ? -errno : sys_mount("mqueue", "m", "mqueue",
						   MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r)
		mount_failed(ctx, f, "mqueue", r, &way, ret);
	else if (mq_open("/seaworthy", O_RDWR | O_CREAT | O_EXCL, 0600, &attr) == (mqd_t)-1)
		ipc_mq_failed(errno, ret);
	else if (access("m/seaworthy", F_OK))
		live_set(ret, LIVE_BROKEN, errno, "mounted, but it does not show a queue just made");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted in an IPC namespace of its own%s, it shows a queue "
			 "just made", live_way_text(&way));
}

/* ---- devpts --------------------------------------------------------------------------------------- */

/*
 * Options of the devpts that is mounted now ("gid=5,mode=620,ptmxmode=000"), without rw or ro;
 * "" if there is none. Returns 0, or -errno where /proc is not to be had.
 */
static int devpts_options(char *out, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p, *opts;
	size_t len;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 1 << 20);

	out[0] = 0;
	if (r)
		return r;
	p = strstr(sw_buf_str(&b), " - devpts ");
	opts = p ? strchr(p + strlen(" - devpts "), ' ') : NULL;
	if (!opts)
		return 0;
	opts++;
	if (sw_starts_with(opts, "rw,") || sw_starts_with(opts, "ro,"))
		opts += 3;
	len = strcspn(opts, "\n");
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(out, opts, len);
	out[len] = 0;
	return sw_starts_with(out, "rw") ? (out[0] = 0) : 0;
}

/*
 * Without DEVPTS_MULTIPLE_INSTANCES, before 4.7, every mount is the one instance, and mounting it
 * again takes its options from the new mount (mount_single(), errors ignored). So the options it
 * has are given first, and what that kernel would choke on last: nothing changes.
 */
static int devpts_data(const struct probe_ctx *ctx, char *data, size_t size, struct live *ret)
{
	char now[160] = "";
	int r;

	if (ctx->version >= KVER(4, 7)) {
		snprintf(data, size, "newinstance,mode=620,ptmxmode=0666");
		return 0;
	}
	r = devpts_options(now, sizeof(now));
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "not tried: without /proc/self/mountinfo it could change the "
			 "options of /dev/pts");
		return r;
	}
	/* Of an option given twice the last one counts, but only where newinstance was accepted. */
	snprintf(data, size, "%s%snewinstance,ptmxmode=0666", now, *now ? "," : "");
	return 0;
}

static void judge_devpts(struct live *ret)
{
	int fd __sw_fd = open("a/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char in_a[32], in_b[32];
	struct stat a, b;
	int n = -1;

	if (stat("a", &a) || stat("b", &b)) {
		live_set(ret, LIVE_BROKEN, errno, "the mounts cannot be read: %s", sw_errno_name(errno));
		return;
	}
	if (a.st_dev == b.st_dev) {
		live_set(ret, LIVE_ABSENT, 0, "mount(devpts, newinstance): 0, but two such mounts are one "
			 "and the same instance");
		return;
	}
	if (fd < 0 || ioctl(fd, TIOCGPTN, &n)) {
		live_set(ret, LIVE_BROKEN, errno, "opening ptmx of the new instance: %s",
			 sw_errno_name(errno));
		return;
	}
	snprintf(in_a, sizeof(in_a), "a/%d", n);
	snprintf(in_b, sizeof(in_b), "b/%d", n);
	if (access(in_a, F_OK) || !access(in_b, F_OK))
		live_set(ret, LIVE_BROKEN, 0, "a terminal of one instance shows in the other");
	else
		live_set(ret, LIVE_WORKS, 0, "a terminal made in one new instance (number %d) is not in another",
			 n);
}

static void probe_devpts(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	char data[256];
	int r;

	if (!may_mount(ctx, f, "devpts", ret) || devpts_data(ctx, data, sizeof(data), ret) ||
	    workplace(ctx, 0, ret, &way))
		return;
	for (const char *p = "ab"; *p; p++) {
		char dir[2] = { *p, 0 };

		r = mkdir(dir, 0755) ? -errno : sys_mount("devpts", dir, "devpts", MS_NOSUID | MS_NOEXEC, data);
		if (r == -EINVAL && !way.userns && ctx->version < KVER(4, 7)) {
			live_set(ret, LIVE_ABSENT, r, "mount(devpts, newinstance): EINVAL");
			return;
		}
		if (r) {
			mount_failed(ctx, f, "devpts", r, &way, ret);
			return;
		}
	}
	judge_devpts(ret);
	if (ret->value == LIVE_WORKS)
		live_more(ret, "%s", live_way_text(&way));
}

/* ---- overlay --------------------------------------------------------------------------------------- */

static void probe_overlay(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* Out of tree, and in Ubuntu's 3.x, it is called overlayfs. */
	const char *type = fs_registered("overlayfs") == 1 ? "overlayfs" : "overlay";
	const char *data = strcmp(type, "overlay") ? "lowerdir=l,upperdir=u" :
						     "lowerdir=l,upperdir=u,workdir=w";
	struct live_way way;
	int r;

	if (!may_mount(ctx, f, type, ret) || workplace(ctx, 0, ret, &way))
		return;
	if (mkdir("l", 0755) || mkdir("u", 0755) || mkdir("w", 0755) || mkdir("m", 0755) ||
	    put_file("l/a", "lower")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare the layers: %s", sw_errno_name(errno));
		return;
	}
	r = sys_mount("overlay", "m", type, 0, data);
	if (r)
		mount_failed(ctx, f, type, r, &way, ret);
	else if (!file_is("m/a", "lower") || put_file("m/a", "upper"))
		live_set(ret, LIVE_BROKEN, errno, "a file of the lower layer cannot be read and written");
	else if (!file_is("m/a", "upper") || !file_is("l/a", "lower") || !file_is("u/a", "upper"))
		live_set(ret, LIVE_BROKEN, 0, "a write went to the wrong layer");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted%s, a write went to the upper layer only",
			 live_way_text(&way));
}

/* ---- pivot_root and the new mount calls ----------------------------------------------------------- */

static void probe_pivot_root(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	(void)f;
	if (workplace(ctx, 0, ret, &way))
		return;
	/*
	 * Into the tmpfs first: where / is the initramfs, which has no parent mount, pivot_root(2)
	 * refuses with EINVAL, whatever the kernel can do.
	 */
	if (chroot(".") || mkdir("/new", 0755) ||
	    sys_mount("seaworthy", "/new", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755") ||
	    mkdir("/new/old", 0755) || put_file("/new/mark", "new")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a root: %s", sw_errno_name(errno));
		return;
	}
	r = sys_pivot_root("/new", "/new/old");
	if (r == -ENOSYS && !live_blame_filter(ret, "pivot_root", r, true))
		live_set(ret, LIVE_ABSENT, r, "pivot_root: ENOSYS");
	else if (r == -EPERM && !live_blame_filter(ret, "pivot_root", r, true))
		live_set(ret, LIVE_DENIED, r, "pivot_root: EPERM");
	else if (r && r != -ENOSYS && r != -EPERM)
		live_set(ret, LIVE_BROKEN, r, "pivot_root: %s", sw_errno_name(r));
	if (r)
		return;
	if (chdir("/") || !file_is("/mark", "new") || sys_umount2("/old", MNT_DETACH) ||
	    !access("/old/new", F_OK))
		live_set(ret, LIVE_BROKEN, 0, "pivot_root: 0, but the old root does not go away");
	else
		live_set(ret, LIVE_WORKS, 0, "the root was changed%s and the old one unmounted",
			 live_way_text(&way));
}

/* ENOSYS and EPERM of a call that every kernel since `since` has. */
static bool call_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, int r,
			 struct live *ret)
{
	if (r >= 0 || (r != -ENOSYS && r != -EPERM))
		return false;
	if (ctx->version >= f->since && live_blame_filter(ret, call, r, true))
		return true;
	live_set(ret, r == -ENOSYS ? LIVE_ABSENT : LIVE_DENIED, r, "%s: %s", call, sw_errno_name(r));
	return true;
}

#define SW_FSCONFIG_CMD_CREATE 6	/* include/uapi/linux/mount.h */
#define SW_MOVE_MOUNT_F_EMPTY_PATH 0x4

static void probe_new_api(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fs __sw_fd = -1, mnt __sw_fd = -1;
	struct live_way way;
	struct stat before, after;
	int r;

	if (workplace(ctx, 0, ret, &way))
		return;
	fs = sys_fsopen("tmpfs", 1 /* FSOPEN_CLOEXEC */);
	if (call_refused(ctx, f, "fsopen", fs, ret))
		return;
	r = fs < 0 ? fs : sys_fsconfig(fs, SW_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!r)
		mnt = sys_fsmount(fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	r = r ? r : mnt < 0 ? mnt : 0;
	if (!r && (mkdir("m", 0755) || stat("m", &before)))
		r = -errno;
	if (!r)
		r = sys_move_mount(mnt, "", AT_FDCWD, "m", SW_MOVE_MOUNT_F_EMPTY_PATH);
	if (call_refused(ctx, f, "fsconfig, fsmount or move_mount", r, ret))
		return;
	if (r || stat("m", &after) || after.st_dev == before.st_dev)
		live_set(ret, LIVE_BROKEN, r, "fsopen, fsconfig, fsmount, move_mount: %s",
			 r ? sw_errno_name(r) : "nothing mounted");
	else
		live_set(ret, LIVE_WORKS, 0, "fsopen, fsconfig, fsmount, move_mount%s: a tmpfs is mounted",
			 live_way_text(&way));
}

static void probe_mount_setattr(const struct probe_ctx *ctx, const struct feature *f,
				struct live *ret)
{
	struct sys_mount_attr attr = { .attr_set = 1 /* MOUNT_ATTR_RDONLY */ };
	struct live_way way;
	int r;

	if (workplace(ctx, 0, ret, &way))
		return;
	r = sys_mount_setattr(AT_FDCWD, ".", 0, &attr, sizeof(attr));
	if (call_refused(ctx, f, "mount_setattr", r, ret))
		return;
	if (r)
		live_set(ret, LIVE_BROKEN, r, "mount_setattr: %s", sw_errno_name(r));
	else if (put_file("a", "1") != -EROFS)
		live_set(ret, LIVE_BROKEN, 0, "mount_setattr(RDONLY): 0, but the mount can be written");
	else
		live_set(ret, LIVE_WORKS, 0, "a mount was made read-only by mount_setattr%s",
			 live_way_text(&way));
}

static const struct feature mount_rows[] = {
	{ .id = "mount.proc", .title = "The proc file system", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "PROC_FS" } }, .since = KVER_NONE, .commit = "proc(5)",
	  .probe = probe_proc },
	{ .id = "mount.sysfs", .title = "The sysfs file system", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "SYSFS" } }, .since = KVER_NONE, .commit = "sysfs(5)",
	  .probe = probe_sysfs },
	{ .id = "mount.tmpfs", .title = "The tmpfs file system", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "TMPFS" } }, .since = KVER_NONE, .commit = "tmpfs(5)",
	  .probe = probe_tmpfs },
	{ .id = "mount.devpts_newinstance", .title = "Private terminals (devpts instances)",
	  .area = "mount",
	  .kconfig = { { KVER_NONE, KVER(4, 7), "UNIX98_PTYS && DEVPTS_MULTIPLE_INSTANCES" },
		       { KVER(4, 7), 0, "UNIX98_PTYS" } },
	  .since = KVER_NONE, .commit = "2a1b2dc0c83b (2.6.29); always on since eedf265aa003 (4.7)",
	  .probe = probe_devpts },
	{ .id = "mount.overlay", .title = "Layered file systems (overlay)", .area = "mount",
	  .kconfig = { { KVER_NONE, KVER(3, 18), "OVERLAYFS_FS || OVERLAY_FS" }, { KVER(3, 18), 0, "OVERLAY_FS" } },
	  .since = KVER(3, 18), .commit = "e9be9d5e76e3", .probe = probe_overlay, .module = "overlay" },
	{ .id = "mount.mqueue", .title = "The mqueue file system", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "POSIX_MQUEUE" } }, .since = KVER_NONE,
	  .commit = "mq_overview(7): 2.6.6", .probe = probe_mqueue_fs },
	{ .id = "mount.pivot_root", .title = "Changing the root (pivot_root)", .area = "mount",
	  .since = KVER_NONE, .commit = "pivot_root(2): 2.3.41", .probe = probe_pivot_root },
	{ .id = "mount.new_api", .title = "Mounting by descriptor (fsopen)", .area = "mount",
	  .since = KVER(5, 2), .commit = "24dcb3d90a1f, 93766fbd2696, 2db154b3ea8e",
	  .probe = probe_new_api },
	{ .id = "mount.mount_setattr", .title = "Changing mounts (mount_setattr)", .area = "mount",
	  .since = KVER(5, 12), .commit = "2a1867219c7b", .probe = probe_mount_setattr },
};

const struct feature_area feature_area_mount = {
	.name = "mount", .title = "Mounts and file systems", FEATURE_ROWS(mount_rows),
};
