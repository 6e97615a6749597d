// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("process.clone3", "kernel", "What clone3(2) takes and refuses, and what its child is");

#define CLEAR_SIGHAND 0x100000000ULL	/* 5.5, like set_tid */

/* A fork(2) by clone3. The child is set up as those of suite_clone(). */
static pid_t fork3(struct sys_clone_args *args, size_t size)
{
	pid_t pid;

	fflush(NULL);
	pid = sys_clone3(args, size);
	if (!pid) {
		suite_is_child = true;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return pid;
}

/* One that must be refused. If it is not, the child ends at once and is waited for. */
static int refusal(struct sys_clone_args *args, size_t size)
{
	pid_t pid = fork3(args, size);

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
	return pid;
}

SUITE_TEST(sizes_are_those_of_known_structures,
	   .needs = "process.clone3", .unprivileged = true,
	   .promise = "Documentation/process/adding-syscalls.rst: Planning for Extension; clone(2): clone3() (size)")
{
	union {
		struct sys_clone_args args;
		char bytes[2 << 16];
	} *big = calloc(1, sizeof(*big));
	pid_t pid;

	ASSERT_NE(NULL, big);
	big->args.exit_signal = SIGCHLD;
	EXPECT_REFUSED(EINVAL, refusal(&big->args, 0));
	EXPECT_REFUSED(EINVAL, refusal(&big->args, 63));	/* CLONE_ARGS_SIZE_VER0 is 64 */
	EXPECT_REFUSED(E2BIG, refusal(&big->args, sizeof(*big)));
	/* A structure that is younger than the kernel: right as long as what is unknown is zero. */
	pid = fork3(&big->args, 1024);
	if (!pid)
		_exit(7);
	EXPECT_EXIT(7, pid);
	big->bytes[1023] = 1;
	EXPECT_REFUSED(E2BIG, refusal(&big->args, 1024));
	EXPECT_OK(pid = fork3(&big->args, 64));
	if (!pid)
		_exit(8);
	EXPECT_EXIT(8, pid);
	free(big);
}

SUITE_TEST(contradictions_are_refused,
	   .needs = "process.clone3_set_tid", .unprivileged = true,
	   .promise = "clone(2): ERRORS (EINVAL)")
{
	static char stack[4096] __attribute__((aligned(16)));
	const struct {
		const char *text;
		struct sys_clone_args args;
	} rows[] = {
		{ "unknown flag", { .flags = 1ULL << 63, .exit_signal = SIGCHLD } },
		{ "signal in flags", { .flags = SIGCHLD } },
		{ "CLONE_DETACHED", { .flags = 0x00400000, .exit_signal = SIGCHLD } },
		{ "signal 65", { .exit_signal = 65 } },
		{ "signal 2^32 + SIGCHLD", { .exit_signal = 1ULL << 32 | SIGCHLD } },
		{ "stack without a size", { .exit_signal = SIGCHLD, .stack = (uintptr_t)stack } },
		{ "size without a stack", { .exit_signal = SIGCHLD, .stack_size = sizeof(stack) } },
		{ "CLONE_SIGHAND without CLONE_VM", { .flags = CLONE_SIGHAND, .exit_signal = SIGCHLD } },
		{ "CLONE_SIGHAND and CLONE_CLEAR_SIGHAND",
		  { .flags = CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, .stack = (uintptr_t)stack,
		    .stack_size = sizeof(stack) } },
		{ "CLONE_THREAD with an exit signal",
		  { .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD,
		    .stack = (uintptr_t)stack, .stack_size = sizeof(stack) } },
		{ "set_tid without a size", { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)stack } },
		{ "set_tid_size without an array", { .exit_signal = SIGCHLD, .set_tid_size = 1 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sys_clone_args args = rows[i].args;

		/* Should one with a stack be made, it runs on a word that is no address, and dies of it. */
		EXPECT_EQ(-EINVAL, refusal(&args, sizeof(args))) TH_LOG("%s", rows[i].text);
	}
}

SUITE_TEST(exit_signal_is_the_one_named,
	   .needs = "process.clone3", .unprivileged = true,
	   .promise = "clone(2): The child termination signal; wait(2): __WCLONE")
{
	struct sys_clone_args args = { .exit_signal = SIGUSR1 };
	struct timespec none = { 0 };
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_OK(pid = fork3(&args, sizeof(args)));
	if (!pid)
		_exit(3);
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	EXPECT_EQ(pid, info.si_pid);
	EXPECT_EQ(3, info.si_status);
	/* It is a "clone child": a plain wait does not see it. */
	EXPECT_EQ(-1, waitpid(pid, NULL, 0));
	EXPECT_EQ(ECHILD, errno);
	EXPECT_EQ(pid, waitpid(pid, NULL, __WCLONE));

	args.exit_signal = 0;
	ASSERT_OK(pid = fork3(&args, sizeof(args)));
	if (!pid)
		_exit(0);
	EXPECT_EQ(pid, waitpid(pid, NULL, __WALL));
	EXPECT_EQ(-1, sigtimedwait(&set, &info, &none));
	EXPECT_EQ(EAGAIN, errno);
}

SUITE_TEST(pidfd_is_of_the_child,
	   .needs = "process.clone3 process.pidfd_poll process.pidfd_send_signal", .unprivileged = true,
	   .promise = "clone(2): CLONE_PIDFD (placed at pidfd, close-on-exec); pidfd_open(2): poll")
{
	int fd = -1;
	struct sys_clone_args args = { .flags = SW_CLONE_PIDFD, .pidfd = (uintptr_t)&fd,
				       .exit_signal = SIGCHLD };
	struct pollfd p;
	char path[64];
	long shown = 0;
	pid_t pid;

	ASSERT_OK(pid = fork3(&args, sizeof(args)));
	if (!pid)
		for (;;)
			pause();
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	EXPECT_OK(suite_read_key(path, "Pid:", &shown));
	EXPECT_EQ(pid, shown);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	EXPECT_EQ(0, poll(&p, 1, 0));
	EXPECT_OK(sys_pidfd_send_signal(fd, SIGKILL, NULL, 0));
	EXPECT_EQ(1, poll(&p, 1, -1));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid);
}

static void handler(int sig)
{
}

SUITE_TEST(clear_sighand_forgets_handlers_only,
	   .needs = "process.clone3_set_tid", .unprivileged = true,
	   .promise = "clone(2): CLONE_CLEAR_SIGHAND (all handled signals are reset; ignored ones stay)")
{
	struct sys_clone_args args = { .flags = CLEAR_SIGHAND, .exit_signal = SIGCHLD };

	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	for (int cleared = 0; cleared < 2; cleared++) {
		pid_t pid;

		args.flags = cleared ? CLEAR_SIGHAND : 0;
		ASSERT_OK(pid = fork3(&args, sizeof(args)));
		if (!pid) {
			struct sigaction a, b;

			sigaction(SIGUSR1, NULL, &a);
			sigaction(SIGUSR2, NULL, &b);
			_exit((a.sa_handler == SIG_DFL) | (a.sa_handler == handler) << 1 |
			      (b.sa_handler == SIG_IGN) << 2);
		}
		EXPECT_EXIT(4 | (cleared ? 1 : 2), pid);
	}
}

SUITE_TEST(set_tid_chooses_in_each_namespace,
	   .needs = "process.clone3_set_tid ns.pid",
	   .promise = "clone(2): The set_tid array")
{
	CHILD(init, SW_CLONE_NEWPID) {
		pid_t tids[2] = { 1, 4321 };	/* innermost first */
		struct sys_clone_args args = { .flags = SW_CLONE_NEWPID, .exit_signal = SIGCHLD,
					       .set_tid = (uintptr_t)tids, .set_tid_size = 2 };
		pid_t pid = fork3(&args, sizeof(args));

		ASSERT_OK(pid);
		if (!pid)
			_exit(getpid() == 1 ? 0 : 1);
		EXPECT_EQ(4321, pid);
		EXPECT_EXIT(0, pid);
		/* Without a choice the next one follows the last that was given. */
		args = (struct sys_clone_args){ .exit_signal = SIGCHLD };
		ASSERT_OK(pid = fork3(&args, sizeof(args)));
		if (!pid)
			_exit(0);
		EXPECT_NE(4321, pid);
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EXIT(0, init);
}

SUITE_TEST(set_tid_is_refused_where_it_cannot_be,
	   .needs = "process.clone3_set_tid ns.pid",
	   .promise = "clone(2): ERRORS (EEXIST, EINVAL: set_tid), The set_tid array (EPERM)")
{
	CHILD(init, SW_CLONE_NEWPID) {
		pid_t tids[33] = { 1 };
		struct sys_clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)tids,
					       .set_tid_size = 1 };

		EXPECT_REFUSED(EEXIST, refusal(&args, sizeof(args)));
		tids[0] = 0;
		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
		tids[0] = -1;
		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
		tids[0] = 0x7fffffff;
		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
		for (size_t i = 0; i < ARRAY_SIZE(tids); i++)
			tids[i] = 50;
		args.set_tid_size = 33;		/* namespaces nest 32 deep */
		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
		/* The first of a pid namespace is 1 and nothing else. */
		args.set_tid_size = 1;
		args.flags = SW_CLONE_NEWPID;
		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
		args.flags = 0;
		CHILD(user, 0) {
			ASSERT_OK(suite_become_ordinary());
			EXPECT_REFUSED(EPERM, refusal(&args, sizeof(args)));
		}
		EXPECT_EXIT(0, user);
	}
	EXPECT_EXIT(0, init);
}

