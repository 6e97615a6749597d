// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lower device is one end of a veth pair, whose other end, "wire", stands for the switch. Broadcasts are
 * delivered by a worker of the kernel (412ca1550cbe, 3.16): they keep their order among themselves, so a
 * broadcast that must not arrive is followed by one that must, and likewise for frames to one station.
 */
#include "suite.h"

#include "net_frames.h"

SUITE("net.macvlan", "kernel", "MAC-address virtual LANs");

#define DOC "ip-link(8): MACVLAN Type Support"
#define NEEDS "ns.net net.macvlan net.veth net.packet"

struct lan {
	int wire;		/* socket at the far end */
	int m[2];		/* sockets of "m0", "m1" */
	uint8_t mac[2][6];
};

static int add(const char *name, uint32_t mode)
{
	return suite_link_new(&(struct suite_link){ .name = name, .kind = "macvlan", .lower = "low",
						    .data = { { IFLA_MACVLAN_MODE, 4, mode } } });
}

static void begin(struct __test_metadata *_metadata, struct lan *lan)
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	lan->wire = suite_frame_socket("wire");
	ASSERT_OK(lan->wire);
}

static void plug(struct __test_metadata *_metadata, struct lan *lan, uint32_t mode)
{
	begin(_metadata, lan);
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "m1" : "m0";

		ASSERT_OK(add(name, mode));
		ASSERT_OK(suite_link_up(name));
		ASSERT_OK(suite_link_mac(name, lan->mac[i]));
		lan->m[i] = suite_frame_socket(name);
		ASSERT_OK(lan->m[i]);
	}
}

SUITE_TEST(frames_are_sorted_by_address, .needs = NEEDS, .promise = DOC)
{
	struct suite_frame f;
	struct lan lan;

	plug(_metadata, &lan, MACVLAN_MODE_BRIDGE);
	EXPECT_NE(0, memcmp(lan.mac[0], lan.mac[1], 6));
	ASSERT_OK(suite_frame_send(lan.wire, lan.mac[0], station_a, "to the first"));
	ASSERT_OK(suite_frame_send(lan.wire, lan.mac[1], station_a, "to the second"));
	EXPECT_FRAME(lan.m[0], "to the first");
	EXPECT_FRAME(lan.m[1], "to the second");
	ASSERT_OK(suite_frame_send(lan.m[1], station_a, lan.mac[1], "outwards"));
	ASSERT_OK(suite_frame_next(lan.wire, &f));
	EXPECT_STREQ("outwards", f.text);
	EXPECT_EQ(0, memcmp(f.from, lan.mac[1], 6));
}

SUITE_TEST(broadcasts_reach_everybody, .needs = NEEDS, .promise = DOC ": bridge")
{
	struct lan lan;

	plug(_metadata, &lan, MACVLAN_MODE_BRIDGE);
	ASSERT_OK(suite_frame_send(lan.wire, suite_frame_all, station_a, "from outside"));
	EXPECT_FRAME(lan.m[0], "from outside");
	EXPECT_FRAME(lan.m[1], "from outside");
	ASSERT_OK(suite_frame_send(lan.m[0], suite_frame_all, lan.mac[0], "from the first"));
	EXPECT_FRAME(lan.m[1], "from the first");
	EXPECT_FRAME(lan.wire, "from the first");
}

SUITE_TEST(bridge_mode_talks_directly, .needs = NEEDS, .promise = DOC ": bridge")
{
	struct lan lan;

	plug(_metadata, &lan, MACVLAN_MODE_BRIDGE);
	ASSERT_OK(suite_frame_send(lan.m[0], lan.mac[1], lan.mac[0], "directly"));
	EXPECT_FRAME(lan.m[1], "directly");
	/* The wire saw nothing of it. */
	ASSERT_OK(suite_frame_send(lan.m[0], station_a, lan.mac[0], "marker"));
	EXPECT_FRAME(lan.wire, "marker");
}

SUITE_TEST(vepa_mode_goes_by_the_switch, .needs = NEEDS, .promise = DOC ": vepa")
{
	struct lan lan;

	plug(_metadata, &lan, MACVLAN_MODE_VEPA);
	ASSERT_OK(suite_frame_send(lan.m[0], lan.mac[1], lan.mac[0], "one"));
	EXPECT_FRAME(lan.wire, "one");
	/* Only what a switch sends back arrives. */
	ASSERT_OK(suite_frame_send(lan.wire, lan.mac[1], lan.mac[0], "one, sent back"));
	EXPECT_FRAME(lan.m[1], "one, sent back");
	ASSERT_OK(suite_frame_send(lan.m[0], suite_frame_all, lan.mac[0], "all"));
	EXPECT_FRAME(lan.wire, "all");
	ASSERT_OK(suite_frame_send(lan.wire, suite_frame_all, lan.mac[0], "all, sent back"));
	EXPECT_FRAME(lan.m[1], "all, sent back");
}

