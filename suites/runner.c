// SPDX-License-Identifier: GPL-2.0-only
/* seaworthy test: select tests from the table, run each, say what came out. */
#include <errno.h>
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
	"  --list                 print id, needed features, promise and area of each test; run nothing\n"
	"  --format ktap|text|json  how to print results (text on a terminal, else ktap)\n"
	"  --summary              text: failures, skips with their evidence, totals\n"
	"  -v, --verbose          text: with the time of each test, and the slowest at the end\n"
	"  --group GROUP          only this group: kernel, runtime/berth\n"
	"  --area AREA            only this area: ns.pid, or ns for all below it\n"
	"  --feature ID           only tests that need this feature\n"
	"  --profile NAME         only tests all of whose needs are items of this profile\n"
	"  --jobs N               run N tests at a time, where they may (a processor each)\n"
	"  --timeout-scale F      multiply every test's time limit by F\n"
	"  --must-work[=all]      a skip is a failure where the kernel is not proven to lack the feature;\n"
	"                         all: every skip is\n"
	"  --intrusive            the probe may change the kernel for a moment, in ways others would see\n"
	"  --repeat N             run the selection N times\n"
	"  --shuffle[=SEED]       in an order by chance; the seed is printed\n"
	"  --help                 this text\n\n"
	"Exit status: 0 all passed or were skipped with evidence, 1 some failed, 3 nothing could be run,\n"
	"64 the command line is wrong. See seaworthy-test(1).\n";

enum { OPT_LIST = 256, OPT_FORMAT, OPT_SUMMARY, OPT_GROUP, OPT_AREA, OPT_SCALE, OPT_MUST, OPT_REPEAT,
       OPT_SHUFFLE, OPT_FEATURE, OPT_PROFILE, OPT_JOBS, OPT_INTRUSIVE };

static const struct option long_options[] = {
	{ "list", no_argument, NULL, OPT_LIST },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "summary", no_argument, NULL, OPT_SUMMARY },
	{ "verbose", no_argument, NULL, 'v' },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "area", required_argument, NULL, OPT_AREA },
	{ "feature", required_argument, NULL, OPT_FEATURE },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "timeout-scale", required_argument, NULL, OPT_SCALE },
	{ "must-work", optional_argument, NULL, OPT_MUST },
	{ "intrusive", no_argument, NULL, OPT_INTRUSIVE },
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

static int take_format(struct options *o)
{
	static const char *const names[] = { "text", "ktap", "json" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(optarg, names[i]))
			continue;
		o->format = (enum format)i;
		return 0;
	}
	return usage_error("--format takes ktap, text or json, not", optarg);
}

static int take_shuffle(struct options *o)
{
	long seed = (long)(time(NULL) ^ ((long)getpid() << 16)) & 0x7fffffff;

	if (optarg && (sw_parse_long(optarg, &seed) || seed < 0 || seed > 0x7fffffff))
		return usage_error("--shuffle takes a seed from 0 to 2147483647, not", optarg);
	o->shuffle = true;
	o->seed = (unsigned int)seed;
	return 0;
}

/* Options that choose tests. Returns 0, or an exit status. */
static int take_choice(struct options *o, int opt)
{
	switch (opt) {
	case OPT_GROUP:
		o->group = optarg;
		return 0;
	case OPT_AREA:
		o->area = optarg;
		return 0;
	case OPT_FEATURE:
		o->feature = optarg;
		return 0;
	case OPT_PROFILE:
		o->profile = profile_find(optarg);
		return o->profile ? 0 : usage_error("no profile is called", optarg);
	default:
		return SW_EXIT_USAGE;	/* getopt has said why */
	}
}

/* One option. Returns 0, or an exit status. */
static int take_option(struct options *o, int opt)
{
	switch (opt) {
	case OPT_LIST:
		o->list = true;
		return 0;
	case OPT_FORMAT:
		return take_format(o);
	case OPT_SUMMARY:
		o->summary = true;
		o->format = FORMAT_TEXT;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_JOBS:
		if (sw_parse_long(optarg, &o->jobs) || o->jobs < 1 || o->jobs > 16)
			return usage_error("--jobs takes a number from 1 to 16, not", optarg);
		return 0;
	case OPT_SCALE:
		if (!parse_positive(optarg, &o->timeout_scale))
			return usage_error("--timeout-scale takes a number above 0, up to 1000000, not", optarg);
		return 0;
	case OPT_MUST:
		if (optarg && strcmp(optarg, "all"))
			return usage_error("--must-work takes nothing, or all, not", optarg);
		o->must_work = optarg ? MUST_ALL : MUST_IF_DENIED;
		return 0;
	case OPT_INTRUSIVE:
		o->intrusive = true;
		return 0;
	case OPT_REPEAT:
		if (sw_parse_long(optarg, &o->repeat) || o->repeat < 1 || o->repeat > 1000000)
			return usage_error("--repeat takes a number from 1 to 1000000, not", optarg);
		return 0;
	case OPT_SHUFFLE:
		return take_shuffle(o);
	default:
		return take_choice(o, opt);
	}
}

struct progress {
	const struct options *o;
	struct run *runs;
	size_t count, told;	/* of runs: all before it have been reported */
	size_t in_suite, number;	/* tests told of this suite, suites told of all */
	bool failed;		/* something of this suite */
	struct totals sum;
};

/* A skip that must not be is a failure. */
static void apply_must_work(const struct options *o, struct outcome *out)
{
	if (out->result != RESULT_SKIP || o->must_work == MUST_NOT ||
	    (o->must_work == MUST_IF_DENIED && !out->denied))
		return;
	sw_buf_printf(&out->log, "must work, but %s\n", out->message);
	out->result = RESULT_FAIL;
}

