// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan: which steps this spec needs, in which order, on which side. Pure: looks at the spec
 * alone, so that golden files can be compared without root and on any kernel.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "core/rt_int.h"
#include "feature.h"

static const struct {
	uint64_t flag;
	const char *name, *feature;
} namespaces[] = {
	{ SW_CLONE_NEWUSER, "user", "ns.user" }, { SW_CLONE_NEWNS, "mnt", "ns.mnt" },
	{ SW_CLONE_NEWPID, "pid", "ns.pid" }, { SW_CLONE_NEWUTS, "uts", "ns.uts" },
	{ SW_CLONE_NEWIPC, "ipc", "ns.ipc" }, { SW_CLONE_NEWNET, "net", "ns.net" },
	{ SW_CLONE_NEWCGROUP, "cgroup", "ns.cgroup" }, { SW_CLONE_NEWTIME, "time", "ns.time" },
};

const char *rt_ns_feature(uint64_t flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (namespaces[i].flag == flag)
			return namespaces[i].feature;
	return NULL;
}

struct rt_step *rt_plan_add(struct rt_plan *p, const char *name, enum rt_side side, rt_step_fn *run,
			    const char *undo, const char *fmt, ...)
{
	struct sw_buf what = SW_BUF_INIT;
	struct rt_step *s;
	va_list ap;

	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 32;

		s = realloc(p->steps, cap * sizeof(*s));
		if (!s) {
			p->failed = true;
			return NULL;
		}
		p->steps = s;
		p->cap = cap;
	}
	va_start(ap, fmt);
	sw_buf_vprintf(&what, fmt, ap);
	va_end(ap);
	s = &p->steps[p->count];
	memset(s, 0, sizeof(*s));
	s->what = sw_buf_take(&what);
	if (!s->what) {
		p->failed = true;
		return NULL;
	}
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->side = side;
	s->run = run;
	s->undo = undo;
	p->count++;
	return s;
}

void rt_plan_need(struct rt_step *s, const char *feature)
{
	for (size_t i = 0; s && i + 1 < ARRAY_SIZE(s->needs); i++) {
		if (s->needs[i] && strcmp(s->needs[i], feature))
			continue;
		s->needs[i] = feature;
		return;
	}
}

#define add rt_plan_add
#define need rt_plan_need

/* The feature row of this id, if there is one: controllers come and go with the kernels. */
static void need_row(struct rt_step *s, const char *area, const char *word)
{
	const struct feature *f;
	char id[192];

	snprintf(id, sizeof(id), "%s.%s", area, word);
	f = feature_find(id);
	if (f)
		need(s, f->id);
}

/* ---- what is asked for must be possible ------------------------------------------------------ */

