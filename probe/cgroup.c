// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "live.h"
#include "session.h"
#include "sw_fd.h"

#define PROC_MAX (1 << 20)

static const char *next_field(const char **p, const char *end, size_t *len)
{
	const char *start = *p;

	while (*p < end && **p != ' ')
		(*p)++;
	*len = *p - start;
	if (*p < end)
		(*p)++;
	return start;
}

/* "36 35 98:0 /root /path opts [optional...] - type source superopts" (proc(5)) */
static bool parse_line(const char *line, const char *end, struct cg_mount *m)
{
	const char *field[5], *type, *super;
	size_t len[5], type_len, n;

	for (int i = 0; i < 5; i++)
		field[i] = next_field(&line, end, &len[i]);
	for (;;) {
		const char *f = next_field(&line, end, &n);

		if (n == 1 && *f == '-')
			break;
		if (line >= end)
			return false;
	}
	type = next_field(&line, end, &type_len);
	next_field(&line, end, &n);
	super = next_field(&line, end, &n);
	if (type_len == 6 && !memcmp(type, "cgroup", 6))
		m->version = 1;
	else if (type_len == 7 && !memcmp(type, "cgroup2", 7))
		m->version = 2;
	else
		return false;
	return sw_unescape_octal(field[3], len[3], m->root, sizeof(m->root)) &&
	       sw_unescape_octal(field[4], len[4], m->path, sizeof(m->path)) &&
	       sw_unescape_octal(super, n, m->controllers, sizeof(m->controllers));
}

size_t cg_parse_mounts(const char *mountinfo, struct cg_mount *out, size_t max)
{
	size_t count = 0;

	for (const char *line = mountinfo; *line;) {
		const char *end = strchrnul(line, '\n');
		struct cg_mount m;

		if (parse_line(line, end, &m)) {
			if (count < max)
				out[count] = m;
			count++;
		}
		line = *end ? end + 1 : end;
	}
	return count;
}

static int read_mounts(struct cg_mount *out, size_t max)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, PROC_MAX);
	size_t n;

	if (r)
		return r;
	n = cg_parse_mounts(sw_buf_str(&b), out, max);
	return (int)(n < max ? n : max);
}

int cg_mounts(struct cg_mount *out, size_t max)
{
	/* Every row of cgroups asks, and again who cleans up after it. */
	static struct cg_mount seen[32];
	static int count = -1;

	if (!session_steady())
		return read_mounts(out, max);
	if (count < 0)
		count = read_mounts(seen, sizeof(seen) / sizeof(*seen));
	if (count > 0)
		memcpy(out, seen, ((size_t)count < max ? (size_t)count : max) * sizeof(*out));
	return count > (int)max ? (int)max : count;
}

const char *cg_layout(void)
{
	struct cg_mount m[32];
	int n = cg_mounts(m, 32);
	bool v1 = false, v2 = false;

	if (n < 0)
		return NULL;
	for (int i = 0; i < n; i++) {
		v1 |= m[i].version == 1;
		v2 |= m[i].version == 2;
	}
	return v1 && v2 ? "hybrid" : v1 ? "v1" : v2 ? "v2" : "none";
}

bool cg_word_in(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, ", \n");

		if (n == len && !memcmp(list, word, n))
			return true;
		list += n + (list[n] != 0);
	}
	return false;
}

int cg_controller(const char *name, struct cg_controller *ret)
{
	size_t len = strlen(name);
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/cgroups", &b, PROC_MAX);

	if (r == -ENOENT && live_proc("/proc/cgroups") < 0)
		return -EIO;
	if (r)
		return r;
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n');
		char id[64];
		int hierarchy, cgroups, enabled;

		if (strncmp(line, name, len) || (line[len] != '\t' && line[len] != ' ')) {
			line = *end ? end + 1 : end;
			continue;
		}
		if (sscanf(line, "%63s %d %d %d", id, &hierarchy, &cgroups, &enabled) == 4) {
			*ret = (struct cg_controller){ hierarchy, cgroups, enabled != 0 };
			return 0;
		}
		line = *end ? end + 1 : end;
	}
	/* Every kernel's list has its heading; an empty file in its place says nothing. */
	return sw_starts_with(sw_buf_str(&b), "#subsys_name") ? -ENODATA : -EIO;
}

int cg_own_path(const char *controller, char *out, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/cgroup", &b, PROC_MAX);

	if (r)
		return r;
	/* "4:memory:/path", "1:cpu,cpuacct:/", "0::/path" */
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n');
		const char *names = memchr(line, ':', end - line);
		const char *path = names ? memchr(names + 1, ':', end - names - 1) : NULL;
		char list[256];

		if (path && (size_t)(path - names - 1) < sizeof(list)) {
			snprintf(list, sizeof(list), "%.*s", (int)(path - names - 1), names + 1);
			if (*controller ? cg_word_in(list, controller) : !*list) {
				size_t len = end - path - 1;

				if (len >= size)
					return -ENAMETOOLONG;
				memcpy(out, path + 1, len);
				out[len] = 0;
				return 0;
			}
		}
		line = *end ? end + 1 : end;
	}
	return -ENODATA;
}
