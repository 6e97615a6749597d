/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a suite file includes, once, before anything else: the kernel's own kselftest harness, and the
 * records that make its tests known to the runner. One file is one suite:
 *
 *	#include "suite.h"
 *
 *	SUITE("ns.pid", "kernel", "Process-id namespaces");
 *
 *	SUITE_TEST(first_child_is_pid_1,
 *		   .needs = "ns.pid",
 *		   .promise = "pid_namespaces(7)")
 *	{
 *		CHILD(pid, SW_CLONE_NEWPID) {
 *			EXPECT_EQ(1, getpid());
 *		}
 *		EXPECT_EXIT(0, pid);
 *	}
 *
 * That is all: the test is listed, selected, run by itself in a session and on a terminal of its own, and
 * judged. What it prints becomes diagnostics of its result. It passes if no ASSERT_ or EXPECT_
 * failed and the body came to its end.
 *
 * Rules: wait for events (suite_wait, pipes, poll), never sleep; leave nothing behind: no mount, no
 * process, no cgroup but those of suite_cgroup_new(), which the runner removes also after a
 * crash; never decide that an absence is acceptable: name the feature in .needs, or say
 * ABSENT("id", "what was seen").
 */
#ifndef SUITE_H
#define SUITE_H

/* The harness's macros leave parameters unused in every test, and setjmp alarms gcc. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wclobbered"
#endif
#include "kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "suite_table.h"
#include "suite_util.h"

/*
 * The harness's child side (__run_test) without its fork: the runner has forked already, and the
 * test must lead its session, not a background process group of it.
 */
static void __attribute__((noreturn)) suite_enter(void *harness_metadata)
{
	static struct __test_results results;
	static struct __fixture_variant_metadata no_variant = { .name = "" };
	struct __test_metadata *t = harness_metadata;

	t->passed = 1;
	t->skip = 0;
	t->trigger = 0;
	t->step = 1;
	t->no_print = true;	/* a failed ASSERT_ exits by its step: SIGABRT is always a crash */
	t->results = &results;
	suite_report->verdict = SUITE_UNFINISHED;
	t->fn(t, &no_variant);	/* a failed ASSERT_ does not come back */
	fflush(NULL);
	if (suite_is_child)	/* "return" inside CHILD() */
		_exit(t->passed ? 0 : t->step);
	if (t->skip) {
		snprintf(suite_report->reason, sizeof(suite_report->reason), "%.250s",
			 results.reason);
		suite_report->verdict = SUITE_LACKS;
	} else if (suite_report->verdict == SUITE_UNFINISHED) {
		suite_report->verdict = t->passed ? SUITE_PASSED : SUITE_FAILED;
	}
	_exit(t->passed ? 0 : t->step);
}

/*
 * SUITE(prefix, group, about, [.sweep = fn]): once in a file. Tests of suites/runtime have group
 * "runtime/berth".
 */
#define SUITE(prefix_, group_, about_, ...)                                                   \
	static const struct suite this_suite = { .prefix = prefix_, .group = group_,              \
						 .about = about_, .enter = suite_enter, __VA_ARGS__ }

/* SUITE_TEST(name, .needs = "...", .promise = "...", .timeout_s = N) { body } */
#define SUITE_TEST(name_, ...)                                                                \
	static struct __test_metadata _##name_##_object;                                          \
	static const struct suite_test suite_test_##name_ = { .suite = &this_suite,               \
		.name = #name_, .line = __LINE__, .harness = &_##name_##_object, __VA_ARGS__ };   \
	static const struct suite_test *const suite_ptr_##name_                                   \
		__attribute__((used, section("suite_table"))) = &suite_test_##name_;              \
	TEST(name_)

/*
 * "The kernel lacks this": ends the test (call it in the body itself). The runner compares it with
 * the probe's evidence: proven absence is SKIP, anything else FAIL.
 */
#define ABSENT(id, why)                                                                       \
	do {                                                                                      \
		suite_lacks(id, why);                                                             \
		return;                                                                           \
	} while (0)

/*
 * CHILD(pid, flags) { ... }: declares pid and runs the block in a child forked with these clone
 * flags (0: a plain fork). EXPECT_ and ASSERT_ work inside. It exits with 0 if all held. Do not
 * leave it by break. With SW_CLONE_NEWNS its mounts are private.
 */
#define CHILD(pid, flags)                                                                     \
	pid_t pid = suite_clone(flags);                                                           \
	ASSERT_LE(0, pid) TH_LOG("clone(%#llx): %s", (unsigned long long)(flags),                 \
				 sw_errno_name(-pid));                                            \
	if (pid == 0)                                                                             \
		for (;; suite_child_exit(_metadata->passed ? 0 : _metadata->step))

/* How a child ended, waited for: an exit status, or SUITE_KILLED(SIGKILL). */
#define EXPECT_EXIT(status, pid)                                                              \
	do {                                                                                      \
		int suite_end_ = suite_wait(pid);                                                 \
		EXPECT_EQ(status, suite_end_) TH_LOG("child %d %s", (int)(pid),                   \
						     suite_end_text(suite_end_));                 \
	} while (0)

/* A function of ours that answers 0 (or more) on success and -errno on failure. */
#define ASSERT_OK(call)                                                                       \
	do {                                                                                      \
		long suite_r_ = (call);                                                           \
		ASSERT_LE(0, suite_r_) TH_LOG("%s: %s", #call, sw_errno_name(-(int)suite_r_));    \
	} while (0)
#define EXPECT_OK(call)                                                                       \
	do {                                                                                      \
		long suite_r_ = (call);                                                           \
		EXPECT_LE(0, suite_r_) TH_LOG("%s: %s", #call, sw_errno_name(-(int)suite_r_));    \
	} while (0)
/* One that must be refused with this errno (positive). */
#define EXPECT_REFUSED(err, call)                                                             \
	do {                                                                                      \
		long suite_r_ = (call);                                                           \
		EXPECT_EQ(-(err), suite_r_) TH_LOG("%s: %s instead of %s", #call,                 \
			suite_r_ < 0 ? sw_errno_name(-(int)suite_r_) : "success",                 \
			sw_errno_name(err));                                                      \
	} while (0)
/* A C library call that answers -1 and sets errno. */
#define ASSERT_SYS(call)                                                                      \
	do {                                                                                      \
		long suite_r_ = (call);                                                           \
		ASSERT_NE(-1, suite_r_) TH_LOG("%s: %s", #call, sw_errno_name(errno));            \
	} while (0)

#endif
