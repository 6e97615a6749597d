// SPDX-License-Identifier: GPL-2.0-only
/* Results as KTAP (docs/results.md) or for people. A test's own words never enter the stream raw. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "runner.h"
#include "sw_json.h"

#define SLOWEST 10

/* The one document of a run; written at its end. */
static struct sw_json json = { .pretty = true };

const char *result_name(enum result r)
{
	static const char *const names[] = { "PASS", "FAIL", "SKIP", "CRASH", "TIMEOUT" };

	return r < sizeof(names) / sizeof(*names) ? names[r] : "FAIL";
}

void report_plan(const struct options *o, size_t suites)
{
	struct utsname u;

	if (o->format == FORMAT_KTAP)
		printf("KTAP version 1\n1..%zu\n", suites);
	if (o->shuffle && o->format != FORMAT_JSON)
		printf("# shuffled with --shuffle=%u\n", o->seed);
	if (o->format == FORMAT_JSON) {
		sw_json_object(&json, NULL);
		sw_json_int(&json, "version", 1);
		sw_json_str(&json, "release", uname(&u) ? NULL : u.release);
		if (o->shuffle)
			sw_json_int(&json, "shuffle", o->seed);
		sw_json_array(&json, "tests");
	}
	fflush(stdout);
}

void report_suite_begin(const struct options *o, const struct suite *s, size_t tests)
{
	if (o->format == FORMAT_KTAP)
		printf("  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", s->prefix, tests);
	fflush(stdout);
}

