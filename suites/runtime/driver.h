/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How to talk to a container runtime: command lines, and nothing of its insides. The suites of this
 * directory prove a runtime from outside; another runtime is another row of runtime_drivers[].
 */
#ifndef RUNTIME_DRIVER_H
#define RUNTIME_DRIVER_H

#include <stddef.h>
#include <sys/types.h>

#include "sw_buf.h"
#include "sw_error.h"

#define RUNTIME_ARGS 12

/*
 * A command line; NULL ends it. Words that are replaced: "{name}" the container's name, "{config}"
 * the file with its configuration, "{command}" (last) the program and its arguments.
 */
struct runtime_command {
	const char *args[RUNTIME_ARGS];
};

struct runtime_driver {
	const char *id;
	const char *about;
	const char *program;	/* NULL: this very executable, called by the name args[0] */
	const char *elsewhere;	/* in the name of a cgroup or file: of a container below another
				 * directory than STORY_LXCPATH, so not ours. NULL: there is no telling */
	struct runtime_command create, execute, start, state, pid, list, stop, stop_after_1s, destroy,
		freeze, unfreeze, tty1;	/* tty1: the first terminal on the caller's */
};

/* Ends with a row whose id is NULL. The first is the default. */
extern const struct runtime_driver runtime_drivers[];

/*
 * The row that the environment variable SEAWORTHY_RUNTIME names, else the first; NULL when it
 * names none, which a test reports as a failure.
 */
const struct runtime_driver *runtime_selected(void);
const struct runtime_driver *runtime_find(const char *id);

struct runtime_call {
	const struct runtime_driver *driver;
	const struct runtime_command *command;
	const char *name, *config;
	const char *const *argv;	/* for "{command}"; NULL: none */
	int in;				/* stdin: a descriptor, or -1: /dev/null */
	int out;			/* stdout: a descriptor to write to, or -1: collected */
};

struct runtime_result {
	int end;		/* as suite_wait() tells: exit status or SUITE_KILLED() */
	struct sw_buf out, err;	/* what it said; carriage returns of a terminal are taken out */
};

/* Fill argv (room for size pointers) with the words of a call. Returns how many, or -E2BIG. */
int runtime_words(const struct runtime_call *call, const char **argv, size_t size);
/* Start it: *ret_pid. stderr goes to errfd, or to this test's own stderr if that is -1. */
int runtime_spawn(const struct runtime_call *call, int outfd, int errfd, pid_t *ret_pid);
/*
 * Run it to its end, output collected in files (a daemon that keeps them open holds nothing up). After
 * limit_s seconds it is killed: -ETIMEDOUT. ret is to be freed in any case. 0 or -errno.
 */
int runtime_run(const struct runtime_call *call, int limit_s, struct runtime_result *ret);
void runtime_result_free(struct runtime_result *r);
#define __runtime_result __attribute__((cleanup(runtime_result_free)))

#endif
