// SPDX-License-Identifier: GPL-2.0-only
/* The container's console: a pseudo-terminal of the host, relayed by the monitor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define DRAIN_TURNS 1024	/* of a page each: far more than a terminal holds */
#define TIOCGPTPEER_NR 0x5441	/* asm-generic/ioctls.h: _IO('T', 0x41), 4.13 */

static int open_peer(int master)
{
	char path[32];
	unsigned int number;
	int zero = 0, fd;

	if (ioctl(master, TIOCSPTLCK, &zero))
		return -errno;
	fd = ioctl(master, TIOCGPTPEER_NR, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (ioctl(master, TIOCGPTN, &number))
		return -errno;
	snprintf(path, sizeof(path), "/dev/pts/%u", number);
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int rt_console_open(struct rt_console *c, struct sw_error *err)
{
	int master __sw_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int slave;

	if (master < 0)
		return sw_error(err, errno, NULL,
				"open /dev/ptmx: %s; is devpts mounted on /dev/pts?",
				sw_errno_text(errno));
	slave = open_peer(master);
	if (slave < 0)
		return sw_error(err, slave, NULL,
				"opening the terminal of /dev/ptmx: %s; is devpts "
				"mounted on /dev/pts?", sw_errno_text(slave));
	c->master = sw_take_fd(&master);
	c->slave = slave;
	return 0;
}

static bool open_fd(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Decide what becomes the program's stdin, stdout, stderr, and who gets the terminal's output. */
int rt_step_console(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	struct rt_console *c = &ctx->console;
	bool fg = ctx->opts->foreground, tty = false;
	int r;

	(void)step;
	for (int i = 0; fg && i < 3; i++)
		tty |= isatty(i);
	if (fg && !tty && ctx->spec->init == RT_INIT_SUPERVISE)
		return 0;
	r = rt_console_open(c, err);
	if (r)
		return r;
	for (int i = 0; i < 3; i++)
		if (!fg || isatty(i) || !open_fd(i))
			ctx->stdio[i] = c->slave;
	if (!fg && ctx->opts->console_log) {
		char path[RT_ABSOLUTE_MAX];

		rt_absolute(ctx, ctx->opts->console_log, path);
		c->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
			      O_NOCTTY | O_NOFOLLOW, 0600);
		if (c->log < 0)
			return sw_error(err, errno, NULL, "console log %s: %s",
					ctx->opts->console_log, sw_errno_text(errno));
	}
	if (fg) {
		c->in = isatty(0) ? 0 : -1;
		c->out = isatty(1) ? 1 : isatty(2) ? 2 : isatty(0) ? 0 : open_fd(1) ? 1 : -1;
		rt_console_resize(c);
	}
	return 0;
}

void rt_console_raw(struct rt_console *c)
{
	struct termios raw;

	if (c->in < 0 || c->master < 0 || c->relay_in || tcgetattr(c->in, &c->saved))
		return;
	raw = c->saved;
	cfmakeraw(&raw);
	if (!tcsetattr(c->in, TCSADRAIN, &raw))
		c->relay_in = true;
}

void rt_console_resize(struct rt_console *c)
{
	struct winsize ws;

	if (c->master >= 0 && c->out >= 0 && !ioctl(c->out, TIOCGWINSZ, &ws))
		ioctl(c->master, TIOCSWINSZ, &ws);
}

bool rt_console_pump_out(struct rt_console *c)
{
	int to = c->out >= 0 ? c->out : c->log;
	ssize_t n;

	if (!c->out_len) {
		n = read(c->master, c->out_buf, sizeof(c->out_buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0)
			return false;
		c->out_len = to >= 0 ? n : 0;	/* nobody listens: dropped */
	}
	if (!c->out_len)
		return true;
	n = write(to, c->out_buf, c->out_len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {		/* the reader went away: the container goes on without */
		if (c->out >= 0)
			c->out = -1;
		else
			sw_close(&c->log);
		n = c->out_len;
	}
	memmove(c->out_buf, c->out_buf + n, c->out_len - n);
	c->out_len -= n;
	return true;
}

void rt_console_pump_in(struct rt_console *c)
{
	ssize_t n;

	if (!c->in_len) {
		n = read(c->in, c->in_buf, sizeof(c->in_buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			c->in = -1;
			return;
		}
		c->in_len = n;
	}
	n = write(c->master, c->in_buf, c->in_len);
	if (n < 0)
		n = errno == EAGAIN || errno == EINTR ? 0 : (ssize_t)c->in_len;
	memmove(c->in_buf, c->in_buf + n, c->in_len - n);
	c->in_len -= n;
}

/*
 * With the last slave closed, reading ends in EIO once everything written has come through. A
 * process that outlived its container may hold it open: then what is there now is all.
 */
static void drain(struct rt_console *c)
{
	for (int idle = 0, turns = 0; idle < 2 && turns < DRAIN_TURNS; turns++) {
		int to = c->out >= 0 ? c->out : c->log;
		struct pollfd p = { .fd = c->master, .events = POLLIN };
		int r;

		if (c->out_len)
			p = (struct pollfd){ .fd = to, .events = POLLOUT };
		r = poll(&p, 1, c->out_len ? -1 : 100);
		if (r < 0 && errno != EINTR)
			return;
		if (r == 0 && !c->out_len) {
			idle++;
			continue;
		}
		if (!rt_console_pump_out(c))
			return;
	}
}

void rt_console_close(struct rt_console *c)
{
	sw_close(&c->slave);
	if (c->master >= 0)
		drain(c);
	if (c->relay_in)
		tcsetattr(c->in >= 0 ? c->in : c->out, TCSADRAIN, &c->saved);
	c->relay_in = false;
	sw_close(&c->master);
	sw_close(&c->log);
}
