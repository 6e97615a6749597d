// SPDX-License-Identifier: GPL-2.0-only
/* Finding out what a file holds, and loading the configuration in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "image.h"
#include "internal.h"
#include "load.h"
#include "sw_fd.h"
#include "unpack.h"

#define FILE_MAX ((size_t)512 << 20)	/* a vmlinux with debugging information has 0.5 GB */
#define PIPE_MAX ((size_t)256 << 20)
#define SNIFF_MAX ((size_t)16384)
#define TEXT_GUESS ((size_t)512 << 10)	/* more than configurations have */

/* Text, perhaps a bit damaged, rather than a kernel image? Only the head is looked at. */
static bool looks_like_text(const uint8_t *data, size_t len)
{
	static const uint8_t control[256] = { [0 ... 8] = 1, [14 ... 31] = 1, [127] = 1 };
	size_t odd = 0;

	if (!data || !len)
		return true;
	if (len > SNIFF_MAX)
		len = SNIFF_MAX;
	if (image_sniff(data, len))
		return false;
	for (size_t i = 0; i < len; i++)
		odd += control[data[i]];
	return !odd || (odd < len / 10 && (memmem(data, len, "\nCONFIG_", 8) ||
					   memmem(data, len, "# CONFIG_", 9)));
}

/* ---- compressed files ---------------------------------------------------------------------- */

struct content {		/* sink: keeps text, hands an image on to the scanner */
	struct sw_buf head;
	bool is_text, is_image;
	struct image_scan *scan;
};

static int decide(struct content *c)
{
	const uint8_t *data = (const uint8_t *)sw_buf_str(&c->head);

	c->is_text = looks_like_text(data, c->head.len);
	c->is_image = !c->is_text;
	return c->is_image ? image_scan_feed(c->scan, data, c->head.len) : 0;
}

static int content_sink(void *arg, const uint8_t *data, size_t len)
{
	struct content *c = arg;
	size_t limit = c->is_text ? KCONFIG_TEXT_MAX : SNIFF_MAX;

	if (c->is_image)
		return image_scan_feed(c->scan, data, len);
	if (c->is_text && c->head.len + len > limit)
		return -EFBIG;
	sw_buf_add(&c->head, data, len);
	if (c->head.failed)
		return -ENOMEM;
	return !c->is_text && c->head.len >= SNIFF_MAX ? decide(c) : 0;
}

static int unpack_failed(struct sw_error *err, const struct unpack *u, int num, const char *what)
{
	if (num == -EILSEQ && u->truncated)
		return sw_error(err, num, "unpack",
				"the %s data ends too early: the file is cut short; fetch it again", what);
	if (num == -EILSEQ)
		return sw_error(err, num, "unpack", "the %s data is damaged; fetch the file again", what);
	if (num == -EFBIG)
		return sw_error(err, num, "unpack", "the %s data unpacks to more than any kernel "
				"configuration or kernel has", what);
	return sw_error(err, num, "unpack", "unpacking the %s data: %s", what, sw_errno_text(num));
}

/* Parse the text in b, which is empty then. */
static int parse_buf(struct sw_buf *b, struct kconfig **ret, struct sw_error *err)
{
	size_t len = b->len;

	if (sw_buf_reserve(b, KCONFIG_PAD))
		return sw_error(err, ENOMEM, "parse", "no memory for %zu bytes of text", len);
	return kconfig_parse_own(sw_buf_take(b), len, ret, err);
}

static int load_packed(enum packing p, const uint8_t *data, size_t len, struct kconfig **ret,
		       struct sw_error *err)
{
	struct image_scan scan = { 0 };
	struct content c = { .scan = &scan };
	struct unpack u = { .sink = content_sink, .arg = &c, .max = IMAGE_UNPACKED_MAX };
	int num = sw_buf_reserve(&c.head, TEXT_GUESS) ? -ENOMEM : unpack_run(&u, p, data, len);

	if (num >= 0 && !c.is_text && !c.is_image)
		num = decide(&c);
	if (num < 0) {
		unpack_failed(err, &u, num, packing_name(p));
	} else if (c.is_text) {
		num = parse_buf(&c.head, ret, err);
		if (!num)
			snprintf((*ret)->format, sizeof((*ret)->format), "%s", packing_name(p));
	} else {
		num = image_scan_result(&scan, ret, err);
		if (!num) {
			size_t n = strlen((*ret)->format);

			snprintf((*ret)->format + n, sizeof((*ret)->format) - n, " in %s", packing_name(p));
		}
	}
	image_scan_free(&scan);
	sw_buf_free(&c.head);
	return num;
}

