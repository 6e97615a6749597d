// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protocols, families of sockets, routing and traffic control. socket(2) of a family that is not
 * there makes the kernel load it ("net-pf-10"), and so do a queueing discipline or a classifier
 * by name ("sch_htb", since 6.8 "net-sch-htb"), and sock_diag of a family: looked up first, see
 * net.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/net.h"
#include "modules.h"
#include "sw_fd.h"

static void refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r,
		    struct live *ret)
{
	net_refused(ctx, f, what, r, r == -EOPNOTSUPP || r == -ENOENT ||
		    r == -EAFNOSUPPORT || r == -EPROTONOSUPPORT, ret);
}

static void give_up_waiting(int fd)
{
	struct timeval limit = { .tv_sec = 5 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

/* ---- IPv6 --------------------------------------------------------------------------------------- */

/* A datagram over ::1. Returns 0, or -errno with the step that failed. */
static int ipv6_loop(const char **ret_step)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(to);
	char got = 0;
	int fd __sw_fd = -1;

	*ret_step = "socket(AF_INET6)";
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	give_up_waiting(fd);
	*ret_step = "bind(::1)";
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) || getsockname(fd, (struct sockaddr *)&to, &len))
		return -errno;
	*ret_step = "a datagram to ::1";
	if (sendto(fd, "s", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1 || recv(fd, &got, 1, 0) != 1)
		return -errno;
	return got == 's' ? 0 : -EIO;
}

static void judge_ipv6(const char *step, int r, struct live *ret)
{
	static const char *const sysctls[] = { "all", "default", "lo" };
	char path[64];
	long v;

	if (!r) {
		live_set(ret, LIVE_WORKS, 0, "a datagram went over ::1 in a network namespace of our own");
		return;
	}
	live_set(ret, LIVE_UNKNOWN, r, "%s: %s", step, sw_errno_name(r));
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(*sysctls); i++) {
		snprintf(path, sizeof(path), "net/ipv6/conf/%s/disable_ipv6", sysctls[i]);
		if (!live_sysctl(path, &v) && v == 1) {
			ret->value = LIVE_DENIED;
			live_cause(ret, FINDING_SYSCTL, "net.ipv6.conf.%s.disable_ipv6=1", sysctls[i]);
			return;
		}
	}
}

static void probe_ipv6(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	const char *step;
	char line[16];
	int r;

	/* Off at boot the family is not registered, but the module's parameter shows why (2.6.29). */
	if (sw_read_line(AT_FDCWD, "/sys/module/ipv6/parameters/disable", line, sizeof(line)) > 0 &&
	    !strcmp(line, "1")) {
		live_set(ret, LIVE_ABSENT, 0, "/sys/module/ipv6/parameters/disable is 1");
		live_cause(ret, FINDING_BOOT_PARAMETER, "ipv6.disable=1");
		return;
	}
	if (access("/proc/self/net/dev", F_OK) && !ctx->load_modules) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "not tried: /proc/net is not to be had, and to ask might load it");
		return;
	}
	if (access("/proc/self/net/if_inet6", F_OK) && !ctx->load_modules) {
		module_explain_absent(ctx, f, "no /proc/net/if_inet6", ret);
		return;
	}
	if (net_enter(ctx, ret, &way))
		return;
	r = net_lo_up();
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "lo does not come up: %s", sw_errno_name(r));
		return;
	}
	r = ipv6_loop(&step);
	if (r == -EAFNOSUPPORT)
		module_explain_absent(ctx, f, "socket(AF_INET6): EAFNOSUPPORT", ret);
	else
		judge_ipv6(step, r, ret);
}

/* ---- packet sockets ----------------------------------------------------------------------------- */

enum { FAMILY_PACKET = 17, ETHERTYPE_IPV4 = 0x0800 };
struct packet_address {		/* include/uapi/linux/if_packet.h */
	uint16_t family, protocol;
	int32_t ifindex;
	uint16_t hatype;
	uint8_t pkttype, halen, addr[8];
};

