// SPDX-License-Identifier: GPL-2.0-only
/* What Android in a container (Waydroid) needs beyond the rest. binderfs is with the mounts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/mount_try.h"
#include "features/storage.h"
#include "modules.h"
#include "sw_fd.h"

#define ASHMEM_GET_SIZE_ _IO(0x77, 4)	/* drivers/staging/android/uapi/ashmem.h */

static void probe_ashmem(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int fd __sw_fd = -1;

	/* A node that is left over would make the kernel ask for a module. */
	if (!sw_read_file(AT_FDCWD, "/proc/misc", &b, 1 << 16) && misc_minor(sw_buf_str(&b), "ashmem") < 0) {
		module_explain_absent(ctx, f, "ashmem is not in /proc/misc", ret);
		return;
	}
	fd = open("/dev/ashmem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "/dev/ashmem: %s", sw_errno_name(errno));
	else if (ioctl(fd, ASHMEM_GET_SIZE_) != 0)
		live_set(ret, LIVE_BROKEN, errno, "/dev/ashmem does not answer as it should: %s", sw_errno_name(errno));
	else
		live_set(ret, LIVE_WORKS, 0, "/dev/ashmem gives an empty region");
}

static const struct feature rows[] = {
	{ .id = "android.binder", .title = "Android's calls between processes (binder)", .area = "android",
	  .kconfig = { { KVER(3, 3), 0, "ANDROID_BINDER_IPC" } }, .since = KVER(3, 3),
	  .commit = "drivers/staging/android of 3.3; 777783e0abae (3.19)", .probe = probe_binder,
	  .module = "binder_linux" },
	{ .id = "android.ashmem", .title = "Android's shared memory (ashmem, gone)", .area = "android",
	  .kconfig = { { KVER(3, 3), KVER(5, 18), "ASHMEM" } }, .since = KVER(3, 3),
	  .commit = "drivers/staging/android of 3.3; removed by 721412ed3d81 (5.18)", .probe = probe_ashmem,
	  .module = "ashmem_linux", .remedy = "nothing to do: Android uses memfd_create(2) where ashmem is gone" },
};

static const struct feature_sharing sharing[] = {
	{ probe_ashmem, SHARE_PROCESS }, { probe_binder, SHARE_PROCESS },
	{ NULL, 0 },
};

const struct feature_area feature_area_android = {
	.name = "android", .title = "Android", FEATURE_ROWS(rows), .sharing = sharing,
};
