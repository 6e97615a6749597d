// SPDX-License-Identifier: GPL-2.0-only
#include "overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

int kconfig_overlay(const struct kconfig *base, struct kconfig **ret)
{
	struct kconfig *kc = calloc(1, sizeof(*kc));

	if (!kc)
		return -ENOMEM;
	kc->info.complete = true;
	kc->shows_not_set = true;
	if (!base) {
		*ret = kc;
		return 0;
	}
	*kc = *base;
	/* What base owns stays with it: names and values point into its text. */
	kc->text = kc->path = kc->release = NULL;
	kc->problems = NULL;
	kc->problem_count = kc->problem_cap = 0;
	kc->entries = NULL;
	kc->slots = NULL;
	if (base->count) {
		kc->entries = malloc(base->cap * sizeof(*kc->entries));
		kc->slots = malloc(base->slot_count * sizeof(*kc->slots));
		if (!kc->entries || !kc->slots) {
			kconfig_free(kc);
			return -ENOMEM;
		}
		memcpy(kc->entries, base->entries, base->count * sizeof(*kc->entries));
		memcpy(kc->slots, base->slots, base->slot_count * sizeof(*kc->slots));
	} else {
		kc->cap = kc->slot_count = 0;
	}
	*ret = kc;
	return 0;
}

int kconfig_overlay_set(struct kconfig *kc, const char *symbol, enum kconfig_tristate value)
{
	static const char *const texts[] = { NULL, "m", "y" };
	struct kconfig_entry new = {
		.name = symbol, .value = texts[value], .tri = value,
		.said = value == KCONFIG_N ? KCONFIG_SAID_NOT_SET : KCONFIG_SAID_VALUE,
	};
	struct kconfig_entry *old = (struct kconfig_entry *)kconfig_entry(kc, symbol);

	if (!old)
		return kconfig_put(kc, &new);
	new.name = old->name;
	new.hash = old->hash;
	new.line = old->line;
	*old = new;
	return 0;
}
