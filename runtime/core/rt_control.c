// SPDX-License-Identifier: GPL-2.0-only
/* Looking at containers and steering them, from any process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* Open the state of a container that somebody runs. -ESRCH: nobody does. */
static int open_live(struct rt_dir *d, const char *lxcpath, const char *name, pid_t *ret_monitor,
		     struct sw_error *err)
{
	int r = rt_dir_open(d, lxcpath, name, false, err);

	if (r)
		return r == -ENOENT ? -ESRCH : r;
	r = rt_dir_holder(d);
	*ret_monitor = r > 0 ? r : 0;
	return r ? 0 : -ESRCH;
}

int rt_reap(const char *lxcpath, const char *name, struct sw_error *err)
{
	for (int tries = 0; tries < 20; tries++) {
		struct rt_dir d __rt_dir = RT_DIR_INIT;
		struct rt_record rec = { 0 };
		int r = rt_dir_open(&d, lxcpath, name, false, err);

		if (r)
			return r == -ENOENT ? 0 : r;
		if (rt_dir_holder(&d))
			return 0;
		r = rt_dir_lock(&d);
		if (r == -EBUSY)
			return 0;
		if (r == -ESTALE)
			continue;
		if (r)
			return sw_error(err, r, "reap", "locking the state of '%s': %s", name,
					sw_errno_text(r));
		/* Others now see this process as the monitor: let them see the truth. */
		if (!rt_record_read(&d, &rec)) {
			rec.state = RT_STOPPING;
			rt_record_write(&d, &rec);
		}
		return rt_journal_undo(&d, name, err);
	}
	return sw_error(err, EAGAIN, "reap", "the state of '%s' changes too fast", name);
}

struct frozen_scan {
	int state;		/* as rt_cg_frozen() */
	bool act, freeze;
	int result;
};

static int look_frozen(const char *controllers, const char *path, void *arg)
{
	struct frozen_scan *s = arg;
	int f;

	(void)controllers;
	if (s->act) {
		int r = rt_cg_freeze(path, s->freeze);

		if (r != -EOPNOTSUPP)
			s->result = r;
		return r == -EOPNOTSUPP ? 0 : 1;	/* one freezer is enough */
	}
	f = rt_cg_frozen(path);
	if (f > s->state)
		s->state = f;
	return 0;
}

int rt_status(const char *lxcpath, const char *name, struct rt_status *ret, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct frozen_scan scan = { .state = -1 };
	struct rt_record rec = { 0 };
	struct rt_status st = { .state = RT_STOPPED };
	int r = open_live(&d, lxcpath, name, &st.monitor_pid, err);

	if (r && r != -ESRCH)
		return r;
	/* State without a monitor: whoever looks cleans up; who may not still gets the truth. */
	if (r == -ESRCH && d.fd >= 0)
		rt_reap(lxcpath, name, NULL);
	if (!r) {
		st.state = RT_STARTING;
		/* Not there yet, or just gone: the lock alone has been seen. */
		if (!rt_record_read(&d, &rec)) {
			st.state = rec.state;
			st.init_pid = rec.init;
			st.started_ns = rec.started_ns;
		}
		if (st.state == RT_RUNNING)
			rt_journal_each(&d, "cgroup", look_frozen, &scan);
		if (scan.state > 0)
			st.state = scan.state == 2 ? RT_FROZEN : RT_FREEZING;
	}
	*ret = st;
	return 0;
}

struct cgroup_call {
	void (*fn)(const char *controller, const char *path, void *arg);
	void *arg;
};

static int call_cgroup(const char *controllers, const char *path, void *arg)
{
	const struct cgroup_call *c = arg;

	if (!access(path, F_OK))	/* the journal also has what could not be made */
		c->fn(strcmp(controllers, "-") ? controllers : "", path, c->arg);
	return 0;
}

int rt_cgroups(const char *lxcpath, const char *name,
	       void (*fn)(const char *controller, const char *path, void *arg), void *arg,
	       struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct cgroup_call call = { fn, arg };
	pid_t monitor;
	int r = open_live(&d, lxcpath, name, &monitor, err);

	if (r == -ESRCH)
		return sw_error(err, ESRCH, "cgroups", "container '%s' does not run", name);
	if (r)
		return r;
	return rt_journal_each(&d, "cgroup", call_cgroup, &call);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/*
 * Wait for a change of anything about this container, or for ms at most. The monitor holds the
 * lock file open for writing, so its death, however it comes, is an IN_CLOSE_WRITE. Without
 * inotify (CONFIG_INOTIFY_USER) it is a matter of looking again soon.
 */
struct watch {
	int fd;
	int dir_wd;
};

static void watch_begin(struct watch *w, const char *lxcpath, const char *name)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	char path[64];

	if (w->fd < 0)
		w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		return;
	rt_dir_open(&d, lxcpath, name, false, NULL);
	if (d.parent_fd >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", d.parent_fd);
		inotify_add_watch(w->fd, path, IN_CREATE | IN_DELETE | IN_MOVE);
	}
	w->dir_wd = -1;
	if (d.fd >= 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", d.fd);
		w->dir_wd = inotify_add_watch(w->fd, path, IN_CREATE | IN_DELETE | IN_MOVE |
					      IN_CLOSE_WRITE | IN_ATTRIB);
	}
}

