// SPDX-License-Identifier: GPL-2.0-only
/* Device control of cgroup v2: no controller file, but BPF programs attached to the group (4.15). */
#include "device_programs.h"

#include <sys/sysmacros.h>

SUITE("cgroup.v2.devices", "kernel", "BPF device programs on cgroup v2");

#define PROMISE "Documentation/admin-guide/cgroup-v2.rst: device controller"

/*
 * struct bpf_cgroup_dev_ctx: access_type (low half: 1 block, 2 character; high half: 1 mknod,
 * 2 read, 4 write), major, minor. The program answers 1 to allow.
 */
static const struct insn deny_everything[] = { MOVE(0, 0), EXIT };
static const struct insn allow_null_only[] = {
	LOAD(2, 1, 0), AND(2, 0xffff), JUMP_NE(2, 2, 6),
	LOAD(2, 1, 4), JUMP_NE(2, 1, 4),
	LOAD(2, 1, 8), JUMP_NE(2, 3, 2),
	MOVE(0, 1), EXIT,
	MOVE(0, 0), EXIT,
};
static const struct insn allow_reading_only[] = {
	LOAD(2, 1, 0), AND(2, 4 << 16 | 1 << 16), JUMP_NE(2, 0, 2),
	MOVE(0, 1), EXIT,
	MOVE(0, 0), EXIT,
};

static int attach(const struct suite_cgroup *cg, const struct insn *insns, size_t count)
{
	__sw_fd int program = device_program(insns, count);

	return program < 0 ? program : device_command(PROG_ATTACH, cg, program, ALLOW_MULTI, 0);
}

SUITE_TEST(denied_device_gives_eperm,
	   .needs = "cgroup.v2.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, deny_everything, ARRAY_SIZE(deny_everything)));
	CHILD(pid, 0) {
		EXPECT_OK(device_open("/dev/null", O_RDWR));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_REFUSED(EPERM, device_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, device_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_OK(device_open("/dev/null", O_RDWR));
}

SUITE_TEST(allow_list_lets_through,
	   .needs = "cgroup.v2.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, allow_null_only, ARRAY_SIZE(allow_null_only)));
	CHILD(pid, 0) {
		char path[PATH_MAX + 8];

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_OK(device_open("/dev/null", O_RDWR));
		EXPECT_REFUSED(EPERM, device_open("/dev/zero", O_RDONLY));
		snprintf(path, sizeof(path), "%s/null", suite_scratch);
		EXPECT_EQ(0, mknod(path, S_IFCHR | 0600, makedev(1, 3)));
		snprintf(path, sizeof(path), "%s/zero", suite_scratch);
		EXPECT_EQ(-1, mknod(path, S_IFCHR | 0600, makedev(1, 5)));
		EXPECT_EQ(EPERM, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(access_kinds_are_told_apart,
	   .needs = "cgroup.v2.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, allow_reading_only, ARRAY_SIZE(allow_reading_only)));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_OK(device_open("/dev/zero", O_RDONLY));
		EXPECT_REFUSED(EPERM, device_open("/dev/zero", O_WRONLY));
		EXPECT_REFUSED(EPERM, device_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(child_cannot_have_more_than_parent,
	   .needs = "cgroup.v2.devices", .promise = PROMISE)
{
	struct suite_cgroup parent, child;

	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(attach(&parent, allow_null_only, ARRAY_SIZE(allow_null_only)));
	ASSERT_OK(attach(&child, allow_reading_only, ARRAY_SIZE(allow_reading_only)));
	CHILD(pid, 0) {
		ASSERT_OK(suite_cgroup_enter(&child, 0));
		EXPECT_OK(device_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, device_open("/dev/null", O_WRONLY));	/* the child's program */
		EXPECT_REFUSED(EPERM, device_open("/dev/zero", O_RDONLY));	/* the parent's */
	}
	EXPECT_EXIT(0, pid);
}
