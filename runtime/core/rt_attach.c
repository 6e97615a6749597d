// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a program inside a container that runs: two forks. The first process enters the
 * cgroups and the namespaces; a pid namespace only takes in those born after setns(2), so it
 * makes the second one, with CLONE_PARENT so that the caller is its parent and can wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"

#define CLONE_PARENT_FLAG 0x00008000u
#define PR_SET_NO_NEW_PRIVS_NR 38

/* In the order of entering: the user namespace first, for the rights; the mounts last. */
static const struct {
	uint64_t flag;
	const char *file;
} namespaces[] = {
	{ SW_CLONE_NEWUSER, "user" }, { SW_CLONE_NEWCGROUP, "cgroup" },
	{ SW_CLONE_NEWIPC, "ipc" }, { SW_CLONE_NEWUTS, "uts" }, { SW_CLONE_NEWNET, "net" },
	{ SW_CLONE_NEWPID, "pid" }, { SW_CLONE_NEWTIME, "time" }, { SW_CLONE_NEWNS, "mnt" },
};
#define NS_COUNT ARRAY_SIZE(namespaces)
#define NS_NET 4

struct attach {
	int ns[NS_COUNT];	/* -1: shared with us, or not wanted */
	uint64_t bounding;	/* the container's capability bounding set */
	bool no_new_privs;
	char label[RT_LABEL_MAX];	/* of its security module; "": ours */
	struct rt_spec spec;	/* what of the container's confinement is taken over */
	unsigned long personality;
	const struct rt_attach_opts *opts;
	char **env;
	char *const *argv;	/* NULL: a shell */
	struct rt_ctx ctx;	/* console, sync, and "init": the program */
};

static int open_ns(struct attach *a, int proc, uint64_t want, struct sw_error *err)
{
	for (size_t i = 0; i < NS_COUNT; i++) {
		char path[32], own[48];
		struct stat theirs, ours;

		a->ns[i] = -1;
		if (!(want & namespaces[i].flag))
			continue;
		snprintf(path, sizeof(path), "ns/%s", namespaces[i].file);
		snprintf(own, sizeof(own), "/proc/self/ns/%s", namespaces[i].file);
		a->ns[i] = openat(proc, path, O_RDONLY | O_CLOEXEC);
		if (a->ns[i] < 0)
			return sw_error(err, errno, "attach",
					"open the container's %s namespace: %s%s",
					namespaces[i].file, sw_errno_text(errno), errno == ENOENT ?
					"; this kernel has no file for it (pid, mnt and user came "
					"with Linux 3.8)" : "");
		if (!fstat(a->ns[i], &theirs) && !stat(own, &ours) &&
		    theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
			sw_close(&a->ns[i]);
	}
	return 0;
}

static int read_limits(struct attach *a, int proc, struct sw_error *err)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(proc, "status", &b, 65536);
	const char *p;
	char word[32];

	if (r)
		return sw_error(err, r, "attach",
				"reading the status of init: %s", sw_errno_text(r));
	p = strstr(sw_buf_str(&b), "\nCapBnd:");
	a->bounding = p ? strtoull(p + strlen("\nCapBnd:"), NULL, 16) : ~0ULL;
	p = strstr(sw_buf_str(&b), "\nNoNewPrivs:");	/* in the file since 4.10 */
	a->no_new_privs = p && atoi(p + strlen("\nNoNewPrivs:")) == 1;
	a->personality = ~0UL;
	/* Since 2.6.27; where it cannot be read, the caller's stays. */
	if (a->opts->personality >= 0)
		a->personality = (unsigned long)a->opts->personality;
	else if (sw_read_line(proc, "personality", word, sizeof(word)) > 0)
		a->personality = strtoul(word, NULL, 16);
	return 0;
}

static int build_env(struct attach *a, const struct rt_attach_opts *opts)
{
	char **inherited = opts->clear_env ? NULL : environ;
	size_t n = 0, at = 0;

	for (char **e = inherited; e && *e; e++)
		n++;
	for (char **e = opts->env; e && *e; e++)
		n++;
	a->env = calloc(n + 1, sizeof(*a->env));
	if (!a->env)
		return -ENOMEM;
	for (char **e = opts->env; e && *e; e++)
		a->env[at++] = *e;
	for (char **e = inherited; e && *e; e++) {
		size_t len = strcspn(*e, "=") + 1;
		bool replaced = false;

		for (char **o = opts->env; o && *o; o++)
			replaced |= !strncmp(*o, *e, len);
		if (!replaced)
			a->env[at++] = *e;
	}
	return 0;
}

