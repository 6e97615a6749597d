// SPDX-License-Identifier: GPL-2.0-only
/*
 * When an architecture got what a symbol needs, where that was later than the symbol itself.
 *
 * Sorted by symbol, then architecture (the unit test kconfig_arch_limits_sorted looks). From 5.10 on
 * the declarations (decl.h) know too, from the trees; a row here gives the version between two
 * trees, or an older one. "tree: 6.12" is where only the state of trees is known: then the row
 * says what is certain, that no version up to that one can have it. A manual page counts as a
 * source where it states the version.
 */
#include <string.h>

#include "kconfig/kconfig.h"

const struct kconfig_arch_limit kconfig_arch_limits[] = {
	{ "SECCOMP", "arm64", KVER(3, 19), "a1ae65b21941" },
	{ "SECCOMP", "riscv", KVER(5, 5), "5340627e3fe0" },
	{ "SECCOMP_FILTER", "arm", KVER(3, 8), "seccomp(2)" },
	{ "SECCOMP_FILTER", "arm64", KVER(3, 19), "a1ae65b21941, seccomp(2)" },
	{ "SECCOMP_FILTER", "mips", KVER(3, 16), "seccomp(2)" },
	{ "SECCOMP_FILTER", "parisc", KVER(4, 6), "seccomp(2)" },
	{ "SECCOMP_FILTER", "powerpc", KVER(4, 3), "seccomp(2)" },
	{ "SECCOMP_FILTER", "riscv", KVER(5, 5), "5340627e3fe0, seccomp(2)" },
	{ "SECCOMP_FILTER", "s390", KVER(3, 8), "seccomp(2)" },
	{ "TIME_NS", "arm", KVER(6, 13), "tree: 6.12 no, 7.2 yes" },
	{ "TIME_NS", "mips", KVER(6, 13), "tree: 6.12 no, 7.2 yes" },
	{ "TIME_NS", "powerpc", KVER(5, 11), "tree: 5.10 no, 6.1 yes" },
	{ "TIME_NS", "riscv", KVER(5, 11), "tree: 5.10 no, 6.1 yes" },
	{ "TIME_NS", "s390", KVER(5, 11), "tree: 5.10 no, 6.1 yes" },
};

const size_t kconfig_arch_limit_count = sizeof(kconfig_arch_limits) / sizeof(*kconfig_arch_limits);

const struct kconfig_arch_limit *kconfig_arch_limit_find(const char *symbol, const char *arch)
{
	for (size_t i = 0; arch && i < kconfig_arch_limit_count; i++) {
		const struct kconfig_arch_limit *l = &kconfig_arch_limits[i];

		if (!strcmp(l->symbol, symbol) && !strcmp(l->arch, arch))
			return l;
	}
	return NULL;
}
