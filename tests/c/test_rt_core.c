// SPDX-License-Identifier: GPL-2.0-only
/* Berth's core where it can be tested without privileges: arrangements, paths, state, plans. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "unit.h"

/* ---- cgroup arrangements --------------------------------------------------------------------- */

UNIT(rt_cgroup_hybrid)
{
	static const char text[] =
		"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
		"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup "
		"rw,cpu,cpuacct\n"
		"36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices\n"
		"37 31 0:33 / /mnt/again rw,relatime - cgroup cgroup rw,devices\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw - cgroup2 cgroup2 rw\n";
	static struct rt_cg cg;

	rt_cg_parse(&cg, text);
	CHECK_INT(cg.count, 4);
	CHECK_STR(cg.hier[0].controllers, ",cpu,cpuacct,");
	CHECK_STR(cg.hier[2].controllers, ",name=systemd,");
	CHECK(rt_cg_find(&cg, 0, "cpuacct") == &cg.hier[0]);
	CHECK(rt_cg_find(&cg, 1, "devices") == &cg.hier[1]);
	CHECK(!rt_cg_find(&cg, 2, "devices"));
	CHECK(!rt_cg_find(&cg, 0, "pu"));
	CHECK(!cg.hier[2].v2 && cg.hier[3].v2);
	CHECK_STR(cg.hier[3].path, "/sys/fs/cgroup/uni fied");
}

UNIT(rt_cgroup_one_hierarchy)
{
	static struct rt_cg cg;

	rt_cg_parse(&cg, "20 1 0:16 / /sys/fs/cgroup rw,relatime - cgroup none "
		    "rw,cpuset,cpu,cpuacct,"
		    "memory,devices,freezer,release_agent=/x,clone_children\n");
	CHECK_INT(cg.count, 1);
	CHECK_STR(cg.hier[0].controllers, ",cpuset,cpu,cpuacct,memory,devices,freezer,");
	rt_cg_parse(&cg, "");
	CHECK_INT(cg.count, 0);
	rt_cg_parse(&cg, "garbage\n1 2 3 - cgroup\n - - -\n20 1 0:16 / /x rw - cgroup2 c rw");
	CHECK_INT(cg.count, 1);
}

/* ---- paths inside a rootfs ------------------------------------------------------------------- */

struct tree {
	char dir[32];
	int fd;
};

