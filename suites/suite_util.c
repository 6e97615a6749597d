// SPDX-License-Identifier: GPL-2.0-only
#include "suite_util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite_table.h"
#include "sw_child.h"

bool suite_is_child;
char suite_scratch[PATH_MAX];
struct suite_report *suite_report;

void suite_lacks(const char *feature, const char *why)
{
	snprintf(suite_report->feature, sizeof(suite_report->feature), "%s", feature);
	snprintf(suite_report->reason, sizeof(suite_report->reason), "%s", why);
	suite_report->verdict = SUITE_LACKS;
}

pid_t suite_clone(uint64_t flags)
{
	pid_t pid;

	fflush(NULL);
	pid = sys_clone(flags);
	if (pid)
		return pid;
	suite_is_child = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (flags & SW_CLONE_NEWNS) {
		int r = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

		if (r) {
			fprintf(stderr, "mount(/, MS_REC|MS_PRIVATE): %s\n", sw_errno_name(-r));
			suite_child_exit(253);
		}
	}
	return 0;
}

void suite_child_exit(int status)
{
	fflush(NULL);
	_exit(status);
}

int suite_wait(pid_t pid)
{
	int status, r = sw_waitpid(pid, &status);

	if (r)
		return r;
	return WIFSIGNALED(status) ? SUITE_KILLED(WTERMSIG(status)) : WEXITSTATUS(status);
}

const char *suite_end_text(int end)
{
	static char text[64];

	if (end < 0)
		snprintf(text, sizeof(text), "could not be waited for: %s", sw_errno_name(-end));
	else if (end & 0x100)
		snprintf(text, sizeof(text), "was killed by SIG%s", sigabbrev_np(end & 0xff) ?: "?");
	else
		snprintf(text, sizeof(text), "exited with %d", end);
	return text;
}

int suite_kill_wait(pid_t pid)
{
	if (kill(pid, SIGKILL))
		return -errno;
	return suite_wait(pid);
}

int suite_line(struct suite_line *line)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line->fd))
		return -errno;
	return 0;
}

void suite_line_mine(struct suite_line *line, int side)
{
	sw_close(&line->fd[!side]);
}

static int line_fd(const struct suite_line *line)
{
	return line->fd[0] >= 0 ? line->fd[0] : line->fd[1];
}

int suite_tell(struct suite_line *line, long value)
{
	ssize_t n = send(line_fd(line), &value, sizeof(value), MSG_NOSIGNAL);

	return n == sizeof(value) ? 0 : n < 0 ? -errno : -EIO;
}

int suite_hear(struct suite_line *line, long *ret_value)
{
	long value;
	ssize_t n;

	do
		n = recv(line_fd(line), &value, sizeof(value), MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(value))
		return n < 0 && errno != ECONNRESET ? -errno : -EPIPE;
	*ret_value = value;
	return 0;
}

void suite_line_close(struct suite_line *line)
{
	sw_close(&line->fd[0]);
	sw_close(&line->fd[1]);
}

static void ns_path(char *out, size_t size, pid_t pid, const char *name)
{
	if (pid)
		snprintf(out, size, "/proc/%d/ns/%s", (int)pid, name);
	else
		snprintf(out, size, "/proc/self/ns/%s", name);
}

int suite_ns_id(pid_t pid, const char *name, uint64_t *ret_id)
{
	char path[64];
	struct stat st;

	ns_path(path, sizeof(path), pid, name);
	if (stat(path, &st))
		return -errno;
	*ret_id = st.st_ino;
	return 0;
}

int suite_ns_open(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	ns_path(path, sizeof(path), pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int suite_map_ids(pid_t pid, unsigned int inside, unsigned int outside, unsigned int count)
{
	char line[64];
	int r;

	snprintf(line, sizeof(line), "%u %u %u", inside, outside, count);
	r = suite_write(line, "/proc/%d/uid_map", (int)pid);
	return r ? r : suite_write(line, "/proc/%d/gid_map", (int)pid);
}

ssize_t suite_read(const char *path, char *out, size_t size)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, path, &buf, size - 1);

	if (r)
		return r;
	memcpy(out, sw_buf_str(&buf), buf.len);
	if (buf.len && out[buf.len - 1] == '\n')
		buf.len--;
	out[buf.len] = 0;
	return buf.len;
}

int suite_write(const char *value, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return sw_write_file(AT_FDCWD, path, value);
}

int suite_read_key(const char *path, const char *key, long *ret_value)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, path, &buf, 1 << 20);
	size_t len = strlen(key);

	if (r)
		return r;
	for (const char *line = sw_buf_str(&buf); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) || !strchr(" \t:", line[len]))
			continue;
		*ret_value = strtol(line + len + strspn(line + len, " \t:"), NULL, 0);
		return 0;
	}
	return -ENODATA;
}

int suite_count_entries(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

int suite_copy_program(char *ret_path, size_t size)
{
	__sw_fd int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char path[PATH_MAX], buf[65536];
	ssize_t n;

	if (in < 0)
		return -errno;
	if (snprintf(path, sizeof(path), "%s/program", suite_scratch) >= (int)sizeof(path) || strlen(path) >= size)
		return -ENAMETOOLONG;
	__sw_fd int out = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);

	if (out < 0)
		return -errno;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		int r = sw_write_all(out, buf, (size_t)n);

		if (r)
			return r;
	}
	if (n < 0)
		return -errno;
	strcpy(ret_path, path);
	return 0;
}

bool suite_is_mounted(const char *mountpoint)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char field[PATH_MAX + 2];

	snprintf(field, sizeof(field), " %s ", mountpoint);
	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &buf, 16 << 20))
		return false;
	return strstr(sw_buf_str(&buf), field);
}

int suite_new_root(const char *path)
{
	int r = sys_mount("sw-test-root", path, "tmpfs", 0, "size=1m,mode=755");

	if (r)
		return r;
	if (chdir(path))
		return -errno;
	/*
	 * pivot_root(2) wants the current root to be a mount point whose mount has a parent: rootfs
	 * has none. A tmpfs mounted over "/" and entered is a root that can be left.
	 */
	r = sys_pivot_root(".", ".");
	if (r == -EINVAL) {
		r = sys_mount(".", "/", NULL, MS_MOVE, NULL);
		if (!r && chroot("."))
			r = -errno;
	} else if (!r) {
		/* The old root lies over the new one at ".": take it off, lazily. */
		r = sys_umount2(".", MNT_DETACH);
	}
	if (!r && chdir("/"))
		r = -errno;
	return r;
}

bool suite_kernel(unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

int suite_become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int suite_become_ordinary(void)
{
	int r = geteuid() ? 0 : suite_become(SUITE_NOBODY, SUITE_NOBODY);

	/* Changing ids gives /proc/self to root (proc(5), PR_SET_DUMPABLE). */
	return r ? r : prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}
