/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One row per kernel feature, everything known about it in that row. Documentation, JSON,
 * report columns and the requirements of suites and runtime derive from the rows.
 */
#ifndef FEATURE_H
#define FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kconfig/kconfig.h"

enum live_value {
	LIVE_UNKNOWN,	/* not tried, or the trial could not tell */
	LIVE_WORKS,
	LIVE_ABSENT,	/* the kernel does not have it (now) */
	LIVE_DENIED,	/* it is there; policy, privilege or a limit forbids it */
	LIVE_BROKEN,	/* it is there and gives wrong results */
};
const char *live_value_name(enum live_value v);

enum finding_type {		/* a disagreement between kinds of evidence, or a cause */
	FINDING_NONE,
	FINDING_BOOT_PARAMETER,		/* disabled at boot (cgroup_disable=memory) */
	FINDING_MODULE_NOT_LOADED,	/* configured as a module that is on disk but not loaded */
	FINDING_MODULE_MISSING,		/* configured as a module that is not on disk */
	FINDING_NO_MODULE_SUPPORT,	/* =m, but the kernel cannot load modules */
	FINDING_SYSCTL,			/* a sysctl forbids it; evidence has name and value */
	FINDING_LSM,
	FINDING_SECCOMP,		/* a filter answers in place of the kernel */
	FINDING_CAPABILITY,		/* this process lacks a capability */
	FINDING_LIMIT,			/* a limit is reached */
	FINDING_CHROOT,			/* this process's root is not its mount namespace's */
	FINDING_OTHER_HIERARCHY,	/* the controller is in use on the other cgroup version */
	FINDING_BACKPORT,		/* configuration or version says no, behaviour says yes */
	FINDING_STALE_CONFIG,		/* the configuration file is not the running kernel's */
	FINDING_CONFIGURED_ABSENT,	/* configured, but the running kernel does not have it */
};
const char *finding_type_name(enum finding_type t);	/* "boot-parameter", ... */

/* What a live probe saw. A plain value: it crosses a pipe from the probing child. */
struct live {
	enum live_value value;
	int err;			/* errno that decided, 0 if none */
	char evidence[200];		/* one line: what was called, what came back */
	enum finding_type cause;	/* established, never guessed; FINDING_NONE otherwise */
	char cause_text[160];		/* "user.max_user_namespaces=0" */
};

enum feature_risk {
	RISK_NONE,		/* reads only, or touches only what dies with the child */
	RISK_TRANSIENT,		/* makes and removes something others could see (a cgroup) */
	RISK_INTRUSIVE,		/* changes the kernel for a moment; needs --intrusive */
};

/* What the probes may do and what they work with; the same for all probes of one run. */
struct probe_ctx {
	bool load_modules;	/* --load-modules: a probe may make the kernel load a module */
	bool intrusive;		/* --intrusive */
	const struct kconfig *kconfig;	/* NULL if there is none */
	uint32_t version;	/* of the running kernel */
	const char *release;
	int64_t until_ms;	/* by sw_now_ms(): after it nothing is tried any more; 0: no limit */
};

struct feature;
/*
 * Runs in a child (lib/sw_child.h), by default one of its own: there it may unshare, mount and so on
 * at will. See enum feature_share for those that do not.
 */
typedef void feature_probe_fn(const struct probe_ctx *ctx, const struct feature *f,
			      struct live *ret);

struct feature_kconfig {	/* an expression that holds for versions in [since, until) */
	uint32_t since, until;	/* until 0: no end */
	const char *expr;	/* kconfig_eval() syntax; NULL: always on in these versions */
};

struct feature {
	const char *id;		/* "ns.user", "cgroup.v1.devices", "mount.devpts_newinstance" */
	const char *title;	/* "User namespaces" */
	const char *area;	/* "namespace", "cgroup-v1", "cgroup-v2", "mount", "network", "security", "ipc", "process" */
	struct feature_kconfig kconfig[6];	/* ends with a row whose expr is NULL and since 0;
						 * no row at all: no Kconfig symbol governs it */
	uint32_t since;		/* first mainline version, KVER_NONE: before 2.6.32 */
	const char *commit;	/* upstream commit or man page that says so */
	feature_probe_fn *probe;	/* NULL: the live column is always unknown */
	const char *arg;	/* for shared parametric probes */
	uint64_t num;		/* for shared parametric probes */
	const char *module;	/* module name when built as one, NULL if it cannot be */
	enum feature_risk risk;
	int timeout_ms;		/* 0: the default of 20 s */
	const char *remedy;	/* what to do to get it, beyond the configuration symbols */
	/*
	 * For what may be built in and yet be off at every boot that does not ask for it: does the
	 * configuration leave it off? Then the boot parameter that switches it on, as words. Asked where
	 * a file is judged; on a running kernel the probe sees. NULL: nothing of the kind.
	 */
	bool (*off_at_boot)(const struct feature *f, const struct kconfig *kc, uint32_t version,
			    char *boot, size_t size);
	/* Run by the parent after the probe, also when that was killed; NULL: nothing can be left. */
	void (*cleanup)(const struct probe_ctx *ctx, const struct feature *f);
};

