/* SPDX-License-Identifier: GPL-2.0-only */
/* From options to a report. */
#ifndef RUN_H
#define RUN_H

#include "options.h"
#include "sw_error.h"

/* Are the names of features and globs known? Returns 0 or, after a message, an exit status. */
int probe_check_names(const struct probe_options *o);
/*
 * Gather the evidence for the subject that the options name, and judge it. Returns 0 or, after a
 * message, an exit status; r is to be freed either way.
 */
int probe_run(struct probe_options *o, struct probe_report *r);
/* The same for a file: returns 0, or -errno as kconfig_load() with err filled and nothing printed. */
int probe_run_config(struct probe_options *o, const char *path, struct probe_report *r,
		     struct sw_error *err);
void probe_report_free(struct probe_report *r);

#endif
