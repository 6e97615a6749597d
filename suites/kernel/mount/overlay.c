// SPDX-License-Identifier: GPL-2.0-only
/* Overlay file systems, over layers on a tmpfs. */
#include "suite.h"
#include "suite_mount.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

SUITE("mount.overlay", "kernel", "Overlay file systems: copies, whiteouts, layers");

#define NEEDS "ns.mnt mount.tmpfs mount.overlay"
#define RST "Documentation/filesystems/overlayfs.rst: "

/* Layers l2 (lower), l1, u (upper), w (work), and m to mount on; the working directory holds them. */
static int make_layers(void)
{
	static const char *const names[] = { "l1", "l2", "u", "w", "m" };
	int r = suite_mount_base();

	for (size_t i = 0; !r && i < sizeof(names) / sizeof(*names); i++)
		r = mkdir(names[i], 0755) ? -errno : 0;
	return r;
}

static int mount_overlay(const char *more)
{
	char options[256];

	snprintf(options, sizeof(options), "lowerdir=l1:l2,upperdir=u,workdir=w%s", more);
	return sys_mount("overlay", "m", "overlay", 0, options);
}

static bool is_whiteout(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISCHR(st.st_mode) && !st.st_rdev;
}

#define EXPECT_TEXT(want, path)                                                               \
	do {                                                                                  \
		char text_[64] = "";                                                          \
		EXPECT_OK(suite_read(path, text_, sizeof(text_)));                            \
		EXPECT_STREQ(want, text_);                                                    \
	} while (0)

