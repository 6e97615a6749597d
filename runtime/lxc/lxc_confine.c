// SPDX-License-Identifier: GPL-2.0-only
/* Values of the keys that confine: limits, sysctls, files of /proc, user and groups. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

/* ---- files of the kernel --------------------------------------------------------------------- */

static void free_setting(struct rt_setting *s)
{
	free(s->name);
	free(s->value);
	free(s->origin);
}

/* Forget one setting, or all (NULL). */
static void forget_setting(struct rt_setting *list, size_t *count, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (name && strcmp(list[i].name, name))
			list[kept++] = list[i];
		else
			free_setting(&list[i]);
	*count = kept;
}

/*
 * The name below /proc/sys as sysctl(8) reads it: dots separate, unless there are slashes, so that
 * a device's name may have a dot. Malloc'ed; NULL with the error told.
 */
static char *setting_path(struct lxc_ctx *ctx)
{
	char *path = strdup(ctx->sub);

	if (!path) {
		lxc_fail(ctx, ENOMEM, "-");
		return NULL;
	}
	if (!strchr(path, '/'))
		for (char *p = path; *p; p++)
			if (*p == '.')
				*p = '/';
	for (const char *p = path; *p; p++) {
		bool bad = !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./:@", *p);
		/* No empty part, none that begins with a dot: never out of the directory. */
		bad |= (p == path || p[-1] == '/') && (*p == '/' || *p == '.');
		if (bad || (*p == '/' && !p[1])) {
			lxc_fail(ctx, EINVAL, "'%s' is no name of a file there", SHOW(ctx->sub));
			free(path);
			return NULL;
		}
	}
	return path;
}

static int set_setting(struct lxc_ctx *ctx, const char *value, struct rt_setting **list,
		       size_t *count)
{
	char *path __sw_free = setting_path(ctx);
	struct rt_setting *s;

	if (!path)
		return -ctx->err->num;
	forget_setting(*list, count, path);
	if (!*value)
		return 0;
	s = lxc_grow((void **)list, count, sizeof(*s));
	if (!s)
		return lxc_fail(ctx, ENOMEM, "-");
	s->name = path;
	path = NULL;
	s->value = strdup(value);
	s->origin = lxc_origin(ctx);
	return s->value && s->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_sysctl(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	return set_setting(ctx, value, &c->sysctls, &c->sysctl_count);
}

int lxc_set_proc(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	return set_setting(ctx, value, &c->procs, &c->proc_count);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK }, { "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
};

static void forget_limit(struct rt_confine *c, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->limit_count; i++) {
		if (name && strcmp(c->limits[i].name, name)) {
			c->limits[kept++] = c->limits[i];
			continue;
		}
		free(c->limits[i].name);
		free(c->limits[i].origin);
	}
	c->limit_count = kept;
}

static bool limit_value(const char *word, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n == strlen("unlimited") && !strncmp(word, "unlimited", n)) {
		*ret = RLIM_INFINITY;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9' || v > (UINT64_MAX - 10) / 10)
			return false;
		v = v * 10 + (word[i] - '0');
	}
	*ret = v;
	return n > 0;
}

