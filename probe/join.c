// SPDX-License-Identifier: GPL-2.0-only
#include "join.h"

#include <stdio.h>
#include <string.h>

#include "kconfig/expr.h"
#include "kconfig/needs.h"
#include "sw_error.h"
#include "sw_fd.h"

/* Rows end with an expression of NULL and since 0; an empty table means: no symbol at all. */
static bool row_end(const struct feature_kconfig *k)
{
	return !k->expr && !k->since;
}

static bool row_holds(const struct feature_kconfig *k, uint32_t version)
{
	return version >= k->since && (!k->until || version < k->until);
}

static size_t row_count(const struct feature *f)
{
	size_t n = 0;

	while (n < sizeof(f->kconfig) / sizeof(*f->kconfig) && !row_end(&f->kconfig[n]))
		n++;
	return n;
}

/*
 * Enterprise kernels take over much of later versions under an old number: Red Hat's and its rebuilds
 * (3.10.0-1160.el7, 4.18.0-553.el8_10), and SUSE's (4.12.14-122.37-default).
 */
static bool takes_over_later_things(const struct kconfig *kc)
{
	const char *release = kc ? kconfig_info(kc)->release : NULL;
	const char *el = release ? strstr(release, ".el") : NULL;
	size_t len = release ? strlen(release) : 0;

	return (el && el[3] >= '5' && el[3] <= '9') || (el && el[3] == '1' && el[4] >= '0' && el[4] <= '9') ||
	       (len > 8 && !strcmp(release + len - 8, "-default"));
}

/* It is not in mainline of that version, and nothing in the configuration says whether it is in this kernel. */
static enum kconfig_state too_old(const struct kconfig *kc, const char *since, char *why, size_t size)
{
	if (!takes_over_later_things(kc)) {
		snprintf(why, size, "came with %s", since);
		return KCONFIG_STATE_NO_SYMBOL;
	}
	snprintf(why, size, "came with %s, but kernels such as %s take over later things", since,
		 kconfig_info(kc)->release);
	return KCONFIG_STATE_UNKNOWN;
}

static enum kconfig_state since_only(const struct feature *f, const struct kconfig *kc, uint32_t version,
				     char *why, size_t size)
{
	char text[16];

	if (!f->since) {
		snprintf(why, size, "always on, no symbol governs it");
		return KCONFIG_STATE_BUILTIN;
	}
	kver_format(f->since, text);
	if (version == KVER_NONE) {
		snprintf(why, size, "always on since %s, but the version is not known", text);
		return KCONFIG_STATE_UNKNOWN;
	}
	if (version < f->since)
		return too_old(kc, text, why, size);
	snprintf(why, size, "always on since %s", text);
	return KCONFIG_STATE_BUILTIN;
}

struct newer {		/* looks for a symbol that is set and no older than a version */
	const struct kconfig *kc;
	uint32_t version;
	bool set;
	bool any;	/* there is one, set or not */
};

static void find_newer(const char *symbol, void *arg)
{
	struct newer *n = arg;
	const struct kconfig_symbol *s = kconfig_symbol_at(symbol, KVER_MAX);

	if (!s || s->since < n->version)
		return;
	n->any = true;
	n->set |= kconfig_get(n->kc, symbol, NULL) != KCONFIG_N;
}

/*
 * The version is older than the feature. Only a symbol that is set, and that came to mainline no
 * earlier than the feature, speaks for a backport; older ones (CGROUPS for cgroup namespaces,
 * CGROUP_BPF for device programs) say nothing.
 */
static enum kconfig_state before_first(const struct feature *f, const struct kconfig *kc,
				       uint32_t version, char *why, size_t size)
{
	struct newer n = { kc, f->since, false, false };
	enum kconfig_state s = KCONFIG_STATE_NO_SYMBOL;
	char text[16], set[100];

	kver_format(f->kconfig[0].since, text);
	if (kc && f->kconfig[0].expr) {
		kconfig_expr_symbols(f->kconfig[0].expr, find_newer, &n);
		s = kconfig_eval(kc, version, f->kconfig[0].expr, set, sizeof(set));
	}
	if (s == KCONFIG_STATE_BUILTIN || s == KCONFIG_STATE_MODULE) {
		if (n.set) {
			snprintf(why, size, "%s", set);
			return s;
		}
		if (takes_over_later_things(kc))
			return too_old(kc, text, why, size);
		/* USER_NS is in 2.6.23, but without uid_map, which came with 3.5, there is no use for it. */
		snprintf(why, size, "%s, but the feature came with %s", set, text);
		return KCONFIG_STATE_NO_SYMBOL;
	}
	/* A backport would show by a symbol that came with the feature, or cannot be without these. */
	if (n.any || s == KCONFIG_STATE_OFF) {
		snprintf(why, size, "came with %s", text);
		return KCONFIG_STATE_NO_SYMBOL;
	}
	return too_old(kc, text, why, size);
}

