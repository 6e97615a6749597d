/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Berth's core: plan, run, state. Knows no configuration syntax and no command line.
 *
 *   rt_spec --rt_plan()--> ordered steps --rt_run()--> a container and its monitor
 *
 * Every container has one monitor process on the host side that owns its state, cgroups and
 * whatever has to be undone. State lives in <runtime dir>/<lxcpath hash>-<name>/ and is true even
 * after SIGKILL of the monitor: liveness is a lock that the kernel drops, never a pid in a file.
 */
#ifndef RT_H
#define RT_H

#include <stdio.h>
#include <sys/types.h>

#include "spec.h"

enum rt_side { RT_SIDE_PARENT, RT_SIDE_CHILD };

/* ---- plan: pure, no privilege needed, compared with golden files ----------------------------- */
struct rt_plan;
int rt_plan(const struct rt_spec *spec, struct rt_plan **ret, struct sw_error *err);
/* One line per step: side, name, what it does, its undo, the features it needs. */
void rt_plan_print(const struct rt_plan *plan, FILE *out);
void rt_plan_free(struct rt_plan *plan);

/* ---- run ------------------------------------------------------------------------------------ */
enum rt_log_level { RT_LOG_TRACE, RT_LOG_DEBUG, RT_LOG_INFO, RT_LOG_NOTICE, RT_LOG_WARN,
		    RT_LOG_ERROR, RT_LOG_CRIT, RT_LOG_ALERT, RT_LOG_FATAL };
struct rt_run_opts {
	bool foreground;	/* wait, with the caller's stdio as the console */
	const char *log_path;	/* start, end and errors are appended here; NULL: nowhere. Errors
				 * before READY come back in err as well */
	int log_level;		/* enum rt_log_level + 1, below which nothing is; 0: the default */
	const char *pidfile;	/* NULL: none; the init's pid in the host's view */
	const char *console_log;	/* background: what the console says is appended here;
				 * NULL: dropped */
};
/*
 * Start a container. In the background: returns 0 once its program has been executed. In the
 * foreground: returns 0 when it has ended and *ret_status is init's wait status; Berth's init ends
 * with the program's exit status, or 128 + N for a program that died of signal N.
 * A container whose init reboots (reboot(2) inside a pid namespace) is started anew by the same
 * monitor, with the same plan.
 * Errors name the step, the feature id and the Kconfig symbol where the kernel lacks something.
 * -EEXIST: it runs already. Whatever an earlier, killed run left behind is cleaned up first.
 */
int rt_run(const struct rt_spec *spec, const struct rt_run_opts *opts, int *ret_status,
	   struct sw_error *err);

enum rt_state { RT_STOPPED, RT_STARTING, RT_RUNNING, RT_STOPPING, RT_ABORTING, RT_FREEZING,
		RT_FROZEN, RT_THAWED };
const char *rt_state_name(enum rt_state s);	/* "STOPPED", ... as LXC prints them */

struct rt_status {
	enum rt_state state;
	pid_t init_pid;		/* in the caller's pid namespace; 0 when stopped */
	pid_t monitor_pid;
	uint64_t started_ns;	/* CLOCK_BOOTTIME of the start */
};
/*
 * Truth about one container. A container that was never started is RT_STOPPED. 0 or -errno.
 * What a killed monitor left is cleaned up on the way, where the caller may.
 */
int rt_status(const char *lxcpath, const char *name, struct rt_status *ret, struct sw_error *err);

/* Cgroup memberships of a running container: calls fn for each ("devices", "/sys/fs/cgroup/...");
 * the v2 cgroup has controller "". */
int rt_cgroups(const char *lxcpath, const char *name,
	       void (*fn)(const char *controller, const char *path, void *arg), void *arg,
	       struct sw_error *err);

/*
 * Stop: @sig to init first (0: the spec's stop signal), then after timeout_ms SIGKILL; timeout 0
 * kills at once; -1 waits for ever. (Whether an init would listen to the signal cannot
 * be told from outside: /proc/PID/status shows one that sits in sigwait(3) as neither blocking nor
 * catching.) Returns 0 when it is gone and everything is undone;
 * -ESRCH: it does not run; -ETIMEDOUT when kill_after is false and it did not stop in time.
 */
int rt_stop(const char *lxcpath, const char *name, int sig, int timeout_ms, bool kill_after,
	    struct sw_error *err);
int rt_kill(const char *lxcpath, const char *name, int sig, struct sw_error *err);
/* Wait until the state is in the mask (1 << enum rt_state). timeout_ms -1: for ever. */
int rt_wait(const char *lxcpath, const char *name, unsigned int states, int timeout_ms,
	    struct sw_error *err);
int rt_freeze(const char *lxcpath, const char *name, bool freeze, struct sw_error *err);
/* The end on the host of each veth pair of a running container: calls fn(device). 0 or -errno. */
int rt_links(const char *lxcpath, const char *name, void (*fn)(const char *device, void *arg), void *arg);
/*
 * A hardware address out of a template such as "00:16:3e:xx:xx:xx", each x a random digit; NULL: all
 * random. Never one of a group, and one of no maker's where the template leaves that open.
 */
