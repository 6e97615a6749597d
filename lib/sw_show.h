/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of others - file names, arguments, lines of a configuration - on their way to a terminal or
 * into a document: nothing in them may move the cursor, start an escape sequence or turn round the
 * direction of writing.
 */
#ifndef SW_SHOW_H
#define SW_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include "sw_buf.h"

/*
 * Bytes at the start of s (which ends in a NUL) that make one printable character, or 0: a control
 * character (C0, DEL, C1), one that is invisible or sets the direction (U+202E), or no UTF-8.
 */
size_t sw_printable(const char *s);
/* Put a '?' in the place of everything that is not printable, newlines too. */
void sw_defuse(char *text);
/* The same of a whole output, of which newlines stay, and with @colours the codes of colours. */
void sw_defuse_output(struct sw_buf *b, bool colours);
/* One defused line on standard error; the newline is added. */
void sw_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
