// SPDX-License-Identifier: GPL-2.0-only
#include "modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "join.h"
#include "live.h"
#include "sw_fd.h"

#define MAX_DEPTH 12
#define PROC_MAX (1 << 20)
#define LIST_MAX (8 << 20)	/* modules.dep of a distribution has about 1 MB */

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

static bool same(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!a[i] || !b[i] || fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

bool module_same_name(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && same(a, b, strlen(a));
}

bool module_is_file(const char *file, const char *module)
{
	static const char *const ends[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };
	size_t len = strlen(module);

	if (!same(file, module, len))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (!strcmp(file + len, ends[i]))
			return true;
	return false;
}

bool module_loaded(const char *module)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[128] = "/sys/module/";
	size_t n = strlen(path);

	/* Names in /sys/module and /proc/modules have _ throughout. */
	for (const char *p = module; *p && n + 1 < sizeof(path); p++)
		path[n++] = fold(*p);
	path[n] = 0;
	if (!access(path, F_OK))
		return true;
	if (sw_read_file(AT_FDCWD, "/proc/modules", &b, PROC_MAX))
		return false;
	for (const char *line = sw_buf_str(&b); *line;) {
		size_t len = strcspn(line, " \n");
		const char *end = strchrnul(line, '\n');

		if (len == strlen(module) && same(line, module, len))
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}

/* Look below the directory behind fd (which is taken over); path is its name, grows and shrinks. */
static bool search(int fd, const char *module, char *path, size_t size, int depth)
{
	DIR *d = fdopendir(fd);
	size_t len = strlen(path);
	struct dirent *e;
	bool found = false;

	if (!d) {
		close(fd);
		return false;
	}
	while (!found && (e = readdir(d))) {
		int sub, n;

		/* build and source link to whole kernel trees */
		if (e->d_name[0] == '.' || e->d_type == DT_LNK)
			continue;
		n = snprintf(path + len, size - len, "%s%s", len ? "/" : "", e->d_name);
		if (n < 0 || (size_t)n >= size - len)
			continue;
		if (module_is_file(e->d_name, module)) {
			found = true;
			break;
		}
		if (depth < MAX_DEPTH && (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN)) {
			sub = openat(dirfd(d), e->d_name,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			found = sub >= 0 && search(sub, module, path, size, depth + 1);
		}
		if (!found)
			path[len] = 0;
	}
	closedir(d);
	return found;
}

bool module_in_list(const char *text, const char *module, char *ret_path, size_t size)
{
	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		size_t len = strcspn(line, ":\n");
		const char *base = memrchr(line, '/', len);
		char file[96];

		base = base ? base + 1 : line;
		/* Most lines are told apart by their first letter. */
		if (fold(*base) == fold(*module)) {
			snprintf(file, sizeof(file), "%.*s", (int)(line + len - base), base);
			if (module_is_file(file, module)) {
				snprintf(ret_path, size, "%.*s", (int)len, line);
				return true;
			}
		}
		line = *end ? end + 1 : end;
	}
	return false;
}

/* The same in a file below /lib/modules/RELEASE. */
static bool in_list_file(int dir, const char *list, const char *module, char *ret_path, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	return !sw_read_file(dir, list, &b, LIST_MAX) && module_in_list(sw_buf_str(&b), module, ret_path, size);
}

static int open_tree(const char *release)
{
	char top[320];

	if (!release)
		return -1;
	snprintf(top, sizeof(top), "/lib/modules/%.256s", release);
	return open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool module_on_disk(const char *release, const char *module, char *ret_path, size_t size)
{
	int fd = open_tree(release);

	ret_path[0] = 0;
	if (fd < 0)
		return false;
	/* A distribution's tree has thousands of files: where depmod has listed them, one read finds it. */
	if (in_list_file(fd, "modules.dep", module, ret_path, size)) {
		bool there = !faccessat(fd, ret_path, F_OK, 0);

		close(fd);
		if (!there)
			ret_path[0] = 0;
		return there;
	}
	return search(fd, module, ret_path, size, 0);
}

bool module_listed_builtin(const char *release, const char *module)
{
	int fd __sw_fd = open_tree(release);
	char path[200];

	return fd >= 0 && in_list_file(fd, "modules.builtin", module, path, sizeof(path));
}

bool module_support(const struct probe_ctx *ctx, char *why, size_t size)
{
	long disabled;

	if (ctx->kconfig && kconfig_info(ctx->kconfig)->source == KCONFIG_FROM_RUNNING &&
	    kconfig_get(ctx->kconfig, "MODULES", NULL) == KCONFIG_N) {
		snprintf(why, size, "the kernel has no module support (MODULES is not set)");
		return false;
	}
	if (live_proc("/proc/modules") == 0) {
		snprintf(why, size, "the kernel has no module support (no /proc/modules)");
		return false;
	}
	/* Also what the boot parameter nomodule sets; it cannot be taken back (Documentation/admin-guide/sysctl/kernel.rst). */
	if (!live_sysctl("kernel/modules_disabled", &disabled) && disabled == 1) {
		snprintf(why, size, "module loading is switched off (kernel.modules_disabled=1)");
		return false;
	}
	return true;
}

void module_explain_absent(const struct probe_ctx *ctx, const struct feature *f, const char *what,
			   struct live *ret)
{
	char why[160], path[200] = "";
	enum kconfig_state c = feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why));
	bool on_disk;

	live_set(ret, LIVE_ABSENT, 0, "%s", what);
	if (!f->module || c == KCONFIG_STATE_BUILTIN)
		return;
	on_disk = module_on_disk(ctx->release, f->module, path, sizeof(path));
	if (c != KCONFIG_STATE_MODULE && !on_disk)
		return;
	if (!module_support(ctx, why, sizeof(why)))
		live_cause(ret, FINDING_NO_MODULE_SUPPORT, "%s", why);
	else if (on_disk)
		live_cause(ret, FINDING_MODULE_NOT_LOADED, "%.140s is there but not loaded", path);
	else
		live_cause(ret, FINDING_MODULE_MISSING, "no %s.ko below /lib/modules/%.80s", f->module,
			   ctx->release ? ctx->release : "RELEASE");
}

int fs_registered(const char *type)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	bool whole = false;

	if (sw_read_file(AT_FDCWD, "/proc/filesystems", &b, PROC_MAX))
		return -1;
	/* "nodev\ttmpfs\n" or "\text4\n" */
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n'), *tab = memchr(line, '\t', end - line);

		if (tab && (size_t)(end - tab - 1) == strlen(type) && !memcmp(tab + 1, type, strlen(type)))
			return 1;
		/* What shows us the list is in it; in an empty file in its place it is not. */
		whole |= tab && end - tab == 5 && !memcmp(tab, "\tproc", 5);
		line = *end ? end + 1 : end;
	}
	return whole ? 0 : -1;
}
