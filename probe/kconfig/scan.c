// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an uncompressed kernel holds: the configuration between the marks that kernel/configs.c
 * puts round it, and the version banner of init/version.c.
 */
#include <errno.h>
#include <stdio.h>

#include "image_int.h"
#include "internal.h"
#include "sw_fd.h"

#define PIECE ((size_t)65536)
#define CONFIG_GZ_MAX ((size_t)4 << 20)	/* compressed; real ones stay below 0.1 MB */
#define NESTED_MAX ((size_t)256 << 20)	/* an image in gzip and the like; they have up to 0.1 GB */
#define TAIL (IMAGE_BANNER_MAX + 32)	/* the longest match that two pieces may share */

/* The mark, and the gzip member that follows it: the bare word stands in other places too. */
static const char begin_mark[] = "IKCFG_ST\x1f\x8b\x08", end_mark[] = "IKCFG_ED";
static const char banner_mark[] = "Linux version ";
#define BEGIN_LEN 8
#define END_LEN 8
#define BANNER_LEN 14

const char *image_sniff(const uint8_t *d, size_t len)
{
	if (len > 0x250 && !memcmp(d + 0x202, "HdrS", 4) && d[0x1fe] == 0x55 && d[0x1ff] == 0xaa)
		return "bzImage";	/* Documentation/arch/x86/boot.rst */
	if (len > 64 && !memcmp(d, "MZ", 2) && !memcmp(d + 4, "zimg", 4))
		return "EFI zboot image";	/* drivers/firmware/efi/libstub/zboot-header.S, 6.1 */
	if (len > 64 && !memcmp(d + 56, "ARM\x64", 4))
		return "arm64 Image";	/* Documentation/arch/arm64/booting.rst */
	if (len > 64 && (!memcmp(d + 56, "RSC\x05", 4) || !memcmp(d + 48, "RISCV\0\0\0", 8)))
		return "RISC-V Image";	/* Documentation/arch/riscv/boot-image-header.rst */
	if (len > 0x30 && (!memcmp(d + 0x24, "\x18\x28\x6f\x01", 4) ||
			   !memcmp(d + 0x24, "\x01\x6f\x28\x18", 4)))
		return "ARM zImage";	/* arch/arm/boot/compressed/head.S */
	if (len > 64 && !memcmp(d, "\x27\x05\x19\x56", 4))
		return "uImage";
	if (len > 64 && !memcmp(d, "ANDROID!", 8))
		return "Android boot image";
	if (len > 64 && !memcmp(d, "VNDRBOOT", 8))
		return "Android vendor boot image";
	if (len > 64 && !memcmp(d, "\xd0\x0d\xfe\xed", 4))
		return "FIT image";	/* or a device tree */
	if (len > 0x10010 && !memcmp(d + 0x10008, "S390EP", 6))
		return "s390 image";	/* arch/s390/boot/head.S */
	if (len > 110 && (!memcmp(d, "070701", 6) || !memcmp(d, "070702", 6)))
		return "initial RAM file system";	/* Documentation/driver-api/early-userspace/buffer-format.rst */
	if (len > 20 && !memcmp(d, "\x7f" "ELF", 4))
		return "ELF file";
	if (len > 64 && !memcmp(d, "MZ", 2))
		return "EFI program";
	return NULL;
}

const char *image_head_arch(const char *kind, const uint8_t *d)
{
	static const struct { uint16_t machine; const char *arch; } machines[] = {
		{ 3, "x86" }, { 62, "x86" }, { 40, "arm" }, { 183, "arm64" }, { 243, "riscv" },
		{ 20, "powerpc" }, { 21, "powerpc" }, { 8, "mips" }, { 22, "s390" },
		{ 258, "loongarch" }, { 2, "sparc" }, { 18, "sparc" }, { 43, "sparc" },
		{ 15, "parisc" }, { 42, "sh" }, { 4, "m68k" }, { 50, "ia64" }, { 189, "microblaze" },
	};
	uint16_t machine;

	if (!strcmp(kind, "bzImage"))
		return "x86";
	if (!strcmp(kind, "arm64 Image"))
		return "arm64";
	if (!strcmp(kind, "RISC-V Image"))
		return "riscv";
	if (!strcmp(kind, "ARM zImage"))
		return "arm";
	if (!strcmp(kind, "s390 image"))
		return "s390";
	if (strcmp(kind, "ELF file") != 0)
		return NULL;
	machine = d[5] == 2 ? (uint16_t)(d[18] << 8 | d[19]) : (uint16_t)(d[19] << 8 | d[18]);
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i].machine == machine)
			return machines[i].arch;
	return NULL;
}

