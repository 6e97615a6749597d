// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pressure stall information of groups, and counters of performance events. Pressure is made by two
 * processes that want the same processor, which is a stall by definition, however loaded the rest is.
 */
#include "suite.h"

#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "suite_cgtest.h"

SUITE("cgroup.observing", "kernel", "Pressure and performance events of groups");

#define PSI "Documentation/accounting/psi.rst: "
#define V2 "Documentation/admin-guide/cgroup-v2.rst: "
#define PERF "perf_event_open(2): PERF_FLAG_PID_CGROUP; "

/* ---- pressure ---- */

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=NUMBER": microseconds. -errno if there is none. */
static long long total(const struct suite_cgroup *cg, const char *file)
{
	char text[256], *at;
	ssize_t n = suite_cgroup_read(cg, file, text, sizeof(text));

	if (n < 0)
		return n;
	at = strstr(text, "total=");
	return at ? strtoll(at + 6, NULL, 10) : -EBADMSG;
}

/* A process of the group that uses the one processor until it is killed. */
static pid_t spinner(const struct suite_cgroup *cg)
{
	pid_t pid = suite_clone(0);

	if (pid)
		return pid;
	if (cgtest_bind_one() < 0 || suite_cgroup_enter(cg, 0))
		suite_child_exit(99);
	for (;;)
		cgtest_spin(1000);
}

/* Two of the group compete for one processor until each has used so much of it. */
static int compete(const struct suite_cgroup *cg, long ms)
{
	pid_t pids[2];
	int bad = 0;

	for (int i = 0; i < 2; i++) {
		pids[i] = suite_clone(0);
		if (!pids[i]) {
			if (cgtest_bind_one() < 0 || suite_cgroup_enter(cg, 0))
				suite_child_exit(99);
			cgtest_spin(ms);
			suite_child_exit(0);
		}
	}
	for (int i = 0; i < 2; i++)
		bad |= suite_wait(pids[i]);
	return bad ? -EINVAL : 0;
}

SUITE_TEST(v2_pressure_is_where_processes_wait, .needs = "cgroup.v2.pressure", .promise = PSI "Cgroup2 interface")
{
	struct suite_cgroup cg, child, sibling;
	long long above, below;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	ASSERT_OK(suite_cgroup_child(&sibling, &cg, "sibling", NULL));
	ASSERT_OK(compete(&child, 60));
	below = total(&child, "cpu.pressure");
	above = total(&cg, "cpu.pressure");
	/* Each waited while the other ran: 60 ms or nearly so, of which a third is asked for. */
	EXPECT_LE(20000, below);
	EXPECT_LE(20000, above);
	EXPECT_EQ(0, total(&sibling, "cpu.pressure"));
	EXPECT_EQ(0, total(&child, "io.pressure"));
}

/* Ten milliseconds of stall. */
static int open_trigger(const struct suite_cgroup *cg, const char *file, const char *kind)
{
	/* Without CAP_SYS_RESOURCE windows are multiples of 2 s (psi.rst), or else half a second will do. */
	static const char *const rests[] = { "10000 500000", "10000 2000000" };
	char path[PATH_MAX + 64], trigger[64];
	int fd, r = -EINVAL;

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	for (int i = 0; i < 2 && r == -EINVAL; i++) {
		snprintf(trigger, sizeof(trigger), "%s %s", kind, rests[i]);
		r = write(fd, trigger, strlen(trigger) + 1) < 0 ? -errno : 0;
	}
	if (r)
		close(fd);
	return r ? r : fd;
}

SUITE_TEST(v2_pressure_trigger_fires, .needs = "cgroup.v2.pressure", .promise = PSI "Monitoring for pressure thresholds")
{
	struct suite_cgroup cg, calm;
	struct pollfd fds[2];
	pid_t a, b;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_new(&calm, NULL, 2));
	fds[0].fd = open_trigger(&cg, "cpu.pressure", "some");
	ASSERT_OK(fds[0].fd);
	fds[1].fd = open_trigger(&calm, "cpu.pressure", "some");
	ASSERT_OK(fds[1].fd);
	fds[0].events = fds[1].events = POLLPRI;
	EXPECT_EQ(0, poll(fds, 2, 0));	/* nobody waits yet */
	a = spinner(&cg);
	ASSERT_OK(a);
	b = spinner(&cg);
	ASSERT_OK(b);
	EXPECT_EQ(1, poll(fds, 2, -1));
	EXPECT_EQ(POLLPRI, fds[0].revents & (POLLPRI | POLLERR));
	EXPECT_EQ(0, fds[1].revents);
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(a));
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(b));
}

SUITE_TEST(v2_pressure_trigger_ends_with_its_group, .needs = "cgroup.v2.pressure",
	   .promise = PSI "Monitoring for pressure thresholds: POLLERR, the event source is gone")
{
	struct suite_cgroup cg;
	struct pollfd p = { .events = POLLPRI };

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	p.fd = open_trigger(&cg, "cpu.pressure", "some");
	ASSERT_OK(p.fd);
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_OK(suite_cgroup_remove(&cg));
	EXPECT_EQ(1, poll(&p, 1, -1));
	EXPECT_NE(0, p.revents & POLLERR);
}

