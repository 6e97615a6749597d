// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protection, reclaim, kernel memory and swap. What is reclaimed is memory that was freed lazily (MADV_FREE,
 * 4.12 without swap): the kernel may take it at any time, and takes it only under pressure.
 */
#include "suite.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "suite_cgtest.h"

SUITE("cgroup.memory_bounds", "kernel", "Memory protection, reclaim, kernel memory and swap, cgroup v1 and v2");

#define V1 "Documentation/admin-guide/cgroup-v1/memory.rst: "
#define V2 "Documentation/admin-guide/cgroup-v2.rst: Memory; "
#define MIB (1024 * 1024LL)

#define MADV_FREE_ 8

/* In a group, hold so much memory, freed lazily or not, until told. */
static pid_t hold(const struct suite_cgroup *cg, long long bytes, bool lazily, struct suite_line *line)
{
	long value;
	pid_t pid;
	char *p;
	int r = suite_line(line);

	if (r)
		return r;
	pid = suite_clone(0);
	if (pid) {
		suite_line_mine(line, 0);
		if (pid < 0)
			return pid;
		r = suite_hear(line, &value);
		return r || value ? -ENOMEM : pid;
	}
	suite_line_mine(line, 1);
	p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r = suite_cgroup_enter(cg, 0);
	/* Huge pages are freed lazily only as a whole, and come and go as the system is set. */
	if (p == MAP_FAILED || r || (madvise(p, (size_t)bytes, MADV_NOHUGEPAGE) && errno != EINVAL))
		suite_child_exit(99);
	memset(p, 1, (size_t)bytes);
	suite_tell(line, lazily && madvise(p, (size_t)bytes, MADV_FREE_) ? errno : 0);
	suite_hear(line, &value);
	/* What was not freed lazily is as it was. */
	if (!lazily)
		for (long long i = 0; i < bytes; i += 4096)
			if (p[i] != 1)
				suite_child_exit(98);
	suite_child_exit(0);
}

static long long current_of(const struct suite_cgroup *cg)
{
	long long value = -1;

	return suite_cgroup_read_long(cg, cg->version == 1 ? "memory.usage_in_bytes" : "memory.current", &value) ?
	       -1 : value;
}

/* ---- version 2: reclaim on request and protection, since 5.19 testable one by one ---- */

SUITE_TEST(v2_reclaim_takes_what_is_free_to_take, .needs = "cgroup.v2.memory",
	   .promise = V2 "memory.reclaim, since 5.19; madvise(2): MADV_FREE")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long long before;
	pid_t pid;

	if (!suite_kernel(5, 19)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	pid = hold(&cg, 16 * MIB, true, &line);
	ASSERT_OK(pid);
	before = current_of(&cg);
	EXPECT_LE(14 * MIB, before);
	EXPECT_OK(suite_cgroup_write(&cg, "memory.reclaim", "8M"));
	EXPECT_GE(before - 7 * MIB, current_of(&cg));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v2_reclaim_tells_what_it_cannot_do, .needs = "cgroup.v2.memory cgroup.v2.swap",
	   .promise = V2 "memory.reclaim: -EAGAIN, since 5.19")
{
	struct suite_cgroup cg;
	struct suite_line line;
	pid_t pid;

	if (!suite_kernel(5, 19)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.swap.max", "0"));
	pid = hold(&cg, 4 * MIB, false, &line);
	ASSERT_OK(pid);
	EXPECT_REFUSED(EAGAIN, suite_cgroup_write(&cg, "memory.reclaim", "64M"));
	EXPECT_LE(3 * MIB, current_of(&cg));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.reclaim", "much"));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);	/* with its memory as it was */
}

/*
 * Two that hold the same, one protected. Half of all is reclaimed from above them: the protected one keeps
 * what it has, within an eighth.
 */
static void is_protected(struct __test_metadata *_metadata, const char *file, bool hard)
{
	struct suite_cgroup cg, guarded, bare;
	struct suite_line line, other;
	long long before;
	pid_t a, b;
	long value;
	int r;

	if (!suite_kernel(5, 19)) {
		printf("memory.reclaim came with 5.19\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.swap.max", "0"));
	ASSERT_OK(suite_cgroup_child(&guarded, &cg, "guarded", "memory"));
	ASSERT_OK(suite_cgroup_child(&bare, &cg, "bare", "memory"));
	ASSERT_OK(suite_cgroup_write(&guarded, file, "64M"));
	a = hold(&guarded, 16 * MIB, true, &line);
	ASSERT_OK(a);
	b = hold(&bare, 16 * MIB, true, &other);
	ASSERT_OK(b);
	before = current_of(&guarded);
	EXPECT_LE(14 * MIB, before);
	ASSERT_OK(suite_cgroup_write(&cg, "memory.reclaim", "8M"));
	EXPECT_LE(before - 2 * MIB, current_of(&guarded));
	EXPECT_GE(11 * MIB, current_of(&bare));
	/* More than the other has: hard protection holds, and the request fails; the soft one gives way. */
	r = suite_cgroup_write(&cg, "memory.reclaim", "24M");
	ASSERT_OK(suite_cgroup_read_key(&guarded, "memory.events", "low", &value));
	if (hard) {
		EXPECT_EQ(-EAGAIN, r);
		EXPECT_LE(before - 2 * MIB, current_of(&guarded));
		EXPECT_EQ(0, value);
	} else {
		EXPECT_GE(before - 8 * MIB, current_of(&guarded));
		EXPECT_LT(0, value);
	}
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, a);
	ASSERT_OK(suite_tell(&other, 0));
	EXPECT_EXIT(0, b);
}

