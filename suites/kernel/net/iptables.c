// SPDX-License-Identifier: GPL-2.0-only
/* Legacy tables, replaced as a whole by setsockopt(2) (include/uapi/linux/netfilter_ipv4/ip_tables.h). */
#include "suite.h"

#include <arpa/inet.h>
#include <net/if.h>	/* before linux/if.h, which then gives way */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter/nf_nat.h>

#include "net_frames.h"

SUITE("net.iptables", "kernel", "Packet filtering and address translation by legacy iptables");

#define DOC "iptables(8)"
#define SELF 0x7f000001u

/* Ends of rules, as a standard target has them. */
enum { VERDICT_DROP = -NF_DROP - 1, VERDICT_ACCEPT = -NF_ACCEPT - 1 };

struct table {
	struct ipt_replace *replace;
	char space[4096] __attribute__((aligned(8)));
};

static void begin(struct table *t, const char *name, unsigned int hooks)
{
	memset(t, 0, sizeof(*t));
	t->replace = (void *)t->space;
	snprintf(t->replace->name, sizeof(t->replace->name), "%s", name);
	t->replace->valid_hooks = hooks;
}

/* Append a rule that matches everything; returns it, its target follows it. */
static struct ipt_entry *append(struct table *t, const char *target, uint8_t revision, const void *data,
				size_t len)
{
	struct ipt_entry *e = (void *)((char *)t->replace->entries + t->replace->size);
	struct xt_entry_target *x = (void *)e->elems;

	e->target_offset = sizeof(*e);
	x->u.user.target_size = XT_ALIGN(sizeof(*x) + len);
	snprintf(x->u.user.name, sizeof(x->u.user.name), "%s", target);
	x->u.user.revision = revision;
	memcpy(x->data, data, len);
	e->next_offset = (uint16_t)(sizeof(*e) + x->u.user.target_size);
	t->replace->size += e->next_offset;
	t->replace->num_entries++;
	return e;
}

/* Begin the chain of a hook: what is appended next is its first rule. */
static void chain(struct table *t, unsigned int hook)
{
	t->replace->hook_entry[hook] = t->replace->size;
}

/* End it with its policy. */
static void policy(struct table *t, unsigned int hook, int verdict)
{
	t->replace->underflow[hook] = t->replace->size;
	append(t, "", 0, &verdict, sizeof(verdict));
}

/* How many entries the table has now, or -errno. */
static int entries(const char *name)
{
	int fd __sw_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct ipt_getinfo info = { 0 };
	socklen_t len = sizeof(info);

	snprintf(info.name, sizeof(info.name), "%s", name);
	return fd < 0 || getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) ? -errno : (int)info.num_entries;
}

static int commit(struct table *t)
{
	static const char error[XT_FUNCTION_MAXNAMELEN] = "ERROR";
	int fd __sw_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct xt_counters counters[64];
	int old = entries(t->replace->name);

	if (fd < 0 || old < 0 || old > 64)
		return fd < 0 ? -errno : old < 0 ? old : -E2BIG;
	append(t, "ERROR", 0, error, sizeof(error));	/* the end that every table must have */
	t->replace->num_counters = (unsigned int)old;
	t->replace->counters = counters;
	return setsockopt(fd, IPPROTO_IP, IPT_SO_SET_REPLACE, t->replace,
			  sizeof(*t->replace) + t->replace->size) ? -errno : 0;
}

static int filter_with(int output, int forward)
{
	struct table t;

	begin(&t, "filter", 1 << NF_INET_LOCAL_IN | 1 << NF_INET_FORWARD | 1 << NF_INET_LOCAL_OUT);
	chain(&t, NF_INET_LOCAL_IN);
	policy(&t, NF_INET_LOCAL_IN, VERDICT_ACCEPT);
	chain(&t, NF_INET_FORWARD);
	policy(&t, NF_INET_FORWARD, forward);
	chain(&t, NF_INET_LOCAL_OUT);
	policy(&t, NF_INET_LOCAL_OUT, output);
	return commit(&t);
}

