// SPDX-License-Identifier: GPL-2.0-only
/* Threaded groups (4.14), and processes born into a group by clone3 (5.7). */
#include "suite.h"

#include <sys/syscall.h>

#include "suite_cgtest.h"

SUITE("cgroup.v2.threads", "kernel", "Threads in groups of their own, and birth inside of a group");

#define DOC "Documentation/admin-guide/cgroup-v2.rst: Threads"
#define NEEDS "cgroup.v2.threaded"
#define CLONE_NEEDS "cgroup.v2.clone_into_cgroup"

static int read_type(const struct suite_cgroup *cg, char *type)
{
	ssize_t n = suite_cgroup_read(cg, "cgroup.type", type, 32);

	return n < 0 ? (int)n : 0;
}

#define EXPECT_TYPE(wanted, cg)                                                               \
	do {                                                                                      \
		char type_[32] = "";                                                              \
		ASSERT_OK(read_type(cg, type_));                                                  \
		EXPECT_STREQ(wanted, type_);                                                      \
	} while (0)

static int make_threaded(struct suite_cgroup *child, const struct suite_cgroup *parent, const char *name)
{
	int r = suite_cgroup_child(child, parent, name, NULL);

	return r ? r : suite_cgroup_write(child, "cgroup.type", "threaded");
}

SUITE_TEST(threaded_child_makes_a_threaded_domain, .needs = NEEDS, .promise = DOC)
{
	struct suite_cgroup cg, threaded, later, below;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	EXPECT_TYPE("domain", &cg);
	ASSERT_OK(make_threaded(&threaded, &cg, "threaded"));
	EXPECT_TYPE("domain threaded", &cg);
	EXPECT_TYPE("threaded", &threaded);
	/* What is made below afterwards is invalid until it is made threaded too. */
	ASSERT_OK(suite_cgroup_child(&later, &cg, "later", NULL));
	EXPECT_TYPE("domain invalid", &later);
	ASSERT_OK(suite_cgroup_child(&below, &threaded, "below", NULL));
	EXPECT_TYPE("domain invalid", &below);
	ASSERT_SYS(rmdir(below.path));
	ASSERT_SYS(rmdir(later.path));
	ASSERT_SYS(rmdir(threaded.path));
	EXPECT_TYPE("domain", &cg);	/* reverts when the conditions clear */
}

SUITE_TEST(threaded_cannot_be_undone, .needs = NEEDS, .promise = DOC)
{
	struct suite_cgroup cg, threaded;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(make_threaded(&threaded, &cg, "threaded"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&threaded, "cgroup.type", "domain"));
	EXPECT_TYPE("threaded", &threaded);
}

SUITE_TEST(invalid_group_takes_no_process, .needs = NEEDS, .promise = DOC)
{
	struct suite_cgroup cg, threaded, invalid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(make_threaded(&threaded, &cg, "threaded"));
	ASSERT_OK(suite_cgroup_child(&invalid, &cg, "invalid", NULL));
	CHILD(pid, 0) {
		char text[64];

		EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_enter(&invalid, 0));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_enter(&invalid, 0));
		EXPECT_EQ(-EOPNOTSUPP, suite_cgroup_read(&threaded, "cgroup.procs", text, sizeof(text)));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(threads_of_a_process_part, .needs = NEEDS, .promise = DOC)
{
	struct suite_cgroup cg, a, b;
	struct suite_line line;
	long tid;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(make_threaded(&a, &cg, "a"));
	ASSERT_OK(make_threaded(&b, &cg, "b"));
	pid = cgtest_threads(&line, &tid);
	ASSERT_LT(0, pid);
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(cgtest_write_long(&a, "cgroup.threads", tid));
	ASSERT_OK(cgtest_write_long(&b, "cgroup.threads", pid));
	EXPECT_EQ(1, cgtest_lists(&a, "cgroup.threads", tid));
	EXPECT_EQ(0, cgtest_lists(&a, "cgroup.threads", pid));
	EXPECT_EQ(1, cgtest_lists(&b, "cgroup.threads", pid));
	/* The domain shows the process of all of the subtree, and it is populated. */
	EXPECT_EQ(1, cgtest_lists(&cg, "cgroup.procs", pid));
	EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.threads", tid));
	/* The process as a whole can be moved from the domain. */
	ASSERT_OK(suite_cgroup_enter(&a, pid));
	EXPECT_EQ(1, cgtest_lists(&a, "cgroup.threads", pid));
	EXPECT_EQ(1, cgtest_lists(&a, "cgroup.threads", tid));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(threads_stay_in_their_domain, .needs = NEEDS, .promise = DOC)
{
	struct suite_cgroup cg, other, a;
	struct suite_line line;
	long tid;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_new(&other, NULL, 2));
	ASSERT_OK(make_threaded(&a, &cg, "a"));
	pid = cgtest_threads(&line, &tid);
	ASSERT_LT(0, pid);
	EXPECT_REFUSED(EOPNOTSUPP, cgtest_write_long(&a, "cgroup.threads", tid));
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	EXPECT_OK(cgtest_write_long(&a, "cgroup.threads", tid));
	EXPECT_REFUSED(EOPNOTSUPP, cgtest_write_long(&other, "cgroup.threads", tid));
	EXPECT_EQ(1, cgtest_lists(&a, "cgroup.threads", tid));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(domain_controllers_stay_out, .needs = NEEDS " cgroup.v2.hugetlb|cgroup.v2.memory",
	   .promise = DOC)
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child, threaded;
	char on[32];

	snprintf(on, sizeof(on), "+%s", controller);
	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", controller));
	/* Distributes a domain controller: cannot be a threaded domain. */
	EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_write(&child, "cgroup.type", "threaded"));
	ASSERT_OK(make_threaded(&threaded, &child, "threaded"));
	EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_write(&child, "cgroup.subtree_control", on));
	EXPECT_EQ(0, cgtest_has_word(&threaded, "cgroup.controllers", controller));
}

