// SPDX-License-Identifier: GPL-2.0-only
/* How several device programs of several groups add up. */
#include "device_programs.h"

SUITE("cgroup.v2.device_programs", "kernel", "Order and inheritance of BPF device programs");

#define PROMISE "Documentation/admin-guide/cgroup-v2.rst: device controller; "
#define NEEDS "cgroup.v2.devices"

/* A program that allows everything but this minor of major 1 (-1: nothing is excepted; -2: all are). */
static int program(int minor)
{
	const struct insn insns[] = {
		LOAD(2, 1, 8),				/* minor */
		MOVE(0, 0),				/* deny */
		JUMP_EQ(2, minor == -2 ? 0 : minor, minor == -2 ? 0 : 1),
		MOVE(0, minor != -2),			/* allow */
		EXIT,
	};

	return device_program(insns, ARRAY_SIZE(insns));
}

static int attach(const struct suite_cgroup *cg, int fd, uint32_t flags)
{
	return device_command(PROG_ATTACH, cg, fd, flags, 0);
}

/* In a group: are /dev/null (1:3) and /dev/zero (1:5) refused? Errnos by bits: 1 null, 2 zero. */
static int refused_in(const struct suite_cgroup *cg)
{
	pid_t pid = suite_clone(0);

	if (pid == 0) {
		int null, zero;

		if (suite_cgroup_enter(cg, 0))
			suite_child_exit(16);
		null = device_open("/dev/null", O_RDONLY);
		zero = device_open("/dev/zero", O_RDONLY);
		if ((null && null != -EPERM) || (zero && zero != -EPERM))
			suite_child_exit(8);
		suite_child_exit((null ? 1 : 0) | (zero ? 2 : 0));
	}
	return pid < 0 ? pid : suite_wait(pid);
}

SUITE_TEST(all_of_several_must_allow, .needs = NEEDS, .promise = PROMISE "BPF_F_ALLOW_MULTI, bpf(2)")
{
	struct suite_cgroup cg;
	__sw_fd int no_null = program(3), no_zero = program(5);

	ASSERT_OK(no_null);
	ASSERT_OK(no_zero);
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	EXPECT_EQ(0, refused_in(&cg));
	ASSERT_OK(attach(&cg, no_null, ALLOW_MULTI));
	EXPECT_EQ(1, refused_in(&cg));
	ASSERT_OK(attach(&cg, no_zero, ALLOW_MULTI));
	EXPECT_EQ(3, refused_in(&cg));
	ASSERT_OK(device_command(PROG_DETACH, &cg, no_null, 0, 0));
	EXPECT_EQ(2, refused_in(&cg));
	ASSERT_OK(device_command(PROG_DETACH, &cg, no_zero, 0, 0));
	EXPECT_EQ(0, refused_in(&cg));
}

SUITE_TEST(groups_below_inherit, .needs = NEEDS, .promise = PROMISE "attached to cgroups")
{
	struct suite_cgroup parent, before, after;
	__sw_fd int no_null = program(3);

	ASSERT_OK(no_null);
	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&before, &parent, "before", NULL));
	ASSERT_OK(attach(&parent, no_null, ALLOW_MULTI));
	ASSERT_OK(suite_cgroup_child(&after, &parent, "after", NULL));
	EXPECT_EQ(1, refused_in(&before));
	EXPECT_EQ(1, refused_in(&after));
	ASSERT_OK(device_command(PROG_DETACH, &parent, no_null, 0, 0));
	EXPECT_EQ(0, refused_in(&before));
	EXPECT_EQ(0, refused_in(&after));
}

SUITE_TEST(without_flags_none_below_attaches, .needs = NEEDS,
	   .promise = "include/uapi/linux/bpf.h: NONE(default)")
{
	struct suite_cgroup parent, child;
	__sw_fd int no_null = program(3), everything = program(-1);

	ASSERT_OK(no_null);
	ASSERT_OK(everything);
	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(attach(&parent, no_null, NO_FLAG));
	EXPECT_REFUSED(EPERM, attach(&child, everything, NO_FLAG));
	EXPECT_REFUSED(EPERM, attach(&child, everything, ALLOW_OVERRIDE));
	EXPECT_REFUSED(EPERM, attach(&child, everything, ALLOW_MULTI));
	EXPECT_EQ(1, refused_in(&child));
}

