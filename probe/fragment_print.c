// SPDX-License-Identifier: GPL-2.0-only
/* A fragment as text for merge_config and make, and as seaworthy.fragment/1. */
#include "fragment.h"

#include <stdio.h>
#include <string.h>

#include "sw_json.h"

static const char *const value_names[] = { "n", "m", "y" };

/* Comment lines of the text, without the line breaks that would end the comment. */
static void comment(struct sw_buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void comment(struct sw_buf *out, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	sw_buf_adds(out, "# ");
	sw_buf_adds(out, text);
	sw_buf_addc(out, '\n');
}

static const char *gap_id(const struct fragment_gap *g)
{
	return g->feature ? g->feature->id : g->item->features;
}

static void lines_of(const struct fragment *f, size_t gap, struct sw_buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < f->line_count; i++) {
		const struct fragment_line *l = &f->lines[i];

		if (l->gap != gap)
			continue;
		count++;
		if (l->needed_by[0])
			comment(out, "CONFIG_%s needs:", l->needed_by);
		if (l->value == KCONFIG_N)
			sw_buf_printf(out, "# CONFIG_%s is not set\n", l->symbol);
		else
			sw_buf_printf(out, "CONFIG_%s=%s\n", l->symbol, value_names[l->value]);
	}
	if (!count)
		comment(out, "(the other lines bring it)");
}

static void gap_lines(const struct fragment *f, size_t n, struct sw_buf *out)
{
	const struct fragment_gap *g = &f->gaps[n];

	comment(out, "%s (%s): without it, %s%s", gap_id(g), profile_level_name(g->item->level),
		g->item->impact, g->state == GAP_CONFIG && g->near ? " (*)" : "");
	switch (g->state) {
	case GAP_CONFIG:
		lines_of(f, n, out);
		break;
	case GAP_REMEDY:
		comment(out, "%s", g->text);
		break;
	case GAP_IMPOSSIBLE:
		comment(out, "NOT TO BE HAD: %s", g->text);
		break;
	case GAP_UNKNOWN:
		comment(out, "NOT KNOWN: %s", g->text);
		break;
	}
}

static const char *level_words(enum profile_level l)
{
	static const char *const words[] = { "must", "must and should", "must, should and may" };

	return words[l];
}

/* What was judged, so that a fragment that lies about can be told from another. */
static const char *subject(const struct probe_report *r, char *out, size_t size)
{
	if (r->kind == SUBJECT_RUNNING || !r->path)
		return "the running kernel";
	if (!strcmp(r->path, "-"))
		return "the configuration from standard input";
	snprintf(out, size, "%s %.500s", r->kind == SUBJECT_IMAGE ? "the kernel image" : "the configuration",
		 r->path);
	return out;
}

static bool any_near(const struct fragment *f)
{
	for (size_t i = 0; i < f->gap_count; i++)
		if (f->gaps[i].state == GAP_CONFIG && f->gaps[i].near)
			return true;
	return false;
}

void fragment_text(const struct probe_report *r, const struct fragment *f, struct sw_buf *out)
{
	char version[16], what[560];

	comment(out, "What %s lacks (%s) on %s%s%s%s: %s", f->profile->id, level_words(f->level),
		r->ctx.version ? "Linux " : "an unknown version of Linux",
		r->ctx.version ? kver_format(r->ctx.version, version) : "", r->arch[0] ? " " : "", r->arch,
		subject(r, what, sizeof(what)));
	if (!f->gap_count) {
		comment(out, "Nothing is missing.");
		return;
	}
	if (!r->ctx.kconfig)
		comment(out, "The configuration is not to be had: some lines may stand in it already.");
	else if (!kconfig_info(r->ctx.kconfig)->complete)
		comment(out, "This is not a full configuration: make olddefconfig of it first, then ask again.");
	if (any_near(f))
		comment(out, "(*) Not all dependencies are known for this version: seaworthy kernel "
			"verify-fragment tells.");
	for (size_t i = 0; i < f->gap_count; i++) {
		sw_buf_addc(out, '\n');
		gap_lines(f, i, out);
	}
}

static void json_gap(struct sw_json *j, const struct fragment *f, size_t n)
{
	const struct fragment_gap *g = &f->gaps[n];

	sw_json_object(j, NULL);
	sw_json_str(j, "features", g->item->features);
	sw_json_str(j, "feature", g->feature ? g->feature->id : NULL);
	sw_json_str(j, "level", profile_level_name(g->item->level));
	sw_json_str(j, "impact", g->item->impact);
	sw_json_str(j, "remedy", gap_state_name(g->state));
	sw_json_str(j, "cause", g->cause ? finding_type_name(g->cause) : NULL);
	sw_json_str(j, "text", g->text[0] ? g->text : NULL);
	sw_json_bool(j, "dependencies_exact", !g->near);
	sw_json_end(j, '}');
}

void fragment_json(const struct probe_report *r, const struct fragment *f, struct sw_buf *out)
{
	struct sw_json j = { .pretty = true };
	char version[16];

	sw_json_object(&j, NULL);
	sw_json_str(&j, "schema", "seaworthy.fragment/1");
	sw_json_object(&j, "tool");
	sw_json_str(&j, "name", "seaworthy");
	sw_json_str(&j, "version", SW_VERSION);
	sw_json_end(&j, '}');
	sw_json_object(&j, "subject");
	sw_json_str(&j, "release", r->ctx.release);
	sw_json_str(&j, "version", r->ctx.version ? kver_format(r->ctx.version, version) : NULL);
	sw_json_str(&j, "arch", r->arch[0] ? r->arch : NULL);
	sw_json_end(&j, '}');
	sw_json_str(&j, "profile", f->profile->id);
	sw_json_str(&j, "level", profile_level_name(f->level));
	sw_json_array(&j, "lines");
	for (size_t i = 0; i < f->line_count; i++) {
		const struct fragment_line *l = &f->lines[i];

		sw_json_object(&j, NULL);
		sw_json_str(&j, "symbol", l->symbol);
		sw_json_str(&j, "value", value_names[l->value]);
		sw_json_str(&j, "needed_by", l->needed_by[0] ? l->needed_by : NULL);
		sw_json_int(&j, "gap", (int64_t)l->gap);
		sw_json_end(&j, '}');
	}
	sw_json_end(&j, ']');
	sw_json_array(&j, "implied");
	for (size_t i = 0; i < f->implied_count; i++) {
		sw_json_object(&j, NULL);
		sw_json_str(&j, "symbol", f->implied[i].symbol);
		sw_json_str(&j, "value", value_names[f->implied[i].value]);
		sw_json_end(&j, '}');
	}
	sw_json_end(&j, ']');
	sw_json_array(&j, "gaps");
	for (size_t i = 0; i < f->gap_count; i++)
		json_gap(&j, f, i);
	sw_json_end(&j, ']');
	sw_json_end(&j, '}');
	*out = j.buf;
}
