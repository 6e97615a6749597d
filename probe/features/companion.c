// SPDX-License-Identifier: GPL-2.0-only
#include "features/companion.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

__attribute__((noreturn)) static void companion_main(int up, int down, int (*fn)(void *arg), void *arg)
{
	int r = fn ? fn(arg) : 0;
	char byte;

	if (!sw_write_all(up, &r, sizeof(r)))
		(void)!read(down, &byte, 1);
	_exit(0);
}

#define COMPANION_STACK (1 << 18)

struct start {
	int up, down, other_up, other_down;
	int (*fn)(void *arg);
	void *arg;
};

static int companion_begin(void *arg)
{
	struct start s = *(struct start *)arg;

	/* The writing end would keep us waiting for ourselves. */
	close(s.other_down);
	close(s.other_up);
	companion_main(s.up, s.down, s.fn, s.arg);
}

/*
 * A process that costs no copy of our memory. We wait for its answer while it works, and it waits for its
 * end while we do: no two ever use the memory at a time, but for closing pipes.
 */
static pid_t start_process(struct companion *c, uint64_t flags, struct start *s)
{
	pid_t pid;

	if (session_shares_memory()) {
		c->stack = mmap(NULL, COMPANION_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				-1, 0);
		if (c->stack == MAP_FAILED)
			c->stack = NULL;
	}
	if (c->stack) {
		pid = clone(companion_begin, (char *)c->stack + COMPANION_STACK, CLONE_VM | (int)flags | SIGCHLD, s);
		if (pid > 0)
			return pid;
		/* From 3.8 until 3.12 (e79f525e99b0) not into another pid namespace. */
	}
	pid = sys_clone(flags);
	if (pid == 0)
		companion_begin(s);
	return pid;
}

int companion_start(struct companion *c, uint64_t flags, int (*fn)(void *arg), void *arg)
{
	int up[2], down[2], r;
	struct start s;

	if (pipe2(up, O_CLOEXEC))
		return -errno;
	if (pipe2(down, O_CLOEXEC)) {
		r = -errno;
		close(up[0]);
		close(up[1]);
		return r;
	}
	s = (struct start){ up[1], down[0], up[0], down[1], fn, arg };
	c->pid = start_process(c, flags, &s);
	close(up[1]);
	close(down[0]);
	c->up = up[0];
	c->down = down[1];
	if (c->pid < 0)
		return c->pid;
	if (read(c->up, &r, sizeof(r)) != sizeof(r))
		return -ECHILD;
	return r;
}

void companion_end(struct companion *c)
{
	int status;

	sw_close(&c->down);
	sw_close(&c->up);
	if (c->pid > 0)
		sw_waitpid(c->pid, &status);
	c->pid = -1;
	if (c->stack)
		munmap(c->stack, COMPANION_STACK);
	c->stack = NULL;
}

void ns_link(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t len;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	len = readlink(path, out, size - 1);
	out[len > 0 ? len : 0] = 0;
}

bool call_is_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, long r,
		     struct live *ret)
{
	if (r != -ENOSYS && r != -EPERM && r != -EACCES)
		return false;
	if (ctx->version != KVER_NONE && ctx->version >= f->since &&
	    live_blame_filter(ret, call, (int)r, true))
		return true;
	if (r == -ENOSYS)
		live_set(ret, LIVE_ABSENT, ENOSYS, "%s: ENOSYS", call);
	else
		live_set(ret, LIVE_UNKNOWN, (int)r, "%s: %s", call, sw_errno_name((int)r));
	return true;
}

void way_is_unknown(const struct probe_ctx *ctx, const struct feature *f, const char *call, int err,
		    struct live *ret)
{
	if (ctx->version != KVER_NONE && ctx->version >= f->since &&
	    live_blame_filter(ret, call, err, true))
		return;
	live_set(ret, LIVE_ABSENT, err, "%s: %s", call, sw_errno_name(err < 0 ? -err : err));
}

int memfd_make(bool exec)
{
	enum { CLOEXEC = 1, ALLOW_SEALING = 2, NOEXEC_SEAL = 8, EXEC = 16 };
	int more = exec ? EXEC : NOEXEC_SEAL;
	int fd = sys_call(SYS_NR_memfd_create, (long)"seaworthy", CLOEXEC | ALLOW_SEALING | more, 0, 0,
			  0, 0);

	return fd != -EINVAL ? fd :
	       sys_call(SYS_NR_memfd_create, (long)"seaworthy", CLOEXEC | ALLOW_SEALING, 0, 0, 0, 0);
}
