// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy (and clone, its name before LXC 2): a second container from a first, by copying its files or
 * by a layer over them.
 */
#include "lxc/cmd_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lxc/lxc_internal.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sys.h"

#define CONFIG_MAX (1024 * 1024)

/* ---- what is to be done ---------------------------------------------------------------------- */

void copy_free(struct copy_job *j)
{
	rt_spec_free(&j->spec);
}

static int read_original(struct cmd *c, struct copy_job *j, struct sw_error *err)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s/config", j->from_path, j->from_name);
	j->spec.name = strdup(j->from_name);
	j->spec.lxcpath = strdup(j->from_path);
	if (!j->spec.name || !j->spec.lxcpath)
		return sw_error(err, ENOMEM, "copy", "out of memory");
	if (access(path, F_OK))
		return sw_error(err, errno, "copy", "there is no container '%s' in %s",
				j->from_name, j->from_path);
	r = lxc_config_file(path, &j->spec, cmd_remark, c, err);
	return r ? r : lxc_config_finish(&j->spec, NULL, NULL, err);
}

static bool fits(struct copy_job *j, int n)
{
	return n >= 0 && n < (int)sizeof(j->rootfs);
}

static int plan_layers(struct copy_job *j, const char *place, struct sw_error *err)
{
	const struct rt_spec *s = &j->spec;
	int n;

	if (s->rootfs_kind != RT_ROOTFS_DIR && s->rootfs_kind != RT_ROOTFS_OVERLAY)
		return sw_error(err, ENOTSUP, "copy",
				"'%s' has its rootfs in an image, over which no layer "
				"can be put: copy it without -s",
				j->from_name);
	strcpy(j->target, "delta0");
	if (s->rootfs_kind ==
	    RT_ROOTFS_OVERLAY) { /* the same base, and a copy of what was changed */
		snprintf(j->source, sizeof(j->source), "%s", s->rootfs_upper);
		n = snprintf(j->rootfs, sizeof(j->rootfs), "overlay:%s:%s/delta0", s->rootfs_lower,
			     place);
	} else {
		n = snprintf(j->rootfs, sizeof(j->rootfs), "overlay:%s:%s/delta0", s->rootfs,
			     place);
	}
	if (strchr(place, ':') || (s->rootfs_kind == RT_ROOTFS_DIR && strchr(s->rootfs, ':')))
		return sw_error(err, EINVAL, "copy",
				"a ':' in a path cannot be told from the one between "
				"layers: %s",
				place);
	return fits(j, n) ? 0 : sw_error(err, ENAMETOOLONG, "copy", "the paths are too long");
}

int copy_plan(struct cmd *c, struct copy_job *j, struct sw_error *err)
{
	const struct rt_spec *s = &j->spec;
	char place[2 * PATH_MAX];
	int r = read_original(c, j, err), n = 0;

	if (r || !s->rootfs)
		return r;
	snprintf(place, sizeof(place), "%s/%s", j->as_path ? j->as_path : j->to_path,
		 j->as_name ? j->as_name : j->to_name);
	if (j->layered || (j->keep_kind && s->rootfs_kind == RT_ROOTFS_OVERLAY))
		return plan_layers(j, place, err);
	strcpy(j->target, s->rootfs_kind == RT_ROOTFS_LOOP ? "rootdev" : "rootfs");
	switch (s->rootfs_kind) {
	case RT_ROOTFS_DIR:
	case RT_ROOTFS_OVERLAY: /* source is where both layers are seen; see copy_files() */
		snprintf(j->source, sizeof(j->source), "%s", s->rootfs);
		n = snprintf(j->rootfs, sizeof(j->rootfs), "%s/rootfs", place);
		break;
	case RT_ROOTFS_LOOP:
		snprintf(j->source, sizeof(j->source), "%s", s->rootfs_image);
		n = snprintf(j->rootfs, sizeof(j->rootfs), "loop:%s/rootdev", place);
		break;
	case RT_ROOTFS_BLOCK:
		return sw_error(err, ENOTSUP, "copy",
				"'%s' has its rootfs on a block device, %s: copy that "
				"to a file first and name the file",
				j->from_name, s->rootfs_image);
	}
	return fits(j, n) ? 0 : sw_error(err, ENAMETOOLONG, "copy", "the paths are too long");
}

