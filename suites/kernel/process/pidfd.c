// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("process.pidfd", "kernel", "Descriptors of processes: whom they name, what they may do");

#define P_PIDFD_ 3

static int getfd(int pidfd, int fd, unsigned int flags)
{
	return sys_call(SYS_NR_pidfd_getfd, pidfd, fd, flags, 0, 0, 0);
}

static bool ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

SUITE_TEST(open_refuses_who_is_not_there,
	   .needs = "process.pidfd_open", .unprivileged = true,
	   .promise = "pidfd_open(2): ERRORS (EINVAL, ESRCH)")
{
	CHILD(pid, 0) {
	}
	EXPECT_EXIT(0, pid);
	EXPECT_REFUSED(ESRCH, sys_pidfd_open(pid, 0));
	EXPECT_REFUSED(EINVAL, sys_pidfd_open(0, 0));
	EXPECT_REFUSED(EINVAL, sys_pidfd_open(-1, 0));
	EXPECT_REFUSED(EINVAL, sys_pidfd_open(getpid(), 1));
}

struct told {
	struct suite_line line;
	pid_t tid;
};

static void *thread_main(void *arg)
{
	struct told *told = arg;
	long value;

	send(told->line.fd[1], (long[]){ syscall(SYS_gettid) }, sizeof(long), MSG_NOSIGNAL);
	recv(told->line.fd[1], &value, sizeof(value), MSG_WAITALL);
	return NULL;
}

