// SPDX-License-Identifier: GPL-2.0-only
/* Names of symbols, read eight bytes at a time, beside the reading of one byte after the other. */
#include <stdio.h>
#include <string.h>

#include "kconfig/internal.h"
#include "unit.h"

UNIT(kconfig_name_of_any_bytes)
{
	static const char letters[] = "NET_9_FILTERaz_XT_MATCH_CGROUP";
	size_t wrong = 0;

	/* Names of 0 to 20 characters, ended by each byte, with each byte behind it. */
	for (size_t len = 0; len <= 20; len++)
		for (unsigned int end = 0; end < 256; end++)
			for (unsigned int next = 0; next < 256; next += 5) {
				char text[48] = "";
				uint32_t hash;
				size_t n;

				memcpy(text, letters, len);
				text[len] = (char)end;
				text[len + 1] = (char)next;
				n = kconfig_name_hash(text, &hash);
				wrong += n != kconfig_name_len(text) || hash != kconfig_hash(text, n);
			}
	CHECK_INT(wrong, 0);
}

UNIT(kconfig_hash_tells_names_apart)
{
	uint32_t seen[4096];
	size_t same = 0;
	char name[32];

	/* Of real tables many names differ in one number; the table of slots takes the low bits. */
	for (unsigned int i = 0; i < 4096; i++) {
		snprintf(name, sizeof(name), "SENSORS_%u", i);
		seen[i] = kconfig_hash(name, strlen(name));
		for (unsigned int k = 0; k < i; k++)
			same += seen[k] == seen[i];
	}
	CHECK(same < 16);
	CHECK(kconfig_hash("A", 1) != kconfig_hash("A\0", 2));
}
