// SPDX-License-Identifier: GPL-2.0-only
/* Running a plan: the monitor's side, in the foreground or as a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

#define DEVPTS_MAGIC 0x1cd1	/* linux/magic.h */

/* ---- steps on the parent's side -------------------------------------------------------------- */

/* Is the one who holds the lock about to let go: a run that ends, or somebody who cleans up? */
static bool holder_is_leaving(const struct rt_dir *d)
{
	struct rt_record rec;

	return rt_record_read(d, &rec) || rec.state == RT_STOPPING || rec.state == RT_ABORTING;
}

/* Once: 0, the lock is ours and nothing is left of before; -ESTALE: try again; or -errno. */
static int take_state(struct rt_ctx *ctx, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	int r;

	rt_dir_close(&ctx->dir);
	r = rt_dir_open(&ctx->dir, spec->lxcpath, spec->name, true, err);
	if (r)		/* -ENOENT: removed between making and opening */
		return r == -ENOENT ? -ESTALE : r;
	r = rt_dir_lock(&ctx->dir);
	if (r == -EBUSY && holder_is_leaving(&ctx->dir)) {
		rt_sleep_ms(5);
		return -ESTALE;
	}
	/* A journal here is of a monitor that was killed: undo it, begin anew. */
	if (!r && !faccessat(ctx->dir.fd, "journal", F_OK, 0)) {
		r = rt_journal_undo(&ctx->dir, spec->name, err);
		return r ? r : -ESTALE;
	}
	return r;
}

int rt_step_state(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	int r = -ESTALE;

	(void)step;
	for (int tries = 0; r == -ESTALE && tries < 2000; tries++)
		r = take_state(ctx, err);
	if (r == -EBUSY) {
		rt_dir_close(&ctx->dir);
		return sw_error(err, EEXIST, NULL, "container '%s' runs already", spec->name);
	}
	if (r)
		return sw_error(err, r, NULL, "taking the state of '%s': %s", spec->name,
				sw_errno_text(r));
	ctx->rec = (struct rt_record){
		.state = RT_STARTING, .started_ns = rt_clock_ns(CLOCK_BOOTTIME), .ns = spec->ns | rt_ns_shared(spec),
		.stop_signal = spec->stop_signal ? spec->stop_signal :
			spec->init == RT_INIT_SUPERVISE ? SIGTERM : -SIGPWR,
	};
	r = rt_record_write(&ctx->dir, &ctx->rec);
	return r ? sw_error(err, r, NULL, "writing the state of '%s': %s", spec->name,
			    sw_errno_text(r)) : 0;
}

void rt_absolute(const struct rt_ctx *ctx, const char *path, char out[RT_ABSOLUTE_MAX])
{
	if (path[0] == '/')
		snprintf(out, RT_ABSOLUTE_MAX, "%s", path);
	else
		snprintf(out, RT_ABSOLUTE_MAX, "%s/%s", ctx->start_dir, path);
}

int rt_step_record(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const char *pidfile = ctx->opts->pidfile;
	char text[32], path[RT_ABSOLUTE_MAX];
	int r;

	(void)step;
	ctx->rec.init = ctx->init;
	ctx->rec.init_start = rt_proc_start(ctx->init);
	r = rt_record_write(&ctx->dir, &ctx->rec);
	if (r || !pidfile)
		return r;
	rt_absolute(ctx, pidfile, path);
	r = rt_journal_add(&ctx->dir, "file %s", path);
	if (!r)
		r = sw_replace_file(AT_FDCWD, path, text, snprintf(text, sizeof(text), "%d\n",
				    (int)ctx->init), 0644);
	return r ? sw_error(err, r, NULL, "pid file %s: %s", path, sw_errno_text(r)) : 0;
}

/* ---- taking turns ---------------------------------------------------------------------------- */

static int child_ended(const struct rt_ctx *ctx, size_t from, struct sw_error *err)
{
	return sw_error(err, EPROTO, "run", "the container's init died before it was ready, at or "
			"after step %s", ctx->plan->steps[from].name);
}

