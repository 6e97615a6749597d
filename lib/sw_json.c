// SPDX-License-Identifier: GPL-2.0-only
#include "sw_json.h"

#include <inttypes.h>
#include <string.h>

static void newline(struct sw_json *j)
{
	static const char indent[] = "\n                                ";
	size_t want = 1 + 2 * (size_t)j->depth;

	if (!j->pretty)
		return;
	sw_buf_add(&j->buf, indent, want < sizeof(indent) - 1 ? want : sizeof(indent) - 1);
	for (; want > sizeof(indent) - 1; want--)
		sw_buf_addc(&j->buf, ' ');
}

/*
 * Length of the well-formed UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF), or 0.
 */
static int utf8_len(const unsigned char *s)
{
	unsigned int cp;
	int n;

	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 :
	    s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : 0;
	if (!n)
		return 0;
	cp = s[0] & (0xff >> (n + 1));
	for (int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && cp < 0x800) || (n == 4 && (cp < 0x10000 || cp > 0x10ffff)) ||
	    (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	return n;
}

static void quoted(struct sw_json *j, const char *str)
{
	/* ASCII that stands as it is */
	static const bool as_is[256] = {
		[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true,
	};
	const unsigned char *s = (const unsigned char *)str, *plain = s;

	sw_buf_addc(&j->buf, '"');
	for (;;) {
		int n;

		while (as_is[*s])
			s++;
		if (!*s)
			break;
		n = utf8_len(s);

		if (n > 1 || (n == 1 && *s >= 0x20 && *s != 0x7f && *s != '"' && *s != '\\')) {
			s += n;
			continue;
		}
		/* What stands as it is goes in one piece: most strings are nothing else. */
		sw_buf_add(&j->buf, plain, (size_t)(s - plain));
		if (!n)
			sw_buf_adds(&j->buf, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			sw_buf_printf(&j->buf, "\\%c", *s);
		else
			sw_buf_printf(&j->buf, "\\u%04x", *s);
		plain = ++s;
	}
	sw_buf_add(&j->buf, plain, (size_t)(s - plain));
	sw_buf_addc(&j->buf, '"');
}

static void begin(struct sw_json *j, const char *key)
{
	if (j->comma)
		sw_buf_addc(&j->buf, ',');
	if (j->depth)
		newline(j);
	if (key) {
		quoted(j, key);
		sw_buf_adds(&j->buf, j->pretty ? ": " : ":");
	}
	j->comma = true;
}

static void open_with(struct sw_json *j, const char *key, char opener)
{
	begin(j, key);
	sw_buf_addc(&j->buf, opener);
	j->depth++;
	j->comma = false;
}

void sw_json_object(struct sw_json *j, const char *key)
{
	open_with(j, key, '{');
}

void sw_json_array(struct sw_json *j, const char *key)
{
	open_with(j, key, '[');
}

void sw_json_end(struct sw_json *j, char closer)
{
	j->depth--;
	if (j->comma)
		newline(j);
	sw_buf_addc(&j->buf, closer);
	j->comma = true;
	if (!j->depth)
		sw_buf_addc(&j->buf, '\n');
}

void sw_json_str(struct sw_json *j, const char *key, const char *value)
{
	if (!value) {
		sw_json_null(j, key);
		return;
	}
	begin(j, key);
	quoted(j, value);
}

void sw_json_int(struct sw_json *j, const char *key, int64_t value)
{
	begin(j, key);
	sw_buf_printf(&j->buf, "%" PRId64, value);
}

void sw_json_bool(struct sw_json *j, const char *key, bool value)
{
	begin(j, key);
	sw_buf_adds(&j->buf, value ? "true" : "false");
}

void sw_json_null(struct sw_json *j, const char *key)
{
	begin(j, key);
	sw_buf_adds(&j->buf, "null");
}
