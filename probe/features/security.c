// SPDX-License-Identifier: GPL-2.0-only
/* The rows of security. Their trials are in caps.c, seccomp.c, lsm.c and keys.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/cgroup_try.h"
#include "features/security_try.h"
#include "join.h"
#include "live.h"
#include "sw_fd.h"

/*
 * The kernel's end of NETLINK_AUDIT, in a list that is only read: opening a socket of a protocol that is
 * not there makes the kernel ask for a module.
 */
static void probe_audit(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT, cmdline __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/net/netlink", &b, 1 << 20);
	unsigned int protocol, pid;
	char why[160];

	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/self/net/netlink: %s", sw_errno_name(r));
		return;
	}
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n');

		if (sscanf(line, "%*s %u %u", &protocol, &pid) == 2 && protocol == 9 && pid == 0) {
			live_set(ret, LIVE_WORKS, 0, "the kernel listens on NETLINK_AUDIT");
			return;
		}
		line = *end ? end + 1 : end;
	}
	/* Before 3.14 it listens in the first network namespace only; loginuid is everywhere. */
	if (!access("/proc/self/loginuid", F_OK) && ctx->version < KVER(3, 14)) {
		live_set(ret, LIVE_UNKNOWN, 0, "there is a loginuid, but nobody listens on NETLINK_AUDIT in this "
			 "network namespace");
		return;
	}
	live_set(ret, LIVE_ABSENT, 0, "the kernel does not listen on NETLINK_AUDIT");
	/* Where it is not compiled in the parameter explains nothing. */
	if (feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why)) == KCONFIG_STATE_BUILTIN &&
	    !sw_read_file(AT_FDCWD, "/proc/cmdline", &cmdline, 1 << 16) &&
	    (cmdline_lists(sw_buf_str(&cmdline), "audit=", "0", false) ||
	     cmdline_lists(sw_buf_str(&cmdline), "audit=", "off", false)))
		live_cause(ret, FINDING_BOOT_PARAMETER, "audit=0");
}

static void probe_vsyscall(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT, cmdline __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/maps", &b, 1 << 20);

	(void)ctx;
	(void)f;
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/self/maps: %s", sw_errno_name(r));
		return;
	}
	if (sizeof(long) != 8) {
		live_set(ret, LIVE_UNKNOWN, 0, "a program of 32 bits cannot tell");
		return;
	}
	if (strstr(sw_buf_str(&b), "[vsyscall]")) {
		live_set(ret, LIVE_WORKS, 0, "[vsyscall] is in /proc/self/maps");
		return;
	}
	live_set(ret, LIVE_ABSENT, 0, "no [vsyscall] in /proc/self/maps");
	if (!sw_read_file(AT_FDCWD, "/proc/cmdline", &cmdline, 1 << 16) &&
	    cmdline_lists(sw_buf_str(&cmdline), "vsyscall=", "none", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "vsyscall=none");
}

#define LSM_ROW(id_, title_, name_, symbol_, since_, commit_)                                      \
	{ .id = "security." id_, .title = title_, .area = "security",                              \
	  .kconfig = { { since_, 0, symbol_ } }, .since = since_, .commit = commit_,                \
	  .probe = probe_lsm, .off_at_boot = lsm_off_at_boot, .arg = name_,                        \
	  .remedy = "name " name_ " in lsm= on the kernel command line, or in CONFIG_LSM (before 5.1: "   \
		    "security=, CONFIG_DEFAULT_SECURITY)" }

