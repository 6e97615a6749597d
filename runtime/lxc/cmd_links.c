// SPDX-License-Identifier: GPL-2.0-only
/* info: what went through a container's network devices, as its end on the host counts it. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "lxc/cmd.h"
#include "sw_netlink.h"

struct traffic {
	uint64_t rx, tx;
	bool known;
};

static int note_traffic(const struct nlmsghdr *msg, void *arg)
{
	struct traffic *t = arg;
	const struct nlattr *a;
	const void *attrs;
	size_t len;

	if (msg->nlmsg_type != RTM_NEWLINK)
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(struct ifinfomsg), &len);
	a = sw_nl_find(attrs, len, IFLA_STATS64); /* 2.6.35; packets come before bytes */
	if (!a || sw_nl_len(a) < 4 * sizeof(uint64_t))
		return 0;
	memcpy(&t->rx, (const char *)sw_nl_data(a) + 2 * sizeof(uint64_t), sizeof(t->rx));
	memcpy(&t->tx, (const char *)sw_nl_data(a) + 3 * sizeof(uint64_t), sizeof(t->tx));
	t->known = true;
	return 1;
}

static void call_link(const char *device, void *arg)
{
	const struct cmd_links *l = arg;
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct traffic t = { 0 };
	struct sw_nl_msg m;

	if (sw_nl_open(&nl, NETLINK_ROUTE))
		return;
	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, device);
	/* What the host receives is what the container sent. */
	if (!sw_nl_query(&nl, &m, note_traffic, &t) && t.known)
		l->fn(device, t.rx, t.tx, l->arg);
}

void cmd_links(const struct cmd *c, struct cmd_links *links)
{
	rt_links(c->lxcpath, c->name, call_link, links);
}
