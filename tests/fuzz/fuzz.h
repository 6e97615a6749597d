/* SPDX-License-Identifier: GPL-2.0-only */
/* What every target demands of a result, besides that the sanitizers are silent. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kconfig/kconfig.h"

/* Success with a configuration, or failure with none, an errno and words without control characters. */
static inline void fuzz_contract(int num, const struct kconfig *kc, const struct sw_error *err)
{
	if (num > 0 || (num == 0) != (kc != NULL) || (num == 0) != (err->msg[0] == 0))
		abort();
	if (num && err->num != -num)
		abort();
	for (const char *p = err->msg; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			abort();
}

/* Read everything that there is. */
static inline void fuzz_use(const struct kconfig *kc)
{
	const struct kconfig_info *info = kconfig_info(kc);
	size_t n = info->format ? strlen(info->format) : 0;

	n += info->release ? strlen(info->release) : 0;
	n += info->arch ? strlen(info->arch) : 0;
	for (size_t i = 0; i < info->problem_count; i++)
		n += strnlen(info->problems[i].what, sizeof(info->problems[i].what));
	for (size_t i = 0; i < kconfig_symbol_count; i++) {
		const char *text;
		char why[160];

		if (kconfig_get(kc, kconfig_symbols[i].name, &text) && !kconfig_mentions(kc, kconfig_symbols[i].name))
			abort();
		if (text)
			n += strlen(text);
		if (i % 16 == n % 16)
			kconfig_eval(kc, info->version, kconfig_symbols[i].name, why, sizeof(why));
	}
}

#endif
