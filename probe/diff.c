// SPDX-License-Identifier: GPL-2.0-only
/* What changed between two sides. Pure. */
#include "diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sw_exit.h"

const char *diff_kind_name(enum diff_kind k)
{
	static const char *const names[] = { "lost", "gained", "unclear", "changed", "same" };

	return names[k];
}

static const char *value_in(const struct diff_symbol *list, const char *name)
{
	for (; list && list->name; list++)
		if (!strcmp(list->name, name))
			return list->value;
	return NULL;
}

static bool same_value(const char *a, const char *b)
{
	return !strcmp(a ? a : "n", b ? b : "n");
}

size_t diff_lines(const struct diff_row *row,
		  void (*fn)(const char *symbol, const char *a, const char *b, void *arg),
		  void *arg)
{
	size_t n = 0;

	/*
	 * Both sides list the symbols of the same rows; a result of another version may have more.
	 */
	for (const struct diff_symbol *s = row->sa; row->sb && s && s->name; s++) {
		const char *b = value_in(row->sb, s->name);

		if (same_value(s->value, b))
			continue;
		n++;
		if (fn)
			fn(s->name, s->value, b, arg);
	}
	return n;
}

const char *diff_line_text(const char *symbol, const char *value, char *out, size_t size)
{
	if (!value || !strcmp(value, "n"))
		snprintf(out, size, "CONFIG_%s is not %s", symbol, value ? "set" : "mentioned");
	else
		snprintf(out, size, "CONFIG_%s=%s", symbol, value);
	return out;
}

static enum diff_kind kind_of(const struct feature_evidence *a, const struct feature_evidence *b,
			      bool live)
{
	if (a->usable == USABLE_YES && b->usable == USABLE_NO)
		return DIFF_LOST;
	if (a->usable == USABLE_NO && b->usable == USABLE_YES)
		return DIFF_GAINED;
	if (a->usable != b->usable)
		return DIFF_UNCLEAR;
	if (a->configured != b->configured || (live && a->live.value != b->live.value))
		return DIFF_CHANGED;
	return DIFF_SAME;
}

static const struct feature_evidence *find(const struct diff_side *s, const struct feature *f,
					   size_t *ret_index)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->evidence[i].feature == f) {
			*ret_index = i;
			return &s->evidence[i];
		}
	return NULL;
}

bool diff_item(const struct diff *d, const struct profile_item *i, int *ret_a, int *ret_b)
{
	*ret_a = profile_item_usable(i, d->a.evidence, d->a.count);
	*ret_b = profile_item_usable(i, d->b.evidence, d->b.count);
	return *ret_a != *ret_b;
}

static int item_status(const struct diff *d, const struct profile_item *i)
{
	int a, b;

	if (i->level == LEVEL_MAY || !diff_item(d, i, &a, &b) || b == USABLE_YES)
		return SW_EXIT_OK;
	/*
	 * Not there, or not known to be there, and it was: worse. It was unknown: nobody can tell.
	 */
	if (a == USABLE_YES && b == USABLE_NO)
		return i->level == LEVEL_MUST ? SW_EXIT_FAIL : SW_EXIT_DEGRADED;
	return a == USABLE_NO ? SW_EXIT_OK : SW_EXIT_UNKNOWN;
}

static void judge(struct diff *d, const struct profile *p)
{
	struct diff_verdict *v = &d->verdicts[d->verdict_count];

	if (d->verdict_count >= sizeof(d->verdicts) / sizeof(*d->verdicts))
		return;
	d->verdict_count++;
	v->profile = p;
	v->a = profile_judge(p, d->a.evidence, d->a.count);
	v->b = profile_judge(p, d->b.evidence, d->b.count);
	for (const struct profile_item *i = p->items; i->features; i++)
		d->exit_status = verdict_status_worse(d->exit_status, item_status(d, i));
}

int diff_compare(const struct probe_options *o, struct diff *d)
{
	size_t j, ignored;

	d->rows = calloc(d->a.count + 1, sizeof(*d->rows));
	if (!d->rows)
		return -ENOMEM;
	for (size_t i = 0; i < d->a.count; i++) {
		const struct feature_evidence *a = &d->a.evidence[i],
					      *b = find(&d->b, a->feature, &j);
		enum diff_kind kind;

		if (!b) {
			d->only_a++;
			continue;
		}
		kind = kind_of(a, b, d->a.live && d->b.live);
		d->same += kind == DIFF_SAME;
		if (kind != DIFF_SAME)
			d->rows[d->row_count++] = (struct diff_row){ kind, a, b, d->a.symbols[i],
								     d->b.symbols[j] };
	}
	for (size_t i = 0; i < d->b.count; i++)
		d->only_b += !find(&d->a, d->b.evidence[i].feature, &ignored);
	for (size_t i = 0; i < o->profile_count; i++)
		judge(d, o->profiles[i]);
	for (const struct profile *p = profiles; !o->profile_count && p->id; p++)
		judge(d, p);
	return 0;
}

void diff_free(struct diff *d)
{
	free(d->rows);
	diff_side_free(&d->a);
	diff_side_free(&d->b);
	*d = (struct diff){ 0 };
}
