// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint/restore: what a tracer can learn of a stopped process, and do to it. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features/checkpoint.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* include/uapi/linux/ptrace.h; what the host's libc has of it does not matter. */
enum {
	CK_PTRACE_SETOPTIONS = 0x4200, CK_PTRACE_SEIZE = 0x4206, CK_PTRACE_INTERRUPT = 0x4207,
	CK_PTRACE_PEEKSIGINFO = 0x4209, CK_PTRACE_GETSIGMASK = 0x420a,
	CK_PTRACE_SECCOMP_GET_FILTER = 0x420c, CK_PTRACE_GET_RSEQ_CONFIGURATION = 0x420f,
};
#define CK_PTRACE_EVENT_STOP		128
#define CK_PTRACE_O_SUSPEND_SECCOMP	(1 << 21)
#define FILTERED_ERRNO			99

static long trace(long request, pid_t pid, const void *addr, const void *data)
{
	return sys_call(SYS_ptrace, request, pid, (long)addr, (long)data, 0, 0);
}

static void end(pid_t pid)
{
	int status;

	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
}

/* Before a child is made: that it stops or ends is to be waited for, with a limit. */
static void expect_child(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * Wait for the child to stop or end. 0, or -errno; -ETIMEDOUT where a filter claims a success that
 * was none, so that nothing comes.
 */
static int wait_change(pid_t pid, int *ret_status)
{
	const struct timespec limit = { 10, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		pid_t r = waitpid(pid, ret_status, WNOHANG | WUNTRACED);

		if (r)
			return r == pid ? 0 : -errno;
		if (sigtimedwait(&set, NULL, &limit) < 0 && errno == EAGAIN)
			return -ETIMEDOUT;
	}
}

/*
 * A child that has us trace it, does what before says, and stops; told to go on, it exits with what
 * after says. Returns its pid, or -errno with *ret filled.
 */
static pid_t traced(int (*before)(void), int (*after)(void), struct live *ret)
{
	int status = 0, r;
	pid_t pid;

	expect_child();
	pid = sw_fork();
	if (pid == 0) {
		r = (int)trace(PTRACE_TRACEME, 0, NULL, NULL);
		if (!r && before)
			r = before();
		if (r)
			_exit(-r & 0xff);
		kill(getpid(), SIGSTOP);
		_exit(after ? after() : 0);
	}
	if (pid < 0) {
		ck_not_tried("fork", -errno, ret);
		return -EAGAIN;
	}
	r = wait_change(pid, &status);
	if (!r && WIFSTOPPED(status))
		return pid;
	r = !r && WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : -EIO;
	ck_not_tried("a child to trace", r, ret);
	return r;
}

static int queue_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_SETMASK, &set, NULL))
		return -errno;
	/* To the thread: its own queue, not the one that a process shares. */
	return (int)sys_call(SYS_tgkill, getpid(), getpid(), SIGUSR1, 0, 0, 0);
}

void ck_peeksiginfo(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {
		uint64_t off;
		uint32_t flags;
		int32_t nr;
	} args = { 0, 0, 1 };
	siginfo_t si = { 0 };
	pid_t pid = traced(queue_signal, NULL, ret);
	long r;

	if (pid < 0)
		return;
	r = trace(CK_PTRACE_PEEKSIGINFO, pid, &args, &si);
	if (r < 0)
		ck_refused(ctx, f, "PTRACE_PEEKSIGINFO", r, true, ret);
	else if (r != 1 || si.si_signo != SIGUSR1)
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_PEEKSIGINFO shows %ld signals, where one is pending", r);
	else
		live_set(ret, LIVE_WORKS, 0, "PTRACE_PEEKSIGINFO shows the signal that is pending");
	end(pid);
}

