// SPDX-License-Identifier: GPL-2.0-only
/* Kernel images: finding the compressed kernel inside, and scanning it. */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sw_fd.h"
#include "unpack.h"

#define TRIES_MAX 64	/* places that look like a compressed stream but lead nowhere */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

struct image {
	const uint8_t *data;
	size_t len;
	const char *kind, *arch;
	char release[IMAGE_BANNER_MAX];	/* as the image's header says; "" if it does not */
};

static const char *of_linux(const struct image *im, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", im->kind ? im->kind : "kernel image",
		 im->release[0] ? " of Linux " : "", im->release);
	return out;
}

static int cut_short(const struct image *im, struct sw_error *err)
{
	char what[200];

	return sw_error(err, EILSEQ, "scan", "this %s is cut short: its end is missing; fetch it "
			"again", of_linux(im, what, sizeof(what)));
}

/* The compressed kernel is known to lie at data. */
static int load_payload(const struct image *im, const uint8_t *data, size_t len,
			struct kconfig **ret, struct sw_error *err)
{
	struct image_scan scan = { .sniffed = true, .kind = im->kind, .arch = im->arch };
	struct unpack u = { .sink = image_scan_feed, .arg = &scan, .max = IMAGE_UNPACKED_MAX };
	enum packing p = packing_sniff(data, len);
	char what[200];
	int num;

	of_linux(im, what, sizeof(what));
	memcpy(scan.release, im->release, sizeof(scan.release));
	/* Compression "none" is possible in a zboot image, and an x86 payload may be a plain ELF file. */
	num = p == PACKING_NONE ? image_scan_feed(&scan, data, len) : unpack_run(&u, p, data, len);
	if (num == -EOPNOTSUPP)
		sw_error(err, num, "unpack", "this %s is compressed with %s, which is not supported: "
			 "extract its vmlinux (the kernel's scripts/extract-vmlinux does) and give that, "
			 "or give its configuration file", what, packing_name(p));
	else if (num == -EILSEQ && u.truncated)
		cut_short(im, err);
	else if (num < 0)
		sw_error(err, num, "unpack", "unpacking the %s data of this %s: %s", packing_name(p), what,
			 num == -EILSEQ ? "damaged" : sw_errno_text(num));
	else
		num = image_scan_result(&scan, NULL, ret, err);
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

	if (le16(d + 0x20e) && le16(d + 0x20e) + (size_t)0x200 < im->len)
		read_release(im, le16(d + 0x20e) + (size_t)0x200);
	if (le16(d + 0x206) < 0x208)
		return 1;
	offset = start + le32(d + 0x248);
	length = le32(d + 0x24c);
	if (offset >= im->len || length > im->len - offset)
		return cut_short(im, err);
	return load_payload(im, d + offset, length, ret, err);
}

static int load_zboot(struct image *im, struct kconfig **ret, struct sw_error *err)
{
	size_t offset = le32(im->data + 8), length = le32(im->data + 12);

	if (offset >= im->len || length > im->len - offset)
		return cut_short(im, err);
	return load_payload(im, im->data + offset, length, ret, err);
}

/* ---- how much there should be ------------------------------------------------------------------ */

/* ELF: the section headers stand at the end of what the linker writes. */
static uint64_t elf_size(const uint8_t *d, size_t len)
{
	bool big = d[5] == 2;	/* EI_DATA */

	if (len < 64 || big)
		return 0;
	if (d[4] == 2)	/* EI_CLASS: e_shoff, e_shentsize, e_shnum */
		return (le32(d + 40) | (uint64_t)le32(d + 44) << 32) + (uint64_t)le16(d + 58) * le16(d + 60);
	return (uint64_t)le32(d + 32) + (uint64_t)le16(d + 46) * le16(d + 48);
}

/* PE/COFF, which EFI stubs make of x86, arm64, RISC-V and LoongArch kernels: the last section. */
static uint64_t pe_size(const uint8_t *d, size_t len)
{
	size_t at = len < 64 ? len : le32(d + 0x3c), sections, table;
	uint64_t size = 0;

	if (at > len || len - at < 24 || memcmp(d + at, "PE\0\0", 4) != 0)
		return 0;
	sections = le16(d + at + 6);
	table = at + 24 + le16(d + at + 20);
	for (size_t i = 0; i < sections && table + 40 <= len; i++, table += 40) {
		uint64_t end = (uint64_t)le32(d + table + 16) + le32(d + table + 20);

		if (end > size)
			size = end;
	}
	return size;
}

/* Does the image's own header promise more than there is? Otherwise "not found" means nothing. */
static bool is_cut_short(const struct image *im)
{
	const uint8_t *d = im->data;
	uint64_t size = 0;

	if (!im->kind)
		return false;
	if (!strcmp(im->kind, "ELF file"))
		size = elf_size(d, im->len);
	else if (!strcmp(im->kind, "ARM zImage") && le32(d + 0x24) == 0x016f2818)
		size = le32(d + 0x2c) - le32(d + 0x28);	/* end - start */
	else if (!strcmp(im->kind, "uImage"))
		size = 64 + ((uint64_t)d[12] << 24 | (uint64_t)d[13] << 16 | (uint64_t)d[14] << 8 | d[15]);
	else if (!memcmp(d, "MZ", 2))
		size = pe_size(d, im->len);
	return im->len < size;
}

/* ---- searching ----------------------------------------------------------------------------- */

