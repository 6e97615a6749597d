// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block devices: limits, counters, weights. The device is a loop device with a memory file behind it, read
 * past the page cache, so that each request is the reader's. Of time, only lower bounds are asserted: what
 * a limit must take at least, with half allowed for; load only makes it longer.
 */
#include "suite.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "suite_cgtest.h"
#include "sw_loop.h"

static void remove_disks(void);

SUITE("cgroup.io", "kernel", "Block devices: limits, accounting and weights, cgroup v1 and v2", .sweep = remove_disks);

#define V1 "Documentation/admin-guide/cgroup-v1/blkio-controller.rst"
#define V2 "Documentation/admin-guide/cgroup-v2.rst: IO; "

#define BLOCK 4096
#define BLOCKS 64

/*
 * The devices are our own, of numbers that nobody uses, and are removed after each test: a loop device keeps a
 * thread, and with it the group, of each group that used it for a minute, or until it is removed (since
 * 5.14, 87579e9b7d8d); so long the controller could not go back to where it was.
 */
#define FIRST 341360
#define SEVERAL 16

struct disk {
	int fd, n;
	char dev[24];	/* "7:341360" */
	void *buffer;
};

/* Those that are not in use. Also those of a run that was killed. */
static void remove_disks(void)
{
	__sw_fd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	for (int n = FIRST; control >= 0 && n < FIRST + SEVERAL; n++)
		ioctl(control, SW_LOOP_CTL_REMOVE, n);
}

static int open_node(int n)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%d", n);
	fd = open(path, O_RDWR | O_CLOEXEC | O_DIRECT);
	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	/* No devtmpfs. */
	snprintf(path, sizeof(path), "%s/loop%d", suite_scratch, n);
	if (mknod(path, S_IFBLK | 0600, makedev(7, (unsigned int)n)) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_CLOEXEC | O_DIRECT);
	return fd < 0 ? -errno : fd;
}

/* Make the n-th loop device and put the file behind it; it comes off with the last close. */
static int make_loop(int n, int file)
{
	__sw_fd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int fd, r;

	if (control < 0 || ioctl(control, SW_LOOP_CTL_ADD, n) < 0)
		return -errno;
	fd = open_node(n);
	if (fd < 0)
		return fd;
	r = sw_loop_attach(fd, file, 0, NULL);
	if (!r)
		return fd;
	close(fd);
	return r;
}

static int disk_new(struct disk *d)
{
	struct stat st;
	int file = (int)sys_call(SYS_NR_memfd_create, (long)"sw-disk", 1 /* MFD_CLOEXEC */, 0, 0, 0, 0);

	if (file < 0)
		return file;
	d->fd = ftruncate(file, BLOCK * BLOCKS) ? -errno : -EEXIST;
	for (d->n = FIRST - 1; d->n < FIRST + SEVERAL - 1 && d->fd == -EEXIST;)
		d->fd = make_loop(++d->n, file);
	close(file);
	if (d->fd < 0)
		return d->fd;
	if (fstat(d->fd, &st) || posix_memalign(&d->buffer, BLOCK, BLOCK))
		return -ENOMEM;
	snprintf(d->dev, sizeof(d->dev), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

/* The file may come off in the background: busy until then, 5 s at most. */
static void disk_end(struct disk *d)
{
	__sw_fd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	struct timespec wait = { .tv_nsec = 5000000 };

	close(d->fd);
	free(d->buffer);
	for (int i = 0; i < 1000 && ioctl(control, SW_LOOP_CTL_REMOVE, d->n) < 0 && errno == EBUSY; i++)
		nanosleep(&wait, NULL);
}

/* Read so many blocks, one request each. Answers how long it took in ms, or -errno. */
static long disk_read(const struct disk *d, int blocks)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < blocks; i++)
		if (pread(d->fd, d->buffer, BLOCK, (off_t)(i % BLOCKS) * BLOCK) != BLOCK)
			return errno ? -errno : -EIO;
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static long disk_write(const struct disk *d, int blocks)
{
	memset(d->buffer, 7, BLOCK);
	for (int i = 0; i < blocks; i++)
		if (pwrite(d->fd, d->buffer, BLOCK, (off_t)(i % BLOCKS) * BLOCK) != BLOCK)
			return errno ? -errno : -EIO;
	return 0;
}

/* Have a process of the group read. How long it took, or -errno. */
static long read_inside(const struct disk *d, const struct suite_cgroup *cg, int blocks)
{
	struct suite_line line;
	long ms = -EPIPE;
	pid_t pid;

	if (suite_line(&line))
		return -EMFILE;
	pid = suite_clone(0);
	if (pid < 0)
		return pid;
	if (!pid) {
		int r;

		suite_line_mine(&line, 1);
		r = suite_cgroup_enter(cg, 0);
		suite_tell(&line, r ? r : disk_read(d, blocks));
		suite_child_exit(0);
	}
	suite_line_mine(&line, 0);
	suite_hear(&line, &ms);
	suite_line_close(&line);
	suite_wait(pid);
	return ms;
}

static int set_rule(const struct suite_cgroup *cg, const char *file, const struct disk *d, const char *rule)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", d->dev, rule);
	return suite_cgroup_write(cg, file, text);
}

