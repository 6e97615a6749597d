// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint/restore: descriptors, queues, timers, processes, mounts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "features/checkpoint.h"
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- /proc/PID/fdinfo ------------------------------------------------------------------------------ */

static int make_epoll(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC), p[2];

	/* The pipe stays open: it dies with this process. */
	if (fd >= 0 && (pipe2(p, O_CLOEXEC) || epoll_ctl(fd, EPOLL_CTL_ADD, p[0], &e)))
		return -errno;
	return fd;
}

static int make_inotify(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd >= 0 && inotify_add_watch(fd, "/", IN_DELETE_SELF) < 0)
		return -errno;
	return fd;
}

static int make_signalfd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int make_locked(void)
{
	/* flock(2) needs no right to write, and is of this open file description alone. */
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fcntl(fd, F_SETLK, &lock))
		return -errno;
	return fd;
}

static int make_any(void)
{
	return open("/", O_PATH | O_CLOEXEC);
}

static int make_eventfd(void)
{
	return eventfd(7, EFD_CLOEXEC);
}

/* Shared: arg is the line's start. */
void ck_fdinfo(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const struct {
		const char *line;
		int (*make)(void);
	} kinds[] = {
		{ "mnt_id:", make_any }, { "lock:", make_locked }, { "eventfd-count:", make_eventfd },
		{ "tfd:", make_epoll }, { "inotify wd:", make_inotify }, { "sigmask:", make_signalfd },
	};
	int fd __sw_fd = -ENOENT;
	char path[64], rest[64] = "";
	int r;

	(void)ctx;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].line, f->arg))
			fd = kinds[i].make();
	if (fd < 0) {
		ck_not_tried("a descriptor to look at", fd == -1 ? -errno : fd, ret);
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	r = ck_line(path, f->arg, rest, sizeof(rest));
	if (r < 0)
		ck_not_tried("/proc/self/fdinfo", r, ret);
	else if (!r)
		live_set(ret, LIVE_ABSENT, 0, "/proc/self/fdinfo has no line \"%s\" for such a descriptor", f->arg);
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/fdinfo has \"%s %s\"", f->arg,
			 rest + strspn(rest, " \t"));
}

/* Shared: arg is the start of a line of /proc/self/status. */
void ck_status_line(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char rest[64] = "";
	int r = ck_line("/proc/self/status", f->arg, rest, sizeof(rest));

	(void)ctx;
	if (r < 0)
		ck_not_tried("/proc/self/status", r, ret);
	else if (!r)
		live_set(ret, LIVE_ABSENT, 0, "/proc/self/status has no line %s", f->arg);
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/status has \"%s %s\"", f->arg, rest + strspn(rest, " \t"));
}

void ck_owner_uids(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { GETOWNER_UIDS = 17 };	/* F_GETOWNER_UIDS */
	uid_t uids[2] = { ~0u, ~0u };
	int p[2];

	if (pipe2(p, O_CLOEXEC) || fcntl(p[0], F_SETOWN, getpid())) {
		ck_not_tried("F_SETOWN", -errno, ret);
		return;
	}
	if (fcntl(p[0], GETOWNER_UIDS, uids))
		ck_refused(ctx, f, "fcntl(F_GETOWNER_UIDS)", -errno, true, ret);
	else if ((uids[0] != getuid() || uids[1] != geteuid()) && uids[0] == ~0u && live_in_userns())
		/* Ids that are not mapped come as -1 (from_kuid()), from getuid(2) as overflowuid. */
		live_set(ret, LIVE_UNKNOWN, 0, "fcntl(F_GETOWNER_UIDS) is there, but our uid is not mapped in this "
			 "user namespace");
	else if (uids[0] != getuid() || uids[1] != geteuid())
		live_set(ret, LIVE_BROKEN, 0, "fcntl(F_GETOWNER_UIDS) gives %u and %u", uids[0], uids[1]);
	else
		live_set(ret, LIVE_WORKS, 0, "fcntl(F_GETOWNER_UIDS) tells who set the owner");
}

