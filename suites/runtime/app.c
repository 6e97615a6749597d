// SPDX-License-Identifier: GPL-2.0-only
/* The story's application container: one program on the host's own root, an init in front of it. */
#include "suite.h"

#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "story.h"

SUITE("story.app", "runtime/berth", "The application container app_bash, by lxc-execute",
      .sweep = story_sweep);

#define APP_NEEDS "ns.mnt ns.uts ns.ipc ns.pid mount.devpts_newinstance"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* `inside ...` in a fresh app_bash; leaves what it said in `said`, and removes the container. */
#define INSIDE(said, ...)                                                                     \
	do {                                                                                      \
		ASSERT_STORY(story_app(&s, runtime_selected(), &err));                            \
		ASSERT_STORY(story_inside(&s, &said, &err, WORDS(__VA_ARGS__)));                  \
		ASSERT_STORY(story_end(&s, &err));                                                \
	} while (0)

static void device_of(const char *path, char *out, size_t size)
{
	struct stat st = { 0 };

	stat(path, &st);
	snprintf(out, size, "%u:%u", major(st.st_dev), minor(st.st_dev));
}

SUITE_TEST(exit_status_is_passed_through, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1)")
{
	static const int statuses[] = { 0, 7, 255 };
	struct story s;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		struct runtime_result r __runtime_result = { 0 };
		char text[16];

		snprintf(text, sizeof(text), "%d", statuses[i]);
		ASSERT_STORY(story_run(&s, &s.driver->execute, WORDS(s.payload, "inside", "exit", text), &r,
				       &err));
		EXPECT_EQ(statuses[i], r.end) TH_LOG("%s: %s", suite_end_text(r.end),
						     sw_buf_str(&r.err));
	}
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(death_by_signal_is_128_and_its_number, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1), as sh(1) tells it")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_STORY(story_run(&s, &s.driver->execute, WORDS(s.payload, "inside", "signal", "9"), &r, &err));
	EXPECT_EQ(128 + SIGKILL, r.end) TH_LOG("%s: %s", suite_end_text(r.end), sw_buf_str(&r.err));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(bin_sh_runs_on_the_hosts_root, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1)")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_STORY(story_run(&s, &s.driver->execute,
			       WORDS("/bin/sh", "-c", "echo n=$((6 * 7)); test -x \"$0\" && exit 5", s.payload),
			       &r, &err));
	EXPECT_EQ(5, r.end) TH_LOG("%s: %s", suite_end_text(r.end), sw_buf_str(&r.err));
	EXPECT_STREQ("42", story_value(&r.out, "n"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(bin_sh_reads_its_standard_input, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1)")
{
	static const char script[] = "echo n=$((6 * 7))\nexit 5\n";
	struct runtime_result r __runtime_result = { 0 };
	struct story s;
	int fds[2];

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	ASSERT_EQ((ssize_t)strlen(script), write(fds[1], script, strlen(script)));
	close(fds[1]);
	struct runtime_call call = { s.driver, &s.driver->execute, s.name, s.config, WORDS("/bin/sh"),
				     fds[0], -1 };
	ASSERT_OK(runtime_run(&call, STORY_LIMIT_S, &r));
	close(fds[0]);
	EXPECT_EQ(5, r.end) TH_LOG("%s: %s", suite_end_text(r.end), sw_buf_str(&r.err));
	EXPECT_STREQ("42", story_value(&r.out, "n"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(bin_sh_works_on_a_terminal, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1): the container's console is the caller's terminal")
{
	struct sw_buf got __story_buf = SW_BUF_INIT;
	int master, slave;
	char name[64];
	struct story s;
	pid_t pid;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, master);
	ASSERT_EQ(0, unlockpt(master));
	ASSERT_EQ(0, ptsname_r(master, name, sizeof(name)));
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, slave);
	struct runtime_call call = { s.driver, &s.driver->execute, s.name, s.config, WORDS("/bin/sh"),
				     slave, -1 };
	ASSERT_OK(runtime_spawn(&call, slave, slave, &pid));
	close(slave);
	/* The answer is not in the question, which the terminal may echo. */
	ASSERT_LT(0, dprintf(master, "test -t 0 && echo n=$((6 * 7))\n"));
	EXPECT_TRUE(story_read_until(master, &got, "n=42")) TH_LOG("it said: %s", sw_buf_str(&got));
	ASSERT_LT(0, dprintf(master, "exit 7\n"));
	/* Until the end, so that nobody waits for us; then reading fails with EIO. */
	story_read_until(master, &got, "\nnever said\n");
	EXPECT_EXIT(7, pid);
	close(master);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(program_that_is_not_there_fails_in_words, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1)")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_STORY(story_run(&s, &s.driver->execute, WORDS("/nonexistent/program"), &r, &err));
	EXPECT_NE(0, r.end);
	EXPECT_TRUE(!!strstr(sw_buf_str(&r.err), "/nonexistent/program"))
		TH_LOG("it said: %s", sw_buf_str(&r.err));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(host_name_is_its_own, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.uts.name; uts_namespaces(7)")
{
	struct runtime_result r __runtime_result = { 0 };
	struct utsname before, after;
	struct story s;

	uname(&before);
	INSIDE(r, "report", "id");
	uname(&after);
	EXPECT_STREQ("app_bash", story_value(&r.out, "hostname"));
	EXPECT_STREQ(before.nodename, after.nodename);
}

SUITE_TEST(init_stands_in_front_of_the_program, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1): the init is PID 1, the command PID 2")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;
	char want[32];

	INSIDE(r, "report", "id", "proc");
	EXPECT_STRNE("1", story_value(&r.out, "pid"));
	EXPECT_STREQ("1", story_value(&r.out, "ppid"));
	/* Its own process list, and nobody else's. */
	EXPECT_STREQ("ok", story_value(&r.out, "proc"));
	snprintf(want, sizeof(want), "1 %s", story_value(&r.out, "pid"));
	EXPECT_STREQ(want, story_value(&r.out, "pids"));
}

SUITE_TEST(init_mounts_what_is_missing, .needs = APP_NEEDS " mount.mqueue", .timeout_s = 120,
	   .promise = "lxc-execute(1): lxc-init mounts /proc, /dev/shm and /dev/mqueue")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story_mount m;
	struct story s;

	INSIDE(r, "report", "mounts");
	ASSERT_TRUE(story_mount(&r.out, "/proc", &m));
	EXPECT_STREQ("proc", m.type);
	ASSERT_TRUE(story_mount(&r.out, "/dev/shm", &m));
	EXPECT_STREQ("tmpfs", m.type);
	ASSERT_TRUE(story_mount(&r.out, "/dev/mqueue", &m));
	EXPECT_STREQ("mqueue", m.type);
}

SUITE_TEST(mounts_are_as_configured, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.mount.entry, lxc.rootfs.path")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story_mount m;
	struct story s;

	INSIDE(r, "report", "mounts");
	EXPECT_TRUE(story_mount(&r.out, "/", &m));
	ASSERT_TRUE(story_mount(&r.out, "/dev", &m));
	ASSERT_TRUE(story_mount(&r.out, "/dev/pts", &m));
	EXPECT_STREQ("devpts", m.type);
	EXPECT_TRUE(story_has_option(m.options, "gid=5")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "mode=620")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "ptmxmode=666")) TH_LOG("%s", m.options);
}

SUITE_TEST(pseudo_terminals_are_private, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "Documentation/filesystems/devpts.rst")
{
	struct runtime_result r __runtime_result = { 0 };
	char hosts[32], name[64] = "";
	int master __sw_fd = -1;
	struct stat st;
	struct story s;

	/* The host holds one, so that a shared instance could not hand out number 0 again. */
	device_of("/dev/pts", hosts, sizeof(hosts));
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, master);
	ASSERT_EQ(0, ptsname_r(master, name, sizeof(name)));
	INSIDE(r, "report", "pts", "--", "pty");
	EXPECT_STREQ("devpts", story_value(&r.out, "pts.type"));
	EXPECT_STRNE(hosts, story_value(&r.out, "pts.dev"));
	EXPECT_STREQ("ok", story_value(&r.out, "pty.open"));
	EXPECT_STREQ("0", story_value(&r.out, "pty.index"));
	EXPECT_STREQ("ok", story_value(&r.out, "pty.slave"));
	EXPECT_STREQ("ok", story_value(&r.out, "pty.echo"));
	/* The host's are what they were: the name still leads to the terminal that is held. */
	EXPECT_EQ(0, stat(name, &st)) TH_LOG("%s: %s", name, sw_errno_name(errno));
}

