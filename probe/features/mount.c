// SPDX-License-Identifier: GPL-2.0-only
/* The rows of mounts; the longer trials are in mount_*.c, and what they share in mount_try.c. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/ipc.h"
#include "features/mount_try.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- tmpfs, proc, sysfs, mqueue ------------------------------------------------------------------ */

static void probe_tmpfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;

	/* Without CONFIG_TMPFS the name is registered all the same, as a kind of ramfs (mm/shmem.c). */
	if (!mount_may(ctx, f, "tmpfs", ret) || mount_workplace(ctx, 0, ret, &way))
		return;
	if (mount_put_file("a", "1") || !mount_file_is("a", "1"))
		live_set(ret, LIVE_BROKEN, 0, "a file on a new tmpfs does not read back");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted%s, a file reads back", live_way_text(&way));
}

static void probe_sysfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	if (!mount_may(ctx, f, "sysfs", ret) || mount_workplace(ctx, SW_CLONE_NEWNET, ret, &way))
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

	if (!mount_may(ctx, f, "mqueue", ret) || mount_workplace(ctx, SW_CLONE_NEWIPC, ret, &way))
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

	if (!mount_may(ctx, f, "devpts", ret) || devpts_data(ctx, data, sizeof(data), ret) ||
	    mount_workplace(ctx, 0, ret, &way))
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

/* ---- pivot_root and the new mount calls ----------------------------------------------------------- */

