// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands behind packet filtering, whichever tool writes the rules: connection tracking, NAT,
 * sets, virtual servers, and bridged packets that pass iptables. nfnetlink loads a module for a
 * subsystem that is not there ("nfnetlink-subsys-1"), so that is looked up first; see net.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/net.h"
#include "modules.h"
#include "sw_fd.h"

/* include/uapi/linux/netfilter/nfnetlink.h */
enum { SUBSYS_CTNETLINK = 1, SUBSYS_ULOG = 4, SUBSYS_IPSET = 6, SUBSYS_ACCT = 7 };

static void nf_begin(struct sw_nl_msg *m, uint8_t subsys, uint8_t msg, uint16_t flags, uint8_t family)
{
	struct sw_nfgenmsg nf = { .family = family };

	sw_nl_begin(m, (uint16_t)(subsys << 8 | msg), flags, &nf, sizeof(nf));
}

static void refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r,
		    struct live *ret)
{
	net_refused(ctx, f, what, r, r == -EOPNOTSUPP || r == -ENOENT ||
		    net_not_loaded(ctx, f, r), ret);
}

/* ---- connection tracking ------------------------------------------------------------------------ */

/* include/uapi/linux/netfilter/nfnetlink_conntrack.h */
enum { CT_NEW = 0, CT_GET = 1, CT_DELETE = 2 };
enum { CTA_TUPLE_ORIG = 1, CTA_TUPLE_REPLY = 2, CTA_TIMEOUT = 7 };
enum { CTA_TUPLE_IP = 1, CTA_TUPLE_PROTO = 2, CTA_IP_V4_SRC = 1, CTA_IP_V4_DST = 2 };
enum { CTA_PROTO_NUM = 1, CTA_PROTO_SRC_PORT = 2, CTA_PROTO_DST_PORT = 3 };
#define ADDRESS_A 0xc0000201u	/* 192.0.2.1 and .2, TEST-NET-1 of RFC 5737 */
#define ADDRESS_B 0xc0000202u

static void put_tuple(struct sw_nl_msg *m, uint16_t type, uint32_t from, uint32_t to)
{
	size_t tuple = sw_nl_nest(m, type), part = sw_nl_nest(m, CTA_TUPLE_IP);

	sw_nl_put_be32(m, CTA_IP_V4_SRC, from);
	sw_nl_put_be32(m, CTA_IP_V4_DST, to);
	sw_nl_nest_end(m, part);
	part = sw_nl_nest(m, CTA_TUPLE_PROTO);
	sw_nl_put_u8(m, CTA_PROTO_NUM, 17);
	sw_nl_put_be16(m, CTA_PROTO_SRC_PORT, 4242);
	sw_nl_put_be16(m, CTA_PROTO_DST_PORT, 4242);
	sw_nl_nest_end(m, part);
	sw_nl_nest_end(m, tuple);
}

/* Put a connection into the table of our own network namespace, and look whether it is in there. */
static void probe_ctnetlink(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "nf_conntrack", "NF_CONNTRACK" },
		/* One for each family until 4.19 (a0ae2562c6c4). */
		{ ctx->version < KVER(4, 19) ? "nf_conntrack_ipv4" : "nf_conntrack_netlink",
		  ctx->version < KVER(4, 19) ? "NF_CONNTRACK_IPV4" : "NF_CT_NETLINK" },
		{ "nf_conntrack_netlink", "NF_CT_NETLINK" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	int r, entries = 0;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter_netlink(ctx, NET_NL_NETFILTER, &nl, ret, &way))
		return;
	nf_begin(&m, SUBSYS_CTNETLINK, CT_NEW, NLM_F_CREATE | NLM_F_EXCL, AF_INET);
	put_tuple(&m, CTA_TUPLE_ORIG, ADDRESS_A, ADDRESS_B);
	put_tuple(&m, CTA_TUPLE_REPLY, ADDRESS_B, ADDRESS_A);
	sw_nl_put_be32(&m, CTA_TIMEOUT, 60);
	r = sw_nl_ack(&nl, &m);
	if (r) {
		refused(ctx, f, "IPCTNL_MSG_CT_NEW", r, ret);
		return;
	}
	/* Not by a dump: that goes through the table of all network namespaces, for milliseconds. */
	nf_begin(&m, SUBSYS_CTNETLINK, CT_GET, 0, AF_INET);
	put_tuple(&m, CTA_TUPLE_ORIG, ADDRESS_A, ADDRESS_B);
	r = sw_nl_query(&nl, &m, net_count_messages, &entries);
	if (r || entries != 1)
		live_set(ret, LIVE_BROKEN, r, "IPCTNL_MSG_CT_NEW: 0, but the connection is not in the table: %s",
			 r ? sw_errno_name(r) : "no answer");
	else
		live_set(ret, LIVE_WORKS, 0, "a connection was put into the table of a network namespace of our own, "
			 "and found there");
	nf_begin(&m, SUBSYS_CTNETLINK, CT_DELETE, 0, AF_INET);
	put_tuple(&m, CTA_TUPLE_ORIG, ADDRESS_A, ADDRESS_B);
	net_undo(&nl, &m);
}

