// SPDX-License-Identifier: GPL-2.0-only
/*
 * Controllers on cgroup v1. Each is tried in a temporary cgroup: in the hierarchy it is mounted
 * in; or, where it is free, in one that is mounted for the trial in a mount namespace of our own.
 * Taking it away from cgroup v2 is left to --intrusive.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "features/areas.h"
#include "features/cgroup_try.h"
#include "features/off_at_boot.h"
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- trials of v1's own -------------------------------------------------------------------------- */

static int burn(void)
{
	struct timespec ts;

	/* Processor time, not wall time: it passes only while we run. */
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	while (ts.tv_sec == 0 && ts.tv_nsec < 200000);
	return 0;
}

static void check_cpuacct(const struct probe_ctx *ctx, const struct cg_temp *cg,
			  const struct cg_check *c, struct live *ret)
{
	char usage[32] = "";
	int value, r = cg_run_inside(cg, burn, &value);

	(void)ctx;
	if (!r && sw_read_line(cg->fd, c->file, usage, sizeof(usage)) < 0)
		r = -errno;
	if (r)
		live_set(ret, LIVE_BROKEN, r, "a process in a new cgroup, %s: %s", c->file,
			 sw_errno_name(r));
	else if (strtoull(usage, NULL, 10) == 0)
		live_set(ret, LIVE_BROKEN, 0, "a process burnt time inside, %s reads %s", c->file, usage);
	else
		live_set(ret, LIVE_WORKS, 0, "a process burnt time inside, %s counted it", c->file);
}

static void check_devices(const struct probe_ctx *ctx, const struct cg_temp *cg,
			  const struct cg_check *c, struct live *ret)
{
	int r;

	(void)ctx;
	if (!cg_devices_open(ret))
		return;
	r = sw_write_file(cg->fd, c->file, "c 1:3 rwm");
	if (!r) {
		cg_judge_devices(cg, "1:3 denied", ret);
		return;
	}
	live_set(ret, r == -EPERM || r == -EACCES ? LIVE_DENIED : LIVE_BROKEN, r, "write to %s: %s",
		 c->file, sw_errno_name(r));
	if (ret->value == LIVE_DENIED)
		live_blame_privilege(ret);
}

static void check_freezer(const struct probe_ctx *ctx, const struct cg_temp *cg,
			  const struct cg_check *c, struct live *ret)
{
	pid_t pid = cg_sleeper(cg);
	char state[32] = "";
	int r = pid < 0 ? pid : sw_write_file(cg->fd, c->file, "FROZEN");

	(void)ctx;
	for (int i = 0; !r && i < 2000 && strcmp(state, "FROZEN"); i++) {
		if (i)
			usleep(5000);
		sw_read_line(cg->fd, c->file, state, sizeof(state));
		/* Freezing may need to be told again (Documentation/cgroups/freezer-subsystem.txt). */
		if (!strcmp(state, "FREEZING"))
			sw_write_file(cg->fd, c->file, "FROZEN");
	}
	if (r)
		live_set(ret, LIVE_BROKEN, r, "a process inside and %s: %s", c->file, sw_errno_name(r));
	else if (strcmp(state, "FROZEN"))
		live_set(ret, LIVE_BROKEN, 0, "%s was set to FROZEN and reads %s", c->file, state);
	else
		live_set(ret, LIVE_WORKS, 0, "a process inside was frozen and thawed");
	sw_write_file(cg->fd, c->file, "THAWED");
	if (pid > 0) {
		kill(pid, SIGKILL);
		sw_waitpid_within(pid, NULL, SW_GONE_MS);
	}
}

/*
 * Writing to net_cls.classid or net_prio.ifpriomap switches the matching of sockets by v2 cgroups
 * off for good, from 4.5 (bd1060a1d671) until 5.15 (8520e224f547): there, only look.
 */
