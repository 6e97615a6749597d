// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

void live_set(struct live *l, enum live_value v, int err, const char *fmt, ...)
{
	va_list ap;

	l->value = v;
	l->err = abs(err);
	va_start(ap, fmt);
	vsnprintf(l->evidence, sizeof(l->evidence), fmt, ap);
	va_end(ap);
}

void live_more(struct live *l, const char *fmt, ...)
{
	size_t len = strlen(l->evidence);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->evidence + len, sizeof(l->evidence) - len, fmt, ap);
	va_end(ap);
}

void live_cause(struct live *l, enum finding_type t, const char *fmt, ...)
{
	va_list ap;

	l->cause = t;
	va_start(ap, fmt);
	vsnprintf(l->cause_text, sizeof(l->cause_text), fmt, ap);
	va_end(ap);
}

bool live_has_cap(int cap)
{
	/* capget(2), version 3: two words of each set; since 2.6.26. */
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2] = { { 0 } };

	if (sys_call(SYS_capget, (long)&head, (long)data, 0, 0, 0, 0) < 0)
		return false;
	return data[cap / 32].effective >> (cap % 32) & 1;
}

bool live_in_userns(void)
{
	char map[64];
	unsigned int in, out, count;

	/* Without uid_map, since 3.5, there is nothing to be in; unreadable, nothing is claimed. */
	if (sw_read_line(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0)
		return false;
	return sscanf(map, "%u %u %u", &in, &out, &count) != 3 || in || out || count != 4294967295u;
}

bool live_blame_privilege(struct live *ret)
{
	if (!live_has_cap(LIVE_CAP_SYS_ADMIN))
		live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN is not in the effective set (uid %u)",
			   (unsigned int)geteuid());
	else if (live_in_userns())
		live_cause(ret, FINDING_CAPABILITY, "this is root of a user namespace only");
	else if (geteuid())
		live_cause(ret, FINDING_CAPABILITY, "uid %u is not root", (unsigned int)geteuid());
	else
		return false;
	return true;
}

int live_call_lsms(char *out, size_t size)
{
	/* LSM_ID_* of include/uapi/linux/lsm.h; the numbers are part of the system call's interface. */
	static const struct {
		uint64_t id;
		const char *name;
	} names[] = {
		{ 100, "capability" }, { 101, "selinux" }, { 102, "smack" }, { 103, "tomoyo" },
		{ 104, "apparmor" }, { 105, "yama" }, { 106, "loadpin" }, { 107, "safesetid" },
		{ 108, "lockdown" }, { 109, "bpf" }, { 110, "landlock" }, { 111, "ima" }, { 112, "evm" },
		{ 113, "ipe" },
	};
	uint64_t ids[64];
	uint32_t bytes = sizeof(ids);
	long n = sys_lsm_list_modules(ids, &bytes, 0);

	if (n < 0)
		return n;
	out[0] = 0;
	for (long i = 0; i < n && i < 64; i++) {
		char number[24];
		const char *name = number;
		size_t len = strlen(out);

		snprintf(number, sizeof(number), "%llu", (unsigned long long)ids[i]);
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++)
			if (names[k].id == ids[i])
				name = names[k].name;
		snprintf(out + len, size - len, "%s%s", len ? "," : "", name);
	}
	return 0;
}

int live_active_lsms(char *out, size_t size)
{
	if (sw_read_line(AT_FDCWD, "/sys/kernel/security/lsm", out, size) > 0)
		return 0;
	return live_call_lsms(out, size);
}

/* What AppArmor, SELinux or Smack confine this process as, "" where they do not. */
static void own_label(char *out, size_t size)
{
	/* A file for each module since 5.8 (6d9c939dbe4d); before, the one file of the only one. */
	static const char *const files[] = { "/proc/self/attr/apparmor/current", "/proc/self/attr/current" };

	out[0] = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !out[0]; i++)
		if (sw_read_line(AT_FDCWD, files[i], out, size) < 0 || !strcmp(out, "unconfined"))
			out[0] = 0;
}

bool live_blame_lsm(struct live *ret, int cap)
{
	char active[128], label[64];

	if (!live_has_cap(cap) || live_seccomp_mode() != 0)
		return false;
	own_label(label, sizeof(label));
	if (live_active_lsms(active, sizeof(active)))
		active[0] = 0;
	live_cause(ret, FINDING_LSM, "a security module refuses what the kernel itself allows%s%s%s%s%.60s%s",
		   active[0] ? " (active: " : "", active, active[0] ? ")" : "", label[0] ? "; confined as '" : "",
		   label, label[0] ? "'" : "");
	return true;
}

