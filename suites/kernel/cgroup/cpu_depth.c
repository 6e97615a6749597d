// SPDX-License-Identifier: GPL-2.0-only
/* Accounting by processor and by mode, nice and idle weights, bursts, memory nodes, partitions. */
#include "suite.h"

#include <sched.h>
#include <stdlib.h>

#include "suite_cgtest.h"

SUITE("cgroup.cpu_depth", "kernel", "Processor accounting, idle groups, bursts, nodes and partitions");

#define V1 "Documentation/admin-guide/cgroup-v1/"
#define V2 "Documentation/admin-guide/cgroup-v2.rst: "
#define BANDWIDTH "Documentation/scheduler/sched-bwc.rst: "

/* ---- accounting ---- */

/* A process of the group, bound to one processor, uses so much time. Answers the processor or -errno. */
static int use_time(const struct suite_cgroup *cg, long ms)
{
	pid_t pid = suite_clone(0);
	int end;

	if (!pid) {
		int cpu = cgtest_bind_one();

		if (cpu < 0 || cpu > 98 || suite_cgroup_enter(cg, 0))
			suite_child_exit(99);
		cgtest_spin(ms);
		suite_child_exit(cpu);
	}
	if (pid < 0)
		return pid;
	end = suite_wait(pid);
	return end >= 0 && end < 99 ? end : -EINVAL;
}

SUITE_TEST(v1_time_is_counted_by_processor, .needs = "cgroup.v1.cpuacct", .promise = V1 "cpuacct.rst; cpuacct.usage_percpu")
{
	long long on_it = 0, elsewhere = 0, whole;
	struct suite_cgroup cg;
	char text[8192], *at, *end;
	int cpu;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuacct", 1));
	cpu = use_time(&cg, 50);
	ASSERT_OK(cpu);
	ASSERT_OK(suite_cgroup_read(&cg, "cpuacct.usage_percpu", text, sizeof(text)));
	at = text;
	for (int i = 0; *at; i++, at = end) {
		long long ns = strtoll(at, &end, 10);

		if (end == at)
			break;
		*(i == cpu ? &on_it : &elsewhere) += ns;
	}
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpuacct.usage", &whole));
	EXPECT_LE(45000000, on_it);	/* a tenth is allowed for */
	EXPECT_EQ(whole, on_it + elsewhere);
	EXPECT_GT(5000000, elsewhere);	/* its end may be elsewhere: not what it used */
}

SUITE_TEST(v1_time_is_counted_by_mode, .needs = "cgroup.v1.cpuacct",
	   .promise = V1 "cpuacct.rst; cpuacct.usage_user, cpuacct.usage_sys, since 4.7 (d740037fac70)")
{
	struct suite_cgroup cg;
	long long whole, user, sys;

	if (!suite_kernel(4, 7)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "cpuacct", 1));
	CHILD(pid, 0) {
		volatile long spent = 0;

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		for (long long until = cgtest_cpu_us() + 100000; cgtest_cpu_us() < until;)
			for (int i = 0; i < 1000000; i++)
				spent++;
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpuacct.usage", &whole));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpuacct.usage_user", &user));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpuacct.usage_sys", &sys));
	EXPECT_LE(90000000, whole);
	/* Which mode it is may be looked up by ticks only: a few of 25 or more are allowed for. */
	EXPECT_LE(whole / 4, user);
	EXPECT_GE(whole * 4, user + sys);
	EXPECT_GT(user, sys);
}

SUITE_TEST(v2_time_is_counted_by_mode, .needs = "cgroup.v2", .promise = V2 "CPU; cpu.stat: user_usec, system_usec")
{
	struct suite_cgroup cg, sibling;
	long whole, user, sys;

	if (!suite_kernel(4, 15)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_new(&sibling, NULL, 2));
	ASSERT_OK(use_time(&cg, 50));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "usage_usec", &whole));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "user_usec", &user));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "system_usec", &sys));
	EXPECT_LE(45000, whole);
	EXPECT_LE(whole - 2, user + sys);	/* each is rounded down */
	EXPECT_GE(whole + 2, user + sys);
	ASSERT_OK(suite_cgroup_read_key(&sibling, "cpu.stat", "usage_usec", &whole));
	EXPECT_EQ(0, whole);
}

