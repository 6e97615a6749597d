// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done with namespaces once they are there: joining by descriptor, asking about them, nesting,
 * limits, maps, offsets. That each kind isolates is tried in namespace.c.
 */
#include "features/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "features/companion.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

/* ---- joining by pidfd ------------------------------------------------------------------------ */

static const char there[] = "seaworthy-there";

static int move_to_uts(void *arg)
{
	int r = sys_unshare(SW_CLONE_NEWUTS);

	(void)arg;
	return r ? r : sethostname(there, strlen(there)) ? -errno : 0;
}

void ns_probe_setns_pidfd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	int fd __sw_fd = -1, r;
	struct live_way way;
	char name[256] = "";

	/* Ours first: in a user namespace that owns both, joining is allowed. */
	if (live_unshare(ctx, SW_CLONE_NEWUTS, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	r = companion_start(&c, 0, move_to_uts, NULL);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "no second UTS namespace to join: %s", sw_errno_name(-r));
		return;
	}
	fd = sys_pidfd_open(c.pid, 0);
	if (call_is_refused(ctx, f, "pidfd_open", fd, ret))
		return;
	r = fd < 0 ? fd : sys_setns(fd, SW_CLONE_NEWUTS);
	if (call_is_refused(ctx, f, "setns of a pidfd", r, ret))
		return;
	gethostname(name, sizeof(name) - 1);
	if (r == -EINVAL)	/* before 5.8, anything but a file of /proc/PID/ns */
		way_is_unknown(ctx, f, "setns of a pidfd", EINVAL, ret);
	else if (r || strcmp(name, there))
		live_set(ret, LIVE_BROKEN, r, "setns of a pidfd: %s", r ? sw_errno_name(-r) :
			 "0, but the host name is not that of the namespace joined");
	else
		live_set(ret, LIVE_WORKS, 0, "setns by pidfd led into another process's UTS namespace%s",
			 way.userns ? " (within a user namespace of our own)" : "");
}

/* ---- asking about a namespace: ioctl_ns(2) --------------------------------------------------- */

enum { GET_USERNS = 0xb701, GET_PARENT = 0xb702, GET_NSTYPE = 0xb703, GET_OWNER_UID = 0xb704 };

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int in_new_userns(void *arg)
{
	(void)arg;
	return sys_unshare(SW_CLONE_NEWUSER);
}

/* A process in a user namespace of its own, below ours, and a descriptor for that. */
static bool userns_below(const struct probe_ctx *ctx, struct companion *c, int *ret_fd,
			 struct live *ret)
{
	char path[64];
	int r;

	if (!live_need_proc_of_ours(ret))
		return false;
	r = companion_start(c, 0, in_new_userns, NULL);
	if (r) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		ret->value = ret->value == LIVE_ABSENT ? LIVE_ABSENT : LIVE_UNKNOWN;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)c->pid);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret_fd < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "open /proc/PID/ns/user: %s", sw_errno_name(errno));
	else if (same_file(*ret_fd, "/proc/self/ns/user"))
		live_set(ret, LIVE_UNKNOWN, 0, "unshare(CLONE_NEWUSER): 0, but no new user namespace");
	else
		return true;
	return false;
}

void ns_probe_ioctl(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	int fd __sw_fd = -1, owner __sw_fd = -1, parent __sw_fd = -1, err;

	if (!userns_below(ctx, &c, &fd, ret))
		return;
	owner = ioctl(fd, GET_USERNS);
	err = owner < 0 ? errno : 0;
	if (err == ENOTTY) {
		way_is_unknown(ctx, f, "ioctl(NS_GET_USERNS)", err, ret);
		return;
	}
	parent = ioctl(fd, GET_PARENT);
	err = parent < 0 ? errno : err;
	/* A user namespace is owned by its parent, which is ours (user_namespaces(7)). */
	if (err)
		live_set(ret, LIVE_BROKEN, err, "ioctl(NS_GET_USERNS or NS_GET_PARENT): %s",
			 sw_errno_name(err));
	else if (!same_file(owner, "/proc/self/ns/user") || !same_file(parent, "/proc/self/ns/user"))
		live_set(ret, LIVE_BROKEN, 0, "ioctl(NS_GET_USERNS, NS_GET_PARENT) name another namespace");
	else
		live_set(ret, LIVE_WORKS, 0, "ioctls named the owner and the parent of a user namespace");
}

