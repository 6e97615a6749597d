// SPDX-License-Identifier: GPL-2.0-only
/* What a step left behind: what others can see by comparison, processes by kin. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "sw_fd.h"

enum { CGROUPS_MAX = 20000, CGROUP_DEPTH_MAX = 32 };

void guest_names_add(struct guest_names *n, const char *fmt, ...)
{
	char **grown, *text;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (r < 0)
		return;
	grown = reallocarray(n->names, n->count + 1, sizeof(*grown));
	if (!grown) {
		free(text);
		return;
	}
	n->names = grown;
	grown[n->count++] = text;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(struct guest_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->names[i]);
	free(n->names);
	memset(n, 0, sizeof(*n));
}

/* Every directory below dir, which is a cgroup hierarchy. */
static void walk_cgroups(struct guest_names *out, const char *dir, int depth)
{
	DIR *d = depth < CGROUP_DEPTH_MAX ? opendir(dir) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[4096];
		struct stat st;

		if (e->d_name[0] == '.' || out->count >= CGROUPS_MAX ||
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= (int)sizeof(path))
			continue;
		if (e->d_type == DT_UNKNOWN ? lstat(path, &st) || !S_ISDIR(st.st_mode) :
					      e->d_type != DT_DIR)
			continue;
		guest_names_add(out, "cgroup %s", path);
		walk_cgroups(out, path, depth + 1);
	}
	if (d)
		closedir(d);
}

/* mountinfo, proc(5): fields 1 ID, 5 mount point, and the type after the " - " separator. */
static void take_mounts(struct guest_state *s)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 8 << 20) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[2048], type[64], *sep = strstr(line, " - ");

		if (!sep || sscanf(line, "%*s %*s %*s %*s %2047s", point) != 1 ||
		    sscanf(sep, " - %63s", type) != 1)
			continue;
		guest_names_add(&s->mounts, "mount %s (%s)", point, type);
		if (!strcmp(type, "cgroup") || !strcmp(type, "cgroup2"))
			walk_cgroups(&s->cgroups, point, 0);
	}
}

static void take_netdevs(struct guest_state *s)
{
	DIR *d = opendir("/sys/class/net");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			guest_names_add(&s->netdevs, "network device %s", e->d_name);
	if (d)
		closedir(d);
}

void guest_state_take(struct guest_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	take_mounts(ret);
	take_netdevs(ret);
	guest_take_modules(&ret->modules);
	guest_take_sysctls(&ret->sysctls);
	struct guest_names *all[] = { &ret->mounts, &ret->cgroups, &ret->netdevs, &ret->modules,
				      &ret->sysctls };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i]->count)
			qsort(all[i]->names, all[i]->count, sizeof(char *), by_name);
}

void guest_state_free(struct guest_state *s)
{
	names_free(&s->mounts);
	names_free(&s->cgroups);
	names_free(&s->netdevs);
	names_free(&s->modules);
	names_free(&s->sysctls);
}

/* Both sorted; the same name may occur several times (mounts stack). */
static void names_diff(const struct guest_names *a, const struct guest_names *b,
		       void (*fn)(const char *line, void *arg), void *arg)
{
	size_t i = 0, j = 0;

	while (i < a->count || j < b->count) {
		int c = i == a->count ? 1 : j == b->count ? -1 : strcmp(a->names[i], b->names[j]);
		char gone[4200];

		if (c < 0) {
			snprintf(gone, sizeof(gone), "no longer there: %s", a->names[i++]);
			fn(gone, arg);
		} else if (c > 0) {
			fn(b->names[j++], arg);
		} else {
			i++;
			j++;
		}
	}
}

void guest_state_diff(const struct guest_state *before, const struct guest_state *after,
		      void (*fn)(const char *line, void *arg), void *arg)
{
	names_diff(&before->mounts, &after->mounts, fn, arg);
	names_diff(&before->cgroups, &after->cgroups, fn, arg);
	names_diff(&before->netdevs, &after->netdevs, fn, arg);
	names_diff(&before->modules, &after->modules, fn, arg);
	names_diff(&before->sysctls, &after->sysctls, fn, arg);
}

struct process {
	pid_t pid, ppid;
	char comm[64];
	bool ours, zombie;
};

/* proc(5): "PID (COMM) STATE PPID ..."; COMM may hold anything, so the last ')' ends it. */
static bool parse_stat(const char *text, struct process *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	char state;
	int ppid;

	if (!open || !close || close < open || sscanf(close + 1, " %c %d", &state, &ppid) != 2)
		return false;
	*p = (struct process){ .pid = atoi(text), .ppid = ppid, .zombie = state == 'Z' || state == 'X' };
	snprintf(p->comm, sizeof(p->comm), "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

static size_t read_processes(struct process **ret)
{
	DIR *d = opendir("/proc");
	struct process *all = NULL;
	size_t count = 0;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[300], text[512];
		struct process p, *grown;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		if (sw_read_line(AT_FDCWD, path, text, sizeof(text)) <= 0 || !parse_stat(text, &p))
			continue;
		grown = reallocarray(all, count + 1, sizeof(*all));
		if (!grown)
			break;
		all = grown;
		all[count++] = p;
	}
	if (d)
		closedir(d);
	*ret = all;
	return count;
}

size_t guest_descendants(void (*fn)(pid_t pid, const char *comm, void *arg), void *arg)
{
	struct process *all;
	size_t count = read_processes(&all), found = 0;
	pid_t self = getpid();
	bool grew = true;

	while (grew) {
		grew = false;
		for (size_t i = 0; i < count; i++) {
			if (all[i].ours)
				continue;
			all[i].ours = all[i].ppid == self;
			for (size_t j = 0; j < count && !all[i].ours; j++)
				all[i].ours = all[j].ours && all[j].pid == all[i].ppid;
			grew |= all[i].ours;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (!all[i].ours || all[i].zombie)
			continue;
		found++;
		if (fn)
			fn(all[i].pid, all[i].comm, arg);
	}
	free(all);
	return found;
}
