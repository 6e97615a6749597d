// SPDX-License-Identifier: GPL-2.0-only
/* What each network namespace has for itself, and what becomes of devices. */
#include "suite.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sys/un.h>

#include "net_frames.h"
#include "sw_netlink.h"

SUITE("net.space", "kernel", "What network namespaces keep apart");

#define DOC "network_namespaces(7)"
#define SELF 0x7f000001u	/* 127.0.0.1 */

/* ---- sysctls, sockets, counters ---- */

SUITE_TEST(nothing_is_reachable_at_birth, .needs = "ns.net", .promise = DOC ": own devices, protocol stacks, routing tables")
{
	int fd;

	ASSERT_OK(sys_unshare(SW_CLONE_NEWNET));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ASSERT_SYS(fd);
	EXPECT_REFUSED(ENETUNREACH, suite_udp_send(fd, SELF, 42, "x"));
	ASSERT_OK(suite_net_up("lo"));
	EXPECT_OK(suite_udp_send(fd, SELF, 42, "x"));
	EXPECT_REFUSED(ENETUNREACH, suite_udp_send(fd, 0x0a630001, 42, "x"));
}

SUITE_TEST(routes_are_apart, .needs = "ns.net net.veth", .promise = DOC ": IP routing tables")
{
	int own, ns, here, there;
	uint32_t from;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_veth("near", "far", ns));
	ASSERT_OK(suite_address_add("near", 0x0a630001, 24));
	ASSERT_OK((here = suite_udp_socket(0x0a630001, 42)));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_address_add("far", 0x0a630002, 24));
	ASSERT_OK(suite_address_add("lo", 0x0a640001, 32));
	ASSERT_OK((there = suite_udp_socket(0x0a640001, 42)));
	ASSERT_OK(suite_netns_enter(own));
	/* What is behind it is known there, and not here until a route says so. */
	EXPECT_REFUSED(ENETUNREACH, suite_udp_send(here, 0x0a640001, 42, "lost"));
	ASSERT_OK(suite_route_add(0x0a640000, 24, 0x0a630002));
	ASSERT_OK(suite_udp_send(here, 0x0a640001, 42, "found"));
	ASSERT_OK(suite_udp_next(there, NULL, &from, NULL));
	EXPECT_EQ(0x0a630001, from);
}

SUITE_TEST(ephemeral_ports_are_apart, .needs = "ns.net", .promise = DOC ": /proc/sys/net; ip(7): ip_local_port_range")
{
	static const char path[] = "/proc/sys/net/ipv4/ip_local_port_range";
	char before[40], after[40];
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int own, ns, fd[3];

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK(suite_read(path, before, sizeof(before)));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_write("40000 40001", "%s", path));
	for (int i = 0; i < 2; i++) {
		ASSERT_OK((fd[i] = suite_udp_socket(SELF, 0)));
		ASSERT_SYS(getsockname(fd[i], (struct sockaddr *)&sin, &len));
		EXPECT_EQ(40000, ntohs(sin.sin_port) & ~1);
	}
	EXPECT_REFUSED(EADDRINUSE, suite_udp_socket(SELF, 0));	/* all two are taken */
	ASSERT_OK(suite_netns_enter(own));
	EXPECT_OK(suite_udp_socket(SELF, 0));
	ASSERT_OK(suite_read(path, after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

/* How many datagrams a Unix socket takes that nobody reads, from one that is not its peer. */
static int unread_datagrams(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sun.sun_family);
	int to __sw_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int from __sw_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n = 0;

	if (to < 0 || from < 0 || bind(to, (struct sockaddr *)&sun, len))	/* a name that the kernel chooses */
		return -errno;
	len = sizeof(sun);
	if (getsockname(to, (struct sockaddr *)&sun, &len))
		return -errno;
	while (n < 1000 && sendto(from, "x", 1, 0, (struct sockaddr *)&sun, len) == 1)
		n++;
	return n;
}

SUITE_TEST(unix_queues_are_apart, .needs = "ns.net base.unix",
	   .promise = DOC ": /proc/sys/net; Documentation/admin-guide/sysctl/net.rst: max_dgram_qlen")
{
	static const char path[] = "/proc/sys/net/unix/max_dgram_qlen";
	int own, ns, three, nine;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK(suite_write("9", "%s", path));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_write("3", "%s", path));
	ASSERT_OK((three = unread_datagrams()));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK((nine = unread_datagrams()));
	/* One more than the limit fits: a queue is full when it exceeds that (af_unix.c, unix_recvq_full). */
	EXPECT_EQ(4, three);
	EXPECT_EQ(10, nine);
}

