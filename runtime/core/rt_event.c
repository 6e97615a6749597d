// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of state, told to whoever listens. A listener is a named pipe in the directory "events"
 * of the runtime directory, which is 0700: whoever changes a state writes one record into each.
 * Nobody waits for a listener; one that has ended is removed by the next who writes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define EVENTS "events"
#define EVENT_MAGIC 0x42455631u	/* "BEV1" */

struct event {			/* shorter than PIPE_BUF, so written whole or not at all */
	uint32_t magic, state;
	char entry[96];
};

static DIR *open_events(int parent_fd)
{
	int fd = openat(parent_fd, EVENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* Each listener that lives gets @ev, if there is one; what is left of others goes. */
static void each_listener(int parent_fd, const struct event *ev)
{
	DIR *dir = open_events(parent_fd);
	struct dirent *e;
	bool left = false;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		int reader, fd;

		if (e->d_name[0] == '.')
			continue;
		/* For writing alone it opens only while somebody reads. */
		fd = openat(dirfd(dir), e->d_name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENXIO) {
			unlinkat(dirfd(dir), e->d_name, 0);
			left = true;
		}
		if (fd < 0)
			continue;
		/* A reader of our own, so that no SIGPIPE can come of it. */
		reader = ev ? openat(dirfd(dir), e->d_name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW |
				     O_CLOEXEC) : -1;
		if (reader >= 0 && write(fd, ev, sizeof(*ev)) < 0) {
			/* EAGAIN: it does not read, and has 64 KiB of news already. */
		}
		sw_close(&reader);
		close(fd);
	}
	closedir(dir);
	if (left)
		unlinkat(parent_fd, EVENTS, AT_REMOVEDIR);
}

void rt_event_send(const struct rt_dir *d, enum rt_state state)
{
	struct event ev = { .magic = EVENT_MAGIC, .state = state };

	snprintf(ev.entry, sizeof(ev.entry), "%s", d->entry);
	each_listener(d->parent_fd, &ev);
}

void rt_event_sweep(int parent_fd)
{
	each_listener(parent_fd, NULL);
}

/* ---- listening ------------------------------------------------------------------------------- */

struct rt_listener {
	char *lxcpath;
	char prefix[32], name[32];
	int parent_fd, fd;
	struct rt_signals sig;
};

/* The directory may be removed by another listener that ends: then once more. */
static int make_pipe(struct rt_listener *l)
{
	for (int tries = 0; tries < 100; tries++) {
		int dir __sw_fd = -1;

		if (mkdirat(l->parent_fd, EVENTS, 0700) && errno != EEXIST)
			return -errno;
		dir = openat(l->parent_fd, EVENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			continue;
		/* What a dead process of our number left. */
		unlinkat(dir, l->name, 0);
		if (mkfifoat(dir, l->name, 0600)) {
			if (errno != ENOENT)
				return -errno;
			continue;
		}
		l->fd = openat(dir, l->name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (l->fd >= 0)
			return 0;
	}
	return -EAGAIN;
}

int rt_listen(const char *lxcpath, struct rt_listener **ret, struct sw_error *err)
{
	struct rt_listener *l = calloc(1, sizeof(*l));
	int r;

	if (!l || !(l->lxcpath = strdup(lxcpath))) {
		free(l);
		return sw_error(err, ENOMEM, "monitor", "out of memory");
	}
	l->fd = -1;
	snprintf(l->name, sizeof(l->name), "%d", (int)getpid());
	rt_signals_begin(&l->sig);
	l->parent_fd = r = rt_dir_all_make(lxcpath, l->prefix, err);
	if (r >= 0) {
		r = make_pipe(l);
		if (r)
			sw_error(err, r, "monitor", "a pipe in the runtime directory: %s",
				 sw_errno_text(r));
	}
	if (r) {
		rt_listen_end(l);
		return r;
	}
	*ret = l;
	return 0;
}

void rt_listen_end(struct rt_listener *l)
{
	int dir __sw_fd = -1;

	rt_signals_end(&l->sig);
	if (l->parent_fd >= 0)
		dir = openat(l->parent_fd, EVENTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0) {
		unlinkat(dir, l->name, 0);
		unlinkat(l->parent_fd, EVENTS, AT_REMOVEDIR);
	}
	sw_close(&l->fd);
	sw_close(&l->parent_fd);
	free(l->lxcpath);
	free(l);
}

static void nothing(const char *name, void *arg)
{
	(void)name;
	(void)arg;
}

int rt_listen_next(struct rt_listener *l, char *name, size_t size, enum rt_state *ret)
{
	static const int end[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	static const struct timespec second = { 1, 0 };

	for (;;) {
		struct pollfd p = { l->fd, POLLIN, 0 };
		struct event ev;
		int r;

		if (rt_signal_take(end, ARRAY_SIZE(end)))
			return -EINTR;
		if (read(l->fd, &ev, sizeof(ev)) == (ssize_t)sizeof(ev)) {
			size_t len = strlen(l->prefix);

			ev.entry[sizeof(ev.entry) - 1] = 0;
			if (ev.magic != EVENT_MAGIC || strncmp(ev.entry, l->prefix, len))
				continue;
			snprintf(name, size, "%s", ev.entry + len);
			*ret = (enum rt_state)ev.state;
			return 0;
		}
		r = ppoll(&p, 1, &second, &l->sig.mask);
		/*
		 * A monitor that is killed can tell nobody: whoever looks cleans up after it, and
		 * tells us too.
		 */
		if (r == 0)
			rt_list(l->lxcpath, nothing, NULL);
	}
}
