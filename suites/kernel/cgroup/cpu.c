// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processor shares, limits, accounting and sets. What is measured is processor time as the kernel counts it,
 * never the clock on the wall, with the tolerance that each test states.
 */
#include "suite.h"

#include <sched.h>

#include "suite_cgtest.h"

SUITE("cgroup.cpu", "kernel", "Processor control and accounting, cgroup v1 and v2");

#define V2 "Documentation/admin-guide/cgroup-v2.rst: CPU"
#define BANDWIDTH "Documentation/scheduler/sched-bwc.rst"
#define CPUSETS "Documentation/admin-guide/cgroup-v1/cpusets.rst"

/* Where others want the processors too, a group with little weight comes to its quota late. */
static int weigh_most(const struct suite_cgroup *cg, int version)
{
	return version == 1 ? suite_cgroup_write(cg, "cpu.shares", "262144") :
			      suite_cgroup_write(cg, "cpu.weight", "10000");
}

/*
 * 2 ms in each 20: whoever gets a processor keeps it for longer than that, so it is throttled also where others
 * make it wait for long. What it used is no more than the quota of the periods that went by, of which there are
 * more, never fewer, on a busy machine; one more may have begun, and a tick (10 ms at most) may pass before it
 * is noticed. Twice that is allowed for.
 */
static void quota_throttles(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	long periods, throttled;
	struct suite_line line;
	long used;

	ASSERT_OK(suite_cgroup_new(&cg, "cpu", version));
	ASSERT_OK(weigh_most(&cg, version));
	if (version == 1) {
		ASSERT_OK(suite_cgroup_write(&cg, "cpu.cfs_period_us", "20000"));
		ASSERT_OK(suite_cgroup_write(&cg, "cpu.cfs_quota_us", "2000"));
	} else {
		ASSERT_OK(suite_cgroup_write(&cg, "cpu.max", "2000 20000"));
	}
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(cgtest_bind_one());
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		long long from = cgtest_cpu_us();

		/* Stop at the first sign of it, once there was enough to measure; 200 ms without one are too many. */
		do {
			cgtest_spin(2);
			used = (long)(cgtest_cpu_us() - from);
			ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "nr_throttled", &throttled));
		} while (used < 40000 || (!throttled && used < 200000));
		ASSERT_OK(suite_tell(&line, used));
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &used));
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "nr_periods", &periods));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "nr_throttled", &throttled));
	EXPECT_GT(throttled, 0);
	EXPECT_LE(used, (periods + 1) * 2000 + 20000);
}

SUITE_TEST(v1_quota_throttles, .needs = "cgroup.v1.cpu_bandwidth", .promise = BANDWIDTH)
{
	quota_throttles(_metadata, 1);
}

SUITE_TEST(v2_quota_throttles, .needs = "cgroup.v2.cpu_bandwidth", .promise = V2 "; cpu.max")
{
	quota_throttles(_metadata, 2);
}

SUITE_TEST(v1_child_quota_is_within_parents, .needs = "cgroup.v1.cpu_bandwidth",
	   .promise = BANDWIDTH ": Hierarchical considerations")
{
	struct suite_cgroup parent, child;

	ASSERT_OK(suite_cgroup_new(&parent, "cpu", 1));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "cpu"));
	ASSERT_OK(suite_cgroup_write(&parent, "cpu.cfs_quota_us", "20000"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&child, "cpu.cfs_quota_us", "30000"));
	EXPECT_OK(suite_cgroup_write(&child, "cpu.cfs_quota_us", "10000"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&parent, "cpu.cfs_quota_us", "5000"));
	EXPECT_OK(suite_cgroup_write(&child, "cpu.cfs_quota_us", "-1"));
}

/*
 * Two that never rest, on one processor, under weights of one to four: while the heavier uses 300 ms, the
 * lighter has at most half as much (a quarter is promised in the long run). It counts from when the heavier is
 * in its place, so that it does not matter how long that takes.
 */
