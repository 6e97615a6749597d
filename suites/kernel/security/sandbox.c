// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("security.landlock", "kernel", "Sandboxes that need no privilege: rules, layers, what they forbid at once");

#define SYS_NR_landlock_add_rule_ 445
#define FS_WRITE_FILE	0x2u
#define FS_READ_FILE	0x4u
#define FS_MAKE_DIR	0x80u

/* A rule set that handles these rights. */
static int ruleset(uint64_t handled)
{
	return sys_call(SYS_NR_landlock_create_ruleset, (long)&handled, sizeof(handled), 0, 0, 0, 0);
}

static int allow(int set, const char *path, uint64_t rights)
{
	struct {
		uint64_t rights;
		int32_t fd;
	} __attribute__((packed)) rule = { rights, open(path, O_PATH | O_CLOEXEC) };
	int r = sys_call(SYS_NR_landlock_add_rule_, set, 1, (long)&rule, 0, 0, 0);

	close(rule.fd);
	return r;
}

static int restrict_self(int set)
{
	return sys_call(SYS_NR_landlock_restrict_self, set, 0, 0, 0, 0, 0);
}

/* Confine the caller: these rights, below path alone (NULL: nowhere). 0 or -errno. */
static int confine(uint64_t rights, const char *path)
{
	int set = ruleset(rights), r = set < 0 ? set : 0;

	if (!r && path)
		r = allow(set, path, rights);
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = -errno;
	if (!r)
		r = restrict_self(set);
	if (set >= 0)
		close(set);
	return r;
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* a/file and b/file in the scratch directory, which becomes the working directory. */
static int make_tree(void)
{
	int a, b;

	if (chdir(suite_scratch) || mkdir("a", 0755) || mkdir("b", 0755))
		return -errno;
	a = open("a/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	b = open("b/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (a < 0 || b < 0)
		return -errno;
	close(a);
	close(b);
	return 0;
}

SUITE_TEST(rules_say_what_is_left,
	   .needs = "security.landlock",
	   .promise = "landlock(7): Filesystem actions; Documentation/userspace-api/landlock.rst: Landlock rules")
{
	ASSERT_OK(make_tree());
	CHILD(pid, 0) {
		int before = open("b/file", O_RDWR | O_CLOEXEC);

		ASSERT_OK(confine(FS_READ_FILE | FS_WRITE_FILE, "a"));
		EXPECT_OK(try_open("a/file", O_RDWR));
		EXPECT_REFUSED(EACCES, try_open("b/file", O_RDONLY));
		EXPECT_REFUSED(EACCES, try_open("b/file", O_WRONLY));
		EXPECT_REFUSED(EACCES, try_open("a/../b/file", O_RDONLY));
		EXPECT_EQ(0, mkdir("b/dir", 0755));	/* not handled, not forbidden */
		EXPECT_EQ(1, write(before, "x", 1));	/* what was open stays so */
	}
	EXPECT_EXIT(0, pid);
	EXPECT_OK(try_open("b/file", O_RDWR));		/* the parent is free */
}

SUITE_TEST(rights_are_of_the_path_named,
	   .needs = "security.landlock",
	   .promise = "landlock_add_rule(2): allowed_access, parent_fd; EINVAL, EBADF, ENOMSG; landlock_create_ruleset(2)")
{
	ASSERT_OK(make_tree());
	CHILD(pid, 0) {
		int set = ruleset(FS_READ_FILE | FS_WRITE_FILE);

		ASSERT_OK(set);
		EXPECT_EQ(FD_CLOEXEC, fcntl(set, F_GETFD));
		EXPECT_REFUSED(EINVAL, ruleset(1ULL << 63));
		EXPECT_REFUSED(ENOMSG, ruleset(0));
		EXPECT_REFUSED(EINVAL, allow(set, "a", FS_MAKE_DIR));	/* is not handled by this set */
		EXPECT_REFUSED(ENOMSG, allow(set, "a", 0));
		EXPECT_REFUSED(EBADF, allow(set, "does-not-exist", FS_READ_FILE));
		ASSERT_OK(allow(set, "a", FS_READ_FILE));
		ASSERT_OK(allow(set, "b/file", FS_WRITE_FILE));
		ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		ASSERT_OK(restrict_self(set));
		EXPECT_OK(try_open("a/file", O_RDONLY));
		EXPECT_REFUSED(EACCES, try_open("a/file", O_WRONLY));
		EXPECT_OK(try_open("b/file", O_WRONLY));
		EXPECT_REFUSED(EACCES, try_open("b/file", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(layers_only_narrow,
	   .needs = "security.landlock",
	   .promise = "landlock(7): stacked rulesets; Documentation/userspace-api/landlock.rst: Layers of file path "
		      "access rights, Inheritance")
{
	ASSERT_OK(make_tree());
	CHILD(pid, 0) {
		ASSERT_OK(confine(FS_READ_FILE, "a"));
		CHILD(below, 0) {
			EXPECT_REFUSED(EACCES, try_open("b/file", O_RDONLY));	/* inherited */
			ASSERT_OK(confine(FS_READ_FILE, "/"));			/* gives nothing back */
			EXPECT_REFUSED(EACCES, try_open("b/file", O_RDONLY));
			EXPECT_OK(try_open("a/file", O_RDONLY));
			ASSERT_OK(confine(FS_READ_FILE, "b"));			/* nothing is in both */
			EXPECT_REFUSED(EACCES, try_open("b/file", O_RDONLY));
			EXPECT_REFUSED(EACCES, try_open("a/file", O_RDONLY));
		}
		EXPECT_EXIT(0, below);
		EXPECT_OK(try_open("a/file", O_RDONLY));	/* a child's layers are not ours */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(files_stay_in_their_directories,
	   .needs = "security.landlock",
	   .promise = "landlock(7): LANDLOCK_ACCESS_FS_REFER (always denied unless allowed; EXDEV)")
{
	ASSERT_OK(make_tree());
	CHILD(pid, 0) {
		ASSERT_OK(confine(FS_READ_FILE, "."));
		EXPECT_EQ(-1, rename("a/file", "b/moved"));
		EXPECT_EQ(EXDEV, errno);
		EXPECT_EQ(-1, link("a/file", "b/linked"));
		EXPECT_EQ(EXDEV, errno);
		EXPECT_EQ(0, rename("a/file", "a/other"));
		EXPECT_EQ(0, link("a/other", "a/file"));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, rename("a/file", "b/moved"));
}

SUITE_TEST(mounts_stay_as_they_are,
	   .needs = "security.landlock ns.mnt mount.tmpfs",
	   .promise = "Documentation/userspace-api/landlock.rst: Filesystem topology modification; "
		      "landlock(7): mount(2), pivot_root(2)")
{
	ASSERT_OK(make_tree());
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(sys_mount("sw-test", "a", "tmpfs", 0, NULL));
		ASSERT_OK(confine(FS_READ_FILE, "/"));
		EXPECT_REFUSED(EPERM, sys_mount("sw-test", "b", "tmpfs", 0, NULL));
		EXPECT_REFUSED(EPERM, sys_mount("a", "b", NULL, MS_BIND, NULL));
		EXPECT_REFUSED(EPERM, sys_mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
		EXPECT_REFUSED(EPERM, sys_umount2("a", 0));
		EXPECT_REFUSED(EPERM, sys_pivot_root("a", "a"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(confinement_needs_no_new_privs_or_a_capability,
	   .new_privs = true, .needs = "security.landlock", .unprivileged = true,
	   .promise = "landlock_restrict_self(2): EPERM, EINVAL, EBADFD")
{
	CHILD(pid, 0) {
		int set;

		ASSERT_OK(suite_become_ordinary());
		ASSERT_OK(set = ruleset(FS_READ_FILE));
		EXPECT_REFUSED(EPERM, restrict_self(set));
		EXPECT_OK(try_open("/proc/self/status", O_RDONLY));
		ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		EXPECT_REFUSED(EINVAL, (int)sys_call(SYS_NR_landlock_restrict_self, set, 1L << 31, 0, 0, 0, 0));
		EXPECT_REFUSED(EBADFD, restrict_self(STDIN_FILENO));
		EXPECT_OK(restrict_self(set));
		EXPECT_REFUSED(EACCES, try_open("/proc/self/status", O_RDONLY));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(outer_processes_cannot_be_traced,
	   .needs = "security.landlock checkpoint.ptrace_seize",
	   .promise = "landlock(7): ptrace(2) of a less restricted process is denied; "
		      "Documentation/userspace-api/landlock.rst: Ptrace restrictions")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, 0));
	for (int confined = 0; confined < 2; confined++) {
		CHILD(pid, 0) {
			long r;

			if (confined)
				ASSERT_OK(confine(FS_MAKE_DIR, NULL));
			r = sys_call(SYS_ptrace, 0x4206 /* PTRACE_SEIZE */, h.pid, 0, 0, 0, 0);
			EXPECT_EQ(confined ? -EPERM : 0, r);
		}
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EQ(0, ns_release(&h));
}
