// SPDX-License-Identifier: GPL-2.0-only
/* Trees of mounts: how they propagate, are copied and moved, and have their ids mapped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "features/companion.h"
#include "features/mount_try.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- propagation ----------------------------------------------------------------------------- */

/* p is shared, s its peer, t its slave, u private: a copy each. Returns 0 or -errno. */
static int make_kinds(void)
{
	static const struct {
		const char *dir;
		unsigned long type;
	} copies[] = { { "s", MS_SHARED }, { "t", MS_SLAVE }, { "u", MS_PRIVATE } };
	int r = mount_on("p", "tmpfs", 0, "size=64k,mode=755");

	if (!r && (mkdir("p/a", 0755) || mkdir("p/b", 0755)))
		r = -errno;
	if (!r)
		r = sys_mount("none", "p", NULL, MS_SHARED, NULL);
	for (size_t i = 0; !r && i < sizeof(copies) / sizeof(*copies); i++) {
		if (mkdir(copies[i].dir, 0755))
			return -errno;
		r = sys_mount("p", copies[i].dir, NULL, MS_BIND, NULL);
		if (!r)
			r = sys_mount("none", copies[i].dir, NULL, copies[i].type, NULL);
	}
	if (!r)
		r = mount_on("p/a", "tmpfs", 0, "size=64k");
	return r ? r : mount_on("t/b", "tmpfs", 0, "size=64k");
}

void probe_propagation(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *wrong = NULL;
	struct live_way way;
	int r;

	(void)f;
	if (mount_workplace(ctx, 0, ret, &way))
		return;
	r = make_kinds();
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "mounts of the four kinds cannot be made: %s",
			 sw_errno_name(r));
		return;
	}
	if (!mount_is_on("s/a", "s"))
		wrong = "a mount does not reach a shared peer";
	else if (!mount_is_on("t/a", "t"))
		wrong = "a mount does not reach a slave";
	else if (mount_is_on("u/a", "u"))
		wrong = "a mount reaches what is private";
	else if (mount_is_on("p/b", "p") || mount_is_on("s/b", "s"))
		wrong = "a mount in a slave reaches its master";
	else if (sys_mount("none", "u", NULL, MS_UNBINDABLE, NULL) || mkdir("v", 0755) ||
		 sys_mount("u", "v", NULL, MS_BIND, NULL) != -EINVAL)
		wrong = "what is unbindable can be bound";
	if (wrong)
		live_set(ret, LIVE_BROKEN, 0, "%s", wrong);
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounts reach a shared peer and a slave, not a private one, nor a master; "
			 "an unbindable one is not bound%s",
			 live_way_text(&way));
}

/* ---- open_tree, move_mount ------------------------------------------------------------------- */

#define TREE_CLONE	0x80001u /* OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC */
#define MOVE_EMPTY_PATH 4u	 /* MOVE_MOUNT_F_EMPTY_PATH */

void probe_open_tree(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int tree __sw_fd = -1, file __sw_fd = -1;
	struct live_way way;

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	if (mount_on("a", "tmpfs", 0, "size=64k,mode=755") || mount_put_file("a/f", "1")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a mount");
		return;
	}
	tree = sys_open_tree(AT_FDCWD, "a", TREE_CLONE);
	if (mount_call_refused(ctx, f, "open_tree", tree, ret))
		return;
	if (tree >= 0 && !sys_umount2("a", MNT_DETACH))
		file = openat(tree, "f", O_RDONLY | O_CLOEXEC);
	if (file < 0 || !access("a/f", F_OK))
		live_set(ret, LIVE_BROKEN, tree, "open_tree(CLONE): %s",
			 tree < 0 ? sw_errno_name(tree) : "no copy of its own came of it");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "open_tree gave a detached copy of a mount%s, which outlived it",
			 live_way_text(&way));
}

void probe_move_mount(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r;

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	if (mount_on("a", "tmpfs", 0, "size=64k,mode=755") || mount_put_file("a/f", "1") ||
	    mkdir("b", 0755)) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a mount");
		return;
	}
	r = sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0);
	if (mount_call_refused(ctx, f, "move_mount", r, ret))
		return;
	if (r || !mount_file_is("b/f", "1") || !access("a/f", F_OK))
		live_set(ret, LIVE_BROKEN, r, "move_mount: %s",
			 r ? sw_errno_name(r) : "0, but the mount is not moved");
	else
		live_set(ret, LIVE_WORKS, 0, "move_mount moved a mount%s", live_way_text(&way));
}

