/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IPC_H
#define IPC_H

#include "live.h"

/* mq_open(3) has failed: say in *ret what that means. */
void ipc_mq_failed(int err, struct live *ret);

#endif
