// SPDX-License-Identifier: GPL-2.0-only
/* seaworthy probe, seaworthy features: options, running the probes, choosing the rendering. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cgroup.h"
#include "commands.h"
#include "live.h"
#include "report.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"

enum format { FORMAT_TEXT, FORMAT_JSON };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct options {
	const char *config;
	const char *explain;
	enum format format;
	enum when colour;
	bool load_modules, intrusive, no_live, help;
	const struct profile *profiles[16];
	size_t profile_count;
	char **globs;
	int glob_count;
};

static const char probe_help[] =
	"Usage: seaworthy probe [OPTION...] [FEATURE-GLOB...]\n\n"
	"Tells what the running kernel, or the one a configuration belongs to, can do for containers:\n"
	"what is configured, what works when tried, where the two disagree, and what to do about it.\n\n"
	"  --config FILE         judge this configuration (plain, gzip, xz, zstd, or inside a kernel\n"
	"                        image; - is standard input) instead of the running kernel\n"
	"  --profile NAME        judge by this profile; may be given again (`seaworthy features` lists\n"
	"                        them; default: application-container and system-container)\n"
	"  --format text|json    for people, or seaworthy.probe/1\n"
	"  --explain ID          everything about one feature\n"
	"  --load-modules        a probe may make the kernel load a module\n"
	"  --intrusive           a probe may change the kernel for a moment, in ways others would see;\n"
	"                        for machines that nobody else uses\n"
	"  --no-live             look at the configuration only\n"
	"  --color auto|always|never\n"
	"  --help\n\n"
	"A glob (ns.*, cgroup.v2.*) limits the probe to those features; without --profile there is then\n"
	"no verdict on a use, and the status is that of the features themselves.\n\n"
	"Exit status: 0 ready, 1 something required is missing, 2 degraded, 3 could not be determined,\n"
	"64 usage error.\n";

static const char features_help[] =
	"Usage: seaworthy features [--format text|json] [--color auto|always|never]\n\n"
	"Lists the features that the probe knows, and the profiles.\n";

/* With 0, 1 or 2 closed, the next file opened would take that number and be written to. */
static void keep_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static int usage(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int usage(const char *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "seaworthy %s: ", verb);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; `seaworthy %s --help` tells more\n", verb);
	return SW_EXIT_USAGE;
}

static int add_profile(struct options *o, const char *name)
{
	const struct profile *p = profile_find(name);

	if (!p) {
		fprintf(stderr, "seaworthy probe: there is no profile '%s'; there are:", name);
		for (p = profiles; p->id; p++)
			fprintf(stderr, " %s", p->id);
		fputc('\n', stderr);
		return SW_EXIT_USAGE;
	}
	for (size_t i = 0; i < o->profile_count; i++)
		if (o->profiles[i] == p)
			return 0;
	if (o->profile_count < sizeof(o->profiles) / sizeof(*o->profiles))
		o->profiles[o->profile_count++] = p;
	return 0;
}

/* One of a few words. Returns its index or -1. */
static int one_of(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return i;
	return -1;
}

static int take_option(const char *verb, struct options *o, int c)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const whens[] = { "auto", "always", "never", NULL };
	int n;

	switch (c) {
	case 'c':
		o->config = optarg;
		return 0;
	case 'p':
		return add_profile(o, optarg);
	case 'f':
		n = one_of(optarg, formats);
		if (n < 0)
			return usage(verb, "--format '%s' is neither text nor json", optarg);
		o->format = n;
		return 0;
	case 'C':
		n = one_of(optarg, whens);
		if (n < 0)
			return usage(verb, "--color '%s' is none of auto, always, never", optarg);
		o->colour = n;
		return 0;
	case 'e':
		o->explain = optarg;
		return 0;
	case 'm':
		o->load_modules = true;
		return 0;
	case 'i':
		o->intrusive = true;
		return 0;
	case 'n':
		o->no_live = true;
		return 0;
	case 'j':
		o->format = FORMAT_JSON;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	}
	return -1;
}

static int parse(const char *verb, const struct option *longs, int argc, char **argv,
		 struct options *o)
{
	int c, r;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		const char *what = optind > 1 && optind <= argc ? argv[optind - 1] : "";

		if (c == ':')
			return usage(verb, "%s wants a value", what);
		if (c == '?')
			return usage(verb, "there is no option %s", what);
		r = take_option(verb, o, c);
		if (r)
			return r;
	}
	o->globs = argv + optind;
	o->glob_count = argc - optind;
	return 0;
}

/* ---- style -------------------------------------------------------------------------------------- */

static bool wants_utf8(void)
{
	/* The locale as setlocale(3) would look it up; a static executable has no locale data. */
	const char *names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < 3; i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
	}
	return false;
}

