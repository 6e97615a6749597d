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
};

struct profile {
	const char *id, *title, *summary;
	bool by_default;	/* judged when no profile is asked for */
	const struct profile_item *items;	/* ends with features NULL */
};

extern const struct profile profiles[];		/* ends with id NULL */
const struct profile *profile_find(const char *id);

enum verdict { VERDICT_READY, VERDICT_DEGRADED, VERDICT_NOT_READY, VERDICT_UNKNOWN };
const char *verdict_name(enum verdict v);	/* "ready", "degraded", "not-ready", "unknown" */

/* Call fn for each alternative of an item; stops when fn returns false. */
void profile_alternatives(const struct profile_item *item,
			  bool (*fn)(const char *id, void *arg), void *arg);

/*
 * The answer for one item, USABLE_*: yes if any alternative is, no if all are not. An alternative
 * that is not among the evidence counts as unknown.
 */
int profile_item_usable(const struct profile_item *item, const struct feature_evidence *evidence,
			size_t count);
/*
 * not-ready: a must is missing. degraded: every must is there, a should is missing. unknown: what
 * is known decides nothing yet. ready: every must and should is there.
 */
enum verdict profile_judge(const struct profile *p, const struct feature_evidence *evidence,
			   size_t count);
/* Exit status for one verdict; of several, the worst is 1, then 3, 2, 0. */
int verdict_status(enum verdict v);
int verdict_status_worse(int a, int b);

#endif
