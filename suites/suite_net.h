/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces in the caller's network namespace, by ioctl(2) and rtnetlink(7). */
#ifndef SUITE_NET_H
#define SUITE_NET_H

#include <stdint.h>
#include <sys/types.h>

/* Flags of an interface (IFF_UP ...), or -errno. */
int suite_net_flags(const char *name);
int suite_net_up(const char *name);
/* Give it an IPv4 address with a prefix of 24 bits. @address: host byte order */
int suite_net_address(const char *name, uint32_t address);
/* Make a veth pair: name here, peer in the network namespace of process pid (0: here). */
int suite_net_veth(const char *name, const char *peer, pid_t pid);
/* Move an interface into the network namespace of a process. */
int suite_net_move(const char *name, pid_t pid);

#endif
