/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls by the project's own numbers and structures. What the build host's headers know
 * says nothing about the kernel under test, so nothing here asks `#ifdef __NR_x`: every call is
 * always compiled, and the kernel alone answers ENOSYS.
 *
 * Every wrapper returns what the system call returned, or -errno; errno is left alone.
 */
#ifndef SYS_H
#define SYS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Numbers from 424 on are the same on every architecture that Linux added after 5.0's
 * unification (arch/.../syscall.tbl; commit 0d6040d46817), alpha apart.
 */
enum {
	SYS_NR_pidfd_send_signal = 424,		/* 5.1 */
	SYS_NR_io_uring_setup = 425,		/* 5.1 */
	SYS_NR_io_uring_enter = 426,		/* 5.1 */
	SYS_NR_open_tree = 428,			/* 5.2 */
	SYS_NR_move_mount = 429,		/* 5.2 */
	SYS_NR_fsopen = 430,			/* 5.2 */
	SYS_NR_fsconfig = 431,			/* 5.2 */
	SYS_NR_fsmount = 432,			/* 5.2 */
	SYS_NR_pidfd_open = 434,		/* 5.3 */
	SYS_NR_clone3 = 435,			/* 5.3 */
	SYS_NR_close_range = 436,		/* 5.9 */
	SYS_NR_openat2 = 437,			/* 5.6 */
	SYS_NR_pidfd_getfd = 438,		/* 5.6 */
	SYS_NR_process_madvise = 440,		/* 5.10 */
	SYS_NR_mount_setattr = 442,		/* 5.12 */
	SYS_NR_landlock_create_ruleset = 444,	/* 5.13 */
	SYS_NR_landlock_restrict_self = 446,	/* 5.13 */
	SYS_NR_statmount = 457,			/* 6.8 */
	SYS_NR_listmount = 458,			/* 6.8 */
	SYS_NR_lsm_list_modules = 461,		/* 6.8 */
#if defined(__x86_64__)
	SYS_NR_renameat2 = 316, SYS_NR_userfaultfd = 323,
	SYS_NR_setns = 308, SYS_NR_perf_event_open = 298, SYS_NR_seccomp = 317, SYS_NR_memfd_create = 319,
	SYS_NR_bpf = 321, SYS_NR_pivot_root = 155, SYS_NR_clone = 56,
	SYS_NR_init_module = 175, SYS_NR_finit_module = 313,
	SYS_NR_kcmp = 312, SYS_NR_execveat = 322,
#elif defined(__i386__)
	SYS_NR_renameat2 = 353, SYS_NR_userfaultfd = 374,
	SYS_NR_setns = 346, SYS_NR_perf_event_open = 336, SYS_NR_seccomp = 354, SYS_NR_memfd_create = 356,
	SYS_NR_bpf = 357, SYS_NR_pivot_root = 217, SYS_NR_clone = 120,
	SYS_NR_init_module = 128, SYS_NR_finit_module = 350,
	SYS_NR_kcmp = 349, SYS_NR_execveat = 358,
#elif defined(__arm__)
	SYS_NR_renameat2 = 382, SYS_NR_userfaultfd = 388,
	SYS_NR_setns = 375, SYS_NR_perf_event_open = 364, SYS_NR_seccomp = 383, SYS_NR_memfd_create = 385,
	SYS_NR_bpf = 386, SYS_NR_pivot_root = 218, SYS_NR_clone = 120,
	SYS_NR_init_module = 128, SYS_NR_finit_module = 379,
	SYS_NR_kcmp = 378, SYS_NR_execveat = 387,
#elif defined(__aarch64__) || defined(__riscv) || defined(__loongarch__)
	SYS_NR_renameat2 = 276, SYS_NR_userfaultfd = 282,
	SYS_NR_setns = 268, SYS_NR_perf_event_open = 241, SYS_NR_seccomp = 277, SYS_NR_memfd_create = 279,
	SYS_NR_bpf = 280, SYS_NR_pivot_root = 41, SYS_NR_clone = 220,
	SYS_NR_init_module = 105, SYS_NR_finit_module = 273,
	SYS_NR_kcmp = 272, SYS_NR_execveat = 281,
#elif defined(__powerpc__)
	SYS_NR_renameat2 = 357, SYS_NR_userfaultfd = 364,
	SYS_NR_setns = 350, SYS_NR_perf_event_open = 319, SYS_NR_seccomp = 358, SYS_NR_memfd_create = 360,
	SYS_NR_bpf = 361, SYS_NR_pivot_root = 203, SYS_NR_clone = 120,
	SYS_NR_init_module = 128, SYS_NR_finit_module = 353,
	SYS_NR_kcmp = 354, SYS_NR_execveat = 362,
#else
#error "add this architecture's system-call numbers (arch/*/syscall.tbl) here"
#endif
};

