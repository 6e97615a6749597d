// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include "net_frames.h"

SUITE("net.bridge", "kernel", "Ethernet bridges");

#define DOC "Documentation/networking/bridge.rst"
#define NEEDS "ns.net net.bridge net.veth net.packet"

/* include/uapi/linux/if_link.h: enum of IFLA_BRPORT_ */
enum { PORT_HAIRPIN = 4, PORT_LEARNING = 8, PORT_ISOLATED = 33 };

/* A bridge "br" with ports "p0" ... and sockets at the far ends of their cables, "e0" ... */
static void plug(struct __test_metadata *_metadata, int ports, int *ret_fds)
{
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(suite_link_new(&(struct suite_link){ .name = "br", .kind = "bridge" }));
	ASSERT_OK(suite_net_up("br"));
	for (int i = 0; i < ports; i++) {
		char port[16], end[16];

		snprintf(port, sizeof(port), "p%d", i);
		snprintf(end, sizeof(end), "e%d", i);
		ASSERT_OK(suite_link_veth(port, end, -1));
		ASSERT_OK(suite_link_master(port, "br"));
		ASSERT_OK(suite_link_await_forwarding(port));
		ret_fds[i] = suite_frame_socket(end);
		ASSERT_OK(ret_fds[i]);
	}
	ASSERT_OK(suite_link_up("br"));
}

SUITE_TEST(unknown_addresses_are_flooded, .needs = NEEDS, .promise = DOC "; IEEE 802.1D; bridge(8): flood")
{
	int e[3];

	plug(_metadata, 3, e);
	ASSERT_OK(suite_frame_send(e[0], station_b, station_a, "to b"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "to all"));
	for (int i = 1; i < 3; i++) {
		EXPECT_FRAME(e[i], "to b");
		EXPECT_FRAME(e[i], "to all");
	}
	/* Not back to where they came from. */
	ASSERT_OK(suite_frame_send(e[1], suite_frame_all, station_c, "marker"));
	EXPECT_FRAME(e[0], "marker");
}

SUITE_TEST(frames_arrive_unchanged, .needs = NEEDS, .promise = DOC)
{
	struct suite_frame f;
	int e[2];

	plug(_metadata, 2, e);
	ASSERT_OK(suite_frame_send(e[0], station_b, station_a, "as it is"));
	ASSERT_OK(suite_frame_next(e[1], &f));
	EXPECT_EQ(0, memcmp(f.to, station_b, 6));
	EXPECT_EQ(0, memcmp(f.from, station_a, 6));
	EXPECT_STREQ("as it is", f.text);
	EXPECT_EQ(-1, f.vlan);
}

SUITE_TEST(addresses_are_learned, .needs = NEEDS, .promise = DOC ": Forwarding Database; bridge(8): learning")
{
	int e[3];

	plug(_metadata, 3, e);
	ASSERT_OK(suite_frame_send(e[1], suite_frame_all, station_b, "b is here"));
	EXPECT_FRAME(e[0], "b is here");
	EXPECT_FRAME(e[2], "b is here");
	ASSERT_OK(suite_frame_send(e[0], station_b, station_a, "to b"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "marker"));
	EXPECT_FRAME(e[1], "to b");
	EXPECT_FRAME(e[2], "marker");
}

SUITE_TEST(who_moves_is_learned_anew, .needs = NEEDS, .promise = DOC ": Forwarding Database; bridge(8): learning")
{
	int e[3];

	plug(_metadata, 3, e);
	ASSERT_OK(suite_frame_send(e[1], suite_frame_all, station_b, "here"));
	ASSERT_OK(suite_frame_send(e[2], suite_frame_all, station_b, "now here"));
	EXPECT_FRAME(e[0], "here");
	EXPECT_FRAME(e[0], "now here");
	EXPECT_FRAME(e[2], "here");
	EXPECT_FRAME(e[1], "now here");
	ASSERT_OK(suite_frame_send(e[0], station_b, station_a, "to b"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "marker"));
	EXPECT_FRAME(e[2], "to b");
	EXPECT_FRAME(e[1], "marker");
}

SUITE_TEST(nothing_is_learned_where_it_is_off, .needs = NEEDS, .promise = "bridge(8): learning off")
{
	int e[3];

	plug(_metadata, 3, e);
	ASSERT_OK(suite_link_port("p1", PORT_LEARNING, 0));
	ASSERT_OK(suite_frame_send(e[1], suite_frame_all, station_b, "b is here"));
	EXPECT_FRAME(e[0], "b is here");
	EXPECT_FRAME(e[2], "b is here");
	ASSERT_OK(suite_frame_send(e[0], station_b, station_a, "to b"));
	EXPECT_FRAME(e[1], "to b");
	EXPECT_FRAME(e[2], "to b");
}

SUITE_TEST(hairpin_sends_back, .needs = NEEDS, .promise = "bridge(8): hairpin")
{
	int e[2];

	plug(_metadata, 2, e);
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "a is here"));
	EXPECT_FRAME(e[1], "a is here");
	/* A second station behind the same port. */
	ASSERT_OK(suite_frame_send(e[0], station_a, station_b, "lost"));
	ASSERT_OK(suite_link_port("p0", PORT_HAIRPIN, 1));
	ASSERT_OK(suite_frame_send(e[0], station_a, station_b, "sent back"));
	EXPECT_FRAME(e[0], "sent back");
}

