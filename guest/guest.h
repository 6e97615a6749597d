/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of PID 1 of a test guest; docs/guest-protocol.md is the contract with the host. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sw_buf.h"
#include "sw_error.h"

/* ---- records: record.c ---------------------------------------------------------------------- */

enum { GUEST_PAYLOAD_MAX = 4096, GUEST_JOB_LINE_MAX = 1000, GUEST_JOB_LINES_MAX = 4096 };

struct guest_channel {
	int fd;
	unsigned long seq;	/* of the next record */
	int failed;		/* errno of the first write that failed; nothing is written after it */
};

/* One record in its wire form, appended to out. len must not exceed GUEST_PAYLOAD_MAX. */
void guest_record_format(struct sw_buf *out, const char *type, unsigned long seq,
			 const void *payload, size_t len);
/* Write a record; a longer payload is cut to GUEST_PAYLOAD_MAX. */
void guest_record(struct guest_channel *ch, const char *type, const void *payload, size_t len);
/* A `note` record, and the same words on stderr (the console) for people. */
void guest_note(struct guest_channel *ch, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- the job: job.c, pure ------------------------------------------------------------------- */

enum guest_layout { GUEST_LAYOUT_NONE, GUEST_LAYOUT_V1_SINGLE, GUEST_LAYOUT_V1_EACH, GUEST_LAYOUT_V2 };

struct guest_command {
	char **argv;		/* NULL-terminated; module: file and parameters; step: program */
	size_t argc;
};

struct guest_step {
	char *name;
	long timeout_s;
	struct guest_command command;
};

struct guest_job {
	enum guest_layout layout;
	bool devpts_newinstance;
	struct guest_command *modules;	/* in the order of the job */
	size_t module_count;
	struct guest_step *steps;
	size_t step_count;
	bool poweroff_seen;
};

/* The header line "sw1-job COUNT". Returns COUNT or -EINVAL with words in err. */
long guest_job_header(const char *line, struct sw_error *err);
/* One job line, without its newline; number counts from 1, for messages. 0 or -errno. */
int guest_job_line(struct guest_job *job, const char *line, unsigned long number,
		   struct sw_error *err);
void guest_job_free(struct guest_job *job);

/* ---- what PID 1 prepares: mounts.c, modules.c ------------------------------------------------ */

/*
 * /proc; then /sys, /dev, /run, /tmp. What went wrong is appended to trouble, a line each.
 * @by_hand: make /dev as on a kernel without devtmpfs
 */
void guest_mount_proc(struct sw_buf *trouble);
void guest_mount_base(bool by_hand, struct sw_buf *trouble);
/* Both tell what goes wrong as notes; the job goes on. */
void guest_mount_layout(struct guest_channel *ch, enum guest_layout layout);
void guest_mount_devpts(struct guest_channel *ch, bool newinstance);
void guest_lo_up(struct guest_channel *ch);
/* Load a module file, packed or not. Returns 0 (also when it is there already) or -errno. */
int guest_load_module(const struct guest_command *module, struct sw_error *err);

/* ---- what a step left behind: left.c, settings.c -------------------------------------------------- */

struct guest_names {		/* sorted */
	char **names;
	size_t count;
};

struct guest_state {
	struct guest_names mounts, cgroups, netdevs, modules, sysctls;
};

/* A name that cannot be kept for want of memory is dropped. */
void guest_names_add(struct guest_names *n, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The modules that are loaded; every sysctl that can be read and written, with its value. */
void guest_take_modules(struct guest_names *out);
void guest_take_sysctls(struct guest_names *out);

void guest_state_take(struct guest_state *ret);
void guest_state_free(struct guest_state *s);
/* Call fn with one line for each thing that is in after and not in before, or the reverse. */
void guest_state_diff(const struct guest_state *before, const struct guest_state *after,
		      void (*fn)(const char *line, void *arg), void *arg);
/* Call fn for every descendant of this process that is not a zombie. Returns how many. */
size_t guest_descendants(void (*fn)(pid_t pid, const char *comm, void *arg), void *arg);

/* ---- steps: step.c -------------------------------------------------------------------------- */

void guest_run_step(struct guest_channel *ch, const struct guest_step *step);

#endif