void ns_probe_ioctl_type(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	int fd __sw_fd = -1, type, err;
	uid_t uid = (uid_t)-1;

	if (!userns_below(ctx, &c, &fd, ret))
		return;
	type = ioctl(fd, GET_NSTYPE);
	err = type < 0 ? errno : 0;
	if (err == ENOTTY) {
		way_is_unknown(ctx, f, "ioctl(NS_GET_NSTYPE)", err, ret);
		return;
	}
	if (!err && ioctl(fd, GET_OWNER_UID, &uid))
		err = errno;
	if (err)
		live_set(ret, LIVE_BROKEN, err, "ioctl(NS_GET_NSTYPE or NS_GET_OWNER_UID): %s",
			 sw_errno_name(err));
	else if (type != (int)SW_CLONE_NEWUSER || uid != geteuid())
		live_set(ret, LIVE_BROKEN, 0, "ioctls say type %#x, owner %u of our own user namespace", type,
			 (unsigned int)uid);
	else
		live_set(ret, LIVE_WORKS, 0, "ioctls named the kind and the owner of a user namespace");
}

/* ---- nesting --------------------------------------------------------------------------------- */

#define DEPTH 3		/* a container in a container in a container */

/*
 * With ids mapped at each step: an unmapped process may make no user namespace (create_user_ns()).
 * Returns the depth reached, or -errno of the first step.
 */
static int nest_user(void)
{
	int depth = 0, r = 0;

	while (depth < DEPTH && !(r = live_enter_userns()))
		depth++;
	return depth ? depth : r;
}

/* Each level's first process makes the next level; the depth reached comes back as exit status. */
static int nest_pid(int depth)
{
	int status = 0;
	pid_t pid = sys_clone(SW_CLONE_NEWPID);

	if (pid == 0) {
		/* A clone that ignored the flag would give a pid of outside. */
		bool first = sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0) == 1;

		_exit(!first ? 0 : depth < DEPTH ? 1 + nest_pid(depth + 1) : 1);
	}
	if (pid < 0 || sw_waitpid(pid, &status) || (status & 0x7f))
		return 0;
	return status >> 8;
}

/* The depths of user and of PID namespaces, in two bytes; or -errno of the first step. */
static int nest_both(void *arg)
{
	int depth = nest_user();

	(void)arg;
	return depth < 0 ? depth : depth | nest_pid(1) << 8;
}

void ns_probe_nested(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	int r = companion_start(&c, 0, nest_both, NULL);

	(void)f;
	if (r < 0) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		return;
	}
	if ((r & 0xff) == DEPTH && r >> 8 == DEPTH)
		live_set(ret, LIVE_WORKS, 0, "user and PID namespaces were nested %d deep, pid 1 in each",
			 DEPTH);
	else
		live_set(ret, r >> 8 == 0 && live_ns_file("pid") == 0 ? LIVE_ABSENT : LIVE_DENIED, 0,
			 "user namespaces were nested %d deep, PID namespaces %d, of %d", r & 0xff, r >> 8,
			 DEPTH);
}

/* ---- limits on numbers ----------------------------------------------------------------------- */

#define UTS_LIMIT "/proc/sys/user/max_uts_namespaces"

/*
 * In a user namespace of our own the limit is one of our own too (25f9c0817c53), and lowering it there
 * touches nobody else.
 */
