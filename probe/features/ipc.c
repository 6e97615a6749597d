// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interprocess communication. Queues and segments outlive their makers, so they are made in an IPC
 * namespace of our own, which takes them along when it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/ipc.h"
#include "live.h"
#include "sw_error.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- POSIX message queues -------------------------------------------------------------------- */

void ipc_mq_failed(int err, struct live *ret)
{
	/* The bytes of all queues of the user, in whatever namespace, count (RLIMIT_MSGQUEUE). */
	if (err == EMFILE) {
		live_set(ret, LIVE_DENIED, err, "mq_open: EMFILE");
		live_cause(ret, FINDING_LIMIT, "RLIMIT_MSGQUEUE, or that on open files, is reached");
		return;
	}
	if (err == ENOSYS && !live_blame_filter(ret, "mq_open", err, false))
		live_set(ret, LIVE_ABSENT, err, "mq_open: ENOSYS");
	else if (err != ENOSYS)
		live_set(ret, err == EPERM || err == EACCES ? LIVE_DENIED : LIVE_BROKEN, err,
			 "mq_open: %s", sw_errno_name(err));
}

static void probe_mqueue(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };
	char buf[16] = "";
	struct live_way way;
	mqd_t q;

	(void)f;
	if (live_unshare(ctx, SW_CLONE_NEWIPC, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	q = mq_open("/seaworthy", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (q == (mqd_t)-1) {
		ipc_mq_failed(errno, ret);
		return;
	}
	if (mq_send(q, "ahoy", 5, 0) || mq_receive(q, buf, sizeof(buf), NULL) != 5 || strcmp(buf, "ahoy"))
		live_set(ret, LIVE_BROKEN, errno, "a message sent to a queue does not come back");
	else
		live_set(ret, LIVE_WORKS, 0, "a message went through a queue in an IPC namespace of our own%s",
			 way.userns ? " (and user namespace)" : "");
}

/* ---- System V -------------------------------------------------------------------------------- */

/* Each returns NULL, or what failed, with errno. */
static const char *use_message_queue(void)
{
	struct {
		long type;
		char text[8];
	} m = { 1, "ahoy" }, back = { 0 };
	int id = msgget(IPC_PRIVATE, 0600);

	if (id < 0)
		return "msgget";
	errno = 0;
	if (msgsnd(id, &m, sizeof(m.text), IPC_NOWAIT))
		return "msgsnd";
	if (msgrcv(id, &back, sizeof(back.text), 1, IPC_NOWAIT) != sizeof(back.text) ||
	    strcmp(back.text, "ahoy"))
		return "msgrcv";
	return msgctl(id, IPC_RMID, NULL) ? "msgctl" : NULL;
}

static const char *use_semaphore(void)
{
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, IPC_NOWAIT };
	int id = semget(IPC_PRIVATE, 1, 0600);

	if (id < 0)
		return "semget";
	errno = 0;
	if (semop(id, &up, 1) || semop(id, &down, 1))
		return "semop";
	/* At 0 again: one more would have to wait. */
	if (!semop(id, &down, 1) || errno != EAGAIN)
		return "semop of a semaphore that is 0";
	return semctl(id, 0, IPC_RMID) ? "semctl" : NULL;
}

static const char *use_shared_memory(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);
	char *a, *b;

	if (id < 0)
		return "shmget";
	a = shmat(id, NULL, 0);
	b = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);	/* goes with its last user, at the latest with us */
	if (a == (char *)-1 || b == (char *)-1)
		return "shmat";
	strcpy(a, "ahoy");
	errno = 0;
	return a == b || strcmp(b, "ahoy") ? "shared memory" : NULL;
}

