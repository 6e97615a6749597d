// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces. Each probe proves isolation, since a return code of 0 does not: clone(2) ignores
 * flags that it does not know, and vendors' kernels have been seen to accept what they lack.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/namespace.h"
#include "live.h"
#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* What one side of a pair saw; a plain value, since it crosses a pipe. */
struct inner_arg {
	const struct probe_ctx *ctx;
	const char *arg;
	void (*fn)(const struct probe_ctx *ctx, const char *arg, struct live *ret);
};

static void inner_main(void *arg, void *answer)
{
	struct inner_arg *a = arg;

	a->fn(a->ctx, a->arg, answer);
}

/* Run fn in a child, while we stay outside. Returns true if it answered. */
static bool inner(const struct probe_ctx *ctx, const char *arg, struct live *ret,
		  void (*fn)(const struct probe_ctx *, const char *, struct live *))
{
	struct inner_arg a = { ctx, arg, fn };
	struct sw_child c = session_child(inner_main, &a, ret, sizeof(*ret));

	if (c.end == SW_CHILD_ANSWERED)
		return true;
	live_set(ret, LIVE_UNKNOWN, 0, "the process inside died or hung");
	return false;
}

/* ---- uts ----------------------------------------------------------------------------------- */

#define UTS_MARK "seaworthy-probe"

static void uts_inside(const struct probe_ctx *ctx, const char *arg, struct live *ret)
{
	char name[256] = "";
	struct live_way way;

	(void)arg;
	if (live_unshare(ctx, SW_CLONE_NEWUTS, ret, &way))
		return;
	if (sethostname(UTS_MARK, strlen(UTS_MARK))) {
		live_set(ret, LIVE_BROKEN, errno, "sethostname inside: %s", sw_errno_name(errno));
		return;
	}
	gethostname(name, sizeof(name) - 1);
	if (strcmp(name, UTS_MARK))
		live_set(ret, LIVE_BROKEN, 0, "sethostname inside had no effect");
	else
		live_set(ret, LIVE_WORKS, 0, "a host name set inside%s is not seen outside",
			 live_way_text(&way));
}

static void probe_uts(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char before[256] = "", after[256] = "";

	(void)f;
	gethostname(before, sizeof(before) - 1);
	if (!inner(ctx, NULL, ret, uts_inside) || ret->value != LIVE_WORKS)
		return;
	gethostname(after, sizeof(after) - 1);
	if (strcmp(before, after)) {
		sethostname(before, strlen(before));
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWUTS): 0, but the host name set inside "
			 "was seen outside (put back)");
	}
}

/* ---- ipc ----------------------------------------------------------------------------------- */

#define IPC_KEY 0x53576970	/* "SWip" */

static void ipc_inside(const struct probe_ctx *ctx, struct live *ret)
{
	struct live_way way;
	int id;

	if (live_unshare(ctx, SW_CLONE_NEWIPC, ret, &way))
		return;
	id = msgget(IPC_KEY, IPC_CREAT | IPC_EXCL | 0600);
	if (id < 0 && errno == ENOSYS)
		live_set(ret, LIVE_WORKS, 0, "unshare(CLONE_NEWIPC)%s: 0; no System V IPC to try it on",
			 live_way_text(&way));
	else if (id < 0)
		live_set(ret, LIVE_BROKEN, errno, "msgget inside: %s", sw_errno_name(errno));
	else
		live_set(ret, LIVE_WORKS, 0, "a message queue made inside%s is not seen outside",
			 live_way_text(&way));
}

