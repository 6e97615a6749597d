// SPDX-License-Identifier: GPL-2.0-only
#include "sw_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

void sw_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int sw_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void sw_freep(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

int sw_read_fd(int fd, struct sw_buf *buf, size_t max)
{
	size_t got = 0;

	for (;;) {
		ssize_t n;

		if (sw_buf_reserve(buf, 4096))
			return -ENOMEM;
		n = read(fd, buf->data + buf->len, buf->cap - buf->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		got += n;
		if (got > max)
			return -EFBIG;
		buf->len += n;
		buf->data[buf->len] = 0;
	}
}

#define PIPEFS_MAGIC 0x50495045		/* include/uapi/linux/magic.h */

int sw_open_input(int dirfd, const char *path, bool pipes)
{
	int fd __sw_fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct statfs fs;
	struct stat st;
	bool bad;

	/* ENXIO: a socket, or a device that is not there (open(2)) */
	if (fd < 0 || fstat(fd, &st))
		return errno == ENXIO ? -ENOTSUP : -errno;
	bad = S_ISFIFO(st.st_mode) && (!pipes || fstatfs(fd, &fs) || fs.f_type != PIPEFS_MAGIC);
	if (bad || S_ISSOCK(st.st_mode))
		return -ENOTSUP;
	/* What is not a pipe and yet waits, such as /proc/kmsg, is to say so by EAGAIN. */
	if (S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, 0))
		return -errno;
	return sw_take_fd(&fd);
}

int sw_read_file(int dirfd, const char *path, struct sw_buf *buf, size_t max)
{
	int fd __sw_fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return sw_read_fd(fd, buf, max);
}

ssize_t sw_read_line(int dirfd, const char *path, char *out, size_t size)
{
	int fd __sw_fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;
	char *nl;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, out, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	out[n] = 0;
	nl = strchr(out, '\n');
	if (nl)
		*nl = 0;
	return strlen(out);
}

int sw_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int sw_write_file(int dirfd, const char *path, const char *value)
{
	int fd __sw_fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, value, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int sw_replace_file(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
	char tmp[PATH_MAX];
	int fd __sw_fd = -1;
	int r = snprintf(tmp, sizeof(tmp), "%s.tmp.%d", path, (int)getpid());

	if (r < 0 || (size_t)r >= sizeof(tmp))
		return -ENAMETOOLONG;
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = sw_write_all(fd, data, len);
	if (!r && fsync(fd))
		r = -errno;
	if (!r && renameat(dirfd, tmp, dirfd, path))
		r = -errno;
	if (r)
		unlinkat(dirfd, tmp, 0);
	return r;
}

int sw_mkdir_p(int dirfd, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != 0)
			continue;
		part[i] = 0;
		if (mkdirat(dirfd, part, mode) && errno != EEXIST)
			return -errno;
		part[i] = path[i];
	}
	return 0;
}

static bool is_octal(char c, char most)
{
	return c >= '0' && c <= most;
}

bool sw_unescape_octal(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c == '\\' && len - i > 3 && is_octal(s[i + 1], '3') && is_octal(s[i + 2], '7') &&
		    is_octal(s[i + 3], '7') && memcmp(s + i + 1, "000", 3)) {
			c = (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0'));
			i += 3;
		}
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	if (n >= size)
		return false;
	out[n] = 0;
	return true;
}

bool sw_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int sw_parse_long(const char *s, long *ret_value)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 10);
	if (end == s || *end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret_value = v;
	return 0;
}
