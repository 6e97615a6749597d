// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <linux/filter.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("security.seccomp", "kernel", "System-call filters: inheritance, precedence, threads, supervisors");

/* linux/seccomp.h, by our own names: the build host's header may be older. */
#define RET_KILL_PROCESS	0x80000000U	/* 4.14 */
#define RET_KILL_THREAD		0x00000000U
#define RET_TRAP		0x00030000U
#define RET_ERRNO		0x00050000U
#define RET_NOTIFY		0x7fc00000U
#define RET_TRACE		0x7ff00000U
#define RET_LOG			0x7ffc0000U
#define RET_ALLOW		0x7fff0000U
#define FLAG_TSYNC		1U
#define FLAG_LISTENER		8U
#define FLAG_WAIT_KILLABLE	32U		/* 5.19 */

struct notification {
	uint64_t id;
	uint32_t pid, flags;
	int32_t nr;
	uint32_t arch;
	uint64_t ip, args[6];
};
struct answer {
	uint64_t id;
	int64_t val;
	int32_t error;
	uint32_t flags;
};
struct addfd {
	uint64_t id;
	uint32_t flags, srcfd, newfd, newfd_flags;
};
#define NOTIF_RECV	_IOWR('!', 0, struct notification)
#define NOTIF_SEND	_IOWR('!', 1, struct answer)
#define NOTIF_ID_VALID	_IOW('!', 2, uint64_t)
#define NOTIF_ADDFD	_IOW('!', 3, struct addfd)

/* The system call that filters here are about: harmless, and nothing in libc asks for it. */
#define VICTIM SYS_getpgid

/* A filter that answers one call with action, and allows all others. A listener, 0, or -errno. */
static int filter_call(long nr, uint32_t action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),		/* seccomp_data.nr */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	return sys_seccomp(1, flags, &prog);
}

static int filter(uint32_t action)
{
	return filter_call(VICTIM, action, 0);
}

static long victim(void)
{
	return sys_call(VICTIM, 0, 0, 0, 0, 0, 0);
}

SUITE_TEST(needs_no_new_privs_or_a_capability,
	   .new_privs = true, .needs = "security.seccomp_filter security.no_new_privs", .unprivileged = true,
	   .promise = "seccomp(2): SECCOMP_SET_MODE_FILTER; ERRORS (EACCES, EINVAL, EFAULT)")
{
	CHILD(user, 0) {
		ASSERT_OK(suite_become_ordinary());
		EXPECT_REFUSED(EACCES, filter(RET_ERRNO | EDOM));
		EXPECT_LT(0, victim());
		ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		EXPECT_REFUSED(EINVAL, filter_call(VICTIM, RET_ALLOW, 1U << 31));
		EXPECT_REFUSED(EFAULT, sys_seccomp(1, 0, NULL));
		EXPECT_OK(filter(RET_ERRNO | EDOM));
		EXPECT_REFUSED(EDOM, victim());
		EXPECT_EQ(2, prctl(PR_GET_SECCOMP));
		EXPECT_REFUSED(EINVAL, sys_seccomp(0, 0, NULL));	/* no way to another mode */
	}
	EXPECT_EXIT(0, user);
}

SUITE_TEST(inherited_by_fork_and_exec,
	   .needs = "security.seccomp_filter",
	   .promise = "seccomp(2): SECCOMP_SET_MODE_FILTER (inherited by fork(2), preserved across execve(2))")
{
	pid_t pid;

	CHILD(outer, 0) {
		ASSERT_OK(filter(RET_ERRNO | EDOM));
		CHILD(below, 0) {
			EXPECT_REFUSED(EDOM, victim());
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, outer);
	EXPECT_LT(0, victim());
	/* The program runs and cannot end: exit_group(2) is forbidden. */
	ASSERT_OK(pid = suite_clone(0));
	if (!pid) {
		if (!filter_call(SYS_exit_group, RET_KILL_THREAD, 0))
			execl("/proc/self/exe", "seaworthy", "inside", "exit", "0", NULL);
		kill(getpid(), SIGKILL);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGSYS), pid);
}

static volatile sig_atomic_t trapped;
static siginfo_t trap_info;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	trapped = 1;
	trap_info = *info;
}