/* ---- in the forked processes ----------------------------------------------------------------- */

static int enter(struct attach *a, struct sw_error *err)
{
	uint64_t flags[NS_COUNT], failed = 0;
	int r;

	/* What runs inside must not look in before the exec: there are the host's descriptors. */
	prctl(PR_SET_DUMPABLE, 0);
	for (size_t i = 0; i < NS_COUNT; i++)
		flags[i] = namespaces[i].flag;
	r = rt_ns_join(a->ns, flags, NS_COUNT, &failed);
	if (r)
		return sw_error(err, r, "attach", "setns to the container's %s namespace: %s",
				rt_ns_file(failed), sw_errno_text(r));
	/* Mapped root of a user namespace; setgroups may be denied there, user_namespaces(7). */
	if (a->ns[0] >= 0) {
		setgroups(0, NULL);
		if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
			return sw_error(err, errno, "attach", "becoming root inside: %s",
					sw_errno_text(errno));
	}
	if (chdir("/"))
		return sw_error(err, errno, "attach", "chdir /: %s", sw_errno_text(errno));
	return 0;
}

static void program(struct attach *a) __attribute__((noreturn));

/* The user that was asked for; the terminal was given to it from outside. */
static int become_user(struct attach *a, struct sw_error *err)
{
	const struct rt_attach_opts *o = a->opts;
	int slave = a->ctx.console.slave, r;

	if (o->uid < 0 && o->gid < 0)
		return 0;
	a->spec.confine.uid = o->uid < 0 ? geteuid() : (uint32_t)o->uid;
	a->spec.confine.gid = o->gid < 0 ? getegid() : (uint32_t)o->gid;
	a->ctx.console.slave = -1;
	r = rt_step_user(&a->ctx, NULL, err);
	a->ctx.console.slave = slave;
	prctl(PR_SET_PDEATHSIG, 0);	/* it is the terminal's hangup that ends it */
	prctl(PR_SET_DUMPABLE, 0);	/* which the change of user undid */
	return r;
}

static void program(struct attach *a)
{
	const struct rt_attach_opts *o = a->opts;
	bool free_caps = o->elevate & RT_ELEVATE_CAP;
	bool no_new_privs = a->no_new_privs && !free_caps;
	struct sw_error err = { 0 };
	char *shell[2] = { NULL, NULL };
	int r = 0;

	if (a->ctx.console.slave >= 0) {
		setsid();
		ioctl(a->ctx.console.slave, TIOCSCTTY, 0);
	}
	if (o->remount && a->ns[NS_COUNT - 1] < 0)
		r = rt_attach_remount(a->ns[NS_NET] >= 0, &err);
	if (!r && a->personality != ~0UL && personality(a->personality) < 0)
		r = sw_error(&err, errno, "attach", "personality %lx: %s", a->personality,
			     sw_errno_text(errno));
	if (!r)
		r = become_user(a, &err);
	if (!r && !free_caps)
		r = rt_caps_apply(~a->bounding, no_new_privs ? 0 : rt_caps_held(&a->spec), &err);
	if (!r && no_new_privs && prctl(PR_SET_NO_NEW_PRIVS_NR, 1, 0, 0, 0))
		r = sw_error(&err, errno, "attach", "no_new_privs: %s", sw_errno_text(errno));
	if (!r && !a->argv)
		shell[0] = (char *)rt_attach_shell(getuid());
	if (!r)
		r = rt_become(&a->ctx, a->argv ? a->argv : shell, a->env, &err);
	rt_msg_send(a->ctx.sync, RT_MSG_FAILED, 0, &err);
	_exit(r == -ENOENT ? 127 : 126);
}

static void first_child(struct attach *a) __attribute__((noreturn));

