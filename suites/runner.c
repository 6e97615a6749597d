// SPDX-License-Identifier: GPL-2.0-only
/* seaworthy test: select tests from the table, run each, say what came out. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "runner.h"
#include "suite_cgroup.h"
#include "sw_exit.h"
#include "sw_fd.h"

static const char help[] =
	"Usage: seaworthy test [OPTION...] [GLOB...]\n\n"
	"Run the conformance suites on the running kernel: all tests, or those whose id matches a GLOB.\n\n"
	"  --list                 print id, needed features and promise of each test; run nothing\n"
	"  --format ktap|text     how to print results (text on a terminal, else ktap)\n"
	"  --summary              text: failures, skips with their evidence, totals\n"
	"  --group GROUP          only this group: kernel, runtime/berth\n"
	"  --area AREA            only this area: ns.pid, or ns for all below it\n"
	"  --timeout-scale F      multiply every test's time limit by F\n"
	"  --must-work            a skip is a failure\n"
	"  --repeat N             run the selection N times\n"
	"  --shuffle[=SEED]       in an order by chance; the seed is printed\n"
	"  --help                 this text\n\n"
	"Exit status: 0 all passed or were skipped with evidence, 1 some failed, 3 nothing could be run,\n"
	"64 the command line is wrong. See seaworthy-test(1).\n";

enum { OPT_LIST = 256, OPT_FORMAT, OPT_SUMMARY, OPT_GROUP, OPT_AREA, OPT_SCALE, OPT_MUST, OPT_REPEAT,
       OPT_SHUFFLE };

static const struct option long_options[] = {
	{ "list", no_argument, NULL, OPT_LIST },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "summary", no_argument, NULL, OPT_SUMMARY },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "area", required_argument, NULL, OPT_AREA },
	{ "timeout-scale", required_argument, NULL, OPT_SCALE },
	{ "must-work", no_argument, NULL, OPT_MUST },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "shuffle", optional_argument, NULL, OPT_SHUFFLE },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "seaworthy test: %s%s%s; `seaworthy test --help` tells more\n", what,
		value ? ": " : "", value ? value : "");
	return SW_EXIT_USAGE;
}

static bool parse_positive(const char *s, double *ret)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !(v > 0) || v > 1e6)
		return false;
	*ret = v;
	return true;
}

/* One option. Returns 0, or an exit status. */
static int take_option(struct options *o, int opt)
{
	long seed;

	switch (opt) {
	case OPT_LIST:
		o->list = true;
		return 0;
	case OPT_FORMAT:
		if (strcmp(optarg, "ktap") && strcmp(optarg, "text"))
			return usage_error("--format takes ktap or text, not", optarg);
		o->text = !strcmp(optarg, "text");
		return 0;
	case OPT_SUMMARY:
		o->summary = o->text = true;
		return 0;
	case OPT_GROUP:
		o->group = optarg;
		return 0;
	case OPT_AREA:
		o->area = optarg;
		return 0;
	case OPT_SCALE:
		if (!parse_positive(optarg, &o->timeout_scale))
			return usage_error("--timeout-scale takes a number above 0, not", optarg);
		return 0;
	case OPT_MUST:
		o->must_work = true;
		return 0;
	case OPT_REPEAT:
		if (sw_parse_long(optarg, &o->repeat) || o->repeat < 1 || o->repeat > 1000000)
			return usage_error("--repeat takes a number from 1 to 1000000, not", optarg);
		return 0;
	case OPT_SHUFFLE:
		o->shuffle = true;
		seed = (long)(time(NULL) ^ ((long)getpid() << 16)) & 0x7fffffff;
		if (optarg && (sw_parse_long(optarg, &seed) || seed < 0 || seed > 0x7fffffff))
			return usage_error("--shuffle takes a seed from 0 to 2147483647, not", optarg);
		o->seed = (unsigned int)seed;
		return 0;
	default:
		return SW_EXIT_USAGE;	/* getopt has said why */
	}
}

static bool selected(const struct options *o, const struct suite_test *t)
{
	const struct suite *s = t->suite;
	size_t len = o->area ? strlen(o->area) : 0;
	char id[128];

	/* Tests of the runner itself crash and hang: only on request. */
	if (o->group ? strcmp(o->group, s->group) != 0 : !strcmp(s->group, "selftest"))
		return false;
	if (o->area && (strncmp(s->prefix, o->area, len) || (s->prefix[len] && s->prefix[len] != '.')))
		return false;
	suite_test_id(t, id, sizeof(id));
	for (int i = 0; i < o->globs_count; i++)
		if (!fnmatch(o->globs[i], id, 0))
			return true;
	return o->globs_count == 0;
}

/* The selection into ret, suites kept together. Returns how many. */
static size_t select_tests(const struct options *o, const struct suite_test **ret)
{
	size_t count, n = 0;
	const struct suite_test *const *all = suite_tests(&count);

	for (size_t i = 0; all && i < count; i++)
		if (selected(o, all[i]))
			ret[n++] = all[i];
	return n;
}

