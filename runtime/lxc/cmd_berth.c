// SPDX-License-Identifier: GPL-2.0-only
/* berth VERB and lxc-VERB: the table of verbs, their options, and what all verbs share. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define FLAG OPT_FLAG_ROW
#define STRING OPT_STRING_ROW
#define LIST OPT_LIST_ROW
#define END OPT_END_ROW

static const struct opt common[] = {
	STRING('P', "lxcpath", lxcpath, "PATH",
	       "directory of the containers (default " BERTH_LXCPATH ", or $BERTH_LXCPATH)"),
	STRING('o', "logfile", log_file, "FILE", "append messages to FILE as well"),
	STRING('l', "logpriority", log_level, "LEVEL",
	       "lowest level told: DEBUG, INFO, NOTICE "
	       "(default), WARN, ERROR, FATAL"),
	FLAG('q', "quiet", quiet, "no messages on standard error"),
	FLAG('h', "help", help, "this text (also -? and --usage)"),
	FLAG(0, "version", version, "the version"),
	END
};
static const struct opt name_option[] = {
	STRING('n', "name", name, "NAME", "name of the container"), END
};
static const struct opt create_options[] = {
	STRING('f', "config", rcfile, "FILE", "configuration to copy (default: an empty one)"),
	STRING('t', "template", template, "NAME", "what fills the rootfs: busybox, debian, none"),
	STRING('B', "bdev", backing, "KIND", "what the rootfs is: dir (default), loop, best, none"),
	STRING(0, "fssize", fssize, "SIZE", "with -B loop: size of the image (default 1G)"),
	STRING(0, "fstype", fstype, "TYPE", "with -B loop: ext4 (default), ext3, ext2"),
	STRING(0, "dir", dir, "PATH", "rootfs to name in the configuration if that names none"),
	END
};
#define RUN_OPTIONS \
	STRING('f', "rcfile", rcfile, "FILE", "configuration (default LXCPATH/NAME/config)"), \
	LIST('s', "define", defines, "KEY=VALUE", "set a key after the configuration"), \
	STRING('p', "pidfile", pidfile, "FILE", "write init's process id to FILE"), \
	STRING('c', "console", console, "FILE", \
	       "the console is on this terminal or file of the host; none: no console"), \
	STRING('L', "console-log", console_log, "FILE", "append what the console says to FILE"), \
	STRING(0, "share-net", share_net, "NAME", "in the network namespace of this container or pid"), \
	STRING(0, "share-ipc", share_ipc, "NAME", "in its IPC namespace"), \
	STRING(0, "share-uts", share_uts, "NAME", "in its UTS namespace"), \
	STRING(0, "share-pid", share_pid, "NAME", "in its pid namespace"), \
	FLAG('C', "close-all-fds", close_fds, "pass no descriptor on (always so)"), \
	FLAG(0, "dry-run", dry_run, "print the steps and do nothing")
static const struct opt start_options[] = {
	RUN_OPTIONS,
	FLAG('d', "daemon", daemon, "in the background (default)"),
	FLAG('F', "foreground", foreground, "wait for the end, on this terminal"),
	END
};
static const struct opt execute_options[] = {
	RUN_OPTIONS,
	FLAG('d', "daemon", daemon, "in the background"),
	FLAG('F', "foreground", foreground, "wait for the end, on this terminal (default)"),
	STRING('u', "uid", uid, "UID", "the program runs as this user"),
	STRING('g', "gid", gid, "GID", "the program runs in this group"),
	END
};
static const struct opt info_options[] = {
	FLAG('s', "state", state, "the state"),
	FLAG('p', "pid", pid, "the process id of init"),
	FLAG('i', "ips", ips, "the addresses"),
	FLAG('S', "stats", stats, "what the cgroups count"),
	FLAG('H', "no-humanize", raw, "values alone, in bytes and nanoseconds"),
	LIST('c', "config", keys, "KEY", "what the configuration says for KEY"),
	STRING('t', "state-is", state_is, "STATE", "say nothing; succeed if STATE is the state"),
	END
};
static const struct opt ls_options[] = {
	FLAG('1', "line", one, "one name a line (default unless on a terminal)"),
	FLAG('f', "fancy", fancy, "a table"),
	STRING('F', "fancy-format", columns, "COLUMNS",
	       "columns of the table, separated by commas: "
	       "NAME STATE PID AUTOSTART GROUPS IPV4 IPV6 UNPRIVILEGED"),
	FLAG(0, "running", running, "only those that run"),
	FLAG(0, "stopped", stopped, "only those that do not run"),
	FLAG(0, "frozen", frozen, "only those that are frozen"),
	FLAG(0, "active", active, "only those that run or are frozen"),
	FLAG(0, "defined", defined, "only those that have a configuration"),
	LIST('g', "groups", groups, "GROUPS", "only those in one of these groups (commas)"),
	STRING(0, "filter", filter, "REGEX", "only names that match; also as the last argument"),
	END
};
static const struct opt stop_options[] = {
	FLAG('r', "reboot", reboot, "ask init to reboot instead"),
	FLAG('k', "kill", kill, "kill at once, ask nobody"),
	STRING('t', "timeout", timeout, "SECONDS", "kill after this time (default 60; -1: never)"),
	FLAG(0, "nokill", nokill, "never kill: fail when the time is over"),
	FLAG('W', "nowait", nowait, "ask and do not wait"),
	FLAG(0, "nolock", nolock, "LXC's: take no lock; none is taken here that could be in the way"),
	END
};
static const struct opt destroy_options[] = {
	FLAG('f', "force", force, "kill the container first if it runs"),
	FLAG('s', "snapshots", snapshot, "its snapshots too"),
	END
};
static const struct opt wait_options[] = {
	STRING('s', "state", states, "STATES", "states to wait for, such as RUNNING|FROZEN"),
	STRING('t', "timeout", timeout, "SECONDS", "give up after this time (default: never)"),
	END
};
static const struct opt attach_options[] = {
	STRING('s', "namespaces", namespaces, "LIST", "namespaces to enter, such as MOUNT|PID|UTS "
	       "(default: all of the container's)"),
	FLAG(0, "clear-env", clear_env, "do not pass this environment on"),
	FLAG(0, "keep-env", keep_env, "pass this environment on (default)"),
	LIST('v', "set-var", env, "NAME=VALUE", "a variable more"),
	LIST(0, "keep-var", keep_vars, "NAME", "with --clear-env: pass this variable on"),
	STRING('u', "uid", uid, "UID", "as this user inside"),
	STRING('g', "gid", gid, "GID", "as this group inside"),
	{ 'e', "elevated-privileges", OPT_OPTIONAL, offsetof(struct cmd, elevated), "LIST",
	  "without the container's confinement: CGROUP, CAP, LSM, separated by | (default: all)" },
	FLAG('R', "remount-sys-proc", remount, "without the mount namespace: /proc and /sys of the "
	     "others"),
	STRING('a', "arch", arch, "ARCH", "this architecture's personality (default: init's)"),
	STRING('L', "pty-log", pty_log, "FILE", "append what the terminal says to FILE"),
	END
};
static const struct opt console_options[] = {
	STRING('t', "tty", tty, "NUMBER", "this terminal; 0: the console (default: the first that is "
	       "free)"),
	STRING('e', "escape", escape, "LETTER", "leave with this control character and q (default a)"),
	FLAG(0, "show-log", show_log, "print what the console has said"),
	FLAG(0, "clear-log", clear_log, "print that and forget it"),
	END
};
static const struct opt config_options[] = {
	FLAG('l', "list", list, "list Berth's own settings"), END
};
static const struct opt no_options[] = { END };

static const struct verb verbs[] = {
	{ "create", create_options, verb_create, NAME_AND_REST, "NAME [-- TEMPLATE-OPTION...]",
	  "define a container" },
	{ "ls", ls_options, verb_ls, NAME_OWN, "[REGEX]", "list the containers" },
	{ "execute", execute_options, verb_execute, NAME_AND_REST, "NAME [--] COMMAND [ARG...]",
	  "run one program in a container" },
	{ "start", start_options, verb_start, NAME_AND_REST, "NAME [-- COMMAND [ARG...]]",
	  "start a container's own init" },
	{ "info", info_options, verb_info, NAME_ONE, "NAME",
	  "tell what is known about a container" },
	{ "stop", stop_options, verb_stop, NAME_ONE, "NAME", "stop a container" },
	{ "destroy", destroy_options, verb_destroy, NAME_ONE, "NAME", "remove a container" },
	{ "kill", no_options, verb_kill, NAME_AND_REST, "NAME [SIGNAL]", "send a signal to init" },
	{ "wait", wait_options, verb_wait, NAME_ONE, "NAME", "wait for a state" },
	{ "freeze", no_options, verb_freeze, NAME_ONE, "NAME", "freeze every process" },
	{ "unfreeze", no_options, verb_unfreeze, NAME_ONE, "NAME", "let them go on" },
	{ "attach", attach_options, verb_attach, NAME_AND_REST, "NAME [-- COMMAND [ARG...]]",
	  "run a program in a running container" },
	{ "console", console_options, verb_console, NAME_ONE, "NAME",
	  "connect this terminal to one of a container's" },
	{ "config", config_options, verb_config, NAME_OWN, "[ITEM]",
	  "list the keys of the configuration, or tell a setting of Berth's own" },
	{ "version", no_options, verb_version, NAME_NONE, "", "print the version" },
};
#define VERBS (sizeof(verbs) / sizeof(*verbs))

/* ---- messages -------------------------------------------------------------------------------- */

