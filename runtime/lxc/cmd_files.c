// SPDX-License-Identifier: GPL-2.0-only
/* create and destroy: the verbs that make and remove a container's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/cmd_copy.h"
#include "lxc/lxc_internal.h"
#include "lxc/newborn.h"
#include "lxc/template.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define CONFIG_MAX (1024 * 1024)

/* ---- create ---------------------------------------------------------------------------------- */

/* The configuration as it will be written, after it has been understood in full. */
static int new_config(struct cmd *c, bool filled, struct sw_buf *ret, struct sw_error *err)
{
	struct rt_spec spec = { 0 };
	struct stat st;
	bool named;
	int r = 0;

	if (c->rcfile && stat(c->rcfile, &st))
		return sw_error(err, errno, "create", "cannot read %s: %s", c->rcfile,
				sw_errno_text(errno));
	/* A pipe could be read only once, and must be both understood and copied. */
	if (c->rcfile && !S_ISREG(st.st_mode) && st.st_rdev != makedev(1, 3) /* /dev/null */)
		return sw_error(err, EINVAL, "create", "%s is not a regular file", c->rcfile);
	if (c->rcfile)
		r = sw_read_file(AT_FDCWD, c->rcfile, ret, CONFIG_MAX);
	if (r == -ENOMEM)
		return sw_error(err, ENOMEM, "create", "out of memory");
	if (r)
		return sw_error(err, r, "create", "cannot read %s: %s", c->rcfile,
				sw_errno_text(r));
	if (c->rcfile)
		r = cmd_read_config(c, &spec, true, err);
	named = spec.rootfs;
	if (!r && filled && named)
		r = sw_error(err, EINVAL, "create",
			     "%s names a rootfs already: leave that line away, or "
			     "the template and -B",
			     c->rcfile);
	if (!r && ret->len && ret->data[ret->len - 1] != '\n')
		sw_buf_addc(ret, '\n');
	if (!r && !ret->len)
		sw_buf_printf(ret, "# container %s\n", c->name);
	if (!r && c->dir && !named) {
		struct sw_buf line __sw_buf = SW_BUF_INIT;

		sw_buf_printf(&line, "lxc.rootfs.path = %s", c->dir);
		r = lxc_config_line(sw_buf_str(&line), &spec, NULL, NULL, err);
		sw_buf_printf(ret, "%s\n", sw_buf_str(&line));
	} else if (!r && c->dir && strcmp(c->dir, spec.rootfs)) {
		r = sw_error(err, EINVAL, "create",
			     "--dir names %s, but the configuration has the rootfs "
			     "%s: leave one of them away",
			     c->dir, spec.rootfs);
	}
	if (!r)
		r = lxc_config_finish(&spec, cmd_remark, c, err);
	if (!r && ret->failed)
		r = sw_error(err, ENOMEM, "create", "out of memory");
	if (!r)
		lxc_draw_hwaddrs(ret->data);
	rt_spec_free(&spec);
	return r;
}

/*
 * A directory that is there already but defines no container (somebody prepared a rootfs in it)
 * gets the configuration and nothing else.
 */
static int adopt(int path_fd, const char *name, const struct sw_buf *text, struct sw_error *err)
{
	int fd __sw_fd = openat(path_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : config_write(fd, text);

	if (r == -EEXIST)
		return sw_error(err, EEXIST, "create", "container '%s' already exists", name);
	if (r == -ENOTDIR || r == -ELOOP)
		return sw_error(err, r, "create", "'%s' is there already and is no directory",
				name);
	return r ? sw_error(err, r, "create", "cannot write the configuration of '%s': %s", name,
			    sw_errno_text(r))
		 : 0;
}

/* ---- filling it ------------------------------------------------------------------------------ */

#define ROOTFS "rootfs"
#define IMAGE  "rootdev" /* LXC's name for the file of -B loop */

static int fill_rootfs(void *arg, struct sw_error *err)
{
	struct recipe *r = arg;

	return r->template ? r->template->fill(r, err) : 0;
}

/* "512M" into bytes: K, M, G, T; without a letter megabytes, as lxc-create has it. */
static int parse_size(const char *text, uint64_t *ret)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);
	const char units[] = "KMGT", *unit = *end ? strchr(units, *end & ~0x20) : units + 1;

	if (end == text || *text == '-' || !unit || (*end && end[1] && strcmp(end + 1, "B")))
		return -EINVAL;
	for (const char *u = units; u <= unit; u++) {
		if (n > UINT64_MAX / 1024)
			return -ERANGE;
		n *= 1024;
	}
	*ret = n;
	return n >= 1024 * 1024 && n <= INT64_MAX ? 0 : -ERANGE;
}

