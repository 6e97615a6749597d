// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the runner: each misbehaves in one way, and tests/py/test_suites.py checks the
 * verdict. Group "selftest": never listed or run unless asked for.
 */
#include "suite.h"

#include <mqueue.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "suite_net.h"

SUITE("selftest.runner", "selftest", "Misbehaviour that the runner must judge");

SUITE_TEST(passes, .promise = "seaworthy-test(1)")
{
	EXPECT_EQ(1, 1);
}

SUITE_TEST(fails, .promise = "seaworthy-test(1)")
{
	EXPECT_EQ(1, 2);
	printf("goes on after EXPECT\n");
}

SUITE_TEST(fails_by_assertion, .promise = "seaworthy-test(1)")
{
	ASSERT_EQ(1, 2);
	printf("never printed\n");
}

SUITE_TEST(fails_in_child, .promise = "seaworthy-test(1)")
{
	CHILD(pid, 0) {
		ASSERT_STREQ("a", "b");
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(crashes, .promise = "seaworthy-test(1)")
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

SUITE_TEST(aborts, .promise = "seaworthy-test(1)")
{
	abort();
}

SUITE_TEST(hangs, .promise = "seaworthy-test(1)", .timeout_s = 1)
{
	CHILD(pid, 0) {
		setsid();
		for (;;)
			pause();
	}
	for (;;)
		pause();
}

SUITE_TEST(exits_early, .promise = "seaworthy-test(1)")
{
	exit(0);
}

SUITE_TEST(child_returns_from_body, .promise = "seaworthy-test(1)")
{
	CHILD(pid, 0) {
		return;
	}
	EXPECT_EXIT(0, pid);
	EXPECT_TRUE(false);
}

SUITE_TEST(leaks_mount, .needs = "ns.mnt", .promise = "seaworthy-test(1)")
{
	ASSERT_OK(sys_mount("sw-test-leak", suite_scratch, "tmpfs", 0, "size=64k"));
}

SUITE_TEST(leaks_process, .promise = "seaworthy-test(1)")
{
	struct suite_line line;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		/* A daemon: its own session, its parent gone, as far from the test as it gets. */
		long go;

		if (!fork()) {
			suite_line_mine(&line, 1);
			setsid();
			suite_tell(&line, 1);
			for (;;)
				pause();
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &go));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(leaks_network_device, .needs = "ns.net net.veth", .promise = "seaworthy-test(1)")
{
	ASSERT_OK(suite_net_veth("sw-leak", "sw-leak2", 0));
}

SUITE_TEST(leaks_shared_memory, .needs = "ns.ipc ipc.sysv", .promise = "seaworthy-test(1)")
{
	ASSERT_SYS(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
}

SUITE_TEST(leaks_sysv_queue, .needs = "ns.ipc ipc.sysv", .promise = "seaworthy-test(1)")
{
	ASSERT_SYS(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
}

SUITE_TEST(leaks_semaphores, .needs = "ns.ipc ipc.sysv", .promise = "seaworthy-test(1)")
{
	ASSERT_SYS(semget(IPC_PRIVATE, 1, IPC_CREAT | 0600));
}

SUITE_TEST(leaks_posix_queue, .needs = "ns.ipc ipc.mqueue", .promise = "seaworthy-test(1)")
{
	ASSERT_SYS(mq_open("/sw-leak", O_CREAT | O_RDWR | O_CLOEXEC, 0600, NULL));
}

/* Like the OOM killer that takes the wrong one. */
SUITE_TEST(kills_its_runner, .promise = "seaworthy-test(1)")
{
	kill(getppid(), SIGKILL);
	for (;;)
		pause();
}

SUITE_TEST(prints_raw_results, .promise = "seaworthy-test(1)")
{
	printf("ok 1 forged\nnot ok 2 forged # SKIP\n1..7\nKTAP version 1\n  \x1b[31mred\r\n# bare\n");
	fprintf(stderr, "Bail out! no newline at the end");
	EXPECT_TRUE(false);
}

SUITE_TEST(floods, .promise = "seaworthy-test(1)")
{
	for (int i = 0; i < 20000; i++)
		printf("line %d of a flood that the runner must not choke on\n", i);
}

SUITE_TEST(has_a_terminal, .promise = "seaworthy-test(1)")
{
	int pgrp = 0;

	EXPECT_TRUE(isatty(0));
	EXPECT_FALSE(isatty(1));
	EXPECT_EQ(getpid(), getsid(0));
	ASSERT_SYS(ioctl(0, TIOCGPGRP, &pgrp));
	EXPECT_EQ(getpid(), pgrp);
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	ASSERT_SYS(fd);
	EXPECT_EQ(6, write(fd, "hello\n", 6));
	close(fd);
}

SUITE_TEST(says_absent_what_works, .promise = "seaworthy-test(1)")
{
	ABSENT("ns.uts", "a lie");
}

SUITE_TEST(skips_by_itself, .promise = "seaworthy-test(1)")
{
	SKIP(return, "because I say so");
}

SUITE_TEST(leaves_group_and_files, .needs = "cgroup.v1.freezer", .promise = "seaworthy-test(1)")
{
	struct suite_cgroup cg, below;
	char path[PATH_MAX + 8];

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	ASSERT_OK(suite_cgroup_child(&below, &cg, "below", NULL));
	printf("%s\n", cg.path);
	snprintf(path, sizeof(path), "%s/dir", suite_scratch);
	ASSERT_SYS(mkdir(path, 0700));
}

SUITE_TEST(hangs_frozen, .needs = "cgroup.v1.freezer", .promise = "seaworthy-test(1)", .timeout_s = 1)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	CHILD(pid, 0) {
		for (;;)
			pause();
	}
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(suite_cgroup_write(&cg, "freezer.state", "FROZEN"));
	suite_wait(pid);
}

SUITE_TEST(needs_unknown_feature, .promise = "seaworthy-test(1)", .needs = "no.such_feature")
{
}

/* aufs never was in mainline: a skip for proven absence. */
SUITE_TEST(needs_what_mainline_never_had, .promise = "seaworthy-test(1)", .needs = "fs.aufs")
{
	EXPECT_TRUE(false);
}
