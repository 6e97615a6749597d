// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: any file at all: compressed text, kernel images, boot loaders' formats. */
#include <stdint.h>

#include "fuzz.h"
#include "kconfig/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };

	fuzz_contract(kconfig_load_bytes(data, size, &kc, &err), kc, &err);
	if (kc)
		fuzz_use(kc);
	kconfig_free(kc);
	return 0;
}
