// SPDX-License-Identifier: GPL-2.0-only
/* Values of the keys about what is mounted without an entry: proc, sys, cgroup, /dev, masks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"

#define CAP_SYS_ADMIN_BIT (1ULL << 21)
#define AUTODEV_SIZE 500000	/* LXC's: room for nodes, none for files */

/* ---- lxc.mount.auto -------------------------------------------------------------------------- */

static const struct {
	const char *word;
	const char *lines[4];
} kinds[] = {
	/* What is bound first keeps its own flags when what is above it becomes read-only. */
	{ "proc", { "proc proc proc nodev,noexec,nosuid 0 0",
		    "proc/sys/net proc/sys/net none bind,relative,optional 0 0",
		    "proc/sys proc/sys none rbind,relative,ro 0 0",
		    "proc/sysrq-trigger proc/sysrq-trigger none bind,relative,ro,optional 0 0" } },
	{ "proc:rw", { "proc proc proc nodev,noexec,nosuid 0 0" } },
	{ "sys", { "sysfs sys sysfs nodev,noexec,nosuid 0 0",
		   "sys/devices/virtual/net sys/devices/virtual/net none bind,relative,optional 0 0",
		   "sys sys none rbind,relative,ro 0 0" } },
	{ "sys:ro", { "sysfs sys sysfs ro,nodev,noexec,nosuid 0 0" } },
	{ "sys:rw", { "sysfs sys sysfs nodev,noexec,nosuid 0 0" } },
};

/* "cgroup[-full][:MODE][:force]". False: it is not that. */
static bool cgroup_kind(struct rt_confine *c, const char *word)
{
	static const struct {
		const char *word;
		enum rt_cgroup_mode mode;
	} modes[] = { { ":ro", RT_CGM_RO }, { ":rw", RT_CGM_RW }, { ":mixed", RT_CGM_MIXED } };
	bool full = sw_starts_with(word, "cgroup-full"), force;
	enum rt_cgroup_mode mode = RT_CGM_NONE;
	const char *rest;

	if (!sw_starts_with(word, "cgroup"))
		return false;
	rest = word + strlen(full ? "cgroup-full" : "cgroup");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (sw_starts_with(rest, modes[i].word)) {
			mode = modes[i].mode;
			rest += strlen(modes[i].word);
			break;
		}
	force = !strcmp(rest, ":force");
	if (*rest && !force)
		return false;
	c->cgroup_mount = mode ? mode : RT_CGM_RW;
	c->cgroup_default = !mode;
	c->cgroup_full = full;
	c->cgroup_force = force;
	return true;
}

static int one_kind(struct lxc_ctx *ctx, const char *word)
{
	size_t n = strlen(word), plain = n > 6 && !strcmp(word + n - 6, ":mixed") ? n - 6 : n;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		int r = 0;

		if (strncmp(word, kinds[i].word, plain) || kinds[i].word[plain])
			continue;
		for (size_t k = 0; !r && k < 4 && kinds[i].lines[k]; k++)
			r = lxc_keep_mount(ctx, kinds[i].lines[k], LXC_FROM_AUTO);
		return r;
	}
	if (cgroup_kind(&ctx->spec->confine, word))
		return 0;
	if (sw_starts_with(word, "shmounts:"))
		return lxc_fail(ctx, ENOTSUP, "'%s' is not supported by this build; use an "
				"lxc.mount.entry with the option rslave", SHOW(word));
	return lxc_fail(ctx, EINVAL, "expected proc, sys, cgroup or cgroup-full, each with :mixed, :rw or "
			":ro, found '%s'", SHOW(word));
}

