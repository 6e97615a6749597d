// SPDX-License-Identifier: GPL-2.0-only
#include "sw_buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sw_buf_free(struct sw_buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

int sw_buf_reserve(struct sw_buf *b, size_t extra)
{
	size_t need, cap;
	char *data;

	if (b->failed || __builtin_add_overflow(b->len, extra, &need) ||
	    __builtin_add_overflow(need, (size_t)1, &need)) {
		b->failed = ENOMEM;
		return -ENOMEM;
	}
	if (need <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap = cap > (size_t)-1 / 2 ? need : cap * 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = ENOMEM;
		return -ENOMEM;
	}
	b->data = data;
	b->cap = cap;
	b->data[b->len] = 0;
	return 0;
}

void sw_buf_add(struct sw_buf *b, const void *data, size_t len)
{
	/* Mostly there is room: what is added is a word or a character. */
	if (!len || ((b->failed || len >= b->cap - b->len) && sw_buf_reserve(b, len)))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
}

void sw_buf_adds(struct sw_buf *b, const char *s)
{
	sw_buf_add(b, s, strlen(s));
}

void sw_buf_addc(struct sw_buf *b, char c)
{
	if ((b->failed || b->cap - b->len < 2) && sw_buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = 0;
}

void sw_buf_vprintf(struct sw_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0 && !sw_buf_reserve(b, n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += n;
	}
	va_end(again);
}

void sw_buf_printf(struct sw_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sw_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *sw_buf_str(const struct sw_buf *b)
{
	return b->data ? b->data : "";
}

char *sw_buf_take(struct sw_buf *b)
{
	char *data = b->failed ? NULL : b->data;

	if (!data && !b->failed)
		data = strdup("");
	if (b->failed)
		free(b->data);
	memset(b, 0, sizeof(*b));
	return data;
}