/* A datagram to 127.0.0.1 must be seen on lo by a packet socket. */
static int packet_sees(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct packet_address on = { .family = FAMILY_PACKET, .protocol = htons(ETHERTYPE_IPV4),
				     .ifindex = (int32_t)if_nametoindex("lo") };
	int udp __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char frame[128];

	if (udp < 0 || bind(fd, (struct sockaddr *)&on, sizeof(on)))
		return -errno;
	give_up_waiting(fd);
	if (sendto(udp, "s", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1 ||
	    recv(fd, frame, sizeof(frame), 0) <= 0)
		return -errno;
	return 0;
}

static void probe_packet(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int fd __sw_fd = -1, r;

	if (access("/proc/self/net/dev", F_OK) && !ctx->load_modules) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "not tried: /proc/net is not to be had, and to ask might load it");
		return;
	}
	if (access("/proc/self/net/packet", F_OK) && !ctx->load_modules) {
		module_explain_absent(ctx, f, "no /proc/net/packet", ret);
		return;
	}
	if (net_enter(ctx, ret, &way))
		return;
	r = net_lo_up();
	if (!r) {
		fd = socket(FAMILY_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE_IPV4));
		r = fd < 0 ? -errno : packet_sees(fd);
	}
	if (r)
		refused(ctx, f, "a packet socket on lo", r, ret);
	else
		live_set(ret, LIVE_WORKS, 0, "a packet socket saw what went over lo, in a network namespace of our own");
}

static void probe_sctp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { f->module, NULL }, { NULL, NULL } };
	int fd __sw_fd = -1, other __sw_fd = -1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	struct live_way way;
	int r;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter(ctx, ret, &way))
		return;
	r = net_lo_up();
	fd = r ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
	if (!r && (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1) ||
		   getsockname(fd, (struct sockaddr *)&a, &len)))
		r = -errno;
	if (!r) {
		other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
		if (other < 0 || connect(other, (struct sockaddr *)&a, sizeof(a)))
			r = -errno;
	}
	if (r)
		refused(ctx, f, "an SCTP association over lo", r, ret);
	else
		live_set(ret, LIVE_WORKS, 0, "an SCTP association over lo, in a network namespace of our own");
}

/* ---- sock_diag ---------------------------------------------------------------------------------- */

enum { SOCK_DIAG_BY_FAMILY = 20, FAMILY_NETLINK = 16 };
struct inet_request {		/* struct inet_diag_req_v2, include/uapi/linux/inet_diag.h */
	uint8_t family, protocol, ext, pad;
	uint32_t states;
	uint8_t id[48];
};
struct unix_request {		/* struct unix_diag_req */
	uint8_t family, protocol;
	uint16_t pad;
	uint32_t states, ino, show, cookie[2];
};
struct packet_request {		/* struct packet_diag_req and netlink_diag_req */
	uint8_t family, protocol;
	uint16_t pad;
	uint32_t ino, show, cookie[2];
};

/* One socket of the kind that is asked for, in our own namespace: one answer must come. */
static int open_one(int family, int protocol)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
	int fd __sw_fd = -1;

	fd = socket(family, (family == AF_INET && protocol == IPPROTO_TCP ? SOCK_STREAM : family == FAMILY_PACKET ||
			     family == FAMILY_NETLINK ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (family == AF_INET && (bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
				  (protocol == IPPROTO_TCP && listen(fd, 1))))
		return -errno;
	return sw_take_fd(&fd);
}

static int ask_diag(struct sw_nl *nl, int family, int protocol, int *ret_count)
{
	struct inet_request inet = { .family = (uint8_t)family, .protocol = (uint8_t)protocol, .states = ~0u };
	struct unix_request un = { .family = (uint8_t)family, .states = ~0u };
	/* NDIAG_PROTO_ALL is 255 for netlink (24 for packet sockets: the field is not looked at). */
	struct packet_request packet = { .family = (uint8_t)family, .protocol = 255 };
	struct sw_nl_msg m;

	if (family == FAMILY_PACKET)
		packet.protocol = 0;
	if (family == AF_INET)
		sw_nl_begin(&m, SOCK_DIAG_BY_FAMILY, 0, &inet, sizeof(inet));
	else if (family == AF_UNIX)
		sw_nl_begin(&m, SOCK_DIAG_BY_FAMILY, 0, &un, sizeof(un));
	else
		sw_nl_begin(&m, SOCK_DIAG_BY_FAMILY, 0, &packet, sizeof(packet));
	return sw_nl_dump(nl, &m, net_count_messages, ret_count);
}

/* @f->num: family and protocol */
#define DIAG(family_, protocol_) ((uint64_t)(family_) << 16 | (uint64_t)(protocol_))

static void probe_diag(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { f->module, NULL }, { NULL, NULL } };
	int family = (int)(f->num >> 16), protocol = (int)(f->num & 0xffff), r, count = 0;
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int fd __sw_fd = -1;
	struct live_way way;

	if (!net_may_ask(ctx, f, parts, ret))
		return;
	/* The socket that asks is of the netlink family itself, and there are few of those anywhere. */
	if (family != FAMILY_NETLINK && net_enter(ctx, ret, &way))
		return;
	fd = open_one(family, protocol);
	if (fd < 0) {
		live_set(ret, LIVE_UNKNOWN, fd, "not tried: no socket to ask for: %s", sw_errno_name(fd));
		return;
	}
	r = sw_nl_open(&nl, NET_NL_SOCK_DIAG);
	if (!r)
		r = ask_diag(&nl, family, protocol, &count);
	if (r)
		refused(ctx, f, "SOCK_DIAG_BY_FAMILY", r, ret);
	else if (!count)
		live_set(ret, LIVE_BROKEN, 0, "SOCK_DIAG_BY_FAMILY: 0, but it does not list our socket");
	else
		live_set(ret, LIVE_WORKS, 0, "sock_diag listed our socket%s", family == FAMILY_NETLINK ? "" :
			 " in a network namespace of our own");
}

