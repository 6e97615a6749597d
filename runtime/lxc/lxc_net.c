// SPDX-License-Identifier: GPL-2.0-only
/* lxc.net.N.* and 0.8's lxc.network.*. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"

static struct rt_net *add_net(struct lxc_ctx *ctx, int index)
{
	struct rt_net *n = lxc_grow((void **)&ctx->spec->nets, &ctx->spec->net_count, sizeof(*n));

	if (!n) {
		lxc_fail(ctx, ENOMEM, "-");
		return NULL;
	}
	n->index = index;
	n->mode = n->vlan_id = -1;
	return n;
}

static void remove_net(struct rt_spec *spec, size_t i)
{
	rt_net_free(&spec->nets[i]);
	memmove(&spec->nets[i], &spec->nets[i + 1], (--spec->net_count - i) * sizeof(*spec->nets));
}

/*
 * The network that a key speaks of: with 0.8's names the last one, which lxc.network.type began;
 * with today's the one of that number, which any key may begin. NULL with the error filled.
 */
static struct rt_net *this_net(struct lxc_ctx *ctx)
{
	struct rt_spec *spec = ctx->spec;

	if (ctx->net < 0) {
		if (spec->net_count)
			return &spec->nets[spec->net_count - 1];
		lxc_fail(ctx, EINVAL, "no network has begun: lxc.network.type comes first");
		return NULL;
	}
	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].index == ctx->net)
			return &spec->nets[i];
	return add_net(ctx, ctx->net);
}

int lxc_set_net_all(struct lxc_ctx *ctx, const char *value)
{
	if (*value)
		return lxc_fail(ctx, EINVAL,
				"expected an empty value (forget all networks) or a longer "
				"key, such as lxc.net.0.type");
	while (ctx->spec->net_count)
		remove_net(ctx->spec, ctx->spec->net_count - 1);
	return 0;
}

int lxc_set_net_one(struct lxc_ctx *ctx, const char *value)
{
	if (*value)
		return lxc_fail(
			ctx, EINVAL,
			"expected an empty value (forget this network) or a longer key, such as "
			"lxc.net.%d.type",
			ctx->net);
	for (size_t i = 0; i < ctx->spec->net_count; i++)
		if (ctx->spec->nets[i].index == ctx->net) {
			remove_net(ctx->spec, i);
			break;
		}
	return 0;
}

/* 0.8's networks have the next number that is free. */
static int next_number(const struct rt_spec *spec)
{
	int index = 0;

	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].index >= index)
			index = spec->nets[i].index + 1;
	return index;
}

int lxc_net_number(const struct lxc_ctx *ctx)
{
	const struct rt_spec *spec = ctx->spec;

	if (ctx->net >= 0)
		return ctx->net;
	if (ctx->row->set == lxc_set_net_type)
		return next_number(spec);
	return spec->net_count ? spec->nets[spec->net_count - 1].index : -1;
}

int lxc_set_net_type(struct lxc_ctx *ctx, const char *value)
{
	static const struct {
		const char *name;
		enum rt_net_type type;
	} types[] = {
		{ "empty", RT_NET_EMPTY },     { "none", RT_NET_NONE },	    { "veth", RT_NET_VETH },
		{ "macvlan", RT_NET_MACVLAN }, { "ipvlan", RT_NET_IPVLAN }, { "vlan", RT_NET_VLAN },
		{ "phys", RT_NET_PHYS },
	};
	struct rt_net *n;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(value, types[i].name))
			continue;
		n = ctx->net < 0 ? add_net(ctx, next_number(ctx->spec)) : this_net(ctx);
		if (!n)
			return -ctx->err->num;
		n->type = types[i].type;
		free(n->origin);
		n->origin = lxc_origin(ctx);
		return n->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
	}
	return lxc_fail(
		ctx, EINVAL,
		"there is no type '%s'; expected empty, none, veth, macvlan, ipvlan, vlan or phys",
		SHOW(value));
}

int lxc_set_net_flags(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);

	if (!n)
		return -ctx->err->num;
	if (*value && strcmp(value, "up"))
		return lxc_fail(ctx, EINVAL, "the only flag is up, found '%s'", SHOW(value));
	n->up = *value;
	return 0;
}

