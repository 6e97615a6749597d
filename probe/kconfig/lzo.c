// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container of lzop, in which kernels built with CONFIG_KERNEL_LZO come (many vendors' ARM
 * kernels). No library reads it: lib/decompress_unlzo.c in the kernel and lzop(1) do, each with
 * its own code. The blocks in it are liblzo2's.
 */
#include <errno.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "unpack.h"

#define BLOCK_MAX ((size_t)64 << 20)	/* lzop's own limit; the kernel's build uses 256 KB */

enum {	/* flags of the header */
	ADLER32_D = 0x1, ADLER32_C = 0x2, EXTRA_FIELD = 0x40, CRC32_D = 0x100, CRC32_C = 0x200,
	FILTER = 0x800,
};

struct lzop {
	const uint8_t *p, *end;
	uint32_t flags;
	uint8_t *out;
	size_t out_size;
};

static bool take_be32(struct lzop *z, uint32_t *ret)
{
	if (z->end - z->p < 4)
		return false;
	*ret = (uint32_t)z->p[0] << 24 | (uint32_t)z->p[1] << 16 | (uint32_t)z->p[2] << 8 | z->p[3];
	z->p += 4;
	return true;
}

static bool skip(struct lzop *z, size_t n)
{
	if (n > (size_t)(z->end - z->p))
		return false;
	z->p += n;
	return true;
}

/* Up to the first block. Returns 0, 1 where the input ends, -EILSEQ. */
static int read_header(struct lzop *z)
{
	unsigned int version, method;
	uint32_t extra;
	size_t name;

	if (z->end - z->p < 9 + 6 + 2)
		return 1;
	z->p += 9;	/* the magic number, known */
	version = (unsigned int)z->p[0] << 8 | z->p[1];
	method = z->p[6];
	z->p += 7 + (version >= 0x0940);	/* from there on with a level */
	if (version < 0x0900 || method < 1 || method > 3)
		return -EILSEQ;
	if (!take_be32(z, &z->flags))
		return 1;
	if (z->flags & FILTER)
		return -EILSEQ;		/* transforms the data; the kernel knows none either */
	if (!skip(z, 4 + 4 + (version >= 0x0940 ? 4 : 0)) || z->p == z->end)	/* mode, time */
		return 1;
	name = *z->p++;
	if (!skip(z, name + 4))		/* and the checksum of the header */
		return 1;
	if ((z->flags & EXTRA_FIELD) && (!take_be32(z, &extra) || !skip(z, (size_t)extra + 4)))
		return 1;
	return 0;
}

/* The bytes of one block, known to be there, into z->out. Returns 0 or -errno. */
static int unpack_block(struct lzop *z, const uint8_t *data, size_t packed, size_t len)
{
	lzo_uint n = len;

	if (len > z->out_size) {
		uint8_t *more = realloc(z->out, len);

		if (!more)
			return -ENOMEM;
		z->out = more;
		z->out_size = len;
	}
	if (packed == len) {	/* what would have grown is stored */
		memcpy(z->out, data, len);
		return 0;
	}
	return lzo1x_decompress_safe(data, packed, z->out, &n, NULL) == LZO_E_OK && n == len ? 0 : -EILSEQ;
}

/* One block into z->out. Returns 0 with its length, 1 at the end of the stream, 2 where the input ends. */
static int read_block(struct lzop *z, uint32_t *ret_len)
{
	uint32_t packed, adler = 0, crc = 0, ignored;
	const uint8_t *data;
	int ret;

	if (!take_be32(z, ret_len))
		return 2;
	if (!*ret_len)
		return 1;
	if (*ret_len > BLOCK_MAX)
		return -EILSEQ;
	if (!take_be32(z, &packed) || ((z->flags & ADLER32_D) && !take_be32(z, &adler)) ||
	    ((z->flags & CRC32_D) && !take_be32(z, &crc)))
		return 2;
	if (!packed || packed > *ret_len)
		return -EILSEQ;
	if (packed < *ret_len && (((z->flags & ADLER32_C) && !take_be32(z, &ignored)) ||
				  ((z->flags & CRC32_C) && !take_be32(z, &ignored))))
		return 2;
	data = z->p;
	if (!skip(z, packed))
		return 2;
	ret = unpack_block(z, data, packed, *ret_len);
	if (!ret && (z->flags & ADLER32_D) && adler32(1, z->out, *ret_len) != adler)
		ret = -EILSEQ;
	if (!ret && (z->flags & CRC32_D) && crc32(0, z->out, *ret_len) != crc)
		ret = -EILSEQ;
	return ret;
}

int unpack_lzop(struct unpack *u, const uint8_t *data, size_t len)
{
	struct lzop z = { .p = data, .end = data + len };
	uint32_t n = 0;
	int ret = read_header(&z);

	if (ret == 1)
		return unpack_cut_short(u);
	while (!ret) {
		ret = read_block(&z, &n);
		if (ret == 1) {
			ret = 0;
			break;
		}
		if (ret == 2)
			ret = unpack_cut_short(u);
		else if (!ret)
			ret = unpack_put(u, z.out, n);
	}
	free(z.out);
	return ret;
}
