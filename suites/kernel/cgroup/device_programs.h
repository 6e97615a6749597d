/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of version 2's device programs share (include/uapi/linux/bpf.h). */
#ifndef DEVICE_PROGRAMS_H
#define DEVICE_PROGRAMS_H

#include "suite.h"

enum { PROG_LOAD = 5, PROG_ATTACH = 8, PROG_DETACH = 9, PROG_QUERY = 16, TYPE_CGROUP_DEVICE = 15,
       ATTACH_CGROUP_DEVICE = 6, NO_FLAG = 0, ALLOW_OVERRIDE = 1, ALLOW_MULTI = 2, REPLACE = 4 };

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
#define JUMP_EQ(dst, value, skip) { 0x15, REGS(dst, 0), skip, value }
#define JUMP_NE(dst, value, skip) { 0x55, REGS(dst, 0), skip, value }
#define AND(dst, value) { 0x57, REGS(dst, 0), 0, value }
#define EXIT { 0x95, 0, 0, 0 }

/* Load a program. A descriptor, or -errno with what the kernel's verifier says in the test's log. */
static inline int device_program(const struct insn *insns, size_t count)
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

/* Attach or detach (cmd) a program; with the flag REPLACE in place of the one that is given last. */
static inline int device_command(int cmd, const struct suite_cgroup *cg, int fd, uint32_t flags, int replaced)
{
	__sw_fd int dir = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct {
		uint32_t target, program, type, flags, replaced;
	} attr = { (uint32_t)dir, (uint32_t)fd, ATTACH_CGROUP_DEVICE, flags, (uint32_t)replaced };

	/* replace_bpf_fd is younger (5.6) than the command: the older size where it is not used. */
	return dir < 0 ? -errno : sys_bpf(cmd, &attr, flags & REPLACE ? sizeof(attr) : 16);
}

/* Open and close: 0 or -errno. */
static inline int device_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

#endif
