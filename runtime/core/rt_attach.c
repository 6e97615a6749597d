// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "core/rt_int.h"
int rt_attach(const char *lxcpath, const char *name, const struct rt_attach_opts *opts,
	      char *const argv[], int *ret_status, struct sw_error *err)
{
	(void)lxcpath; (void)name; (void)opts; (void)argv; (void)ret_status;
	return sw_error(err, ENOSYS, "attach", "not yet");
}
