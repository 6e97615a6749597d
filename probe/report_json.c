// SPDX-License-Identifier: GPL-2.0-only
/* seaworthy.probe/1 and seaworthy.features/1: see docs/results.md. */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "report_parts.h"
#include "sw_error.h"
#include "sw_json.h"

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static void tool(struct sw_json *j)
{
	sw_json_object(j, "tool");
	sw_json_str(j, "name", "seaworthy");
	sw_json_str(j, "version", SW_VERSION);
	sw_json_end(j, '}');
}

static void subject(struct sw_json *j, const struct probe_report *r)
{
	static const char *const kinds[] = { "running", "config", "image" };
	const struct kconfig_info *info = r->ctx.kconfig ? kconfig_info(r->ctx.kconfig) : NULL;
	char version[16];

	sw_json_object(j, "subject");
	sw_json_str(j, "kind", kinds[r->kind]);
	sw_json_str(j, "path", r->path);
	sw_json_str(j, "release", r->ctx.release);
	sw_json_str(j, "version", r->ctx.version ? kver_format(r->ctx.version, version) : NULL);
	sw_json_str(j, "arch", or_null(r->arch));
	sw_json_str(j, "config_source", info ? info->path : NULL);
	sw_json_str(j, "config_format", info ? info->format : NULL);
	if (info)
		sw_json_bool(j, "config_complete", info->complete);
	else
		sw_json_null(j, "config_complete");
	sw_json_array(j, "config_problems");
	for (size_t i = 0; info && i < info->problem_count; i++) {
		sw_json_object(j, NULL);
		sw_json_int(j, "line", info->problems[i].line);
		sw_json_str(j, "what", info->problems[i].what);
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
	sw_json_end(j, '}');
}

static void environment(struct sw_json *j, const struct probe_report *r)
{
	if (r->kind != SUBJECT_RUNNING) {
		sw_json_null(j, "environment");
		return;
	}
	sw_json_object(j, "environment");
	sw_json_int(j, "uid", r->uid);
	sw_json_str(j, "capabilities", or_null(r->capabilities));
	if (r->seccomp >= 0)
		sw_json_int(j, "seccomp", r->seccomp);
	else
		sw_json_null(j, "seccomp");
	sw_json_bool(j, "user_namespace", r->userns);
	sw_json_str(j, "cgroup_layout", r->cgroup_layout);
	sw_json_str(j, "cmdline", or_null(r->cmdline));
	sw_json_end(j, '}');
}

struct symbols {
	struct sw_json *j;
	const struct kconfig *kc;
};

/*
 * Its value as the configuration has it: y, m, n where it is "not set", null where not mentioned.
 */
static void symbol(const struct kconfig_symbol *known, void *arg)
{
	struct symbols *s = arg;
	const char *text = NULL;
	enum kconfig_tristate v = kconfig_get(s->kc, known->name, &text);

	sw_json_str(s->j, known->name, !kconfig_mentions(s->kc, known->name) ? NULL :
		    v == KCONFIG_Y ? "y" : v == KCONFIG_M ? "m" : text ? text : "n");
}

/* What the feature's expressions look at, whatever the version: --diff tells lines by it. */
static void symbols(struct sw_json *j, const struct kconfig *kc, const struct feature *f)
{
	struct symbols s = { .j = j, .kc = kc };

	sw_json_object(j, "symbols");
	if (kc)
		report_symbols(f, symbol, &s);
	sw_json_end(j, '}');
}

static void feature(struct sw_json *j, const struct kconfig *kc, const struct feature_evidence *e)
{
	const struct live *l = &e->live;

	sw_json_object(j, NULL);
	sw_json_str(j, "id", e->feature->id);
	sw_json_str(j, "title", e->feature->title);
	sw_json_str(j, "area", e->feature->area);
	sw_json_object(j, "configured");
	sw_json_str(j, "value", kconfig_state_name(e->configured));
	sw_json_str(j, "why", e->configured_why);
	symbols(j, kc, e->feature);
	sw_json_end(j, '}');
	sw_json_object(j, "live");
	sw_json_str(j, "value", live_value_name(l->value));
	sw_json_str(j, "errno", l->err ? sw_errno_name(l->err) : NULL);
	sw_json_str(j, "evidence", l->evidence);
	sw_json_str(j, "cause", l->cause ? finding_type_name(l->cause) : NULL);
	sw_json_str(j, "cause_text", l->cause ? l->cause_text : NULL);
	sw_json_end(j, '}');
	if (e->finding) {
		sw_json_object(j, "finding");
		sw_json_str(j, "type", finding_type_name(e->finding));
		sw_json_str(j, "text", e->finding_text);
		sw_json_end(j, '}');
	} else {
		sw_json_null(j, "finding");
	}
	sw_json_str(j, "remedy", or_null(e->remedy));
	sw_json_str(j, "usable", usable_name(e->usable));
	sw_json_end(j, '}');
}

static bool add_id(const char *id, void *arg)
{
	sw_json_str(arg, NULL, id);
	return true;
}

static void alternatives(struct sw_json *j, const struct profile_item *item)
{
	sw_json_array(j, "features");
	profile_alternatives(item, add_id, j);
	sw_json_end(j, ']');
}

static void judged_profile(struct sw_json *j, const struct probe_report *r, size_t n)
{
	const struct profile *p = r->profiles[n];

	sw_json_object(j, NULL);
	sw_json_str(j, "id", p->id);
	sw_json_str(j, "title", p->title);
	sw_json_str(j, "verdict", verdict_name(r->verdicts[n]));
	sw_json_array(j, "missing");
	for (const struct profile_item *i = p->items; i->features; i++) {
		int usable = profile_item_usable(i, r->evidence, r->count);

		if (usable == USABLE_YES)
			continue;
		sw_json_object(j, NULL);
		sw_json_str(j, "level", profile_level_name(i->level));
		alternatives(j, i);
		sw_json_str(j, "usable", usable_name(usable));
		sw_json_str(j, "impact", i->impact);
		sw_json_str(j, "source", i->source);
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
	sw_json_end(j, '}');
}

/* Uses that were not asked for, where every feature was looked at: the verdict alone. */
static void other_profiles(struct sw_json *j, const struct probe_report *r)
{
	sw_json_array(j, "other_profiles");
	for (const struct profile *p = profiles; r->whole && p->id; p++) {
		bool judged = false;

		for (size_t i = 0; i < r->profile_count; i++)
			judged |= !strcmp(r->profiles[i]->id, p->id);
		if (judged)
			continue;
		sw_json_object(j, NULL);
		sw_json_str(j, "id", p->id);
		sw_json_str(j, "title", p->title);
		sw_json_str(j, "verdict", verdict_name(profile_judge(p, r->evidence, r->count)));
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
}

static void words(struct sw_json *j, const char *key, const char *list)
{
	if (!list) {
		sw_json_null(j, key);
		return;
	}
	sw_json_array(j, key);
	profile_words(list, add_id, j);
	sw_json_end(j, ']');
}

static void conflict(struct sw_json *j, const struct probe_report *r, const struct conflict *c)
{
	struct sw_buf stand __sw_buf = SW_BUF_INIT;

	sw_json_object(j, NULL);
	sw_json_str(j, "id", c->id);
	sw_json_str(j, "title", c->title);
	report_stand(r, c, &stand);
	sw_json_str(j, "here", or_null(sw_buf_str(&stand)));
	words(j, "wanted_by", c->wants);
	sw_json_str(j, "wanted", c->wants_what);
	words(j, "unwanted_by", c->against);
	sw_json_str(j, "unwanted", c->against_what);
	sw_json_str(j, "advice", c->advice);
	sw_json_str(j, "source", c->source);
	sw_json_end(j, '}');
}

static void expressions(struct sw_json *j, const struct feature *f)
{
	char v[16];

	sw_json_array(j, "kconfig");
	for (size_t i = 0; i < sizeof(f->kconfig) / sizeof(*f->kconfig); i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!k->expr && !k->since)
			break;
		sw_json_object(j, NULL);
		sw_json_str(j, "since", k->since ? kver_format(k->since, v) : NULL);
		sw_json_str(j, "until", k->until ? kver_format(k->until, v) : NULL);
		sw_json_str(j, "expr", k->expr);
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
}

static void symbol_history(const struct kconfig_symbol *s, void *arg)
{
	struct sw_json *j = arg;
	char v[16];

	for (; s; s = kconfig_symbol_next(s)) {
		sw_json_object(j, NULL);
		sw_json_str(j, "symbol", s->name);
		sw_json_str(j, "since", s->since ? kver_format(s->since, v) : NULL);
		sw_json_str(j, "until", s->until == KVER_MAX ? NULL : kver_format(s->until, v));
		sw_json_str(j, "successor", s->successor);
		sw_json_bool(j, "always_on_after", s->always_on_after);
		sw_json_str(j, "source", s->source);
		sw_json_end(j, '}');
	}
}

/* --explain: what the row says, and who needs it. */
static void explain(struct sw_json *j, const struct feature *f)
{
	char v[16];

	sw_json_object(j, "explain");
	sw_json_str(j, "since", f->since ? kver_format(f->since, v) : NULL);
	sw_json_str(j, "source", f->commit);
	sw_json_str(j, "module", f->module);
	expressions(j, f);
	sw_json_array(j, "history");
	report_symbols(f, symbol_history, j);
	sw_json_end(j, ']');
	sw_json_array(j, "needed_by");
	for (const struct profile *p = profiles; p->id; p++)
		for (const struct profile_item *i = p->items; i->features; i++) {
			if (!profile_item_names(i, f->id))
				continue;
			sw_json_object(j, NULL);
			sw_json_str(j, "profile", p->id);
			sw_json_str(j, "level", profile_level_name(i->level));
			alternatives(j, i);
			sw_json_str(j, "impact", i->impact);
			sw_json_str(j, "source", i->source);
			sw_json_end(j, '}');
		}
	sw_json_end(j, ']');
	sw_json_end(j, '}');
}

void report_json_object(const struct probe_report *r, const char *key, struct sw_json *j)
{
	sw_json_object(j, key);
	sw_json_str(j, "schema", "seaworthy.probe/1");
	tool(j);
	subject(j, r);
	environment(j, r);
	sw_json_array(j, "features");
	for (size_t i = 0; i < r->count; i++)
		feature(j, r->ctx.kconfig, &r->evidence[i]);
	sw_json_end(j, ']');
	if (r->explain && r->count)
		explain(j, r->evidence[0].feature);
	sw_json_array(j, "profiles");
	for (size_t i = 0; i < r->profile_count; i++)
		judged_profile(j, r, i);
	sw_json_end(j, ']');
	other_profiles(j, r);
	sw_json_array(j, "conflicts");
	for (const struct conflict *c = conflicts; c->id; c++)
		if (conflict_applies(c, r->profiles, r->profile_count))
			conflict(j, r, c);
	sw_json_end(j, ']');
	sw_json_int(j, "exit_status", r->exit_status);
	sw_json_end(j, '}');
}

void report_json(const struct probe_report *r, struct sw_buf *out)
{
	struct sw_json j = { .pretty = true };

	report_json_object(r, NULL, &j);
	*out = j.buf;
}

static void row(struct sw_json *j, const struct feature *f)
{
	static const char *const risks[] = { "none", "transient", "intrusive" };
	char v[16];

	sw_json_object(j, NULL);
	sw_json_str(j, "id", f->id);
	sw_json_str(j, "title", f->title);
	sw_json_str(j, "area", f->area);
	sw_json_str(j, "since", f->since ? kver_format(f->since, v) : NULL);
	sw_json_str(j, "source", f->commit);
	expressions(j, f);
	sw_json_bool(j, "live", f->probe != NULL);
	sw_json_str(j, "module", f->module);
	sw_json_str(j, "risk", risks[f->risk]);
	sw_json_str(j, "remedy", f->remedy);
	sw_json_end(j, '}');
}

/* The history of Kconfig symbols, for tools that meet one which a tree has not (any more). */
static void symbol_rows(struct sw_json *j)
{
	char text[16];

	sw_json_array(j, "symbols");
	for (size_t i = 0; i < kconfig_symbol_count; i++) {
		const struct kconfig_symbol *s = &kconfig_symbols[i];

		sw_json_object(j, NULL);
		sw_json_str(j, "name", s->name);
		sw_json_str(j, "since", s->since ? kver_format(s->since, text) : NULL);
		sw_json_str(j, "until", s->until != KVER_MAX ? kver_format(s->until, text) : NULL);
		sw_json_str(j, "successor", s->successor);
		sw_json_bool(j, "always_on_after", s->always_on_after);
		sw_json_str(j, "source", s->source);
		sw_json_end(j, '}');
	}
	sw_json_end(j, ']');
}

void features_json(struct sw_buf *out)
{
	struct sw_json j = { .pretty = true };

	sw_json_object(&j, NULL);
	sw_json_str(&j, "schema", "seaworthy.features/1");
	tool(&j);
	sw_json_array(&j, "areas");
	for (const struct feature_area *const *a = feature_areas; *a; a++) {
		sw_json_object(&j, NULL);
		sw_json_str(&j, "name", (*a)->name);
		sw_json_str(&j, "title", (*a)->title);
		sw_json_end(&j, '}');
	}
	sw_json_end(&j, ']');
	sw_json_array(&j, "features");
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++)
			row(&j, &(*a)->rows[i]);
	sw_json_end(&j, ']');
	symbol_rows(&j);
	sw_json_array(&j, "profiles");
	for (const struct profile *p = profiles; p->id; p++) {
		sw_json_object(&j, NULL);
		sw_json_str(&j, "id", p->id);
		sw_json_str(&j, "title", p->title);
		sw_json_str(&j, "summary", p->summary);
		sw_json_bool(&j, "default", p->by_default);
		sw_json_array(&j, "items");
		for (const struct profile_item *i = p->items; i->features; i++) {
			sw_json_object(&j, NULL);
			sw_json_str(&j, "level", profile_level_name(i->level));
			alternatives(&j, i);
			sw_json_str(&j, "impact", i->impact);
			sw_json_str(&j, "source", i->source);
			sw_json_end(&j, '}');
		}
		sw_json_end(&j, ']');
		sw_json_end(&j, '}');
	}
	sw_json_end(&j, ']');
	sw_json_end(&j, '}');
	*out = j.buf;
}
