// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>

#include "net_frames.h"

SUITE("net.tun", "kernel", "TUN and TAP devices");

#define DOC "Documentation/networking/tuntap.rst"
#define NEEDS "ns.net net.tun"
#define OURS 0x0a630001u	/* 10.99.0.1 */
#define PEER 0x0a630002u

/* Attach to a device, make it if there is none. Returns a descriptor or -errno. */
static int attach(const char *name, int flags, char ret_name[IFNAMSIZ])
{
	struct ifreq ifr = { .ifr_flags = flags };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		int r = -errno;

		close(fd);
		return r;
	}
	if (ret_name)
		memcpy(ret_name, ifr.ifr_name, IFNAMSIZ);
	return fd;
}

/* Read until there is a frame of our type: the kernel says things of its own on a device that is up. */
static int next_frame(int fd, char *ret_text, uint8_t ret_to[6])
{
	unsigned char buf[2048];

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		if (n >= 60 && buf[12] == SUITE_FRAME_TYPE >> 8 && buf[13] == (SUITE_FRAME_TYPE & 0xff)) {
			memcpy(ret_to, buf, 6);
			memcpy(ret_text, buf + 14, 40);
			return 0;
		}
	}
}

SUITE_TEST(tap_is_an_ethernet_cable, .needs = NEEDS " net.packet", .promise = DOC ": 3.2 Frame format")
{
	unsigned char frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, SUITE_FRAME_TYPE >> 8,
				    SUITE_FRAME_TYPE & 0xff, 'i', 'n' };
	char text[40];
	uint8_t to[6];
	int fd, s;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = attach("t0", IFF_TAP | IFF_NO_PI, NULL)));
	ASSERT_OK(suite_net_up("t0"));
	ASSERT_OK((s = suite_frame_socket("t0")));
	ASSERT_EQ((ssize_t)sizeof(frame), write(fd, frame, sizeof(frame)));
	EXPECT_FRAME(s, "in");
	ASSERT_OK(suite_frame_send(s, station_b, station_a, "out"));
	ASSERT_OK(next_frame(fd, text, to));
	EXPECT_STREQ("out", text);
	EXPECT_EQ(0, memcmp(to, station_b, 6));
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *p++;
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

struct packet {
	struct iphdr ip;
	struct udphdr udp;
	char text[8];
} __attribute__((packed));

SUITE_TEST(tun_carries_packets, .needs = NEEDS, .promise = DOC ": 1. Description; 3.2 Frame format")
{
	struct packet in = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
				     .tot_len = htons(sizeof(in)), .saddr = htonl(PEER), .daddr = htonl(OURS) },
			     .udp = { .source = htons(43), .dest = htons(42), .len = htons(16) },
			     .text = "in" };
	struct packet out;
	uint32_t from;
	char text[40];
	int fd, s;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = attach("t0", IFF_TUN | IFF_NO_PI, NULL)));
	ASSERT_OK(suite_address_add("t0", OURS, 24));
	ASSERT_OK(suite_net_up("t0"));
	ASSERT_OK((s = suite_udp_socket(OURS, 42)));
	in.ip.check = checksum(&in.ip, sizeof(in.ip));
	ASSERT_EQ((ssize_t)sizeof(in), write(fd, &in, sizeof(in)));
	ASSERT_OK(suite_udp_next(s, text, &from, NULL));
	EXPECT_STREQ("in", text);
	EXPECT_EQ(PEER, from);
	ASSERT_OK(suite_udp_send(s, PEER, 43, "out"));
	do {	/* IPv6 says something by itself */
		ASSERT_LT(0, read(fd, &out, sizeof(out)));
	} while (out.ip.version != 4 || out.ip.protocol != IPPROTO_UDP);
	EXPECT_EQ(htonl(OURS), out.ip.saddr);
	EXPECT_EQ(htonl(PEER), out.ip.daddr);
	EXPECT_EQ(htons(43), out.udp.dest);
	EXPECT_EQ(0, memcmp("out", out.text, 4));
}