static void probe_ipc(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int up[2], down[2], seen, id;
	char byte = 0;
	pid_t pid;

	(void)f;
	if (msgget(IPC_KEY, 0) >= 0) {
		live_set(ret, LIVE_UNKNOWN, EEXIST, "a message queue with our key is there already");
		return;
	}
	if (pipe2(up, O_CLOEXEC) || pipe2(down, O_CLOEXEC) || (pid = sw_fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (pid == 0) {
		struct live got = { 0 };

		close(down[1]);
		ipc_inside(ctx, &got);
		if (!sw_write_all(up[1], &got, sizeof(got)))
			(void)!read(down[0], &byte, 1);
		/* In a namespace of our own this only says goodbye early; elsewhere it cleans up. */
		id = msgget(IPC_KEY, 0);
		if (got.value == LIVE_WORKS && id >= 0)
			msgctl(id, IPC_RMID, NULL);
		_exit(0);
	}
	close(up[1]);
	if (read(up[0], ret, sizeof(*ret)) != sizeof(*ret)) {
		live_set(ret, LIVE_UNKNOWN, 0, "the process inside died");
	} else if (ret->value == LIVE_WORKS) {
		seen = msgget(IPC_KEY, 0);
		if (seen >= 0)
			live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWIPC): 0, but a message queue "
				 "made inside is seen outside");
	}
	close(down[1]);
	sw_waitpid(pid, &seen);
}

/* ---- pid ----------------------------------------------------------------------------------- */

/* The first process inside: what it sees of itself and of its parent. */
static void pid_report(int fd, pid_t outside)
{
	struct {
		int pid, ppid, kill_err;
	} r = { getpid(), getppid(), 0 };

	/* Our parent's number means nobody here. (Never 1, or we would ask about ourselves.) */
	if (outside != 1 && kill(outside, 0))
		r.kill_err = errno;
	sw_write_all(fd, &r, sizeof(r));
	_exit(0);
}

static void pid_judge(int fd, pid_t child, const char *how, struct live *ret)
{
	int r[3] = { 0 }, status = 0;
	ssize_t n = read(fd, r, sizeof(r));

	sw_waitpid(child, &status);
	if (n != sizeof(r))
		live_set(ret, LIVE_BROKEN, 0, "%s: the first process inside died", how);
	else if (r[0] != 1)
		live_set(ret, LIVE_BROKEN, 0, "%s: 0, but the first process inside is pid %d", how, r[0]);
	else if (getpid() != 1 && r[2] != ESRCH)
		live_set(ret, LIVE_BROKEN, 0, "%s: inside, a process of outside can be reached", how);
	else
		live_set(ret, LIVE_WORKS, 0, "%s: the first process inside is pid 1 and cannot reach "
			 "processes outside", how);
}

static void probe_pid(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	const char *how = "unshare(CLONE_NEWPID) and fork";
	pid_t self = getpid(), child;
	int fds[2], r;

	(void)f;
	if (pipe2(fds, O_CLOEXEC)) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe: %s", sw_errno_name(errno));
		return;
	}
	r = live_unshare(ctx, SW_CLONE_NEWPID, ret, &way);
	if (!r && way.userns)
		how = "unshare(CLONE_NEWUSER|CLONE_NEWPID) and fork";
	if (!r) {
		child = sw_fork();
	} else if (r == -EINVAL && ret->value == LIVE_ABSENT) {
		/* unshare(CLONE_NEWPID) came with 3.8 (50804fe3737c), clone with 2.6.24. */
		how = "clone(CLONE_NEWPID)";
		child = sys_clone(SW_CLONE_NEWPID);
	} else {
		return;
	}
	if (child == 0)
		pid_report(fds[1], self);
	close(fds[1]);
	if (child > 0)
		pid_judge(fds[0], child, how, ret);
	else if (!r)	/* EAGAIN is a limit on processes (RLIMIT_NPROC, pids.max) */
		live_set(ret, errno == EAGAIN ? LIVE_UNKNOWN : LIVE_BROKEN, errno, "%s: fork: %s", how,
			 sw_errno_name(errno));
	/* else: clone was refused as well, what live_unshare() said stands */
}

/* ---- net ----------------------------------------------------------------------------------- */

static socklen_t abstract_name(struct sockaddr_un *sun, const char *name)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "%s", name);
}

