// SPDX-License-Identifier: GPL-2.0-only
/*
 * nftables, by nfnetlink: a table, a chain and a rule are made in a network namespace of our own
 * in one batch, and read back.
 *
 * Whatever is named and not there, the kernel tries to load: the subsystem ("nfnetlink-subsys-10"),
 * the chain type ("nft-chain-2-nat"), the expression ("nft-expr-masq"). So each trial lists the
 * modules that it needs, and none is made unless all of them are there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "features/areas.h"
#include "features/net.h"
#include "modules.h"
#include "session.h"

/* include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h */
enum { SUBSYS_NFTABLES = 10, BATCH_BEGIN = 16, BATCH_END = 17 };
enum { NFT_NEWTABLE = 0, NFT_GETTABLE = 1, NFT_DELTABLE = 2, NFT_NEWCHAIN = 3, NFT_NEWRULE = 6, NFT_GETRULE = 7 };
enum { TABLE_NAME = 1 };
enum { CHAIN_TABLE = 1, CHAIN_NAME = 3, CHAIN_HOOK = 4, CHAIN_TYPE = 7 };
enum { HOOK_NUM = 1, HOOK_PRIORITY = 2 };
enum { RULE_TABLE = 1, RULE_CHAIN = 2, RULE_EXPRESSIONS = 4 };
enum { LIST_ELEM = 1, EXPR_NAME = 1, EXPR_DATA = 2 };
enum { REG_1 = 1, DATA_VALUE = 1 };
enum { PREROUTING = 0, INPUT = 1, POSTROUTING = 4 };
enum { INET_FAMILY = 1 };	/* NFPROTO_INET */

/* A rule that is tried, and what it takes; the second part is what was one of its own once. */
struct trial {
	const char *name;
	const char *expr;
	uint8_t family;
	bool nat;		/* in a chain of type nat */
	uint32_t hook;
	struct net_part part;
	struct net_part old;	/* a second one before @old_until, NULL: none */
	uint32_t old_until;
};

static const struct trial trials[] = {
	{ "counter", "counter", AF_INET, false, INPUT, { "nf_tables", "NF_TABLES" }, { "nft_counter", "NFT_COUNTER" }, KVER(5, 17) },
	{ "ct", "ct", AF_INET, false, INPUT, { "nft_ct", "NFT_CT" }, { NULL, NULL }, 0 },
	{ "limit", "limit", AF_INET, false, INPUT, { "nft_limit", "NFT_LIMIT" }, { NULL, NULL }, 0 },
	{ "fib", "fib", AF_INET, false, INPUT, { "nft_fib_ipv4", "NFT_FIB_IPV4" }, { NULL, NULL }, 0 },
	{ "fib6", "fib", AF_INET6, false, INPUT, { "nft_fib_ipv6", "NFT_FIB_IPV6" }, { NULL, NULL }, 0 },
	{ "reject", "reject", AF_INET, false, INPUT, { "nft_reject_ipv4", "NFT_REJECT_IPV4" }, { NULL, NULL }, 0 },
	{ "nat", "nat", AF_INET, true, POSTROUTING, { "nft_nat", "NFT_NAT" }, { NULL, NULL }, 0 },
	{ "masq", "masq", AF_INET, true, POSTROUTING, { "nft_masq", "NFT_MASQ" }, { "nft_masq_ipv4", "NFT_MASQ_IPV4" },
	  KVER(5, 1) },
	{ "redir", "redir", AF_INET, true, PREROUTING, { "nft_redir", "NFT_REDIR" }, { "nft_redir_ipv4", "NFT_REDIR_IPV4" },
	  KVER(5, 1) },
	{ "match", "match", AF_INET, false, INPUT, { "nft_compat", "NFT_COMPAT" },
	  { "xt_comment", "NETFILTER_XT_MATCH_COMMENT" }, KVER_MAX },
};

static const struct trial *find_trial(const char *name)
{
	for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
		if (!strcmp(trials[i].name, name))
			return &trials[i];
	return NULL;
}

/* Everything that the trial could make the kernel load. */
static bool may_try(const struct probe_ctx *ctx, const struct feature *f, const struct trial *t,
		    struct live *ret)
{
	struct net_part parts[8] = { { "nf_tables", "NF_TABLES" } };
	size_t n = 1;