static void say(const struct cmd *c, int level, const char *text)
{
	struct sw_buf line __sw_buf = SW_BUF_INIT;
	int least = c->log_level ? lxc_log_level(c->log_level) : RT_LOG_NOTICE;

	if (level < least)
		return;
	sw_buf_printf(&line, "%s: %s", c->prog, text);
	/* Names and values come from anywhere: nothing that steers a terminal or begins a line. */
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] < ' ' && strncmp(line.data + i, "\n  ", 3))
			line.data[i] = '?';
	sw_buf_addc(&line, '\n');
	if (!c->quiet)
		sw_write_all(STDERR_FILENO, sw_buf_str(&line), line.len);
	if (c->log_file) {
		int fd __sw_fd = open(c->log_file,
				      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);

		if (fd >= 0)
			sw_write_all(fd, sw_buf_str(&line), line.len);
		else if (!c->quiet)
			fprintf(stderr, "%s: cannot write to the log %s: %s\n", c->prog,
				c->log_file, sw_errno_text(errno));
	}
}

#define SAY(c, level, fmt)                                                                     \
	do {                                                                                   \
		struct sw_buf text __sw_buf = SW_BUF_INIT;                                     \
		va_list ap;                                                                    \
		va_start(ap, fmt);                                                             \
		sw_buf_vprintf(&text, fmt, ap);                                                \
		va_end(ap);                                                                    \
		say(c, level, sw_buf_str(&text));                                              \
	} while (0)

