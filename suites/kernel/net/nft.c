// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet filtering and translation by nftables, as container engines use it: what a rule says happens to
 * datagrams, in the namespace that it is in. That one is dropped is shown by a later one that is not.
 */
#include "suite.h"

#include "net_frames.h"
#include "nft_messages.h"
#include "../ns/ns_util.h"

SUITE("net.nft", "kernel", "Packet filtering and address translation by nftables");

#define DOC "nft(8)"
#define NEEDS "ns.net net.nftables"
#define SELF 0x7f000001u
enum { PREROUTING = 0, INPUT = 1, FORWARD = 2, OUTPUT = 3, POSTROUTING = 4 };

#define COMMIT(...) nft_commit(NULL, (struct sw_nl_msg *const[]){ __VA_ARGS__ },               \
			       sizeof((struct sw_nl_msg *const[]){ __VA_ARGS__ }) / sizeof(void *))

/* ---- one namespace ---- */

SUITE_TEST(policy_holds_in_its_namespace, .needs = NEEDS, .promise = DOC ": CHAINS, policy; network_namespaces(7): firewall rules")
{
	struct sw_nl_msg table, chain;
	int own, ns, fd, other;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK((ns = suite_netns_new()));
	nft_table(&table, 0);
	nft_chain(&chain, "out", "filter", OUTPUT, 0, NF_DROP);
	ASSERT_OK(COMMIT(&table, &chain));
	EXPECT_EQ(1, nft_tables());
	EXPECT_REFUSED(EPERM, suite_udp_send(fd, SELF, 42, "dropped"));
	/* Elsewhere there is no such table, and everything passes. */
	ASSERT_OK(suite_netns_enter(ns));
	EXPECT_EQ(0, nft_tables());
	ASSERT_OK((other = suite_udp_socket(SELF, 42)));
	ASSERT_OK(suite_udp_send(other, SELF, 42, "there"));
	EXPECT_DATAGRAM(other, "there");
	ASSERT_OK(suite_netns_enter(own));
	/* Rules go with their table. */
	ASSERT_OK(nft_delete());
	ASSERT_OK(suite_udp_send(fd, SELF, 42, "passed"));
	EXPECT_DATAGRAM(fd, "passed");
}

SUITE_TEST(transaction_is_all_or_nothing, .needs = NEEDS, .promise = DOC ": -f, atomically")
{
	struct sw_nl_msg table, chain, rule;
	int fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	nft_table(&table, 0);
	nft_chain(&chain, "out", "filter", OUTPUT, 0, NF_DROP);
	size_t at = nft_rule(&rule, "no such chain");

	nft_verdict(&rule, NF_ACCEPT);
	sw_nl_nest_end(&rule, at);
	EXPECT_REFUSED(ENOENT, COMMIT(&table, &chain, &rule));
	EXPECT_EQ(0, nft_tables());
	EXPECT_OK(suite_udp_send(fd, SELF, 42, "passed"));
}

/* The number of packets that the first counter among all rules has, or -errno. */
static int note_counter(const struct nlmsghdr *msg, void *arg)
{
	size_t len;
	const void *attrs = sw_nl_attrs(msg, sizeof(struct sw_nfgenmsg), &len);
	const struct nlattr *list = sw_nl_find(attrs, len, 4), *packets;

	if (!list)
		return 0;
	attrs = sw_nl_data(list);
	len = sw_nl_len(list);
	for (const struct nlattr *e; (e = sw_nl_find(attrs, len, 1));) {
		const struct nlattr *name = sw_nl_find(sw_nl_data(e), sw_nl_len(e), 1);
		const struct nlattr *data = sw_nl_find(sw_nl_data(e), sw_nl_len(e), 2);
		size_t step = (size_t)((const char *)e - (const char *)attrs) + NLA_ALIGN(e->nla_len);

		if (name && data && !strcmp(sw_nl_data(name), "counter")) {
			uint32_t be[2];

			packets = sw_nl_find(sw_nl_data(data), sw_nl_len(data), 2);
			memcpy(be, sw_nl_data(packets), 8);
			*(long *)arg = ntohl(be[1]);
			return 1;
		}
		if (step >= len)
			break;
		attrs = (const char *)attrs + step;
		len -= step;
	}
	return 0;
}

static long counted(void)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	long n = -ENODATA;
	int r = sw_nl_open(&nl, NETLINK_NETFILTER);

	nft_begin(&m, NFT_GETRULE, 0);
	if (!r)
		r = sw_nl_dump(&nl, &m, note_counter, &n);
	return r ? r : n;
}

