// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of the console's output: a log file, and the last bytes in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* ---- the log --------------------------------------------------------------------------------- */

static int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

int rt_log_open(struct rt_log *log, const char *path, uint64_t max, bool rotate,
		struct sw_error *err)
{
	struct stat st;
	int fd = open_log(path);

	if (fd < 0)
		return sw_error(err, fd, NULL, "console log %s: %s", path, sw_errno_text(fd));
	log->fd = fd;
	log->path = strdup(path);
	log->max = max;
	log->rotate = rotate;
	log->len = !fstat(fd, &st) && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return log->path ? 0 : sw_error(err, ENOMEM, NULL, "out of memory");
}

/* A full log: FILE.1 takes the place of an older one, or the file begins afresh. */
static void turn_over(struct rt_log *log)
{
	char old[RT_ABSOLUTE_MAX + 2];
	int fd;

	snprintf(old, sizeof(old), "%s.1", log->path);
	if (!log->rotate) {
		if (!ftruncate(log->fd, 0))
			log->len = 0;
		return;
	}
	if (rename(log->path, old))
		return;
	fd = open_log(log->path);
	if (fd < 0)		/* better in the old file than nowhere */
		return;
	sw_close(&log->fd);
	log->fd = fd;
	log->len = 0;
}

void rt_log_write(struct rt_log *log, const char *data, size_t len)
{
	if (log->fd < 0)
		return;
	while (len) {
		uint64_t max = log->max ? log->max : UINT64_MAX;
		size_t n = len < max ? len : max;

		if (log->len + n > max)
			turn_over(log);
		/* A full disk does not stop a container. */
		if (!sw_write_all(log->fd, data, n))
			log->len += n;
		data += n;
		len -= n;
	}
}

void rt_log_close(struct rt_log *log)
{
	sw_close(&log->fd);
	free(log->path);
	log->path = NULL;
}

/* ---- the memory ------------------------------------------------------------------------------ */

int rt_ring_open(struct rt_ring *ring, size_t size)
{
	/* Mapped, so that what is never said costs nothing. */
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*ring = (struct rt_ring){ .data = p, .size = size };
	return 0;
}

void rt_ring_write(struct rt_ring *ring, const char *data, size_t len)
{
	if (!ring->data)
		return;
	if (len >= ring->size) {
		data += len - ring->size;
		len = ring->size;
	}
	while (len) {
		size_t room = ring->size - ring->at, n = len < room ? len : room;

		memcpy(ring->data + ring->at, data, n);
		data += n;
		len -= n;
		ring->at += n;
		if (ring->at == ring->size) {
			ring->at = 0;
			ring->full = true;
		}
	}
}

int rt_ring_file(const struct rt_ring *ring, const struct rt_dir *d)
{
	static const char name[] = "said";
	int fd __sw_fd = openat(d->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (unlinkat(d->fd, name, 0))
		return -errno;
	if (ring->full)
		r = sw_write_all(fd, ring->data + ring->at, ring->size - ring->at);
	if (!r)
		r = sw_write_all(fd, ring->data, ring->at);
	if (!r && lseek(fd, 0, SEEK_SET))
		r = -errno;
	return r ? r : sw_take_fd(&fd);
}

void rt_ring_clear(struct rt_ring *ring)
{
	ring->at = 0;
	ring->full = false;
}

void rt_ring_close(struct rt_ring *ring)
{
	if (ring->data)
		munmap(ring->data, ring->size);
	*ring = (struct rt_ring){ 0 };
}
