// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device rules: their text for cgroup v1, and for cgroup v2 one BPF program that means the same.
 * The meaning is that of security/device_cgroup.c since 3.10 (commit ad676077a2ae).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/rt_int.h"
#include "sw_fd.h"

void rt_dev_text(const struct rt_device_rule *rule, char out[64])
{
	char major[24] = "*", minor[24] = "*";

	/* "a" means all, whatever follows it. */
	if (rule->type == 'a') {
		strcpy(out, "a");
		return;
	}
	if (rule->major >= 0)
		snprintf(major, sizeof(major), "%lld", (long long)rule->major);
	if (rule->minor >= 0)
		snprintf(minor, sizeof(minor), "%lld", (long long)rule->minor);
	snprintf(out, 64, "%c %s:%s %s%s%s", rule->type, major, minor, rule->read ? "r" : "",
		 rule->write ? "w" : "", rule->mknod ? "m" : "");
}

/*
 * An entry is known by exactly its type and numbers: taking "c 1:3" away from a set that has
 * "c 1:*" changes nothing.
 */
static struct rt_dev_entry *find(struct rt_dev_set *set, const struct rt_device_rule *r)
{
	for (size_t i = 0; i < set->count; i++) {
		struct rt_dev_entry *e = &set->entries[i];

		if (e->type == r->type && e->major == r->major && e->minor == r->minor)
			return e;
	}
	return NULL;
}

static void fold_one(struct rt_dev_set *set, const struct rt_device_rule *r)
{
	unsigned int access = (r->mknod ? RT_DEV_MKNOD : 0) | (r->read ? RT_DEV_READ : 0) |
			      (r->write ? RT_DEV_WRITE : 0);
	struct rt_dev_entry *e;

	if (r->type == 'a') {
		set->allow = r->allow;
		set->count = 0;
		return;
	}
	e = find(set, r);
	if (r->allow != set->allow) {	/* an exception from the default */
		if (!e) {
			e = &set->entries[set->count++];
			*e = (struct rt_dev_entry){ r->type, r->major, r->minor, 0 };
		}
		e->access |= access;
	} else if (e) {			/* an exception taken back */
		e->access &= ~access;
		if (!e->access) {
			size_t at = e - set->entries;

			memmove(e, e + 1, (set->count - at - 1) * sizeof(*e));
			set->count--;
		}
	}
}

