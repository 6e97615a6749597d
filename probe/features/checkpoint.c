// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel must offer for processes to be saved and brought back: what "criu check" asks, with
 * and without --all or --feature, as far as it is a fact about the kernel and no row of another area.
 */
#include "features/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "features/areas.h"
#include "join.h"
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

void ck_not_tried(const char *call, long r, struct live *ret)
{
	live_set(ret, LIVE_UNKNOWN, (int)r, "not tried: %s: %s", call, sw_errno_name((int)(r < 0 ? -r : r)));
}

pid_t ck_sleeper(struct live *ret)
{
	pid_t pid = sw_fork();

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0)
		ck_not_tried("fork", -errno, ret);
	return pid;
}

/* Would a kernel of this version and configuration know the request? */
static bool should_know(const struct probe_ctx *ctx, const struct feature *f)
{
	char why[160];
	enum kconfig_state c = feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why));

	return ctx->version != KVER_NONE && ctx->version >= f->since &&
	       (!f->kconfig[0].expr || c == KCONFIG_STATE_BUILTIN);
}

void ck_refused(const struct probe_ctx *ctx, const struct feature *f, const char *call, long r,
		bool known_first, struct live *ret)
{
	bool privilege = r == -EPERM || r == -EACCES;

	if (r == -ENOSYS && live_blame_filter(ret, call, (int)r, should_know(ctx, f)))
		return;
	if (!privilege) {
		live_set(ret, r == -ENOSYS || r == -EINVAL || r == -ENOTTY || r == -ENOPROTOOPT || r == -EIO ||
			 r == -ENOENT || r == -EOPNOTSUPP || r == -ENODEV || r == -ENXIO ? LIVE_ABSENT :
			 LIVE_UNKNOWN, (int)r, "%s: %s", call, sw_errno_name((int)-r));
		return;
	}
	live_set(ret, known_first ? LIVE_DENIED : LIVE_UNKNOWN, (int)r, "%s: %s", call, sw_errno_name((int)-r));
	if (!live_blame_privilege(ret))
		live_blame_filter(ret, call, (int)r, should_know(ctx, f));
}

bool ck_would_load(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char why[160], path[200], tree[320], what[96];
	enum kconfig_state c = feature_configured(f, ctx->kconfig, ctx->version, why, sizeof(why));
	bool on_disk;

	/* Loaded, or built in; or nothing can be loaded. */
	if (ctx->load_modules || !f->module || module_loaded(f->module) || c == KCONFIG_STATE_BUILTIN ||
	    !module_support(ctx, path, sizeof(path)))
		return false;
	on_disk = module_on_disk(ctx->release, f->module, path, sizeof(path));
	if (on_disk || c == KCONFIG_STATE_MODULE) {
		snprintf(what, sizeof(what), "not asked for: %.40s is not loaded, and asking would load it",
			 f->module);
		module_explain_absent(ctx, f, what, ret);
		return true;
	}
	/* Off, or not among the modules that we see: then there is nothing to load. In a container none show. */
	snprintf(tree, sizeof(tree), "/lib/modules/%.256s", ctx->release ? ctx->release : "");
	if (c == KCONFIG_STATE_OFF || (ctx->release && !access(tree, F_OK)))
		return false;
	live_set(ret, LIVE_UNKNOWN, 0, "not asked for: it could make the kernel load %.40s, and neither a "
		 "configuration nor modules are to be seen", f->module);
	return true;
}

int ck_line(const char *path, const char *start, char *out, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(AT_FDCWD, path, &b, 1 << 16);

	if (r)
		return r;
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n');
		size_t len = strlen(start);

		if ((size_t)(end - line) >= len && !memcmp(line, start, len)) {
			size_t n = (size_t)(end - line) - len;

			if (out && size) {
				n = n < size - 1 ? n : size - 1;
				memcpy(out, line + len, n);
				out[n] = 0;
			}
			return 1;
		}
		line = *end ? end + 1 : end;
	}
	return 0;
}

