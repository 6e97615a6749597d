// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: an expression, up to the first newline, over a configuration, the rest. Its version too
 * comes from the input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void count(const char *symbol, void *arg)
{
	if (!*symbol)
		abort();
	++*(size_t *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t len = nl ? (size_t)(nl - data) : size, symbols = 0;
	struct kconfig *kc = NULL;
	char *expr = malloc(len + 1), why[100];
	uint32_t version = KVER(6, 1);
	bool bad;

	memcpy(expr, data, len);
	expr[len] = 0;
	kver_parse(expr, &version);
	bad = kconfig_expr_symbols(expr, count, &symbols) != 0;
	if (nl)
		kconfig_parse((const char *)nl + 1, size - len - 1, &kc, NULL);
	for (size_t room = 0; room <= sizeof(why); room += sizeof(why) / 4) {
		char *exact = malloc(room ? room : 1);	/* so that one byte too many is seen */
		enum kconfig_state s = kconfig_eval(kc, version, expr, room ? exact : NULL, room);

		if (!kconfig_state_name(s) || (bad && s != KCONFIG_STATE_UNKNOWN))
			abort();
		if (room && !memchr(exact, 0, room))
			abort();
		free(exact);
	}
	kconfig_free(kc);
	free(expr);
	return 0;
}
