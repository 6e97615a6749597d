// SPDX-License-Identifier: GPL-2.0-only
/* Paths inside a rootfs, opened by descriptor: what lies in the rootfs is not to be trusted. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define MAX_LINKS 40	/* the kernel's own limit, path_resolution(7) */
#define MAX_DEPTH 128

struct walk {
	int fd[MAX_DEPTH];	/* fd[0] is the root, not ours to close */
	int depth;
	int links;
	char todo[PATH_MAX];	/* what is still to be walked */
};

static void walk_up(struct walk *w, int to)
{
	while (w->depth > to)
		close(w->fd[w->depth--]);
}

/* Put a symbolic link's text before what is still to be walked. */
static int expand(struct walk *w, const char *name, const char *rest)
{
	char text[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(w->fd[w->depth], name, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = 0;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (snprintf(joined, sizeof(joined), "%s/%s", text, rest) >= (int)sizeof(joined))
		return -ENAMETOOLONG;
	if (text[0] == '/')
		walk_up(w, 0);
	memcpy(w->todo, joined, sizeof(joined));
	return 0;
}

/* Take one component from todo. Returns 1 and *ret_fd at the end, 0 to go on, or -errno. */
static int step(struct walk *w, int flags, int *ret_fd)
{
	char name[NAME_MAX + 1], *p = w->todo + strspn(w->todo, "/"), *rest;
	size_t len = strcspn(p, "/");
	struct stat st;
	bool last;
	int fd, r;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, len);
	name[len] = 0;
	rest = p + len + strspn(p + len, "/");
	last = !*rest;
	if (!len) {
		fd = openat(w->fd[w->depth], ".", flags | O_CLOEXEC);
		return fd < 0 ? -errno : (*ret_fd = fd, 1);
	}
	memmove(w->todo, rest, strlen(rest) + 1);
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		walk_up(w, w->depth ? w->depth - 1 : 0);
		return 0;
	}
	if (fstatat(w->fd[w->depth], name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(st.st_mode)) {
		char after[PATH_MAX];

		memcpy(after, w->todo, sizeof(after));
		return expand(w, name, after);
	}
	/* O_NOFOLLOW settles the race between look and open: a link put there since fails. */
	fd = openat(w->fd[w->depth], name, last ? flags | O_NOFOLLOW | O_CLOEXEC :
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* But O_PATH opens the link itself, open(2). */
	if (last && (flags & O_PATH) && !fstatat(fd, "", &st, AT_EMPTY_PATH) &&
	    S_ISLNK(st.st_mode)) {
		close(fd);
		return -ELOOP;
	}
	if (last)
		return *ret_fd = fd, 1;
	r = w->depth + 1 < MAX_DEPTH ? 0 : -ENAMETOOLONG;
	if (r)
		close(fd);
	else
		w->fd[++w->depth] = fd;
	return r;
}

int rt_inroot_walk(int root_fd, const char *path, int flags)
{
	struct walk w = { .fd = { root_fd } };
	int fd = -1, r = 0;

	if (strlen(path) >= sizeof(w.todo))
		return -ENAMETOOLONG;
	strcpy(w.todo, path);
	while (!r)
		r = step(&w, flags, &fd);
	walk_up(&w, 0);
	return r < 0 ? r : fd;
}

int rt_inroot_open(int root_fd, const char *path, int flags)
{
	struct sys_open_how how = {
		.flags = flags | O_CLOEXEC, .resolve = SW_RESOLVE_IN_ROOT,
	};
	int fd = -EAGAIN;

	/* openat2(2): EAGAIN when a rename elsewhere made ".." uncertain; try again. */
	for (int tries = 0; fd == -EAGAIN && tries < 32; tries++)
		fd = sys_openat2(root_fd, path, &how, sizeof(how));
	/* ENOSYS before 5.6; EPERM from seccomp filters that do not know it; the walk tells. */
	if (fd == -ENOSYS || fd == -EPERM || fd == -EAGAIN)
		fd = rt_inroot_walk(root_fd, path, flags);
	return fd;
}

int rt_inroot_mkdir_p(int root_fd, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		int fd, r = 0;
		char *name;

		if (path[i] != '/' && path[i])
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		fd = rt_inroot_open(root_fd, part, O_PATH | O_DIRECTORY);
		if (fd == -ENOENT) {
			name = strrchr(part, '/');
			if (!name || !name[1])
				continue;
			*name++ = 0;
			fd = rt_inroot_open(root_fd, *part ? part : "/", O_PATH | O_DIRECTORY);
			if (fd >= 0 && mkdirat(fd, name, mode) && errno != EEXIST)
				r = -errno;
		}
		if (fd < 0)
			return fd;
		close(fd);
		if (r)
			return r;
	}
	return 0;
}
