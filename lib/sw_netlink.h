/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small netlink client: build a message with nested attributes, send it, wait for the
 * acknowledgement or walk a dump. No heap; usable between clone and exec. See netlink(7),
 * rtnetlink(7).
 *
 *	struct sw_nl nl __sw_nl = SW_NL_INIT;
 *	struct sw_nl_msg m;
 *	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
 *
 *	r = sw_nl_open(&nl, NETLINK_ROUTE);
 *	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
 *	sw_nl_put_str(&m, IFLA_IFNAME, "veth0");
 *	at = sw_nl_nest(&m, IFLA_LINKINFO);
 *	sw_nl_put_str(&m, IFLA_INFO_KIND, "veth");
 *	sw_nl_nest_end(&m, at);
 *	r = sw_nl_ack(&nl, &m);		(0 or the kernel's -errno)
 */
#ifndef SW_NETLINK_H
#define SW_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sw_nl {
	int fd;
	uint32_t seq;
	char why[96];		/* the kernel's own words for the last refusal, after sw_nl_explain() */
};
#define SW_NL_INIT { -1, 0, "" }

/* Open a socket in the current network namespace. Returns 0 or -errno. */
int sw_nl_open(struct sw_nl *nl, int protocol);
/*
 * The same in another network namespace; the caller is back in its own afterwards.
 * @ns: a descriptor of a /proc/PID/ns/net (3.0)
 */
int sw_nl_open_in(struct sw_nl *nl, int protocol, int ns);
/* From now on ask for words with each refusal (extended acknowledgements, 4.12); before, none. */
void sw_nl_explain(struct sw_nl *nl);
void sw_nl_close(struct sw_nl *nl);
#define __sw_nl __attribute__((cleanup(sw_nl_close)))

struct sw_nl_msg {
	union {
		struct nlmsghdr hdr;
		char bytes[4096];
	};
	bool overflow;		/* something did not fit: sending gives -EMSGSIZE */
};

/* Start a message; NLM_F_REQUEST is implied. header: the family's fixed part, copied. */
void sw_nl_begin(struct sw_nl_msg *m, uint16_t type, uint16_t flags, const void *header,
		 size_t header_len);
void sw_nl_put(struct sw_nl_msg *m, uint16_t type, const void *data, size_t len);
void sw_nl_put_str(struct sw_nl_msg *m, uint16_t type, const char *s);	/* with its NUL */
void sw_nl_put_u8(struct sw_nl_msg *m, uint16_t type, uint8_t v);
void sw_nl_put_u16(struct sw_nl_msg *m, uint16_t type, uint16_t v);	/* host order */
void sw_nl_put_u32(struct sw_nl_msg *m, uint16_t type, uint32_t v);
void sw_nl_put_be16(struct sw_nl_msg *m, uint16_t type, uint16_t v);	/* network order */
void sw_nl_put_be32(struct sw_nl_msg *m, uint16_t type, uint32_t v);
/* Bytes without an attribute header, padded: VETH_INFO_PEER starts with a struct ifinfomsg. */
void sw_nl_put_raw(struct sw_nl_msg *m, const void *data, size_t len);
/* Open a nested attribute; pass the result to sw_nl_nest_end(). */
size_t sw_nl_nest(struct sw_nl_msg *m, uint16_t type);
void sw_nl_nest_end(struct sw_nl_msg *m, size_t at);

/* Send and wait for the acknowledgement. Returns 0 or -errno, the kernel's own or the socket's. */
int sw_nl_ack(struct sw_nl *nl, struct sw_nl_msg *m);
/*
 * Send with NLM_F_DUMP and call fn for each message of the answer, until fn returns non-zero
 * (the rest is then read and dropped). Returns 0 or -errno.
 */
int sw_nl_dump(struct sw_nl *nl, struct sw_nl_msg *m,
	       int (*fn)(const struct nlmsghdr *msg, void *arg), void *arg);

/*
 * Send and wait for the acknowledgement, and call fn for each message that comes before it: the
 * answer to a question about one thing. Returns 0 or -errno.
 */
int sw_nl_query(struct sw_nl *nl, struct sw_nl_msg *m,
		int (*fn)(const struct nlmsghdr *msg, void *arg), void *arg);
/*
 * Send several messages in one datagram (an nfnetlink batch) and wait until every one that has
 * NLM_F_ACK is acknowledged, or the first error. At most 8.
 * @ret_failed: which one an error belongs to
 */
int sw_nl_batch(struct sw_nl *nl, struct sw_nl_msg *const msgs[], size_t count, size_t *ret_failed);

