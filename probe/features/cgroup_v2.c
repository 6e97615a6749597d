// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup v2. Controllers are tried in a temporary cgroup below one that already enables them for
 * its children; where none does, cgroup.controllers is the kernel's word for it, and --intrusive
 * enables it for a moment. Freezing, killing and device programs need no controller.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/cgroup_try.h"
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

#define PRIVATE_PLACE "/tmp"

struct v2_site {
	char root[300];		/* where the hierarchy, or our part of it, is mounted */
	char own[640];		/* our own cgroup's directory, "" if it is not in there */
	bool private_mount;
};

/*
 * Find cgroup2, or mount it for ourselves. The first mount since boot makes a line appear in every
 * /proc/PID/cgroup, for good (cgrp_dfl_visible): that is left to --intrusive.
 * Returns 0, or -errno with *ret filled.
 */
static int find_v2(const struct probe_ctx *ctx, struct v2_site *s, struct live *ret)
{
	struct cg_mount m[32];
	struct live_way way;
	char own[256];
	int n = cg_mounts(m, 32), r;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < n; i++) {
		char file[400];

		snprintf(file, sizeof(file), "%s/cgroup.procs", m[i].path);
		if (m[i].version != 2 || access(file, F_OK))
			continue;
		snprintf(s->root, sizeof(s->root), "%s", m[i].path);
		if (!cg_own_dir(&m[i], "", s->own, sizeof(s->own)))
			s->own[0] = 0;
		return 0;
	}
	r = fs_registered("cgroup2");
	if (r != 1) {
		live_set(ret, r ? LIVE_UNKNOWN : LIVE_ABSENT, ENODEV, r ? "no /proc/filesystems" :
			 "cgroup2 is not in /proc/filesystems");
		return -ENODEV;
	}
	if (cg_own_path("", own, sizeof(own)) && !ctx->intrusive) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: cgroup2 was never mounted since boot, and a first "
			 "mount leaves a line in every /proc/PID/cgroup (--intrusive)");
		return -ENODATA;
	}
	r = live_private_mounts(ctx, ret, &way);
	if (r)
		return r;
	r = sys_mount("seaworthy", PRIVATE_PLACE, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r) {
		live_set(ret, r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r, "mount(cgroup2)%s: %s",
			 live_way_text(&way), sw_errno_name(r));
		if (r == -EPERM && way.userns)
			live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN is lacking");
		else if (r == -EPERM)
			live_blame_privilege(ret);
		return r;
	}
	snprintf(s->root, sizeof(s->root), PRIVATE_PLACE);
	s->private_mount = true;
	return 0;
}

static int make_temp(const struct v2_site *s, struct cg_temp *cg, struct live *ret)
{
	return cg_temp_make(s->root, s->own[0] ? s->own : NULL, cg, ret);
}

/* ---- the hierarchy itself, freezing, killing ------------------------------------------------------ */

static void probe_v2(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const struct cg_check enter = { .controller = "v2" };
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct v2_site s;

	(void)f;
	if (!find_v2(ctx, &s, ret) && !make_temp(&s, &cg, ret))
		cg_check_enter(ctx, &cg, &enter, ret);
}

static void thaw_and_reap(const struct cg_temp *cg, pid_t pid)
{
	int status;

	sw_write_file(cg->fd, "cgroup.freeze", "0");
	kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
}

/* Has cgroup.events the line? Asked again for some ten seconds: events come when they come. */
static bool event_comes(const struct cg_temp *cg, const char *line)
{
	for (int i = 0; i < 2000; i++) {
		struct sw_buf b __sw_buf = SW_BUF_INIT;

		if (!sw_read_file(cg->fd, "cgroup.events", &b, 4096) && strstr(sw_buf_str(&b), line))
			return true;
		usleep(5000);
	}
	return false;
}

/* A process in a new cgroup that has this file, or < 0 with *ret filled. */
static pid_t sleeper_beside(const struct cg_temp *cg, const char *file, struct live *ret)
{
	pid_t pid;

	if (faccessat(cg->fd, file, F_OK, 0)) {
		live_set(ret, LIVE_ABSENT, ENOENT, "a new cgroup has no %s", file);
		return -ENOENT;
	}
	pid = cg_sleeper(cg);
	if (pid < 0)
		live_set(ret, LIVE_UNKNOWN, -pid, "cannot put a process into a new cgroup: %s",
			 sw_errno_name(-pid));
	return pid;
}

