// SPDX-License-Identifier: GPL-2.0-only
/* The rows of BPF: what runtimes, systemd and cluster networks load. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/bpf_try.h"
#include "features/mount_try.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

#define SO_ATTACH_BPF_ 50	/* 3.19 (89aa075832b0) */
#define KEPT 4

/* A program on a socket keeps so many bytes of each message: that it runs can be seen. */
static void probe_syscall(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int prog __sw_fd = -1, pair[2];
	char got[16];
	ssize_t n;

	bpf_raise_memlock();
	prog = bpf_load(ctx, BPF_TYPE_SOCKET_FILTER, 0, KEPT);
	if (prog < 0) {
		bpf_refused(ctx, f, "bpf(PROG_LOAD, SOCKET_FILTER)", prog, ret);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
		live_set(ret, LIVE_WORKS, 0, "a program was loaded; there is no socket to try it on");
		return;
	}
	if (setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_BPF_, &prog, sizeof(prog))) {
		live_set(ret, LIVE_UNKNOWN, errno, "a program was loaded, but not attached to a socket: %s",
			 sw_errno_name(errno));
		return;
	}
	n = write(pair[0], "0123456789", 10) == 10 ? read(pair[1], got, sizeof(got)) : -1;
	if (n == KEPT)
		live_set(ret, LIVE_WORKS, 0, "a program on a socket cut a message to %d bytes, as it says", KEPT);
	else
		live_set(ret, LIVE_BROKEN, 0, "a program on a socket does not act: %zd bytes came, not %d", n, KEPT);
}

/* How many bytes of machine code a program has; -1 where that cannot be learnt. */
static long jited_length(const struct probe_ctx *ctx)
{
	struct {
		uint32_t type, id;
		uint8_t tag[8];
		uint32_t jited, translated;
		uint64_t rest[30];
	} info = { 0 };
	int prog __sw_fd = bpf_load(ctx, BPF_TYPE_SOCKET_FILTER, 0, 0);
	struct {
		uint32_t fd, size;
		uint64_t info;
	} attr = { (uint32_t)prog, sizeof(info), (uintptr_t)&info };

	/* BPF_OBJ_GET_INFO_BY_FD: 4.13 (1e2709769086) */
	if (prog < 0 || sys_bpf(BPF_CMD_OBJ_INFO, &attr, sizeof(attr)) || !info.translated)
		return -1;
	return info.jited;
}

static void probe_jit(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	long enabled, length = -1;
	int r = live_sysctl("net/core/bpf_jit_enable", &enabled);

	(void)f;
	if (!r && !enabled) {
		live_set(ret, LIVE_DENIED, 0, "there is a compiler, and it is off");
		live_cause(ret, FINDING_SYSCTL, "net.core.bpf_jit_enable=0");
		return;
	}
	bpf_raise_memlock();
	/* Others are told 0. */
	if (live_has_cap(LIVE_CAP_SYS_ADMIN) && !live_in_userns())
		length = jited_length(ctx);
	if (length > 0)
		live_set(ret, LIVE_WORKS, 0, "a program was compiled to %ld bytes of machine code", length);
	else if (length == 0)
		live_set(ret, LIVE_ABSENT, 0, "a program was loaded and not compiled");
	else if (!r)
		live_set(ret, LIVE_WORKS, 0, "net.core.bpf_jit_enable=%ld", enabled);
	else
		/* It belongs to the initial network namespace, so that its absence elsewhere says nothing. */
		live_set(ret, LIVE_UNKNOWN, r, "no program can be loaded to look at, and no /proc/sys/net/core/bpf_jit_enable");
}

#define PROG(type_, attach_, result_) ((uint64_t)(type_) | (uint64_t)(attach_) << 16 | (uint64_t)(result_) << 32)

/* f->num: PROG(); f->arg: name of the type. That it is accepted is what is seen: the verifier has run. */
static void probe_prog(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int prog __sw_fd = -1;
	char what[64];

	bpf_raise_memlock();
	prog = bpf_load(ctx, f->num & 0xffff, f->num >> 16 & 0xffff, (int)(f->num >> 32));
	snprintf(what, sizeof(what), "bpf(PROG_LOAD, %s)", f->arg);
	if (prog < 0)
		bpf_refused(ctx, f, what, prog, ret);
	else
		live_set(ret, LIVE_WORKS, 0, "%s: the kernel took a program", what);
}

enum { MAP_LRU_HASH = 9, MAP_LPM_TRIE = 11, MAP_RINGBUF = 27 };

