// SPDX-License-Identifier: GPL-2.0-only
/* Files as they come: compressed, truncated, damaged, not a configuration, and kernel images. */
#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "kconfig/image.h"
#include "kconfig/kconfig.h"
#include "kconfig/load.h"
#include "kconfig/unpack.h"
#include "sw_buf.h"
#include "sw_fd.h"
#include "test_kconfig.h"
#include "unit.h"

#define CONFIG_TEXT "#\n# Linux/x86 6.6.1 Kernel Configuration\n#\nCONFIG_USER_NS=y\n" KCONFIG_SKELETON

/* ---- making inputs --------------------------------------------------------------------------- */

static void put32(struct sw_buf *b, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->data[at + i] = (char)(v >> (8 * i));
}

static void pack_gzip(struct sw_buf *out, const void *data, size_t len)
{
	z_stream z = { 0 };

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	sw_buf_reserve(out, len + 4096);
	z.next_in = (void *)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out->data + out->len;
	z.avail_out = (uInt)(out->cap - out->len);
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += z.total_out;
	deflateEnd(&z);
}

static void pack_lzma(struct sw_buf *out, bool xz, const void *data, size_t len)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma opt;

	lzma_lzma_preset(&opt, 3);
	CHECK_INT(xz ? lzma_easy_encoder(&z, 3, LZMA_CHECK_CRC32) : lzma_alone_encoder(&z, &opt), 0);
	sw_buf_reserve(out, len + 4096);
	z.next_in = data;
	z.avail_in = len;
	z.next_out = (uint8_t *)out->data + out->len;
	z.avail_out = out->cap - out->len;
	CHECK_INT(lzma_code(&z, LZMA_FINISH), LZMA_STREAM_END);
	out->len += z.total_out;
	lzma_end(&z);
}

/* As `lz4 -l` does it. */
static void pack_lz4(struct sw_buf *out, const void *data, size_t len)
{
	const char *p = data;

	sw_buf_add(out, "\x02\x21\x4c\x18", 4);
	do {
		int n = len < 8 << 20 ? (int)len : 8 << 20, packed;
		size_t head = out->len;

		sw_buf_reserve(out, (size_t)LZ4_compressBound(n) + 4);
		packed = LZ4_compress_default(p, out->data + head + 4, n, LZ4_compressBound(n));
		CHECK(packed > 0);
		put32(out, head, (uint32_t)packed);
		out->len += 4 + (size_t)packed;
		p += n;
		len -= (size_t)n;
	} while (len);
}

static void put_be32(struct sw_buf *b, uint32_t v)
{
	for (int i = 24; i >= 0; i -= 8)
		sw_buf_addc(b, (char)(v >> i));
}

/* lzop's container, as `lzop` does it: what does not get smaller is stored. */
static void pack_lzo(struct sw_buf *out, const uint8_t *data, size_t len)
{
	static uint8_t work[LZO1X_1_MEM_COMPRESS], block[4000];

	sw_buf_add(out, "\x89LZO\0\r\n\x1a\n\x10\x40\x20\xa0\x09\x40\x03\x09\0\0\0\x01", 21);
	sw_buf_add(out, "\0\0\x81\xa4\0\0\0\0\0\0\0\0\0\0\0\0\0", 17);
	while (len) {
		size_t n = len < 3000 ? len : 3000;
		lzo_uint packed = sizeof(block);

		CHECK_INT(lzo1x_1_compress(data, n, block, &packed, work), LZO_E_OK);
		put_be32(out, (uint32_t)n);
		put_be32(out, (uint32_t)(packed < n ? packed : n));
		put_be32(out, (uint32_t)adler32(1, data, (uInt)n));
		sw_buf_add(out, packed < n ? block : data, packed < n ? packed : n);
		data += n;
		len -= n;
	}
	put_be32(out, 0);
}

static void pack_bzip2(struct sw_buf *out, const void *data, size_t len)
{
	unsigned int n = (unsigned int)(len + len / 50 + 700);

	sw_buf_reserve(out, n);
	CHECK_INT(BZ2_bzBuffToBuffCompress(out->data + out->len, &n, (void *)data, (unsigned int)len, 9,
					   0, 0), BZ_OK);
	out->len += n;
}

static void pack_lz4_frame(struct sw_buf *out, const void *data, size_t len)
{
	LZ4F_preferences_t prefs = { .frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled };
	size_t n = LZ4F_compressFrameBound(len, &prefs);

	sw_buf_reserve(out, n);
	n = LZ4F_compressFrame(out->data + out->len, n, data, len, &prefs);
	CHECK(!LZ4F_isError(n));
	out->len += n;
}

