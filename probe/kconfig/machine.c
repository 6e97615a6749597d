// SPDX-License-Identifier: GPL-2.0-only
/* Machines as uname(2) names them, and architectures as the kernel's arch/ does. */
#include <string.h>

#include "kconfig.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *machine, *arch;
} machines[] = {
	{ "x86_64", "x86" }, { "i386", "x86" }, { "i486", "x86" }, { "i586", "x86" },
	{ "i686", "x86" }, { "aarch64", "arm64" }, { "aarch64_be", "arm64" },
	{ "ppc", "powerpc" }, { "ppc64", "powerpc" }, { "ppcle", "powerpc" }, { "ppc64le", "powerpc" },
	{ "mips", "mips" }, { "mips64", "mips" }, { "riscv64", "riscv" }, { "riscv32", "riscv" },
	{ "s390", "s390" }, { "s390x", "s390" }, { "loongarch64", "loongarch" },
	{ "loongarch32", "loongarch" }, { "sparc", "sparc" }, { "sparc64", "sparc" },
	{ "parisc", "parisc" }, { "parisc64", "parisc" },
};

static const char *in_table(const char *machine)
{
	for (size_t i = 0; i < LENGTH(machines); i++)
		if (!strcmp(machine, machines[i].machine))
			return machines[i].arch;
	return NULL;
}

const char *kconfig_arch_of_machine(const char *machine)
{
	const char *arch = machine && *machine ? in_table(machine) : NULL;

	if (arch || !machine || !*machine)
		return arch;
	return !strncmp(machine, "armv", 4) && strcmp(machine, "armv8l") ? "arm" :
	       !strcmp(machine, "armv8l") ? "arm64" : machine;
}

bool kconfig_arch_foreign(const char *arch, const char *machine)
{
	bool arm = machine && !strncmp(machine, "armv", 4);

	if (!arch || !machine || !(arm || in_table(machine)))
		return false;
	/* User-mode Linux has the machine of its host. */
	if (!strcmp(arch, "um"))
		return false;
	/* The 32-bit personality of arm64 says armv8l (arch/arm64 COMPAT_UTS_MACHINE). */
	if (!strncmp(machine, "armv8", 5) && (!strcmp(arch, "arm") || !strcmp(arch, "arm64")))
		return false;
	return strcmp(arch, kconfig_arch_of_machine(machine)) != 0;
}