SUITE_TEST(orphans_are_reaped, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "pid_namespaces(7): orphans are reparented to the namespace's init")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	INSIDE(r, "orphan");
	EXPECT_STREQ("1", story_value(&r.out, "orphan.parent"));
	EXPECT_STREQ("yes", story_value(&r.out, "orphan.reaped"));
}

SUITE_TEST(signal_to_init_reaches_the_program, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1): lxc-init passes signals on")
{
	struct sw_buf got __story_buf = SW_BUF_INIT;
	int fds[2];
	struct story s;
	pid_t pid, init;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	struct runtime_call call = { s.driver, &s.driver->execute, s.name, s.config,
				     WORDS(s.payload, "inside", "trap"), -1, -1 };
	ASSERT_OK(runtime_spawn(&call, fds[1], -1, &pid));
	close(fds[1]);
	ASSERT_TRUE(story_read_until(fds[0], &got, "ready=1")) TH_LOG("it said: %s", sw_buf_str(&got));
	ASSERT_STORY(story_pid(&s, &init, &err));
	ASSERT_EQ(0, kill(init, SIGTERM));
	EXPECT_TRUE(story_read_until(fds[0], &got, "signal=TERM")) TH_LOG("it said: %s", sw_buf_str(&got));
	EXPECT_EXIT(0, pid);
	close(fds[0]);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(signal_to_lxc_execute_reaches_the_program, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-execute(1) stands for its program: a SIGTERM to it is the program's")
{
	struct sw_buf got __story_buf = SW_BUF_INIT;
	int fds[2];
	struct story s;
	pid_t pid;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	struct runtime_call call = { s.driver, &s.driver->execute, s.name, s.config,
				     WORDS(s.payload, "inside", "trap"), -1, -1 };
	ASSERT_OK(runtime_spawn(&call, fds[1], -1, &pid));
	close(fds[1]);
	ASSERT_TRUE(story_read_until(fds[0], &got, "ready=1")) TH_LOG("it said: %s", sw_buf_str(&got));
	ASSERT_EQ(0, kill(pid, SIGTERM));
	EXPECT_TRUE(story_read_until(fds[0], &got, "signal=TERM")) TH_LOG("it said: %s", sw_buf_str(&got));
	EXPECT_EXIT(0, pid);
	close(fds[0]);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(network_is_the_hosts, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5): without lxc.net the host's network is shared")
{
	struct runtime_result r __runtime_result = { 0 }, host __runtime_result = { 0 };
	struct story s;

	INSIDE(r, "report", "net", "id");
	struct runtime_command self = { { "seaworthy", "inside", "report", "net", "id" } };
	struct runtime_call call = { runtime_selected(), &self, "", "", NULL, -1, -1 };

	/* The same question on the host; only a row of this executable can be asked so. */
	ASSERT_OK(runtime_run(&call, STORY_LIMIT_S, &host));
	EXPECT_STREQ(story_value(&host.out, "net"), story_value(&r.out, "net"));
	EXPECT_STREQ(story_value(&host.out, "ns.net"), story_value(&r.out, "ns.net"));
	EXPECT_STRNE(story_value(&host.out, "ns.uts"), story_value(&r.out, "ns.uts"));
	EXPECT_STRNE("(nothing)", story_value(&r.out, "net"));
}

SUITE_TEST(info_and_list_tell_of_it_while_it_runs, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-info(1), lxc-ls(1)")
{
	struct sw_buf got __story_buf = SW_BUF_INIT;
	int fds[2], listed = 0;
	char state[64];
	struct story s;
	pid_t pid;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_STORY(story_state(&s, state, sizeof(state), &err));
	EXPECT_STREQ("STOPPED", state);
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	struct runtime_call call = { s.driver, &s.driver->execute, s.name, s.config,
				     WORDS(s.payload, "inside", "sleep"), -1, -1 };
	ASSERT_OK(runtime_spawn(&call, fds[1], -1, &pid));
	close(fds[1]);
	ASSERT_TRUE(story_read_until(fds[0], &got, "ready=1")) TH_LOG("it said: %s", sw_buf_str(&got));
	ASSERT_STORY(story_await_state(&s, "RUNNING", &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(1, listed);
	ASSERT_STORY(story_end(&s, &err));
	suite_wait(pid);
	close(fds[0]);
}

SUITE_TEST(create_lists_it_and_destroy_takes_it_away, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-create(1), lxc-ls(1), lxc-destroy(1)")
{
	struct runtime_result again __runtime_result = { 0 };
	struct story s;
	int listed = 0;

	ASSERT_STORY(story_app(&s, runtime_selected(), &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(1, listed);
	ASSERT_STORY(story_run(&s, &s.driver->create, NULL, &again, &err));
	EXPECT_NE(0, again.end);
	EXPECT_TRUE(!!strstr(sw_buf_str(&again.err), "app_bash")) TH_LOG("%s", sw_buf_str(&again.err));
	ASSERT_STORY(story_end(&s, &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(0, listed);
}

SUITE_TEST(nothing_is_left_behind, .needs = APP_NEEDS, .timeout_s = 120,
	   .promise = "lxc-destroy(1); seaworthy's own: mounts, cgroups, processes, files")
{
	struct sw_buf left __story_buf = SW_BUF_INIT;
	struct runtime_result r __runtime_result = { 0 };
	struct story s;

	INSIDE(r, "report");
	story_left(&s, &left);
	EXPECT_STREQ("", sw_buf_str(&left));
}

SUITE_TEST(berth_verbs_do_the_same, .needs = APP_NEEDS, .timeout_s = 120, .promise = "berth(1)")
{
	struct runtime_result r __runtime_result = { 0 };
	struct sw_buf left __story_buf = SW_BUF_INIT;
	struct story s;

	ASSERT_STORY(story_app(&s, runtime_find("berth"), &err));
	ASSERT_STORY(story_run(&s, &s.driver->execute,
			       WORDS(s.payload, "inside", "report", "id", "--", "exit", "9"), &r, &err));
	EXPECT_EQ(9, r.end) TH_LOG("%s: %s", suite_end_text(r.end), sw_buf_str(&r.err));
	EXPECT_STREQ("app_bash", story_value(&r.out, "hostname"));
	ASSERT_STORY(story_end(&s, &err));
	story_left(&s, &left);
	EXPECT_STREQ("", sw_buf_str(&left));
}
