// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rootfs that is no directory on the host: layers put over one another, an image in a file, a
 * block device. Each is mounted in the container's own mount namespace, on LXCPATH/NAME/rootfs, so
 * that nothing has to be unmounted on the host. What is of the host, directories and the loop
 * device, is made by steps of their own and journalled.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"
#include "sw_loop.h"

#define LOOP_TRIES	64
#define LOOP_GONE_MS	3000

/* ---- where it is mounted --------------------------------------------------------------------- */

/* Make every directory of spec->rootfs that is missing, below the first that is there. */
int rt_step_rootfs_place(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	char path[PATH_MAX];

	(void)step;
	if (snprintf(path, sizeof(path), "%s", ctx->spec->rootfs) >= (int)sizeof(path))
		return sw_error(err, ENAMETOOLONG, NULL, "rootfs %.60s...: the path is too long",
				ctx->spec->rootfs);
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int r = 0;

		if (slash)
			*slash = 0;
		if (access(path, F_OK)) {
			r = rt_journal_add(&ctx->dir, "rmdir %s", path);
			if (!r && mkdir(path, 0755) && errno != EEXIST)
				r = -errno;
		}
		if (r)
			return sw_error(err, r, NULL,
					"making %s, on which the rootfs is mounted: %s", path,
					sw_errno_text(r));
		if (!slash)
			return 0;
		*slash = '/';
	}
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* Beside the upper layer, where LXC has it too: it must be on the same file system. */
static int work_path(const char *upper, char *out, size_t size)
{
	const char *slash = strrchr(upper, '/');

	return snprintf(out, size, "%.*s/olwork", (int)(slash - upper), upper) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

/* A layer's own mode and owner are those of the root that is seen: as the lower layer has them. */
static int make_upper(const char *upper, const char *like, struct sw_error *err)
{
	struct stat st;

	if (!access(upper, F_OK))
		return 0;
	if (stat(like, &st))
		return sw_error(err, errno, NULL, "lower layer %s: %s", like, sw_errno_text(errno));
	if (!S_ISDIR(st.st_mode))
		return sw_error(err, ENOTDIR, NULL, "lower layer %s is not a directory", like);
	if (mkdir(upper, 0700) || chown(upper, st.st_uid, st.st_gid) ||
	    chmod(upper, st.st_mode & 07777))
		return sw_error(err, errno, NULL, "making the upper layer %s: %s", upper,
				sw_errno_text(errno));
	return 0;
}

/* They hold what the container writes, so they stay when it ends. */
int rt_step_rootfs_layers(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	char work[PATH_MAX], first[PATH_MAX];
	int r;

	(void)step;
	/* The topmost of several lower layers stands first; Documentation/filesystems/overlayfs.rst
	 */
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(spec->rootfs_lower, ":"),
		 spec->rootfs_lower);
	r = make_upper(spec->rootfs_upper, first, err);
	if (r)
		return r;
	r = work_path(spec->rootfs_upper, work, sizeof(work));
	if (!r && mkdir(work, 0700) && errno != EEXIST)
		r = -errno;
	return r ? sw_error(err, r, NULL, "making %s, in which the layers are worked on: %s", work,
			    sw_errno_text(r))
		 : 0;
}

/* A comma ends a mount option unless a backslash stands before it (since 3.18, ovl_next_opt()). */
static bool put_path(char *out, size_t size, size_t *at, const char *key, const char *path)
{
	int n = snprintf(out + *at, size - *at, "%s%s=", *at ? "," : "", key);

	if (n < 0 || *at + n >= size)
		return false;
	*at += n;
	for (; *path; path++) {
		if (*at + 3 >= size)
			return false;
		if (*path == ',' || *path == '\\')
			out[(*at)++] = '\\';
		out[(*at)++] = *path;
	}
	out[*at] = 0;
	return true;
}

