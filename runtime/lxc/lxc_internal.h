/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the LXC configuration parser; nobody else includes this. */
#ifndef LXC_INTERNAL_H
#define LXC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lxc/lxc_config.h"

#define LXC_CONFIG_MAX		(1024 * 1024)	/* bytes of one file */
#define LXC_LINE_MAX		(64 * 1024)	/* bytes of one line */
#define LXC_INCLUDE_MAX		8		/* files open inside one another */
#define LXC_FILES_MAX		1000		/* files read in all: includes can multiply */

struct lxc_key;

/* Where the parser is. Lives on the stack of lxc_config_file() or lxc_config_line(). */
struct lxc_ctx {
	struct rt_spec *spec;
	const char *file;	/* as messages name it; NULL before the first is open */
	unsigned int line;	/* 0: no line number (-s) */
	int depth;		/* of includes */
	int *files;		/* read so far, shared by all includes */
	const char *key;	/* as the file spells it */
	const struct lxc_key *row;
	const char *sub;	/* what follows a prefix key: "memory.limit_in_bytes" */
	int net;		/* N of lxc.net.N; -1: the last one (lxc.network.*) */
	void (*watch)(struct lxc_ctx *ctx, const char *value);	/* called before each key is set */
	lxc_remark_fn *remark;
	void *arg;
	struct sw_error *err;
};

/* Set the value of a key; an empty value clears. Returns 0 or -errno with ctx->err filled. */
typedef int lxc_set_fn(struct lxc_ctx *ctx, const char *value);

struct lxc_key {
	const char *name; /* today's name; ".N." stands for a number, a final ".*" for any name */
	const char *old;	/* the name until LXC 2.0, 0.8's too if that had it; NULL: the same */
	const char *since;	/* LXC's first release that had it; "0.8": that one or one before */
	lxc_set_fn *set;	/* NULL: refused unless the value asks for nothing */
	const char *nothing;	/* values that ask for nothing, separated by '|'; NULL: none */
	const char *value;	/* what the value looks like, for messages and the manual */
	const char *help;	/* what it means, or why it is refused */
};
extern const struct lxc_key lxc_keys[];
extern const size_t lxc_key_count;

/*
 * Find the row of a key. @ret_sub: what follows a prefix; @ret_net: N, or -1.
 * Returns NULL for an unknown key.
 */
const struct lxc_key *lxc_key_find(const char *key, const char **ret_sub, int *ret_net);
/* The known key nearest to an unknown one, or NULL if none is near. */
const char *lxc_key_suggest(const char *key);