struct image_work {
	struct recipe *recipe;
	char dir[PATH_MAX], file[PATH_MAX], *fstype;
	uint64_t size;
};

/* mke2fs(8) copies a directory into the image that it makes: no loop device, no mount. */
static int fill_image(void *arg, struct sw_error *err)
{
	struct image_work *w = arg;
	char *const argv[] = { (char *)"mke2fs", (char *)"-q", (char *)"-F",
			       (char *)"-t",	 w->fstype,    (char *)"-d",
			       w->dir,		 w->file,      NULL };
	int r = fill_rootfs(w->recipe, err), fd __sw_fd = -1;

	if (r)
		return r;
	fd = open(w->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)w->size))
		return sw_error(err, errno, "create", "making the image %s: %s", w->file,
				sw_errno_text(errno));
	return template_run(w->recipe, argv, err);
}

static int make_image(struct newborn *b, struct recipe *r, struct sw_error *err)
{
	struct image_work w = { .recipe = r,
				.fstype = (char *)(r->c->fstype ? r->c->fstype : "ext4"),
				.size = 1ULL << 30 };
	int end;

	if (r->c->fssize)
		parse_size(r->c->fssize, &w.size);
	snprintf(w.dir, sizeof(w.dir), "%s", r->root);
	if (snprintf(w.file, sizeof(w.file), "%s/%s/" IMAGE, b->path, b->tmp) >=
	    (int)sizeof(w.file))
		return sw_error(err, ENAMETOOLONG, "create", "%s is too long", b->path);
	end = newborn_work(fill_image, &w, err);
	return end ? end : tree_remove(b->fd, ROOTFS, NULL, err);
}

/* A container with something in it: all of it is there, or none. */
static int make_filled(struct cmd *c, struct recipe *r, struct sw_buf *text, struct sw_error *err)
{
	bool image = c->backing && !strcmp(c->backing, "loop");
	struct newborn b __newborn = NEWBORN_INIT;
	int end = newborn_open(&b, c->lxcpath, c->name, err);

	if (!end)
		end = newborn_begin(&b, err);
	if (!end && mkdirat(b.fd, ROOTFS, 0755))
		end = sw_error(err, errno, "create", "making the rootfs: %s", sw_errno_text(errno));
	if (!end && snprintf(r->root, sizeof(r->root), "%s/%s/" ROOTFS, b.path, b.tmp) >=
			    (int)sizeof(r->root))
		end = sw_error(err, ENAMETOOLONG, "create", "%s is too long", b.path);
	if (!end)
		end = image ? make_image(&b, r, err) : newborn_work(fill_rootfs, r, err);
	if (end)
		return end;
	sw_buf_printf(text, "lxc.rootfs.path = %s%s/%s/%s\n", image ? "loop:" : "", b.path, c->name,
		      image ? IMAGE : ROOTFS);
	if (r->template) {
		sw_buf_printf(text, "lxc.uts.name = %s\n", c->name);
		r->template->config(r, text);
	}
	return text->failed ? sw_error(err, ENOMEM, "create", "out of memory")
			    : newborn_finish(&b, text, err);
}

static int create(struct cmd *c, const struct sw_buf *text, struct sw_error *err)
{
	struct newborn b __newborn = NEWBORN_INIT;
	struct stat st;
	int r = newborn_open(&b, c->lxcpath, c->name, err);

	if (r)
		return r;
	if (!fstatat(b.path_fd, c->name, &st, AT_SYMLINK_NOFOLLOW))
		return adopt(b.path_fd, c->name, text, err);
	r = newborn_begin(&b, err);
	return r ? r : newborn_finish(&b, text, err);
}