/*
 * Abstract socket names belong to the network namespace, and lo of a new one is down. (Other
 * devices may be there from the start: sit0, tunl0 and their like, net.core.fb_tunnels_only_for_init_net.)
 */
static void net_inside(const struct probe_ctx *ctx, const char *arg, struct live *ret)
{
	int s __sw_fd = -1, u __sw_fd = -1;
	struct ifreq ifr = { .ifr_name = "lo" };
	struct sockaddr_un sun;
	socklen_t len = abstract_name(&sun, arg);
	struct live_way way;

	if (live_unshare(ctx, SW_CLONE_NEWNET, ret, &way))
		return;
	u = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)	/* no IPv4: any other socket of the namespace takes these ioctls */
		s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "no socket to ask for lo by: %s", sw_errno_name(errno));
	else if (u >= 0 && !connect(u, (struct sockaddr *)&sun, len))
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWNET): 0, but an abstract socket of "
			 "outside is reached from inside");
	else if (ioctl(s, SIOCGIFFLAGS, &ifr))
		live_set(ret, LIVE_BROKEN, errno, "no lo inside: %s", sw_errno_name(errno));
	else if (ifr.ifr_flags & IFF_UP)
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWNET): 0, but lo inside is up already");
	else
		live_set(ret, LIVE_WORKS, 0, "inside%s lo is new and down, sockets of outside are not "
			 "reached", live_way_text(&way));
}

static void probe_net(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int s __sw_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun;
	char name[64];
	socklen_t len;

	(void)f;
	snprintf(name, sizeof(name), "seaworthy-probe-%d", (int)getpid());
	len = abstract_name(&sun, name);
	if (s < 0 || bind(s, (struct sockaddr *)&sun, len) || listen(s, 1)) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot make the socket to look for: %s",
			 sw_errno_name(errno));
		return;
	}
	inner(ctx, name, ret, net_inside);
}

/* ---- mnt ----------------------------------------------------------------------------------- */

static const char *const mnt_places[] = { "/tmp", "/run", "/dev", "/var", "/proc", NULL };

static void mnt_inside(const struct probe_ctx *ctx, const char *arg, struct live *ret)
{
	struct live_way way;
	struct stat before, after;
	int r;

	if (live_unshare(ctx, SW_CLONE_NEWNS, ret, &way) || live_make_private(ret))
		return;
	if (stat(arg, &before)) {
		live_set(ret, LIVE_UNKNOWN, errno, "stat %s: %s", arg, sw_errno_name(errno));
		return;
	}
	/* tmpfs is never a module, and registered even where CONFIG_TMPFS is off (mm/shmem.c). */
	r = sys_mount("seaworthy", arg, "tmpfs", MS_NOSUID | MS_NODEV, "size=4k");
	if (r)
		live_set(ret, LIVE_UNKNOWN, r, "unshare(CLONE_NEWNS): 0; mount(tmpfs, %s)%s: %s", arg,
			 live_way_text(&way), sw_errno_name(r));
	else if (stat(arg, &after) || after.st_dev == before.st_dev)
		live_set(ret, LIVE_BROKEN, 0, "a mount made inside is not seen inside");
	else
		live_set(ret, LIVE_WORKS, 0, "a mount made inside%s is not seen outside",
			 live_way_text(&way));
}

static void probe_mnt(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct stat before, after;
	const char *place = NULL;

	(void)f;
	for (size_t i = 0; mnt_places[i] && !place; i++)
		if (!stat(mnt_places[i], &before) && S_ISDIR(before.st_mode))
			place = mnt_places[i];
	if (!place) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no directory to mount on");
		return;
	}
	if (!inner(ctx, place, ret, mnt_inside) || ret->value != LIVE_WORKS)
		return;
	if (stat(place, &after) || after.st_dev != before.st_dev)
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWNS): 0, but a mount made inside was "
			 "seen outside");
}

/* ---- user ---------------------------------------------------------------------------------- */

