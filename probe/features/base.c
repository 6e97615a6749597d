// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an init system asks of any kernel, in a container or not: the requirements of systemd's README,
 * and what others check besides. Where something should be off, the row is about the good state: it
 * "works" where nothing is in the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/base.h"
#include "features/cgroup_try.h"
#include "features/off_at_boot.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

static bool there(const char *path)
{
	return !access(path, F_OK);
}

/* ---- file systems ---------------------------------------------------------------------------- */

/*
 * There is one devtmpfs, and another mount of it could change the options of that one
 * (reconfigure_single() in drivers/base/devtmpfs.c): so it is looked at, never mounted.
 */
static void probe_devtmpfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int registered = fs_registered("devtmpfs");
	struct stat st;

	(void)ctx;
	(void)f;
	if (registered <= 0) {
		live_set(ret, registered ? LIVE_UNKNOWN : LIVE_ABSENT, 0, registered ?
			 "no /proc/filesystems" : "devtmpfs is not in /proc/filesystems");
		return;
	}
	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 1 << 20) ||
	    !strstr(sw_buf_str(&b), " /dev ") || !strstr(sw_buf_str(&b), " - devtmpfs "))
		live_set(ret, LIVE_WORKS, 0, "devtmpfs is registered; it is not mounted here");
	else if (stat("/dev/null", &st) || !S_ISCHR(st.st_mode))
		live_set(ret, LIVE_BROKEN, 0, "devtmpfs is mounted, but /dev/null is no device");
	else
		live_set(ret, LIVE_WORKS, 0, "devtmpfs is registered and mounted");
}

/* An automount point of our own, of which we are the daemon; nobody ever asks it for anything. */
static void probe_autofs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { AUTOFS_MAGIC = 0x0187 };		/* <linux/magic.h> */
	int registered = fs_registered("autofs"), fds[2], r;
	struct live_way way;
	struct statfs sf;
	char options[80];

	if (registered < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/filesystems");
		return;
	}
	if (!registered && !ctx->load_modules) {
		module_explain_absent(ctx, f, "autofs is not in /proc/filesystems", ret);
		return;
	}
	if (live_private_mounts(ctx, ret, &way) || live_tmpfs("size=64k,mode=755", ret))
		return;
	if (mkdir("a", 0755) || pipe2(fds, O_CLOEXEC)) {
		live_set(ret, LIVE_UNKNOWN, errno, "mkdir or pipe: %s", sw_errno_name(errno));
		return;
	}
	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", fds[1],
		 (int)getpgrp());
	r = sys_mount("seaworthy", "a", "autofs", MS_NOSUID | MS_NODEV, options);
	if (r == -ENODEV) {
		module_explain_absent(ctx, f, "mount(autofs): ENODEV", ret);
	} else if (r == -EPERM && (way.userns || live_in_userns())) {
		live_set(ret, LIVE_DENIED, r, "autofs is registered; mount in a user namespace: EPERM");
		live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN of the initial user namespace is lacking");
	} else if (r == -EPERM || r == -EACCES) {
		if (!live_blame_filter(ret, "mount(autofs)", r, true))
			live_set(ret, LIVE_DENIED, r, "mount(autofs): %s", sw_errno_name(-r));
	} else if (r || statfs("a", &sf) || sf.f_type != AUTOFS_MAGIC) {
		live_set(ret, LIVE_BROKEN, r, "mount(autofs): %s", r ? sw_errno_name(-r) : "nothing is mounted");
	} else {
		live_set(ret, LIVE_WORKS, 0, "an automount point was mounted, with a pipe of ours");
	}
}

/* ---- files of /proc and /sys ----------------------------------------------------------------- */