	/* Families of tables were modules until 4.17 (02c7b25e5f54). */
	if (ctx->version < KVER(4, 17))
		parts[n++] = t->family == AF_INET6 ? (struct net_part){ "nf_tables_ipv6", "NF_TABLES_IPV6" } :
						     (struct net_part){ "nf_tables_ipv4", "NF_TABLES_IPV4" };
	if (t->nat || !strcmp(t->expr, "ct")) {
		parts[n++] = (struct net_part){ "nf_conntrack", "NF_CONNTRACK" };
		/* Merged into nf_conntrack by a0ae2562c6c4. */
		if (ctx->version < KVER(4, 19))
			parts[n++] = (struct net_part){ "nf_conntrack_ipv4", "NF_CONNTRACK_IPV4" };
	}
	if (t->nat && ctx->version < KVER(5, 1))
		parts[n++] = (struct net_part){ "nft_chain_nat_ipv4", "NFT_CHAIN_NAT_IPV4" };
	else if (t->nat)
		parts[n++] = (struct net_part){ "nft_chain_nat", "NFT_NAT" };
	parts[n++] = t->part;
	if (t->old.module && ctx->version < t->old_until)
		parts[n++] = t->old;
	parts[n] = (struct net_part){ NULL, NULL };
	return net_may_ask(ctx, f, parts, ret);
}

static void begin(struct sw_nl_msg *m, uint16_t msg, uint16_t flags, uint8_t family)
{
	struct sw_nfgenmsg nf = { .family = family };

	sw_nl_begin(m, SUBSYS_NFTABLES << 8 | msg, flags, &nf, sizeof(nf));
}

static void edge(struct sw_nl_msg *m, uint16_t type)
{
	struct sw_nfgenmsg nf = { .res_id = htons(SUBSYS_NFTABLES) };

	sw_nl_begin(m, type, 0, &nf, sizeof(nf));
}

static void put_table(struct sw_nl_msg *m, uint8_t family)
{
	begin(m, NFT_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, family);
	sw_nl_put_str(m, TABLE_NAME, "swprobe");
}

static void put_chain(struct sw_nl_msg *m, uint8_t family, const struct trial *t)
{
	size_t hook;

	begin(m, NFT_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, family);
	sw_nl_put_str(m, CHAIN_TABLE, "swprobe");
	sw_nl_put_str(m, CHAIN_NAME, "chain");
	hook = sw_nl_nest(m, CHAIN_HOOK);
	sw_nl_put_be32(m, HOOK_NUM, t->hook);
	sw_nl_put_be32(m, HOOK_PRIORITY, t->nat ? 100 : 0);
	sw_nl_nest_end(m, hook);
	sw_nl_put_str(m, CHAIN_TYPE, t->nat ? "nat" : "filter");
}

static void put_be64(struct sw_nl_msg *m, uint16_t type, uint64_t v)
{
	uint32_t be[2] = { htonl((uint32_t)(v >> 32)), htonl((uint32_t)v) };

	sw_nl_put(m, type, be, sizeof(be));
}

/* What each expression must be told; masq, redir and counter need nothing. */
static void put_expr_data(struct sw_nl_msg *m, const char *expr)
{
	static const char comment[256] = "swprobe";	/* struct xt_comment_info */

	if (!strcmp(expr, "ct")) {
		sw_nl_put_be32(m, 1, REG_1);		/* NFTA_CT_DREG */
		sw_nl_put_be32(m, 2, 0);		/* NFTA_CT_KEY: NFT_CT_STATE */
	} else if (!strcmp(expr, "fib")) {
		sw_nl_put_be32(m, 1, REG_1);		/* NFTA_FIB_DREG */
		sw_nl_put_be32(m, 2, 3);		/* NFTA_FIB_RESULT: NFT_FIB_RESULT_ADDRTYPE */
		sw_nl_put_be32(m, 3, 2);		/* NFTA_FIB_FLAGS: NFTA_FIB_F_DADDR */
	} else if (!strcmp(expr, "limit")) {
		put_be64(m, 1, 10);			/* NFTA_LIMIT_RATE */
		put_be64(m, 2, 1);			/* NFTA_LIMIT_UNIT: a second */
	} else if (!strcmp(expr, "reject")) {
		sw_nl_put_be32(m, 1, 0);		/* NFTA_REJECT_TYPE: NFT_REJECT_ICMP_UNREACH */
		sw_nl_put_u8(m, 2, 3);			/* NFTA_REJECT_ICMP_CODE: port unreachable */
	} else if (!strcmp(expr, "nat")) {
		sw_nl_put_be32(m, 1, 0);		/* NFTA_NAT_TYPE: NFT_NAT_SNAT */
		sw_nl_put_be32(m, 2, AF_INET);		/* NFTA_NAT_FAMILY */
		sw_nl_put_be32(m, 3, REG_1);		/* NFTA_NAT_REG_ADDR_MIN */
	} else if (!strcmp(expr, "match")) {
		sw_nl_put_str(m, 1, "comment");		/* NFTA_MATCH_NAME */
		sw_nl_put_be32(m, 2, 0);		/* NFTA_MATCH_REV */
		sw_nl_put(m, 3, comment, sizeof(comment));	/* NFTA_MATCH_INFO */
	}
}

