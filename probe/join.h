/* SPDX-License-Identifier: GPL-2.0-only */
/* The pure part of the evidence: from configuration and live reading to finding and answer. */
#ifndef JOIN_H
#define JOIN_H

#include "feature.h"

/*
 * The column "configured": which expression holds for the version, and what it gives.
 * @kc:  NULL if there is no configuration
 * @why: at most size bytes
 */
enum kconfig_state feature_configured(const struct feature *f, const struct kconfig *kc,
				      uint32_t version, char *why, size_t size);

/*
 * The symbols that would have to be set, as words: "CONFIG_MEMCG=y and CONFIG_CGROUPS=y"; ""
 * where none is known to be missing.
 */
void feature_wanted_symbols(const struct feature *f, const struct kconfig *kc, uint32_t version,
			    char *out, size_t size);

/*
 * The first version, not before version, that can have the feature on this architecture: the later of
 * what the row says and of what its symbols need there. KVER_MAX: none that is known.
 * @arch: as in kconfig_info(), or NULL
 */
uint32_t feature_first_version(const struct feature *f, uint32_t version, const char *arch);

/*
 * Fill finding, finding_text, remedy and usable from e->configured and e->live.
 * @live: false when the subject is a file
 */
void feature_join(const struct probe_ctx *ctx, bool live, struct feature_evidence *e);

/*
 * What to set a sysctl to that forbids: cause as "user.max_user_namespaces=0". Returns false for a
 * sysctl that we have no answer for.
 */
bool sysctl_remedy(const char *cause, char *out, size_t size);

#endif
