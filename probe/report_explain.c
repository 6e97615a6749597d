// SPDX-License-Identifier: GPL-2.0-only
/* --explain: everything about one feature; and `seaworthy features`. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"
#include "sw_error.h"

/* ---- --explain and `seaworthy features`
 * ---------------------------------------------------------- */

static void line_of(struct sw_buf *out, const struct report_style *s, const char *label,
		    const char *text)
{
	char prefix[24];

	if (!text || !*text)
		return;
	snprintf(prefix, sizeof(prefix), "%-14s", label);
	report_para(out, s, TONE_PLAIN, 2, prefix, text);
}

static void explain_row(const struct feature *f, const struct report_style *s, struct sw_buf *out)
{
	static const char *const risks[] = {
		"none: the probe reads, or changes only what dies with it",
		"transient: the probe makes a temporary cgroup and removes it",
		"intrusive: the probe changes the kernel for a moment, with --intrusive only",
	};
	char since[16], until[16], text[512];

	report_toned(out, s, TONE_HEAD, f->id);
	sw_buf_printf(out, "  %s\n", f->title);
	line_of(out, s, "since", f->since ? kver_format(f->since, since) : "before 2.6.32");
	line_of(out, s, "source", f->commit);
	for (size_t i = 0; i < sizeof(f->kconfig) / sizeof(*f->kconfig); i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!k->expr && !k->since)
			break;
		snprintf(text, sizeof(text), "%s%s%s%s%s", k->expr ? k->expr : "always on",
			 k->since ? ", from " : "", k->since ? kver_format(k->since, since) : "",
			 k->until ? ", until before " : "",
			 k->until ? kver_format(k->until, until) : "");
		line_of(out, s, i ? "" : "symbols", text);
	}
	line_of(out, s, "module", f->module);
	line_of(out, s, "risk", f->probe ? risks[f->risk] : "none: there is no live probe for it");
}

struct history {
	const struct probe_report *r;
	const struct report_style *style;
	struct sw_buf *out;
	bool begun;
};

/* "since 3.6, gone with 4.5, now MEMCG (commits)"; a symbol that came back has two of these. */
static void add_range(struct sw_buf *line, const struct kconfig_symbol *s)
{
	char version[16];

	if (s->since >= s->until) {
		sw_buf_adds(line, "never in mainline");
	} else {
		sw_buf_printf(line, "since %s", s->since ? kver_format(s->since, version) : "before 2.6.32");
		if (s->until != KVER_MAX)
			sw_buf_printf(line, ", gone with %s%s%s%s", kver_format(s->until, version),
				      s->successor ? ", now " : "",
				      s->successor ? s->successor : "",
				      s->always_on_after ? ", always on" : "");
	}
	sw_buf_printf(line, " (%s)%s", s->source ? s->source : "", kconfig_symbol_next(s) ? "; again " : "");
}

/* Where one symbol stands in this configuration, and how it came and went. */
static void symbol_history(const struct kconfig_symbol *s, void *arg)
{
	struct history *h = arg;
	const struct kconfig *kc = h->r->ctx.kconfig;
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	const char *value = NULL;

	sw_buf_printf(&line, "CONFIG_%s: ", s->name);
	if (kc && kconfig_mentions(kc, s->name)) {
		(void)kconfig_get(kc, s->name, &value);
		sw_buf_printf(&line, "%s%s here; ", value ? "=" : "", value ? value : "not set");
	} else if (kc) {
		sw_buf_adds(&line, "not mentioned here; ");
	}
	for (; s; s = kconfig_symbol_next(s))
		add_range(&line, s);
	line_of(h->out, h->style, h->begun ? "" : "history", sw_buf_str(&line));
	h->begun = true;
}

static void needed_by(const struct profile *p, const struct profile_item *i,
		      const struct report_style *style, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT, ids __sw_buf = SW_BUF_INIT;

	report_alternatives(i, &ids);
	sw_buf_printf(&line, "%s (%s): without it, %s; asked for by %s", p->title,
		      profile_level_name(i->level), i->impact, i->source);
	if (strchr(i->features, '|'))
		sw_buf_printf(&line, "; any will do of %s", sw_buf_str(&ids));
	line_of(out, style, "needed by", sw_buf_str(&line));
}