/* ---- files --------------------------------------------------------------------------------- */

/* @owned: where data lies, and may be taken from; NULL: nowhere that can be taken */
static int load_any(const uint8_t *data, size_t len, struct sw_buf *owned, struct kconfig **ret,
		    struct sw_error *err)
{
	enum packing p = packing_sniff(data, len);
	int num;

	if (len >= 2 && (!memcmp(data, "\xff\xfe", 2) || !memcmp(data, "\xfe\xff", 2)))
		/* What PowerShell's > makes of a configuration that comes from a device. */
		return sw_error(err, ENOMSG, "parse", "this is UTF-16 text: convert it to UTF-8 or ASCII, "
				"or fetch it anew without conversion");
	if (p != PACKING_NONE)
		num = load_packed(p, data, len, ret, err);
	else if (looks_like_text(data, len))
		num = owned ? parse_buf(owned, ret, err) : kconfig_parse((const char *)data, len, ret, err);
	else
		num = image_load(data, len, ret, err);
	if (!num)
		(*ret)->info.format = (*ret)->format[0] ? (*ret)->format : "plain";
	return num;
}

int kconfig_load_bytes(const uint8_t *data, size_t len, struct kconfig **ret, struct sw_error *err)
{
	return load_any(data, len, NULL, ret, err);
}

/* The whole input into buf; the size of a regular file is known before it is read. */
static int read_input(int fd, struct sw_buf *buf)
{
	struct stat st;
	size_t max = PIPE_MAX;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode)) {
		if ((uint64_t)st.st_size > FILE_MAX)
			return -EFBIG;
		max = FILE_MAX;
		if (sw_buf_reserve(buf, (size_t)st.st_size + 4096))
			return -ENOMEM;
	}
	return sw_read_fd(fd, buf, max);
}

static int read_failed(struct sw_error *err, int num, const char *path)
{
	const char *hint = "";

	if (num == -ENOENT)
		hint = "; give the path of a kernel configuration or a kernel image";
	if (num == -ENOTSUP)
		hint = "; it is a named pipe or a socket: give a file, or - for standard input";
	if (num == -EAGAIN)
		hint = "; it gives nothing unless it is waited for: give a file, or - for standard input";
	if (num == -EISDIR)
		hint = "; give a file in it";
	if (num == -EFBIG)
		hint = ", larger than any kernel configuration or kernel image";
	return sw_error(err, num, "read", "reading the kernel configuration from %.300s: %s%s", path,
			sw_errno_text(num), hint);
}

int kconfig_load_at(int dirfd, const char *path, enum kconfig_source source, struct kconfig **ret,
		    struct sw_error *err)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	int fd __sw_fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
				    sw_open_input(dirfd, path, true);
	struct sw_buf buf __sw_buf = SW_BUF_INIT;
	struct sw_error inner = { 0 };
	struct kconfig *kc;
	int num;

	if (fd < 0)
		return read_failed(err, is_stdin ? -errno : fd, name);
	num = read_input(fd, &buf);
	if (num)
		return read_failed(err, num, name);
	num = load_any((const uint8_t *)sw_buf_str(&buf), buf.len, &buf, &kc, &inner);
	if (num)
		return sw_error(err, num, inner.step, "%.200s: %s", name, inner.msg);
	kc->path = strdup(name);
	if (!kc->path) {
		kconfig_free(kc);
		return sw_error(err, ENOMEM, "read", "no memory");
	}
	kc->info.path = kc->path;
	if (kc->info.source != KCONFIG_FROM_IMAGE)
		kc->info.source = source;
	*ret = kc;
	return 0;
}

int kconfig_load(const char *path, struct kconfig **ret, struct sw_error *err)
{
	return kconfig_load_at(AT_FDCWD, path, KCONFIG_FROM_FILE, ret, err);
}

/* ---- the running kernel -------------------------------------------------------------------- */

