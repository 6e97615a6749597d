// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint/restore: what the kernel tells of sockets, and lets be set. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "features/checkpoint.h"
#include "features/net.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

/* ---- sock_diag -------------------------------------------------------------------------------------- */

#define DIAG_NETLINK		4	/* NETLINK_SOCK_DIAG, until 3.3 NETLINK_INET_DIAG */
#define DIAG_BY_FAMILY		20	/* SOCK_DIAG_BY_FAMILY, 3.3 */

struct diag_request {		/* the request of each family, include/uapi/linux/WHAT_diag.h */
	union {
		struct {
			uint8_t family, protocol, ext, pad;
			uint32_t states;
			uint8_t id[48];
		} inet;
		struct {
			uint8_t family, protocol;
			uint16_t pad;
			uint32_t states, ino, show, cookie[2];
		} local;	/* unix */
		struct {
			uint8_t family, protocol;
			uint16_t pad;
			uint32_t ino, show, cookie[2];
		} other;	/* packet, netlink */
	};
};

/* Where the inode's number is in an answer. */
static size_t ino_offset(int family)
{
	switch (family) {
	case AF_INET:
		return 68;	/* struct inet_diag_msg: idiag_inode, behind 4 + 48 + 4 * 4 bytes */
	case AF_NETLINK:
		return 16;	/* struct netlink_diag_msg */
	default:
		return 4;	/* struct unix_diag_msg, struct packet_diag_msg */
	}
}

struct wanted {
	uint32_t ino;
	int family, seen;
	bool found;
};

static int note_socket(const struct nlmsghdr *msg, void *arg)
{
	struct wanted *w = arg;
	size_t at = NLMSG_HDRLEN + ino_offset(w->family);
	uint32_t ino;

	if (msg->nlmsg_type != DIAG_BY_FAMILY || msg->nlmsg_len < at + sizeof(ino))
		return 0;
	memcpy(&ino, (const char *)msg + at, sizeof(ino));
	w->seen++;
	w->found |= ino == w->ino;
	return w->found;
}

/*
 * A socket that the kernel has in its lists: bound to an address of the loopback that it chooses; to
 * none for the others. -1 where we may not have one: then the list alone is looked at.
 */
static int diag_socket(int family, int protocol)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int type = protocol == IPPROTO_TCP ? SOCK_STREAM :
		   family == AF_PACKET || protocol == IPPROTO_RAW ? SOCK_RAW : SOCK_DGRAM;
	int fd = socket(family, type | SOCK_CLOEXEC, family == AF_INET ? protocol : 0);

	if (fd >= 0 && (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) && family == AF_INET &&
	    (bind(fd, (struct sockaddr *)&in, sizeof(in)) || (type == SOCK_STREAM && listen(fd, 1)))) {
		close(fd);
		return -1;
	}
	return fd;
}

static size_t fill_request(struct diag_request *q, int family, int protocol, uint32_t ino)
{
	memset(q, 0, sizeof(*q));
	q->inet.family = (uint8_t)family;
	switch (family) {
	case AF_INET:
		q->inet.protocol = (uint8_t)protocol;
		/* TCP_LISTEN is 10: the others may be very many. */
		q->inet.states = protocol == IPPROTO_TCP ? 1u << 10 : ~0u;
		return sizeof(q->inet);
	case AF_UNIX:
		q->local.states = ~0u;
		q->local.ino = ino;
		q->local.cookie[0] = q->local.cookie[1] = ~0u;
		return sizeof(q->local);
	default:
		q->other.protocol = family == AF_NETLINK ? 255 : 0;	/* NDIAG_PROTO_ALL */
		return sizeof(q->other);
	}
}

/* Is the family itself there? A socket of it would make the kernel load it. */
static bool family_there(int family, struct live *ret)
{
	const char *file = family == AF_PACKET ? "/proc/self/net/packet" :
			   family == AF_UNIX ? "/proc/self/net/unix" :
			   family == AF_INET ? "/proc/self/net/sockstat" : "/proc/self/net/netlink";

	if (live_proc(file) != 0)
		return true;
	live_set(ret, LIVE_ABSENT, errno, "no %s: not even sockets of that kind", file);
	return false;
}

