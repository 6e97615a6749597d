/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole-buffer decompression of what distributions wrap kernel files in. */
#ifndef SW_INFLATE_H
#define SW_INFLATE_H

#include "sw_buf.h"
#include "sw_error.h"

enum sw_packing { SW_PACKING_NONE, SW_PACKING_GZIP, SW_PACKING_XZ, SW_PACKING_ZSTD };

/* By the magic number at the start, never by the file's name. */
enum sw_packing sw_packing_of(const void *data, size_t len);

/*
 * Unpack data[0..len) by its magic number and append the result to out; what is not packed is
 * copied. @max: more output than that is -EFBIG. -EINVAL: damaged or cut short; err says which
 * format and what the library said. out may hold a part on failure.
 */
int sw_inflate(const void *data, size_t len, struct sw_buf *out, size_t max, struct sw_error *err);

#endif
