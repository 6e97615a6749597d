// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/timerfd.h>
#include <time.h>

#include "ns_util.h"

SUITE("ns.time", "kernel", "Time namespaces");

#define OFFSET 1000000	/* s: far more than any test takes */

static long long seconds(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec;
}

static void check_offset(struct __test_metadata *_metadata, clockid_t clock, const char *line)
{
	long long before = seconds(clock), after;

	CHILD(pid, 0) {
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(suite_write(line, "/proc/self/timens_offsets"));
		/* The caller stays; its children go in. */
		EXPECT_LT(seconds(clock), before + OFFSET);
		CHILD(inside, 0) {
			long long now = seconds(clock);

			EXPECT_GE(now, before + OFFSET);
			EXPECT_LT(now, before + 2 * OFFSET);
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
	after = seconds(clock);
	EXPECT_LT(after, before + OFFSET);
}

SUITE_TEST(monotonic_offset,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7)")
{
	check_offset(_metadata, CLOCK_MONOTONIC, "monotonic 1000000 0");
}

SUITE_TEST(boottime_offset,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7)")
{
	check_offset(_metadata, CLOCK_BOOTTIME, "boottime 1000000 0");
}

SUITE_TEST(offsets_are_fixed_by_the_first_process,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): EACCES")
{
	CHILD(pid, 0) {
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(suite_write("monotonic 5 0", "/proc/self/timens_offsets"));
		CHILD(inside, 0) {
		}
		EXPECT_EXIT(0, inside);
		EXPECT_REFUSED(EACCES, suite_write("monotonic 6 0", "/proc/self/timens_offsets"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(unshare_moves_children_only,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): does not place the calling process in the new namespace")
{
	CHILD(pid, 0) {
		uint64_t own = ns_id(0, "time");

		EXPECT_EQ(own, ns_id(0, "time_for_children"));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		EXPECT_EQ(own, ns_id(0, "time"));
		EXPECT_NE(own, ns_id(0, "time_for_children"));
		CHILD(inside, 0) {
			EXPECT_NE(own, ns_id(0, "time"));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

/* Write the offsets of both clocks, for the caller's children. */
static int shift(const char *seconds)
{
	char text[128];

	snprintf(text, sizeof(text), "monotonic %s 0\nboottime %s 0\n", seconds, seconds);
	return suite_write(text, "/proc/self/timens_offsets");
}

SUITE_TEST(offsets_are_inherited,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): /proc/PID/timens_offsets (inherited from the creating process)")
{
	CHILD(pid, 0) {
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(shift("1000000"));
		CHILD(inside, 0) {
			long long before = seconds(CLOCK_MONOTONIC);
			long value;

			ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
			ASSERT_OK(suite_read_key("/proc/self/timens_offsets", "monotonic", &value));
			EXPECT_EQ(OFFSET, value);
			ASSERT_OK(suite_read_key("/proc/self/timens_offsets", "boottime", &value));
			EXPECT_EQ(OFFSET, value);
			CHILD(nested, 0) {
				EXPECT_GE(seconds(CLOCK_MONOTONIC), before);
				EXPECT_LT(seconds(CLOCK_MONOTONIC), before + OFFSET);
			}
			EXPECT_EXIT(0, nested);
			/* And relative to the initial namespace, not added up. */
			ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
			ASSERT_OK(shift("3000000"));
			CHILD(shifted, 0) {
				EXPECT_GE(seconds(CLOCK_MONOTONIC), before + 2 * OFFSET);
				EXPECT_LT(seconds(CLOCK_MONOTONIC), before + 3 * OFFSET);
			}
			EXPECT_EXIT(0, shifted);
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bad_offsets_are_refused,
	   .needs = "ns.time ns.user",
	   .promise = "time_namespaces(7): /proc/PID/timens_offsets (EINVAL, EPERM, ERANGE)")
{
	static const char *const invalid[] = { "monotonic 0 1000000000\n", "realtime 5 0\n", "monotonic\n",
					       "5 5 0\n" };

	CHILD(pid, 0) {
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
			int r = suite_write(invalid[i], "/proc/self/timens_offsets");

			EXPECT_EQ(-EINVAL, r) TH_LOG("%s", invalid[i]);
		}
		/* No clock below zero, and none beyond half of what a ktime_t holds. */
		EXPECT_REFUSED(ERANGE, shift("-1000000000"));
		EXPECT_REFUSED(ERANGE, shift("9000000000"));
		EXPECT_OK(shift("5"));
		EXPECT_OK(shift("6"));	/* as often as wanted before the first process */
		ASSERT_OK(suite_become_ordinary());
		EXPECT_REFUSED(EPERM, shift("7"));
	}
	EXPECT_EXIT(0, pid);
	/* CAP_SYS_TIME in the owner is enough: no right over the real clock is needed. */
	ROOT_CHILD(mapped, 0) {
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		EXPECT_OK(shift("1000000"));
	}
	EXPECT_EXIT(0, mapped);
}

SUITE_TEST(real_time_is_the_same,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): NOTES (do not virtualize the CLOCK_REALTIME clock)")
{
	CHILD(pid, 0) {
		long long real = seconds(CLOCK_REALTIME);

		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(shift("1000000"));
		CHILD(inside, 0) {
			EXPECT_LT(seconds(CLOCK_REALTIME), real + OFFSET);
			EXPECT_GE(seconds(CLOCK_REALTIME) + OFFSET, real);
			EXPECT_LE(OFFSET, seconds(CLOCK_MONOTONIC));
			EXPECT_LE(OFFSET, seconds(CLOCK_MONOTONIC_COARSE));
			EXPECT_LE(OFFSET, seconds(CLOCK_MONOTONIC_RAW));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(uptime_is_shifted,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): /proc/uptime")
{
	CHILD(pid, 0) {
		char text[64];
		long long before;

		ASSERT_OK(suite_read("/proc/uptime", text, sizeof(text)));
		before = atoll(text);
		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(shift("1000000"));
		CHILD(inside, 0) {
			ASSERT_OK(suite_read("/proc/uptime", text, sizeof(text)));
			EXPECT_LE(before + OFFSET, atoll(text));
			EXPECT_GT(before + 2 * OFFSET, atoll(text));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(absolute_timers_go_by_the_clock_inside,
	   .needs = "ns.time",
	   .promise = "time_namespaces(7): timerfd_settime(2), clock_nanosleep(2), timer_settime(2)")
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME };

	CHILD(pid, 0) {
		long long before[] = { seconds(clocks[0]), seconds(clocks[1]) };

		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(shift("1000000"));
		CHILD(inside, 0) {
			for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
				struct itimerspec when = { 0 };
				int fd = timerfd_create(clocks[i], TFD_CLOEXEC);
				uint64_t ticks = 0;

				ASSERT_SYS(fd);
				/* A moment that is past inside, and would come in 11 days outside. */
				clock_gettime(clocks[i], &when.it_value);
				EXPECT_LE(before[i] + OFFSET, when.it_value.tv_sec);
				ASSERT_SYS(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL));
				EXPECT_EQ(sizeof(ticks), read(fd, &ticks, sizeof(ticks)));
				EXPECT_EQ(1, ticks);
				EXPECT_EQ(0, clock_nanosleep(clocks[i], TIMER_ABSTIME, &when.it_value, NULL));
				/* One that is past outside is to come inside. */
				when.it_value.tv_sec += OFFSET / 2;
				ASSERT_SYS(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL));
				ASSERT_SYS(timerfd_gettime(fd, &when));
				EXPECT_LT(OFFSET / 2 - 3600, when.it_value.tv_sec);
				EXPECT_GE(OFFSET / 2, when.it_value.tv_sec);
				close(fd);
			}
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(joiner_takes_the_clocks_over,
	   .needs = "ns.time process.clone3 process.setns",
	   .promise = "setns(2): CLONE_NEWTIME; time_namespaces(7): time_for_children and setns(2)")
{
	CHILD(maker, 0) {
		long long before = seconds(CLOCK_MONOTONIC);
		uint64_t target;
		int fd;

		ASSERT_OK(sys_unshare(SW_CLONE_NEWTIME));
		ASSERT_OK(shift("1000000"));
		target = ns_id(0, "time_for_children");
		fd = suite_ns_open(0, "time_for_children");
		ASSERT_OK(fd);
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWTIME));
		EXPECT_EQ(target, ns_id(0, "time"));
		EXPECT_EQ(target, ns_id(0, "time_for_children"));
		EXPECT_LE(before + OFFSET, seconds(CLOCK_MONOTONIC));
		/* To enter is to be its first process: too late for other offsets. */
		EXPECT_REFUSED(EACCES, shift("7"));
	}
	EXPECT_EXIT(0, maker);
}
