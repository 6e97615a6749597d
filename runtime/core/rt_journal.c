// SPDX-License-Identifier: GPL-2.0-only
/* What has to be undone, written down before it is done. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define JOURNAL_MAX (256 * 1024)

int rt_journal_add(const struct rt_dir *d, const char *fmt, ...)
{
	int fd __sw_fd = openat(d->fd, "journal", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
				O_CLOEXEC, 0600);
	char line[PATH_MAX + 256];
	va_list ap;
	int n;

	if (fd < 0)
		return -errno;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) - 1 || memchr(line, '\n', n))
		return -EINVAL;
	line[n++] = '\n';
	return sw_write_all(fd, line, n);
}

/* Split one line in place: verb, first argument, the rest ("" where there is none). */
static bool split(char *line, char **verb, char **first, char **rest)
{
	char *p = strchr(line, ' ');

	if (!p)
		return false;
	*p++ = 0;
	*verb = line;
	*first = p;
	p = strchr(p, ' ');
	if (p)
		*p++ = 0;
	*rest = p ? p : line + strlen(line);
	return true;
}

/* The lines as pointers into b, a torn last line left out: what it announced was never done. */
static int load(const struct rt_dir *d, struct sw_buf *b, char ***ret_lines, size_t *ret_count)
{
	size_t count = 0, cap = 0;
	char **lines = NULL, *p, *nl;
	int r = sw_read_file(d->fd, "journal", b, JOURNAL_MAX);

	if (r && r != -ENOENT)
		return r;
	for (p = b->data; p && (nl = strchr(p, '\n')); p = nl + 1) {
		if (count == cap) {
			char **more = realloc(lines, (cap = cap ? cap * 2 : 32) * sizeof(*lines));

			if (!more) {
				free(lines);
				return -ENOMEM;
			}
			lines = more;
		}
		*nl = 0;
		lines[count++] = p;
	}
	*ret_lines = lines;
	*ret_count = count;
	return 0;
}

int rt_journal_each(const struct rt_dir *d, const char *verb,
		    int (*fn)(const char *first, const char *rest, void *arg), void *arg)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char **lines __sw_free = NULL;
	size_t count = 0;
	int r = load(d, &b, &lines, &count);

	for (size_t i = 0; !r && i < count; i++) {
		char *v, *first, *rest;

		if (split(lines[i], &v, &first, &rest) && !strcmp(v, verb))
			r = fn(first, rest, arg);
	}
	return r;
}

struct same_line {
	const char *path;
	bool found;
};

static int match_line(const char *first, const char *rest, void *arg)
{
	struct same_line *s = arg;
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s%s", first, *rest ? " " : "", rest);
	s->found |= !strcmp(whole, s->path);
	return 0;
}

static bool is_ending(const struct rt_dir *d)
{
	struct rt_record rec;

	return !rt_record_read(d, &rec) && (rec.state == RT_STOPPING || rec.state == RT_ABORTING);
}

