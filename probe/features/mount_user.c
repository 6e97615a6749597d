// SPDX-License-Identifier: GPL-2.0-only
/*
 * File systems that speak with user space, or exist once per user namespace: fuse, binfmt_misc,
 * binderfs, and tmpfs as root of a user namespace has it.
 */
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
#include "sys.h"

/* The workplace that the row asks for. */
static int place(const struct probe_ctx *ctx, const struct feature *f, struct live *ret,
		 struct live_way *way)
{
	if (!f->num)
		return mount_workplace(ctx, 0, ret, way);
	way->userns = true;
	return mount_user_workplace(ctx, ret);
}

static void failed(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
		   const struct live_way *way, struct live *ret)
{
	if (f->num)
		mount_user_failed(ctx, f, type, r, ret);
	else
		mount_failed(ctx, f, type, r, way, ret);
}

void probe_tmpfs_user(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way = { .userns = true };
	int r;

	if (!mount_may(ctx, f, "tmpfs", ret))
		return;
	/* The workplace is one already, where the kernel allows it. */
	r = mount_user_workplace(ctx, ret);
	if (r == -EPERM && strstr(ret->evidence, "tmpfs on "))
		mount_user_failed(ctx, f, "tmpfs", r, ret);
	if (r)
		return;
	r = mount_on("m", "tmpfs", 0, "size=64k,mode=755");
	if (r)
		failed(ctx, f, "tmpfs", r, &way, ret);
	else if (mount_put_file("m/a", "1") || !mount_file_is("m/a", "1"))
		live_set(ret, LIVE_BROKEN, 0,
			 "a file on a tmpfs of a user namespace does not read back");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted by root of a user namespace, a file reads back");
}

/* ---- fuse ------------------------------------------------------------------------------------ */

#define FUSE_MINOR 229 /* Documentation/admin-guide/devices.txt: 10:229 */
#define FUSE_INIT  26  /* include/uapi/linux/fuse.h */

/*
 * Returns a descriptor, or -errno with *ret filled. Only once fuse is registered: this loads no
 * module.
 */
static int open_fuse(unsigned int uid, struct live *ret)
{
	int fd = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC), err = errno;

	if (fd < 0 && err == ENOENT && !mount_on("d", "tmpfs", 0, "size=64k,mode=755") &&
	    !mknod("d/fuse", S_IFCHR | 0600, makedev(10, FUSE_MINOR))) {
		fd = open("d/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		err = errno;
	}
	if (fd >= 0)
		return fd;
	/*
	 * EPERM where a device controller or a BPF program forbids the device: none of the file's
	 * doing.
	 */
	live_set(ret, err == EACCES ? LIVE_DENIED : LIVE_UNKNOWN, err,
		 "fuse is registered; /dev/fuse: %s", sw_errno_name(err));
	if (err == EACCES)
		live_cause(ret, FINDING_CAPABILITY, "uid %u may not open /dev/fuse", uid);
	return -err;
}

void probe_fuse(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {
		uint32_t len, opcode;
		char rest[(1 << 17) - 8];
	} request;
	unsigned int uid = geteuid();
	int fd __sw_fd = -1;
	struct live_way way;
	char data[80];
	int r;

	if (!mount_may(ctx, f, "fuse", ret) || place(ctx, f, ret, &way))
		return;
	fd = open_fuse(uid, ret);
	if (fd < 0)
		return;
	snprintf(data, sizeof(data), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	r = mount_on("m", "fuse", MS_NOSUID | MS_NODEV, data);
	if (r) {
		failed(ctx, f, "fuse", r, &way, ret);
		return;
	}
	r = read(fd, &request, sizeof(request)) < 8 ? -errno : 0;
	if (r || request.opcode != FUSE_INIT)
		live_set(ret, LIVE_BROKEN, r, "mounted, but the kernel sends no FUSE_INIT");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted%s, the kernel's first request (FUSE_INIT) arrived",
			 live_way_text(&way));
}

/* ---- binfmt_misc ----------------------------------------------------------------------------- */

