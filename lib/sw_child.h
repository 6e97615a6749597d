/* SPDX-License-Identifier: GPL-2.0-only */
/* Run a function in a forked child, under a time limit, and hear what became of it. */
#ifndef SW_CHILD_H
#define SW_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sw_child_end {
	SW_CHILD_ANSWERED,	/* wrote its whole answer and exited */
	SW_CHILD_EXITED,	/* exited without a whole answer; code is the exit status */
	SW_CHILD_KILLED,	/* died of a signal; code is the signal */
	SW_CHILD_TIMEOUT,	/* was killed after timeout_ms */
	SW_CHILD_FAILED,	/* could not be started; code is the errno, as of sw_fork() */
};

struct sw_child {
	enum sw_child_end end;
	int code;
};

/*
 * Fork; in the child call fn(arg, answer) with answer pointing to size zeroed bytes, then hand
 * those bytes to the parent. The child leads a process group of its own, dies with its parent
 * (PR_SET_PDEATHSIG), and its whole group is killed at the end, so that nothing it started
 * remains unless it left the group.
 * @answer: size bytes, written only if the result is SW_CHILD_ANSWERED
 * fn must neither exec nor close descriptors it did not open: end of file means death, and is
 * never an answer. Safe in any single-threaded caller.
 */
struct sw_child sw_child_run(void (*fn)(void *arg, void *answer), void *arg, void *answer,
			     size_t size, int timeout_ms);

/*
 * fork(2) that is believed only where it was done: a filter that claims success makes the parent take
 * itself for the child. Then -1, and errno is EREMOTEIO: it was not the kernel that answered.
 */
pid_t sw_fork(void);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t sw_now_ms(void);

/* Wait for pid with EINTR handled. Returns 0 and *ret_status, or -errno. */
int sw_waitpid(pid_t pid, int *ret_status);

/* So long may one take to go that was killed: nothing but a kernel that does not do it makes it longer. */
#define SW_GONE_MS 5000
/*
 * Wait until the child has ended, and leave it to be reaped; for what was killed, which a kernel (or a
 * filter in its place) may claim without doing it. Returns 0, -ETIMEDOUT or -errno.
 */
int sw_wait_end(pid_t pid, int limit_ms);
/* The same, and reap it. @ret_status may be NULL. */
int sw_waitpid_within(pid_t pid, int *ret_status, int limit_ms);

#endif
