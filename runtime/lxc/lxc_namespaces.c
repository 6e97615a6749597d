// SPDX-License-Identifier: GPL-2.0-only
/* Values of the keys about namespaces: which to create, to keep, to share; and clocks. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rt.h"
#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"

static const struct {
	const char *word;
	uint64_t flag;
} words[] = {
	{ "mnt", SW_CLONE_NEWNS }, { "mount", SW_CLONE_NEWNS }, { "pid", SW_CLONE_NEWPID },
	{ "uts", SW_CLONE_NEWUTS }, { "utsname", SW_CLONE_NEWUTS }, { "ipc", SW_CLONE_NEWIPC },
	{ "user", SW_CLONE_NEWUSER }, { "net", SW_CLONE_NEWNET }, { "network", SW_CLONE_NEWNET },
	{ "cgroup", SW_CLONE_NEWCGROUP }, { "time", SW_CLONE_NEWTIME },
};

static int namespace_of(struct lxc_ctx *ctx, const char *word, uint64_t *ret)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i].word)) {
			*ret = words[i].flag;
			return 0;
		}
	return lxc_fail(ctx, EINVAL, "there is no namespace '%s'; expected mnt, pid, uts, ipc, user, net, "
			"cgroup or time", SHOW(word));
}

static int set_namespaces(struct lxc_ctx *ctx, const char *value, uint64_t *where)
{
	char *copy __sw_free = strdup(value), *save = NULL;
	uint64_t all = 0, flag = 0;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	for (char *w = strtok_r(copy, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		int r = namespace_of(ctx, w, &flag);

		if (r)
			return r;
		all |= flag;
	}
	*where = all ? *where | all : 0;
	return 0;
}

int lxc_set_ns_clone(struct lxc_ctx *ctx, const char *value)
{
	return set_namespaces(ctx, value, &ctx->spec->confine.ns_clone);
}

int lxc_set_ns_keep(struct lxc_ctx *ctx, const char *value)
{
	return set_namespaces(ctx, value, &ctx->spec->confine.ns_keep);
}

/* lxc.namespace.share.NAME = PID, or a container of this lxcpath, or LXCPATH/NAME. */
int lxc_set_ns_share(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;
	const char *name = strrchr(value, '/');
	struct sw_error why = { 0 };
	struct rt_ns_share *s;
	uint64_t flag = 0;
	size_t kept = 0;
	int r = namespace_of(ctx, ctx->sub, &flag);

	if (r)
		return r;
	for (size_t i = 0; i < c->share_count; i++) {
		if (c->shares[i].flag != flag) {
			c->shares[kept++] = c->shares[i];
			continue;
		}
		free(c->shares[i].from);
		free(c->shares[i].origin);
	}
	c->share_count = kept;
	if (!*value)
		return 0;
	if (name && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected a process id, the name of a container, or the "
				"absolute path of its directory, found '%s'", SHOW(value));
	if (rt_name_check(name ? name + 1 : value, &why))
		return lxc_fail(ctx, EINVAL, "%s", why.msg);
	if (!value[strspn(value, "0123456789")] && (strlen(value) > 9 || !atoi(value)))
		return lxc_fail(ctx, EINVAL, "'%s' is no process id", SHOW(value));
	s = lxc_grow((void **)&c->shares, &c->share_count, sizeof(*s));
	if (!s)
		return lxc_fail(ctx, ENOMEM, "-");
	s->flag = flag;
	s->from = strdup(value);
	s->origin = lxc_origin(ctx);
	return s->from && s->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static int set_offset(struct lxc_ctx *ctx, const char *value, int64_t *where, bool *set)
{
	static const struct {
		const char *word;
		int64_t ns;
	} units[] = { { "", 1000000000 }, { "s", 1000000000 }, { "m", 60000000000 },
		      { "h", 3600000000000 }, { "d", 86400000000000 }, { "ms", 1000000 },
		      { "us", 1000 }, { "ns", 1 } };
	long long v;
	char *end;

	*set = *value;
	*where = 0;
	if (!*value)
		return 0;
	errno = 0;
	v = strtoll(value, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units) && end != value && !errno; i++) {
		if (strcmp(end + strspn(end, " \t"), units[i].word))
			continue;
		if (!__builtin_mul_overflow((int64_t)v, units[i].ns, where))
			return 0;
	}
	*where = 0;
	return lxc_fail(ctx, EINVAL, "expected a number with d, h, m, s, ms, us or ns after it, at most 292 "
			"years in all, found '%s'", SHOW(value));
}

int lxc_set_offset_boot(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	return set_offset(ctx, value, &c->offset_boot, &c->has_offset_boot);
}

int lxc_set_offset_monotonic(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	return set_offset(ctx, value, &c->offset_monotonic, &c->has_offset_monotonic);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The word for one of these namespaces. */
static const char *word_of(uint64_t flags)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (flags & words[i].flag)
			return words[i].word;
	return "";
}

static uint64_t shared(const struct rt_confine *c)
{
	uint64_t all = 0;

	for (size_t i = 0; i < c->share_count; i++)
		all |= c->shares[i].flag;
	return all;
}

bool lxc_wants_cgroup_namespace(const struct rt_spec *spec)
{
	const struct rt_confine *c = &spec->confine;

	return !((c->ns_keep | shared(c)) & SW_CLONE_NEWCGROUP) && !c->ns_clone;
}

/* What the other keys ask for is in spec->ns. */
int lxc_finish_namespaces(struct lxc_ctx *ctx)
{
	struct rt_spec *spec = ctx->spec;
	struct rt_confine *c = &spec->confine;
	uint64_t keep = c->ns_keep, others = shared(c), asked = 0, both;

	if (c->has_offset_boot || c->has_offset_monotonic)
		asked |= SW_CLONE_NEWTIME;
	asked |= spec->ns & (SW_CLONE_NEWUSER | SW_CLONE_NEWNET);
	both = (keep & others) | (keep & c->ns_clone) | (others & c->ns_clone);
	if (both)
		return sw_error(ctx->err, EINVAL, "config", "the %s namespace cannot be more than one of "
				"kept, cloned and shared", word_of(both));
	both = asked & (keep | others);
	if (c->ns_clone)
		both |= asked & ~c->ns_clone;
	if (both)
		return sw_error(ctx->err, EINVAL, "config", "%s asks for a %s namespace of the container's "
				"own, and lxc.namespace.* says that there is none",
				both & SW_CLONE_NEWUSER ? "lxc.idmap" : both & SW_CLONE_NEWNET ?
				"lxc.net" : "lxc.time.offset", word_of(both));
	if ((c->ns_clone & SW_CLONE_NEWUSER) && !spec->idmap_count)
		return sw_error(ctx->err, EINVAL, "config", "a user namespace needs lxc.idmap, which says "
				"who is who in it");
	spec->ns |= asked;
	if (c->ns_clone)
		spec->ns = c->ns_clone | asked;
	spec->ns &= ~(keep | others);
	return 0;
}