SUITE_TEST(counter_counts_what_matches, .needs = NEEDS " net.nft_counter", .promise = DOC ": COUNTER STATEMENT")
{
	struct sw_nl_msg table, chain, rule;
	size_t at;
	int fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	nft_table(&table, 0);
	nft_chain(&chain, "out", "filter", OUTPUT, 0, NF_ACCEPT);
	at = nft_rule(&rule, "out");
	nft_match_port(&rule, 42);
	nft_plain(&rule, "counter");
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	EXPECT_EQ(0, counted());
	for (int i = 0; i < 5; i++)
		ASSERT_OK(suite_udp_send(fd, SELF, i < 3 ? 42 : 43, "x"));
	EXPECT_EQ(3, counted());
}

SUITE_TEST(first_verdict_counts, .needs = NEEDS, .promise = DOC ": VERDICT STATEMENTS; rules in order")
{
	struct sw_nl_msg table, chain, first, second;
	size_t at;
	int fd, other;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK((other = suite_udp_socket(SELF, 43)));
	nft_table(&table, 0);
	nft_chain(&chain, "in", "filter", INPUT, 0, NF_ACCEPT);
	at = nft_rule(&first, "in");
	nft_match_port(&first, 42);
	nft_verdict(&first, NF_ACCEPT);
	sw_nl_nest_end(&first, at);
	at = nft_rule(&second, "in");
	nft_verdict(&second, NF_DROP);
	sw_nl_nest_end(&second, at);
	ASSERT_OK(COMMIT(&table, &chain, &first, &second));
	ASSERT_OK(suite_udp_send(fd, SELF, 43, "dropped"));
	ASSERT_OK(suite_udp_send(fd, SELF, 42, "accepted"));
	EXPECT_DATAGRAM(fd, "accepted");
	ASSERT_OK(nft_delete());
	ASSERT_OK(suite_udp_send(fd, SELF, 43, "marker"));
	EXPECT_DATAGRAM(other, "marker");
}

SUITE_TEST(reject_tells_the_sender, .needs = NEEDS " net.nft_reject", .promise = DOC ": REJECT STATEMENT; udp(7): ECONNREFUSED")
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(42), .sin_addr.s_addr = htonl(SELF) };
	struct sw_nl_msg table, chain, rule;
	int server, fd;
	char byte;
	size_t at;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((server = suite_udp_socket(SELF, 42)));
	ASSERT_OK((fd = suite_udp_socket(SELF, 43)));
	ASSERT_SYS(connect(fd, (struct sockaddr *)&sin, sizeof(sin)));
	nft_table(&table, 0);
	nft_chain(&chain, "in", "filter", INPUT, 0, NF_ACCEPT);
	at = nft_rule(&rule, "in");
	nft_match_port(&rule, 42);
	nft_reject(&rule);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	ASSERT_EQ(1, send(fd, "x", 1, 0));
	EXPECT_EQ(-1, recv(fd, &byte, 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
	ASSERT_OK(nft_delete());
	ASSERT_EQ(2, send(fd, "y", 2, 0));
	EXPECT_DATAGRAM(server, "y");
}

SUITE_TEST(owned_table_goes_with_its_owner, .needs = NEEDS, .promise = DOC ": TABLES, flags owner, since 5.12")
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg table, *const all[] = { &table };

	if (!suite_kernel(5, 12)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_netns_begin());
	ASSERT_OK(sw_nl_open(&nl, NETLINK_NETFILTER));
	nft_table(&table, NFT_TABLE_OWNER);
	ASSERT_OK(nft_commit(&nl, all, 1));
	EXPECT_EQ(1, nft_tables());
	EXPECT_REFUSED(EPERM, nft_delete());	/* by another socket */
	sw_nl_close(&nl);
	EXPECT_EQ(0, nft_tables());
}

SUITE_TEST(root_of_the_owner_filters, .needs = NEEDS " ns.user", .promise = "capabilities(7): CAP_NET_ADMIN; user_namespaces(7)")
{
	ASSERT_OK(suite_netns_begin());
	ROOT_CHILD(pid, 0) {
		struct sw_nl_msg table, chain;
		int fd;

		nft_table(&table, 0);
		nft_chain(&chain, "out", "filter", OUTPUT, 0, NF_DROP);
		EXPECT_REFUSED(EPERM, COMMIT(&table, &chain));
		ASSERT_OK(suite_netns_begin());
		ASSERT_OK(COMMIT(&table, &chain));
		ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
		EXPECT_REFUSED(EPERM, suite_udp_send(fd, SELF, 42, "dropped"));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, nft_tables());
}

