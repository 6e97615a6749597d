// SPDX-License-Identifier: GPL-2.0-only
/*
 * iptables: the legacy tables, and the matches and targets (xtables extensions) that rules of
 * container engines use, be they loaded by iptables-legacy or, through nft_compat, by iptables-nft.
 *
 * Tables: IPT_SO_GET_INFO of a table makes the kernel load it ("iptable_NAME") and sets it up in
 * the network namespace, so that is asked in one of our own, and only where the table is there.
 *
 * Extensions: /proc/net/ip_tables_matches and _targets list what is registered, and nothing is
 * loaded by reading them; what they list is then asked for by name, which finds it without
 * loading anything (xt_find_revision() goes first). The lists exist where the legacy tables do;
 * elsewhere nft_compat is asked, if that and the extension are there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/net.h"
#include "join.h"
#include "modules.h"
#include "sw_fd.h"

/* include/uapi/linux/netfilter_ipv4/ip_tables.h and netfilter_ipv6/ip6_tables.h */
enum { SO_GET_INFO = 64, IPT_GET_MATCH = 66, IPT_GET_TARGET = 67, IP6T_GET_MATCH = 68, IP6T_GET_TARGET = 69 };
enum { LEVEL_IP = 0, LEVEL_IPV6 = 41 };

struct xt_getinfo {
	char name[32];
	uint32_t valid_hooks, hook_entry[5], underflow[5], num_entries, size;
};

struct xt_revision {		/* include/uapi/linux/netfilter/x_tables.h */
	char name[29];
	uint8_t revision;
};

/* What f->num says of an extension. */
enum { XT_MATCH = 0, XT_TARGET = 1, XT_IPV6 = 2, XT_TARGET6 = XT_TARGET | XT_IPV6 };

static int open_family(bool ipv6)
{
	int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, 255);

	return fd < 0 ? -errno : fd;
}

/* ---- tables ------------------------------------------------------------------------------------- */

static void judge_info(const struct probe_ctx *ctx, const struct feature *f, int r,
		       const struct xt_getinfo *info, struct live *ret)
{
	char what[120];

	switch (-r) {
	case 0:
		if (strcmp(info->name, f->arg) || !info->valid_hooks || !info->num_entries)
			live_set(ret, LIVE_BROKEN, 0, "IPT_SO_GET_INFO %s: 0, with hooks %#x and %u entries",
				 f->arg, info->valid_hooks, info->num_entries);
		else
			live_set(ret, LIVE_WORKS, 0, "IPT_SO_GET_INFO %s: hooks %#x, %u entries, in a network "
				 "namespace of our own", f->arg, info->valid_hooks, info->num_entries);
		break;
	case EPERM:
		live_set(ret, LIVE_DENIED, r, "IPT_SO_GET_INFO %s: EPERM", f->arg);
		live_blame_privilege(ret);
		break;
	case ENOPROTOOPT:
	case ENOENT:
		snprintf(what, sizeof(what), "IPT_SO_GET_INFO %s: %s", f->arg,
			 r == -ENOENT ? "ENOENT, no such table" : "ENOPROTOOPT, no legacy tables at all");
		module_explain_absent(ctx, f, what, ret);
		break;
	default:
		live_set(ret, LIVE_BROKEN, r, "IPT_SO_GET_INFO %s: %s", f->arg, sw_errno_name(r));
	}
}

/* @f->arg: the table */
static void probe_table(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { f->module, NULL }, { NULL, NULL } };
	bool ipv6 = f->num & XT_IPV6;
	struct xt_getinfo info = { 0 };
	socklen_t len = sizeof(info);
	struct live_way way;
	int fd __sw_fd = -1;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter(ctx, ret, &way))
		return;
	fd = open_family(ipv6);
	if (fd < 0) {
		live_set(ret, fd == -EAFNOSUPPORT ? LIVE_ABSENT : LIVE_UNKNOWN, fd, "socket(%s, SOCK_RAW): %s",
			 ipv6 ? "AF_INET6" : "AF_INET", sw_errno_name(fd));
		return;
	}
	snprintf(info.name, sizeof(info.name), "%s", f->arg);
	judge_info(ctx, f, getsockopt(fd, ipv6 ? LEVEL_IPV6 : LEVEL_IP, SO_GET_INFO, &info, &len) ? -errno : 0,
		   &info, ret);
}

/* ---- extensions --------------------------------------------------------------------------------- */