static const struct feature rows[] = {
	{ .id = "security.file_caps", .title = "Capabilities of files", .area = "security",
	  .kconfig = { { KVER_NONE, KVER3(2, 6, 33), "SECURITY_FILE_CAPABILITIES" },
		       { KVER3(2, 6, 33), 0, NULL } },
	  .since = KVER_NONE, .commit = "b53767719b6c (2.6.24); always on since b3a222e52e4d (2.6.33)",
	  .probe = probe_file_caps },
	{ .id = "security.file_caps_v3", .title = "File capabilities in user namespaces", .area = "security",
	  .kconfig = { { KVER(4, 14), 0, "USER_NS" } }, .since = KVER(4, 14), .commit = "8db6c34f1dbc",
	  .probe = probe_file_caps_v3 },
	{ .id = "security.ambient", .title = "Ambient capabilities", .area = "security",
	  .since = KVER(4, 3), .commit = "58319057b784", .probe = probe_ambient },
	{ .id = "security.securebits", .title = "Locked privileges (securebits)", .area = "security",
	  .kconfig = { { KVER_NONE, KVER3(2, 6, 33), "SECURITY_FILE_CAPABILITIES" },
		       { KVER3(2, 6, 33), 0, NULL } },
	  .since = KVER_NONE, .commit = "3898b1b4ebff (2.6.26)", .probe = probe_securebits },
	{ .id = "security.no_new_privs", .title = "No new privileges (prctl)", .area = "security",
	  .since = KVER(3, 5), .commit = "259e5e6c75a9", .probe = probe_nnp },
	{ .id = "security.seccomp", .title = "System-call sandbox (seccomp)", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "SECCOMP" } }, .since = KVER_NONE,
	  .commit = "seccomp(2): 2.6.12", .probe = probe_seccomp },
	{ .id = "security.seccomp_filter", .title = "System-call filters (seccomp BPF)",
	  .area = "security", .kconfig = { { KVER(3, 5), 0, "SECCOMP_FILTER" } },
	  .since = KVER(3, 5), .commit = "e2cfabdfd075", .probe = probe_seccomp_filter },
	{ .id = "security.seccomp_tsync", .title = "One filter for all threads", .area = "security",
	  .kconfig = { { KVER(3, 17), 0, "SECCOMP_FILTER" } }, .since = KVER(3, 17),
	  .commit = "c2e1f2e30daa", .probe = probe_seccomp_tsync },
	{ .id = "security.seccomp_log", .title = "Filters that log (SECCOMP_RET_LOG)", .area = "security",
	  .kconfig = { { KVER(4, 14), 0, "SECCOMP_FILTER" } }, .since = KVER(4, 14),
	  .commit = "59f5cf44a38b, d612b1fd8010", .probe = probe_seccomp_log },
	{ .id = "security.seccomp_user_notify", .title = "Filters that ask a supervisor", .area = "security",
	  .kconfig = { { KVER(5, 0), 0, "SECCOMP_FILTER" } }, .since = KVER(5, 0),
	  .commit = "6a21cc50f0c7", .probe = probe_seccomp_notify },
	{ .id = "security.seccomp_addfd", .title = "Supervisors that give descriptors", .area = "security",
	  .kconfig = { { KVER(5, 9), 0, "SECCOMP_FILTER" } }, .since = KVER(5, 9),
	  .commit = "7cf97b125455", .probe = probe_seccomp_addfd },
	LSM_ROW("apparmor", "AppArmor", "apparmor", "SECURITY_APPARMOR", KVER3(2, 6, 36), "f9ad1af53d52"),
	LSM_ROW("selinux", "SELinux", "selinux", "SECURITY_SELINUX", KVER_NONE, "security/selinux/Kconfig"),
	LSM_ROW("smack", "Smack", "smack", "SECURITY_SMACK", KVER_NONE, "e114e473771c (2.6.25)"),
	LSM_ROW("tomoyo", "TOMOYO", "tomoyo", "SECURITY_TOMOYO", KVER_NONE, "00d7d6f840dd (2.6.30)"),
	LSM_ROW("yama", "Limits on ptrace (Yama)", "yama", "SECURITY_YAMA", KVER(3, 4), "2d514487faf1"),
	LSM_ROW("loadpin", "Modules from one device only (LoadPin)", "loadpin", "SECURITY_LOADPIN", KVER(4, 7),
		"9b091556a073"),
	LSM_ROW("lockdown", "Lockdown", "lockdown", "SECURITY_LOCKDOWN_LSM", KVER(5, 4), "000d388ed3bb"),
	LSM_ROW("safesetid", "Limits on setuid (SafeSetID)", "safesetid", "SECURITY_SAFESETID", KVER(5, 1),
		"aeca4e2ca65c"),
	LSM_ROW("bpf_lsm", "Security policy in BPF (BPF LSM)", "bpf", "BPF_LSM", KVER(5, 7), "fc611f47f218"),
	{ .id = "security.landlock", .title = "Sandboxes without privilege (Landlock)", .area = "security",
	  .kconfig = { { KVER(5, 13), 0, "SECURITY_LANDLOCK" } }, .since = KVER(5, 13),
	  .commit = "265885daf3e5", .probe = probe_landlock,
	  .off_at_boot = lsm_off_at_boot, .arg = "landlock",
	  .remedy = "name landlock in lsm= on the kernel command line, or in CONFIG_LSM" },
	{ .id = "security.ima", .title = "Integrity measurement (IMA)", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "IMA" } }, .since = KVER_NONE, .commit = "3323eec921ef (2.6.30)",
	  .probe = probe_ima },
	{ .id = "security.keyrings", .title = "Keyrings", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "KEYS" } }, .since = KVER_NONE, .commit = "keyrings(7): 2.6.10",
	  .probe = probe_keyrings },
	{ .id = "security.persistent_keyrings", .title = "Keyrings that outlive sessions", .area = "security",
	  .kconfig = { { KVER(3, 13), 0, "KEYS && PERSISTENT_KEYRINGS" } }, .since = KVER(3, 13),
	  .commit = "f36f8c75ae2e", .probe = probe_keys_persistent },
	{ .id = "security.keys_limit", .title = "Room for a key of root's per container", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "KEYS && SYSCTL" } }, .since = KVER_NONE,
	  .commit = "0b77f5bfb45c (2.6.26); 1000000 since 738c5d190f64 (3.17)",
	  .probe = probe_keys_limit, .arg = "kernel/keys/root_maxkeys", .num = 10000 },
	{ .id = "security.audit", .title = "Audit", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "AUDIT" } }, .since = KVER_NONE, .commit = "init/Kconfig of 2.6.6",
	  .probe = probe_audit },
	{ .id = "security.vsyscall", .title = "vsyscall page of old programs (x86-64)", .area = "security",
	  .kconfig = { { KVER_NONE, KVER(3, 19), "X86_64" }, { KVER(3, 19), KVER(4, 4), "X86_VSYSCALL_EMULATION" },
		       { KVER(4, 4), 0, "X86_VSYSCALL_EMULATION && !LEGACY_VSYSCALL_NONE" } },
	  .since = KVER_NONE, .commit = "1ad83c858c7d (3.19), 3dc33bd30f3e (4.4)", .probe = probe_vsyscall,
	  .remedy = "boot with vsyscall=xonly (5.2 and newer) or vsyscall=emulate" },
};

