// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <linux/limits.h>

SUITE("ns.mnt", "kernel", "Mount namespaces and propagation");

/* A tmpfs on the scratch directory, private, with a directory "m" to mount on. */
static int make_base(char *m, size_t size)
{
	int r = sys_mount("sw-test-base", suite_scratch, "tmpfs", 0, "size=256k");

	if (!r)
		r = sys_mount(NULL, suite_scratch, NULL, MS_PRIVATE, NULL);
	if (r)
		return r;
	if (snprintf(m, size, "%s/m", suite_scratch) >= (int)size)
		return -ENAMETOOLONG;
	return mkdir(m, 0755) ? -errno : 0;
}

SUITE_TEST(mounts_inside_are_not_seen_outside,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount_namespaces(7)")
{
	struct suite_line line;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWNS) {
		suite_line_mine(&line, 1);
		ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "size=64k"));
		EXPECT_TRUE(suite_is_mounted(suite_scratch));
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_FALSE(suite_is_mounted(suite_scratch));
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
	EXPECT_FALSE(suite_is_mounted(suite_scratch));
}

/*
 * Two mount namespaces that share a mount of the given propagation: who sees whose new mount?
 * Runs in a namespace of its own already. The second is cloned without suite_clone(), which would make
 * everything private.
 */
static void propagate(struct __test_metadata *_metadata, unsigned long ours, unsigned long theirs,
		      bool *ret_they_see_ours, bool *ret_we_see_theirs)
{
	char m[PATH_MAX + 8], n[PATH_MAX + 8];
	struct suite_line line;
	long value, seen;
	pid_t pid;

	ASSERT_OK(suite_line(&line));
	ASSERT_OK(make_base(m, sizeof(m)));
	snprintf(n, sizeof(n), "%s/n", suite_scratch);
	ASSERT_SYS(mkdir(n, 0755));
	ASSERT_OK(sys_mount(NULL, suite_scratch, NULL, ours, NULL));
	fflush(NULL);
	pid = sys_clone(SW_CLONE_NEWNS);
	ASSERT_LE(0, pid);
	if (pid == 0) {
		suite_is_child = true;
		suite_line_mine(&line, 1);
		ASSERT_OK(theirs ? sys_mount(NULL, suite_scratch, NULL, theirs, NULL) : 0);
		ASSERT_OK(suite_tell(&line, 0));
		ASSERT_OK(suite_hear(&line, &value));	/* m is mounted over there */
		ASSERT_OK(suite_tell(&line, suite_is_mounted(m)));
		ASSERT_OK(sys_mount("sw-test-n", n, "tmpfs", 0, "size=64k"));
		ASSERT_OK(suite_tell(&line, 0));
		suite_hear(&line, &value);
		suite_child_exit(0);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	ASSERT_OK(sys_mount("sw-test-m", m, "tmpfs", 0, "size=64k"));
	ASSERT_OK(suite_tell(&line, 0));
	ASSERT_OK(suite_hear(&line, &seen));
	*ret_they_see_ours = seen;
	ASSERT_OK(suite_hear(&line, &value));
	*ret_we_see_theirs = suite_is_mounted(n);
	suite_line_close(&line);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(private_mounts_do_not_propagate,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount_namespaces(7): MS_PRIVATE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		bool out = true, in = true;

		propagate(_metadata, MS_PRIVATE, 0, &out, &in);
		EXPECT_FALSE(out);
		EXPECT_FALSE(in);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(shared_mounts_propagate_both_ways,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount_namespaces(7): MS_SHARED")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		bool out = false, in = false;

		propagate(_metadata, MS_SHARED, 0, &out, &in);
		EXPECT_TRUE(out);
		EXPECT_TRUE(in);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(slave_mounts_receive_only,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount_namespaces(7): MS_SLAVE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		bool out = false, in = true;

		propagate(_metadata, MS_SHARED, MS_SLAVE, &out, &in);
		EXPECT_TRUE(out);
		EXPECT_FALSE(in);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(unbindable_mounts_cannot_be_bound,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount_namespaces(7): MS_UNBINDABLE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char m[PATH_MAX + 8];

		ASSERT_OK(make_base(m, sizeof(m)));
		ASSERT_OK(sys_mount("sw-test-m", m, "tmpfs", 0, "size=64k"));
		ASSERT_OK(sys_mount(NULL, m, NULL, MS_UNBINDABLE, NULL));
		char b[PATH_MAX + 8];

		snprintf(b, sizeof(b), "%s/b", suite_scratch);
		ASSERT_SYS(mkdir(b, 0755));
		EXPECT_REFUSED(EINVAL, sys_mount(m, b, NULL, MS_BIND, NULL));
		/* The same bind works once it is private. */
		ASSERT_OK(sys_mount(NULL, m, NULL, MS_PRIVATE, NULL));
		EXPECT_OK(sys_mount(m, b, NULL, MS_BIND, NULL));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_can_be_read_only,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount(2): MS_REMOUNT|MS_BIND changes the mount point alone")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char m[PATH_MAX + 8], b[PATH_MAX + 8], file[PATH_MAX + 16];

		ASSERT_OK(make_base(m, sizeof(m)));
		snprintf(b, sizeof(b), "%s/b", suite_scratch);
		ASSERT_SYS(mkdir(b, 0755));
		ASSERT_OK(sys_mount(m, b, NULL, MS_BIND, NULL));
		ASSERT_OK(sys_mount(NULL, b, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
		snprintf(file, sizeof(file), "%s/file", b);
		EXPECT_EQ(-1, open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		EXPECT_EQ(EROFS, errno);
		snprintf(file, sizeof(file), "%s/file", m);
		ASSERT_SYS(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		/* It is the same directory all the same. */
		snprintf(file, sizeof(file), "%s/file", b);
		EXPECT_EQ(0, access(file, F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(lazy_umount_detaches_a_busy_mount,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "umount(2): MNT_DETACH")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char m[PATH_MAX + 8], file[PATH_MAX + 16], byte = 0;
		int fd;

		ASSERT_OK(make_base(m, sizeof(m)));
		ASSERT_OK(sys_mount("sw-test-m", m, "tmpfs", 0, "size=64k"));
		snprintf(file, sizeof(file), "%s/file", m);
		fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		ASSERT_SYS(fd);
		EXPECT_EQ(1, write(fd, "x", 1));
		EXPECT_REFUSED(EBUSY, sys_umount2(m, 0));
		EXPECT_TRUE(suite_is_mounted(m));
		EXPECT_OK(sys_umount2(m, MNT_DETACH));
		EXPECT_FALSE(suite_is_mounted(m));
		EXPECT_EQ(-1, access(file, F_OK));
		EXPECT_EQ(1, pread(fd, &byte, 1, 0));
		EXPECT_EQ('x', byte);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pivot_root_changes_the_root,
	   .needs = "ns.mnt mount.tmpfs mount.pivot_root",
	   .promise = "pivot_root(2)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		/* An initramfs's own root cannot be pivoted from: stand on a tmpfs first. */
		ASSERT_OK(suite_new_root(suite_scratch));
		ASSERT_SYS(mkdir("/outer-marker", 0755));
		ASSERT_SYS(mkdir("/new", 0755));
		ASSERT_OK(sys_mount("sw-test-new", "/new", "tmpfs", 0, "size=64k"));
		ASSERT_SYS(mkdir("/new/old", 0755));
		ASSERT_SYS(mkdir("/new/inner-marker", 0755));
		ASSERT_OK(sys_pivot_root("/new", "/new/old"));
		ASSERT_SYS(chdir("/"));
		EXPECT_EQ(0, access("/inner-marker", F_OK));
		EXPECT_EQ(-1, access("/outer-marker", F_OK));
		EXPECT_EQ(0, access("/old/outer-marker", F_OK));
		ASSERT_OK(sys_umount2("/old", MNT_DETACH));
		EXPECT_EQ(-1, access("/old/outer-marker", F_OK));
		/* There is no way up and out. */
		ASSERT_SYS(chdir("/.."));
		EXPECT_EQ(0, access("inner-marker", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pivot_root_wants_a_mount_point,
	   .needs = "ns.mnt mount.tmpfs mount.pivot_root",
	   .promise = "pivot_root(2): EBUSY, EINVAL")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_new_root(suite_scratch));
		ASSERT_SYS(mkdir("/new", 0755));
		/* On the current root's own mount it would be busy; on another one, no root of it. */
		ASSERT_SYS(mkdir("/new/old", 0755));
		EXPECT_REFUSED(EBUSY, sys_pivot_root("/new", "/new/old"));
		ASSERT_OK(sys_mount("sw-test-new", "/new", "tmpfs", 0, "size=64k"));
		ASSERT_SYS(mkdir("/new/sub", 0755));
		ASSERT_SYS(mkdir("/new/sub/old", 0755));
		EXPECT_REFUSED(EINVAL, sys_pivot_root("/new/sub", "/new/sub/old"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(root_needs_a_capability_to_mount,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "mount(2): EPERM, capabilities(7): CAP_SYS_ADMIN")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_REFUSED(EPERM, sys_mount("sw-test", suite_scratch, "tmpfs", 0, NULL));
		EXPECT_REFUSED(EPERM, sys_unshare(SW_CLONE_NEWNS));
	}
	EXPECT_EXIT(0, pid);
}
