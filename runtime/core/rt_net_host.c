// SPDX-License-Identifier: GPL-2.0-only
/* Networks, the host's side: making devices, and what belongs to them out here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_net.h"
#include "sw_fd.h"

/* ---- words and addresses --------------------------------------------------------------------- */

int rt_net_refused(const struct sw_nl *nl, int r, struct sw_error *err, const char *what, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	return sw_error(err, r, NULL, "%s: %s%s%s%s%s", text, sw_errno_text(r),
			nl->why[0] ? " (" : "", nl->why, nl->why[0] ? ")" : "",
			r == -EPERM ? "; this takes CAP_NET_ADMIN on the host's network: be root"
				    : "");
}

int rt_net_open(struct sw_nl *nl, struct sw_error *err)
{
	int r = sw_nl_open(nl, NETLINK_ROUTE);

	if (r)
		return sw_error(err, r, NULL, "netlink socket: %s", sw_errno_text(r));
	sw_nl_explain(nl);
	return 0;
}

/* Bytes that need not be secret: two devices must only not have the same. */
static void random_bytes(unsigned char *out, size_t n)
{
	int fd __sw_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	uint64_t x = rt_clock_ns(CLOCK_MONOTONIC) ^ (uint64_t)getpid() << 32;

	if (fd >= 0 && read(fd, out, n) == (ssize_t)n)
		return;
	for (size_t i = 0; i < n; i++) { /* xorshift64, where there is no /dev/urandom */
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = (unsigned char)x;
	}
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

void rt_net_mac(const char *text, unsigned char out[6])
{
	unsigned char chance[6];

	random_bytes(chance, sizeof(chance));
	for (int i = 0; i < 6; i++) {
		const char *two = text ? text + 3 * i : "xx";
		int high = digit(two[0]), low = digit(two[1]);

		out[i] = (unsigned char)((high < 0 ? chance[i] & 0xf0 : high << 4) |
					 (low < 0 ? chance[i] & 0x0f : low));
		/* Bit 0: to a group, which no device may be; bit 1: not of a maker's list. */
		if (i == 0 && low < 0)
			out[0] = (unsigned char)((out[0] & ~1u) | 2u);
	}
}

void rt_net_mac_text(const unsigned char mac[6], char out[18])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

int rt_net_mac_parse(const char *text, unsigned char out[6])
{
	if (strlen(text) != 17)
		return -1;
	for (int i = 0; i < 6; i++) {
		int high = digit(text[3 * i]), low = digit(text[3 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

int rt_net_begin(struct rt_ctx *ctx)
{
	ctx->net = ctx->spec->net_count ? calloc(ctx->spec->net_count, sizeof(*ctx->net)) : NULL;
	return ctx->spec->net_count && !ctx->net ? -ENOMEM : 0;
}

/* ---- before clone ---------------------------------------------------------------------------- */

static void choose(const struct rt_net *n, struct rt_netdev *dev)
{
	unsigned char chance[4];

	if (dev->chosen)
		return;
	dev->chosen = true;
	dev->has_mac = n->hwaddr || n->type == RT_NET_VETH;
	if (dev->has_mac)
		rt_net_mac(n->hwaddr, dev->mac);
	if (n->type != RT_NET_VETH)
		return;
	/* A bridge takes the lowest address of its ports: this one is not to become that. */
	rt_net_mac(NULL, dev->host_mac);
	dev->host_mac[0] = 0xfe;
	random_bytes(chance, sizeof(chance));
	if (n->pair)
		snprintf(dev->host, sizeof(dev->host), "%s", n->pair);
	else
		snprintf(dev->host, sizeof(dev->host), "veth%02x%02x%02x%02x", chance[0], chance[1],
			 chance[2], chance[3]);
}

static int find_gateways(struct sw_nl *nl, const struct rt_net *n, struct rt_netdev *dev,
			 struct sw_error *err)
{
	for (int f = 0; f < 2; f++) {
		const struct rt_gateway *g = &n->gateway[f];
		int r;

		dev->gateway[f].family = 0;
		if (g->how == RT_GATEWAY_ADDRESS)
			dev->gateway[f] = g->ip;
		if (g->how != RT_GATEWAY_AUTO)
			continue;
		dev->gateway[f].family = f ? AF_INET6 : AF_INET;
		r = sw_nl_address_first(nl, dev->link, dev->gateway[f].family,
					dev->gateway[f].bytes);
		if (r)
			return sw_error(err, r, NULL,
					"%s has no IPv%d address, which the gateway auto is "
					"to be: give it one, or name a gateway",
					n->link, f ? 6 : 4);
	}
	return 0;
}

/* Before net-pin, so that it is undone once the device is gone. */
static int note_mac(struct rt_ctx *ctx, const struct rt_net *n, const struct sw_nl_link *link)
{
	char mac[18];

	if (!rt_net_lends_mac(n) || !link->has_mac)
		return 0;
	rt_net_mac_text(link->mac, mac);
	return rt_journal_add(&ctx->dir, "mac %s %s", n->link, mac);
}

int rt_step_net_find(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	struct rt_netdev *dev = &ctx->net[step->index];
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link link = { 0 };
	int r = rt_net_open(&nl, err);

	if (r)
		return r;
	if (n->link) {
		r = sw_nl_link_find(&nl, 0, n->link, &link);
		if (r)
			return sw_error(err, r, NULL, "there is no network device %s here: %s",
					n->link, sw_errno_text(r));
	}
	dev->link = link.index;
	dev->mtu = n->mtu;
	/* A port that takes less than its bridge makes the bridge take less, for everybody. */
	if (n->type == RT_NET_VETH && n->link && !n->router && !n->mtu)
		dev->mtu = link.mtu;
	choose(n, dev);
	r = note_mac(ctx, n, &link);
	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	return find_gateways(&nl, n, dev, err);
}

/* ---- the device ------------------------------------------------------------------------------ */

static void begin_link(struct sw_nl_msg *m, const char *name)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };

	sw_nl_begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(m, IFLA_IFNAME, name);
}

/* Born inside, under its name, since 2.6.33 (81adee47dfb6): the host never sees it. */
static int make_pair(struct rt_ctx *ctx, const struct rt_net *n, const struct rt_netdev *dev,
		     const char *name, struct sw_error *err)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct ifinfomsg peer = { .ifi_family = AF_UNSPEC };
	size_t info, data, other;
	struct sw_nl_msg m;
	char mac[18];
	int r = rt_net_open(&nl, err);

	if (r)
		return r;
	begin_link(&m, dev->host);
	sw_nl_put(&m, IFLA_ADDRESS, dev->host_mac, sizeof(dev->host_mac));
	if (dev->mtu)
		sw_nl_put_u32(&m, IFLA_MTU, dev->mtu);
	/* The host receives on as many queues as the container sends from. */
	if (n->tx_queues)
		sw_nl_put_u32(&m, IFLA_NUM_RX_QUEUES, n->tx_queues);
	if (n->rx_queues)
		sw_nl_put_u32(&m, IFLA_NUM_TX_QUEUES, n->rx_queues);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, "veth");
	data = sw_nl_nest(&m, IFLA_INFO_DATA);
	other = sw_nl_nest(&m, VETH_INFO_PEER);
	sw_nl_put_raw(&m, &peer, sizeof(peer));
	sw_nl_put_str(&m, IFLA_IFNAME, name);
	sw_nl_put(&m, IFLA_ADDRESS, dev->mac, sizeof(dev->mac));
	if (dev->mtu)
		sw_nl_put_u32(&m, IFLA_MTU, dev->mtu);
	if (n->rx_queues)
		sw_nl_put_u32(&m, IFLA_NUM_RX_QUEUES, n->rx_queues);
	if (n->tx_queues)
		sw_nl_put_u32(&m, IFLA_NUM_TX_QUEUES, n->tx_queues);
	sw_nl_put_u32(&m, IFLA_NET_NS_PID, (uint32_t)ctx->init);
	sw_nl_nest_end(&m, other);
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, info);
	rt_net_mac_text(dev->host_mac, mac);
	r = rt_journal_add(&ctx->dir, "veth %s %s", mac, dev->host);
	if (!r)
		r = sw_nl_ack(&nl, &m);
	if (r == -EEXIST)
		return sw_error(err, r, NULL,
				"there is a device %s here already; choose another veth.pair",
				dev->host);
	return r ? rt_net_refused(&nl, r, err, "making the veth pair %s and %s", dev->host, name)
		 : 0;
}

