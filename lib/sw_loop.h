/* SPDX-License-Identifier: GPL-2.0-only */
/* Loop devices (loop(4)). */
#ifndef SW_LOOP_H
#define SW_LOOP_H

#include <linux/loop.h>

/* By their own numbers: not every build host's linux/loop.h has them. */
#define SW_LOOP_CTL_ADD		0x4c80	/* 3.1, as the other two of /dev/loop-control */
#define SW_LOOP_CTL_REMOVE	0x4c81
#define SW_LOOP_CTL_GET_FREE	0x4c82

/*
 * Put a file behind a loop device, which comes off with the last close. In one step since 5.8
 * (LOOP_CONFIGURE); before, who is killed between two leaves a device that does not free itself.
 * @flags: LO_FLAGS_READ_ONLY or 0
 * @name: what LOOP_GET_STATUS tells of the file; cut to 63 bytes; NULL: nothing
 * Returns 0, -EBUSY where the device has a file already, or -errno of ioctl(2).
 */
int sw_loop_attach(int loop, int file, unsigned int flags, const char *name);

#endif
