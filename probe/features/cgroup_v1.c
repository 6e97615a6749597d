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
#include "live.h"
#include "modules.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

#define PRIVATE_PLACE "/tmp"

/* ---- trials of v1's own -------------------------------------------------------------------------- */

static int burn(void)
{
	struct timespec ts;

	/* Processor time, not wall time: it passes only while we run. */
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	while (ts.tv_sec == 0 && ts.tv_nsec < 2000000);
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
	int r = pid < 0 ? pid : sw_write_file(cg->fd, c->file, "FROZEN"), status;

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
		sw_waitpid(pid, &status);
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

static void check_memsw(const struct probe_ctx *ctx, const struct cg_temp *cg,
			const struct cg_check *c, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	cg_check_value(ctx, cg, c, ret);
	if (ret->value != LIVE_ABSENT || sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return;
	if (cmdline_lists(sw_buf_str(&b), "swapaccount=", "0", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "swapaccount=0");
	else if (ctx->kconfig && kconfig_mentions(ctx->kconfig, "MEMCG_SWAP_ENABLED") &&
		 kconfig_get(ctx->kconfig, "MEMCG_SWAP_ENABLED", NULL) == KCONFIG_N &&
		 kconfig_get(ctx->kconfig, "MEMCG_SWAP", NULL) == KCONFIG_Y)
		live_cause(ret, FINDING_BOOT_PARAMETER, "swapaccount=1 is not on the kernel command line");
}

static const struct cg_check checks[] = {
	{ "cgroup.v1.cpu", "cpu", "cpu.shares", "512", cg_check_value, NULL },
	{ "cgroup.v1.cpuacct", "cpuacct", "cpuacct.usage", NULL, check_cpuacct, NULL },
	{ "cgroup.v1.cpuset", "cpuset", "cpuset.cpus", "cpuset.cpus", cg_check_cpuset, NULL },
	{ "cgroup.v1.memory", "memory", "memory.limit_in_bytes", "16777216", cg_check_value, NULL },
	{ "cgroup.v1.memsw", "memory", "memory.memsw.limit_in_bytes", NULL, check_memsw, NULL },
	{ "cgroup.v1.blkio", "blkio", "blkio.reset_stats", NULL, cg_check_enter, NULL },
	{ "cgroup.v1.devices", "devices", "devices.deny", NULL, check_devices, NULL },
	{ "cgroup.v1.freezer", "freezer", "freezer.state", NULL, check_freezer, NULL },
	{ "cgroup.v1.net_cls", "net_cls", "net_cls.classid", "1048577", check_socket_tag, NULL },
	{ "cgroup.v1.net_prio", "net_prio", "net_prio.ifpriomap", "lo 5", check_socket_tag, NULL },
	{ "cgroup.v1.perf_event", "perf_event", NULL, NULL, cg_check_enter, NULL },
	{ "cgroup.v1.hugetlb", "hugetlb", ".limit_in_bytes", "0", cg_check_hugetlb, NULL },
	{ "cgroup.v1.pids", "pids", "pids.max", NULL, cg_check_pids, NULL },
	{ "cgroup.v1.rdma", "rdma", "rdma.max", NULL, cg_check_value, NULL },
	{ "cgroup.v1.misc", "misc", "misc.max", NULL, cg_check_value, NULL },
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
	r = sys_mount("seaworthy", PRIVATE_PLACE, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, controller);
	if (!r && access(PRIVATE_PLACE "/tasks", F_OK))
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
static void unmount_privately(const char *controller)
{
	struct cg_controller c;
	struct stat st;
	/* A directory has two links, and one more from each directory in it. */
	bool others = stat(PRIVATE_PLACE, &st) || st.st_nlink > 2;

	for (int i = 0; !others && i < 1000; i++) {
		if (cg_controller(controller, &c) || c.cgroups <= 1)
			break;
		usleep(10000);
	}
	if (sys_umount2(PRIVATE_PLACE, 0) || others)
		return;
	/* It is taken down in the background; leave only when others see what they saw before. */
	for (int i = 0; i < 100 && !cg_controller(controller, &c) && c.hierarchy; i++)
		usleep(10000);
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
	if (!cg_temp_make(PRIVATE_PLACE, NULL, &cg, ret)) {
		c->fn(ctx, &cg, c, ret);
		cg_temp_remove(&cg);
	}
	unmount_privately(c->controller);
}

/* ---- cleaning up after a probe that was killed ------------------------------------------------------ */

static void sweep_private(void *arg, void *answer)
{
	const char *controller = arg;
	char path[640];
	int n;

	(void)answer;
	if (sys_unshare(SW_CLONE_NEWNS) || sys_mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    sys_mount("seaworthy", PRIVATE_PLACE, "cgroup", 0, controller))
		return;
	n = snprintf(path, sizeof(path), PRIVATE_PLACE "/seaworthy-probe-%d", (int)getppid());
	if (n > 0)
		cg_remove(path);
	unmount_privately(controller);
}

static void cleanup_v1(const struct probe_ctx *ctx, const struct feature *f)
{
	const struct cg_check *c = find_check(f->id);
	struct cg_controller line;
	struct cg_mount m;
	char answer;

	cg_temp_sweep_all(ctx, f);
	/*
	 * A hierarchy that is mounted nowhere any more and does not go away: a cgroup of ours is in it, or
	 * one that was removed was not yet released at the last unmount. Then only another one ends it.
	 */
	if (cg_controller(c->controller, &line) || line.hierarchy == 0 || find_mount(c->controller, &m))
		return;
	sw_child_run(sweep_private, (void *)(uintptr_t)c->controller, &answer, 1, 15000);
}

#define V1(name_, title_) \
	.id = "cgroup.v1." name_, .title = title_, .area = "cgroup-v1", .probe = probe_v1, \
	.cleanup = cleanup_v1, .risk = RISK_TRANSIENT, .timeout_ms = 40000

static const struct feature rows[] = {
	{ V1("cpu", "Processor shares"), .since = KVER_NONE, .commit = "68318b8e0b61 (2.6.24)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_SCHED && FAIR_GROUP_SCHED" } } },
	{ V1("cpuacct", "Processor accounting"), .since = KVER_NONE, .commit = "62d0df64065e (2.6.24)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_CPUACCT" } } },
	{ V1("cpuset", "Processor and memory-node sets"), .since = KVER_NONE, .commit = "cpuset(7)",
	  .kconfig = { { KVER_NONE, KVER(6, 12), "CPUSETS" }, { KVER(6, 12), 0, "CPUSETS && CPUSETS_V1" } } },
	{ V1("memory", "Memory limits"), .since = KVER_NONE, .commit = "8cdea7c05454 (2.6.25)",
	  .kconfig = { { KVER_NONE, KVER(3, 6), "CGROUP_MEM_RES_CTLR" }, { KVER(3, 6), KVER(6, 11), "MEMCG" },
		       { KVER(6, 11), 0, "MEMCG && MEMCG_V1" } } },
	{ V1("memsw", "Swap limits"), .since = KVER_NONE, .commit = "8c7c6e34a125 (2.6.29)",
	  .kconfig = { { KVER_NONE, KVER(3, 6), "CGROUP_MEM_RES_CTLR_SWAP" },
		       { KVER(3, 6), KVER(6, 1), "MEMCG_SWAP" }, { KVER(6, 1), KVER(6, 11), "MEMCG && SWAP" },
		       { KVER(6, 11), 0, "MEMCG && MEMCG_V1 && SWAP" } } },
	{ V1("blkio", "Block I/O control"), .since = KVER3(2, 6, 33), .commit = "31e4c28d95e6",
	  .kconfig = { { KVER3(2, 6, 33), 0, "BLK_CGROUP" } }, .module = "blk-cgroup" },
	{ V1("devices", "Device access lists"), .since = KVER_NONE, .commit = "08ce5f16ee46 (2.6.26)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_DEVICE" } } },
	{ V1("freezer", "Freezing"), .since = KVER_NONE, .commit = "dc52ddc0e6f4 (2.6.28)",
	  .kconfig = { { KVER_NONE, 0, "CGROUP_FREEZER" } } },
	{ V1("net_cls", "Packet classes"), .since = KVER_NONE, .commit = "f400923735ec (2.6.29)",
	  .kconfig = { { KVER_NONE, KVER(3, 14), "NET_CLS_CGROUP" }, { KVER(3, 14), 0, "CGROUP_NET_CLASSID" } },
	  .module = "cls_cgroup" },
	{ V1("net_prio", "Packet priorities"), .since = KVER(3, 3), .commit = "5bc1421e34ec",
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
};

const struct feature_area feature_area_cgroup_v1 = {
	.name = "cgroup-v1", .title = "Control groups, version 1", FEATURE_ROWS(rows),
};
