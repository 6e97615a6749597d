// SPDX-License-Identifier: GPL-2.0-only
/*
 * snapshot: copies of a container within its own directory, LXCPATH/NAME/snaps/snapN, each with the
 * time of its making in "ts" and a "comment", as LXC lays them out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lxc/cmd_copy.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sys.h"

#define SNAPSHOTS_MAX 100000
#define COMMENT_MAX   65536
#define EXCHANGE      2 /* RENAME_EXCHANGE, renameat2(2), 3.15 */

static int snaps_path(const struct cmd *c, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s/%s/snaps", c->lxcpath, c->name) < PATH_MAX
		       ? 0
		       : -ENAMETOOLONG;
}

/* The number of "snapN", or -1. */
static long number_of(const char *name)
{
	long n;

	return !strncmp(name, "snap", 4) && !sw_parse_long(name + 4, &n) && n >= 0 ? n : -1;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	long x = number_of((*a)->d_name), y = number_of((*b)->d_name);

	return x < y ? -1 : x > y;
}

static int is_snapshot(const struct dirent *d)
{
	return number_of(d->d_name) >= 0;
}

/* Only a container that stands still, and is one. */
static int settle(struct cmd *c, bool stopped, struct sw_error *err)
{
	char *config __sw_free = cmd_config_path(c);
	struct rt_status st;
	int r;

	if (!config)
		return sw_error(err, ENOMEM, "snapshot", "out of memory");
	if (access(config, F_OK))
		return sw_error(err, errno, "snapshot", "there is no container '%s' in %s", c->name,
				c->lxcpath);
	r = rt_status(c->lxcpath, c->name, &st, err);
	if (!r && stopped && st.state != RT_STOPPED)
		return sw_error(err, EBUSY, "snapshot", "container '%s' is running: stop it first",
				c->name);
	return r;
}

/* ---- make ------------------------------------------------------------------------------------ */

static int write_notes(const struct newborn *b, const struct sw_buf *comment, struct sw_error *err)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;
	int r;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y:%m:%d %H:%M:%S", &tm);
	r = sw_replace_file(b->fd, "ts", text, strlen(text), 0644);
	if (!r && comment->len)
		r = sw_replace_file(b->fd, "comment", comment->data, comment->len, 0644);
	return r ? sw_error(err, r, "snapshot", "writing the time and comment: %s",
			    sw_errno_text(r))
		 : 0;
}

static int next_name(const char *snaps, char out[32], struct sw_error *err)
{
	for (int i = 0; i < SNAPSHOTS_MAX; i++) {
		char path[PATH_MAX + 32];

		snprintf(out, 32, "snap%d", i);
		snprintf(path, sizeof(path), "%s/%s", snaps, out);
		if (access(path, F_OK))
			return 0;
	}
	return sw_error(err, ENOSPC, "snapshot", "%d snapshots are too many", SNAPSHOTS_MAX);
}

/* Copy into a new directory, which is still to be finished; into text what its configuration is to be. */
static int copy_beside(struct copy_job *j, struct newborn *b, const char *path, const char *name,
		       struct sw_buf *text, struct sw_error *err)
{
	int r = newborn_open(b, path, name, err);

	if (!r)
		r = newborn_begin(b, err);
	if (!r)
		r = copy_files(j, b, err);
	return r ? r : copy_config(j, text, err);
}

static int make(struct cmd *c, const char *snaps, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT, comment __sw_buf = SW_BUF_INIT;
	char name[32];
	struct copy_job j = { .from_path = c->lxcpath,
			      .from_name = c->name,
			      .to_path = snaps,
			      .to_name = name,
			      .keep_name = true,
			      .keep_mac = true,
			      .keep_kind = true };
	struct newborn b __newborn = NEWBORN_INIT;
	int r = c->comment ? sw_read_file(AT_FDCWD, c->comment, &comment, COMMENT_MAX) : 0;

	if (r)
		return sw_error(err, r, "snapshot", "cannot read the comment %s: %s", c->comment,
				sw_errno_text(r));
	r = next_name(snaps, name, err);
	if (!r)
		r = copy_plan(c, &j, err);
	if (!r)
		r = copy_beside(&j, &b, snaps, name, &text, err);
	if (!r)
		r = write_notes(&b, &comment, err);
	if (!r)
		r = newborn_finish(&b, &text, err);
	copy_free(&j);
	if (!r)
		puts(name);
	return r;
}

/* ---- list ------------------------------------------------------------------------------------ */

static void print_comment(const char *path)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;

	if (sw_read_file(AT_FDCWD, path, &text, COMMENT_MAX) || !text.len)
		return;
	fwrite(text.data, 1, text.len, stdout);
	if (text.data[text.len - 1] != '\n')
		putchar('\n');
}

static int list(struct cmd *c, const char *snaps)
{
	struct dirent **names = NULL;
	int n = scandir(snaps, &names, is_snapshot, by_number);

	if (n <= 0)
		puts("No snapshots");
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX + 300], ts[64] = "";

		snprintf(path, sizeof(path), "%s/%s/ts", snaps, names[i]->d_name);
		sw_read_line(AT_FDCWD, path, ts, sizeof(ts));
		printf("%s (%s) %s\n", names[i]->d_name, snaps, ts);
		snprintf(path, sizeof(path), "%s/%s/comment", snaps, names[i]->d_name);
		if (c->comments)
			print_comment(path);
		free(names[i]);
	}
	free(names);
	return SW_EXIT_OK;
}

/* ---- destroy --------------------------------------------------------------------------------- */

