// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <grp.h>

SUITE("ns.user", "kernel", "User namespaces");

#define OUTER_ID 165533u	/* an id that nobody has; the maps make it root inside */

/* In a child with a new user namespace: wait for the maps, then be root there. */
static void become_mapped(struct __test_metadata *_metadata, struct suite_line *line)
{
	long value;

	suite_line_mine(line, 1);
	ASSERT_OK(suite_hear(line, &value));
	ASSERT_SYS(setresgid(0, 0, 0));
	ASSERT_SYS(setresuid(0, 0, 0));
}

/* In its parent: write the maps, let it go, and expect that all went well. */
static void finish_mapped(struct __test_metadata *_metadata, struct suite_line *line, pid_t pid)
{
	suite_line_mine(line, 0);
	ASSERT_OK(suite_map_ids(pid, 0, OUTER_ID, 10));
	ASSERT_OK(suite_tell(line, 1));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(ids_are_mapped,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): uid_map and gid_map")
{
	struct suite_line line;
	long overflow = 0, value;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWUSER) {
		char text[16];

		suite_line_mine(&line, 1);
		ASSERT_OK(suite_read("/proc/sys/kernel/overflowuid", text, sizeof(text)));
		overflow = atol(text);
		EXPECT_EQ(overflow, getuid());		/* no map yet */
		EXPECT_EQ(overflow, getgid());
		suite_tell(&line, 1);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(0, getuid());
		EXPECT_EQ(0, getgid());
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	/* Map this process's own ids, whatever they are. */
	ASSERT_OK(suite_map_ids(pid, 0, getuid(), 1));
	/* A map is written once. */
	EXPECT_REFUSED(EPERM, suite_write("0 0 1", "/proc/%d/uid_map", (int)pid));
	ASSERT_OK(suite_tell(&line, 1));
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(outer_ids_stand_outside,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7)")
{
	char file[PATH_MAX + 8];
	struct suite_line line;
	struct stat st;

	ASSERT_OK(suite_line(&line));
	snprintf(file, sizeof(file), "%s/file", suite_scratch);
	ASSERT_SYS(chmod(suite_scratch, 0777));
	CHILD(pid, SW_CLONE_NEWUSER) {
		become_mapped(_metadata, &line);
		int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		ASSERT_SYS(fd);
		ASSERT_SYS(fchown(fd, 3, 4));
		ASSERT_SYS(fstat(fd, &st));
		EXPECT_EQ(3, st.st_uid);
		/* What has no mapping cannot be given. */
		EXPECT_EQ(-1, fchown(fd, 10, -1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setresuid(10, 10, 10));
		EXPECT_EQ(EINVAL, errno);
	}
	finish_mapped(_metadata, &line, pid);
	ASSERT_SYS(stat(file, &st));
	EXPECT_EQ(OUTER_ID + 3, st.st_uid);
	EXPECT_EQ(OUTER_ID + 4, st.st_gid);
}

SUITE_TEST(unmapped_owners_show_as_overflow,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): unmapped user and group IDs")
{
	char file[PATH_MAX + 8], text[16];
	struct suite_line line;
	long overflow;
	int fd;

	ASSERT_OK(suite_line(&line));
	ASSERT_OK(suite_read("/proc/sys/kernel/overflowuid", text, sizeof(text)));
	overflow = atol(text);
	snprintf(file, sizeof(file), "%s/file", suite_scratch);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ASSERT_SYS(fd);
	CHILD(pid, SW_CLONE_NEWUSER) {
		struct stat st;

		become_mapped(_metadata, &line);
		ASSERT_SYS(fstat(fd, &st));
		EXPECT_EQ(overflow, st.st_uid);
		/* Being root in here is no right over it. */
		EXPECT_EQ(-1, fchmod(fd, 0666));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, open(file, O_RDONLY | O_CLOEXEC));
		EXPECT_EQ(EACCES, errno);
	}
	finish_mapped(_metadata, &line, pid);
}

SUITE_TEST(capabilities_hold_inside,
	   .needs = "ns.user ns.uts ns.mnt mount.tmpfs",
	   .promise = "user_namespaces(7): capabilities")
{
	struct suite_line line;
	char before[65], after[65];

	ASSERT_OK(suite_line(&line));
	ASSERT_SYS(gethostname(before, sizeof(before)));
	/* Not suite_clone()'s mount flag: the namespace comes once the child is root. */
	CHILD(pid, SW_CLONE_NEWUSER | SW_CLONE_NEWUTS) {
		char now[65];

		become_mapped(_metadata, &line);
		ASSERT_SYS(sethostname("sw-test-user", 12));
		ASSERT_SYS(gethostname(now, sizeof(now)));
		EXPECT_STREQ("sw-test-user", now);
		ASSERT_OK(sys_unshare(SW_CLONE_NEWNS));
		ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "size=64k"));
		EXPECT_TRUE(suite_is_mounted(suite_scratch));
	}
	finish_mapped(_metadata, &line, pid);
	ASSERT_SYS(gethostname(after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

SUITE_TEST(capabilities_do_not_reach_outside,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): capabilities")
{
	struct suite_line line;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWUSER) {
		char name[65];

		become_mapped(_metadata, &line);
		ASSERT_SYS(gethostname(name, sizeof(name)));
		/* The initial UTS and mount namespaces belong to the initial user namespace. */
		EXPECT_EQ(-1, sethostname(name, strlen(name)));
		EXPECT_EQ(EPERM, errno);
		EXPECT_REFUSED(EPERM, sys_mount("sw-test", suite_scratch, "tmpfs", 0, NULL));
		/* Nor does root in here rank above a process out there. */
		EXPECT_EQ(-1, kill(getppid(), 0));
		EXPECT_EQ(EPERM, errno);
	}
	finish_mapped(_metadata, &line, pid);
}

SUITE_TEST(own_id_can_be_mapped_without_privilege,
	   .needs = "ns.user", .unprivileged = true,
	   .promise = "user_namespaces(7): defining user and group ID mappings")
{
	CHILD(pid, 0) {
		char own[32], other[32], more[32];

		ASSERT_OK(suite_become_ordinary());
		snprintf(own, sizeof(own), "0 %u 1", (unsigned int)getuid());
		snprintf(other, sizeof(other), "0 %u 1", (unsigned int)getuid() + 1);
		snprintf(more, sizeof(more), "0 %u 2", (unsigned int)getuid());
		CHILD(inside, SW_CLONE_NEWUSER) {
			EXPECT_REFUSED(EPERM, suite_write(other, "/proc/self/uid_map"));
			EXPECT_REFUSED(EPERM, suite_write(more, "/proc/self/uid_map"));
			ASSERT_OK(suite_write(own, "/proc/self/uid_map"));
			EXPECT_EQ(0, getuid());
			EXPECT_EQ(-1, setuid(1));
			EXPECT_EQ(EINVAL, errno);
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setgroups_must_be_denied_first,
	   .needs = "ns.user", .unprivileged = true,
	   .promise = "user_namespaces(7): /proc/pid/setgroups, since 3.19")
{
	CHILD(pid, 0) {
		char uids[32], gids[32];

		ASSERT_OK(suite_become_ordinary());
		snprintf(uids, sizeof(uids), "0 %u 1", (unsigned int)getuid());
		snprintf(gids, sizeof(gids), "0 %u 1", (unsigned int)getgid());
		CHILD(inside, SW_CLONE_NEWUSER) {
			char text[16];

			if (suite_read("/proc/self/setgroups", text, sizeof(text)) == -ENOENT) {
				/* Only kernels before 3.19 may lack the file; stable series got it too. */
				EXPECT_FALSE(suite_kernel(3, 19));
				printf("this kernel is older than the promise\n");
				suite_child_exit(_metadata->passed ? 0 : _metadata->step);
			}
			EXPECT_STREQ("allow", text);
			ASSERT_OK(suite_write(uids, "/proc/self/uid_map"));
			EXPECT_REFUSED(EPERM, suite_write(gids, "/proc/self/gid_map"));
			ASSERT_OK(suite_write("deny", "/proc/self/setgroups"));
			ASSERT_OK(suite_write(gids, "/proc/self/gid_map"));
			EXPECT_EQ(0, getgid());
			EXPECT_EQ(-1, setgroups(0, NULL));
			EXPECT_EQ(EPERM, errno);
			EXPECT_REFUSED(EPERM, suite_write("allow", "/proc/self/setgroups"));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}
