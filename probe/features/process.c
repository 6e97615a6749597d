// SPDX-License-Identifier: GPL-2.0-only
/* System calls that runtimes use on processes; each is used on a process or file of our own. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/io_uring.h"
#include "features/companion.h"
#include "features/pidfd.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- creation -------------------------------------------------------------------------------- */

static void probe_clone3(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sys_clone_args args = { .exit_signal = SIGCHLD };
	/* The first form of the structure, of 5.3: 64 bytes. */
	pid_t pid = sys_clone3(&args, 64);
	int status = -1;

	if (pid == 0)
		_exit(7);
	if (call_is_refused(ctx, f, "clone3", pid, ret))
		return;
	if (pid < 0 || sw_waitpid(pid, &status) || status != 7 << 8)
		live_set(ret, LIVE_BROKEN, pid < 0 ? -pid : 0, "clone3: %s",
			 pid < 0 ? sw_errno_name(-pid) : "no child of ours came of it");
	else
		live_set(ret, LIVE_WORKS, 0, "clone3 made a process, which ran and ended");
}

#define CHOSEN_PID 77

/* As pid 1 of a new namespace: make a process with a number of our choice. */
static int clone3_chosen(void *arg)
{
	pid_t chosen = CHOSEN_PID, pid;
	struct sys_clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&chosen, .set_tid_size = 1,
	};
	int status = 0;

	(void)arg;
	/* The second form of the structure, of 5.5: 80 bytes. */
	pid = sys_clone3(&args, 80);
	if (pid == 0)
		_exit(sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0) == CHOSEN_PID ? 7 : 8);
	if (pid < 0)
		return pid;
	if (sw_waitpid(pid, &status) || status != 7 << 8)
		return -EPROTO;
	return pid;
}

