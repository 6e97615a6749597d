// SPDX-License-Identifier: GPL-2.0-only
/* start, execute, attach: the verbs that run a program. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/cmd_ns.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sys.h"

static int set_argv(struct rt_spec *spec, char *const *words, struct sw_error *err)
{
	size_t n = 0;
	char **copy;

	while (words[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(words[i]);
		if (copy[i])
			continue;
		while (i)
			free(copy[--i]);
		free(copy);
		copy = NULL;
	}
	if (!copy)
		return sw_error(err, ENOMEM, "argv", "out of memory");
	for (char **a = spec->argv; a && *a; a++)
		free(*a);
	free(spec->argv);
	spec->argv = copy;
	return 0;
}

/*
 * LXC clears the environment; the kernel gives a machine's init TERM=linux, and a program on our
 * terminal needs that terminal's name. The configuration may say otherwise.
 */
static int default_term(struct cmd *c, struct rt_spec *spec, struct sw_error *err)
{
	const char *mine = getenv("TERM");
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	bool ours = c->foreground && mine && *mine && !strchr(mine, '\n') && isatty(STDIN_FILENO);

	sw_buf_printf(&line, "lxc.environment=TERM=%s", ours ? mine : "linux");
	return lxc_config_line(sw_buf_str(&line), spec, NULL, NULL, err);
}

/* -c: as lxc.console.path, but relative to where the caller is. */
static int set_console(struct cmd *c, struct rt_spec *spec, struct sw_error *err)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	char cwd[PATH_MAX] = "";

	if (strcmp(c->console, "none") && *c->console != '/' && !getcwd(cwd, sizeof(cwd)))
		return sw_error(err, errno, "console", "the current directory: %s",
				sw_errno_text(errno));
	sw_buf_printf(&line, "lxc.console.path=%s%s%s", cwd, *cwd ? "/" : "", c->console);
	return lxc_config_line(sw_buf_str(&line), spec, NULL, NULL, err);
}

/* lxc.execute.cmd in place of lxc.init.cmd; NULL where there is none. */
static void take_execute_cmd(struct rt_spec *spec)
{
	for (char **a = spec->argv; a && *a; a++)
		free(*a);
	free(spec->argv);
	spec->argv = spec->confine.execute_argv;
	spec->confine.execute_argv = NULL;
}

/* Options of LXC's that say what a key says as well. */
static int set_keys(const struct cmd *c, struct rt_spec *spec, struct sw_error *err)
{
	const struct {
		const char *key, *value;
	} options[] = {
		{ "lxc.init.uid", c->uid }, { "lxc.init.gid", c->gid },
		{ "lxc.namespace.share.net", c->share_net }, { "lxc.namespace.share.ipc", c->share_ipc },
		{ "lxc.namespace.share.uts", c->share_uts }, { "lxc.namespace.share.pid", c->share_pid },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct sw_buf line __sw_buf = SW_BUF_INIT;

		if (!options[i].value)
			continue;
		sw_buf_printf(&line, "%s=%s", options[i].key, options[i].value);
		if (lxc_config_line(sw_buf_str(&line), spec, NULL, NULL, err))
			return -EINVAL;
	}
	return 0;
}

static int settle(struct cmd *c, struct rt_spec *spec, enum rt_init init, struct sw_error *err)
{
	static char *const sbin_init[] = { (char *)"/sbin/init", NULL };
	int r = default_term(c, spec, err);

	if (!r)
		r = cmd_read_config(c, spec, init == RT_INIT_NONE, err);
	if (!r && !c->log_file)
		c->log_file = spec->confine.log_file;
	if (!r && !c->log_level && spec->confine.log_level)
		c->log_level = lxc_log_level_name(spec->confine.log_level - 1);
	if (!r && c->log_level)
		spec->confine.log_level = lxc_log_level(c->log_level) + 1;
	if (!r && c->console)
		r = set_console(c, spec, err);
	if (!r)
		r = set_keys(c, spec, err);
	spec->init = init;
	if (!r && init == RT_INIT_SUPERVISE && !c->rest_count)
		take_execute_cmd(spec);
	if (!r && c->rest_count)
		r = set_argv(spec, c->rest, err);
	else if (!r && (init == RT_INIT_NONE && !spec->argv))
		r = set_argv(spec, sbin_init, err);
	if (!r)
		r = lxc_config_finish(spec, cmd_remark, c, err);
	/* Since 4.6; where it is absent a container lives without. */
	if (!r && lxc_wants_cgroup_namespace(spec) && !access("/proc/self/ns/cgroup", F_OK))
		spec->ns |= SW_CLONE_NEWCGROUP;
	return r;
}

