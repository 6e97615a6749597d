// SPDX-License-Identifier: GPL-2.0-only
/* tmpfs as containers use it: bounded, owned, one's own; and binfmt_misc for a user namespace. */
#include "suite.h"
#include "suite_mount.h"

#include <sys/statfs.h>

SUITE("mount.tmpfs", "kernel", "Limits and owners of tmpfs");

#define NEEDS "ns.mnt mount.tmpfs"

/* Fill a new file until it fails; the bytes, and why it ended. */
static long fill(const char *path, int *ret_errno)
{
	static char block[4096];
	long total = 0;
	ssize_t n;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	*ret_errno = fd < 0 ? errno : 0;
	while (fd >= 0 && (n = write(fd, block, sizeof(block))) > 0)
		total += n;
	if (fd >= 0) {
		*ret_errno = errno;
		close(fd);
	}
	return total;
}

SUITE_TEST(size_bounds_what_is_stored,
	   .needs = NEEDS, .promise = "tmpfs(5): size=; Documentation/filesystems/tmpfs.rst: remount")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct statfs fs;
		int why = 0;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(sys_mount("sw-test", "m", "tmpfs", 0, "size=256k"));
		ASSERT_SYS(statfs("m", &fs));
		EXPECT_EQ(256 * 1024, fs.f_blocks * fs.f_bsize);
		EXPECT_EQ(256 * 1024, fill("m/file", &why));
		EXPECT_EQ(ENOSPC, why);
		ASSERT_SYS(statfs("m", &fs));
		EXPECT_EQ(0, fs.f_bfree);
		/* Below what is in use it cannot shrink; it can grow. */
		EXPECT_REFUSED(EINVAL, sys_mount(NULL, "m", NULL, MS_REMOUNT, "size=128k"));
		ASSERT_OK(sys_mount(NULL, "m", NULL, MS_REMOUNT, "size=512k"));
		EXPECT_EQ(256 * 1024, fill("m/more", &why));
		ASSERT_SYS(unlink("m/file"));
		ASSERT_SYS(statfs("m", &fs));
		EXPECT_EQ(256 * 1024, fs.f_bfree * fs.f_bsize);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(nr_inodes_bounds_files,
	   .needs = NEEDS, .promise = "tmpfs(5): nr_inodes=")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char name[16];
		int n = 0, r = 0;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(sys_mount("sw-test", "m", "tmpfs", 0, "nr_inodes=10"));
		for (; n < 20 && !r; n++) {
			snprintf(name, sizeof(name), "m/%d", n);
			r = suite_file(name, "");
		}
		EXPECT_EQ(-ENOSPC, r);
		EXPECT_EQ(10, n);	/* the root directory is one of ten */
		ASSERT_SYS(unlink("m/0"));
		EXPECT_OK(suite_file("m/again", ""));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(instances_share_nothing_and_binds_all,
	   .needs = NEEDS, .promise = "tmpfs(5); mount(2): MS_BIND")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		int why = 0;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("a", 0755));
		ASSERT_SYS(mkdir("b", 0755));
		ASSERT_OK(sys_mount("sw-test", "a", "tmpfs", 0, "size=128k"));
		ASSERT_OK(sys_mount("sw-test", "b", "tmpfs", 0, "size=128k"));
		ASSERT_OK(suite_mount_bind("a", "bound", 0));
		EXPECT_EQ(128 * 1024, fill("a/file", &why));
		EXPECT_EQ(0, fill("bound/file2", &why));
		EXPECT_EQ(ENOSPC, why);
		EXPECT_EQ(128 * 1024, fill("b/file", &why));
		EXPECT_EQ(0, access("bound/file", F_OK));
		/* The last mount takes the content along. */
		ASSERT_OK(sys_umount2("a", 0));
		EXPECT_EQ(0, access("bound/file", F_OK));
		ASSERT_OK(sys_umount2("bound", 0));
		ASSERT_OK(sys_mount("sw-test", "a", "tmpfs", 0, "size=128k"));
		EXPECT_EQ(-1, access("a/file", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(options_set_owner_and_mode,
	   .needs = NEEDS, .promise = "tmpfs(5): mode=, uid=, gid=")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat st;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(sys_mount("sw-test", "m", "tmpfs", 0, "mode=2710,uid=7,gid=8"));
		ASSERT_SYS(stat("m", &st));
		EXPECT_EQ(S_IFDIR | 02710, st.st_mode);
		EXPECT_EQ(7, st.st_uid);
		EXPECT_EQ(8, st.st_gid);
		ASSERT_OK(sys_umount2("m", 0));
		ASSERT_OK(sys_mount("sw-test", "m", "tmpfs", 0, NULL));
		ASSERT_SYS(stat("m", &st));
		EXPECT_EQ(S_IFDIR | 01777, st.st_mode);	/* the default */
		EXPECT_REFUSED(EINVAL, sys_mount("sw-test", "m", "tmpfs", 0, "nonsense=1"));
		EXPECT_REFUSED(EINVAL, sys_mount("sw-test", "m", "tmpfs", 0, "size=much"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(user_namespace_owns_what_it_mounts,
	   .needs = NEEDS " ns.user mount.tmpfs_userns",
	   .promise = "user_namespaces(7): tmpfs may be mounted; tmpfs(5): uid= of the mounter's namespace")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_line line;
		char path[64];
		struct stat st;
		long value;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_line(&line));
		CHILD(inside, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {
			suite_line_mine(&line, 1);
			ASSERT_OK(suite_hear(&line, &value));	/* maps are written */
			EXPECT_REFUSED(EINVAL, sys_mount("sw-test", "m", "tmpfs", 0, "uid=500"));
			ASSERT_OK(sys_mount("sw-test", "m", "tmpfs", 0, "uid=5,gid=6,mode=755"));
			ASSERT_SYS(stat("m", &st));
			EXPECT_EQ(5, st.st_uid);
			suite_tell(&line, 1);
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_map_ids(inside, 0, 100000, 100));
		ASSERT_OK(suite_tell(&line, 1));
		EXPECT_OK(suite_hear(&line, &value));
		/* Seen from outside it is the mapped id. */
		snprintf(path, sizeof(path), "/proc/%d/cwd/m", (int)inside);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(100005, st.st_uid);
		EXPECT_EQ(100006, st.st_gid);
		suite_line_close(&line);
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(binfmt_misc_is_of_the_user_namespace,
	   .needs = NEEDS " ns.user mount.binfmt_misc_userns",
	   .promise = "Documentation/admin-guide/binfmt-misc.rst; one instance a user namespace (6.7, commit 21ca59b365c0)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_file("text.sw-ext", "no program"));
		ASSERT_SYS(chmod("text.sw-ext", 0755));
		CHILD(inside, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {
			char text[128] = "";

			ASSERT_OK(suite_map_self(0, 0));
			ASSERT_OK(sys_mount("binfmt_misc", "m", "binfmt_misc", 0, NULL));
			EXPECT_EQ(-1, execl("text.sw-ext", "text", NULL));
			EXPECT_EQ(ENOEXEC, errno);
			/* Registered, the kernel looks for the interpreter, which is not there. */
			ASSERT_OK(suite_write(":sw-test:E::sw-ext::/sw-no-such-interpreter:", "m/register"));
			ASSERT_OK(suite_read("m/sw-test", text, sizeof(text)));
			EXPECT_NE(NULL, strstr(text, "/sw-no-such-interpreter"));
			EXPECT_EQ(-1, execl("text.sw-ext", "text", NULL));
			EXPECT_EQ(ENOENT, errno);
			CHILD(other, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {	/* with one of its own */
				ASSERT_OK(suite_map_self(0, 0));
				ASSERT_SYS(mkdir("n", 0755));
				ASSERT_OK(sys_mount("binfmt_misc", "n", "binfmt_misc", 0, NULL));
				EXPECT_EQ(-1, access("n/sw-test", F_OK));
				EXPECT_EQ(-1, execl("text.sw-ext", "text", NULL));
				EXPECT_EQ(ENOEXEC, errno);
			}
			EXPECT_EXIT(0, other);
		}
		EXPECT_EXIT(0, inside);
		EXPECT_EQ(-1, execl("text.sw-ext", "text", NULL));
		EXPECT_EQ(ENOEXEC, errno);	/* nothing of that out here */
	}
	EXPECT_EXIT(0, pid);
}
