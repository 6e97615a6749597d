/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading BPF programs and making maps, by the project's own structures (bpf_try.c). */
#ifndef BPF_TRY_H
#define BPF_TRY_H

#include "feature.h"

struct bpf_insn_ {		/* struct bpf_insn, include/uapi/linux/bpf.h */
	uint8_t code, regs;
	int16_t off;
	int32_t imm;
};

enum {				/* commands of bpf(2) */
	BPF_CMD_MAP_CREATE = 0, BPF_CMD_MAP_LOOKUP = 1, BPF_CMD_MAP_UPDATE = 2, BPF_CMD_PROG_LOAD = 5,
	BPF_CMD_OBJ_PIN = 6, BPF_CMD_PROG_ATTACH = 8, BPF_CMD_OBJ_INFO = 15,
};

enum {				/* enum bpf_prog_type */
	BPF_TYPE_SOCKET_FILTER = 1, BPF_TYPE_KPROBE = 2, BPF_TYPE_SCHED_CLS = 3, BPF_TYPE_SCHED_ACT = 4,
	BPF_TYPE_TRACEPOINT = 5, BPF_TYPE_XDP = 6, BPF_TYPE_CGROUP_SKB = 8, BPF_TYPE_CGROUP_SOCK = 9,
	BPF_TYPE_SOCK_OPS = 13, BPF_TYPE_SK_SKB = 14, BPF_TYPE_CGROUP_DEVICE = 15, BPF_TYPE_SK_MSG = 16,
	BPF_TYPE_CGROUP_SOCK_ADDR = 18, BPF_TYPE_CGROUP_SYSCTL = 23, BPF_TYPE_CGROUP_SOCKOPT = 25,
};

/*
 * Load a program of two instructions that returns result. @attach: expected_attach_type, 4.17 and newer
 * Returns a descriptor, or -errno.
 */
int bpf_load(const struct probe_ctx *ctx, unsigned int type, unsigned int attach, int result);
int bpf_map_create(unsigned int type, unsigned int key, unsigned int value, unsigned int entries,
		   unsigned int flags);
int bpf_map_update(int map, const void *key, const void *value);
int bpf_map_lookup(int map, const void *key, void *value);

/*
 * A bpf(2) that was refused with r. EINVAL means that the kernel has not what was asked for, EPERM is
 * explained as far as it can be.
 */
void bpf_refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r, struct live *ret);
/* Locked memory paid for BPF before 5.11 (97306be45fbe): take what we may. */
void bpf_raise_memlock(void);

#endif
