// SPDX-License-Identifier: GPL-2.0-only
/* The part of the plan that is about networks. Pure, as rt_plan.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/rt_net.h"

static const struct {
	const char *name, *feature;
} types[] = {
	[RT_NET_EMPTY] = { "empty", "ns.net" },
	[RT_NET_NONE] = { "none", NULL },
	[RT_NET_VETH] = { "veth", "net.veth" },
	[RT_NET_MACVLAN] = { "macvlan", "net.macvlan" },
	[RT_NET_IPVLAN] = { "ipvlan", "net.ipvlan" },
	[RT_NET_VLAN] = { "vlan", "net.vlan" },
	[RT_NET_PHYS] = { "phys", "ns.net" },
};

/* include/uapi/linux/if_link.h: MACVLAN_MODE_*, IPVLAN_MODE_*, IPVLAN_F_* */
static const char *macvlan_word(int mode)
{
	return mode == 2 ? "vepa" : mode == 4 ? "bridge" : mode == 8 ? "passthru" : "private";
}

static const char *ipvlan_word(int mode)
{
	return mode == 0 ? "l2" : mode == 2 ? "l3s" : "l3";
}

static const char *isolation_word(int flags)
{
	return flags == 1 ? "private" : flags == 2 ? "vepa" : "bridge";
}

const char *rt_net_type_name(enum rt_net_type type)
{
	return (size_t)type < ARRAY_SIZE(types) ? types[type].name : "?";
}

/* lxc.net.N's N, as names of steps have it. */
static int number(const struct rt_spec *spec, size_t i)
{
	return spec->nets[i].index >= 0 ? spec->nets[i].index : (int)i;
}

static bool has_device(const struct rt_net *n)
{
	return n->type != RT_NET_EMPTY && n->type != RT_NET_NONE;
}

bool rt_net_has_script(const struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].script_up || spec->nets[i].script_down)
			return true;
	return false;
}

