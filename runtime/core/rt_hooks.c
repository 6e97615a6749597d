// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks: programs of the host's administrator, run around a container and in it. What they are
 * given is put together before anything is done, since those on the child's side run between
 * clone and exec. A post-stop hook is in the journal, so that it also runs after a monitor that
 * was killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

#define ENV_FILE "hook-env"	/* in the state directory; each entry ends with a NUL */
#define ENV_MAX (256 * 1024)
#define SPARE 4			/* entries of one hook's own, and the NULL */

static const char *const names[] = {
	[RT_HOOK_PRE_START] = "pre-start", [RT_HOOK_PRE_MOUNT] = "pre-mount",
	[RT_HOOK_MOUNT] = "mount", [RT_HOOK_AUTODEV] = "autodev",
	[RT_HOOK_START_HOST] = "start-host", [RT_HOOK_START] = "start", [RT_HOOK_STOP] = "stop",
	[RT_HOOK_POST_STOP] = "post-stop", [RT_HOOK_CLONE] = "clone",
	[RT_HOOK_DESTROY] = "destroy",
};

const char *rt_hook_name(enum rt_hook_type type)
{
	return names[type];
}

int rt_hook_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

/* ---- what they are given --------------------------------------------------------------------- */

struct rt_hook_set {
	char **env;		/* with SPARE entries left at the end */
	size_t count;
	char ***argv;		/* one for each of the spec's hooks, with room for arguments */
	size_t hooks;
};

