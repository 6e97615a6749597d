// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>

SUITE("ns.pid", "kernel", "Process-id namespaces");

SUITE_TEST(first_child_is_pid_1,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		EXPECT_EQ(1, getpid());
		EXPECT_EQ(0, getppid());
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(numbers_start_anew,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		CHILD(second, 0) {
			EXPECT_EQ(2, getpid());
			EXPECT_EQ(1, getppid());
		}
		EXPECT_EQ(2, second);
		EXPECT_EXIT(0, second);
	}
	EXPECT_EXIT(0, pid);
}

/* Runs as the orphan: says its parent's number once that parent is gone. */
static void orphan(struct suite_line *line)
{
	long go;

	suite_line_mine(line, 1);
	prctl(PR_SET_PDEATHSIG, 0);
	if (suite_tell(line, getppid()) || suite_hear(line, &go))
		_exit(99);
	suite_tell(line, getppid());
	_exit(7);
}

SUITE_TEST(orphans_go_to_pid_1,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		struct suite_line line, hold;
		long parent;

		ASSERT_OK(suite_line(&line));
		ASSERT_OK(suite_line(&hold));
		CHILD(middle, 0) {
			long go;

			suite_line_mine(&hold, 1);
			if (!fork())
				orphan(&line);
			suite_line_close(&line);
			suite_hear(&hold, &go);
		}
		suite_line_mine(&line, 0);
		suite_line_mine(&hold, 0);
		ASSERT_OK(suite_hear(&line, &parent));
		EXPECT_EQ(middle, parent);
		ASSERT_OK(suite_tell(&hold, 1));
		EXPECT_EXIT(0, middle);
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &parent));
		EXPECT_EQ(1, parent);
		EXPECT_EQ(7, suite_wait(-1));	/* and pid 1 can reap it */
	}
	EXPECT_EXIT(0, pid);
}

static volatile sig_atomic_t handled;

static void count_signal(int sig)
{
	handled++;
}

SUITE_TEST(pid_1_ignores_signals_from_inside,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	CHILD(pid, SW_CLONE_NEWPID) {
		ASSERT_EQ(1, getpid());	/* nobody else's pid 1 is shot at */
		CHILD(child, 0) {
			EXPECT_EQ(0, kill(1, SIGTERM));
			EXPECT_EQ(0, kill(1, SIGUSR1));
			EXPECT_EQ(0, kill(1, SIGKILL));
			EXPECT_EQ(0, kill(1, SIGSTOP));
		}
		EXPECT_EXIT(0, child);
		/* Still here. A signal that has a handler does arrive. */
		signal(SIGUSR2, count_signal);
		CHILD(other, 0) {
			EXPECT_EQ(0, kill(1, SIGUSR2));
		}
		EXPECT_EXIT(0, other);
		EXPECT_EQ(1, handled);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(parent_namespace_can_kill_pid_1,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	struct suite_line line;
	long answer;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		long value;

		suite_line_mine(&line, 1);
		while (!suite_hear(&line, &value))
			suite_tell(&line, value + 1);
		for (;;)
			pause();
	}
	suite_line_mine(&line, 0);
	/* Only SIGKILL and SIGSTOP are forced on it: SIGTERM without a handler is not. */
	EXPECT_EQ(0, kill(pid, SIGTERM));
	ASSERT_OK(suite_tell(&line, 41));
	ASSERT_OK(suite_hear(&line, &answer));
	EXPECT_EQ(42, answer);
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid));
}

SUITE_TEST(death_of_pid_1_kills_all,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	struct suite_line line;
	struct pollfd p = { .events = POLLIN };
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		suite_line_mine(&line, 1);
		for (int i = 0; i < 3; i++) {
			if (fork())
				continue;
			setsid();
			signal(SIGTERM, SIG_IGN);
			suite_tell(&line, i);
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	suite_line_mine(&line, 0);
	for (int i = 0; i < 3; i++)
		ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(pid));
	/* pid 1 is reaped only after all others are dead: their ends are closed by now. */
	p.fd = line.fd[0];
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(-EPIPE, suite_hear(&line, &value));
}