static void probe_pivot_root(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	(void)f;
	if (mount_workplace(ctx, 0, ret, &way))
		return;
	/*
	 * Into the tmpfs first: where / is the initramfs, which has no parent mount, pivot_root(2)
	 * refuses with EINVAL, whatever the kernel can do.
	 */
	if (chroot(".") || mkdir("/new", 0755) ||
	    sys_mount("seaworthy", "/new", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755") ||
	    mkdir("/new/old", 0755) || mount_put_file("/new/mark", "new")) {
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
	if (chdir("/") || !mount_file_is("/mark", "new") || sys_umount2("/old", MNT_DETACH) ||
	    !access("/old/new", F_OK))
		live_set(ret, LIVE_BROKEN, 0, "pivot_root: 0, but the old root does not go away");
	else
		live_set(ret, LIVE_WORKS, 0, "the root was changed%s and the old one unmounted",
			 live_way_text(&way));
}

#define SW_FSCONFIG_CMD_CREATE 6	/* include/uapi/linux/mount.h */
#define SW_MOVE_MOUNT_F_EMPTY_PATH 0x4

static void probe_new_api(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fs __sw_fd = -1, mnt __sw_fd = -1;
	struct live_way way;
	struct stat before, after;
	int r;

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	fs = sys_fsopen("tmpfs", 1 /* FSOPEN_CLOEXEC */);
	if (mount_call_refused(ctx, f, "fsopen", fs, ret))
		return;
	r = fs < 0 ? fs : sys_fsconfig(fs, SW_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!r)
		mnt = sys_fsmount(fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	r = r ? r : mnt < 0 ? mnt : 0;
	if (!r && (mkdir("m", 0755) || stat("m", &before)))
		r = -errno;
	if (!r)
		r = sys_move_mount(mnt, "", AT_FDCWD, "m", SW_MOVE_MOUNT_F_EMPTY_PATH);
	if (mount_call_refused(ctx, f, "fsconfig, fsmount or move_mount", r, ret))
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

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	r = sys_mount_setattr(AT_FDCWD, ".", 0, &attr, sizeof(attr));
	if (mount_call_refused(ctx, f, "mount_setattr", r, ret))
		return;
	if (r)
		live_set(ret, LIVE_BROKEN, r, "mount_setattr: %s", sw_errno_name(r));
	else if (mount_put_file("a", "1") != -EROFS)
		live_set(ret, LIVE_BROKEN, 0, "mount_setattr(RDONLY): 0, but the mount can be written");
	else
		live_set(ret, LIVE_WORKS, 0, "a mount was made read-only by mount_setattr%s",
			 live_way_text(&way));
}

#define IDMAPPED(fs_, symbol_, since_, commit_)                                                    \
	{ .id = "mount.idmapped_" fs_, .title = "Id-mapped mounts of " fs_, .area = "mount",        \
	  .kconfig = { { since_, 0, symbol_ " && USER_NS" } }, .since = since_, .commit = commit_,  \
	  .probe = probe_idmapped, .arg = fs_ }

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
	{ .id = "mount.overlay_userns", .title = "overlay in a user namespace", .area = "mount",
	  .kconfig = { { KVER(5, 11), 0, "OVERLAY_FS && USER_NS" } }, .since = KVER(5, 11),
	  .commit = "459c7c565ac3", .probe = probe_overlay_userns, .module = "overlay" },
	{ .id = "mount.overlay_redirect_dir", .title = "overlay: renaming directories", .area = "mount",
	  .kconfig = { { KVER(4, 10), 0, "OVERLAY_FS" } }, .since = KVER(4, 10), .commit = "a6c606551141",
	  .probe = probe_overlay_option, .arg = "redirect_dir=on", .module = "overlay" },
	{ .id = "mount.overlay_metacopy", .title = "overlay: changing modes without copying", .area = "mount",
	  .kconfig = { { KVER(4, 19), 0, "OVERLAY_FS" } }, .since = KVER(4, 19), .commit = "d5791044d2e5",
	  .probe = probe_overlay_option, .arg = "metacopy=on", .module = "overlay" },
	{ .id = "mount.overlay_volatile", .title = "overlay: not syncing (volatile)", .area = "mount",
	  .kconfig = { { KVER(5, 10), 0, "OVERLAY_FS" } }, .since = KVER(5, 10), .commit = "c86243b090bc",
	  .probe = probe_overlay_option, .arg = "volatile", .module = "overlay" },
	{ .id = "mount.tmpfs_userns", .title = "tmpfs in a user namespace", .area = "mount",
	  .kconfig = { { KVER(3, 9), 0, "TMPFS && USER_NS" } }, .since = KVER(3, 9), .commit = "2b8576cb09a7",
	  .probe = probe_tmpfs_user, .num = 1 },
	{ .id = "mount.proc_subset", .title = "A /proc of processes only (subset=pid)", .area = "mount",
	  .kconfig = { { KVER(5, 8), 0, "PROC_FS" } }, .since = KVER(5, 8), .commit = "6814ef2d992a",
	  .probe = probe_proc_subset },
	{ .id = "mount.proc_hidepid", .title = "A /proc that hides others' processes", .area = "mount",
	  .kconfig = { { KVER(3, 3), 0, "PROC_FS" } }, .since = KVER(3, 3), .commit = "0499680a4214",
	  .probe = probe_proc_hidepid },
	{ .id = "mount.proc_instances", .title = "Each /proc with options of its own", .area = "mount",
	  .kconfig = { { KVER(5, 8), 0, "PROC_FS" } }, .since = KVER(5, 8), .commit = "fa10fed30f25",
	  .probe = probe_proc_hidepid, .num = 1 },
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
	{ .id = "mount.propagation", .title = "Mount propagation (shared subtrees)", .area = "mount",
	  .since = KVER_NONE, .commit = "mount_namespaces(7): 2.6.15", .probe = probe_propagation },
	{ .id = "mount.open_tree", .title = "Detached copies of mounts (open_tree)", .area = "mount",
	  .since = KVER(5, 2), .commit = "a07b20004793", .probe = probe_open_tree },
	{ .id = "mount.move_mount", .title = "Moving mounts (move_mount)", .area = "mount",
	  .since = KVER(5, 2), .commit = "2db154b3ea8e", .probe = probe_move_mount },
	{ .id = "mount.move_beneath", .title = "Mounts put beneath a top mount",
	  .area = "mount", .since = KVER(6, 5), .commit = "6ac392815628", .probe = probe_move_beneath },
	{ .id = "mount.statmount", .title = "Asking about mounts (statmount, listmount)", .area = "mount",
	  .since = KVER(6, 8), .commit = "46eae99ef733", .probe = probe_statmount },
	{ .id = "mount.idmapped", .title = "Id-mapped mounts", .area = "mount",
	  .kconfig = { { KVER(5, 12), 0, "USER_NS" } }, .since = KVER(5, 12), .commit = "9caccd41541a",
	  .probe = probe_idmapped },
	IDMAPPED("tmpfs", "TMPFS", KVER(6, 3), "7a80e5b8c6fa"),
	IDMAPPED("ext4", "EXT4_FS", KVER(5, 12), "14f3db5542e9"),
	IDMAPPED("xfs", "XFS_FS", KVER(5, 12), "f736d93d76d3"),
	IDMAPPED("vfat", "VFAT_FS", KVER(5, 12), "4b7899368108"),
	IDMAPPED("btrfs", "BTRFS_FS", KVER(5, 15), "5b9b26f5d0b8"),
	IDMAPPED("f2fs", "F2FS_FS", KVER(5, 18), "984fc4e76d63"),
	IDMAPPED("erofs", "EROFS_FS", KVER(5, 19), "6c459b78d473"),
	IDMAPPED("squashfs", "SQUASHFS", KVER(6, 2), "42da66ac7bcb"),
	{ .id = "mount.idmapped_overlay", .title = "overlay over id-mapped layers", .area = "mount",
	  .kconfig = { { KVER(5, 19), 0, "OVERLAY_FS && USER_NS" } }, .since = KVER(5, 19),
	  .commit = "bc70682a497c", .probe = probe_overlay_idmapped, .module = "overlay" },
	{ .id = "mount.fuse", .title = "File systems in user space (fuse)", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "FUSE_FS" } }, .since = KVER_NONE, .commit = "fuse(4): 2.6.14",
	  .probe = probe_fuse, .module = "fuse" },
	{ .id = "mount.fuse_userns", .title = "fuse in a user namespace", .area = "mount",
	  .kconfig = { { KVER(4, 18), 0, "FUSE_FS && USER_NS" } }, .since = KVER(4, 18), .commit = "4ad769f3c346",
	  .probe = probe_fuse, .num = 1, .module = "fuse" },
	{ .id = "mount.binfmt_misc", .title = "Programs of other machines (binfmt_misc)", .area = "mount",
	  .kconfig = { { KVER_NONE, 0, "BINFMT_MISC" } }, .since = KVER_NONE,
	  .commit = "Documentation/admin-guide/binfmt-misc.rst", .probe = probe_binfmt_misc,
	  .module = "binfmt_misc" },
	{ .id = "mount.binfmt_misc_userns", .title = "binfmt_misc per user namespace", .area = "mount",
	  .kconfig = { { KVER(6, 7), 0, "BINFMT_MISC && USER_NS" } }, .since = KVER(6, 7), .commit = "21ca59b365c0",
	  .probe = probe_binfmt_misc, .num = 1, .module = "binfmt_misc" },
	{ .id = "mount.binderfs", .title = "binder devices per container (binderfs)", .area = "mount",
	  .kconfig = { { KVER(5, 0), 0, "ANDROID_BINDERFS" } }, .since = KVER(5, 0), .commit = "3ad20fe393b3",
	  .probe = probe_binderfs, .module = "binder_linux" },
};

