// SPDX-License-Identifier: GPL-2.0-only
/* The part of the plan that confines: which steps, in which order, and what cannot be asked for. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define P RT_SIDE_PARENT
#define C RT_SIDE_CHILD

static struct rt_step *add_nth(struct rt_plan *p, const char *name, size_t i, enum rt_side side,
			       rt_step_fn *run, const char *fmt, const char *a, const char *b)
	__attribute__((format(printf, 6, 0)));

/* "NAME-1" and on: one step for each of a list, with two words about it. */
static struct rt_step *add_nth(struct rt_plan *p, const char *name, size_t i, enum rt_side side,
			       rt_step_fn *run, const char *fmt, const char *a, const char *b)
{
	char full[32], what[512];
	struct rt_step *s;

	snprintf(full, sizeof(full), "%s-%zu", name, i + 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(what, sizeof(what), fmt, a, b);
#pragma GCC diagnostic pop
	s = rt_plan_add(p, full, side, run, NULL, "%s", what);
	if (s)
		s->index = i;
	return s;
}

/* ---- what cannot be asked for ---------------------------------------------------------------- */

/*
 * Which namespace a sysctl belongs to; 0: none, it is the whole machine's. From the tables of
 * net/, ipc/, kernel/utsname_sysctl.c, kernel/ucount.c and kernel/pid_namespace.c.
 */
static uint64_t sysctl_namespace(const char *name)
{
	static const struct {
		const char *prefix;
		uint64_t ns;
	} rows[] = {
		{ "net/", SW_CLONE_NEWNET }, { "fs/mqueue/", SW_CLONE_NEWIPC },
		{ "kernel/msg", SW_CLONE_NEWIPC }, { "kernel/sem", SW_CLONE_NEWIPC },
		{ "kernel/shm", SW_CLONE_NEWIPC }, { "kernel/auto_msgmni", SW_CLONE_NEWIPC },
		{ "kernel/hostname", SW_CLONE_NEWUTS }, { "kernel/domainname", SW_CLONE_NEWUTS },
		{ "kernel/ns_last_pid", SW_CLONE_NEWPID }, { "user/", SW_CLONE_NEWUSER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (sw_starts_with(name, rows[i].prefix))
			return rows[i].ns;
	return 0;
}

uint64_t rt_ns_shared(const struct rt_spec *spec)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < spec->confine.share_count; i++)
		flags |= spec->confine.shares[i].flag;
	return flags;
}

static int check_sysctls(const struct rt_spec *spec, struct sw_error *err)
{
	uint64_t own = spec->ns | rt_ns_shared(spec);

	for (size_t i = 0; i < spec->confine.sysctl_count; i++) {
		const struct rt_setting *s = &spec->confine.sysctls[i];
		uint64_t ns = sysctl_namespace(s->name);

		if (!ns)
			return sw_error(err, ENOTSUP, "plan", "%s: the sysctl %s is the whole "
					"machine's, no container has one of its own; set it on "
					"the host", s->origin, s->name);
		if (!(own & ns))
			return sw_error(err, EINVAL, "plan", "%s: the sysctl %s would be the "
					"host's: give the container a %s namespace", s->origin,
					s->name, rt_ns_feature(ns) + strlen("ns."));
	}
	return 0;
}

static int check_caps(const struct rt_spec *spec, struct sw_error *err)
{
	uint64_t dropped = spec->caps_keep ? ~spec->caps_keep : spec->caps_drop;

	if (spec->confine.caps_ambient & dropped)
		return sw_error(err, EINVAL, "plan", "berth.cap.ambient has capabilities that the "
				"container is not to have: lxc.cap.keep or lxc.cap.drop takes "
				"them away");
	return 0;
}

static int check_shares(const struct rt_spec *spec, struct sw_error *err)
{
	uint64_t flags = rt_ns_shared(spec);

	if ((flags & SW_CLONE_NEWUSER) && (spec->ns & SW_CLONE_NEWUSER))
		return sw_error(err, EINVAL, "plan", "a user namespace of another and one of its own");
	return 0;
}

static int check_idmap(const struct rt_spec *spec, struct sw_error *err)
{
	if (!spec->confine.idmap_rootfs)
		return 0;
	if (!(spec->ns & SW_CLONE_NEWUSER) || !spec->rootfs)
		return sw_error(err, EINVAL, "plan", "lxc.rootfs.options idmap=container needs a rootfs "
				"and lxc.idmap, whose mapping it takes");
	if (spec->rootfs_kind != RT_ROOTFS_DIR)
		return sw_error(err, ENOTSUP, "plan", "lxc.rootfs.options idmap=container is for a "
				"directory; mount the image and name the directory");
	return 0;
}

static int check_hooks(const struct rt_spec *spec, struct sw_error *err)
{
	for (size_t i = 0; i < spec->confine.hook_count; i++) {
		const struct rt_hook *h = &spec->confine.hooks[i];
		bool mounts = h->type == RT_HOOK_PRE_MOUNT || h->type == RT_HOOK_MOUNT ||
			      h->type == RT_HOOK_AUTODEV;

		if (mounts && !(spec->ns & SW_CLONE_NEWNS))
			return sw_error(err, EINVAL, "plan", "%s: a %s hook needs a mount namespace "
					"of the container's own", h->origin, rt_hook_name(h->type));
		if (h->type == RT_HOOK_AUTODEV && !spec->confine.autodev)
			return sw_error(err, EINVAL, "plan", "%s: an autodev hook runs with "
					"lxc.autodev = 1 only, and 0 is the default here",
					h->origin);
	}
	return 0;
}

int rt_plan_confine_check(const struct rt_spec *spec, struct sw_error *err)
{
	int r = check_caps(spec, err);

	if (!r && spec->confine.apparmor && spec->confine.selinux)
		r = sw_error(err, EINVAL, "plan", "an AppArmor profile and an SELinux context: no "
			     "kernel enforces both; keep one");

	if (!r)
		r = check_shares(spec, err);
	if (!r)
		r = check_idmap(spec, err);
	if (!r)
		r = check_hooks(spec, err);
	return r ? r : check_sysctls(spec, err);
}

/* ---- the steps ------------------------------------------------------------------------------- */

void rt_plan_hooks(struct rt_plan *p, const struct rt_spec *spec, enum rt_hook_type type)
{
	static const struct {
		enum rt_side side;
		rt_step_fn *run;
		const char *what, *undo;
	} rows[] = {
		[RT_HOOK_PRE_START] = { P, rt_step_hook, "run the hook", NULL },
		[RT_HOOK_PRE_MOUNT] = { C, rt_step_hook, "run the hook", NULL },
		[RT_HOOK_MOUNT] = { C, rt_step_hook, "run the hook", NULL },
		[RT_HOOK_AUTODEV] = { C, rt_step_hook, "run the hook", NULL },
		[RT_HOOK_START_HOST] = { P, rt_step_hook, "run the hook", NULL },
		[RT_HOOK_START] = { C, rt_step_hook, "run, inside and confined, the hook", NULL },
		[RT_HOOK_STOP] = { P, rt_step_hook_stop, "hold on to init's namespaces for the hook",
				   "run it" },
		[RT_HOOK_POST_STOP] = { P, rt_step_hook_post_stop, "write down the hook", "run it" },
	};
	size_t n = 0;

	for (size_t i = 0; i < spec->confine.hook_count; i++) {
		const struct rt_hook *h = &spec->confine.hooks[i];
		char name[32];
		struct rt_step *s;

		if (h->type != type)
			continue;
		snprintf(name, sizeof(name), "hook-%s-%zu", rt_hook_name(type), ++n);
		s = rt_plan_add(p, name, rows[type].side, rows[type].run, rows[type].undo, "%s %s",
				rows[type].what, h->command);
		if (s)
			s->index = i;
	}
}

void rt_plan_shares(struct rt_plan *p, const struct rt_spec *spec)
{
	if (spec->confine.idmap_rootfs)
		rt_plan_need(rt_plan_add(p, "rootfs-idmap", P, rt_step_rootfs_idmap, NULL,
					 "map the owners of files in %s as the user namespace does",
					 spec->rootfs), "mount.idmapped");
	for (size_t i = 0; i < spec->confine.share_count; i++) {
		const struct rt_ns_share *sh = &spec->confine.shares[i];
		struct rt_step *s;
		char name[32];

		snprintf(name, sizeof(name), "share-%s", rt_ns_file(sh->flag));
		s = rt_plan_add(p, name, P, rt_step_share, NULL, "open the %s namespace of %s",
				rt_ns_file(sh->flag), sh->from);
		if (s)
			s->index = i;
		rt_plan_need(s, rt_ns_feature(sh->flag));
	}
}

void rt_plan_confine_begin(struct rt_plan *p, const struct rt_spec *spec)
{
	const struct rt_confine *c = &spec->confine;

	if (c->keyring >= 0)
		rt_plan_need(rt_plan_add(p, "keyring", C, rt_step_keyring, NULL,
					 "join a new session keyring%s",
					 c->keyring ? "" : ", where there can be one"),
			     "security.keyrings");
	if (spec->ns & SW_CLONE_NEWTIME)
		rt_plan_need(rt_plan_add(p, "time", C, rt_step_time, NULL,
					 "enter a new time namespace, %lld ns ahead (boot clock: "
					 "%lld)", (long long)c->offset_monotonic,
					 (long long)c->offset_boot), "ns.time");
	if (c->personality32)
		rt_plan_add(p, "personality", C, rt_step_personality, NULL,
			    "be a 32-bit machine to uname(2)");
	if (c->sysctl_count)
		rt_plan_add(p, "proc-sys", C, rt_step_proc_sys, NULL,
			    "hold on to the host's /proc/sys");
}

void rt_plan_confine_mounted(struct rt_plan *p, const struct rt_spec *spec)
{
	static const char *const modes[] = { "", "read-only", "its own part writable", "writable" };
	const struct rt_confine *c = &spec->confine;

	if (c->cgroup_mount && (c->cgroup_force || !(spec->ns & SW_CLONE_NEWCGROUP)))
		rt_plan_add(p, "cgroup-mount", C, rt_step_cgroup_mount, NULL,
			    "mount %s on /sys/fs/cgroup, %s", c->cgroup_full ?
			    "every hierarchy of cgroups" : "the container's own cgroups",
			    modes[c->cgroup_mount]);
	rt_plan_hooks(p, spec, RT_HOOK_MOUNT);
	rt_plan_hooks(p, spec, RT_HOOK_AUTODEV);
}

void rt_plan_confine_covered(struct rt_plan *p, const struct rt_spec *spec)
{
	const struct rt_confine *c = &spec->confine;

	for (size_t i = 0; i < c->readonly_count; i++)
		add_nth(p, "readonly", i, C, rt_step_readonly_path, "make %s read-only%s",
			c->readonly[i].path, "");
	for (size_t i = 0; i < c->masked_count; i++)
		add_nth(p, "mask", i, C, rt_step_mask, "cover %s%s", c->masked[i].path, "");
	if (c->apparmor)
		rt_plan_need(rt_plan_add(p, "label", C, rt_step_label, NULL,
					 "have the program run under the AppArmor profile %s",
					 c->apparmor), "security.apparmor");
	if (c->selinux)
		rt_plan_need(rt_plan_add(p, "label", C, rt_step_label, NULL,
					 "have the program run in the SELinux context %s",
					 c->selinux), "security.selinux");
}

void rt_plan_confine_inside(struct rt_plan *p, const struct rt_spec *spec)
{
	const struct rt_confine *c = &spec->confine;

	for (size_t i = 0; i < c->sysctl_count; i++)
		add_nth(p, "sysctl", i, C, rt_step_sysctl, "write '%s' to /proc/sys/%s",
			c->sysctls[i].value, c->sysctls[i].name);
}

static const char *limit_text(uint64_t value, char out[24])
{
	if (value == RLIM_INFINITY)
		strcpy(out, "unlimited");
	else
		snprintf(out, 24, "%llu", (unsigned long long)value);
	return out;
}

void rt_plan_confine_outside(struct rt_plan *p, const struct rt_spec *spec)
{
	const struct rt_confine *c = &spec->confine;

	if (c->filter.count)
		rt_plan_add(p, "seccomp-keep", P, rt_step_seccomp_keep, "forget it with the state",
			    "keep the seccomp filter for who attaches");
	for (size_t i = 0; i < c->proc_count; i++)
		add_nth(p, "proc", i, P, rt_step_proc, "write '%s' to %s of init's /proc/PID",
			c->procs[i].value, c->procs[i].name);
	for (size_t i = 0; i < c->limit_count; i++) {
		char soft[24], hard[24], both[64];

		snprintf(both, sizeof(both), "soft %s, hard %s",
			 limit_text(c->limits[i].soft, soft), limit_text(c->limits[i].hard, hard));
		add_nth(p, "prlimit", i, P, rt_step_prlimit,
			"limit of %s: %s; set last of all, here the hard one is raised if need be",
			c->limits[i].name, both);
	}
	rt_plan_hooks(p, spec, RT_HOOK_STOP);
	rt_plan_hooks(p, spec, RT_HOOK_START_HOST);
	if (c->ephemeral)
		rt_plan_add(p, "ephemeral", P, rt_step_ephemeral, "remove the container",
			    "write down that the container ends with this run");
}

void rt_plan_confine_last(struct rt_plan *p, const struct rt_spec *spec, bool privileges)
{
	const struct rt_confine *c = &spec->confine;

	if (!privileges) {
		if (c->set_user)
			rt_plan_add(p, "user", C, rt_step_user, NULL,
				    "become user %u, group %u, with %zu further groups", c->uid,
				    c->gid, c->group_count);
		return;
	}
	if (c->filter.count)
		rt_plan_need(rt_plan_add(p, "seccomp", C, rt_step_seccomp, NULL,
					 "see that filters can be loaded; that of %s (%zu "
					 "instructions) is, last of all", c->seccomp,
					 c->filter.count), "security.seccomp_filter");
	rt_plan_hooks(p, spec, RT_HOOK_START);
	if (c->sched_core)
		rt_plan_add(p, "sched-core", C, rt_step_sched_core, NULL,
			    "share no processor core with others while both run");
}
