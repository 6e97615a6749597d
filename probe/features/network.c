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
#include "features/net.h"
#include "join.h"
#include "live.h"
#include "modules.h"
#include "session.h"
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

/* Attributes inside IFLA_INFO_DATA that a kind needs or that are under test. */
enum { KIND_PARENT = 1, KIND_NO_PARENT = 0 };
/* include/uapi/linux/if_link.h, if_tunnel.h; the build host's headers may be older. */
enum {
	INFO_BR_VLAN_FILTERING = 7,	/* 4.4 */
	INFO_GENEVE_ID = 1, INFO_GENEVE_REMOTE = 2,
	INFO_GRE_REMOTE = 7, INFO_IPTUN_REMOTE = 3,
	INFO_IPVLAN_MODE = 1,
	INFO_MACVLAN_MODE = 1,
	INFO_VLAN_ID = 1,
	INFO_VRF_TABLE = 1,
	INFO_VXLAN_ID = 1,
};
enum { IPVLAN_L2 = 0, IPVLAN_L3S = 2, MACVLAN_BRIDGE = 4 };

/* Of the devices of the row under way. */
static struct {
	char parent[IFNAMSIZ], probe[IFNAMSIZ], peer[IFNAMSIZ];
} names;

static void choose_names(void)
{
	session_name(names.parent, sizeof(names.parent), "swparent");
	session_name(names.probe, sizeof(names.probe), "swprobe");
	session_name(names.peer, sizeof(names.peer), "swpeer");
}

static void put_veth_peer(struct sw_nl_msg *m)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	size_t peer = sw_nl_nest(m, VETH_INFO_PEER);

	sw_nl_put_raw(m, &ifi, sizeof(ifi));
	sw_nl_put_str(m, IFLA_IFNAME, names.peer);
	sw_nl_nest_end(m, peer);
}

static const unsigned char remote[4] = { 192, 0, 2, 1 };	/* TEST-NET-1, RFC 5737 */

static void put_data(struct sw_nl_msg *m, const char *kind, const char *variant)
{
	if (!strcmp(kind, "veth")) {
		put_veth_peer(m);
	} else if (!strcmp(kind, "vlan")) {
		sw_nl_put_u16(m, INFO_VLAN_ID, 42);
	} else if (!strcmp(kind, "macvlan") || !strcmp(kind, "macvtap")) {
		sw_nl_put_u32(m, INFO_MACVLAN_MODE, MACVLAN_BRIDGE);
	} else if (!strcmp(kind, "ipvlan")) {
		sw_nl_put_u16(m, INFO_IPVLAN_MODE, !strcmp(variant, "l3s") ? IPVLAN_L3S : IPVLAN_L2);
	} else if (!strcmp(kind, "bridge") && !strcmp(variant, "vlan_filtering")) {
		sw_nl_put_u8(m, INFO_BR_VLAN_FILTERING, 1);
	} else if (!strcmp(kind, "vxlan")) {
		sw_nl_put_u32(m, INFO_VXLAN_ID, 42);
	} else if (!strcmp(kind, "geneve")) {
		sw_nl_put_u32(m, INFO_GENEVE_ID, 42);
		sw_nl_put(m, INFO_GENEVE_REMOTE, remote, sizeof(remote));
	} else if (!strcmp(kind, "vrf")) {
		sw_nl_put_u32(m, INFO_VRF_TABLE, 42);
	} else if (!strcmp(kind, "ipip")) {
		sw_nl_put(m, INFO_IPTUN_REMOTE, remote, sizeof(remote));
	} else if (!strcmp(kind, "gre")) {
		sw_nl_put(m, INFO_GRE_REMOTE, remote, sizeof(remote));
	}
}

static int create(struct sw_nl *nl, const char *name, const char *kind, const char *variant, int parent)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	size_t info, data;

	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, name);
	if (parent)
		sw_nl_put_u32(&m, IFLA_LINK, (uint32_t)parent);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, kind);
	data = sw_nl_nest(&m, IFLA_INFO_DATA);
	put_data(&m, kind, variant);
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, info);
	return sw_nl_ack(nl, &m);
}

/*
 * Opening /dev/net/tun where tun is not there would load it (devname:net/tun), but the driver, built
 * in or loaded, is in the list of misc devices ("200 tun"). 1, 0, or -1 without /proc/misc.
 */
static int tun_there(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (sw_read_file(AT_FDCWD, "/proc/misc", &b, 1 << 16))
		return -1;
	if (strstr(sw_buf_str(&b), "200 tun\n"))
		return 1;
	return live_proc("/proc/misc") == 1 ? 0 : -1;
}

