// SPDX-License-Identifier: GPL-2.0-only
/*
 * File systems on block devices, and the devices below them. A file system that needs a device is not
 * mounted for the trial: the kernel says that it has it, and what is mounted already is asked more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/mount_try.h"
#include "features/storage.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

/* f->arg: the file system's name in /proc/filesystems */
static void probe_registered(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char path[120], what[96];
	int there = fs_registered(f->arg);

	if (there < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/filesystems to look for %s in", f->arg);
	} else if (!there) {
		snprintf(what, sizeof(what), "%s is not in /proc/filesystems", f->arg);
		module_explain_absent(ctx, f, what, ret);
	} else if (mount_find(f->arg, path, sizeof(path))) {
		live_set(ret, LIVE_WORKS, 0, "one is mounted on %.100s", path);
	} else {
		live_set(ret, LIVE_WORKS, 0, "it is in /proc/filesystems; none is mounted, and none was for the trial");
	}
}

/* Do all mounts of the type that mountinfo lists do without the option? */
static bool mounted_with(const char *type, const char *option)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char want[40];

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 4 << 20))
		return false;
	snprintf(want, sizeof(want), " - %s ", type);
	for (const char *hit = strstr(sw_buf_str(&b), want); hit; hit = strstr(hit + 1, want)) {
		const char *end = strchrnul(hit, '\n'), *o = strstr(hit, option);

		if (o && o < end)
			return true;
	}
	return false;
}

#define ATTR_SECURITY "security.seaworthy"
#define ATTR_ACL "system.posix_acl_access"

/*
 * f->arg: the file system; f->num: access control lists, else security attributes. Asked of one that is
 * mounted: nothing is written, an attribute that nobody sets is merely read.
 */
static void probe_attributes(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *name = f->num ? ATTR_ACL : ATTR_SECURITY;
	char path[120], value[64];

	if (fs_registered(f->arg) == 0) {
		probe_registered(ctx, f, ret);
		return;
	}
	if (!mount_find(f->arg, path, sizeof(path))) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: no %s is mounted here", f->arg);
		return;
	}
	if (getxattr(path, name, value, sizeof(value)) >= 0 || errno == ENODATA || errno == ERANGE)
		live_set(ret, LIVE_WORKS, 0, "the %s on %.80s knows %s", f->arg, path, name);
	else if (errno == EOPNOTSUPP && f->num && mounted_with(f->arg, "noacl"))
		live_set(ret, LIVE_UNKNOWN, EOPNOTSUPP, "the %s on %.60s does not know %s, but one is mounted with noacl",
			 f->arg, path, name);
	else if (errno == EOPNOTSUPP)
		live_set(ret, LIVE_ABSENT, EOPNOTSUPP, "the %s on %.60s does not know %s: EOPNOTSUPP", f->arg, path, name);
	else
		live_set(ret, LIVE_UNKNOWN, errno, "getxattr(%.60s, %s): %s", path, name, sw_errno_name(errno));
}

/* Q_GETFMT of what is no block device: a kernel with quotas judges that, one without says ENOSYS. */
static void probe_quota(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	uint32_t format = 0;
	long r = sys_call(SYS_quotactl, 0x800004u << 8, (long)"/", 0, (long)&format, 0, 0);

	(void)ctx;
	(void)f;
	if ((r == -ENOSYS || r == -EPERM) && live_blame_filter(ret, "quotactl", (int)r, false))
		return;
	if (r == -ENOSYS)
		live_set(ret, LIVE_ABSENT, ENOSYS, "quotactl: ENOSYS");
	else if (r == -ENOTBLK || r == -ENODEV || r == -ESRCH || r == -ENOENT)
		live_set(ret, LIVE_WORKS, (int)-r, "quotactl is there: it judges its arguments (%s)", sw_errno_name((int)-r));
	else
		live_set(ret, LIVE_UNKNOWN, (int)-r, "quotactl(Q_GETFMT, /): %s", sw_errno_name((int)-r));
}

