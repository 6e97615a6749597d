// SPDX-License-Identifier: GPL-2.0-only
/* The verbs that LXC has beside those of everyday: one row each, and the options of each. */
#include "lxc/cmd.h"

#define FLAG   OPT_FLAG_ROW
#define STRING OPT_STRING_ROW
#define LIST   OPT_LIST_ROW
#define END    OPT_END_ROW

static const struct opt no_options[] = { END };
static const struct opt restart_options[] = {
	STRING('f', "rcfile", rcfile, "FILE", "configuration (default LXCPATH/NAME/config)"),
	LIST('s', "define", defines, "KEY=VALUE", "set a key after the configuration"),
	STRING('S', "statefile", statefile, "DIR", "from this checkpoint instead"),
	STRING('t', "timeout", timeout, "SECONDS", "kill after this time (default 60; -1: never)"),
	FLAG('k', "kill", kill, "kill at once, ask nobody"),
	FLAG('F', "foreground", foreground, "then wait for the end, on this terminal"),
	END
};
static const struct opt autostart_options[] = {
	FLAG('r', "reboot", reboot, "reboot those that run"),
	FLAG('s', "shutdown", shutdown, "shut down those that run"),
	FLAG('k', "kill", kill, "kill those that run"),
	FLAG('L', "list", list, "only list them, in their order"),
	STRING('t', "timeout", timeout, "SECONDS",
	       "with -s and -r: kill after this time (default 60)"),
	LIST('g', "groups", groups, "GROUPS",
	     "those of these groups (commas; an empty word: of none)"),
	FLAG('a', "all", all, "of every group and of none"),
	FLAG('A', "ignore-auto", ignore_auto, "also without lxc.start.auto"),
	END
};
static const struct opt checkpoint_options[] = {
	STRING('D', "checkpoint-dir", directory, "DIR", "directory of the images"),
	STRING('S', "statefile", directory, "DIR", "the same, as LXC 0.8 calls it"),
	FLAG('s', "stop", stop_after, "stop the container when it is saved"),
	FLAG('k', "kill", stop_after, "the same, as LXC 0.8 calls it"),
	FLAG('r', "restore", restore_images, "restore it instead: not built in"),
	STRING('A', "action-script", action_script, "FILE", "CRIU's script for its stages"),
	FLAG('v', "verbose", verbose, "let CRIU write all that it knows into its log"),
	END
};
static const struct opt monitor_options[] = {
	STRING('n', "name", orig, "REGEX",
	       "only containers whose whole name matches this extended "
	       "regular expression"),
	FLAG('Q', "quit", quit,
	     "end LXC's monitor daemon: there is none, so nothing is to be done"),
	END
};
static const struct opt ps_options[] = { STRING('n', "name", orig, "NAMES",
						"processes of these containers (commas)"),
					 FLAG(0, "lxc", lxc_only, "processes of every container"),
					 FLAG(0, "host", host, "processes of none"), END };
/* -n is netstat's: the name may stand by itself. What stands after it is read by these rows too. */
static const struct opt netstat_options[] = {
	STRING(0, "name", orig, "NAME", "name of the container"),
	FLAG('t', "tcp", net.tcp, "TCP sockets"),
	FLAG('u', "udp", net.udp, "UDP sockets"),
	FLAG('w', "raw", net.raw, "raw sockets"),
	FLAG('x', "unix", net.local, "UNIX-domain sockets"),
	FLAG('l', "listening", net.listening, "only those that listen"),
	FLAG('a', "all", net.all, "those too; with -i, devices that are down as well"),
	FLAG('n', "numeric", net.numeric, "numbers, not names: it is always so"),
	FLAG('p', "programs", net.programs, "the process that has the socket"),
	FLAG('r', "route", net.route, "the IPv4 routes instead"),
	FLAG('i', "interfaces", net.interfaces, "the devices instead"),
	END
};
static const struct opt top_options[] = {
	STRING('d', "delay", delay, "SECONDS", "between two looks (default 3)"),
	STRING('s', "sort", sort, "n|c|b|m|k",
	       "order by name, cpu, block I/O, memory, kernel memory"),
	FLAG('r', "reverse", reverse, "the other way round"),
	FLAG('b', "batch", batch, "lines for programs, not a screen"),
	STRING(0, "count", size, "N", "end after so many looks (default: never)"),
	END
};
static const struct opt unshare_options[] = {
	STRING('s', "namespaces", namespaces, "LIST",
	       "namespaces to make, such as MOUNT|PID|UTSNAME"),
	STRING('u', "user", user, "USER", "the program runs as this user (name or number)"),
	STRING('H', "hostname", hostname, "NAME", "host name in the new UTS namespace"),
	LIST('i', "ifname", mounts, "DEVICE", "move this network device in; may be repeated"),
	FLAG('d', "daemon", daemon, "do not wait for the program"),
	FLAG('M', "remount", remount, "mount /proc, /dev/shm and /dev/mqueue anew"),
	END
};
static const struct opt usernsexec_options[] = {
	LIST('m', "map", maps, "u|g|b:IN:OUT:COUNT",
	     "a range of ids; may be repeated (default: those of /etc/subuid and /etc/subgid)"),
	FLAG('s', "self", map_root, "also map the caller's own ids to root inside"), END
};
static const struct opt update_options[] = {
	STRING('c', "config", config_file, "FILE", "the file to bring up to date"), END
};
static const struct opt grant_options[] = {
	FLAG('d', "drop", drop, "take away again what lxc-setcap or lxc-setuid of LXC 0.8 gave"),
	STRING('u', "user", user, "USER", "for this user (default: who calls, or $SUDO_USER)"), END
};