/*
 * Version not known. A symbol that is set, and that came no earlier than the feature, is an answer;
 * so is what every row agrees on. Anything else depends on the version.
 */
static enum kconfig_state any_version(const struct feature *f, const struct kconfig *kc, char *why,
				      size_t size)
{
	size_t n = row_count(f), off = 0;

	for (size_t i = 0; i < n; i++) {
		struct newer newer = { kc, f->since, false, false };
		enum kconfig_state s;

		if (!f->kconfig[i].expr)
			continue;
		s = kconfig_eval(kc, KVER_NONE, f->kconfig[i].expr, why, size);
		off += s == KCONFIG_STATE_OFF;
		if (s != KCONFIG_STATE_BUILTIN && s != KCONFIG_STATE_MODULE)
			continue;
		kconfig_expr_symbols(f->kconfig[i].expr, find_newer, &newer);
		if (newer.set)
			return s;
	}
	if (off == n)
		return KCONFIG_STATE_OFF;
	snprintf(why, size, "depends on the version, which is not known");
	return KCONFIG_STATE_UNKNOWN;
}

enum kconfig_state feature_configured(const struct feature *f, const struct kconfig *kc,
				      uint32_t version, char *why, size_t size)
{
	size_t n = row_count(f);
	char text[16];

	why[0] = 0;
	if (!n)
		return since_only(f, kc, version, why, size);
	if (version == KVER_NONE && kc)
		return any_version(f, kc, why, size);
	if (version != KVER_NONE && version < f->kconfig[0].since)
		return before_first(f, kc, version, why, size);
	for (size_t i = 0; i < n; i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!row_holds(k, version))
			continue;
		if (!k->expr) {
			snprintf(why, size, "always on since %s", kver_format(k->since, text));
			return KCONFIG_STATE_BUILTIN;
		}
		if (!kc)
			break;
		return kconfig_eval(kc, version, k->expr, why, size);
	}
	if (!kc) {
		snprintf(why, size, "no configuration to be had");
		return KCONFIG_STATE_UNKNOWN;
	}
	snprintf(why, size, "went with %s", kver_format(f->kconfig[n - 1].until, text));
	return KCONFIG_STATE_NO_SYMBOL;
}

struct wanted {
	const struct kconfig *kc;
	uint32_t version;
	const char *joiner;
	char *out;
	size_t size;
	char unknown[64];	/* a symbol that has to be on, of which we do not know more */
	char hidden[64];	/* a symbol that is not on offer, and we do not know why */
	uint32_t other_version;	/* whose declarations had to serve; 0: none */
};

static bool fits(const struct wanted *w, const char *text)
{
	return strlen(w->out) + strlen(text) < w->size;
}

static void append(struct wanted *w, const char *text)
{
	size_t len = strlen(w->out);

	snprintf(w->out + len, w->size - len, "%s", text);
}

/* "CONFIG_A=y and CONFIG_B=y (which CONFIG_C depends on) and CONFIG_C=y" */
static void describe(const struct kconfig_needs *needs, const char *symbol, const struct wanted *w,
		     char *text, size_t size)
{
	bool self = false, any = false;
	char item[100];
	size_t len = 0;

	text[0] = 0;
	for (size_t i = 0; i < needs->count; i++) {
		if (!strcmp(needs->item[i].name, symbol)) {
			self = true;
			continue;
		}
		snprintf(item, sizeof(item), "CONFIG_%s=%c", needs->item[i].name,
			 needs->item[i].off ? 'n' : 'y');
		if (strstr(w->out, item))
			continue;
		len += (size_t)snprintf(text + len, len < size ? size - len : 0, "%s%s",
					any ? " and " : "", item);
		any = true;
	}
	if (any && len < size)
		len += (size_t)snprintf(text + len, size - len, self ? " (which CONFIG_%s depends on) and " :
					" (which brings CONFIG_%s)", symbol);
	if (self && len < size)
		snprintf(text + len, size - len, "CONFIG_%s=y", symbol);
}

