/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing byte buffer, always followed by a NUL. */
#ifndef SW_BUF_H
#define SW_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct sw_buf {
	char *data;	/* NULL or malloc'ed, data[len] == 0 */
	size_t len;
	size_t cap;
	int failed;	/* set to ENOMEM once an append failed; later appends do nothing */
};

#define SW_BUF_INIT { NULL, 0, 0, 0 }

void sw_buf_free(struct sw_buf *b);
#define __sw_buf __attribute__((cleanup(sw_buf_free)))

/* Append; on lack of memory set b->failed and keep what there was. */
void sw_buf_add(struct sw_buf *b, const void *data, size_t len);
void sw_buf_adds(struct sw_buf *b, const char *s);
void sw_buf_addc(struct sw_buf *b, char c);
void sw_buf_printf(struct sw_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sw_buf_vprintf(struct sw_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* Make room for at least extra more bytes. Returns 0 or -ENOMEM. */
int sw_buf_reserve(struct sw_buf *b, size_t extra);
/* The text, "" for an empty buffer. Owned by the buffer. */
const char *sw_buf_str(const struct sw_buf *b);
/* Hand the malloc'ed text to the caller (never NULL unless out of memory) and empty b. */
char *sw_buf_take(struct sw_buf *b);

#endif
