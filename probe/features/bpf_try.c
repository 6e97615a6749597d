// SPDX-License-Identifier: GPL-2.0-only
#include "features/bpf_try.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "live.h"
#include "sw_fd.h"
#include "sys.h"

enum { CAP_BPF_BIT = 39 }; /* 5.8 (a17b53c4a4b5) */

void bpf_raise_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, mine;

	if (!setrlimit(RLIMIT_MEMLOCK, &all) || getrlimit(RLIMIT_MEMLOCK, &mine))
		return;
	mine.rlim_cur = mine.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &mine);
}

/* The kernel closes what it gives here on exec, always; a filter that claims success gives nothing.
 */
static int believed(int fd)
{
	int flags = fd < 0 ? FD_CLOEXEC : fcntl(fd, F_GETFD);

	return flags >= 0 && flags & FD_CLOEXEC ? fd : -EBADF;
}

int bpf_load(const struct probe_ctx *ctx, unsigned int type, unsigned int attach, int result)
{
	const struct bpf_insn_ code[] = {
		{ 0xb7, 0, 0, result }, /* r0 = result */
		{ 0x95, 0, 0, 0 },	/* exit */
	};
	struct {
		uint32_t type, count;
		uint64_t code, license;
		uint32_t log_level, log_size;
		uint64_t log;
		uint32_t kernel_version, flags;
		char name[16];
		uint32_t ifindex, attach;
	} attr = {
		.type = type,
		.count = 2,
		.code = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
		/* Looked at for tracing before 5.0 (6c4fc209fcf9) only. */
		.kernel_version = ctx->version,
		.attach = attach,
	};

	/* What a kernel does not know must be zero, or it is E2BIG. */
	return believed(sys_bpf(BPF_CMD_PROG_LOAD, &attr, sizeof(attr)));
}

int bpf_map_create(unsigned int type, unsigned int key, unsigned int value, unsigned int entries,
		   unsigned int flags)
{
	struct {
		uint32_t type, key, value, entries, flags;
	} attr = { type, key, value, entries, flags };

	return believed(sys_bpf(BPF_CMD_MAP_CREATE, &attr, sizeof(attr)));
}

struct element {
	uint32_t map, pad;
	uint64_t key, value, flags;
};

int bpf_map_update(int map, const void *key, const void *value)
{
	struct element e = { .map = (uint32_t)map,
			     .key = (uintptr_t)key,
			     .value = (uintptr_t)value };

	return sys_bpf(BPF_CMD_MAP_UPDATE, &e, sizeof(e));
}

int bpf_map_lookup(int map, const void *key, void *value)
{
	struct element e = { .map = (uint32_t)map,
			     .key = (uintptr_t)key,
			     .value = (uintptr_t)value };

	return sys_bpf(BPF_CMD_MAP_LOOKUP, &e, sizeof(e));
}

static void explain_eperm(const struct probe_ctx *ctx, const char *what, struct live *ret)
{
	struct rlimit memlock;
	long unprivileged = 0;

	if (live_blame_filter(ret, "bpf", EPERM, false))
		return;
	live_set(ret, LIVE_DENIED, EPERM, "%s: EPERM", what);
	if (!live_has_cap(LIVE_CAP_SYS_ADMIN) && !live_has_cap(CAP_BPF_BIT)) {
		if (!live_sysctl("kernel/unprivileged_bpf_disabled", &unprivileged) && unprivileged)
			live_cause(ret, FINDING_CAPABILITY,
				   "neither CAP_BPF nor CAP_SYS_ADMIN, and "
				   "kernel.unprivileged_bpf_disabled=%ld",
				   unprivileged);
		else
			live_blame_privilege(ret);
		return;
	}
	if (live_blame_privilege(ret))
		return;
	if (ctx->version < KVER(5, 11) && !getrlimit(RLIMIT_MEMLOCK, &memlock) &&
	    memlock.rlim_cur != RLIM_INFINITY)
		live_cause(ret, FINDING_LIMIT,
			   "RLIMIT_MEMLOCK is %lu bytes, and before 5.11 BPF is paid from it",
			   (unsigned long)memlock.rlim_cur);
}

void bpf_refused(const struct probe_ctx *ctx, const struct feature *f, const char *what, int r,
		 struct live *ret)
{
	if (r == -EPERM || r == -EACCES)
		explain_eperm(ctx, what, ret);
	else if (r == -ENOSYS && live_blame_filter(ret, "bpf", r, false))
		return;
	else if (r == -ENOSYS || r == -EINVAL || r == -EOPNOTSUPP ||
		 (r == -E2BIG && ctx->version < f->since))
		live_set(ret, LIVE_ABSENT, r, "%s: %s", what, sw_errno_name(r));
	else
		live_set(ret, LIVE_UNKNOWN, r, "%s: %s", what, sw_errno_name(r));
}
