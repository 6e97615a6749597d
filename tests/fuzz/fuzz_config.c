// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: the text of a configuration. */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };

	fuzz_contract(kconfig_parse((const char *)data, size, &kc, &err), kc, &err);
	if (kc)
		fuzz_use(kc);
	kconfig_free(kc);
	return 0;
}