static struct report_style style_of(const struct options *o)
{
	struct report_style s = { .width = 100, .utf8 = wants_utf8() };
	const char *columns = getenv("COLUMNS"), *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool tty = isatty(STDOUT_FILENO);
	struct winsize ws;
	long n;

	if (tty && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col >= 20)
		s.width = ws.ws_col;
	else if (tty)
		s.width = 80;
	if (columns && !sw_parse_long(columns, &n) && n >= 20 && n <= 1000)
		s.width = (unsigned int)n;
	/* no-color.org: set and not empty means no; --color=always is the explicit wish against it. */
	s.colour = o->colour == WHEN_ALWAYS ||
		   (o->colour == WHEN_AUTO && tty && !(no_color && *no_color) &&
		    !(term && !strcmp(term, "dumb")));
	return s;
}

static int put(const char *verb, const struct sw_buf *out, int status)
{
	int r = out->failed ? -ENOMEM : sw_write_all(STDOUT_FILENO, sw_buf_str(out), out->len);

	if (!r)
		return status;
	fprintf(stderr, "seaworthy %s: cannot write to standard output: %s\n", verb, sw_errno_text(r));
	return SW_EXIT_UNKNOWN;
}

/* ---- subject and environment --------------------------------------------------------------------- */

static void read_environment(struct probe_report *r)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p;
	long last;

	r->uid = geteuid();
	/* cap_last_cap came with 3.2 (73efc0394e14). */
	if (!live_sysctl("kernel/cap_last_cap", &last) && last > 0 && last < 64)
		r->cap_count = (unsigned int)last + 1;
	r->seccomp = live_seccomp_mode();
	r->userns = live_in_userns();
	r->no_proc = access("/proc/self/status", F_OK) != 0;
	r->no_sys = access("/sys/kernel", F_OK) != 0;
	r->cgroup_layout = cg_layout();
	if (!sw_read_file(AT_FDCWD, "/proc/self/status", &b, 1 << 16)) {
		p = strstr(sw_buf_str(&b), "\nCapEff:");
		if (p)
			(void)!sscanf(p, "\nCapEff: %16[0-9a-f]", r->capabilities);
	}
	sw_read_line(AT_FDCWD, "/proc/cmdline", r->cmdline, sizeof(r->cmdline));
}

static void subject_running(struct probe_report *r, struct kconfig **ret_kconfig)
{
	static struct sw_error why;
	struct utsname uts;

	probe_ctx_running(&r->ctx, ret_kconfig);
	if (!*ret_kconfig) {
		struct kconfig *again = NULL;

		/* Only for the words: probe_ctx_running() keeps them to itself. */
		if (!kconfig_load_running(&again, &why))
			kconfig_free(again);
		r->config_why = why.msg;
	}
	if (!uname(&uts))
		snprintf(r->arch, sizeof(r->arch), "%.31s", uts.machine);
	read_environment(r);
}

static int subject_file(struct probe_report *r, const char *path, struct kconfig **ret_kconfig)
{
	const struct kconfig_info *info;
	struct sw_error err = { 0 };

	if (kconfig_load(path, ret_kconfig, &err)) {
		fprintf(stderr, "seaworthy probe: %s\n", err.msg);
		return SW_EXIT_UNKNOWN;
	}
	info = kconfig_info(*ret_kconfig);
	r->kind = info->source == KCONFIG_FROM_IMAGE ? SUBJECT_IMAGE : SUBJECT_CONFIG;
	r->path = path;
	r->ctx.kconfig = *ret_kconfig;
	r->ctx.release = info->release;
	r->ctx.version = info->version;
	snprintf(r->arch, sizeof(r->arch), "%s", info->arch ? info->arch : "");
	return 0;
}

/* ---- running ------------------------------------------------------------------------------------- */

static bool selected(const struct options *o, const char *id)
{
	if (o->explain)
		return !strcmp(id, o->explain);
	if (!o->glob_count)
		return true;
	for (int i = 0; i < o->glob_count; i++)
		if (!fnmatch(o->globs[i], id, 0))
			return true;
	return false;
}

struct mention {
	const char *id;
	bool found;
};

static bool mentions(const char *id, void *arg)
{
	struct mention *m = arg;

	m->found |= !strcmp(id, m->id);
	return !m->found;
}

/* Profiles asked for need their features whatever the globs say. */
static bool needed(const struct probe_report *r, const char *id)
{
	struct mention m = { id, false };

	for (size_t p = 0; p < r->profile_count; p++)
		for (const struct profile_item *i = r->profiles[p]->items; i->features; i++)
			profile_alternatives(i, mentions, &m);
	return m.found;
}