/* ---- weights ---- */

SUITE_TEST(v2_nice_is_another_view_of_weight, .needs = "cgroup.v2.cpu", .promise = V2 "CPU; cpu.weight.nice")
{
	struct suite_cgroup cg;
	long long value, lower;

	ASSERT_OK(suite_cgroup_new(&cg, "cpu", 2));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight.nice", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.weight.nice", "5"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight.nice", &value));
	EXPECT_EQ(5, value);
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight", &lower));
	EXPECT_GT(100, lower);
	EXPECT_LT(20, lower);	/* 335 of 1024 (kernel/sched/core.c: sched_prio_to_weight) is 33 of 100 */
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.weight.nice", "-5"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight", &value));
	EXPECT_LT(100, value);
	EXPECT_REFUSED(ERANGE, suite_cgroup_write(&cg, "cpu.weight.nice", "-21"));
	EXPECT_REFUSED(ERANGE, suite_cgroup_write(&cg, "cpu.weight.nice", "20"));
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.weight", "100"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight.nice", &value));
	EXPECT_EQ(0, value);
}

/* A group that is idle as a whole has no weight to speak of, nor one to be set. */
static void idle_has_no_weight(struct __test_metadata *_metadata, int version)
{
	const char *file = version == 1 ? "cpu.shares" : "cpu.weight";
	struct suite_cgroup cg, child;
	long long value, usual;

	if (!suite_kernel(5, 15)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "cpu", version));
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &usual));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.idle", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.idle", "1"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.idle", &value));
	EXPECT_EQ(1, value);
	if (version == 2) {
		ASSERT_OK(suite_cgroup_read_long(&cg, file, &value));
		/*
		 * Documented is 0; since 6.12 what is shown is 1 at least ("sched: Factor out cgroup weight
		 * conversion functions", which clamps it).
		 */
		EXPECT_GE(suite_kernel(6, 12) ? 1 : 0, value);
	}
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, file, "200"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "cpu.idle", "2"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "cpu"));
	ASSERT_OK(suite_cgroup_read_long(&child, "cpu.idle", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.idle", "0"));
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &value));
	EXPECT_EQ(usual, value);
	EXPECT_OK(suite_cgroup_write(&cg, file, "200"));
}

SUITE_TEST(v1_idle_group_has_no_weight, .needs = "cgroup.v1.cpu",
	   .promise = V2 "CPU; cpu.idle, since 5.15 (304000390f88), in both versions")
{
	idle_has_no_weight(_metadata, 1);
}

SUITE_TEST(v2_idle_group_has_no_weight, .needs = "cgroup.v2.cpu", .promise = V2 "CPU; cpu.idle, since 5.15")
{
	idle_has_no_weight(_metadata, 2);
}

/* ---- bursts ---- */

static void burst_is_within_quota(struct __test_metadata *_metadata, int version)
{
	const char *file = version == 1 ? "cpu.cfs_burst_us" : "cpu.max.burst";
	struct suite_cgroup cg;
	long long value;

	if (!suite_kernel(5, 14)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "cpu", version));
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &value));
	EXPECT_EQ(0, value);
	if (version == 1) {
		ASSERT_OK(suite_cgroup_write(&cg, "cpu.cfs_quota_us", "20000"));
	} else {
		ASSERT_OK(suite_cgroup_write(&cg, "cpu.max", "20000 100000"));
	}
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, file, "20001"));
	ASSERT_OK(suite_cgroup_write(&cg, file, "20000"));
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &value));
	EXPECT_EQ(20000, value);
	/* Nor can the quota fall below it. */
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, version == 1 ? "cpu.cfs_quota_us" : "cpu.max", "10000"));
}