static int set_field(struct lxc_ctx *ctx, char **field, const char *value)
{
	if (!*value) {
		free(*field);
		*field = NULL;
		return 0;
	}
	return lxc_set_string(field, value) ? lxc_fail(ctx, ENOMEM, "-") : 0;
}

/*
 * dev_valid_name() of the kernel: 1 to 15 bytes, no slash, colon or blank, not "." or "..". Nothing
 * that could steer a terminal either. @template: one %d may stand for a number.
 */
static int check_device(struct lxc_ctx *ctx, const char *value, bool template)
{
	const char *percent = strchr(value, '%');
	bool bad = strlen(value) > 15 || strpbrk(value, "/: ") || !strcmp(value, ".") ||
		   !strcmp(value, "..");

	for (const char *p = value; *p; p++)
		bad |= (unsigned char)*p < ' ' || *p == 0x7f;
	if (bad)
		return lxc_fail(ctx, EINVAL,
				"'%s' is no network device's name (1 to 15 bytes, no slash, "
				"colon or blank)",
				SHOW(value));
	if (percent && (!template || percent[1] != 'd' || strchr(percent + 1, '%')))
		return lxc_fail(
			ctx, EINVAL,
			template ? "'%s': the only use of a percent sign is one %%d"
				 : "'%s': here the name must be a name, without a percent sign",
			SHOW(value));
	return 0;
}

int lxc_set_net_link(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	int r = n ? check_device(ctx, value, false) : -ctx->err->num;

	return r ? r : set_field(ctx, &n->link, value);
}

int lxc_set_net_name(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	int r = n ? check_device(ctx, value, true) : -ctx->err->num;

	return r ? r : set_field(ctx, &n->name, value);
}

int lxc_set_net_hwaddr(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	bool ok = strlen(value) == 17;

	if (!n)
		return -ctx->err->num;
	for (int i = 0; ok && i < 17; i++)
		ok = i % 3 == 2 ? value[i] == ':'
				: strchr("0123456789abcdefABCDEFxX", value[i]) != NULL;
	if (*value && !ok)
		return lxc_fail(ctx, EINVAL,
				"expected a hardware address such as 00:16:3e:xx:xx:xx, "
				"found '%s'",
				SHOW(value));
	if (*value && strchr("13579bdfBDF", value[1]))
		return lxc_fail(ctx, EINVAL,
				"'%s' is the address of a group, which no device can have: "
				"the second digit must be even",
				SHOW(value));
	return set_field(ctx, &n->hwaddr, value);
}

int lxc_set_net_mtu(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	long mtu = 0;

	if (!n)
		return -ctx->err->num;
	if (*value && (sw_parse_long(value, &mtu) || mtu < 68 || mtu > 65536))
		return lxc_fail(ctx, EINVAL, "expected a number from 68 to 65536, found '%s'",
				SHOW(value));
	n->mtu = (unsigned int)mtu;
	return 0;
}

int lxc_set_net_script_up(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);

	return n ? set_field(ctx, &n->script_up, value) : -ctx->err->num;
}

int lxc_set_net_script_down(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);

	return n ? set_field(ctx, &n->script_down, value) : -ctx->err->num;
}

int lxc_set_net_l2proxy(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);

	if (!n)
		return -ctx->err->num;
	if (*value && strcmp(value, "0") && strcmp(value, "1"))
		return lxc_fail(ctx, EINVAL, "expected 0 or 1, found '%s'", SHOW(value));
	n->l2proxy = *value == '1';
	return 0;
}

/* ---- keys of one type ------------------------------------------------------------------------ */

/* The network, marked as having a key of this type, unless the value only clears. */
static struct rt_net *net_of(struct lxc_ctx *ctx, enum rt_net_type type, const char *value)
{
	struct rt_net *n = this_net(ctx);

	if (n && *value)
		n->details |= 1u << type;
	return n;
}

struct word {
	const char *word;
	int value;
};

/* A value out of a list of words that ends with NULL; the last entry's value is that of none. */
static int set_word(struct lxc_ctx *ctx, int *field, const struct word *words, const char *value)
{
	char expected[100] = "";
	size_t len = 0, i;

	for (i = 0; words[i].word; i++) {
		if (!strcmp(value, words[i].word)) {
			*field = words[i].value;
			return 0;
		}
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s%s",
					len ? ", " : "", words[i].word);
	}
	if (*value)
		return lxc_fail(ctx, EINVAL, "expected one of %s, found '%s'", expected,
				SHOW(value));
	*field = words[i].value;
	return 0;
}

