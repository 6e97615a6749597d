// SPDX-License-Identifier: GPL-2.0-only
/*
 * Declarations older than the oldest tree that is read (5.10), by hand. Where a symbol depends on
 * one that is always on today (EXPERIMENTAL, before 3.9), that is why it has a row here.
 * Sorted by name, then since.
 */
#include "decl.h"

#include "kconfig/kconfig.h"

const struct kconfig_decl kconfig_decls_old[] = {
	/* RESOURCE_COUNTERS went with 3.19, and with it this dependency. */
	{ "CGROUP_MEM_RES_CTLR", KVER3(2, 6, 32), KVER(3, 6), NULL, false, true, NULL,
	  "CGROUPS && RESOURCE_COUNTERS", NULL, false, "c255a458055e" },
	{ "MEMCG", KVER(3, 6), KVER(3, 19), NULL, false, true, NULL, "CGROUPS && RESOURCE_COUNTERS",
	  NULL, false, "c255a458055e, 5b1efc027c0b" },
};

const size_t kconfig_decl_old_count = sizeof(kconfig_decls_old) / sizeof(*kconfig_decls_old);
