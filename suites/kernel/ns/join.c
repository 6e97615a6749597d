// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <pthread.h>
#include <sys/socket.h>

#include "ns_util.h"

SUITE("ns.join", "kernel", "Joining namespaces: setns(2) by file and by pidfd");

SUITE_TEST(caller_moves_into_each_kind,
	   .needs = "ns.setns ns.cgroup ns.ipc ns.mnt ns.net ns.user ns.uts",
	   .promise = "setns(2): fd refers to a /proc/pid/ns/ link; namespaces(7): /proc/pid/ns/")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, NS_ALL_BUT_TIME & ~SW_CLONE_NEWPID));
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		const char *name = ns_kinds[i].name;

		if (ns_kinds[i].flag == SW_CLONE_NEWPID)
			continue;
		CHILD(guest, 0) {
			uint64_t target = ns_id(h.pid, name);
			int fd = suite_ns_open(h.pid, name);

			ASSERT_OK(fd);
			EXPECT_NE(target, ns_id(0, name));
			ASSERT_OK(sys_setns(fd, i % 2 ? (int)ns_kinds[i].flag : 0));
			/* In another mount namespace /proc is its own: the same, since it is a copy. */
			EXPECT_EQ(target, ns_id(0, name)) TH_LOG("%s", name);
		}
		EXPECT_EXIT(0, guest);
	}
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(descriptor_must_be_of_the_kind_asked_for,
	   .needs = "ns.setns", .unprivileged = true,
	   .promise = "setns(2): EINVAL, EBADF")
{
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		int fd = suite_ns_open(0, ns_kinds[i].name);

		if (fd == -ENOENT)
			continue;
		ASSERT_OK(fd);
		for (size_t k = 0; k < ARRAY_SIZE(ns_kinds); k++)
			if (k != i)
				EXPECT_REFUSED(EINVAL, sys_setns(fd, ns_kinds[k].flag));
		close(fd);
	}
	int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	ASSERT_SYS(file);
	EXPECT_REFUSED(EINVAL, sys_setns(file, 0));
	close(file);
	EXPECT_REFUSED(EBADF, sys_setns(file, 0));
}

SUITE_TEST(pid_namespace_takes_children_only,
	   .needs = "ns.setns ns.pid ns.pid_for_children",
	   .promise = "setns(2): PID namespaces; pid_namespaces(7): getppid(2) returns 0")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	CHILD(guest, 0) {
		uint64_t own = ns_id(0, "pid"), target = ns_id(h.pid, "pid");
		pid_t number = getpid();

		ASSERT_OK(sys_setns(suite_ns_open(h.pid, "pid"), SW_CLONE_NEWPID));
		EXPECT_EQ(number, getpid());
		EXPECT_EQ(own, ns_id(0, "pid"));
		EXPECT_EQ(target, ns_id(0, "pid_for_children"));
		CHILD(inside, 0) {
			EXPECT_EQ(2, getpid());
			EXPECT_EQ(0, getppid());
			EXPECT_EQ(0, kill(1, 0));	/* the holder */
		}
		EXPECT_NE(2, inside);
		EXPECT_EQ(target, ns_id(inside, "pid"));
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, guest);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(ancestor_pid_namespaces_are_closed,
	   .needs = "ns.setns ns.pid",
	   .promise = "setns(2): EINVAL (ancestor PID namespace); pid_namespaces(7): a one-way operation")
{
	int outer = suite_ns_open(0, "pid");
	struct ns_holder sibling;

	ASSERT_OK(outer);
	ASSERT_OK(ns_hold(&sibling, SW_CLONE_NEWPID));
	int beside = suite_ns_open(sibling.pid, "pid");

	ASSERT_OK(beside);
	CHILD(pid, SW_CLONE_NEWPID) {
		EXPECT_REFUSED(EINVAL, sys_setns(outer, SW_CLONE_NEWPID));
		EXPECT_REFUSED(EINVAL, sys_setns(beside, SW_CLONE_NEWPID));
		/* Its own is allowed. */
		EXPECT_OK(sys_setns(suite_ns_open(0, "pid"), SW_CLONE_NEWPID));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, ns_release(&sibling));
}

static void *idle(void *line)
{
	long value;

	suite_hear(line, &value);
	return NULL;
}

