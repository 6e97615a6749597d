// SPDX-License-Identifier: GPL-2.0-only
/* overlay, plain, in a user namespace, with the options that container engines use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "features/mount_try.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

#define LAYERS	     "lowerdir=l,upperdir=u,workdir=w"
#define TMPFS_MAGIC_ 0x01021994

static int make_layers(struct live *ret)
{
	if (mkdir("l", 0755) || mkdir("l/d", 0755) || mkdir("u", 0755) || mkdir("w", 0755) ||
	    mkdir("m", 0755) || mount_put_file("l/a", "lower") || mount_put_file("l/b", "lower")) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare the layers: %s",
			 sw_errno_name(errno));
		return -EIO;
	}
	return 0;
}

/*
 * EINVAL is overlay's answer to layers that do not suit it, to options it does not know and to much
 * else, which it tells the kernel log alone. What can be seen of the layers is said; nothing is
 * called broken.
 */
static void refused(const struct probe_ctx *ctx, const struct feature *f, const char *type, int r,
		    const struct live_way *way, struct live *ret)
{
	struct statfs fs;

	if (r != -EINVAL) {
		mount_failed(ctx, f, type, r, way, ret);
		return;
	}
	live_set(ret, LIVE_UNKNOWN, r, "mount(%s) on layers on %s: EINVAL", type,
		 !statfs("u", &fs) && fs.f_type != TMPFS_MAGIC_
			 ? "a tmpfs that is none (TMPFS is not set)"
			 : "a tmpfs");
	if (setxattr("u", way->userns ? "user.overlay.x" : "trusted.overlay.x", "y", 1, 0))
		live_more(ret, "; the upper layer keeps no extended attributes: %s",
			  sw_errno_name(errno));
	else
		live_more(ret, "; the kernel log may say why");
}

static void judge_layers(const struct live_way *way, struct live *ret)
{
	if (!mount_file_is("m/a", "lower") || mount_put_file("m/a", "upper"))
		live_set(ret, LIVE_BROKEN, errno,
			 "a file of the lower layer cannot be read and written");
	else if (!mount_file_is("m/a", "upper") || !mount_file_is("l/a", "lower") ||
		 !mount_file_is("u/a", "upper"))
		live_set(ret, LIVE_BROKEN, 0, "a write went to the wrong layer");
	else if (unlink("m/b") || !access("m/b", F_OK) || access("l/b", F_OK))
		live_set(ret, LIVE_BROKEN, errno,
			 "a file of the lower layer cannot be removed from view");
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted%s: writing and removing touched the upper layer only",
			 live_way_text(way));
}

/* Out of tree, and in Ubuntu's 3.x, it is called overlayfs. */
static const char *overlay_type(void)
{
	return fs_registered("overlayfs") == 1 ? "overlayfs" : "overlay";
}

void probe_overlay(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *type = overlay_type();
	struct live_way way;
	int r;

	if (!mount_may(ctx, f, type, ret) || mount_workplace(ctx, 0, ret, &way) || make_layers(ret))
		return;
	r = sys_mount("overlay", "m", type, 0,
		      strcmp(type, "overlay") ? "lowerdir=l,upperdir=u" : LAYERS);
	if (r)
		refused(ctx, f, type, r, &way, ret);
	else
		judge_layers(&way, ret);
}

void probe_overlay_userns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way = { .userns = true };
	int r;

	if (!mount_may(ctx, f, "overlay", ret) || mount_user_workplace(ctx, ret) ||
	    make_layers(ret))
		return;
	/* In a user namespace its marks are user.*, where asked for (5.11, 2d2f2d7322ff). */
	r = sys_mount("overlay", "m", "overlay", 0, LAYERS ",userxattr");
	if (r == -EINVAL)
		r = sys_mount("overlay", "m", "overlay", 0, LAYERS);
	if (r == -EINVAL)
		refused(ctx, f, "overlay", r, &way, ret);
	else if (r)
		mount_user_failed(ctx, f, "overlay", r, ret);
	else
		judge_layers(&way, ret);
}

