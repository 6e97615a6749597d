// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: processes that run one test after the other, each by itself, so that tests run beside each
 * other. This process hands out tests and hears results; it runs none.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"
#include "suite_cgroup.h"
#include "suite_util.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

#define WORKERS_MAX 16

struct worker {
	pid_t pid;
	int fd;			/* -1: not started */
	struct run *run;	/* NULL: idle */
};

struct pool {
	struct worker workers[WORKERS_MAX];
	size_t size;
	struct run *runs;
	const size_t *order;
	size_t count, first;	/* of order: none before it waits */
	size_t started;
	const struct options *o;
};

/* What a worker hears, and what it answers; then log_len bytes follow. */
struct command {
	const struct suite_test *test;
	double timeout_scale;
};
struct answer {
	struct outcome out;	/* log: not that of this process */
	size_t log_len;
};

static int signals = -1;
static sigset_t outer_mask;

void runner_pool_prepare(void)
{
	sigset_t mask;

	prctl(PR_SET_CHILD_SUBREAPER, 1);	/* 3.4 */
	/* No mount of ours, and none that a probe makes, reaches the host. */
	if (!sys_unshare(SW_CLONE_NEWNS))
		sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	runner_ending_signals(&mask);
	sigprocmask(SIG_BLOCK, &mask, &outer_mask);
	signal(SIGPIPE, SIG_IGN);	/* who stops reading is noticed when writing, and nothing is left */
	signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		abort();
}

/* ---- the worker's side ---- */

static bool read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static void __attribute__((noreturn)) worker_main(int fd)
{
	struct command c;

	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &outer_mask, NULL);
	/* Without the parent there is nobody to hear: end, and clean up, as if asked to. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	runner_prepare();
	for (;;) {
		struct answer a = { .out = { .log = SW_BUF_INIT } };

		runner_await(fd);
		if (!read_all(fd, &c, sizeof(c)))
			break;
		runner_run(c.test, c.timeout_scale, &a.out);
		a.log_len = a.out.log.len;
		if (sw_write_all(fd, &a, sizeof(a)) ||
		    sw_write_all(fd, sw_buf_str(&a.out.log), a.log_len))
			break;
		sw_buf_free(&a.out.log);
	}
	_exit(0);
}

/* ---- this side ---- */

static int start_worker(struct pool *p, struct worker *w)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	fflush(NULL);
	w->pid = fork();
	if (!w->pid) {
		for (size_t i = 0; i < p->size; i++)
			sw_close(&p->workers[i].fd);
		close(fds[0]);
		close(signals);
		worker_main(fds[1]);
	}
	close(fds[1]);
	w->fd = fds[0];
	if (w->pid > 0)
		return 0;
	sw_close(&w->fd);
	return -EAGAIN;
}

static const struct pool *the_pool;

static bool is_worker(int pid)
{
	for (size_t i = 0; i < the_pool->size; i++)
		if (the_pool->workers[i].fd >= 0 && the_pool->workers[i].pid == pid)
			return true;
	return false;
}

static void stop_worker(struct worker *w)
{
	int status;

	sw_close(&w->fd);	/* end of file: it leaves */
	sw_waitpid(w->pid, &status);
}

/* What workers that are gone could not remove. */
static void sweep_dead_workers(void)
{
	left_processes_kill_but(is_worker);
	runner_sweep_dead(runner_scratch_base());
	suite_cgroup_sweep_dead();
}

static void end_by_signal(struct pool *p, int sig)
{
	for (size_t i = 0; i < p->size; i++)
		if (p->workers[i].fd >= 0)
			kill(p->workers[i].pid, SIGTERM);
	for (size_t i = 0; i < p->size; i++)
		if (p->workers[i].fd >= 0)
			stop_worker(&p->workers[i]);
	sweep_dead_workers();
	fflush(stdout);
	signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &outer_mask, NULL);
	raise(sig);
	_exit(128 + sig);
}

static void take_signals(struct pool *p)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) == sizeof(si))
		end_by_signal(p, (int)si.ssi_signo);
}

/*
 * Tests that use control groups take controllers from one hierarchy to another, and containers use
 * the same ones: one of them at a time.
 */
static bool uses_cgroups(const struct suite_test *t)
{
	return sw_starts_with(t->suite->group, "runtime") || sw_starts_with(t->suite->prefix, "cgroup") ||
	       (t->needs && strstr(t->needs, "cgroup."));
}

/* Whether t may start beside what runs. */
static bool may_start(const struct pool *p, const struct suite_test *t)
{
	for (size_t i = 0; i < p->size; i++) {
		const struct run *other = p->workers[i].run;

		if (other && (t->alone || other->test->alone ||
			      (uses_cgroups(t) && uses_cgroups(other->test))))
			return false;
	}
	return true;
}

