/* SPDX-License-Identifier: GPL-2.0-only */
/* A unit test is a function that a file registers; it fails by CHECK and goes on. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* UNIT(name) { body }: defines and registers a test. */
#define UNIT(id)                                                                              \
	static void unit_##id(void);                                                              \
	static const struct unit_test unit_row_##id = { #id, unit_##id };                         \
	static const struct unit_test *const unit_ptr_##id                                        \
		__attribute__((used, section("unit_tests"))) = &unit_row_##id;                    \
	static void unit_##id(void)

#define CHECK(cond) unit_check((cond), __FILE__, __LINE__, "%s", #cond)
#define CHECK_INT(seen, want)                                                                 \
	do {                                                                                      \
		long long unit_s = (seen), unit_w = (want);                                       \
		unit_check(unit_s == unit_w, __FILE__, __LINE__, "%s is %lld, not %lld", #seen,  \
			   unit_s, unit_w);                                                       \
	} while (0)
#define CHECK_STR(seen, want) unit_check_str((seen), (want), __FILE__, __LINE__, #seen)

bool unit_check(bool ok, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool unit_check_str(const char *seen, const char *want, const char *file, int line,
		    const char *expr);

#endif
