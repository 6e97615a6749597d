// SPDX-License-Identifier: GPL-2.0-only
#include "features/cgroup_try.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "modules.h"
#include "session.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* How many that this process made are there still. */
static int made;

/* ---- making and removing ------------------------------------------------------------------------ */

/* One removal may take so long, and all of a run together. */
#define REMOVE_MS	5000
#define REMOVE_ALL_MS	10000

static struct {
	pid_t pid;		/* whose name it is */
	unsigned long pid_ns;
	char name[64];
	_Atomic int64_t *spent;	/* milliseconds of waiting for cgroups to go, of all processes of the run */
} run;

static unsigned long own_pid_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) ? 0 : (unsigned long)st.st_ino;	/* 3.8 */
}

/* Not for secrets: two runs of the same pid in two namespaces are not to have the same. */
static unsigned int draw(void)
{
	struct timespec ts;
	unsigned int drawn;

	if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) == sizeof(drawn))	/* 3.17 */
		return drawn;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (unsigned int)ts.tv_nsec * 2654435761u ^ (unsigned int)ts.tv_sec ^ (unsigned int)(uintptr_t)&ts;
}

void cg_run_begin(void)
{
	void *shared;

	if (run.pid == getpid())
		return;
	run.pid = getpid();
	run.pid_ns = own_pid_ns();
	snprintf(run.name, sizeof(run.name), "%d-%lu-%08x", (int)run.pid, run.pid_ns, draw());
	shared = mmap(NULL, sizeof(*run.spent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run.spent = shared == MAP_FAILED ? NULL : shared;
}

const char *cg_run_name(void)
{
	return run.name;
}

static void temp_name(char out[96])
{
	snprintf(out, 96, CG_TEMP_PREFIX "%s", run.name);
}

static int make_in(const char *base, const char *name, struct cg_temp *t)
{
	int r;

	if ((size_t)snprintf(t->path, sizeof(t->path), "%s/%s", base, name) >= sizeof(t->path))
		return -ENAMETOOLONG;
	/* One of the same name is of an earlier row of this run that was killed; empty, it can go. */
	r = mkdir(t->path, 0755) ? -errno : 0;
	if (r == -EEXIST && !rmdir(t->path))
		r = mkdir(t->path, 0755) ? -errno : 0;
	if (!r) {
		made++;
		t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (t->fd >= 0)
			return 0;
		r = -errno;
		made -= !rmdir(t->path);
	}
	t->path[0] = 0;
	return r;
}

/*
 * Where cpuset shares a v1 hierarchy with others, a new cgroup takes no process (ENOSPC) until it
 * has processors and memory nodes, which it does not inherit: give it its parent's.
 */
static void fill_cpuset(const struct cg_temp *t)
{
	static const char *const files[][2] = {
		{ "cpuset.cpus", "../cpuset.cpus" }, { "cpuset.mems", "../cpuset.mems" },
		{ "cpus", "../cpus" }, { "mems", "../mems" },	/* mounted with noprefix */
	};
	char value[256];

	/* On v2 an empty set means the parent's. */
	if (!faccessat(t->fd, "cgroup.controllers", F_OK, 0))
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (sw_read_line(t->fd, files[i][1], value, sizeof(value)) > 0)
			sw_write_file(t->fd, files[i][0], value);
}

int cg_temp_make(const char *base, const char *other, struct cg_temp *t, struct live *ret)
{
	char name[96];
	int r;

	t->ret = ret;
	temp_name(name);
	r = make_in(base, name, t);
	if (r && other && strcmp(base, other) && !make_in(other, name, t))
		r = 0;
	if (!r) {
		fill_cpuset(t);
		/* Inherited on v1: nobody's release agent is to hear of us. */
		sw_write_file(t->fd, "notify_on_release", "0");
		return 0;
	}
	if (r != -EACCES && r != -EPERM && r != -EROFS) {
		live_set(ret, LIVE_UNKNOWN, r, "mkdir in %.100s: %s", base, sw_errno_name(r));
		return r;
	}
	live_set(ret, LIVE_DENIED, r, "mkdir in %.100s: %s%s", base, sw_errno_name(r),
		 r == -EROFS ? ": the cgroups are mounted read-only" : "");
	if (r == -EACCES)
		live_blame_privilege(ret);
	return r;
}

static void kill_members(const char *path)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char file[768];

	snprintf(file, sizeof(file), "%s/freezer.state", path);
	sw_write_file(AT_FDCWD, file, "THAWED");
	snprintf(file, sizeof(file), "%s/cgroup.freeze", path);
	sw_write_file(AT_FDCWD, file, "0");
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	if (sw_read_file(AT_FDCWD, file, &b, 1 << 16))
		return;
	for (char *p = b.data; p && *p;) {
		long pid = strtol(p, &p, 10);

		/* Only ours are ever put there; never ourselves, never "not in this pid namespace". */
		if (pid > 1 && pid != getpid())
			kill((pid_t)pid, SIGKILL);
		while (*p == '\n')
			p++;
	}
}

/* The cgroup below, which a trial may have made: one attempt, since who calls comes again. */
static void remove_below(const char *path)
{
	char below[704];

	snprintf(below, sizeof(below), "%s/" CG_BELOW, path);
	if (access(below, F_OK))
		return;
	kill_members(below);
	rmdir(below);
}

int cg_remove(const char *path)
{
	int64_t began = sw_now_ms(), spent = run.spent ? atomic_load(run.spent) : 0;
	int64_t limit = spent + REMOVE_MS < REMOVE_ALL_MS ? REMOVE_MS : REMOVE_ALL_MS - spent;
	int r = -EBUSY;

	/* The dead leave a cgroup a moment after they were reaped (cgroup_exit(), css release). */
	for (int i = 0; r == -EBUSY; i++) {
		if (!rmdir(path) || errno == ENOENT)
			r = 0;
		else if (errno != EBUSY && errno != ENOTEMPTY)
			r = -errno;
		else if (i > 1 && sw_now_ms() - began >= limit)
			break;
		else {
			kill_members(path);
			remove_below(path);
			if (i)
				usleep(5000);
		}
	}
	if (r == -EBUSY && run.spent)
		atomic_fetch_add(run.spent, sw_now_ms() - began);
	return r;
}

int cg_temp_remove(struct cg_temp *t)
{
	int r;

	/* Whoever removed it under us, it was not the kernel: what failed thereby says nothing of it. */
	if (t->path[0] && t->ret && (t->ret->value == LIVE_BROKEN || t->ret->value == LIVE_ABSENT) &&
	    access(t->path, F_OK) && errno == ENOENT)
		live_set(t->ret, LIVE_UNKNOWN, ENOENT, "not tried to the end: the new cgroup was removed by somebody "
			 "else");
	r = t->path[0] ? cg_remove(t->path) : 0;
	made -= t->path[0] && !r;
	sw_close(&t->fd);
	t->path[0] = 0;
	return r;
}

void cg_temp_cleanup(struct cg_temp *t)
{
	cg_temp_remove(t);
}

void cg_temp_sweep(const char *base)
{
	char path[640], name[96];

	temp_name(name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", base, name) < sizeof(path) &&
	    !access(path, F_OK))
		cg_remove(path);
}

/*
 * Is it of a run that is dead for certain? Only in its own pid namespace a pid says so; a run of another
 * one, or of a kernel that does not show the namespace, is left alone.
 */
static bool of_dead_run(const char *name)
{
	unsigned long pid_ns;
	unsigned int drawn;
	int pid, used = 0;

	if (sw_starts_with(name, CG_TEMP_PREFIX))
		name += strlen(CG_TEMP_PREFIX);
	else if (sw_starts_with(name, CG_MARK_PREFIX))
		name += strlen(CG_MARK_PREFIX);
	else
		return false;
	if (sscanf(name, "%d-%lu-%8x%n", &pid, &pid_ns, &drawn, &used) != 3 || name[used] || pid < 1)
		return false;
	if (!pid_ns || pid_ns != run.pid_ns || !strcmp(name, run.name))
		return false;
	return pid == run.pid || (kill(pid, 0) && errno == ESRCH);
}

void cg_temp_sweep_dead(const char *base)
{
	DIR *d = opendir(base);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[704];

		if (!of_dead_run(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s/" CG_BELOW, base, e->d_name);
		rmdir(path);
		path[strlen(path) - strlen("/" CG_BELOW)] = 0;
		rmdir(path);
	}
	if (d)
		closedir(d);
}

bool cg_own_dir(const struct cg_mount *m, const char *controller, char *out, size_t size)
{
	char own[256];
	size_t root = strcmp(m->root, "/") ? strlen(m->root) : 0;

	if (cg_own_path(controller, own, sizeof(own)))
		return false;
	/* In a container the mount shows a part of the hierarchy; ours must be in that part. */
	if (strncmp(own, m->root, root) || (root && own[root] && own[root] != '/'))
		return false;
	return (size_t)snprintf(out, size, "%s%s", m->path, own + root) < size;
}

/* Where a trial of ours can have made a cgroup. */
struct places {
	pid_t pid;		/* whose they are */
	char path[96][640];
	size_t count;
};

static void add_place(struct places *p, const char *path)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->path[i], path))
			return;
	if (p->count < sizeof(p->path) / sizeof(*p->path))
		snprintf(p->path[p->count++], sizeof(p->path[0]), "%s", path);
}

