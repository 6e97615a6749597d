/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the core. A run is one struct rt_ctx, walked through the steps of one struct rt_plan by
 * two processes: the monitor (side "parent") and the container's init (side "child"). The steps
 * stand in one order; where the side changes, the turn is handed over by a message:
 *
 *   parent: state ... clone ... record | GO(i) ->        child: session ... pivot
 *   parent: devices                    | <- YIELD(j)     child: privileges, exec
 *                                      | GO(k) ->
 *                                      | <- READY, then end of file: the program runs
 *
 * End of file before READY is a failure. What must be undone is written into a journal before it
 * is done, and undoing is reading that journal backwards: the monitor does so at the end of every
 * run, and the next command does after a monitor that was killed. There is no second way.
 */
#ifndef RT_INT_H
#define RT_INT_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "core/rt.h"
#include "core/rt_tty.h"
#include "sw_buf.h"
#include "sys.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* ---- messages (rt_msg.c) --------------------------------------------------------------------- */

enum rt_msg_type {
	RT_MSG_GO,	/* parent to child: go on at this step */
	RT_MSG_YIELD,	/* child to parent: this step is yours */
	RT_MSG_READY,	/* the program is about to be executed; end of file then means it was */
	RT_MSG_FAILED,	/* this step failed, with errno and detail */
};

struct rt_msg {		/* fixed size, both directions, one packet */
	uint32_t type;
	uint32_t step;
	int32_t num;
	char detail[sizeof(((struct sw_error *)0)->msg)];
};

int rt_msg_send(int fd, enum rt_msg_type type, size_t step, const struct sw_error *err);
/* 1: a message; 0: end of file; -errno. Damaged packets are -EBADMSG. */
int rt_msg_recv(int fd, struct rt_msg *ret);

/* ---- state directory (rt_state.c) ------------------------------------------------------------ */

struct rt_dir {
	int fd;			/* the container's state directory, -1 if there is none */
	int parent_fd;		/* the runtime directory */
	int lock_fd;		/* >= 0: this process holds the lock */
	char entry[96];		/* its name in the runtime directory: HASH-NAME */
	char tag[96];		/* names our cgroups: berth.NAME, or berth.NAME@HASH */
	int told;		/* the state that listeners heard of last, and 1; 0: none */
};

struct rt_record {		/* the file "state" */
	enum rt_state state;
	pid_t init;
	uint64_t init_start;	/* clock ticks since boot, /proc/PID/stat; 0: not known */
	uint64_t started_ns;
	int stop_signal;	/* negative: nobody has chosen one, see rt_stop_signal() */
	uint64_t ns;		/* namespaces of its own */
};

/* Open; @create makes the directories. -ENOENT when there is no such state. */
int rt_dir_open(struct rt_dir *d, const char *lxcpath, const char *name, bool create,
		struct sw_error *err);
void rt_dir_close(struct rt_dir *d);
#define __rt_dir __attribute__((cleanup(rt_dir_close)))
#define RT_DIR_INIT { -1, -1, -1, "", "", 0 }
/* Become the one who owns this state. -EBUSY: somebody does; -ESTALE: it was just removed. */
int rt_dir_lock(struct rt_dir *d);
/*
 * Who holds the lock: its pid, 0 for nobody, -1 for somebody who has no pid here (another pid
 * namespace). The kernel's answer, so true after any kill.
 */
pid_t rt_dir_holder(const struct rt_dir *d);
/*
 * Alone among all containers of this runtime directory, until the descriptor is closed: for what
 * they share on the host. Waits for short work of others.
 */
int rt_dir_guard(const struct rt_dir *d);
/* Remove the directory with its files and let go of the lock. */
int rt_dir_remove(struct rt_dir *d);
/* Write the state down; a change is told to those who listen. */
int rt_record_write(struct rt_dir *d, const struct rt_record *rec);
int rt_record_read(const struct rt_dir *d, struct rt_record *ret);
/* Directory of all states, for rt_list(). Fills prefix ("HASH-") too. Returns fd or -errno. */
int rt_dir_all(const char *lxcpath, char prefix[32], struct sw_error *err);

/* The same, made if it is not there. */
int rt_dir_all_make(const char *lxcpath, char prefix[32], struct sw_error *err);

/* ---- events (rt_event.c) --------------------------------------------------------------------- */
/* Tell every listener that this container is now in this state. Never waits. */
void rt_event_send(const struct rt_dir *d, enum rt_state state);
/* Remove what listeners that were killed have left. */
void rt_event_sweep(int parent_fd);

