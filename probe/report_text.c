// SPDX-License-Identifier: GPL-2.0-only
/*
 * For people: the verdicts first, in words of use; then what is missing and what to do; then all
 * features in a line an area. Colour and marks say the same thing twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"
#include "sw_error.h"

static enum tone live_tone(enum live_value v)
{
	static const enum tone tones[] = { TONE_DIM, TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_BAD };

	return tones[v];
}

static void heading(struct sw_buf *out, const struct report_style *s, const char *text)
{
	sw_buf_addc(out, '\n');
	report_toned(out, s, TONE_HEAD, text);
	sw_buf_addc(out, '\n');
}

/* ---- the rows ---------------------------------------------------------------------------- */

#define CONFIGURED_WIDTH 12
#define LIVE_WIDTH 9
#define TITLE_WIDTH 38	/* before evidence */

/*
 * This process lacks something: the remedy is the same for every row, and stands below them once.
 */
static bool by_this_process(const struct feature_evidence *e)
{
	return e->finding == FINDING_CAPABILITY || e->finding == FINDING_SECCOMP;
}

static const char *configured_word(enum kconfig_state c)
{
	return c == KCONFIG_STATE_NO_SYMBOL ? "no-symbol" : kconfig_state_name(c);
}

/* What stands below a row that is not simply usable. */
static void row_details(const struct feature_evidence *e, const struct report_style *s, bool live,
			struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (by_this_process(e)) {
		sw_buf_printf(&b, "%s (%s)", e->live.evidence, finding_type_name(e->finding));
		report_para(out, s, TONE_DIM, 6, "", sw_buf_str(&b));
		return;
	}
	/* Of a module the finding says it all. */
	if (live && e->live.value != LIVE_WORKS && e->live.evidence[0] &&
	    e->finding != FINDING_MODULE_NOT_LOADED && e->finding != FINDING_MODULE_MISSING &&
	    e->finding != FINDING_NO_MODULE_SUPPORT)
		report_para(out, s, TONE_DIM, 6, "", e->live.evidence);
	else if (!live && e->configured_why[0] && !e->finding)
		report_para(out, s, TONE_DIM, 6, "", e->configured_why);
	if (e->finding && strcmp(e->finding_text, e->live.evidence)) {
		sw_buf_printf(&b, "%s: ", finding_type_name(e->finding));
		report_para(out, s, TONE_UNSURE, 6, sw_buf_str(&b), e->finding_text);
	}
	if (e->remedy[0])
		report_para(out, s, TONE_PLAIN, 6, s->utf8 ? "→ " : "> ", e->remedy);
}

/* The title, and on a wide terminal behind it the evidence for what works. */
static void row_tail(const struct feature_evidence *e, const struct report_style *s,
		     unsigned int used, struct sw_buf *out)
{
	struct sw_buf title __sw_buf = SW_BUF_INIT;
	size_t len = strlen(e->feature->title);

	if (e->live.value == LIVE_WORKS && !e->remedy[0] && len <= TITLE_WIDTH &&
	    used + TITLE_WIDTH + 2 + strlen(e->live.evidence) <= s->width) {
		report_column(out, s, TONE_PLAIN, e->feature->title, TITLE_WIDTH + 2);
		report_toned(out, s, TONE_DIM, e->live.evidence);
		sw_buf_addc(out, '\n');
		return;
	}
	report_wrap(&title, s, used, used, e->feature->title);
	sw_buf_adds(out, sw_buf_str(&title) + used);
}

