// SPDX-License-Identifier: GPL-2.0-only
/* Where cgroups are mounted; single ones as directories: kill what is inside, remove, freeze. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define PROCS_MAX (64u << 20)	/* more than 2^22 process numbers, the kernel's most */
#define MAX_DEPTH 64		/* a container may nest cgroups; ours are one deep */

/* ---- arrangement ----------------------------------------------------------------------------- */

/* Super-block options of a v1 mount that are no controllers, cgroup-v1/cgroups.rst. */
static bool is_plain_option(const char *o)
{
	static const char *const plain[] = { "rw", "ro", "noprefix", "clone_children", "xattr",
					     "cpuset_v2_mode", "none", "nodelegate", "seclabel",
					     "favordynmods" };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strcmp(o, plain[i]))
			return true;
	return strchr(o, '=') && strncmp(o, "name=", 5);	/* release_agent= */
}

static void add_hier(struct rt_cg *cg, bool v2, char *path, char *options)
{
	struct rt_cg_hier *h = &cg->hier[cg->count];
	size_t len = 1;
	char *save, *o;

	memset(h, 0, sizeof(*h));
	sw_unescape_octal(path, strlen(path), path, strlen(path) + 1);
	if (strlen(path) >= sizeof(h->path))
		return;
	strcpy(h->path, path);
	h->v2 = v2;
	strcpy(h->controllers, ",");
	for (o = v2 ? NULL : strtok_r(options, ",\n", &save); o; o = strtok_r(NULL, ",\n", &save))
		if (!is_plain_option(o) && len + strlen(o) + 2 < sizeof(h->controllers))
			len += sprintf(h->controllers + len, "%s,", o);
	/*
	 * A hierarchy that is only a name (systemd's own) controls nothing, but a system container's
	 * init makes cgroups in it: without one of its own it would do so in the host's.
	 */
	if (v2 || len > 1)
		cg->count++;
}

/* One line: id parent major:minor root mountpoint options [optional ...] - type source super */
static void parse_line(struct rt_cg *cg, char *line, char seen[][24], size_t *seen_count)
{
	char *field[6], *save, *tail = strstr(line, " - "), *type, *options;
	bool v2;

	if (!tail || cg->count >= RT_CG_MAX)
		return;
	*tail = 0;
	field[0] = strtok_r(line, " ", &save);
	for (int i = 1; i < 6; i++)
		field[i] = field[i - 1] ? strtok_r(NULL, " ", &save) : NULL;
	type = strtok_r(tail + 3, " ", &save);
	if (!field[5] || !type || !strtok_r(NULL, " ", &save))
		return;
	options = strtok_r(NULL, " ", &save);
	v2 = !strcmp(type, "cgroup2");
	if (!options || (!v2 && strcmp(type, "cgroup")))
		return;
	/* The same hierarchy mounted once more has the same device number. */
	for (size_t i = 0; i < *seen_count; i++)
		if (!strcmp(seen[i], field[2]))
			return;
	if (*seen_count < RT_CG_MAX)
		snprintf(seen[(*seen_count)++], 24, "%s", field[2]);
	add_hier(cg, v2, field[4], options);
}

void rt_cg_parse(struct rt_cg *cg, const char *mountinfo)
{
	char seen[RT_CG_MAX][24];
	size_t seen_count = 0;

	memset(cg, 0, sizeof(*cg));
	while (*mountinfo) {
		size_t len = strcspn(mountinfo, "\n");
		char line[2048];

		if (len < sizeof(line)) {
			memcpy(line, mountinfo, len);
			line[len] = 0;
			parse_line(cg, line, seen, &seen_count);
		}
		mountinfo += len + (mountinfo[len] == '\n');
	}
}

int rt_cg_detect(struct rt_cg *cg)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 4 << 20);

	if (r)
		return r;
	rt_cg_parse(cg, sw_buf_str(&b));
	for (size_t i = 0; i < cg->count; i++) {
		struct rt_cg_hier *h = &cg->hier[i];
		char path[600], text[140];

		snprintf(path, sizeof(path), "%s/cgroup.controllers", h->path);
		if (!h->v2 || sw_read_line(AT_FDCWD, path, text, sizeof(text)) <= 0)
			continue;
		for (char *p = text; *p; p++)
			*p = *p == ' ' ? ',' : *p;
		snprintf(h->controllers, sizeof(h->controllers), ",%s,", text);
	}
	return 0;
}

bool rt_cg_has(const struct rt_cg_hier *h, const char *controller)
{
	char word[64];

	snprintf(word, sizeof(word), ",%s,", controller);
	return strstr(h->controllers, word) != NULL;
}