SUITE_TEST(isolated_ports_do_not_talk, .needs = NEEDS, .promise = "bridge(8): isolated, since 4.18")
{
	int e[3];

	if (!suite_kernel(4, 18)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	plug(_metadata, 3, e);
	ASSERT_OK(suite_link_port("p0", PORT_ISOLATED, 1));
	ASSERT_OK(suite_link_port("p1", PORT_ISOLATED, 1));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "from isolated"));
	EXPECT_FRAME(e[2], "from isolated");
	ASSERT_OK(suite_frame_send(e[2], suite_frame_all, station_c, "marker"));
	EXPECT_FRAME(e[1], "marker");
	EXPECT_FRAME(e[0], "marker");
}

SUITE_TEST(released_port_is_left_out, .needs = NEEDS, .promise = "ip-link(8): nomaster; " DOC)
{
	int e[3], alone;

	plug(_metadata, 3, e);
	alone = suite_frame_socket("p1");
	ASSERT_OK(alone);
	ASSERT_OK(suite_link_master("p1", NULL));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "first"));
	EXPECT_FRAME(e[2], "first");
	/* What its cable brings is for the device itself again. */
	ASSERT_OK(suite_frame_send(e[1], suite_frame_all, station_b, "alone"));
	EXPECT_FRAME(alone, "alone");
	ASSERT_OK(suite_link_master("p1", "br"));
	ASSERT_OK(suite_link_await_forwarding("p1"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "second"));
	EXPECT_FRAME(e[1], "second");
	EXPECT_FRAME(e[2], "second");
}

SUITE_TEST(own_address_is_delivered_here, .needs = NEEDS, .promise = DOC "; IEEE 802.1D: the bridge as a station")
{
	uint8_t mac[6];
	int e[2], br;

	plug(_metadata, 2, e);
	br = suite_frame_socket("br");
	ASSERT_OK(br);
	ASSERT_OK(suite_link_mac("br", mac));
	ASSERT_OK(suite_frame_send(e[0], mac, station_a, "to the bridge"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "to all"));
	EXPECT_FRAME(br, "to the bridge");
	EXPECT_FRAME(br, "to all");
	EXPECT_FRAME(e[1], "to all");
	/* And it speaks itself, to the port where an address was learned. */
	ASSERT_OK(suite_frame_send(br, station_a, mac, "from the bridge"));
	ASSERT_OK(suite_frame_send(br, suite_frame_all, mac, "marker"));
	EXPECT_FRAME(e[0], "from the bridge");
	EXPECT_FRAME(e[1], "marker");
}

SUITE_TEST(reserved_group_addresses_stay, .needs = NEEDS, .promise = "ip-link(8): group_fwd_mask; IEEE 802.1D: 7.12.6")
{
	static const uint8_t reserved[6] = { 0x01, 0x80, 0xc2, 0, 0, 0x0e };	/* LLDP's */
	int e[2];

	plug(_metadata, 2, e);
	ASSERT_OK(suite_frame_send(e[0], reserved, station_a, "between neighbours"));
	ASSERT_OK(suite_frame_send(e[0], suite_frame_all, station_a, "marker"));
	EXPECT_FRAME(e[1], "marker");
}

SUITE_TEST(containers_talk_through_it, .needs = "ns.net net.bridge net.veth",
	   .promise = DOC "; network_namespaces(7): veth(4) to create a bridge to a physical device")
{
	int ns[2], udp[2], fd;
	uint32_t from;
	char text[40];

	ASSERT_OK(suite_netns_begin());
	fd = suite_netns_own();
	ASSERT_OK(suite_link_new(&(struct suite_link){ .name = "br", .kind = "bridge" }));
	ASSERT_OK(suite_net_up("br"));
	ASSERT_OK(suite_address_add("br", 0x0a630001, 24));
	for (int i = 0; i < 2; i++) {
		char port[16];

		snprintf(port, sizeof(port), "p%d", i);
		ns[i] = suite_netns_new();
		ASSERT_OK(ns[i]);
		ASSERT_OK(suite_link_veth(port, "eth0", ns[i]));
		ASSERT_OK(suite_link_master(port, "br"));
		ASSERT_OK(suite_link_await_forwarding(port));
		ASSERT_OK(suite_netns_enter(ns[i]));
		ASSERT_OK(suite_address_add("eth0", 0x0a630002 + i, 24));
		udp[i] = suite_udp_socket(0x0a630002 + i, 42);
		ASSERT_OK(udp[i]);
		ASSERT_OK(suite_netns_enter(fd));
	}
	ASSERT_OK(suite_udp_send(udp[0], 0x0a630003, 42, "hello"));
	ASSERT_OK(suite_udp_next(udp[1], text, &from, NULL));
	EXPECT_STREQ("hello", text);
	EXPECT_EQ(0x0a630002, from);
	ASSERT_OK(suite_link_up("br"));
	fd = suite_udp_socket(0x0a630001, 42);	/* the host's side */
	ASSERT_OK(fd);
	ASSERT_OK(suite_udp_send(udp[1], 0x0a630001, 42, "gateway"));
	EXPECT_DATAGRAM(fd, "gateway");
}
