// SPDX-License-Identifier: GPL-2.0-only
/* Fork bombs, freezing trees, packet marks, lists of devices, performance events, pressure. */
#include "suite.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "suite_cgtest.h"

SUITE("cgroup.others", "kernel", "Counting, freezing, marking and pressure of groups");

#define V1 "Documentation/admin-guide/cgroup-v1/"
#define V2 "Documentation/admin-guide/cgroup-v2.rst: "

/* ---- pids ---- */

/*
 * Children that fork until it is refused, all at once: never more than allowed, the failures counted, and
 * who is outside forks as ever.
 */
static void fork_bomb(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	struct suite_line line;
	long refused, value;
	long long now;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", version));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "20"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.max", &now));
	ASSERT_EQ(20, now);
	/* A kernel that lets it through is not to be brought down: 64 in all, whatever happens. */
	int *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, made);
	ASSERT_OK(suite_line(&line));
	CHILD(bomb, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		/* Every copy goes on forking; each says once that it was refused, and stays. */
		for (;;) {
			pid_t pid = __atomic_add_fetch(made, 1, __ATOMIC_SEQ_CST) > 64 ? -ERANGE : suite_clone(0);

			if (pid >= 0)
				continue;
			suite_tell(&line, pid);
			for (;;)
				pause();
		}
	}
	suite_line_mine(&line, 0);
	for (int i = 0; i < 20; i++) {
		ASSERT_OK(suite_hear(&line, &refused));
		EXPECT_EQ(-EAGAIN, refused);
	}
	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
	EXPECT_EQ(20, now);
	ASSERT_OK(suite_cgroup_read_key(&cg, "pids.events", "max", &value));
	EXPECT_EQ(20, value);
	CHILD(outside, 0) {
	}
	EXPECT_EXIT(0, outside);
	ASSERT_OK(suite_cgroup_remove(&cg));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), bomb);
}

SUITE_TEST(v1_fork_bomb_stays_inside, .needs = "cgroup.v1.pids", .promise = V1 "pids.rst")
{
	fork_bomb(_metadata, 1);
}

SUITE_TEST(v2_fork_bomb_stays_inside, .needs = "cgroup.v2.pids", .promise = V2 "PID")
{
	fork_bomb(_metadata, 2);
}

/* ---- freezing ---- */

SUITE_TEST(v2_born_below_frozen_is_frozen, .needs = "cgroup.v2.freezer", .promise = V2 "cgroup.freeze")
{
	struct suite_cgroup parent, child;
	struct cgtest_proc p;
	long long value;

	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_write(&parent, "cgroup.freeze", "1"));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(cgtest_start(&p, &child));
	ASSERT_OK(suite_cgroup_await_key(&child, "cgroup.events", "frozen", 1));
	ASSERT_OK(cgtest_question(&p));
	EXPECT_EQ(false, cgtest_answered(&p));
	/* The file has a group's own wish, not the state that follows from those above. */
	ASSERT_OK(suite_cgroup_read_long(&child, "cgroup.freeze", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_write(&parent, "cgroup.freeze", "0"));
	EXPECT_OK(cgtest_answer(&p));
	EXPECT_EQ(0, cgtest_end(&p));
}

SUITE_TEST(v2_moving_freezes_and_thaws, .needs = "cgroup.v2.freezer", .promise = V2 "cgroup.freeze")
{
	struct suite_cgroup frozen, free;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&frozen, NULL, 2));
	ASSERT_OK(suite_cgroup_new(&free, NULL, 2));
	ASSERT_OK(suite_cgroup_write(&frozen, "cgroup.freeze", "1"));
	ASSERT_OK(cgtest_start(&p, &free));
	ASSERT_OK(cgtest_ask(&p));
	ASSERT_OK(suite_cgroup_enter(&frozen, p.pid));
	ASSERT_OK(suite_cgroup_await_key(&frozen, "cgroup.events", "frozen", 1));
	ASSERT_OK(cgtest_question(&p));
	EXPECT_EQ(false, cgtest_answered(&p));
	ASSERT_OK(suite_cgroup_enter(&free, p.pid));
	EXPECT_OK(cgtest_answer(&p));
	EXPECT_EQ(0, cgtest_end(&p));
}

SUITE_TEST(v1_tells_own_and_parents_freezing, .needs = "cgroup.v1.freezer",
	   .promise = V1 "freezer-subsystem.rst: freezer.self_freezing, since 3.8")
{
	struct suite_cgroup parent, child;
	long long self, above;

	if (!suite_kernel(3, 8)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&parent, "freezer", 1));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "freezer"));
	ASSERT_OK(suite_cgroup_write(&parent, "freezer.state", "FROZEN"));
	ASSERT_OK(suite_cgroup_read_long(&child, "freezer.self_freezing", &self));
	ASSERT_OK(suite_cgroup_read_long(&child, "freezer.parent_freezing", &above));
	EXPECT_EQ(0, self);
	EXPECT_EQ(1, above);
	ASSERT_OK(suite_cgroup_read_long(&parent, "freezer.self_freezing", &self));
	EXPECT_EQ(1, self);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&parent, "freezer.state", "FREEZING"));
	ASSERT_OK(suite_cgroup_write(&parent, "freezer.state", "THAWED"));
	ASSERT_OK(suite_cgroup_read_long(&child, "freezer.parent_freezing", &above));
	EXPECT_EQ(0, above);
}

/* ---- devices of version 1 ---- */