struct touch {
	const char *symbol;
	bool found;
};

static void touch_symbol(const char *symbol, void *arg)
{
	struct touch *t = arg;

	t->found |= !strcmp(symbol, t->symbol);
}

struct touches {
	const struct feature *f;
	bool found;
};

static bool touch_any(const char *word, void *arg)
{
	struct touches *ts = arg;
	struct touch t = { word, false };

	for (size_t i = 0; i < sizeof(ts->f->kconfig) / sizeof(*ts->f->kconfig); i++)
		if (ts->f->kconfig[i].expr)
			kconfig_expr_symbols(ts->f->kconfig[i].expr, touch_symbol, &t);
	ts->found |= t.found;
	return !ts->found;
}

/* Is one of the conflict's symbols one of the feature's? */
static bool conflict_touches(const struct conflict *c, const struct feature *f)
{
	struct touches t = { f, false };

	profile_words(c->symbols, touch_any, &t);
	return t.found;
}

static void touching(const struct probe_report *r, const struct conflict *c,
		     const struct report_style *style, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT, stand __sw_buf = SW_BUF_INIT;

	report_stand(r, c, &stand);
	sw_buf_printf(&line, "%s (here: %s). ", c->title,
		      stand.len ? sw_buf_str(&stand) : "not known");
	report_side(c->wants_what, c->wants, &line);
	sw_buf_adds(&line, ". ");
	report_side(c->against_what, c->against, &line);
	sw_buf_printf(&line, ". What to do: %s (%s)", c->advice, c->source);
	line_of(out, style, "conflict", sw_buf_str(&line));
}

void report_explain(const struct probe_report *r, const struct feature_evidence *e,
		    const struct report_style *style, struct sw_buf *out)
{
	struct history h = { .r = r, .style = style, .out = out };
	char text[512];

	explain_row(e->feature, style, out);
	report_symbols(e->feature, symbol_history, &h);
	snprintf(text, sizeof(text), "%s%s%s", kconfig_state_name(e->configured),
		 e->configured_why[0] ? ": " : "", e->configured_why);
	line_of(out, style, "configured", text);
	if (r->live) {
		snprintf(text, sizeof(text), "%s%s%s", live_value_name(e->live.value),
			 e->live.evidence[0] ? ": " : "", e->live.evidence);
		line_of(out, style, "live", text);
	}
	if (e->finding) {
		snprintf(text, sizeof(text), "%s: %s", finding_type_name(e->finding),
			 e->finding_text);
		line_of(out, style, "finding", text);
	}
	line_of(out, style, "remedy", e->remedy);
	line_of(out, style, "usable", usable_name(e->usable));
	for (const struct profile *p = profiles; p->id; p++)
		for (const struct profile_item *i = p->items; i->features; i++)
			if (profile_item_names(i, e->feature->id))
				needed_by(p, i, style, out);
	for (const struct conflict *c = conflicts; c->id; c++)
		if (conflict_touches(c, e->feature))
			touching(r, c, style, out);
}

void features_text(const struct report_style *style, struct sw_buf *out)
{
	for (const struct feature_area *const *a = feature_areas; *a; a++) {
		report_toned(out, style, TONE_HEAD, (*a)->title);
		sw_buf_addc(out, '\n');
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];
			char since[16];

			sw_buf_adds(out, "  ");
			report_column(out, style, TONE_PLAIN, f->id, 29);
			report_column(out, style, TONE_DIM,
				      f->since ? kver_format(f->since, since) : "", 8);
			sw_buf_printf(out, "%s\n", f->title);
		}
	}
	report_toned(out, style, TONE_HEAD, "Profiles");
	sw_buf_addc(out, '\n');
	for (const struct profile *p = profiles; p->id; p++) {
		sw_buf_adds(out, "  ");
		report_column(out, style, TONE_PLAIN, p->id, 29);
		report_column(out, style, TONE_DIM, p->by_default ? "default" : "", 8);
		sw_buf_printf(out, "%s: %s\n", p->title, p->summary);
	}
}
