/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nftables by nfnetlink: the messages that tests of it need (include/uapi/linux/netfilter/nf_tables.h). One
 * table, "sw", of family ip. Include it after suite.h.
 */
#ifndef NFT_MESSAGES_H
#define NFT_MESSAGES_H

#include <arpa/inet.h>
#include <linux/netfilter.h>

#include "sw_netlink.h"

enum { NFT_SUBSYS = 10, NFT_BATCH_BEGIN = 16, NFT_BATCH_END = 17 };
enum { NFT_NEWTABLE = 0, NFT_GETTABLE = 1, NFT_DELTABLE = 2, NFT_NEWCHAIN = 3, NFT_NEWRULE = 6, NFT_GETRULE = 7 };
enum { NFT_REG_A = 1, NFT_REG_B = 2, NFT_TABLE_OWNER = 2, NFT_NEW = 8 /* NF_CT_STATE_BIT(IP_CT_NEW) */ };
enum { NFT_DSTNAT_FIRST = -100, NFT_SRCNAT_LAST = 100 };

static void nft_begin(struct sw_nl_msg *m, uint16_t msg, uint16_t flags)
{
	struct sw_nfgenmsg nf = { .family = AF_INET };

	sw_nl_begin(m, NFT_SUBSYS << 8 | msg, flags, &nf, sizeof(nf));
}

