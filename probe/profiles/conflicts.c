// SPDX-License-Identifier: GPL-2.0-only
/* Where uses of one kernel want opposite things, or a use and advice on security do. */
#include "profiles/profile.h"

const struct conflict conflicts[] = {
	{
		.id = "rt-group-sched",
		.settled = "!RT_GROUP_SCHED || RT_GROUP_SCHED_DEFAULT_DISABLED",
		.title = "Real-time group scheduling",
		.symbols = "RT_GROUP_SCHED|RT_GROUP_SCHED_DEFAULT_DISABLED",
		.sysctls = "kernel/sched_rt_runtime_us",
		.wants = "docker",
		.wants_what = "on: docker run --cpu-rt-runtime needs it",
		.against = "system-container|systemd-container|lxc|kubernetes-node",
		.against_what =
			"off: a group without a real-time budget of its own cannot run real-time "
			"tasks (EINVAL), and cgroup v2 gives out its cpu controller only while no "
			"real-time task is outside the root group",
		.advice =
			"leave it off unless --cpu-rt-runtime is in use; where there is "
			"CONFIG_RT_GROUP_SCHED_DEFAULT_DISABLED, set that, and boot with "
			"rt_group_sched=1 where it is needed",
		.source =
			"systemd README; Documentation/admin-guide/cgroup-v2.rst, CPU; moby "
			"check-config.sh",
	},
	{
		.id = "apparmor-selinux",
		.settled = "SECURITY_APPARMOR && SECURITY_SELINUX",
		.title = "AppArmor or SELinux",
		.symbols =
			"SECURITY_APPARMOR|SECURITY_SELINUX|DEFAULT_SECURITY_APPARMOR|DEFAULT_SECURITY_SELINUX",
		.wants = "lxc|system-container",
		.wants_what = "AppArmor: LXC's default confinement is an AppArmor profile",
		.against = "docker|kubernetes-node|rootless",
		.against_what =
			"either: they confine by the one that is active, and on Fedora and its "
			"kin that is SELinux; only one of the two is active at a time",
		.advice =
			"build both in and choose when booting: lsm=...,apparmor or "
			"lsm=...,selinux (5.1 and newer), security= before that",
		.source =
			"Documentation/admin-guide/LSM/index.rst; lxc.container.conf(5), "
			"lxc.apparmor.profile",
	},
	{
		.id = "legacy-tiocsti",
		.settled = "!LEGACY_TIOCSTI",
		.settled_since = KVER(6, 2),
		.title = "Typing into terminals (TIOCSTI)",
		.symbols = "LEGACY_TIOCSTI",
		.sysctls = "dev/tty/legacy_tiocsti",
		.wants = "system-container",
		.wants_what = "on: some programs of whole systems use it (csh, mail, brltty)",
		.against_what =
			"off: a process in a container that was given the operator's terminal can "
			"type commands there",
		.advice =
			"off: dev.tty.legacy_tiocsti=0 (6.2 and newer); before that, never hand a "
			"container the operator's own terminal",
		.source = "drivers/tty/Kconfig; commit 83efeeeb3d04",
	},
	{
		.id = "cgroup-version",
		/* With all controllers on version 2 (cpuset 5.0, freezer 5.2) both ways are open. */
		.settled = "CGROUPS",
		.settled_since = KVER(5, 2),
		.settled_layout = "v2",
		.title = "Control groups, version 1 or 2",
		.symbols = "MEMCG_V1|CPUSETS_V1",
		.wants = "application-container|system-container|lxc",
		.wants_what = "version 1 where LXC is older than 4.0: it knows no other",
		.against = "systemd-container|docker|kubernetes-node|rootless",
		.against_what =
			"version 2: systemd 256 and newer and kubelet 1.31 and newer are giving "
			"version 1 up, and only version 2 can safely be delegated to a user",
		.advice =
			"a controller is on one version at a time: use version 2 with a current "
			"LXC. For an old LXC keep version 1 (systemd.unified_cgroup_hierarchy=0, "
			"from 6.11 CONFIG_MEMCG_V1, from 6.12 CONFIG_CPUSETS_V1), on a machine of "
			"its own",
		.source = "systemd NEWS 256; Kubernetes KEP-4569; LXC 4.0 release notes",
	},
	{
		.id = "bridge-netfilter",
		.title = "Packet filter on bridges",
		.symbols = "BRIDGE_NETFILTER",
		.sysctls = "net/bridge/bridge-nf-call-iptables",
		.wants = "docker|kubernetes-node",
		.wants_what =
			"on: bridged packets must pass iptables for service addresses to work",
		.against = "lxc|system-container|systemd-container|waydroid",
		.against_what =
			"off, or with rules: Docker's FORWARD policy of DROP then also drops what "
			"bridged containers of others send",
		.advice = "leave it on and allow the other bridges in the DOCKER-USER chain",
		.source =
			"Kubernetes container runtime prerequisites; docs.docker.com, Packet "
			"filtering and firewalls",
	},
	{
		.id = "audit",
		.settled = "AUDIT",
		.settled_since = KVER(3, 14),
		.title = "Auditing",
		.symbols = "AUDIT",
		.wants = "docker|kubernetes-node|lxc",
		.wants_what = "on: refusals by AppArmor, SELinux and seccomp are logged through it",
		.against = "systemd-container",
		.against_what = "off before 3.14: it keeps systemd in a container from starting",
		.advice = "on; before 3.14, boot with audit=0",
		.source = "systemd README, note on kernel auditing",
	},
	{
		.id = "fw-loader-user-helper",
		.settled = "!FW_LOADER_USER_HELPER_FALLBACK",
		.title = "Firmware by user-space helper",
		.symbols = "FW_LOADER_USER_HELPER|FW_LOADER_USER_HELPER_FALLBACK",
		.wants = "waydroid",
		.wants_what = "on where vendor drivers rely on Android's ueventd for firmware",
		.against = "system-container|systemd-container",
		.against_what =
			"off: udev no longer answers (since systemd 217), so each request waits "
			"for a minute",
		.advice =
			"CONFIG_FW_LOADER_USER_HELPER_FALLBACK off, and firmware below "
			"/lib/firmware",
		.source =
			"systemd README; Documentation/driver-api/firmware/fallback-mechanisms.rst",
	},
	{
		.id = "uevent-helper",
		.settled = "!UEVENT_HELPER",
		.settled_empty = "UEVENT_HELPER_PATH",
		.title = "Hotplug helper program",
		.symbols = "UEVENT_HELPER|UEVENT_HELPER_PATH",
		.sysctls = "kernel/hotplug",
		.wants = "system-container",
		.wants_what = "set on small systems whose mdev is started as /sbin/hotplug",
		.against = "systemd-container|docker|kubernetes-node|lxc",
		.against_what =
			"empty: udev listens itself, a program for each event slows booting down, "
			"and a container that may write /sys/kernel/uevent_helper has the machine",
		.advice = "CONFIG_UEVENT_HELPER_PATH empty; BusyBox can run `mdev -d` instead",
		.source = "systemd README; lib/Kconfig, UEVENT_HELPER",
	},
	{
		.id = "user-namespaces",
		.title = "User namespaces for everybody",
		.symbols = "USER_NS",
		.sysctls =
			"user/max_user_namespaces|kernel/unprivileged_userns_clone|kernel/apparmor_restrict_unprivileged_userns",
		.wants = "rootless|lxc",
		.wants_what = "allowed: containers without root begin with one",
		.against_what =
			"refused to users: they open much of the kernel to everybody, and many "
			"exploits began there",
		.advice =
			"allow them for the accounts or programs that need them (an AppArmor "
			"profile with userns, a limit in user.max_user_namespaces) and refuse "
			"them elsewhere",
		.source = "user_namespaces(7); rootlesscontaine.rs; KSPP recommended settings",
	},
	{
		.id = "bpf",
		.title = "BPF",
		.symbols = "BPF_SYSCALL|CGROUP_BPF|BPF_UNPRIV_DEFAULT_OFF",
		.sysctls = "kernel/unprivileged_bpf_disabled",
		.wants =
			"application-container|system-container|systemd-container|lxc|docker|kubernetes-node",
		.wants_what =
			"on: device access on cgroup v2 is a BPF program, and so are systemd's "
			"IPAddressDeny= and DeviceAllow=",
		.against_what = "off, for users at least: it was the door of many exploits",
		.advice =
			"CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF on, with "
			"kernel.unprivileged_bpf_disabled=2 or 1: runtimes load their programs "
			"with privilege",
		.source = "Documentation/admin-guide/sysctl/kernel.rst; KSPP recommended settings",
	},
	{
		.id = "modules",
		.title = "Loadable modules",
		.symbols = "MODULES|MODULE_SIG_FORCE",
		.sysctls = "kernel/modules_disabled",
		.wants = "docker|kubernetes-node|lxc|rootless|waydroid",
		.wants_what =
			"on where overlay, bridge and packet filters are modules: they are asked "
			"for when the first container starts",
		.against_what = "off, or locked after booting: a module can do anything",
		.advice =
			"build in (=y) what the profiles need, or load it before "
			"kernel.modules_disabled=1",
		.source = "KSPP recommended settings; Documentation/admin-guide/sysctl/kernel.rst",
	},
	{
		.id = "checkpoint-restore",
		.title = "Looking into and rebuilding processes",
		.symbols = "CHECKPOINT_RESTORE",
		.sysctls = "kernel/yama/ptrace_scope",
		.wants = "checkpoint-restore",
		.wants_what = "on, and ptrace(2) not forbidden (kernel.yama.ptrace_scope below 3)",
		.against_what = "off: less of each process can be read and changed from outside",
		.advice =
			"on, and CAP_CHECKPOINT_RESTORE (5.9 and newer) for CRIU instead of "
			"CAP_SYS_ADMIN",
		.source =
			"criu.org/Linux_kernel; capabilities(7); "
			"Documentation/admin-guide/LSM/Yama.rst",
	},
	{
		.id = "overlay-userns",
		.title = "Overlay file systems in user namespaces",
		.symbols = "OVERLAY_FS|USER_NS",
		.wants = "rootless",
		.wants_what =
			"allowed (5.11 and newer): without root there is else only copying, or "
			"fuse-overlayfs",
		.against_what =
			"kept from users: privilege escalations came through it (CVE-2021-3493, "
			"CVE-2023-0386)",
		.advice = "5.11 or newer with current fixes; on others fuse-overlayfs",
		.source = "rootlesscontaine.rs; commit 459c7c565ac3",
	},
	{
		.id = "vsyscall",
		.title = "Fixed-address system calls (vsyscall)",
		.symbols = "LEGACY_VSYSCALL_NONE",
		.wants = "docker|kubernetes-node",
		.wants_what = "emulated: images with glibc 2.13 or older crash without (x86-64)",
		.against_what = "none: code at a fixed address helps exploits",
		.advice =
			"none, and boot with vsyscall=xonly or emulate where such images must run",
		.source = "moby check-config.sh; Documentation/admin-guide/kernel-parameters.txt",
	},
	{ 0 },
};