static void put_kind(struct sw_nl_msg *m, const struct rt_net *n)
{
	size_t info = sw_nl_nest(m, IFLA_LINKINFO), data;

	sw_nl_put_str(m, IFLA_INFO_KIND, rt_net_type_name(n->type));
	data = sw_nl_nest(m, IFLA_INFO_DATA);
	if (n->type == RT_NET_MACVLAN)
		sw_nl_put_u32(m, 1 /* IFLA_MACVLAN_MODE */, n->mode < 0 ? 1 : (uint32_t)n->mode);
	if (n->type == RT_NET_IPVLAN)
		sw_nl_put_u16(m, 1 /* IFLA_IPVLAN_MODE */, n->mode < 0 ? 1 : (uint16_t)n->mode);
	if (n->type == RT_NET_IPVLAN && n->isolation) /* 4.15 */
		sw_nl_put_u16(m, 2 /* IFLA_IPVLAN_FLAGS */, (uint16_t)n->isolation);
	if (n->type == RT_NET_VLAN)
		sw_nl_put_u16(m, 1 /* IFLA_VLAN_ID */, (uint16_t)n->vlan_id);
	sw_nl_nest_end(m, data);
	sw_nl_nest_end(m, info);
}

static int make_upon(struct rt_ctx *ctx, const struct rt_net *n, const struct rt_netdev *dev,
		     const char *name, struct sw_error *err)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = rt_net_open(&nl, err);

	if (r)
		return r;
	begin_link(&m, name);
	sw_nl_put_u32(&m, IFLA_LINK, (uint32_t)dev->link);
	sw_nl_put_u32(&m, IFLA_NET_NS_PID, (uint32_t)ctx->init);
	if (dev->has_mac)
		sw_nl_put(&m, IFLA_ADDRESS, dev->mac, sizeof(dev->mac));
	put_kind(&m, n);
	r = sw_nl_ack(&nl, &m);
	return r ? rt_net_refused(&nl, r, err, "making a %s device on %s",
				  rt_net_type_name(n->type), n->link)
		 : 0;
}

