// SPDX-License-Identifier: GPL-2.0-only
/* What is common to all hierarchies of version 1, tried on one of its smaller controllers. */
#include "suite.h"

#include <sys/inotify.h>
#include <sys/syscall.h>

#include "suite_cgroup.h"
#include "suite_cgtest.h"

SUITE("cgroup.v1.tree", "kernel", "Membership, removal and release in version 1 hierarchies");

#define DOC "Documentation/admin-guide/cgroup-v1/cgroups.rst: "
#define NEEDS "cgroup.v1.freezer"

/* tasks moves one thread, cgroup.procs the whole thread group. */
SUITE_TEST(tasks_moves_a_thread_procs_all, .needs = NEEDS, .promise = DOC "2.2 Attaching processes")
{
	struct suite_cgroup a, b;
	struct suite_line line;
	long tid;
	pid_t pid;

	ASSERT_OK(suite_cgroup_new(&a, "freezer", 1));
	ASSERT_OK(suite_cgroup_new(&b, "freezer", 1));
	pid = cgtest_threads(&line, &tid);
	ASSERT_OK(pid);
	ASSERT_OK(cgtest_write_long(&a, "tasks", tid));
	EXPECT_EQ(1, cgtest_lists(&a, "tasks", tid));
	EXPECT_EQ(0, cgtest_lists(&a, "tasks", pid));
	ASSERT_OK(cgtest_write_long(&b, "cgroup.procs", tid));
	EXPECT_EQ(1, cgtest_lists(&b, "tasks", tid));
	EXPECT_EQ(1, cgtest_lists(&b, "tasks", pid));
	EXPECT_EQ(1, cgtest_lists(&b, "cgroup.procs", pid));
	EXPECT_EQ(0, cgtest_lists(&b, "cgroup.procs", tid));
	EXPECT_EQ(0, cgtest_lists(&a, "tasks", tid));
	ASSERT_OK(suite_tell(&line, 0));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(busy_group_cannot_be_removed, .needs = NEEDS, .promise = DOC "1.2; cgroups(7): Destroying")
{
	struct suite_cgroup parent, child;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&parent, "freezer", 1));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "freezer"));
	EXPECT_EQ(-1, rmdir(parent.path));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_OK(cgtest_start(&p, &child));
	EXPECT_EQ(-1, rmdir(child.path));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, cgtest_end(&p));
	EXPECT_OK(suite_cgroup_remove(&child));
	EXPECT_EQ(0, rmdir(parent.path));
}

/* No rule of version 2 here: processes beside groups. */
SUITE_TEST(inner_groups_may_have_processes, .needs = NEEDS, .promise = "cgroups(7): no internal processes")
{
	struct suite_cgroup parent, child;
	struct cgtest_proc p, q;

	ASSERT_OK(suite_cgroup_new(&parent, "freezer", 1));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "freezer"));
	ASSERT_OK(cgtest_start(&p, &parent));
	ASSERT_OK(cgtest_start(&q, &child));
	EXPECT_EQ(1, cgtest_lists(&parent, "tasks", p.pid));
	EXPECT_EQ(0, cgtest_lists(&parent, "tasks", q.pid));	/* not what is below */
	EXPECT_EQ(1, cgtest_lists(&child, "tasks", q.pid));
	EXPECT_EQ(0, cgtest_end(&q));
	EXPECT_EQ(0, cgtest_end(&p));
}

SUITE_TEST(entering_needs_permission, .needs = NEEDS, .promise = DOC "2.2 Attaching processes")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	CHILD(pid, 0) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_REFUSED(EACCES, suite_cgroup_enter(&cg, 0));
		EXPECT_REFUSED(EACCES, suite_cgroup_write(&cg, "tasks", "0"));
		EXPECT_EQ(-1, mkdir(cg.path, 0755));
		EXPECT_EQ(EEXIST, errno);
	}
	EXPECT_EXIT(0, pid);
	EXPECT_REFUSED(ESRCH, cgtest_write_long(&cg, "tasks", 0x3ffffffe));	/* above pid_max */
}