static void row(const struct feature_evidence *e, const struct report_style *s, bool live,
		unsigned int id_width, struct sw_buf *out)
{
	bool on = e->configured == KCONFIG_STATE_BUILTIN || e->configured == KCONFIG_STATE_MODULE;
	unsigned int used = 4 + id_width + CONFIGURED_WIDTH + (live ? LIVE_WIDTH : 0);

	if (s->width >= used + 20) {
		sw_buf_adds(out, "  ");
		report_toned(out, s, report_usable_tone(e->usable),
			     report_usable_mark(s, e->usable));
		sw_buf_addc(out, ' ');
		report_column(out, s, TONE_PLAIN, e->feature->id, id_width);
		report_column(out, s, on ? TONE_PLAIN : TONE_DIM, configured_word(e->configured),
			      CONFIGURED_WIDTH);
		if (live)
			report_column(out, s, live_tone(e->live.value),
				      live_value_name(e->live.value), LIVE_WIDTH);
		row_tail(e, s, used, out);
	} else {
		struct sw_buf b __sw_buf = SW_BUF_INIT;

		sw_buf_printf(&b, "%s %s: %s; configured %s%s%s", report_usable_mark(s, e->usable),
			      e->feature->id, e->feature->title, kconfig_state_name(e->configured),
			      live ? ", live " : "", live ? live_value_name(e->live.value) : "");
		report_para(out, s, report_usable_tone(e->usable), 0, "", sw_buf_str(&b));
	}
	if (e->usable != USABLE_YES || e->finding)
		row_details(e, s, live, out);
}

/* Kinds of evidence that contradict each other, where one of them must be wrong about this kernel. */
static bool disagree(const struct feature_evidence *e)
{
	return e->finding == FINDING_BOOT_PARAMETER || e->finding == FINDING_BACKPORT ||
	       e->finding == FINDING_STALE_CONFIG || e->finding == FINDING_CONFIGURED_ABSENT;
}

/*
 * Is there something to do? What no judged use lacks is left to the overview: a distribution's
 * kernel has a hundred modules that nothing has asked for yet. Of conveniences only those are told
 * about which kinds of evidence disagree.
 */
static void choose(const struct probe_report *r, bool all, bool *chosen, bool *any)
{
	if (!all) {
		report_in_the_way(r, LEVEL_SHOULD, chosen);
		report_in_the_way(r, LEVEL_MAY, any);
	}
	for (size_t i = 0; i < r->count; i++)
		chosen[i] = all || (r->evidence[i].usable != USABLE_YES &&
				    (chosen[i] || (any[i] && disagree(&r->evidence[i]))));
}

static void row_remedies(const struct probe_report *r, const struct report_style *s,
			 const bool *chosen, struct sw_buf *out)
{
	static const enum finding_type types[] = { FINDING_CAPABILITY, FINDING_SECCOMP };

	for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++) {
		struct sw_buf b __sw_buf = SW_BUF_INIT;

		for (size_t i = 0; i < r->count; i++) {
			const struct feature_evidence *e = &r->evidence[i];

			if (e->finding != types[t] || !e->remedy[0] || !chosen[i])
				continue;
			sw_buf_printf(&b, "%s%s: ", s->utf8 ? "→ " : "> ",
				      finding_type_name(types[t]));
			report_para(out, s, TONE_PLAIN, 2, sw_buf_str(&b), e->remedy);
			break;
		}
	}
}

static void chosen_rows(const struct probe_report *r, const struct report_style *s, const bool *chosen,
			const char *title, struct sw_buf *out)
{
	const char *area = "";
	unsigned int width = 0;

	for (size_t i = 0; i < r->count; i++)
		if (chosen[i] && strlen(r->evidence[i].feature->id) + 2 > width)
			width = (unsigned int)strlen(r->evidence[i].feature->id) + 2;
	if (!width)
		return;
	if (title)
		heading(out, s, title);
	for (size_t i = 0; i < r->count; i++) {
		const struct feature *f = r->evidence[i].feature;

		if (!chosen[i])
			continue;
		if (strcmp(area, f->area) && !title) {
			area = f->area;
			sw_buf_addc(out, '\n');
			if (s->width >=
			    4 + width + CONFIGURED_WIDTH + (r->live ? LIVE_WIDTH : 0) + 20) {
				report_column(out, s, TONE_HEAD, report_area_title(f), 4 + width);
				if (r->live)
					report_column(out, s, TONE_DIM, "configured",
						      CONFIGURED_WIDTH);
				report_toned(out, s, TONE_DIM, r->live ? "live" : "configured");
				sw_buf_addc(out, '\n');
			} else {
				report_para(out, s, TONE_HEAD, 0, "", report_area_title(f));
			}
		}
		row(&r->evidence[i], s, r->live, width, out);
	}
	row_remedies(r, s, chosen, out);
}

