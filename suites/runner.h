/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the runner: judge one test, look for what it left, write results. */
#ifndef RUNNER_H
#define RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profiles/profile.h"
#include "suite_table.h"
#include "sw_buf.h"

enum result {
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SKIP,
	RESULT_CRASH,
	RESULT_TIMEOUT,
	RESULT_LACKS,		/* from runner_run() only: to be judged by runner_judge_absence() */
};
const char *result_name(enum result r);	/* "PASS", ... */

struct outcome {
	enum result result;
	char message[600];	/* why; "" for a pass */
	char feature[64];	/* RESULT_LACKS: what the test says is absent */
	bool denied;		/* a skip though the kernel has it: policy, or the other cgroup version */
	struct sw_buf log;	/* what the test and the runner said, lines */
	int64_t ms;
	size_t order;		/* the how-manieth test that was started, from 1 */
};

enum must_work { MUST_NOT, MUST_IF_DENIED, MUST_ALL };
enum format { FORMAT_TEXT, FORMAT_KTAP, FORMAT_JSON };

struct options {
	bool list, summary, verbose, shuffle, intrusive;
	enum must_work must_work;
	enum format format;
	const char *group, *area, *feature;
	const struct profile *profile;
	double timeout_scale;
	long repeat, jobs;
	unsigned int seed;
	char **globs;
	int globs_count;
};

/* A test that is chosen, and what came of it. */
struct run {
	const struct suite_test *test;
	struct outcome out;
	enum { RUN_WAITS, RUN_RUNS, RUN_ENDED } state;
};

/* ---- runner_select.c ---- */
/* The selection into ret, which has room for all tests. Returns how many. */
size_t runner_select(const struct options *o, const struct suite_test **ret);
/* The first glob that no test of the group has an id for, whatever else is asked for; or NULL. */
const char *runner_idle_glob(const struct options *o);
/* The order 0..count-1 shuffled, the same for the same seed on every C library. */
void runner_shuffle(size_t *order, size_t count, unsigned int *state);
/* How many tests from tests[0] on belong to one suite. */
size_t runner_suite_length(const struct run *runs, size_t count);

/* ---- runner_pool.c ---- */
/*
 * Run each of runs[order[i]] that waits, beside each other as far as they may, in that order as far as
 * possible; calls done(arg) in this process after each that has ended.
 */
void runner_pool(struct run *runs, const size_t *order, size_t count, const struct options *o,
		 void (*done)(void *arg), void *arg);
/* Take the signals that end a run into the pool's hands; be the parent of what dead workers leave. */
void runner_pool_prepare(void);

/* ---- runner_exec.c ---- */
/* SIGTERM, and those of SIGINT and SIGHUP that this process does not ignore. */
void runner_ending_signals(sigset_t *ret);
/* Become the parent that tests need: subreaper, with namespaces of its own. Messages go to stderr. */
void runner_prepare(void);
/* Run one test by itself and clean up after it. out->log belongs to the caller. */
void runner_run(const struct suite_test *t, double timeout_scale, struct outcome *out);
/*
 * Wait until fd can be read or has hung up. A signal that came meanwhile ends us as it asks for.
 */
void runner_await(int fd);
/* Where tests get their scratch directories: $TMPDIR if it is absolute, else /tmp. */
const char *runner_scratch_base(void);
/* Whether directories and files can be made and written there. Returns 0 or -errno. */
int runner_scratch_check(void);

/* ---- runner_surroundings.c ---- */
/* Can tests be judged here at all? Returns 0, or an exit status, having said why not. */
int runner_surroundings_check(void);

/* ---- runner_needs.c ---- */
/* Whether the probe may change the kernel for a moment: what --intrusive says, or a test guest. */
void runner_needs_begin(bool intrusive);
/* Is this a guest that was booted for tests, so that nobody else can be disturbed? */
bool runner_in_guest(void);
/*
 * Whether a test can run. Returns true, or false with *out filled: SKIP with the evidence of
 * the first feature that is absent or denied, or of the lacking privilege, or FAIL for an id that no
 * feature row has.
 */
bool runner_needs_met(const struct suite_test *t, struct outcome *out);
/* RESULT_LACKS: what the probe says of the feature that the test called absent makes it SKIP or FAIL. */
void runner_judge_absence(const struct suite_test *t, struct outcome *out);

/* ---- runner_left.c ---- */
/* Remove the scratch directories below base of runners that were killed. */
void runner_sweep_dead(const char *base);
/*
 * What a killed runner's tests may have left alive is told by an environment variable, which names the
 * runner. Executes this program anew, with it, if need be.
 */
void left_processes_mark(int argc, char **argv);
/* Kill processes of runners that are gone. Returns how many. */
int left_processes_sweep_dead(void);
/* Is pid alive (no zombie), and a process of some run? A pid may by now be somebody else's. */
bool left_processes_test(int pid);
struct left_mounts;
struct left_mounts *left_mounts_note(void);	/* malloc'ed; NULL: could not be read */
/* Detach mounts that were not there; name them in left. Frees before. Returns how many. */
int left_mounts_sweep(struct left_mounts *before, struct sw_buf *left);
/*
 * Name the descendants that are alive, not dying, after the test whose session was sid. Returns how
 * many.
 */
int left_processes_name(int sid, struct sw_buf *left);
/* Kill and reap every descendant. Returns 0, or -EBUSY if one does not die of SIGKILL. */
int left_processes_kill(int sid);
/* Kill and reap the children of this process that spared(pid) does not name. */
void left_processes_kill_but(bool (*spared)(int pid));
int left_tree_remove(const char *path);	/* rm -r, staying on the filesystem; 0 or -errno */


/* ---- runner_left_ns.c: what a network and an ipc namespace of the runner's own hold ---- */
/* Enter them, as far as the kernel has them and allows it. */
void left_namespaces_enter(void);
/* What is there now is not the next test's. */
void left_namespaces_note(void);
/* Remove network devices, System V objects and message queues that were not there; name them. */
int left_namespaces_sweep(struct sw_buf *left);
/* Could a process of ours have mount, ipc and network namespaces of its own? */
bool left_namespaces_possible(void);

/* ---- runner_report.c ---- */
struct totals {
	size_t passed, failed, skipped, denied;
};
void report_plan(const struct options *o, size_t suites);
void report_suite_begin(const struct options *o, const struct suite *s, size_t tests);
void report_test(const struct options *o, const struct suite_test *t, size_t number,
		 const struct outcome *out);
void report_suite_end(const struct options *o, const struct suite *s, size_t number, bool failed);
/* @runs: all of them, for the slowest */
void report_totals(const struct options *o, const struct totals *sum, const struct run *runs,
		   size_t count);
/* A test as one line, or one JSON document of all of them. */
void report_list(const struct options *o, const struct suite_test *const *tests, size_t count);

#endif
