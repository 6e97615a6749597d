// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sched.h>

#include "ns_util.h"

SUITE("ns.limits", "kernel", "How many namespaces, and how deep");

#define INITIAL_USER 0xeffffffdu	/* include/linux/proc_ns.h: PROC_USER_INIT_INO, PROC_PID_INIT_INO */
#define INITIAL_PID 0xeffffffcu

/*
 * In a user namespace whose limit for a kind is 1: one is taken, a second is not, until the first is
 * gone. Some are taken apart in the background and there is no event for that, so ask again.
 */
static void one_at_a_time(struct __test_metadata *_metadata, const char *name, uint64_t flag)
{
	struct ns_holder h;
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", name);
	ASSERT_OK(suite_write("1", "%s", path));
	ASSERT_OK(suite_read(path, text, sizeof(text)));
	EXPECT_STREQ("1", text);
	ASSERT_OK(ns_hold(&h, flag));
	CHILD(second, 0) {
		EXPECT_REFUSED(ENOSPC, sys_unshare(flag));
	}
	EXPECT_EXIT(0, second);
	if (flag != SW_CLONE_NEWTIME)
		EXPECT_EQ(-ENOSPC, suite_clone(flag));
	EXPECT_EQ(0, ns_release(&h));
	CHILD(third, 0) {
		int r;

		while ((r = sys_unshare(flag)) == -ENOSPC)
			sched_yield();
		EXPECT_OK(r);
	}
	EXPECT_EXIT(0, third);
	ASSERT_OK(suite_write("0", "%s", path));
	EXPECT_REFUSED(ENOSPC, sys_unshare(flag));
}

