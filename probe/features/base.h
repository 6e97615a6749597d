/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes of system calls that every init system builds on, for the table in base.c. */
#ifndef BASE_H
#define BASE_H

#include "feature.h"

feature_probe_fn base_probe_inotify, base_probe_fanotify, base_probe_signalfd, base_probe_timerfd,
	base_probe_epoll, base_probe_eventfd, base_probe_fhandle, base_probe_unix,
	base_probe_tmpfs_xattr, base_probe_tmpfs_acl, base_probe_multiuser;

#endif
