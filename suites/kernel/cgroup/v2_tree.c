// SPDX-License-Identifier: GPL-2.0-only
/* The rules of the tree: who may have controllers, who may have processes, how deep, how many. */
#include "suite.h"

#include <sys/inotify.h>
#include <sys/syscall.h>

#include "suite_cgtest.h"

SUITE("cgroup.v2.tree", "kernel", "Controllers, limits and membership in the unified tree");

#define DOC "Documentation/admin-guide/cgroup-v2.rst: "
#define CONTROLLER "cgroup.v2.hugetlb|cgroup.v2.memory"

/* "+hugetlb" */
static int control(const struct suite_cgroup *cg, const char *sign, const char *controller)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%s", sign, controller);
	return suite_cgroup_write(cg, "cgroup.subtree_control", text);
}

SUITE_TEST(processes_forbid_controllers_below, .needs = CONTROLLER,
	   .promise = DOC "No Internal Process Constraint")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(cgtest_start(&p, &cg));
	EXPECT_REFUSED(EBUSY, control(&cg, "+", controller));
	EXPECT_EQ(0, cgtest_has_word(&cg, "cgroup.subtree_control", controller));
	EXPECT_EQ(0, cgtest_end(&p));
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "populated", 0));
	EXPECT_OK(control(&cg, "+", controller));
}

SUITE_TEST(controllers_below_forbid_processes, .needs = CONTROLLER,
	   .promise = DOC "No Internal Process Constraint")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", controller));
	CHILD(pid, 0) {
		EXPECT_REFUSED(EBUSY, suite_cgroup_enter(&cg, 0));
		EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.procs", getpid()));
		EXPECT_OK(suite_cgroup_enter(&child, 0));
		EXPECT_EQ(1, cgtest_lists(&child, "cgroup.procs", getpid()));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(controller_files_follow_subtree_control, .needs = CONTROLLER,
	   .promise = DOC "Enabling and Disabling")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child;
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "%s.", controller);
	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	EXPECT_EQ(1, cgtest_has_word(&cg, "cgroup.controllers", controller));
	EXPECT_EQ(0, cgtest_has_word(&child, "cgroup.controllers", controller));
	/* memory.pressure is a core file (4.20) and there always. */
	int core = cgtest_files(&child, prefix);
	ASSERT_OK(control(&cg, "+", controller));
	EXPECT_EQ(1, cgtest_has_word(&child, "cgroup.controllers", controller));
	EXPECT_GT(cgtest_files(&child, prefix), core);
	ASSERT_OK(control(&cg, "-", controller));
	EXPECT_EQ(core, cgtest_files(&child, prefix));
	EXPECT_EQ(0, cgtest_has_word(&child, "cgroup.controllers", controller));
}

SUITE_TEST(only_listed_controllers_can_be_enabled, .needs = CONTROLLER,
	   .promise = DOC "Enabling and Disabling")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	EXPECT_REFUSED(ENOENT, control(&child, "+", controller));	/* the parent does not pass it on */
	EXPECT_REFUSED(EINVAL, control(&cg, "+", "sw-no-such"));
	ASSERT_OK(control(&cg, "+", controller));
	EXPECT_OK(control(&child, "+", controller));
}

SUITE_TEST(controller_in_use_below_cannot_be_disabled, .needs = CONTROLLER,
	   .promise = DOC "Top-down Constraint")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", controller));
	ASSERT_OK(control(&child, "+", controller));
	EXPECT_REFUSED(EBUSY, control(&cg, "-", controller));
	EXPECT_EQ(1, cgtest_has_word(&child, "cgroup.subtree_control", controller));
	ASSERT_OK(control(&child, "-", controller));
	EXPECT_OK(control(&cg, "-", controller));
}

SUITE_TEST(subtree_control_is_all_or_nothing, .needs = CONTROLLER,
	   .promise = DOC "cgroup.subtree_control")
{
	const char *controller = cgtest_domain_controller();
	struct suite_cgroup cg;
	char text[96];

	ASSERT_OK(suite_cgroup_new(&cg, controller, 2));
	snprintf(text, sizeof(text), "+%s +sw-no-such", controller);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "cgroup.subtree_control", text));
	EXPECT_EQ(0, cgtest_has_word(&cg, "cgroup.subtree_control", controller));
	/* Named more than once, the last one is effective. */
	snprintf(text, sizeof(text), "-%s +%s", controller, controller);
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.subtree_control", text));
	EXPECT_EQ(1, cgtest_has_word(&cg, "cgroup.subtree_control", controller));
	snprintf(text, sizeof(text), "+%s -%s", controller, controller);
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.subtree_control", text));
	EXPECT_EQ(0, cgtest_has_word(&cg, "cgroup.subtree_control", controller));
}

