// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/reboot.h>
#include <sys/syscall.h>

#include "ns_util.h"

SUITE("ns.pid_init", "kernel", "Process 1 of a PID namespace");

SUITE_TEST(unshare_moves_children_only,
	   .needs = "ns.pid ns.pid_for_children",
	   .promise = "pid_namespaces(7): setns(2) and unshare(2) semantics; namespaces(7)")
{
	CHILD(pid, 0) {
		char link[64] = "";
		uint64_t own = ns_id(0, "pid");
		pid_t number = getpid();

		EXPECT_EQ(own, ns_id(0, "pid_for_children"));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWPID));
		EXPECT_EQ(number, getpid());
		EXPECT_EQ(own, ns_id(0, "pid"));
		/*
		 * The manual page: without a value ("an empty buffer") before the first child. Since 7.1 it
		 * has one, so that another process can make that child (commit a3bdc23ba8ea).
		 */
		if (suite_kernel(7, 1)) {
			EXPECT_NE(0, ns_id(0, "pid_for_children"));
			EXPECT_NE(own, ns_id(0, "pid_for_children"));
		} else {
			EXPECT_GE(0, readlink("/proc/self/ns/pid_for_children", link, sizeof(link)));
		}
		/* Only once. */
		EXPECT_REFUSED(EINVAL, sys_unshare(SW_CLONE_NEWPID));
		CHILD(first, 0) {
			EXPECT_EQ(1, getpid());
			EXPECT_NE(own, ns_id(0, "pid"));
			kill(getpid(), SIGSTOP);	/* ignored: it is process 1 */
		}
		EXPECT_EXIT(0, first);
		EXPECT_EQ(own, ns_id(0, "pid"));
	}
	EXPECT_EXIT(0, pid);
}

/* Signals that came: number and sender, for the reader of a line. */
static struct suite_line *told;

static void tell_sender(int sig, siginfo_t *info, void *context)
{
	suite_tell(told, sig);
	suite_tell(told, info->si_pid);
}

static int heed(int sig, struct suite_line *line)
{
	struct sigaction sa = { .sa_sigaction = tell_sender, .sa_flags = SA_SIGINFO };

	told = line;
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

SUITE_TEST(senders_above_show_as_0,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7): The namespace init process (si_pid will be zero)")
{
	struct suite_line line;
	long value, sender = -1;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		suite_line_mine(&line, 1);
		ASSERT_OK(heed(SIGTERM, &line));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	/* With a handler it does arrive, also SIGTERM. */
	ASSERT_SYS(kill(pid, SIGTERM));
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_hear(&line, &sender));
	EXPECT_EQ(SIGTERM, value);
	EXPECT_EQ(0, sender);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(senders_and_children_show_by_their_number_here,
	   .needs = "ns.pid",
	   .promise = "sigaction(2): si_pid; pid_namespaces(7): Nesting PID namespaces")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		siginfo_t info = { 0 };
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigaddset(&set, SIGCHLD);
		ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
		/* A nested namespace: its process 1 is 2 here, its process 2 is 3 here. */
		CHILD(nested, SW_CLONE_NEWPID) {
			sigset_t one;

			sigemptyset(&one);
			sigaddset(&one, SIGUSR1);
			ASSERT_OK(heed(SIGUSR1, NULL));
			CHILD(second, 0) {
				EXPECT_EQ(2, getpid());
				EXPECT_EQ(0, kill(1, SIGUSR1));
			}
			EXPECT_EQ(SIGUSR1, sigwaitinfo(&one, &info));
			EXPECT_EQ(second, info.si_pid);
			EXPECT_EQ(2, info.si_pid);
			EXPECT_EXIT(0, second);
		}
		EXPECT_EQ(2, nested);
		/* Its end is told by its number here, by the signal as by waitid(2). */
		EXPECT_EQ(SIGCHLD, sigwaitinfo(&set, &info));
		EXPECT_EQ(2, info.si_pid);
		info.si_pid = 0;
		ASSERT_SYS(waitid(P_ALL, 0, &info, WEXITED));
		EXPECT_EQ(2, info.si_pid);
		EXPECT_EQ(0, info.si_status);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(stopped_and_continued_from_above,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7): The namespace init process (SIGSTOP is forcibly delivered)")
{
	struct ns_holder h;
	int status;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	ASSERT_SYS(kill(h.pid, SIGSTOP));
	ASSERT_EQ(h.pid, waitpid(h.pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	ASSERT_SYS(kill(h.pid, SIGCONT));
	ASSERT_EQ(h.pid, waitpid(h.pid, &status, WCONTINUED));
	EXPECT_TRUE(WIFCONTINUED(status));
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(signals_to_all_stay_inside,
	   .needs = "ns.pid",
	   .promise = "kill(2): pid -1; pid_namespaces(7): visible processes")
{
	struct ns_holder outside;

	ASSERT_OK(ns_hold(&outside, 0));
	CHILD(pid, SW_CLONE_NEWPID) {
		struct ns_holder victim;

		ASSERT_EQ(1, getpid());	/* never from anywhere else */
		ASSERT_OK(ns_hold(&victim, 0));
		CHILD(killer, 0) {
			/* Linux spares the caller and process 1. */
			EXPECT_EQ(0, kill(-1, SIGKILL));
		}
		EXPECT_EXIT(0, killer);
		EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_wait(victim.pid));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, kill(outside.pid, 0));
	EXPECT_EQ(0, ns_release(&outside));
}

SUITE_TEST(death_reaches_nested_namespaces,
	   .needs = "ns.pid ns.nested",
	   .promise = "pid_namespaces(7): The namespace init process (terminates all of the processes)")
{
	struct suite_line line;
	struct pollfd p = { .events = POLLIN };
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		suite_line_mine(&line, 1);
		CHILD(nested, SW_CLONE_NEWPID) {
			prctl(PR_SET_PDEATHSIG, 0);	/* it is the namespace that shall end it */
			CHILD(leaf, 0) {
				prctl(PR_SET_PDEATHSIG, 0);
				setsid();
				suite_tell(&line, getpid());
				suite_hear(&line, &value);
			}
			suite_hear(&line, &value);
		}
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(2, value);
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid));
	p.fd = line.fd[0];
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(-EPIPE, suite_hear(&line, &value));
}

SUITE_TEST(orphans_of_joiners_go_to_their_parents_init,
	   .needs = "ns.pid process.setns",
	   .promise = "pid_namespaces(7): Adoption of orphaned children")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		struct suite_line line;
		struct ns_holder h;
		long value;
		int below;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));	/* 2 here, 1 below */
		ASSERT_OK(suite_line(&line));
		/* /proc is the outermost's here, so the joiner unshares one of its own. */
		CHILD(joiner, SW_CLONE_NEWNS) {
			char path[PATH_MAX + 16];

			ASSERT_OK(sys_mount("proc", suite_scratch, "proc", 0, NULL));
			snprintf(path, sizeof(path), "%s/2/ns/pid", suite_scratch);
			below = open(path, O_RDONLY | O_CLOEXEC);
			ASSERT_SYS(below);
			ASSERT_OK(sys_setns(below, SW_CLONE_NEWPID));
			/* Not suite_clone(): its child dies with its parent. */
			fflush(NULL);
			if (!fork()) {
				suite_line_mine(&line, 1);
				EXPECT_EQ(2, getpid());
				EXPECT_EQ(0, getppid());
				ASSERT_OK(suite_tell(&line, 1));
				suite_hear(&line, &value);
				suite_child_exit(7);
			}
			suite_child_exit(0);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EXIT(0, joiner);
		ASSERT_OK(suite_tell(&line, 1));
		EXPECT_EQ(7, suite_wait(-1));	/* not its own namespace's process 1 reaps it */
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}