static int mount_overlay(struct rt_ctx *ctx, struct sw_error *err)
{
	static const char *const ids[] = { "mount.overlay", NULL };
	const struct rt_spec *spec = ctx->spec;
	unsigned long flags = spec->rootfs_readonly ? MS_RDONLY : 0;
	char data[4096], work[PATH_MAX], needs[200];
	bool userns = spec->ns & SW_CLONE_NEWUSER;
	size_t at = 0, plain, with_work;
	int r;

	if (!put_path(data, sizeof(data) - 16, &at, "lowerdir", spec->rootfs_lower) ||
	    !put_path(data, sizeof(data) - 16, &at, "upperdir", spec->rootfs_upper) ||
	    (plain = at, work_path(spec->rootfs_upper, work, sizeof(work))) ||
	    !put_path(data, sizeof(data) - 16, &at, "workdir", work))
		return sw_error(err, ENAMETOOLONG, NULL,
				"the layers' paths are too long for mount(2), "
				"which takes one page");
	with_work = at;
	/* In a user namespace marks go into user.* attributes: trusted.* are the host's (5.11). */
	if (userns)
		strcpy(data + at, ",userxattr");
	r = sys_mount("overlay", spec->rootfs, "overlay", flags, data);
	if (r == -EINVAL && userns) {
		data[with_work] = 0;
		r = sys_mount("overlay", spec->rootfs, "overlay", flags, data);
	}
	/* Out of tree before 3.18, under another name, and without a work directory until then. */
	if (r == -ENODEV) {
		r = sys_mount("overlayfs", spec->rootfs, "overlayfs", flags, data);
		data[plain] = 0;
		if (r == -EINVAL)
			r = sys_mount("overlayfs", spec->rootfs, "overlayfs", flags, data);
	}
	if (!r)
		return 0;
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(
		err, r, NULL, "mount overlay, %s over %s: %s%s%s%s", spec->rootfs_upper,
		spec->rootfs_lower, sw_errno_text(r), r == -ENODEV || r == -EPERM ? "; it " : "",
		r == -ENODEV || r == -EPERM ? needs : "",
		r == -EINVAL ? "; can the upper layer's file system carry one? (ext4, xfs, btrfs "
			       "and tmpfs can, overlay itself and NFS cannot)"
		: r == -EPERM && userns ? "; in a user namespace since 5.11"
					: "");
}

/* ---- images ---------------------------------------------------------------------------------- */

static int loop_try(struct rt_ctx *ctx, int control, int image, bool readonly,
		    const struct stat *st, struct sw_error *err)
{
	int n = ioctl(control, SW_LOOP_CTL_GET_FREE), r;
	int fd __sw_fd = -1;

	if (n < 0)
		return sw_error(err, errno, NULL, "asking /dev/loop-control for a free device: %s",
				sw_errno_text(errno));
	snprintf(ctx->device, sizeof(ctx->device), "/dev/loop%d", n);
	r = rt_journal_add(&ctx->dir, "loop %s %llu:%llu", ctx->device,
			   (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	fd = open(ctx->device, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, NULL, "open %s: %s", ctx->device, sw_errno_text(errno));
	r = sw_loop_attach(fd, image, readonly ? LO_FLAGS_READ_ONLY : 0, ctx->spec->rootfs_image);
	if (r == -EBUSY)
		return r;
	if (r)
		return sw_error(err, r, NULL, "attaching %s to %s: %s", ctx->spec->rootfs_image,
				ctx->device, sw_errno_text(r));
	/* Held open until the container ends: the device frees itself with the last user. */
	ctx->device_fd = sw_take_fd(&fd);
	return 0;
}

int rt_step_rootfs_loop(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	static const char *const ids[] = { "mount.loop", NULL };
	const char *path = ctx->spec->rootfs_image;
	bool readonly = ctx->spec->rootfs_readonly;
	int image __sw_fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	int control __sw_fd = -1;
	char needs[200];
	struct stat st;

	(void)step;
	if (image < 0 || fstat(image, &st))
		return sw_error(err, errno, NULL, "image %s: %s", path, sw_errno_text(errno));
	if (!S_ISREG(st.st_mode))
		return sw_error(err, EINVAL, NULL, "image %s is not a regular file", path);
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		int num = errno;

		rt_needs_text(ids, needs, sizeof(needs));
		return sw_error(err, num, NULL, "open /dev/loop-control: %s; it %s",
				sw_errno_text(num), needs);
	}
	for (int tries = 0; tries < LOOP_TRIES; tries++) {
		int r = loop_try(ctx, control, image, readonly, &st, err);

		if (r != -EBUSY)
			return r;
	}
	return sw_error(err, EBUSY, NULL, "no free loop device could be had");
}

int rt_loop_undo(const struct rt_dir *d, const char *device, const char *backing)
{
	unsigned long long dev, ino;
	char line[PATH_MAX];

	snprintf(line, sizeof(line), "%s %s", device, backing);
	if (sscanf(backing, "%llu:%llu", &dev, &ino) != 2 || !sw_starts_with(device, "/dev/loop") ||
	    rt_journal_shared(d, "loop", line, true))
		return 0;
	for (int waited = 0; waited < LOOP_GONE_MS; waited += 10) {
		int fd __sw_fd = open(device, O_RDONLY | O_CLOEXEC);
		struct loop_info64 info = { 0 };

		/* ENXIO: it is free. Bound to something else, it is somebody else's. */
		if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) || info.lo_device != dev ||
		    info.lo_inode != ino)
			return 0;
		/* Still mounted by a namespace that is on its way out, it frees itself (since 3.7).
		 */
		ioctl(fd, LOOP_CLR_FD, 0);
		sw_close(&fd);
		rt_sleep_ms(10);
	}
	return -EBUSY;
}