void ck_tty(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* include/uapi/asm-generic/ioctls.h, 3.8: packet mode, lock, exclusive use */
	static const unsigned long gets[] = { _IOR('T', 0x38, int), _IOR('T', 0x39, int),
					      _IOR('T', 0x40, int) };
	int fd __sw_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int on = 1, value[3] = { 0 };

	if (fd < 0) {
		ck_not_tried("/dev/ptmx", -errno, ret);
		return;
	}
	if (ioctl(fd, TIOCPKT, &on)) {
		ck_not_tried("ioctl(TIOCPKT)", -errno, ret);
		return;
	}
	for (int i = 0; i < 3; i++)
		if (ioctl(fd, gets[i], &value[i])) {
			ck_refused(ctx, f, "ioctl(TIOCGPKT, TIOCGPTLCK, TIOCGEXCL)", -errno, true, ret);
			return;
		}
	/* A new terminal is in no packet mode but the one we set, locked, and not exclusive. */
	if (value[0] != 1 || value[1] != 1 || value[2] != 0)
		live_set(ret, LIVE_BROKEN, 0, "TIOCGPKT, TIOCGPTLCK, TIOCGEXCL of a new terminal: %d %d %d",
			 value[0], value[1], value[2]);
	else
		live_set(ret, LIVE_WORKS, 0, "packet mode, lock and exclusive use of a terminal can be read");
}

void ck_vmsplice(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static char from[8] = "splice";
	struct iovec iov = { from + 1, 3 };
	char got[4] = "";
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK)) {
		ck_not_tried("pipe", -errno, ret);
		return;
	}
	if (vmsplice(p[1], &iov, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK) < 0)
		ck_refused(ctx, f, "vmsplice of memory on no page border", -errno, true, ret);
	else if (read(p[0], got, 3) != 3 || memcmp(got, "pli", 3))
		live_set(ret, LIVE_BROKEN, 0, "what was given to a pipe does not come out");
	else
		live_set(ret, LIVE_WORKS, 0, "three bytes from the middle of a page were given to a pipe");
}

/* ---- System V queues ------------------------------------------------------------------------------- */

struct message {
	long type;
	char text[8];
};

/* A queue in an IPC namespace of our own, which it dies with. */
static int own_queue(const struct probe_ctx *ctx, struct live *ret)
{
	struct live_way way;
	int q;

	if (live_unshare(ctx, SW_CLONE_NEWIPC, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return -1;
	}
	q = msgget(IPC_PRIVATE, 0600);
	if (q < 0)
		live_set(ret, errno == ENOSYS ? LIVE_ABSENT : LIVE_UNKNOWN, errno, "msgget: %s",
			 sw_errno_name(errno));
	return q;
}

void ck_msg_copy(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { COPY = 040000 };		/* MSG_COPY */
	struct message m = { 1, "one" }, got = { 0 };
	int q = own_queue(ctx, ret);
	ssize_t n;

	if (q < 0)
		return;
	if (msgsnd(q, &m, sizeof(m.text), IPC_NOWAIT)) {
		ck_not_tried("msgsnd", -errno, ret);
		return;
	}
	n = msgrcv(q, &got, sizeof(got.text), 0, COPY | IPC_NOWAIT);
	/* Before 3.8 the flag is ignored: the message is taken away. */
	if (n < 0)
		ck_refused(ctx, f, "msgrcv(MSG_COPY)", -errno, true, ret);
	else if (memcmp(&got, &m, sizeof(m)))
		live_set(ret, LIVE_BROKEN, 0, "msgrcv(MSG_COPY) gives another message");
	else if (msgrcv(q, &got, sizeof(got.text), 0, IPC_NOWAIT) < 0)
		live_set(ret, LIVE_ABSENT, 0, "msgrcv(MSG_COPY) takes the message away: the flag is not known");
	else
		live_set(ret, LIVE_WORKS, 0, "msgrcv(MSG_COPY) gave a message and left it in the queue");
}

void ck_next_id(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char path[] = "/proc/sys/kernel/msg_next_id";
	int q = own_queue(ctx, ret), r;

	(void)f;
	if (q < 0)
		return;
	/* The sysctl is of the IPC namespace of who writes: the one just made. */
	r = sw_write_file(AT_FDCWD, path, "1234");
	if (r == -ENOENT && !access("/proc/sys/kernel", F_OK)) {
		live_set(ret, LIVE_ABSENT, -r, "no %s", path);
		return;
	}
	if (r) {
		live_set(ret, r == -EACCES || r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r, "%s: %s", path,
			 sw_errno_name(r));
		if (!live_blame_privilege(ret) && r == -EROFS)
			live_more(ret, " (/proc/sys is read-only)");
		return;
	}
	q = msgget(IPC_PRIVATE, 0600);
	if (q != 1234)
		live_set(ret, LIVE_BROKEN, 0, "msg_next_id was 1234, and the next queue is %d", q);
	else
		live_set(ret, LIVE_WORKS, 0, "a queue was made with the id that msg_next_id asked for");
}

/* ---- signals, timers --------------------------------------------------------------------------------- */

void ck_sigqueueinfo(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct timespec none = { 0 };
	siginfo_t si = { 0 }, got = { 0 };
	sigset_t set;
	long r;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	si.si_signo = SIGUSR1;
	si.si_code = 1;		/* not negative: as if the kernel had sent it */
	r = sys_call(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, (long)&si, 0, 0, 0);
	if (r) {
		/* Before 3.9 EPERM, whoever asks: positive codes were the kernel's alone. */
		if (r == -EPERM && live_seccomp_mode() != 2)
			live_set(ret, LIVE_ABSENT, EPERM, "rt_sigqueueinfo to oneself with a kernel's code: EPERM");
		else
			ck_refused(ctx, f, "rt_sigqueueinfo", r, false, ret);
	} else if (sigtimedwait(&set, &got, &none) != SIGUSR1 || got.si_code != 1) {
		live_set(ret, LIVE_BROKEN, 0, "a signal with code 1 was queued, and comes with %d", got.si_code);
	} else {
		live_set(ret, LIVE_WORKS, 0, "a signal with a kernel's code was queued to oneself");
	}
}

void ck_timerfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	uint64_t ticks = 7;

	if (fd < 0) {
		ck_not_tried("timerfd_create", -errno, ret);
		return;
	}
	if (ioctl(fd, _IOW('T', 0, uint64_t), &ticks)) {
		ck_refused(ctx, f, "ioctl(TFD_IOC_SET_TICKS)", -errno, true, ret);
		return;
	}
	ticks = 0;
	if (read(fd, &ticks, sizeof(ticks)) != sizeof(ticks) || ticks != 7)
		live_set(ret, LIVE_BROKEN, 0, "seven expirations were set, %lu are read", (unsigned long)ticks);
	else
		live_set(ret, LIVE_WORKS, 0, "expirations that were set with TFD_IOC_SET_TICKS are read");
}

