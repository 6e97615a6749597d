// SPDX-License-Identifier: GPL-2.0-only
/* What a profile lacks, and what closes each gap. */
#include "fragment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fragment_solve.h"
#include "join.h"
#include "sw_error.h"
#include "sw_json.h"

const char *gap_state_name(enum gap_state s)
{
	static const char *const names[] = { "configuration", "other", "impossible", "unknown" };

	return names[s];
}

/* ---- one gap --------------------------------------------------------------------------------- */

struct search {
	const struct probe_report *r;
	struct solver *s;
	size_t tag;
	const struct feature_evidence *remedy;	/* an alternative that something else would bring */
	const struct feature *best;
	int cost;
	uint32_t since;			/* the earliest version that has any alternative */
	char why[380];
	bool unknown;
};

static const struct feature_evidence *evidence_of(const struct probe_report *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->evidence[i].feature->id, id))
			return &r->evidence[i];
	return NULL;
}

static bool in_configuration(const struct feature_evidence *e)
{
	return e->configured == KCONFIG_STATE_BUILTIN || e->configured == KCONFIG_STATE_MODULE;
}

/*
 * Is it something other than the configuration? Where the feature is configured and yet cannot be
 * used; but a module that cannot be loaded for want of MODULES is a matter of configuration.
 */
static bool not_configuration(const struct feature_evidence *e)
{
	if (e->finding == FINDING_NO_MODULE_SUPPORT)
		return false;
	return in_configuration(e) && e->finding != FINDING_NONE;
}

static const char *arch_of(const struct probe_report *r)
{
	return r->ctx.kconfig ? kconfig_info(r->ctx.kconfig)->arch : NULL;
}

/* What was seen and why it tells nothing; the configuration only where that is all there is. */
static void why_unknown(const struct probe_report *r, const struct feature_evidence *e, char *why,
			size_t size)
{
	const char *seen = e->live.evidence, *cause = e->finding_text;

	if (r->live && (seen[0] || cause[0]))
		snprintf(why, size, "%.170s%s%.199s", seen, seen[0] && cause[0] && strcmp(seen, cause) ? ": " : "",
			 strcmp(seen, cause) ? cause : "");
	else
		snprintf(why, size, "%s", e->configured_why);
}

static bool look_at(const char *id, void *arg)
{
	struct search *x = arg;
	const struct feature_evidence *e = evidence_of(x->r, id);
	uint32_t version = x->r->ctx.version, first;
	char why[160];
	bool near;
	int cost;

	if (!e)
		return true;
	if (not_configuration(e) || (e->usable == USABLE_UNKNOWN && e->remedy[0])) {
		x->remedy = x->remedy ? x->remedy : e;
		return true;
	}
	if (e->usable == USABLE_UNKNOWN) {
		x->unknown = true;
		if (!x->why[0])
			why_unknown(x->r, e, x->why, sizeof(x->why));
		return true;
	}
	first = feature_first_version(e->feature, version, arch_of(x->r));
	if (version < first) {
		if (!x->since || first < x->since)
			x->since = first;
		return true;
	}
	cost = solver_want(x->s, e->feature, x->tag, false, &near, why, sizeof(why));
	if (cost >= 0 && (!x->best || cost < x->cost)) {
		x->best = e->feature;
		x->cost = cost;
	} else if (cost < 0 && !x->why[0]) {
		snprintf(x->why, sizeof(x->why), "%s", why[0] ? why : e->configured_why);
		x->unknown = cost == -2;
	}
	return true;
}