#define LIMIT_TEST(kind_, flag_, extra_)                                                      \
	SUITE_TEST(max_##kind_##_namespaces,                                                      \
		   .needs = "ns.limits ns.user ns." #kind_ extra_,                                \
		   .promise = "namespaces(7): /proc/sys/user, max_" #kind_ "_namespaces; ENOSPC") \
	{                                                                                         \
		ROOT_CHILD(pid, 0) {                                                                  \
			one_at_a_time(_metadata, #kind_, flag_);                                          \
		}                                                                                     \
		EXPECT_EXIT(0, pid);                                                                  \
	}

LIMIT_TEST(cgroup, SW_CLONE_NEWCGROUP, "")
LIMIT_TEST(ipc, SW_CLONE_NEWIPC, "")
LIMIT_TEST(mnt, SW_CLONE_NEWNS, "")
LIMIT_TEST(net, SW_CLONE_NEWNET, "")
LIMIT_TEST(pid, SW_CLONE_NEWPID, "")
LIMIT_TEST(time, SW_CLONE_NEWTIME, " process.clone3")
LIMIT_TEST(user, SW_CLONE_NEWUSER, "")
LIMIT_TEST(uts, SW_CLONE_NEWUTS, "")

SUITE_TEST(limits_are_per_user_namespace,
	   .needs = "ns.limits ns.user ns.uts",
	   .promise = "namespaces(7): /proc/sys/user (the user namespace of the opening process; MAXINT)")
{
	static const char path[] = "/proc/sys/user/max_uts_namespaces";
	char before[32], after[32];

	ASSERT_OK(suite_read(path, before, sizeof(before)));
	ROOT_CHILD(pid, 0) {
		char now[32];

		ASSERT_OK(suite_read(path, now, sizeof(now)));
		EXPECT_EQ(INT_MAX, atol(now));
		ASSERT_OK(suite_write("0", "%s", path));
		EXPECT_REFUSED(ENOSPC, sys_unshare(SW_CLONE_NEWUTS));
		/* What is above this namespace is not its to change, nor does it change. */
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_read(path, after, sizeof(after)));
	EXPECT_STREQ(before, after);
	CHILD(control, 0) {
		EXPECT_OK(sys_unshare(SW_CLONE_NEWUTS));
	}
	EXPECT_EXIT(0, control);
}

SUITE_TEST(limits_above_hold_below,
	   .needs = "ns.limits ns.user ns.uts",
	   .promise = "namespaces(7): /proc/sys/user (accounted against ancestor namespaces)")
{
	ROOT_CHILD(pid, 0) {
		struct ns_holder h;

		ASSERT_OK(suite_write("1", "/proc/sys/user/max_uts_namespaces"));
		NESTED_CHILD(nested, 0) {
			ASSERT_OK(suite_write("1000", "/proc/sys/user/max_uts_namespaces"));
			ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUTS));
			EXPECT_REFUSED(ENOSPC, sys_unshare(SW_CLONE_NEWUTS));
			EXPECT_EQ(0, ns_release(&h));
		}
		EXPECT_EXIT(0, nested);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(limits_are_per_user_id,
	   .needs = "ns.limits ns.user",
	   .promise = "namespaces(7): /proc/sys/user (the limits are per-user)")
{
	ROOT_CHILD(pid, 0) {
		struct ns_holder h;

		ASSERT_OK(suite_write("1", "/proc/sys/user/max_user_namespaces"));
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		CHILD(same, 0) {	/* root is no exception */
			EXPECT_REFUSED(ENOSPC, sys_unshare(SW_CLONE_NEWUSER));
		}
		EXPECT_EXIT(0, same);
		CHILD(other, 0) {
			ASSERT_SYS(setresuid(5, 5, 5));
			EXPECT_OK(sys_unshare(SW_CLONE_NEWUSER));
		}
		EXPECT_EXIT(0, other);
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(changing_a_limit_needs_privilege,
	   .needs = "ns.limits ns.user",
	   .promise = "namespaces(7): /proc/sys/user (modifiable by privileged processes)")
{
	ROOT_CHILD(pid, 0) {
		CHILD(ordinary, 0) {
			char text[32];

			ASSERT_OK(suite_become(5, 5));
			ASSERT_OK(suite_read("/proc/sys/user/max_ipc_namespaces", text, sizeof(text)));
			EXPECT_REFUSED(EACCES, suite_write("7", "/proc/sys/user/max_ipc_namespaces"));
		}
		EXPECT_EXIT(0, ordinary);
		/* A member of a child may change the child's only: opened there, it is the child's. */
		ASSERT_OK(suite_write("77", "/proc/sys/user/max_ipc_namespaces"));
		NESTED_CHILD(nested, 0) {
			ASSERT_OK(suite_write("66", "/proc/sys/user/max_ipc_namespaces"));
		}
		EXPECT_EXIT(0, nested);
		char now[32];

		ASSERT_OK(suite_read("/proc/sys/user/max_ipc_namespaces", now, sizeof(now)));
		EXPECT_STREQ("77", now);
	}
	EXPECT_EXIT(0, pid);
}

/*
 * user_namespaces(7) says EUSERS; since 4.9 it is ENOSPC (clone(2)), as for the other limits.
 * The initial namespace is level 0, and level 33 is the last (create_user_ns()).
 */
SUITE_TEST(user_namespaces_nest_32_deep,
	   .needs = "ns.user ns.nested",
	   .promise = "user_namespaces(7): Nested namespaces, membership")
{
	bool initial = ns_id(0, "user") == INITIAL_USER;

	CHILD(pid, 0) {
		int depth = 0, r;

		for (; depth < 64; depth++) {
			r = sys_unshare(SW_CLONE_NEWUSER);
			if (r)
				break;
			/* Who has no id in the parent may not make the next. */
			ASSERT_OK(suite_write("deny", "/proc/self/setgroups"));
			ASSERT_OK(suite_write("0 0 1", "/proc/self/uid_map"));
			ASSERT_OK(suite_write("0 0 1", "/proc/self/gid_map"));
		}
		EXPECT_GE(33, depth);
		EXPECT_LE(initial ? 32 : 2, depth);
		EXPECT_EQ(suite_kernel(4, 9) ? -ENOSPC : -EUSERS, r);
	}
	EXPECT_EXIT(0, pid);
}

/* Go down one pid namespace after the other; the deepest tells how deep. */
static void __attribute__((noreturn)) descend(struct suite_line *line)
{
	for (int depth = 0;; depth++) {
		pid_t pid = suite_clone(SW_CLONE_NEWPID);

		if (!pid)
			continue;
		if (pid > 0)
			suite_child_exit(suite_wait(pid));
		suite_tell(line, depth);
		suite_tell(line, pid);
		suite_child_exit(0);
	}
}

SUITE_TEST(pid_namespaces_nest_32_deep,
	   .needs = "ns.pid ns.nested",
	   .promise = "pid_namespaces(7): Nesting PID namespaces (since 3.7, 32)")
{
	struct suite_line line;
	long depth, err;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		descend(&line);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &depth));
	ASSERT_OK(suite_hear(&line, &err));
	/* How deep the test itself stands in pid namespaces counts, and is not known. */
	EXPECT_GE(32, depth);
	EXPECT_LE(ns_id(0, "pid") == INITIAL_PID ? 32 : 2, depth);
	EXPECT_EQ(suite_kernel(4, 9) ? -ENOSPC : -EINVAL, err);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}
