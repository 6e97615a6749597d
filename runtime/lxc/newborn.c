// SPDX-License-Identifier: GPL-2.0-only
/* A container in the making. */
#include "lxc/newborn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt.h"
#include "lxc/cmd.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

#define PREFIX ".create-"

int config_write(int dirfd, const struct sw_buf *text)
{
	int file __sw_fd = openat(dirfd, ".config.new",
				  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	int r;

	if (file < 0)
		return -errno;
	r = sw_write_all(file, sw_buf_str(text), text->len);
	if (!r && fsync(file))
		r = -errno;
	/* link(2), unlike rename(2), never replaces what somebody else made meanwhile. */
	if (!r && linkat(dirfd, ".config.new", dirfd, "config", 0))
		r = -errno;
	unlinkat(dirfd, ".config.new", 0);
	return r;
}

int newborn_open(struct newborn *b, const char *lxcpath, const char *name, struct sw_error *err)
{
	snprintf(b->path, sizeof(b->path), "%s", lxcpath);
	snprintf(b->name, sizeof(b->name), "%s", name);
	snprintf(b->tmp, sizeof(b->tmp), PREFIX "%s", name);
	b->made_path = !mkdir(lxcpath, 0755);
	b->path_fd = open(lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->path_fd < 0)
		return sw_error(err, errno, "create",
				"cannot open %s: %s; it is the directory of the "
				"containers (-P)",
				lxcpath, sw_errno_text(errno));
	return 0;
}

static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n++;
	if (d)
		closedir(d);
	return n <= 2;
}

/* Take a directory in the making for oneself. -EBUSY: somebody has it; -ESTALE: it was just
 * removed. */
static int take(int path_fd, const char *tmp, int *ret_fd)
{
	int fd __sw_fd = openat(path_fd, tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat a, b;

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &a) || fstatat(path_fd, tmp, &b, AT_SYMLINK_NOFOLLOW) || a.st_ino != b.st_ino)
		return -ESTALE;
	*ret_fd = sw_take_fd(&fd);
	return 0;
}

int newborn_begin(struct newborn *b, struct sw_error *err)
{
	struct stat st;
	int r = -ESTALE;

	if (!fstatat(b->path_fd, b->name, &st, AT_SYMLINK_NOFOLLOW))
		return sw_error(err, EEXIST, "create", "container '%s' already exists", b->name);
	for (int tries = 0; r == -ESTALE && tries < 100; tries++) {
		if (mkdirat(b->path_fd, b->tmp, 0700) && errno != EEXIST) {
			r = -errno;
			break;
		}
		r = take(b->path_fd, b->tmp, &b->fd);
		if (r || is_empty(b->fd))
			continue;
		/* An earlier one that was killed has left it. */
		r = tree_remove(b->path_fd, b->tmp, NULL, err);
		if (r)
			return r;
		sw_close(&b->fd);
		r = -ESTALE;
	}
	if (r == -EBUSY)
		return sw_error(err, EBUSY, "create",
				"container '%s' is being created by somebody else", b->name);
	return r ? sw_error(err, r, "create", "cannot make a directory for '%s': %s", b->name,
			    sw_errno_text(r))
		 : 0;
}

int newborn_finish(struct newborn *b, const struct sw_buf *config, struct sw_error *err)
{
	int r = config_write(b->fd, config);

	if (!r && fchmod(b->fd, 0770))
		r = -errno;
	/* Onto a directory that is empty it would succeed, so nothing of anybody's is lost. */
	if (!r && renameat(b->path_fd, b->tmp, b->path_fd, b->name))
		r = -errno;
	if (r == -ENOTEMPTY || r == -EEXIST || r == -ENOTDIR)
		return sw_error(err, EEXIST, "create", "container '%s' already exists", b->name);
	if (r)
		return sw_error(err, r, "create", "cannot write the configuration of '%s': %s",
				b->name, sw_errno_text(r));
	sw_close(&b->fd);
	return 0;
}

void newborn_end(struct newborn *b)
{
	if (b->fd >= 0)
		tree_remove(b->path_fd, b->tmp, NULL, &(struct sw_error){ 0 });
	if (b->fd >= 0 && b->made_path)
		rmdir(b->path);
	sw_close(&b->fd);
	sw_close(&b->path_fd);
}

void newborn_sweep(const char *lxcpath)
{
	DIR *d = opendir(lxcpath);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		int fd __sw_fd = -1;

		if (sw_starts_with(e->d_name, PREFIX) &&
		    !rt_name_check(e->d_name + strlen(PREFIX), NULL) &&
		    !take(dirfd(d), e->d_name, &fd))
			tree_remove(dirfd(d), e->d_name, NULL, &(struct sw_error){ 0 });
	}
	if (d)
		closedir(d);
}

/* ---- long work ------------------------------------------------------------------------------- */

static volatile sig_atomic_t asked;

static void on_signal(int sig)
{
	asked = sig;
}

/* In namespaces of its own: where mounts are private, and /proc is the new pid namespace's. */
static void settle_in(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return;
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static pid_t begin_work(int fds[2], int (*fn)(void *arg, struct sw_error *err), void *arg)
{
	uint64_t flags = geteuid() ? 0 : SW_CLONE_NEWPID | SW_CLONE_NEWNS;
	pid_t parent = getpid(), pid = sys_clone(flags);
	struct sw_error err = { 0 };
	int r;

	if (pid == -EPERM || pid == -EINVAL) /* a kernel without: then without */
		pid = sys_clone(flags = 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!flags && getppid() != parent)
		_exit(1);
	close(fds[0]);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (flags)
		settle_in();
	r = fn(arg, &err);
	err.num = r;
	if (r)
		sw_write_all(fds[1], &err, sizeof(err));
	_exit(r ? 1 : 0);
}

int newborn_work(int (*fn)(void *arg, struct sw_error *err), void *arg, struct sw_error *err)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal }, old[3];
	struct sw_error told = { 0 };
	int fds[2], status = 0;
	ssize_t n = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return sw_error(err, errno, "create", "pipe: %s", sw_errno_text(errno));
	asked = 0;
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &act, &old[i]);
	fflush(NULL);
	pid = begin_work(fds, fn, arg);
	close(fds[1]);
	/* The pipe ends with the worker; no sooner, since nothing it executes inherits it. */
	while (pid > 0 && !asked) {
		struct pollfd p = { .fd = fds[0], .events = POLLIN };

		if (poll(&p, 1, 500) > 0)
			break;
	}
	if (pid > 0 && asked)
		kill(pid, SIGKILL);
	if (pid > 0)
		n = read(fds[0], &told, sizeof(told));
	if (pid > 0)
		sw_waitpid(pid, &status);
	close(fds[0]);
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	if (pid < 0)
		return sw_error(err, pid, "create", "fork: %s", sw_errno_text(pid));
	if (asked)
		return sw_error(err, EINTR, "create", "ended by %s; nothing is left of it",
				asked == SIGINT	   ? "SIGINT"
				: asked == SIGTERM ? "SIGTERM"
						   : "SIGHUP");
	if (n == sizeof(told))
		return sw_error(err, told.num ? told.num : EIO, told.step, "%s", told.msg);
	return status ? sw_error(err, EPROTO, "create", "the process that was to do it died") : 0;
}
