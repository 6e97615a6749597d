// SPDX-License-Identifier: GPL-2.0-only
/* What is built in, and yet off unless the kernel is booted with a parameter: one symbol decides. */
#include "features/off_at_boot.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *id;
	uint32_t since, until;	/* the versions that have the symbol; until 0: no end */
	const char *symbol;
	bool off_if_set;	/* the symbol switches it off; otherwise it switches it on */
	const char *boot, *source;
} defaults[] = {
	{ "base.psi", KVER(4, 20), 0, "PSI_DEFAULT_DISABLED", true, "psi=1", "e0c274472d5d" },
	{ "cgroup.v2.pressure", KVER(4, 20), 0, "PSI_DEFAULT_DISABLED", true, "psi=1", "e0c274472d5d" },
	{ "cgroup.v1.memsw", KVER3(2, 6, 37), KVER(3, 6), "CGROUP_MEM_RES_CTLR_SWAP_ENABLED", false,
	  "swapaccount=1", "a42c390cfa0c" },
	{ "cgroup.v1.memsw", KVER(3, 6), KVER(5, 8), "MEMCG_SWAP_ENABLED", false, "swapaccount=1",
	  "2d1c498072de" },
	{ "cgroup.v2.swap", KVER(4, 5), KVER(5, 8), "MEMCG_SWAP_ENABLED", false, "swapaccount=1",
	  "2d1c498072de" },
	{ "cgroup.v1.cpu_rt", KVER(6, 16), 0, "RT_GROUP_SCHED_DEFAULT_DISABLED", true, "rt_group_sched=1",
	  "e34e0131fea1" },
};

bool off_by_symbol(const struct feature *f, const struct kconfig *kc, uint32_t version, char *boot,
		   size_t size)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		bool set = kconfig_get(kc, defaults[i].symbol, NULL) == KCONFIG_Y;

		if (strcmp(defaults[i].id, f->id) || version < defaults[i].since ||
		    (defaults[i].until && version >= defaults[i].until))
			continue;
		/* Not mentioned in a file that is cut short is not the same as off. */
		if (!kconfig_mentions(kc, defaults[i].symbol) || set != defaults[i].off_if_set)
			continue;
		snprintf(boot, size, "%s (CONFIG_%s %s)", defaults[i].boot, defaults[i].symbol,
			 set ? "is set" : "is not set");
		return true;
	}
	return false;
}
