// SPDX-License-Identifier: GPL-2.0-only
#include "feature.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "features/cgroup_try.h"
#include "join.h"
#include "live.h"
#include "session.h"
#include "sw_child.h"

/* Generous: a trial that could not run in time is unknown, and that is a pity on a slow machine. */
#define DEFAULT_TIMEOUT_MS 20000

const char *live_value_name(enum live_value v)
{
	static const char *const names[] = { "unknown", "works", "absent", "denied", "broken" };

	return (size_t)v < sizeof(names) / sizeof(*names) ? names[v] : "unknown";
}

const char *finding_type_name(enum finding_type t)
{
	static const char *const names[] = {
		[FINDING_NONE] = "none",
		[FINDING_BOOT_PARAMETER] = "boot-parameter",
		[FINDING_MODULE_NOT_LOADED] = "module-not-loaded",
		[FINDING_MODULE_MISSING] = "module-missing",
		[FINDING_NO_MODULE_SUPPORT] = "no-module-support",
		[FINDING_SYSCTL] = "sysctl",
		[FINDING_LSM] = "lsm",
		[FINDING_SECCOMP] = "seccomp",
		[FINDING_CAPABILITY] = "capability",
		[FINDING_LIMIT] = "limit",
		[FINDING_CHROOT] = "chroot",
		[FINDING_OTHER_HIERARCHY] = "other-hierarchy",
		[FINDING_BACKPORT] = "backport",
		[FINDING_STALE_CONFIG] = "stale-config",
		[FINDING_CONFIGURED_ABSENT] = "configured-but-absent",
	};

	return (size_t)t < sizeof(names) / sizeof(*names) && names[t] ? names[t] : "none";
}

const char *usable_name(int usable)
{
	return usable == USABLE_YES ? "yes" : usable == USABLE_NO ? "no" : "unknown";
}

#define INDEX_SIZE 4096u	/* a power of two, several times the number of features */

static uint32_t hash_id(const char *id)
{
	uint32_t h = 2166136261u;	/* FNV-1a */

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h % INDEX_SIZE;
}

const struct feature *feature_find(const char *id)
{
	/* Judging looks hundreds of ids up, several times each. */
	static const struct feature *index[INDEX_SIZE];
	static bool built;
	uint32_t h;

	for (const struct feature_area *const *a = feature_areas; !built && *a; a++)
		for (size_t i = 0; i < (*a)->count; i++) {
			for (h = hash_id((*a)->rows[i].id); index[h]; h = (h + 1) % INDEX_SIZE)
				;
			index[h] = &(*a)->rows[i];
		}
	built = true;
	for (h = hash_id(id); index[h]; h = (h + 1) % INDEX_SIZE)
		if (!strcmp(index[h]->id, id))
			return index[h];
	return NULL;
}

struct run {
	const struct probe_ctx *ctx;
	const struct feature *feature;
};

static void run_probe(void *arg, void *answer)
{
	struct run *r = arg;

	r->feature->probe(r->ctx, r->feature, answer);
}

int probe_left_ms(const struct probe_ctx *ctx, int most)
{
	int64_t left = ctx->until_ms ? ctx->until_ms - sw_now_ms() : most;

	return left <= 0 ? 0 : left < most ? (int)left : most;
}

int feature_limit_ms(const struct probe_ctx *ctx, const struct feature *f)
{
	return probe_left_ms(ctx, f->timeout_ms ? f->timeout_ms : DEFAULT_TIMEOUT_MS);
}

static void examine_live(const struct probe_ctx *ctx, const struct feature *f, int timeout, struct live *live)
{
	struct run r = { ctx, f };
	struct sw_child c = sw_child_run(run_probe, &r, live, sizeof(*live), timeout);

	live->evidence[sizeof(live->evidence) - 1] = 0;
	live->cause_text[sizeof(live->cause_text) - 1] = 0;
	switch (c.end) {
	case SW_CHILD_ANSWERED:
		return;
	case SW_CHILD_TIMEOUT:
		snprintf(live->evidence, sizeof(live->evidence), "no answer within %d ms", timeout);
		break;
	case SW_CHILD_KILLED:
		snprintf(live->evidence, sizeof(live->evidence), "the probing process was killed by %s",
			 sigabbrev_np(c.code) ? sigabbrev_np(c.code) : "a signal");
		break;
	case SW_CHILD_EXITED:
		snprintf(live->evidence, sizeof(live->evidence), "the probing process ended early (%d)",
			 c.code);
		break;
	case SW_CHILD_FAILED:
		live->err = c.code;
		snprintf(live->evidence, sizeof(live->evidence), "fork: %s",
			 c.code == EREMOTEIO ? "0, but there is no new process" : sw_errno_name(c.code));
		if (c.code == EREMOTEIO && live_seccomp_mode() == 2)
			live_cause(live, FINDING_SECCOMP, "a seccomp filter answers in place of the kernel");
		break;
	}
	live->value = LIVE_UNKNOWN;
}

/*
 * What holds for every refusal, so that no row can get it wrong: it is no wrong result of the kernel,
 * and where the row found no cause, what this process lacks is one, or what confines it.
 */
static void judge_refusal(const struct probe_ctx *ctx, struct live *live)
{
	static int confined = -1;	/* this process's, learnt at the first refusal of a run */

	if ((live->err != EPERM && live->err != EACCES) || live->value == LIVE_WORKS ||
	    live->value == LIVE_ABSENT)
		return;
	if (live->value == LIVE_BROKEN)
		live->value = LIVE_DENIED;
	if (live->cause != FINDING_NONE || live_blame_privilege(live))
		return;
	if (confined < 0)
		confined = live_confined(ctx);
	if (confined)
		live_blame_lsm(live, LIVE_CAP_SYS_ADMIN);
}

