// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic control, tc(8): queueing disciplines and classifiers are put on lo in a network
 * namespace of our own and read back. The kernel loads one that it is asked for and does not have
 * ("sch_htb", since 6.8 "net-sch-htb"), so none is asked for that is not there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "features/areas.h"
#include "features/net.h"
#include "modules.h"

enum { KIND = 1, OPTIONS = 2 };		/* TCA_KIND, TCA_OPTIONS */
#define PARENT_ROOT	0xffffffffu	/* TC_H_ROOT */
#define PARENT_INGRESS	0xfffffff1u	/* TC_H_INGRESS, also of clsact */
#define HANDLE_1	0x00010000u
#define HANDLE_INGRESS	0xffff0000u
#define FILTER_INFO	(1u << 16 | htons(0x0003))	/* preference 1, ETH_P_ALL */

/* include/uapi/linux/pkt_sched.h */
struct tc_htb {			/* struct tc_htb_glob */
	uint32_t version, rate2quantum, defcls, debug, direct_pkts;
};
struct tc_rate {		/* struct tc_ratespec */
	uint8_t cell_log, linklayer;
	uint16_t overhead;
	int16_t cell_align;
	uint16_t mpu;
	uint32_t rate;
};
struct tc_tbf {			/* struct tc_tbf_qopt */
	struct tc_rate rate, peakrate;
	uint32_t limit, buffer, mtu;
};
struct bpf_insn {		/* struct sock_filter */
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

static void put_qdisc_options(struct sw_nl_msg *m, const char *kind)
{
	struct tc_htb htb = { .version = 3, .rate2quantum = 10 };
	/* 1 Mbit/s; with TCA_TBF_BURST no table of rates is needed, ethernet framing (linklayer 1). */
	struct tc_tbf tbf = { .rate = { .linklayer = 1, .rate = 125000 }, .limit = 10000, .buffer = 1000000 };
	size_t options;

	if (strcmp(kind, "htb") && strcmp(kind, "tbf"))
		return;
	options = sw_nl_nest(m, OPTIONS);
	if (!strcmp(kind, "htb")) {
		sw_nl_put(m, 2, &htb, sizeof(htb));	/* TCA_HTB_INIT */
	} else {
		sw_nl_put(m, 1, &tbf, sizeof(tbf));	/* TCA_TBF_PARMS */
		sw_nl_put_u32(m, 6, 1600);		/* TCA_TBF_BURST */
	}
	sw_nl_nest_end(m, options);
}

static bool on_ingress(const char *kind)
{
	return !strcmp(kind, "ingress") || !strcmp(kind, "clsact");
}

static int add_qdisc(struct sw_nl *nl, const char *kind)
{
	struct tcmsg tcm = {
		.tcm_ifindex = (int)if_nametoindex("lo"),
		.tcm_handle = on_ingress(kind) ? HANDLE_INGRESS : HANDLE_1,
		.tcm_parent = on_ingress(kind) ? PARENT_INGRESS : PARENT_ROOT,
	};
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tcm, sizeof(tcm));
	sw_nl_put_str(&m, KIND, kind);
	put_qdisc_options(&m, kind);
	return sw_nl_ack(nl, &m);
}

/* A classifier on the queueing discipline that was added before. */
static int add_filter(struct sw_nl *nl, const char *kind, uint32_t parent)
{
	struct tcmsg tcm = { .tcm_ifindex = (int)if_nametoindex("lo"), .tcm_parent = parent,
			     .tcm_info = FILTER_INFO, .tcm_handle = 1 };
	struct bpf_insn accept = { .code = 0x06, .k = 0 };	/* BPF_RET | BPF_K: no match */
	struct sw_nl_msg m;
	size_t options;

	sw_nl_begin(&m, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &tcm, sizeof(tcm));
	sw_nl_put_str(&m, KIND, kind);
	options = sw_nl_nest(&m, OPTIONS);
	if (!strcmp(kind, "bpf")) {
		sw_nl_put_u32(&m, 3, HANDLE_1 | 1);		/* TCA_BPF_CLASSID */
		sw_nl_put_u16(&m, 4, 1);			/* TCA_BPF_OPS_LEN */
		sw_nl_put(&m, 5, &accept, sizeof(accept));	/* TCA_BPF_OPS */
	}
	sw_nl_nest_end(&m, options);
	return sw_nl_ack(nl, &m);
}