struct rt_cg_hier *rt_cg_find(struct rt_cg *cg, int version, const char *controller)
{
	for (int pass = 1; pass <= 2; pass++)
		for (size_t i = 0; i < cg->count; i++)
			if (cg->hier[i].v2 == (pass == 2) && (!version || version == pass) &&
			    rt_cg_has(&cg->hier[i], controller))
				return &cg->hier[i];
	return NULL;
}

/* ---- everything below a cgroup --------------------------------------------------------------- */

/* Call fn for each cgroup from the deepest up; -errno of the first that failed, all are tried. */
static int each_below(int dirfd, const char *name, int depth,
		      int (*fn)(int dirfd, const char *name))
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0, failed;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(dir))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.' || depth >= MAX_DEPTH)
			continue;
		failed = each_below(fd, e->d_name, depth + 1, fn);
		r = r ? r : failed;
	}
	failed = fn(dirfd, name);
	closedir(dir);
	return r ? r : failed;
}

static int kill_procs(int dirfd, const char *name)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[NAME_MAX + 32];
	char *p, *end;

	/* All of a file or none of it: the first half of a number is another process. */
	snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	if (sw_read_file(dirfd, path, &b, PROCS_MAX) || !b.data)
		return 0;
	for (p = b.data; *p; p = *end ? end + 1 : end) {
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		/* 0: of another pid namespace; never this process, wherever somebody put it. */
		if (pid > 1 && pid != getpid())
			kill((pid_t)pid, SIGKILL);
	}
	return 0;
}

/*
 * A frozen process of v1 dies only once it thaws. Each cgroup by itself: one that was frozen
 * inside the container stays frozen when the one above it thaws (freezer-subsystem.rst).
 */
static int thaw(int dirfd, const char *name)
{
	char path[NAME_MAX + 32];

	snprintf(path, sizeof(path), "%s/freezer.state", name);
	sw_write_file(dirfd, path, "THAWED");
	return 0;
}

static int remove_one(int dirfd, const char *name)
{
	return unlinkat(dirfd, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;
}

bool rt_cg_has_children(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool found = false;

	while (dir && !found && (e = readdir(dir)))
		found = e->d_type == DT_DIR && e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return found;
}

void rt_cg_thaw_all(const char *path)
{
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		each_below(fd, ".", 0, thaw);
}

int rt_cg_kill_all(const char *path)
{
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!sw_write_file(fd, "cgroup.kill", "1"))	/* cgroup v2 since 5.14 */
		return 0;
	each_below(fd, ".", 0, kill_procs);
	each_below(fd, ".", 0, thaw);
	return 0;
}

int rt_cg_remove(const char *path, struct sw_error *err)
{
	const char *base = strrchr(path, '/');
	int r = 0;

	if (!base || !sw_starts_with(base + 1, "berth."))
		return sw_error(err, EINVAL, "undo",
				"%s is no cgroup of Berth's; left alone", path);
	/* A process that is dying keeps its cgroup busy; neither version tells when on v1. */
	for (int waited = 0; waited <= 10000; waited += 5) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		rt_cg_kill_all(path);
		r = each_below(AT_FDCWD, path, 0, remove_one);
		if (!r)
			return 0;
		if (r != -EBUSY && r != -ENOTEMPTY)
			break;
		rt_sleep_ms(5);
	}
	return sw_error(err, r, "undo", "removing cgroup %s: %s", path, sw_errno_text(r));
}

/* ---- freezer --------------------------------------------------------------------------------- */

int rt_cg_freeze(const char *path, bool freeze)
{
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	r = sw_write_file(fd, "cgroup.freeze", freeze ? "1" : "0");	/* v2, 5.2 */
	if (r == -ENOENT)
		r = sw_write_file(fd, "freezer.state", freeze ? "FROZEN" : "THAWED");
	return r == -ENOENT ? -EOPNOTSUPP : r;
}

int rt_cg_frozen(const char *path)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char word[16];
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (sw_read_line(fd, "freezer.state", word, sizeof(word)) > 0)
		return !strcmp(word, "FROZEN") ? 2 : !strcmp(word, "FREEZING") ? 1 : 0;
	if (sw_read_line(fd, "cgroup.freeze", word, sizeof(word)) <= 0)
		return -1;
	if (word[0] == '0')
		return 0;
	if (sw_read_file(fd, "cgroup.events", &b, 4096))
		return 1;
	return strstr(sw_buf_str(&b), "frozen 1") ? 2 : 1;
}
