// SPDX-License-Identifier: GPL-2.0-only
#include "sys.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

long sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long r = syscall(nr, a, b, c, d, e, f);

	if (r == -1) {
		r = -errno;
		errno = saved;
	}
	return r;
}

/* mount(2) and its like have been everywhere since 2.4: the C library's own numbers do. */
static int negative(int r, int saved)
{
	if (r < 0) {
		r = -errno;
		errno = saved;
	}
	return r;
}

/*
 * Success that a filter claims: this is still the parent. The first process of a PID namespace, whose
 * child may be another one's first, is not asked.
 */
static bool claimed_child(pid_t pid, pid_t parent)
{
	return pid == 0 && parent != 1 && getpid() == parent;
}

pid_t sys_clone(uint64_t flags)
{
	pid_t parent = getpid();
	/* Flag first everywhere but on s390, which sys.h does not list; no stack: a copy. */
	pid_t pid = sys_call(SYS_NR_clone, (long)(flags | SIGCHLD), 0, 0, 0, 0, 0);

	return claimed_child(pid, parent) ? -EREMOTEIO : pid;
}

pid_t sys_clone3(struct sys_clone_args *args, size_t size)
{
	pid_t parent = getpid();
	pid_t pid = sys_call(SYS_NR_clone3, (long)args, size, 0, 0, 0, 0);

	return claimed_child(pid, parent) ? -EREMOTEIO : pid;
}

int sys_unshare(uint64_t flags)
{
	int saved = errno;

	return negative(unshare((int)flags), saved);
}

int sys_setns(int fd, int nstype)
{
	return sys_call(SYS_NR_setns, fd, nstype, 0, 0, 0, 0);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return sys_call(SYS_NR_pivot_root, (long)new_root, (long)put_old, 0, 0, 0, 0);
}

int sys_mount(const char *src, const char *target, const char *type, unsigned long flags,
	      const void *data)
{
	int saved = errno;

	return negative(mount(src, target, type, flags, data), saved);
}

int sys_umount2(const char *target, int flags)
{
	int saved = errno;

	return negative(umount2(target, flags), saved);
}

int sys_openat2(int dirfd, const char *path, const struct sys_open_how *how, size_t size)
{
	return sys_call(SYS_NR_openat2, dirfd, (long)path, (long)how, size, 0, 0);
}

int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	return sys_call(SYS_NR_pidfd_open, pid, flags, 0, 0, 0, 0);
}

int sys_pidfd_send_signal(int pidfd, int sig, void *info, unsigned int flags)
{
	return sys_call(SYS_NR_pidfd_send_signal, pidfd, sig, (long)info, flags, 0, 0);
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return sys_call(SYS_NR_close_range, first, last, flags, 0, 0, 0);
}

int sys_mount_setattr(int dirfd, const char *path, unsigned int flags,
		      struct sys_mount_attr *attr, size_t size)
{
	return sys_call(SYS_NR_mount_setattr, dirfd, (long)path, flags, (long)attr, size, 0);
}

int sys_open_tree(int dirfd, const char *path, unsigned int flags)
{
	return sys_call(SYS_NR_open_tree, dirfd, (long)path, flags, 0, 0, 0);
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return sys_call(SYS_NR_move_mount, from_fd, (long)from, to_fd, (long)to, flags, 0);
}

int sys_fsopen(const char *type, unsigned int flags)
{
	return sys_call(SYS_NR_fsopen, (long)type, flags, 0, 0, 0, 0);
}

int sys_fsconfig(int fd, unsigned int cmd, const char *key, const void *value, int aux)
{
	return sys_call(SYS_NR_fsconfig, fd, cmd, (long)key, (long)value, aux, 0);
}

int sys_fsmount(int fd, unsigned int flags, unsigned int attrs)
{
	return sys_call(SYS_NR_fsmount, fd, flags, attrs, 0, 0, 0);
}

int sys_bpf(int cmd, void *attr, unsigned int size)
{
	return sys_call(SYS_NR_bpf, cmd, (long)attr, size, 0, 0, 0);
}

long sys_lsm_list_modules(uint64_t *ids, uint32_t *size, uint32_t flags)
{
	return sys_call(SYS_NR_lsm_list_modules, (long)ids, (long)size, flags, 0, 0, 0);
}

int sys_seccomp(unsigned int op, unsigned int flags, void *args)
{
	return sys_call(SYS_NR_seccomp, op, flags, (long)args, 0, 0, 0);
}

int sys_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return (int)sys_call(SYS_NR_renameat2, from_fd, (long)from, to_fd, (long)to, flags, 0);
}

int sys_init_module(const void *image, unsigned long len, const char *params)
{
	return sys_call(SYS_NR_init_module, (long)image, len, (long)params, 0, 0, 0);
}

int sys_finit_module(int fd, const char *params, int flags)
{
	return sys_call(SYS_NR_finit_module, fd, (long)params, flags, 0, 0, 0);
}
