// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remove a container's directory. What makes this dangerous: below it the host's own root may be
 * bind-mounted, and a rootfs is full of symbolic links that somebody else made. So everything goes
 * by descriptors, links are never followed, and before the first file goes the whole tree is
 * walked once to see that nothing is mounted in it; every directory is checked again when it is
 * entered to remove what it holds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_fd.h"

#define DEPTH_MAX	4000	/* one descriptor and one stack frame a level */

struct walk {
	bool remove;
	dev_t dev;
	int mount;		/* mount id of the top; -1: the kernel does not tell */
	const char *keep_last;
	struct sw_buf path;	/* from the top, for messages */
	struct sw_error *err;
};

/*
 * Which mount a directory is reached by: device numbers do not tell a bind mount of the same file
 * system. name_to_handle_at(2) gives the number since 2.6.39, with EOVERFLOW; fdinfo since 3.15
 * (commit 49d063cb353265c3), for file systems without handles. -1: not to be had.
 */
int tree_mount_id(int fd)
{
	struct file_handle h = { .handle_bytes = 0 };
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[64];
	const char *line;
	int id;

	if (!name_to_handle_at(fd, "", &h, &id, AT_EMPTY_PATH) || errno == EOVERFLOW)
		return id;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (sw_read_file(AT_FDCWD, path, &text, 65536))
		return -1;
	line = strstr(sw_buf_str(&text), "mnt_id:");
	return line ? atoi(line + strlen("mnt_id:")) : -1;
}

/* ---- what is mounted ------------------------------------------------------------------------- */

/* The fifth field of a line of mountinfo (proc(5)), cut out in place. */
static char *mount_point(char *line)
{
	char *save = NULL, *field = NULL;

	for (int i = 0; i < 5; i++)
		field = strtok_r(i ? NULL : line, " ", &save);
	if (field)
		sw_unescape_octal(field, strlen(field), field, strlen(field) + 1);
	return field;
}

/* Refuse if anything is mounted on path or below it. */
static int check_mountinfo(const char *path, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT, where __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &text, 16 * 1024 * 1024), count = 0;
	size_t n = strlen(path);
	char *save = NULL;
	const char *p;

	if (r)
		return sw_error(err, r, "destroy",
				"cannot read /proc/self/mountinfo (%s): without it "
				"nobody knows what is mounted below %s; nothing was removed",
				sw_errno_text(r), path);
	for (char *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		p = mount_point(line);
		if (!p || strncmp(p, path, n) || (p[n] && p[n] != '/'))
			continue;
		if (!count++)
			sw_buf_adds(&where, p);
	}
	if (!count)
		return 0;
	/*
	 * Under shared propagation, unmounting what lies in a recursive bind mount unmounts the
	 * original too (mount_namespaces(7)): the advice must not cost the host its /dev/pts.
	 */
	p = sw_buf_str(&where);
	if (count == 1)
		return sw_error(
			err, EBUSY, "destroy",
			"%s is a mount point: removing would delete what is mounted there, so "
			"nothing was removed; unmount it first: umount '%s'",
			p, p);
	return sw_error(
		err, EBUSY, "destroy",
		"%s is a mount point, and so are %d places more: removing would delete what is "
		"mounted there, so nothing was removed; unmount them first: mount --make-rprivate "
		"'%s' && umount -R '%s'",
		p, count - 1, p, p);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static int walk_dir(struct walk *w, int fd, int depth);

static int fail(struct walk *w, int num, const char *what)
{
	return sw_error(w->err, num, "destroy", "cannot %s %s: %s", what, sw_buf_str(&w->path),
			sw_errno_text(num));
}

static int enter(struct walk *w, int dirfd, const char *name, int depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fail(w, errno, "open");
	if (fstat(fd, &st)) {
		int num = errno;

		close(fd);
		return fail(w, num, "look at");
	}
	if (st.st_dev != w->dev || tree_mount_id(fd) != w->mount) {
		close(fd);
		return sw_error(w->err, EBUSY, "destroy",
				"%s is on another mount or device%s; unmount it "
				"first",
				sw_buf_str(&w->path), w->remove ? "" : ", so nothing was removed");
	}
	return walk_dir(w, fd, depth);	/* closes fd */
}

