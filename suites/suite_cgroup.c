// SPDX-License-Identifier: GPL-2.0-only
#include "suite_cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner.h"
#include "suite_table.h"
#include "suite_util.h"

static char prefix[32];

void suite_cgroup_begin(void)
{
	snprintf(prefix, sizeof(prefix), "sw-test-%d-", (int)getpid());
}

const char *suite_of_dead_run(const char *name)
{
	int pid, end = 0;

	if (sscanf(name, "sw-test-%d-%n", &pid, &end) != 1 || !end || pid <= 0)
		return NULL;
	return left_processes_test(pid) ? NULL : name + end;
}

const char *suite_cgroup_prefix(void)
{
	return prefix;
}

/* One line of mountinfo (proc(5)); false if it is no control group mount. */
static bool parse_mount(const char *line, struct suite_cgmount *m, char *dev, size_t dev_size)
{
	char point[PATH_MAX], type[32], options[256], devno[32];
	const char *dash = strstr(line, " - ");

	if (!dash || sscanf(line, "%*s %*s %31s %*s %4095s", devno, point) != 2 ||
	    sscanf(dash, " - %31s %*s %255s", type, options) != 2)
		return false;
	if (strcmp(type, "cgroup") && strcmp(type, "cgroup2"))
		return false;
	if (!sw_unescape_octal(point, strlen(point), m->path, sizeof(m->path)))
		return false;
	snprintf(m->options, sizeof(m->options), "%s", options);
	m->version = type[6] ? 2 : 1;
	snprintf(dev, dev_size, "%s", devno);
	return true;
}

int suite_cgroup_mounts(struct suite_cgmount *ret, size_t max)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char devs[SUITE_CGMOUNTS_MAX][32];
	size_t n = 0;
	char *save = NULL, *line;
	int r = sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &buf, 16 << 20);

	if (r)
		return r;
	if (!buf.len)
		return 0;
	if (max > SUITE_CGMOUNTS_MAX)
		max = SUITE_CGMOUNTS_MAX;
	for (line = strtok_r(buf.data, "\n", &save); line && n < max;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t i = 0;

		if (!parse_mount(line, &ret[n], devs[n], sizeof(devs[n])))
			continue;
		while (i < n && strcmp(devs[i], devs[n]))
			i++;
		n += i == n;	/* the same hierarchy mounted twice counts once */
	}
	return n;
}

static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, separators)) {
		p += strspn(p, separators);
		if (!strncmp(p, word, len) && (!p[len] || strchr(separators, p[len])))
			return true;
	}
	return false;
}

bool suite_cgmount_has(const struct suite_cgmount *m, const char *controller)
{
	char path[PATH_MAX + 32], list[1024];

	if (m->version == 1)
		return has_word(m->options, controller, ",");
	snprintf(path, sizeof(path), "%s/cgroup.controllers", m->path);
	return suite_read(path, list, sizeof(list)) >= 0 && has_word(list, controller, " \n");
}

/* A version 1 controller's line of /proc/cgroups: its hierarchy (0: v2's) and how many groups it has. */
static bool read_controller(const char *controller, long *ret_hierarchy, long *ret_groups)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	size_t len = strlen(controller);

	if (sw_read_file(AT_FDCWD, "/proc/cgroups", &buf, 1 << 16))
		return false;
	for (const char *line = sw_buf_str(&buf); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, controller, len) &&
		    sscanf(line + len, " %ld %ld", ret_hierarchy, ret_groups) == 2)
			return true;
	}
	return false;
}

/*
 * Not mounted here, and the probe says it works: mount it for this test, as the probe did. The runner
 * unmounts it after the test. A version 1 hierarchy that others have mounted, out of sight in their mount
 * namespace, is then mounted once more: its number is as before (numbers are not used again soon). It
 * stays theirs, so its end is not to be awaited; nor are their groups to go. If it has none, it may be one
 * that an earlier test left mounted nowhere: that ends if only the groups of this test are gone first.
 */
static const char *how_to_unmount(long before, long groups, long after)
{
	if (!before || before != after)
		return "";
	return groups > 1 ? "-" : "+";
}

