// SPDX-License-Identifier: GPL-2.0-only
/*
 * Berth's init: PID 1 in front of a program that was not written to be one (lxc-init's place).
 * It mounts what such a program takes for granted, reaps orphans, passes signals on, and ends
 * with the program's status.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_fd.h"

static const struct init_mount {
	const char *dir, *fstype, *data;
	unsigned long flags;
	bool required;		/* a program can do without, where the kernel has it not */
	const char *feature;
} init_mounts[] = {
	{ "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true, "mount.proc" },
	{ "/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, false, "mount.tmpfs" },
	{ "/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false, "mount.mqueue" },
};

/* ---- mount points, made from outside so that they can be removed from outside ---------------- */

const char *rt_host_path(const struct rt_spec *spec, const char *dir, char *out, size_t size)
{
	const struct rt_mount *over = NULL;
	size_t skip = 0;

	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct rt_mount *m = &spec->mounts[i];
		size_t len = strlen(m->target);

		while (len > 1 && m->target[len - 1] == '/')
			len--;
		if (!strncmp(dir, m->target, len) && (!dir[len] || dir[len] == '/')) {
			over = m;
			skip = len;
		}
	}
	if (over ? !(over->flags & MS_BIND) : spec->rootfs_kind != RT_ROOTFS_DIR)
		return NULL;
	snprintf(out, size, "%s%s", over ? over->source : spec->rootfs ? spec->rootfs : "",
		 dir + skip);
	return out;
}

int rt_step_directories(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int guard __sw_fd __attribute__((unused)) = rt_dir_guard(&ctx->dir);

	(void)step;
	for (size_t i = 0; i < ARRAY_SIZE(init_mounts); i++) {
		char path[PATH_MAX], parent[PATH_MAX];
		struct stat st;
		int r;

		if (!rt_host_path(ctx->spec, init_mounts[i].dir, path, sizeof(path)))
			continue;
		/* Through a link inside a rootfs, outside would be written: leave that alone. */
		snprintf(parent, sizeof(parent), "%s", path);
		*strrchr(parent, '/') = 0;
		if (lstat(*parent ? parent : "/", &st) || !S_ISDIR(st.st_mode))
			continue;
		if (!lstat(path, &st) && !rt_journal_shared(&ctx->dir, "rmdir", path, true))
			continue;
		r = rt_journal_add(&ctx->dir, "rmdir %s", path);
		if (r)
			return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
		if (mkdir(path, 0755) && errno != EEXIST && init_mounts[i].required)
			return sw_error(err, errno, NULL,
					"mkdir %s: %s", path, sw_errno_text(errno));
	}
	return 0;
}

/* ---- inside, before the host's file systems are let go of ------------------------------------ */

/* Is that a /proc, and the one of our own pid namespace? */
static bool proc_is_ours(int fd)
{
	char text[32];
	ssize_t n = readlinkat(fd, "self", text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = 0;
	return atol(text) == getpid();
}

/* Is something mounted on the directory? Another device than its parent's says so. */
static bool is_mounted(int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstatat(fd, "..", &b, 0) && a.st_dev != b.st_dev;
}

static int mount_one(struct rt_ctx *ctx, const struct init_mount *m, struct sw_error *err)
{
	const char *const ids[] = { m->feature, NULL };
	char needs[200], path[PATH_MAX];
	int fd __sw_fd = -1;
	int r;

	/* On a file system that ends with it; elsewhere "directories" makes it and undoes it. */
	if (!rt_host_path(ctx->spec, m->dir, path, sizeof(path)))
		rt_inroot_mkdir_p(ctx->root_fd, m->dir, 0755);
	fd = rt_inroot_open(ctx->root_fd, m->dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && !m->required)
		return 0;
	if (fd < 0)
		return sw_error(err, fd, NULL, "mount point %s: %s", m->dir, sw_errno_text(fd));
	if (m->required ? proc_is_ours(fd) : is_mounted(fd))
		return 0;
	r = rt_mount_on(fd, true, m->fstype, m->fstype, m->flags, m->data, err);
	/* EPERM: mqueue's ipc namespace is another user namespace's. */
	if (!r || (!m->required && (r == -ENODEV || r == -EPERM)))
		return 0;
	rt_needs_text(ids, needs, sizeof(needs));
	return sw_error(err, r, NULL, "mount %s on %s: %s; it %s", m->fstype, m->dir,
			sw_errno_text(r), needs);
}

/*
 * Before pivot_root: in a user namespace /proc can be mounted only while another one is fully
 * visible (mount_too_revealing(), since 3.8).
 */
int rt_step_init_mounts(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	int r = 0;

	(void)step;
	for (size_t i = 0; !r && i < ARRAY_SIZE(init_mounts); i++)
		r = mount_one(ctx, &init_mounts[i], err);
	return r;
}

/* ---- PID 1 ----------------------------------------------------------------------------------- */

/*
 * Set once PID 1 is under its filter, and until then the program waits: it might trace a PID 1
 * that is not. In memory, and looked at again and again, since a filter need not let PID 1 make
 * any system call that could tell it.
 */
static int *filtered;

static void await_filter(pid_t init)
{
	const struct timespec pause = { 0, 100000 };

	while (!__atomic_load_n(filtered, __ATOMIC_ACQUIRE)) {
		if (getppid() != init)	/* it has died */
			_exit(126);
		nanosleep(&pause, NULL);
	}
}

/* Block everything before the program exists, so that no signal is lost between. */
pid_t rt_init_fork(struct rt_ctx *ctx)
{
	sigset_t all;
	pid_t pid, init = getpid();

	if (ctx->spec->confine.init_filter.count) {
		filtered = mmap(NULL, sizeof(*filtered), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (filtered == MAP_FAILED)
			return -errno;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pid = fork();
	if (pid == 0) {
		rt_signals_reset();
		if (filtered)
			await_filter(init);
	}
	return pid < 0 ? -errno : pid;
}

static void reap(pid_t program)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == program)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (pid < 0 && errno == ECHILD)
		_exit(127);
}

/*
 * This image was started on the host: its command line and environment would be read inside as
 * /proc/1/cmdline and /proc/1/environ. They lie in one piece from argv[0] on, proc(5).
 */
static void forget_host(void)
{
	char *start = program_invocation_name, *end = start;
	static const char name[] = "berth-init";

	for (char **e = environ; e && *e; e++)
		if (*e >= end)
			end = *e + strlen(*e) + 1;
	if (end - start < (ptrdiff_t)sizeof(name) || end - start > 2 << 20)
		return;
	memset(start, 0, end - start);
	memcpy(start, name, sizeof(name));
	environ = NULL;
}

void rt_init_main(struct rt_ctx *ctx, pid_t program)
{
	sigset_t all;
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i < 3; i++)
		null < 0 ? close(i) : dup2(null, i);
	rt_close_from(3);
	if (chdir("/"))
		_exit(127);
	prctl(PR_SET_NAME, "berth-init");
	forget_host();
	/* Else who may trace PID 1 would have a way round the filter. */
	if (rt_caps_release(ctx->spec) || rt_filter_load(&ctx->spec->confine.init_filter, NULL))
		_exit(127);
	if (filtered)
		__atomic_store_n(filtered, 1, __ATOMIC_RELEASE);
	/*
	 * SIGKILL and SIGSTOP cannot be passed on. A fault of our own (SIGSEGV and the like) ends us
	 * though it is blocked: the kernel forces it.
	 */
	sigfillset(&all);
	for (;;) {
		siginfo_t si;
		int sig = sigwaitinfo(&all, &si);

		if (sig == SIGCHLD)
			reap(program);
		else if (sig > 0)
			kill(program, sig);
	}
}