int rt_dev_fold(const struct rt_device_rule *rules, size_t n, struct rt_dev_set *ret)
{
	struct rt_dev_set set = { true, calloc(n ? n : 1, sizeof(*set.entries)), 0 };

	if (!set.entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		fold_one(&set, &rules[i]);
	*ret = set;
	return 0;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Operation codes of include/uapi/linux/bpf.h and bpf_common.h, spelled out. */
enum {
	BPF_LDX_W = 0x61,	/* dst = *(u32 *)(src + off) */
	BPF_MOV64_K = 0xb7,
	BPF_MOV64_X = 0xbf,
	BPF_AND64_K = 0x57,
	BPF_RSH64_K = 0x77,
	BPF_JEQ_K = 0x15,
	BPF_JNE_K = 0x55,

	BPF_EXIT_INSN = 0x95,
};
/* struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; }, 4.15 */
enum { CTX_ACCESS_TYPE = 0, CTX_MAJOR = 4, CTX_MINOR = 8 };
enum { DEV_BLOCK = 1, DEV_CHAR = 2 };
/* Registers: 0 result, 1 context, 2 type, 3 access, 4 major, 5 minor, 6 scratch. */
enum { R_RESULT, R_CTX, R_TYPE, R_ACCESS, R_MAJOR, R_MINOR, R_TMP };

#define INSNS_HEAD 6
#define INSNS_ENTRY 8
#define INSNS_TAIL 2

struct asm_buf {
	struct rt_bpf_insn *insn;
	int n;
};

static void emit(struct asm_buf *a, int code, int dst, int src, int off, int32_t imm)
{
	a->insn[a->n++] = (struct rt_bpf_insn){ (uint8_t)code, (uint8_t)(dst | src << 4),
						(int16_t)off, imm };
}

/*
 * An entry of a set that denies by default allows an access that asks for nothing beyond it;
 * one of a set that allows by default denies an access that asks for anything in it
 * (match_exception and match_exception_partial).
 */
static void emit_entry(struct asm_buf *a, const struct rt_dev_set *set,
		       const struct rt_dev_entry *e)
{
	int jumps[4], count = 0, end;
	unsigned int all = RT_DEV_MKNOD | RT_DEV_READ | RT_DEV_WRITE;

	jumps[count++] = a->n;
	emit(a, BPF_JNE_K, R_TYPE, 0, 0, e->type == 'b' ? DEV_BLOCK : DEV_CHAR);
	emit(a, BPF_MOV64_X, R_TMP, R_ACCESS, 0, 0);
	emit(a, BPF_AND64_K, R_TMP, 0, 0, set->allow ? e->access : all & ~e->access);
	jumps[count++] = a->n;
	emit(a, set->allow ? BPF_JEQ_K : BPF_JNE_K, R_TMP, 0, 0, 0);
	/* Numbers are 12 and 20 bits, so that imm's sign never matters. */
	if (e->major >= 0) {
		jumps[count++] = a->n;
		emit(a, BPF_JNE_K, R_MAJOR, 0, 0, (int32_t)e->major);
	}
	if (e->minor >= 0) {
		jumps[count++] = a->n;
		emit(a, BPF_JNE_K, R_MINOR, 0, 0, (int32_t)e->minor);
	}
	emit(a, BPF_MOV64_K, R_RESULT, 0, 0, !set->allow);
	emit(a, BPF_EXIT_INSN, 0, 0, 0, 0);
	end = a->n;
	while (count--)
		a->insn[jumps[count]].off = (int16_t)(end - jumps[count] - 1);
}

int rt_dev_program(const struct rt_dev_set *set, struct rt_bpf_insn **ret)
{
	size_t max = INSNS_HEAD + INSNS_ENTRY * set->count + INSNS_TAIL;
	struct asm_buf a = { calloc(max, sizeof(*a.insn)), 0 };

	if (!a.insn)
		return -ENOMEM;
	emit(&a, BPF_LDX_W, R_TYPE, R_CTX, CTX_ACCESS_TYPE, 0);
	emit(&a, BPF_MOV64_X, R_ACCESS, R_TYPE, 0, 0);
	emit(&a, BPF_AND64_K, R_TYPE, 0, 0, 0xffff);
	emit(&a, BPF_RSH64_K, R_ACCESS, 0, 0, 16);
	emit(&a, BPF_LDX_W, R_MAJOR, R_CTX, CTX_MAJOR, 0);
	emit(&a, BPF_LDX_W, R_MINOR, R_CTX, CTX_MINOR, 0);
	for (size_t i = 0; i < set->count; i++)
		emit_entry(&a, set, &set->entries[i]);
	emit(&a, BPF_MOV64_K, R_RESULT, 0, 0, set->allow);
	emit(&a, BPF_EXIT_INSN, 0, 0, 0, 0);
	*ret = a.insn;
	return a.n;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The kernel's union bpf_attr, as far as these two commands go; the rest is zero. */
struct bpf_load_attr {
	uint32_t prog_type, insn_cnt;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log_buf;
	uint32_t kern_version, prog_flags;
};
struct bpf_attach_attr {
	uint32_t target_fd, attach_bpf_fd, attach_type, attach_flags;
};
enum { BPF_PROG_LOAD_CMD = 5, BPF_PROG_ATTACH_CMD = 8 };
enum { PROG_TYPE_CGROUP_DEVICE = 15, ATTACH_CGROUP_DEVICE = 6, ATTACH_ALLOW_MULTI = 2 };

static int load(const struct rt_bpf_insn *insns, size_t n)
{
	struct bpf_load_attr attr = {
		.prog_type = PROG_TYPE_CGROUP_DEVICE, .insn_cnt = n,
		.insns = (uintptr_t)insns, .license = (uintptr_t)"GPL",
	};
	struct rlimit old, big = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = sys_bpf(BPF_PROG_LOAD_CMD, &attr, sizeof(attr));

	/* Until 5.11 programs count as locked memory: lift the limit for this moment. */
	if (fd == -EPERM && !getrlimit(RLIMIT_MEMLOCK, &old) && !setrlimit(RLIMIT_MEMLOCK, &big)) {
		fd = sys_bpf(BPF_PROG_LOAD_CMD, &attr, sizeof(attr));
		setrlimit(RLIMIT_MEMLOCK, &old);
	}
	return fd;
}

int rt_dev_attach(int cgroup_fd, const struct rt_bpf_insn *insns, size_t n, struct sw_error *err)
{
	static const char *const ids[] = { "cgroup.v2.devices", NULL };
	struct bpf_attach_attr attr = { .target_fd = cgroup_fd, .attach_type = ATTACH_CGROUP_DEVICE,
					.attach_flags = ATTACH_ALLOW_MULTI };
	char needs[200];
	int fd __sw_fd = load(insns, n);
	int r;

	rt_needs_text(ids, needs, sizeof(needs));
	if (fd < 0)
		return sw_error(err, fd, NULL,
				"loading the device program (%zu instructions): %s; it %s",
				n, sw_errno_text(fd), needs);
	attr.attach_bpf_fd = fd;
	r = sys_bpf(BPF_PROG_ATTACH_CMD, &attr, sizeof(attr));
	if (r == -EINVAL) {
		attr.attach_flags = 0;
		r = sys_bpf(BPF_PROG_ATTACH_CMD, &attr, sizeof(attr));
	}
	if (r)
		return sw_error(err, r, NULL, "attaching the device program: %s; it %s",
				sw_errno_text(r), needs);
	return 0;
}

/* ---- another program in the place of the first ------------------------------------------------ */

struct bpf_query_attr {
	uint32_t target_fd, attach_type, query_flags, attach_flags;
	uint64_t prog_ids;
	uint32_t prog_cnt, padding;
};
struct bpf_get_attr {
	uint32_t id, next_id, open_flags;
};
enum { BPF_PROG_DETACH_CMD = 9, BPF_PROG_GET_FD_BY_ID_CMD = 13, BPF_PROG_QUERY_CMD = 16 };
#define PROGRAMS_MAX 64

int rt_dev_replace(int cgroup_fd, const struct rt_bpf_insn *insns, size_t n, struct sw_error *err)
{
	uint32_t ids[PROGRAMS_MAX];
	struct bpf_query_attr query = { .target_fd = cgroup_fd, .attach_type = ATTACH_CGROUP_DEVICE,
					.prog_ids = (uintptr_t)ids, .prog_cnt = PROGRAMS_MAX };
	/* Since 4.15, as device programs are. Which there are before ours joins them. */
	int r = sys_bpf(BPF_PROG_QUERY_CMD, &query, sizeof(query));

	if (r)
		return sw_error(err, r, NULL, "asking which device programs there are: %s",
				sw_errno_text(r));
	/* All must allow: while both are there, what either denies is denied. */
	r = rt_dev_attach(cgroup_fd, insns, n, err);
	if (r)
		return r;
	for (uint32_t i = 0; i < query.prog_cnt && i < PROGRAMS_MAX; i++) {
		struct bpf_get_attr get = { .id = ids[i] };
		int fd __sw_fd = sys_bpf(BPF_PROG_GET_FD_BY_ID_CMD, &get, sizeof(get));
		struct bpf_attach_attr old = { .target_fd = cgroup_fd, .attach_bpf_fd = fd,
					       .attach_type = ATTACH_CGROUP_DEVICE };

		/* Attached without ALLOW_MULTI it has gone already: ENOENT. */
		r = fd < 0 ? fd : sys_bpf(BPF_PROG_DETACH_CMD, &old, sizeof(old));
		if (r && r != -ENOENT)
			return sw_error(err, r, NULL, "taking the former device program away: %s",
					sw_errno_text(r));
	}
	return 0;
}
