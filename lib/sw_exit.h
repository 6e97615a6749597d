/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one contract of exit statuses, shared by every verb that judges.
 * lxc-* and berth-oci keep the statuses of the tools they stand in for.
 */
#ifndef SW_EXIT_H
#define SW_EXIT_H

enum sw_exit {
	SW_EXIT_OK = 0,		/* as required */
	SW_EXIT_FAIL = 1,	/* something required is missing or failed */
	SW_EXIT_DEGRADED = 2,	/* only recommended things are missing */
	SW_EXIT_UNKNOWN = 3,	/* could not be determined */
	SW_EXIT_USAGE = 64,	/* the command line is wrong (sysexits.h EX_USAGE) */
};

#endif