static void find_places(struct places *p)
{
	struct cg_mount m[32];
	char own[640];
	int n = cg_mounts(m, 32);

	p->pid = feature_examiner();
	p->count = 0;
	for (int i = 0; i < n; i++) {
		char first[32];

		add_place(p, m[i].path);
		/* Any controller of the hierarchy names it; skip rw. */
		snprintf(first, sizeof(first), "%.31s", m[i].controllers);
		for (char *w = strtok(first, ","); w && m[i].version == 1; w = strtok(NULL, ","))
			if (strcmp(w, "rw") && strcmp(w, "ro") && cg_own_dir(&m[i], w, own, sizeof(own)))
				add_place(p, own);
		if (m[i].version == 2 && cg_own_dir(&m[i], "", own, sizeof(own)))
			add_place(p, own);
	}
}

bool cg_sweep_private(const char *type, const char *options)
{
	struct live unused = { 0 };

	/* A namespace that a filter only claims would have the mount land on the machine's own place. */
	if (live_unshare_for_real(SW_CLONE_NEWNS) || live_make_private(&unused) ||
	    sys_mount("seaworthy", CG_PRIVATE_PLACE, type, 0, options))
		return false;
	cg_temp_sweep(CG_PRIVATE_PLACE);
	cg_temp_sweep_dead(CG_PRIVATE_PLACE);
	return true;
}