void ck_sigmask(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	uint64_t mask = 0;
	pid_t pid = traced(queue_signal, NULL, ret);
	long r;

	if (pid < 0)
		return;
	r = trace(CK_PTRACE_GETSIGMASK, pid, (void *)sizeof(mask), &mask);
	if (r < 0)
		ck_refused(ctx, f, "PTRACE_GETSIGMASK", r, true, ret);
	else if (mask != 1ULL << (SIGUSR1 - 1))
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_GETSIGMASK shows another mask than was set");
	else
		live_set(ret, LIVE_WORKS, 0, "PTRACE_GETSIGMASK shows the mask that was set");
	end(pid);
}

void ck_ptrace_seize(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int status = 0;
	long r, scope;
	pid_t pid;

	expect_child();
	pid = ck_sleeper(ret);
	if (pid < 0)
		return;
	r = trace(CK_PTRACE_SEIZE, pid, NULL, NULL);
	if (!r)
		r = trace(CK_PTRACE_INTERRUPT, pid, NULL, NULL);
	if (r) {
		ck_refused(ctx, f, "PTRACE_SEIZE", r, true, ret);
		/* Documentation/admin-guide/LSM/Yama.rst: 2, only with CAP_SYS_PTRACE; 3, nobody. */
		if (r == -EPERM && !live_sysctl("kernel/yama/ptrace_scope", &scope) && scope >= 2)
			live_cause(ret, FINDING_SYSCTL, "kernel.yama.ptrace_scope=%ld", scope);
	} else if (wait_change(pid, &status) || status >> 16 != CK_PTRACE_EVENT_STOP) {
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_INTERRUPT does not stop a process that was seized");
	} else {
		live_set(ret, LIVE_WORKS, 0, "a process was seized and stopped without a signal");
	}
	end(pid);
}

/* ---- seccomp -------------------------------------------------------------------------------------- */

struct insn {		/* struct sock_filter, include/uapi/linux/filter.h */
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

static const struct insn filter[] = {
	{ 0x20, 0, 0, 0 },				/* A = nr */
	{ 0x15, 0, 1, SYS_getppid },
	{ 0x06, 0, 0, 0x00050000 | FILTERED_ERRNO },	/* SECCOMP_RET_ERRNO */
	{ 0x06, 0, 0, 0x7fff0000 },			/* SECCOMP_RET_ALLOW */
};
#define FILTER_LEN (sizeof(filter) / sizeof(*filter))

static int put_on_filter(void)
{
	struct {
		unsigned short len;
		const struct insn *code;
	} prog = { FILTER_LEN, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &prog, 0, 0))
		return -errno;
	return 0;
}

static int call_filtered(void)
{
	return sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0) == -FILTERED_ERRNO ? 1 : 0;
}

/* EPERM or EACCES: the tracer must have CAP_SYS_ADMIN and no filter of its own (kernel/seccomp.c). */
static void seccomp_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call,
			    long r, struct live *ret)
{
	if ((r == -EPERM || r == -EACCES) && live_seccomp_mode() > 0) {
		live_set(ret, LIVE_DENIED, (int)r, "%s: %s", call, sw_errno_name((int)r));
		live_cause(ret, FINDING_SECCOMP, "this process is itself under seccomp");
		return;
	}
	ck_refused(ctx, f, call, r, true, ret);
}

void ck_seccomp_suspend(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	pid_t pid = traced(put_on_filter, call_filtered, ret);
	int status = 0x7f;	/* stopped */
	long r;

	if (pid < 0)
		return;
	r = trace(CK_PTRACE_SETOPTIONS, pid, NULL, (void *)CK_PTRACE_O_SUSPEND_SECCOMP);
	if (r) {
		seccomp_refused(ctx, f, "PTRACE_O_SUSPEND_SECCOMP", r, ret);
		end(pid);
		return;
	}
	if (trace(PTRACE_CONT, pid, NULL, NULL) || wait_change(pid, &status))
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: the traced child does not go on");
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_O_SUSPEND_SECCOMP is set, and the filter still answers");
	else
		live_set(ret, LIVE_WORKS, 0, "a call that a filter denies passed while the tracer suspends it");
	if (WIFSTOPPED(status))
		end(pid);
}

