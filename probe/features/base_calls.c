// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors for events, handles, sockets and attributes: each does once what it is for. */
#include "features/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "features/companion.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

#define SOON_MS 5000	/* far more than it takes, less than the probe's own limit */

/*
 * A call that a symbol governs has failed. ENOSYS: it is not built in, or a filter says so, which
 * cannot be told apart; EPERM and EACCES are no answers of a kernel to what is asked here.
 */
static void call_failed(const char *call, int err, struct live *ret)
{
	bool refused = err == EPERM || err == EACCES;

	if (err == ENOSYS || refused) {
		if (live_blame_filter(ret, call, err, refused))
			return;
		live_set(ret, refused ? LIVE_UNKNOWN : LIVE_ABSENT, err, "%s: %s", call, sw_errno_name(err));
	} else if (err == EMFILE || err == ENFILE) {
		live_set(ret, LIVE_UNKNOWN, err, "%s: %s", call, sw_errno_name(err));
		live_cause(ret, FINDING_LIMIT, "the limit on open files is reached");
	} else {
		live_set(ret, LIVE_BROKEN, err, "%s: %s", call, sw_errno_name(err));
	}
}

/* ---- watching files -------------------------------------------------------------------------- */

/* EMFILE and ENOSPC are the limits that containers run into first: they are per user, for all of them. */
static void inotify_failed(const char *call, int err, struct live *ret)
{
	const char *which = err == EMFILE ? "max_user_instances" : "max_user_watches";
	int other __sw_fd = -1;
	char path[64];
	long max = -1;

	if (err != EMFILE && err != ENOSPC) {
		call_failed(call, err, ret);
		return;
	}
	live_set(ret, LIVE_DENIED, err, "%s: %s", call, sw_errno_name(err));
	if (err == EMFILE) {
		other = open("/", O_PATH | O_CLOEXEC);
		if (other < 0) {
			live_cause(ret, FINDING_LIMIT, "the limit on open files is reached");
			return;
		}
	}
	snprintf(path, sizeof(path), "fs/inotify/%s", which);
	if (!live_sysctl(path, &max))
		live_cause(ret, max ? FINDING_LIMIT : FINDING_SYSCTL, "fs.inotify.%s=%ld%s", which, max,
			   max ? " is reached" : "");
}

void base_probe_inotify(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), d __sw_fd = -1, wd;
	union {
		struct inotify_event event;
		char bytes[512];
	} buf = { 0 };

	(void)ctx;
	(void)f;
	if (fd < 0) {
		inotify_failed("inotify_init1", errno, ret);
		return;
	}
	wd = inotify_add_watch(fd, "/", IN_OPEN);
	if (wd < 0) {
		inotify_failed("inotify_add_watch", errno, ret);
		return;
	}
	d = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "open /: %s", sw_errno_name(errno));
	else if (read(fd, &buf, sizeof(buf)) < (ssize_t)sizeof(buf.event) || buf.event.wd != wd ||
		 !(buf.event.mask & IN_OPEN))
		live_set(ret, LIVE_BROKEN, errno, "a directory that is watched was opened, and no event came");
	else
		live_set(ret, LIVE_WORKS, 0, "inotify told that a directory was opened");
}

void base_probe_fanotify(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* FAN_CLASS_NOTIF | FAN_REPORT_FID: what those without privilege may have since 5.13. */
	enum { FOR_ROOT = 1, FOR_ALL = 0x200 | 1 };
	int fd __sw_fd = syscall(SYS_fanotify_init, FOR_ROOT, O_RDONLY);
	int err = fd < 0 ? errno : 0;

	(void)ctx;
	(void)f;
	if (err == EPERM) {
		fd = syscall(SYS_fanotify_init, FOR_ALL, O_RDONLY);
		if (fd < 0 && live_blame_filter(ret, "fanotify_init", err, true))
			return;
		if (fd < 0) {
			live_set(ret, LIVE_DENIED, err, "fanotify_init: EPERM");
			live_blame_privilege(ret);
			return;
		}
	}
	if (fd < 0)
		call_failed("fanotify_init", err, ret);
	else
		live_set(ret, LIVE_WORKS, 0, "fanotify_init gave a group%s", err ?
			 " of the kind that needs no privilege" : "");
}

/* ---- events as descriptors ------------------------------------------------------------------- */

void base_probe_signalfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct signalfd_siginfo si = { 0 };
	int fd __sw_fd = -1;
	sigset_t usr1;

	(void)ctx;
	(void)f;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	fd = signalfd(-1, &usr1, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		call_failed("signalfd", errno, ret);
		return;
	}
	kill(getpid(), SIGUSR1);
	if (read(fd, &si, sizeof(si)) != sizeof(si) || si.ssi_signo != SIGUSR1)
		live_set(ret, LIVE_BROKEN, errno, "a signal sent is not read");
	else
		live_set(ret, LIVE_WORKS, 0, "a signal was read from a descriptor");
}

