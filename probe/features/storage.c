// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loop devices and device mapper. Opening a device node whose driver is not there makes the kernel
 * ask for a module, so /proc/devices and /proc/misc are read first.
 */
#include "features/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "features/mount_try.h"
#include "modules.h"
#include "sw_fd.h"
#include "sw_loop.h"
#include "sys.h"

/* ---- loop ------------------------------------------------------------------------------------ */

#define LOOP_MAJOR_	   7
#define LOOP_TRIED	   64

/* The block driver of a major number, in the second half of /proc/devices. 1, 0, or -1: no /proc.
 */
static int loop_driver(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *block;

	if (sw_read_file(AT_FDCWD, "/proc/devices", &b, 1 << 16))
		return -1;
	block = strstr(sw_buf_str(&b), "Block devices:");
	return block && strstr(block, "  7 loop\n");
}

/* The n-th device, if it exists: by its node, or a node of ours with the numbers from /sys. */
static int open_loop(int n)
{
	char path[64], text[16];
	unsigned int major, minor;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/loop%d/dev", n);
	if (sw_read_line(AT_FDCWD, path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%u:%u", &major, &minor) != 2 || major != LOOP_MAJOR_)
		return -ENOENT;
	snprintf(path, sizeof(path), "/sys/block/loop%d/loop/backing_file", n);
	if (!access(path, F_OK))
		return -EBUSY;
	snprintf(path, sizeof(path), "/dev/loop%d", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	snprintf(path, sizeof(path), "d/loop%d", n);
	if (mount_on("d", "tmpfs", 0, "size=64k,mode=755") ||
	    mknod(path, S_IFBLK | 0600, makedev(major, minor)))
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void try_loop(int file, const char *mark, struct live *ret)
{
	char sector[512] = "";
	int r = -ENOENT;

	for (int n = 0; n < LOOP_TRIED; n++) {
		int loop __sw_fd = open_loop(n);

		if (loop == -EBUSY || loop == -ENOENT) {
			r = loop == -EBUSY ? loop : r;
			continue;
		}
		r = loop < 0 ? loop : sw_loop_attach(loop, file, 0, NULL);
		if (r == -EBUSY)
			continue;
		if (r)
			break;
		if (pread(loop, sector, sizeof(sector), 0) != sizeof(sector) ||
		    strcmp(sector, mark))
			live_set(ret, LIVE_BROKEN, errno,
				 "loop%d with a file behind it does not read as the file", n);
		else
			live_set(ret, LIVE_WORKS, 0,
				 "loop%d with a file behind it reads as the file", n);
		return;
	}
	if (r == -EACCES || r == -EPERM) {
		live_set(ret, LIVE_DENIED, r, "loop devices are there, but may not be used: %s",
			 sw_errno_name(r));
		if (!live_blame_privilege(ret))
			ret->value = LIVE_UNKNOWN;
	} else if (r == -EBUSY || r == -ENOENT) {
		/* One more would stay (LOOP_CTL_GET_FREE). */
		live_set(ret, LIVE_UNKNOWN, r,
			 "not tried: no loop device is free, and one more is not made");
	} else {
		live_set(ret, LIVE_UNKNOWN, r, "a file cannot be put behind a loop device: %s",
			 sw_errno_name(r));
	}
}

/* The name by which the examiner (our parent, or we) finds what a killed child left. */
static void loop_name(pid_t examiner, char *out, size_t size)
{
	snprintf(out, size, "seaworthy-loop-%d", (int)examiner);
}

void probe_loop(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char name[40], content[4096] = "seaworthy was here";
	unsigned int uid = geteuid();
	int driver = loop_driver(), file __sw_fd = -1;
	struct live_way way;

	if (driver < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/devices to look for loop in");
		return;
	}
	if (!driver && !ctx->load_modules) {
		module_explain_absent(ctx, f, "loop is not in /proc/devices", ret);
		return;
	}
	loop_name(feature_examiner(), name, sizeof(name));
	if (mount_workplace(ctx, 0, ret, &way))
		return;
	file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0 || sw_write_all(file, content, sizeof(content))) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a file: %s",
			 sw_errno_name(errno));
		return;
	}
	try_loop(file, content, ret);
	if (ret->value == LIVE_DENIED && way.userns)
		live_cause(ret, FINDING_CAPABILITY, "uid %u may not open loop devices", uid);
}

/*
 * Only a child that was killed between LOOP_SET_FD and LOOP_SET_STATUS64, before 5.8, leaves
 * anything.
 */
void loop_cleanup(const struct probe_ctx *ctx, const struct feature *f)
{
	char path[64], name[40], behind[128];

	(void)ctx;
	(void)f;
	loop_name(feature_examiner(), name, sizeof(name));
	for (int n = 0; n < LOOP_TRIED; n++) {
		int loop __sw_fd = -1;

		snprintf(path, sizeof(path), "/sys/block/loop%d/loop/backing_file", n);
		if (sw_read_line(AT_FDCWD, path, behind, sizeof(behind)) <= 0 ||
		    !strstr(behind, name))
			continue;
		snprintf(path, sizeof(path), "/dev/loop%d", n);
		loop = open(path, O_RDONLY | O_CLOEXEC);
		if (loop >= 0)
			ioctl(loop, LOOP_CLR_FD, 0);
	}
}

/* ---- device mapper --------------------------------------------------------------------------- */

struct dm_head { /* struct dm_ioctl, include/uapi/linux/dm-ioctl.h */
	uint32_t version[3], data_size, data_start, target_count;
	int32_t open_count;
	uint32_t flags, event_nr, padding;
	uint64_t dev;
	char name[128], uuid[129], data[7];
};
#define DM_VERSION_	  _IOWR(0xfd, 0, struct dm_head)
#define DM_LIST_VERSIONS_ _IOWR(0xfd, 13, struct dm_head)

bool dm_find_target(const void *list, size_t size, const char *name, uint32_t ret_version[3])
{
	size_t at = 0;

	while (at + 16 < size) {
		const char *p = (const char *)list + at;
		uint32_t head[4];

		memcpy(head, p, sizeof(head));
		if (!memchr(p + 16, 0, size - at - 16))
			return false;
		if (!strcmp(p + 16, name)) {
			memcpy(ret_version, head + 1, 12);
			return true;
		}
		if (!head[0] || head[0] < 16 || head[0] > size - at)
			return false;
		at += head[0];
	}
	return false;
}

int misc_minor(const char *text, const char *name)
{
	char word[64];
	int minor;

	while (*text) {
		if (sscanf(text, "%d %63s", &minor, word) == 2 && !strcmp(word, name))
			return minor;
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	return -1;
}

static int open_dm(const struct probe_ctx *ctx, int minor, struct live *ret)
{
	int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC), err = errno;
	struct live_way way;

	if (fd < 0 && err == ENOENT && live_has_cap(LIVE_CAP_SYS_ADMIN)) {
		if (mount_workplace(ctx, 0, ret, &way))
			return -ENOENT;
		if (!mount_on("d", "tmpfs", 0, "size=64k,mode=755") &&
		    !mknod("d/control", S_IFCHR | 0600, makedev(10, minor))) {
			fd = open("d/control", O_RDWR | O_CLOEXEC);
			err = errno;
		}
	}
	if (fd >= 0)
		return fd;
	live_set(ret, err == EACCES || err == EPERM ? LIVE_DENIED : LIVE_UNKNOWN, err,
		 "device-mapper is in /proc/misc; its device: %s", sw_errno_name(err));
	if (ret->value == LIVE_DENIED && !live_blame_privilege(ret))
		ret->value = LIVE_UNKNOWN;
	return -err;
}

void probe_dm(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	union {
		struct dm_head head;
		char bytes[16384];
	} io = { .head = { .version = { 4, 0, 0 },
			   .data_size = sizeof(io),
			   .data_start = sizeof(struct dm_head) } };
	int minor, fd __sw_fd = -1;
	uint32_t version[3];
	char what[96];

	if (sw_read_file(AT_FDCWD, "/proc/misc", &b, 1 << 16)) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/misc to look for device-mapper in");
		return;
	}
	minor = misc_minor(sw_buf_str(&b), "device-mapper");
	if (minor < 0) {
		module_explain_absent(ctx, f, "device-mapper is not in /proc/misc", ret);
		return;
	}
	fd = open_dm(ctx, minor, ret);
	if (fd < 0)
		return;
	if (ioctl(fd, f->arg ? DM_LIST_VERSIONS_ : DM_VERSION_, &io)) {
		live_set(ret, errno == EACCES || errno == EPERM ? LIVE_DENIED : LIVE_UNKNOWN, errno,
			 "%s: %s", f->arg ? "DM_LIST_VERSIONS" : "DM_VERSION",
			 sw_errno_name(errno));
		live_blame_privilege(ret);
	} else if (!f->arg) {
		live_set(ret, LIVE_WORKS, 0, "device mapper answers with version %u.%u.%u",
			 io.head.version[0], io.head.version[1], io.head.version[2]);
	} else if (io.head.data_start < sizeof(io) &&
		   dm_find_target(io.bytes + io.head.data_start, sizeof(io) - io.head.data_start,
				  f->arg, version)) {
		live_set(ret, LIVE_WORKS, 0, "device mapper has the target %s, version %u.%u.%u",
			 f->arg, version[0], version[1], version[2]);
	} else {
		snprintf(what, sizeof(what), "device mapper has no target %s", f->arg);
		module_explain_absent(ctx, f, what, ret);
	}
}
