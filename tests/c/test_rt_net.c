// SPDX-License-Identifier: GPL-2.0-only
/* Networks of a spec: names, hardware addresses, and what is refused before anything is done. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/rt_net.h"
#include "unit.h"

#define S(text) ((char *)(text))

static struct rt_net net(enum rt_net_type type, const char *link, const char *name)
{
	return (struct rt_net){ .type = type, .link = S(link), .name = S(name), .index = -1, .mode = -1,
				.vlan_id = -1, .origin = S("file:7") };
}

static const char *name_of(struct rt_net *nets, size_t count, size_t i)
{
	const struct rt_spec spec = { .nets = nets, .net_count = count };
	static char name[16];

	rt_net_name(&spec, i, name);
	return name;
}

UNIT(rt_net_names_inside)
{
	struct rt_net nets[] = {
		net(RT_NET_VETH, NULL, NULL), net(RT_NET_EMPTY, NULL, NULL),
		net(RT_NET_MACVLAN, "l", "eth0"), net(RT_NET_PHYS, "eth2", NULL),
		net(RT_NET_VETH, NULL, NULL), net(RT_NET_VETH, NULL, "lan%d"),
		net(RT_NET_VETH, NULL, "lan%d"),
	};

	/* A name that was given is nobody else's, whether it comes before or after. */
	CHECK_STR(name_of(nets, 7, 0), "eth1");
	CHECK_STR(name_of(nets, 7, 2), "eth0");
	CHECK_STR(name_of(nets, 7, 3), "eth2");
	CHECK_STR(name_of(nets, 7, 4), "eth3");
	CHECK_STR(name_of(nets, 7, 5), "lan0");
	CHECK_STR(name_of(nets, 7, 6), "lan1");
}

UNIT(rt_net_hardware_addresses)
{
	unsigned char mac[6], again[6];
	bool differs = false;
	char text[18];

	for (int i = 0; i < 200; i++) {
		rt_net_mac("xx:xx:xx:xx:xx:xx", mac);
		CHECK((mac[0] & 3) == 2);	/* of one device, and of no maker */
		rt_net_mac("Xx:16:3e:x1:1x:xx", again);
		CHECK((again[0] & 1) == 0);
		CHECK(again[1] == 0x16 && again[2] == 0x3e && (again[3] & 15) == 1 && again[4] >> 4 == 1);
		differs |= mac[5] != again[5];
	}
	CHECK(differs);
	rt_net_mac("00:16:3e:AB:cd:09", mac);
	rt_net_mac_text(mac, text);
	CHECK_STR(text, "00:16:3e:ab:cd:09");
	CHECK_INT(rt_net_mac_parse(text, again), 0);
	CHECK(!memcmp(mac, again, 6));
	CHECK_INT(rt_net_mac_parse("00:16:3e:ab:cd:xx", again), -1);
	CHECK_INT(rt_net_mac_parse("-", again), -1);
}

static const char *refused(struct rt_net *nets, size_t count, uint64_t ns)
{
	const struct rt_spec spec = { .nets = nets, .net_count = count, .ns = ns };
	static struct sw_error err;

	memset(&err, 0, sizeof(err));
	return rt_net_check(&spec, &err) ? err.msg : "";
}

#define REFUSED(n, part) CHECK(strstr(refused(&(n), 1, SW_CLONE_NEWNET), part) != NULL)

UNIT(rt_net_refuses)
{
	struct rt_net n = net(RT_NET_VETH, NULL, NULL), two[2] = { n, n };
	struct rt_ip four = { .family = AF_INET, .bytes = { 10, 0, 0, 1 }, .prefix = 8 };

	CHECK_STR(refused(&n, 1, SW_CLONE_NEWNET), "");
	CHECK_STR(refused(two, 2, SW_CLONE_NEWNET), "");
	CHECK(strstr(refused(&n, 1, 0), "file:7: network of type veth needs a network namespace") != NULL);
	two[0].name = two[1].name = S("a");
	CHECK(strstr(refused(two, 2, SW_CLONE_NEWNET), "two networks") != NULL);
	n = net(RT_NET_MACVLAN, NULL, NULL);
	REFUSED(n, "needs a link");
	n = net(RT_NET_VLAN, "l", NULL);
	REFUSED(n, "needs a vlan.id");
	n = net(RT_NET_IPVLAN, "l", NULL);
	n.hwaddr = S("00:16:3e:xx:xx:xx");
	REFUSED(n, "hwaddr");
	n = net(RT_NET_VETH, NULL, "lo");
	REFUSED(n, "lo inside");
	n = net(RT_NET_VETH, "br", NULL);
	n.l2proxy = true;
	REFUSED(n, "l2proxy");
	n = net(RT_NET_IPVLAN, "l", NULL);
	n.l2proxy = true;
	REFUSED(n, "mode l3s only");
	n.mode = 2;
	CHECK_STR(refused(&n, 1, SW_CLONE_NEWNET), "");
	n = net(RT_NET_VETH, NULL, NULL);
	n.vlans.untagged = 4;
	REFUSED(n, "VLANs and no bridge");
	n = net(RT_NET_VETH, "br", NULL);
	n.gateway[0].how = RT_GATEWAY_AUTO;
	REFUSED(n, "set flags to up");
	n.up = true;
	REFUSED(n, "no IPv4 address");
	n.addresses = &four;
	n.address_count = 1;
	CHECK_STR(refused(&n, 1, SW_CLONE_NEWNET), "");
	n.gateway[1].how = RT_GATEWAY_DEV;
	REFUSED(n, "no IPv6 address");
	n.gateway[1].how = RT_GATEWAY_NONE;
	n.type = RT_NET_PHYS;
	REFUSED(n, "gateway auto");
}

UNIT(rt_net_addresses_as_text)
{
	struct rt_ip ip = { .family = AF_INET, .bytes = { 10, 0, 0, 1 } };
	char text[64];

	CHECK_STR(rt_ip_text(&ip, -1, text), "10.0.0.1");
	CHECK_STR(rt_ip_text(&ip, 8, text), "10.0.0.1/8");
	ip = (struct rt_ip){ .family = AF_INET6, .bytes = { 0xfd, [15] = 1 } };
	CHECK_STR(rt_ip_text(&ip, 64, text), "fd00::1/64");
}
