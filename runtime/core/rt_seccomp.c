// SPDX-License-Identifier: GPL-2.0-only
/* Loading a seccomp filter; the program is made by a front-end before anything is done. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

#define PR_SET_SECCOMP_NR 22
#define SECCOMP_MODE_FILTER_NR 2	/* 3.5, commit e2cfabdfd075 */
#define FILTER_BYTES_MAX (4096 * sizeof(struct sock_filter))

int rt_step_seccomp_keep(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	const struct rt_filter *f = &ctx->spec->confine.filter;
	int r = sw_replace_file(ctx->dir.fd, "seccomp", f->insns,
				f->count * sizeof(struct sock_filter), 0600);

	(void)step;
	return r ? sw_error(err, r, NULL, "keeping the filter: %s", sw_errno_text(r)) : 0;
}

int rt_filter_read(const struct rt_dir *d, struct rt_filter *ret)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(d->fd, "seccomp", &text, FILTER_BYTES_MAX);

	if (r == -ENOENT)
		return 0;
	if (r || !text.len || text.len % sizeof(struct sock_filter))
		return r ? r : -EBADMSG;
	ret->count = text.len / sizeof(struct sock_filter);
	ret->insns = sw_buf_take(&text);
	return 0;
}

/* No program at all is EFAULT where filters are known, EINVAL where they are not, prctl(2). */
int rt_step_seccomp(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	(void)ctx;
	(void)step;
	if (prctl(PR_SET_SECCOMP_NR, SECCOMP_MODE_FILTER_NR, NULL, 0, 0) && errno != EFAULT)
		return sw_error(err, errno, NULL, "prctl(PR_SET_SECCOMP): %s", sw_errno_text(errno));
	return 0;
}

int rt_filter_load(const struct rt_filter *filter, struct sw_error *err)
{
	struct sock_fprog prog = { (unsigned short)filter->count, filter->insns };

	if (!filter->count || !prctl(PR_SET_SECCOMP_NR, SECCOMP_MODE_FILTER_NR, &prog, 0, 0))
		return 0;
	return sw_error(err, errno, NULL, "loading the seccomp filter: %s", sw_errno_text(errno));
}
