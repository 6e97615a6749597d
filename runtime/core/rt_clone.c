// SPDX-License-Identifier: GPL-2.0-only
/* Parent's side: make the process that becomes the container's init. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

/* clone(2) knows these since 2.6.29 at the latest; for others it would ignore the flag silently. */
#define CLONE_FLAGS (SW_CLONE_NEWNS | SW_CLONE_NEWUTS | SW_CLONE_NEWIPC | SW_CLONE_NEWUSER |	\
		     SW_CLONE_NEWPID | SW_CLONE_NEWNET)

static pid_t clone_with(uint64_t flags)
{
	return sys_clone(flags);
}

/* Which of the flags fails on its own? Tried, not guessed, since EINVAL does not say. */
static uint64_t find_failing(uint64_t flags)
{
	for (int bit = 0; bit < 32; bit++) {
		uint64_t flag = flags & (1ULL << bit);
		int status;
		pid_t pid;

		if (!flag)
			continue;
		pid = clone_with(flag);
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return flag;
		sw_waitpid(pid, &status);
	}
	return 0;
}

static int clone_failed(uint64_t flags, int r, struct sw_error *err)
{
	uint64_t bad = find_failing(flags);
	const char *const ids[] = { rt_ns_feature(bad), NULL };
	char needs[200];

	if (!bad)
		return sw_error(err, r, NULL, "clone: %s", sw_errno_text(r));
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(err, r, NULL, "clone with a namespace of its own: %s%s; it %s",
			sw_errno_text(r), r == -EPERM ? "; be root" : "", needs);
}

int rt_step_clone(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	uint64_t flags = ctx->spec->ns & CLONE_FLAGS;
	int fds[2];
	pid_t pid;

	(void)step;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return sw_error(err, errno, NULL, "socketpair: %s", sw_errno_text(errno));
	ctx->sync = fds[0];
	ctx->peer_sync = fds[1];
	pid = ctx->spec->confine.share_count ? rt_clone_shared(ctx, flags, err) : clone_with(flags);
	if (pid < 0) {
		sw_close(&ctx->peer_sync);
		return err->msg[0] ? pid : clone_failed(flags, pid, err);
	}
	if (pid == 0) {
		sw_close(&ctx->sync);
		ctx->sync = sw_take_fd(&ctx->peer_sync);
		rt_child_main(ctx);
	}
	sw_close(&ctx->peer_sync);
	ctx->init = pid;
	return 0;
}

static int write_map(pid_t pid, const struct rt_spec *spec, bool gid, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[64];
	int r;

	for (size_t i = 0; i < spec->idmap_count; i++)
		if (spec->idmaps[i].gid == gid)
			sw_buf_printf(&text, "%u %u %u\n", spec->idmaps[i].inside,
				      spec->idmaps[i].outside, spec->idmaps[i].count);
	snprintf(path, sizeof(path), "/proc/%d/%s_map", (int)pid, gid ? "gid" : "uid");
	r = sw_write_file(AT_FDCWD, path, sw_buf_str(&text));
	if (r)
		return sw_error(err, r, NULL, "write %s: %s", path, sw_errno_text(r));
	return 0;
}

int rt_idmap_write(pid_t pid, const struct rt_spec *spec, struct sw_error *err)
{
	int r = write_map(pid, spec, false, err);

	return r ? r : write_map(pid, spec, true, err);
}

/* What inside calls 0 is this on the host; -1: not mapped. */
static int64_t root_outside(const struct rt_spec *spec, bool gid)
{
	for (size_t i = 0; i < spec->idmap_count; i++)
		if (spec->idmaps[i].gid == gid && spec->idmaps[i].inside == 0)
			return spec->idmaps[i].outside;
	return -1;
}

int rt_step_idmap(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int64_t uid = root_outside(ctx->spec, false), gid = root_outside(ctx->spec, true);
	int r = write_map(ctx->init, ctx->spec, false, err);

	(void)step;
	if (!r)
		r = write_map(ctx->init, ctx->spec, true, err);
	/* Its root owns its console. */
	if (!r && ctx->console.slave >= 0 && uid >= 0 && gid >= 0 &&
	    fchown(ctx->console.slave, (uid_t)uid, (gid_t)gid))
		r = sw_error(err, errno, NULL, "chown of the console: %s", sw_errno_text(errno));
	if (!r && uid >= 0 && gid >= 0 && rt_ttys_chown(&ctx->ttys, (uid_t)uid, (gid_t)gid))
		r = sw_error(err, errno, NULL, "chown of the terminals: %s", sw_errno_text(errno));
	return r;
}
