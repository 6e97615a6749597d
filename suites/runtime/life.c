// SPDX-License-Identifier: GPL-2.0-only
/* Terminals of a container, and what is done to it from outside while it runs. */
#include "suite.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "story.h"

SUITE("story.life", "runtime/berth", "Terminals and freezing, by lxc-console and lxc-freeze",
      .sweep = story_sweep);

#define LIFE_NEEDS "ns.mnt ns.uts ns.ipc ns.pid mount.devpts_newinstance "

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Run this script in the container while the test goes on; it ends with the container. */
static int spawn_script(struct story *s, const char *script, int outfd, pid_t *ret)
{
	struct runtime_call call = { s->driver, &s->driver->execute, s->name, s->config,
				     WORDS("/bin/sh", "-c", script), -1, -1 };

	return runtime_spawn(&call, outfd, -1, ret);
}

/* A pseudo-terminal of this size with the runtime's console command on it. */
static int spawn_console(struct story *s, int *ret_master, int *ret_slave, pid_t *ret)
{
	struct winsize ws = { .ws_row = 31, .ws_col = 97 };
	struct runtime_call call = { s->driver, &s->driver->tty1, s->name, s->config, NULL, -1, -1 };
	char name[64];

	*ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_master < 0 || unlockpt(*ret_master) || ptsname_r(*ret_master, name, sizeof(name)))
		return -errno;
	*ret_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || ioctl(*ret_slave, TIOCSWINSZ, &ws))
		return -errno;
	call.in = *ret_slave;
	return runtime_spawn(&call, *ret_slave, *ret_slave, ret);
}

SUITE_TEST(terminal_is_connected_to, .needs = LIFE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.tty.max; lxc-console(1)")
{
	static const char script[] = "exec </dev/tty1 >/dev/tty1 2>&1; echo rea''dy; read x; stty size; "
				     "echo got=$x";
	struct sw_buf got __story_buf = SW_BUF_INIT;
	int master __sw_fd = -1, slave __sw_fd = -1;
	struct termios before, after;
	pid_t program, console;
	struct story s;

	ASSERT_STORY(story_app_with(&s, runtime_selected(), "lxc.tty = 1\n", &err));
	ASSERT_OK(spawn_script(&s, script, -1, &program));
	ASSERT_STORY(story_await_state(&s, "RUNNING", &err));
	ASSERT_OK(spawn_console(&s, &master, &slave, &console));
	ASSERT_EQ(0, tcgetattr(slave, &before));
	EXPECT_TRUE(story_read_until(master, &got, "ready")) TH_LOG("it said: %s", sw_buf_str(&got));
	ASSERT_EQ(5, write(master, "word\r", 5));
	EXPECT_TRUE(story_read_until(master, &got, "got=word")) TH_LOG("it said: %s", sw_buf_str(&got));
	EXPECT_TRUE(!!strstr(sw_buf_str(&got), "31 97")) TH_LOG("it said: %s", sw_buf_str(&got));
	EXPECT_EXIT(0, program);
	/* The container's end is the connection's, and the terminal is as it was. */
	EXPECT_EXIT(0, console);
	ASSERT_EQ(0, tcgetattr(slave, &after));
	EXPECT_EQ(before.c_lflag, after.c_lflag);
	EXPECT_EQ(before.c_iflag, after.c_iflag);
	EXPECT_EQ(before.c_oflag, after.c_oflag);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(pseudo_terminals_of_its_own_by_a_key, .needs = LIFE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.pty.max; Documentation/filesystems/devpts.rst")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story_mount m;
	struct story s;

	ASSERT_STORY(story_app_with(&s, runtime_selected(), "lxc.pts = 7\n", &err));
	ASSERT_STORY(story_inside(&s, &r, &err, WORDS("report", "pts", "mounts", "--", "pty")));
	EXPECT_STREQ("ok", story_value(&r.out, "pty.open"));
	EXPECT_STREQ("0", story_value(&r.out, "pty.index"));
	EXPECT_STREQ("ok", story_value(&r.out, "pty.echo"));
	if (story_mount(&r.out, "/dev/pts", &m)) {
		EXPECT_STREQ("devpts", m.type);
		EXPECT_TRUE(story_has_option(m.options, "ptmxmode=666")) TH_LOG("%s", m.options);
	} else {
		EXPECT_TRUE(false) TH_LOG("nothing is mounted on /dev/pts");
	}
	ASSERT_STORY(story_end(&s, &err));
}

/* One command of the driver's, which must succeed. */
#define DO(command)                                                                               \
	do {                                                                                      \
		struct runtime_result r_ __runtime_result = { 0 };                                \
		ASSERT_STORY(story_run(&s, &s.driver->command, NULL, &r_, &err));                 \
		EXPECT_EQ(0, r_.end) TH_LOG("%s", sw_buf_str(&r_.err));                           \
	} while (0)

SUITE_TEST(frozen_it_stands_still, .needs = LIFE_NEEDS "cgroup.v1.freezer|cgroup.v2.freezer",
	   .timeout_s = 180, .promise = "lxc-freeze(1), lxc-unfreeze(1)")
{
	int out[2], reader __sw_fd = -1;
	struct sw_buf got __story_buf = SW_BUF_INIT;
	struct pollfd p = { .events = POLLIN };
	struct story s;
	pid_t program;
	char waste[4096];

	ASSERT_STORY(story_app_with(&s, runtime_selected(), "", &err));
	ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
	ASSERT_OK(spawn_script(&s, "while :; do echo tick; sleep 1; done", out[1], &program));
	close(out[1]);
	reader = p.fd = out[0];
	ASSERT_TRUE(story_read_until(reader, &got, "tick"));
	ASSERT_STORY(story_await_state(&s, "RUNNING", &err));
	DO(freeze);
	ASSERT_STORY(story_await_state(&s, "FROZEN", &err));
	/* What it said before is taken; then nothing comes, though a second passes three times. */
	ASSERT_EQ(0, fcntl(reader, F_SETFL, O_NONBLOCK));
	while (read(reader, waste, sizeof(waste)) > 0)
		;
	EXPECT_EQ(0, poll(&p, 1, 3000));
	DO(unfreeze);
	ASSERT_STORY(story_await_state(&s, "RUNNING", &err));
	EXPECT_EQ(1, poll(&p, 1, STORY_LIMIT_S * 1000));
	DO(stop);
	EXPECT_EXIT(137, program);
	ASSERT_STORY(story_end(&s, &err));
}
