// SPDX-License-Identifier: GPL-2.0-only
/* What the runner itself needs around it, without which no result would say anything of the kernel. */
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runner.h"
#include "sw_exit.h"

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

int runner_surroundings_check(void)
{
	return need_proc();
}