static void first_child(struct attach *a)
{
	struct sw_error err = { 0 };
	struct rt_msg m;
	pid_t pid;
	int r;

	rt_signals_reset();
	if (rt_msg_recv(a->ctx.sync, &m) != 1)	/* until we are in the cgroups */
		_exit(125);
	r = rt_label_take(a->label, &err);
	if (!r)
		r = enter(a, &err);
	if (!r) {
		pid = sys_clone(CLONE_PARENT_FLAG);
		if (pid == 0)
			program(a);
		if (pid < 0)
			r = sw_error(&err, pid, "attach", "clone: %s", sw_errno_text(pid));
		else	/* the number as seen from here, the caller's own pid namespace */
			r = rt_msg_send(a->ctx.sync, RT_MSG_YIELD, pid, NULL);
	}
	if (r)
		rt_msg_send(a->ctx.sync, RT_MSG_FAILED, 0, &err);
	_exit(0);
}

/* ---- in the caller --------------------------------------------------------------------------- */

struct move {
	pid_t pid;
	int result;
};

static int move_into(const char *controllers, const char *path, void *arg)
{
	struct move *m = arg;
	int r = rt_cg_attach(path, m->pid);

	/* The journal also has what could not be made; and real-time tasks stay out of "cpu". */
	if (r && r != -ENOENT && !(r == -EINVAL && strstr(controllers, "cpu")))
		m->result = r;
	return 0;
}

/* Until the program was executed: learn its pid, hear of failures. */
static int hear_start(struct rt_ctx *ctx, const struct rt_signals *sig, struct sw_error *err)
{
	bool ready = false;

	for (;;) {
		struct rt_msg m;
		int r = rt_hear(ctx, sig, &m);

		if (r == 0 && ready && ctx->init > 0)
			return 0;
		if (r == 0)
			return sw_error(err, EPROTO, "attach", "the process that was to enter the "
					"container died on the way");
		if (r < 0)
			return sw_error(err, r, "attach", "interrupted: %s", sw_errno_text(r));
		if (m.type == RT_MSG_YIELD)
			ctx->init = (pid_t)m.step;
		else if (m.type == RT_MSG_READY)
			ready = true;
		else
			return sw_error(err, m.num ? m.num : EPROTO, "attach", "%s", m.detail);
	}
}

static int launch(struct attach *a, const struct rt_dir *d, struct sw_error *err)
{
	struct rt_ctx *ctx = &a->ctx;
	struct rt_signals sig;
	struct move move = { 0 };
	int fds[2], status, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return sw_error(err, errno, "attach", "socketpair: %s", sw_errno_text(errno));
	rt_signals_begin(&sig);
	move.pid = fork();
	if (move.pid == 0) {
		close(fds[0]);
		ctx->sync = fds[1];
		first_child(a);
	}
	close(fds[1]);
	ctx->sync = fds[0];
	if (move.pid < 0) {
		r = sw_error(err, EAGAIN, "attach", "fork: no process can be had");
	} else {
		/* Into the cgroups first: nothing runs inside unlimited, or with more devices. */
		if (!(a->opts->elevate & RT_ELEVATE_CGROUP))
			rt_journal_each(d, "cgroup", move_into, &move);
		r = move.result ? sw_error(err, move.result, "attach", "entering the container's "
					   "cgroups: %s", sw_errno_text(move.result)) : 0;
		if (!r)
			r = rt_msg_send(ctx->sync, RT_MSG_GO, 0, NULL);
		if (!r)
			r = hear_start(ctx, &sig, err);
		sw_close(&ctx->sync);
		sw_waitpid(move.pid, &status);
	}
	sw_close(&ctx->sync);
	if (!r) {
		rt_console_raw(&ctx->console);
		rt_relay(ctx, &sig);
	} else if (ctx->init > 0) {
		kill(ctx->init, SIGKILL);
		sw_waitpid(ctx->init, &status);
	}
	rt_console_close(&ctx->console);
	rt_signals_end(&sig);
	return r;
}