int lxc_set_net_macvlan_mode(struct lxc_ctx *ctx, const char *value)
{
	static const struct word words[] = {
		/* MACVLAN_MODE_* of linux/if_link.h */
		{ "private", 1 }, { "vepa", 2 }, { "bridge", 4 }, { "passthru", 8 }, { NULL, -1 },
	};
	struct rt_net *n = net_of(ctx, RT_NET_MACVLAN, value);

	return n ? set_word(ctx, &n->mode, words, value) : -ctx->err->num;
}

int lxc_set_net_ipvlan_mode(struct lxc_ctx *ctx, const char *value)
{
	static const struct word words[] = {
		/* IPVLAN_MODE_* */
		{ "l2", 0 },
		{ "l3", 1 },
		{ "l3s", 2 },
		{ NULL, -1 },
	};
	struct rt_net *n = net_of(ctx, RT_NET_IPVLAN, value);

	return n ? set_word(ctx, &n->mode, words, value) : -ctx->err->num;
}

int lxc_set_net_ipvlan_isolation(struct lxc_ctx *ctx, const char *value)
{
	static const struct word words[] = {
		/* IPVLAN_F_* */
		{ "bridge", 0 },
		{ "private", 1 },
		{ "vepa", 2 },
		{ NULL, 0 },
	};
	struct rt_net *n = net_of(ctx, RT_NET_IPVLAN, value);

	return n ? set_word(ctx, &n->isolation, words, value) : -ctx->err->num;
}

int lxc_set_net_veth_mode(struct lxc_ctx *ctx, const char *value)
{
	static const struct word words[] = { { "bridge", 0 }, { "router", 1 }, { NULL, 0 } };
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	int router = 0, r = n ? set_word(ctx, &router, words, value) : -ctx->err->num;

	if (!r)
		n->router = router;
	return r;
}

int lxc_set_net_veth_pair(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	int r = n ? check_device(ctx, value, false) : -ctx->err->num;

	return r ? r : set_field(ctx, &n->pair, value);
}

static int set_number(struct lxc_ctx *ctx, const char *value, long least, long most, long *ret)
{
	if (sw_parse_long(value, ret) || *ret < least || *ret > most)
		return lxc_fail(ctx, EINVAL, "expected a number from %ld to %ld, found '%s'", least,
				most, SHOW(value));
	return 0;
}

static int set_queues(struct lxc_ctx *ctx, bool tx, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	long count = 0;
	int r = !n ? -ctx->err->num : *value ? set_number(ctx, value, 1, 4096, &count) : 0;

	if (!r)
		*(tx ? &n->tx_queues : &n->rx_queues) = (unsigned int)count;
	return r;
}

int lxc_set_net_veth_rxqueues(struct lxc_ctx *ctx, const char *value)
{
	return set_queues(ctx, false, value);
}

int lxc_set_net_veth_txqueues(struct lxc_ctx *ctx, const char *value)
{
	return set_queues(ctx, true, value);
}

int lxc_set_net_veth_vlan(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	long id = 0;
	int r = 0;

	if (!n)
		return -ctx->err->num;
	if (!strcmp(value, "none"))
		id = -1;
	else if (*value)
		r = set_number(ctx, value, 1, 4094, &id);
	if (!r)
		n->vlans.untagged = (int)id;
	return r;
}

int lxc_set_net_veth_vlan_tagged(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	uint16_t *slot;
	long id;
	int r;

	if (!n)
		return -ctx->err->num;
	if (!*value) {
		n->vlans.tagged_count = 0;
		return 0;
	}
	r = set_number(ctx, value, 1, 4094, &id);
	if (r)
		return r;
	slot = lxc_grow((void **)&n->vlans.tagged, &n->vlans.tagged_count, sizeof(*slot));
	if (!slot)
		return lxc_fail(ctx, ENOMEM, "-");
	*slot = (uint16_t)id;
	return 0;
}

