// SPDX-License-Identifier: GPL-2.0-only
#include "suite_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suite_cgtest.h"
#include "suite_net.h"
#include "suite_util.h"
#include "sw_netlink.h"

/* include/uapi/linux/if_link.h */
enum { BRPORT_STATE = 1, STATE_FORWARDING = 3, OPER_UP = 6 };

/* ---- namespaces ------------------------------------------------------------------------------ */

int suite_netns_own(void)
{
	return suite_ns_open(0, "net");
}

int suite_netns_enter(int fd)
{
	return sys_setns(fd, SW_CLONE_NEWNET);
}

int suite_netns_begin(void)
{
	int r = sys_unshare(SW_CLONE_NEWNET);

	if (!r)
		r = cgtest_bind_one();
	return r < 0 ? r : suite_net_up("lo");
}

int suite_netns_new(void)
{
	int own __sw_fd = suite_netns_own(), fd, r;

	if (own < 0)
		return own;
	r = sys_unshare(SW_CLONE_NEWNET);
	if (r)
		return r;
	r = suite_net_up("lo");
	fd = r ? r : suite_netns_own();
	r = suite_netns_enter(own);
	return r ? r : fd;
}

/* ---- devices --------------------------------------------------------------------------------- */

static int index_of(const char *name)
{
	unsigned int index = if_nametoindex(name);

	return index ? (int)index : -errno;
}

/* Begin a message about a device that is there. */
static int begin(struct sw_nl *nl, struct sw_nl_msg *m, uint16_t type, uint8_t family, const char *name)
{
	struct ifinfomsg ifi = { .ifi_family = family, .ifi_index = index_of(name) };
	int r;

	if (ifi.ifi_index < 0)
		return ifi.ifi_index;
	r = sw_nl_open(nl, NETLINK_ROUTE);
	sw_nl_begin(m, type, 0, &ifi, sizeof(ifi));
	return r;
}

int suite_link_new(const struct suite_link *link)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int lower = link->lower ? index_of(link->lower) : 0;
	struct sw_nl_msg m;
	size_t info, data;
	int r;

	if (lower < 0)
		return lower;
	r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, link->name);
	if (lower)
		sw_nl_put_u32(&m, IFLA_LINK, (uint32_t)lower);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, link->kind);
	data = sw_nl_nest(&m, IFLA_INFO_DATA);
	for (size_t i = 0; i < 4 && link->data[i].type; i++) {
		if (link->data[i].size == 1)
			sw_nl_put_u8(&m, link->data[i].type, (uint8_t)link->data[i].value);
		else if (link->data[i].size == 2)
			sw_nl_put_u16(&m, link->data[i].type, (uint16_t)link->data[i].value);
		else
			sw_nl_put_u32(&m, link->data[i].type, link->data[i].value);
	}
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, info);
	return sw_nl_ack(&nl, &m);
}

int suite_link_veth(const char *name, const char *peer, int peer_ns)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int own __sw_fd = suite_netns_own();
	size_t info, data, other;
	struct sw_nl_msg m;
	int r = own < 0 ? own : sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, name);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, "veth");
	data = sw_nl_nest(&m, IFLA_INFO_DATA);
	other = sw_nl_nest(&m, VETH_INFO_PEER);
	sw_nl_put_raw(&m, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, peer);
	if (peer_ns >= 0)
		sw_nl_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	sw_nl_nest_end(&m, other);
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, info);
	r = sw_nl_ack(&nl, &m);
	if (!r)
		r = suite_net_up(name);
	if (!r && peer_ns >= 0)
		r = suite_netns_enter(peer_ns);
	if (!r)
		r = suite_link_up(peer);
	if (peer_ns >= 0)
		suite_netns_enter(own);
	return r ? r : suite_link_up(name);
}

int suite_link_delete(const char *name)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = begin(&nl, &m, RTM_DELLINK, AF_UNSPEC, name);

	return r ? r : sw_nl_ack(&nl, &m);
}

/* One attribute of 4 bytes of a device. */
static int set_u32(const char *name, uint16_t type, uint32_t value)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = begin(&nl, &m, RTM_NEWLINK, AF_UNSPEC, name);

	if (r)
		return r;
	sw_nl_put_u32(&m, type, value);
	return sw_nl_ack(&nl, &m);
}

int suite_link_move(const char *name, int ns)
{
	return set_u32(name, IFLA_NET_NS_FD, (uint32_t)ns);
}

int suite_link_master(const char *name, const char *master)
{
	int index = master ? index_of(master) : 0;

	return index < 0 ? index : set_u32(name, IFLA_MASTER, (uint32_t)index);
}

int suite_link_down(const char *name)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int index = index_of(name);
	int r = index < 0 ? index : sw_nl_open(&nl, NETLINK_ROUTE);

	return r ? r : sw_nl_link_up(&nl, index, false);
}

int suite_link_port(const char *name, uint16_t type, uint8_t value)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	size_t at;
	int r = begin(&nl, &m, RTM_SETLINK, PF_BRIDGE, name);

	if (r)
		return r;
	at = sw_nl_nest(&m, IFLA_PROTINFO | NLA_F_NESTED);
	sw_nl_put_u8(&m, type, value);
	sw_nl_nest_end(&m, at);
	return sw_nl_ack(&nl, &m);
}

