/* SPDX-License-Identifier: GPL-2.0-only */
/* The trials behind the rows of security.c that live in files of their own. */
#ifndef SECURITY_TRY_H
#define SECURITY_TRY_H

#include "feature.h"

/* seccomp.c */
feature_probe_fn probe_seccomp, probe_seccomp_filter, probe_seccomp_log, probe_seccomp_tsync;
feature_probe_fn probe_seccomp_notify, probe_seccomp_addfd;

/* lsm.c: f->arg is the module's name as in /sys/kernel/security/lsm */
feature_probe_fn probe_lsm, probe_landlock, probe_ima;

/* keys.c; probe_keys_limit: f->arg is the sysctl, f->num what is wanted */
feature_probe_fn probe_keyrings, probe_keys_persistent, probe_keys_limit;

/* caps.c */
feature_probe_fn probe_file_caps, probe_file_caps_v3, probe_nnp, probe_ambient, probe_securebits;

/* A prctl(2) or seccomp(2) that was refused: EINVAL and ENOSYS mean absent, unless a filter says so. */
void security_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, int err,
		      struct live *ret);

/* struct feature.off_at_boot: does a kernel of this configuration leave the module off by itself? */
bool lsm_off_at_boot(const struct feature *f, const struct kconfig *kc, uint32_t version, char *boot,
		     size_t size);
/* Is name one of the words, separated by commas, of list? Pure. */
bool lsm_listed(const char *list, const char *name);
/*
 * The part of a kernel command line that keeps a security module from being active, copied to
 * out; false if there is none. Pure.
 * @legacy: one of those that claim the whole of security= (AppArmor, SELinux, Smack, TOMOYO)
 */
bool lsm_disabled_at_boot(const char *cmdline, const char *name, bool legacy, char *out, size_t size);

#endif
