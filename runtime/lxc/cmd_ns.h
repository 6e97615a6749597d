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
/* SW_CLONE_NEW* of LXC's word for a namespace; 0: there is none. */
uint64_t cmd_namespace(const char *word);
/* Give a process in a new user namespace the ids that this one has. Returns 0 or -errno. */
int cmd_copy_map(pid_t pid, bool gid);
/* Move a network device into the network namespace of a process. @new_name: NULL: keep. */
int cmd_net_move(const char *device, pid_t pid, const char *new_name, struct sw_error *err);

#endif
