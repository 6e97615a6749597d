// SPDX-License-Identifier: GPL-2.0-only
/* lxc.net.N.* and 0.8's lxc.network.*. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

void lxc_net_clear(struct rt_net *n)
{
	free(n->link);
	free(n->name);
	free(n->hwaddr);
	free(n->mtu);
	free(n->origin);
	memset(n, 0, sizeof(*n));
}

static struct rt_net *add_net(struct lxc_ctx *ctx, int index)
{
	struct rt_net *n = lxc_grow((void **)&ctx->spec->nets, &ctx->spec->net_count, sizeof(*n));

	if (n)
		n->index = index;
	else
		lxc_fail(ctx, ENOMEM, "-");
	return n;
}

static void remove_net(struct rt_spec *spec, size_t i)
{
	lxc_net_clear(&spec->nets[i]);
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

int lxc_set_net_type(struct lxc_ctx *ctx, const char *value)
{
	static const struct { const char *name; int type; } types[] = {
		{ "empty", RT_NET_EMPTY }, { "none", RT_NET_NONE },
		/* Known to LXC; the core cannot make these devices yet. */
		{ "veth", -1 }, { "macvlan", -1 }, { "phys", -1 }, { "vlan", -1 }, { "ipvlan", -1 },
	};
	int index = 0;
	struct rt_net *n;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(value, types[i].name))
			continue;
		if (types[i].type < 0)
			return lxc_fail(ctx, ENOTSUP,
					"type %s is not supported by this build (empty and "
					"none are)",
					value);
		for (size_t k = 0; k < ctx->spec->net_count; k++)
			if (ctx->spec->nets[k].index >= index)
				index = ctx->spec->nets[k].index + 1;
		n = ctx->net < 0 ? add_net(ctx, index) : this_net(ctx);
		if (!n)
			return -ctx->err->num;
		n->type = types[i].type;
		free(n->origin);
		n->origin = lxc_origin(ctx);
		return n->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
	}
	return lxc_fail(ctx, EINVAL, "there is no type '%s'; expected empty or none", SHOW(value));
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

/* dev_valid_name() of the kernel: 1 to 15 bytes, no slash, colon or blank, not "." or "..". */
static int check_device(struct lxc_ctx *ctx, const char *value)
{
	if (strlen(value) > 15 || strpbrk(value, "/: \t") || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return lxc_fail(ctx, EINVAL,
				"'%s' is no network device's name (1 to 15 bytes, no slash, "
				"colon or blank)",
				SHOW(value));
	return 0;
}

int lxc_set_net_link(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	int r = n ? check_device(ctx, value) : -ctx->err->num;

	return r ? r : set_field(ctx, &n->link, value);
}

int lxc_set_net_name(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	int r = n ? check_device(ctx, value) : -ctx->err->num;

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
	return set_field(ctx, &n->hwaddr, value);
}

int lxc_set_net_mtu(struct lxc_ctx *ctx, const char *value)
{
	struct rt_net *n = this_net(ctx);
	long mtu;

	if (!n)
		return -ctx->err->num;
	if (*value && (sw_parse_long(value, &mtu) || mtu < 68 || mtu > 65536))
		return lxc_fail(ctx, EINVAL, "expected a number from 68 to 65536, found '%s'",
				SHOW(value));
	return set_field(ctx, &n->mtu, value);
}