SUITE_TEST(children_are_born_into_the_group, .needs = NEEDS, .promise = DOC "1.2; cgroups(7): fork(2)")
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		CHILD(below, 0) {
			EXPECT_EQ(1, cgtest_lists(&cg, "cgroup.procs", getpid()));
		}
		EXPECT_EXIT(0, below);
		EXPECT_EQ(1, cgtest_lists(&cg, "cgroup.procs", getpid()));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, cgtest_lists(&cg, "cgroup.procs", getpid()));
}

SUITE_TEST(notify_on_release_is_inherited, .needs = NEEDS, .promise = DOC "1.4 notify_on_release")
{
	struct suite_cgroup parent, before, after;
	long long value;

	ASSERT_OK(suite_cgroup_new(&parent, "freezer", 1));
	ASSERT_OK(suite_cgroup_child(&before, &parent, "before", "freezer"));
	ASSERT_OK(suite_cgroup_write(&parent, "notify_on_release", "1"));
	ASSERT_OK(suite_cgroup_child(&after, &parent, "after", "freezer"));
	ASSERT_OK(suite_cgroup_read_long(&before, "notify_on_release", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_read_long(&after, "notify_on_release", &value));
	EXPECT_EQ(1, value);
	/* Off again, so that no agent is told of these. */
	ASSERT_OK(suite_cgroup_write(&after, "notify_on_release", "0"));
	ASSERT_OK(suite_cgroup_write(&parent, "notify_on_release", "0"));
}

SUITE_TEST(clone_children_is_inherited, .needs = NEEDS, .promise = DOC "1.5 clone_children")
{
	struct suite_cgroup parent, off, on;
	long long value;

	ASSERT_OK(suite_cgroup_new(&parent, "freezer", 1));
	ASSERT_OK(suite_cgroup_write(&parent, "cgroup.clone_children", "0"));
	ASSERT_OK(suite_cgroup_child(&off, &parent, "off", "freezer"));
	ASSERT_OK(suite_cgroup_write(&parent, "cgroup.clone_children", "1"));
	ASSERT_OK(suite_cgroup_child(&on, &parent, "on", "freezer"));
	ASSERT_OK(suite_cgroup_read_long(&off, "cgroup.clone_children", &value));
	EXPECT_EQ(0, value);
	ASSERT_OK(suite_cgroup_read_long(&on, "cgroup.clone_children", &value));
	EXPECT_EQ(1, value);
}

SUITE_TEST(controller_is_in_one_hierarchy_only, .needs = NEEDS, .promise = DOC "1.2; cgroups(7): EBUSY")
{
	struct suite_cgroup cg;
	char name[64], options[96];

	ASSERT_OK(suite_cgroup_new(&cg, "freezer", 1));
	ASSERT_SYS(chdir(suite_scratch));
	ASSERT_SYS(mkdir("again", 0755));
	snprintf(name, sizeof(name), "%sx", suite_cgroup_prefix());
	snprintf(options, sizeof(options), "freezer,name=%s", name);
	EXPECT_REFUSED(EBUSY, sys_mount("sw-test", "again", "cgroup", 0, options));
}

/* A hierarchy without a controller, which lives until the test's end. Its root and a group in it. */
static int named_hierarchy(struct suite_cgroup *root, struct suite_cgroup *cg)
{
	int r = suite_cgroup_named(root);

	if (r)
		return r;
	snprintf(cg->path, sizeof(cg->path), "%.4000s/%sn", root->path, suite_cgroup_prefix());
	cg->version = 1;
	return mkdir(cg->path, 0755) ? -errno : 0;
}

SUITE_TEST(named_hierarchy_has_no_controller, .needs = "cgroup.v1.release_agent|" NEEDS,
	   .promise = DOC "2.1; cgroups(7): Cgroups v1 named hierarchies")
{
	struct suite_cgroup root, cg, freezer;

	ASSERT_OK(named_hierarchy(&root, &cg));
	ASSERT_OK(suite_cgroup_new(&freezer, "freezer", 1));
	EXPECT_EQ(0, cgtest_files(&cg, "freezer."));
	CHILD(pid, 0) {
		__sw_buf struct sw_buf buf = SW_BUF_INIT;
		char line[128];

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		/* One hierarchy says nothing of another. */
		EXPECT_EQ(0, cgtest_lists(&freezer, "cgroup.procs", getpid()));
		ASSERT_OK(sw_read_file(AT_FDCWD, "/proc/self/cgroup", &buf, 1 << 16));
		snprintf(line, sizeof(line), ":name=%sh:/%sn\n", suite_cgroup_prefix(),
			 suite_cgroup_prefix());
		EXPECT_NE(NULL, strstr(sw_buf_str(&buf), line)) TH_LOG("%s", sw_buf_str(&buf));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(same_hierarchy_mounted_twice_is_one, .needs = "cgroup.v1.release_agent|" NEEDS,
	   .promise = DOC "2.1 Basic usage")
{
	struct suite_cgroup root, cg;
	char options[96], path[PATH_MAX];

	ASSERT_OK(named_hierarchy(&root, &cg));
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_SYS(chdir(suite_scratch));
		ASSERT_SYS(mkdir("again", 0755));
		snprintf(options, sizeof(options), "none,name=%sh", suite_cgroup_prefix());
		ASSERT_OK(sys_mount("sw-test", "again", "cgroup", 0, options));
		snprintf(path, sizeof(path), "again/%sn/tasks", suite_cgroup_prefix());
		EXPECT_EQ(0, access(path, F_OK));
	}
	EXPECT_EXIT(0, pid);
}

/*
 * The agent is a copy of nothing: an empty script whose being executed inotify tells. The kernel looks
 * for it in the first process's root.
 */
/*
 * A file's path as the kernel resolves it that starts the agent: from the root that process 1 has, where
 * ours may be another (a /tmp of our own).
 */
static void path_for_the_kernel(const char *file, char *out, size_t size)
{
	struct stat here, there;
	char seen[PATH_MAX + 32];

	snprintf(seen, sizeof(seen), "/proc/1/root%s", file);
	if (!stat(file, &here) && !stat(seen, &there) && here.st_dev == there.st_dev && here.st_ino == there.st_ino)
		snprintf(out, size, "%s", file);
	else
		snprintf(out, size, "/proc/%d/root%s", (int)getpid(), file);
}

SUITE_TEST(release_agent_runs_when_empty, .needs = "cgroup.v1.release_agent",
	   .promise = DOC "1.4 notify_on_release")
{
	struct suite_cgroup root, cg;
	struct cgtest_proc p;
	struct pollfd poll_fd = { .events = POLLIN };
	char agent[PATH_MAX + 16], path[PATH_MAX + 48], event[512];
	__sw_fd int fd = -1, notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	ASSERT_LE(0, notify);
	ASSERT_OK(named_hierarchy(&root, &cg));
	snprintf(agent, sizeof(agent), "%s/agent", suite_scratch);
	fd = open(agent, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	ASSERT_LE(0, fd);
	ASSERT_EQ(10, write(fd, "#!/sw-none", 10));
	close(fd);
	fd = -1;
	path_for_the_kernel(agent, path, sizeof(path));
	ASSERT_OK(suite_cgroup_write(&root, "release_agent", path));
	ASSERT_OK(suite_cgroup_write(&cg, "notify_on_release", "1"));
	ASSERT_SYS(inotify_add_watch(notify, agent, IN_OPEN | IN_ACCESS));
	ASSERT_OK(cgtest_start(&p, &cg));
	poll_fd.fd = notify;
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));	/* not while there is a process */
	EXPECT_EQ(0, cgtest_end(&p));
	/* No time limit of ours: the runner's is the bound. */
	ASSERT_EQ(1, poll(&poll_fd, 1, -1));
	EXPECT_LT(0, read(notify, event, sizeof(event)));
	ASSERT_OK(suite_cgroup_write(&cg, "notify_on_release", "0"));
	ASSERT_OK(suite_cgroup_write(&root, "release_agent", "\n"));
}
