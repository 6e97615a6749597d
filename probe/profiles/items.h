/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What several profiles need alike. Levels: must, the use fails without it; should, it runs, but
 * something that people rely on does not; may, a convenience.
 *
 * Sources are named as short as they can be found by: lxc-checkconfig and check-config.sh (moby) are
 * scripts of their projects; system-validators is what `kubeadm init` checks with (types_unix.go);
 * rootlesscontaine.rs, criu.org/Linux_kernel and docs.waydro.id are documentation.
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "profiles/profile.h"

/* What every container needs (lxc-execute and lxc-start of LXC 0.8, and every engine since). */
#define BASE                                                                                       \
	{ LEVEL_MUST, "ns.mnt", "a container cannot have files of its own", "mount_namespaces(7)" }, \
	{ LEVEL_MUST, "ns.uts", "a container cannot have a host name of its own",                  \
	  "lxc-checkconfig: UTS namespace" },                                                      \
	{ LEVEL_MUST, "ns.ipc", "containers reach each other's shared memory and queues",          \
	  "lxc-checkconfig: IPC namespace" },                                                      \
	{ LEVEL_MUST, "ns.pid", "a container sees, and can kill, the processes of the others",     \
	  "lxc-checkconfig: PID namespace" },                                                      \
	{ LEVEL_MUST, "mount.proc", "programs in a container cannot see their own processes",      \
	  "OCI runtime-spec, config-linux: default filesystems" },                                 \
	{ LEVEL_MUST, "mount.pivot_root", "a container cannot be kept to its own files",           \
	  "pivot_root(2); used by LXC, runc, crun" },                                              \
	{ LEVEL_MUST, "mount.devpts_newinstance",                                                  \
	  "containers share terminals: one can read and write what is typed in another",           \
	  "lxc-checkconfig: Multiple /dev/pts instances" },                                        \
	{ LEVEL_MUST, "cgroup.v1.devices|cgroup.v2.devices",                                       \
	  "a container can use every device of the machine: its disks, its memory",                \
	  "lxc-checkconfig: Cgroup device; check-config.sh" }

/*
 * Version 2 as the one that controllers are on. That it can be mounted says little: on a hybrid
 * machine it is, and empty.
 */
#define CGROUP_V2_IN_USE "cgroup.v2.memory|cgroup.v2.cpu|cgroup.v2.pids|cgroup.v2.io"

#define LIMITS                                                                                     \
	{ LEVEL_SHOULD, "cgroup.v1.memory|cgroup.v2.memory",                                       \
	  "one container can use up the memory of all", "lxc-checkconfig: Cgroup memory controller" }, \
	{ LEVEL_SHOULD, "cgroup.v1.cpu|cgroup.v2.cpu",                                             \
	  "one container can slow all others down", "lxc-checkconfig: Cgroup sched" },             \
	{ LEVEL_SHOULD, "cgroup.v1.freezer|cgroup.v2.freezer",                                     \
	  "a container cannot be paused, and not stopped reliably", "lxc-checkconfig; lxc-freeze(1)" }, \
	{ LEVEL_SHOULD, "cgroup.v1.pids|cgroup.v2.pids",                                           \
	  "a fork bomb in one container stops the machine", "check-config.sh: CGROUP_PIDS" },      \
	{ LEVEL_SHOULD, "security.file_caps",                                                      \
	  "programs such as ping need to be set-user-id root", "lxc-checkconfig: File capabilities" }, \
	{ LEVEL_SHOULD, "security.seccomp_filter",                                                 \
	  "a container can use every system call of the kernel, however exotic",                   \
	  "check-config.sh: SECCOMP_FILTER; lxc.seccomp.profile" }

#define FINE_LIMITS                                                                                \
	{ LEVEL_MAY, "cgroup.v1.cpuset|cgroup.v2.cpuset",                                          \
	  "a container cannot be kept to some processors", "lxc-checkconfig: Cgroup cpuset" },     \
	{ LEVEL_MAY, "cgroup.v1.blkio|cgroup.v2.io",                                               \
	  "one container can use up the disk's throughput", "check-config.sh: BLK_CGROUP" },       \
	{ LEVEL_MAY, "cgroup.v1.cpu_bandwidth|cgroup.v2.cpu_bandwidth",                            \
	  "a container can be slowed down only while others want the processor",                   \
	  "check-config.sh: CFS_BANDWIDTH" },                                                      \
	{ LEVEL_MAY, "cgroup.v1.memsw|cgroup.v2.swap",                                             \
	  "a container that reached its memory limit pushes the machine into swap",                \
	  "check-config.sh: MEMCG_SWAP" }

/* What the images of today's distributions expect of any kernel that they run on. */
#define PROGRAMS                                                                                   \
	{ LEVEL_MUST, "base.unix", "programs of one container cannot talk with each other",        \
	  "systemd README: CONFIG_UNIX" },                                                         \
	{ LEVEL_SHOULD, "base.epoll", "most network services do not start", "lxc-checkconfig: EPOLL" }, \
	{ LEVEL_SHOULD, "base.eventfd", "many network services do not start",                      \
	  "lxc-checkconfig: EVENTFD" },                                                            \
	{ LEVEL_SHOULD, "base.inotify", "programs do not notice that their files changed",         \
	  "systemd README: CONFIG_INOTIFY_USER" },                                                 \
	{ LEVEL_SHOULD, "ipc.mqueue", "programs that use POSIX message queues do not run",         \
	  "check-config.sh: POSIX_MQUEUE" },                                                       \
	{ LEVEL_SHOULD, "ipc.sysv", "databases and others that use System V shared memory do not run", \
	  "lxc-checkconfig: IPC namespace" }

#endif