/* After READY: end of file means executed, another message that it was not. */
static int confirm_exec(struct rt_ctx *ctx, const struct rt_signals *sig, struct sw_error *err)
{
	struct rt_msg m;
	int r = rt_hear(ctx, sig, &m);

	if (r == 0) {
		sw_close(&ctx->sync);
		return 0;
	}
	if (r < 0)
		return sw_error(err, r, "run", "starting was interrupted: %s", sw_errno_text(r));
	return sw_error(err, m.num ? m.num : EPROTO, "run", "%s", m.detail);
}

static int take_turns(struct rt_ctx *ctx, const struct rt_signals *sig, struct sw_error *err)
{
	const struct rt_plan *plan = ctx->plan;
	size_t i = 0;

	while (i < plan->count) {
		struct rt_msg m;
		int r;

		if (plan->steps[i].side == RT_SIDE_PARENT) {
			r = rt_step_run(ctx, i, err);
			if (r)
				return r;
			i++;
			continue;
		}
		r = rt_msg_send(ctx->sync, RT_MSG_GO, i, NULL);
		if (r == -EPIPE)
			return child_ended(ctx, i, err);
		if (!r)
			r = rt_hear(ctx, sig, &m);
		if (r == 0)
			return child_ended(ctx, i, err);
		if (r < 0)
			return sw_error(err, r, "run",
					"starting was interrupted at or after step %s: "
					"%s", plan->steps[i].name, sw_errno_text(r));
		if (m.type == RT_MSG_READY)
			return confirm_exec(ctx, sig, err);
		if (m.type == RT_MSG_FAILED)
			return sw_error(err, m.num ? m.num : EPROTO, "run", "%s", m.detail);
		if (m.type != RT_MSG_YIELD || m.step <= i || m.step >= plan->count)
			return sw_error(err, EPROTO, "run", "init sent an impossible message");
		i = m.step;
	}
	return sw_error(err, EPROTO, "run", "the plan has no last step");
}

/* ---- the end --------------------------------------------------------------------------------- */

/*
 * reboot(2) in a pid namespace ends init by SIGHUP for a restart and by SIGINT for a power-off,
 * since 3.4. Nobody else can do that to a PID 1: it is immune to signals that it does not handle.
 */
static bool wants_reboot(const struct rt_ctx *ctx)
{
	return (ctx->spec->ns & SW_CLONE_NEWPID) && WIFSIGNALED(ctx->init_status) &&
	       WTERMSIG(ctx->init_status) == SIGHUP;
}

static int wind_up(struct rt_ctx *ctx, bool failed, struct sw_error *err)
{
	struct sw_error undo = { 0 };
	int r = 0;

	if (ctx->dir.lock_fd >= 0) {
		ctx->rec.state = failed ? RT_ABORTING : RT_STOPPING;
		rt_record_write(&ctx->dir, &ctx->rec);
	}
	sw_close(&ctx->sync);
	if (ctx->init > 0 && !ctx->init_reaped) {
		kill(ctx->init, SIGKILL);
		rt_journal_thaw(&ctx->dir);
		sw_waitpid(ctx->init, &ctx->init_status);
		ctx->init_reaped = true;
	}
	rt_console_close(&ctx->console);
	sw_close(&ctx->device_fd);
	rt_ttys_close(&ctx->ttys);
	rt_server_close(&ctx->server);
	sw_close(&ctx->tree_fd);
	for (size_t i = 0; i < RT_NS_FILES; i++)
		sw_close(&ctx->share_fd[i]);
	rt_hooks_stopped(ctx);
	if (ctx->dir.lock_fd >= 0) {
		if (!failed && wants_reboot(ctx))
			rt_journal_add(&ctx->dir, "target reboot");
		r = rt_journal_undo(&ctx->dir, ctx->spec->name, &undo);
		if (r)
			sw_error(err, r, "undo", "%s", undo.msg);
	}
	rt_dir_close(&ctx->dir);
	return r;
}

static bool is_logged(const struct rt_ctx *ctx, enum rt_log_level level)
{
	int least = ctx->opts->log_level ? ctx->opts->log_level - 1 : RT_LOG_NOTICE;

	return ctx->log >= 0 && (int)level >= least;
}

int rt_log_fd(const struct rt_ctx *ctx, enum rt_log_level level)
{
	return is_logged(ctx, level) ? ctx->log : ctx->null;
}