/* The path of a place: fmt with the release put where its %s stands. */
static void place_path(char *out, size_t size, const char *fmt, const char *release)
{
	const char *hole = strstr(fmt, "%s");

	if (hole)
		snprintf(out, size, "%.*s%.120s%s", (int)(hole - fmt), fmt, release, hole + 2);
	else
		snprintf(out, size, "%s", fmt);
}

/*
 * What stands at /proc/config.gz may have been put there by someone else (a bind mount in a sandbox):
 * the running kernel's own has its version. What is in other places may be of an earlier build of the
 * kernel; that is found out where it is judged. None can be of another architecture.
 */
static bool is_foreign(const struct kconfig_info *info, enum kconfig_source source, const char *release,
		       const char *machine, char *why, size_t size)
{
	uint32_t version = KVER_NONE, mask = 0xffffff00u;

	if (kconfig_arch_foreign(info->arch, machine)) {
		snprintf(why, size, "not the running kernel's: it is for %s, and this is %.20s", info->arch,
			 machine);
		return true;
	}
	if (source != KCONFIG_FROM_RUNNING || kver_parse(release, &version) || info->version == KVER_NONE ||
	    (info->version & mask) == (version & mask))
		return false;
	snprintf(why, size, "not the running kernel's: it is of Linux %.40s", info->release);
	return true;
}

int kconfig_load_running_at(int rootfd, const char *release, const char *machine,
			    struct kconfig **ret, struct sw_error *err)
{
	static const struct {
		const char *fmt;
		enum kconfig_source source;
		bool quiet;	/* not worth a word when it is not there */
	} places[] = {
		{ "/proc/config.gz", KCONFIG_FROM_RUNNING, false },
		{ "/boot/config-%s", KCONFIG_FROM_GUESS, false },
		{ "/lib/modules/%s/config", KCONFIG_FROM_GUESS, false },
		{ "/usr/lib/modules/%s/config", KCONFIG_FROM_GUESS, true },
		{ "/lib/modules/%s/build/.config", KCONFIG_FROM_GUESS, false },
		/* CONFIG_IKCONFIG=m: the module holds what /proc/config.gz would show */
		{ "/lib/modules/%s/kernel/kernel/configs.ko", KCONFIG_FROM_GUESS, true },
		{ "/lib/modules/%s/kernel/kernel/configs.ko.xz", KCONFIG_FROM_GUESS, true },
		{ "/lib/modules/%s/kernel/kernel/configs.ko.zst", KCONFIG_FROM_GUESS, true },
		{ "/lib/modules/%s/kernel/kernel/configs.ko.gz", KCONFIG_FROM_GUESS, true },
	};
	char tried[480] = "", passed[200] = "", why[100];

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		size_t used = strlen(tried);
		struct kconfig *kc;
		char path[240];
		int num;

		place_path(path, sizeof(path), places[i].fmt, release);
		/* Relative to rootfd, which is / outside of tests. */
		num = kconfig_load_at(rootfd, path + 1, places[i].source, &kc, NULL);
		if (!num && is_foreign(kconfig_info(kc), places[i].source, release, machine, why, sizeof(why))) {
			kconfig_free(kc);
			if (!passed[0])
				snprintf(passed, sizeof(passed), "%.80s is %s", path, why);
			snprintf(tried + used, sizeof(tried) - used, "%s%s (%s)", used ? ", " : "", path, why);
			continue;
		}
		if (!num) {
			*ret = kc;
			snprintf(kc->passed, sizeof(kc->passed), "%s", passed);
			kc->info.passed = passed[0] ? kc->passed : NULL;
			free((*ret)->path);
			(*ret)->path = strdup(path);
			(*ret)->info.path = (*ret)->path ? (*ret)->path : "";
			(*ret)->info.source = places[i].source;
			return 0;
		}
		if (num != -ENOENT || !places[i].quiet)
			snprintf(tried + used, sizeof(tried) - used, "%s%s (%s)", used ? ", " : "", path,
				 num == -ENOENT ? "not there" : sw_errno_text(num));
	}
	return sw_error(err, ENOENT, "read", "the running kernel's configuration is nowhere: %s; "
			"give one with --config", tried);
}

int kconfig_load_running(struct kconfig **ret, struct sw_error *err)
{
	int root __sw_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct utsname u;

	if (root < 0 || uname(&u))
		return sw_error(err, errno, "read", "opening /: %s", sw_errno_text(errno));
	return kconfig_load_running_at(root, u.release, u.machine, ret, err);
}
