/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors as values. A function that can fail returns 0 (or a descriptor, or a count) on
 * success and -errno on failure; where the caller wants words it also fills a caller-owned
 * struct sw_error. No heap, no stdio: usable between clone and exec.
 */
#ifndef SW_ERROR_H
#define SW_ERROR_H

#include <stdarg.h>
#include <stddef.h>

struct sw_error {
	int num;		/* positive errno, 0 while nothing failed */
	const char *step;	/* static string naming what was being done, or NULL */
	char msg[512];		/* what was tried, on what, what came back, what to do */
};

/*
 * Record a failure. The first failure wins: a later call on an error that is already set
 * changes nothing, so that cleanup on the way out cannot hide the cause.
 * @err:  where to record; NULL is allowed and records nothing
 * @num:  errno value, positive or negative
 * @step: static string or NULL
 * @fmt:  printf format; vsnprintf with plain conversions neither locks nor allocates in the C
 *        libraries we link (do not use %ls, %m or positional arguments)
 * Returns -abs(num), so that `return sw_error(err, errno, ...)` reads well.
 */
int sw_error(struct sw_error *err, int num, const char *step, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Name of an errno value ("EPERM"), or "E?" followed by nothing for an unknown one. */
const char *sw_errno_name(int num);

/* Words of an errno value ("Operation not permitted"). Static storage, never NULL. */
const char *sw_errno_text(int num);

#endif
