// SPDX-License-Identifier: GPL-2.0-only
/* What the renderings for people share: tones, columns, wrapping, and the head. */
#include "report_parts.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sw_error.h"
#include "sw_fd.h"

static const char *tone_on(const struct report_style *s, enum tone t)
{
	static const char *const codes[] = { "",	 "\033[32m", "\033[31m",
					     "\033[33m", "\033[2m",  "\033[1m" };

	return s->colour ? codes[t] : "";
}

static const char *tone_off(const struct report_style *s, enum tone t)
{
	return s->colour && t != TONE_PLAIN ? "\033[0m" : "";
}

void report_toned(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text)
{
	sw_buf_printf(out, "%s%s%s", tone_on(s, t), text, tone_off(s, t));
}

void report_pad(struct sw_buf *out, unsigned int n)
{
	while (n--)
		sw_buf_addc(out, ' ');
}

/* Columns that a text takes: bytes that continue a UTF-8 sequence take none. */
static unsigned int columns(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void report_column(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text,
		   unsigned int width)
{
	unsigned int len = columns(text, strlen(text));

	report_toned(out, s, t, text);
	report_pad(out, len < width ? width - len : 1);
}

/* Evidence may quote anything; a terminal gets no control characters from it. */
static void add_word(struct sw_buf *out, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sw_buf_addc(out, (unsigned char)word[i] < 0x20 || word[i] == 0x7f ? '?' : word[i]);
}

/* Words from column @at on, the following lines indented. No newline at the end. */
static void wrap(struct sw_buf *out, unsigned int width, unsigned int at, unsigned int indent,
		 const char *text)
{
	bool fresh = true;

	text += strspn(text, " ");
	while (*text) {
		size_t len = strcspn(text, " ");
		unsigned int wide = columns(text, len);

		if (!fresh && at + 1 + wide > width) {
			sw_buf_addc(out, '\n');
			report_pad(out, indent);
			at = indent;
		} else if (!fresh) {
			sw_buf_addc(out, ' ');
			at++;
		}
		add_word(out, text, len);
		at += wide;
		fresh = false;
		text += len;
		text += strspn(text, " ");
	}
}

void report_wrap(struct sw_buf *out, const struct report_style *style, unsigned int first,
		 unsigned int indent, const char *text)
{
	report_pad(out, first);
	wrap(out, style->width, first, indent, text);
	sw_buf_addc(out, '\n');
}

void report_para(struct sw_buf *out, const struct report_style *s, enum tone t, unsigned int indent,
		 const char *prefix, const char *text)
{
	unsigned int len = columns(prefix, strlen(prefix));
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	size_t cut = 0;

	if (s->width < 50 && indent > 2)
		indent = 2;
	report_pad(out, indent);
	sw_buf_adds(out, tone_on(s, t));
	if (indent + len + 24 <= s->width) {
		sw_buf_adds(out, prefix);
		wrap(out, s->width, indent + len, indent + len, text);
	} else {
		/* No room for a hanging column: the prefix is the first words of the text. */
		while (len && prefix[strlen(prefix) - 1 - cut] == ' ')
			cut++, len--;
		sw_buf_printf(
			&b, "%.*s%s %s", (int)(strlen(prefix) - cut), prefix,
			len && *text && isalnum((unsigned char)prefix[strlen(prefix) - 1 - cut])
				? ":"
				: "",
			text);
		wrap(out, s->width, indent, indent + 2, sw_buf_str(&b));
	}
	sw_buf_adds(out, tone_off(s, t));
	sw_buf_addc(out, '\n');
}

enum tone report_usable_tone(int usable)
{
	return usable == USABLE_YES ? TONE_GOOD : usable == USABLE_NO ? TONE_BAD : TONE_UNSURE;
}

const char *report_usable_mark(const struct report_style *s, int usable)
{
	if (s->utf8)
		return usable == USABLE_YES ? "✓" : usable == USABLE_NO ? "✗" : "?";
	return usable == USABLE_YES ? "+" : usable == USABLE_NO ? "-" : "?";
}

/* ---- the head: what was judged, by what, and what could not be seen ---------------------- */

static void head_config(const struct probe_report *r, const struct report_style *s,
			struct sw_buf *out)
{
	const struct kconfig_info *info = r->ctx.kconfig ? kconfig_info(r->ctx.kconfig) : NULL;
	struct sw_buf line __sw_buf = SW_BUF_INIT;

	if (!info) {
		report_para(out, s, TONE_UNSURE, 2, "configuration  ",
			   r->config_why && *r->config_why ? r->config_why : "none to be had");
		return;
	}
	sw_buf_printf(&line, "%s (%s, %zu symbols%s)", info->path ? info->path : "-", info->format,
		      info->symbols,
		      info->complete ? ""
				     : ", not a full configuration: what it does "
				       "not mention is unknown");
	if (info->source == KCONFIG_FROM_GUESS)
		sw_buf_adds(&line, ", which claims to be the running kernel's");
	if (info->passed)
		sw_buf_printf(&line, "; %s", info->passed);
	if (info->problem_count)
		sw_buf_printf(&line, "; %zu oddit%s in it, the first in line %u: %s",
			      info->problem_count, info->problem_count == 1 ? "y" : "ies",
			      info->problems[0].line, info->problems[0].what);
	report_para(out, s, TONE_PLAIN, 2, "configuration  ", sw_buf_str(&line));
}

/* Not root of the initial user namespace, or without CAP_SYS_ADMIN. */
static bool lacks_privilege(const struct probe_report *r)
{
	return r->uid || r->userns ||
	       (*r->capabilities && !(strtoull(r->capabilities, NULL, 16) >> 21 & 1));
}

void report_subject(const struct probe_report *r, struct sw_buf *out)
{
	sw_buf_printf(out, "%s%s%s%s", r->ctx.release ? "Linux " : "Linux of unknown version",
		      r->ctx.release ? r->ctx.release : "", *r->arch ? " on " : "", r->arch);
}

void report_head(const struct probe_report *r, const struct report_style *s, struct sw_buf *out)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	bool running = r->kind == SUBJECT_RUNNING;
	unsigned int have = (unsigned int)__builtin_popcountll(strtoull(r->capabilities, NULL, 16));

	report_subject(r, &line);
	sw_buf_adds(&line, running ? ", the running kernel" : "");
	report_para(out, s, TONE_HEAD, 0, "", sw_buf_str(&line));
	head_config(r, s, out);
	if (!running) {
		report_para(out, s, TONE_DIM, 2, "live           ",
			    "nothing tried: the subject is a file");
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
	report_para(out, s, TONE_PLAIN, 2, "seen from      ", sw_buf_str(&line));
	if (!r->live)
		report_para(out, s, TONE_UNSURE, 2, "live           ", "nothing tried (--no-live)");
	else if (lacks_privilege(r))
		report_para(out, s, TONE_UNSURE, 2, "note           ",
			    "without all that root may do some things cannot be tried; they are "
			    "marked ?");
	if (r->no_proc)
		report_para(out, s, TONE_UNSURE, 2, "note           ",
			   "/proc is not mounted here: what is read from it is unknown");
	if (r->no_sys)
		report_para(out, s, TONE_UNSURE, 2, "note           ",
			   "/sys is not mounted here: what is read from it is unknown");
}

/* ---- what is told about features, profiles and conflicts
 * ----------------------------------------- */

struct symbols_seen {
	void (*fn)(const struct kconfig_symbol *s, void *arg);
	void *arg;
	const struct kconfig_symbol *seen[64];
	size_t count;
};

static void once(const char *name, void *arg)
{
	struct symbols_seen *all = arg;
	const struct kconfig_symbol *s = kconfig_symbol_find(name);

	if (!s || all->count >= sizeof(all->seen) / sizeof(*all->seen))
		return;
	for (size_t i = 0; i < all->count; i++)
		if (all->seen[i] == s)
			return;
	all->seen[all->count++] = s;
	all->fn(s, all->arg);
}

void report_symbols(const struct feature *f, void (*fn)(const struct kconfig_symbol *s, void *arg), void *arg)
{
	struct symbols_seen all = { .fn = fn, .arg = arg };

	for (size_t i = 0; i < sizeof(f->kconfig) / sizeof(*f->kconfig); i++)
		if (f->kconfig[i].expr)
			kconfig_expr_symbols(f->kconfig[i].expr, once, &all);
}

const char *report_area_title(const struct feature *f)
{
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		if (!strcmp((*a)->name, f->area))
			return (*a)->title;
	return f->area;
}

static bool add_alternative(const char *id, void *arg)
{
	struct sw_buf *b = arg;

	if (b->len)
		sw_buf_adds(b, " or ");
	sw_buf_adds(b, id);
	return true;
}

void report_alternatives(const struct profile_item *item, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	profile_alternatives(item, add_alternative, &b);
	sw_buf_adds(out, sw_buf_str(&b));
}

struct stand {
	const struct probe_report *r;
	struct sw_buf *out;
};

static bool stand_symbol(const char *symbol, void *arg)
{
	struct stand *s = arg;
	const struct kconfig *kc = s->r->ctx.kconfig;
	const char *text = NULL, *sep = s->out->len ? ", " : "";
	enum kconfig_tristate v;

	if (!kc || !kconfig_mentions(kc, symbol))
		return true;
	v = kconfig_get(kc, symbol, &text);
	if (text)
		sw_buf_printf(s->out, "%sCONFIG_%s=%s", sep, symbol, text);
	else
		sw_buf_printf(s->out, v == KCONFIG_N ? "%sCONFIG_%s is not set" : "%sCONFIG_%s",
			      sep, symbol);
	return true;
}

static bool stand_sysctl(const char *path, void *arg)
{
	struct stand *s = arg;
	char file[128], value[80], *c;

	snprintf(file, sizeof(file), "/proc/sys/%s", path);
	if (sw_read_line(AT_FDCWD, file, value, sizeof(value)) < 0)
		return true;
	sw_buf_adds(s->out, s->out->len ? ", " : "");
	for (c = file + strlen("/proc/sys/"); *c; c++)
		sw_buf_addc(s->out, *c == '/' ? '.' : *c);
	sw_buf_printf(s->out, "=%s", value);
	return true;
}

void report_stand(const struct probe_report *r, const struct conflict *c, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	struct stand s = { r, &b };

	profile_words(c->symbols, stand_symbol, &s);
	if (r->kind == SUBJECT_RUNNING)
		profile_words(c->sysctls, stand_sysctl, &s);
	sw_buf_adds(out, sw_buf_str(&b));
}

struct mark {
	const struct probe_report *r;
	bool *marks;
};

static bool mark_one(const char *id, void *arg)
{
	struct mark *m = arg;
	const struct feature_evidence *e = profile_evidence(id, m->r->evidence, m->r->count);

	if (e)
		m->marks[e - m->r->evidence] = true;
	return true;
}

void report_in_the_way(const struct probe_report *r, enum profile_level lowest, bool *ret_marks)
{
	struct mark m = { r, ret_marks };

	for (size_t p = 0; p < r->profile_count; p++)
		for (const struct profile_item *i = r->profiles[p]->items; i->features; i++)
			if (i->level <= lowest &&
			    profile_item_usable(i, r->evidence, r->count) != USABLE_YES)
				profile_alternatives(i, mark_one, &m);
}

static bool add_word_of(const char *word, void *arg)
{
	struct sw_buf *b = arg;

	sw_buf_printf(b, "%s%s", b->len ? ", " : "", word);
	return true;
}

void report_side(const char *what, const char *who, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	profile_words(who, add_word_of, &b);
	sw_buf_printf(out, "%s (%s)", what, who ? sw_buf_str(&b) : "advice on security");
}
