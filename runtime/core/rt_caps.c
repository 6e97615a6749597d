// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capabilities, by capset(2) and prctl(2) with the kernel's structures: three calls, where
 * libcap's text forms and allocations are of no use between clone and exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define PR_CAP_AMBIENT_NR 47		/* linux/prctl.h, 4.3 */
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR 4
#define PR_SET_NO_NEW_PRIVS_NR 38	/* 3.5 */

/*
 * What is inherited lies in wait for a program whose file asks for it: nothing is, whatever the
 * caller had, but what is asked for.
 */
static int set_caps(uint64_t drop, uint64_t hold, uint64_t only, uint64_t ambient,
		    struct sw_error *err)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &hdr, data))
		return sw_error(err, errno, NULL, "capget: %s", sw_errno_text(errno));
	for (int i = 0; i < 2; i++) {
		uint32_t mask = (uint32_t)(((~drop & only) | hold) >> (32 * i));

		data[i].effective &= mask;
		data[i].permitted &= mask;
		data[i].inheritable = (uint32_t)(ambient >> (32 * i)) & data[i].permitted;
	}
	if (syscall(SYS_capset, &hdr, data))
		return sw_error(err, errno, NULL, "capset: %s", sw_errno_text(errno));
	return 0;
}

static int drop_bounding(uint64_t drop, struct sw_error *err)
{
	for (int cap = 0; cap < 64; cap++) {
		/* EINVAL: this kernel has no such capability, so there is nothing to drop. */
		if (!(drop & (1ULL << cap)) || prctl(PR_CAPBSET_READ, cap) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap))
			return sw_error(err, errno, NULL,
					"drop capability %d from the bounding set: "
					"%s", cap, sw_errno_text(errno));
	}
	return 0;
}

int rt_caps_apply(uint64_t drop, uint64_t hold, struct sw_error *err)
{
	int r = drop_bounding(drop, err);

	prctl(PR_CAP_AMBIENT_NR, PR_CAP_AMBIENT_CLEAR, 0, 0, 0);
	return r ? r : set_caps(drop, hold, ~0ULL, 0, err);
}

/* Capabilities that survive execve(2) as another user than root: 4.3, commit 58319057b784. */
static int raise_ambient(uint64_t caps, struct sw_error *err)
{
	for (int cap = 0; cap < 64; cap++) {
		if (!(caps & (1ULL << cap)) ||
		    !prctl(PR_CAP_AMBIENT_NR, PR_CAP_AMBIENT_RAISE, cap, 0, 0))
			continue;
		return sw_error(err, errno, NULL, "ambient capability %d: %s%s", cap,
				sw_errno_text(errno), errno == EINVAL ?
				"; they came with Linux 4.3" : errno == EPERM ?
				"; Berth itself does not have it" : "");
	}
	return 0;
}

/*
 * Before 3.4 (commit cf3f89214ef6) reboot(2) in a pid namespace reboots the host. Asked by the
 * one command that changes nothing: setting Ctrl-Alt-Del to what it already is. A namespace's
 * own reboot(2) does not know it (EINVAL).
 */
static bool reboot_would_be_the_hosts(int ctrl_alt_del)
{
	struct utsname u;
	int major, minor;

	if (ctrl_alt_del < 0)	/* no /proc: then only the version can tell */
		return uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2 ||
		       major < 3 || (major == 3 && minor < 4);
	return reboot(ctrl_alt_del ? RB_ENABLE_CAD : RB_DISABLE_CAD) == 0;
}

/*
 * A filter is loaded last of all, and that takes CAP_SYS_ADMIN unless no_new_privs is set
 * (seccomp(2)). Out of the bounding set and not inheritable, it ends with execve(2).
 */
uint64_t rt_caps_held(const struct rt_spec *spec)
{
	return spec->confine.filter.count && !spec->no_new_privs ? 1ULL << CAP_SYS_ADMIN : 0;
}

/* As a drop, since what is kept may come to nothing otherwise. */
static uint64_t to_drop(const struct rt_spec *spec)
{
	return spec->caps_keep ? ~spec->caps_keep : spec->caps_drop;
}

/* As execve(2) will have it for this user: our own init executes nothing. */
static uint64_t to_have(const struct rt_spec *spec)
{
	return spec->confine.set_user && spec->confine.uid ? spec->confine.caps_ambient : ~0ULL;
}

/*
 * Our own init stays as it is: it lets go of what is held for the filter. It may set no_new_privs
 * for itself instead, since it executes nothing and the program was forked before.
 */
int rt_caps_release(const struct rt_spec *spec)
{
	if (!rt_caps_held(spec))
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS_NR, 1, 0, 0, 0))
		return -errno;
	return set_caps(to_drop(spec), 0, to_have(spec), spec->confine.caps_ambient, NULL);
}

int rt_step_privileges(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	const struct rt_confine *c = &spec->confine;
	uint64_t drop = to_drop(spec), only = to_have(spec);
	int r;

	(void)step;
	/* Outside of a pid namespace it is the machine that reboots. */
	if (spec->ns & SW_CLONE_NEWPID ? reboot_would_be_the_hosts(ctx->ctrl_alt_del) :
	    !(rt_ns_shared(spec) & SW_CLONE_NEWPID))
		drop |= 1ULL << CAP_SYS_BOOT;
	r = drop_bounding(drop, err);
	prctl(PR_CAP_AMBIENT_NR, PR_CAP_AMBIENT_CLEAR, 0, 0, 0);
	if (!r)
		r = set_caps(drop, rt_caps_held(spec), only, c->caps_ambient, err);
	if (!r)
		r = raise_ambient(c->caps_ambient, err);
	if (!r && spec->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS_NR, 1, 0, 0, 0))
		r = sw_error(err, errno, NULL, "no_new_privs: %s%s", sw_errno_text(errno),
			     errno == EINVAL ? "; it came with Linux 3.5" : "");
	return r;
}