struct seen {
	const char *kind;
	bool found;
};

static int see_kind(const struct nlmsghdr *msg, void *arg)
{
	struct seen *seen = arg;
	const struct nlattr *kind;
	const void *attrs;
	size_t len;

	attrs = sw_nl_attrs(msg, sizeof(struct tcmsg), &len);
	kind = sw_nl_find(attrs, len, KIND);
	if (kind && sw_nl_len(kind) == strlen(seen->kind) + 1 &&
	    !memcmp(sw_nl_data(kind), seen->kind, sw_nl_len(kind)))
		seen->found = true;
	return 0;
}

static bool is_listed(struct sw_nl *nl, uint16_t get, const char *kind, uint32_t parent)
{
	struct tcmsg tcm = { .tcm_ifindex = (int)if_nametoindex("lo"), .tcm_parent = parent };
	struct seen seen = { kind, false };
	struct sw_nl_msg m;

	sw_nl_begin(&m, get, 0, &tcm, sizeof(tcm));
	return !sw_nl_dump(nl, &m, see_kind, &seen) && seen.found;
}

static void judge(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r, bool listed,
		  struct live *ret)
{
	char text[96];

	if (!r && listed) {
		live_set(ret, LIVE_WORKS, 0, "%s was put on lo and listed, in a network namespace of our own", what);
	} else if (!r) {
		live_set(ret, LIVE_BROKEN, 0, "%s was put on lo, but is not listed", what);
	} else if (r == -ENOENT || r == -EOPNOTSUPP) {
		snprintf(text, sizeof(text), "%s on lo: %s", what, sw_errno_name(r));
		module_explain_absent(ctx, f, text, ret);
	} else {
		live_set(ret, r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r, "%s on lo: %s", what, sw_errno_name(r));
		if (r == -EPERM)
			live_blame_privilege(ret);
	}
}

/* In a shared namespace: lo gets back what it had, and filters go with what they are on. */
static void leave(struct sw_nl *nl, const char *kind)
{
	struct tcmsg tcm = {
		.tcm_ifindex = (int)if_nametoindex("lo"),
		.tcm_handle = on_ingress(kind) ? HANDLE_INGRESS : HANDLE_1,
		.tcm_parent = on_ingress(kind) ? PARENT_INGRESS : PARENT_ROOT,
	};
	struct sw_nl_msg m;

	sw_nl_begin(&m, RTM_DELQDISC, 0, &tcm, sizeof(tcm));
	net_undo(nl, &m);
}