int suite_link_mac(const char *name, uint8_t ret_mac[6])
{
	int fd __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &ifr))
		return -errno;
	memcpy(ret_mac, ifr.ifr_hwaddr.sa_data, 6);
	return 0;
}

/* What is looked for in a dump of devices, and found. */
struct search {
	const char *name;
	uint16_t type;
	const struct nlattr *(*get)(const void *attrs, size_t len, uint16_t type);
	int64_t value;		/* -1: none */
};

static const struct nlattr *get_plain(const void *attrs, size_t len, uint16_t type)
{
	return sw_nl_find(attrs, len, type);
}

static const struct nlattr *get_port(const void *attrs, size_t len, uint16_t type)
{
	const struct nlattr *port = sw_nl_find(attrs, len, IFLA_PROTINFO);

	return port ? sw_nl_find(sw_nl_data(port), sw_nl_len(port), type) : NULL;
}

static int see_link(const struct nlmsghdr *msg, void *arg)
{
	struct search *s = arg;
	const struct nlattr *a;
	const void *attrs;
	size_t len;

	if (msg->nlmsg_type != RTM_NEWLINK)
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(struct ifinfomsg), &len);
	a = sw_nl_find(attrs, len, IFLA_IFNAME);
	if (!a || strcmp(sw_nl_data(a), s->name))
		return 0;
	a = s->get(attrs, len, s->type);
	if (a && sw_nl_len(a) >= 4) {
		uint32_t value;

		memcpy(&value, sw_nl_data(a), 4);
		s->value = value;
	} else if (a) {
		s->value = *(const uint8_t *)sw_nl_data(a);
	}
	return 1;
}

static int search(struct search *s, uint8_t family)
{
	struct ifinfomsg ifi = { .ifi_family = family };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	r = sw_nl_dump(&nl, &m, see_link, s);
	return r ? r : s->value == -1 ? -ENODATA : 0;
}

int suite_link_attr(const char *name, uint16_t type, int32_t *ret_value)
{
	struct search s = { name, type, get_plain, -1 };
	int r = search(&s, AF_UNSPEC);

	if (!r)
		*ret_value = (int32_t)s.value;
	return r;
}

/* ---- waiting --------------------------------------------------------------------------------- */

struct wanted {
	const char *name;
	unsigned int mask, value;
};

static int flags_are(const struct wanted *w)
{
	int flags = suite_net_flags(w->name);

	return flags < 0 ? flags : ((unsigned int)flags & w->mask) == w->value;
}

static int is_gone(const struct wanted *w)
{
	int flags = suite_net_flags(w->name);

	return flags == -ENODEV ? 1 : flags < 0 ? flags : 0;
}

static int is_forwarding(const struct wanted *w)
{
	struct search s = { w->name, BRPORT_STATE, get_port, -1 };
	int r = search(&s, PF_BRIDGE);

	return r == -ENODATA ? 0 : r ? r : s.value == STATE_FORWARDING;
}

static int is_operational(const struct wanted *w)
{
	int32_t state;
	int r = suite_link_attr(w->name, IFLA_OPERSTATE, &state);

	return r ? r : state == OPER_UP;
}

static int await(const struct wanted *w, int (*holds)(const struct wanted *w))
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int group = RTNLGRP_LINK, r = sw_nl_open(&nl, NETLINK_ROUTE);
	char buf[16384];

	if (r)
		return r;
	if (setsockopt(nl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	/* A lost message and a socket's own time limit are no answer: the test's time limit is. */
	while (!(r = holds(w)))
		if (recv(nl.fd, buf, sizeof(buf), 0) < 0 && errno != ENOBUFS && errno != EAGAIN)
			return -errno;
	return r < 0 ? r : 0;
}

int suite_link_await_flags(const char *name, unsigned int mask, unsigned int value)
{
	return await(&(struct wanted){ name, mask, value }, flags_are);
}

int suite_link_up(const char *name)
{
	int r = suite_net_up(name);

	if (!r)
		r = await(&(struct wanted){ name, 0, 0 }, is_operational);
	return r ? r : suite_net_up(name);
}

int suite_link_await_gone(const char *name)
{
	return await(&(struct wanted){ name, 0, 0 }, is_gone);
}

int suite_link_await_forwarding(const char *port)
{
	return await(&(struct wanted){ port, 0, 0 }, is_forwarding);
}

/* ---- addresses and routes -------------------------------------------------------------------- */

int suite_address_add(const char *name, uint32_t address, uint8_t prefix)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_INET, .ifa_prefixlen = prefix };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int index = index_of(name);
	struct sw_nl_msg m;
	int r = index < 0 ? index : sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	ifa.ifa_index = (unsigned int)index;
	sw_nl_begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ifa, sizeof(ifa));
	sw_nl_put_be32(&m, IFA_LOCAL, address);
	sw_nl_put_be32(&m, IFA_ADDRESS, address);
	return sw_nl_ack(&nl, &m);
}

int suite_route_add(uint32_t to, uint8_t prefix, uint32_t gateway)
{
	struct rtmsg rt = { .rtm_family = AF_INET, .rtm_dst_len = prefix, .rtm_table = RT_TABLE_MAIN,
			    .rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_UNIVERSE,
			    .rtm_type = RTN_UNICAST };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &rt, sizeof(rt));
	if (prefix)
		sw_nl_put_be32(&m, RTA_DST, to);
	sw_nl_put_be32(&m, RTA_GATEWAY, gateway);
	return sw_nl_ack(&nl, &m);
}
