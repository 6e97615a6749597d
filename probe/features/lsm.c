// SPDX-License-Identifier: GPL-2.0-only
/*
 * Security modules: being compiled in is the configuration's column; here is whether one is active
 * in the running kernel. The kernel's own list is believed first; where it cannot be had, each
 * module leaves a trace of its own once it has started.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "features/security_try.h"
#include "join.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- pure ------------------------------------------------------------------------------------ */

bool lsm_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; *p;) {
		size_t n = strcspn(p, ",\n");

		if (n == len && !memcmp(p, name, len))
			return true;
		p += n + (p[n] != 0);
	}
	return false;
}

/* The last NAME=VALUE of a kernel command line, as the kernel takes it; NULL if there is none. */
static const char *last_param(const char *cmdline, const char *param, size_t *ret_len)
{
	const char *found = NULL;

	for (const char *p = cmdline; *p;) {
		size_t n = strcspn(p, " \n");

		/* What follows is init's. */
		if (n == 2 && !memcmp(p, "--", 2))
			break;
		if (sw_starts_with(p, param)) {
			found = p;
			*ret_len = n;
		}
		p += n;
		p += strspn(p, " \n");
	}
	return found;
}

bool lsm_disabled_at_boot(const char *cmdline, const char *name, bool legacy, char *out,
			  size_t size)
{
	char param[32], word[256];
	size_t n, lsm_len;
	const char *p, *lsm;

	/*
	 * apparmor=0, selinux=0: the module's own switch (security/apparmor/lsm.c,
	 * selinux/hooks.c).
	 */
	snprintf(param, sizeof(param), "%s=", name);
	p = last_param(cmdline, param, &n);
	if (p && n == strlen(param) + 1 && p[n - 1] == '0') {
		snprintf(out, size, "%.*s", (int)n, p);
		return true;
	}
	/* lsm= is the whole list (5.1, 79f7865d844c) and makes the kernel ignore security=. */
	lsm = last_param(cmdline, "lsm=", &lsm_len);
	if (lsm) {
		snprintf(word, sizeof(word), "%.*s", (int)lsm_len, lsm);
		snprintf(out, size, "%s", word);
		return !lsm_listed(word + strlen("lsm="), name);
	}
	p = legacy ? last_param(cmdline, "security=", &n) : NULL;
	if (!p)
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)n, p);
	snprintf(out, size, "%s", word);
	return strcmp(word + strlen("security="), name) != 0;
}

/* ---- what is active -------------------------------------------------------------------------- */

static const struct lsm {
	const char *name;
	bool legacy;
	const char *trace; /* there if, and only if, it has started */
	const char *fs;	   /* registered if, and only if, it has started */
	bool securityfs;   /* the trace is in securityfs */
} lsms[] = {
	{ "selinux", true, NULL, "selinuxfs", false },
	{ "smack", true, NULL, "smackfs", false },
	{ "tomoyo", true, "/sys/kernel/security/tomoyo", NULL, true },
	{ "apparmor", true, "/sys/module/apparmor/parameters/enabled", NULL, false },
	{ "yama", false, "/proc/sys/kernel/yama/ptrace_scope", NULL, false },
	{ "loadpin", false, "/proc/sys/kernel/loadpin", NULL, false },
	{ "safesetid", false, "/sys/kernel/security/safesetid", NULL, true },
	{ "lockdown", false, "/sys/kernel/security/lockdown", NULL, true },
	{ "bpf", false, NULL, NULL, false },
	{ "landlock", false, NULL, NULL, false },
};

static const struct lsm *lsm_find(const char *name)
{
	for (size_t i = 0; i < sizeof(lsms) / sizeof(*lsms); i++)
		if (!strcmp(lsms[i].name, name))
			return &lsms[i];
	return NULL;
}

/* By lsm_list_modules(2), 6.8 (ad4aff9ec25f). 1, 0 or -errno. */
static int ask_call(const struct lsm *l)
{
	char list[256];
	int r = live_call_lsms(list, sizeof(list));

	return r ? r : lsm_listed(list, l->name);
}