/* ---- files ----------------------------------------------------------------------------------- */

struct file_work {
	struct copy_job *job;
	struct newborn *b;
};

/* Both layers as one, read-only, on the new directory's own target for as long as the work lasts.
 */
static int mount_merged(const struct rt_spec *s, const char *on, struct sw_error *err)
{
	char data[4096];
	int n = snprintf(data, sizeof(data), "lowerdir=%s:%s", s->rootfs_upper, s->rootfs_lower), r;

	if (n >= (int)sizeof(data) || strchr(data, ','))
		return sw_error(err, EINVAL, "copy",
				"the layers' paths are too long, or have a comma: "
				"copy with -s");
	r = access(s->rootfs_upper, F_OK) ? -errno
					  : sys_mount("overlay", on, "overlay", MS_RDONLY, data);
	return r ? sw_error(err, r, "copy", "mounting the layers of the original, %s over %s: %s",
			    s->rootfs_upper, s->rootfs_lower, sw_errno_text(r))
		 : 0;
}

static int copy_image(const char *from, int dir, const char *name, struct sw_error *err)
{
	int source __sw_fd = open(from, O_RDONLY | O_CLOEXEC), to __sw_fd = -1;
	struct stat st;
	int r;

	if (source < 0 || fstat(source, &st))
		return sw_error(err, errno, "copy", "image %s: %s", from, sw_errno_text(errno));
	to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
	if (to < 0)
		return sw_error(err, errno, "copy", "making the image: %s", sw_errno_text(errno));
	r = tree_copy_data(source, to, st.st_size);
	return r ? sw_error(err, r, "copy", "copying the image %s: %s", from, sw_errno_text(r)) : 0;
}

/* A rootfs that somebody has mounted there is not the container's own: it may be the host's. */
static int refuse_mounted(int fd, const char *path, struct sw_error *err)
{
	int up __sw_fd = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (up >= 0 && tree_mount_id(fd) != tree_mount_id(up))
		return sw_error(err, EBUSY, "copy",
				"something is mounted on the rootfs %s, so its files are "
				"not the container's own: unmount it, or copy with -s",
				path);
	return 0;
}

/* A directory in the upper layer stands for that of the lower one, and is to look like it. */
static int make_like(int dir, const char *name, const struct stat *like)
{
	if (mkdirat(dir, name, 0700))
		return errno == EEXIST ? 0 : -errno;
	return fchownat(dir, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) ||
			       fchmodat(dir, name, like->st_mode & 07777, 0) ?
		       -errno :
		       0;
}

/*
 * /etc/hostname, which systemd and others take their name from, as lxc-clone has always done. Only
 * where there is one, as a plain file in a plain directory. @lower: what lies beneath; -1: nothing.
 */