static void diag_absent(const struct probe_ctx *ctx, const struct feature *f, int r, struct live *ret)
{
	char what[96];

	snprintf(what, sizeof(what), "sock_diag of %s sockets: %s", f->arg, sw_errno_name(r));
	module_explain_absent(ctx, f, what, ret);
	ret->err = -r;
}

/* Shared: num is the address family, and above its eight bits the protocol; arg is what to say. */
void ck_diag(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int family = (int)(f->num & 0xff), protocol = (int)(f->num >> 8), r;
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct wanted w = { .family = family };
	struct diag_request q;
	struct sw_nl_msg m;
	struct stat st = { 0 };
	int fd __sw_fd = -1;

	if (ck_would_load(ctx, f, ret) || !family_there(family, ret))
		return;
	r = sw_nl_open(&nl, DIAG_NETLINK);
	if (r) {
		ck_refused(ctx, f, "socket(NETLINK_SOCK_DIAG)", r == -EPROTONOSUPPORT ? -ENOENT : r, false, ret);
		return;
	}
	fd = family == AF_NETLINK ? -1 : diag_socket(family, protocol);
	if (!fstat(family == AF_NETLINK ? nl.fd : fd, &st))
		w.ino = (uint32_t)st.st_ino;
	r = (int)fill_request(&q, family, protocol, w.ino);
	sw_nl_begin(&m, DIAG_BY_FAMILY, 0, &q, (size_t)r);
	r = sw_nl_dump(&nl, &m, note_socket, &w);
	if (r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP)
		diag_absent(ctx, f, r, ret);
	else if (r)
		ck_refused(ctx, f, "sock_diag", r, false, ret);
	else if (w.ino && !w.found)
		live_set(ret, LIVE_BROKEN, 0, "sock_diag of %s sockets lists %d, and not ours", f->arg, w.seen);
	else if (!w.ino)
		live_set(ret, LIVE_WORKS, 0, "sock_diag of %s sockets answers (%d of them)", f->arg, w.seen);
	else
		live_set(ret, LIVE_WORKS, 0, "sock_diag of %s sockets lists one that was made", f->arg);
}

/* ---- TCP -------------------------------------------------------------------------------------------------- */

enum { OPT_REPAIR = 19, OPT_REPAIR_QUEUE = 20, OPT_QUEUE_SEQ = 21, SEND_QUEUE = 2 };

/* CAP_NET_ADMIN over our network: in a network namespace of our own, if need be. */
static bool net_admin(const struct probe_ctx *ctx, bool always, struct live_way *way, struct live *ret)
{
	*way = (struct live_way){ 0 };
	if (!always && live_has_cap(LIVE_CAP_NET_ADMIN) && !live_in_userns())
		return true;
	return !net_enter(ctx, ret, way);
}

void ck_tcp_repair(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = -1, on = 1, queue = SEND_QUEUE;
	unsigned int seq = 123456, got = 0;
	socklen_t len = sizeof(got);
	struct live_way way;

	if (!net_admin(ctx, false, &way, ret))
		return;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		ck_not_tried("a TCP socket", -errno, ret);
		return;
	}
	if (setsockopt(fd, IPPROTO_TCP, OPT_REPAIR, &on, sizeof(on)))
		ck_refused(ctx, f, "setsockopt(TCP_REPAIR)", -errno, true, ret);
	else if (setsockopt(fd, IPPROTO_TCP, OPT_REPAIR_QUEUE, &queue, sizeof(queue)) ||
		 setsockopt(fd, IPPROTO_TCP, OPT_QUEUE_SEQ, &seq, sizeof(seq)) ||
		 getsockopt(fd, IPPROTO_TCP, OPT_QUEUE_SEQ, &got, &len))
		live_set(ret, LIVE_BROKEN, errno, "TCP_REPAIR is taken, TCP_QUEUE_SEQ not: %s", sw_errno_name(errno));
	else if (got != seq)
		live_set(ret, LIVE_BROKEN, 0, "sequence number %u was set and reads %u", seq, got);
	else
		live_set(ret, LIVE_WORKS, 0, "a sequence number was set in repair mode and reads back%s",
			 live_way_text(&way));
}

