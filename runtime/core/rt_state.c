// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state directory of one container: files "lock", "state", "journal".
 *
 * Liveness is a POSIX record lock: the kernel drops it when its holder dies in whatever way, it
 * is not inherited over fork (so no child can hold it by mistake), and F_GETLK asks who holds it
 * without taking it, so that looking never gets in the way of starting.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

uint64_t rt_clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

void rt_sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* ---- where ----------------------------------------------------------------------------------- */

static uint64_t fnv1a(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

static uint64_t lxcpath_hash(const char *lxcpath)
{
	char *real = realpath(lxcpath, NULL);
	uint64_t h = fnv1a(0xcbf29ce484222325u, real ? real : lxcpath);
	const char *rundir = secure_getenv("BERTH_RUNDIR");

	free(real);
	return rundir ? fnv1a(h, rundir) : h;
}

/* The first place whose parent can be written: the same answer for every command of one user. */
static int rundir_path(char *out, size_t size)
{
	const char *env = secure_getenv("BERTH_RUNDIR"), *xdg = secure_getenv("XDG_RUNTIME_DIR");
	static const char *const parents[] = { "/run", "/var/run", "/dev/shm", "/tmp" };

	if (env && *env)
		return snprintf(out, size, "%s", env) < (int)size ? 0 : -ENAMETOOLONG;
	if (geteuid() && xdg && *xdg)
		return snprintf(out, size, "%s/berth", xdg) < (int)size ? 0 : -ENAMETOOLONG;
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		if (access(parents[i], W_OK | X_OK))
			continue;
		if (i < 2)
			snprintf(out, size, "%s/berth", parents[i]);
		else
			snprintf(out, size, "%s/berth-%u", parents[i], (unsigned int)geteuid());
		return 0;
	}
	return -EACCES;
}

/* Open the runtime directory. It is ours alone, or it is not used: /tmp belongs to everybody. */
static int rundir_open(bool create, struct sw_error *err)
{
	char path[PATH_MAX];
	struct stat st;
	int fd __sw_fd = -1;
	int r = rundir_path(path, sizeof(path));

	if (r)
		return sw_error(err, r, "state", "no directory for run-time state can be written: "
				"tried /run, /var/run, /dev/shm, /tmp; set BERTH_RUNDIR");
	if (create && mkdir(path, 0700) && errno != EEXIST)
		return sw_error(err, errno, "state", "making %s: %s; mount a tmpfs on /run or set "
				"BERTH_RUNDIR", path, sw_errno_text(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !create)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &st))
		return sw_error(err, errno, "state", "opening %s: %s", path, sw_errno_text(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return sw_error(err, EPERM, "state",
				"%s belongs to user %u with mode %04o; it must be "
				"yours and writable by you alone: remove it or set BERTH_RUNDIR",
				path,
				(unsigned int)st.st_uid, (unsigned int)st.st_mode & 07777);
	return sw_take_fd(&fd);
}

int rt_dir_all(const char *lxcpath, char prefix[32], struct sw_error *err)
{
	snprintf(prefix, 32, "%016llx-", (unsigned long long)lxcpath_hash(lxcpath));
	return rundir_open(false, err);
}

int rt_dir_all_make(const char *lxcpath, char prefix[32], struct sw_error *err)
{
	int fd __sw_fd = rt_dir_all(lxcpath, prefix, NULL);

	return fd >= 0 ? sw_take_fd(&fd) : rundir_open(true, err);
}

int rt_dir_open(struct rt_dir *d, const char *lxcpath, const char *name, bool create,
		struct sw_error *err)
{
	unsigned long long h = lxcpath_hash(lxcpath);
	const char *env = secure_getenv("BERTH_RUNDIR");

	snprintf(d->entry, sizeof(d->entry), "%016llx-%s", h, name);
	/* '@' cannot stand in a name, so the two forms never meet. */
	if (!strcmp(lxcpath, "/var/lib/lxc") && (!env || !*env))
		snprintf(d->tag, sizeof(d->tag), "berth.%s", name);
	else
		snprintf(d->tag, sizeof(d->tag), "berth.%s@%08llx", name, h & 0xffffffffu);
	d->parent_fd = rundir_open(create, err);
	if (d->parent_fd < 0)
		return d->parent_fd;
	if (create && mkdirat(d->parent_fd, d->entry, 0700) && errno != EEXIST)
		return sw_error(err, errno, "state", "making the state directory of '%s': %s", name,
				sw_errno_text(errno));
	d->fd = openat(d->parent_fd, d->entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (d->fd < 0)
		return sw_error(err, errno, "state",
				"opening the state directory of '%s': %s", name,
				sw_errno_text(errno));
	return 0;
}

void rt_dir_close(struct rt_dir *d)
{
	sw_close(&d->lock_fd);
	sw_close(&d->fd);
	sw_close(&d->parent_fd);
}

int rt_dir_lock(struct rt_dir *d)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat a, b;
	int fd __sw_fd = openat(d->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;	/* the directory was removed */
	if (fcntl(fd, F_SETLK, &fl))
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	/* Locked, but is it still the file that others will find? */
	if (fstat(fd, &a) || fstatat(d->fd, "lock", &b, AT_SYMLINK_NOFOLLOW) ||
	    a.st_ino != b.st_ino)
		return -ESTALE;
	if (fstat(d->fd, &a) || fstatat(d->parent_fd, d->entry, &b, AT_SYMLINK_NOFOLLOW) ||
	    a.st_ino != b.st_ino)
		return -ESTALE;
	d->lock_fd = sw_take_fd(&fd);
	return 0;
}

pid_t rt_dir_holder(const struct rt_dir *d)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	/* Read-only: closing it wakes nobody in rt_wait(), who watches for IN_CLOSE_WRITE. */
	int fd __sw_fd = openat(d->fd, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_GETLK, &fl) || fl.l_type == F_UNLCK)
		return 0;
	/* 0 is how the kernel calls a process that this pid namespace does not see. */
	return fl.l_pid > 0 ? fl.l_pid : -1;
}