static void pack(struct sw_buf *out, enum packing p, const void *data, size_t len)
{
	ZSTD_CCtx *zstd;
	size_t n;

	switch (p) {
	case PACKING_GZIP:
		pack_gzip(out, data, len);
		break;
	case PACKING_XZ:
	case PACKING_LZMA:
		pack_lzma(out, p == PACKING_XZ, data, len);
		break;
	case PACKING_ZSTD:
		zstd = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);	/* as zstd(1) does */
		sw_buf_reserve(out, ZSTD_compressBound(len));
		n = ZSTD_compress2(zstd, out->data + out->len, out->cap - out->len, data, len);
		CHECK(!ZSTD_isError(n));
		ZSTD_freeCCtx(zstd);
		out->len += n;
		break;
	case PACKING_BZIP2:
		pack_bzip2(out, data, len);
		break;
	case PACKING_LZO:
		pack_lzo(out, data, len);
		break;
	case PACKING_LZ4:
		pack_lz4(out, data, len);
		break;
	case PACKING_LZ4_FRAME:
		pack_lz4_frame(out, data, len);
		break;
	case PACKING_NONE:
	case PACKING_COUNT:
		sw_buf_add(out, data, len);
		break;
	}
}

/* Every packing there is. */
#define FOR_EACH_PACKING(p) for (enum packing p = PACKING_NONE + 1; p < PACKING_COUNT; p++)

static void noise(struct sw_buf *b, size_t len, uint32_t seed)
{
	while (len--) {
		seed = seed * 1664525u + 1013904223u;
		sw_buf_addc(b, (char)(seed >> 24));
	}
}

/* An uncompressed kernel as far as the scanner looks: noise, the banner, IKCONFIG if wanted. */
static void make_vmlinux(struct sw_buf *b, bool ikconfig, const char *config, size_t before)
{
	size_t head = b->len;

	sw_buf_add(b, "\x7f" "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0", 20);
	for (int i = 20; i < 64; i++)
		sw_buf_addc(b, 0);
	noise(b, before, 1);
	sw_buf_adds(b, "Linux version %s (%s)\n");	/* a format string, not a banner */
	sw_buf_adds(b, "IKCFG_ST is only a word here");
	noise(b, 1000, 2);
	sw_buf_adds(b, "Linux version 6.6.1-test (who@where) (gcc) #1 SMP\n");
	noise(b, 3000, 3);
	if (ikconfig) {
		sw_buf_adds(b, "IKCFG_ST");
		pack_gzip(b, config, strlen(config));
		sw_buf_adds(b, "IKCFG_ED");
	}
	noise(b, 5000, 4);
	put32(b, head + 40, (uint32_t)(b->len - head));	/* e_shoff, with no sections */
}

#define SETUP_SECTS 3

/* Documentation/arch/x86/boot.rst, as much as a boot loader would look at. */
static void make_bzimage(struct sw_buf *b, enum packing p, const struct sw_buf *vmlinux,
			 unsigned int protocol)
{
	size_t start = (SETUP_SECTS + 1) * 512, offset = 100;

	noise(b, start + offset, 5);
	b->data[0x1f1] = SETUP_SECTS;
	memcpy(b->data + 0x1fe, "\x55\xaa", 2);
	memcpy(b->data + 0x202, "HdrS", 4);
	b->data[0x206] = (char)protocol;
	b->data[0x207] = (char)(protocol >> 8);
	b->data[0x20e] = 0x10;	/* kernel_version: 0x200 further on */
	b->data[0x20f] = 0x03;
	strcpy(b->data + 0x510, "6.6.1-boot (who@where) #1 SMP");
	pack(b, p, vmlinux->data, vmlinux->len);
	put32(b, 0x248, (uint32_t)offset);
	put32(b, 0x24c, (uint32_t)(b->len - start - offset) + 4);
	sw_buf_add(b, "\0\0\x10\0", 4);	/* the build appends the unpacked size */
	noise(b, 700, 6);
}

/* ---- judging --------------------------------------------------------------------------------- */

static int load(const struct sw_buf *b, struct kconfig **ret, struct sw_error *err)
{
	memset(err, 0, sizeof(*err));
	*ret = NULL;
	return kconfig_load_bytes((const uint8_t *)sw_buf_str(b), b->len, ret, err);
}

/* format NULL: whatever it calls itself */
static void expect_config(const struct sw_buf *b, const char *format, const char *release,
			  const char *arch)
{
	struct kconfig *kc;
	struct sw_error err;

	if (!unit_check(!load(b, &kc, &err), __FILE__, __LINE__, "%s: %s",
			format ? format : "?", err.msg))
		return;
	if (format)
		CHECK_STR(kconfig_info(kc)->format, format);
	CHECK_STR(kconfig_info(kc)->release, release);
	CHECK_STR(kconfig_info(kc)->arch, arch);
	CHECK_INT(kconfig_get(kc, "USER_NS", NULL), KCONFIG_Y);
	CHECK(kconfig_info(kc)->complete);
	kconfig_free(kc);
}

