// SPDX-License-Identifier: GPL-2.0-only
/* What boot loaders want kernels wrapped in: U-Boot's legacy and FIT images, Android's boot.img. */
#include <errno.h>
#include <libfdt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "image_int.h"

/* U-Boot's names of architectures (include/image.h and boot/image.c there) as in the kernel's arch/. */
static const struct { uint8_t number; const char *uboot, *arch; } archs[] = {
	{ 2, "arm", "arm" }, { 3, "x86", "x86" }, { 5, "mips", "mips" }, { 6, "mips64", "mips" },
	{ 7, "ppc", "powerpc" }, { 8, "s390", "s390" }, { 9, "sh", "sh" }, { 10, "sparc", "sparc" },
	{ 11, "sparc64", "sparc" }, { 12, "m68k", "m68k" }, { 14, "microblaze", "microblaze" },
	{ 15, "nios2", "nios2" }, { 16, "blackfin", "blackfin" }, { 17, "avr32", "avr32" },
	{ 21, "or1k", "openrisc" }, { 22, "arm64", "arm64" }, { 23, "arc", "arc" },
	{ 24, "x86_64", "x86" }, { 25, "xtensa", "xtensa" }, { 26, "riscv", "riscv" },
};

/* ---- U-Boot's legacy image --------------------------------------------------------------------- */

enum {	/* include/image.h of U-Boot */
	UIMAGE_HEADER = 64,
	UIMAGE_TYPE_KERNEL = 2, UIMAGE_TYPE_MULTI = 4, UIMAGE_TYPE_KERNEL_NOLOAD = 14,
};

/* The first of the parts of a multi-file image, which is the kernel: sizes up to a 0, then the parts. */
static bool first_part(const uint8_t **data, size_t *len)
{
	uint32_t first = *len >= 4 ? image_be32(*data) : 0;
	size_t at = 4;

	while (at + 4 <= *len && image_be32(*data + at - 4))
		at += 4;
	if (!first || image_be32(*data + at - 4))
		return false;
	*data += at;
	*len -= at;
	if (first < *len)
		*len = first;
	return true;
}

/* The magic number of the data decides; the header's field where that has none of its own. */
static enum packing uimage_packing(unsigned int comp, const uint8_t *data, size_t len)
{
	enum packing p = packing_sniff(data, len);

	return p == PACKING_NONE && comp == 3 ? PACKING_LZMA : p;
}

int image_load_uimage(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	static const struct { uint8_t type; const char *what; } others[] = {
		{ 3, "an initial RAM disk" }, { 5, "firmware" }, { 6, "a script" },
		{ 7, "a file system" }, { 8, "a device tree" },
	};
	const uint8_t *d = im->data, *data = d + UIMAGE_HEADER;
	uint32_t size = image_be32(d + 12), crc = image_be32(d + 24);
	unsigned int type = d[30];
	size_t len = im->len - UIMAGE_HEADER, whole;
	struct sw_error inner = { 0 };
	int num;

	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++)
		if (archs[i].number == d[29])
			im->arch = archs[i].arch;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i].type == type)
			return sw_error(err, ENOMSG, "scan", "this uImage holds %s, not a kernel", others[i].what);
	if (type != UIMAGE_TYPE_KERNEL && type != UIMAGE_TYPE_MULTI && type != UIMAGE_TYPE_KERNEL_NOLOAD)
		return 1;
	if (size < len)
		len = size;
	whole = len;
	if (type == UIMAGE_TYPE_MULTI && !first_part(&data, &len))
		return 1;
	num = image_load_payload(im, uimage_packing(d[31], data, len), data, len, ret, &inner);
	/* A configuration has a checksum of its own; only where there is none does this one matter. */
	if (num && whole == size && crc32(0, d + UIMAGE_HEADER, (uInt)whole) != crc)
		return sw_error(err, EILSEQ, "unpack", "this uImage is damaged: the checksum of its data is "
				"not the one in its header; fetch it again");
	return num ? sw_error(err, num, inner.step, "%s", inner.msg) : 0;
}

/* ---- Android's boot.img ------------------------------------------------------------------------ */

/*
 * system/tools/mkbootimg/include/bootimg/bootimg.h: the kernel starts on the second page. Since
 * version 3 pages have 4096 bytes. What is the version's field was one of vendors' own before there
 * were versions (Qualcomm's size of device trees), so a large number means 0.
 */