/* The number after "DEVICE WHAT" of version 1. 0 if there is no such line. */
static long count_v1(const struct suite_cgroup *cg, const char *file, const struct disk *d, const char *what)
{
	char key[48];
	long value = 0;

	snprintf(key, sizeof(key), "%s%s%s", d->dev, *what ? " " : "", what);
	suite_cgroup_read_key(cg, file, key, &value);
	return value;
}

/* The number after "KEY=" in the device's line of a file of version 2. "max" is -1, no line -2. */
static long count_v2(const struct suite_cgroup *cg, const char *file, const struct disk *d, const char *key)
{
	char text[8192], start[32], *line, *at;

	if (suite_cgroup_read(cg, file, text, sizeof(text)) < 0)
		return -2;
	snprintf(start, sizeof(start), "%s ", d->dev);
	for (line = text; strncmp(line, start, strlen(start)); line++) {
		line = strchr(line, '\n');
		if (!line)
			return -2;
	}
	line[strcspn(line, "\n")] = 0;
	snprintf(start, sizeof(start), " %s=", key);
	at = strstr(line, start);
	if (!at)
		return -2;
	at += strlen(start);
	return strncmp(at, "max", 3) ? strtol(at, NULL, 10) : -1;
}

/* ---- version 1 ---- */

SUITE_TEST(v1_requests_are_limited, .needs = "cgroup.v1.blkio_throttle mount.loop",
	   .promise = V1 ": blkio.throttle.read_iops_device")
{
	struct suite_cgroup cg;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "blkio", 1));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&cg, "blkio.throttle.read_iops_device", &d, "20"));
	EXPECT_LE(150, read_inside(&d, &cg, 8));	/* 350 by the limit, less a slice */
	disk_end(&d);
}

SUITE_TEST(v1_bytes_are_limited, .needs = "cgroup.v1.blkio_throttle mount.loop",
	   .promise = V1 ": blkio.throttle.read_bps_device")
{
	struct suite_cgroup cg;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "blkio", 1));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&cg, "blkio.throttle.read_bps_device", &d, "81920"));
	EXPECT_LE(150, read_inside(&d, &cg, 8));	/* 350 by the limit, less a slice */
	disk_end(&d);
}

SUITE_TEST(v1_rules_are_shown_and_go_by_zero, .needs = "cgroup.v1.blkio_throttle mount.loop",
	   .promise = V1 ": blkio.throttle.read_bps_device")
{
	static const char *const files[] = {
		"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
		"blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
	};
	struct suite_cgroup cg, child;
	struct disk d;
	char text[256];

	ASSERT_OK(suite_cgroup_new(&cg, "blkio", 1));
	ASSERT_OK(disk_new(&d));
	for (int i = 0; i < 4; i++) {
		ASSERT_OK(set_rule(&cg, files[i], &d, "1048576"));
		EXPECT_EQ(1048576, count_v1(&cg, files[i], &d, ""));
	}
	/* A rule is the group's own. */
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "blkio"));
	for (int i = 0; i < 4; i++) {
		ASSERT_OK(suite_cgroup_read(&child, files[i], text, sizeof(text)));
		EXPECT_STREQ("", text);
		ASSERT_OK(set_rule(&cg, files[i], &d, "0"));
		ASSERT_OK(suite_cgroup_read(&cg, files[i], text, sizeof(text)));
		EXPECT_STREQ("", text);
	}
	EXPECT_REFUSED(ENODEV, suite_cgroup_write(&cg, files[0], "0:0 1048576"));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, files[0], "none 1048576"));
	disk_end(&d);
}

