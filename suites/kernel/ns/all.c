// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <pthread.h>

#include "ns_util.h"

SUITE("ns.all", "kernel", "What holds for every kind of namespace, and for several at once");

SUITE_TEST(fork_shares_every_one,
	   .needs = "ns.setns", .unprivileged = true,
	   .promise = "namespaces(7): The /proc/pid/ns/ directory (the same device ID and inode number)")
{
	struct ns_holder h;
	int seen = 0;

	ASSERT_OK(ns_hold(&h, 0));
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		char path[64], link[64] = "", want[64];
		struct stat a, b;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_kinds[i].name);
		if (stat(path, &a)) {
			EXPECT_EQ(ENOENT, errno);
			continue;
		}
		ASSERT_LT(0, readlink(path, link, sizeof(link) - 1));
		snprintf(want, sizeof(want), "%s:[%llu]", ns_kinds[i].name, (unsigned long long)a.st_ino);
		EXPECT_STREQ(want, link);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)h.pid, ns_kinds[i].name);
		ASSERT_SYS(stat(path, &b));
		EXPECT_EQ(a.st_ino, b.st_ino) TH_LOG("%s", path);
		EXPECT_EQ(a.st_dev, b.st_dev);
		seen++;
	}
	EXPECT_LE(3, seen);
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(unshare_changes_only_the_kind_named,
	   .needs = "ns.cgroup ns.ipc ns.mnt ns.net ns.user ns.uts",
	   .promise = "unshare(2); namespaces(7): The namespaces API")
{
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		if (ns_kinds[i].flag == SW_CLONE_NEWPID)	/* which moves children only */
			continue;
		CHILD(pid, 0) {
			uint64_t before[ARRAY_SIZE(ns_kinds)];

			for (size_t k = 0; k < ARRAY_SIZE(ns_kinds); k++)
				before[k] = ns_id(0, ns_kinds[k].name);
			ASSERT_OK(sys_unshare(ns_kinds[i].flag));
			for (size_t k = 0; k < ARRAY_SIZE(ns_kinds); k++) {
				uint64_t now = ns_id(0, ns_kinds[k].name);

				EXPECT_NE(0, now);
				EXPECT_EQ(k != i, now == before[k])
					TH_LOG("unshare of %s, %s", ns_kinds[i].name, ns_kinds[k].name);
			}
		}
		EXPECT_EXIT(0, pid);
	}
}

SUITE_TEST(all_eight_at_once,
	   .needs = "process.clone3 ns.time ns.cgroup ns.ipc ns.mnt ns.net ns.pid ns.user ns.uts ns.ioctl",
	   .promise = "clone(2): CLONE_NEW*; user_namespaces(7): the user namespace is created first")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, NS_ALL_BUT_TIME | SW_CLONE_NEWTIME));
	for (size_t i = 0; i <= ARRAY_SIZE(ns_kinds); i++) {
		const char *name = i < ARRAY_SIZE(ns_kinds) ? ns_kinds[i].name : "time";
		int fd = suite_ns_open(h.pid, name), owner;

		ASSERT_OK(fd);
		EXPECT_NE(ns_id(0, name), ns_fd_id(fd)) TH_LOG("%s", name);
		owner = ioctl(fd, _IO(0xb7, 1));	/* NS_GET_USERNS */
		ASSERT_SYS(owner);
		EXPECT_EQ(ns_id(strcmp(name, "user") ? h.pid : 0, "user"), ns_fd_id(owner)) TH_LOG("%s", name);
		close(owner);
		close(fd);
	}
	EXPECT_EQ(0, ns_release(&h));
}