int cmd_usage(const struct cmd *c, const char *fmt, ...)
{
	SAY(c, RT_LOG_ERROR, fmt);
	if (!c->quiet && c->verb)
		fprintf(stderr, "Usage: %s [OPTION...] %s; --help tells more\n", c->prog,
			c->verb->args);
	return c->lxc ? SW_EXIT_FAIL : SW_EXIT_USAGE;
}

int cmd_fail(const struct cmd *c, const char *fmt, ...)
{
	SAY(c, RT_LOG_ERROR, fmt);
	return SW_EXIT_FAIL;
}

void cmd_note(const struct cmd *c, const char *fmt, ...)
{
	SAY(c, RT_LOG_NOTICE, fmt);
}

int cmd_error(const struct cmd *c, const struct sw_error *err)
{
	return cmd_fail(c, "%s", err->msg[0] ? err->msg : sw_errno_text(err->num));
}

void cmd_remark(const char *file, unsigned int line, const char *text, void *arg)
{
	if (line)
		cmd_note(arg, "%s:%u: %s", file, line, text);
	else
		cmd_note(arg, "%s: %s", file, text);
}

/* ---- what verbs share ------------------------------------------------------------------------ */

int cmd_need_root(const struct cmd *c)
{
	return geteuid() ? cmd_fail(c, "only root can %s; become root and try again",
				    c->verb->summary) : 0;
}