static void expect_error(const struct sw_buf *b, int num, const char *words)
{
	struct kconfig *kc;
	struct sw_error err;
	int got = load(b, &kc, &err);

	unit_check(got == -num, __FILE__, __LINE__, "%d, not %d: %s", got, -num, err.msg);
	unit_check(strstr(err.msg, words) != NULL, __FILE__, __LINE__, "\"%s\" is not in: %s", words,
		   err.msg);
	CHECK(kc == NULL);
	kconfig_free(kc);
}

static int keep(void *arg, const uint8_t *data, size_t len)
{
	sw_buf_add(arg, data, len);
	return 0;
}

/* ---- compressed text --------------------------------------------------------------------------- */

UNIT(kconfig_load_compressed_text)
{
	FOR_EACH_PACKING(p) {
		struct sw_buf b = SW_BUF_INIT;

		pack(&b, p, CONFIG_TEXT, strlen(CONFIG_TEXT));
		expect_config(&b, packing_name(p), "6.6.1", "x86");
		b.len -= b.len / 3;
		expect_error(&b, EILSEQ, "cut short");
		b.len = 24;
		expect_error(&b, EILSEQ, "cut short");
		sw_buf_free(&b);
	}
}

UNIT(kconfig_load_damaged_text)
{
	FOR_EACH_PACKING(p) {
		struct sw_buf b = SW_BUF_INIT;

		if (p == PACKING_LZMA || p == PACKING_LZ4)
			continue;	/* formats without a checksum */
		pack(&b, p, CONFIG_TEXT, strlen(CONFIG_TEXT));
		memset(b.data + b.len / 2, 0xa5, 8);
		expect_error(&b, EILSEQ, "damaged");
		sw_buf_free(&b);
	}
}

UNIT(kconfig_load_byte_order_mark)
{
	struct sw_buf b = SW_BUF_INIT;

	sw_buf_adds(&b, "\xef\xbb\xbf" "CONFIG_USER_NS=y\n# Linux/arm 6.6.1 Kernel Configuration\n"
		    KCONFIG_SKELETON);
	expect_config(&b, "plain", "6.6.1", "arm");
	sw_buf_free(&b);
}

/* Bytes that look like the start of LZMA with a dictionary of 2 GB: not a lack of memory. */
UNIT(kconfig_load_false_lzma)
{
	struct sw_buf b = SW_BUF_INIT;

	noise(&b, 200, 14);
	sw_buf_add(&b, "\x5d\0\0\0\x80\xff\xff\xff\xff\xff\xff\xff\xff", 13);
	noise(&b, 500, 15);
	expect_error(&b, ENOMSG, "neither");
	sw_buf_free(&b);
}

UNIT(kconfig_load_several_gzip_members)
{
	struct sw_buf b = SW_BUF_INIT;

	pack_gzip(&b, "CONFIG_USER_NS=y\n", 17);
	pack_gzip(&b, CONFIG_TEXT, strlen(CONFIG_TEXT));
	expect_config(&b, "gzip", "6.6.1", "x86");
	sw_buf_free(&b);
}

UNIT(kconfig_load_bomb)
{
	struct sw_buf text = SW_BUF_INIT, b = SW_BUF_INIT;

	/* 32 MB of valid lines in a few kilobytes */
	while (text.len < (size_t)32 << 20)
		sw_buf_adds(&text, "CONFIG_A=y\n");
	pack_gzip(&b, text.data, text.len);
	CHECK(b.len < 1 << 20);
	expect_error(&b, EFBIG, "more than any kernel");
	sw_buf_free(&b);
	sw_buf_free(&text);
}

UNIT(kconfig_load_what_is_no_configuration)
{
	struct sw_buf b = SW_BUF_INIT;

	expect_error(&b, ENOMSG, "empty");
	noise(&b, 100000, 7);
	expect_error(&b, ENOMSG, "neither");
	b.len = 30;
	expect_error(&b, ENOMSG, "neither");
	b.len = 0;
	sw_buf_add(&b, "\x7f" "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0", 20);
	for (int i = 0; i < 10000; i++)
		sw_buf_addc(&b, (char)(i % 7));
	memset(b.data + 40, 0, 24);	/* no sections */
	expect_error(&b, ENOMSG, "ELF file");
	b.len = 0;
	sw_buf_add(&b, "\xff\xfe" "C\0O\0N\0F\0I\0G\0", 14);
	expect_error(&b, ENOMSG, "UTF-16");
	b.len = 0;
	pack_gzip(&b, "hello, world\n", 13);
	expect_error(&b, ENOMSG, "no kernel configuration");
	b.len = 0;
	pack_gzip(&b, "", 0);
	expect_error(&b, ENOMSG, "empty");
	sw_buf_free(&b);
}

