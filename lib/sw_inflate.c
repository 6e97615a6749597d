// SPDX-License-Identifier: GPL-2.0-only
#include "sw_inflate.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { CHUNK = 256 * 1024 };

enum sw_packing sw_packing_of(const void *data, size_t len)
{
	static const struct {
		unsigned char magic[6];
		size_t len;
		enum sw_packing packing;
	} rows[] = {
		{ { 0x1f, 0x8b }, 2, SW_PACKING_GZIP },				/* RFC 1952 */
		{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, SW_PACKING_XZ },		/* xz-file-format 2.1.1.1 */
		{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, SW_PACKING_ZSTD },		/* RFC 8878 3.1.1 */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (len >= rows[i].len && !memcmp(data, rows[i].magic, rows[i].len))
			return rows[i].packing;
	return SW_PACKING_NONE;
}

/* Room for one more chunk at the end of out, within max. Returns its size, 0 when none is left. */
static size_t room(struct sw_buf *out, size_t start, size_t max, int *ret_error)
{
	size_t used = out->len - start, want = CHUNK;

	*ret_error = 0;
	if (used > max) {
		*ret_error = -EFBIG;
		return 0;
	}
	/* One byte over the limit, so that "exactly max" and "more than max" differ. */
	if (want > max - used + 1)
		want = max - used + 1;
	if (sw_buf_reserve(out, want)) {
		*ret_error = -ENOMEM;
		return 0;
	}
	return want;
}

static void advance(struct sw_buf *out, size_t n)
{
	out->len += n;
	out->data[out->len] = 0;
}

static int inflate_gzip(const void *data, size_t len, struct sw_buf *out, size_t max,
			const char **ret_why)
{
	z_stream z = { .next_in = (unsigned char *)data, .avail_in = len };
	size_t start = out->len;
	int r, e = 0;

	*ret_why = "out of memory";
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	do {
		size_t n = room(out, start, max, &e);

		if (!n)
			break;
		z.next_out = (unsigned char *)out->data + out->len;
		z.avail_out = n;
		r = inflate(&z, Z_NO_FLUSH);
		advance(out, n - z.avail_out);
		if (r == Z_BUF_ERROR || (r == Z_OK && !z.avail_in && z.avail_out)) {
			*ret_why = "it ends too early";
			e = -EINVAL;
		} else if (r != Z_OK && r != Z_STREAM_END) {
			*ret_why = "its data is damaged";
			e = -EINVAL;
		}
	} while (!e && r != Z_STREAM_END);
	inflateEnd(&z);
	return e;
}

static int inflate_xz(const void *data, size_t len, struct sw_buf *out, size_t max,
		      const char **ret_why)
{
	lzma_stream x = LZMA_STREAM_INIT;
	size_t start = out->len;
	lzma_ret r;
	int e = 0;

	*ret_why = "out of memory";
	if (lzma_stream_decoder(&x, UINT64_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	x.next_in = data;
	x.avail_in = len;
	do {
		size_t n = room(out, start, max, &e);

		if (!n)
			break;
		x.next_out = (unsigned char *)out->data + out->len;
		x.avail_out = n;
		r = lzma_code(&x, LZMA_FINISH);
		advance(out, n - x.avail_out);
		if (r == LZMA_BUF_ERROR) {
			*ret_why = "it ends too early";
			e = -EINVAL;
		} else if (r != LZMA_OK && r != LZMA_STREAM_END) {
			*ret_why = "its data is damaged";
			e = -EINVAL;
		}
	} while (!e && r != LZMA_STREAM_END);
	lzma_end(&x);
	return e;
}

static int inflate_zstd(const void *data, size_t len, struct sw_buf *out, size_t max,
			const char **ret_why)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer in = { data, len, 0 };
	size_t start = out->len, r = 1;
	int e = 0;

	*ret_why = "out of memory";
	if (!z)
		return -ENOMEM;
	while (!e && r) {
		size_t n = room(out, start, max, &e);
		ZSTD_outBuffer o = { out->data ? out->data + out->len : NULL, n, 0 };

		if (!n)
			break;
		r = ZSTD_decompressStream(z, &o, &in);
		advance(out, o.pos);
		if (ZSTD_isError(r)) {
			*ret_why = ZSTD_getErrorName(r);
			e = -EINVAL;
		} else if (r && in.pos == in.size && o.pos < o.size) {
			*ret_why = "it ends too early";
			e = -EINVAL;
		}
	}
	ZSTD_freeDStream(z);
	return e;
}

int sw_inflate(const void *data, size_t len, struct sw_buf *out, size_t max, struct sw_error *err)
{
	static const char *const names[] = { "", "gzip", "xz", "zstd" };
	enum sw_packing packing = sw_packing_of(data, len);
	size_t start = out->len;
	const char *why = "";
	int r;

	switch (packing) {
	case SW_PACKING_GZIP:
		r = inflate_gzip(data, len, out, max, &why);
		break;
	case SW_PACKING_XZ:
		r = inflate_xz(data, len, out, max, &why);
		break;
	case SW_PACKING_ZSTD:
		r = inflate_zstd(data, len, out, max, &why);
		break;
	default:
		if (len > max)
			return sw_error(err, EFBIG, "unpack", "%zu bytes, more than %zu", len, max);
		sw_buf_add(out, data, len);
		return out->failed ? sw_error(err, ENOMEM, "unpack", "out of memory") : 0;
	}
	if (r == -EFBIG || (!r && out->len - start > max))
		return sw_error(err, EFBIG, "unpack", "%s data unpacks to more than %zu bytes",
				names[packing], max);
	return r ? sw_error(err, r, "unpack", "%s data: %s", names[packing], why) : 0;
}
