// SPDX-License-Identifier: GPL-2.0-only
/* Id-mapped mounts, shown on tmpfs, which can be mapped since 6.3 (commit 7a80e5b8c6fa). */
#include "suite.h"
#include "suite_mount.h"

SUITE("mount.idmapped", "kernel", "Mounts that show other owners");

#define NEEDS "ns.mnt ns.user mount.tmpfs mount.idmapped_tmpfs mount.open_tree mount.mount_setattr"
#define HOST 100000u
#define COUNT 1000u

#define OPEN_TREE_CLONE_ 1u		/* include/uapi/linux/mount.h */
#define EMPTY_PATH 0x1000u		/* AT_EMPTY_PATH */
#define MOVE_F_EMPTY_PATH 0x4u
#define ATTR_IDMAP 0x00100000u

/* A user namespace in which ids from 0 are HOST and on; a descriptor of it, or -errno. */
static int make_userns(void)
{
	struct suite_line line;
	long value;
	int fd, r = suite_line(&line);

	if (r)
		return r;
	pid_t pid = suite_clone(SW_CLONE_NEWUSER);

	if (pid == 0) {
		suite_line_mine(&line, 1);
		suite_hear(&line, &value);
		suite_child_exit(0);
	}
	if (pid < 0)
		return pid;
	suite_line_mine(&line, 0);
	r = suite_map_ids(pid, 0, HOST, COUNT);
	fd = suite_ns_open(pid, "user");
	suite_line_close(&line);
	suite_wait(pid);
	return r ? r : fd;
}

static int map_tree(int tree, int userns)
{
	struct sys_mount_attr attr = { .attr_set = ATTR_IDMAP, .userns_fd = userns };

	return sys_mount_setattr(tree, "", EMPTY_PATH, &attr, sizeof(attr));
}

/* "a" is a tmpfs, "m" the same through the map. */
static int make_mapped(void)
{
	int r = suite_mount_base(), userns, tree;

	if (r)
		return r;
	r = suite_mount_tmpfs("a");
	if (!r && (chmod("a", 0777) || mkdir("m", 0755)))
		r = -errno;
	if (r)
		return r;
	userns = make_userns();
	if (userns < 0)
		return userns;
	tree = sys_open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE_ | O_CLOEXEC);
	if (tree < 0)
		return tree;
	r = map_tree(tree, userns);
	if (!r)
		r = sys_move_mount(tree, "", AT_FDCWD, "m", MOVE_F_EMPTY_PATH);
	close(tree);
	close(userns);
	return r;
}

static long owner(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -errno : st.st_uid == st.st_gid ? (long)st.st_uid : -EBADMSG;
}