/* Is it in the list of registered ones? 1, 0, or -1: there is no list, or it may not be read. */
static int listed(const struct feature *f)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/net/%s_%s", f->num & XT_IPV6 ? "ip6_tables" : "ip_tables",
		 f->num & XT_TARGET ? "targets" : "matches");
	if (sw_read_file(AT_FDCWD, path, &b, 1 << 16))
		return -1;
	return net_line_listed(sw_buf_str(&b), f->arg);
}

/* The newest revision that the kernel has of something registered, or -errno. */
static int best_revision(const struct feature *f)
{
	static const int optname[] = { IPT_GET_MATCH, IPT_GET_TARGET, IP6T_GET_MATCH, IP6T_GET_TARGET };
	int fd __sw_fd = open_family(f->num & XT_IPV6), best = -ENOENT;

	if (fd < 0)
		return fd;
	/* Not every extension still has revision 0; the highest of all so far is set's 4. */
	for (uint8_t revision = 0; revision < 6; revision++) {
		struct xt_revision rev = { .revision = revision };
		socklen_t len = sizeof(rev);

		snprintf(rev.name, sizeof(rev.name), "%s", f->arg);
		if (!getsockopt(fd, f->num & XT_IPV6 ? LEVEL_IPV6 : LEVEL_IP, optname[f->num], &rev, &len))
			best = revision;
		else if (errno != EPROTONOSUPPORT)
			return best >= 0 ? best : -errno;
	}
	return best;
}

static void ask_legacy(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *what = f->num & XT_TARGET ? "target" : "match";
	int r = best_revision(f);
	char text[120];

	if (r >= 0)
		live_set(ret, LIVE_WORKS, 0, "the kernel knows the %s %s, up to revision %d "
			 "(IPT_SO_GET_REVISION)", what, f->arg, r);
	else if (r == -ENOENT) {
		snprintf(text, sizeof(text), "IPT_SO_GET_REVISION %s %s: ENOENT", what, f->arg);
		module_explain_absent(ctx, f, text, ret);
	} else {
		live_set(ret, r == -EPERM ? LIVE_DENIED : LIVE_BROKEN, r, "IPT_SO_GET_REVISION %s %s: %s", what,
			 f->arg, sw_errno_name(r));
		if (r == -EPERM)
			live_blame_privilege(ret);
	}
}

/* include/uapi/linux/netfilter/nfnetlink.h, nf_tables_compat.h */
enum { SUBSYS_NFT_COMPAT = 11, MSG_COMPAT_GET = 0 };
enum { COMPAT_NAME = 1, COMPAT_REV = 2, COMPAT_TYPE = 3 };


/* The same question through nft_compat. 0, or -errno. */
static int compat_revision(const struct feature *f, struct sw_nl *nl)
{
	struct sw_nfgenmsg nf = { .family = f->num & XT_IPV6 ? AF_INET6 : AF_INET };
	int r = -ENOENT;

	for (uint32_t revision = 0; revision < 9 && r; revision++) {
		struct sw_nl_msg m;

		sw_nl_begin(&m, SUBSYS_NFT_COMPAT << 8 | MSG_COMPAT_GET, 0, &nf, sizeof(nf));
		sw_nl_put_str(&m, COMPAT_NAME, f->arg);
		sw_nl_put_be32(&m, COMPAT_REV, revision);
		sw_nl_put_be32(&m, COMPAT_TYPE, f->num & XT_TARGET);
		r = sw_nl_ack(nl, &m);
		if (r && r != -EPROTONOSUPPORT)
			break;
	}
	return r;
}

/* No legacy tables: iptables-nft works all the same, by nft_compat. */
static void ask_compat(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { f->module, NULL }, { "nft_compat", "NFT_COMPAT" }, { NULL, NULL } };
	const char *what = f->num & XT_TARGET ? "target" : "match";
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int r;

	if (!net_may_ask(ctx, f, parts, ret)) {
		/* The extension itself is there: only the way to ask is missing. */
		if (net_part_there(ctx, f, &parts[0]) == 1) {
			live_set(ret, LIVE_UNKNOWN, 0, "%s is there, but neither legacy tables nor nft_compat to ask it "
				 "through", f->module);
			ret->cause = FINDING_NONE;
			ret->cause_text[0] = 0;
		}
		return;
	}
	r = sw_nl_open(&nl, NET_NL_NETFILTER);
	if (!r)
		r = compat_revision(f, &nl);
	if (!r)
		live_set(ret, LIVE_WORKS, 0, "the kernel knows the %s %s (NFNL_MSG_COMPAT_GET)", what, f->arg);
	else if (r == -ENOENT)
		module_explain_absent(ctx, f, "NFNL_MSG_COMPAT_GET: ENOENT", ret);
	else
		live_set(ret, LIVE_UNKNOWN, r, "NFNL_MSG_COMPAT_GET %s: %s", f->arg, sw_errno_name(r));
}

