/* SPDX-License-Identifier: GPL-2.0-only */
/* The small Linux of the system container: BusyBox, an inittab with its own getty, this executable. */
#ifndef RUNTIME_ROOTFS_H
#define RUNTIME_ROOTFS_H

#include <stdbool.h>

#include "sw_error.h"

/* Copy an executable file to path (relative to dirfd), mode 0755. 0 or -errno. */
int rootfs_copy(const char *from, int dirfd, const char *path);
/* Whether a file is an ELF executable that names no interpreter. */
bool rootfs_is_static(const char *path);
/*
 * Make the tree at path. Its sysinit script writes /report and the line "report STATUS" to the FIFO
 * /run/events; its getty runs a session that writes "getty PID TTY", and ends when it can read a
 * line from the FIFO /run/go. 0 or -errno with words in err: no static BusyBox is -ENOENT.
 */
int rootfs_make(const char *path, struct sw_error *err);
/* Remove the tree; never leaves its file system. */
int rootfs_remove(const char *path);

#endif
