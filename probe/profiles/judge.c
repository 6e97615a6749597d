// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "profiles/profile.h"
#include "sw_exit.h"

const char *profile_level_name(enum profile_level l)
{
	return l == LEVEL_MUST ? "must" : l == LEVEL_SHOULD ? "should" : "may";
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = { "ready", "degraded", "not-ready", "unknown" };

	return names[v];
}

const struct profile *profile_find(const char *id)
{
	for (const struct profile *p = profiles; p->id; p++)
		if (!strcmp(p->id, id))
			return p;
	return NULL;
}

void profile_words(const char *words, bool (*fn)(const char *word, void *arg), void *arg)
{
	const char *p = words ? words : "";
	char word[64];

	while (*p) {
		size_t len = strcspn(p, "|");

		if (len >= sizeof(word))
			return;
		memcpy(word, p, len);
		word[len] = 0;
		if (!fn(word, arg))
			return;
		p += len + (p[len] == '|');
	}
}

void profile_alternatives(const struct profile_item *item,
			  bool (*fn)(const char *id, void *arg), void *arg)
{
	profile_words(item->features, fn, arg);
}

struct search {
	const char *word;
	bool found;
};

static bool search_one(const char *word, void *arg)
{
	struct search *s = arg;

	s->found |= !strcmp(word, s->word);
	return !s->found;
}

bool profile_item_names(const struct profile_item *item, const char *feature)
{
	size_t len = strlen(feature);

	for (const char *p = item->features; p && *p; p = strchr(p, '|'), p += p != NULL)
		if (!strncmp(p, feature, len) && (!p[len] || p[len] == '|'))
			return true;
	return false;
}

static bool any_judged(const char *words, const struct profile *const *judged, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct search s = { judged[i]->id, false };

		profile_words(words, search_one, &s);
		if (s.found)
			return true;
	}
	return false;
}

bool conflict_applies(const struct conflict *c, const struct profile *const *judged, size_t count)
{
	return any_judged(c->wants, judged, count) &&
	       (!c->against || any_judged(c->against, judged, count));
}

const struct feature_evidence *profile_evidence(const char *id, const struct feature_evidence *evidence,
						size_t count)
{
	const struct feature *f = feature_find(id);
	size_t at = 0;

	/* Mostly every row was looked at, in the order of the tables: then the place is known. */
	for (const struct feature_area *const *a = feature_areas; f && *a; a++) {
		if (f >= (*a)->rows && f < (*a)->rows + (*a)->count) {
			at += (size_t)(f - (*a)->rows);
			break;
		}
		at += (*a)->count;
	}
	if (f && at < count && evidence[at].feature == f)
		return &evidence[at];
	for (size_t i = 0; i < count; i++)
		if (f ? evidence[i].feature == f : !strcmp(evidence[i].feature->id, id))
			return &evidence[i];
	return NULL;
}

enum verdict profile_judge(const struct profile *p, const struct feature_evidence *evidence,
			   size_t count)
{
	bool must_no = false, must_unknown = false, should_no = false, should_unknown = false;

	p = profile_as_judged(p, evidence, count);
	for (const struct profile_item *i = p->items; i->features; i++) {
		int usable = profile_item_usable(i, evidence, count);

		if (i->level == LEVEL_MUST) {
			must_no |= usable == USABLE_NO;
			must_unknown |= usable == USABLE_UNKNOWN;
		} else if (i->level == LEVEL_SHOULD) {
			should_no |= usable == USABLE_NO;
			should_unknown |= usable == USABLE_UNKNOWN;
		}
	}
	if (must_no)
		return VERDICT_NOT_READY;
	if (must_unknown)
		return VERDICT_UNKNOWN;
	if (should_no)
		return VERDICT_DEGRADED;
	return should_unknown ? VERDICT_UNKNOWN : VERDICT_READY;
}

int verdict_status(enum verdict v)
{
	switch (v) {
	case VERDICT_READY:
		return SW_EXIT_OK;
	case VERDICT_DEGRADED:
		return SW_EXIT_DEGRADED;
	case VERDICT_NOT_READY:
		return SW_EXIT_FAIL;
	default:
		return SW_EXIT_UNKNOWN;
	}
}

int verdict_status_worse(int a, int b)
{
	static const int order[] = { SW_EXIT_FAIL, SW_EXIT_UNKNOWN, SW_EXIT_DEGRADED };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return SW_EXIT_OK;
}
