// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one table of configuration keys: LXC 0.8's, which old systems have in their files, and
 * today's (lxc.container.conf(5) of LXC 5). Sorted by name; the manual page, `berth config`, the
 * suggestions and the parser are all made from it. To add a key, add a row.
 */
#include <stdlib.h>
#include <string.h>

#include "lxc/lxc_internal.h"

#define NO(name, old, since, nothing, value, help)						\
	{ name, old, since, NULL, nothing, value, help }

const struct lxc_key lxc_keys[] = {
	{ "berth.cap.ambient", NULL, "ours", lxc_set_cap_ambient, NULL, "capabilities",
	  "capabilities that the program keeps although lxc.init.uid is not root (since Linux "
	  "4.3)" },
	{ "berth.masked", NULL, "ours", lxc_set_masked, NULL, "path",
	  "cover this path inside: a file by the null device, a directory by an empty one; "
	  "may be repeated" },
	{ "berth.readonly", NULL, "ours", lxc_set_readonly, NULL, "path",
	  "make this path inside, with all below it, read-only; may be repeated" },
	{ "lxc.apparmor.allow_incomplete", "lxc.aa_allow_incomplete", "1.1",
	   lxc_set_apparmor_incomplete, NULL, "0 or 1",
	  "1: take a profile also where AppArmor does not mediate mounts" },
	NO("lxc.apparmor.allow_nesting", NULL, "3.1", "0", "0 or 1",
	   "rules for nesting in a generated profile; load a profile and name it"),
	{ "lxc.apparmor.profile", "lxc.aa_profile", "0.8", lxc_set_apparmor, NULL, "profile",
	  "AppArmor profile of the program, a loaded one; unconfined; unchanged (the default "
	  "here)" },
	NO("lxc.apparmor.raw", NULL, "3.1", NULL, "rule",
	   "further rules for a generated profile; load a profile and name it"),
	{ "lxc.arch", NULL, "0.8", lxc_set_arch, NULL, "architecture",
	  "the machine's own, or the 32-bit one beside it, which uname(2) then tells" },
	{ "lxc.autodev", NULL, "0.9", lxc_set_autodev, NULL, "0 or 1",
	  "1: a tmpfs on /dev with null, zero, full, random, urandom, tty and links; the "
	  "default is 0, as in 0.8" },
	{ "lxc.autodev.tmpfs.size", NULL, "4.0", lxc_set_autodev_size, NULL, "bytes",
	  "size of that tmpfs (default 500000)" },
	{ "lxc.cap.drop", NULL, "0.8", lxc_set_cap_drop, NULL, "capabilities",
	  "capabilities to take away, names without cap_ (sys_module mknod) or numbers" },
	{ "lxc.cap.keep", NULL, "1.0", lxc_set_cap_keep, NULL, "capabilities",
	  "capabilities to keep, all others go; none: drop all" },
	{ "lxc.cgroup", NULL, "0.8", lxc_set_cgroup_all, NULL, "empty",
	  "with an empty value: forget every lxc.cgroup.* so far" },
	{ "lxc.cgroup.*", NULL, "0.8", lxc_set_cgroup1, NULL, "value",
	  "write to a control file on cgroup v1, such as lxc.cgroup.memory.limit_in_bytes; "
	  "devices.allow and devices.deny hold on v1 and v2" },
	{ "lxc.cgroup.dir", NULL, "3.0", lxc_set_cgroup_dir, NULL, "path",
	  "directory below the top of each hierarchy in which the container's cgroup is made; "
	  "it goes with the last container in it" },
	NO("lxc.cgroup.dir.container", NULL, "4.0", NULL, "path",
	   "the container's cgroup by its whole path; use lxc.cgroup.dir, the name is Berth's"),
	NO("lxc.cgroup.dir.container.inner", NULL, "4.0", NULL, "path",
	   "a cgroup below the limits; what is inside may make its own"),
	NO("lxc.cgroup.dir.monitor", NULL, "4.0", NULL, "path",
	   "cgroup of the monitor; it stays in the caller's"),
	NO("lxc.cgroup.dir.monitor.pivot", NULL, "4.0", NULL, "path",
	   "cgroup of the monitor while it ends; it stays in the caller's"),
	NO("lxc.cgroup.relative", NULL, "3.1", "0", "0 or 1",
	   "place cgroups below the caller's own; name that with lxc.cgroup.dir"),
	{ "lxc.cgroup2", NULL, "3.0", lxc_set_cgroup_all, NULL, "empty",
	  "with an empty value: forget every lxc.cgroup2.* so far" },
	{ "lxc.cgroup2.*", NULL, "3.0", lxc_set_cgroup2, NULL, "value",
	  "write to a control file on cgroup v2, such as lxc.cgroup2.pids.max; "
	  "devices.allow and devices.deny hold on v1 and v2" },
	{ "lxc.console.buffer.size", NULL, "3.0", lxc_set_console_buffer, NULL, "auto or bytes",
	  "remember so much of what the console says, for lxc-console --show-log; 0 (default): "
	  "nothing, auto: 128 KiB; bytes may end in kB, MB or GB" },
	{ "lxc.console.logfile", NULL, "1.0", lxc_set_console_log, NULL, "path",
	  "file to which the console's output is appended, like option -L of lxc-start" },
	{ "lxc.console.path", "lxc.console", "0.8", lxc_set_console, NULL, "none or path",
	  "none: no console; else the host's terminal, or file, on which the console is" },
	{ "lxc.console.rotate", NULL, "3.0", lxc_set_console_rotate, NULL, "0 or 1",
	  "1: a full log gets the suffix .1 and a new one is begun; 0 (default): it is emptied" },
	{ "lxc.console.size", NULL, "3.0", lxc_set_console_size, NULL, "bytes",
	  "size at which the console's log is full (default: none)" },
	{ "lxc.environment", NULL, "1.1", lxc_set_environment, NULL, "NAME=value",
	  "a variable of the container's environment; NAME alone takes the caller's value" },
	{ "lxc.environment.hooks", NULL, "6.0", lxc_set_environment_hooks, NULL, "NAME=value",
	  "a variable of the hooks' environment" },
	{ "lxc.environment.runtime", NULL, "6.0", lxc_set_environment, NULL, "NAME=value",
	  "the same as lxc.environment, which hooks do not see here either" },
	{ "lxc.ephemeral", NULL, "2.0", lxc_set_ephemeral, NULL, "0 or 1",
	  "1: remove the container when it has ended, but not when it reboots" },
	{ "lxc.execute.cmd", NULL, "3.0", lxc_set_execute_cmd, NULL, "command",
	  "what execute runs if no command is given; split at blanks" },
	{ "lxc.group", NULL, "1.0", lxc_set_group, NULL, "names",
	  "groups of the container, for autostart and ls; may be repeated" },
	{ "lxc.hook", NULL, "0.8", lxc_set_hook_all, NULL, "empty",
	  "with an empty value: forget every hook so far" },
	{ "lxc.hook.autodev", NULL, "0.9", lxc_set_hook, NULL, "command",
	  "run before the rootfs becomes the root, after the mount hooks; with lxc.autodev = "
	  "1 only" },
	{ "lxc.hook.clone", NULL, "0.9", lxc_set_hook, NULL, "command",
	  "run on the host when the container has been copied" },
	{ "lxc.hook.destroy", NULL, "1.1", lxc_set_hook, NULL, "command",
	  "run on the host before the container is removed" },
	{ "lxc.hook.mount", NULL, "0.8", lxc_set_hook, NULL, "command",
	  "run in the container's mount namespace, when all is mounted, before the rootfs "
	  "becomes the root" },
	{ "lxc.hook.post-stop", NULL, "0.8", lxc_set_hook, NULL, "command",
	  "run on the host when the container has ended, also after a monitor that was killed" },
	{ "lxc.hook.pre-mount", NULL, "0.8", lxc_set_hook, NULL, "command",
	  "run in the container's mount namespace before the rootfs is mounted" },
	{ "lxc.hook.pre-start", NULL, "0.8", lxc_set_hook, NULL, "command",
	  "run on the host before anything else" },
	{ "lxc.hook.start", NULL, "0.8", lxc_set_hook, NULL, "command",
	  "run inside, confined as init is, just before init is executed" },
	{ "lxc.hook.start-host", NULL, "3.0", lxc_set_hook, NULL, "command",
	  "run on the host just before init is executed, with its pid in LXC_PID" },
	{ "lxc.hook.stop", NULL, "2.0", lxc_set_hook, NULL, "command",
	  "run on the host when init has ended, with its namespaces still to be had" },
	{ "lxc.hook.version", NULL, "3.0", lxc_set_hook_version, NULL, "0 or 1",
	  "how hooks are told what they are: 0: arguments (name, lxc, type); 1: environment" },
	{ "lxc.idmap", "lxc.id_map", "1.0", lxc_set_idmap, NULL, "u|g|b inside outside count",
	  "a range of user or group ids (b: both); asks for a user namespace" },
	{ "lxc.include", NULL, "1.0", lxc_set_include, NULL, "path",
	  "read this file, or every *.conf of this directory in order of name, here; the path is "
	  "absolute" },
	{ "lxc.init.cmd", "lxc.init_cmd", "1.1", lxc_set_init_cmd, NULL, "command",
	  "what lxc-start runs (default /sbin/init); split at blanks" },
	{ "lxc.init.cwd", NULL, "3.0", lxc_set_init_cwd, NULL, "path", "where the program starts" },
	{ "lxc.init.gid", "lxc.init_gid", "1.1", lxc_set_init_gid, NULL, "gid",
	  "group of the program" },
	{ "lxc.init.groups", NULL, "5.0", lxc_set_init_groups, NULL, "gids",
	  "supplementary groups of the program, numbers separated by commas or blanks; may be "
	  "repeated" },
	{ "lxc.init.uid", "lxc.init_uid", "1.1", lxc_set_init_uid, NULL, "uid",
	  "user of the program, a number; it has no capabilities then, but for "
	  "berth.cap.ambient" },
	{ "lxc.keyring.session", NULL, "3.1", lxc_set_keyring, NULL, "0 or 1",
	  "1: a session keyring of its own, or no start; 0: the caller's; not given: one of "
	  "its own where that can be" },
	NO("lxc.kmsg", NULL, "0.9", "0", "0 or 1",
	   "link /dev/kmsg to the console (removed in LXC 2); make the link in the rootfs"),
	{ "lxc.log.file", "lxc.logfile", "1.0", lxc_set_log_file, NULL, "path",
	  "log file, unless -o names one" },
	{ "lxc.log.level", "lxc.loglevel", "1.0", lxc_set_log_level, NULL, "level",
	  "lowest level told, TRACE or 0 to FATAL or 8, unless -l names one; DEBUG has each "
	  "step and what hooks print" },
	NO("lxc.log.syslog", "lxc.syslog", "2.0", NULL, "facility",
	   "log to syslog; use lxc.log.file"),
	NO("lxc.monitor.signal.pdeath", NULL, "4.0", "SIGKILL", "signal",
	   "signal to init when the monitor dies; only SIGKILL, since nothing may be left"),
	NO("lxc.monitor.unshare", NULL, "2.0", "0", "0 or 1",
	   "a mount namespace for the monitor; nothing of it is mounted on the host here"),
	{ "lxc.mount.auto", NULL, "1.0", lxc_set_mount_auto, NULL, "words",
	  "mount proc, sys, cgroup or cgroup-full, each with :mixed (default), :rw or :ro; "
	  "cgroup ones with :force also where there are cgroup namespaces, in which init can "
	  "mount them itself" },
	{ "lxc.mount.entry", NULL, "0.8", lxc_set_mount_entry, NULL, "fstab(5) line",
	  "a mount; the target is relative to the rootfs, or begins with its path" },
	{ "lxc.mount.fstab", "lxc.mount", "0.8", lxc_set_mount_fstab, NULL, "path",
	  "a file of such lines; they come before every lxc.mount.entry" },
	{ "lxc.namespace.clone", NULL, "3.0", lxc_set_ns_clone, NULL, "names",
	  "namespaces to create, and no others: mnt, pid, uts, ipc, user, net, cgroup, time" },
	{ "lxc.namespace.keep", NULL, "3.0", lxc_set_ns_keep, NULL, "names",
	  "namespaces not to create: the caller's are used" },
	{ "lxc.namespace.share.*", NULL, "3.0", lxc_set_ns_share, NULL, "pid or container",
	  "a namespace to enter instead, such as lxc.namespace.share.net: that of a process, "
	  "of a container of the same lxcpath, or of LXCPATH/NAME" },
	{ "lxc.net", "lxc.network", "0.8", lxc_set_net_all, NULL, "empty",
	  "with an empty value: forget every network so far" },
	{ "lxc.net.N", NULL, "2.1", lxc_set_net_one, NULL, "empty",
	  "with an empty value: forget this network" },
	{ "lxc.net.N.flags", "lxc.network.flags", "0.8", lxc_set_net_flags, NULL, "up",
	  "bring the device up, and the loopback device; with type empty, only that" },
	{ "lxc.net.N.hwaddr", "lxc.network.hwaddr", "0.8", lxc_set_net_hwaddr, NULL, "xx:xx:xx:xx:xx:xx",
	  "hardware address, where each x stands for any digit; without effect on type empty" },
	{ "lxc.net.N.ipv4.address", "lxc.network.ipv4", "0.8", lxc_set_net_ipv4, NULL,
	  "address[/prefix] [broadcast]", "an IPv4 address of the device; may be repeated" },
	{ "lxc.net.N.ipv4.gateway", "lxc.network.ipv4.gateway", "0.8", lxc_set_net_ipv4_gateway, NULL,
	  "address, auto or dev",
	  "IPv4 default route: by that address, by the address of the link on the host (auto), or through "
	  "the device without a gateway (dev)" },
	{ "lxc.net.N.ipv6.address", "lxc.network.ipv6", "0.8", lxc_set_net_ipv6, NULL, "address[/prefix]",
	  "an IPv6 address of the device; may be repeated" },
	{ "lxc.net.N.ipv6.gateway", "lxc.network.ipv6.gateway", "0.8", lxc_set_net_ipv6_gateway, NULL,
	  "address, auto or dev", "IPv6 default route, in the same way" },
	{ "lxc.net.N.ipvlan.isolation", NULL, "3.2", lxc_set_net_ipvlan_isolation, NULL,
	  "bridge, private or vepa",
	  "type ipvlan: whether containers on the same link reach one another; bridge if not given" },
	{ "lxc.net.N.ipvlan.mode", NULL, "3.2", lxc_set_net_ipvlan_mode, NULL, "l2, l3 or l3s",
	  "type ipvlan: at which layer it works; l3 if not given" },
	{ "lxc.net.N.l2proxy", NULL, "3.2", lxc_set_net_l2proxy, NULL, "0 or 1",
	  "types ipvlan (mode l3s) and routed veth: answer on the link for the container's addresses" },
	{ "lxc.net.N.link", "lxc.network.link", "0.8", lxc_set_net_link, NULL, "device",
	  "the host's device: the bridge of a veth, what macvlan, ipvlan and vlan build upon, what phys "
	  "moves; without effect on type empty" },
	{ "lxc.net.N.macvlan.mode", "lxc.network.macvlan.mode", "0.8", lxc_set_net_macvlan_mode, NULL,
	  "private, vepa, bridge or passthru",
	  "type macvlan: how it reaches others on the same link; private if not given" },
	{ "lxc.net.N.mtu", "lxc.network.mtu", "0.8", lxc_set_net_mtu, NULL, "bytes",
	  "maximum transfer unit; a veth has its bridge's if not given; without effect on type empty" },
	{ "lxc.net.N.name", "lxc.network.name", "0.8", lxc_set_net_name, NULL, "device",
	  "name of the device inside, ethN if not given (phys: its own); %d stands for the first free "
	  "number; without effect on type empty" },
	{ "lxc.net.N.script.down", "lxc.network.script.down", "0.8", lxc_set_net_script_down, NULL, "command",
	  "a program run on the host when the container has ended, before the device goes" },
	{ "lxc.net.N.script.up", "lxc.network.script.up", "0.8", lxc_set_net_script_up, NULL, "command",
	  "a program run on the host once the device is there; if it fails, the container does not start" },
	{ "lxc.net.N.type", "lxc.network.type", "0.8", lxc_set_net_type, NULL,
	  "empty, none, veth, macvlan, ipvlan, vlan or phys",
	  "kind of network; empty: only the loopback device; none: the host's network. "
	  "lxc.network.type begins a further network, whose other keys follow it" },
	{ "lxc.net.N.veth.ipv4.route", NULL, "3.1", lxc_set_net_veth_ipv4_route, NULL, "networks",
	  "type veth: IPv4 networks, separated by commas, that the host is to reach through the container" },
	{ "lxc.net.N.veth.ipv6.route", NULL, "3.1", lxc_set_net_veth_ipv6_route, NULL, "networks",
	  "the same for IPv6" },
	{ "lxc.net.N.veth.mode", NULL, "3.2", lxc_set_net_veth_mode, NULL, "bridge or router",
	  "type veth: bridge: a port of link, if that is given; router: the host routes to the container's "
	  "addresses and answers for its gateways" },
	{ "lxc.net.N.veth.n_rxqueues", NULL, "5.0", lxc_set_net_veth_rxqueues, NULL, "number",
	  "type veth: queues that the container receives on" },
	{ "lxc.net.N.veth.n_txqueues", NULL, "5.0", lxc_set_net_veth_txqueues, NULL, "number",
	  "type veth: queues that it sends from" },
	{ "lxc.net.N.veth.pair", "lxc.network.veth.pair", "0.8", lxc_set_net_veth_pair, NULL, "device",
	  "type veth: name of the pair's end on the host; a random one if not given" },
	{ "lxc.net.N.veth.vlan.id", NULL, "5.0", lxc_set_net_veth_vlan, NULL, "number or none",
	  "type veth: untagged VLAN of the container's port in the bridge; none: it has none" },
	{ "lxc.net.N.veth.vlan.tagged.id", NULL, "5.0", lxc_set_net_veth_vlan_tagged, NULL, "number",
	  "type veth: a tagged VLAN of that port; may be repeated" },
	{ "lxc.net.N.vlan.id", "lxc.network.vlan.id", "0.8", lxc_set_net_vlan_id, NULL, "number",
	  "type vlan: number of the VLAN" },
	{ "lxc.no_new_privs", NULL, "2.1", lxc_set_no_new_privs, NULL, "0 or 1",
	  "no program may gain privileges by execve(2)" },
	{ "lxc.pivotdir", NULL, "0.8", lxc_set_pivotdir, NULL, "path",
	  "0.8: where pivot_root puts the old root; none is needed, so it has no effect" },
	{ "lxc.prlimit", NULL, "2.1", lxc_set_forget, NULL, "empty",
	  "with an empty value: forget every lxc.prlimit.* so far" },
	{ "lxc.prlimit.*", "lxc.limit.*", "2.1", lxc_set_prlimit, NULL, "soft[:hard]",
	  "a resource limit of the program, such as lxc.prlimit.nofile; numbers or unlimited" },
	{ "lxc.proc", NULL, "3.0", lxc_set_forget, NULL, "empty",
	  "with an empty value: forget every lxc.proc.* so far" },
	{ "lxc.proc.*", NULL, "3.0", lxc_set_proc, NULL, "value",
	  "write to a file of init's /proc/PID, such as lxc.proc.oom_score_adj; dots separate "
	  "directories" },
	{ "lxc.pty.max", "lxc.pts", "0.8", lxc_set_pty_max, NULL, "number",
	  "a devpts instance of its own on /dev/pts, with so many pseudo-terminals at most (the "
	  "limit holds since Linux 3.4); 0 (default): what the rootfs and the mounts have" },
	NO("lxc.rootfs.backend", NULL, "1.1", "dir", "dir",
	   "kind of storage (LXC 1 and 2); say it in lxc.rootfs.path, as overlay: or loop:"),
	NO("lxc.rootfs.managed", NULL, "3.1", "1", "0 or 1",
	   "destroy removes a rootfs in the container's directory; keep one elsewhere to keep "
	   "it"),
	{ "lxc.rootfs.mount", NULL, "0.8", lxc_set_rootfs_mount, NULL, "path",
	  "where the rootfs is mounted meanwhile, in the container's mount namespace alone; "
	  "not given: on itself" },
	{ "lxc.rootfs.options", NULL, "1.0", lxc_set_rootfs_options, NULL, "ro, rw, rslave ...",
	  "mount options of the rootfs: ro, rw; its propagation: private (default), slave, "
	  "shared, unbindable, each with r in front for what is below; idmap=container: its "
	  "files belong to the container's users as they do to the host's (since Linux 5.12)" },
	{ "lxc.rootfs.path", "lxc.rootfs", "0.8", lxc_set_rootfs, NULL, "[kind:]path",
	  "what becomes the root: a directory; overlay:lower:upper, where lower may be several, the "
	  "topmost first; loop:image, a file with a file system in it, or a block device, also "
	  "without kind. Without this key the host's root is shared" },
	{ "lxc.sched.core", NULL, "5.0", lxc_set_sched_core, NULL, "0 or 1",
	  "share no processor core with others at the same time (since Linux 5.14)" },
	{ "lxc.seccomp.allow_nesting", NULL, "3.1", lxc_set_nesting, NULL, "0 or 1",
	  "without effect: a filter is always loaded, on top of those there are" },
	NO("lxc.seccomp.notify.cookie", NULL, "3.2", NULL, "text",
	   "for a proxy that answers; use the actions errno and allow"),
	NO("lxc.seccomp.notify.proxy", NULL, "3.2", NULL, "unix:path",
	   "nobody here answers in a program's stead; use the actions errno and allow"),
	{ "lxc.seccomp.profile", "lxc.seccomp", "0.8", lxc_set_seccomp, NULL, "path",
	  "seccomp filter, in LXC's syntax of version 1 or 2; the path is absolute" },
	{ "lxc.selinux.context", "lxc.se_context", "1.0", lxc_set_selinux, NULL, "context",
	  "SELinux context of the program; unconfined_t: leave it" },
	NO("lxc.selinux.context.keyring", NULL, "4.0", NULL, "context",
	   "SELinux context of the session keyring; it has the program's"),
	{ "lxc.signal.halt", "lxc.haltsignal", "1.0", lxc_set_haltsignal, NULL, "signal",
	  "asks init to halt: a name, a number, SIGRTMIN+n or SIGRTMAX-n (default SIGPWR, or SIGRTMIN+3 "
	  "for an init that waits for that one, as systemd does)" },
	{ "lxc.signal.reboot", "lxc.rebootsignal", "1.1", lxc_set_rebootsignal, NULL, "signal",
	  "asks init to reboot (default SIGINT)" },
	{ "lxc.signal.stop", "lxc.stopsignal", "1.0", lxc_set_stopsignal, NULL, "signal",
	  "ends the container at once: only SIGKILL, the default, which it cannot refuse; for "
	  "another use kill" },
	{ "lxc.start.auto", NULL, "1.0", lxc_set_start, NULL, "0 or 1",
	  "whether autostart starts it" },
	{ "lxc.start.delay", NULL, "1.0", lxc_set_start, NULL, "seconds",
	  "how long autostart waits after it before it starts the next" },
	{ "lxc.start.order", NULL, "1.0", lxc_set_start, NULL, "number",
	  "its place in autostart: the lower, the earlier" },
	{ "lxc.sysctl", NULL, "3.0", lxc_set_forget, NULL, "empty",
	  "with an empty value: forget every lxc.sysctl.* so far" },
	{ "lxc.sysctl.*", NULL, "3.0", lxc_set_sysctl, NULL, "value",
	  "write to a file of /proc/sys, such as lxc.sysctl.net.ipv4.ip_forward; one that is "
	  "the whole machine's is refused. Dots separate directories, or slashes where there "
	  "are any" },
	{ "lxc.time.offset.boot", NULL, "4.0", lxc_set_offset_boot, NULL, "offset",
	  "what the boot clock is ahead, such as 5d, -10m, 30s or 7ms; a time namespace "
	  "(since Linux 5.6)" },
	{ "lxc.time.offset.monotonic", NULL, "4.0", lxc_set_offset_monotonic, NULL, "offset",
	  "the same for the monotonic clock" },
	{ "lxc.tty.dir", "lxc.devttydir", "0.8", lxc_set_tty_dir, NULL, "name",
	  "directory below /dev for the console and the terminals; /dev/console and /dev/ttyN become "
	  "links into it" },
	{ "lxc.tty.max", "lxc.tty", "0.8", lxc_set_tty, NULL, "number",
	  "pseudo-terminals for /dev/tty1 and on, 63 at most; lxc-console connects to them" },
	{ "lxc.uts.name", "lxc.utsname", "0.8", lxc_set_utsname, NULL, "name", "host name inside" },
};
const size_t lxc_key_count = sizeof(lxc_keys) / sizeof(*lxc_keys);

