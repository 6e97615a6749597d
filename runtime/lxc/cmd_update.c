// SPDX-License-Identifier: GPL-2.0-only
/*
 * update-config: turn the keys of LXC 0.8 to 2.0 into today's, in place. The old file is kept
 * beside the new one; the new one comes whole or not at all. What is no key, comments and values
 * stay as they are, byte for byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/lxc_internal.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define BACKUPS_MAX 1000

/* Keys that are gone, and what is to be said of them. Their lines become comments. */
static const struct {
	const char *key, *why;
} gone[] = {
	{ "lxc.pivotdir", "no directory is needed for the old root since LXC 2" },
	{ "lxc.kmsg", "removed in LXC 2" },
	{ "lxc.rootfs.backend", "said by the value of lxc.rootfs.path since LXC 3" },
};

struct update {
	struct sw_buf out;
	int net; /* the network that lxc.network.* lines belong to; -1: none yet */
	unsigned int changed, dropped;
};

static const char *why_gone(const char *key)
{
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		if (!strcmp(gone[i].key, key))
			return gone[i].why;
	return NULL;
}

/* Today's name of a key into out. Returns false where the key is today's already, or unknown. */
static bool new_name(struct update *u, const char *key, char *out, size_t size)
{
	const char *sub, *star;
	int net;
	const struct lxc_key *row = lxc_key_find(key, &sub, &net);
	size_t n;

	if (!row || !row->old)
		return false;
	star = strchr(row->old, '*');
	n = star ? (size_t)(star - row->old) : strlen(row->old);
	/* Found by the old name? A pattern's old name may begin like the new one of another row. */
	if (strncmp(key, row->old, n) || (!star && key[n]))
		return false;
	if (!strncmp(row->name, "lxc.net.N.", 10)) {
		if (!strcmp(row->old, "lxc.network.type"))
			u->net++;
		snprintf(out, size, "lxc.net.%d.%.*s%s", u->net < 0 ? 0 : u->net,
			 (int)strcspn(row->name + 10, "*"), row->name + 10, sub);
	} else {
		snprintf(out, size, "%.*s%s", (int)strcspn(row->name, "*"), row->name, sub);
	}
	return strcmp(out, key) != 0;
}

static void copy_line(struct update *u, const char *line, size_t n, bool newline)
{
	sw_buf_add(&u->out, line, n);
	if (newline)
		sw_buf_addc(&u->out, '\n');
}

/* One line of n bytes. A line that is not "key = value" is none of ours. */
static void update_line(struct update *u, const char *line, size_t n, bool newline)
{
	const char *eq = memchr(line, '=', n), *start = line, *end;
	char key[256], name[300];
	const char *why;

	while (start < line + n && strchr(" \t", *start))
		start++;
	if (!eq || start == eq || *start == '#') {
		copy_line(u, line, n, newline);
		return;
	}
	for (end = eq; end > start && strchr(" \t", end[-1]); end--)
		;
	snprintf(key, sizeof(key), "%.*s", (int)(end - start), start);
	why = why_gone(key);
	if (why) {
		sw_buf_printf(&u->out, "# %s: ", why);
		copy_line(u, line, n, newline);
		u->dropped++;
		return;
	}
	/* "lxc.cgroup.x" and the like stand for themselves. */
	if (!new_name(u, key, name, sizeof(name))) {
		copy_line(u, line, n, newline);
		return;
	}
	sw_buf_add(&u->out, line, start - line);
	sw_buf_adds(&u->out, name);
	copy_line(u, end, n - (end - line), newline);
	u->changed++;
}

static void update_text(struct update *u, const struct sw_buf *text)
{
	const char *p = text->data, *end = p ? p + text->len : p;

	while (p < end) {
		const char *nl = memchr(p, '\n', end - p);
		size_t n = (nl ? nl : end) - p;

		update_line(u, p, n, nl);
		p += n + 1;
	}
}

/* The first name that is free: an earlier backup is the original, and must not be lost. */
static int write_backup(const char *path, const struct sw_buf *text, const struct stat *st,
			char *ret_name, size_t size)
{
	for (int i = 0; i < BACKUPS_MAX; i++) {
		int fd __sw_fd = -1, r;

		if (snprintf(ret_name, size, i ? "%s.backup.%d" : "%s.backup", path, i) >=
		    (int)size)
			return -ENAMETOOLONG;
		fd = open(ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return -errno;
		r = sw_write_all(fd, sw_buf_str(text), text->len);
		if (!r && (fchown(fd, st->st_uid, st->st_gid) || fchmod(fd, st->st_mode & 07777) ||
			   fsync(fd)))
			r = -errno;
		if (r)
			unlink(ret_name);
		return r;
	}
	return -EEXIST;
}

/* In the same directory under another name, then renamed: whole, or not at all. */
static int replace(const char *path, const struct sw_buf *text, const struct stat *st)
{
	char tmp[PATH_MAX];
	int fd __sw_fd = -1, r;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	unlink(tmp); /* of one that was killed */
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = sw_write_all(fd, sw_buf_str(text), text->len);
	if (!r && (fchown(fd, st->st_uid, st->st_gid) || fchmod(fd, st->st_mode & 07777) ||
		   fsync(fd) || rename(tmp, path)))
		r = -errno;
	if (r)
		unlink(tmp);
	return r;
}

static int update(struct cmd *c, const char *path)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct update u = { .out = SW_BUF_INIT, .net = -1 };
	char backup[PATH_MAX];
	struct stat st;
	int r;

	if (stat(path, &st))
		return cmd_fail(c, "cannot read %s: %s", path, sw_errno_text(errno));
	if (!S_ISREG(st.st_mode))
		return cmd_fail(c, "%s is not a regular file", path);
	r = sw_read_file(AT_FDCWD, path, &text, LXC_CONFIG_MAX);
	if (r)
		return cmd_fail(c, "cannot read %s: %s", path, sw_errno_text(r));
	if (text.len && memchr(text.data, 0, text.len))
		return cmd_fail(c, "%s holds a NUL byte: it is not a text file", path);
	update_text(&u, &text);
	if (u.out.failed)
		r = cmd_fail(c, "out of memory");
	else if (!u.changed && !u.dropped)
		cmd_note(c, "%s: every key is today's already", path);
	else if ((r = write_backup(path, &text, &st, backup, sizeof(backup))))
		r = cmd_fail(c, "cannot keep the old file beside %s: %s; nothing was changed", path,
			     sw_errno_text(r));
	else if ((r = replace(path, &u.out, &st))) {
		unlink(backup);
		r = cmd_fail(c, "cannot write %s: %s; nothing was changed", path, sw_errno_text(r));
	} else {
		cmd_note(c,
			 "%s: %u keys brought up to date, %u that are gone made comments; the "
			 "old file is %s",
			 path, u.changed, u.dropped, backup);
	}
	sw_buf_free(&u.out);
	return r;
}

int verb_update_config(struct cmd *c)
{
	char real[PATH_MAX];

	/* LXC's takes the file by -c alone; an argument is as clear. */
	if (!c->config_file && c->rest_count == 1)
		c->config_file = c->rest[0];
	else if (c->rest_count)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[0]);
	if (!c->config_file)
		return cmd_usage(c, "-c, the file to bring up to date, is missing");
	/* Through a link, the file it names is meant: renaming over the link would cut it off. */
	if (!realpath(c->config_file, real))
		return cmd_fail(c, "cannot read %s: %s", c->config_file, sw_errno_text(errno));
	return update(c, real);
}
