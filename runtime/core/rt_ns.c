// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces that are another's, and a time namespace with its offsets. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

#define CLONE_PARENT_FLAG 0x00008000u

static const struct {
	uint64_t flag;
	const char *file;
} files[] = {
	{ SW_CLONE_NEWUSER, "user" }, { SW_CLONE_NEWCGROUP, "cgroup" }, { SW_CLONE_NEWIPC, "ipc" },
	{ SW_CLONE_NEWUTS, "uts" }, { SW_CLONE_NEWNET, "net" }, { SW_CLONE_NEWPID, "pid" },
	{ SW_CLONE_NEWTIME, "time" }, { SW_CLONE_NEWNS, "mnt" },
};

const char *rt_ns_file(uint64_t flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i].flag == flag)
			return files[i].file;
	return NULL;
}

/* ---- whose they are -------------------------------------------------------------------------- */

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static int find_init(const struct rt_spec *spec, const char *from, pid_t *ret, struct sw_error *err)
{
	char *copy __sw_free = strdup(from), *name;
	struct rt_status st;
	int r;

	if (!copy)
		return sw_error(err, ENOMEM, NULL, "out of memory");
	name = strrchr(copy, '/');
	if (name)
		*name++ = 0;
	r = rt_status(name ? *copy ? copy : "/" : spec->lxcpath, name ? name : copy, &st, err);
	if (r)
		return r;
	if (st.state != RT_RUNNING && st.state != RT_FROZEN)
		return sw_error(err, ESRCH, NULL, "container '%s' does not run", from);
	*ret = st.init_pid;
	return 0;
}

int rt_step_share(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_ns_share *s = &ctx->spec->confine.shares[step->index];
	struct sw_error why = { 0 };
	bool number = is_number(s->from);
	pid_t pid = number ? (pid_t)atol(s->from) : 0, again;
	char path[64];
	int r = number ? 0 : find_init(ctx->spec, s->from, &pid, &why);

	if (r)
		return sw_error(err, r, NULL, "%s: %s", s->origin, why.msg);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, rt_ns_file(s->flag));
	ctx->share_fd[step->index] = open(path, O_RDONLY | O_CLOEXEC);
	if (ctx->share_fd[step->index] < 0)
		return sw_error(err, errno, NULL, "%s: open %s: %s", s->origin, path,
				sw_errno_text(errno));
	/* That was of this container, or of another process that has its init's number now. */
	if (!number && (find_init(ctx->spec, s->from, &again, &why) || again != pid))
		return sw_error(err, ESRCH, NULL, "%s: container '%s' has just ended", s->origin,
				s->from);
	return 0;
}

int rt_ns_join(const int *fds, const uint64_t *flags, size_t n, uint64_t *ret_failed)
{
	uint64_t later = 0;

	/*
	 * Joining takes privilege over the namespace's owner and in one's own user namespace: with
	 * the host's privilege the user namespace comes last, without any it must come first.
	 */
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < n; i++) {
			bool user = flags[i] == SW_CLONE_NEWUSER;
			int r;

			if (fds[i] < 0 || user != (pass == 1) || (pass == 2 && !(later & flags[i])))
				continue;
			r = sys_setns(fds[i], (int)flags[i]);
			if (r == -EPERM && pass == 0) {
				later |= flags[i];
				continue;
			}
			if (r) {
				*ret_failed = flags[i];
				return r;
			}
		}
	return 0;
}

/* ---- entering them --------------------------------------------------------------------------- */

struct shared_answer {
	pid_t pid;		/* of init, in our own pid namespace */
	int num;
	uint64_t failed;	/* the namespace that could not be joined; 0: clone(2) itself */
};