static void check_socket_tag(const struct probe_ctx *ctx, const struct cg_temp *cg,
			     const struct cg_check *c, struct live *ret)
{
	struct cg_check look = *c;
	bool lasting = ctx->version == KVER_NONE ||
		       (ctx->version >= KVER(4, 5) && ctx->version < KVER(5, 15));

	if (lasting && !ctx->intrusive)
		look.value = NULL;
	/* A priority is kept with the device: one of a network namespace that dies with us. */
	if (look.value && !strcmp(c->controller, "net_prio") && sys_unshare(SW_CLONE_NEWNET))
		look.value = NULL;
	if (!look.value || strcmp(c->controller, "net_prio")) {
		cg_check_value(ctx, cg, &look, ret);
		if (c->value && !look.value && ret->value == LIVE_WORKS)
			live_more(ret, "; not written to, since that could last");
		return;
	}
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r = sw_write_file(cg->fd, c->file, c->value);

	if (!r)
		r = sw_read_file(cg->fd, c->file, &b, 1 << 16);
	if (r)
		live_set(ret, LIVE_BROKEN, r, "%s in a new cgroup: %s", c->file, sw_errno_name(r));
	else if (!strstr(sw_buf_str(&b), c->value))
		live_set(ret, LIVE_BROKEN, 0, "%s was given \"%s\" and does not show it", c->file, c->value);
	else
		live_set(ret, LIVE_WORKS, 0, "%s of a new cgroup was given \"%s\" and shows it", c->file,
			 c->value);
}

/* Memory and swap together cannot be less than memory alone: that is limited first. */
static void check_memsw(const struct probe_ctx *ctx, const struct cg_temp *cg,
			const struct cg_check *c, struct live *ret)
{
	sw_write_file(cg->fd, "memory.limit_in_bytes", "16777216");
	cg_check_value(ctx, cg, c, ret);
	if (ret->value == LIVE_ABSENT)
		cg_explain_swap(ctx, ret);
}

static int make_pipes(void)
{
	int p[2];

	/* A process, its stack and a handful of files: all kernel memory. */
	for (int i = 0; i < 16; i++)
		if (pipe2(p, O_CLOEXEC))
			return -errno;
	return 0;
}

static void check_kmem(const struct probe_ctx *ctx, const struct cg_temp *cg,
		       const struct cg_check *c, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char most[32] = "";
	int value = 0, r;

	(void)ctx;
	if (faccessat(cg->fd, c->file, F_OK, 0)) {
		live_set(ret, LIVE_ABSENT, errno, "a new cgroup has no %s", c->file);
		return;
	}
	/*
	 * Until 4.5 nothing is counted before there is a limit (d8863f4d4f2f, 0b8f73e104285); since 5.16
	 * there are no limits any more (58056f77502f), and writing one gives EOPNOTSUPP.
	 */
	sw_write_file(cg->fd, "memory.kmem.limit_in_bytes", "1073741824");
	/* With memory of its own: older kernels charge the cgroup of the memory's owner (get_mem_cgroup_from_mm()). */
	r = cg_fork_inside(cg, make_pipes, &value);
	if (!r && sw_read_line(cg->fd, c->file, most, sizeof(most)) < 0)
		r = -errno;
	if (r || value) {
		live_set(ret, LIVE_UNKNOWN, r ? r : value, "a process in a new cgroup, %s: %s", c->file,
			 sw_errno_name(r ? r : value));
	} else if (strtoull(most, NULL, 10)) {
		live_set(ret, LIVE_WORKS, 0, "a process inside made pipes, %s counted it", c->file);
	} else {
		live_set(ret, LIVE_ABSENT, 0, "a process inside made pipes, and %s reads %s", c->file, most);
		if (!sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16) &&
		    cmdline_lists(sw_buf_str(&b), "cgroup.memory=", "nokmem", false))
			live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup.memory=nokmem");
	}
}

