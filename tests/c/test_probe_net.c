// SPDX-License-Identifier: GPL-2.0-only
/* The pure parts of the networking rows: lists that the kernel writes, netlink messages, the rows. */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "feature.h"
#include "features/net.h"
#include "join.h"
#include "modules.h"
#include "sw_netlink.h"
#include "unit.h"

UNIT(net_reads_netlink_protocols)
{
	static const char text[] =
		"sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
		"00000000a1b2c3d4 0   812        00000551 0        0        0     2        0        17212\n"
		"00000000a1b2c3d5 0   0          00000000 0        0        0     2        0        12\n"
		"00000000a1b2c3d6 12  4711       00000000 0        0        0     2        0        18\n"
		"00000000a1b2c3d7 16  0          00000000 0        0        0     2        0        19\n"
		"00000000a1b2c3d8 6   0";

	CHECK(net_protocol_listed(text, NET_NL_ROUTE));
	CHECK(net_protocol_listed(text, NET_NL_GENERIC));
	/* Without a newline at the end. */
	CHECK(net_protocol_listed(text, NET_NL_XFRM));
	/* A process has one, but the kernel does not: nobody answers. */
	CHECK(!net_protocol_listed(text, NET_NL_NETFILTER));
	CHECK(!net_protocol_listed(text, 1));
	CHECK(!net_protocol_listed("", 0));
	CHECK(!net_protocol_listed("sk Eth Pid\n", 0));
	CHECK(!net_protocol_listed("00000000a1b2c3d4\n 0\n", 0));
}

UNIT(net_reads_lists_of_extensions)
{
	static const char text[] = "multiport\nmultiport\nstatistic\nmark\nset";

	CHECK(net_line_listed(text, "multiport"));
	CHECK(net_line_listed(text, "mark"));
	CHECK(net_line_listed(text, "set"));
	CHECK(!net_line_listed(text, "stat"));
	CHECK(!net_line_listed(text, "statistics"));
	CHECK(!net_line_listed(text, ""));
	CHECK(!net_line_listed("", "set"));
}

UNIT(net_finds_modules_in_lists)
{
	static const char dep[] =
		"kernel/net/netfilter/xt_addrtype.ko.xz: kernel/net/netfilter/x_tables.ko.xz\n"
		"kernel/net/netfilter/xt_set.ko.xz: kernel/net/netfilter/ipset/ip_set.ko.xz\n"
		"kernel/net/ipv4/netfilter/nf_nat.ko:\n"
		"kernel/net/netfilter/ipset/ip_set.ko.xz:\n"
		"kernel/drivers/net/af-packet.ko";
	char path[64] = "untouched";

	CHECK(module_in_list(dep, "xt_set", path, sizeof(path)));
	CHECK_STR(path, "kernel/net/netfilter/xt_set.ko.xz");
	/* Not the dependency on the right of another's colon. */
	CHECK(module_in_list(dep, "ip_set", path, sizeof(path)));
	CHECK_STR(path, "kernel/net/netfilter/ipset/ip_set.ko.xz");
	CHECK(!module_in_list(dep, "x_tables", path, sizeof(path)));
	CHECK(module_in_list(dep, "nf_nat", path, sizeof(path)));
	CHECK(!module_in_list(dep, "nf", path, sizeof(path)));
	CHECK(module_in_list(dep, "af_packet", path, sizeof(path)));
	CHECK_STR(path, "kernel/drivers/net/af-packet.ko");
	CHECK(!module_in_list("", "veth", path, sizeof(path)));
	CHECK(!module_in_list("\n\n:\n", "veth", path, sizeof(path)));
}

UNIT(netlink_network_order)
{
	static const unsigned char want[] = { 8, 0, 1, 0, 1, 2, 3, 4, 6, 0, 2, 0, 0xab, 0xcd, 0, 0 };
	struct sw_nl_msg m;

	sw_nl_begin(&m, 1, 0, NULL, 0);
	sw_nl_put_be32(&m, 1, 0x01020304);
	sw_nl_put_be16(&m, 2, 0xabcd);
	CHECK(!m.overflow);
	CHECK_INT(m.hdr.nlmsg_len, NLMSG_HDRLEN + sizeof(want) - 2);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	CHECK(!memcmp(m.bytes + NLMSG_HDRLEN, want, sizeof(want)));
#endif
}

