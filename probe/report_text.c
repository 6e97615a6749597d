// SPDX-License-Identifier: GPL-2.0-only
/* For people: grouped, aligned, wrapped; colour and marks say the same thing twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sw_error.h"
#include "sw_fd.h"

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_DIM, TONE_HEAD };

static const char *tone_on(const struct report_style *s, enum tone t)
{
	static const char *const codes[] = { "", "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m" };

	return s->colour ? codes[t] : "";
}

static const char *tone_off(const struct report_style *s, enum tone t)
{
	return s->colour && t != TONE_PLAIN ? "\033[0m" : "";
}

static void toned(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text)
{
	sw_buf_printf(out, "%s%s%s", tone_on(s, t), text, tone_off(s, t));
}

static void pad(struct sw_buf *out, unsigned int n)
{
	while (n--)
		sw_buf_addc(out, ' ');
}

/* A column of fixed width: colour codes take no room. */
static void column(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text,
		   unsigned int width)
{
	size_t len = strlen(text);

	toned(out, s, t, text);
	pad(out, len < width ? (unsigned int)(width - len) : 1);
}

void report_wrap(struct sw_buf *out, const struct report_style *style, unsigned int first,
		 unsigned int indent, const char *text)
{
	unsigned int at = first;
	bool fresh = true;

	pad(out, first);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (!fresh && at + 1 + len > style->width) {
			sw_buf_addc(out, '\n');
			pad(out, indent);
			at = indent;
		} else if (!fresh) {
			sw_buf_addc(out, ' ');
			at++;
		}
		sw_buf_add(out, text, len);
		at += (unsigned int)len;
		fresh = false;
		text += len;
		text += strspn(text, " ");
	}
	sw_buf_addc(out, '\n');
}