/* A real-time budget is a part of the parent's: of nothing, nothing can be given. */
static void check_rt(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		     struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char above[32] = "";

	cg_check_value(ctx, cg, c, ret);
	if (ret->value == LIVE_BROKEN && ret->err == EINVAL &&
	    sw_read_line(cg->fd, "../cpu.rt_runtime_us", above, sizeof(above)) > 0 &&
	    strtoll(above, NULL, 10) < strtoll(c->value, NULL, 10)) {
		live_set(ret, LIVE_WORKS, EINVAL, "%s=%s is refused: the cgroup above has %s", c->file, c->value,
			 above);
		return;
	}
	/* rt_group_sched= and the symbol for its default came with 6.16 (87f1fb77d87a). */
	if (ret->value != LIVE_ABSENT || sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return;
	if (cmdline_lists(sw_buf_str(&b), "rt_group_sched=", "0", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "rt_group_sched=0");
	else if (ctx->kconfig && kconfig_get(ctx->kconfig, "RT_GROUP_SCHED_DEFAULT_DISABLED", NULL) == KCONFIG_Y)
		live_cause(ret, FINDING_BOOT_PARAMETER, "rt_group_sched=1 is not on the kernel command line");
}

/* BFQ calls its file so since 4.12, CFQ (until 5.0) had none but this name. */
static void check_blkio_weight(const struct probe_ctx *ctx, const struct cg_temp *cg,
			       const struct cg_check *c, struct live *ret)
{
	bool bfq = !faccessat(cg->fd, "blkio.bfq.weight", F_OK, 0);

	cg_check_weight(ctx, cg, c, bfq ? "blkio.bfq.weight" : c->file, ret);
}

/*
 * "clone_children enabled" is what checkers read out of the file being there. It is a switch: a cgroup
 * that is made below one where it is on takes over its processors and memory nodes.
 */
static void check_clone_children(const struct probe_ctx *ctx, const struct cg_temp *cg,
				 const struct cg_check *c, struct live *ret)
{
	static const char *const names[] = { "cpuset.cpus", "cpus" };	/* the second: mounted noprefix */
	const char *name = names[faccessat(cg->fd, names[0], F_OK, 0) ? 1 : 0];
	char above[256] = "", below[256] = "", path[64];
	int r;

	(void)ctx;
	if (faccessat(cg->fd, c->file, F_OK, 0)) {
		live_set(ret, LIVE_ABSENT, errno, "a new cgroup has no %s", c->file);
		return;
	}
	r = sw_write_file(cg->fd, c->file, "1");
	if (!r && mkdirat(cg->fd, "child", 0755))
		r = -errno;
	if (r) {
		live_set(ret, LIVE_BROKEN, r, "%s=1 and a cgroup below: %s", c->file, sw_errno_name(r));
		return;
	}
	snprintf(path, sizeof(path), "child/%s", name);
	if (sw_read_line(cg->fd, name, above, sizeof(above)) <= 0 ||
	    sw_read_line(cg->fd, path, below, sizeof(below)) < 0)
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: %s of a new cgroup is empty", name);
	else if (strcmp(above, below))
		live_set(ret, LIVE_BROKEN, 0, "%s=1, and a cgroup below %s has %s \"%s\"", c->file, above, name,
			 below);
	else
		live_set(ret, LIVE_WORKS, 0, "with %s=1, a cgroup made below has the same %s", c->file, name);
}

static const struct cg_check checks[] = {
#define CHECK(row_, controller_, file_, value_, fn_) \
	{ .row = "cgroup.v1." row_, .controller = controller_, .file = file_, .value = value_, .fn = fn_ }
	CHECK("cpu", "cpu", "cpu.shares", "512", cg_check_value),
	CHECK("cpu_bandwidth", "cpu", "cpu.cfs_quota_us", "20000", cg_check_value),
	CHECK("cpu_rt", "cpu", "cpu.rt_runtime_us", "1000", check_rt),
	CHECK("cpuacct", "cpuacct", "cpuacct.usage", NULL, check_cpuacct),
	CHECK("cpuset", "cpuset", "cpuset.cpus", "cpuset.cpus", cg_check_cpuset),
	CHECK("clone_children", "cpuset", "cgroup.clone_children", NULL, check_clone_children),
	CHECK("memory", "memory", "memory.limit_in_bytes", "16777216", cg_check_value),
	CHECK("memsw", "memory", "memory.memsw.limit_in_bytes", "33554432", check_memsw),
	CHECK("kmem", "memory", "memory.kmem.max_usage_in_bytes", NULL, check_kmem),
	CHECK("blkio", "blkio", "blkio.reset_stats", NULL, cg_check_enter),
	/* Set by device; the first limit switches throttling on for a disk until it goes (a3166c51702b). */
	CHECK("blkio_throttle", "blkio", "blkio.throttle.read_bps_device", NULL, cg_check_value),
	CHECK("blkio_weight", "blkio", "blkio.weight", "200", check_blkio_weight),
	CHECK("devices", "devices", "devices.deny", NULL, check_devices),
	CHECK("freezer", "freezer", "freezer.state", NULL, check_freezer),
	CHECK("net_cls", "net_cls", "net_cls.classid", "1048577", check_socket_tag),
	CHECK("net_prio", "net_prio", "net_prio.ifpriomap", "lo 5", check_socket_tag),
	CHECK("perf_event", "perf_event", NULL, NULL, cg_check_enter),
	CHECK("hugetlb", "hugetlb", ".limit_in_bytes", "0", cg_check_hugetlb),
	CHECK("pids", "pids", "pids.max", NULL, cg_check_pids),
	/* Nothing to limit without such a device, or a host of encrypted guests. */
	CHECK("rdma", "rdma", "rdma.max", NULL, cg_check_value),
	CHECK("misc", "misc", "misc.max", NULL, cg_check_value),
#undef CHECK
};

static const struct cg_check *find_check(const char *id)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!strcmp(checks[i].row, id))
			return &checks[i];
	return NULL;
}

