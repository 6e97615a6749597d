/* SPDX-License-Identifier: GPL-2.0-only */
/* IKCONFIG and the version banner out of kernel images. */
#ifndef KCONFIG_IMAGE_H
#define KCONFIG_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kconfig.h"
#include "sw_buf.h"

#ifndef IMAGE_UNPACKED_MAX	/* fuzzing wants a smaller one */
#define IMAGE_UNPACKED_MAX ((uint64_t)1 << 30)
#endif
#define IMAGE_BANNER_MAX 128
#define IMAGE_LABEL_MAX 96

struct image;

/* Looks for IKCONFIG and the banner in an uncompressed kernel that is fed piece by piece. */
struct image_scan {
	struct sw_buf keep;	/* what may still be part of a match */
	struct sw_buf config;	/* from behind IKCFG_ST on */
	bool in_config, has_config;
	bool sniffed;
	bool is_initramfs;
	bool nested;		/* an image that holds its kernel compressed: kept whole, then read */
	const char *kind, *arch;	/* by the magic numbers at the start; static, NULL: not known */
	const struct image *outer;	/* what it was found in, NULL: nothing */
	char release[IMAGE_BANNER_MAX];	/* "" while no banner was seen */
	size_t bytes;
};

/* Name of the kind of kernel image whose head this is ("bzImage", "ELF file", ...), or NULL. */
const char *image_sniff(const uint8_t *data, size_t len);
/* An unpack_sink: 0 to go on, 1 when all that can be had is there, -errno. */
int image_scan_feed(void *scan, const uint8_t *data, size_t len);
/*
 * The configuration that was found. -ENODATA for a kernel without, -ENOMSG where nothing looks like
 * a kernel, and as kconfig_parse().
 */
int image_scan_result(struct image_scan *scan, struct kconfig **ret, struct sw_error *err);
void image_scan_free(struct image_scan *scan);

/* A kernel image in memory, of any kind that image_sniff() knows or that a scan turns up. */
int image_load(const uint8_t *data, size_t len, struct kconfig **ret, struct sw_error *err);

#endif