static void probe_freezer(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct v2_site s;
	pid_t pid;
	int r;

	(void)f;
	if (find_v2(ctx, &s, ret) || make_temp(&s, &cg, ret))
		return;
	pid = sleeper_beside(&cg, "cgroup.freeze", ret);
	if (pid < 0)
		return;
	r = sw_write_file(cg.fd, "cgroup.freeze", "1");
	if (r)
		live_set(ret, LIVE_BROKEN, r, "cgroup.freeze: %s", sw_errno_name(r));
	else if (!event_comes(&cg, "frozen 1"))
		live_set(ret, LIVE_BROKEN, 0, "cgroup.freeze=1, but cgroup.events never says frozen 1");
	else if (sw_write_file(cg.fd, "cgroup.freeze", "0") || !event_comes(&cg, "frozen 0"))
		live_set(ret, LIVE_BROKEN, 0, "cgroup.freeze=0, but cgroup.events never says frozen 0");
	else
		live_set(ret, LIVE_WORKS, 0, "a process inside was frozen and thawed by cgroup.freeze");
	thaw_and_reap(&cg, pid);
}

static void probe_kill(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct v2_site s;
	pid_t pid;
	int r;

	(void)f;
	if (find_v2(ctx, &s, ret) || make_temp(&s, &cg, ret))
		return;
	pid = sleeper_beside(&cg, "cgroup.kill", ret);
	if (pid < 0)
		return;
	r = sw_write_file(cg.fd, "cgroup.kill", "1");
	if (r)
		live_set(ret, LIVE_BROKEN, r, "cgroup.kill: %s", sw_errno_name(r));
	else if (!event_comes(&cg, "populated 0"))
		live_set(ret, LIVE_BROKEN, 0, "cgroup.kill=1, but the process inside lives");
	else
		live_set(ret, LIVE_WORKS, 0, "cgroup.kill ended the process inside");
	thaw_and_reap(&cg, pid);
}

/* ---- device programs -------------------------------------------------------------------------------- */

/* include/uapi/linux/bpf.h */
enum { BPF_CMD_PROG_LOAD = 5, BPF_CMD_PROG_ATTACH = 8, BPF_CMD_PROG_DETACH = 9 };
enum { BPF_TYPE_CGROUP_DEVICE = 15, BPF_ATTACH_CGROUP_DEVICE = 6 };

struct insn {
	uint8_t code, regs;	/* dst in the low half, src in the high half */
	int16_t off;
	int32_t imm;
};

struct prog_load {
	uint32_t prog_type, insn_cnt;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log_buf;
	uint32_t kern_version, prog_flags;
} __attribute__((aligned(8)));

struct prog_attach {
	uint32_t target_fd, attach_bpf_fd, attach_type, attach_flags;
};

static uint8_t regs(unsigned int dst, unsigned int src)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (uint8_t)(src << 4 | dst);
#else
	return (uint8_t)(dst << 4 | src);
#endif
}

/* Allow all but 1:3. ctx: struct bpf_cgroup_dev_ctx { access_type, major, minor }. Returns an fd. */
static int load_device_program(void)
{
	const struct insn code[] = {
		{ 0x61, regs(2, 1), 4, 0 },	/* r2 = *(u32 *)(r1 + 4), major */
		{ 0x61, regs(3, 1), 8, 0 },	/* r3 = *(u32 *)(r1 + 8), minor */
		{ 0xb7, regs(0, 0), 0, 1 },	/* r0 = 1: allowed */
		{ 0x55, regs(2, 0), 2, 1 },	/* if r2 != 1 goto exit */
		{ 0x55, regs(3, 0), 1, 3 },	/* if r3 != 3 goto exit */
		{ 0xb7, regs(0, 0), 0, 0 },	/* r0 = 0: denied */
		{ 0x95, regs(0, 0), 0, 0 },	/* exit */
	};
	struct prog_load attr = {
		.prog_type = BPF_TYPE_CGROUP_DEVICE,
		.insn_cnt = sizeof(code) / sizeof(*code),
		.insns = (uintptr_t)code,
		.license = (uintptr_t)"GPL",
	};

	return sys_bpf(BPF_CMD_PROG_LOAD, &attr, sizeof(attr));
}