SUITE_TEST(user_namespace_wants_a_single_thread,
	   .needs = "ns.setns ns.user",
	   .promise = "setns(2): User namespaces; EINVAL (multithreaded)")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
	CHILD(guest, 0) {
		int fd = suite_ns_open(h.pid, "user");
		struct suite_line line, theirs;
		pthread_t thread;

		ASSERT_OK(fd);
		ASSERT_OK(suite_line(&line));
		theirs = (struct suite_line){ { -1, line.fd[1] } };
		ASSERT_EQ(0, pthread_create(&thread, NULL, idle, &theirs));
		EXPECT_REFUSED(EINVAL, sys_setns(fd, SW_CLONE_NEWUSER));
		EXPECT_REFUSED(EINVAL, sys_unshare(SW_CLONE_NEWUSER));
		shutdown(line.fd[0], SHUT_RDWR);
		ASSERT_EQ(0, pthread_join(thread, NULL));
	}
	EXPECT_EXIT(0, guest);
	CHILD(alone, 0) {	/* the control */
		EXPECT_OK(sys_setns(suite_ns_open(h.pid, "user"), SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, alone);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(own_and_ancestor_user_namespaces_are_closed,
	   .needs = "ns.setns ns.user",
	   .promise = "setns(2): EINVAL (already a member), EPERM")
{
	int outer = suite_ns_open(0, "user");

	ASSERT_OK(outer);
	EXPECT_REFUSED(EINVAL, sys_setns(outer, SW_CLONE_NEWUSER));
	CHILD(pid, SW_CLONE_NEWUSER) {
		EXPECT_REFUSED(EINVAL, sys_setns(suite_ns_open(0, "user"), SW_CLONE_NEWUSER));
		EXPECT_REFUSED(EPERM, sys_setns(outer, SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, pid);
}

/* Runs with the caller's root and working directory in common (CLONE_FS). */
static int join_with_shared_fs(void *fd)
{
	int mnt = ((int *)fd)[0], user = ((int *)fd)[1];

	return sys_setns(mnt, SW_CLONE_NEWNS) != -EINVAL ? 1 :
	       sys_setns(user, SW_CLONE_NEWUSER) != -EINVAL ? 2 :
	       sys_unshare(SW_CLONE_NEWUSER) != 0 ? 3 : 0;	/* it unshares them first */
}

SUITE_TEST(shared_root_forbids_mount_and_user_namespaces,
	   .needs = "ns.setns ns.user ns.mnt",
	   .promise = "setns(2): EINVAL (CLONE_FS)")
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	struct ns_holder h;
	int fd[2];

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER | SW_CLONE_NEWNS));
	fd[0] = suite_ns_open(h.pid, "mnt");
	fd[1] = suite_ns_open(h.pid, "user");
	ASSERT_OK(fd[0]);
	ASSERT_OK(fd[1]);
	CHILD(guest, 0) {
		pid_t pid = clone(join_with_shared_fs, stack + sizeof(stack), CLONE_FS | SIGCHLD, fd);

		ASSERT_SYS(pid);
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EXIT(0, guest);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(mount_namespace_brings_its_mounts,
	   .needs = "ns.setns ns.mnt mount.tmpfs",
	   .promise = "setns(2): Mount namespaces; mount_namespaces(7)")
{
	char mark[PATH_MAX + 8];
	struct suite_line line;
	long value;

	snprintf(mark, sizeof(mark), "%s/mark", suite_scratch);
	ASSERT_OK(suite_line(&line));
	CHILD(holder, SW_CLONE_NEWNS) {
		suite_line_mine(&line, 1);
		ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "size=64k"));
		ASSERT_SYS(mkdir(mark, 0755));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(guest, 0) {
		EXPECT_EQ(-1, access(mark, F_OK));
		EXPECT_FALSE(suite_is_mounted(suite_scratch));
		ASSERT_OK(sys_setns(suite_ns_open(holder, "mnt"), SW_CLONE_NEWNS));
		EXPECT_EQ(0, access(mark, F_OK));
		EXPECT_TRUE(suite_is_mounted(suite_scratch));
	}
	EXPECT_EXIT(0, guest);
	suite_line_close(&line);
	EXPECT_EXIT(0, holder);
}

SUITE_TEST(joining_needs_a_capability_in_the_owner,
	   .needs = "ns.setns ns.user ns.uts ns.ipc ns.net ns.cgroup",
	   .promise = "setns(2): EPERM; CAP_SYS_ADMIN in its own user namespace and in the owner")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, NS_ALL_BUT_TIME & ~(SW_CLONE_NEWUSER | SW_CLONE_NEWPID)));
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		int fd = suite_ns_open(h.pid, ns_kinds[i].name);

		ASSERT_OK(fd);
		if (ns_kinds[i].flag == SW_CLONE_NEWUSER || ns_kinds[i].flag == SW_CLONE_NEWPID)
			continue;
		CHILD(nobody, 0) {
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			EXPECT_REFUSED(EPERM, sys_setns(fd, 0));
		}
		EXPECT_EXIT(0, nobody);
		/* Root of a user namespace that does not own it holds nothing there. */
		ROOT_CHILD(other, 0) {
			EXPECT_TRUE(ns_has_cap(21));	/* CAP_SYS_ADMIN */
			EXPECT_REFUSED(EPERM, sys_setns(fd, 0));
		}
		EXPECT_EXIT(0, other);
		close(fd);
	}
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(pidfd_takes_several_kinds_at_once,
	   .needs = "ns.setns_pidfd ns.cgroup ns.ipc ns.mnt ns.net ns.pid ns.user ns.uts "
		    "ns.pid_for_children",
	   .promise = "setns(2): fd is a PID file descriptor")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, NS_ALL_BUT_TIME));
	CHILD(guest, 0) {
		int fd = sys_pidfd_open(h.pid, 0);
		uint64_t before[ARRAY_SIZE(ns_kinds)], target[ARRAY_SIZE(ns_kinds)];
		const uint64_t some = SW_CLONE_NEWUTS | SW_CLONE_NEWIPC;

		ASSERT_OK(fd);
		for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
			before[i] = ns_id(0, ns_kinds[i].name);
			target[i] = ns_id(h.pid, ns_kinds[i].name);
		}
		ASSERT_OK(sys_setns(fd, some));
		for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {	/* those, and no other */
			uint64_t want = ns_kinds[i].flag & some ? target[i] : before[i];

			EXPECT_EQ(want, ns_id(0, ns_kinds[i].name)) TH_LOG("%s", ns_kinds[i].name);
		}
		ASSERT_OK(sys_setns(fd, NS_ALL_BUT_TIME));
		for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
			const char *name = ns_kinds[i].flag == SW_CLONE_NEWPID ? "pid_for_children" :
					   ns_kinds[i].name;

			EXPECT_EQ(target[i], ns_id(0, name)) TH_LOG("%s", name);
		}
	}
	EXPECT_EXIT(0, guest);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(pidfd_joins_all_or_none,
	   .needs = "ns.setns_pidfd ns.ipc ns.user ns.uts",
	   .promise = "setns(2): atomically moves the calling thread")
{
	struct ns_holder h;

	/* The caller is in the holder's user namespace already, which may not be entered again. */
	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUTS | SW_CLONE_NEWIPC));
	CHILD(guest, 0) {
		uint64_t uts = ns_id(0, "uts"), ipc = ns_id(0, "ipc");
		int fd = sys_pidfd_open(h.pid, 0);

		ASSERT_OK(fd);
		EXPECT_REFUSED(EINVAL, sys_setns(fd, SW_CLONE_NEWUTS | SW_CLONE_NEWIPC | SW_CLONE_NEWUSER));
		EXPECT_EQ(uts, ns_id(0, "uts"));
		EXPECT_EQ(ipc, ns_id(0, "ipc"));
		EXPECT_OK(sys_setns(fd, SW_CLONE_NEWUTS | SW_CLONE_NEWIPC));
		EXPECT_EQ(ns_id(h.pid, "uts"), ns_id(0, "uts"));
	}
	EXPECT_EXIT(0, guest);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(pidfd_of_the_dead_and_bad_flags_are_refused,
	   .needs = "ns.setns_pidfd ns.uts",
	   .promise = "setns(2): EINVAL (PID file descriptor and nstype 0), ESRCH")
{
	struct ns_holder h;
	int fd;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUTS));
	fd = sys_pidfd_open(h.pid, 0);
	ASSERT_OK(fd);
	EXPECT_REFUSED(EINVAL, sys_setns(fd, 0));
	EXPECT_REFUSED(EINVAL, sys_setns(fd, SW_CLONE_NEWUTS | CLONE_FILES));
	EXPECT_EQ(0, ns_release(&h));
	EXPECT_REFUSED(ESRCH, sys_setns(fd, SW_CLONE_NEWUTS));
}
