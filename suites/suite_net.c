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

struct message {
	struct nlmsghdr h;
	char body[512];
};

static void *put(struct message *m, const void *data, size_t len)
{
	char *at = (char *)m + NLMSG_ALIGN(m->h.nlmsg_len);

	if (data)
		memcpy(at, data, len);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + len;
	return at;
}

static struct rtattr *put_attr(struct message *m, unsigned short type, const void *data, size_t len)
{
	struct rtattr a = { .rta_len = RTA_LENGTH(len), .rta_type = type };
	struct rtattr *at = put(m, &a, sizeof(a));

	put(m, data, len);
	return at;
}

static void end_attr(struct message *m, struct rtattr *a)
{
	a->rta_len = (unsigned short)((char *)m + m->h.nlmsg_len - (char *)a);
}

int suite_net_veth(const char *name, const char *peer, pid_t pid)
{
	struct message m = { .h = { .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = RTM_NEWLINK,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL } };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct rtattr *link, *data, *other;
	__sw_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[1024];
	} answer;
	ssize_t n;

	if (fd < 0)
		return -errno;
	put(&m, &info, sizeof(info));
	put_attr(&m, OUR_IFLA_IFNAME, name, strlen(name) + 1);
	link = put_attr(&m, OUR_IFLA_LINKINFO, NULL, 0);
	put_attr(&m, OUR_IFLA_INFO_KIND, "veth", 4);
	data = put_attr(&m, OUR_IFLA_INFO_DATA, NULL, 0);
	other = put_attr(&m, OUR_VETH_INFO_PEER, &info, sizeof(info));
	put_attr(&m, OUR_IFLA_IFNAME, peer, strlen(peer) + 1);
	if (pid)
		put_attr(&m, OUR_IFLA_NET_NS_PID, &(uint32_t){ (uint32_t)pid }, 4);
	end_attr(&m, other);
	end_attr(&m, data);
	end_attr(&m, link);
	if (sendto(fd, &m, m.h.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	do
		n = recv(fd, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)(sizeof(answer.h) + sizeof(answer.e.error)) || answer.h.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.e.error;
}