#define COPY_OPTIONS                                                                               \
	STRING('p', "newpath", newpath, "PATH", "directory of containers for the new one"),        \
		STRING('B', "backingstorage", backing, "KIND",                                     \
		       "dir, or overlay (the same as -s)"),                                        \
		FLAG('s', "snapshot", snapshot,                                                    \
		     "a layer over the original instead of a copy of its files"),                  \
		FLAG('M', "keepmac", keepmac, "the same hardware addresses"),                      \
		FLAG('K', "keepname", keepname, "the same host name")
static const struct opt copy_options[] = {
	STRING('N', "newname", newname, "NAME", "name of the new container"),
	COPY_OPTIONS,
	FLAG('R', "rename", rename, "give the container the new name, make no second one"),
	FLAG('a', "allowrunning", allow_running, "also if it runs (it is frozen meanwhile)"),
	FLAG('e', "ephemeral", ephemeral, "run the new one over a layer, and remove it at its end"),
	FLAG('d', "daemon", daemon, "with -e: in the background (default)"),
	FLAG('F', "foreground", foreground, "with -e: on this terminal"),
	LIST('m', "mount", mounts, "bind=FROM[:TO][:ro]", "with -e: a directory of the host in it"),
	FLAG('D', "keepdata", keepdata, "with -e: do not remove it"),
	END
};
static const struct opt clone_options[] = {
	STRING('o', "orig", orig, "NAME", "the container to clone"),
	STRING('n', "new", newname, "NAME", "name of the new container"), COPY_OPTIONS, END
};
static const struct opt snapshot_options[] = {
	STRING('c', "comment", comment, "FILE", "a comment for the new snapshot"),
	FLAG('L', "list", list, "list the snapshots"),
	FLAG('C', "showcomments", comments, "list them with their comments"),
	STRING('r', "restore", restore, "SNAPSHOT", "put this snapshot in the container's place"),
	STRING('N', "newname", newname, "NAME", "with -r: as a new container of this name"),
	STRING('d', "destroy", remove, "SNAPSHOT", "remove this one, or ALL"),
	END
};

const struct verb verbs_more[] = {
	{ "copy", copy_options, verb_copy, NAME_AND_REST, "NAME [-N] NEWNAME",
	  "make a second container from a first" },
	{ "clone", clone_options, verb_clone, NAME_OWN, "-o NAME -n NEWNAME",
	  "the same, as LXC before 2 called it" },
	{ "snapshot", snapshot_options, verb_snapshot, NAME_AND_REST, "NAME",
	  "keep, list, restore and remove states of a container" },
	{ "device", no_options, verb_device, NAME_AND_REST, "NAME add|del DEVICE [PATH|NEWNAME]",
	  "give a running container a device, or take it back" },
	{ "cgroup", no_options, verb_cgroup, NAME_AND_REST, "NAME FILE [VALUE]",
	  "read or write a control file of a container's cgroup" },
	{ "restart", restart_options, verb_restart, NAME_ONE, "NAME",
	  "stop a container and start it again" },
	{ "autostart", autostart_options, verb_autostart, NAME_NONE, "",
	  "start, stop or list the containers that begin with the host" },
	{ "checkpoint", checkpoint_options, verb_checkpoint, NAME_ONE, "NAME",
	  "save a running container by CRIU" },
	{ "monitor", monitor_options, verb_monitor, NAME_OWN, "[REGEX]",
	  "tell the changes of state of containers" },
	{ "ps", ps_options, verb_ps, NAME_OWN, "[-- PS-OPTION...]",
	  "list processes with their containers" },
	{ "netstat", netstat_options, verb_netstat, NAME_OWN, "NAME [-tuwxlanpri]",
	  "list the sockets, routes or devices of a container" },
	{ "top", top_options, verb_top, NAME_NONE, "", "watch what the containers use" },
	{ "unshare", unshare_options, verb_unshare, NAME_OWN, "-s LIST [--] COMMAND [ARG...]",
	  "run a program in new namespaces, without a container" },
	{ "usernsexec", usernsexec_options, verb_usernsexec, NAME_OWN, "[--] [COMMAND [ARG...]]",
	  "run a program as root of a new user namespace" },
	{ "checkconfig", no_options, verb_checkconfig, NAME_NONE, "",
	  "tell whether the kernel has what LXC needs" },
	{ "update-config", update_options, verb_update_config, NAME_OWN, "-c FILE",
	  "turn old keys of a configuration into today's" },
	{ "setcap", grant_options, verb_setcap, NAME_NONE, "",
	  "tell what a user lacks to run containers, and take file capabilities away" },
	{ "setuid", grant_options, verb_setuid, NAME_NONE, "",
	  "tell what a user lacks to run containers, and take set-user-ID bits away" },
	{ 0 },
};
