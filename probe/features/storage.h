/* SPDX-License-Identifier: GPL-2.0-only */
/* Trials of block devices (storage.c). */
#ifndef STORAGE_H
#define STORAGE_H

#include "feature.h"

/* A loop device that exists and is free, for a moment, with our file behind it. */
feature_probe_fn probe_loop;
void loop_cleanup(const struct probe_ctx *ctx, const struct feature *f);

/* f->arg: the target that device mapper must offer; NULL: itself. */
feature_probe_fn probe_dm;

/*
 * Look a target up in what DM_LIST_VERSIONS wrote: a chain of {next, version[3], name}. Returns true
 * and the version if it is there. Pure; a chain that leads outside or backwards ends it.
 */
bool dm_find_target(const void *list, size_t size, const char *name, uint32_t ret_version[3]);
/* Minor number of a name in the text of /proc/misc ("236 device-mapper"), -1 if it is not there. Pure. */
int misc_minor(const char *text, const char *name);

#endif