void ns_probe_limits(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r, refused, allowed;

	(void)f;
	if (access(UTS_LIMIT, F_OK)) {
		live_set(ret, live_proc(UTS_LIMIT) ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT,
			 "no " UTS_LIMIT);
		return;
	}
	if (live_unshare(ctx, SW_CLONE_NEWUSER, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	r = sw_write_file(AT_FDCWD, UTS_LIMIT, "0");
	if (r) {
		/* EROFS: containers have /proc/sys read-only. */
		live_set(ret, LIVE_UNKNOWN, r, "write to " UTS_LIMIT " in a user namespace: %s",
			 sw_errno_name(r));
		return;
	}
	refused = sys_unshare(SW_CLONE_NEWUTS);
	r = sw_write_file(AT_FDCWD, UTS_LIMIT, "1");
	allowed = sys_unshare(SW_CLONE_NEWUTS);
	if (refused == -ENOSPC && !r && !allowed)
		live_set(ret, LIVE_WORKS, 0, "user.max_uts_namespaces=0 in a user namespace of our own: "
			 "ENOSPC; =1: one can be made");
	else if (refused == -EINVAL)
		live_set(ret, LIVE_UNKNOWN, EINVAL, "no UTS namespaces to try the limit on");
	else if (!live_blame_filter(ret, "unshare(CLONE_NEWUTS)", refused ? refused : allowed, false))
		live_set(ret, LIVE_BROKEN, refused, "with user.max_uts_namespaces=0 unshare gives %s, with 1 %s",
			 refused ? sw_errno_name(-refused) : "0", allowed ? sw_errno_name(-allowed) : "0");
}

/* ---- what children will be in ---------------------------------------------------------------- */

void ns_probe_pid_for_children(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	char own[64], children[64], child[64];
	struct live_way way;
	int r = live_ns_file("pid_for_children");

	(void)f;
	if (r <= 0) {
		live_set(ret, r ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT, "no /proc/self/ns%s",
			 r ? "" : "/pid_for_children");
		return;
	}
	if (!live_need_proc_of_ours(ret))
		return;
	if (live_unshare(ctx, SW_CLONE_NEWPID, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	/* The link leads nowhere until the namespace has its first process (pidns_for_children_get()). */
	r = companion_start(&c, 0, NULL, NULL);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "fork: %s", sw_errno_name(-r));
		return;
	}
	ns_link(0, "pid", own, sizeof(own));
	ns_link(0, "pid_for_children", children, sizeof(children));
	ns_link(c.pid, "pid", child, sizeof(child));
	if (!children[0] || !strcmp(own, children) || (child[0] && strcmp(child, children)))
		live_set(ret, LIVE_BROKEN, 0, "pid_for_children is %s, of a child %s, of ourselves %s",
			 children[0] ? children : "unreadable", child, own);
	else
		live_set(ret, LIVE_WORKS, 0, "pid_for_children named the namespace that a child is in%s",
			 live_way_text(&way));
}

/* ---- maps of ids ----------------------------------------------------------------------------- */

int ns_make_map(const char *own_map, unsigned int lines, char *out, size_t size)
{
	unsigned int made = 0, first, outside, count;
	size_t len = 0;
	int used;

	while (made < lines && sscanf(own_map, "%u %u %u%n", &first, &outside, &count, &used) == 3) {
		own_map += used;
		/* To map id 0 takes CAP_SETFCAP besides (5.12, db2e718a4798). */
		for (unsigned int i = first == 0; i < count && made < lines; i++, made++) {
			len += (size_t)snprintf(out + len, size - len, "%u %u 1\n", made, first + i);
			if (len >= size)
				return -E2BIG;
		}
	}
	return made == lines ? (int)len : -ERANGE;
}

static int lines_of(const char *path)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int lines = 0;

	if (sw_read_file(AT_FDCWD, path, &b, 1 << 16))
		return -1;
	for (const char *p = sw_buf_str(&b); (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

static void map_failed(const struct feature *f, int r, struct live *ret)
{
	enum { CAP_SETUID_NR = 7 };

	live_set(ret, LIVE_UNKNOWN, r, "write of %u lines to uid_map: %s", (unsigned int)f->num,
		 sw_errno_name(-r));
	if (r == -EINVAL)	/* more lines than it takes: their numbers are such as any kernel takes */
		ret->value = LIVE_ABSENT;
	else if (r == -EPERM && !live_has_cap(CAP_SETUID_NR))
		live_cause(ret, FINDING_CAPABILITY, "CAP_SETUID is not in the effective set");
	else if (r == -EPERM)
		live_blame_privilege(ret);
	else if (r == -ENOENT && !access("/proc/self/stat", F_OK))
		ret->value = LIVE_ABSENT;
}

/* f->num lines, by a process outside: that is what newuidmap(1) and runtimes do. */
void ns_probe_user_map(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	struct sw_buf own __sw_buf = SW_BUF_INIT;
	char map[4096], path[64];
	int r, lines;

	if (!live_need_proc_of_ours(ret))
		return;
	if (sw_read_file(AT_FDCWD, "/proc/self/uid_map", &own, 1 << 16)) {
		live_set(ret, live_ns_file("uts") < 0 ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT,
			 "no /proc/self/uid_map");
		return;
	}
	/* The kernel takes less than a page at once (map_write()). */
	r = ns_make_map(sw_buf_str(&own), (unsigned int)f->num, map, sizeof(map));
	if (r < 0) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: this process's own map has not %u ids to give",
			 (unsigned int)f->num);
		return;
	}
	r = companion_start(&c, SW_CLONE_NEWUSER, NULL, NULL);
	if (r) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)c.pid);
	r = sw_write_file(AT_FDCWD, path, map);
	if (r) {
		map_failed(f, r, ret);
		return;
	}
	lines = lines_of(path);
	if (lines != (int)f->num)
		live_set(ret, LIVE_BROKEN, 0, "uid_map took %u lines, but has %d", (unsigned int)f->num, lines);
	else
		live_set(ret, LIVE_WORKS, 0, "uid_map took %d lines, and reads back as many", lines);
}