static int mount_hierarchy(const char *controller, int version, struct suite_cgmount *ret)
{
	struct suite_cgmount m = { .version = version };
	struct timespec wait = { .tv_nsec = 5000000 };
	size_t len = strlen(suite_report->mounted);
	long before = 0, groups = 0, after = 0, now;
	int r = 0;

	if (snprintf(m.path, sizeof(m.path), "%s/cgroup-%s", suite_scratch,
		     version == 2 ? "v2" : controller) >= (int)sizeof(m.path))
		return -ENAMETOOLONG;
	if (mkdir(m.path, 0755))
		return -errno;
	/*
	 * A controller that cgroup v2 had in use a moment ago cannot leave it before the removed groups
	 * are released, which the kernel does in the background: EBUSY until then (seen on 6.12).
	 */
	for (int i = 0; i < 1000; i++) {
		if (version == 1)
			read_controller(controller, &before, &groups);
		r = sys_mount("sw-test", m.path, version == 2 ? "cgroup2" : "cgroup",
			      MS_NOSUID | MS_NODEV | MS_NOEXEC, version == 2 ? NULL : controller);
		if (r != -EBUSY)
			break;
		nanosleep(&wait, NULL);
	}
	if (r) {
		fprintf(stderr, "no cgroup v%d hierarchy with %s is mounted, and mounting one: %s\n", version,
			controller ? controller : "anything", sw_errno_name(-r));
		return r;
	}
	if (version == 1)
		read_controller(controller, &after, &now);
	snprintf(suite_report->mounted + len, sizeof(suite_report->mounted) - len, "%s%s %s\n",
		 version == 2 ? "-" : how_to_unmount(before, groups, after),
		 version == 2 ? "" : controller, m.path);
	if (version == 2 && controller && !suite_cgmount_has(&m, controller)) {
		fprintf(stderr, "cgroup v2 does not have %s\n", controller);
		return -ENODEV;
	}
	*ret = m;
	return 0;
}

int suite_cgroup_named(struct suite_cgroup *root)
{
	char options[64];
	size_t len = strlen(suite_report->mounted);
	int r;

	if (snprintf(root->path, sizeof(root->path), "%s/cgroup-named", suite_scratch) >=
	    (int)sizeof(root->path))
		return -ENAMETOOLONG;
	root->version = 1;
	if (mkdir(root->path, 0755))
		return -errno;
	snprintf(options, sizeof(options), "none,name=%sh", prefix);
	r = sys_mount("sw-test", root->path, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
	if (!r)
		snprintf(suite_report->mounted + len, sizeof(suite_report->mounted) - len, "%s %s\n",
			 options + 5, root->path);
	return r;
}

static int find_mount(const char *controller, int version, struct suite_cgmount *ret)
{
	struct suite_cgmount mounts[SUITE_CGMOUNTS_MAX];
	int n = suite_cgroup_mounts(mounts, SUITE_CGMOUNTS_MAX);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (mounts[i].version != version ||
		    (controller && !suite_cgmount_has(&mounts[i], controller)))
			continue;
		*ret = mounts[i];
		return 0;
	}
	return mount_hierarchy(controller, version, ret);
}

/* A version 1 group with the cpuset controller takes no task before it has CPUs and nodes. */
static int copy_cpuset(const char *parent, const char *group)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char path[PATH_MAX + 32], value[4096];

	for (size_t i = 0; i < 2; i++) {
		ssize_t n;
		int r;

		snprintf(path, sizeof(path), "%s/%s", parent, files[i]);
		n = suite_read(path, value, sizeof(value));
		if (n == -ENOENT)
			continue;
		if (n < 0)
			return n;
		r = suite_write(value, "%s/%s", group, files[i]);
		if (r)
			return r;
	}
	return 0;
}