SUITE_TEST(v1_denial_reaches_below, .needs = "cgroup.v1.devices", .promise = V1 "devices.rst: 4. Hierarchy")
{
	struct suite_cgroup parent, child;

	ASSERT_OK(suite_cgroup_new(&parent, "devices", 1));
	ASSERT_OK(suite_cgroup_write(&parent, "devices.deny", "a"));
	ASSERT_OK(suite_cgroup_write(&parent, "devices.allow", "c 1:3 rwm"));
	ASSERT_OK(suite_cgroup_write(&parent, "devices.allow", "c 1:5 rwm"));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "devices"));
	EXPECT_EQ(1, cgtest_has_line(&child, "devices.list", "c 1:3 rwm"));
	ASSERT_OK(suite_cgroup_write(&parent, "devices.deny", "c 1:3 rwm"));
	EXPECT_EQ(0, cgtest_has_line(&child, "devices.list", "c 1:3 rwm"));
	EXPECT_EQ(1, cgtest_has_line(&child, "devices.list", "c 1:5 rwm"));
}

SUITE_TEST(v1_device_types_are_told_apart, .needs = "cgroup.v1.devices", .promise = V1 "devices.rst")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "devices", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "devices.deny", "a"));
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "b 1:3 m"));
	CHILD(pid, 0) {
		ASSERT_SYS(chdir(suite_scratch));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_EQ(0, mknod("block", S_IFBLK | 0600, makedev(1, 3)));
		EXPECT_EQ(-1, mknod("character", S_IFCHR | 0600, makedev(1, 3)));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(0, mknod("fifo", S_IFIFO | 0600, 0));	/* no device */
	}
	EXPECT_EXIT(0, pid);
}

/* ---- packets ---- */

SUITE_TEST(v1_class_is_kept_and_inherited, .needs = "cgroup.v1.net_cls", .promise = V1 "net_cls.rst")
{
	struct suite_cgroup cg, child;
	long long value;

	ASSERT_OK(suite_cgroup_new(&cg, "net_cls", 1));
	ASSERT_OK(suite_cgroup_write(&cg, "net_cls.classid", "0x100001"));
	ASSERT_OK(suite_cgroup_read_long(&cg, "net_cls.classid", &value));
	EXPECT_EQ(0x100001, value);
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "net_cls"));
	ASSERT_OK(suite_cgroup_read_long(&child, "net_cls.classid", &value));
	EXPECT_EQ(0x100001, value);
}

SUITE_TEST(v1_priority_is_kept_and_inherited, .needs = "cgroup.v1.net_prio ns.net",
	   .promise = V1 "net_prio.rst")
{
	struct suite_cgroup cg, child;

	CHILD(pid, SW_CLONE_NEWNET) {
		ASSERT_OK(suite_cgroup_new(&cg, "net_prio", 1));
		EXPECT_EQ(1, cgtest_has_line(&cg, "net_prio.ifpriomap", "lo 0"));
		ASSERT_OK(suite_cgroup_write(&cg, "net_prio.ifpriomap", "lo 5"));
		EXPECT_EQ(1, cgtest_has_line(&cg, "net_prio.ifpriomap", "lo 5"));
		ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "net_prio"));
		EXPECT_EQ(1, cgtest_has_line(&child, "net_prio.ifpriomap", "lo 5"));
		EXPECT_GT(0, suite_cgroup_write(&cg, "net_prio.ifpriomap", "sw-none 5"));
	}
	EXPECT_EXIT(0, pid);
}

/* ---- huge pages ---- */

SUITE_TEST(v2_hugetlb_starts_unlimited, .needs = "cgroup.v2.hugetlb", .promise = V2 "HugeTLB")
{
	struct suite_cgroup cg;
	char size[64] = "", file[96], value[64];
	long kb = 0;

	ASSERT_OK(suite_cgroup_new(&cg, "hugetlb", 2));
	ASSERT_OK(suite_read_key("/proc/meminfo", "Hugepagesize:", &kb));
	snprintf(size, sizeof(size), kb >= 1024 * 1024 ? "%ldGB" : kb >= 1024 ? "%ldMB" : "%ldKB",
		 kb >= 1024 * 1024 ? kb >> 20 : kb >= 1024 ? kb >> 10 : kb);
	snprintf(file, sizeof(file), "hugetlb.%s.max", size);
	ASSERT_OK(suite_cgroup_read(&cg, file, value, sizeof(value)));
	/* "max" by the document; 6.18 shows what it means instead. */
	EXPECT_EQ(true, !strcmp(value, "max") || atoll(value) > 1LL << 60) TH_LOG("%s", value);
	/* Limits are whole huge pages, rounded down. */
	ASSERT_OK(cgtest_write_long(&cg, file, kb * 1024 * 3 + 4096));
	long long got;
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &got));
	EXPECT_EQ(kb * 1024LL * 3, got);
	snprintf(file, sizeof(file), "hugetlb.%s.current", size);
	ASSERT_OK(suite_cgroup_read_long(&cg, file, &got));
	EXPECT_EQ(0, got);
}

/* ---- pressure ---- */

SUITE_TEST(v2_pressure_triggers_are_checked, .needs = "cgroup.v2.pressure",
	   .promise = "Documentation/accounting/psi.rst: Monitoring for pressure thresholds")
{
	struct suite_cgroup cg;
	char text[256];

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_read(&cg, "memory.pressure", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull ", 52));
	EXPECT_OK(suite_cgroup_write(&cg, "memory.pressure", "some 150000 2000000"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.pressure", "none 150000 2000000"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.pressure", "some 150000 20000000"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "memory.pressure", "some 3000000 2000000"));
}
