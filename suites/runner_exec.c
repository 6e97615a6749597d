// SPDX-License-Identifier: GPL-2.0-only
/* Run one test by itself: own session, own pseudo-terminal, time limit, clean-up, verdict. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner.h"
#include "suite_cgroup.h"
#include "suite_util.h"
#include "sw_child.h"
#include "sw_error.h"
#include "sw_fd.h"
#include "sys.h"

#define OUTPUT_MAX (256 * 1024)	/* of one test; what is beyond is counted, not kept */

static int signals = -1;	/* signalfd: SIGCHLD, and the signals that end us */
static sigset_t outer_mask;

struct running {
	const struct suite_test *test;
	struct outcome *out;
	pid_t pid;
	int master, output;
	bool hung_up;		/* nobody has the terminal open any more */
	size_t dropped;
	bool timed_out;
	int limit_s;
	int status;
};

void runner_ending_signals(sigset_t *ret)
{
	static const int sigs[] = { SIGINT, SIGHUP };
	struct sigaction now;

	sigemptyset(ret);
	/* However we were started: it is how workers are told to end. */
	sigaddset(ret, SIGTERM);
	/* Blocked, one that nohup(1) or a shell's & has us ignore would come all the same. */
	for (size_t i = 0; i < 2; i++)
		if (!sigaction(sigs[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaddset(ret, sigs[i]);
}

void runner_prepare(void)
{
	sigset_t mask;

	suite_report = mmap(NULL, sizeof(*suite_report), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (suite_report == MAP_FAILED)
		abort();
	suite_cgroup_begin();
	prctl(PR_SET_CHILD_SUBREAPER, 1);	/* 3.4; before it, sessions are all we have */
	/*
	 * A mount namespace of the run's own: a test that leaks a mount leaks it here, where it is
	 * seen and ends with us; and what others mount meanwhile is not taken for a leak. Without the
	 * privilege no test can mount either.
	 */
	if (!sys_unshare(SW_CLONE_NEWNS))
		sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	left_namespaces_enter();
	runner_ending_signals(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, &outer_mask);
	signal(SIGPIPE, SIG_IGN);	/* who stops reading is noticed when writing, and nothing is left */
	signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		abort();
}

static int open_terminal(int *ret_master, struct sw_buf *log)
{
	__sw_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];
	int slave;

	if (master < 0) {
		sw_buf_printf(log, "no pseudo-terminal: open(/dev/ptmx): %s; stdin is /dev/null\n",
			      sw_errno_name(errno));
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	if (unlockpt(master) || ptsname_r(master, name, sizeof(name)))
		name[0] = 0;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		sw_buf_printf(log, "no pseudo-terminal: open(%s): %s; stdin is /dev/null\n", name,
			      sw_errno_name(errno));
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	fcntl(master, F_SETFL, O_NONBLOCK);
	*ret_master = sw_take_fd(&master);
	return slave;
}

static void __attribute__((noreturn)) child_main(const struct suite_test *t, int slave, int output)
{
	const struct rlimit no_core = { 0, 0 };

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ioctl(slave, TIOCSCTTY, 0);
	if (dup2(slave, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		close(fd);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &outer_mask, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	umask(022);
	setvbuf(stdout, NULL, _IOLBF, 0);
	t->suite->enter(t->harness);
}

/* Take what is there. Returns false at end of file. */
static bool drain(struct running *r, int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (r->out->log.len + n <= OUTPUT_MAX)
			sw_buf_add(&r->out->log, buf, n);
		else
			r->dropped += n;
	}
	return n < 0 && errno == EAGAIN;
}

/* Ctrl-C and the like: leave nothing behind, then end as asked. */
static void end_by_signal(const struct running *r, int sig)
{
	struct sw_buf left = SW_BUF_INIT;

	if (r) {
		kill(r->pid, SIGKILL);
		suite_cgroup_sweep(&left);
		left_processes_kill(r->pid);
		if (r->test->suite->sweep)
			r->test->suite->sweep();
		left_namespaces_sweep(&left);
		left_tree_remove(suite_scratch);
	}
	signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &outer_mask, NULL);
	raise(sig);
	_exit(128 + sig);
}

static void take_signals(const struct running *r)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			end_by_signal(r, (int)si.ssi_signo);
}

void runner_await(int fd)
{
	struct pollfd p[] = { { .fd = signals, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

	do {
		take_signals(NULL);
		p[1].revents = 0;
	} while (poll(p, 2, -1) < 0 || !p[1].revents);
}

static void await_end(struct running *r)
{
	int64_t deadline = sw_now_ms() + (int64_t)r->limit_s * 1000;

	for (;;) {
		struct pollfd p[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = r->output, .events = POLLIN },
			{ .fd = r->hung_up ? -1 : r->master, .events = POLLIN },
		};
		int64_t left = deadline - sw_now_ms();
		pid_t w;

		take_signals(r);
		w = waitpid(r->pid, &r->status, WNOHANG);
		if (w == r->pid)
			break;
		if (left <= 0) {
			r->timed_out = true;
			break;
		}
		if (poll(p, 3, (int)left) < 0 && errno != EINTR)
			break;
		/* A closed end is always readable: stop looking at it. */
		if (p[1].revents && !drain(r, r->output))
			sw_close(&r->output);
		if (p[2].revents && !drain(r, r->master))
			r->hung_up = true;
	}
	if (r->output >= 0)
		drain(r, r->output);
	if (r->master >= 0)
		drain(r, r->master);
	if (r->dropped)
		sw_buf_printf(&r->out->log, "\n%zu bytes more of output were dropped\n", r->dropped);
}

static void say(struct outcome *out, const char *line)
{
	if (out->log.len && out->log.data[out->log.len - 1] != '\n')
		sw_buf_addc(&out->log, '\n');
	sw_buf_adds(&out->log, line);
}

static void judge(struct running *r)
{
	struct outcome *out = r->out;

	if (r->timed_out) {
		out->result = RESULT_TIMEOUT;
		snprintf(out->message, sizeof(out->message), "after %d s", r->limit_s);
	} else if (WIFSIGNALED(r->status)) {
		out->result = RESULT_CRASH;
		snprintf(out->message, sizeof(out->message), "killed by SIG%s",
			 sigabbrev_np(WTERMSIG(r->status)) ?: "?");
	} else if (suite_report->verdict == SUITE_LACKS && suite_report->feature[0]) {
		out->result = RESULT_LACKS;
		snprintf(out->feature, sizeof(out->feature), "%s", suite_report->feature);
		snprintf(out->message, sizeof(out->message), "%s", suite_report->reason);
	} else if (suite_report->verdict == SUITE_LACKS) {
		out->result = RESULT_FAIL;
		snprintf(out->message, sizeof(out->message),
			 "the test skipped itself without naming a feature: %s", suite_report->reason);
	} else if (suite_report->verdict == SUITE_PASSED && !WEXITSTATUS(r->status)) {
		out->result = RESULT_PASS;
	} else {
		out->result = RESULT_FAIL;
		if (suite_report->verdict == SUITE_UNFINISHED && !WEXITSTATUS(r->status))
			snprintf(out->message, sizeof(out->message),
				 "the test left by exit(0) before its end");
	}
	if (out->result == RESULT_FAIL && out->message[0]) {
		say(out, out->message);
		say(out, "\n");
	}
}

/* Remove what is left, and name it: an orderly end that leaves something is a failure. */
static void sweep(struct running *r, struct left_mounts *mounts)
{
	bool orderly = r->out->result == RESULT_PASS || r->out->result == RESULT_FAIL ||
		       r->out->result == RESULT_LACKS;
	__sw_buf struct sw_buf left = SW_BUF_INIT;
	char *save = NULL, *line;
	int found = 0;

	if (r->timed_out) {
		kill(-r->pid, SIGKILL);
		kill(r->pid, SIGKILL);
	} else {
		found = left_processes_name(r->pid, &left);
	}
	found += suite_cgroup_sweep(&left);
	if (left_processes_kill(r->pid)) {
		sw_buf_adds(&left, "processes that SIGKILL does not end within 10 s\n");
		found++;
		orderly = true;
	}
	found += left_mounts_sweep(mounts, &left);
	if (r->test->suite->sweep)
		r->test->suite->sweep();
	found += left_namespaces_sweep(&left);
	if (left_tree_remove(suite_scratch))
		sw_buf_printf(&left, "files in %s\n", suite_scratch);
	if (!found || !left.len || !orderly)
		return;
	r->out->result = RESULT_FAIL;
	for (line = strtok_r(left.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		say(r->out, "left behind: ");
		sw_buf_printf(&r->out->log, "%s\n", line);
		snprintf(r->out->message, sizeof(r->out->message), "left behind: %s", line);
	}
}

const char *runner_scratch_base(void)
{
	const char *base = getenv("TMPDIR");

	return base && *base == '/' ? base : "/tmp";
}

int runner_scratch_check(void)
{
	static const char page[4096];
	char dir[PATH_MAX], file[PATH_MAX + 8];
	int r, fd;

	/* The name says whose it is to the run that cleans up after a killed one. */
	if (snprintf(dir, sizeof(dir), "%s/sw-test-%d-XXXXXX", runner_scratch_base(), (int)getpid()) >=
	    (int)sizeof(dir))
		return -ENAMETOOLONG;
	if (!mkdtemp(dir))
		return -errno;
	/* A full filesystem may still have room for names. */
	snprintf(file, sizeof(file), "%s/file", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : sw_write_all(fd, page, sizeof(page));
	sw_close(&fd);
	left_tree_remove(dir);
	return r;
}

static int scratch_lock = -1;

static int make_scratch(void)
{
	snprintf(suite_scratch, sizeof(suite_scratch), "%s/%sXXXXXX", runner_scratch_base(),
		 suite_cgroup_prefix());
	if (!mkdtemp(suite_scratch) || chmod(suite_scratch, 0755))
		return -errno;
	/* The lock tells the next run whether the directory is in use: see runner_sweep_dead(). */
	sw_close(&scratch_lock);
	scratch_lock = open(suite_scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch_lock < 0 || flock(scratch_lock, LOCK_SH) ? -errno : 0;
}

static void cannot_start(struct outcome *out, const char *what, int err)
{
	out->result = RESULT_FAIL;
	snprintf(out->message, sizeof(out->message), "the test could not be started: %s: %s", what,
		 sw_errno_name(err));
	say(out, out->message);
	say(out, "\n");
}

void runner_run(const struct suite_test *t, double timeout_scale, struct outcome *out)
{
	struct running r = { .test = t, .out = out, .master = -1, .output = -1 };
	int64_t start = sw_now_ms();
	double limit = (t->timeout_s ? t->timeout_s : SUITE_TIMEOUT_S) * timeout_scale;
	struct left_mounts *mounts;
	__sw_fd int slave = -1;
	int fds[2];

	r.limit_s = limit < 1 ? 1 : limit > 86400 ? 86400 : (int)limit;
	memset(suite_report, 0, sizeof(*suite_report));
	if (make_scratch()) {
		cannot_start(out, suite_scratch, errno);
		return;
	}
	slave = open_terminal(&r.master, &out->log);
	if (slave < 0 || pipe2(fds, O_CLOEXEC)) {
		cannot_start(out, "pipe", errno);
		sw_close(&r.master);
		left_tree_remove(suite_scratch);
		return;
	}
	r.output = fds[0];
	fcntl(r.output, F_SETFL, O_NONBLOCK);
	mounts = left_mounts_note();
	left_namespaces_note();
	fflush(NULL);
	r.pid = fork();
	if (r.pid == 0)
		child_main(t, slave, fds[1]);
	close(fds[1]);
	sw_close(&slave);
	if (r.pid < 0) {
		cannot_start(out, "fork", errno);
		left_mounts_sweep(mounts, &out->log);
		left_tree_remove(suite_scratch);
	} else {
		await_end(&r);
		judge(&r);
		sweep(&r, mounts);
	}
	sw_close(&r.output);
	sw_close(&r.master);
	out->ms = sw_now_ms() - start;
}
