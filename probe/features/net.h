/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the probes of networking share. The kernel loads modules by itself for nearly everything
 * that it is asked for here: link kinds, netlink protocols, nfnetlink subsystems, xtables
 * extensions, queueing disciplines, socket families. So before anything is asked, it is found out
 * whether the answer can be given without that.
 */
#ifndef NET_H
#define NET_H

#include "feature.h"
#include "live.h"
#include "sw_netlink.h"

/* Netlink protocols of include/uapi/linux/netlink.h. */
enum { NET_NL_ROUTE = 0, NET_NL_SOCK_DIAG = 4, NET_NL_XFRM = 6, NET_NL_NETFILTER = 12, NET_NL_GENERIC = 16 };

/*
 * A part of the kernel that may be a module: its name, and the symbol that builds it in. Symbol
 * NULL: what the feature's row says of the configuration.
 */
struct net_part {
	const char *module, *symbol;
};

/*
 * Is it in the running kernel now? By /sys/module, /proc/modules, and the running kernel's own
 * configuration or, without that, its modules.builtin. 1, 0, or -1 where that cannot be told.
 */
int net_part_there(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *p);
/*
 * May the kernel be asked for what these parts give? True if all are there, if loading is allowed,
 * or if this kernel cannot load modules at all. Otherwise *ret says which is not there, or that it
 * cannot be told, with the cause.
 * @parts: ends with a NULL module
 */
bool net_may_ask(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *parts,
		 struct live *ret);

/*
 * EINVAL is what nfnetlink says of a subsystem that did not come when it was asked for, but also of
 * many other things: it means absence only if loading was allowed and the module is not there.
 */
bool net_not_loaded(const struct probe_ctx *ctx, const struct feature *f, int r);

/*
 * A request that ended with r (negative): EPERM is denied with what is lacking; absent says whether it
 * means that the kernel does not have it (now), with the module as the cause; else unknown.
 */
void net_refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r, bool absent,
		 struct live *ret);

/* For sw_nl_dump(): counts messages in an int. */
int net_count_messages(const struct nlmsghdr *msg, void *arg);

/* Is there a kernel socket of this netlink protocol? 1, 0, or -1: no /proc/net/netlink. */
int net_protocol_there(int protocol);
/* The same from text, as /proc/net/netlink has it. Pure. */
bool net_protocol_listed(const char *text, int protocol);
/* Is the word alone on a line of the text (/proc/net/ip_tables_matches)? Pure. */
bool net_line_listed(const char *text, const char *word);

/*
 * Say in *ret that a part is not there, with the cause. what: how that was seen.
 */
void net_explain_absent(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *p,
			const char *what, struct live *ret);

/*
 * A network namespace of our own, through a user namespace where that takes one. Returns 0, or
 * -errno with *ret filled: no place to try in says nothing about the feature, so the value is
 * UNKNOWN then.
 */
int net_enter(const struct probe_ctx *ctx, struct live *ret, struct live_way *way);
/* The same, and a netlink socket of that protocol in it. */
int net_enter_netlink(const struct probe_ctx *ctx, int protocol, struct sw_nl *nl, struct live *ret,
		      struct live_way *way);
/*
 * Where the network namespace is shared with rows to come: undo by this message what was made in it.
 * A namespace of our own just ends.
 */
void net_undo(struct sw_nl *nl, struct sw_nl_msg *m);
/* Bring lo up. Returns 0 or -errno. */
int net_lo_up(void);
/*
 * What needs CAP_NET_ADMIN but touches no namespace (a question about what is registered): as we
 * are if we have the capability in the initial user namespace, else in namespaces of our own.
 */
int net_privilege(const struct probe_ctx *ctx, struct live *ret, struct live_way *way);

/* A helper of connection tracking and its NAT, named by f->arg; in nftables.c, which asks for it. */
feature_probe_fn probe_ct_helper;

#endif