/* f->num: type of the map; f->arg: its name */
static void probe_map(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {
		uint32_t bits;
		uint8_t address[4];
	} net = { 8, { 10, 0, 0, 0 } }, host = { 32, { 10, 1, 2, 3 } }, other = { 32, { 11, 1, 2, 3 } };
	bool lpm = f->num == MAP_LPM_TRIE;
	uint32_t value = 7, found = 0;
	int map __sw_fd = -1;
	char what[64];

	bpf_raise_memlock();
	snprintf(what, sizeof(what), "bpf(MAP_CREATE, %s)", f->arg);
	map = f->num == MAP_RINGBUF ? bpf_map_create(f->num, 0, 0, (unsigned int)getpagesize(), 0) :
	      bpf_map_create(f->num, sizeof(net), sizeof(value), 4, lpm /* BPF_F_NO_PREALLOC */);
	if (map < 0) {
		bpf_refused(ctx, f, what, map, ret);
		return;
	}
	if (f->num == MAP_RINGBUF) {
		live_set(ret, LIVE_WORKS, 0, "%s: made", what);
		return;
	}
	/* The longest prefix is what counts; a hash wants the key itself. */
	if (bpf_map_update(map, &net, &value) || bpf_map_lookup(map, lpm ? &host : &net, &found) || found != value ||
	    bpf_map_lookup(map, &other, &found) != -ENOENT)
		live_set(ret, LIVE_BROKEN, 0, "%s: made, but what was put in is not found as it should be", what);
	else
		live_set(ret, LIVE_WORKS, 0, lpm ? "10.1.2.3 was found by 10.0.0.0/8, and 11.1.2.3 not" :
			 "what was put in was found, and nothing else");
}

static void probe_btf(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	uint16_t magic = 0;

	(void)ctx;
	(void)f;
	if (fd >= 0 && read(fd, &magic, sizeof(magic)) == sizeof(magic) && magic == 0xeb9f)
		live_set(ret, LIVE_WORKS, 0, "/sys/kernel/btf/vmlinux holds type information");
	else if (fd >= 0)
		live_set(ret, LIVE_BROKEN, 0, "/sys/kernel/btf/vmlinux does not begin as type information should");
	else if (access("/sys/kernel/mm", F_OK))
		live_set(ret, LIVE_UNKNOWN, ENOENT, "no /sys to look for type information in");
	else
		live_set(ret, LIVE_ABSENT, ENOENT, "no /sys/kernel/btf/vmlinux");
}

/* A file system of our own, and a map that is found in it by name. */
static void probe_bpffs(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {
		uint64_t path;
		uint32_t fd, flags;
	} attr = { .path = (uintptr_t)"m/map" };
	int map __sw_fd = -1;
	struct live_way way;
	int r;

	if (!mount_may(ctx, f, "bpf", ret) || mount_workplace(ctx, 0, ret, &way))
		return;
	r = mount_on("m", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r) {
		mount_failed(ctx, f, "bpf", r, &way, ret);
		return;
	}
	bpf_raise_memlock();
	map = bpf_map_create(2 /* array */, 4, 4, 1, 0);
	if (map < 0) {
		live_set(ret, LIVE_WORKS, 0, "mounted%s; there is no map to put into it: %s", live_way_text(&way),
			 sw_errno_name(map));
		return;
	}
	attr.fd = (uint32_t)map;
	r = sys_bpf(BPF_CMD_OBJ_PIN, &attr, sizeof(attr));
	if (r || access("m/map", F_OK))
		live_set(ret, LIVE_BROKEN, r, "mounted, but a map cannot be put into it: %s",
			 r ? sw_errno_name(r) : "it does not show");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted%s, a map was put into it", live_way_text(&way));
}

#define PROG_ROW(id_, title_, expr_, since_, commit_, name_, num_)                                 \
	{ .id = "bpf." id_, .title = title_, .area = "bpf", .kconfig = { { since_, 0, expr_ } },    \
	  .since = since_, .commit = commit_, .probe = probe_prog, .arg = name_, .num = num_ }
#define MAP_ROW(id_, title_, since_, commit_, name_, num_)                                         \
	{ .id = "bpf." id_, .title = title_, .area = "bpf",                                        \
	  .kconfig = { { since_, 0, "BPF_SYSCALL" } }, .since = since_, .commit = commit_,          \
	  .probe = probe_map, .arg = name_, .num = num_ }

