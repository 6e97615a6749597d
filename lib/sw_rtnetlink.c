// SPDX-License-Identifier: GPL-2.0-only
/* Links, addresses, routes and neighbours by rtnetlink(7). */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "sw_netlink.h"

static void copy_str(const struct nlattr *a, char *out, size_t size)
{
	size_t len = a ? strnlen(sw_nl_data(a), sw_nl_len(a)) : 0;

	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(out, sw_nl_data(a), len);
	out[len] = 0;
}

static uint32_t u32_of(const struct nlattr *a)
{
	uint32_t v = 0;

	if (a && sw_nl_len(a) >= sizeof(v))
		memcpy(&v, sw_nl_data(a), sizeof(v));
	return v;
}

int sw_nl_link_parse(const struct nlmsghdr *msg, struct sw_nl_link *ret)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);
	const struct nlattr *info, *mac;
	const void *attrs;
	size_t len;

	if (msg->nlmsg_type != RTM_NEWLINK || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)))
		return -EBADMSG;
	attrs = sw_nl_attrs(msg, sizeof(*ifi), &len);
	ret->index = ifi->ifi_index;
	ret->flags = ifi->ifi_flags;
	copy_str(sw_nl_find(attrs, len, IFLA_IFNAME), ret->name, sizeof(ret->name));
	ret->mtu = u32_of(sw_nl_find(attrs, len, IFLA_MTU));
	ret->master = (int)u32_of(sw_nl_find(attrs, len, IFLA_MASTER));
	mac = ifi->ifi_type == ARPHRD_ETHER ? sw_nl_find(attrs, len, IFLA_ADDRESS) : NULL;
	ret->has_mac = mac && sw_nl_len(mac) == sizeof(ret->mac);
	if (ret->has_mac)
		memcpy(ret->mac, sw_nl_data(mac), sizeof(ret->mac));
	info = sw_nl_find(attrs, len, IFLA_LINKINFO);
	copy_str(info ? sw_nl_find(sw_nl_data(info), sw_nl_len(info), IFLA_INFO_KIND) : NULL,
		 ret->kind, sizeof(ret->kind));
	return 0;
}

struct wanted {
	const char *name;
	struct sw_nl_link *ret;
	bool found;
};

static int match_name(const struct nlmsghdr *msg, void *arg)
{
	struct wanted *w = arg;
	struct sw_nl_link l;

	if (sw_nl_link_parse(msg, &l) || strcmp(l.name, w->name))
		return 0;
	*w->ret = l;
	w->found = true;
	return 1;
}

int sw_nl_link_get(struct sw_nl *nl, const char *name, struct sw_nl_link *ret)
{
	/* By a dump, which every kernel answers; there are few links in a container. */
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct wanted w = { name, ret, false };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	r = sw_nl_dump(nl, &m, match_name, &w);
	return r ? r : w.found ? 0 : -ENODEV;
}

int sw_nl_link_up(struct sw_nl *nl, int index, bool up)
{
	struct ifinfomsg ifi = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = IFF_UP,
	};
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	return sw_nl_ack(nl, &m);
}

int sw_nl_link_delete(struct sw_nl *nl, int index)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_DELLINK, 0, &ifi, sizeof(ifi));
	return sw_nl_ack(nl, &m);
}

static int take_first(const struct nlmsghdr *msg, void *arg)
{
	struct wanted *w = arg;

	w->found = !sw_nl_link_parse(msg, w->ret);
	return 1;
}

int sw_nl_link_find(struct sw_nl *nl, int index, const char *name, struct sw_nl_link *ret)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct wanted w = { name, ret, false };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	if (!index)
		sw_nl_put_str(&m, IFLA_IFNAME, name);
	r = sw_nl_query(nl, &m, take_first, &w);
	return r ? r : w.found ? 0 : -ENODEV;
}

int sw_nl_link_change(struct sw_nl *nl, int index, const struct sw_nl_change *c)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC,
				 .ifi_index = index,
				 .ifi_flags = c->up > 0 ? IFF_UP : 0,
				 .ifi_change = c->up ? IFF_UP : 0 };
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	if (c->ns_fd > 0)
		sw_nl_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)c->ns_fd);
	else if (c->ns_pid > 0)
		sw_nl_put_u32(&m, IFLA_NET_NS_PID, (uint32_t)c->ns_pid);
	if (c->name)
		sw_nl_put_str(&m, IFLA_IFNAME, c->name);
	if (c->mac)
		sw_nl_put(&m, IFLA_ADDRESS, c->mac, 6);
	if (c->mtu)
		sw_nl_put_u32(&m, IFLA_MTU, c->mtu);
	if (c->master)
		sw_nl_put_u32(&m, IFLA_MASTER, (uint32_t)c->master);
	return sw_nl_ack(nl, &m);
}

/* ---- addresses, routes, neighbours --------------------------------------------------------------
 */

static size_t bytes_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

int sw_nl_address_add(struct sw_nl *nl, int index, int family, const void *address, int prefix,
		      const void *broadcast)
{
	struct ifaddrmsg ifa = { .ifa_family = (unsigned char)family,
				 .ifa_prefixlen = (unsigned char)prefix,
				 .ifa_index = (unsigned int)index };
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ifa, sizeof(ifa));
	sw_nl_put(&m, IFA_LOCAL, address, bytes_of(family));
	sw_nl_put(&m, IFA_ADDRESS, address, bytes_of(family));
	if (broadcast)
		sw_nl_put(&m, IFA_BROADCAST, broadcast, bytes_of(family));
	return sw_nl_ack(nl, &m);
}

struct first {
	int index, family;
	void *ret;
	bool found;
};

