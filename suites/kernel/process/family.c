// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("process.family", "kernel", "Who adopts orphans, who hears of deaths, what is closed and compared");

/*
 * The grandchild of G, in it: wait until G, our parent, has ended (it says so through its end of a
 * pipe and is then waited for by whom it is a child of), and tell whose child we are now.
 */
static void orphan_main(struct suite_line *line, int gone)
{
	struct pollfd p = { .fd = gone, .events = POLLIN };

	suite_line_mine(line, 1);
	poll(&p, 1, -1);
	suite_tell(line, getppid());
	_exit(0);
}

/* Make a child and by it an orphan, which tells through line whose child it is. 0 or -errno. */
static int make_orphan(struct suite_line *line)
{
	pid_t g;

	fflush(NULL);
	g = fork();
	if (g < 0)
		return -errno;
	if (!g) {
		int self = sys_pidfd_open(getpid(), 0);
		pid_t orphan = self < 0 ? -1 : fork();

		if (!orphan)
			orphan_main(line, self);
		_exit(orphan < 0);
	}
	return suite_wait(g) ? -ECHILD : 0;
}

SUITE_TEST(nearest_subreaper_adopts,
	   .needs = "process.subreaper process.pidfd_poll", .unprivileged = true,
	   .promise = "PR_SET_CHILD_SUBREAPER(2const): the nearest living ancestor subreaper")
{
	ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	CHILD(near, 0) {
		struct suite_line line;
		long parent = 0;

		ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
		ASSERT_OK(suite_line(&line));
		ASSERT_OK(make_orphan(&line));
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &parent));
		EXPECT_EQ(getpid(), parent);
		EXPECT_LT(0, wait(NULL));	/* it is ours to reap */
	}
	EXPECT_EXIT(0, near);
}

SUITE_TEST(subreaper_is_not_inherited_and_can_be_given_up,
	   .needs = "process.subreaper process.pidfd_poll", .unprivileged = true,
	   .promise = "PR_SET_CHILD_SUBREAPER(2const): not inherited by children; PR_GET_CHILD_SUBREAPER(2const)")
{
	pid_t me = getpid();

	ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int given_up = 0; given_up < 2; given_up++) {
		CHILD(child, 0) {
			struct suite_line line;
			long parent = 0;
			int on = 7;

			if (given_up) {
				ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
				ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 0));
			}
			ASSERT_SYS(prctl(PR_GET_CHILD_SUBREAPER, &on));
			EXPECT_EQ(0, on);
			ASSERT_OK(suite_line(&line));
			ASSERT_OK(make_orphan(&line));
			suite_line_mine(&line, 0);
			ASSERT_OK(suite_hear(&line, &parent));
			EXPECT_EQ(me, parent);
			EXPECT_EQ(-1, wait(NULL));
		}
		EXPECT_EXIT(0, child);
		EXPECT_LT(0, wait(NULL));
	}
}

SUITE_TEST(subreaper_stays_across_exec,
	   .needs = "process.subreaper process.pidfd_poll", .unprivileged = true,
	   .promise = "PR_SET_CHILD_SUBREAPER(2const): the setting is preserved across execve(2)")
{
	struct suite_line line;
	long parent = 0;
	int execed[2];
	pid_t reaper;

	ASSERT_OK(suite_line(&line));
	ASSERT_SYS(pipe2(execed, O_CLOEXEC));
	ASSERT_OK(reaper = suite_clone(0));
	if (!reaper) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		if (!fork()) {		/* that will leave an orphan to a program that knows of nothing */
			struct pollfd p = { .fd = execed[0], .events = 0 };
			int self = sys_pidfd_open(getpid(), 0);

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(execed[1]);
			poll(&p, 1, -1);	/* POLLHUP: the exec has closed the other end */
			if (!fork())
				orphan_main(&line, self);
			_exit(0);
		}
		execl("/proc/self/exe", "seaworthy", "inside", "sleep", NULL);
		_exit(121);
	}
	close(execed[1]);
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &parent));
	EXPECT_EQ(reaper, parent);
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(reaper));
}

SUITE_TEST(parent_death_signal_comes_and_is_not_inherited,
	   .needs = "process.subreaper", .unprivileged = true,
	   .promise = "PR_SET_PDEATHSIG(2const): cleared for the child of a fork(2); EINVAL")
{
	struct suite_line line;
	pid_t me = getpid();
	long told = 0;

	ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	EXPECT_EQ(-1, prctl(PR_SET_PDEATHSIG, 65));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_OK(suite_line(&line));
	CHILD(parent, 0) {
		struct suite_line ready;
		sigset_t set;
		long value;
		pid_t child;

		ASSERT_OK(suite_line(&ready));
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
		ASSERT_OK(child = fork());
		if (!child) {
			siginfo_t info;
			int sig = 9;

			prctl(PR_GET_PDEATHSIG, &sig);	/* the parent has SIGKILL */
			if (sig)
				_exit(1);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			suite_line_mine(&ready, 1);
			suite_tell(&ready, 1);
			suite_line_mine(&line, 1);
			if (sigwaitinfo(&set, &info) == SIGUSR1)
				suite_tell(&line, getppid());
			_exit(0);
		}
		suite_line_mine(&ready, 0);
		ASSERT_OK(suite_hear(&ready, &value));
	}
	EXPECT_EXIT(0, parent);
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &told));
	EXPECT_EQ(me, told);
	EXPECT_LT(0, wait(NULL));
}