static int name_inside(const struct copy_job *j, int to, int lower, struct sw_error *err)
{
	static const char file[] = "etc/hostname";
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct stat etc, st;
	int fd __sw_fd = -1, r = 0;
	bool here = !fstatat(to, file, &st, AT_SYMLINK_NOFOLLOW);
	int dir = here ? to : lower;

	if (dir < 0 || fstatat(dir, "etc", &etc, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(etc.st_mode) ||
	    fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	sw_buf_printf(&text, "%s\n", j->as_name ? j->as_name : j->to_name);
	if (!here)
		r = make_like(to, "etc", &etc);
	else if (unlinkat(to, file, 0))
		r = -errno;
	if (!r) {
		fd = openat(to, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		r = fd < 0 ? -errno : sw_write_all(fd, sw_buf_str(&text), text.len);
	}
	if (!r && (fchown(fd, st.st_uid, st.st_gid) || fchmod(fd, st.st_mode & 07777)))
		r = -errno;
	return r ? sw_error(err, r, "copy", "naming the copy in %s: %s", file, sw_errno_text(r)) : 0;
}

/* What is to be copied, opened; -1: nothing is, an upper layer that was never made. */
static int open_source(struct file_work *w, int *ret_fd, struct sw_error *err)
{
	struct copy_job *j = w->job;
	char merged[2 * PATH_MAX];
	int r = 0;

	*ret_fd = -1;
	if (!strcmp(j->target, "rootfs") && j->spec.rootfs_kind == RT_ROOTFS_OVERLAY) {
		/* On the new directory itself, which is open already as what is beneath. */
		snprintf(merged, sizeof(merged), "%s/%s/rootfs", w->b->path, w->b->tmp);
		r = mount_merged(&j->spec, merged, err);
		*ret_fd = r ? -1 : open(merged, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (r || *ret_fd >= 0)
			return r;
	} else if (*j->source) {
		*ret_fd = open(j->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*ret_fd >= 0)
			return refuse_mounted(*ret_fd, j->source, err);
	}
	if (!*j->source || (errno == ENOENT && !strcmp(j->target, "delta0")))
		return 0;
	return sw_error(err, errno, "copy", "open %s: %s", j->source, sw_errno_text(errno));
}

static int work(void *arg, struct sw_error *err)
{
	struct file_work *w = arg;
	struct copy_job *j = w->job;
	const struct rt_spec *s = &j->spec;
	int from __sw_fd = -1, to __sw_fd = -1, lower __sw_fd = -1, r;
	bool layer = !strcmp(j->target, "delta0");
	char beneath[PATH_MAX];
	struct stat st;

	if (!strcmp(j->target, "rootdev"))
		return copy_image(j->source, w->b->fd, j->target, err);
	snprintf(beneath, sizeof(beneath), "%s", s->rootfs_kind == RT_ROOTFS_OVERLAY ? s->rootfs_lower :
										      s->rootfs);
	beneath[s->rootfs_kind == RT_ROOTFS_OVERLAY ? strcspn(beneath, ":") : strlen(beneath)] = 0;
	lower = layer ? open(beneath, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (layer && (lower < 0 || fstat(lower, &st)))
		return sw_error(err, errno, "copy", "open %s: %s", beneath, sw_errno_text(errno));
	r = layer ? make_like(w->b->fd, j->target, &st) : mkdirat(w->b->fd, j->target, 0755) ? -errno : 0;
	to = r ? r : openat(w->b->fd, j->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return sw_error(err, r ? r : errno, "copy", "making the rootfs: %s",
				sw_errno_text(r ? r : errno));
	r = open_source(w, &from, err);
	if (!r && from >= 0)
		r = tree_copy(from, to, err);
	return r || j->keep_name ? r : name_inside(j, to, lower, err);
}

int copy_files(struct copy_job *j, struct newborn *b, struct sw_error *err)
{
	struct file_work w = { j, b };

	return *j->target ? newborn_work(work, &w, err) : 0;
}

/* ---- configuration --------------------------------------------------------------------------- */

/* A locally administered range is LXC's: 00:16:3e; whatever the first half is, it is kept. */
static void new_mac(const char *old, struct sw_buf *out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[6];
	size_t n = 0;

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
		uint64_t t = (uint64_t)getpid() * 2654435761u ^ (uint64_t)time(NULL) * 40503u;

		memcpy(random, &t, sizeof(random));
	}
	for (size_t i = 0; old[i] && old[i] != ' '; i++) {
		bool digit = strchr("0123456789abcdefABCDEF", old[i]) && old[i];

		/* 'x' stands for any digit at each start: that stays as it is. */
		sw_buf_addc(out, digit && i >= 9 ? hex[random[n++ % 6] & 15] : old[i]);
	}
}

/* Append text with every path below one directory moved below another. */
static void move_paths(struct sw_buf *out, const char *text, size_t len, const char *from,
		       const char *to)
{
	size_t n = strlen(from);
	const char *end = text + len;

	while (text < end) {
		bool starts = text + n <= end && !strncmp(text, from, n) &&
			      (text + n == end || strchr("/ \t:", text[n]));

		if (starts) {
			sw_buf_adds(out, to);
			text += n;
		} else {
			sw_buf_addc(out, *text++);
		}
	}
}

/* The value of a line "key = value" of n bytes; NULL: it is none, or not of this key. */
static const char *value_of(const char *line, size_t n, const char *key)
{
	const char *eq = memchr(line, '=', n), *sub;
	const struct lxc_key *row;
	char name[128];
	size_t at = 0;
	int net;

	while (at < n && strchr(" \t", line[at]))
		at++;
	if (!eq || line[at] == '#')
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(eq - line - at), line + at);
	for (size_t k = strlen(name); k && strchr(" \t", name[k - 1]);)
		name[--k] = 0;
	row = lxc_key_find(name, &sub, &net);
	if (!row || strcmp(row->name, key))
		return NULL;
	for (eq++; eq < line + n && strchr(" \t", *eq); eq++)
		;
	return eq;
}

static void copy_line(struct copy_job *j, const char *line, size_t n, const char *old_dir,
		      const char *new_dir, struct sw_buf *out, bool *named)
{
	const char *v;

	if (value_of(line, n, "lxc.rootfs.path") || value_of(line, n, "lxc.rootfs.backend"))
		return; /* written anew at the end */
	v = value_of(line, n, "lxc.uts.name");
	if (v && !j->keep_name) {
		if (v < line + n) /* with an empty one the host name is left alone */
			sw_buf_printf(out, "%.*s%s\n", (int)(v - line), line,
				      j->as_name ? j->as_name : j->to_name);
		*named = true;
		return;
	}
	v = value_of(line, n, "lxc.net.N.hwaddr");
	if (v && !j->keep_mac && line + n - v == 17) {
		char old[18];

		snprintf(old, sizeof(old), "%.17s", v);
		sw_buf_printf(out, "%.*s", (int)(v - line), line);
		new_mac(old, out);
		sw_buf_addc(out, '\n');
		return;
	}
	move_paths(out, line, n, old_dir, new_dir);
	sw_buf_addc(out, '\n');
}

int copy_config(struct copy_job *j, struct sw_buf *ret, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[PATH_MAX], old_dir[2 * PATH_MAX], new_dir[2 * PATH_MAX];
	bool named = false;
	const char *p, *end;
	int r;

	snprintf(old_dir, sizeof(old_dir), "%s/%s", j->from_path, j->from_name);
	snprintf(new_dir, sizeof(new_dir), "%s/%s", j->as_path ? j->as_path : j->to_path,
		 j->as_name ? j->as_name : j->to_name);
	snprintf(path, sizeof(path), "%s/%s/config", j->from_path, j->from_name);
	r = sw_read_file(AT_FDCWD, path, &text, CONFIG_MAX);
	if (r)
		return sw_error(err, r, "copy", "cannot read %s: %s", path, sw_errno_text(r));
	for (p = sw_buf_str(&text), end = p + text.len; p < end;) {
		const char *nl = memchr(p, '\n', end - p);
		size_t n = (nl ? nl : end) - p;

		copy_line(j, p, n, old_dir, new_dir, ret, &named);
		p += n + 1;
	}
	if (*j->rootfs)
		sw_buf_printf(ret, "lxc.rootfs.path = %s\n", j->rootfs);
	if (j->extra)
		sw_buf_adds(ret, j->extra);
	if (!named && !j->keep_name && j->spec.hostname) /* named by a file that it includes */
		sw_buf_printf(ret, "lxc.uts.name = %s\n", j->as_name ? j->as_name : j->to_name);
	return ret->failed ? sw_error(err, ENOMEM, "copy", "out of memory") : 0;
}

/* ---- who depends on whom --------------------------------------------------------------------- */

int dependents(const char *lxcpath, const char *dir, char *ret_first, size_t size)
{
	DIR *d = opendir(lxcpath);
	size_t n = strlen(dir);
	struct dirent *e;
	int count = 0;

	while (d && (e = readdir(d))) {
		struct rt_spec spec = { 0 };
		struct sw_error ignored = { 0 };
		char path[PATH_MAX];
		bool on_it = false;

		if (rt_name_check(e->d_name, NULL) ||
		    snprintf(path, sizeof(path), "%s/%s/config", lxcpath, e->d_name) >=
			    (int)sizeof(path))
			continue;
		/* Its own layers do not count. */
		if (!strncmp(path, dir, n) && path[n] == '/')
			continue;
		lxc_config_file(path, &spec, NULL, NULL, &ignored);
		for (const char *p = spec.rootfs_lower; p && *p;
		     p += strcspn(p, ":"), p += *p == ':')
			on_it |= !strncmp(p, dir, n) && strchr("/:", p[n]);
		if (on_it && !count++)
			snprintf(ret_first, size, "%s", e->d_name);
		rt_spec_free(&spec);
	}
	if (d)
		closedir(d);
	return count;
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static int check_state(struct cmd *c, const char *name, bool *ret_running, struct sw_error *err)
{
	struct rt_status st;
	int r = rt_status(c->lxcpath, name, &st, err);

	*ret_running = !r && st.state != RT_STOPPED;
	if (!r && *ret_running && !c->allow_running)
		return sw_error(err, EBUSY, "copy",
				"container '%s' is running, and its files change while "
				"they are copied: stop it first, or use -a",
				name);
	return r;
}

static int rename_container(struct copy_job *j, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char first[80], old_dir[2 * PATH_MAX];
	int path_fd __sw_fd = open(j->from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		    fd __sw_fd = -1;
	int r;

	snprintf(old_dir, sizeof(old_dir), "%s/%s", j->from_path, j->from_name);
	if (dependents(j->from_path, old_dir, first, sizeof(first)))
		return sw_error(err, EBUSY, "rename",
				"container '%s' has its layers over '%s', whose files "
				"must stay where they are",
				first, j->from_name);
	r = copy_config(j, &text, err);
	if (r)
		return r;
	if (path_fd < 0)
		return sw_error(err, errno, "rename", "open %s: %s", j->from_path,
				sw_errno_text(errno));
	fd = openat(path_fd, j->from_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, "rename", "open %s: %s", old_dir, sw_errno_text(errno));
	/*
	 * First the directory, then the configuration: a kill between the two leaves a container
	 * whose configuration names the old place, which the same rename in the other direction
	 * mends.
	 */
	if (!faccessat(path_fd, j->to_name, F_OK, AT_SYMLINK_NOFOLLOW))
		return sw_error(err, EEXIST, "rename", "container '%s' already exists", j->to_name);
	if (renameat(path_fd, j->from_name, path_fd, j->to_name))
		return sw_error(err, errno, "rename", "rename to %s: %s", j->to_name,
				sw_errno_text(errno));
	r = sw_replace_file(fd, "config", sw_buf_str(&text), text.len, 0640);
	return r ? sw_error(err, r, "rename", "writing the configuration of '%s': %s", j->to_name,
			    sw_errno_text(r))
		 : 0;
}

/* The rootfs of the renamed stays of its kind: only the paths are others. */
static void plan_rename(struct copy_job *j)
{
	struct sw_buf moved __sw_buf = SW_BUF_INIT;
	char old_dir[2 * PATH_MAX], new_dir[2 * PATH_MAX], whole[sizeof(j->rootfs)] = "";
	const struct rt_spec *s = &j->spec;

	snprintf(old_dir, sizeof(old_dir), "%s/%s", j->from_path, j->from_name);
	snprintf(new_dir, sizeof(new_dir), "%s/%s", j->to_path, j->to_name);
	if (s->rootfs_kind == RT_ROOTFS_OVERLAY)
		snprintf(whole, sizeof(whole), "overlay:%s:%s", s->rootfs_lower, s->rootfs_upper);
	else if (s->rootfs)
		snprintf(whole, sizeof(whole), "%s%s",
			 s->rootfs_kind == RT_ROOTFS_LOOP ? "loop:" : "",
			 s->rootfs_kind == RT_ROOTFS_DIR ? s->rootfs : s->rootfs_image);
	move_paths(&moved, whole, strlen(whole), old_dir, new_dir);
	snprintf(j->rootfs, sizeof(j->rootfs), "%s", sw_buf_str(&moved));
}

/*
 * The new container is whole by then, and they may look at it and change it. If one fails, there
 * shall be no new container.
 */
static int run_clone_hooks(struct cmd *c, struct copy_job *j, struct sw_error *err)
{
	struct rt_spec spec = { .name = strdup(j->to_name), .lxcpath = strdup(j->to_path) };
	struct sw_buf path __sw_buf = SW_BUF_INIT, source __sw_buf = SW_BUF_INIT;
	char *env[2] = { NULL, NULL };
	int r = spec.name && spec.lxcpath ? 0 : -ENOMEM, path_fd __sw_fd = -1;

	sw_buf_printf(&path, "%s/%s/config", j->to_path, j->to_name);
	sw_buf_printf(&source, "LXC_SRC_NAME=%s", j->from_name);
	env[0] = source.data;
	if (!r)
		r = lxc_config_file(sw_buf_str(&path), &spec, NULL, NULL, err);
	if (!r)		/* LXC_CONFIG_FILE */
		spec.confine.config_file = sw_buf_take(&path);
	if (!r)
		r = rt_hooks_run(&spec, RT_HOOK_CLONE, env, c->rest_count ? c->rest : NULL, err);
	rt_spec_free(&spec);
	if (!r)
		return 0;
	path_fd = open(j->to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tree_remove(path_fd, j->to_name, "config", &(struct sw_error){ 0 });
	return err->msg[0] ? r : sw_error(err, r, "copy", "out of memory");
}

static int make_copy(struct cmd *c, struct copy_job *j, bool running, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	struct newborn b __newborn = NEWBORN_INIT;
	bool frozen = false;
	int r = newborn_open(&b, j->to_path, j->to_name, err);

	if (!r)
		r = newborn_begin(&b, err);
	if (!r && running && *j->source) /* as lxc-clone of 0.8 did */
		frozen = !rt_freeze(c->lxcpath, j->from_name, true, NULL);
	if (!r)
		r = copy_files(j, &b, err);
	if (frozen)
		rt_freeze(c->lxcpath, j->from_name, false, NULL);
	if (!r)
		r = copy_config(j, &text, err);
	if (!r)
		r = newborn_finish(&b, &text, err);
	return r ? r : run_clone_hooks(c, j, err);
}

static int copy(struct cmd *c, struct copy_job *j)
{
	struct sw_error err = { 0 };
	bool running;
	int end;

	if (rt_name_check(j->from_name, &err) || rt_name_check(j->to_name, &err))
		return cmd_usage(c, "%s", err.msg);
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	newborn_sweep(j->to_path);
	end = check_state(c, j->from_name, &running, &err);
	if (!end)
		end = copy_plan(c, j, &err);
	if (!end && c->rename && running)
		end = sw_error(&err, EBUSY, "rename", "container '%s' is running: stop it first",
			       j->from_name);
	if (!end && c->rename)
		plan_rename(j);
	if (!end)
		end = c->rename ? rename_container(j, &err) : make_copy(c, j, running, &err);
	copy_free(j);
	return end ? cmd_error(c, &err) : SW_EXIT_OK;
}

/* -p, in the one form that a container's place has. Returns 0 or an exit status. */
static int new_path(struct cmd *c, char room[PATH_MAX], const char **ret)
{
	*ret = c->lxcpath;
	if (!c->newpath)
		return 0;
	if (c->rename)
		return cmd_usage(c, "-R gives another name in the same directory: it excludes -p");
	if (mkdir(c->newpath, 0755) && errno != EEXIST)
		return cmd_fail(c, "mkdir %s: %s", c->newpath, sw_errno_text(errno));
	if (!realpath(c->newpath, room))
		return cmd_fail(c, "%s: %s", c->newpath, sw_errno_text(errno));
	*ret = room;
	return 0;
}

/*
 * "bind=SOURCE[:TARGET][:ro|rw]" as a line of the configuration. Returns 0 or an exit status.
 * @extra: appended to
 */
static int add_mount(struct cmd *c, const char *text, struct sw_buf *extra)
{
	char *copy __sw_free = strdup(text), *save = NULL, *source, *target, *mode;

	if (!copy)
		return cmd_fail(c, "out of memory");
	if (!sw_starts_with(copy, "bind="))
		return cmd_usage(c, "-m takes bind=SOURCE[:TARGET[:ro]], not '%s'", text);
	source = strtok_r(copy + strlen("bind="), ":", &save);
	target = strtok_r(NULL, ":", &save);
	mode = strtok_r(NULL, ":", &save);
	if (target && (!strcmp(target, "ro") || !strcmp(target, "rw"))) {
		mode = target;
		target = NULL;
	}
	if (!target)
		target = source;
	if (!source || *source != '/' || *target != '/' || strpbrk(text, " \t\n\\") ||
	    (mode && strcmp(mode, "ro") && strcmp(mode, "rw")))
		return cmd_usage(c, "-m takes bind=SOURCE[:TARGET[:ro]], absolute paths without "
				    "blanks, not '%s'", text);
	sw_buf_printf(extra, "lxc.mount.entry = %s %s none bind,%s,create=dir 0 0\n", source,
		      target + 1, mode ? mode : "rw");
	return 0;
}

/*
 * Run a copy over a layer of its own. lxc.ephemeral removes it when it has ended, however it ends:
 * that stands in its journal.
 */
static int ephemeral(struct cmd *c, struct copy_job *j)
{
	struct sw_buf extra __sw_buf = SW_BUF_INIT;
	struct rt_status st;
	int end = 0;

	if (c->daemon && c->foreground)
		return cmd_usage(c, "-d and -F exclude one another");
	j->layered = true;
	c->allow_running = true; /* its files are only read */
	for (size_t i = 0; i < c->mounts.n && !end; i++)
		end = add_mount(c, c->mounts.v[i], &extra);
	if (!c->keepdata)
		sw_buf_adds(&extra, "lxc.ephemeral = 1\n");
	j->extra = sw_buf_str(&extra);
	end = end ? end : copy(c, j);
	if (end)
		return end;
	if (!c->foreground)
		printf("Created %s as clone of %s\n", j->to_name, j->from_name);
	c->name = j->to_name;
	c->lxcpath = j->to_path;
	c->rest_count = 0;
	end = verb_start(c);
	/* One that did not even begin: nobody else will remove it. */
	if (end && !c->keepdata && !rt_status(c->lxcpath, c->name, &st, NULL) &&
	    st.state == RT_STOPPED) {
		int path_fd __sw_fd = open(c->lxcpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (path_fd >= 0 && !faccessat(path_fd, c->name, F_OK, AT_SYMLINK_NOFOLLOW))
			tree_remove(path_fd, c->name, "config", &(struct sw_error){ 0 });
	}
	return end;
}

int verb_copy(struct cmd *c)
{
	struct copy_job j = { .from_name = c->name,
			      .from_path = c->lxcpath,
			      .layered = c->snapshot,
			      .keep_name = c->keepname,
			      .keep_mac = c->keepmac };
	char room[PATH_MAX], random[80];
	int end;

	/* With -N what is left are arguments of the hooks. */
	if (!c->newname && c->rest_count) {
		c->newname = c->rest[0];
		c->rest++;
		c->rest_count--;
	}
	if (!c->newname && c->ephemeral) {
		snprintf(random, sizeof(random), "%.50s_%d", c->name, (int)getpid());
		c->newname = random;
	}
	if (!c->newname)
		return cmd_usage(c, "-N, the new name, is missing");
	if (!c->ephemeral && (c->mounts.n || c->keepdata || c->foreground || c->daemon))
		return cmd_usage(c, "-m, -D, -F and -d are for -e");
	if (c->ephemeral + c->rename + c->snapshot > 1)
		return cmd_usage(c, "-e, -R and -s exclude one another");
	if (c->backing && strcmp(c->backing, "dir") &&
	    (strcmp(c->backing, "overlay") && strcmp(c->backing, "overlayfs")))
		return cmd_usage(c,
				 "storage '%s' is not supported by this build; -B dir or overlay",
				 c->backing);
	if (c->backing && strcmp(c->backing, "dir"))
		j.layered = true;
	end = new_path(c, room, &j.to_path);
	j.to_name = c->newname;
	if (end)
		return end;
	return c->ephemeral ? ephemeral(c, &j) : copy(c, &j);
}

/* LXC 0.8: -o OLD -n NEW. LXC 1: OLD NEW, or the same options. */
int verb_clone(struct cmd *c)
{
	int at = 0;

	if (!c->orig && at < c->rest_count)
		c->orig = c->rest[at++];
	if (!c->newname && at < c->rest_count)
		c->newname = c->rest[at++];
	if (at < c->rest_count)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[at]);
	if (!c->orig || !c->newname)
		return cmd_usage(c, "the %s is missing",
				 c->orig ? "name of the new container (-n)"
					 : "container to clone (-o)");
	c->name = c->orig;
	c->rest_count = 0;
	c->allow_running = true; /* it is frozen meanwhile */
	return verb_copy(c);
}
