/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of Berth: one table of verbs, shared by `berth VERB` and `lxc-VERB`. */
#ifndef LXC_CMD_H
#define LXC_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/rt.h"
#include "lxc/lxc_config.h"

#define BERTH_LXCPATH	"/var/lib/lxc"

struct cmd_list {
	const char **v;		/* room for one entry per argument */
	size_t n;
};

/* What the options and arguments said. A verb's table of options writes here. */
struct cmd {
	const struct verb *verb;
	const char *prog;	/* "lxc-start" or "berth start", for messages */
	bool lxc;		/* called as lxc-VERB: LXC's exit statuses */
	const char *name, *lxcpath;
	char **rest; /* NULL-terminated: the program and its arguments, or what is left */
	int rest_count;
	const char *rcfile, *console, *console_log, *pidfile, *log_file, *log_level;
	const char *template, *backing, *dir, *timeout, *states, *columns, *namespaces, *file;
	const char *tty, *escape;
	struct cmd_list defines, keys, env;
	bool help, version, quiet, daemon, foreground, dry_run;
	bool state, pid, ips, stats, raw;
	bool one, fancy, running, stopped, frozen, active, defined;
	bool reboot, kill, nokill, nowait, force, clear_env, keep_env;
	bool explain;
	/* of the verbs in verbs_more.c */
	const char *orig, *newname, *newpath, *fssize, *fstype, *filter, *comment, *restore, *remove;
	const char *sort, *delay, *user, *hostname, *statefile, *state_is, *config_file, *size;
	struct cmd_list maps, mounts, groups;
	bool snapshot, keepname, keepmac, keepdata, allow_running, rename, ephemeral, tmpfs;
	bool shutdown, list, all, ignore_auto, batch, reverse, remount, drop, host, lxc_only, comments;
	bool map_root, close_fds;
	const char *share_net, *share_ipc, *share_uts, *share_pid;
	struct {	/* netstat */
		bool tcp, udp, raw, local, listening, all, numeric, route, interfaces, programs;
	} net;
	bool show_log, clear_log;	/* console */
	bool quit;			/* monitor */
	const char *elevated, *uid, *gid, *arch, *pty_log;	/* attach, execute */
	struct cmd_list keep_vars;
	bool nolock;			/* stop */
	const char *directory, *action_script;	/* checkpoint */
	bool restore_images, stop_after, verbose;
};

enum opt_kind { OPT_FLAG, OPT_STRING, OPT_OPTIONAL, OPT_LIST };	/* OPTIONAL: "" without a value */
struct opt {
	char letter;		/* 0: none */
	const char *name;	/* long name */
	enum opt_kind kind;
	size_t offset;		/* of the field of struct cmd */
	const char *arg, *help;
};

struct verb {
	const char *name;
	const struct opt *options;	/* beside those that all share; ends with a NULL name */
	int (*run)(struct cmd *c);	/* returns the exit status */
	/* NAME_OWN: the options say whether there is a name; what else is left is in rest. */
	enum { NAME_NONE, NAME_ONE, NAME_AND_REST, NAME_OWN } takes;
	const char *args;		/* as the usage shows them */
	const char *summary;
};

