// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

SUITE("cgroup.freezer", "kernel", "Freezing and killing whole groups, cgroup v1 and v2");

#define PROMISE_V1 "Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst"
#define PROMISE_V2 "Documentation/admin-guide/cgroup-v2.rst: cgroup.freeze, since 5.2"

/* A process that answers every number with its successor. */
static pid_t start_echo(struct suite_line *line)
{
	pid_t pid = suite_clone(0);
	long value;

	if (pid) {
		suite_line_mine(line, 0);
		return pid;
	}
	suite_line_mine(line, 1);
	while (!suite_hear(line, &value))
		suite_tell(line, value + 1);
	suite_child_exit(0);
}

static int ask(struct suite_line *line, long value)
{
	long answer;
	int r = suite_tell(line, value);

	if (!r)
		r = suite_hear(line, &answer);
	return r ? r : answer == value + 1 ? 0 : -EBADMSG;
}

/* Returns when the kernel says that it is done. */
static int freeze(const struct suite_cgroup *cg, bool on)
{
	int r;

	if (cg->version == 2) {
		r = suite_cgroup_write(cg, "cgroup.freeze", on ? "1" : "0");
		return r ? r : suite_cgroup_await_key(cg, "cgroup.events", "frozen", on);
	}
	r = suite_cgroup_write(cg, "freezer.state", on ? "FROZEN" : "THAWED");
	return r ? r : suite_cgroup_await_line(cg, "freezer.state", on ? "FROZEN" : "THAWED");
}

/*
 * A frozen process has a request before it and does not answer, though an equal process that is
 * not frozen answers a hundred in the meantime; thawed, it answers the one it had.
 */
static void frozen_makes_no_progress(struct __test_metadata *_metadata, int version)
{
	struct suite_line line, witness;
	struct suite_cgroup cg;
	struct pollfd p = { .events = POLLIN };
	pid_t pid, other;
	long answer;

	ASSERT_OK(suite_cgroup_new(&cg, version == 1 ? "freezer" : NULL, version));
	ASSERT_OK(suite_line(&line));
	pid = start_echo(&line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_line(&witness));
	other = start_echo(&witness);
	ASSERT_OK(other);
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(ask(&line, 1));
	ASSERT_OK(freeze(&cg, true));
	ASSERT_OK(suite_tell(&line, 41));
	for (int i = 0; i < 100; i++)
		ASSERT_OK(ask(&witness, i));
	p.fd = line.fd[0];
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_OK(freeze(&cg, false));
	ASSERT_OK(suite_hear(&line, &answer));
	EXPECT_EQ(42, answer);
	suite_line_close(&line);
	suite_line_close(&witness);
	EXPECT_EXIT(0, pid);
	/* The frozen one's line was open in the witness too, from before: it ends now. */
	EXPECT_EXIT(0, other);
}

SUITE_TEST(v1_frozen_makes_no_progress, .needs = "cgroup.v1.freezer", .promise = PROMISE_V1)
{
	frozen_makes_no_progress(_metadata, 1);
}

SUITE_TEST(v2_frozen_makes_no_progress, .needs = "cgroup.v2.freezer", .promise = PROMISE_V2)
{
	frozen_makes_no_progress(_metadata, 2);
}

SUITE_TEST(v1_kill_waits_for_thaw, .needs = "cgroup.v1.freezer", .promise = PROMISE_V1)
{
	struct suite_cgroup cg;
	struct suite_line line;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	ASSERT_OK(suite_line(&line));
	pid = start_echo(&line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(freeze(&cg, true));
	ASSERT_SYS(kill(pid, SIGKILL));
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	ASSERT_OK(freeze(&cg, false));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid);
}

SUITE_TEST(v2_frozen_can_be_killed, .needs = "cgroup.v2.freezer", .promise = PROMISE_V2)
{
	struct suite_cgroup cg;
	struct suite_line line;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_line(&line));
	pid = start_echo(&line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(freeze(&cg, true));
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid));
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "populated", 0));
}

static void new_children_freeze(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup parent, child;
	struct suite_line line;
	struct pollfd p = { .events = POLLIN };
	long answer;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&parent, version == 1 ? "freezer" : NULL, version));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(suite_line(&line));
	pid = start_echo(&line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_enter(&child, pid));
	ASSERT_OK(ask(&line, 1));
	ASSERT_OK(freeze(&parent, true));
	ASSERT_OK(suite_tell(&line, 1));
	p.fd = line.fd[0];
	EXPECT_EQ(0, poll(&p, 1, 0));
	/* Its own state does not say so, but it takes the parent to thaw it. */
	ASSERT_OK(suite_cgroup_write(&child, version == 1 ? "freezer.state" : "cgroup.freeze",
				     version == 1 ? "THAWED" : "0"));
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_OK(freeze(&parent, false));
	ASSERT_OK(suite_hear(&line, &answer));
	EXPECT_EQ(2, answer);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_parent_freezes_children, .needs = "cgroup.v1.freezer",
	   .promise = PROMISE_V1 ": hierarchical since 3.8")
{
	if (suite_kernel(3, 8))
		new_children_freeze(_metadata, 1);
	else
		printf("this kernel is older than the promise\n");
}

SUITE_TEST(v2_parent_freezes_children, .needs = "cgroup.v2.freezer", .promise = PROMISE_V2)
{
	new_children_freeze(_metadata, 2);
}

SUITE_TEST(v2_kill_ends_the_whole_tree, .needs = "cgroup.v2.kill",
	   .promise = "Documentation/admin-guide/cgroup-v2.rst: cgroup.kill, since 5.14")
{
	struct suite_cgroup parent, child;
	struct suite_line line[3];
	pid_t pid[3];

	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	for (int i = 0; i < 3; i++) {
		ASSERT_OK(suite_line(&line[i]));
		pid[i] = start_echo(&line[i]);
		ASSERT_OK(pid[i]);
	}
	ASSERT_OK(suite_cgroup_enter(&parent, pid[0]));
	ASSERT_OK(suite_cgroup_enter(&child, pid[1]));
	ASSERT_OK(suite_cgroup_write(&parent, "cgroup.kill", "1"));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid[0]);
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid[1]);
	ASSERT_OK(suite_cgroup_await_key(&parent, "cgroup.events", "populated", 0));
	EXPECT_OK(ask(&line[2], 1));	/* the one outside lives */
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid[2]));
}
