/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of suites and tests: what runner, list, selection and documentation share. Knows
 * nothing of the kselftest harness, which only suite.h includes.
 */
#ifndef SUITE_TABLE_H
#define SUITE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define SUITE_NOBODY 65533	/* a user and group id that nobody has */
#define SUITE_TIMEOUT_S 30	/* a test that says nothing else */

struct suite {
	const char *prefix;	/* "ns.pid": ids are prefix.name; also the area */
	const char *group;	/* "kernel", "runtime/berth", or "selftest" (never run by default) */
	const char *about;	/* one line for people */
	/* Run the body of one test of this file in this process; never returns. */
	void (*enter)(void *harness_metadata) __attribute__((noreturn));
	/*
	 * Called in the runner after each test of this suite, however it ended and after what it
	 * left was killed and unmounted: removes what only the suite knows of. NULL: nothing.
	 */
	void (*sweep)(void);
};

struct suite_test {
	const struct suite *suite;
	const char *name;
	int line;		/* keeps the order of the source, whatever the compiler does */
	void *harness;		/* struct __test_metadata of the harness */
	const char *needs;	/* feature ids separated by blanks, "a|b" for one of them; NULL: nothing */
	const char *promise;	/* the manual page or kernel document that promises what is tested */
	int timeout_s;		/* 0: SUITE_TIMEOUT_S */
	/*
	 * For an ordinary user: runs without privilege, and since sysctls and LSMs may allow root alone to
	 * make user namespaces, the evidence is gathered as SUITE_NOBODY where the run is root's. All
	 * other tests need the whole power of root, and are skipped as denied without it.
	 */
	bool unprivileged;
	/*
	 * Set-user-id bits and file capabilities must take effect at execve(2), or prctl(2) say that they
	 * may: where the run has inherited no_new_privs, for good, the test is skipped as denied.
	 */
	bool new_privs;
	/*
	 * Nothing else may run meanwhile: the test changes or measures something that all of the kernel
	 * shares (a sysctl that no namespace has, a total). Tests that need cgroup features never
	 * run beside each other; all others do, each with mount, ipc and network namespaces of
	 * its runner's.
	 */
	bool alone;
};

/* How a test's own process ended: it crosses to the runner in shared memory, not as a status. */
enum suite_verdict {
	SUITE_UNFINISHED,	/* the body never came to its end */
	SUITE_PASSED,
	SUITE_FAILED,
	SUITE_LACKS,		/* the body says that a feature is absent */
};

struct suite_report {
	enum suite_verdict verdict;
	char feature[64];	/* SUITE_LACKS: which feature */
	char reason[300];	/* SUITE_LACKS: what it saw; SKIP(): the harness's reason */
	char enabled[2048];	/* "CONTROLLER CGROUP\n": enabled for children there, to be taken back */
	char mounted[2048];	/* "[+-]CONTROLLER PATH\n": mounted for the test; -, +: others' too */
};

/* Shared between the runner and the test that runs now; NULL outside a test. */
extern struct suite_report *suite_report;

/*
 * All tests, ordered by group, suite and source line. The array and *ret_count belong to the
 * table and stay for the life of the process. NULL when out of memory.
 */
const struct suite_test *const *suite_tests(size_t *ret_count);

/* "ns.pid.first_child_is_pid_1" into out; returns out. */
const char *suite_test_id(const struct suite_test *t, char *out, size_t size);

/* The next id of a blank-separated list into out; returns what follows, NULL at the end. */
const char *suite_next_need(const char *needs, char *out, size_t size);

#endif