int lxc_set_net_vlan_id(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VLAN, value);
	long id = -1;
	int r = !n ? -ctx->err->num : *value ? set_number(ctx, value, 0, 4094, &id) : 0;

	if (!r)
		n->vlan_id = (int)id;
	return r;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* RFC 791's classes, which LXC goes by where no prefix is given; IPv6 networks have 64 bits. */
static int default_prefix(const struct rt_ip *ip)
{
	if (ip->family == AF_INET6)
		return 64;
	return ip->bytes[0] < 128 ? 8 : ip->bytes[0] < 192 ? 16 : ip->bytes[0] < 224 ? 24 : 32;
}

/* "ADDRESS[/PREFIX]"; false: it is none. */
static bool parse_ip(int family, const char *text, bool prefix, struct rt_ip *ret)
{
	char copy[64], *slash;
	long bits;

	memset(ret, 0, sizeof(*ret));
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = 0;
	if (inet_pton(family, copy, ret->bytes) != 1 || (slash && !prefix))
		return false;
	ret->family = family;
	ret->prefix = default_prefix(ret);
	if (!slash)
		return true;
	if (sw_parse_long(slash, &bits) || bits < 0 || bits > (family == AF_INET ? 32 : 128))
		return false;
	ret->prefix = (int)bits;
	return true;
}

static void default_broadcast(struct rt_ip *ip)
{
	/* RFC 3021: a net of two has none. */
	ip->has_broadcast = ip->family == AF_INET && ip->prefix < 31;
	for (int i = 0; ip->has_broadcast && i < 32; i++) {
		unsigned char bit = (unsigned char)(0x80 >> (i % 8));

		if (i % 8 == 0)
			ip->broadcast[i / 8] = ip->bytes[i / 8];
		if (i >= ip->prefix)
			ip->broadcast[i / 8] |= bit;
	}
}

static void forget(struct rt_ip *list, size_t *count, int family)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (list[i].family != family)
			list[kept++] = list[i];
	*count = kept;
}

static int add_ip(struct lxc_ctx *ctx, struct rt_ip **list, size_t *count, const struct rt_ip *ip)
{
	struct rt_ip *slot = lxc_grow((void **)list, count, sizeof(*slot));

	if (!slot)
		return lxc_fail(ctx, ENOMEM, "-");
	*slot = *ip;
	return 0;
}

static int set_address(struct lxc_ctx *ctx, int family, const char *value)
{
	struct rt_net *n = this_net(ctx);
	struct rt_ip ip, broadcast;
	char first[64], second[64] = "", more;
	int words;

	if (!n)
		return -ctx->err->num;
	if (!*value) {
		forget(n->addresses, &n->address_count, family);
		return 0;
	}
	words = sscanf(value, "%63s %63s %c", first, second, &more);
	if (words < 1 || words > (family == AF_INET ? 2 : 1) || !parse_ip(family, first, true, &ip))
		return lxc_fail(ctx, EINVAL,
				family == AF_INET
					? "expected an address such as 192.168.1.2/24, and maybe a "
					  "broadcast address, "
					  "found '%s'"
					: "expected an address such as 2001:db8::2/64, found '%s'",
				SHOW(value));
	default_broadcast(&ip);
	if (words == 2) {
		if (!parse_ip(family, second, false, &broadcast))
			return lxc_fail(ctx, EINVAL, "'%s' is no broadcast address", SHOW(second));
		memcpy(ip.broadcast, broadcast.bytes, sizeof(ip.broadcast));
		ip.has_broadcast = true;
	}
	return add_ip(ctx, &n->addresses, &n->address_count, &ip);
}

int lxc_set_net_ipv4(struct lxc_ctx *ctx, const char *value)
{
	return set_address(ctx, AF_INET, value);
}

int lxc_set_net_ipv6(struct lxc_ctx *ctx, const char *value)
{
	return set_address(ctx, AF_INET6, value);
}

