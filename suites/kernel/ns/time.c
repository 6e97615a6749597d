// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <time.h>

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