static int check(const struct rt_spec *spec, struct sw_error *err)
{
	int r = rt_name_check(spec->name, err);

	if (r)
		return r;
	if (!spec->lxcpath || !spec->argv || !spec->argv[0])
		return sw_error(err, EINVAL, "plan", "container '%s' has no %s", spec->name,
				spec->lxcpath ? "program to run" : "lxcpath");
	if (spec->rootfs && spec->rootfs[0] != '/')
		return sw_error(err, EINVAL, "plan", "rootfs '%s' is not an absolute path",
				spec->rootfs);
	if (spec->rootfs_kind >= RT_ROOTFS_LOOP && (spec->ns & SW_CLONE_NEWUSER))
		return sw_error(err, ENOTSUP, "plan", "rootfs %s: an image or a block device cannot be "
				"mounted in a user namespace; mount it on the host and name the "
				"directory", spec->rootfs_image);
	if (!(spec->ns & SW_CLONE_NEWNS) && (spec->mount_count || spec->rootfs))
		return sw_error(err, EINVAL, "plan", "a rootfs or mounts need a mount namespace of "
				"their own: they would change the host");
	if (!(spec->ns & SW_CLONE_NEWUTS) && spec->hostname)
		return sw_error(err, EINVAL, "plan",
				"a host name needs a UTS namespace of its own: it "
				"would rename the host");
	if (spec->tty_count > RT_TTY_MAX)
		return sw_error(err, EINVAL, "plan", "%ld terminals are asked for; %d are the most",
				spec->tty_count, RT_TTY_MAX);
	if (!(spec->ns & SW_CLONE_NEWNS) && (spec->tty_count || spec->pty_max))
		return sw_error(err, EINVAL, "plan", "terminals need a mount namespace of their own: "
				"they would take the place of the host's");
	for (size_t i = 0; i < spec->mount_count; i++)
		if (!spec->mounts[i].target || spec->mounts[i].target[0] != '/')
			return sw_error(err, EINVAL, "plan",
					"%s: mount target '%s' is not absolute",
					spec->mounts[i].origin ? spec->mounts[i].origin : "mount",
					spec->mounts[i].target ? spec->mounts[i].target : "");
	r = rt_plan_confine_check(spec, err);
	return r ? r : rt_net_check(spec, err);
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *ns_words(uint64_t ns, char *out, size_t size)
{
	size_t len = 0;

	out[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (ns & namespaces[i].flag)
			len += snprintf(out + len, size - len, "%s%s", len ? ", " : "",
					namespaces[i].name);
	return len ? out : "none";
}

static const char *flag_words(unsigned long flags, char *out, size_t size)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} words[] = {
		{ MS_RDONLY, "ro" }, { MS_NOSUID, "nosuid" }, { MS_NODEV, "nodev" },
		{ MS_NOEXEC, "noexec" }, { MS_SYNCHRONOUS, "sync" }, { MS_REMOUNT, "remount" },
		{ MS_MANDLOCK, "mand" }, { MS_DIRSYNC, "dirsync" }, { MS_NOATIME, "noatime" },
		{ MS_NODIRATIME, "nodiratime" }, { MS_RELATIME, "relatime" },
		{ MS_STRICTATIME, "strictatime" },
	};
	size_t len = 0;

	out[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag)
			len += snprintf(out + len, size - len, ",%s", words[i].name);
	return out;
}

static const char *join(char *const *argv, char *out, size_t size)
{
	size_t len = 0;

	out[0] = 0;
	for (; *argv && len < size; argv++)
		len += snprintf(out + len, size - len, "%s%s", len ? " " : "", *argv);
	return out;
}

/* ---- the steps ------------------------------------------------------------------------------- */

#define P RT_SIDE_PARENT
#define C RT_SIDE_CHILD

static bool wants_pty(const struct rt_spec *spec)
{
	return !spec->console_none;
}

/* What a rootfs that is no directory needs on the host. */
static void plan_rootfs(struct rt_plan *p, const struct rt_spec *spec)
{
	if (!spec->rootfs || spec->rootfs_kind == RT_ROOTFS_DIR)
		return;
	add(p, "rootfs-place", P, rt_step_rootfs_place, "remove what was made",
	    "make %s, on which the rootfs is mounted, where missing", spec->rootfs);
	if (spec->rootfs_kind == RT_ROOTFS_OVERLAY)
		add(p, "rootfs-layers", P, rt_step_rootfs_layers, NULL,
		    "make the upper layer %s and its work directory where missing; they stay",
		    spec->rootfs_upper);
	if (spec->rootfs_kind == RT_ROOTFS_LOOP)
		need_row(add(p, "rootfs-loop", P, rt_step_rootfs_loop, "free the loop device",
			     "attach %s to a loop device", spec->rootfs_image), "mount", "loop");
	if (spec->rootfs_kind != RT_ROOTFS_OVERLAY)
		add(p, "rootfs-type", P, rt_step_rootfs_type, NULL,
		    "see which file system is on %s", spec->rootfs_image);
}