/* clone(2) flags of the kernel's UAPI (include/uapi/linux/sched.h), whatever the host's libc has. */
#define SW_CLONE_NEWTIME	0x00000080ULL	/* 5.6; unshare and clone3 only */
#define SW_CLONE_NEWNS		0x00020000ULL	/* 2.4.19 */
#define SW_CLONE_NEWCGROUP	0x02000000ULL	/* 4.6; was CLONE_STOPPED until 2.6.38 */
#define SW_CLONE_NEWUTS		0x04000000ULL	/* 2.6.19 */
#define SW_CLONE_NEWIPC		0x08000000ULL	/* 2.6.19 */
#define SW_CLONE_NEWUSER	0x10000000ULL	/* 2.6.23, usable since 3.8 */
#define SW_CLONE_NEWPID		0x20000000ULL	/* 2.6.24 */
#define SW_CLONE_NEWNET		0x40000000ULL	/* 2.6.29 */
#define SW_CLONE_PIDFD		0x00001000ULL	/* 5.2 */
#define SW_CLONE_INTO_CGROUP	0x200000000ULL	/* 5.7, clone3 only */

struct sys_clone_args {		/* include/uapi/linux/sched.h, CLONE_ARGS_SIZE_VER2 (5.7) */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

struct sys_open_how {		/* include/uapi/linux/openat2.h */
	uint64_t flags, mode, resolve;
};
#define SW_RESOLVE_NO_XDEV	0x01
#define SW_RESOLVE_NO_MAGICLINKS 0x02
#define SW_RESOLVE_NO_SYMLINKS	0x04
#define SW_RESOLVE_BENEATH	0x08
#define SW_RESOLVE_IN_ROOT	0x10

struct sys_mount_attr {		/* include/uapi/linux/mount.h */
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

long sys_call(long nr, long a, long b, long c, long d, long e, long f);

/*
 * fork(2) with clone flags; the child shares nothing else. Returns 0 in the child, -EREMOTEIO where that
 * was only claimed: it was not the kernel that answered, and this is the parent.
 */
pid_t sys_clone(uint64_t flags);
pid_t sys_clone3(struct sys_clone_args *args, size_t size);
int sys_unshare(uint64_t flags);
int sys_setns(int fd, int nstype);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_mount(const char *src, const char *target, const char *type, unsigned long flags,
	      const void *data);
int sys_umount2(const char *target, int flags);
int sys_openat2(int dirfd, const char *path, const struct sys_open_how *how, size_t size);
int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_send_signal(int pidfd, int sig, void *info, unsigned int flags);
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags);
int sys_mount_setattr(int dirfd, const char *path, unsigned int flags,
		      struct sys_mount_attr *attr, size_t size);
int sys_open_tree(int dirfd, const char *path, unsigned int flags);
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);
int sys_fsopen(const char *type, unsigned int flags);
int sys_fsconfig(int fd, unsigned int cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fd, unsigned int flags, unsigned int attrs);
int sys_bpf(int cmd, void *attr, unsigned int size);
/* Fills ids and returns how many; *size is the space in bytes, and becomes what is used. */
long sys_lsm_list_modules(uint64_t *ids, uint32_t *size, uint32_t flags);
int sys_seccomp(unsigned int op, unsigned int flags, void *args);
int sys_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);	/* 3.15 */
int sys_init_module(const void *image, unsigned long len, const char *params);
int sys_finit_module(int fd, const char *params, int flags);	/* 3.8 */

#endif
