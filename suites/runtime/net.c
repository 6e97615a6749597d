// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network devices of an application container. Each test has a network namespace of its own and
 * runs the runtime in there, so that no device of the machine's is ever touched.
 */
#include "suite.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "story.h"
#include "suite_net.h"
#include "sw_netlink.h"

SUITE("story.net", "runtime/berth", "Network devices of a container, by lxc-execute",
      .sweep = story_sweep);

#define NET_NEEDS "ns.mnt ns.uts ns.ipc ns.pid ns.net mount.devpts_newinstance "

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define HOST 0x0a090001u /* 10.9.0.1 */
#define PORT "4000"

/* A bridge (made here) or nothing: a device of that kind in the test's namespace. */
static int make_device(const char *name, const char *kind)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	size_t info;
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (r)
		return r;
	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, name);
	info = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, kind);
	sw_nl_nest_end(&m, info);
	return sw_nl_ack(&nl, &m);
}

static int add_name(const struct nlmsghdr *msg, void *arg)
{
	struct sw_nl_link link;

	if (!sw_nl_link_parse(msg, &link))
		sw_buf_printf(arg, "%s ", link.name);
	return 0;
}

/* Every device here, in the order of their numbers. */
static void names_here(struct sw_buf *out)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;

	if (sw_nl_open(&nl, NETLINK_ROUTE))
		return;
	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	sw_nl_dump(&nl, &m, add_name, out);
}

/* A socket that takes connections to any address of this namespace. */
static int listen_here(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(4000) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) || listen(fd, 8))
		return -errno;
	return fd;
}

/* Leave the machine's network; lo is up. */
#define OWN_NETWORK()                                                                              \
	do {                                                                                       \
		ASSERT_OK(sys_unshare(SW_CLONE_NEWNET));                                           \
		ASSERT_OK(suite_net_up("lo"));                                                     \
	} while (0)

