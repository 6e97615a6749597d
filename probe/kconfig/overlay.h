/* SPDX-License-Identifier: GPL-2.0-only */
/* A configuration that is another one with some symbols changed: what if CONFIG_X were y? */
#ifndef KCONFIG_OVERLAY_H
#define KCONFIG_OVERLAY_H

#include "kconfig.h"

/*
 * A copy of base to change; base must outlive it. base NULL: nothing is set in it, and all
 * of it is known. Returns 0 or -ENOMEM. Free with kconfig_free().
 */
int kconfig_overlay(const struct kconfig *base, struct kconfig **ret);
/* Set a symbol; the name must outlive kc. Returns 0 or -ENOMEM. */
int kconfig_overlay_set(struct kconfig *kc, const char *symbol, enum kconfig_tristate value);

#endif
