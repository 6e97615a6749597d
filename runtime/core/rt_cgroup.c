// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps that give the container its cgroups: one directly below the top of every hierarchy that
 * is mounted, whatever the arrangement. What the configuration does not ask for may fail
 * (a read-only mount, a real-time task that RT_GROUP_SCHED keeps out of "cpu"); what it asks for
 * may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

/* The controller that a control file belongs to: what stands before its first dot. */
static void controller_of(const char *file, char out[32])
{
	snprintf(out, 32, "%.*s", (int)strcspn(file, "."), file);
}

/* Does the configuration ask for something in this hierarchy? */
static bool is_needed(struct rt_ctx *ctx, const struct rt_cg_hier *h)
{
	const struct rt_spec *spec = ctx->spec;
	char name[32];

	for (size_t i = 0; i < spec->cgroup_count; i++) {
		controller_of(spec->cgroup[i].file, name);
		if ((spec->cgroup[i].version == 2) == h->v2 &&
		    (rt_cg_has(h, name) || (h->v2 && !strcmp(name, "cgroup"))))
			return true;
	}
	if (!spec->device_count)
		return false;
	return h->v2 ? !rt_cg_find(&ctx->cg, 1, "devices") : rt_cg_has(h, "devices");
}

void rt_cg_path(const struct rt_ctx *ctx, const struct rt_cg_hier *h, char *out, size_t size)
{
	const char *dir = ctx->spec->confine.cgroup_dir;

	snprintf(out, size, "%s%s%s/%s", h->path, dir ? "/" : "", dir ? dir : "", ctx->dir.tag);
}

/* An empty cpuset takes no process: give it what its parent has (cgroup-v1/cpusets.rst). */
static int fill_cpuset(const struct rt_cg_hier *h, int fd, struct sw_error *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	int top __sw_fd = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *file = files[i];
		char have[16], value[512];
		int r;

		if (faccessat(fd, file, F_OK, 0))
			file += strlen("cpuset.");	/* mounted with noprefix */
		if (sw_read_line(fd, file, have, sizeof(have)) > 0)
			continue;
		r = sw_read_line(top, file, value, sizeof(value));
		if (r > 0)
			r = sw_write_file(fd, file, value);
		if (r < 0)
			return sw_error(err, r, NULL,
					"%s of the new cgroup in %s: %s", file, h->path,
					sw_errno_text(r));
	}
	return 0;
}

/*
 * The directories of lxc.cgroup.dir, journalled where we make them: the last container in there
 * removes them.
 */
static int make_parents(struct rt_ctx *ctx, const struct rt_cg_hier *h, struct sw_error *err)
{
	const char *dir = ctx->spec->confine.cgroup_dir;
	int guard __sw_fd __attribute__((unused)) = dir ? rt_dir_guard(&ctx->dir) : -1;
	char path[800];
	int r = 0;

	for (const char *end = dir; !r && end && *end; end += *end == '/') {
		int fd __sw_fd = -1;

		end += strcspn(end, "/");
		snprintf(path, sizeof(path), "%s/%.*s", h->path, (int)(end - dir), dir);
		if (!access(path, F_OK) && !rt_journal_shared(&ctx->dir, "rmdir", path, true))
			continue;
		r = rt_journal_add(&ctx->dir, "rmdir %s", path);
		if (!r && mkdir(path, 0755) && errno != EEXIST)
			r = -errno;
		if (r)
			return sw_error(err, r, NULL, "mkdir %s: %s", path, sw_errno_text(r));
		if (h->v2 || !rt_cg_has(h, "cpuset"))
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fill_cpuset(h, fd, err);
	}
	return r;
}

static int create_one(struct rt_ctx *ctx, struct rt_cg_hier *h, struct sw_error *err)
{
	char path[700], names[160];
	int fd __sw_fd = -1;
	int r = make_parents(ctx, h, err);

	if (r)
		return r;
	rt_cg_path(ctx, h, path, sizeof(path));
	snprintf(names, sizeof(names), "%s", h->v2 ? "-" : h->controllers + 1);
	if (!h->v2)
		names[strlen(names) - 1] = 0;
	r = rt_journal_add(&ctx->dir, "cgroup %s %s", names, path);
	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	r = mkdir(path, 0755) ? -errno : 0;
	if (r == -EEXIST) {
		/* The lock is ours: this was left by a run whose state was lost (/run emptied). */
		r = rt_cg_remove(path, err);
		if (!r && mkdir(path, 0755))
			r = -errno;
	}
	if (r)
		return sw_error(err, r, NULL, "mkdir %s: %s", path, sw_errno_text(r));
	h->joined = true;
	if (h->v2 || !rt_cg_has(h, "cpuset"))
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fill_cpuset(h, fd, err);
}

