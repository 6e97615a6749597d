// SPDX-License-Identifier: GPL-2.0-only
/* The memory controllers: who dies, what is counted, who is told. */
#include "suite.h"

#include <sys/eventfd.h>
#include <sys/mman.h>

#include "suite_cgtest.h"

SUITE("cgroup.memory_depth", "kernel", "Victims, events, hierarchy and accounting of memory");

#define V1 "Documentation/admin-guide/cgroup-v1/memory.rst: "
#define V2 "Documentation/admin-guide/cgroup-v2.rst: Memory; "
#define MIB (1024 * 1024LL)

/* Version 1 before 5.11 counts and limits below only where asked to. */
static int new_group(struct suite_cgroup *cg, int version)
{
	int r = suite_cgroup_new(cg, "memory", version);

	if (!r && version == 1)
		r = suite_cgroup_write(cg, "memory.use_hierarchy", "1");
	return r == -ENOENT ? 0 : r;
}

/* No more than this, nor swap instead. */
static int limit(const struct suite_cgroup *cg, long long bytes)
{
	int r = cgtest_write_long(cg, cg->version == 1 ? "memory.limit_in_bytes" : "memory.max", bytes);

	if (r)
		return r;
	r = cg->version == 1 ? cgtest_write_long(cg, "memory.memsw.limit_in_bytes", bytes)
			     : suite_cgroup_write(cg, "memory.swap.max", "0");
	return r == -ENOENT ? 0 : r;
}

/* In a group, touch, say so, and stay until told to end. */
static pid_t hold(const struct suite_cgroup *cg, long long bytes, struct suite_line *line)
{
	pid_t pid = suite_line(line) ? -1 : suite_clone(0);
	long value;

	if (pid) {
		suite_line_mine(line, 0);
		return pid;
	}
	suite_line_mine(line, 1);
	if (suite_cgroup_enter(cg, 0) || cgtest_touch(bytes))
		suite_child_exit(9);
	suite_tell(line, 1);
	suite_hear(line, &value);
	suite_child_exit(0);
}

/* The bigger one dies, not the small one beside it, and one kill is counted. */
static void biggest_is_the_victim(struct __test_metadata *_metadata, int version)
{
	struct suite_line small_line;
	struct suite_cgroup cg;
	pid_t small;
	long value;

	ASSERT_OK(new_group(&cg, version));
	ASSERT_OK(limit(&cg, 24 * MIB));
	small = hold(&cg, 2 * MIB, &small_line);
	ASSERT_OK(small);
	ASSERT_OK(suite_hear(&small_line, &value));
	CHILD(big, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(64 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), big);
	ASSERT_OK(suite_tell(&small_line, 0));
	EXPECT_EXIT(0, small);
	if (suite_kernel(4, 13)) {
		ASSERT_OK(suite_cgroup_read_key(&cg, version == 1 ? "memory.oom_control" :
						"memory.events", "oom_kill", &value));
		EXPECT_EQ(1, value);
	}
}

SUITE_TEST(v1_biggest_is_the_victim, .needs = "cgroup.v1.memory", .promise = V1 "10. OOM Control")
{
	biggest_is_the_victim(_metadata, 1);
}

SUITE_TEST(v2_biggest_is_the_victim, .needs = "cgroup.v2.memory", .promise = V2 "memory.max")
{
	biggest_is_the_victim(_metadata, 2);
}

/* Many that want more each: every one that died is counted, and nobody outside dies. */
static void bomb(struct __test_metadata *_metadata, int version)
{
	struct suite_line outside_line;
	struct suite_cgroup cg, out;
	pid_t pids[8], outside;
	long value, killed = 0;

	ASSERT_OK(new_group(&cg, version));
	ASSERT_OK(new_group(&out, version));
	ASSERT_OK(limit(&cg, 16 * MIB));
	outside = hold(&out, 40 * MIB, &outside_line);
	ASSERT_OK(outside);
	ASSERT_OK(suite_hear(&outside_line, &value));
	for (int i = 0; i < 8; i++) {
		pids[i] = suite_clone(0);
		ASSERT_OK(pids[i]);
		if (pids[i] == 0) {
			if (suite_cgroup_enter(&cg, 0) || cgtest_touch(32 * MIB))
				_exit(9);
			_exit(0);
		}
	}
	for (int i = 0; i < 8; i++) {
		EXPECT_EXIT(SUITE_KILLED(SIGKILL), pids[i]);
		killed++;
	}
	if (suite_kernel(4, 13)) {
		ASSERT_OK(suite_cgroup_read_key(&cg, version == 1 ? "memory.oom_control" :
						"memory.events", "oom_kill", &value));
		EXPECT_EQ(killed, value);
		ASSERT_OK(suite_cgroup_read_key(&out, version == 1 ? "memory.oom_control" :
						"memory.events", "oom_kill", &value));
		EXPECT_EQ(0, value);
	}
	ASSERT_OK(suite_tell(&outside_line, 0));
	EXPECT_EXIT(0, outside);
}

