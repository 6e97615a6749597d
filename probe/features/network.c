// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of virtual network devices. RTM_NEWLINK of an unknown kind makes the kernel run modprobe
 * (rtnl_newlink(), "rtnl-link-KIND"), so whether a kind is registered is found out first:
 *
 * A dump of links filtered by kind (since 4.6, dc599f76c22b) looks the kind up without loading
 * anything (linkinfo_to_kind_ops()), and ignores the filter where there is no such kind. In a new
 * network namespace, lo is of no kind: it is filtered away if and only if the kind is registered.
 * Older kernels ignore the filter altogether: there only /sys/module, /proc/modules and a
 * configuration that says built in count.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "features/areas.h"
#include "join.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

static int note_lo(const struct nlmsghdr *msg, void *arg)
{
	struct sw_nl_link l;

	if (!sw_nl_link_parse(msg, &l) && !strcmp(l.name, "lo"))
		*(bool *)arg = true;
	return 0;
}

/* 1: registered; 0: not filtered, so not registered or an old kernel; or -errno. */
static int kind_filters(struct sw_nl *nl, const char *kind)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	bool lo = false;
	size_t at;
	int r;

	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	at = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, kind);
	sw_nl_nest_end(&m, at);
	r = sw_nl_dump(nl, &m, note_lo, &lo);
	return r ? r : !lo;
}

/* Is the kind registered? 1, 0, -1 unknown; how: where from. */
static int kind_registered(const struct probe_ctx *ctx, struct sw_nl *nl, const char *kind,
			   const char *module, const struct feature *f, const char **how)
{
	char why[160];
	int r = kind_filters(nl, kind);

	*how = "a dump of links by kind";
	if (r == 1)
		return 1;
	if (r == 0 && ctx->version >= KVER(4, 6))
		return 0;
	*how = "/sys/module";
	if (module && module_loaded(module))
		return 1;
	*how = "the configuration";
	if (f && feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why)) ==
	    KCONFIG_STATE_BUILTIN && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING)
		return 1;
	/*
	 * Modules show in /proc/modules, so without one the only doubt left is built in: settled by the
	 * running kernel's own configuration, and by no file that may be another kernel's.
	 */
	return f && ctx->kconfig && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING ? 0 : -1;
}

static int create(struct sw_nl *nl, const char *name, const char *kind, int parent)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	size_t info, data, peer;

	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, name);
	if (parent)
		sw_nl_put_u32(&m, IFLA_LINK, (uint32_t)parent);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, kind);
	if (!strcmp(kind, "veth")) {
		data = sw_nl_nest(&m, IFLA_INFO_DATA);
		peer = sw_nl_nest(&m, VETH_INFO_PEER);
		sw_nl_put_raw(&m, &ifi, sizeof(ifi));
		sw_nl_put_str(&m, IFLA_IFNAME, "swpeer");
		sw_nl_nest_end(&m, peer);
		sw_nl_nest_end(&m, data);
	} else if (!strcmp(kind, "vlan")) {
		data = sw_nl_nest(&m, IFLA_INFO_DATA);
		sw_nl_put_u16(&m, IFLA_VLAN_ID, 42);
		sw_nl_nest_end(&m, data);
	} else if (!strcmp(kind, "macvlan")) {
		data = sw_nl_nest(&m, IFLA_INFO_DATA);
		sw_nl_put_u32(&m, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
		sw_nl_nest_end(&m, data);
	}
	sw_nl_nest_end(&m, info);
	return sw_nl_ack(nl, &m);
}

/* A TAP device lives as long as its descriptor, so *ret_fd stays open. */
static int make_tap(int *ret_fd)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd __sw_fd = -1;

	/* Opening /dev/net/tun where tun is not there would load it (devname:net/tun). */
	if (!module_loaded("tun"))
		return -ENODEV;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "swparent");
	if (ioctl(fd, TUNSETIFF, &ifr))
		return -errno;
	*ret_fd = sw_take_fd(&fd);
	return 0;
}

/* An Ethernet device to put a macvlan or vlan on: lo is refused. Returns its index or -errno. */
static int find_parent(const struct probe_ctx *ctx, struct sw_nl *nl)
{
	static const char *const kinds[] = { "dummy", "veth", "bridge" };
	struct sw_nl_link l;
	const char *how;
	int fd = -1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *id[] = { NULL, "net.veth", "net.bridge" };
		const struct feature *f = id[i] ? feature_find(id[i]) : NULL;

		if (kind_registered(ctx, nl, kinds[i], kinds[i], f, &how) == 1 &&
		    !create(nl, "swparent", kinds[i], 0) && !sw_nl_link_get(nl, "swparent", &l))
			return l.index;
	}
	if (!make_tap(&fd) && !sw_nl_link_get(nl, "swparent", &l))
		return l.index;
	sw_close(&fd);
	return -ENODEV;
}

