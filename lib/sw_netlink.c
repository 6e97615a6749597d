// SPDX-License-Identifier: GPL-2.0-only
#include "sw_netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sw_fd.h"
#include "sys.h"

/* A dump of links fills up to 32 KiB a read on new kernels (net/netlink/af_netlink.c). */
#define READ_SIZE 32768

int sw_nl_open(struct sw_nl *nl, int protocol)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	/* The kernel answers at once or not at all; a lost answer must not hang the caller. */
	struct timeval limit = { .tv_sec = 10 };
	int fd __sw_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	nl->fd = sw_take_fd(&fd);
	nl->seq = 0;
	return 0;
}

int sw_nl_open_in(struct sw_nl *nl, int protocol, int ns)
{
	int own __sw_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	if (own < 0)
		return -errno;
	r = sys_setns(ns, SW_CLONE_NEWNET);
	if (r)
		return r;
	r = sw_nl_open(nl, protocol);
	/* To stay here would make everything that follows happen in the wrong place. */
	if (sys_setns(own, SW_CLONE_NEWNET))
		abort();
	return r;
}

void sw_nl_explain(struct sw_nl *nl)
{
	int one = 1;

	/* Only the words are wanted, not our own message again (NETLINK_CAP_ACK, 4.3). */
	setsockopt(nl->fd, SOL_NETLINK, 10, &one, sizeof(one));
	setsockopt(nl->fd, SOL_NETLINK, 11, &one, sizeof(one));
}

void sw_nl_close(struct sw_nl *nl)
{
	sw_close(&nl->fd);
}

/* Room for len more bytes, padded to 4; NULL and overflow set if there is none. */
static void *room(struct sw_nl_msg *m, size_t len)
{
	size_t at = NLMSG_ALIGN(m->hdr.nlmsg_len);

	if (m->overflow || len > sizeof(m->bytes) || at + NLMSG_ALIGN(len) > sizeof(m->bytes)) {
		m->overflow = true;
		return NULL;
	}
	memset(m->bytes + at, 0, NLMSG_ALIGN(len));
	m->hdr.nlmsg_len = (uint32_t)(at + len);
	return m->bytes + at;
}

void sw_nl_begin(struct sw_nl_msg *m, uint16_t type, uint16_t flags, const void *header,
		 size_t header_len)
{
	memset(&m->hdr, 0, sizeof(m->hdr));
	m->overflow = false;
	m->hdr.nlmsg_len = NLMSG_HDRLEN;
	m->hdr.nlmsg_type = type;
	m->hdr.nlmsg_flags = flags | NLM_F_REQUEST;
	sw_nl_put_raw(m, header, header_len);
}

void sw_nl_put_raw(struct sw_nl_msg *m, const void *data, size_t len)
{
	void *p = room(m, len);

	if (p && len)
		memcpy(p, data, len);
}

void sw_nl_put(struct sw_nl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = room(m, NLA_HDRLEN + len);

	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
}

void sw_nl_put_str(struct sw_nl_msg *m, uint16_t type, const char *s)
{
	sw_nl_put(m, type, s, strlen(s) + 1);
}

void sw_nl_put_u8(struct sw_nl_msg *m, uint16_t type, uint8_t v)
{
	sw_nl_put(m, type, &v, sizeof(v));
}

void sw_nl_put_u16(struct sw_nl_msg *m, uint16_t type, uint16_t v)
{
	sw_nl_put(m, type, &v, sizeof(v));
}

void sw_nl_put_u32(struct sw_nl_msg *m, uint16_t type, uint32_t v)
{
	sw_nl_put(m, type, &v, sizeof(v));
}

void sw_nl_put_be16(struct sw_nl_msg *m, uint16_t type, uint16_t v)
{
	sw_nl_put_u16(m, type, htons(v));
}

void sw_nl_put_be32(struct sw_nl_msg *m, uint16_t type, uint32_t v)
{
	sw_nl_put_u32(m, type, htonl(v));
}

size_t sw_nl_nest(struct sw_nl_msg *m, uint16_t type)
{
	size_t at = NLMSG_ALIGN(m->hdr.nlmsg_len);

	/* Without NLA_F_NESTED, which kernels before 2.6.24 take for part of the type. */
	sw_nl_put(m, type, NULL, 0);
	return at;
}

