// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors for processes, see pidfd_open(2): each probe uses one on ourselves or on a child. */
#include "features/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "features/companion.h"
#include "live.h"
#include "sw_fd.h"
#include "sys.h"

#define SOON_MS 5000	/* far more than a process needs to end, less than the probe's own limit */

void pidfd_probe_open(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = sys_pidfd_open(getpid(), 0);

	if (call_is_refused(ctx, f, "pidfd_open", fd, ret))
		return;
	if (fd < 0)
		live_set(ret, LIVE_BROKEN, -fd, "pidfd_open of ourselves: %s", sw_errno_name(-fd));
	else if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		live_set(ret, LIVE_BROKEN, 0, "pidfd_open: %d, which is no descriptor of the kind", fd);
	else
		live_set(ret, LIVE_WORKS, 0, "pidfd_open gives a descriptor for a process");
}

/* Before pidfd_open (5.3) a directory of /proc was such a descriptor, and it still is. */
void pidfd_probe_send_signal(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = sys_pidfd_open(getpid(), 0), r;
	struct timespec none = { 0 };
	sigset_t usr1;

	if (fd < 0)
		fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	r = sys_pidfd_send_signal(fd, SIGUSR1, NULL, 0);
	if (call_is_refused(ctx, f, "pidfd_send_signal", r, ret))
		return;
	if (fd < 0 && r == -EBADF)
		live_set(ret, LIVE_WORKS, EBADF, "pidfd_send_signal is there: it judges its arguments (EBADF)");
	else if (r)
		live_set(ret, LIVE_BROKEN, -r, "pidfd_send_signal to ourselves: %s", sw_errno_name(-r));
	else if (sigtimedwait(&usr1, NULL, &none) != SIGUSR1)
		live_set(ret, LIVE_BROKEN, 0, "pidfd_send_signal: 0, but no signal came");
	else
		live_set(ret, LIVE_WORKS, 0, "a signal sent by descriptor came");
}

/* By the name that /proc gives to it: "anon_inode:[pidfd]", since 6.9 "pidfd:[4711]". */
static bool is_pidfd(int fd)
{
	char path[48], name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof(name) - 1) > 0 && strstr(name, "pidfd");
}