void rt_net_mac(const char *text, unsigned char out[6]);
void rt_net_mac_text(const unsigned char mac[6], char out[18]);
/*
 * Allow or deny a running container a device, beyond what it began with. 0 also where nothing
 * confines it.
 */
int rt_device_rule(const char *lxcpath, const char *name, const struct rt_device_rule *rule,
		   struct sw_error *err);
/* Move a network device of the host into a running container, where it is called inside. */
int rt_net_give(const char *lxcpath, const char *name, const char *link, const char *inside,
		struct sw_error *err);
/* And back, under the name that it had on the host, if it came from there. */
int rt_net_take(const char *lxcpath, const char *name, const char *inside, struct sw_error *err);
/* The root directory of a running container as its processes see it: a descriptor, or -errno. */
int rt_root_open(const char *lxcpath, const char *name, struct sw_error *err);
/*
 * Removes what defines a container whose configuration says that it ends with its first run; given
 * by the front-end. Returns 0 or -errno.
 */
extern int (*rt_remove_ephemeral)(const char *lxcpath, const char *name, struct sw_error *err);
/* Clean up after a killed monitor; 0 also where there is nothing to clean. */
int rt_reap(const char *lxcpath, const char *name, struct sw_error *err);
/* Every container that runs under lxcpath: calls fn(name). Cleans up as rt_status() does. */
int rt_list(const char *lxcpath, void (*fn)(const char *name, void *arg), void *arg);

/*
 * Hear of every change of state below lxcpath from now on; the signals that ask a program to end
 * are caught until rt_listen_end().
 */
struct rt_listener;
int rt_listen(const char *lxcpath, struct rt_listener **ret, struct sw_error *err);
/* Wait for the next one. -EINTR: asked to end. */
int rt_listen_next(struct rt_listener *l, char *name, size_t size, enum rt_state *ret);
void rt_listen_end(struct rt_listener *l);

/* Name rules: [A-Za-z0-9_.-]{1,64}, no leading '-' or '.'. 0, or -EINVAL with err. */
int rt_name_check(const char *name, struct sw_error *err);

/* ---- terminals of a running container (rt_client.c) ------------------------------------------ */

struct rt_terminal {
	int link;		/* to the monitor: its end is the container's end */
	int master;		/* of the pseudo-terminal */
	int tty;		/* 0: the console */
};
/*
 * Take the console (0), a terminal (N) or the first free one (-1). -ESRCH: the container does not
 * run; -EBUSY: somebody has it, named in err; -ENXIO: there is none.
 */
int rt_terminal_open(const char *lxcpath, const char *name, int tty, struct rt_terminal *ret,
		     struct sw_error *err);
/*
 * Connect the caller's terminal with it until the user leaves (the control character @escape, then
 * q), the container ends, or the caller is asked to end. The caller's terminal is then as it was.
 * *ret_ended: it was the container that ended. Closes @t.
 */
int rt_terminal_relay(struct rt_terminal *t, char escape, bool *ret_ended, struct sw_error *err);
/* What the console has said (lxc.console.buffer.size), as a file; @clear: forget it. fd or -errno. */
int rt_console_said(const char *lxcpath, const char *name, bool clear, struct sw_error *err);

/* ---- hooks (rt_hooks.c) ---------------------------------------------------------------------- */

/* "pre-start" for a type; the type for such a word, or -1. */
const char *rt_hook_name(enum rt_hook_type type);
int rt_hook_type(const char *name);
/*
 * Run the hooks of one type on the host, one after the other until one fails: for what is done to
 * a container that does not run. @env: further NAME=VALUE; @args: further arguments; NULL: none.
 */
int rt_hooks_run(const struct rt_spec *spec, enum rt_hook_type type, char *const *env,
		 char *const *args, struct sw_error *err);

#define RT_ELEVATE_CGROUP 1u	/* stay in the caller's cgroups */
#define RT_ELEVATE_CAP 2u	/* keep the caller's capabilities; no_new_privs is not taken over */
#define RT_ELEVATE_LSM 4u	/* neither label nor seccomp filter of the container's */
struct rt_attach_opts {
	uint64_t ns;		/* namespaces to join, 0: all of the container's */
	bool clear_env;
	char **env;		/* NULL-terminated additions, NULL: none */
	long uid, gid;		/* inside; -1: the caller's, or root of a user namespace */
	unsigned int elevate;	/* RT_ELEVATE_* */
	bool remount;		/* without the mount namespace: /proc and /sys of the others */
	int personality;	/* -1: init's, else as personality(2) has it */
	const char *pty_log;	/* what the terminal says is appended here; NULL: nowhere */
};
/*
 * Run argv inside, on the caller's terminal; NULL: the shell that the container's /etc/passwd has
 * for the user, or /bin/sh. *ret_status is the wait status.
 */
int rt_attach(const char *lxcpath, const char *name, const struct rt_attach_opts *opts,
	      char *const argv[], int *ret_status, struct sw_error *err);

#endif
