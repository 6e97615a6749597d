// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "suite_net.h"

SUITE("ns.net", "kernel", "Network namespaces");

#define LOOPBACK 0x7f000001u

/* Listen or connect on 127.0.0.1. Returns a descriptor or -errno; *port 0 is chosen. */
static int tcp(uint16_t *port, bool to_listen)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(*port),
				   .sin_addr.s_addr = htonl(LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(sin);

	if (fd < 0)
		return -errno;
	if (to_listen ? bind(fd, (struct sockaddr *)&sin, len) || listen(fd, 4) ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) :
	    connect(fd, (struct sockaddr *)&sin, len)) {
		int e = -errno;

		close(fd);
		return e;
	}
	*port = ntohs(sin.sin_port);
	return fd;
}

static int abstract(const char *name, bool to_listen)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(sun.sun_path + 1, name, strlen(name));
	if (to_listen ? bind(fd, (struct sockaddr *)&sun, len) || listen(fd, 4) :
	    connect(fd, (struct sockaddr *)&sun, len)) {
		int e = -errno;

		close(fd);
		return e;
	}
	return fd;
}

/*
 * Devices that tunnel modules, where loaded, put into every network namespace
 * (Documentation/admin-guide/sysctl/net.rst, fb_tunnels_only_for_init_net).
 */
