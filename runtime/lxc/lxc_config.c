// SPDX-License-Identifier: GPL-2.0-only
/* Files and lines of an LXC configuration. What a key means is in lxc_keys.c and below. */
#include "lxc/lxc_config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- messages -------------------------------------------------------------------------------- */

struct lxc_shown lxc_show(const char *s)
{
	struct lxc_shown shown;
	size_t n = 0;

	for (; s[n] && n < sizeof(shown.text) - 4; n++)
		shown.text[n] = s[n] >= ' ' && s[n] < 0x7f ? s[n] : '?';
	memcpy(shown.text + n, s[n] ? "..." : "", s[n] ? 4 : 1);
	return shown;
}

static void place(const struct lxc_ctx *ctx, struct sw_buf *b)
{
	sw_buf_adds(b, ctx->file);
	if (ctx->line)
		sw_buf_printf(b, ":%u", ctx->line);
}

int lxc_fail(struct lxc_ctx *ctx, int num, const char *fmt, ...)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	va_list ap;

	if (num == ENOMEM)
		return sw_error(ctx->err, ENOMEM, "config", "out of memory");
	if (ctx->file) {
		place(ctx, &b);
		sw_buf_adds(&b, ": ");
	}
	if (ctx->key)
		sw_buf_printf(&b, "%s: ", SHOW(ctx->key));
	va_start(ap, fmt);
	sw_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return sw_error(ctx->err, num, "config", "%s", sw_buf_str(&b));
}

void lxc_remark(struct lxc_ctx *ctx, const char *fmt, ...)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	va_list ap;

	if (!ctx->remark)
		return;
	va_start(ap, fmt);
	sw_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < b.len; i++)	/* nothing that could steer a terminal */
		if ((unsigned char)b.data[i] < ' ' && b.data[i] != '\n')
			b.data[i] = '?';
	ctx->remark(ctx->file, ctx->line, sw_buf_str(&b), ctx->arg);
}

char *lxc_origin(const struct lxc_ctx *ctx)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	place(ctx, &b);
	return sw_buf_take(&b);
}

/* ---- memory ---------------------------------------------------------------------------------- */

void *lxc_grow(void **array, size_t *count, size_t size)
{
	char *bigger = realloc(*array, (*count + 1) * size);

	if (!bigger)
		return NULL;
	*array = bigger;
	memset(bigger + *count * size, 0, size);
	return bigger + (*count)++ * size;
}

int lxc_strv_add(char ***strv, char *s)
{
	size_t n = 0;
	char **bigger;

	while (*strv && (*strv)[n])
		n++;
	bigger = s ? realloc(*strv, (n + 2) * sizeof(char *)) : NULL;
	if (!bigger) {
		free(s);
		return -ENOMEM;
	}
	bigger[n] = s;
	bigger[n + 1] = NULL;
	*strv = bigger;
	return 0;
}

int lxc_set_string(char **where, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*where);
	*where = copy;
	return 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void trim_end(char *s)
{
	size_t n = strlen(s);

	while (n && blank(s[n - 1]))
		s[--n] = 0;
}

static bool asks_nothing(const struct lxc_key *row, const char *value)
{
	size_t n = strlen(value);

	if (!n)
		return true;
	for (const char *p = row->nothing; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (!strncmp(p, value, n) && (!p[n] || p[n] == '|'))
			return true;
	}
	return false;
}

static int set_key(struct lxc_ctx *ctx, const char *value)
{
	const char *near;

	ctx->row = lxc_key_find(ctx->key, &ctx->sub, &ctx->net);
	if (!ctx->row) {
		near = lxc_key_suggest(ctx->key);
		if (near)
			return lxc_fail(ctx, EINVAL, "there is no such key; did you mean %s?",
					near);
		return lxc_fail(ctx, EINVAL,
				"there is no such key; `berth config` lists those there are");
	}
	if (ctx->watch)
		ctx->watch(ctx, value);
	if (ctx->row->set)
		return ctx->row->set(ctx, value);
	if (asks_nothing(ctx->row, value))
		return 0;
	return lxc_fail(ctx, ENOTSUP, "not supported by this build (%s)", ctx->row->help);
}