static void judge_option(const char *option, struct live *ret)
{
	struct stat st;

	if (!strcmp(option, "redirect_dir=on")) {
		if (rename("m/d", "m/e"))
			live_set(ret, LIVE_BROKEN, errno,
				 "mounted with %s, but a directory of the lower layer cannot be "
				 "renamed: %s",
				 option, sw_errno_name(errno));
		else
			live_set(ret, LIVE_WORKS, 0,
				 "mounted with %s, a directory of the lower layer was renamed",
				 option);
	} else if (!strcmp(option, "metacopy=on")) {
		if (chmod("m/a", 0600) || stat("u/a", &st))
			live_set(ret, LIVE_BROKEN, errno,
				 "mounted with %s, but the mode of a file of the lower layer "
				 "cannot be changed",
				 option);
		else if (st.st_blocks)
			live_set(ret, LIVE_BROKEN, 0,
				 "mounted with %s, a change of mode copied the content", option);
		else
			live_set(ret, LIVE_WORKS, 0,
				 "mounted with %s, a change of mode copied no content", option);
	} else {
		live_set(ret, LIVE_WORKS, 0, "mounted with %s", option);
	}
}

void probe_overlay_option(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct live_way way = { false };
	char data[96];
	int r;

	if (!mount_may(ctx, f, "overlay", ret) ||
	    mount_initial_workplace(ctx, "in a user namespace the option is not allowed", ret) ||
	    make_layers(ret))
		return;
	snprintf(data, sizeof(data), LAYERS ",%s", f->arg);
	r = sys_mount("overlay", "m", "overlay", 0, data);
	if (r == -EINVAL && !sys_mount("overlay", "m", "overlay", 0, LAYERS))
		live_set(ret, LIVE_ABSENT, r,
			 "mount(overlay, %s): EINVAL, without the option it mounts", f->arg);
	else if (r)
		refused(ctx, f, "overlay", r, &way, ret);
	else
		judge_option(f->arg, ret);
}

/* The lower layer through an id-mapped mount of the tmpfs: what root owns shows as another's. */
void probe_overlay_idmapped(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int tree __sw_fd = -1;
	const struct live_way way = { false };
	struct stat st;
	int r;

	if (!mount_may(ctx, f, "overlay", ret) ||
	    mount_initial_workplace(ctx, "needs root of the initial user namespace", ret) ||
	    make_layers(ret))
		return;
	tree = sys_open_tree(AT_FDCWD, "l", 0x80001 /* OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC */);
	r = tree < 0 ? tree : mount_idmap(ctx, tree, ret);
	if (r > 0)
		return;
	if (!r && mkdir("x", 0755))
		r = -errno;
	if (!r)
		r = sys_move_mount(tree, "", AT_FDCWD, "x", 4 /* MOVE_MOUNT_F_EMPTY_PATH */);
	if (mount_call_refused(ctx, f, "open_tree or mount_setattr", r, ret)) {
		if (r == -EPERM)
			ret->value = LIVE_UNKNOWN;
		return;
	}
	if (r) {
		/* tmpfs since 6.3 only; then there is nothing here to take as a layer. */
		live_set(ret, LIVE_UNKNOWN, r,
			 "not tried: no id-mapped tmpfs to take as a layer: %s", sw_errno_name(r));
		return;
	}
	r = sys_mount("overlay", "m", "overlay", 0, "lowerdir=x,upperdir=u,workdir=w");
	if (r == -EINVAL)
		live_set(ret, LIVE_ABSENT, r, "mount(overlay) over an id-mapped layer: EINVAL");
	else if (r)
		refused(ctx, f, "overlay", r, &way, ret);
	else if (stat("m/a", &st) || st.st_uid != MOUNT_OTHER)
		live_set(ret, LIVE_BROKEN, 0,
			 "mounted over an id-mapped layer, a file of uid 0 in it shows as uid %u",
			 (unsigned int)st.st_uid);
	else
		live_set(ret, LIVE_WORKS, 0,
			 "mounted over an id-mapped layer, a file of uid 0 in it shows as uid %u",
			 MOUNT_OTHER);
}