static void rows(const struct probe_report *r, const struct report_style *s, bool all,
		 const char *title, struct sw_buf *out)
{
	bool *chosen = calloc(2 * r->count + 1, sizeof(*chosen));

	if (!chosen) {
		out->failed = ENOMEM;
		return;
	}
	choose(r, all, chosen, chosen + r->count);
	chosen_rows(r, s, chosen, title, out);
	free(chosen);
}

/* ---- all features, a line an area
 * ---------------------------------------------------------------- */

/* Enough to see what an area lacks; --all has every row. What is unknown is told shorter. */
static size_t area_names_max(int usable)
{
	return usable == USABLE_NO ? 6 : 2;
}

static bool in_area(const struct feature_evidence *e, const char *area)
{
	const char *own = e->feature->area;

	/* Mostly it is the very text; the names differ early otherwise. */
	return own == area || (own[0] == area[0] && !strcmp(own, area));
}

static void area_names(const struct probe_report *r, const struct report_style *s, const char *area,
		       int usable, struct sw_buf *out)
{
	size_t n = 0, shown = 0, max = area_names_max(usable);

	for (size_t i = 0; i < r->count; i++)
		n += (int)r->evidence[i].usable == usable && in_area(&r->evidence[i], area);
	if (!n)
		return;
	sw_buf_printf(out, "%s%s", out->len ? "; " : "", report_usable_mark(s, usable));
	for (size_t i = 0; i < r->count && shown < (n > max + 2 ? max : n); i++) {
		const struct feature_evidence *e = &r->evidence[i];

		if ((int)e->usable == usable && in_area(e, area))
			sw_buf_printf(out, "%s %s", shown++ ? "," : "", e->feature->id);
	}
	if (shown < n)
		sw_buf_printf(out, " and %zu more", n - shown);
}

static void areas(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	unsigned int width = 0;
	const char *last = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct feature *f = r->evidence[i].feature;
		size_t len = f->area == last ? 0 : strlen(report_area_title(f));

		last = f->area;
		width = len > width ? (unsigned int)len : width;
	}
	heading(out, s, "Features by area");
	for (const struct feature_area *const *a = feature_areas; *a; a++) {
		struct sw_buf names __sw_buf = SW_BUF_INIT, prefix __sw_buf = SW_BUF_INIT;
		size_t yes = 0, all = 0;
		char counts[32];

		for (size_t i = 0; i < r->count; i++)
			if (in_area(&r->evidence[i], (*a)->name)) {
				all++;
				yes += r->evidence[i].usable == USABLE_YES;
			}
		if (!all)
			continue;
		area_names(r, s, (*a)->name, USABLE_NO, &names);
		area_names(r, s, (*a)->name, USABLE_UNKNOWN, &names);
		snprintf(counts, sizeof(counts), "%zu of %zu", yes, all);
		sw_buf_printf(&prefix, "%-*s  %-9s", (int)width, (*a)->title, counts);
		if (names.len)
			sw_buf_adds(&prefix, "  ");
		else
			while (prefix.len && prefix.data[prefix.len - 1] == ' ')
				prefix.data[--prefix.len] = 0;
		report_para(out, s, TONE_PLAIN, 2, sw_buf_str(&prefix), sw_buf_str(&names));
	}
}

/* ---- the verdicts ------------------------------------------------------------------------ */