SUITE_TEST(v1_burst_is_within_quota, .needs = "cgroup.v1.cpu_bandwidth", .promise = BANDWIDTH "cpu.cfs_burst_us, since 5.14")
{
	burst_is_within_quota(_metadata, 1);
}

SUITE_TEST(v2_burst_is_within_quota, .needs = "cgroup.v2.cpu_bandwidth", .promise = V2 "CPU; cpu.max.burst, since 5.14")
{
	burst_is_within_quota(_metadata, 2);
}

SUITE_TEST(v2_parents_quota_throttles_children, .needs = "cgroup.v2.cpu_bandwidth",
	   .promise = V2 "CPU; cpu.max; Limits")
{
	struct suite_cgroup cg, child;
	long throttled;

	ASSERT_OK(suite_cgroup_new(&cg, "cpu", 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "cpu"));
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.max", "10000 50000"));
	ASSERT_OK(suite_cgroup_write(&child, "cpu.max", "max 50000"));
	ASSERT_OK(use_time(&child, 60));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "nr_throttled", &throttled));
	EXPECT_LT(0, throttled);
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "throttled_usec", &throttled));
	EXPECT_LT(0, throttled);
	ASSERT_OK(suite_cgroup_read_key(&child, "cpu.stat", "nr_throttled", &throttled));
	EXPECT_EQ(0, throttled);
}

/* ---- memory nodes ---- */

static void nodes_are_bounded(struct __test_metadata *_metadata, int version)
{
	const char *effective = version == 1 ? "cpuset.effective_mems" : "cpuset.mems.effective";
	struct suite_cgroup cg;
	char nodes[256], mine[256], text[4096];
	int r;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", version));
	ASSERT_OK(suite_cgroup_read(&cg, effective, nodes, sizeof(nodes)));
	/* The last that there is; and one that there is not. */
	char *last = nodes + strlen(nodes);

	while (last > nodes && last[-1] >= '0' && last[-1] <= '9')
		last--;
	ASSERT_OK(suite_cgroup_write(&cg, "cpuset.mems", last));
	snprintf(text, sizeof(text), "%ld", atol(last) + 1);
	r = suite_cgroup_write(&cg, "cpuset.mems", text);
	EXPECT_EQ(true, r == -EINVAL || r == -ERANGE) TH_LOG("%s", r ? sw_errno_name(-r) : "allowed");
	CHILD(pid, 0) {
		char *line;

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(suite_read("/proc/self/status", text, sizeof(text)));
		line = strstr(text, "\nMems_allowed_list:\t");
		ASSERT_NE(NULL, line);
		line += strlen("\nMems_allowed_list:\t");
		line[strcspn(line, "\n")] = 0;
		snprintf(mine, sizeof(mine), "%s", line);
		EXPECT_STREQ(last, mine);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_nodes_are_bounded, .needs = "cgroup.v1.cpuset", .promise = "cpuset(7): cpuset.mems; Mems_allowed_list")
{
	nodes_are_bounded(_metadata, 1);
}

SUITE_TEST(v2_nodes_are_bounded, .needs = "cgroup.v2.cpuset", .promise = V2 "Cpuset; cpuset.mems")
{
	nodes_are_bounded(_metadata, 2);
}

/* ---- exclusive sets and partitions ---- */

SUITE_TEST(v1_exclusive_sets_do_not_overlap, .needs = "cgroup.v1.cpuset", .promise = "cpuset(7): cpuset.cpu_exclusive; EACCES, EINVAL, EBUSY")
{
	struct suite_cgroup cg, a, b;
	char cpus[256];
	int r;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 1));
	ASSERT_OK(suite_cgroup_child(&a, &cg, "a", "cpuset"));
	ASSERT_OK(suite_cgroup_child(&b, &cg, "b", "cpuset"));
	ASSERT_OK(suite_cgroup_read(&a, "cpuset.cpus", cpus, sizeof(cpus)));
	/* Only below one that is exclusive, and not beside one that has the same. */
	EXPECT_REFUSED(EACCES, suite_cgroup_write(&a, "cpuset.cpu_exclusive", "1"));
	r = suite_cgroup_write(&cg, "cpuset.cpu_exclusive", "1");
	if (r == -EINVAL) {
		printf("others have the same processors beside the test's group\n");
		return;
	}
	ASSERT_OK(r);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&a, "cpuset.cpu_exclusive", "1"));
	ASSERT_OK(suite_cgroup_write(&b, "cpuset.cpus", "\n"));
	ASSERT_OK(suite_cgroup_write(&a, "cpuset.cpu_exclusive", "1"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&b, "cpuset.cpus", cpus));
	EXPECT_REFUSED(EBUSY, suite_cgroup_write(&cg, "cpuset.cpu_exclusive", "0"));
}

