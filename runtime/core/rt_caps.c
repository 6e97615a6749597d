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
#define PR_CAP_AMBIENT_CLEAR 4
#define PR_SET_NO_NEW_PRIVS_NR 38	/* 3.5 */

int rt_caps_apply(uint64_t drop, uint64_t keep, struct sw_error *err)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (keep)
		drop = ~keep;
	if (!drop)
		return 0;
	for (int cap = 0; cap < 64; cap++) {
		/* EINVAL: this kernel has no such capability, so there is nothing to drop. */
		if (!(drop & (1ULL << cap)) || prctl(PR_CAPBSET_READ, cap) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap))
			return sw_error(err, errno, NULL,
					"drop capability %d from the bounding set: "
					"%s", cap, sw_errno_text(errno));
	}
	prctl(PR_CAP_AMBIENT_NR, PR_CAP_AMBIENT_CLEAR, 0, 0, 0);
	if (syscall(SYS_capget, &hdr, data))
		return sw_error(err, errno, NULL, "capget: %s", sw_errno_text(errno));
	for (int i = 0; i < 2; i++) {
		uint32_t mask = ~(uint32_t)(drop >> (32 * i));

		data[i].effective &= mask;
		data[i].permitted &= mask;
		data[i].inheritable &= mask;
	}
	if (syscall(SYS_capset, &hdr, data))
		return sw_error(err, errno, NULL, "capset: %s", sw_errno_text(errno));
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

int rt_step_privileges(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	uint64_t drop = spec->caps_drop;
	int r;

	(void)step;
	if (spec->caps_keep)	/* as a drop, since what is kept may come to nothing below */
		drop = ~spec->caps_keep;
	if ((spec->ns & SW_CLONE_NEWPID) && reboot_would_be_the_hosts(ctx->ctrl_alt_del))
		drop |= 1ULL << CAP_SYS_BOOT;
	r = rt_caps_apply(drop, 0, err);
	if (!r && spec->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS_NR, 1, 0, 0, 0))
		r = sw_error(err, errno, NULL, "no_new_privs: %s%s", sw_errno_text(errno),
			     errno == EINVAL ? "; it came with Linux 3.5" : "");
	return r;
}