static void probe_set_tid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	struct live_way way;
	int r;

	if (live_unshare(ctx, SW_CLONE_NEWPID, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	r = companion_start(&c, 0, clone3_chosen, NULL);
	if (r == -E2BIG)	/* the structure as of 5.3 has no such fields (copy_struct_from_user) */
		way_is_unknown(ctx, f, "clone3 with set_tid", E2BIG, ret);
	else if (call_is_refused(ctx, f, "clone3 with set_tid", r, ret))
		return;
	else if (r != CHOSEN_PID)
		live_set(ret, LIVE_BROKEN, r < 0 ? -r : 0, "clone3 with set_tid: %s", r == -EPROTO ?
			 "the process has another number" : r < 0 ? sw_errno_name(-r) : "another number");
	else
		live_set(ret, LIVE_WORKS, 0, "clone3 made process %d in a PID namespace of our own%s",
			 CHOSEN_PID, way.userns ? " (and user namespace)" : "");
}

/* An orphan's parent is then we, and not pid 1. */
static void probe_subreaper(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { SET_CHILD_SUBREAPER = 36 };	/* <linux/prctl.h> */
	pid_t self = getpid(), middle, parent = -1;
	int up[2], down[2], status;
	char byte = 0;

	if (prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)) {
		way_is_unknown(ctx, f, "prctl(PR_SET_CHILD_SUBREAPER)", errno, ret);
		return;
	}
	if (pipe2(up, O_CLOEXEC) || pipe2(down, O_CLOEXEC) || (middle = sw_fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (middle == 0) {
		pid_t pid = sw_fork();

		if (pid == 0) {
			close(down[1]);
			(void)!read(down[0], &byte, 1);		/* until the middle one is gone */
			pid = getppid();
			sw_write_all(up[1], &pid, sizeof(pid));
			_exit(0);
		}
		_exit(pid < 0);
	}
	sw_waitpid(middle, &status);
	close(down[1]);
	close(up[1]);
	if (read(up[0], &parent, sizeof(parent)) != sizeof(parent))
		live_set(ret, LIVE_UNKNOWN, 0, "the orphan could not be made");
	else if (parent != self)
		live_set(ret, LIVE_BROKEN, 0, "PR_SET_CHILD_SUBREAPER: 0, but an orphan went to pid %d",
			 (int)parent);
	else
		live_set(ret, LIVE_WORKS, 0, "an orphan below us became our child");
	if (parent == self)
		sw_waitpid(-1, &status);
}

/* ---- joining namespaces ---------------------------------------------------------------------- */

static bool named(const char *name)
{
	char is[256] = "";

	gethostname(is, sizeof(is) - 1);
	return !strcmp(is, name);
}

/* Between two UTS namespaces, both our own: the host name tells where we are, on any kernel. */
static void probe_setns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char first[] = "seaworthy-1", second[] = "seaworthy-2";
	long r = sys_setns(-1, 0);
	struct live_way way;
	int fd __sw_fd = -1;

	if (call_is_refused(ctx, f, "setns", r, ret))
		return;
	if (live_unshare(ctx, SW_CLONE_NEWUTS, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "open /proc/self/ns/uts: %s", sw_errno_name(errno));
		return;
	}
	sethostname(first, strlen(first));
	r = sys_unshare(SW_CLONE_NEWUTS);
	sethostname(second, strlen(second));
	if (r || !named(second)) {
		live_set(ret, LIVE_UNKNOWN, (int)r, "no second UTS namespace to come back from");
		return;
	}
	r = sys_setns(fd, SW_CLONE_NEWUTS);
	if (call_is_refused(ctx, f, "setns", r, ret))
		return;
	if (r || !named(first))
		live_set(ret, LIVE_BROKEN, (int)r, "setns(CLONE_NEWUTS): %s", r ? sw_errno_name((int)-r) :
			 "0, but the host name is still that of the namespace left");
	else
		live_set(ret, LIVE_WORKS, 0, "setns led from one UTS namespace%s back to another",
			 live_way_text(&way));
}

/* ---- descriptors and paths ------------------------------------------------------------------- */

static void probe_openat2(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sys_open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = SW_RESOLVE_IN_ROOT };
	int root __sw_fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd __sw_fd = sys_openat2(root, "/..", &how, sizeof(how)), out;
	struct stat a, b;

	if (call_is_refused(ctx, f, "openat2", fd, ret))
		return;
	if (root < 0) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "openat2 is there, but no /dev to try it in");
		return;
	}
	how.resolve = SW_RESOLVE_BENEATH;
	out = sys_openat2(root, "..", &how, sizeof(how));
	if (fd < 0 || fstat(root, &a) || fstat(fd, &b))
		live_set(ret, LIVE_BROKEN, fd, "openat2(RESOLVE_IN_ROOT): %s", sw_errno_name(abs(fd)));
	else if (a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		live_set(ret, LIVE_BROKEN, 0, "openat2(RESOLVE_IN_ROOT): /.. leads out of the root");
	else if (out != -EXDEV)
		live_set(ret, LIVE_BROKEN, out, "openat2(RESOLVE_BENEATH) of ..: %s",
			 out < 0 ? sw_errno_name(-out) : "it leads out");
	else
		live_set(ret, LIVE_WORKS, 0, "RESOLVE_IN_ROOT keeps /.. inside, RESOLVE_BENEATH refuses ..");
	if (out >= 0)
		close(out);
}

static void probe_close_range(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd = open("/", O_PATH | O_CLOEXEC), r;

	if (fd < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "open /: %s", sw_errno_name(errno));
		return;
	}
	r = sys_close_range((unsigned int)fd, (unsigned int)fd, 0);
	if (call_is_refused(ctx, f, "close_range", r, ret))
		return;
	if (r || fcntl(fd, F_GETFD) != -1)
		live_set(ret, LIVE_BROKEN, -r, "close_range does not close");
	else
		live_set(ret, LIVE_WORKS, 0, "close_range closed a descriptor");
}

