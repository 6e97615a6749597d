// SPDX-License-Identifier: GPL-2.0-only
/* Profiles and conflicts as data, and how evidence is judged by them. */
#include <stdio.h>
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

static void no_symbol(const char *symbol, void *arg)
{
	(void)symbol;
	(void)arg;
}

UNIT(profiles_conflicts_are_whole)
{
	for (const struct conflict *c = conflicts; c->id; c++) {
		profile_words(c->wants, known, (void *)c);
		profile_words(c->against, known, (void *)c);
		CHECK(c->title && c->wants && c->wants_what && c->against_what && c->advice &&
		      c->source);
		if (c->settled)
			CHECK_INT(kconfig_expr_symbols(c->settled, no_symbol, NULL), 0);
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
					e[n].version = KVER(6, 1);
					e[n++].usable = usable;
					break;
				}
	return n;
}

/* Evidence for a profile's every feature, all usable but those named. */
static size_t all_but(const struct profile *p, const char *lacks, struct feature_evidence *e, size_t size)
{
	size_t n = all_of(p, USABLE_YES, e, size);
	const struct profile_item lacking = { .features = lacks };

	for (size_t i = 0; i < n; i++)
		if (profile_item_names(&lacking, e[i].feature->id))
			e[i].usable = USABLE_NO;
	return n;
}

UNIT(profiles_do_not_mix_cgroup_versions)
{
	static const struct {
		const char *profile, *lacks;
		enum verdict want;
	} rows[] = {
		/* Linux 6.12 without CGROUP_BPF, MEMCG_V1 and CPUSETS_V1: neither version has all. */
		{ "kubernetes-node", "cgroup.v2.devices|cgroup.v1.memory|cgroup.v1.cpuset", VERDICT_NOT_READY },
		{ "docker", "cgroup.v2.devices|cgroup.v1.memory|cgroup.v1.cpuset", VERDICT_DEGRADED },
		{ "docker", "cgroup.v2.devices|cgroup.v1.devices", VERDICT_NOT_READY },
		{ "kubernetes-node", "cgroup.v2.devices|cgroup.v2.memory", VERDICT_READY },
		{ "kubernetes-node", "cgroup.v1.devices|cgroup.v1.memory", VERDICT_READY },
		/* LXC can have controllers of both. */
		{ "lxc", "cgroup.v2.devices|cgroup.v1.memory|cgroup.v1.cpuset", VERDICT_READY },
	};
	struct feature_evidence *e = calloc(300, sizeof(*e));

	CHECK(e);
	for (size_t i = 0; e && i < sizeof(rows) / sizeof(*rows); i++) {
		const struct profile *p = profile_find(rows[i].profile);
		size_t n = all_but(p, rows[i].lacks, e, 300), no = 0;
		const struct profile *judged = profile_as_judged(p, e, n);
		enum verdict v = profile_judge(p, e, n);

		unit_check(v == rows[i].want, __FILE__, __LINE__, "%s without %s: %s", p->id,
			   rows[i].lacks, verdict_name(v));
		/* The conditions as they were judged say the same, one by one. */
		CHECK_INT(profile_judge(judged, e, n), v);
		CHECK_STR(judged->id, p->id);
		for (const struct profile_item *k = judged->items; k->features; k++)
			no += k->level != LEVEL_MAY && profile_item_usable(k, e, n) == USABLE_NO;
		CHECK((no > 0) == (v != VERDICT_READY));
		no = 0;
		for (const struct profile_item *k = p->items; k->features; k++)
			no += k->level != LEVEL_MAY && profile_item_usable(k, e, n) == USABLE_NO;
		CHECK((no > 0) == (v != VERDICT_READY));
	}
	free(e);
}

UNIT(profiles_ask_for_versions)
{
	static const struct {
		const char *profile;
		uint32_t version;
		enum verdict want;
	} rows[] = {
		{ "docker", KVER(3, 9), VERDICT_NOT_READY }, { "docker", KVER(3, 10), VERDICT_READY },
		{ "docker", 0, VERDICT_UNKNOWN }, { "rootless", KVER(3, 7), VERDICT_NOT_READY },
		{ "rootless", KVER(3, 8), VERDICT_READY }, { "lxc", KVER(3, 2), VERDICT_READY },
	};
	struct feature_evidence *e = calloc(300, sizeof(*e));

	CHECK(e);
	for (size_t i = 0; e && i < sizeof(rows) / sizeof(*rows); i++) {
		const struct profile *p = profile_find(rows[i].profile);
		size_t n = all_of(p, USABLE_YES, e, 300);
		enum verdict v;

		for (size_t k = 0; k < n; k++)
			e[k].version = rows[i].version;
		v = profile_judge(p, e, n);
		unit_check(v == rows[i].want, __FILE__, __LINE__, "%s: row %zu: %s", p->id, i,
			   verdict_name(v));
	}
	free(e);
}

UNIT(profiles_know_what_only_one_architecture_has)
{
	static const char *const arches[] = { "x86_64", "arm64", "" };
	struct feature_evidence *e = calloc(300, sizeof(*e));
	const struct profile *p = profile_find("docker");
	size_t n;

	CHECK(e && p);
	n = all_but(p, "security.vsyscall", e, 300);
	for (size_t a = 0; a < 3; a++) {
		size_t no = 0;
		bool named = false;

		for (size_t i = 0; i < n; i++)
			snprintf(e[i].arch, sizeof(e[i].arch), "%s", arches[a]);
		for (const struct profile_item *k = p->items; k->features; k++)
			no += profile_item_usable(k, e, n) == USABLE_NO;
		for (const struct profile_item *k = profile_as_judged(p, e, n)->items; k->features; k++)
			named |= profile_item_names(k, "security.vsyscall");
		CHECK_INT(no, a != 1);
		CHECK_INT(named, a != 1);
	}
	free(e);
}

UNIT(profiles_see_which_cgroup_version_is_in_use)
{
	const struct profile *p = profile_find("kubernetes-node");
	struct feature_evidence *e = calloc(300, sizeof(*e));
	size_t n;

	CHECK(e && p);
	n = all_of(p, USABLE_YES, e, 300);
	for (size_t i = 0; i < n; i++)
		if (!strncmp(e[i].feature->id, "cgroup.v2.", 10)) {
			e[i].usable = USABLE_UNKNOWN;
			e[i].finding = FINDING_OTHER_HIERARCHY;
		}
	/* A hybrid machine: all are on version 1, which is enough but for the newest kubelet. */
	CHECK_INT(profile_judge(p, e, n), VERDICT_DEGRADED);
	free(e);
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

			for (size_t k = 0; k < n; k++) {
				e[k].usable = profile_item_names(i, e[k].feature->id) ? USABLE_NO
										      : USABLE_YES;
				e[k].version = i->since ? i->since - 1 : KVER(6, 1);
			}
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
