// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles. An id here that no feature row has fails the unit tests. Levels: must, the use
 * fails without it; should, it runs, but something people rely on does not; may, a convenience.
 */
#include "profiles/profile.h"

static const struct profile_item application[] = {
	{ LEVEL_MUST, "ns.mnt", "a container cannot have files of its own" },
	{ LEVEL_MUST, "ns.uts", "a container cannot have a host name of its own" },
	{ LEVEL_MUST, "ns.ipc", "containers reach each other's shared memory and queues" },
	{ LEVEL_MUST, "ns.pid", "a container sees, and can kill, the processes of the others" },
	{ 0 },
};

static const struct profile_item system_container[] = {
	{ LEVEL_MUST, "ns.mnt", "a container cannot have files of its own" },
	{ LEVEL_MUST, "ns.uts", "a container cannot have a host name of its own" },
	{ LEVEL_MUST, "ns.ipc", "containers reach each other's shared memory and queues" },
	{ LEVEL_MUST, "ns.pid", "a container's init cannot be process 1, so no whole system starts" },
	{ LEVEL_MUST, "ns.net", "a container uses, and can reconfigure, the network of the device" },
	{ 0 },
};

const struct profile profiles[] = {
	{ "application-container", "Application container",
	  "one program in a container (lxc-execute)", true, application },
	{ "system-container", "System container",
	  "a whole small Linux with its own init in a container (lxc-start)", true, system_container },
	{ 0 },
};
