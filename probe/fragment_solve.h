/* SPDX-License-Identifier: GPL-2.0-only */
/* Which symbols to set so that features hold: the search behind `probe --fragment`. Pure. */
#ifndef FRAGMENT_SOLVE_H
#define FRAGMENT_SOLVE_H

#include "feature.h"

struct solver;

struct solver_request {
	const char *symbol;
	enum kconfig_tristate value;
	const char *needed_by;	/* NULL: the feature's own expression names it */
	size_t tag;		/* as given to solver_want() */
};

/*
 * @base: the configuration to begin with, NULL: nothing is set
 * @arch: as in the kernel's arch/, or NULL
 * Returns 0 or -ENOMEM; free with solver_free().
 */
int solver_new(const struct kconfig *base, uint32_t version, const char *arch, struct solver **ret);
void solver_free(struct solver *s);
/* Does the feature hold with what was requested so far? */
bool solver_holds(const struct solver *s, const struct feature *f);
/*
 * Request what makes the feature hold. Returns the number of requests that were added; or, having
 * changed nothing and with the reason in why, -1 where it cannot be had, -2 where that is not known.
 * @commit: false: only look what it would take
 * @near:   set where a declaration of another version had to serve
 */
int solver_want(struct solver *s, const struct feature *f, size_t tag, bool commit, bool *near,
		char *why, size_t size);
/*
 * Take away each request without which all committed features still hold, so that what remains
 * is what is needed.
 */
void solver_prune(struct solver *s);
size_t solver_requests(const struct solver *s, const struct solver_request **ret);
/* Call fn for each symbol that the requests bring with them, by a select or a default. */
void solver_implied(const struct solver *s,
		    void (*fn)(const char *symbol, enum kconfig_tristate value, void *arg), void *arg);

/* The expression that holds for a version; NULL with *ret_always set where none is needed. */
const char *solver_expr(const struct feature *f, uint32_t version, bool *ret_always);

#endif