/* A TAP device lives as long as its descriptor, so *ret_fd stays open. */
static int make_tap(int *ret_fd)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd __sw_fd = -1;

	if (tun_there() != 1)
		return -ENODEV;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", names.parent);
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
		    !create(nl, names.parent, kinds[i], "", 0) && !sw_nl_link_get(nl, names.parent, &l))
			return l.index;
	}
	if (!make_tap(&fd) && !sw_nl_link_get(nl, names.parent, &l))
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

/* The value of a number inside IFLA_INFO_DATA of the device; -ENOENT if the kernel does not show it. */
struct wanted_data {
	uint16_t type;
	int value;
};

static int find_data(const struct nlmsghdr *msg, void *arg)
{
	struct wanted_data *w = arg;
	const struct nlattr *info, *data, *a;
	struct sw_nl_link l;
	const void *attrs;
	size_t len;

	if (sw_nl_link_parse(msg, &l) || strcmp(l.name, names.probe))
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(struct ifinfomsg), &len);
	info = sw_nl_find(attrs, len, IFLA_LINKINFO);
	data = info ? sw_nl_find(sw_nl_data(info), sw_nl_len(info), IFLA_INFO_DATA) : NULL;
	a = data ? sw_nl_find(sw_nl_data(data), sw_nl_len(data), w->type) : NULL;
	if (a && sw_nl_len(a) >= 2)
		w->value = *(const uint16_t *)sw_nl_data(a);
	else if (a && sw_nl_len(a) == 1)
		w->value = *(const uint8_t *)sw_nl_data(a);
	return 1;
}

static int link_data(struct sw_nl *nl, uint16_t type)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct wanted_data w = { type, -ENOENT };
	struct sw_nl_msg m;
	int r;

	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	r = sw_nl_dump(nl, &m, find_data, &w);
	return r ? r : w.value;
}

/* A kernel that lacks a variant may ignore the attribute that asks for it: look whether it is in force. */
static bool judge_variant(const struct probe_ctx *ctx, struct sw_nl *nl, const char *variant,
			  struct live *ret)
{
	int v;

	if (!strcmp(variant, "vlan_filtering")) {
		v = link_data(nl, INFO_BR_VLAN_FILTERING);
		if (v == 1)
			return true;
		/* The attribute came with 4.4 (a7854037da00); before, only sysfs has the switch. */
		if (v == -ENOENT && ctx->version >= KVER(4, 4))
			live_set(ret, LIVE_ABSENT, 0, "a bridge made with IFLA_BR_VLAN_FILTERING=1 does not have it");
		else if (v == -ENOENT)
			live_set(ret, LIVE_UNKNOWN, 0, "not seen: netlink shows VLAN filtering since 4.4 only");
		else
			live_set(ret, LIVE_BROKEN, 0, "IFLA_BR_VLAN_FILTERING=1 was taken, and reads %d", v);
		return false;
	}
	if (!strcmp(variant, "l3s") && (v = link_data(nl, INFO_IPVLAN_MODE)) != IPVLAN_L3S) {
		live_set(ret, LIVE_BROKEN, 0, "ipvlan mode l3s was taken, and the mode reads %d", v);
		return false;
	}
	return true;
}

static void judge_link(const struct probe_ctx *ctx, struct sw_nl *nl, const char *kind,
		       const char *variant, const struct live_way *way, struct live *ret)
{
	struct sw_nl_link l, peer;
	int r = sw_nl_link_get(nl, names.probe, &l);

	if (r)
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWLINK %s: 0, but there is no device", kind);
	else if (strcmp(l.kind, kind))
		live_set(ret, LIVE_BROKEN, 0, "RTM_NEWLINK %s: 0, but the device is of kind \"%s\"", kind,
			 l.kind);
	else if (!strcmp(kind, "veth") && sw_nl_link_get(nl, names.peer, &peer))
		live_set(ret, LIVE_BROKEN, 0, "RTM_NEWLINK veth: 0, but it has no peer");
	else if ((r = sw_nl_link_up(nl, l.index, true)))
		live_set(ret, LIVE_BROKEN, r, "a %s device was made, but does not come up: %s", kind,
			 sw_errno_name(r));
	else if (judge_variant(ctx, nl, variant, ret))
		live_set(ret, LIVE_WORKS, 0, "a %s device%s%s was made and brought up in a network namespace "
			 "of our own%s", kind, *variant ? " with " : "", variant,
			 way->userns ? " (and user namespace)" : "");
}

/* "ipvlan/l3s": kind and variant. */
static const char *split_kind(const char *arg, char kind[16])
{
	size_t len = strcspn(arg, "/");

	snprintf(kind, 16, "%.*s", (int)len, arg);
	return arg[len] ? arg + len + 1 : "";
}