SUITE_TEST(trap_says_what_was_called,
	   .needs = "security.seccomp_filter",
	   .promise = "seccomp(2): SECCOMP_RET_TRAP (si_code SYS_SECCOMP, si_syscall, si_errno; not executed)")
{
	CHILD(pid, 0) {
		struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

		ASSERT_SYS(sigaction(SIGSYS, &sa, NULL));
		ASSERT_OK(filter(RET_TRAP | 1234));
		victim();
		EXPECT_EQ(1, trapped);
		EXPECT_EQ(1, trap_info.si_code);	/* SYS_SECCOMP */
		EXPECT_EQ(VICTIM, trap_info.si_syscall);
		EXPECT_EQ(1234, trap_info.si_errno);
		EXPECT_NE(NULL, trap_info.si_call_addr);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(strictest_of_several_wins,
	   .needs = "security.seccomp_filter security.seccomp_log",
	   .promise = "seccomp(2): the return values in decreasing order of precedence")
{
	static const struct {
		uint32_t strict, lax;
		int errnum;	/* 0: ends the process */
	} rows[] = {
		{ RET_KILL_PROCESS, RET_TRAP, 0 }, { RET_KILL_THREAD, RET_TRAP, 0 },
		{ RET_KILL_THREAD, RET_ERRNO | EDOM, 0 }, { RET_ERRNO | EDOM, RET_TRACE, EDOM },
		{ RET_ERRNO | EDOM, RET_LOG, EDOM }, { RET_ERRNO | EDOM, RET_ALLOW, EDOM },
		{ RET_TRACE, RET_LOG, ENOSYS }, { RET_TRACE, RET_ALLOW, ENOSYS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		pid_t pid = suite_clone(0);
		int want = rows[i / 2].errnum, end;

		ASSERT_OK(pid);
		if (!pid) {
			signal(SIGSYS, SIG_IGN);	/* which does not save from a kill */
			if (filter(i & 1 ? rows[i / 2].strict : rows[i / 2].lax) ||
			    filter(i & 1 ? rows[i / 2].lax : rows[i / 2].strict))
				_exit(255);
			_exit(victim() == -want ? 0 : 1);
		}
		end = suite_wait(pid);
		EXPECT_EQ(want ? 0 : SUITE_KILLED(SIGSYS), end) TH_LOG("row %zu: %s", i, suite_end_text(end));
	}
}

SUITE_TEST(trap_outranks_errno,
	   .needs = "security.seccomp_filter",
	   .promise = "seccomp(2): the return values in decreasing order of precedence")
{
	for (int order = 0; order < 2; order++) {
		CHILD(pid, 0) {
			struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

			ASSERT_SYS(sigaction(SIGSYS, &sa, NULL));
			ASSERT_OK(filter(order ? RET_TRAP : RET_ERRNO | EDOM));
			ASSERT_OK(filter(order ? RET_ERRNO | EDOM : RET_TRAP));
			victim();
			EXPECT_EQ(1, trapped);
		}
		EXPECT_EXIT(0, pid);
	}
}

SUITE_TEST(errors_are_those_of_the_last_filter,
	   .needs = "security.seccomp_filter",
	   .promise = "seccomp(2): the value of the most recently installed filter; SECCOMP_RET_ERRNO")
{
	CHILD(pid, 0) {
		ASSERT_OK(filter(RET_ERRNO | EDOM));
		ASSERT_OK(filter(RET_ERRNO | ERANGE));
		EXPECT_REFUSED(ERANGE, victim());
		/* What is no error number is the greatest, not a pointer (since 4.0, commit 580c57f10768). */
		if (suite_kernel(4, 0)) {
			ASSERT_OK(filter(RET_ERRNO | 0xffff));
			EXPECT_EQ(-4095, victim());
		}
		ASSERT_OK(filter(RET_ERRNO));
		EXPECT_EQ(0, victim());
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(log_lets_the_call_happen,
	   .needs = "security.seccomp_log",
	   .promise = "seccomp(2): SECCOMP_RET_LOG (executed), SECCOMP_GET_ACTION_AVAIL (EOPNOTSUPP)")
{
	CHILD(pid, 0) {
		uint32_t action = RET_LOG;

		EXPECT_OK(sys_seccomp(2, 0, &action));
		action = 0x7ffd0000;
		EXPECT_REFUSED(EOPNOTSUPP, sys_seccomp(2, 0, &action));
		ASSERT_OK(filter(RET_LOG));
		EXPECT_EQ(getpgrp(), victim());
	}
	EXPECT_EXIT(0, pid);
}

struct thread {
	int go[2], done[2];
	int diverge;
	long seen;
};

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	char c = t->diverge ? filter(RET_ALLOW) : 0;

	if (write(t->done[1], &c, 1) == 1 && read(t->go[0], &c, 1) == 1)
		t->seen = victim();
	return (void *)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

SUITE_TEST(tsync_is_for_all_threads_or_none,
	   .needs = "security.seccomp_tsync",
	   .promise = "seccomp(2): SECCOMP_FILTER_FLAG_TSYNC (all threads; on failure the id of one that cannot)")
{
	for (int diverge = 0; diverge < 2; diverge++) {
		CHILD(pid, 0) {
			struct thread t = { .diverge = diverge };
			pthread_t thread;
			void *tid;
			char c;
			int r;

			ASSERT_SYS(pipe2(t.go, O_CLOEXEC));
			ASSERT_SYS(pipe2(t.done, O_CLOEXEC));
			ASSERT_EQ(0, pthread_create(&thread, NULL, thread_main, &t));
			ASSERT_EQ(1, read(t.done[0], &c, 1));
			ASSERT_EQ(0, c);
			r = filter_call(VICTIM, RET_ERRNO | EDOM, FLAG_TSYNC);
			ASSERT_EQ(1, write(t.go[1], &c, 1));
			ASSERT_EQ(0, pthread_join(thread, &tid));
			EXPECT_EQ(diverge ? (long)tid : 0, r);
			EXPECT_EQ(diverge ? getpgrp() : -EDOM, t.seen);
			EXPECT_EQ(diverge ? getpgrp() : -EDOM, victim());
		}
		EXPECT_EXIT(0, pid);
	}
}

/* A child that calls victim() once and exits with 0 if that answered want. Filters are inherited. */
static pid_t caller(long want)
{
	pid_t pid = suite_clone(0);

	if (!pid)
		_exit(victim() == want ? 0 : 1);
	return pid;
}

SUITE_TEST(supervisor_answers_in_the_kernels_place,
	   .needs = "security.seccomp_user_notify",
	   .promise = "seccomp_unotify(2): SECCOMP_IOCTL_NOTIF_RECV, _SEND (val, error); EBUSY, ENOENT")
{
	CHILD(super, 0) {
		int fd = filter_call(VICTIM, RET_NOTIFY, FLAG_LISTENER);

		ASSERT_OK(fd);
		EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
		EXPECT_REFUSED(EBUSY, filter_call(VICTIM, RET_NOTIFY, FLAG_LISTENER));
		for (int deny = 0; deny < 2; deny++) {
			struct pollfd p = { .fd = fd, .events = POLLIN };
			struct notification n = { 0 };
			struct answer a = { .val = deny ? 0 : 123456, .error = deny ? -EXFULL : 0 };
			pid_t pid = caller(deny ? -EXFULL : 123456);

			ASSERT_OK(pid);
			ASSERT_EQ(1, poll(&p, 1, -1));
			ASSERT_SYS(ioctl(fd, NOTIF_RECV, &n));
			EXPECT_EQ(pid, (pid_t)n.pid);
			EXPECT_EQ(VICTIM, n.nr);
			EXPECT_EQ(0, ioctl(fd, NOTIF_ID_VALID, &n.id));
			a.id = n.id + 1;
			EXPECT_EQ(-1, ioctl(fd, NOTIF_SEND, &a));
			EXPECT_EQ(ENOENT, errno);
			a.id = n.id;
			EXPECT_EQ(0, ioctl(fd, NOTIF_SEND, &a));
			EXPECT_EXIT(0, pid);
			EXPECT_EQ(-1, ioctl(fd, NOTIF_ID_VALID, &n.id));
			EXPECT_EQ(ENOENT, errno);
		}
	}
	EXPECT_EXIT(0, super);
}

SUITE_TEST(supervisor_of_a_dead_caller_is_told,
	   .needs = "security.seccomp_user_notify",
	   .promise = "seccomp_unotify(2): SECCOMP_IOCTL_NOTIF_ID_VALID; ENOENT: the target has terminated")
{
	CHILD(super, 0) {
		int fd = filter_call(VICTIM, RET_NOTIFY, FLAG_LISTENER);
		struct notification n = { 0 };
		struct answer a = { 0 };
		pid_t pid;

		ASSERT_OK(fd);
		ASSERT_OK(pid = caller(0));
		ASSERT_SYS(ioctl(fd, NOTIF_RECV, &n));
		EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid));
		EXPECT_EQ(-1, ioctl(fd, NOTIF_ID_VALID, &n.id));
		EXPECT_EQ(ENOENT, errno);
		a.id = n.id;
		EXPECT_EQ(-1, ioctl(fd, NOTIF_SEND, &a));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EXIT(0, super);
}

SUITE_TEST(calls_without_a_supervisor_are_enosys,
	   .needs = "security.seccomp_user_notify",
	   .promise = "seccomp_unotify(2): the listening descriptor is closed: ENOSYS")
{
	CHILD(super, 0) {
		int fd = filter_call(VICTIM, RET_NOTIFY, FLAG_LISTENER);
		struct notification n = { 0 };
		struct suite_line line;
		pid_t pid;
		long seen;

		ASSERT_OK(fd);
		ASSERT_OK(suite_line(&line));
		ASSERT_OK(pid = suite_clone(0));
		if (!pid) {
			close(fd);	/* or it would be a supervisor of its own */
			suite_line_mine(&line, 1);
			suite_tell(&line, victim());
			_exit(0);
		}
		suite_line_mine(&line, 0);
		ASSERT_SYS(ioctl(fd, NOTIF_RECV, &n));
		close(fd);
		ASSERT_OK(suite_hear(&line, &seen));
		EXPECT_EQ(-ENOSYS, seen);	/* who waited */
		EXPECT_EXIT(0, pid);
		EXPECT_REFUSED(ENOSYS, victim());	/* who comes later */
	}
	EXPECT_EXIT(0, super);
}

SUITE_TEST(supervisor_gives_descriptors,
	   .needs = "security.seccomp_addfd",
	   .promise = "seccomp_unotify(2): SECCOMP_IOCTL_NOTIF_ADDFD (SECCOMP_ADDFD_FLAG_SETFD, newfd_flags); EINVAL")
{
	CHILD(super, 0) {
		int fd = filter_call(VICTIM, RET_NOTIFY, FLAG_LISTENER), p[2];
		struct notification n = { 0 };
		struct addfd add = { .flags = 1, .newfd = 200, .newfd_flags = O_CLOEXEC };
		struct answer a = { 0 };
		char text[4] = "";
		pid_t pid;

		ASSERT_OK(fd);
		ASSERT_OK(pid = suite_clone(0));
		if (!pid) {
			long got = victim();

			_exit(!(got >= 0 && fcntl(got, F_GETFD) == 0 && fcntl(200, F_GETFD) == FD_CLOEXEC &&
				write(200, "abc", 3) == 3));
		}
		ASSERT_SYS(pipe2(p, O_CLOEXEC));
		ASSERT_SYS(ioctl(fd, NOTIF_RECV, &n));
		add.id = n.id;
		add.srcfd = p[1];
		EXPECT_EQ(200, ioctl(fd, NOTIF_ADDFD, &add));
		add.flags = 0;		/* newfd without SETFD */
		EXPECT_EQ(-1, ioctl(fd, NOTIF_ADDFD, &add));
		EXPECT_EQ(EINVAL, errno);
		add.newfd = add.newfd_flags = 0;
		a.id = n.id;
		a.val = ioctl(fd, NOTIF_ADDFD, &add);	/* the number it has there */
		EXPECT_LE(0, a.val);
		ASSERT_SYS(ioctl(fd, NOTIF_SEND, &a));
		EXPECT_EXIT(0, pid);
		ASSERT_EQ(3, read(p[0], text, 3));
		EXPECT_STREQ("abc", text);
		EXPECT_EQ(-1, ioctl(fd, NOTIF_ADDFD, &add));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EXIT(0, super);
}

static volatile sig_atomic_t interrupted;

static void on_usr1(int sig)
{
	interrupted++;
}

SUITE_TEST(signals_interrupt_unless_only_kills_may,
	   .needs = "security.seccomp_user_notify",
	   .promise = "seccomp_unotify(2): Interaction with SA_RESTART; Documentation/userspace-api/seccomp_filter.rst: "
		      "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
{
	for (int killable = 0; killable < 2; killable++) {
		CHILD(super, 0) {
			int fd = filter_call(VICTIM, RET_NOTIFY,
					     FLAG_LISTENER | (killable ? FLAG_WAIT_KILLABLE : 0));
			struct notification n = { 0 };
			struct answer a = { .val = 99 };
			pid_t pid;

			if (killable && !suite_kernel(5, 19) && fd == -EINVAL)
				suite_child_exit(0);	/* commit c2aa2dfef243 (5.19) brought the flag */
			ASSERT_OK(fd);
			ASSERT_OK(pid = suite_clone(0));
			if (!pid) {
				struct sigaction sa = { .sa_handler = on_usr1 };
				long r;

				sigaction(SIGUSR1, &sa, NULL);
				r = victim();
				_exit(interrupted != 1 || r != (killable ? 99 : -EINTR));
			}
			ASSERT_SYS(ioctl(fd, NOTIF_RECV, &n));
			ASSERT_SYS(kill(pid, SIGUSR1));
			a.id = n.id;
			if (killable)
				EXPECT_EQ(0, ioctl(fd, NOTIF_SEND, &a));
			EXPECT_EXIT(0, pid);
		}
		EXPECT_EXIT(0, super);
	}
}