static int move_inside(struct rt_ctx *ctx, const struct rt_net *n, const struct rt_netdev *dev,
		       const char *name, struct sw_error *err)
{
	const struct sw_nl_change move = { .name = name, .ns_pid = ctx->init };
	struct sw_nl nl __sw_nl = SW_NL_INIT, in __sw_nl = SW_NL_INIT;
	int ns __sw_fd = rt_net_pin_open(&ctx->dir, RT_PIN_INSIDE);
	struct sw_nl_link link;
	char mac[18] = "-";
	int r = rt_net_open(&nl, err);

	if (!r)
		r = ns < 0 ? ns : sw_nl_open_in(&in, NETLINK_ROUTE, ns);
	if (!r)
		r = sw_nl_link_find(&nl, dev->link, NULL, &link);
	if (!r && link.has_mac)
		rt_net_mac_text(link.mac, mac);
	if (!r)
		r = rt_journal_add(&ctx->dir, "phys %s %s %u %s", n->link, mac, link.mtu, name);
	if (r)
		return sw_error(err, r, NULL, "%s: %s", n->link, sw_errno_text(r));
	r = sw_nl_link_change(&nl, dev->link, &move);
	/* Loopback, bridges, tunnels' fallbacks, radios: NETIF_F_NETNS_LOCAL, netns_immutable. */
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return sw_error(err, EPERM, NULL,
				"%s is of a kind that cannot leave its network namespace%s%s%s",
				n->link, nl.why[0] ? " (" : "", nl.why, nl.why[0] ? ")" : "");
	if (r)
		return rt_net_refused(&nl, r, err, "moving %s into the container", n->link);
	/* Its number there is what the container cannot change. */
	r = sw_nl_link_find(&in, 0, name, &link);
	if (!r)
		r = rt_journal_add(&ctx->dir, "physin %s %d", n->link, link.index);
	return r ? sw_error(err, r, NULL, "%s, once moved: %s", n->link, sw_errno_text(r)) : 0;
}

int rt_step_net_device(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	struct rt_netdev *dev = &ctx->net[step->index];
	char name[16];

	rt_net_name(ctx->spec, step->index, name);
	if (n->type == RT_NET_VETH)
		return make_pair(ctx, n, dev, name, err);
	if (n->type == RT_NET_PHYS)
		return move_inside(ctx, n, dev, name, err);
	return make_upon(ctx, n, dev, name, err);
}

/* ---- the end on the host --------------------------------------------------------------------- */

static void put_vlan(struct sw_nl_msg *m, int id, uint16_t flags)
{
	struct bridge_vlan_info v = { .flags = flags, .vid = (uint16_t)id };

	sw_nl_put(m, IFLA_BRIDGE_VLAN_INFO, &v, sizeof(v));
}

