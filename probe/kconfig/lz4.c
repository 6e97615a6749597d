// SPDX-License-Identifier: GPL-2.0-only
/*
 * The legacy LZ4 frame, in which kernels built with CONFIG_KERNEL_LZ4 come (Debian's 5.10 and 6.1
 * cloud kernels do). The format is described in lz4's doc/lz4_Frame_format.md ("Legacy frame")
 * and doc/lz4_Block_format.md.
 */
#include <errno.h>
#include <stdlib.h>

#include "unpack.h"

#define BLOCK_MAX ((size_t)8 << 20)		/* what a block unpacks to at most */
#define PACKED_MAX (BLOCK_MAX + BLOCK_MAX / 255 + 16)
#define MIN_MATCH 4

struct reader {
	const uint8_t *p, *end;
};

/* A length whose first four bits are n: 15 means that more bytes follow. Returns -1 at the end. */
static long long read_length(struct reader *in, unsigned int n)
{
	long long len = n;
	uint8_t more = 255;

	if (n != 15)
		return len;
	while (more == 255) {
		if (in->p == in->end || len > (long long)BLOCK_MAX)
			return -1;
		more = *in->p++;
		len += more;
	}
	return len;
}

/* Returns the unpacked size, or -EILSEQ. */
static long long unpack_block(struct reader in, uint8_t *out)
{
	size_t o = 0;

	while (in.p < in.end) {
		unsigned int token = *in.p++, offset;
		long long len = read_length(&in, token >> 4);

		if (len < 0 || len > in.end - in.p || (size_t)len > BLOCK_MAX - o)
			return -EILSEQ;
		for (; len; len--)
			out[o++] = *in.p++;
		if (in.p == in.end)
			return (long long)o;	/* the last sequence has no match */
		if (in.end - in.p < 2)
			return -EILSEQ;
		offset = in.p[0] | (unsigned int)in.p[1] << 8;
		in.p += 2;
		len = read_length(&in, token & 15);
		if (len < 0 || !offset || offset > o || (size_t)len + MIN_MATCH > BLOCK_MAX - o)
			return -EILSEQ;
		for (len += MIN_MATCH; len; len--, o++)
			out[o] = out[o - offset];	/* may overlap, on purpose */
	}
	return -EILSEQ;
}

int unpack_lz4_legacy(struct unpack *u, const uint8_t *data, size_t len)
{
	struct reader in = { data + 4, data + len };
	uint8_t *out = malloc(BLOCK_MAX);
	int ret = out ? 0 : -ENOMEM;

	/* The last four bytes of a kernel's payload are its unpacked size, not a block. */
	for (int blocks = 0; !ret && (in.end - in.p > 4 || !blocks); blocks++) {
		struct reader block = in;
		size_t size;
		long long n;

		if (in.end - in.p < 4) {
			u->truncated = true;
			ret = -EILSEQ;
			break;
		}
		size = in.p[0] | (size_t)in.p[1] << 8 | (size_t)in.p[2] << 16 | (size_t)in.p[3] << 24;
		block.p = in.p + 4;
		if (!size || size > PACKED_MAX) {
			ret = blocks ? 0 : -EILSEQ;	/* something else begins here */
			break;
		}
		if (size > (size_t)(block.end - block.p)) {
			u->truncated = true;
			ret = -EILSEQ;
			break;
		}
		block.end = block.p + size;
		n = unpack_block(block, out);
		ret = n < 0 ? (int)n : unpack_put(u, out, (size_t)n);
		in.p = block.end;
	}
	free(out);
	return ret;
}