static bool securityfs_there(void)
{
	struct stat top, fs;

	return !stat("/sys/kernel", &top) && !stat("/sys/kernel/security", &fs) &&
	       top.st_dev != fs.st_dev;
}

/*
 * Where it is not mounted, see it for a moment, in a mount namespace of our own. If that cannot be,
 * *ret says why: UNKNOWN, with the cause.
 */
static bool see_securityfs(const struct probe_ctx *ctx, struct live *ret)
{
	struct live_way way;

	if (securityfs_there())
		return true;
	live_set(ret, LIVE_UNKNOWN, 0, "/sys/kernel/security is not mounted here");
	if (live_blame_privilege(ret) || fs_registered("securityfs") != 1 ||
	    live_private_mounts(ctx, ret, &way))
		return false;
	/* Not read-only: there is one superblock for all, and the flag would be everybody's. */
	return !sys_mount("securityfs", "/sys/kernel/security", "securityfs", MS_NOSUID, NULL) &&
	       securityfs_there();
}

/* By the file of 4.11 (d69dece5f5b6). 1, 0 or -1. */
static int ask_file(const struct lsm *l, char *list, size_t size)
{
	if (sw_read_line(AT_FDCWD, "/sys/kernel/security/lsm", list, size) <= 0)
		return -1;
	return lsm_listed(list, l->name);
}

/* By the trace that this module alone leaves. 1, 0 or -1; where: what was looked at. */
static int ask_trace(const struct lsm *l, const char **where)
{
	char value[16];

	*where = l->fs ? l->fs : l->trace;
	if (l->fs)
		return fs_registered(l->fs);
	if (!l->trace || (l->securityfs && !securityfs_there()))
		return -1;
	if (access("/proc/self", F_OK) || access("/sys/module", F_OK))
		return -1;
	if (!strcmp(l->name, "apparmor")) {
		if (sw_read_line(AT_FDCWD, l->trace, value, sizeof(value)) <= 0)
			return access("/sys/module/apparmor", F_OK) ? 0 : -1;
		return value[0] == 'Y';
	}
	return !access(l->trace, F_OK);
}

/* What an active one says about itself. */
static void add_detail(const struct lsm *l, struct live *ret)
{
	static const struct {
		const char *name, *file, *what;
	} details[] = {
		{ "yama", "/proc/sys/kernel/yama/ptrace_scope", "ptrace_scope=" },
		{ "lockdown", "/sys/kernel/security/lockdown", "" },
		{ "selinux", "/sys/fs/selinux/enforce", "enforce=" },
		{ "apparmor", "/proc/self/attr/current", "we are " },
	};
	char value[64];

	for (size_t i = 0; i < sizeof(details) / sizeof(*details); i++)
		if (!strcmp(details[i].name, l->name) &&
		    sw_read_line(AT_FDCWD, details[i].file, value, sizeof(value)) > 0)
			live_more(ret, "; %s%s", details[i].what, value);
}

/* By whatever tells; 1, 0 or -1. */
static int ask_quickly(const struct lsm *l)
{
	const char *where;
	int active = ask_call(l);

	return active < 0 ? ask_trace(l, &where) : active;
}

/*
 * Of these one alone can be active (LSM_FLAG_EXCLUSIVE since 5.1, security= before).
 */
static const struct exclusive {
	const char *name, *symbol;
} exclusive[] = {
	{ "apparmor", "SECURITY_APPARMOR" }, { "selinux", "SECURITY_SELINUX" }, { "smack", "SECURITY_SMACK" },
};
#define EXCLUSIVE_COUNT (sizeof(exclusive) / sizeof(*exclusive))

static const struct exclusive *exclusive_find(const char *name, size_t len)
{
	for (size_t i = 0; i < EXCLUSIVE_COUNT; i++)
		if (strlen(exclusive[i].name) == len && !memcmp(exclusive[i].name, name, len))
			return &exclusive[i];
	return NULL;
}

