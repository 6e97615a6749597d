/* SPDX-License-Identifier: GPL-2.0-only */
/* What the probes of cgroup v2 share: where the hierarchy is, and a cgroup of one's own in it. */
#ifndef CGROUP_V2_H
#define CGROUP_V2_H

#include "features/cgroup_try.h"

struct v2_site {
	char root[300];		/* where the hierarchy, or our part of it, is mounted */
	char own[640];		/* our own cgroup's directory, "" if it is not in there */
	bool private_mount;
	bool nsdelegate;	/* mounted with that option */
};

/*
 * Find cgroup2, or mount it for ourselves. The first mount since boot makes a line appear in every
 * /proc/PID/cgroup, for good (cgrp_dfl_visible): that is left to --intrusive.
 * Returns 0, or -errno with *ret filled.
 */
int v2_find(const struct probe_ctx *ctx, struct v2_site *s, struct live *ret);
/* A temporary cgroup at the root or, where that is not allowed, below our own. */
int v2_temp(const struct v2_site *s, struct cg_temp *cg, struct live *ret);

feature_probe_fn v2_probe_enter, v2_probe_freezer, v2_probe_kill, v2_probe_devices, v2_probe_threaded,
	v2_probe_nsdelegate, v2_probe_delegation, v2_probe_pressure, v2_probe_clone_into;

#endif
