// SPDX-License-Identifier: GPL-2.0-only
/* What an attached process does inside, before it becomes its program. No malloc, no stdio. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

static int mount_anew(const char *where, const char *type, struct sw_error *err)
{
	int r;

	sys_umount2(where, MNT_DETACH);
	r = sys_mount(type, where, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return r ? sw_error(err, r, "attach", "mounting %s anew: %s", where, sw_errno_text(r)) : 0;
}

int rt_attach_remount(bool net, struct sw_error *err)
{
	int r = sys_unshare(SW_CLONE_NEWNS);

	if (r)
		return sw_error(err, r, "attach", "unshare(CLONE_NEWNS): %s", sw_errno_text(r));
	r = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (r)
		return sw_error(err, r, "attach", "mount --make-rprivate /: %s", sw_errno_text(r));
	r = mount_anew("/proc", "proc", err);
	/* A sysfs shows the devices of the network namespace in which it was mounted. */
	return r || !net ? r : mount_anew("/sys", "sysfs", err);
}

const char *rt_attach_shell(uid_t uid)
{
	static char text[65536];
	int fd __sw_fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *line = text, *save;

	text[n > 0 ? n : 0] = 0;
	for (; line && *line; line = save) {
		char *field[7] = { line }, *p = line;
		int i = 1;

		save = strchr(line, '\n');
		if (save)
			*save++ = 0;
		for (; i < 7 && (p = strchr(p, ':')); i++) {
			*p++ = 0;
			field[i] = p;
		}
		/* name:password:uid:gid:comment:home:shell, passwd(5) */
		if (i == 7 && field[2][0] >= '0' && field[2][0] <= '9' &&
		    strtoul(field[2], NULL, 10) == uid && field[6][0] == '/')
			return field[6];
	}
	return "/bin/sh";
}

long rt_attach_map(int proc, const char *map, long id)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *line;

	if (sw_read_file(proc, map, &b, 65536))	/* since 3.5 with user namespaces */
		return id;
	for (line = sw_buf_str(&b); line && *line; line = strchr(line, '\n')) {
		unsigned long inside, outside, count;

		if (*line == '\n' && !*++line)
			break;
		if (sscanf(line, " %lu %lu %lu", &inside, &outside, &count) == 3 &&
		    (unsigned long)id >= inside && (unsigned long)id - inside < count)
			return (long)(outside + ((unsigned long)id - inside));
	}
	return -1;
}