void cg_temp_sweep_all(const struct probe_ctx *ctx, const struct feature *f)
{
	/*
	 * The parent of all trials asks after each; neither its mounts nor its own cgroups change
	 * meanwhile, and finding them anew each time is a thousand system calls.
	 */
	static struct places places;

	(void)ctx;
	(void)f;
	/* In a session all is in one memory, and the last cleaning up is done outside it. */
	if (session_steady() && !made)
		return;
	if (places.pid != feature_examiner()) {
		find_places(&places);
		for (size_t i = 0; i < places.count; i++)
			cg_temp_sweep_dead(places.path[i]);
	}
	for (size_t i = 0; i < places.count; i++)
		cg_temp_sweep(places.path[i]);
}

/* ---- processes inside --------------------------------------------------------------------------- */

struct inside_arg {
	int dir;
	int (*fn)(void);
};

static void inside_main(void *arg, void *answer)
{
	struct inside_arg *a = arg;
	int *out = answer;

	/* 0 means the writer; cgroup.procs is writable since 3.0 (74a1166dfe1d). */
	out[0] = sw_write_file(a->dir, "cgroup.procs", "0");
	if (!out[0])
		out[1] = a->fn();
}

int cg_run_inside(const struct cg_temp *cg, int (*fn)(void), int *ret_value)
{
	struct inside_arg a = { cg->fd, fn };
	int out[2] = { 0 };
	struct sw_child c = session_child(inside_main, &a, out, sizeof(out));

	if (c.end != SW_CHILD_ANSWERED)
		return -EIO;
	*ret_value = out[1];
	return out[0];
}

pid_t cg_sleeper(const struct cg_temp *cg)
{
	int fds[2], r = -EIO;
	pid_t pid, parent = getpid();

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = sw_fork();
	if (pid == 0) {
		/* Not to outlive who is to end it: the examiner waits for all that hold its pipe. */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (getppid() != parent)
			_exit(1);
		r = sw_write_file(cg->fd, "cgroup.procs", "0");
		sw_write_all(fds[1], &r, sizeof(r));
		for (;;)
			pause();
	}
	close(fds[1]);
	if (pid > 0 && read(fds[0], &r, sizeof(r)) != sizeof(r))
		r = -EIO;
	close(fds[0]);
	if (pid > 0 && r) {
		kill(pid, SIGKILL);
		sw_waitpid_within(pid, NULL, SW_GONE_MS);
	}
	return pid < 0 ? -errno : r ? r : pid;
}

int cg_fork_inside(const struct cg_temp *cg, int (*fn)(void), int *ret_value)
{
	struct inside_arg a = { cg->fd, fn };
	int out[2] = { 0 };
	struct sw_child c = sw_child_run(inside_main, &a, out, sizeof(out), 15000);

	if (c.end != SW_CHILD_ANSWERED)
		return -EIO;
	*ret_value = out[1];
	return out[0];
}