static void probe_psi(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char line[96] = "", cmdline[2048] = "";
	ssize_t n = sw_read_line(AT_FDCWD, "/proc/pressure/cpu", line, sizeof(line));

	(void)f;
	if (n == -ENOENT) {
		live_set(ret, live_proc("/proc/pressure/cpu") ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT,
			 "no /proc/pressure/cpu");
	} else if (n == -EOPNOTSUPP) {
		live_set(ret, LIVE_DENIED, EOPNOTSUPP, "/proc/pressure/cpu: EOPNOTSUPP: switched off at boot");
		sw_read_line(AT_FDCWD, "/proc/cmdline", cmdline, sizeof(cmdline));
		if (cmdline_lists(cmdline, "psi=", "0", false))
			live_cause(ret, FINDING_BOOT_PARAMETER, "psi=0");
		else if (ctx->kconfig && kconfig_get(ctx->kconfig, "PSI_DEFAULT_DISABLED", NULL) != KCONFIG_N)
			live_more(ret, " (PSI_DEFAULT_DISABLED=y, and no psi=1)");
	} else if (n < 0) {
		live_set(ret, LIVE_UNKNOWN, (int)n, "/proc/pressure/cpu: %s", sw_errno_name((int)-n));
	} else if (!sw_starts_with(line, "some avg10=") && live_proc("/proc/pressure/cpu") != 1) {
		live_set(ret, LIVE_UNKNOWN, 0, "/proc/pressure/cpu is not the kernel's");
	} else if (!sw_starts_with(line, "some avg10=")) {
		live_set(ret, LIVE_BROKEN, 0, "/proc/pressure/cpu reads \"%.40s\"", line);
	} else {
		live_set(ret, LIVE_WORKS, 0, "/proc/pressure/cpu: %.60s", line);
	}
}

static void probe_ikconfig(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	unsigned char head[2] = { 0 };
	int fd __sw_fd = open("/proc/config.gz", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, head, 2) == 2 && head[0] == 0x1f && head[1] == 0x8b)
		live_set(ret, LIVE_WORKS, 0, "/proc/config.gz can be read");
	else if (fd >= 0 && live_proc("/proc/config.gz") != 1)
		live_set(ret, LIVE_UNKNOWN, 0, "/proc/config.gz is not the kernel's: something is mounted over it");
	else if (fd >= 0)
		live_set(ret, LIVE_BROKEN, errno, "/proc/config.gz is no gzip file");
	else if (errno == ENOENT && live_proc("/proc/config.gz") == 0)
		module_explain_absent(ctx, f, "no /proc/config.gz", ret);
	else
		live_set(ret, LIVE_UNKNOWN, errno, "/proc/config.gz: %s", sw_errno_name(errno));
}

static void probe_modules(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char why[160] = "";
	long disabled;

	(void)f;
	if (live_proc("/proc/modules") < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "/proc/modules is not to be had");
		return;
	}
	if (module_support(ctx, why, sizeof(why))) {
		live_set(ret, LIVE_WORKS, 0, "/proc/modules is there, and loading is not switched off");
	} else if (!live_sysctl("kernel/modules_disabled", &disabled) && disabled == 1) {
		live_set(ret, LIVE_DENIED, 0, "%.150s", why);
		live_cause(ret, FINDING_SYSCTL, "kernel.modules_disabled=1");
	} else {
		live_set(ret, LIVE_ABSENT, 0, "%.150s", why);
	}
}

static void probe_proc_sysctl(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char line[32] = "";
	ssize_t n = sw_read_line(AT_FDCWD, "/proc/sys/kernel/ostype", line, sizeof(line));

	(void)ctx;
	(void)f;
	if (n >= 0 && !strcmp(line, "Linux"))
		live_set(ret, LIVE_WORKS, 0, "/proc/sys/kernel/ostype can be read");
	else if (n >= 0 && live_proc("/proc/sys/kernel/ostype") != 1)
		live_set(ret, LIVE_UNKNOWN, 0, "/proc/sys/kernel/ostype is not the kernel's");
	else if (n >= 0)
		live_set(ret, LIVE_BROKEN, 0, "/proc/sys/kernel/ostype is \"%s\"", line);
	else
		live_set(ret, n == -ENOENT && live_proc("/proc/sys/kernel/ostype") == 0 ? LIVE_ABSENT : LIVE_UNKNOWN, (int)n,
			 "/proc/sys/kernel/ostype: %s", sw_errno_name((int)-n));
}