int lxc_set_mount_auto(struct lxc_ctx *ctx, const char *value)
{
	char *copy __sw_free = strdup(value), *save = NULL;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	if (!*value) {
		lxc_forget_mounts(ctx->spec, LXC_FROM_AUTO);
		ctx->spec->confine.cgroup_mount = RT_CGM_NONE;
	}
	for (char *w = strtok_r(copy, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		int r = one_kind(ctx, w);

		if (r)
			return r;
	}
	return 0;
}

/* ---- /dev ------------------------------------------------------------------------------------ */

int lxc_set_autodev(struct lxc_ctx *ctx, const char *value)
{
	if (*value && strcmp(value, "0") && strcmp(value, "1"))
		return lxc_fail(ctx, EINVAL, "expected 0 or 1, found '%s'", SHOW(value));
	ctx->spec->confine.autodev = *value == '1';
	return 0;
}

int lxc_set_autodev_size(struct lxc_ctx *ctx, const char *value)
{
	long v = 0;

	if (*value && (sw_parse_long(value, &v) || v <= 0))
		return lxc_fail(ctx, EINVAL, "expected a number of bytes, found '%s'", SHOW(value));
	ctx->spec->confine.autodev_size = v;
	return 0;
}

/* ---- masked and read-only paths -------------------------------------------------------------- */

static int add_path(struct lxc_ctx *ctx, const char *value, struct rt_path **list, size_t *count)
{
	struct rt_path *p;

	if (!*value) {
		for (size_t i = 0; i < *count; i++) {
			free((*list)[i].path);
			free((*list)[i].origin);
		}
		*count = 0;
		return 0;
	}
	if (*value != '/' || strstr(value, "/../") || !value[strspn(value, "/.")])
		return lxc_fail(ctx, EINVAL, "expected an absolute path inside, without '..', found '%s'",
				SHOW(value));
	p = lxc_grow((void **)list, count, sizeof(*p));
	if (!p)
		return lxc_fail(ctx, ENOMEM, "-");
	p->path = strdup(value);
	p->origin = lxc_origin(ctx);
	return p->path && p->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_masked(struct lxc_ctx *ctx, const char *value)
{
	return add_path(ctx, value, &ctx->spec->confine.masked, &ctx->spec->confine.masked_count);
}

int lxc_set_readonly(struct lxc_ctx *ctx, const char *value)
{
	return add_path(ctx, value, &ctx->spec->confine.readonly,
			&ctx->spec->confine.readonly_count);
}

/* ---- the rootfs ------------------------------------------------------------------------------ */

int lxc_set_rootfs_mount(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	if (*value && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	free(c->rootfs_mount);
	c->rootfs_mount = *value ? strdup(value) : NULL;
	return c->rootfs_mount || !*value ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_rootfs_options(struct lxc_ctx *ctx, const char *value)
{
	static const struct {
		const char *word;
		unsigned long flags;
	} words[] = {
		{ "shared", MS_SHARED }, { "rshared", MS_SHARED | MS_REC }, { "slave", MS_SLAVE },
		{ "rslave", MS_SLAVE | MS_REC }, { "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC }, { "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
	};
	char *copy __sw_free = strdup(value), *save = NULL;
	unsigned long propagation = 0;
	bool readonly = false, idmap = false;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		bool known = !strcmp(o, "defaults") || !strcmp(o, "rw") || !strcmp(o, "ro");

		known |= !strcmp(o, "idmap=container");
		idmap |= !strcmp(o, "idmap=container");
		readonly = !strcmp(o, "ro") || (readonly && strcmp(o, "rw"));
		for (size_t i = 0; !known && i < sizeof(words) / sizeof(*words); i++)
			if (!strcmp(o, words[i].word)) {
				propagation = words[i].flags;
				known = true;
			}
		if (!known)
			return lxc_fail(ctx, ENOTSUP, "option '%s' is not supported by this build (ro, rw, "
					"defaults, idmap=container, and those of propagation are)", SHOW(o));
	}
	ctx->spec->rootfs_readonly = readonly;
	ctx->spec->confine.propagation = propagation;
	ctx->spec->confine.idmap_rootfs = idmap;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Without a network of its own, the sysctls of the network are the host's. */
static void drop_network_sysctls(struct rt_spec *spec)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->mount_count; i++) {
		struct rt_mount *m = &spec->mounts[i];

		if (m->data && !strcmp(m->data, LXC_FROM_AUTO) &&
		    sw_starts_with(m->source, "proc/sys/net "))
			lxc_mount_clear(m);
		else
			spec->mounts[kept++] = *m;
	}
	spec->mount_count = kept;
}

int lxc_finish_automount(struct lxc_ctx *ctx)
{
	struct rt_spec *spec = ctx->spec;
	struct rt_confine *c = &spec->confine;
	bool admin = spec->caps_keep ? spec->caps_keep & CAP_SYS_ADMIN_BIT :
				       !(spec->caps_drop & CAP_SYS_ADMIN_BIT);
	char line[128];
	int r;

	if (!(spec->ns & SW_CLONE_NEWNET))
		drop_network_sysctls(spec);
	if (c->cgroup_mount && c->cgroup_default)
		c->cgroup_mount = admin ? RT_CGM_RW : RT_CGM_MIXED;
	if (c->rootfs_mount && spec->rootfs_kind != RT_ROOTFS_DIR) {
		free(spec->rootfs);
		spec->rootfs = c->rootfs_mount;
		c->rootfs_mount = NULL;
	}
	if (!c->autodev)
		return 0;
	snprintf(line, sizeof(line), "none dev tmpfs mode=0755,size=%llu,nosuid,noexec 0 0",
		 (unsigned long long)(c->autodev_size ? c->autodev_size : AUTODEV_SIZE));
	r = lxc_keep_mount(ctx, line, LXC_FROM_AUTO);
	/* Before everything else: what is mounted below /dev would be hidden. */
	for (size_t i = 0; !r && i < spec->mount_count; i++)
		if (sw_starts_with(spec->mounts[i].source, "none dev tmpfs mode=0755,")) {
			struct rt_mount m = spec->mounts[i];

			memmove(&spec->mounts[1], &spec->mounts[0], i * sizeof(m));
			spec->mounts[0] = m;
		}
	return r;
}