static int set_gateway(struct lxc_ctx *ctx, int family, const char *value)
{
	struct rt_net *n = this_net(ctx);
	struct rt_gateway g = { .how = RT_GATEWAY_NONE };

	if (!n)
		return -ctx->err->num;
	if (!strcmp(value, "auto"))
		g.how = RT_GATEWAY_AUTO;
	else if (!strcmp(value, "dev"))
		g.how = RT_GATEWAY_DEV;
	else if (*value) {
		g.how = RT_GATEWAY_ADDRESS;
		if (!parse_ip(family, value, false, &g.ip))
			return lxc_fail(ctx, EINVAL,
					"expected an IPv%d address, auto or dev, found '%s'",
					family == AF_INET ? 4 : 6, SHOW(value));
	}
	n->gateway[family == AF_INET6] = g;
	return 0;
}

int lxc_set_net_ipv4_gateway(struct lxc_ctx *ctx, const char *value)
{
	return set_gateway(ctx, AF_INET, value);
}

int lxc_set_net_ipv6_gateway(struct lxc_ctx *ctx, const char *value)
{
	return set_gateway(ctx, AF_INET6, value);
}

/* One or several, separated by commas. */
static int set_routes(struct lxc_ctx *ctx, int family, const char *value)
{
	struct rt_net *n = net_of(ctx, RT_NET_VETH, value);
	char *copy __sw_free = n ? strdup(value) : NULL, *save = NULL;

	if (!n)
		return -ctx->err->num;
	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	if (!*value)
		forget(n->routes, &n->route_count, family);
	for (char *w = strtok_r(copy, ", \t", &save); w; w = strtok_r(NULL, ", \t", &save)) {
		struct rt_ip ip;
		int r;

		if (!strchr(w, '/') || !parse_ip(family, w, true, &ip))
			return lxc_fail(ctx, EINVAL, "expected a network such as %s, found '%s'",
					family == AF_INET ? "192.168.3.0/24" : "2001:db8:3::/48",
					SHOW(w));
		r = add_ip(ctx, &n->routes, &n->route_count, &ip);
		if (r)
			return r;
	}
	return 0;
}

int lxc_set_net_veth_ipv4_route(struct lxc_ctx *ctx, const char *value)
{
	return set_routes(ctx, AF_INET, value);
}

int lxc_set_net_veth_ipv6_route(struct lxc_ctx *ctx, const char *value)
{
	return set_routes(ctx, AF_INET6, value);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct rt_net *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int finish_net(struct lxc_ctx *ctx, const struct rt_net *n)
{
	static const char *const types[] = { "empty",  "none", "veth", "macvlan",
					     "ipvlan", "vlan", "phys" };

	if (!n->origin)
		return sw_error(
			ctx->err, EINVAL, "config",
			"lxc.net.%d has no lxc.net.%d.type: expected empty, none, veth, macvlan, "
			"ipvlan, vlan or phys",
			n->index, n->index);
	if (n->type == RT_NET_NONE && ctx->spec->net_count > 1)
		return sw_error(
			ctx->err, EINVAL, "config",
			"%s: type none shares the host's network and cannot stand beside other "
			"networks",
			n->origin);
	for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++)
		if ((n->details & (1u << t)) && t != n->type)
			return sw_error(ctx->err, EINVAL, "config",
					"%s: network %d is of type %s, and has "
					"keys of type %s",
					n->origin, n->index, types[n->type], types[t]);
	if (n->type != RT_NET_EMPTY && n->type != RT_NET_NONE)
		return 0;
	if (n->address_count || n->gateway[0].how != RT_GATEWAY_NONE || n->l2proxy ||
	    n->gateway[1].how != RT_GATEWAY_NONE)
		return sw_error(ctx->err, EINVAL, "config",
				"%s: network %d is of type %s and has no device "
				"that could have addresses or gateways",
				n->origin, n->index, types[n->type]);
	if (n->link || n->name || n->hwaddr || n->mtu)
		lxc_remark(
			ctx,
			"network %d has no device of its own: its link, name, hwaddr and mtu have "
			"no effect",
			n->index);
	return 0;
}

int lxc_finish_nets(struct lxc_ctx *ctx)
{
	struct rt_spec *spec = ctx->spec;

	if (spec->net_count)
		qsort(spec->nets, spec->net_count, sizeof(*spec->nets), by_number);
	for (size_t i = 0; i < spec->net_count; i++) {
		int r = finish_net(ctx, &spec->nets[i]);

		if (r)
			return r;
		if (spec->nets[i].type != RT_NET_NONE)
			spec->ns |= SW_CLONE_NEWNET;
	}
	return 0;
}
