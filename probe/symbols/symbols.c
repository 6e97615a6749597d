// SPDX-License-Identifier: GPL-2.0-only
/* The history of Kconfig symbols, as data. */
#include <stdlib.h>
#include <string.h>

#include "kconfig/kconfig.h"

#define ALWAYS KVER_NONE
#define STILL KVER_MAX

const struct kconfig_symbol kconfig_symbols[] = {
	{ "CGROUPS", ALWAYS, STILL, NULL, false, "ddbcc7e8e50a (2.6.24), init/Kconfig" },
	{ "USER_NS", ALWAYS, STILL, NULL, false, "acce292c82d4 (2.6.23), init/Kconfig" },
};
const size_t kconfig_symbol_count = sizeof(kconfig_symbols) / sizeof(*kconfig_symbols);

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct kconfig_symbol *)row)->name);
}

const struct kconfig_symbol *kconfig_symbol_find(const char *name)
{
	return bsearch(name, kconfig_symbols, kconfig_symbol_count, sizeof(*kconfig_symbols), compare);
}