SUITE_TEST(max_descendants_refuses_one_more, .needs = "cgroup.v2.threaded",	/* both 4.14 */
	   .promise = DOC "cgroup.max.descendants")
{
	struct suite_cgroup cg, first, below;
	char path[PATH_MAX + 8];

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.max.descendants", "2"));
	ASSERT_OK(suite_cgroup_child(&first, &cg, "first", NULL));
	ASSERT_OK(suite_cgroup_child(&below, &first, "below", NULL));	/* counts too */
	snprintf(path, sizeof(path), "%s/second", cg.path);
	EXPECT_EQ(-1, mkdir(path, 0755));
	EXPECT_EQ(EAGAIN, errno);
	snprintf(path, sizeof(path), "%s/b2", first.path);
	EXPECT_EQ(-1, mkdir(path, 0755));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.max.descendants", "max"));
	EXPECT_EQ(0, mkdir(path, 0755));
}

SUITE_TEST(max_depth_refuses_one_deeper, .needs = "cgroup.v2.threaded",
	   .promise = DOC "cgroup.max.depth")
{
	struct suite_cgroup cg, first;
	char path[PATH_MAX + 8];

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.max.depth", "1"));
	ASSERT_OK(suite_cgroup_child(&first, &cg, "first", NULL));
	snprintf(path, sizeof(path), "%s/below", first.path);
	EXPECT_EQ(-1, mkdir(path, 0755));
	EXPECT_EQ(EAGAIN, errno);
	snprintf(path, sizeof(path), "%s/second", cg.path);
	EXPECT_EQ(0, mkdir(path, 0755));	/* breadth is not depth */
}

SUITE_TEST(stat_counts_descendants, .needs = "cgroup.v2.threaded", .promise = DOC "cgroup.stat")
{
	struct suite_cgroup cg, first, below;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cgroup.stat", "nr_descendants", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_child(&first, &cg, "first", NULL));
	ASSERT_OK(suite_cgroup_child(&below, &first, "below", NULL));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cgroup.stat", "nr_descendants", &value));
	EXPECT_EQ(2, value);
	ASSERT_SYS(rmdir(below.path));
	ASSERT_OK(suite_cgroup_read_key(&cg, "cgroup.stat", "nr_descendants", &value));
	EXPECT_EQ(1, value);
}

SUITE_TEST(zombies_do_not_hold_a_group, .needs = "cgroup.v2",
	   .promise = DOC "Organizing Processes and Threads")
{
	struct suite_cgroup cg;
	struct cgtest_proc p;
	char path[64], text[PATH_MAX + 32];

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(cgtest_start(&p, &cg));
	ASSERT_OK(suite_tell(&p.line, -1));
	ASSERT_OK(cgtest_await_zombie(p.pid));
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "populated", 0));
	EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.procs", p.pid));
	EXPECT_EQ(0, rmdir(cg.path)) TH_LOG("rmdir: %s", sw_errno_name(errno));
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)p.pid);
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	ASSERT_OK(sw_read_file(AT_FDCWD, path, &buf, 1 << 16));
	snprintf(text, sizeof(text), "%s (deleted)\n", cgtest_name(&cg));
	EXPECT_NE(NULL, strstr(sw_buf_str(&buf), text)) TH_LOG("%s", sw_buf_str(&buf));
	EXPECT_EXIT(0, p.pid);
}

SUITE_TEST(proc_names_the_group, .needs = "cgroup.v2", .promise = DOC "Processes")
{
	struct suite_cgroup cg, child;
	char text[PATH_MAX];

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	CHILD(pid, 0) {
		__sw_buf struct sw_buf buf = SW_BUF_INIT;
		const char *line;

		ASSERT_OK(suite_cgroup_enter(&child, 0));
		ASSERT_OK(sw_read_file(AT_FDCWD, "/proc/self/cgroup", &buf, 1 << 16));
		line = strstr(sw_buf_str(&buf), "0::/");
		ASSERT_NE(NULL, line);
		snprintf(text, sizeof(text), "%s\n", cgtest_name(&child));
		EXPECT_NE(NULL, strstr(line, text)) TH_LOG("%s", line);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(any_thread_moves_its_process, .needs = "cgroup.v2", .promise = DOC "Processes")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long tid;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	pid = cgtest_threads(&line, &tid);
	ASSERT_OK(pid);
	EXPECT_NE(pid, tid);
	ASSERT_OK(suite_cgroup_enter(&cg, (pid_t)tid));
	EXPECT_EQ(1, cgtest_lists(&cg, "cgroup.procs", pid));
	EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.procs", tid));	/* processes, not threads */
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(populated_raises_inotify, .needs = "cgroup.v2",
	   .promise = DOC "[Un]populated Notification")
{
	struct suite_cgroup cg;
	struct cgtest_proc p;
	char path[PATH_MAX + 16], event[512];
	__sw_fd int fd = inotify_init1(IN_CLOEXEC);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	ASSERT_LE(0, fd);
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(cgtest_start(&p, NULL));
	snprintf(path, sizeof(path), "%s/cgroup.events", cg.path);
	ASSERT_SYS(inotify_add_watch(fd, path, IN_MODIFY));
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	ASSERT_OK(suite_cgroup_enter(&cg, p.pid));
	EXPECT_LT(0, read(fd, event, sizeof(event)));	/* blocks until there is one */
	EXPECT_EQ(0, cgtest_end(&p));
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "populated", 0));
}