static bool another_is_active(const struct lsm *l, struct live *ret)
{
	const struct exclusive *own = exclusive_find(l->name, strlen(l->name));

	for (size_t i = 0; own && i < EXCLUSIVE_COUNT; i++)
		if (&exclusive[i] != own && ask_quickly(lsm_find(exclusive[i].name)) == 1) {
			live_cause(ret, FINDING_CONFIGURED_ABSENT,
				   "%s is active, and of apparmor, selinux and smack only "
				   "one can be",
				   exclusive[i].name);
			return true;
		}
	return false;
}

/* CONFIG_LSM without its quotes: what starts unless lsm= says otherwise (5.1, 13e735c0e953). */
static bool built_in_list(const struct kconfig *kc, char *out, size_t size)
{
	const char *text = NULL;

	(void)kconfig_get(kc, "LSM", &text);
	if (!text || text[0] != '"')
		return false;
	snprintf(out, size, "%.*s", (int)strcspn(text + 1, "\""), text + 1);
	return true;
}

static void explain_inactive(const struct probe_ctx *ctx, const struct lsm *l, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char out[120], list[256];

	if (!sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16) &&
	    lsm_disabled_at_boot(sw_buf_str(&b), l->name, l->legacy, out, sizeof(out))) {
		live_cause(ret, FINDING_BOOT_PARAMETER, "%s", out);
		return;
	}
	if (another_is_active(l, ret))
		return;
	if (ctx->kconfig && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING &&
	    built_in_list(ctx->kconfig, list, sizeof(list)) && !lsm_listed(list, l->name))
		live_cause(ret, FINDING_CONFIGURED_ABSENT,
			   "not in CONFIG_LSM=\"%.100s\", and no lsm= on the kernel command line adds it",
			   list);
}

/* Does the list start it? The first of the exclusive ones that is built in keeps the others away. */
static bool list_starts(const struct kconfig *kc, const char *list, const char *name)
{
	const struct exclusive *own = exclusive_find(name, strlen(name)), *e;
	size_t n;

	for (const char *p = list; own && *p; p += n + (p[n] != 0)) {
		n = strcspn(p, ",\n");
		e = exclusive_find(p, n);
		if (e && kconfig_get(kc, e->symbol, NULL) == KCONFIG_Y)
			return e == own;
	}
	return !own && lsm_listed(list, name);
}

bool lsm_off_at_boot(const struct feature *f, const struct kconfig *kc, uint32_t version, char *boot,
		     size_t size)
{
	const struct lsm *l = lsm_find(f->arg);
	const struct exclusive *own = exclusive_find(l->name, strlen(l->name));
	const char *text = NULL;
	char list[256], symbol[64];

	/* The module's own switch: AppArmor and SELinux have one (security/apparmor/Kconfig). */
	if (own) {
		snprintf(symbol, sizeof(symbol), "%s_BOOTPARAM_VALUE", own->symbol);
		(void)kconfig_get(kc, symbol, &text);
		if (text && !strcmp(text, "0")) {
			snprintf(boot, size, "%s=1 (CONFIG_%s is 0)", l->name, symbol);
			return true;
		}
		text = NULL;
	}
	if (version >= KVER(5, 1)) {
		if (!built_in_list(kc, list, sizeof(list)) || list_starts(kc, list, l->name))
			return false;
		snprintf(boot, size, "%s in lsm= (CONFIG_LSM is \"%.80s\")", l->name, list);
		return true;
	}
	/* Before, one of those that claim security= is the default, and the others start always. */
	if (!l->legacy || version == KVER_NONE)
		return false;
	snprintf(list, sizeof(list), "\"%s\"", l->name);
	(void)kconfig_get(kc, "DEFAULT_SECURITY", &text);
	if (!text || !strcmp(text, list))
		return false;
	snprintf(boot, size, "security=%s (CONFIG_DEFAULT_SECURITY is %.40s)", l->name, text);
	return true;
}

/* Without that a parameter that keeps a module away explains nothing: it may not be there at all.
 */
static bool compiled_in(const struct probe_ctx *ctx, const struct feature *f)
{
	char why[160], path[48];

	if (feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why)) ==
	    KCONFIG_STATE_BUILTIN)
		return true;
	snprintf(path, sizeof(path), "/sys/module/%s", f->arg);
	return !access(path, F_OK);
}