struct place {
	dev_t dev;
	ino_t ino;
};

/* setns(2) to the mount namespace that one is in goes to the root of that, wherever one was. */
static void go_to_the_root(void *arg, void *answer)
{
	struct place *p = answer;
	struct stat st;
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	(void)arg;
	if (fd < 0 || sys_setns(fd, SW_CLONE_NEWNS) || stat("/", &st))
		_exit(1);
	*p = (struct place){ st.st_dev, st.st_ino };
}

int live_chrooted(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	bool listed = false;
	char *line, *save = NULL;
	struct place root;
	struct stat here;

	/* Takes CAP_SYS_ADMIN and CAP_SYS_CHROOT, and 3.8 for the file. */
	if (sw_child_run(go_to_the_root, NULL, &root, sizeof(root), 20000).end == SW_CHILD_ANSWERED &&
	    !stat("/", &here))
		return here.st_dev != root.dev || here.st_ino != root.ino;
	/* proc(5): mount points as seen from the root directory; a root that is one is listed as "/". */
	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 8 << 20) || !b.data)
		return -1;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[8];

		listed |= sscanf(line, "%*s %*s %*s %*s %7s", point) == 1 && !strcmp(point, "/");
	}
	return listed ? -1 : 1;
}

int live_seccomp_mode(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p;

	/* The Seccomp line came with 3.8 (2f4b3bf6b207); PR_GET_SECCOMP with 2.6.23. */
	if (!sw_read_file(AT_FDCWD, "/proc/self/status", &b, 1 << 16)) {
		p = strstr(sw_buf_str(&b), "\nSeccomp:");
		if (p)
			return atoi(p + strlen("\nSeccomp:"));
	}
	int r = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	return r >= 0 && r <= 2 ? r : -1;
}

enum { PROC_MAGIC = 0x9fa0 };	/* <linux/magic.h> */

int live_proc(const char *path)
{
	char dir[160];
	struct statfs sf;
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	if (!statfs(dir, &sf))
		return sf.f_type == PROC_MAGIC ? 1 : -1;
	/* The nearest directory that is there must be the kernel's own, or something covers it. */
	while (errno == ENOENT && (slash = strrchr(dir, '/')) && slash != dir) {
		*slash = 0;
		if (statfs(dir, &sf))
			continue;
		if (sf.f_type != PROC_MAGIC)
			return -1;
		/* subset=pid (5.8, 6814ef2d992a) leaves the directories of processes only, with no net in them. */
		if (strcmp(dir, "/proc") && !sw_starts_with(path, "/proc/self/net"))
			return 0;
		return access("/proc/version", F_OK) ? -1 : 0;
	}
	return -1;
}

bool live_proc_numbers_us(void)
{
	char line[32];
	int pid;

	return sw_read_line(AT_FDCWD, "/proc/self/stat", line, sizeof(line)) > 0 &&
	       sscanf(line, "%d", &pid) == 1 && pid == getpid();
}

bool live_need_proc_of_ours(struct live *ret)
{
	if (live_proc_numbers_us())
		return true;
	live_set(ret, LIVE_UNKNOWN, 0, "not tried: %s", access("/proc/self", F_OK) ? "no /proc to see it in" :
		 "/proc is of another PID namespace, in which our processes have other numbers");
	return false;
}

int live_sysctl(const char *path, long *ret_value)
{
	char full[128], line[64];
	ssize_t n;

	snprintf(full, sizeof(full), "/proc/sys/%s", path);
	n = sw_read_line(AT_FDCWD, full, line, sizeof(line));
	if (n == -ENOENT && live_proc(full) < 0)
		return -ENODATA;
	if (n < 0)
		return n;
	return sw_parse_long(line, ret_value);
}

const char *live_way_text(const struct live_way *way)
{
	return way->userns ? " in a user namespace of our own" : "";
}