#define MOVE_BENEATH	0x200	/* MOVE_MOUNT_BENEATH */

void probe_move_beneath(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int tree __sw_fd = -1;
	struct live_way way;
	int r;

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	if (mount_on("a", "tmpfs", 0, "size=64k,mode=755") || mount_put_file("a/f", "below") ||
	    mount_on("b", "tmpfs", 0, "size=64k,mode=755") || mount_put_file("b/f", "top")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a mount");
		return;
	}
	tree = sys_open_tree(AT_FDCWD, "a", TREE_CLONE);
	if (mount_call_refused(ctx, f, "open_tree", tree, ret))
		return;
	r = tree < 0 ? tree : sys_move_mount(tree, "", AT_FDCWD, "b", MOVE_EMPTY_PATH | MOVE_BENEATH);
	if (mount_call_refused(ctx, f, "move_mount", r, ret))
		return;
	if (r == -EINVAL && tree >= 0)	/* how older kernels answer a flag that they do not know */
		live_set(ret, LIVE_ABSENT, r, "move_mount(BENEATH): EINVAL");
	else if (r || !mount_file_is("b/f", "top") || sys_umount2("b", 0) || !mount_file_is("b/f", "below"))
		live_set(ret, LIVE_BROKEN, r, "move_mount(BENEATH): %s",
			 r ? sw_errno_name(r) : "0, but nothing is below");
	else
		live_set(ret, LIVE_WORKS, 0, "a mount was put beneath another%s", live_way_text(&way));
}

#define STATMOUNT_MNT_BASIC 0x2
#define STATX_MNT_ID_UNIQUE 0x4000

/* The unique id of the mount at a path (statx(2), 6.8), or 0. */
static uint64_t unique_id(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID_UNIQUE, &st) || !(st.stx_mask & STATX_MNT_ID_UNIQUE))
		return 0;
	/* stx_mnt_id: the C library's structure may be older than it. */
	uint64_t id;

	memcpy(&id, (const char *)&st + 144, sizeof(id));
	return id;
}

void probe_statmount(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* struct mnt_id_req, MNT_ID_REQ_SIZE_VER0; struct statmount, its numbers */
	struct {
		uint32_t size, spare;
		uint64_t mnt_id, param;
	} req = { .size = 24, .param = STATMOUNT_MNT_BASIC };
	uint64_t answer[64] = { 0 }, parent, children[4] = { 0 };
	struct live_way way;
	long n = 0;
	int r;

	if (mount_workplace(ctx, 0, ret, &way))
		return;
	parent = unique_id(".");
	if (mount_on("a", "tmpfs", 0, "size=64k,mode=755")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a mount");
		return;
	}
	req.mnt_id = parent;
	r = sys_call(SYS_NR_statmount, (long)&req, (long)answer, sizeof(answer), 0, 0, 0);
	if (mount_call_refused(ctx, f, "statmount", r, ret))
		return;
	req.param = 0;
	if (!r)
		n = sys_call(SYS_NR_listmount, (long)&req, (long)children, 4, 0, 0, 0);
	if (mount_call_refused(ctx, f, "listmount", (int)n, ret))
		return;
	if (r || n != 1 || !parent || children[0] != unique_id("a"))
		live_set(ret, LIVE_BROKEN, r, "statmount: %s, listmount: %ld instead of one child",
			 r ? sw_errno_name(r) : "0", n);
	else
		live_set(ret, LIVE_WORKS, 0, "statmount and listmount told of a mount and its child%s",
			 live_way_text(&way));
}

/* ---- id-mapped mounts ------------------------------------------------------------------------ */

#define ATTR_IDMAP  0x00100000 /* MOUNT_ATTR_IDMAP */
#define EMPTY_PATH  0x1000     /* AT_EMPTY_PATH */
#define OVERFLOW_ID 65534

int mount_idmap(const struct probe_ctx *ctx, int fd, struct live *ret)
{
	struct sys_mount_attr attr = { .attr_set = ATTR_IDMAP };
	int ns __sw_fd = -1;
	char path[48];
	struct companion c __companion = COMPANION_INIT;
	int r = companion_start(&c, SW_CLONE_NEWUSER, NULL, NULL);

	if (!r)
		r = live_map_userns(c.pid, MOUNT_OTHER);
	if (r) {
		/* In a chroot, at a limit, under a filter: nothing of the mount's doing. */
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		live_set(ret, LIVE_UNKNOWN, r,
			 "not tried: no user namespace to map ids by: %s", sw_errno_name(r));
		return 1;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)c.pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	r = ns < 0 ? -errno : 0;
	companion_end(&c);
	if (r)
		return r;
	attr.userns_fd = (uint64_t)ns;
	return sys_mount_setattr(fd, "", EMPTY_PATH, &attr, sizeof(attr));
}