/* Give a group to the ordinary user, as the document says: directory, procs, threads, subtree_control. */
static int delegate(const struct suite_cgroup *cg)
{
	static const char *const files[] = { ".", "cgroup.procs", "cgroup.threads",
					     "cgroup.subtree_control" };
	char path[PATH_MAX + 32];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", cg->path, files[i]);
		if (chown(path, SUITE_NOBODY, SUITE_NOBODY) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

SUITE_TEST(delegatee_moves_inside_only, .needs = "cgroup.v2.delegation",
	   .promise = DOC "Delegation Containment")
{
	struct suite_cgroup top, mine, other, sub;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&top, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&mine, &top, "mine", NULL));
	ASSERT_OK(suite_cgroup_child(&other, &top, "other", NULL));
	ASSERT_OK(delegate(&mine));
	ASSERT_OK(delegate(&other));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&mine, 0));
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		ASSERT_OK(cgtest_start(&p, NULL));
		ASSERT_OK(suite_cgroup_child(&sub, &mine, "sub", NULL));
		EXPECT_OK(suite_cgroup_enter(&sub, p.pid));
		EXPECT_EQ(1, cgtest_lists(&sub, "cgroup.procs", p.pid));
		/* Both ends are its own, the common ancestor is not. */
		EXPECT_REFUSED(EACCES, suite_cgroup_enter(&other, p.pid));
		EXPECT_EQ(1, cgtest_lists(&sub, "cgroup.procs", p.pid));
		EXPECT_OK(suite_cgroup_enter(&mine, p.pid));
		EXPECT_EQ(0, cgtest_end(&p));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(delegatee_does_not_set_its_own_limits, .needs = "cgroup.v2.delegation",
	   .promise = DOC "Model of Delegation")
{
	struct suite_cgroup mine, sub;

	ASSERT_OK(suite_cgroup_new(&mine, NULL, 2));
	ASSERT_OK(delegate(&mine));
	CHILD(pid, 0) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		ASSERT_OK(suite_cgroup_child(&sub, &mine, "sub", NULL));
		EXPECT_REFUSED(EACCES, suite_cgroup_write(&mine, "cgroup.max.depth", "5"));
		EXPECT_OK(suite_cgroup_write(&sub, "cgroup.max.depth", "5"));
		EXPECT_EQ(0, rmdir(sub.path));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(kill_takes_one_only, .needs = "cgroup.v2.kill", .promise = DOC "cgroup.kill")
{
	struct suite_cgroup cg;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(cgtest_start(&p, &cg));
	EXPECT_GT(0, suite_cgroup_write(&cg, "cgroup.kill", "0"));
	EXPECT_GT(0, suite_cgroup_write(&cg, "cgroup.kill", "2"));
	EXPECT_OK(cgtest_ask(&p));
	EXPECT_OK(suite_cgroup_write(&cg, "cgroup.kill", "1"));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), p.pid);
}

SUITE_TEST(kill_catches_what_is_being_forked, .needs = "cgroup.v2.kill",
	   .promise = DOC "cgroup.kill: concurrent forks")
{
	struct suite_cgroup cg;
	struct suite_line line;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		suite_tell(&line, 1);
		/* One grandchild at a time, always another: it ends only by being killed. */
		for (;;) {
			pid_t below = suite_clone(0);

			if (below == 0)
				_exit(0);
			if (below > 0)
				suite_wait(below);
		}
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_write(&cg, "cgroup.kill", "1"));
	EXPECT_EXIT(SUITE_KILLED(SIGKILL), pid);
	ASSERT_OK(suite_cgroup_await_key(&cg, "cgroup.events", "populated", 0));
}