static const struct ns_name {
	uint64_t flag;
	const char *flag_name, *name;
	uint32_t file_since;	/* /proc/self/ns/NAME is there from this version on, if configured */
} ns_names[] = {
	{ SW_CLONE_NEWNS, "CLONE_NEWNS", "mnt", KVER(3, 8) },
	{ SW_CLONE_NEWUTS, "CLONE_NEWUTS", "uts", KVER(3, 0) },
	{ SW_CLONE_NEWIPC, "CLONE_NEWIPC", "ipc", KVER(3, 0) },
	{ SW_CLONE_NEWPID, "CLONE_NEWPID", "pid", KVER(3, 8) },
	{ SW_CLONE_NEWNET, "CLONE_NEWNET", "net", KVER(3, 0) },
	{ SW_CLONE_NEWUSER, "CLONE_NEWUSER", "user", KVER(3, 8) },
	{ SW_CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup", KVER(4, 6) },
	{ SW_CLONE_NEWTIME, "CLONE_NEWTIME", "time", KVER(5, 6) },
};

static const struct ns_name *ns_name(uint64_t flag)
{
	for (size_t i = 0; i < sizeof(ns_names) / sizeof(*ns_names); i++)
		if (ns_names[i].flag & flag)
			return &ns_names[i];
	return NULL;
}

int live_ns_file(const char *name)
{
	char path[64];

	if (access("/proc/self/ns", F_OK))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return access(path, F_OK) ? 0 : 1;
}

bool live_blame_filter(struct live *ret, const char *call, int err, bool there)
{
	if (live_seccomp_mode() != 2)
		return false;
	live_set(ret, there ? LIVE_DENIED : LIVE_UNKNOWN, err, "%s: %s", call,
		 sw_errno_name(err));
	live_cause(ret, FINDING_SECCOMP,
		   "a seccomp filter answers in place of the kernel (Seccomp: 2 in /proc/self/status)");
	return true;
}

enum { NESTING_MAX = 32 };

/* How many PID namespaces this process is in, by the numbers of NSpid (4.1); 0 where it does not show. */
static int pid_nesting(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p;
	int count = 0;

	if (sw_read_file(AT_FDCWD, "/proc/self/status", &b, 1 << 16))
		return 0;
	p = strstr(sw_buf_str(&b), "\nNSpid:");
	for (p = p ? p + strlen("\nNSpid:") : ""; *p && *p != '\n'; p++)
		count += p[0] == '\t' && p[1] >= '0' && p[1] <= '9';
	return count;
}

/*
 * These two nest, 32 deep below the initial one (PID: f2302505775f, 3.7; user: 8742f229b635, 3.9), and
 * how deep one is does not always show. Either way it is a matter of this place, not of the kernel.
 */
static void explain_nesting(const struct ns_name *n, int err, struct live *ret)
{
	live_set(ret, LIVE_UNKNOWN, err, "unshare(%s): %s", n->flag_name, sw_errno_name(err));
	if (n->flag == SW_CLONE_NEWPID && pid_nesting() > NESTING_MAX)
		live_cause(ret, FINDING_LIMIT, "this process is %d pid namespaces deep, as deep as they can be "
			   "nested", NESTING_MAX);
	else
		live_cause(ret, FINDING_LIMIT, "the limit on the number or the nesting of %s namespaces is "
			   "reached", n->name);
}

/* ENOSPC (EUSERS before 4.9): the number or the nesting of namespaces is limited. */
static void explain_limit(const struct ns_name *n, int err, struct live *ret)
{
	char path[64];
	long max;

	live_set(ret, LIVE_DENIED, err, "unshare(%s): %s", n->flag_name, sw_errno_name(err));
	/* /proc/sys/user/max_*_namespaces came with 4.9 (dbec28460a89). */
	snprintf(path, sizeof(path), "user/max_%s_namespaces", n->name);
	if (!live_sysctl(path, &max) && max == 0)
		live_cause(ret, FINDING_SYSCTL, "user.max_%s_namespaces=0", n->name);
	else if (n->flag != SW_CLONE_NEWUSER && !live_sysctl("user/max_user_namespaces", &max) &&
		 max == 0 && !live_has_cap(LIVE_CAP_SYS_ADMIN))
		live_cause(ret, FINDING_SYSCTL, "user.max_user_namespaces=0");
	else if (n->flag == SW_CLONE_NEWPID || n->flag == SW_CLONE_NEWUSER)
		explain_nesting(n, err, ret);
	else
		live_cause(ret, FINDING_LIMIT, "the limit on the number of %s namespaces is reached", n->name);
}

static void explain_eperm(const struct ns_name *n, int file, struct live *ret)
{
	/* Debian's patch and Ubuntu's AppArmor switch; both only bind the unprivileged. */
	static const struct {
		const char *path, *name;
		long forbids;
	} switches[] = {
		{ "kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0 },
		{ "kernel/apparmor_restrict_unprivileged_userns",
		  "kernel.apparmor_restrict_unprivileged_userns", 1 },
	};
	bool privileged = live_has_cap(LIVE_CAP_SYS_ADMIN);
	long v;

	/* Without a privilege the kernel does not look further: it may not have it at all. */
	live_set(ret, file == 1 ? LIVE_DENIED : LIVE_UNKNOWN, EPERM, "unshare(%s): EPERM%s%s%s",
		 n->flag_name, file == 1 ? "; /proc/self/ns/" : "", file == 1 ? n->name : "",
		 file == 1 ? " is there" : "");
	int chrooted = n->flag == SW_CLONE_NEWUSER ? live_chrooted() : 0;

	if (chrooted == 1) {
		live_cause(ret, FINDING_CHROOT, "the process is in a chroot, and user namespaces cannot be made "
			   "in one");
		return;
	}
	if (privileged) {
		/* Ids that are not mapped are the kernel's other reason, in a user namespace only. */
		if (!chrooted && !live_in_userns())
			live_blame_lsm(ret, LIVE_CAP_SYS_ADMIN);
		return;
	}
	if (n->flag == SW_CLONE_NEWUSER)
		for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++)
			if (!live_sysctl(switches[i].path, &v) && v == switches[i].forbids) {
				live_cause(ret, FINDING_SYSCTL, "%s=%ld", switches[i].name, v);
				return;
			}
	if (n->flag != SW_CLONE_NEWUSER)
		live_blame_privilege(ret);
}

/* Debian's patch asks for privilege even before the kernel looks for unknown bits. */
static bool forbidden_to_users(uint64_t flags)
{
	long v;

	return flags & SW_CLONE_NEWUSER && !live_has_cap(LIVE_CAP_SYS_ADMIN) &&
	       !live_sysctl("kernel/unprivileged_userns_clone", &v) && v == 0;
}

void live_explain_unshare(const struct probe_ctx *ctx, uint64_t flags, int err, struct live *ret)
{
	const struct ns_name *n = ns_name(flags);
	int file = live_ns_file(n->name), control;
	char call[48];

	err = abs(err);
	snprintf(call, sizeof(call), "unshare(%s)", n->flag_name);
	/*
	 * The kernel refuses unknown bits with EINVAL before anything else, privilege included
	 * (check_unshare_flags(), since 2.6.38; bit 0 belongs to the exit signal of clone and never
	 * was a flag). Whoever answers otherwise is not the kernel.
	 */
	control = sys_unshare(flags | 1);
	if (control == -EPERM && forbidden_to_users(flags))
		control = sys_unshare(1);
	if (control != -EINVAL && control != 0) {
		if (live_blame_filter(ret, call, err, file == 1))
			live_more(ret, "; with an invalid flag %s instead of EINVAL",
				  sw_errno_name(control));
		else
			live_set(ret, LIVE_UNKNOWN, err, "%s: %s, and with an invalid flag %s: not "
				 "the answers of Linux", call, sw_errno_name(err), sw_errno_name(control));
		return;
	}
	if (err == EPERM && file == 0 && ctx->version >= n->file_since) {
		live_set(ret, LIVE_ABSENT, err, "%s: EPERM, and no /proc/self/ns/%s", call, n->name);
		return;
	}
	if (err == EINVAL && file == 1) {
		/* The file is there only where the kind is configured: the kernel contradicts itself. */
		if (!live_blame_filter(ret, call, err, true))
			live_set(ret, LIVE_BROKEN, err, "%s: EINVAL, though /proc/self/ns/%s is there", call,
				 n->name);
		return;
	}
	switch (err) {
	case EINVAL:
	case ENOSYS:
		live_set(ret, LIVE_ABSENT, err, "%s: %s", call, sw_errno_name(err));
		break;
	case ENOSPC:
	case EUSERS:
		explain_limit(n, err, ret);
		break;
	case EPERM:
		explain_eperm(n, file, ret);
		break;
	default:
		live_set(ret, LIVE_UNKNOWN, err, "%s: %s", call, sw_errno_name(err));
	}
}

/* The same without /proc: a pidfd gives its process's namespaces since 6.11 (5b08bd408534). */
static void pidfd_identity(const struct ns_name *n, bool children, char *out, size_t size)
{
	/* PIDFD_GET_*_NAMESPACE of include/uapi/linux/pidfd.h: _IO(0xFF, number) */
	static const struct {
		const char *name;
		unsigned int nr, nr_children;
	} gets[] = {
		{ "cgroup", 1, 0 }, { "ipc", 2, 0 }, { "mnt", 3, 0 }, { "net", 4, 0 }, { "pid", 5, 6 },
		{ "time", 7, 8 }, { "user", 9, 0 }, { "uts", 10, 0 },
	};
	int pidfd __sw_fd = sys_pidfd_open(getpid(), 0);
	struct stat st;

	for (size_t i = 0; pidfd >= 0 && i < sizeof(gets) / sizeof(*gets); i++) {
		int fd __sw_fd = -1;

		if (strcmp(gets[i].name, n->name))
			continue;
		fd = ioctl(pidfd, _IO(0xff, children ? gets[i].nr_children : gets[i].nr), 0);
		if (fd >= 0 && !fstat(fd, &st))
			snprintf(out, size, "%s:[%llu]", n->name, (unsigned long long)st.st_ino);
	}
}

/*
 * Which namespace a flag's kind is, "" where it cannot be learnt: before 3.8 the files are no
 * links, and what children will be in has files of its own (pid since 4.12, time since 5.6).
 */
static void ns_identity(uint64_t flag, char *out, size_t size)
{
	const struct ns_name *n = ns_name(flag);
	bool children = flag & (SW_CLONE_NEWPID | SW_CLONE_NEWTIME);
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/ns/%s%s", n->name, children ? "_for_children" : "");
	len = readlink(path, out, size - 1);
	out[len > 0 ? len : 0] = 0;
	if (!out[0])
		pidfd_identity(n, children, out, size);
}

/*
 * Is it the kernel that answers unshare(2)? It refuses unknown bits with EINVAL before anything else
 * (see live_explain_unshare()); a filter that claims success claims this one as well. Debian's patch
 * looks for privilege first, for user namespaces only.
 */
static bool kernel_answers_unshare(uint64_t flags)
{
	int r = sys_unshare(flags | 1);

	if (r == -EPERM && flags & SW_CLONE_NEWUSER && !live_has_cap(LIVE_CAP_SYS_ADMIN))
		r = sys_unshare(1);
	return r == -EINVAL;
}

int live_unshare_for_real(uint64_t flags)
{
	char before[64], after[64];
	int r;

	session_spoil();
	ns_identity(flags, before, sizeof(before));
	/* Without the file (and before 6.11) success does not show: then it is not asked of a liar. */
	if ((!before[0] || live_ns_file(ns_name(flags)->name) != 1) && !kernel_answers_unshare(flags))
		return -EREMOTEIO;
	r = sys_unshare(flags);
	ns_identity(flags, after, sizeof(after));
	return !r && before[0] && !strcmp(before, after) ? -EIO : r;
}

int live_enter_userns(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	char map[32];
	int r = live_unshare_for_real(SW_CLONE_NEWUSER);

	if (r)
		return r;
	/* Since 3.19 (9cc46516ddf4) gid_map may only be written once setgroups is denied. */
	sw_write_file(AT_FDCWD, "/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	r = sw_write_file(AT_FDCWD, "/proc/self/uid_map", map);
	if (r)
		return r;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return sw_write_file(AT_FDCWD, "/proc/self/gid_map", map);
}

int live_map_userns(pid_t pid, unsigned int outside)
{
	char path[48], map[32];
	int r = 0;

	snprintf(map, sizeof(map), "0 %u 1", outside);
	for (const char *p = "ug"; !r && *p; p++) {
		snprintf(path, sizeof(path), "/proc/%d/%cid_map", (int)pid, *p);
		r = sw_write_file(AT_FDCWD, path, map);
	}
	return r;
}

int live_other_userns(unsigned int outside, void (*inside)(const char *arg), const char *arg,
		      pid_t *ret_pid)
{
	char byte;
	int go[2], r;
	pid_t pid;

	/* Its number in another PID namespace's /proc is somebody else's. */
	if (!live_proc_numbers_us())
		return -ESRCH;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	pid = sys_clone(SW_CLONE_NEWUSER);
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			inside(arg);
		_exit(255);
	}
	close(go[0]);
	r = pid < 0 ? pid : live_map_userns(pid, outside);
	if (!r && write(go[1], "x", 1) != 1)
		r = -errno;
	close(go[1]);
	if (r && pid > 0)
		sw_waitpid(pid, &(int){ 0 });
	if (!r)
		*ret_pid = pid;
	return r;
}

int live_unshare(const struct probe_ctx *ctx, uint64_t flags, struct live *ret,
		 struct live_way *way)
{
	int r = live_unshare_for_real(flags), u;

	way->userns = false;
	if (r == -EIO) {
		live_set(ret, LIVE_BROKEN, 0, "unshare(%s): 0, but it is the same namespace as before",
			 ns_name(flags)->flag_name);
		return r;
	}
	if (r == -EREMOTEIO) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: unshare(%s) with an invalid flag does not give "
			 "EINVAL, so it is not the kernel that answers", ns_name(flags)->flag_name);
		if (live_seccomp_mode() == 2)
			live_cause(ret, FINDING_SECCOMP, "a seccomp filter answers in place of the kernel");
		return r;
	}
	if (r == -EPERM && !(flags & SW_CLONE_NEWUSER) && !live_has_cap(LIVE_CAP_SYS_ADMIN)) {
		u = live_enter_userns();
		if (!u) {
			way->userns = true;
			r = live_unshare_for_real(flags);
		}
	}
	if (r)
		live_explain_unshare(ctx, flags, r, ret);
	if (r && way->userns)
		live_more(ret, " (also in a user namespace)");
	return r;
}