int image_load_android(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	static const uint8_t mediatek[] = { 0x88, 0x16, 0x88, 0x58 };	/* a header of 512 bytes */
	const uint8_t *d = im->data;
	uint32_t size = image_le32(d + 8), page = image_le32(d + 36), version = image_le32(d + 40);

	if (version == 3 || version == 4)
		page = 4096;
	if (!size)
		return sw_error(err, ENODATA, "scan", "this Android boot image has no kernel in it (an "
				"init_boot or a recovery image?): give the boot image of the device");
	if (page < 2048 || page > 1 << 20 || (page & (page - 1)))
		return 1;
	if (page >= im->len)
		return image_cut_short(im, err);
	d += page;
	if (size > im->len - page)
		size = (uint32_t)(im->len - page);
	if (size > 512 && !memcmp(d, mediatek, sizeof(mediatek))) {
		d += 512;
		size -= 512;
	}
	return image_load_payload(im, packing_sniff(d, size), d, size, ret, err);
}

/* ---- U-Boot's flattened image tree ------------------------------------------------------------- */

static uint32_t fit_number(const void *fdt, int node, const char *name, uint32_t otherwise)
{
	int len;
	const void *p = fdt_getprop(fdt, node, name, &len);

	return p && len == 4 ? image_be32(p) : otherwise;
}

/* A string property that ends in a NUL, or "". */
static const char *fit_string(const void *fdt, int node, const char *name)
{
	int len;
	const char *p = fdt_getprop(fdt, node, name, &len);

	return p && len > 0 && !p[len - 1] ? p : "";
}

/* The node of the kernel: that of the default configuration, else the first one that is a kernel. */
static int fit_kernel(const void *fdt, int images)
{
	int configs = fdt_path_offset(fdt, "/configurations"), node;
	const char *name;

	if (configs >= 0) {
		name = fit_string(fdt, configs, "default");
		node = *name ? fdt_subnode_offset(fdt, configs, name) : fdt_first_subnode(fdt, configs);
		name = node >= 0 ? fit_string(fdt, node, "kernel") : "";
		node = *name ? fdt_subnode_offset(fdt, images, name) : -1;
		if (node >= 0)
			return node;
	}
	fdt_for_each_subnode(node, fdt, images)
		if (!strncmp(fit_string(fdt, node, "type"), "kernel", 6))
			return node;
	return -1;
}

/* Where the kernel's data lies: inside the tree, or behind it (mkimage -E). Returns 0, 1, -EILSEQ. */
static int fit_data(const struct image *im, const void *fdt, int node, const uint8_t **ret_data,
		    size_t *ret_len)
{
	uint32_t size = fit_number(fdt, node, "data-size", 0);
	uint64_t at = fit_number(fdt, node, "data-position", UINT32_MAX);
	int len;
	const void *p = fdt_getprop(fdt, node, "data", &len);

	if (p) {
		/* The tree may be a copy: the offset is what holds. */
		*ret_data = im->data + ((const uint8_t *)p - (const uint8_t *)fdt);
		*ret_len = (size_t)len;
		return 0;
	}
	if (at == UINT32_MAX) {
		at = fit_number(fdt, node, "data-offset", UINT32_MAX);
		if (at == UINT32_MAX)
			return 1;
		at += (fdt_totalsize(fdt) + (uint64_t)3) & ~(uint64_t)3;
	}
	if (at > im->len || size > im->len - at)
		return -EILSEQ;
	*ret_data = im->data + at;
	*ret_len = size;
	return 0;
}

static int load_fit_tree(struct image *im, const void *fdt, struct kconfig **ret, struct sw_error *err)
{
	int images = fdt_path_offset(fdt, "/images"), node, num;
	const uint8_t *data = NULL;
	enum packing p;
	size_t len = 0;

	if (images < 0)
		return sw_error(err, ENOMSG, "scan", "this is a device tree, not a kernel: it has no "
				"/images; give the kernel image or its configuration");
	node = fit_kernel(fdt, images);
	if (node < 0)
		return sw_error(err, ENODATA, "scan", "this FIT image has no kernel in it");
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++)
		if (!strcmp(archs[i].uboot, fit_string(fdt, node, "arch")))
			im->arch = archs[i].arch;
	num = fit_data(im, fdt, node, &data, &len);
	if (num)
		return num < 0 ? image_cut_short(im, err) : num;
	p = packing_sniff(data, len);
	if (p == PACKING_NONE && !strcmp(fit_string(fdt, node, "compression"), "lzma"))
		p = PACKING_LZMA;
	return image_load_payload(im, p, data, len, ret, err);
}

int image_load_fit(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	uint32_t size = image_be32(im->data + 4);
	void *copy = NULL;
	int num = 1;

	if (size > im->len || size > INT_MAX)
		return image_cut_short(im, err);
	/* libfdt wants eight-byte alignment, which a tree inside something else need not have. */
	if ((uintptr_t)im->data % 8) {
		copy = malloc(size);
		if (!copy)
			return sw_error(err, ENOMEM, "scan", "no memory for a device tree of %u bytes", size);
		memcpy(copy, im->data, size);
	}
	if (!fdt_check_full(copy ? copy : im->data, size))
		num = load_fit_tree(im, copy ? copy : im->data, ret, err);
	free(copy);
	return num;
}