int cmd_timeout(const struct cmd *c, int missing, int *ret_ms)
{
	long s;

	*ret_ms = missing;
	if (!c->timeout)
		return 0;
	if (sw_parse_long(c->timeout, &s) || s < -1 || s > INT_MAX / 1000) {
		cmd_usage(c, "-t takes a number of seconds, or -1 for ever, not '%s'", c->timeout);
		return -EINVAL;
	}
	*ret_ms = s < 0 ? -1 : (int)s * 1000;
	return 0;
}

int cmd_status(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

char *cmd_config_path(const struct cmd *c)
{
	struct sw_buf path = SW_BUF_INIT;

	sw_buf_printf(&path, "%s/%s/config", c->lxcpath, c->name);
	return sw_buf_take(&path);
}

/* Hooks are told where it is, and run elsewhere. */
static int read_file(struct cmd *c, const char *path, struct rt_spec *spec, struct sw_error *err)
{
	int r = lxc_config_file(path, spec, cmd_remark, c, err);

	if (!r) {
		free(spec->confine.config_file);
		spec->confine.config_file = realpath(path, NULL);
	}
	return r;
}

int cmd_read_config(struct cmd *c, struct rt_spec *spec, bool need_file, struct sw_error *err)
{
	char *path __sw_free = c->rcfile ? strdup(c->rcfile) : cmd_config_path(c);
	int r = 0;

	spec->name = strdup(c->name);
	spec->lxcpath = strdup(c->lxcpath);
	if (!path || !spec->name || !spec->lxcpath)
		return sw_error(err, ENOMEM, "config", "out of memory");
	if (need_file && !c->rcfile && access(path, F_OK))
		return sw_error(
			err, errno, "config",
			"there is no container '%s': %s: %s; define it with create, or give -f",
			c->name, path, sw_errno_text(errno));
	if (c->rcfile || need_file || !access(path, F_OK))
		r = read_file(c, path, spec, err);
	for (size_t i = 0; !r && i < c->defines.n; i++)
		r = lxc_config_line(c->defines.v[i], spec, cmd_remark, c, err);
	return r;
}

/* ---- the command line ------------------------------------------------------------------------ */

enum { GROUPS = 3, OPTIONS_MAX = 40 };

/* The groups of options that a verb has: its own, -n, and those that all share. */
static void groups_of(const struct verb *v, const struct opt *ret[GROUPS])
{
	ret[0] = v->options;
	ret[1] = v->takes == NAME_NONE || v->takes == NAME_OWN ? no_options : name_option;
	ret[2] = common;
}

static void set_option(struct cmd *c, const struct opt *o, const char *value)
{
	void *field = (char *)c + o->offset;

	if (o->kind == OPT_FLAG) {
		*(bool *)field = true;
	} else if (o->kind == OPT_STRING || o->kind == OPT_OPTIONAL) {
		*(const char **)field = value ? value : "";
	} else {
		struct cmd_list *list = field;

		list->v[list->n++] = value;
	}
}

struct table {
	struct option longs[OPTIONS_MAX + 1];
	const struct opt *rows[OPTIONS_MAX];
	char letter[OPTIONS_MAX];	/* 0: an option before it has taken the letter */
	char letters[3 * OPTIONS_MAX + 3];
	size_t count;
};

/* A verb's own options come first, and take their letters and names from those that all share. */
static void make_table(const struct verb *v, struct table *t)
{
	const struct opt *groups[GROUPS];
	size_t n = 0, at = 0;

	memset(t, 0, sizeof(*t));
	t->letters[at++] = '+';	/* the program's own options are not ours */
	t->letters[at++] = ':';
	groups_of(v, groups);
	for (int g = 0; g < GROUPS; g++) {
		for (const struct opt *o = groups[g]; o->name && n < OPTIONS_MAX; o++) {
			bool arg = o->kind != OPT_FLAG, taken = false;

			for (size_t i = 0; i < n; i++)
				taken |= !strcmp(t->rows[i]->name, o->name);
			if (taken)
				continue;
			t->rows[n] = o;
			t->longs[n] =
				(struct option){ o->name, o->kind == OPT_OPTIONAL ? optional_argument :
						 arg ? required_argument : no_argument, NULL,
						 256 + (int)n };
			if (o->letter && !strchr(t->letters + 2, o->letter)) {
				t->letter[n] = o->letter;
				t->letters[at++] = o->letter;
				if (arg)
					t->letters[at++] = ':';
				if (o->kind == OPT_OPTIONAL)
					t->letters[at++] = ':';
			}
			n++;
		}
	}
	t->count = n;
}

static void help(const struct cmd *c)
{
	struct table t;

	printf("Usage: %s [OPTION...] %s\n\n%c%s.\n\nOptions:\n", c->prog, c->verb->args,
	       c->verb->summary[0] - 'a' + 'A', c->verb->summary + 1);
	make_table(c->verb, &t);
	for (size_t i = 0; i < t.count; i++) {
		const struct opt *o = t.rows[i];
		char left[64], letter = t.letter[i];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", letter ? '-' : ' ',
			 letter ? letter : ' ', letter ? "," : " ", o->name, o->arg ? "=" : "",
			 o->arg ? o->arg : "");
		printf("  %-26s %s\n", left, o->help);
	}
}

