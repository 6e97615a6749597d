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
#include <sys/stat.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/cgroup_v2.h"
#include "features/off_at_boot.h"
#include "live.h"
#include "modules.h"
#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

int v2_find(const struct probe_ctx *ctx, struct v2_site *s, struct live *ret)
{
	struct stat st;
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
		s->nsdelegate = cg_word_in(m[i].controllers, "nsdelegate");
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
	r = sys_mount("seaworthy", CG_PRIVATE_PLACE, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (r) {
		live_set(ret, r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r, "mount(cgroup2)%s: %s",
			 live_way_text(&way), sw_errno_name(r));
		if (r == -EPERM && way.userns)
			live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_ADMIN is lacking");
		else if (r == -EPERM)
			live_blame_privilege(ret);
		return r;
	}
	if (!stat(CG_PRIVATE_PLACE, &st))
		session_mounted(CG_PRIVATE_PLACE, st.st_dev);
	snprintf(s->root, sizeof(s->root), CG_PRIVATE_PLACE);
	s->private_mount = true;
	return 0;
}

int v2_temp(const struct v2_site *s, struct cg_temp *cg, struct live *ret)
{
	return cg_temp_make(s->root, s->own[0] ? s->own : NULL, cg, ret);
}

/* ---- controllers ------------------------------------------------------------------------------------- */

/* io.weight of iocost reads "default 200"; io.bfq.weight, by its age, that or "200". */
static void check_weight(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
			 struct live *ret)
{
	cg_check_weight(ctx, cg, c, c->file, ret);
}

static void check_swap(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		       struct live *ret)
{
	cg_check_value(ctx, cg, c, ret);
	if (ret->value == LIVE_ABSENT)
		cg_explain_swap(ctx, ret);
}

#define LISTED true	/* to be in cgroup.controllers says that it is all there */
static const struct cg_check checks[] = {
	/* Listed with CGROUP_SCHED alone: what it does is in other symbols. */
	{ "cgroup.v2.cpu", "cpu", "cpu.weight", "50", cg_check_value, "cpu", false },
	{ "cgroup.v2.cpu_bandwidth", "cpu", "cpu.max", "20000 100000", cg_check_value, "cpu", false },
	{ "cgroup.v2.cpuset", "cpuset", "cpuset.cpus", "cpuset.cpus.effective", cg_check_cpuset, "cpuset",
	  LISTED },
	{ "cgroup.v2.io", "io", "io.stat", NULL, cg_check_value, "blkio", LISTED },
	/* Limits of these are set by device: which of the machine's is nobody's to choose. */
	{ "cgroup.v2.io_max", "io", "io.max", NULL, cg_check_value, "blkio", false },
	{ "cgroup.v2.io_latency", "io", "io.latency", NULL, cg_check_value, "blkio", false },
	{ "cgroup.v2.io_weight", "io", "io.weight", "200", check_weight, "blkio", false },
	{ "cgroup.v2.io_bfq_weight", "io", "io.bfq.weight", "200", check_weight, "blkio", false },
	{ "cgroup.v2.io_prio", "io", "io.prio.class", "restrict-to-be", cg_check_value, "blkio", false },
	{ "cgroup.v2.memory", "memory", "memory.max", "16777216", cg_check_value, "memory", LISTED },
	{ "cgroup.v2.swap", "memory", "memory.swap.max", "1048576", check_swap, "memory", false },
	{ "cgroup.v2.pids", "pids", "pids.max", NULL, cg_check_pids, "pids", LISTED },
	{ "cgroup.v2.rdma", "rdma", "rdma.max", NULL, cg_check_value, "rdma", LISTED },
	{ "cgroup.v2.hugetlb", "hugetlb", ".max", "0", cg_check_hugetlb, "hugetlb", LISTED },
	{ "cgroup.v2.misc", "misc", "misc.max", NULL, cg_check_value, "misc", LISTED },
	{ "cgroup.v2.dmem", "dmem", "dmem.max", NULL, cg_check_value, "dmem", LISTED },
};

static const struct cg_check *find_check(const char *id)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!strcmp(checks[i].row, id))
			return &checks[i];
	return NULL;
}

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
	} else if (r && r != -ENODATA && r != -ENOENT) {
		live_set(ret, LIVE_UNKNOWN, 0, "not in cgroup.controllers, and /proc/cgroups cannot be had to tell "
			 "whether it is on cgroup v1");
	} else if (!access(path, F_OK)) {
		/* Only the real root has no cgroup.type. */
		live_set(ret, LIVE_UNKNOWN, 0, "not handed down to the cgroup that %s shows", s->root);
	} else {
		live_set(ret, LIVE_ABSENT, 0, "%s is not in cgroup.controllers", c->controller);
		/* Since 6.15 /proc/cgroups does not list what v1 cannot have (af000ce85293). */
		cg_blame_cmdline(c->controller, c->legacy, ret);
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

static int switch_controller(const char *root, char sign, const char *controller)
{
	char path[400], word[32];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", root);
	snprintf(word, sizeof(word), "%c%s", sign, controller);
	return sw_write_file(AT_FDCWD, path, word);
}

/* A cgroup that is there while a controller is enabled for the trial: who cleans up sees it. */
static void mark(const char *root, char *out, size_t size)
{
	snprintf(out, size, "%s/" CG_MARK_PREFIX "%s", root, cg_run_name());
}

/* --intrusive: no cgroup enables the controller for its children, so let the root, for a moment. */
static void try_enabled(const struct probe_ctx *ctx, const struct v2_site *s, const struct cg_check *c,
			struct live *ret)
{
	char marker[400];
	int r;

	mark(s->root, marker, sizeof(marker));
	r = mkdir(marker, 0755) && errno != EEXIST ? -errno : 0;
	if (!r)
		r = switch_controller(s->root, '+', c->controller);
	if (r) {
		/*
		 * Not the controller's fault: EBUSY where the root that we see is a container's, with
		 * processes in it; EINVAL for cpu while real-time processes run (cgroup-v2.rst).
		 */
		live_set(ret, r == -EACCES || r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r,
			 "in cgroup.controllers, but cgroup.subtree_control +%s: %s", c->controller,
			 sw_errno_name(r));
	} else {
		try_below(ctx, s->root, c, ret);
		switch_controller(s->root, '-', c->controller);
	}
	rmdir(marker);
}

/* Undo what a trial that was killed left at this root. */
static void sweep_root(const char *root, const struct cg_check *c)
{
	char marker[400];

	mark(root, marker, sizeof(marker));
	if (access(marker, F_OK))
		return;
	if (c)
		switch_controller(root, '-', c->controller);
	rmdir(marker);
}

static void sweep_private(void *arg, void *answer)
{
	(void)answer;
	if (cg_sweep_private("cgroup2", NULL))
		sweep_root(CG_PRIVATE_PLACE, arg);
}

static void cleanup_v2(const struct probe_ctx *ctx, const struct feature *f)
{
	const struct cg_check *c = find_check(f->id);
	struct cg_mount m[32];
	char own[256], answer;
	int n = cg_mounts(m, 32);
	bool seen = false;

	cg_temp_sweep_all(ctx, f);
	for (int i = 0; i < n; i++) {
		if (m[i].version != 2)
			continue;
		seen = true;
		sweep_root(m[i].path, c);
	}
	/* In use since boot, and mounted nowhere that we see: the trial was in a mount of its own. */
	if (!seen && !cg_own_path("", own, sizeof(own)) && live_has_cap(LIVE_CAP_SYS_ADMIN))
		sw_child_run(sweep_private, (void *)(uintptr_t)c, &answer, 1, 15000);
}

static void probe_controller(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct cg_check *c = find_check(f->id);
	char parent[640];
	struct v2_site s;
	int r;

	r = v2_find(ctx, &s, ret);
	if (r == -ENODATA)
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: cgroup2 was never mounted since boot");
	if (r)
		return;
	if (!word_in_file(s.root, "cgroup.controllers", c->controller))
		explain_not_listed(&s, c, ret);
	else if (find_parent(&s, c->controller, parent, sizeof(parent)))
		try_below(ctx, parent, c, ret);
	else if (ctx->intrusive)
		try_enabled(ctx, &s, c, ret);
	else
		live_set(ret, c->listed ? LIVE_WORKS : LIVE_UNKNOWN, 0, "%s is in cgroup.controllers; %s not seen, "
			 "since no cgroup enables it (--intrusive does)", c->controller, c->file);
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
	if (v2_find(ctx, &s, ret) || v2_temp(&s, &cg, ret))
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
	.cleanup = cleanup_v2, .risk = RISK_TRANSIENT, .timeout_ms = 40000

static const struct feature rows[] = {
	{ V2("", "The unified hierarchy", v2_probe_enter), .since = KVER(4, 5), .commit = "67e9c74b8a87",
	  .kconfig = { { KVER(4, 5), 0, "CGROUPS" } } },
	{ V2(".cpu", "Processor shares", probe_controller), .since = KVER(4, 15), .commit = "0d5936344f30",
	  .kconfig = { { KVER(4, 15), 0, "CGROUP_SCHED && FAIR_GROUP_SCHED" } } },
	{ V2(".cpu_bandwidth", "Processor time limits (cpu.max)", probe_controller), .since = KVER(4, 15),
	  .commit = "0d5936344f30", .kconfig = { { KVER(4, 15), 0, "CGROUP_SCHED && CFS_BANDWIDTH" } } },
	{ V2(".cpuset", "Processor and memory-node sets", probe_controller), .since = KVER(5, 0),
	  .commit = "4ec22e9c5a90", .kconfig = { { KVER(5, 0), 0, "CPUSETS" } } },
	{ V2(".io", "Block I/O control", probe_controller), .since = KVER(4, 5), .commit = "2ee867dcfa2e",
	  .kconfig = { { KVER(4, 5), 0, "BLK_CGROUP" } } },
	{ V2(".io_max", "Block I/O throttling (io.max)", probe_controller), .since = KVER(4, 5),
	  .commit = "2ee867dcfa2e", .kconfig = { { KVER(4, 5), 0, "BLK_CGROUP && BLK_DEV_THROTTLING" } } },
	{ V2(".io_latency", "Block I/O latency targets (io.latency)", probe_controller), .since = KVER(4, 19),
	  .commit = "d70675121546", .kconfig = { { KVER(4, 19), 0, "BLK_CGROUP_IOLATENCY" } } },
	{ V2(".io_weight", "Block I/O weights by cost (io.weight)", probe_controller), .since = KVER(5, 4),
	  .commit = "7caa47151ab2", .kconfig = { { KVER(5, 4), 0, "BLK_CGROUP_IOCOST" } } },
	{ V2(".io_bfq_weight", "Block I/O weights by BFQ", probe_controller), .since = KVER(4, 12),
	  .commit = "e21b7a0b9887", .kconfig = { { KVER(4, 12), 0, "BFQ_GROUP_IOSCHED && IOSCHED_BFQ" } },
	  .module = "bfq" },
	{ V2(".io_prio", "Block I/O priority classes", probe_controller), .since = KVER(5, 14),
	  .commit = "556910e39249", .kconfig = { { KVER(5, 14), 0, "BLK_CGROUP_IOPRIO" } } },
	{ V2(".memory", "Memory limits", probe_controller), .since = KVER(4, 5), .commit = "67e9c74b8a87",
	  .kconfig = { { KVER(4, 5), 0, "MEMCG" } } },
	{ V2(".swap", "Swap limits", probe_controller), .off_at_boot = off_by_symbol, .since = KVER(4, 5), .commit = "37e84351198b",
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
	{ V2(".devices", "Device access by BPF programs", v2_probe_devices), .since = KVER(4, 15),
	  .commit = "ebc614f68736", .kconfig = { { KVER(4, 15), 0, "CGROUP_BPF && BPF_SYSCALL" } } },
	{ V2(".freezer", "Freezing (cgroup.freeze)", v2_probe_freezer), .since = KVER(5, 2),
	  .commit = "76f969e8948d", .kconfig = { { KVER(5, 2), 0, "CGROUPS" } } },
	{ V2(".kill", "Killing a whole cgroup (cgroup.kill)", v2_probe_kill), .since = KVER(5, 14),
	  .commit = "661ee6280931", .kconfig = { { KVER(5, 14), 0, "CGROUPS" } } },
	{ V2(".threaded", "Threads in cgroups of their own", v2_probe_threaded), .since = KVER(4, 14),
	  .commit = "8cfd8147df67", .kconfig = { { KVER(4, 14), 0, "CGROUPS" } } },
	{ V2(".delegation", "Cgroups given to a user", v2_probe_delegation), .since = KVER(4, 5),
	  .commit = "cgroups(7)", .kconfig = { { KVER(4, 5), 0, "CGROUPS" } } },
	{ V2(".nsdelegate", "Namespaces as borders of delegation", v2_probe_nsdelegate), .since = KVER(4, 13),
	  .commit = "5136f6365ce3", .kconfig = { { KVER(4, 13), 0, "CGROUPS" } } },
	{ V2(".pressure", "Pressure stall information by cgroup", v2_probe_pressure),
	  .off_at_boot = off_by_symbol, .since = KVER(4, 20),
	  .commit = "2ce7135adc9a", .kconfig = { { KVER(4, 20), 0, "PSI" } } },
	{ V2(".clone_into_cgroup", "Processes born inside (clone3)", v2_probe_clone_into), .since = KVER(5, 7),
	  .commit = "ef2c41cf38a7", .kconfig = { { KVER(5, 7), 0, "CGROUPS" } } },
};

static const struct feature_sharing sharing[] = {
	{ probe_controller, SHARE_PROCESS | SHARE_MOUNT }, { probe_perf_event, SHARE_PROCESS | SHARE_MOUNT },
	{ v2_probe_clone_into, SHARE_MEMORY }, { v2_probe_delegation, SHARE_MEMORY },
	{ v2_probe_devices, SHARE_PROCESS | SHARE_MOUNT }, { v2_probe_enter, SHARE_PROCESS | SHARE_MOUNT },
	{ v2_probe_freezer, SHARE_PROCESS | SHARE_MOUNT }, { v2_probe_kill, SHARE_PROCESS | SHARE_MOUNT },
	{ v2_probe_nsdelegate, SHARE_MEMORY }, { v2_probe_pressure, SHARE_PROCESS | SHARE_MOUNT },
	{ v2_probe_threaded, SHARE_PROCESS | SHARE_MOUNT },
	{ NULL, 0 },
};

const struct feature_area feature_area_cgroup_v2 = {
	.name = "cgroup-v2", .title = "Control groups, version 2", FEATURE_ROWS(rows), .sharing = sharing,
};
