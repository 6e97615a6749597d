/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of devices share. Everything happens in new network namespaces. That a frame does not arrive is
 * proven by a second one that must: frames on one path keep their order. Include it after suite.h.
 */
#ifndef NET_FRAMES_H
#define NET_FRAMES_H

#include <linux/if_link.h>
#include <net/if.h>
#include <sys/socket.h>

#include "suite_link.h"
#include "suite_net.h"

/* Addresses that are nobody's: locally administered, unicast. */
static const uint8_t station_a[6] __attribute__((unused)) = { 2, 0x53, 0x57, 0, 0, 0x0a };
static const uint8_t station_b[6] __attribute__((unused)) = { 2, 0x53, 0x57, 0, 0, 0x0b };
static const uint8_t station_c[6] __attribute__((unused)) = { 2, 0x53, 0x57, 0, 0, 0x0c };

/* The next frame that a socket gets has this text. */
#define EXPECT_FRAME(fd, text_)                                                               \
	do {                                                                                      \
		struct suite_frame frame_;                                                        \
		ASSERT_OK(suite_frame_next(fd, &frame_));                                         \
		EXPECT_STREQ(text_, frame_.text);                                                 \
	} while (0)

/* The next datagram that a socket gets has this text. */
#define EXPECT_DATAGRAM(fd, text_)                                                            \
	do {                                                                                      \
		char got_[40];                                                                    \
		ASSERT_OK(suite_udp_next(fd, got_, NULL, NULL));                                  \
		EXPECT_STREQ(text_, got_);                                                        \
	} while (0)

#endif
