// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/sysmacros.h>

SUITE("cgroup.v1.devices", "kernel", "The devices controller of cgroup v1");

#define PROMISE "Documentation/admin-guide/cgroup-v1/devices.rst"

/* Open and close; 0 or -errno. */
static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A new group whose whole list is denied. */
static void deny_all(struct __test_metadata *_metadata, struct suite_cgroup *cg)
{
	ASSERT_OK(suite_cgroup_new(cg, "devices", 1));
	ASSERT_OK(suite_cgroup_write(cg, "devices.deny", "a"));
}

SUITE_TEST(starts_with_everything_allowed,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;
	char list[64];

	ASSERT_OK(suite_cgroup_new(&cg, "devices", 1));
	ASSERT_OK(suite_cgroup_read(&cg, "devices.list", list, sizeof(list)));
	EXPECT_STREQ("a *:* rwm", list);
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_OK(try_open("/dev/null", O_RDWR));
		EXPECT_OK(try_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(denied_device_gives_eperm,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;
	char list[64];

	deny_all(_metadata, &cg);
	ASSERT_OK(suite_cgroup_read(&cg, "devices.list", list, sizeof(list)));
	EXPECT_STREQ("", list);
	CHILD(pid, 0) {
		EXPECT_OK(try_open("/dev/null", O_RDWR));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_WRONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_OK(try_open("/dev/null", O_RDWR));	/* others are not touched */
}

SUITE_TEST(allow_list_lets_through,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;
	char list[256];

	deny_all(_metadata, &cg);
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "c 1:3 rwm"));
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "c 136:* rw"));
	ASSERT_OK(suite_cgroup_read(&cg, "devices.list", list, sizeof(list)));
	EXPECT_NE(NULL, strstr(list, "c 1:3 rwm"));
	EXPECT_NE(NULL, strstr(list, "c 136:* rw"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_OK(try_open("/dev/null", O_RDWR));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDWR));
		/* Taken back while a process is in the group. */
		ASSERT_OK(suite_cgroup_write(&cg, "devices.deny", "c 1:3 rwm"));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(access_kinds_are_told_apart,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	deny_all(_metadata, &cg);
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "c 1:3 r"));
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "c 1:5 w"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_OK(try_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_WRONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDWR));
		EXPECT_OK(try_open("/dev/zero", O_WRONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDONLY));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(mknod_is_checked,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	deny_all(_metadata, &cg);
	ASSERT_OK(suite_cgroup_write(&cg, "devices.allow", "c 1:3 m"));
	CHILD(pid, 0) {
		char path[PATH_MAX + 8];

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		snprintf(path, sizeof(path), "%s/null", suite_scratch);
		EXPECT_EQ(0, mknod(path, S_IFCHR | 0600, makedev(1, 3)));
		snprintf(path, sizeof(path), "%s/zero", suite_scratch);
		EXPECT_EQ(-1, mknod(path, S_IFCHR | 0600, makedev(1, 5)));
		EXPECT_EQ(EPERM, errno);
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDONLY));	/* m alone opens nothing */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(child_cannot_have_more_than_parent,
	   .needs = "cgroup.v1.devices", .promise = PROMISE)
{
	struct suite_cgroup parent, child;

	deny_all(_metadata, &parent);
	ASSERT_OK(suite_cgroup_write(&parent, "devices.allow", "c 1:3 rwm"));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", "devices"));
	EXPECT_REFUSED(EPERM, suite_cgroup_write(&child, "devices.allow", "c 1:5 rwm"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		EXPECT_OK(try_open("/dev/null", O_RDWR));	/* inherited */
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(children_inherit_the_group,
	   .needs = "cgroup.v1.devices", .promise = "cgroups(7): fork(2)")
{
	struct suite_cgroup cg;

	deny_all(_metadata, &cg);
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		CHILD(below, 0) {
			EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDONLY));
			/* No way out for who cannot write to the hierarchy's files. */
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			EXPECT_REFUSED(EACCES, suite_cgroup_write(&cg, "devices.allow", "a"));
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, pid);
}
