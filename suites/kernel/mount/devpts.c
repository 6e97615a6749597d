// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private instances of devpts. A kernel without them accepts "newinstance" and mounts the one
 * shared instance, so nothing here trusts the return code of mount(2).
 */
#include "suite.h"
#include "suite_mount.h"

#include <sys/ioctl.h>

SUITE("devpts", "kernel", "Private instances of the pseudo-terminal filesystem");

#define OPTIONS "newinstance,ptmxmode=0666,mode=620,gid=5"

/* Mount a new instance on scratch/NAME; path gets that, or its length error. */
static int mount_instance(const char *name, char *path, size_t size, const char *options)
{
	if (snprintf(path, size, "%s/%s", suite_scratch, name) >= (int)size)
		return -ENAMETOOLONG;
	if (mkdir(path, 0755))
		return -errno;
	return sys_mount("devpts", path, "devpts", MS_NOSUID | MS_NOEXEC, options);
}

/* Open dir/ptmx and its slave. Returns the index, or -errno. */
static int open_pair(const char *dir, int *ret_master, int *ret_slave)
{
	char path[PATH_MAX + 32];
	int zero = 0, index = -1, master, slave;

	snprintf(path, sizeof(path), "%s/ptmx", dir);
	master = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return -errno;
	if (ioctl(master, TIOCGPTN, &index) || ioctl(master, TIOCSPTLCK, &zero)) {
		close(master);
		return -errno;
	}
	snprintf(path, sizeof(path), "%s/%d", dir, index);
	slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		close(master);
		return -errno;
	}
	*ret_master = master;
	*ret_slave = slave;
	return index;
}

/* Exactly len bytes: a terminal hands over what has come so far, and the echo comes in pieces. */
static ssize_t read_exactly(int fd, char *text, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, text + have, len - have);

		if (n <= 0)
			return n ? -errno : (ssize_t)have;
		have += n;
	}
	return have;
}