static int enable(const char *parent, const char *controller)
{
	char path[PATH_MAX + 32], value[1024];
	int r;

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", parent);
	if (suite_read(path, value, sizeof(value)) >= 0 && has_word(value, controller, " \n"))
		return 0;
	snprintf(value, sizeof(value), "+%s", controller);
	r = suite_write(value, "%s", path);
	if (!r && !strstr(parent, prefix)) {
		size_t len = strlen(suite_report->enabled);

		snprintf(suite_report->enabled + len, sizeof(suite_report->enabled) - len, "%s %s\n",
			 controller, parent);
	}
	return r;
}

static int make_group(struct suite_cgroup *cg, const char *parent, const char *name, int version,
		      const char *controller)
{
	int r, n = snprintf(cg->path, sizeof(cg->path), "%s/%s", parent, name);

	if (n >= (int)sizeof(cg->path))
		return -ENAMETOOLONG;
	cg->version = version;
	if (version == 2 && controller) {
		r = enable(parent, controller);
		if (r) {
			fprintf(stderr, "writing +%s to %s/cgroup.subtree_control: %s\n", controller, parent,
				sw_errno_name(-r));
			return r;
		}
	}
	if (mkdir(cg->path, 0755)) {
		r = -errno;
		fprintf(stderr, "mkdir(%s): %s\n", cg->path, sw_errno_name(-r));
		return r;
	}
	return version == 1 ? copy_cpuset(parent, cg->path) : 0;
}

int suite_cgroup_new(struct suite_cgroup *cg, const char *controller, int version)
{
	static unsigned int count;
	struct suite_cgmount m;
	char name[64];
	int r = find_mount(controller, version, &m);

	if (r)
		return r;
	snprintf(name, sizeof(name), "%s%u", prefix, ++count);
	return make_group(cg, m.path, name, version, controller);
}

int suite_cgroup_child(struct suite_cgroup *cg, const struct suite_cgroup *parent,
		       const char *name, const char *controller)
{
	return make_group(cg, parent->path, name, parent->version, controller);
}

int suite_cgroup_write(const struct suite_cgroup *cg, const char *file, const char *value)
{
	return suite_write(value, "%s/%s", cg->path, file);
}

ssize_t suite_cgroup_read(const struct suite_cgroup *cg, const char *file, char *out, size_t size)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	return suite_read(path, out, size);
}

int suite_cgroup_read_long(const struct suite_cgroup *cg, const char *file, long long *ret_value)
{
	char text[64], *end;
	ssize_t n = suite_cgroup_read(cg, file, text, sizeof(text));
	long long v;

	if (n < 0)
		return n;
	v = strtoll(text, &end, 10);
	if (end == text || *end)
		return -EINVAL;
	*ret_value = v;
	return 0;
}

int suite_cgroup_read_key(const struct suite_cgroup *cg, const char *file, const char *key,
			  long *ret_value)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	return suite_read_key(path, key, ret_value);
}

int suite_cgroup_enter(const struct suite_cgroup *cg, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return suite_cgroup_write(cg, "cgroup.procs", text);
}

int suite_cgroup_await_key(const struct suite_cgroup *cg, const char *file, const char *key,
			   long value)
{
	char path[PATH_MAX + NAME_MAX + 2];
	__sw_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		char drain[256];
		long now;
		int r;

		/* Read from fd first: that arms its notification, so no change can be missed. */
		if (pread(fd, drain, sizeof(drain), 0) < 0)
			return -errno;
		r = suite_read_key(path, key, &now);
		if (r)
			return r;
		if (now == value)
			return 0;
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	}
}

int suite_cgroup_await_line(const struct suite_cgroup *cg, const char *file, const char *line)
{
	char text[256];
	ssize_t n;

	while ((n = suite_cgroup_read(cg, file, text, sizeof(text))) >= 0) {
		if (!strcmp(text, line))
			return 0;
		sched_yield();
	}
	return n;
}

/* ---- removal ---- */

