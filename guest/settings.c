// SPDX-License-Identifier: GPL-2.0-only
/* What a step may change in the kernel itself: its modules and its sysctls. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "sw_fd.h"

enum { MODULES_BYTES_MAX = 1 << 20, SYSCTL_DEPTH_MAX = 8 };

/* proc(5): one module a line, its name first; no file where the kernel has no module support. */
void guest_take_modules(struct guest_names *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;

	if (sw_read_file(AT_FDCWD, "/proc/modules", &b, MODULES_BYTES_MAX) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " ")] = 0;
		guest_names_add(out, "module %s", line);
	}
}

/*
 * Values that the kernel moves by itself though they can be written: the last pid given out, the
 * sampling rate that perf lowers under load, and what every read draws anew.
 */
static bool moves_by_itself(const char *name)
{
	static const char *const names[] = {
		"kernel/ns_last_pid", "kernel/perf_event_max_sample_rate", "kernel/random", "fs/binfmt_misc",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Settings of one network device come and go with it: the device is told, not each of them. */
static bool of_a_device(const char *parent, const char *name)
{
	const char *end = strrchr(parent, '/');

	return sw_starts_with(parent, "net/") && end && (!strcmp(end, "/conf") || !strcmp(end, "/neigh")) &&
	       strcmp(name, "all") && strcmp(name, "default") && strcmp(name, "lo");
}

static void take_sysctl(struct guest_names *out, int dir, const char *file, const char *name)
{
	char value[256];

	if (sw_read_line(dir, file, value, sizeof(value)) < 0)
		return;
	guest_names_add(out, "sysctl %s = %s", name, value);
}

/* @name: of dir below /proc/sys, "" for itself; dir is taken over */
static void walk_sysctls(struct guest_names *out, int dir, const char *name, int depth)
{
	DIR *d = fdopendir(dir);
	struct dirent *e;

	if (!d) {
		close(dir);
		return;
	}
	while ((e = readdir(d))) {
		char path[512];
		struct stat st;
		int sub;

		if (e->d_name[0] == '.' || of_a_device(name, e->d_name) ||
		    snprintf(path, sizeof(path), "%s%s%s", name, *name ? "/" : "", e->d_name) >= (int)sizeof(path) ||
		    moves_by_itself(path) || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(st.st_mode) && depth < SYSCTL_DEPTH_MAX) {
			sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (sub >= 0)
				walk_sysctls(out, sub, path, depth + 1);
		} else if (S_ISREG(st.st_mode) && (st.st_mode & 0600) == 0600) {
			/* What cannot be written are counters; what cannot be read are triggers. */
			take_sysctl(out, dirfd(d), e->d_name, path);
		}
	}
	closedir(d);
}

void guest_take_sysctls(struct guest_names *out)
{
	int dir = open("/proc/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		walk_sysctls(out, dir, "", 0);
}