SUITE_TEST(device_ends_with_its_descriptor, .needs = NEEDS, .promise = DOC ": 1. Description; TUNSETPERSIST")
{
	int fd, copy;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = attach("t0", IFF_TAP, NULL)));
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	close(fd);
	EXPECT_LE(0, suite_net_flags("t0"));
	close(copy);
	EXPECT_REFUSED(ENODEV, suite_net_flags("t0"));
	/* A persistent one stays, without a carrier until somebody attaches. */
	ASSERT_OK((fd = attach("t1", IFF_TAP, NULL)));
	ASSERT_SYS(ioctl(fd, TUNSETPERSIST, 1));
	close(fd);
	EXPECT_LE(0, suite_net_flags("t1"));
	ASSERT_OK((fd = attach("t1", IFF_TAP, NULL)));
	ASSERT_SYS(ioctl(fd, TUNSETPERSIST, 0));
	close(fd);
	EXPECT_REFUSED(ENODEV, suite_net_flags("t1"));
}

SUITE_TEST(one_reader_and_of_one_kind, .needs = NEEDS, .promise = DOC ": 3.3 Multiqueue (IFF_MULTI_QUEUE), since 3.8")
{
	int fd, other;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = attach("t0", IFF_TAP, NULL)));
	EXPECT_REFUSED(EBUSY, attach("t0", IFF_TAP, NULL));
	EXPECT_REFUSED(EINVAL, attach("t0", IFF_TUN, NULL));
	EXPECT_REFUSED(EINVAL, attach("lo", IFF_TAP, NULL));	/* not a device of this kind */
	if (!suite_kernel(3, 8))
		return;
	ASSERT_OK((other = attach("t1", IFF_TAP | IFF_MULTI_QUEUE, NULL)));
	EXPECT_OK(attach("t1", IFF_TAP | IFF_MULTI_QUEUE, NULL));
}

SUITE_TEST(names_follow_a_pattern, .needs = NEEDS, .promise = DOC ": 3.1 Network device allocation (\"tun%d\")")
{
	char first[IFNAMSIZ], second[IFNAMSIZ];
	int ns;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(attach("sw%d", IFF_TUN, first));
	ASSERT_OK(attach("sw%d", IFF_TUN, second));
	EXPECT_STREQ("sw0", first);
	EXPECT_STREQ("sw1", second);
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK(attach("sw%d", IFF_TUN, first));	/* names are each namespace's own */
	EXPECT_STREQ("sw0", first);
}

SUITE_TEST(owner_may_attach, .needs = NEEDS, .promise = DOC ": 2. Configuration; ip-tuntap(8): user")
{
	int fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = attach("t0", IFF_TAP, NULL)));
	ASSERT_SYS(ioctl(fd, TUNSETOWNER, 5));
	ASSERT_SYS(ioctl(fd, TUNSETPERSIST, 1));
	close(fd);
	/* The node may be closed to them; a descriptor is enough. */
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	ASSERT_SYS(fd);
	for (uid_t uid = 6; uid >= 5; uid--) {
		CHILD(pid, 0) {
			struct ifreq own = { .ifr_name = "t0", .ifr_flags = IFF_TAP };
			struct ifreq fresh = { .ifr_name = "t9", .ifr_flags = IFF_TAP };

			ASSERT_OK(suite_become(uid, uid));
			EXPECT_EQ(-1, ioctl(fd, TUNSETIFF, &fresh));	/* not make one */
			EXPECT_EQ(EPERM, errno);
			EXPECT_EQ(uid == 5 ? 0 : -1, ioctl(fd, TUNSETIFF, &own));
			if (uid != 5)
				EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, pid);
	}
}

SUITE_TEST(belongs_to_the_openers_namespace, .needs = NEEDS, .promise = DOC "; network_namespaces(7): ip-link(8): netns")
{
	struct ifreq ifr = { .ifr_name = "t0", .ifr_flags = IFF_TAP | IFF_NO_PI };
	char text[40];
	uint8_t to[6];
	int own, ns, fd, s;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(suite_netns_enter(ns));
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	ASSERT_SYS(fd);
	ASSERT_OK(suite_netns_enter(own));
	/* Where it was opened counts, not where we are: so can a device be made for a container. */
	ASSERT_SYS(ioctl(fd, TUNSETIFF, &ifr));
	EXPECT_REFUSED(ENODEV, suite_net_flags("t0"));
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_LE(0, suite_net_flags("t0"));
	/* And it stays attached where the device is moved to. */
	ASSERT_OK(suite_link_move("t0", own));
	EXPECT_REFUSED(ENODEV, suite_net_flags("t0"));
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(suite_net_up("t0"));
	ASSERT_OK((s = suite_frame_socket("t0")));
	ASSERT_OK(suite_frame_send(s, station_b, station_a, "moved"));
	ASSERT_OK(next_frame(fd, text, to));
	EXPECT_STREQ("moved", text);
}
