/* SPDX-License-Identifier: GPL-2.0-only */
/* Between image.c, search.c and container.c: one image, or one part of it, at a time. */
#ifndef KCONFIG_IMAGE_INT_H
#define KCONFIG_IMAGE_INT_H

#include <string.h>

#include "image.h"
#include "unpack.h"

struct image {
	const uint8_t *data;
	size_t len;
	const char *kind;			/* static; NULL: not known */
	const char *arch;			/* as the image's header says, or NULL */
	char release[IMAGE_BANNER_MAX];		/* likewise; "" if it does not */
	char label[IMAGE_LABEL_MAX];		/* kind and what is round it: "ARM zImage in uImage" */
	int depth;				/* images round this one */
};

static inline uint32_t image_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t image_le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t image_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline bool image_is(const struct image *im, const char *kind)
{
	return im->kind && !strcmp(im->kind, kind);
}

/* "uImage of Linux 6.6.1" into out; returns out. */
const char *image_of_linux(const struct image *im, char *out, size_t size);
int image_cut_short(const struct image *im, struct sw_error *err);
/* Does the image's own header promise more than there is? Otherwise "not found" means nothing. */
bool image_is_cut_short(const struct image *im);

/* kind as it is called inside of outer ("" for nothing) */
void image_label(char out[IMAGE_LABEL_MAX], const char *outer, const char *kind);
/* The directory of arch/ for what the head of an image of that kind says, or NULL. */
const char *image_head_arch(const char *kind, const uint8_t *data);
/* Does that kind hold a kernel image with a header of its own, as boot loaders' formats do? */
bool image_holds_image(const char *kind);
/* image_load() of what was found in another image, or with outer NULL by itself. */
int image_load_in(const struct image *outer, const uint8_t *data, size_t len, struct kconfig **ret,
		  struct sw_error *err);

/*
 * The kernel of im is known to lie at data: compressed with p, or, where that is none, an image of
 * its own or bare code.
 */
int image_load_payload(const struct image *im, enum packing p, const uint8_t *data, size_t len,
		       struct kconfig **ret, struct sw_error *err);
/* Scan, then try everything in im that looks like a compressed stream. */
int image_load_by_search(const struct image *im, struct kconfig **ret, struct sw_error *err);

int image_is_initramfs(struct sw_error *err);	/* that error */

/* Formats of boot loaders. As image_load(), or 1: no such thing after all, so search. */
int image_load_uimage(struct image *im, struct kconfig **ret, struct sw_error *err);
int image_load_android(struct image *im, struct kconfig **ret, struct sw_error *err);
int image_load_fit(struct image *im, struct kconfig **ret, struct sw_error *err);

#endif