/* What lies on the path may be another's: something can be mounted over what mountinfo names. */
static bool is_of_type(int fd, const char *type)
{
	static const struct {
		const char *type;
		unsigned long magic;
	} magics[] = {
		{ "ext4", 0xef53 },	 { "xfs", 0x58465342 },	     { "btrfs", 0x9123683e },
		{ "vfat", 0x4d44 },	 { "f2fs", 0xf2f52010 },     { "erofs", 0xe0f5e1e2 },
		{ "tmpfs", 0x01021994 }, { "squashfs", 0x73717368 },
	};
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (!strcmp(magics[i].type, type))
			return ((unsigned long)fs.f_type & 0xffffffff) == magics[i].magic;
	return false;
}

static void judge_idmap(const struct probe_ctx *ctx, const struct feature *f, const char *type,
			const char *path, struct live *ret)
{
	int tree __sw_fd = sys_open_tree(AT_FDCWD, path, TREE_CLONE);
	struct stat before, after;
	unsigned int expected;
	int r;

	/* A copy of our own: the mount that others use is not touched. */
	if (mount_call_refused(ctx, f, "open_tree", tree, ret))
		return;
	if (tree < 0 || fstat(tree, &before)) {
		live_set(ret, LIVE_UNKNOWN, tree, "a copy of the %s on %.60s cannot be had: %s",
			 type, path, sw_errno_name(tree < 0 ? tree : errno));
		return;
	}
	if (!is_of_type(tree, type)) {
		live_set(ret, LIVE_UNKNOWN, 0,
			 "not tried: something else lies over the %s on %.60s", type, path);
		return;
	}
	expected = before.st_uid == 0 ? MOUNT_OTHER : OVERFLOW_ID;
	r = mount_idmap(ctx, tree, ret);
	if (r > 0)
		return;
	if (mount_call_refused(ctx, f, "mount_setattr(IDMAP)", r, ret)) {
		if (r == -EPERM)
			ret->value = LIVE_UNKNOWN;
		return;
	}
	if (r == -EINVAL)
		live_set(ret, LIVE_ABSENT, r, "mount_setattr(IDMAP) of %s: EINVAL", type);
	else if (r)
		live_set(ret, LIVE_UNKNOWN, r, "mount_setattr(IDMAP) of %s: %s", type,
			 sw_errno_name(r));
	else if (fstat(tree, &after) || after.st_uid != expected)
		live_set(ret, LIVE_BROKEN, 0,
			 "an id-mapped copy of %s was made, but uid %u shows as %u in it", type,
			 (unsigned int)before.st_uid, (unsigned int)after.st_uid);
	else
		live_set(ret, LIVE_WORKS, 0, "in an id-mapped copy of %s, uid %u shows as %u", type,
			 (unsigned int)before.st_uid, expected);
}

/* Before 6.3 not tmpfs: another file system that is mounted anyway and that came with 5.12. */
static void idmap_any(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const types[] = { "ext4", "xfs", "btrfs", "vfat" };
	char path[256];

	judge_idmap(ctx, f, "tmpfs", ".", ret);
	for (size_t i = 0; ret->value == LIVE_ABSENT && ret->err == EINVAL && i < 4; i++)
		if (mount_find(types[i], path, sizeof(path)))
			judge_idmap(ctx, f, types[i], path, ret);
	if (ret->value == LIVE_ABSENT && ret->err == EINVAL && ctx->version >= f->since)
		live_set(ret, LIVE_UNKNOWN, EINVAL,
			 "mount_setattr(IDMAP): EINVAL for every file system there is to try");
}

void probe_idmapped(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char path[256] = ".";

	/* Needs no file system to try it on, and holds for all of them. */
	if (mount_call_refused(ctx, f, "mount_setattr", sys_mount_setattr(-1, "", 0, NULL, 0), ret))
		return;
	/* Before the private copy of the mounts hides anything: that has our tmpfs on /tmp. */
	if (f->arg && strcmp(f->arg, "tmpfs") && !mount_find(f->arg, path, sizeof(path))) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: no %s is mounted here", f->arg);
		return;
	}
	if (mount_initial_workplace(ctx, "needs root of the initial user namespace", ret))
		return;
	if (f->arg)
		judge_idmap(ctx, f, f->arg, path, ret);
	else
		idmap_any(ctx, f, ret);
}