static void bpf_refused(const struct probe_ctx *ctx, const char *call, int r, struct live *ret)
{
	if (r == -EPERM && live_blame_privilege(ret)) {
		live_set(ret, LIVE_UNKNOWN, r, "%s: EPERM", call);
	} else if ((r == -EPERM || r == -ENOSYS) && live_blame_filter(ret, call, r, false)) {
		return;
	} else if (r == -EINVAL || r == -ENOSYS) {
		live_set(ret, LIVE_ABSENT, r, "%s: %s", call, sw_errno_name(r));
	} else {
		live_set(ret, r == -EPERM ? LIVE_DENIED : LIVE_BROKEN, r, "%s: %s", call, sw_errno_name(r));
	}
	(void)ctx;
}

static void probe_devices(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	int prog __sw_fd = -1;
	struct prog_attach attach = { .attach_type = BPF_ATTACH_CGROUP_DEVICE };
	struct v2_site s;
	int r;

	(void)f;
	/* Program first: where it is refused no cgroup is needed to know. */
	prog = load_device_program();
	if (prog < 0) {
		bpf_refused(ctx, "bpf(PROG_LOAD, CGROUP_DEVICE)", prog, ret);
		return;
	}
	if (find_v2(ctx, &s, ret)) {
		live_more(ret, "; the kernel takes device programs");
		return;
	}
	if (!cg_devices_open(ret) || make_temp(&s, &cg, ret))
		return;
	attach.target_fd = (uint32_t)cg.fd;
	attach.attach_bpf_fd = (uint32_t)prog;
	r = sys_bpf(BPF_CMD_PROG_ATTACH, &attach, sizeof(attach));
	if (r < 0) {
		bpf_refused(ctx, "bpf(PROG_ATTACH, CGROUP_DEVICE)", r, ret);
		return;
	}
	cg_judge_devices(&cg, "a program attached that denies 1:3", ret);
	sys_bpf(BPF_CMD_PROG_DETACH, &attach, sizeof(attach));
}

/* ---- controllers ------------------------------------------------------------------------------------- */

static const struct cg_check checks[] = {
	{ "cgroup.v2.cpu", "cpu", "cpu.weight", "50", cg_check_value, "cpu" },
	{ "cgroup.v2.cpuset", "cpuset", "cpuset.cpus", "cpuset.cpus.effective", cg_check_cpuset, "cpuset" },
	{ "cgroup.v2.io", "io", "io.stat", NULL, cg_check_value, "blkio" },
	{ "cgroup.v2.memory", "memory", "memory.max", "16777216", cg_check_value, "memory" },
	{ "cgroup.v2.swap", "memory", "memory.swap.max", "1048576", cg_check_value, "memory" },
	{ "cgroup.v2.pids", "pids", "pids.max", NULL, cg_check_pids, "pids" },
	{ "cgroup.v2.rdma", "rdma", "rdma.max", NULL, cg_check_value, "rdma" },
	{ "cgroup.v2.hugetlb", "hugetlb", ".max", "0", cg_check_hugetlb, "hugetlb" },
	{ "cgroup.v2.misc", "misc", "misc.max", NULL, cg_check_value, "misc" },
	{ "cgroup.v2.dmem", "dmem", "dmem.max", NULL, cg_check_value, "dmem" },
};