static long make_timer(int *id)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };

	/* The call itself: the C library's has ids of its own. */
	return sys_call(SYS_timer_create, CLOCK_MONOTONIC, (long)&ev, (long)id, 0, 0, 0);
}

void ck_proc_timers(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char want[32];
	int id = -1, r = (int)make_timer(&id);

	(void)ctx;
	(void)f;
	if (r) {
		ck_not_tried("timer_create", r, ret);
		return;
	}
	snprintf(want, sizeof(want), "ID: %d", id);
	r = ck_line("/proc/self/timers", want, NULL, 0);
	if (r == -ENOENT && !access("/proc/self/stat", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/self/timers");
	else if (r < 0)
		ck_not_tried("/proc/self/timers", r, ret);
	else if (!r)
		live_set(ret, LIVE_BROKEN, 0, "/proc/self/timers does not list a timer that was made");
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/timers lists a timer that was made");
}

void ck_timer_ids(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { RESTORE_IDS = 77, ON = 1 };	/* PR_TIMER_CREATE_RESTORE_IDS */
	int id = 4321;
	long r;

	if (prctl(RESTORE_IDS, ON, 0, 0, 0)) {
		ck_refused(ctx, f, "prctl(PR_TIMER_CREATE_RESTORE_IDS)", -errno, false, ret);
		return;
	}
	r = make_timer(&id);
	if (r || id != 4321)
		live_set(ret, LIVE_BROKEN, (int)r, "timer 4321 was asked for: %s, timer %d",
			 r ? sw_errno_name((int)r) : "0", id);
	else
		live_set(ret, LIVE_WORKS, 0, "a timer was made with the id that was asked for");
}

/* ---- processes --------------------------------------------------------------------------------------- */

/* As process 1 of a pid namespace: writes the result, and what the next process is, to the pipe. */
static void last_pid_inside(int fd)
{
	int out[2] = { 0 };

	/* The sysctl is of the pid namespace of who writes. */
	out[0] = sw_write_file(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", "1233");
	if (!out[0]) {
		out[1] = sw_fork();
		if (out[1] == 0)
			_exit(0);
	}
	sw_write_all(fd, out, sizeof(out));
	_exit(0);
}

void ck_last_pid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int out[2] = { 0 }, p[2], status;
	pid_t pid;

	if (access("/proc/sys/kernel/ns_last_pid", F_OK)) {
		if (access("/proc/sys/kernel", F_OK))
			ck_not_tried("/proc/sys/kernel", -errno, ret);
		else
			live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/sys/kernel/ns_last_pid");
		return;
	}
	if (pipe2(p, O_CLOEXEC)) {
		ck_not_tried("pipe", -errno, ret);
		return;
	}
	if (live_unshare(ctx, SW_CLONE_NEWPID, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	pid = sw_fork();
	if (pid == 0)
		last_pid_inside(p[1]);
	close(p[1]);
	if (pid < 0 || read(p[0], out, sizeof(out)) != sizeof(out))
		ck_not_tried("a process in a pid namespace of our own", -EIO, ret);
	else if (out[0])
		ck_refused(ctx, f, "/proc/sys/kernel/ns_last_pid", out[0], true, ret);
	else if (out[1] != 1234)
		live_set(ret, LIVE_BROKEN, 0, "ns_last_pid was set to 1233, and the next process is %d", out[1]);
	else
		live_set(ret, LIVE_WORKS, 0, "the process after ns_last_pid=1233 was 1234%s", live_way_text(&way));
	if (pid > 0)
		sw_waitpid(pid, &status);
}

void ck_children(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char path[64], list[64] = "", want[16];
	pid_t pid = ck_sleeper(ret);
	ssize_t n;
	int status;

	(void)ctx;
	(void)f;
	if (pid < 0)
		return;
	if (!live_need_proc_of_ours(ret)) {
		kill(pid, SIGKILL);
		sw_waitpid(pid, &status);
		return;
	}
	if (!live_need_proc_of_ours(ret)) {
		kill(pid, SIGKILL);
		sw_waitpid(pid, &status);
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	n = sw_read_line(AT_FDCWD, path, list, sizeof(list));
	snprintf(want, sizeof(want), "%d ", pid);
	if (n == -ENOENT && !access("/proc/self/task", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/PID/task/TID/children");
	else if (n < 0)
		ck_not_tried(path, n, ret);
	else if (strcmp(list, want))
		live_set(ret, LIVE_BROKEN, 0, "/proc/PID/task/TID/children lists \"%s\", not %s", list, want);
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/PID/task/TID/children lists a child");
	kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
}

void ck_kcmp_epoll(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { EPOLL_TFD = 7 };		/* KCMP_EPOLL_TFD */
	struct epoll_event e = { .events = EPOLLIN };
	struct {
		uint32_t efd, tfd, toff;
	} slot = { 0 };
	int ep __sw_fd = epoll_create1(EPOLL_CLOEXEC), p[2];
	long r, other;

	if (ep < 0 || pipe2(p, O_CLOEXEC) || epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e)) {
		ck_not_tried("epoll_ctl", -errno, ret);
		return;
	}
	slot.efd = (uint32_t)ep;
	slot.tfd = (uint32_t)p[0];
	r = sys_call(SYS_NR_kcmp, getpid(), getpid(), EPOLL_TFD, p[0], (long)&slot, 0);
	other = sys_call(SYS_NR_kcmp, getpid(), getpid(), EPOLL_TFD, p[1], (long)&slot, 0);
	if (r < 0)
		ck_refused(ctx, f, "kcmp(KCMP_EPOLL_TFD)", r, false, ret);
	else if (r != 0 || other == 0)
		live_set(ret, LIVE_BROKEN, 0, "kcmp(KCMP_EPOLL_TFD) gives %ld for the same file, %ld for another", r,
			 other);
	else
		live_set(ret, LIVE_WORKS, 0, "kcmp(KCMP_EPOLL_TFD) tells which file an epoll watches");
}

void ck_loginuid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char line[32] = "";
	ssize_t n = sw_read_line(AT_FDCWD, "/proc/self/loginuid", line, sizeof(line));

	(void)ctx;
	(void)f;
	if (n == -ENOENT && !access("/proc/self/stat", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/self/loginuid");
	else if (n <= 0)
		ck_not_tried("/proc/self/loginuid", n ? n : -EIO, ret);
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/loginuid reads %s", line);
}

void ck_capability(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { CHECKPOINT_RESTORE = 40 };
	int r = prctl(PR_CAPBSET_READ, CHECKPOINT_RESTORE, 0, 0, 0);

	if (r < 0)
		ck_refused(ctx, f, "prctl(PR_CAPBSET_READ, CAP_CHECKPOINT_RESTORE)", -errno, false, ret);
	else if (r == 0)
		live_set(ret, LIVE_DENIED, 0, "CAP_CHECKPOINT_RESTORE is known, and not in the bounding set");
	else
		live_set(ret, LIVE_WORKS, 0, "CAP_CHECKPOINT_RESTORE is known, and in the bounding set");
	if (r == 0)
		live_cause(ret, FINDING_CAPABILITY, "the bounding set lacks CAP_CHECKPOINT_RESTORE");
}

void ck_tid_address(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { GET_TID_ADDRESS = 40 };	/* PR_GET_TID_ADDRESS */
	static int word;
	int *got = NULL;

	sys_call(SYS_set_tid_address, (long)&word, 0, 0, 0, 0, 0);
	if (prctl(GET_TID_ADDRESS, &got, 0, 0, 0))
		ck_refused(ctx, f, "prctl(PR_GET_TID_ADDRESS)", -errno, false, ret);
	else if (got != &word)
		live_set(ret, LIVE_BROKEN, 0, "PR_GET_TID_ADDRESS gives another address than was set");
	else
		live_set(ret, LIVE_WORKS, 0, "PR_GET_TID_ADDRESS gives the address that was set");
	sys_call(SYS_set_tid_address, 0, 0, 0, 0, 0, 0);
}

/* ---- mounts ------------------------------------------------------------------------------------------- */

/* A field of the mountinfo line of a mount point: what follows " key"; false if it is not there. */
static bool mount_field(const char *point, const char *key, char *out, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *at, *end;
	char want[80];

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 1 << 20))
		return false;
	snprintf(want, sizeof(want), " %s ", point);
	at = strstr(sw_buf_str(&b), want);
	if (!at)
		return false;
	end = strchrnul(at, '\n');
	at = strstr(at, key);
	if (!at || at > end)
		return false;
	at += strlen(key);
	snprintf(out, size, "%.*s", (int)strcspn(at, " ,\n"), at);
	return true;
}

void ck_autofs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	char options[96], place[256], ino[32] = "";
	struct stat st;
	int p[2], r = fs_registered("autofs");

	if (r != 1) {
		if (r)
			ck_not_tried("/proc/filesystems", -ENOENT, ret);
		else
			module_explain_absent(ctx, f, "autofs is not in /proc/filesystems", ret);
		return;
	}
	if (live_private_mounts(ctx, ret, &way) || live_tmpfs(NULL, ret))
		return;
	if (!getcwd(place, sizeof(place) - 2) || mkdir("a", 0755) || pipe2(p, O_CLOEXEC) || fstat(p[1], &st)) {
		ck_not_tried("a place to mount", -errno, ret);
		return;
	}
	strcat(place, "/a");
	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", p[1], getpgrp());
	r = sys_mount("seaworthy", "a", "autofs", 0, options);
	if (r)
		ck_refused(ctx, f, "mount(autofs)", r, true, ret);
	else if (!mount_field(place, "pipe_ino=", ino, sizeof(ino)))
		live_set(ret, LIVE_ABSENT, 0, "an autofs mount does not show pipe_ino in mountinfo");
	else if (strtoull(ino, NULL, 10) != st.st_ino)
		live_set(ret, LIVE_BROKEN, 0, "pipe_ino=%s of an autofs mount is another pipe", ino);
	else
		live_set(ret, LIVE_WORKS, 0, "an autofs mount shows its pipe (pipe_ino) in mountinfo");
}

void ck_set_group(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { SET_GROUP = 0x100 };	/* MOVE_MOUNT_SET_GROUP */
	struct live_way way;
	char cwd[200], place[2][256], group[2][32] = { "", "" };
	int r;

	if (live_private_mounts(ctx, ret, &way) || live_tmpfs(NULL, ret))
		return;
	if (!getcwd(cwd, sizeof(cwd)) || mkdir("a", 0755) || mkdir("b", 0755)) {
		ck_not_tried("a place to mount", -errno, ret);
		return;
	}
	r = sys_mount("seaworthy", "a", "tmpfs", 0, NULL);
	if (!r)
		r = sys_mount("a", "b", NULL, MS_BIND, NULL);
	if (!r)
		r = sys_mount("none", "a", NULL, MS_SHARED, NULL);
	if (r) {
		ck_not_tried("two mounts of one file system", r, ret);
		return;
	}
	r = sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "b", SET_GROUP);
	for (int i = 0; i < 2; i++) {
		snprintf(place[i], sizeof(place[i]), "%s/%c", cwd, 'a' + i);
		mount_field(place[i], "shared:", group[i], sizeof(group[i]));
	}
	if (r)
		ck_refused(ctx, f, "move_mount(MOVE_MOUNT_SET_GROUP)", r, true, ret);
	else if (access("/proc/self/mountinfo", F_OK))
		ck_not_tried("/proc/self/mountinfo, to see it in", -errno, ret);
	else if (!*group[0] || strcmp(group[0], group[1]))
		live_set(ret, LIVE_BROKEN, 0, "move_mount(MOVE_MOUNT_SET_GROUP): 0, but the mounts are in groups "
			 "\"%s\" and \"%s\"", group[0], group[1]);
	else
		live_set(ret, LIVE_WORKS, 0, "a mount was put into the peer group of another%s",
			 live_way_text(&way));
}
