// SPDX-License-Identifier: GPL-2.0-only
/* POSIX message queues and their file system, in namespaces of the tests' own. */
#include "suite.h"
#include "suite_mount.h"

#include <mqueue.h>
#include <sys/resource.h>

SUITE("ipc.mqueue", "kernel", "POSIX message queues: life, limits, notification, their file system");

#define NEEDS "ns.ipc ipc.mqueue"
#define NAME "/sw-test"
#define SYSCTL "/proc/sys/fs/mqueue/"

static mqd_t make(const char *name, long messages, long size)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = size };

	return mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
}

SUITE_TEST(unlinked_queue_lives_while_open,
	   .needs = NEEDS, .promise = "mq_unlink(3)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		char text[8] = "";
		mqd_t old = make(NAME, 2, 8), new;

		ASSERT_SYS(old);
		ASSERT_SYS(mq_send(old, "old", 4, 0));
		ASSERT_SYS(mq_unlink(NAME));
		EXPECT_EQ(-1, mq_open(NAME, O_RDWR));
		EXPECT_EQ(ENOENT, errno);
		new = make(NAME, 2, 8);
		ASSERT_SYS(new);
		EXPECT_EQ(-1, mq_receive(new, text, sizeof(text), NULL));
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(4, mq_receive(old, text, sizeof(text), NULL));
		EXPECT_STREQ("old", text);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(queue_outlives_its_maker_with_the_namespace,
	   .needs = NEEDS " ns.setns", .promise = "mq_overview(7): kernel persistence; ipc_namespaces(7)")
{
	struct suite_line line;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(maker, SW_CLONE_NEWIPC) {
		suite_line_mine(&line, 1);
		mqd_t q = make(NAME, 2, 8);

		ASSERT_SYS(q);
		ASSERT_SYS(mq_send(q, "kept", 5, 0));
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	int ns = suite_ns_open(maker, "ipc");

	ASSERT_OK(ns);
	suite_line_close(&line);
	EXPECT_EXIT(0, maker);
	CHILD(heir, 0) {
		char text[8] = "";

		ASSERT_OK(sys_setns(ns, 0));
		mqd_t q = mq_open(NAME, O_RDONLY | O_NONBLOCK);

		ASSERT_SYS(q);
		EXPECT_EQ(5, mq_receive(q, text, sizeof(text), NULL));
		EXPECT_STREQ("kept", text);
	}
	EXPECT_EXIT(0, heir);
	close(ns);
}

SUITE_TEST(limits_of_a_queue_are_per_namespace,
	   .needs = NEEDS, .promise = "mq_overview(7): msg_max, msgsize_max; ipc_namespaces(7); mq_open(3): EINVAL")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		ASSERT_OK(suite_write("20", SYSCTL "msg_max"));
		CHILD(inner, SW_CLONE_NEWIPC) {
			ASSERT_OK(suite_write("3", SYSCTL "msg_max"));
			ASSERT_OK(suite_write("256", SYSCTL "msgsize_max"));
			/* The privileged may exceed them: be nobody. */
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			EXPECT_EQ(-1, make("/messages", 4, 8));
			EXPECT_EQ(EINVAL, errno);
			EXPECT_EQ(-1, make("/size", 1, 257));
			EXPECT_EQ(EINVAL, errno);
			EXPECT_LE(0, make("/both", 3, 256));
		}
		EXPECT_EXIT(0, inner);
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_LE(0, make("/messages", 20, 8));
		EXPECT_EQ(-1, make("/more", 21, 8));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(defaults_are_per_namespace,
	   .needs = NEEDS, .promise = "mq_overview(7): msg_default, msgsize_default (3.5); ipc_namespaces(7)")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		struct mq_attr attr;
		mqd_t q;

		CHILD(inner, SW_CLONE_NEWIPC) {
			ASSERT_OK(suite_write("4", SYSCTL "msg_default"));
			ASSERT_OK(suite_write("130", SYSCTL "msgsize_default"));
			q = mq_open(NAME, O_RDWR | O_CREAT, 0600, NULL);
			ASSERT_SYS(q);
			ASSERT_SYS(mq_getattr(q, &attr));
			EXPECT_EQ(4, attr.mq_maxmsg);
			EXPECT_EQ(130, attr.mq_msgsize);
		}
		EXPECT_EXIT(0, inner);
		q = mq_open(NAME, O_RDWR | O_CREAT, 0600, NULL);
		ASSERT_SYS(q);
		ASSERT_SYS(mq_getattr(q, &attr));
		EXPECT_EQ(10, attr.mq_maxmsg);
		EXPECT_EQ(8192, attr.mq_msgsize);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(rlimit_bounds_what_queues_take,
	   .needs = NEEDS, .promise = "getrlimit(2): RLIMIT_MSGQUEUE; mq_open(3): EMFILE")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct rlimit limit;

		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		ASSERT_SYS(getrlimit(RLIMIT_MSGQUEUE, &limit));
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = 0;	/* the count is of the user, the limit of the process */
		ASSERT_SYS(setrlimit(RLIMIT_MSGQUEUE, &limit));
		EXPECT_EQ(-1, make(NAME, 1, 8));
		EXPECT_EQ(EMFILE, errno);
		limit.rlim_cur = before;
		ASSERT_SYS(setrlimit(RLIMIT_MSGQUEUE, &limit));
		EXPECT_LE(0, make(NAME, 1, 8));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(notifies_once_of_a_first_message,
	   .needs = NEEDS, .promise = "mq_notify(3): SIGEV_SIGNAL, EBUSY")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
		struct timespec now = { 0 };
		sigset_t set;
		siginfo_t info;
		char text[8];

		event.sigev_value.sival_int = 77;
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
		mqd_t q = make(NAME, 2, 8);

		ASSERT_SYS(q);
		ASSERT_SYS(mq_notify(q, &event));
		CHILD(sender, 0) {
			EXPECT_EQ(-1, mq_notify(q, &event));	/* one process a queue */
			EXPECT_EQ(EBUSY, errno);
			EXPECT_EQ(0, mq_send(q, "x", 2, 0));
		}
		EXPECT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
		EXPECT_EQ(SI_MESGQ, info.si_code);
		EXPECT_EQ(77, info.si_value.sival_int);
		EXPECT_EQ(sender, info.si_pid);
		EXPECT_EXIT(0, sender);
		/* The registration is used up. */
		EXPECT_EQ(2, mq_receive(q, text, sizeof(text), NULL));
		EXPECT_EQ(0, mq_send(q, "y", 2, 0));
		EXPECT_EQ(-1, sigtimedwait(&set, &info, &now));
		EXPECT_EQ(EAGAIN, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(higher_priority_comes_first,
	   .needs = NEEDS, .promise = "mq_send(3), mq_receive(3): priority, EAGAIN, EMSGSIZE; mq_overview(7): poll(2)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		static const struct { char text[2]; unsigned int priority; } rows[] = {
			{ "a", 1 }, { "b", 9 }, { "c", 1 }, { "d", 0 },
		};
		char text[8] = "", order[5] = "";
		unsigned int priority;
		mqd_t q = make(NAME, 4, 8);
		struct pollfd p = { .fd = q, .events = POLLIN | POLLOUT };

		ASSERT_SYS(q);
		EXPECT_EQ(1, poll(&p, 1, 0));
		EXPECT_EQ(POLLOUT, p.revents);
		for (size_t i = 0; i < 4; i++)
			ASSERT_SYS(mq_send(q, rows[i].text, 2, rows[i].priority));
		EXPECT_EQ(-1, mq_send(q, "e", 2, 31));
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(1, poll(&p, 1, 0));
		EXPECT_EQ(POLLIN, p.revents);
		EXPECT_EQ(-1, mq_receive(q, text, 7, &priority));
		EXPECT_EQ(EMSGSIZE, errno);
		for (size_t i = 0; i < 4; i++) {
			ASSERT_EQ(2, mq_receive(q, text, sizeof(text), &priority));
			order[i] = text[0];
		}
		EXPECT_STREQ("bacd", order);
		EXPECT_EQ(-1, mq_send(q, "too long", 9, 0));
		EXPECT_EQ(EMSGSIZE, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(file_system_shows_queues_of_its_namespace,
	   .needs = NEEDS " ns.mnt mount.tmpfs mount.mqueue",
	   .promise = "mq_overview(7): Mounting the message queue filesystem; ipc_namespaces(7)")
{
	CHILD(outer, SW_CLONE_NEWIPC | SW_CLONE_NEWNS) {
		char text[256] = "";
		mqd_t q = make(NAME, 2, 8);

		ASSERT_SYS(q);
		ASSERT_SYS(mq_send(q, "hello", 6, 0));
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(sys_mount("mqueue", "m", "mqueue", 0, NULL));
		ASSERT_OK(suite_read("m/sw-test", text, sizeof(text)));
		EXPECT_EQ(0, strncmp(text, "QSIZE:6 ", 8)) TH_LOG("%s", text);
		CHILD(inner, SW_CLONE_NEWIPC | SW_CLONE_NEWNS) {
			ASSERT_SYS(mkdir("n", 0755));
			ASSERT_OK(sys_mount("mqueue", "n", "mqueue", 0, NULL));
			EXPECT_EQ(-1, access("n/sw-test", F_OK));
			/* The old mount goes on to show the queues of where it was made. */
			EXPECT_EQ(0, access("m/sw-test", F_OK));
			ASSERT_SYS(make("/sw-inner", 1, 8));
			EXPECT_EQ(0, access("n/sw-inner", F_OK));
			EXPECT_EQ(-1, access("m/sw-inner", F_OK));
		}
		EXPECT_EXIT(0, inner);
		ASSERT_SYS(unlink("m/sw-test"));
		EXPECT_EQ(-1, mq_open(NAME, O_RDONLY));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(file_system_is_the_namespace_owners,
	   .needs = NEEDS " ns.mnt ns.user mount.tmpfs mount.mqueue",
	   .promise = "user_namespaces(7): mqueue may be mounted; capabilities are over the IPC namespace that is owned")
{
	CHILD(pid, SW_CLONE_NEWNS | SW_CLONE_NEWIPC) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		CHILD(without, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EPERM, sys_mount("mqueue", "m", "mqueue", 0, NULL));
		}
		EXPECT_EXIT(0, without);
		CHILD(with, SW_CLONE_NEWUSER | SW_CLONE_NEWNS | SW_CLONE_NEWIPC) {
			ASSERT_OK(suite_map_self(0, 0));
			ASSERT_SYS(make(NAME, 1, 8));
			ASSERT_OK(sys_mount("mqueue", "m", "mqueue", 0, NULL));
			EXPECT_EQ(0, access("m/sw-test", F_OK));
		}
		EXPECT_EXIT(0, with);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(modes_guard_queues,
	   .needs = NEEDS, .promise = "mq_open(3): EACCES, EEXIST, EINVAL (name)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		ASSERT_SYS(make(NAME, 1, 8));
		EXPECT_EQ(-1, make(NAME, 1, 8));
		EXPECT_EQ(EEXIST, errno);
		EXPECT_EQ(-1, make("/a/b", 1, 8));
		EXPECT_EQ(EACCES, errno);
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_EQ(-1, mq_open(NAME, O_RDONLY));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(-1, mq_unlink(NAME));
		EXPECT_TRUE(errno == EACCES || errno == EPERM);
		EXPECT_LE(0, make("/sw-own", 1, 8));
		EXPECT_EQ(0, mq_unlink("/sw-own"));
	}
	EXPECT_EXIT(0, pid);
}
