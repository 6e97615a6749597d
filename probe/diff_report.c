// SPDX-License-Identifier: GPL-2.0-only
/* The renderings of a comparison. */
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "report_markdown.h"
#include "report_parts.h"
#include "sw_json.h"

static const enum diff_kind kinds[] = { DIFF_LOST, DIFF_UNCLEAR, DIFF_GAINED, DIFF_CHANGED };

static const char *kind_title(enum diff_kind k)
{
	static const char *const titles[] = {
		"Lost: usable in A, not in B", "Gained: usable in B, not in A",
		"Unclear: known on one side only", "Otherwise changed", "Same",
	};

	return titles[k];
}

static size_t count_kind(const struct diff *d, enum diff_kind k)
{
	size_t n = 0;

	for (size_t i = 0; i < d->row_count; i++)
		n += d->rows[i].kind == k;
	return n;
}

/* Version alone, or something that no line shows: then both reasons are what there is to say. */
static bool configured_differs(const struct diff_row *row)
{
	return row->a->configured != row->b->configured;
}

/* ---- text -------------------------------------------------------------------------------- */

struct text {
	struct sw_buf *out;
	const struct report_style *style;
};

static void text_line(const char *symbol, const char *a, const char *b, void *arg)
{
	struct text *t = arg;
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	char one[160], two[160];

	sw_buf_printf(&line, "%s in A, %s in B", diff_line_text(symbol, a, one, sizeof(one)),
		      diff_line_text(symbol, b, two, sizeof(two)));
	report_para(t->out, t->style, TONE_PLAIN, 6, "", sw_buf_str(&line));
}

static void text_side(const struct diff_side *s, const char *label,
		      const struct report_style *style, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	sw_buf_printf(&line, "%s: %s%s", s->name, s->subject, s->live ? ", tried live" : "");
	if (s->unknown_ids)
		sw_buf_printf(&line, "; %zu features of another version of this program left out",
			      s->unknown_ids);
	report_para(out, style, TONE_HEAD, 0, label, sw_buf_str(&line));
}

static void text_row(const struct diff *d, const struct diff_row *row, const struct report_style *s,
		     struct sw_buf *out)
{
	struct text t = { out, s };
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	bool live = d->a.live && d->b.live && row->a->live.value != row->b->live.value;

	sw_buf_printf(&line, "%s %s: %s", report_usable_mark(s, row->b->usable),
		      row->a->feature->id, row->a->feature->title);
	report_para(out, s, report_usable_tone(row->b->usable), 2, "", sw_buf_str(&line));
	sw_buf_free(&line);
	if (row->kind == DIFF_UNCLEAR)
		sw_buf_printf(&line, "usable: %s, then %s; ", usable_name(row->a->usable),
			      usable_name(row->b->usable));
	if (configured_differs(row))
		sw_buf_printf(&line, "configured: %s, then %s%s",
			      kconfig_state_name(row->a->configured),
			      kconfig_state_name(row->b->configured), live ? "; " : "");
	if (live)
		sw_buf_printf(&line, "live: %s, then %s (%s)", live_value_name(row->a->live.value),
			      live_value_name(row->b->live.value), row->b->live.evidence);
	if (line.len)
		report_para(out, s, TONE_DIM, 6, "", sw_buf_str(&line));
	if (!diff_lines(row, text_line, &t) && configured_differs(row)) {
		sw_buf_free(&line);
		sw_buf_printf(&line, "no configuration line of it differs: %s in A; %s in B",
			      row->a->configured_why, row->b->configured_why);
		report_para(out, s, TONE_PLAIN, 6, "", sw_buf_str(&line));
	}
	if (row->kind == DIFF_LOST && row->b->finding)
		report_para(out, s, TONE_UNSURE, 6, "cause: ", row->b->finding_text);
	if (row->kind == DIFF_LOST && row->b->remedy[0])
		report_para(out, s, TONE_PLAIN, 6, s->utf8 ? "→ " : "> ", row->b->remedy);
}

static void text_items(const struct diff *d, const struct profile *p, const struct report_style *s,
		       struct sw_buf *out)
{
	int a, b;

	for (const struct profile_item *i = p->items; i->features; i++) {
		struct sw_buf line __sw_buf = SW_BUF_INIT, prefix __sw_buf = SW_BUF_INIT;

		if (!diff_item(d, i, &a, &b) || (i->level == LEVEL_MAY && !s->all))
			continue;
		sw_buf_printf(&prefix, "%-7s %-8s ", profile_level_name(i->level),
			      b == USABLE_YES			  ? "now there"
			      : a == USABLE_YES && b == USABLE_NO ? "lost"
			      : b == USABLE_NO			  ? "missing"
								  : "unknown");
		sw_buf_printf(&line, "%s (", i->impact);
		report_alternatives(i, &line);
		sw_buf_adds(&line, b == USABLE_YES ? "): no longer so" : ")");
		report_para(out, s, TONE_PLAIN, 6, sw_buf_str(&prefix), sw_buf_str(&line));
	}
}