/* ---- a container, a host that routes, and what is outside ---- */

#define INSIDE 0x0a630002u	/* 10.99.0.2 */
#define HOST_IN 0x0a630001u
#define HOST_OUT 0x0a640001u	/* 10.100.0.1 */
#define OUTSIDE 0x0a640002u

struct net {
	int host;		/* namespace: where rules are made, and where we are */
	int container;		/* namespace */
	int inside, outside;	/* sockets, port 42 */
};

static void build(struct __test_metadata *_metadata, struct net *net, bool outside_knows)
{
	int in, out;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((net->host = suite_netns_own()));
	ASSERT_OK((in = net->container = suite_netns_new()));
	ASSERT_OK((out = suite_netns_new()));
	ASSERT_OK(suite_write("1", "/proc/sys/net/ipv4/ip_forward"));
	ASSERT_OK(suite_link_veth("in", "eth0", in));
	ASSERT_OK(suite_link_veth("out", "eth0", out));
	ASSERT_OK(suite_address_add("in", HOST_IN, 24));
	ASSERT_OK(suite_address_add("out", HOST_OUT, 24));
	ASSERT_OK(suite_netns_enter(in));
	ASSERT_OK(suite_address_add("eth0", INSIDE, 24));
	ASSERT_OK(suite_route_add(0, 0, HOST_IN));
	ASSERT_OK((net->inside = suite_udp_socket(INSIDE, 42)));
	ASSERT_OK(suite_netns_enter(out));
	ASSERT_OK(suite_address_add("eth0", OUTSIDE, 24));
	if (outside_knows)
		ASSERT_OK(suite_route_add(0, 0, HOST_OUT));
	ASSERT_OK((net->outside = suite_udp_socket(OUTSIDE, 42)));
	ASSERT_OK(suite_netns_enter(net->host));
}

SUITE_TEST(forward_policy_isolates, .needs = NEEDS " net.veth", .promise = DOC ": hook forward")
{
	struct sw_nl_msg table, chain, rule;
	struct net net;
	size_t at;

	build(_metadata, &net, true);
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "routed"));
	EXPECT_DATAGRAM(net.outside, "routed");
	nft_table(&table, 0);
	nft_chain(&chain, "fwd", "filter", FORWARD, 0, NF_DROP);
	ASSERT_OK(COMMIT(&table, &chain));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "dropped"));
	at = nft_rule(&rule, "fwd");
	nft_match_port(&rule, 42);
	nft_verdict(&rule, NF_ACCEPT);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&rule));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "let through"));
	EXPECT_DATAGRAM(net.outside, "let through");
}

SUITE_TEST(only_answers_come_in, .needs = NEEDS " net.veth net.nft_ct", .promise = DOC ": ct state")
{
	struct sw_nl_msg table, chain, out, rule;
	struct net net;
	size_t at;
	int fd;

	build(_metadata, &net, true);
	ASSERT_OK(suite_netns_enter(net.container));
	ASSERT_OK((fd = suite_udp_socket(INSIDE, 43)));
	ASSERT_OK(suite_netns_enter(net.host));
	nft_table(&table, 0);
	nft_chain(&chain, "fwd", "filter", FORWARD, 0, NF_ACCEPT);
	at = nft_rule(&out, "fwd");
	nft_match_port(&out, 42);	/* from inside outwards */
	nft_verdict(&out, NF_ACCEPT);
	sw_nl_nest_end(&out, at);
	at = nft_rule(&rule, "fwd");
	nft_match_new(&rule);
	nft_verdict(&rule, NF_DROP);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &out, &rule));
	/* New from outside does not pass, an answer does. */
	ASSERT_OK(suite_udp_send(net.outside, INSIDE, 43, "uninvited"));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "question"));
	EXPECT_DATAGRAM(net.outside, "question");
	ASSERT_OK(suite_udp_send(net.outside, INSIDE, 42, "answer"));
	EXPECT_DATAGRAM(net.inside, "answer");
	ASSERT_OK(nft_delete());
	ASSERT_OK(suite_udp_send(net.outside, INSIDE, 43, "marker"));
	EXPECT_DATAGRAM(fd, "marker");
}