/* ---- IPsec, which encrypts Docker's overlay networks ---------------------------------------------- */

/* include/uapi/linux/xfrm.h: struct xfrm_userpolicy_info, whose parts we leave at zero but for these. */
enum { XFRM_MSG_NEWPOLICY = 0x13, XFRM_MSG_DELPOLICY = 0x14, XFRM_MSG_GETPOLICY = 0x15, XFRM_POLICY_OUT = 1 };
struct xfrm_policy {
	struct {
		uint8_t daddr[16], saddr[16];
		uint16_t dport, dport_mask, sport, sport_mask, family;
		uint8_t prefixlen_d, prefixlen_s, proto;
		int32_t ifindex;
		uint32_t user;
	} sel;
	uint64_t lft[8], curlft[4];
	uint32_t priority, index;
	uint8_t dir, action, flags, share;
} __attribute__((aligned(8)));
_Static_assert(sizeof(struct xfrm_policy) == 168, "struct xfrm_userpolicy_info has 168 bytes");

struct xfrm_policy_id {		/* struct xfrm_userpolicy_id */
	uint8_t sel[56];
	uint32_t index;
	uint8_t dir;
};

static void probe_xfrm(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct xfrm_policy policy = {
		.sel = { .daddr = { 192, 0, 2, 1 }, .saddr = { 192, 0, 2, 2 }, .family = AF_INET,
			 .prefixlen_d = 32, .prefixlen_s = 32 },
		.dir = XFRM_POLICY_OUT,
	};
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	int r, count = 0, there = net_protocol_there(NET_NL_XFRM);

	if (there != 1 && !ctx->load_modules) {
		module_explain_absent(ctx, f, "no protocol 6 (NETLINK_XFRM) in /proc/net/netlink", ret);
		if (there < 0)
			live_set(ret, LIVE_UNKNOWN, ENOENT, "not tried: /proc/net/netlink is not to be had");
		return;
	}
	if (net_enter_netlink(ctx, NET_NL_XFRM, &nl, ret, &way))
		return;
	for (size_t i = 0; i < 4; i++)
		policy.lft[i] = UINT64_MAX;	/* XFRM_INF: no limit of bytes and packets */
	sw_nl_begin(&m, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, &policy, sizeof(policy));
	r = sw_nl_ack(&nl, &m);
	if (!r) {
		sw_nl_begin(&m, XFRM_MSG_GETPOLICY, 0, &policy, sizeof(policy));
		r = sw_nl_dump(&nl, &m, net_count_messages, &count);
	}
	if (r)
		refused(ctx, f, "XFRM_MSG_NEWPOLICY", r, ret);
	else if (count != 1)
		live_set(ret, LIVE_BROKEN, 0, "XFRM_MSG_NEWPOLICY: 0, but there are then %d policies", count);
	else
		live_set(ret, LIVE_WORKS, 0, "a policy was made and listed in a network namespace of our own");
	if (!r) {
		struct xfrm_policy_id id = { .dir = XFRM_POLICY_OUT };

		memcpy(id.sel, &policy.sel, sizeof(id.sel));
		sw_nl_begin(&m, XFRM_MSG_DELPOLICY, 0, &id, sizeof(id));
		net_undo(&nl, &m);
	}
}

