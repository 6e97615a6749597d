// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cgroup v2 does itself, without any controller: processes and threads inside, freezing,
 * killing, pressure, giving a part of the tree away, and device programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "features/cgroup_v2.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- the hierarchy itself, freezing, killing ------------------------------------------------------ */

void v2_probe_enter(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const struct cg_check enter = { .controller = "v2" };
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct v2_site s;

	(void)f;
	if (!v2_find(ctx, &s, ret) && !v2_temp(&s, &cg, ret))
		cg_check_enter(ctx, &cg, &enter, ret);
}

static void thaw_and_reap(const struct cg_temp *cg, pid_t pid)
{
	sw_write_file(cg->fd, "cgroup.freeze", "0");
	kill(pid, SIGKILL);
	sw_waitpid_within(pid, NULL, SW_GONE_MS);
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

/* A new cgroup that has this file, and a process in it: its pid, or < 0 with *ret filled. */
static pid_t sleeper_beside(const struct probe_ctx *ctx, const char *file, struct cg_temp *cg, struct live *ret)
{
	struct v2_site s;
	pid_t pid;
	int r = v2_find(ctx, &s, ret);

	if (r || (r = v2_temp(&s, cg, ret)))
		return r;
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

void v2_probe_freezer(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	pid_t pid = sleeper_beside(ctx, "cgroup.freeze", &cg, ret);
	int r;

	(void)f;
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

void v2_probe_kill(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	pid_t pid = sleeper_beside(ctx, "cgroup.kill", &cg, ret);
	int r;

	(void)f;
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

void v2_probe_devices(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
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
	if (v2_find(ctx, &s, ret)) {
		live_more(ret, "; the kernel takes device programs");
		return;
	}
	if (!cg_devices_open(ret) || v2_temp(&s, &cg, ret))
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


/* ---- threads ---------------------------------------------------------------------------------------- */

/* A cgroup below the temporary one; it goes with it. */
static int make_child(const struct cg_temp *cg, struct live *ret)
{
	int fd;

	if (mkdirat(cg->fd, "child", 0755)) {
		live_set(ret, LIVE_UNKNOWN, errno, "mkdir in a new cgroup: %s", sw_errno_name(errno));
		return -1;
	}
	fd = openat(cg->fd, "child", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		live_set(ret, LIVE_UNKNOWN, errno, "open of a new cgroup: %s", sw_errno_name(errno));
	return fd;
}

void v2_probe_threaded(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	char above[32] = "", threads[32] = "", tid[16];
	int child __sw_fd = -1, r;
	struct v2_site s;
	pid_t pid;

	(void)f;
	if (v2_find(ctx, &s, ret) || v2_temp(&s, &cg, ret))
		return;
	/* cgroup.type came with threads (8cfd8147df67); it is in every cgroup but the root. */
	if (faccessat(cg.fd, "cgroup.type", F_OK, 0)) {
		live_set(ret, LIVE_ABSENT, ENOENT, "a new cgroup has no cgroup.type");
		return;
	}
	child = make_child(&cg, ret);
	if (child < 0)
		return;
	r = sw_write_file(child, "cgroup.type", "threaded");
	if (r) {
		live_set(ret, LIVE_BROKEN, r, "cgroup.type of a new cgroup does not take \"threaded\": %s",
			 sw_errno_name(r));
		return;
	}
	pid = cg_sleeper(&cg);
	snprintf(tid, sizeof(tid), "%d", (int)pid);
	r = pid < 0 ? pid : sw_write_file(child, "cgroup.threads", tid);
	sw_read_line(cg.fd, "cgroup.type", above, sizeof(above));
	sw_read_line(child, "cgroup.threads", threads, sizeof(threads));
	if (r)
		live_set(ret, LIVE_BROKEN, r, "a thread and a threaded cgroup: %s", sw_errno_name(r));
	else if (strcmp(above, "domain threaded") || strcmp(threads, tid))
		live_set(ret, LIVE_BROKEN, 0, "a threaded cgroup lists thread \"%s\", and the one above is \"%s\"",
			 threads, above);
	else
		live_set(ret, LIVE_WORKS, 0, "a thread was put into a threaded cgroup, its process is in the one above");
	if (pid > 0) {
		kill(pid, SIGKILL);
		sw_waitpid_within(pid, NULL, SW_GONE_MS);
	}
}

/* ---- giving away ------------------------------------------------------------------------------------- */

/* From within a cgroup namespace whose root the cgroup is, what is not delegated may not be written. */
static int write_from_namespace(void)
{
	int r = sys_unshare(SW_CLONE_NEWCGROUP);

	/* The current directory is the cgroup. */
	return r ? -ECANCELED : sw_write_file(AT_FDCWD, "cgroup.max.descendants", "max");
}

void v2_probe_nsdelegate(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int r, answer = 0, back __sw_fd = -1;
	struct v2_site s;

	(void)f;
	if (v2_find(ctx, &s, ret))
		return;
	if (!s.nsdelegate) {
		/* The list came with 4.15 (5f2e673405b7), the option itself with 4.13. */
		r = sw_read_file(AT_FDCWD, "/sys/kernel/cgroup/features", &b, 4096);
		if (!r && strstr(sw_buf_str(&b), "nsdelegate"))
			live_set(ret, LIVE_WORKS, 0, "/sys/kernel/cgroup/features has nsdelegate; the hierarchy is "
				 "mounted without it");
		else
			live_set(ret, r || ctx->version < KVER(4, 15) ? LIVE_UNKNOWN : LIVE_ABSENT, r,
				 "the hierarchy is mounted without nsdelegate, and /sys/kernel/cgroup/features %s",
				 r ? "cannot be read" : "does not list it");
		return;
	}
	if (v2_temp(&s, &cg, ret))
		return;
	back = open(".", O_PATH | O_CLOEXEC);
	r = fchdir(cg.fd) ? -errno : cg_fork_inside(&cg, write_from_namespace, &answer);
	if (back >= 0 && fchdir(back))
		r = r ? r : -errno;
	if (r || (answer != -EPERM && answer != 0))
		live_set(ret, LIVE_UNKNOWN, r ? r : answer, "a process in a new cgroup and a namespace of its own: %s",
			 sw_errno_name(r ? r : answer));
	else if (answer == 0)
		live_set(ret, LIVE_BROKEN, 0, "mounted with nsdelegate, yet a cgroup namespace writes limits of its root");
	else
		live_set(ret, LIVE_WORKS, 0, "mounted with nsdelegate: a cgroup namespace cannot lift its root's limits");
}

#define SOMEBODY 65534	/* nobody, on most systems; the kernel does not look it up */

/* As that user, in the cgroup that was given to him, which is the current directory. */
static int act_as_somebody(void)
{
	int r, out;

	/* The calls themselves: the C library would change the other threads, of which there are none. */
	if (geteuid() == 0 && (setgid(SOMEBODY) || setuid(SOMEBODY)))
		return -errno;
	if (mkdir("child", 0755))
		return -errno;
	r = sw_write_file(AT_FDCWD, "child/cgroup.procs", "0");
	/* What is above is not his: there he must be kept out. */
	out = open("../cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (out >= 0 && geteuid() == SOMEBODY)
		return -EXDEV;
	return r;
}

static int give_away(const struct cg_temp *cg)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.subtree_control", "cgroup.threads" };

	if (geteuid())
		return 0;	/* made by a user: his already */
	if (fchown(cg->fd, SOMEBODY, SOMEBODY))
		return -errno;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (fchownat(cg->fd, files[i], SOMEBODY, SOMEBODY, 0) && errno != ENOENT)
			return -errno;
	return 0;
}

/*
 * cgroups(7), "Cgroups v2 delegation": a user to whom a cgroup belongs makes cgroups below it and
 * moves his processes between them, and cannot leave it.
 */
void v2_probe_delegation(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	int r, answer = 0, back __sw_fd = -1;
	struct v2_site s;

	(void)f;
	if (v2_find(ctx, &s, ret))
		return;
	if (v2_temp(&s, &cg, ret)) {
		if (ret->value == LIVE_DENIED && geteuid())
			live_cause(ret, FINDING_CAPABILITY, "no cgroup is delegated to uid %u",
				   (unsigned int)geteuid());
		return;
	}
	r = give_away(&cg);
	back = open(".", O_PATH | O_CLOEXEC);
	if (!r)
		r = fchdir(cg.fd) ? -errno : cg_fork_inside(&cg, act_as_somebody, &answer);
	if (back >= 0 && fchdir(back))
		r = r ? r : -errno;
	if (r)
		live_set(ret, LIVE_UNKNOWN, r, "not tried: a cgroup to give away: %s", sw_errno_name(r));
	else if (answer == -EXDEV)
		live_set(ret, LIVE_BROKEN, 0, "a user to whom a cgroup was given can move processes out of it");
	else if (answer)
		live_set(ret, answer == -EINVAL ? LIVE_UNKNOWN : LIVE_BROKEN, answer, "a user in a cgroup that was "
			 "given to him: %s", sw_errno_name(answer));
	else
		live_set(ret, LIVE_WORKS, 0, "a user made a cgroup below one that is his, and moved himself there");
}

/* ---- pressure ------------------------------------------------------------------------------------------ */

static void explain_no_pressure(const struct probe_ctx *ctx, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *line;

	if (sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return;
	line = sw_buf_str(&b);
	if (cmdline_lists(line, "psi=", "0", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "psi=0");
	else if (cmdline_lists(line, "cgroup_disable=", "pressure", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup_disable=pressure");
	else if (ctx->kconfig && kconfig_get(ctx->kconfig, "PSI", NULL) == KCONFIG_Y &&
		 kconfig_get(ctx->kconfig, "PSI_DEFAULT_DISABLED", NULL) == KCONFIG_Y &&
		 !cmdline_lists(line, "psi=", "1", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "psi=1 is not on the kernel command line");
}

void v2_probe_pressure(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const files[] = { "cpu.pressure", "memory.pressure", "io.pressure" };
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	struct v2_site s;

	(void)f;
	if (v2_find(ctx, &s, ret) || v2_temp(&s, &cg, ret))
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char line[128] = "";
		ssize_t n = sw_read_line(cg.fd, files[i], line, sizeof(line));

		/* EOPNOTSUPP: compiled in and switched off, where the files are there all the same. */
		if (n == -ENOENT || n == -EOPNOTSUPP) {
			live_set(ret, LIVE_ABSENT, (int)n, "%s of a new cgroup: %s", files[i],
				 sw_errno_name((int)-n));
			explain_no_pressure(ctx, ret);
			return;
		}
		if (n < 0 || !sw_starts_with(line, "some avg10=")) {
			live_set(ret, LIVE_BROKEN, n < 0 ? (int)n : 0, "%s of a new cgroup: %s", files[i],
				 n < 0 ? sw_errno_name((int)-n) : line);
			return;
		}
	}
	live_set(ret, LIVE_WORKS, 0, "a new cgroup tells the pressure on processors, memory and I/O");
}

/* ---- birth inside ------------------------------------------------------------------------------------------ */

void v2_probe_clone_into(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct cg_temp cg __cg_temp = CG_TEMP_INIT;
	char inside[32] = "", want[16];
	struct sys_clone_args args;
	struct v2_site s;
	pid_t pid;

	if (v2_find(ctx, &s, ret) || v2_temp(&s, &cg, ret))
		return;
	args = (struct sys_clone_args){ .flags = SW_CLONE_INTO_CGROUP, .exit_signal = SIGCHLD,
					.cgroup = (uint64_t)cg.fd };
	pid = sys_clone3(&args, sizeof(args));
	if (pid == 0) {
		/* As in cg_sleeper(): not to outlive who is to end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	if (pid < 0) {
		/* E2BIG: the structure is longer than a kernel before 5.7 knows. */
		if (pid == -ENOSYS && ctx->version >= f->since &&
		    live_blame_filter(ret, "clone3(CLONE_INTO_CGROUP)", pid, true))
			return;
		live_set(ret, pid == -ENOSYS || pid == -E2BIG || pid == -EINVAL ? LIVE_ABSENT :
			 pid == -EACCES || pid == -EPERM ? LIVE_DENIED : LIVE_BROKEN, pid,
			 "clone3(CLONE_INTO_CGROUP): %s", sw_errno_name(-pid));
		if (ret->value == LIVE_DENIED && !live_blame_privilege(ret))
			live_blame_filter(ret, "clone3(CLONE_INTO_CGROUP)", pid, true);
		return;
	}
	sw_read_line(cg.fd, "cgroup.procs", inside, sizeof(inside));
	snprintf(want, sizeof(want), "%d", (int)pid);
	if (strcmp(inside, want))
		live_set(ret, LIVE_BROKEN, 0, "clone3(CLONE_INTO_CGROUP) made a process that is not inside");
	else
		live_set(ret, LIVE_WORKS, 0, "clone3(CLONE_INTO_CGROUP) made a process inside a cgroup");
	kill(pid, SIGKILL);
	sw_waitpid_within(pid, NULL, SW_GONE_MS);
}