static void probe_cloexec_range(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { RANGE_CLOEXEC = 1 << 2 };	/* <linux/close_range.h> */
	int fd __sw_fd = open("/", O_PATH | O_CLOEXEC), r;

	if (fd < 0 || fcntl(fd, F_SETFD, 0)) {
		live_set(ret, LIVE_UNKNOWN, errno, "open /: %s", sw_errno_name(errno));
		return;
	}
	r = sys_close_range((unsigned int)fd, (unsigned int)fd, RANGE_CLOEXEC);
	if (call_is_refused(ctx, f, "close_range", r, ret))
		return;
	if (r == -EINVAL)
		way_is_unknown(ctx, f, "close_range(CLOSE_RANGE_CLOEXEC)", EINVAL, ret);
	else if (r || fcntl(fd, F_GETFD) != FD_CLOEXEC)
		live_set(ret, LIVE_BROKEN, -r, "close_range(CLOSE_RANGE_CLOEXEC) does not mark a descriptor");
	else
		live_set(ret, LIVE_WORKS, 0, "close_range marked a descriptor close-on-exec");
}

static void probe_memfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { ADD_SEALS = 1033, SEAL_WRITE = 8 };	/* <linux/fcntl.h> */
	int fd __sw_fd = memfd_make(false), saved;

	if (call_is_refused(ctx, f, "memfd_create", fd, ret))
		return;
	if (fd < 0 || write(fd, "1", 1) != 1) {
		live_set(ret, LIVE_BROKEN, fd < 0 ? fd : errno, "memfd_create or a write to it fails");
		return;
	}
	if (fcntl(fd, ADD_SEALS, SEAL_WRITE)) {
		live_set(ret, LIVE_BROKEN, errno, "fcntl(F_ADD_SEALS): %s", sw_errno_name(errno));
		return;
	}
	saved = write(fd, "2", 1) < 0 ? errno : 0;
	if (saved != EPERM)
		live_set(ret, LIVE_BROKEN, saved, "a sealed file takes a write");
	else
		live_set(ret, LIVE_WORKS, 0, "an anonymous file was written, sealed, and then refused a write");
}

/*
 * A text file by its descriptor alone: ENOEXEC shows that the kernel has opened and read it. (Its first
 * bytes can be printed, so that no module is asked for: fs/exec.c, search_binary_handler().)
 */
static void probe_execveat(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static char *const nothing[] = { NULL };
	int fd __sw_fd = memfd_make(true);
	int r;

	if (fd >= 0)
		sw_write_all(fd, "seaworthy\n", 10);
	r = sys_call(SYS_NR_execveat, fd, (long)"", (long)nothing, (long)nothing, AT_EMPTY_PATH, 0);
	if (fd < 0 && r == -EBADF)
		live_set(ret, LIVE_WORKS, EBADF, "execveat is there: it judges its arguments (EBADF)");
	else if (r == -ENOEXEC)
		live_set(ret, LIVE_WORKS, ENOEXEC, "execveat read a file by its descriptor, and found it no "
			 "program (ENOEXEC)");
	else if (r == -EACCES && fd >= 0)	/* vm.memfd_noexec, or a policy, in the way of our file */
		live_set(ret, LIVE_WORKS, EACCES, "execveat is there: it may not run an anonymous file "
			 "(EACCES)");
	else if (!call_is_refused(ctx, f, "execveat", r, ret))
		live_set(ret, LIVE_BROKEN, -r, "execveat of a text file: %s", sw_errno_name(-r));
}

/* ---- looking at processes -------------------------------------------------------------------- */

static void probe_kcmp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { KCMP_FILE = 0 };		/* <linux/kcmp.h> */
	int a __sw_fd = open("/", O_PATH | O_CLOEXEC);
	int same __sw_fd = fcntl(a, F_DUPFD_CLOEXEC, 0);
	int other __sw_fd = open("/", O_PATH | O_CLOEXEC);
	long pid = getpid(), r, differ;

	if (a < 0 || same < 0 || other < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "open /: %s", sw_errno_name(errno));
		return;
	}
	r = sys_call(SYS_NR_kcmp, pid, pid, KCMP_FILE, a, same, 0);
	differ = sys_call(SYS_NR_kcmp, pid, pid, KCMP_FILE, a, other, 0);
	if (r == -ENOSYS) {
		/* A symbol governs it: whether the kernel has it cannot be told through a filter. */
		if (!live_blame_filter(ret, "kcmp", ENOSYS, false))
			live_set(ret, LIVE_ABSENT, ENOSYS, "kcmp: ENOSYS");
	} else if (call_is_refused(ctx, f, "kcmp", r, ret)) {
		return;
	} else if (r != 0 || (differ != 1 && differ != 2)) {
		live_set(ret, LIVE_BROKEN, r < 0 ? (int)-r : 0, "kcmp: %ld for one file, %ld for two", r,
			 differ);
	} else {
		live_set(ret, LIVE_WORKS, 0, "kcmp tells two descriptors of one file from those of two");
	}
}