/* ---- where to try --------------------------------------------------------------------------------- */

static bool find_mount(const char *controller, struct cg_mount *ret)
{
	struct cg_mount m[32];
	int n = cg_mounts(m, 32);

	for (int i = 0; i < n; i++) {
		char tasks[300];

		/* A mount may be hidden below another: then its files are not there. */
		snprintf(tasks, sizeof(tasks), "%s/tasks", m[i].path);
		if (m[i].version == 1 && cg_word_in(m[i].controllers, controller) &&
		    !access(tasks, F_OK)) {
			*ret = m[i];
			return true;
		}
	}
	return false;
}

/*
 * Would mounting the controller on v1 take it away from v2? Every controller that is mounted
 * nowhere belongs to the v2 hierarchy, which nobody sees until cgroup2 is mounted for the first
 * time; from then on /proc/self/cgroup has a line for it.
 */
static bool taken_from_v2(const char *v2_name, struct live *ret)
{
	struct cg_mount m[32];
	struct stat st;
	char own[256], list[256], path[300];
	int n = cg_mounts(m, 32);

	if (cg_own_path("", own, sizeof(own)))
		return false;
	/* From inside a cgroup namespace the root cannot be seen (PROC_CGROUP_INIT_INO). */
	if (!stat("/proc/self/ns/cgroup", &st) && st.st_ino != 0xEFFFFFFBu) {
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: from inside a cgroup namespace it cannot be seen "
			 "who uses it");
		return true;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.controllers", m[i].path);
		if (m[i].version != 2 || sw_read_line(AT_FDCWD, path, list, sizeof(list)) < 0)
			continue;
		if (!cg_word_in(list, v2_name))
			return false;
		live_set(ret, LIVE_UNKNOWN, 0, "not tried: cgroup v2 has it, in %s", m[i].path);
		live_cause(ret, FINDING_OTHER_HIERARCHY, "the controller is on cgroup v2");
		return true;
	}
	live_set(ret, LIVE_UNKNOWN, 0, "not tried: cgroup v2 is in use, but mounted where we cannot see it");
	return true;
}

static void mount_refused(const char *controller, int r, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (r == -EBUSY) {
		live_set(ret, LIVE_UNKNOWN, r, "mount(cgroup, %s): EBUSY", controller);
		live_cause(ret, FINDING_OTHER_HIERARCHY, "the controller is in use in another hierarchy");
		return;
	}
	/* EINVAL: not on v1 (MEMCG_V1, CPUSETS_V1) or switched off there; ENOENT before 3.x. */
	live_set(ret, r == -EINVAL || r == -ENOENT || r == -ENODEV ? LIVE_ABSENT :
		 r == -EPERM ? LIVE_DENIED : LIVE_UNKNOWN, r, "mount(cgroup, %s): %s", controller,
		 sw_errno_name(r));
	if (r == -EPERM)
		live_blame_privilege(ret);
	if (r == -EINVAL && !sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16) &&
	    cmdline_lists(sw_buf_str(&b), "cgroup_no_v1=", controller, true))
		live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup_no_v1=%s", controller);
}