static int open_device(const char *path)
{
	int fd __sw_fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? errno : 0;
}

static int open_null(void)
{
	return open_device("/dev/null");
}

static int open_zero(void)
{
	return open_device("/dev/zero");
}

bool cg_devices_open(struct live *ret)
{
	const char *path = "/dev/null";
	int err = open_null();

	if (!err) {
		path = "/dev/zero";
		err = open_zero();
	}
	if (err)
		live_set(ret, LIVE_UNKNOWN, err, "not tried: %s, to be denied or allowed, does not open as it is: "
			 "%s", path, sw_errno_name(err));
	return !err;
}

void cg_judge_devices(const struct cg_temp *cg, const char *how, struct live *ret)
{
	int null = 0, zero = 0;
	int r = cg_run_inside(cg, open_null, &null);

	if (!r)
		r = cg_run_inside(cg, open_zero, &zero);
	if (r)
		live_set(ret, LIVE_UNKNOWN, r, "cannot put a process into a new cgroup: %s", sw_errno_name(r));
	else if (null != EPERM || zero)
		live_set(ret, LIVE_BROKEN, null, "with %s, /dev/null gives %s and /dev/zero %s", how,
			 null ? sw_errno_name(null) : "0", zero ? sw_errno_name(zero) : "0");
	else
		live_set(ret, LIVE_WORKS, 0, "with %s, /dev/null gives EPERM and /dev/zero opens", how);
}

/* ---- trials -------------------------------------------------------------------------------------- */

void cg_check_value(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		    struct live *ret)
{
	char got[64] = "";
	int r;

	(void)ctx;
	if (faccessat(cg->fd, c->file, F_OK, 0)) {
		live_set(ret, LIVE_ABSENT, errno, "a new cgroup has no %s", c->file);
		return;
	}
	r = c->value ? sw_write_file(cg->fd, c->file, c->value) : 0;
	if (!r)
		r = (int)sw_read_line(cg->fd, c->file, got, sizeof(got));
	if (r < 0)
		live_set(ret, LIVE_BROKEN, r, "%s in a new cgroup: %s", c->file, sw_errno_name(r));
	else if (c->value && strcmp(got, c->value))
		live_set(ret, LIVE_BROKEN, 0, "%s was set to %s and reads %s", c->file, c->value, got);
	else if (c->value)
		live_set(ret, LIVE_WORKS, 0, "%s of a new cgroup was set to %s and reads back", c->file,
			 c->value);
	else
		live_set(ret, LIVE_WORKS, 0, "a new cgroup has %s", c->file);
}

void cg_check_weight(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		     const char *file, struct live *ret)
{
	const struct feature *f = feature_find(c->row);
	char got[64] = "", what[96], *number;
	int r;

	if (faccessat(cg->fd, file, F_OK, 0)) {
		snprintf(what, sizeof(what), "a new cgroup has no %s", file);
		module_explain_absent(ctx, f, what, ret);
		return;
	}
	r = sw_write_file(cg->fd, file, c->value);
	if (!r)
		r = (int)sw_read_line(cg->fd, file, got, sizeof(got));
	number = strrchr(got, ' ') ? strrchr(got, ' ') + 1 : got;
	if (r < 0)
		live_set(ret, LIVE_BROKEN, r, "%s in a new cgroup: %s", file, sw_errno_name(r));
	else if (strcmp(number, c->value))
		live_set(ret, LIVE_BROKEN, 0, "%s was set to %s and reads %s", file, c->value, got);
	else
		live_set(ret, LIVE_WORKS, 0, "%s of a new cgroup was set to %s and reads back", file, c->value);
}

static int try_fork(void)
{
	pid_t pid = sw_fork();

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	sw_waitpid_within(pid, NULL, SW_GONE_MS);
	return 0;
}

void cg_check_pids(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		   struct live *ret)
{
	int r = sw_write_file(cg->fd, c->file, "1"), err = 0;

	(void)ctx;
	if (!r)
		r = cg_run_inside(cg, try_fork, &err);
	if (r)
		live_set(ret, LIVE_BROKEN, r, "%s=1 and a process inside: %s", c->file, sw_errno_name(r));
	else if (err != EAGAIN)
		live_set(ret, LIVE_BROKEN, err, "with %s=1 a fork inside gives %s", c->file,
			 err ? sw_errno_name(err) : "a process");
	else
		live_set(ret, LIVE_WORKS, 0, "with %s=1 a fork inside gives EAGAIN", c->file);
}

