// SPDX-License-Identifier: GPL-2.0-only
#include "features/mount_try.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"
#include "session.h"
#include "sw_fd.h"
#include "sys.h"

int mount_workplace(const struct probe_ctx *ctx, uint64_t more, struct live *ret,
		    struct live_way *way)
{
	struct live_way again;
	int r = live_private_mounts(ctx, ret, way);

	if (!r && more == SW_CLONE_NEWNET && session_in_net())
		return live_tmpfs("size=8m,mode=755", ret);
	if (!r && more) {
		r = live_unshare(ctx, more, ret, &again);
		if (r)
			ret->value = LIVE_UNKNOWN;
	}
	if (r)
		return r;
	return live_tmpfs("size=8m,mode=755", ret);
}

bool mount_may(const struct probe_ctx *ctx, const struct feature *f, const char *type,
	       struct live *ret)
{
	int registered = fs_registered(type);
	char what[96];

	if (registered == 1 || ctx->load_modules)
		return true;
	if (registered < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT,
			 "not tried: no /proc/filesystems to look for %s in", type);
		return false;
	}
	snprintf(what, sizeof(what), "%s is not in /proc/filesystems", type);
	module_explain_absent(ctx, f, what, ret);
	return false;
}

void mount_failed(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
		  const struct live_way *way, struct live *ret)
{
	char what[96];

	if (r == -ENODEV) {
		snprintf(what, sizeof(what), "mount(%s): ENODEV", type);
		module_explain_absent(ctx, f, what, ret);
	} else if (r == -EPERM && (way->userns || live_in_userns())) {
		/* Not every file system may be mounted from a user namespace: FS_USERNS_MOUNT. */
		live_set(ret, LIVE_DENIED, r, "mount(%s) in a user namespace: EPERM", type);
		live_cause(ret, FINDING_CAPABILITY,
			   "CAP_SYS_ADMIN of the initial user namespace is lacking");
	} else if (r == -EPERM || r == -EACCES) {
		live_set(ret, LIVE_DENIED, r, "mount(%s): %s", type, sw_errno_name(r));
	} else if (way->userns || r == -ENOMEM || r == -ENOSPC) {
		/* ENOSPC: fs.mount-max (4.9, d29216842a85) */
		live_set(ret, LIVE_UNKNOWN, r, "mount(%s)%s: %s", type, live_way_text(way),
			 sw_errno_name(r));
	} else {
		live_set(ret, LIVE_BROKEN, r, "mount(%s): %s", type, sw_errno_name(r));
	}
}

int mount_put_file(const char *path, const char *text)
{
	int fd __sw_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : sw_write_all(fd, text, strlen(text));
}

bool mount_file_is(const char *path, const char *text)
{
	char line[64];

	return sw_read_line(AT_FDCWD, path, line, sizeof(line)) >= 0 && !strcmp(line, text);
}

bool mount_call_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call,
			int r, struct live *ret)
{
	if (r >= 0 || (r != -ENOSYS && r != -EPERM))
		return false;
	if (ctx->version >= f->since && live_blame_filter(ret, call, r, true))
		return true;
	live_set(ret, r == -ENOSYS ? LIVE_ABSENT : LIVE_DENIED, r, "%s: %s", call,
		 sw_errno_name(r));
	return true;
}

int mount_initial_workplace(const struct probe_ctx *ctx, const char *why, struct live *ret)
{
	struct live_way way;
	int r = mount_workplace(ctx, 0, ret, &way);

	if (r || (!way.userns && !live_in_userns()))
		return r;
	live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: %s", why);
	live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN of the initial user namespace is lacking");
	return -EPERM;
}

int mount_user_workplace(const struct probe_ctx *ctx, struct live *ret)
{
	struct live_way again;
	int r = live_enter_userns();

	if (r) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		ret->value = LIVE_UNKNOWN;
		return r;
	}
	/*
	 * This one sees through a filter that claims success: what is mounted must not be the
	 * host's.
	 */
	r = live_unshare(ctx, SW_CLONE_NEWNS, ret, &again);
	if (r) {
		ret->value = LIVE_UNKNOWN;
		return r;
	}
	r = live_make_private(ret);
	return r ? r : live_tmpfs("size=8m,mode=755", ret);
}

void mount_user_failed(const struct probe_ctx *ctx, const struct feature *f, const char *type,
		       int r, struct live *ret)
{
	long restricted = 0;
	char what[96];

	if (r == -ENODEV) {
		snprintf(what, sizeof(what), "mount(%s): ENODEV", type);
		module_explain_absent(ctx, f, what, ret);
		return;
	}
	live_set(ret, LIVE_UNKNOWN, r, "mount(%s) by root of a user namespace: %s", type,
		 sw_errno_name(r));
	if (r != -EPERM && r != -EACCES)
		return;
	if (r == -EPERM && ctx->version != KVER_NONE && ctx->version < f->since) {
		ret->value = LIVE_ABSENT;
		return;
	}
	if (live_blame_filter(ret, "mount", r, false))
		return;
	ret->value = LIVE_DENIED;
	/* Ubuntu's: such a process has no capability in its own user namespace, whatever it shows.
	 */
	if (!live_sysctl("kernel/apparmor_restrict_unprivileged_userns", &restricted) &&
	    restricted == 1)
		live_cause(ret, FINDING_SYSCTL, "kernel.apparmor_restrict_unprivileged_userns=1");
}

int mount_on(const char *dir, const char *type, unsigned long flags, const void *data)
{
	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	return sys_mount("seaworthy", dir, type, flags, data);
}

bool mount_is_on(const char *dir, const char *parent)
{
	struct stat a, b;

	return !stat(dir, &a) && !stat(parent, &b) && a.st_dev != b.st_dev;
}

bool mount_find(const char *type, char *path, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char want[40];

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 4 << 20))
		return false;
	snprintf(want, sizeof(want), " - %s ", type);
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n'), *hit = strstr(line, want), *p = line;

		/* Field 5 is the place. */
		for (int i = 0; i < 4 && p < end; i++)
			p = memchr(p, ' ', end - p) ? (const char *)memchr(p, ' ', end - p) + 1
						    : end;
		if (hit && hit < end && p < end &&
		    sw_unescape_octal(p, strcspn(p, " \n"), path, size))
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}