void probe_lsm(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct lsm *l = lsm_find(f->arg);
	char list[200] = "";
	const char *where = "";
	int active;

	active = ask_call(l);
	if (active >= 0) {
		snprintf(list, sizeof(list), "lsm_list_modules(2)");
		where = list;
	} else {
		/* Cheap first; the file system is looked for only if nothing else tells. */
		active = ask_trace(l, &where);
		if (active < 0 && see_securityfs(ctx, ret)) {
			active = ask_file(l, list, sizeof(list));
			where = "/sys/kernel/security/lsm";
			if (active < 0)
				active = ask_trace(l, &where);
		}
	}
	if (active < 0) {
		live_set(ret, LIVE_UNKNOWN, 0,
			 "neither lsm_list_modules(2) nor /sys/kernel/security is to be had");
		return;
	}
	ret->cause = FINDING_NONE;
	live_set(ret, active ? LIVE_WORKS : LIVE_ABSENT, 0, "%s (%s)",
		 active ? "active" : "not active", where);
	if (active)
		add_detail(l, ret);
	else if (compiled_in(ctx, f))
		explain_inactive(ctx, l, ret);
}

/* ---- Landlock: asked and tried, since any process may ---------------------------------------- */

#define LANDLOCK_WRITE_FILE 2u /* include/uapi/linux/landlock.h */

static void landlock_try(int abi, struct live *ret)
{
	uint64_t handled = LANDLOCK_WRITE_FILE;
	int ruleset __sw_fd = sys_call(SYS_NR_landlock_create_ruleset, (long)&handled,
				       sizeof(handled), 0, 0, 0, 0);
	int before __sw_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int r;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r = ruleset < 0 ? ruleset : sys_call(SYS_NR_landlock_restrict_self, ruleset, 0, 0, 0, 0, 0);
	if (r) {
		/* E2BIG: 16 rulesets on this process already. */
		live_set(ret, r == -E2BIG ? LIVE_DENIED : LIVE_BROKEN, r,
			 "Landlock ABI %d; a ruleset cannot be used: %s", abi, sw_errno_name(r));
		if (r == -E2BIG)
			live_cause(ret, FINDING_LIMIT,
				   "as many rulesets as can be bind this process already");
		return;
	}
	int after __sw_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	r = errno;
	if (before < 0)
		live_set(ret, LIVE_UNKNOWN, 0,
			 "Landlock ABI %d; not tried: /dev/null cannot be opened", abi);
	else if (after >= 0 || r != EACCES)
		live_set(ret, LIVE_BROKEN, 0,
			 "Landlock ABI %d; a ruleset that forbids writing lets it through", abi);
	else
		live_set(ret, LIVE_WORKS, 0,
			 "Landlock ABI %d; a ruleset forbids opening a file to write", abi);
}

void probe_landlock(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int abi = sys_call(SYS_NR_landlock_create_ruleset, 0, 0, 1 /* VERSION */, 0, 0, 0);

	if (abi == -EOPNOTSUPP) {
		live_set(ret, LIVE_ABSENT, abi,
			 "landlock_create_ruleset(VERSION): EOPNOTSUPP: compiled in, not active");
		explain_inactive(ctx, lsm_find("landlock"), ret);
	} else if (abi == -ENOSYS && live_seccomp_mode() != 2) {
		live_set(ret, LIVE_ABSENT, abi, "landlock_create_ruleset: ENOSYS");
	} else if (abi < 0) {
		if (!live_blame_filter(ret, "landlock_create_ruleset", abi, false))
			live_set(ret, LIVE_UNKNOWN, abi, "landlock_create_ruleset(VERSION): %s",
				 sw_errno_name(abi));
	} else {
		landlock_try(abi, ret);
	}
	(void)f;
}

/* ---- integrity ------------------------------------------------------------------------------- */

void probe_ima(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	(void)f;
	if (!see_securityfs(ctx, ret))
		return;
	if (access("/sys/kernel/security/ima", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "no ima in /sys/kernel/security");
	else
		live_set(ret, LIVE_WORKS, 0, "/sys/kernel/security/ima is there");
}