/* Put an address of TEST-NET-1 into register 1: rules may not use registers that nothing has set. */
static void put_immediate(struct sw_nl_msg *m)
{
	static const unsigned char address[4] = { 192, 0, 2, 1 };
	size_t elem = sw_nl_nest(m, LIST_ELEM), data, value;

	sw_nl_put_str(m, EXPR_NAME, "immediate");
	data = sw_nl_nest(m, EXPR_DATA);
	sw_nl_put_be32(m, 1, REG_1);			/* NFTA_IMMEDIATE_DREG */
	value = sw_nl_nest(m, 2);			/* NFTA_IMMEDIATE_DATA */
	sw_nl_put(m, DATA_VALUE, address, sizeof(address));
	sw_nl_nest_end(m, value);
	sw_nl_nest_end(m, data);
	sw_nl_nest_end(m, elem);
}

static void put_rule(struct sw_nl_msg *m, uint8_t family, const char *expr)
{
	size_t list, elem, data;

	begin(m, NFT_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, family);
	sw_nl_put_str(m, RULE_TABLE, "swprobe");
	sw_nl_put_str(m, RULE_CHAIN, "chain");
	list = sw_nl_nest(m, RULE_EXPRESSIONS);
	if (!strcmp(expr, "nat"))
		put_immediate(m);
	elem = sw_nl_nest(m, LIST_ELEM);
	sw_nl_put_str(m, EXPR_NAME, expr);
	data = sw_nl_nest(m, EXPR_DATA);
	put_expr_data(m, expr);
	sw_nl_nest_end(m, data);
	sw_nl_nest_end(m, elem);
	sw_nl_nest_end(m, list);
}

struct seen {
	const char *expr;
	bool found;
};

/* An expression of that name in a rule of a dump. */
static int see_rule(const struct nlmsghdr *msg, void *arg)
{
	struct seen *seen = arg;
	const struct nlattr *list, *name;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct sw_nfgenmsg), &len);
	list = sw_nl_find(attrs, len, RULE_EXPRESSIONS);
	if (!list)
		return 0;
	attrs = sw_nl_data(list);
	len = sw_nl_len(list);
	for (const struct nlattr *e; (e = sw_nl_find(attrs, len, LIST_ELEM));) {
		size_t step = NLA_ALIGN(e->nla_len);

		name = sw_nl_find(sw_nl_data(e), sw_nl_len(e), EXPR_NAME);
		if (name && sw_nl_len(name) == strlen(seen->expr) + 1 &&
		    !memcmp(sw_nl_data(name), seen->expr, sw_nl_len(name)))
			seen->found = true;
		if (step >= len)
			break;
		attrs = (const char *)attrs + step;
		len -= step;
	}
	return 0;
}

static int see_table(const struct nlmsghdr *msg, void *arg)
{
	struct seen *seen = arg;
	const struct nlattr *name;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct sw_nfgenmsg), &len);
	name = sw_nl_find(attrs, len, TABLE_NAME);
	if (name && sw_nl_len(name) == sizeof("swprobe") && !memcmp(sw_nl_data(name), "swprobe", sizeof("swprobe")))
		seen->found = true;
	return 0;
}

static int read_back(struct sw_nl *nl, uint8_t family, uint16_t get,
		     int (*see)(const struct nlmsghdr *, void *), struct seen *seen)
{
	struct sw_nl_msg m;

	begin(&m, get, 0, family);
	return sw_nl_dump(nl, &m, see, seen);
}

