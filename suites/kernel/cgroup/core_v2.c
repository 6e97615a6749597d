// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

SUITE("cgroup.v2.core", "kernel", "The unified hierarchy itself");

#define PROMISE "Documentation/admin-guide/cgroup-v2.rst"

SUITE_TEST(populated_follows_processes,
	   .needs = "cgroup.v2", .promise = PROMISE ": [Un]populated Notification")
{
	struct suite_cgroup parent, child;
	struct suite_line line;
	long value;

	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(suite_cgroup_read_key(&parent, "cgroup.events", "populated", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_cgroup_enter(&child, pid));
	ASSERT_OK(suite_cgroup_read_key(&parent, "cgroup.events", "populated", &value));
	EXPECT_EQ(1, value);	/* a process below counts */
	suite_line_close(&line);
	ASSERT_OK(suite_cgroup_await_key(&parent, "cgroup.events", "populated", 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(busy_group_cannot_be_removed,
	   .needs = "cgroup.v2", .promise = PROMISE ": Organizing Processes and Threads")
{
	struct suite_cgroup parent, child;
	struct suite_line line;
	long value;

	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	EXPECT_EQ(-1, rmdir(parent.path));	/* it has a child */
	EXPECT_EQ(EBUSY, errno);
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_cgroup_enter(&child, pid));
	EXPECT_EQ(-1, rmdir(child.path));	/* it has a process */
	EXPECT_EQ(EBUSY, errno);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
	EXPECT_OK(suite_cgroup_remove(&child));
	EXPECT_OK(suite_cgroup_remove(&parent));
	EXPECT_EQ(-1, access(parent.path, F_OK));
}

SUITE_TEST(children_are_born_into_the_group,
	   .needs = "cgroup.v2", .promise = PROMISE ": Processes")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		CHILD(below, 0) {
			char procs[64], own[16];

			snprintf(own, sizeof(own), "%d", (int)getpid());
			ASSERT_OK(suite_cgroup_read(&cg, "cgroup.procs", procs, sizeof(procs)));
			EXPECT_NE(NULL, strstr(procs, own));
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(entering_needs_permission,
	   .needs = "cgroup.v2", .promise = PROMISE ": Delegation Containment")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	CHILD(pid, 0) {
		/* Who may not write cgroup.procs of the target moves nobody, not even itself. */
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_REFUSED(EACCES, suite_cgroup_enter(&cg, 0));
	}
	EXPECT_EXIT(0, pid);
}