static void probe_process_madvise(const struct probe_ctx *ctx, const struct feature *f,
				  struct live *ret)
{
	enum { COLD = 20, CAP_SYS_NICE_NR = 23 };
	long page = sysconf(_SC_PAGESIZE), r;
	int fd __sw_fd = sys_pidfd_open(getpid(), 0);
	char *m = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v = { m, (size_t)page };

	if (m == MAP_FAILED) {
		live_set(ret, LIVE_UNKNOWN, errno, "mmap: %s", sw_errno_name(errno));
		return;
	}
	m[0] = 1;
	r = sys_call(SYS_NR_process_madvise, fd, (long)&v, 1, COLD, 0, 0);
	if (r == -EPERM && !live_has_cap(CAP_SYS_NICE_NR)) {
		/* Since 5.12 (96cfe2c0fd23) it takes CAP_SYS_NICE of the initial user namespace. */
		live_set(ret, LIVE_DENIED, EPERM, "process_madvise of ourselves: EPERM");
		live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_NICE is not in the effective set");
	} else if (r == -EPERM && live_in_userns()) {
		live_set(ret, LIVE_DENIED, EPERM, "process_madvise of ourselves: EPERM");
		live_blame_privilege(ret);
	} else if (call_is_refused(ctx, f, "process_madvise", r, ret)) {
		return;
	} else if (fd < 0) {
		if (!live_blame_filter(ret, "process_madvise is there; pidfd_open", -fd, false))
			live_set(ret, LIVE_UNKNOWN, -fd, "process_madvise is there; pidfd_open: %s",
				 sw_errno_name(-fd));
	} else if (r != page) {
		live_set(ret, LIVE_BROKEN, r < 0 ? (int)-r : 0,
			 "process_madvise(MADV_COLD) of a page: %s", r < 0 ? sw_errno_name((int)-r) : "not whole");
	} else {
		live_set(ret, LIVE_WORKS, 0, "process_madvise(MADV_COLD) took a page by descriptor");
	}
}

