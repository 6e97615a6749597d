// SPDX-License-Identifier: GPL-2.0-only
/* Run one step: a program in a session of its own, its output relayed, its time limited. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sw_json.h"

/*
 * What a step may take to tidy up after its program has ended before it counts as left behind:
 * a runtime's monitor, say, that sees its container's end at the same moment.
 */
enum { GRACE_MS = 1000, LOOK_MS = 20, LEFT_MAX = 2300 };

/* A step that prints without end must not keep the host busy until its time is over. */
enum { OUTPUT_MAX = 8 << 20 };

struct run {
	struct guest_channel *ch;
	const struct guest_step *step;
	pid_t pid;
	int out, err, signals;		/* descriptors; out and err -1 at their end of file */
	bool ended, timed_out;
	int status;
	size_t passed_on, dropped;	/* bytes of output */
	struct rusage before;
	int64_t started, deadline;
	struct guest_state state;
};

static char *const step_env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb",
	"LANG=C", NULL,
};

static int64_t cpu_ms(const struct rusage *a, const struct rusage *b)
{
	return (int64_t)(b->ru_utime.tv_sec - a->ru_utime.tv_sec + b->ru_stime.tv_sec -
			 a->ru_stime.tv_sec) * 1000 +
	       (b->ru_utime.tv_usec - a->ru_utime.tv_usec + b->ru_stime.tv_usec -
		a->ru_stime.tv_usec) / 1000;
}

static void child(const struct guest_step *step, int out, int err)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char msg[256];
	sigset_t none;
	int n, cause;

	sigemptyset(&none);
	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (null < 0)
		close(0);
	else
		dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	execvpe(step->command.argv[0], step->command.argv, step_env);
	cause = errno;
	n = snprintf(msg, sizeof(msg), "seaworthy init: cannot run %.160s: %s\n", step->command.argv[0],
		     sw_errno_text(cause));
	sw_write_all(2, msg, n);
	_exit(cause == ENOENT ? 127 : 126);
}

/* Returns 0, or -errno with nothing started. */
static int start(struct run *run)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		goto fail;
	run->pid = fork();
	if (run->pid == 0)
		child(run->step, out[1], err[1]);
	if (run->pid < 0)
		goto fail;
	close(out[1]);
	close(err[1]);
	run->out = out[0];
	run->err = err[0];
	fcntl(run->out, F_SETFL, O_NONBLOCK);
	fcntl(run->err, F_SETFL, O_NONBLOCK);
	return 0;
fail:
	for (int i = 0; i < 2; i++) {
		sw_close(&out[i]);
		sw_close(&err[i]);
	}
	return -errno;
}

/* Pass on one piece of output. Returns false when there is nothing now; closes at the end. */
static bool relay(struct run *run, int *fd, const char *type)
{
	char piece[GUEST_PAYLOAD_MAX];
	int head = snprintf(piece, sizeof(piece), "%s ", run->step->name);
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, piece + head, sizeof(piece) - head);
	if (n > 0 && run->passed_on + n > OUTPUT_MAX) {
		run->dropped += n;
	} else if (n > 0) {
		run->passed_on += n;
		guest_record(run->ch, type, piece, head + n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		sw_close(fd);
	}
	return n > 0;
}

/* Collect every child that has ended; orphans of the step end up with us as well. */
static void reap(struct run *run)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
		if (pid == run->pid) {
			run->ended = true;
			run->status = status;
		}
}

