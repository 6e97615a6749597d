// SPDX-License-Identifier: GPL-2.0-only
/* --explain: everything about one feature; and `seaworthy features`. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"
#include "sw_error.h"

/* ---- --explain and `seaworthy features` ---------------------------------------------------------- */

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
	char since[16], until[16], text[200];

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
		report_toned(out, style, TONE_HEAD, (*a)->title);
		sw_buf_addc(out, '\n');
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];
			char since[16];

			sw_buf_adds(out, "  ");
			report_column(out, style, TONE_PLAIN, f->id, 29);
			report_column(out, style, TONE_DIM, f->since ? kver_format(f->since, since) : "", 8);
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
