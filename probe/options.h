/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of seaworthy probe and features. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <getopt.h>

#include "report.h"

enum probe_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_KTAP, FORMAT_MARKDOWN };
enum probe_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct probe_options {
	const char *config;
	const struct sw_buf *content;	/* of config, where it was read already; or NULL */
	const char *explain;
	const struct profile *fragment;	/* --fragment: print what closes its gap */
	enum profile_level level;	/* of --fragment */
	enum probe_format format;
	enum probe_when colour;
	bool load_modules, intrusive, no_live, all, diff, help, level_given, time_limit_given;
	const struct profile *profiles[16];
	size_t profile_count;
	char **globs;
	int glob_count;
	int time_limit_s;		/* of all trials together; 0: PROBE_TIME_LIMIT_S */
};

#define PROBE_TIME_LIMIT_S	300

extern const char probe_help[], features_help[];

/* One line on standard error, with the hint at --help. Returns SW_EXIT_USAGE. */
int probe_usage(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Returns 0 or an exit status, after a message. */
int probe_parse(const char *verb, const struct option *longs, int argc, char **argv,
		struct probe_options *o);
int probe_add_profile(struct probe_options *o, const char *name);
/* Width, colour and marks, as the options, the terminal and the environment wish. */
struct report_style probe_style(const struct probe_options *o);

#endif
