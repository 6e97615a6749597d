// SPDX-License-Identifier: GPL-2.0-only
#include "sw_show.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Invisible characters, and those that set the direction of what follows (Unicode, Cf and Zl, Zp). */
static bool invisible(uint32_t c)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x80, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xd800, 0xdfff }, { 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff }, { 0x110000, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

size_t sw_printable(const char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };	/* of so many bytes: no longer form */
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 && p[0] < 0xf8 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
		   p[0] >= 0xc0 && p[0] < 0xe0 ? 2 : 0;
	uint32_t c;

	if (n <= 1)
		return n && p[0] >= ' ' && p[0] != 0x7f;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c < least[n] || invisible(c) ? 0 : n;
}

/* Bytes of what is not printable that one '?' stands for. */
static size_t unprintable(const char *s)
{
	size_t n = 1;

	if ((unsigned char)*s >= 0xc0)
		while (n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
	return n;
}

/* ESC [ digits m, as reports write it: its length, or 0. */
static size_t colour_code(const char *s)
{
	size_t n;

	if (s[0] != '\033' || s[1] != '[')
		return 0;
	n = 2 + strspn(s + 2, "0123456789;");
	return s[n] == 'm' ? n + 1 : 0;
}

static size_t defuse(char *text, size_t len, bool newlines, bool colours)
{
	char *out = text, *end = text + len;

	for (char *p = text; p < end;) {
		size_t n = sw_printable(p);

		if (!n && newlines && *p == '\n')
			n = 1;
		if (!n && colours)
			n = colour_code(p);
		if (n) {
			memmove(out, p, n);
			out += n;
			p += n;
		} else {
			p += unprintable(p);	/* before its first byte is overwritten */
			*out++ = '?';
		}
	}
	*out = 0;
	return (size_t)(out - text);
}

void sw_defuse(char *text)
{
	defuse(text, strlen(text), false, false);
}

void sw_defuse_output(struct sw_buf *b, bool colours)
{
	if (b->data)
		b->len = defuse(b->data, b->len, true, colours);
}

void sw_complain(const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sw_defuse(line);
	fprintf(stderr, "%s\n", line);
}