int rt_dir_guard(const struct rt_dir *d)
{
	int fd = openat(d->parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd < 0 ? -errno : fd;
}

int rt_dir_remove(struct rt_dir *d)
{
	/* The journal first: without it we claim nothing, without state we would seem to live. */
	static const char *const files[] = { "journal", "command", "said", "hook-env", "seccomp",
					     "devices", "state.new", "state", "lock" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (unlinkat(d->fd, files[i], 0) && errno != ENOENT)
			return -errno;
	/* Two may be at it, each with its own lock file; one of them has removed the directory. */
	if (!unlinkat(d->parent_fd, d->entry, AT_REMOVEDIR))
		rt_event_send(d, RT_STOPPED);
	else if (errno != ENOENT)
		return -errno;
	sw_close(&d->lock_fd);
	return 0;
}

int rt_dir_names(int parent_fd, struct rt_names *ret)
{
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	while (!r && (e = readdir(dir))) {
		char **more;

		if (strlen(e->d_name) < 18 || e->d_name[16] != '-')
			continue;
		more = realloc(ret->list, (ret->count + 1) * sizeof(*more));
		if (more)
			ret->list = more;
		if (!more || !(more[ret->count] = strdup(e->d_name)))
			r = -ENOMEM;
		else
			ret->count++;
	}
	closedir(dir);
	if (r)
		rt_names_free(ret);
	return r;
}

void rt_names_free(struct rt_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct rt_names){ NULL, 0 };
}

/* ---- the record ------------------------------------------------------------------------------ */

/*
 * Which boot this is: where the runtime directory is no tmpfs, state outlives the kernel, and
 * there a process of another boot may well have the same number and start time. 0: not known.
 */
static uint64_t boot_id(void)
{
	char text[64];

	if (sw_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text)) <= 0)
		return 0;
	return fnv1a(0xcbf29ce484222325u, text);
}

int rt_record_write(struct rt_dir *d, const struct rt_record *rec)
{
	char text[256];
	int fd __sw_fd = -1;
	int r, n;

	n = snprintf(text, sizeof(text), "state %d\ninit %d %llu\nstarted %llu\nstop-signal %d\n"
		     "ns %llx\nboot %llx\n", (int)rec->state, (int)rec->init,
		     (unsigned long long)rec->init_start, (unsigned long long)rec->started_ns,
		     rec->stop_signal, (unsigned long long)rec->ns, (unsigned long long)boot_id());

	/* Whole for every reader; not synced to a disk, since no process survives a power cut. */
	fd = openat(d->fd, "state.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	r = sw_write_all(fd, text, n);
	if (!r && renameat(d->fd, "state.new", d->fd, "state"))
		r = -errno;
	if (!r && d->told != (int)rec->state + 1) {
		d->told = (int)rec->state + 1;
		rt_event_send(d, rec->state);
	}
	return r;
}

int rt_record_read(const struct rt_dir *d, struct rt_record *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	unsigned long long start, started, ns, boot;
	int state, init, stop;
	int r = sw_read_file(d->fd, "state", &b, 4096);

	if (r)
		return r;
	if (sscanf(sw_buf_str(&b), "state %d\ninit %d %llu\nstarted %llu\nstop-signal %d\nns %llx\n"
		   "boot %llx", &state, &init, &start, &started, &stop, &ns, &boot) != 7)
		return -EBADMSG;
	if (boot != boot_id())
		init = start = 0;
	*ret = (struct rt_record){ state, init, start, started, stop, ns };
	return 0;
}

/* ---- processes ------------------------------------------------------------------------------- */

uint64_t rt_proc_start(pid_t pid)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	unsigned long long start = 0;
	char path[64], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (sw_read_file(AT_FDCWD, path, &b, 4096) || !b.data)
		return 0;
	/* proc(5): the name, in parentheses, may hold anything; field 22 counts from after it. */
	p = strrchr(b.data, ')');
	/* A zombie has ended, though nobody may have reaped it. */
	if (p && p[1] && (p[2] == 'Z' || p[2] == 'X'))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p + 1, NULL, 10);
	return start;
}

bool rt_proc_same(pid_t pid, uint64_t start)
{
	return pid > 0 && start && rt_proc_start(pid) == start;
}

int rt_proc_kill(pid_t pid, uint64_t start, int sig)
{
	int fd __sw_fd = -1;
	int r;

	if (pid <= 1)
		return -ESRCH;
	fd = sys_pidfd_open(pid, 0);
	if (fd == -ESRCH)
		return -ESRCH;
	/* With the descriptor held, the number cannot change hands between look and deed. */
	if (!rt_proc_same(pid, start))
		return -ESRCH;
	if (fd >= 0) {
		r = sys_pidfd_send_signal(fd, sig, NULL, 0);
		if (r != -ENOSYS && r != -EPERM)
			return r;
	}
	return kill(pid, sig) ? -errno : 0;
}

int rt_stop_signal(const struct rt_record *rec)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const int halt = SIGRTMIN + 3;
	unsigned long long blocked = 0;
	const char *p;
	char path[64];

	if (rec->stop_signal > 0)
		return rec->stop_signal;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)rec->init);
	if (!sw_read_file(AT_FDCWD, path, &b, 65536) &&
	    (p = strstr(sw_buf_str(&b), "\nSigBlk:")))
		blocked = strtoull(p + strlen("\nSigBlk:"), NULL, 16);
	return blocked & (1ULL << (halt - 1)) ? halt : -rec->stop_signal;
}
