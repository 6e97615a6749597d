/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of loading that tests call one by one; everybody else uses kconfig.h. */
#ifndef KCONFIG_LOAD_H
#define KCONFIG_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "kconfig.h"

/* What kconfig_load() does with the bytes of a file; info.path stays NULL. */
int kconfig_load_bytes(const uint8_t *data, size_t len, struct kconfig **ret, struct sw_error *err);
/* kconfig_load() relative to a directory; source is what info.source says of a file. */
int kconfig_load_at(int dirfd, const char *path, enum kconfig_source source, struct kconfig **ret,
		    struct sw_error *err);
/*
 * kconfig_load_running() below another root directory, for a kernel of that release on that machine
 * (as uname(2) names it, NULL: not known).
 */
int kconfig_load_running_at(int rootfd, const char *release, const char *machine,
			    struct kconfig **ret, struct sw_error *err);

#endif
