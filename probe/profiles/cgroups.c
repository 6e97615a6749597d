// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an item's alternatives come to on one kernel. runc, kubelet and systemd take one version of
 * cgroups as a whole; LXC alone can have controllers of both (cgfsng). So where a program does not
 * mix them a kernel needs one version that has all, not each controller on some version.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiles/profile.h"

enum cgroup_choice { CGROUPS_ANY, CGROUPS_V1, CGROUPS_V2, CGROUPS_CHOICES };

#define V1 "cgroup.v1."
#define V2 "cgroup.v2."

static bool names_both(const struct profile_item *i)
{
	bool v2 = strstr(i->features, V2) || profile_item_names(i, "cgroup.v2");

	return v2 && strstr(i->features, V1);
}

/* Does the alternative count where that version of cgroups is chosen? */
static bool counts_on(const char *id, enum cgroup_choice choice)
{
	if (choice == CGROUPS_V1)
		return strncmp(id, V2, strlen(V2)) && strcmp(id, "cgroup.v2");
	return choice != CGROUPS_V2 || strncmp(id, V1, strlen(V1));
}

struct tally {
	const struct profile_item *item;
	const struct feature_evidence *evidence;
	size_t count;
	enum cgroup_choice choice;
	int usable;
};

static bool tally_one(const char *id, void *arg)
{
	struct tally *t = arg;
	const struct feature_evidence *e;
	int usable;

	if (!counts_on(id, t->choice))
		return true;
	e = profile_evidence(id, t->evidence, t->count);
	usable = e ? (int)e->usable : USABLE_UNKNOWN;
	if (e && t->item->in_use && e->finding == FINDING_OTHER_HIERARCHY)
		usable = USABLE_NO;
	if (usable == USABLE_YES || t->usable == USABLE_YES)
		t->usable = USABLE_YES;
	else if (usable == USABLE_UNKNOWN)
		t->usable = USABLE_UNKNOWN;
	return t->usable != USABLE_YES;
}

static int usable_on(const struct profile_item *item, const struct feature_evidence *evidence,
		     size_t count, enum cgroup_choice choice)
{
	struct tally t = { item, evidence, count, names_both(item) ? choice : CGROUPS_ANY, USABLE_NO };

	if (item->since) {
		if (!count || !evidence[0].version)
			return USABLE_UNKNOWN;
		return evidence[0].version >= item->since ? USABLE_YES : USABLE_NO;
	}
	profile_alternatives(item, tally_one, &t);
	return t.usable;
}

/* What is missing, the worst first: musts that are, that may be, then the other levels. */
struct lack {
	size_t n[6];
};

static struct lack lack_on(const struct profile *p, const struct feature_evidence *evidence,
			   size_t count, enum cgroup_choice choice)
{
	struct lack l = { 0 };

	for (const struct profile_item *i = p->items; i->features; i++) {
		int usable = names_both(i) ? usable_on(i, evidence, count, choice) : USABLE_YES;

		if (usable != USABLE_YES)
			l.n[2 * i->level + (usable == USABLE_UNKNOWN)]++;
	}
	return l;
}

static int compare(const struct lack *a, const struct lack *b)
{
	for (size_t i = 0; i < sizeof(a->n) / sizeof(*a->n); i++)
		if (a->n[i] != b->n[i])
			return a->n[i] < b->n[i] ? -1 : 1;
	return 0;
}

static enum cgroup_choice choose(const struct profile *p, const struct feature_evidence *evidence,
				 size_t count)
{
	static const struct lack nothing;
	struct lack v1, v2;
	int order;

	if (!p->one_cgroup_version)
		return CGROUPS_ANY;
	v1 = lack_on(p, evidence, count, CGROUPS_V1);
	v2 = lack_on(p, evidence, count, CGROUPS_V2);
	order = compare(&v1, &v2);
	if (order)
		return order < 0 ? CGROUPS_V1 : CGROUPS_V2;
	if (!compare(&v1, &nothing))
		return CGROUPS_ANY;
	/* As bad on both: version 2 can have them all since its freezer came (5.2, 76f969e8948d). */
	return count && evidence[0].version && evidence[0].version < KVER(5, 2) ? CGROUPS_V1 :
										 CGROUPS_V2;
}

static bool foreign(const struct feature_evidence *evidence, size_t count)
{
	const char *arch = count ? evidence[0].arch : "";

	/* "x86" may be either (arch/x86). */
	return *arch && strcmp(arch, "x86_64") && strcmp(arch, "x86");
}

static const struct profile *owner(const struct profile_item *item)
{
	for (const struct profile *p = profiles; p->id; p++)
		for (const struct profile_item *i = p->items; i->features; i++)
			if (i == item)
				return p;
	return NULL;
}

int profile_item_usable(const struct profile_item *item, const struct feature_evidence *evidence,
			size_t count)
{
	enum cgroup_choice choice = CGROUPS_ANY;
	const struct profile *p;

	if (item->x86_64 && foreign(evidence, count))
		return USABLE_YES;
	if (names_both(item) && (p = owner(item)))
		choice = choose(p, evidence, count);
	return usable_on(item, evidence, count, choice);
}

/* ---- the profile as it was judged ---------------------------------------------------------- */

struct filter {
	enum cgroup_choice choice;
	char text[256];
	size_t len;
};

static bool filter_one(const char *id, void *arg)
{
	struct filter *f = arg;

	if (counts_on(id, f->choice))
		f->len += (size_t)snprintf(f->text + f->len, sizeof(f->text) - f->len, "%s%s",
					   f->len ? "|" : "", id);
	return f->len < sizeof(f->text);
}

static struct profile *make(const struct profile *p, enum cgroup_choice choice, bool is_foreign)
{
	static const char *const notes[CGROUPS_CHOICES] = {
		NULL,
		"judged on cgroup version 1: it takes one version for all, and 2 would do no better",
		"judged on cgroup version 2: it takes one version for all, and 1 would do no better",
	};
	struct profile_item *items, *to;
	struct profile *made;
	size_t n = 0;

	while (p->items[n].features)
		n++;
	made = malloc(sizeof(*made));
	items = calloc(n + 1, sizeof(*items));
	if (!made || !items) {
		free(made);
		free(items);
		return NULL;
	}
	*made = *p;
	made->items = to = items;
	made->one_cgroup_version = false;
	made->note = notes[choice];
	for (const struct profile_item *i = p->items; i->features; i++) {
		struct filter f = { .choice = choice };

		if (is_foreign && i->x86_64)
			continue;
		*to = *i;
		if (choice != CGROUPS_ANY && names_both(i)) {
			profile_alternatives(i, filter_one, &f);
			to->features = strdup(f.text);
			if (!to->features)
				to->features = i->features;
		}
		to++;
	}
	return made;
}

const struct profile *profile_as_judged(const struct profile *p,
					const struct feature_evidence *evidence, size_t count)
{
	enum { ROOM = 16 };
	static struct profile *made[ROOM][CGROUPS_CHOICES][2];
	enum cgroup_choice choice = choose(p, evidence, count);
	bool is_foreign = foreign(evidence, count), special = choice != CGROUPS_ANY;
	const struct profile *original = profile_find(p->id);
	struct profile **place;

	for (const struct profile_item *i = p->items; is_foreign && i->features; i++)
		special |= i->x86_64;
	if (!special || p != original || original - profiles >= ROOM)
		return p;
	place = &made[original - profiles][choice][is_foreign];
	if (!*place)
		*place = make(p, choice, is_foreign);
	return *place ? *place : p;
}
