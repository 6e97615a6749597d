// SPDX-License-Identifier: GPL-2.0-only
/* Keyrings. Everything is made in a session keyring of the probing child, which dies with it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "features/security_try.h"
#include "live.h"
#include "sw_fd.h"
#include "sys.h"

/* include/uapi/linux/keyctl.h */
enum { KEYCTL_JOIN_SESSION = 1, KEYCTL_READ = 11, KEYCTL_GET_PERSISTENT = 22 };
#define SPEC_SESSION (-3)

static long keyctl(long op, long a, long b, long c, long d)
{
	return sys_call(SYS_keyctl, op, a, b, c, d, 0);
}

/* EDQUOT: the user's share of keys is used up, root's own as well as others'. */
static void blame_quota(struct live *ret)
{
	const char *name = geteuid() ? "maxkeys" : "root_maxkeys";
	char path[48];
	long max;

	snprintf(path, sizeof(path), "kernel/keys/%s", name);
	if (!live_sysctl(path, &max))
		live_cause(ret, FINDING_SYSCTL,
			   "kernel.keys.%s=%ld is reached (or the matching maxbytes)", name, max);
	else
		live_cause(ret, FINDING_LIMIT,
			   "the limit on the number or the bytes of keys is reached");
}

static void keys_failed(const char *call, long r, struct live *ret)
{
	if (r == -EDQUOT) {
		live_set(ret, LIVE_DENIED, (int)r, "%s: EDQUOT", call);
		blame_quota(ret);
	} else if (r == -ENOSYS && live_seccomp_mode() != 2) {
		live_set(ret, LIVE_ABSENT, ENOSYS, "%s: ENOSYS", call);
	} else if (r != -ENOSYS && r != -EPERM && r != -EACCES) {
		live_set(ret, LIVE_UNKNOWN, (int)r, "%s: %s", call, sw_errno_name((int)r));
	} else if (!live_blame_filter(ret, call, (int)r, false)) {
		live_set(ret, LIVE_DENIED, (int)r, "%s: %s", call, sw_errno_name((int)r));
	}
}

void probe_keyrings(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char back[8] = "";
	long r = keyctl(KEYCTL_JOIN_SESSION, 0, 0, 0, 0), key;

	(void)ctx;
	(void)f;
	if (r < 0) {
		keys_failed("keyctl(JOIN_SESSION_KEYRING)", r, ret);
		return;
	}
	key = sys_call(SYS_add_key, (long)"user", (long)"seaworthy", (long)"ahoy", 4, SPEC_SESSION,
		       0);
	if (key < 0) {
		keys_failed("add_key", key, ret);
		return;
	}
	r = keyctl(KEYCTL_READ, key, (long)back, sizeof(back), 0);
	if (r != 4 || strcmp(back, "ahoy"))
		live_set(ret, LIVE_BROKEN, r < 0 ? (int)-r : 0,
			 "a key put into a new session keyring does not read back");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "a key put into a session keyring of our own reads back");
}

void probe_keys_persistent(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* 0 is no keyring to link it to, which is judged before anything is made. */
	long r = keyctl(KEYCTL_GET_PERSISTENT, -1, 0, 0, 0);

	(void)f;
	if (r == -EOPNOTSUPP) {
		live_set(ret, LIVE_ABSENT, EOPNOTSUPP, "keyctl(GET_PERSISTENT): EOPNOTSUPP");
		return;
	}
	if (r == -ENOSYS || r == -EPERM) {
		keys_failed("keyctl(GET_PERSISTENT)", r, ret);
		return;
	}
	/*
	 * A persistent keyring stays for days; those of a user namespace go with it
	 * (f36f8c75ae2e).
	 */
	r = live_enter_userns();
	if (r) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, (int)r, ret);
		live_set(ret, LIVE_UNKNOWN, (int)r,
			 "not tried: it would stay behind outside a user namespace of our own (%s)",
			 sw_errno_name((int)r));
		return;
	}
	r = keyctl(KEYCTL_JOIN_SESSION, 0, 0, 0, 0);
	if (r >= 0)
		r = keyctl(KEYCTL_GET_PERSISTENT, -1, SPEC_SESSION, 0, 0);
	if (r < 0)
		keys_failed("keyctl(GET_PERSISTENT)", r, ret);
	else
		live_set(ret, LIVE_WORKS, 0,
			 "the persistent keyring of a user of a user namespace of our own was had");
}

void probe_keys_limit(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	long max;
	int r = live_sysctl(f->arg, &max);

	(void)ctx;
	if (r == -ENOENT && !access("/proc/sys/kernel", F_OK)) {
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/sys/%s", f->arg);
		return;
	}
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/sys/%s: %s", f->arg, sw_errno_name(r));
		return;
	}
	live_set(ret, max >= (long)f->num ? LIVE_WORKS : LIVE_DENIED, 0, "/proc/sys/%s is %ld",
		 f->arg, max);
	if (max < (long)f->num)
		live_cause(ret, FINDING_SYSCTL,
			   "kernel.keys.root_maxkeys=%ld, and each container takes a key of root's",
			   max);
}
