// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy a directory with everything in it: owners, modes, times, extended attributes (and with them
 * capabilities and access control lists), links among the files, devices, holes. By descriptors,
 * never through a symbolic link, and not into what is mounted: a mount point is copied as the empty
 * directory that it is on the disk, as `rsync -x` does.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_fd.h"

#define DEPTH_MAX 2000 /* two descriptors a level */
#define CHUNK	  (256 * 1024)

struct linked { /* a file of several names that has been copied */
	ino_t ino;
	char *path; /* from the top */
};

struct copy {
	int top; /* of what is made */
	ino_t top_ino;
	dev_t top_dev;
	dev_t dev;
	char *buffer;
	struct linked *links;
	size_t link_count;
	struct sw_buf path; /* from the top, "" there */
	bool root;	    /* owners and devices can be had */
	struct sw_error *err;
};

static int fail(struct copy *c, int num, const char *what)
{
	return sw_error(c->err, num, "copy", "cannot %s %s: %s", what,
			c->path.len ? sw_buf_str(&c->path) : "the directory", sw_errno_text(num));
}

/* ---- what stands beside the contents --------------------------------------------------------- */

/* One attribute after another; the file systems may differ, so what the new one lacks may lack. */
static int copy_xattrs(struct copy *c, int from, int to)
{
	char names[8192], value[65536];
	ssize_t n = flistxattr(from, names, sizeof(names));

	if (n < 0)
		return errno == ENOTSUP || errno == EOPNOTSUPP
			       ? 0
			       : fail(c, errno, "list attributes of");
	for (char *p = names; p < names + n; p += strlen(p) + 1) {
		ssize_t len = fgetxattr(from, p, value, sizeof(value));

		/* Layers of an overlay are marked by attributes that only root may set. */
		if (len < 0 || (!c->root && strncmp(p, "user.", 5)))
			continue;
		if (fsetxattr(to, p, value, len, 0) && errno != ENOTSUP && errno != EOPNOTSUPP)
			return fail(c, errno, "set an attribute of");
	}
	return 0;
}

/* Owner first: a change of owner takes set-user-ID bits and capabilities away. */
static int copy_meta(struct copy *c, int from, int to, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (c->root && fchown(to, st->st_uid, st->st_gid))
		return fail(c, errno, "change the owner of");
	if (fchmod(to, st->st_mode & 07777))
		return fail(c, errno, "change the mode of");
	r = copy_xattrs(c, from, to);
	if (!r && futimens(to, times))
		r = fail(c, errno, "set the times of");
	return r;
}

/* The same for what cannot be opened: by name, and never through a link. */
static int copy_meta_at(struct copy *c, int to, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (c->root && fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW))
		return fail(c, errno, "change the owner of");
	if (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0))
		return fail(c, errno, "change the mode of");
	if (utimensat(to, name, times, AT_SYMLINK_NOFOLLOW))
		return fail(c, errno, "set the times of");
	return 0;
}

/* ---- contents -------------------------------------------------------------------------------- */

/* *ret_what: the verb of a failure. */
static int copy_range(char *buffer, int from, int to, off_t at, off_t end, const char **ret_what)
{
	while (at < end) {
		size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
		ssize_t n = pread(from, buffer, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		*ret_what = "read";
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0; /* shorter meanwhile */
		*ret_what = "write";
		for (ssize_t done = 0; done < n;) {
			ssize_t w = pwrite(to, buffer + done, n - done, at + done);

			if (w < 0 && errno == EINTR)
				continue;
			if (w < 0)
				return -errno;
			done += w;
		}
		at += n;
	}
	return 0;
}

/* Holes stay holes, where the file system tells them (lseek(2): SEEK_DATA, 3.1). */
static int copy_data(char *buffer, int from, int to, off_t size, const char **ret_what)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA), end;
		int r;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0) {
			r = copy_range(buffer, from, to, at, size, ret_what);
			return r;
		}
		end = lseek(from, data, SEEK_HOLE);
		r = copy_range(buffer, from, to, data, end < 0 ? size : end, ret_what);
		if (r)
			return r;
		at = end < 0 ? size : end;
	}
	*ret_what = "set the size of";
	return ftruncate(to, size) ? -errno : 0;
}

int tree_copy_data(int from, int to, off_t size)
{
	char *buffer __sw_free = malloc(CHUNK);
	const char *what;

	return buffer ? copy_data(buffer, from, to, size, &what) : -ENOMEM;
}

static int copy_file(struct copy *c, int from_dir, const char *name, int to_dir)
{
	int from __sw_fd = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	const char *what = "copy";
	int to __sw_fd = -1;
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st))
		return fail(c, errno, "open");
	if (!S_ISREG(st.st_mode))
		return fail(c, ESTALE, "copy"); /* it was a file a moment ago */
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return fail(c, errno, "make");
	r = copy_data(c->buffer, from, to, st.st_size, &what);
	return r ? fail(c, r, what) : copy_meta(c, from, to, &st);
}