static void __attribute__((unused)) nft_table(struct sw_nl_msg *m, uint32_t flags)
{
	nft_begin(m, NFT_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	sw_nl_put_str(m, 1, "sw");
	if (flags)
		sw_nl_put_be32(m, 2, flags);
}

static void __attribute__((unused)) nft_chain(struct sw_nl_msg *m, const char *name, const char *type,
					      uint32_t hook, int priority, uint32_t policy)
{
	size_t at;

	nft_begin(m, NFT_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	sw_nl_put_str(m, 1, "sw");
	sw_nl_put_str(m, 3, name);
	at = sw_nl_nest(m, 4);
	sw_nl_put_be32(m, 1, hook);
	sw_nl_put_be32(m, 2, (uint32_t)priority);
	sw_nl_nest_end(m, at);
	sw_nl_put_be32(m, 5, policy);
	sw_nl_put_str(m, 7, type);
}

/* A rule is begun, given expressions and ended. */
static size_t __attribute__((unused)) nft_rule(struct sw_nl_msg *m, const char *chain)
{
	nft_begin(m, NFT_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);
	sw_nl_put_str(m, 1, "sw");
	sw_nl_put_str(m, 2, chain);
	return sw_nl_nest(m, 4);
}

struct nft_expr {
	size_t elem, data;
};

static struct nft_expr nft_open(struct sw_nl_msg *m, const char *name)
{
	struct nft_expr x = { .elem = sw_nl_nest(m, 1) };

	sw_nl_put_str(m, 1, name);
	x.data = sw_nl_nest(m, 2);
	return x;
}

static void nft_close(struct sw_nl_msg *m, struct nft_expr x)
{
	sw_nl_nest_end(m, x.data);
	sw_nl_nest_end(m, x.elem);
}

static void nft_value(struct sw_nl_msg *m, uint16_t type, const void *data, size_t len)
{
	size_t at = sw_nl_nest(m, type);

	sw_nl_put(m, 1, data, len);
	sw_nl_nest_end(m, at);
}

static void nft_equals(struct sw_nl_msg *m, const void *data, size_t len)
{
	struct nft_expr x = nft_open(m, "cmp");

	sw_nl_put_be32(m, 1, NFT_REG_A);
	sw_nl_put_be32(m, 2, 0);	/* NFT_CMP_EQ */
	nft_value(m, 3, data, len);
	nft_close(m, x);
}

/* udp dport PORT */
static void __attribute__((unused)) nft_match_port(struct sw_nl_msg *m, uint16_t port)
{
	uint16_t be = htons(port);
	uint8_t udp = 17;
	struct nft_expr x = nft_open(m, "meta");

	sw_nl_put_be32(m, 1, NFT_REG_A);
	sw_nl_put_be32(m, 2, 16);	/* NFT_META_L4PROTO */
	nft_close(m, x);
	nft_equals(m, &udp, 1);
	x = nft_open(m, "payload");
	sw_nl_put_be32(m, 1, NFT_REG_A);
	sw_nl_put_be32(m, 2, 2);	/* NFT_PAYLOAD_TRANSPORT_HEADER */
	sw_nl_put_be32(m, 3, 2);
	sw_nl_put_be32(m, 4, 2);
	nft_close(m, x);
	nft_equals(m, &be, 2);
}

/* ct state new */
static void __attribute__((unused)) nft_match_new(struct sw_nl_msg *m)
{
	struct nft_expr x = nft_open(m, "ct");
	uint32_t state = NFT_NEW;

	sw_nl_put_be32(m, 1, NFT_REG_A);
	sw_nl_put_be32(m, 2, 0);	/* NFT_CT_STATE */
	nft_close(m, x);
	nft_equals(m, &state, 4);
}

static void __attribute__((unused)) nft_verdict(struct sw_nl_msg *m, uint32_t code)
{
	struct nft_expr x = nft_open(m, "immediate");
	size_t data, verdict;

	sw_nl_put_be32(m, 1, 0);	/* NFT_REG_VERDICT */
	data = sw_nl_nest(m, 2);
	verdict = sw_nl_nest(m, 2);
	sw_nl_put_be32(m, 1, code);
	sw_nl_nest_end(m, verdict);
	sw_nl_nest_end(m, data);
	nft_close(m, x);
}

static void nft_load(struct sw_nl_msg *m, uint32_t reg, const void *data, size_t len)
{
	struct nft_expr x = nft_open(m, "immediate");

	sw_nl_put_be32(m, 1, reg);
	nft_value(m, 2, data, len);
	nft_close(m, x);
}

/* snat to ADDRESS, or dnat to ADDRESS:PORT (port 0: as it is) */
static void __attribute__((unused)) nft_nat(struct sw_nl_msg *m, bool destination, uint32_t address,
					    uint16_t port)
{
	uint32_t be = htonl(address);
	uint16_t be_port = htons(port);
	struct nft_expr x;

	nft_load(m, NFT_REG_A, &be, 4);
	if (port)
		nft_load(m, NFT_REG_B, &be_port, 2);
	x = nft_open(m, "nat");
	sw_nl_put_be32(m, 1, destination);
	sw_nl_put_be32(m, 2, AF_INET);
	sw_nl_put_be32(m, 3, NFT_REG_A);
	if (port)
		sw_nl_put_be32(m, 5, NFT_REG_B);
	nft_close(m, x);
}

static void __attribute__((unused)) nft_redirect(struct sw_nl_msg *m, uint16_t port)
{
	uint16_t be = htons(port);
	struct nft_expr x;

	nft_load(m, NFT_REG_A, &be, 2);
	x = nft_open(m, "redir");
	sw_nl_put_be32(m, 1, NFT_REG_A);
	nft_close(m, x);
}

/* An expression that needs nothing: counter, masq. */
static void __attribute__((unused)) nft_plain(struct sw_nl_msg *m, const char *name)
{
	nft_close(m, nft_open(m, name));
}

/* reject with icmp port-unreachable */
static void __attribute__((unused)) nft_reject(struct sw_nl_msg *m)
{
	struct nft_expr x = nft_open(m, "reject");

	sw_nl_put_be32(m, 1, 0);
	sw_nl_put_u8(m, 2, 3);
	nft_close(m, x);
}

/* Commit up to six messages as one transaction. @nl: an open socket, or NULL */
static int nft_commit(struct sw_nl *nl, struct sw_nl_msg *const msgs[], size_t count)
{
	struct sw_nfgenmsg nf = { .res_id = htons(NFT_SUBSYS) };
	struct sw_nl own __sw_nl = SW_NL_INIT;
	struct sw_nl_msg first, last, *all[8];
	size_t failed;
	int r = nl ? 0 : sw_nl_open(&own, NETLINK_NETFILTER);

	if (r || count > 6)
		return r ? r : -E2BIG;
	sw_nl_begin(&first, NFT_BATCH_BEGIN, 0, &nf, sizeof(nf));
	sw_nl_begin(&last, NFT_BATCH_END, 0, &nf, sizeof(nf));
	all[0] = &first;
	memcpy(all + 1, msgs, count * sizeof(*msgs));
	all[count + 1] = &last;
	return sw_nl_batch(nl ? nl : &own, all, count + 2, &failed);
}

static int __attribute__((unused)) nft_delete(void)
{
	struct sw_nl_msg m, *const all[] = { &m };

	nft_begin(&m, NFT_DELTABLE, NLM_F_ACK);
	sw_nl_put_str(&m, 1, "sw");
	return nft_commit(NULL, all, 1);
}

static int nft_count_message(const struct nlmsghdr *msg, void *arg)
{
	(void)msg;
	++*(int *)arg;
	return 0;
}

/* How many tables there are in this namespace, or -errno. */
static int __attribute__((unused)) nft_tables(void)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	int n = 0, r = sw_nl_open(&nl, NETLINK_NETFILTER);

	if (r)
		return r;
	nft_begin(&m, NFT_GETTABLE, 0);
	r = sw_nl_dump(&nl, &m, nft_count_message, &n);
	return r ? r : n;
}

#endif
