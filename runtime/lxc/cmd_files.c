// SPDX-License-Identifier: GPL-2.0-only
/* create and destroy: the verbs that make and remove a container's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/lxc_internal.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define CONFIG_MAX	(1024 * 1024)

/* ---- create ---------------------------------------------------------------------------------- */

/* The configuration as it will be written, after it has been understood in full. */
static int new_config(struct cmd *c, struct sw_buf *ret, struct sw_error *err)
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
		return sw_error(err, r, "create", "cannot read %s: %s", c->rcfile, sw_errno_text(r));
	if (c->rcfile)
		r = cmd_read_config(c, &spec, true, err);
	named = spec.rootfs;
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

/* Write the file so that it is there in full, or not at all. It must not be there yet. */
static int write_config(int fd, const struct sw_buf *text)
{
	int file __sw_fd = openat(fd, ".config.new",
				  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	int r;

	if (file < 0)
		return -errno;
	r = sw_write_all(file, text->data, text->len);
	if (!r && fsync(file))
		r = -errno;
	/* link(2), unlike rename(2), never replaces what somebody else made meanwhile. */
	if (!r && linkat(fd, ".config.new", fd, "config", 0))
		r = -errno;
	unlinkat(fd, ".config.new", 0);
	return r;
}

/*
 * A directory that is there already but defines no container (somebody prepared a rootfs in it)
 * gets the configuration and nothing else.
 */
static int adopt(int path_fd, const char *name, const struct sw_buf *text, struct sw_error *err)
{
	int fd __sw_fd = openat(path_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : write_config(fd, text);

	if (r == -EEXIST)
		return sw_error(err, EEXIST, "create", "container '%s' already exists", name);
	if (r == -ENOTDIR || r == -ELOOP)
		return sw_error(err, r, "create", "'%s' is there already and is no directory",
				name);
	return r ? sw_error(err, r, "create", "cannot write the configuration of '%s': %s", name,
			    sw_errno_text(r)) : 0;
}

/* Fill a directory under another name, then give it its own: half a container is never seen. */
static int make(int path_fd, const char *name, const struct sw_buf *text, struct sw_error *err)
{
	char tmp[NAME_MAX + 1];
	int fd __sw_fd = -1, r = 0;

	snprintf(tmp, sizeof(tmp), ".create-%s", name);
	if (mkdirat(path_fd, tmp, 0700) && errno != EEXIST)
		return sw_error(err, errno, "create", "cannot make a directory for '%s': %s", name,
				sw_errno_text(errno));
	fd = openat(path_fd, tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, "create", "cannot open %s: %s", tmp,
				sw_errno_text(errno));
	/* An earlier create that was killed may have left it; one that lives holds the lock. */
	if (flock(fd, LOCK_EX | LOCK_NB))
		return sw_error(err, EBUSY, "create",
				"container '%s' is being created by somebody else", name);
	unlinkat(fd, "config", 0);
	r = write_config(fd, text);
	if (!r && fchmod(fd, 0770))
		r = -errno;
	if (!r && renameat(path_fd, tmp, path_fd, name))
		r = -errno;
	if (!r)
		return 0;
	unlinkat(fd, "config", 0);
	unlinkat(path_fd, tmp, AT_REMOVEDIR);
	if (r == -ENOTEMPTY || r == -EEXIST)
		return sw_error(err, EEXIST, "create", "container '%s' already exists", name);
	return sw_error(err, r, "create", "cannot write the configuration of '%s': %s", name,
			sw_errno_text(r));
}

static int create(struct cmd *c, const struct sw_buf *text, struct sw_error *err)
{
	bool made = !mkdir(c->lxcpath, 0755);
	int path_fd __sw_fd = open(c->lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (path_fd < 0)
		return sw_error(err, errno, "create",
				"cannot open %s: %s; it is the directory of the "
				"containers (-P)",
				c->lxcpath, sw_errno_text(errno));
	if (fstatat(path_fd, c->name, &st, AT_SYMLINK_NOFOLLOW))
		r = make(path_fd, c->name, text, err);
	else
		r = adopt(path_fd, c->name, text, err);
	if (r && made)
		rmdir(c->lxcpath);
	return r;
}

int verb_create(struct cmd *c)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct sw_error err = { 0 };

	if (c->template && strcmp(c->template, "none"))
		return cmd_usage(c, "template '%s': this build runs no templates; -t none",
				 c->template);
	if (c->backing && strcmp(c->backing, "dir") && strcmp(c->backing, "none"))
		return cmd_usage(c, "storage '%s' is not supported by this build; -B dir",
				 c->backing);
	if (c->dir && c->dir[0] != '/')
		return cmd_usage(c, "--dir takes an absolute path, not '%s'", c->dir);
	if (new_config(c, &text, &err) || create(c, &text, &err))
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

	sw_buf_printf(&own, "%s/%s/", c->lxcpath, c->name);
	if (!lxc_config_file(config, &spec, NULL, NULL, &err) && spec.rootfs &&
	    !sw_starts_with(spec.rootfs, sw_buf_str(&own)))
		cmd_note(c, "the rootfs %s lies outside %s and stays", spec.rootfs,
			 sw_buf_str(&own));
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

int verb_destroy(struct cmd *c)
{
	char *config __sw_free = cmd_config_path(c);
	int path_fd __sw_fd = open(c->lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sw_error err = { 0 };
	struct stat st;

	if (!config)
		return cmd_fail(c, "out of memory");
	if (cmd_need_root(c))	/* nobody else sees whether it runs */
		return SW_EXIT_FAIL;
	if (path_fd < 0)
		return cmd_fail(c, "cannot open %s: %s", c->lxcpath, sw_errno_text(errno));
	if (fstatat(path_fd, c->name, &st, AT_SYMLINK_NOFOLLOW))
		return cmd_fail(c, "there is no container '%s' in %s", c->name, c->lxcpath);
	if (!S_ISDIR(st.st_mode))
		return cmd_fail(c, "%s/%s is no directory, so it is no container", c->lxcpath,
				c->name);
	if (lstat(config, &st) || !S_ISREG(st.st_mode))
		return cmd_fail(c, "%s/%s has no configuration, so it is no container; nothing was "
				"removed", c->lxcpath, c->name);
	if (settle_stopped(c, &err))
		return cmd_error(c, &err);
	if (run_destroy_hooks(c, &err))
		return cmd_error(c, &err);
	note_rootfs(c, config);
	return tree_remove(path_fd, c->name, "config", &err) ? cmd_error(c, &err) : SW_EXIT_OK;
}
