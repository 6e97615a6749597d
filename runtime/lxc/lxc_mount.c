// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxc.mount.entry and the files of lxc.mount.fstab: lines as in fstab(5). A target is judged
 * against the rootfs, which may come later in the configuration, so that lines are only kept
 * (in rt_mount.source, with no target) until lxc_finish_mounts().
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

void lxc_mount_clear(struct rt_mount *m)
{
	free(m->source);
	free(m->target);
	free(m->fstype);
	free(m->data);
	free(m->origin);
	memset(m, 0, sizeof(*m));
}

/* ---- keeping lines --------------------------------------------------------------------------- */

void lxc_forget_mounts(struct rt_spec *spec, const char *from)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->mount_count; i++) {
		struct rt_mount *m = &spec->mounts[i];

		if (from ? m->data && !strcmp(m->data, from) : !m->data)
			lxc_mount_clear(m);
		else
			spec->mounts[kept++] = *m;
	}
	spec->mount_count = kept;
}

int lxc_keep_mount(struct lxc_ctx *ctx, const char *line, const char *from)
{
	struct rt_spec *spec = ctx->spec;
	struct rt_mount m = { .source = strdup(line), .origin = lxc_origin(ctx),
			      .data = from ? strdup(from) : NULL };
	size_t at = spec->mount_count;

	if (!m.source || !m.origin || (from && !m.data) ||
	    !lxc_grow((void **)&spec->mounts, &spec->mount_count, sizeof(m))) {
		lxc_mount_clear(&m);
		return lxc_fail(ctx, ENOMEM, "-");
	}
	if (from)
		for (at = 0; at < spec->mount_count - 1 && spec->mounts[at].data; at++)
			;
	memmove(&spec->mounts[at + 1], &spec->mounts[at],
		(spec->mount_count - 1 - at) * sizeof(m));
	spec->mounts[at] = m;
	return 0;
}

int lxc_set_mount_entry(struct lxc_ctx *ctx, const char *value)
{
	if (*value)
		return lxc_keep_mount(ctx, value, NULL);
	lxc_forget_mounts(ctx->spec, NULL);
	return 0;
}

int lxc_set_mount_fstab(struct lxc_ctx *ctx, const char *value)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct lxc_ctx in = *ctx;
	char *p, *end;
	int r;

	lxc_forget_mounts(ctx->spec, LXC_FROM_FSTAB);
	if (!*value)
		return 0;
	if (*value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	r = sw_read_file(AT_FDCWD, value, &text, LXC_CONFIG_MAX);
	if (r)
		return lxc_fail(ctx, r, "cannot read %s: %s", SHOW(value), sw_errno_text(r));
	if (text.len && memchr(text.data, 0, text.len))
		return lxc_fail(ctx, EINVAL, "%s holds a NUL byte: it is not a text file",
				SHOW(value));
	in.file = value;
	in.key = NULL;
	p = text.data;
	end = p ? p + text.len : p;
	for (in.line = 1; p < end; in.line++) {
		char *nl = strchrnul(p, '\n');

		*nl = 0;
		if (p[strspn(p, " \t\r")] && p[strspn(p, " \t")] != '#')
			r = lxc_keep_mount(&in, p, LXC_FROM_FSTAB);
		if (r)
			return r;
		p = nl + 1;
	}
	return 0;
}

/* ---- fields ---------------------------------------------------------------------------------- */

#define FIELDS	6

struct fields {
	const char *f[FIELDS];	/* as written, cut out of text */
	int count;		/* FIELDS + 1: more than that */
	char *text;
};

static int split_fields(const char *line, struct fields *ret)
{
	char *save = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->text = strdup(line);
	if (!ret->text)
		return -ENOMEM;
	for (char *w = strtok_r(ret->text, " \t\r\v\f", &save); w;
	     w = strtok_r(NULL, " \t\r\v\f", &save)) {
		if (ret->count < FIELDS)
			ret->f[ret->count] = w;
		if (ret->count++ == FIELDS)
			break;
	}
	return 0;
}

/* A copy without fstab's escapes, malloc'ed; NULL without memory. */
static char *unescape(const char *s)
{
	size_t len = strlen(s);
	char *out = malloc(len + 1);

	if (out)
		sw_unescape_octal(s, len, out, len + 1);
	return out;
}