/* Before 5.2 clone(2) ignores the flag, so that the descriptor stays as it was. */
void pidfd_probe_clone(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd = -1, status, r;
	pid_t pid;

	pid = sys_call(SYS_NR_clone, (long)(SW_CLONE_PIDFD | SIGCHLD), 0, (long)&fd, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	if (call_is_refused(ctx, f, "clone(CLONE_PIDFD)", pid, ret))
		return;
	if (pid < 0) {
		live_set(ret, pid == -EINVAL ? LIVE_ABSENT : LIVE_UNKNOWN, -pid, "clone(CLONE_PIDFD): %s",
			 sw_errno_name(-pid));
		return;
	}
	/* Signal 0: the child is ours and not yet waited for, so it is still there. */
	r = fd < 0 ? -EBADF : sys_pidfd_send_signal(fd, 0, NULL, 0);
	if (r == -ENOSYS || r == -EPERM)
		r = is_pidfd(fd) ? 0 : r;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (fd < 0)
		live_set(ret, LIVE_ABSENT, 0, "clone(CLONE_PIDFD): 0, and no descriptor");
	else if (r == -ENOSYS || r == -EPERM)
		live_set(ret, LIVE_UNKNOWN, -r, "clone(CLONE_PIDFD) gives %d, but pidfd_send_signal: %s", fd,
			 sw_errno_name(-r));
	else if (r)
		live_set(ret, LIVE_BROKEN, -r, "clone(CLONE_PIDFD) gives %d, which is not the child", fd);
	else
		live_set(ret, LIVE_WORKS, 0, "clone gave a descriptor with the new process");
	if (fd >= 0)
		close(fd);
}

/* A child that waits, and a descriptor for it. Returns false with *ret filled. */
static bool child_by_fd(const struct probe_ctx *ctx, const struct feature *f, struct companion *c,
			int *ret_fd, struct live *ret)
{
	int r = companion_start(c, 0, NULL, NULL);

	if (r < 0) {
		live_set(ret, LIVE_UNKNOWN, -r, "fork: %s", sw_errno_name(-r));
		return false;
	}
	*ret_fd = sys_pidfd_open(c->pid, 0);
	if (call_is_refused(ctx, f, "pidfd_open", *ret_fd, ret))
		return false;
	if (*ret_fd < 0)
		live_set(ret, LIVE_UNKNOWN, *ret_fd, "pidfd_open: %s", sw_errno_name(-*ret_fd));
	return *ret_fd >= 0;
}

void pidfd_probe_poll(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	int fd __sw_fd = -1, before, after;
	struct pollfd p;

	if (!child_by_fd(ctx, f, &c, &fd, ret))
		return;
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	before = poll(&p, 1, 0);
	sw_close(&c.down);
	after = before ? 0 : poll(&p, 1, SOON_MS);
	if (before)
		live_set(ret, LIVE_BROKEN, 0, "poll says of a living process that it has ended");
	else if (after != 1)
		live_set(ret, LIVE_BROKEN, 0, "poll does not tell the end of a process");
	else
		live_set(ret, LIVE_WORKS, 0, "poll told the end of a process, and not before it");
}

void pidfd_probe_wait(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { BY_PIDFD = 3 };		/* P_PIDFD of <linux/wait.h> */
	struct companion c __companion = COMPANION_INIT;
	int fd __sw_fd = -1, err;
	siginfo_t si = { 0 };

	if (!child_by_fd(ctx, f, &c, &fd, ret))
		return;
	sw_close(&c.down);
	err = waitid((idtype_t)BY_PIDFD, (id_t)fd, &si, WEXITED) ? errno : 0;
	if (err == EINVAL) {
		way_is_unknown(ctx, f, "waitid(P_PIDFD)", err, ret);
	} else if (err && !call_is_refused(ctx, f, "waitid(P_PIDFD)", -err, ret)) {
		live_set(ret, LIVE_BROKEN, err, "waitid(P_PIDFD): %s", sw_errno_name(err));
	} else if (!err && si.si_pid != c.pid) {
		live_set(ret, LIVE_BROKEN, 0, "waitid(P_PIDFD) reaps another process than meant");
	} else if (!err) {
		c.pid = -1;	/* reaped */
		live_set(ret, LIVE_WORKS, 0, "waitid reaped a child by descriptor");
	}
}

void pidfd_probe_getfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int self __sw_fd = sys_pidfd_open(getpid(), 0), got __sw_fd = -1, fds[2];
	char byte = 0;

	if (pipe2(fds, O_CLOEXEC)) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe: %s", sw_errno_name(errno));
		return;
	}
	got = sys_call(SYS_NR_pidfd_getfd, self, fds[1], 0, 0, 0, 0);
	if (call_is_refused(ctx, f, "pidfd_getfd", got, ret))
		return;
	if (self < 0 && got == -EBADF &&
	    live_blame_filter(ret, "pidfd_getfd is there; pidfd_open", -self, false))
		return;
	if (self < 0 && got == -EBADF)
		live_set(ret, LIVE_UNKNOWN, self, "pidfd_getfd is there; pidfd_open: %s", sw_errno_name(-self));
	else if (got < 0)
		live_set(ret, LIVE_BROKEN, -got, "pidfd_getfd from ourselves: %s", sw_errno_name(-got));
	else if (got == fds[1] || write(got, "x", 1) != 1 || read(fds[0], &byte, 1) != 1 || byte != 'x')
		live_set(ret, LIVE_BROKEN, 0, "pidfd_getfd: %d, which is not the descriptor asked for", got);
	else
		live_set(ret, LIVE_WORKS, 0, "pidfd_getfd fetched a pipe's end, and it writes to that pipe");
}
