// SPDX-License-Identifier: GPL-2.0-only
/* device: give a running container a device of the host, or take it back. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/rt_int.h" /* rt_inroot_*: what lies in a container is not to be trusted */
#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

/* The directory of an absolute path inside, and the name in it. */
static int open_parent(int root, const char *path, bool make, char name[NAME_MAX + 1])
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || !slash[1] || strlen(slash + 1) > NAME_MAX || !strcmp(slash + 1, "..") ||
	    !strcmp(slash + 1, ".") ||
	    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path) >=
		    (int)sizeof(parent))
		return -EINVAL;
	strcpy(name, slash + 1);
	if (make && *parent) {
		int r = rt_inroot_mkdir_p(root, parent, 0755);

		if (r)
			return r;
	}
	return rt_inroot_open(root, *parent ? parent : "/", O_RDONLY | O_DIRECTORY);
}

static bool same_device(const struct stat *a, const struct stat *b)
{
	return (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT) && a->st_rdev == b->st_rdev;
}

static int add_node(struct cmd *c, int root, const char *path, const struct stat *device)
{
	char name[NAME_MAX + 1];
	int dir __sw_fd = open_parent(root, path, true, name);
	struct stat st;

	if (dir < 0)
		return cmd_fail(c, "%s inside: %s", path, sw_errno_text(dir));
	if (!mknodat(dir, name, device->st_mode & (S_IFMT | 0777), device->st_rdev)) {
		fchmodat(dir, name, device->st_mode & 0777, 0); /* whatever the umask */
		return 0;
	}
	if (errno == EEXIST && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    same_device(&st, device))
		return 0;
	return cmd_fail(c, "making %s inside: %s", path, sw_errno_text(errno));
}

static int delete_node(struct cmd *c, int root, const char *path, const struct stat *device)
{
	char name[NAME_MAX + 1];
	int dir __sw_fd = open_parent(root, path, false, name);
	struct stat st;

	if (dir == -ENOENT || (dir >= 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)))
		return 0;
	if (dir < 0)
		return cmd_fail(c, "%s inside: %s", path, sw_errno_text(dir));
	if (!same_device(&st, device))
		return cmd_fail(c, "%s inside is not that device; it was left alone", path);
	return unlinkat(dir, name, 0)
		       ? cmd_fail(c, "removing %s inside: %s", path, sw_errno_text(errno))
		       : 0;
}

/* A device node whose file system belongs to a user namespace opens nothing (mount(2), MS_NODEV).
 */
static int refuse_userns(struct cmd *c)
{
	struct sw_buf ours __sw_buf = SW_BUF_INIT, theirs __sw_buf = SW_BUF_INIT;
	struct sw_error err = { 0 };
	struct rt_status st;
	char path[64];

	if (rt_status(c->lxcpath, c->name, &st, &err))
		return cmd_error(c, &err);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)st.init_pid);
	if (st.init_pid > 0 && !sw_read_file(AT_FDCWD, path, &theirs, 65536) &&
	    !sw_read_file(AT_FDCWD, "/proc/self/uid_map", &ours, 65536) &&
	    strcmp(sw_buf_str(&ours), sw_buf_str(&theirs)))
		return cmd_fail(
			c,
			"container '%s' is in a user namespace, where a device node made now could "
			"not be opened: give it the device by lxc.mount.entry, and restart it",
			c->name);
	return 0;
}

static int node(struct cmd *c, bool add, const char *device, const char *path)
{
	struct rt_device_rule rule = { .allow = add, .read = true, .write = true, .mknod = true };
	struct sw_error err = { 0 };
	int root __sw_fd = -1, r;
	struct stat st;

	if (stat(device, &st))
		return cmd_fail(c, "device %s: %s", device, sw_errno_text(errno));
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return cmd_fail(c, "%s is no device", device);
	if (*path != '/' || strstr(path, "/../"))
		return cmd_usage(c, "the path inside is absolute and without '..', not '%s'", path);
	rule.type = S_ISBLK(st.st_mode) ? 'b' : 'c';
	rule.major = major(st.st_rdev);
	rule.minor = minor(st.st_rdev);
	r = add ? refuse_userns(c) : 0;
	if (r)
		return r;
	root = rt_root_open(c->lxcpath, c->name, &err);
	/* Permission first when it is given, last when it is taken: no node that does not open. */
	if (root < 0 || (add && rt_device_rule(c->lxcpath, c->name, &rule, &err)))
		return cmd_error(c, &err);
	r = add ? add_node(c, root, path, &st) : delete_node(c, root, path, &st);
	if (r && add) { /* as it was */
		rule.allow = false;
		rt_device_rule(c->lxcpath, c->name, &rule, NULL);
	}
	if (!r && !add && rt_device_rule(c->lxcpath, c->name, &rule, &err))
		return cmd_error(c, &err);
	return r;
}

static bool plain_interface(const char *name)
{
	return *name && strlen(name) < 16 && !strpbrk(name, "/ \t\n%") && strcmp(name, ".") &&
	       strcmp(name, "..");
}

static int interface(struct cmd *c, bool add, const char *device, const char *inside)
{
	struct sw_error err = { 0 };
	int r;

	if (!plain_interface(device) || !plain_interface(inside))
		return cmd_usage(
			c, "'%s' is neither the path of a device nor the name of a network device",
			plain_interface(device) ? inside : device);
	if (!add && strcmp(device, inside))
		return cmd_usage(c,
				 "a network device gets back the name that it had: leave '%s' away",
				 inside);
	r = add ? rt_net_give(c->lxcpath, c->name, device, inside, &err)
		: rt_net_take(c->lxcpath, c->name, device, &err);
	return r ? cmd_error(c, &err) : SW_EXIT_OK;
}

int verb_device(struct cmd *c)
{
	const char *device, *inside;
	bool add;

	if (c->rest_count < 2)
		return cmd_usage(c, "add or del, and the device, are missing");
	if (c->rest_count > 3)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[3]);
	add = !strcmp(c->rest[0], "add");
	if (!add && strcmp(c->rest[0], "del"))
		return cmd_usage(c, "a device is added by add and taken back by del, not by '%s'",
				 c->rest[0]);
	device = c->rest[1];
	inside = c->rest_count == 3 ? c->rest[2] : device;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	return *device == '/' ? node(c, add, device, inside) : interface(c, add, device, inside);
}
