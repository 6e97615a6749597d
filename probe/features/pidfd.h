/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes of descriptors for processes, for the table in process.c. */
#ifndef PIDFD_H
#define PIDFD_H

#include "feature.h"

feature_probe_fn pidfd_probe_send_signal, pidfd_probe_clone, pidfd_probe_open, pidfd_probe_poll,
	pidfd_probe_wait, pidfd_probe_getfd;

#endif
