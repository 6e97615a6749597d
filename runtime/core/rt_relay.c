// SPDX-License-Identifier: GPL-2.0-only
/* The process in front of a container while it runs: signals, terminal, the end of its child. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"

/* ---- signals: blocked but while waiting in ppoll(2), noted by the handler -------------------- */

static const int watched[RT_WATCHED] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1,
					 SIGUSR2, SIGWINCH };
static volatile sig_atomic_t pending[NSIG];

static void note(int sig)
{
	pending[sig] = 1;
}

void rt_signals_begin(struct rt_signals *s)
{
	struct sigaction sa = { .sa_handler = note }, ign = { .sa_handler = SIG_IGN };
	sigset_t block;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		pending[watched[i]] = 0;
		sigaddset(&block, watched[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &s->mask);
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		sigaction(watched[i], &sa, &s->old[i]);
		sigdelset(&s->mask, watched[i]);
	}
	sigaction(SIGPIPE, &ign, &s->old_pipe);
}

void rt_signals_end(struct rt_signals *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		sigaction(watched[i], &s->old[i], NULL);
	sigaction(SIGPIPE, &s->old_pipe, NULL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

int rt_signal_take(const int *sigs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pending[sigs[i]]) {
			pending[sigs[i]] = 0;
			return sigs[i];
		}
	return 0;
}

static const int asked_to_end[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

int rt_hear(struct rt_ctx *ctx, const struct rt_signals *sig, struct rt_msg *ret)
{
	for (;;) {
		struct pollfd p = { .fd = ctx->sync, .events = POLLIN };
		int r = ppoll(&p, 1, NULL, &sig->mask);

		if (r > 0)
			return rt_msg_recv(ctx->sync, ret);
		if (r < 0 && errno != EINTR)
			return -errno;
		if (rt_signal_take(asked_to_end, ARRAY_SIZE(asked_to_end)))
			return -EINTR;
	}
}

/* ---- while it runs --------------------------------------------------------------------------- */

static void reap_children(struct rt_ctx *ctx)
{
	int status;
	pid_t pid;

	/* Only our own child: a caller in the foreground may have others. */
	while (ctx->init > 0 && !ctx->init_reaped &&
	       (pid = waitpid(ctx->init, &status, WNOHANG)) != 0) {
		if (pid < 0 && errno == EINTR)
			continue;
		ctx->init_reaped = true;
		ctx->init_status = pid > 0 ? status : 0;
	}
}

/*
 * A signal to the monitor goes to the program that Berth's init supervises. An init of its own
 * does not know what SIGTERM means (PID 1 ignores what it does not handle): it gets its stop
 * signal, and SIGKILL the second time.
 */
static void forward(struct rt_ctx *ctx, int sig, bool *asked)
{
	bool end = sig != SIGUSR1 && sig != SIGUSR2;

	if (ctx->spec->init == RT_INIT_NONE && end) {
		sig = *asked ? SIGKILL : rt_stop_signal(&ctx->rec);
		*asked = true;
	}
	kill(ctx->init, sig);
}

/*
 * One turn of the console and of those who ask for terminals. @hung: the master had hung up; it is
 * left alone for a moment then.
 */
static void pump(struct rt_ctx *ctx, const struct rt_signals *sig, bool *hung)
{
	static const struct timespec moment = { 0, 200000000 };
	struct pollfd p[3 + 1 + RT_CLIENTS] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	struct rt_console *c = &ctx->console;
	bool was_hung = *hung;
	size_t n = rt_server_poll(&ctx->server, p + 3);

	if (c->master >= 0) {
		p[0] = (struct pollfd){ was_hung ? -1 : c->master, c->in_len ? POLLOUT : 0, 0 };
		if (!c->out_len)
			p[0].events |= POLLIN;
		p[1] = (struct pollfd){ c->out_len ? rt_console_viewer(c) : -1, POLLOUT, 0 };
		p[2] = (struct pollfd){ c->relay_in && !c->in_len ? c->in : -1, POLLIN, 0 };
	}
	*hung = false;
	if (ppoll(p, 3 + n, was_hung ? &moment : NULL, &sig->mask) <= 0)
		return;
	if ((p[0].revents & POLLIN) || p[1].revents)
		*hung = !rt_console_pump_out(c);
	else if (p[0].revents & (POLLHUP | POLLERR))
		*hung = true;	/* vhangup(2) by a getty; it opens the terminal anew */
	if ((p[0].revents & POLLOUT) || p[2].revents)
		rt_console_pump_in(c);
	rt_server_serve(ctx, p + 3, n);
}

void rt_relay(struct rt_ctx *ctx, const struct rt_signals *sig)
{
	static const int forwarded[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	static const int winch = SIGWINCH, chld = SIGCHLD;
	bool asked = false, hung = false;
	int s;

	for (;;) {
		if (rt_signal_take(&chld, 1))
			reap_children(ctx);
		if (ctx->init_reaped)
			return;
		if (rt_signal_take(&winch, 1))
			rt_console_resize(&ctx->console);
		s = rt_signal_take(forwarded, ARRAY_SIZE(forwarded));
		if (s)
			forward(ctx, s, &asked);
		pump(ctx, sig, &hung);
	}
}