void cg_check_hugetlb(const struct probe_ctx *ctx, const struct cg_temp *cg,
		      const struct cg_check *c, struct live *ret)
{
	int fd = openat(cg->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char found[128] = "";
	struct cg_check file = *c;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name), end = strlen(c->file);

		if (sw_starts_with(e->d_name, "hugetlb.") && len > end &&
		    !strcmp(e->d_name + len - end, c->file) && !strstr(e->d_name, "rsvd"))
			snprintf(found, sizeof(found), "%.127s", e->d_name);
	}
	if (d)
		closedir(d);
	if (!*found) {
		/* One set of files a page size; the processor may have none but the base size. */
		live_set(ret, LIVE_UNKNOWN, 0, "a new cgroup has no hugetlb.*%s: no huge page size here",
			 c->file);
		return;
	}
	file.file = found;
	cg_check_value(ctx, cg, &file, ret);
}

void cg_check_cpuset(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		     struct live *ret)
{
	char parent[160], cpus[256] = "";
	struct cg_check file = *c;
	ssize_t n;

	snprintf(parent, sizeof(parent), "../%s", c->value);
	n = sw_read_line(cg->fd, parent, cpus, sizeof(cpus));
	if (n <= 0) {
		live_set(ret, LIVE_UNKNOWN, n < 0 ? (int)-n : 0, "%s cannot be read", c->value);
		return;
	}
	file.value = cpus;
	cg_check_value(ctx, cg, &file, ret);
}

static int nothing(void)
{
	return 0;
}

void cg_check_enter(const struct probe_ctx *ctx, const struct cg_temp *cg, const struct cg_check *c,
		    struct live *ret)
{
	int value, r = cg_run_inside(cg, nothing, &value);

	(void)ctx;
	if (r)
		live_set(ret, LIVE_BROKEN, r, "a process cannot be put into a new %s cgroup: %s",
			 c->controller, sw_errno_name(r));
	else
		live_set(ret, LIVE_WORKS, 0, "a process was put into a new %s cgroup", c->controller);
}

/* ---- the kernel command line --------------------------------------------------------------------- */

bool cmdline_lists(const char *cmdline, const char *param, const char *word, bool all_counts)
{
	size_t len = strlen(param);

	for (const char *p = cmdline; *p;) {
		size_t n = strcspn(p, " \n");
		char list[256];

		if (n > len && n - len < sizeof(list) && !memcmp(p, param, len)) {
			memcpy(list, p + len, n - len);
			list[n - len] = 0;
			if (cg_word_in(list, word) || (all_counts && cg_word_in(list, "all")))
				return true;
		}
		p += n + (p[n] != 0);
	}
	return false;
}

bool cg_blame_cmdline(const char *controller, const char *legacy, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *const names[] = { controller, legacy };

	if (sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (names[i] && cmdline_lists(sw_buf_str(&b), "cgroup_disable=", names[i], false)) {
			live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup_disable=%s", names[i]);
			return true;
		}
	return false;
}

void cg_explain_swap(const struct probe_ctx *ctx, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	/* Without an effect since 6.2 (b25806dcd3d5). */
	if (ctx->version >= KVER(6, 2) || sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return;
	if (cmdline_lists(sw_buf_str(&b), "swapaccount=", "0", false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "swapaccount=0");
	else if (ctx->kconfig && kconfig_mentions(ctx->kconfig, "MEMCG_SWAP_ENABLED") &&
		 kconfig_get(ctx->kconfig, "MEMCG_SWAP_ENABLED", NULL) == KCONFIG_N &&
		 kconfig_get(ctx->kconfig, "MEMCG_SWAP", NULL) == KCONFIG_Y)
		live_cause(ret, FINDING_BOOT_PARAMETER, "swapaccount=1 is not on the kernel command line");
}

void cg_explain_disabled(const char *controller, struct live *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	live_set(ret, LIVE_ABSENT, 0, "%s is disabled in /proc/cgroups", controller);
	if (sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16))
		return;
	if (cmdline_lists(sw_buf_str(&b), "cgroup_disable=", controller, false))
		live_cause(ret, FINDING_BOOT_PARAMETER, "cgroup_disable=%s", controller);
	else if (!strcmp(controller, "memory"))
		/* A distribution's patch: disabled unless asked for (Debian until 4.x, Raspberry Pi). */
		live_cause(ret, FINDING_BOOT_PARAMETER,
			   "cgroup_enable=memory is not on the kernel command line");
}