/* @f->arg: the queueing discipline; one without a module is part of NET_SCHED itself */
static void probe_qdisc(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct net_part parts[] = { { f->module, NULL }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	char what[48];
	int r;

	if (!net_may_ask(ctx, f, parts, ret) || net_enter_netlink(ctx, NET_NL_ROUTE, &nl, ret, &way))
		return;
	r = add_qdisc(&nl, f->arg);
	snprintf(what, sizeof(what), "queueing discipline %s", f->arg);
	judge(ctx, f, what, r, !r && is_listed(&nl, RTM_GETQDISC, f->arg, 0), ret);
	if (!r)
		leave(&nl, f->arg);
}

/* @f->arg: the classifier */
static void probe_filter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	bool bpf = !strcmp(f->arg, "bpf");
	const struct net_part parts[] = { { f->module, bpf ? "NET_CLS_BPF" : "NET_CLS_CGROUP" },
		{ bpf ? "sch_ingress" : "sch_htb", bpf ? "NET_SCH_INGRESS" : "NET_SCH_HTB" }, { NULL, NULL } };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct live_way way;
	char what[48];
	int r;

	if (!net_may_ask(ctx, f, parts, ret)) {
		/* What it is tried on says nothing about the classifier. */
		if (net_part_there(ctx, f, &parts[0]) == 1) {
			live_set(ret, LIVE_UNKNOWN, 0, "%s is there, but not %s to try it on", f->module,
				 parts[1].module);
			ret->cause = FINDING_NONE;
			ret->cause_text[0] = 0;
		}
		return;
	}
	if (net_enter_netlink(ctx, NET_NL_ROUTE, &nl, ret, &way))
		return;
	r = add_qdisc(&nl, bpf ? "ingress" : "htb");
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "not tried: no queueing discipline to try it on: %s",
			 sw_errno_name(r));
		return;
	}
	r = add_filter(&nl, f->arg, bpf ? HANDLE_INGRESS : HANDLE_1);
	snprintf(what, sizeof(what), "classifier %s", f->arg);
	judge(ctx, f, what, r, !r && is_listed(&nl, RTM_GETTFILTER, f->arg, bpf ? HANDLE_INGRESS : HANDLE_1), ret);
	leave(&nl, bpf ? "ingress" : "htb");
}

#define ROW(id_, title_, module_, since_, commit_, probe_, arg_, ...) \
	{ .id = "net.tc" id_, .title = title_, .area = "nettc", .kconfig = { __VA_ARGS__ }, \
	  .since = since_, .commit = commit_, .probe = probe_, .arg = arg_, .module = module_ }
#define ALWAYS KVER_NONE

static const struct feature rows[] = {
	ROW("", "Traffic control (tc)", NULL, ALWAYS, "net/sched/Kconfig", probe_qdisc, "pfifo",
	    { ALWAYS, 0, "NET_SCHED" }),
	ROW("_htb", "Queueing: classes with rates (htb)", "sch_htb", ALWAYS, "net/sched/sch_htb.c", probe_qdisc,
	    "htb", { ALWAYS, 0, "NET_SCHED && NET_SCH_HTB" }),
	ROW("_tbf", "Queueing: one rate (tbf)", "sch_tbf", ALWAYS, "net/sched/sch_tbf.c", probe_qdisc, "tbf",
	    { ALWAYS, 0, "NET_SCHED && NET_SCH_TBF" }),
	ROW("_fq_codel", "Queueing: fair, short (fq_codel)", "sch_fq_codel", KVER(3, 5), "4b549a2ef4be",
	    probe_qdisc, "fq_codel", { KVER(3, 5), 0, "NET_SCHED && NET_SCH_FQ_CODEL" }),
	ROW("_ingress", "Filters on what comes in (ingress)", "sch_ingress", ALWAYS, "net/sched/sch_ingress.c",
	    probe_qdisc, "ingress", { ALWAYS, 0, "NET_SCHED && NET_SCH_INGRESS && NET_CLS_ACT" }),
	ROW("_clsact", "Filters on both directions (clsact)", "sch_ingress", KVER(4, 5), "1f211a1b929c",
	    probe_qdisc, "clsact", { KVER(4, 5), 0, "NET_SCHED && NET_SCH_INGRESS && NET_CLS_ACT" }),
	ROW("_bpf", "BPF programs as classifiers (cls_bpf)", "cls_bpf", KVER(3, 13), "7d1d65cb84e1", probe_filter,
	    "bpf", { KVER(3, 13), 0, "NET_SCHED && NET_CLS_BPF" }),
	ROW("_cgroup", "Classes by cgroup (cls_cgroup)", "cls_cgroup", ALWAYS, "f400923735ec (2.6.29)",
	    probe_filter, "cgroup", { ALWAYS, 0, "NET_SCHED && NET_CLS_CGROUP" }),
};

static const struct feature_sharing sharing[] = {
	{ probe_filter, SHARE_PROCESS | SHARE_NET }, { probe_qdisc, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_nettc = {
	.name = "nettc", .title = "Traffic control", FEATURE_ROWS(rows), .sharing = sharing,
};
