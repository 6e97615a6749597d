// SPDX-License-Identifier: GPL-2.0-only
/* `seaworthy inside`: network devices, addresses, default routes, and whether others are reached.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inside.h"
#include "sw_error.h"
#include "sw_fd.h"
#include "sw_netlink.h"

static const char *key_of(const char *device, const char *what)
{
	static char key[64];

	snprintf(key, sizeof(key), "net.%s.%s", device, what);
	return key;
}

static void say_flags(int fd, const char *device)
{
	static const struct {
		unsigned int flag;
		const char *name;
	} flags[] = {
		{ IFF_UP, "UP" },
		{ IFF_LOOPBACK, "LOOPBACK" },
		{ IFF_RUNNING, "RUNNING" },
		{ IFF_BROADCAST, "BROADCAST" },
		{ IFF_POINTOPOINT, "POINTOPOINT" },
		{ IFF_MULTICAST, "MULTICAST" },
	};
	struct ifreq ifr = { 0 };
	char text[128] = "";

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.15s", device);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		return;
	for (size_t f = 0; f < sizeof(flags) / sizeof(*flags); f++)
		if ((unsigned short)ifr.ifr_flags & flags[f].flag)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " " : "", flags[f].name);
	inside_say(key_of(device, "flags"), "%s", text);
}

/* The first attribute of IFLA_INFO_DATA: the mode of macvlan and ipvlan, the number of a VLAN. */
static void say_mode(const struct nlmsghdr *msg, const char *device)
{
	const struct nlattr *info, *data, *first;
	const void *attrs;
	uint32_t value = 0;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct ifinfomsg), &len);
	info = sw_nl_find(attrs, len, IFLA_LINKINFO);
	data = info ? sw_nl_find(sw_nl_data(info), sw_nl_len(info), IFLA_INFO_DATA) : NULL;
	first = data ? sw_nl_find(sw_nl_data(data), sw_nl_len(data), 1) : NULL;
	if (!first || sw_nl_len(first) > sizeof(value))
		return;
	if (sw_nl_len(first) == sizeof(uint16_t))
		value = *(const uint16_t *)sw_nl_data(first);
	else
		memcpy(&value, sw_nl_data(first), sw_nl_len(first));
	inside_say(key_of(device, "mode"), "%u", value);
}

static int say_link(const struct nlmsghdr *msg, void *arg)
{
	struct sw_nl_link link;

	(void)arg;
	if (sw_nl_link_parse(msg, &link))
		return 0;
	inside_say(key_of(link.name, "mtu"), "%u", link.mtu);
	if (link.has_mac)
		inside_say(key_of(link.name, "mac"), "%02x:%02x:%02x:%02x:%02x:%02x", link.mac[0],
			   link.mac[1], link.mac[2], link.mac[3], link.mac[4], link.mac[5]);
	if (!link.kind[0])
		return 0;
	inside_say(key_of(link.name, "kind"), "%s", link.kind);
	say_mode(msg, link.name);
	return 0;
}

static void say_addresses(void)
{
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return;
	for (struct ifaddrs *a = all; a; a = a->ifa_next) {
		bool v6 = a->ifa_addr && a->ifa_addr->sa_family == AF_INET6;
		const void *bytes = v6 ? (void *)&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr
				    : a->ifa_addr
					    ? (void *)&((struct sockaddr_in *)a->ifa_addr)->sin_addr
					    : NULL;
		const unsigned char *mask;
		char text[INET6_ADDRSTRLEN];
		int prefix = 0;

		if (!bytes || (!v6 && a->ifa_addr->sa_family != AF_INET) || !a->ifa_netmask)
			continue;
		mask = v6 ? ((struct sockaddr_in6 *)a->ifa_netmask)->sin6_addr.s6_addr
			  : (unsigned char *)&((struct sockaddr_in *)a->ifa_netmask)->sin_addr;
		for (int i = 0; i < (v6 ? 16 : 4); i++)
			prefix += __builtin_popcount(mask[i]);
		inet_ntop(a->ifa_addr->sa_family, bytes, text, sizeof(text));
		inside_say(key_of(a->ifa_name, v6 ? "ipv6" : "ipv4"), "%s/%d", text, prefix);
	}
	freeifaddrs(all);
}

static int say_route(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rt = NLMSG_DATA(msg);
	const struct nlattr *gw, *oif;
	char text[INET6_ADDRSTRLEN] = "dev", device[IF_NAMESIZE] = "?";
	const void *attrs;
	size_t len;

	(void)arg;
	if (msg->nlmsg_type != RTM_NEWROUTE || rt->rtm_dst_len || rt->rtm_type != RTN_UNICAST ||
	    rt->rtm_table != RT_TABLE_MAIN)
		return 0;
	attrs = sw_nl_attrs(msg, sizeof(*rt), &len);
	gw = sw_nl_find(attrs, len, RTA_GATEWAY);
	oif = sw_nl_find(attrs, len, RTA_OIF);
	if (gw)
		inet_ntop(rt->rtm_family, sw_nl_data(gw), text, sizeof(text));
	if (oif && sw_nl_len(oif) == sizeof(uint32_t))
		if_indextoname(*(const uint32_t *)sw_nl_data(oif), device);
	inside_say(rt->rtm_family == AF_INET ? "net.gateway4" : "net.gateway6", "%s %s", text,
		   device);
	return 0;
}

void inside_report_net(void)
{
	int fd __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *all = if_nameindex();
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	char names[2048] = "";
	struct sw_nl_msg m;

	for (struct if_nameindex *i = all; i && i->if_name; i++) {
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 *names ? " " : "", i->if_name);
		say_flags(fd, i->if_name);
	}
	inside_say("net", "%s", names);
	if (all)
		if_freenameindex(all);
	if (sw_nl_open(&nl, NETLINK_ROUTE))
		return;
	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	sw_nl_dump(&nl, &m, say_link, NULL);
	say_addresses();
	for (int f = 0; f < 2; f++) {
		struct rtmsg rt = { .rtm_family = f ? AF_INET6 : AF_INET };

		sw_nl_begin(&m, RTM_GETROUTE, 0, &rt, sizeof(rt));
		sw_nl_dump(&nl, &m, say_route, NULL);
	}
}

int inside_connect(int argc, char **argv)
{
	struct timeval limit = { .tv_sec = 30 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd __sw_fd = -1;
	char key[80];
	long port;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    sw_parse_long(argv[2], &port) || port < 1 || port > 65535)
		return -1;
	to.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(key, sizeof(key), "connect.%s", argv[1]);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		inside_say(key, "%s", sw_errno_name(errno));
	else
		inside_say(key, "ok");
	return 0;
}