void sw_nl_nest_end(struct sw_nl_msg *m, size_t at)
{
	if (!m->overflow)
		((struct nlattr *)(m->bytes + at))->nla_len = (uint16_t)(m->hdr.nlmsg_len - at);
}

static int send_msg(struct sw_nl *nl, struct sw_nl_msg *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	if (m->overflow)
		return -EMSGSIZE;
	m->hdr.nlmsg_seq = ++nl->seq;
	do
		n = sendto(nl->fd, m->bytes, m->hdr.nlmsg_len, 0, (struct sockaddr *)&kernel,
			   sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* The message after h of those in left bytes, or NULL; pass NULL first. */
static const struct nlmsghdr *next_msg(const char *buf, const struct nlmsghdr *h, size_t *left)
{
	size_t step = h ? NLMSG_ALIGN(h->nlmsg_len) : 0;

	if (step > *left)
		return NULL;
	*left -= step;
	h = h ? (const struct nlmsghdr *)((const char *)h + step) : (const struct nlmsghdr *)buf;
	return *left >= sizeof(*h) && h->nlmsg_len >= sizeof(*h) && h->nlmsg_len <= *left ? h : NULL;
}

enum { ACK_CAPPED = 0x100, ACK_TLVS = 0x200, ACK_ATTR_MSG = 1 };	/* linux/netlink.h */

/* The words that may come with a refusal. */
static void keep_words(struct sw_nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	size_t skip = NLMSG_LENGTH(sizeof(*e)), len;
	const struct nlattr *words;

	nl->why[0] = 0;
	if (!e->error || !(h->nlmsg_flags & ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & ACK_CAPPED))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	if (skip >= h->nlmsg_len)
		return;
	words = sw_nl_find((const char *)h + skip, h->nlmsg_len - skip, ACK_ATTR_MSG);
	len = words ? strnlen(sw_nl_data(words), sw_nl_len(words)) : 0;
	if (len >= sizeof(nl->why))
		len = sizeof(nl->why) - 1;
	if (len)
		memcpy(nl->why, sw_nl_data(words), len);
	nl->why[len] = 0;
}

/*
 * Read answers to the last request until it is complete.
 * Returns 0 at its end, or -errno: what an NLMSG_ERROR carried, or the socket's.
 */
static int receive(struct sw_nl *nl, bool dump, int (*fn)(const struct nlmsghdr *, void *), void *arg)
{
	char buf[READ_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool stopped = false;

	for (;;) {
		const struct nlmsghdr *h = NULL;
		ssize_t n = recv(nl->fd, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return -ECONNRESET;
		while ((h = next_msg(buf, h, &left))) {
			if (h->nlmsg_seq != nl->seq)
				continue;
			if (h->nlmsg_type == NLMSG_DONE) {
				int err = 0;

				/* How the dump went comes with its end (netlink_dump(), af_netlink.c). */
				if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(err)))
					memcpy(&err, NLMSG_DATA(h), sizeof(err));
				return err < 0 ? err : 0;
			}
			if (h->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = NLMSG_DATA(h);

				if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
					return -EBADMSG;
				keep_words(nl, h);
				return e->error;
			}
			if (dump && fn && !stopped)
				stopped = fn(h, arg) != 0;
		}
	}
}

int sw_nl_ack(struct sw_nl *nl, struct sw_nl_msg *m)
{
	int r;

	m->hdr.nlmsg_flags |= NLM_F_ACK;
	r = send_msg(nl, m);
	return r ? r : receive(nl, false, NULL, NULL);
}

int sw_nl_dump(struct sw_nl *nl, struct sw_nl_msg *m,
	       int (*fn)(const struct nlmsghdr *msg, void *arg), void *arg)
{
	int r;

	m->hdr.nlmsg_flags |= NLM_F_DUMP;
	r = send_msg(nl, m);
	return r ? r : receive(nl, true, fn, arg);
}

int sw_nl_query(struct sw_nl *nl, struct sw_nl_msg *m,
		int (*fn)(const struct nlmsghdr *msg, void *arg), void *arg)
{
	int r;

	m->hdr.nlmsg_flags |= NLM_F_ACK;
	r = send_msg(nl, m);
	return r ? r : receive(nl, true, fn, arg);
}

/* Take the acknowledgements of messages numbered first to first + count - 1 until all have come. */
static int receive_batch(struct sw_nl *nl, uint32_t first, size_t count, size_t acks, size_t *ret_failed)
{
	char buf[READ_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));

	while (acks) {
		const struct nlmsghdr *h = NULL;
		ssize_t n = recv(nl->fd, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? -ECONNRESET : errno == EAGAIN ? -ETIMEDOUT : -errno;
		while (acks && (h = next_msg(buf, h, &left))) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq - first >= count)
				continue;
			if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
				return -EBADMSG;
			if (e->error) {
				*ret_failed = h->nlmsg_seq - first;
				return e->error;
			}
			acks--;
		}
	}
	return 0;
}

