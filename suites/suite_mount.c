// SPDX-License-Identifier: GPL-2.0-only
#include "suite_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite_util.h"
#include "sw_buf.h"
#include "sw_fd.h"

int suite_mount_base(void)
{
	int r = sys_mount("sw-test-base", suite_scratch, "tmpfs", 0, "size=8m,mode=755");

	if (!r)
		r = sys_mount(NULL, suite_scratch, NULL, MS_PRIVATE, NULL);
	if (r)
		return r;
	return chdir(suite_scratch) ? -errno : 0;
}

int suite_mount_tmpfs(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return sys_mount("sw-test", path, "tmpfs", 0, "size=1m,mode=755");
}

int suite_mount_bind(const char *from, const char *path, unsigned long flags)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return sys_mount(from, path, NULL, MS_BIND | flags, NULL);
}

int suite_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644), r = 0;

	if (fd < 0)
		return -errno;
	if (text && *text && write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* The optional fields, between the options and " - ". */
static void read_fields(struct suite_mount *m, char *fields)
{
	char *save = NULL;

	for (char *f = strtok_r(fields, " ", &save); f; f = strtok_r(NULL, " ", &save)) {
		m->unbindable |= !strcmp(f, "unbindable");
		sscanf(f, "shared:%d", &m->shared);
		sscanf(f, "master:%d", &m->master);
		sscanf(f, "propagate_from:%d", &m->propagate_from);
	}
}

static int read_line(char *line, char *point, struct suite_mount *m)
{
	char *dash = strstr(line, " - ");
	int at = 0;

	memset(m, 0, sizeof(*m));
	if (!dash)
		return -EBADMSG;
	*dash = 0;
	if (sscanf(line, "%d %d %*s %255s %4095s %255s%n", &m->id, &m->parent, m->root, point,
		   m->options, &at) != 5)
		return -EBADMSG;
	read_fields(m, line + at);
	return sscanf(dash + 3, "%63s %*s %511s", m->type, m->super) == 2 ? 0 : -EBADMSG;
}

/* Counts the mounts on a path; ret gets the one that is not the parent of another of them. */
static int find(const char *path, struct suite_mount *ret)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char want[PATH_MAX * 2], here[PATH_MAX], point[PATH_MAX];
	struct suite_mount m;
	int n = 0, r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &buf, 16 << 20);
	char *save = NULL, *text;

	if (r)
		return r;
	if (*path == '/')
		snprintf(want, sizeof(want), "%s", path);
	else if (!getcwd(here, sizeof(here)))
		return -errno;
	else
		snprintf(want, sizeof(want), "%s/%s", strcmp(here, "/") ? here : "", path);
	text = strdup(sw_buf_str(&buf));
	if (!text)
		return -ENOMEM;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (read_line(line, point, &m) || strcmp(point, want))
			continue;
		if (!n++ || m.parent == ret->id)
			*ret = m;
	}
	free(text);
	return n;
}

/* The point of the last mount of this type in a text of mountinfo; false if there is none. */
static bool last_of(const char *type, char *text, char *ret_point)
{
	char point[PATH_MAX], *save = NULL;
	struct suite_mount m;
	bool found = false;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!read_line(line, point, &m) && !strcmp(m.type, type))
			found = sw_unescape_octal(point, strlen(point), ret_point, PATH_MAX);
	return found;
}

int suite_mount_only(const char *type, const char *dir)
{
	/* The list is lost with /proc: it is read by a descriptor, of which it follows what is there. */
	int fd __sw_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char point[PATH_MAX];

	if (fd < 0)
		return -errno;
	for (int i = 0; i < 4096; i++) {
		__sw_buf struct sw_buf buf = SW_BUF_INIT;
		int r = lseek(fd, 0, SEEK_SET) ? -errno : sw_read_fd(fd, &buf, 16 << 20);

		if (!r && !(buf.data && last_of(type, buf.data, point)))
			return sys_mount(type, dir, type, 0, NULL);
		if (!r)
			r = sys_umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW);
		if (r)
			return r;
	}
	return -ELOOP;
}

int suite_mount_count(const char *path)
{
	struct suite_mount m;

	return find(path, &m);
}

int suite_mount_info(const char *path, struct suite_mount *ret)
{
	struct suite_mount m;
	int n = find(path, &m);

	if (n <= 0)
		return n ? n : -ENOENT;
	*ret = m;
	return 0;
}

bool suite_mount_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, len) && (!at[len] || at[len] == ','))
			return true;
	}
	return false;
}

int suite_map_self(unsigned int inside, unsigned int outside)
{
	char line[32];
	int r;

	snprintf(line, sizeof(line), "%u %u 1", inside, outside);
	r = suite_write(line, "/proc/self/uid_map");
	if (!r)	/* 3.19 wants it before gid_map (user_namespaces(7)); older kernels have no such file */
		r = suite_write("deny", "/proc/self/setgroups");
	if (!r || r == -ENOENT)
		r = suite_write(line, "/proc/self/gid_map");
	return r;
}
