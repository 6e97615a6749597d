/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the runner: judge one test, look for what it left, write results. */
#ifndef RUNNER_H
#define RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "suite_table.h"
#include "sw_buf.h"

enum result {
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SKIP,
	RESULT_CRASH,
	RESULT_TIMEOUT,
};

struct outcome {
	enum result result;
	char message[600];	/* why; "" for a pass */
	bool denied;		/* a skip though the kernel has it: policy, or the other cgroup version */
	struct sw_buf log;	/* what the test and the runner said, lines */
	int64_t ms;
};

struct options {
	bool list, summary, must_work, shuffle, text;
	const char *group, *area;
	double timeout_scale;
	long repeat;
	unsigned int seed;
	char **globs;
	int globs_count;
};

/* ---- runner_exec.c ---- */
/* Become the parent that tests need: subreaper, private mounts. Messages go to stderr. */
void runner_prepare(void);
/* End as a signal that came between tests asks for. */
void runner_heed_signals(void);
/* Run one test by itself and clean up after it. out->log belongs to the caller. */
void runner_run(const struct suite_test *t, double timeout_scale, struct outcome *out);
/* Where tests get their scratch directories: $TMPDIR if it is absolute, else /tmp. */
const char *runner_scratch_base(void);

/* ---- runner_needs.c ---- */
/*
 * Whether a test can run. Returns true, or false with *out filled: SKIP with the evidence of
 * the first feature that is absent or denied, or of the lacking privilege, or FAIL for an id that no
 * feature row has.
 */
bool runner_needs_met(const struct suite_test *t, struct outcome *out);
/* What the probe says of a feature that a test called absent: fills out with SKIP or FAIL. */
void runner_judge_absence(const struct suite_test *t, const char *feature, const char *reason,
			  struct outcome *out);

/* ---- runner_left.c ---- */
/* Remove the scratch directories below base of runners that were killed. */
void runner_sweep_dead(const char *base);
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
int left_tree_remove(const char *path);	/* rm -r, staying on the filesystem; 0 or -errno */

/* ---- runner_report.c ---- */
void report_plan(const struct options *o, size_t suites);
void report_suite_begin(const struct options *o, const struct suite *s, size_t tests);
void report_test(const struct options *o, const struct suite_test *t, size_t number,
		 const struct outcome *out);
void report_suite_end(const struct options *o, const struct suite *s, size_t number, bool failed);
void report_totals(const struct options *o, size_t passed, size_t failed, size_t skipped);
void report_list(const struct suite_test *t);

#endif