/* 3.9: RTM_SETLINK and RTM_DELLINK of family AF_BRIDGE (br_setlink(), net/bridge/br_netlink.c). */
static int port_vlans(struct sw_nl *nl, int index, const struct rt_port_vlans *v, bool remove)
{
	struct ifinfomsg ifi = { .ifi_family = AF_BRIDGE, .ifi_index = index };
	struct sw_nl_msg m;
	size_t spec;

	sw_nl_begin(&m, remove ? RTM_DELLINK : RTM_SETLINK, 0, &ifi, sizeof(ifi));
	spec = sw_nl_nest(&m, IFLA_AF_SPEC);
	if (remove)
		put_vlan(&m, 1, 0); /* the bridge's default_pvid, unless set otherwise */
	else if (v->untagged > 0)
		put_vlan(&m, v->untagged, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	for (size_t i = 0; !remove && i < v->tagged_count; i++)
		put_vlan(&m, v->tagged[i], 0);
	sw_nl_nest_end(&m, spec);
	return sw_nl_ack(nl, &m);
}

static int set_vlans(struct sw_nl *nl, int index, const struct rt_net *n, struct sw_error *err)
{
	const struct rt_port_vlans *v = &n->vlans;
	int r = 0;

	if (v->untagged && v->untagged != 1)
		r = port_vlans(nl, index, v, true);
	if (!r && (v->untagged > 0 || v->tagged_count))
		r = port_vlans(nl, index, v, false);
	return r ? rt_net_refused(nl, r, err, "VLANs of the container's port in %s", n->link) : 0;
}

static int join_bridge(struct sw_nl *nl, int index, const struct rt_net *n,
		       const struct rt_netdev *dev, struct sw_error *err)
{
	const struct sw_nl_change join = { .master = dev->link };
	int r = sw_nl_link_change(nl, index, &join);
	struct sw_nl_link link;

	if (r && !sw_nl_link_find(nl, dev->link, NULL, &link) && strcmp(link.kind, "bridge"))
		return sw_error(err, EINVAL, NULL,
				"the link %s is %s%s, not a bridge: give veth the name of a "
				"bridge, or no link",
				n->link, link.kind[0] ? "of the kind " : "a device", link.kind);
	return r ? rt_net_refused(nl, r, err, "putting %s into the bridge %s", dev->host, n->link)
		 : 0;
}

/* Files of the pair's own end, which goes with the container. */
static int set_conf(const char *family, const char *device, const char *file, struct sw_error *err)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, device, file);
	r = sw_write_file(AT_FDCWD, path, "1");
	return r ? sw_error(err, r, NULL, "write 1 to %s: %s", path, sw_errno_text(r)) : 0;
}

/* The container asks for its gateway by ARP or neighbour discovery; the host answers as if it were
 * it. */
static int answer_as_gateway(struct sw_nl *nl, int index, const struct rt_netdev *dev,
			     struct sw_error *err)
{
	for (int f = 0; f < 2; f++) {
		const struct rt_ip *ip = &dev->gateway[f];
		char words[64];
		int r;

		if (!ip->family)
			continue;
		r = set_conf(f ? "ipv6" : "ipv4", dev->host, "forwarding", err);
		if (!r && f)
			r = set_conf("ipv6", dev->host, "proxy_ndp", err);
		if (r)
			return r;
		r = sw_nl_proxy(nl, true, index, ip->family, ip->bytes);
		if (r)
			return rt_net_refused(nl, r, err, "answering on %s for %s", dev->host,
					      rt_ip_text(ip, -1, words));
	}
	return 0;
}

static int add_routes(struct sw_nl *nl, int index, const struct rt_netdev *dev,
		      const struct rt_ip *ips, size_t count, bool host_only, struct sw_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct rt_ip *ip = &ips[i];
		int prefix = !host_only ? ip->prefix : ip->family == AF_INET ? 32 : 128, r;
		char words[64];

		r = sw_nl_route_add(nl, index, ip->family, ip->bytes, prefix, NULL);
		if (r)
			return rt_net_refused(nl, r, err, "route to %s by %s",
					      rt_ip_text(ip, prefix, words), dev->host);
	}
	return 0;
}

int rt_step_net_port(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	const struct rt_netdev *dev = &ctx->net[step->index];
	const struct sw_nl_change up = { .up = 1 };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link here;
	int r = rt_net_open(&nl, err);

	if (r)
		return r;
	r = sw_nl_link_find(&nl, 0, dev->host, &here);
	if (r)
		return rt_net_refused(&nl, r, err, "%s, just made", dev->host);
	if (n->link && !n->router)
		r = join_bridge(&nl, here.index, n, dev, err);
	if (!r)
		r = set_vlans(&nl, here.index, n, err);
	if (r)
		return r;
	r = sw_nl_link_change(&nl, here.index, &up);
	if (r)
		return rt_net_refused(&nl, r, err, "bringing %s up", dev->host);
	if (n->router)
		r = answer_as_gateway(&nl, here.index, dev, err);
	if (!r && n->router)
		r = add_routes(&nl, here.index, dev, n->addresses, n->address_count, true, err);
	return r ? r : add_routes(&nl, here.index, dev, n->routes, n->route_count, false, err);
}