/*
 * The namespace is there, but has no use for us. To map uid 0 takes CAP_SETFCAP outside since 5.12
 * (db2e718a4798). Ubuntu's AppArmor, since 23.10, lets an ordinary user's unshare through and
 * takes all capabilities inside.
 */
static void map_refused(const char *how, unsigned int uid, int r, struct live *ret)
{
	long v;

	live_set(ret, LIVE_DENIED, r, "%s: 0; write to uid_map: %s", how, sw_errno_name(r));
	if (uid && !live_sysctl("kernel/apparmor_restrict_unprivileged_userns", &v) && v == 1)
		live_cause(ret, FINDING_SYSCTL, "kernel.apparmor_restrict_unprivileged_userns=1");
}

/* Write our own map and read it back; what getuid() says must follow. */
static void user_judge(const char *how, unsigned int uid, struct live *ret)
{
	unsigned int in = ~0u, out = ~0u, count = 0;
	char map[64];
	int r;

	sw_write_file(AT_FDCWD, "/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	r = sw_write_file(AT_FDCWD, "/proc/self/uid_map", map);
	if (r == -ENOENT) {
		/* uid_map came with 3.5 (22d917d80e84); before, a user namespace could map nothing. */
		live_set(ret, live_proc("/proc/self/uid_map") ? LIVE_UNKNOWN : LIVE_ABSENT, r,
			 "%s: 0, but no /proc/self/uid_map to map users with", how);
		return;
	}
	if (r == -EPERM || r == -EACCES) {
		map_refused(how, uid, r, ret);
		return;
	}
	if (r) {
		live_set(ret, LIVE_BROKEN, r, "%s: 0; write to uid_map: %s", how, sw_errno_name(r));
		return;
	}
	if (sw_read_line(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) > 0)
		(void)!sscanf(map, "%u %u %u", &in, &out, &count);
	if (in != 0 || count != 1 || getuid() != 0)
		live_set(ret, LIVE_BROKEN, 0, "%s: 0, but uid_map reads \"%s\" and getuid() says %u", how,
			 map, (unsigned int)getuid());
	else
		live_set(ret, LIVE_WORKS, 0, "%s: uid %u is 0 inside, uid_map reads back", how, uid);
}

static void probe_user(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	unsigned int uid = geteuid();
	struct live_way way;
	pid_t child;
	int r, fds[2], status;

	(void)f;
	r = live_unshare(ctx, SW_CLONE_NEWUSER, ret, &way);
	if (!r) {
		user_judge("unshare(CLONE_NEWUSER)", uid, ret);
		return;
	}
	if (r != -EINVAL || ret->value != LIVE_ABSENT || pipe2(fds, O_CLOEXEC))
		return;
	/* unshare(CLONE_NEWUSER) came with 3.8 (b2e0d98705e6), clone with 2.6.23. */
	child = sys_clone(SW_CLONE_NEWUSER);
	if (child == 0) {
		struct live in = { 0 };

		/* A clone that ignores the flag leaves the uid as it is; unmapped, it is 65534. */
		if (getuid() == uid && uid != 0)
			live_set(&in, LIVE_ABSENT, EINVAL, "unshare(CLONE_NEWUSER): EINVAL, clone ignores "
				 "the flag");
		else
			user_judge("clone(CLONE_NEWUSER)", uid, &in);
		sw_write_all(fds[1], &in, sizeof(in));
		_exit(0);
	}
	close(fds[1]);
	if (child > 0) {
		struct live in;

		if (read(fds[0], &in, sizeof(in)) == sizeof(in))
			*ret = in;
		sw_waitpid(child, &status);
	}
}

/* ---- cgroup -------------------------------------------------------------------------------- */

/* Does every line of /proc/self/cgroup end in ":/"? */
static bool all_at_root(const char *text, char *first_other, size_t size)
{
	const char *line = text;

	while (*line) {
		const char *end = strchrnul(line, '\n'), *path = line;

		for (int colons = 0; path < end && colons < 2; path++)
			colons += *path == ':';
		if (end - path > 1) {
			snprintf(first_other, size, "%.*s", (int)(end - path), path);
			return false;
		}
		line = *end ? end + 1 : end;
	}
	return true;
}

static void probe_cgroup_ns(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT, a __sw_buf = SW_BUF_INIT;
	char was[48] = "", is[48] = "", ns_was[64] = "", ns_is[64] = "";
	struct live_way way;
	bool root_before;

	(void)f;
	(void)!readlink("/proc/self/ns/cgroup", ns_was, sizeof(ns_was) - 1);
	if (sw_read_file(AT_FDCWD, "/proc/self/cgroup", &b, 1 << 20)) {
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /proc/self/cgroup to see the effect by");
		return;
	}
	root_before = all_at_root(sw_buf_str(&b), was, sizeof(was));
	if (live_unshare(ctx, SW_CLONE_NEWCGROUP, ret, &way))
		return;
	(void)!readlink("/proc/self/ns/cgroup", ns_is, sizeof(ns_is) - 1);
	if (sw_read_file(AT_FDCWD, "/proc/self/cgroup", &a, 1 << 20))
		live_set(ret, LIVE_UNKNOWN, 0, "/proc/self/cgroup cannot be read inside");
	else if (!all_at_root(sw_buf_str(&a), is, sizeof(is)))
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWCGROUP): 0, but /proc/self/cgroup still "
			 "shows %s", is);
	else if (!ns_is[0] || !strcmp(ns_was, ns_is))
		live_set(ret, LIVE_BROKEN, 0, "unshare(CLONE_NEWCGROUP): 0, but it is the same namespace");
	else if (root_before)
		live_set(ret, LIVE_WORKS, 0, "unshare(CLONE_NEWCGROUP)%s: a new namespace; our cgroups "
			 "were at the root before", live_way_text(&way));
	else
		live_set(ret, LIVE_WORKS, 0, "inside%s, /proc/self/cgroup shows / for %s",
			 live_way_text(&way), was);
}