static bool is_fallback_tunnel(const char *name)
{
	static const char *const names[] = { "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0",
					     "sit0", "ip6tnl0", "ip6gre0" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

SUITE_TEST(has_only_lo_and_it_is_down,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7), clone(2): CLONE_NEWNET")
{
	CHILD(pid, SW_CLONE_NEWNET) {
		struct if_nameindex *all = if_nameindex();
		bool lo = false;
		int flags;

		ASSERT_NE(NULL, all);
		for (int i = 0; all[i].if_name; i++) {
			lo |= !strcmp(all[i].if_name, "lo");
			if (strcmp(all[i].if_name, "lo") && !is_fallback_tunnel(all[i].if_name))
				EXPECT_STREQ("lo", all[i].if_name);
		}
		EXPECT_TRUE(lo);
		flags = suite_net_flags("lo");
		ASSERT_OK(flags);
		EXPECT_TRUE(flags & IFF_LOOPBACK);
		EXPECT_FALSE(flags & IFF_UP);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(lo_can_be_brought_up,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7), netdevice(7)")
{
	CHILD(pid, SW_CLONE_NEWNET) {
		uint16_t port = 0;
		int server, client;

		ASSERT_OK(suite_net_up("lo"));
		EXPECT_TRUE(suite_net_flags("lo") & IFF_UP);
		server = tcp(&port, true);
		ASSERT_OK(server);
		client = tcp(&port, false);
		ASSERT_OK(client);
		EXPECT_EQ(4, write(client, "ping", 4));
		int conn = accept(server, NULL, NULL);
		char text[8] = "";

		ASSERT_SYS(conn);
		EXPECT_EQ(4, read(conn, text, sizeof(text)));
		EXPECT_STREQ("ping", text);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(loopback_traffic_is_isolated,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7)")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		uint16_t port = 0;
		int server;

		ASSERT_OK(suite_net_up("lo"));
		server = tcp(&port, true);
		ASSERT_OK(server);
		CHILD(inner, SW_CLONE_NEWNET) {
			uint16_t same = port;

			ASSERT_OK(suite_net_up("lo"));
			EXPECT_REFUSED(ECONNREFUSED, tcp(&same, false));
			EXPECT_OK(tcp(&same, true));	/* the port is free here */
			EXPECT_EQ(port, same);
		}
		EXPECT_EXIT(0, inner);
		CHILD(plain, 0) {
			EXPECT_OK(tcp(&port, false));	/* the control: same namespace */
		}
		EXPECT_EXIT(0, plain);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(abstract_sockets_are_isolated,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7): the UNIX domain abstract socket namespace")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		ASSERT_OK(abstract("sw-test-socket", true));
		EXPECT_OK(abstract("sw-test-socket", false));
		EXPECT_REFUSED(EADDRINUSE, abstract("sw-test-socket", true));
		CHILD(inner, SW_CLONE_NEWNET) {
			EXPECT_REFUSED(ECONNREFUSED, abstract("sw-test-socket", false));
			EXPECT_OK(abstract("sw-test-socket", true));
		}
		EXPECT_EXIT(0, inner);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(sysctls_are_per_namespace,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7): /proc/sys/net")
{
	static const char path[] = "/proc/sys/net/ipv4/ip_forward";
	char before[8], after[8];

	ASSERT_OK(suite_read(path, before, sizeof(before)));
	CHILD(pid, SW_CLONE_NEWNET) {
		char now[8];

		for (const char *value = "1"; value; value = *value == '1' ? "0" : NULL) {
			ASSERT_OK(suite_write(value, "%s", path));
			ASSERT_OK(suite_read(path, now, sizeof(now)));
			EXPECT_STREQ(value, now);
		}
		/* Leave the opposite of what it is outside. */
		ASSERT_OK(suite_write(before[0] == '1' ? "0" : "1", "%s", path));
		CHILD(control, SW_CLONE_NEWNET) {
			ASSERT_OK(suite_write(before, "%s", path));
		}
		EXPECT_EXIT(0, control);
		ASSERT_OK(suite_read(path, now, sizeof(now)));
		EXPECT_STRNE(before, now);
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_read(path, after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

SUITE_TEST(sysfs_shows_own_devices,
	   .needs = "ns.net ns.mnt mount.sysfs",
	   .promise = "network_namespaces(7): /sys/class/net")
{
	CHILD(pid, SW_CLONE_NEWNET | SW_CLONE_NEWNS) {
		char path[PATH_MAX + 32];
		struct dirent *e;
		int lo = 0;
		DIR *dir;

		ASSERT_OK(sys_mount("sysfs", suite_scratch, "sysfs", 0, NULL));
		snprintf(path, sizeof(path), "%s/class/net", suite_scratch);
		dir = opendir(path);
		ASSERT_NE(NULL, dir);
		while ((e = readdir(dir))) {
			if (e->d_name[0] == '.' || is_fallback_tunnel(e->d_name) ||
			    !strcmp(e->d_name, "bonding_masters"))	/* a file, not a device */
				continue;
			EXPECT_STREQ("lo", e->d_name);
			lo++;
		}
		closedir(dir);
		EXPECT_EQ(1, lo);
	}
	EXPECT_EXIT(0, pid);
}

#define NET_A 0x0a630001u	/* 10.99.0.1, in namespaces of the test's own */
#define NET_B 0x0a630002u

static int udp(uint32_t address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(4242),
				   .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* The far side of a veth pair: answers each datagram until its parent goes. */
static void far_side(struct __test_metadata *_metadata, struct suite_line *line)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char text[32];
	ssize_t n;
	long go;
	int fd;

	suite_line_mine(line, 1);
	ASSERT_OK(suite_tell(line, suite_net_flags("sw-far")));	/* not here yet */
	ASSERT_OK(suite_hear(line, &go));
	ASSERT_OK(suite_net_address("sw-far", NET_B));
	ASSERT_OK(suite_net_up("sw-far"));
	fd = udp(NET_B);
	ASSERT_OK(fd);
	ASSERT_OK(suite_tell(line, 1));
	n = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &len);
	ASSERT_EQ(4, n);
	EXPECT_EQ(htonl(NET_A), from.sin_addr.s_addr);
	EXPECT_EQ(4, sendto(fd, "pong", 4, 0, (struct sockaddr *)&from, len));
	suite_hear(line, &go);
}

SUITE_TEST(veth_connects_two_namespaces,
	   .needs = "ns.net net.veth",
	   .promise = "veth(4), network_namespaces(7)", .timeout_s = 60)
{
	CHILD(outer, SW_CLONE_NEWNET) {
		struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(4242),
					  .sin_addr.s_addr = htonl(NET_B) };
		struct suite_line line;
		char text[8] = "";
		long value;
		int fd;

		ASSERT_OK(suite_line(&line));
		CHILD(inner, SW_CLONE_NEWNET) {
			far_side(_metadata, &line);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(-ENODEV, value);
		ASSERT_OK(suite_net_veth("sw-near", "sw-far", inner));
		EXPECT_REFUSED(ENODEV, suite_net_flags("sw-far"));
		ASSERT_OK(suite_net_address("sw-near", NET_A));
		ASSERT_OK(suite_net_up("sw-near"));
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &value));
		fd = udp(NET_A);
		ASSERT_OK(fd);
		ASSERT_EQ(4, sendto(fd, "ping", 4, 0, (struct sockaddr *)&to, sizeof(to)));
		EXPECT_EQ(4, read(fd, text, sizeof(text)));
		EXPECT_STREQ("pong", text);
		suite_line_close(&line);
		EXPECT_EXIT(0, inner);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(device_moves_to_another_namespace,
	   .needs = "ns.net net.veth",
	   .promise = "network_namespaces(7): a device is in one namespace, and can be moved")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		struct suite_line line;
		long value;

		ASSERT_OK(suite_line(&line));
		CHILD(inner, SW_CLONE_NEWNET) {
			suite_line_mine(&line, 1);
			ASSERT_OK(suite_tell(&line, suite_net_flags("sw-b")));
			ASSERT_OK(suite_hear(&line, &value));
			ASSERT_OK(suite_tell(&line, suite_net_flags("sw-b")));
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(-ENODEV, value);
		ASSERT_OK(suite_net_veth("sw-a", "sw-b", 0));
		ASSERT_OK(suite_net_up("sw-b"));
		ASSERT_OK(suite_net_move("sw-b", inner));
		EXPECT_REFUSED(ENODEV, suite_net_flags("sw-b"));
		EXPECT_LE(0, suite_net_flags("sw-a"));	/* the other end stays */
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_LE(0, value);
		EXPECT_FALSE(value & IFF_UP);	/* moving takes it down */
		/* lo belongs to its namespace. */
		EXPECT_REFUSED(EINVAL, suite_net_move("lo", inner));
		suite_line_close(&line);
		EXPECT_EXIT(0, inner);
	}
	EXPECT_EXIT(0, outer);
}