/* Blanks and characters that no shell has a meaning for. */
static bool is_plain(const char *command)
{
	return !command[strspn(command, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_./:,+@%- ")];
}

static char *duplicate(const char *s, bool *failed)
{
	char *copy = strdup(s);

	*failed |= !copy;
	return copy;
}

/*
 * Words of the command, then what every hook is told: NAME lxc TYPE. As words where there is
 * nothing for a shell to do, so that a "start" hook needs none inside.
 */
static char **make_argv(const char *command, const char *name, const char *section,
			const char *type, int version, char *const *more)
{
	const char *told[] = { name, section, type };
	size_t n = strlen(command) / 2 + 12, at = 0;
	char **argv, *copy, *save = NULL;
	bool failed = false;

	for (char *const *m = more; m && *m; m++)
		n++;
	argv = calloc(n, sizeof(*argv));
	copy = strdup(command);
	if (!argv || !copy) {
		free(argv);
		free(copy);
		return NULL;
	}
	if (is_plain(command)) {
		for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
			argv[at++] = duplicate(w, &failed);
	} else {
		struct sw_buf text = SW_BUF_INIT;

		sw_buf_printf(&text, "%s \"$@\"", command);
		argv[at++] = duplicate("/bin/sh", &failed);
		argv[at++] = duplicate("-c", &failed);
		argv[at++] = sw_buf_take(&text);
		failed |= !argv[at - 1];
		argv[at++] = duplicate("hook", &failed);
	}
	free(copy);
	for (size_t i = 0; version == 0 && i < ARRAY_SIZE(told); i++)
		argv[at++] = duplicate(told[i], &failed);
	for (char *const *m = more; m && *m; m++)
		argv[at++] = duplicate(*m, &failed);
	if (!failed && argv[0])
		return argv;
	for (size_t i = 0; i < at; i++)
		free(argv[i]);
	free(argv);
	return NULL;
}

static void free_strv(char **v)
{
	for (char **p = v; p && *p; p++)
		free(*p);
	free(v);
}

static void env_add(struct rt_hook_set *set, bool *failed, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add NAME=VALUE; what was there under that name goes. */
static void env_add(struct rt_hook_set *set, bool *failed, const char *fmt, ...)
{
	char **more = realloc(set->env, (set->count + 1 + SPARE) * sizeof(*more));
	struct sw_buf text = SW_BUF_INIT;
	va_list ap;
	char *entry;
	size_t n;

	if (more) {
		set->env = more;
		memset(more + set->count, 0, (1 + SPARE) * sizeof(*more));
	}
	va_start(ap, fmt);
	sw_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	entry = sw_buf_take(&text);
	if (!more || !entry) {
		*failed = true;
		free(entry);
		return;
	}
	n = strcspn(entry, "=") + 1;
	for (size_t i = 0; i < set->count; i++)
		if (!strncmp(set->env[i], entry, n)) {
			free(set->env[i]);
			set->env[i] = entry;
			return;
		}
	set->env[set->count++] = entry;
}

static int make_env(struct rt_hook_set *set, const struct rt_spec *spec, const char *console_log)
{
	static const char *const levels[] = { "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR",
					      "CRIT", "ALERT", "FATAL" };
	const struct rt_confine *c = &spec->confine;
	const char *at = c->rootfs_mount ? c->rootfs_mount : spec->rootfs;
	const char *from = spec->rootfs_image ? spec->rootfs_image : spec->rootfs;
	bool failed = false;

	for (char **e = environ; e && *e; e++)
		if (strchr(*e, '=') && !sw_starts_with(*e, "LXC_"))
			env_add(set, &failed, "%s", *e);
	for (char **e = c->hook_env; e && *e; e++)
		env_add(set, &failed, "%s", *e);
	env_add(set, &failed, "LXC_NAME=%s", spec->name);
	if (c->config_file)
		env_add(set, &failed, "LXC_CONFIG_FILE=%s", c->config_file);
	if (at)
		env_add(set, &failed, "LXC_ROOTFS_MOUNT=%s", at);
	if (from)
		env_add(set, &failed, "LXC_ROOTFS_PATH=%s", from);
	if (console_log)
		env_add(set, &failed, "LXC_CONSOLE_LOGPATH=%s", console_log);
	env_add(set, &failed, "LXC_HOOK_VERSION=%d", c->hook_version);
	env_add(set, &failed, "LXC_LOG_LEVEL=%s",
		levels[c->log_level > 0 && c->log_level <= 9 ? c->log_level - 1 : 3]);
	if (!access("/proc/self/ns/cgroup", F_OK))
		env_add(set, &failed, "LXC_CGNS_AWARE=1");
	if (c->hook_version)
		env_add(set, &failed, "LXC_HOOK_SECTION=lxc");
	return failed ? -ENOMEM : 0;
}

void rt_hooks_free(struct rt_hook_set *set)
{
	if (!set)
		return;
	free_strv(set->env);
	for (size_t i = 0; i < set->hooks; i++)
		free_strv(set->argv[i]);
	free(set->argv);
	free(set);
}

int rt_hooks_make(const struct rt_spec *spec, const char *console_log, struct rt_hook_set **ret)
{
	const struct rt_confine *c = &spec->confine;
	struct rt_hook_set *set;

	if (!c->hook_count && !rt_net_has_script(spec))
		return 0;
	set = calloc(1, sizeof(*set));
	if (set)
		set->argv = calloc(c->hook_count + 1, sizeof(*set->argv));
	if (!set || !set->argv || make_env(set, spec, console_log)) {
		rt_hooks_free(set);
		return -ENOMEM;
	}
	for (; set->hooks < c->hook_count; set->hooks++) {
		const struct rt_hook *h = &c->hooks[set->hooks];

		set->argv[set->hooks] = make_argv(h->command, spec->name, "lxc", names[h->type],
						  c->hook_version, NULL);
		if (!set->argv[set->hooks]) {
			rt_hooks_free(set);
			return -ENOMEM;
		}
	}
	*ret = set;
	return 0;
}

/* ---- running one ----------------------------------------------------------------------------- */

struct hook_io {
	int in, out, err;	/* -1: as they are */
	const struct rt_filter *filter;
};

/*
 * Run and wait; no malloc, no stdio. It dies with the one who waits for it. Returns a wait status
 * or -errno.
 */
static int run_argv(char *const *argv, char *const *env, const struct hook_io *io)
{
	static const struct rt_filter none;
	int status, r;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		rt_signals_reset();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if ((io->in >= 0 && dup2(io->in, 0) < 0) || (io->out >= 0 && dup2(io->out, 1) < 0) ||
		    (io->err >= 0 && dup2(io->err, 2) < 0))
			_exit(126);
		rt_close_from(3);
		if (rt_filter_load(io->filter ? io->filter : &none, NULL))
			_exit(126);
		r = rt_exec(argv, env);
		_exit(r == -ENOENT ? 127 : 126);
	}
	r = sw_waitpid(pid, &status);
	return r < 0 ? r : status;
}

static int judge(const struct rt_hook *h, int status, struct sw_error *err)
{
	const char *why = "";

	if (status < 0)
		return sw_error(err, status, NULL, "%s: hook '%.200s': fork: %s", h->origin,
				h->command, sw_errno_text(status));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		why = "; is the program there?";
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 126)
		why = "; is it executable?";
	return sw_error(err, ECANCELED, NULL, "%s: hook '%.200s' ended with %s %d%s", h->origin,
			h->command, WIFEXITED(status) ? "status" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), why);
}

