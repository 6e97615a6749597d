/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LXC configuration, 0.8's keys and today's: one sorted table of keys drives parsing, printing
 * and documentation. Produces a struct rt_spec and nothing else.
 */
#ifndef LXC_CONFIG_H
#define LXC_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "core/spec.h"

/* A remark about a line that was understood all the same: called once per remark. */
typedef void lxc_remark_fn(const char *file, unsigned int line, const char *text, void *arg);

/*
 * Read a configuration file into spec. @spec is zeroed but for name and lxcpath, or holds what
 * earlier files and -s options set. Errors name file, line, key and what was expected:
 * -EINVAL bad value or syntax, -ENOTSUP a key this build cannot honour (never ignored), -ENOENT
 * and the like from open(2), -ELOOP include depth.
 */
int lxc_config_file(const char *path, struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		    struct sw_error *err);
/* One "key=value" from the command line (-s). origin for messages: "-s". */
int lxc_config_line(const char *text, struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		    struct sw_error *err);
/*
 * Settle what depends on the whole: namespaces from networks and idmaps, mount entries parsed
 * and their targets made relative to the rootfs (which may come after them in the file),
 * environment. Call once, last. Until then spec->mounts holds unparsed lines. The cgroup
 * namespace is the caller's choice: clone(2) silently ignores its flag on 3.2 to 4.2.
 */
int lxc_config_finish(struct rt_spec *spec, lxc_remark_fn *remark, void *arg,
		      struct sw_error *err);
/* A level of the log by its name or number (enum rt_log_level), or -1; and its name. */
int lxc_log_level(const char *word);
const char *lxc_log_level_name(int level);
/* May the caller add a cgroup namespace: do the keys leave that open? */
bool lxc_wants_cgroup_namespace(const struct rt_spec *spec);
typedef void lxc_value_fn(const char *value, void *arg);
/* Every value that a file and its includes give to a key, under either of its names, in order. */
int lxc_config_get(const char *path, const char *key, lxc_value_fn *fn, void *arg,
		   struct sw_error *err);
/*
 * Print the table as documentation rows: key, older name, LXC's first release with it, value,
 * "honoured" or "refused", meaning.
 */
void lxc_config_keys(FILE *out);

#endif
