/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces, devices of every kind, raw frames and datagrams, for tests of the network. One process
 * does it all: it goes from namespace to namespace, and its sockets stay where they were made. -errno on
 * failure. Addresses and ports are in host byte order.
 */
#ifndef SUITE_LINK_H
#define SUITE_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Leave for a new network namespace, stay on one processor: what it sends then arrives in the order
 * in which it was sent (each processor has a queue of its own), and brings lo up.
 */
int suite_netns_begin(void);
/* Make another namespace (its lo is up) and stay in this one. Returns a descriptor of it. */
int suite_netns_new(void);
int suite_netns_enter(int fd);
int suite_netns_own(void);	/* a descriptor of the present one */

/* A device, as ip-link(8) would add it. */
struct suite_link {
	const char *name, *kind;
	const char *lower;		/* "link NAME", or NULL */
	struct {
		uint16_t type;		/* of IFLA_INFO_DATA; 0: end of the list */
		uint16_t size;		/* 1, 2 or 4 bytes */
		uint32_t value;
	} data[4];
};
int suite_link_new(const struct suite_link *link);
/* A veth pair, the peer in that namespace (-1: here); both are up. */
int suite_link_veth(const char *name, const char *peer, int peer_ns);
/*
 * Bring it up, and wait until it sends: it drops everything until the kernel's worker has seen its carrier
 * (net/core/link_watch.c), which sets IFLA_OPERSTATE first, both under one lock. (IFF_RUNNING says yes also
 * as long as nobody knows; ipvlan never knows, and sends at once: suite_net_up() will do.)
 */
int suite_link_up(const char *name);
int suite_link_delete(const char *name);
int suite_link_move(const char *name, int ns);
int suite_link_down(const char *name);
/* Make it a port of a bridge (NULL: of none any more). */
int suite_link_master(const char *name, const char *master);
/* Set a flag of a bridge's port (IFLA_BRPORT_MODE ...). */
int suite_link_port(const char *name, uint16_t type, uint8_t value);
int suite_link_mac(const char *name, uint8_t ret_mac[6]);
/* A number from an attribute of 4 bytes (IFLA_LINK, IFLA_LINK_NETNSID), -ENODATA if there is none. */
int suite_link_attr(const char *name, uint16_t type, int32_t *ret_value);

/* Wait for events of rtnetlink until it holds. */
int suite_link_await_flags(const char *name, unsigned int mask, unsigned int value);
int suite_link_await_gone(const char *name);
int suite_link_await_forwarding(const char *port);

int suite_address_add(const char *name, uint32_t address, uint8_t prefix);
int suite_route_add(uint32_t to, uint8_t prefix, uint32_t gateway);

/* ---- frames (packet(7)) ---- */

#define SUITE_FRAME_TYPE 0x88b5		/* for local experiments (IEEE 802) */

struct suite_frame {
	uint8_t to[6], from[6];
	char text[40];
	int vlan;			/* the tag's VLAN id, -1 without a tag */
};
/* A socket for frames of SUITE_FRAME_TYPE that come in by a device. */
int suite_frame_socket(const char *name);
/* The same before anything is done with the frame: VLAN tags are still there. */
int suite_frame_tap(const char *name);
/* Send one out by the device of a socket. */
int suite_frame_send(int fd, const uint8_t to[6], const uint8_t from[6], const char *text);
/* Wait for the next one. */
int suite_frame_next(int fd, struct suite_frame *ret);
extern const uint8_t suite_frame_all[6];	/* the broadcast address */

/* ---- datagrams ---- */

int suite_udp_socket(uint32_t address, uint16_t port);
int suite_udp_send(int fd, uint32_t address, uint16_t port, const char *text);
/* Wait for one. Any of the outputs may be NULL; text: 40 bytes */
int suite_udp_next(int fd, char *ret_text, uint32_t *ret_from, uint16_t *ret_port);

#endif
