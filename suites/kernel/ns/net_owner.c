// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ns_util.h"
#include "suite_net.h"

SUITE("ns.net", "kernel", "Network namespaces: owners, files, and what they do not isolate");

/* A listener on a port that the kernel chooses, on every address. Returns it, or -errno. */
static int listen_any(uint16_t *ret_port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, len) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&sin, &len))
		return -errno;
	*ret_port = ntohs(sin.sin_port);
	return fd;
}

/* Whether a file has this text; -errno if it cannot be read. */
static int has_text(const char *path, const char *text)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, path, &buf, 1 << 20);

	return r ? r : !!strstr(sw_buf_str(&buf), text);
}

SUITE_TEST(proc_net_is_of_the_process,
	   .needs = "ns.net net.veth",
	   .promise = "network_namespaces(7): /proc/net (a symbolic link to /proc/pid/net)")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		char path[64], port[32];
		uint16_t number = 0;
		struct ns_holder h;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWNET));
		ASSERT_OK(suite_net_veth("sw-near", "sw-far", h.pid));
		ASSERT_OK(listen_any(&number));
		snprintf(port, sizeof(port), "00000000:%04X", number);
		EXPECT_EQ(1, has_text("/proc/net/dev", "sw-near"));
		EXPECT_EQ(0, has_text("/proc/net/dev", "sw-far"));
		EXPECT_EQ(1, has_text("/proc/net/tcp", port));
		/* Another process's directory shows the namespace that it is in. */
		snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)h.pid);
		EXPECT_EQ(0, has_text(path, "sw-near"));
		EXPECT_EQ(1, has_text(path, "sw-far"));
		snprintf(path, sizeof(path), "/proc/%d/net/tcp", (int)h.pid);
		EXPECT_EQ(0, has_text(path, port));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(pathname_sockets_are_shared,
	   .needs = "ns.net",
	   .promise = "network_namespaces(7): the abstract socket namespace alone; unix(7): pathname sockets")
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ASSERT_SYS(fd);
	ASSERT_GT((int)sizeof(sun.sun_path),
		  snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s/socket", suite_scratch));
	ASSERT_SYS(bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ASSERT_SYS(listen(fd, 1));
	CHILD(pid, SW_CLONE_NEWNET) {
		int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		/* File systems have namespaces of their own; the network's does not part this. */
		ASSERT_SYS(s);
		ASSERT_SYS(connect(s, (struct sockaddr *)&sun, sizeof(sun)));
		EXPECT_EQ(5, write(s, "hello", 5));
	}
	char text[8] = "";
	int conn = accept(fd, NULL, NULL);

	ASSERT_SYS(conn);
	EXPECT_EQ(5, read(conn, text, sizeof(text)));
	EXPECT_STREQ("hello", text);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(root_of_the_owner_configures,
	   .needs = "ns.net ns.user net.veth",
	   .promise = "user_namespaces(7): Interaction of user namespaces and other types; capabilities(7): "
		      "CAP_NET_ADMIN")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		ROOT_CHILD(pid, 0) {
			struct ns_holder h;

			/* In a namespace that was made above it can look, not touch. */
			EXPECT_LE(0, suite_net_flags("lo"));
			EXPECT_REFUSED(EPERM, suite_net_up("lo"));
			EXPECT_REFUSED(EPERM, suite_net_veth("sw-a", "sw-b", 0));
			EXPECT_EQ(-1, socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
			EXPECT_EQ(EPERM, errno);
			/* In one of its own it is root, also over a second one. */
			ASSERT_OK(sys_unshare(SW_CLONE_NEWNET));
			ASSERT_OK(suite_net_up("lo"));
			EXPECT_TRUE(suite_net_flags("lo") & IFF_UP);
			ASSERT_OK(ns_hold(&h, SW_CLONE_NEWNET));
			EXPECT_OK(suite_net_veth("sw-a", "sw-b", h.pid));
			EXPECT_LE(0, socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
			EXPECT_EQ(0, ns_release(&h));
		}
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(sysctls_belong_to_the_owners_root,
	   .needs = "ns.net ns.user",
	   .promise = "network_namespaces(7): /proc/sys/net; user_namespaces(7): privileged operations on "
		      "resources governed by the nonuser namespace")
{
	static const char path[] = "/proc/sys/net/ipv4/ip_forward";

	CHILD(outer, SW_CLONE_NEWNET) {
		char text[8];

		ASSERT_OK(suite_write("0", "%s", path));
		ROOT_CHILD(pid, 0) {
			EXPECT_REFUSED(EACCES, suite_write("1", "%s", path));
			ASSERT_OK(sys_unshare(SW_CLONE_NEWNET));
			ASSERT_OK(suite_write("1", "%s", path));
			ASSERT_OK(suite_read(path, text, sizeof(text)));
			EXPECT_STREQ("1", text);
			CHILD(ordinary, 0) {
				ASSERT_OK(suite_become(5, 5));
				EXPECT_REFUSED(EACCES, suite_write("0", "%s", path));
			}
			EXPECT_EXIT(0, ordinary);
		}
		EXPECT_EXIT(0, pid);
		ASSERT_OK(suite_read(path, text, sizeof(text)));
		EXPECT_STREQ("0", text);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(names_are_unique_in_each,
	   .needs = "ns.net net.veth",
	   .promise = "network_namespaces(7); rtnetlink(7): EEXIST")
{
	CHILD(outer, SW_CLONE_NEWNET) {
		struct ns_holder h;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWNET));
		ASSERT_OK(suite_net_veth("sw-a", "sw-b", h.pid));
		/* There it is taken, here it is not; and what is here cannot go there. */
		EXPECT_REFUSED(EEXIST, suite_net_veth("sw-c", "sw-b", h.pid));
		ASSERT_OK(suite_net_veth("sw-b", "sw-d", 0));
		EXPECT_REFUSED(EEXIST, suite_net_move("sw-b", h.pid));
		EXPECT_LE(0, suite_net_flags("sw-b"));
		EXPECT_OK(suite_net_move("sw-d", h.pid));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(privileged_ports_are_the_owners,
	   .needs = "ns.net ns.user",
	   .promise = "ip(7): CAP_NET_BIND_SERVICE in the user namespace governing the network namespace")
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(80) };

	CHILD(outer, SW_CLONE_NEWNET) {
		ROOT_CHILD(pid, 0) {
			int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

			ASSERT_SYS(fd);
			EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
			EXPECT_EQ(EACCES, errno);
			ASSERT_OK(sys_unshare(SW_CLONE_NEWNET));
			/* The old socket stays where it was made. */
			EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
			EXPECT_EQ(EACCES, errno);
			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			ASSERT_SYS(fd);
			EXPECT_EQ(0, bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
		}
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EXIT(0, outer);
}
