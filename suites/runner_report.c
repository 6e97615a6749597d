// SPDX-License-Identifier: GPL-2.0-only
/* Results as KTAP (docs/results.md) or for people. A test's own words never enter the stream raw. */
#include <string.h>

#include "runner.h"

void report_plan(const struct options *o, size_t suites)
{
	if (!o->text)
		printf("KTAP version 1\n1..%zu\n", suites);
	fflush(stdout);
}

void report_suite_begin(const struct options *o, const struct suite *s, size_t tests)
{
	if (!o->text)
		printf("  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", s->prefix, tests);
	fflush(stdout);
}

void report_suite_end(const struct options *o, const struct suite *s, size_t number, bool failed)
{
	if (!o->text)
		printf("%s %zu %s\n", failed ? "not ok" : "ok", number, s->prefix);
	fflush(stdout);
}

/* Print one line of foreign text: controls become '?', so no line can pretend to be another. */
static void put_clean(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\r' && i + 1 == len)
			continue;
		putchar(c == '\t' || (c >= 0x20 && c != 0x7f) ? c : '?');
	}
}

static void put_log(const char *before, const struct sw_buf *log)
{
	const char *at = sw_buf_str(log), *end = at + log->len;

	while (at < end) {
		const char *nl = memchr(at, '\n', end - at);
		size_t len = (nl ? nl : end) - at;

		/* The harness starts its own messages with "# ". */
		if (len > 1 && at[0] == '#' && at[1] == ' ') {
			at += 2;
			len -= 2;
		}
		if (len) {
			fputs(before, stdout);
			put_clean(at, len);
			putchar('\n');
		}
		at += len + 1;
	}
}

/* A directive or reason on one line, without '#', which would start another directive. */
static void put_reason(const char *s)
{
	for (; *s; s++)
		putchar(*s == '#' || (unsigned char)*s < 0x20 ? ' ' : *s);
}

static void report_ktap(const struct suite_test *t, size_t number, const struct outcome *out)
{
	char id[128], before[140];

	suite_test_id(t, id, sizeof(id));
	snprintf(before, sizeof(before), "  # %s: ", id);
	if (t->needs && *t->needs)
		printf("%sneeds %s\n", before, t->needs);
	if (t->promise)
		printf("%spromise %s\n", before, t->promise);
	put_log(before, &out->log);
	printf("%stime_ms %lld\n", before, (long long)out->ms);
	printf("  %sok %zu %s", out->result == RESULT_PASS || out->result == RESULT_SKIP ? "" : "not ",
	       number, id);
	if (out->result == RESULT_SKIP || out->result == RESULT_CRASH || out->result == RESULT_TIMEOUT) {
		fputs(out->result == RESULT_SKIP ? " # SKIP " :
		      out->result == RESULT_CRASH ? " # ERROR " : " # TIMEOUT ", stdout);
		put_reason(out->message);
	}
	putchar('\n');
}

static void report_text(const struct options *o, const struct suite_test *t,
			const struct outcome *out)
{
	static const char *const names[] = { "PASS", "FAIL", "SKIP", "CRASH", "TIMEOUT" };
	char id[128];

	if (o->summary && out->result == RESULT_PASS)
		return;
	printf("%-7s %s", names[out->result], suite_test_id(t, id, sizeof(id)));
	if (out->message[0] && out->result != RESULT_FAIL) {	/* a failure's is in its log */
		fputs(": ", stdout);
		put_reason(out->message);
	}
	putchar('\n');
	if (out->result != RESULT_PASS && out->result != RESULT_SKIP) {
		put_log("        ", &out->log);
		if (t->promise)
			printf("        promised by %s\n", t->promise);
	}
}

void report_test(const struct options *o, const struct suite_test *t, size_t number,
		 const struct outcome *out)
{
	if (o->text)
		report_text(o, t, out);
	else
		report_ktap(t, number, out);
	fflush(stdout);
}

void report_totals(const struct options *o, size_t passed, size_t failed, size_t skipped)
{
	if (o->text)
		printf("%zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
	else
		printf("# %zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
	fflush(stdout);
}

void report_list(const struct suite_test *t)
{
	char id[128];

	printf("%s\t%s\t%s\n", suite_test_id(t, id, sizeof(id)), t->needs ? t->needs : "",
	       t->promise ? t->promise : "");
}
