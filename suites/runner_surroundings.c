// SPDX-License-Identifier: GPL-2.0-only
/* What the runner itself needs around it, without which no result would say anything of the kernel. */
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runner.h"
#include "sw_exit.h"

#define NOFILE_AIM 1024	/* what a shell has commonly */
#define NOFILE_LEAST 256
#define PROC_SUPER_MAGIC 0x9fa0		/* include/uapi/linux/magic.h */

/*
 * Tests read their children's namespaces there, write id maps there, and the runner looks there for
 * what they left. Of another pid namespace, it shows none of them (proc(5), pid_namespaces(7)).
 */
static int need_proc(void)
{
	char self[32] = "";
	struct statfs fs;
	ssize_t len;

	if (statfs("/proc", &fs) || (unsigned long)fs.f_type != PROC_SUPER_MAGIC) {
		fputs("seaworthy test: /proc is not mounted, and neither tests nor their runner can do without; "
		      "mount -t proc proc /proc\n", stderr);
		return SW_EXIT_UNKNOWN;
	}
	len = readlink("/proc/self", self, sizeof(self) - 1);
	if (len > 0 && atol(self) == getpid())
		return 0;
	fputs("seaworthy test: /proc belongs to another pid namespace than this process: it shows neither the "
	      "tests nor their runner; mount -t proc proc /proc\n", stderr);
	return SW_EXIT_UNKNOWN;
}

/*
 * Below these, tests fail for want of room. A soft limit is raised for the run; a hard one is somebody's
 * decision, even where root could lift it. The stack's has been raised by main().
 */
static const struct need {
	int what;
	rlim_t least;
	const char *name, *option;	/* of bash's ulimit */
	rlim_t unit;
} needs[] = {
	{ RLIMIT_NOFILE, NOFILE_LEAST, "descriptors (RLIMIT_NOFILE)", "-n", 1 },
	{ RLIMIT_STACK, 512 << 10, "bytes of stack (RLIMIT_STACK)", "-s", 1024 },
	{ RLIMIT_DATA, 32 << 20, "bytes of data (RLIMIT_DATA)", "-d", 1024 },
	{ RLIMIT_AS, 64 << 20, "bytes of address space (RLIMIT_AS)", "-v", 1024 },
};

static int need_room(const struct need *n)
{
	rlim_t aim = n->what == RLIMIT_NOFILE ? NOFILE_AIM : n->least;
	struct rlimit l;

	if (getrlimit(n->what, &l))
		return 0;
	if (l.rlim_cur < aim) {
		l.rlim_cur = l.rlim_max < aim ? l.rlim_max : aim;
		setrlimit(n->what, &l);
	}
	if (l.rlim_cur >= n->least)
		return 0;
	fprintf(stderr, "seaworthy test: %llu %s are too few, and the hard limit allows no more: tests need %llu; "
		"ulimit -H %s %llu\n", (unsigned long long)l.rlim_cur, n->name, (unsigned long long)n->least,
		n->option, (unsigned long long)(n->least / n->unit));
	return SW_EXIT_UNKNOWN;
}

int runner_surroundings_check(void)
{
	int r = need_proc();

	for (size_t i = 0; !r && i < sizeof(needs) / sizeof(*needs); i++)
		r = need_room(&needs[i]);
	return r;
}