static const struct feature_sharing sharing[] = {
	{ probe_vsyscall, SHARE_PROCESS }, { probe_audit, SHARE_PROCESS }, { probe_ima, SHARE_MEMORY }, { probe_lsm, SHARE_PROCESS },
	{ probe_ambient, SHARE_MEMORY }, { probe_file_caps, SHARE_PROCESS | SHARE_MOUNT },
	{ probe_file_caps_v3, SHARE_PROCESS | SHARE_MOUNT }, { probe_keyrings, SHARE_MEMORY },
	{ probe_keys_limit, SHARE_MEMORY }, { probe_keys_persistent, SHARE_MEMORY },
	{ probe_landlock, SHARE_MEMORY }, { probe_nnp, SHARE_MEMORY },
	{ probe_seccomp, SHARE_MEMORY }, { probe_seccomp_addfd, SHARE_MEMORY },
	{ probe_seccomp_filter, SHARE_MEMORY }, { probe_seccomp_log, SHARE_MEMORY },
	{ probe_seccomp_notify, SHARE_MEMORY }, { probe_securebits, SHARE_MEMORY },
	{ NULL, 0 },
};

const struct feature_area feature_area_security = {
	.name = "security", .title = "Security", FEATURE_ROWS(rows), .sharing = sharing,
};