SUITE_TEST(v1_transfers_are_counted, .needs = "cgroup.v1.blkio_throttle mount.loop",
	   .promise = V1 ": blkio.throttle.io_service_bytes, io_serviced")
{
	struct suite_cgroup cg, other;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "blkio", 1));
	ASSERT_OK(suite_cgroup_new(&other, "blkio", 1));
	ASSERT_OK(disk_new(&d));
	/* A kernel may count only where there is a rule: so there is one for each direction. */
	ASSERT_OK(set_rule(&cg, "blkio.throttle.read_bps_device", &d, "1073741824"));
	ASSERT_OK(set_rule(&cg, "blkio.throttle.write_bps_device", &d, "1073741824"));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(disk_read(&d, 10));
		ASSERT_OK(disk_write(&d, 5));
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(disk_read(&d, 10));	/* not of the group */
	EXPECT_EQ(10 * BLOCK, count_v1(&cg, "blkio.throttle.io_service_bytes", &d, "Read"));
	EXPECT_EQ(5 * BLOCK, count_v1(&cg, "blkio.throttle.io_service_bytes", &d, "Write"));
	EXPECT_EQ(10, count_v1(&cg, "blkio.throttle.io_serviced", &d, "Read"));
	EXPECT_EQ(5, count_v1(&cg, "blkio.throttle.io_serviced", &d, "Write"));
	EXPECT_EQ(15, count_v1(&cg, "blkio.throttle.io_serviced", &d, "Total"));
	EXPECT_EQ(0, count_v1(&other, "blkio.throttle.io_serviced", &d, "Total"));
	disk_end(&d);
}

SUITE_TEST(v1_recursive_counts_have_those_below, .needs = "cgroup.v1.blkio_throttle mount.loop",
	   .promise = V1 ": Hierarchical Cgroups; blkio.throttle.io_service_bytes_recursive, since 4.17")
{
	struct suite_cgroup cg, child;
	struct disk d;

	if (!suite_kernel(4, 17)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(suite_cgroup_new(&cg, "blkio", 1));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "blkio"));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&child, "blkio.throttle.read_bps_device", &d, "1073741824"));
	ASSERT_OK(read_inside(&d, &child, 10));
	EXPECT_EQ(10 * BLOCK, count_v1(&child, "blkio.throttle.io_service_bytes", &d, "Read"));
	EXPECT_EQ(0, count_v1(&cg, "blkio.throttle.io_service_bytes", &d, "Read"));
	EXPECT_EQ(10 * BLOCK, count_v1(&cg, "blkio.throttle.io_service_bytes_recursive", &d, "Read"));
	EXPECT_EQ(10, count_v1(&cg, "blkio.throttle.io_serviced_recursive", &d, "Read"));
	disk_end(&d);
}

/* ---- version 2 ---- */

SUITE_TEST(v2_requests_are_limited, .needs = "cgroup.v2.io_max mount.loop", .promise = V2 "io.max")
{
	struct suite_cgroup cg;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "io", 2));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&cg, "io.max", &d, "riops=20"));
	EXPECT_LE(150, read_inside(&d, &cg, 8));	/* 350 by the limit, less a slice */
	disk_end(&d);
}

SUITE_TEST(v2_parents_limit_binds_children, .needs = "cgroup.v2.io_max mount.loop",
	   .promise = V2 "io.max; Limits")
{
	struct suite_cgroup cg, child;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "io", 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "io"));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&cg, "io.max", &d, "rbps=81920"));
	ASSERT_OK(set_rule(&child, "io.max", &d, "rbps=819200000"));
	EXPECT_LE(150, read_inside(&d, &child, 8));	/* 350 by the limit, less a slice */
	disk_end(&d);
}

