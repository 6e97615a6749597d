// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lzop format, in which kernels built with CONFIG_KERNEL_LZO come (many vendors' ARM kernels),
 * after the description of the stream in the kernel's Documentation/staging/lzo.rst.
 */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "unpack.h"

#define BLOCK_MAX ((size_t)64 << 20)	/* lzop's own limit; the kernel's build uses 256 KB */

enum {	/* flags of the header */
	ADLER32_D = 0x1, ADLER32_C = 0x2, EXTRA_FIELD = 0x40, CRC32_D = 0x100, CRC32_C = 0x200,
	FILTER = 0x800,
};

struct lzo {
	const uint8_t *p, *end;
	uint8_t *out;
	size_t len, max;
};

static bool take_byte(struct lzo *z, unsigned int *ret)
{
	if (z->p == z->end)
		return false;
	*ret = *z->p++;
	return true;
}

/* A length that did not fit into its field: each zero byte adds 255, the first other one ends it. */
static bool more_length(struct lzo *z, size_t *len)
{
	unsigned int b;

	do {
		if (!take_byte(z, &b) || *len > BLOCK_MAX)
			return false;
		*len += b ? b : 255;
	} while (!b);
	return true;
}

static bool literals(struct lzo *z, size_t n)
{
	if (n > (size_t)(z->end - z->p) || n > z->max - z->len)
		return false;
	while (n--)
		z->out[z->len++] = *z->p++;
	return true;
}

static bool match(struct lzo *z, size_t distance, size_t n)
{
	if (distance > z->len || n > z->max - z->len)
		return false;
	for (; n; n--, z->len++)
		z->out[z->len] = z->out[z->len - distance];	/* may overlap, on purpose */
	return true;
}

/*
 * One match whose first byte is op, then the zero to three literals that its last two bits tell.
 * @state: literals copied before: 0, 1 to 3, or 4 for a long run
 * Returns 0, 1 at the mark of the end, -EILSEQ.
 */
static int instruction(struct lzo *z, unsigned int op, unsigned int *state)
{
	unsigned int low, high, tail = op & 3;
	size_t n, distance;

	if (op >= 64) {
		n = op >= 128 ? 5 + (op >> 5 & 3) : 3 + (op >> 5 & 1);
		if (!take_byte(z, &high))
			return -EILSEQ;
		distance = ((size_t)high << 3) + (op >> 2 & 7) + 1;
	} else if (op >= 16) {
		unsigned int mask = op >= 32 ? 31 : 7;

		n = op & mask;
		if (!n) {
			n = mask;
			if (!more_length(z, &n))
				return -EILSEQ;
		}
		n += 2;
		if (!take_byte(z, &low) || !take_byte(z, &high))
			return -EILSEQ;
		tail = low & 3;
		distance = (high << 6) + (low >> 2);
		if (op < 32) {
			distance += (size_t)(op & 8) << 11;
			if (!distance)
				return 1;
			distance += 16384;
		} else {
			distance++;
		}
	} else {
		if (!take_byte(z, &high))
			return -EILSEQ;
		n = *state == 4 ? 3 : 2;
		distance = ((size_t)high << 2) + (op >> 2) + (*state == 4 ? 2049 : 1);
	}
	*state = tail;
	return match(z, distance, n) && literals(z, tail) ? 0 : -EILSEQ;
}

static int unpack_block(struct lzo *z)
{
	unsigned int op, state = 0;
	int ret = 0;

	if (z->p < z->end && *z->p > 17) {
		size_t n = *z->p++ - (size_t)17;

		if (!literals(z, n))
			return -EILSEQ;
		state = n < 4 ? (unsigned int)n : 4;
	}
	while (!ret) {
		size_t n;

		if (!take_byte(z, &op))
			return -EILSEQ;
		if (op >= 16 || state) {
			ret = instruction(z, op, &state);
			continue;
		}
		n = op;
		if (!n) {
			n = 15;
			if (!more_length(z, &n))
				return -EILSEQ;
		}
		if (!literals(z, n + 3))
			return -EILSEQ;
		state = 4;
	}
	return ret < 0 ? ret : 0;
}

