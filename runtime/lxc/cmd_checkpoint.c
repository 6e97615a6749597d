// SPDX-License-Identifier: GPL-2.0-only
/*
 * checkpoint: save a running container by CRIU. What the kernel lacks is said beforehand, by the
 * probe and by name, since CRIU's own messages speak of its insides.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "feature.h"
#include "profiles/profile.h"
#include "sw_child.h"
#include "sw_exit.h"
#include "sw_fd.h"

/* ---- what the kernel must have --------------------------------------------------------------- */

struct lacks {
	const struct probe_ctx *ctx;
	struct cmd *c;
	const char *impact;
	bool usable, unknown, denied;	/* of the alternatives seen so far */
	char why[900];
	size_t count;
};

static bool examine(const char *id, void *arg)
{
	const struct feature *f = feature_find(id);
	struct feature_evidence e;
	struct lacks *l = arg;
	size_t len = strlen(l->why);

	if (!f) {
		l->unknown = true;
		return true;
	}
	feature_examine(l->ctx, f, true, &e);
	l->usable |= e.usable == USABLE_YES;
	l->denied |= e.live.value == LIVE_DENIED;
	l->unknown |= e.usable == USABLE_UNKNOWN;
	snprintf(l->why + len, sizeof(l->why) - len, "%s%s: %s%s%s", len ? "; " : "", id,
		 e.live.evidence, e.remedy[0] ? "; " : "", e.remedy);
	return !l->usable;
}

/*
 * Every feature without which nothing can be checkpointed, and that is proved to be missing. What
 * is denied here is told too, but CRIU shall find out whether it needs it for this container.
 */
static size_t missing_features(struct cmd *c)
{
	const struct profile *p = profile_find("checkpoint-restore");
	struct kconfig *kc = NULL;
	struct probe_ctx ctx;
	struct lacks l = { .ctx = &ctx, .c = c };

	probe_ctx_running(&ctx, &kc);
	for (const struct profile_item *i = p ? p->items : NULL; i && i->features; i++) {
		if (i->level != LEVEL_MUST || i->since)
			continue;
		l.usable = l.unknown = l.denied = false;
		l.why[0] = 0;
		profile_alternatives(i, examine, &l);
		if (!l.usable && l.denied)
			cmd_note(c, "%s, as it seems: %s", i->impact, l.why);
		if (l.usable || l.unknown)
			continue;
		cmd_fail(c, "%s: %s", i->impact, l.why);
		l.count++;
	}
	kconfig_free(kc);
	return l.count;
}

/* ---- CRIU ------------------------------------------------------------------------------------ */

static int find_criu(char *out, size_t size)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin"; *path;) {
		size_t len = strcspn(path, ":");

		if (len && snprintf(out, size, "%.*s/criu", (int)len, path) < (int)size &&
		    !access(out, X_OK))
			return 0;
		path += len + (path[len] == ':');
	}
	return -ENOENT;
}

enum { ARGS_MAX = 48 };
struct args {
	char *v[ARGS_MAX + 1];
	size_t n;
	bool failed;
};

static void add(struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct args *a, const char *fmt, ...)
{
	struct sw_buf b = SW_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sw_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (a->n < ARGS_MAX)
		a->v[a->n] = sw_buf_take(&b);
	a->failed |= a->n == ARGS_MAX || !a->v[a->n];
	a->n += !a->failed;
}

static void dump_arguments(const struct cmd *c, struct args *a, const char *criu, pid_t init)
{
	add(a, "%s", criu);
	add(a, "dump");
	add(a, "--tree=%d", (int)init);
	add(a, "--images-dir=%s", c->directory);
	add(a, "--log-file=dump.log");
	add(a, "--tcp-established");
	add(a, "--file-locks");
	add(a, "--link-remap");
	add(a, "--force-irmap");
	add(a, "--manage-cgroups");
	/* What is mounted from outside: /dev/console, /dev, ... */
	add(a, "--ext-mount-map=auto");
	add(a, "--enable-external-sharing");
	add(a, "--enable-external-masters");
	if (!c->stop_after)
		add(a, "--leave-running");
	if (c->verbose)
		add(a, "-vvvv");
	if (c->action_script)
		add(a, "--action-script=%s", c->action_script);
}

/* What it says is in its log. Returns the wait status or -errno. */
static int run_criu(char *const argv[])
{
	int status, null __sw_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = null < 0 ? -1 : fork();

	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			dup2(null, i);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		return -errno;
	status = sw_waitpid(pid, &status) ? -ECHILD : status;
	return status;
}

/* The lines of its log that say what went wrong: "(00.004) Error (criu/cr-dump.c:1): ...". */
static void tell_errors(struct cmd *c, int dir)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;
	int told = 0;

	if (sw_read_file(dir, "dump.log", &b, 16u << 20) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line && told < 5;
	     line = strtok_r(NULL, "\n", &save)) {
		char *error = strstr(line, "Error (");

		if (!error)
			continue;
		cmd_fail(c, "criu: %.300s", error);
		told++;
	}
}

static int dump(struct cmd *c, pid_t init)
{
	struct args a = { 0 };
	char criu[PATH_MAX];
	int dir __sw_fd = -1;
	int status;

	if (find_criu(criu, sizeof(criu)))
		return cmd_fail(c, "CRIU, which does the work, is not on PATH: install it (package criu)");
	/* Images hold the container's whole memory: they are root's alone. */
	if (mkdir(c->directory, 0700) && errno != EEXIST)
		return cmd_fail(c, "making %s: %s", c->directory, sw_errno_text(errno));
	dir = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cmd_fail(c, "%s: %s", c->directory, sw_errno_text(errno));
	unlinkat(dir, "dump.log", 0);
	dump_arguments(c, &a, criu, init);
	status = a.failed ? -ENOMEM : run_criu(a.v);
	for (size_t i = 0; i < a.n; i++)
		free(a.v[i]);
	if (status == 0)
		return SW_EXIT_OK;
	tell_errors(c, dir);
	if (status < 0)
		return cmd_fail(c, "running %s: %s", criu, sw_errno_text(status));
	return cmd_fail(c, "CRIU could not save '%s' (exit status %d); %s/dump.log tells more, `criu "
			"check` tells whether it can at all", c->name, cmd_status(status),
			c->directory);
}

int verb_checkpoint(struct cmd *c)
{
	struct sw_error err = { 0 };
	struct rt_status st;
	int r;

	if (!c->directory)
		return cmd_usage(c, "-D, the directory of the images, is missing");
	if (c->restore_images)
		return cmd_fail(c, "restoring is not built in: a restored init would have to be given to a "
				"monitor that has its terminals and its cgroups");
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	r = rt_status(c->lxcpath, c->name, &st, &err);
	if (r)
		return cmd_error(c, &err);
	if (st.state != RT_RUNNING)
		return cmd_fail(c, "container '%s' is %s; only one that runs can be saved", c->name,
				rt_state_name(st.state));
	if (missing_features(c))
		return cmd_fail(c, "this kernel cannot checkpoint: what it lacks is above, and in "
				"`seaworthy probe --profile checkpoint-restore`");
	r = dump(c, st.init_pid);
	/* CRIU has ended its processes: the monitor sees that, and cleans up. */
	if (!r && c->stop_after && rt_wait(c->lxcpath, c->name, 1u << RT_STOPPED, 30000, &err))
		return cmd_error(c, &err);
	return r;
}