static void plan_terminals(struct rt_plan *p, const struct rt_spec *spec)
{
	if (spec->tty_count)
		add(p, "ttys", P, rt_step_ttys, "close them", "open %ld pseudo-terminal%s",
		    spec->tty_count, spec->tty_count == 1 ? "" : "s");
	if ((spec->tty_count && !spec->tty_dir) || spec->pty_max)
		add(p, "points", P, rt_step_points, "remove those that were made",
		    "make mount points for terminals in /dev where missing");
	if (spec->tty_count || wants_pty(spec))
		add(p, "server", P, rt_step_server, "remove it with the state directory",
		    "listen for those who want the console or a terminal");
}

static void plan_terminal_mounts(struct rt_plan *p, const struct rt_spec *spec)
{
	const char *dir = spec->tty_dir ? spec->tty_dir : "", *slash = spec->tty_dir ? "/" : "";

	if (wants_pty(spec) && spec->tty_dir)
		add(p, "console-mount", C, rt_step_console_mount, NULL, "bind the pseudo-terminal on "
		    "/dev/%s/console, and link /dev/console to it", dir);
	else if (wants_pty(spec))
		add(p, "console-mount", C, rt_step_console_mount, NULL,
		    "bind the pseudo-terminal on /dev/console, if there are both");
	if (spec->tty_count)
		add(p, "tty-mount", C, rt_step_tty_mount, NULL,
		    "bind pseudo-terminals on /dev/%s%stty1 to tty%ld", dir, slash,
		    spec->tty_count);
	if (spec->pty_max)
		need(add(p, "devpts", C, rt_step_devpts, NULL, "mount devpts on /dev/pts, with %ld "
			 "pseudo-terminals at most, and its ptmx on /dev/ptmx", spec->pty_max),
		     "mount.devpts_newinstance");
}

static void plan_parent(struct rt_plan *p, const struct rt_spec *spec)
{
	struct rt_step *s;
	char words[128];

	add(p, "state", P, rt_step_state, "remove the state directory",
	    "lock the state of '%s' and begin its journal", spec->name);
	rt_plan_hooks(p, spec, RT_HOOK_POST_STOP);
	rt_plan_hooks(p, spec, RT_HOOK_PRE_START);
	if (spec->init == RT_INIT_SUPERVISE && (spec->ns & SW_CLONE_NEWNS))
		add(p, "directories", P, rt_step_directories, "remove those that were made",
		    "make mount points for /proc, /dev/shm and /dev/mqueue where missing");
	plan_rootfs(p, spec);
	if (wants_pty(spec))
		add(p, "console", P, rt_step_console, "close it",
		    "open a pseudo-terminal where the caller's stdio does not serve");
	plan_terminals(p, spec);
	rt_net_plan_find(p, spec);
	add(p, "cgroup-create", P, rt_step_cgroup_create, "kill what is inside, remove the cgroups",
	    "make a cgroup in every hierarchy that is mounted%s%s",
	    spec->confine.cgroup_dir ? ", in " : "",
	    spec->confine.cgroup_dir ? spec->confine.cgroup_dir : "");
	for (size_t i = 0; i < spec->cgroup_count; i++) {
		snprintf(words, sizeof(words), "cgroup-set-%zu", i + 1);
		s = add(p, words, P, rt_step_cgroup_set, NULL, "write '%s' to %s (cgroup v%d)",
			spec->cgroup[i].value, spec->cgroup[i].file, spec->cgroup[i].version);
		if (!s)
			return;
		s->index = i;
		snprintf(words, sizeof(words), "%.*s", (int)strcspn(spec->cgroup[i].file, "."),
			 spec->cgroup[i].file);
		need_row(s, spec->cgroup[i].version == 2 ? "cgroup.v2" : "cgroup.v1", words);
	}
	rt_plan_shares(p, spec);
	s = add(p, "clone", P, rt_step_clone, "kill init", "clone with namespaces: %s",
		ns_words(spec->ns & ~(SW_CLONE_NEWCGROUP | SW_CLONE_NEWTIME), words, sizeof(words)));
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (spec->ns & namespaces[i].flag & ~(SW_CLONE_NEWCGROUP | SW_CLONE_NEWTIME))
			need(s, namespaces[i].feature);
	if (spec->ns & SW_CLONE_NEWUSER)
		need(add(p, "idmap", P, rt_step_idmap, NULL, "write %zu id mappings of init",
			 spec->idmap_count), "ns.user");
	add(p, "cgroup-attach", P, rt_step_cgroup_attach, NULL, "move init into its cgroups");
	add(p, "record", P, rt_step_record, NULL, "record which process is init");
	rt_net_plan_make(p, spec);
}

