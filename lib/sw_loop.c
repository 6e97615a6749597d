// SPDX-License-Identifier: GPL-2.0-only
#include "sw_loop.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define CONFIGURE 0x4c0a /* LOOP_CONFIGURE, 5.8 (3448914e8cc5) */

struct config { /* struct loop_config */
	uint32_t fd, block_size;
	struct loop_info64 info;
	uint64_t reserved[8];
};

int sw_loop_attach(int loop, int file, unsigned int flags, const char *name)
{
	struct config c = { .fd = (uint32_t)file, .info = { .lo_flags = LO_FLAGS_AUTOCLEAR | flags } };
	int r;

	if (name)
		snprintf((char *)c.info.lo_file_name, sizeof(c.info.lo_file_name), "%s", name);
	r = ioctl(loop, CONFIGURE, &c) ? -errno : 0;
	/* An unknown request is EINVAL or ENOTTY on an unbound device, depending on the version. */
	if (!r || r == -EBUSY || r == -EPERM || r == -EACCES)
		return r;
	if (ioctl(loop, LOOP_SET_FD, file))
		return -errno;
	if (!ioctl(loop, LOOP_SET_STATUS64, &c.info))
		return 0;
	r = -errno;
	ioctl(loop, LOOP_CLR_FD, 0);
	return r;
}