/* A connection within the loopback of a network namespace. Returns its active end, or -errno. */
static int connection(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	socklen_t len = sizeof(in);
	int r = sw_nl_open(&nl, NETLINK_ROUTE);
	int a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!r)
		r = sw_nl_link_up(&nl, 1, true);	/* lo is always the first */
	if (!r && (bind(a, (struct sockaddr *)&in, sizeof(in)) || listen(a, 1) ||
		   getsockname(a, (struct sockaddr *)&in, &len) ||
		   connect(b, (struct sockaddr *)&in, sizeof(in))))
		r = -errno;
	/* The listening end stays: it dies with this process. */
	return r ? r : b;
}

void ck_tcp_half_closed(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = -1, on = 1;
	struct live_way way;

	if (!net_admin(ctx, true, &way, ret))
		return;
	fd = connection();
	if (fd < 0) {
		ck_not_tried("a TCP connection", fd, ret);
		return;
	}
	if (setsockopt(fd, IPPROTO_TCP, OPT_REPAIR, &on, sizeof(on))) {
		ck_refused(ctx, f, "setsockopt(TCP_REPAIR)", -errno, true, ret);
		return;
	}
	on = 0;
	if (setsockopt(fd, IPPROTO_TCP, OPT_REPAIR, &on, sizeof(on)) || shutdown(fd, SHUT_WR)) {
		ck_not_tried("shutdown", -errno, ret);
		return;
	}
	on = 1;
	/* Until 4.10 only a connection that is fully open, or closed, could be repaired: EPERM. */
	if (!setsockopt(fd, IPPROTO_TCP, OPT_REPAIR, &on, sizeof(on)))
		live_set(ret, LIVE_WORKS, 0, "a connection that is half closed was put into repair mode%s",
			 live_way_text(&way));
	else
		live_set(ret, errno == EPERM ? LIVE_ABSENT : LIVE_BROKEN, errno,
			 "a half closed connection and TCP_REPAIR: %s, where an open one is taken",
			 sw_errno_name(errno));
}

/* ---- options ------------------------------------------------------------------------------------------------ */

void ck_get_filter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct insn {
		uint16_t code;
		uint8_t jt, jf;
		uint32_t k;
	} set = { 0x06, 0, 0, 77 }, got[4] = { { 0 } };	/* BPF_RET | BPF_K */
	struct {
		unsigned short len;
		struct insn *code;
	} prog = { 1, &set };
	int fd __sw_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = 4;	/* in instructions */

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		ck_not_tried("SO_ATTACH_FILTER", -errno, ret);
	else if (getsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, got, &len))
		ck_refused(ctx, f, "getsockopt(SO_GET_FILTER)", -errno, true, ret);
	else if (len != 1 || got[0].code != set.code || got[0].k != set.k)
		live_set(ret, LIVE_BROKEN, 0, "getsockopt(SO_GET_FILTER) gives another filter than was set");
	else
		live_set(ret, LIVE_WORKS, 0, "getsockopt(SO_GET_FILTER) gives the filter that was set");
}

void ck_get_device(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[IFNAMSIZ] = "?";
	socklen_t len = sizeof(name);
	bool bound;

	if (fd < 0) {
		ck_not_tried("a UDP socket", -errno, ret);
		return;
	}
	bound = !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len))
		ck_refused(ctx, f, "getsockopt(SO_BINDTODEVICE)", -errno, true, ret);
	else if (bound ? strcmp(name, "lo") : len != 0)
		live_set(ret, LIVE_BROKEN, 0, "getsockopt(SO_BINDTODEVICE) gives another device than was set");
	else
		live_set(ret, LIVE_WORKS, 0, "getsockopt(SO_BINDTODEVICE) tells what a socket is bound to (%s)",
			 bound ? "lo" : "nothing");
}