static int destroy_one(struct cmd *c, int snaps_fd, const char *snaps, const char *name,
		       struct sw_error *err)
{
	char dir[PATH_MAX + 300], first[80];

	snprintf(dir, sizeof(dir), "%s/%s", snaps, name);
	if (dependents(c->lxcpath, dir, first, sizeof(first)))
		return sw_error(err, EBUSY, "snapshot",
				"container '%s' has its layers over %s: destroy that "
				"first",
				first, name);
	return tree_remove(snaps_fd, name, "config", err);
}

static int destroy(struct cmd *c, const char *snaps, struct sw_error *err)
{
	int snaps_fd __sw_fd = open(snaps, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0, n;
	struct dirent **names = NULL;
	char path[PATH_MAX + 300];

	if (strcmp(c->remove, "ALL")) {
		snprintf(path, sizeof(path), "%s/%.64s/config", snaps, c->remove);
		if (number_of(c->remove) < 0 || access(path, F_OK))
			return sw_error(err, ENOENT, "snapshot", "'%s' has no snapshot '%s'",
					c->name, c->remove);
		r = destroy_one(c, snaps_fd, snaps, c->remove, err);
	} else {
		n = scandir(snaps, &names, is_snapshot, by_number);
		for (int i = 0; i < n; i++) {
			if (!r)
				r = destroy_one(c, snaps_fd, snaps, names[i]->d_name, err);
			free(names[i]);
		}
		free(names);
	}
	if (!r)
		rmdir(snaps); /* the last one has gone */
	return r;
}

/* ---- restore --------------------------------------------------------------------------------- */

static int put_in_place(struct cmd *c, struct copy_job *j, struct newborn *b,
			const struct sw_buf *text, struct sw_error *err)
{
	int dir __sw_fd = -1, r = 0;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", c->lxcpath, c->name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sw_error(err, errno, "snapshot", "open %s: %s", path, sw_errno_text(errno));
	/* Exchanged in one step: at no time is the container without a rootfs. */
	if (*j->target && !faccessat(b->fd, j->target, F_OK, AT_SYMLINK_NOFOLLOW)) {
		r = sys_renameat2(b->fd, j->target, dir, j->target, EXCHANGE);
		if (r == -ENOENT)
			r = renameat(b->fd, j->target, dir, j->target) ? -errno : 0;
		else if (r == -ENOSYS || r == -EINVAL) /* before 3.15, or a file system without */
			r = renameat(dir, j->target, b->fd, "old") ||
					    renameat(b->fd, j->target, dir, j->target)
				    ? -errno
				    : 0;
	} else if (*j->target && renameat(dir, j->target, b->fd, "old") && errno != ENOENT) {
		r = -errno; /* an upper layer that had nothing in it */
	}
	if (!r)
		r = sw_replace_file(dir, "config", sw_buf_str(text), text->len, 0640);
	return r ? sw_error(err, r, "snapshot", "putting the snapshot in place of '%s': %s",
			    c->name, sw_errno_text(r))
		 : 0;
}

static int restore(struct cmd *c, const char *snaps, struct sw_error *err)
{
	const char *new_name = c->newname ? c->newname : c->name;
	bool same = !strcmp(new_name, c->name);
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[PATH_MAX];
	struct copy_job j = { .from_path = snaps,
			      .from_name = c->restore,
			      .to_path = c->lxcpath,
			      .to_name = new_name,
			      .keep_name = same,
			      .keep_mac = same,
			      .keep_kind = true };
	struct newborn b __newborn = NEWBORN_INIT;
	int r;

	snprintf(path, sizeof(path), "%s/%s", c->lxcpath, c->name);
	if (number_of(c->restore) < 0)
		return sw_error(err, ENOENT, "snapshot", "'%s' has no snapshot '%s'", c->name,
				c->restore);
	r = copy_plan(c, &j, err);
	if (!r) /* in place: first beside, in the container's own directory */
		r = copy_beside(&j, &b, same ? path : c->lxcpath, same ? "restore" : new_name, &text, err);
	if (!r)
		r = same ? put_in_place(c, &j, &b, &text, err) : newborn_finish(&b, &text, err);
	copy_free(&j);
	return r;
}

int verb_snapshot(struct cmd *c)
{
	char snaps[PATH_MAX], own[PATH_MAX];
	struct sw_error err = { 0 };
	int r;

	if (c->list + !!c->restore + !!c->remove > 1)
		return cmd_usage(c, "-L, -r and -d exclude one another");
	if (c->comment && (c->list || c->restore || c->remove))
		return cmd_usage(c, "-c is for a new snapshot");
	if (!c->newname && c->rest_count == 1 && c->restore)
		c->newname = c->rest[0]; /* LXC 1: -r SNAPSHOT NEWNAME */
	else if (c->rest_count)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[0]);
	if (c->newname && !c->restore)
		return cmd_usage(c, "-N is for -r");
	if (c->newname && rt_name_check(c->newname, &err))
		return cmd_usage(c, "%s", err.msg);
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (snaps_path(c, snaps))
		return cmd_fail(c, "%s is too long", c->lxcpath);
	snprintf(own, sizeof(own), "%s/%s", c->lxcpath, c->name);
	r = settle(c, !c->list && !c->remove, &err);
	if (r)
		return cmd_error(c, &err);
	newborn_sweep(own);
	newborn_sweep(snaps);
	if (c->list || c->comments)
		return list(c, snaps);
	r = c->restore	? restore(c, snaps, &err)
	    : c->remove ? destroy(c, snaps, &err)
			: make(c, snaps, &err);
	return r ? cmd_error(c, &err) : SW_EXIT_OK;
}