SUITE_TEST(creation_needs_a_capability_but_for_user,
	   .needs = "ns.cgroup ns.ipc ns.mnt ns.net ns.pid ns.user ns.uts", .unprivileged = true,
	   .promise = "clone(2), unshare(2): EPERM; namespaces(7): user namespaces are the exception")
{
	CHILD(pid, 0) {
		ASSERT_OK(suite_become_ordinary());
		for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
			uint64_t flag = ns_kinds[i].flag, own = ns_id(0, ns_kinds[i].name);

			if (flag == SW_CLONE_NEWUSER)
				continue;
			EXPECT_REFUSED(EPERM, sys_unshare(flag));
			EXPECT_EQ(-EPERM, suite_clone(flag));
			/* The user namespace comes first, and gives the right to the other. */
			CHILD(both, SW_CLONE_NEWUSER | flag) {
				EXPECT_NE(own, ns_id(0, ns_kinds[i].name));
			}
			EXPECT_EXIT(0, both);
		}
		ASSERT_OK(sys_unshare(NS_ALL_BUT_TIME));
		CHILD(first, 0) {
			EXPECT_EQ(1, getpid());
		}
		EXPECT_EXIT(0, first);
	}
	EXPECT_EXIT(0, pid);
}

static int run_nothing(void *arg)
{
	return 0;
}

SUITE_TEST(contradictory_flags_are_refused,
	   .needs = "ns.mnt ns.ipc ns.pid ns.user",
	   .promise = "clone(2): EINVAL (CLONE_FS with CLONE_NEWNS or CLONE_NEWUSER, CLONE_SYSVSEM with "
		      "CLONE_NEWIPC, CLONE_THREAD with CLONE_NEWPID or CLONE_NEWUSER)")
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	static const struct {
		unsigned long flags;
		const char *text;
	} rows[] = {
		{ CLONE_FS | SW_CLONE_NEWNS | SIGCHLD, "CLONE_FS|CLONE_NEWNS" },
		{ CLONE_FS | SW_CLONE_NEWUSER | SIGCHLD, "CLONE_FS|CLONE_NEWUSER" },
		{ CLONE_SYSVSEM | SW_CLONE_NEWIPC | SIGCHLD, "CLONE_SYSVSEM|CLONE_NEWIPC" },
		{ CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | SW_CLONE_NEWPID, "CLONE_THREAD|CLONE_NEWPID" },
		{ CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | SW_CLONE_NEWUSER, "CLONE_THREAD|CLONE_NEWUSER" },
	};

	CHILD(pid, 0) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			int r = clone(run_nothing, stack + sizeof(stack), rows[i].flags, NULL);

			EXPECT_EQ(-1, r) TH_LOG("%s", rows[i].text);
			EXPECT_EQ(EINVAL, errno) TH_LOG("%s", rows[i].text);
		}
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(links_are_for_those_who_may_trace,
	   .needs = "ns.setns",
	   .promise = "namespaces(7): The /proc/pid/ns/ directory (PTRACE_MODE_READ_FSCREDS)")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, 0));
	CHILD(pid, 0) {
		char link[64], path[64];
		ssize_t n;

		ASSERT_OK(suite_become_ordinary());
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)h.pid);
		n = readlink(path, link, sizeof(link));
		/*
		 * Nothing is read. Stable kernels with an early form of commit 6650527444da (7.2), such as
		 * Debian's 5.10.0-46, say so by an empty text instead of the error.
		 */
		EXPECT_GE(0, n);
		if (n < 0)
			EXPECT_EQ(EACCES, errno);
		EXPECT_REFUSED(EACCES, suite_ns_open(h.pid, "mnt"));
		EXPECT_LT(0, readlink("/proc/self/ns/mnt", link, sizeof(link)));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, ns_release(&h));
}

/* A thread is as good a holder as a process: one that has left its process's namespace. */
static void *leave(void *arg)
{
	int *result = arg;

	*result = sys_unshare(SW_CLONE_NEWUTS);
	if (!*result && sethostname("sw-test-thread", 14))
		*result = -errno;
	return NULL;
}

SUITE_TEST(threads_leave_one_by_one,
	   .needs = "ns.uts",
	   .promise = "unshare(2): the calling thread; setns(2): the calling thread")
{
	CHILD(pid, SW_CLONE_NEWUTS) {
		char name[65] = "";
		pthread_t thread;
		int result = -1;

		ASSERT_SYS(sethostname("sw-test-process", 15));
		ASSERT_EQ(0, pthread_create(&thread, NULL, leave, &result));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(0, result);
		ASSERT_SYS(gethostname(name, sizeof(name)));
		EXPECT_STREQ("sw-test-process", name);
	}
	EXPECT_EXIT(0, pid);
}
