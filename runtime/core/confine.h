/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What confines a container beside its mounts, networks and cgroups, and what is run around it:
 * the part of struct rt_spec that says so. Zeroed, it asks for nothing.
 */
#ifndef RT_CONFINE_H
#define RT_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One write to a file of the kernel: /proc/sys/NAME, /proc/PID/NAME. */
struct rt_setting {
	char *name;		/* a path below there: "net/ipv4/ip_forward" */
	char *value;
	char *origin;		/* "file:line", for messages */
};

struct rt_limit {
	int resource;		/* RLIMIT_NOFILE, ... */
	uint64_t soft, hard;	/* RLIM_INFINITY: unlimited */
	char *name;		/* "nofile" */
	char *origin;
};

enum rt_hook_type { RT_HOOK_PRE_START, RT_HOOK_PRE_MOUNT, RT_HOOK_MOUNT, RT_HOOK_AUTODEV,
		    RT_HOOK_START_HOST, RT_HOOK_START, RT_HOOK_STOP, RT_HOOK_POST_STOP,
		    RT_HOOK_CLONE, RT_HOOK_DESTROY };
struct rt_hook {
	enum rt_hook_type type;
	char *command;		/* for a shell, where it is not just words */
	char *origin;
};

/* A namespace of another container or process to enter. */
struct rt_ns_share {
	uint64_t flag;		/* SW_CLONE_NEW* */
	char *from;		/* a pid, a name below the same lxcpath, or LXCPATH/NAME */
	char *origin;
};

struct rt_path {
	char *path;		/* inside, absolute */
	char *origin;
};

/* A BPF program for seccomp(2): struct sock_filter, linux/filter.h. */
struct rt_filter {
	size_t count;
	void *insns;
};

enum rt_cgroup_mode { RT_CGM_NONE, RT_CGM_RO, RT_CGM_MIXED, RT_CGM_RW };

struct rt_confine {
	uint64_t caps_ambient;	/* capabilities that a user other than root keeps over execve(2) */
	bool set_user;		/* become uid, gid with these groups and no others */
	uint32_t uid, gid;
	gid_t *groups;
	size_t group_count;
	struct rt_limit *limits;
	size_t limit_count;
	struct rt_setting *sysctls, *procs;
	size_t sysctl_count, proc_count;
	struct rt_hook *hooks;
	size_t hook_count;
	int hook_version;
	char **hook_env;	/* NULL-terminated NAME=VALUE, for hooks alone; NULL: none */
	char *config_file;	/* LXC_CONFIG_FILE of the hooks */
	char *seccomp;		/* profile's path */
	char *seccomp_origin;
	struct rt_filter filter;	/* made of it: for the program */
	struct rt_filter init_filter;	/* for Berth's own init in front of it */
	char *apparmor, *selinux;	/* labels; NULL: leave */
	char *label_origin;
	bool apparmor_incomplete;
	int keyring;		/* a session keyring of its own: 1: must be, 0: if it can, -1: no */
	bool sched_core;
	struct rt_ns_share *shares;
	size_t share_count;
	uint64_t ns_clone, ns_keep;	/* the front-end's, until ns is settled */
	bool has_offset_boot, has_offset_monotonic;	/* the front-end's */
	int64_t offset_boot, offset_monotonic;	/* nanoseconds, with SW_CLONE_NEWTIME */
	bool autodev;
	uint64_t autodev_size;	/* bytes; 0: the default */
	struct rt_path *masked, *readonly;
	size_t masked_count, readonly_count;
	enum rt_cgroup_mode cgroup_mount;
	bool cgroup_default;	/* no mode was given: the front-end's, until it is settled */
	bool cgroup_force;	/* also with a cgroup namespace, where init can mount them itself */
	bool cgroup_full;	/* whole hierarchies, not the container's part alone */
	unsigned long propagation;	/* MS_* of the rootfs; 0: private */
	char *rootfs_mount;	/* where the rootfs is bound; NULL: over itself */
	char *cgroup_dir;	/* directory below the top of each hierarchy; NULL: the top */
	bool idmap_rootfs;	/* a mount of it that maps as the user namespace does */
	bool personality32;	/* PER_LINUX32 */
	bool ephemeral;		/* the container is removed when it has ended */
	char **execute_argv;	/* the front-end's: what to execute if nothing is given */
	char *log_file;
	int log_level;		/* -1 + this: index of LXC's level; 0: not given */
};

void rt_confine_free(struct rt_confine *c);

#endif