/* As in ns.pid.reboot_ends_the_namespace_only: the user namespace makes the trials safe. */
SUITE_TEST(reboot_by_any_process_ends_it,
	   .needs = "ns.pid ns.user", .unprivileged = true,
	   .promise = "reboot(2): Behavior inside PID namespaces (RESTART2: SIGHUP)")
{
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWUSER) {
		ASSERT_EQ(1, getpid());
		ASSERT_EQ(0, getppid());
		CHILD(other, 0) {
			sys_call(SYS_reboot, 0xfee1dead, 672274793, 0xa1b2c3d4, (long)"sw-test", 0, 0);
			suite_child_exit(3);	/* only reached if it did not work */
		}
		suite_child_exit(suite_wait(other));
	}
	EXPECT_EXIT(SUITE_KILLED(SIGHUP), pid);
}

SUITE_TEST(reboot_refuses_other_commands_and_the_unprivileged,
	   .needs = "ns.pid ns.user",
	   .promise = "reboot(2): Behavior inside PID namespaces (EINVAL); EPERM")
{
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWUSER) {
		ASSERT_EQ(1, getpid());
		EXPECT_EQ(-1, reboot(RB_DISABLE_CAD));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, reboot(RB_ENABLE_CAD));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EXIT(0, pid);
	ROOT_CHILD(plain, SW_CLONE_NEWPID) {
		ASSERT_EQ(1, getpid());
		ASSERT_OK(suite_become(5, 5));
		EXPECT_EQ(-1, reboot(RB_AUTOBOOT));
		EXPECT_EQ(EPERM, errno);
	}
	EXPECT_EXIT(0, plain);
}

SUITE_TEST(next_number_can_be_chosen,
	   .needs = "ns.pid checkpoint.ns_last_pid",
	   .promise = "pid_namespaces(7): /proc/sys/kernel/ns_last_pid")
{
	static const char path[] = "/proc/sys/kernel/ns_last_pid";

	CHILD(pid, SW_CLONE_NEWPID) {
		char text[32];

		ASSERT_OK(suite_read(path, text, sizeof(text)));
		EXPECT_STREQ("1", text);
		ASSERT_OK(suite_write("241", "%s", path));
		CHILD(child, 0) {
			EXPECT_EQ(242, getpid());
		}
		EXPECT_EQ(242, child);
		ASSERT_OK(suite_read(path, text, sizeof(text)));
		EXPECT_STREQ("242", text);
		EXPECT_EXIT(0, child);
		/* Per namespace: a new one starts at the beginning. */
		CHILD(nested, SW_CLONE_NEWPID) {
			ASSERT_OK(suite_read(path, text, sizeof(text)));
			EXPECT_STREQ("1", text);
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			EXPECT_REFUSED(EPERM, suite_write("300", "%s", path));
		}
		EXPECT_EXIT(0, nested);
	}
	EXPECT_EXIT(0, pid);
}