/* struct xfrm_usersa_info and struct xfrm_algo_aead */
enum { XFRM_MSG_NEWSA = 0x10, XFRM_MSG_GETSA = 0x12, XFRMA_ALG_AEAD = 18, PROTO_ESP = 50 };
struct xfrm_sa {
	uint8_t sel[56], daddr[16];
	uint32_t spi;
	uint8_t proto, pad[3], saddr[16];
	uint64_t lft[8], curlft[4];
	uint32_t stats[3], seq, reqid;
	uint16_t family;
	uint8_t mode, replay_window, flags;
} __attribute__((aligned(8)));
_Static_assert(sizeof(struct xfrm_sa) == 224, "struct xfrm_usersa_info has 224 bytes");
struct xfrm_aead {
	char name[64];
	uint32_t key_bits, icv_bits;
	char key[20];
};

/* Is the cipher instantiated already? */
static bool cipher_there(const char *name)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char line[80];

	snprintf(line, sizeof(line), ": %s\n", name);
	return !sw_read_file(AT_FDCWD, "/proc/crypto", &b, 1 << 20) && strstr(sw_buf_str(&b), line);
}

static int add_sa(struct sw_nl *nl, const char *cipher)
{
	struct xfrm_sa sa = { .daddr = { 192, 0, 2, 1 }, .saddr = { 192, 0, 2, 2 }, .spi = htonl(0x4242),
			      .proto = PROTO_ESP, .family = AF_INET };
	struct xfrm_aead aead = { .key_bits = 160, .icv_bits = 128, .key = "seaworthy" };
	struct sw_nl_msg m;

	for (size_t i = 0; i < 4; i++)
		sa.lft[i] = UINT64_MAX;
	snprintf(aead.name, sizeof(aead.name), "%s", cipher);
	sw_nl_begin(&m, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, &sa, sizeof(sa));
	sw_nl_put(&m, XFRMA_ALG_AEAD, &aead, offsetof(struct xfrm_aead, key) + sizeof(aead.key));
	return sw_nl_ack(nl, &m);
}

/*
 * An association as encrypted overlay networks use it. The first use of a cipher puts an instance
 * of it into /proc/crypto, which nothing takes away again: it is only tried where it is there.
 */
static void probe_esp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char cipher[] = "rfc4106(gcm(aes))";
	const struct net_part parts[] = { { "xfrm_user", "XFRM_USER" }, { "esp4", "INET_ESP" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	int r, count = 0;

	if (!net_may_ask(ctx, f, parts, ret))
		return;
	if (!ctx->load_modules && !cipher_there(cipher)) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: %s is not in /proc/crypto, and the first use would put it "
			 "there for good", cipher);
		return;
	}
	if (net_enter_netlink(ctx, NET_NL_XFRM, &nl, ret, &way))
		return;
	r = add_sa(&nl, cipher);
	if (!r) {
		sw_nl_begin(&m, XFRM_MSG_GETSA, 0, NULL, 0);
		r = sw_nl_dump(&nl, &m, net_count_messages, &count);
	}
	if (r == -ENOSYS)	/* what xfrm says of a cipher that it cannot get */
		live_set(ret, LIVE_ABSENT, r, "XFRM_MSG_NEWSA: ENOSYS, no %s", cipher);
	else if (r)
		refused(ctx, f, "XFRM_MSG_NEWSA", r, ret);
	else if (count != 1)
		live_set(ret, LIVE_BROKEN, 0, "XFRM_MSG_NEWSA: 0, but there are then %d associations", count);
	else
		live_set(ret, LIVE_WORKS, 0, "an ESP association with %s was made and listed in a network namespace "
			 "of our own", cipher);
}

/* ---- routing by rules --------------------------------------------------------------------------- */

enum { TABLE_42 = 42 };

static int see_rule(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rtm = NLMSG_DATA(msg);

	if (msg->nlmsg_len >= NLMSG_LENGTH(sizeof(*rtm)) && rtm->rtm_table == TABLE_42)
		*(bool *)arg = true;
	return 0;
}

static void probe_rules(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* struct fib_rule_hdr has the layout of struct rtmsg up to the action, which is its type. */
	struct rtmsg rule = { .rtm_family = AF_INET, .rtm_table = TABLE_42, .rtm_type = RTN_UNICAST };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	struct sw_nl_msg m;
	bool seen = false;
	int r;

	if (net_enter_netlink(ctx, NET_NL_ROUTE, &nl, ret, &way))
		return;
	sw_nl_begin(&m, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &rule, sizeof(rule));
	r = sw_nl_ack(&nl, &m);
	if (r) {
		refused(ctx, f, "RTM_NEWRULE", r, ret);
		return;
	}
	rule = (struct rtmsg){ .rtm_family = AF_INET };
	sw_nl_begin(&m, RTM_GETRULE, 0, &rule, sizeof(rule));
	r = sw_nl_dump(&nl, &m, see_rule, &seen);
	if (r || !seen)
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWRULE: 0, but the rule is not listed");
	else
		live_set(ret, LIVE_WORKS, 0, "a rule was made and listed in a network namespace of our own");
	rule = (struct rtmsg){ .rtm_family = AF_INET, .rtm_table = TABLE_42, .rtm_type = RTN_UNICAST };
	sw_nl_begin(&m, RTM_DELRULE, 0, &rule, sizeof(rule));
	net_undo(&nl, &m);
}