SUITE_TEST(kill_is_for_processes, .needs = NEEDS " cgroup.v2.kill",
	   .promise = "Documentation/admin-guide/cgroup-v2.rst: cgroup.kill")
{
	struct suite_cgroup cg, threaded;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(make_threaded(&threaded, &cg, "threaded"));
	EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_write(&threaded, "cgroup.kill", "1"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&threaded, 0));
		EXPECT_REFUSED(EOPNOTSUPP, suite_cgroup_write(&threaded, "cgroup.kill", "1"));
		suite_cgroup_write(&cg, "cgroup.kill", "1");	/* the domain can: ends here */
	}
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid);
}

SUITE_TEST(pids_limits_threads, .needs = NEEDS " cgroup.v2.pids",
	   .promise = "Documentation/admin-guide/cgroup-v2.rst: PID")
{
	struct suite_cgroup cg, a;
	struct suite_line line;
	long long now;
	long tid;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", 2));
	ASSERT_OK(suite_cgroup_child(&a, &cg, "a", "pids"));
	ASSERT_OK(suite_cgroup_write(&a, "cgroup.type", "threaded"));
	pid = cgtest_threads(&line, &tid);
	ASSERT_LT(0, pid);
	ASSERT_OK(suite_cgroup_enter(&cg, pid));
	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
	EXPECT_EQ(2, now);	/* threads are counted as what they are */
	ASSERT_OK(cgtest_write_long(&a, "cgroup.threads", tid));
	ASSERT_OK(suite_cgroup_read_long(&a, "pids.current", &now));
	EXPECT_EQ(1, now);
	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.current", &now));
	EXPECT_EQ(2, now);
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

/* ---- clone3 with CLONE_INTO_CGROUP ---- */

static pid_t clone_into(const char *path)
{
	__sw_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct sys_clone_args args = { .flags = SW_CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
				       .cgroup = (uint64_t)fd };

	return fd < 0 ? -errno : sys_clone3(&args, sizeof(args));
}

/* No child may come of it; one that does is ended. */
#define EXPECT_NOT_BORN(err, path)                                                            \
	do {                                                                                      \
		pid_t born_ = clone_into(path);                                                   \
		if (born_ == 0)                                                                   \
			_exit(0);                                                                 \
		EXPECT_EQ(-(err), born_) TH_LOG("clone3: %s", born_ < 0 ? sw_errno_name(-born_) : \
						"a child");                                       \
		if (born_ > 0)                                                                    \
			suite_wait(born_);                                                        \
	} while (0)

SUITE_TEST(clone_into_is_there_from_the_start, .needs = CLONE_NEEDS,
	   .promise = "clone(2): CLONE_INTO_CGROUP")
{
	struct suite_cgroup cg;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	pid = clone_into(cg.path);
	ASSERT_OK(pid);
	if (pid == 0)
		_exit(cgtest_lists(&cg, "cgroup.procs", getpid()) == 1 ? 0 : 9);
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.procs", getpid()));	/* the parent stays outside */
}

SUITE_TEST(clone_into_frozen_waits, .needs = CLONE_NEEDS " cgroup.v2.freezer",
	   .promise = "clone(2): CLONE_INTO_CGROUP; cgroups(7)")
{
	struct suite_cgroup cg;
	struct suite_line line;
	struct pollfd poll_fd = { .events = POLLIN };
	long value;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.freeze", "1"));
	ASSERT_OK(suite_line(&line));
	pid = clone_into(cg.path);
	ASSERT_OK(pid);
	if (pid == 0) {
		suite_line_mine(&line, 1);
		suite_tell(&line, 7);
		_exit(0);
	}
	suite_line_mine(&line, 0);
	/* Frozen with a process in it: it ran nothing and says nothing. */
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "frozen", 1));
	poll_fd.fd = line.fd[0];
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.freeze", "0"));
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(7, value);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(clone_into_invalid_domain_is_refused, .needs = CLONE_NEEDS " " NEEDS,
	   .promise = "clone(2): EOPNOTSUPP")
{
	struct suite_cgroup cg, threaded, invalid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(make_threaded(&threaded, &cg, "threaded"));
	ASSERT_OK(suite_cgroup_child(&invalid, &cg, "invalid", NULL));
	EXPECT_NOT_BORN(EOPNOTSUPP, invalid.path);
}

SUITE_TEST(clone_into_distributing_group_is_refused,
	   .needs = CLONE_NEEDS " cgroup.v2.hugetlb|cgroup.v2.memory", .promise = "clone(2): EBUSY")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", controller));
	EXPECT_NOT_BORN(EBUSY, cg.path);
}

SUITE_TEST(clone_into_needs_permission, .needs = CLONE_NEEDS, .promise = "clone(2): EACCES")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	CHILD(pid, 0) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_NOT_BORN(EACCES, cg.path);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(clone_into_obeys_the_limit, .needs = CLONE_NEEDS " cgroup.v2.pids",
	   .promise = "clone(2): CLONE_INTO_CGROUP; EAGAIN")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", 2));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "0"));
	EXPECT_NOT_BORN(EAGAIN, cg.path);
}