static int as_usable(enum verdict v)
{
	return v == VERDICT_READY	? USABLE_YES
	       : v == VERDICT_NOT_READY ? USABLE_NO
					: USABLE_UNKNOWN;
}

/* What breaks, in the words of use first; the features behind it for those who ask. */
static size_t breaks(const struct probe_report *r, const struct profile *p,
		     enum profile_level level, const struct report_style *s, bool print,
		     struct sw_buf *out)
{
	size_t n = 0;

	for (const struct profile_item *i = p->items; i->features; i++) {
		struct sw_buf line __sw_buf = SW_BUF_INIT;
		int usable = profile_item_usable(i, r->evidence, r->count);
		char prefix[32];

		if (usable == USABLE_YES || i->level != level)
			continue;
		n++;
		if (!print)
			continue;
		snprintf(prefix, sizeof(prefix), "%-7s %-8s ", profile_level_name(level),
			 usable == USABLE_NO ? "missing" : "unknown");
		sw_buf_printf(&line, "%s%s (", usable == USABLE_NO ? "" : "perhaps: ", i->impact);
		report_alternatives(i, &line);
		sw_buf_addc(&line, ')');
		report_para(out, s, level == LEVEL_MAY ? TONE_DIM : TONE_PLAIN, 6, prefix,
			    sw_buf_str(&line));
	}
	return n;
}

static void verdict_line(const struct profile *p, enum verdict v, const struct report_style *s,
			 struct sw_buf *out)
{
	int u = as_usable(v);
	const char *mark = v == VERDICT_DEGRADED ? "!" : report_usable_mark(s, u);
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (strlen(p->title) + 20 > s->width) {
		sw_buf_printf(&b, "%s %s: %s", mark, p->title, verdict_name(v));
		report_para(out, s, report_usable_tone(u), 0, "", sw_buf_str(&b));
		return;
	}
	sw_buf_adds(out, "  ");
	report_toned(out, s, report_usable_tone(u), mark);
	sw_buf_printf(out, " %s: ", p->title);
	report_toned(out, s, report_usable_tone(u), verdict_name(v));
	sw_buf_addc(out, '\n');
}

static void verdict(const struct probe_report *r, size_t n, const struct report_style *s,
		    struct sw_buf *out)
{
	const struct profile *p = r->profiles[n];
	size_t may;

	verdict_line(p, r->verdicts[n], s, out);
	if (p->note && r->verdicts[n] != VERDICT_READY)
		report_para(out, s, TONE_DIM, 6, "", p->note);
	breaks(r, p, LEVEL_MUST, s, true, out);
	breaks(r, p, LEVEL_SHOULD, s, true, out);
	may = breaks(r, p, LEVEL_MAY, s, s->all, out);
	if (may && !s->all) {
		char line[80];

		snprintf(line, sizeof(line), "%zu convenience%s missing or unknown (--all)", may,
			 may == 1 ? "" : "s");
		report_para(out, s, TONE_DIM, 6, "may     ", line);
	}
}

/* The profiles that were not asked for: known all the same when every feature was looked at. */
static void others(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	for (const struct profile *p = profiles; r->whole && p->id; p++) {
		bool judged = false;

		for (size_t i = 0; i < r->profile_count; i++)
			judged |= !strcmp(r->profiles[i]->id, p->id);
		if (!judged)
			sw_buf_printf(&line, "%s%s %s", line.len ? ", " : "", p->id,
				      verdict_name(profile_judge(p, r->evidence, r->count)));
	}
	if (line.len)
		report_para(out, s, TONE_DIM, 2, "other uses (--profile NAME tells more): ",
			    sw_buf_str(&line));
}

