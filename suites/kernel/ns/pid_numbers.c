// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "ns_util.h"

SUITE("ns.pid_numbers", "kernel", "One process, a number in each PID namespace that sees it");

/* The numbers of a "NSpid:" line ("NSpgid:", ...); how many, 0 if there is no such line. */
static int numbers(const char *status, const char *key, long *ret, int max)
{
	char text[8192], *at;
	int n = 0;

	if (suite_read(status, text, sizeof(text)) < 0 || !(at = strstr(text, key)))
		return 0;
	at += strlen(key);
	while (n < max && *at == '\t')
		ret[n++] = strtol(at, &at, 10);
	return n;
}

SUITE_TEST(status_shows_those_below_the_reader,
	   .needs = "ns.pid ns.mnt mount.proc ns.nested",
	   .promise = "proc(5): /proc/pid/status NStgid, NSpid, NSpgid, NSsid (since 4.1)")
{
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWNS) {
		static const char *const keys[] = { "\nNStgid:", "\nNSpid:", "\nNSpgid:", "\nNSsid:" };
		char path[PATH_MAX + 32];
		struct suite_line line;
		long n[8], value;

		ASSERT_OK(sys_mount("proc", suite_scratch, "proc", 0, NULL));
		ASSERT_OK(suite_line(&line));
		CHILD(nested, SW_CLONE_NEWPID) {
			suite_line_mine(&line, 1);
			ASSERT_EQ(1, setsid());
			ASSERT_OK(suite_tell(&line, 1));
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_EQ(2, nested);
		snprintf(path, sizeof(path), "%s/2/status", suite_scratch);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			/* By this namespace's /proc: its number here, and the one below; none above. */
			ASSERT_EQ(2, numbers(path, keys[i], n, 8)) TH_LOG("%s", keys[i]);
			EXPECT_EQ(2, n[0]);
			EXPECT_EQ(1, n[1]);
		}
		/* By the outer /proc, which is still at its place: one more before these. */
		ASSERT_OK(suite_tell(&line, 1));
		suite_line_close(&line);
		EXPECT_EXIT(0, nested);
		snprintf(path, sizeof(path), "%s/self/status", suite_scratch);
		ASSERT_EQ(1, numbers(path, keys[1], n, 8));
		EXPECT_EQ(1, n[0]);
		ASSERT_LE(2, numbers("/proc/self/status", keys[1], n, 8));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(proc_is_of_the_mounters_namespace,
	   .needs = "ns.pid ns.mnt mount.proc",
	   .promise = "pid_namespaces(7): /proc and PID namespaces")
{
	char path[PATH_MAX + 64], self[32] = "", want[16];
	struct suite_line line;
	struct dirent *e;
	int seen = 0;
	long value;
	DIR *dir;

	ASSERT_OK(suite_line(&line));
	snprintf(want, sizeof(want), "%d", (int)getpid());
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWNS) {
		suite_line_mine(&line, 1);
		ASSERT_OK(sys_mount("proc", suite_scratch, "proc", 0, NULL));
		/* The /proc from outside says this process's number there: introspection. */
		ASSERT_LT(0, readlink("/proc/self", self, sizeof(self) - 1));
		ASSERT_OK(suite_tell(&line, atol(self)));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(pid, value);
	/* And seen from out here, the one that was mounted in there shows in there. */
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, suite_scratch);
	dir = opendir(path);
	ASSERT_NE(NULL, dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		EXPECT_STREQ("1", e->d_name);
		seen++;
	}
	closedir(dir);
	EXPECT_EQ(1, seen);
	strcat(path, "/self");
	EXPECT_EQ(-1, readlink(path, self, sizeof(self)));	/* the caller is not in it */
	EXPECT_EQ(ENOENT, errno);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(processes_above_are_out_of_reach,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7): Nesting PID namespaces (can't see processes in the parent)")
{
	pid_t above = getpid();

	ASSERT_NE(1, above);
	CHILD(pid, SW_CLONE_NEWPID) {
		cpu_set_t set;

		EXPECT_EQ(-1, kill(above, 0));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, getpgid(above));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, getsid(above));
		EXPECT_EQ(ESRCH, errno);
		errno = 0;
		EXPECT_EQ(-1, getpriority(PRIO_PROCESS, above));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, sched_getscheduler(above));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, sched_getaffinity(above, sizeof(set), &set));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, prlimit(above, RLIMIT_NOFILE, NULL, &(struct rlimit){ 0 }));
		EXPECT_EQ(ESRCH, errno);
	}
	/* The other way there is no such wall. */
	struct ns_holder h;

	EXPECT_EXIT(0, pid);
	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	EXPECT_EQ(0, setpriority(PRIO_PROCESS, h.pid, 5));
	EXPECT_EQ(5, getpriority(PRIO_PROCESS, h.pid));
	EXPECT_LE(0, sched_getscheduler(h.pid));
	EXPECT_EQ(0, ns_release(&h));
}