static const struct opt *row_of(const struct table *t, int code)
{
	if (code >= 256)
		return t->rows[code - 256];
	for (size_t i = 0; i < t->count; i++)
		if (t->letter[i] == code)
			return t->rows[i];
	return NULL;
}

/* optopt is the letter, which may stand amid others ("-qx"), or not a letter for a long option. */
static int bad_option(const struct cmd *c, bool lacks_value, const char *arg)
{
	char letter[3] = { '-', (char)optopt, 0 };
	const char *word = optopt > ' ' && optopt < 127 ? letter : arg;

	if (lacks_value)
		return cmd_usage(c, "option '%s' needs a value", word);
	return cmd_usage(c, "there is no option '%s', or it takes no value", word);
}

/* Returns -1 to go on, or an exit status. */
static int parse_arguments(struct cmd *c, int argc, char **argv)
{
	struct table t;
	int code;

	make_table(c->verb, &t);
	opterr = 0;
	optind = 0;	/* glibc: begin afresh */
	for (;;) {
		while ((code = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1) {
			const struct opt *o = row_of(&t, code);

			/* As every program with argp has it: nothing else can be meant. */
			if (code == '?' && (optopt == '?' || !strcmp(argv[optind - 1], "--usage"))) {
				help(c);
				return SW_EXIT_OK;
			}
			if (code == ':' || !o)
				return bad_option(c, code == ':', argv[optind - 1]);
			set_option(c, o, optarg);
		}
		if (c->name || c->verb->takes == NAME_NONE || c->verb->takes == NAME_OWN ||
		    optind >= argc)
			break;
		c->name = argv[optind++];	/* LXC 3 and later: without -n */
		if (optind >= 2 && !strcmp(argv[optind - 2], "--"))
			break;
	}
	c->rest = argv + optind;
	c->rest_count = argc - optind;
	if (c->help) {
		help(c);
		return SW_EXIT_OK;
	}
	if (c->version)
		return verb_version(c);
	if (c->log_level && lxc_log_level(c->log_level) < 0) {
		const char *bad = c->log_level;

		c->log_level = NULL;
		return cmd_usage(c, "there is no log level '%s'", bad);
	}
	if (!c->name && c->verb->takes != NAME_NONE && c->verb->takes != NAME_OWN)
		return cmd_usage(c, "the name of the container is missing");
	if (c->rest_count && (c->verb->takes == NAME_ONE || c->verb->takes == NAME_NONE))
		return cmd_usage(c, "'%s' is one argument too many", c->rest[0]);
	return -1;
}

/* The true path of the containers' directory, so that one container has one identity. */
static char *find_lxcpath(const struct cmd *c)
{
	const char *env = getenv("BERTH_LXCPATH");
	const char *want = c->lxcpath ? c->lxcpath : env && *env ? env : BERTH_LXCPATH;
	char *real = realpath(want, NULL);
	struct sw_buf path = SW_BUF_INIT;

	if (real)
		return real;
	if (*want != '/') {
		char cwd[PATH_MAX];

		if (getcwd(cwd, sizeof(cwd)))
			sw_buf_printf(&path, "%s/", cwd);
	}
	sw_buf_adds(&path, want);
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.data[--path.len] = 0;
	return sw_buf_take(&path);
}

static int run_verb(const struct verb *v, const char *prog, bool lxc, int argc, char **argv)
{
	struct cmd c = { .verb = v, .prog = prog, .lxc = lxc };
	struct cmd_list *lists[] = { &c.defines, &c.keys, &c.env, &c.maps, &c.mounts, &c.groups,
				     &c.keep_vars };
	enum { LISTS = sizeof(lists) / sizeof(*lists) };
	const char **room = calloc(LISTS * ((size_t)argc + 1), sizeof(*room));
	struct sw_error err = { 0 };
	char *lxcpath __sw_free = NULL;
	int status = -1;

	if (!room)
		return cmd_fail(&c, "out of memory");
	rt_remove_ephemeral = cmd_remove_ephemeral;
	for (size_t i = 0; i < LISTS; i++)
		lists[i]->v = room + i * ((size_t)argc + 1);
	status = parse_arguments(&c, argc, argv);
	if (status < 0) {
		c.lxcpath = lxcpath = find_lxcpath(&c);
		if (!lxcpath)
			status = cmd_fail(&c, "out of memory");
		else if (c.name && rt_name_check(c.name, &err))
			status = cmd_usage(&c, "%s", err.msg);
		else
			status = v->run(&c);
	}
	free(room);
	/* A full disk behind stdout is a failure too: what was printed is the answer. */
	if (fflush(stdout) || ferror(stdout))
		status = status ? status : cmd_fail(&c, "cannot write the answer: %s",
						    sw_errno_text(errno));
	return status;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	for (const struct verb *v = verbs_more; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

static int berth_usage(FILE *out, int status)
{
	fprintf(out, "Usage: berth VERB [OPTION...] [ARGUMENT...]\n\n"
		     "Runs containers from LXC configurations, those of LXC 0.8 and "
		     "today's.\n\nVerbs:\n");
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "  %-13s %s\n", verbs[i].name, verbs[i].summary);
	for (const struct verb *v = verbs_more; v->name; v++)
		fprintf(out, "  %-13s %s\n", v->name, v->summary);
	fprintf(out,
		"\n`berth VERB --help` tells more; berth(1) and berth.conf(5) tell all. Called as "
		"lxc-VERB it takes\nLXC's command line. Exit status: 0 done, 1 failed, 64 usage "
		"error; "
		"execute and attach: the\nprogram's own.\n");
	return status;
}

int cmd_berth(int argc, char **argv)
{
	struct sw_buf prog __sw_buf = SW_BUF_INIT;
	const struct verb *v;
	const char *word;

	if (argc < 2)
		return berth_usage(stderr, SW_EXIT_USAGE);
	word = argv[1];
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return berth_usage(stdout, SW_EXIT_OK);
	if (!strcmp(word, "--version"))
		word = "version";
	v = find_verb(word);
	if (!v) {
		fprintf(stderr, "berth: there is no verb '%s'; `berth --help` lists them\n", word);
		return SW_EXIT_USAGE;
	}
	sw_buf_printf(&prog, "berth %s", v->name);
	return run_verb(v, sw_buf_str(&prog), false, argc - 1, argv + 1);
}

int cmd_lxc(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *prog = slash ? slash + 1 : argv[0];
	const struct verb *v = find_verb(prog + strlen("lxc-"));

	if (v)
		return run_verb(v, prog, true, argc, argv);
	fprintf(stderr, "%s: Berth has no such command; `berth --help` lists its verbs\n", prog);
	return SW_EXIT_FAIL;
}