static int visit(struct walk *w, int dirfd, const char *name, int depth)
{
	struct stat st;
	int r = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fail(w, errno, "look at");
	if (S_ISDIR(st.st_mode))
		r = enter(w, dirfd, name, depth + 1);
	if (r || !w->remove)
		return r;
	/* Both refuse (EBUSY) what is a mount point here, and neither follows a link. */
	if (unlinkat(dirfd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) && errno != ENOENT)
		return fail(w, errno, "remove");
	return 0;
}

/* One pass over the entries. *ret_kept: keep_last was met and left. */
static int walk_entries(struct walk *w, DIR *d, int depth, bool *ret_kept)
{
	size_t len = w->path.len;
	struct dirent *e;
	int r = 0;

	while (!r && (errno = 0, e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!depth && w->keep_last && !strcmp(e->d_name, w->keep_last)) {
			*ret_kept = true;
			continue;
		}
		sw_buf_printf(&w->path, "/%s", e->d_name);
		r = w->path.failed ? -ENOMEM : visit(w, dirfd(d), e->d_name, depth);
		if (w->path.data) {
			w->path.len = len;
			w->path.data[len] = 0;
		}
	}
	if (!r && errno)
		r = fail(w, errno, "read");
	return r;
}

static int walk_dir(struct walk *w, int fd, int depth)
{
	DIR *d = fdopendir(fd);
	bool kept = false;
	int r;

	if (!d) {
		r = fail(w, errno, "read");
		close(fd);
		return r;
	}
	if (depth > DEPTH_MAX)
		r = sw_error(w->err, ELOOP, "destroy", "%.60s... is more than %d directories deep",
			     sw_buf_str(&w->path), DEPTH_MAX);
	else
		r = walk_entries(w, d, depth, &kept);
	if (!r && kept) {
		sw_buf_printf(&w->path, "/%s", w->keep_last);
		r = visit(w, dirfd(d), w->keep_last, depth);
	}
	closedir(d);
	return r;
}

static int walk_tree(int top, const char *path, const char *keep_last, bool remove,
		     struct sw_error *err)
{
	struct walk w = {
		.remove = remove, .mount = tree_mount_id(top), .keep_last = keep_last, .err = err
	};
	int fd = fcntl(top, F_DUPFD_CLOEXEC, 3), r;
	struct stat st;

	if (fd < 0 || fstat(top, &st)) {
		r = sw_error(err, errno, "destroy", "cannot open %s: %s", path,
			     sw_errno_text(errno));
		sw_close(&fd);
		return r;
	}
	lseek(fd, 0, SEEK_SET);	/* the two walks share one position */
	w.dev = st.st_dev;
	sw_buf_adds(&w.path, path);
	r = walk_dir(&w, fd, 0);
	sw_buf_free(&w.path);
	return r;
}

/* A descriptor is held for every level: take as many as may be had. */
void tree_raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= DEPTH_MAX + 64)
		return;
	l.rlim_cur = l.rlim_max < DEPTH_MAX + 64 ? l.rlim_max : DEPTH_MAX + 64;
	setrlimit(RLIMIT_NOFILE, &l);
}

int tree_remove(int dirfd, const char *name, const char *keep_last, struct sw_error *err)
{
	int top __sw_fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[PATH_MAX], link[64];
	struct stat st, parent;
	ssize_t n;
	int r;

	if (top < 0)
		return sw_error(err, errno, "destroy", errno == ENOTDIR || errno == ELOOP ?
				"%s is no directory (links are not followed): %s" :
				"cannot open %s: %s", name, sw_errno_text(errno));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", top);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return sw_error(err, errno, "destroy",
				"cannot read %s (%s): without /proc nobody knows "
				"what is mounted below %s; nothing was removed",
				link, sw_errno_text(errno), name);
	path[n] = 0;
	r = check_mountinfo(path, err);
	if (r)
		return r;
	if (fstat(top, &st) || fstat(dirfd, &parent) || st.st_dev != parent.st_dev ||
	    tree_mount_id(top) != tree_mount_id(dirfd))
		return sw_error(err, EBUSY, "destroy",
				"%s is on another mount than the directory that "
				"holds it; nothing was removed; unmount it first",
				path);
	tree_raise_descriptors();
	r = walk_tree(top, path, keep_last, false, err);
	if (!r)
		r = walk_tree(top, path, keep_last, true, err);
	if (!r && unlinkat(dirfd, name, AT_REMOVEDIR))
		r = sw_error(err, errno, "destroy", "cannot remove %s: %s", path,
			     sw_errno_text(errno));
	return r;
}