/* One line, NUL-terminated, without its newline; it is cut up. */
static int parse_line(struct lxc_ctx *ctx, char *line)
{
	char *value;
	size_t n;
	int r;

	while (blank(*line))
		line++;
	trim_end(line);
	if (!*line || *line == '#')
		return 0;
	value = strchr(line, '=');
	if (!value)
		return lxc_fail(ctx, EINVAL, "expected key = value, found '%s'", SHOW(line));
	*value++ = 0;
	trim_end(line);
	if (!*line)
		return lxc_fail(ctx, EINVAL, "no key before the '='");
	while (blank(*value))
		value++;
	/* LXC takes one pair of quotes off a value. */
	n = strlen(value);
	if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
		value[n - 1] = 0;
		value++;
	}
	ctx->key = line;
	r = set_key(ctx, value);
	ctx->key = NULL;
	return r;
}

static int parse_text(struct lxc_ctx *ctx, char *text, size_t len)
{
	char *end = text + len;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;	/* a byte-order mark, as some editors write */
	for (ctx->line = 1; text < end; ctx->line++) {
		char *nl = memchr(text, '\n', end - text);
		size_t n = (nl ? nl : end) - text;
		int r;

		if (n > LXC_LINE_MAX)
			return lxc_fail(ctx, EINVAL,
					"the line is %zu bytes long; at most %d are read", n,
					LXC_LINE_MAX);
		if (memchr(text, 0, n))
			return lxc_fail(ctx, EINVAL, "a NUL byte: this is not a text file");
		text[n] = 0;	/* the newline, or the buffer's own final NUL */
		r = parse_line(ctx, text);
		if (r)
			return r;
		text += n + 1;
	}
	return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

int lxc_read_config(struct lxc_ctx *ctx, const char *path)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct lxc_ctx in = *ctx;
	int fd __sw_fd = -1;
	int r;

	if (ctx->depth >= LXC_INCLUDE_MAX)
		return lxc_fail(ctx, ELOOP, "more than %d files include one another",
				LXC_INCLUDE_MAX);
	if (++*ctx->files > LXC_FILES_MAX)
		return lxc_fail(ctx, ELOOP, "more than %d files are included", LXC_FILES_MAX);
	fd = sw_open_input(AT_FDCWD, path, true);
	r = fd < 0 ? fd : sw_read_fd(fd, &text, LXC_CONFIG_MAX);
	if (r == -ENOTSUP)
		return lxc_fail(ctx, EINVAL, "%s is a named pipe or a socket: expected a file", SHOW(path));
	if (r == -ENOMEM)
		return lxc_fail(ctx, ENOMEM, "-");
	if (r == -EFBIG)
		return lxc_fail(ctx, EFBIG, "%s is larger than %d bytes: not a configuration",
				SHOW(path), LXC_CONFIG_MAX);
	if (r)
		return lxc_fail(ctx, -r, "cannot read %s: %s", SHOW(path), sw_errno_text(r));
	in.file = path;
	in.key = NULL;
	in.depth++;
	return text.len ? parse_text(&in, text.data, text.len) : 0;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && d->d_name[0] != '.' && !strcmp(d->d_name + n - 5, ".conf");
}

static int include_directory(struct lxc_ctx *ctx, const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_conf, alphasort), r = 0;

	if (n < 0)
		return lxc_fail(ctx, errno, "cannot read %s: %s", path, sw_errno_text(errno));
	for (int i = 0; i < n; i++) {
		struct sw_buf file __sw_buf = SW_BUF_INIT;

		sw_buf_printf(&file, "%s/%s", path, names[i]->d_name);
		if (!r)
			r = file.failed ? lxc_fail(ctx, ENOMEM, "-") :
			    lxc_read_config(ctx, file.data);
		free(names[i]);
	}
	free(names);
	return r;
}

/*
 * Absolute paths only: LXC takes a relative one from the caller's working directory, so that a
 * container would depend on where lxc-start was typed.
 */
int lxc_set_include(struct lxc_ctx *ctx, const char *value)
{
	struct stat st;

	if (*value != '/')
		return lxc_fail(ctx, EINVAL,
				"expected the absolute path of a file or directory, found "
				"'%s'",
				SHOW(value));
	if (stat(value, &st))
		return lxc_fail(ctx, errno, "cannot include %s: %s", SHOW(value),
				sw_errno_text(errno));
	return S_ISDIR(st.st_mode) ? include_directory(ctx, value) : lxc_read_config(ctx, value);
}

