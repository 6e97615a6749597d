// SPDX-License-Identifier: GPL-2.0-only
/* monitor: say what happens to containers. */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

static int listen_for(struct cmd *c, const regex_t *names)
{
	struct rt_listener *l;
	struct sw_error err = { 0 };
	enum rt_state state;
	char name[96];

	if (rt_listen(c->lxcpath, &l, &err))
		return cmd_error(c, &err);
	while (!rt_listen_next(l, name, sizeof(name), &state)) {
		if (regexec(names, name, 0, NULL, 0))
			continue;
		printf("'%s' changed state to [%s]\n", name, rt_state_name(state));
		if (fflush(stdout))	/* nobody reads any more */
			break;
	}
	rt_listen_end(l);
	return SW_EXIT_OK;
}

int verb_monitor(struct cmd *c)
{
	const char *pattern = c->orig ? c->orig : c->rest_count ? c->rest[0] : ".*";
	struct sw_buf whole __sw_buf = SW_BUF_INIT;
	regex_t names;
	int bad, status;

	if (c->rest_count > !c->orig)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[!c->orig]);
	/* LXC 1 and later have a daemon that tells the events; there is none here to be ended. */
	if (c->quit)
		return SW_EXIT_OK;
	/* The whole name, as lxc-monitor(1) has it; in parentheses, for alternatives. */
	sw_buf_printf(&whole, "^(%s)$", pattern);
	bad = regcomp(&names, sw_buf_str(&whole), REG_NOSUB | REG_EXTENDED);
	if (bad) {
		char why[128];

		regerror(bad, &names, why, sizeof(why));
		return cmd_usage(c, "'%s' is no regular expression: %s", pattern, why);
	}
	status = cmd_need_root(c);
	if (!status)
		status = listen_for(c, &names);
	regfree(&names);
	return status;
}
