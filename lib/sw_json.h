/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A JSON writer (RFC 8259) that cannot produce malformed nesting commas. Strings may hold any
 * bytes: what is not UTF-8 is written as U+FFFD, control characters are escaped.
 */
#ifndef SW_JSON_H
#define SW_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "sw_buf.h"

struct sw_json {
	struct sw_buf buf;
	int depth;
	bool comma;	/* the next value needs a comma before it */
	bool pretty;	/* newline and two-space indent */
};

/* In an object every value call takes its key; in an array the key is NULL. */
void sw_json_object(struct sw_json *j, const char *key);
void sw_json_array(struct sw_json *j, const char *key);
void sw_json_end(struct sw_json *j, char closer);	/* '}' or ']' */
void sw_json_str(struct sw_json *j, const char *key, const char *value);	/* NULL: null */
void sw_json_int(struct sw_json *j, const char *key, int64_t value);
void sw_json_bool(struct sw_json *j, const char *key, bool value);
void sw_json_null(struct sw_json *j, const char *key);

#endif
