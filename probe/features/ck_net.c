// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint/restore: network devices. All in network namespaces that die with the probe. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "features/checkpoint.h"
#include "features/net.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

/* include/uapi/linux/if_link.h, net_namespace.h, rtnetlink.h */
enum { ATTR_LINK_NETNSID = 37, ATTR_NEW_IFINDEX = 49, MSG_NEWNSID = 88, NETNSA_ID = 1, NETNSA_DESCRIPTOR = 3 };

static bool own_net(const struct probe_ctx *ctx, struct live *ret)
{
	struct live_way way;

	return !net_enter(ctx, ret, &way);
}

/*
 * A number below 1 for IFLA_NEW_IFINDEX: a kernel that knows it says ERANGE before it does anything
 * (its policy of attributes has the minimum), one that does not ignores it.
 */
void ck_new_ifindex(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = 1 };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r;

	if (!own_net(ctx, ret))
		return;
	r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (r) {
		ck_not_tried("rtnetlink", r, ret);
		return;
	}
	sw_nl_begin(&m, RTM_SETLINK, 0, &ifi, sizeof(ifi));
	sw_nl_put_u32(&m, ATTR_NEW_IFINDEX, ~0u);
	r = sw_nl_ack(&nl, &m);
	if (r == -ERANGE)
		live_set(ret, LIVE_WORKS, ERANGE, "RTM_SETLINK judges IFLA_NEW_IFINDEX: -1 gives ERANGE");
	else if (!r || r == -EINVAL || r == -EOPNOTSUPP)
		live_set(ret, LIVE_ABSENT, r, "RTM_SETLINK does not look at IFLA_NEW_IFINDEX: -1 gives %s",
			 r ? sw_errno_name(r) : "0");
	else
		ck_refused(ctx, f, "RTM_SETLINK", r, false, ret);
}

static int note_id(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a;
	struct sw_nl_link l;
	const void *attrs;
	size_t len;

	if (sw_nl_link_parse(msg, &l) || strcmp(l.name, "sw0"))
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(struct ifinfomsg), &len);
	a = sw_nl_find(attrs, len, ATTR_LINK_NETNSID);
	if (a && sw_nl_len(a) >= 4)
		memcpy(arg, sw_nl_data(a), 4);
	return 1;
}

/* In our namespace: name the other one 7, and make a pair with one end there. 0 or -errno. */
static int make_pair(struct sw_nl *nl, int other)
{
	struct { uint8_t family, pad[3]; } gen = { AF_UNSPEC, { 0 } };
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	size_t info, data, peer;
	int r;

	sw_nl_begin(&m, MSG_NEWNSID, 0, &gen, sizeof(gen));
	sw_nl_put_u32(&m, NETNSA_DESCRIPTOR, (uint32_t)other);
	sw_nl_put_u32(&m, NETNSA_ID, 7);
	r = sw_nl_ack(nl, &m);
	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, "sw0");
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, "veth");
	data = sw_nl_nest(&m, IFLA_INFO_DATA);
	peer = sw_nl_nest(&m, VETH_INFO_PEER);
	sw_nl_put_raw(&m, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, "sw1");
	sw_nl_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)other);
	sw_nl_nest_end(&m, peer);
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, info);
	return sw_nl_ack(nl, &m);
}

void ck_link_nsid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int other __sw_fd = -1;
	struct sw_nl_msg m;
	int32_t id = -1;
	int r;

	if (ck_would_load(ctx, f, ret) || !own_net(ctx, ret))
		return;
	other = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r = other < 0 ? -errno : sys_unshare(SW_CLONE_NEWNET);
	if (!r)
		r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (r) {
		ck_not_tried("a second network namespace", r, ret);
		return;
	}
	r = make_pair(&nl, other);
	if (r == -EOPNOTSUPP || r == -EINVAL) {
		/* RTM_NEWNSID: 4.0; a veth: of the kind that the row's symbol names. */
		live_set(ret, LIVE_ABSENT, r, "a veth with its end in a namespace that has a number: %s",
			 sw_errno_name(r));
		return;
	}
	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	if (r || (r = sw_nl_dump(&nl, &m, note_id, &id)))
		ck_refused(ctx, f, "a veth between two network namespaces", r, false, ret);
	else if (id == -1)
		live_set(ret, LIVE_ABSENT, 0, "the link of a veth does not show where its other end is");
	else if (id != 7)
		live_set(ret, LIVE_BROKEN, 0, "the other end of a veth is in namespace 7, and shows as in %d", id);
	else
		live_set(ret, LIVE_WORKS, 0, "the link of a veth shows in which namespace its other end is");
}

/* ---- tun ------------------------------------------------------------------------------------------------ */

/* A tap device in a network namespace of our own. Its descriptor, or -1 with *ret filled. */
static int make_tun(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int fd;

	/* Opening the device would load the module; /proc/misc lists what is there ("200 tun"). */
	if (!sw_read_file(AT_FDCWD, "/proc/misc", &b, 1 << 14) && !strstr(sw_buf_str(&b), " tun\n") &&
	    live_proc("/proc/misc") == 1) {
		module_explain_absent(ctx, f, "tun is not in /proc/misc", ret);
		return -1;
	}
	if (ck_would_load(ctx, f, ret) || !own_net(ctx, ret))
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0 && (errno == ENODEV || errno == ENXIO)) {
		live_set(ret, LIVE_ABSENT, errno, "/dev/net/tun: %s", sw_errno_name(errno));
	} else if (fd < 0) {
		ck_not_tried("/dev/net/tun", -errno, ret);
	} else if (ioctl(fd, TUNSETIFF, &ifr)) {
		ck_not_tried("ioctl(TUNSETIFF)", -errno, ret);
		close(fd);
		fd = -1;
	}
	return fd;
}

void ck_tun_filter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sock_fprog prog = { 9, NULL };
	int fd __sw_fd = make_tun(ctx, f, ret);

	if (fd < 0)
		return;
	if (ioctl(fd, _IOR('T', 219, struct sock_fprog), &prog))	/* TUNGETFILTER */
		ck_refused(ctx, f, "ioctl(TUNGETFILTER)", -errno, true, ret);
	else if (prog.len)
		live_set(ret, LIVE_BROKEN, 0, "ioctl(TUNGETFILTER) of a new tap device gives a filter of %u", prog.len);
	else
		live_set(ret, LIVE_WORKS, 0, "ioctl(TUNGETFILTER) tells of a tap device that it has no filter");
}

void ck_tun_netns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { GET_NS = 0x894c };	/* SIOCGSKNS */
	int tun __sw_fd = make_tun(ctx, f, ret);
	int fd __sw_fd = tun < 0 ? -1 : ioctl(tun, GET_NS, 0);
	int err = errno;
	struct stat a, b;

	if (tun < 0)
		return;
	/* EFAULT: older ones look for a device's name first, at the address that is none. */
	if (fd < 0)
		ck_refused(ctx, f, "ioctl(SIOCGSKNS) on a tun device", err == EFAULT ? -ENOTTY : -err, true, ret);
	else if (fstat(fd, &a) || stat("/proc/self/ns/net", &b))
		ck_not_tried("/proc/self/ns/net, to compare with", -errno, ret);
	else if (a.st_ino != b.st_ino)
		live_set(ret, LIVE_BROKEN, 0, "ioctl(SIOCGSKNS) gives something else than the tun's namespace");
	else
		live_set(ret, LIVE_WORKS, 0, "ioctl(SIOCGSKNS) gives the network namespace of a tun device");
}