SUITE_TEST(open_names_processes_not_threads,
	   .needs = "process.pidfd_open", .unprivileged = true,
	   .promise = "pidfd_open(2): pid must refer to a thread-group leader; ERRORS")
{
	struct told told;
	pthread_t thread;
	long tid = 0;
	int r;

	ASSERT_OK(suite_line(&told.line));
	ASSERT_EQ(0, pthread_create(&thread, NULL, thread_main, &told));
	ASSERT_EQ((ssize_t)sizeof(tid), recv(told.line.fd[0], &tid, sizeof(tid), MSG_WAITALL));
	EXPECT_NE(getpid(), tid);
	r = sys_pidfd_open(tid, 0);
	/* ENOENT on newer kernels: that it is no process is told from an argument that is wrong. */
	EXPECT_TRUE(r == -EINVAL || r == -ENOENT) TH_LOG("pidfd_open of a thread: %d", r);
	ASSERT_EQ((ssize_t)sizeof(tid), send(told.line.fd[0], &tid, sizeof(tid), MSG_NOSIGNAL));
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

SUITE_TEST(poll_tells_the_end_before_it_is_waited_for,
	   .needs = "process.pidfd_poll", .unprivileged = true,
	   .promise = "pidfd_open(2): poll(2), the descriptor is readable when the process terminates")
{
	struct pollfd p;
	struct ns_holder h;
	int fd, other;

	ASSERT_OK(ns_hold(&h, 0));
	ASSERT_OK(fd = sys_pidfd_open(h.pid, 0));
	ASSERT_OK(other = sys_pidfd_open(h.pid, 0));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_FALSE(ready(fd));
	suite_line_close(&h.line);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	ASSERT_EQ(1, poll(&p, 1, -1));
	EXPECT_TRUE(ready(other));	/* all who look are told, more than once */
	EXPECT_TRUE(ready(fd));
	EXPECT_EXIT(0, h.pid);
	EXPECT_TRUE(ready(fd));
	close(fd);
	close(other);
}

SUITE_TEST(wait_is_for_children,
	   .needs = "process.pidfd_wait", .unprivileged = true,
	   .promise = "waitid(2): P_PIDFD; ERRORS (ECHILD)")
{
	siginfo_t info = { 0 };
	struct ns_holder h;
	int fd, self;

	ASSERT_OK(ns_hold(&h, 0));
	ASSERT_OK(fd = sys_pidfd_open(h.pid, 0));
	EXPECT_EQ(0, waitid(P_PIDFD_, fd, &info, WEXITED | WNOHANG));
	EXPECT_EQ(0, info.si_pid);
	CHILD(sibling, 0) {
		EXPECT_EQ(-1, waitid(P_PIDFD_, fd, &info, WEXITED | WNOHANG));
		EXPECT_EQ(ECHILD, errno);
	}
	EXPECT_EXIT(0, sibling);
	ASSERT_OK(self = sys_pidfd_open(getpid(), 0));
	EXPECT_EQ(-1, waitid(P_PIDFD_, self, &info, WEXITED | WNOHANG));
	EXPECT_EQ(ECHILD, errno);
	EXPECT_EQ(-1, waitid(P_PIDFD_, h.line.fd[0], &info, WEXITED | WNOHANG));
	EXPECT_EQ(EBADF, errno);
	ASSERT_SYS(kill(h.pid, SIGKILL));
	EXPECT_EQ(0, waitid(P_PIDFD_, fd, &info, WEXITED));
	EXPECT_EQ(h.pid, info.si_pid);
	EXPECT_EQ(CLD_KILLED, info.si_code);
	EXPECT_EQ(SIGKILL, info.si_status);
	EXPECT_EQ(-1, waitid(P_PIDFD_, fd, &info, WEXITED));
	EXPECT_EQ(ECHILD, errno);
	suite_line_close(&h.line);
}

SUITE_TEST(nonblocking_ones_do_not_wait,
	   .needs = "process.pidfd_wait", .unprivileged = true,
	   .promise = "pidfd_open(2): PIDFD_NONBLOCK (since 5.10); waitid(2): EAGAIN")
{
	siginfo_t info = { 0 };
	struct ns_holder h;
	int fd;

	ASSERT_OK(ns_hold(&h, 0));
	fd = sys_pidfd_open(h.pid, O_NONBLOCK);
	if (!suite_kernel(5, 10) && fd < 0) {
		EXPECT_EQ(-EINVAL, fd);
	} else {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		ASSERT_OK(fd);
		EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
		EXPECT_EQ(-1, waitid(P_PIDFD_, fd, &info, WEXITED));
		EXPECT_EQ(EAGAIN, errno);
		ASSERT_SYS(kill(h.pid, SIGKILL));
		ASSERT_EQ(1, poll(&p, 1, -1));
		EXPECT_EQ(0, waitid(P_PIDFD_, fd, &info, WEXITED | WNOWAIT));
		EXPECT_EQ(h.pid, info.si_pid);
	}
	suite_line_close(&h.line);
	suite_wait(h.pid);
}

SUITE_TEST(signals_never_reach_a_successor,
	   .needs = "process.pidfd_open process.pidfd_send_signal process.clone3_set_tid ns.pid",
	   .promise = "pidfd_send_signal(2): ESRCH; NOTES, PID file descriptors (a recycled PID)")
{
	CHILD(init, SW_CLONE_NEWPID) {
		pid_t tid = 77;
		struct sys_clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&tid,
					       .set_tid_size = 1 };
		pid_t first, second;
		int fd;

		ASSERT_OK(first = sys_clone3(&args, sizeof(args)));
		if (!first)
			for (;;)
				pause();
		ASSERT_EQ(77, first);
		ASSERT_OK(fd = sys_pidfd_open(first, 0));
		EXPECT_OK(sys_pidfd_send_signal(fd, 0, NULL, 0));
		EXPECT_OK(sys_pidfd_send_signal(fd, SIGKILL, NULL, 0));
		EXPECT_EXIT(SUITE_KILLED(SIGKILL), first);
		EXPECT_REFUSED(ESRCH, sys_pidfd_send_signal(fd, 0, NULL, 0));
		ASSERT_OK(second = sys_clone3(&args, sizeof(args)));
		if (!second)
			for (;;)
				pause();
		ASSERT_EQ(77, second);
		EXPECT_EQ(0, kill(second, 0));
		EXPECT_REFUSED(ESRCH, sys_pidfd_send_signal(fd, SIGKILL, NULL, 0));
		EXPECT_EQ(0, waitpid(second, NULL, WNOHANG));
		EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(second));
	}
	EXPECT_EXIT(0, init);
}

SUITE_TEST(signals_need_permission,
	   .needs = "process.pidfd_open process.pidfd_send_signal",
	   .promise = "pidfd_send_signal(2): EPERM, EINVAL, EBADF; kill(2)")
{
	struct ns_holder h;
	int fd;

	ASSERT_OK(ns_hold(&h, 0));
	ASSERT_OK(fd = sys_pidfd_open(h.pid, 0));
	EXPECT_REFUSED(EINVAL, sys_pidfd_send_signal(fd, 0, NULL, 1U << 31));
	EXPECT_REFUSED(EINVAL, sys_pidfd_send_signal(fd, 65, NULL, 0));
	EXPECT_REFUSED(EBADF, sys_pidfd_send_signal(h.line.fd[0], 0, NULL, 0));
	CHILD(user, 0) {
		ASSERT_OK(suite_become_ordinary());
		EXPECT_REFUSED(EPERM, sys_pidfd_send_signal(fd, SIGKILL, NULL, 0));
	}
	EXPECT_EXIT(0, user);
	EXPECT_EQ(0, ns_release(&h));	/* it lives, and ends by itself */
	close(fd);
}