/* Limits below which a trial may fail for want of room; "" where none is that tight. Learnt once. */
static const char *tight_limit(void)
{
	static const struct {
		int what;
		rlim_t least;
		const char *name;
	} limits[] = {
		{ RLIMIT_NOFILE, 32, "RLIMIT_NOFILE" }, { RLIMIT_NPROC, 64, "RLIMIT_NPROC" },
		{ RLIMIT_SIGPENDING, 16, "RLIMIT_SIGPENDING" }, { RLIMIT_FSIZE, 1 << 20, "RLIMIT_FSIZE" },
		{ RLIMIT_STACK, 256 << 10, "RLIMIT_STACK" }, { RLIMIT_DATA, 32 << 20, "RLIMIT_DATA" },
		{ RLIMIT_AS, 64 << 20, "RLIMIT_AS" },
	};
	static char text[48];
	static bool known;
	struct rlimit l;

	for (size_t i = 0; !known && i < sizeof(limits) / sizeof(*limits) && !text[0]; i++) {
		/* Root is not held to the number of processes (kernel/fork.c). */
		if (limits[i].what == RLIMIT_NPROC && !geteuid())
			continue;
		if (!getrlimit(limits[i].what, &l) && l.rlim_cur < limits[i].least)
			snprintf(text, sizeof(text), "%s=%llu", limits[i].name, (unsigned long long)l.rlim_cur);
	}
	known = true;
	return text;
}

static bool for_want_of_room(int err)
{
	return err == EMFILE || err == ENFILE || err == EAGAIN || err == ENOMEM || err == ENOBUFS;
}

/*
 * What no row can see from inside: a wrong result, or an absence that the configuration contradicts,
 * is no verdict on the kernel where something else may have given it: a filter that answers in its
 * place, or a limit that leaves a trial no room.
 */
static void judge_surroundings(struct feature_evidence *e)
{
	struct live *live = &e->live;
	bool configured = e->configured == KCONFIG_STATE_BUILTIN;
	bool filtered = live_seccomp_mode() == 2;

	if (live->value != LIVE_BROKEN &&
	    !(live->value == LIVE_ABSENT && live->cause == FINDING_NONE && configured))
		return;
	if (filtered && (live->value == LIVE_BROKEN || live->err)) {
		live->value = LIVE_UNKNOWN;
		live_cause(live, FINDING_SECCOMP, "a seccomp filter may have answered in place of the kernel "
			   "(Seccomp: 2 in /proc/self/status)");
	} else if (for_want_of_room(live->err)) {
		live->value = LIVE_UNKNOWN;
		live_cause(live, FINDING_LIMIT, "no room for the trial: %s", sw_errno_name(live->err));
	} else if (tight_limit()[0]) {
		live->value = LIVE_UNKNOWN;
		live_cause(live, FINDING_LIMIT, "%s leaves trials no room", tight_limit());
	}
}

bool feature_tried(const struct feature *f, bool live)
{
	return live && f->probe;
}

static pid_t examiner;

pid_t feature_examiner(void)
{
	return examiner;
}

void feature_be_examiner(void)
{
	examiner = getpid();
	cg_run_begin();
}

void feature_hold_signals(sigset_t *ret_saved)
{
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, ret_saved);
}

void feature_read_live(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int timeout = feature_limit_ms(ctx, f);
	sigset_t saved;

	memset(ret, 0, sizeof(*ret));
	if (!timeout) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: the time of the whole run was used up before "
			 "(--time-limit)");
		return;
	}
	feature_be_examiner();
	/* What others can see must not be left behind by an interrupt: that has to wait. */
	if (f->cleanup)
		feature_hold_signals(&saved);
	examine_live(ctx, f, timeout, ret);
	if (f->cleanup) {
		f->cleanup(ctx, f);
		sigprocmask(SIG_SETMASK, &saved, NULL);
	}
}

void feature_judge(const struct probe_ctx *ctx, const struct feature *f, const struct live *seen,
		   struct feature_evidence *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->feature = f;
	ret->configured = feature_configured(f, ctx->kconfig, ctx->version, ret->configured_why,
					     sizeof(ret->configured_why));
	if (seen) {
		ret->live = *seen;
		judge_refusal(ctx, &ret->live);
		judge_surroundings(ret);
	} else {
		snprintf(ret->live.evidence, sizeof(ret->live.evidence), "not tried");
	}
	feature_join(ctx, seen != NULL, ret);
}

void feature_examine(const struct probe_ctx *ctx, const struct feature *f, bool live,
		     struct feature_evidence *ret)
{
	struct live seen;

	if (feature_tried(f, live))
		feature_read_live(ctx, f, &seen);
	feature_judge(ctx, f, feature_tried(f, live) ? &seen : NULL, ret);
}

void probe_ctx_running(struct probe_ctx *ctx, struct kconfig **ret_kconfig)
{
	static struct utsname uts;
	struct sw_error err = { 0 };

	memset(ctx, 0, sizeof(*ctx));
	*ret_kconfig = NULL;
	if (!uname(&uts)) {
		ctx->release = uts.release;
		if (kver_parse(uts.release, &ctx->version))
			ctx->version = KVER_NONE;
	}
	if (!kconfig_load_running(ret_kconfig, &err))
		ctx->kconfig = *ret_kconfig;
}
