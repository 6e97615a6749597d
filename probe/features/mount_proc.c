// SPDX-License-Identifier: GPL-2.0-only
/*
 * proc in a pid namespace of its own. Before 5.8 the options belong to the pid namespace, not to
 * the mount, so that nothing but that namespace is ever touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features/mount_try.h"
#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

#define PROC_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define NOBODY	   65534

typedef void inside_fn(const struct probe_ctx *ctx, const struct feature *f,
		       const struct live_way *way, struct live *ret);

struct inside {
	const struct probe_ctx *ctx;
	const struct feature *f;
	inside_fn *fn;
	const struct live_way *way;
};

static void call_inside(void *arg, void *answer)
{
	const struct inside *in = arg;

	in->fn(in->ctx, in->f, in->way, answer);
}

/* Call fn as the first process of a pid namespace, on a tmpfs of its own. */
static void in_pid_namespace(const struct probe_ctx *ctx, const struct feature *f, inside_fn *fn,
			     struct live *ret)
{
	struct live_way way;
	struct inside in = { ctx, f, fn, &way };
	struct sw_child c;

	if (!mount_may(ctx, f, "proc", ret) || mount_workplace(ctx, SW_CLONE_NEWPID, ret, &way))
		return;
	c = session_child(call_inside, &in, ret, sizeof(*ret));
	if (c.end == SW_CHILD_FAILED)
		live_set(ret, LIVE_UNKNOWN, c.code, "pipe or fork: %s", sw_errno_name(c.code));
	else if (c.end != SW_CHILD_ANSWERED)
		live_set(ret, LIVE_UNKNOWN, 0, "the process inside died");
}

static void inside_plain(const struct probe_ctx *ctx, const struct feature *f,
			 const struct live_way *way, struct live *ret)
{
	int r = mount_on("m", "proc", PROC_FLAGS, NULL);
	char self[16] = "";

	if (r) {
		mount_failed(ctx, f, "proc", r, way, ret);
		return;
	}
	(void)!readlink("m/self", self, sizeof(self) - 1);
	if (strcmp(self, "1"))
		live_set(ret, LIVE_BROKEN, 0,
			 "the /proc of a new pid namespace shows its first process as "
			 "\"%s\"",
			 self);
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted in a pid namespace of its own%s, it shows its first "
			 "process as 1",
			 live_way_text(way));
}

void probe_proc(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	in_pid_namespace(ctx, f, inside_plain, ret);
}

static void inside_subset(const struct probe_ctx *ctx, const struct feature *f,
			  const struct live_way *way, struct live *ret)
{
	int r = mount_on("m", "proc", PROC_FLAGS, "subset=pid");

	/* An unknown option is EINVAL from 3.3 on, and was ignored before. */
	if (r == -EINVAL)
		live_set(ret, LIVE_ABSENT, r, "mount(proc, subset=pid): EINVAL");
	else if (r)
		mount_failed(ctx, f, "proc", r, way, ret);
	else if (access("m/self", F_OK))
		live_set(ret, LIVE_BROKEN, errno,
			 "mounted with subset=pid, it does not show processes");
	else if (!access("m/version", F_OK) || !access("m/sys", F_OK))
		live_set(ret, ctx->version < f->since ? LIVE_ABSENT : LIVE_BROKEN, 0,
			 "mounted with subset=pid, it shows more than processes");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted with subset=pid%s, it shows processes and nothing else",
			 live_way_text(way));
}

void probe_proc_subset(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	in_pid_namespace(ctx, f, inside_subset, ret);
}

enum { SEES_NOTHING, SEES_IN_M, SEES_IN_N = 2, SEES_UNKNOWN = 4 };

/* Become another user, or lose what makes us more than one, and look for process 1. */
static void look_for_first(const struct live_way *way)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	uint32_t none[6] = { 0 };
	int seen = SEES_NOTHING;

	if (!way->userns && !live_in_userns()) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(SEES_UNKNOWN);
	} else if (sys_call(SYS_capset, (long)&head, (long)none, 0, 0, 0, 0)) {
		_exit(SEES_UNKNOWN);
	}
	if (access("m/self/stat", F_OK))
		_exit(SEES_UNKNOWN);
	seen |= access("m/1", F_OK) ? 0 : SEES_IN_M;
	seen |= access("n/1", F_OK) ? 0 : SEES_IN_N;
	_exit(seen);
}

/* m is mounted with hidepid=2; for the row on instances also n, without it. */
static void inside_hidepid(const struct probe_ctx *ctx, const struct feature *f,
			   const struct live_way *way, struct live *ret)
{
	bool instances = f->num;
	int r = mount_on("m", "proc", PROC_FLAGS, "hidepid=2"), status = 0;
	pid_t pid;

	if (r == -EINVAL) {
		live_set(ret, LIVE_ABSENT, r, "mount(proc, hidepid=2): EINVAL");
		return;
	}
	if (!r && instances)
		r = mount_on("n", "proc", PROC_FLAGS, "hidepid=0");
	if (r) {
		mount_failed(ctx, f, "proc", r, way, ret);
		return;
	}
	pid = sw_fork();
	if (pid == 0)
		look_for_first(way);
	if (pid < 0 || sw_waitpid(pid, &status) || !WIFEXITED(status) ||
	    WEXITSTATUS(status) & SEES_UNKNOWN ||
	    (WEXITSTATUS(status) & SEES_IN_M && (way->userns || live_in_userns())))
		live_set(ret, LIVE_UNKNOWN, 0,
			 "mounted with hidepid=2; no other user could be had to look at it");
	else if (!instances && WEXITSTATUS(status) == SEES_NOTHING)
		live_set(ret, LIVE_WORKS, 0, "mounted with hidepid=2%s, it hides another's process",
			 live_way_text(way));
	else if (!instances)
		live_set(ret, ctx->version < f->since ? LIVE_ABSENT : LIVE_BROKEN, 0,
			 "mounted with hidepid=2, it shows another's process");
	else if (WEXITSTATUS(status) == SEES_IN_N)
		live_set(ret, LIVE_WORKS, 0,
			 "of two mounts in one pid namespace%s, only the one with hidepid=2 hides",
			 live_way_text(way));
	else
		live_set(ret, LIVE_ABSENT, 0,
			 "two mounts in one pid namespace share their options");
}

void probe_proc_hidepid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	in_pid_namespace(ctx, f, inside_hidepid, ret);
}