/* Does key match the pattern of a row? Numbers for "N", anything for a final "*". */
static bool matches(const char *pattern, const char *key, const char **ret_sub, int *ret_net)
{
	while (*pattern) {
		if (pattern[0] == '*' && !pattern[1]) {
			*ret_sub = key;
			return *key != 0;
		}
		if (pattern[0] == 'N' && (pattern[1] == '.' || !pattern[1])) {
			char *end;
			unsigned long n;

			if (*key < '0' || *key > '9')
				return false;
			n = strtoul(key, &end, 10);
			if (n > 9999)
				return false;
			*ret_net = n;
			key = end;
			pattern++;
			continue;
		}
		if (*pattern++ != *key++)
			return false;
	}
	return !*key;
}

const struct lxc_key *lxc_key_find(const char *key, const char **ret_sub, int *ret_net)
{
	const struct lxc_key *prefix = NULL;

	*ret_sub = "";
	*ret_net = -1;
	/* A whole name beats a prefix: lxc.cgroup.dir is not a file of a controller "dir". */
	for (size_t i = 0; i < lxc_key_count; i++) {
		const struct lxc_key *row = &lxc_keys[i];
		const char *names[] = { row->name, row->old }, *sub = "";
		int net = -1;

		for (int k = 0; k < 2; k++) {
			if (!names[k] || !matches(names[k], key, &sub, &net))
				continue;
			if (*sub && prefix)
				continue;
			*ret_sub = sub;
			*ret_net = net;
			if (!*sub)
				return row;
			prefix = row;
		}
	}
	return prefix;
}

/* Edits (insert, delete, replace, swap neighbours) between two short strings. */
static unsigned int distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	unsigned int rows[3][MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX)
		return MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *now = rows[i % 3], *last = rows[(i - 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[(i - 2) % 3][j - 2] + 1 < best)
				best = rows[(i - 2) % 3][j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *lxc_key_suggest(const char *key)
{
	const char *best = NULL;
	unsigned int least = 4;	/* further away is no help */

	for (size_t i = 0; i < lxc_key_count; i++) {
		const char *names[] = { lxc_keys[i].name, lxc_keys[i].old };

		for (int k = 0; k < 2; k++) {
			unsigned int d = names[k] ? distance(key, names[k]) : least;

			if (d < least) {
				least = d;
				best = names[k];
			}
		}
	}
	return best;
}

void lxc_config_keys(FILE *out)
{
	for (size_t i = 0; i < lxc_key_count; i++) {
		const struct lxc_key *k = &lxc_keys[i];

		fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", k->name, k->old ? k->old : "-", k->since,
			k->value, k->set ? "honoured" : "refused", k->help);
	}
}