static int check_names(const struct options *o)
{
	if (o->explain && !feature_find(o->explain))
		return usage("probe", "there is no feature '%s'; `seaworthy features` lists them",
			     o->explain);
	for (int g = 0; g < o->glob_count; g++) {
		bool hit = false;

		for (const struct feature_area *const *a = feature_areas; *a; a++)
			for (size_t i = 0; i < (*a)->count; i++)
				hit |= !fnmatch(o->globs[g], (*a)->rows[i].id, 0);
		if (!hit)
			return usage("probe", "no feature matches '%s'; `seaworthy features` lists them",
				     o->globs[g]);
	}
	return 0;
}

static int examine_all(struct probe_report *r, const struct options *o)
{
	size_t total = 0;

	for (const struct feature_area *const *a = feature_areas; *a; a++)
		total += (*a)->count;
	r->evidence = calloc(total, sizeof(*r->evidence));
	if (!r->evidence) {
		fprintf(stderr, "seaworthy probe: out of memory\n");
		return SW_EXIT_UNKNOWN;
	}
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];

			if (selected(o, f->id) || (!o->explain && needed(r, f->id)))
				feature_examine(&r->ctx, f, r->live, &r->evidence[r->count++]);
		}
	return 0;
}

static void judge(struct probe_report *r)
{
	for (size_t i = 0; i < r->profile_count; i++) {
		r->verdicts[i] = profile_judge(r->profiles[i], r->evidence, r->count);
		r->exit_status = verdict_status_worse(r->exit_status, verdict_status(r->verdicts[i]));
	}
	for (size_t i = 0; !r->profile_count && i < r->count; i++)
		r->exit_status = verdict_status_worse(r->exit_status,
			r->evidence[i].usable == USABLE_YES ? SW_EXIT_OK :
			r->evidence[i].usable == USABLE_NO ? SW_EXIT_FAIL : SW_EXIT_UNKNOWN);
}

static void choose_profiles(struct probe_report *r, struct options *o)
{
	if (!o->profile_count && !o->glob_count && !o->explain)
		for (const struct profile *p = profiles; p->id; p++)
			if (p->by_default)
				add_profile(o, p->id);
	memcpy(r->profiles, o->profiles, sizeof(r->profiles));
	r->profile_count = o->explain ? 0 : o->profile_count;
}

static int probe(struct options *o)
{
	struct kconfig *kc = NULL;
	struct probe_report r = { .seccomp = -1 };
	struct report_style style = style_of(o);
	struct sw_buf out __sw_buf = SW_BUF_INIT;
	int status = 0;

	if (o->config)
		status = subject_file(&r, o->config, &kc);
	else
		subject_running(&r, &kc);
	if (status)
		return status;
	r.live = !o->config && !o->no_live;
	r.ctx.load_modules = o->load_modules;
	r.ctx.intrusive = o->intrusive;
	choose_profiles(&r, o);
	status = examine_all(&r, o);
	if (!status) {
		judge(&r);
		if (o->format == FORMAT_JSON)
			report_json(&r, &out);
		else if (o->explain)
			report_explain(&r, &r.evidence[0], &style, &out);
		else
			report_text(&r, &style, &out);
		status = put("probe", &out, r.exit_status);
	}
	free(r.evidence);
	kconfig_free(kc);
	return status;
}

int cmd_probe(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "profile", required_argument, NULL, 'p' },
		{ "format", required_argument, NULL, 'f' },
		{ "explain", required_argument, NULL, 'e' },
		{ "load-modules", no_argument, NULL, 'm' },
		{ "intrusive", no_argument, NULL, 'i' },
		{ "no-live", no_argument, NULL, 'n' },
		{ "color", required_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { 0 };
	int r;

	keep_standard_fds();
	r = parse("probe", longs, argc, argv, &o);
	if (r)
		return r;
	if (o.help) {
		struct sw_buf out __sw_buf = SW_BUF_INIT;

		sw_buf_adds(&out, probe_help);
		return put("probe", &out, SW_EXIT_OK);
	}
	if (o.explain && o.glob_count)
		return usage("probe", "--explain takes one feature and no more names (%s)", o.globs[0]);
	if (o.config && (o.load_modules || o.intrusive))
		return usage("probe", "%s makes no sense with --config: nothing is tried",
			     o.load_modules ? "--load-modules" : "--intrusive");
	r = check_names(&o);
	return r ? r : probe(&o);
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
	struct options o = { 0 };
	struct report_style style;
	int r;

	keep_standard_fds();
	r = parse("features", longs, argc, argv, &o);
	if (r)
		return r;
	if (o.help) {
		sw_buf_adds(&out, features_help);
		return put("features", &out, SW_EXIT_OK);
	}
	if (o.glob_count)
		return usage("features", "it takes no names (%s)", o.globs[0]);
	style = style_of(&o);
	if (o.format == FORMAT_JSON)
		features_json(&out);
	else
		features_text(&style, &out);
	return put("features", &out, SW_EXIT_OK);
}
