// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include "ns_util.h"

SUITE("ns.ioctl", "kernel", "What a namespace's file says of its owner, parent and members");

/* include/uapi/linux/nsfs.h */
#define GET_USERNS _IO(0xb7, 1)
#define GET_PARENT _IO(0xb7, 2)
#define GET_NSTYPE _IO(0xb7, 3)
#define GET_OWNER_UID _IO(0xb7, 4)
#define GET_PID_FROM_PIDNS _IOR(0xb7, 6, int)
#define GET_TGID_FROM_PIDNS _IOR(0xb7, 7, int)
#define GET_PID_IN_PIDNS _IOR(0xb7, 8, int)
#define GET_TGID_IN_PIDNS _IOR(0xb7, 9, int)

/* An ioctl that answers a descriptor or a number: that, or -errno. */
static int ask(int fd, unsigned long what, long arg)
{
	int r = ioctl(fd, what, arg);

	return r < 0 ? -errno : r;
}

SUITE_TEST(owner_is_the_creators_user_namespace,
	   .needs = "ns.ioctl ns.user ns.uts ns.ipc ns.net ns.pid ns.cgroup",
	   .promise = "ioctl_ns(2): NS_GET_USERNS")
{
	struct ns_holder h;

	/* The user namespace is made first, so it owns the others (user_namespaces(7)). */
	ASSERT_OK(ns_hold(&h, NS_ALL_BUT_TIME));
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		int fd = suite_ns_open(h.pid, ns_kinds[i].name), owner;

		ASSERT_OK(fd);
		if (ns_kinds[i].flag == SW_CLONE_NEWUSER) {
			close(fd);
			continue;
		}
		owner = ask(fd, GET_USERNS, 0);
		ASSERT_OK(owner);
		EXPECT_EQ(ns_id(h.pid, "user"), ns_fd_id(owner)) TH_LOG("%s", ns_kinds[i].name);
		EXPECT_EQ(FD_CLOEXEC, fcntl(owner, F_GETFD));
		close(owner);
		close(fd);
	}
	EXPECT_EQ(0, ns_release(&h));
	/* Without it the creator's own does. */
	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUTS));
	int fd = suite_ns_open(h.pid, "uts"), owner = ask(fd, GET_USERNS, 0);

	EXPECT_EQ(ns_id(0, "user"), ns_fd_id(owner));
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(userns_of_a_user_namespace_is_its_parent,
	   .needs = "ns.ioctl ns.user",
	   .promise = "ioctl_ns(2): NS_GET_USERNS, NS_GET_PARENT")
{
	ROOT_CHILD(pid, 0) {
		uint64_t own = ns_id(0, "user");
		struct ns_holder h;
		int fd, parent;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		fd = suite_ns_open(h.pid, "user");
		ASSERT_OK(fd);
		for (int i = 0; i < 2; i++) {
			parent = ask(fd, i ? GET_USERNS : GET_PARENT, 0);
			ASSERT_OK(parent);
			EXPECT_EQ(own, ns_fd_id(parent));
		}
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pid_namespaces_know_their_parent,
	   .needs = "ns.ioctl ns.pid",
	   .promise = "ioctl_ns(2): NS_GET_PARENT")
{
	CHILD(outer, SW_CLONE_NEWPID) {
		uint64_t own = ns_id(0, "pid");
		struct ns_holder h;
		int fd, parent;
		char path[PATH_MAX + 32];

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
		EXPECT_EQ(2, h.pid);
		/* This /proc numbers by the outer namespace; the child has number 2 in one of this. */
		snprintf(path, sizeof(path), "%s/proc", suite_scratch);
		ASSERT_SYS(mkdir(path, 0755));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWNS));
		ASSERT_OK(sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		ASSERT_OK(sys_mount("proc", path, "proc", 0, NULL));
		strcat(path, "/2/ns/pid");
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_SYS(fd);
		EXPECT_NE(own, ns_fd_id(fd));
		parent = ask(fd, GET_PARENT, 0);
		ASSERT_OK(parent);
		EXPECT_EQ(own, ns_fd_id(parent));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(relatives_outside_ones_scope_are_not_shown,
	   .needs = "ns.ioctl ns.user ns.pid ns.uts", .unprivileged = true,
	   .promise = "ioctl_ns(2): EPERM")
{
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWUSER) {
		int user = suite_ns_open(0, "user"), pidns = suite_ns_open(0, "pid");
		int uts = suite_ns_open(0, "uts"), own;

		ASSERT_OK(user);
		ASSERT_OK(pidns);
		ASSERT_OK(uts);
		EXPECT_REFUSED(EPERM, ask(user, GET_PARENT, 0));
		EXPECT_REFUSED(EPERM, ask(pidns, GET_PARENT, 0));
		/* The host name's namespace was made outside, this pid namespace by this user namespace. */
		EXPECT_REFUSED(EPERM, ask(uts, GET_USERNS, 0));
		own = ask(pidns, GET_USERNS, 0);
		ASSERT_OK(own);
		EXPECT_EQ(ns_fd_id(user), ns_fd_id(own));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(only_pid_and_user_namespaces_have_parents,
	   .needs = "ns.ioctl", .unprivileged = true,
	   .promise = "ioctl_ns(2): EINVAL, ENOTTY")
{
	int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		int fd = suite_ns_open(0, ns_kinds[i].name);

		if (ns_kinds[i].flag == SW_CLONE_NEWPID || ns_kinds[i].flag == SW_CLONE_NEWUSER ||
		    fd == -ENOENT)
			continue;
		ASSERT_OK(fd);
		EXPECT_REFUSED(EINVAL, ask(fd, GET_PARENT, 0));
		close(fd);
	}
	ASSERT_SYS(file);
	EXPECT_REFUSED(ENOTTY, ask(file, GET_PARENT, 0));
}

SUITE_TEST(type_is_the_clone_flag,
	   .needs = "ns.ioctl_type", .unprivileged = true,
	   .promise = "ioctl_ns(2): NS_GET_NSTYPE")
{
	int known = 0, fd;

	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		fd = suite_ns_open(0, ns_kinds[i].name);
		if (fd == -ENOENT)
			continue;
		ASSERT_OK(fd);
		EXPECT_EQ((int)ns_kinds[i].flag, ask(fd, GET_NSTYPE, 0)) TH_LOG("%s", ns_kinds[i].name);
		close(fd);
		known++;
	}
	EXPECT_LE(1, known);
	fd = suite_ns_open(0, "time");
	if (fd != -ENOENT)
		EXPECT_EQ((int)SW_CLONE_NEWTIME, ask(fd, GET_NSTYPE, 0));
}

SUITE_TEST(owner_uid_is_in_the_callers_ids,
	   .needs = "ns.ioctl_type ns.user ns.uts",
	   .promise = "ioctl_ns(2): NS_GET_OWNER_UID")
{
	uid_t owner = 1;

	ROOT_CHILD(pid, 0) {
		struct ns_holder h;
		int fd;

		ASSERT_SYS(setresuid(7, 7, 7));
		ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		fd = suite_ns_open(h.pid, "user");
		ASSERT_OK(fd);
		EXPECT_EQ(0, ask(fd, GET_OWNER_UID, (long)&owner));
		EXPECT_EQ(7, owner);
		/* Of the one it lives in, the creator has no id here. */
		EXPECT_EQ(0, ask(suite_ns_open(0, "user"), GET_OWNER_UID, (long)&owner));
		EXPECT_NE(0, owner);
		EXPECT_REFUSED(EINVAL, ask(suite_ns_open(0, "uts"), GET_OWNER_UID, (long)&owner));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
	CHILD(nobody, 0) {
		ASSERT_OK(suite_become_ordinary());
		struct ns_holder h;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		EXPECT_EQ(0, ask(suite_ns_open(h.pid, "user"), GET_OWNER_UID, (long)&owner));
		EXPECT_EQ(SUITE_NOBODY, owner);
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, nobody);
}

SUITE_TEST(pids_are_translated,
	   .needs = "ns.ioctl_pid ns.pid",
	   .promise = "ioctl_nsfs(2): NS_GET_PID_FROM_PIDNS, NS_GET_TGID_FROM_PIDNS, NS_GET_PID_IN_PIDNS, "
		      "NS_GET_TGID_IN_PIDNS")
{
	struct ns_holder h;
	int fd, own = suite_ns_open(0, "pid");

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	fd = suite_ns_open(h.pid, "pid");
	ASSERT_OK(fd);
	EXPECT_EQ(1, ask(fd, GET_PID_IN_PIDNS, h.pid));
	EXPECT_EQ(1, ask(fd, GET_TGID_IN_PIDNS, h.pid));
	EXPECT_EQ(h.pid, ask(fd, GET_PID_FROM_PIDNS, 1));
	EXPECT_EQ(h.pid, ask(fd, GET_TGID_FROM_PIDNS, 1));
	/* Who is not in it has no number there, and what it does not number is nobody. */
	EXPECT_REFUSED(ESRCH, ask(fd, GET_PID_IN_PIDNS, getpid()));
	EXPECT_REFUSED(ESRCH, ask(fd, GET_PID_FROM_PIDNS, 2));
	EXPECT_EQ(getpid(), ask(own, GET_PID_IN_PIDNS, getpid()));
	EXPECT_EQ(0, ns_release(&h));
}