/* The sysctl is there with the module, in every network namespace, built in or not. */
static void probe_conntrack(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	long max;
	int r = live_sysctl("net/netfilter/nf_conntrack_max", &max);

	if (!r) {
		live_set(ret, max > 0 ? LIVE_WORKS : LIVE_DENIED, 0,
			 "net.netfilter.nf_conntrack_max=%ld: the table of connections is there", max);
		if (max <= 0)
			live_cause(ret, FINDING_SYSCTL, "net.netfilter.nf_conntrack_max=%ld", max);
	} else if (r == -ENODATA) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/sys/net is not to be had");
	} else {
		module_explain_absent(ctx, f, "no /proc/sys/net/netfilter/nf_conntrack_max", ret);
	}
}

/* ---- sets --------------------------------------------------------------------------------------- */

/* include/uapi/linux/netfilter/ipset/ip_set.h */
enum { IPSET_PROTOCOL_VERSION = 6, IPSET_CMD_PROTOCOL = 1, IPSET_CMD_CREATE = 2, IPSET_CMD_DESTROY = 3, IPSET_CMD_HEADER = 12 };
enum { IPSET_PROTOCOL = 1, IPSET_SETNAME = 2, IPSET_TYPENAME = 3, IPSET_REVISION = 4, IPSET_FAMILY = 5,
       IPSET_DATA = 7 };

static int note_protocol(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct sw_nfgenmsg), &len);
	a = sw_nl_find(attrs, len, IPSET_PROTOCOL);
	if (a && sw_nl_len(a) >= 1)
		*(int *)arg = *(const uint8_t *)sw_nl_data(a);
	return 0;
}

static void probe_ipset(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "ip_set", "IP_SET" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	int r, version = 0;

	if (!net_may_ask(ctx, f, parts, ret) || net_privilege(ctx, ret, &way))
		return;
	r = sw_nl_open(&nl, NET_NL_NETFILTER);
	if (!r) {
		nf_begin(&m, SUBSYS_IPSET, IPSET_CMD_PROTOCOL, 0, AF_INET);
		sw_nl_put_u8(&m, IPSET_PROTOCOL, IPSET_PROTOCOL_VERSION);
		r = sw_nl_query(&nl, &m, note_protocol, &version);
	}
	if (r)
		refused(ctx, f, "IPSET_CMD_PROTOCOL", r, ret);
	else if (!version)
		live_set(ret, LIVE_BROKEN, 0, "IPSET_CMD_PROTOCOL: 0, but no answer");
	else
		live_set(ret, LIVE_WORKS, 0, "ip_set speaks protocol %d", version);
}

