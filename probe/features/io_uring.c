// SPDX-License-Identifier: GPL-2.0-only
/* io_uring: one request that does nothing goes through both rings. */
#include "features/io_uring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live.h"
#include "sw_fd.h"
#include "sys.h"

/* include/uapi/linux/io_uring.h */
struct uring_params {
	uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd,
		resv[3];
	struct {
		uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
		uint64_t resv2;
	} sq;
	struct {
		uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
		uint64_t resv2;
	} cq;
};

struct uring_cqe {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

#define SQE_SIZE	64
#define SQE_USER_DATA	32
#define OFF_SQ		0
#define OFF_CQ		0x8000000
#define OFF_SQES	0x10000000
#define ENTER_GETEVENTS 1
#define MARK		0x5ea303754ull

static char *ring(int fd, size_t size, off_t at)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, at);

	return p == MAP_FAILED ? NULL : p;
}

static uint32_t *word(char *base, uint32_t at)
{
	return (uint32_t *)(void *)(base + at);
}

/* IORING_OP_NOP is 0. Returns 0, -errno, or -EBADMSG if something else comes back. */
static int nop(int fd, const struct uring_params *p)
{
	char *sq = ring(fd, p->sq.array + p->sq_entries * sizeof(uint32_t), OFF_SQ);
	char *cq = ring(fd, p->cq.cqes + p->cq_entries * sizeof(struct uring_cqe), OFF_CQ);
	char *sqes = ring(fd, (size_t)p->sq_entries * SQE_SIZE, OFF_SQES);
	struct uring_cqe done;
	uint64_t mark = MARK;
	int r;

	if (!sq || !cq || !sqes)
		return -errno;
	memcpy(sqes + SQE_USER_DATA, &mark, sizeof(mark));
	word(sq, p->sq.array)[0] = 0;
	__atomic_store_n(word(sq, p->sq.tail), 1, __ATOMIC_RELEASE);
	r = sys_call(SYS_NR_io_uring_enter, fd, 1, 1, ENTER_GETEVENTS, 0, 0);
	if (r != 1)
		return r < 0 ? r : -EBADMSG;
	if (__atomic_load_n(word(cq, p->cq.tail), __ATOMIC_ACQUIRE) != 1)
		return -EBADMSG;
	memcpy(&done, cq + p->cq.cqes, sizeof(done));
	return done.user_data == MARK && !done.res ? 0 : -EBADMSG;
}

static void refused(int r, struct live *ret)
{
	long disabled;

	if (r == -EPERM && !live_sysctl("kernel/io_uring_disabled", &disabled) && disabled) {
		/*
		 * 1: for those without CAP_SYS_ADMIN and not of kernel.io_uring_group (6.6,
		 * 76d3ccecfa18)
		 */
		live_set(ret, LIVE_DENIED, r, "io_uring_setup: EPERM");
		live_cause(ret, FINDING_SYSCTL, "kernel.io_uring_disabled=%ld", disabled);
	} else if ((r == -ENOSYS || r == -EPERM) &&
		   live_blame_filter(ret, "io_uring_setup", r, false)) {
		return;
	} else if (r == -ENOSYS) {
		live_set(ret, LIVE_ABSENT, r, "io_uring_setup: ENOSYS");
	} else {
		live_set(ret, r == -EPERM || r == -EACCES ? LIVE_DENIED : LIVE_UNKNOWN, r,
			 "io_uring_setup: %s", sw_errno_name(r));
		/* Paid from locked memory before 5.12 (26bfa89e25f4). */
		if (r == -ENOMEM)
			live_more(ret, " (RLIMIT_MEMLOCK may be too low)");
	}
}

void probe_io_uring(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct uring_params p = { 0 };
	int fd __sw_fd = sys_call(SYS_NR_io_uring_setup, 1, (long)&p, 0, 0, 0, 0), r;

	(void)ctx;
	(void)f;
	if (fd < 0) {
		refused(fd, ret);
		return;
	}
	r = nop(fd, &p);
	if (r == -EPERM || r == -EACCES || r == -ENOSYS)
		live_set(ret, LIVE_UNKNOWN, r,
			 "io_uring_setup gives rings, but they cannot be used: %s",
			 sw_errno_name(r));
	else if (r)
		live_set(ret, LIVE_BROKEN, r, "a request did not come back through the rings: %s",
			 sw_errno_name(r));
	else
		live_set(ret, LIVE_WORKS, 0, "a request went through the rings and came back");
}
