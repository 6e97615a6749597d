// SPDX-License-Identifier: GPL-2.0-only
/* What the probe says of the features that tests need, asked once a run. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feature.h"
#include "live.h"
#include "runner.h"
#include "suite_util.h"
#include "sw_child.h"
#include "sw_fd.h"

struct known {
	struct known *next;
	bool unprivileged;
	struct feature_evidence evidence;
};

static struct probe_ctx ctx;
static bool may_intrude;

/*
 * PID 1 of a test guest is this executable, started by the kernel as "/init" (guest/init.c): nobody
 * lives there but the tests.
 */
bool runner_in_guest(void)
{
	struct stat one, self;
	char name[PATH_MAX];
	const char *base;

	if (stat("/proc/1/exe", &one) || stat("/proc/self/exe", &self) || one.st_dev != self.st_dev ||
	    one.st_ino != self.st_ino || sw_read_line(AT_FDCWD, "/proc/1/cmdline", name, sizeof(name)) <= 0)
		return false;
	base = strrchr(name, '/');
	return !strcmp(base ? base + 1 : name, "init");
}

void runner_needs_begin(bool intrusive)
{
	may_intrude = intrusive || runner_in_guest();
}

static void examine_as_nobody(void *feature, void *evidence)
{
	if (suite_become(SUITE_NOBODY, SUITE_NOBODY))
		_exit(1);
	/* Changing ids hides /proc/self from us, which writing id maps needs. */
	prctl(PR_SET_DUMPABLE, 1);
	feature_examine(&ctx, feature, true, evidence);
}

static void examine_now(const struct feature *f, bool unprivileged, struct feature_evidence *ret)
{
	struct sw_child child;

	fflush(NULL);
	if (!unprivileged || geteuid()) {
		feature_examine(&ctx, f, true, ret);
		return;
	}
	child = sw_child_run(examine_as_nobody, (void *)f, ret, sizeof(*ret), 120000);
	if (child.end != SW_CHILD_ANSWERED)	/* then nothing is known, and the test runs */
		memset(ret, 0, sizeof(*ret));
}

