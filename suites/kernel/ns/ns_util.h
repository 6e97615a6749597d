/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of namespaces share: a process that only holds namespaces, a child that is root of its own
 * user namespace, the kinds in a table. Include it after suite.h.
 */
#ifndef NS_UTIL_H
#define NS_UTIL_H

#include <grp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define NS_OUTER_ID 165533u	/* ids that nobody has: root of a user namespace is the first of them */
#define NS_IDS 65536u		/* how many ids are mapped */

struct ns_kind {
	const char *name;	/* in /proc/PID/ns */
	uint64_t flag;
};

/* Those that clone(2) has flags for. Time namespaces come by unshare(2) and clone3(2) alone. */
static const struct ns_kind ns_kinds[] __attribute__((unused)) = {
	{ "cgroup", SW_CLONE_NEWCGROUP }, { "ipc", SW_CLONE_NEWIPC }, { "mnt", SW_CLONE_NEWNS },
	{ "net", SW_CLONE_NEWNET }, { "pid", SW_CLONE_NEWPID }, { "user", SW_CLONE_NEWUSER },
	{ "uts", SW_CLONE_NEWUTS },
};

#define NS_ALL_BUT_TIME (SW_CLONE_NEWCGROUP | SW_CLONE_NEWIPC | SW_CLONE_NEWNS | SW_CLONE_NEWNET |    \
			 SW_CLONE_NEWPID | SW_CLONE_NEWUSER | SW_CLONE_NEWUTS)

/*
 * A process that does nothing but be in new namespaces, until ns_release(). With SW_CLONE_NEWTIME
 * clone3(2) makes it. Returns 0 or -errno.
 */
struct ns_holder {
	pid_t pid;
	struct suite_line line;
};

static int __attribute__((unused)) ns_hold(struct ns_holder *h, uint64_t flags)
{
	long value;
	int r = suite_line(&h->line);

	if (r)
		return r;
	if (flags & SW_CLONE_NEWTIME) {
		struct sys_clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

		fflush(NULL);
		h->pid = sys_clone3(&args, sizeof(args));
		if (!h->pid)
			suite_is_child = true;
	} else {
		h->pid = suite_clone(flags);
	}
	if (h->pid < 0)
		return h->pid;
	suite_line_mine(&h->line, h->pid == 0);
	if (!h->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		suite_hear(&h->line, &value);
		_exit(0);
	}
	return 0;
}

/* Let it end, and wait for that. Returns what suite_wait() does. */
static int __attribute__((unused)) ns_release(struct ns_holder *h)
{
	suite_line_close(&h->line);
	return suite_wait(h->pid);
}

/*
 * suite_clone() with SW_CLONE_NEWUSER and these flags: the child goes on as root of the new user
 * namespace, whose ids 0 to count - 1 are outside's from outside on. It holds all capabilities
 * there, and its files in /proc are its own. Returns as suite_clone().
 */
static pid_t __attribute__((unused)) ns_clone_root(uint64_t flags, unsigned int outside,
						    unsigned int count)
{
	struct suite_line line;
	long value;
	int r = suite_line(&line);
	pid_t pid;

	if (r)
		return r;
	pid = suite_clone(flags | SW_CLONE_NEWUSER);
	if (pid < 0)
		return pid;
	suite_line_mine(&line, pid == 0);
	if (!pid) {
		r = suite_hear(&line, &value);
		suite_line_close(&line);
		if (r || setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0) ||
		    prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL)) {
			fprintf(stderr, "to be root of a new user namespace: %s\n",
				sw_errno_name(r ? -r : errno));
			suite_child_exit(251);
		}
		return 0;
	}
	r = suite_map_ids(pid, 0, outside, count);
	if (!r)
		r = suite_tell(&line, 1);
	suite_line_close(&line);
	if (r) {
		suite_kill_wait(pid);
		return r;
	}
	return pid;
}

/* CHILD() as root of a new user namespace; and one below that, which has the first 1000 of its ids. */
#define ROOT_CHILD_IDS(pid, flags, outside, count)                                            \
	pid_t pid = ns_clone_root(flags, outside, count);                                         \
	ASSERT_LE(0, pid) TH_LOG("root of a user namespace: %s", sw_errno_name(-pid));            \
	if (pid == 0)                                                                             \
		for (;; suite_child_exit(_metadata->passed ? 0 : _metadata->step))
#define ROOT_CHILD(pid, flags) ROOT_CHILD_IDS(pid, flags, NS_OUTER_ID, NS_IDS)
#define NESTED_CHILD(pid, flags) ROOT_CHILD_IDS(pid, flags, 0, 1000)

/* Inode number of an open file of a namespace, which identifies it; 0 on error. */
static uint64_t __attribute__((unused)) ns_fd_id(int fd)
{
	struct stat st;

	return fd < 0 || fstat(fd, &st) ? 0 : st.st_ino;
}

/* Inode number of /proc/PID/ns/NAME; 0 on error. */
static uint64_t __attribute__((unused)) ns_id(pid_t pid, const char *name)
{
	uint64_t id;

	return suite_ns_id(pid, name, &id) ? 0 : id;
}

/* Whether the caller's effective set has a capability (its number). */
static bool __attribute__((unused)) ns_has_cap(unsigned int cap)
{
	char text[8192], *at;

	if (suite_read("/proc/self/status", text, sizeof(text)) < 0 || !(at = strstr(text, "\nCapEff:")))
		return false;
	return strtoull(at + 8, NULL, 16) >> cap & 1;
}

#endif
