// SPDX-License-Identifier: GPL-2.0-only
/* Running one step: its fault point, and words for its failure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "feature.h"
#include "sw_fd.h"

void rt_needs_text(const char *const *ids, char *out, size_t size)
{
	struct utsname u;
	uint32_t ver = KVER_NONE;
	size_t len = 0;

	out[0] = 0;
	if (!uname(&u))
		kver_parse(u.release, &ver);
	for (size_t i = 0; ids[i] && len < size; i++) {
		const struct feature *f = feature_find(ids[i]);

		len += snprintf(out + len, size - len, "%s%s", i ? ", " : "needs feature ", ids[i]);
		for (const struct feature_kconfig *k = f ? f->kconfig : NULL;
		     k && (k->expr || k->since) && len < size; k++)
			if (k->expr && ver >= k->since && (!k->until || ver < k->until))
				len += snprintf(out + len, size - len,
						" (kernel configuration: %s)", k->expr);
	}
}

static int errno_of(const char *name)
{
	long n;

	for (int e = 1; e < 134; e++)
		if (!strcmp(sw_errno_name(e), name))
			return e;
	return !sw_parse_long(name, &n) && n > 0 && n < 4096 ? (int)n : EINVAL;
}

/*
 * Fault points, so that a loop can fail every step in turn and look at what is left:
 *   BERTH_FAULT=STEP:ERRNO       the step fails without having done anything
 *   BERTH_FAULT=STEP:after-ERRNO the same, after it was done
 *   BERTH_FAULT=STEP:kill        the process that is to run it dies
 *   BERTH_FAULT=STEP:after-kill
 * Always compiled in: it gives nobody anything that a signal would not, and a set-user-ID
 * program never sees it (secure_getenv(3)).
 */
static int fault(const char *step, bool after, struct sw_error *err)
{
	const char *text = secure_getenv("BERTH_FAULT");
	size_t len = strlen(step);

	if (!text || strncmp(text, step, len) || text[len] != ':')
		return 0;
	text += len + 1;
	if (after != sw_starts_with(text, "after-"))
		return 0;
	text += after ? strlen("after-") : 0;
	if (!strcmp(text, "kill")) {
		/* PID 1 of a namespace is deaf to its own SIGKILL, pid_namespaces(7). */
		kill(getpid(), SIGKILL);
		_exit(137);
	}
	return sw_error(err, errno_of(text), NULL, "fault injected by BERTH_FAULT: %s",
			sw_errno_text(errno_of(text)));
}

/* Could this errno mean that the kernel lacks something? */
static bool means_lacking(int num)
{
	return num == EINVAL || num == ENOSYS || num == ENODEV || num == EOPNOTSUPP ||
	       num == EAFNOSUPPORT || num == EPROTONOSUPPORT || num == ENOENT;
}

int rt_step_run(struct rt_ctx *ctx, size_t i, struct sw_error *err)
{
	const struct rt_step *s = &ctx->plan->steps[i];
	struct sw_error cause = { 0 };
	char needs[200];
	int r;

	ctx->step = i;
	rt_log(ctx, RT_LOG_DEBUG, "%s: step %s: %.400s", ctx->spec->name, s->name, s->what);
	r = fault(s->name, false, &cause);
	if (!r)
		r = s->run(ctx, s, &cause);
	if (!r)
		r = fault(s->name, true, &cause);
	if (!r)
		return 0;
	if (!cause.msg[0])
		sw_error(&cause, r, NULL, "%s", sw_errno_text(r));
	if (s->needs[0] && means_lacking(-r) && !strstr(cause.msg, "feature ")) {
		rt_needs_text(s->needs, needs, sizeof(needs));
		/* These two have other causes as a rule: a path that is not there, an option unknown. */
		return sw_error(err, r, "run", "step %s: %.260s; %sit %s", s->name, cause.msg,
				r == -ENOENT || r == -EINVAL ? "should the kernel be the cause: " : "", needs);
	}
	return sw_error(err, r, "run", "step %s: %.440s", s->name, cause.msg);
}
