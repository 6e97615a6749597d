// SPDX-License-Identifier: GPL-2.0-only
/* A report to be pasted into an issue or a board's documentation: GitHub's Markdown. */
#include "report_markdown.h"

#include <stdio.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"

void markdown_text(struct sw_buf *out, const char *s)
{
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			sw_buf_addc(out, ' ');
		else if (c == '<')
			sw_buf_adds(out, "&lt;");
		else if (c == '>')
			sw_buf_adds(out, "&gt;");
		else if (c == '&')
			sw_buf_adds(out, "&amp;");
		else if (strchr("\\`*_[]#|~", c))
			sw_buf_printf(out, "\\%c", c);
		else
			sw_buf_addc(out, (char)c);
	}
}

/* The fence is longer than any run of backticks inside (CommonMark 0.31, 6.1). */
void markdown_code(struct sw_buf *out, const char *s)
{
	size_t longest = 0, run = 0, len = s ? strlen(s) : 0;

	if (!len)
		return;
	for (size_t i = 0; i < len; i++) {
		run = s[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (size_t i = 0; i <= longest; i++)
		sw_buf_addc(out, '`');
	if (s[0] == '`' || s[len - 1] == '`')
		sw_buf_addc(out, ' ');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		/* In a table's cell a pipe is escaped even within code (GFM, tables). */
		if (c == '|')
			sw_buf_addc(out, '\\');
		sw_buf_addc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
	if (s[0] == '`' || s[len - 1] == '`')
		sw_buf_addc(out, ' ');
	for (size_t i = 0; i <= longest; i++)
		sw_buf_addc(out, '`');
}

static void fact(struct sw_buf *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	sw_buf_printf(out, "| %s | ", name);
	markdown_code(out, value);
	sw_buf_adds(out, " |\n");
}

static void head(const struct probe_report *r, struct sw_buf *out)
{
	const struct kconfig_info *info = r->ctx.kconfig ? kconfig_info(r->ctx.kconfig) : NULL;
	struct sw_buf subject __sw_buf = SW_BUF_INIT;
	char text[96];

	report_subject(r, &subject);
	sw_buf_adds(out, "# Fit for containers? ");
	markdown_text(out, sw_buf_str(&subject));
	sw_buf_adds(out, "\n\n| | |\n|---|---|\n");
	fact(out, "Subject", r->kind == SUBJECT_RUNNING ? "the running kernel" : r->path);
	fact(out, "Version", r->ctx.release);
	fact(out, "Architecture", r->arch);
	fact(out, "Configuration", info ? info->path : r->config_why);
	if (info && info->passed)
		fact(out, "Note", info->passed);
	if (info && !info->complete)
		fact(out, "Note", "not a full configuration: what it does not mention is unknown");
	if (r->kind == SUBJECT_RUNNING) {
		fact(out, "Control groups", r->cgroup_layout);
		snprintf(text, sizeof(text), "uid %u, capabilities %s%s", r->uid,
			 *r->capabilities ? r->capabilities : "unknown",
			 r->seccomp == 2 ? ", under a seccomp filter" : "");
		fact(out, "Seen as", text);
		fact(out, "Command line", r->cmdline);
	}
	fact(out, "Live", r->live ? "tried" : "nothing tried");
	fact(out, "Tool", "seaworthy " SW_VERSION);
}

static const char *mark(int usable)
{
	return usable == USABLE_YES ? "yes" : usable == USABLE_NO ? "**no**" : "unknown";
}

static void verdicts(const struct probe_report *r, struct sw_buf *out)
{
	sw_buf_adds(out, "\n## Verdicts\n\n| Use | Verdict |\n|---|---|\n");
	for (size_t i = 0; i < r->profile_count; i++) {
		sw_buf_adds(out, "| ");
		markdown_text(out, r->profiles[i]->title);
		sw_buf_printf(out, " | %s%s%s |\n", r->verdicts[i] == VERDICT_READY ? "" : "**",
			      verdict_name(r->verdicts[i]),
			      r->verdicts[i] == VERDICT_READY ? "" : "**");
	}
}

static void breaks(const struct probe_report *r, const struct profile *p, struct sw_buf *out)
{
	bool any = false;

	for (const struct profile_item *i = p->items; i->features; i++) {
		int usable = profile_item_usable(i, r->evidence, r->count);
		struct sw_buf ids __sw_buf = SW_BUF_INIT;

		if (usable == USABLE_YES)
			continue;
		if (!any) {
			sw_buf_adds(out, "\n### ");
			markdown_text(out, p->title);
			sw_buf_adds(out, ": what breaks\n\n| Level | There | Without it | Features "
					 "| Asked for by |\n"
					 "|---|---|---|---|---|\n");
		}
		any = true;
		sw_buf_printf(out, "| %s | %s | ", profile_level_name(i->level), mark(usable));
		markdown_text(out, i->impact);
		report_alternatives(i, &ids);
		sw_buf_adds(out, " | ");
		markdown_code(out, sw_buf_str(&ids));
		sw_buf_adds(out, " | ");
		markdown_text(out, i->source);
		sw_buf_adds(out, " |\n");
	}
}

static void clashes(const struct probe_report *r, struct sw_buf *out)
{
	bool any = false;

	for (const struct conflict *c = conflicts; c->id; c++) {
		struct sw_buf b __sw_buf = SW_BUF_INIT;

		if (!conflict_applies(c, r->profiles, r->profile_count))
			continue;
		if (!any)
			sw_buf_adds(out, "\n## Conflicting advice\n\n| What | Here | Some want | "
					 "Others want | "
					 "What to do |\n|---|---|---|---|---|\n");
		any = true;
		sw_buf_adds(out, "| ");
		markdown_text(out, c->title);
		sw_buf_adds(out, " | ");
		report_stand(r, c, &b);
		markdown_code(out, sw_buf_str(&b));
		sw_buf_adds(out, " | ");
		sw_buf_free(&b);
		report_side(c->wants_what, c->wants, &b);
		markdown_text(out, sw_buf_str(&b));
		sw_buf_adds(out, " | ");
		sw_buf_free(&b);
		report_side(c->against_what, c->against, &b);
		markdown_text(out, sw_buf_str(&b));
		sw_buf_adds(out, " | ");
		markdown_text(out, c->advice);
		sw_buf_adds(out, " |\n");
	}
}

static void feature(const struct probe_report *r, const struct feature_evidence *e,
		    struct sw_buf *out)
{
	sw_buf_adds(out, "| ");
	markdown_code(out, e->feature->id);
	sw_buf_adds(out, " | ");
	markdown_text(out, e->feature->title);
	sw_buf_printf(out, " | %s | %s | ", mark(e->usable), kconfig_state_name(e->configured));
	markdown_code(out, e->configured_why);
	if (r->live) {
		sw_buf_printf(out, " | %s | ", live_value_name(e->live.value));
		markdown_code(out, e->live.evidence);
	}
	sw_buf_adds(out, " | ");
	if (e->finding) {
		sw_buf_printf(out, "%s: ", finding_type_name(e->finding));
		markdown_text(out, e->finding_text);
		sw_buf_adds(out, e->remedy[0] ? "; " : "");
	}
	markdown_text(out, e->remedy);
	sw_buf_adds(out, " |\n");
}

static void features(const struct probe_report *r, struct sw_buf *out)
{
	const char *area = "";

	sw_buf_adds(out, "\n## Features\n");
	for (size_t i = 0; i < r->count; i++) {
		const struct feature *f = r->evidence[i].feature;

		if (strcmp(area, f->area)) {
			area = f->area;
			sw_buf_adds(out, "\n### ");
			markdown_text(out, report_area_title(f));
			sw_buf_printf(out,
				      "\n\n| Feature | | Usable | Configured | Why | %sFinding, "
				      "remedy |\n"
				      "|---|---|---|---|---|%s---|\n",
				      r->live ? "Live | Evidence | " : "",
				      r->live ? "---|---|" : "");
		}
		feature(r, &r->evidence[i], out);
	}
}

void report_markdown(const struct probe_report *r, struct sw_buf *out)
{
	head(r, out);
	if (r->profile_count) {
		verdicts(r, out);
		for (size_t i = 0; i < r->profile_count; i++)
			breaks(r, r->profiles[i], out);
		clashes(r, out);
	}
	features(r, out);
}
