/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of probe/kconfig/ only. */
#ifndef KCONFIG_INTERNAL_H
#define KCONFIG_INTERNAL_H

#include "kconfig.h"
#include "sw_buf.h"

/*
 * The largest configuration that is taken for one. The fullest in circulation have 0.3 MB;
 * beyond this it is a mistake or a decompression bomb.
 */
#define KCONFIG_TEXT_MAX ((size_t)16 << 20)

enum kconfig_said {
	KCONFIG_SAID_VALUE,	/* CONFIG_X=... */
	KCONFIG_SAID_NOT_SET,	/* # CONFIG_X is not set */
	KCONFIG_SAID_ODDLY,	/* only on a line that Kconfig's own reader passes over */
	KCONFIG_SAID_DAMAGED,	/* the same, and no line that anybody writes */
};

struct kconfig_entry {
	const char *name;	/* into text, NUL-terminated */
	const char *value;	/* into text, NULL for "is not set" */
	uint32_t hash;		/* of the name, kconfig_hash() */
	unsigned int line;
	enum kconfig_tristate tri : 8;
	enum kconfig_said said : 8;
};

struct kconfig {
	struct kconfig_info info;
	char *text;			/* the parser's copy, cut up into names and values */
	struct kconfig_entry *entries;	/* in order of first mention */
	size_t count, cap;
	uint32_t *slots;		/* open addressing: index into entries + 1, 0 = free */
	size_t slot_count;		/* a power of two */
	struct kconfig_problem *problems;
	size_t problem_count, problem_cap;
	char *path, *release;
	char arch[24];
	char format[128];
	char passed[200];
	bool shows_not_set;		/* has the "is not set" lines that Kconfig writes */
	unsigned int damaged;		/* a line that could not be read, about whatever symbol; 0: none */
};

/* Does the entry leave open what the kernel was built with? */
static inline bool kconfig_said_nothing(const struct kconfig_entry *e)
{
	return e->said == KCONFIG_SAID_ODDLY || e->said == KCONFIG_SAID_DAMAGED;
}

/* The entry of a symbol, or NULL when it is not mentioned. */
const struct kconfig_entry *kconfig_entry(const struct kconfig *kc, const char *symbol);
/* Add an entry, or replace the one of the same name. Returns 0 or -ENOMEM. */
int kconfig_put(struct kconfig *kc, const struct kconfig_entry *new);
int kconfig_put_hashed(struct kconfig *kc, const struct kconfig_entry *new);	/* hash filled in */
uint32_t kconfig_hash(const char *name, size_t len);
/* Both at once, of a name with at least 8 readable bytes from its end on. */
size_t kconfig_name_hash(const char *s, uint32_t *ret_hash);
size_t kconfig_name_len(const char *s);		/* of the letters, digits and _ at s */
/* Make room for the symbols of so many bytes of text. Returns 0 or -ENOMEM. */
int kconfig_expect(struct kconfig *kc, size_t len);
/*
 * kconfig_parse() of a malloc'ed text that becomes the configuration's, or is freed. It has room for
 * KCONFIG_PAD bytes behind len, of whatever content.
 */
int kconfig_parse_own(char *text, size_t len, struct kconfig **ret, struct sw_error *err);
#define KCONFIG_PAD 16
/* Record something odd; stops at a fixed number so that garbage cannot fill the memory. */
void kconfig_problem(struct kconfig *kc, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Replace control characters: words out of a file go to terminals. */
void kconfig_defuse(char *text);

#endif