void ns_probe_setgroups(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char file[] = "/proc/self/setgroups";
	char was[16] = "", is[16] = "", map[32];
	unsigned int gid = getegid();
	struct live_way way;
	int r, err;

	(void)f;
	if (access(file, F_OK)) {
		live_set(ret, access("/proc/self/stat", F_OK) ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT, "no %s",
			 file);
		return;
	}
	if (live_unshare(ctx, SW_CLONE_NEWUSER, ret, &way))
		return;
	sw_read_line(AT_FDCWD, file, was, sizeof(was));
	r = sw_write_file(AT_FDCWD, file, "deny");
	sw_read_line(AT_FDCWD, file, is, sizeof(is));
	snprintf(map, sizeof(map), "0 %u 1", gid);
	if (!r)
		r = sw_write_file(AT_FDCWD, "/proc/self/gid_map", map);
	err = setgroups(0, NULL) ? errno : 0;
	if (r)
		live_set(ret, LIVE_BROKEN, r, "write to setgroups or gid_map: %s", sw_errno_name(r));
	else if (strcmp(is, "deny") || err != EPERM)
		live_set(ret, LIVE_BROKEN, err, "after \"deny\" %s reads \"%s\", and setgroups gives %s", file,
			 is, err ? sw_errno_name(err) : "0");
	else
		live_set(ret, LIVE_WORKS, 0, "in a new user namespace %s went from %s to deny: setgroups gives "
			 "EPERM, gid_map can be written", file, was);
}

/* ---- clocks ---------------------------------------------------------------------------------- */

static const struct {
	clockid_t id;
	const char *name;
	long offset;
} clocks[] = {
	{ CLOCK_MONOTONIC, "monotonic", 864000 }, { CLOCK_BOOTTIME, "boottime", 1728000 },
};
#define NCLOCKS (sizeof(clocks) / sizeof(*clocks))

/* Seconds of a clock, by the library's way (the vDSO) and by the system call. */
static void read_clock(clockid_t id, long ret_seconds[2])
{
	struct timespec vdso = { 0 }, call = { 0 };

	clock_gettime(id, &vdso);
	syscall(SYS_clock_gettime, id, &call);
	ret_seconds[0] = vdso.tv_sec;
	ret_seconds[1] = call.tv_sec;
}

/* In the child: does each clock, read either way, stand at least its offset later than outside? */
static int clocks_shifted(void *arg)
{
	const long (*outside)[2] = arg;
	int shifted = 0;

	for (size_t i = 0; i < NCLOCKS; i++) {
		long in[2];

		read_clock(clocks[i].id, in);
		for (int way = 0; way < 2; way++)
			shifted |= (in[way] - outside[i][way] >= clocks[i].offset) << (2 * i + way);
	}
	return shifted;
}

long ns_own_offset(const char *clock)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char name[16];
	long seconds;

	if (sw_read_file(AT_FDCWD, "/proc/self/timens_offsets", &b, 4096))
		return 0;
	for (const char *p = sw_buf_str(&b); *p;) {
		const char *end = strchrnul(p, '\n');

		if (sscanf(p, "%15s %ld", name, &seconds) == 2 && !strcmp(name, clock))
			return seconds;
		p = *end ? end + 1 : end;
	}
	return 0;
}