SUITE_TEST(v2_min_is_never_reclaimed, .needs = "cgroup.v2.memory cgroup.v2.swap", .promise = V2 "memory.min, since 4.18")
{
	is_protected(_metadata, "memory.min", true);
}

SUITE_TEST(v2_low_is_reclaimed_last, .needs = "cgroup.v2.memory cgroup.v2.swap",
	   .promise = V2 "memory.low; memory.events: low")
{
	is_protected(_metadata, "memory.low", false);
}

SUITE_TEST(v2_bounds_start_open_and_round, .needs = "cgroup.v2.memory",
	   .promise = V2 "memory.min, memory.low, memory.high, memory.max")
{
	static const struct {
		const char *file, *first;
	} files[] = { { "memory.min", "0" }, { "memory.low", "0" }, { "memory.high", "max" }, { "memory.max", "max" } };
	long long value, page = sysconf(_SC_PAGESIZE);
	struct suite_cgroup cg;
	char text[64];

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	for (int i = 0; i < 4; i++) {
		ASSERT_OK(suite_cgroup_read(&cg, files[i].file, text, sizeof(text)));
		EXPECT_STREQ(files[i].first, text);
		ASSERT_OK(cgtest_write_long(&cg, files[i].file, 64 * MIB + page + 1));
		ASSERT_OK(suite_cgroup_read_long(&cg, files[i].file, &value));
		EXPECT_EQ(0, value % page);
		EXPECT_EQ(1, value == 64 * MIB + page || value == 64 * MIB + 2 * page);
		EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, files[i].file, "none"));
		ASSERT_OK(suite_cgroup_write(&cg, files[i].file, "max"));
		ASSERT_OK(suite_cgroup_read(&cg, files[i].file, text, sizeof(text)));
		EXPECT_STREQ("max", text);
	}
}

SUITE_TEST(v2_peak_stays_and_counts_from_below, .needs = "cgroup.v2.memory",
	   .promise = V2 "memory.peak, since 5.19; a descriptor's own since 6.12")
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	char path[PATH_MAX + 64], text[64] = "";
	long long peak;
	pid_t pid;

	if (!suite_kernel(5, 19)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	pid = hold(&child, 16 * MIB, false, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
	EXPECT_GT(8 * MIB, current_of(&cg));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.peak", &peak));
	EXPECT_LE(15 * MIB, peak);
	if (!suite_kernel(6, 12))
		return;
	snprintf(path, sizeof(path), "%s/memory.peak", cg.path);
	__sw_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_OK(fd);
	ASSERT_EQ(5, write(fd, "reset", 5));
	ASSERT_LT(0, pread(fd, text, sizeof(text) - 1, 0));
	EXPECT_GT(8 * MIB, atoll(text));
	/* For others it is what it was. */
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.peak", &peak));
	EXPECT_LE(15 * MIB, peak);
}

SUITE_TEST(v2_lowered_limit_kills_who_is_over_it, .needs = "cgroup.v2.memory cgroup.v2.swap",
	   .promise = V2 "memory.max")
{
	struct suite_cgroup cg;
	struct suite_line line;
	pid_t pid;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.swap.max", "0"));
	pid = hold(&cg, 16 * MIB, false, &line);
	ASSERT_OK(pid);
	ASSERT_OK(cgtest_write_long(&cg, "memory.max", 4 * MIB));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.events", "oom_kill", &value));
	EXPECT_EQ(1, value);
	EXPECT_GE(4 * MIB, current_of(&cg));
}

SUITE_TEST(v2_kinds_of_memory_are_told_apart, .needs = "cgroup.v2.memory",
	   .promise = V2 "memory.stat: anon, file, shmem; memory.numa_stat")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long anon, shmem, file, value;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		char *p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		ASSERT_NE(MAP_FAILED, p);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		memset(p, 1, 4 * MIB);
		ASSERT_OK(cgtest_touch(8 * MIB));
		suite_tell(&line, 0);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "anon", &anon));
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "shmem", &shmem));
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "file", &file));
	EXPECT_LE(8 * MIB, anon);
	EXPECT_GT(10 * MIB, anon);
	EXPECT_EQ(4 * MIB, shmem);
	EXPECT_LE(shmem, file);		/* it lies in the page cache */
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

