// SPDX-License-Identifier: GPL-2.0-only
/* What a test left behind: mounts, processes, files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner.h"
#include "suite_cgroup.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- mounts ---- */

struct left_mounts {
	struct sw_buf text;
};

static struct left_mounts *read_mounts(void)
{
	struct left_mounts *m = calloc(1, sizeof(*m));

	if (m && sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &m->text, 16 << 20)) {
		sw_buf_free(&m->text);
		free(m);
		return NULL;
	}
	return m;
}

struct left_mounts *left_mounts_note(void)
{
	return read_mounts();
}

static void free_mounts(struct left_mounts *m)
{
	if (m)
		sw_buf_free(&m->text);
	free(m);
}

/* Mount ids are the first field and unique while the mount lives. */
static bool has_mount(const char *text, long id)
{
	for (; text && *text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (*text && strtol(text, NULL, 10) == id)
			return true;
	}
	return false;
}

int left_mounts_sweep(struct left_mounts *before, struct sw_buf *left)
{
	struct left_mounts *after = before ? read_mounts() : NULL;
	char *points[64];
	int n = 0;

	if (after && after->text.len) {
		char *save = NULL, *line;

		for (line = strtok_r(after->text.data, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			char point[4096];

			if (has_mount(sw_buf_str(&before->text), strtol(line, NULL, 10)) ||
			    sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1)
				continue;
			sw_buf_printf(left, "mount %s\n", point);
			if (n < 64)
				points[n++] = strdup(point);
		}
	}
	/* The last mounted first. */
	for (int i = n - 1; i >= 0; i--) {
		if (points[i])
			sys_umount2(points[i], MNT_DETACH);
		free(points[i]);
	}
	free_mounts(before);
	free_mounts(after);
	return n;
}

/* ---- processes ---- */

struct process {
	int pid, ppid, sid;
	char state;
	unsigned long flags;
	char name[32];
};

static bool read_process(int pid, struct process *p)
{
	char path[64], text[1024], *open_paren, *close_paren;
	__sw_buf struct sw_buf buf = SW_BUF_INIT;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (sw_read_file(AT_FDCWD, path, &buf, sizeof(text)))
		return false;
	open_paren = strchr(sw_buf_str(&buf), '(');
	close_paren = strrchr(sw_buf_str(&buf), ')');
	if (!open_paren || !close_paren)
		return false;
	p->pid = pid;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(close_paren - open_paren - 1),
		 open_paren + 1);
	/* proc(5): state ppid pgrp session tty_nr tpgid flags */
	return sscanf(close_paren + 1, " %c %d %*d %d %*d %*d %lu", &p->state, &p->ppid, &p->sid,
		      &p->flags) == 4;
}

/* Dead, exiting, or with SIGKILL on its way: nobody left that alive. */
static bool is_dying(const struct process *p)
{
	static const char *const keys[] = { "\nSigPnd:", "\nShdPnd:" };
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char path[64];

	if (strchr("ZXx", p->state) || (p->flags & 0x4))	/* PF_EXITING, include/linux/sched.h */
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", p->pid);
	if (sw_read_file(AT_FDCWD, path, &buf, 1 << 16))
		return true;
	for (size_t i = 0; i < 2; i++) {
		const char *at = strstr(sw_buf_str(&buf), keys[i]);

		if (at && strtoull(at + strlen(keys[i]), NULL, 16) & (1ULL << (SIGKILL - 1)))
			return true;
	}
	return false;
}

/*
 * Call fn for each process that is ours: a child of the runner, which as subreaper (3.4) inherits
 * orphans, or one of the test's session (the best there is on 3.2).
 */
static int each_process(int sid, bool (*fn)(const struct process *p))
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir))) {
		struct process p;
		long pid;

		if (sw_parse_long(e->d_name, &pid) || pid == getpid() || !read_process((int)pid, &p))
			continue;
		if (p.ppid == getpid() || p.sid == sid)
			n += fn(&p);
	}
	if (dir)
		closedir(dir);
	return n;
}

static struct sw_buf *naming;

static bool name_process(const struct process *p)
{
	if (is_dying(p))
		return false;
	if (naming)
		sw_buf_printf(naming, "process %d (%s)\n", p->pid, p->name);
	return true;
}

static bool kill_process(const struct process *p)
{
	if (p->state == 'Z')
		return false;
	kill(p->pid, SIGKILL);
	return true;
}

int left_processes_name(int sid, struct sw_buf *left)
{
	struct timespec wait = { .tv_nsec = 20000000 };

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	naming = NULL;
	if (!each_process(sid, name_process))
		return 0;
	/* Between taking SIGKILL from its queue and PF_EXITING a task looks alive: look twice. */
	nanosleep(&wait, NULL);
	naming = left;
	return each_process(sid, name_process);
}

int left_processes_kill(int sid)
{
	struct timespec wait = { .tv_nsec = 20000000 };

	/* Orphans of the killed come to us in turn; 10 s for all of them to go. */
	for (int i = 0; i < 500; i++) {
		int killed = each_process(sid, kill_process);
		pid_t r;

		do
			r = waitpid(-1, NULL, WNOHANG);
		while (r > 0);
		if (r < 0 && !killed)
			return 0;
		if (killed)
			nanosleep(&wait, NULL);
	}
	return -EBUSY;
}