int lxc_set_prlimit(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;
	const char *colon = strchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : strlen(value), i;
	struct rt_limit one = { .resource = -1 }, *slot;

	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (!strcmp(limits[i].name, ctx->sub))
			one.resource = limits[i].resource;
	if (one.resource < 0)
		return lxc_fail(ctx, EINVAL, "there is no limit '%s'; names are those of "
				"getrlimit(2) without RLIMIT_, in small letters: nofile and the "
				"like", SHOW(ctx->sub));
	if (!*value) {
		forget_limit(c, ctx->sub);
		return 0;
	}
	if (!limit_value(value, n, &one.soft) ||
	    !limit_value(colon ? colon + 1 : value, colon ? strlen(colon + 1) : n, &one.hard))
		return lxc_fail(ctx, EINVAL, "expected SOFT:HARD or one value for both, each a "
				"number or unlimited, found '%s'", SHOW(value));
	if (one.soft > one.hard)
		return lxc_fail(ctx, EINVAL, "the soft limit in '%s' is above the hard one",
				SHOW(value));
	forget_limit(c, ctx->sub);
	slot = lxc_grow((void **)&c->limits, &c->limit_count, sizeof(one));
	if (!slot)
		return lxc_fail(ctx, ENOMEM, "-");
	*slot = one;
	slot->name = strdup(ctx->sub);
	slot->origin = lxc_origin(ctx);
	return slot->name && slot->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

/* "lxc.prlimit", "lxc.proc", "lxc.sysctl" with nothing after it: forget all of that kind. */
int lxc_set_forget(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	if (*value)
		return lxc_fail(ctx, EINVAL, "a name is missing: expected %s.NAME, or an empty "
				"value, which forgets them all", SHOW(ctx->key));
	if (!strcmp(ctx->row->name, "lxc.prlimit"))
		forget_limit(c, NULL);
	else if (!strcmp(ctx->row->name, "lxc.proc"))
		forget_setting(c->procs, &c->proc_count, NULL);
	else
		forget_setting(c->sysctls, &c->sysctl_count, NULL);
	return 0;
}

/* ---- user, groups, keys ---------------------------------------------------------------------- */

static int parse_id(struct lxc_ctx *ctx, const char *word, uint32_t *ret)
{
	long v;

	/* The largest stands for "leave as it is" in setresuid(2). */
	if (sw_parse_long(word, &v) || v < 0 || v >= (long)UINT32_MAX)
		return lxc_fail(ctx, EINVAL, "expected a number from 0 to %lu, found '%s'",
				(unsigned long)UINT32_MAX - 1, SHOW(word));
	*ret = v;
	return 0;
}

int lxc_set_init_uid(struct lxc_ctx *ctx, const char *value)
{
	int r = parse_id(ctx, *value ? value : "0", &ctx->spec->confine.uid);

	ctx->spec->confine.set_user |= !r && *value;
	return r;
}

int lxc_set_init_gid(struct lxc_ctx *ctx, const char *value)
{
	int r = parse_id(ctx, *value ? value : "0", &ctx->spec->confine.gid);

	ctx->spec->confine.set_user |= !r && *value;
	return r;
}

int lxc_set_init_groups(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;
	char *copy __sw_free = strdup(value), *save = NULL;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	if (!*value)
		c->group_count = 0;
	for (char *w = strtok_r(copy, ", \t", &save); w; w = strtok_r(NULL, ", \t", &save)) {
		uint32_t gid = 0;
		gid_t *slot;
		int r = parse_id(ctx, w, &gid);

		if (r)
			return r;
		slot = lxc_grow((void **)&c->groups, &c->group_count, sizeof(*slot));
		if (!slot)
			return lxc_fail(ctx, ENOMEM, "-");
		*slot = gid;
		c->set_user = true;
	}
	return 0;
}

static int parse_bool(struct lxc_ctx *ctx, const char *value, bool *ret)
{
	if (*value && strcmp(value, "0") && strcmp(value, "1"))
		return lxc_fail(ctx, EINVAL, "expected 0 or 1, found '%s'", SHOW(value));
	*ret = *value == '1';
	return 0;
}

int lxc_set_keyring(struct lxc_ctx *ctx, const char *value)
{
	bool own = false;
	int r = parse_bool(ctx, value, &own);

	if (!r)
		ctx->spec->confine.keyring = !*value ? 0 : own ? 1 : -1;
	return r;
}

int lxc_set_sched_core(struct lxc_ctx *ctx, const char *value)
{
	return parse_bool(ctx, value, &ctx->spec->confine.sched_core);
}

/* Filters stack, and each only takes away: whoever runs under one gets a second all the same. */
int lxc_set_nesting(struct lxc_ctx *ctx, const char *value)
{
	bool unused;

	return parse_bool(ctx, value, &unused);
}

int lxc_set_ephemeral(struct lxc_ctx *ctx, const char *value)
{
	return parse_bool(ctx, value, &ctx->spec->confine.ephemeral);
}

/* ---- labels ---------------------------------------------------------------------------------- */

/* @nothing: the word that asks for none. */
static int set_label(struct lxc_ctx *ctx, char **where, const char *value, const char *nothing)
{
	struct rt_confine *c = &ctx->spec->confine;

	if (strlen(value) > 255 || strpbrk(value, " \t"))
		return lxc_fail(ctx, EINVAL, "expected one word of at most 255 bytes, found '%s'",
				SHOW(value));
	free(*where);
	free(c->label_origin);
	*where = *value && strcmp(value, nothing) ? strdup(value) : NULL;
	c->label_origin = lxc_origin(ctx);
	return c->label_origin && (*where || !*value || !strcmp(value, nothing)) ? 0 :
	       lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_apparmor(struct lxc_ctx *ctx, const char *value)
{
	if (!strcmp(value, "generated"))
		return lxc_fail(ctx, ENOTSUP, "profiles are not generated by this build; load one with "
				"apparmor_parser and name it");
	return set_label(ctx, &ctx->spec->confine.apparmor, value, "unchanged");
}

int lxc_set_apparmor_incomplete(struct lxc_ctx *ctx, const char *value)
{
	return parse_bool(ctx, value, &ctx->spec->confine.apparmor_incomplete);
}

int lxc_set_selinux(struct lxc_ctx *ctx, const char *value)
{
	return set_label(ctx, &ctx->spec->confine.selinux, value, "unconfined_t");
}

/* ---- the place among cgroups ----------------------------------------------------------------- */

int lxc_set_cgroup_dir(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;
	size_t n = strlen(value);

	if (n > 250 || *value == '/' || (n && value[n - 1] == '/'))
		return lxc_fail(ctx, EINVAL, "expected a path relative to the top of each hierarchy, of at "
				"most 250 bytes, found '%s'", SHOW(value));
	/* A part that begins with a dot leads elsewhere, an empty one nowhere; the journal has lines. */
	for (const char *p = value; *p; p += *p == '/') {
		size_t part = strcspn(p, "/");

		if (!part || *p == '.' || strpbrk(value, "\\\n"))
			return lxc_fail(ctx, EINVAL, "'%s' is no path of a cgroup", SHOW(value));
		p += part;
	}
	free(c->cgroup_dir);
	c->cgroup_dir = n ? strdup(value) : NULL;
	return c->cgroup_dir || !n ? 0 : lxc_fail(ctx, ENOMEM, "-");
}
