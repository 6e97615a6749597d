// SPDX-License-Identifier: GPL-2.0-only
/*
 * KTAP (Documentation/dev-tools/ktap.rst of the kernel): each feature a result, each profile a
 * subtest of its conditions. What is unknown, and what a use can do without, is a SKIP with the
 * reason: in KTAP only a failure fails the parent, and only a missing must is one.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"

/* A description or reason: one line, and no '#', which begins a directive. */
static void text(struct sw_buf *out, const char *s)
{
	for (; *s; s++)
		sw_buf_addc(out, (unsigned char)*s < 0x20 || *s == 0x7f ? ' '
				 : *s == '#'				? ':'
									: *s);
}

static void diagnostic(struct sw_buf *out, const char *indent, const char *label, const char *what)
{
	if (!what || !*what)
		return;
	sw_buf_printf(out, "%s# %s: ", indent, label);
	text(out, what);
	sw_buf_addc(out, '\n');
}

static const char *reason(const struct feature_evidence *e)
{
	return e->finding_text[0] ? e->finding_text : e->live.evidence[0] ? e->live.evidence :
	       e->configured_why[0] ? e->configured_why : "unknown";
}

static void feature(const struct probe_report *r, size_t n, struct sw_buf *out)
{
	const struct feature_evidence *e = &r->evidence[n];

	sw_buf_printf(out, "# %s: configured %s", e->feature->id,
		      kconfig_state_name(e->configured));
	if (r->live)
		sw_buf_printf(out, ", live %s", live_value_name(e->live.value));
	sw_buf_addc(out, '\n');
	if (r->live)
		diagnostic(out, "", e->feature->id, e->live.evidence);
	diagnostic(out, "", e->feature->id, e->finding ? e->finding_text : "");
	diagnostic(out, "", "remedy", e->remedy);
	sw_buf_printf(out, "%sok %zu %s", e->usable == USABLE_NO ? "not " : "", n + 1,
		      e->feature->id);
	if (e->usable == USABLE_UNKNOWN) {
		sw_buf_adds(out, " # SKIP ");
		text(out, reason(e));
	}
	sw_buf_addc(out, '\n');
}

static void condition(const struct probe_report *r, const struct profile_item *i, size_t number,
		      struct sw_buf *out)
{
	int usable = profile_item_usable(i, r->evidence, r->count);
	bool fails = usable == USABLE_NO && i->level == LEVEL_MUST;

	sw_buf_printf(out, "  %sok %zu %s ", fails ? "not " : "", number,
		      profile_level_name(i->level));
	report_alternatives(i, out);
	if (usable != USABLE_YES && !fails) {
		sw_buf_printf(out, " # SKIP %s: ", usable == USABLE_NO ? "missing" : "unknown");
		text(out, i->impact);
	}
	sw_buf_addc(out, '\n');
	if (fails)
		diagnostic(out, "  ", "without it", i->impact);
}

static void profile(const struct probe_report *r, size_t n, struct sw_buf *out)
{
	const struct profile *p = r->profiles[n];
	enum verdict v = r->verdicts[n];
	size_t count = 0;

	while (p->items[count].features)
		count++;
	sw_buf_printf(out, "  KTAP version 1\n  # Subtest: profile.%s\n  1..%zu\n", p->id, count);
	for (size_t i = 0; i < count; i++)
		condition(r, &p->items[i], i + 1, out);
	sw_buf_printf(out, "# profile.%s: %s\n%sok %zu profile.%s", p->id, verdict_name(v),
		      v == VERDICT_NOT_READY ? "not " : "", r->count + n + 1, p->id);
	if (v == VERDICT_UNKNOWN)
		sw_buf_adds(out, " # SKIP could not be determined");
	sw_buf_addc(out, '\n');
}

void report_ktap(const struct probe_report *r, struct sw_buf *out)
{
	struct sw_buf subject __sw_buf = SW_BUF_INIT;

	sw_buf_adds(out, "KTAP version 1\n");
	report_subject(r, &subject);
	diagnostic(out, "", "subject", sw_buf_str(&subject));
	diagnostic(out, "", "configuration", r->ctx.kconfig ? kconfig_info(r->ctx.kconfig)->path :
						  r->config_why);
	sw_buf_printf(out, "1..%zu\n", r->count + r->profile_count);
	for (size_t i = 0; i < r->count; i++)
		feature(r, i, out);
	for (size_t i = 0; i < r->profile_count; i++)
		profile(r, i, out);
	for (const struct conflict *c = conflicts; c->id; c++)
		if (conflict_applies(c, r->profiles, r->profile_count))
			diagnostic(out, "", c->title, c->advice);
}