static bool is_number(const char *s)
{
	return s && *s && !s[strspn(s, "0123456789")];
}

/* Kinds that are mounted without a device, so that the same word is often their source. */
static bool is_virtual_fs(const char *s)
{
	static const char *const names[] = {
		"autofs",  "binfmt_misc", "bpf",      "cgroup",	  "cgroup2",	"configfs",
		"debugfs", "devpts",	  "devtmpfs", "efivarfs", "fusectl",	"hugetlbfs",
		"mqueue",  "proc",	  "pstore",   "ramfs",	  "securityfs", "selinuxfs",
		"sysfs",   "tmpfs",	  "tracefs",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(s, names[i]))
			return true;
	return false;
}

/* Is word one of the comma-separated options? */
static bool has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = options; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, word, n) && (!p[n] || p[n] == ','))
			return true;
	}
	return false;
}

/* ---- targets --------------------------------------------------------------------------------- */

/* Fold "//" and "/./" and a final "/". Returns a malloc'ed path, *ret_dotdot if it has "..". */
static char *fold(const char *path, bool *ret_dotdot)
{
	char *out = malloc(strlen(path) + 2), *o = out;

	*ret_dotdot = false;
	if (!out)
		return NULL;
	while (*path) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n && !(n == 1 && *path == '.')) {
			*ret_dotdot |= n == 2 && !strncmp(path, "..", 2);
			*o++ = '/';
			memcpy(o, path, n);
			o += n;
		}
		path += n;
	}
	if (o == out)
		*o++ = '/';
	*o = 0;
	return out;
}

/*
 * Where a target lies inside: *ret_inside is malloc'ed and absolute. 0, -ENOMEM, or -EINVAL with
 * *ret_why.
 */
static int inside_path(const char *rootfs, const char *target, char **ret_inside,
		       const char **ret_why)
{
	bool dotdot, ignored;
	char *path __sw_free = fold(target, &dotdot), *root __sw_free = fold(rootfs, &ignored);
	size_t n;

	if (!path || !root)
		return -ENOMEM;
	n = strcmp(root, "/") ? strlen(root) : 0;
	if (dotdot) {
		*ret_why = "'..' may not stand in a target";
		return -EINVAL;
	}
	if (*target == '/' && (strncmp(path, root, n) || (path[n] && path[n] != '/'))) {
		*ret_why = "it is absolute and not below the rootfs, so it lies outside the "
			   "container; "
			   "write it relative to the rootfs";
		return -EINVAL;
	}
	if (*target != '/')
		n = 0;
	if (!path[n] || !strcmp(path + n, "/")) {
		*ret_why = "it is the rootfs itself, and would hide all of it";
		return -EINVAL;
	}
	*ret_inside = strdup(path + n);
	return *ret_inside ? 0 : -ENOMEM;
}

/* ---- options --------------------------------------------------------------------------------- */

static const struct option {
	const char *word;
	unsigned long set, clear, propagation;
} options[] = {
	{ "async", 0, MS_SYNCHRONOUS, 0 }, { "atime", 0, MS_NOATIME, 0 },
	{ "bind", MS_BIND, 0, 0 }, { "defaults", 0, 0, 0 }, { "dev", 0, MS_NODEV, 0 },
	{ "diratime", 0, MS_NODIRATIME, 0 }, { "dirsync", MS_DIRSYNC, 0, 0 },
	{ "exec", 0, MS_NOEXEC, 0 }, { "lazytime", 1 << 25 /* MS_LAZYTIME, 4.0 */, 0, 0 },
	{ "mand", MS_MANDLOCK, 0, 0 }, { "noatime", MS_NOATIME, 0, 0 }, { "nodev", MS_NODEV, 0, 0 },
	{ "nodiratime", MS_NODIRATIME, 0, 0 }, { "noexec", MS_NOEXEC, 0, 0 },
	{ "nomand", 0, MS_MANDLOCK, 0 }, { "norelatime", 0, MS_RELATIME, 0 },
	{ "nostrictatime", 0, MS_STRICTATIME, 0 }, { "nosuid", MS_NOSUID, 0, 0 },
	{ "private", 0, 0, MS_PRIVATE }, { "rbind", MS_BIND | MS_REC, 0, 0 },
	{ "relatime", MS_RELATIME, 0, 0 }, { "remount", MS_REMOUNT, 0, 0 },
	{ "ro", MS_RDONLY, 0, 0 }, { "rprivate", 0, 0, MS_PRIVATE | MS_REC },
	{ "rshared", 0, 0, MS_SHARED | MS_REC }, { "rslave", 0, 0, MS_SLAVE | MS_REC },
	{ "runbindable", 0, 0, MS_UNBINDABLE | MS_REC }, { "rw", 0, MS_RDONLY, 0 },
	{ "shared", 0, 0, MS_SHARED }, { "slave", 0, 0, MS_SLAVE },
	{ "strictatime", MS_STRICTATIME, 0, 0 }, { "suid", 0, MS_NOSUID, 0 },
	{ "sync", MS_SYNCHRONOUS, 0, 0 }, { "unbindable", 0, 0, MS_UNBINDABLE },
};