static void kill_members(const char *group)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char path[PATH_MAX + 32];
	char *save = NULL, *word;

	suite_write("THAWED", "%s/freezer.state", group);	/* a frozen task cannot die (v1) */
	suite_write("0", "%s/cgroup.freeze", group);
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	if (sw_read_file(AT_FDCWD, path, &buf, 1 << 20) || !buf.len)
		return;
	for (word = strtok_r(buf.data, "\n", &save); word; word = strtok_r(NULL, "\n", &save)) {
		long pid;

		if (!sw_parse_long(word, &pid) && pid > 1 && pid != getpid())
			kill((pid_t)pid, SIGKILL);
	}
}

/* The group and those above it below the hierarchy's root: a parent that is frozen holds its children. */
static void thaw_up(const char *mount, const char *group)
{
	char path[PATH_MAX];
	char *end;

	snprintf(path, sizeof(path), "%s", group);
	for (end = path + strlen(path); end && end > path; end = strrchr(path, '/')) {
		*end = 0;
		suite_write("THAWED", "%s%s/freezer.state", mount, path);
		suite_write("0", "%s%s/cgroup.freeze", mount, path);
	}
}

void suite_cgroup_thaw(int pid)
{
	struct suite_cgmount mounts[SUITE_CGMOUNTS_MAX];
	int n = suite_cgroup_mounts(mounts, SUITE_CGMOUNTS_MAX);
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char path[PATH_MAX], *save = NULL, *line;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (sw_read_file(AT_FDCWD, path, &buf, 1 << 16) || !buf.len)
		return;
	for (line = strtok_r(buf.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *own = strstr(line, ":/");

		/* "4:freezer:/sw-test-12-1", "0::/sw-test-12-1": nobody else's groups are touched. */
		if (!own || !sw_starts_with(own, ":/sw-test-"))
			continue;
		for (int i = 0; i < n; i++)
			thaw_up(mounts[i].path, own + 1);
	}
}

static int remove_group(const char *group)
{
	/* A task that died a moment ago still counts; 5 s is ample even under emulation. */
	struct timespec wait = { .tv_nsec = 5000000 };
	DIR *dir = opendir(group);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[PATH_MAX + NAME_MAX + 2];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", group, e->d_name);
		if (e->d_name[0] != '.' && !lstat(path, &st) && S_ISDIR(st.st_mode))
			remove_group(path);
	}
	if (dir)
		closedir(dir);
	for (int i = 0; i < 1000; i++) {
		kill_members(group);
		if (!rmdir(group) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			break;
		nanosleep(&wait, NULL);
	}
	return -errno;
}

int suite_cgroup_remove(const struct suite_cgroup *cg)
{
	return remove_group(cg->path);
}

/* Take back what tests enabled at the top of the version 2 hierarchy, and nothing else. */
static void disable_enabled(void)
{
	char *save = NULL, *word;

	for (word = strtok_r(suite_report->enabled, "\n", &save); word;
	     word = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(word, ' '), value[64];

		if (!blank)
			continue;
		*blank = 0;
		snprintf(value, sizeof(value), "-%s", word);
		suite_write(value, "%s/cgroup.subtree_control", blank + 1);
	}
	suite_report->enabled[0] = 0;
}

/* What was killed a moment ago may still have a file of it open. */
static void unmount_busy(const char *path)
{
	struct timespec wait = { .tv_nsec = 5000000 };

	for (int i = 0; i < 1000 && sys_umount2(path, 0) == -EBUSY; i++)
		nanosleep(&wait, NULL);
}

/*
 * Unmount one version 1 hierarchy. It goes away with its last mount only if no group is left in it,
 * and a removed one counts until it is released; then it is taken down in the background. Wait for both, 5 s
 * at most each: the next test, and everybody else, is to find the controller where it was. What was killed
 * in a group holds it until it is reaped, which is for the runner, as the subreaper of all orphans, to do.
 */
static void unmount_v1(const char *controller, const char *path, bool await_end)
{
	struct timespec wait = { .tv_nsec = 5000000 };
	long hierarchy, groups;

	for (int i = 0; i < 1000; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!read_controller(controller, &hierarchy, &groups) || groups <= 1)
			break;
		nanosleep(&wait, NULL);
	}
	unmount_busy(path);
	for (int i = 0; await_end && i < 1000; i++) {
		if (!read_controller(controller, &hierarchy, &groups) || !hierarchy)
			break;
		nanosleep(&wait, NULL);
	}
}