/* Wait for output or a child's end, for at most ms, and deal with what came. */
static void turn(struct run *run, int64_t ms)
{
	struct pollfd p[] = {
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->out, .events = POLLIN },
		{ .fd = run->err, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (poll(p, 3, ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms) > 0) {
		if (p[1].revents)
			relay(run, &run->out, "out");
		if (p[2].revents)
			relay(run, &run->err, "err");
		while (read(run->signals, &info, sizeof(info)) > 0)
			;
	}
	reap(run);
}

static void kill_one(pid_t pid, const char *comm, void *arg)
{
	(void)comm;
	(void)arg;
	kill(pid, SIGKILL);
}

/* Kill every descendant, as often as it takes: a process may fork while we look. */
static void kill_all(struct run *run)
{
	int64_t until = sw_now_ms() + 10000;

	if (run->pid > 0)	/* 0 would be our own group, -1 everybody's: it was never started */
		kill(-run->pid, SIGKILL);
	while (guest_descendants(kill_one, NULL) || !run->ended) {
		if (sw_now_ms() > until) {
			guest_note(run->ch, "step %s: processes do not die of SIGKILL", run->step->name);
			return;
		}
		turn(run, LOOK_MS);
	}
	reap(run);
}

static void note_process(pid_t pid, const char *comm, void *arg)
{
	char line[128];

	snprintf(line, sizeof(line), "process %d (%s)", (int)pid, comm);
	sw_buf_add(arg, line, strlen(line) + 1);
}

static void note_line(const char *line, void *arg)
{
	sw_buf_add(arg, line, strlen(line) + 1);
}

/* The list of NUL-terminated lines as a JSON array, short enough for a record. */
static void add_left(struct sw_json *j, const struct sw_buf *left)
{
	size_t at = 0, skipped = 0;
	char line[256];

	sw_json_array(j, "left");
	while (at < left->len) {
		const char *s = left->data + at;

		at += strlen(s) + 1;
		/* JSON escapes can make six bytes of one, and a line has at most 255 of them. */
		if (j->buf.len + strlen(s) > LEFT_MAX) {
			skipped++;
			continue;
		}
		snprintf(line, sizeof(line), "%s", s);
		sw_json_str(j, NULL, line);
	}
	if (skipped) {
		snprintf(line, sizeof(line), "and %zu more", skipped);
		sw_json_str(j, NULL, line);
	}
	sw_json_end(j, ']');
}

static void report_end(struct run *run, const struct sw_buf *left)
{
	struct sw_json j = { 0 };
	struct rusage after;

	getrusage(RUSAGE_CHILDREN, &after);
	sw_json_object(&j, NULL);
	sw_json_str(&j, "step", run->step->name);
	if (run->ended && WIFEXITED(run->status))
		sw_json_int(&j, "exit", WEXITSTATUS(run->status));
	else
		sw_json_null(&j, "exit");
	if (run->ended && WIFSIGNALED(run->status))
		sw_json_int(&j, "signal", WTERMSIG(run->status));
	else
		sw_json_null(&j, "signal");
	sw_json_bool(&j, "timeout", run->timed_out);
	sw_json_int(&j, "wall_ms", sw_now_ms() - run->started);
	sw_json_int(&j, "cpu_ms", cpu_ms(&run->before, &after));
	add_left(&j, left);
	sw_json_end(&j, '}');
	guest_record(run->ch, "end", sw_buf_str(&j.buf), j.buf.len - 1);
	sw_buf_free(&j.buf);
}

static void report_begin(struct run *run)
{
	struct sw_json j = { 0 };

	sw_json_object(&j, NULL);
	sw_json_str(&j, "step", run->step->name);
	sw_json_end(&j, '}');
	guest_record(run->ch, "begin", sw_buf_str(&j.buf), j.buf.len - 1);
	sw_buf_free(&j.buf);
}

/* The program has ended, or its time has: let the rest tidy up, then see what it left. */
static void finish(struct run *run)
{
	struct sw_buf left __sw_buf = SW_BUF_INIT;
	int64_t grace = sw_now_ms() + GRACE_MS;
	struct guest_state after;

	while (!run->timed_out && guest_descendants(NULL, NULL) && sw_now_ms() < grace)
		turn(run, LOOK_MS);
	reap(run);
	guest_descendants(note_process, &left);
	kill_all(run);
	while (relay(run, &run->out, "out"))
		;
	while (relay(run, &run->err, "err"))
		;
	if (run->dropped)
		guest_note(run->ch, "step %s: its output is cut after %d bytes, %zu more were dropped",
			   run->step->name, OUTPUT_MAX, run->dropped);
	guest_state_take(&after);
	guest_state_diff(&run->state, &after, note_line, &left);
	guest_state_free(&after);
	report_end(run, &left);
}

void guest_run_step(struct guest_channel *ch, const struct guest_step *step)
{
	struct run run = { .ch = ch, .step = step, .out = -1, .err = -1 };
	sigset_t chld;
	int r;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	run.signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	report_begin(&run);
	guest_state_take(&run.state);
	getrusage(RUSAGE_CHILDREN, &run.before);
	run.started = sw_now_ms();
	run.deadline = run.started + step->timeout_s * 1000;
	r = run.signals < 0 ? -errno : start(&run);
	if (r) {
		guest_note(ch, "step %s could not be started: %s", step->name, sw_errno_text(r));
		run.ended = true;
		run.status = 126 << 8;
	}
	while (!run.ended && !run.timed_out) {
		int64_t remaining = run.deadline - sw_now_ms();

		run.timed_out = remaining <= 0;
		if (!run.timed_out)
			turn(&run, remaining);
	}
	finish(&run);
	sw_close(&run.out);
	sw_close(&run.err);
	sw_close(&run.signals);
	guest_state_free(&run.state);
}
