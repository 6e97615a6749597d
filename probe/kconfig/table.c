// SPDX-License-Identifier: GPL-2.0-only
/* The table of a configuration's symbols: open addressing over an array in order of first mention. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PRIME 0x9e3779b97f4a7c15u	/* 2^64 / golden ratio: Fibonacci hashing */

/* Eight bytes at a step: the names of one configuration are a quarter of a megabyte. */
static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * PRIME;
	return h ^ h >> 32;
}

/* @tail: the last bytes, up to 7, the first of them in the lowest place */
static uint32_t mix_tail(uint64_t h, uint64_t tail, size_t len)
{
	return (uint32_t)((h ^ tail ^ (uint64_t)len << 56) * PRIME >> 32);
}

uint32_t kconfig_hash(const char *name, size_t len)
{
	uint64_t h = 0, word;
	size_t n = 0;

	for (; n + 8 <= len; n += 8) {
		memcpy(&word, name + n, 8);
		h = mix(h, le64toh(word));
	}
	word = 0;
	for (size_t i = len; i > n; i--)
		word = word << 8 | (unsigned char)name[i - 1];
	return mix_tail(h, word, len);
}

/*
 * The top bit of each byte that is a letter, a digit or _, by arithmetic on all eight: none carries
 * into the next, since bytes of 0x80 and more are taken out first.
 */
static uint64_t name_bytes(uint64_t word)
{
	const uint64_t ones = ~(uint64_t)0 / 255, top = ones * 0x80;
	uint64_t low = word & ~top, lower = low | ones * 0x20;
	uint64_t digit = (low + ones * (0x80 - '0')) & ~(low + ones * (0x7f - '9'));
	uint64_t letter = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x7f - 'z'));
	uint64_t underscore = ~((low ^ ones * '_') + ones * 0x7f);

	return (digit | letter | underscore) & ~word & top;
}

size_t kconfig_name_hash(const char *s, uint32_t *ret_hash)
{
	const uint64_t top = ~(uint64_t)0 / 255 * 0x80;
	uint64_t h = 0, word, bad;
	size_t n = 0, more;

	for (;; n += 8) {
		memcpy(&word, s + n, 8);
		word = le64toh(word);
		bad = name_bytes(word) ^ top;
		if (bad)
			break;
		h = mix(h, word);
	}
	more = (size_t)__builtin_ctzll(bad) / 8;
	word &= ((uint64_t)1 << more * 8) - 1;
	*ret_hash = mix_tail(h, word, n + more);
	return n + more;
}

/* The slot that holds name, or the free one where it belongs. */
static size_t find_slot(const struct kconfig *kc, const char *name, uint32_t hash)
{
	size_t mask = kc->slot_count - 1, i = hash & mask;

	while (kc->slots[i]) {
		const struct kconfig_entry *e = &kc->entries[kc->slots[i] - 1];

		if (e->hash == hash && !strcmp(e->name, name))
			break;
		i = (i + 1) & mask;
	}
	return i;
}

/* Room for cap entries. Returns 0 or -ENOMEM, leaving what there was. */
static int resize(struct kconfig *kc, size_t cap)
{
	struct kconfig_entry *entries = realloc(kc->entries, cap * sizeof(*entries));
	size_t slot_count = 2048;
	uint32_t *slots;

	if (!entries)
		return -ENOMEM;
	kc->entries = entries;
	while (slot_count < cap * 2)
		slot_count *= 2;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(kc->slots);
	kc->slots = slots;
	kc->slot_count = slot_count;
	kc->cap = cap;
	for (size_t i = 0; i < kc->count; i++)
		kc->slots[find_slot(kc, entries[i].name, entries[i].hash)] = (uint32_t)i + 1;
	return 0;
}

int kconfig_expect(struct kconfig *kc, size_t len)
{
	/* Real configurations have 26 to 35 bytes a symbol; what is not used is never touched. */
	return resize(kc, len / 25 + 64);
}

const struct kconfig_entry *kconfig_entry(const struct kconfig *kc, const char *symbol)
{
	size_t slot;

	if (!kc || !kc->count)
		return NULL;
	slot = find_slot(kc, symbol, kconfig_hash(symbol, strlen(symbol)));
	return kc->slots[slot] ? &kc->entries[kc->slots[slot] - 1] : NULL;
}

static bool same_value(const struct kconfig_entry *a, const struct kconfig_entry *b)
{
	/* "=n" and "is not set" say the same. */
	if (a->tri == KCONFIG_N && b->tri == KCONFIG_N && (!a->value || !strcmp(a->value, "n")) &&
	    (!b->value || !strcmp(b->value, "n")))
		return true;
	return a->value && b->value && !strcmp(a->value, b->value);
}

int kconfig_put_hashed(struct kconfig *kc, const struct kconfig_entry *new)
{
	struct kconfig_entry *old;
	size_t slot;

	if (kc->count == kc->cap && resize(kc, kc->cap ? kc->cap * 2 : 1024))
		return -ENOMEM;
	slot = find_slot(kc, new->name, new->hash);
	if (!kc->slots[slot]) {
		kc->entries[kc->count] = *new;
		kc->slots[slot] = (uint32_t)++kc->count;
		return 0;
	}
	old = &kc->entries[kc->slots[slot] - 1];
	if (kconfig_said_nothing(new))
		return 0;	/* the problem is recorded; a proper line stands above it */
	if (!kconfig_said_nothing(old)) {
		if (same_value(old, new))
			kconfig_problem(kc, new->line, "CONFIG_%.60s again, as on line %u", new->name,
					old->line);
		else
			kconfig_problem(kc, new->line,
					"CONFIG_%.40s otherwise than on line %u; the last one counts",
					new->name, old->line);
	}
	*old = *new;
	return 0;
}

int kconfig_put(struct kconfig *kc, const struct kconfig_entry *new)
{
	struct kconfig_entry e = *new;

	e.hash = kconfig_hash(e.name, strlen(e.name));
	return kconfig_put_hashed(kc, &e);
}
