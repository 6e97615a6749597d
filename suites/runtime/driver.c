// SPDX-License-Identifier: GPL-2.0-only
/* The runtimes that the suites know, and running their commands. */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suite_util.h"
#include "sw_child.h"

const struct runtime_driver runtime_drivers[] = {
	{
		.id = "berth-lxc",
		.about = "Berth by LXC's command names",
		.elsewhere = "@",
		.create = { { "lxc-create", "-n", "{name}", "-f", "{config}" } },
		/* Without "--", as people write it: options after the program are the program's. */
		.execute = { { "lxc-execute", "-n", "{name}", "{command}" } },
		.start = { { "lxc-start", "-n", "{name}", "-d" } },
		.state = { { "lxc-info", "-n", "{name}", "-s" } },
		.pid = { { "lxc-info", "-n", "{name}", "-p" } },
		.list = { { "lxc-ls" } },
		.stop = { { "lxc-stop", "-n", "{name}", "-k" } },
		.stop_after_1s = { { "lxc-stop", "-n", "{name}", "-t", "1" } },
		.destroy = { { "lxc-destroy", "-n", "{name}" } },
		.freeze = { { "lxc-freeze", "-n", "{name}" } },
		.unfreeze = { { "lxc-unfreeze", "-n", "{name}" } },
		.tty1 = { { "lxc-console", "-n", "{name}", "-t", "1" } },
	},
	{
		.id = "berth",
		.about = "Berth by its own verbs",
		.elsewhere = "@",
		.create = { { "berth", "create", "-n", "{name}", "-f", "{config}" } },
		.execute = { { "berth", "execute", "-n", "{name}", "--", "{command}" } },
		.start = { { "berth", "start", "-n", "{name}", "-d" } },
		.state = { { "berth", "info", "-n", "{name}", "-s" } },
		.pid = { { "berth", "info", "-n", "{name}", "-p" } },
		.list = { { "berth", "ls" } },
		.stop = { { "berth", "stop", "-n", "{name}", "-k" } },
		.stop_after_1s = { { "berth", "stop", "-n", "{name}", "-t", "1" } },
		.destroy = { { "berth", "destroy", "-n", "{name}" } },
		.freeze = { { "berth", "freeze", "-n", "{name}" } },
		.unfreeze = { { "berth", "unfreeze", "-n", "{name}" } },
		.tty1 = { { "berth", "console", "-n", "{name}", "-t", "1" } },
	},
	{ .id = NULL },
};

const struct runtime_driver *runtime_find(const char *id)
{
	for (const struct runtime_driver *d = runtime_drivers; d->id; d++)
		if (!strcmp(d->id, id))
			return d;
	return NULL;
}

const struct runtime_driver *runtime_selected(void)
{
	const char *id = getenv("SEAWORTHY_RUNTIME");

	return id && *id ? runtime_find(id) : &runtime_drivers[0];
}

int runtime_words(const struct runtime_call *call, const char **argv, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < RUNTIME_ARGS && call->command->args[i]; i++) {
		const char *word = call->command->args[i];

		if (!strcmp(word, "{command}")) {
			for (size_t j = 0; call->argv && call->argv[j] && n + 1 < size; j++)
				argv[n++] = call->argv[j];
			continue;
		}
		if (!strcmp(word, "{name}"))
			word = call->name;
		else if (!strcmp(word, "{config}"))
			word = call->config;
		if (n + 1 < size)
			argv[n++] = word;
	}
	if (n + 1 >= size)
		return -E2BIG;
	argv[n] = NULL;
	return n;
}

int runtime_spawn(const struct runtime_call *call, int outfd, int errfd, pid_t *ret_pid)
{
	const char *argv[64];
	int r = runtime_words(call, argv, 64);
	pid_t pid;

	if (r < 0)
		return r;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int in = call->in >= 0 ? call->in : open("/dev/null", O_RDWR | O_CLOEXEC);

		/* dup2() onto itself would keep close-on-exec. */
		if (dup2(in, 0) < 0 || (outfd >= 0 && dup2(outfd, 1) < 0) ||
		    (errfd >= 0 && dup2(errfd, 2) < 0))
			_exit(125);
		if (call->driver->program)
			execvp(call->driver->program, (char **)argv);
		else
			execv("/proc/self/exe", (char **)argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	*ret_pid = pid;
	return 0;
}

/* A file without a name in the test's scratch directory. */
static int nameless(void)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/outXXXXXX", suite_scratch[0] ? suite_scratch : "/tmp");
	fd = mkostemp(path, O_CLOEXEC | O_APPEND);
	if (fd >= 0)
		unlink(path);
	return fd < 0 ? -errno : fd;
}

static void collect(int fd, struct sw_buf *out)
{
	size_t to = 0;

	if (lseek(fd, 0, SEEK_SET) < 0 || sw_read_fd(fd, out, 1 << 20))
		return;
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] != '\r')
			out->data[to++] = out->data[i];
	out->len = to;
	if (out->data)
		out->data[to] = 0;
}

/*
 * Wait for a child with a limit. A pipe that closes at its end would be held open by its daemons,
 * and pidfd_open(2) is of 5.3: so look again every 10 ms.
 */
static int wait_limited(pid_t pid, int limit_s)
{
	int64_t until = sw_now_ms() + (int64_t)limit_s * 1000;
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && errno != EINTR)
			return -errno;
		if (info.si_pid)
			return 0;
		if (sw_now_ms() > until)
			return -ETIMEDOUT;
		poll(NULL, 0, 10);
	}
}

int runtime_run(const struct runtime_call *call, int limit_s, struct runtime_result *ret)
{
	int out __sw_fd = nameless(), err __sw_fd = nameless();
	pid_t pid;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (out < 0 || err < 0)
		return out < 0 ? out : err;
	r = runtime_spawn(call, call->out >= 0 ? call->out : out, err, &pid);
	if (r)
		return r;
	r = wait_limited(pid, limit_s);
	if (r)
		kill(pid, SIGKILL);
	ret->end = suite_wait(pid);
	collect(out, &ret->out);
	collect(err, &ret->err);
	return r;
}

void runtime_result_free(struct runtime_result *r)
{
	sw_buf_free(&r->out);
	sw_buf_free(&r->err);
}