int lxc_config_file(const char *path, struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		    struct sw_error *err)
{
	int files = 0;
	struct sw_error unwanted = { 0 };
	struct lxc_ctx ctx = { .spec = spec, .files = &files, .remark = remark, .arg = arg,
			       .err = err ? err : &unwanted };

	return lxc_read_config(&ctx, path);
}

int lxc_config_line(const char *text, struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		    struct sw_error *err)
{
	int files = 0;
	struct sw_error unwanted = { 0 };
	struct lxc_ctx ctx = { .spec = spec, .file = "-s", .files = &files, .remark = remark,
			       .arg = arg, .err = err ? err : &unwanted };
	char *line __sw_free = strdup(text);

	if (!line)
		return lxc_fail(&ctx, ENOMEM, "-");
	if (strchr(line, '\n'))
		return lxc_fail(&ctx, EINVAL, "expected one key=value, found several lines");
	return parse_line(&ctx, line);
}

struct watched {
	const struct lxc_key *row;
	const char *sub;
	int net;
	lxc_value_fn *fn;
	void *arg;
};

static void report_value(struct lxc_ctx *ctx, const char *value)
{
	const struct watched *w = ctx->arg;

	if (ctx->row == w->row && !strcmp(ctx->sub, w->sub) &&
	    (w->net < 0 || lxc_net_number(ctx) == w->net))
		w->fn(value, w->arg);
}

int lxc_config_get(const char *path, const char *key, lxc_value_fn *fn, void *arg,
		   struct sw_error *err)
{
	struct rt_spec spec = { 0 };
	struct sw_error unwanted = { 0 };
	struct watched w = { .fn = fn, .arg = arg };
	int files = 0, r;
	struct lxc_ctx ctx = { .spec = &spec, .files = &files, .arg = &w, .watch = report_value,
			       .err = err ? err : &unwanted };

	w.row = lxc_key_find(key, &w.sub, &w.net);
	if (!w.row)
		return sw_error(err, EINVAL, "config", "there is no key %s", SHOW(key));
	r = lxc_read_config(&ctx, path);
	rt_spec_free(&spec);
	return r;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool has_env(char **env, const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (; env && *env; env++)
		if (!strncmp(*env, entry, n) && (*env)[n] == '=')
			return true;
	return false;
}

/* LXC clears the environment and sets container=lxc; PATH so that a program finds its own. */
static int finish_env(struct lxc_ctx *ctx)
{
	static const char *const defaults[] = {
		"container=lxc",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (!has_env(ctx->spec->env, defaults[i]) &&
		    lxc_strv_add(&ctx->spec->env, strdup(defaults[i])))
			return lxc_fail(ctx, ENOMEM, "-");
	return 0;
}

int lxc_config_finish(struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		      struct sw_error *err)
{
	struct lxc_ctx ctx = { .spec = spec, .file = "configuration", .remark = remark, .arg = arg,
			       .err = err };
	int r;

	spec->ns |= SW_CLONE_NEWNS | SW_CLONE_NEWUTS | SW_CLONE_NEWIPC | SW_CLONE_NEWPID;
	if (spec->idmap_count)
		spec->ns |= SW_CLONE_NEWUSER;
	if (spec->caps_drop && spec->caps_keep)
		return sw_error(
			err, EINVAL, "config",
			"lxc.cap.drop and lxc.cap.keep exclude one another: keep one of them");
	/* What rt_stop() sends first is LXC's halt signal; lxc.signal.stop is SIGKILL. */
	if (spec->halt_signal)
		spec->stop_signal = spec->halt_signal;
	r = lxc_finish_nets(&ctx);
	if (!r)
		r = lxc_finish_namespaces(&ctx);
	if (!r)
		r = lxc_finish_rootfs(&ctx);
	if (!r)
		r = lxc_finish_automount(&ctx);
	if (!r)
		r = lxc_finish_mounts(&ctx);
	if (!r)
		r = lxc_finish_seccomp(&ctx);
	return r ? r : finish_env(&ctx);
}
