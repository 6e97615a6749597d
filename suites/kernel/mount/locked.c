// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a mount namespace of a less privileged user namespace may not do to the mounts that it
 * was given. Each test does the same to a mount of its own, which must be allowed.
 */
#include "suite.h"
#include "suite_mount.h"

#include <sys/sysmacros.h>

SUITE("mount.locked", "kernel", "Mounts locked by a more privileged mount namespace");

#define NEEDS "ns.mnt ns.user mount.tmpfs mount.tmpfs_userns"
#define INSIDE (SW_CLONE_NEWUSER | SW_CLONE_NEWNS)

/* "given", a tmpfs with these flags that hides the file "given/secret". */
static int make_given(unsigned long flags)
{
	int r = suite_mount_base();

	if (r)
		return r;
	if (mkdir("given", 0755))
		return -errno;
	r = suite_file("given/secret", "s");
	if (!r)
		r = sys_mount("sw-given", "given", "tmpfs", 0, "size=1m");
	if (!r)
		r = suite_file("given/file", "f");
	if (!r && flags)
		r = sys_mount(NULL, "given", NULL, MS_REMOUNT | MS_BIND | flags, NULL);
	return r;
}

/* A tmpfs of the namespace's own. /proc is a directory that exists wherever we stand. */
static int make_own(unsigned long flags)
{
	return sys_mount("sw-own", "/proc", "tmpfs", flags, NULL);
}

SUITE_TEST(given_mount_cannot_be_unmounted,
	   .needs = NEEDS,
	   .promise = "mount_namespaces(7): Restrictions: mounts that come as a single unit are locked together")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_given(0));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EINVAL, sys_umount2("given", 0));
			EXPECT_REFUSED(EINVAL, sys_umount2("given", MNT_DETACH));
			EXPECT_EQ(-1, access("given/secret", F_OK));
			EXPECT_EQ(1, suite_mount_count("given"));
			/* Its own, on top of that, it may. */
			ASSERT_OK(sys_mount("sw-own", "given", "tmpfs", 0, NULL));
			EXPECT_EQ(2, suite_mount_count("given"));
			EXPECT_OK(sys_umount2("given", 0));
			EXPECT_REFUSED(EINVAL, sys_umount2("given", 0));
		}
		EXPECT_EXIT(0, inside);
		EXPECT_OK(sys_umount2("given", 0));	/* not locked for its owner */
		EXPECT_EQ(0, access("given/secret", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(given_mount_cannot_be_moved,
	   .needs = NEEDS,
	   .promise = "mount_namespaces(7): Restrictions: may not be separated in a less privileged mount namespace")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_given(0));
		ASSERT_SYS(mkdir("to", 0755));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EINVAL, sys_mount("given", "to", NULL, MS_MOVE, NULL));
			EXPECT_EQ(-1, access("given/secret", F_OK));
			ASSERT_OK(sys_mount("sw-own", "given", "tmpfs", 0, NULL));
			EXPECT_OK(sys_mount("given", "to", NULL, MS_MOVE, NULL));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_cannot_reveal_what_is_below,
	   .needs = NEEDS,
	   .promise = "mount_namespaces(7): Restrictions: the whole tree may be bound (MS_REC), not the top alone")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_given(0));
		ASSERT_OK(suite_mount_tmpfs("to"));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EINVAL, sys_mount(".", "to", NULL, MS_BIND, NULL));
			ASSERT_OK(sys_mount(".", "to", NULL, MS_BIND | MS_REC, NULL));
			EXPECT_EQ(0, access("to/given/file", F_OK));
			EXPECT_EQ(-1, access("to/given/secret", F_OK));
			/* Nor from the copy: the unit goes as a whole. */
			EXPECT_REFUSED(EINVAL, sys_umount2("to/given", MNT_DETACH));
			EXPECT_OK(sys_umount2("to", MNT_DETACH));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(file_mask_stays,
	   .needs = NEEDS,
	   .promise = "mount_namespaces(7): Restrictions: files hidden by a mount stay hidden")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char text[16] = "";

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_file("shadow", "secret"));
		ASSERT_OK(suite_file("mask", "mask"));
		ASSERT_OK(sys_mount("mask", "shadow", NULL, MS_BIND, NULL));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EINVAL, sys_umount2("shadow", MNT_DETACH));
			ASSERT_OK(suite_read("shadow", text, sizeof(text)));
			EXPECT_STREQ("mask", text);
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