SUITE_TEST(tids_are_stored_where_asked,
	   .needs = "process.clone3 ns.pid",
	   .promise = "clone(2): CLONE_PARENT_SETTID, CLONE_CHILD_SETTID")
{
	pid_t in_parent = 0, in_child = 0;
	struct sys_clone_args args = { .flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SW_CLONE_NEWPID,
				       .parent_tid = (uintptr_t)&in_parent, .exit_signal = SIGCHLD,
				       .child_tid = (uintptr_t)&in_child };
	pid_t pid = fork3(&args, sizeof(args));

	ASSERT_OK(pid);
	if (!pid)
		_exit(*(volatile pid_t *)&in_child == 1 ? 0 : 1);	/* as it sees itself */
	EXPECT_EQ(pid, in_parent);
	EXPECT_EQ(0, in_child);		/* that was the child's memory */
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(clone_parent_makes_a_sibling,
	   .needs = "process.clone3 ns.pid",
	   .promise = "clone(2): CLONE_PARENT (the parent is the caller's; not by init)")
{
	struct suite_line line;
	long sibling = 0;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		struct sys_clone_args args = { .flags = CLONE_PARENT };
		pid_t parent = getppid(), made = fork3(&args, sizeof(args));

		ASSERT_OK(made);
		if (!made)
			_exit(getppid() == parent ? 4 : 5);
		suite_line_mine(&line, 1);
		EXPECT_OK(suite_tell(&line, made));
		EXPECT_EQ(-1, waitpid(made, NULL, __WALL));
		EXPECT_EQ(ECHILD, errno);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &sibling));
	EXPECT_EXIT(0, pid);
	EXPECT_EXIT(4, sibling);
	CHILD(init, SW_CLONE_NEWPID) {
		struct sys_clone_args args = { .flags = CLONE_PARENT };

		EXPECT_REFUSED(EINVAL, refusal(&args, sizeof(args)));
	}
	EXPECT_EXIT(0, init);
}