/* Entries of the runtime directory that can be states. */
struct rt_names {
	char **list;
	size_t count;
};
int rt_dir_names(int parent_fd, struct rt_names *ret);
void rt_names_free(struct rt_names *names);

/* Start time of a process in clock ticks since boot; 0 where it cannot be known. */
uint64_t rt_proc_start(pid_t pid);
/* Is this still the process that was recorded? */
bool rt_proc_same(pid_t pid, uint64_t start);
/* Signal exactly that process, never one that got its number later. -ESRCH: it is gone. */
int rt_proc_kill(pid_t pid, uint64_t start, int sig);
/*
 * What asks this init to halt. Where nobody has chosen: SIGRTMIN+3 for one that waits for it, as
 * systemd does (systemd(1)), since SIGPWR would tell it of a failing power supply; else SIGPWR.
 */
int rt_stop_signal(const struct rt_record *rec);
uint64_t rt_clock_ns(clockid_t clock);
void rt_sleep_ms(int ms);

/* ---- journal (rt_journal.c) ------------------------------------------------------------------ */

/*
 * Lines of the file "journal": "cgroup CONTROLLERS PATH", "subtree PATH CONTROLLER", "file PATH",
 * "rmdir PATH", "point PATH" (an empty file), "loop DEVICE BACKING-DEVICE:INODE"; of networks:
 * "veth MAC NAME", "phys NAME MAC MTU INSIDE", "physin NAME INDEX", "pin FILE", "mac DEVICE MAC",
 * "proxy DEVICE ADDRESS",
 * "route DEVICE ADDRESS", "netdown TYPE LINK PEER VERSION SCRIPT". Written before the deed; undone last to
 * first; undoing what was never done is no error.
 */