bool rt_net_lends_mac(const struct rt_net *n)
{
	return n->type == RT_NET_MACVLAN && n->mode == 8 && n->hwaddr;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The name as given, or what it is made from: "eth%d". */
static const char *given_name(const struct rt_net *n)
{
	if (n->name)
		return n->name;
	return n->type == RT_NET_PHYS && n->link ? n->link : "eth%d";
}

static bool taken(const struct rt_spec *spec, size_t upto, const char *name)
{
	char other[16];

	for (size_t i = 0; i < spec->net_count; i++) {
		const struct rt_net *n = &spec->nets[i];

		if (!has_device(n))
			continue;
		if (!strchr(given_name(n), '%')) {
			if (!strcmp(given_name(n), name))
				return true;
		} else if (i < upto) {
			rt_net_name(spec, i, other);
			if (!strcmp(other, name))
				return true;
		}
	}
	return false;
}

void rt_net_name(const struct rt_spec *spec, size_t i, char out[16])
{
	const char *given = given_name(&spec->nets[i]), *percent = strchr(given, '%');

	snprintf(out, 16, "%s", given);
	for (int n = 0; percent && n < 1000; n++) {
		snprintf(out, 16, "%.*s%d%s", (int)(percent - given), given, n, percent + 2);
		if (!taken(spec, i, out))
			return;
	}
}

const char *rt_ip_text(const struct rt_ip *ip, int prefix, char out[64])
{
	size_t len;

	if (!inet_ntop(ip->family, ip->bytes, out, 64))
		strcpy(out, "?");
	len = strlen(out);
	if (prefix >= 0)
		snprintf(out + len, 64 - len, "/%d", prefix);
	return out;
}

/* ---- what is asked for must be possible ------------------------------------------------------ */

static int wrong(const struct rt_net *n, struct sw_error *err, const char *what)
{
	return sw_error(err, EINVAL, "network", "%s: network of type %s %s",
			n->origin ? n->origin : "network", rt_net_type_name(n->type), what);
}

static int check_gateways(const struct rt_net *n, struct sw_error *err)
{
	for (int f = 0; f < 2; f++) {
		const struct rt_gateway *g = &n->gateway[f];
		bool address = false;

		if (g->how == RT_GATEWAY_NONE)
			continue;
		if (!n->up)
			return wrong(n, err,
				     "has a gateway, which needs its device up: set flags to up");
		for (size_t i = 0; i < n->address_count; i++)
			address |= n->addresses[i].family == (f ? AF_INET6 : AF_INET);
		if (!address)
			return wrong(n, err,
				     f ? "has an IPv6 gateway and no IPv6 address"
				       : "has an IPv4 gateway and no IPv4 address");
		if (g->how == RT_GATEWAY_AUTO && (n->type == RT_NET_PHYS || n->type == RT_NET_VLAN))
			return wrong(n, err,
				     "cannot have the gateway auto: veth, macvlan and ipvlan can");
		if (g->how == RT_GATEWAY_AUTO && !n->link)
			return wrong(
				n, err,
				"has the gateway auto and no link whose address that could be");
	}
	return 0;
}

static int check_net(const struct rt_net *n, struct sw_error *err)
{
	if (n->type != RT_NET_VETH && !n->link)
		return wrong(n, err, "needs a link: the host's device");
	if (n->type == RT_NET_VLAN && n->vlan_id < 0)
		return wrong(n, err, "needs a vlan.id");
	if (n->type == RT_NET_IPVLAN && n->hwaddr)
		return wrong(n, err,
			     "has the hardware address of its link, and can have no hwaddr");
	if (n->l2proxy && !n->link)
		return wrong(n, err, "has l2proxy and no link to answer on");
	if (n->l2proxy && n->type != RT_NET_IPVLAN && !(n->type == RT_NET_VETH && n->router))
		return wrong(n, err, "cannot have l2proxy: ipvlan can, and veth in router mode");
	/* In l3 the kernel hands ARP for the address to the device inside, which answers none. */
	if (n->l2proxy && n->type == RT_NET_IPVLAN && n->mode != 2)
		return wrong(n, err, "can have l2proxy in mode l3s only: l2 answers itself, l3 never");
	if ((n->vlans.untagged || n->vlans.tagged_count) && (n->router || !n->link))
		return wrong(n, err, "has VLANs and no bridge: they are those of its port there");
	if (n->router && !n->up)
		return wrong(n, err, "in router mode needs its device up: set flags to up");
	return check_gateways(n, err);
}

int rt_net_check(const struct rt_spec *spec, struct sw_error *err)
{
	char name[16], other[16];

	for (size_t i = 0; i < spec->net_count; i++) {
		const struct rt_net *n = &spec->nets[i];
		int r;

		if (!has_device(n))
			continue;
		if (!(spec->ns & SW_CLONE_NEWNET))
			return wrong(n, err, "needs a network namespace of the container's own");
		r = check_net(n, err);
		if (r)
			return r;
		rt_net_name(spec, i, name);
		if (!strcmp(name, "lo"))
			return wrong(n, err, "cannot be called lo inside, which is there already");
		for (size_t k = 0; k < i; k++) {
			if (!has_device(&spec->nets[k]))
				continue;
			rt_net_name(spec, k, other);
			if (!strcmp(name, other))
				return sw_error(err, EINVAL, "network",
						"%s: two networks of the "
						"container call their device %s",
						n->origin ? n->origin : "network", name);
		}
	}
	return 0;
}

/* ---- the steps ------------------------------------------------------------------------------- */

static struct rt_step *step(struct rt_plan *p, const struct rt_spec *spec, size_t i,
			    const char *what, enum rt_side side, rt_step_fn *run, const char *undo,
			    const char *text)
{
	char name[32];
	struct rt_step *s;

	snprintf(name, sizeof(name), "net-%d-%s", number(spec, i), what);
	s = rt_plan_add(p, name, side, run, undo, "%s", text);
	if (s)
		s->index = i;
	return s;
}

static bool resolves_gateway(const struct rt_net *n)
{
	return n->gateway[0].how == RT_GATEWAY_AUTO || n->gateway[1].how == RT_GATEWAY_AUTO;
}

void rt_net_plan_find(struct rt_plan *p, const struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++) {
		const struct rt_net *n = &spec->nets[i];
		char text[128];

		if (!has_device(n))
			continue;
		if (n->link)
			snprintf(text, sizeof(text), "look up %s on the host%s", n->link,
				 resolves_gateway(n) ? ", and its address for the gateway" : "");
		else
			snprintf(text, sizeof(text), "choose names and addresses of the pair");
		step(p, spec, i, "find", RT_SIDE_PARENT, rt_step_net_find,
		     rt_net_lends_mac(n) ? "give it its hardware address back" : NULL, text);
	}
}

/* Is there a device that must be out of the container's namespace before the run is over? */
static bool wants_pin(const struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++)
		if (has_device(&spec->nets[i]) && spec->nets[i].type != RT_NET_VETH)
			return true;
	return false;
}

static void plan_device(struct rt_plan *p, const struct rt_spec *spec, size_t i)
{
	const struct rt_net *n = &spec->nets[i];
	const char *undo = "remove it";
	char text[200], name[16], mode[40] = "";
	struct rt_step *s;

	rt_net_name(spec, i, name);
	if (n->type == RT_NET_MACVLAN)
		snprintf(mode, sizeof(mode), ", mode %s", macvlan_word(n->mode));
	if (n->type == RT_NET_IPVLAN)
		snprintf(mode, sizeof(mode), ", mode %s, isolation %s", ipvlan_word(n->mode),
			 isolation_word(n->isolation));
	if (n->type == RT_NET_VLAN)
		snprintf(mode, sizeof(mode), ", number %d", n->vlan_id);
	if (n->type == RT_NET_PHYS) {
		snprintf(text, sizeof(text), "move %s into the container as %s", n->link, name);
		undo = "move it back under its name, with its address and MTU";
	} else if (n->type == RT_NET_VETH) {
		snprintf(text, sizeof(text), "make a veth pair: %s here, %s in the container",
			 n->pair ? n->pair : "a name to be chosen", name);
	} else {
		snprintf(text, sizeof(text), "make %s on %s in the container: %s%s", name, n->link,
			 rt_net_type_name(n->type), mode);
	}
	s = step(p, spec, i, "device", RT_SIDE_PARENT, rt_step_net_device, undo, text);
	if (!s)
		return;
	rt_plan_need(s, types[n->type].feature);
	if (n->type == RT_NET_IPVLAN && n->mode == 2)
		rt_plan_need(s, "net.ipvlan_l3s");
}