SUITE_TEST(upper_layers_cover_lower,
	   .needs = NEEDS, .promise = RST "Upper and Lower, Directories, Multiple lower layers")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l2/all", "l2"));
		ASSERT_OK(suite_file("l1/all", "l1"));
		ASSERT_OK(suite_file("u/all", "u"));
		ASSERT_OK(suite_file("l2/two", "l2"));
		ASSERT_OK(suite_file("l1/two", "l1"));
		ASSERT_SYS(mkdir("l1/dir", 0755) | mkdir("l2/dir", 0755) | mkdir("u/dir", 0755));
		ASSERT_OK(suite_file("l2/dir/c", ""));
		ASSERT_OK(suite_file("l1/dir/b", ""));
		ASSERT_OK(suite_file("u/dir/a", ""));
		ASSERT_OK(mount_overlay(""));
		EXPECT_TEXT("u", "m/all");
		EXPECT_TEXT("l1", "m/two");
		EXPECT_EQ(3, suite_count_entries("m/dir"));		/* merged */
		EXPECT_EQ(3, suite_count_entries("m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(writing_copies_up,
	   .needs = NEEDS, .promise = RST "Objects")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat st;

		ASSERT_OK(make_layers());
		ASSERT_SYS(mkdir("l1/dir", 0710));
		ASSERT_OK(suite_file("l1/dir/file", "lower"));
		ASSERT_SYS(chown("l1/dir/file", 7, 8));
		ASSERT_SYS(chmod("l1/dir/file", 0640));
		ASSERT_OK(mount_overlay(""));
		EXPECT_TEXT("lower", "m/dir/file");
		EXPECT_EQ(-1, access("u/dir", F_OK));	/* reading copies nothing */
		int fd = open("m/dir/file", O_WRONLY | O_APPEND | O_CLOEXEC);

		ASSERT_SYS(fd);
		EXPECT_EQ(4, write(fd, "+new", 4));
		close(fd);
		EXPECT_TEXT("lower+new", "m/dir/file");
		EXPECT_TEXT("lower", "l1/dir/file");
		EXPECT_TEXT("lower+new", "u/dir/file");
		ASSERT_SYS(stat("u/dir/file", &st));
		EXPECT_EQ(0640, st.st_mode & 07777);
		EXPECT_EQ(7, st.st_uid);
		EXPECT_EQ(8, st.st_gid);
		ASSERT_SYS(stat("u/dir", &st));
		EXPECT_EQ(0710, st.st_mode & 07777);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(removal_leaves_whiteouts,
	   .needs = NEEDS, .promise = RST "whiteouts and opaque directories")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l1/file", ""));
		ASSERT_SYS(mkdir("l1/dir", 0755));
		ASSERT_OK(suite_file("u/own", ""));
		ASSERT_OK(mount_overlay(""));
		ASSERT_SYS(unlink("m/file"));
		ASSERT_SYS(rmdir("m/dir"));
		ASSERT_SYS(unlink("m/own"));
		EXPECT_EQ(0, suite_count_entries("m"));
		EXPECT_TRUE(is_whiteout("u/file"));
		EXPECT_TRUE(is_whiteout("u/dir"));
		EXPECT_EQ(-1, access("u/own", F_OK));	/* nothing below to hide */
		EXPECT_EQ(0, access("l1/file", F_OK));
		/* A whiteout can be written over, and made by hand. */
		EXPECT_OK(suite_file("m/file", "again"));
		EXPECT_FALSE(is_whiteout("u/file"));
		ASSERT_OK(sys_umount2("m", 0));
		ASSERT_SYS(unlink("u/file"));
		ASSERT_SYS(mknod("u/file", S_IFCHR, makedev(0, 0)));
		ASSERT_OK(mount_overlay(""));
		EXPECT_EQ(-1, access("m/file", F_OK));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(directory_made_again_is_opaque,
	   .needs = NEEDS, .promise = RST "whiteouts and opaque directories: trusted.overlay.opaque is \"y\"")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char value[8] = "";

		ASSERT_OK(make_layers());
		ASSERT_SYS(mkdir("l1/dir", 0755));
		ASSERT_OK(suite_file("l1/dir/old", ""));
		ASSERT_OK(mount_overlay(""));
		EXPECT_EQ(-1, rmdir("m/dir"));
		EXPECT_EQ(ENOTEMPTY, errno);
		ASSERT_SYS(unlink("m/dir/old"));
		ASSERT_SYS(rmdir("m/dir"));
		ASSERT_SYS(mkdir("m/dir", 0755));
		EXPECT_EQ(0, suite_count_entries("m/dir"));
		EXPECT_EQ(1, getxattr("u/dir", "trusted.overlay.opaque", value, sizeof(value)));
		EXPECT_EQ('y', value[0]);
		/* The overlay keeps its attributes to itself. */
		EXPECT_EQ(-1, getxattr("m/dir", "trusted.overlay.opaque", value, sizeof(value)));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(renaming_a_lower_directory_needs_redirects,
	   .needs = NEEDS " mount.overlay_redirect_dir", .promise = RST "renaming directories: EXDEV, redirect_dir=on")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_layers());
		ASSERT_SYS(mkdir("l1/dir", 0755));
		ASSERT_OK(suite_file("l1/dir/file", "x"));
		ASSERT_OK(mount_overlay(",redirect_dir=off"));
		EXPECT_EQ(-1, rename("m/dir", "m/other"));
		EXPECT_EQ(EXDEV, errno);
		ASSERT_SYS(mkdir("m/pure", 0755));
		EXPECT_EQ(0, rename("m/pure", "m/pure2"));	/* of the upper layer alone */
		ASSERT_OK(sys_umount2("m", 0));
		ASSERT_OK(mount_overlay(",redirect_dir=on"));
		ASSERT_SYS(rename("m/dir", "m/other"));
		EXPECT_TEXT("x", "m/other/file");
		EXPECT_EQ(-1, access("m/dir", F_OK));
		EXPECT_EQ(-1, access("u/other/file", F_OK));	/* moved without copying */
		EXPECT_LT(0, getxattr("u/other", "trusted.overlay.redirect", NULL, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(layers_without_upper_are_read_only,
	   .needs = NEEDS, .promise = RST "Multiple lower layers: may be mounted without upperdir, read-only")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l2/file", "l2"));
		ASSERT_OK(suite_file("l1/file", "l1"));
		ASSERT_OK(sys_mount("overlay", "m", "overlay", 0, "lowerdir=l2:l1"));
		EXPECT_TEXT("l2", "m/file");		/* leftmost on top */
		EXPECT_REFUSED(EROFS, suite_file("m/new", ""));
		EXPECT_EQ(-1, unlink("m/file"));
		EXPECT_EQ(EROFS, errno);
		EXPECT_REFUSED(EROFS, sys_mount(NULL, "m", NULL, MS_REMOUNT, ""));
		ASSERT_OK(sys_umount2("m", 0));
		/*
		 * An upper layer needs a work directory of its own beside it. No errno is promised for
		 * having none: 5.10 says ENOMEM, later kernels EINVAL.
		 */
		EXPECT_GT(0, sys_mount("overlay", "m", "overlay", 0, "lowerdir=l1,upperdir=u"));
		ASSERT_SYS(mkdir("u/w", 0755));
		EXPECT_REFUSED(EINVAL, sys_mount("overlay", "m", "overlay", 0,
						 "lowerdir=l1,upperdir=u,workdir=u/w"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(numbers_survive_copy_up,
	   .needs = NEEDS, .promise = RST "Inode properties: layers on one file system: st_ino persistent, st_dev of the overlay")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat before, after, dir, base;

		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l1/file", "x"));
		ASSERT_OK(mount_overlay(""));
		ASSERT_SYS(stat("m/file", &before));
		ASSERT_SYS(stat("m", &dir));
		ASSERT_SYS(stat("l1", &base));
		EXPECT_EQ(dir.st_dev, before.st_dev);
		EXPECT_NE(base.st_dev, dir.st_dev);
		ASSERT_SYS(chmod("m/file", 0600));
		EXPECT_EQ(0, access("u/file", F_OK));
		ASSERT_SYS(stat("m/file", &after));
		EXPECT_EQ(before.st_ino, after.st_ino);
		EXPECT_EQ(before.st_dev, after.st_dev);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(hard_links_of_new_files_hold,
	   .needs = NEEDS, .promise = RST "Objects; Non-standard behavior b): links to a lower file are broken by copy-up without index=on")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat st;

		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l1/one", "lower"));
		ASSERT_SYS(link("l1/one", "l1/two"));
		ASSERT_OK(mount_overlay(",index=off"));
		ASSERT_OK(suite_file("m/a", "1"));
		ASSERT_SYS(link("m/a", "m/b"));
		ASSERT_SYS(stat("m/b", &st));
		EXPECT_EQ(2, st.st_nlink);
		ASSERT_OK(suite_file("m/b", "2"));
		EXPECT_TEXT("2", "m/a");
		ASSERT_OK(suite_file("m/one", "upper"));
		EXPECT_TEXT("upper", "m/one");
		EXPECT_TEXT("lower", "m/two");
		EXPECT_TEXT("lower", "l1/one");
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(user_namespace_uses_user_xattrs,
	   .needs = NEEDS " ns.user mount.tmpfs_userns mount.overlay_userns",
	   .promise = RST "Permission model; userxattr: user.overlay. instead of trusted.overlay.")
{
	CHILD(pid, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {
		ASSERT_OK(suite_map_self(0, 0));
		ASSERT_OK(make_layers());
		ASSERT_OK(suite_file("l1/file", "lower"));
		ASSERT_SYS(mkdir("l1/dir", 0755));
		ASSERT_OK(suite_file("l1/dir/old", ""));
		ASSERT_OK(mount_overlay(",userxattr"));
		ASSERT_OK(suite_file("m/file", "upper"));
		EXPECT_TEXT("upper", "u/file");
		EXPECT_TEXT("lower", "l1/file");
		ASSERT_SYS(unlink("m/dir/old"));
		EXPECT_TRUE(is_whiteout("u/dir/old"));
		/* tmpfs has user.* since 6.6 (commit 2daf18a7884d): directories can be opaque. */
		if (!setxattr("u", "user.probe", "x", 1, 0)) {
			ASSERT_SYS(rmdir("m/dir"));
			EXPECT_TRUE(is_whiteout("u/dir"));
			ASSERT_SYS(mkdir("m/dir", 0755));
			EXPECT_EQ(0, suite_count_entries("m/dir"));
			EXPECT_EQ(1, getxattr("u/dir", "user.overlay.opaque", NULL, 0));
			EXPECT_EQ(-1, getxattr("u/dir", "trusted.overlay.opaque", NULL, 0));
		}
		/* Redirects go with trusted attributes alone. */
		ASSERT_OK(sys_umount2("m", 0));
		EXPECT_REFUSED(EINVAL, mount_overlay(",userxattr,redirect_dir=on"));
	}
	EXPECT_EXIT(0, pid);
}
