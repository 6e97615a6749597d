// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles. An id here that no feature row has fails the unit tests. Levels: must, the use
 * fails without it; should, it runs, but something people rely on does not; may, a convenience.
 */
#include "profiles/profile.h"

/* What every container of the story needs (lxc-execute and lxc-start of LXC 0.8). */
#define BASE                                                                                       \
	{ LEVEL_MUST, "ns.mnt", "a container cannot have files of its own" },                      \
	{ LEVEL_MUST, "ns.uts", "a container cannot have a host name of its own" },                \
	{ LEVEL_MUST, "ns.ipc", "containers reach each other's shared memory and queues" },        \
	{ LEVEL_MUST, "ns.pid", "a container sees, and can kill, the processes of the others" },   \
	{ LEVEL_MUST, "mount.proc", "programs in a container cannot see their own processes" },    \
	{ LEVEL_MUST, "mount.pivot_root", "a container cannot be kept to its own files" },         \
	{ LEVEL_MUST, "mount.devpts_newinstance",                                                  \
	  "containers share terminals: one can read and write what is typed in another" },         \
	{ LEVEL_MUST, "cgroup.v1.devices|cgroup.v2.devices",                                       \
	  "a container can use every device of the machine: its disks, its memory" }

#define LIMITS                                                                                     \
	{ LEVEL_SHOULD, "cgroup.v1.memory|cgroup.v2.memory",                                       \
	  "one container can use up the memory of all" },                                          \
	{ LEVEL_SHOULD, "cgroup.v1.cpu|cgroup.v2.cpu",                                             \
	  "one container can slow all others down" },                                              \
	{ LEVEL_SHOULD, "cgroup.v1.freezer|cgroup.v2.freezer",                                     \
	  "a container cannot be paused, and not stopped reliably" },                              \
	{ LEVEL_SHOULD, "cgroup.v1.pids|cgroup.v2.pids",                                           \
	  "a fork bomb in one container stops the machine" },                                      \
	{ LEVEL_SHOULD, "security.file_caps",                                                      \
	  "programs such as ping need to be set-user-id root" },                                   \
	{ LEVEL_SHOULD, "security.seccomp_filter",                                                 \
	  "a container can use every system call of the kernel, however exotic" }

static const struct profile_item application[] = {
	BASE,
	{ LEVEL_SHOULD, "ns.net", "a container uses the network of the device, and can change it" },
	{ LEVEL_SHOULD, "ipc.mqueue", "programs that use POSIX message queues do not run" },
	LIMITS,
	{ LEVEL_MAY, "cgroup.v1.cpuset|cgroup.v2.cpuset", "a container cannot be kept to some processors" },
	{ LEVEL_MAY, "cgroup.v1.blkio|cgroup.v2.io", "one container can use up the disk's throughput" },
	{ LEVEL_MAY, "ns.user", "root in a container is root on the machine, as far as it gets" },
	{ 0 },
};

static const struct profile_item system_container[] = {
	BASE,
	{ LEVEL_MUST, "ns.net", "a container's own init reconfigures the network of the device" },
	{ LEVEL_MUST, "mount.sysfs", "the init of most systems does not start without /sys" },
	{ LEVEL_MUST, "mount.tmpfs", "the init of most systems does not start without /run" },
	LIMITS,
	{ LEVEL_SHOULD, "net.veth", "a container cannot be connected to a network of its own" },
	{ LEVEL_SHOULD, "net.bridge", "containers cannot be connected with each other and the outside" },
	{ LEVEL_SHOULD, "ipc.mqueue", "programs that use POSIX message queues do not run" },
	{ LEVEL_SHOULD, "process.setns", "a running container cannot be entered (lxc-attach)" },
	{ LEVEL_MAY, "net.macvlan", "a container cannot share a network card directly" },
	{ LEVEL_MAY, "net.vlan", "a container cannot be put on a virtual LAN directly" },
	{ LEVEL_MAY, "ns.user", "root in a container is root on the machine, as far as it gets" },
	{ LEVEL_MAY, "ns.cgroup", "a container sees where it stands in the host's cgroups" },
	{ LEVEL_MAY, "cgroup.v1.cpuset|cgroup.v2.cpuset", "a container cannot be kept to some processors" },
	{ LEVEL_MAY, "cgroup.v1.blkio|cgroup.v2.io", "one container can use up the disk's throughput" },
	{ 0 },
};

static const struct profile_item lxc[] = {
	BASE,
	{ LEVEL_MUST, "ns.net", "containers with a network of their own do not start" },
	{ LEVEL_MUST, "mount.sysfs", "lxc.mount.auto = sys fails" },
	{ LEVEL_MUST, "mount.tmpfs", "LXC cannot make a /dev for a container" },
	LIMITS,
	{ LEVEL_SHOULD, "process.setns", "lxc-attach does not work" },
	{ LEVEL_SHOULD, "net.veth", "lxc.net.type = veth, the usual one, does not work" },
	{ LEVEL_SHOULD, "net.bridge", "lxcbr0 cannot be made" },
	{ LEVEL_SHOULD, "ns.user", "unprivileged containers do not start" },
	{ LEVEL_SHOULD, "ns.cgroup", "a systemd in a container cannot manage its own cgroups" },
	{ LEVEL_SHOULD, "mount.overlay", "lxc-copy -B overlay does not work" },
	{ LEVEL_SHOULD, "cgroup.v1.cpuset|cgroup.v2.cpuset", "a container cannot be kept to some processors" },
	{ LEVEL_SHOULD, "cgroup.v1.cpuacct|cgroup.v2.cpu", "lxc-info cannot say what a container used" },
	{ LEVEL_MAY, "cgroup.v1.blkio|cgroup.v2.io", "one container can use up the disk's throughput" },
	{ LEVEL_MAY, "net.macvlan", "lxc.net.type = macvlan does not work" },
	{ LEVEL_MAY, "net.vlan", "lxc.net.type = vlan does not work" },
	{ LEVEL_MAY, "ipc.mqueue", "programs that use POSIX message queues do not run" },
	{ LEVEL_MAY, "process.pidfd_open", "LXC falls back to process ids, which can be reused" },
	{ LEVEL_MAY, "process.clone3", "LXC cannot start a process in its cgroup at once" },
	{ LEVEL_MAY, "ns.time", "a container cannot have clocks of its own (lxc.time.offset)" },
	{ 0 },
};

const struct profile profiles[] = {
	{ "application-container", "Application container",
	  "one program in a container (lxc-execute)", true, application },
	{ "system-container", "System container",
	  "a whole small Linux with its own init in a container (lxc-start)", true, system_container },
	{ "lxc", "LXC", "what LXC as a whole uses, privileged and unprivileged", false, lxc },
	{ 0 },
};