/* Shared: f->arg is there where the feature is; its directory is there in any case. */
static void probe_sys_file(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *slash = strrchr(f->arg, '/');
	char dir[64];

	(void)ctx;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - f->arg), f->arg);
	if (there(f->arg))
		live_set(ret, LIVE_WORKS, 0, "%s is there", f->arg);
	else
		live_set(ret, there(dir) ? LIVE_ABSENT : LIVE_UNKNOWN, ENOENT, "no %s", there(dir) ? f->arg : dir);
}

/* What the firmware does not have no kernel can show. */
static void probe_dmi(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	(void)ctx;
	(void)f;
	if (there("/sys/class/dmi/id"))
		live_set(ret, LIVE_WORKS, 0, "/sys/class/dmi/id is there");
	else if (there("/sys/firmware/dmi/tables"))
		live_set(ret, LIVE_ABSENT, 0, "the firmware has tables, but there is no /sys/class/dmi/id");
	else
		live_set(ret, LIVE_UNKNOWN, 0, "no DMI here; the firmware may have none");
}

static void probe_efivarfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int registered;

	if (!there("/sys/firmware/efi")) {
		live_set(ret, LIVE_UNKNOWN, 0, "not started by UEFI (no /sys/firmware/efi)");
		return;
	}
	registered = fs_registered("efivarfs");
	if (registered == 1)
		live_set(ret, LIVE_WORKS, 0, "efivarfs is registered");
	else if (!registered)
		module_explain_absent(ctx, f, "efivarfs is not in /proc/filesystems", ret);
	else
		live_set(ret, LIVE_UNKNOWN, 0, "no /proc/filesystems");
}

/* ---- what should be off ---------------------------------------------------------------------- */

/* The program that the kernel would start for each event, for want of udev. */
static void probe_uevent_helper(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char helper[128] = "";
	ssize_t n = sw_read_line(AT_FDCWD, "/proc/sys/kernel/hotplug", helper, sizeof(helper));

	(void)ctx;
	(void)f;
	if (n < 0)
		n = sw_read_line(AT_FDCWD, "/sys/kernel/uevent_helper", helper, sizeof(helper));
	if (n == -ENOENT && (there("/sys/kernel/uevent_seqnum") || there("/proc/sys/kernel/ostype"))) {
		live_set(ret, LIVE_WORKS, 0, "this kernel starts no helper (no kernel.hotplug)");
	} else if (n < 0) {
		live_set(ret, LIVE_UNKNOWN, (int)n, "neither kernel.hotplug nor /sys/kernel/uevent_helper: %s",
			 sw_errno_name((int)-n));
	} else if (helper[0]) {
		live_set(ret, LIVE_DENIED, 0, "kernel.hotplug is %.100s: started for each event", helper);
		live_cause(ret, FINDING_SYSCTL, "kernel.hotplug=%.100s", helper);
	} else {
		live_set(ret, LIVE_WORKS, 0, "no helper is started: kernel.hotplug is empty");
		live_cause(ret, FINDING_SYSCTL, "kernel.hotplug is empty");
	}
}

/* Where firmware is missing, the kernel would wait (60 s) for a user space that does not answer. */
static void probe_fw_fallback(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	long force = 0, ignore = 0;
	int r = live_sysctl("kernel/firmware_config/force_sysfs_fallback", &force);

	(void)f;
	live_sysctl("kernel/firmware_config/ignore_sysfs_fallback", &ignore);
	if (!r && force && !ignore) {
		live_set(ret, LIVE_DENIED, 0, "user space is asked for each firmware that is not found");
		live_cause(ret, FINDING_SYSCTL, "kernel.firmware_config.force_sysfs_fallback=1");
	} else if (!r) {
		live_set(ret, LIVE_WORKS, 0, "kernel.firmware_config.force_sysfs_fallback=%ld, ignore_%s=%ld", force,
			 "sysfs_fallback", ignore);
		live_cause(ret, FINDING_SYSCTL, "kernel.firmware_config.%s", force ? "ignore_sysfs_fallback=1" :
			   "force_sysfs_fallback=0");
	} else if (there("/sys/class") && !there("/sys/class/firmware/timeout")) {
		/* The directory alone is there for uploads, too (5.19). */
		live_set(ret, LIVE_WORKS, 0, "this kernel does not ask user space (no /sys/class/firmware/timeout)");
	} else {
		live_set(ret, LIVE_UNKNOWN, 0, "%s", ctx->version < KVER(4, 18) ?
			 "the kernel can ask user space; whether it does by default is not shown before 4.18" :
			 "neither kernel.firmware_config nor /sys/class");
	}
}

