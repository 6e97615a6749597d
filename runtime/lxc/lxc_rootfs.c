// SPDX-License-Identifier: GPL-2.0-only
/* lxc.rootfs.path: [KIND:]PATH, and what is on that path where no kind is given. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lxc/lxc_internal.h"
#include "sw_buf.h"
#include "sw_fd.h"

static void clear(struct rt_spec *spec)
{
	free(spec->rootfs);
	free(spec->rootfs_lower);
	free(spec->rootfs_upper);
	free(spec->rootfs_image);
	spec->rootfs = spec->rootfs_lower = spec->rootfs_upper = spec->rootfs_image = NULL;
	spec->rootfs_kind = RT_ROOTFS_DIR;
}

/* Where something that is no directory is mounted, and what targets of mounts may begin with. */
static char *mount_point(const struct rt_spec *spec)
{
	struct sw_buf b = SW_BUF_INIT;

	sw_buf_printf(&b, "%s/%s/rootfs", spec->lxcpath ? spec->lxcpath : "",
		      spec->name ? spec->name : "");
	return sw_buf_take(&b);
}

/* "LOWER[:LOWER...]:UPPER", each absolute. */
static int set_overlay(struct lxc_ctx *ctx, const char *paths)
{
	const char *upper = strrchr(paths, ':');
	struct rt_spec *spec = ctx->spec;

	for (const char *p = paths; p; p = strchr(p, ':')) {
		p += *p == ':';
		if (*p != '/' || strchr(":", p[1]))
			return lxc_fail(ctx, EINVAL,
					"expected overlay:LOWER:UPPER, absolute paths of "
					"directories, found '%s'",
					SHOW(paths));
	}
	if (!upper)
		return lxc_fail(ctx, EINVAL, "expected overlay:LOWER:UPPER, found one path: '%s'",
				SHOW(paths));
	clear(spec);
	spec->rootfs_kind = RT_ROOTFS_OVERLAY;
	spec->rootfs_lower = strndup(paths, upper - paths);
	spec->rootfs_upper = strdup(upper + 1);
	spec->rootfs = mount_point(spec);
	return spec->rootfs_lower && spec->rootfs_upper && spec->rootfs
		       ? 0
		       : lxc_fail(ctx, ENOMEM, "-");
}

static int set_image(struct lxc_ctx *ctx, const char *path, enum rt_rootfs_kind kind)
{
	struct rt_spec *spec = ctx->spec;
	char *copy = strdup(path); /* path may be what is cleared */

	clear(spec);
	spec->rootfs_kind = kind;
	spec->rootfs_image = copy;
	spec->rootfs = mount_point(spec);
	return spec->rootfs_image && spec->rootfs ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_rootfs(struct lxc_ctx *ctx, const char *value)
{
	size_t n = strcspn(value, ":/");
	const char *path = value[n] == ':' ? value + n + 1 : value;
	int r;

	if (!*value) {
		clear(ctx->spec);
		return 0;
	}
	if (sw_starts_with(value, "overlay:") || sw_starts_with(value, "overlayfs:"))
		return set_overlay(ctx, path);
	if (value[n] == ':' && !sw_starts_with(value, "dir:") && !sw_starts_with(value, "loop:"))
		return lxc_fail(ctx, ENOTSUP,
				"storage of kind '%.*s' is not supported by this build "
				"(dir, overlay and loop are)",
				n > 20 ? 20 : (int)n, SHOW(value));
	if (*path != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	if (sw_starts_with(value, "loop:"))
		return set_image(ctx, path, RT_ROOTFS_LOOP);
	clear(ctx->spec);
	r = lxc_set_string(&ctx->spec->rootfs, path);
	return r ? lxc_fail(ctx, ENOMEM, "-") : 0;
}

/* LXC 0.8 took the path of an image or a block device for what it is; so does this. */
int lxc_finish_rootfs(struct lxc_ctx *ctx)
{
	struct rt_spec *spec = ctx->spec;
	struct stat st;

	if (!spec->rootfs || spec->rootfs_kind != RT_ROOTFS_DIR || stat(spec->rootfs, &st))
		return 0;
	if (S_ISREG(st.st_mode))
		return set_image(ctx, spec->rootfs, RT_ROOTFS_LOOP);
	if (S_ISBLK(st.st_mode))
		return set_image(ctx, spec->rootfs, RT_ROOTFS_BLOCK);
	return 0;
}