static int take_config(struct image_scan *s, const uint8_t *data, size_t len)
{
	size_t from = s->config.len > END_LEN ? s->config.len - END_LEN : 0;
	const char *end;

	if (s->config.len + len > CONFIG_GZ_MAX)
		return -EFBIG;
	sw_buf_add(&s->config, data, len);
	if (s->config.failed)
		return -ENOMEM;
	end = memmem(s->config.data + from, s->config.len - from, end_mark, END_LEN);
	if (!end)
		return 0;
	s->config.len = (size_t)(end - s->config.data);
	s->has_config = true;
	return 1;
}

static void take_banner(struct image_scan *s, const char *data, size_t len)
{
	const char *p = data, *end = data + len;

	while (!s->release[0] && (p = memmem(p, (size_t)(end - p), banner_mark, BANNER_LEN))) {
		size_t room, n = 0;
		uint32_t ver;

		p += BANNER_LEN;
		room = (size_t)(end - p);
		while (n < room && n < IMAGE_BANNER_MAX && p[n] > ' ' && p[n] < 0x7f)
			n++;
		/* "Linux version %s" is a format string; cut off means: wait for the next piece. */
		if (n == room || n >= IMAGE_BANNER_MAX || p[n] != ' ')
			continue;
		memcpy(s->release, p, n);
		s->release[n] = 0;
		if (p[0] < '0' || p[0] > '9' || kver_parse(s->release, &ver))
			s->release[0] = 0;
	}
}

static int feed_piece(struct image_scan *s, const uint8_t *data, size_t len)
{
	const char *mark;
	size_t drop;

	if (s->in_config)
		return take_config(s, data, len);
	sw_buf_add(&s->keep, data, len);
	if (s->keep.failed)
		return -ENOMEM;
	if (!s->release[0])
		take_banner(s, s->keep.data, s->keep.len);
	mark = memmem(s->keep.data, s->keep.len, begin_mark, sizeof(begin_mark) - 1);
	if (mark) {
		mark += BEGIN_LEN;
		s->in_config = true;
		return take_config(s, (const uint8_t *)mark,
				   s->keep.len - (size_t)(mark - s->keep.data));
	}
	if (s->keep.len > TAIL) {
		drop = s->keep.len - TAIL;
		memmove(s->keep.data, s->keep.data + drop, TAIL);
		s->keep.len = TAIL;
	}
	return 0;
}

bool image_holds_image(const char *kind)
{
	return kind && (!strcmp(kind, "uImage") || !strcmp(kind, "FIT image") ||
			!strcmp(kind, "Android boot image"));
}

static void sniff(struct image_scan *s, const uint8_t *data, size_t len)
{
	const char *arch;

	s->kind = image_sniff(data, len);
	if (!s->kind)
		return;
	arch = image_head_arch(s->kind, data);
	s->arch = arch ? arch : s->arch;
	s->is_initramfs = !strcmp(s->kind, "initial RAM file system");
	s->nested = image_holds_image(s->kind) || !strcmp(s->kind, "bzImage") ||
		    !strcmp(s->kind, "ARM zImage") || !strcmp(s->kind, "EFI zboot image");
}

static int keep_whole(struct image_scan *s, const uint8_t *data, size_t len)
{
	if (s->keep.len + len > NESTED_MAX)
		return -EFBIG;
	sw_buf_add(&s->keep, data, len);
	return s->keep.failed ? -ENOMEM : 0;
}