void ns_probe_time_offsets(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct companion c __companion = COMPANION_INIT;
	bool could = live_has_cap(LIVE_CAP_SYS_TIME);
	long outside[NCLOCKS][2];
	struct live_way way;
	char lines[96];
	int r;

	(void)f;
	for (size_t i = 0; i < NCLOCKS; i++)
		read_clock(clocks[i].id, outside[i]);
	if (live_unshare(ctx, SW_CLONE_NEWTIME, ret, &way))
		return;
	snprintf(lines, sizeof(lines), "%s %ld 0\n%s %ld 0\n", clocks[0].name,
		 clocks[0].offset + ns_own_offset(clocks[0].name), clocks[1].name,
		 clocks[1].offset + ns_own_offset(clocks[1].name));
	r = sw_write_file(AT_FDCWD, "/proc/self/timens_offsets", lines);
	if (r) {
		bool denied = (r == -EPERM || r == -EACCES) && !could && !way.userns;

		live_set(ret, denied ? LIVE_DENIED : LIVE_UNKNOWN, r, "write of two offsets to "
			 "/proc/self/timens_offsets: %s", sw_errno_name(r));
		if (denied)
			live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_TIME is not in the effective set");
		return;
	}
	r = companion_start(&c, 0, clocks_shifted, outside);
	if (r < 0)
		live_set(ret, LIVE_UNKNOWN, r, "fork: %s", sw_errno_name(-r));
	else if (r != (1 << 2 * NCLOCKS) - 1)
		live_set(ret, LIVE_BROKEN, 0, "offsets were taken, but monotonic follows by %s, boottime by %s",
			 (r & 3) == 3 ? "all ways" : r & 1 ? "vDSO only" : r & 2 ? "system call only" : "none",
			 r >> 2 == 3 ? "all ways" : r & 4 ? "vDSO only" : r & 8 ? "system call only" : "none");
	else
		live_set(ret, LIVE_WORKS, 0, "monotonic and boottime clocks are offset inside%s, by vDSO and by "
			 "system call", live_way_text(&way));
}

/* ---- ids of network namespaces --------------------------------------------------------------- */

#define NET_ID 41

static int take_id(const struct nlmsghdr *msg, void *arg)
{
	size_t len;
	const void *attrs = sw_nl_attrs(msg, sizeof(struct rtgenmsg), &len);
	const struct nlattr *a;
	int *id = arg;

	if (msg->nlmsg_type != RTM_NEWNSID)
		return 0;
	a = sw_nl_find(attrs, len, 1 /* NETNSA_NSID */);
	if (a && sw_nl_len(a) >= sizeof(*id))
		memcpy(id, sw_nl_data(a), sizeof(*id));
	return 0;
}

/* We give our new network namespace a number for itself, and find that number in the list. */
void ns_probe_net_id(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = -1, r, id = -1;
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct rtgenmsg gen = { 0 };
	struct live_way way;
	struct sw_nl_msg m;

	(void)f;
	if (live_unshare(ctx, SW_CLONE_NEWNET, ret, &way)) {
		ret->value = ret->value == LIVE_ABSENT ? LIVE_ABSENT : LIVE_UNKNOWN;
		return;
	}
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : sw_nl_open(&nl, NETLINK_ROUTE);
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "/proc/self/ns/net or a netlink socket: %s", sw_errno_name(-r));
		return;
	}
	sw_nl_begin(&m, RTM_NEWNSID, 0, &gen, sizeof(gen));
	sw_nl_put_u32(&m, 1 /* NETNSA_NSID */, NET_ID);
	sw_nl_put_u32(&m, 3 /* NETNSA_FD */, (uint32_t)fd);
	r = sw_nl_ack(&nl, &m);
	if (r == -EOPNOTSUPP || r == -EINVAL) {
		live_set(ret, LIVE_ABSENT, r, "RTM_NEWNSID: %s", sw_errno_name(-r));
		return;
	}
	if (!r) {
		sw_nl_begin(&m, RTM_GETNSID, 0, &gen, sizeof(gen));
		r = sw_nl_dump(&nl, &m, take_id, &id);
	}
	if (r || id != NET_ID)
		live_set(ret, LIVE_BROKEN, r, "RTM_NEWNSID, RTM_GETNSID: %s", r ? sw_errno_name(-r) :
			 "the number given is not in the list");
	else
		live_set(ret, LIVE_WORKS, 0, "a network namespace got a number, and was found by it%s",
			 live_way_text(&way));
}
