/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel modules and file systems, as they are: nothing here makes the kernel load anything. */
#ifndef MODULES_H
#define MODULES_H

#include "feature.h"

/* Names equal but for - and _, as the module tools see it. */
bool module_same_name(const char *a, const char *b);
/* Is the file name that of the module: NAME.ko, .ko.gz, .ko.xz, .ko.zst? Pure. */
bool module_is_file(const char *file, const char *module);

/* Is it loaded, or built in and visible in /sys/module? */
bool module_loaded(const char *module);
/* Find its file below /lib/modules/RELEASE. Returns true and the path, relative to that. */
bool module_on_disk(const char *release, const char *module, char *ret_path, size_t size);
/*
 * Is it built into the kernel, as modules.builtin below /lib/modules/RELEASE says? modprobe goes by
 * that list too: what it names, modprobe never loads.
 */
bool module_listed_builtin(const char *release, const char *module);
/*
 * Find a module in the text of modules.dep or modules.builtin ("kernel/net/x.ko.xz: ..."). Pure.
 * Returns true and the path.
 */
bool module_in_list(const char *text, const char *module, char *ret_path, size_t size);
/* Can this kernel load modules now? If not, why is filled. */
bool module_support(const struct probe_ctx *ctx, char *why, size_t size);

/*
 * The feature's module is not there: say so in *ret, absent, with the cause as far as the
 * configuration and the disk establish it. what: "overlay is not in /proc/filesystems".
 */
void module_explain_absent(const struct probe_ctx *ctx, const struct feature *f, const char *what,
			   struct live *ret);

/* Is the file system registered? 1, 0, or -1 where /proc/filesystems is not to be had. */
int fs_registered(const char *type);

#endif