static void weights_divide(struct __test_metadata *_metadata, int version)
{
	const char *file = version == 1 ? "cpu.shares" : "cpu.weight";
	struct suite_cgroup parent, light, heavy;
	struct suite_line line;
	long value, light_us;

	ASSERT_OK(suite_cgroup_new(&parent, "cpu", version));
	ASSERT_OK(suite_cgroup_child(&light, &parent, "light", "cpu"));
	ASSERT_OK(suite_cgroup_child(&heavy, &parent, "heavy", "cpu"));
	ASSERT_OK(suite_cgroup_write(&light, file, version == 1 ? "256" : "50"));
	ASSERT_OK(suite_cgroup_write(&heavy, file, version == 1 ? "1024" : "200"));
	ASSERT_OK(suite_line(&line));
	CHILD(slow, 0) {
		struct pollfd poll_fd = { .fd = line.fd[1], .events = POLLIN };
		long long from = 0;

		suite_line_mine(&line, 1);
		ASSERT_OK(cgtest_bind_one());
		ASSERT_OK(suite_cgroup_enter(&light, 0));
		suite_tell(&line, 1);
		for (int heard = 0; heard < 2; heard++) {	/* begin; end */
			from = cgtest_cpu_us();
			while (!poll(&poll_fd, 1, 0))
				cgtest_spin(1);
			ASSERT_OK(suite_hear(&line, &value));
		}
		suite_tell(&line, (long)(cgtest_cpu_us() - from));
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(fast, 0) {
		ASSERT_OK(cgtest_bind_one());
		ASSERT_OK(suite_cgroup_enter(&heavy, 0));
		suite_tell(&line, 1);	/* our copy of the parent's end */
		cgtest_spin(300);
		suite_tell(&line, 1);
	}
	EXPECT_EXIT(0, fast);
	ASSERT_OK(suite_hear(&line, &light_us));
	EXPECT_LE(light_us, 150000);
	EXPECT_GT(light_us, 0);
	EXPECT_EXIT(0, slow);
}

SUITE_TEST(v1_shares_divide, .needs = "cgroup.v1.cpu", .promise = "Documentation/scheduler/sched-design-CFS.rst: 7")
{
	weights_divide(_metadata, 1);
}

SUITE_TEST(v2_weights_divide, .needs = "cgroup.v2.cpu", .promise = V2 "; cpu.weight")
{
	weights_divide(_metadata, 2);
}

SUITE_TEST(v2_weight_is_bounded, .needs = "cgroup.v2.cpu", .promise = V2 "; cpu.weight, cpu.max")
{
	struct suite_cgroup cg;
	long long value;
	char text[64];

	ASSERT_OK(suite_cgroup_new(&cg, "cpu", 2));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpu.weight", &value));
	EXPECT_EQ(100, value);
	EXPECT_REFUSED(ERANGE, suite_cgroup_write(&cg, "cpu.weight", "0"));
	EXPECT_REFUSED(ERANGE, suite_cgroup_write(&cg, "cpu.weight", "10001"));
	EXPECT_OK(suite_cgroup_write(&cg, "cpu.weight", "10000"));
	ASSERT_OK(suite_cgroup_read(&cg, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("max 100000", text);
	ASSERT_OK(suite_cgroup_write(&cg, "cpu.max", "50000"));	/* the period stays */
	ASSERT_OK(suite_cgroup_read(&cg, "cpu.max", text, sizeof(text)));
	EXPECT_STREQ("50000 100000", text);
}

SUITE_TEST(v1_time_is_counted, .needs = "cgroup.v1.cpuacct",
	   .promise = "Documentation/admin-guide/cgroup-v1/cpuacct.rst")
{
	struct suite_cgroup cg, child;
	long long above, below;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuacct", 1));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "cpuacct"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		cgtest_spin(50);
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_long(&child, "cpuacct.usage", &below));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cpuacct.usage", &above));
	EXPECT_GE(below, 45000000);	/* nanoseconds; a tenth is allowed for */
	EXPECT_GE(above, below);
	ASSERT_OK(suite_cgroup_write(&child, "cpuacct.usage", "0"));
	ASSERT_OK(suite_cgroup_read_long(&child, "cpuacct.usage", &below));
	EXPECT_LT(below, 45000000);
}

SUITE_TEST(v2_time_is_counted, .needs = "cgroup.v2", .promise = V2 "; cpu.stat, always there since 4.15")
{
	struct suite_cgroup cg, child;
	long above, below;

	if (!suite_kernel(4, 15)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		cgtest_spin(50);
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_key(&child, "cpu.stat", "usage_usec", &below));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cpu.stat", "usage_usec", &above));
	EXPECT_GE(below, 45000);
	EXPECT_GE(above, below);
}

/* ---- cpuset ---- */

static void set_binds(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	cpu_set_t set;
	int cpu = -1;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", version));
	ASSERT_SYS(sched_getaffinity(0, sizeof(set), &set));
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			cpu = i;	/* the last */
	ASSERT_LE(0, cpu);
	ASSERT_OK(cgtest_write_long(&cg, "cpuset.cpus", cpu));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_SYS(sched_getaffinity(0, sizeof(set), &set));
		EXPECT_EQ(1, CPU_COUNT(&set));
		EXPECT_NE(0, CPU_ISSET(cpu, &set));
		CPU_ZERO(&set);
		CPU_SET(cpu ? 0 : 1, &set);	/* no way out, nor to where nothing is */
		EXPECT_EQ(-1, sched_setaffinity(0, sizeof(set), &set));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(cpu, sched_getcpu());
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_set_binds, .needs = "cgroup.v1.cpuset", .promise = CPUSETS "; cpuset(7)")
{
	set_binds(_metadata, 1);
}

SUITE_TEST(v2_set_binds, .needs = "cgroup.v2.cpuset",
	   .promise = "Documentation/admin-guide/cgroup-v2.rst: Cpuset")
{
	set_binds(_metadata, 2);
}

SUITE_TEST(v2_empty_set_is_the_parents, .needs = "cgroup.v2.cpuset",
	   .promise = "Documentation/admin-guide/cgroup-v2.rst: cpuset.cpus.effective")
{
	struct suite_cgroup parent, child;
	char above[256], below[256];

	ASSERT_OK(suite_cgroup_new(&parent, "cpuset", 2));
	ASSERT_OK(suite_cgroup_write(&parent, "cpuset.cpus", "0"));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "cpuset"));
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus", below, sizeof(below)));
	EXPECT_STREQ("", below);
	ASSERT_OK(suite_cgroup_read(&parent, "cpuset.cpus.effective", above, sizeof(above)));
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus.effective", below, sizeof(below)));
	EXPECT_STREQ("0", above);
	EXPECT_STREQ(above, below);
}

