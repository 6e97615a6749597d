/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probes of what a kernel must tell and let be set for processes to be saved and brought back
 * (CRIU). The table is checkpoint.c; ck_*.c have the probes, by what they ask.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "feature.h"

/*
 * A call of the trial came back with -errno. Errors by which a kernel says that it does not know
 * the request are absence; EPERM and EACCES are a denial where the kernel only gives them for a
 * request that it knows (known_first), else nothing is known. A filter on us is looked for.
 */
void ck_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, long r,
		bool known_first, struct live *ret);
/* A call that the trial needs, but that is not what it is about. */
void ck_not_tried(const char *call, long r, struct live *ret);
/* A child that sleeps until it is killed. Returns its pid, or < 0 with *ret filled: not tried. */
pid_t ck_sleeper(struct live *ret);
/*
 * Asking would make the kernel load the feature's module, which is there and not loaded: *ret says
 * so. False where asking loads nothing.
 */
bool ck_would_load(const struct probe_ctx *ctx, const struct feature *f, struct live *ret);
/* Has the file a line that starts so? 1, 0 or -errno; the rest of it into out (may be NULL). */
int ck_line(const char *path, const char *start, char *out, size_t size);

/* ck_mem.c: memory */
feature_probe_fn ck_map_files, ck_soft_dirty, ck_pagemap_scan, ck_guard_pages, ck_uffd, ck_uffd_events,
	ck_set_mm, ck_set_mm_map, ck_proc_stat, ck_move_vdso, ck_map_vdso, ck_aio_remap,
	ck_memfd_hugetlb, ck_overlay_maps;
/* ck_ptrace.c: what a tracer can learn and do */
feature_probe_fn ck_ptrace_seize, ck_peeksiginfo, ck_sigmask, ck_seccomp_suspend, ck_seccomp_filter,
	ck_rseq, ck_breakpoints;
/* ck_sock.c: sockets */
feature_probe_fn ck_diag, ck_tcp_repair, ck_tcp_half_closed, ck_get_filter, ck_get_device, ck_peek_off,
	ck_sockopt, ck_socket_netns, ck_unix_file;
/* ck_net.c: network devices */
feature_probe_fn ck_new_ifindex, ck_link_nsid, ck_tun_filter, ck_tun_netns;
/* ck_misc.c: descriptors, timers, processes, mounts */
feature_probe_fn ck_fdinfo, ck_owner_uids, ck_msg_copy, ck_next_id, ck_sigqueueinfo, ck_timerfd,
	ck_proc_timers, ck_timer_ids, ck_last_pid, ck_children, ck_kcmp_epoll, ck_loginuid, ck_autofs,
	ck_status_line, ck_tty, ck_vmsplice, ck_capability, ck_set_group, ck_tid_address;

#endif
