// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load module files. The kernel unpacks them itself only from 5.17 on, with
 * CONFIG_MODULE_DECOMPRESS and only for the one format it was built for, so it is done here.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "guest.h"
#include "sw_fd.h"
#include "sw_inflate.h"
#include "sys.h"

enum { MODULE_MAX = 128 << 20 };

static int load_image(const char *path, const struct sw_buf *file, const char *params,
		      struct sw_error *err)
{
	struct sw_buf image __sw_buf = SW_BUF_INIT;
	struct sw_error why = { 0 };
	int r = sw_inflate(sw_buf_str(file), file->len, &image, MODULE_MAX, &why);

	if (r)
		return sw_error(err, r, "module", "unpacking %s: %.200s", path, why.msg);
	return sys_init_module(sw_buf_str(&image), image.len, params);
}

int guest_load_module(const struct guest_command *module, struct sw_error *err)
{
	struct sw_buf file __sw_buf = SW_BUF_INIT, params __sw_buf = SW_BUF_INIT;
	const char *path = module->argv[0];
	int fd __sw_fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = -ENOSYS;

	if (fd < 0)
		return sw_error(err, errno, "module", "opening %s: %s", path, sw_errno_text(errno));
	for (size_t i = 1; i < module->argc; i++)
		sw_buf_printf(&params, "%s%s", i > 1 ? " " : "", module->argv[i]);
	r = sw_read_fd(fd, &file, MODULE_MAX);
	if (r)
		return sw_error(err, r, "module", "reading %s: %s", path, sw_errno_text(r));
	/* finit_module(2) is preferred (3.8): security modules can see which file it was. */
	r = -ENOSYS;
	if (sw_packing_of(sw_buf_str(&file), file.len) == SW_PACKING_NONE)
		r = sys_finit_module(fd, sw_buf_str(&params), 0);
	if (r == -ENOSYS)
		r = load_image(path, &file, sw_buf_str(&params), err);
	if (r == -EEXIST)
		return 0;
	return r ? sw_error(err, r, "module", "loading %s: %s", path, sw_errno_text(r)) : 0;
}
