/* SPDX-License-Identifier: GPL-2.0-only */
/* Markdown (GitHub's) that shows texts as they are. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "sw_buf.h"

/* Prose: every character that means something is escaped; no line ends, no pipe ends a cell. */
void markdown_text(struct sw_buf *out, const char *s);
/* As code: nothing in it is interpreted, no name is mentioned, no number becomes a link. */
void markdown_code(struct sw_buf *out, const char *s);

#endif
