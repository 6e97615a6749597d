// SPDX-License-Identifier: GPL-2.0-only
/* System V shared memory, semaphores and message queues, in namespaces of the tests' own. */
#include "suite.h"
#include "suite_mount.h"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

SUITE("ipc.sysv", "kernel", "System V objects: life, limits, owners");

#define KEY 0x5ea30002
#define NEEDS "ns.ipc ipc.sysv"
#define LIMITS "ns.ipc ipc.sysv ipc.sysctl"
#define SYSCTL "/proc/sys/kernel/"
#define SHM_DEST_ 01000		/* sysvipc(7), shmctl(2): marked for destruction */

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

struct message {
	long type;
	char text[8];
};

SUITE_TEST(removed_segment_lives_until_detached,
	   .needs = NEEDS, .promise = "shmctl(2): IPC_RMID, SHM_DEST; shmdt(2)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct shmid_ds ds;
		int id = shmget(KEY, 4096, IPC_CREAT | IPC_EXCL | 0600);
		char *at = shmat(id, NULL, 0);

		ASSERT_SYS(id);
		ASSERT_NE((void *)-1, at);
		strcpy(at, "kept");
		ASSERT_SYS(shmctl(id, IPC_RMID, NULL));
		ASSERT_SYS(shmctl(id, IPC_STAT, &ds));
		EXPECT_TRUE(ds.shm_perm.mode & SHM_DEST_);
		EXPECT_EQ(1, ds.shm_nattch);
		EXPECT_STREQ("kept", at);
		/* Its key is free for another. */
		EXPECT_EQ(-1, shmget(KEY, 0, 0));
		EXPECT_EQ(ENOENT, errno);
		ASSERT_SYS(shmdt(at));
		EXPECT_EQ(-1, shmctl(id, IPC_STAT, &ds));
		EXPECT_TRUE(errno == EINVAL || errno == EIDRM);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(attachments_are_counted,
	   .needs = NEEDS, .promise = "shmat(2): inherited by fork(2), detached by _exit(2); shmctl(2): shm_nattch")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct suite_line line;
		struct shmid_ds ds;
		long value;
		int id = shmget(IPC_PRIVATE, 4096, 0600);
		char *at = shmat(id, NULL, 0), *read_only = shmat(id, NULL, SHM_RDONLY);

		ASSERT_NE((void *)-1, at);
		ASSERT_NE((void *)-1, read_only);
		ASSERT_OK(suite_line(&line));
		CHILD(sharer, 0) {
			suite_line_mine(&line, 1);
			strcpy(at, "child");
			suite_tell(&line, 1);
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_STREQ("child", read_only);
		ASSERT_SYS(shmctl(id, IPC_STAT, &ds));
		EXPECT_EQ(4, ds.shm_nattch);
		suite_line_close(&line);
		EXPECT_EXIT(0, sharer);
		ASSERT_SYS(shmctl(id, IPC_STAT, &ds));
		EXPECT_EQ(2, ds.shm_nattch);
		CHILD(writer, 0) {
			*read_only = 'x';
		}
		EXPECT_EXIT(SUITE_KILLED(SIGSEGV), writer);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(rmid_forced_is_per_namespace,
	   .needs = LIMITS, .promise = "ipc_namespaces(7), Documentation/admin-guide/sysctl/kernel.rst: shm_rmid_forced")
{
	CHILD(outer, SW_CLONE_NEWIPC) {
		struct shmid_ds ds;
		char text[8] = "";
		int kept;

		ASSERT_OK(suite_write("0", SYSCTL "shm_rmid_forced"));
		CHILD(maker, 0) {	/* without it, a segment outlives its maker */
			EXPECT_LE(0, shmget(KEY, 4096, IPC_CREAT | 0600));
		}
		EXPECT_EXIT(0, maker);
		kept = shmget(KEY, 0, 0);
		EXPECT_LE(0, kept);
		CHILD(inner, SW_CLONE_NEWIPC) {
			ASSERT_OK(suite_write("1", SYSCTL "shm_rmid_forced"));
			CHILD(forced, 0) {
				EXPECT_LE(0, shmget(KEY, 4096, IPC_CREAT | 0600));
			}
			EXPECT_EXIT(0, forced);
			EXPECT_EQ(-1, shmget(KEY, 0, 0));
			/* Also when the last one detaches. */
			int id = shmget(KEY, 4096, IPC_CREAT | 0600);
			void *at = shmat(id, NULL, 0);

			ASSERT_NE((void *)-1, at);
			ASSERT_SYS(shmdt(at));
			EXPECT_EQ(-1, shmctl(id, IPC_STAT, &ds));
		}
		EXPECT_EXIT(0, inner);
		ASSERT_OK(suite_read(SYSCTL "shm_rmid_forced", text, sizeof(text)));
		EXPECT_STREQ("0", text);
		EXPECT_EQ(0, shmctl(kept, IPC_STAT, &ds));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(shared_memory_limits_hold,
	   .needs = LIMITS, .promise = "shmget(2): EINVAL (shmmax), ENOSPC (shmall, shmmni); proc(5): /proc/sys/kernel/shm*")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		char pages[32];
		long page = sysconf(_SC_PAGESIZE);
		int id;

		ASSERT_OK(suite_write("8192", SYSCTL "shmmax"));
		EXPECT_EQ(-1, shmget(IPC_PRIVATE, 8193, 0600));
		EXPECT_EQ(EINVAL, errno);
		id = shmget(IPC_PRIVATE, 8192, 0600);
		ASSERT_SYS(id);
		/* Room for one page more than is taken. */
		snprintf(pages, sizeof(pages), "%ld", (8192 + page - 1) / page + 1);
		ASSERT_OK(suite_write(pages, SYSCTL "shmall"));
		int one = shmget(IPC_PRIVATE, 1, 0600);

		ASSERT_SYS(one);
		EXPECT_EQ(-1, shmget(IPC_PRIVATE, 1, 0600));
		EXPECT_EQ(ENOSPC, errno);
		ASSERT_SYS(shmctl(one, IPC_RMID, NULL));
		ASSERT_OK(suite_write("1", SYSCTL "shmmni"));
		EXPECT_EQ(-1, shmget(IPC_PRIVATE, 1, 0600));
		EXPECT_EQ(ENOSPC, errno);
		ASSERT_SYS(shmctl(id, IPC_RMID, NULL));
		EXPECT_LE(0, shmget(IPC_PRIVATE, 1, 0600));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(message_limits_hold,
	   .needs = LIMITS, .promise = "msgget(2): ENOSPC (msgmni); msgsnd(2): EAGAIN (msg_qbytes from msgmnb); sysvipc(7)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct message m = { 1, "" };
		struct msqid_ds ds;
		int id;

		ASSERT_OK(suite_write("2", SYSCTL "msgmni"));
		ASSERT_OK(suite_write("12", SYSCTL "msgmnb"));
		id = msgget(IPC_PRIVATE, 0600);
		ASSERT_SYS(id);
		ASSERT_SYS(msgget(IPC_PRIVATE, 0600));
		EXPECT_EQ(-1, msgget(IPC_PRIVATE, 0600));
		EXPECT_EQ(ENOSPC, errno);
		ASSERT_SYS(msgctl(id, IPC_STAT, &ds));
		EXPECT_EQ(12, ds.msg_qbytes);
		ASSERT_SYS(msgsnd(id, &m, 8, IPC_NOWAIT));
		EXPECT_EQ(-1, msgsnd(id, &m, 8, IPC_NOWAIT));
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(0, msgsnd(id, &m, 4, IPC_NOWAIT));
		/* The limits of another are what they always are. */
		CHILD(other, SW_CLONE_NEWIPC) {
			for (int i = 0; i < 3; i++) {
				EXPECT_LE(0, msgget(IPC_PRIVATE, 0600));
			}
		}
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(semaphore_limits_hold,
	   .needs = LIMITS, .promise = "semget(2): EINVAL (SEMMSL), ENOSPC (SEMMNI, SEMMNS); semop(2): E2BIG (SEMOPM), ERANGE (SEMVMX)")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct sembuf up[3] = { { 0, 1, 0 }, { 1, 1, 0 }, { 2, 1, 0 } };
		int id;

		ASSERT_OK(suite_write("4 6 2 3", SYSCTL "sem"));	/* SEMMSL SEMMNS SEMOPM SEMMNI */
		EXPECT_EQ(-1, semget(IPC_PRIVATE, 5, 0600));
		EXPECT_EQ(EINVAL, errno);
		id = semget(IPC_PRIVATE, 4, 0600);
		ASSERT_SYS(id);
		EXPECT_EQ(-1, semget(IPC_PRIVATE, 3, 0600));	/* 7 in all */
		EXPECT_EQ(ENOSPC, errno);
		ASSERT_SYS(semget(IPC_PRIVATE, 1, 0600));
		ASSERT_SYS(semget(IPC_PRIVATE, 1, 0600));
		EXPECT_EQ(-1, semget(IPC_PRIVATE, 1, 0600));	/* four sets */
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(-1, semop(id, up, 3));
		EXPECT_EQ(E2BIG, errno);
		EXPECT_EQ(0, semop(id, up, 2));
		EXPECT_EQ(-1, semctl(id, 3, SETVAL, (union semun){ .val = 32768 }));
		EXPECT_EQ(ERANGE, errno);
		EXPECT_EQ(0, semctl(id, 3, SETVAL, (union semun){ .val = 32767 }));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(undo_happens_at_death,
	   .needs = NEEDS, .promise = "semop(2): SEM_UNDO: undone when the process terminates")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct sembuf take = { 0, -1, SEM_UNDO };
		struct suite_line line;
		long value;
		int id = semget(IPC_PRIVATE, 2, 0600);

		ASSERT_SYS(id);
		ASSERT_SYS(semctl(id, 0, SETVAL, (union semun){ .val = 1 }));
		ASSERT_OK(suite_line(&line));
		CHILD(holder, 0) {
			struct sembuf both[2] = { take, { 1, 3, 0 } };	/* one with, one without undo */

			suite_line_mine(&line, 1);
			ASSERT_SYS(semop(id, both, 2));
			suite_tell(&line, 1);
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(0, semctl(id, 0, GETVAL));
		CHILD(waiter, 0) {	/* gets it when the holder dies */
			suite_line_close(&line);
			EXPECT_EQ(0, semop(id, &take, 1));
			EXPECT_EQ(0, semctl(id, 0, GETVAL));
		}
		EXPECT_EQ(SUITE_KILLED(SIGKILL), suite_kill_wait(holder));
		EXPECT_EXIT(0, waiter);
		EXPECT_EQ(1, semctl(id, 0, GETVAL));
		EXPECT_EQ(3, semctl(id, 1, GETVAL));
	}
	EXPECT_EXIT(0, pid);
}

/* Wait until a process sleeps in a system call (proc_pid_stat(5)), reading again after each yield. */
static int await_sleep(pid_t pid)
{
	char path[32], text[512];
	const char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	do {
		sched_yield();
		if (suite_read(path, text, sizeof(text)) < 0)
			return -ESRCH;
		state = strrchr(text, ')');
	} while (state && state[2] != 'S' && state[2] != 'Z');
	return state && state[2] == 'S' ? 0 : -ESRCH;
}

SUITE_TEST(removal_wakes_those_who_wait,
	   .needs = NEEDS, .promise = "semop(2), msgrcv(2), msgsnd(2): EIDRM")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct sembuf take = { 0, -1, 0 };
		int sem = semget(IPC_PRIVATE, 1, 0600), queue = msgget(IPC_PRIVATE, 0600);
		struct message m;

		ASSERT_SYS(sem);
		ASSERT_SYS(queue);
		CHILD(waiter, 0) {
			EXPECT_EQ(-1, semop(sem, &take, 1));
			EXPECT_EQ(EIDRM, errno);
		}
		CHILD(reader, 0) {
			EXPECT_EQ(-1, msgrcv(queue, &m, sizeof(m.text), 0, 0));
			EXPECT_EQ(EIDRM, errno);
		}
		ASSERT_OK(await_sleep(waiter));
		ASSERT_OK(await_sleep(reader));
		ASSERT_SYS(semctl(sem, 0, IPC_RMID));
		ASSERT_SYS(msgctl(queue, IPC_RMID, NULL));
		EXPECT_EXIT(0, waiter);
		EXPECT_EXIT(0, reader);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(objects_live_as_long_as_their_namespace,
	   .needs = NEEDS " ns.setns", .promise = "ipc_namespaces(7), namespaces(7): Namespace lifetime")
{
	struct message m = { 1, "kept" };
	struct suite_line line;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(maker, SW_CLONE_NEWIPC) {
		suite_line_mine(&line, 1);
		int id = msgget(KEY, IPC_CREAT | 0600);

		ASSERT_SYS(id);
		ASSERT_SYS(msgsnd(id, &m, sizeof(m.text), 0));
		suite_tell(&line, id);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	int ns = suite_ns_open(maker, "ipc");

	ASSERT_OK(ns);
	suite_line_close(&line);
	EXPECT_EXIT(0, maker);
	/* Nobody is in it, but a descriptor of it is open: it can be entered, and all is there. */
	CHILD(heir, 0) {
		memset(m.text, 0, sizeof(m.text));
		ASSERT_OK(sys_setns(ns, 0));
		EXPECT_EQ(value, msgget(KEY, 0));
		EXPECT_EQ(sizeof(m.text), msgrcv(value, &m, sizeof(m.text), 0, IPC_NOWAIT));
		EXPECT_STREQ("kept", m.text);
	}
	EXPECT_EXIT(0, heir);
	close(ns);
}

SUITE_TEST(modes_guard_objects,
	   .needs = NEEDS, .promise = "sysvipc(7): Permissions; shmctl(2): EPERM, EACCES")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct shmid_ds ds;
		int closed = shmget(KEY, 4096, IPC_CREAT | 0600);
		int readable = shmget(KEY + 1, 4096, IPC_CREAT | 0604);

		ASSERT_SYS(closed);
		ASSERT_SYS(readable);
		CHILD(user, 0) {
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			EXPECT_EQ((void *)-1, shmat(closed, NULL, SHM_RDONLY));
			EXPECT_EQ(EACCES, errno);
			EXPECT_EQ(-1, shmctl(closed, IPC_STAT, &ds));
			EXPECT_EQ(EACCES, errno);
			EXPECT_NE((void *)-1, shmat(readable, NULL, SHM_RDONLY));
			EXPECT_EQ((void *)-1, shmat(readable, NULL, 0));
			EXPECT_EQ(EACCES, errno);
			EXPECT_EQ(-1, shmctl(readable, IPC_RMID, NULL));
			EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, user);
		/* Given to him, it is his, and its maker remains known. */
		ASSERT_SYS(shmctl(closed, IPC_STAT, &ds));
		ds.shm_perm.uid = SUITE_NOBODY;
		ASSERT_SYS(shmctl(closed, IPC_SET, &ds));
		CHILD(owner, 0) {
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			ASSERT_SYS(shmctl(closed, IPC_STAT, &ds));
			EXPECT_EQ(SUITE_NOBODY, ds.shm_perm.uid);
			EXPECT_EQ(0, ds.shm_perm.cuid);
			EXPECT_EQ(0, shmctl(closed, IPC_RMID, NULL));
		}
		EXPECT_EXIT(0, owner);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(root_of_a_user_namespace_is_nobody_here,
	   .needs = NEEDS " ns.user",
	   .promise = "user_namespaces(7): capabilities are over what the namespace owns; sysvipc(7): CAP_IPC_OWNER")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		struct msqid_ds ds;
		int closed = msgget(KEY, IPC_CREAT | 0600), open_ = msgget(KEY + 1, IPC_CREAT | 0666);

		ASSERT_SYS(closed);
		ASSERT_SYS(open_);
		CHILD(user, 0) {
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			ASSERT_OK(suite_become_ordinary());
			CHILD(inside, SW_CLONE_NEWUSER) {
				ASSERT_OK(suite_map_self(0, SUITE_NOBODY));
				ASSERT_EQ(0, geteuid());
				EXPECT_EQ(-1, msgctl(closed, IPC_STAT, &ds));
				EXPECT_EQ(EACCES, errno);
				ASSERT_SYS(msgctl(open_, IPC_STAT, &ds));
				EXPECT_EQ(65534, ds.msg_perm.uid);	/* of no id known here */
				EXPECT_EQ(-1, msgctl(open_, IPC_RMID, NULL));
				EXPECT_EQ(EPERM, errno);
				/* An IPC namespace of its own is its own. */
				ASSERT_OK(sys_unshare(SW_CLONE_NEWIPC));
				int id = msgget(KEY, IPC_CREAT | 0);

				ASSERT_SYS(id);
				ASSERT_SYS(msgctl(id, IPC_STAT, &ds));
				EXPECT_EQ(0, ds.msg_perm.uid);
				EXPECT_EQ(0, msgctl(id, IPC_RMID, NULL));
			}
			EXPECT_EXIT(0, inside);
		}
		EXPECT_EXIT(0, user);
		EXPECT_EQ(open_, msgget(KEY + 1, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(proc_lists_own_objects,
	   .needs = NEEDS, .promise = "proc_sysvipc(5), ipc_namespaces(7): /proc/sysvipc")
{
	static const char *const files[] = { "shm", "sem", "msg" };

	CHILD(outer, SW_CLONE_NEWIPC) {
		char path[32], text[2048], key[32];

		ASSERT_SYS(shmget(KEY, 4096, IPC_CREAT | 0600));
		ASSERT_SYS(semget(KEY, 1, IPC_CREAT | 0600));
		ASSERT_SYS(msgget(KEY, IPC_CREAT | 0600));
		snprintf(key, sizeof(key), "\n%10d ", KEY);
		for (size_t i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/proc/sysvipc/%s", files[i]);
			ASSERT_OK(suite_read(path, text, sizeof(text)));
			EXPECT_NE(NULL, strstr(text, key)) TH_LOG("%s: %s", path, text);
		}
		CHILD(inner, SW_CLONE_NEWIPC) {
			for (size_t i = 0; i < 3; i++) {
				snprintf(path, sizeof(path), "/proc/sysvipc/%s", files[i]);
				ASSERT_OK(suite_read(path, text, sizeof(text)));
				EXPECT_EQ(NULL, strchr(text, '\n')) TH_LOG("%s: %s", path, text);
			}
		}
		EXPECT_EXIT(0, inner);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(messages_are_chosen_by_type,
	   .needs = NEEDS, .promise = "msgrcv(2): msgtyp, MSG_EXCEPT, MSG_NOERROR, E2BIG, ENOMSG")
{
	CHILD(pid, SW_CLONE_NEWIPC) {
		static const long types[] = { 3, 1, 2, 1 };
		int id = msgget(IPC_PRIVATE, 0600);
		struct message m = { 0, "" };

		ASSERT_SYS(id);
		for (size_t i = 0; i < 4; i++) {
			m.type = types[i];
			m.text[0] = 'a' + i;
			ASSERT_SYS(msgsnd(id, &m, 4, 0));
		}
		ASSERT_EQ(4, msgrcv(id, &m, 8, 1, IPC_NOWAIT));		/* the first of this type */
		EXPECT_EQ('b', m.text[0]);
		ASSERT_EQ(4, msgrcv(id, &m, 8, -2, IPC_NOWAIT));	/* the lowest up to 2 */
		EXPECT_EQ('d', m.text[0]);
		ASSERT_EQ(4, msgrcv(id, &m, 8, 3, IPC_NOWAIT | MSG_EXCEPT));
		EXPECT_EQ('c', m.text[0]);
		EXPECT_EQ(-1, msgrcv(id, &m, 8, 9, IPC_NOWAIT));
		EXPECT_EQ(ENOMSG, errno);
		EXPECT_EQ(-1, msgrcv(id, &m, 2, 0, IPC_NOWAIT));
		EXPECT_EQ(E2BIG, errno);
		EXPECT_EQ(2, msgrcv(id, &m, 2, 0, IPC_NOWAIT | MSG_NOERROR));
		EXPECT_EQ('a', m.text[0]);
	}
	EXPECT_EXIT(0, pid);
}
