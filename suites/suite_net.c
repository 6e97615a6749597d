// SPDX-License-Identifier: GPL-2.0-only
#include "suite_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suite_util.h"
#include "sw_netlink.h"

/* The kernel's own numbers (include/uapi/linux/if_link.h, veth.h), whatever the headers know. */
enum {
	OUR_IFLA_IFNAME = 3, OUR_IFLA_LINKINFO = 18, OUR_IFLA_NET_NS_PID = 19,
	OUR_IFLA_INFO_KIND = 1, OUR_IFLA_INFO_DATA = 2, OUR_VETH_INFO_PEER = 1,
};

static int request(const char *name, unsigned long op, struct ifreq *ifr)
{
	__sw_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	return ioctl(fd, op, ifr) ? -errno : 0;
}

int suite_net_flags(const char *name)
{
	struct ifreq ifr = { 0 };
	int r = request(name, SIOCGIFFLAGS, &ifr);

	return r ? r : ifr.ifr_flags & 0xffff;
}

int suite_net_up(const char *name)
{
	struct ifreq ifr = { 0 };
	int r = request(name, SIOCGIFFLAGS, &ifr);

	if (r)
		return r;
	ifr.ifr_flags |= IFF_UP;
	return request(name, SIOCSIFFLAGS, &ifr);
}

int suite_net_address(const char *name, uint32_t address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	struct ifreq ifr = { 0 };
	int r;

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	r = request(name, SIOCSIFADDR, &ifr);
	if (r)
		return r;
	sin.sin_addr.s_addr = htonl(0xffffff00);
	memset(&ifr, 0, sizeof(ifr));
	memcpy(&ifr.ifr_netmask, &sin, sizeof(sin));
	return request(name, SIOCSIFNETMASK, &ifr);
}

int suite_net_veth(const char *name, const char *peer, pid_t pid)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	size_t link, data, other;
	struct sw_nl_msg m;
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	sw_nl_put_str(&m, OUR_IFLA_IFNAME, name);
	link = sw_nl_nest(&m, OUR_IFLA_LINKINFO);
	sw_nl_put_str(&m, OUR_IFLA_INFO_KIND, "veth");
	data = sw_nl_nest(&m, OUR_IFLA_INFO_DATA);
	other = sw_nl_nest(&m, OUR_VETH_INFO_PEER);
	sw_nl_put_raw(&m, &info, sizeof(info));
	sw_nl_put_str(&m, OUR_IFLA_IFNAME, peer);
	if (pid)
		sw_nl_put_u32(&m, OUR_IFLA_NET_NS_PID, (uint32_t)pid);
	sw_nl_nest_end(&m, other);
	sw_nl_nest_end(&m, data);
	sw_nl_nest_end(&m, link);
	return sw_nl_ack(&nl, &m);
}

int suite_net_move(const char *name, pid_t pid)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link link;
	struct sw_nl_msg m;
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (!r)
		r = sw_nl_link_get(&nl, name, &link);
	if (r)
		return r;
	info.ifi_index = link.index;
	sw_nl_begin(&m, RTM_NEWLINK, 0, &info, sizeof(info));
	sw_nl_put_u32(&m, OUR_IFLA_NET_NS_PID, (uint32_t)pid);
	return sw_nl_ack(&nl, &m);
}
