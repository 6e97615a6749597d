// SPDX-License-Identifier: GPL-2.0-only
/* The table of a configuration's symbols: open addressing over an array in order of first mention. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Eight bytes at a step: the names of one configuration are a quarter of a megabyte. */
uint32_t kconfig_hash(const char *name, size_t len)
{
	const uint64_t prime = 0x9e3779b97f4a7c15u;	/* 2^64 / golden ratio: Fibonacci hashing */
	uint64_t h = len * prime, word;

	for (; len >= 8; len -= 8, name += 8) {
		memcpy(&word, name, 8);
		h = (h ^ word) * prime;
		h ^= h >> 32;
	}
	word = 0;
	for (; len; len--)
		word = word << 8 | (unsigned char)*name++;
	h = (h ^ word) * prime;
	return (uint32_t)(h >> 32);
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
	if (new->said == KCONFIG_SAID_ODDLY)
		return 0;	/* the problem is recorded; a proper line stands above it */
	if (old->said != KCONFIG_SAID_ODDLY) {
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