static void judge_create(const struct probe_ctx *ctx, const struct feature *f, const char *kind,
			 const char *variant, int registered, int r, struct live *ret)
{
	if (r == -EOPNOTSUPP && registered != 1)
		module_explain_absent(ctx, f, "RTM_NEWLINK: EOPNOTSUPP, also after asking for the module", ret);
	else if (r == -EPERM)
		live_set(ret, LIVE_DENIED, r, "RTM_NEWLINK %s: EPERM", kind);
	/* The kind is there and refuses the variant: ipvlan l3s without IPVLAN_L3S, or before 4.9. */
	else if (*variant && (r == -EOPNOTSUPP || r == -EINVAL || r == -524))
		live_set(ret, LIVE_ABSENT, r, "RTM_NEWLINK %s with %s: %s", kind, variant,
			 r == -524 ? "ENOTSUPP" : sw_errno_name(r));
	else
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWLINK %s: %s", kind, sw_errno_name(r));
}

/* @f->arg: the kind, perhaps with a variant; @f->num: KIND_PARENT if it sits on another device */
static void probe_link(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT, here __sw_nl = SW_NL_INIT;
	struct live_way way;
	const char *how = "", *variant;
	char what[160], kind[16];
	int r, registered, parent = 0;

	variant = split_kind(f->arg, kind);
	/* Kinds belong to no namespace: to look needs none of our own. */
	r = sw_nl_open(&here, NETLINK_ROUTE);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "socket(AF_NETLINK): %s", sw_errno_name(r));
		return;
	}
	registered = kind_registered(ctx, &here, kind, f->module, f, &how);
	if (registered != 1 && !ctx->load_modules) {
		snprintf(what, sizeof(what), "no device kind %s (%s)", kind, how);
		module_explain_absent(ctx, f, what, ret);
		if (registered < 0)
			ret->value = LIVE_UNKNOWN;
		return;
	}
	if (net_enter_netlink(ctx, NETLINK_ROUTE, &nl, ret, &way))
		return;
	choose_names();
	if (f->num) {
		parent = make_parent(ctx, &nl);
		if (parent < 0) {
			live_set(ret, LIVE_UNKNOWN, parent, "kind %s is registered, but there is no Ethernet "
				 "device to try it on: %s", kind, sw_errno_name(parent));
			return;
		}
	}
	r = create(&nl, names.probe, kind, variant, parent);
	if (r)
		judge_create(ctx, f, kind, variant, registered, r, ret);
	else
		judge_link(ctx, &nl, kind, variant, &way, ret);
}

static void probe_tun(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link l;
	struct live_way way;
	int there = tun_there(), fd __sw_fd = -1;

	if (there == 0 && !ctx->load_modules) {
		module_explain_absent(ctx, f, "no tun in /proc/misc", ret);
		return;
	}
	if (there < 0 && !ctx->load_modules && !module_loaded("tun")) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: without /proc/misc it cannot be told whether to open "
			 "/dev/net/tun would load a module");
		return;
	}
	if (net_enter_netlink(ctx, NETLINK_ROUTE, &nl, ret, &way))
		return;
	choose_names();
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0 && there == 0) {
		module_explain_absent(ctx, f, "no tun in /proc/misc, and /dev/net/tun cannot be opened", ret);
		return;
	}
	if (fd < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "%sopen(/dev/net/tun): %s",
			 there == 1 ? "the driver is there, but " : "", sw_errno_name(errno));
		return;
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", names.probe);
	if (ioctl(fd, TUNSETIFF, &ifr))
		live_set(ret, errno == EPERM ? LIVE_DENIED : LIVE_BROKEN, errno, "TUNSETIFF: %s",
			 sw_errno_name(errno));
	else if (sw_nl_link_get(&nl, names.probe, &l))
		live_set(ret, LIVE_BROKEN, 0, "TUNSETIFF: 0, but there is no device");
	else
		live_set(ret, LIVE_WORKS, 0, "TUNSETIFF made a tun device in a network namespace of our own");
}

#define DEVICE(id_, title_, arg_, parent_, module_, since_, commit_, ...) \
	{ .id = "net." id_, .title = title_, .area = "network", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_link, .arg = arg_, .num = parent_, \
	  .module = module_ }

