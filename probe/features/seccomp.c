// SPDX-License-Identifier: GPL-2.0-only
/* Seccomp: strict mode, filters, and what filters can do. No filter outlives the probing child. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features/security_try.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* An EINVAL is the answer of a kernel without it; a filter that forbids prctl answers EPERM. */
void security_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call,
		      int err, struct live *ret)
{
	bool there = ctx->version >= f->since && live_seccomp_mode() == 2;

	if (err == EINVAL)
		live_set(ret, LIVE_ABSENT, err, "%s: EINVAL", call);
	else if (!live_blame_filter(ret, call, err, there))
		live_set(ret, err == ENOSYS ? LIVE_ABSENT : LIVE_UNKNOWN, err, "%s: %s", call,
			 sw_errno_name(err));
}

void probe_seccomp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int status = 0, fds[2], err = 0;
	pid_t pid;

	if (live_seccomp_mode() == 2) {
		/* Strict mode cannot be entered from a filter; being under one proves the rest. */
		live_set(ret, LIVE_WORKS, 0, "this process is under a seccomp filter");
		return;
	}
	if (pipe2(fds, O_CLOEXEC) || (pid = sw_fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (pid == 0) {
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0)) {
			err = errno;
			(void)!write(fds[1], &err, sizeof(err));
			_exit(1);
		}
		/* Anything but read, write, _exit and sigreturn is deadly now. */
		syscall(SYS_getppid);
		syscall(SYS_exit, 2);
	}
	close(fds[1]);
	(void)!read(fds[0], &err, sizeof(err));
	sw_waitpid(pid, &status);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		live_set(ret, LIVE_WORKS, 0,
			 "in strict mode, a system call that is not allowed is deadly");
	else if (err)
		security_refused(ctx, f, "prctl(PR_SET_SECCOMP, 1)", err, ret);
	else
		live_set(ret, LIVE_BROKEN, 0,
			 "strict mode was entered, but a forbidden call was let through");
}

/* include/uapi/linux/seccomp.h; the build host's may be older than the kernel under test */
enum { OP_SET_MODE_FILTER = 1, OP_GET_ACTION_AVAIL = 2 };
enum { FLAG_TSYNC = 1, FLAG_NEW_LISTENER = 8 };
#define RET_USER_NOTIF_ 0x7fc00000u
#define RET_LOG_	0x7ffc0000u
#define FILTER_ERRNO	42

/*
 * getppid(2) is answered with @action, everything else is let through. By prctl(2) where op is 0,
 * else by seccomp(2), which came with 3.17. Returns what the call returned, or -errno.
 */
static int filter_getppid(unsigned int action, unsigned int op, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	/* Without CAP_SYS_ADMIN a filter wants no_new_privs, which came with it (3.5). */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (op)
		return sys_seccomp(op, flags, &prog);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) ? -errno : 0;
}

static long getppid_raw(void)
{
	return sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

void probe_seccomp_filter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int r = filter_getppid(SECCOMP_RET_ERRNO | FILTER_ERRNO, 0, 0);

	if (r)
		security_refused(ctx, f, "prctl(PR_SET_SECCOMP, 2)", -r, ret);
	else if (getppid_raw() == -FILTER_ERRNO)
		live_set(ret, LIVE_WORKS, 0, "a filter made one system call answer as it says");
	else
		live_set(ret, LIVE_BROKEN, 0, "a filter was taken, but does not act");
}

void probe_seccomp_log(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	uint32_t action = RET_LOG_;
	int r = sys_seccomp(OP_GET_ACTION_AVAIL, 0, &action);
	char actions[128] = "";

	if (r == -EOPNOTSUPP) {
		live_set(ret, LIVE_ABSENT, r, "seccomp(GET_ACTION_AVAIL, RET_LOG): EOPNOTSUPP");
		return;
	}
	if (r) {
		security_refused(ctx, f, "seccomp(GET_ACTION_AVAIL)", -r, ret);
		return;
	}
	/* The action itself is not tried: it would write into the host's log. */
	if (sw_read_line(AT_FDCWD, "/proc/sys/kernel/seccomp/actions_logged", actions,
			 sizeof(actions)) > 0 &&
	    !strstr(actions, "log")) {
		live_set(ret, LIVE_DENIED, 0,
			 "the kernel has the action, but is told not to log it");
		live_cause(ret, FINDING_SYSCTL, "kernel.seccomp.actions_logged=%s", actions);
		return;
	}
	live_set(ret, LIVE_WORKS, 0, "seccomp(GET_ACTION_AVAIL) says that RET_LOG is there");
}

struct synced {
	int go[2];
	long answer;
};

static void *synced_thread(void *arg)
{
	struct synced *s = arg;
	char byte;

	if (read(s->go[0], &byte, 1) == 1)
		s->answer = getppid_raw();
	return NULL;
}

void probe_seccomp_tsync(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct synced s = { { -1, -1 }, 0 };
	pthread_t thread;
	int r;

	if (pipe2(s.go, O_CLOEXEC) || pthread_create(&thread, NULL, synced_thread, &s)) {
		live_set(ret, LIVE_UNKNOWN, errno, "not tried: no second thread");
		return;
	}
	r = filter_getppid(SECCOMP_RET_ERRNO | FILTER_ERRNO, OP_SET_MODE_FILTER, FLAG_TSYNC);
	(void)!write(s.go[1], "x", 1);
	pthread_join(thread, NULL);
	if (r < 0)
		security_refused(ctx, f, "seccomp(SET_MODE_FILTER, TSYNC)", -r, ret);
	else if (r || s.answer != -FILTER_ERRNO)
		live_set(ret, LIVE_BROKEN, 0,
			 "a filter for all threads was taken, but does not bind another thread");
	else
		live_set(ret, LIVE_WORKS, 0, "a filter set by one thread binds another");
}

