// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps that confine what is to become the program by plain settings: limits, sysctls, files of
 * /proc/PID, user and groups, session keyring, personality, core scheduling.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define KEYCTL_JOIN_SESSION_KEYRING_NR 1	/* linux/keyctl.h */
#define PR_SCHED_CORE_NR 62			/* linux/prctl.h, 5.14 */
#define PR_SCHED_CORE_CREATE_NR 1
#define PR_SCHED_CORE_SCOPE_THREAD_GROUP_NR 1

static void free_settings(struct rt_setting *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(s[i].name);
		free(s[i].value);
		free(s[i].origin);
	}
	free(s);
}

static void free_paths(struct rt_path *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].path);
		free(p[i].origin);
	}
	free(p);
}

void rt_confine_free(struct rt_confine *c)
{
	for (size_t i = 0; i < c->limit_count; i++) {
		free(c->limits[i].name);
		free(c->limits[i].origin);
	}
	for (size_t i = 0; i < c->hook_count; i++) {
		free(c->hooks[i].command);
		free(c->hooks[i].origin);
	}
	for (size_t i = 0; i < c->share_count; i++) {
		free(c->shares[i].from);
		free(c->shares[i].origin);
	}
	for (char **e = c->hook_env; e && *e; e++)
		free(*e);
	for (char **a = c->execute_argv; a && *a; a++)
		free(*a);
	free(c->execute_argv);
	free_settings(c->sysctls, c->sysctl_count);
	free_settings(c->procs, c->proc_count);
	free_paths(c->masked, c->masked_count);
	free_paths(c->readonly, c->readonly_count);
	free(c->limits);
	free(c->hooks);
	free(c->shares);
	free(c->hook_env);
	free(c->groups);
	free(c->config_file);
	free(c->seccomp);
	free(c->seccomp_origin);
	free(c->filter.insns);
	free(c->init_filter.insns);
	free(c->apparmor);
	free(c->selinux);
	free(c->label_origin);
	free(c->rootfs_mount);
	free(c->log_file);
	free(c->cgroup_dir);
	memset(c, 0, sizeof(*c));
}

/* ---- sysctls --------------------------------------------------------------------------------- */

/*
 * The host's /proc, before its root is let go of: what a file of /proc/sys stands for is looked up
 * in the namespaces of the process that opens it, and the container may have no /proc.
 */
int rt_step_proc_sys(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)step;
	ctx->sys_fd = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctx->sys_fd < 0)
		return sw_error(err, errno, NULL, "open /proc/sys: %s; is /proc mounted on the "
				"host?", sw_errno_text(errno));
	return 0;
}

int rt_step_sysctl(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_setting *s = &ctx->spec->confine.sysctls[step->index];
	int r = sw_write_file(ctx->sys_fd, s->name, s->value);

	if (r)
		return sw_error(err, r, NULL, "%s: write '%s' to /proc/sys/%s: %s%s", s->origin,
				s->value, s->name, sw_errno_text(r), r == -EROFS ?
				"; the host's /proc/sys is mounted read-only" : "");
	return 0;
}

/* ---- /proc/PID and limits, on the parent's side ---------------------------------------------- */

int rt_step_proc(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_setting *s = &ctx->spec->confine.procs[step->index];
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)ctx->init, s->name);
	r = sw_write_file(AT_FDCWD, path, s->value);
	if (r)
		return sw_error(err, r, NULL, "%s: write '%s' to /proc/PID/%s of init: %s%s",
				s->origin, s->value, s->name, sw_errno_text(r),
				r == -EACCES && strstr(s->name, "oom_score_adj") ?
				"; lowering it takes CAP_SYS_RESOURCE" : "");
	return 0;
}

/*
 * Only what needs the monitor's privilege is done here: the hard limit raised. The limit itself is
 * set by the program's own process, last, so that nothing on the way there is held up by it.
 */
int rt_step_prlimit(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_limit *l = &ctx->spec->confine.limits[step->index];
	struct rlimit64 now;

	if (prlimit64(ctx->init, l->resource, NULL, &now))
		return sw_error(err, errno, NULL, "prlimit of %s: %s", l->name,
				sw_errno_text(errno));
	if (now.rlim_max == RLIM64_INFINITY || l->hard <= now.rlim_max)
		return 0;
	now.rlim_max = l->hard;
	if (prlimit64(ctx->init, l->resource, &now, NULL))
		return sw_error(err, errno, NULL, "%s: raise the hard limit of %s: %s%s", l->origin,
				l->name, sw_errno_text(errno), errno == EPERM ?
				"; that takes CAP_SYS_RESOURCE, and for nofile no more than "
				"/proc/sys/fs/nr_open" : "");
	return 0;
}

