/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a container is. The front-ends (LXC configuration, OCI config.json) only ever produce
 * this; it is frozen before clone. Everything in it is owned by the spec and freed by
 * rt_spec_free().
 */
#ifndef RT_SPEC_H
#define RT_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/confine.h"
#include "sw_error.h"

enum rt_init {
	RT_INIT_NONE,		/* the program is PID 1: lxc-start, a system container */
	RT_INIT_SUPERVISE,	/* Berth's init is PID 1 and runs the program: lxc-execute */
};

struct rt_mount {
	char *source;		/* "/dev", "devpts", "proc"; relative sources are of the host */
	char *target;		/* absolute inside the container: "/dev/pts" */
	char *fstype;		/* NULL for a bind mount */
	char *data;		/* file-system options, NULL if none */
	unsigned long flags;	/* MS_* of mount(2): MS_BIND, MS_REC, MS_NODEV, ... */
	unsigned long propagation;	/* MS_PRIVATE, MS_SLAVE, ... | MS_REC; 0: leave */
	bool optional;		/* failure is not an error (LXC: optional) */
	bool relative;		/* a bind's source is inside the rootfs */
	bool create_dir, create_file;	/* LXC: create=dir, create=file */
	char *origin;		/* "file:line", for messages */
};

enum rt_net_type { RT_NET_EMPTY, RT_NET_NONE, RT_NET_VETH, RT_NET_MACVLAN, RT_NET_IPVLAN,
		   RT_NET_VLAN, RT_NET_PHYS };

struct rt_ip {
	int family;		/* AF_INET, AF_INET6; 0: none */
	unsigned char bytes[16];	/* network order */
	int prefix;
	bool has_broadcast;	/* IPv4 only */
	unsigned char broadcast[4];
};

struct rt_gateway {
	enum { RT_GATEWAY_NONE, RT_GATEWAY_ADDRESS,
	       RT_GATEWAY_AUTO,		/* the first address of the link, on the host */
	       RT_GATEWAY_DEV,		/* a default route through the device, to nobody */
	} how;
	struct rt_ip ip;
};

/* VLANs of a veth's port in its bridge. */
struct rt_port_vlans {
	int untagged;		/* 0: as the bridge has it; -1: none; else the one */
	uint16_t *tagged;
	size_t tagged_count;
};

struct rt_net {
	int index;		/* N of lxc.net.N, or the order in the file; -1 where there is none */
	enum rt_net_type type;
	bool up;		/* empty: bring lo up; others: the device too */
	bool router;		/* veth: routes and proxies on the host, no bridge */
	bool l2proxy;
	unsigned int details;	/* bit n: has keys that only the type n can have */
	int mode;		/* macvlan, ipvlan: the kernel's number; -1: LXC's default */
	int isolation;		/* ipvlan: the kernel's flags */
	int vlan_id;		/* type vlan; -1: not given */
	unsigned int mtu;	/* 0: not given */
	unsigned int rx_queues, tx_queues;	/* veth; 0: as the kernel has it */
	char *link, *name, *hwaddr, *pair;
	char *script_up, *script_down;
	struct rt_ip *addresses, *routes;	/* routes: veth's, on the host */
	size_t address_count, route_count;
	struct rt_gateway gateway[2];	/* IPv4, IPv6 */
	struct rt_port_vlans vlans;
	char *origin;
};

/* One line of lxc.cgroup.devices.allow or .deny, in the order of the file: order matters. */
struct rt_device_rule {
	bool allow;
	char type;		/* 'a', 'b' or 'c' */
	int64_t major, minor;	/* -1: any */
	bool read, write, mknod;
	char *origin;
};

/* One write to a control file: lxc.cgroup.X.Y and lxc.cgroup2.X.Y. Device rules are not here. */
struct rt_cgroup_set {
	int version;		/* 1: lxc.cgroup., 2: lxc.cgroup2. */
	char *file;		/* "memory.limit_in_bytes" */
	char *value;
	char *origin;
};

struct rt_idmap {
	bool gid;
	uint32_t inside, outside, count;
};

enum rt_rootfs_kind {
	RT_ROOTFS_DIR,		/* spec.rootfs is the directory */
	RT_ROOTFS_OVERLAY,	/* rootfs_upper over rootfs_lower */
	RT_ROOTFS_LOOP,		/* rootfs_image is a file with a file system in it */
	RT_ROOTFS_BLOCK,	/* rootfs_image is a block device */
};

struct rt_spec {
	char *name;
	char *lxcpath;		/* directory that holds NAME/ ("/var/lib/lxc") */
	char *hostname;		/* NULL: leave */
	char *rootfs;		/* NULL: the host's own root is shared. Of another kind than a
				 * directory: where it is mounted, LXCPATH/NAME/rootfs */
	enum rt_rootfs_kind rootfs_kind;
	char *rootfs_lower;	/* overlay: directories, separated by ':', the topmost first */
	char *rootfs_upper;
	char *rootfs_image;
	bool rootfs_readonly;
	uint64_t ns;		/* SW_CLONE_NEW* to create */
	enum rt_init init;
	char **argv;		/* NULL-terminated; the program and its arguments */
	char **env;		/* NULL-terminated KEY=VALUE, complete */
	char *cwd;		/* NULL: "/" */
	struct rt_mount *mounts;
	size_t mount_count;
	struct rt_net *nets;	/* none and no RT_NET_NONE: the host's network is shared unless ns says */
	size_t net_count;
	struct rt_device_rule *devices;
	size_t device_count;
	struct rt_cgroup_set *cgroup;
	size_t cgroup_count;
	struct rt_idmap *idmaps;
	size_t idmap_count;
	uint64_t caps_drop, caps_keep;	/* bit n: capability n; caps_keep != 0 wins */
	bool no_new_privs;
	long tty_count;		/* lxc.tty.max: pseudo-terminals for /dev/ttyN; 0: none */
	char *tty_dir;		/* lxc.tty.dir: below /dev; NULL: /dev itself */
	long pty_max;		/* lxc.pty.max: ptys of a devpts of its own; 0: no such devpts */
	bool console_none;	/* lxc.console.path = none */
	char *console_path;	/* lxc.console.path: the host's end of the console; NULL: default */
	char *console_log;	/* lxc.console.logfile; NULL: none */
	uint64_t console_log_size;	/* bytes at most; 0: no limit */
	bool console_rotate;	/* a full log becomes FILE.1; else it begins afresh */
	uint64_t console_buffer;	/* bytes of output that are remembered */
	int stop_signal;	/* 0: SIGPWR for an init, SIGKILL after the time-out */
	int halt_signal, reboot_signal;
	struct rt_confine confine;
};

void rt_spec_free(struct rt_spec *spec);
/* Free what one network owns, and zero it. */
void rt_net_free(struct rt_net *n);

#endif
