// SPDX-License-Identifier: GPL-2.0-only
/*
 * The child's side: what becomes init of the container. Between clone and exec: no malloc, no
 * stdio streams, and nothing that takes a lock of the C library.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define CLOSE_RANGE_CLOEXEC_FLAG 4u	/* linux/close_range.h, 5.11 */

void rt_signals_reset(void)
{
	sigset_t none;

	/* Ignored signals stay ignored over exec; handlers do not, but we may not exec at all. */
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void rt_close_from(int first)
{
	struct rlimit lim;
	unsigned long max = 1024;

	if (sys_close_range(first, ~0u, 0) == 0)
		return;
	/* Before 5.9: one by one, up to the hard limit, since a soft one may have been lowered. */
	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_max != RLIM_INFINITY)
		max = lim.rlim_max;
	for (unsigned long fd = first; fd < max; fd++)
		close((int)fd);
}

void rt_child_main(struct rt_ctx *ctx)
{
	const struct rt_plan *plan = ctx->plan;
	struct sw_error err = { 0 };
	struct rt_msg m;

	rt_signals_reset();
	for (;;) {
		size_t i;

		/* End of file: the monitor is gone; nobody is left to tell. */
		if (rt_msg_recv(ctx->sync, &m) != 1 || m.type != RT_MSG_GO)
			_exit(125);
		for (i = m.step; i < plan->count && plan->steps[i].side == RT_SIDE_CHILD; i++) {
			if (!rt_step_run(ctx, i, &err))
				continue;
			rt_msg_send(ctx->sync, RT_MSG_FAILED, i, &err);
			_exit(126);
		}
		if (rt_msg_send(ctx->sync, RT_MSG_YIELD, i, NULL))
			_exit(125);
	}
}

int rt_step_identity(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)ctx;
	(void)step;
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return sw_error(err, errno, NULL, "setresuid to 0: %s; is user 0 mapped?",
				sw_errno_text(errno));
	return 0;
}

int rt_step_session(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)ctx;
	(void)step;
	/*
	 * After identity: a change of user ids clears it (prctl(2)). A monitor that died before is
	 * seen as end of file at the next hand-over, since a parent outside has no pid in here.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return sw_error(err, errno, NULL, "PR_SET_PDEATHSIG: %s", sw_errno_text(errno));
	setsid();
	umask(022);
	return 0;
}

int rt_step_unshare(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int r = sys_unshare(SW_CLONE_NEWCGROUP);

	(void)ctx;
	(void)step;
	return r ? sw_error(err, r, NULL, "unshare(CLONE_NEWCGROUP): %s", sw_errno_text(r)) : 0;
}

int rt_step_hostname(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const char *name = ctx->spec->hostname;

	(void)step;
	if (sethostname(name, strlen(name)))
		return sw_error(err, errno, NULL, "sethostname %s: %s", name, sw_errno_text(errno));
	return 0;
}

int rt_step_loopback(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int fd __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_name = "lo" };

	(void)ctx;
	(void)step;
	if (fd < 0)	/* a kernel without IPv4: any family's socket answers device ioctls */
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &req))
		return sw_error(err, errno, NULL, "reading the flags of lo: %s",
				sw_errno_text(errno));
	req.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		return sw_error(err, errno, NULL, "bringing lo up: %s", sw_errno_text(errno));
	return 0;
}

/*
 * An init gets its console as the kernel gives it one: not as its controlling terminal, since a
 * getty could take that from it by CAP_SYS_ADMIN over the host's user namespace only, tty_ioctl(4).
 * In the foreground a shell may be PID 1, which wants job control.
 */
static bool controls_terminal(const struct rt_ctx *ctx)
{
	return ctx->spec->init != RT_INIT_NONE ||
	       (ctx->opts->foreground && !(ctx->spec->ns & SW_CLONE_NEWUSER));
}

/* The program's descriptors 0, 1, 2, and its controlling terminal where that is ours to give. */
static int take_stdio(struct rt_ctx *ctx)
{
	int fd[3];

	for (int i = 0; i < 3; i++) {
		/* Above 2 first, so that no dup2 below overwrites what a later one still needs. */
		fd[i] = fcntl(ctx->stdio[i], F_DUPFD_CLOEXEC, 10);
		if (fd[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(fd[i], i) < 0)
			return -errno;
	if (ctx->console.slave >= 0 && controls_terminal(ctx))
		ioctl(ctx->console.slave, TIOCSCTTY, 0);
	return 0;
}

static const char *env_value(char *const env[], const char *name)
{
	size_t len = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

int rt_exec(char *const argv[], char *const env[])
{
	const char *path = env_value(env, "PATH");
	int kept = ENOENT;

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, env);
		return -errno;
	}
	if (!path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	while (*path) {
		size_t len = strcspn(path, ":");
		char file[PATH_MAX];

		if (len && snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, argv[0]) <
		    (int)sizeof(file)) {
			execve(file, argv, env);
			if (errno != ENOENT && errno != ENOTDIR)
				kept = errno;
		}
		path += len + (path[len] == ':');
	}
	return -kept;
}

int rt_become(struct rt_ctx *ctx, char *const argv[], char *const env[], struct sw_error *err)
{
	int r = take_stdio(ctx);

	if (r)
		return sw_error(err, r, NULL, "standard descriptors: %s", sw_errno_text(r));
	if (ctx->spec->cwd && chdir(ctx->spec->cwd))
		return sw_error(err, errno, NULL, "chdir %s: %s", ctx->spec->cwd,
				sw_errno_text(errno));
	/* What we did not open ourselves may lack the flag; before 5.11 close it instead. */
	if (sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC_FLAG)) {
		int sync = fcntl(ctx->sync, F_DUPFD_CLOEXEC, 3);

		if (sync < 0 || (sync != 3 && dup3(sync, 3, O_CLOEXEC) < 0))
			return sw_error(err, errno, NULL, "descriptors: %s", sw_errno_text(errno));
		ctx->sync = 3;
		rt_close_from(4);
	}
	r = rt_limits_apply(ctx->spec, err);
	if (!r)
		r = rt_msg_send(ctx->sync, RT_MSG_READY, ctx->step, NULL);
	if (r)
		return r;
	/* The very last: a filter need not allow what has been done until here. */
	r = rt_filter_load(&ctx->spec->confine.filter, err);
	if (r)
		return r;
	r = rt_exec(argv, env);
	return sw_error(err, r, NULL, "execute %s: %s", argv[0], sw_errno_text(r));
}

int rt_step_exec(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	pid_t pid;

	(void)step;
	if (ctx->spec->init == RT_INIT_NONE)
		return rt_become(ctx, ctx->spec->argv, ctx->spec->env, err);
	/*
	 * PID 1 stays this image. Inside, /proc/1/exe is the host's berth: not dumpable, it can be
	 * opened only with CAP_SYS_PTRACE over the user namespace that this image was executed in,
	 * which is the host's. (Root of a container without a user namespace has that and is no
	 * boundary; a copy in sealed memory would cost an exec and the size of the executable.)
	 */
	if (prctl(PR_SET_DUMPABLE, 0))
		return sw_error(err, errno, NULL, "PR_SET_DUMPABLE: %s", sw_errno_text(errno));
	pid = rt_init_fork(ctx);
	if (pid < 0)
		return sw_error(err, pid, NULL, "fork: %s", sw_errno_text(pid));
	if (pid > 0)
		rt_init_main(ctx, pid);
	setsid();
	return rt_become(ctx, ctx->spec->argv, ctx->spec->env, err);
}
