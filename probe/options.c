// SPDX-License-Identifier: GPL-2.0-only
/* The command line of seaworthy probe and features, and how their output is to look. */
#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_show.h"

const char probe_help[] =
	"Usage: seaworthy probe [OPTION...] [FEATURE-GLOB...]\n"
	"       seaworthy probe --diff [OPTION...] A B\n\n"
	"Tells what the running kernel, or the one a configuration belongs to, can do for "
	"containers:\n"
	"what is configured, what works when tried, where the two disagree, and what to do about "
	"it.\n\n"
	"  --config FILE         judge this configuration (plain, compressed, or inside a kernel\n"
	"                        image; - is standard input) instead of the running kernel; of a\n"
	"                        directory, each configuration and kernel image in it\n"
	"  --profile NAME        judge by this profile; may be given again (`seaworthy features` "
	"lists\n"
	"                        them; all: every one; default: application- and "
	"system-container)\n"
	"  -v, --all             every feature and every condition, not only what is in the way\n"
	"  --format FORMAT       text for people; json, seaworthy.probe/1; ktap, test results as "
	"the\n"
	"                        kernel's own tests give them; markdown, to paste into a report\n"
	"  --explain ID          everything about one feature\n"
	"  --diff A B            what changed from A to B, and which configuration lines are to "
	"blame; each\n"
	"                        is a result (JSON), a configuration, an image, - or running\n"
	"  --fragment PROFILE    the smallest Kconfig fragment that closes the gap of this "
	"profile, and\n"
	"                        what else would: boot parameters, sysctls, modules\n"
	"  --level must|should|may\n"
	"                        how much of the profile a fragment is for (default: should)\n"
	"  --load-modules        a probe may make the kernel load a module\n"
	"  --intrusive           a probe may change the kernel for a moment, in ways others would "
	"see;\n"
	"                        for machines that nobody else uses\n"
	"  --time-limit SECONDS  so long may all trials take together (default: 300); what was not\n"
	"                        reached is then unknown\n"
	"  --no-live             look at the configuration only\n"
	"  --color auto|always|never\n"
	"  --help\n\n"
	"A glob (ns.*, cgroup.v2.*) limits the probe to those features; without --profile there is "
	"then\n"
	"no verdict on a use, and the status is that of the features themselves.\n\n"
	"Exit status: 0 ready, 1 something required is missing, 2 degraded, 3 could not be "
	"determined,\n"
	"64 usage error. With --diff: 0 no use is worse off, 1 a must was lost, 2 something "
	"recommended\n"
	"was lost, 3 that cannot be told.\n";

const char features_help[] =
	"Usage: seaworthy features [--format text|json] [--color auto|always|never]\n\n"
	"Lists the features that the probe knows, and the profiles.\n";

int probe_usage(const char *verb, const char *fmt, ...)
{
	char words[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	sw_complain("seaworthy %s: %s; `seaworthy %s --help` tells more", verb, words, verb);
	return SW_EXIT_USAGE;
}

int probe_add_profile(struct probe_options *o, const char *name)
{
	const struct profile *p = profile_find(name);
	struct sw_buf known __sw_buf = SW_BUF_INIT;

	if (!strcmp(name, "all")) {
		for (p = profiles; p->id; p++)
			probe_add_profile(o, p->id);
		return 0;
	}
	if (!p) {
		for (p = profiles; p->id; p++)
			sw_buf_printf(&known, " %s", p->id);
		sw_complain("seaworthy probe: there is no profile '%.200s'; there are:%s all", name,
			    sw_buf_str(&known));
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

static int take_option(const char *verb, struct probe_options *o, int c)
{
	static const char *const formats[] = { "text", "json", "ktap", "markdown", NULL };
	static const char *const whens[] = { "auto", "always", "never", NULL };
	static const char *const levels[] = { "must", "should", "may", NULL };
	long seconds;
	int n;

	switch (c) {
	case 'c':
		if (o->config)
			return probe_usage(verb, "--config is given twice: %s, %s; it takes one, or a directory",
					   o->config, optarg);
		o->config = optarg;
		return 0;
	case 'p':
		return probe_add_profile(o, optarg);
	case 'f':
		n = one_of(optarg, formats);
		if (n < 0 || (n > FORMAT_JSON && strcmp(verb, "probe")))
			return probe_usage(verb, "--format '%s' is none of text, json%s", optarg,
					   strcmp(verb, "probe") ? "" : ", ktap, markdown");
		o->format = n;
		return 0;
	case 'C':
		n = one_of(optarg, whens);
		if (n < 0)
			return probe_usage(verb, "--color '%s' is none of auto, always, never",
					   optarg);
		o->colour = n;
		return 0;
	case 'v':
		o->all = true;
		return 0;
	case 'd':
		o->diff = true;
		return 0;
	case 'e':
		if (o->explain)
			return probe_usage(verb, "--explain is given twice: %s, %s", o->explain, optarg);
		o->explain = optarg;
		return 0;
	case 'F':
		/* Alone among the profiles: its verdict is the exit status. */
		o->fragment = profile_find(optarg);
		if (!o->fragment && !strcmp(optarg, "all"))
			return probe_usage(verb, "--fragment takes one profile, not all: ask for each");
		return probe_add_profile(o, optarg);
	case 'l':
		n = one_of(optarg, levels);
		if (n < 0)
			return probe_usage(verb, "--level '%s' is none of must, should, may",
					   optarg);
		o->level = n;
		o->level_given = true;
		return 0;
	case 'm':
		o->load_modules = true;
		return 0;
	case 'i':
		o->intrusive = true;
		return 0;
	case 't':
		if (sw_parse_long(optarg, &seconds) || seconds < 1 || seconds > 86400)
			return probe_usage(verb, "--time-limit '%s' is no number of seconds from 1 to 86400",
					   optarg);
		o->time_limit_s = (int)seconds;
		o->time_limit_given = true;
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

int probe_parse(const char *verb, const struct option *longs, int argc, char **argv,
		 struct probe_options *o)
{
	int c, r;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":hv", longs, NULL)) != -1) {
		const char *what = optind > 1 && optind <= argc ? argv[optind - 1] : "";

		if (c == ':')
			return probe_usage(verb, "%s wants a value", what);
		if (c == '?')
			return probe_usage(verb, "there is no option %s", what);
		r = take_option(verb, o, c);
		if (r)
			return r;
	}
	o->globs = argv + optind;
	o->glob_count = argc - optind;
	return 0;
}

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

struct report_style probe_style(const struct probe_options *o)
{
	struct report_style s = { .width = 100, .utf8 = wants_utf8(), .all = o->all };
	const char *columns = getenv("COLUMNS"), *no_color = getenv("NO_COLOR"),
		   *term = getenv("TERM");
	bool tty = isatty(STDOUT_FILENO);
	struct winsize ws;
	long n;

	if (tty && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col >= 20)
		s.width = ws.ws_col;
	else if (tty)
		s.width = 80;
	if (columns && !sw_parse_long(columns, &n) && n >= 20 && n <= 1000)
		s.width = (unsigned int)n;
	/*
	 * no-color.org: set and not empty means no; --color=always is the explicit wish against
	 * it.
	 */
	s.colour = o->colour == WHEN_ALWAYS ||
		   (o->colour == WHEN_AUTO && tty && !(no_color && *no_color) &&
		    !(term && !strcmp(term, "dumb")));
	return s;
}