/* ---- the container ------------------------------------------------------------------------- */

static bool take_be32(struct lzo *z, uint32_t *ret)
{
	if (z->end - z->p < 4)
		return false;
	*ret = (uint32_t)z->p[0] << 24 | (uint32_t)z->p[1] << 16 | (uint32_t)z->p[2] << 8 | z->p[3];
	z->p += 4;
	return true;
}

static bool skip(struct lzo *z, size_t n)
{
	if (n > (size_t)(z->end - z->p))
		return false;
	z->p += n;
	return true;
}

/* Up to the first block. Returns 0, 1 where the input ends, -EILSEQ. */
static int read_header(struct lzo *z, uint32_t *ret_flags)
{
	unsigned int version, method, name;
	uint32_t extra;

	if (z->end - z->p < 9 + 6 + 2)
		return 1;
	z->p += 9;	/* the magic number, known */
	version = (unsigned int)z->p[0] << 8 | z->p[1];
	method = z->p[6];
	z->p += 7 + (version >= 0x0940);	/* from there on with a level */
	if (version < 0x0900 || method < 1 || method > 3)
		return -EILSEQ;
	if (!take_be32(z, ret_flags))
		return 1;
	if ((*ret_flags & FILTER) && !skip(z, 4))
		return 1;
	if (!skip(z, 4 + 4 + (version >= 0x0940 ? 4 : 0)))	/* mode, time */
		return 1;
	if (!take_byte(z, &name) || !skip(z, name + (size_t)4))	/* name, checksum of the header */
		return 1;
	if ((*ret_flags & EXTRA_FIELD) && (!take_be32(z, &extra) || !skip(z, (size_t)extra + 4)))
		return 1;
	return 0;
}

/* One block into z->out. Returns 0 with z->len, 1 at the end of the stream, 2 where the input ends. */
static int read_block(struct lzo *z, uint32_t flags, uint32_t *ret_len)
{
	uint32_t packed, adler = 0, ignored;
	struct lzo block;
	int ret;

	if (!take_be32(z, ret_len))
		return 2;
	if (!*ret_len)
		return 1;
	if (*ret_len > BLOCK_MAX)
		return -EILSEQ;
	if (!take_be32(z, &packed) || ((flags & ADLER32_D) && !take_be32(z, &adler)) ||
	    ((flags & CRC32_D) && !take_be32(z, &ignored)))
		return 2;
	if (packed > *ret_len)
		return -EILSEQ;
	if (packed < *ret_len && (((flags & ADLER32_C) && !take_be32(z, &ignored)) ||
				  ((flags & CRC32_C) && !take_be32(z, &ignored))))
		return 2;
	block = (struct lzo){ z->p, z->p + packed, z->out, 0, *ret_len };
	if (!skip(z, packed))
		return 2;
	z->out = realloc(block.out, *ret_len);
	if (!z->out) {
		z->out = block.out;
		return -ENOMEM;
	}
	block.out = z->out;
	/* What would have grown is stored. */
	ret = packed == *ret_len ? (literals(&block, packed) ? 0 : -EILSEQ) : unpack_block(&block);
	if (!ret && (block.len != *ret_len || ((flags & ADLER32_D) &&
					       adler32(1, block.out, *ret_len) != adler)))
		ret = -EILSEQ;
	return ret;
}

int unpack_lzop(struct unpack *u, const uint8_t *data, size_t len)
{
	struct lzo z = { .p = data, .end = data + len };
	uint32_t flags = 0, n = 0;
	int ret = read_header(&z, &flags);

	if (ret == 1)
		ret = 2;
	while (!ret) {
		ret = read_block(&z, flags, &n);
		if (!ret) {
			ret = unpack_put(u, z.out, n);
			if (ret == 1) {
				free(z.out);
				return 1;
			}
		}
	}
	free(z.out);
	if (ret == 2) {
		u->truncated = true;
		return -EILSEQ;
	}
	return ret < 0 ? ret : 0;
}