static int copy_symlink(struct copy *c, int from_dir, const char *name, int to_dir,
			const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail(c, errno, "read the link");
	target[n] = 0;
	if (symlinkat(target, to_dir, name))
		return fail(c, errno, "make the link");
	return copy_meta_at(c, to_dir, name, st);
}

/* Devices, named pipes, sockets. */
static int copy_special(struct copy *c, const char *name, int to_dir, const struct stat *st)
{
	bool device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);

	if (S_ISSOCK(st->st_mode))
		return 0; /* nobody listens on a copy */
	if (mknodat(to_dir, name, st->st_mode & (S_IFMT | 07777), device ? st->st_rdev : 0))
		return fail(c, errno, "make the special file");
	return copy_meta_at(c, to_dir, name, st);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static int copy_dir(struct copy *c, int from, int to, int depth);

static int enter(struct copy *c, int from_dir, const char *name, int to_dir, int depth)
{
	int from __sw_fd = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int to __sw_fd = -1;
	struct stat st;
	int r = 0;

	if (from < 0 || fstat(from, &st))
		return fail(c, errno, "open");
	if (mkdirat(to_dir, name, 0700))
		return fail(c, errno, "make the directory");
	to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail(c, errno, "open");
	if (st.st_dev == c->dev)
		r = copy_dir(c, from, to, depth + 1);
	return r ? r : copy_meta(c, from, to, &st);
}

/* 1: it is another name of a file that was copied, and was linked; 0: copy it; or -errno. */
static int link_again(struct copy *c, const char *name, int to_dir, const struct stat *st)
{
	struct linked *more;

	if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
		return 0;
	for (size_t i = 0; i < c->link_count; i++)
		if (c->links[i].ino == st->st_ino)
			return linkat(c->top, c->links[i].path, to_dir, name, 0)
				       ? fail(c, errno, "link")
				       : 1;
	more = realloc(c->links, (c->link_count + 1) * sizeof(*more));
	if (more)
		c->links = more;
	if (!more || !(more[c->link_count].path = strdup(sw_buf_str(&c->path) + 1)))
		return -ENOMEM;
	more[c->link_count++].ino = st->st_ino;
	return 0;
}

static int visit(struct copy *c, int from, const char *name, int to, int depth)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fail(c, errno, "look at");
	/* What is being made may lie in what is copied: then it is no part of it. */
	if (st.st_ino == c->top_ino && st.st_dev == c->top_dev)
		return 0;
	r = link_again(c, name, to, &st);
	if (r)
		return r > 0 ? 0 : r;
	if (S_ISDIR(st.st_mode))
		return enter(c, from, name, to, depth);
	if (S_ISREG(st.st_mode))
		return copy_file(c, from, name, to);
	if (S_ISLNK(st.st_mode))
		return copy_symlink(c, from, name, to, &st);
	return copy_special(c, name, to, &st);
}

static int copy_dir(struct copy *c, int from, int to, int depth)
{
	int fd = fcntl(from, F_DUPFD_CLOEXEC, 3);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t len = c->path.len;
	struct dirent *e;
	int r = 0;

	if (!d) {
		r = fail(c, errno, "read");
		sw_close(&fd);
		return r;
	}
	if (depth > DEPTH_MAX)
		r = fail(c, ELOOP, "go deeper than");
	while (!r && (errno = 0, e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		sw_buf_printf(&c->path, "/%s", e->d_name);
		r = c->path.failed ? -ENOMEM : visit(c, from, e->d_name, to, depth);
		if (r)
			break; /* the message has the path */
		c->path.len = len;
		if (c->path.data)
			c->path.data[len] = 0;
	}
	if (!r && errno)
		r = fail(c, errno, "read");
	closedir(d);
	return r;
}

int tree_copy(int from, int to, struct sw_error *err)
{
	struct copy c = { .top = to, .buffer = malloc(CHUNK), .root = !geteuid(), .err = err };
	struct stat st, made;
	int r;

	tree_raise_descriptors();
	if (fstat(from, &st) || fstat(to, &made))
		r = sw_error(err, errno, "copy", "cannot look at what is to be copied: %s",
			     sw_errno_text(errno));
	else if (!c.buffer)
		r = -ENOMEM;
	else {
		c.dev = st.st_dev;
		c.top_ino = made.st_ino;
		c.top_dev = made.st_dev;
		r = copy_dir(&c, from, to, 0);
		if (!r)
			r = copy_meta(&c, from, to, &st);
	}
	if (r == -ENOMEM)
		sw_error(err, ENOMEM, "copy", "out of memory");
	for (size_t i = 0; i < c.link_count; i++)
		free(c.links[i].path);
	free(c.links);
	free(c.buffer);
	sw_buf_free(&c.path);
	return r;
}