static int one_option(struct lxc_ctx *ctx, const char *word, struct rt_mount *m,
		      struct sw_buf *data)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const struct option *o = &options[i];

		if (strcmp(word, o->word))
			continue;
		m->flags = (m->flags & ~o->clear) | o->set;
		if (o->propagation)
			m->propagation = o->propagation;
		return 0;
	}
	if (!strcmp(word, "optional"))
		m->optional = true;
	else if (!strcmp(word, "create=dir"))
		m->create_dir = true;
	else if (!strcmp(word, "create=file"))
		m->create_file = true;
	else if (sw_starts_with(word, "create="))
		return lxc_fail(ctx, EINVAL, "'%s': expected create=dir or create=file",
				SHOW(word));
	else if (!strcmp(word, "relative"))
		m->relative = true;
	else if (sw_starts_with(word, "idmap="))
		return lxc_fail(ctx, ENOTSUP, "mount option '%s' is not supported by this build",
				SHOW(word));
	else {
		if (data->len)
			sw_buf_addc(data, ',');
		sw_buf_adds(data, word);
	}
	return 0;
}

static int parse_options(struct lxc_ctx *ctx, const char *text, struct rt_mount *m)
{
	struct sw_buf data __sw_buf = SW_BUF_INIT;
	char *copy __sw_free = unescape(text), *save = NULL;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		int r = one_option(ctx, o, m, &data);

		if (r)
			return r;
	}
	if (m->create_dir && m->create_file)
		return lxc_fail(ctx, EINVAL, "create=dir and create=file exclude one another");
	if (data.failed)
		return lxc_fail(ctx, ENOMEM, "-");
	if (data.len && (m->flags & MS_BIND))
		lxc_remark(ctx, "a bind mount takes no file-system options: '%s' has no effect",
			   SHOW(data.data));
	else if (data.len)
		m->data = sw_buf_take(&data);
	return 0;
}

/* ---- one line -------------------------------------------------------------------------------- */

#define EXPECTED	"expected: source target type options [dump [pass]], as in fstab(5)"

/*
 * A slip met in the field: the mount point stands twice, as the container sees it and as the host
 * does, and the type is missing:
 *	proc /proc /var/lib/lxc/x/rootfs/proc nodev,noexec,nosuid 0 0
 * It is taken for one only if nothing is left to guess: six fields, the last two numbers; the
 * third a path in the rootfs where the type should be; the second the same place as seen from
 * inside; the type plain from the first field or from an option bind. Puts f right and says so.
 */
static bool mend_slip(struct lxc_ctx *ctx, const char *rootfs, struct fields *f)
{
	char *inside __sw_free = NULL, *spelt __sw_free = NULL;
	const char *type, *why;
	bool dotdot;

	if (f->count != FIELDS || !is_number(f->f[4]) || !is_number(f->f[5]) ||
	    f->f[1][0] != '/' || f->f[2][0] != '/' || strchr(f->f[2], '\\') || strchr(f->f[3], '/'))
		return false;
	if (is_virtual_fs(f->f[0]))
		type = f->f[0];
	else if (has_option(f->f[3], "bind") || has_option(f->f[3], "rbind"))
		type = "none";
	else
		return false;
	if (inside_path(rootfs, f->f[2], &inside, &why))
		return false;
	spelt = fold(f->f[1], &dotdot);
	if (!spelt || dotdot || strcmp(spelt, inside))
		return false;
	lxc_remark(ctx, "one field too many: the mount point stands twice (%s and %s) and the "
		   "type is missing; taken as\n  %s %s %s %s %s %s", SHOW(f->f[1]), SHOW(f->f[2]),
		   f->f[0], f->f[2], type, f->f[3], f->f[4], f->f[5]);
	f->f[1] = f->f[2];
	f->f[2] = type;
	return true;
}

