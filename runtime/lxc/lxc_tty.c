// SPDX-License-Identifier: GPL-2.0-only
/* The keys of the console and the terminals: lxc.console.*, lxc.tty.*, lxc.pty.max. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

#define TTY_MAX		63		/* as many as Linux has virtual consoles */
#define PTY_MAX		(1L << 20)	/* NR_UNIX98_PTY_MAX: 1 << MINORBITS */
#define BUFFER_AUTO	(128u << 10)	/* what lxc.container.conf(5) calls auto */
#define BUFFER_MAX	(1u << 30)

/* An empty value clears. */
static int set_or_clear(char **where, const char *value)
{
	if (*value)
		return lxc_set_string(where, value);
	free(*where);
	*where = NULL;
	return 0;
}

int lxc_set_console(struct lxc_ctx *ctx, const char *value)
{
	bool none = !strcmp(value, "none");

	if (*value && !none && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected none or an absolute path, found '%s'",
				SHOW(value));
	ctx->spec->console_none = none;
	return set_or_clear(&ctx->spec->console_path, none ? "" : value);
}

int lxc_set_console_log(struct lxc_ctx *ctx, const char *value)
{
	if (*value && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	return set_or_clear(&ctx->spec->console_log, value);
}

/* "65536", "64kB", "64 kB", "1MB", "1GB": lxc.container.conf(5). */
static int bytes_of(const char *value, uint64_t *ret)
{
	static const struct {
		const char *word;
		unsigned int shift;
	} units[] = { { "", 0 }, { "B", 0 }, { "kB", 10 }, { "MB", 20 }, { "GB", 30 } };
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*value))
		return -EINVAL;
	errno = 0;
	n = strtoull(value, &end, 10);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcasecmp(end, units[i].word))
			continue;
		if (errno || n > (1ULL << 50) >> units[i].shift)
			return -ERANGE;
		*ret = n << units[i].shift;
		return 0;
	}
	return -EINVAL;
}

static int set_bytes(struct lxc_ctx *ctx, const char *value, uint64_t *where, uint64_t max)
{
	uint64_t n = 0;

	if (*value && (bytes_of(value, &n) || n > max))
		return lxc_fail(ctx, EINVAL, "expected bytes, such as 65536, 64kB or 1MB, at most "
				"%llu; found '%s'", (unsigned long long)max, SHOW(value));
	*where = n;
	return 0;
}

int lxc_set_console_size(struct lxc_ctx *ctx, const char *value)
{
	return set_bytes(ctx, value, &ctx->spec->console_log_size, 1ULL << 50);
}

int lxc_set_console_buffer(struct lxc_ctx *ctx, const char *value)
{
	if (!strcmp(value, "auto")) {
		ctx->spec->console_buffer = BUFFER_AUTO;
		return 0;
	}
	return set_bytes(ctx, value, &ctx->spec->console_buffer, BUFFER_MAX);
}

int lxc_set_console_rotate(struct lxc_ctx *ctx, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "1"))
		return lxc_fail(ctx, EINVAL, "expected 0 or 1, found '%s'", SHOW(value));
	ctx->spec->console_rotate = *value == '1';
	return 0;
}

static int set_number(struct lxc_ctx *ctx, const char *value, long max, long *where)
{
	long n = 0;

	if (*value && (sw_parse_long(value, &n) || n < 0 || n > max))
		return lxc_fail(ctx, EINVAL, "expected a number of terminals, at most %ld; found "
				"'%s'", max, SHOW(value));
	*where = n;
	return 0;
}

int lxc_set_tty(struct lxc_ctx *ctx, const char *value)
{
	return set_number(ctx, value, TTY_MAX, &ctx->spec->tty_count);
}

int lxc_set_pty_max(struct lxc_ctx *ctx, const char *value)
{
	return set_number(ctx, value, PTY_MAX, &ctx->spec->pty_max);
}

int lxc_set_tty_dir(struct lxc_ctx *ctx, const char *value)
{
	bool bad = strlen(value) > 64 || *value == '.';

	for (const char *p = value; *p; p++)
		bad |= !isalnum((unsigned char)*p) && !strchr("._-", *p);
	/* The names of the terminals themselves cannot be the directory's. */
	bad |= !strcmp(value, "console") || !strcmp(value, "pts") || !strncmp(value, "tty", 3);
	if (bad)
		return lxc_fail(ctx, EINVAL, "expected the name of a directory below /dev, such as "
				"lxc, found '%s'", SHOW(value));
	return set_or_clear(&ctx->spec->tty_dir, value);
}