SUITE_TEST(outer_namespace_sees_all,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7)")
{
	struct suite_line line;
	char path[64];
	long inner;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		struct suite_line below;
		long number;

		suite_line_mine(&line, 1);
		ASSERT_OK(suite_line(&below));
		CHILD(nested, SW_CLONE_NEWPID) {
			suite_line_mine(&below, 1);
			suite_tell(&below, getpid());
			suite_hear(&below, &number);
		}
		suite_line_mine(&below, 0);
		EXPECT_EQ(2, nested);
		ASSERT_OK(suite_hear(&below, &number));
		EXPECT_EQ(1, number);
		suite_tell(&line, nested);
		suite_hear(&line, &number);
		suite_line_close(&below);
		EXPECT_EXIT(0, nested);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &inner));
	EXPECT_EQ(0, kill(pid, 0));
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	EXPECT_EQ(0, access(path, R_OK));
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

/* The numbers of a "NSpid:" line; how many, 0 if there is no such line. */
static int read_nspid(pid_t pid, long *ret, int max)
{
	char path[64], text[8192], *at;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (suite_read(path, text, sizeof(text)) < 0 || !(at = strstr(text, "\nNSpid:")))
		return 0;
	at += 7;
	while (n < max && *at == '\t')
		ret[n++] = strtol(at, &at, 10);
	return n;
}

SUITE_TEST(status_shows_pid_in_each_namespace,
	   .needs = "ns.pid",
	   .promise = "proc(5): NSpid, since 4.1")
{
	struct suite_line line;
	long numbers[4] = { 0 };

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWPID) {
		long go;

		suite_line_mine(&line, 1);
		suite_hear(&line, &go);
	}
	suite_line_mine(&line, 0);
	if (suite_kernel(4, 1)) {
		int n = read_nspid(pid, numbers, 4);

		ASSERT_GE(n, 2);
		EXPECT_EQ(pid, numbers[n - 2]);
		EXPECT_EQ(1, numbers[n - 1]);
	} else {
		printf("this kernel is older than the promise\n");
		EXPECT_EQ(0, kill(pid, 0));
	}
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(proc_shows_own_processes_only,
	   .needs = "ns.pid ns.mnt mount.proc",
	   .promise = "pid_namespaces(7)")
{
	CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWNS) {
		char path[PATH_MAX + 8], self[16] = "";
		struct dirent *e;
		int seen = 0;
		DIR *dir;

		ASSERT_OK(sys_mount("proc", suite_scratch, "proc", 0, NULL));
		dir = opendir(suite_scratch);
		ASSERT_NE(NULL, dir);
		while ((e = readdir(dir))) {
			if (e->d_name[0] < '0' || e->d_name[0] > '9')
				continue;
			EXPECT_STREQ("1", e->d_name);
			seen++;
		}
		closedir(dir);
		EXPECT_EQ(1, seen);
		snprintf(path, sizeof(path), "%s/self", suite_scratch);
		EXPECT_EQ(1, readlink(path, self, sizeof(self) - 1));
		EXPECT_STREQ("1", self);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(credentials_are_translated,
	   .needs = "ns.pid",
	   .promise = "pid_namespaces(7), unix(7)")
{
	int on = 1, s[2];
	char byte, control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred;

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s));
	ASSERT_SYS(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	CHILD(pid, SW_CLONE_NEWPID) {
		EXPECT_EQ(1, getpid());
		EXPECT_EQ(1, write(s[1], "x", 1));
	}
	EXPECT_EQ(1, recvmsg(s[0], &m, 0));
	c = CMSG_FIRSTHDR(&m);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(SCM_CREDENTIALS, c->cmsg_type);
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	EXPECT_EQ(pid, cred.pid);
	EXPECT_EXIT(0, pid);
}

/*
 * reboot(2) in a namespace ends its pid 1 (3.4, commit cf3f89214ef6). The user namespace makes the
 * trial safe: where the kernel takes the call for the machine's own, the caller has no CAP_SYS_BOOT.
 */
SUITE_TEST(reboot_ends_the_namespace_only,
	   .needs = "ns.pid ns.user",
	   .promise = "reboot(2): behavior inside PID namespaces")
{
	static const struct {
		int cmd, sig;
	} rows[] = { { RB_AUTOBOOT, SIGHUP }, { RB_POWER_OFF, SIGINT }, { RB_HALT_SYSTEM, SIGINT } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHILD(pid, SW_CLONE_NEWPID | SW_CLONE_NEWUSER) {
			ASSERT_EQ(1, getpid());
			ASSERT_EQ(0, getppid());
			reboot(rows[i].cmd);
			EXPECT_EQ(0, errno);	/* only reached if it did not work */
		}
		EXPECT_EXIT(SUITE_KILLED(rows[i].sig), pid);
	}
}