bool rt_journal_shared(const struct rt_dir *d, const char *verb, const char *path, bool ending_too)
{
	struct same_line s = { path, false };
	struct rt_names names = { NULL, 0 };

	if (rt_dir_names(d->parent_fd, &names))
		return false;
	for (size_t i = 0; i < names.count && !s.found; i++) {
		struct rt_dir other = RT_DIR_INIT;

		if (!strcmp(names.list[i], d->entry))
			continue;
		other.fd = openat(d->parent_fd, names.list[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (other.fd >= 0 && rt_dir_holder(&other) && (ending_too || !is_ending(&other)))
			rt_journal_each(&other, verb, match_line, &s);
		rt_dir_close(&other);
	}
	rt_names_free(&names);
	return s.found;
}

/* What its monitor wrote last, if it came to that: the container reboots. */
static const char *target_of(char **lines, size_t count)
{
	return count && !strcmp(lines[count - 1], "target reboot") ? "reboot" : "stop";
}

static int undo_line(const struct rt_dir *d, const char *verb, const char *first, const char *rest,
		     struct sw_error *err)
{
	char path[PATH_MAX];
	int r;
	struct stat st;

	if (rt_net_undo(d, verb, first, rest, err, &r))
		return r;
	if (!strcmp(verb, "cgroup"))
		return rt_cg_remove(rest, err);
	if (!strcmp(verb, "loop")) {
		r = rt_loop_undo(d, first, rest);
		return r ? sw_error(err, r, "undo", "loop device %s is still in use", first) : 0;
	}
	if (!strcmp(verb, "subtree")) {
		char value[64], file[PATH_MAX];

		/* Whoever has a cgroup there may rely on the controller by now: then it stays. */
		if (rt_cg_has_children(rest))
			return 0;
		snprintf(value, sizeof(value), "-%s", first);
		snprintf(file, sizeof(file), "%s/cgroup.subtree_control", rest);
		sw_write_file(AT_FDCWD, file, value);
		return 0;
	}
	snprintf(path, sizeof(path), "%s%s%s", first, *rest ? " " : "", rest);
	if (!strcmp(verb, "file") && unlink(path) && errno != ENOENT)
		return sw_error(err, errno, "undo", "removing %s: %s", path, sw_errno_text(errno));
	if (!strcmp(verb, "rmdir") || !strcmp(verb, "point")) {
		int guard __sw_fd __attribute__((unused)) = rt_dir_guard(d);

		/*
		 * Others who end do not count: each says that it is ending before it looks, so the
		 * last of them removes the directory. In use or filled by somebody it stays.
		 */
		if (rt_journal_shared(d, verb, path, false))
			return 0;
		if (*verb == 'r')
			rmdir(path);
		else if (!lstat(path, &st) && S_ISREG(st.st_mode) && !st.st_size)
			unlink(path);	/* a mount point, still as it was made */
	}
	return 0;
}

int (*rt_remove_ephemeral)(const char *lxcpath, const char *name, struct sw_error *err);

int rt_step_ephemeral(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int r = rt_journal_add(&ctx->dir, "ephemeral %s %s", ctx->spec->name, ctx->spec->lxcpath);

	(void)step;
	return r ? sw_error(err, r, NULL, "journal: %s", sw_errno_text(r)) : 0;
}

static int remove_line(const char *name, const char *lxcpath, void *arg)
{
	return rt_remove_ephemeral ? rt_remove_ephemeral(lxcpath, name, arg) : 0;
}

static int thaw_line(const char *controllers, const char *path, void *arg)
{
	(void)controllers;
	(void)arg;
	rt_cg_thaw_all(path);
	return 0;
}

void rt_journal_thaw(const struct rt_dir *d)
{
	rt_journal_each(d, "cgroup", thaw_line, NULL);
}

/* Kill the recorded init, and wait until it is gone: it may be no child of ours. */
static int kill_init(const struct rt_dir *d, const char *name, struct sw_error *err)
{
	struct rt_record rec;

	if (rt_record_read(d, &rec))
		return 0;
	for (int waited = 0; rt_proc_same(rec.init, rec.init_start); waited += 10) {
		rt_proc_kill(rec.init, rec.init_start, SIGKILL);
		rt_journal_thaw(d);
		if (waited > 10000)
			return sw_error(err, ETIMEDOUT, "undo",
					"init of '%s', process %d, does not die",
					name, (int)rec.init);
		rt_sleep_ms(10);
	}
	return 0;
}

int rt_journal_undo(struct rt_dir *d, const char *name, struct sw_error *err)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char **lines __sw_free = NULL;
	const char *target;
	size_t count = 0;
	int r = load(d, &b, &lines, &count), failed;

	if (r)
		return sw_error(err, r, "undo", "reading the journal of '%s': %s", name,
				sw_errno_text(r));
	target = target_of(lines, count);
	r = kill_init(d, name, err);
	/* Controllers last, once our own cgroups have gone. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = count; i-- > 0;) {
			char *verb, *first, *rest;

			if (sw_starts_with(lines[i], "subtree ") != (pass == 1) ||
			    !split(lines[i], &verb, &first, &rest))
				continue;
			if (!strcmp(verb, "post-stop")) {
				rt_hook_after(d, name, first, rest, target);
				continue;
			}
			failed = undo_line(d, verb, first, rest, err);
			r = r ? r : failed;
		}
	/* Last, when nothing is in it any more; what reboots goes on. */
	if (!r && strcmp(target, "reboot"))
		r = rt_journal_each(d, "ephemeral", remove_line, err);
	if (r)
		return r;
	r = rt_dir_remove(d);
	if (r)
		return sw_error(err, r, "undo", "removing the state of '%s': %s", name,
				sw_errno_text(r));
	return 0;
}