static void wrap_toned(struct sw_buf *out, const struct report_style *s, enum tone t,
		       unsigned int indent, const char *prefix, const char *text)
{
	unsigned int len = (unsigned int)strlen(prefix);
	struct report_style narrow = *s;
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	pad(out, indent);
	sw_buf_adds(out, tone_on(s, t));
	sw_buf_adds(out, prefix);
	narrow.width = s->width > indent + len + 20 ? s->width - indent - len : 20;
	report_wrap(&b, &narrow, 0, 0, text);
	for (const char *p = sw_buf_str(&b); *p; p++) {
		sw_buf_addc(out, *p == '\n' && !p[1] ? ' ' : *p);
		if (*p == '\n' && p[1])
			pad(out, indent + len);
	}
	if (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = 0;
	sw_buf_adds(out, tone_off(s, t));
	sw_buf_addc(out, '\n');
}

static enum tone usable_tone(int usable)
{
	return usable == USABLE_YES ? TONE_GOOD : usable == USABLE_NO ? TONE_BAD : TONE_UNSURE;
}

static const char *usable_mark(const struct report_style *s, int usable)
{
	if (s->utf8)
		return usable == USABLE_YES ? "✓" : usable == USABLE_NO ? "✗" : "?";
	return usable == USABLE_YES ? "+" : usable == USABLE_NO ? "-" : "?";
}

static enum tone live_tone(enum live_value v)
{
	static const enum tone tones[] = { TONE_DIM, TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_BAD };

	return tones[v];
}

/* ---- the head: what was judged, by what, and what could not be seen ----------------------------- */

static void head_config(const struct probe_report *r, const struct report_style *s,
			struct sw_buf *out)
{
	const struct kconfig_info *info = r->ctx.kconfig ? kconfig_info(r->ctx.kconfig) : NULL;
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	if (!info) {
		wrap_toned(out, s, TONE_UNSURE, 2, "configuration  ",
			   r->config_why && *r->config_why ? r->config_why : "none to be had");
		return;
	}
	sw_buf_printf(&line, "%s (%s, %zu symbols%s)", info->path ? info->path : "-", info->format,
		      info->symbols, info->complete ? "" : ", not a full configuration: what it does "
		      "not mention is unknown");
	if (info->source == KCONFIG_FROM_GUESS)
		sw_buf_adds(&line, ", which claims to be the running kernel's");
	if (info->problem_count)
		sw_buf_printf(&line, "; %zu oddit%s in it, the first in line %u: %s", info->problem_count,
			      info->problem_count == 1 ? "y" : "ies", info->problems[0].line,
			      info->problems[0].what);
	wrap_toned(out, s, TONE_PLAIN, 2, "configuration  ", sw_buf_str(&line));
}

/* Not root of the initial user namespace, or without CAP_SYS_ADMIN. */
static bool lacks_privilege(const struct probe_report *r)
{
	return r->uid || r->userns ||
	       (*r->capabilities && !(strtoull(r->capabilities, NULL, 16) >> 21 & 1));
}

static void head(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	bool running = r->kind == SUBJECT_RUNNING;
	unsigned int have = (unsigned int)__builtin_popcountll(strtoull(r->capabilities, NULL, 16));

	sw_buf_printf(&line, "%s%s%s%s%s", r->ctx.release ? "Linux " : "Linux of unknown version",
		      r->ctx.release ? r->ctx.release : "", *r->arch ? " on " : "", r->arch,
		      running ? ", the running kernel" : "");
	toned(out, s, TONE_HEAD, sw_buf_str(&line));
	sw_buf_addc(out, '\n');
	head_config(r, s, out);
	if (!running) {
		wrap_toned(out, s, TONE_DIM, 2, "live           ", "nothing tried: the subject is a file");
		return;
	}
	sw_buf_free(&line);
	sw_buf_printf(&line, "uid %u%s, ", r->uid, r->uid ? "" : " (root)");
	if (!*r->capabilities)
		sw_buf_adds(&line, "capabilities not known, ");
	else if (!r->cap_count || have == r->cap_count)
		sw_buf_printf(&line, "%s capabilities, ", have ? "all" : "no");
	else
		sw_buf_printf(&line, "%u of %u capabilities, ", have, r->cap_count);
	if (r->seccomp == 2)
		sw_buf_adds(&line, "under a seccomp filter, ");
	if (r->userns)
		sw_buf_adds(&line, "in a user namespace, ");
	sw_buf_printf(&line, "cgroups %s", r->cgroup_layout ? r->cgroup_layout : "not known");
	wrap_toned(out, s, TONE_PLAIN, 2, "seen from      ", sw_buf_str(&line));
	if (!r->live)
		wrap_toned(out, s, TONE_UNSURE, 2, "live           ", "nothing tried (--no-live)");
	else if (lacks_privilege(r))
		wrap_toned(out, s, TONE_UNSURE, 2, "note           ",
			   "without all that root may do some things cannot be tried; they are marked ?");
	if (r->no_proc)
		wrap_toned(out, s, TONE_UNSURE, 2, "note           ",
			   "/proc is not mounted here: what is read from it is unknown");
	if (r->no_sys)
		wrap_toned(out, s, TONE_UNSURE, 2, "note           ",
			   "/sys is not mounted here: what is read from it is unknown");
}

/* ---- the rows ----------------------------------------------------------------------------------- */

#define ID_WIDTH 27
#define CONFIGURED_WIDTH 16
#define LIVE_WIDTH 10
#define TITLE_WIDTH 38	/* before evidence */

/* The title in what room is left, and the remedy behind it if that fits too. Returns whether. */
static bool row_tail(const struct feature_evidence *e, const struct report_style *s,
		     unsigned int room, const char *advice, struct sw_buf *out)
{
	size_t len = strlen(e->feature->title);
	char cut[sizeof(e->live.evidence) + 4];

	if (len > room) {
		if (room > 8)
			sw_buf_printf(out, "%.*s%s", (int)room - (s->utf8 ? 1 : 2), e->feature->title,
				      s->utf8 ? "…" : "..");
		return false;
	}
	sw_buf_adds(out, e->feature->title);
	/* On a wide terminal, the evidence for what works: what was seen, not only that it was. */
	if (e->live.value == LIVE_WORKS && !*advice && room >= TITLE_WIDTH + 40) {
		pad(out, len < TITLE_WIDTH ? (unsigned int)(TITLE_WIDTH - len) : 0);
		sw_buf_adds(out, "  ");
		if (TITLE_WIDTH + 2 + strlen(e->live.evidence) > room)
			snprintf(cut, sizeof(cut), "%.*s%s", (int)room - TITLE_WIDTH - 4, e->live.evidence,
				 s->utf8 ? "…" : "..");
		else
			snprintf(cut, sizeof(cut), "%s", e->live.evidence);
		toned(out, s, TONE_DIM, cut);
	}
	if (!*advice || len + strlen(advice) + 4 > room)
		return false;
	sw_buf_printf(out, "  %s %s", s->utf8 ? "→" : ">", advice);
	return true;
}

/* What stands below a row that is not simply usable. */
static void row_details(const struct feature_evidence *e, const struct report_style *s, bool live,
			bool advised, const char *advice, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (e->finding == FINDING_SECCOMP) {
		sw_buf_printf(&b, "%s (a seccomp filter)", e->live.evidence);
		wrap_toned(out, s, TONE_DIM, 6, "", sw_buf_str(&b));
		return;
	}
	/* Of a module the finding says it all. */
	if (live && e->live.value != LIVE_WORKS && e->live.evidence[0] &&
	    e->finding != FINDING_MODULE_NOT_LOADED && e->finding != FINDING_MODULE_MISSING &&
	    e->finding != FINDING_NO_MODULE_SUPPORT)
		wrap_toned(out, s, TONE_DIM, 6, "", e->live.evidence);
	else if (!live && e->configured_why[0] && !e->remedy[0])
		wrap_toned(out, s, TONE_DIM, 6, "", e->configured_why);
	/*
	 * Of these two no more: the row of the other cgroup version has the answer, or the head said
	 * already that root would see more.
	 */
	if (e->finding == FINDING_OTHER_HIERARCHY || e->finding == FINDING_CAPABILITY)
		return;
	if (e->finding) {
		sw_buf_printf(&b, "%s: ", finding_type_name(e->finding));
		wrap_toned(out, s, TONE_UNSURE, 6, sw_buf_str(&b), e->finding_text);
	}
	if (*advice && !advised)
		wrap_toned(out, s, TONE_PLAIN, 6, s->utf8 ? "→ " : "> ", advice);
}

static void row(const struct feature_evidence *e, const struct report_style *s, bool live,
		struct sw_buf *out)
{
	bool quiet = e->finding == FINDING_OTHER_HIERARCHY || e->finding == FINDING_CAPABILITY ||
		     e->finding == FINDING_SECCOMP;
	enum tone conf = e->configured == KCONFIG_STATE_BUILTIN || e->configured == KCONFIG_STATE_MODULE ?
			 TONE_PLAIN : TONE_DIM;
	unsigned int used = 4 + ID_WIDTH + CONFIGURED_WIDTH + (live ? LIVE_WIDTH : 0);
	const char *advice = quiet ? "" : e->remedy;
	bool advised;

	sw_buf_adds(out, "  ");
	toned(out, s, usable_tone(e->usable), usable_mark(s, e->usable));
	sw_buf_addc(out, ' ');
	column(out, s, TONE_PLAIN, e->feature->id, ID_WIDTH);
	column(out, s, conf, kconfig_state_name(e->configured), CONFIGURED_WIDTH);
	if (live)
		column(out, s, live_tone(e->live.value), live_value_name(e->live.value), LIVE_WIDTH);
	advised = row_tail(e, s, s->width > used ? s->width - used : 0, advice, out);
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = 0;
	sw_buf_addc(out, '\n');
	if (e->usable != USABLE_YES || e->finding)
		row_details(e, s, live, advised, advice, out);
}

static void rows(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	const char *area = "";

	for (size_t i = 0; i < r->count; i++) {
		const struct feature *f = r->evidence[i].feature;

		if (strcmp(area, f->area)) {
			const char *title = f->area;

			for (const struct feature_area *const *a = feature_areas; *a; a++)
				if (!strcmp((*a)->name, f->area))
					title = (*a)->title;
			area = f->area;
			sw_buf_addc(out, '\n');
			column(out, s, TONE_HEAD, title, 4 + ID_WIDTH);
			if (r->live)
				column(out, s, TONE_DIM, "configured", CONFIGURED_WIDTH);
			else
				toned(out, s, TONE_DIM, "configured");
			if (r->live)
				toned(out, s, TONE_DIM, "live");
			sw_buf_addc(out, '\n');
		}
		row(&r->evidence[i], s, r->live, out);
	}
}

/* ---- the verdicts ------------------------------------------------------------------------------- */

static bool add_alternative(const char *id, void *arg)
{
	struct sw_buf *b = arg;

	if (b->len)
		sw_buf_adds(b, " or ");
	sw_buf_adds(b, id);
	return true;
}

struct todo {
	const struct probe_report *r;
	struct sw_buf *lines;	/* '\n'-separated, each once */
};

static bool add_todo(const char *id, void *arg)
{
	struct todo *t = arg;
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	for (size_t i = 0; i < t->r->count; i++) {
		const struct feature_evidence *e = &t->r->evidence[i];

		if (strcmp(e->feature->id, id) || !e->remedy[0])
			continue;
		/* Symbols and modules speak for themselves; a version needs to be told what for. */
		sw_buf_printf(&line, "\n%s", e->remedy);
		if (sw_starts_with(e->remedy, "needs "))
			sw_buf_printf(&line, ", for %s", id);
		sw_buf_addc(&line, '\n');
		if (!t->lines->len)
			sw_buf_addc(t->lines, '\n');
		if (!strstr(sw_buf_str(t->lines), sw_buf_str(&line)))
			sw_buf_adds(t->lines, sw_buf_str(&line) + 1);
		return false;
	}
	return true;
}

static void todos(const struct probe_report *r, const struct profile *p,
		  const struct report_style *s, struct sw_buf *out)
{
	struct sw_buf lines __sw_buf = SW_BUF_INIT;
	struct todo t = { r, &lines };

	for (const struct profile_item *i = p->items; i->features; i++)
		if (i->level != LEVEL_MAY &&
		    profile_item_usable(i, r->evidence, r->count) != USABLE_YES)
			profile_alternatives(i, add_todo, &t);
	if (!lines.len)
		return;
	toned(out, s, TONE_HEAD, "      To do");
	sw_buf_addc(out, '\n');
	for (char *l = lines.data + 1; *l;) {
		char *end = strchrnul(l, '\n');
		char *next = *end ? end + 1 : end;

		*end = 0;
		wrap_toned(out, s, TONE_PLAIN, 6, s->utf8 ? "→ " : "> ", l);
		l = next;
	}
}

static void verdict(const struct probe_report *r, size_t n, const struct report_style *s,
		    struct sw_buf *out)
{
	static const int as_usable[] = { USABLE_YES, USABLE_UNKNOWN, USABLE_NO, USABLE_UNKNOWN };
	const struct profile *p = r->profiles[n];
	enum verdict v = r->verdicts[n];
	int u = as_usable[v];
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	sw_buf_adds(out, "  ");
	toned(out, s, usable_tone(u), v == VERDICT_DEGRADED ? "!" : usable_mark(s, u));
	sw_buf_printf(out, " %s: ", p->title);
	toned(out, s, usable_tone(u), verdict_name(v));
	sw_buf_addc(out, '\n');
	for (const struct profile_item *i = p->items; i->features; i++) {
		struct sw_buf prefix __sw_buf = SW_BUF_INIT;
		int usable = profile_item_usable(i, r->evidence, r->count);

		if (usable == USABLE_YES)
			continue;
		sw_buf_free(&line);
		profile_alternatives(i, add_alternative, &line);
		sw_buf_printf(&line, ": without it, %s", i->impact);
		sw_buf_printf(&prefix, "%-7s %s  ", profile_level_name(i->level),
			      usable == USABLE_NO ? "missing" : "unknown");
		wrap_toned(out, s, i->level == LEVEL_MAY ? TONE_DIM : TONE_PLAIN, 6,
			   sw_buf_str(&prefix), sw_buf_str(&line));
	}
	todos(r, p, s, out);
}

void report_text(const struct probe_report *r, const struct report_style *style, struct sw_buf *out)
{
	size_t yes = 0, no = 0;

	head(r, style, out);
	rows(r, style, out);
	for (size_t i = 0; i < r->count; i++) {
		yes += r->evidence[i].usable == USABLE_YES;
		no += r->evidence[i].usable == USABLE_NO;
	}
	sw_buf_printf(out, "\n%zu feature%s: %zu usable, %zu not, %zu unknown\n", r->count,
		      r->count == 1 ? "" : "s", yes, no, r->count - yes - no);
	if (!r->profile_count)
		return;
	sw_buf_addc(out, '\n');
	toned(out, style, TONE_HEAD, "Verdicts");
	sw_buf_addc(out, '\n');
	for (size_t i = 0; i < r->profile_count; i++)
		verdict(r, i, style, out);
}

/* ---- --explain and `seaworthy features` ---------------------------------------------------------- */

static void line_of(struct sw_buf *out, const struct report_style *s, const char *label,
		    const char *text)
{
	char prefix[24];

	if (!text || !*text)
		return;
	snprintf(prefix, sizeof(prefix), "%-14s", label);
	wrap_toned(out, s, TONE_PLAIN, 2, prefix, text);
}

static void explain_row(const struct feature *f, const struct report_style *s, struct sw_buf *out)
{
	static const char *const risks[] = {
		"none: the probe reads, or changes only what dies with it",
		"transient: the probe makes a temporary cgroup and removes it",
		"intrusive: the probe changes the kernel for a moment, with --intrusive only",
	};
	char since[16], until[16], text[200];

	toned(out, s, TONE_HEAD, f->id);
	sw_buf_printf(out, "  %s\n", f->title);
	line_of(out, s, "since", f->since ? kver_format(f->since, since) : "before 2.6.32");
	line_of(out, s, "source", f->commit);
	for (size_t i = 0; i < sizeof(f->kconfig) / sizeof(*f->kconfig); i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!k->expr && !k->since)
			break;
		snprintf(text, sizeof(text), "%s%s%s%s%s", k->expr ? k->expr : "always on",
			 k->since ? ", from " : "", k->since ? kver_format(k->since, since) : "",
			 k->until ? ", until before " : "", k->until ? kver_format(k->until, until) : "");
		line_of(out, s, i ? "" : "symbols", text);
	}
	line_of(out, s, "module", f->module);
	line_of(out, s, "risk", f->probe ? risks[f->risk] : "none: there is no live probe for it");
}

