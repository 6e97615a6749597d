// SPDX-License-Identifier: GPL-2.0-only
/* The user's scripts for a network, with LXC's arguments and environment. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_net.h"
#include "sw_child.h"

#define SET(name, value) ((value) ? setenv(name, value, 1) : unsetenv(name))

/* In the child, a process of its own with no other thread: the heap and environ are its own. */
static void execute(const struct rt_net_event *e)
{
	const char *argv[12];
	size_t n = 0;

	rt_signals_reset();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(2, 1); /* standard output is the container's program's */
	close(0);
	open("/dev/null", O_RDONLY);
	clearenv();
	for (char *const *entry = e->env; entry && *entry; entry++)
		putenv(*entry);
	SET("LXC_NAME", e->container);
	SET("LXC_HOOK_TYPE", e->hook);
	SET("LXC_HOOK_SECTION", "net");
	SET("LXC_HOOK_VERSION", e->version ? "1" : "0");
	SET("LXC_NET_TYPE", e->type);
	SET("LXC_NET_PARENT", e->link);
	SET("LXC_NET_PEER", e->peer);
	if (!getenv("PATH"))
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	argv[n++] = e->script;
	if (!e->version) {
		argv[n++] = e->container;
		argv[n++] = "net";
		argv[n++] = e->hook;
		argv[n++] = e->type;
		if (e->link)
			argv[n++] = e->link;
		if (e->peer)
			argv[n++] = e->peer;
	}
	argv[n] = NULL;
	/* A plain path needs no shell, which a small system may not have; LXC always takes one. */
	if (!strpbrk(e->script, " \t\"'\\$`&|;<>()*?[]#~=%{}!"))
		execvp(argv[0], (char *const *)argv);
	else {
		char text[4096];
		const char *sh[16] = { "sh", "-c", text, "sh" };

		snprintf(text, sizeof(text), "exec %s \"$@\"", e->script);
		memcpy(sh + 4, argv + 1, n * sizeof(*argv));
		execv("/bin/sh", (char *const *)sh);
	}
	_exit(127);
}

/* Whoever stops a container that is starting kills its init, or asks the monitor to end. */
static bool is_over(pid_t init)
{
	static const int asked[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	siginfo_t info = { 0 };
	sigset_t pending;

	if (init <= 0)
		return false;
	sigemptyset(&pending);
	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
		if (sigismember(&pending, asked[i]))
			return true;
	return !waitid(P_PID, (id_t)init, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

/* Wait for a script, but not longer than for init. The time-out is for signals that were merged. */
static int wait_script(pid_t pid, pid_t init, int *ret_status)
{
	const struct timespec limit = { .tv_sec = 1 };
	sigset_t child, before;
	int r = 0;
	pid_t got;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	while (!(got = waitpid(pid, ret_status, WNOHANG)) || (got < 0 && errno == EINTR)) {
		if (is_over(init)) {
			kill(pid, SIGKILL);
			sw_waitpid(pid, ret_status);
			r = -EINTR;
			break;
		}
		sigtimedwait(&child, NULL, &limit);
	}
	if (!r && got < 0)
		r = -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int rt_net_script(const struct rt_net_event *e, struct sw_error *err)
{
	int status, r;
	pid_t pid;

	if (strlen(e->script) > 4000)
		return sw_error(err, E2BIG, NULL, "script %.60s...: longer than 4000 bytes",
				e->script);
	pid = fork();
	if (pid == 0)
		execute(e);
	if (pid < 0)
		return sw_error(err, errno, NULL, "script %s: fork: %s", e->script,
				sw_errno_text(errno));
	r = wait_script(pid, e->init, &status);
	if (r == -EINTR)
		return sw_error(err, r, NULL, "script %s (%s): the container was stopped meanwhile",
				e->script, e->hook);
	if (r)
		return sw_error(err, r, NULL, "script %s: %s", e->script, sw_errno_text(r));
	if (WIFSIGNALED(status))
		return sw_error(err, ECANCELED, NULL, "script %s (%s) died of signal %d", e->script,
				e->hook, WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return sw_error(err, ECANCELED, NULL, "script %s (%s) cannot be executed",
				e->script, e->hook);
	if (WEXITSTATUS(status))
		return sw_error(err, ECANCELED, NULL, "script %s (%s) failed with status %d",
				e->script, e->hook, WEXITSTATUS(status));
	return 0;
}