/* Receive one byte and the sender's process id as it shows here. */
static int sender_of(int fd)
{
	char byte, control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred;

	if (recvmsg(fd, &m, 0) != 1)
		return -errno;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_CREDENTIALS)
		return -ENOMSG;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	return cred.pid;
}

SUITE_TEST(credentials_from_above_show_0,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7): Miscellaneous (SCM_CREDENTIALS); socket(7): SO_PEERCRED, unix(7)")
{
	int on = 1, s[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s));
	ASSERT_SYS(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	ASSERT_EQ(1, write(s[1], "x", 1));	/* once for each reader */
	ASSERT_EQ(1, write(s[1], "x", 1));
	EXPECT_EQ(getpid(), sender_of(s[0]));
	CHILD(pid, SW_CLONE_NEWPID) {
		struct ucred peer = { .pid = -1 };
		socklen_t len = sizeof(peer);

		EXPECT_EQ(0, sender_of(s[0]));
		/* The pair was made outside. */
		ASSERT_SYS(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &peer, &len));
		EXPECT_EQ(0, peer.pid);
		ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
		ASSERT_SYS(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &peer, &len));
		EXPECT_EQ(1, peer.pid);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(claimed_credentials_are_translated,
	   .needs = "ns.pid",
	   .promise = "unix(7): SCM_CREDENTIALS; pid_namespaces(7): Miscellaneous")
{
	int on = 1, s[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s));
	ASSERT_SYS(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	CHILD(pid, SW_CLONE_NEWPID) {
		struct ns_holder h;
		char byte = 'x', control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
		struct iovec iov = { &byte, 1 };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		struct ucred cred = { .uid = getuid(), .gid = getgid() };

		ASSERT_OK(ns_hold(&h, 0));
		ASSERT_EQ(2, h.pid);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_CREDENTIALS;
		c->cmsg_len = CMSG_LEN(sizeof(cred));
		/* With privilege it may name another process, which must exist here. */
		cred.pid = 2;
		memcpy(CMSG_DATA(c), &cred, sizeof(cred));
		ASSERT_EQ(1, sendmsg(s[1], &m, 0));
		cred.pid = 12345;
		memcpy(CMSG_DATA(c), &cred, sizeof(cred));
		EXPECT_EQ(-1, sendmsg(s[1], &m, 0));
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
	/* The number is another one here: neither 2 nor that of process 1. */
	int number = sender_of(s[0]);

	EXPECT_LT(2, number);
	EXPECT_NE(pid, number);
}

SUITE_TEST(owners_of_files_are_translated,
	   .needs = "ns.pid",
	   .promise = "fcntl(2): F_SETOWN, F_GETOWN; pid_namespaces(7): Nesting PID namespaces")
{
	struct suite_line line;
	long value;
	int s[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		suite_line_mine(&line, 1);
		while (!suite_hear(&line, &value))
			ASSERT_OK(suite_tell(&line, fcntl(s[0], F_GETOWN)));
	}
	suite_line_mine(&line, 0);
	ASSERT_SYS(fcntl(s[0], F_SETOWN, pid));
	ASSERT_OK(suite_tell(&line, 1));
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(1, value);
	EXPECT_EQ(pid, fcntl(s[0], F_GETOWN));
	ASSERT_SYS(fcntl(s[0], F_SETOWN, getpid()));
	ASSERT_OK(suite_tell(&line, 1));
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(0, value);	/* not seen from there */
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pidfds_do_not_signal_upwards,
	   .needs = "ns.pid process.pidfd_send_signal process.pidfd_open",
	   .promise = "pidfd_send_signal(2): the same PID namespace, or an ancestor")
{
	struct ns_holder h;
	int above = sys_pidfd_open(getpid(), 0);

	ASSERT_OK(above);
	CHILD(pid, SW_CLONE_NEWPID) {
		EXPECT_REFUSED(EINVAL, sys_pidfd_send_signal(above, 0, NULL, 0));
		EXPECT_OK(sys_pidfd_send_signal(sys_pidfd_open(1, 0), 0, NULL, 0));
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	EXPECT_OK(sys_pidfd_send_signal(sys_pidfd_open(h.pid, 0), SIGKILL, NULL, 0));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), h.pid);
}