SUITE_TEST(v1_bomb_stays_inside, .needs = "cgroup.v1.memory", .promise = V1 "10. OOM Control")
{
	bomb(_metadata, 1);
}

SUITE_TEST(v2_bomb_stays_inside, .needs = "cgroup.v2.memory", .promise = V2 "memory.events")
{
	bomb(_metadata, 2);
}

static void parent_limit_binds(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	long long above, below;
	pid_t pid;
	long value;

	ASSERT_OK(new_group(&cg, version));
	ASSERT_OK(limit(&cg, 12 * MIB));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	pid = hold(&child, 4 * MIB, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_read_long(&child, version == 1 ? "memory.usage_in_bytes" :
					 "memory.current", &below));
	ASSERT_OK(suite_cgroup_read_long(&cg, version == 1 ? "memory.usage_in_bytes" :
					 "memory.current", &above));
	EXPECT_GE(below, 3 * MIB);
	EXPECT_GE(above, 3 * MIB);	/* what is below is counted above */
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		cgtest_touch(32 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), greedy);
}

SUITE_TEST(v1_parent_limit_binds_children, .needs = "cgroup.v1.memory",
	   .promise = V1 "6. Hierarchy support")
{
	parent_limit_binds(_metadata, 1);
}

SUITE_TEST(v2_parent_limit_binds_children, .needs = "cgroup.v2.memory", .promise = V2 "memory.max")
{
	parent_limit_binds(_metadata, 2);
}

SUITE_TEST(v2_oom_group_dies_together, .needs = "cgroup.v2.memory", .promise = V2 "memory.oom.group, since 4.19")
{
	struct suite_line line;
	struct suite_cgroup cg;
	pid_t small;
	long value;

	if (!suite_kernel(4, 19)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(new_group(&cg, 2));
	ASSERT_OK(limit(&cg, 16 * MIB));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.oom.group", "1"));
	small = hold(&cg, MIB, &line);
	ASSERT_OK(small);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(big, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(64 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), big);
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), small);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom_kill", &value));
	/*
	 * The victim, then every process of the group: the victim is among these and counted again if it
	 * is not gone yet (mm/oom_kill.c: oom_kill_process(), seen on 6.12 and 7.2).
	 */
	EXPECT_LE(2, value);
	EXPECT_GE(3, value);
	if (suite_kernel(5, 17)) {
		ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom_group_kill", &value));
		EXPECT_EQ(1, value);
	}
}

SUITE_TEST(v2_events_are_told_above, .needs = "cgroup.v2.memory",
	   .promise = V2 "memory.events and memory.events.local, since 5.2")
{
	struct suite_cgroup cg, child;
	long value;

	if (!suite_kernel(5, 2)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(new_group(&cg, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	ASSERT_OK(limit(&child, 8 * MIB));
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		cgtest_touch(32 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), greedy);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom_kill", &value));
	EXPECT_EQ(1, value);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events.local", "oom_kill", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_read_key(&child, "memory.events.local", "oom_kill", &value));
	EXPECT_EQ(1, value);
}

SUITE_TEST(v2_high_is_counted_and_kills_nobody, .needs = "cgroup.v2.memory", .promise = V2 "memory.high")
{
	struct suite_cgroup cg;
	long value;

	ASSERT_OK(new_group(&cg, 2));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.swap.max", "0"));
	ASSERT_OK(cgtest_write_long(&cg, "memory.high", 16 * MIB));
	CHILD(pid, 0) {
		long high = 0;

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		/* As little above as it takes: the more, the longer a process is held up. */
		for (int i = 0; i < 1024 && !high; i++) {
			ASSERT_OK(cgtest_touch(65536));
			ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "high", &high));
		}
		EXPECT_LT(0, high);
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "max", &value));
	EXPECT_EQ(0, value);
}