void probe_binfmt_misc(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	if (!mount_may(ctx, f, "binfmt_misc", ret) || place(ctx, f, ret, &way))
		return;
	r = mount_on("m", "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r == -EPERM && !f->num && (way.userns || live_in_userns())) {
		live_set(ret, LIVE_UNKNOWN, r,
			 "registered; mounting it takes root of the initial user namespace");
		live_cause(ret, FINDING_CAPABILITY,
			   "CAP_SYS_ADMIN of the initial user namespace is lacking");
		return;
	}
	if (r) {
		failed(ctx, f, "binfmt_misc", r, &way, ret);
		return;
	}
	if (access("m/register", F_OK) || access("m/status", F_OK)) {
		live_set(ret, LIVE_BROKEN, errno, "mounted, but there is no register in it");
		return;
	}
	if (!f->num) {
		/* What is registered here acts on the whole machine: nothing is. */
		live_set(ret, LIVE_WORKS, 0, "mounted%s, it offers to register formats",
			 live_way_text(&way));
		return;
	}
	r = sw_write_file(AT_FDCWD, "m/register", ":seaworthy:M::\\x7fsea::/dev/null:");
	if (r || access("m/seaworthy", F_OK))
		live_set(ret, LIVE_BROKEN, r,
			 "mounted by root of a user namespace, but no format can be registered: %s",
			 r ? sw_errno_name(r) : "it does not show");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "root of a user namespace registered a format of its own");
}

/* ---- binder ---------------------------------------------------------------------------------- */

struct binderfs_new { /* include/uapi/linux/android/binderfs.h */
	char name[256];
	uint32_t major, minor;
};
#define BINDER_CTL_ADD_ _IOWR('b', 1, struct binderfs_new)
#define BINDER_VERSION_ _IOWR('b', 9, int32_t)

/* Ask the device behind the path for its protocol. Returns it, or -errno. */
static int binder_protocol(const char *path)
{
	int fd __sw_fd = open(path, O_RDWR | O_CLOEXEC);
	int32_t version = 0;

	if (fd < 0 || ioctl(fd, BINDER_VERSION_, &version))
		return -errno;
	return version;
}

/* A binderfs of our own with one device in it. Returns 0, or -errno with *ret filled. */
static int own_binder(const struct probe_ctx *ctx, const struct feature *f, struct live *ret,
		      struct live_way *way)
{
	struct binderfs_new device = { .name = "seaworthy" };
	int control __sw_fd = -1;
	int r = mount_workplace(ctx, 0, ret, way);

	if (r)
		return r;
	r = mount_on("m", "binder", 0, NULL);
	if (r) {
		mount_failed(ctx, f, "binder", r, way, ret);
		return r;
	}
	control = open("m/binder-control", O_RDONLY | O_CLOEXEC);
	if (control < 0 || ioctl(control, BINDER_CTL_ADD_, &device)) {
		r = -errno;
		live_set(ret, LIVE_BROKEN, r, "mounted, but no device can be made in it: %s",
			 sw_errno_name(r));
		return r;
	}
	return 0;
}

void probe_binderfs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	if (!mount_may(ctx, f, "binder", ret) || own_binder(ctx, f, ret, &way))
		return;
	r = binder_protocol("m/seaworthy");
	if (r < 0)
		live_set(ret, LIVE_BROKEN, r, "a device made in a binderfs does not answer: %s",
			 sw_errno_name(r));
	else
		live_set(ret, LIVE_WORKS, 0,
			 "a device made in a binderfs of our own%s answers with protocol %d",
			 live_way_text(&way), r);
}

void probe_binder(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const devices[] = { "/dev/binder", "/dev/binderfs/binder",
					       "/dev/binderfs/anbox-binder" };
	struct live_way way;
	int r;

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		r = binder_protocol(devices[i]);
		if (r >= 0) {
			live_set(ret, LIVE_WORKS, 0, "%s answers with protocol %d", devices[i], r);
			return;
		}
	}
	if (fs_registered("binder") == 1 && !own_binder(ctx, f, ret, &way)) {
		r = binder_protocol("m/seaworthy");
		live_set(ret, r < 0 ? LIVE_BROKEN : LIVE_WORKS, r < 0 ? r : 0,
			 "a device in a binderfs of our own %s",
			 r < 0 ? "does not answer" : "answers");
		return;
	}
	if (ret->evidence[0])
		return;
	module_explain_absent(ctx, f, "no binder device, and no binder in /proc/filesystems", ret);
}