/* ---- time ---------------------------------------------------------------------------------- */

#define TIME_OFFSET 864000	/* ten days, in seconds */

static void probe_time(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct timespec before, inside = { 0 };
	struct live_way way;
	char line[48];
	int r, fds[2], status;
	bool could;
	pid_t child;

	(void)f;
	clock_gettime(CLOCK_MONOTONIC, &before);
	could = live_has_cap(LIVE_CAP_SYS_TIME);
	if (live_unshare(ctx, SW_CLONE_NEWTIME, ret, &way))
		return;
	snprintf(line, sizeof(line), "monotonic %ld 0", TIME_OFFSET + ns_own_offset("monotonic"));
	r = sw_write_file(AT_FDCWD, "/proc/self/timens_offsets", line);
	if ((r == -EPERM || r == -EACCES) && !could && !way.userns) {
		live_set(ret, LIVE_DENIED, r, "unshare(CLONE_NEWTIME): 0; write to /proc/self/timens_offsets: "
			 "%s", sw_errno_name(r));
		live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_TIME is not in the effective set");
		return;
	}
	if (r) {
		live_set(ret, r == -ENOENT ? LIVE_UNKNOWN : LIVE_BROKEN, r, "unshare(CLONE_NEWTIME): 0; "
			 "write to /proc/self/timens_offsets: %s", sw_errno_name(r));
		return;
	}
	if (pipe2(fds, O_CLOEXEC) || (child = sw_fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (child == 0) {
		/* The offset holds for children, not for the one who unshared (time_namespaces(7)). */
		clock_gettime(CLOCK_MONOTONIC, &inside);
		sw_write_all(fds[1], &inside, sizeof(inside));
		_exit(0);
	}
	close(fds[1]);
	(void)!read(fds[0], &inside, sizeof(inside));
	sw_waitpid(child, &status);
	if (inside.tv_sec - before.tv_sec >= TIME_OFFSET)
		live_set(ret, LIVE_WORKS, 0, "an offset of %d s on the monotonic clock holds inside%s",
			 TIME_OFFSET, live_way_text(&way));
	else
		live_set(ret, LIVE_BROKEN, 0, "timens_offsets was taken, but the clock inside does not "
			 "follow");
}

static const struct feature rows[] = {
	{ .id = "ns.mnt", .title = "Mount namespaces", .area = "namespace",
	  .since = KVER_NONE, .commit = "mount_namespaces(7): 2.4.19",
	  .probe = probe_mnt },
	{ .id = "ns.uts", .title = "Host names (UTS namespaces)", .area = "namespace",
	  .kconfig = { { KVER_NONE, 0, "UTS_NS" } },
	  .since = KVER_NONE, .commit = "4865ecf1315b (2.6.19)", .probe = probe_uts },
	{ .id = "ns.ipc", .title = "IPC namespaces", .area = "namespace",
	  .kconfig = { { KVER_NONE, 0, "IPC_NS" } },
	  .since = KVER_NONE, .commit = "25b21cb2f6d6 (2.6.19)", .probe = probe_ipc },
	{ .id = "ns.pid", .title = "Process ids (PID namespaces)", .area = "namespace",
	  .kconfig = { { KVER_NONE, 0, "PID_NS" } },
	  .since = KVER_NONE, .commit = "74bd59bb39eb (2.6.24)", .probe = probe_pid },
	{ .id = "ns.net", .title = "Network namespaces", .area = "namespace",
	  .kconfig = { { KVER_NONE, 0, "NET_NS" } },
	  .since = KVER_NONE, .commit = "9dd776b6d7b0 (2.6.24), complete in 2.6.29", .probe = probe_net },
	{ .id = "ns.user", .title = "User namespaces", .area = "namespace",
	  .kconfig = { { KVER(3, 5), 0, "USER_NS" } },
	  .since = KVER(3, 5), .commit = "22d917d80e84 (uid_map); by the unprivileged since 3.8 (5eaf563e5329)",
	  .probe = probe_user,
	  .remedy = "see user.max_user_namespaces and the distribution's own switches in /proc/sys/kernel" },
	{ .id = "ns.cgroup", .title = "Cgroup namespaces", .area = "namespace",
	  .kconfig = { { KVER(4, 6), 0, "CGROUPS" } },
	  .since = KVER(4, 6), .commit = "a79a908fd2b0", .probe = probe_cgroup_ns },
	{ .id = "ns.time", .title = "Clock offsets (time namespaces)", .area = "namespace",
	  .kconfig = { { KVER(5, 6), 0, "TIME_NS" } },
	  .since = KVER(5, 6), .commit = "769071ac9f20", .probe = probe_time },
	{ .id = "ns.nested", .title = "Namespaces within namespaces", .area = "namespace",
	  .kconfig = { { KVER(3, 8), 0, "USER_NS && PID_NS" } },
	  .since = KVER(3, 8), .commit = "user_namespaces(7), pid_namespaces(7)", .probe = ns_probe_nested },
	{ .id = "ns.setns", .title = "Joining namespaces of every kind", .area = "namespace",
	  .kconfig = { { KVER(3, 8), 0, "NAMESPACES" } },
	  .since = KVER(3, 8), .commit = "setns(2); mnt, pid and user since 3.8",
	  .probe = ns_probe_setns },
	{ .id = "ns.user_map_5", .title = "Id maps of 5 lines", .area = "namespace",
	  .kconfig = { { KVER(3, 5), 0, "USER_NS" } },
	  .since = KVER(3, 5), .commit = "22d917d80e84", .probe = ns_probe_user_map, .num = 5 },
	{ .id = "ns.user_map_340", .title = "Id maps of 340 lines", .area = "namespace",
	  .kconfig = { { KVER(4, 15), 0, "USER_NS" } },
	  .since = KVER(4, 15), .commit = "6397fac4915a", .probe = ns_probe_user_map, .num = 340 },
	{ .id = "ns.user_setgroups", .title = "Denying setgroups in a user namespace",
	  .area = "namespace",
	  .kconfig = { { KVER(3, 19), 0, "USER_NS" } },
	  .since = KVER(3, 19), .commit = "9cc46516ddf4", .probe = ns_probe_setgroups },
	{ .id = "ns.net_id", .title = "Numbers for network namespaces (nsid)", .area = "namespace",
	  .kconfig = { { KVER(4, 0), 0, "NET_NS" } },
	  .since = KVER(4, 0), .commit = "0c7aecd4bde4", .probe = ns_probe_net_id },
	{ .id = "ns.ioctl", .title = "Owners and parents of namespaces (ioctl)", .area = "namespace",
	  .kconfig = { { KVER(4, 9), 0, "USER_NS" } },
	  .since = KVER(4, 9), .commit = "6786741dbf99, a7306ed8d94a", .probe = ns_probe_ioctl },
	{ .id = "ns.limits", .title = "Limits on numbers (user.max_*_namespaces)", .area = "namespace",
	  .kconfig = { { KVER(4, 9), 0, "PROC_SYSCTL" } },
	  .since = KVER(4, 9), .commit = "dbec28460a89, 25f9c0817c53", .probe = ns_probe_limits },
	{ .id = "ns.ioctl_type", .title = "Kinds and owners' uids (ioctl)", .area = "namespace",
	  .kconfig = { { KVER(4, 11), 0, "USER_NS" } },
	  .since = KVER(4, 11), .commit = "e5ff5ce6e20e, d95fa3c76a66", .probe = ns_probe_ioctl_type },
	{ .id = "ns.ioctl_pid", .title = "Translating process ids (ioctl)", .area = "namespace",
	  .kconfig = { { KVER(6, 11), 0, "PID_NS" } },
	  .since = KVER(6, 11), .commit = "ca567df74a28", .probe = ns_probe_ioctl_pid },
	{ .id = "ns.pid_for_children", .title = "Which PID namespace children will be in",
	  .area = "namespace",
	  .kconfig = { { KVER(4, 12), 0, "PID_NS" } },
	  .since = KVER(4, 12), .commit = "eaa0d190bfe1", .probe = ns_probe_pid_for_children },
	{ .id = "ns.time_offsets", .title = "Both clocks offset, by vDSO and call", .area = "namespace",
	  .kconfig = { { KVER(5, 6), 0, "TIME_NS" } },
	  .since = KVER(5, 6), .commit = "04a8682a71be (timens_offsets)", .probe = ns_probe_time_offsets },
	{ .id = "ns.setns_pidfd", .title = "Joining namespaces by pidfd", .area = "namespace",
	  .since = KVER(5, 8), .commit = "303cc571d107", .probe = ns_probe_setns_pidfd },
};

static const struct feature_sharing sharing[] = {
	{ ns_probe_ioctl, SHARE_PROCESS }, { ns_probe_ioctl_type, SHARE_PROCESS },
	{ ns_probe_nested, SHARE_MEMORY }, { ns_probe_net_id, SHARE_MEMORY },
	{ ns_probe_pid_for_children, SHARE_MEMORY }, { ns_probe_setgroups, SHARE_MEMORY },
	{ ns_probe_user_map, SHARE_MEMORY }, { probe_cgroup_ns, SHARE_MEMORY },
	{ probe_ipc, SHARE_MEMORY }, { probe_mnt, SHARE_PROCESS }, { probe_net, SHARE_PROCESS },
	{ probe_pid, SHARE_MEMORY }, { probe_user, SHARE_MEMORY }, { probe_uts, SHARE_PROCESS },
	{ NULL, 0 },
};

const struct feature_area feature_area_namespace = {
	.name = "namespace", .title = "Namespaces", FEATURE_ROWS(rows), .sharing = sharing,
};