static void probe_fanotify(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = sys_call(SYS_fanotify_init, 0, O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);

	(void)ctx;
	(void)f;
	if (fd >= 0) {
		live_set(ret, LIVE_WORKS, 0, "fanotify_init gave a group");
	} else if ((fd == -ENOSYS || fd == -EPERM) && live_blame_filter(ret, "fanotify_init", fd, false)) {
		return;
	} else if (fd == -EPERM) {
		/* Before 5.13 (7cea2a3c505e) it takes CAP_SYS_ADMIN, and only then looks further. */
		live_set(ret, LIVE_DENIED, EPERM, "fanotify_init: EPERM");
		live_blame_privilege(ret);
	} else if (fd == -ENOSYS) {
		live_set(ret, LIVE_ABSENT, ENOSYS, "fanotify_init: ENOSYS");
	} else {
		live_set(ret, fd == -EMFILE ? LIVE_DENIED : LIVE_UNKNOWN, fd, "fanotify_init: %s", sw_errno_name(fd));
		if (fd == -EMFILE)
			live_cause(ret, FINDING_LIMIT, "fs.fanotify.max_user_groups, or that on open files, is reached");
	}
}

/* The parameter is there if, and only if, roots can be signed (drivers/md/dm-verity-verify-sig.c). */
static void probe_verity_signed(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	if (access("/sys/module", F_OK))
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /sys to look in");
	else if (access("/sys/module/dm_verity", F_OK))
		module_explain_absent(ctx, f, "no dm_verity in /sys/module", ret);
	else if (access("/sys/module/dm_verity/parameters/require_signatures", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "dm_verity has no parameter require_signatures");
	else
		live_set(ret, LIVE_WORKS, 0, "dm_verity has a parameter require_signatures");
}

#define REGISTERED(id_, title_, fs_, expr_, since_, commit_, module_)                              \
	{ .id = id_, .title = title_, .area = "filesystem", .kconfig = { { since_, 0, expr_ } },    \
	  .since = since_, .commit = commit_, .probe = probe_registered, .arg = fs_, .module = module_ }
#define ATTRIBUTES(id_, title_, fs_, num_, expr_, since_, commit_)                                 \
	{ .id = id_, .title = title_, .area = "filesystem", .kconfig = { { since_, 0, expr_ } },    \
	  .since = since_, .commit = commit_, .probe = probe_attributes, .arg = fs_, .num = num_,            \
	  .module = fs_ }

static const struct feature rows[] = {
	{ .id = "mount.loop", .title = "Files as block devices (loop)", .area = "filesystem",
	  .kconfig = { { KVER_NONE, 0, "BLK_DEV_LOOP" } }, .since = KVER_NONE, .commit = "loop(4)",
	  .probe = probe_loop, .module = "loop", .risk = RISK_TRANSIENT, .cleanup = loop_cleanup },
	REGISTERED("mount.squashfs", "The squashfs file system", "squashfs", "SQUASHFS", KVER_NONE,
		   "fs/squashfs/Kconfig of 2.6.29", "squashfs"),
	REGISTERED("mount.erofs", "The erofs file system", "erofs", "EROFS_FS", KVER(4, 19),
		   "drivers/staging/erofs of 4.19, 47e4937a4a7c (5.4)", "erofs"),
	REGISTERED("mount.hugetlbfs", "The hugetlbfs file system", "hugetlbfs", "HUGETLBFS", KVER_NONE,
		   "fs/Kconfig of 2.6.0", NULL),
	REGISTERED("fs.ext4", "The ext4 file system", "ext4", "EXT4_FS", KVER_NONE, "03010a335030 (2.6.28)", "ext4"),
	ATTRIBUTES("fs.ext4_security", "ext4: security attributes", "ext4", 0, "EXT4_FS && EXT4_FS_SECURITY",
		   KVER_NONE, "fs/ext4/Kconfig"),
	ATTRIBUTES("fs.ext4_acl", "ext4: access control lists", "ext4", 1, "EXT4_FS && EXT4_FS_POSIX_ACL",
		   KVER_NONE, "fs/ext4/Kconfig"),
	{ .id = "fs.ext3", .title = "The ext3 file system", .area = "filesystem",
	  .kconfig = { { KVER_NONE, KVER3(2, 6, 33), "EXT3_FS" },
		       { KVER3(2, 6, 33), KVER(4, 3), "EXT3_FS || (EXT4_FS && EXT4_USE_FOR_EXT23)" },
		       { KVER(4, 3), 0, "EXT4_FS" } },
	  .since = KVER_NONE, .commit = "24b584248d35 (2.6.33); ext4 serves it since c290ea01abb7 (4.3)",
	  .probe = probe_registered, .arg = "ext3", .module = "ext4" },
	REGISTERED("fs.xfs", "The XFS file system", "xfs", "XFS_FS", KVER_NONE, "fs/xfs/Kconfig", "xfs"),
	ATTRIBUTES("fs.xfs_acl", "XFS: access control lists", "xfs", 1, "XFS_FS && XFS_POSIX_ACL", KVER_NONE,
		   "fs/xfs/Kconfig"),
	REGISTERED("fs.btrfs", "The Btrfs file system", "btrfs", "BTRFS_FS", KVER_NONE, "fs/btrfs/Kconfig of 2.6.29",
		   "btrfs"),
	ATTRIBUTES("fs.btrfs_acl", "Btrfs: access control lists", "btrfs", 1, "BTRFS_FS && BTRFS_FS_POSIX_ACL",
		   KVER_NONE, "fs/btrfs/Kconfig"),
	REGISTERED("fs.aufs", "The aufs file system (never in Linux)", "aufs", "AUFS_FS", KVER_NONE,
		   "never in mainline; Docker dropped its driver in 24.0", "aufs"),
	REGISTERED("fs.zfs", "The ZFS file system (never in Linux)", "zfs", "ZFS", KVER_NONE,
		   "never in mainline; a module of its own, or copied into the tree", "zfs"),
	{ .id = "fs.dm", .title = "Device mapper", .area = "filesystem",
	  .kconfig = { { KVER_NONE, 0, "BLK_DEV_DM" } }, .since = KVER_NONE,
	  .commit = "drivers/md/Kconfig of 2.6.0", .probe = probe_dm, .module = "dm_mod" },
	{ .id = "fs.dm_thin", .title = "Thin provisioning (device mapper)", .area = "filesystem",
	  .kconfig = { { KVER(3, 2), 0, "BLK_DEV_DM && DM_THIN_PROVISIONING" } }, .since = KVER(3, 2),
	  .commit = "991d9fa02da0", .probe = probe_dm, .arg = "thin-pool", .module = "dm_thin_pool" },
	{ .id = "fs.dm_verity", .title = "Verified block devices (dm-verity)", .area = "filesystem",
	  .kconfig = { { KVER(3, 4), 0, "BLK_DEV_DM && DM_VERITY" } }, .since = KVER(3, 4),
	  .commit = "a4ffc152198e", .probe = probe_dm, .arg = "verity", .module = "dm_verity" },
	{ .id = "fs.dm_verity_signed", .title = "dm-verity: signed roots", .area = "filesystem",
	  .kconfig = { { KVER(5, 4), 0, "DM_VERITY && DM_VERITY_VERIFY_ROOTHASH_SIG" } }, .since = KVER(5, 4),
	  .commit = "88cd3e6cfac9", .probe = probe_verity_signed, .module = "dm_verity" },
	{ .id = "fs.quota", .title = "Disk quotas", .area = "filesystem",
	  .kconfig = { { KVER_NONE, 0, "QUOTA || XFS_QUOTA" } }, .since = KVER_NONE, .commit = "quotactl(2)",
	  .probe = probe_quota },
	{ .id = "fs.fanotify", .title = "Watching whole file systems (fanotify)", .area = "filesystem",
	  .kconfig = { { KVER3(2, 6, 37), 0, "FANOTIFY" } }, .since = KVER3(2, 6, 37),
	  .commit = "fanotify(7)", .probe = probe_fanotify },
};

static const struct feature_sharing sharing[] = {
	{ probe_dm, SHARE_PROCESS | SHARE_MOUNT }, { probe_quota, SHARE_PROCESS },
	{ probe_registered, SHARE_PROCESS }, { probe_verity_signed, SHARE_PROCESS },
	{ probe_attributes, SHARE_PROCESS }, { probe_fanotify, SHARE_PROCESS },
	{ probe_loop, SHARE_PROCESS | SHARE_MOUNT },
	{ NULL, 0 },
};

const struct feature_area feature_area_filesystem = {
	.name = "filesystem", .title = "File systems and storage", FEATURE_ROWS(rows), .sharing = sharing,
};