static int check_create(struct cmd *c, struct recipe *r)
{
	char room[PATH_MAX];
	uint64_t size;
	int end;

	if (c->template && strcmp(c->template, "none")) {
		r->template = template_find(c->template);
		if (!r->template)
			return cmd_usage(c,
					 "there is no template '%s': busybox, debian and none are",
					 c->template);
	}
	if (c->backing && strcmp(c->backing, "dir") && strcmp(c->backing, "none") &&
	    strcmp(c->backing, "loop") && strcmp(c->backing, "best"))
		return cmd_usage(c,
				 "storage '%s' is not supported by this build; -B dir, loop, best "
				 "(which is dir) or none; for layers, copy -s",
				 c->backing);
	if (c->dir && c->dir[0] != '/')
		return cmd_usage(c, "--dir takes an absolute path, not '%s'", c->dir);
	if (c->dir && (r->template || (c->backing && !strcmp(c->backing, "loop"))))
		return cmd_usage(c,
				 "--dir names a rootfs that is there already; a new one is made in "
				 "the container's own directory: leave one of them away");
	if (c->fssize && parse_size(c->fssize, &size))
		return cmd_usage(c,
				 "--fssize takes a size such as 512M or 2G, at least 1M, not '%s'",
				 c->fssize);
	if (c->fstype && strcmp(c->fstype, "ext2") && strcmp(c->fstype, "ext3") &&
	    strcmp(c->fstype, "ext4"))
		return cmd_usage(c, "--fstype takes ext2, ext3 or ext4, not '%s'", c->fstype);
	if (c->backing && !strcmp(c->backing, "loop") &&
	    !template_program("mke2fs", room, sizeof(room)))
		return cmd_fail(c, "mke2fs, which makes the image, is not on PATH: install e2fsprogs");
	if (!r->template && c->rest_count)
		return cmd_usage(c,
				 "'%s' is one argument too many: there is no template to take it",
				 c->rest[0]);
	end = r->template ? r->template->prepare(r) : 0;
	return end;
}

int verb_create(struct cmd *c)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct recipe r = { .c = c };
	struct sw_error err = { 0 };
	int end = check_create(c, &r);
	bool filled = r.template || (c->backing && !strcmp(c->backing, "loop"));

	if (end)
		return end;
	newborn_sweep(c->lxcpath);
	if (new_config(c, filled, &text, &err) ||
	    (filled ? make_filled(c, &r, &text, &err) : create(c, &text, &err)))
		return cmd_error(c, &err);
	return SW_EXIT_OK;
}

/* ---- destroy --------------------------------------------------------------------------------- */

/* A rootfs elsewhere is not the container's to remove; say that it stays. */
static void note_rootfs(struct cmd *c, const char *config)
{
	struct rt_spec spec = { 0 };
	struct sw_error err = { 0 };
	struct sw_buf own __sw_buf = SW_BUF_INIT;
	const char *where = NULL;

	sw_buf_printf(&own, "%s/%s/", c->lxcpath, c->name);
	if (!lxc_config_file(config, &spec, NULL, NULL, &err))
		where = spec.rootfs_kind == RT_ROOTFS_DIR	? spec.rootfs
			: spec.rootfs_kind == RT_ROOTFS_OVERLAY ? spec.rootfs_upper
								: spec.rootfs_image;
	if (where && !sw_starts_with(where, sw_buf_str(&own)))
		cmd_note(c, "the rootfs %s lies outside %s and stays", where, sw_buf_str(&own));
	rt_spec_free(&spec);
}

/* Nothing may run in it, and nothing of an earlier run may be left. */
static int settle_stopped(struct cmd *c, struct sw_error *err)
{
	struct rt_status st;
	int r = rt_status(c->lxcpath, c->name, &st, err);

	if (r)
		return r;
	if (st.state != RT_STOPPED && !c->force)
		return sw_error(err, EBUSY, "destroy",
				"container '%s' is running: stop it first, or use "
				"-f",
				c->name);
	if (st.state != RT_STOPPED) {
		r = rt_stop(c->lxcpath, c->name, 0, 0, true, err);
		if (r && r != -ESRCH)
			return r;
	}
	return rt_reap(c->lxcpath, c->name, err);
}

