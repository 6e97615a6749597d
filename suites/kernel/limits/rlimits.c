// SPDX-License-Identifier: GPL-2.0-only
/* Limits of processes and users, also where they think they are root. */
#include "suite.h"

#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "suite_mount.h"

SUITE("limits.rlimits", "kernel", "Resource limits, in and out of user namespaces");

#define DOC "getrlimit(2): "

/* A user whom nobody else is, also where several runs are beside each other. */
static uid_t own_user(void)
{
	return 200000u + (uid_t)getpid();
}

static int limit(int what, rlim_t soft, rlim_t hard)
{
	struct rlimit l = { soft, hard };

	return setrlimit(what, &l) ? -errno : 0;
}

/* Become a user without capabilities whose files in /proc are its own. */
static int become(uid_t uid)
{
	int r = suite_become(uid, uid);

	return r ? r : prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

/* Be root of a user namespace of one's own, as any user may. */
static int become_inner_root(uid_t uid)
{
	int r = become(uid);

	if (!r)
		r = sys_unshare(SW_CLONE_NEWUSER);
	return r ? r : suite_map_self(0, uid);
}

/* Fork processes that wait, as many as can be; returns how many, and what came then. */
static int fork_all(int max, int *ret_error)
{
	struct suite_line line;
	pid_t pids[16];
	long value;
	int n = 0;

	*ret_error = suite_line(&line);
	while (n < max) {
		pids[n] = suite_clone(0);
		if (pids[n] == 0) {
			suite_line_mine(&line, 1);
			suite_hear(&line, &value);
			suite_child_exit(0);
		}
		if (pids[n] < 0) {
			*ret_error = pids[n];
			break;
		}
		n++;
	}
	suite_line_close(&line);
	for (int i = 0; i < n; i++)
		suite_wait(pids[i]);
	return n;
}

SUITE_TEST(processes_are_counted_by_user, .needs = "base.multiuser", .promise = DOC "RLIMIT_NPROC; fork(2): EAGAIN")
{
	uid_t uid = own_user();

	CHILD(pid, 0) {
		int error;

		ASSERT_OK(limit(RLIMIT_NPROC, 4, 4));
		ASSERT_OK(become(uid));
		EXPECT_EQ(3, fork_all(8, &error));
		EXPECT_EQ(-EAGAIN, error);
		EXPECT_EQ(3, fork_all(8, &error));	/* those that ended count no more */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(processes_are_counted_in_user_namespaces, .needs = "ns.user base.multiuser", .promise = DOC "RLIMIT_NPROC; user_namespaces(7): "
	   "a process has no capability in the parent")
{
	uid_t uid = own_user();

	CHILD(pid, 0) {
		int error;

		ASSERT_OK(limit(RLIMIT_NPROC, 4, 4));
		ASSERT_OK(become_inner_root(uid));
		EXPECT_EQ(0, getuid());
		EXPECT_EQ(3, fork_all(8, &error));
		EXPECT_EQ(-EAGAIN, error);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(hard_limits_are_not_raised, .needs = "base.multiuser", .promise = DOC "hard limit; CAP_SYS_RESOURCE; EPERM")
{
	CHILD(pid, 0) {
		ASSERT_OK(limit(RLIMIT_NOFILE, 50, 60));
		ASSERT_OK(become(own_user()));
		EXPECT_OK(limit(RLIMIT_NOFILE, 60, 60));	/* the soft one, up to it */
		EXPECT_REFUSED(EINVAL, limit(RLIMIT_NOFILE, 61, 60));
		EXPECT_REFUSED(EPERM, limit(RLIMIT_NOFILE, 60, 61));
		EXPECT_OK(limit(RLIMIT_NOFILE, 40, 50));	/* down is for everybody, for good */
		EXPECT_REFUSED(EPERM, limit(RLIMIT_NOFILE, 40, 60));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(root_inside_raises_none, .needs = "ns.user base.multiuser", .promise = DOC "CAP_SYS_RESOURCE in the initial user namespace; "
	   "user_namespaces(7): Capabilities")
{
	CHILD(pid, 0) {
		struct rlimit now;

		ASSERT_OK(limit(RLIMIT_NOFILE, 50, 60));
		ASSERT_OK(become_inner_root(own_user()));
		EXPECT_REFUSED(EPERM, limit(RLIMIT_NOFILE, 60, 61));
		ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &now));
		EXPECT_EQ(50, now.rlim_cur);
		EXPECT_EQ(60, now.rlim_max);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(descriptors_are_bounded, .needs = "", .promise = DOC "RLIMIT_NOFILE; open(2): EMFILE; dup(2): EBADF")
{
	CHILD(pid, 0) {
		int fd = open("/", O_PATH | O_CLOEXEC), high;

		high = fcntl(fd, F_DUPFD_CLOEXEC, 70);
		ASSERT_EQ(70, high);
		ASSERT_OK(limit(RLIMIT_NOFILE, 40, 60));
		for (int i = 0; i < 40 && fd >= 0; i++)
			fd = dup(high);
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(EMFILE, errno);
		EXPECT_EQ(-1, dup2(high, 40));
		EXPECT_EQ(EBADF, errno);
		EXPECT_EQ(39, dup2(high, 39));
		EXPECT_LE(0, fcntl(high, F_GETFD));	/* what was open stays */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(files_are_bounded, .needs = "", .promise = DOC "RLIMIT_FSIZE; write(2): EFBIG")
{
	char path[PATH_MAX + 8], block[1000];

	memset(block, 'x', sizeof(block));
	snprintf(path, sizeof(path), "%s/f", suite_scratch);
	for (int ignore = 0; ignore < 2; ignore++) {
		CHILD(pid, 0) {
			int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

			ASSERT_SYS(fd);
			signal(SIGXFSZ, ignore ? SIG_IGN : SIG_DFL);
			ASSERT_OK(limit(RLIMIT_CORE, 0, 0));
			ASSERT_OK(limit(RLIMIT_FSIZE, 1500, 1500));
			ASSERT_EQ(1000, write(fd, block, sizeof(block)));
			ASSERT_EQ(500, write(fd, block, sizeof(block)));	/* what still fits */
			ASSERT_EQ(-1, write(fd, block, 1));
			EXPECT_EQ(EFBIG, errno);
			_exit(errno == EFBIG ? 3 : 4);	/* stdio may not write any more */
		}
		EXPECT_EXIT(ignore ? 3 : SUITE_KILLED(SIGXFSZ), pid);
	}
}

SUITE_TEST(address_space_is_bounded, .needs = "", .promise = DOC "RLIMIT_AS; mmap(2): ENOMEM")
{
	CHILD(pid, 0) {
		void *p;

		ASSERT_OK(limit(RLIMIT_AS, 256 << 20, 256 << 20));
		p = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		EXPECT_NE(MAP_FAILED, p);
		p = mmap(NULL, 257 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		EXPECT_EQ(MAP_FAILED, p);
		EXPECT_EQ(ENOMEM, errno);
	}
	EXPECT_EXIT(0, pid);
}

/* Lock so many pages at once; returns 0 or -errno. */
static int lock_pages(int pages)
{
	size_t len = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (p == MAP_FAILED)
		return -errno;
	r = mlock(p, len) ? -errno : 0;
	munmap(p, len);
	return r;
}

SUITE_TEST(locked_memory_is_bounded_inside_too, .needs = "ns.user base.multiuser", .promise = "mlock(2): ENOMEM, EPERM; " DOC "RLIMIT_MEMLOCK")
{
	rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE);

	for (int inside = 0; inside < 2; inside++) {
		CHILD(pid, 0) {
			ASSERT_OK(limit(RLIMIT_MEMLOCK, 4 * page, 4 * page));
			ASSERT_OK(inside ? become_inner_root(own_user()) : become(own_user()));
			EXPECT_OK(lock_pages(4));
			EXPECT_REFUSED(ENOMEM, lock_pages(5));
			ASSERT_OK(limit(RLIMIT_MEMLOCK, 0, 0));
			EXPECT_REFUSED(EPERM, lock_pages(1));
		}
		EXPECT_EXIT(0, pid);
	}
}

SUITE_TEST(queued_signals_are_bounded, .needs = "base.multiuser", .promise = DOC "RLIMIT_SIGPENDING; sigqueue(3): EAGAIN")
{
	CHILD(pid, 0) {
		union sigval value = { 0 };
		sigset_t set;
		int n = 0;

		ASSERT_OK(limit(RLIMIT_SIGPENDING, 5, 5));
		ASSERT_OK(become(own_user()));
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		sigaddset(&set, SIGUSR1);
		ASSERT_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
		while (n < 20 && !sigqueue(getpid(), SIGRTMIN, value))
			n++;
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_EQ(5, n);
		/* kill(2) can always be used to queue one instance of a signal that is not queued yet. */
		ASSERT_SYS(kill(getpid(), SIGUSR1));
		ASSERT_SYS(sigpending(&set));
		EXPECT_EQ(1, sigismember(&set, SIGUSR1));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(another_process_can_be_limited, .needs = "base.multiuser", .promise = "prlimit(2): CAP_SYS_RESOURCE or same ids; EPERM")
{
	uid_t uid = own_user();
	struct suite_line line;
	struct rlimit now;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(target, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(become(uid));
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &now));
		EXPECT_EQ(30, now.rlim_cur);
		EXPECT_EQ(31, now.rlim_max);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	for (uid_t who = uid + 1; who >= uid; who--) {
		CHILD(other, 0) {
			struct rlimit l = { 30, 31 };

			ASSERT_OK(become(who));
			EXPECT_EQ(who == uid ? 0 : -1, prlimit(target, RLIMIT_NOFILE, &l, NULL));
			if (who != uid)
				EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, other);
	}
	ASSERT_OK(suite_tell(&line, 1));
	EXPECT_EXIT(0, target);
}

SUITE_TEST(root_inside_gets_no_priority, .needs = "ns.user base.multiuser", .promise = DOC "RLIMIT_NICE; setpriority(2): EACCES")
{
	CHILD(pid, 0) {
		ASSERT_OK(limit(RLIMIT_NICE, 0, 0));
		ASSERT_SYS(setpriority(PRIO_PROCESS, 0, 5));
		ASSERT_OK(become_inner_root(own_user()));
		EXPECT_EQ(-1, setpriority(PRIO_PROCESS, 0, 0));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(0, setpriority(PRIO_PROCESS, 0, 6));	/* less is always to be had */
		EXPECT_EQ(6, getpriority(PRIO_PROCESS, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(watchers_are_counted_by_namespace, .needs = "ns.user ns.limits base.inotify base.multiuser",
	   .promise = "inotify_init(2): EMFILE; user_namespaces(7); /proc/sys/user/max_inotify_instances, since 4.10")
{
	if (!suite_kernel(4, 10)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	CHILD(pid, 0) {
		int n = 0;

		ASSERT_OK(become_inner_root(own_user()));
		ASSERT_OK(suite_write("3", "/proc/sys/user/max_inotify_instances"));
		while (n < 10 && inotify_init1(IN_CLOEXEC) >= 0)
			n++;
		EXPECT_EQ(EMFILE, errno);
		EXPECT_EQ(3, n);
	}
	EXPECT_EXIT(0, pid);
	CHILD(outside, 0) {	/* a user outside has the limit of old */
		ASSERT_OK(become(own_user()));
		for (int i = 0; i < 4; i++)
			EXPECT_LE(0, inotify_init1(IN_CLOEXEC));
	}
	EXPECT_EXIT(0, outside);
}

SUITE_TEST(pipes_are_bounded_inside_too, .needs = "ns.user base.multiuser", .promise = "pipe(7): pipe-max-size; fcntl(2): F_SETPIPE_SZ, EPERM")
{
	char text[24];
	long max;

	ASSERT_OK(suite_read("/proc/sys/fs/pipe-max-size", text, sizeof(text)));
	max = atol(text);
	for (int inside = 0; inside < 2; inside++) {
		CHILD(pid, 0) {
			int fd[2];

			ASSERT_OK(inside ? become_inner_root(own_user()) : become(own_user()));
			ASSERT_SYS(pipe2(fd, O_CLOEXEC));
			EXPECT_EQ(max, fcntl(fd[0], F_SETPIPE_SZ, max));
			EXPECT_EQ(-1, fcntl(fd[0], F_SETPIPE_SZ, max * 2));
			EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, pid);
	}
}