/* ---- user notification ----------------------------------------------------------------------- */

struct notif { /* struct seccomp_notif, 5.0 */
	uint64_t id;
	uint32_t pid, flags;
	struct seccomp_data data;
};

struct notif_resp { /* struct seccomp_notif_resp, 5.0 */
	uint64_t id;
	int64_t val;
	int32_t error;
	uint32_t flags;
};

struct notif_addfd { /* struct seccomp_notif_addfd, 5.9 */
	uint64_t id;
	uint32_t flags, srcfd, newfd, newfd_flags;
};

#define NOTIF_RECV    _IOWR('!', 0, struct notif)
#define NOTIF_SEND    _IOWR('!', 1, struct notif_resp)
#define NOTIF_ADDFD   _IOW('!', 3, struct notif_addfd)
#define NOTIF_ANSWER  31337
#define NOTIF_WAIT_MS 5000

/* A process that shares our descriptors, has a listener put on itself and says which it is. */
static void notified(int say, bool addfd)
{
	int r = filter_getppid(RET_USER_NOTIF_, OP_SET_MODE_FILTER, FLAG_NEW_LISTENER);
	long got;

	if (write(say, &r, sizeof(r)) != sizeof(r) || r < 0)
		_exit(1);
	got = getppid_raw();
	if (addfd && got >= 0 && write((int)got, "ahoy", 4) != 4)
		_exit(2);
	_exit(got == NOTIF_ANSWER || addfd ? 0 : 3);
}

/* Receive one notification and answer it. Returns 0 or -errno. step names what failed. */
static int supervise(int listener, int give, const char **step)
{
	struct notif n = { 0 };
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct notif_resp answer = { .val = NOTIF_ANSWER };
	int r;

	*step = "SECCOMP_IOCTL_NOTIF_RECV";
	if (poll(&p, 1, NOTIF_WAIT_MS) != 1)
		return -ETIMEDOUT;
	if (ioctl(listener, NOTIF_RECV, &n))
		return -errno;
	if (n.data.nr != SYS_getppid)
		return -EBADMSG;
	answer.id = n.id;
	if (give >= 0) {
		struct notif_addfd a = { .id = n.id,
					 .srcfd = (uint32_t)give,
					 .newfd_flags = O_CLOEXEC };

		*step = "SECCOMP_IOCTL_NOTIF_ADDFD";
		r = ioctl(listener, NOTIF_ADDFD, &a);
		if (r < 0)
			return -errno;
		answer.val = r;
	}
	*step = "SECCOMP_IOCTL_NOTIF_SEND";
	return ioctl(listener, NOTIF_SEND, &answer) ? -errno : 0;
}

/* Returns 0 if a call was answered (by a descriptor that was given, if give is set). */
static int notify(const struct probe_ctx *ctx, const struct feature *f, int give, struct live *ret)
{
	int say[2], listener = -ETIMEDOUT, status = 0, r;
	const char *step = "";
	pid_t pid;

	if (pipe2(say, O_CLOEXEC) || (pid = sys_clone(0x400 /* CLONE_FILES */)) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or clone: %s", sw_errno_name(errno));
		return -errno;
	}
	if (pid == 0)
		notified(say[1], give >= 0);
	/*
	 * Not end of file: the table of descriptors is shared, so we cannot close our copy of the
	 * pipe.
	 */
	r = poll(&(struct pollfd){ .fd = say[0], .events = POLLIN }, 1, NOTIF_WAIT_MS) == 1 &&
			    read(say[0], &listener, sizeof(listener)) == sizeof(listener)
		    ? listener
		    : -ETIMEDOUT;
	if (r >= 0)
		r = supervise(listener, give, &step);
	if (r)
		kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
	if (listener == -EBUSY) {
		live_set(ret, LIVE_UNKNOWN, EBUSY, "seccomp(NEW_LISTENER): EBUSY");
		live_cause(ret, FINDING_SECCOMP,
			   "a filter on this process has a listener already: only one can be");
	} else if (listener < 0) {
		security_refused(ctx, f, "seccomp(SET_MODE_FILTER, NEW_LISTENER)", -listener, ret);
	} else if (r && give >= 0 && strstr(step, "ADDFD") && (r == -EINVAL || r == -ENOTTY)) {
		live_set(ret, LIVE_ABSENT, r, "%s: %s", step, sw_errno_name(r));
	} else if (r || status) {
		live_set(ret, r == -ETIMEDOUT ? LIVE_UNKNOWN : LIVE_BROKEN, r, "%s: %s",
			 r ? step : "the notified call",
			 r ? sw_errno_name(r) : "did not get the supervisor's answer");
		r = r ? r : -EIO;
	}
	return listener < 0 ? listener : r;
}

void probe_seccomp_notify(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	if (!notify(ctx, f, -1, ret))
		live_set(ret, LIVE_WORKS, 0, "a supervisor received a system call and answered it");
}

void probe_seccomp_addfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fds[2];
	char got[8] = "";

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe: %s", sw_errno_name(errno));
		return;
	}
	if (notify(ctx, f, fds[1], ret))
		return;
	if (read(fds[0], got, sizeof(got)) != 4 || strcmp(got, "ahoy"))
		live_set(ret, LIVE_BROKEN, 0,
			 "a descriptor was put into another process, but is not ours");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "a supervisor gave the process a descriptor, and it wrote there");
}