SUITE_TEST(pings_are_allowed_apart, .needs = "ns.net", .promise = DOC ": /proc/sys/net; icmp(7): ping_group_range, since 3.0")
{
	static const char path[] = "/proc/sys/net/ipv4/ping_group_range";
	char before[40];
	int ns;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_write("1 0", "%s", path));	/* nobody */
	EXPECT_EQ(-1, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
	EXPECT_EQ(EACCES, errno);
	ASSERT_OK((ns = suite_netns_new()));
	CHILD(pid, 0) {
		ASSERT_OK(suite_netns_enter(ns));
		ASSERT_OK(suite_write("0 5", "%s", path));
		ASSERT_OK(suite_become(5, 5));
		EXPECT_LE(0, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
		ASSERT_OK(suite_read(path, before, sizeof(before)));
		EXPECT_STREQ("0\t5", before);
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(-1, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
	EXPECT_EQ(EACCES, errno);
}

/* OutDatagrams of the second line "Udp:" of /proc/net/snmp. */
static long udp_sent(void)
{
	char text[8192], *at;
	long in, no_ports, errors, out;

	if (suite_read("/proc/thread-self/net/snmp", text, sizeof(text)) < 0 &&
	    suite_read("/proc/self/net/snmp", text, sizeof(text)) < 0)
		return -1;
	at = strstr(text, "\nUdp: ");
	at = at ? strstr(at + 1, "\nUdp: ") : NULL;
	if (!at || sscanf(at, "\nUdp: %ld %ld %ld %ld", &in, &no_ports, &errors, &out) != 4)
		return -1;
	return out;
}

SUITE_TEST(counters_are_apart, .needs = "ns.net", .promise = DOC ": /proc/net; proc_pid_net(5): snmp")
{
	int own, ns, fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	EXPECT_EQ(0, udp_sent());
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_EQ(0, udp_sent());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	for (int i = 0; i < 7; i++)
		ASSERT_OK(suite_udp_send(fd, SELF, 42, "x"));
	EXPECT_EQ(7, udp_sent());
	ASSERT_OK(suite_netns_enter(own));
	EXPECT_EQ(0, udp_sent());
	/* A socket counts where it was made, not where its user is. */
	ASSERT_OK(suite_udp_send(fd, SELF, 42, "x"));
	EXPECT_EQ(0, udp_sent());
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_EQ(8, udp_sent());
}

static int lists(const char *path, const char *text)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, path, &buf, 1 << 20);

	return r ? r : !!strstr(sw_buf_str(&buf), text);
}

SUITE_TEST(unix_sockets_are_listed_apart, .needs = "ns.net base.unix", .promise = DOC ": /proc/net; proc_pid_net(5): unix")
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "\0sw-test-listed" };
	int ns, fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((ns = suite_netns_new()));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ASSERT_SYS(bind(fd, (struct sockaddr *)&sun, offsetof(struct sockaddr_un, sun_path) + 15));
	EXPECT_EQ(1, lists("/proc/self/net/unix", "@sw-test-listed"));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_EQ(0, lists("/proc/self/net/unix", "@sw-test-listed"));
}

/* ---- devices that come and go ---- */

SUITE_TEST(veth_ends_end_together, .needs = "ns.net net.veth", .promise = "veth(4); " DOC)
{
	int ns, own;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_veth("near", "far", ns));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_link_delete("far"));	/* as the container may, with the host's end */
	ASSERT_OK(suite_netns_enter(own));
	EXPECT_REFUSED(ENODEV, suite_net_flags("near"));
}

SUITE_TEST(veth_is_down_where_its_peer_is, .needs = "ns.net net.veth",
	   .promise = "veth(4): when either device is down, the link state of the pair is down")
{
	int ns, own;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_veth("near", "far", ns));
	EXPECT_TRUE(suite_net_flags("near") & IFF_RUNNING);
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_link_down("far"));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(suite_link_await_flags("near", IFF_UP | IFF_RUNNING, IFF_UP));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_net_up("far"));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(suite_link_await_flags("near", IFF_UP | IFF_RUNNING, IFF_UP | IFF_RUNNING));
}

SUITE_TEST(moving_takes_addresses_away, .needs = "ns.net net.veth", .promise = DOC "; ip-link(8): netns")
{
	int ns, own, fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_veth("near", "far", -1));
	ASSERT_OK(suite_address_add("far", 0x0a630001, 24));
	ASSERT_OK((fd = suite_udp_socket(0x0a630001, 42)));
	close(fd);
	ASSERT_OK(suite_link_move("far", ns));
	EXPECT_REFUSED(EADDRNOTAVAIL, suite_udp_socket(0x0a630001, 42));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_FALSE(suite_net_flags("far") & IFF_UP);
	ASSERT_OK(suite_net_up("far"));
	EXPECT_REFUSED(EADDRNOTAVAIL, suite_udp_socket(0x0a630001, 42));	/* nor did it come along */
	ASSERT_OK(suite_address_add("far", 0x0a630001, 24));
	EXPECT_OK(suite_udp_socket(0x0a630001, 42));
}