static int dry_run(const struct cmd *c, const struct rt_spec *spec)
{
	struct sw_error err = { 0 };
	struct rt_plan *plan;

	if (rt_plan(spec, &plan, &err))
		return cmd_error(c, &err);
	rt_plan_print(plan, stdout);
	rt_plan_free(plan);
	return SW_EXIT_OK;
}

/*
 * reboot(2) in a pid namespace (since 3.4) ends its init by SIGINT for halt and power-off, and by
 * SIGHUP for restart: the container did what it was told, and that is no failure.
 */
static int init_status(int status)
{
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGHUP))
		return SW_EXIT_OK;
	return cmd_status(status);
}

static off_t log_size(const struct cmd *c)
{
	struct stat st;

	return c->log_file && !stat(c->log_file, &st) ? st.st_size : 0;
}

/* The monitor keeps the log too; what it has written there is not to be written twice. */
static int start(struct cmd *c, const struct rt_spec *spec, int *ret_status)
{
	struct sw_error err = { 0 };
	struct rt_run_opts opts = { .foreground = c->foreground, .log_path = c->log_file,
				    .log_level = spec->confine.log_level,
				    .pidfile = c->pidfile, .console_log = c->console_log };
	off_t before = log_size(c);

	if (!rt_run(spec, &opts, ret_status, &err))
		return 0;
	if (log_size(c) != before)
		c->log_file = NULL;
	return cmd_error(c, &err);
}

static int run(struct cmd *c, enum rt_init init)
{
	struct rt_spec spec = { 0 };
	struct sw_error err = { 0 };
	int status = 0, end;

	if (c->daemon && c->foreground)
		return cmd_usage(c, "-d and -F exclude one another");
	c->foreground |= init == RT_INIT_SUPERVISE && !c->daemon;
	/* Nothing that this process has yet to write may come out twice. */
	fflush(stdout);
	if (settle(c, &spec, init, &err))
		end = cmd_error(c, &err);
	else if (!spec.argv)
		end = cmd_usage(c, "the command to execute is missing");
	else if (c->dry_run)
		end = dry_run(c, &spec);
	else if (cmd_need_root(c) || start(c, &spec, &status))
		end = SW_EXIT_FAIL;
	else if (!c->foreground)
		end = SW_EXIT_OK;
	else
		end = init == RT_INIT_NONE ? init_status(status) : cmd_status(status);
	rt_spec_free(&spec);
	return end;
}

int cmd_check_start(struct cmd *c)
{
	struct rt_spec spec = { 0 };
	struct sw_error err = { 0 };
	struct rt_plan *plan = NULL;
	int r = settle(c, &spec, RT_INIT_NONE, &err);

	if (!r)
		r = rt_plan(&spec, &plan, &err);
	rt_plan_free(plan);
	rt_spec_free(&spec);
	return r ? cmd_error(c, &err) : 0;
}

int verb_start(struct cmd *c)
{
	return run(c, RT_INIT_NONE);
}

int verb_execute(struct cmd *c)
{
	return run(c, RT_INIT_SUPERVISE);
}

static uint64_t namespace_of(const char *word)
{
	static const struct {
		const char *word;
		uint64_t flag;
	} words[] = {
		{ "MOUNT", SW_CLONE_NEWNS },	  { "PID", SW_CLONE_NEWPID },
		{ "UTSNAME", SW_CLONE_NEWUTS },	  { "UTS", SW_CLONE_NEWUTS },
		{ "IPC", SW_CLONE_NEWIPC },	  { "USER", SW_CLONE_NEWUSER },
		{ "NETWORK", SW_CLONE_NEWNET },	  { "NET", SW_CLONE_NEWNET },
		{ "CGROUP", SW_CLONE_NEWCGROUP }, { "MNT", SW_CLONE_NEWNS },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcasecmp(word, words[i].word))
			return words[i].flag;
	return 0;
}

int cmd_namespaces(const struct cmd *c, const char *between, uint64_t *ret)
{
	char *list __sw_free = strdup(c->namespaces), *save = NULL;

	*ret = 0;
	for (char *w = list ? strtok_r(list, between, &save) : NULL; w;
	     w = strtok_r(NULL, between, &save)) {
		uint64_t flag = namespace_of(w);

		if (!flag)
			return cmd_usage(c, "there is no namespace '%s'", w);
		*ret |= flag;
	}
	return *ret ? 0 : cmd_usage(c, "-s names no namespace");
}