/* What lzop -9 makes of 40 lines twice and 100 bytes of them once more. */
UNIT(kconfig_unpack_lzo_matches)
{
	static const uint8_t packed[] = {
		0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a, 0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 0x03,
		0x09, 0x03, 0x00, 0x00, 0x01, 0x00, 0x00, 0x81, 0xa4, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x05, 0x76, 0x2e, 0x74, 0x78, 0x74, 0x3d, 0xc4, 0x04, 0x98, 0x00, 0x00, 0x04, 0xbc, 0x00,
		0x00, 0x00, 0xf3, 0x07, 0x84, 0x45, 0x51, 0x1d, 0x43, 0x4f, 0x4e, 0x46, 0x49, 0x47, 0x5f, 0x53,
		0x30, 0x3d, 0x79, 0x0a, 0xec, 0x01, 0x02, 0x39, 0x31, 0x39, 0x3d, 0x6d, 0x27, 0x34, 0x00, 0x02,
		0x38, 0x33, 0x38, 0x3d, 0x6e, 0x27, 0x37, 0x00, 0x37, 0x35, 0x37, 0x29, 0xa7, 0x00, 0x36, 0x37,
		0x36, 0x29, 0xa7, 0x00, 0x35, 0x39, 0x35, 0x29, 0xa7, 0x00, 0x35, 0x31, 0x34, 0x29, 0xa7, 0x00,
		0x34, 0x33, 0x33, 0x29, 0xa7, 0x00, 0x33, 0x35, 0x32, 0x29, 0xa7, 0x00, 0x32, 0x37, 0x31, 0x29,
		0xa7, 0x00, 0x31, 0x39, 0x30, 0x29, 0xa7, 0x00, 0x31, 0x30, 0x39, 0x2a, 0xa5, 0x00, 0x38, 0x2a,
		0x9a, 0x02, 0x34, 0x37, 0x2a, 0x9a, 0x02, 0x36, 0x36, 0x2a, 0x9a, 0x02, 0x38, 0x35, 0x29, 0xa7,
		0x00, 0x37, 0x30, 0x34, 0x29, 0xa7, 0x00, 0x36, 0x32, 0x33, 0x2a, 0x9a, 0x02, 0x34, 0x32, 0x2a,
		0x9a, 0x02, 0x36, 0x31, 0x2a, 0x9a, 0x02, 0x38, 0x30, 0x2a, 0xf2, 0x01, 0x39, 0x39, 0x29, 0xa7,
		0x00, 0x32, 0x31, 0x38, 0x2a, 0x9a, 0x02, 0x33, 0x37, 0x2a, 0x4d, 0x01, 0x36, 0x2a, 0x9a, 0x02,
		0x37, 0x35, 0x2a, 0x9a, 0x02, 0x39, 0x34, 0x29, 0xa3, 0x00, 0x38, 0x31, 0x33, 0x2a, 0x9a, 0x02,
		0x33, 0x32, 0x2a, 0x9a, 0x02, 0x35, 0x31, 0x2a, 0x49, 0x01, 0x37, 0x2a, 0x86, 0x06, 0x34, 0x38,
		0x2a, 0x86, 0x06, 0x34, 0x30, 0x2a, 0x86, 0x06, 0x33, 0x32, 0x2a, 0x86, 0x06, 0x32, 0x34, 0x2a,
		0x86, 0x06, 0x31, 0x36, 0x2a, 0x85, 0x06, 0x38, 0x2a, 0x80, 0x06, 0x2a, 0x7b, 0x06, 0x39, 0x32,
		0x32, 0x2b, 0x98, 0x00, 0x2a, 0x78, 0x06, 0x20, 0x00, 0x00, 0x02, 0xa0, 0x08, 0x02, 0x23, 0x20,
		0x65, 0x6e, 0x64, 0x20, 0x44, 0xb8, 0x08, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	};
	struct sw_buf lines = SW_BUF_INIT, want = SW_BUF_INIT, out = SW_BUF_INIT;
	struct unpack u = { .sink = keep, .arg = &out, .max = 10000 };

	for (int i = 0; i < 40; i++)
		sw_buf_printf(&lines, "CONFIG_S%d=%c\n", i * 7919 % 1000, "ymn"[i % 3]);
	sw_buf_printf(&want, "%s%s# end\n%.100s", lines.data, lines.data, lines.data);
	CHECK_INT(unpack_run(&u, PACKING_LZO, packed, sizeof(packed)), 0);
	CHECK_STR(sw_buf_str(&out), want.data);
	/* Any byte of the block changed: noticed, by the checksum if by nothing else. */
	for (size_t i = 43; i < sizeof(packed) - 4; i++) {
		uint8_t bad[sizeof(packed)];

		memcpy(bad, packed, sizeof(bad));
		bad[i] ^= 0x15;
		CHECK_INT(unpack_run(&u, PACKING_LZO, bad, sizeof(bad)), -EILSEQ);
		CHECK_INT(unpack_run(&u, PACKING_LZO, packed, i), -EILSEQ);
		CHECK(u.truncated);
	}
	sw_buf_free(&lines);
	sw_buf_free(&want);
	sw_buf_free(&out);
}