/* Left out of v1 by a boot parameter, of 4.6 (223ffb29f972)? Then nothing need be tried. */
static bool kept_off_v1(const struct probe_ctx *ctx, const char *controller, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (ctx->version < KVER(4, 6) || sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16) ||
	    !cmdline_lists(sw_buf_str(&b), "cgroup_no_v1=", controller, true))
		return false;
	live_set(ret, LIVE_ABSENT, 0, "%s is kept off version 1, and is mounted nowhere", controller);
	live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup_no_v1=%s",
		   cmdline_lists(sw_buf_str(&b), "cgroup_no_v1=", "all", false) ? "all" : controller);
	return true;
}

/* Mount the controller for ourselves. Returns 0 or -errno with *ret filled. */
static int mount_privately(const struct probe_ctx *ctx, const char *controller, struct live *ret)
{
	struct live_way way;
	int r;

	if (!live_has_cap(LIVE_CAP_SYS_ADMIN)) {
		live_set(ret, LIVE_DENIED, EPERM, "%s is in /proc/cgroups; not tried: mounted nowhere, and "
			 "mounting needs root", controller);
		live_blame_privilege(ret);
		return -EPERM;
	}
	r = live_private_mounts(ctx, ret, &way);
	if (r)
		return r;
	r = sys_mount("seaworthy", CG_PRIVATE_PLACE, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, controller);
	if (!r && access(CG_PRIVATE_PLACE "/tasks", F_OK))
		r = -EIO;	/* a success that was none */
	if (r)
		mount_refused(controller, r, ret);
	return r;
}

/*
 * A hierarchy goes away at its last unmount only if it has no children left, and a removed cgroup
 * counts until it is released, which the last process that was inside holds up until it is reaped
 * (by init, where its parent was killed): wait for the count in /proc/cgroups to fall. Where others
 * have cgroups in it, it is not ours to end.
 */
#define LET_GO_US 40000		/* it takes a few grace periods of RCU; asking in between costs */

static void unmount_privately(const char *controller)
{
	struct cg_controller c;
	struct stat st;
	/* A directory has two links, and one more from each directory in it. */
	bool others = stat(CG_PRIVATE_PLACE, &st) || st.st_nlink > 2;

	for (int i = 0; !others && i < 250; i++) {
		if (cg_controller(controller, &c) || c.cgroups <= 1)
			break;
		usleep(LET_GO_US);
	}
	if (sys_umount2(CG_PRIVATE_PLACE, 0) || others)
		return;
	/* It is taken down in the background; leave only when others see what they saw before. */
	for (int i = 0; i < 25 && !cg_controller(controller, &c) && c.hierarchy; i++)
		usleep(LET_GO_US);
}

/* What /proc/cgroups says. Returns 0 if there is something to try; otherwise *ret is filled. */
static int listed(const struct probe_ctx *ctx, const struct feature *f, const struct cg_check *c,
		  struct cg_controller *ret_line, struct live *ret)
{
	char what[96];
	int r = cg_controller(c->controller, ret_line);

	if (!r && ret_line->enabled)
		return 0;
	if (!r) {
		cg_explain_disabled(c->controller, ret);
		return -ENODEV;
	}
	if (r == -ENODATA) {
		snprintf(what, sizeof(what), "%s is not in /proc/cgroups", c->controller);
		module_explain_absent(ctx, f, what, ret);
		cg_blame_cmdline(c->controller, NULL, ret);
	} else if (r == -ENOENT && !access("/proc/self", F_OK)) {
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/cgroups: no control groups at all");
	} else {
		live_set(ret, LIVE_UNKNOWN, -r, "/proc/cgroups: %s", sw_errno_name(r));
	}
	return r;
}

