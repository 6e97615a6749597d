// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a program in a Landlock domain that allows every file to be read and executed and nothing to be
 * written. Whatever is allowed, a process in a domain may not change mounts (landlock(7), since 5.13).
 *	landlock-shim PROGRAM [ARG...]
 * Exits with 77 where the kernel has no Landlock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { RULE_PATH_BENEATH = 1 };
/* LANDLOCK_ACCESS_FS_* of the first version: execute, read a file, read a directory; all 13. */
enum { READING = 1 << 0 | 1 << 2 | 1 << 3, ALL = (1 << 13) - 1 };

int main(int argc, char **argv)
{
	struct { uint64_t handled; } attr = { ALL };
	struct {
		uint64_t allowed;
		int32_t parent;
	} __attribute__((packed)) rule = { READING, -1 };
	int set;

	if (argc < 2)
		return 64;
	set = syscall(CREATE_RULESET, &attr, sizeof(attr), 0);
	if (set < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 77 : 1;
	rule.parent = open("/", O_PATH | O_CLOEXEC);
	if (rule.parent < 0 || syscall(ADD_RULE, set, RULE_PATH_BENEATH, &rule, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(RESTRICT_SELF, set, 0)) {
		fprintf(stderr, "landlock-shim: %s\n", strerror(errno));
		return 1;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "landlock-shim: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