static void watch_wait(struct watch *w, int ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	char events[4096];

	if (w->fd < 0 || w->dir_wd < 0)	/* what cannot be watched is looked at */
		ms = ms < 0 || ms > 20 ? 20 : ms;
	else if (ms < 0 || ms > 1000)	/* a cgroup's freezer sends us no event */
		ms = 1000;
	if (poll(&p, w->fd >= 0, ms) > 0)
		while (read(w->fd, events, sizeof(events)) > 0)
			;
}

/* The state is gone a moment before the process that kept it: nothing at all shall be left. */
static void wait_monitor(pid_t pid, uint64_t start)
{
	for (int waited = 0; waited < 5000 && rt_proc_same(pid, start); waited += 2)
		rt_sleep_ms(2);
}

int rt_wait(const char *lxcpath, const char *name, unsigned int states, int timeout_ms,
	    struct sw_error *err)
{
	uint64_t end = rt_clock_ns(CLOCK_MONOTONIC) + (uint64_t)timeout_ms * 1000000u;
	struct watch w = { -1, -1 };
	pid_t monitor = 0;
	uint64_t monitor_start = 0;
	int r;

	for (;;) {
		struct rt_status st;
		int left = -1;

		watch_begin(&w, lxcpath, name);	/* first watch, then look: nothing slips between */
		r = rt_status(lxcpath, name, &st, err);
		if (!r && st.state == RT_STOPPED)
			wait_monitor(monitor, monitor_start);
		if (r || (states & (1u << st.state)))
			break;
		if (st.monitor_pid != monitor) {
			monitor = st.monitor_pid;
			monitor_start = rt_proc_start(monitor);
		}
		if (timeout_ms >= 0) {
			uint64_t now = rt_clock_ns(CLOCK_MONOTONIC);

			if (now >= end) {
				r = sw_error(err, ETIMEDOUT, "wait",
						"container '%s' is %s after %d ms",
					     name, rt_state_name(st.state), timeout_ms);
				break;
			}
			left = (int)((end - now) / 1000000u) + 1;
		}
		watch_wait(&w, left);
	}
	sw_close(&w.fd);
	return r;
}

/* ---- steering -------------------------------------------------------------------------------- */

int rt_kill(const char *lxcpath, const char *name, int sig, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_record rec = { 0 };
	pid_t monitor;
	int r = open_live(&d, lxcpath, name, &monitor, err);

	if (!r && (rt_record_read(&d, &rec) || !rec.init))
		r = -ESRCH;
	if (!r)
		r = rt_proc_kill(rec.init, rec.init_start, sig ? sig : rt_stop_signal(&rec));
	if (r == -ESRCH)
		return sw_error(err, ESRCH, "kill", "container '%s' does not run", name);
	if (r)
		return sw_error(err, r, "kill", "signal %d to init of '%s': %s", sig, name,
				sw_errno_text(r));
	return 0;
}

static int freeze(const char *lxcpath, const char *name, bool on, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct frozen_scan scan = { .act = true, .freeze = on, .result = -EOPNOTSUPP };
	pid_t monitor;
	int r = open_live(&d, lxcpath, name, &monitor, err);

	if (r == -ESRCH)
		return sw_error(err, ESRCH, "freeze", "container '%s' does not run", name);
	if (r)
		return r;
	if (on)
		rt_event_send(&d, RT_FREEZING);
	rt_journal_each(&d, "cgroup", look_frozen, &scan);
	if (!on && !scan.result)
		rt_event_send(&d, RT_THAWED);
	utimensat(d.fd, "state", NULL, 0);	/* wakes those who wait */
	return scan.result;
}

/* Tell listeners, unless it has ended meanwhile. */
static void tell(const char *lxcpath, const char *name, enum rt_state state)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	pid_t monitor;

	if (!open_live(&d, lxcpath, name, &monitor, NULL))
		rt_event_send(&d, state);
}

int rt_freeze(const char *lxcpath, const char *name, bool on, struct sw_error *err)
{
	static const char *const ids[] = { "cgroup.v1.freezer", "cgroup.v2.freezer", NULL };
	int r = freeze(lxcpath, name, on, err);
	char needs[200];

	if (r == -EOPNOTSUPP) {
		rt_needs_text(ids, needs, sizeof(needs));
		return sw_error(err, r, "freeze",
				"container '%s' has no cgroup with a freezer; it %s",
				name, needs);
	}
	if (r)
		return sw_error(err, r, "freeze", "%s '%s': %s", on ? "freezing" : "thawing", name,
				sw_errno_text(r));
	r = rt_wait(lxcpath, name, on ? 1u << RT_FROZEN | 1u << RT_STOPPED :
		    1u << RT_RUNNING | 1u << RT_STOPPED, 10000, err);
	if (!r)
		tell(lxcpath, name, on ? RT_FROZEN : RT_RUNNING);
	return r;
}