SUITE_TEST(v2_pressure_one_trigger_a_descriptor, .needs = "cgroup.v2.pressure",
	   .promise = PSI "Monitoring for pressure thresholds: EBUSY (v5.17, a06247c6804f, also in stable kernels)")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	__sw_fd int fd = open_trigger(&cg, "memory.pressure", "some");
	ASSERT_OK(fd);
	EXPECT_EQ(-1, write(fd, "full 10000 2000000", 19));
	EXPECT_EQ(EBUSY, errno);
	/* Another descriptor has its own. */
	__sw_fd int other = open_trigger(&cg, "memory.pressure", "full");
	EXPECT_OK(other);
}

SUITE_TEST(v2_pressure_can_be_switched_off, .needs = "cgroup.v2.pressure",
	   .promise = V2 "cgroup.pressure, since 6.1")
{
	struct suite_cgroup cg, child;
	long long value;

	if (!suite_kernel(6, 1)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_read_long(&cg, "cgroup.pressure", &value));
	EXPECT_EQ(1, value);
	EXPECT_GT(0, suite_cgroup_write(&cg, "cgroup.pressure", "2"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.pressure", "0"));
	ASSERT_OK(compete(&child, 60));
	EXPECT_LE(20000, total(&child, "cpu.pressure"));	/* it is not hierarchical */
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.pressure", "1"));
	EXPECT_EQ(0, total(&cg, "cpu.pressure"));
	ASSERT_OK(compete(&child, 60));
	EXPECT_LE(20000, total(&cg, "cpu.pressure"));
}

/* ---- performance events ---- */

#define PAGES 64

struct counters {
	int n, fd[CPU_SETSIZE];
};

/* Page faults of the group's tasks: such a counter is for one processor, so there is one on each. */
static int counters_new(struct counters *c, const struct suite_cgroup *cg)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = PERF_ATTR_SIZE_VER0,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
	};
	int dir = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	c->n = 0;
	if (dir < 0)
		return -errno;
	for (int cpu = 0; cpu < cpus && cpu < CPU_SETSIZE; cpu++) {
		long fd = sys_call(SYS_NR_perf_event_open, (long)&attr, dir, cpu, -1,
				   PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC, 0);

		if (fd == -ENODEV)
			continue;	/* not online */
		if (fd < 0) {
			close(dir);
			return (int)fd;
		}
		c->fd[c->n++] = (int)fd;
	}
	close(dir);
	return 0;
}

static long long counted(const struct counters *c)
{
	long long sum = 0;
	uint64_t one;

	for (int i = 0; i < c->n; i++) {
		if (read(c->fd[i], &one, sizeof(one)) != sizeof(one))
			return -errno;
		sum += (long long)one;
	}
	return sum;
}

/* So many page faults, in a group or not. The pages are prepared outside. */
static int fault_inside(const struct suite_cgroup *cg, int pages)
{
	long size = sysconf(_SC_PAGESIZE);
	pid_t pid = suite_clone(0);
	char *p;

	if (pid)
		return pid < 0 ? pid : suite_wait(pid);
	p = mmap(NULL, (size_t)(pages * size), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || (cg && suite_cgroup_enter(cg, 0)))
		suite_child_exit(99);
	for (int i = 0; i < pages; i++)
		*(volatile char *)(p + i * size) = 1;
	suite_child_exit(0);
}

static void events_are_the_groups(struct __test_metadata *_metadata, int version)
{
	const char *controller = version == 1 ? "perf_event" : NULL;
	struct suite_cgroup cg, child, sibling;
	struct counters above, below, beside;
	long long before;

	ASSERT_OK(suite_cgroup_new(&cg, controller, version));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", controller));
	ASSERT_OK(suite_cgroup_child(&sibling, &cg, "sibling", controller));
	ASSERT_OK(counters_new(&above, &cg));
	ASSERT_OK(counters_new(&below, &child));
	ASSERT_OK(counters_new(&beside, &sibling));
	ASSERT_EQ(0, fault_inside(NULL, PAGES));
	EXPECT_EQ(0, counted(&above));
	ASSERT_EQ(0, fault_inside(&child, PAGES));
	EXPECT_LE(PAGES, counted(&below));
	EXPECT_LE(counted(&below), counted(&above));	/* groups above have those below */
	EXPECT_EQ(0, counted(&beside));
	before = counted(&below);
	ASSERT_EQ(0, fault_inside(&sibling, PAGES));
	EXPECT_EQ(before, counted(&below));
	EXPECT_LE(PAGES, counted(&beside));
	EXPECT_LE(before + PAGES, counted(&above));
}

SUITE_TEST(v1_events_are_the_groups, .needs = "cgroup.v1.perf_event", .promise = PERF "cgroups(7): perf_event")
{
	events_are_the_groups(_metadata, 1);
}

SUITE_TEST(v2_events_are_the_groups, .needs = "cgroup.v2.perf_event", .promise = PERF "cgroups(7): perf_event")
{
	events_are_the_groups(_metadata, 2);
}

SUITE_TEST(v2_group_counters_need_a_processor, .needs = "cgroup.v1.perf_event|cgroup.v2.perf_event",
	   .promise = PERF "cgroup monitoring is available only for system-wide events")
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = PERF_ATTR_SIZE_VER0,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
	};
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	__sw_fd int dir = open(cg.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, dir);
	EXPECT_REFUSED(EINVAL, sys_call(SYS_NR_perf_event_open, (long)&attr, dir, -1, -1, PERF_FLAG_PID_CGROUP, 0));
}