static bool tree_make(struct tree *t)
{
	strcpy(t->dir, "/tmp/core-unit-XXXXXX");
	t->fd = mkdtemp(t->dir) ? open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (!CHECK(t->fd >= 0))
		return false;
	mkdirat(t->fd, "a", 0755);
	mkdirat(t->fd, "a/b", 0755);
	mkdirat(t->fd, "etc", 0755);
	close(openat(t->fd, "etc/passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	symlinkat("/etc", t->fd, "abs");
	symlinkat("../../../../../../etc", t->fd, "a/up");
	symlinkat("loop", t->fd, "loop");
	symlinkat("/../../a/./b/../b", t->fd, "mixed");
	return true;
}

static void tree_remove(struct tree *t)
{
	static const char *const files[] = { "etc/passwd", "abs", "a/up", "loop", "mixed" };
	static const char *const dirs[] = { "new/x/y", "new/x", "new", "a/b", "a", "etc" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(t->fd, files[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		unlinkat(t->fd, dirs[i], AT_REMOVEDIR);
	close(t->fd);
	CHECK_INT(rmdir(t->dir), 0);
}

/* Both ways of walking give the same answer, which is want, below the root. */
static void same_way(const struct tree *t, const char *path, const char *want, int error)
{
	for (int way = 0; way < 2; way++) {
		int fd = way ? rt_inroot_walk(t->fd, path, O_PATH) :
			       rt_inroot_open(t->fd, path, O_PATH);
		struct stat a, b;

		if (error) {
			CHECK_INT(fd, error);
			continue;
		}
		if (!CHECK(fd >= 0))
			continue;
		CHECK_INT(fstat(fd, &a), 0);
		CHECK_INT(fstatat(t->fd, want, &b, 0), 0);
		CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
		close(fd);
	}
}

UNIT(rt_inroot_stays_inside)
{
	struct tree t;

	if (!tree_make(&t))
		return;
	same_way(&t, "/", ".", 0);
	same_way(&t, "/a/b", "a/b", 0);
	same_way(&t, "a//b/", "a/b", 0);
	same_way(&t, "/abs/passwd", "etc/passwd", 0);
	same_way(&t, "/a/up/passwd", "etc/passwd", 0);
	same_way(&t, "/../../etc/passwd", "etc/passwd", 0);
	same_way(&t, "/mixed", "a/b", 0);
	same_way(&t, "/mixed/..", "a", 0);
	same_way(&t, "/loop", NULL, -ELOOP);
	same_way(&t, "/a/none", NULL, -ENOENT);
	same_way(&t, "/etc/passwd/x", NULL, -ENOTDIR);
	CHECK_INT(rt_inroot_mkdir_p(t.fd, "/new/x/y", 0755), 0);
	CHECK_INT(rt_inroot_mkdir_p(t.fd, "/new/x/y", 0755), 0);
	same_way(&t, "/new/x/y", "new/x/y", 0);
	CHECK_INT(rt_inroot_mkdir_p(t.fd, "/etc/passwd/y", 0755), -ENOTDIR);
	tree_remove(&t);
}

/* ---- names and state ------------------------------------------------------------------------- */

UNIT(rt_names)
{
	struct sw_error err = { 0 };

	CHECK_INT(rt_name_check("app_bash", &err), 0);
	CHECK_INT(rt_name_check("a.b-c9", &err), 0);
	CHECK_INT(rt_name_check("", NULL), -EINVAL);
	CHECK_INT(rt_name_check(NULL, NULL), -EINVAL);
	CHECK_INT(rt_name_check(".", NULL), -EINVAL);
	CHECK_INT(rt_name_check("..", NULL), -EINVAL);
	CHECK_INT(rt_name_check("-n", NULL), -EINVAL);
	CHECK_INT(rt_name_check("a/b", NULL), -EINVAL);
	CHECK_INT(rt_name_check("a b", NULL), -EINVAL);
	CHECK_INT(rt_name_check("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL),
		  -EINVAL);
	CHECK_STR(rt_state_name(RT_RUNNING), "RUNNING");
	CHECK_STR(rt_state_name((enum rt_state)99), "UNKNOWN");
}

static void hold_lock(void *arg, void *answer)
{
	struct rt_dir *d = arg;

	/* What a record lock is for: another process sees it, and it is not inherited. */
	((int *)answer)[0] = rt_dir_holder(d);
	((int *)answer)[1] = rt_dir_lock(d);
}

UNIT(rt_state_lock_record_and_journal)
{
	char dir[] = "/tmp/core-unit-XXXXXX";
	struct rt_dir d = RT_DIR_INIT;
	struct rt_record rec = { RT_RUNNING, getpid(), 77, 88, SIGPWR, SW_CLONE_NEWPID }, got;
	int answer[2];
	struct sw_child c;

	if (!CHECK(mkdtemp(dir)))
		return;
	setenv("BERTH_RUNDIR", dir, 1);
	CHECK_INT(rt_dir_open(&d, "/nowhere", "unit", false, NULL), -ENOENT);
	rt_dir_close(&d);
	CHECK_INT(rt_dir_open(&d, "/nowhere", "unit", true, NULL), 0);
	CHECK_INT(rt_dir_holder(&d), 0);
	CHECK_INT(rt_dir_lock(&d), 0);
	c = sw_child_run(hold_lock, &d, answer, sizeof(answer), 10000);
	CHECK_INT(c.end, SW_CHILD_ANSWERED);
	CHECK_INT(answer[0], getpid());
	CHECK_INT(answer[1], -EBUSY);
	CHECK_INT(rt_record_write(&d, &rec), 0);
	CHECK_INT(rt_record_read(&d, &got), 0);
	CHECK(got.state == rec.state && got.init == rec.init && got.init_start == 77 &&
	      got.started_ns == 88 && got.stop_signal == SIGPWR && got.ns == SW_CLONE_NEWPID);
	{
		/* State of another boot: nobody alive can be meant. */
		struct sw_buf b __sw_buf = SW_BUF_INIT;
		char *at;

		CHECK_INT(sw_read_file(d.fd, "state", &b, 4096), 0);
		at = b.data ? strstr(b.data, "boot ") : NULL;
		if (CHECK(at != NULL)) {
			at[5] = at[5] == '1' ? '2' : '1';
			CHECK_INT(sw_replace_file(d.fd, "state", b.data, b.len, 0600), 0);
			CHECK_INT(rt_record_read(&d, &got), 0);
			CHECK_INT(got.init, 0);
		}
		CHECK_INT(rt_record_write(&d, &rec), 0);
	}
	CHECK_INT(rt_journal_add(&d, "rmdir %s/made here", dir), 0);
	CHECK_INT(rt_journal_add(&d, "file a\nb"), -EINVAL);
	{
		/* A line that was cut short by a kill announced what was never done. */
		int fd = openat(d.fd, "journal", O_WRONLY | O_APPEND | O_CLOEXEC);
		char path[64];

		snprintf(path, sizeof(path), "%s/made here", dir);
		CHECK_INT(mkdir(path, 0700), 0);
		CHECK_INT(write(fd, "cgroup - /tm", 12), 12);
		close(fd);
		/* The record's start time is not this process's: it must not be killed. */
		CHECK_INT(rt_journal_undo(&d, "unit", NULL), 0);
		CHECK_INT(access(path, F_OK), -1);
	}
	rt_dir_close(&d);
	CHECK_INT(rt_dir_open(&d, "/nowhere", "unit", false, NULL), -ENOENT);
	rt_dir_close(&d);
	unsetenv("BERTH_RUNDIR");
	CHECK_INT(rmdir(dir), 0);
}

UNIT(rt_state_directory_of_another_is_refused)
{
	char dir[] = "/tmp/core-unit-XXXXXX";
	struct rt_dir d = RT_DIR_INIT;
	struct sw_error err = { 0 };

	if (!CHECK(mkdtemp(dir)))
		return;
	chmod(dir, 0777);
	setenv("BERTH_RUNDIR", dir, 1);
	CHECK_INT(rt_dir_open(&d, "/nowhere", "unit", true, &err), -EPERM);
	CHECK(strstr(err.msg, "0777") != NULL);
	rt_dir_close(&d);
	unsetenv("BERTH_RUNDIR");
	CHECK_INT(rmdir(dir), 0);
}

UNIT(rt_proc_identity)
{
	uint64_t start = rt_proc_start(getpid());
	int status;
	pid_t pid;

	CHECK(start > 0);
	CHECK(rt_proc_same(getpid(), start));
	CHECK(!rt_proc_same(getpid(), start + 1));
	CHECK(!rt_proc_same(getpid(), 0));
	CHECK_INT(rt_proc_kill(getpid(), start + 1, SIGKILL), -ESRCH);
	CHECK_INT(rt_proc_kill(1, rt_proc_start(1), SIGKILL), -ESRCH);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_INT(rt_proc_kill(pid, rt_proc_start(pid), SIGKILL), 0);
	CHECK_INT(sw_waitpid(pid, &status), 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

UNIT(rt_cgroup_only_ours_is_removed)
{
	struct sw_error err = { 0 };

	CHECK_INT(rt_cg_remove("/tmp", &err), -EINVAL);
	CHECK(strstr(err.msg, "left alone") != NULL);
	CHECK_INT(rt_cg_remove("/tmp/berth.none-such@unit", NULL), 0);
}

/* ---- plans ----------------------------------------------------------------------------------- */

static struct rt_spec small_spec(void)
{
	static char *argv[] = { (char *)"/bin/true", NULL };
	static char *env[] = { NULL };

	return (struct rt_spec){ .name = (char *)"unit", .lxcpath = (char *)"/var/lib/lxc",
				 .argv = argv, .env = env, .ns = SW_CLONE_NEWNS | SW_CLONE_NEWUTS };
}

static int plan_of(const struct rt_spec *spec, struct sw_error *err)
{
	struct rt_plan *p = NULL;
	int r = rt_plan(spec, &p, err);

	rt_plan_free(p);
	return r;
}

UNIT(rt_plan_refuses)
{
	struct rt_net veth = { .type = RT_NET_VETH, .origin = (char *)"config:3" };
	struct rt_mount rel = { .source = (char *)"/x", .target = (char *)"x", .flags = MS_BIND };
	struct sw_error err = { 0 };
	struct rt_spec s = small_spec();

	CHECK_INT(plan_of(&s, &err), 0);
	s.nets = &veth;
	s.net_count = 1;
	CHECK_INT(plan_of(&s, &err), -EINVAL);
	CHECK(strstr(err.msg, "config:3") && strstr(err.msg, "veth"));
	s = small_spec();
	s.rootfs = (char *)"relative";
	CHECK_INT(plan_of(&s, NULL), -EINVAL);
	s.rootfs = (char *)"/r";
	s.ns = 0;
	CHECK_INT(plan_of(&s, NULL), -EINVAL);
	s = small_spec();
	s.hostname = (char *)"h";
	s.ns = SW_CLONE_NEWNS;
	CHECK_INT(plan_of(&s, NULL), -EINVAL);
	s = small_spec();
	s.mounts = &rel;
	s.mount_count = 1;
	CHECK_INT(plan_of(&s, NULL), -EINVAL);
	s = small_spec();
	s.name = (char *)"../x";
	CHECK_INT(plan_of(&s, NULL), -EINVAL);
}

UNIT(rt_plan_every_step_has_a_name_and_ends_in_exec)
{
	struct rt_spec s = small_spec();
	struct rt_plan *p = NULL;

	s.rootfs = (char *)"/r";
	s.init = RT_INIT_SUPERVISE;
	CHECK_INT(rt_plan(&s, &p, NULL), 0);
	for (size_t i = 0; i < p->count; i++) {
		CHECK(p->steps[i].name[0] && p->steps[i].what[0] && p->steps[i].run);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(p->steps[i].name, p->steps[k].name));
	}
	CHECK_STR(p->steps[p->count - 1].name, "exec");
	rt_plan_free(p);
}
