// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint and restore by CRIU; Android in a container by Waydroid. */
#include "profiles/items.h"
#include "profiles/tables.h"

const struct profile_item profile_checkpoint[] = {
	{ LEVEL_MUST, "ns.mnt", "containers cannot be restored", "criu.org/Linux_kernel: NAMESPACES" },
	{ LEVEL_MUST, "ns.uts", "containers cannot be restored", "criu.org/Linux_kernel: UTS_NS" },
	{ LEVEL_MUST, "ns.ipc", "containers cannot be restored", "criu.org/Linux_kernel: IPC_NS" },
	{ LEVEL_MUST, "ns.pid", "containers cannot be restored", "criu.org/Linux_kernel: PID_NS" },
	{ LEVEL_MUST, "ns.net", "containers cannot be restored", "criu.org/Linux_kernel: NET_NS" },
	{ LEVEL_MUST, "mount.proc", "nothing can be checkpointed: /proc is where it is read from", "criu.org/Linux_kernel" },
	{ LEVEL_SHOULD, "net.veth", "a container's network cannot be restored", "criu.org/Linux_kernel" },
	{ LEVEL_SHOULD, "process.setns", "containers cannot be checkpointed", "setns(2)" },
	{ LEVEL_SHOULD, "cgroup.v1.freezer|cgroup.v2.freezer", "a container is not held still while it is saved", "criu(8): --freeze-cgroup" },
	{ LEVEL_MAY, "ns.user", "containers with user namespaces cannot be restored", "criu.org/Linux_kernel" },
	{ LEVEL_MAY, "ns.cgroup", "containers with cgroup namespaces cannot be restored", "criu.org" },
	{ LEVEL_MAY, "ns.time", "restored programs see the clock jump", "criu.org/Time_namespace" },
	{ 0 },
};

/* Android in an LXC container on the machine's own display server. */
const struct profile_item profile_waydroid[] = {
	BASE,
	{ LEVEL_MUST, "ns.net", "Android's network management takes over the network of the device", "LXC" },
	{ LEVEL_MUST, "mount.sysfs", "Android does not start", "LXC" },
	{ LEVEL_MUST, "mount.tmpfs", "Android does not start", "LXC" },
	{ LEVEL_SHOULD, "mount.overlay", "the system cannot be adapted without changing the images",
	  "waydroid, mount_overlays" },
	{ LEVEL_SHOULD, "net.veth", "applications have no network", "waydroid-net.sh" },
	{ LEVEL_SHOULD, "net.bridge", "applications have no network", "waydroid-net.sh" },
	{ LEVEL_SHOULD, "cgroup.v1.memory|cgroup.v2.memory", "Android can use up the memory of the device",
	  "Android, task_profiles" },
	{ LEVEL_SHOULD, "cgroup.v1.cpu|cgroup.v2.cpu", "applications in the background slow the one in front",
	  "Android, task_profiles" },
	{ LEVEL_SHOULD, "cgroup.v1.freezer|cgroup.v2.freezer", "waydroid cannot suspend Android", "waydroid container freeze" },
	{ LEVEL_SHOULD, "security.seccomp_filter", "Android's sandbox for applications has a hole", "Android, zygote" },
	{ LEVEL_SHOULD, "process.setns", "waydroid shell does not work", "lxc-attach(1)" },
	{ LEVEL_MAY, "cgroup.v1.cpuset|cgroup.v2.cpuset", "applications in the background use the fast processors",
	  "Android, task_profiles" },
	{ 0 },
};
