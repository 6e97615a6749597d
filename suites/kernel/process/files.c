// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("process.files", "kernel", "Files without a name: seals of memfd_create(2), programs by descriptor");

#define MFD_CLOEXEC_	1
#define MFD_SEALING	2
#define ADD_SEALS	1033	/* F_ADD_SEALS, linux/fcntl.h */
#define GET_SEALS	1034
#define SEAL_SEAL	1
#define SEAL_SHRINK	2
#define SEAL_GROW	4
#define SEAL_WRITE	8

static int memfd(unsigned int flags)
{
	return sys_call(SYS_NR_memfd_create, (long)"sw-test", MFD_CLOEXEC_ | flags, 0, 0, 0, 0);
}

SUITE_TEST(seals_forbid_what_they_name,
	   .needs = "process.memfd", .unprivileged = true,
	   .promise = "memfd_create(2): File sealing; F_GET_SEALS(2const): F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE (EPERM)")
{
	int fd = memfd(MFD_SEALING), again;
	char path[64], c = 'x';

	ASSERT_OK(fd);
	ASSERT_SYS(ftruncate(fd, 4096));
	ASSERT_SYS(fcntl(fd, ADD_SEALS, SEAL_SHRINK));
	EXPECT_EQ(-1, ftruncate(fd, 1));
	EXPECT_EQ(EPERM, errno);
	ASSERT_SYS(ftruncate(fd, 8192));
	ASSERT_SYS(fcntl(fd, ADD_SEALS, SEAL_GROW));
	EXPECT_EQ(-1, ftruncate(fd, 16384));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, pwrite(fd, &c, 1, 8192));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(1, pwrite(fd, &c, 1, 0));
	ASSERT_SYS(fcntl(fd, ADD_SEALS, SEAL_WRITE));
	/* They are the file's, not the descriptor's. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, again);
	EXPECT_EQ(SEAL_SHRINK | SEAL_GROW | SEAL_WRITE, fcntl(again, GET_SEALS));
	EXPECT_EQ(-1, pwrite(again, &c, 1, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_NE(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, again, 0));
	EXPECT_EQ(1, pread(again, &c, 1, 0));
	EXPECT_EQ('x', c);
}

SUITE_TEST(seals_cannot_be_forged_or_taken_back,
	   .needs = "process.memfd", .unprivileged = true,
	   .promise = "F_GET_SEALS(2const): F_SEAL_SEAL, EBUSY, EPERM; memfd_create(2): MFD_ALLOW_SEALING, EINVAL")
{
	int fd = memfd(MFD_SEALING), plain = memfd(0), ro;
	char path[64];
	void *map;

	ASSERT_OK(fd);
	ASSERT_OK(plain);
	EXPECT_EQ(SEAL_SEAL, fcntl(plain, GET_SEALS));
	EXPECT_EQ(-1, fcntl(plain, ADD_SEALS, SEAL_GROW));
	EXPECT_EQ(EPERM, errno);
	EXPECT_REFUSED(EINVAL, memfd(0x10000000));
	ASSERT_SYS(ftruncate(fd, 4096));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, fcntl(fd, ADD_SEALS, SEAL_WRITE));	/* somebody could still write */
	EXPECT_EQ(EBUSY, errno);
	ASSERT_SYS(munmap(map, 4096));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, ro);
	EXPECT_EQ(-1, fcntl(ro, ADD_SEALS, SEAL_WRITE));	/* who may not write may not seal */
	EXPECT_EQ(EPERM, errno);
	ASSERT_SYS(fcntl(fd, ADD_SEALS, SEAL_WRITE | SEAL_SEAL));
	EXPECT_EQ(-1, fcntl(fd, ADD_SEALS, SEAL_GROW));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(SEAL_WRITE | SEAL_SEAL, fcntl(fd, GET_SEALS));
}

static long exec_fd(int fd, const char *path, int flags)
{
	char *argv[] = { "seaworthy", "inside", "exit", "9", NULL }, *envp[] = { NULL };

	return sys_call(SYS_NR_execveat, fd, (long)path, (long)argv, (long)envp, flags, 0);
}

SUITE_TEST(programs_run_by_descriptor,
	   .needs = "process.execveat process.memfd", .unprivileged = true,
	   .promise = "execveat(2): AT_EMPTY_PATH (O_PATH, also close-on-exec; a file without a name)")
{
	static char buf[1 << 16];
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy = memfd(0), by_path;
	ssize_t n;

	ASSERT_LE(0, self);
	ASSERT_OK(copy);
	by_path = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	ASSERT_LE(0, by_path);
	while ((n = read(self, buf, sizeof(buf))) > 0)
		ASSERT_OK(sw_write_all(copy, buf, n));
	ASSERT_EQ(0, n);
	for (int i = 0; i < 3; i++) {
		int fd = (int[]){ self, by_path, copy }[i];
		pid_t pid = suite_clone(0);

		ASSERT_OK(pid);
		if (!pid)
			_exit(exec_fd(fd, "", 0x1000 /* AT_EMPTY_PATH */) == -EACCES ? 1 : 2);
		EXPECT_EXIT(9, pid);
	}
}

SUITE_TEST(programs_by_descriptor_have_limits,
	   .needs = "process.execveat process.memfd", .unprivileged = true,
	   .promise = "execveat(2): ERRORS (ELOOP with AT_SYMLINK_NOFOLLOW, ENOENT: a script whose descriptor is "
		      "close-on-exec, EINVAL, ENOTDIR)")
{
	static const char script[] = "#!/proc/self/exe\n";
	int fd = memfd(0), dir = open(suite_scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);

	ASSERT_OK(fd);
	ASSERT_LE(0, dir);
	ASSERT_OK(sw_write_all(fd, script, sizeof(script) - 1));
	ASSERT_SYS(symlinkat("/proc/self/exe", dir, "link"));
	CHILD(pid, 0) {
		/* Its interpreter would be given a name below /dev/fd that is closed by then. */
		EXPECT_REFUSED(ENOENT, exec_fd(fd, "", 0x1000));
		EXPECT_REFUSED(ENOENT, exec_fd(fd, "", 0));
		EXPECT_REFUSED(ENOTDIR, exec_fd(fd, "link", 0));
		EXPECT_REFUSED(ELOOP, exec_fd(dir, "link", 0x100 /* AT_SYMLINK_NOFOLLOW */));
		EXPECT_REFUSED(EINVAL, exec_fd(dir, "link", 1 << 30));
		EXPECT_REFUSED(EACCES, exec_fd(dir, "", 0x1000));
	}
	EXPECT_EXIT(0, pid);
}
