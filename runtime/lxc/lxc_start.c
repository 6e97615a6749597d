// SPDX-License-Identifier: GPL-2.0-only
/* lxc.start.* and lxc.group: checked here, used by autostart and ls alone. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

int lxc_set_start(struct lxc_ctx *ctx, const char *value)
{
	const char *which = ctx->row->name + strlen("lxc.start.");
	long n;

	if (!*value)
		return 0;
	if (sw_parse_long(value, &n) || n < INT_MIN || n > INT_MAX ||
	    (!strcmp(which, "auto") && n != 0 && n != 1) || (!strcmp(which, "delay") && n < 0))
		return lxc_fail(ctx, EINVAL, "expected %s, found '%s'", ctx->row->value, SHOW(value));
	return 0;
}

int lxc_set_group(struct lxc_ctx *ctx, const char *value)
{
	(void)ctx;
	(void)value;
	return 0;
}
