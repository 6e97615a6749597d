// SPDX-License-Identifier: GPL-2.0-only
#include "suite_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pointers that SUITE_TEST() left in a section of its own; the linker names its ends. */
extern const struct suite_test *const __start_suite_table[] __attribute__((weak));
extern const struct suite_test *const __stop_suite_table[] __attribute__((weak));

static int by_place(const void *a, const void *b)
{
	const struct suite_test *x = *(const struct suite_test *const *)a;
	const struct suite_test *y = *(const struct suite_test *const *)b;
	int r = strcmp(x->suite->group, y->suite->group);

	if (!r)
		r = strcmp(x->suite->prefix, y->suite->prefix);
	if (!r)		/* two files that share a prefix stay apart */
		r = (x->suite > y->suite) - (x->suite < y->suite);
	return r ? r : x->line - y->line;
}

const struct suite_test *const *suite_tests(size_t *ret_count)
{
	static const struct suite_test **sorted;
	size_t count = __stop_suite_table - __start_suite_table;

	if (!sorted) {
		sorted = malloc((count + 1) * sizeof(*sorted));
		if (!sorted)
			return NULL;
		if (count)
			memcpy(sorted, __start_suite_table, count * sizeof(*sorted));
		qsort(sorted, count, sizeof(*sorted), by_place);
	}
	*ret_count = count;
	return sorted;
}

const char *suite_test_id(const struct suite_test *t, char *out, size_t size)
{
	snprintf(out, size, "%s.%s", t->suite->prefix, t->name);
	return out;
}

const char *suite_next_need(const char *needs, char *out, size_t size)
{
	size_t len;

	if (!needs)
		return NULL;
	needs += strspn(needs, " ");
	len = strcspn(needs, " ");
	if (!len)
		return NULL;
	snprintf(out, size, "%.*s", (int)len, needs);
	return needs + len;
}
