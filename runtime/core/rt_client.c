// SPDX-License-Identifier: GPL-2.0-only
/*
 * Using a terminal of a running container. The monitor hands over the master of a pseudo-terminal:
 * keys and the window's size go there. What a terminal says is read there too; what the console
 * says comes by way of the monitor, which also logs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* ---- asking the monitor ---------------------------------------------------------------------- */

static int connect_in(const struct rt_dir *d)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "command" };
	int fd __sw_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int back __sw_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || fchdir(d->fd))
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		r = -errno;
	if ((back < 0 || fchdir(back)) && chdir("/"))
		r = -errno;
	return r ? r : sw_take_fd(&fd);
}

/* 0 with the answer, and its descriptor or -1. */
static int hear_answer(int link, struct rt_answer *a, int *ret_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { a, sizeof(*a) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	ssize_t n;

	do
		n = recvmsg(link, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_fd = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); n && c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	if (n == (ssize_t)sizeof(*a) && a->magic == RT_ASK_MAGIC && (a->num || *ret_fd >= 0))
		return 0;
	sw_close(ret_fd);
	return n ? -EPROTO : -ECONNRESET;
}

/* Returns the descriptor that was asked for, or -errno; *ret_link stays open. */
static int ask(const char *lxcpath, const char *name, struct rt_ask what, struct rt_answer *a,
	       int *ret_link, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	int link __sw_fd = -1, fd;
	struct rt_record rec;
	int r = rt_dir_open(&d, lxcpath, name, false, err);

	if (r && r != -ENOENT)
		return r;
	if (r || !rt_dir_holder(&d) || rt_record_read(&d, &rec) ||
	    (rec.state != RT_RUNNING && rec.state != RT_STARTING))
		return sw_error(err, ESRCH, "console", "container '%s' does not run", name);
	link = connect_in(&d);
	if (link == -ENOENT)
		return sw_error(err, ENXIO, "console", "container '%s' has neither a console nor "
				"terminals", name);
	if (link < 0)
		return sw_error(err, link, "console", "connecting to the monitor of '%s': %s", name,
				sw_errno_text(link));
	what.magic = RT_ASK_MAGIC;
	r = send(link, &what, sizeof(what), MSG_NOSIGNAL) < 0 ? -errno : hear_answer(link, a, &fd);
	if (r == -ECONNRESET || r == -EPIPE)
		return sw_error(err, EBUSY, "console", "the monitor of '%s' did not answer: the "
				"container has just ended, or %d connections are in use", name,
				RT_CLIENTS);
	if (r)
		return sw_error(err, r, "console", "the monitor of '%s': %s", name,
				sw_errno_text(r));
	a->detail[sizeof(a->detail) - 1] = 0;
	if (a->num)
		return sw_error(err, a->num, "console", "container '%s': %s", name, a->detail);
	*ret_link = sw_take_fd(&link);
	return fd;
}

int rt_terminal_open(const char *lxcpath, const char *name, int tty, struct rt_terminal *ret,
		     struct sw_error *err)
{
	struct rt_answer a;
	int link, fd = ask(lxcpath, name, (struct rt_ask){ .what = RT_ASK_TERMINAL, .tty = tty }, &a,
			   &link, err);

	if (fd < 0)
		return fd;
	*ret = (struct rt_terminal){ link, fd, a.tty };
	return 0;
}

int rt_console_said(const char *lxcpath, const char *name, bool clear, struct sw_error *err)
{
	struct rt_answer a;
	int link, fd = ask(lxcpath, name,
			   (struct rt_ask){ .what = clear ? RT_ASK_CLEAR : RT_ASK_BUFFER }, &a, &link,
			   err);

	if (fd >= 0)
		close(link);
	return fd;
}

/* ---- between two terminals ------------------------------------------------------------------- */

struct relay {
	struct rt_terminal *t;
	const struct rt_signals *sig;
	char escape;
	bool escaped;		/* the last key was the escape */
	bool leave, ended;
	bool hung;		/* nobody has the other end open: look again in a moment */
	char keys[4096];
	size_t key_count;
};

static void take_keys(struct relay *r)
{
	char buf[512];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	r->leave |= n <= 0;	/* the terminal has gone */
	for (ssize_t i = 0; i < n && !r->leave; i++) {
		if (buf[i] == r->escape && !r->escaped) {
			r->escaped = true;
			continue;
		}
		r->leave |= r->escaped && buf[i] == 'q';
		r->escaped = false;
		/* Nobody reads (a frozen container): what is too much is lost, but not the escape. */
		if (!r->leave && r->key_count < sizeof(r->keys))
			r->keys[r->key_count++] = buf[i];
	}
}

static void send_keys(struct relay *r)
{
	ssize_t n = write(r->t->master, r->keys, r->key_count);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0)
		n = (ssize_t)r->key_count;
	memmove(r->keys, r->keys + n, r->key_count - n);
	r->key_count -= n;
}