static void plan_mounts(struct rt_plan *p, const struct rt_spec *spec)
{
	char name[32], words[128];
	struct rt_step *s;

	add(p, "propagation", C, rt_step_propagation, NULL,
	    "make every mount %s, so that none leads back to the host",
	    rt_wants_slave(spec) ? "a slave" : "private");
	rt_plan_hooks(p, spec, RT_HOOK_PRE_MOUNT);
	if (spec->rootfs && spec->rootfs_kind == RT_ROOTFS_DIR)
		add(p, "rootfs", C, rt_step_rootfs, NULL, "bind %s over %s, recursively",
		    spec->rootfs, spec->confine.rootfs_mount ? spec->confine.rootfs_mount :
		    "itself");
	else if (spec->rootfs && spec->rootfs_kind == RT_ROOTFS_OVERLAY)
		need(add(p, "rootfs", C, rt_step_rootfs, NULL, "mount the layers %s over %s on %s",
			 spec->rootfs_upper, spec->rootfs_lower, spec->rootfs), "mount.overlay");
	else if (spec->rootfs)
		add(p, "rootfs", C, rt_step_rootfs, NULL, "mount %s on %s", spec->rootfs_image,
		    spec->rootfs);
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct rt_mount *m = &spec->mounts[i];

		snprintf(name, sizeof(name), "mount-%zu", i + 1);
		flag_words(m->flags, words, sizeof(words));
		if (m->flags & MS_BIND)
			s = add(p, name, C, rt_step_mount, NULL, "bind %s on %s%s%s%s", m->source,
				m->target, m->flags & MS_REC ? ",rec" : "", words,
				m->optional ? " (optional)" : "");
		else
			s = add(p, name, C, rt_step_mount, NULL, "mount %s on %s, options %s%s%s",
				m->fstype ? m->fstype : m->source, m->target,
				m->data ? m->data : "none", words,
				m->optional ? " (optional)" : "");
		if (!s)
			return;
		s->index = i;
		if (!(m->flags & MS_BIND) && m->fstype)
			need_row(s, "mount", m->fstype);
		if (m->data && strstr(m->data, "newinstance"))
			need(s, "mount.devpts_newinstance");
		if (i == 0 && spec->confine.autodev)	/* into the first, a tmpfs on /dev */
			add(p, "autodev", C, rt_step_autodev, NULL,
			    "make the usual devices, links and directories in it");
	}
	rt_plan_confine_mounted(p, spec);
	plan_terminal_mounts(p, spec);
	if (spec->init == RT_INIT_SUPERVISE)
		need(add(p, "init-mounts", C, rt_step_init_mounts, NULL,
			 "mount /proc, /dev/shm and /dev/mqueue where missing"), "mount.proc");
	rt_plan_confine_covered(p, spec);
	if (spec->rootfs && spec->rootfs_readonly)
		add(p, "readonly", C, rt_step_readonly, NULL, "make the rootfs read-only");
	if (spec->rootfs)
		need(add(p, "pivot", C, rt_step_pivot, NULL,
			 "make %s the root, let go of the host's", spec->rootfs),
		     "mount.pivot_root");
	if (spec->rootfs && spec->confine.propagation)
		add(p, "root-propagation", C, rt_step_root_propagation, NULL,
		    "make the root %s", spec->confine.propagation & MS_SHARED ? "shared" :
		    spec->confine.propagation & MS_SLAVE ? "a slave of the host's" :
		    spec->confine.propagation & MS_UNBINDABLE ? "unbindable" : "private");
}