static void put_wanted(struct wanted *w, const char *item)
{
	if (!item[0] || strstr(w->out, item))
		return;
	if (!fits(w, w->joiner) || !fits(w, item) ||
	    strlen(w->out) + strlen(w->joiner) + strlen(item) >= w->size) {
		if (fits(w, " ..."))
			append(w, " ...");
		return;
	}
	if (w->out[0])
		append(w, w->joiner);
	append(w, item);
}

static void add_wanted(const char *symbol, void *arg)
{
	struct wanted *w = arg;
	const struct kconfig_symbol *s = kconfig_symbol_at(symbol, w->version);
	struct kconfig_needs needs = { .count = 0 };
	char item[400];

	if (w->kc && kconfig_get(w->kc, symbol, NULL) != KCONFIG_N)
		return;
	if (s && w->version != KVER_NONE && (w->version < s->since || w->version >= s->until))
		return;
	/* In a part of a configuration what is not mentioned may be on; then the symbol alone is named. */
	if (w->kc && kconfig_info(w->kc)->complete) {
		if (!kconfig_needs(w->kc, w->version, symbol, &needs))
			return;
		if (needs.version)
			w->other_version = needs.version;
		describe(&needs, symbol, w, item, sizeof(item));
		if (!strcmp(needs.unknown, symbol)) {
			snprintf(w->hidden, sizeof(w->hidden), "%.60s", symbol);
			snprintf(item, sizeof(item), "CONFIG_%s=y", symbol);
		} else if (needs.unknown[0]) {
			snprintf(w->unknown, sizeof(w->unknown), "%.60s", needs.unknown);
		}
	} else {
		snprintf(item, sizeof(item), "CONFIG_%s=y", symbol);
	}
	put_wanted(w, item);
}

static bool has_alternatives(const struct expr *x, int n)
{
	const struct node *node = &x->node[n];

	return node->kind == NODE_OR || (node->kind == NODE_AND && (has_alternatives(x, node->left) ||
								    has_alternatives(x, node->right)));
}

static void want_below(const struct expr *x, int n, struct wanted *w)
{
	const struct node *node = &x->node[n];

	if (node->kind == NODE_SYMBOL)
		add_wanted(node->name, w);
	if (node->kind == NODE_AND || node->kind == NODE_OR) {
		want_below(x, node->left, w);
		want_below(x, node->right, w);
	}
}

struct choice {
	char least[640];	/* the alternative that takes least */
	bool several;		/* one of them takes several symbols */
};

/* Into w->out what each alternative wants, and into *c which of them it may have to be. */
static void list_alternatives(const struct expr *x, int n, struct wanted *w, struct choice *c)
{
	struct wanted one = *w;
	char text[640] = "";

	if (x->node[n].kind == NODE_OR) {
		list_alternatives(x, x->node[n].left, w, c);
		list_alternatives(x, x->node[n].right, w, c);
		return;
	}
	one.out = text;
	one.size = sizeof(text) < w->size ? sizeof(text) : w->size;
	one.joiner = has_alternatives(x, n) ? " or " : " and ";
	want_below(x, n, &one);
	c->several |= strstr(text, " and ") != NULL;
	if (text[0] && (!c->least[0] || strlen(text) < strlen(c->least)))
		snprintf(c->least, sizeof(c->least), "%s", text);
	/* What was learnt on the way is the whole expression's. */
	one.out = w->out;
	one.size = w->size;
	one.joiner = " or ";
	*w = one;
	put_wanted(w, text);
}

/*
 * What one expression wants, into w->out. Of alternatives, those that take one symbol each are all
 * named; where some take several, the one that takes least.
 */
static void want_expression(const char *expr, struct wanted *w)
{
	struct choice c = { .several = false };
	struct expr x;
	int root = kconfig_expr_parse(&x, expr);

	if (root < 0)
		return;
	list_alternatives(&x, root, w, &c);
	if (c.several)
		snprintf(w->out, w->size, "%s", c.least);
}

/* Fill w->out from the expression that holds for the version. */
static void find_wanted(const struct feature *f, struct wanted *w)
{
	w->out[0] = 0;
	for (size_t i = 0; i < row_count(f); i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!k->expr || (w->version != KVER_NONE && !row_holds(k, w->version)))
			continue;
		if (!strpbrk(k->expr, "!="))
			want_expression(k->expr, w);
		return;
	}
}

