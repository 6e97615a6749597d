// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor's ear: a socket in the state directory, which is 0700, at which programs of the same
 * user ask for the console, a terminal, or what the console has said. A terminal belongs to whoever
 * holds the connection on which it was asked for; its end gives the terminal back.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* By a relative name: the whole one may be longer than a socket's address. */
static int listen_in(int dir_fd, int fd)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "command" };
	int back __sw_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fchdir(dir_fd))
		return -errno;
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(fd, 8))
		r = -errno;
	if ((back < 0 || fchdir(back)) && chdir("/"))
		r = r ? r : -errno;
	return r;
}

int rt_step_server(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int fd __sw_fd = -1;
	int r;

	(void)step;
	/* There is nothing to ask for where the program has the caller's own descriptors. */
	if (ctx->console.master < 0 && !ctx->ttys.count)
		return 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return sw_error(err, errno, NULL, "socket: %s", sw_errno_text(errno));
	r = listen_in(ctx->dir.fd, fd);
	if (r)
		return sw_error(err, r, NULL, "socket in the state directory: %s", sw_errno_text(r));
	ctx->server.fd = sw_take_fd(&fd);
	return 0;
}

static void drop(struct rt_ctx *ctx, size_t i)
{
	struct rt_server *s = &ctx->server;

	if (ctx->console.client == s->clients[i].fd) {
		ctx->console.client = -1;
		if (ctx->console.out < 0)
			ctx->console.out_len = 0;
	}
	sw_close(&s->clients[i].fd);
	s->clients[i] = s->clients[--s->count];
}

void rt_server_close(struct rt_server *s)
{
	while (s->count)
		sw_close(&s->clients[--s->count].fd);
	sw_close(&s->fd);
}

/* Answer, with a descriptor where there is one. */
static bool answer(int to, const struct rt_answer *a, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)a, sizeof(*a) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(to, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*a);
}

static void refuse(struct rt_answer *a, int num, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct rt_answer *a, int num, const char *fmt, ...)
{
	va_list ap;

	a->num = num;
	va_start(ap, fmt);
	vsnprintf(a->detail, sizeof(a->detail), fmt, ap);
	va_end(ap);
}

/* Who has this terminal? NULL: nobody. */
static const struct rt_client *holder(const struct rt_server *s, int tty)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->clients[i].tty == tty)
			return &s->clients[i];
	return NULL;
}

/* The master of the console, or -1 with the reason. */
static int give_console(struct rt_ctx *ctx, struct rt_answer *a)
{
	const struct rt_console *c = &ctx->console;
	const struct rt_client *h = holder(&ctx->server, 0);

	if (c->master < 0)
		refuse(a, ENXIO, "the container has no console%s", ctx->spec->console_none ?
		       ": lxc.console.path is none" : "");
	else if (c->path_fd >= 0)
		refuse(a, EBUSY, "the console is on %s, as lxc.console.path says",
		       ctx->spec->console_path);
	else if (c->out >= 0)
		refuse(a, EBUSY, "the console is on the terminal on which the container was started, "
		       "by process %d", (int)getpid());
	else if (h)
		refuse(a, EBUSY, "the console is in use by process %d", (int)h->pid);
	return a->num ? -1 : c->master;
}

static int give_tty(struct rt_ctx *ctx, int want, struct rt_answer *a)
{
	const struct rt_ttys *t = &ctx->ttys;
	const struct rt_client *h;

	a->tty = want;
	for (size_t i = 1; want < 0 && i <= t->count && a->tty < 0; i++)
		if (!holder(&ctx->server, (int)i))
			a->tty = (int)i;
	h = a->tty > 0 ? holder(&ctx->server, a->tty) : NULL;
	if (!t->count)
		refuse(a, ENXIO, "the container has no terminals beside its console (-t 0): lxc.tty.max "
		       "is 0");
	else if (a->tty < 0)
		refuse(a, EBUSY, "all %zu terminals are in use", t->count);
	else if ((size_t)a->tty > t->count)
		refuse(a, ENXIO, "there is no terminal %d: lxc.tty.max is %zu", a->tty, t->count);
	else if (h)
		refuse(a, EBUSY, "terminal %d is in use by process %d", a->tty, (int)h->pid);
	return a->num ? -1 : t->pty[a->tty - 1].master;
}

static int give_buffer(struct rt_ctx *ctx, bool clear, struct rt_answer *a)
{
	struct rt_ring *ring = &ctx->console.ring;
	int fd = -1;

	if (!ring->data)
		refuse(a, ENXIO, "nothing of the console's output is remembered: set "
		       "lxc.console.buffer.size before the container starts");
	else
		fd = rt_ring_file(ring, &ctx->dir);
	if (!a->num && fd < 0)
		refuse(a, -fd, "the console's output: %s", sw_errno_text(fd));
	if (clear && fd >= 0)
		rt_ring_clear(ring);
	return fd;
}

/* The first and only message of a client. Returns whether it stays. */
static bool hear(struct rt_ctx *ctx, struct rt_client *c)
{
	struct rt_answer a = { .magic = RT_ASK_MAGIC };
	struct rt_ask ask;
	ssize_t n = recv(c->fd, &ask, sizeof(ask), MSG_DONTWAIT);
	bool buffer, ok;
	int fd;

	if (n != (ssize_t)sizeof(ask))
		return false;
	if (ask.magic != RT_ASK_MAGIC || ask.what > RT_ASK_CLEAR) {
		refuse(&a, EPROTO, "this container's monitor is of another version of Berth");
		answer(c->fd, &a, -1);
		return false;
	}
	buffer = ask.what != RT_ASK_TERMINAL;
	fd = buffer ? give_buffer(ctx, ask.what == RT_ASK_CLEAR, &a) :
	     ask.tty == 0 ? give_console(ctx, &a) : give_tty(ctx, ask.tty, &a);
	ok = answer(c->fd, &a, fd) && fd >= 0;
	if (buffer)
		sw_close(&fd);
	if (!ok || buffer)
		return false;
	c->tty = a.tty;
	if (!c->tty)
		ctx->console.client = c->fd;
	return true;
}

static void welcome(struct rt_server *s)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	/* The directory keeps others out; a descriptor of it may still have got about. */
	if (s->count == RT_CLIENTS || (cred.uid && cred.uid != geteuid())) {
		close(fd);
		return;
	}
	s->clients[s->count++] = (struct rt_client){ fd, -1, cred.pid };
}

size_t rt_server_poll(const struct rt_server *s, struct pollfd *p)
{
	size_t n = 0;

	if (s->fd < 0)
		return 0;
	p[n++] = (struct pollfd){ s->fd, POLLIN, 0 };
	for (size_t i = 0; i < s->count; i++)
		p[n++] = (struct pollfd){ s->clients[i].fd, POLLIN, 0 };
	return n;
}

void rt_server_serve(struct rt_ctx *ctx, const struct pollfd *p, size_t n)
{
	struct rt_server *s = &ctx->server;

	/* From the end, since one that is dropped is replaced by the last. */
	for (size_t i = n; i-- > 1;) {
		struct rt_client *c = &s->clients[i - 1];
		char waste[256];

		if (!p[i].revents)
			continue;
		if (c->tty >= 0 && recv(c->fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
			continue;	/* nothing more is expected */
		if (c->tty >= 0 || !hear(ctx, c))
			drop(ctx, i - 1);
	}
	if (n && p[0].revents)
		welcome(s);
}