/* In the old layout devices are directories below their class, and udev finds nothing. */
static void probe_sysfs_layout(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const devices[] = { "/sys/class/mem/null", "/sys/class/net/lo" };
	struct stat st;

	(void)ctx;
	(void)f;
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		if (lstat(devices[i], &st))
			continue;
		if (S_ISLNK(st.st_mode))
			live_set(ret, LIVE_WORKS, 0, "%s is a link to a device", devices[i]);
		else
			live_set(ret, LIVE_BROKEN, 0, "%s is a directory: the layout of before 2.6.24", devices[i]);
		return;
	}
	live_set(ret, LIVE_UNKNOWN, ENOENT, "no device below /sys/class to see the layout by");
}

static const struct feature rows[] = {
	{ .id = "base.proc_sysctl", .title = "Kernel settings (/proc/sys)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "PROC_SYSCTL" } }, .since = KVER_NONE, .commit = "proc(5)",
	  .probe = probe_proc_sysctl },
	{ .id = "base.multiuser", .title = "Users and groups (setuid and its like)", .area = "base",
	  .kconfig = { { KVER3(2, 6, 12), KVER(4, 1), NULL }, { KVER(4, 1), 0, "MULTIUSER" } },
	  .since = KVER_NONE, .commit = "credentials(7); optional since 2813893f8b19 (4.1)",
	  .probe = base_probe_multiuser },
	{ .id = "base.unix", .title = "Unix sockets passing descriptors", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "UNIX" } }, .since = KVER_NONE, .commit = "unix(7)",
	  .probe = base_probe_unix, .module = "unix" },
	{ .id = "base.epoll", .title = "Waiting for many descriptors (epoll)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "EPOLL" } }, .since = KVER_NONE, .commit = "epoll(7): 2.5.44",
	  .probe = base_probe_epoll },
	{ .id = "base.inotify", .title = "Watching files (inotify)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "INOTIFY_USER" } }, .since = KVER_NONE,
	  .commit = "inotify(7): 2.6.13", .probe = base_probe_inotify,
	  .remedy = "raise fs.inotify.max_user_instances or max_user_watches where that is the limit" },
	{ .id = "base.signalfd", .title = "Signals as descriptors (signalfd)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "SIGNALFD" } }, .since = KVER_NONE,
	  .commit = "signalfd(2): 2.6.22", .probe = base_probe_signalfd },
	{ .id = "base.timerfd", .title = "Timers as descriptors (timerfd)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "TIMERFD" } }, .since = KVER_NONE,
	  .commit = "timerfd_create(2): 2.6.25", .probe = base_probe_timerfd },
	{ .id = "base.eventfd", .title = "Counters as descriptors (eventfd)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "EVENTFD" } }, .since = KVER_NONE,
	  .commit = "eventfd(2): 2.6.22", .probe = base_probe_eventfd },
	{ .id = "base.devtmpfs", .title = "Device nodes by the kernel (devtmpfs)", .area = "base",
	  .kconfig = { { KVER3(2, 6, 32), 0, "DEVTMPFS" } }, .since = KVER3(2, 6, 32),
	  .commit = "2b2af54a5bb6", .probe = probe_devtmpfs },
	{ .id = "base.fanotify", .title = "Watching file systems (fanotify)", .area = "base",
	  .kconfig = { { KVER3(2, 6, 37), 0, "FANOTIFY" } }, .since = KVER3(2, 6, 37),
	  .commit = "fanotify(7): 2.6.37", .probe = base_probe_fanotify },
	{ .id = "base.fhandle", .title = "File handles (name_to_handle_at)", .area = "base",
	  .kconfig = { { KVER3(2, 6, 39), 0, "FHANDLE" } }, .since = KVER3(2, 6, 39),
	  .commit = "990d6c2d7aee", .probe = base_probe_fhandle },
	{ .id = "base.tmpfs_xattr", .title = "Extended attributes on tmpfs", .area = "base",
	  .kconfig = { { KVER(3, 0), 0, "TMPFS_XATTR" } }, .since = KVER(3, 0), .commit = "b09e0fa4b4ea",
	  .probe = base_probe_tmpfs_xattr },
	{ .id = "base.tmpfs_acl", .title = "Access control lists on tmpfs", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "TMPFS_POSIX_ACL" } }, .since = KVER_NONE,
	  .commit = "39f0247d3823 (2.6.19)", .probe = base_probe_tmpfs_acl },
	{ .id = "base.autofs", .title = "Automount points (autofs)", .area = "base",
	  .kconfig = { { KVER_NONE, KVER(4, 18), "AUTOFS4_FS" }, { KVER(4, 18), 0, "AUTOFS_FS" } },
	  .since = KVER_NONE, .commit = "Documentation/filesystems/autofs.rst; renamed in 4.18 (2a3ae0a1214d)",
	  .probe = probe_autofs, .module = "autofs4" },
	{ .id = "base.psi", .title = "Pressure stall information", .area = "base",
	  .kconfig = { { KVER(4, 20), 0, "PSI" } }, .since = KVER(4, 20), .commit = "eb414681d5a0",
	  .probe = probe_psi, .off_at_boot = off_by_symbol, .remedy = "boot with psi=1 where PSI_DEFAULT_DISABLED is set" },
	{ .id = "base.modules", .title = "Loadable modules", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "MODULES" } }, .since = KVER_NONE, .commit = "kernel/module/Kconfig",
	  .probe = probe_modules },
	{ .id = "base.ikconfig", .title = "The kernel's configuration in /proc", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "IKCONFIG && IKCONFIG_PROC" } }, .since = KVER_NONE,
	  .commit = "init/Kconfig", .probe = probe_ikconfig, .module = "configs" },
	{ .id = "base.vt", .title = "Virtual consoles", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "VT" } }, .since = KVER_NONE, .commit = "drivers/tty/Kconfig",
	  .probe = probe_sys_file, .arg = "/sys/class/tty/tty0" },
	{ .id = "base.initrd", .title = "Starting from an initramfs", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "BLK_DEV_INITRD" } }, .since = KVER_NONE, .commit = "init/Kconfig" },
	{ .id = "base.bsg", .title = "SCSI commands by descriptor (bsg)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "BLK_DEV_BSG" } }, .since = KVER_NONE, .commit = "block/Kconfig" },
	{ .id = "base.dmi", .title = "Names of machine and firmware (DMI)", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "DMI && DMIID" } }, .since = KVER_NONE,
	  .commit = "4f5c791a850e (2.6.22)", .probe = probe_dmi },
	{ .id = "base.efivarfs", .title = "UEFI variables (efivarfs)", .area = "base",
	  .kconfig = { { KVER(3, 10), 0, "EFIVAR_FS" } }, .since = KVER(3, 10), .commit = "fs/efivarfs/Kconfig of 3.10",
	  .probe = probe_efivarfs, .module = "efivarfs" },
	{ .id = "base.efi_partition", .title = "GUID partition tables", .area = "base",
	  .kconfig = { { KVER_NONE, 0, "EFI_PARTITION" } }, .since = KVER_NONE,
	  .commit = "block/partitions/Kconfig" },
	{ .id = "base.uevent_helper", .title = "No program started for each event", .area = "base",
	  .kconfig = { { KVER_NONE, KVER(3, 16), "UEVENT_HELPER_PATH=\"\"" },
		       { KVER(3, 16), 0, "!UEVENT_HELPER || UEVENT_HELPER_PATH=\"\"" } },
	  .since = KVER_NONE, .commit = "86d56134f1b6 (optional)", .probe = probe_uevent_helper,
	  .remedy = "set CONFIG_UEVENT_HELPER_PATH=\"\", or sysctl kernel.hotplug= when the system starts" },
	{ .id = "base.fw_loader_fallback", .title = "No waiting for firmware from user space",
	  .area = "base",
	  .kconfig = { { KVER(3, 9), KVER(3, 17), "!FW_LOADER_USER_HELPER" },
		       { KVER(3, 17), 0, "!FW_LOADER_USER_HELPER_FALLBACK" } },
	  .since = KVER(3, 9), .commit = "7b1269f77878, 5a1379e8748a", .probe = probe_fw_fallback,
	  .remedy = "leave CONFIG_FW_LOADER_USER_HELPER_FALLBACK (before 3.17: FW_LOADER_USER_HELPER) off" },
	{ .id = "base.sysfs_layout", .title = "The layout of /sys that udev expects", .area = "base",
	  .kconfig = { { KVER_NONE, KVER3(2, 6, 37), "SYSFS && !SYSFS_DEPRECATED" },
		       { KVER3(2, 6, 37), KVER(6, 4), "SYSFS && !SYSFS_DEPRECATED_V2" },
		       { KVER(6, 4), 0, "SYSFS" } },
	  .since = KVER_NONE, .commit = "e52eec13cd6b; the old one went with 721da5cee9d4",
	  .probe = probe_sysfs_layout,
	  .remedy = "leave CONFIG_SYSFS_DEPRECATED and its V2 off, or boot with sysfs.deprecated=0" },
	{ .id = "base.rt_group_sched", .title = "Real-time scheduling in any cgroup", .area = "base",
	  .kconfig = { { KVER_NONE, KVER(6, 16), "!RT_GROUP_SCHED" },
		       { KVER(6, 16), 0, "!RT_GROUP_SCHED || RT_GROUP_SCHED_DEFAULT_DISABLED" } },
	  .since = KVER_NONE, .commit = "systemd's README; e34e0131fea1 (6.16)",
	  .remedy = "leave CONFIG_RT_GROUP_SCHED off, or boot with rt_group_sched=0 (6.16 and newer)" },
};