/* The same, and up: a vlan comes up only if its parent is. */
static int make_parent(const struct probe_ctx *ctx, struct sw_nl *nl)
{
	int index = find_parent(ctx, nl), r;

	if (index < 0)
		return index;
	r = sw_nl_link_up(nl, index, true);
	return r ? r : index;
}

static void judge_link(struct sw_nl *nl, const char *kind, const struct live_way *way,
		       struct live *ret)
{
	struct sw_nl_link l, peer;
	int r = sw_nl_link_get(nl, "swprobe", &l);

	if (r)
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWLINK %s: 0, but there is no device", kind);
	else if (strcmp(l.kind, kind))
		live_set(ret, LIVE_BROKEN, 0, "RTM_NEWLINK %s: 0, but the device is of kind \"%s\"", kind,
			 l.kind);
	else if (!strcmp(kind, "veth") && sw_nl_link_get(nl, "swpeer", &peer))
		live_set(ret, LIVE_BROKEN, 0, "RTM_NEWLINK veth: 0, but it has no peer");
	else if ((r = sw_nl_link_up(nl, l.index, true)))
		live_set(ret, LIVE_BROKEN, r, "a %s device was made, but does not come up: %s", kind,
			 sw_errno_name(r));
	else
		live_set(ret, LIVE_WORKS, 0, "a %s device was made and brought up in a network namespace of "
			 "our own%s", kind, way->userns ? " (and user namespace)" : "");
}

static void probe_link(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	const char *how = "";
	char what[160];
	int r, registered = -1, parent = 0;

	r = live_unshare(ctx, SW_CLONE_NEWNET, ret, &way);
	if (r) {
		/* What stands in the way of a place to try says nothing about the device itself. */
		ret->value = LIVE_UNKNOWN;
		return;
	}
	r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "socket(AF_NETLINK): %s", sw_errno_name(r));
		return;
	}
	registered = kind_registered(ctx, &nl, f->arg, f->module, f, &how);
	if (registered != 1 && !ctx->load_modules) {
		snprintf(what, sizeof(what), "no device kind %s (%s)", f->arg, how);
		module_explain_absent(ctx, f, what, ret);
		if (registered < 0)
			ret->value = LIVE_UNKNOWN;
		return;
	}
	if (f->num) {
		parent = make_parent(ctx, &nl);
		if (parent < 0) {
			live_set(ret, LIVE_UNKNOWN, -parent, "kind %s is registered, but there is no Ethernet "
				 "device to try it on: %s", f->arg, sw_errno_name(parent));
			return;
		}
	}
	r = create(&nl, "swprobe", f->arg, parent);
	if (r == -EOPNOTSUPP && registered != 1)
		module_explain_absent(ctx, f, "RTM_NEWLINK: EOPNOTSUPP, also after asking for the module", ret);
	else if (r == -EPERM)
		live_set(ret, LIVE_DENIED, r, "RTM_NEWLINK %s: EPERM", f->arg);
	else if (r)
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWLINK %s: %s", f->arg, sw_errno_name(r));
	else
		judge_link(&nl, f->arg, &way, ret);
}

#define NEEDS_PARENT 1

static const struct feature rows[] = {
	{ .id = "net.veth", .title = "Virtual Ethernet pairs (veth)", .area = "network",
	  .kconfig = { { KVER_NONE, 0, "VETH" } }, .since = KVER_NONE,
	  .commit = "e314dbdc1c0d (2.6.24)", .probe = probe_link, .arg = "veth", .module = "veth" },
	{ .id = "net.macvlan", .title = "MAC-address virtual LANs (macvlan)", .area = "network",
	  .kconfig = { { KVER_NONE, 0, "MACVLAN" } }, .since = KVER_NONE,
	  .commit = "b863ceb7ddce (2.6.23)", .probe = probe_link, .arg = "macvlan",
	  .num = NEEDS_PARENT, .module = "macvlan" },
	{ .id = "net.vlan", .title = "802.1Q virtual LANs", .area = "network",
	  .kconfig = { { KVER_NONE, 0, "VLAN_8021Q" } }, .since = KVER_NONE,
	  .commit = "07b5b17e157b (by netlink: 2.6.23)", .probe = probe_link, .arg = "vlan",
	  .num = NEEDS_PARENT, .module = "8021q" },
	{ .id = "net.bridge", .title = "Ethernet bridges", .area = "network",
	  .kconfig = { { KVER_NONE, 0, "BRIDGE" } }, .since = KVER_NONE,
	  .commit = "bb900b27a2f4 (by netlink: 3.1)", .probe = probe_link, .arg = "bridge",
	  .module = "bridge" },
};

const struct feature_area feature_area_network = {
	.name = "network", .title = "Network devices", FEATURE_ROWS(rows),
};