/* @f->arg: its name; @f->num: match or target, IPv4 or IPv6 */
static void probe_extension(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	char text[120];
	int l;

	if (net_privilege(ctx, ret, &way))
		return;
	l = listed(f);
	if (l == 1 || (l == 0 && ctx->load_modules)) {
		ask_legacy(ctx, f, ret);
	} else if (l == 0) {
		snprintf(text, sizeof(text), "no %s in /proc/net/%s_%s", f->arg,
			 f->num & XT_IPV6 ? "ip6_tables" : "ip_tables",
			 f->num & XT_TARGET ? "targets" : "matches");
		module_explain_absent(ctx, f, text, ret);
	} else {
		ask_compat(ctx, f, ret);
	}
}

/* ---- rows --------------------------------------------------------------------------------------- */

#define TABLE(id_, title_, table_, family_, module_, since_, commit_, ...) \
	{ .id = "net." id_, .title = title_, .area = "xtables", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_table, .arg = table_, .num = family_, \
	  .module = module_, .remedy = "or use iptables over nftables (iptables-nft), which needs no legacy tables" }
#define EXT(id_, kind_, name_, module_, since_, commit_, ...) \
	{ .id = "net.xt_" id_, .title = "iptables " kind_##_WORD " " name_, .area = "xtables", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_extension, .arg = name_, .num = kind_, \
	  .module = module_ }
#define XT_MATCH_WORD "match"
#define XT_TARGET_WORD "target"
#define XT_TARGET6_WORD "target (IPv6)"
#define ALWAYS KVER_NONE