static void plan_privileges(struct rt_plan *p, const struct rt_spec *spec)
{
	int dropped = __builtin_popcountll(spec->caps_drop);
	int kept = __builtin_popcountll(spec->caps_keep);
	struct rt_step *s;

	s = add(p, "privileges", C, rt_step_privileges, NULL, "%s %d capabilities%s%s",
		kept ? "keep only" : "drop", kept ? kept : dropped, spec->ns & SW_CLONE_NEWPID ?
		", and CAP_SYS_BOOT where reboot would be the host's" :
		rt_ns_shared(spec) & SW_CLONE_NEWPID ? "" : ", and drop CAP_SYS_BOOT",
		spec->no_new_privs ? "; set no_new_privs" : "");
	if (spec->no_new_privs)
		need(s, "security.no_new_privs");
}

static void plan_child(struct rt_plan *p, const struct rt_spec *spec)
{
	char words[256];
	bool lo = false;

	if (spec->ns & SW_CLONE_NEWUSER)
		need(add(p, "identity", C, rt_step_identity, NULL,
			 "become root of the user namespace"), "ns.user");
	add(p, "session", C, rt_step_session, NULL,
	    "begin a session; reset signals and umask; die with the monitor");
	rt_plan_confine_begin(p, spec);
	if (spec->ns & SW_CLONE_NEWCGROUP)
		need(add(p, "unshare-cgroup", C, rt_step_unshare, NULL,
			 "unshare the cgroup namespace"), "ns.cgroup");
	if (spec->ns & SW_CLONE_NEWNS)
		plan_mounts(p, spec);
	if (spec->hostname)
		need(add(p, "hostname", C, rt_step_hostname, NULL, "set the host name to %s",
			 spec->hostname), "ns.uts");
	for (size_t i = 0; i < spec->net_count; i++)
		lo |= spec->nets[i].type != RT_NET_NONE && spec->nets[i].up;
	rt_net_plan_setup(p, spec);
	if (lo && (spec->ns & SW_CLONE_NEWNET))
		need(add(p, "loopback", C, rt_step_loopback, NULL, "bring lo up"), "ns.net");
	rt_plan_confine_inside(p, spec);
	if (spec->device_count) {
		struct rt_step *s = add(p, "devices", P, rt_step_devices, NULL,
					"apply %zu device rules in order", spec->device_count);

		need(s, "cgroup.v1.devices");
		need(s, "cgroup.v2.devices");
	}
	rt_plan_confine_outside(p, spec);
	rt_plan_confine_last(p, spec, false);
	plan_privileges(p, spec);
	rt_plan_confine_last(p, spec, true);
	add(p, "exec", C, rt_step_exec, NULL, "%s: %s", spec->init == RT_INIT_SUPERVISE ?
	    "stay as PID 1 and execute" : "execute", join(spec->argv, words, sizeof(words)));
}

int rt_plan(const struct rt_spec *spec, struct rt_plan **ret, struct sw_error *err)
{
	struct rt_plan *p;
	int r = check(spec, err);

	if (r)
		return r;
	p = calloc(1, sizeof(*p));
	if (!p)
		return sw_error(err, ENOMEM, "plan", "out of memory");
	p->spec = spec;
	plan_parent(p, spec);
	plan_child(p, spec);
	if (p->failed) {
		rt_plan_free(p);
		return sw_error(err, ENOMEM, "plan", "out of memory");
	}
	*ret = p;
	return 0;
}

void rt_plan_print(const struct rt_plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct rt_step *s = &plan->steps[i];

		fprintf(out, "%-6s %-15s %s", s->side == RT_SIDE_PARENT ? "parent" : "child",
			s->name, s->what);
		if (s->undo)
			fprintf(out, "; undo: %s", s->undo);
		for (size_t n = 0; s->needs[n]; n++)
			fprintf(out, "%s%s", n ? ", " : "; needs: ", s->needs[n]);
		fputc('\n', out);
	}
}

void rt_plan_free(struct rt_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++)
		free(plan->steps[i].what);
	free(plan->steps);
	free(plan);
}