/* A stream of that packing may well start here; stricter than the bare magic number. */
static bool plausible(enum packing p, const uint8_t *d, size_t len)
{
	uint32_t dict;

	if (len < 32)
		return false;
	switch (p) {
	case PACKING_GZIP:
		return !(d[3] & 0xe0);	/* RFC 1952: reserved flags are 0 */
	case PACKING_BZIP2:
		return d[3] >= '1' && d[3] <= '9' && !memcmp(d + 4, "1AY&SY", 6);
	case PACKING_LZMA:
		dict = le32(d + 1);
		return dict >= 1 << 12 && dict <= 1 << 27 && !(dict & (dict - 1)) &&
		       (!memcmp(d + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) ||
			(!memcmp(d + 9, "\0\0\0\0", 4) && le32(d + 5) < IMAGE_UNPACKED_MAX));
	case PACKING_LZ4:
		return le32(d + 4) > 16 && le32(d + 4) < 9 << 20;
	case PACKING_NONE:
		return false;
	default:
		return true;
	}
}

struct search {
	uint64_t unpacked;		/* by all tries together: bounds the time that garbage takes */
	bool truncated;			/* a stream with a kernel in it ends too early */
	enum packing unsupported;	/* the first one that could have been the kernel */
};

/* Returns 0 with *ret, -errno with err, or 1 where this stream holds no kernel. */
static int try_stream(const struct image *im, enum packing p, size_t at, struct search *s,
		      struct kconfig **ret, struct sw_error *err)
{
	struct image_scan scan = { 0 };
	struct unpack u = {
		.sink = image_scan_feed, .arg = &scan, .max = IMAGE_UNPACKED_MAX - s->unpacked,
	};
	int num = unpack_run(&u, p, im->data + at, im->len - at);

	s->unpacked += u.total < u.max ? u.total : u.max;
	if (im->kind)
		scan.kind = im->kind;
	if (im->arch)
		scan.arch = im->arch;
	if (num >= 0 && (scan.in_config || scan.release[0])) {
		num = image_scan_result(&scan, NULL, ret, err);
	} else if (num == -ENOMEM && scan.bytes) {
		sw_error(err, num, "unpack", "no memory to unpack the %s data", packing_name(p));
	} else if (num == -EILSEQ && scan.release[0] && !u.truncated) {
		sw_error(err, num, "unpack", "the %s data of Linux %s in this %s is damaged; fetch it again",
			 packing_name(p), scan.release, im->kind ? im->kind : "file");
	} else {
		if (u.truncated && (scan.release[0] || scan.bytes > 1 << 20))
			s->truncated = true;
		num = 1;
	}
	image_scan_free(&scan);
	return num;
}

static int search_streams(const struct image *im, struct search *s, struct kconfig **ret,
			  struct sw_error *err)
{
	int tries = 0;

	for (size_t i = 0; i + 32 < im->len && tries < TRIES_MAX && s->unpacked < IMAGE_UNPACKED_MAX; i++) {
		enum packing p;
		int num;

		if (!memchr("\x1f\xfd\x28\x5d" "B\x89\x02\x04", im->data[i], 8))
			continue;
		p = packing_sniff(im->data + i, im->len - i);
		if (!plausible(p, im->data + i, im->len - i))
			continue;
		if (!packing_supported(p)) {
			if (s->unsupported == PACKING_NONE)
				s->unsupported = p;
			continue;
		}
		tries++;
		num = try_stream(im, p, i, s, ret, err);
		if (num <= 0)
			return num;
	}
	return 1;
}

static int load_by_search(const struct image *im, struct kconfig **ret, struct sw_error *outer)
{
	struct sw_error inner = { 0 }, *err = is_cut_short(im) ? &inner : outer;
	struct image_scan scan = { 0 };
	struct search s = { 0 };
	char what[200];
	int num = image_scan_feed(&scan, im->data, im->len);
	bool sure = im->kind && strcmp(im->kind, "ELF file") && strcmp(im->kind, "EFI program");

	if (num < 0)
		sw_error(err, num, "scan", "scanning: %s", sw_errno_text(num));
	else if (scan.in_config || scan.release[0])
		num = image_scan_result(&scan, NULL, ret, err);
	else
		num = search_streams(im, &s, ret, err);
	if (num == 1 && s.truncated)
		num = cut_short(im, err);
	else if (num == 1 && sure && s.unsupported != PACKING_NONE)
		num = sw_error(err, EOPNOTSUPP, "unpack", "the kernel in this %s seems to be compressed "
			       "with %s, which is not supported: unpack it first, or give its "
			       "configuration file", of_linux(im, what, sizeof(what)),
			       packing_name(s.unsupported));
	else if (num == 1)
		num = image_scan_result(&scan, NULL, ret, err);
	if (num && err == &inner)
		num = cut_short(im, outer);
	image_scan_free(&scan);
	return num;
}

int image_load(const uint8_t *data, size_t len, struct kconfig **ret, struct sw_error *err)
{
	struct image im = { .data = data, .len = len, .kind = image_sniff(data, len) };
	int num = 1;

	if (im.kind && !strcmp(im.kind, "bzImage")) {
		im.arch = "x86";
		num = load_bzimage(&im, ret, err);
	} else if (im.kind && !strcmp(im.kind, "EFI zboot image")) {
		num = load_zboot(&im, ret, err);
	} else if (im.kind && !strcmp(im.kind, "ARM zImage")) {
		im.arch = "arm";
	}
	return num == 1 ? load_by_search(&im, ret, err) : num;
}
