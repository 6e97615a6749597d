// SPDX-License-Identifier: GPL-2.0-only
/* Networks, the container's side: between clone and exec, so no malloc and no stdio streams. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/rt_net.h"

static int add_addresses(struct sw_nl *nl, int index, const struct rt_net *n, const char *name,
			 struct sw_error *err)
{
	for (size_t i = 0; i < n->address_count; i++) {
		const struct rt_ip *ip = &n->addresses[i];
		char words[64];
		int r = sw_nl_address_add(nl, index, ip->family, ip->bytes, ip->prefix,
					  ip->has_broadcast ? ip->broadcast : NULL);

		/* 4.x and later answer EACCES, older ones EPERM, where disable_ipv6 is 1. */
		if (r && ip->family == AF_INET6 && (r == -EACCES || r == -EPERM))
			return sw_error(
				err, r, NULL,
				"address %s for %s: IPv6 is disabled: see "
				"net.ipv6.conf.all.disable_ipv6 and ipv6.disable on the kernel's "
				"command line",
				rt_ip_text(ip, ip->prefix, words), name);
		if (r)
			return rt_net_refused(nl, r, err, "address %s for %s",
					      rt_ip_text(ip, ip->prefix, words), name);
	}
	return 0;
}

/* A gateway that lies in no network of the device's own is reached by a route to it alone, as LXC
 * does. */
static int add_gateway(struct sw_nl *nl, int index, const struct rt_ip *gw)
{
	int r = sw_nl_route_add(nl, index, gw->family, NULL, 0, gw->bytes);

	if (r != -ENETUNREACH && r != -EHOSTUNREACH && r != -EINVAL)
		return r;
	r = sw_nl_route_add(nl, index, gw->family, gw->bytes, gw->family == AF_INET ? 32 : 128,
			    NULL);
	return r && r != -EEXIST ? r : sw_nl_route_add(nl, index, gw->family, NULL, 0, gw->bytes);
}

static int add_gateways(struct sw_nl *nl, int index, const struct rt_net *n,
			const struct rt_netdev *dev, const char *name, struct sw_error *err)
{
	for (int f = 0; f < 2; f++) {
		const struct rt_ip *gw = &dev->gateway[f];
		char words[64] = "dev";
		int r;

		if (n->gateway[f].how == RT_GATEWAY_NONE)
			continue;
		if (n->gateway[f].how == RT_GATEWAY_DEV)
			r = sw_nl_route_add(nl, index, f ? AF_INET6 : AF_INET, NULL, 0, NULL);
		else
			r = add_gateway(nl, index, gw);
		if (n->gateway[f].how != RT_GATEWAY_DEV)
			rt_ip_text(gw, -1, words);
		if (r == -EEXIST)
			return sw_error(err, r, NULL,
					"gateway %s of %s: another network's gateway is the IPv%d "
					"default route already",
					words, name, f ? 6 : 4);
		if (r)
			return rt_net_refused(nl, r, err, "gateway %s of %s", words, name);
	}
	return 0;
}

int rt_step_net_setup(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	const struct rt_netdev *dev = &ctx->net[step->index];
	const struct sw_nl_change up = { .up = 1 };
	struct sw_nl_change set = { .mtu = dev->mtu };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link link;
	char name[16];
	int r = rt_net_open(&nl, err);

	rt_net_name(ctx->spec, step->index, name);
	if (!r)
		r = sw_nl_link_find(&nl, 0, name, &link);
	if (r)
		return rt_net_refused(&nl, r, err, "%s, in the container", name);
	/*
	 * Most were born with theirs, but not phys, nor macvlan of mode passthru, which begins with
	 * its link's. Drivers want a device down for this, and so it is.
	 */
	if (dev->has_mac && memcmp(dev->mac, link.mac, sizeof(dev->mac)))
		set.mac = dev->mac;
	if (set.mtu == link.mtu)
		set.mtu = 0;
	if (set.mac || set.mtu)
		r = sw_nl_link_change(&nl, link.index, &set);
	if (r)
		return rt_net_refused(&nl, r, err, "MTU or hardware address of %s", name);
	r = add_addresses(&nl, link.index, n, name, err);
	if (r || !n->up)
		return r;
	r = sw_nl_link_change(&nl, link.index, &up);
	if (r)
		return rt_net_refused(&nl, r, err, "bringing %s up", name);
	return add_gateways(&nl, link.index, n, dev, name, err);
}