void rt_log(const struct rt_ctx *ctx, enum rt_log_level level, const char *fmt, ...)
{
	char line[700];
	va_list ap;
	int n;

	if (!is_logged(ctx, level))
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	n = n < (int)sizeof(line) - 1 ? n : (int)sizeof(line) - 2;
	line[n++] = '\n';
	sw_write_all(ctx->log, line, n);
}

/* What a run has made of it back to what every run starts from. */
static void ctx_reset(struct rt_ctx *ctx)
{
	ctx->dir = (struct rt_dir)RT_DIR_INIT;
	memset(&ctx->cg, 0, sizeof(ctx->cg));
	rt_console_init(&ctx->console);
	ctx->ttys.count = 0;
	ctx->server = (struct rt_server){ .fd = -1 };
	ctx->sync = ctx->peer_sync = ctx->root_fd = ctx->device_fd = ctx->sys_fd = -1;
	for (int i = 0; i < 3; i++)
		ctx->stdio[i] = ctx->opts->foreground && fcntl(i, F_GETFD) >= 0 ? i : ctx->null;
	ctx->tree_fd = -1;
	memset(ctx->ns_fd, -1, sizeof(ctx->ns_fd));
	memset(ctx->share_fd, -1, sizeof(ctx->share_fd));
	ctx->init = 0;
	ctx->init_reaped = false;
	ctx->init_status = 0;
}

/*
 * One life of a container, from the first step until everything is undone.
 * @report: >= 0: where to say READY or FAILED; closed once said
 */
static int live_once(struct rt_ctx *ctx, const struct rt_signals *sig, int *report,
		     struct sw_error *err)
{
	int r, undone;

	ctx_reset(ctx);
	r = take_turns(ctx, sig, err);
	if (!r) {
		ctx->rec.state = RT_RUNNING;
		r = rt_record_write(&ctx->dir, &ctx->rec);
		if (r)
			sw_error(err, r, "run", "writing the state: %s", sw_errno_text(r));
	}
	if (!r) {
		rt_log(ctx, RT_LOG_NOTICE, "%s: running, init is process %d", ctx->spec->name, (int)ctx->init);
		if (*report >= 0)
			rt_msg_send(*report, RT_MSG_READY, 0, NULL);
		sw_close(report);
		rt_console_raw(&ctx->console);
		rt_relay(ctx, sig);
	}
	undone = wind_up(ctx, r != 0, err);
	if (r || undone)
		rt_log(ctx, RT_LOG_ERROR, "%s: %s", ctx->spec->name, err->msg);
	if (!r)
		rt_log(ctx, RT_LOG_NOTICE, "%s: ended, wait status 0x%x", ctx->spec->name,
			 (unsigned int)ctx->init_status);
	if (r && *report >= 0)
		rt_msg_send(*report, RT_MSG_FAILED, 0, err);
	return r ? r : undone;
}

/* The whole life, in this process: as many as it reboots. */
static int live(struct rt_ctx *ctx, int report, struct sw_error *err)
{
	struct rt_signals sig;
	int r;

	rt_signals_begin(&sig);
	do
		r = live_once(ctx, &sig, &report, err);
	while (!r && wants_reboot(ctx));
	rt_signals_end(&sig);
	return r;
}

int rt_ctx_begin(struct rt_ctx *ctx, struct sw_error *err)
{
	const char *log = ctx->opts->log_path;
	struct statfs sfs;
	struct stat st;
	char cad[8];

	ctx->log = -1;
	if (rt_net_begin(ctx))
		return sw_error(err, ENOMEM, "run", "out of memory");
	ctx->null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	ctx_reset(ctx);
	if (!statfs("/dev/pts", &sfs) && (unsigned long)sfs.f_type == DEVPTS_MAGIC &&
	    !stat("/dev/pts", &st))
		ctx->host_pts = st.st_dev;
	ctx->ctrl_alt_del = -1;
	if (sw_read_line(AT_FDCWD, "/proc/sys/kernel/ctrl-alt-del", cad, sizeof(cad)) > 0)
		ctx->ctrl_alt_del = cad[0] != '0';
	if (!getcwd(ctx->start_dir, sizeof(ctx->start_dir)))
		strcpy(ctx->start_dir, "/");
	if (log)
		ctx->log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (log && ctx->log < 0)
		return sw_error(err, errno, "run", "log file %s: %s", log, sw_errno_text(errno));
	return 0;
}