SUITE_TEST(v2_partition_without_processors_is_invalid, .needs = "cgroup.v2.cpuset",
	   .promise = V2 "Cpuset; cpuset.cpus.partition, since 5.0; invalid with the reason since 6.1")
{
	struct suite_cgroup cg, child;
	char text[256];

	if (!suite_kernel(6, 1)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 2));
	ASSERT_OK(suite_cgroup_read(&cg, "cpuset.cpus.partition", text, sizeof(text)));
	EXPECT_STREQ("member", text);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "cpuset.cpus.partition", "alone"));
	/* Below a group that is no partition there is no valid one (of its own processors). */
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "cpuset"));
	suite_cgroup_write(&child, "cpuset.cpus.partition", "root");
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus.partition", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "root invalid (", 14)) TH_LOG("%s", text);
	suite_cgroup_write(&child, "cpuset.cpus.partition", "isolated");
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus.partition", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "isolated invalid (", 18)) TH_LOG("%s", text);
	ASSERT_OK(suite_cgroup_write(&child, "cpuset.cpus.partition", "member"));
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus.partition", text, sizeof(text)));
	EXPECT_STREQ("member", text);
}

/*
 * A partition takes its processors from the root's, which has to keep one as long as it has tasks: with two it
 * is valid, with one it is not, and says so.
 */
SUITE_TEST(v2_partition_takes_its_processors, .needs = "cgroup.v2.cpuset", .alone = true,
	   .promise = V2 "Cpuset; cpuset.cpus.partition, since 5.0; invalid with the reason since 6.1")
{
	struct suite_cgroup cg, sibling;
	char text[256], cpus[256];
	cpu_set_t set;
	int last = 0;

	if (!suite_kernel(6, 1)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_SYS(sched_getaffinity(0, sizeof(set), &set));
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 2));
	ASSERT_OK(suite_cgroup_new(&sibling, "cpuset", 2));
	ASSERT_OK(cgtest_write_long(&cg, "cpuset.cpus", last));
	suite_cgroup_write(&cg, "cpuset.cpus.partition", "root");
	ASSERT_OK(suite_cgroup_read(&cg, "cpuset.cpus.partition", text, sizeof(text)));
	ASSERT_OK(suite_cgroup_read(&sibling, "cpuset.cpus.effective", cpus, sizeof(cpus)));
	if (CPU_COUNT(&set) == 1) {
		EXPECT_EQ(0, strncmp(text, "root invalid (", 14)) TH_LOG("%s", text);
	} else {
		char number[16];

		EXPECT_STREQ("root", text);
		snprintf(number, sizeof(number), "%d", last);
		EXPECT_STRNE(number, cpus);
		CHILD(pid, 0) {	/* those outside cannot be there any more */
			ASSERT_OK(suite_cgroup_enter(&sibling, 0));
			ASSERT_SYS(sched_getaffinity(0, sizeof(set), &set));
			EXPECT_EQ(0, CPU_ISSET(last, &set));
		}
		EXPECT_EXIT(0, pid);
	}
	ASSERT_OK(suite_cgroup_write(&cg, "cpuset.cpus.partition", "member"));
	ASSERT_OK(suite_cgroup_read(&cg, "cpuset.cpus.partition", text, sizeof(text)));
	EXPECT_STREQ("member", text);
}
