/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the probes of namespaces and processes share: a second process, held in a known state while
 * this one looks at it, and judging refused calls. Everything ends with the probing child.
 */
#ifndef COMPANION_H
#define COMPANION_H

#include <sys/types.h>

#include "feature.h"
#include "live.h"

struct companion {
	pid_t pid;
	int up, down;
	void *stack;		/* in a session it uses our memory */
};
#define COMPANION_INIT { -1, -1, -1, NULL }

/*
 * A copy of this process, made by clone(flags), or in a session one with the same memory, that calls fn(arg) (NULL: nothing), hands back what
 * that returned, and then waits until companion_end(). Returns fn's result, or -errno; -ECHILD if it
 * died before it could answer.
 */
int companion_start(struct companion *c, uint64_t flags, int (*fn)(void *arg), void *arg);
/* Let it go and reap it. */
void companion_end(struct companion *c);
#define __companion __attribute__((cleanup(companion_end)))

/* Which namespace a process is in, "uts:[4026531838]"; "" where it cannot be learnt. @pid: 0: ours */
void ns_link(pid_t pid, const char *name, char *out, size_t size);

/*
 * The call of a row that no symbol governs is there or it is not: on a kernel of that version or
 * newer a refusal is not the kernel's. With a filter on us, it is the filter's. Returns false,
 * touching nothing, if r is not ENOSYS, EPERM or EACCES.
 */
bool call_is_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, long r,
		     struct live *ret);

/*
 * The kernel knows the call, but not this way to use it (EINVAL, E2BIG, ENOTTY): absent, unless this is
 * a kernel that has it, and a filter on us answers.
 */
void way_is_unknown(const struct probe_ctx *ctx, const struct feature *f, const char *call, int err,
		    struct live *ret);

/*
 * An anonymous file (3.17): a descriptor, or -errno. @exec: executable. Says so to newer kernels (6.3,
 * 105ff5339f49), which otherwise put a line into the log.
 */
int memfd_make(bool exec);

#endif
