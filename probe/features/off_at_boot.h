/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OFF_AT_BOOT_H
#define OFF_AT_BOOT_H

#include "feature.h"

/* struct feature.off_at_boot for rows whose default one symbol decides; the table has them by id. */
bool off_by_symbol(const struct feature *f, const struct kconfig *kc, uint32_t version, char *boot,
		   size_t size);

#endif
