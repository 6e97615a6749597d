// SPDX-License-Identifier: GPL-2.0-only
/* Runs the unit tests: all, or those whose name contains an argument. KTAP on stdout. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

extern const struct unit_test *const __start_unit_tests[], *const __stop_unit_tests[];

static int failures;

bool unit_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return true;
	failures++;
	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return false;
}

bool unit_check_str(const char *seen, const char *want, const char *file, int line,
		    const char *expr)
{
	bool same = seen && want ? !strcmp(seen, want) : seen == want;

	return unit_check(same, file, line, "%s is \"%s\", not \"%s\"", expr, seen ? seen : "NULL",
			  want ? want : "NULL");
}

static bool selected(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	size_t count = __stop_unit_tests - __start_unit_tests, run = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("KTAP version 1");
	for (size_t i = 0; i < count; i++) {
		const struct unit_test *t = __start_unit_tests[i];

		if (!selected(t->name, argc, argv))
			continue;
		failures = 0;
		t->run();
		failed += failures != 0;
		printf("%s %zu %s\n", failures ? "not ok" : "ok", ++run, t->name);
	}
	printf("1..%zu\n# %zu passed, %zu failed\n", run, run - failed, failed);
	return failed || !run;
}