/* ---- lxc_config.c ---------------------------------------------------------------------------- */
/* "FILE:LINE: KEY: ..." as ctx's error. Returns -num. */
int lxc_fail(struct lxc_ctx *ctx, int num, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void lxc_remark(struct lxc_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "FILE:LINE", malloc'ed, NULL if out of memory. */
char *lxc_origin(const struct lxc_ctx *ctx);
/* Read one file in the place where ctx is. */
int lxc_read_config(struct lxc_ctx *ctx, const char *path);
/* A copy fit for a message: control bytes and non-ASCII become '?', cut after 160 characters. */
struct lxc_shown { char text[164]; };
struct lxc_shown lxc_show(const char *s);
#define SHOW(s) (lxc_show(s).text)

/* Append one zeroed element to an array of *count elements of size bytes; NULL: no memory. */
void *lxc_grow(void **array, size_t *count, size_t size);
/* Append a string to a NULL-terminated vector. Takes s (freed on failure; NULL is a failure). */
int lxc_strv_add(char ***strv, char *s);
/* Replace an owned string by a copy. Returns 0 or -ENOMEM. */
int lxc_set_string(char **where, const char *value);

/* ---- lxc_values.c, lxc_net.c, lxc_mount.c: one function a key -------------------------------- */
lxc_set_fn lxc_set_utsname, lxc_set_rootfs, lxc_set_rootfs_options, lxc_set_arch;
lxc_set_fn lxc_set_cap_drop, lxc_set_cap_keep, lxc_set_idmap, lxc_set_environment;
lxc_set_fn lxc_set_include, lxc_set_no_new_privs;
lxc_set_fn lxc_set_init_cmd, lxc_set_init_cwd, lxc_set_pivotdir;
lxc_set_fn lxc_set_haltsignal, lxc_set_rebootsignal, lxc_set_stopsignal;
lxc_set_fn lxc_set_cgroup_all, lxc_set_cgroup1, lxc_set_cgroup2;
lxc_set_fn lxc_set_net_all, lxc_set_net_one, lxc_set_net_type, lxc_set_net_flags, lxc_set_net_link;
lxc_set_fn lxc_set_net_name, lxc_set_net_hwaddr, lxc_set_net_mtu, lxc_set_net_l2proxy;
lxc_set_fn lxc_set_net_script_up, lxc_set_net_script_down, lxc_set_net_vlan_id;
lxc_set_fn lxc_set_net_macvlan_mode, lxc_set_net_ipvlan_mode, lxc_set_net_ipvlan_isolation;
lxc_set_fn lxc_set_net_veth_mode, lxc_set_net_veth_pair, lxc_set_net_veth_rxqueues;
lxc_set_fn lxc_set_net_veth_txqueues, lxc_set_net_veth_vlan, lxc_set_net_veth_vlan_tagged;
lxc_set_fn lxc_set_net_veth_ipv4_route, lxc_set_net_veth_ipv6_route;
lxc_set_fn lxc_set_net_ipv4, lxc_set_net_ipv6, lxc_set_net_ipv4_gateway, lxc_set_net_ipv6_gateway;
lxc_set_fn lxc_set_mount_entry, lxc_set_mount_fstab, lxc_set_mount_auto;

/* lxc_start.c: what autostart reads by lxc_config_get(); the container itself needs none of it */
lxc_set_fn lxc_set_start, lxc_set_group;

/* ---- lxc_confine.c --------------------------------------------------------------------------- */
lxc_set_fn lxc_set_cap_ambient, lxc_set_prlimit, lxc_set_sysctl, lxc_set_proc, lxc_set_forget;
lxc_set_fn lxc_set_init_uid, lxc_set_init_gid, lxc_set_init_groups;
lxc_set_fn lxc_set_keyring, lxc_set_sched_core, lxc_set_nesting, lxc_set_ephemeral;
lxc_set_fn lxc_set_cgroup_dir;
lxc_set_fn lxc_set_apparmor, lxc_set_apparmor_incomplete, lxc_set_selinux, lxc_set_execute_cmd;

/* ---- lxc_automount.c ------------------------------------------------------------------------- */
lxc_set_fn lxc_set_autodev, lxc_set_autodev_size, lxc_set_masked, lxc_set_readonly;
lxc_set_fn lxc_set_rootfs_mount;
/* Settle them; before lxc_finish_mounts(). */
int lxc_finish_automount(struct lxc_ctx *ctx);
/* rt_mount.data of a line that is still unparsed and no lxc.mount.entry: where it is from. */
#define LXC_FROM_FSTAB	"fstab"
#define LXC_FROM_AUTO	"auto"
/*
 * Keep a line (lxc_mount.c); those of an fstab and of lxc.mount.auto stand first, as LXC mounts
 * them.
 */
int lxc_keep_mount(struct lxc_ctx *ctx, const char *line, const char *from);
/* Forget the kept lines from there (NULL: of lxc.mount.entry). */
void lxc_forget_mounts(struct rt_spec *spec, const char *from);

/* ---- lxc_namespaces.c ------------------------------------------------------------------------ */
lxc_set_fn lxc_set_ns_clone, lxc_set_ns_keep, lxc_set_ns_share;
lxc_set_fn lxc_set_offset_boot, lxc_set_offset_monotonic;
/* Settle spec->ns, which has what the other keys ask for. */
int lxc_finish_namespaces(struct lxc_ctx *ctx);

/* ---- lxc_hooks.c ----------------------------------------------------------------------------- */
lxc_set_fn lxc_set_hook, lxc_set_hook_all, lxc_set_hook_version, lxc_set_environment_hooks;
lxc_set_fn lxc_set_log_file, lxc_set_log_level;
/* Add one NAME=value, or NAME of our own environment, to a list; empty: clear it. */
int lxc_add_environment(struct lxc_ctx *ctx, char ***list, const char *value);

/* ---- lxc_seccomp.c --------------------------------------------------------------------------- */
lxc_set_fn lxc_set_seccomp;
/* Read the profile and make the programs of it. */
int lxc_finish_seccomp(struct lxc_ctx *ctx);

/* lxc_tty.c */
lxc_set_fn lxc_set_console, lxc_set_console_log, lxc_set_console_size, lxc_set_console_buffer;
lxc_set_fn lxc_set_console_rotate, lxc_set_tty, lxc_set_tty_dir, lxc_set_pty_max;

/* Parse "c 1:3 rwm" into rule (but for allow and origin). Returns 0 or -EINVAL with *ret_why. */
int lxc_device_rule(const char *text, struct rt_device_rule *rule, const char **ret_why);

/* lxc_rootfs.c: see what kind of thing the rootfs is; before the mounts, which are relative to it. */
int lxc_finish_rootfs(struct lxc_ctx *ctx);
/* Turn the unparsed mount lines of ctx->spec into mounts. */
int lxc_finish_mounts(struct lxc_ctx *ctx);
/* The number of the network that a line is about, before it is set; -1: of none. */
int lxc_net_number(const struct lxc_ctx *ctx);
/* Fill the random digits of every hardware address in a configuration's text, in place. */
void lxc_draw_hwaddrs(char *text);
/* Check and order the networks, and ask for a namespace where one is needed. */
int lxc_finish_nets(struct lxc_ctx *ctx);
/* Free what an rt_mount owns and zero it. */
void lxc_mount_clear(struct rt_mount *m);

#endif