UNIT(netlink_batch_refuses_what_does_not_fit)
{
	struct sw_nl nl = SW_NL_INIT;
	struct sw_nl_msg m;
	struct sw_nl_msg *nine[9];
	size_t failed = 99;

	sw_nl_begin(&m, 1, 0, NULL, 0);
	for (size_t i = 0; i < 9; i++)
		nine[i] = &m;
	CHECK_INT(sw_nl_batch(&nl, nine, 9, &failed), -EMSGSIZE);
	m.overflow = true;
	CHECK_INT(sw_nl_batch(&nl, nine, 1, &failed), -EMSGSIZE);
	CHECK_INT(failed, 99);
}

/* What a configuration of one version says of a row. */
static const char *configured(const char *id, uint32_t version, const char *text)
{
	struct sw_error err = { 0 };
	struct kconfig *kc = NULL;
	enum kconfig_state s;
	char why[160];

	CHECK_INT(kconfig_parse(text, strlen(text), &kc, &err), 0);
	s = feature_configured(feature_find(id), kc, version, why, sizeof(why));
	kconfig_free(kc);
	return kconfig_state_name(s);
}

/*
 * Names that came and went: a row that looks for the wrong one says "missing" of what is there,
 * as lxc-checkconfig and check-config.sh do for NF_NAT_IPV4 and NF_NAT_NEEDED on 5.1 and 5.2.
 */
