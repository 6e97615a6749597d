// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>

#include "ns_util.h"

SUITE("ns.ipc", "kernel", "IPC namespaces: System V objects and POSIX message queues");

#define KEY 0x5ea30001	/* in namespaces of the test's own, so any key does */

/*
 * All objects live in namespaces that the test makes, outer and inner, and die with them also
 * when the test is killed.
 */
SUITE_TEST(shared_memory_is_isolated,
	   .needs = "ns.ipc",
	   .promise = "ipc_namespaces(7)")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		int id = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600);
		struct shmid_ds ds;

		ASSERT_SYS(id);
		CHILD(inner, SW_CLONE_NEWIPC) {
			EXPECT_EQ(-1, shmget(KEY, 0, 0));
			EXPECT_EQ(ENOENT, errno);
			EXPECT_EQ(-1, shmctl(id, IPC_STAT, &ds));
			/* The same key is free here, and not the same object. */
			int other = shmget(KEY, 8192, IPC_CREAT | IPC_EXCL | 0600);

			ASSERT_SYS(other);
			ASSERT_SYS(shmctl(other, IPC_RMID, NULL));
		}
		EXPECT_EXIT(0, inner);
		EXPECT_EQ(id, shmget(KEY, 0, 0));
		ASSERT_SYS(shmctl(id, IPC_STAT, &ds));
		EXPECT_EQ(4096, ds.shm_segsz);
		CHILD(plain, 0) {	/* the control: without the flag it is seen */
			EXPECT_EQ(id, shmget(KEY, 0, 0));
		}
		EXPECT_EXIT(0, plain);
	}
	EXPECT_EXIT(0, outer);
}

struct message {
	long type;
	char text[8];
};

SUITE_TEST(message_queues_are_isolated,
	   .needs = "ns.ipc",
	   .promise = "ipc_namespaces(7)")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		int id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
		struct message m = { 1, "outer" };

		ASSERT_SYS(id);
		ASSERT_SYS(msgsnd(id, &m, sizeof(m.text), 0));
		CHILD(inner, SW_CLONE_NEWIPC) {
			EXPECT_EQ(-1, msgget(KEY, 0));
			EXPECT_EQ(ENOENT, errno);
			EXPECT_EQ(-1, msgrcv(id, &m, sizeof(m.text), 0, IPC_NOWAIT));
		}
		EXPECT_EXIT(0, inner);
		EXPECT_EQ(sizeof(m.text), msgrcv(id, &m, sizeof(m.text), 0, IPC_NOWAIT));
		EXPECT_STREQ("outer", m.text);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(limits_are_per_namespace,
	   .needs = "ns.ipc",
	   .promise = "ipc_namespaces(7): /proc/sys/kernel/{msgmax,msgmnb,msgmni,sem,shmall,shmmax,shmmni}")
{
	static const char path[] = "/proc/sys/kernel/msgmax";
	char before[32], after[32];

	ASSERT_OK(suite_read(path, before, sizeof(before)));
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct message m = { 1, "" };
		char now[32];
		int id;

		ASSERT_OK(suite_write("4", "%s", path));
		ASSERT_OK(suite_read(path, now, sizeof(now)));
		EXPECT_STREQ("4", now);
		id = msgget(KEY, IPC_CREAT | 0600);
		ASSERT_SYS(id);
		EXPECT_EQ(-1, msgsnd(id, &m, 5, IPC_NOWAIT));	/* one more than the limit */
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, msgsnd(id, &m, 4, IPC_NOWAIT));
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_read(path, after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

static mqd_t make_queue(const char *name)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };

	return mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
}

SUITE_TEST(posix_queues_are_isolated,
	   .needs = "ns.ipc ipc.mqueue",
	   .promise = "ipc_namespaces(7), mq_overview(7)")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		mqd_t q = make_queue("/sw-test");
		char text[8] = "";

		ASSERT_SYS(q);
		ASSERT_SYS(mq_send(q, "outer", 6, 0));
		CHILD(inner, SW_CLONE_NEWIPC) {
			EXPECT_EQ(-1, mq_open("/sw-test", O_RDWR));
			EXPECT_EQ(ENOENT, errno);
			ASSERT_SYS(make_queue("/sw-test"));
		}
		EXPECT_EXIT(0, inner);
		EXPECT_EQ(6, mq_receive(q, text, sizeof(text), NULL));
		EXPECT_STREQ("outer", text);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(posix_queue_limits_are_per_namespace,
	   .needs = "ns.ipc ipc.mqueue",
	   .promise = "ipc_namespaces(7): /proc/sys/fs/mqueue, mq_overview(7): queues_max")
{
	static const char path[] = "/proc/sys/fs/mqueue/queues_max";
	char before[32], after[32];

	ASSERT_OK(suite_read(path, before, sizeof(before)));
	CHILD(pid, SW_CLONE_NEWIPC) {
		ASSERT_OK(suite_write("2", "%s", path));
		/* CAP_SYS_RESOURCE may exceed the limit: be nobody. */
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_LE(0, make_queue("/sw-test-1"));
		EXPECT_LE(0, make_queue("/sw-test-2"));
		EXPECT_EQ(-1, make_queue("/sw-test-3"));
		EXPECT_EQ(ENOSPC, errno);
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_read(path, after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

SUITE_TEST(proc_sysvipc_is_of_the_reader,
	   .needs = "ns.ipc",
	   .promise = "ipc_namespaces(7): /proc interfaces; proc(5): /proc/sysvipc")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		char key[32], text[4096];

		snprintf(key, sizeof(key), "%d", KEY);
		ASSERT_SYS(shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600));
		ASSERT_SYS(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
		ASSERT_OK(suite_read("/proc/sysvipc/shm", text, sizeof(text)));
		EXPECT_NE(NULL, strstr(text, key));
		CHILD(inner, SW_CLONE_NEWIPC) {
			ASSERT_OK(suite_read("/proc/sysvipc/shm", text, sizeof(text)));
			EXPECT_EQ(NULL, strstr(text, key));
			ASSERT_OK(suite_read("/proc/sysvipc/msg", text, sizeof(text)));
			EXPECT_EQ(NULL, strstr(text, key));
		}
		EXPECT_EXIT(0, inner);
		ASSERT_OK(suite_read("/proc/sysvipc/msg", text, sizeof(text)));
		EXPECT_NE(NULL, strstr(text, key));
	}
	EXPECT_EXIT(0, outer);
}

/* A mapping is no membership: what was attached before stays, also when the key means another. */
SUITE_TEST(attached_memory_outlives_membership,
	   .needs = "ns.ipc process.setns",
	   .promise = "shmdt(2), ipc_namespaces(7): objects are destroyed with their namespace")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		int id = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600), fd;
		struct ns_holder h;
		char *at;

		ASSERT_SYS(id);
		at = shmat(id, NULL, 0);
		ASSERT_NE((void *)-1, at);
		strcpy(at, "outlives");
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWIPC));
		fd = suite_ns_open(h.pid, "ipc");
		ASSERT_OK(fd);
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWIPC));	/* the last member leaves */
		EXPECT_STREQ("outlives", at);
		EXPECT_EQ(-1, shmget(KEY, 0, 0));
		EXPECT_EQ(ENOENT, errno);
		EXPECT_EQ(0, shmdt(at));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}