static void probe_v1(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	const struct cg_check *c = find_check(f->id);
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct cg_controller line = { 0 };
	struct cg_mount m;
	char own[640];
	bool own_ok, private_mount;

	if (listed(ctx, f, c, &line, ret))
		return;
	private_mount = !find_mount(c->controller, &m);
	if (private_mount && kept_off_v1(ctx, c->controller, ret))
		return;
	if (!private_mount) {
		own_ok = cg_own_dir(&m, c->controller, own, sizeof(own));
		if (!cg_temp_make(m.path, own_ok ? own : NULL, &cg, ret))
			c->fn(ctx, &cg, c, ret);
		return;
	}
	if (!ctx->intrusive && line.hierarchy == 0 &&
	    taken_from_v2(strcmp(c->controller, "blkio") ? c->controller : "io", ret))
		return;
	if (mount_privately(ctx, c->controller, ret))
		return;
	if (!cg_temp_make(CG_PRIVATE_PLACE, NULL, &cg, ret)) {
		c->fn(ctx, &cg, c, ret);
		cg_temp_remove(&cg);
	}
	unmount_privately(c->controller);
}

/* The same for what changes the process: see enum feature_share. */
static void probe_v1_apart(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	probe_v1(ctx, f, ret);
}

/* ---- release agents ------------------------------------------------------------------------------------ */

/* By what /proc/self/cgroup knows the hierarchy: its name, or the first of its controllers. */
static void hierarchy_name(const struct cg_mount *m, char *out, size_t size)
{
	const char *name = strstr(m->controllers, "name="), *first = strchr(m->controllers, ',');

	if (!name)
		name = first ? first + 1 : m->controllers;
	snprintf(out, size, "%.*s", (int)strcspn(name, ","), name);
}

static void try_release(const struct cg_mount *m, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	char name[64], own[640], agent[300], got[16] = "";
	bool own_ok;
	int r;

	hierarchy_name(m, name, sizeof(name));
	own_ok = cg_own_dir(m, name, own, sizeof(own));
	if (cg_temp_make(m->path, own_ok ? own : NULL, &cg, ret))
		return;
	r = sw_write_file(cg.fd, "notify_on_release", "1");
	if (!r)
		r = (int)sw_read_line(cg.fd, "notify_on_release", got, sizeof(got));
	/* Off again before it goes, or the agent would be told of it. */
	sw_write_file(cg.fd, "notify_on_release", "0");
	snprintf(agent, sizeof(agent), "%s/release_agent", m->path);
	if (r < 0 || strcmp(got, "1"))
		live_set(ret, LIVE_BROKEN, r < 0 ? r : 0, "notify_on_release of a new cgroup: %s",
			 r < 0 ? sw_errno_name(r) : got);
	else if (access(agent, F_OK))
		live_set(ret, LIVE_UNKNOWN, errno, "notify_on_release was set; release_agent is in the root of the "
			 "hierarchy, which cannot be seen from here");
	else
		live_set(ret, LIVE_WORKS, 0, "notify_on_release of a new cgroup was set, and the hierarchy has a "
			 "release_agent (%s)", name);
}

/* Setting an agent would be for all of the hierarchy: only whether it could be is looked at. */
static void probe_release_agent(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_mount m[32];
	int n = cg_mounts(m, 32);

	(void)ctx;
	(void)f;
	for (int i = 0; i < n; i++) {
		char tasks[300];

		snprintf(tasks, sizeof(tasks), "%s/tasks", m[i].path);
		if (m[i].version == 1 && !access(tasks, F_OK)) {
			try_release(&m[i], ret);
			return;
		}
	}
	n = fs_registered("cgroup");
	live_set(ret, n == 0 ? LIVE_ABSENT : LIVE_UNKNOWN, 0, n == 0 ? "cgroup is not in /proc/filesystems" :
		 "not tried: no hierarchy of version 1 is mounted");
}

/* ---- cleaning up after a probe that was killed ------------------------------------------------------ */