void base_probe_timerfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct itimerspec soon = { .it_value = { 0, 1 } };
	int fd __sw_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t times = 0;

	(void)ctx;
	(void)f;
	if (fd < 0)
		call_failed("timerfd_create", errno, ret);
	else if (timerfd_settime(fd, 0, &soon, NULL) || poll(&p, 1, SOON_MS) != 1 ||
		 read(fd, &times, sizeof(times)) != sizeof(times) || times != 1)
		live_set(ret, LIVE_BROKEN, errno, "a timer that was set does not expire once");
	else
		live_set(ret, LIVE_WORKS, 0, "a timer expired, and was read from a descriptor");
}

void base_probe_epoll(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = epoll_create1(EPOLL_CLOEXEC), fds[2], before, after;
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = 42 }, got = { 0 };

	(void)ctx;
	(void)f;
	if (fd < 0) {
		call_failed("epoll_create1", errno, ret);
		return;
	}
	if (pipe2(fds, O_CLOEXEC) || epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &e)) {
		live_set(ret, LIVE_BROKEN, errno, "epoll_ctl of a pipe: %s", sw_errno_name(errno));
		return;
	}
	before = epoll_wait(fd, &got, 1, 0);
	(void)!write(fds[1], "x", 1);
	after = epoll_wait(fd, &got, 1, 0);
	if (before || after != 1 || got.data.u32 != 42)
		live_set(ret, LIVE_BROKEN, errno, "epoll_wait: %d before something is there to read, %d after",
			 before, after);
	else
		live_set(ret, LIVE_WORKS, 0, "epoll told when a pipe could be read, and not before");
}

void base_probe_eventfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t v = 2;

	(void)ctx;
	(void)f;
	if (fd < 0)
		call_failed("eventfd", errno, ret);
	else if (write(fd, &v, sizeof(v)) != sizeof(v) || read(fd, &v, sizeof(v)) != sizeof(v) || v != 3)
		live_set(ret, LIVE_BROKEN, errno, "1 and 2 written to an eventfd do not read as 3");
	else
		live_set(ret, LIVE_WORKS, 0, "an eventfd added up what was written");
}

/* ---- file handles ---------------------------------------------------------------------------- */