static void probe_sysv(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *(*const uses[])(void) = { use_message_queue, use_semaphore, use_shared_memory };
	const char *failed = NULL;
	struct live_way way;

	(void)f;
	/* Asked with nothing to find: ENOENT where it is there, and nothing is made. */
	if (msgget(0x53577372, 0) < 0 && errno == ENOSYS) {
		if (!live_blame_filter(ret, "msgget", ENOSYS, !access("/proc/sysvipc", F_OK)))
			live_set(ret, LIVE_ABSENT, ENOSYS, "msgget: ENOSYS");
		return;
	}
	if (live_unshare(ctx, SW_CLONE_NEWIPC, ret, &way)) {
		/* Without one we leave it at that: what is made outside outlives us if we are killed. */
		ret->value = LIVE_UNKNOWN;
		return;
	}
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses) && !failed; i++)
		failed = uses[i]();
	if (failed && (errno == ENOSYS || errno == EPERM || errno == EACCES) &&
	    live_blame_filter(ret, failed, errno, true))
		return;
	if (failed)
		live_set(ret, LIVE_BROKEN, errno, "%s: %s", failed, errno ? sw_errno_name(errno) :
			 "what went in does not come out");
	else
		live_set(ret, LIVE_WORKS, 0, "messages, semaphores and shared memory did their work in an IPC "
			 "namespace of our own%s", way.userns ? " (and user namespace)" : "");
}

/* A sysctl of ours (msgmax) is not the one outside; without privilege it can be written since 5.19. */
static void probe_sysctl(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char file[] = "/proc/sys/kernel/msgmax";
	char own[32] = "", is[32] = "";
	struct live_way way;
	int r;

	(void)f;
	if (access(file, F_OK)) {
		live_set(ret, access("/proc/sys/kernel", F_OK) ? LIVE_UNKNOWN : LIVE_ABSENT, ENOENT, "no %s",
			 file);
		return;
	}
	if (live_unshare(ctx, SW_CLONE_NEWIPC, ret, &way)) {
		ret->value = LIVE_UNKNOWN;
		return;
	}
	if (sw_read_line(AT_FDCWD, file, own, sizeof(own)) < 0)
		own[0] = 0;
	r = sw_write_file(AT_FDCWD, file, strcmp(own, "4242") ? "4242" : "4243");
	sw_read_line(AT_FDCWD, file, is, sizeof(is));
	if (r == -EPERM || r == -EACCES || r == -EROFS) {
		live_set(ret, LIVE_UNKNOWN, r, "write to %s in an IPC namespace of our own%s: %s", file,
			 way.userns ? " (and user namespace)" : "", sw_errno_name(-r));
		if (r == -EROFS)
			return;
		live_blame_privilege(ret);
	} else if (r || !strcmp(own, is)) {
		live_set(ret, LIVE_BROKEN, r, "write to %s: %s", file, r ? sw_errno_name(-r) : "no effect");
	} else {
		live_set(ret, LIVE_WORKS, 0, "kernel.msgmax was set in an IPC namespace of our own%s",
			 way.userns ? " (and user namespace)" : "");
	}
}

static const struct feature rows[] = {
	{ .id = "ipc.mqueue", .title = "POSIX message queues", .area = "ipc",
	  .kconfig = { { KVER_NONE, 0, "POSIX_MQUEUE" } }, .since = KVER_NONE,
	  .commit = "mq_overview(7): 2.6.6", .probe = probe_mqueue },
	{ .id = "ipc.sysv", .title = "System V messages, semaphores, memory", .area = "ipc",
	  .kconfig = { { KVER_NONE, 0, "SYSVIPC" } }, .since = KVER_NONE,
	  .commit = "sysvipc(7)", .probe = probe_sysv },
	{ .id = "ipc.sysctl", .title = "IPC limits of one's own (sysctl)", .area = "ipc",
	  .kconfig = { { KVER_NONE, 0, "SYSVIPC && PROC_SYSCTL" } }, .since = KVER_NONE,
	  .commit = "ipc/ipc_sysctl.c; ipc_namespaces(7)", .probe = probe_sysctl },
};

static const struct feature_sharing sharing[] = {
	{ probe_mqueue, SHARE_MEMORY }, { probe_sysctl, SHARE_MEMORY },
	{ probe_sysv, SHARE_MEMORY },
	{ NULL, 0 },
};

const struct feature_area feature_area_ipc = {
	.name = "ipc", .title = "Interprocess communication", FEATURE_ROWS(rows), .sharing = sharing,
};
