/* SPDX-License-Identifier: GPL-2.0-only */
/* Users, subordinate ids and network devices, for the verbs that need them. */
#ifndef CMD_NS_H
#define CMD_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sw_error.h"

struct cmd_user {
	uid_t uid;
	gid_t gid;
	char name[64];		/* "" : a number without a name */
};
/* By name or number, from /etc/passwd. -ENOENT: no such name. */
int cmd_find_user(const char *word, struct cmd_user *ret);
/* The first range of a user in /etc/subuid or /etc/subgid, subuid(5). -ENOENT: none. */
int cmd_subids(const char *file, const struct cmd_user *user, unsigned long *ret_first,
	       unsigned long *ret_count);
/*
 * The namespaces that -s lists by LXC's words, as SW_CLONE_NEW*.
 * @between: what may stand between two words
 * Returns 0, or the status of a wrong command line, said already.
 */
int cmd_namespaces(const struct cmd *c, const char *between, uint64_t *ret);

#endif