/* The kernel refused: what that says, once everything that it takes is there. */
static void judge_refusal(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r,
			  struct live *ret)
{
	char text[120];

	snprintf(text, sizeof(text), "%s: %s", what, sw_errno_name(r));
	if (r == -EPERM) {
		live_set(ret, LIVE_DENIED, r, "%s", text);
		live_blame_privilege(ret);
	} else if (r == -ENOENT || r == -EOPNOTSUPP || r == -EAFNOSUPPORT || net_not_loaded(ctx, f, r)) {
		module_explain_absent(ctx, f, text, ret);
	} else {
		live_set(ret, LIVE_UNKNOWN, r, "%s", text);
	}
}

static bool open_nft(const struct probe_ctx *ctx, struct sw_nl *nl, struct live *ret, struct live_way *way)
{
	/* Tables came into the transaction with 3.16 (55dd6f93076b); what there was before is not tried. */
	if (ctx->version != KVER_NONE && ctx->version < KVER(3, 16)) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: nftables before 3.16 is spoken to in another way");
		return false;
	}
	return !net_enter_netlink(ctx, NET_NL_NETFILTER, nl, ret, way);
}

/* In a shared namespace: the table goes, with all that is in it (since 3.18, b9ac12ef099707). */
static void leave(struct sw_nl *nl, uint8_t family)
{
	struct sw_nl_msg first, table, last;
	struct sw_nl_msg *const batch[] = { &first, &table, &last };
	size_t failed;

	if (!session_in_net())
		return;
	edge(&first, BATCH_BEGIN);
	begin(&table, NFT_DELTABLE, NLM_F_ACK, family);
	sw_nl_put_str(&table, TABLE_NAME, "swprobe");
	edge(&last, BATCH_END);
	if (sw_nl_batch(nl, batch, 3, &failed))
		session_spoil_net();
}