/* A screen that stands still must not make us deaf to signals: they come through while it does. */
static void show(struct relay *r, const char *p, size_t len)
{
	static const int end[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t blocked;

	while (len && !r->leave) {
		ssize_t n;

		sigprocmask(SIG_SETMASK, &r->sig->mask, &blocked);
		n = write(STDOUT_FILENO, p, len);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd w = { STDOUT_FILENO, POLLOUT, 0 };

			poll(&w, 1, -1);
			errno = EINTR;
		}
		sigprocmask(SIG_SETMASK, &blocked, NULL);
		r->leave |= rt_signal_take(end, ARRAY_SIZE(end)) || (n < 0 && errno != EINTR);
		if (n > 0) {
			p += n;
			len -= n;
		}
	}
}

static void take_output(struct relay *r)
{
	bool console = r->t->tty == 0;
	char buf[4096];
	ssize_t n = read(console ? r->t->link : r->t->master, buf, sizeof(buf));

	if (n > 0)
		show(r, buf, n);
	else if (console && (n == 0 || (errno != EINTR && errno != EAGAIN)))
		r->leave = r->ended = true;
	else if (!console && (n == 0 || errno == EIO))
		r->hung = true;
}

static void resize(const struct relay *r)
{
	struct winsize ws;

	if (!ioctl(STDIN_FILENO, TIOCGWINSZ, &ws))
		ioctl(r->t->master, TIOCSWINSZ, &ws);
}

static void turn(struct relay *r)
{
	static const struct timespec moment = { 0, 100000000 };
	const bool console = r->t->tty == 0;
	struct pollfd p[3] = { { STDIN_FILENO, POLLIN, 0 },
			       { r->t->link, POLLIN, 0 },
			       { r->t->master, r->key_count ? POLLOUT : 0, 0 } };
	bool hung = r->hung;

	if (!console)
		p[2].events |= POLLIN;
	else if (!r->key_count)
		p[2].fd = -1;
	if (hung)
		p[2].fd = -1;
	r->hung = false;
	if (ppoll(p, 3, hung ? &moment : NULL, &r->sig->mask) <= 0)
		return;
	if (p[0].revents)
		take_keys(r);
	if (r->key_count && (p[2].revents & POLLOUT))
		send_keys(r);
	else if (r->key_count && p[0].revents)
		send_keys(r);
	if (console ? p[1].revents : p[2].revents & POLLIN)
		take_output(r);
	else if (p[1].revents)
		r->leave = r->ended = true;	/* a terminal's link says nothing but its end */
	else if (p[2].revents & (POLLHUP | POLLERR))
		r->hung = true;
}

int rt_terminal_relay(struct rt_terminal *t, char escape, bool *ret_ended, struct sw_error *err)
{
	static const int winch = SIGWINCH, end[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct termios saved, raw;
	struct rt_signals sig;
	struct relay r = { .t = t, .sig = &sig, .escape = escape };
	int failed = 0;

	rt_signals_begin(&sig);
	if (tcgetattr(STDIN_FILENO, &saved)) {
		failed = sw_error(err, errno, "console", "standard input is not a terminal");
	} else {
		raw = saved;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
		resize(&r);
		while (!r.leave) {
			turn(&r);
			if (rt_signal_take(&winch, 1))
				resize(&r);
			r.leave |= rt_signal_take(end, ARRAY_SIZE(end)) != 0;
		}
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
	rt_signals_end(&sig);
	sw_close(&t->master);
	sw_close(&t->link);
	*ret_ended = r.ended;
	return failed;
}