/* How many tests from tests[0] on belong to one suite. */
static size_t run_length(const struct suite_test *const *tests, size_t count)
{
	size_t n = 0;

	while (n < count && tests[n]->suite == tests[0]->suite)
		n++;
	return n;
}

/* xorshift32: the same order for the same seed on every C library. */
static unsigned int next_random(unsigned int *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Shuffle tests within each suite, and the suites; a suite's tests stay together. */
static void shuffle(const struct suite_test **tests, size_t count, unsigned int *state)
{
	const struct suite_test **out = calloc(count, sizeof(*out));
	size_t starts[count], suites = 0, n = 0;

	if (!out)
		return;
	for (size_t i = 0; i < count; i += run_length(tests + i, count - i)) {
		size_t len = run_length(tests + i, count - i);

		for (size_t j = len; j > 1; j--) {
			size_t k = next_random(state) % j;
			const struct suite_test *tmp = tests[i + j - 1];

			tests[i + j - 1] = tests[i + k];
			tests[i + k] = tmp;
		}
		starts[suites++] = i;
	}
	while (suites) {
		size_t k = next_random(state) % suites, i = starts[k];
		size_t len = run_length(tests + i, count - i);

		memcpy(out + n, tests + i, len * sizeof(*out));
		n += len;
		starts[k] = starts[--suites];
	}
	memcpy(tests, out, count * sizeof(*out));
	free(out);
}

struct totals {
	size_t passed, failed, skipped, denied;
};

static bool run_one(const struct options *o, const struct suite_test *t, size_t number,
		    struct totals *sum)
{
	struct outcome out = { .log = SW_BUF_INIT };
	bool failed;

	runner_heed_signals();
	if (runner_needs_met(t, &out))
		runner_run(t, o->timeout_scale, &out);
	if (out.result == RESULT_SKIP && o->must_work) {
		sw_buf_printf(&out.log, "must work, but %s\n", out.message);
		out.result = RESULT_FAIL;
	}
	failed = out.result != RESULT_PASS && out.result != RESULT_SKIP;
	sum->passed += out.result == RESULT_PASS;
	sum->skipped += out.result == RESULT_SKIP;
	sum->denied += out.result == RESULT_SKIP && out.denied;
	sum->failed += failed;
	report_test(o, t, number, &out);
	sw_buf_free(&out.log);
	return !failed;
}

static void run_selection(const struct options *o, const struct suite_test **tests, size_t count,
			  size_t *suite_number, struct totals *sum)
{
	for (size_t i = 0; i < count && !ferror(stdout);) {
		const struct suite *s = tests[i]->suite;
		size_t len = run_length(tests + i, count - i);
		bool failed = false;

		report_suite_begin(o, s, len);
		for (size_t j = 0; j < len && !ferror(stdout); j++)
			failed |= !run_one(o, tests[i + j], j + 1, sum);
		report_suite_end(o, s, ++*suite_number, failed);
		i += len;
	}
}

static int run_all(const struct options *o, const struct suite_test **tests, size_t count)
{
	unsigned int state = o->seed ? o->seed : 1;
	size_t suites = 0, number = 0;
	struct totals sum = { 0 };

	for (size_t i = 0; i < count; i += run_length(tests + i, count - i))
		suites++;
	runner_sweep_dead(runner_scratch_base());
	suite_cgroup_sweep_dead();
	runner_prepare();
	report_plan(o, suites * (size_t)o->repeat);
	if (o->shuffle)
		printf("# shuffled with --shuffle=%u\n", o->seed);
	for (long i = 0; i < o->repeat && !ferror(stdout); i++) {
		if (o->shuffle)
			shuffle(tests, count, &state);
		run_selection(o, tests, count, &number, &sum);
	}
	report_totals(o, sum.passed, sum.failed, sum.skipped);
	if (ferror(stdout) || fflush(stdout)) {
		fprintf(stderr, "seaworthy test: cannot write the results: %s\n", sw_errno_name(errno));
		return SW_EXIT_UNKNOWN;
	}
	if (sum.failed)
		return SW_EXIT_FAIL;
	return !sum.passed && sum.denied ? SW_EXIT_UNKNOWN : SW_EXIT_OK;
}

int cmd_test(int argc, char **argv)
{
	struct options o = { .timeout_scale = 1, .repeat = 1, .text = isatty(STDOUT_FILENO) };
	size_t total, count;
	int opt, r;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return SW_EXIT_OK;
		}
		r = take_option(&o, opt);
		if (r)
			return r;
	}
	o.globs = argv + optind;
	o.globs_count = argc - optind;
	if (!suite_tests(&total)) {
		fputs("seaworthy test: out of memory\n", stderr);
		return SW_EXIT_UNKNOWN;
	}
	const struct suite_test *tests[total + 1];

	count = select_tests(&o, tests);
	if (!count)
		return usage_error("no test matches; `seaworthy test --list` names them", NULL);
	if (!o.list)
		return run_all(&o, tests, count);
	for (size_t i = 0; i < count; i++)
		report_list(tests[i]);
	return SW_EXIT_OK;
}
