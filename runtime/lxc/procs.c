// SPDX-License-Identifier: GPL-2.0-only
/* Which processes belong to which container. */
#include "lxc/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sw_fd.h"

#define CGROUP_DEPTH_MAX 32

void procs_free(struct procs *p)
{
	for (size_t i = 0; i < p->name_count; i++)
		free(p->names[i]);
	free(p->names);
	free(p->list);
	*p = (struct procs){ 0 };
}

static int by_pid(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

struct proc *procs_find(struct procs *p, pid_t pid)
{
	struct proc key = { .pid = pid };

	return p->count ? bsearch(&key, p->list, p->count, sizeof(key), by_pid) : NULL;
}

/* proc(5), /proc/PID/stat: the name, in parentheses, may hold anything. */
static bool parse_stat(char *text, struct proc *p)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long ut, st, start, vsize, rss;
	int pid, ppid, pgrp, session, tty, fg;
	long priority, nice, threads;

	if (!open || !close || close < open)
		return false;
	if (sscanf(text, "%d", &pid) != 1 ||
	    sscanf(close + 1,
		   " %c %d %d %d %d %d %*u %*u %*u %*u %*u %llu %llu %*d %*d %ld %ld %ld "
		   "%*d %llu %llu %llu",
		   &p->state, &ppid, &pgrp, &session, &tty, &fg, &ut, &st, &priority, &nice,
		   &threads, &start, &vsize, &rss) != 14)
		return false;
	p->pid = pid;
	p->ppid = ppid;
	p->pgrp = pgrp;
	p->session = session;
	p->foreground = fg;
	p->tty = tty;
	p->utime = ut;
	p->stime = st;
	p->priority = priority;
	p->nice = nice;
	p->threads = threads;
	p->start = start;
	p->vsize = vsize;
	p->rss = rss * (uint64_t)sysconf(_SC_PAGESIZE);
	snprintf(p->comm, sizeof(p->comm), "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

/* 1: read; 0: it has gone meanwhile; -ENOMEM. */
static int add_proc(struct procs *all, int proc_fd, const char *pid)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct proc p = { 0 }, *more;
	char path[48];
	struct stat st;

	snprintf(path, sizeof(path), "%.16s/stat", pid);
	if (sw_read_file(proc_fd, path, &text, 4096) || !text.data || !parse_stat(text.data, &p))
		return 0;
	if (!fstatat(proc_fd, pid, &st, 0))
		p.uid = st.st_uid;
	if (!(all->count & (all->count - 1)) || !all->count) {
		more = realloc(all->list, (all->count ? 2 * all->count : 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		all->list = more;
	}
	all->list[all->count++] = p;
	return 1;
}

static int read_all(struct procs *all)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while (r >= 0 && (e = readdir(d)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			r = add_proc(all, dirfd(d), e->d_name);
	closedir(d);
	if (r < 0)
		return r;
	qsort(all->list, all->count, sizeof(*all->list), by_pid);
	return 0;
}

/* ---- containers ------------------------------------------------------------------------------ */

struct claim {
	struct procs *all;
	const char *name;
};

/* Everything in a cgroup and in those below it, which a container's own init may have made. */
static void claim_cgroup(struct claim *k, int fd, int depth)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	DIR *d;
	struct dirent *e;

	if (!sw_read_file(fd, "cgroup.procs", &text, 16 * 1024 * 1024)) {
		const char *p = sw_buf_str(&text);

		while (*p) {
			char *end;
			struct proc *found = procs_find(k->all, strtol(p, &end, 10));

			if (found)
				found->container = k->name;
			p = *end ? end + 1 : end;
		}
	}
	d = fdopendir(fd);
	while (d && depth < CGROUP_DEPTH_MAX && (e = readdir(d))) {
		int below;

		if (e->d_name[0] == '.' || e->d_type != DT_DIR)
			continue;
		below = openat(dirfd(d), e->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			claim_cgroup(k, below, depth + 1); /* closes it */
	}
	if (d)
		closedir(d);
	else
		close(fd);
}

static void claim_path(const char *controllers, const char *path, void *arg)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)controllers;
	if (fd >= 0)
		claim_cgroup(arg, fd, 0);
}

/* Without any cgroup there is still the family: what descends from the container's init. */
static void claim_children(struct procs *all, pid_t init, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		struct proc *p = &all->list[i];

		for (int steps = 0; p && steps < 256; steps++) {
			if (p->pid == init) {
				all->list[i].container = name;
				break;
			}
			p = p->ppid > 1 ? procs_find(all, p->ppid) : NULL;
		}
	}
}

static void add_name(const char *name, void *arg)
{
	struct procs *all = arg;
	char **more = realloc(all->names, (all->name_count + 1) * sizeof(*more));

	if (more)
		all->names = more;
	if (more && (more[all->name_count] = strdup(name)))
		all->name_count++;
}

int procs_read(struct cmd *c, struct procs *ret)
{
	int r;

	*ret = (struct procs){ 0 };
	rt_list(c->lxcpath, add_name, ret);
	r = read_all(ret);
	if (r)
		return cmd_fail(c, "cannot read /proc: %s", sw_errno_text(r));
	for (size_t i = 0; i < ret->name_count; i++) {
		struct claim k = { ret, ret->names[i] };
		struct rt_status st;

		rt_cgroups(c->lxcpath, ret->names[i], claim_path, &k, NULL);
		if (!rt_status(c->lxcpath, ret->names[i], &st, NULL) && st.init_pid > 0)
			claim_children(ret, st.init_pid, ret->names[i]);
	}
	return 0;
}
