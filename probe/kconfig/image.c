// SPDX-License-Identifier: GPL-2.0-only
/* Kernel images: what kind they are, and where in them the kernel lies. */
#include "image_int.h"

#include <errno.h>
#include <stdio.h>

#include "sw_fd.h"

#define DEPTH_MAX 4	/* a zImage in a uImage in gzip; more is somebody's joke */

const char *image_of_linux(const struct image *im, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", im->label[0] ? im->label : "kernel image",
		 im->release[0] ? " of Linux " : "", im->release);
	return out;
}

int image_cut_short(const struct image *im, struct sw_error *err)
{
	char what[IMAGE_LABEL_MAX + IMAGE_BANNER_MAX + 16];

	return sw_error(err, EILSEQ, "scan", "this %s is cut short: its end is missing; fetch it "
			"again", image_of_linux(im, what, sizeof(what)));
}

int image_load_payload(const struct image *im, enum packing p, const uint8_t *data, size_t len,
		       struct kconfig **ret, struct sw_error *err)
{
	struct image_scan scan = { 0 };
	struct unpack u = { .sink = image_scan_feed, .arg = &scan, .max = IMAGE_UNPACKED_MAX };
	struct image bare = *im;
	char what[IMAGE_LABEL_MAX + IMAGE_BANNER_MAX + 16];
	int num;

	if (p == PACKING_NONE && image_sniff(data, len))
		return image_load_in(im, data, len, ret, err);
	if (p == PACKING_NONE) {
		bare.data = data;
		bare.len = len;
		bare.kind = NULL;
		return image_load_by_search(&bare, ret, err);
	}
	scan.outer = im;
	scan.arch = im->arch;
	memcpy(scan.release, im->release, sizeof(scan.release));
	num = unpack_run(&u, p, data, len);
	image_of_linux(im, what, sizeof(what));
	if (num == -EILSEQ && u.truncated)
		image_cut_short(im, err);
	else if (num < 0)
		sw_error(err, num, "unpack", "unpacking the %s data of this %s: %s", packing_name(p), what,
			 num == -EILSEQ ? "damaged" : sw_errno_text(num));
	else
		num = image_scan_result(&scan, ret, err);
	image_scan_free(&scan);
	return num;
}

/* Fill im->release with the text at offset, if a version stands there. */
static void read_release(struct image *im, size_t offset)
{
	const char *p = (const char *)im->data + offset;
	uint32_t ver;
	size_t n = 0;

	while (offset + n < im->len && n < IMAGE_BANNER_MAX - 1 && p[n] > ' ' && p[n] < 0x7f)
		n++;
	memcpy(im->release, p, n);
	im->release[n] = 0;
	if (kver_parse(im->release, &ver))
		im->release[0] = 0;
}

/*
 * Documentation/arch/x86/boot.rst: the kernel proper starts behind (setup_sects + 1) sectors;
 * payload_offset and payload_length came with boot protocol 2.08 (2.6.26).
 * Returns 1 when this is too old for that, so that the payload has to be searched for.
 */
static int load_bzimage(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	const uint8_t *d = im->data;
	size_t start = ((d[0x1f1] ? d[0x1f1] : 4) + (size_t)1) * 512, offset, length;

	if (image_le16(d + 0x20e) && image_le16(d + 0x20e) + (size_t)0x200 < im->len)
		read_release(im, image_le16(d + 0x20e) + (size_t)0x200);
	if (image_le16(d + 0x206) < 0x208)
		return 1;
	offset = start + image_le32(d + 0x248);
	length = image_le32(d + 0x24c);
	if (offset >= im->len || length > im->len - offset)
		return image_cut_short(im, err);
	return image_load_payload(im, packing_sniff(d + offset, length), d + offset, length, ret, err);
}

static int load_zboot(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	size_t offset = image_le32(im->data + 8), length = image_le32(im->data + 12);
	const uint8_t *d = im->data + offset;

	if (offset >= im->len || length > im->len - offset)
		return image_cut_short(im, err);
	return image_load_payload(im, packing_sniff(d, length), d, length, ret, err);
}

/* ---- how much there should be ------------------------------------------------------------------ */

/* ELF: the section headers stand at the end of what the linker writes. */
static uint64_t elf_size(const uint8_t *d, size_t len)
{
	bool big = d[5] == 2;	/* EI_DATA */

	if (len < 64 || big)
		return 0;
	if (d[4] == 2)	/* EI_CLASS: e_shoff, e_shentsize, e_shnum */
		return (image_le32(d + 40) | (uint64_t)image_le32(d + 44) << 32) + (uint64_t)image_le16(d + 58) * image_le16(d + 60);
	return (uint64_t)image_le32(d + 32) + (uint64_t)image_le16(d + 46) * image_le16(d + 48);
}