void feature_wanted_symbols(const struct feature *f, const struct kconfig *kc, uint32_t version,
			    char *out, size_t size)
{
	struct wanted w = { kc, version, " and ", out, size, "", "", 0 };

	find_wanted(f, &w);
}

struct limited {	/* the latest limit of the architecture on symbols of an expression */
	const char *arch;
	uint32_t version, since;
};

static void find_limit(const char *symbol, void *arg)
{
	struct limited *l = arg;
	const struct kconfig_arch_limit *limit = kconfig_arch_limit_find(symbol, l->arch);

	if (limit && l->version < limit->since && limit->since > l->since)
		l->since = limit->since;
}

uint32_t feature_first_version(const struct feature *f, uint32_t version, const char *arch)
{
	uint32_t from = version > f->since ? version : f->since;
	struct limited l = { arch, from, 0 };

	for (size_t i = 0; i < row_count(f); i++)
		if (f->kconfig[i].expr && row_holds(&f->kconfig[i], from) && !strstr(f->kconfig[i].expr, "||"))
			kconfig_expr_symbols(f->kconfig[i].expr, find_limit, &l);
	return l.since > from ? l.since : from;
}

/* ---- live -------------------------------------------------------------------------------------- */

static void finding(struct feature_evidence *e, enum finding_type t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void finding(struct feature_evidence *e, enum finding_type t, const char *fmt, ...)
{
	va_list ap;

	e->finding = t;
	va_start(ap, fmt);
	vsnprintf(e->finding_text, sizeof(e->finding_text), fmt, ap);
	va_end(ap);
}

static void remedy(struct feature_evidence *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void remedy(struct feature_evidence *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->remedy, sizeof(e->remedy), fmt, ap);
	va_end(ap);
}

/*
 * "user.max_user_namespaces=0" into what to set it to. The values are those that do not forbid; a
 * limit's is a matter of the machine. Returns false for a sysctl that we have no answer for.
 */
bool sysctl_remedy(const char *cause, char *out, size_t size)
{
	static const struct {
		const char *start, *value;
	} answers[] = {
		{ "user.max_", "N, with N as many as are wanted, such as 10000" },
		{ "fs.inotify.max_", "N, with N as many as are wanted, such as 1024" },
		{ "kernel.unprivileged_userns_clone", "1" },
		{ "kernel.apparmor_restrict_unprivileged_userns", "0" },
		{ "kernel.firmware_config.force_sysfs_fallback=1", "0" },
	};
	size_t name = strcspn(cause, "= ");

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers) && cause[name] == '='; i++)
		if (!strncmp(cause, answers[i].start, strlen(answers[i].start))) {
			snprintf(out, size, "sysctl %.*s=%s (it is %.60s)", (int)name, cause,
				 answers[i].value, cause + name + 1);
			return true;
		}
	return false;
}

/* What to do about a cause that the probe established. */
static void remedy_cause(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	const char *module = e->feature->module ? e->feature->module : "it";
	char sysctl[200];

	switch (e->live.cause) {
	case FINDING_BOOT_PARAMETER:
		remedy(e, "boot without %.100s", e->live.cause_text);
		if (strstr(e->live.cause_text, "cgroup_enable="))
			remedy(e, "boot with %.100s", strstr(e->live.cause_text, "cgroup_enable="));
		break;
	case FINDING_MODULE_NOT_LOADED:
		remedy(e, "modprobe %s, or let the probe load it: --load-modules", module);
		break;
	case FINDING_MODULE_MISSING:
		remedy(e, "install the kernel's modules with %s.ko, or build it in", module);
		break;
	case FINDING_NO_MODULE_SUPPORT:
		remedy(e, "build it into the kernel (=y), since modules cannot be loaded");
		break;
	case FINDING_SYSCTL:
		if (sysctl_remedy(e->live.cause_text, sysctl, sizeof(sysctl)))
			remedy(e, "%s", sysctl);
		else
			remedy(e, "change the sysctl, now %.150s", e->live.cause_text);
		break;
	case FINDING_SECCOMP:
		remedy(e, "run the probe outside the sandbox or container whose filter this is");
		break;
	case FINDING_CAPABILITY:
		remedy(e, "run the probe as root, with all capabilities");
		break;
	case FINDING_LIMIT:
		remedy(e, "raise the limit, or end what uses it up");
		break;
	case FINDING_OTHER_HIERARCHY:
		/* Only an idle controller can be taken from version 2 for a moment; never one from a mount. */
		if (!sw_starts_with(e->feature->id, "cgroup.v2."))
			remedy(e, "mount it on cgroup v1 when the system starts%s",
			       ctx->intrusive ? "" : ", or let the probe try: --intrusive");
		else
			remedy(e, "leave it off the cgroup v1 mounts when the system starts, or boot with "
			       "cgroup_no_v1=all (4.6 and newer)");
		break;
	case FINDING_CHROOT:
		remedy(e, "run the probe outside the chroot, or make the new root one with pivot_root");
		break;
	case FINDING_LSM:
		remedy(e, "allow it in the policy of the security module, or run the probe unconfined");
		break;
	case FINDING_CONFIGURED_ABSENT:
		if (e->feature->remedy)
			remedy(e, "%s", e->feature->remedy);
		break;
	default:
		break;
	}
}

