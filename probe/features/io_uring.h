/* SPDX-License-Identifier: GPL-2.0-only */
/* The trial behind process.io_uring. */
#ifndef IO_URING_H
#define IO_URING_H

#include "feature.h"

feature_probe_fn probe_io_uring;

#endif