static const struct feature rows[] = {
	{ .id = "process.setns", .title = "Joining namespaces (setns)", .area = "process",
	  .since = KVER(3, 0), .commit = "0663c6f8fa37", .probe = probe_setns },
	{ .id = "process.subreaper", .title = "Adopting orphans (subreaper)", .area = "process",
	  .since = KVER(3, 4), .commit = "ebec18a6d3aa", .probe = probe_subreaper },
	{ .id = "process.kcmp", .title = "Comparing processes (kcmp)", .area = "process",
	  .kconfig = { { KVER(3, 5), KVER(5, 12), "CHECKPOINT_RESTORE" }, { KVER(5, 12), 0, "KCMP" } },
	  .since = KVER(3, 5), .commit = "d97b46a64674; a symbol of its own since bfe3911a9107",
	  .probe = probe_kcmp },
	{ .id = "process.memfd", .title = "Anonymous sealed files (memfd_create)", .area = "process",
	  .kconfig = { { KVER(3, 17), KVER(4, 16), "SHMEM && TMPFS" }, { KVER(4, 16), 0, "MEMFD_CREATE && TMPFS" } },
	  .since = KVER(3, 17), .commit = "9183df25fe7b, 40e041a2c858", .probe = probe_memfd },
	{ .id = "process.execveat", .title = "Running a program by descriptor (execveat)",
	  .area = "process",
	  .since = KVER(3, 19), .commit = "51f39a1f0cea", .probe = probe_execveat },
	{ .id = "process.pidfd_send_signal", .title = "Signals by descriptor", .area = "process",
	  .since = KVER(5, 1), .commit = "3eb39f47934f", .probe = pidfd_probe_send_signal },
	{ .id = "process.clone_pidfd", .title = "Descriptors of new processes (clone)", .area = "process",
	  .since = KVER(5, 2), .commit = "b3e583825266", .probe = pidfd_probe_clone },
	{ .id = "process.pidfd_open", .title = "Processes as descriptors", .area = "process",
	  .since = KVER(5, 3), .commit = "32fcb426ec00", .probe = pidfd_probe_open },
	{ .id = "process.pidfd_poll", .title = "Ends of processes by poll", .area = "process",
	  .since = KVER(5, 3), .commit = "b53b0b9d9a61", .probe = pidfd_probe_poll },
	{ .id = "process.clone3", .title = "Process creation (clone3)", .area = "process",
	  .since = KVER(5, 3), .commit = "7f192e3cd316", .probe = probe_clone3 },
	{ .id = "process.pidfd_wait", .title = "Waiting by descriptor (waitid P_PIDFD)",
	  .area = "process",
	  .since = KVER(5, 4), .commit = "3695eae5fee0", .probe = pidfd_probe_wait },
	{ .id = "process.clone3_set_tid", .title = "Choosing process ids (clone3 set_tid)",
	  .area = "process",
	  .since = KVER(5, 5), .commit = "49cb2fc42ce4", .probe = probe_set_tid },
	{ .id = "process.openat2", .title = "Paths that cannot escape (openat2)", .area = "process",
	  .since = KVER(5, 6), .commit = "fddb5d430ad9", .probe = probe_openat2 },
	{ .id = "process.pidfd_getfd", .title = "Fetching descriptors (pidfd_getfd)", .area = "process",
	  .since = KVER(5, 6), .commit = "8649c322f75c", .probe = pidfd_probe_getfd },
	{ .id = "process.close_range", .title = "Closing descriptors (close_range)", .area = "process",
	  .since = KVER(5, 9), .commit = "278a5fbaed89", .probe = probe_close_range },
	{ .id = "process.process_madvise", .title = "Memory advice for others (process_madvise)",
	  .area = "process",
	  .kconfig = { { KVER(5, 10), 0, "ADVISE_SYSCALLS" } },
	  .since = KVER(5, 10), .commit = "ecb8ac8b1f14", .probe = probe_process_madvise },
	{ .id = "process.cloexec_range", .title = "Marking descriptors (CLOSE_RANGE_CLOEXEC)",
	  .area = "process",
	  .since = KVER(5, 11), .commit = "582f1fb6b721", .probe = probe_cloexec_range },
	{ .id = "process.io_uring", .title = "Input and output by rings (io_uring)", .area = "process",
	  .kconfig = { { KVER(5, 1), 0, "IO_URING" } }, .since = KVER(5, 1), .commit = "2b188cc1bb85",
	  .probe = probe_io_uring },
};

static const struct feature_sharing sharing[] = {
	{ probe_setns, SHARE_MEMORY }, { pidfd_probe_open, SHARE_PROCESS }, { probe_kcmp, SHARE_PROCESS },
	{ probe_memfd, SHARE_PROCESS }, { probe_openat2, SHARE_PROCESS },
	{ pidfd_probe_clone, SHARE_PROCESS }, { pidfd_probe_getfd, SHARE_PROCESS },
	{ pidfd_probe_poll, SHARE_PROCESS }, { pidfd_probe_send_signal, SHARE_MEMORY },
	{ pidfd_probe_wait, SHARE_PROCESS }, { probe_cloexec_range, SHARE_PROCESS },
	{ probe_clone3, SHARE_PROCESS }, { probe_close_range, SHARE_PROCESS },
	{ probe_execveat, SHARE_MEMORY }, { probe_process_madvise, SHARE_MEMORY },
	{ probe_set_tid, SHARE_MEMORY }, { probe_subreaper, SHARE_MEMORY },
	{ NULL, 0 },
};

const struct feature_area feature_area_process = {
	.name = "process", .title = "Processes", FEATURE_ROWS(rows), .sharing = sharing,
};
