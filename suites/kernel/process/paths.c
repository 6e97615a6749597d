// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include "../ns/ns_util.h"

SUITE("process.openat2", "kernel", "Paths that cannot leave where they are confined (openat2 RESOLVE_*)");

static int try_open(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct sys_open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	int fd = sys_openat2(dir, path, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd;
}

/* root/{file,dir/,up -> ..,abs -> /file,in -> file} and outside beside root. Returns root, an O_PATH. */
static int make_tree(void)
{
	static const struct {
		const char *name, *to;
	} links[] = { { "up", ".." }, { "abs", "/file" }, { "in", "file" }, { "climb", "../../../file" } };
	int base = open(suite_scratch, O_PATH | O_DIRECTORY | O_CLOEXEC), root, fd;

	if (base < 0 || mkdirat(base, "root", 0755))
		return -errno;
	root = openat(base, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || mkdirat(root, "dir", 0755))
		return -errno;
	fd = openat(root, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	fd = openat(base, "outside", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].to, root, links[i].name))
			return -errno;
	close(base);
	return root;
}

SUITE_TEST(beneath_refuses_every_way_out,
	   .needs = "process.openat2", .unprivileged = true,
	   .promise = "openat2(2): RESOLVE_BENEATH; ERRORS (EXDEV)")
{
	int root = make_tree();

	ASSERT_OK(root);
	EXPECT_OK(try_open(root, "file", 0, SW_RESOLVE_BENEATH));
	EXPECT_OK(try_open(root, "in", 0, SW_RESOLVE_BENEATH));
	EXPECT_OK(try_open(root, "dir/../file", 0, SW_RESOLVE_BENEATH));
	EXPECT_OK(try_open(root, "../outside", 0, 0));
	EXPECT_REFUSED(EXDEV, try_open(root, "../outside", 0, SW_RESOLVE_BENEATH));
	EXPECT_REFUSED(EXDEV, try_open(root, "..", O_PATH, SW_RESOLVE_BENEATH));
	EXPECT_REFUSED(EXDEV, try_open(root, "dir/../../outside", 0, SW_RESOLVE_BENEATH));
	EXPECT_REFUSED(EXDEV, try_open(root, "up/outside", 0, SW_RESOLVE_BENEATH));
	EXPECT_REFUSED(EXDEV, try_open(root, "abs", 0, SW_RESOLVE_BENEATH));
	EXPECT_REFUSED(EXDEV, try_open(root, suite_scratch, O_PATH, SW_RESOLVE_BENEATH));
	close(root);
}

SUITE_TEST(in_root_makes_the_directory_the_root,
	   .needs = "process.openat2", .unprivileged = true,
	   .promise = "openat2(2): RESOLVE_IN_ROOT (absolute paths and links, and .., are as under chroot(2))")
{
	static const char *const same[] = { "/file", "abs", "climb", "../file", "up/file", "/up/../file",
					    "dir/../../../file" };
	struct stat want, got;
	int root = make_tree();

	ASSERT_OK(root);
	ASSERT_SYS(fstatat(root, "file", &want, 0));
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct sys_open_how how = { .flags = O_CLOEXEC, .resolve = SW_RESOLVE_IN_ROOT };
		int fd = sys_openat2(root, same[i], &how, sizeof(how));

		EXPECT_LE(0, fd) TH_LOG("%s: %s", same[i], sw_errno_name(-fd));
		EXPECT_TRUE(fd >= 0 && !fstat(fd, &got) && got.st_ino == want.st_ino) TH_LOG("%s", same[i]);
		close(fd);
	}
	EXPECT_REFUSED(ENOENT, try_open(root, "../outside", 0, SW_RESOLVE_IN_ROOT));
	EXPECT_REFUSED(EINVAL, try_open(root, "file", 0, SW_RESOLVE_IN_ROOT | SW_RESOLVE_BENEATH));
	close(root);
}

SUITE_TEST(no_symlinks_refuses_all_of_them,
	   .needs = "process.openat2", .unprivileged = true,
	   .promise = "openat2(2): RESOLVE_NO_SYMLINKS; ERRORS (ELOOP)")
{
	int root = make_tree();

	ASSERT_OK(root);
	EXPECT_OK(try_open(root, "file", 0, SW_RESOLVE_NO_SYMLINKS));
	EXPECT_REFUSED(ELOOP, try_open(root, "in", 0, SW_RESOLVE_NO_SYMLINKS));
	EXPECT_REFUSED(ELOOP, try_open(root, "up/outside", 0, SW_RESOLVE_NO_SYMLINKS));
	/* The last one may be opened as itself. */
	EXPECT_OK(try_open(root, "in", O_PATH | O_NOFOLLOW, SW_RESOLVE_NO_SYMLINKS));
	EXPECT_REFUSED(ELOOP, try_open(root, "up/outside", O_PATH | O_NOFOLLOW, SW_RESOLVE_NO_SYMLINKS));
	close(root);
}