SUITE_TEST(ownership_is_shifted_both_ways,
	   .needs = NEEDS, .promise = "mount_setattr(2): ID-mapped mounts; Documentation/filesystems/idmappings.rst")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_mapped());
		ASSERT_OK(suite_file("a/root", ""));
		ASSERT_OK(suite_file("a/seven", ""));
		ASSERT_SYS(chown("a/seven", 7, 7));
		EXPECT_EQ(HOST, owner("m/root"));
		EXPECT_EQ(HOST + 7, owner("m/seven"));
		EXPECT_EQ(0, owner("a/root"));	/* the file system has not changed */
		/* chown through the mount is mapped back. */
		ASSERT_SYS(chown("m/seven", HOST + 9, HOST + 9));
		EXPECT_EQ(9, owner("a/seven"));
		/* What its user makes there belongs to the mapped id. */
		CHILD(user, 0) {
			ASSERT_OK(suite_become(HOST + 5, HOST + 5));
			EXPECT_OK(suite_file("m/made", ""));
			EXPECT_EQ(HOST + 5, owner("m/made"));
		}
		EXPECT_EXIT(0, user);
		EXPECT_EQ(5, owner("a/made"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(permission_follows_the_mapped_owner,
	   .needs = NEEDS, .promise = "mount_setattr(2): ID-mapped mounts; Documentation/filesystems/idmappings.rst")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_mapped());
		ASSERT_OK(suite_file("a/private", "x"));
		ASSERT_SYS(chown("a/private", 5, 5));
		ASSERT_SYS(chmod("a/private", 0600));
		CHILD(mapped, 0) {
			ASSERT_OK(suite_become(HOST + 5, HOST + 5));
			EXPECT_LE(0, open("m/private", O_RDWR | O_CLOEXEC));
			EXPECT_EQ(-1, open("a/private", O_RDWR | O_CLOEXEC));
			EXPECT_EQ(EACCES, errno);
		}
		EXPECT_EXIT(0, mapped);
		CHILD(plain, 0) {
			ASSERT_OK(suite_become(5, 5));
			EXPECT_LE(0, open("a/private", O_RDWR | O_CLOEXEC));
			EXPECT_EQ(-1, open("m/private", O_RDWR | O_CLOEXEC));
			EXPECT_EQ(EACCES, errno);
		}
		EXPECT_EXIT(0, plain);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(unmapped_ids_cannot_write,
	   .needs = NEEDS, .promise = "Documentation/filesystems/idmappings.rst: unmapped: the overflow id, EOVERFLOW")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_mapped());
		ASSERT_OK(suite_file("a/far", "x"));
		ASSERT_SYS(chown("a/far", COUNT + 1, COUNT + 1));
		EXPECT_EQ(65534, owner("m/far"));
		/* Root has no id there: it can make nothing, and give nothing to itself. */
		EXPECT_REFUSED(EOVERFLOW, suite_file("m/made", ""));
		EXPECT_EQ(-1, mkdir("m/dir", 0755));
		EXPECT_EQ(EOVERFLOW, errno);
		ASSERT_OK(suite_file("a/near", ""));
		EXPECT_EQ(-1, chown("m/near", 0, 0));
		EXPECT_EQ(EOVERFLOW, errno);
		EXPECT_EQ(0, owner("a/near"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(attached_and_mapped_trees_are_refused,
	   .needs = NEEDS, .promise = "mount_setattr(2): EINVAL, EPERM: a detached tree, not mapped yet, by a namespace not the file system's")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		int userns = make_userns(), own = suite_ns_open(0, "user");
		int tree = sys_open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE_ | O_CLOEXEC);
		int attached = open("a", O_PATH | O_CLOEXEC), file = open("/", O_RDONLY | O_CLOEXEC);

		ASSERT_OK(userns);
		ASSERT_OK(own);
		ASSERT_OK(tree);
		ASSERT_SYS(attached);
		EXPECT_REFUSED(EINVAL, map_tree(attached, userns));
		EXPECT_REFUSED(EPERM, map_tree(tree, own));	/* that the file system belongs to */
		EXPECT_REFUSED(EINVAL, map_tree(tree, file));	/* no namespace at all */
		EXPECT_OK(map_tree(tree, userns));
		EXPECT_REFUSED(EPERM, map_tree(tree, userns));	/* once for ever */
		struct sys_mount_attr clear = { .attr_clr = ATTR_IDMAP };

		EXPECT_REFUSED(EINVAL, sys_mount_setattr(tree, "", EMPTY_PATH, &clear, sizeof(clear)));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(mapping_is_of_one_mount_and_is_told,
	   .needs = NEEDS, .promise = "mount_setattr(2): ID-mapped mounts; proc_pid_mountinfo(5)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(make_mapped());
		ASSERT_OK(suite_file("a/file", ""));
		ASSERT_OK(suite_mount_info("m", &m));
		EXPECT_TRUE(suite_mount_has(m.options, "idmapped")) TH_LOG("%s", m.options);
		ASSERT_OK(suite_mount_info("a", &m));
		EXPECT_FALSE(suite_mount_has(m.options, "idmapped"));
		/* A bind of it is mapped as well, until the end. */
		ASSERT_OK(suite_mount_bind("m", "copy", 0));
		EXPECT_EQ(HOST, owner("copy/file"));
		ASSERT_OK(sys_umount2("m", 0));
		EXPECT_EQ(HOST, owner("copy/file"));
	}
	EXPECT_EXIT(0, pid);
}