SUITE_TEST(signals_carry_what_the_sender_says_of_itself,
	   .needs = "process.pidfd_open process.pidfd_send_signal", .unprivileged = true,
	   .promise = "pidfd_send_signal(2): info, as rt_sigqueueinfo(2) (EPERM for a si_code of the kernel's)")
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE }, seen;
	struct ns_holder h;
	sigset_t set;
	int self, fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_OK(self = sys_pidfd_open(getpid(), 0));
	info.si_pid = getpid();
	info.si_value.sival_int = 4711;
	ASSERT_OK(sys_pidfd_send_signal(self, SIGUSR1, &info, 0));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &seen));
	EXPECT_EQ(SI_QUEUE, seen.si_code);
	EXPECT_EQ(4711, seen.si_value.sival_int);
	EXPECT_REFUSED(EINVAL, sys_pidfd_send_signal(self, SIGUSR2, &info, 0));

	ASSERT_OK(ns_hold(&h, 0));
	ASSERT_OK(fd = sys_pidfd_open(h.pid, 0));
	info.si_code = SI_USER;		/* would claim to be kill(2) by somebody */
	EXPECT_REFUSED(EPERM, sys_pidfd_send_signal(fd, SIGUSR1, &info, 0));
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(getfd_shares_the_open_file,
	   .needs = "process.pidfd_getfd",
	   .promise = "pidfd_getfd(2): the same open file description, close-on-exec; EBADF, EINVAL, ESRCH, EPERM")
{
	char path[PATH_MAX + 16];
	struct ns_holder h;
	int file, pidfd, got;

	snprintf(path, sizeof(path), "%s/file", suite_scratch);
	file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	ASSERT_LE(0, file);
	ASSERT_OK(ns_hold(&h, 0));
	ASSERT_OK(pidfd = sys_pidfd_open(h.pid, 0));
	got = getfd(pidfd, file, 0);
	ASSERT_OK(got);
	EXPECT_EQ(FD_CLOEXEC, fcntl(got, F_GETFD));
	ASSERT_EQ(42, lseek(got, 42, SEEK_SET));
	EXPECT_EQ(42, lseek(file, 0, SEEK_CUR));	/* the holder's is a fork's copy of ours */
	EXPECT_REFUSED(EBADF, getfd(pidfd, 1000, 0));
	EXPECT_REFUSED(EINVAL, getfd(pidfd, file, 1));
	EXPECT_REFUSED(EBADF, getfd(file, file, 0));
	CHILD(user, 0) {
		ASSERT_OK(suite_become_ordinary());
		EXPECT_REFUSED(EPERM, getfd(pidfd, file, 0));
	}
	EXPECT_EXIT(0, user);
	EXPECT_EQ(0, ns_release(&h));
	EXPECT_REFUSED(ESRCH, getfd(pidfd, file, 0));
}

SUITE_TEST(fdinfo_names_the_process_in_each_namespace,
	   .needs = "process.pidfd_open ns.pid",
	   .promise = "Documentation/filesystems/proc.rst: fdinfo; pidfd_open(2), proc_pid_fdinfo(5): Pid, NSpid")
{
	char path[64], text[1024], want[64], *at;
	struct ns_holder h;
	long pid = 0;
	int fd;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	ASSERT_OK(fd = sys_pidfd_open(h.pid, 0));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ASSERT_OK(suite_read_key(path, "Pid:", &pid));
	EXPECT_EQ(h.pid, pid);
	ASSERT_LT(0, suite_read(path, text, sizeof(text)));
	snprintf(want, sizeof(want), "%d\t1", (int)h.pid);
	at = strstr(text, "NSpid:");
	ASSERT_NE(NULL, at);
	EXPECT_NE(NULL, strstr(at, want)) TH_LOG("%s", at);
	EXPECT_EQ(0, ns_release(&h));
	ASSERT_OK(suite_read_key(path, "Pid:", &pid));
	EXPECT_EQ(-1, pid);
	close(fd);
}
