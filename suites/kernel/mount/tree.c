// SPDX-License-Identifier: GPL-2.0-only
/* The tree of mounts: binds, moves, stacks, removal, and a change of the root. */
#include "suite.h"
#include "suite_mount.h"

#include <sys/sysmacros.h>

SUITE("mount.tree", "kernel", "Bind, move, stack, unmount; pivot_root and chroot");

#define NEEDS "ns.mnt mount.tmpfs"

SUITE_TEST(bind_leaves_submounts_and_rbind_takes_them,
	   .needs = NEEDS, .promise = "mount(2): Creating a bind mount: MS_REC")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mkdir("a/sub", 0755));
		ASSERT_OK(suite_file("a/sub/below", ""));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(suite_file("a/sub/above", ""));
		ASSERT_OK(suite_mount_bind("a", "plain", 0));
		ASSERT_OK(suite_mount_bind("a", "whole", MS_REC));
		EXPECT_EQ(0, suite_mount_count("plain/sub"));
		EXPECT_EQ(0, access("plain/sub/below", F_OK));
		EXPECT_EQ(-1, access("plain/sub/above", F_OK));
		EXPECT_EQ(1, suite_mount_count("whole/sub"));
		EXPECT_EQ(0, access("whole/sub/above", F_OK));
		/* A bind of a file is that file. */
		ASSERT_OK(suite_file("file", "text"));
		ASSERT_OK(sys_mount("file", "a/sub/above", NULL, MS_BIND, NULL));
		struct stat a, b;

		ASSERT_SYS(stat("file", &a));
		ASSERT_SYS(stat("a/sub/above", &b));
		EXPECT_EQ(a.st_ino, b.st_ino);
		EXPECT_EQ(a.st_dev, b.st_dev);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_shows_its_root_in_mountinfo,
	   .needs = NEEDS, .promise = "proc_pid_mountinfo(5): (4) root")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m, base;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mkdir("a/deep", 0755));
		ASSERT_SYS(mkdir("a/deep/er", 0755));
		ASSERT_OK(suite_mount_bind("a/deep/er", "b", 0));
		ASSERT_OK(suite_mount_info("b", &m));
		ASSERT_OK(suite_mount_info("a", &base));
		EXPECT_STREQ("/deep/er", m.root);
		EXPECT_STREQ("/", base.root);
		EXPECT_STREQ("tmpfs", m.type);
		EXPECT_NE(base.id, m.id);
		EXPECT_EQ(base.parent, m.parent);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_remount_flags_act_on_one_mount,
	   .needs = NEEDS, .promise = "mount(2): MS_REMOUNT | MS_BIND; MS_NODEV, MS_NOEXEC")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mknod("a/null", S_IFCHR | 0666, makedev(1, 3)));
		ASSERT_OK(suite_file("a/program", "#!/proc/self/exe\n"));
		ASSERT_SYS(chmod("a/program", 0755));
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOEXEC, NULL));
		EXPECT_EQ(-1, open("b/null", O_RDWR | O_CLOEXEC));
		EXPECT_EQ(EACCES, errno);
		EXPECT_LE(0, open("a/null", O_RDWR | O_CLOEXEC));
		EXPECT_EQ(-1, access("b/program", X_OK));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(0, access("a/program", X_OK));
		/* What is not named is taken away: it is a setting, not an addition. */
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
		EXPECT_LE(0, open("b/null", O_RDWR | O_CLOEXEC));
		EXPECT_EQ(0, access("b/program", X_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_remount_keeps_atime_unless_told,
	   .needs = NEEDS, .promise = "mount(2): MS_REMOUNT: no atime flag keeps the setting, since 3.17")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_NOATIME, NULL));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
		ASSERT_OK(suite_mount_info("a", &m));
		EXPECT_EQ(suite_kernel(3, 17), suite_mount_has(m.options, "noatime"));
		EXPECT_TRUE(suite_mount_has(m.options, "nosuid"));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RELATIME, NULL));
		ASSERT_OK(suite_mount_info("a", &m));
		EXPECT_TRUE(suite_mount_has(m.options, "relatime"));
		EXPECT_FALSE(suite_mount_has(m.options, "noatime"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(stack_comes_off_from_the_top,
	   .needs = NEEDS, .promise = "mount(2): stacked mounts; umount(2): the topmost")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_file("a/first", ""));
		int below = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ASSERT_SYS(below);
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_file("a/second", ""));
		EXPECT_EQ(2, suite_mount_count("a"));
		EXPECT_EQ(-1, access("a/first", F_OK));
		/* Whoever was inside goes on there. */
		EXPECT_EQ(0, faccessat(below, "first", F_OK, 0));
		ASSERT_OK(sys_umount2("a", 0));
		EXPECT_EQ(0, access("a/first", F_OK));
		EXPECT_EQ(-1, access("a/second", F_OK));
		close(below);
		ASSERT_OK(sys_umount2("a", 0));
		EXPECT_REFUSED(EINVAL, sys_umount2("a", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(move_takes_the_whole_tree,
	   .needs = NEEDS, .promise = "mount(2): Moving a mount; ELOOP, EINVAL")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount before, after;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(suite_file("a/sub/file", "x"));
		ASSERT_OK(suite_mount_info("a/sub", &before));
		ASSERT_SYS(mkdir("to", 0755));
		ASSERT_SYS(mkdir("a/plain", 0755));
		int fd = open("a/sub/file", O_RDONLY | O_CLOEXEC);	/* busy is no matter */

		ASSERT_SYS(fd);
		EXPECT_REFUSED(ELOOP, sys_mount("a", "a/sub", NULL, MS_MOVE, NULL));
		EXPECT_REFUSED(EINVAL, sys_mount("a/plain", "to", NULL, MS_MOVE, NULL));
		ASSERT_OK(sys_mount("a", "to", NULL, MS_MOVE, NULL));
		EXPECT_EQ(0, suite_mount_count("a") + suite_mount_count("a/sub"));
		ASSERT_OK(suite_mount_info("to/sub", &after));
		EXPECT_EQ(before.id, after.id);
		EXPECT_EQ(0, access("to/sub/file", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(expire_takes_two_quiet_calls,
	   .needs = NEEDS, .promise = "umount(2): MNT_EXPIRE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat st;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		EXPECT_REFUSED(EINVAL, sys_umount2("a", MNT_EXPIRE | MNT_DETACH));
		EXPECT_REFUSED(EINVAL, sys_umount2("a", MNT_EXPIRE | MNT_FORCE));
		int fd = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ASSERT_SYS(fd);
		EXPECT_REFUSED(EBUSY, sys_umount2("a", MNT_EXPIRE));
		close(fd);
		EXPECT_REFUSED(EAGAIN, sys_umount2("a", MNT_EXPIRE));
		/* Use takes the mark away. */
		fd = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ASSERT_SYS(fd);
		ASSERT_SYS(fstat(fd, &st));
		close(fd);
		EXPECT_REFUSED(EAGAIN, sys_umount2("a", MNT_EXPIRE));
		EXPECT_EQ(1, suite_mount_count("a"));
		EXPECT_OK(sys_umount2("a", MNT_EXPIRE));
		EXPECT_EQ(0, suite_mount_count("a"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(nofollow_leaves_symlinks_alone,
	   .needs = NEEDS, .promise = "umount(2): UMOUNT_NOFOLLOW")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(symlink("a", "link"));
		EXPECT_REFUSED(EINVAL, sys_umount2("link", UMOUNT_NOFOLLOW));
		EXPECT_EQ(1, suite_mount_count("a"));
		EXPECT_OK(sys_umount2("link", 0));
		EXPECT_EQ(0, suite_mount_count("a"));
		ASSERT_OK(suite_mount_tmpfs("a"));
		EXPECT_OK(sys_umount2("a", UMOUNT_NOFOLLOW));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(umount_refuses_what_is_in_use,
	   .needs = NEEDS, .promise = "umount(2): EBUSY, EINVAL, ENOENT")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_SYS(mkdir("plain", 0755));
		EXPECT_REFUSED(EBUSY, sys_umount2("a", 0));	/* a mount below */
		ASSERT_SYS(chdir("a/sub"));
		EXPECT_REFUSED(EBUSY, sys_umount2("../sub", 0));	/* a working directory */
		ASSERT_SYS(chdir(suite_scratch));
		EXPECT_OK(sys_umount2("a/sub", 0));
		EXPECT_OK(sys_umount2("a", 0));
		EXPECT_REFUSED(EINVAL, sys_umount2("plain", 0));
		EXPECT_REFUSED(ENOENT, sys_umount2("nothing", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(detach_takes_the_tree_at_once,
	   .needs = NEEDS, .promise = "umount(2): MNT_DETACH: it and what is below is disconnected immediately")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char text[8] = "";

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(suite_file("a/sub/file", "kept"));
		int sub = open("a/sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ASSERT_SYS(sub);
		ASSERT_OK(sys_umount2("a", MNT_DETACH));
		EXPECT_EQ(0, suite_mount_count("a") + suite_mount_count("a/sub"));
		/* Held open it still reads and writes, and leads nowhere but itself. */
		int fd = openat(sub, "file", O_RDONLY | O_CLOEXEC);

		ASSERT_SYS(fd);
		EXPECT_EQ(4, read(fd, text, sizeof(text) - 1));
		EXPECT_STREQ("kept", text);
		EXPECT_EQ(0, mkdirat(sub, "new", 0755));
		EXPECT_EQ(-1, faccessat(sub, "../../a", F_OK, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(mount_point_elsewhere_can_be_removed,
	   .needs = NEEDS, .promise = "mount_namespaces(7): Restrictions: removal of a mount point of another namespace, since 3.18; EBUSY in one's own")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_line line;
		long value;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("a", 0755));
		ASSERT_OK(suite_line(&line));
		CHILD(other, SW_CLONE_NEWNS) {
			suite_line_mine(&line, 1);
			ASSERT_OK(suite_mount_tmpfs("a"));
			EXPECT_EQ(-1, rmdir("a"));
			EXPECT_EQ(EBUSY, errno);
			suite_tell(&line, 1);
			ASSERT_OK(suite_hear(&line, &value));
			EXPECT_EQ(0, suite_mount_count("a"));	/* gone with its directory */
			EXPECT_EQ(-1, access("a", F_OK));
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(0, rmdir("a"));
		suite_tell(&line, 1);
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(chroot_hides_outer_mounts,
	   .needs = NEEDS, .promise = "proc_pid_mountinfo(5): mount point relative to the process's root; chroot(2)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("root"));
		ASSERT_OK(suite_mount_tmpfs("root/in"));
		ASSERT_OK(suite_mount_tmpfs("out"));
		ASSERT_OK(suite_mount_bind("/proc", "root/proc", 0));
		ASSERT_OK(suite_mount_info("root/in", &m));
		int id = m.id;

		ASSERT_SYS(chroot("root"));
		ASSERT_SYS(chdir("/"));
		ASSERT_OK(suite_mount_info("/in", &m));
		EXPECT_EQ(id, m.id);
		EXPECT_EQ(0, suite_mount_count("/out"));
		EXPECT_EQ(1, suite_mount_count("/"));
		EXPECT_EQ(-1, access("/../out", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pivot_root_on_dot_needs_no_directory,
	   .needs = NEEDS " mount.pivot_root", .promise = "pivot_root(2): pivot_root(\".\", \".\")")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_new_root(suite_scratch));
		ASSERT_OK(suite_file("/outer", ""));
		ASSERT_OK(suite_mount_tmpfs("/new"));
		ASSERT_OK(suite_file("/new/inner", ""));
		ASSERT_OK(suite_mount_bind("/new", "/new/bound", 0));
		ASSERT_SYS(chdir("/new"));
		ASSERT_OK(sys_pivot_root(".", "."));
		/* "/" is the new root, and the old one lies over it at "/.". */
		EXPECT_EQ(0, access("/inner", F_OK));
		EXPECT_EQ(0, access("./inner", F_OK));
		ASSERT_OK(sys_umount2(".", MNT_DETACH));
		ASSERT_SYS(chdir("/"));
		EXPECT_EQ(0, access("inner", F_OK));
		EXPECT_EQ(-1, access("/outer", F_OK));
		ASSERT_SYS(chdir("/../.."));
		EXPECT_EQ(-1, access("outer", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pivot_root_refuses_bad_places,
	   .needs = NEEDS " mount.pivot_root mount.propagation",
	   .promise = "pivot_root(2): EINVAL, ENOTDIR, EBUSY")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_new_root(suite_scratch));
		ASSERT_OK(suite_mount_tmpfs("/new"));
		ASSERT_SYS(mkdir("/new/old", 0755));
		ASSERT_OK(suite_file("/new/file", ""));
		ASSERT_SYS(mkdir("/plain", 0755));
		ASSERT_OK(suite_mount_tmpfs("/elsewhere"));
		EXPECT_REFUSED(EBUSY, sys_pivot_root("/new", "/plain"));
		/* put_old is not at or below new_root. */
		EXPECT_REFUSED(EINVAL, sys_pivot_root("/new", "/elsewhere"));
		EXPECT_REFUSED(ENOTDIR, sys_pivot_root("/new", "/new/file"));
		EXPECT_REFUSED(ENOENT, sys_pivot_root("/new", "/new/nothing"));
		EXPECT_REFUSED(EBUSY, sys_pivot_root("/", "/elsewhere"));
		/* The parent of new_root, the parent of the root, and put_old must not be shared. */
		ASSERT_OK(sys_mount(NULL, "/", NULL, MS_SHARED, NULL));
		EXPECT_REFUSED(EINVAL, sys_pivot_root("/new", "/new/old"));
		ASSERT_OK(sys_mount(NULL, "/", NULL, MS_PRIVATE, NULL));
		ASSERT_OK(suite_mount_tmpfs("/new/old"));
		ASSERT_OK(sys_mount(NULL, "/new/old", NULL, MS_SHARED, NULL));
		EXPECT_REFUSED(EINVAL, sys_pivot_root("/new", "/new/old"));
		ASSERT_OK(sys_umount2("/new/old", 0));
		EXPECT_OK(sys_pivot_root("/new", "/new/old"));	/* nothing else was wrong */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(pivot_root_moves_others_who_stand_on_the_root,
	   .needs = NEEDS " mount.pivot_root",
	   .promise = "pivot_root(2): changes root and working directory of each process of the mount namespace that has the old root")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_line line;
		long value;

		ASSERT_OK(suite_new_root(suite_scratch));
		ASSERT_OK(suite_file("/outer", ""));
		ASSERT_SYS(mkdir("/dir", 0755));
		ASSERT_OK(suite_file("/dir/here", ""));
		ASSERT_OK(suite_mount_tmpfs("/new"));
		ASSERT_SYS(mkdir("/new/old", 0755));
		ASSERT_OK(suite_file("/new/inner", ""));
		ASSERT_OK(suite_line(&line));
		CHILD(other, 0) {
			suite_line_mine(&line, 1);
			ASSERT_SYS(chdir("/dir"));
			suite_tell(&line, 1);
			ASSERT_OK(suite_hear(&line, &value));
			EXPECT_EQ(0, access("/inner", F_OK));
			EXPECT_EQ(-1, access("/outer", F_OK));
			/* A working directory that is not the root stays. */
			EXPECT_EQ(0, access("here", F_OK));
			EXPECT_EQ(0, access("../outer", F_OK));
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_OK(sys_pivot_root("/new", "/new/old"));
		suite_tell(&line, 1);
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}
