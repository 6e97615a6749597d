// SPDX-License-Identifier: GPL-2.0-only
#include "unpack.h"

#include <bzlib.h>
#include <errno.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK 65536
#define XZ_MEMORY_MAX ((uint64_t)256 << 20)	/* a kernel's xz -9 dictionary takes 65 MB */

static const struct {
	const char *name, *magic;
	size_t len;
} packings[] = {
	[PACKING_NONE] = { "none", NULL, 0 },
	[PACKING_GZIP] = { "gzip", "\x1f\x8b\x08", 3 },
	[PACKING_XZ] = { "xz", "\xfd" "7zXZ", 6 },	/* with its NUL */
	[PACKING_ZSTD] = { "zstd", "\x28\xb5\x2f\xfd", 4 },
	[PACKING_LZMA] = { "lzma", "\x5d\x00\x00", 3 },
	[PACKING_LZ4] = { "lz4", "\x02\x21\x4c\x18", 4 },
	[PACKING_LZO] = { "lzo", "\x89LZO\x00\r\n\x1a\n", 9 },
	[PACKING_BZIP2] = { "bzip2", "BZh", 3 },
	[PACKING_LZ4_FRAME] = { "lz4", "\x04\x22\x4d\x18", 4 },
};

const char *packing_name(enum packing p)
{
	return packings[p].name;
}

const uint8_t *packing_magic(enum packing p)
{
	return (const uint8_t *)packings[p].magic;
}

enum packing packing_sniff(const uint8_t *data, size_t len)
{
	for (enum packing p = PACKING_GZIP; p < PACKING_COUNT; p++)
		if (len > packings[p].len && !memcmp(data, packings[p].magic, packings[p].len))
			return p;
	return PACKING_NONE;
}

/* Hand a piece to the sink, within the limit. */
int unpack_put(struct unpack *u, const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	u->total += len;
	if (u->total > u->max)
		return -EFBIG;
	return u->sink(u->arg, data, len);
}

int unpack_cut_short(struct unpack *u)
{
	u->truncated = true;
	return -EILSEQ;
}

static int run_gzip(struct unpack *u, const uint8_t *data, size_t len, uint8_t *out)
{
	z_stream z = { 0 };
	int r, ret;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return -ENOMEM;
	z.next_in = (uint8_t *)data;
	do {
		size_t left = len - (size_t)(z.next_in - data);

		z.avail_in = left > UINT_MAX ? UINT_MAX : (uInt)left;
		z.next_out = out;
		z.avail_out = CHUNK;
		r = inflate(&z, Z_NO_FLUSH);
		ret = unpack_put(u, out, CHUNK - z.avail_out);
		left = len - (size_t)(z.next_in - data);
		/* gzip(1): members may follow one another. */
		if (r == Z_STREAM_END && !ret && packing_sniff(z.next_in, left) == PACKING_GZIP)
			r = inflateReset(&z);
	} while (r == Z_OK && !ret);
	inflateEnd(&z);
	if (ret || r == Z_STREAM_END)
		return ret;
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	return r == Z_BUF_ERROR ? unpack_cut_short(u) : -EILSEQ;
}

static int run_lzma(struct unpack *u, bool xz, const uint8_t *data, size_t len, uint8_t *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret r = xz ? lzma_stream_decoder(&z, XZ_MEMORY_MAX, 0) :
			  lzma_alone_decoder(&z, XZ_MEMORY_MAX);
	int ret = 0;

	if (r != LZMA_OK)
		return -ENOMEM;
	z.next_in = data;
	z.avail_in = len;
	while (r == LZMA_OK && !ret) {
		z.next_out = out;
		z.avail_out = CHUNK;
		r = lzma_code(&z, LZMA_RUN);
		ret = unpack_put(u, out, CHUNK - z.avail_out);
	}
	lzma_end(&z);
	if (ret || r == LZMA_STREAM_END)
		return ret;
	if (r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR)
		return -ENOMEM;
	return r == LZMA_BUF_ERROR ? unpack_cut_short(u) : -EILSEQ;
}

static int run_zstd(struct unpack *u, const uint8_t *data, size_t len, uint8_t *out)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = { data, len, 0 };
	size_t more = 1;
	int ret = 0;

	if (!z)
		return -ENOMEM;
	for (;;) {
		ZSTD_outBuffer o = { out, CHUNK, 0 };
		size_t before = in.pos;

		more = ZSTD_decompressStream(z, &o, &in);
		if (ZSTD_isError(more)) {
			ret = -EILSEQ;
			break;
		}
		ret = unpack_put(u, out, o.pos);
		if (ret)
			break;
		if (!more && packing_sniff(data + in.pos, len - in.pos) != PACKING_ZSTD)
			break;	/* the last frame: what follows is not ours */
		if (more && in.pos == before && !o.pos) {
			ret = unpack_cut_short(u);
			break;
		}
	}
	ZSTD_freeDStream(z);
	return ret;
}

static int run_bzip2(struct unpack *u, const uint8_t *data, size_t len, uint8_t *out)
{
	bz_stream z = { 0 };
	int r, ret;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return -ENOMEM;
	z.next_in = (char *)data;
	do {
		size_t left = len - (size_t)(z.next_in - (const char *)data);
		unsigned int before;

		z.avail_in = before = left > UINT_MAX ? UINT_MAX : (unsigned int)left;
		z.next_out = (char *)out;
		z.avail_out = CHUNK;
		r = BZ2_bzDecompress(&z);
		ret = unpack_put(u, out, CHUNK - z.avail_out);
		/* It has no error of its own for input that ends too early. */
		if (r == BZ_OK && !ret && z.avail_in == before && z.avail_out == CHUNK)
			ret = unpack_cut_short(u);
	} while (r == BZ_OK && !ret);
	BZ2_bzDecompressEnd(&z);
	if (ret || r == BZ_STREAM_END)
		return ret;
	return r == BZ_MEM_ERROR ? -ENOMEM : -EILSEQ;
}

int unpack_run(struct unpack *u, enum packing p, const uint8_t *data, size_t len)
{
	uint8_t *out;
	int ret;

	u->total = 0;
	u->truncated = false;
	if (p == PACKING_NONE)
		return -EOPNOTSUPP;
	if (p == PACKING_LZ4)
		return unpack_lz4_legacy(u, data, len);
	if (p == PACKING_LZ4_FRAME)
		return unpack_lz4_frame(u, data, len);
	if (p == PACKING_LZO)
		return unpack_lzop(u, data, len);
	out = malloc(CHUNK);
	if (!out)
		return -ENOMEM;
	if (p == PACKING_GZIP)
		ret = run_gzip(u, data, len, out);
	else if (p == PACKING_BZIP2)
		ret = run_bzip2(u, data, len, out);
	else if (p == PACKING_ZSTD)
		ret = run_zstd(u, data, len, out);
	else
		ret = run_lzma(u, p == PACKING_XZ, data, len, out);
	free(out);
	return ret;
}