void report_explain(const struct probe_report *r, const struct feature_evidence *e,
		    const struct report_style *style, struct sw_buf *out)
{
	char text[256];

	explain_row(e->feature, style, out);
	snprintf(text, sizeof(text), "%s%s%s", kconfig_state_name(e->configured),
		 e->configured_why[0] ? ": " : "", e->configured_why);
	line_of(out, style, "configured", text);
	if (r->live) {
		snprintf(text, sizeof(text), "%s%s%s", live_value_name(e->live.value),
			 e->live.evidence[0] ? ": " : "", e->live.evidence);
		line_of(out, style, "live", text);
	}
	if (e->finding) {
		snprintf(text, sizeof(text), "%s: %s", finding_type_name(e->finding), e->finding_text);
		line_of(out, style, "finding", text);
	}
	line_of(out, style, "remedy", e->remedy);
	line_of(out, style, "usable", usable_name(e->usable));
	for (const struct profile *p = profiles; p->id; p++)
		for (const struct profile_item *i = p->items; i->features; i++) {
			char ids[128];

			snprintf(ids, sizeof(ids), "|%s|", i->features);
			snprintf(text, sizeof(text), "|%s|", e->feature->id);
			if (!strstr(ids, text))
				continue;
			snprintf(text, sizeof(text), "%s (%s): without it, %s", p->title,
				 profile_level_name(i->level), i->impact);
			line_of(out, style, "needed by", text);
		}
}

void features_text(const struct report_style *style, struct sw_buf *out)
{
	for (const struct feature_area *const *a = feature_areas; *a; a++) {
		toned(out, style, TONE_HEAD, (*a)->title);
		sw_buf_addc(out, '\n');
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];
			char since[16];

			sw_buf_adds(out, "  ");
			column(out, style, TONE_PLAIN, f->id, ID_WIDTH);
			column(out, style, TONE_DIM, f->since ? kver_format(f->since, since) : "", 8);
			sw_buf_printf(out, "%s\n", f->title);
		}
	}
	toned(out, style, TONE_HEAD, "Profiles");
	sw_buf_addc(out, '\n');
	for (const struct profile *p = profiles; p->id; p++) {
		sw_buf_adds(out, "  ");
		column(out, style, TONE_PLAIN, p->id, ID_WIDTH);
		column(out, style, TONE_DIM, p->by_default ? "default" : "", 8);
		sw_buf_printf(out, "%s: %s\n", p->title, p->summary);
	}
}
