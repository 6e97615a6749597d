// SPDX-License-Identifier: GPL-2.0-only
/* seaworthy probe, seaworthy features: what to do, and choosing the rendering. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "commands.h"
#include "diff.h"
#include "directory.h"
#include "fragment.h"
#include "options.h"
#include "run.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_show.h"

/* With 0, 1 or 2 closed, the next file opened would take that number and be written to. */
static void keep_standard_fds(void)
{
	int fd;

	/* A limit on the size of files (RLIMIT_FSIZE) is then an error with a message: EFBIG. */
	signal(SIGXFSZ, SIG_IGN);
	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static int put(const char *verb, const struct sw_buf *out, int status)
{
	/* A reader that went away is a status, and a message, not a signal. */
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	int r = out->failed ? -ENOMEM : sw_write_all(STDOUT_FILENO, sw_buf_str(out), out->len);

	signal(SIGPIPE, old);
	/*
	 * As PID 1, when this is the only file of an initramfs: the kernel panics when it ends, and
	 * what a serial line has not sent by then is lost.
	 */
	if (!r && getpid() == 1 && isatty(STDOUT_FILENO))
		tcdrain(STDOUT_FILENO);
	if (!r)
		return status;
	fprintf(stderr, "seaworthy %s: cannot write to standard output: %s\n", verb,
		sw_errno_text(r));
	return SW_EXIT_UNKNOWN;
}

/* For people: what files and names hold reaches no terminal as it is. JSON is for programs, and escapes. */
static int put_report(struct sw_buf *out, const struct probe_options *o, int status)
{
	if (o->format != FORMAT_JSON)
		sw_defuse_output(out, probe_style(o).colour);
	return put("probe", out, status);
}

static int remedies(const struct probe_report *r, const struct probe_options *o, struct sw_buf *out)
{
	struct fragment *f;

	if (fragment_find(r, 0, o->level, &f)) {
		fprintf(stderr, "seaworthy probe: out of memory\n");
		return SW_EXIT_UNKNOWN;
	}
	if (o->format == FORMAT_JSON)
		fragment_json(r, f, out);
	else
		fragment_text(r, f, out);
	free(f);
	return 0;
}

static int probe(struct probe_options *o)
{
	struct report_style style = probe_style(o);
	struct sw_buf out __sw_buf = SW_BUF_INIT;
	struct probe_report r;
	int status = probe_run(o, &r);

	if (!status) {
		if (o->fragment)
			status = remedies(&r, o, &out);
		else if (o->format == FORMAT_JSON)
			report_json(&r, &out);
		else if (o->format == FORMAT_KTAP)
			report_ktap(&r, &out);
		else if (o->format == FORMAT_MARKDOWN)
			report_markdown(&r, &out);
		else if (o->explain)
			report_explain(&r, &r.evidence[0], &style, &out);
		else
			report_text(&r, &style, &out);
		status = status ? status : put_report(&out, o, r.exit_status);
	}
	probe_report_free(&r);
	return status;
}

static int directory(struct probe_options *o)
{
	struct sw_buf out __sw_buf = SW_BUF_INIT;
	int status;

	if (o->explain || o->fragment)
		return probe_usage("probe", "%s takes one file, and %s is a directory",
				   o->explain ? "--explain" : "--fragment", o->config);
	if (o->format != FORMAT_TEXT && o->format != FORMAT_JSON)
		return probe_usage("probe", "--format %s is for one file, and %s is a directory: give a file, or "
				   "take text or json", o->format == FORMAT_KTAP ? "ktap" : "markdown",
				   o->config);
	status = probe_directory(o, &out);
	return out.len ? put_report(&out, o, status) : status;
}

static int diff(struct probe_options *o)
{
	struct report_style style = probe_style(o);
	struct sw_buf out __sw_buf = SW_BUF_INIT;
	struct diff d = { 0 };
	int status = diff_side_load(o->globs[0], o, &d.a);

	if (!status)
		status = diff_side_load(o->globs[1], o, &d.b);
	if (!status && diff_compare(o, &d)) {
		fprintf(stderr, "seaworthy probe: out of memory\n");
		status = SW_EXIT_UNKNOWN;
	} else if (!status) {
		if (o->format == FORMAT_JSON)
			diff_json(&d, &out);
		else if (o->format == FORMAT_MARKDOWN)
			diff_markdown(&d, &out);
		else
			diff_text(&d, &style, &out);
		status = put_report(&out, o, d.exit_status);
	}
	diff_free(&d);
	return status;
}

/* What makes no sense together. Returns 0 or, after a message, the status of a usage error. */
static int check_options(const struct probe_options *o)
{
	if (o->diff && (o->config || o->explain))
		return probe_usage("probe", "--diff and %s exclude each other",
				   o->config ? "--config" : "--explain");
	if (o->diff && o->glob_count != 2)
		return probe_usage("probe", "--diff takes two names, A and B, not %d",
				   o->glob_count);
	if (o->diff && !strcmp(o->globs[0], "-") && !strcmp(o->globs[1], "-"))
		return probe_usage("probe", "--diff can read only one side from standard input");
	if (o->diff && o->format == FORMAT_KTAP)
		return probe_usage("probe", "--diff gives text, json or markdown, not ktap");
	if (o->explain && o->glob_count)
		return probe_usage("probe", "--explain takes one feature and no more names (%s)",
				   o->globs[0]);
	if (o->fragment && (o->profile_count > 1 || o->explain || o->glob_count || o->diff))
		return probe_usage("probe", "--fragment takes one profile, and neither --profile, "
				   "--explain, --diff nor names of features go with it");
	if (o->fragment && o->format != FORMAT_TEXT && o->format != FORMAT_JSON)
		return probe_usage("probe", "--fragment gives text or json");
	if (o->config && (o->load_modules || o->intrusive))
		return probe_usage("probe", "%s makes no sense with --config: nothing is tried",
				   o->load_modules ? "--load-modules" : "--intrusive");
	if (o->level_given && !o->fragment)
		return probe_usage("probe", "--level is for --fragment, which is not given");
	if (o->no_live && (o->load_modules || o->intrusive))
		return probe_usage("probe", "--no-live and %s exclude each other",
				   o->load_modules ? "--load-modules" : "--intrusive");
	if (o->time_limit_given && (o->config || o->no_live))
		return probe_usage("probe", "--time-limit makes no sense with %s: nothing is tried",
				   o->config ? "--config" : "--no-live");
	return o->diff ? 0 : probe_check_names(o);
}

int cmd_probe(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "profile", required_argument, NULL, 'p' },
		{ "format", required_argument, NULL, 'f' },
		{ "explain", required_argument, NULL, 'e' },
		{ "diff", no_argument, NULL, 'd' },
		{ "all", no_argument, NULL, 'v' },
		{ "fragment", required_argument, NULL, 'F' },
		{ "level", required_argument, NULL, 'l' },
		{ "load-modules", no_argument, NULL, 'm' },
		{ "intrusive", no_argument, NULL, 'i' },
		{ "no-live", no_argument, NULL, 'n' },
		{ "time-limit", required_argument, NULL, 't' },
		{ "color", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct probe_options o = { .level = LEVEL_SHOULD };
	int r;

	keep_standard_fds();
	r = probe_parse("probe", longs, argc, argv, &o);
	if (r)
		return r;
	if (o.help) {
		struct sw_buf out __sw_buf = SW_BUF_INIT;

		sw_buf_adds(&out, probe_help);
		return put("probe", &out, SW_EXIT_OK);
	}
	r = check_options(&o);
	if (r)
		return r;
	if (o.diff)
		return diff(&o);
	return probe_is_directory(&o) ? directory(&o) : probe(&o);
}

int cmd_features(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "color", required_argument, NULL, 'C' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct sw_buf out __sw_buf = SW_BUF_INIT;
	struct probe_options o = { 0 };
	struct report_style style;
	int r;

	keep_standard_fds();
	r = probe_parse("features", longs, argc, argv, &o);
	if (r)
		return r;
	if (o.help) {
		sw_buf_adds(&out, features_help);
		return put("features", &out, SW_EXIT_OK);
	}
	if (o.glob_count)
		return probe_usage("features", "it takes no names (%s)", o.globs[0]);
	style = probe_style(&o);
	if (o.format == FORMAT_JSON)
		features_json(&out);
	else
		features_text(&style, &out);
	return put("features", &out, SW_EXIT_OK);
}