SUITE_TEST(bridge_loses_a_port_that_moves, .needs = "ns.net net.veth net.bridge", .promise = DOC "; ip-link(8): master, netns")
{
	int32_t master;
	int ns;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_new(&(struct suite_link){ .name = "br", .kind = "bridge" }));
	ASSERT_OK(suite_link_veth("near", "far", -1));
	ASSERT_OK(suite_link_master("near", "br"));
	ASSERT_OK(suite_link_attr("near", IFLA_MASTER, &master));
	EXPECT_EQ((int32_t)if_nametoindex("br"), master);
	ASSERT_OK(suite_link_move("near", ns));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_REFUSED(ENODATA, suite_link_attr("near", IFLA_MASTER, &master));
}

SUITE_TEST(virtual_devices_end_with_the_namespace, .needs = "ns.net net.veth net.bridge net.macvlan",
	   .promise = DOC ": when a network namespace is freed its virtual devices are destroyed")
{
	int ns, own;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_link_veth("witness", "far", ns));
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(suite_link_new(&(struct suite_link){ .name = "m0", .kind = "macvlan", .lower = "low" }));
	ASSERT_OK(suite_link_move("m0", ns));
	close(ns);
	/* They are destroyed, none comes back here; all of a namespace's go at once, so the witness tells when. */
	ASSERT_OK(suite_link_await_gone("witness"));
	EXPECT_REFUSED(ENODEV, suite_net_flags("m0"));
	EXPECT_REFUSED(ENODEV, suite_net_flags("far"));
	EXPECT_LE(0, suite_net_flags("low"));
}

/* ---- numbers for namespaces ---- */

/* include/uapi/linux/net_namespace.h, rtnetlink.h */
enum { MSG_NEWNSID = 88, MSG_DELNSID = 89, MSG_GETNSID = 90, NSA_NSID = 1, NSA_FD = 3, GROUP_NSID = 28,
       LISTEN_ALL_NSID = 8 };

static int nsid_message(struct sw_nl *nl, struct sw_nl_msg *m, uint16_t type, int fd)
{
	struct { uint8_t family, pad[3]; } gen = { AF_UNSPEC, { 0 } };
	int r = sw_nl_open(nl, NETLINK_ROUTE);

	sw_nl_begin(m, type, 0, &gen, sizeof(gen));
	sw_nl_put_u32(m, NSA_FD, (uint32_t)fd);
	return r;
}

static int set_nsid(int fd, int32_t id)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int r = nsid_message(&nl, &m, MSG_NEWNSID, fd);

	if (r)
		return r;
	sw_nl_put_u32(&m, NSA_NSID, (uint32_t)id);
	return sw_nl_ack(&nl, &m);
}

static int note_nsid(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, 4, &len);
	a = sw_nl_find(attrs, len, NSA_NSID);
	if (a)
		memcpy(arg, sw_nl_data(a), 4);
	return 0;
}

/* The number of a namespace here, -1: none; other negative ones: -errno - 1000. */
static int32_t get_nsid(int fd)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int32_t id = -2000;
	struct sw_nl_msg m;
	int r = nsid_message(&nl, &m, MSG_GETNSID, fd);

	if (!r)
		r = sw_nl_query(&nl, &m, note_nsid, &id);
	return r ? r - 1000 : id;
}

SUITE_TEST(numbers_are_each_namespaces_own, .needs = "ns.net_id", .promise = "ip-netns(8): set NAME NETNSID; rtnetlink(7)")
{
	int own, a, b;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((a = suite_netns_new()));
	ASSERT_OK((b = suite_netns_new()));
	EXPECT_EQ(-1, get_nsid(a));
	ASSERT_OK(set_nsid(a, 7));
	EXPECT_EQ(7, get_nsid(a));
	EXPECT_EQ(-1, get_nsid(b));
	EXPECT_REFUSED(EEXIST, set_nsid(a, 8));	/* given once */
	EXPECT_REFUSED(EEXIST, set_nsid(b, 7));	/* to one only */
	ASSERT_OK(suite_netns_enter(b));
	EXPECT_EQ(-1, get_nsid(a));	/* and nobody else's business */
	ASSERT_OK(set_nsid(a, 3));
	EXPECT_EQ(3, get_nsid(a));
	ASSERT_OK(suite_netns_enter(own));
	EXPECT_EQ(7, get_nsid(a));
}