/* ---- images ------------------------------------------------------------------------------------ */

UNIT(kconfig_image_vmlinux)
{
	/* The banner and the marks at every place relative to the scanner's pieces. */
	for (size_t before = 63000; before < 66000; before += 97) {
		struct sw_buf b = SW_BUF_INIT;

		make_vmlinux(&b, true, CONFIG_TEXT, before);
		expect_config(&b, "vmlinux", "6.6.1", "x86");
		sw_buf_free(&b);
	}
}

UNIT(kconfig_image_without_configuration)
{
	struct sw_buf b = SW_BUF_INIT, packed = SW_BUF_INIT;

	make_vmlinux(&b, false, NULL, 65500);
	expect_error(&b, ENODATA, "Linux 6.6.1-test, x86");
	pack_gzip(&packed, b.data, b.len);
	expect_error(&packed, ENODATA, "CONFIG_IKCONFIG");
	sw_buf_free(&packed);
	sw_buf_free(&b);
}

UNIT(kconfig_image_banner_where_header_has_none)
{
	struct sw_buf b = SW_BUF_INIT;

	make_vmlinux(&b, true, "CONFIG_USER_NS=y\n" KCONFIG_SKELETON, 100);
	expect_config(&b, "vmlinux", "6.6.1-test", "x86");
	sw_buf_free(&b);
}

UNIT(kconfig_image_bzimage)
{
	static const enum packing all[] = {
		PACKING_GZIP, PACKING_XZ, PACKING_ZSTD, PACKING_LZMA, PACKING_LZ4, PACKING_LZO, PACKING_BZIP2,
		PACKING_NONE
	};

	for (size_t i = 0; i < 8; i++)
		for (unsigned int protocol = 0x206; protocol <= 0x20f; protocol += 9) {
			struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT;

			make_vmlinux(&v, true, CONFIG_TEXT, 70000);
			make_bzimage(&b, all[i], &v, protocol);
			expect_config(&b, "bzImage", "6.6.1", "x86");
			b.len = 3000;
			if (protocol >= 0x208)
				expect_error(&b, EILSEQ, "of Linux 6.6.1-boot");
			sw_buf_free(&b);
			sw_buf_free(&v);
		}
}

UNIT(kconfig_image_bzimage_without_configuration)
{
	struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT;

	make_vmlinux(&v, false, NULL, 70000);
	make_bzimage(&b, PACKING_XZ, &v, 0x20f);
	expect_error(&b, ENODATA, "6.6.1-boot");
	sw_buf_free(&b);
	sw_buf_free(&v);
}

UNIT(kconfig_image_arm_zimage)
{
	FOR_EACH_PACKING(p) {
		struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT;

		make_vmlinux(&v, true, CONFIG_TEXT, 70000);
		noise(&b, 0x4321, 9);
		memcpy(b.data + 0x24, "\x18\x28\x6f\x01", 4);
		sw_buf_add(&b, "\x1f\x8b\x08\0\xff\xff\xff\xff\xff\xff", 10);	/* leads nowhere */
		noise(&b, 77, 10);
		pack(&b, p, v.data, v.len);
		noise(&b, 500, 11);
		expect_config(&b, "ARM zImage", "6.6.1", "x86");
		sw_buf_free(&b);
		sw_buf_free(&v);
	}
}

UNIT(kconfig_image_arm64)
{
	struct sw_buf b = SW_BUF_INIT, gz = SW_BUF_INIT, zboot = SW_BUF_INIT;

	make_vmlinux(&b, true, "CONFIG_USER_NS=y\n" KCONFIG_SKELETON, 1000);
	memset(b.data, 0, 64);
	memcpy(b.data + 56, "ARM\x64", 4);
	expect_config(&b, "arm64 Image", "6.6.1-test", "arm64");
	pack_gzip(&gz, b.data, b.len);
	expect_config(&gz, "arm64 Image in gzip", "6.6.1-test", "arm64");

	sw_buf_add(&zboot, "MZ\0\0zimg", 8);
	noise(&zboot, 0x1000 - 8, 12);
	put32(&zboot, 8, 0x1000);
	put32(&zboot, 12, (uint32_t)gz.len);
	sw_buf_add(&zboot, gz.data, gz.len);
	expect_config(&zboot, "arm64 Image in EFI zboot image", "6.6.1-test", "arm64");
	zboot.len -= 100;
	expect_error(&zboot, EILSEQ, "cut short");
	sw_buf_free(&zboot);
	sw_buf_free(&gz);
	sw_buf_free(&b);
}

