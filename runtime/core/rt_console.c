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

int rt_pty_open(int *ret_master, int *ret_slave, struct sw_error *err)
{
	int master __sw_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int slave;

	if (master < 0)
		return sw_error(err, errno, NULL, "open /dev/ptmx: %s; %s", sw_errno_text(errno),
				errno == ENOSPC ? "kernel.pty.max pseudo-terminals are in use" :
				"is devpts mounted on /dev/pts?");
	slave = open_peer(master);
	if (slave < 0)
		return sw_error(err, slave, NULL,
				"opening the terminal of /dev/ptmx: %s; is devpts "
				"mounted on /dev/pts?", sw_errno_text(slave));
	*ret_master = sw_take_fd(&master);
	*ret_slave = slave;
	return 0;
}

static bool open_fd(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

void rt_console_init(struct rt_console *c)
{
	memset(c, 0, sizeof(*c));
	c->master = c->slave = c->in = c->out = c->path_fd = c->client = c->log.fd = -1;
}

/* What keeps the output: a log, a memory. */
static int open_keepers(struct rt_ctx *ctx, struct sw_error *err)
{
	const char *log = ctx->opts->console_log ? ctx->opts->console_log :
			  ctx->spec->console_log;
	struct rt_console *c = &ctx->console;
	char path[RT_ABSOLUTE_MAX];
	int r = 0;

	if (log) {
		rt_absolute(ctx, log, path);
		r = rt_log_open(&c->log, path, ctx->spec->console_log_size,
				ctx->spec->console_rotate, err);
	}
	if (!r && ctx->spec->console_buffer && rt_ring_open(&c->ring, ctx->spec->console_buffer))
		r = sw_error(err, ENOMEM, NULL, "no memory for %llu bytes of the console's output",
			     (unsigned long long)ctx->spec->console_buffer);
	return r;
}

/* The host's end: the file that the configuration names, or the caller's terminal, or none. */
static int open_host_end(struct rt_ctx *ctx, struct sw_error *err)
{
	const char *path = ctx->spec->console_path;
	struct rt_console *c = &ctx->console;

	if (path) {
		c->path_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK |
				  O_CLOEXEC, 0600);
		if (c->path_fd < 0)
			return sw_error(err, errno, NULL, "console %s: %s", path,
					sw_errno_text(errno));
		c->out = c->path_fd;
		c->in = isatty(c->path_fd) ? c->path_fd : -1;
	} else if (ctx->opts->foreground) {
		c->in = isatty(0) ? 0 : -1;
		c->out = isatty(1) ? 1 : isatty(2) ? 2 : isatty(0) ? 0 : open_fd(1) ? 1 : -1;
	}
	rt_console_resize(c);
	return 0;
}

/* Decide what becomes the program's stdin, stdout, stderr, and who gets the terminal's output. */
int rt_step_console(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	bool fg = ctx->opts->foreground, tty = false;
	bool wanted = spec->console_path || spec->console_log || spec->console_buffer ||
		      ctx->opts->console_log;
	struct rt_console *c = &ctx->console;
	int r;

	(void)step;
	for (int i = 0; fg && i < 3; i++)
		tty |= isatty(i);
	if (fg && !tty && !wanted && spec->init == RT_INIT_SUPERVISE)
		return 0;
	r = rt_pty_open(&c->master, &c->slave, err);
	if (r)
		return r;
	for (int i = 0; i < 3; i++)
		if (!fg || isatty(i) || !open_fd(i))
			ctx->stdio[i] = c->slave;
	r = open_keepers(ctx, err);
	return r ? r : open_host_end(ctx, err);
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

int rt_console_viewer(const struct rt_console *c)
{
	return c->out >= 0 ? c->out : c->client;
}

bool rt_console_pump_out(struct rt_console *c)
{
	int to = rt_console_viewer(c);
	ssize_t n;

	if (!c->out_len) {
		n = read(c->master, c->out_buf, sizeof(c->out_buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0)
			return false;
		rt_log_write(&c->log, c->out_buf, n);
		rt_ring_write(&c->ring, c->out_buf, n);
		c->out_len = n;
	}
	if (to < 0)	/* nobody listens: dropped */
		c->out_len = 0;
	if (!c->out_len)
		return true;
	n = write(to, c->out_buf, c->out_len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {		/* the reader went away: the container goes on without */
		if (c->out >= 0)
			c->out = -1;
		else
			c->client = -1;
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
		struct pollfd p = { .fd = c->master, .events = POLLIN };
		int r;

		if (c->out_len)
			p = (struct pollfd){ .fd = rt_console_viewer(c), .events = POLLOUT };
		/* One who only watches does not keep a container from ending. */
		r = poll(&p, 1, !c->out_len ? 100 : c->out >= 0 ? -1 : 1000);
		if (r < 0 && errno != EINTR)
			return;
		if (r == 0 && c->out_len) {
			c->client = -1;
			continue;
		}
		if (r == 0) {
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
	sw_close(&c->path_fd);
	rt_log_close(&c->log);
	rt_ring_close(&c->ring);
	c->in = c->out = c->client = -1;
}
