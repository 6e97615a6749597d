// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels of security modules: what the next execve(2) of this process, or of a child that is
 * forked from it meanwhile, changes to. Only where the module is active: a label that nobody
 * enforces is refused, not forgotten.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define APPARMOR_MOUNTS "/sys/kernel/security/apparmor/features/mount/mask"

static bool apparmor_is_active(void)
{
	char line[8];

	return sw_read_line(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", line,
			    sizeof(line)) > 0 && line[0] == 'Y';
}

static bool selinux_is_active(void)
{
	return !access("/sys/fs/selinux/enforce", F_OK);
}

/* AppArmor has a directory of its own since 5.8; the files above it are of the first module. */
static int write_exec(const char *text, bool apparmor)
{
	int r = -ENOENT;

	if (apparmor)
		r = sw_write_file(AT_FDCWD, "/proc/self/attr/apparmor/exec", text);
	return r == -ENOENT ? sw_write_file(AT_FDCWD, "/proc/self/attr/exec", text) : r;
}

static int set_apparmor(const struct rt_confine *c, struct sw_error *err)
{
	char text[300];
	int r;

	if (!apparmor_is_active()) {
		if (!strcmp(c->apparmor, "unconfined"))
			return 0;
		return sw_error(err, EOPNOTSUPP, NULL, "%s: AppArmor profile %s: AppArmor is not "
				"active on this kernel; without it say lxc.apparmor.profile = "
				"unconfined", c->label_origin, c->apparmor);
	}
	if (strcmp(c->apparmor, "unconfined") && !c->apparmor_incomplete &&
	    access(APPARMOR_MOUNTS, F_OK))
		return sw_error(err, EOPNOTSUPP, NULL, "%s: this AppArmor does not mediate mounts (no "
				APPARMOR_MOUNTS "); mount securityfs, or say "
				"lxc.apparmor.allow_incomplete = 1", c->label_origin);
	snprintf(text, sizeof(text), "exec %s", c->apparmor);
	r = write_exec(text, true);
	return r ? sw_error(err, r, NULL, "%s: AppArmor profile %s: %s%s", c->label_origin,
			    c->apparmor, sw_errno_text(r), r == -ENOENT ?
			    "; is it loaded? apparmor_parser -r loads it" : "") : 0;
}

static int set_selinux(const struct rt_confine *c, struct sw_error *err)
{
	int r;

	if (!selinux_is_active())
		return sw_error(err, EOPNOTSUPP, NULL, "%s: SELinux context %s: SELinux is not active "
				"on this kernel; without it say lxc.selinux.context = unconfined_t",
				c->label_origin, c->selinux);
	r = write_exec(c->selinux, false);
	return r ? sw_error(err, r, NULL, "%s: SELinux context %s: %s", c->label_origin, c->selinux,
			    sw_errno_text(r)) : 0;
}

/* While the host's /proc and /sys are there. */
int rt_step_label(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_confine *c = &ctx->spec->confine;
	int r = c->apparmor ? set_apparmor(c, err) : 0;

	(void)step;
	return r || !c->selinux ? r : set_selinux(c, err);
}

/* ---- attach ---------------------------------------------------------------------------------- */

static int read_label(int proc, bool apparmor, char *out, size_t size)
{
	ssize_t n = apparmor ? sw_read_line(proc, "attr/apparmor/current", out, size) : -ENOENT;
	char *mode;

	if (n < 0)
		n = sw_read_line(proc, "attr/current", out, size);
	if (n < 0)
		return (int)n;
	mode = apparmor ? strstr(out, " (") : NULL;	/* "profile (enforce)" */
	if (mode)
		*mode = 0;
	return 0;
}

int rt_label_read(int proc, char *out, size_t size)
{
	int self __sw_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool apparmor = apparmor_is_active();
	char ours[RT_LABEL_MAX];
	int r;

	out[0] = 0;
	if (!apparmor && !selinux_is_active())
		return 0;
	r = read_label(proc, apparmor, out, size);
	if (r)
		return r;
	if (self >= 0 && !read_label(self, apparmor, ours, sizeof(ours)) && !strcmp(ours, out))
		out[0] = 0;	/* nothing to change */
	return 0;
}

int rt_label_take(const char *label, struct sw_error *err)
{
	char text[RT_LABEL_MAX + 8];
	bool apparmor = apparmor_is_active();
	int r;

	if (!*label)
		return 0;
	snprintf(text, sizeof(text), "%s%s", apparmor ? "exec " : "", label);
	r = write_exec(text, apparmor);
	return r ? sw_error(err, r, "attach", "taking the container's label %s: %s", label,
			    sw_errno_text(r)) : 0;
}