int rt_journal_add(const struct rt_dir *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Kill what runs, undo the journal. @name: for messages. Keeps the directory on failure. */
int rt_journal_undo(struct rt_dir *d, const char *name, struct sw_error *err);
/*
 * Thaw whatever is frozen in the container's cgroups: an init that was killed ends only after the
 * last process of its pid namespace, and a frozen one does not die.
 */
void rt_journal_thaw(const struct rt_dir *d);
/* Call fn for each line with this verb, its arguments split at the first space. */
int rt_journal_each(const struct rt_dir *d, const char *verb,
		    int (*fn)(const char *first, const char *rest, void *arg), void *arg);
/* Does another container have this very line, one that lives, or that is ending, too? */
bool rt_journal_shared(const struct rt_dir *d, const char *verb, const char *path, bool ending_too);

/* ---- cgroups (rt_cgroup.c, rt_cgroup_fs.c) --------------------------------------------------- */

#define RT_CG_MAX 24
struct rt_cg_hier {
	bool v2;
	char controllers[160];	/* v1: ",cpu,cpuacct,"; v2: those that can be enabled below */
	char path[512];		/* where it is mounted */
	bool joined;		/* the container has a cgroup here */
	char enabled[160];	/* v2: what we enabled in the root's subtree_control */
};
struct rt_cg {
	struct rt_cg_hier hier[RT_CG_MAX];
	size_t count;
};

/* Read the arrangement from mountinfo text; pure, tested on text of real machines. */
void rt_cg_parse(struct rt_cg *cg, const char *mountinfo);
/* The running system's arrangement; none mounted is count 0, not an error. */
int rt_cg_detect(struct rt_cg *cg);
/* The hierarchy that has this controller. @version 0: any, v1 first. NULL if none. */
struct rt_cg_hier *rt_cg_find(struct rt_cg *cg, int version, const char *controller);
bool rt_cg_has(const struct rt_cg_hier *h, const char *controller);

struct rt_ctx;
/* Where the container's cgroup is in this hierarchy. */
void rt_cg_path(const struct rt_ctx *ctx, const struct rt_cg_hier *h, char *out, size_t size);
/* Remove a cgroup of ours with everything in it: kills, waits, removes. 0 if it is not there. */
int rt_cg_remove(const char *path, struct sw_error *err);
/* Move a process in. */
int rt_cg_attach(const char *path, pid_t pid);
bool rt_cg_has_children(const char *path);
int rt_cg_kill_all(const char *path);
/* Thaw cgroup v1's freezers here and below; v2's keep nobody from dying. */
void rt_cg_thaw_all(const char *path);
/* Freeze or thaw. -EOPNOTSUPP: this cgroup has no freezer. */
int rt_cg_freeze(const char *path, bool freeze);
/* -1: no freezer here; 0 thawed, 1 freezing, 2 frozen. */
int rt_cg_frozen(const char *path);

/* ---- device rules (rt_devices.c) ------------------------------------------------------------- */

struct rt_dev_entry {
	char type;		/* 'b' or 'c' */
	int64_t major, minor;	/* -1: any */
	unsigned int access;	/* RT_DEV_* */
};
#define RT_DEV_MKNOD 1u		/* the numbers of BPF_DEVCG_ACC_* */
#define RT_DEV_READ 2u
#define RT_DEV_WRITE 4u

struct rt_dev_set {		/* what the ordered rules amount to */
	bool allow;		/* for what no entry matches */
	struct rt_dev_entry *entries;	/* exceptions */
	size_t count;
};
/* Fold ordered rules, starting from "everything allowed", by cgroup v1's meaning. Frees: free(). */
int rt_dev_fold(const struct rt_device_rule *rules, size_t n, struct rt_dev_set *ret);

struct rt_bpf_insn {		/* include/uapi/linux/bpf.h: struct bpf_insn */
	uint8_t code;
	uint8_t regs;		/* dst in the low four bits, src in the high four */
	int16_t off;
	int32_t imm;
};
/* Generate the device program. *ret is malloc'ed. Returns the number of instructions or -errno. */
int rt_dev_program(const struct rt_dev_set *set, struct rt_bpf_insn **ret);
/* Load a program and attach it to a cgroup v2 directory. */
int rt_dev_attach(int cgroup_fd, const struct rt_bpf_insn *insns, size_t n, struct sw_error *err);
/* Attach one in the place of those that are attached to this very cgroup. */
int rt_dev_replace(int cgroup_fd, const struct rt_bpf_insn *insns, size_t n, struct sw_error *err);
/* Keep the rules that a program was made from, for whoever changes them (rt_hotplug.c). */
int rt_dev_rules_write(const struct rt_dir *d, const struct rt_device_rule *rules, size_t n);
/* "c 1:3 rwm" as v1's files want it. */
void rt_dev_text(const struct rt_device_rule *rule, char out[64]);

/* ---- plan and run ---------------------------------------------------------------------------- */

struct rt_ctx;
struct rt_step {
	char name[32];
	enum rt_side side;
	char *what;
	const char *undo;	/* NULL: nothing, or it ends with the namespaces */
	const char *needs[8];	/* feature ids */
	int (*run)(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err);
	size_t index;		/* which of spec->mounts, ... */
};
struct rt_plan {
	const struct rt_spec *spec;
	struct rt_step *steps;
	size_t count, cap;
	bool failed;		/* out of memory on the way */
};

struct rt_netdev;		/* rt_net.h */
struct rt_hook_set;
#define RT_NS_FILES 8		/* files in /proc/PID/ns that there can be */

struct rt_ctx {
	const struct rt_spec *spec;
	const struct rt_run_opts *opts;
	const struct rt_plan *plan;
	struct rt_dir dir;
	struct rt_record rec;
	struct rt_cg cg;
	struct rt_console console;
	struct rt_netdev *net;	/* one for each of the spec's networks */
	struct rt_ttys ttys;
	struct rt_server server;
	size_t step;		/* being run */
	int sync;		/* this side's end */
	int peer_sync;		/* before clone: the other side's end */
	pid_t init;		/* parent: 0 until cloned */
	bool init_reaped;
	int init_status;
	int root_fd;		/* child: the rootfs, before pivot */
	int device_fd;		/* parent: the loop device of the rootfs, -1: none */
	char device[64];	/* what is mounted as the rootfs, "" where nothing is */
	char types[512];	/* file systems that it may have, separated by blanks */
	int null, log;		/* /dev/null; the log file, -1: none */
	dev_t host_pts;		/* device number of the host's devpts; 0: none */
	int ctrl_alt_del;	/* /proc/sys/kernel/ctrl-alt-del; -1: not known */
	char start_dir[PATH_MAX];	/* where the caller was */
	int stdio[3];		/* child: what becomes 0, 1, 2 */
	uint64_t drop_extra;	/* child: capabilities to drop beyond the spec's */
	int sys_fd;		/* child: the host's /proc/sys */
	struct rt_hook_set *hooks;	/* what hooks are given; NULL: there are none */
	int tree_fd;		/* until it is in place: the id-mapped rootfs; -1: none */
	int share_fd[RT_NS_FILES];	/* until clone: namespaces to enter; -1: none */
	int ns_fd[RT_NS_FILES];	/* init's namespaces, for hooks after its end; -1: none */
};

/* Add a step (rt_plan.c); NULL if out of memory, which the plan remembers. */
struct rt_step *rt_plan_add(struct rt_plan *p, const char *name, enum rt_side side,
			    int (*run)(struct rt_ctx *, const struct rt_step *, struct sw_error *),
			    const char *undo, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* Say that a step needs a feature; s may be NULL. */
void rt_plan_need(struct rt_step *s, const char *feature);
/* Networks (rt_net_plan.c): what is impossible; the steps before clone, after it, in the child. */
bool rt_net_has_script(const struct rt_spec *spec);
int rt_net_check(const struct rt_spec *spec, struct sw_error *err);
void rt_net_plan_find(struct rt_plan *p, const struct rt_spec *spec);
void rt_net_plan_make(struct rt_plan *p, const struct rt_spec *spec);
void rt_net_plan_setup(struct rt_plan *p, const struct rt_spec *spec);
/* Memory for ctx->net (rt_net_host.c). 0 or -ENOMEM. */
int rt_net_begin(struct rt_ctx *ctx);
/* Undo a line of the journal if it is about a network: then true, with *ret (rt_net_undo.c). */
bool rt_net_undo(const struct rt_dir *d, const char *verb, const char *first, const char *rest,
		 struct sw_error *err, int *ret);

/* A caller's path for the monitor, which lives in /, and for the journal, which anybody reads. */
#define RT_ABSOLUTE_MAX (2 * PATH_MAX)
void rt_absolute(const struct rt_ctx *ctx, const char *path, char out[RT_ABSOLUTE_MAX]);

/* Step functions, each beside what it works with. */
typedef int rt_step_fn(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err);
rt_step_fn rt_step_state, rt_step_record;					/* rt_run.c */
rt_step_fn rt_step_clone, rt_step_idmap;					/* rt_clone.c */
rt_step_fn rt_step_directories;							/* rt_init.c */
rt_step_fn rt_step_console;							/* rt_console.c */
rt_step_fn rt_step_rootfs_place, rt_step_rootfs_layers, rt_step_rootfs_loop,
	rt_step_rootfs_type;							/* rt_rootfs.c */
rt_step_fn rt_step_ttys, rt_step_points, rt_step_devpts, rt_step_tty_mount,
	rt_step_console_mount;							/* rt_tty.c */
rt_step_fn rt_step_server;							/* rt_server.c */
rt_step_fn rt_step_cgroup_create, rt_step_cgroup_set, rt_step_cgroup_attach;	/* rt_cgroup.c */
rt_step_fn rt_step_devices;							/* rt_cgroup.c */
rt_step_fn rt_step_session, rt_step_identity, rt_step_unshare, rt_step_hostname,
	rt_step_loopback, rt_step_privileges, rt_step_exec;			/* rt_child.c */
rt_step_fn rt_step_propagation, rt_step_rootfs, rt_step_mount, rt_step_readonly,
	rt_step_pivot;					/* rt_mount.c */
rt_step_fn rt_step_init_mounts;							/* rt_init.c */
rt_step_fn rt_step_proc_sys, rt_step_sysctl, rt_step_proc, rt_step_prlimit, rt_step_user,
	rt_step_keyring, rt_step_personality, rt_step_sched_core;		/* rt_confine.c */

/* Append a line to the log, if there is one and it takes that level. No malloc. */
void rt_log(const struct rt_ctx *ctx, enum rt_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The log's descriptor if it takes that level, or else /dev/null's. */
int rt_log_fd(const struct rt_ctx *ctx, enum rt_log_level level);

/* Hooks (rt_hooks.c). */
rt_step_fn rt_step_hook, rt_step_hook_stop, rt_step_hook_post_stop;
/* Put together what the spec's hooks are given; *ret stays NULL where there are none. */
int rt_hooks_make(const struct rt_spec *spec, const char *console_log, struct rt_hook_set **ret);
void rt_hooks_free(struct rt_hook_set *set);
/* What every hook is given, NULL-terminated; NULL: there are no hooks and no scripts of networks. */
char *const *rt_hooks_env(const struct rt_ctx *ctx);
/* Put it into the state directory, for what runs when all is over; and read it from there: malloc'ed,
 * each entry too, NULL if it is not there. */
int rt_hooks_save_env(const struct rt_ctx *ctx);
char **rt_hooks_saved_env(const struct rt_dir *d);
/* Init has ended: run its stop hooks and let go of its namespaces. */
void rt_hooks_stopped(struct rt_ctx *ctx);
/* Undo of a journal's line: run a post-stop hook. @target: "stop" or "reboot" */
void rt_hook_after(const struct rt_dir *d, const char *name, const char *version,
		   const char *command, const char *target);
/* Steps for the hooks of this type. */
void rt_plan_hooks(struct rt_plan *p, const struct rt_spec *spec, enum rt_hook_type type);

/* rt_plan_confine.c: confinement's steps, by their places in the plan. */
int rt_plan_confine_check(const struct rt_spec *spec, struct sw_error *err);
void rt_plan_confine_begin(struct rt_plan *p, const struct rt_spec *spec);	/* C: session */
void rt_plan_confine_inside(struct rt_plan *p, const struct rt_spec *spec);	/* C: pivoted */
void rt_plan_confine_outside(struct rt_plan *p, const struct rt_spec *spec);	/* P: devices */
void rt_plan_confine_last(struct rt_plan *p, const struct rt_spec *spec, bool privileges);
/* Namespaces of others that it is to enter. */
uint64_t rt_ns_shared(const struct rt_spec *spec);
/* rt_ns.c. "net" of /proc/PID/ns for SW_CLONE_NEWNET; NULL: no such namespace */
const char *rt_ns_file(uint64_t flag);
rt_step_fn rt_step_share, rt_step_time;
/*
 * Enter n namespaces (descriptors; -1: none), whatever the order it takes. Returns 0, or -errno
 * and in *ret_failed which it was. No malloc.
 */
int rt_ns_join(const int *fds, const uint64_t *flags, size_t n, uint64_t *ret_failed);
/* Clone init from within the namespaces that the spec shares; it is our child all the same. */
pid_t rt_clone_shared(struct rt_ctx *ctx, uint64_t flags, struct sw_error *err);
/* rt_lsm.c */
#define RT_LABEL_MAX 512
rt_step_fn rt_step_label;
/* The label of the process whose /proc/PID that is; "" where it is ours or no module has any. */
int rt_label_read(int proc, char *out, size_t size);
/* The next execve(2) changes to it; "": to nothing else. No malloc. */
int rt_label_take(const char *label, struct sw_error *err);
/* That the container is removed when it has ended is in the journal (rt_journal.c). */
rt_step_fn rt_step_ephemeral;
/* rt_idmap.c; the maps of a process (rt_clone.c); put the mount in place, in the child */
rt_step_fn rt_step_rootfs_idmap;
int rt_idmap_write(pid_t pid, const struct rt_spec *spec, struct sw_error *err);
int rt_idmapped_place(struct rt_ctx *ctx, const char *at);
/* rt_dev.c */
rt_step_fn rt_step_autodev, rt_step_mask, rt_step_readonly_path, rt_step_cgroup_mount,
	rt_step_root_propagation;
/* MS_* that the mount of an open file or directory has, to be named again by a remount. */
unsigned long rt_mount_flags(int fd);
void rt_plan_shares(struct rt_plan *p, const struct rt_spec *spec);	/* P: before clone */
/* Does anything ask for the host's later mounts to be seen inside? */
bool rt_wants_slave(const struct rt_spec *spec);
void rt_plan_confine_mounted(struct rt_plan *p, const struct rt_spec *spec);	/* C: mounts done */
void rt_plan_confine_covered(struct rt_plan *p, const struct rt_spec *spec);	/* C: before pivot */
/* ---- inside an attached process, before its program (rt_attach_in.c) ------------------------ */
/* A mount namespace more, in which /proc and /sys show the other namespaces that were entered. */
int rt_attach_remount(bool net, struct sw_error *err);
/* The shell of this user in /etc/passwd, or /bin/sh. In a static buffer; no malloc. */
const char *rt_attach_shell(uid_t uid);
/* The host's number of an id inside, by /proc/PID/uid_map or gid_map; the id itself without one. */
long rt_attach_map(int proc, const char *map, long id);

/* Set the limits of this process; the last thing before it executes. */
int rt_limits_apply(const struct rt_spec *spec, struct sw_error *err);
/* seccomp (rt_seccomp.c): keep for attach, check that it can be, load, read what was kept. */
rt_step_fn rt_step_seccomp, rt_step_seccomp_keep;
int rt_filter_load(const struct rt_filter *filter, struct sw_error *err);
int rt_filter_read(const struct rt_dir *d, struct rt_filter *ret);
/* Capabilities that "privileges" leaves until the program is executed. */
uint64_t rt_caps_held(const struct rt_spec *spec);
/* In a process that executes nothing: let go of them, and load a filter all the same. */
int rt_caps_release(const struct rt_spec *spec);

/*
 * What on the host is at dir of the container? NULL: it lies on a file system that ends with the
 * container. (rt_init.c)
 */
const char *rt_host_path(const struct rt_spec *spec, const char *dir, char *out, size_t size);

/* ---- in front of the child (rt_relay.c) ------------------------------------------------------ */

#define RT_WATCHED 8
struct rt_signals {
	sigset_t mask;		/* as it was: also what ppoll waits with */
	struct sigaction old[RT_WATCHED], old_pipe;
};
/* Block and note what a monitor must hear; everything is as it was after rt_signals_end(). */
void rt_signals_begin(struct rt_signals *s);
void rt_signals_end(struct rt_signals *s);
/* One of these that has come since it was last taken; 0: none has. */
int rt_signal_take(const int *sigs, size_t n);
/* Wait for the child's next word. 1: *ret; 0: end of file; -errno; -EINTR: asked to end. */
int rt_hear(struct rt_ctx *ctx, const struct rt_signals *sig, struct rt_msg *ret);
/* Relay terminal and signals until ctx->init has ended and is reaped. */
void rt_relay(struct rt_ctx *ctx, const struct rt_signals *sig);

/* rt_rootfs.c: mount a rootfs that is no directory, and open it as ctx->root_fd. */
int rt_rootfs_mount(struct rt_ctx *ctx, struct sw_error *err);
/* Free a loop device that a journal names, unless it has another file by now. */
int rt_loop_undo(const struct rt_dir *d, const char *device, const char *backing);

/* Run one step with its fault point; on failure err names step, cause, features. */
int rt_step_run(struct rt_ctx *ctx, size_t i, struct sw_error *err);
/* The child's side after clone: never returns. */
void rt_child_main(struct rt_ctx *ctx) __attribute__((noreturn));
/* PID 1 in front of the program: fork as it, then never return. */
pid_t rt_init_fork(struct rt_ctx *ctx);
void rt_init_main(struct rt_ctx *ctx, pid_t program) __attribute__((noreturn));
/* Take stdio, announce READY, execute: comes back only with an error. */
int rt_become(struct rt_ctx *ctx, char *const argv[], char *const env[], struct sw_error *err);
/* Fill in what every run starts from (no descriptors, the caller's stdio); and let go of it. */
int rt_ctx_begin(struct rt_ctx *ctx, struct sw_error *err);
void rt_ctx_end(struct rt_ctx *ctx);
/* Search PATH of the spec's environment and execute; returns -errno only. No malloc. */
int rt_exec(char *const argv[], char *const env[]);
/* Close every descriptor from first on. */
void rt_close_from(int first);
void rt_signals_reset(void);
/* Drop capabilities, but for those in hold only out of what execve(2) leaves; inherit none. */
int rt_caps_apply(uint64_t drop, uint64_t hold, struct sw_error *err);
/* "ns.pid" for SW_CLONE_NEWPID; NULL for anything but one namespace flag. */
const char *rt_ns_feature(uint64_t flag);
/* Append "(needs feature ...: CONFIG_...)" for each id that the running version has a row for. */
void rt_needs_text(const char *const *ids, char *out, size_t size);

/* ---- paths inside a rootfs (rt_inroot.c) ----------------------------------------------------- */

/*
 * Open path as seen from root_fd as "/": symbolic links stay inside, ".." stops at the root.
 * openat2(RESOLVE_IN_ROOT), or before 5.6 the same by hand. @flags: O_PATH, O_DIRECTORY, ...
 */
int rt_inroot_open(int root_fd, const char *path, int flags);
/* The walk by hand, for tests to compare. */
int rt_inroot_walk(int root_fd, const char *path, int flags);
/*
 * mount(2) on an open file or directory. A directory becomes the current one, since "." needs no
 * /proc; a file can only be named by its descriptor there. The current directory is / afterwards.
 */
int rt_mount_on(int fd, bool dir, const char *source, const char *fstype, unsigned long flags,
		const char *data, struct sw_error *err);
/* mkdir -p inside. */
int rt_inroot_mkdir_p(int root_fd, const char *path, mode_t mode);

#endif