/* @f->arg: the type of set; it is made in a network namespace of our own */
static void probe_ipset_type(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "ip_set", "IP_SET" }, { f->module, NULL }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	size_t data;
	int r;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter_netlink(ctx, NET_NL_NETFILTER, &nl, ret, &way))
		return;
	nf_begin(&m, SUBSYS_IPSET, IPSET_CMD_CREATE, NLM_F_CREATE | NLM_F_EXCL, AF_INET);
	sw_nl_put_u8(&m, IPSET_PROTOCOL, IPSET_PROTOCOL_VERSION);
	sw_nl_put_str(&m, IPSET_SETNAME, "swprobe");
	sw_nl_put_str(&m, IPSET_TYPENAME, f->arg);
	sw_nl_put_u8(&m, IPSET_REVISION, 0);
	sw_nl_put_u8(&m, IPSET_FAMILY, AF_INET);
	/* Since 5.2 ip_set insists on the flag, which every nla_parse_nested() does that was not excepted (8cb081746c03). */
	data = sw_nl_nest(&m, IPSET_DATA | NLA_F_NESTED);
	sw_nl_nest_end(&m, data);
	r = sw_nl_ack(&nl, &m);
	if (r) {
		refused(ctx, f, "IPSET_CMD_CREATE", r, ret);
		return;
	}
	nf_begin(&m, SUBSYS_IPSET, IPSET_CMD_HEADER, 0, AF_INET);
	sw_nl_put_u8(&m, IPSET_PROTOCOL, IPSET_PROTOCOL_VERSION);
	sw_nl_put_str(&m, IPSET_SETNAME, "swprobe");
	r = sw_nl_ack(&nl, &m);
	if (r)
		live_set(ret, LIVE_BROKEN, r, "IPSET_CMD_CREATE %s: 0, but the set is not there: %s", f->arg,
			 sw_errno_name(r));
	else
		live_set(ret, LIVE_WORKS, 0, "a set of type %s was made in a network namespace of our own", f->arg);
	nf_begin(&m, SUBSYS_IPSET, IPSET_CMD_DESTROY, 0, AF_INET);
	sw_nl_put_u8(&m, IPSET_PROTOCOL, IPSET_PROTOCOL_VERSION);
	sw_nl_put_str(&m, IPSET_SETNAME, "swprobe");
	net_undo(&nl, &m);
}

/* ---- virtual servers ---------------------------------------------------------------------------- */

/* include/uapi/linux/ip_vs.h */
enum { IPVS_GENL_VERSION = 1, IPVS_CMD_NEW_SERVICE = 1, IPVS_CMD_GET_SERVICE = 4, IPVS_CMD_GET_INFO = 15,
       IPVS_CMD_FLUSH = 17 };
enum { IPVS_SERVICE = 1, IPVS_SVC_AF = 1, IPVS_SVC_FWMARK = 5, IPVS_SVC_SCHED_NAME = 6, IPVS_SVC_FLAGS = 7,
       IPVS_SVC_TIMEOUT = 8, IPVS_SVC_NETMASK = 9, IPVS_INFO_VERSION = 1 };

static int note_version(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct sw_genlmsghdr), &len);
	a = sw_nl_find(attrs, len, IPVS_INFO_VERSION);
	if (a && sw_nl_len(a) >= sizeof(uint32_t))
		memcpy(arg, sw_nl_data(a), sizeof(uint32_t));
	return 0;
}

/* The family's number, if it is registered; otherwise *ret is filled. */
static int find_ipvs(const struct probe_ctx *ctx, const struct feature *f, struct sw_nl *nl,
		     struct live *ret)
{
	const struct net_part ip_vs = { "ip_vs", "IP_VS" };
	int family = sw_genl_family(nl, "IPVS");

	if (family == -ENOENT)
		net_explain_absent(ctx, f, &ip_vs, "no generic netlink family IPVS", ret);
	else if (family < 0)
		live_set(ret, LIVE_UNKNOWN, family, "CTRL_CMD_GETFAMILY: %s", sw_errno_name(family));
	return family;
}

static void probe_ipvs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_genlmsghdr genl = { .cmd = IPVS_CMD_GET_INFO, .version = IPVS_GENL_VERSION };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	uint32_t version = 0;
	int r, family;

	r = sw_nl_open(&nl, NET_NL_GENERIC);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "socket(NETLINK_GENERIC): %s", sw_errno_name(r));
		return;
	}
	family = find_ipvs(ctx, f, &nl, ret);
	if (family < 0)
		return;
	sw_nl_close(&nl);
	if (net_enter_netlink(ctx, NET_NL_GENERIC, &nl, ret, &way))
		return;
	sw_nl_begin(&m, (uint16_t)family, 0, &genl, sizeof(genl));
	r = sw_nl_query(&nl, &m, note_version, &version);
	if (r)
		refused(ctx, f, "IPVS_CMD_GET_INFO", r, ret);
	else if (!version)
		live_set(ret, LIVE_BROKEN, 0, "IPVS_CMD_GET_INFO: 0, but no version");
	else
		live_set(ret, LIVE_WORKS, 0, "IPVS %u.%u.%u answers in a network namespace of our own",
			 version >> 16 & 0xff, version >> 8 & 0xff, version & 0xff);
}