/* The version has no such symbol, or not on this architecture. */
static void remedy_version(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	const struct feature *f = e->feature;
	const char *arch = ctx->kconfig ? kconfig_info(ctx->kconfig)->arch : NULL;
	uint32_t first = feature_first_version(f, ctx->version, arch);
	char since[16];

	if (ctx->version == KVER_NONE || first == ctx->version)
		return;
	if (first == KVER_MAX)
		remedy(e, "no version of Linux that we know has it on %s", arch);
	else if (first > f->since)
		remedy(e, "needs Linux %s or newer on %s", kver_format(first, since), arch);
	else
		remedy(e, "needs Linux %s or newer", kver_format(first, since));
}

/* What to set in the configuration, where that is what is missing. */
static void remedy_configure(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	char symbols[320], version[16], as[64] = "";
	struct wanted w = { ctx->kconfig, ctx->version, " and ", symbols, sizeof(symbols), "", "", 0 };

	find_wanted(e->feature, &w);
	if (e->configured == KCONFIG_STATE_NO_SYMBOL) {
		remedy_version(ctx, e);
	} else if (symbols[0]) {
		if (w.other_version)
			snprintf(as, sizeof(as), " (dependencies as of Linux %s)",
				 kver_format(w.other_version, version));
		remedy(e, w.hidden[0] ? "set %s, and first what %s depends on: it is not on offer yet" :
		       w.unknown[0] ? "set %s, and first what turns on %s" : "set %s", symbols,
		       w.hidden[0] ? w.hidden : w.unknown);
		snprintf(e->remedy + strlen(e->remedy), sizeof(e->remedy) - strlen(e->remedy), "%s", as);
	}
	if (!e->remedy[0] && e->feature->remedy)
		remedy(e, "%s", e->feature->remedy);
}

static bool config_release_differs(const struct probe_ctx *ctx)
{
	const char *release = ctx->kconfig ? kconfig_info(ctx->kconfig)->release : NULL;
	uint32_t mask = 0xffffff00u;

	if (!release || kconfig_info(ctx->kconfig)->version == KVER_NONE || !ctx->version)
		return false;
	return (kconfig_info(ctx->kconfig)->version & mask) != (ctx->version & mask);
}

/*
 * What stands at /proc/config.gz may have been put there by someone else (a bind mount in a sandbox):
 * the running kernel's own has its version.
 */
static bool config_is_running(const struct probe_ctx *ctx)
{
	return ctx->kconfig && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING &&
	       !config_release_differs(ctx);
}

static void join_works(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	e->usable = USABLE_YES;
	if (e->configured != KCONFIG_STATE_OFF && e->configured != KCONFIG_STATE_NO_SYMBOL)
		return;
	/* What a sysctl says now is not what the configuration has at the start: no backport. */
	if (e->live.cause != FINDING_NONE) {
		finding(e, e->live.cause, "%s", e->live.cause_text);
		return;
	}
	if (config_is_running(ctx) || (e->configured == KCONFIG_STATE_NO_SYMBOL &&
				       !config_release_differs(ctx)))
		finding(e, FINDING_BACKPORT, "the configuration says no (%.100s), yet it works: a backport",
			e->configured_why);
	else if (config_release_differs(ctx))
		finding(e, FINDING_STALE_CONFIG, "it works, and the configuration that says no is one of "
			"Linux %.60s", kconfig_info(ctx->kconfig)->release);
	else
		finding(e, FINDING_STALE_CONFIG, "the configuration file says no (%.60s), yet it works: "
			"the file is not the running kernel's, or the kernel has a backport",
			e->configured_why);
}