#define ROW(id_, title_, module_, since_, commit_, probe_, num_, ...) \
	{ .id = "net." id_, .title = title_, .area = "netproto", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_, .num = num_, .module = module_ }
#define ALWAYS KVER_NONE

static const struct feature rows[] = {
	ROW("ipv6", "IPv6", "ipv6", ALWAYS, "net/ipv6/af_inet6.c", probe_ipv6, 0, { ALWAYS, 0, "IPV6" }),
	ROW("packet", "Packet sockets", "af_packet", ALWAYS, "packet(7)", probe_packet, 0, { ALWAYS, 0, "PACKET" }),
	ROW("sctp", "SCTP", "sctp", ALWAYS, "net/sctp/Kconfig", probe_sctp, 0, { ALWAYS, 0, "IP_SCTP" }),
	ROW("policy_routing", "Routing by rules, several tables", NULL, ALWAYS, "net/ipv4/fib_rules.c",
	    probe_rules, 0, { ALWAYS, 0, "IP_ADVANCED_ROUTER && IP_MULTIPLE_TABLES" }),
	ROW("inet_diag", "Sockets listed by netlink: TCP", "tcp_diag", KVER(3, 3), "d366477a52f1", probe_diag,
	    DIAG(AF_INET, IPPROTO_TCP), { KVER(3, 3), 0, "INET_DIAG && INET_TCP_DIAG" }),
	ROW("udp_diag", "Sockets listed by netlink: UDP", "udp_diag", KVER(3, 3), "52b7c59bc3f9", probe_diag,
	    DIAG(AF_INET, IPPROTO_UDP), { KVER(3, 3), 0, "INET_DIAG && INET_UDP_DIAG" }),
	ROW("unix_diag", "Sockets listed by netlink: Unix", "unix_diag", KVER(3, 3), "22931d3b906c", probe_diag,
	    DIAG(AF_UNIX, 0), { KVER(3, 3), 0, "UNIX_DIAG" }),
	ROW("packet_diag", "Sockets listed by netlink: packet", "af_packet_diag", KVER(3, 7), "96ec6327144e",
	    probe_diag, DIAG(FAMILY_PACKET, 0), { KVER(3, 7), 0, "PACKET && PACKET_DIAG" }),
	ROW("netlink_diag", "Sockets listed by netlink: netlink", "netlink_diag", KVER(3, 10), "eaaa31392690",
	    probe_diag, DIAG(FAMILY_NETLINK, 0), { KVER(3, 10), 0, "NETLINK_DIAG" }),
	ROW("xfrm", "IPsec policies (xfrm)", "xfrm_user", ALWAYS, "net/xfrm/xfrm_user.c", probe_xfrm, 0,
	    { ALWAYS, 0, "XFRM && XFRM_USER" }),
	ROW("overlay_encryption", "IPsec for encrypted overlay networks", "esp4", ALWAYS, "4c145dce2601 (5.2)",
	    probe_esp, 0,
	    { ALWAYS, KVER(5, 2), "XFRM_USER && INET_ESP && INET_XFRM_MODE_TRANSPORT && CRYPTO_GCM && CRYPTO_SEQIV" },
	    { KVER(5, 2), 0, "XFRM_USER && INET_ESP && CRYPTO_GCM && CRYPTO_SEQIV" }),
};

static const struct feature_sharing sharing[] = {
	{ probe_diag, SHARE_PROCESS | SHARE_NET }, { probe_rules, SHARE_PROCESS | SHARE_NET }, { probe_xfrm, SHARE_PROCESS | SHARE_NET },
	{ probe_esp, SHARE_MEMORY }, { probe_ipv6, SHARE_PROCESS | SHARE_NET }, { probe_packet, SHARE_PROCESS | SHARE_NET },
	{ probe_sctp, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_netproto = {
	.name = "netproto", .title = "Protocols and sockets", FEATURE_ROWS(rows), .sharing = sharing,
};
