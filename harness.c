// SPDX-License-Identifier: GPL-2.0-only
/* The host-side verbs: find the Python harness and become it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "sw_error.h"
#include "sw_exit.h"

/*
 * Where the Python package is: $SEAWORTHY_HARNESS, beside a build tree's out/ directory, in
 * share/ beside an installed bin/ (whatever the prefix became since the build), or where `make
 * install` puts it. The first that holds seaworthy/__main__.py.
 */
static int find_harness(char *out, size_t size)
{
	const char *env = getenv("SEAWORTHY_HARNESS");
	char self[PATH_MAX], dir[PATH_MAX + 32], share[PATH_MAX + 32], probe[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = 0;
	slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	snprintf(dir, sizeof(dir), "%s/../harness", self);
	snprintf(share, sizeof(share), "%s/../share/seaworthy/harness", self);
	const char *places[] = { env, n > 0 ? dir : NULL, n > 0 ? share : NULL, SW_DATADIR "/harness" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!places[i] || !*places[i])
			continue;
		snprintf(probe, sizeof(probe), "%s/seaworthy/__main__.py", places[i]);
		if (!access(probe, R_OK)) {
			snprintf(out, size, "%s", places[i]);
			return 0;
		}
	}
	return -ENOENT;
}

int cmd_harness(int argc, char **argv)
{
	/* Debian's own interpreter first: apt's modules belong to it, whatever PATH has. */
	static const char *const pythons[] = { "/usr/bin/python3", "python3" };
	char dir[PATH_MAX + 32], self[PATH_MAX];
	char *args[argc + 5];
	ssize_t n;

	if (find_harness(dir, sizeof(dir))) {
		fprintf(stderr, "seaworthy %s: the Python harness is not installed beside this executable "
			"nor in " SW_DATADIR "; run it on a workstation, or set SEAWORTHY_HARNESS\n", argv[0]);
		return SW_EXIT_UNKNOWN;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = 0;
		setenv("SEAWORTHY_EXECUTABLE", self, 1);
	}
	setenv("PYTHONPATH", dir, 1);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 0);
	args[0] = "python3";
	args[1] = "-m";
	args[2] = "seaworthy";
	for (int i = 0; i < argc; i++)
		args[3 + i] = argv[i];
	args[3 + argc] = NULL;
	for (size_t i = 0; i < sizeof(pythons) / sizeof(*pythons); i++)
		execvp(pythons[i], args);
	fprintf(stderr, "seaworthy %s: cannot start python3: %s; the harness needs Python 3.11\n",
		argv[0], sw_errno_text(errno));
	return SW_EXIT_UNKNOWN;
}
