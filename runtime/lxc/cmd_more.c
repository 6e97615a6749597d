// SPDX-License-Identifier: GPL-2.0-only
/* cgroup, restart, autostart. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/lxc_internal.h"
#include "sw_child.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define STOP_DEFAULT_MS 60000

/* ---- cgroup ---------------------------------------------------------------------------------- */

struct control_file {
	const char *file; /* "memory.limit_in_bytes" */
	char controller[32];
	char path[PATH_MAX]; /* "" until found */
	bool any;	     /* the container has a cgroup at all */
};

static void find_control(const char *controllers, const char *path, void *arg)
{
	struct control_file *f = arg;
	size_t n = strlen(f->controller);
	bool mine = !*controllers; /* v2: whether it has the file is what counts */

	f->any = true;
	for (const char *p = controllers; *p && !mine; p += strcspn(p, ","), p += *p == ',')
		mine = !strncmp(p, f->controller, n) && (!p[n] || p[n] == ',');
	/* "cgroup." and "tasks" are of every v1 hierarchy: the first one answers. */
	mine |= !strcmp(f->controller, "cgroup") || !strcmp(f->controller, "tasks");
	if (*f->path || !mine)
		return;
	if (snprintf(f->path, sizeof(f->path), "%s/%s", path, f->file) >= (int)sizeof(f->path) ||
	    access(f->path, F_OK))
		f->path[0] = 0;
}

static int device_rule(struct cmd *c, const char *file, const char *text)
{
	struct rt_device_rule rule = { 0 };
	struct sw_error err = { 0 };
	const char *why;

	if (lxc_device_rule(text, &rule, &why))
		return cmd_fail(c, "'%s' is no device rule: %s", text, why);
	rule.allow = !strcmp(file, "devices.allow");
	return rt_device_rule(c->lxcpath, c->name, &rule, &err) ? cmd_error(c, &err) : SW_EXIT_OK;
}

int verb_cgroup(struct cmd *c)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct sw_error err = { 0 };
	struct control_file f = { 0 };
	int r;

	if (!c->rest_count)
		return cmd_usage(c, "the control file is missing, such as memory.limit_in_bytes");
	if (c->rest_count > 2)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[2]);
	f.file = c->rest[0];
	if (strchr(f.file, '/') || !strcmp(f.file, ".") || !strcmp(f.file, "..") || !*f.file)
		return cmd_usage(c, "'%s' is no name of a control file", f.file);
	snprintf(f.controller, sizeof(f.controller), "%.*s", (int)strcspn(f.file, "."), f.file);
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	r = rt_cgroups(c->lxcpath, c->name, find_control, &f, &err);
	if (r)
		return cmd_error(c, &err);
	/* cgroup v2 has no such files: a program decides. */
	if (!*f.path && c->rest_count == 2 &&
	    (!strcmp(f.file, "devices.allow") || !strcmp(f.file, "devices.deny")))
		return device_rule(c, f.file, c->rest[1]);
	if (!*f.path)
		return cmd_fail(c,
				f.any ? "none of the cgroups of '%s' has a file %s"
				      : "container '%s' has no cgroup, so no file %s",
				c->name, f.file);
	if (c->rest_count == 2) {
		r = sw_write_file(AT_FDCWD, f.path, c->rest[1]);
		return r ? cmd_fail(c, "write '%s' to %s: %s", c->rest[1], f.path, sw_errno_text(r))
			 : SW_EXIT_OK;
	}
	r = sw_read_file(AT_FDCWD, f.path, &text, 16 * 1024 * 1024);
	if (r)
		return cmd_fail(c, "read %s: %s", f.path, sw_errno_text(r));
	fwrite(sw_buf_str(&text), 1, text.len, stdout);
	return SW_EXIT_OK;
}

/* ---- restart --------------------------------------------------------------------------------- */

/* 0: it runs no more; or the exit status after a message. */
static int stop_first(struct cmd *c, int timeout_ms)
{
	struct sw_error err = { 0 };
	int r = rt_stop(c->lxcpath, c->name, 0, timeout_ms, true, &err);

	return r && r != -ESRCH ? cmd_error(c, &err) : 0;
}

int verb_restart(struct cmd *c)
{
	int timeout, r;

	if (c->statefile) {	/* what 0.8's was to do */
		c->directory = c->statefile;
		c->restore_images = true;
		return verb_checkpoint(c);
	}
	if (cmd_timeout(c, STOP_DEFAULT_MS, &timeout))
		return c->lxc ? SW_EXIT_FAIL : SW_EXIT_USAGE;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	/* What cannot be started again is not stopped either. */
	r = cmd_check_start(c);
	if (r)
		return r;
	r = stop_first(c, c->kill ? 0 : timeout);
	return r ? r : verb_start(c);
}

/* ---- autostart ------------------------------------------------------------------------------- */

struct member {
	char *name;
	bool automatic;
	long order, delay;
	char **groups; /* NULL-terminated, NULL: none */
	size_t group_count;
	bool failed; /* out of memory */
};

struct members {
	struct member *list;
	size_t count;
};

static void last_number(const char *value, void *arg)
{
	long n;

	if (!*value)
		*(long *)arg = 0;
	else if (!sw_parse_long(value, &n))
		*(long *)arg = n;
}

static void add_groups(const char *value, void *arg)
{
	struct member *m = arg;
	char *copy __sw_free = strdup(value), *save = NULL;

	if (!*value) {
		while (m->group_count)
			free(m->groups[--m->group_count]);
		return;
	}
	for (char *w = copy ? strtok_r(copy, ", \t", &save) : NULL; w;
	     w = strtok_r(NULL, ", \t", &save)) {
		char **more = realloc(m->groups, (m->group_count + 1) * sizeof(*more));

		if (more)
			m->groups = more;
		if (!more || !(more[m->group_count] = strdup(w))) {
			m->failed = true;
			return;
		}
		m->group_count++;
	}
	m->failed |= !copy;
}