SUITE_TEST(close_range_closes_these_and_no_other,
	   .needs = "process.close_range", .unprivileged = true,
	   .promise = "close_range(2): DESCRIPTION (inclusive); EINVAL")
{
	CHILD(pid, 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		ASSERT_LE(0, null);
		for (int fd = 100; fd < 110; fd++)
			ASSERT_SYS(dup3(null, fd, O_CLOEXEC));
		EXPECT_REFUSED(EINVAL, sys_close_range(105, 104, 0));
		EXPECT_REFUSED(EINVAL, sys_close_range(102, 104, 1U << 31));
		EXPECT_OK(sys_close_range(102, 104, 0));
		for (int fd = 100; fd < 110; fd++) {
			EXPECT_EQ(fd >= 102 && fd <= 104, fcntl(fd, F_GETFD) < 0) TH_LOG("%d", fd);
		}
		EXPECT_OK(sys_close_range(106, ~0U, 0));
		EXPECT_EQ(-1, fcntl(109, F_GETFD));
		EXPECT_LE(0, fcntl(105, F_GETFD));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(close_range_can_mark_instead,
	   .needs = "process.cloexec_range", .unprivileged = true,
	   .promise = "close_range(2): CLOSE_RANGE_CLOEXEC (since Linux 5.11)")
{
	CHILD(pid, 0) {
		int null = open("/dev/null", O_RDONLY);

		for (int fd = 100; fd < 110; fd++)
			ASSERT_SYS(dup2(null, fd));
		EXPECT_OK(sys_close_range(103, 105, 4));
		for (int fd = 100; fd < 110; fd++) {
			EXPECT_EQ(fd >= 103 && fd <= 105 ? FD_CLOEXEC : 0, fcntl(fd, F_GETFD)) TH_LOG("%d", fd);
		}
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(close_range_spares_who_shares_the_table,
	   .needs = "process.close_range process.clone3", .unprivileged = true,
	   .promise = "close_range(2): CLOSE_RANGE_UNSHARE")
{
	CHILD(outer, 0) {
		struct sys_clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		ASSERT_LE(0, null);
		for (int unshare = 1; unshare >= 0; unshare--) {	/* first the one that changes nothing */
			pid_t pid;

			ASSERT_SYS(dup3(null, 100, O_CLOEXEC));
			ASSERT_OK(pid = sys_clone3(&args, sizeof(args)));
			if (!pid)
				_exit(sys_close_range(100, 100, unshare ? 2 : 0) ? 1 : fcntl(100, F_GETFD) >= 0);
			EXPECT_EXIT(0, pid);
			EXPECT_EQ(unshare, fcntl(100, F_GETFD) >= 0);
		}
	}
	EXPECT_EXIT(0, outer);
}

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return sys_call(SYS_NR_kcmp, a, b, type, x, y, 0);
}

SUITE_TEST(kcmp_tells_what_is_shared,
	   .needs = "process.kcmp process.clone3",
	   .promise = "kcmp(2): KCMP_FILE, KCMP_FILES, KCMP_VM; the order of kernel pointers; EPERM, EBADF, EINVAL, ESRCH")
{
	enum { FILE_ = 0, VM = 1, FILES = 2 };
	int a = open("/dev/null", O_RDONLY | O_CLOEXEC), b = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int c = fcntl(a, F_DUPFD_CLOEXEC, 0);
	pid_t me = getpid();
	struct ns_holder h;
	long order;

	ASSERT_LE(0, c);
	EXPECT_EQ(0, kcmp(me, me, FILE_, a, c));
	order = kcmp(me, me, FILE_, a, b);
	EXPECT_TRUE(order == 1 || order == 2) TH_LOG("order %ld", order);
	EXPECT_EQ(3 - order, kcmp(me, me, FILE_, b, a));
	EXPECT_REFUSED(EBADF, kcmp(me, me, FILE_, a, 1000));
	EXPECT_REFUSED(EINVAL, kcmp(me, me, 100, 0, 0));
	ASSERT_OK(ns_hold(&h, 0));
	EXPECT_EQ(0, kcmp(me, h.pid, FILE_, a, a));
	EXPECT_LT(0, kcmp(me, h.pid, VM, 0, 0));
	EXPECT_LT(0, kcmp(me, h.pid, FILES, 0, 0));
	CHILD(user, 0) {
		ASSERT_OK(suite_become_ordinary());
		EXPECT_REFUSED(EPERM, kcmp(getpid(), h.pid, VM, 0, 0));
	}
	EXPECT_EXIT(0, user);
	EXPECT_EQ(0, ns_release(&h));
	EXPECT_REFUSED(ESRCH, kcmp(me, h.pid, VM, 0, 0));
}