int sw_nl_batch(struct sw_nl *nl, struct sw_nl_msg *const msgs[], size_t count, size_t *ret_failed)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov[8];
	struct msghdr mh = { .msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = iov };
	uint32_t first = nl->seq + 1;
	size_t acks = 0;
	ssize_t n;

	if (count > sizeof(iov) / sizeof(*iov))
		return -EMSGSIZE;
	for (size_t i = 0; i < count; i++) {
		if (msgs[i]->overflow)
			return -EMSGSIZE;
		msgs[i]->hdr.nlmsg_seq = ++nl->seq;
		acks += (msgs[i]->hdr.nlmsg_flags & NLM_F_ACK) != 0;
		/* room() pads with zeros, so the bytes up to the next message are ours. */
		iov[i] = (struct iovec){ msgs[i]->bytes, NLMSG_ALIGN(msgs[i]->hdr.nlmsg_len) };
	}
	mh.msg_iovlen = count;
	do
		n = sendmsg(nl->fd, &mh, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : receive_batch(nl, first, count, acks, ret_failed);
}

const struct nlattr *sw_nl_find(const void *attrs, size_t len, uint16_t type)
{
	const char *p = attrs;

	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)p;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step >= len)
			return NULL;
		p += step;
		len -= step;
	}
	return NULL;
}

const void *sw_nl_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

size_t sw_nl_len(const struct nlattr *a)
{
	return a->nla_len - NLA_HDRLEN;
}

const void *sw_nl_attrs(const struct nlmsghdr *msg, size_t header_len, size_t *ret_len)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header_len);

	*ret_len = msg->nlmsg_len > skip ? msg->nlmsg_len - skip : 0;
	return (const char *)msg + skip;
}

/* ---- generic netlink ---------------------------------------------------------------------------- */

enum { GENL_ID_CTRL = 16, CTRL_CMD_GETFAMILY = 3, CTRL_ATTR_FAMILY_ID = 1, CTRL_ATTR_FAMILY_NAME = 2 };

struct wanted_family {
	const char *name;
	int id;
};

static int match_family(const struct nlmsghdr *msg, void *arg)
{
	struct wanted_family *w = arg;
	const struct nlattr *name, *id;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct sw_genlmsghdr), &len);
	name = sw_nl_find(attrs, len, CTRL_ATTR_FAMILY_NAME);
	id = sw_nl_find(attrs, len, CTRL_ATTR_FAMILY_ID);
	if (!name || !id || sw_nl_len(id) < sizeof(uint16_t) || sw_nl_len(name) != strlen(w->name) + 1 ||
	    memcmp(sw_nl_data(name), w->name, sw_nl_len(name)))
		return 0;
	w->id = *(const uint16_t *)sw_nl_data(id);
	return 1;
}

int sw_genl_family(struct sw_nl *nl, const char *name)
{
	struct sw_genlmsghdr ctrl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct wanted_family w = { name, -ENOENT };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, GENL_ID_CTRL, 0, &ctrl, sizeof(ctrl));
	r = sw_nl_dump(nl, &m, match_family, &w);
	return r ? r : w.id;
}
