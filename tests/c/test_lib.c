// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sw_buf.h"
#include "sw_child.h"
#include "sw_error.h"
#include "sw_fd.h"
#include "sw_json.h"
#include "unit.h"

UNIT(error_first_failure_wins)
{
	struct sw_error err = { 0 };

	CHECK_INT(sw_error(&err, ENOENT, "open", "opening %s", "/x"), -ENOENT);
	CHECK_INT(sw_error(&err, -EPERM, "undo", "other"), -EPERM);
	CHECK_INT(err.num, ENOENT);
	CHECK_STR(err.step, "open");
	CHECK_STR(err.msg, "opening /x");
	CHECK_INT(sw_error(NULL, EIO, NULL, "nobody listens"), -EIO);
	CHECK_STR(sw_errno_name(EPERM), "EPERM");
	CHECK_STR(sw_errno_name(99999), "E?");
}

UNIT(json_escapes_and_nests)
{
	struct sw_json j = { 0 };

	sw_json_object(&j, NULL);
	sw_json_str(&j, "a", "q\"b\\c\n\x01");
	sw_json_str(&j, "bad", "\xff\xc3\xa9\xed\xa0\x80");
	sw_json_array(&j, "l");
	sw_json_int(&j, NULL, -3);
	sw_json_bool(&j, NULL, true);
	sw_json_str(&j, NULL, NULL);
	sw_json_end(&j, ']');
	sw_json_object(&j, "e");
	sw_json_end(&j, '}');
	sw_json_end(&j, '}');
	CHECK_STR(sw_buf_str(&j.buf), "{\"a\":\"q\\\"b\\\\c\\u000a\\u0001\",\"bad\":\"\\ufffd\xc3\xa9"
				      "\\ufffd\\ufffd\\ufffd\",\"l\":[-3,true,null],\"e\":{}}\n");
	sw_buf_free(&j.buf);
}

UNIT(parse_long_takes_whole_numbers_only)
{
	long v = 7;

	CHECK_INT(sw_parse_long("12", &v), 0);
	CHECK_INT(v, 12);
	CHECK_INT(sw_parse_long("12x", &v), -EINVAL);
	CHECK_INT(sw_parse_long("", &v), -EINVAL);
	CHECK_INT(sw_parse_long("999999999999999999999", &v), -ERANGE);
	CHECK_INT(v, 12);
}

UNIT(unescape_takes_three_octal_digits_only)
{
	char in_place[] = "a\\040b";
	char out[8];

	CHECK(sw_unescape_octal(in_place, strlen(in_place), in_place, sizeof(in_place)));
	CHECK_STR(in_place, "a b");
	CHECK(sw_unescape_octal("\\134\\011", 8, out, sizeof(out)));
	CHECK_STR(out, "\\\t");
	/* no octal digits, cut short, NUL, beyond a byte */
	CHECK(sw_unescape_octal("\\08z", 4, out, sizeof(out)));
	CHECK_STR(out, "\\08z");
	CHECK(sw_unescape_octal("\\040", 3, out, sizeof(out)));
	CHECK_STR(out, "\\04");
	CHECK(sw_unescape_octal("\\000", 4, out, sizeof(out)));
	CHECK_STR(out, "\\000");
	CHECK(sw_unescape_octal("\\777", 4, out, sizeof(out)));
	CHECK_STR(out, "\\777");
	CHECK(sw_unescape_octal("\\040\\040", 8, out, 3));
	CHECK_STR(out, "  ");
	CHECK(!sw_unescape_octal("abc", 3, out, 3));
	CHECK(!sw_unescape_octal("", 0, out, 0));
}

static void answer_42(void *arg, void *answer)
{
	*(int *)answer = *(int *)arg + 1;
}

static void die(void *arg, void *answer)
{
	(void)answer;
	if (*(int *)arg)
		raise(*(int *)arg);
	_exit(3);
}

static void hang(void *arg, void *answer)
{
	(void)arg;
	(void)answer;
	for (;;)
		pause();
}

UNIT(child_answers_dies_and_hangs)
{
	int arg = 41, got = 0;
	struct sw_child c = sw_child_run(answer_42, &arg, &got, sizeof(got), 10000);

	CHECK_INT(c.end, SW_CHILD_ANSWERED);
	CHECK_INT(got, 42);
	arg = SIGKILL;
	c = sw_child_run(die, &arg, &got, sizeof(got), 10000);
	CHECK_INT(c.end, SW_CHILD_KILLED);
	CHECK_INT(c.code, SIGKILL);
	arg = 0;
	c = sw_child_run(die, &arg, &got, sizeof(got), 10000);
	CHECK_INT(c.end, SW_CHILD_EXITED);
	CHECK_INT(c.code, 3);
	c = sw_child_run(hang, NULL, &got, sizeof(got), 50);
	CHECK_INT(c.end, SW_CHILD_TIMEOUT);
	CHECK_INT(got, 42);
}