void rt_ctx_end(struct rt_ctx *ctx)
{
	free(ctx->net);
	ctx->net = NULL;
	sw_close(&ctx->null);
	sw_close(&ctx->log);
}

/* ---- in the background ----------------------------------------------------------------------- */

/* The monitor process: nothing of the caller's but the spec. Never returns. */
static void monitor_main(struct rt_ctx *ctx, int report)
{
	struct sw_error err = { 0 };
	int r;

	if (chdir("/"))
		_exit(1);
	umask(022);
	for (int i = 0; i < 3; i++)
		ctx->null < 0 ? close(i) : dup2(ctx->null, i);
	prctl(PR_SET_NAME, "berth-monitor");
	r = live(ctx, report, &err);
	_exit(r ? 1 : 0);
}

/* Descriptors of the caller's must not live as long as the container: pipes would never end. */
static void keep_only(int *a, int *b, int *c)
{
	int *keep[] = { a, b, c };

	for (size_t i = 0; i < ARRAY_SIZE(keep); i++)
		if (*keep[i] >= 0) {
			int fd = fcntl(*keep[i], F_DUPFD_CLOEXEC, 20);

			if (fd < 0)
				_exit(1);
			*keep[i] = fd;
		}
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++)
		if (*keep[i] >= 0) {
			dup3(*keep[i], 3 + (int)i, O_CLOEXEC);
			*keep[i] = 3 + (int)i;
		}
	for (int i = 0; i < 3; i++)
		if (*keep[i] < 0)
			close(3 + i);
	rt_close_from(6);
}

static int run_background(struct rt_ctx *ctx, struct sw_error *err)
{
	struct rt_msg m;
	int fds[2], status, r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return sw_error(err, errno, "run", "socketpair: %s", sw_errno_text(errno));
	pid = fork();
	if (pid == 0) {
		/* Twice, so that the monitor leads no session and is nobody's child. */
		setsid();
		pid = fork();
		if (pid)
			_exit(pid < 0);
		keep_only(&fds[1], &ctx->null, &ctx->log);
		monitor_main(ctx, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return sw_error(err, EAGAIN, "run", "fork: no process can be had");
	}
	sw_waitpid(pid, &status);
	r = rt_msg_recv(fds[0], &m);
	/* A monitor that failed is on its way out: end of file says that it is gone. */
	if (r > 0 && m.type == RT_MSG_FAILED)
		rt_msg_recv(fds[0], &(struct rt_msg){ 0 });
	close(fds[0]);
	if (r <= 0)
		return sw_error(err, EPROTO, "run",
				"the monitor of '%s' died before the container was "
				"ready", ctx->spec->name);
	if (m.type == RT_MSG_READY)
		return 0;
	return sw_error(err, m.num ? m.num : EPROTO, "run", "%s", m.detail);
}

int rt_run(const struct rt_spec *spec, const struct rt_run_opts *opts, int *ret_status,
	   struct sw_error *err)
{
	struct rt_plan *plan = NULL;
	struct rt_ctx *ctx;
	struct sw_error own = { 0 };
	int r;

	err = err ? err : &own;
	r = rt_reap(spec->lxcpath, spec->name, err);
	if (!r)
		r = rt_plan(spec, &plan, err);
	if (r)
		return r;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx) {
		rt_plan_free(plan);
		return sw_error(err, ENOMEM, "run", "out of memory");
	}
	ctx->spec = spec;
	ctx->opts = opts;
	ctx->plan = plan;
	r = rt_ctx_begin(ctx, err);
	if (!r && rt_hooks_make(spec, opts->console_log, &ctx->hooks))
		r = sw_error(err, ENOMEM, "run", "out of memory");
	if (!r)
		r = opts->foreground ? live(ctx, -1, err) : run_background(ctx, err);
	if (!r && opts->foreground && ret_status)
		*ret_status = ctx->init_status;
	rt_ctx_end(ctx);
	rt_hooks_free(ctx->hooks);
	rt_plan_free(plan);
	free(ctx);
	return r;
}