/* A configuration that says nothing sensible must not keep its container for ever. */
static int run_destroy_hooks(struct cmd *c, struct sw_error *err)
{
	struct rt_spec spec = { 0 };
	int r = cmd_read_config(c, &spec, true, err);

	if (r) {
		cmd_note(c, "no destroy hook is run: %s", err->msg);
		r = 0;
	} else {
		r = rt_hooks_run(&spec, RT_HOOK_DESTROY, NULL, NULL, err);
	}
	rt_spec_free(&spec);
	return r;
}

static void count_name(const char *name, void *arg)
{
	(void)name;
	++*(int *)arg;
}

/* What else lies in the directory, or relies on it: nothing of that may go by the way. */
static int check_others(struct cmd *c, struct sw_error *err)
{
	struct sw_buf dir __sw_buf = SW_BUF_INIT, snaps __sw_buf = SW_BUF_INIT;
	char first[80];
	int running = 0, count;

	sw_buf_printf(&dir, "%s/%s", c->lxcpath, c->name);
	sw_buf_printf(&snaps, "%s/snaps", sw_buf_str(&dir));
	if (dir.failed || snaps.failed)
		return sw_error(err, ENOMEM, "destroy", "out of memory");
	count = dependents(c->lxcpath, dir.data, first, sizeof(first));
	if (count)
		return sw_error(err, EBUSY, "destroy",
				"container '%s'%s its layers over '%s': destroy %s "
				"first",
				first, count > 1 ? " and others have" : " has", c->name,
				count > 1 ? "them" : "that");
	if (!c->snapshot && !access(snaps.data, F_OK) && rmdir(snaps.data))
		return sw_error(err, EBUSY, "destroy",
				"container '%s' has snapshots: with -s they go too", c->name);
	rt_list(snaps.data, count_name, &running);
	return running ? sw_error(err, EBUSY, "destroy",
				  "a snapshot of '%s' is running (-P %s): stop it "
				  "first",
				  c->name, snaps.data)
		       : 0;
}

int cmd_remove_ephemeral(const char *lxcpath, const char *name, struct sw_error *err)
{
	struct cmd c = { .prog = "berth", .name = name, .lxcpath = lxcpath, .quiet = true };
	int path_fd __sw_fd = open(lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = path_fd < 0 ? -errno : 0;

	/* Removed before, or never defined here: it was run with a configuration from elsewhere. */
	if (r == -ENOENT || (!r && faccessat(path_fd, name, F_OK, AT_SYMLINK_NOFOLLOW)))
		return 0;
	if (r)
		return sw_error(err, r, "ephemeral", "%s: %s", lxcpath, sw_errno_text(r));
	run_destroy_hooks(&c, err);
	return tree_remove(path_fd, name, "config", err);
}

int verb_destroy(struct cmd *c)
{
	char *config __sw_free = cmd_config_path(c);
	int path_fd __sw_fd = open(c->lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sw_error err = { 0 };
	struct stat st;

	if (!config)
		return cmd_fail(c, "out of memory");
	if (cmd_need_root(c)) /* nobody else sees whether it runs */
		return SW_EXIT_FAIL;
	if (path_fd < 0)
		return cmd_fail(c, "cannot open %s: %s", c->lxcpath, sw_errno_text(errno));
	if (fstatat(path_fd, c->name, &st, AT_SYMLINK_NOFOLLOW))
		return cmd_fail(c, "there is no container '%s' in %s", c->name, c->lxcpath);
	if (!S_ISDIR(st.st_mode))
		return cmd_fail(c, "%s/%s is no directory, so it is no container", c->lxcpath,
				c->name);
	if (lstat(config, &st) || !S_ISREG(st.st_mode))
		return cmd_fail(c,
				"%s/%s has no configuration, so it is no container; nothing was "
				"removed",
				c->lxcpath, c->name);
	newborn_sweep(c->lxcpath);
	if (check_others(c, &err) || settle_stopped(c, &err))
		return cmd_error(c, &err);
	if (run_destroy_hooks(c, &err))
		return cmd_error(c, &err);
	note_rootfs(c, config);
	return tree_remove(path_fd, c->name, "config", &err) ? cmd_error(c, &err) : SW_EXIT_OK;
}
