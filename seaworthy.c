// SPDX-License-Identifier: GPL-2.0-only
/* The one executable. What it is depends on the name it is called by: see the tables below. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_show.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);	/* argv[0] is the verb; returns the exit status */
	const char *summary;
} commands[] = {
	{ "probe", cmd_probe, "what this kernel, or a configuration file, can do for containers" },
	{ "features", cmd_features, "the table of features that the probe knows" },
	{ "test", cmd_test, "run the conformance suites on the running kernel" },
	{ "matrix", cmd_harness, "boot kernels in QEMU, probe and test each, print the matrix" },
	{ "report", cmd_harness, "render a result again: terminal, HTML, JUnit" },
	{ "kernel", cmd_harness, "list and fetch the kernels of the catalogue" },
	{ "berth", cmd_berth, "the reference runtime (also as its own name, berth)" },
	{ "init", cmd_init, "PID 1 of a test guest" },
	{ "inside", cmd_inside, "report what a container looks like from inside" },
};

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: seaworthy VERB [OPTION...]\n\n"
		"Tells whether a Linux kernel is fit to carry containers, and proves it.\n\nVerbs:\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n`seaworthy VERB --help` tells more. Exit status: 0 as required, 1 something "
		"required is missing\nor failed, 2 degraded, 3 could not be determined, 64 usage error.\n");
	return status;
}

/*
 * A descriptor of 0 to 2 that is closed would be taken by the first file that is opened, and
 * written to. Fill it with one on which every use fails: closed stays closed, to the eye.
 */
static void occupy_closed(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

/* What was printed must have got there, or the status is none to rely on. */
static int finish(int status, const char *name)
{
	/* Any other status than success stands: its verb has said what went wrong, in its own way. */
	if ((!fflush(stdout) && !ferror(stdout)) || status != SW_EXIT_OK)
		return status;
	fprintf(stderr, "%s: cannot write to standard output: %s\n", name, sw_errno_text(errno));
	return SW_EXIT_UNKNOWN;
}

#define STACK_MIN (8 << 20)

int main(int argc, char **argv)
{
	const char *name = argc && argv[0] ? strrchr(argv[0], '/') : NULL;

	struct rlimit stack;

	occupy_closed();
	/* Ignored by whoever started us, it would stay so: then children cannot be waited for (wait(2)). */
	signal(SIGCHLD, SIG_DFL);
	/* A stack grows as far as the soft limit is now, and less than this is no place to work in. */
	if (!getrlimit(RLIMIT_STACK, &stack) && stack.rlim_cur < STACK_MIN) {
		stack.rlim_cur = stack.rlim_max < STACK_MIN ? stack.rlim_max : STACK_MIN;
		setrlimit(RLIMIT_STACK, &stack);
	}
	name = name ? name + 1 : argc && argv[0] ? argv[0] : "seaworthy";
	if (!strcmp(name, "berth"))
		return cmd_berth(argc, argv);
	if (!strncmp(name, "lxc-", 4))
		return cmd_lxc(argc, argv);
	if (!strcmp(name, "init") || (getpid() == 1 && argc == 1))
		return cmd_init(argc, argv);
	if (argc < 2)
		return usage(stderr, SW_EXIT_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return finish(usage(stdout, SW_EXIT_OK), "seaworthy");
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		puts("seaworthy " SW_VERSION);
		return finish(SW_EXIT_OK, "seaworthy");
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return finish(commands[i].run(argc - 1, argv + 1), argv[1]);
	sw_complain("seaworthy: there is no verb '%s'; `seaworthy --help` lists them", argv[1]);
	return SW_EXIT_USAGE;
}
