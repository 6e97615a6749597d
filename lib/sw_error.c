// SPDX-License-Identifier: GPL-2.0-only
#include "sw_error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sw_error(struct sw_error *err, int num, const char *step, const char *fmt, ...)
{
	int code = abs(num);

	if (err && !err->num && !err->msg[0]) {
		va_list ap;

		err->num = code;
		err->step = step;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
		va_end(ap);
	}
	return -code;
}

const char *sw_errno_name(int num)
{
	/* strerrorname_np(3), glibc 2.32: a table lookup, no locale. */
	const char *name = strerrorname_np(abs(num));

	return name ? name : "E?";
}

const char *sw_errno_text(int num)
{
	/* strerrordesc_np(3), glibc 2.32: untranslated, static. */
	const char *text = strerrordesc_np(abs(num));

	return text ? text : "unknown error";
}
