/* SPDX-License-Identifier: GPL-2.0-only */
/* The items of each profile, each list ending with features NULL. */
#ifndef TABLES_H
#define TABLES_H

#include "profiles/profile.h"

/* What only a few rows say is named where it is said, and nothing elsewhere. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

extern const struct profile_item profile_application[], profile_system[], profile_systemd[],
	profile_lxc[], profile_docker[], profile_kubernetes[], profile_rootless[],
	profile_checkpoint[], profile_waydroid[];

#endif
