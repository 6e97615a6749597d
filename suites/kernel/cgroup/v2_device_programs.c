// SPDX-License-Identifier: GPL-2.0-only
/* How several device programs of several groups add up. */
#include "suite.h"

SUITE("cgroup.v2.device_programs", "kernel", "Order and inheritance of BPF device programs");

#define PROMISE "Documentation/admin-guide/cgroup-v2.rst: device controller; "
#define NEEDS "cgroup.v2.devices"

/* include/uapi/linux/bpf.h */
enum { PROG_LOAD = 5, PROG_ATTACH = 8, PROG_DETACH = 9, PROG_QUERY = 16, TYPE_CGROUP_DEVICE = 15,
       ATTACH_CGROUP_DEVICE = 6, NO_FLAG = 0, ALLOW_OVERRIDE = 1, ALLOW_MULTI = 2, REPLACE = 4 };

struct insn {
	uint8_t code;
	uint8_t regs;
	int16_t off;
	int32_t imm;
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define REGS(dst, src) ((dst) | (src) << 4)
#else
#define REGS(dst, src) ((src) | (dst) << 4)
#endif

/* A program that allows everything but this minor of major 1 (-1: nothing is excepted; -2: all are). */
static int program(int minor)
{
	static const char licence[] = "GPL";
	const struct insn insns[] = {
		{ 0x61, REGS(2, 1), 8, 0 },		/* r2 = minor */
		{ 0xb7, REGS(0, 0), 0, 0 },		/* r0 = deny */
		{ 0x15, REGS(2, 0), minor == -2 ? 0 : 1, minor == -2 ? 0 : minor },
		{ 0xb7, REGS(0, 0), 0, minor != -2 },	/* r0 = allow */
		{ 0x95, 0, 0, 0 },
	};
	struct {
		uint32_t type, count;
		uint64_t insns, licence;
		uint32_t log_level, log_size;
		uint64_t log;
		uint32_t version, flags;
	} attr = { TYPE_CGROUP_DEVICE, ARRAY_SIZE(insns), (uintptr_t)insns, (uintptr_t)licence,
		   0, 0, 0, 0, 0 };

	return sys_bpf(PROG_LOAD, &attr, sizeof(attr));
}

static int command(int cmd, const struct suite_cgroup *cg, int fd, uint32_t flags, int replaced)
{
	__sw_fd int dir = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct {
		uint32_t target, program, type, flags, replaced;
	} attr = { (uint32_t)dir, (uint32_t)fd, ATTACH_CGROUP_DEVICE, flags, (uint32_t)replaced };

	/* replace_bpf_fd is younger (5.6) than the command: the older size where it is not used. */
	return dir < 0 ? -errno : sys_bpf(cmd, &attr, flags & REPLACE ? sizeof(attr) : 16);
}

static int attach(const struct suite_cgroup *cg, int fd, uint32_t flags)
{
	return command(PROG_ATTACH, cg, fd, flags, 0);
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* In a group: are /dev/null (1:3) and /dev/zero (1:5) refused? Errnos by bits: 1 null, 2 zero. */
static int refused_in(const struct suite_cgroup *cg)
{
	pid_t pid = suite_clone(0);

	if (pid == 0) {
		int null, zero;

		if (suite_cgroup_enter(cg, 0))
			suite_child_exit(16);
		null = try_open("/dev/null");
		zero = try_open("/dev/zero");
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
	ASSERT_OK(command(PROG_DETACH, &cg, no_null, 0, 0));
	EXPECT_EQ(2, refused_in(&cg));
	ASSERT_OK(command(PROG_DETACH, &cg, no_zero, 0, 0));
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
	ASSERT_OK(command(PROG_DETACH, &parent, no_null, 0, 0));
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
	ASSERT_OK(command(PROG_DETACH, &child, -1, 0, 0));
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
	ASSERT_OK(command(PROG_ATTACH, &cg, no_zero, ALLOW_MULTI | REPLACE, no_null));
	EXPECT_EQ(2, refused_in(&cg));
	/* What is not attached cannot be replaced. */
	EXPECT_REFUSED(ENOENT, command(PROG_ATTACH, &cg, no_null, ALLOW_MULTI | REPLACE, no_null));
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