static void plan_port(struct rt_plan *p, const struct rt_spec *spec, size_t i)
{
	const struct rt_net *n = &spec->nets[i];
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct rt_step *s;

	if (n->router)
		sw_buf_adds(&text, "bring the end on the host up, with routes to the container's "
				   "addresses, and answer for its gateways");
	else if (n->link)
		sw_buf_printf(&text, "put the end on the host into the bridge %s and bring it up",
			      n->link);
	else
		sw_buf_adds(&text, "bring the end on the host up");
	if (n->route_count)
		sw_buf_printf(&text, "; %zu more route%s", n->route_count,
			      n->route_count > 1 ? "s" : "");
	if (n->vlans.untagged > 0)
		sw_buf_printf(&text, "; untagged VLAN %d", n->vlans.untagged);
	else if (n->vlans.untagged < 0)
		sw_buf_adds(&text, "; no untagged VLAN");
	for (size_t k = 0; k < n->vlans.tagged_count; k++)
		sw_buf_printf(&text, "%s %u", k ? "," : "; tagged", n->vlans.tagged[k]);
	s = step(p, spec, i, "port", RT_SIDE_PARENT, rt_step_net_port, NULL, sw_buf_str(&text));
	if (s && !n->router && n->link)
		rt_plan_need(s, "net.bridge");
	if (s && (n->vlans.untagged || n->vlans.tagged_count))
		rt_plan_need(s, "net.bridge_vlan_filtering");
}

void rt_net_plan_make(struct rt_plan *p, const struct rt_spec *spec)
{
	if (wants_pin(spec))
		rt_plan_need(
			rt_plan_add(p, "net-pin", RT_SIDE_PARENT, rt_step_net_pin,
				    "remove what devices it has, let go of it",
				    "keep the container's network namespace until it is cleared"),
			"ns.net");
	for (size_t i = 0; i < spec->net_count; i++) {
		const struct rt_net *n = &spec->nets[i];

		if (n->type == RT_NET_NONE)
			continue;
		if (has_device(n))
			plan_device(p, spec, i);
		if (n->type == RT_NET_VETH)
			plan_port(p, spec, i);
		if (n->l2proxy)
			step(p, spec, i, "proxy", RT_SIDE_PARENT, rt_step_net_proxy,
			     "no longer answer for them",
			     "answer on the link for the container's addresses");
		if (n->script_up || n->script_down) {
			char text[600];

			snprintf(text, sizeof(text), "run %.500s",
				 n->script_up ? n->script_up : "no script");
			step(p, spec, i, "up", RT_SIDE_PARENT, rt_step_net_up,
			     n->script_down ? "run the script for down" : NULL, text);
		}
	}
}

void rt_net_plan_setup(struct rt_plan *p, const struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++) {
		const struct rt_net *n = &spec->nets[i];
		struct sw_buf text __sw_buf = SW_BUF_INIT;
		char name[16], words[64];
		struct rt_step *s;
		bool v6 = false;

		if (!has_device(n))
			continue;
		rt_net_name(spec, i, name);
		sw_buf_printf(&text, "configure %s:", name);
		if (n->hwaddr)
			sw_buf_printf(&text, " hwaddr %s,", n->hwaddr);
		if (n->mtu)
			sw_buf_printf(&text, " MTU %u,", n->mtu);
		for (size_t k = 0; k < n->address_count; k++) {
			const struct rt_ip *ip = &n->addresses[k];

			v6 |= ip->family == AF_INET6;
			sw_buf_printf(&text, " address %s,", rt_ip_text(ip, ip->prefix, words));
		}
		sw_buf_printf(&text, n->up ? " up" : " left down");
		for (int f = 0; f < 2; f++) {
			const struct rt_gateway *g = &n->gateway[f];

			if (g->how != RT_GATEWAY_NONE)
				sw_buf_printf(&text, ", gateway %s",
					      g->how == RT_GATEWAY_AUTO ? "auto"
					      : g->how == RT_GATEWAY_DEV
						      ? "dev"
						      : rt_ip_text(&g->ip, -1, words));
		}
		s = step(p, spec, i, "setup", RT_SIDE_CHILD, rt_step_net_setup, NULL,
			 sw_buf_str(&text));
		if (v6)
			rt_plan_need(s, "net.ipv6");
	}
}