/* Find an attribute. attrs: where attributes start; len: bytes of them. NULL if there is none. */
const struct nlattr *sw_nl_find(const void *attrs, size_t len, uint16_t type);
const void *sw_nl_data(const struct nlattr *a);
size_t sw_nl_len(const struct nlattr *a);
/* Attributes of a message behind a family header of that size. */
const void *sw_nl_attrs(const struct nlmsghdr *msg, size_t header_len, size_t *ret_len);

/* ---- generic netlink ------------------------------------------------------------------------- */

struct sw_genlmsghdr {		/* include/uapi/linux/genetlink.h */
	uint8_t cmd, version;
	uint16_t reserved;
};
/*
 * The number of a generic netlink family, out of a dump of all: to ask for one by name would make
 * the kernel load a module (ctrl_getfamily(), "net-pf-16-proto-16-family-NAME"). Returns the
 * number, -ENOENT if there is none of that name, or -errno.
 */
int sw_genl_family(struct sw_nl *nl, const char *name);

/* ---- nfnetlink ------------------------------------------------------------------------------- */

struct sw_nfgenmsg {		/* include/uapi/linux/netfilter/nfnetlink.h */
	uint8_t family, version;
	uint16_t res_id;	/* network order */
};

/* ---- rtnetlink(7): network devices ----------------------------------------------------------- */

struct sw_nl_link {
	int index;
	unsigned int flags;	/* IFF_UP, ... */
	char name[16];
	char kind[16];		/* "veth", ...; "" for lo and hardware */
	unsigned int mtu;
	unsigned char mac[6];
	bool has_mac;		/* an Ethernet address, that is */
	int master;		/* index of the bridge it is in; 0: none */
};
/* Read a link out of an RTM_NEWLINK message. Returns 0, or -EBADMSG. */
int sw_nl_link_parse(const struct nlmsghdr *msg, struct sw_nl_link *ret);
/* Look a link up by name. Returns 0 or -ENODEV or -errno. */
int sw_nl_link_get(struct sw_nl *nl, const char *name, struct sw_nl_link *ret);
/* Bring it up or down. Returns 0 or -errno. */
int sw_nl_link_up(struct sw_nl *nl, int index, bool up);
int sw_nl_link_delete(struct sw_nl *nl, int index);
/*
 * Look one up without walking all: by index, or where that is 0 by name (2.6.33). Returns 0 or
 * -ENODEV or -errno.
 */
int sw_nl_link_find(struct sw_nl *nl, int index, const char *name, struct sw_nl_link *ret);

/* What to change of a link; what is zero or NULL stays as it is. */
struct sw_nl_change {
	const char *name;
	const unsigned char *mac;	/* six bytes */
	unsigned int mtu;
	int master;		/* index of a bridge; 2.6.39 */
	int up;			/* 1: up, -1: down */
	/* Move it into another network namespace, where it is called @name if that is given: */
	int ns_fd;		/* > 0: by a descriptor (3.0) */
	pid_t ns_pid;		/* > 0: by a process that is in it */
};
int sw_nl_link_change(struct sw_nl *nl, int index, const struct sw_nl_change *c);

/* ---- addresses, routes, neighbours. family: AF_INET or AF_INET6; addresses in network order ----- */

/* @broadcast: NULL: none. Returns 0 or -errno; -EEXIST: it has this one. */
int sw_nl_address_add(struct sw_nl *nl, int index, int family, const void *address, int prefix,
		      const void *broadcast);
/* The first address of global scope. Returns 0 or -EADDRNOTAVAIL or -errno. */
int sw_nl_address_first(struct sw_nl *nl, int index, int family, void *ret_address);
/* @address NULL with prefix 0: the default route. @gateway NULL: on the link itself. */
int sw_nl_route_add(struct sw_nl *nl, int index, int family, const void *address, int prefix,
		    const void *gateway);
/* Is there a route to exactly this on the link, in the main table? 1, 0 or -errno. */
int sw_nl_route_there(struct sw_nl *nl, int index, int family, const void *address, int prefix);
/* Remove such a route on the link itself. Returns 0 or -errno; -ESRCH: there is none. */
int sw_nl_route_del(struct sw_nl *nl, int index, int family, const void *address, int prefix);
/* Does the link answer for this address already? 1, 0 or -errno. */
int sw_nl_proxy_there(struct sw_nl *nl, int index, int family, const void *address);
/* Answer for it (NTF_PROXY), or no longer; adding one that is there is no error. */
int sw_nl_proxy(struct sw_nl *nl, bool add, int index, int family, const void *address);

#endif
