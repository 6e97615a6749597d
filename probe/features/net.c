// SPDX-License-Identifier: GPL-2.0-only
#include "features/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "join.h"
#include "modules.h"
#include "session.h"
#include "sw_fd.h"
#include "sys.h"

#define PROC_MAX (1 << 20)

static bool config_of_running(const struct probe_ctx *ctx)
{
	return ctx->kconfig && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING;
}

int net_part_there(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *p)
{
	char why[160];

	if (module_loaded(p->module))
		return 1;
	if (!config_of_running(ctx))
		return module_listed_builtin(ctx->release, p->module) ? 1 : -1;
	if (!p->symbol)
		return feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why)) ==
		       KCONFIG_STATE_BUILTIN;
	return kconfig_get(ctx->kconfig, p->symbol, NULL) == KCONFIG_Y;
}

/* Without modules in the kernel a request for one comes to nothing (kernel/module/kmod.c). */
static bool no_modules_at_all(const struct probe_ctx *ctx)
{
	if (config_of_running(ctx))
		return kconfig_get(ctx->kconfig, "MODULES", NULL) == KCONFIG_N;
	return live_proc("/proc/modules") == 0;
}

void net_explain_absent(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *p,
			const char *what, struct live *ret)
{
	struct feature of = *f;

	/* A part's own symbol decides what is said about its module, not the whole row's. */
	of.module = p->module;
	if (p->symbol) {
		memset(of.kconfig, 0, sizeof(of.kconfig));
		of.kconfig[0] = (struct feature_kconfig){ KVER_NONE, 0, p->symbol };
	}
	module_explain_absent(ctx, &of, what, ret);
}

bool net_may_ask(const struct probe_ctx *ctx, const struct feature *f, const struct net_part *parts,
		 struct live *ret)
{
	char what[96], path[200];
	int there;

	if (ctx->load_modules || no_modules_at_all(ctx))
		return true;
	for (const struct net_part *p = parts; p->module; p++) {
		there = net_part_there(ctx, f, p);
		if (there == 1)
			continue;
		if (there < 0 && !module_on_disk(ctx->release, p->module, path, sizeof(path))) {
			live_set(ret, LIVE_UNKNOWN, 0, "not tried: it cannot be told whether %s is built in, and to "
				 "ask might load it", p->module);
			return false;
		}
		snprintf(what, sizeof(what), "%s is neither loaded nor built in", p->module);
		net_explain_absent(ctx, f, p, what, ret);
		return false;
	}
	return true;
}

bool net_not_loaded(const struct probe_ctx *ctx, const struct feature *f, int r)
{
	const struct net_part part = { f->module, NULL };

	return r == -EINVAL && ctx->load_modules && f->module && net_part_there(ctx, f, &part) != 1;
}

bool net_protocol_listed(const char *text, int protocol)
{
	/* "sk  Eth Pid ...": an address, the protocol, the port; the kernel's own socket has port 0. */
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		const char *p = memchr(line, ' ', end - line);
		char *after;

		if (p) {
			long eth = strtol(p, &after, 10), port;

			if (after != p && after < end && eth == protocol) {
				p = after;
				port = strtol(p, &after, 10);
				if (after != p && after <= end && port == 0)
					return true;
			}
		}
		line = *end ? end + 1 : end;
	}
	return false;
}

bool net_line_listed(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');

		if ((size_t)(end - line) == len && !memcmp(line, word, len))
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}

int net_protocol_there(int protocol)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (sw_read_file(AT_FDCWD, "/proc/self/net/netlink", &b, PROC_MAX))
		return -1;
	return net_protocol_listed(sw_buf_str(&b), protocol);
}

void net_refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r, bool absent,
		 struct live *ret)
{
	char text[120];

	if (r == -EPERM) {
		live_set(ret, LIVE_DENIED, r, "%s: EPERM", what);
		live_blame_privilege(ret);
	} else if (absent) {
		snprintf(text, sizeof(text), "%s: %s", what, sw_errno_name(r));
		module_explain_absent(ctx, f, text, ret);
	} else {
		live_set(ret, LIVE_UNKNOWN, r, "%s: %s", what, sw_errno_name(r));
	}
}

int net_count_messages(const struct nlmsghdr *msg, void *arg)
{
	(void)msg;
	++*(int *)arg;
	return 0;
}

int net_enter(const struct probe_ctx *ctx, struct live *ret, struct live_way *way)
{
	int r;

	way->userns = false;
	if (session_in_net())
		return 0;
	r = live_unshare(ctx, SW_CLONE_NEWNET, ret, way);
	if (r)
		ret->value = LIVE_UNKNOWN;
	return r;
}

int net_enter_netlink(const struct probe_ctx *ctx, int protocol, struct sw_nl *nl, struct live *ret,
		      struct live_way *way)
{
	int r = net_enter(ctx, ret, way);

	if (r)
		return r;
	r = sw_nl_open(nl, protocol);
	if (r)
		live_set(ret, LIVE_UNKNOWN, r, "socket(AF_NETLINK, protocol %d): %s", protocol,
			 sw_errno_name(r));
	return r;
}

void net_undo(struct sw_nl *nl, struct sw_nl_msg *m)
{
	if (session_in_net() && sw_nl_ack(nl, m))
		session_spoil_net();
}

int net_lo_up(void)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link lo;
	int r = sw_nl_open(&nl, NET_NL_ROUTE);

	/* Not always of index 1: that came with 3.7 (1fb9489bf190). */
	if (!r)
		r = sw_nl_link_get(&nl, "lo", &lo);
	return r ? r : sw_nl_link_up(&nl, lo.index, true);
}

int net_privilege(const struct probe_ctx *ctx, struct live *ret, struct live_way *way)
{
	way->userns = false;
	if (live_has_cap(LIVE_CAP_NET_ADMIN) && !live_in_userns())
		return 0;
	return net_enter(ctx, ret, way);
}