static void join_absent(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	/* A module on disk that nothing has asked for yet would most likely load; it was not tried. */
	e->usable = e->live.cause == FINDING_MODULE_NOT_LOADED ? USABLE_UNKNOWN : USABLE_NO;
	if (e->live.cause != FINDING_NONE) {
		finding(e, e->live.cause, "%s", e->live.cause_text);
		remedy_cause(ctx, e);
		return;
	}
	if (e->configured != KCONFIG_STATE_BUILTIN && e->configured != KCONFIG_STATE_MODULE) {
		remedy_configure(ctx, e);
		return;
	}
	if (!config_is_running(ctx) && ctx->kconfig && config_release_differs(ctx))
		finding(e, FINDING_STALE_CONFIG, "configured (%.60s) but absent: the configuration is one "
			"of Linux %.60s", e->configured_why, kconfig_info(ctx->kconfig)->release);
	else
		finding(e, FINDING_CONFIGURED_ABSENT, "configured (%.100s), yet the running kernel does not "
			"have it", e->configured_why);
	if (e->feature->remedy)
		remedy(e, "%s", e->feature->remedy);
}

/* A file speaks: nothing was tried. */
static void join_file(const struct probe_ctx *ctx, struct feature_evidence *e)
{
	char boot[160];

	switch (e->configured) {
	case KCONFIG_STATE_BUILTIN:
		e->usable = USABLE_YES;
		if (ctx->kconfig && e->feature->off_at_boot &&
		    e->feature->off_at_boot(e->feature, ctx->kconfig, ctx->version, boot, sizeof(boot))) {
			e->usable = USABLE_NO;
			finding(e, FINDING_BOOT_PARAMETER, "built in (%.100s), but off at every boot that does not "
				"ask for it", e->configured_why);
			remedy(e, "boot with %s", boot);
		}
		break;
	case KCONFIG_STATE_MODULE:
		e->usable = USABLE_YES;
		/* Kconfig offers m only with MODULES; merged or edited files have it all the same. */
		if (ctx->kconfig && kconfig_get(ctx->kconfig, "MODULES", NULL) == KCONFIG_N &&
		    (kconfig_info(ctx->kconfig)->complete ||
		     kconfig_mentions(ctx->kconfig, "MODULES"))) {
			e->usable = USABLE_NO;
			finding(e, FINDING_NO_MODULE_SUPPORT, "%.100s, but MODULES is not set: it cannot be "
				"loaded", e->configured_why);
			remedy(e, "build it in (=y), or set CONFIG_MODULES=y");
		}
		break;
	case KCONFIG_STATE_OFF:
	case KCONFIG_STATE_NO_SYMBOL:
		e->usable = USABLE_NO;
		remedy_configure(ctx, e);
		break;
	case KCONFIG_STATE_UNKNOWN:
		e->usable = USABLE_UNKNOWN;
		break;
	}
}

/*
 * What this process lacks, or what confines it, says nothing about what others can do; neither does
 * a refusal that nothing explains.
 */
static bool of_this_process_only(enum finding_type cause)
{
	return cause == FINDING_CAPABILITY || cause == FINDING_SECCOMP || cause == FINDING_CHROOT ||
	       cause == FINDING_LSM;
}

void feature_join(const struct probe_ctx *ctx, bool live, struct feature_evidence *e)
{
	e->finding = FINDING_NONE;
	e->finding_text[0] = e->remedy[0] = 0;
	e->usable = USABLE_UNKNOWN;
	if (!live) {
		join_file(ctx, e);
		return;
	}
	switch (e->live.value) {
	case LIVE_WORKS:
		join_works(ctx, e);
		break;
	case LIVE_ABSENT:
		join_absent(ctx, e);
		break;
	case LIVE_DENIED:
		e->usable = e->live.cause == FINDING_NONE || of_this_process_only(e->live.cause) ?
			    USABLE_UNKNOWN : USABLE_NO;
		finding(e, e->live.cause, "%s", e->live.cause_text);
		remedy_cause(ctx, e);
		break;
	case LIVE_BROKEN:
		e->usable = USABLE_NO;
		finding(e, e->live.cause, "%s", e->live.cause_text);
		break;
	case LIVE_UNKNOWN:
		finding(e, e->live.cause, "%s", e->live.cause_text);
		remedy_cause(ctx, e);
		/* Where it is certainly not configured, what could not be tried is not there. */
		if (config_is_running(ctx) && (e->configured == KCONFIG_STATE_OFF)) {
			e->usable = USABLE_NO;
			remedy_configure(ctx, e);
		}
		break;
	}
}
