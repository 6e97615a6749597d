// SPDX-License-Identifier: GPL-2.0-only
#include "suite_cgtest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suite_cgroup.h"
#include "sw_buf.h"
#include "sw_fd.h"

int cgtest_start(struct cgtest_proc *p, const struct suite_cgroup *cg)
{
	int r = suite_line(&p->line);
	long value;

	if (r)
		return r;
	p->pid = suite_clone(0);
	if (p->pid) {
		suite_line_mine(&p->line, 0);
		if (p->pid < 0)
			return p->pid;
		return cg ? suite_cgroup_enter(cg, p->pid) : 0;
	}
	suite_line_mine(&p->line, 1);
	/* End of file is not enough to end by: processes started later have the line open too. */
	while (!suite_hear(&p->line, &value) && value >= 0)
		suite_tell(&p->line, value + 1);
	suite_child_exit(0);
}

int cgtest_question(struct cgtest_proc *p)
{
	return suite_tell(&p->line, 1);
}

bool cgtest_answered(struct cgtest_proc *p)
{
	struct pollfd poll_fd = { .fd = p->line.fd[0], .events = POLLIN };

	/* Nothing is to come, and no event says so. Too short a wait fails no kernel that is right. */
	return poll(&poll_fd, 1, 50) == 1;
}

int cgtest_answer(struct cgtest_proc *p)
{
	long value;
	int r = suite_hear(&p->line, &value);

	return r ? r : value == 2 ? 0 : -EBADMSG;
}

int cgtest_ask(struct cgtest_proc *p)
{
	int r = cgtest_question(p);

	return r ? r : cgtest_answer(p);
}

int cgtest_end(struct cgtest_proc *p)
{
	suite_tell(&p->line, -1);
	suite_line_close(&p->line);
	return suite_wait(p->pid);
}

int cgtest_await_zombie(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) ? -errno : 0;
}

static int read_file(const struct suite_cgroup *cg, const char *file, struct sw_buf *buf)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof(path), "%s/%s", cg->path, file);
	return sw_read_file(AT_FDCWD, path, buf, 1 << 20);
}

static int find_part(const struct suite_cgroup *cg, const char *file, const char *separators,
		     const char *part)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	char *save = NULL;
	int r = read_file(cg, file, &buf);

	if (r || !buf.len)
		return r;
	for (char *p = strtok_r(buf.data, separators, &save); p; p = strtok_r(NULL, separators, &save))
		if (!strcmp(p, part))
			return 1;
	return 0;
}

int cgtest_lists(const struct suite_cgroup *cg, const char *file, long id)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", id);
	return find_part(cg, file, "\n", text);
}

int cgtest_has_word(const struct suite_cgroup *cg, const char *file, const char *word)
{
	return find_part(cg, file, " \n", word);
}

int cgtest_has_line(const struct suite_cgroup *cg, const char *file, const char *line)
{
	return find_part(cg, file, "\n", line);
}

int cgtest_files(const struct suite_cgroup *cg, const char *prefix)
{
	DIR *dir = opendir(cg->path);
	const struct dirent *e;
	int n = 0;

	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		n += sw_starts_with(e->d_name, prefix);
	closedir(dir);
	return n;
}

int cgtest_write_long(const struct suite_cgroup *cg, const char *file, long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	return suite_cgroup_write(cg, file, text);
}

const char *cgtest_name(const struct suite_cgroup *cg)
{
	const char *name = cg->path;

	/* The last: a hierarchy mounted for the test lies in a scratch directory of such a name. */
	for (const char *p = name; (p = strstr(p, suite_cgroup_prefix())); p++)
		name = p;
	return name;
}

const char *cgtest_domain_controller(void)
{
	static const char *const names[] = { "hugetlb", "memory", "io" };
	struct suite_cgmount mounts[SUITE_CGMOUNTS_MAX];
	int n = suite_cgroup_mounts(mounts, SUITE_CGMOUNTS_MAX);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (int k = 0; k < n; k++)
			if (mounts[k].version == 2 && suite_cgmount_has(&mounts[k], names[i]))
				return names[i];
	return names[0];
}

int cgtest_touch(long long bytes)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	for (long long i = 0; i < bytes; i += page)
		p[i] = 1;
	return 0;
}

long long cgtest_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void cgtest_spin(long ms)
{
	long long until = cgtest_cpu_us() + ms * 1000LL;

	while (cgtest_cpu_us() < until)
		;
}

int cgtest_bind_one(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		return sched_setaffinity(0, sizeof(set), &set) ? -errno : cpu;
	}
	return -ENODEV;
}

static void *send_tid(void *arg)
{
	struct suite_line *line = arg;
	long value;

	suite_tell(line, syscall(SYS_gettid));
	suite_hear(line, &value);
	return NULL;
}

pid_t cgtest_threads(struct suite_line *line, long *ret_tid)
{
	int r = suite_line(line);
	pid_t pid = r ? r : suite_clone(0);

	if (pid < 0)
		return pid;
	if (pid == 0) {
		pthread_t thread;

		suite_line_mine(line, 1);
		if (pthread_create(&thread, NULL, send_tid, line))
			suite_child_exit(1);
		pthread_join(thread, NULL);
		suite_child_exit(0);
	}
	suite_line_mine(line, 0);
	r = suite_hear(line, ret_tid);
	return r ? r : pid;
}