static void sweep_private(void *arg, void *answer)
{
	const char *controller = arg;

	(void)answer;
	if (cg_sweep_private("cgroup", controller))
		unmount_privately(controller);
}

static void cleanup_v1(const struct probe_ctx *ctx, const struct feature *f)
{
	const struct cg_check *c = find_check(f->id);
	struct cg_controller line;
	struct cg_mount m;
	char answer;

	cg_temp_sweep_all(ctx, f);
	if (!c)
		return;
	/*
	 * A hierarchy that is mounted nowhere any more and does not go away: a cgroup of ours is in it, or
	 * one that was removed was not yet released at the last unmount. Then only another one ends it.
	 */
	if (find_mount(c->controller, &m) || cg_controller(c->controller, &line) || line.hierarchy == 0)
		return;
	sw_child_run(sweep_private, (void *)(uintptr_t)c->controller, &answer, 1, 15000);
}

#define V1(name_, title_) \
	V1_BY(name_, title_), .probe = probe_v1
#define V1_BY(name_, title_) \
	.id = "cgroup.v1." name_, .title = title_, .area = "cgroup-v1", \
	.cleanup = cleanup_v1, .risk = RISK_TRANSIENT, .timeout_ms = 40000

static const struct feature rows[] = {
	{ V1("cpu", "Processor shares"), .since = KVER_NONE, .commit = "68318b8e0b61 (2.6.24)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_SCHED && FAIR_GROUP_SCHED" } } },
	{ V1("cpu_bandwidth", "Processor time limits (CFS bandwidth)"), .since = KVER(3, 2),
	  .commit = "ab84d31e1550", .kconfig = { { KVER(3, 2), 0, "CGROUP_SCHED && CFS_BANDWIDTH" } } },
	{ V1("cpu_rt", "Real-time budgets by group"), .off_at_boot = off_by_symbol, .since = KVER_NONE,
	  .commit = "052f1dc7eb02 (2.6.25)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_SCHED && RT_GROUP_SCHED" } } },
	{ V1("cpuacct", "Processor accounting"), .since = KVER_NONE, .commit = "62d0df64065e (2.6.24)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_CPUACCT" } } },
	{ V1("cpuset", "Processor and memory-node sets"), .since = KVER_NONE, .commit = "cpuset(7)",
	  .kconfig = { { KVER_NONE, KVER(6, 12), "CPUSETS" }, { KVER(6, 12), 0, "CPUSETS && CPUSETS_V1" } } },
	{ V1("clone_children", "Cgroups that take over their parent's set"), .since = KVER3(2, 6, 37),
	  .commit = "97978e6d1f2d", .kconfig = { { KVER3(2, 6, 37), KVER(6, 12), "CPUSETS" },
						 { KVER(6, 12), 0, "CPUSETS && CPUSETS_V1" } } },
	{ V1("memory", "Memory limits"), .since = KVER_NONE, .commit = "8cdea7c05454 (2.6.25)",
	  .kconfig = { { KVER_NONE, KVER(3, 6), "CGROUP_MEM_RES_CTLR" }, { KVER(3, 6), KVER(6, 11), "MEMCG" },
		       { KVER(6, 11), 0, "MEMCG && MEMCG_V1" } } },
	{ V1("memsw", "Swap limits"), .off_at_boot = off_by_symbol, .since = KVER_NONE, .commit = "8c7c6e34a125 (2.6.29)",
	  .kconfig = { { KVER_NONE, KVER(3, 6), "CGROUP_MEM_RES_CTLR_SWAP" },
		       { KVER(3, 6), KVER(6, 1), "MEMCG_SWAP" }, { KVER(6, 1), KVER(6, 11), "MEMCG && SWAP" },
		       { KVER(6, 11), 0, "MEMCG && MEMCG_V1 && SWAP" } } },
	{ V1("kmem", "Kernel memory accounting"), .since = KVER(3, 8), .commit = "510fc4e11b77",
	  .kconfig = { { KVER(3, 8), KVER(6, 11), "MEMCG_KMEM" }, { KVER(6, 11), 0, "MEMCG && MEMCG_V1" } } },
	{ V1("blkio", "Block I/O control"), .since = KVER3(2, 6, 33), .commit = "31e4c28d95e6",
	  .kconfig = { { KVER3(2, 6, 33), 0, "BLK_CGROUP" } }, .module = "blk-cgroup" },
	{ V1("blkio_throttle", "Block I/O throttling"), .since = KVER3(2, 6, 37), .commit = "e43473b7f223",
	  .kconfig = { { KVER3(2, 6, 37), 0, "BLK_CGROUP && BLK_DEV_THROTTLING" } } },
	{ V1("blkio_weight", "Block I/O weights (CFQ, BFQ)"), .since = KVER3(2, 6, 33), .commit = "31e4c28d95e6",
	  .kconfig = { { KVER3(2, 6, 33), KVER(4, 12), "CFQ_GROUP_IOSCHED" },
		       { KVER(4, 12), KVER(5, 0), "CFQ_GROUP_IOSCHED || (BFQ_GROUP_IOSCHED && IOSCHED_BFQ)" },
		       { KVER(5, 0), 0, "BFQ_GROUP_IOSCHED && IOSCHED_BFQ" } }, .module = "bfq" },
	{ V1("devices", "Device access lists"), .since = KVER_NONE, .commit = "08ce5f16ee46 (2.6.26)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_DEVICE" } } },
	{ V1("freezer", "Freezing"), .since = KVER_NONE, .commit = "dc52ddc0e6f4 (2.6.28)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_FREEZER" } } },
	{ V1("net_cls", "Packet classes"), .since = KVER_NONE, .commit = "f400923735ec (2.6.29)",
	  .kconfig = { { KVER_NONE, KVER(3, 14), "NET_CLS_CGROUP" }, { KVER(3, 14), 0, "CGROUP_NET_CLASSID" } },
	  .module = "cls_cgroup" },
	{ V1_BY("net_prio", "Packet priorities"), .probe = probe_v1_apart, .since = KVER(3, 3), .commit = "5bc1421e34ec",
	  .kconfig = { { KVER(3, 3), KVER(3, 14), "NETPRIO_CGROUP" }, { KVER(3, 14), 0, "CGROUP_NET_PRIO" } },
	  .module = "netprio_cgroup" },
	{ V1("perf_event", "Performance monitoring by group"), .since = KVER3(2, 6, 39),
	  .commit = "e5d1367f17ba", .kconfig = { { KVER3(2, 6, 39), 0, "CGROUP_PERF" } } },
	{ V1("hugetlb", "Huge page limits"), .since = KVER(3, 6), .commit = "2bc64a204697",
	  .kconfig = { { KVER(3, 6), 0, "CGROUP_HUGETLB" } } },
	{ V1("pids", "Process count limits"), .since = KVER(4, 3), .commit = "49b786ea146f",
	  .kconfig = { { KVER(4, 3), 0, "CGROUP_PIDS" } } },
	{ V1("rdma", "RDMA resource limits"), .since = KVER(4, 11), .commit = "39d3e7584a68",
	  .kconfig = { { KVER(4, 11), 0, "CGROUP_RDMA" } } },
	{ V1("misc", "Miscellaneous scalar limits"), .since = KVER(5, 13), .commit = "a72232eabdfc",
	  .kconfig = { { KVER(5, 13), 0, "CGROUP_MISC" } } },
	{ V1_BY("release_agent", "A program run when a cgroup is empty"), .since = KVER_NONE,
	  .commit = "81a6a5cdd2c5 (2.6.24)", .probe = probe_release_agent,
	  .kconfig = { { KVER_NONE, 0, "CGROUPS" } } },
};

static const struct feature_sharing sharing[] = {
	{ probe_release_agent, SHARE_PROCESS | SHARE_MOUNT }, { probe_v1, SHARE_PROCESS | SHARE_MOUNT },
	{ probe_v1_apart, SHARE_MEMORY | SHARE_MOUNT },
	{ NULL, 0 },
};

const struct feature_area feature_area_cgroup_v1 = {
	.name = "cgroup-v1", .title = "Control groups, version 1", FEATURE_ROWS(rows), .sharing = sharing,
};
