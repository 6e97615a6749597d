// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "guest.h"
#include "sw_fd.h"

void guest_record_format(struct sw_buf *out, const char *type, unsigned long seq,
			 const void *payload, size_t len)
{
	char head[64];
	int n = snprintf(head, sizeof(head), "%s %lu\n", type, seq);
	unsigned long crc = crc32(0, (const unsigned char *)head, n);

	if (len)
		crc = crc32(crc, payload, len);
	sw_buf_printf(out, "#sw1 %s %lu %zu %08lx\n", type, seq, len, crc);
	sw_buf_add(out, payload, len);
	sw_buf_addc(out, '\n');
}

/* The descriptor may be non-blocking (a test's socket): wait for room rather than lose bytes. */
static int write_waiting(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

void guest_record(struct guest_channel *ch, const char *type, const void *payload, size_t len)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r;

	if (ch->failed)
		return;
	guest_record_format(&b, type, ch->seq, payload,
			    len > GUEST_PAYLOAD_MAX ? GUEST_PAYLOAD_MAX : len);
	r = b.failed ? -b.failed : write_waiting(ch->fd, b.data, b.len);
	ch->seq++;
	if (r) {
		ch->failed = -r;
		fprintf(stderr, "seaworthy init: the channel does not take records any more: %s\n",
			sw_errno_text(r));
	}
}

void guest_note(struct guest_channel *ch, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "seaworthy init: %s\n", text);
	guest_record(ch, "note", text, strlen(text));
}
