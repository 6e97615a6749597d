/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes of what is done with namespaces once they are there, for the table in namespace.c. */
#ifndef NAMESPACE_H
#define NAMESPACE_H

#include "feature.h"

feature_probe_fn ns_probe_setns, ns_probe_setns_pidfd, ns_probe_ioctl, ns_probe_ioctl_type, ns_probe_nested,
	ns_probe_limits, ns_probe_pid_for_children, ns_probe_user_map, ns_probe_setgroups,
	ns_probe_time_offsets, ns_probe_net_id;

/*
 * A map of lines ids, for a user namespace's uid_map: inside 0, 1, ..., each on an id of this process's
 * own map (the text of /proc/self/uid_map), but never on its id 0. Returns the length, -ERANGE where
 * that map has not so many ids, -E2BIG where the text needs size bytes or more. Pure.
 */
int ns_make_map(const char *own_map, unsigned int lines, char *out, size_t size);

/*
 * Seconds that this process's own time namespace has on a clock ("monotonic", "boottime"): what is
 * written to timens_offsets is relative to the initial namespace (time_namespaces(7)).
 */
long ns_own_offset(const char *clock);

#endif