/*
 * What a probe function may share with others, to save the cost of a process or a namespace for each
 * row; see session.h. The default is always right; whatever is said here is proven by
 * tests/py/test_probe_sessions.py.
 */
enum feature_share {
	SHARE_NOTHING = 0,	/* a child of its own with memory of its own */
	SHARE_MEMORY = 1,	/* a child of its own that uses the session's memory (vfork(2)): it may change
				 * ids, namespaces, descriptors, limits, but maps and locks no memory for good */
	SHARE_PROCESS = 2,	/* leaves the process as it found it, so that rows follow one another in it;
				 * but descriptors, which are closed after it, and a page or two of memory */
	/* Beside one of the two, namespaces that are made once for many rows: */
	SHARE_NET = 4,		/* for net_enter(): where nothing but network devices is left behind */
	SHARE_MOUNT = 8,	/* for live_private_mounts(): where nothing is left behind but a live_tmpfs()
				 * and what is mounted below it */
};
struct feature_sharing {
	feature_probe_fn *probe;	/* NULL ends the table */
	unsigned int share;		/* of enum feature_share */
};

/* Every file features/<area>.c defines one table; feature_areas[] in features/areas.c lists them. */
struct feature_area {
	const char *name, *title;
	const struct feature *rows;
	size_t count;
	const struct feature_sharing *sharing;	/* NULL: nothing is shared */
};
extern const struct feature_area *const feature_areas[];	/* NULL-terminated */

/* Find by id; NULL if there is none. */
const struct feature *feature_find(const char *id);

struct feature_evidence {
	const struct feature *feature;
	enum kconfig_state configured;
	char configured_why[160];
	struct live live;
	enum finding_type finding;
	char finding_text[200];		/* the disagreement in words */
	char remedy[480];		/* what to do about it; "" where nothing is wrong */
	enum { USABLE_UNKNOWN, USABLE_YES, USABLE_NO } usable;	/* the answer most people want */
	uint32_t version;		/* of the kernel it is about, 0 unknown */
	char arch[16];			/* of the kernel it is about, "" unknown */
};

/*
 * Gather the evidence for one feature. Forks; never changes the kernel beyond what ctx allows.
 * @live: false when the subject is a file: then only the configuration speaks
 * Suites and runtime call this for the features they name.
 */
void feature_examine(const struct probe_ctx *ctx, const struct feature *f, bool live,
		     struct feature_evidence *ret);

/*
 * The two halves of it, for whoever runs many: the live reading by the row's probe in a child of its
 * own, and the rest. May be called only where feature_tried().
 */
bool feature_tried(const struct feature *f, bool live);
void feature_read_live(const struct probe_ctx *ctx, const struct feature *f, struct live *ret);
/*
 * Who cleans up after rows: the process that called feature_read_live(), or what reads many. What a
 * row makes for a while that others can see is named after it.
 */
pid_t feature_examiner(void);
void feature_be_examiner(void);	/* this process, from now on */
/* @most, or what is left of the whole run's time, in milliseconds; 0: it is used up. */
int probe_left_ms(const struct probe_ctx *ctx, int most);
/* So long may the row take, the same. */
int feature_limit_ms(const struct probe_ctx *ctx, const struct feature *f);
/* @seen: NULL: not tried */
void feature_judge(const struct probe_ctx *ctx, const struct feature *f, const struct live *seen,
		   struct feature_evidence *ret);

const char *usable_name(int usable);	/* "yes", "no", "unknown" */

/* Fill ctx for the running kernel. *ret_kconfig is to be freed by the caller, NULL if none. */
void probe_ctx_running(struct probe_ctx *ctx, struct kconfig **ret_kconfig);

#endif