void ck_peek_off(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { OPT_PEEK_OFF = 42 };	/* SO_PEEK_OFF, asm-generic/socket.h; powerpc has it too */
	int p[2], off = 2;
	char got[8] = "";

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) || send(p[0], "abcdef", 6, 0) != 6) {
		ck_not_tried("a pair of sockets", -errno, ret);
		return;
	}
	if (setsockopt(p[1], SOL_SOCKET, OPT_PEEK_OFF, &off, sizeof(off)))
		ck_refused(ctx, f, "setsockopt(SO_PEEK_OFF)", -errno, true, ret);
	else if (recv(p[1], got, 3, MSG_PEEK) != 3 || memcmp(got, "cde", 3))
		live_set(ret, LIVE_BROKEN, 0, "SO_PEEK_OFF=2, and peeking gives \"%.3s\"", got);
	else
		live_set(ret, LIVE_WORKS, 0, "with SO_PEEK_OFF=2, peeking starts at the third byte");
}

/* Shared: num is family, level, option and value, a byte each from the lowest; arg its name. */
void ck_sockopt(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int family = f->num & 0xff, level = f->num >> 8 & 0xff, option = f->num >> 16 & 0xff;
	int value = f->num >> 24 & 0xff, got = -1;
	socklen_t len = sizeof(got);
	int fd __sw_fd = -1;

	/* A socket of a family that is a module would load it. */
	if (family == AF_INET6 && live_proc("/proc/self/net/if_inet6") == 0) {
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/net/if_inet6: no IPv6");
		return;
	}
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		ck_not_tried("a socket", -errno, ret);
		return;
	}
	if (level == 1)
		level = SOL_SOCKET;	/* its number is not the same everywhere */
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		ck_refused(ctx, f, f->arg, -errno, true, ret);
	else if (getsockopt(fd, level, option, &got, &len) || got != value)
		live_set(ret, LIVE_BROKEN, 0, "%s was set to %d and reads %d", f->arg, value, got);
	else
		live_set(ret, LIVE_WORKS, 0, "%s was set to %d and reads back", f->arg, value);
}

/* ---- where a socket is --------------------------------------------------------------------------------------- */

void ck_socket_netns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { GET_NS = 0x894c };	/* SIOCGSKNS: wants CAP_NET_ADMIN over that namespace */
	int s __sw_fd = -1, fd __sw_fd = -1;
	struct live_way way;
	struct stat a, b;

	if (!net_admin(ctx, false, &way, ret))
		return;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fd = s < 0 ? -1 : ioctl(s, GET_NS);
	if (s < 0)
		ck_not_tried("a socket", -errno, ret);
	else if (fd < 0)
		ck_refused(ctx, f, "ioctl(SIOCGSKNS)", -errno, true, ret);
	else if (fstat(fd, &a) || stat("/proc/self/ns/net", &b))
		ck_not_tried("/proc/self/ns/net, to compare with", -errno, ret);
	else if (a.st_ino != b.st_ino)
		live_set(ret, LIVE_BROKEN, 0, "ioctl(SIOCGSKNS) gives something else than our network namespace");
	else
		live_set(ret, LIVE_WORKS, 0, "ioctl(SIOCGSKNS) gives the network namespace of a socket");
}

void ck_unix_file(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { UNIX_FILE = 0x89e0 };	/* SIOCUNIXFILE */
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "s" };
	int s __sw_fd = -1, fd __sw_fd = -1;
	struct stat a, b;
	struct live_way way;

	if (live_private_mounts(ctx, ret, &way) || live_tmpfs(NULL, ret))
		return;
	/* CAP_NET_ADMIN over the network namespace is asked for: one of our user namespace, then. */
	if (way.userns)
		sys_unshare(SW_CLONE_NEWNET);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&un, sizeof(un))) {
		ck_not_tried("a socket with a name", -errno, ret);
		return;
	}
	fd = ioctl(s, UNIX_FILE);
	if (fd < 0) {
		ck_refused(ctx, f, "ioctl(SIOCUNIXFILE)", -errno, true, ret);
		if (ret->value == LIVE_DENIED && way.userns)
			live_cause(ret, FINDING_CAPABILITY, "CAP_NET_ADMIN is lacking");
	} else if (fstat(fd, &a) || stat("s", &b) || a.st_ino != b.st_ino) {
		live_set(ret, LIVE_BROKEN, 0, "ioctl(SIOCUNIXFILE) gives another file than the socket's");
	} else {
		live_set(ret, LIVE_WORKS, 0, "ioctl(SIOCUNIXFILE) gives the file that a socket is bound to");
	}
}