void left_processes_kill_but(bool (*spared)(int pid))
{
	struct timespec wait = { .tv_nsec = 20000000 };

	for (int i = 0; i < 500; i++) {
		DIR *dir = opendir("/proc");
		struct dirent *e;
		int found = 0;

		while (dir && (e = readdir(dir))) {
			struct process p;
			long pid;

			if (sw_parse_long(e->d_name, &pid) || !read_process((int)pid, &p) ||
			    p.ppid != getpid() || spared(p.pid))
				continue;
			kill(p.pid, SIGKILL);
			waitpid(p.pid, NULL, WNOHANG);
			found++;
		}
		if (dir)
			closedir(dir);
		if (!found)
			return;
		nanosleep(&wait, NULL);
	}
}

/* ---- processes of runners that were killed ---- */

#define MARK "SEAWORTHY_TEST_RUN"

/* When a process started, in clock ticks since boot: with the pid it names the process for ever. */
static unsigned long long start_of(int pid)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	unsigned long long start = 0;
	const char *at;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (sw_read_file(AT_FDCWD, path, &buf, 4096) || !(at = strrchr(sw_buf_str(&buf), ')')))
		return 0;
	/* Field 22 of proc(5); the name is field 2. */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %llu", &start) == 1 ? start : 0;
}

/* The pid namespace that pids are said in (3.8; 0 before). */
static unsigned long long pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) ? 0 : st.st_ino;
}

void left_processes_mark(int argc, char **argv)
{
	char value[80], *args[argc + 2];
	const char *now = getenv(MARK);

	snprintf(value, sizeof(value), "%d:%llu:%llu", (int)getpid(), start_of(getpid()), pid_namespace());
	if (now && !strcmp(now, value))
		return;
	args[0] = "seaworthy";
	for (int i = 0; i <= argc; i++)
		args[i + 1] = argv[i];
	if (!setenv(MARK, value, 1))
		execv("/proc/self/exe", args);
	/* Without /proc nothing could be found by it either. */
}

bool left_processes_test(int pid)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	const char *at, *end;
	struct process p;
	char path[64];
	int r;

	if (kill(pid, 0) && errno == ESRCH)
		return false;
	if (!read_process(pid, &p))
		return true;	/* without /proc there is only the pid */
	if (strchr("ZXx", p.state))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	r = sw_read_file(AT_FDCWD, path, &buf, 1 << 20);
	end = sw_buf_str(&buf) + buf.len;
	for (at = sw_buf_str(&buf); at < end; at += strlen(at) + 1)
		if (sw_starts_with(at, MARK "="))
			return true;
	return r != 0;	/* what is not shown may be one */
}

static bool is_of_dead_run(int pid)
{
	unsigned long long start, ns;
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	const char *at, *end;
	char path[64];
	int runner;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (sw_read_file(AT_FDCWD, path, &buf, 1 << 20))
		return false;
	end = sw_buf_str(&buf) + buf.len;
	for (at = sw_buf_str(&buf); at < end; at += strlen(at) + 1)
		if (sscanf(at, MARK "=%d:%llu:%llu", &runner, &start, &ns) == 3)
			return ns == pid_namespace() && start_of(runner) != start;
	return false;
}

int left_processes_sweep_dead(void)
{
	struct timespec wait = { .tv_nsec = 20000000 };
	int killed = 0;

	for (int i = 0; i < 500; i++) {
		DIR *dir = opendir("/proc");
		struct dirent *e;
		int found = 0;

		while (dir && (e = readdir(dir))) {
			long pid;

			if (sw_parse_long(e->d_name, &pid) || pid == getpid() || !is_of_dead_run((int)pid))
				continue;
			suite_cgroup_thaw((int)pid);	/* a frozen one does not die (v1) */
			found += !kill((pid_t)pid, SIGKILL);
		}
		if (dir)
			closedir(dir);
		if (!found)
			break;
		killed = found > killed ? found : killed;
		nanosleep(&wait, NULL);
	}
	return killed;
}

/* ---- files ---- */

static int remove_at(int dirfd, const char *name, dev_t dev)
{
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int fd;

	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Never into another filesystem: what a test mounted here may be somebody's own. */
	dir = !fstat(fd, &st) && st.st_dev == dev ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return -EBUSY;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			remove_at(fd, e->d_name, dev);
	closedir(dir);
	return unlinkat(dirfd, name, AT_REMOVEDIR) ? -errno : 0;
}

int left_tree_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	return remove_at(AT_FDCWD, path, st.st_dev);
}

/*
 * A runner that was killed outright could not remove the directory of its test. Such a one is told
 * by the pid in its name, which no process of a run has any more, and by the lock, which the kernel has
 * dropped (the pid alone says nothing about runners in other pid namespaces).
 */
void runner_sweep_dead(const char *base)
{
	DIR *dir = opendir(base);
	const struct dirent *d;

	while (dir && (d = readdir(dir))) {
		__sw_fd int fd = -1;
		struct stat st;
		const char *rest = suite_of_dead_run(d->d_name);

		if (!rest || strlen(rest) != 6)	/* mkdtemp's letters */
			continue;
		fd = openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() &&
		    !flock(fd, LOCK_EX | LOCK_NB))
			remove_at(dirfd(dir), d->d_name, st.st_dev);
	}
	if (dir)
		closedir(dir);
}