static void join_and_clone(struct rt_ctx *ctx, uint64_t clone_flags, int answer_fd)
{
	const struct rt_confine *c = &ctx->spec->confine;
	struct shared_answer a = { 0 };
	uint64_t flags[RT_NS_FILES] = { 0 };

	for (size_t i = 0; i < c->share_count; i++)
		flags[i] = c->shares[i].flag;
	a.num = rt_ns_join(ctx->share_fd, flags, c->share_count, &a.failed);
	/* In another's user namespace: its root. setgroups may be denied, user_namespaces(7). */
	if (!a.num && (rt_ns_shared(ctx->spec) & SW_CLONE_NEWUSER)) {
		setgroups(0, NULL);
		if (setresgid(0, 0, 0) || setresuid(0, 0, 0)) {
			a.num = -errno;
			a.failed = SW_CLONE_NEWUSER;
		}
	}
	if (!a.num) {
		a.pid = sys_clone(clone_flags | CLONE_PARENT_FLAG);
		if (a.pid == 0) {
			close(answer_fd);
			sw_close(&ctx->sync);
			ctx->sync = sw_take_fd(&ctx->peer_sync);
			rt_child_main(ctx);
		}
		a.num = a.pid < 0 ? a.pid : 0;
	}
	if (sw_write_all(answer_fd, &a, sizeof(a)))
		_exit(1);
	_exit(0);
}

pid_t rt_clone_shared(struct rt_ctx *ctx, uint64_t flags, struct sw_error *err)
{
	struct shared_answer a = { .num = -EPROTO };
	int fds[2], status;
	pid_t helper;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC))
		return sw_error(err, errno, NULL, "pipe: %s", sw_errno_text(errno));
	helper = fork();
	if (helper == 0) {
		close(fds[0]);
		join_and_clone(ctx, flags, fds[1]);
	}
	close(fds[1]);
	do
		n = helper < 0 ? 0 : read(fds[0], &a, sizeof(a));
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	if (helper < 0)
		return sw_error(err, EAGAIN, NULL, "fork: no process can be had");
	sw_waitpid(helper, &status);
	for (size_t i = 0; i < RT_NS_FILES; i++)
		sw_close(&ctx->share_fd[i]);
	if (n != sizeof(a))
		return sw_error(err, EPROTO, NULL, "the process that was to enter the shared "
				"namespaces died");
	if (a.num && a.failed)
		return sw_error(err, a.num, NULL, "enter the %s namespace of another: %s",
				rt_ns_file(a.failed), sw_errno_text(a.num));
	return a.num ? a.num : a.pid;
}

/* ---- time ------------------------------------------------------------------------------------ */

static int put_offset(char *out, size_t size, const char *clock, int64_t ns)
{
	int64_t s = ns / 1000000000, rest = ns % 1000000000;

	if (rest < 0) {
		s--;
		rest += 1000000000;
	}
	return snprintf(out, size, "%s %lld %lld\n", clock, (long long)s, (long long)rest);
}

/*
 * The offsets can be set until somebody is inside, and unshare(2) only says where children are
 * born: so this process is still outside, sets them, and then enters.
 */
int rt_step_time(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_confine *c = &ctx->spec->confine;
	int fd __sw_fd = -1;
	char text[128];
	int r = sys_unshare(SW_CLONE_NEWTIME);
	size_t n;

	(void)step;
	if (r)
		return sw_error(err, r, NULL, "unshare(CLONE_NEWTIME): %s", sw_errno_text(r));
	n = put_offset(text, sizeof(text), "monotonic", c->offset_monotonic);
	put_offset(text + n, sizeof(text) - n, "boottime", c->offset_boot);
	r = sw_write_file(AT_FDCWD, "/proc/self/timens_offsets", text);
	if (r)
		return sw_error(err, r, NULL, "write /proc/self/timens_offsets: %s%s",
				sw_errno_text(r), r == -ERANGE ?
				"; no clock may go below zero" : "");
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : sys_setns(fd, (int)SW_CLONE_NEWTIME);
	return r ? sw_error(err, r, NULL, "entering the time namespace: %s", sw_errno_text(r)) : 0;
}
