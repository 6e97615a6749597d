// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge pages. The charge comes before the page (mm/hugetlb.c: alloc_huge_page()): that a limit refuses is
 * told by its counter also where the machine has no huge page to give, which these tests do not change.
 * Where one is to be had (guests allow some beyond the pool), they take it and look at usage too.
 */
#include "suite.h"

#include <sys/mman.h>

#include "suite_cgtest.h"

SUITE("cgroup.hugetlb", "kernel", "Huge page limits and accounting, cgroup v1 and v2");

#define V1 "Documentation/admin-guide/cgroup-v1/hugetlb.rst"
#define V2 "Documentation/admin-guide/cgroup-v2.rst: HugeTLB"

/* The size of a huge page in bytes, and how files of groups name it: "2MB". */
static long long page_size(char *name, size_t size)
{
	long kb = 0;

	if (suite_read_key("/proc/meminfo", "Hugepagesize:", &kb) || kb <= 0)
		return 0;
	snprintf(name, size, kb >= 1024 * 1024 ? "%ldGB" : kb >= 1024 ? "%ldMB" : "%ldKB",
		 kb >= 1024 * 1024 ? kb >> 20 : kb >= 1024 ? kb >> 10 : kb);
	return kb * 1024LL;
}

static const char *file_of(const char *what)
{
	static char file[96];
	char size[32] = "";

	page_size(size, sizeof(size));
	snprintf(file, sizeof(file), "hugetlb.%s.%s", size, what);
	return file;
}

/* How often the limit refused. */
static long long refusals(const struct suite_cgroup *cg)
{
	long long count = -1;
	long value = -1;

	if (cg->version == 1)
		return suite_cgroup_read_long(cg, file_of("failcnt"), &count) ? -1 : count;
	return suite_cgroup_read_key(cg, file_of("events"), "max", &value) ? -1 : value;
}

static const char *limit_file(const struct suite_cgroup *cg)
{
	return file_of(cg->version == 1 ? "limit_in_bytes" : "max");
}

static long long usage(const struct suite_cgroup *cg)
{
	long long bytes = -1;

	return suite_cgroup_read_long(cg, file_of(cg->version == 1 ? "usage_in_bytes" : "current"), &bytes) ? -1 :
	       bytes;
}

/*
 * In a group, map so many huge pages without reserving them and touch each. Tells on the line how many there
 * are before each touch; SIGBUS ends it. After the last it tells -1 and waits.
 */
static pid_t toucher(const struct suite_cgroup *cg, int pages, struct suite_line *line)
{
	char name[32];
	long long size = page_size(name, sizeof(name));
	pid_t pid;
	long value;
	char *p;
	int r = suite_line(line);

	if (r)
		return r;
	pid = suite_clone(0);
	if (pid) {
		suite_line_mine(line, 0);
		return pid;
	}
	suite_line_mine(line, 1);
	p = mmap(NULL, (size_t)(pages * size), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED || (cg && suite_cgroup_enter(cg, 0)))
		suite_child_exit(99);
	for (int i = 0; i < pages; i++)
		*(volatile char *)(p + i * size) = 1;
	suite_tell(line, -1);
	suite_hear(line, &value);
	suite_child_exit(0);
}

/* Whether the machine has so many huge pages to give to who has no limit. */
static bool to_be_had(int pages)
{
	struct suite_line line;
	pid_t pid = toucher(NULL, pages, &line);

	if (pid < 0)
		return false;
	suite_line_close(&line);
	return suite_wait(pid) == 0;
}

/* Nothing is allowed: touching is SIGBUS, and it was the limit that refused. */
static void limit_refuses(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg, free;
	struct suite_line line;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "hugetlb", version));
	ASSERT_OK(suite_cgroup_new(&free, "hugetlb", version));
	ASSERT_OK(suite_cgroup_write(&cg, limit_file(&cg), "0"));
	EXPECT_EQ(0, refusals(&cg));
	pid = toucher(&cg, 1, &line);
	ASSERT_OK(pid);
	suite_line_close(&line);
	EXPECT_EXIT(SUITE_KILLED(SIGBUS), pid);
	EXPECT_LE(1, refusals(&cg));
	EXPECT_EQ(0, usage(&cg));
	/* Without a limit it is the machine that has none to give, or it works. */
	pid = toucher(&free, 1, &line);
	ASSERT_OK(pid);
	suite_line_close(&line);
	suite_wait(pid);
	EXPECT_EQ(0, refusals(&free));
}

SUITE_TEST(v1_limit_refuses, .needs = "cgroup.v1.hugetlb", .promise = V1)
{
	limit_refuses(_metadata, 1);
}

SUITE_TEST(v2_limit_refuses, .needs = "cgroup.v2.hugetlb", .promise = V2 "; hugetlb.<size>.events")
{
	limit_refuses(_metadata, 2);
}