SUITE_TEST(v1_empty_set_takes_no_task, .needs = "cgroup.v1.cpuset", .promise = "cpuset(7): ENOSPC")
{
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.clone_children", "0"));
	memset(&child, 0, sizeof(child));
	snprintf(child.path, sizeof(child.path), "%.4000s/child", cg.path);
	child.version = 1;
	ASSERT_SYS(mkdir(child.path, 0755));
	CHILD(pid, 0) {
		EXPECT_REFUSED(ENOSPC, suite_cgroup_enter(&child, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_clone_children_copies_the_set, .needs = "cgroup.v1.clone_children",
	   .promise = "Documentation/admin-guide/cgroup-v1/cgroups.rst: 1.5 clone_children")
{
	struct suite_cgroup cg, child;
	char above[256], below[256];

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.clone_children", "1"));
	memset(&child, 0, sizeof(child));
	snprintf(child.path, sizeof(child.path), "%.4000s/child", cg.path);
	child.version = 1;
	ASSERT_SYS(mkdir(child.path, 0755));
	ASSERT_OK(suite_cgroup_read(&cg, "cpuset.cpus", above, sizeof(above)));
	ASSERT_OK(suite_cgroup_read(&child, "cpuset.cpus", below, sizeof(below)));
	EXPECT_STREQ(above, below);
	EXPECT_STRNE("", below);
	CHILD(pid, 0) {
		EXPECT_OK(suite_cgroup_enter(&child, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_set_is_within_the_parents, .needs = "cgroup.v1.cpuset", .promise = "cpuset(7): EACCES; EBUSY")
{
	struct suite_cgroup cg, child;
	char cpus[256];

	ASSERT_OK(suite_cgroup_new(&cg, "cpuset", 1));
	ASSERT_OK(suite_cgroup_read(&cg, "cpuset.cpus", cpus, sizeof(cpus)));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "cpuset"));
	/* The parent cannot give up what the child has. */
	EXPECT_REFUSED(EBUSY, suite_cgroup_write(&cg, "cpuset.cpus", "\n"));
	ASSERT_OK(suite_cgroup_write(&child, "cpuset.cpus", "\n"));
	ASSERT_OK(suite_cgroup_write(&cg, "cpuset.cpus", "\n"));
	EXPECT_REFUSED(EACCES, suite_cgroup_write(&child, "cpuset.cpus", cpus));
}