static int match_address(const struct nlmsghdr *msg, void *arg)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(msg);
	const struct nlattr *a;
	struct first *f = arg;
	const void *attrs;
	size_t len;

	/* Kernels before 4.20 do not filter a dump by index. */
	if (msg->nlmsg_type != RTM_NEWADDR || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    (int)ifa->ifa_index != f->index || ifa->ifa_family != f->family ||
	    ifa->ifa_scope != RT_SCOPE_UNIVERSE || (ifa->ifa_flags & IFA_F_SECONDARY))
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(*ifa), &len);
	a = sw_nl_find(attrs, len, IFA_LOCAL);
	if (!a)
		a = sw_nl_find(attrs, len, IFA_ADDRESS);
	if (!a || sw_nl_len(a) != bytes_of(f->family))
		return 0;
	memcpy(f->ret, sw_nl_data(a), sw_nl_len(a));
	f->found = true;
	return 1;
}

int sw_nl_address_first(struct sw_nl *nl, int index, int family, void *ret_address)
{
	struct ifaddrmsg ifa = { .ifa_family = (unsigned char)family };
	struct first f = { index, family, ret_address, false };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETADDR, 0, &ifa, sizeof(ifa));
	r = sw_nl_dump(nl, &m, match_address, &f);
	return r ? r : f.found ? 0 : -EADDRNOTAVAIL;
}

static int route(struct sw_nl *nl, uint16_t type, uint16_t flags, int index, int family,
		 const void *address, int prefix, const void *gateway)
{
	struct rtmsg rt = { .rtm_family = (unsigned char)family,
			    .rtm_dst_len = (unsigned char)prefix,
			    .rtm_table = RT_TABLE_MAIN,
			    .rtm_protocol = RTPROT_BOOT,
			    .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
			    .rtm_type = RTN_UNICAST };
	struct sw_nl_msg m;

	sw_nl_begin(&m, type, flags, &rt, sizeof(rt));
	if (prefix)
		sw_nl_put(&m, RTA_DST, address, bytes_of(family));
	if (gateway)
		sw_nl_put(&m, RTA_GATEWAY, gateway, bytes_of(family));
	sw_nl_put_u32(&m, RTA_OIF, (uint32_t)index);
	return sw_nl_ack(nl, &m);
}

int sw_nl_route_add(struct sw_nl *nl, int index, int family, const void *address, int prefix,
		    const void *gateway)
{
	return route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, index, family, address, prefix,
		     gateway);
}

int sw_nl_route_del(struct sw_nl *nl, int index, int family, const void *address, int prefix)
{
	return route(nl, RTM_DELROUTE, 0, index, family, address, prefix, NULL);
}

struct to {
	int index, family, prefix;
	const void *address;
	bool found;
};

static int match_route(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rt = NLMSG_DATA(msg);
	const struct nlattr *dst;
	struct to *to = arg;
	const void *attrs;
	size_t len;

	if (msg->nlmsg_type != RTM_NEWROUTE || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != to->family || rt->rtm_dst_len != to->prefix ||
	    rt->rtm_table != RT_TABLE_MAIN)
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(*rt), &len);
	dst = sw_nl_find(attrs, len, RTA_DST);
	to->found = dst && sw_nl_len(dst) == bytes_of(to->family) &&
		    !memcmp(sw_nl_data(dst), to->address, bytes_of(to->family)) &&
		    (int)u32_of(sw_nl_find(attrs, len, RTA_OIF)) == to->index;
	return to->found;
}

int sw_nl_route_there(struct sw_nl *nl, int index, int family, const void *address, int prefix)
{
	struct rtmsg rt = { .rtm_family = (unsigned char)family };
	struct to to = { index, family, prefix, address, false };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETROUTE, 0, &rt, sizeof(rt));
	r = sw_nl_dump(nl, &m, match_route, &to);
	return r ? r : to.found;
}

struct proxy {
	int index, family;
	const void *address;
	bool found;
};

static int match_proxy(const struct nlmsghdr *msg, void *arg)
{
	const struct ndmsg *nd = NLMSG_DATA(msg);
	const struct nlattr *a;
	struct proxy *p = arg;
	const void *attrs;
	size_t len;

	if (msg->nlmsg_type != RTM_NEWNEIGH || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*nd)) ||
	    nd->ndm_ifindex != p->index || nd->ndm_family != p->family ||
	    !(nd->ndm_flags & NTF_PROXY))
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(*nd), &len);
	a = sw_nl_find(attrs, len, NDA_DST);
	p->found = a && sw_nl_len(a) == bytes_of(p->family) &&
		   !memcmp(sw_nl_data(a), p->address, bytes_of(p->family));
	return p->found;
}

int sw_nl_proxy_there(struct sw_nl *nl, int index, int family, const void *address)
{
	struct ndmsg nd = { .ndm_family = (unsigned char)family, .ndm_flags = NTF_PROXY };
	struct proxy p = { index, family, address, false };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETNEIGH, 0, &nd, sizeof(nd));
	r = sw_nl_dump(nl, &m, match_proxy, &p);
	return r ? r : p.found;
}

int sw_nl_proxy(struct sw_nl *nl, bool add, int index, int family, const void *address)
{
	struct ndmsg nd = { .ndm_family = (unsigned char)family,
			    .ndm_ifindex = index,
			    .ndm_flags = NTF_PROXY,
			    .ndm_type = RTN_UNICAST };
	struct sw_nl_msg m;

	sw_nl_begin(&m, add ? RTM_NEWNEIGH : RTM_DELNEIGH, add ? NLM_F_CREATE : 0, &nd, sizeof(nd));
	sw_nl_put(&m, NDA_DST, address, bytes_of(family));
	return sw_nl_ack(nl, &m);
}