static bool word_in_file(const char *dir, const char *name, const char *word)
{
	char path[704], list[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return sw_read_line(AT_FDCWD, path, list, sizeof(list)) > 0 && cg_word_in(list, word);
}

/* cgroup.controllers does not have it: why? */
static void explain_not_listed(const struct v2_site *s, const struct cg_check *c, struct live *ret)
{
	struct cg_controller line;
	char path[400];
	int r = cg_controller(c->legacy, &line);

	snprintf(path, sizeof(path), "%s/cgroup.type", s->root);
	if (!r && !line.enabled) {
		cg_explain_disabled(c->legacy, ret);
	} else if (!r && line.hierarchy) {
		live_set(ret, LIVE_UNKNOWN, 0, "not in cgroup.controllers: %s is mounted on cgroup v1",
			 c->legacy);
		live_cause(ret, FINDING_OTHER_HIERARCHY, "the controller is on cgroup v1");
	} else if (!access(path, F_OK)) {
		/* Only the real root has no cgroup.type. */
		live_set(ret, LIVE_UNKNOWN, 0, "not handed down to the cgroup that %s shows", s->root);
	} else {
		live_set(ret, LIVE_ABSENT, 0, "%s is not in cgroup.controllers", c->controller);
	}
}

/* A cgroup that enables the controller for its children: the root, or one on the way to ours. */
static bool find_parent(const struct v2_site *s, const char *controller, char *out, size_t size)
{
	char dir[640];

	if (word_in_file(s->root, "cgroup.subtree_control", controller)) {
		snprintf(out, size, "%s", s->root);
		return true;
	}
	snprintf(dir, sizeof(dir), "%s", s->own);
	while (strlen(dir) > strlen(s->root)) {
		if (word_in_file(dir, "cgroup.subtree_control", controller)) {
			snprintf(out, size, "%s", dir);
			return true;
		}
		*strrchr(dir, '/') = 0;
	}
	return false;
}

static void try_below(const struct probe_ctx *ctx, const char *parent, const struct cg_check *c,
		      struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;

	if (!cg_temp_make(parent, NULL, &cg, ret))
		c->fn(ctx, &cg, c, ret);
}

static int switch_controller(const struct v2_site *s, char sign, const char *controller)
{
	char path[400], word[32];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", s->root);
	snprintf(word, sizeof(word), "%c%s", sign, controller);
	return sw_write_file(AT_FDCWD, path, word);
}

static void probe_controller(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct cg_check *c = NULL;
	char parent[640];
	struct v2_site s;
	int r;

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!strcmp(checks[i].row, f->id))
			c = &checks[i];
	if (!c)
		return;
	r = find_v2(ctx, &s, ret);
	if (r == -ENODATA)
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: cgroup2 was never mounted since boot");
	if (r)
		return;
	if (!word_in_file(s.root, "cgroup.controllers", c->controller)) {
		explain_not_listed(&s, c, ret);
		return;
	}
	if (find_parent(&s, c->controller, parent, sizeof(parent))) {
		try_below(ctx, parent, c, ret);
		return;
	}
	if (!ctx->intrusive) {
		/* Whether memory counts swap does not show in the list. */
		live_set(ret, strcmp(f->id, "cgroup.v2.swap") ? LIVE_WORKS : LIVE_UNKNOWN, 0,
			 "%s is in cgroup.controllers; not tried further, since no cgroup enables it "
			 "(--intrusive does)", c->controller);
		return;
	}
	r = switch_controller(&s, '+', c->controller);
	if (r) {
		/*
		 * Not the controller's fault: EBUSY where the root that we see is a container's, with
		 * processes in it; EINVAL for cpu while real-time processes run (cgroup-v2.rst).
		 */
		live_set(ret, r == -EACCES || r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r,
			 "in cgroup.controllers, but cgroup.subtree_control +%s: %s", c->controller,
			 sw_errno_name(r));
		return;
	}
	try_below(ctx, s.root, c, ret);
	switch_controller(&s, '-', c->controller);
}

/* include/uapi/linux/perf_event.h, PERF_ATTR_SIZE_VER0 (2.6.31) */
struct perf_attr {
	uint32_t type, size;
	uint64_t config, sample_period, sample_type, read_format, flags;
	uint32_t wakeup_events, bp_type;
	uint64_t config1;
};
#define PERF_SOFTWARE		1
#define PERF_DISABLED		1
#define PERF_FLAG_PID_CGROUP	4	/* 2.6.39: the pid argument is a cgroup's directory */

/*
 * perf_event is never listed in cgroup.controllers: it is on whenever no v1 hierarchy has it. So a
 * counter of the cgroup is asked for: ENOENT is a cgroup without the controller, EINVAL a kernel
 * without CGROUP_PERF (perf_cgroup_connect in kernel/events/core.c).
 */
static void probe_perf_event(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct perf_attr attr = { .type = PERF_SOFTWARE, .size = sizeof(attr), .flags = PERF_DISABLED };
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct cg_controller line;
	struct v2_site s;
	long r;

	(void)f;
	if (find_v2(ctx, &s, ret) || make_temp(&s, &cg, ret))
		return;
	r = sys_call(SYS_NR_perf_event_open, (long)&attr, cg.fd, 0, -1, PERF_FLAG_PID_CGROUP, 0);
	if (r >= 0)
		close((int)r);
	live_set(ret, r >= 0 ? LIVE_WORKS : r == -ENOSYS || r == -EINVAL ? LIVE_ABSENT :
		 r == -EPERM || r == -EACCES ? LIVE_DENIED : LIVE_UNKNOWN, r < 0 ? (int)r : 0,
		 "perf_event_open(PERF_FLAG_PID_CGROUP) on a cgroup: %s",
		 r < 0 ? sw_errno_name((int)r) : "a counter");
	if (ret->value == LIVE_DENIED)
		live_blame_privilege(ret);
	if (r == -ENOENT && !cg_controller("perf_event", &line) && line.hierarchy)
		live_cause(ret, FINDING_OTHER_HIERARCHY, "the controller is on cgroup v1");
}