/* Run `inside report net` and more with these lines; then all of the container is gone. */
#define RUN(lines, ...)                                                                            \
	do {                                                                                       \
		struct sw_buf before_ __story_buf = SW_BUF_INIT, after_ __story_buf = SW_BUF_INIT; \
		names_here(&before_);                                                              \
		ASSERT_STORY(story_app_with(&s, runtime_selected(), lines, &err));                 \
		ASSERT_STORY(story_inside(&s, &r, &err, WORDS("report", "net", ##__VA_ARGS__)));   \
		names_here(&after_);                                                               \
		EXPECT_STREQ(sw_buf_str(&before_), sw_buf_str(&after_));                           \
		ASSERT_STORY(story_end(&s, &err));                                                 \
	} while (0)

#define SAID(value, key) EXPECT_STREQ(value, story_value(&r.out, key))

SUITE_TEST(veth_is_a_port_of_the_bridge, .needs = NET_NEEDS "net.veth net.bridge", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].type = veth, .link, .ipv4.address, .mtu")
{
	struct runtime_result r __runtime_result = { 0 };
	int fd __sw_fd = -1;
	struct story s;

	OWN_NETWORK();
	ASSERT_OK(make_device("br0", "bridge"));
	ASSERT_OK(suite_net_address("br0", HOST));
	ASSERT_OK(suite_net_up("br0"));
	fd = listen_here();
	ASSERT_LE(0, fd);
	RUN("lxc.network.type = veth\nlxc.network.link = br0\nlxc.network.flags = up\n"
	    "lxc.network.name = lan\nlxc.network.mtu = 1400\nlxc.network.hwaddr = "
	    "02:16:3e:00:00:01\n"
	    "lxc.network.ipv4 = 10.9.0.2/24\nlxc.network.ipv4.gateway = auto\n",
	    "--", "connect", "10.9.0.1", PORT);
	SAID("lo lan", "net");
	SAID("veth", "net.lan.kind");
	SAID("1400", "net.lan.mtu");
	SAID("02:16:3e:00:00:01", "net.lan.mac");
	SAID("10.9.0.2/24", "net.lan.ipv4");
	SAID("10.9.0.1 lan", "net.gateway4");
	SAID("ok", "connect.10.9.0.1");
	EXPECT_TRUE(!strncmp("UP ", story_value(&r.out, "net.lo.flags"), 3));
}

SUITE_TEST(ipv6_address_and_gateway, .needs = NET_NEEDS "net.veth net.ipv6", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].ipv6.address, .ipv6.gateway")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	OWN_NETWORK();
	RUN("lxc.network.type = veth\nlxc.network.flags = up\nlxc.network.ipv6 = fd00:9::2/64\n"
	    "lxc.network.ipv6.gateway = fd00:9::1\n");
	SAID("lo eth0", "net");
	SAID("fd00:9::2/64", "net.eth0.ipv6");
	SAID("fd00:9::1 eth0", "net.gateway6");
}

SUITE_TEST(routed_veth_is_reached_without_a_bridge, .needs = NET_NEEDS "net.veth", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].veth.mode = router")
{
	struct runtime_result r __runtime_result = { 0 };
	int fd __sw_fd = -1;
	struct story s;

	OWN_NETWORK();
	ASSERT_OK(suite_net_veth("up0", "up1", 0));
	ASSERT_OK(suite_net_address("up0", HOST));
	ASSERT_OK(suite_net_up("up1"));
	ASSERT_OK(suite_net_up("up0"));
	fd = listen_here();
	ASSERT_LE(0, fd);
	RUN("lxc.net.0.type = veth\nlxc.net.0.veth.mode = router\nlxc.net.0.flags = up\n"
	    "lxc.net.0.ipv4.address = 10.20.0.5/32\nlxc.net.0.ipv4.gateway = 10.9.0.1\n",
	    "--", "connect", "10.9.0.1", PORT);
	SAID("10.20.0.5/32", "net.eth0.ipv4");
	SAID("10.9.0.1 eth0", "net.gateway4");
	SAID("ok", "connect.10.9.0.1");
}

#define PAIR()                                                                                     \
	do {                                                                                       \
		OWN_NETWORK();                                                                     \
		ASSERT_OK(suite_net_veth("p0", "p1", 0));                                          \
		ASSERT_OK(suite_net_address("p1", HOST));                                          \
		ASSERT_OK(suite_net_up("p0"));                                                     \
		ASSERT_OK(suite_net_up("p1"));                                                     \
		fd = listen_here();                                                                \
		ASSERT_LE(0, fd);                                                                  \
	} while (0)

/* A device of this type and mode on p0, whose other end p1 is the host's with an address. */
#define UPON(type, mode, seen, ...)                                                                \
	do {                                                                                       \
		runtime_result_free(&r);                                                           \
		memset(&r, 0, sizeof(r));                                                          \
		RUN("lxc.net.0.type = " type "\nlxc.net.0.link = p0\nlxc.net.0.flags = up\n" mode  \
		    "lxc.net.0.ipv4.address = 10.9.0.2/24\n",                                      \
		    ##__VA_ARGS__);                                                                \
		SAID(type, "net.eth0.kind");                                                       \
		SAID(seen, "net.eth0.mode");                                                       \
		SAID("10.9.0.2/24", "net.eth0.ipv4");                                              \
	} while (0)
#define CONNECT	  "--", "connect", "10.9.0.1", PORT
#define REACHES() SAID("ok", "connect.10.9.0.1")

SUITE_TEST(macvlan_in_all_modes, .needs = NET_NEEDS "net.veth net.macvlan", .timeout_s = 240,
	   .promise = "lxc.container.conf(5) lxc.net.[i].macvlan.mode")
{
	struct runtime_result r __runtime_result = { 0 };
	int fd __sw_fd = -1;
	struct story s;

	PAIR();
	UPON("macvlan", "", "1", CONNECT);
	REACHES();
	UPON("macvlan", "lxc.net.0.macvlan.mode = private\n", "1", CONNECT);
	REACHES();
	UPON("macvlan", "lxc.net.0.macvlan.mode = vepa\n", "2", CONNECT);
	REACHES();
	UPON("macvlan", "lxc.net.0.macvlan.mode = bridge\n", "4", CONNECT);
	REACHES();
	UPON("macvlan", "lxc.net.0.macvlan.mode = passthru\n", "8", CONNECT);
	REACHES();
	/* Only one may be there in this mode: the last container's is gone. */
	UPON("macvlan", "lxc.net.0.macvlan.mode = passthru\n", "8", CONNECT);
	REACHES();
}

SUITE_TEST(ipvlan_in_modes_l2_and_l3, .needs = NET_NEEDS "net.veth net.ipvlan", .timeout_s = 240,
	   .promise = "lxc.container.conf(5) lxc.net.[i].ipvlan.mode, .ipvlan.isolation")
{
	struct runtime_result r __runtime_result = { 0 };
	int fd __sw_fd = -1;
	struct story s;

	PAIR();
	UPON("ipvlan", "lxc.net.0.ipvlan.mode = l2\n", "0", CONNECT);
	REACHES();
	/* The l3 modes neither ask nor answer who has an address: the neighbour here cannot know
	 * it. */
	UPON("ipvlan", "", "1");
	/* Two with one address cannot be on a link: the last container's is gone. */
	UPON("ipvlan", "lxc.net.0.ipvlan.mode = l3\n", "1");
}

static int write_setting(const char *path)
{
	return sw_write_file(AT_FDCWD, path, "1");
}

SUITE_TEST(ipvlan_is_reached_by_proxies_on_its_link, .needs = NET_NEEDS "net.veth net.ipvlan_l3s",
	   .timeout_s = 120, .promise = "lxc.container.conf(5) lxc.net.[i].l2proxy")
{
	struct runtime_result r __runtime_result = { 0 };
	int up[2], down[2];
	struct story s;
	char c;

	OWN_NETWORK();
	ASSERT_SYS(pipe(up));
	ASSERT_SYS(pipe(down));
	ASSERT_OK(suite_net_veth("p0", "p1", 0));
	ASSERT_OK(suite_net_address("p0", HOST + 100));
	ASSERT_OK(suite_net_up("p0"));
	ASSERT_OK(write_setting("/proc/sys/net/ipv4/conf/p0/forwarding"));
	/* A neighbour on the link that knows nothing of containers, and asks by ARP. */
	CHILD(neighbour, SW_CLONE_NEWNET)
	{
		int fd;

		close(down[1]);
		ASSERT_EQ(1, read(down[0], &c, 1));
		ASSERT_OK(suite_net_address("p1", HOST));
		ASSERT_OK(suite_net_up("p1"));
		fd = listen_here();
		ASSERT_LE(0, fd);
		ASSERT_EQ(1, write(up[1], "", 1));
		EXPECT_EQ(0, read(down[0], &c, 1));
	}
	ASSERT_OK(suite_net_move("p1", neighbour));
	ASSERT_EQ(1, write(down[1], "", 1));
	ASSERT_EQ(1, read(up[0], &c, 1));
	RUN("lxc.net.0.type = ipvlan\nlxc.net.0.link = p0\nlxc.net.0.flags = up\n"
	    "lxc.net.0.ipvlan.mode = l3s\nlxc.net.0.l2proxy = 1\nlxc.net.0.ipv4.address = 10.9.0.2/32\n"
	    "lxc.net.0.ipv4.gateway = dev\n", CONNECT);
	SAID("dev eth0", "net.gateway4");
	REACHES();
	close(down[1]);
	EXPECT_EXIT(0, neighbour);
}

SUITE_TEST(ipvlan_in_mode_l3s, .needs = NET_NEEDS "net.veth net.ipvlan_l3s", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].ipvlan.mode = l3s")
{
	struct runtime_result r __runtime_result = { 0 };
	int fd __sw_fd = -1;
	struct story s;

	PAIR();
	UPON("ipvlan", "lxc.net.0.ipvlan.mode = l3s\n", "2");
}

SUITE_TEST(vlan_has_its_number, .needs = NET_NEEDS "net.veth net.vlan", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].type = vlan, .vlan.id")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	OWN_NETWORK();
	ASSERT_OK(suite_net_veth("p0", "p1", 0));
	for (int i = 0; i < 2; i++) { /* twice: a number is free again once its container is gone */
		runtime_result_free(&r);
		memset(&r, 0, sizeof(r));
		RUN("lxc.network.type = vlan\nlxc.network.link = p0\nlxc.network.vlan.id = 77\n"
		    "lxc.network.name = v77\nlxc.network.ipv4 = 10.9.0.2/24\n");
		SAID("lo v77", "net");
		SAID("vlan", "net.v77.kind");
		SAID("77", "net.v77.mode");
		SAID("10.9.0.2/24", "net.v77.ipv4");
	}
}

SUITE_TEST(phys_device_comes_back, .needs = NET_NEEDS "net.veth", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].type = phys")
{
	struct runtime_result r __runtime_result = { 0 };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link was, is;
	int fd __sw_fd = -1;
	struct story s;

	PAIR();
	ASSERT_OK(sw_nl_open(&nl, NETLINK_ROUTE));
	ASSERT_OK(sw_nl_link_get(&nl, "p0", &was));
	RUN("lxc.network.type = phys\nlxc.network.link = p0\nlxc.network.name = "
	    "wan\nlxc.network.flags = up\n"
	    "lxc.network.hwaddr = 02:16:3e:00:00:02\nlxc.network.ipv4 = 10.9.0.2/24\n",
	    "--", "connect", "10.9.0.1", PORT);
	SAID("lo wan", "net");
	SAID("02:16:3e:00:00:02", "net.wan.mac");
	SAID("ok", "connect.10.9.0.1");
	ASSERT_OK(sw_nl_link_get(&nl, "p0", &is));
	EXPECT_EQ(0, memcmp(was.mac, is.mac, sizeof(was.mac)));
	EXPECT_EQ(was.mtu, is.mtu);
}

SUITE_TEST(scripts_are_told_what_they_are_about, .needs = NET_NEEDS "net.veth", .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].script.up, .script.down")
{
	struct runtime_result r __runtime_result = { 0 };
	struct sw_buf said __sw_buf = SW_BUF_INIT;
	char script[PATH_MAX + 16], log[PATH_MAX + 16], text[4 * PATH_MAX];
	struct story s;

	OWN_NETWORK();
	snprintf(script, sizeof(script), "%s/script", suite_scratch);
	snprintf(log, sizeof(log), "%s/said", suite_scratch);
	snprintf(text, sizeof(text), "#!/bin/sh\necho \"$*\" >>%s\n", log);
	ASSERT_OK(sw_replace_file(AT_FDCWD, script, text, strlen(text), 0755));
	snprintf(text, sizeof(text),
		 "lxc.network.type = veth\nlxc.network.veth.pair = host0\n"
		 "lxc.network.script.up = %s\nlxc.network.script.down = %s\n",
		 script, script);
	RUN(text);
	ASSERT_OK(sw_read_file(AT_FDCWD, log, &said, 4096));
	EXPECT_STREQ("app_bash net up veth host0\napp_bash net down veth host0\n",
		     sw_buf_str(&said));
}