SUITE_TEST(private_mode_keeps_apart, .needs = NEEDS, .promise = DOC ": private")
{
	struct lan lan;

	plug(_metadata, &lan, MACVLAN_MODE_PRIVATE);
	ASSERT_OK(suite_frame_send(lan.m[0], lan.mac[1], lan.mac[0], "to the second"));
	ASSERT_OK(suite_frame_send(lan.m[0], suite_frame_all, lan.mac[0], "to all"));
	EXPECT_FRAME(lan.wire, "to the second");
	EXPECT_FRAME(lan.wire, "to all");
	/* Not even by a switch that sends broadcasts back; who is outside is heard. */
	ASSERT_OK(suite_frame_send(lan.wire, suite_frame_all, lan.mac[0], "sent back"));
	ASSERT_OK(suite_frame_send(lan.wire, suite_frame_all, station_a, "marker"));
	EXPECT_FRAME(lan.m[1], "marker");
}

SUITE_TEST(passthru_takes_the_whole_device, .needs = NEEDS, .promise = DOC ": passthru, since 2.6.38")
{
	uint8_t low[6], own[6];
	struct lan lan;
	int fd;

	begin(_metadata, &lan);
	ASSERT_OK(add("m0", MACVLAN_MODE_PASSTHRU));
	ASSERT_OK(suite_link_up("m0"));
	ASSERT_OK(suite_link_mac("low", low));
	ASSERT_OK(suite_link_mac("m0", own));
	EXPECT_EQ(0, memcmp(low, own, 6));
	/* One only. */
	EXPECT_REFUSED(EINVAL, add("m1", MACVLAN_MODE_PASSTHRU));
	EXPECT_REFUSED(EINVAL, add("m1", MACVLAN_MODE_BRIDGE));
	fd = suite_frame_socket("m0");
	ASSERT_OK(fd);
	/* It gets what comes, also for others (the lower device is promiscuous). */
	ASSERT_OK(suite_frame_send(lan.wire, station_b, station_a, "to somebody else"));
	EXPECT_FRAME(fd, "to somebody else");
	/* And where there is another kind already, it cannot be had. */
	ASSERT_OK(suite_link_delete("m0"));
	ASSERT_OK(add("m1", MACVLAN_MODE_BRIDGE));
	EXPECT_REFUSED(EINVAL, add("m0", MACVLAN_MODE_PASSTHRU));
}

SUITE_TEST(works_in_another_namespace, .needs = "ns.net net.macvlan net.veth",
	   .promise = DOC "; ip-link(8): netns; network_namespaces(7)")
{
	int ns, own, here, there;
	uint32_t from;

	ASSERT_OK(suite_netns_begin());
	own = suite_netns_own();
	ns = suite_netns_new();
	ASSERT_OK(ns);
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(suite_address_add("wire", 0x0a630001, 24));
	ASSERT_OK(add("m0", MACVLAN_MODE_BRIDGE));
	ASSERT_OK(suite_link_move("m0", ns));
	EXPECT_REFUSED(ENODEV, suite_net_flags("m0"));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_link_up("m0"));
	ASSERT_OK(suite_address_add("m0", 0x0a630002, 24));
	there = suite_udp_socket(0x0a630002, 42);
	ASSERT_OK(there);
	EXPECT_REFUSED(ENODEV, suite_net_flags("low"));
	ASSERT_OK(suite_netns_enter(own));
	here = suite_udp_socket(0x0a630001, 42);
	ASSERT_OK(here);
	ASSERT_OK(suite_udp_send(there, 0x0a630001, 42, "hello"));
	ASSERT_OK(suite_udp_next(here, NULL, &from, NULL));
	EXPECT_EQ(0x0a630002, from);
	ASSERT_OK(suite_udp_send(here, 0x0a630002, 42, "hello back"));
	EXPECT_DATAGRAM(there, "hello back");
}

SUITE_TEST(goes_with_its_lower_device, .needs = "ns.net net.macvlan net.veth",
	   .promise = DOC ": link DEVICE; network_namespaces(7)")
{
	int ns, own;

	ASSERT_OK(suite_netns_begin());
	own = suite_netns_own();
	ns = suite_netns_new();
	ASSERT_OK(ns);
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("m0", MACVLAN_MODE_BRIDGE));
	ASSERT_OK(add("m1", MACVLAN_MODE_BRIDGE));
	ASSERT_OK(suite_link_move("m1", ns));
	ASSERT_OK(suite_link_delete("m0"));	/* the lower one stays */
	EXPECT_LE(0, suite_net_flags("low"));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_LE(0, suite_net_flags("m1"));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(suite_link_delete("low"));
	/* Also where somebody else had it. */
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_REFUSED(ENODEV, suite_net_flags("m1"));
}
