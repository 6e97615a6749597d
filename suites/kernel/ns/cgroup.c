// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/wait.h>

SUITE("ns.cgroup", "kernel", "Cgroup namespaces: the view of the hierarchy");

/* The path of a process in the hierarchy "…:CONTROLLER:" ("" for version 2) of /proc/PID/cgroup. */
static int cgroup_path(pid_t pid, const char *controller, char *out, size_t size)
{
	char path[64], *save = NULL, *line;
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	r = sw_read_file(AT_FDCWD, path, &buf, 1 << 20);
	if (r)
		return r;
	sw_buf_addc(&buf, 0);
	for (line = strtok_r(buf.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *list = strchr(line, ':'), *at = list ? strchr(list + 1, ':') : NULL;
		char *word, *words = NULL;

		if (!at)
			continue;
		*at = 0;
		if (!*controller && !list[1]) {
			snprintf(out, size, "%s", at + 1);
			return 0;
		}
		for (word = strtok_r(list + 1, ",", &words); word; word = strtok_r(NULL, ",", &words)) {
			if (strcmp(word, controller))
				continue;
			snprintf(out, size, "%s", at + 1);
			return 0;
		}
	}
	return -ENOENT;
}

static void root_is_own_group(struct __test_metadata *_metadata, const char *controller, int version)
{
	const char *name = version == 2 ? "" : controller;
	struct suite_cgroup cg;
	struct suite_line line;
	char seen[PATH_MAX];
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, controller, version));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(cgroup_path(getpid(), name, seen, sizeof(seen)));
		EXPECT_NE(NULL, strstr(seen, suite_cgroup_prefix()));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		ASSERT_OK(cgroup_path(getpid(), name, seen, sizeof(seen)));
		EXPECT_STREQ("/", seen);
		/* What is outside shows as outside. */
		ASSERT_OK(cgroup_path(getppid(), name, seen, sizeof(seen)));
		EXPECT_EQ(0, strncmp(seen, "/..", 3)) TH_LOG("seen: %s", seen);
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	/* Outside, nothing has changed. */
	ASSERT_OK(cgroup_path(pid, name, seen, sizeof(seen)));
	EXPECT_NE(NULL, strstr(seen, suite_cgroup_prefix()));
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(v1_root_is_own_group, .needs = "ns.cgroup cgroup.v1.freezer",
	   .promise = "cgroup_namespaces(7)")
{
	root_is_own_group(_metadata, "freezer", 1);
}

SUITE_TEST(v2_root_is_own_group, .needs = "ns.cgroup cgroup.v2",
	   .promise = "cgroup_namespaces(7)")
{
	root_is_own_group(_metadata, NULL, 2);
}

SUITE_TEST(children_show_below_the_root,
	   .needs = "ns.cgroup cgroup.v2",
	   .promise = "cgroup_namespaces(7): /proc/pid/cgroup (relative to the reading process's root)")
{
	struct suite_cgroup cg, kid, beside;
	struct suite_line line;
	char seen[PATH_MAX];
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_new(&beside, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&kid, &cg, "kid", NULL));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		ASSERT_OK(suite_tell(&line, 1));	/* be moved about */
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_OK(cgroup_path(getpid(), "", seen, sizeof(seen)));
		EXPECT_STREQ("/kid", seen);
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &value));
		/* Out of it: by way of its parent. The root stays what it was. */
		ASSERT_OK(cgroup_path(getpid(), "", seen, sizeof(seen)));
		EXPECT_EQ(0, strncmp(seen, "/../", 4)) TH_LOG("seen: %s", seen);
		EXPECT_NE(NULL, strstr(seen, strrchr(beside.path, '/')));
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_enter(&kid, pid));
	ASSERT_OK(suite_tell(&line, 1));
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(suite_cgroup_enter(&beside, pid));
	ASSERT_OK(suite_tell(&line, 1));
	EXPECT_EXIT(0, pid);
	suite_line_close(&line);
}

SUITE_TEST(joiner_sees_its_root_and_stays_where_it_is,
	   .needs = "ns.cgroup cgroup.v2 process.setns",
	   .promise = "setns(2): Cgroup namespaces (does not change the caller's cgroup memberships)")
{
	struct suite_cgroup cg;
	struct suite_line line;
	char before[PATH_MAX], seen[PATH_MAX];
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_line(&line));
	CHILD(holder, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(cgroup_path(getpid(), "", before, sizeof(before)));
	CHILD(guest, 0) {
		struct suite_line own;

		ASSERT_OK(suite_line(&own));
		ASSERT_OK(sys_setns(suite_ns_open(holder, "cgroup"), SW_CLONE_NEWCGROUP));
		ASSERT_OK(cgroup_path(holder, "", seen, sizeof(seen)));
		EXPECT_STREQ("/", seen);
		ASSERT_OK(cgroup_path(getpid(), "", seen, sizeof(seen)));
		EXPECT_EQ(0, strncmp(seen, "/..", 3)) TH_LOG("seen: %s", seen);
		kill(getpid(), SIGSTOP);	/* the parent looks where it is */
	}
	int status;

	ASSERT_EQ(guest, waitpid(guest, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_OK(cgroup_path(guest, "", seen, sizeof(seen)));
	EXPECT_STREQ(before, seen);
	ASSERT_SYS(kill(guest, SIGCONT));
	EXPECT_EXIT(0, guest);
	suite_line_close(&line);
	EXPECT_EXIT(0, holder);
}

/* The fourth field of the mountinfo line of a mount point: the root of the mount. */
static int mount_root(const char *point, char *out, size_t size)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char *line, *save = NULL;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &buf, 16 << 20);

	if (r)
		return r;
	sw_buf_addc(&buf, 0);
	for (line = strtok_r(buf.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char root[PATH_MAX], at[PATH_MAX];

		if (sscanf(line, "%*s %*s %*s %4095s %4095s", root, at) == 2 && !strcmp(at, point)) {
			snprintf(out, size, "%s", root);
			return 0;
		}
	}
	return -ENOENT;
}

SUITE_TEST(mounts_inside_show_the_part_below,
	   .needs = "ns.cgroup ns.mnt cgroup.v2",
	   .promise = "cgroup_namespaces(7): /proc/pid/mountinfo; Documentation/admin-guide/cgroup-v2.rst: "
		      "Namespace, The Root and Views")
{
	struct suite_cgroup cg, kid;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&kid, &cg, "kid", NULL));
	CHILD(pid, SW_CLONE_NEWNS) {
		char path[PATH_MAX + 16], root[PATH_MAX], inside[PATH_MAX];

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		snprintf(path, sizeof(path), "%s/a", suite_scratch);
		ASSERT_SYS(mkdir(path, 0755));
		snprintf(inside, sizeof(inside), "%.4000s/b", suite_scratch);
		ASSERT_SYS(mkdir(inside, 0755));
		/* Before: the whole tree. After: this group is its root. */
		ASSERT_OK(sys_mount("cgroup2", path, "cgroup2", 0, NULL));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		ASSERT_OK(sys_mount("cgroup2", inside, "cgroup2", 0, NULL));
		ASSERT_OK(mount_root(inside, root, sizeof(root)));
		EXPECT_STREQ("/", root);
		ASSERT_OK(mount_root(path, root, sizeof(root)));
		EXPECT_EQ(0, strncmp(root, "/..", 3)) TH_LOG("root: %s", root);
		strcat(inside, "/kid");
		EXPECT_EQ(0, access(inside, F_OK));
		strcat(path, "/kid");
		EXPECT_EQ(-1, access(path, F_OK));
	}
	EXPECT_EXIT(0, pid);
}
