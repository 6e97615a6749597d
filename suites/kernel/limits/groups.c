// SPDX-License-Identifier: GPL-2.0-only
/* Groups at their limits: nested quotas, freezing what forks, victims of memory shortage. */
#include "suite.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "suite_cgtest.h"

SUITE("limits.groups", "kernel", "Groups at their limits");

#define V1 "Documentation/admin-guide/cgroup-v1/"
#define V2 "Documentation/admin-guide/cgroup-v2.rst: "
#define PROC "Documentation/filesystems/proc.rst: 3.1 oom_score_adj"
#define MIB (1024 * 1024LL)

/* ---- processor ---- */

/*
 * What a child group that has no limit of its own uses is within its parent's quota. The tolerance is that of
 * cgroup.cpu.v2_quota_throttles: one period more, and two ticks.
 */
static void nested_quota(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup parent, child;
	struct suite_line line;
	long used, periods, throttled;

	ASSERT_OK(suite_cgroup_new(&parent, "cpu", version));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "cpu"));
	if (version == 1) {
		ASSERT_OK(suite_cgroup_write(&parent, "cpu.cfs_period_us", "20000"));
		ASSERT_OK(suite_cgroup_write(&parent, "cpu.cfs_quota_us", "2000"));
	} else {
		ASSERT_OK(suite_cgroup_write(&parent, "cpu.max", "2000 20000"));
	}
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(cgtest_bind_one());
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		long long from = cgtest_cpu_us();

		cgtest_spin(40);
		ASSERT_OK(suite_tell(&line, (long)(cgtest_cpu_us() - from)));
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &used));
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_cgroup_read_key(&parent, "cpu.stat", "nr_periods", &periods));
	EXPECT_LE(used, (periods + 1) * 2000 + 20000);
	/* The child itself was never at a limit. */
	ASSERT_OK(suite_cgroup_read_key(&child, "cpu.stat", "nr_throttled", &throttled));
	EXPECT_EQ(0, throttled);
}

SUITE_TEST(v1_quota_binds_below, .needs = "cgroup.v1.cpu_bandwidth",
	   .promise = "Documentation/scheduler/sched-bwc.rst: Hierarchical considerations")
{
	nested_quota(_metadata, 1);
}

SUITE_TEST(v2_quota_binds_below, .needs = "cgroup.v2.cpu_bandwidth", .promise = V2 "cpu.max; Limits")
{
	nested_quota(_metadata, 2);
}

/* ---- freezing ---- */

/* Four that do nothing but fork, stopped in the midst of it. */
static void forkers_freeze(struct __test_metadata *_metadata, int version)
{
	const char *file = version == 1 ? "freezer.state" : "cgroup.freeze";
	struct { long forks; int stop; } *shared;
	struct cgtest_proc witness;
	struct suite_cgroup cg;
	pid_t pids[4];
	long before;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)shared);
	ASSERT_OK(suite_cgroup_new(&cg, version == 1 ? "freezer" : NULL, version));
	ASSERT_OK(cgtest_start(&witness, NULL));
	for (int i = 0; i < 4; i++) {
		ASSERT_OK((pids[i] = suite_clone(0)));
		if (pids[i])
			continue;
		if (suite_cgroup_enter(&cg, 0))
			_exit(9);
		while (!__atomic_load_n(&shared->stop, __ATOMIC_SEQ_CST)) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			if (pid < 0 || waitpid(pid, NULL, 0) != pid)
				_exit(8);
			__atomic_add_fetch(&shared->forks, 1, __ATOMIC_SEQ_CST);
		}
		_exit(0);
	}
	for (int round = 0; round < 3; round++) {
		before = __atomic_load_n(&shared->forks, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&shared->forks, __ATOMIC_SEQ_CST) < before + 20)
			ASSERT_OK(cgtest_ask(&witness));	/* it runs, also after a thaw */
		ASSERT_OK(suite_cgroup_write(&cg, file, version == 1 ? "FROZEN" : "1"));
		if (version == 1)
			ASSERT_OK(suite_cgroup_await_line(&cg, file, "FROZEN"));
		else
			ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "frozen", 1));
		before = __atomic_load_n(&shared->forks, __ATOMIC_SEQ_CST);
		for (int i = 0; i < 50; i++)
			ASSERT_OK(cgtest_ask(&witness));
		EXPECT_EQ(before, __atomic_load_n(&shared->forks, __ATOMIC_SEQ_CST));
		ASSERT_OK(suite_cgroup_write(&cg, file, version == 1 ? "THAWED" : "0"));
	}
	__atomic_store_n(&shared->stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 4; i++)
		EXPECT_EXIT(0, pids[i]);
	EXPECT_EQ(0, cgtest_end(&witness));
}

SUITE_TEST(v1_forkers_freeze, .needs = "cgroup.v1.freezer", .promise = V1 "freezer-subsystem.rst: FROZEN")
{
	forkers_freeze(_metadata, 1);
}

SUITE_TEST(v2_forkers_freeze, .needs = "cgroup.v2.freezer", .promise = V2 "cgroup.freeze")
{
	forkers_freeze(_metadata, 2);
}

/* ---- pids ---- */

static void lowered_limit(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct cgtest_proc p[3];
	long long now;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", version));
	for (int i = 0; i < 3; i++)
		ASSERT_OK(cgtest_start(&p[i], &cg));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "1"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
	EXPECT_EQ(3, now);
	for (int i = 0; i < 3; i++)
		EXPECT_OK(cgtest_ask(&p[i]));	/* nobody was killed */
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_EQ(-EAGAIN, suite_clone(0));
		ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "5"));
		CHILD(inner, 0) {
		}
		EXPECT_EXIT(0, inner);
	}
	EXPECT_EXIT(0, pid);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, cgtest_end(&p[i]));
}

