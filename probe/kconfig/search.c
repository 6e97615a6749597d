// SPDX-License-Identifier: GPL-2.0-only
/* Searching images for compressed kernels where no header tells their place. */
#include <errno.h>
#include <stdio.h>

#include "image_int.h"
#include "sw_fd.h"

#define TRIES_MAX 64	/* places that look like a compressed stream but lead nowhere */

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
	case PACKING_LZ4_FRAME:
		return d[4] >> 6 == 1 && !(d[4] & 2);	/* the format's version; reserved */
	case PACKING_LZMA:
		dict = image_le32(d + 1);
		return dict >= 1 << 12 && dict <= 1 << 27 && !(dict & (dict - 1)) &&
		       (!memcmp(d + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) ||
			(!memcmp(d + 9, "\0\0\0\0", 4) && image_le32(d + 5) < IMAGE_UNPACKED_MAX));
	case PACKING_LZ4:
		return image_le32(d + 4) > 16 && image_le32(d + 4) < 9 << 20;
	case PACKING_NONE:
		return false;
	default:
		return true;
	}
}

struct search {
	uint64_t unpacked;		/* by all tries together: bounds the time that garbage takes */
	bool truncated;			/* a stream with a kernel in it ends too early */
};

/* Returns 0 with *ret, -errno with err, or 1 where this stream holds no kernel. */
static int try_stream(const struct image *im, enum packing p, size_t at, struct search *s,
		      struct kconfig **ret, struct sw_error *err)
{
	struct image_scan scan = { .outer = im, .arch = im->arch };
	struct unpack u = {
		.sink = image_scan_feed, .arg = &scan, .max = IMAGE_UNPACKED_MAX - s->unpacked,
	};
	int num = unpack_run(&u, p, im->data + at, im->len - at);

	s->unpacked += u.total < u.max ? u.total : u.max;
	if (num >= 0 && (scan.in_config || scan.release[0])) {
		num = image_scan_result(&scan, ret, err);
	} else if (num >= 0 && scan.nested) {
		num = image_scan_result(&scan, ret, NULL) ? 1 : 0;	/* may also be something else */
	} else if (num == -ENOMEM && scan.bytes) {
		sw_error(err, num, "unpack", "no memory to unpack the %s data", packing_name(p));
	} else if (num == -EILSEQ && scan.release[0] && !u.truncated) {
		sw_error(err, num, "unpack", "the %s data of Linux %s in this %s is damaged; fetch it again",
			 packing_name(p), scan.release, im->label[0] ? im->label : "file");
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
	bool starts[256] = { false };	/* first bytes of magic numbers */
	int tries = 0;

	for (enum packing p = PACKING_NONE + 1; p < PACKING_COUNT; p++)
		starts[packing_magic(p)[0]] = true;
	for (size_t i = 0; i + 32 < im->len && tries < TRIES_MAX && s->unpacked < IMAGE_UNPACKED_MAX; i++) {
		enum packing p;
		int num;

		if (!starts[im->data[i]])
			continue;
		p = packing_sniff(im->data + i, im->len - i);
		if (!plausible(p, im->data + i, im->len - i))
			continue;
		tries++;
		num = try_stream(im, p, i, s, ret, err);
		if (num <= 0)
			return num;
	}
	return 1;
}

/* Kinds of which all but a loader is compressed. */
static bool is_packed_kind(const struct image *im)
{
	return image_is(im, "ARM zImage") || image_is(im, "bzImage") || image_is(im, "EFI zboot image") ||
	       image_is(im, "EFI program");
}

/* What lies in im uncompressed. As image_load(); *ret_release as far as a banner was found. */
static int load_bare(const struct image *im, char *ret_release, struct kconfig **ret,
		     struct sw_error *err)
{
	struct image_scan scan = { .sniffed = true, .outer = im, .arch = im->arch };
	int num = image_scan_feed(&scan, im->data, im->len);

	if (num < 0)
		sw_error(err, num, "scan", "scanning: %s", sw_errno_text(num));
	else
		num = image_scan_result(&scan, ret, err);
	memcpy(ret_release, scan.release, IMAGE_BANNER_MAX);
	image_scan_free(&scan);
	return num;
}

/* A kernel that another one carries, to start it by kexec(2) for instance, does not speak for that. */
static bool is_of_another(const struct kconfig *kc, const char *release)
{
	uint32_t version;

	return release[0] && !kver_parse(release, &version) && kconfig_info(kc)->version &&
	       kconfig_info(kc)->version != version;
}

/*
 * Compressed data can show marks and banner too, when the packer found nothing to gain and stored
 * them as they are (LZ4, LZO): so what is bare is believed at once only if it is whole.
 */
int image_load_by_search(const struct image *im, struct kconfig **ret, struct sw_error *err)
{
	struct sw_error of_bare = { 0 }, of_streams = { 0 };
	char release[IMAGE_BANNER_MAX] = "";
	bool packed = is_packed_kind(im), bare_kernel;
	struct search s = { 0 };
	int bare = 1, streams;

	if (!packed) {
		bare = load_bare(im, release, ret, &of_bare);
		if (!bare)
			return 0;
	}
	streams = search_streams(im, &s, ret, &of_streams);
	if (!streams && is_of_another(*ret, release)) {
		kconfig_free(*ret);
		*ret = NULL;
		streams = 1;
	}
	if (!streams)
		return 0;
	if (bare == 1) {
		bare = load_bare(im, release, ret, &of_bare);
		if (!bare)
			return 0;
	}
	bare_kernel = !packed && bare == -ENODATA && release[0];
	if ((s.truncated && !bare_kernel) || image_is_cut_short(im))
		return image_cut_short(im, err);
	if (streams < 0 && !bare_kernel)
		return sw_error(err, streams, of_streams.step, "%s", of_streams.msg);
	return sw_error(err, bare, of_bare.step, "%s", of_bare.msg);
}