static const struct feature_sharing sharing[] = {
	{ base_probe_epoll, SHARE_PROCESS }, { base_probe_eventfd, SHARE_PROCESS },
	{ base_probe_fhandle, SHARE_PROCESS }, { base_probe_inotify, SHARE_PROCESS },
	{ base_probe_timerfd, SHARE_PROCESS }, { base_probe_unix, SHARE_PROCESS },
	{ probe_autofs, SHARE_PROCESS | SHARE_MOUNT }, { probe_devtmpfs, SHARE_PROCESS },
	{ probe_dmi, SHARE_PROCESS }, { probe_efivarfs, SHARE_PROCESS },
	{ probe_fw_fallback, SHARE_PROCESS }, { probe_ikconfig, SHARE_PROCESS },
	{ probe_modules, SHARE_PROCESS }, { probe_proc_sysctl, SHARE_PROCESS },
	{ probe_psi, SHARE_PROCESS }, { probe_sys_file, SHARE_PROCESS },
	{ probe_sysfs_layout, SHARE_PROCESS }, { probe_uevent_helper, SHARE_PROCESS },
	{ base_probe_fanotify, SHARE_MEMORY }, { base_probe_multiuser, SHARE_MEMORY },
	{ base_probe_signalfd, SHARE_MEMORY }, { base_probe_tmpfs_acl, SHARE_PROCESS | SHARE_MOUNT },
	{ base_probe_tmpfs_xattr, SHARE_PROCESS | SHARE_MOUNT },
	{ NULL, 0 },
};

const struct feature_area feature_area_base = {
	.name = "base", .title = "What an init system builds on", FEATURE_ROWS(rows), .sharing = sharing,
};
