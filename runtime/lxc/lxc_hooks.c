// SPDX-License-Identifier: GPL-2.0-only
/* Values of the keys about hooks, their environment, and the log. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/rt.h"
#include "lxc/lxc_internal.h"
#include "sw_fd.h"

static void forget_hooks(struct rt_confine *c, int type)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->hook_count; i++) {
		if (type >= 0 && (int)c->hooks[i].type != type) {
			c->hooks[kept++] = c->hooks[i];
			continue;
		}
		free(c->hooks[i].command);
		free(c->hooks[i].origin);
	}
	c->hook_count = kept;
}

/* The key's row is lxc.hook.TYPE. */
int lxc_set_hook(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;
	int type = rt_hook_type(ctx->row->name + strlen("lxc.hook."));
	struct rt_hook *h;

	if (!*value) {
		forget_hooks(c, type);
		return 0;
	}
	h = lxc_grow((void **)&c->hooks, &c->hook_count, sizeof(*h));
	if (!h)
		return lxc_fail(ctx, ENOMEM, "-");
	h->type = type;
	h->command = strdup(value);
	h->origin = lxc_origin(ctx);
	return h->command && h->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_hook_all(struct lxc_ctx *ctx, const char *value)
{
	if (*value)
		return lxc_fail(ctx, EINVAL, "the kind of hook is missing: expected lxc.hook.mount and "
				"the like, or an empty value, which forgets them all");
	forget_hooks(&ctx->spec->confine, -1);
	return 0;
}

int lxc_set_hook_version(struct lxc_ctx *ctx, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "1"))
		return lxc_fail(ctx, EINVAL, "expected 0 (arguments) or 1 (environment), found '%s'",
				SHOW(value));
	ctx->spec->confine.hook_version = *value == '1';
	return 0;
}

int lxc_set_environment_hooks(struct lxc_ctx *ctx, const char *value)
{
	return lxc_add_environment(ctx, &ctx->spec->confine.hook_env, value);
}

/* ---- the log --------------------------------------------------------------------------------- */

int lxc_set_log_file(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	if (*value && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	free(c->log_file);
	c->log_file = *value ? strdup(value) : NULL;
	return c->log_file || !*value ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

static const char *const levels[] = { "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRIT",
				      "ALERT", "FATAL" };

int lxc_log_level(const char *word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (!strcasecmp(word, levels[i]) || (word[0] == '0' + (char)i && !word[1]))
			return (int)i;
	return !strcasecmp(word, "WARNING") ? RT_LOG_WARN : -1;
}

const char *lxc_log_level_name(int level)
{
	return levels[level];
}

int lxc_set_log_level(struct lxc_ctx *ctx, const char *value)
{
	int level = *value ? lxc_log_level(value) : -1;

	if (*value && level < 0)
		return lxc_fail(ctx, EINVAL, "expected a level from TRACE (0) to FATAL (8), found '%s'",
				SHOW(value));
	ctx->spec->confine.log_level = level + 1;
	return 0;
}
