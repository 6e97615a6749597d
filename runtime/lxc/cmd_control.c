// SPDX-License-Identifier: GPL-2.0-only
/* stop, kill, wait, freeze, unfreeze: the verbs that act on a running container. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

/* lxc-stop(1): 2 says that the container exists but was not running. */
#define EXIT_NOT_RUNNING	2
#define STOP_DEFAULT_MS		60000

static bool is_running(const struct cmd *c, struct sw_error *err)
{
	struct rt_status st;

	return !rt_status(c->lxcpath, c->name, &st, err) && st.state != RT_STOPPED;
}

static bool is_defined(const struct cmd *c)
{
	char *config __sw_free = cmd_config_path(c);

	return config && !access(config, F_OK);
}

static int not_running(const struct cmd *c)
{
	if (!is_defined(c))
		return cmd_fail(c, "there is no container '%s' in %s", c->name, c->lxcpath);
	return cmd_fail(c, "container '%s' is not running", c->name);
}

/* A container whose configuration has gone or cannot be read must still reboot. */
static int reboot_signal(struct cmd *c)
{
	struct rt_spec spec = { 0 };
	struct sw_error err = { 0 };
	int sig;

	cmd_read_config(c, &spec, false, &err);
	sig = spec.reboot_signal;
	rt_spec_free(&spec);
	return sig ? sig : SIGINT;
}

int verb_stop(struct cmd *c)
{
	struct sw_error err = { 0 };
	int timeout, r;

	if (c->kill && (c->reboot || c->nokill || c->nowait))
		return cmd_usage(c, "-k excludes -r, -W and --nokill");
	if (cmd_timeout(c, STOP_DEFAULT_MS, &timeout))
		return c->lxc ? SW_EXIT_FAIL : SW_EXIT_USAGE;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (!is_running(c, &err)) {
		if (err.num)
			return cmd_error(c, &err);
		not_running(c);
		return is_defined(c) ? EXIT_NOT_RUNNING : SW_EXIT_FAIL;
	}
	if (c->reboot || c->nowait) {
		/* What asks for a halt was settled at the start; 0 is that. */
		int sig = c->reboot ? reboot_signal(c) : 0;

		return rt_kill(c->lxcpath, c->name, sig, &err) ? cmd_error(c, &err) : SW_EXIT_OK;
	}
	if (c->kill)
		timeout = 0;
	else if (c->nokill && !timeout)
		timeout = 1;	/* 0 would kill */
	r = rt_stop(c->lxcpath, c->name, 0, timeout, !c->nokill, &err);
	if (r == -ESRCH)
		return SW_EXIT_OK;	/* it ended by itself meanwhile */
	return r ? cmd_error(c, &err) : SW_EXIT_OK;
}

int verb_kill(struct cmd *c)
{
	struct sw_error err = { 0 };
	long sig = SIGKILL;

	if (c->rest_count > 1)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[1]);
	if (c->rest_count && sw_parse_long(c->rest[0], &sig)) {
		const char *word = c->rest[0];

		if (!strncasecmp(word, "SIG", 3))
			word += 3;
		for (sig = 1; sig < 32; sig++)
			if (sigabbrev_np(sig) && !strcasecmp(word, sigabbrev_np(sig)))
				break;
		if (sig == 32)
			return cmd_usage(c, "there is no signal '%s'", c->rest[0]);
	}
	if (sig < 1 || sig >= NSIG)
		return cmd_usage(c, "there is no signal '%s'", c->rest[0]);
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	return rt_kill(c->lxcpath, c->name, sig, &err) ? cmd_error(c, &err) : SW_EXIT_OK;
}

int verb_wait(struct cmd *c)
{
	char *list __sw_free = c->states ? strdup(c->states) : NULL, *save = NULL;
	struct sw_error err = { 0 };
	unsigned int mask = 0;
	int timeout, r;

	if (!list)
		return cmd_usage(c, "-s, the states to wait for, is missing");
	for (char *w = strtok_r(list, "|", &save); w; w = strtok_r(NULL, "|", &save)) {
		int s = RT_STOPPED;

		while (s <= RT_THAWED && strcasecmp(w, rt_state_name(s)))
			s++;
		if (s > RT_THAWED)
			return cmd_usage(c, "there is no state '%s'", w);
		mask |= 1u << s;
	}
	if (!mask)
		return cmd_usage(c, "-s names no state");
	if (cmd_timeout(c, -1, &timeout))
		return c->lxc ? SW_EXIT_FAIL : SW_EXIT_USAGE;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	r = rt_wait(c->lxcpath, c->name, mask, timeout, &err);
	if (r == -ETIMEDOUT)
		return SW_EXIT_FAIL;	/* lxc-wait(1) says nothing then */
	return r ? cmd_error(c, &err) : SW_EXIT_OK;
}

static int freeze(struct cmd *c, bool on)
{
	struct sw_error err = { 0 };

	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (!is_running(c, &err))
		return err.num ? cmd_error(c, &err) : not_running(c);
	return rt_freeze(c->lxcpath, c->name, on, &err) ? cmd_error(c, &err) : SW_EXIT_OK;
}

int verb_freeze(struct cmd *c)
{
	return freeze(c, true);
}

int verb_unfreeze(struct cmd *c)
{
	return freeze(c, false);
}
