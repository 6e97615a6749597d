/* SPDX-License-Identifier: GPL-2.0-only */
/* What each use needs of a kernel, as data, and the verdict on it. */
#ifndef PROFILE_H
#define PROFILE_H

#include "feature.h"

enum profile_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };
const char *profile_level_name(enum profile_level l);	/* "must", "should", "may" */

struct profile_item {
	enum profile_level level;
	const char *features;	/* alternatives: "cgroup.v1.memory|cgroup.v2.memory" */
	const char *impact;	/* what does not work without it, for someone who ships products */
	const char *source;	/* who asks for it: a document, a checker, a line of a program */
	/*
	 * Not a feature but a version: features is the word "linux>=3.10" then, for reports. Where
	 * the version is unknown, so is the answer.
	 */
	uint32_t since;
	bool x86_64;		/* a matter of x86-64 alone: others neither have nor need it */
	bool in_use;		/* a controller that is on the other version of cgroups will not do */
};

struct profile {
	const char *id, *title, *summary;
	bool by_default;	/* judged when no profile is asked for */
	const struct profile_item *items;	/* ends with features NULL */
	/*
	 * Its programs use one version of cgroups and never mix the two: of items that name both,
	 * all must hold on the same one. It is judged on the one that has more of them.
	 */
	bool one_cgroup_version;
	const char *note;	/* of a profile as it was judged; NULL: nothing to tell */
};

extern const struct profile profiles[];		/* ends with id NULL */
const struct profile *profile_find(const char *id);

enum verdict { VERDICT_READY, VERDICT_DEGRADED, VERDICT_NOT_READY, VERDICT_UNKNOWN };
const char *verdict_name(enum verdict v);	/* "ready", "degraded", "not-ready", "unknown" */

/* Call fn for each word of "a|b|c"; stops when fn returns false. NULL has no words. */
void profile_words(const char *words, bool (*fn)(const char *word, void *arg), void *arg);
/* Call fn for each alternative of an item; stops when fn returns false. */
void profile_alternatives(const struct profile_item *item,
			  bool (*fn)(const char *id, void *arg), void *arg);

/* The evidence of a feature, NULL if it is not among it. */
const struct feature_evidence *profile_evidence(const char *id, const struct feature_evidence *evidence,
						size_t count);
/*
 * The answer for one item, USABLE_*: yes if any alternative is, no if all are not. An alternative
 * that is not among the evidence counts as unknown.
 */
int profile_item_usable(const struct profile_item *item, const struct feature_evidence *evidence,
			size_t count);
/*
 * The conditions as the evidence makes them: of a profile that does not mix versions of cgroups only
 * those of the version that it is judged on, and none that the architecture has no use for. Lives as
 * long as the program.
 */
const struct profile *profile_as_judged(const struct profile *p,
					const struct feature_evidence *evidence, size_t count);
/*
 * not-ready: a must is missing. degraded: every must is there, a should is missing. unknown: what
 * is known decides nothing yet. ready: every must and should is there.
 */
enum verdict profile_judge(const struct profile *p, const struct feature_evidence *evidence,
			   size_t count);
/* Exit status for one verdict; of several, the worst is 1, then 3, 2, 0. */
int verdict_status(enum verdict v);
int verdict_status_worse(int a, int b);

/* Does the item name the feature? */
bool profile_item_names(const struct profile_item *item, const char *feature);

/*
 * Advice that conflicts: some uses want a setting, others, or advice on security in general, want
 * it otherwise. To be told when both sides are judged, with what to do.
 */
struct conflict {
	const char *id;
	const char *title;
	const char *symbols;		/* configuration symbols that tell where a kernel stands, or NULL */
	const char *sysctls;		/* files below /proc/sys that do, or NULL */
	const char *wants;		/* profiles, "docker|lxc" */
	const char *wants_what;		/* what they want, and why */
	const char *against;		/* profiles; NULL: advice on security in general */
	const char *against_what;
	const char *advice;
	/*
	 * Where this holds of the configuration (kconfig_eval()) the kernel follows the advice, and
	 * nobody needs to be told; NULL: no configuration settles it.
	 */
	const char *settled;
	uint32_t settled_since;		/* and the version is this or newer */
	const char *settled_layout;	/* and a running kernel's cgroups are so */
	const char *settled_empty;	/* or this symbol is an empty string */
	const char *source;
};
extern const struct conflict conflicts[];	/* ends with id NULL */
/* Is a profile of each side among those judged? */
bool conflict_applies(const struct conflict *c, const struct profile *const *judged, size_t count);

#endif