/* Which file systems may it be? Those that tell by their first bytes, then all the kernel knows. */
static const struct {
	const char *type;
	unsigned int offset, length;
	const char *bytes;
} marks[] = {
	{ "ext4", 0x438, 2, "\x53\xef" },
	{ "squashfs", 0, 4, "hsqs" },
	{ "xfs", 0, 4, "XFSB" },
	{ "btrfs", 0x10040, 8, "_BHRfS_M" },
	{ "erofs", 0x400, 4, "\xe2\xe1\xf5\xe0" },
	{ "f2fs", 0x400, 4, "\x10\x20\xf5\xf2" },
	{ "iso9660", 0x8001, 5, "CD001" },
	{ "cramfs", 0, 4, "\x45\x3d\xcd\x28" },
};

static const char *type_of(int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char have[8];

		if (pread(fd, have, marks[i].length, marks[i].offset) == (ssize_t)marks[i].length &&
		    !memcmp(have, marks[i].bytes, marks[i].length))
			return marks[i].type;
	}
	return NULL;
}

/* Read before the clone: the child neither allocates nor uses stdio. */
int rt_step_rootfs_type(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int fd __sw_fd = -1;
	const char *type;
	char *save = NULL;
	size_t at;

	(void)step;
	if (ctx->spec->rootfs_kind == RT_ROOTFS_BLOCK)
		snprintf(ctx->device, sizeof(ctx->device), "%s", ctx->spec->rootfs_image);
	fd = open(ctx->device, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, NULL, "open %s: %s", ctx->device, sw_errno_text(errno));
	type = type_of(fd);
	at = snprintf(ctx->types, sizeof(ctx->types), "%s%s", type ? type : "", type ? " " : "");
	/* An ext2 or ext3 looks alike, and a kernel may have only the older driver. */
	if (type && !strcmp(type, "ext4"))
		at += snprintf(ctx->types + at, sizeof(ctx->types) - at, "ext3 ext2 ");
	if (sw_read_file(AT_FDCWD, "/proc/filesystems", &text, 65536) || !text.data)
		return 0;
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (*l == '\t' && at + strlen(l) + 1 < sizeof(ctx->types) &&
		    (!type || strcmp(l + 1, type)))
			at += snprintf(ctx->types + at, sizeof(ctx->types) - at, "%s ", l + 1);
	return 0;
}

static int mount_device(struct rt_ctx *ctx, struct sw_error *err)
{
	unsigned long flags = ctx->spec->rootfs_readonly ? MS_RDONLY : 0;
	int first = 0;

	for (const char *p = ctx->types; *p; p += strspn(p, " ")) {
		char type[32];
		size_t n = strcspn(p, " ");
		int r;

		snprintf(type, sizeof(type), "%.*s", (int)n, p);
		p += n;
		r = sys_mount(ctx->device, ctx->spec->rootfs, type, flags, NULL);
		if (!r)
			return 0;
		first = first && first != -ENODEV ? first : r;
	}
	return sw_error(err, first ? first : ENODEV, NULL, "mount %s (%s): %s; tried: %s",
			ctx->device, ctx->spec->rootfs_image, sw_errno_text(first ? first : ENODEV),
			ctx->types);
}

int rt_rootfs_mount(struct rt_ctx *ctx, struct sw_error *err)
{
	int r = ctx->spec->rootfs_kind == RT_ROOTFS_OVERLAY ? mount_overlay(ctx, err)
							    : mount_device(ctx, err);

	if (r)
		return r;
	ctx->root_fd = open(ctx->spec->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ctx->root_fd < 0)
		return sw_error(err, errno, NULL, "open %s: %s", ctx->spec->rootfs,
				sw_errno_text(errno));
	return 0;
}