int image_scan_feed(void *scan, const uint8_t *data, size_t len)
{
	struct image_scan *s = scan;
	int r = s->has_config;

	if (!s->sniffed) {
		s->sniffed = true;
		sniff(s, data, len);
	}
	s->bytes += len;
	if (s->nested)
		return keep_whole(s, data, len);
	if (s->is_initramfs)
		return 1;
	while (len && !r) {
		size_t n = len < PIECE ? len : PIECE;

		r = feed_piece(s, data, n);
		data += n;
		len -= n;
	}
	return r;
}

void image_scan_free(struct image_scan *s)
{
	sw_buf_free(&s->keep);
	sw_buf_free(&s->config);
}

/* ---- the result ---------------------------------------------------------------------------- */

static int text_sink(void *arg, const uint8_t *data, size_t len)
{
	struct sw_buf *b = arg;

	sw_buf_add(b, data, len);
	return b->failed ? -ENOMEM : 0;
}

static void describe(struct kconfig *kc, const struct image_scan *s)
{
	char label[IMAGE_LABEL_MAX];

	image_label(label, s->outer ? s->outer->label : "", s->kind);
	kc->info.source = KCONFIG_FROM_IMAGE;
	snprintf(kc->format, sizeof(kc->format), "%s",
		 !label[0] ? "kernel image" : !strcmp(label, "ELF file") ? "vmlinux" : label);
	kc->info.format = kc->format;
	if (!kc->arch[0] && s->arch) {
		snprintf(kc->arch, sizeof(kc->arch), "%s", s->arch);
		kc->info.arch = kc->arch;
	}
	if (kc->release || !s->release[0])
		return;
	kc->release = strdup(s->release);
	kc->info.release = kc->release;
	if (kc->release)
		kver_parse(kc->release, &kc->info.version);
}

static int unpack_config(struct image_scan *s, struct sw_buf *text, struct sw_error *err)
{
	struct unpack u = { .sink = text_sink, .arg = text, .max = KCONFIG_TEXT_MAX };
	int num = unpack_run(&u, PACKING_GZIP, (const uint8_t *)sw_buf_str(&s->config), s->config.len);

	if (num == -EILSEQ)
		return sw_error(err, num, "unpack", "the configuration in this kernel image is %s",
				u.truncated ? "cut short" : "damaged");
	if (num < 0)
		return sw_error(err, num, "unpack", "unpacking the configuration in this kernel image: "
				"%s", sw_errno_text(num));
	return 0;
}

int image_is_initramfs(struct sw_error *err)
{
	return sw_error(err, ENOMSG, "scan", "this is an initial RAM file system, not a kernel");
}

static int no_config(const struct image_scan *s, const char *label, struct sw_error *err)
{
	bool kernel = *label && strcmp(label, "ELF file") && strcmp(label, "EFI program");

	if (s->release[0])
		return sw_error(err, ENODATA, "scan",
				"this kernel image (Linux %s%s%s) holds no configuration: it was built without "
				"CONFIG_IKCONFIG; give the configuration file that belongs to it, such as "
				"/boot/config-%s", s->release, s->arch ? ", " : "", s->arch ? s->arch : "",
				s->release);
	if (!kernel)
		return sw_error(err, ENOMSG, "scan",
				"neither a kernel configuration nor a kernel image%s%s",
				*label ? ": an " : "", label);
	return sw_error(err, ENODATA, "scan",
			"no configuration was found in this %s; give the configuration file that belongs "
			"to the kernel", label);
}

int image_scan_result(struct image_scan *s, struct kconfig **ret, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char label[IMAGE_LABEL_MAX];
	int num;

	if (s->is_initramfs)
		return image_is_initramfs(err);
	if (s->nested)
		return image_load_in(s->outer, (const uint8_t *)sw_buf_str(&s->keep), s->keep.len, ret, err);
	image_label(label, s->outer ? s->outer->label : "", s->kind);
	if (!s->in_config)
		return no_config(s, label, err);
	num = unpack_config(s, &text, err);
	if (!num)
		num = kconfig_parse(sw_buf_str(&text), text.len, ret, err);
	if (!num)
		describe(*ret, s);
	return num;
}
