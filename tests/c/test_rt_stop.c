// SPDX-License-Identifier: GPL-2.0-only
/* Which signal asks an init to halt. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "sw_child.h"
#include "unit.h"

/* A process that blocks these signals, as one does that reads them from a signalfd(2). */
static pid_t blocking(int sig)
{
	int ready[2];
	char c;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (pid == 0) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, sig);
		sigprocmask(SIG_BLOCK, &set, NULL);
		close(ready[0]);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	CHECK(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

static int chosen(pid_t init, int recorded)
{
	const struct rt_record rec = { .init = init, .stop_signal = recorded };

	return rt_stop_signal(&rec);
}

UNIT(rt_stop_signal_is_the_one_that_init_waits_for)
{
	pid_t systemd = blocking(SIGRTMIN + 3), other = blocking(SIGRTMIN + 4);
	int status;

	CHECK_INT(chosen(systemd, -SIGPWR), SIGRTMIN + 3);
	CHECK_INT(chosen(other, -SIGPWR), SIGPWR);
	/* What was chosen is chosen. */
	CHECK_INT(chosen(systemd, SIGPWR), SIGPWR);
	CHECK_INT(chosen(systemd, SIGTERM), SIGTERM);
	kill(systemd, SIGKILL);
	kill(other, SIGKILL);
	sw_waitpid(systemd, &status);
	sw_waitpid(other, &status);
	CHECK_INT(chosen(systemd, -SIGPWR), SIGPWR);	/* it is gone */
}
