/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of control groups share: processes to be moved, weighed and counted. */
#ifndef SUITE_CGTEST_H
#define SUITE_CGTEST_H

#include "suite_util.h"

/* A process that answers every number with its successor, until told to end. */
struct cgtest_proc {
	pid_t pid;
	struct suite_line line;
};

/* Start one, in a group if cg is not NULL. Answers 0 or -errno. */
int cgtest_start(struct cgtest_proc *p, const struct suite_cgroup *cg);
/* One question and its answer: proof that it runs. */
int cgtest_ask(struct cgtest_proc *p);
/* A question without waiting; whether there is an answer now; wait for it. */
int cgtest_question(struct cgtest_proc *p);
bool cgtest_answered(struct cgtest_proc *p);
int cgtest_answer(struct cgtest_proc *p);
/* Tell it to end, wait: what suite_wait() says. */
int cgtest_end(struct cgtest_proc *p);
/* Wait until a child is dead and leave it unreaped. */
int cgtest_await_zombie(pid_t pid);

/* A process with two threads, its line, and the id of the second. It ends when told a number. Or -errno. */
pid_t cgtest_threads(struct suite_line *line, long *ret_tid);

/* Whether a list of ids (cgroup.procs, tasks) has this one. -errno if it cannot be read. */
int cgtest_lists(const struct suite_cgroup *cg, const char *file, long id);
/* How many files of a group start with prefix. */
int cgtest_files(const struct suite_cgroup *cg, const char *prefix);
/* Write the decimal form of a number. */
int cgtest_write_long(const struct suite_cgroup *cg, const char *file, long long value);
/* Whether the words of a file (cgroup.controllers) have this one. */
int cgtest_has_word(const struct suite_cgroup *cg, const char *file, const char *word);
/* Whether a whole line of a file is this one. */
int cgtest_has_line(const struct suite_cgroup *cg, const char *file, const char *line);

/* The part of its path below the hierarchy's root: "sw-test-PID-1/child". */
const char *cgtest_name(const struct suite_cgroup *cg);
/* A domain controller that cgroup v2 has here, "hugetlb" if none. */
const char *cgtest_domain_controller(void);

/* Map and touch so many bytes of anonymous memory and keep them. */
int cgtest_touch(long long bytes);
/* Use so many milliseconds of the caller's own processor time. */
void cgtest_spin(long ms);
/* Processor time that the caller has used, in microseconds. */
long long cgtest_cpu_us(void);
/* Bind the caller to one processor that it may use. Returns its number or -errno. */
int cgtest_bind_one(void);

#endif
