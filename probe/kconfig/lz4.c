// SPDX-License-Identifier: GPL-2.0-only
/*
 * LZ4 in its two frames. The legacy one, which liblz4 has no reader for, is what kernels built
 * with CONFIG_KERNEL_LZ4 come in (`lz4 -l`; Debian's 5.10 and 6.1 cloud kernels do): lz4's
 * doc/lz4_Frame_format.md, "Legacy frame". The blocks in it are liblz4's.
 */
#include <errno.h>
#include <lz4.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "unpack.h"

#define BLOCK_MAX ((size_t)8 << 20)		/* what a block unpacks to; only the last one to less */
#define PACKED_MAX ((size_t)LZ4_COMPRESSBOUND(8 << 20))
#define FRAME_CHUNK ((size_t)65536)

static size_t le32(const uint8_t *p)
{
	return p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* One block at *p. Returns what unpack_put() does, -EILSEQ, or 2 behind the last block. */
static int legacy_block(struct unpack *u, const uint8_t **p, const uint8_t *end, uint8_t *out)
{
	size_t size;
	int n, ret;

	if (end - *p < 4)
		return unpack_cut_short(u);
	size = le32(*p);
	*p += 4;
	if (!size || size > PACKED_MAX)
		return -EILSEQ;
	if (size > (size_t)(end - *p))
		return unpack_cut_short(u);
	n = LZ4_decompress_safe((const char *)*p, (char *)out, (int)size, (int)BLOCK_MAX);
	if (n < 0)
		return -EILSEQ;
	*p += size;
	ret = unpack_put(u, out, (size_t)n);
	return !ret && (size_t)n < BLOCK_MAX ? 2 : ret;
}

/* Is this the magic number of one more legacy frame, as `cat a.lz4 b.lz4` makes them? */
static bool next_frame(const uint8_t **p, const uint8_t *end)
{
	if (packing_sniff(*p, (size_t)(end - *p)) != PACKING_LZ4)
		return false;
	*p += 4;
	return true;
}

int unpack_lz4_legacy(struct unpack *u, const uint8_t *data, size_t len)
{
	const uint8_t *p = data + 4, *end = data + len;
	uint8_t *out = malloc(BLOCK_MAX);
	int ret;

	if (!out)
		return -ENOMEM;
	do {
		ret = legacy_block(u, &p, end, out);
		/*
		 * Where the last block happens to be full, nothing marks the end: the file's, or the
		 * unpacked size that the kernel's build appends (size_append in scripts/Makefile.lib),
		 * which is more than a block can have.
		 */
		if (!ret && (end - p < 4 || !le32(p) || le32(p) > PACKED_MAX))
			ret = 2;
		if (ret == 2 && next_frame(&p, end))
			ret = 0;
	} while (!ret);
	free(out);
	return ret == 2 ? 0 : ret;
}

/* The current frame, which the kernel's build does not make but `lz4` does. */
int unpack_lz4_frame(struct unpack *u, const uint8_t *data, size_t len)
{
	const uint8_t *p = data, *end = data + len;
	uint8_t *out = malloc(FRAME_CHUNK);
	LZ4F_dctx *ctx = NULL;
	size_t want = 1;
	int ret = 0;

	if (!out || LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION))) {
		free(out);
		return -ENOMEM;
	}
	while (!ret && (want || packing_sniff(p, (size_t)(end - p)) == PACKING_LZ4_FRAME)) {
		size_t in = (size_t)(end - p), n = FRAME_CHUNK;

		want = LZ4F_decompress(ctx, out, &n, p, &in, NULL);
		if (LZ4F_isError(want)) {
			ret = -EILSEQ;
			break;
		}
		p += in;
		ret = unpack_put(u, out, n);
		if (!ret && want && !in && !n)
			ret = unpack_cut_short(u);
	}
	LZ4F_freeDecompressionContext(ctx);
	free(out);
	return ret;
}
