// SPDX-License-Identifier: GPL-2.0-only
/* Joining each kind of namespace that a process of ours is in, by the files of /proc/PID/ns. */
#include "features/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "features/companion.h"
#include "live.h"
#include "sw_fd.h"
#include "sys.h"

/*
 * In the order of joining: the user namespace first, which gives the privilege over the others, and
 * the mount namespace last, since it takes /proc away from under us.
 */
static const struct kind {
	uint64_t flag;
	const char *name;
	const char *seen_as;	/* where our own entry shows what we have joined */
} kinds[] = {
	{ SW_CLONE_NEWUSER, "user", "user" },
	{ SW_CLONE_NEWCGROUP, "cgroup", "cgroup" },
	{ SW_CLONE_NEWIPC, "ipc", "ipc" },
	{ SW_CLONE_NEWUTS, "uts", "uts" },
	{ SW_CLONE_NEWNET, "net", "net" },
	{ SW_CLONE_NEWTIME, "time", "time" },
	{ SW_CLONE_NEWPID, "pid", "pid_for_children" },
	{ SW_CLONE_NEWNS, "mnt", "mnt" },
};
#define NKINDS (sizeof(kinds) / sizeof(*kinds))

/* clone(2) cannot make a time namespace; for unshare(2) it begins with the children (5.6). */
static int with_time(void *arg)
{
	(void)arg;
	return sys_unshare(SW_CLONE_NEWTIME) ? 0 : 1;
}

struct joining {
	struct companion c;
	int fd[NKINDS];		/* -1: not a namespace of its own */
	char link[NKINDS][64];	/* its identity, "" where that cannot be learnt */
};

/* Open those namespaces of the companion that are others than ours. */
static int open_kinds(struct joining *j, bool time)
{
	char own[64], file[24], path[64];
	int count = 0;

	for (size_t i = 0; i < NKINDS; i++) {
		bool is_time = kinds[i].flag == SW_CLONE_NEWTIME;

		snprintf(file, sizeof(file), "%s%s", kinds[i].name, is_time ? "_for_children" : "");
		ns_link(0, kinds[i].name, own, sizeof(own));
		ns_link(j->c.pid, file, j->link[i], sizeof(j->link[i]));
		j->fd[i] = -1;
		if (!own[0] || !j->link[i][0] || !strcmp(own, j->link[i]) || (is_time && !time))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)j->c.pid, file);
		j->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		count += j->fd[i] >= 0;
	}
	return count;
}

/* Join them all. Returns NULL, or the name of the kind that could not be, with *ret_err. */
static const char *join_kinds(struct joining *j, char *names, size_t size, int *ret_err)
{
	char now[64];
	size_t len = 0;

	for (size_t i = 0; i < NKINDS; i++) {
		if (j->fd[i] < 0)
			continue;
		*ret_err = -sys_setns(j->fd[i], (int)kinds[i].flag);
		if (*ret_err)
			return kinds[i].name;
		ns_link(0, kinds[i].seen_as, now, sizeof(now));
		/* pid_for_children came with 4.12: before, the return code is all there is. */
		if (strcmp(now, j->link[i]) && (now[0] || kinds[i].flag != SW_CLONE_NEWPID))
			return kinds[i].name;
		len += (size_t)snprintf(names + len, size - len, " %s", kinds[i].name);
	}
	return NULL;
}

void ns_probe_setns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct joining j = { .c = COMPANION_INIT };
	uint64_t flags = 0;
	const char *failed;
	char names[80] = "";
	int r, err = 0, made;

	if (!live_need_proc_of_ours(ret))
		return;
	for (size_t i = 0; i < NKINDS; i++)
		if (kinds[i].flag != SW_CLONE_NEWTIME && live_ns_file(kinds[i].name) == 1)
			flags |= kinds[i].flag;
	if (!flags) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/self/ns to join by");
		return;
	}
	r = companion_start(&j.c, flags, with_time, NULL);
	if (r < 0) {
		/* Whatever it was, the rows of the single kinds tell. */
		companion_end(&j.c);
		live_explain_unshare(ctx, flags & SW_CLONE_NEWUSER ? SW_CLONE_NEWUSER : SW_CLONE_NEWNS, r, ret);
		ret->value = LIVE_UNKNOWN;
		return;
	}
	made = open_kinds(&j, r == 1);
	failed = join_kinds(&j, names, sizeof(names), &err);
	companion_end(&j.c);
	if (!made)
		live_set(ret, LIVE_UNKNOWN, 0, "no namespace of a kind of its own to join");
	else if (failed && err && !call_is_refused(ctx, f, "setns", -err, ret))
		live_set(ret, LIVE_BROKEN, err, "setns to a %s namespace: %s", failed, sw_errno_name(err));
	else if (failed && !err)
		live_set(ret, LIVE_BROKEN, 0, "setns to a %s namespace: 0, but we are in another", failed);
	else if (!failed)
		live_set(ret, LIVE_WORKS, 0, "joined another process's namespaces, of %d kinds:%s", made, names);
}