static void put_service(struct sw_nl_msg *m, uint16_t family, const char *scheduler)
{
	struct sw_genlmsghdr genl = { .cmd = IPVS_CMD_NEW_SERVICE, .version = IPVS_GENL_VERSION };
	uint32_t flags[2] = { 0, 0xffffffff };
	size_t service;

	sw_nl_begin(m, family, 0, &genl, sizeof(genl));
	service = sw_nl_nest(m, IPVS_SERVICE);
	sw_nl_put_u16(m, IPVS_SVC_AF, AF_INET);
	sw_nl_put_u32(m, IPVS_SVC_FWMARK, 42);
	sw_nl_put_str(m, IPVS_SVC_SCHED_NAME, scheduler);
	sw_nl_put(m, IPVS_SVC_FLAGS, flags, sizeof(flags));
	sw_nl_put_u32(m, IPVS_SVC_TIMEOUT, 0);
	sw_nl_put_be32(m, IPVS_SVC_NETMASK, 0xffffffff);
	sw_nl_nest_end(m, service);
}

/* @f->arg: the scheduler; a service that uses it is made in a network namespace of our own */
static void probe_ipvs_scheduler(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "ip_vs", "IP_VS" }, { f->module, NULL }, { NULL, NULL } };
	struct sw_genlmsghdr genl = { .cmd = IPVS_CMD_GET_SERVICE, .version = IPVS_GENL_VERSION };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int r, family, services = 0;
	struct live_way way;
	struct sw_nl_msg m;
	char what[64];

	if (!net_may_ask(ctx, f, parts, ret) || net_enter_netlink(ctx, NET_NL_GENERIC, &nl, ret, &way))
		return;
	family = find_ipvs(ctx, f, &nl, ret);
	if (family < 0)
		return;
	put_service(&m, (uint16_t)family, f->arg);
	r = sw_nl_ack(&nl, &m);
	if (r) {
		snprintf(what, sizeof(what), "IPVS_CMD_NEW_SERVICE, scheduler %s", f->arg);
		refused(ctx, f, what, r, ret);
		return;
	}
	sw_nl_begin(&m, (uint16_t)family, 0, &genl, sizeof(genl));
	r = sw_nl_dump(&nl, &m, net_count_messages, &services);
	if (r || services != 1)
		live_set(ret, LIVE_BROKEN, r, "IPVS_CMD_NEW_SERVICE: 0, but there are then %d services", services);
	else
		live_set(ret, LIVE_WORKS, 0, "a service with scheduler %s was made and listed in a network namespace "
			 "of our own", f->arg);
	genl.cmd = IPVS_CMD_FLUSH;
	sw_nl_begin(&m, (uint16_t)family, 0, &genl, sizeof(genl));
	net_undo(&nl, &m);
}

/* ---- what a sysctl tells ------------------------------------------------------------------------ */

/*
 * A sysctl that is there if and only if the feature is. @f->arg: its path; @f->num: VALUE_ON if 0
 * means that it is switched off.
 */
enum { VALUE_ANY = 0, VALUE_ON = 1 };

static void probe_sysctl(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char name[96];
	long value;
	int r = live_sysctl(f->arg, &value);

	snprintf(name, sizeof(name), "%s", f->arg);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	if (r == -ENOENT) {
		char what[128];

		/*
		 * Before 5.3 (22567590b2e6) only the initial network namespace shows those of
		 * bridges; there the module alone can tell.
		 */
		snprintf(what, sizeof(what), "no /proc/sys/%s", f->arg);
		module_explain_absent(ctx, f, what, ret);
		if (f->module && module_loaded(f->module))
			live_set(ret, LIVE_UNKNOWN, 0, "%s, though %s is loaded: not shown in this network namespace",
				 what, f->module);
	} else if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/sys/%s: %s", f->arg, sw_errno_name(r));
	} else if (f->num == VALUE_ON && !value) {
		live_set(ret, LIVE_DENIED, 0, "%s=0", name);
		live_cause(ret, FINDING_SYSCTL, "%s=0", name);
	} else {
		live_set(ret, LIVE_WORKS, 0, "%s=%ld", name, value);
	}
}