int rt_step_cgroup_create(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_spec *spec = ctx->spec;
	int r = rt_cg_detect(&ctx->cg);

	(void)step;
	if (r && (spec->cgroup_count || spec->device_count))
		return sw_error(err, r, NULL,
				"/proc/self/mountinfo, which tells where cgroups are: %s; "
				"mount /proc", sw_errno_text(r));
	for (size_t i = 0; i < ctx->cg.count; i++) {
		struct rt_cg_hier *h = &ctx->cg.hier[i];
		struct sw_error one = { 0 };

		r = create_one(ctx, h, &one);
		if (r && is_needed(ctx, h))
			return sw_error(err, r, NULL, "%s", one.msg);
		if (r)
			h->joined = false;
	}
	return 0;
}

/* Make a v2 controller available below one directory, and remember that it was not before. */
static int enable_below(struct rt_ctx *ctx, const char *dir, const char *controller)
{
	char file[900], have[160], word[40], value[40];
	ssize_t n;
	int r;

	snprintf(file, sizeof(file), "%s/cgroup.subtree_control", dir);
	n = sw_read_line(AT_FDCWD, file, have + 1, sizeof(have) - 2);
	if (n < 0)
		return (int)n;
	have[0] = ' ';
	strcat(have, " ");
	snprintf(word, sizeof(word), " %s ", controller);
	if (strstr(have, word))
		return 0;
	r = rt_journal_add(&ctx->dir, "subtree %s %s", controller, dir);
	snprintf(value, sizeof(value), "+%s", controller);
	return r ? r : sw_write_file(AT_FDCWD, file, value);
}

/* From the top down to where the container's cgroup is. */
static int enable_v2(struct rt_ctx *ctx, struct rt_cg_hier *h, const char *controller)
{
	const char *dir = ctx->spec->confine.cgroup_dir;
	int r = enable_below(ctx, h->path, controller);
	char path[800];

	for (const char *end = dir; !r && end && *end; end += *end == '/') {
		end += strcspn(end, "/");
		snprintf(path, sizeof(path), "%s/%.*s", h->path, (int)(end - dir), dir);
		r = enable_below(ctx, path, controller);
	}
	return r;
}

static int no_controller(const struct rt_cgroup_set *set, const char *controller,
			 struct sw_error *err)
{
	char id[64], needs[200];
	const char *const ids[] = { id, NULL };

	snprintf(id, sizeof(id), "cgroup.v%d.%s", set->version, controller);
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(err, EOPNOTSUPP, NULL,
			"%s%s%s: no cgroup v%d hierarchy with the controller "
			"'%s' is mounted; it %s", set->origin ? set->origin : "",
			set->origin ? ": " : "", set->file, set->version, controller, needs);
}

int rt_step_cgroup_set(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_cgroup_set *set = &ctx->spec->cgroup[step->index];
	struct rt_cg_hier *h = NULL;
	char controller[32], path[1200];
	bool core;
	int r = 0;

	controller_of(set->file, controller);
	if (strchr(set->file, '/'))
		return sw_error(err, EINVAL, NULL, "'%s' is no name of a control file", set->file);
	core = set->version == 2 && !strcmp(controller, "cgroup");
	for (size_t i = 0; core && !h && i < ctx->cg.count; i++)
		if (ctx->cg.hier[i].v2)
			h = &ctx->cg.hier[i];
	if (!h)
		h = rt_cg_find(&ctx->cg, set->version, controller);
	if (!h || !h->joined)
		return no_controller(set, controller, err);
	if (h->v2 && !core)
		r = enable_v2(ctx, h, controller);
	if (r)
		return sw_error(err, r, NULL,
				"enabling the controller '%s' in %s/cgroup.subtree_control: "
				"%s", controller, h->path, sw_errno_text(r));
	rt_cg_path(ctx, h, path, 700);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", set->file);
	r = sw_write_file(AT_FDCWD, path, set->value);
	if (r)
		return sw_error(err, r, NULL,
				"%s%swrite '%s' to %s: %s", set->origin ? set->origin : "",
				set->origin ? ": " : "", set->value, path, sw_errno_text(r));
	return 0;
}

