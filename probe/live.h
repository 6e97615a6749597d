/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What live probes share: filling struct live, finding out why the kernel said no, and entering
 * namespaces. All of it runs in the probing child, which may change itself at will.
 */
#ifndef LIVE_H
#define LIVE_H

#include <sys/types.h>

#include "feature.h"

/* Capability numbers of include/uapi/linux/capability.h. */
enum { LIVE_CAP_NET_ADMIN = 12, LIVE_CAP_SYS_ADMIN = 21, LIVE_CAP_SYS_TIME = 25 };

/* Fill value, errno and the line of evidence (the format gives the text). */
void live_set(struct live *l, enum live_value v, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Append to the line of evidence. */
void live_more(struct live *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void live_cause(struct live *l, enum finding_type t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is the capability in the effective set? By capget(2), which needs no /proc. */
bool live_has_cap(int cap);
/* Are we in a user namespace other than the initial one? (uid_map is not the identity.) */
bool live_in_userns(void);
/*
 * A refusal for want of privilege: where we have not all of it, record that as the cause. Returns
 * false, touching nothing, for root in the initial user namespace with CAP_SYS_ADMIN.
 */
bool live_blame_privilege(struct live *ret);
/*
 * The security modules that are active, comma-separated: /sys/kernel/security/lsm (4.11), else
 * lsm_list_modules(2) (6.8). Returns 0, or -errno where that cannot be learnt.
 */
int live_active_lsms(char *out, size_t size);
/* The same by lsm_list_modules(2) alone, which needs no file system; a number where we have no name. */
int live_call_lsms(char *out, size_t size);
/*
 * A refusal that only a security module can have given: for calls of which the kernel itself asks
 * nothing but @cap, when this process has it in the user namespace that counts, and no filter
 * answers. Records the cause and returns true, or returns false, touching nothing.
 */
bool live_blame_lsm(struct live *ret, int cap);
/*
 * Is this process confined by a security module, as one in a Landlock domain is? Seen by a change of
 * mounts that is refused though the kernel itself would allow it. Forks; costs one namespace.
 */
bool live_confined(const struct probe_ctx *ctx);
/*
 * Is the root directory of this process another than that of its mount namespace? 1, 0, or -1 where
 * that cannot be seen; user namespaces cannot be made in such a place (user_namespaces(7), since 3.9).
 */
int live_chrooted(void);
/* The seccomp mode of this process: 0, 1, 2, or -1 where it cannot be learnt. */
int live_seccomp_mode(void);
/*
 * Is a file of /proc there? 1; 0 where the kernel has none; -1 where that cannot be told: no /proc,
 * one mounted with subset=pid, or something mounted over the file or its directory.
 */
int live_proc(const char *path);
/* Is this process's number in /proc the one that getpid(2) says, so that /proc/PID is PID? */
bool live_proc_numbers_us(void);
/* The same for a probe that cannot do without: else fills *ret (UNKNOWN). */
bool live_need_proc_of_ours(struct live *ret);
/*
 * Value of a file below /proc/sys as a number. Returns 0, -ENOENT if the kernel has no such file,
 * -ENODATA if that cannot be told (see live_proc()), or -errno.
 */
int live_sysctl(const char *path, long *ret_value);

/*
 * Move into a user namespace of our own with our uid and gid mapped to 0. Returns 0 or -errno;
 * then it is where it was, or in a user namespace without a map.
 */
int live_enter_userns(void);

/* Map uid and gid 0 of the user namespace that @pid is in to @outside. Returns 0 or -errno. */
int live_map_userns(pid_t pid, unsigned int outside);
/*
 * A process in a user namespace where uid and gid 0 are @outside out here (which takes CAP_SETUID
 * out here): it calls inside(arg) once the map is written, and must not return from that. The
 * caller reaps it. Returns 0 or -errno.
 */
int live_other_userns(unsigned int outside, void (*inside)(const char *arg), const char *arg,
		      pid_t *ret_pid);

/* How a namespace was come by, for the evidence. */
struct live_way {
	bool userns;		/* through a user namespace, for want of privilege */
};
const char *live_way_text(const struct live_way *way);	/* "" or " in a user namespace" */

/*
 * unshare(2) that is believed only when it can be seen: whoever acts on a success that was none
 * (a filter that answers 0) changes the host. Returns 0, -EIO for such a success, or -errno;
 * -EREMOTEIO where it was not asked for, since it is not the kernel that answers, and nothing shows.
 */
int live_unshare_for_real(uint64_t flags);
/*
 * unshare(flags), directly or, without CAP_SYS_ADMIN, through a user namespace. Returns 0, or
 * -errno with *ret filled: value, evidence and, where established, the cause.
 */
int live_unshare(const struct probe_ctx *ctx, uint64_t flags, struct live *ret,
		 struct live_way *way);
/*
 * A mount namespace of our own in which nothing propagates to where we came from. As above;
 * a failure here says nothing about the feature under test, so the value is then UNKNOWN, with
 * the cause where there is one.
 */
int live_make_private(struct live *ret);	/* the second half of it: all mounts private */
int live_private_mounts(const struct probe_ctx *ctx, struct live *ret, struct live_way *way);

/*
 * An empty tmpfs as the current directory, in a mount namespace made private before. Returns 0, or
 * -errno with *ret filled (UNKNOWN).
 */
int live_tmpfs(const char *options, struct live *ret);

/* Explain a failed unshare(flags) in *ret. Pure but for reading /proc and harmless calls. */
void live_explain_unshare(const struct probe_ctx *ctx, uint64_t flags, int err, struct live *ret);

/*
 * A filter answers a system call with an error that the kernel itself cannot have given. Fills
 * the cause and the value (DENIED if @there, else UNKNOWN). Returns false, touching nothing, if
 * this process is under no filter.
 */
bool live_blame_filter(struct live *ret, const char *call, int err, bool there);

/* Is there a file /proc/self/ns/NAME? 1, 0, or -1 where /proc is not to be had. */
int live_ns_file(const char *name);

#endif