#define CK(name_, title_, since_, commit_, probe_) \
	.id = "checkpoint." name_, .title = title_, .area = "checkpoint", .since = since_, \
	.commit = commit_, .probe = probe_
/* From the version that brought it; ever the same symbols. */
#define IF(since_, expr_) .kconfig = { { since_, 0, expr_ } }
#define DIAG(family_, protocol_, what_) .num = (family_) | (protocol_) << 8, .arg = what_
#define OPT(family_, level_, option_, value_, name_) \
	.num = (family_) | (level_) << 8 | (option_) << 16 | (value_) << 24, .arg = name_

static const struct feature rows[] = {
	/* ---- memory */
	{ CK("map_files", "Opening what is mapped (map_files)", KVER(3, 3), "640708a2cff7", ck_map_files),
	  .kconfig = { { KVER(3, 3), KVER(4, 3), "CHECKPOINT_RESTORE && PROC_FS" }, { KVER(4, 3), 0, "PROC_FS" } } },
	{ CK("soft_dirty", "Tracking written pages (soft-dirty)", KVER(3, 11), "0f8975ec4db2", ck_soft_dirty),
	  IF(KVER(3, 11), "MEM_SOFT_DIRTY") },
	{ CK("pagemap_scan", "Scanning page tables (PAGEMAP_SCAN)", KVER(6, 7), "52526ca7fdb9", ck_pagemap_scan),
	  IF(KVER(6, 7), "PROC_PAGE_MONITOR") },
	{ CK("guard_pages", "Guard pages in PAGEMAP_SCAN", KVER(6, 16), "a516403787e0", ck_guard_pages),
	  IF(KVER(6, 16), "PROC_PAGE_MONITOR") },
	{ CK("uffd", "Filling pages on demand (userfaultfd)", KVER(4, 3), "86039bd3b4e6", ck_uffd),
	  IF(KVER(4, 3), "USERFAULTFD") },
	{ CK("uffd_events", "Events of userfaultfd (fork, unmap)", KVER(4, 11), "893e26e61d04", ck_uffd_events),
	  IF(KVER(4, 11), "USERFAULTFD") },
	{ CK("prctl_mm", "Moving memory's marks (PR_SET_MM)", KVER(3, 5), "fe8c7f5cbf91", ck_set_mm),
	  .kconfig = { { KVER(3, 5), KVER(3, 10), "CHECKPOINT_RESTORE" }, { KVER(3, 10), 0, NULL } } },
	{ CK("prctl_mm_map", "All marks at once (PR_SET_MM_MAP)", KVER(3, 18), "f606b77f1a9e", ck_set_mm_map),
	  IF(KVER(3, 18), "CHECKPOINT_RESTORE") },
	{ CK("proc_stat", "Memory's layout in /proc/PID/stat", KVER(3, 5), "5b172087f991", ck_proc_stat),
	  IF(KVER(3, 5), "PROC_FS") },
	{ CK("mremap_vdso", "Moving the vDSO (mremap)", KVER_NONE,
	     "b059a453b1cf (4.8: x86 follows; moving itself is older)", ck_move_vdso) },
	{ CK("map_vdso", "Mapping a vDSO of choice (x86-64)", KVER(4, 9), "2eefd8789698", ck_map_vdso),
	  IF(KVER(4, 9), "CHECKPOINT_RESTORE"), .num = 0x2003, .arg = "ARCH_MAP_VDSO_64" },
	{ CK("compat", "32-bit programs' vDSO (x86-64)", KVER(4, 9), "2eefd8789698", ck_map_vdso),
	  IF(KVER(4, 9), "CHECKPOINT_RESTORE && IA32_EMULATION"), .num = 0x2002, .arg = "ARCH_MAP_VDSO_32" },
	{ CK("aio_remap", "Moving a ring of AIO", KVER(3, 19), "e4a0d3e720e7", ck_aio_remap),
	  IF(KVER(3, 19), "AIO") },
	{ CK("memfd_hugetlb", "Memory files of huge pages", KVER(4, 14), "749df87bd7be", ck_memfd_hugetlb),
	  IF(KVER(4, 14), "HUGETLBFS") },
	{ CK("overlay_maps", "Right numbers for mappings on overlay", KVER(6, 8), "3efdc78fdc21", ck_overlay_maps),
	  IF(KVER(6, 8), "OVERLAY_FS"), .module = "overlay" },
	/* ---- tracing */
	{ CK("ptrace_seize", "Stopping without a signal (PTRACE_SEIZE)", KVER(3, 4), "ee00560c7dac",
	     ck_ptrace_seize) },
	{ CK("peeksiginfo", "Pending signals (PTRACE_PEEKSIGINFO)", KVER(3, 10), "84c751bd4aeb", ck_peeksiginfo) },
	{ CK("sigmask", "Signal masks (PTRACE_GETSIGMASK)", KVER(3, 11), "29000caecbe8", ck_sigmask) },
	{ CK("seccomp_suspend", "Suspending seccomp by the tracer", KVER(4, 3), "13c4a90119d2",
	     ck_seccomp_suspend), IF(KVER(4, 3), "CHECKPOINT_RESTORE && SECCOMP") },
	{ CK("seccomp_filters", "Reading seccomp filters", KVER(4, 4), "f8e529ed941b", ck_seccomp_filter),
	  IF(KVER(4, 4), "CHECKPOINT_RESTORE && SECCOMP_FILTER") },
	{ CK("rseq_conf", "Reading the rseq area", KVER(5, 13), "90f093fa8ea4", ck_rseq), IF(KVER(5, 13), "RSEQ") },
	{ CK("breakpoints", "Hardware breakpoints", KVER3(2, 6, 33), "24f1e32c60c4", ck_breakpoints),
	  IF(KVER3(2, 6, 33), "PERF_EVENTS && HAVE_HW_BREAKPOINT") },
	/* ---- sockets */
	{ CK("tcp_diag", "Listing TCP sockets (sock_diag)", KVER(3, 3), "8ef874bfc729", ck_diag),
	  IF(KVER(3, 3), "INET_DIAG && INET_TCP_DIAG"), .module = "tcp_diag", DIAG(AF_INET, IPPROTO_TCP, "TCP") },
	{ CK("udp_diag", "Listing UDP sockets (sock_diag)", KVER(3, 3), "52b7c59bc317", ck_diag),
	  IF(KVER(3, 3), "INET_DIAG && INET_UDP_DIAG"), .module = "udp_diag", DIAG(AF_INET, IPPROTO_UDP, "UDP") },
	{ CK("raw_diag", "Listing raw sockets (sock_diag)", KVER(4, 10), "432490f9d455", ck_diag),
	  IF(KVER(4, 10), "INET_DIAG && INET_RAW_DIAG"), .module = "raw_diag", DIAG(AF_INET, IPPROTO_RAW, "raw") },
	{ CK("unix_diag", "Listing local sockets (sock_diag)", KVER(3, 3), "22931d3b906c", ck_diag),
	  IF(KVER(3, 3), "UNIX_DIAG"), .module = "unix_diag", DIAG(AF_UNIX, 0, "unix") },
	{ CK("packet_diag", "Listing packet sockets (sock_diag)", KVER(3, 7), "96ec6327144e", ck_diag),
	  IF(KVER(3, 7), "PACKET_DIAG"), .module = "af_packet_diag", DIAG(AF_PACKET, 0, "packet") },
	{ CK("netlink_diag", "Listing netlink sockets (sock_diag)", KVER(3, 10), "eaaa31392690", ck_diag),
	  IF(KVER(3, 10), "NETLINK_DIAG"), .module = "netlink_diag", DIAG(AF_NETLINK, 0, "netlink") },
	{ CK("tcp_repair", "Bringing back connections (TCP_REPAIR)", KVER(3, 5), "ee9952831cfd", ck_tcp_repair),
	  IF(KVER(3, 5), "INET") },
	{ CK("tcp_half_closed", "Bringing back half closed connections", KVER(4, 10), "319b0534b958",
	     ck_tcp_half_closed), IF(KVER(4, 10), "INET") },
	{ CK("so_get_filter", "Reading socket filters (SO_GET_FILTER)", KVER(3, 8), "a8fc92778080",
	     ck_get_filter), IF(KVER(3, 8), "NET") },
	{ CK("so_bindtodevice", "Reading what a socket is bound to", KVER(3, 8), "c91f6df2db49", ck_get_device),
	  IF(KVER(3, 8), "NET") },
	{ CK("so_peek_off", "Peeking at an offset (SO_PEEK_OFF)", KVER(3, 4), "ef64a54f6e55", ck_peek_off),
	  IF(KVER(3, 4), "UNIX") },
	{ CK("so_buf_lock", "Locks of buffer sizes (SO_BUF_LOCK)", KVER(5, 15), "04190bf8944d", ck_sockopt),
	  IF(KVER(5, 15), "NET"), OPT(AF_UNIX, 1, 72, 3, "SO_BUF_LOCK") },
	{ CK("ipv6_freebind", "IPV6_FREEBIND", KVER(4, 15), "84e14fe353de", ck_sockopt), IF(KVER(4, 15), "IPV6"),
	  .module = "ipv6", OPT(AF_INET6, IPPROTO_IPV6, 78, 1, "IPV6_FREEBIND") },
	{ CK("sk_ns", "Network namespace of a socket", KVER(4, 10), "c62cce2caee5", ck_socket_netns),
	  IF(KVER(4, 10), "NET_NS") },
	{ CK("sk_unix_file", "File of a local socket (SIOCUNIXFILE)", KVER(4, 12), "ba94f3088b79", ck_unix_file),
	  IF(KVER(4, 12), "UNIX") },
	/* ---- network devices */
	{ CK("new_ifindex", "Moving a device with its number", KVER(5, 13), "eeb85a14ee34", ck_new_ifindex),
	  IF(KVER(5, 13), "NET_NS") },
	{ CK("link_nsid", "Where a link's other end is", KVER(4, 0), "d37512a277df", ck_link_nsid),
	  IF(KVER(4, 0), "NET_NS && VETH"), .module = "veth" },
	{ CK("tun_filter", "Reading a tap device's filter", KVER(3, 12), "76975e9cd3ec", ck_tun_filter),
	  IF(KVER(3, 12), "TUN"), .module = "tun" },
	{ CK("tun_ns", "Network namespace of a tun device", KVER(4, 18), "f2780d6d7475", ck_tun_netns),
	  IF(KVER(4, 18), "TUN && NET_NS"), .module = "tun" },
	/* ---- descriptors */
	{ CK("fdinfo_mnt_id", "Mount of a descriptor in fdinfo", KVER(3, 15), "49d063cb3532", ck_fdinfo),
	  IF(KVER(3, 15), "PROC_FS"), .arg = "mnt_id:" },
	{ CK("fdinfo_lock", "File locks in fdinfo", KVER(4, 1), "6c8c90319c0b", ck_fdinfo),
	  IF(KVER(4, 1), "PROC_FS && FILE_LOCKING"), .arg = "lock:" },
	{ CK("fdinfo_eventfd", "Counters of eventfd in fdinfo", KVER(3, 8), "cbac5542d481", ck_fdinfo),
	  IF(KVER(3, 8), "PROC_FS && EVENTFD"), .arg = "eventfd-count:" },
	{ CK("fdinfo_epoll", "What an epoll watches in fdinfo", KVER(3, 8), "138d22b58696", ck_fdinfo),
	  IF(KVER(3, 8), "PROC_FS && EPOLL"), .arg = "tfd:" },
	{ CK("fdinfo_inotify", "Watches of inotify in fdinfo", KVER(3, 8), "be77196b809c", ck_fdinfo),
	  IF(KVER(3, 8), "PROC_FS && INOTIFY_USER"), .arg = "inotify wd:" },
	{ CK("fdinfo_signalfd", "Masks of signalfd in fdinfo", KVER(3, 8), "138d22b58696", ck_fdinfo),
	  IF(KVER(3, 8), "PROC_FS && SIGNALFD"), .arg = "sigmask:" },
	{ CK("owner_uids", "Who asked for signals of a descriptor", KVER(3, 6), "1d151c337d79", ck_owner_uids),
	  IF(KVER(3, 6), "CHECKPOINT_RESTORE") },
	{ CK("tty", "Reading a terminal's state (TIOCGPKT)", KVER(3, 8), "84fd7bdf1266", ck_tty),
	  IF(KVER(3, 8), "UNIX98_PTYS") },
	{ CK("vmsplice", "Giving odd pieces of memory to a pipe", KVER(3, 4), "bd1a68b59c8e", ck_vmsplice) },
	{ CK("timerfd", "Setting a timerfd's expirations", KVER(3, 17), "5442e9fbd7c2", ck_timerfd),
	  IF(KVER(3, 17), "CHECKPOINT_RESTORE && TIMERFD") },
	{ CK("kcmp_epoll", "Comparing what epolls watch (kcmp)", KVER(4, 13), "0791e3644e5e", ck_kcmp_epoll),
	  .kconfig = { { KVER(4, 13), KVER(5, 12), "CHECKPOINT_RESTORE && EPOLL" },
		       { KVER(5, 12), 0, "KCMP && EPOLL" } } },
	/* ---- queues, signals, timers */
	{ CK("msg_copy", "Reading a queue and leaving it (MSG_COPY)", KVER(3, 8), "4a674f34ba04", ck_msg_copy),
	  IF(KVER(3, 8), "CHECKPOINT_RESTORE && SYSVIPC") },
	{ CK("ipc_next_id", "IPC objects with ids of choice", KVER(3, 8), "03f595668017", ck_next_id),
	  IF(KVER(3, 8), "CHECKPOINT_RESTORE && SYSVIPC") },
	{ CK("sigqueueinfo", "Signals to oneself with any code", KVER(3, 9), "66dd34ad31e5", ck_sigqueueinfo) },
	{ CK("proc_timers", "POSIX timers in /proc/PID/timers", KVER(3, 10), "48f6a7a511ef", ck_proc_timers),
	  .kconfig = { { KVER(3, 10), KVER(4, 10), "CHECKPOINT_RESTORE" },
		       { KVER(4, 10), 0, "CHECKPOINT_RESTORE && POSIX_TIMERS" } } },
	{ CK("timer_ids", "POSIX timers with ids of choice", KVER(6, 15), "ec2d0c04624b", ck_timer_ids),
	  IF(KVER(6, 15), "POSIX_TIMERS") },
	/* ---- processes, mounts */
	{ CK("ns_last_pid", "Choosing the next pid (ns_last_pid)", KVER(3, 3), "b8f566b04d3c", ck_last_pid),
	  IF(KVER(3, 3), "CHECKPOINT_RESTORE && PID_NS") },
	{ CK("ns_pid", "Pids in all namespaces (NSpid)", KVER(4, 1), "e4bc33245124", ck_status_line),
	  IF(KVER(4, 1), "PROC_FS"), .arg = "NSpid:" },
	{ CK("children", "Children in /proc", KVER(3, 5), "818411616baf", ck_children),
	  .kconfig = { { KVER(3, 5), KVER(4, 2), "CHECKPOINT_RESTORE" }, { KVER(4, 2), 0, "PROC_CHILDREN" } } },
	{ CK("tid_address", "The address cleared at exit", KVER(3, 5), "300f786b2683", ck_tid_address),
	  IF(KVER(3, 5), "CHECKPOINT_RESTORE") },
	{ CK("loginuid", "Login ids in /proc", KVER_NONE, "1e2d1492e178; 4b7d248b3a1d (5.1)", ck_loginuid),
	  .kconfig = { { KVER_NONE, KVER(5, 1), "AUDITSYSCALL" }, { KVER(5, 1), 0, "AUDIT" } } },
	{ CK("capability", "CAP_CHECKPOINT_RESTORE", KVER(5, 9), "124ea650d307", ck_capability) },
	{ CK("autofs", "Pipes of autofs in mountinfo (pipe_ino)", KVER(4, 6), "c83aa55d0bb7", ck_autofs),
	  IF(KVER(4, 6), "CHECKPOINT_RESTORE && (AUTOFS_FS || AUTOFS4_FS)"), .module = "autofs4" },
	{ CK("mount_set_group", "Joining peer groups of mounts", KVER(5, 15), "9ffb14ef61ba", ck_set_group) },
};