/*
 * The next in order that may start now. With several workers, those that must be alone come last,
 * when nobody waits for them.
 */
static struct run *next_run(struct pool *p)
{
	while (p->first < p->count && p->runs[p->order[p->first]].state != RUN_WAITS)
		p->first++;
	for (int alone = 0; alone <= 1; alone++) {
		bool waiting = false;

		for (size_t i = p->first; i < p->count; i++) {
			struct run *r = &p->runs[p->order[i]];

			if (r->state != RUN_WAITS || (p->size > 1 && r->test->alone != alone))
				continue;
			if (may_start(p, r->test))
				return r;
			waiting = true;
		}
		if (waiting)
			break;
	}
	return NULL;
}

static void finish(struct run *r)
{
	r->state = RUN_ENDED;
	if (r->out.result == RESULT_LACKS)
		runner_judge_absence(r->test, &r->out);
}

static void fail_to_run(struct run *r, enum result result, const char *what, int err)
{
	r->out.result = result;
	snprintf(r->out.message, sizeof(r->out.message), "%s%s%s", what, err ? ": " : "",
		 err ? sw_errno_name(err) : "");
	sw_buf_printf(&r->out.log, "%s\n", r->out.message);
	r->state = RUN_ENDED;
}

/* Hand it out. Returns false if it has ended at once. */
static bool start(struct pool *p, struct worker *w, struct run *r)
{
	struct command c = { .test = r->test, .timeout_scale = p->o->timeout_scale };
	int err;

	r->out.order = ++p->started;
	if (!runner_needs_met(r->test, &r->out)) {
		r->state = RUN_ENDED;
		return false;
	}
	err = w->fd < 0 ? start_worker(p, w) : 0;
	if (!err)
		err = sw_write_all(w->fd, &c, sizeof(c));
	if (err) {
		fail_to_run(r, RESULT_FAIL, "the test could not be started: fork", -err);
		return false;
	}
	r->state = RUN_RUNS;
	w->run = r;
	return true;
}

/* A worker has something to say, or is gone. */
static void hear(struct worker *w)
{
	struct run *r = w->run;
	size_t order = r ? r->out.order : 0;
	struct answer a;
	char *log = NULL;
	int status;

	w->run = NULL;
	if (r && read_all(w->fd, &a, sizeof(a)) && (log = malloc(a.log_len + 1)) &&
	    read_all(w->fd, log, a.log_len)) {
		r->out = a.out;
		r->out.log = (struct sw_buf)SW_BUF_INIT;
		sw_buf_add(&r->out.log, log, a.log_len);
		r->out.order = order;
		free(log);
		finish(r);
		return;
	}
	free(log);
	sw_close(&w->fd);
	kill(w->pid, SIGKILL);
	sw_waitpid(w->pid, &status);
	sweep_dead_workers();
	if (r)
		fail_to_run(r, RESULT_CRASH, "the process that watched over the test was killed", 0);
}

/* Give every idle worker a test. Returns how many run. */
static size_t hand_out(struct pool *p, void (*done)(void *arg), void *arg)
{
	size_t busy = 0;

	for (size_t i = 0; i < p->size; i++) {
		struct worker *w = &p->workers[i];
		struct run *r = NULL;

		while (!w->run && !ferror(stdout) && (r = next_run(p)) && !start(p, w, r)) {
			done(arg);
			take_signals(p);
		}
		busy += w->run != NULL;
	}
	return busy;
}

static void await_one(struct pool *p)
{
	struct pollfd fds[WORKERS_MAX + 1] = { { .fd = signals, .events = POLLIN } };

	for (size_t i = 0; i < p->size; i++)
		fds[i + 1] = (struct pollfd){ .fd = p->workers[i].fd, .events = POLLIN };
	if (poll(fds, p->size + 1, -1) < 0)
		return;
	take_signals(p);
	for (size_t i = 0; i < p->size; i++)
		if (fds[i + 1].revents)
			hear(&p->workers[i]);
}

void runner_pool(struct run *runs, const size_t *order, size_t count, const struct options *o,
		 void (*done)(void *arg), void *arg)
{
	struct pool p = { .runs = runs, .order = order, .count = count, .o = o };

	p.size = o->jobs < 1 ? 1 : o->jobs > WORKERS_MAX ? WORKERS_MAX : (size_t)o->jobs;
	if (p.size > 1 && !left_namespaces_possible())
		p.size = 1;
	for (size_t i = 0; i < p.size; i++)
		p.workers[i].fd = -1;
	the_pool = &p;
	take_signals(&p);
	while (hand_out(&p, done, arg)) {
		await_one(&p);
		done(arg);
	}
	for (size_t i = 0; i < p.size; i++)
		if (p.workers[i].fd >= 0)
			stop_worker(&p.workers[i]);
}