void base_probe_fhandle(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const places[] = { "/", "/dev", "/run", "/tmp", "/sys", "/proc" };
	union {
		struct file_handle h;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int fd __sw_fd = memfd_make(false), mount_id, err = EBADF;

	(void)f;
	(void)ctx;
	if (fd >= 0)
		err = name_to_handle_at(fd, "", &u.h, &mount_id, AT_EMPTY_PATH) ? errno : 0;
	/* Not every file system has handles, and before 3.17 there are no anonymous files. */
	for (size_t i = 0; (err == EBADF || err == EOPNOTSUPP) && i < sizeof(places) / sizeof(*places); i++) {
		u.h.handle_bytes = MAX_HANDLE_SZ;
		err = name_to_handle_at(AT_FDCWD, places[i], &u.h, &mount_id, 0) ? errno : 0;
	}
	if (err == EOPNOTSUPP)
		live_set(ret, LIVE_WORKS, err, "name_to_handle_at is there; no file system here has handles");
	else if (err)
		call_failed("name_to_handle_at", err, ret);
	else if (!u.h.handle_bytes || u.h.handle_bytes > MAX_HANDLE_SZ)
		live_set(ret, LIVE_BROKEN, 0, "name_to_handle_at: 0, and no handle");
	else
		live_set(ret, LIVE_WORKS, 0, "name_to_handle_at gave a handle of %u bytes", u.h.handle_bytes);
}

/* ---- Unix sockets ---------------------------------------------------------------------------- */

/* A descriptor and credentials through a pair of sockets. Returns NULL, or what went wrong. */
static const char *pass_descriptor(int from, int to, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} out = { 0 }, in = { 0 };
	char byte = 'x';
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &out,
			    .msg_controllen = CMSG_SPACE(sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	bool got_fd = false, got_cred = false;
	int on = 1;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (setsockopt(to, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) || sendmsg(from, &m, 0) != 1)
		return "SO_PASSCRED or sendmsg fails";
	m.msg_control = &in;
	m.msg_controllen = sizeof(in);
	if (recvmsg(to, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return "recvmsg fails";
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct ucred cred;

		got_fd |= c->cmsg_type == SCM_RIGHTS;
		if (c->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		got_cred = cred.pid == getpid() && cred.uid == getuid();
	}
	return !got_fd ? "no descriptor came" : !got_cred ? "no credentials, or wrong ones, came" : NULL;
}

void base_probe_unix(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const char *wrong;
	int fds[2];

	/* Asking for a socket would load the module; /proc/net/unix is there once it is. */
	if (!ctx->load_modules && !access("/proc/self/net/dev", F_OK) && access("/proc/self/net/unix", F_OK)) {
		module_explain_absent(ctx, f, "no /proc/net/unix", ret);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		if (errno == EAFNOSUPPORT)
			live_set(ret, LIVE_ABSENT, errno, "socketpair(AF_UNIX): EAFNOSUPPORT");
		else
			call_failed("socketpair(AF_UNIX)", errno, ret);
		return;
	}
	errno = 0;
	wrong = pass_descriptor(fds[0], fds[1], fds[0]);
	if (wrong)
		live_set(ret, LIVE_BROKEN, errno, "AF_UNIX: %s", wrong);
	else
		live_set(ret, LIVE_WORKS, 0, "a descriptor and credentials came through a pair of sockets");
}

/* ---- attributes of tmpfs --------------------------------------------------------------------- */

/* A file of a tmpfs that we own, in a mount namespace (and user namespace) of our own; -1 with *ret. */
static int private_tmpfs_file(const struct probe_ctx *ctx, struct live *ret, struct live_way *way)
{
	int fd;

	if (live_private_mounts(ctx, ret, way) || live_tmpfs("size=64k,mode=755", ret))
		return -1;
	fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "no file on a tmpfs of our own: %s", sw_errno_name(errno));
	return fd;
}

static int set_and_get(int fd, const char *name, const void *value, size_t size)
{
	char back[64];
	struct stat st;
	ssize_t n;

	/* A filter may answer 0 to whatever should have made the file: that is standard input then. */
	if (fd <= STDERR_FILENO || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return EBADF;
	if (fsetxattr(fd, name, value, size, 0))
		return errno;
	n = fgetxattr(fd, name, back, sizeof(back));
	return n == (ssize_t)size && !memcmp(back, value, size) ? 0 : EPROTO;
}

static void attribute_judge(const char *what, int err, const struct live_way *way, struct live *ret)
{
	if (!err)
		live_set(ret, LIVE_WORKS, 0, "%s was set on a tmpfs file%s and read back", what,
			 live_way_text(way));
	else if (err == EOPNOTSUPP)
		live_set(ret, LIVE_ABSENT, err, "%s on a tmpfs file: EOPNOTSUPP", what);
	else if (err == EPROTO)
		live_set(ret, LIVE_BROKEN, 0, "%s on a tmpfs file does not read back", what);
	else if (!live_blame_filter(ret, what, err, false)) {
		live_set(ret, LIVE_UNKNOWN, err, "%s on a tmpfs file: %s", what, sw_errno_name(err));
		if (err == EPERM)
			live_blame_privilege(ret);
	}
}

/*
 * An anonymous file is one of the kernel's own tmpfs. There user.* has been possible since 6.6
 * (2daf18a7884d); trusted.* takes privilege; security.* takes it in the user namespace that mounted.
 */
void base_probe_tmpfs_xattr(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = memfd_make(false), err = EPERM;
	struct live_way way = { false };
	const char *name = "user.seaworthy";

	(void)f;
	if (fd >= 0)
		err = set_and_get(fd, name, "1", 1);
	if (fd >= 0 && err) {
		name = "trusted.seaworthy";
		err = set_and_get(fd, name, "1", 1);
	}
	if (err == EPERM) {
		sw_close(&fd);
		fd = private_tmpfs_file(ctx, ret, &way);
		if (fd < 0)
			return;
		name = "security.seaworthy";
		err = set_and_get(fd, name, "1", 1);
	}
	attribute_judge(name, err, &way, ret);
}

void base_probe_tmpfs_acl(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	/* Little-endian, <linux/posix_acl_xattr.h>: owner rw, uid 0 r, group none, mask r, others none. */
	static const unsigned char acl[] = {
		2, 0, 0, 0,
		0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 4, 0, 0, 0, 0, 0,
		0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
		0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	};
	int fd __sw_fd = memfd_make(false);
	struct live_way way = { false };

	(void)f;
	if (fd < 0)
		fd = private_tmpfs_file(ctx, ret, &way);
	if (fd >= 0)
		attribute_judge("an access control list", set_and_get(fd, "system.posix_acl_access", acl,
								      sizeof(acl)), &way, ret);
}

/* ---- users ----------------------------------------------------------------------------------- */

void base_probe_multiuser(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { CAP_SETUID_NR = 7, SOMEBODY = 12345 };
	bool may = live_has_cap(CAP_SETUID_NR) && !live_in_userns();
	uid_t uid = may ? SOMEBODY : (uid_t)-1;

	(void)ctx;
	(void)f;
	if (setresuid(uid, uid, uid)) {
		/* EINVAL: the uid is not mapped in this user namespace, which without /proc does not show. */
		if (may && errno == EINVAL && !setresuid(-1, -1, -1)) {
			live_set(ret, LIVE_UNKNOWN, EINVAL, "setresuid is there, but uid %d is not mapped in this "
				 "user namespace", SOMEBODY);
			return;
		}
		call_failed("setresuid", errno, ret);
		return;
	}
	if (may && getuid() != SOMEBODY)
		live_set(ret, LIVE_BROKEN, 0, "setresuid: 0, but we are still uid %u", (unsigned int)getuid());
	else
		live_set(ret, LIVE_WORKS, 0, may ? "setresuid made us another user" :
			 "setresuid is there (asked to change nothing)");
}