static const struct feature_sharing sharing[] = {
	{ ck_memfd_hugetlb, SHARE_PROCESS }, { ck_map_files, SHARE_PROCESS }, { ck_soft_dirty, SHARE_PROCESS },
	{ ck_pagemap_scan, SHARE_PROCESS }, { ck_guard_pages, SHARE_PROCESS },
	{ ck_uffd, SHARE_PROCESS }, { ck_uffd_events, SHARE_PROCESS }, { ck_overlay_maps, SHARE_PROCESS | SHARE_MOUNT },
	{ ck_autofs, SHARE_PROCESS | SHARE_MOUNT }, { ck_get_device, SHARE_PROCESS },
	{ ck_get_filter, SHARE_PROCESS }, { ck_kcmp_epoll, SHARE_PROCESS },
	{ ck_loginuid, SHARE_PROCESS }, { ck_peek_off, SHARE_PROCESS },
	{ ck_sockopt, SHARE_PROCESS }, { ck_status_line, SHARE_PROCESS },
	{ ck_timerfd, SHARE_PROCESS }, { ck_unix_file, SHARE_MEMORY },
	{ ck_vmsplice, SHARE_PROCESS },
	{ ck_breakpoints, SHARE_MEMORY }, { ck_capability, SHARE_PROCESS },
	{ ck_children, SHARE_PROCESS }, { ck_diag, SHARE_PROCESS }, { ck_fdinfo, SHARE_MEMORY },
	{ ck_last_pid, SHARE_MEMORY }, { ck_link_nsid, SHARE_MEMORY | SHARE_NET },
	{ ck_msg_copy, SHARE_MEMORY }, { ck_new_ifindex, SHARE_PROCESS | SHARE_NET },
	{ ck_next_id, SHARE_MEMORY }, { ck_owner_uids, SHARE_PROCESS },
	{ ck_peeksiginfo, SHARE_MEMORY }, { ck_proc_stat, SHARE_PROCESS },
	{ ck_proc_timers, SHARE_MEMORY }, { ck_ptrace_seize, SHARE_MEMORY },
	{ ck_seccomp_filter, SHARE_MEMORY }, { ck_seccomp_suspend, SHARE_MEMORY },
	{ ck_set_group, SHARE_PROCESS | SHARE_MOUNT }, { ck_sigmask, SHARE_MEMORY },
	{ ck_sigqueueinfo, SHARE_MEMORY }, { ck_socket_netns, SHARE_PROCESS | SHARE_NET },
	{ ck_tcp_half_closed, SHARE_PROCESS | SHARE_NET }, { ck_tcp_repair, SHARE_PROCESS | SHARE_NET },
	{ ck_timer_ids, SHARE_MEMORY }, { ck_tty, SHARE_PROCESS }, { ck_tun_filter, SHARE_PROCESS | SHARE_NET },
	{ ck_tun_netns, SHARE_PROCESS | SHARE_NET },
	{ NULL, 0 },
};

const struct feature_area feature_area_checkpoint = {
	.name = "checkpoint", .title = "Checkpoint and restore", FEATURE_ROWS(rows), .sharing = sharing,
};