/* A terminal where the caller has one; it belongs to the user inside. */
static int open_terminal(struct attach *a, int proc, struct sw_error *err)
{
	long uid = a->opts->uid < 0 ? 0 : a->opts->uid, gid = a->opts->gid < 0 ? 0 : a->opts->gid;
	int r = rt_step_console(&a->ctx, NULL, err);

	if (r || a->ctx.console.slave < 0)
		return r;
	if (a->ns[0] >= 0) {
		uid = rt_attach_map(proc, "uid_map", uid);
		gid = rt_attach_map(proc, "gid_map", gid);
	}
	if ((uid > 0 || gid > 0) && fchown(a->ctx.console.slave, (uid_t)uid, (gid_t)gid))
		return sw_error(err, errno, "attach", "chown of the terminal: %s",
				sw_errno_text(errno));
	return 0;
}

static int prepare(struct attach *a, const struct rt_dir *d, const char *name,
		   const struct rt_attach_opts *opts, struct sw_error *err)
{
	struct rt_record rec = { 0 };
	int proc __sw_fd = -1;
	char path[32];
	int r;

	if (!rt_dir_holder(d) || rt_record_read(d, &rec) || rec.state != RT_RUNNING)
		return sw_error(err, ESRCH, "attach", "container '%s' does not run", name);
	snprintf(path, sizeof(path), "/proc/%d", (int)rec.init);
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return sw_error(err, errno, "attach", "%s: %s", path, sw_errno_text(errno));
	r = open_ns(a, proc, opts->ns ? opts->ns & rec.ns : rec.ns, err);
	if (!r)
		r = read_limits(a, proc, err);
	if (!r) {
		r = rt_label_read(proc, a->label, sizeof(a->label));
		if (r)
			sw_error(err, r, "attach", "reading the label of init: %s",
				 sw_errno_text(r));
	}
	/* All of that was of this very process, or it was of another that has its number now. */
	if (!r && !rt_proc_same(rec.init, rec.init_start))
		r = sw_error(err, ESRCH, "attach", "container '%s' has just ended", name);
	if (!r && build_env(a, opts))
		r = sw_error(err, ENOMEM, "attach", "out of memory");
	if (!r)
		r = open_terminal(a, proc, err);
	return r;
}

int rt_attach(const char *lxcpath, const char *name, const struct rt_attach_opts *opts,
	      char *const argv[], int *ret_status, struct sw_error *err)
{
	/* Like a supervised program in the foreground: its terminal, its signals. */
	const struct rt_run_opts run_opts = { .foreground = true, .console_log = opts->pty_log };
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_status st;
	struct attach *a;
	int r = rt_dir_open(&d, lxcpath, name, false, err);

	if (r == -ENOENT)
		return sw_error(err, ESRCH, "attach", "container '%s' does not run", name);
	if (r)
		return r;
	r = rt_status(lxcpath, name, &st, err);
	/* What enters a frozen cgroup stands still with it, and its caller would. */
	if (!r && (st.state == RT_FROZEN || st.state == RT_FREEZING) &&
	    !(opts->elevate & RT_ELEVATE_CGROUP))
		r = sw_error(err, EBUSY, "attach", "container '%s' is frozen: thaw it first (unfreeze), or "
			     "stay out of its cgroups (-eCGROUP)", name);
	if (r)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return sw_error(err, ENOMEM, "attach", "out of memory");
	memset(a->ns, -1, sizeof(a->ns));
	a->argv = argv;
	a->opts = opts;
	a->spec.init = RT_INIT_SUPERVISE;
	a->ctx.spec = &a->spec;
	a->ctx.opts = &run_opts;
	r = rt_ctx_begin(&a->ctx, err);
	if (!r)
		r = prepare(a, &d, name, opts, err);
	if (!r && !(opts->elevate & RT_ELEVATE_LSM)) {
		r = rt_filter_read(&d, &a->spec.confine.filter);
		if (r)
			sw_error(err, r, "attach", "the container's seccomp filter: %s",
				 sw_errno_text(r));
	}
	if (!r)
		r = launch(a, &d, err);
	if (!r)
		*ret_status = a->ctx.init_status;
	for (size_t i = 0; i < NS_COUNT; i++)
		sw_close(&a->ns[i]);
	rt_console_close(&a->ctx.console);
	rt_ctx_end(&a->ctx);
	free(a->env);
	rt_confine_free(&a->spec.confine);
	free(a);
	return r;
}