static const struct feature rows[] = {
	DEVICE("veth", "Virtual Ethernet pairs (veth)", "veth", KIND_NO_PARENT, "veth", KVER_NONE,
	       "e314dbdc1c0d (2.6.24)", { KVER_NONE, 0, "VETH" }),
	DEVICE("macvlan", "MAC-address virtual LANs (macvlan)", "macvlan", KIND_PARENT, "macvlan", KVER_NONE,
	       "b863ceb7ddce (2.6.23)", { KVER_NONE, 0, "MACVLAN" }),
	DEVICE("macvtap", "TAP devices on macvlan (macvtap)", "macvtap", KIND_PARENT, "macvtap",
	       KVER3(2, 6, 34), "20d29d7a916a", { KVER3(2, 6, 34), 0, "MACVTAP" }),
	DEVICE("ipvlan", "IP virtual LANs (ipvlan)", "ipvlan", KIND_PARENT, "ipvlan", KVER(3, 19),
	       "2ad7bf363841", { KVER(3, 19), 0, "IPVLAN" }),
	DEVICE("ipvlan_l3s", "ipvlan, mode L3S", "ipvlan/l3s", KIND_PARENT, "ipvlan", KVER(4, 9),
	       "4fbae7d83c98", { KVER(4, 9), KVER(5, 1), "IPVLAN && NETFILTER" },
	       { KVER(5, 1), 0, "IPVLAN && IPVLAN_L3S" }),
	DEVICE("vlan", "802.1Q virtual LANs", "vlan", KIND_PARENT, "8021q", KVER_NONE,
	       "07b5b17e157b (by netlink: 2.6.23)", { KVER_NONE, 0, "VLAN_8021Q" }),
	DEVICE("bridge", "Ethernet bridges", "bridge", KIND_NO_PARENT, "bridge", KVER_NONE,
	       "bb900b27a2f4 (by netlink: 3.1)", { KVER_NONE, 0, "BRIDGE" }),
	DEVICE("bridge_vlan_filtering", "VLAN filtering in bridges", "bridge/vlan_filtering", KIND_NO_PARENT,
	       "bridge", KVER(3, 9), "243a2e63f5f4", { KVER(3, 9), 0, "BRIDGE && BRIDGE_VLAN_FILTERING" }),
	DEVICE("dummy", "Dummy devices", "dummy", KIND_NO_PARENT, "dummy", KVER_NONE, "drivers/net/dummy.c",
	       { KVER_NONE, 0, "DUMMY" }),
	DEVICE("ifb", "Intermediate functional blocks (ifb)", "ifb", KIND_NO_PARENT, "ifb", KVER_NONE,
	       "drivers/net/ifb.c (2.6.16)", { KVER_NONE, 0, "IFB" }),
	DEVICE("vxlan", "Virtual extensible LANs (VXLAN)", "vxlan", KIND_NO_PARENT, "vxlan", KVER(3, 7),
	       "d342894c5d2f", { KVER(3, 7), 0, "VXLAN" }),
	DEVICE("geneve", "Geneve tunnels", "geneve", KIND_NO_PARENT, "geneve", KVER(4, 2), "2d07dc79fe04",
	       { KVER(4, 2), 0, "GENEVE" }),
	DEVICE("ipip", "IP-in-IP tunnels", "ipip", KIND_NO_PARENT, "ipip", KVER_NONE,
	       "be42da0e1012 (by netlink: 3.8)", { KVER_NONE, 0, "NET_IPIP" }),
	DEVICE("gre", "GRE tunnels", "gre", KIND_NO_PARENT, "ip_gre", KVER_NONE,
	       "c19e654ddbe3 (by netlink: 2.6.28)", { KVER_NONE, 0, "NET_IPGRE" }),
	DEVICE("wireguard", "WireGuard tunnels", "wireguard", KIND_NO_PARENT, "wireguard", KVER(5, 6),
	       "e7096c131e51", { KVER(5, 6), 0, "WIREGUARD" }),
	DEVICE("vrf", "Virtual routing and forwarding (VRF)", "vrf", KIND_NO_PARENT, "vrf", KVER(4, 3),
	       "193125dbd8eb", { KVER(4, 3), KVER(4, 4), "NET_VRF" },
	       { KVER(4, 4), 0, "NET_VRF && NET_L3_MASTER_DEV" }),
	{ .id = "net.tun", .title = "TUN and TAP devices", .area = "network",
	  .kconfig = { { KVER_NONE, 0, "TUN" } }, .since = KVER_NONE, .commit = "drivers/net/tun.c",
	  .probe = probe_tun, .module = "tun" },
};

static const struct feature_sharing sharing[] = {
	{ probe_link, SHARE_PROCESS | SHARE_NET }, { probe_tun, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_network = {
	.name = "network", .title = "Network devices", FEATURE_ROWS(rows), .sharing = sharing,
};