SUITE_TEST(v1_lowered_pids_limit_kills_nobody, .needs = "cgroup.v1.pids", .promise = V1 "pids.rst: pids.current > pids.max")
{
	lowered_limit(_metadata, 1);
}

SUITE_TEST(v2_lowered_pids_limit_kills_nobody, .needs = "cgroup.v2.pids", .promise = V2 "PID: pids.current > pids.max")
{
	lowered_limit(_metadata, 2);
}

/* ---- memory ---- */

/* A group that may have so much, and no swap beyond it. */
static int memory_group(struct suite_cgroup *cg, int version, long long max)
{
	int r = suite_cgroup_new(cg, "memory", version);

	if (!r)
		r = cgtest_write_long(cg, version == 1 ? "memory.limit_in_bytes" : "memory.max", max);
	if (r)
		return r;
	r = version == 1 ? cgtest_write_long(cg, "memory.memsw.limit_in_bytes", max) :
			   suite_cgroup_write(cg, "memory.swap.max", "0");
	return r == -ENOENT ? 0 : r;	/* no accounting of swap: then none is there to go to */
}

/*
 * A small one that says that it should go first, and a big one that then wants more than there is: without
 * oom_score_adj the small one would live (cgroup.memory.v2_biggest_is_the_victim).
 */
static void chosen_victim(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct suite_line line;
	long value;

	ASSERT_OK(memory_group(&cg, version, 24 * MIB));
	ASSERT_OK(suite_line(&line));
	CHILD(small, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_write("1000", "/proc/self/oom_score_adj"));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(cgtest_touch(2 * MIB));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(big, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(64 * MIB);
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), small);
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), big);	/* that was not enough */
}

SUITE_TEST(v1_victim_can_be_chosen, .needs = "cgroup.v1.memory", .promise = PROC)
{
	chosen_victim(_metadata, 1);
}

SUITE_TEST(v2_victim_can_be_chosen, .needs = "cgroup.v2.memory", .promise = PROC)
{
	chosen_victim(_metadata, 2);
}

/* The init of a container is the victim: all of its processes end, not only those at the limit. */
static void init_is_victim(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct suite_line line;
	long value;

	ASSERT_OK(memory_group(&cg, version, 24 * MIB));
	ASSERT_OK(suite_line(&line));
	CHILD(init, SW_CLONE_NEWPID) {
		suite_line_mine(&line, 1);
		CHILD(member, 0) {	/* not in the group */
			suite_tell(&line, 1);
			suite_hear(&line, &value);
		}
		suite_line_close(&line);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		cgtest_touch(64 * MIB);
	}
	suite_line_mine(&line, 0);
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), init);
	/* It may have had time to say hello; then there is nobody left to. */
	while (!suite_hear(&line, &value))
		EXPECT_EQ(1, value);
}

SUITE_TEST(v1_end_of_init_ends_the_container, .needs = "cgroup.v1.memory ns.pid", .promise = "pid_namespaces(7): The "
	   "namespace init process; " V1 "memory.rst: 10. OOM Control")
{
	init_is_victim(_metadata, 1);
}

SUITE_TEST(v2_end_of_init_ends_the_container, .needs = "cgroup.v2.memory ns.pid", .promise = "pid_namespaces(7): The "
	   "namespace init process; " V2 "memory.max")
{
	init_is_victim(_metadata, 2);
}

/* Files of a tmpfs count for who wrote them, also when that one is gone, and are bound by the limit. */
static void tmpfs_counts(struct __test_metadata *_metadata, int version)
{
	const char *usage = version == 1 ? "memory.usage_in_bytes" : "memory.current";
	static char block[65536];
	struct suite_cgroup cg;
	long long now;
	int dir;

	ASSERT_OK(sys_unshare(SW_CLONE_NEWNS));
	ASSERT_OK(sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "size=64m"));
	dir = open(suite_scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ASSERT_SYS(dir);
	ASSERT_OK(memory_group(&cg, version, 12 * MIB));
	CHILD(writer, 0) {
		int fd = openat(dir, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		for (int i = 0; i < 64; i++)
			ASSERT_EQ((ssize_t)sizeof(block), write(fd, block, sizeof(block)));
	}
	EXPECT_EXIT(0, writer);
	ASSERT_OK(suite_cgroup_read_long(&cg, usage, &now));
	EXPECT_GE(now, 7 * MIB / 2);	/* of 4; counters lag a little */
	CHILD(greedy, 0) {
		int fd = openat(dir, "more", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		for (int i = 0; i < 512; i++)
			if (write(fd, block, sizeof(block)) != sizeof(block)) {
				EXPECT_EQ(ENOMEM, errno);
				suite_child_exit(7);
			}
	}
	/* Before 4.19 (29ef680ae7c2) system calls got ENOMEM instead. */
	EXPECT_EXIT(suite_kernel(4, 19) ? SUITE_KILLED(SIGKILL) : 7, greedy);
	ASSERT_SYS(unlinkat(dir, "file", 0));
	ASSERT_SYS(unlinkat(dir, "more", 0));
	ASSERT_OK(suite_cgroup_read_long(&cg, usage, &now));
	EXPECT_LT(now, 3 * MIB);
}

SUITE_TEST(v1_tmpfs_counts_for_its_writer, .needs = "cgroup.v1.memory ns.mnt mount.tmpfs", .promise = V1 "memory.rst: 2.3 Shared Page Accounting")
{
	tmpfs_counts(_metadata, 1);
}

SUITE_TEST(v2_tmpfs_counts_for_its_writer, .needs = "cgroup.v2.memory ns.mnt mount.tmpfs", .promise = V2 "Memory Ownership; shmem")
{
	tmpfs_counts(_metadata, 2);
}