SUITE_TEST(v2_rules_are_kept_by_key, .needs = "cgroup.v2.io_max mount.loop", .promise = V2 "io.max")
{
	struct suite_cgroup cg;
	struct disk d;
	char text[256];

	ASSERT_OK(suite_cgroup_new(&cg, "io", 2));
	ASSERT_OK(disk_new(&d));
	ASSERT_OK(set_rule(&cg, "io.max", &d, "rbps=2097152 wiops=120"));
	EXPECT_EQ(2097152, count_v2(&cg, "io.max", &d, "rbps"));
	EXPECT_EQ(-1, count_v2(&cg, "io.max", &d, "wbps"));
	EXPECT_EQ(-1, count_v2(&cg, "io.max", &d, "riops"));
	EXPECT_EQ(120, count_v2(&cg, "io.max", &d, "wiops"));
	ASSERT_OK(set_rule(&cg, "io.max", &d, "wiops=max"));	/* the others stay */
	EXPECT_EQ(2097152, count_v2(&cg, "io.max", &d, "rbps"));
	EXPECT_EQ(-1, count_v2(&cg, "io.max", &d, "wiops"));
	EXPECT_REFUSED(EINVAL, set_rule(&cg, "io.max", &d, "speed=1"));
	EXPECT_REFUSED(ERANGE, set_rule(&cg, "io.max", &d, "rbps=0"));
	EXPECT_REFUSED(ENODEV, suite_cgroup_write(&cg, "io.max", "0:0 rbps=2097152"));
	ASSERT_OK(set_rule(&cg, "io.max", &d, "rbps=max"));
	ASSERT_OK(suite_cgroup_read(&cg, "io.max", text, sizeof(text)));
	EXPECT_STREQ("", text);
	disk_end(&d);
}

SUITE_TEST(v2_transfers_are_counted, .needs = "cgroup.v2.io mount.loop", .promise = V2 "io.stat")
{
	struct suite_cgroup cg, child;
	struct disk d;

	ASSERT_OK(suite_cgroup_new(&cg, "io", 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "io"));
	ASSERT_OK(disk_new(&d));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		ASSERT_OK(disk_read(&d, 10));
		ASSERT_OK(disk_write(&d, 5));
	}
	EXPECT_EXIT(0, pid);
	ASSERT_OK(disk_read(&d, 10));	/* not of the group */
	for (int i = 0; i < 2; i++) {
		const struct suite_cgroup *who = i ? &cg : &child;

		EXPECT_EQ(10 * BLOCK, count_v2(who, "io.stat", &d, "rbytes"));
		EXPECT_EQ(5 * BLOCK, count_v2(who, "io.stat", &d, "wbytes"));
		EXPECT_EQ(10, count_v2(who, "io.stat", &d, "rios"));
		EXPECT_EQ(5, count_v2(who, "io.stat", &d, "wios"));
	}
	disk_end(&d);
}

SUITE_TEST(v2_weight_is_bounded, .needs = "cgroup.v2.io_weight", .promise = V2 "io.weight")
{
	struct suite_cgroup cg, child;

	ASSERT_OK(suite_cgroup_new(&cg, "io", 2));
	EXPECT_EQ(1, cgtest_has_line(&cg, "io.weight", "default 100"));
	ASSERT_OK(suite_cgroup_write(&cg, "io.weight", "default 10000"));
	EXPECT_GT(0, suite_cgroup_write(&cg, "io.weight", "0"));
	EXPECT_GT(0, suite_cgroup_write(&cg, "io.weight", "default 10001"));
	EXPECT_EQ(1, cgtest_has_line(&cg, "io.weight", "default 10000"));
	ASSERT_OK(suite_cgroup_write(&cg, "io.weight", "1"));
	EXPECT_EQ(1, cgtest_has_line(&cg, "io.weight", "default 1"));
	/* Weights divide among siblings and are not inherited. */
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", "io"));
	EXPECT_EQ(1, cgtest_has_line(&child, "io.weight", "default 100"));
}