/* The real tools make more of these in tests/py/test_kconfig_images.py. */
UNIT(kconfig_image_boot_loader_formats)
{
	static const enum packing all[] = { PACKING_GZIP, PACKING_LZ4, PACKING_LZMA, PACKING_NONE };

	for (size_t i = 0; i < 4; i++) {
		struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT, packed = SW_BUF_INIT;

		make_vmlinux(&v, true, CONFIG_TEXT, 70000);
		pack(&packed, all[i], v.data, v.len);

		sw_buf_add(&b, "\x27\x05\x19\x56", 4);	/* U-Boot's mkimage -T kernel */
		for (int n = 4; n < 64; n++)
			sw_buf_addc(&b, 0);
		for (int n = 0; n < 4; n++)
			b.data[12 + n] = (char)(packed.len >> (24 - 8 * n));
		b.data[30] = 2;	/* a kernel */
		sw_buf_add(&b, packed.data, packed.len);
		expect_config(&b, "uImage", "6.6.1", "x86");
		b.len = 1000;
		expect_error(&b, EILSEQ, "uImage is cut short");

		b.len = 0;
		sw_buf_adds(&b, "ANDROID!");	/* then pages: the kernel, the initramfs */
		for (int n = 8; n < 2048; n++)
			sw_buf_addc(&b, 0);
		put32(&b, 8, (uint32_t)packed.len);
		put32(&b, 36, 2048);
		sw_buf_add(&b, packed.data, packed.len);
		for (int n = 0; n < 300; n++)
			sw_buf_addc(&b, 0);
		pack_gzip(&b, "070701 no kernel here", 21);
		expect_config(&b, "Android boot image", "6.6.1", "x86");
		sw_buf_free(&packed);
		sw_buf_free(&b);
		sw_buf_free(&v);
	}
}

/* "No configuration found" would be a wrong answer about an image whose end is missing. */
UNIT(kconfig_image_cut_short)
{
	struct sw_buf b = SW_BUF_INIT;

	make_vmlinux(&b, false, NULL, 65500);
	b.len -= 3000;
	expect_error(&b, EILSEQ, "cut short");
	b.len = 0;

	noise(&b, 5000, 13);	/* an ARM zImage: the header has start and end */
	memcpy(b.data + 0x24, "\x18\x28\x6f\x01", 4);
	put32(&b, 0x28, 0x1000);
	put32(&b, 0x2c, 0x1000 + 5000);
	expect_error(&b, ENODATA, "ARM zImage");
	put32(&b, 0x2c, 0x1000 + 5001);
	expect_error(&b, EILSEQ, "ARM zImage is cut short");

	memset(b.data, 0, 1000);	/* an arm64 Image with an EFI stub: one section of PE */
	memcpy(b.data, "MZ", 2);
	memcpy(b.data + 56, "ARM\x64", 4);
	b.data[0x3c] = 64;
	memcpy(b.data + 64, "PE\0\0\x64\xaa\x01\0", 8);
	put32(&b, 64 + 24 + 16, 4000);
	put32(&b, 64 + 24 + 20, 1000);
	expect_error(&b, ENODATA, "arm64 Image");
	put32(&b, 64 + 24 + 20, 1001);
	expect_error(&b, EILSEQ, "arm64 Image is cut short");
	sw_buf_free(&b);
}

UNIT(kconfig_image_damaged_configuration)
{
	struct sw_buf b = SW_BUF_INIT;
	char *mark;

	make_vmlinux(&b, true, CONFIG_TEXT, 100);
	mark = memmem(b.data, b.len, "IKCFG_ST\x1f\x8b", 10);
	memset(mark + 60, 0x5a, 8);
	expect_error(&b, EILSEQ, "configuration in this kernel image is damaged");
	b.len = (size_t)(mark - b.data) + 100;	/* the image ends inside it */
	expect_error(&b, EILSEQ, "cut short");
	sw_buf_free(&b);
}

/* ---- files ------------------------------------------------------------------------------------- */

