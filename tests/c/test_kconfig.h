/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the tests of the configuration reader. */
#ifndef TEST_KCONFIG_H
#define TEST_KCONFIG_H

#include "kconfig/kconfig.h"

/* What makes a text a full configuration: see looks_complete() in probe/kconfig/parse.c. */
#define KCONFIG_SKELETON_HEAD                                                                  \
	"CONFIG_INIT_ENV_ARG_LIMIT=32\nCONFIG_SYSVIPC=y\nCONFIG_PRINTK=y\nCONFIG_BUG=y\n"      \
	"CONFIG_BASE_FULL=y\nCONFIG_FUTEX=y\n# CONFIG_EPOLL is not set\nCONFIG_SIGNALFD=y\n"   \
	"CONFIG_TIMERFD=y\nCONFIG_EVENTFD=y\nCONFIG_SHMEM=y\nCONFIG_AIO=y\nCONFIG_BLOCK=y\n"
#define KCONFIG_SKELETON                                                                       \
	KCONFIG_SKELETON_HEAD                                                                  \
	"CONFIG_HAS_IOMEM=y\nCONFIG_HAS_DMA=y\nCONFIG_CRC32=y\n# CONFIG_CRC16 is not set\n"    \
	"CONFIG_PRINTK_TIME=y\nCONFIG_FRAME_WARN=1024\n# CONFIG_DEBUG_KERNEL is not set\n"

/* Parse text; ends the test program if that fails. */
struct kconfig *parse_ok(const char *text);

#endif
