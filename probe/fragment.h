/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remedies: what closes the gap between a kernel and a profile. The smallest Kconfig fragment
 * for its version and architecture, and, where the configuration is not what is missing, boot
 * parameters, sysctls and modules. docs/remedies.md says how lines are chosen.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "report.h"

/* One line of the fragment. */
struct fragment_line {
	char symbol[80];
	enum kconfig_tristate value;	/* KCONFIG_N: "# CONFIG_X is not set" */
	char needed_by[80];		/* the symbol that depends on it; "": the feature itself */
	size_t gap;			/* index of the gap that asked for it first */
};

enum gap_state {
	GAP_CONFIG,		/* the lines close it */
	GAP_REMEDY,		/* something other than the configuration closes it: text */
	GAP_IMPOSSIBLE,		/* nothing closes it on this kernel: text says why */
	GAP_UNKNOWN,		/* whether there is a gap could not be told: text */
};
const char *gap_state_name(enum gap_state s);	/* "configuration", "other", "impossible", "unknown" */

struct fragment_gap {			/* one thing that the profile needs and that is not there */
	const struct profile_item *item;
	const struct feature *feature;	/* the alternative that is chosen, NULL: none can be had */
	enum gap_state state;
	enum finding_type cause;	/* GAP_REMEDY */
	char text[400];
	bool near;	/* a declaration of another version was used, none of this one is known */
};

#define FRAGMENT_LINES 256
#define FRAGMENT_GAPS 128

struct fragment {
	const struct profile *profile;
	enum profile_level level;
	struct fragment_line lines[FRAGMENT_LINES];
	size_t line_count;
	struct fragment_line implied[FRAGMENT_LINES];	/* what olddefconfig sets because of the lines */
	size_t implied_count;
	struct fragment_gap gaps[FRAGMENT_GAPS];
	size_t gap_count;
};

/*
 * Find the remedies for r's profile number n, for what it needs at this level or a more urgent
 * one. Free *ret with free(). Returns 0 or -ENOMEM.
 */
int fragment_find(const struct probe_report *r, size_t n, enum profile_level level,
		  struct fragment **ret);
/* As text that merge_config and make take, and as seaworthy.fragment/1. */
void fragment_text(const struct probe_report *r, const struct fragment *f, struct sw_buf *out);
void fragment_json(const struct probe_report *r, const struct fragment *f, struct sw_buf *out);

#endif
