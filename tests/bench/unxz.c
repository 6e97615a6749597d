// SPDX-License-Identifier: GPL-2.0-only
/*
 * For make bench: the least that reading .xz files takes, by the library that Seaworthy uses: each
 * file unpacked in memory by one call, and nothing done with what comes out.
 *   unxz FILE...
 */
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>

#define IN_MAX ((size_t)4 << 20)
#define OUT_MAX ((size_t)16 << 20)

int main(int argc, char **argv)
{
	static uint8_t in[IN_MAX], out[OUT_MAX];

	for (int i = 1; i < argc; i++) {
		size_t len, in_pos = 0, out_pos = 0;
		uint64_t memory = (uint64_t)256 << 20;
		FILE *f = fopen(argv[i], "re");

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		len = fread(in, 1, sizeof(in), f);
		fclose(f);
		if (lzma_stream_buffer_decode(&memory, 0, NULL, in, &in_pos, len, out, &out_pos, sizeof(out)) !=
		    LZMA_OK) {
			fprintf(stderr, "%s: not unpacked\n", argv[i]);
			return 1;
		}
	}
	return 0;
}
