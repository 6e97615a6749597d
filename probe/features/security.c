// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "features/areas.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- file capabilities ------------------------------------------------------------------------ */

#define CAP_NET_RAW_BIT 13
#define NOBODY 65534

/* Our own executable, with cap_net_raw+ep on it (include/uapi/linux/capability.h, version 2). */
static int make_program(const char *path)
{
	struct {
		uint32_t magic_etc;
		struct {
			uint32_t permitted, inheritable;
		} data[2];
	} cap = { 0x02000000 | 1 /* effective */, { { 1u << CAP_NET_RAW_BIT, 0 }, { 0, 0 } } };
	int in __sw_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out __sw_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	do
		n = sendfile(out, in, NULL, 1 << 24);
	while (n > 0);
	if (n < 0)
		return -errno;
	return setxattr(path, "security.capability", &cap, sizeof(cap), 0) ? -errno : 0;
}

/*
 * Capabilities in the effective set of another process, once it sleeps. Returns 0, -EAGAIN while it
 * runs, or -errno.
 */
static int effective_of(pid_t pid, unsigned long long *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[32];
	const char *p;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	r = sw_read_file(AT_FDCWD, path, &b, 1 << 16);
	if (r)
		return r;
	if (!strstr(sw_buf_str(&b), "\nState:\tS"))
		return -EAGAIN;
	p = strstr(sw_buf_str(&b), "\nCapEff:");
	return p && sscanf(p, "\nCapEff: %llx", ret) == 1 ? 0 : -ENODATA;
}

/* As nobody, become the program; it reads its standard input, which we hold open. */
static void become(const char *path, int in, int alive)
{
	int null = open("/dev/null", O_RDWR);
	char *const argv[] = { (char *)"seaworthy", (char *)"probe", (char *)"--config", (char *)"-", NULL };
	char *const envp[] = { NULL };

	if (dup2(in, 0) >= 0 && dup2(null, 1) >= 0 && dup2(null, 2) >= 0 &&
	    !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY))
		execve(path, argv, envp);
	(void)!write(alive, "x", 1);
	_exit(3);
}

static void judge_exec(const char *path, struct live *ret)
{
	unsigned long long caps = 0;
	int in[2], alive[2], status, r;
	char byte;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(alive, O_CLOEXEC) || (pid = fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (pid == 0)
		become(path, in[0], alive[1]);
	close(alive[1]);
	/*
	 * End of file: exec has closed the pipe. What is granted is granted a moment later, before
	 * the program can wait for its input.
	 */
	r = read(alive[0], &byte, 1) != 0 ? -EACCES : -EAGAIN;
	for (int i = 0; r == -EAGAIN && i < 5000; i++) {
		r = effective_of(pid, &caps);
		if (r == -EAGAIN)
			usleep(1000);
	}
	kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
	if (r)
		live_set(ret, LIVE_UNKNOWN, -r, "the program with the capability could not be run or watched");
	else if (caps == 1ull << CAP_NET_RAW_BIT)
		live_set(ret, LIVE_WORKS, 0, "run by uid %d, a program with cap_net_raw+ep on its file has it",
			 NOBODY);
	else
		live_set(ret, LIVE_BROKEN, 0, "run by uid %d, a program with cap_net_raw+ep on its file has "
			 "CapEff %llx", NOBODY, caps);
}

static void probe_file_caps(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char cmdline[4096] = "";
	unsigned int uid = getuid();
	struct live_way way;
	int r;

	(void)f;
	if (sw_read_line(AT_FDCWD, "/proc/cmdline", cmdline, sizeof(cmdline)) > 0) {
		/* kernel/capability.c, since 2.6.33 (b3a222e52e4d) */
		const char *p = strstr(cmdline, "no_file_caps");

		if (p && (p == cmdline || p[-1] == ' ') && (!p[12] || p[12] == ' ')) {
			live_set(ret, LIVE_ABSENT, 0, "no_file_caps is on the kernel command line");
			live_cause(ret, FINDING_BOOT_PARAMETER, "no_file_caps");
			return;
		}
	}
	if (live_private_mounts(ctx, ret, &way))
		return;
	if (way.userns) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: needs root to run a program as another user");
		live_cause(ret, FINDING_CAPABILITY, "uid %u cannot run a program as another user", uid);
		return;
	}
	if (live_in_userns()) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: in a user namespace there may be no other user");
		live_blame_privilege(ret);
		return;
	}
	if (live_tmpfs("size=64m,mode=755", ret))
		return;
	r = make_program("p");
	if (r == -EOPNOTSUPP)
		live_set(ret, LIVE_UNKNOWN, r, "not tried: tmpfs keeps no security.capability here "
			 "(TMPFS_XATTR)");
	else if (r)
		live_set(ret, LIVE_UNKNOWN, r, "cannot prepare a program: %s", sw_errno_name(r));
	else
		judge_exec("p", ret);
}