/* ---- accounting and logging objects ------------------------------------------------------------- */

/* include/uapi/linux/netfilter/nfnetlink_acct.h */
enum { ACCT_NEW = 0, ACCT_GET = 1, ACCT_DEL = 3, ACCT_NAME = 1 };

static void probe_nfacct(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "nfnetlink_acct", "NETFILTER_NETLINK_ACCT" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	int r, objects = 0;
	bool made;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter_netlink(ctx, NET_NL_NETFILTER, &nl, ret, &way))
		return;
	/* For each network namespace since 3.19 (3499abb249bb); before, this would be the host's. */
	if (ctx->version < KVER(3, 19)) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: before 3.19 accounting objects are the whole system's");
		return;
	}
	nf_begin(&m, SUBSYS_ACCT, ACCT_NEW, NLM_F_CREATE | NLM_F_EXCL, 0);
	sw_nl_put_str(&m, ACCT_NAME, "swprobe");
	r = sw_nl_ack(&nl, &m);
	made = !r;
	if (made) {
		nf_begin(&m, SUBSYS_ACCT, ACCT_GET, 0, 0);
		r = sw_nl_dump(&nl, &m, net_count_messages, &objects);
	}
	if (r)
		refused(ctx, f, "NFNL_MSG_ACCT_NEW", r, ret);
	else if (objects != 1)
		live_set(ret, LIVE_BROKEN, 0, "NFNL_MSG_ACCT_NEW: 0, but there are then %d objects", objects);
	else
		live_set(ret, LIVE_WORKS, 0, "an accounting object was made and listed in a network namespace of "
			 "our own");
	if (made) {
		nf_begin(&m, SUBSYS_ACCT, ACCT_DEL, 0, 0);
		sw_nl_put_str(&m, ACCT_NAME, "swprobe");
		net_undo(&nl, &m);
	}
}

/* The files are in every network namespace, if and only if the feature is there. @f->arg: the path */
static void probe_proc_file(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char what[80];

	if (live_proc(f->arg) < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "/proc/net is not to be had");
		return;
	}
	if (!access(f->arg, F_OK)) {
		live_set(ret, LIVE_WORKS, 0, "%s is there", f->arg);
		return;
	}
	snprintf(what, sizeof(what), "no %s", f->arg);
	module_explain_absent(ctx, f, what, ret);
}

/* ---- this or that ------------------------------------------------------------------------------- */

/*
 * What can be had in more than one way. @f->arg: ids of other rows, "net.nft_nat|net.iptables_nat";
 * the best answer is taken, the first of equals.
 */
static void probe_any_of(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const int rank[] = { [LIVE_ABSENT] = 0, [LIVE_UNKNOWN] = 1, [LIVE_DENIED] = 2, [LIVE_BROKEN] = 3,
				    [LIVE_WORKS] = 4 };
	bool first = true;

	for (const char *p = f->arg; *p; first = false) {
		size_t len = strcspn(p, "|");
		const struct feature *other;
		struct live l = { 0 };
		char id[64];

		snprintf(id, sizeof(id), "%.*s", (int)len, p);
		other = feature_find(id);
		p += len + (p[len] == '|');
		other->probe(ctx, other, &l);
		if (first || rank[l.value] > rank[ret->value])
			*ret = l;
		if (ret->value == LIVE_WORKS)
			return;
	}
}

/* ---- rows --------------------------------------------------------------------------------------- */

#define ROW(id_, title_, module_, since_, commit_, probe_, arg_, num_, ...) \
	{ .id = "net." id_, .title = title_, .area = "netfilter", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_, .arg = arg_, .num = num_, .module = module_ }
