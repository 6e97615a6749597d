// SPDX-License-Identifier: GPL-2.0-only
/* The lower device is one end of a veth pair, whose other end, "wire", is in the test's first namespace. */
#include "suite.h"

#include "net_frames.h"

SUITE("net.ipvlan", "kernel", "IP virtual LANs");

#define DOC "Documentation/networking/ipvlan.rst"
#define NEEDS "ns.net net.ipvlan net.veth"
#define OUTSIDE 0x0a630001u	/* 10.99.0.1, the wire's */
#define INSIDE(i) (0x0a630002u + (i))

enum { MODE_L2 = 0, MODE_L3 = 1, FLAG_PRIVATE = 1 };

struct lan {
	int own, ns[2];
	int wire;		/* sockets of port 42 */
	int s[2];
};

static int add(const char *name, uint16_t mode, uint16_t flags)
{
	struct suite_link link = { .name = name, .kind = "ipvlan", .lower = "low",
				   .data = { { IFLA_IPVLAN_MODE, 2, mode } } };

	if (flags) {
		link.data[1].type = IFLA_IPVLAN_FLAGS;
		link.data[1].size = 2;
		link.data[1].value = flags;
	}
	return suite_link_new(&link);
}

/* Two containers, each with a device "eth0" on the same lower device. */
static void plug(struct __test_metadata *_metadata, struct lan *lan, uint16_t mode, uint16_t flags)
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((lan->own = suite_netns_own()));
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(suite_address_add("wire", OUTSIDE, 24));
	ASSERT_OK((lan->wire = suite_udp_socket(OUTSIDE, 42)));
	for (int i = 0; i < 2; i++) {
		ASSERT_OK((lan->ns[i] = suite_netns_new()));
		ASSERT_OK(add("eth0", mode, flags));
		ASSERT_OK(suite_link_move("eth0", lan->ns[i]));
		ASSERT_OK(suite_netns_enter(lan->ns[i]));
		ASSERT_OK(suite_address_add("eth0", INSIDE(i), 24));
		ASSERT_OK(suite_net_up("eth0"));
		ASSERT_OK((lan->s[i] = suite_udp_socket(INSIDE(i), 42)));
		ASSERT_OK(suite_netns_enter(lan->own));
	}
}

SUITE_TEST(all_have_the_lower_devices_address, .needs = NEEDS, .promise = DOC ": 1. Introduction")
{
	uint8_t low[6], mac[6];
	struct lan lan;

	plug(_metadata, &lan, MODE_L2, 0);
	ASSERT_OK(suite_link_mac("low", low));
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(suite_netns_enter(lan.ns[i]));
		ASSERT_OK(suite_link_mac("eth0", mac));
		EXPECT_EQ(0, memcmp(mac, low, 6));
	}
}

SUITE_TEST(l2_sorts_by_ip_address, .needs = NEEDS, .promise = DOC ": 4.1 L2 mode")
{
	uint32_t from;
	struct lan lan;

	plug(_metadata, &lan, MODE_L2, 0);
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(suite_udp_send(lan.s[i], OUTSIDE, 42, "outwards"));
		ASSERT_OK(suite_udp_next(lan.wire, NULL, &from, NULL));
		EXPECT_EQ(INSIDE(i), from);
	}
	ASSERT_OK(suite_udp_send(lan.wire, INSIDE(1), 42, "to the second"));
	ASSERT_OK(suite_udp_send(lan.wire, INSIDE(0), 42, "to the first"));
	EXPECT_DATAGRAM(lan.s[0], "to the first");
	EXPECT_DATAGRAM(lan.s[1], "to the second");
}

SUITE_TEST(neighbours_talk_directly, .needs = NEEDS, .promise = DOC ": 5. Mode flags: bridge, the default")
{
	uint32_t from;
	struct lan lan;

	plug(_metadata, &lan, MODE_L2, 0);
	ASSERT_OK(suite_udp_send(lan.s[0], INSIDE(1), 42, "hello"));
	ASSERT_OK(suite_udp_next(lan.s[1], NULL, &from, NULL));
	EXPECT_EQ(INSIDE(0), from);
}

SUITE_TEST(l3_has_no_link_layer, .needs = NEEDS,
	   .promise = DOC ": 4.2 L3 mode: no multicast or broadcast; packets are routed by the lower device's side")
{
	uint32_t from;
	struct lan lan;

	plug(_metadata, &lan, MODE_L3, 0);
	ASSERT_OK(suite_netns_enter(lan.ns[0]));
	EXPECT_TRUE(suite_net_flags("eth0") & IFF_NOARP);
	ASSERT_OK(suite_netns_enter(lan.own));
	/* Neighbours reach each other. */
	ASSERT_OK(suite_udp_send(lan.s[0], INSIDE(1), 42, "hello"));
	ASSERT_OK(suite_udp_next(lan.s[1], NULL, &from, NULL));
	EXPECT_EQ(INSIDE(0), from);
}

SUITE_TEST(mode_is_of_the_lower_device, .needs = NEEDS,
	   .promise = DOC ": 4. Operating modes: one mode at a time for a master and its slaves")
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("i0", MODE_L2, 0));
	ASSERT_OK(suite_net_up("i0"));
	EXPECT_FALSE(suite_net_flags("i0") & IFF_NOARP);
	/* The next one says L3: then that holds for all. */
	ASSERT_OK(add("i1", MODE_L3, 0));
	ASSERT_OK(suite_net_up("i1"));
	EXPECT_TRUE(suite_net_flags("i1") & IFF_NOARP);
	EXPECT_TRUE(suite_net_flags("i0") & IFF_NOARP);
}

SUITE_TEST(goes_with_its_lower_device, .needs = NEEDS, .promise = DOC "; network_namespaces(7)")
{
	struct lan lan;

	plug(_metadata, &lan, MODE_L2, 0);
	ASSERT_OK(suite_link_delete("low"));
	for (int i = 0; i < 2; i++) {
		ASSERT_OK(suite_netns_enter(lan.ns[i]));
		EXPECT_REFUSED(ENODEV, suite_net_flags("eth0"));
	}
}

SUITE_TEST(is_not_stacked_with_macvlan, .needs = NEEDS " net.macvlan", .promise = DOC ": 6. What to choose; one rx handler a device")
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_veth("low", "wire", -1));
	ASSERT_OK(add("i0", MODE_L2, 0));
	EXPECT_REFUSED(EBUSY, suite_link_new(&(struct suite_link){ .name = "m0", .kind = "macvlan", .lower = "low" }));
	ASSERT_OK(suite_link_delete("i0"));
	EXPECT_OK(suite_link_new(&(struct suite_link){ .name = "m0", .kind = "macvlan", .lower = "low" }));
}