static void gap_text(struct fragment_gap *g, enum gap_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void gap_text(struct fragment_gap *g, enum gap_state state, const char *fmt, ...)
{
	va_list ap;

	g->state = state;
	va_start(ap, fmt);
	vsnprintf(g->text, sizeof(g->text), fmt, ap);
	va_end(ap);
}

/* A cause outside of the configuration, as the thing to do. */
static void gap_remedy(struct fragment_gap *g, const struct feature_evidence *e)
{
	char text[200];

	g->feature = e->feature;
	g->cause = e->finding;
	if (e->finding == FINDING_SYSCTL && sysctl_remedy(e->live.cause_text, text, sizeof(text)))
		gap_text(g, GAP_REMEDY, "%s", text);
	else if (e->finding == FINDING_MODULE_NOT_LOADED && e->feature->module)
		gap_text(g, GAP_REMEDY, "modprobe %s", e->feature->module);
	else if (e->remedy[0])
		gap_text(g, GAP_REMEDY, "%s (%s)", e->remedy,
			 e->finding_text[0] ? e->finding_text : e->live.evidence);
	else
		gap_text(g, GAP_UNKNOWN, "%s", e->finding_text[0] ? e->finding_text : e->live.evidence);
}

static void close_gap(const struct probe_report *r, struct solver *s, struct fragment_gap *g, size_t tag)
{
	struct search x = { .r = r, .s = s, .tag = tag };
	char why[160], text[16];

	profile_alternatives(g->item, look_at, &x);
	if (x.remedy) {
		gap_remedy(g, x.remedy);
		return;
	}
	g->feature = x.best;
	if (x.best && solver_want(s, x.best, tag, true, &g->near, why, sizeof(why)) >= 0)
		g->state = GAP_CONFIG;
	else if (x.unknown)
		gap_text(g, GAP_UNKNOWN, "%s", x.why);
	else if (x.since == KVER_MAX)
		gap_text(g, GAP_IMPOSSIBLE, "no version of Linux that we know has it on %s", arch_of(r));
	else if (x.since)
		gap_text(g, GAP_IMPOSSIBLE, "needs Linux %s or newer%s%s%s%s", kver_format(x.since, text),
			 arch_of(r) ? " on " : "", arch_of(r) ? arch_of(r) : "", x.why[0] ? "; " : "", x.why);
	else
		gap_text(g, GAP_IMPOSSIBLE, "%s", x.why[0] ? x.why : "no setting brings it");
}

/* ---- all gaps -------------------------------------------------------------------------------- */

/* Musts first: what they bring is then there for the rest. */
static void collect(const struct probe_report *r, struct solver *s, struct fragment *f)
{
	for (enum profile_level l = LEVEL_MUST; l <= f->level; l++)
		for (const struct profile_item *i = f->profile->items; i->features; i++) {
			struct fragment_gap *g = &f->gaps[f->gap_count];

			if (i->level != l || f->gap_count == FRAGMENT_GAPS ||
			    profile_item_usable(i, r->evidence, r->count) == USABLE_YES)
				continue;
			g->item = i;
			close_gap(r, s, g, f->gap_count++);
		}
}

/*
 * A later line may have taken away what an earlier gap had for nothing: a default that holds while
 * NETFILTER_ADVANCED is off.
 */
static void hold_all(struct solver *s, struct fragment *f)
{
	bool changed = true;
	char why[160];
	bool near;

	for (int round = 0; changed && round < 4; round++) {
		changed = false;
		for (size_t i = 0; i < f->gap_count; i++) {
			struct fragment_gap *g = &f->gaps[i];

			if (g->state != GAP_CONFIG || solver_holds(s, g->feature))
				continue;
			changed = true;
			if (solver_want(s, g->feature, i, true, &near, why, sizeof(why)) < 0)
				gap_text(g, GAP_IMPOSSIBLE, "not together with the rest: %s", why);
			g->near |= near;
		}
	}
}

static void take_implied(const char *symbol, enum kconfig_tristate value, void *arg)
{
	struct fragment *f = arg;
	struct fragment_line *l = &f->implied[f->implied_count];

	if (f->implied_count == FRAGMENT_LINES)
		return;
	f->implied_count++;
	snprintf(l->symbol, sizeof(l->symbol), "%s", symbol);
	l->value = value;
}

static void take_lines(struct solver *s, struct fragment *f)
{
	const struct solver_request *q;
	size_t n = solver_requests(s, &q);

	for (size_t i = 0; i < n && f->line_count < FRAGMENT_LINES; i++) {
		struct fragment_line *l = &f->lines[f->line_count++];

		snprintf(l->symbol, sizeof(l->symbol), "%s", q[i].symbol);
		snprintf(l->needed_by, sizeof(l->needed_by), "%s", q[i].needed_by ? q[i].needed_by : "");
		l->value = q[i].value;
		l->gap = q[i].tag;
	}
}

int fragment_find(const struct probe_report *r, size_t n, enum profile_level level,
		  struct fragment **ret)
{
	struct fragment *f = calloc(1, sizeof(*f));
	struct solver *s = NULL;

	if (!f || solver_new(r->ctx.kconfig, r->ctx.version, kconfig_arch_of_machine(r->arch), &s)) {
		free(f);
		return -ENOMEM;
	}
	f->profile = r->profiles[n];
	f->level = level;
	collect(r, s, f);
	hold_all(s, f);
	solver_prune(s);
	take_lines(s, f);
	solver_implied(s, take_implied, f);
	solver_free(s);
	*ret = f;
	return 0;
}