/* PE/COFF, which EFI stubs make of x86, arm64, RISC-V and LoongArch kernels: the last section. */
static uint64_t pe_size(const uint8_t *d, size_t len)
{
	size_t at = len < 64 ? len : image_le32(d + 0x3c), sections, table;
	uint64_t size = 0;

	if (at > len || len - at < 24 || memcmp(d + at, "PE\0\0", 4) != 0)
		return 0;
	sections = image_le16(d + at + 6);
	table = at + 24 + image_le16(d + at + 20);
	for (size_t i = 0; i < sections && table + 40 <= len; i++, table += 40) {
		uint64_t end = (uint64_t)image_le32(d + table + 16) + image_le32(d + table + 20);

		if (end > size)
			size = end;
	}
	return size;
}

bool image_is_cut_short(const struct image *im)
{
	const uint8_t *d = im->data;
	uint64_t size = 0;

	if (image_is(im, "ELF file"))
		size = elf_size(d, im->len);
	else if (image_is(im, "ARM zImage") && image_le32(d + 0x24) == 0x016f2818)
		size = image_le32(d + 0x2c) - image_le32(d + 0x28);	/* end - start */
	else if (image_is(im, "uImage"))
		size = 64 + (uint64_t)image_be32(d + 12);
	else if (image_is(im, "FIT image"))
		size = image_be32(d + 4);
	else if (image_is(im, "Android boot image"))
		size = image_le32(d + 8);	/* at least: its kernel */
	else if (im->kind && !memcmp(d, "MZ", 2))
		size = pe_size(d, im->len);
	return im->len < size;
}

/* ---- all kinds --------------------------------------------------------------------------------- */

static int load_kind(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	if (image_is(im, "bzImage"))
		return load_bzimage(im, ret, err);
	if (image_is(im, "EFI zboot image"))
		return load_zboot(im, ret, err);
	if (image_is(im, "uImage"))
		return image_load_uimage(im, ret, err);
	if (image_is(im, "Android boot image"))
		return image_load_android(im, ret, err);
	if (image_is(im, "FIT image"))
		return image_load_fit(im, ret, err);
	if (image_is(im, "initial RAM file system"))
		return image_is_initramfs(err);
	if (image_is(im, "Android vendor boot image"))
		return sw_error(err, ENOMSG, "scan", "an Android vendor boot image holds no kernel: give the "
				"boot image (boot.img) of the device");
	return 1;
}

void image_label(char out[IMAGE_LABEL_MAX], const char *outer, const char *kind)
{
	/* What an image is unpacked to is an ELF file or bare code: not worth a word. */
	bool bare = !kind || (*outer && !strcmp(kind, "ELF file"));

	if (bare || !*outer)
		snprintf(out, IMAGE_LABEL_MAX, "%s", bare ? outer : kind);
	else
		snprintf(out, IMAGE_LABEL_MAX, "%s in %s", kind, outer);
}

int image_load_in(const struct image *outer, const uint8_t *data, size_t len, struct kconfig **ret,
		  struct sw_error *err)
{
	struct image im = { .data = data, .len = len, .kind = image_sniff(data, len) };
	struct sw_error inner = { 0 };
	int num;

	if (outer) {
		im.depth = outer->depth + 1;
		im.arch = outer->arch;
		memcpy(im.release, outer->release, sizeof(im.release));
	}
	if (im.depth > DEPTH_MAX)
		return sw_error(err, EILSEQ, "scan", "images within images, deeper than any kernel is packed");
	if (im.kind) {
		const char *arch = image_head_arch(im.kind, data);

		im.arch = arch ? arch : im.arch;
	}
	image_label(im.label, outer ? outer->label : "", im.kind);
	num = load_kind(&im, ret, &inner);
	if (num == 1)
		return image_load_by_search(&im, ret, err);
	/* What was not found may have been in what is missing. The other kinds know their payload's size. */
	if (num < 0 && image_holds_image(im.kind) && image_is_cut_short(&im))
		return image_cut_short(&im, err);
	return num ? sw_error(err, num, inner.step, "%s", inner.msg) : 0;
}

int image_load(const uint8_t *data, size_t len, struct kconfig **ret, struct sw_error *err)
{
	return image_load_in(NULL, data, len, ret, err);
}