static int check_fields(struct lxc_ctx *ctx, const char *line, const struct fields *f)
{
	if (f->count < 4)
		return lxc_fail(ctx, EINVAL, "%d field%s in '%s'; " EXPECTED, f->count,
				f->count == 1 ? "" : "s", SHOW(line));
	if (f->count > FIELDS)
		return lxc_fail(ctx, EINVAL, "more than %d fields in '%s'; " EXPECTED, FIELDS,
				SHOW(line));
	if (f->f[2][0] == '/')
		return lxc_fail(ctx, EINVAL,
				"'%s', a path, stands where the type should be; " EXPECTED,
				SHOW(f->f[2]));
	for (const char *p = f->f[2]; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return lxc_fail(ctx, EINVAL, "'%s' is no file-system type; " EXPECTED,
					SHOW(f->f[2]));
	for (int i = 4; i < f->count; i++)
		if (!is_number(f->f[i]))
			return lxc_fail(ctx, EINVAL,
					"'%s' stands where a number should be; " EXPECTED,
					SHOW(f->f[i]));
	return 0;
}

static int parse_mount(struct lxc_ctx *ctx, const char *line, struct fields *f, struct rt_mount *m)
{
	const char *rootfs = ctx->spec->rootfs ? ctx->spec->rootfs : "/", *why = "";
	const char *at = ctx->spec->confine.rootfs_mount;
	char *target __sw_free = NULL;
	int r;

	if (!mend_slip(ctx, rootfs, f)) {
		r = check_fields(ctx, line, f);
		if (r)
			return r;
	}
	m->source = unescape(f->f[0]);
	target = unescape(f->f[1]);
	if (!m->source || !target)
		return lxc_fail(ctx, ENOMEM, "-");
	r = parse_options(ctx, f->f[3], m);
	if (r)
		return r;
	r = at ? inside_path(at, target, &m->target, &why) : -EINVAL;
	if (r == -EINVAL)
		r = inside_path(rootfs, target, &m->target, &why);
	if (r)
		return lxc_fail(ctx, r, "target '%s': %s", SHOW(target), why);
	if (m->flags & MS_BIND) {
		if (strcmp(f->f[2], "none") && strcmp(f->f[2], "bind") && strcmp(f->f[2], "auto"))
			lxc_remark(ctx, "a bind mount has no type: '%s' has no effect; write none",
				   SHOW(f->f[2]));
		return 0;
	}
	if (!strcmp(f->f[2], "none") || !strcmp(f->f[2], "auto"))
		return lxc_fail(ctx, EINVAL,
				"type %s needs the option bind or rbind; otherwise name the "
				"file system",
				f->f[2]);
	return lxc_set_string(&m->fstype, f->f[2]) ? lxc_fail(ctx, ENOMEM, "-") : 0;
}

/* Messages of a kept line name the place that it was read from: split "FILE:LINE" again. */
static void go_to_origin(struct lxc_ctx *ctx, char *origin)
{
	char *colon = strrchr(origin, ':');

	ctx->file = origin;
	ctx->line = 0;
	if (colon && is_number(colon + 1)) {
		*colon = 0;
		ctx->line = strtoul(colon + 1, NULL, 10);
	}
}

int lxc_finish_mounts(struct lxc_ctx *ctx)
{
	for (size_t i = 0; i < ctx->spec->mount_count; i++) {
		struct rt_mount *kept = &ctx->spec->mounts[i], m = { 0 };
		char *origin __sw_free = strdup(kept->origin);
		struct lxc_ctx at = *ctx;
		struct fields f;
		int r;

		if (!origin || split_fields(kept->source, &f))
			return lxc_fail(ctx, ENOMEM, "-");
		go_to_origin(&at, origin);
		at.key = "mount entry";
		r = parse_mount(&at, kept->source, &f, &m);
		free(f.text);
		if (r) {
			lxc_mount_clear(&m);
			return r;
		}
		m.origin = kept->origin;
		kept->origin = NULL;
		lxc_mount_clear(kept);
		*kept = m;
	}
	return 0;
}