SUITE_TEST(policy_holds_in_its_namespace, .needs = "ns.net net.iptables_legacy",
	   .promise = DOC ": -P; network_namespaces(7): firewall rules")
{
	int own, ns, fd, other;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((own = suite_netns_own()));
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK((ns = suite_netns_new()));
	ASSERT_OK(filter_with(VERDICT_DROP, VERDICT_ACCEPT));
	EXPECT_REFUSED(EPERM, suite_udp_send(fd, SELF, 42, "dropped"));
	ASSERT_OK(suite_netns_enter(ns));
	ASSERT_OK((other = suite_udp_socket(SELF, 42)));
	ASSERT_OK(suite_udp_send(other, SELF, 42, "there"));
	EXPECT_DATAGRAM(other, "there");
	ASSERT_OK(suite_netns_enter(own));
	ASSERT_OK(filter_with(VERDICT_ACCEPT, VERDICT_DROP));
	ASSERT_OK(suite_udp_send(fd, SELF, 42, "passed"));
	EXPECT_DATAGRAM(fd, "passed");
}

SUITE_TEST(malformed_table_changes_nothing, .needs = "ns.net net.iptables_legacy", .promise = DOC ": the table is replaced as a whole")
{
	int fd;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK(filter_with(VERDICT_DROP, VERDICT_ACCEPT));
	EXPECT_REFUSED(EINVAL, filter_with(VERDICT_ACCEPT, 12345));	/* a jump to nowhere */
	EXPECT_REFUSED(EPERM, suite_udp_send(fd, SELF, 42, "dropped"));
	EXPECT_EQ(4, entries("filter"));
}

#define NAT_HOOKS (1 << NF_INET_PRE_ROUTING | 1 << NF_INET_LOCAL_IN | 1 << NF_INET_LOCAL_OUT |  \
		   1 << NF_INET_POST_ROUTING)

/* A nat table with one rule of UDP, in OUTPUT or POSTROUTING. @to: where packets go, 0: anywhere */
static int nat_with(unsigned int hook, uint32_t to, const char *target, uint32_t address, uint16_t port)
{
	static const unsigned int order[] = { NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT,
					      NF_INET_POST_ROUTING };
	struct nf_nat_ipv4_multi_range_compat range = { .rangesize = 1 };
	struct table t;

	range.range[0].flags = NF_NAT_RANGE_MAP_IPS | (port ? NF_NAT_RANGE_PROTO_SPECIFIED : 0);
	range.range[0].min_ip = range.range[0].max_ip = htonl(address);
	range.range[0].min.udp.port = range.range[0].max.udp.port = htons(port);
	begin(&t, "nat", NAT_HOOKS);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		chain(&t, order[i]);
		if (order[i] == hook) {
			struct ipt_entry *e = append(&t, target, 0, &range, sizeof(range));

			e->ip.proto = IPPROTO_UDP;
			if (to) {
				e->ip.dst.s_addr = htonl(to);
				e->ip.dmsk.s_addr = 0xffffffff;
			}
		}
		policy(&t, order[i], VERDICT_ACCEPT);
	}
	return commit(&t);
}

SUITE_TEST(destination_is_translated, .needs = "ns.net net.iptables_nat", .promise = "iptables-extensions(8): DNAT")
{
	uint32_t from;
	uint16_t port;
	int fd, s;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK((s = suite_udp_socket(SELF, 43)));
	ASSERT_OK(nat_with(NF_INET_LOCAL_OUT, SELF + 1, "DNAT", SELF, 42));
	ASSERT_OK(suite_udp_send(s, SELF + 1, 80, "question"));
	ASSERT_OK(suite_udp_next(fd, NULL, &from, &port));
	EXPECT_EQ(43, port);
	ASSERT_OK(suite_udp_send(fd, from, port, "answer"));
	ASSERT_OK(suite_udp_next(s, NULL, &from, &port));
	EXPECT_EQ(SELF + 1, from);
	EXPECT_EQ(80, port);
}

SUITE_TEST(source_is_translated, .needs = "ns.net net.iptables_nat", .promise = "iptables-extensions(8): SNAT")
{
	uint32_t from;
	int fd, s;

	ASSERT_OK(suite_netns_begin());
	ASSERT_OK((fd = suite_udp_socket(SELF, 42)));
	ASSERT_OK((s = suite_udp_socket(SELF, 43)));
	ASSERT_OK(nat_with(NF_INET_POST_ROUTING, 0, "SNAT", SELF + 8, 0));
	ASSERT_OK(suite_udp_send(s, SELF, 42, "question"));
	ASSERT_OK(suite_udp_next(fd, NULL, &from, NULL));
	EXPECT_EQ(SELF + 8, from);
}