UNIT(kconfig_load_files)
{
	char dir[] = "/tmp/sw-kconfig-XXXXXX", path[64];
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };

	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(kconfig_load(dir, &kc, &err), -EISDIR);
	CHECK(strstr(err.msg, dir) != NULL);
	err = (struct sw_error){ 0 };
	snprintf(path, sizeof(path), "%s/with space", dir);
	CHECK_INT(kconfig_load(path, &kc, &err), -ENOENT);
	CHECK(strstr(err.msg, path) != NULL && strstr(err.msg, "No such file") != NULL);
	CHECK_INT(sw_replace_file(AT_FDCWD, path, CONFIG_TEXT, strlen(CONFIG_TEXT), 0600), 0);
	CHECK_INT(kconfig_load(path, &kc, NULL), 0);
	CHECK_STR(kconfig_info(kc)->path, path);
	CHECK_INT(kconfig_info(kc)->source, KCONFIG_FROM_FILE);
	kconfig_free(kc);
	/* A sparse file larger than any kernel is refused before it is read. */
	CHECK_INT(truncate(path, (off_t)3 << 30), 0);
	err = (struct sw_error){ 0 };
	CHECK_INT(kconfig_load(path, &kc, &err), -EFBIG);
	unlink(path);
	rmdir(dir);
}

UNIT(kconfig_load_standard_input)
{
	struct kconfig *kc = NULL;
	int saved = dup(STDIN_FILENO), pipefd[2];

	CHECK_INT(pipe(pipefd), 0);
	CHECK_INT(sw_write_all(pipefd[1], CONFIG_TEXT, strlen(CONFIG_TEXT)), 0);
	close(pipefd[1]);
	dup2(pipefd[0], STDIN_FILENO);
	close(pipefd[0]);
	CHECK_INT(kconfig_load("-", &kc, NULL), 0);
	CHECK_STR(kconfig_info(kc)->path, "standard input");
	kconfig_free(kc);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void put_text(int dir, const char *path, const char *parent, const char *text)
{
	CHECK_INT(sw_mkdir_p(dir, parent, 0755), 0);
	CHECK_INT(sw_replace_file(dir, path, text, strlen(text), 0644), 0);
}

static void put_file(int dir, const char *path, const char *parent)
{
	put_text(dir, path, parent, CONFIG_TEXT);
}

UNIT(kconfig_load_running_looks_everywhere)
{
	char dir[] = "/tmp/sw-kconfig-XXXXXX";
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(kconfig_load_running_at(fd, "6.6.1", NULL, &kc, &err), -ENOENT);
	CHECK(strstr(err.msg, "/proc/config.gz (not there)") != NULL);
	CHECK(strstr(err.msg, "/boot/config-6.6.1") != NULL);
	CHECK(strstr(err.msg, "/lib/modules/6.6.1/build/.config") != NULL);
	put_file(fd, "lib/modules/6.6.1/config", "lib/modules/6.6.1");
	CHECK_INT(kconfig_load_running_at(fd, "6.6.1", NULL, &kc, NULL), 0);
	CHECK_INT(kconfig_info(kc)->source, KCONFIG_FROM_GUESS);
	kconfig_free(kc);
	put_file(fd, "proc/config.gz", "proc");
	CHECK_INT(kconfig_load_running_at(fd, "6.6.1", NULL, &kc, NULL), 0);
	CHECK_INT(kconfig_info(kc)->source, KCONFIG_FROM_RUNNING);
	kconfig_free(kc);
	unlinkat(fd, "proc/config.gz", 0);
	unlinkat(fd, "proc", AT_REMOVEDIR);
	unlinkat(fd, "lib/modules/6.6.1/config", 0);
	unlinkat(fd, "lib/modules/6.6.1", AT_REMOVEDIR);
	unlinkat(fd, "lib/modules", AT_REMOVEDIR);
	unlinkat(fd, "lib", AT_REMOVEDIR);
	close(fd);
	CHECK_INT(rmdir(dir), 0);
}

UNIT(kconfig_load_running_takes_no_foreign_file)
{
	static const struct {
		const char *header, *machine;
		bool taken;
	} cases[] = {
		{ "x86 6.6.1", "x86_64", true }, { "x86_64 6.6.70", "i686", true },
		{ "x86 6.6.1", "aarch64", false }, { "arm64 6.6.1", "x86_64", false },
		{ "x86 5.4.1", "x86_64", false }, { "arm 6.6.1", "armv7l", true },
		{ "arm64 6.6.1", "armv8l", true }, { "arm64 6.6.1", "armv7l", false },
		{ "um 6.6.1", "x86_64", true }, { "powerpc 6.6.1", "ppc64le", true },
		{ "x86 6.6.1", "toaster", true }, { "s390 6.6.1", "s390x", true },
	};
	char dir[] = "/tmp/sw-kconfig-XXXXXX", text[200];
	struct kconfig *kc;
	struct sw_error err;
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int r;

		snprintf(text, sizeof(text), "# Linux/%s Kernel Configuration\nCONFIG_NET=y\n", cases[i].header);
		put_text(fd, "proc/config.gz", "proc", text);
		err = (struct sw_error){ 0 };
		r = kconfig_load_running_at(fd, "6.6.1", cases[i].machine, &kc, &err);
		unit_check(r == (cases[i].taken ? 0 : -ENOENT), __FILE__, __LINE__, "%s on %s: %d %s",
			   cases[i].header, cases[i].machine, r, err.msg);
		unit_check(!r || strstr(err.msg, "/proc/config.gz (not the running kernel's: it is ") != NULL,
			   __FILE__, __LINE__, "%s", err.msg);
		if (!r)
			kconfig_free(kc);
	}
	/* Another place may still have the right one, and the wrong one is told. */
	put_text(fd, "proc/config.gz", "proc", "# Linux/arm 6.6.1 Kernel Configuration\nCONFIG_NET=y\n");
	put_text(fd, "boot/config-6.6.1", "boot", "# Linux/x86 6.6.1 Kernel Configuration\nCONFIG_NET=y\n");
	CHECK_INT(kconfig_load_running_at(fd, "6.6.1", "x86_64", &kc, NULL), 0);
	CHECK_INT(kconfig_info(kc)->source, KCONFIG_FROM_GUESS);
	CHECK_STR(kconfig_info(kc)->passed,
		  "/proc/config.gz is not the running kernel's: it is for arm, and this is x86_64");
	kconfig_free(kc);
	unlinkat(fd, "proc/config.gz", 0);
	unlinkat(fd, "proc", AT_REMOVEDIR);
	unlinkat(fd, "boot/config-6.6.1", 0);
	unlinkat(fd, "boot", AT_REMOVEDIR);
	close(fd);
	CHECK_INT(rmdir(dir), 0);
}

