/* SPDX-License-Identifier: GPL-2.0-only */
/* Decompression of what configurations and kernels come in, into a sink, with a limit. */
#ifndef KCONFIG_UNPACK_H
#define KCONFIG_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packing {
	PACKING_NONE,
	PACKING_GZIP,
	PACKING_XZ,
	PACKING_ZSTD,
	PACKING_LZMA,	/* the old .lzma format, as the kernel's build makes it */
	PACKING_LZ4,	/* the legacy frame, as the kernel's build makes it */
	PACKING_LZO,	/* in lzop's container */
	PACKING_BZIP2,
	PACKING_LZ4_FRAME,	/* the current frame, which lz4(1) makes */
	PACKING_COUNT
};
const char *packing_name(enum packing p);	/* "gzip", ... */
const uint8_t *packing_magic(enum packing p);	/* not for none */
/* By the magic number at data. */
enum packing packing_sniff(const uint8_t *data, size_t len);

/* Takes the next bytes. Returns 0 to go on, 1 when it has seen enough, -errno. */
typedef int unpack_sink(void *arg, const uint8_t *data, size_t len);

struct unpack {
	unpack_sink *sink;
	void *arg;
	uint64_t max;		/* -EFBIG beyond that many bytes */
	uint64_t total;		/* bytes put out so far */
	bool truncated;		/* -EILSEQ because the input ended too early */
};

/*
 * Unpack the stream at data; bytes behind its end are ignored, since kernels append some.
 * Returns 0 at the end of the stream, 1 when the sink had enough, or -errno: -EILSEQ for a
 * damaged or truncated stream, -EFBIG, -ENOMEM.
 */
int unpack_run(struct unpack *u, enum packing p, const uint8_t *data, size_t len);

/* Between unpack.c and the decoders in lz4.c and lzo.c. */
int unpack_put(struct unpack *u, const uint8_t *data, size_t len);
int unpack_cut_short(struct unpack *u);		/* -EILSEQ, and why */
int unpack_lz4_legacy(struct unpack *u, const uint8_t *data, size_t len);
int unpack_lz4_frame(struct unpack *u, const uint8_t *data, size_t len);
int unpack_lzop(struct unpack *u, const uint8_t *data, size_t len);

#endif
