// SPDX-License-Identifier: GPL-2.0-only
/*
 * For make bench: run a command and print what it cost. A process as small as this one, and vfork(2),
 * keep the cost of copying the caller out of it, which for an interpreter is more than is measured.
 *   spawn COUNT COMMAND [ARG...]
 * One line a run: CPU time (user and system) in microseconds, peak memory in KB, page faults, exit
 * status. The output of the command goes to /dev/null.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (argc < 3 || null < 0) {
		fprintf(stderr, "usage: spawn COUNT COMMAND [ARG...]\n");
		return 64;
	}
	for (int n = atoi(argv[1]); n > 0; n--) {
		struct rusage used;
		int status;
		pid_t pid = vfork();

		if (!pid) {
			for (int fd = 0; fd <= 2; fd++)
				dup2(null, fd);
			execvp(argv[2], argv + 2);
			_exit(127);
		}
		if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
			perror("spawn");
			return 1;
		}
		printf("%lld %lld %ld %ld %d\n", used.ru_utime.tv_sec * 1000000LL + used.ru_utime.tv_usec,
		       used.ru_stime.tv_sec * 1000000LL + used.ru_stime.tv_usec, used.ru_maxrss, used.ru_minflt,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	return 0;
}
