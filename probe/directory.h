/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging a directory of configurations and kernel images. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "options.h"

/* Is o->config a directory? (Without following further: what cannot be looked at is none.) */
bool probe_is_directory(const struct probe_options *o);
/*
 * Judge each file in the directory o->config; sub-directories are named but not entered. Appends a
 * table, or with --format json the end of one document, seaworthy.probe-list/1 (docs/results.md):
 * what stands before it is on standard output by then, file by file, so as not to keep it all.
 * Returns the worst exit status: files that are no configuration and no kernel do not count,
 * unless there is nothing else.
 */
int probe_directory(struct probe_options *o, struct sw_buf *out);

#endif
