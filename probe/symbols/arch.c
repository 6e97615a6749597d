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
	{ "BPF_JIT", "arm", KVER(3, 4), "ddecdfcea0ae" },
	{ "BPF_JIT", "arm64", KVER(3, 18), "e54bcde3d69d" },
	{ "BPF_JIT", "mips", KVER(3, 16), "c6610de353da" },
	{ "BPF_JIT", "powerpc", KVER(3, 1), "0ca87f05ba8b" },
	{ "BPF_JIT", "riscv", KVER(5, 1), "2353ecc6f91f" },
	{ "BPF_JIT", "s390", KVER(3, 7), "c10302efe569" },
	{ "SECCOMP", "arm", KVER3(2, 6, 37), "70c70d97809c" },
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
	{ "TIME_NS", "arm64", KVER(5, 9), "9614cc576d76" },
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