int live_make_private(struct live *ret)
{
	int r = sys_mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);

	/* Where / is no mount point (a chroot), EINVAL: then nothing may be mounted, it could leak. */
	if (r)
		live_set(ret, LIVE_UNKNOWN, r, "not tried: mount(/, MS_REC|MS_PRIVATE): %s",
			 sw_errno_name(r));
	if (r == -EINVAL && live_chrooted() == 1)
		live_cause(ret, FINDING_CHROOT, "the process is in a chroot: its mounts cannot be made private");
	/* In a mount namespace of our own the kernel asks for CAP_SYS_ADMIN alone (may_mount()). */
	else if (r == -EPERM || r == -EACCES)
		live_blame_lsm(ret, LIVE_CAP_SYS_ADMIN);
	return r;
}

int live_tmpfs(const char *options, struct live *ret)
{
	static const char *const places[] = { "/tmp", "/run", "/dev", "/var", "/mnt", NULL };
	struct stat before, after;
	int r;

	for (size_t i = 0; places[i]; i++) {
		if (stat(places[i], &before) || !S_ISDIR(before.st_mode))
			continue;
		r = sys_mount("seaworthy", places[i], "tmpfs", MS_NODEV, options);
		if (!r && (chdir(places[i]) || stat(".", &after)))
			r = -errno;
		/* A mount that a filter claims would have us write into the host's directory. */
		if (!r && before.st_dev == after.st_dev)
			r = -EIO;
		if (r)
			live_set(ret, LIVE_UNKNOWN, r, "not tried: tmpfs on %s: %s", places[i],
				 r == -EIO ? "0, but nothing is mounted" : sw_errno_name(r));
		else
			session_mounted(places[i], after.st_dev);
		return r;
	}
	live_set(ret, LIVE_UNKNOWN, ENOENT, "not tried: no directory to mount on");
	return -ENOENT;
}

int live_private_mounts(const struct probe_ctx *ctx, struct live *ret, struct live_way *way)
{
	int r;

	way->userns = false;
	if (session_in_mounts())
		return 0;
	r = live_unshare(ctx, SW_CLONE_NEWNS, ret, way);
	if (r) {
		ret->value = LIVE_UNKNOWN;
		return r;
	}
	return live_make_private(ret);
}

static void try_mounts(void *arg, void *answer)
{
	struct live_way way;

	live_private_mounts(arg, answer, &way);
}

bool live_confined(const struct probe_ctx *ctx)
{
	struct live seen = { 0 };
	int limit = probe_left_ms(ctx, 20000);
	struct sw_child c;

	if (!limit)
		return false;
	c = sw_child_run(try_mounts, (void *)ctx, &seen, sizeof(seen), limit);
	return c.end == SW_CHILD_ANSWERED && seen.cause == FINDING_LSM;
}
