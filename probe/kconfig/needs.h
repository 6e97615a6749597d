/* SPDX-License-Identifier: GPL-2.0-only */
/* What has to be set before a symbol can be: its dependencies that are off. Pure. */
#ifndef KCONFIG_NEEDS_H
#define KCONFIG_NEEDS_H

#include "kconfig.h"

#define KCONFIG_NEEDS_MAX 12

struct kconfig_needs {
	struct {
		char name[80];
		bool off;	/* to be taken away: "depends on !X" */
	} item[KCONFIG_NEEDS_MAX];	/* in the order in which they go on offer, the symbol last; one
					 * that nobody can choose is not in it, but what turns it on */
	size_t count;
	bool complete;		/* false: a dependency is not known, or there were too many */
	char unknown[80];	/* the first symbol of which nothing is known, perhaps the one itself */
	uint32_t version;	/* another version whose declarations served; 0: of this very one */
};

/*
 * A symbol is off in a configuration: fill in what to set. A symbol that is on offer already is all
 * there is to set. Returns false, with nothing in ret, where it is known that no setting helps.
 */
bool kconfig_needs(const struct kconfig *kc, uint32_t ver, const char *symbol,
		   struct kconfig_needs *ret);

#endif
