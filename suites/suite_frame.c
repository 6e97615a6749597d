// SPDX-License-Identifier: GPL-2.0-only
/* Frames by packet(7), datagrams by udp(7). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suite_link.h"
#include "suite_util.h"

const uint8_t suite_frame_all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* What is on the wire; a device pads nothing here, so it has the shortest length that Ethernet allows. */
struct wire {
	uint8_t to[6], from[6];
	uint16_t type;
	char text[46];
} __attribute__((packed));

/*
 * Of one protocol, not ETH_P_ALL: such a socket does not see what goes out (packet(7)), nor what
 * IPv6 says by itself on every device.
 */
static int open_socket(const char *name, uint16_t protocol)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol),
				  .sll_ifindex = (int)if_nametoindex(name) };
	int fd, on = 1;

	if (!ll.sll_ifindex)
		return -errno;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll))) {
		on = -errno;
		close(fd);
		return on;
	}
	return fd;
}

int suite_frame_socket(const char *name)
{
	return open_socket(name, SUITE_FRAME_TYPE);
}

int suite_frame_tap(const char *name)
{
	return open_socket(name, ETH_P_ALL);
}

int suite_frame_send(int fd, const uint8_t to[6], const uint8_t from[6], const char *text)
{
	struct wire w = { .type = htons(SUITE_FRAME_TYPE) };
	ssize_t n;

	memcpy(w.to, to, 6);
	memcpy(w.from, from, 6);
	snprintf(w.text, sizeof(w.text), "%s", text);
	n = send(fd, &w, sizeof(w), 0);
	return n < 0 ? -errno : n == sizeof(w) ? 0 : -EIO;
}

int suite_frame_next(int fd, struct suite_frame *ret)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll ll;
	struct wire w = { 0 };
	struct iovec iov = { &w, sizeof(w) };
	struct msghdr msg;
	ssize_t n;

	do {
		msg = (struct msghdr){ .msg_name = &ll, .msg_namelen = sizeof(ll), .msg_iov = &iov,
				       .msg_iovlen = 1, .msg_control = control,
				       .msg_controllen = sizeof(control) };
		n = recvmsg(fd, &msg, 0);
		if (n < 0)
			return -errno;
	} while (ll.sll_pkttype == PACKET_OUTGOING || w.type != htons(SUITE_FRAME_TYPE));
	if ((size_t)n < offsetof(struct wire, text) + sizeof(ret->text))
		return -EBADMSG;
	memcpy(ret->to, w.to, 6);
	memcpy(ret->from, w.from, 6);
	memcpy(ret->text, w.text, sizeof(ret->text));
	ret->text[sizeof(ret->text) - 1] = 0;
	ret->vlan = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			ret->vlan = aux.tp_vlan_tci & 0xfff;
	}
	return 0;
}

static struct sockaddr_in at(uint32_t address, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(address) };
}

int suite_udp_socket(uint32_t address, uint16_t port)
{
	struct sockaddr_in sin = at(address, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin))) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int suite_udp_send(int fd, uint32_t address, uint16_t port, const char *text)
{
	struct sockaddr_in sin = at(address, port);

	return sendto(fd, text, strlen(text) + 1, 0, (struct sockaddr *)&sin, sizeof(sin)) < 0 ? -errno : 0;
}

int suite_udp_next(int fd, char *ret_text, uint32_t *ret_from, uint16_t *ret_port)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);
	char text[40] = "";

	if (recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&sin, &len) < 0)
		return -errno;
	if (ret_text)
		memcpy(ret_text, text, sizeof(text));
	if (ret_from)
		*ret_from = ntohl(sin.sin_addr.s_addr);
	if (ret_port)
		*ret_port = ntohs(sin.sin_port);
	return 0;
}