/* ---- seccomp and no_new_privs ------------------------------------------------------------------- */

/* An EINVAL is the answer of a kernel without it; a filter that forbids prctl answers EPERM. */
static void prctl_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call,
			  int err, struct live *ret)
{
	bool there = ctx->version >= f->since && live_seccomp_mode() == 2;

	if (err == EINVAL)
		live_set(ret, LIVE_ABSENT, err, "%s: EINVAL", call);
	else if (!live_blame_filter(ret, call, err, there))
		live_set(ret, LIVE_UNKNOWN, err, "%s: %s", call, sw_errno_name(err));
}

static void probe_seccomp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int status = 0, fds[2], err = 0;
	pid_t pid;

	if (live_seccomp_mode() == 2) {
		/* Strict mode cannot be entered from a filter; being under one proves the rest. */
		live_set(ret, LIVE_WORKS, 0, "this process is under a seccomp filter");
		return;
	}
	if (pipe2(fds, O_CLOEXEC) || (pid = fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (pid == 0) {
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0)) {
			err = errno;
			(void)!write(fds[1], &err, sizeof(err));
			_exit(1);
		}
		/* Anything but read, write, _exit and sigreturn is deadly now. */
		syscall(SYS_getppid);
		syscall(SYS_exit, 2);
	}
	close(fds[1]);
	(void)!read(fds[0], &err, sizeof(err));
	sw_waitpid(pid, &status);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		live_set(ret, LIVE_WORKS, 0, "in strict mode, a system call that is not allowed is deadly");
	else if (err)
		prctl_refused(ctx, f, "prctl(PR_SET_SECCOMP, 1)", err, ret);
	else
		live_set(ret, LIVE_BROKEN, 0, "strict mode was entered, but a forbidden call was let through");
}

#define FILTER_ERRNO 42

static void probe_seccomp_filter(const struct probe_ctx *ctx, const struct feature *f,
				 struct live *ret)
{
	/* getppid answers FILTER_ERRNO, everything else is let through. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | FILTER_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };
	int r = 0;

	/* Without CAP_SYS_ADMIN a filter wants no_new_privs, which came with it (3.5). */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0)) {
		prctl_refused(ctx, f, "prctl(PR_SET_SECCOMP, 2)", errno, ret);
		return;
	}
	r = (int)sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
	if (r == -FILTER_ERRNO)
		live_set(ret, LIVE_WORKS, 0, "a filter made one system call answer as it says");
	else
		live_set(ret, LIVE_BROKEN, 0, "a filter was taken, but does not act");
}

static void probe_nnp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		prctl_refused(ctx, f, "prctl(PR_SET_NO_NEW_PRIVS)", errno, ret);
	else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		live_set(ret, LIVE_BROKEN, 0, "PR_SET_NO_NEW_PRIVS was taken, but does not read back");
	else
		live_set(ret, LIVE_WORKS, 0, "set and read back");
}

static const struct feature rows[] = {
	{ .id = "security.file_caps", .title = "Capabilities of files", .area = "security",
	  .kconfig = { { KVER_NONE, KVER3(2, 6, 33), "SECURITY_FILE_CAPABILITIES" },
		       { KVER3(2, 6, 33), 0, NULL } },
	  .since = KVER_NONE, .commit = "b53767719b6c (2.6.24); always on since b3a222e52e4d (2.6.33)",
	  .probe = probe_file_caps },
	{ .id = "security.no_new_privs", .title = "No new privileges (prctl)", .area = "security",
	  .since = KVER(3, 5), .commit = "259e5e6c75a9", .probe = probe_nnp },
	{ .id = "security.seccomp", .title = "System-call sandbox (seccomp)", .area = "security",
	  .kconfig = { { KVER_NONE, 0, "SECCOMP" } }, .since = KVER_NONE,
	  .commit = "seccomp(2): 2.6.12", .probe = probe_seccomp },
	{ .id = "security.seccomp_filter", .title = "System-call filters (seccomp BPF)",
	  .area = "security", .kconfig = { { KVER(3, 5), 0, "SECCOMP_FILTER" } },
	  .since = KVER(3, 5), .commit = "e2cfabdfd075", .probe = probe_seccomp_filter },
};

const struct feature_area feature_area_security = {
	.name = "security", .title = "Security", FEATURE_ROWS(rows),
};