/* The parent's limit binds: the refusal is the parent's, and version 2 tells of it in both. */
static void parent_binds(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "hugetlb", version));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "hugetlb"));
	ASSERT_OK(suite_cgroup_write(&cg, limit_file(&cg), "0"));
	pid = toucher(&child, 1, &line);
	ASSERT_OK(pid);
	suite_line_close(&line);
	EXPECT_EXIT(SUITE_KILLED(SIGBUS), pid);
	EXPECT_LE(1, refusals(&cg));
	EXPECT_EQ(0, usage(&child));
	EXPECT_EQ(0, usage(&cg));
}

SUITE_TEST(v1_parents_limit_binds_children, .needs = "cgroup.v1.hugetlb", .promise = V1)
{
	parent_binds(_metadata, 1);
}

SUITE_TEST(v2_parents_limit_binds_children, .needs = "cgroup.v2.hugetlb", .promise = V2 "; Limits")
{
	parent_binds(_metadata, 2);
}

/*
 * One page is allowed: it is counted here and above while it is held, and a second one is refused. Where the
 * machine has no two, nothing is counted, by the same counters.
 */
static void usage_is_counted(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	char name[32];
	long long size = page_size(name, sizeof(name));
	bool pages = to_be_had(2);
	long value;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "hugetlb", version));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "hugetlb"));
	ASSERT_OK(cgtest_write_long(&cg, limit_file(&cg), size));
	printf("%s\n", pages ? "the machine has huge pages" : "the machine has no huge page to give");
	pid = toucher(&child, 1, &line);
	ASSERT_OK(pid);
	if (pages) {
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(size, usage(&child));
		EXPECT_EQ(size, usage(&cg));
	}
	suite_line_close(&line);
	EXPECT_EXIT(pages ? 0 : SUITE_KILLED(SIGBUS), pid);
	EXPECT_EQ(0, usage(&child));
	EXPECT_EQ(0, usage(&cg));
	EXPECT_EQ(0, refusals(&cg));
	pid = toucher(&child, 2, &line);
	ASSERT_OK(pid);
	suite_line_close(&line);
	EXPECT_EXIT(SUITE_KILLED(SIGBUS), pid);
	EXPECT_EQ(pages, refusals(&cg) > 0);
	if (version == 1) {
		long long most;

		ASSERT_OK(suite_cgroup_read_long(&cg, file_of("max_usage_in_bytes"), &most));
		/* A charge comes before the page is looked for, and is taken back where there is none. */
		EXPECT_GE(size, most);
		EXPECT_LE(pages ? size : 0, most);
	}
}

SUITE_TEST(v1_usage_is_counted, .needs = "cgroup.v1.hugetlb", .promise = V1 ": usage_in_bytes, max_usage_in_bytes",
	   .alone = true)
{
	usage_is_counted(_metadata, 1);
}

SUITE_TEST(v2_usage_is_counted, .needs = "cgroup.v2.hugetlb", .promise = V2 "; hugetlb.<size>.current", .alone = true)
{
	usage_is_counted(_metadata, 2);
}

/* A reservation is refused when it is made: no process is killed later for what it was promised. */
static void reservation_is_refused(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	char name[32];
	long long size = page_size(name, sizeof(name)), before, value;
	const char *limit = version == 1 ? "rsvd.limit_in_bytes" : "rsvd.max";

	if (!suite_kernel(5, 7)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "hugetlb", version));
	ASSERT_OK(suite_cgroup_write(&cg, file_of(limit), "0"));
	if (version == 1) {
		ASSERT_OK(suite_cgroup_read_long(&cg, file_of("rsvd.failcnt"), &before));
		EXPECT_EQ(0, before);
	}
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
		EXPECT_EQ(ENOMEM, errno);
	}
	EXPECT_EXIT(0, pid);
	if (version == 1) {
		ASSERT_OK(suite_cgroup_read_long(&cg, file_of("rsvd.failcnt"), &value));
		EXPECT_EQ(1, value);
	} else {
		EXPECT_LE(1, refusals(&cg));
	}
	ASSERT_OK(suite_cgroup_read_long(&cg, file_of(version == 1 ? "rsvd.usage_in_bytes" : "rsvd.current"),
					 &value));
	EXPECT_EQ(0, value);
}

SUITE_TEST(v1_reservation_is_refused, .needs = "cgroup.v1.hugetlb", .promise = V1 ": 2. Reservations, since 5.7")
{
	reservation_is_refused(_metadata, 1);
}

SUITE_TEST(v2_reservation_is_refused, .needs = "cgroup.v2.hugetlb",
	   .promise = V2 "; hugetlb.<size>.rsvd.max, since 5.7")
{
	reservation_is_refused(_metadata, 2);
}