void ck_seccomp_filter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct insn got[FILTER_LEN + 4];
	pid_t pid = traced(put_on_filter, NULL, ret);
	long n;

	if (pid < 0)
		return;
	n = trace(CK_PTRACE_SECCOMP_GET_FILTER, pid, NULL, NULL);
	if (n == (long)FILTER_LEN)
		n = trace(CK_PTRACE_SECCOMP_GET_FILTER, pid, NULL, got);
	if (n < 0)
		seccomp_refused(ctx, f, "PTRACE_SECCOMP_GET_FILTER", n, ret);
	else if (n != (long)FILTER_LEN || memcmp(got, filter, sizeof(filter)))
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_SECCOMP_GET_FILTER gives another filter than was set");
	else
		live_set(ret, LIVE_WORKS, 0, "PTRACE_SECCOMP_GET_FILTER gives the filter that was set");
	end(pid);
}

/* ---- restartable sequences, breakpoints ------------------------------------------------------------ */

void ck_rseq(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {
		uint64_t pointer;
		uint32_t size, signature, flags, pad;
	} conf = { 0 };
	pid_t pid = traced(NULL, NULL, ret);
	long r;

	if (pid < 0)
		return;
	r = trace(CK_PTRACE_GET_RSEQ_CONFIGURATION, pid, (void *)sizeof(conf), &conf);
	if (r < 0)
		ck_refused(ctx, f, "PTRACE_GET_RSEQ_CONFIGURATION", r, true, ret);
	else if ((size_t)r < offsetof(__typeof__(conf), pad) || (conf.pointer && !conf.size))
		live_set(ret, LIVE_BROKEN, 0, "PTRACE_GET_RSEQ_CONFIGURATION gives %ld bytes, area of %u", r,
			 conf.size);
	else
		live_set(ret, LIVE_WORKS, 0, "PTRACE_GET_RSEQ_CONFIGURATION tells of an area of %u bytes", conf.size);
	end(pid);
}

struct perf_breakpoint {	/* struct perf_event_attr, PERF_ATTR_SIZE_VER1 (2.6.33) */
	uint32_t type, size;
	uint64_t config, sample_period, sample_type, read_format, flags;
	uint32_t wakeup_events, bp_type;
	uint64_t bp_addr, bp_len;
};
#define PERF_BREAKPOINT		5
#define PERF_EXCLUDE_KERNEL_HV	0x60
#define PERF_FLAG_CLOEXEC	8	/* 3.14; the child that has it executes nothing */
#define BREAK_ON_EXECUTION	4

static volatile int passed;

static __attribute__((noinline)) void pass_here(void)
{
	passed++;
}

void ck_breakpoints(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct perf_breakpoint attr = {
		.type = PERF_BREAKPOINT, .size = sizeof(attr), .flags = PERF_EXCLUDE_KERNEL_HV,
		.bp_type = BREAK_ON_EXECUTION, .bp_addr = (uintptr_t)pass_here, .bp_len = sizeof(long),
	};
	uint64_t count = 0;
	long paranoid;
	int fd __sw_fd = (int)sys_call(SYS_NR_perf_event_open, (long)&attr, 0, -1, -1, 0, 0);

	if (fd < 0) {
		ck_refused(ctx, f, "perf_event_open(PERF_TYPE_BREAKPOINT)", fd, true, ret);
		/* 3: nothing for those without a capability (Debian, Android). */
		if ((fd == -EPERM || fd == -EACCES) &&
		    !live_sysctl("kernel/perf_event_paranoid", &paranoid) && paranoid > 2)
			live_cause(ret, FINDING_SYSCTL, "kernel.perf_event_paranoid=%ld", paranoid);
		return;
	}
	pass_here();
	pass_here();
	if (read(fd, &count, sizeof(count)) != sizeof(count) || count != 2)
		live_set(ret, LIVE_BROKEN, 0, "a breakpoint was passed twice and counted %lu times",
			 (unsigned long)count);
	else
		live_set(ret, LIVE_WORKS, 0, "a breakpoint was passed twice and counted twice");
}