static const struct feature_sharing sharing[] = {
	{ probe_binderfs, SHARE_PROCESS | SHARE_MOUNT }, { probe_binfmt_misc, SHARE_MEMORY | SHARE_MOUNT },
	{ probe_devpts, SHARE_PROCESS | SHARE_MOUNT }, { probe_fuse, SHARE_MEMORY | SHARE_MOUNT },
	{ probe_idmapped, SHARE_PROCESS | SHARE_MOUNT }, { probe_mount_setattr, SHARE_PROCESS | SHARE_MOUNT },
	{ probe_move_mount, SHARE_PROCESS | SHARE_MOUNT }, { probe_mqueue_fs, SHARE_MEMORY | SHARE_MOUNT },
	{ probe_new_api, SHARE_PROCESS | SHARE_MOUNT }, { probe_open_tree, SHARE_PROCESS | SHARE_MOUNT },
	{ probe_overlay, SHARE_PROCESS | SHARE_MOUNT }, { probe_overlay_idmapped, SHARE_PROCESS | SHARE_MOUNT },
	{ probe_overlay_option, SHARE_PROCESS | SHARE_MOUNT }, { probe_overlay_userns, SHARE_MEMORY },
	{ probe_pivot_root, SHARE_MEMORY }, { probe_proc, SHARE_MEMORY | SHARE_MOUNT },
	{ probe_proc_hidepid, SHARE_MEMORY | SHARE_MOUNT }, { probe_proc_subset, SHARE_MEMORY | SHARE_MOUNT },
	{ probe_propagation, SHARE_PROCESS | SHARE_MOUNT }, { probe_sysfs, SHARE_PROCESS | SHARE_MOUNT | SHARE_NET },
	{ probe_tmpfs, SHARE_PROCESS | SHARE_MOUNT }, { probe_tmpfs_user, SHARE_MEMORY },
	{ NULL, 0 },
};

const struct feature_area feature_area_mount = {
	.name = "mount", .title = "Mounts and file systems", FEATURE_ROWS(mount_rows), .sharing = sharing
};