/* In a group, fill pipes with 2 MiB, which is memory of the kernel's. Ends when told. */
static pid_t fill_pipes(const struct suite_cgroup *cg, struct suite_line *line)
{
	static char page[4096];
	int fds[2], r = suite_line(line);
	long value;
	pid_t pid;

	if (r)
		return r;
	pid = suite_clone(0);
	if (pid) {
		suite_line_mine(line, 0);
		if (pid < 0)
			return pid;
		r = suite_hear(line, &value);
		return r || value ? -ENOMEM : pid;
	}
	suite_line_mine(line, 1);
	if (suite_cgroup_enter(cg, 0))
		suite_child_exit(99);
	for (int i = 0; i < 32; i++) {
		if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
			suite_child_exit(98);
		for (int k = 0; k < 16; k++)
			if (write(fds[1], page, sizeof(page)) != sizeof(page))
				suite_child_exit(97);
	}
	suite_tell(line, 0);
	suite_hear(line, &value);
	suite_child_exit(0);
}

SUITE_TEST(v2_kernel_memory_is_charged, .needs = "cgroup.v2.memory", .promise = V2 "memory.stat: kernel, since 5.18")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long value;
	pid_t pid;

	if (!suite_kernel(5, 18)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	pid = fill_pipes(&cg, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "kernel", &value));
	EXPECT_LE(MIB, value);
	EXPECT_LE(MIB, current_of(&cg));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

/* ---- version 1 ---- */

