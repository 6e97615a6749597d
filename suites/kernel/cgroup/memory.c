// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/mman.h>

SUITE("cgroup.memory", "kernel", "The memory controller, cgroup v1 and v2");

#define PROMISE_V1 "Documentation/admin-guide/cgroup-v1/memory.rst"
#define PROMISE_V2 "Documentation/admin-guide/cgroup-v2.rst: Memory"

#define MIB (1024 * 1024LL)
#define LIMIT (8 * MIB)

/* The names that differ between the versions. */
static const struct names {
	const char *limit, *usage, *swap;
} names[] = {
	[1] = { "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.memsw.limit_in_bytes" },
	[2] = { "memory.max", "memory.current", "memory.swap.max" },
};

/* Touch every page of so many bytes and keep them. */
static int touch(long long bytes)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	for (long long i = 0; i < bytes; i += page)
		p[i] = 1;
	return 0;
}

static void set_limit(struct __test_metadata *_metadata, const struct suite_cgroup *cg)
{
	char text[32];
	int r;

	snprintf(text, sizeof(text), "%lld", LIMIT);
	ASSERT_OK(suite_cgroup_write(cg, names[cg->version].limit, text));
	/* Else the group would swap instead; a kernel without swap accounting has no such file. */
	r = suite_cgroup_write(cg, names[cg->version].swap, cg->version == 1 ? text : "0");
	if (r != -ENOENT)
		ASSERT_OK(r);
}

/*
 * A process in the group that goes over the limit is killed; one in the group that uses little may be, one
 * outside that uses more must not be.
 */
static void limit_kills(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct suite_line line;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", version));
	set_limit(_metadata, &cg);
	ASSERT_OK(suite_line(&line));
	CHILD(outside, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(touch(3 * LIMIT));
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		touch(2 * LIMIT);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), greedy);
	CHILD(modest, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(touch(LIMIT / 4));
	}
	EXPECT_EXIT(0, modest);
	suite_line_close(&line);
	EXPECT_EXIT(0, outside);
}

SUITE_TEST(v1_limit_kills_who_exceeds_it, .needs = "cgroup.v1.memory", .promise = PROMISE_V1)
{
	limit_kills(_metadata, 1);
}

SUITE_TEST(v2_limit_kills_who_exceeds_it, .needs = "cgroup.v2.memory", .promise = PROMISE_V2)
{
	limit_kills(_metadata, 2);
}

static void usage_is_counted(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct suite_line line;
	long long before, during;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", version));
	ASSERT_OK(suite_line(&line));
	ASSERT_OK(suite_cgroup_read_long(&cg, names[version].usage, &before));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(touch(LIMIT));
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_read_long(&cg, names[version].usage, &during));
	/* Per-CPU caches of the counter may hold back a little: at least seven eighths. */
	EXPECT_GE(during - before, LIMIT / 8 * 7);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_usage_is_counted, .needs = "cgroup.v1.memory", .promise = PROMISE_V1)
{
	usage_is_counted(_metadata, 1);
}

SUITE_TEST(v2_usage_is_counted, .needs = "cgroup.v2.memory", .promise = PROMISE_V2)
{
	usage_is_counted(_metadata, 2);
}

SUITE_TEST(v1_failures_are_counted, .needs = "cgroup.v1.memory", .promise = PROMISE_V1 ": failcnt")
{
	struct suite_cgroup cg;
	long long count, most;
	char text[32];

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	/*
	 * No limit on memory with swap here: which of the two is hit first is the kernel's choice, and
	 * 6.18 counts no failures of the latter (memory.memsw.failcnt stays 0).
	 */
	snprintf(text, sizeof(text), "%lld", LIMIT);
	ASSERT_OK(suite_cgroup_write(&cg, "memory.limit_in_bytes", text));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.failcnt", &count));
	EXPECT_EQ(0, count);
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		touch(2 * LIMIT);
	}
	suite_wait(greedy);	/* killed, or swapped out where there is swap */
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.failcnt", &count));
	EXPECT_GT(count, 0);
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.max_usage_in_bytes", &most));
	EXPECT_LE(most, LIMIT);
	EXPECT_GT(most, LIMIT / 2);
}

SUITE_TEST(v2_kills_are_counted, .needs = "cgroup.v2.memory",
	   .promise = PROMISE_V2 ": memory.events, oom_kill since 4.13")
{
	struct suite_cgroup cg;
	long count;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	set_limit(_metadata, &cg);
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		touch(2 * LIMIT);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), greedy);
	if (suite_kernel(4, 13)) {
		ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom_kill", &count));
		EXPECT_EQ(1, count);
	}
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "max", &count));
	EXPECT_GT(count, 0);
}