/* ---- neighbour proxies on the link, and the script ------------------------------------------- */

/* Without these the kernel would not answer, and the container would silently have no network. */
static int check_forwarding(const struct rt_net *n, bool v6, struct sw_error *err)
{
	static const char *const files[] = { "forwarding", "proxy_ndp" };

	for (int i = 0; i <= (int)v6; i++) {
		char path[128], value[8] = "";

		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", v6 ? "ipv6" : "ipv4",
			 n->link, files[i]);
		if (sw_read_line(AT_FDCWD, path, value, sizeof(value)) < 0 || value[0] != '1')
			return sw_error(err, EPERM, NULL,
					"l2proxy needs 1 in %s, where there is '%s'; set it "
					"with sysctl(8)",
					path, value);
	}
	return 0;
}

/*
 * An ipvlan's address is nobody's on the host, and it answers only for what it has a way to, elsewhere
 * than where the question came from (arp_process(), net/ipv4/arp.c): so there is one to lo, as LXC
 * has it. A veth has its route. One that somebody else has set stays when this container goes.
 */
static int route_to_lo(struct rt_ctx *ctx, struct sw_nl *nl, const struct rt_ip *ip,
		       struct sw_error *err)
{
	int prefix = ip->family == AF_INET ? 32 : 128, r;
	struct sw_nl_link lo;
	char words[64];

	rt_ip_text(ip, -1, words);
	r = sw_nl_link_find(nl, 0, "lo", &lo);
	if (!r && sw_nl_route_there(nl, lo.index, ip->family, ip->bytes, prefix) == 1)
		return 0;
	if (!r)
		r = rt_journal_add(&ctx->dir, "route lo %s", words);
	if (!r)
		r = sw_nl_route_add(nl, lo.index, ip->family, ip->bytes, prefix, NULL);
	return r ? rt_net_refused(nl, r, err, "route to %s by lo", words) : 0;
}

static int answer_on_link(struct rt_ctx *ctx, struct sw_nl *nl, const struct rt_net *n, int link,
			  const struct rt_ip *ip, struct sw_error *err)
{
	char words[64];
	int r;

	rt_ip_text(ip, -1, words);
	if (sw_nl_proxy_there(nl, link, ip->family, ip->bytes) == 1)
		return 0;
	r = rt_journal_add(&ctx->dir, "proxy %s %s", n->link, words);
	if (!r)
		r = sw_nl_proxy(nl, true, link, ip->family, ip->bytes);
	return r ? rt_net_refused(nl, r, err, "answering on %s for %s", n->link, words) : 0;
}

int rt_step_net_proxy(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	const struct rt_netdev *dev = &ctx->net[step->index];
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int r = rt_net_open(&nl, err);

	for (size_t i = 0; !r && i < n->address_count; i++) {
		const struct rt_ip *ip = &n->addresses[i];

		r = check_forwarding(n, ip->family == AF_INET6, err);
		if (!r && n->type == RT_NET_IPVLAN)
			r = route_to_lo(ctx, &nl, ip, err);
		if (!r)
			r = answer_on_link(ctx, &nl, n, dev->link, ip, err);
	}
	return r;
}

int rt_step_net_up(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_net *n = &ctx->spec->nets[step->index];
	const struct rt_netdev *dev = &ctx->net[step->index];
	const struct rt_net_event up = {
		.script = n->script_up,
		.container = ctx->spec->name,
		.hook = "up",
		.type = rt_net_type_name(n->type),
		.link = n->link,
		.peer = dev->host[0] ? dev->host : NULL,
		.version = ctx->spec->confine.hook_version,
		.env = rt_hooks_env(ctx),
		.init = ctx->init,
	};
	int r = 0;

	/* Before the script runs: what it did halfway is to be undone as well. */
	if (n->script_down)
		r = rt_hooks_save_env(ctx);
	if (!r && n->script_down)
		r = rt_journal_add(&ctx->dir, "netdown %s %s %s %d %s", up.type,
				   up.link ? up.link : "-", up.peer ? up.peer : "-", up.version,
				   n->script_down);
	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	return n->script_up ? rt_net_script(&up, err) : 0;
}