SUITE_TEST(v1_kernel_memory_is_charged, .needs = "cgroup.v1.memory cgroup.v1.kmem",
	   .promise = V1 "2.7 Kernel Memory Extension; memory.kmem.usage_in_bytes")
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	long long value;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.use_hierarchy", "1"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	pid = fill_pipes(&child, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_read_long(&child, "memory.kmem.usage_in_bytes", &value));
	EXPECT_LE(MIB, value);
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.kmem.usage_in_bytes", &value));
	EXPECT_LE(MIB, value);
	EXPECT_LE(MIB, current_of(&cg));	/* it is part of the whole */
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_hierarchy_cannot_be_left_below, .needs = "cgroup.v1.memory",
	   .promise = V1 "6. Hierarchy support; 6.1 Hierarchical accounting")
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	long long value;
	pid_t pid;

	/* Always on since 5.11 (bef8620cd8e0); before, a group without children may turn it on. */
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.use_hierarchy", "1"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	ASSERT_OK(suite_cgroup_read_long(&child, "memory.use_hierarchy", &value));
	EXPECT_EQ(1, value);
	EXPECT_GT(0, suite_cgroup_write(&child, "memory.use_hierarchy", "0"));
	EXPECT_GT(0, suite_cgroup_write(&cg, "memory.use_hierarchy", "0"));
	pid = hold(&child, 8 * MIB, false, &line);
	ASSERT_OK(pid);
	EXPECT_LE(7 * MIB, current_of(&child));
	EXPECT_LE(7 * MIB, current_of(&cg));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_statistics_have_own_and_total, .needs = "cgroup.v1.memory", .promise = V1 "5.2 stat file: total_*")
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	long value;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "memory.use_hierarchy", "1"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	ASSERT_OK(cgtest_write_long(&cg, "memory.limit_in_bytes", 64 * MIB));
	pid = hold(&child, 8 * MIB, false, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_read_key(&child, "memory.stat", "rss", &value));
	EXPECT_LE(7 * MIB, value);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "rss", &value));
	EXPECT_GT(MIB, value);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.stat", "total_rss", &value));
	EXPECT_LE(7 * MIB, value);
	/* The tightest limit of those above. */
	ASSERT_OK(suite_cgroup_read_key(&child, "memory.stat", "hierarchical_memory_limit", &value));
	EXPECT_EQ(64 * MIB, value);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_force_empty_reclaims, .needs = "cgroup.v1.memory", .promise = V1 "5.1 force_empty; madvise(2): MADV_FREE")
{
	struct suite_cgroup cg;
	struct suite_line line;
	pid_t pid;

	if (!suite_kernel(4, 12)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	pid = hold(&cg, 16 * MIB, true, &line);
	ASSERT_OK(pid);
	EXPECT_LE(14 * MIB, current_of(&cg));
	EXPECT_OK(suite_cgroup_write(&cg, "memory.force_empty", "0"));
	EXPECT_GT(4 * MIB, current_of(&cg));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_most_used_is_kept_and_reset, .needs = "cgroup.v1.memory",
	   .promise = V1 "3.1 User Interface; max_usage_in_bytes")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long long most;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	pid = hold(&cg, 16 * MIB, false, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.max_usage_in_bytes", &most));
	EXPECT_LE(15 * MIB, most);
	ASSERT_OK(suite_cgroup_write(&cg, "memory.max_usage_in_bytes", "0"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.max_usage_in_bytes", &most));
	EXPECT_GT(8 * MIB, most);
}

/* ---- memory and swap together ---- */

SUITE_TEST(v1_memsw_counts_and_limits, .needs = "cgroup.v1.memsw", .promise = V1 "2.4 Swap Extension (CONFIG_MEMCG_SWAP)")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long long value;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	/* Memory alone would have room: what binds is the sum, in which memory counts. */
	ASSERT_OK(cgtest_write_long(&cg, "memory.limit_in_bytes", 16 * MIB));
	ASSERT_OK(cgtest_write_long(&cg, "memory.memsw.limit_in_bytes", 16 * MIB));
	pid = hold(&cg, 8 * MIB, false, &line);
	ASSERT_OK(pid);
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.memsw.usage_in_bytes", &value));
	EXPECT_LE(7 * MIB, value);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
	CHILD(greedy, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(32 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), greedy);	/* swap or not */
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.memsw.max_usage_in_bytes", &value));
	EXPECT_GE(16 * MIB, value);
	EXPECT_LE(12 * MIB, value);
}

SUITE_TEST(v1_memsw_threshold_is_told, .needs = "cgroup.v1.memsw", .promise = V1 "9. Memory thresholds")
{
	char path[PATH_MAX + 64], text[96];
	struct suite_cgroup cg;
	struct suite_line line;
	uint64_t count = 0;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 1));
	snprintf(path, sizeof(path), "%s/memory.memsw.usage_in_bytes", cg.path);
	__sw_fd int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	__sw_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, event);
	ASSERT_LE(0, fd);
	snprintf(text, sizeof(text), "%d %d %lld", event, fd, 8 * MIB);
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.event_control", text));
	EXPECT_EQ(-1, read(event, &count, sizeof(count)));	/* not crossed yet */
	pid = hold(&cg, 24 * MIB, false, &line);
	ASSERT_OK(pid);
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	ASSERT_EQ(1, poll(&poll_fd, 1, -1));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v2_swap_bounds_start_open_and_round, .needs = "cgroup.v2.swap",
	   .promise = V2 "memory.swap.max, memory.swap.current, memory.swap.events")
{
	struct suite_cgroup cg, child;
	long long got, page = sysconf(_SC_PAGESIZE);
	char text[64];
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, "memory", 2));
	ASSERT_OK(suite_cgroup_read(&cg, "memory.swap.max", text, sizeof(text)));
	EXPECT_STREQ("max", text);
	ASSERT_OK(cgtest_write_long(&cg, "memory.swap.max", 64 * MIB + 1));
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.swap.max", &got));
	EXPECT_EQ(0, got % page);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.swap.max", "none"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "memory"));
	ASSERT_OK(suite_cgroup_read(&child, "memory.swap.max", text, sizeof(text)));
	EXPECT_STREQ("max", text);	/* limits are not inherited as values */
	ASSERT_OK(suite_cgroup_read_long(&cg, "memory.swap.current", &got));
	EXPECT_EQ(0, got);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.swap.events", "max", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_read_key(&cg, "memory.swap.events", "fail", &value));
	EXPECT_EQ(0, value);
}
