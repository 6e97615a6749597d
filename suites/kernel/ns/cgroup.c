// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

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
