// SPDX-License-Identifier: GPL-2.0-only
#include "sw_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sw_fd.h"

int64_t sw_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int sw_waitpid(pid_t pid, int *ret_status)
{
	int status;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	*ret_status = status;
	return 0;
}

int sw_wait_end(pid_t pid, int limit_ms)
{
	int64_t deadline = sw_now_ms() + limit_ms;

	/* A pidfd would need 5.3, and a descriptor. Most are gone at the first look or the second. */
	for (useconds_t pause_us = 50;; pause_us = pause_us < 5000 ? pause_us * 2 : pause_us) {
		siginfo_t si = { 0 };

		if (!waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT | WNOHANG)) {
			if (si.si_pid == pid)
				return 0;
			if (sw_now_ms() >= deadline)
				return -ETIMEDOUT;
			usleep(pause_us);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

int sw_waitpid_within(pid_t pid, int *ret_status, int limit_ms)
{
	int status, r = sw_wait_end(pid, limit_ms);

	return r ? r : sw_waitpid(pid, ret_status ? ret_status : &status);
}

/* A page that a child does not get (madvise(2): MADV_DONTFORK, 2.6.16); NULL where it cannot be had. */
static void *page_for_parent(size_t size)
{
	void *page = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page != MAP_FAILED && !madvise(page, size, MADV_DONTFORK))
		return page;
	if (page != MAP_FAILED)
		munmap(page, size);
	return NULL;
}

pid_t sw_fork(void)
{
	pid_t parent = getpid(), pid;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char there;
	/* The first process of a PID namespace may get a child that is another one's: both are 1. */
	void *page = parent == 1 ? page_for_parent(size) : NULL;
	bool claimed;

	pid = fork();
	claimed = pid == 0 && getpid() == parent && (parent != 1 || (page && !mincore(page, size, &there)));
	if (page && (pid || claimed))
		munmap(page, size);
	if (!claimed)
		return pid;
	errno = EREMOTEIO;
	return -1;
}

static void child_main(void (*fn)(void *, void *), void *arg, size_t size, int fd, pid_t parent)
{
	char *answer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* 0: the parent is not in our pid namespace */
	if ((getppid() && getppid() != parent) || answer == MAP_FAILED)
		_exit(125);
	fn(arg, answer);
	_exit(sw_write_all(fd, answer, size) ? 126 : 0);
}

/* Read size bytes until the deadline. Returns bytes read, or -ETIMEDOUT. */
static ssize_t read_answer(int fd, char *buf, size_t size, int64_t deadline)
{
	size_t got = 0;

	while (got < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - sw_now_ms();
		ssize_t n;
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r <= 0 && sw_now_ms() >= deadline)
			return -ETIMEDOUT;
		if (r <= 0)
			continue;
		n = read(fd, buf + got, size - got);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			got += n;
	}
	return got;
}

struct sw_child sw_child_run(void (*fn)(void *arg, void *answer), void *arg, void *answer,
			     size_t size, int timeout_ms)
{
	int64_t deadline = sw_now_ms() + timeout_ms;
	int fds[2], status = 0, r;
	pid_t parent = getpid(), pid;
	char tmp[size];
	ssize_t got;

	if (pipe2(fds, O_CLOEXEC))
		return (struct sw_child){ SW_CHILD_FAILED, errno };
	pid = sw_fork();
	if (pid < 0) {
		int e = errno;

		close(fds[0]);
		close(fds[1]);
		return (struct sw_child){ SW_CHILD_FAILED, e };
	}
	if (pid == 0) {
		close(fds[0]);
		child_main(fn, arg, size, fds[1], parent);
	}
	setpgid(pid, pid);	/* both sides, so that neither has to win a race */
	close(fds[1]);
	got = read_answer(fds[0], tmp, size, deadline);
	close(fds[0]);
	/*
	 * A child that answered or hung up is about to exit; one past its time never will. Its
	 * group is killed before it is reaped, while its pid cannot have been used again.
	 */
	if (got == -ETIMEDOUT)
		kill(pid, SIGKILL);
	r = sw_wait_end(pid, SW_GONE_MS);
	if (r == -ETIMEDOUT) {
		kill(pid, SIGKILL);
		r = sw_wait_end(pid, SW_GONE_MS);
	}
	kill(-pid, SIGKILL);
	/* What cannot be ended is left; it dies with us at the latest (child_main()). */
	if (r != -ETIMEDOUT)
		sw_waitpid(pid, &status);
	else if (got != (ssize_t)size)
		got = -ETIMEDOUT;
	if (got == -ETIMEDOUT)
		return (struct sw_child){ SW_CHILD_TIMEOUT, 0 };
	if (got == (ssize_t)size) {
		memcpy(answer, tmp, size);
		return (struct sw_child){ SW_CHILD_ANSWERED, 0 };
	}
	if (WIFSIGNALED(status))
		return (struct sw_child){ SW_CHILD_KILLED, WTERMSIG(status) };
	return (struct sw_child){ SW_CHILD_EXITED, WEXITSTATUS(status) };
}