static bool tell(struct progress *p, struct run *r)
{
	struct outcome *out = &r->out;
	bool failed;

	apply_must_work(p->o, out);
	failed = out->result != RESULT_PASS && out->result != RESULT_SKIP;
	p->sum.passed += out->result == RESULT_PASS;
	p->sum.skipped += out->result == RESULT_SKIP;
	p->sum.denied += out->result == RESULT_SKIP && out->denied;
	p->sum.failed += failed;
	report_test(p->o, r->test, ++p->in_suite, out);
	sw_buf_free(&out->log);
	return failed;
}

/* Tell what is known by now, in the order of the table, whatever the order was that it came in. */
static void tell_what_ended(void *arg)
{
	struct progress *p = arg;

	while (p->told < p->count && p->runs[p->told].state == RUN_ENDED) {
		struct run *r = &p->runs[p->told++];
		const struct suite *s = r->test->suite;

		p->failed |= tell(p, r);
		if (p->told < p->count && p->runs[p->told].test->suite == s)
			continue;
		report_suite_end(p->o, s, ++p->number, p->failed);
		p->failed = false;
		p->in_suite = 0;
		if (p->told < p->count)
			report_suite_begin(p->o, p->runs[p->told].test->suite,
					   runner_suite_length(p->runs + p->told, p->count - p->told));
	}
}

static void run_once(struct progress *p, unsigned int *random)
{
	size_t order[p->count];

	for (size_t i = 0; i < p->count; i++) {
		order[i] = i;
		p->runs[i] = (struct run){ .test = p->runs[i].test, .out = { .log = SW_BUF_INIT } };
	}
	if (p->o->shuffle)
		runner_shuffle(order, p->count, random);
	p->told = 0;
	report_suite_begin(p->o, p->runs[0].test->suite, runner_suite_length(p->runs, p->count));
	runner_pool(p->runs, order, p->count, p->o, tell_what_ended, p);
	/* What was not run, since nobody reads the results any more. */
	for (size_t i = p->told; i < p->count; i++)
		sw_buf_free(&p->runs[i].out.log);
}

static int run_all(const struct options *o, struct run *runs, size_t count)
{
	unsigned int random = o->seed ? o->seed : 1;
	struct progress p = { .o = o, .runs = runs, .count = count };
	size_t suites = 0;
	int r;

	for (size_t i = 0; i < count; i += runner_suite_length(runs + i, count - i))
		suites++;
	runner_pool_prepare();
	left_processes_sweep_dead();
	runner_sweep_dead(runner_scratch_base());
	suite_cgroup_sweep_dead();
	r = runner_scratch_check();
	if (r) {
		fprintf(stderr, "seaworthy test: tests have nowhere to put their files: %s: %s; set TMPDIR "
			"to a directory that can be written, and has room\n", runner_scratch_base(),
			sw_errno_name(-r));
		return SW_EXIT_UNKNOWN;
	}
	runner_needs_begin(o->intrusive);
	report_plan(o, suites * (size_t)o->repeat);
	for (long i = 0; i < o->repeat && !ferror(stdout); i++)
		run_once(&p, &random);
	report_totals(o, &p.sum, runs, count);
	if (ferror(stdout) || fflush(stdout)) {
		fprintf(stderr, "seaworthy test: cannot write the results: %s\n", sw_errno_name(errno));
		return SW_EXIT_UNKNOWN;
	}
	if (p.sum.failed)
		return SW_EXIT_FAIL;
	return !p.sum.passed && p.sum.denied ? SW_EXIT_UNKNOWN : SW_EXIT_OK;
}

/* Everything that is not an option's own fault. Returns 0, or an exit status. */
static int check_options(const struct options *o)
{
	if (o->format == FORMAT_JSON && o->repeat > 1)
		return usage_error("--format json and --repeat do not go together", NULL);
	if (o->feature && !feature_find(o->feature))
		return usage_error("no feature is called", o->feature);
	return 0;
}

int cmd_test(int argc, char **argv)
{
	struct options o = { .timeout_scale = 1, .repeat = 1,
			     .format = isatty(STDOUT_FILENO) ? FORMAT_TEXT : FORMAT_KTAP };
	const struct suite_test **tests;
	struct run *runs;
	size_t total, count;
	static char call[] = "seaworthy test";
	char *verb = argv[0];
	const char *idle;
	int opt, r;

	argv[0] = call;		/* for getopt, which begins its messages with it */
	optind = 0;
	while ((opt = getopt_long(argc, argv, "hv", long_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return SW_EXIT_OK;
		}
		r = take_option(&o, opt);
		if (r)
			return r;
	}
	argv[0] = verb;
	r = check_options(&o);
	if (r)
		return r;
	o.globs = argv + optind;
	o.globs_count = argc - optind;
	if (!o.jobs)
		o.jobs = sysconf(_SC_NPROCESSORS_ONLN);
	if (!suite_tests(&total) || !(tests = calloc(total + 1, sizeof(*tests))) ||
	    !(runs = calloc(total + 1, sizeof(*runs)))) {
		fputs("seaworthy test: out of memory\n", stderr);
		return SW_EXIT_UNKNOWN;
	}
	idle = runner_idle_glob(&o);
	count = runner_select(&o, tests);
	for (size_t i = 0; i < count; i++)
		runs[i].test = tests[i];
	if (idle)
		r = usage_error("no test matches (`seaworthy test --list` names them)", idle);
	else if (!count)
		r = usage_error("no test matches; `seaworthy test --list` names them", NULL);
	else if (o.list)
		report_list(&o, tests, count);
	else if (!(r = runner_surroundings_check())) {
		left_processes_mark(argc, argv);
		r = run_all(&o, runs, count);
	}
	free(tests);
	free(runs);
	return r;
}
