/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors, whole-file reads and writes, and small path helpers. */
#ifndef SW_FD_H
#define SW_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sw_buf.h"
#include "sw_error.h"

void sw_close(int *fd);		/* close(*fd) if >= 0, keep errno, set it to -1 */
#define __sw_fd __attribute__((cleanup(sw_close)))
int sw_take_fd(int *fd);	/* give the descriptor to the caller, leave -1 */

void sw_freep(void *p);		/* free(*(void **)p) */
#define __sw_free __attribute__((cleanup(sw_freep)))

/*
 * Read a whole file relative to dirfd into buf (appended). Works on /proc files whose size
 * is 0. @max: refuse with -EFBIG beyond that many bytes. Returns 0 or -errno.
 */
int sw_read_file(int dirfd, const char *path, struct sw_buf *buf, size_t max);
/*
 * Open a file for reading without ever waiting for it: a named pipe that nobody writes to would
 * hold the caller for ever. @pipes: a pipe without a name (a shell's <(command)) is welcome.
 * Reading what is no pipe does not wait either: -EAGAIN.
 * Returns a descriptor, or -errno; -ENOTSUP for what is neither a file, a device nor such a pipe.
 */
int sw_open_input(int dirfd, const char *path, bool pipes);
/* The same from an open descriptor, until end of file. */
int sw_read_fd(int fd, struct sw_buf *buf, size_t max);
/* First line of a file without its newline, into out (truncated). Returns length or -errno. */
ssize_t sw_read_line(int dirfd, const char *path, char *out, size_t size);

/* Write all; retries EINTR and short writes. Returns 0 or -errno. */
int sw_write_all(int fd, const void *data, size_t len);
/*
 * Write a string to an existing file in ONE write(2), as control files of the kernel want.
 * Never creates the file. Returns 0 or -errno.
 */
int sw_write_file(int dirfd, const char *path, const char *value);
/* Create or replace a regular file atomically (temporary name, fsync, rename), mode given. */
int sw_replace_file(int dirfd, const char *path, const void *data, size_t len, mode_t mode);

/* mkdir -p of path relative to dirfd. Returns 0 or -errno. */
int sw_mkdir_p(int dirfd, const char *path, mode_t mode);

/*
 * Undo the octal escapes of fstab(5) and /proc/PID/mountinfo (\040 for a blank): a backslash and
 * three octal digits, but not \000. Anything else stays as it is. @out may be @s itself.
 * Returns false if the result and its NUL need more than size bytes; out is then undefined.
 */
bool sw_unescape_octal(const char *s, size_t len, char *out, size_t size);

bool sw_starts_with(const char *s, const char *prefix);
/* Parse a whole decimal string. Returns 0, -EINVAL (not a number) or -ERANGE. */
int sw_parse_long(const char *s, long *ret_value);

#endif
