// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/rt_int.h"

static void free_strings(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

void rt_net_free(struct rt_net *n)
{
	free(n->link);
	free(n->name);
	free(n->hwaddr);
	free(n->pair);
	free(n->script_up);
	free(n->script_down);
	free(n->addresses);
	free(n->routes);
	free(n->vlans.tagged);
	free(n->origin);
	memset(n, 0, sizeof(*n));
}

void rt_spec_free(struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		struct rt_mount *m = &spec->mounts[i];

		free(m->source);
		free(m->target);
		free(m->fstype);
		free(m->data);
		free(m->origin);
	}
	for (size_t i = 0; i < spec->net_count; i++)
		rt_net_free(&spec->nets[i]);
	for (size_t i = 0; i < spec->device_count; i++)
		free(spec->devices[i].origin);
	for (size_t i = 0; i < spec->cgroup_count; i++) {
		free(spec->cgroup[i].file);
		free(spec->cgroup[i].value);
		free(spec->cgroup[i].origin);
	}
	free(spec->mounts);
	free(spec->nets);
	free(spec->devices);
	free(spec->cgroup);
	free(spec->idmaps);
	free_strings(spec->argv);
	free_strings(spec->env);
	free(spec->name);
	free(spec->lxcpath);
	free(spec->hostname);
	free(spec->rootfs);
	free(spec->rootfs_lower);
	free(spec->rootfs_upper);
	free(spec->rootfs_image);
	free(spec->cwd);
	rt_confine_free(&spec->confine);
	free(spec->tty_dir);
	free(spec->console_path);
	free(spec->console_log);
	memset(spec, 0, sizeof(*spec));
}

int rt_name_check(const char *name, struct sw_error *err)
{
	size_t len = name ? strlen(name) : 0;

	if (!len || len > 64)
		return sw_error(err, EINVAL, "name", "a container's name has 1 to 64 characters; "
				"this one has %zu", len);
	if (name[0] == '-' || name[0] == '.')
		return sw_error(err, EINVAL, "name",
				"container name '%s' begins with '%c'; begin it "
				"with a letter or a digit", name, name[0]);
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return sw_error(err, EINVAL, "name",
					"container name '%s' may only have letters, "
					"digits, '_', '.' and '-'", name);
	return 0;
}

const char *rt_state_name(enum rt_state s)
{
	static const char *const names[] = {
		[RT_STOPPED] = "STOPPED", [RT_STARTING] = "STARTING", [RT_RUNNING] = "RUNNING",
		[RT_STOPPING] = "STOPPING", [RT_ABORTING] = "ABORTING", [RT_FREEZING] = "FREEZING",
		[RT_FROZEN] = "FROZEN", [RT_THAWED] = "THAWED",
	};

	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "UNKNOWN";
}