static enum tone verdict_tone(enum verdict a, enum verdict b)
{
	return b == VERDICT_UNKNOWN			      ? TONE_UNSURE
	       : b == a					      ? TONE_DIM
	       : b == VERDICT_NOT_READY			      ? TONE_BAD
	       : b == VERDICT_READY || a == VERDICT_NOT_READY ? TONE_GOOD
							      : TONE_UNSURE;
}

void diff_text(const struct diff *d, const struct report_style *s, struct sw_buf *out)
{
	char line[200];

	text_side(&d->a, "A  ", s, out);
	text_side(&d->b, "B  ", s, out);
	sw_buf_addc(out, '\n');
	report_para(out, s, TONE_HEAD, 0, "", "Verdicts");
	for (size_t i = 0; i < d->verdict_count; i++) {
		const struct diff_verdict *v = &d->verdicts[i];

		if (v->a == v->b)
			snprintf(line, sizeof(line), "%s: %s as before", v->profile->title,
				 verdict_name(v->b));
		else
			snprintf(line, sizeof(line), "%s: %s, then %s", v->profile->title,
				 verdict_name(v->a), verdict_name(v->b));
		report_para(out, s, verdict_tone(v->a, v->b), 2, "", line);
		text_items(d, v->profile, s, out);
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		if (!count_kind(d, kinds[k]))
			continue;
		sw_buf_addc(out, '\n');
		report_para(out, s, TONE_HEAD, 0, "", kind_title(kinds[k]));
		for (size_t i = 0; i < d->row_count; i++)
			if (d->rows[i].kind == kinds[k])
				text_row(d, &d->rows[i], s, out);
	}
	snprintf(line, sizeof(line),
		 "%zu lost, %zu gained, %zu unclear, %zu otherwise changed, %zu the same",
		 count_kind(d, DIFF_LOST), count_kind(d, DIFF_GAINED), count_kind(d, DIFF_UNCLEAR),
		 count_kind(d, DIFF_CHANGED), d->same);
	sw_buf_addc(out, '\n');
	report_para(out, s, TONE_PLAIN, 0, "", line);
	if (d->only_a || d->only_b) {
		snprintf(line, sizeof(line),
			 "not compared, since one side lacks them: %zu of A, %zu of B", d->only_a,
			 d->only_b);
		report_para(out, s, TONE_UNSURE, 0, "", line);
	}
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_line(const char *symbol, const char *a, const char *b, void *arg)
{
	struct sw_json *j = arg;

	sw_json_object(j, NULL);
	sw_json_str(j, "symbol", symbol);
	sw_json_str(j, "a", a);
	sw_json_str(j, "b", b);
	sw_json_end(j, '}');
}

static void json_side(struct sw_json *j, const char *key, const struct diff_side *s)
{
	sw_json_object(j, key);
	sw_json_str(j, "name", s->name);
	sw_json_str(j, "subject", s->subject);
	sw_json_bool(j, "live", s->live);
	sw_json_bool(j, "config_known", s->config_known);
	sw_json_int(j, "unknown_features", (int64_t)s->unknown_ids);
	sw_json_end(j, '}');
}

static void json_evidence(struct sw_json *j, const char *key, const struct feature_evidence *e)
{
	sw_json_object(j, key);
	sw_json_str(j, "usable", usable_name(e->usable));
	sw_json_str(j, "configured", kconfig_state_name(e->configured));
	sw_json_str(j, "why", e->configured_why);
	sw_json_str(j, "live", live_value_name(e->live.value));
	sw_json_str(j, "evidence", e->live.evidence);
	sw_json_str(j, "finding", e->finding ? finding_type_name(e->finding) : NULL);
	sw_json_str(j, "remedy", e->remedy[0] ? e->remedy : NULL);
	sw_json_end(j, '}');
}

static bool json_word(const char *word, void *arg)
{
	sw_json_str(arg, NULL, word);
	return true;
}

static void json_verdict(struct sw_json *j, const struct diff *d, const struct diff_verdict *v)
{
	int a, b;

	sw_json_object(j, NULL);
	sw_json_str(j, "id", v->profile->id);
	sw_json_str(j, "title", v->profile->title);
	sw_json_str(j, "a", verdict_name(v->a));
	sw_json_str(j, "b", verdict_name(v->b));
	sw_json_array(j, "items");
	for (const struct profile_item *i = v->profile->items; i->features; i++) {
		if (!diff_item(d, i, &a, &b))
			continue;
		sw_json_object(j, NULL);
		sw_json_str(j, "level", profile_level_name(i->level));
		sw_json_array(j, "features");
		profile_alternatives(i, json_word, j);
		sw_json_end(j, ']');
		sw_json_str(j, "impact", i->impact);
		sw_json_str(j, "a", usable_name(a));
		sw_json_str(j, "b", usable_name(b));
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
	sw_json_end(j, '}');
}

void diff_json(const struct diff *d, struct sw_buf *out)
{
	struct sw_json j = { .pretty = true };

	sw_json_object(&j, NULL);
	sw_json_str(&j, "schema", "seaworthy.probe-diff/1");
	sw_json_object(&j, "tool");
	sw_json_str(&j, "name", "seaworthy");
	sw_json_str(&j, "version", SW_VERSION);
	sw_json_end(&j, '}');
	json_side(&j, "a", &d->a);
	json_side(&j, "b", &d->b);
	sw_json_array(&j, "profiles");
	for (size_t i = 0; i < d->verdict_count; i++)
		json_verdict(&j, d, &d->verdicts[i]);
	sw_json_end(&j, ']');
	sw_json_array(&j, "features");
	for (size_t i = 0; i < d->row_count; i++) {
		const struct diff_row *row = &d->rows[i];

		sw_json_object(&j, NULL);
		sw_json_str(&j, "id", row->a->feature->id);
		sw_json_str(&j, "title", row->a->feature->title);
		sw_json_str(&j, "change", diff_kind_name(row->kind));
		json_evidence(&j, "a", row->a);
		json_evidence(&j, "b", row->b);
		sw_json_array(&j, "lines");
		diff_lines(row, json_line, &j);
		sw_json_end(&j, ']');
		sw_json_end(&j, '}');
	}
	sw_json_end(&j, ']');
	sw_json_int(&j, "same", (int64_t)d->same);
	sw_json_int(&j, "only_in_a", (int64_t)d->only_a);
	sw_json_int(&j, "only_in_b", (int64_t)d->only_b);
	sw_json_int(&j, "exit_status", d->exit_status);
	sw_json_end(&j, '}');
	*out = j.buf;
}

/* ---- Markdown ---------------------------------------------------------------------------- */

static void markdown_line(const char *symbol, const char *a, const char *b, void *arg)
{
	struct sw_buf *out = arg;
	char one[160], two[160];

	markdown_code(out, diff_line_text(symbol, a, one, sizeof(one)));
	sw_buf_adds(out, " → ");
	markdown_code(out, diff_line_text(symbol, b, two, sizeof(two)));
	sw_buf_adds(out, "<br>");
}

static void markdown_row(const struct diff *d, const struct diff_row *row, struct sw_buf *out)
{
	sw_buf_adds(out, "| ");
	markdown_code(out, row->a->feature->id);
	sw_buf_adds(out, " | ");
	markdown_text(out, row->a->feature->title);
	sw_buf_printf(out, " | %s → %s | ", kconfig_state_name(row->a->configured),
		      kconfig_state_name(row->b->configured));
	if (d->a.live && d->b.live)
		sw_buf_printf(out, "%s → %s", live_value_name(row->a->live.value),
			      live_value_name(row->b->live.value));
	sw_buf_adds(out, " | ");
	if (!diff_lines(row, markdown_line, out)) {
		markdown_code(out, row->a->configured_why);
		sw_buf_adds(out, " → ");
		markdown_code(out, row->b->configured_why);
	}
	sw_buf_adds(out, " | ");
	if (row->kind == DIFF_LOST)
		markdown_text(out, row->b->remedy);
	sw_buf_adds(out, " |\n");
}

void diff_markdown(const struct diff *d, struct sw_buf *out)
{
	sw_buf_adds(out, "# Two kernels compared\n\n| | | |\n|---|---|---|\n");
	for (int i = 0; i < 2; i++) {
		const struct diff_side *s = i ? &d->b : &d->a;

		sw_buf_printf(out, "| %s | ", i ? "B" : "A");
		markdown_code(out, s->name);
		sw_buf_adds(out, " | ");
		markdown_text(out, s->subject);
		sw_buf_adds(out, " |\n");
	}
	sw_buf_adds(out, "\n## Verdicts\n\n| Use | A | B |\n|---|---|---|\n");
	for (size_t i = 0; i < d->verdict_count; i++) {
		const struct diff_verdict *v = &d->verdicts[i];
		const char *bold = v->a == v->b ? "" : "**";

		sw_buf_adds(out, "| ");
		markdown_text(out, v->profile->title);
		sw_buf_printf(out, " | %s | %s%s%s |\n", verdict_name(v->a), bold,
			      verdict_name(v->b), bold);
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		if (!count_kind(d, kinds[k]))
			continue;
		sw_buf_printf(out, "\n## %s\n\n| Feature | | Configured | Live | Lines | Remedy |\n"
			      "|---|---|---|---|---|---|\n", kind_title(kinds[k]));
		for (size_t i = 0; i < d->row_count; i++)
			if (d->rows[i].kind == kinds[k])
				markdown_row(d, &d->rows[i], out);
	}
	sw_buf_printf(out, "\n%zu features are the same on both sides.\n", d->same);
}
