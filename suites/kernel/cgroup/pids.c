// SPDX-License-Identifier: GPL-2.0-only
/* The same promise on both versions: one body, two tests each. */
#include "suite.h"

SUITE("cgroup.pids", "kernel", "The pids controller, cgroup v1 and v2");

#define PROMISE_V1 "Documentation/admin-guide/cgroup-v1/pids.rst"
#define PROMISE_V2 "Documentation/admin-guide/cgroup-v2.rst: PID"

/* Start a process that waits for its parent's line to close. */
static pid_t start_waiter(struct suite_line *line)
{
	pid_t pid = suite_clone(0);
	long value;

	if (pid)
		return pid;
	suite_line_mine(line, 1);
	suite_hear(line, &value);
	suite_child_exit(0);
}

static void fork_fails_at_limit(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", version));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "3"));
	CHILD(pid, 0) {
		struct suite_line line;
		pid_t first, second;
		long long now;

		ASSERT_OK(suite_line(&line));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		first = start_waiter(&line);
		ASSERT_OK(first);
		second = start_waiter(&line);
		ASSERT_OK(second);
		ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
		EXPECT_EQ(3, now);
		EXPECT_REFUSED(EAGAIN, start_waiter(&line));
		suite_line_close(&line);
		EXPECT_EXIT(0, first);
		EXPECT_EXIT(0, second);
		/* There is room again; before 5.2 a task counts until it is freed, some time after its wait. */
		ASSERT_OK(suite_cgroup_await_line(&cg, "pids.current", "1"));
		CHILD(third, 0) {
		}
		EXPECT_EXIT(0, third);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_fork_fails_at_the_limit, .needs = "cgroup.v1.pids", .promise = PROMISE_V1)
{
	fork_fails_at_limit(_metadata, 1);
}

SUITE_TEST(v2_fork_fails_at_the_limit, .needs = "cgroup.v2.pids", .promise = PROMISE_V2)
{
	fork_fails_at_limit(_metadata, 2);
}

static void parent_limit_binds(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup parent, child;

	ASSERT_OK(suite_cgroup_new(&parent, "pids", version));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "pids"));
	ASSERT_OK(suite_cgroup_write(&parent, "pids.max", "1"));
	ASSERT_OK(suite_cgroup_write(&child, "pids.max", "max"));
	CHILD(pid, 0) {
		struct suite_line line;

		ASSERT_OK(suite_line(&line));
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		EXPECT_REFUSED(EAGAIN, start_waiter(&line));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_parent_limit_binds_children, .needs = "cgroup.v1.pids", .promise = PROMISE_V1)
{
	parent_limit_binds(_metadata, 1);
}

SUITE_TEST(v2_parent_limit_binds_children, .needs = "cgroup.v2.pids", .promise = PROMISE_V2)
{
	parent_limit_binds(_metadata, 2);
}

/* Moving in is never refused: the count may stand above the limit, and then nothing can be forked. */
static void entering_may_exceed(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", version));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "0"));
	CHILD(pid, 0) {
		struct suite_line line;
		long long now;

		ASSERT_OK(suite_line(&line));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
		EXPECT_EQ(1, now);
		EXPECT_REFUSED(EAGAIN, start_waiter(&line));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_entering_may_exceed_the_limit, .needs = "cgroup.v1.pids", .promise = PROMISE_V1)
{
	entering_may_exceed(_metadata, 1);
}

SUITE_TEST(v2_entering_may_exceed_the_limit, .needs = "cgroup.v2.pids", .promise = PROMISE_V2)
{
	entering_may_exceed(_metadata, 2);
}