/* @f->num: the family of the table */
static void probe_nft_table(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { "nf_tables", "NF_TABLES" },
		{ ctx->version < KVER(4, 17) ? "nf_tables_ipv4" : NULL, "NF_TABLES_IPV4" },
		{ ctx->version < KVER(4, 17) && f->num == INET_FAMILY ? "nf_tables_inet" : NULL, "NF_TABLES_INET" },
		{ NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg first, table, last;
	struct sw_nl_msg *const batch[] = { &first, &table, &last };
	struct seen seen = { NULL, false };
	struct live_way way;
	size_t failed;
	int r;

	if (!net_may_ask(ctx, f, parts, ret) || !open_nft(ctx, &nl, ret, &way))
		return;
	edge(&first, BATCH_BEGIN);
	put_table(&table, f->num);
	edge(&last, BATCH_END);
	r = sw_nl_batch(&nl, batch, 3, &failed);
	if (r) {
		judge_refusal(ctx, f, "NFT_MSG_NEWTABLE", r, ret);
		return;
	}
	r = read_back(&nl, f->num, NFT_GETTABLE, see_table, &seen);
	if (r || !seen.found)
		live_set(ret, LIVE_BROKEN, r, "NFT_MSG_NEWTABLE: 0, but the table is not listed");
	else
		live_set(ret, LIVE_WORKS, 0, "a table of family %s was made and listed in a network namespace of "
			 "our own%s", f->num == INET_FAMILY ? "inet" : "ip", way.userns ? " (and user namespace)" : "");
	leave(&nl, f->num);
}

/* @f->arg: the trial, named as its expression where it has that for itself */
static void probe_nft_rule(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const steps[] = { "batch", "NFT_MSG_NEWTABLE", "NFT_MSG_NEWCHAIN", "NFT_MSG_NEWRULE",
					     "batch" };
	const struct trial *t = find_trial(f->arg);
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg first, table, chain, rule, last;
	struct sw_nl_msg *const batch[] = { &first, &table, &chain, &rule, &last };
	struct seen seen = { t->expr, false };
	struct live_way way;
	size_t failed = 0;
	char what[64];
	int r;

	if (!may_try(ctx, f, t, ret) || !open_nft(ctx, &nl, ret, &way))
		return;
	edge(&first, BATCH_BEGIN);
	put_table(&table, t->family);
	put_chain(&chain, t->family, t);
	put_rule(&rule, t->family, t->expr);
	edge(&last, BATCH_END);
	r = sw_nl_batch(&nl, batch, 5, &failed);
	if (r) {
		snprintf(what, sizeof(what), "%s, rule with %s", steps[failed], f->arg);
		judge_refusal(ctx, f, what, r, ret);
		return;
	}
	r = read_back(&nl, t->family, NFT_GETRULE, see_rule, &seen);
	if (r || !seen.found)
		live_set(ret, LIVE_BROKEN, r, "a rule with %s was taken, but is not listed", t->expr);
	else
		live_set(ret, LIVE_WORKS, 0, "a rule with %s in a %s chain was made and listed, in a network "
			 "namespace of our own", t->expr, t->nat ? "nat" : "filter");
	leave(&nl, t->family);
}

/* ---- helpers of connection tracking --------------------------------------------------------------- */

enum { NFT_NEWOBJ = 18, NFT_GETOBJ = 19, OBJ_TABLE = 1, OBJ_NAME = 2, OBJ_TYPE = 3, OBJ_DATA = 4 };
enum { OBJECT_CT_HELPER = 3, HELPER_NAME = 1, HELPER_L4PROTO = 3, PROTO_TCP = 6, PROTO_UDP = 17 };

static void put_helper(struct sw_nl_msg *m, const char *helper)
{
	size_t data;

	begin(m, NFT_NEWOBJ, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, AF_INET);
	sw_nl_put_str(m, OBJ_TABLE, "swprobe");
	sw_nl_put_str(m, OBJ_NAME, "helper");
	sw_nl_put_be32(m, OBJ_TYPE, OBJECT_CT_HELPER);
	data = sw_nl_nest(m, OBJ_DATA);
	sw_nl_put_str(m, HELPER_NAME, helper);
	sw_nl_put_u8(m, HELPER_L4PROTO, strcmp(helper, "ftp") ? PROTO_UDP : PROTO_TCP);
	sw_nl_nest_end(m, data);
}

static int see_any(const struct nlmsghdr *msg, void *arg)
{
	struct seen *seen = arg;

	(void)msg;
	seen->found = true;
	return 0;
}

/* @f->arg: the helper's name; an nftables object that names it is made, which finds it by that name */
void probe_ct_helper(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *conntrack = strcmp(f->arg, "ftp") ? "nf_conntrack_tftp" : "nf_conntrack_ftp";
	const struct net_part parts[] = {
		{ conntrack, strcmp(f->arg, "ftp") ? "NF_CONNTRACK_TFTP" : "NF_CONNTRACK_FTP" },
		{ f->module, strcmp(f->arg, "ftp") ? "NF_NAT_TFTP" : "NF_NAT_FTP" },
		{ "nf_tables", "NF_TABLES" }, { "nft_ct", "NFT_CT" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg first, table, object, last;
	struct sw_nl_msg *const batch[] = { &first, &table, &object, &last };
	struct seen seen = { NULL, false };
	struct live_way way;
	size_t failed;
	int r;

	if (!net_may_ask(ctx, f, parts, ret)) {
		if (net_part_there(ctx, f, &parts[0]) == 1 && net_part_there(ctx, f, &parts[1]) == 1) {
			live_set(ret, LIVE_UNKNOWN, 0, "%s and %s are there, but not nftables to ask for the helper",
				 conntrack, f->module);
			ret->cause = FINDING_NONE;
			ret->cause_text[0] = 0;
		}
		return;
	}
	if (ctx->version != KVER_NONE && ctx->version < KVER(4, 12)) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: nftables knows helpers since 4.12 (1a64edf54f55)");
		return;
	}
	if (!open_nft(ctx, &nl, ret, &way))
		return;
	edge(&first, BATCH_BEGIN);
	put_table(&table, AF_INET);
	put_helper(&object, f->arg);
	edge(&last, BATCH_END);
	r = sw_nl_batch(&nl, batch, 4, &failed);
	if (r) {
		judge_refusal(ctx, f, "NFT_MSG_NEWOBJ, helper", r, ret);
		return;
	}
	r = read_back(&nl, AF_INET, NFT_GETOBJ, see_any, &seen);
	if (r || !seen.found)
		live_set(ret, LIVE_BROKEN, r, "helper %s was taken, but is not listed", f->arg);
	else
		live_set(ret, LIVE_WORKS, 0, "helper %s was found and listed in a network namespace of our own", f->arg);
	leave(&nl, AF_INET);
}

#define RULE(id_, title_, expr_, module_, since_, commit_, ...) \
	{ .id = "net." id_, .title = title_, .area = "nftables", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_nft_rule, .arg = expr_, .module = module_ }

static const struct feature rows[] = {
	{ .id = "net.nftables", .title = "nftables", .area = "nftables", .since = KVER(3, 13),
	  .kconfig = { { KVER(3, 13), 0, "NF_TABLES && NF_TABLES_IPV4" } }, .commit = "96518518cc41",
	  .probe = probe_nft_table, .num = AF_INET, .module = "nf_tables" },
	{ .id = "net.nft_inet", .title = "nftables: tables for IPv4 and IPv6 at once", .area = "nftables",
	  .since = KVER(3, 14), .kconfig = { { KVER(3, 14), 0, "NF_TABLES && NF_TABLES_INET" } },
	  .commit = "1d49144c0aaa", .probe = probe_nft_table, .num = INET_FAMILY, .module = "nf_tables" },
	RULE("nft_counter", "nftables: counters", "counter", "nf_tables", KVER(3, 13), "96518518cc41, 023223dfbfb3",
	     { KVER(3, 13), KVER(5, 17), "NF_TABLES && NF_TABLES_IPV4 && NFT_COUNTER" },
	     { KVER(5, 17), 0, "NF_TABLES && NF_TABLES_IPV4" }),
	RULE("nft_ct", "nftables: connection tracking state", "ct", "nft_ct", KVER(3, 13), "96518518cc41",
	     { KVER(3, 13), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_CT" }),
	RULE("nft_limit", "nftables: rate limits", "limit", "nft_limit", KVER(3, 13), "96518518cc41",
	     { KVER(3, 13), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_LIMIT" }),
	RULE("nft_fib", "nftables: kind of address by route (fib)", "fib", "nft_fib_ipv4", KVER(4, 10),
	     "f6d0cbcf09c5", { KVER(4, 10), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_FIB_IPV4" }),
	RULE("nft_fib6", "nftables: kind of IPv6 address (fib)", "fib6", "nft_fib_ipv6", KVER(4, 10), "f6d0cbcf09c5",
	     { KVER(4, 10), 0, "NF_TABLES && NF_TABLES_IPV6 && NFT_FIB_IPV6" }),
	RULE("nft_reject", "nftables: reject", "reject", "nft_reject_ipv4", KVER(3, 14), "net/netfilter/nft_reject.c (3.14)",
	     { KVER(3, 14), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_REJECT && NFT_REJECT_IPV4" }),
	RULE("nft_nat", "nftables: source and destination NAT", "nat", "nft_nat", KVER(3, 13), "eb31628e37a0",
	     { KVER(3, 13), KVER(5, 1), "NF_TABLES && NF_TABLES_IPV4 && NFT_NAT && NFT_CHAIN_NAT_IPV4" },
	     { KVER(5, 1), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_NAT" }),
	RULE("nft_masq", "nftables: masquerade", "masq", "nft_masq", KVER(3, 18), "9ba1f726bec0",
	     { KVER(3, 18), KVER(5, 1),
	       "NF_TABLES && NF_TABLES_IPV4 && NFT_MASQ && NFT_MASQ_IPV4 && NFT_CHAIN_NAT_IPV4" },
	     { KVER(5, 1), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_NAT && NFT_MASQ" }),
	RULE("nft_redir", "nftables: redirect", "redir", "nft_redir", KVER(3, 19), "e9105f1bead4",
	     { KVER(3, 19), KVER(5, 1),
	       "NF_TABLES && NF_TABLES_IPV4 && NFT_REDIR && NFT_REDIR_IPV4 && NFT_CHAIN_NAT_IPV4" },
	     { KVER(5, 1), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_NAT && NFT_REDIR" }),
	RULE("nft_compat", "iptables over nftables (nft_compat)", "match", "nft_compat", KVER(3, 13),
	     "0ca743a55991", { KVER(3, 13), 0, "NF_TABLES && NF_TABLES_IPV4 && NFT_COMPAT" }),
};

static const struct feature_sharing sharing[] = {
	{ probe_nft_rule, SHARE_PROCESS | SHARE_NET }, { probe_nft_table, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_nftables = {
	.name = "nftables", .title = "nftables", FEATURE_ROWS(rows), .sharing = sharing,
};