#define V2(name_, title_, probe_) \
	.id = "cgroup.v2" name_, .title = title_, .area = "cgroup-v2", .probe = probe_, \
	.cleanup = cg_temp_sweep_all, .risk = RISK_TRANSIENT, .timeout_ms = 40000

static const struct feature rows[] = {
	{ V2("", "The unified hierarchy", probe_v2), .since = KVER(4, 5), .commit = "67e9c74b8a87",
	  .kconfig = { { KVER(4, 5), 0, "CGROUPS" } } },
	{ V2(".cpu", "Processor shares", probe_controller), .since = KVER(4, 15), .commit = "0d5936344f30",
	  .kconfig = { { KVER(4, 15), 0, "CGROUP_SCHED && FAIR_GROUP_SCHED" } } },
	{ V2(".cpuset", "Processor and memory-node sets", probe_controller), .since = KVER(5, 0),
	  .commit = "4ec22e9c5a90", .kconfig = { { KVER(5, 0), 0, "CPUSETS" } } },
	{ V2(".io", "Block I/O control", probe_controller), .since = KVER(4, 5), .commit = "2ee867dcfa2e",
	  .kconfig = { { KVER(4, 5), 0, "BLK_CGROUP" } } },
	{ V2(".memory", "Memory limits", probe_controller), .since = KVER(4, 5), .commit = "67e9c74b8a87",
	  .kconfig = { { KVER(4, 5), 0, "MEMCG" } } },
	{ V2(".swap", "Swap limits", probe_controller), .since = KVER(4, 5), .commit = "37e84351198b",
	  .kconfig = { { KVER(4, 5), KVER(6, 1), "MEMCG_SWAP" }, { KVER(6, 1), 0, "MEMCG && SWAP" } } },
	{ V2(".pids", "Process count limits", probe_controller), .since = KVER(4, 5),
	  .commit = "49b786ea146f", .kconfig = { { KVER(4, 5), 0, "CGROUP_PIDS" } } },
	{ V2(".rdma", "RDMA resource limits", probe_controller), .since = KVER(4, 11),
	  .commit = "39d3e7584a68", .kconfig = { { KVER(4, 11), 0, "CGROUP_RDMA" } } },
	{ V2(".hugetlb", "Huge page limits", probe_controller), .since = KVER(5, 6),
	  .commit = "faced7e0806c", .kconfig = { { KVER(5, 6), 0, "CGROUP_HUGETLB" } } },
	{ V2(".misc", "Miscellaneous scalar limits", probe_controller), .since = KVER(5, 13),
	  .commit = "a72232eabdfc", .kconfig = { { KVER(5, 13), 0, "CGROUP_MISC" } } },
	{ V2(".dmem", "Device memory limits", probe_controller), .since = KVER(6, 14),
	  .commit = "b168ed458dde", .kconfig = { { KVER(6, 14), 0, "CGROUP_DMEM" } } },
	{ V2(".perf_event", "Performance monitoring by group", probe_perf_event), .since = KVER(4, 11),
	  .commit = "cgroups(7)", .kconfig = { { KVER(4, 11), 0, "CGROUP_PERF" } } },
	{ V2(".devices", "Device access by BPF programs", probe_devices), .since = KVER(4, 15),
	  .commit = "ebc614f68736", .kconfig = { { KVER(4, 15), 0, "CGROUP_BPF && BPF_SYSCALL" } } },
	{ V2(".freezer", "Freezing (cgroup.freeze)", probe_freezer), .since = KVER(5, 2),
	  .commit = "76f969e8948d", .kconfig = { { KVER(5, 2), 0, "CGROUPS" } } },
	{ V2(".kill", "Killing a whole cgroup (cgroup.kill)", probe_kill), .since = KVER(5, 14),
	  .commit = "661ee6280931", .kconfig = { { KVER(5, 14), 0, "CGROUPS" } } },
};

const struct feature_area feature_area_cgroup_v2 = {
	.name = "cgroup-v2", .title = "Control groups, version 2", FEATURE_ROWS(rows),
};