void report_suite_end(const struct options *o, const struct suite *s, size_t number, bool failed)
{
	if (o->format == FORMAT_KTAP)
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

static void report_ktap(const struct options *o, const struct suite_test *t, size_t number,
			const struct outcome *out)
{
	char id[128], before[140];

	suite_test_id(t, id, sizeof(id));
	snprintf(before, sizeof(before), "  # %s: ", id);
	if (t->needs && *t->needs)
		printf("%sneeds %s\n", before, t->needs);
	if (t->promise)
		printf("%spromise %s\n", before, t->promise);
	put_log(before, &out->log);
	if (o->shuffle)
		printf("%sorder %zu\n", before, out->order);
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
	char id[128];

	if (o->summary && out->result == RESULT_PASS)
		return;
	printf("%-7s %s", result_name(out->result), suite_test_id(t, id, sizeof(id)));
	if (o->verbose)
		printf(" (%lld ms)", (long long)out->ms);
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

/* "a b|c" as [["a"], ["b", "c"]]. */
static void json_needs(struct sw_json *j, const struct suite_test *t)
{
	const char *rest = t->needs;
	char word[128];

	sw_json_array(j, "needs");
	while ((rest = suite_next_need(rest, word, sizeof(word)))) {
		char *save = NULL;

		sw_json_array(j, NULL);
		for (char *id = strtok_r(word, "|", &save); id; id = strtok_r(NULL, "|", &save))
			sw_json_str(j, NULL, id);
		sw_json_end(j, ']');
	}
	sw_json_end(j, ']');
}

static void json_record(struct sw_json *j, const struct suite_test *t)
{
	char id[128];

	sw_json_str(j, "id", suite_test_id(t, id, sizeof(id)));
	sw_json_str(j, "name", t->name);
	sw_json_str(j, "area", t->suite->prefix);
	sw_json_str(j, "group", t->suite->group);
	json_needs(j, t);
	sw_json_str(j, "promise", t->promise);
}

static void report_json(const struct suite_test *t, const struct outcome *out)
{
	char *save = NULL, *text = out->log.len ? strdup(sw_buf_str(&out->log)) : NULL;

	sw_json_object(&json, NULL);
	json_record(&json, t);
	sw_json_str(&json, "result", result_name(out->result));
	sw_json_str(&json, "message", out->message[0] ? out->message : NULL);
	sw_json_int(&json, "time_ms", out->ms);
	sw_json_int(&json, "order", (int64_t)out->order);
	sw_json_array(&json, "log");
	for (char *line = text ? strtok_r(text, "\r\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\r\n", &save))
		sw_json_str(&json, NULL, line);
	sw_json_end(&json, ']');
	sw_json_end(&json, '}');
	free(text);
}

void report_test(const struct options *o, const struct suite_test *t, size_t number,
		 const struct outcome *out)
{
	if (o->format == FORMAT_TEXT)
		report_text(o, t, out);
	else if (o->format == FORMAT_KTAP)
		report_ktap(o, t, number, out);
	else
		report_json(t, out);
	fflush(stdout);
}

static int slower_first(const void *a, const void *b)
{
	const struct run *x = *(const struct run *const *)a, *y = *(const struct run *const *)b;

	return (x->out.ms < y->out.ms) - (x->out.ms > y->out.ms);
}

static void report_slowest(const struct run *runs, size_t count)
{
	const struct run **sorted = calloc(count + 1, sizeof(*sorted));
	size_t over = 0;
	char id[128];

	for (size_t i = 0; sorted && i < count; i++) {
		sorted[i] = &runs[i];
		over += runs[i].out.ms > 100;
	}
	if (sorted) {
		qsort(sorted, count, sizeof(*sorted), slower_first);
		printf("%zu of %zu took more than 100 ms; the slowest:\n", over, count);
		for (size_t i = 0; i < count && i < SLOWEST; i++)
			printf("%8lld ms  %s\n", (long long)sorted[i]->out.ms,
			       suite_test_id(sorted[i]->test, id, sizeof(id)));
	}
	free(sorted);
}

static void put_json(void)
{
	fputs(sw_buf_str(&json.buf), stdout);
	putchar('\n');
	sw_buf_free(&json.buf);
	fflush(stdout);
}

void report_totals(const struct options *o, const struct totals *sum, const struct run *runs,
		   size_t count)
{
	if (o->format == FORMAT_JSON) {
		sw_json_end(&json, ']');
		sw_json_object(&json, "totals");
		sw_json_int(&json, "passed", (int64_t)sum->passed);
		sw_json_int(&json, "failed", (int64_t)sum->failed);
		sw_json_int(&json, "skipped", (int64_t)sum->skipped);
		sw_json_end(&json, '}');
		sw_json_end(&json, '}');
		put_json();
		return;
	}
	if (o->format == FORMAT_TEXT && o->verbose)
		report_slowest(runs, count);
	printf("%s%zu passed, %zu failed, %zu skipped\n", o->format == FORMAT_KTAP ? "# " : "",
	       sum->passed, sum->failed, sum->skipped);
	fflush(stdout);
}

static void list_json(const struct suite_test *const *tests, size_t count)
{
	sw_json_object(&json, NULL);
	sw_json_int(&json, "version", 1);
	sw_json_array(&json, "tests");
	for (size_t i = 0; i < count; i++) {
		const struct suite_test *t = tests[i];

		sw_json_object(&json, NULL);
		json_record(&json, t);
		sw_json_int(&json, "timeout_s", t->timeout_s ? t->timeout_s : SUITE_TIMEOUT_S);
		sw_json_bool(&json, "unprivileged", t->unprivileged);
		sw_json_bool(&json, "alone", t->alone);
		sw_json_end(&json, '}');
	}
	sw_json_end(&json, ']');
	sw_json_end(&json, '}');
	put_json();
}

void report_list(const struct options *o, const struct suite_test *const *tests, size_t count)
{
	char id[128];

	if (o->format == FORMAT_JSON) {
		list_json(tests, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		printf("%s\t%s\t%s\t%s\n", suite_test_id(tests[i], id, sizeof(id)),
		       tests[i]->needs ? tests[i]->needs : "",
		       tests[i]->promise ? tests[i]->promise : "", tests[i]->suite->prefix);
}