#define ALWAYS KVER_NONE
/* Until 5.1 the chains of NAT and masquerading were a part of their own for each protocol. */
#define NFT_NAT_OLD "(NF_TABLES && NF_TABLES_IPV4 && NFT_NAT && NFT_CHAIN_NAT_IPV4)"
#define NFT_NAT_NEW "(NF_TABLES && NF_TABLES_IPV4 && NFT_NAT)"
#define NFT_MASQ_OLD "(NF_TABLES && NF_TABLES_IPV4 && NFT_MASQ && NFT_MASQ_IPV4 && NFT_CHAIN_NAT_IPV4)"
#define NFT_MASQ_NEW "(NF_TABLES && NF_TABLES_IPV4 && NFT_NAT && NFT_MASQ)"

static const struct feature rows[] = {
	ROW("conntrack", "Connection tracking", "nf_conntrack", ALWAYS, "9fb9cbb1082d (2.6.15), a0ae2562c6c4",
	    probe_conntrack, NULL, 0, { ALWAYS, KVER(4, 19), "NF_CONNTRACK && NF_CONNTRACK_IPV4" },
	    { KVER(4, 19), 0, "NF_CONNTRACK" }),
	ROW("ctnetlink", "Connection tracking, by netlink", "nf_conntrack_netlink", ALWAYS,
	    "c1d10adb4a52 (2.6.18)", probe_ctnetlink, NULL, 0,
	    { ALWAYS, KVER(4, 19), "NF_CONNTRACK && NF_CONNTRACK_IPV4 && NF_CT_NETLINK" },
	    { KVER(4, 19), 0, "NF_CONNTRACK && NF_CT_NETLINK" }),
	ROW("conntrack_ftp", "Connection tracking and NAT of FTP", "nf_nat_ftp", ALWAYS,
	    "55a733247d6a (2.6.20)", probe_ct_helper, "ftp", 0, { ALWAYS, 0, "NF_CONNTRACK_FTP && NF_NAT_FTP" }),
	ROW("conntrack_tftp", "Connection tracking and NAT of TFTP", "nf_nat_tftp", ALWAYS,
	    "a536df35b3a5 (2.6.20)", probe_ct_helper, "tftp", 0, { ALWAYS, 0, "NF_CONNTRACK_TFTP && NF_NAT_TFTP" }),
	ROW("nat", "Network address translation", "nft_nat", ALWAYS, "5b1158e909ec (2.6.20), c7232c9979cb (3.7)",
	    probe_any_of, "net.nft_nat|net.iptables_nat", 0, { ALWAYS, KVER(3, 7), "NF_NAT" },
	    { KVER(3, 7), KVER(3, 17), "NF_NAT_IPV4" }, { KVER(3, 17), KVER(5, 1), NFT_NAT_OLD " || IP_NF_NAT" },
	    { KVER(5, 1), 0, NFT_NAT_NEW " || IP_NF_NAT" }),
	ROW("masquerade", "Masquerading", "nft_masq", ALWAYS, "adf82accc5f5, 9ba1f726bec0", probe_any_of,
	    "net.nft_masq|net.xt_masquerade", 0, { ALWAYS, KVER(3, 18), "IP_NF_TARGET_MASQUERADE" },
	    { KVER(3, 18), KVER(5, 1), NFT_MASQ_OLD " || IP_NF_TARGET_MASQUERADE" },
	    { KVER(5, 1), KVER(5, 2), NFT_MASQ_NEW " || IP_NF_TARGET_MASQUERADE" },
	    { KVER(5, 2), 0, NFT_MASQ_NEW " || NETFILTER_XT_TARGET_MASQUERADE" }),
	ROW("nfacct", "Accounting objects (nfacct)", "nfnetlink_acct", KVER(3, 3), "941326588995", probe_nfacct,
	    NULL, 0, { KVER(3, 3), 0, "NETFILTER_NETLINK_ACCT" }),
	ROW("nflog", "Packets logged to a process (NFLOG)", "nfnetlink_log", ALWAYS, "net/netfilter/nfnetlink_log.c",
	    probe_proc_file, "/proc/self/net/netfilter/nfnetlink_log", 0, { ALWAYS, 0, "NETFILTER_NETLINK_LOG" }),
	ROW("nfqueue", "Packets queued to a process (NFQUEUE)", "nfnetlink_queue", ALWAYS,
	    "net/netfilter/nfnetlink_queue.c", probe_proc_file, "/proc/self/net/netfilter/nfnetlink_queue", 0,
	    { ALWAYS, 0, "NETFILTER_NETLINK_QUEUE" }),
	ROW("bridge_netfilter", "Bridged packets pass iptables", "br_netfilter", ALWAYS, "34666d467cbf (3.18)",
	    probe_sysctl, "net/bridge/bridge-nf-call-iptables", VALUE_ON,
	    { ALWAYS, 0, "BRIDGE && BRIDGE_NETFILTER" }),
	ROW("ipset", "Sets of addresses (ipset)", "ip_set", KVER3(2, 6, 39), "a7b4f989a629", probe_ipset, NULL, 0,
	    { KVER3(2, 6, 39), 0, "IP_SET" }),
	ROW("ipset_hash_ip", "Sets of type hash:ip", "ip_set_hash_ip", KVER3(2, 6, 39), "6c0276883052",
	    probe_ipset_type, "hash:ip", 0, { KVER3(2, 6, 39), 0, "IP_SET && IP_SET_HASH_IP" }),
	ROW("ipset_hash_net", "Sets of type hash:net", "ip_set_hash_net", KVER3(2, 6, 39), "b38370299eea",
	    probe_ipset_type, "hash:net", 0, { KVER3(2, 6, 39), 0, "IP_SET && IP_SET_HASH_NET" }),
	ROW("ipvs", "Virtual servers (IPVS)", "ip_vs", ALWAYS, "9a812198ae49 (by netlink: 2.6.28)", probe_ipvs,
	    NULL, 0, { ALWAYS, 0, "IP_VS && IP_VS_PROTO_TCP && IP_VS_PROTO_UDP" }),
	ROW("ipvs_nfct", "IPVS with connection tracking", "ip_vs", KVER3(2, 6, 37), "f4bc17cdd205", probe_sysctl,
	    "net/ipv4/vs/conntrack", VALUE_ANY, { KVER3(2, 6, 37), 0, "IP_VS && IP_VS_NFCT" }),
	ROW("ipvs_rr", "IPVS scheduler rr", "ip_vs_rr", ALWAYS, "net/netfilter/ipvs/ip_vs_rr.c",
	    probe_ipvs_scheduler, "rr", 0, { ALWAYS, 0, "IP_VS && IP_VS_RR" }),
	ROW("ipvs_wrr", "IPVS scheduler wrr", "ip_vs_wrr", ALWAYS, "net/netfilter/ipvs/ip_vs_wrr.c",
	    probe_ipvs_scheduler, "wrr", 0, { ALWAYS, 0, "IP_VS && IP_VS_WRR" }),
	ROW("ipvs_sh", "IPVS scheduler sh", "ip_vs_sh", ALWAYS, "net/netfilter/ipvs/ip_vs_sh.c",
	    probe_ipvs_scheduler, "sh", 0, { ALWAYS, 0, "IP_VS && IP_VS_SH" }),
	ROW("ip_forward", "IPv4 forwarding", NULL, ALWAYS, "Documentation/networking/ip-sysctl.rst", probe_sysctl,
	    "net/ipv4/ip_forward", VALUE_ON, { ALWAYS, 0, "INET" }),
	ROW("ipv6_forward", "IPv6 forwarding", "ipv6", ALWAYS, "Documentation/networking/ip-sysctl.rst",
	    probe_sysctl, "net/ipv6/conf/all/forwarding", VALUE_ON, { ALWAYS, 0, "IPV6" }),
};

static const struct feature_sharing sharing[] = {
	{ probe_conntrack, SHARE_PROCESS }, { probe_ipset, SHARE_PROCESS },
	{ probe_proc_file, SHARE_PROCESS }, { probe_sysctl, SHARE_PROCESS },
	{ probe_ipvs_scheduler, SHARE_PROCESS | SHARE_NET },
	{ probe_any_of, SHARE_PROCESS | SHARE_NET }, { probe_ct_helper, SHARE_PROCESS | SHARE_NET },
	{ probe_ctnetlink, SHARE_PROCESS | SHARE_NET }, { probe_ipset_type, SHARE_PROCESS | SHARE_NET }, { probe_ipvs, SHARE_PROCESS | SHARE_NET },
	{ probe_nfacct, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_netfilter = {
	.name = "netfilter", .title = "Packet filtering", FEATURE_ROWS(rows), .sharing = sharing,
};