int rt_limits_apply(const struct rt_spec *spec, struct sw_error *err)
{
	for (size_t i = 0; i < spec->confine.limit_count; i++) {
		const struct rt_limit *l = &spec->confine.limits[i];
		struct rlimit64 lim = { l->soft, l->hard };

		if (setrlimit64(l->resource, &lim))
			return sw_error(err, errno, NULL, "%s: limit of %s: %s", l->origin, l->name,
					sw_errno_text(errno));
	}
	return 0;
}

/* ---- who it is ------------------------------------------------------------------------------- */

/* Everything that is permitted becomes effective again after a change of user. */
static int raise_effective(struct sw_error *err)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &hdr, data))
		return sw_error(err, errno, NULL, "capget: %s", sw_errno_text(errno));
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	if (syscall(SYS_capset, &hdr, data))
		return sw_error(err, errno, NULL, "capset: %s", sw_errno_text(errno));
	return 0;
}

int rt_step_user(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_confine *c = &ctx->spec->confine;
	int r;

	(void)step;
	/* Its terminal is its own. */
	if (ctx->console.slave >= 0 && fchown(ctx->console.slave, c->uid, c->gid))
		return sw_error(err, errno, NULL, "chown of the console: %s", sw_errno_text(errno));
	/* A user namespace whose setgroups is denied has none to lose, user_namespaces(7). */
	if (setgroups(c->group_count, c->groups) && (c->group_count || errno != EPERM))
		return sw_error(err, errno, NULL, "setgroups: %s%s", sw_errno_text(errno),
				errno == EINVAL ? "; is every group mapped?" : "");
	/* What is kept here "privileges" takes away, or execve(2) does. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return sw_error(err, errno, NULL, "PR_SET_KEEPCAPS: %s", sw_errno_text(errno));
	if (setresgid(c->gid, c->gid, c->gid) || setresuid(c->uid, c->uid, c->uid))
		return sw_error(err, errno, NULL, "becoming user %u, group %u: %s%s", c->uid, c->gid,
				sw_errno_text(errno), errno == EINVAL ? "; are they mapped?" : "");
	r = raise_effective(err);
	/* A change of user clears it, prctl(2). */
	if (!r && prctl(PR_SET_PDEATHSIG, SIGKILL))
		r = sw_error(err, errno, NULL, "PR_SET_PDEATHSIG: %s", sw_errno_text(errno));
	return r;
}

/*
 * The caller's session keyring holds the caller's keys: possession goes by membership, not by
 * user, keyrings(7). A kernel without keys has none to leave.
 */
int rt_step_keyring(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	long r = sys_call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING_NR, 0, 0, 0, 0, 0);

	(void)step;
	/* EPERM: a filter around us; EDQUOT: too many keys of this user; ENOSYS: no CONFIG_KEYS. */
	if (r >= 0 || !ctx->spec->confine.keyring)
		return 0;
	return sw_error(err, (int)r, NULL, "a session keyring of its own: %s; "
			"lxc.keyring.session = 0 keeps the caller's", sw_errno_text((int)r));
}

int rt_step_personality(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)ctx;
	(void)step;
	if (personality(PER_LINUX32) < 0)
		return sw_error(err, errno, NULL, "personality(PER_LINUX32): %s",
				sw_errno_text(errno));
	return 0;
}

int rt_step_sched_core(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)ctx;
	(void)step;
	if (!prctl(PR_SCHED_CORE_NR, PR_SCHED_CORE_CREATE_NR, 0,
		   PR_SCHED_CORE_SCOPE_THREAD_GROUP_NR, 0))
		return 0;
	return sw_error(err, errno, NULL, "core scheduling: %s%s", sw_errno_text(errno),
			errno == EINVAL ? "; it came with Linux 5.14 and CONFIG_SCHED_CORE" :
			errno == ENODEV ? "; this machine's cores have one thread each" : "");
}
