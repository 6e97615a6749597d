/* SPDX-License-Identifier: GPL-2.0-only */
/* What `seaworthy probe` found, and its renderings. */
#ifndef REPORT_H
#define REPORT_H

#include "feature.h"
#include "profiles/profile.h"
#include "sw_buf.h"
#include "sw_json.h"

enum subject_kind { SUBJECT_RUNNING, SUBJECT_CONFIG, SUBJECT_IMAGE };

struct probe_report {
	enum subject_kind kind;
	const char *path;		/* of --config, NULL for the running kernel */
	struct probe_ctx ctx;
	struct kconfig *kconfig;	/* owned; what ctx.kconfig points at, or NULL */
	char arch[32];
	bool live;			/* were live probes run? */
	const char *config_why;		/* why there is no configuration, NULL if there is one */

	/* The process's own situation; running kernel only. */
	unsigned int uid;
	char capabilities[24];		/* CapEff as in /proc/self/status, "" unknown */
	unsigned int cap_count;		/* how many the kernel knows, 0 unknown */
	int seccomp;			/* 0, 1, 2, -1 unknown */
	const char *cgroup_layout;	/* "v1", "v2", "hybrid", "none" */
	char cmdline[2048];		/* kernel command line, "" unknown */
	bool userns;			/* in a user namespace other than the initial one */
	bool no_proc, no_sys;		/* /proc or /sys is not there */

	struct feature_evidence *evidence;
	size_t count;
	bool whole;			/* every feature was looked at */
	bool explain;			/* one was, and all about it is wanted */
	const struct profile *profiles[16];
	enum verdict verdicts[16];
	size_t profile_count;
	int exit_status;
};

struct report_style {
	unsigned int width;	/* columns */
	bool colour;
	bool utf8;
	bool all;		/* every row, every condition (--all) */
};

void report_text(const struct probe_report *r, const struct report_style *style, struct sw_buf *out);
void report_json(const struct probe_report *r, struct sw_buf *out);
void report_ktap(const struct probe_report *r, struct sw_buf *out);
void report_markdown(const struct probe_report *r, struct sw_buf *out);
/* The same document as a part of another one. */
void report_json_object(const struct probe_report *r, const char *key, struct sw_json *j);
/* Everything about one feature (--explain). */
void report_explain(const struct probe_report *r, const struct feature_evidence *e,
		    const struct report_style *style, struct sw_buf *out);
/* The tables themselves: `seaworthy features`. */
void features_text(const struct report_style *style, struct sw_buf *out);
void features_json(struct sw_buf *out);

/* Append text wrapped to style->width, each line indented; the first by first columns. */
void report_wrap(struct sw_buf *out, const struct report_style *style, unsigned int first,
		 unsigned int indent, const char *text);

#endif