static void members_free(struct members *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct member *m = &all->list[i];

		for (size_t g = 0; g < m->group_count; g++)
			free(m->groups[g]);
		free(m->groups);
		free(m->name);
	}
	free(all->list);
}

/* What the configuration says; a container whose configuration is wrong is left out, aloud. */
static int read_member(struct cmd *c, struct member *m)
{
	struct sw_buf path __sw_buf = SW_BUF_INIT;
	struct sw_error err = { 0 };
	long automatic = 0;

	sw_buf_printf(&path, "%s/%s/config", c->lxcpath, m->name);
	if (path.failed ||
	    lxc_config_get(path.data, "lxc.start.auto", last_number, &automatic, &err) ||
	    lxc_config_get(path.data, "lxc.start.order", last_number, &m->order, &err) ||
	    lxc_config_get(path.data, "lxc.start.delay", last_number, &m->delay, &err) ||
	    lxc_config_get(path.data, "lxc.group", add_groups, m, &err))
		return cmd_error(c, &err);
	m->automatic = automatic != 0;
	return m->failed ? cmd_fail(c, "out of memory") : 0;
}

static bool in_group(const struct member *m, const char *word, size_t n)
{
	if (!n)
		return !m->group_count;
	for (size_t i = 0; i < m->group_count; i++)
		if (strlen(m->groups[i]) == n && !strncmp(m->groups[i], word, n))
			return true;
	return false;
}

/* Without -g and -a: those that are in no group, as lxc-autostart(1) has it. */
static bool chosen(const struct cmd *c, const struct member *m)
{
	if (!m->automatic && !c->ignore_auto)
		return false;
	if (c->all)
		return true;
	for (size_t i = 0; i < c->groups.n; i++)
		for (const char *w = c->groups.v[i];; w++) {
			size_t n = strcspn(w, ",");

			if (in_group(m, w, n))
				return true;
			w += n;
			if (!*w)
				break;
		}
	return !c->groups.n && !m->group_count;
}

static int by_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int find_members(struct cmd *c, struct members *all)
{
	DIR *d = opendir(c->lxcpath);
	struct dirent *e;
	int failed = 0;

	if (!d)
		return errno == ENOENT ? 0
				       : cmd_fail(c, "cannot read %s: %s", c->lxcpath,
						  sw_errno_text(errno));
	while ((e = readdir(d))) {
		struct sw_buf config __sw_buf = SW_BUF_INIT;
		struct member *more;

		if (rt_name_check(e->d_name, NULL))
			continue;
		sw_buf_printf(&config, "%s/config", e->d_name);
		if (faccessat(dirfd(d), sw_buf_str(&config), F_OK, 0))
			continue;
		more = realloc(all->list, (all->count + 1) * sizeof(*more));
		if (more)
			all->list = more;
		if (!more ||
		    !(all->list[all->count] = (struct member){ .name = strdup(e->d_name) }).name) {
			closedir(d);
			return cmd_fail(c, "out of memory");
		}
		failed |= read_member(c, &all->list[all->count++]);
	}
	closedir(d);
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_order);
	return failed ? -1 : 0;
}

/* In a process of its own: what one start leaves in this one is nothing to the next. */
static int start_one(struct cmd *c, const char *name)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return cmd_fail(c, "fork: %s", sw_errno_text(errno));
	if (pid == 0) {
		c->name = name;
		c->kill = c->reboot = c->shutdown = false;
		status = verb_start(c);
		fflush(stdout);
		_exit(status);
	}
	sw_waitpid(pid, &status);
	return cmd_status(status);
}

static int act(struct cmd *c, const struct member *m, int timeout, bool more)
{
	struct sw_error err = { 0 };
	struct rt_status st;
	bool running;

	if (rt_status(c->lxcpath, m->name, &st, &err))
		return cmd_error(c, &err);
	running = st.state != RT_STOPPED;
	if (c->kill || c->shutdown || c->reboot) {
		if (!running)
			return 0;
		if (c->list) {
			puts(m->name);
			return 0;
		}
		c->name = m->name;
		timeout = stop_first(c, c->kill ? 0 : timeout);
		return timeout || !c->reboot ? timeout : start_one(c, m->name);
	}
	if (running)
		return 0;
	if (c->list) {
		printf("%s %ld\n", m->name, m->delay);
		return 0;
	}
	timeout = start_one(c, m->name);
	if (!timeout && m->delay > 0 && more)
		sleep(m->delay);
	return timeout;
}

int verb_autostart(struct cmd *c)
{
	struct members all = { 0 };
	int timeout, end = SW_EXIT_OK;
	bool stopping = (c->kill || c->shutdown) && !c->list;

	if (c->kill + c->shutdown + c->reboot > 1)
		return cmd_usage(c, "-k, -s and -r exclude one another");
	if (cmd_timeout(c, STOP_DEFAULT_MS, &timeout))
		return c->lxc ? SW_EXIT_FAIL : SW_EXIT_USAGE;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (find_members(c, &all))
		end = SW_EXIT_FAIL;
	for (size_t i = 0; i < all.count; i++) {
		/* What was started last may need what was started first: it stops before that. */
		const struct member *m = &all.list[stopping ? all.count - 1 - i : i];

		if (chosen(c, m) && act(c, m, timeout, i + 1 < all.count))
			end = SW_EXIT_FAIL;
	}
	members_free(&all);
	return end;
}