SUITE_TEST(instances_are_isolated,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char a[PATH_MAX], b[PATH_MAX], path[PATH_MAX + 8];
		int master, slave, other_master, other_slave;
		struct stat st;

		ASSERT_OK(mount_instance("a", a, sizeof(a), OPTIONS));
		ASSERT_OK(mount_instance("b", b, sizeof(b), OPTIONS));
		EXPECT_EQ(1, suite_count_entries(a));		/* ptmx alone: nobody else's terminals */
		/* Numbers start at 0 in each, whatever the other has open. */
		ASSERT_EQ(0, open_pair(a, &master, &slave));
		EXPECT_EQ(2, suite_count_entries(a));
		EXPECT_EQ(1, suite_count_entries(b));
		ASSERT_EQ(0, open_pair(b, &other_master, &other_slave));
		snprintf(path, sizeof(path), "%s/0", a);
		ASSERT_SYS(stat(path, &st));
		dev_t dev_a = st.st_dev;

		snprintf(path, sizeof(path), "%s/0", b);
		ASSERT_SYS(stat(path, &st));
		EXPECT_NE(dev_a, st.st_dev);
		/* What is written to one does not come out of the other. */
		EXPECT_EQ(2, write(slave, "a\n", 2));
		struct pollfd p = { .fd = other_master, .events = POLLIN };

		EXPECT_EQ(0, poll(&p, 1, 0));
		p.fd = master;
		EXPECT_EQ(1, poll(&p, 1, -1));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(carries_bytes_both_ways,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "pty(7), pts(4)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char dir[PATH_MAX], text[32];
		int master, slave;
		ssize_t n;

		ASSERT_OK(mount_instance("a", dir, sizeof(dir), OPTIONS));
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		EXPECT_TRUE(isatty(slave));
		EXPECT_EQ(6, write(master, "hello\n", 6));
		n = read_exactly(slave, text, 6);
		ASSERT_EQ(6, n);
		text[n] = 0;
		EXPECT_STREQ("hello\n", text);
		n = read_exactly(master, text, 7);	/* the echo, newline translated */
		ASSERT_EQ(7, n);
		text[n] = 0;
		EXPECT_STREQ("hello\r\n", text);
		EXPECT_EQ(3, write(slave, "out", 3));
		n = read_exactly(master, text, 3);
		ASSERT_EQ(3, n);
		text[n] = 0;
		EXPECT_STREQ("out", text);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(options_set_owner_and_modes,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "mount(8): devpts options gid=, mode=, ptmxmode=")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char dir[PATH_MAX], path[PATH_MAX + 8];
		int master, slave;
		struct stat st;

		ASSERT_OK(mount_instance("a", dir, sizeof(dir), OPTIONS));
		snprintf(path, sizeof(path), "%s/ptmx", dir);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(S_IFCHR | 0666, st.st_mode);
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		ASSERT_SYS(fstat(slave, &st));
		EXPECT_EQ(S_IFCHR | 0620, st.st_mode);
		EXPECT_EQ(5, st.st_gid);
		EXPECT_EQ(0, st.st_uid);
		/* An instance's options are its own. */
		ASSERT_OK(mount_instance("b", dir, sizeof(dir), "newinstance,ptmxmode=0600,mode=600,gid=7"));
		snprintf(path, sizeof(path), "%s/ptmx", dir);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		ASSERT_SYS(fstat(slave, &st));
		EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
		EXPECT_EQ(7, st.st_gid);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(ptmxmode_lets_others_open,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst: ptmxmode")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char open_dir[PATH_MAX], closed[PATH_MAX];
		int master, slave;
		struct stat st;

		ASSERT_OK(mount_instance("a", open_dir, sizeof(open_dir), OPTIONS));
		ASSERT_OK(mount_instance("b", closed, sizeof(closed), "newinstance,ptmxmode=0600"));
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		ASSERT_EQ(0, open_pair(open_dir, &master, &slave));
		ASSERT_SYS(fstat(slave, &st));
		EXPECT_EQ(SUITE_NOBODY, st.st_uid);	/* whoever opened ptmx owns the terminal */
		EXPECT_REFUSED(EACCES, open_pair(closed, &master, &slave));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(ptmx_link_opens_own_instance,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst: /dev/ptmx as a link to pts/ptmx")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char dir[PATH_MAX], path[PATH_MAX + 8];
		int fd, index = -1;

		ASSERT_OK(mount_instance("pts", dir, sizeof(dir), OPTIONS));
		snprintf(path, sizeof(path), "%s/ptmx", suite_scratch);
		ASSERT_SYS(symlink("pts/ptmx", path));
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		ASSERT_SYS(fd);
		ASSERT_SYS(ioctl(fd, TIOCGPTN, &index));
		EXPECT_EQ(0, index);
		snprintf(path, sizeof(path), "%s/0", dir);
		EXPECT_EQ(0, access(path, F_OK));
		close(fd);
		EXPECT_EQ(-1, access(path, F_OK));	/* the number is free again */
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(closing_the_master_hangs_up,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "pty(7), setsid(2): SIGHUP to the session, end of file for readers")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_line line;
		char dir[PATH_MAX], byte;
		int master, slave;
		long value;

		ASSERT_OK(suite_line(&line));
		ASSERT_OK(mount_instance("a", dir, sizeof(dir), OPTIONS));
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		CHILD(leader, 0) {
			suite_line_mine(&line, 1);
			close(master);
			ASSERT_SYS(setsid());
			ASSERT_SYS(ioctl(slave, TIOCSCTTY, 0));
			suite_tell(&line, 1);
			for (;;)
				pause();	/* SIGHUP ends it */
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		close(master);
		EXPECT_EXIT(SUITE_KILLED(SIGHUP), leader);
		EXPECT_EQ(0, read(slave, &byte, 1));
		struct pollfd p = { .fd = slave, .events = POLLIN };

		EXPECT_EQ(1, poll(&p, 1, 0));
		EXPECT_TRUE(p.revents & POLLHUP);
		EXPECT_EQ(-1, write(slave, "x", 1));
		EXPECT_EQ(EIO, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(max_bounds_an_instance,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst: max=; pts(4)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char small[PATH_MAX], other[PATH_MAX];
		int master[4], slave[4];

		ASSERT_OK(mount_instance("a", small, sizeof(small), OPTIONS ",max=2"));
		ASSERT_OK(mount_instance("b", other, sizeof(other), OPTIONS));
		ASSERT_EQ(0, open_pair(small, &master[0], &slave[0]));
		ASSERT_EQ(1, open_pair(small, &master[1], &slave[1]));
		EXPECT_REFUSED(ENOSPC, open_pair(small, &master[2], &slave[2]));
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(i, open_pair(other, &master[2], &slave[2]));
		}
		/* What is closed can be had again, under the lowest free number. */
		close(slave[0]);
		close(master[0]);
		EXPECT_EQ(0, open_pair(small, &master[0], &slave[0]));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bound_ptmx_opens_its_instance,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst: /dev/ptmx as a bind of pts/ptmx")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char dir[PATH_MAX], ptmx[PATH_MAX + 8], node[PATH_MAX + 8];
		int fd, index = -1;

		ASSERT_OK(mount_instance("pts", dir, sizeof(dir), OPTIONS));
		snprintf(ptmx, sizeof(ptmx), "%s/ptmx", dir);
		snprintf(node, sizeof(node), "%s/node", suite_scratch);
		fd = open(node, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		ASSERT_SYS(fd);
		close(fd);
		ASSERT_OK(sys_mount(ptmx, node, NULL, MS_BIND, NULL));
		fd = open(node, O_RDWR | O_NOCTTY | O_CLOEXEC);
		ASSERT_SYS(fd);
		ASSERT_SYS(ioctl(fd, TIOCGPTN, &index));
		EXPECT_EQ(0, index);
		EXPECT_EQ(2, suite_count_entries(dir));
		close(fd);
		EXPECT_EQ(1, suite_count_entries(dir));
		ASSERT_OK(sys_umount2(node, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(peer_opens_without_its_path,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "ioctl_tty(2): TIOCGPTPEER (4.13)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char dir[PATH_MAX], byte = 0;
		int master, slave, peer;
		struct stat a, b;

		ASSERT_OK(mount_instance("a", dir, sizeof(dir), OPTIONS));
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (!suite_kernel(4, 13)) {	/* not promised: an unknown ioctl */
			EXPECT_EQ(-1, peer);
			suite_child_exit(_metadata->passed ? 0 : 1);
		}
		ASSERT_SYS(peer);
		ASSERT_SYS(fstat(peer, &a));
		ASSERT_SYS(fstat(slave, &b));
		EXPECT_EQ(b.st_ino, a.st_ino);
		EXPECT_EQ(b.st_dev, a.st_dev);
		EXPECT_EQ(b.st_rdev, a.st_rdev);
		/* Also when the instance is nowhere to be found by a path any more. */
		close(peer);
		close(slave);
		ASSERT_OK(sys_umount2(dir, MNT_DETACH));
		peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		ASSERT_SYS(peer);
		EXPECT_EQ(1, write(peer, "p", 1));
		EXPECT_EQ(1, read(master, &byte, 1));
		EXPECT_EQ('p', byte);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(remount_changes_one_instance,
	   .needs = "mount.devpts_newinstance ns.mnt",
	   .promise = "Documentation/filesystems/devpts.rst: options of each instance, changed by remount")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char a[PATH_MAX], b[PATH_MAX], path[PATH_MAX + 8];
		int master, slave;
		struct stat st;

		ASSERT_OK(mount_instance("a", a, sizeof(a), OPTIONS));
		ASSERT_OK(mount_instance("b", b, sizeof(b), OPTIONS));
		ASSERT_OK(sys_mount("devpts", a, "devpts", MS_REMOUNT | MS_NOSUID | MS_NOEXEC,
				    "newinstance,ptmxmode=0640,mode=600,gid=9"));
		snprintf(path, sizeof(path), "%s/ptmx", a);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(0640, st.st_mode & 07777);
		ASSERT_EQ(0, open_pair(a, &master, &slave));
		ASSERT_SYS(fstat(slave, &st));
		EXPECT_EQ(0600, st.st_mode & 07777);
		EXPECT_EQ(9, st.st_gid);
		snprintf(path, sizeof(path), "%s/ptmx", b);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(0666, st.st_mode & 07777);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(user_namespace_has_instances_of_its_own,
	   .needs = "mount.devpts_newinstance ns.mnt ns.user",
	   .promise = "user_namespaces(7): devpts may be mounted (3.9)")
{
	CHILD(pid, SW_CLONE_NEWUSER | SW_CLONE_NEWNS) {
		char dir[PATH_MAX];
		int master, slave;
		struct stat st;

		ASSERT_OK(suite_map_self(0, 0));
		ASSERT_SYS(chdir(suite_scratch));
		/* The group must be one that is known inside. */
		EXPECT_REFUSED(EINVAL, mount_instance("a", dir, sizeof(dir), OPTIONS));
		ASSERT_OK(mount_instance("b", dir, sizeof(dir), "newinstance,ptmxmode=0666,mode=620,gid=0"));
		ASSERT_EQ(0, open_pair(dir, &master, &slave));
		ASSERT_SYS(fstat(slave, &st));
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
		EXPECT_EQ(S_IFCHR | 0620, st.st_mode);
		EXPECT_TRUE(isatty(slave));
	}
	EXPECT_EXIT(0, pid);
}
