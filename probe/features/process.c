// SPDX-License-Identifier: GPL-2.0-only
/* System calls that runtimes use on processes; most rows are one line and the shared probe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "features/areas.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/*
 * The call is there or it is not. No symbol governs these, so on a kernel of that version or
 * newer a refusal is not the kernel's: with a filter on us, it is the filter's.
 */
static bool refused(const struct probe_ctx *ctx, const struct feature *f, long r, struct live *ret)
{
	if (r != -ENOSYS && r != -EPERM && r != -EACCES)
		return false;
	if (ctx->version != KVER_NONE && ctx->version >= f->since &&
	    live_blame_filter(ret, f->arg, (int)r, true))
		return true;
	if (r == -ENOSYS)
		live_set(ret, LIVE_ABSENT, ENOSYS, "%s: ENOSYS", f->arg);
	else
		live_set(ret, LIVE_UNKNOWN, (int)r, "%s with arguments that are wrong: %s", f->arg,
			 sw_errno_name((int)r));
	return true;
}

/*
 * Shared: system call f->num, named f->arg, exists. Its arguments (-1, 0, 0, ...) are wrong for
 * each call used here, so that it does nothing; the kernel says in which way they are wrong.
 */
static void probe_call(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	long r = sys_call((long)f->num, -1, 0, 0, 0, 0, 0);

	if (!refused(ctx, f, r, ret))
		live_set(ret, LIVE_WORKS, r < 0 ? (int)-r : 0, "%s is there: it judges its arguments (%s)",
			 f->arg, r < 0 ? sw_errno_name((int)-r) : "0");
}

static void probe_clone3(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sys_clone_args args = { .exit_signal = SIGCHLD };
	/* The first form of the structure, of 5.3: 64 bytes. */
	pid_t pid = sys_clone3(&args, 64);
	int status = -1;

	if (pid == 0)
		_exit(7);
	if (refused(ctx, f, pid, ret))
		return;
	if (pid < 0 || sw_waitpid(pid, &status) || status != 7 << 8)
		live_set(ret, LIVE_BROKEN, pid < 0 ? -pid : 0, "clone3: %s",
			 pid < 0 ? sw_errno_name(-pid) : "no child of ours came of it");
	else
		live_set(ret, LIVE_WORKS, 0, "clone3 made a process, which ran and ended");
}

static void probe_pidfd_open(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = sys_pidfd_open(getpid(), 0);

	if (refused(ctx, f, fd, ret))
		return;
	if (fd < 0)
		live_set(ret, LIVE_BROKEN, -fd, "pidfd_open of ourselves: %s", sw_errno_name(-fd));
	else
		live_set(ret, LIVE_WORKS, 0, "pidfd_open gives a descriptor for a process");
}

static void probe_openat2(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sys_open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = SW_RESOLVE_IN_ROOT };
	int root __sw_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd __sw_fd = sys_openat2(root < 0 ? AT_FDCWD : root, "/..", &how, sizeof(how));

	if (refused(ctx, f, fd, ret))
		return;
	if (fd < 0)
		live_set(ret, LIVE_BROKEN, -fd, "openat2(RESOLVE_IN_ROOT): %s", sw_errno_name(-fd));
	else
		live_set(ret, LIVE_WORKS, 0, "openat2(RESOLVE_IN_ROOT) opens /.. below its root");
}

static void probe_close_range(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd = open("/", O_PATH | O_CLOEXEC), r;

	if (fd < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "open /: %s", sw_errno_name(errno));
		return;
	}
	r = sys_close_range((unsigned int)fd, (unsigned int)fd, 0);
	if (refused(ctx, f, r, ret))
		return;
	if (r || fcntl(fd, F_GETFD) != -1)
		live_set(ret, LIVE_BROKEN, -r, "close_range does not close");
	else
		live_set(ret, LIVE_WORKS, 0, "close_range closed a descriptor");
}

#define CALL(name_) .probe = probe_call, .arg = #name_, .num = SYS_NR_##name_

static const struct feature rows[] = {
	{ .id = "process.setns", .title = "Joining namespaces (setns)", .area = "process",
	  .since = KVER(3, 0), .commit = "0663c6f8fa37", CALL(setns) },
	{ .id = "process.pidfd_send_signal", .title = "Signals by descriptor", .area = "process",
	  .since = KVER(5, 1), .commit = "3eb39f47934f", CALL(pidfd_send_signal) },
	{ .id = "process.pidfd_open", .title = "Processes as descriptors", .area = "process",
	  .since = KVER(5, 3), .commit = "32fcb426ec00", .probe = probe_pidfd_open, .arg = "pidfd_open" },
	{ .id = "process.clone3", .title = "Process creation (clone3)", .area = "process",
	  .since = KVER(5, 3), .commit = "7f192e3cd316", .probe = probe_clone3, .arg = "clone3" },
	{ .id = "process.openat2", .title = "Paths that cannot escape (openat2)", .area = "process",
	  .since = KVER(5, 6), .commit = "fddb5d430ad9", .probe = probe_openat2, .arg = "openat2" },
	{ .id = "process.pidfd_getfd", .title = "Fetching descriptors (pidfd_getfd)", .area = "process",
	  .since = KVER(5, 6), .commit = "8649c322f75c", CALL(pidfd_getfd) },
	{ .id = "process.close_range", .title = "Closing descriptors (close_range)", .area = "process",
	  .since = KVER(5, 9), .commit = "278a5fbaed89", .probe = probe_close_range,
	  .arg = "close_range" },
};

const struct feature_area feature_area_process = {
	.name = "process", .title = "Processes", FEATURE_ROWS(rows),
};
