// SPDX-License-Identifier: GPL-2.0-only
/* attach: a program in a container that runs. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/cmd_ns.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sys.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- the environment ------------------------------------------------------------------------- */

struct env {
	char **list;		/* NULL-terminated */
	size_t count;
	bool failed;		/* out of memory */
};

/* NAME=VALUE, unless the name is there already. Takes line; NULL is a failure. */
static void env_add(struct env *e, char *line)
{
	size_t len = line ? strcspn(line, "=") + 1 : 0;
	char **more;

	for (size_t i = 0; line && i < e->count; i++)
		if (!strncmp(e->list[i], line, len)) {
			free(line);
			return;
		}
	more = line ? realloc(e->list, (e->count + 2) * sizeof(*more)) : NULL;
	if (!more) {
		free(line);
		e->failed = true;
		return;
	}
	e->list = more;
	e->list[e->count++] = line;
	e->list[e->count] = NULL;
}

/* A value of lxc.environment: NAME=VALUE, or NAME alone for the caller's value. */
static void env_configured(const char *value, void *arg)
{
	const char *ours = strchr(value, '=') ? NULL : getenv(value);
	struct sw_buf line = SW_BUF_INIT;

	if (strchr(value, '=')) {
		env_add(arg, strdup(value));
	} else if (ours) {
		sw_buf_printf(&line, "%s=%s", value, ours);
		env_add(arg, sw_buf_take(&line));
	}
}

/* What is certain to be there; -v comes first, since the first of a name counts. */
static void make_env(const struct cmd *c, struct env *e)
{
	char *config __sw_free = cmd_config_path(c);

	for (size_t i = 0; i < c->env.n; i++)
		env_add(e, strdup(c->env.v[i]));
	/* A container whose configuration has gone can be attached to all the same. */
	if (config && !access(config, R_OK))
		lxc_config_get(config, "lxc.environment", env_configured, e, NULL);
	for (size_t i = 0; i < c->keep_vars.n; i++)
		env_configured(c->keep_vars.v[i], e);
	env_add(e, strdup("container=lxc"));
	if (c->clear_env)
		env_add(e, strdup(DEFAULT_PATH));
}

static void env_free(struct env *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->list[i]);
	free(e->list);
}

/* ---- options --------------------------------------------------------------------------------- */

static int parse_elevated(const struct cmd *c, unsigned int *ret)
{
	static const struct {
		const char *word;
		unsigned int flag;
	} words[] = {
		{ "CGROUP", RT_ELEVATE_CGROUP }, { "CAP", RT_ELEVATE_CAP }, { "LSM", RT_ELEVATE_LSM },
	};
	char *list __sw_free = strdup(c->elevated), *save = NULL;

	if (!*c->elevated)
		*ret = RT_ELEVATE_CGROUP | RT_ELEVATE_CAP | RT_ELEVATE_LSM;
	for (char *w = list ? strtok_r(list, "|, ", &save) : NULL; w;
	     w = strtok_r(NULL, "|, ", &save)) {
		unsigned int flag = 0;

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (!strcasecmp(w, words[i].word))
				flag = words[i].flag;
		if (!flag)
			return cmd_usage(c, "-e takes CGROUP, CAP and LSM, not '%s'", w);
		*ret |= flag;
	}
	return *ret ? 0 : cmd_usage(c, "-e names nothing");
}

static int parse_id(const struct cmd *c, const char *option, const char *text, long *ret)
{
	if (text && (sw_parse_long(text, ret) || *ret < 0 || *ret > UINT32_MAX - 1L))
		return cmd_usage(c, "%s takes a number, not '%s'", option, text);
	return 0;
}

/* By the words of lxc.arch; 0: the machine's own, 8: PER_LINUX32, sys/personality.h. */
static int parse_arch(struct cmd *c, int *ret)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	struct rt_spec spec = { 0 };
	struct sw_error err = { 0 };
	int r;

	if (!c->arch)
		return 0;
	sw_buf_printf(&line, "lxc.arch=%s", c->arch);
	r = lxc_config_line(sw_buf_str(&line), &spec, NULL, NULL, &err);
	*ret = spec.confine.personality32 ? 8 : 0;
	rt_spec_free(&spec);
	return r ? cmd_usage(c, "%s", err.msg) : 0;
}

static int parse_options(struct cmd *c, struct rt_attach_opts *opts)
{
	int r = 0;

	if (c->clear_env && c->keep_env)
		return cmd_usage(c, "--clear-env and --keep-env exclude one another");
	for (size_t i = 0; i < c->env.n; i++)
		if (!strchr(c->env.v[i], '=') || c->env.v[i][0] == '=')
			return cmd_usage(c, "-v takes NAME=VALUE, not '%s'", c->env.v[i]);
	for (size_t i = 0; i < c->keep_vars.n; i++)
		if (strchr(c->keep_vars.v[i], '=') || !*c->keep_vars.v[i])
			return cmd_usage(c, "--keep-var takes a name, not '%s'", c->keep_vars.v[i]);
	if (c->namespaces)
		r = cmd_namespaces(c, "|, ", &opts->ns);
	if (!r && c->elevated)
		r = parse_elevated(c, &opts->elevate);
	if (!r)
		r = parse_id(c, "-u", c->uid, &opts->uid);
	if (!r)
		r = parse_id(c, "-g", c->gid, &opts->gid);
	return r ? r : parse_arch(c, &opts->personality);
}

int verb_attach(struct cmd *c)
{
	struct rt_attach_opts opts = { .clear_env = c->clear_env, .uid = -1, .gid = -1,
				       .remount = c->remount, .personality = -1,
				       .pty_log = c->pty_log };
	struct sw_error err = { 0 };
	struct env env = { 0 };
	int status = 0, end = parse_options(c, &opts);

	if (end || (end = cmd_need_root(c)))
		return end;
	make_env(c, &env);
	opts.env = env.list;
	if (env.failed)
		end = cmd_fail(c, "out of memory");
	else if (rt_attach(c->lxcpath, c->name, &opts, c->rest_count ? c->rest : NULL, &status, &err))
		end = cmd_error(c, &err);
	else
		end = cmd_status(status);
	env_free(&env);
	return end;
}
