// SPDX-License-Identifier: GPL-2.0-only
/* Device control of cgroup v2: no controller file, but BPF programs attached to the group (4.15). */
#include "suite.h"

#include <sys/sysmacros.h>

SUITE("cgroup.v2.devices", "kernel", "BPF device programs on cgroup v2");

#define PROMISE "Documentation/admin-guide/cgroup-v2.rst: device controller"

/* include/uapi/linux/bpf.h */
enum { PROG_LOAD = 5, PROG_ATTACH = 8, TYPE_CGROUP_DEVICE = 15, ATTACH_CGROUP_DEVICE = 6,
       ALLOW_MULTI = 2 };

struct insn {
	uint8_t code;
	uint8_t regs;	/* destination low, source high */
	int16_t off;
	int32_t imm;
};

/* Little-endian register nibbles; big-endian machines have them the other way round. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define REGS(dst, src) ((dst) | (src) << 4)
#else
#define REGS(dst, src) ((src) | (dst) << 4)
#endif
#define LOAD(dst, src, offset) { 0x61, REGS(dst, src), offset, 0 }	/* dst = *(u32 *)(src + off) */
#define MOVE(dst, value) { 0xb7, REGS(dst, 0), 0, value }
#define JUMP_NE(dst, value, skip) { 0x55, REGS(dst, 0), skip, value }
#define AND(dst, value) { 0x57, REGS(dst, 0), 0, value }
#define EXIT { 0x95, 0, 0, 0 }

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

static int load(const struct insn *insns, size_t count)
{
	static const char licence[] = "GPL";
	static char log[4096];
	struct {
		uint32_t type, count;
		uint64_t insns, licence;
		uint32_t log_level, log_size;
		uint64_t log;
		uint32_t version, flags;
	} attr = { TYPE_CGROUP_DEVICE, (uint32_t)count, (uintptr_t)insns, (uintptr_t)licence, 1,
		   sizeof(log), (uintptr_t)log, 0, 0 };
	int fd = sys_bpf(PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		printf("BPF_PROG_LOAD: %s\n%s", sw_errno_name(-fd), log);
	return fd;
}

static int attach(const struct suite_cgroup *cg, const struct insn *insns, size_t count)
{
	__sw_fd int dir = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__sw_fd int program = load(insns, count);
	struct {
		uint32_t target, program, type, flags;
	} attr = { (uint32_t)dir, (uint32_t)program, ATTACH_CGROUP_DEVICE, ALLOW_MULTI };

	if (dir < 0 || program < 0)
		return dir < 0 ? -errno : program;
	return sys_bpf(PROG_ATTACH, &attr, sizeof(attr));
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

SUITE_TEST(denied_device_gives_eperm,
	   .needs = "cgroup.v2.devices", .promise = PROMISE)
{
	struct suite_cgroup cg;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(attach(&cg, deny_everything, ARRAY_SIZE(deny_everything)));
	CHILD(pid, 0) {
		EXPECT_OK(try_open("/dev/null", O_RDWR));
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDWR));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_OK(try_open("/dev/null", O_RDWR));
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
		EXPECT_OK(try_open("/dev/null", O_RDWR));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDONLY));
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
		EXPECT_OK(try_open("/dev/zero", O_RDONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_WRONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDWR));
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
		EXPECT_OK(try_open("/dev/null", O_RDONLY));
		EXPECT_REFUSED(EPERM, try_open("/dev/null", O_WRONLY));	/* the child's program */
		EXPECT_REFUSED(EPERM, try_open("/dev/zero", O_RDONLY));	/* the parent's */
	}
	EXPECT_EXIT(0, pid);
}