static const struct live *examine(const char *id, bool unprivileged)
{
	static struct known *all;
	static struct kconfig *kconfig;
	static bool ready;
	const struct feature *f = feature_find(id);
	struct known *k;

	if (!f)
		return NULL;
	for (k = all; k; k = k->next)
		if (k->evidence.feature == f && k->unprivileged == unprivileged)
			return &k->evidence.live;
	if (!ready) {
		probe_ctx_running(&ctx, &kconfig);
		ctx.intrusive = may_intrude;	/* elsewhere others live on this kernel */
		ready = true;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		abort();
	examine_now(f, unprivileged, &k->evidence);
	k->evidence.feature = f;
	k->unprivileged = unprivileged;
	k->next = all;
	all = k;
	return &k->evidence.live;
}

/*
 * Does the evidence prove that the test cannot run? A controller belongs to one hierarchy at a time: what
 * is in use on the other version cannot be tried here, and the probe has seen that.
 */
static const char *why_not(const struct live *live)
{
	if (live->value == LIVE_ABSENT)
		return "absent";
	if (live->value == LIVE_DENIED)
		return "denied";
	if (live->value == LIVE_UNKNOWN && live->cause == FINDING_OTHER_HIERARCHY)
		return "in use on the other version of cgroups";
	return NULL;
}

static void say_skip(const char *id, const struct live *live, struct outcome *out)
{
	/* Where the cause is all that there is to say, it has been said. */
	bool cause = live->cause_text[0] && live->value != LIVE_UNKNOWN;

	out->result = RESULT_SKIP;
	out->denied = live->value != LIVE_ABSENT;
	snprintf(out->message, sizeof(out->message), "%s is %s: %s%s%s%s", id, why_not(live), live->evidence,
		 cause ? " (" : "", cause ? live->cause_text : "", cause ? ")" : "");
}

static void say_unknown_id(const char *id, struct outcome *out)
{
	out->result = RESULT_FAIL;
	snprintf(out->message, sizeof(out->message), "the test names the feature %s, which has no row",
		 id);
}

/*
 * One word of .needs, which may name alternatives: "a|b". Met by the first that the probe does not
 * call absent or denied: broken or unknown ones let the test run, and its result says what is true.
 */
static bool word_met(const struct suite_test *t, char *word, struct outcome *out)
{
	struct outcome lacking = { 0 };
	char *save = NULL;

	for (char *id = strtok_r(word, "|", &save); id; id = strtok_r(NULL, "|", &save)) {
		const struct live *live = examine(id, t->unprivileged);
		struct outcome one = { 0 };
		size_t len = strlen(lacking.message);

		if (!live) {
			say_unknown_id(id, out);
			sw_buf_printf(&out->log, "%s\n", out->message);
			return false;
		}
		if (!why_not(live))
			return true;
		say_skip(id, live, &one);
		/* Denied outweighs absent: somebody could allow it. */
		lacking.denied |= one.denied;
		snprintf(lacking.message + len, sizeof(lacking.message) - len, "%s%.280s",
			 len ? "; " : "", one.message);
	}
	out->result = RESULT_SKIP;
	out->denied = lacking.denied;
	memcpy(out->message, lacking.message, sizeof(out->message));
	return false;
}

/*
 * The capabilities that tests use, by number and name (include/uapi/linux/capability.h). A container
 * that has taken some away is no place to judge a kernel from.
 */
static const struct {
	int bit;
	const char *name;
} wanted[] = {
	{ 0, "CAP_CHOWN" }, { 1, "CAP_DAC_OVERRIDE" }, { 3, "CAP_FOWNER" }, { 5, "CAP_KILL" },
	{ 6, "CAP_SETGID" }, { 7, "CAP_SETUID" }, { 12, "CAP_NET_ADMIN" }, { 18, "CAP_SYS_CHROOT" },
	{ 21, "CAP_SYS_ADMIN" }, { 27, "CAP_MKNOD" },
};

/* Is this root, with all of its power, and not that of a user namespace alone? Says why not. */
static bool is_full_root(char *why, size_t size)
{
	char text[4096];
	unsigned int inside, outside, count;

	if (geteuid()) {
		snprintf(why, size, "uid %u is not root", (unsigned int)geteuid());
		return false;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (live_has_cap(wanted[i].bit))	/* not from /proc, which may not be there */
			continue;
		snprintf(why, size, "%s is not in the effective set", wanted[i].name);
		return false;
	}
	/* No such file before 3.5, nor without user namespaces. */
	if (suite_read("/proc/self/uid_map", text, sizeof(text)) > 0 &&
	    sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && (outside || count != 4294967295u)) {
		snprintf(why, size, "root of a user namespace only: uid_map %u %u %u", inside, outside, count);
		return false;
	}
	return true;
}

/* no_new_privs, since 3.5, is inherited and never goes away: what it withholds cannot be judged. */
static bool new_privs_met(const struct suite_test *t, struct outcome *out)
{
	if (!t->new_privs || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return true;
	out->result = RESULT_SKIP;
	out->denied = true;
	snprintf(out->message, sizeof(out->message),
		 "privilege is denied: no_new_privs is set, inherited from whoever started the run");
	return false;
}

static bool privilege_met(const struct suite_test *t, struct outcome *out)
{
	static enum { NOT_ASKED, YES, NO } answer;
	static char why[160];

	/* Root can become an ordinary user, but only with all of its power. */
	if (t->unprivileged && geteuid())
		return true;
	if (answer == NOT_ASKED)
		answer = is_full_root(why, sizeof(why)) ? YES : NO;
	if (answer == YES)
		return true;
	out->result = RESULT_SKIP;
	out->denied = true;
	snprintf(out->message, sizeof(out->message), "privilege is denied: %s", why);
	return false;
}

bool runner_needs_met(const struct suite_test *t, struct outcome *out)
{
	const char *rest = t->needs;
	char word[128];

	while ((rest = suite_next_need(rest, word, sizeof(word))))
		if (!word_met(t, word, out))
			return false;
	return privilege_met(t, out) && new_privs_met(t, out);
}

void runner_judge_absence(const struct suite_test *t, struct outcome *out)
{
	const struct live *live = examine(out->feature, t->unprivileged);
	char reason[sizeof(out->message)];

	memcpy(reason, out->message, sizeof(reason));
	if (live && why_not(live)) {
		say_skip(out->feature, live, out);
		return;
	}
	if (!live) {
		say_unknown_id(out->feature, out);
	} else {
		out->result = RESULT_FAIL;
		snprintf(out->message, sizeof(out->message),
			 "the test says %s is absent (%.200s), the probe says it %s: %s", out->feature,
			 reason, live_value_name(live->value), live->evidence);
	}
	if (out->log.len && out->log.data[out->log.len - 1] != '\n')
		sw_buf_addc(&out->log, '\n');
	sw_buf_printf(&out->log, "%s\n", out->message);
}