/* Does the kernel follow the advice already? */
static bool settled(const struct probe_report *r, const struct conflict *c)
{
	const char *text = NULL;
	char why[16];

	if (c->settled_layout && r->kind == SUBJECT_RUNNING &&
	    (!r->cgroup_layout || strcmp(r->cgroup_layout, c->settled_layout)))
		return false;
	if (c->settled_empty && r->ctx.kconfig) {
		kconfig_get(r->ctx.kconfig, c->settled_empty, &text);
		if (text && (!*text || !strcmp(text, "\"\"")))
			return true;
	}
	if (!c->settled || !r->ctx.kconfig || !r->ctx.version || r->ctx.version < c->settled_since)
		return false;
	return kconfig_eval(r->ctx.kconfig, r->ctx.version, c->settled, why, sizeof(why)) ==
	       KCONFIG_STATE_BUILTIN;
}

static void conflict(const struct probe_report *r, const struct conflict *c,
		     const struct report_style *s, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT, stand __sw_buf = SW_BUF_INIT;

	report_stand(r, c, &stand);
	sw_buf_printf(&b, "%s%s%s%s", c->title, stand.len ? " (here: " : "", sw_buf_str(&stand),
		      stand.len ? ")" : "");
	report_para(out, s, TONE_PLAIN, 2,
		    settled(r, c) ? (s->utf8 ? "✓ " : "+ ") : "! ", sw_buf_str(&b));
	if (s->all) {
		sw_buf_free(&b);
		report_side(c->wants_what, c->wants, &b);
		report_para(out, s, TONE_DIM, 6, "", sw_buf_str(&b));
		sw_buf_free(&b);
		report_side(c->against_what, c->against, &b);
		report_para(out, s, TONE_DIM, 6, "", sw_buf_str(&b));
	}
	report_para(out, s, TONE_PLAIN, 6, s->utf8 ? "→ " : "> ", c->advice);
}

static void all_conflicts(const struct probe_report *r, const struct report_style *s,
			  struct sw_buf *out)
{
	struct sw_buf quiet __sw_buf = SW_BUF_INIT;
	bool any = false;

	for (const struct conflict *c = conflicts; c->id; c++) {
		if (!conflict_applies(c, r->profiles, r->profile_count))
			continue;
		/* --all tells it, without the sign. */
		if (!s->all && settled(r, c))
			continue;
		/* A choice against advice on security is no conflict of uses: a name suffices. */
		if (!c->against && !s->all) {
			sw_buf_printf(&quiet, "%s%s", quiet.len ? ", " : "", c->title);
			continue;
		}
		if (!any)
			heading(out, s, "Conflicting advice");
		any = true;
		conflict(r, c, s, out);
	}
	if (!quiet.len)
		return;
	if (!any)
		heading(out, s, "Conflicting advice");
	report_para(out, s, TONE_DIM, 2, "against advice on security (--all tells more): ",
		    sw_buf_str(&quiet));
}

static void counts(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	size_t yes = 0, no = 0;
	char line[160];

	for (size_t i = 0; i < r->count; i++) {
		yes += r->evidence[i].usable == USABLE_YES;
		no += r->evidence[i].usable == USABLE_NO;
	}
	snprintf(line, sizeof(line), "%zu feature%s: %zu usable, %zu not, %zu unknown", r->count,
		 r->count == 1 ? "" : "s", yes, no, r->count - yes - no);
	sw_buf_addc(out, '\n');
	report_para(out, s, TONE_PLAIN, 0, "", line);
}

void report_text(const struct probe_report *r, const struct report_style *style, struct sw_buf *out)
{
	/* Who names features wants to see them; who asks about a use, what is in its way. */
	bool all = style->all || !r->whole;

	report_head(r, style, out);
	if (r->profile_count) {
		heading(out, style, "Verdicts");
		for (size_t i = 0; i < r->profile_count; i++)
			verdict(r, i, style, out);
		others(r, style, out);
		all_conflicts(r, style, out);
	}
	if (all) {
		rows(r, style, true, NULL, out);
	} else {
		rows(r, style, false, "Missing or in doubt", out);
		areas(r, style, out);
	}
	counts(r, style, out);
}
