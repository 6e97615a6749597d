// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include "net_frames.h"

SUITE("net.vlan", "kernel", "802.1Q virtual LANs");

#define DOC "ip-link(8): VLAN Type Support; IEEE 802.1Q"
#define NEEDS "ns.net net.vlan net.veth net.packet"

static int add(const char *name, const char *lower, uint16_t id)
{
	int r = suite_link_new(&(struct suite_link){ .name = name, .kind = "vlan", .lower = lower,
						     .data = { { IFLA_VLAN_ID, 2, id } } });

	return r ? r : suite_link_up(name);
}

SUITE_TEST(sends_with_its_tag, .needs = NEEDS, .promise = DOC "; packet(7): PACKET_AUXDATA")
{
	struct suite_frame f;
	int v, wire;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("v5", "low", 5));
	wire = suite_frame_tap("wire");
	ASSERT_OK(wire);
	v = suite_frame_socket("v5");
	ASSERT_OK(v);
	ASSERT_OK(suite_frame_send(v, station_b, station_a, "tagged"));
	ASSERT_OK(suite_frame_next(wire, &f));
	EXPECT_STREQ("tagged", f.text);
	EXPECT_EQ(5, f.vlan);
}

SUITE_TEST(ids_are_apart, .needs = NEEDS, .promise = DOC)
{
	struct suite_frame f;
	int v5, v6, w5, w6, wire;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("v5", "low", 5));
	ASSERT_OK(add("v6", "low", 6));
	ASSERT_OK(add("w5", "wire", 5));
	ASSERT_OK(add("w6", "wire", 6));
	ASSERT_OK((v5 = suite_frame_socket("v5")));
	ASSERT_OK((v6 = suite_frame_socket("v6")));
	ASSERT_OK((w5 = suite_frame_socket("w5")));
	ASSERT_OK((w6 = suite_frame_socket("w6")));
	ASSERT_OK((wire = suite_frame_socket("low")));
	ASSERT_OK(suite_frame_send(v5, suite_frame_all, station_a, "in five"));
	ASSERT_OK(suite_frame_send(v6, suite_frame_all, station_a, "in six"));
	/* Each hears its own only, and without the tag. */
	ASSERT_OK(suite_frame_next(w5, &f));
	EXPECT_STREQ("in five", f.text);
	EXPECT_EQ(-1, f.vlan);
	EXPECT_FRAME(w6, "in six");
	/* What has no tag is for the device below. */
	int low = suite_frame_socket("wire");

	ASSERT_OK(low);
	ASSERT_OK(suite_frame_send(low, suite_frame_all, station_b, "in none"));
	ASSERT_OK(suite_frame_send(w5, suite_frame_all, station_b, "marker"));
	EXPECT_FRAME(wire, "in none");
	EXPECT_FRAME(v5, "marker");
}

SUITE_TEST(ids_are_bounded_and_unique, .needs = "ns.net net.vlan net.veth", .promise = DOC ": id, 12 bits")
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	EXPECT_REFUSED(ERANGE, add("v4095", "low", 4095));	/* reserved */
	EXPECT_OK(add("v4094", "low", 4094));
	EXPECT_REFUSED(EEXIST, add("again", "low", 4094));
	EXPECT_OK(add("other", "wire", 4094));	/* unique below each device */
	EXPECT_REFUSED(ENODEV, suite_net_flags("again"));
}

SUITE_TEST(follows_its_lower_device, .needs = "ns.net net.vlan net.veth", .promise = DOC ": link DEVICE")
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("v5", "low", 5));
	EXPECT_TRUE(suite_net_flags("v5") & IFF_UP);
	ASSERT_OK(suite_link_down("low"));
	EXPECT_FALSE(suite_net_flags("v5") & IFF_UP);
	ASSERT_OK(suite_link_delete("low"));
	EXPECT_REFUSED(ENODEV, suite_net_flags("v5"));
}

SUITE_TEST(works_in_another_namespace, .needs = "ns.net net.vlan net.veth",
	   .promise = DOC "; ip-link(8): netns; network_namespaces(7)")
{
	int ns, own, here, there;

	ASSERT_OK(suite_netns_begin());
	own = suite_netns_own();
	ns = suite_netns_new();
	ASSERT_OK(ns);
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("v5", "low", 5));
	ASSERT_OK(add("w5", "wire", 5));
	ASSERT_OK(suite_address_add("w5", 0x0a630001, 24));
	ASSERT_OK(suite_link_move("v5", ns));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(suite_link_up("v5"));
	ASSERT_OK(suite_address_add("v5", 0x0a630002, 24));
	there = suite_udp_socket(0x0a630002, 42);
	ASSERT_OK(there);
	ASSERT_OK(suite_netns_enter(own));
	here = suite_udp_socket(0x0a630001, 42);
	ASSERT_OK(here);
	ASSERT_OK(suite_udp_send(there, 0x0a630001, 42, "hello"));
	EXPECT_DATAGRAM(here, "hello");
	ASSERT_OK(suite_udp_send(here, 0x0a630002, 42, "hello back"));
	EXPECT_DATAGRAM(there, "hello back");
	/* And ends with what it stands on, from outside. */
	ASSERT_OK(suite_link_delete("low"));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_REFUSED(ENODEV, suite_net_flags("v5"));
}