SUITE_TEST(peers_namespace_is_told_by_number, .needs = "ns.net_id net.veth", .promise = "rtnetlink(7): IFLA_LINK_NETNSID; ip-link(8): link-netnsid")
{
	int32_t id, index, far;
	int ns, own;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(set_nsid(ns, 7));
	ASSERT_OK(suite_link_veth("near", "far", ns));
	ASSERT_OK(suite_link_attr("near", IFLA_LINK_NETNSID, &id));
	EXPECT_EQ(7, id);
	ASSERT_OK(suite_link_attr("near", IFLA_LINK, &index));
	ASSERT_OK(suite_netns_enter(ns));
	far = (int32_t)if_nametoindex("far");
	EXPECT_EQ(far, index);
	/* The other side was given a number for us, since it has to speak of us. */
	ASSERT_OK(suite_link_attr("far", IFLA_LINK_NETNSID, &id));
	EXPECT_EQ(get_nsid(own), id);
	EXPECT_LE(0, id);
}

/* Wait for a message of this type; -EPROTO if the other comes first. */
static int await_message(struct sw_nl *nl, uint16_t type, int32_t *ret_id)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		int n = recv(nl->fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EAGAIN)	/* the socket's own time limit is not ours */
			continue;
		if (n < 0)
			return -errno;
		for (struct nlmsghdr *m = (void *)buf; NLMSG_OK(m, (unsigned int)n); m = NLMSG_NEXT(m, n)) {
			if (m->nlmsg_type != type)
				continue;
			note_nsid(m, ret_id);
			return 0;
		}
	}
}

SUITE_TEST(end_of_a_numbered_namespace_is_told, .needs = "ns.net_id", .promise = "rtnetlink(7): RTM_DELNSID, RTNLGRP_NSID; ip-monitor(8): nsid")
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int group = GROUP_NSID, ns;
	int32_t id = -1;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(sw_nl_open(&nl, NETLINK_ROUTE));
	ASSERT_SYS(setsockopt(nl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(set_nsid(ns, 7));
	ASSERT_OK(await_message(&nl, MSG_NEWNSID, &id));
	EXPECT_EQ(7, id);
	id = -1;
	close(ns);
	ASSERT_OK(await_message(&nl, MSG_DELNSID, &id));
	EXPECT_EQ(7, id);
	/* The number is free again. */
	ASSERT_OK((ns = suite_netns_new()));
	EXPECT_OK(set_nsid(ns, 7));
}

/* The next message about a device with this name; fills in the namespace that it says, -1: here. */
static int next_link(int fd, const char *name, int32_t *ret_ns)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	char control[256];

	for (;;) {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &msg, 0);
		struct sw_nl_link link;

		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0)
			return -errno;
		if (sw_nl_link_parse((void *)buf, &link) || strcmp(link.name, name))
			continue;
		*ret_ns = -1;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
			if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == LISTEN_ALL_NSID)
				memcpy(ret_ns, CMSG_DATA(c), 4);
		return 0;
	}
}

SUITE_TEST(news_are_of_the_own_namespace, .needs = "ns.net_id net.veth",
	   .promise = "netlink(7): NETLINK_LISTEN_ALL_NSID, since 4.2; " DOC)
{
	struct sw_nl plain __sw_nl = SW_NL_INIT, all __sw_nl = SW_NL_INIT;
	int group = RTNLGRP_LINK, on = 1, ns, own;
	struct sw_nl_link link;
	char buf[16384];
	int32_t id;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(set_nsid(ns, 7));
	ASSERT_OK(sw_nl_open(&plain, NETLINK_ROUTE));
	ASSERT_OK(sw_nl_open(&all, NETLINK_ROUTE));
	ASSERT_SYS(setsockopt(all.fd, SOL_NETLINK, LISTEN_ALL_NSID, &on, sizeof(on)));
	ASSERT_SYS(setsockopt(plain.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
	ASSERT_SYS(setsockopt(all.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_link_veth("there", "there2", -1));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(suite_link_veth("here", "here2", -1));
	/* Who asked for it hears of numbered namespaces too, and which it was. */
	ASSERT_OK(next_link(all.fd, "there", &id));
	EXPECT_EQ(7, id);
	ASSERT_OK(next_link(all.fd, "here", &id));
	EXPECT_EQ(-1, id);
	do {
		ASSERT_LT(0, recv(plain.fd, buf, sizeof(buf), 0));
		ASSERT_OK(sw_nl_link_parse((void *)buf, &link));
		EXPECT_EQ(0, !strncmp(link.name, "there", 5));
	} while (strcmp(link.name, "here"));
}