static const struct feature rows[] = {
	{ .id = "bpf.syscall", .title = "BPF programs and maps", .area = "bpf",
	  .kconfig = { { KVER(3, 18), 0, "BPF_SYSCALL" } }, .since = KVER(3, 18), .commit = "99c55f7d47c0",
	  .probe = probe_syscall },
	{ .id = "bpf.jit", .title = "BPF compiled to machine code", .area = "bpf",
	  .kconfig = { { KVER(3, 0), KVER(4, 7), "BPF_JIT" }, { KVER(4, 7), 0, "BPF_JIT && HAVE_EBPF_JIT" } },
	  .since = KVER(3, 0), .commit = "0a14842f5a3c, 6077776b5908", .probe = probe_jit },
	{ .id = "bpf.bpffs", .title = "BPF objects as files", .area = "bpf",
	  .kconfig = { { KVER(4, 4), 0, "BPF_SYSCALL" } }, .since = KVER(4, 4), .commit = "b2197755b263",
	  .probe = probe_bpffs },
	{ .id = "bpf.btf", .title = "The kernel's types for BPF (BTF)", .area = "bpf",
	  .kconfig = { { KVER(5, 4), 0, "BPF_SYSCALL && DEBUG_INFO_BTF" } }, .since = KVER(5, 4), .commit = "341dfcf8d78e",
	  .probe = probe_btf },
	PROG_ROW("events", "BPF on kernel events (kprobes)", "BPF_SYSCALL && BPF_EVENTS", KVER(4, 1), "2541517c32be",
		 "KPROBE", PROG(BPF_TYPE_KPROBE, 0, 0)),
	PROG_ROW("tracepoint", "BPF on trace points", "BPF_SYSCALL && BPF_EVENTS", KVER(4, 7), "98b5c2c65c29",
		 "TRACEPOINT", PROG(BPF_TYPE_TRACEPOINT, 0, 0)),
	PROG_ROW("cgroup_skb", "BPF on a cgroup's packets", "CGROUP_BPF && NET", KVER(4, 10), "0e33661de493",
		 "CGROUP_SKB", PROG(BPF_TYPE_CGROUP_SKB, 0, 1)),
	PROG_ROW("cgroup_sock", "BPF on a cgroup's sockets", "CGROUP_BPF && NET", KVER(4, 10), "610236587600",
		 "CGROUP_SOCK", PROG(BPF_TYPE_CGROUP_SOCK, 2, 1)),
	PROG_ROW("cgroup_device", "BPF on a cgroup's devices", "CGROUP_BPF", KVER(4, 15), "ebc614f68736",
		 "CGROUP_DEVICE", PROG(BPF_TYPE_CGROUP_DEVICE, 6, 1)),
	PROG_ROW("cgroup_sock_addr", "BPF on a cgroup's addresses", "CGROUP_BPF && NET", KVER(4, 17), "4fbac77d2d09",
		 "CGROUP_SOCK_ADDR", PROG(BPF_TYPE_CGROUP_SOCK_ADDR, 10, 1)),
	PROG_ROW("cgroup_sysctl", "BPF on a cgroup's sysctls", "CGROUP_BPF && SYSCTL", KVER(5, 2), "7b146cebe30c",
		 "CGROUP_SYSCTL", PROG(BPF_TYPE_CGROUP_SYSCTL, 18, 1)),
	PROG_ROW("cgroup_sockopt", "BPF on a cgroup's socket options", "CGROUP_BPF && NET", KVER(5, 3), "0d01da6afc54",
		 "CGROUP_SOCKOPT", PROG(BPF_TYPE_CGROUP_SOCKOPT, 21, 1)),
	PROG_ROW("sock_ops", "BPF on connections (sock_ops)", "BPF_SYSCALL && CGROUP_BPF && NET", KVER(4, 13),
		 "40304b2a1567", "SOCK_OPS", PROG(BPF_TYPE_SOCK_OPS, 3, 1)),
	PROG_ROW("sched_cls", "BPF on a device's packets (tc)", "BPF_SYSCALL && NET", KVER(4, 1), "96be4325f443",
		 "SCHED_CLS", PROG(BPF_TYPE_SCHED_CLS, 0, 0)),
	PROG_ROW("xdp", "BPF before the network stack (XDP)", "BPF_SYSCALL && NET", KVER(4, 8), "6a773a15a1e8",
		 "XDP", PROG(BPF_TYPE_XDP, 0, 2)),
	MAP_ROW("lru_hash", "BPF maps that forget the oldest", KVER(4, 10), "29ba732acbee", "LRU_HASH", MAP_LRU_HASH),
	MAP_ROW("lpm_trie", "BPF maps of network prefixes", KVER(4, 11), "b95a5c4db09b", "LPM_TRIE", MAP_LPM_TRIE),
	MAP_ROW("ringbuf", "BPF ring buffers", KVER(5, 8), "457f44363a88", "RINGBUF", MAP_RINGBUF),
};

static const struct feature_sharing sharing[] = {
	{ probe_btf, SHARE_PROCESS }, { probe_jit, SHARE_PROCESS },
	{ probe_bpffs, SHARE_MEMORY | SHARE_MOUNT }, { probe_map, SHARE_PROCESS }, { probe_prog, SHARE_PROCESS },
	{ probe_syscall, SHARE_PROCESS },
	{ NULL, 0 },
};

const struct feature_area feature_area_bpf = {
	.name = "bpf", .title = "BPF", FEATURE_ROWS(rows), .sharing = sharing,
};