int rt_step_cgroup_attach(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)step;
	for (size_t i = 0; i < ctx->cg.count; i++) {
		struct rt_cg_hier *h = &ctx->cg.hier[i];
		char path[700];
		int r;

		if (!h->joined)
			continue;
		rt_cg_path(ctx, h, path, sizeof(path));
		r = rt_cg_attach(path, ctx->init);
		if (!r)
			continue;
		if (is_needed(ctx, h))
			return sw_error(err, r, NULL, "moving init into %s: %s%s", path,
					sw_errno_text(r), r == -EINVAL && rt_cg_has(h, "cpu") ?
					"; with RT_GROUP_SCHED a real-time task cannot enter" : "");
		h->joined = false;
	}
	return 0;
}

int rt_cg_attach(const char *path, pid_t pid)
{
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[16];
	int r;

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d", (int)pid);
	r = sw_write_file(fd, "cgroup.procs", text);
	/* v1's cgroup.procs can be written since 3.0; "tasks" always. */
	if (r == -EACCES || r == -ENOENT || r == -EINVAL) {
		int old = sw_write_file(fd, "tasks", text);

		r = old == -ENOENT ? r : old;
	}
	return r;
}

/* ---- devices --------------------------------------------------------------------------------- */

static int devices_v1(struct rt_ctx *ctx, const struct rt_cg_hier *h, struct sw_error *err)
{
	for (size_t i = 0; i < ctx->spec->device_count; i++) {
		const struct rt_device_rule *rule = &ctx->spec->devices[i];
		char path[800], text[64];
		int r;

		rt_cg_path(ctx, h, path, 700);
		strcat(path, rule->allow ? "/devices.allow" : "/devices.deny");
		rt_dev_text(rule, text);
		r = sw_write_file(AT_FDCWD, path, text);
		if (r)
			return sw_error(err, r, NULL, "%s%swrite '%s' to %s: %s",
					rule->origin ? rule->origin : "", rule->origin ? ": " : "",
					text, path, sw_errno_text(r));
	}
	return 0;
}

static int devices_v2(struct rt_ctx *ctx, const struct rt_cg_hier *h, struct sw_error *err)
{
	struct rt_dev_set set = { 0 };
	struct rt_bpf_insn *insns = NULL;
	char path[700];
	int fd __sw_fd = -1;
	int r;

	rt_cg_path(ctx, h, path, sizeof(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sw_error(err, errno, NULL, "open %s: %s", path, sw_errno_text(errno));
	r = rt_dev_fold(ctx->spec->devices, ctx->spec->device_count, &set);
	if (!r)
		r = rt_dev_program(&set, &insns);
	if (r >= 0)
		r = rt_dev_attach(fd, insns, r, err);
	free(set.entries);
	free(insns);
	if (!r)
		r = rt_dev_rules_write(&ctx->dir, ctx->spec->devices, ctx->spec->device_count);
	return r;
}

int rt_step_devices(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	static const char *const ids[] = { "cgroup.v1.devices", "cgroup.v2.devices", NULL };
	char needs[200];

	(void)step;
	for (size_t i = 0; i < ctx->cg.count; i++) {
		struct rt_cg_hier *h = &ctx->cg.hier[i];

		if (h->joined && !h->v2 && rt_cg_has(h, "devices"))
			return devices_v1(ctx, h, err);
	}
	for (size_t i = 0; i < ctx->cg.count; i++)
		if (ctx->cg.hier[i].joined && ctx->cg.hier[i].v2)
			return devices_v2(ctx, &ctx->cg.hier[i], err);
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(err, EOPNOTSUPP, NULL, "device rules, but neither the cgroup v1 controller "
			"'devices' nor cgroup v2 is mounted; it %s, one of them", needs);
}
