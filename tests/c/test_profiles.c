// SPDX-License-Identifier: GPL-2.0-only
/* Profiles and conflicts as data, and how evidence is judged by them. */
#include <stdlib.h>
#include <string.h>

#include "profiles/profile.h"
#include "unit.h"

static bool known(const char *id, void *arg)
{
	const struct conflict *c = arg;

	unit_check(profile_find(id) != NULL, __FILE__, __LINE__, "%s names the profile %s", c->id,
		   id);
	return true;
}

UNIT(profiles_conflicts_are_whole)
{
	for (const struct conflict *c = conflicts; c->id; c++) {
		profile_words(c->wants, known, (void *)c);
		profile_words(c->against, known, (void *)c);
		CHECK(c->title && c->wants && c->wants_what && c->against_what && c->advice &&
		      c->source);
		/* A line of data, not prose without end; and something to look at. */
		CHECK(c->symbols || c->sysctls);
		for (const struct conflict *d = conflicts; d < c; d++)
			CHECK(strcmp(c->id, d->id));
	}
}

UNIT(profiles_items_are_unique)
{
	for (const struct profile *p = profiles; p->id; p++)
		for (const struct profile_item *i = p->items; i->features; i++)
			for (const struct profile_item *k = p->items; k < i; k++)
				unit_check(strcmp(i->features, k->features), __FILE__, __LINE__,
					   "%s lists %s twice", p->id, i->features);
}

UNIT(profiles_conflicts_apply_when_both_sides_are_judged)
{
	const struct profile *docker = profile_find("docker"), *lxc = profile_find("lxc"),
			     *rootless = profile_find("rootless");
	const struct profile *both[] = { docker, lxc }, *one[] = { docker }, *less[] = { rootless };
	const struct conflict *rt = NULL, *userns = NULL;

	for (const struct conflict *c = conflicts; c->id; c++) {
		if (!strcmp(c->id, "rt-group-sched"))
			rt = c;
		if (!strcmp(c->id, "user-namespaces"))
			userns = c;
	}
	CHECK(rt && userns);
	CHECK(conflict_applies(rt, both, 2));
	CHECK(!conflict_applies(rt, one, 1));
	CHECK(!conflict_applies(rt, both, 0));
	/* Advice on security in general needs no second profile. */
	CHECK(conflict_applies(userns, less, 1));
	CHECK(!conflict_applies(userns, one, 1));
}

/* Evidence in which every feature that a profile names has the same answer. */
static size_t all_of(const struct profile *p, int usable, struct feature_evidence *e, size_t size)
{
	size_t n = 0;

	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++)
			for (const struct profile_item *k = p->items; k->features; k++)
				if (profile_item_names(k, (*a)->rows[i].id) && n < size) {
					e[n] = (struct feature_evidence){ .feature =
										  &(*a)->rows[i] };
					e[n++].usable = usable;
					break;
				}
	return n;
}

UNIT(profiles_judge_made_evidence)
{
	enum { ROOM = 300 };
	struct feature_evidence *e = calloc(ROOM, sizeof(*e));

	CHECK(e);
	for (const struct profile *p = profiles; e && p->id; p++) {
		size_t n = all_of(p, USABLE_YES, e, ROOM);

		CHECK(n > 0 && n < ROOM);
		CHECK_INT(profile_judge(p, e, n), VERDICT_READY);
		CHECK_INT(profile_judge(p, e, 0), VERDICT_UNKNOWN);
		/* Take away one item with all its alternatives: the level decides. */
		for (const struct profile_item *i = p->items; i->features; i++) {
			enum verdict want = i->level == LEVEL_MUST     ? VERDICT_NOT_READY
					    : i->level == LEVEL_SHOULD ? VERDICT_DEGRADED
								       : VERDICT_READY;
			enum verdict v;

			for (size_t k = 0; k < n; k++)
				e[k].usable = profile_item_names(i, e[k].feature->id) ? USABLE_NO
										      : USABLE_YES;
			v = profile_judge(p, e, n);
			/* What is taken away may be an alternative that another, higher item needs
			 * too. */
			unit_check(v == want ||
					   (v == VERDICT_NOT_READY && want != VERDICT_NOT_READY) ||
					   (v == VERDICT_DEGRADED && want == VERDICT_READY),
				   __FILE__, __LINE__, "%s without %s: %s, not %s", p->id,
				   i->features, verdict_name(v), verdict_name(want));
		}
		n = all_of(p, USABLE_UNKNOWN, e, ROOM);
		CHECK_INT(profile_judge(p, e, n), VERDICT_UNKNOWN);
		n = all_of(p, USABLE_NO, e, ROOM);
		CHECK_INT(profile_judge(p, e, n), VERDICT_NOT_READY);
	}
	free(e);
}