static void thaw_inside(const char *lxcpath, const char *name)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;

	if (!rt_dir_open(&d, lxcpath, name, false, NULL))
		rt_journal_thaw(&d);
}

/*
 * Kill init until the container is gone. Once is not enough: a container that is starting has no
 * init yet, and gets one a moment later; and a monitor that was stopped (SIGSTOP) must run to undo
 * what there is.
 */
static int end_now(const char *lxcpath, const char *name, struct sw_error *err)
{
	const unsigned int stopped = 1u << RT_STOPPED;
	int r = -ETIMEDOUT;

	for (int waited = 0; waited < 30000 && r == -ETIMEDOUT; waited += 50) {
		struct sw_error late = { 0 };
		struct rt_status st;

		r = rt_status(lxcpath, name, &st, err);
		if (r || st.state == RT_STOPPED)
			return r;
		/* Without /proc init cannot be told from another; its monitor can, and takes init along. */
		if (rt_kill(lxcpath, name, SIGKILL, NULL) && st.monitor_pid > 1 &&
		    !rt_proc_start(getpid()))
			kill(st.monitor_pid, SIGKILL);
		if (st.monitor_pid > 1)
			kill(st.monitor_pid, SIGCONT);
		thaw_inside(lxcpath, name);
		r = rt_wait(lxcpath, name, stopped, 50, &late);
		if (r && r != -ETIMEDOUT)
			return sw_error(err, r, "stop", "%s", late.msg);
	}
	if (r == -ETIMEDOUT)
		return sw_error(err, r, "stop", "container '%s' was killed, but is not gone after 30 s", name);
	return r;
}

/*
 * Ask init to end, and wait. One that had only just begun was deaf to the signal, and may by now be
 * one that listens to another: then once more.
 */
static int ask(const char *lxcpath, const char *name, int sig, int timeout_ms,
	       struct sw_error *err)
{
	const int slice = 500;
	int sent = 0, r = -ETIMEDOUT;

	for (int waited = 0; r == -ETIMEDOUT && (timeout_ms < 0 || waited < timeout_ms);
	     waited += slice) {
		struct rt_dir d __rt_dir = RT_DIR_INIT;
		struct sw_error late = { 0 };
		int left = timeout_ms < 0 || timeout_ms - waited > slice ? slice :
			   timeout_ms - waited;
		struct rt_record rec;

		if (!rt_dir_open(&d, lxcpath, name, false, NULL) && !rt_record_read(&d, &rec) &&
		    rec.init && sent != (sig ? sig : rt_stop_signal(&rec))) {
			sent = sig ? sig : rt_stop_signal(&rec);
			rt_proc_kill(rec.init, rec.init_start, sent);
		}
		r = rt_wait(lxcpath, name, 1u << RT_STOPPED, left, &late);
		if (r && r != -ETIMEDOUT)
			sw_error(err, r, "stop", "%s", late.msg);
		if (timeout_ms < 0 && waited > 1 << 20)
			waited = 0;
	}
	if (r == -ETIMEDOUT)
		sw_error(err, r, "stop", "container '%s' still runs after %d ms", name, timeout_ms);
	return r;
}

int rt_stop(const char *lxcpath, const char *name, int sig, int timeout_ms, bool kill_after,
	    struct sw_error *err)
{
	struct rt_status st;
	struct sw_error waited = { 0 };
	int r = rt_reap(lxcpath, name, err);

	if (!r)
		r = rt_status(lxcpath, name, &st, err);
	if (r)
		return r;
	if (st.state == RT_STOPPED)
		return sw_error(err, ESRCH, "stop", "container '%s' does not run", name);
	if (st.state == RT_FROZEN || st.state == RT_FREEZING)
		freeze(lxcpath, name, false, NULL);	/* a frozen process takes no signal */
	if (timeout_ms != 0) {
		/* Without an init yet, its monitor is asked to give up. */
		if (!st.init_pid && st.monitor_pid > 1)
			kill(st.monitor_pid, SIGTERM);
		r = ask(lxcpath, name, sig, timeout_ms, &waited);
		if (r != -ETIMEDOUT || !kill_after)
			return r ? sw_error(err, r, "stop", "%s", waited.msg) : 0;
	}
	r = end_now(lxcpath, name, err);
	return r ? r : rt_reap(lxcpath, name, err);
}

int rt_list(const char *lxcpath, void (*fn)(const char *name, void *arg), void *arg)
{
	struct rt_names names = { NULL, 0 };
	char prefix[32];
	int fd __sw_fd = rt_dir_all(lxcpath, prefix, NULL);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	rt_event_sweep(fd);
	r = rt_dir_names(fd, &names);
	for (size_t i = 0; !r && i < names.count; i++) {
		const char *name = names.list[i] + strlen(prefix);

		if (!sw_starts_with(names.list[i], prefix))
			continue;
		rt_reap(lxcpath, name, NULL);
		if (!faccessat(fd, names.list[i], F_OK, 0))
			fn(name, arg);
	}
	rt_names_free(&names);
	return r;
}