static const char *const type_entries[] = {
	[RT_HOOK_PRE_START] = "LXC_HOOK_TYPE=pre-start",
	[RT_HOOK_PRE_MOUNT] = "LXC_HOOK_TYPE=pre-mount",
	[RT_HOOK_MOUNT] = "LXC_HOOK_TYPE=mount", [RT_HOOK_AUTODEV] = "LXC_HOOK_TYPE=autodev",
	[RT_HOOK_START_HOST] = "LXC_HOOK_TYPE=start-host",
	[RT_HOOK_START] = "LXC_HOOK_TYPE=start", [RT_HOOK_STOP] = "LXC_HOOK_TYPE=stop",
	[RT_HOOK_POST_STOP] = "LXC_HOOK_TYPE=post-stop",
	[RT_HOOK_CLONE] = "LXC_HOOK_TYPE=clone", [RT_HOOK_DESTROY] = "LXC_HOOK_TYPE=destroy",
};

/* A step of either side: hook number step->index. */
int rt_step_hook(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_confine *c = &ctx->spec->confine;
	const struct rt_hook *h = &c->hooks[step->index];
	struct rt_hook_set *set = ctx->hooks;
	struct hook_io io = { ctx->null, rt_log_fd(ctx, RT_LOG_DEBUG),
			      ctx->opts->foreground && fcntl(2, F_GETFD) >= 0 ? -1 :
			      rt_log_fd(ctx, RT_LOG_ERROR), NULL };
	size_t at = set->count;
	char pid[32];
	int status;

	if (c->hook_version)
		set->env[at++] = (char *)type_entries[h->type];
	if (h->type == RT_HOOK_START_HOST) {
		snprintf(pid, sizeof(pid), "LXC_PID=%d", (int)ctx->init);
		set->env[at++] = pid;
	}
	if (h->type == RT_HOOK_START)	/* it is the container's own file: confined like its init */
		io.filter = &c->filter;
	status = run_argv(set->argv[step->index], set->env, &io);
	memset(set->env + set->count, 0, SPARE * sizeof(*set->env));
	return judge(h, status, err);
}

/* ---- after the container --------------------------------------------------------------------- */

static const char *const ns_files[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user",
					"uts" };
_Static_assert(ARRAY_SIZE(ns_files) == RT_NS_FILES, "struct rt_ctx has room for each");

/* Its namespaces outlive init in these descriptors, for the hook to look at. */
int rt_step_hook_stop(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)step;
	(void)err;
	for (size_t i = 0; i < RT_NS_FILES; i++) {
		char path[64];

		if (ctx->ns_fd[i] >= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)ctx->init, ns_files[i]);
		ctx->ns_fd[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	return 0;
}

void rt_hooks_stopped(struct rt_ctx *ctx)
{
	const struct rt_confine *c = &ctx->spec->confine;
	struct hook_io io = { ctx->null, rt_log_fd(ctx, RT_LOG_DEBUG),
			      rt_log_fd(ctx, RT_LOG_ERROR), NULL };
	bool held = false;

	for (size_t k = 0; k < RT_NS_FILES; k++)
		held |= ctx->ns_fd[k] >= 0;
	/* Never held on to: there was no container to end. */
	for (size_t i = 0; held && i < c->hook_count; i++) {
		char *more[RT_NS_FILES + 1] = { NULL }, text[RT_NS_FILES][64], **argv;
		struct rt_hook_set set = { 0 };
		struct sw_error err = { 0 };
		bool failed = false;
		size_t n = 0;

		if (c->hooks[i].type != RT_HOOK_STOP)
			continue;
		for (char **e = ctx->hooks->env; *e; e++)
			env_add(&set, &failed, "%s", *e);
		if (c->hook_version)
			env_add(&set, &failed, "%s", type_entries[RT_HOOK_STOP]);
		for (size_t k = 0; k < RT_NS_FILES; k++) {
			char upper[16];

			if (ctx->ns_fd[k] < 0)
				continue;
			for (size_t b = 0; b <= strlen(ns_files[k]); b++)
				upper[b] = ns_files[k][b] & (ns_files[k][b] >= 'a' ? ~0x20 : ~0);
			snprintf(text[n], sizeof(text[n]), "%s:/proc/%d/fd/%d", ns_files[k],
				 (int)getpid(), ctx->ns_fd[k]);
			if (c->hook_version)
				env_add(&set, &failed, "LXC_%s_NS=%s", upper,
					strchr(text[n], ':') + 1);
			else
				more[n] = text[n];
			n++;
		}
		argv = make_argv(c->hooks[i].command, ctx->spec->name, "lxc", "stop",
				 c->hook_version, more);
		if (argv && !failed && judge(&c->hooks[i], run_argv(argv, set.env, &io), &err))
			rt_log(ctx, RT_LOG_ERROR, "%s: %s", ctx->spec->name, err.msg);
		free_strv(argv);
		free_strv(set.env);
	}
	for (size_t k = 0; k < RT_NS_FILES; k++)
		sw_close(&ctx->ns_fd[k]);
}