/* ---- any bytes ----------------------------------------------------------------------------------- */

/* Load what comes out of b; only the sanitizers and the contract of errors judge. */
static void survive(const struct sw_buf *b)
{
	struct kconfig *kc;
	struct sw_error err;
	int num = load(b, &kc, &err);

	CHECK(num <= 0);
	CHECK((num == 0) == (kc != NULL));
	CHECK((num == 0) == (err.msg[0] == 0));
	if (kc) {
		char why[64];

		kconfig_eval(kc, kconfig_info(kc)->version, "USER_NS && (MEMCG || !CGROUP_PIDS)", why,
			     sizeof(why));
		CHECK(kconfig_info(kc)->symbols > 0);
	}
	kconfig_free(kc);
}

static void mutate(const struct sw_buf *seed, int rounds)
{
	uint32_t r = 12345;

	for (int i = 0; i < rounds; i++) {
		struct sw_buf b = SW_BUF_INIT;

		sw_buf_add(&b, seed->data, seed->len);
		for (int n = 0; n <= i % 7; n++) {
			r = r * 1664525u + 1013904223u;
			b.data[r % b.len] = (char)(r >> 21);
		}
		r = r * 1664525u + 1013904223u;
		if (i & 1)
			b.len = r % (b.len + 1);
		survive(&b);
		sw_buf_free(&b);
	}
}

UNIT(kconfig_survives_any_bytes)
{
	struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT;

	sw_buf_adds(&b, CONFIG_TEXT "<<<<<<< a\n CONFIG_X=m \r\nCONFIG_Y is not set\n#CONFIG_Z=\n");
	mutate(&b, 2000);
	make_vmlinux(&v, true, CONFIG_TEXT, 300);
	mutate(&v, 150);
	FOR_EACH_PACKING(p) {
		b.len = 0;
		pack(&b, p, CONFIG_TEXT, strlen(CONFIG_TEXT));
		mutate(&b, 300);
		b.len = 0;
		make_bzimage(&b, p, &v, 0x20f);
		mutate(&b, 60);
		b.len = 0;
		make_bzimage(&b, p, &v, 0x200);
		mutate(&b, 30);
	}
	sw_buf_free(&b);
	sw_buf_free(&v);
}

UNIT(kconfig_survives_short_inputs)
{
	struct sw_buf v = SW_BUF_INIT, b = SW_BUF_INIT;

	make_vmlinux(&v, true, CONFIG_TEXT, 10);
	make_bzimage(&b, PACKING_GZIP, &v, 0x20f);
	for (size_t len = 0; len < 700; len++) {
		/* An allocation of exactly that size, so that one byte too many is seen. */
		struct sw_buf s = { .data = malloc(len + 1), .len = len, .cap = len + 1 };

		memcpy(s.data, b.data, len);
		s.data[len] = 0;
		survive(&s);
		memcpy(s.data, len < v.len ? v.data : b.data, len);
		survive(&s);
		sw_buf_free(&s);
	}
	sw_buf_free(&b);
	sw_buf_free(&v);
}