/* Exit status of a wrong command line: 64, or LXC's 1. */
int cmd_usage(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print err and return 1. */
int cmd_error(const struct cmd *c, const struct sw_error *err);
/* Print a message and return 1. */
int cmd_fail(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Print a remark unless -q or the log level says no. */
void cmd_note(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* 0, or the exit status after saying that only root can do this. */
int cmd_need_root(const struct cmd *c);
/* Seconds of -t into milliseconds. @missing: without -t. Returns 0 or -EINVAL. */
int cmd_timeout(const struct cmd *c, int missing, int *ret_ms);
/* Exit status of a wait status, as a shell says it. */
int cmd_status(int wait_status);
/* For lxc_config_file() and its like; arg is the struct cmd. */
lxc_remark_fn cmd_remark;
/* "LXCPATH/NAME/config", malloc'ed. */
char *cmd_config_path(const struct cmd *c);
/*
 * Read everything that says what the container is into spec: configuration file, then -s.
 * @need_file: it is an error if there is none. Returns 0 or -errno with err filled.
 */
int cmd_read_config(struct cmd *c, struct rt_spec *spec, bool need_file, struct sw_error *err);

/* The verbs beside those of cmd_berth.c; ends with a NULL name. */
extern const struct verb verbs_more[];

#define OPT_FLAG_ROW(letter, name, field, help) \
	{ letter, name, OPT_FLAG, offsetof(struct cmd, field), NULL, help }
#define OPT_STRING_ROW(letter, name, field, arg, help) \
	{ letter, name, OPT_STRING, offsetof(struct cmd, field), arg, help }
#define OPT_LIST_ROW(letter, name, field, arg, help) \
	{ letter, name, OPT_LIST, offsetof(struct cmd, field), arg, help }
#define OPT_END_ROW { 0, NULL, OPT_FLAG, 0, NULL, NULL }

/* What rt_remove_ephemeral stands for: the directory LXCPATH/NAME, after its destroy hooks. */
int cmd_remove_ephemeral(const char *lxcpath, const char *name, struct sw_error *err);
/* cmd_run.c */
int verb_start(struct cmd *c), verb_execute(struct cmd *c), verb_attach(struct cmd *c);
/* Could this container be started, as far as its configuration tells? 0, or 1 after a message. */
int cmd_check_start(struct cmd *c);
/* Has this file file capabilities? */
bool cmd_has_file_caps(const char *path);
/* cmd_links.c: bytes that each end on the host has received from the container and sent to it. */
struct cmd_links {
	void (*fn)(const char *device, uint64_t received, uint64_t sent, void *arg);
	void *arg;
};
void cmd_links(const struct cmd *c, struct cmd_links *links);
/* cmd_more.c and the files beside it: see verbs_more.c */
int verb_cgroup(struct cmd *c), verb_restart(struct cmd *c), verb_autostart(struct cmd *c);
int verb_checkconfig(struct cmd *c), verb_update_config(struct cmd *c);
int verb_ps(struct cmd *c), verb_top(struct cmd *c), verb_netstat(struct cmd *c);
int verb_unshare(struct cmd *c), verb_usernsexec(struct cmd *c);
int verb_setcap(struct cmd *c), verb_setuid(struct cmd *c);
/* cmd_console.c */
int verb_console(struct cmd *c);
/* cmd_checkpoint.c */
int verb_checkpoint(struct cmd *c);
/* cmd_monitor.c */
int verb_monitor(struct cmd *c);
int verb_device(struct cmd *c);
int verb_copy(struct cmd *c), verb_clone(struct cmd *c), verb_snapshot(struct cmd *c);
/* cmd_files.c */
int verb_create(struct cmd *c), verb_destroy(struct cmd *c);
/* cmd_show.c */
int verb_ls(struct cmd *c), verb_info(struct cmd *c), verb_config(struct cmd *c);
int verb_version(struct cmd *c);
/* cmd_control.c */
int verb_stop(struct cmd *c), verb_kill(struct cmd *c), verb_wait(struct cmd *c);
int verb_freeze(struct cmd *c), verb_unfreeze(struct cmd *c);

/*
 * tree.c: remove the directory NAME in dirfd with everything in it. Symbolic links are never
 * followed, and if anything is mounted at or below it, nothing at all is removed.
 * @keep_last: an entry of NAME that goes after all others, so that the rest can be retried.
 * Returns 0 or -errno; -EBUSY: something is mounted there, named in err.
 */
int tree_remove(int dirfd, const char *name, const char *keep_last, struct sw_error *err);
/* A descriptor is held for every level: take as many as may be had. */
void tree_raise_descriptors(void);
/*
 * tree_copy.c: copy what is in one directory into another, which is empty, with owners, modes,
 * times, extended attributes, links and holes; what is mounted below is left out. 0 or -errno.
 */
int tree_copy(int from, int to, struct sw_error *err);
/* The contents of one file, holes and all. 0 or -errno. */
int tree_copy_data(int from, int to, off_t size);
/* Which mount a descriptor is reached by; -1: the kernel does not tell. */
int tree_mount_id(int fd);

#endif