SUITE_TEST(v2_memory_stays_where_it_was_charged, .needs = "cgroup.v2.memory", .promise = V2 "Memory Ownership")
{
	struct suite_cgroup a, b;
	struct suite_line line;
	long long at_a, at_b;
	pid_t pid;
	long value;

	ASSERT_OK(new_group(&a, 2));
	ASSERT_OK(new_group(&b, 2));
	pid = hold(&a, 8 * MIB, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_enter(&b, pid));
	ASSERT_OK(suite_cgroup_read_long(&a, "memory.current", &at_a));
	ASSERT_OK(suite_cgroup_read_long(&b, "memory.current", &at_b));
	EXPECT_GE(at_a, 7 * MIB);
	EXPECT_LT(at_b, 4 * MIB);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

/* ---- version 1 only ---- */

/* Have an eventfd told of an event: "EVENTFD FILE ARGUMENT" to cgroup.event_control. */
static int listen_to(const struct suite_cgroup *cg, const char *file, const char *argument)
{
	char path[PATH_MAX + 64], text[96];
	int event = eventfd(0, EFD_CLOEXEC), fd, r;

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (event < 0 || fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d %d %s", event, fd, argument);
	r = suite_cgroup_write(cg, "cgroup.event_control", text);
	close(fd);
	return r ? r : event;
}

SUITE_TEST(v1_oom_without_killer_waits, .needs = "cgroup.v1.memory", .promise = V1 "10. OOM Control")
{
	struct suite_cgroup cg;
	uint64_t count;
	long value;

	ASSERT_OK(new_group(&cg, 1));
	ASSERT_OK(limit(&cg, 8 * MIB));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.oom_control", "1"));
	__sw_fd int event = listen_to(&cg, "memory.oom_control", "");
	ASSERT_OK(event);
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(cgtest_touch(24 * MIB));
	}
	ASSERT_EQ(8, read(event, &count, 8));	/* told of it, and it is not killed */
	EXPECT_LT(0, (long)count);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.oom_control", "under_oom", &value));
	EXPECT_EQ(1, value);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	/* With more room it goes on where it stood. */
	suite_cgroup_write(&cg, "memory.memsw.limit_in_bytes", "-1");
	ASSERT_OK(suite_cgroup_write(&cg, "memory.limit_in_bytes", "-1"));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_threshold_is_told, .needs = "cgroup.v1.memory", .promise = V1 "9. Memory thresholds")
{
	struct suite_cgroup cg;
	struct suite_line line;
	struct pollfd poll_fd = { .events = POLLIN };
	uint64_t count;
	pid_t pid;
	long value;

	ASSERT_OK(new_group(&cg, 1));
	__sw_fd int event = listen_to(&cg, "memory.usage_in_bytes", "8388608");
	ASSERT_OK(event);
	poll_fd.fd = event;
	pid = hold(&cg, 2 * MIB, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));	/* not yet */
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
	pid = hold(&cg, 24 * MIB, &line);
	ASSERT_OK(pid);
	EXPECT_EQ(8, read(event, &count, 8));
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_memsw_is_no_less_than_memory, .needs = "cgroup.v1.memsw", .promise = V1 "2.4 memory+swap")
{
	struct suite_cgroup cg;
	long long value;

	ASSERT_OK(new_group(&cg, 1));
	ASSERT_OK(limit(&cg, 16 * MIB));
	EXPECT_REFUSED(EINVAL, cgtest_write_long(&cg, "memory.memsw.limit_in_bytes", 8 * MIB));
	EXPECT_REFUSED(EINVAL, cgtest_write_long(&cg, "memory.limit_in_bytes", 32 * MIB));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.memsw.limit_in_bytes", &value));
	EXPECT_EQ(16 * MIB, value);
}

SUITE_TEST(v1_swappiness_is_inherited_and_bounded, .needs = "cgroup.v1.memory", .promise = V1 "5.3 swappiness")
{
	struct suite_cgroup cg, child;
	long long value;

	ASSERT_OK(new_group(&cg, 1));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.swappiness", "37"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	ASSERT_OK(suite_cgroup_read_long(&child, "memory.swappiness", &value));
	EXPECT_EQ(37, value);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.swappiness", "201"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.swappiness", &value));
	EXPECT_EQ(37, value);
}

SUITE_TEST(v1_charges_move_if_asked_to, .needs = "cgroup.v1.memory",
	   .promise = V1 "8. Move charges at task migration (refused since 6.13)")
{
	struct suite_cgroup a, b;
	struct suite_line line;
	long long at_b;
	pid_t pid;
	long value;
	int r;

	ASSERT_OK(new_group(&a, 1));
	ASSERT_OK(new_group(&b, 1));
	r = suite_cgroup_write(&b, "memory.move_charge_at_immigrate", "1");
	EXPECT_EQ(suite_kernel(6, 13) ? -EINVAL : 0, r);
	pid = hold(&a, 8 * MIB, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_enter(&b, pid));
	ASSERT_OK(suite_cgroup_read_long(&b, "memory.usage_in_bytes", &at_b));
	/* 8 MiB were charged: with those who move, or not. */
	EXPECT_EQ(r == 0, at_b >= 7 * MIB) TH_LOG("usage %lld", at_b);
	EXPECT_EQ(r != 0, at_b < 4 * MIB) TH_LOG("usage %lld", at_b);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_limits_round_and_failcnt_resets, .needs = "cgroup.v1.memory", .promise = V1 "3.1 User Interface; failcnt")
{
	struct suite_cgroup cg;
	long long value, page = sysconf(_SC_PAGESIZE);

	ASSERT_OK(new_group(&cg, 1));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.limit_in_bytes", "8M"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.limit_in_bytes", &value));
	EXPECT_EQ(8 * MIB, value);
	ASSERT_OK(cgtest_write_long(&cg, "memory.limit_in_bytes", 8 * MIB + 1));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.limit_in_bytes", &value));
	EXPECT_EQ(0, value % page);
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(32 * MIB);
	}
	suite_wait(greedy);	/* killed, or swapped out where there is swap */
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.failcnt", &value));
	EXPECT_LT(0, value);
	ASSERT_OK(suite_cgroup_write(&cg, "memory.failcnt", "0"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.failcnt", &value));
	EXPECT_EQ(0, value);
}