static const struct feature rows[] = {
	TABLE("iptables_legacy", "Legacy iptables, with its filter table", "filter", 0, "iptable_filter", ALWAYS,
	      "net/ipv4/netfilter/iptable_filter.c; 9fce66583f06 (6.17)",
	      { ALWAYS, KVER(6, 17), "IP_NF_IPTABLES && IP_NF_FILTER" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP_NF_IPTABLES_LEGACY && IP_NF_FILTER" }),
	TABLE("iptables_nat", "Legacy iptables: nat table", "nat", 0, "iptable_nat", ALWAYS,
	      "c7232c9979cb, 8993cf8edf42", { ALWAYS, KVER(3, 7), "NF_NAT" },
	      { KVER(3, 7), KVER(3, 17), "NF_NAT_IPV4" }, { KVER(3, 17), KVER(6, 17), "IP_NF_NAT" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP_NF_IPTABLES_LEGACY && IP_NF_NAT" }),
	TABLE("iptables_mangle", "Legacy iptables: mangle table", "mangle", 0, "iptable_mangle", ALWAYS,
	      "net/ipv4/netfilter/iptable_mangle.c", { ALWAYS, KVER(6, 17), "IP_NF_MANGLE" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP_NF_IPTABLES_LEGACY && IP_NF_MANGLE" }),
	TABLE("iptables_raw", "Legacy iptables: raw table", "raw", 0, "iptable_raw", ALWAYS,
	      "net/ipv4/netfilter/iptable_raw.c", { ALWAYS, KVER(6, 17), "IP_NF_RAW" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP_NF_IPTABLES_LEGACY && IP_NF_RAW" }),
	TABLE("ip6tables_legacy", "Legacy ip6tables, with its filter table", "filter", XT_IPV6,
	      "ip6table_filter", ALWAYS, "net/ipv6/netfilter/ip6table_filter.c; 9fce66583f06 (6.17)",
	      { ALWAYS, KVER(6, 17), "IP6_NF_IPTABLES && IP6_NF_FILTER" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP6_NF_IPTABLES_LEGACY && IP6_NF_FILTER" }),
	TABLE("ip6tables_nat", "Legacy ip6tables: nat table", "nat", XT_IPV6, "ip6table_nat", KVER(3, 7),
	      "58a317f1061c", { KVER(3, 7), KVER(3, 17), "NF_NAT_IPV6" },
	      { KVER(3, 17), KVER(6, 17), "IP6_NF_NAT" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP6_NF_IPTABLES_LEGACY && IP6_NF_NAT" }),
	TABLE("ip6tables_mangle", "Legacy ip6tables: mangle table", "mangle", XT_IPV6, "ip6table_mangle", ALWAYS,
	      "net/ipv6/netfilter/ip6table_mangle.c", { ALWAYS, KVER(6, 17), "IP6_NF_MANGLE" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP6_NF_IPTABLES_LEGACY && IP6_NF_MANGLE" }),
	TABLE("ip6tables_raw", "Legacy ip6tables: raw table", "raw", XT_IPV6, "ip6table_raw", ALWAYS,
	      "net/ipv6/netfilter/ip6table_raw.c", { ALWAYS, KVER(6, 17), "IP6_NF_RAW" },
	      { KVER(6, 17), 0, "NETFILTER_XTABLES_LEGACY && IP6_NF_IPTABLES_LEGACY && IP6_NF_RAW" }),

	EXT("addrtype", XT_MATCH, "addrtype", "xt_addrtype", ALWAYS, "de81bbea1765",
	    { ALWAYS, KVER3(2, 6, 39), "IP_NF_MATCH_ADDRTYPE" },
	    { KVER3(2, 6, 39), 0, "NETFILTER_XT_MATCH_ADDRTYPE" }),
	EXT("bpf", XT_MATCH, "bpf", "xt_bpf", KVER(3, 9), "e6f30c731718",
	    { KVER(3, 9), 0, "NETFILTER_XT_MATCH_BPF" }),
	EXT("cgroup", XT_MATCH, "cgroup", "xt_cgroup", KVER(3, 14), "82a37132f300",
	    { KVER(3, 14), 0, "NETFILTER_XT_MATCH_CGROUP" }),
	EXT("comment", XT_MATCH, "comment", "xt_comment", ALWAYS, "net/netfilter/xt_comment.c (2.6.16)",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_COMMENT" }),
	EXT("conntrack", XT_MATCH, "conntrack", "xt_conntrack", ALWAYS, "net/netfilter/xt_conntrack.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_CONNTRACK" }),
	EXT("hashlimit", XT_MATCH, "hashlimit", "xt_hashlimit", ALWAYS, "net/netfilter/xt_hashlimit.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_HASHLIMIT" }),
	EXT("hl", XT_MATCH, "ttl", "xt_hl", ALWAYS, "net/netfilter/xt_hl.c (2.6.30)",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_HL" }),
	EXT("ipvs", XT_MATCH, "ipvs", "xt_ipvs", KVER3(2, 6, 37), "9c3e1c396791",
	    { KVER3(2, 6, 37), 0, "NETFILTER_XT_MATCH_IPVS" }),
	EXT("limit", XT_MATCH, "limit", "xt_limit", ALWAYS, "net/netfilter/xt_limit.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_LIMIT" }),
	EXT("match_mark", XT_MATCH, "mark", "xt_mark", ALWAYS, "28b949885f80",
	    { ALWAYS, KVER3(2, 6, 35), "NETFILTER_XT_MATCH_MARK" }, { KVER3(2, 6, 35), 0, "NETFILTER_XT_MARK" }),
	EXT("multiport", XT_MATCH, "multiport", "xt_multiport", ALWAYS, "net/netfilter/xt_multiport.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_MULTIPORT" }),
	EXT("nfacct", XT_MATCH, "nfacct", "xt_nfacct", KVER(3, 3), "ceb98d03eac5",
	    { KVER(3, 3), 0, "NETFILTER_XT_MATCH_NFACCT" }),
	EXT("owner", XT_MATCH, "owner", "xt_owner", ALWAYS, "net/netfilter/xt_owner.c (2.6.25)",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_OWNER" }),
	EXT("physdev", XT_MATCH, "physdev", "xt_physdev", ALWAYS, "net/netfilter/xt_physdev.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_PHYSDEV" }),
	EXT("pkttype", XT_MATCH, "pkttype", "xt_pkttype", ALWAYS, "net/netfilter/xt_pkttype.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_PKTTYPE" }),
	EXT("recent", XT_MATCH, "recent", "xt_recent", ALWAYS, "net/netfilter/xt_recent.c (2.6.28)",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_RECENT" }),
	EXT("set", XT_MATCH, "set", "xt_set", KVER3(2, 6, 39), "d956798d82d2",
	    { KVER3(2, 6, 39), 0, "NETFILTER_XT_SET" }),
	EXT("socket", XT_MATCH, "socket", "xt_socket", ALWAYS, "net/netfilter/xt_socket.c (2.6.28)",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_SOCKET" }),
	EXT("state", XT_MATCH, "state", "xt_state", ALWAYS, "net/netfilter/xt_state.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_STATE" }),
	EXT("statistic", XT_MATCH, "statistic", "xt_statistic", ALWAYS, "net/netfilter/xt_statistic.c",
	    { ALWAYS, 0, "NETFILTER_XT_MATCH_STATISTIC" }),

	EXT("checksum", XT_TARGET, "CHECKSUM", "xt_CHECKSUM", KVER3(2, 6, 36), "edf0e1fb0d09",
	    { KVER3(2, 6, 36), 0, "NETFILTER_XT_TARGET_CHECKSUM" }),
	EXT("connmark", XT_TARGET, "CONNMARK", "xt_connmark", ALWAYS, "b8f00ba27e4a",
	    { ALWAYS, KVER3(2, 6, 35), "NETFILTER_XT_TARGET_CONNMARK" },
	    { KVER3(2, 6, 35), 0, "NETFILTER_XT_CONNMARK" }),
	EXT("dnat", XT_TARGET, "DNAT", "xt_nat", ALWAYS, "c7232c9979cb, 8993cf8edf42",
	    { ALWAYS, KVER(3, 17), "NF_NAT" }, { KVER(3, 17), 0, "NETFILTER_XT_NAT" }),
	EXT("snat", XT_TARGET, "SNAT", "xt_nat", ALWAYS, "c7232c9979cb, 8993cf8edf42",
	    { ALWAYS, KVER(3, 17), "NF_NAT" }, { KVER(3, 17), 0, "NETFILTER_XT_NAT" }),
	EXT("log", XT_TARGET, "LOG", "xt_LOG", ALWAYS, "6939c33a757b",
	    { ALWAYS, KVER(3, 4), "IP_NF_TARGET_LOG" }, { KVER(3, 4), 0, "NETFILTER_XT_TARGET_LOG" }),
	EXT("mark", XT_TARGET, "MARK", "xt_mark", ALWAYS, "28b949885f80",
	    { ALWAYS, KVER3(2, 6, 35), "NETFILTER_XT_TARGET_MARK" },
	    { KVER3(2, 6, 35), 0, "NETFILTER_XT_MARK" }),
	EXT("masquerade", XT_TARGET, "MASQUERADE", "xt_MASQUERADE", ALWAYS, "adf82accc5f5",
	    { ALWAYS, KVER(5, 2), "IP_NF_TARGET_MASQUERADE" },
	    { KVER(5, 2), 0, "NETFILTER_XT_TARGET_MASQUERADE" }),
	EXT("nflog", XT_TARGET, "NFLOG", "xt_NFLOG", ALWAYS, "net/netfilter/xt_NFLOG.c",
	    { ALWAYS, 0, "NETFILTER_XT_TARGET_NFLOG" }),
	EXT("redirect", XT_TARGET, "REDIRECT", "xt_REDIRECT", ALWAYS, "2cbc78a29e76",
	    { ALWAYS, KVER(3, 7), "IP_NF_TARGET_REDIRECT" },
	    { KVER(3, 7), 0, "NETFILTER_XT_TARGET_REDIRECT" }),
	EXT("reject", XT_TARGET, "REJECT", "ipt_REJECT", ALWAYS, "net/ipv4/netfilter/ipt_REJECT.c",
	    { ALWAYS, 0, "IP_NF_TARGET_REJECT" }),
	EXT("tcpmss", XT_TARGET, "TCPMSS", "xt_TCPMSS", ALWAYS, "net/netfilter/xt_TCPMSS.c",
	    { ALWAYS, 0, "NETFILTER_XT_TARGET_TCPMSS" }),
	EXT("tproxy", XT_TARGET, "TPROXY", "xt_TPROXY", ALWAYS, "net/netfilter/xt_TPROXY.c (2.6.28)",
	    { ALWAYS, 0, "NETFILTER_XT_TARGET_TPROXY" }),
	EXT("masquerade6", XT_TARGET6, "MASQUERADE", "xt_MASQUERADE", KVER(3, 7), "b3f644fc8232",
	    { KVER(3, 7), KVER(5, 2), "IP6_NF_TARGET_MASQUERADE" },
	    { KVER(5, 2), 0, "NETFILTER_XT_TARGET_MASQUERADE" }),
	EXT("reject6", XT_TARGET6, "REJECT", "ip6t_REJECT", ALWAYS,
	    "net/ipv6/netfilter/ip6t_REJECT.c", { ALWAYS, 0, "IP6_NF_TARGET_REJECT" }),
};

static const struct feature_sharing sharing[] = {
	{ probe_extension, SHARE_PROCESS },
	{ probe_table, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_xtables = {
	.name = "xtables", .title = "iptables: tables, matches, targets", FEATURE_ROWS(rows), .sharing = sharing,
};