SUITE_TEST(override_takes_the_place_below, .needs = NEEDS,
	   .promise = "include/uapi/linux/bpf.h: BPF_F_ALLOW_OVERRIDE")
{
	struct suite_cgroup parent, child;
	__sw_fd int no_null = program(3), no_zero = program(5);

	ASSERT_OK(no_null);
	ASSERT_OK(no_zero);
	ASSERT_OK(suite_cgroup_new(&parent, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &parent, "child", NULL));
	ASSERT_OK(attach(&parent, no_null, ALLOW_OVERRIDE));
	EXPECT_EQ(1, refused_in(&child));
	ASSERT_OK(attach(&child, no_zero, ALLOW_OVERRIDE));
	EXPECT_EQ(2, refused_in(&child));	/* its own instead of its parent's */
	EXPECT_EQ(1, refused_in(&parent));
	ASSERT_OK(device_command(PROG_DETACH, &child, -1, 0, 0));
	EXPECT_EQ(1, refused_in(&child));
}

SUITE_TEST(single_program_is_exchanged, .needs = NEEDS,
	   .promise = "include/uapi/linux/bpf.h: BPF_F_ALLOW_OVERRIDE")
{
	struct suite_cgroup cg;
	__sw_fd int no_null = program(3), no_zero = program(5);

	ASSERT_OK(no_null);
	ASSERT_OK(no_zero);
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, no_null, NO_FLAG));
	ASSERT_OK(attach(&cg, no_zero, NO_FLAG));
	EXPECT_EQ(2, refused_in(&cg));
	/* The flags of a group's first program hold for the others. */
	EXPECT_REFUSED(EPERM, attach(&cg, no_null, ALLOW_MULTI));
}

SUITE_TEST(replace_exchanges_one_of_several, .needs = NEEDS,
	   .promise = "include/uapi/linux/bpf.h: BPF_F_REPLACE, since 5.6")
{
	struct suite_cgroup cg;
	__sw_fd int everything = program(-1), no_null = program(3), no_zero = program(5);

	if (!suite_kernel(5, 6)) {
		printf("this kernel is older than the promise\n");
		return;
	}
	ASSERT_OK(everything);
	ASSERT_OK(no_null);
	ASSERT_OK(no_zero);
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, no_null, ALLOW_MULTI));
	ASSERT_OK(attach(&cg, everything, ALLOW_MULTI));
	ASSERT_OK(device_command(PROG_ATTACH, &cg, no_zero, ALLOW_MULTI | REPLACE, no_null));
	EXPECT_EQ(2, refused_in(&cg));
	/* What is not attached cannot be replaced. */
	EXPECT_REFUSED(ENOENT, device_command(PROG_ATTACH, &cg, no_null, ALLOW_MULTI | REPLACE, no_null));
}

SUITE_TEST(programs_leave_with_the_group, .needs = NEEDS,
	   .promise = PROMISE "attached to cgroups")
{
	struct suite_cgroup cg, again;
	__sw_fd int nothing = program(-2);

	ASSERT_OK(nothing);
	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, nothing, ALLOW_MULTI));
	EXPECT_EQ(3, refused_in(&cg));
	ASSERT_OK(suite_cgroup_remove(&cg));
	again = cg;
	ASSERT_SYS(mkdir(again.path, 0755));
	EXPECT_EQ(0, refused_in(&again));
}

/*
 * From 6.9 on (BPF tokens) the descriptor of a loaded program is all that attaching asks for, before that
 * CAP_NET_ADMIN: so only loading is tested.
 */
SUITE_TEST(loading_needs_a_capability, .needs = NEEDS, .promise = "bpf(2): EPERM; capabilities(7): CAP_BPF")
{
	__sw_fd int fd = program(3);

	ASSERT_OK(fd);
	CHILD(pid, 0) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_REFUSED(EPERM, program(3));
	}
	EXPECT_EXIT(0, pid);
}
