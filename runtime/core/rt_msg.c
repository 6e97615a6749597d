// SPDX-License-Identifier: GPL-2.0-only
/* The one kind of message between monitor, init and the caller who started them. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/rt_int.h"

int rt_msg_send(int fd, enum rt_msg_type type, size_t step, const struct sw_error *err)
{
	struct rt_msg m = { .type = type, .step = step };
	ssize_t n;

	if (err) {
		m.num = err->num;
		memcpy(m.detail, err->msg, sizeof(m.detail));
	}
	do
		n = send(fd, &m, sizeof(m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	/* What the peer left unread when it died makes it ECONNRESET, unix(7): gone all the same. */
	return n >= 0 ? 0 : errno == ECONNRESET ? -EPIPE : -errno;
}

int rt_msg_recv(int fd, struct rt_msg *ret)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	if (n != sizeof(*ret) || ret->type > RT_MSG_FAILED)
		return -EBADMSG;
	ret->detail[sizeof(ret->detail) - 1] = 0;
	return 1;
}