char *const *rt_hooks_env(const struct rt_ctx *ctx)
{
	return ctx->hooks ? ctx->hooks->env : NULL;
}

int rt_hooks_save_env(const struct rt_ctx *ctx)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;

	for (char **e = ctx->hooks->env; *e; e++)
		sw_buf_add(&text, *e, strlen(*e) + 1);
	if (text.failed)
		return -ENOMEM;
	return sw_replace_file(ctx->dir.fd, ENV_FILE, text.data, text.len, 0600);
}

char **rt_hooks_saved_env(const struct rt_dir *d)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct rt_hook_set set = { 0 };
	bool failed = false;

	if (sw_read_file(d->fd, ENV_FILE, &text, ENV_MAX) || !text.len || text.data[text.len - 1])
		return NULL;
	for (size_t at = 0; at < text.len; at += strlen(text.data + at) + 1)
		env_add(&set, &failed, "%s", text.data + at);
	return set.env;
}

/* Write down that this hook runs when all is over, and what it is to be given. */
int rt_step_hook_post_stop(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_hook *h = &ctx->spec->confine.hooks[step->index];
	int r = rt_hooks_save_env(ctx);

	if (!r)
		r = rt_journal_add(&ctx->dir, "post-stop %d %s", ctx->spec->confine.hook_version,
				   h->command);
	return r ? sw_error(err, r, NULL, "%s: writing the hook down: %s%s", h->origin,
			    sw_errno_text(r), r == -EINVAL ? "; the command is too long" : "") : 0;
}

void rt_hook_after(const struct rt_dir *d, const char *name, const char *version,
		   const char *command, const char *target)
{
	struct rt_hook_set set = { .env = rt_hooks_saved_env(d) };
	int null __sw_fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct hook_io io = { null, null, -1, NULL };
	bool failed = false;
	char **argv;

	if (!set.env)
		return;
	while (set.env[set.count])
		set.count++;
	env_add(&set, &failed, "LXC_TARGET=%s", target);
	if (*version != '0')
		env_add(&set, &failed, "%s", type_entries[RT_HOOK_POST_STOP]);
	argv = make_argv(command, name, "lxc", "post-stop", *version != '0', NULL);
	if (argv && !failed)
		run_argv(argv, set.env, &io);
	free_strv(argv);
	free_strv(set.env);
}

/* ---- for verbs ------------------------------------------------------------------------------- */

int rt_hooks_run(const struct rt_spec *spec, enum rt_hook_type type, char *const *env,
		 char *const *args, struct sw_error *err)
{
	const struct rt_confine *c = &spec->confine;
	struct rt_hook_set set = { 0 };
	int null __sw_fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct hook_io io = { null, -1, -1, NULL };
	int r = make_env(&set, spec, NULL);
	bool failed = r != 0;	/* of memory, until the end */

	for (char *const *e = env; e && *e; e++)
		env_add(&set, &failed, "%s", *e);
	if (c->hook_version)
		env_add(&set, &failed, "%s", type_entries[type]);
	r = failed ? sw_error(err, ENOMEM, NULL, "out of memory") : 0;
	for (size_t i = 0; !r && i < c->hook_count; i++) {
		char **argv;

		if (c->hooks[i].type != type)
			continue;
		argv = make_argv(c->hooks[i].command, spec->name, "lxc", names[type],
				 c->hook_version, args);
		r = argv ? judge(&c->hooks[i], run_argv(argv, set.env, &io), err) :
		    sw_error(err, ENOMEM, NULL, "out of memory");
		free_strv(argv);
	}
	free_strv(set.env);
	return r;
}