/* A flag that was set may not be cleared inside; others may be added beside it; on an own mount it may. */
static void flag_is_locked(struct __test_metadata *_metadata, unsigned long flag, unsigned long added,
			   const char *word)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(make_given(flag));
		ASSERT_OK(suite_mount_info("given", &m));
		ASSERT_TRUE(suite_mount_has(m.options, word)) TH_LOG("%s", m.options);
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "given", NULL,
							MS_REMOUNT | MS_BIND | added, NULL));
			ASSERT_OK(suite_mount_info("given", &m));
			EXPECT_TRUE(suite_mount_has(m.options, word)) TH_LOG("%s", m.options);
			EXPECT_OK(sys_mount(NULL, "given", NULL, MS_REMOUNT | MS_BIND | added | flag,
					    NULL));
			ASSERT_OK(make_own(flag));
			EXPECT_OK(sys_mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND, NULL));
		}
		EXPECT_EXIT(0, inside);
		EXPECT_OK(sys_mount(NULL, "given", NULL, MS_REMOUNT | MS_BIND, NULL));
		ASSERT_OK(suite_mount_info("given", &m));
		EXPECT_FALSE(suite_mount_has(m.options, word)) TH_LOG("%s", m.options);
	}
	EXPECT_EXIT(0, pid);
}

#define RESTRICTIONS "mount_namespaces(7): Restrictions: MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_NODEV and atime flags are locked"

SUITE_TEST(read_only_stays, .needs = NEEDS, .promise = RESTRICTIONS)
{
	flag_is_locked(_metadata, MS_RDONLY, MS_NOSUID, "ro");
}

SUITE_TEST(nosuid_stays, .needs = NEEDS, .promise = RESTRICTIONS)
{
	flag_is_locked(_metadata, MS_NOSUID, MS_NOEXEC, "nosuid");
}

SUITE_TEST(noexec_stays, .needs = NEEDS, .promise = RESTRICTIONS)
{
	flag_is_locked(_metadata, MS_NOEXEC, MS_RDONLY, "noexec");
}

SUITE_TEST(nodev_stays, .needs = NEEDS, .promise = RESTRICTIONS)
{
	flag_is_locked(_metadata, MS_NODEV, MS_NOSUID, "nodev");
}

SUITE_TEST(atime_flags_stay, .needs = NEEDS, .promise = RESTRICTIONS)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(make_given(MS_NOATIME));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "given", NULL,
							MS_REMOUNT | MS_BIND | MS_RELATIME, NULL));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "given", NULL, MS_REMOUNT | MS_BIND |
							MS_STRICTATIME, NULL));
			ASSERT_OK(suite_mount_info("given", &m));
			EXPECT_TRUE(suite_mount_has(m.options, "noatime"));
			ASSERT_OK(make_own(MS_NOATIME));
			EXPECT_OK(sys_mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RELATIME,
					    NULL));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(copies_keep_the_locks,
	   .needs = NEEDS,
	   .promise = RESTRICTIONS)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_given(MS_RDONLY | MS_NODEV));
		ASSERT_SYS(mkdir("copy", 0755));
		CHILD(inside, INSIDE) {
			struct suite_mount m;

			ASSERT_OK(suite_map_self(0, 0));
			ASSERT_OK(sys_mount("given", "copy", NULL, MS_BIND, NULL));
			ASSERT_OK(suite_mount_info("copy", &m));
			EXPECT_TRUE(suite_mount_has(m.options, "ro"));
			EXPECT_TRUE(suite_mount_has(m.options, "nodev"));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "copy", NULL, MS_REMOUNT | MS_BIND | MS_NODEV,
							NULL));
			/* In a further namespace of the same user namespace as well. */
			ASSERT_OK(sys_unshare(SW_CLONE_NEWNS));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "copy", NULL, MS_REMOUNT | MS_BIND | MS_NODEV,
							NULL));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(super_block_is_its_owners,
	   .needs = NEEDS,
	   .promise = "user_namespaces(7): only the user namespace that owns a file system may remount it")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_given(0));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_REFUSED(EPERM, sys_mount(NULL, "given", NULL, MS_REMOUNT, "size=2m"));
			ASSERT_OK(make_own(0));
			EXPECT_OK(sys_mount(NULL, "/proc", NULL, MS_REMOUNT, "size=2m"));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(devices_cannot_be_made_inside,
	   .needs = NEEDS,
	   .promise = "mknod(2): EPERM; user_namespaces(7): devices need a capability in the initial user namespace")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct stat st;

		ASSERT_OK(make_given(0));
		ASSERT_SYS(mknod("given/null", S_IFCHR | 0666, makedev(1, 3)));
		ASSERT_SYS(open("given/null", O_RDWR | O_CLOEXEC));
		CHILD(inside, INSIDE) {
			ASSERT_OK(suite_map_self(0, 0));
			EXPECT_LE(0, open("given/null", O_RDWR | O_CLOEXEC));
			ASSERT_OK(sys_mount("sw-own", "given", "tmpfs", 0, NULL));
			EXPECT_EQ(-1, mknod("given/null", S_IFCHR | 0666, makedev(1, 3)));
			EXPECT_EQ(EPERM, errno);
			EXPECT_EQ(-1, stat("given/null", &st));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}