static bool is_hierarchy(const char *name)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char part[96];

	snprintf(part, sizeof(part), ":%s:", name);
	return !sw_read_file(AT_FDCWD, "/proc/self/cgroup", &buf, 1 << 16) &&
	       strstr(sw_buf_str(&buf), part);
}

/*
 * A hierarchy that is unmounted while a removed group is not released yet stays, mounted nowhere; and
 * nothing counts the groups of one without controllers. Mount and unmount it until it goes, 13 s at most.
 */
static void unmount_named(const char *name, const char *path)
{
	struct timespec wait = { .tv_nsec = 5000000 };
	char options[96];

	snprintf(options, sizeof(options), "none,%s", name);
	for (int i = 0; i < 8; i++) {
		sys_umount2(path, 0);
		/* Taken down in the background, if it is: mounting too early would make a new one. */
		for (int k = 0; k < 10 << i; k++) {
			if (!is_hierarchy(name))
				return;
			nanosleep(&wait, NULL);
		}
		sys_mount("sw-test", path, "cgroup", 0, options);
	}
	sys_umount2(path, 0);
}

/* Unmount what mount_hierarchy() and suite_cgroup_named() mounted. */
static void unmount_hierarchies(void)
{
	char *save = NULL, *line;

	for (line = strtok_r(suite_report->mounted, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');

		if (!blank)
			continue;
		*blank = 0;
		if (*line == '-')
			unmount_busy(blank + 1);
		else if (sw_starts_with(line, "name="))
			unmount_named(line, blank + 1);
		else
			unmount_v1(line + (*line == '+'), blank + 1, *line != '+');
	}
	suite_report->mounted[0] = 0;
}

/* Children first; a group with a process in it stays (EBUSY), and so do those above it. */
static void remove_empty(const char *path, int depth)
{
	DIR *dir = depth < 16 ? opendir(path) : NULL;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char child[PATH_MAX];

		if (e->d_type == DT_DIR && e->d_name[0] != '.' &&
		    snprintf(child, sizeof(child), "%s/%s", path, e->d_name) < (int)sizeof(child))
			remove_empty(child, depth + 1);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void suite_cgroup_sweep_dead(void)
{
	struct suite_cgmount mounts[SUITE_CGMOUNTS_MAX];
	int n = suite_cgroup_mounts(mounts, SUITE_CGMOUNTS_MAX);

	for (int i = 0; i < n; i++) {
		DIR *dir = opendir(mounts[i].path);
		struct dirent *e;

		while (dir && (e = readdir(dir))) {
			char path[PATH_MAX + NAME_MAX + 2];

			if (suite_of_dead_run(e->d_name) &&
			    snprintf(path, sizeof(path), "%s/%s", mounts[i].path, e->d_name) <
			    (int)sizeof(path))
				remove_empty(path, 0);
		}
		if (dir)
			closedir(dir);
	}
}

int suite_cgroup_sweep(struct sw_buf *left)
{
	struct suite_cgmount mounts[SUITE_CGMOUNTS_MAX];
	int n = suite_cgroup_mounts(mounts, SUITE_CGMOUNTS_MAX), found = 0;

	for (int i = 0; i < n; i++) {
		DIR *dir = opendir(mounts[i].path);
		struct dirent *e;

		while (dir && (e = readdir(dir))) {
			char path[PATH_MAX + NAME_MAX + 2];
			int r;

			if (!sw_starts_with(e->d_name, prefix) ||
			    snprintf(path, sizeof(path), "%s/%s", mounts[i].path, e->d_name) >=
			    (int)sizeof(path))
				continue;
			r = remove_group(path);
			if (r) {
				sw_buf_printf(left, "cgroup %s, which cannot be removed: %s\n", path,
					      sw_errno_name(-r));
				found++;
			}
		}
		if (dir)
			closedir(dir);
	}
	disable_enabled();
	unmount_hierarchies();
	return found;
}