SUITE_TEST(masquerade_hides_who_is_inside, .needs = NEEDS " net.veth net.nft_masq", .promise = DOC ": NAT STATEMENTS, masquerade")
{
	struct sw_nl_msg table, chain, rule;
	struct net net;
	uint32_t from;
	uint16_t port;
	size_t at;

	build(_metadata, &net, false);	/* nobody outside has a route to the container */
	nft_table(&table, 0);
	nft_chain(&chain, "post", "nat", POSTROUTING, NFT_SRCNAT_LAST, NF_ACCEPT);
	at = nft_rule(&rule, "post");
	nft_plain(&rule, "masq");
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "question"));
	ASSERT_OK(suite_udp_next(net.outside, NULL, &from, &port));
	EXPECT_EQ(HOST_OUT, from);
	ASSERT_OK(suite_udp_send(net.outside, from, port, "answer"));
	ASSERT_OK(suite_udp_next(net.inside, NULL, &from, &port));
	EXPECT_EQ(OUTSIDE, from);
	EXPECT_EQ(42, port);
}

SUITE_TEST(source_is_translated, .needs = NEEDS " net.veth net.nft_nat", .promise = DOC ": NAT STATEMENTS, snat")
{
	struct sw_nl_msg table, chain, rule;
	struct net net;
	uint32_t from;
	size_t at;

	build(_metadata, &net, false);
	ASSERT_OK(suite_address_add("out", HOST_OUT + 6, 32));
	nft_table(&table, 0);
	nft_chain(&chain, "post", "nat", POSTROUTING, NFT_SRCNAT_LAST, NF_ACCEPT);
	at = nft_rule(&rule, "post");
	nft_nat(&rule, false, HOST_OUT + 6, 0);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "question"));
	ASSERT_OK(suite_udp_next(net.outside, NULL, &from, NULL));
	EXPECT_EQ(HOST_OUT + 6, from);
}

SUITE_TEST(published_port_leads_inside, .needs = NEEDS " net.veth net.nft_nat", .promise = DOC ": NAT STATEMENTS, dnat")
{
	struct sw_nl_msg table, chain, rule;
	struct net net;
	uint32_t from;
	uint16_t port;
	size_t at;

	build(_metadata, &net, false);
	nft_table(&table, 0);
	nft_chain(&chain, "pre", "nat", PREROUTING, NFT_DSTNAT_FIRST, NF_ACCEPT);
	at = nft_rule(&rule, "pre");
	nft_match_port(&rule, 80);
	nft_nat(&rule, true, INSIDE, 42);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	ASSERT_OK(suite_udp_send(net.outside, HOST_OUT, 80, "question"));
	ASSERT_OK(suite_udp_next(net.inside, NULL, &from, &port));
	EXPECT_EQ(OUTSIDE, from);
	/* The answer comes from where the question went. */
	ASSERT_OK(suite_udp_send(net.inside, from, port, "answer"));
	ASSERT_OK(suite_udp_next(net.outside, NULL, &from, &port));
	EXPECT_EQ(HOST_OUT, from);
	EXPECT_EQ(80, port);
}

SUITE_TEST(redirect_leads_here, .needs = NEEDS " net.veth net.nft_redir", .promise = DOC ": NAT STATEMENTS, redirect")
{
	struct sw_nl_msg table, chain, rule;
	struct net net;
	uint32_t from;
	uint16_t port;
	size_t at;
	int fd;

	build(_metadata, &net, false);
	ASSERT_OK((fd = suite_udp_socket(0, 5353)));
	nft_table(&table, 0);
	nft_chain(&chain, "pre", "nat", PREROUTING, NFT_DSTNAT_FIRST, NF_ACCEPT);
	at = nft_rule(&rule, "pre");
	nft_match_port(&rule, 53);
	nft_redirect(&rule, 5353);
	sw_nl_nest_end(&rule, at);
	ASSERT_OK(COMMIT(&table, &chain, &rule));
	/* Whatever server it was meant for. */
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 53, "question"));
	ASSERT_OK(suite_udp_next(fd, NULL, &from, &port));
	EXPECT_EQ(INSIDE, from);
	ASSERT_OK(suite_udp_send(fd, from, port, "answer"));
	ASSERT_OK(suite_udp_next(net.inside, NULL, &from, &port));
	EXPECT_EQ(OUTSIDE, from);
	EXPECT_EQ(53, port);
}

SUITE_TEST(forwarding_is_each_namespaces_own, .needs = "ns.net net.veth", .promise = "network_namespaces(7): /proc/sys/net; "
	   "Documentation/networking/ip-sysctl.rst: ip_forward")
{
	struct net net;

	build(_metadata, &net, true);
	ASSERT_OK(suite_write("0", "/proc/sys/net/ipv4/ip_forward"));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "lost"));
	ASSERT_OK(suite_write("1", "/proc/sys/net/ipv4/ip_forward"));
	ASSERT_OK(suite_udp_send(net.inside, OUTSIDE, 42, "found"));
	EXPECT_DATAGRAM(net.outside, "found");
}