SUITE_TEST(no_magiclinks_refuses_those_of_proc,
	   .needs = "process.openat2", .unprivileged = true,
	   .promise = "openat2(2): RESOLVE_NO_MAGICLINKS; ERRORS (ELOOP)")
{
	char path[64];
	int root = make_tree(), file;

	ASSERT_OK(root);
	file = openat(root, "file", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	EXPECT_OK(try_open(AT_FDCWD, path, 0, 0));
	EXPECT_REFUSED(ELOOP, try_open(AT_FDCWD, path, 0, SW_RESOLVE_NO_MAGICLINKS));
	EXPECT_REFUSED(ELOOP, try_open(AT_FDCWD, "/proc/self/root/proc", O_PATH, SW_RESOLVE_NO_MAGICLINKS));
	EXPECT_OK(try_open(AT_FDCWD, "/proc/self/status", 0, SW_RESOLVE_NO_MAGICLINKS));
	EXPECT_OK(try_open(root, "in", 0, SW_RESOLVE_NO_MAGICLINKS));
	EXPECT_REFUSED(ELOOP, try_open(AT_FDCWD, path, 0, SW_RESOLVE_NO_SYMLINKS));
	close(root);
}

SUITE_TEST(no_xdev_stays_on_the_mount,
	   .needs = "process.openat2 ns.mnt mount.tmpfs",
	   .promise = "openat2(2): RESOLVE_NO_XDEV (no mount is crossed, also a bind mount); ERRORS (EXDEV)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char path[PATH_MAX + 16];
		int root = make_tree(), dir;

		ASSERT_OK(root);
		snprintf(path, sizeof(path), "%s/root/dir", suite_scratch);
		EXPECT_OK(try_open(root, "dir", O_PATH, SW_RESOLVE_NO_XDEV));
		ASSERT_OK(sys_mount(path, path, NULL, MS_BIND, NULL));
		EXPECT_REFUSED(EXDEV, try_open(root, "dir", O_PATH, SW_RESOLVE_NO_XDEV));
		EXPECT_OK(try_open(root, "dir", O_PATH, 0));
		EXPECT_OK(try_open(root, "file", 0, SW_RESOLVE_NO_XDEV));
		ASSERT_OK(sys_mount("sw-test", path, "tmpfs", 0, NULL));
		EXPECT_REFUSED(EXDEV, try_open(root, "dir", O_PATH, SW_RESOLVE_NO_XDEV));
		/* Nor is it left upwards. */
		dir = openat(root, "dir", O_PATH | O_DIRECTORY | O_CLOEXEC);
		ASSERT_LE(0, dir);
		EXPECT_REFUSED(EXDEV, try_open(dir, "..", O_PATH, SW_RESOLVE_NO_XDEV));
		EXPECT_OK(try_open(dir, ".", O_PATH, SW_RESOLVE_NO_XDEV));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(unknown_requests_are_refused,
	   .needs = "process.openat2", .unprivileged = true,
	   .promise = "openat2(2): ERRORS (EINVAL: unknown flag, resolve or mode; E2BIG), Extensibility")
{
	struct {
		struct sys_open_how how;
		uint64_t more;
	} big = { .how.flags = O_RDONLY | O_CLOEXEC };
	int root = make_tree(), fd;

	ASSERT_OK(root);
	EXPECT_REFUSED(EINVAL, try_open(root, "file", 0, 1ULL << 62));
	EXPECT_REFUSED(EINVAL, try_open(root, "file", 1ULL << 62, 0));
	big.how.mode = 0644;		/* without O_CREAT */
	EXPECT_REFUSED(EINVAL, sys_openat2(root, "file", &big.how, sizeof(big.how)));
	big.how.mode = 0;
	EXPECT_REFUSED(EINVAL, sys_openat2(root, "file", &big.how, sizeof(big.how) - 1));
	EXPECT_OK(fd = sys_openat2(root, "file", &big.how, sizeof(big)));
	close(fd);
	big.more = 1;
	EXPECT_REFUSED(E2BIG, sys_openat2(root, "file", &big.how, sizeof(big)));
	close(root);
}