UNIT(net_rows_follow_the_names)
{
#define FULL "CONFIG_MODULES=y\nCONFIG_INIT_ENV_ARG_LIMIT=32\nCONFIG_NET=y\nCONFIG_NETFILTER=y\n"
	static const struct {
		const char *id;
		uint32_t version;
		const char *text, *want;
	} rows[] = {
		{ "net.nat", KVER(3, 4), FULL "CONFIG_NF_NAT=m\n", "module" },
		{ "net.nat", KVER(4, 9), FULL "CONFIG_IP_NF_NAT=m\n# CONFIG_NFT_NAT is not set\n", "module" },
		{ "net.nat", KVER(5, 1), FULL "CONFIG_IP_NF_NAT=y\nCONFIG_NF_NAT=y\n", "builtin" },
		{ "net.nat", KVER(5, 2), FULL "CONFIG_NF_TABLES=m\nCONFIG_NF_TABLES_IPV4=y\nCONFIG_NFT_NAT=m\n"
		  "# CONFIG_IP_NF_NAT is not set\n", "module" },
		{ "net.masquerade", KVER(5, 1), FULL "CONFIG_IP_NF_TARGET_MASQUERADE=m\n# CONFIG_NFT_MASQ is not set\n",
		  "module" },
		{ "net.xt_masquerade", KVER(5, 1), FULL "CONFIG_IP_NF_TARGET_MASQUERADE=m\n", "module" },
		{ "net.xt_masquerade", KVER(5, 2), FULL "CONFIG_NETFILTER_XT_TARGET_MASQUERADE=m\n", "module" },
		{ "net.iptables_nat", KVER(3, 10), FULL "CONFIG_NF_NAT_IPV4=y\n", "builtin" },
		{ "net.iptables_nat", KVER(4, 19), FULL "CONFIG_IP_NF_NAT=m\n", "module" },
		{ "net.conntrack", KVER(4, 18), FULL "CONFIG_NF_CONNTRACK=y\nCONFIG_NF_CONNTRACK_IPV4=y\n", "builtin" },
		{ "net.conntrack", KVER(4, 19), FULL "CONFIG_NF_CONNTRACK=y\n", "builtin" },
		{ "net.nft_counter", KVER(5, 15), FULL "CONFIG_NF_TABLES=y\nCONFIG_NF_TABLES_IPV4=y\nCONFIG_NFT_COUNTER=m\n",
		  "module" },
		{ "net.nft_counter", KVER(5, 17), FULL "CONFIG_NF_TABLES=y\nCONFIG_NF_TABLES_IPV4=y\n", "builtin" },
		{ "net.nft_masq", KVER(5, 10), FULL "CONFIG_NF_TABLES=m\nCONFIG_NF_TABLES_IPV4=y\nCONFIG_NFT_NAT=m\n"
		  "CONFIG_NFT_MASQ=m\n", "module" },
		{ "net.xt_log", KVER(3, 2), FULL "CONFIG_IP_NF_TARGET_LOG=m\n", "module" },
		{ "net.xt_log", KVER(3, 4), FULL "CONFIG_NETFILTER_XT_TARGET_LOG=m\n", "module" },
		{ "net.xt_mark", KVER3(2, 6, 32), FULL "CONFIG_NETFILTER_XT_TARGET_MARK=m\n", "module" },
		{ "net.xt_mark", KVER(3, 0), FULL "CONFIG_NETFILTER_XT_MARK=m\n", "module" },
		{ "net.ipvlan_l3s", KVER(4, 14), FULL "CONFIG_IPVLAN=m\n", "module" },
		{ "net.ipvlan_l3s", KVER(5, 4), FULL "CONFIG_IPVLAN=m\nCONFIG_IPVLAN_L3S=y\n", "module" },
		{ "net.overlay_encryption", KVER(5, 3), FULL "CONFIG_XFRM_USER=y\nCONFIG_INET_ESP=y\nCONFIG_CRYPTO_GCM=y\n"
		  "CONFIG_CRYPTO_SEQIV=y\n", "builtin" },
		/* From 6.17 on the tables are there only where they are asked for (9fce66583f06). */
		{ "net.iptables_legacy", KVER(6, 12), FULL "CONFIG_IP_NF_IPTABLES=m\nCONFIG_IP_NF_FILTER=m\n", "module" },
		{ "net.iptables_legacy", KVER(6, 17), FULL "CONFIG_NETFILTER_XTABLES_LEGACY=y\n"
		  "CONFIG_IP_NF_IPTABLES_LEGACY=m\nCONFIG_IP_NF_FILTER=m\n", "module" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = configured(rows[i].id, rows[i].version, rows[i].text);

		unit_check(!strcmp(got, rows[i].want), __FILE__, __LINE__, "row %zu, %s: %s, not %s", i, rows[i].id,
			   got, rows[i].want);
	}
}

/* Row 17 of what today's checkers have wrong: a whole configuration of 6.18 without legacy tables. */
UNIT(net_legacy_tables_gone)
{
	static const char text[] = "# Linux/x86 6.18.0 Kernel Configuration\n# CONFIG_NETFILTER_XTABLES_LEGACY is not set\n"
		FULL "CONFIG_IP_NF_IPTABLES=m\nCONFIG_NFT_COMPAT=m\nCONFIG_IP_NF_TARGET_REJECT=m\n";
	const struct feature *f = feature_find("net.iptables_legacy");
	struct sw_error err = { 0 };
	struct kconfig *kc = NULL;
	char wanted[160];

	CHECK(strcmp(configured(f->id, KVER(6, 18), text), "module") != 0);
	CHECK(strcmp(configured(f->id, KVER(6, 18), text), "builtin") != 0);
	CHECK_STR(configured("net.xt_reject", KVER(6, 18), text), "module");
	CHECK_INT(kconfig_parse(text, strlen(text), &kc, &err), 0);
	feature_wanted_symbols(f, kc, KVER(6, 18), wanted, sizeof(wanted));
	CHECK(strstr(wanted, "CONFIG_NETFILTER_XTABLES_LEGACY=y") != NULL);
	CHECK(strstr(wanted, "CONFIG_IP_NF_FILTER=y") != NULL);
	kconfig_free(kc);
}
