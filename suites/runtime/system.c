// SPDX-License-Identifier: GPL-2.0-only
/* The story's system container: a whole small Linux, with an init and a getty of its own. */
#include "suite.h"

#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "rootfs.h"
#include "story.h"

SUITE("story.system", "runtime/berth", "The system container sys_elinux, by lxc-start",
      .sweep = story_sweep);

/* Without device rules the configuration cannot be honoured, so every test needs them. */
#define SYSTEM_NEEDS                                                                          \
	"ns.mnt ns.uts ns.ipc ns.pid ns.net mount.devpts_newinstance "                            \
	"cgroup.v1.devices|cgroup.v2.devices"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define BOOT()                                                                                \
	do {                                                                                      \
		ASSERT_STORY(story_system(&s, runtime_selected(), &err));                         \
		ASSERT_STORY(story_boot(&s, &err));                                               \
	} while (0)

/* Boot, wait for sysinit's report, read it. */
#define BOOT_AND_REPORT(said)                                                                 \
	do {                                                                                      \
		char status_[32];                                                                 \
		BOOT();                                                                           \
		ASSERT_STORY(story_event(&s, "report", status_, sizeof(status_), &err));          \
		ASSERT_STORY(story_read(&s, "report", &said, &err));                              \
		EXPECT_STREQ("0", status_) TH_LOG("%.500s", sw_buf_str(&said));                   \
	} while (0)

SUITE_TEST(boots_to_running_with_an_init_of_its_own, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc-start(1), lxc-info(1)")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	char state[64];
	struct story s;

	BOOT_AND_REPORT(said);
	ASSERT_STORY(story_state(&s, state, sizeof(state), &err));
	EXPECT_STREQ("RUNNING", state);
	EXPECT_EQ(0, kill(s.pid, 0));
	EXPECT_STREQ("init", story_value(&said, "comm.1"));
	/* The first of its list is PID 1, and sysinit's reporter is a late child, not the first. */
	EXPECT_EQ(0, strncmp(story_value(&said, "pids"), "1 ", 2))
		TH_LOG("pids=%s", story_value(&said, "pids"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(process_list_is_its_own, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "pid_namespaces(7)")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	struct story s;
	long count = 0;

	BOOT_AND_REPORT(said);
	EXPECT_STREQ("ok", story_value(&said, "proc"));
	for (const char *at = story_value(&said, "pids"); *at; at++)
		count += *at == ' ';
	/* init, the sysinit script and the reporter; the host has far more. */
	EXPECT_EQ(2, count) TH_LOG("pids=%s", story_value(&said, "pids"));
	EXPECT_STREQ("1", story_value(&said, "orphan.parent"));
	EXPECT_STREQ("yes", story_value(&said, "orphan.reaped"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(getty_is_respawned, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "inittab's respawn, on the container's own /dev/console")
{
	char first[64], second[64], path[256];
	int go __sw_fd = -1;
	struct story s;

	ASSERT_STORY(story_system(&s, runtime_selected(), &err));
	snprintf(path, sizeof(path), "%s/rootfs/run/go", s.dir);
	go = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, go);
	ASSERT_STORY(story_boot(&s, &err));
	ASSERT_STORY(story_event(&s, "getty", first, sizeof(first), &err));
	ASSERT_EQ(3, write(go, "go\n", 3));
	ASSERT_STORY(story_event(&s, "getty", second, sizeof(second), &err));
	EXPECT_NE(strtol(first, NULL, 10), strtol(second, NULL, 10)) TH_LOG("%s, %s", first, second);
	EXPECT_TRUE(!!strstr(first, " /dev/")) TH_LOG("the session's terminal: '%s'", first);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(host_name_is_its_own, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.uts.name; uts_namespaces(7)")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	struct utsname before, after;
	struct story s;

	uname(&before);
	BOOT_AND_REPORT(said);
	uname(&after);
	EXPECT_STREQ("sys_elinux", story_value(&said, "hostname"));
	EXPECT_STREQ(before.nodename, after.nodename);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(only_lo_and_it_is_up, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.net.[i].type = empty, lxc.net.[i].flags = up")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	struct story s;

	BOOT_AND_REPORT(said);
	EXPECT_STREQ("lo", story_value(&said, "net"));
	EXPECT_TRUE(!strncmp("UP LOOPBACK", story_value(&said, "net.lo.flags"), 11))
		TH_LOG("%s", story_value(&said, "net.lo.flags"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(mounts_are_as_configured, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.mount.entry")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	struct story_mount m;
	struct story s;

	BOOT_AND_REPORT(said);
	ASSERT_TRUE(story_mount(&said, "/proc", &m)) TH_LOG("%s", sw_buf_str(&said));
	EXPECT_STREQ("proc", m.type);
	EXPECT_TRUE(story_has_option(m.options, "nodev")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "noexec")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "nosuid")) TH_LOG("%s", m.options);
	ASSERT_TRUE(story_mount(&said, "/sys", &m));
	EXPECT_STREQ("sysfs", m.type);
	EXPECT_FALSE(story_has_option(m.options, "ro")) TH_LOG("%s", m.options);
	ASSERT_TRUE(story_mount(&said, "/dev", &m));
	ASSERT_TRUE(story_mount(&said, "/dev/pts", &m));
	EXPECT_STREQ("devpts", m.type);
	EXPECT_TRUE(story_has_option(m.options, "gid=5")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "mode=620")) TH_LOG("%s", m.options);
	EXPECT_TRUE(story_has_option(m.options, "ptmxmode=666")) TH_LOG("%s", m.options);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(pseudo_terminals_are_private, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "Documentation/filesystems/devpts.rst")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	int master __sw_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct stat st = { 0 };
	char hosts[32];
	struct story s;

	ASSERT_LE(0, master);
	BOOT_AND_REPORT(said);
	ASSERT_EQ(0, stat("/dev/pts", &st));
	snprintf(hosts, sizeof(hosts), "%u:%u", major(st.st_dev), minor(st.st_dev));
	EXPECT_STREQ("devpts", story_value(&said, "pts.type"));
	EXPECT_STRNE(hosts, story_value(&said, "pts.dev"));
	EXPECT_STREQ("0", story_value(&said, "pty.index"));
	EXPECT_STREQ("ok", story_value(&said, "pty.slave"));
	EXPECT_STREQ("ok", story_value(&said, "pty.echo"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(allowed_devices_open, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.cgroup.devices.allow; admin-guide/cgroup-v1/devices.rst")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	struct story s;

	BOOT_AND_REPORT(said);
	EXPECT_STREQ("ok", story_value(&said, "open./dev/null.rw"));
	EXPECT_STREQ("ok", story_value(&said, "open./dev/zero.r"));
	EXPECT_STREQ("ok", story_value(&said, "open./dev/random.r"));
	EXPECT_STREQ("ok", story_value(&said, "open./dev/urandom.r"));
	EXPECT_STREQ("ok", story_value(&said, "pty.open"));
	EXPECT_STREQ("ok", story_value(&said, "pty.slave"));
	EXPECT_STREQ("ok", story_value(&said, "mknod./tmp/null"));
	EXPECT_STREQ("ok", story_value(&said, "mknod./tmp/pts"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(denied_devices_give_eperm, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5) lxc.cgroup.devices.deny = a; admin-guide/cgroup-v1/devices.rst")
{
	struct sw_buf said __story_buf = SW_BUF_INIT;
	int full __sw_fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	int kmsg __sw_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct story s;

	/* The host may open them, so that it is the rules that forbid it in the container. */
	ASSERT_LE(0, full) TH_LOG("/dev/full on the host: %s", sw_errno_name(errno));
	ASSERT_LE(0, kmsg) TH_LOG("/dev/kmsg on the host: %s", sw_errno_name(errno));
	BOOT_AND_REPORT(said);
	EXPECT_STREQ("EPERM", story_value(&said, "open./dev/full.rw"));
	EXPECT_STREQ("EPERM", story_value(&said, "open./dev/kmsg.r"));
	EXPECT_STREQ("EPERM", story_value(&said, "mknod./tmp/full"));
	EXPECT_STREQ("EPERM", story_value(&said, "mknod./tmp/loop"));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(slip_is_recognised_and_told, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "berth(1): a mount entry with one field too many")
{
	struct story s;
	char where[PATH_MAX + 64];
	bool told;

	BOOT();
	/* Said of the file that was read: the one given to create, or the one that it kept. */
	snprintf(where, sizeof(where), "%s:%d", s.config, STORY_SLIP_LINE);
	told = strstr(sw_buf_str(&s.said), where) != NULL;
	snprintf(where, sizeof(where), "%s/config:%d", s.dir, STORY_SLIP_LINE);
	told |= strstr(sw_buf_str(&s.said), where) != NULL;
	EXPECT_TRUE(told) TH_LOG("it said: %s", sw_buf_str(&s.said));
	/* The line as its author meant it. */
	EXPECT_TRUE(!!strstr(sw_buf_str(&s.said), "proc nodev,noexec,nosuid 0 0"))
		TH_LOG("it said: %s", sw_buf_str(&s.said));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(list_and_info_follow_its_life, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc-ls(1), lxc-info(1)")
{
	struct story s;
	char state[64];
	int listed = 0;

	ASSERT_STORY(story_system(&s, runtime_selected(), &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(1, listed);
	ASSERT_STORY(story_state(&s, state, sizeof(state), &err));
	EXPECT_STREQ("STOPPED", state);
	ASSERT_STORY(story_boot(&s, &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(1, listed);
	ASSERT_STORY(story_state(&s, state, sizeof(state), &err));
	EXPECT_STREQ("RUNNING", state);
	ASSERT_STORY(story_end(&s, &err));
	ASSERT_STORY(listed = story_listed(&s, &err));
	EXPECT_EQ(0, listed);
}

SUITE_TEST(second_start_is_refused, .needs = SYSTEM_NEEDS, .timeout_s = 120, .promise = "lxc-start(1)")
{
	struct runtime_result r __runtime_result = { 0 };
	struct story s;
	pid_t pid = 0;

	BOOT();
	ASSERT_STORY(story_run(&s, &s.driver->start, NULL, &r, &err));
	EXPECT_NE(0, r.end);
	EXPECT_TRUE(!!strstr(sw_buf_str(&r.err), "sys_elinux")) TH_LOG("it said: %s", sw_buf_str(&r.err));
	ASSERT_STORY(story_pid(&s, &pid, &err));
	EXPECT_EQ(s.pid, pid);
	ASSERT_STORY(story_end(&s, &err));
}

/* Stop by one of the driver's commands: it ends well, and init and state are gone with it. */
#define STOPS(command)                                                                        \
	do {                                                                                      \
		struct runtime_result r_ __runtime_result = { 0 };                                \
		char state_[64];                                                                  \
		ASSERT_STORY(story_run(&s, &s.driver->command, NULL, &r_, &err));                 \
		EXPECT_EQ(0, r_.end) TH_LOG("%s", sw_buf_str(&r_.err));                           \
		EXPECT_EQ(-1, kill(s.pid, 0));                                                    \
		EXPECT_EQ(ESRCH, errno);                                                          \
		ASSERT_STORY(story_state(&s, state_, sizeof(state_), &err));                      \
		EXPECT_STREQ("STOPPED", state_);                                                  \
	} while (0)

SUITE_TEST(stop_stops_and_it_starts_again, .needs = SYSTEM_NEEDS, .timeout_s = 180,
	   .promise = "lxc-stop(1)")
{
	char line[64];
	struct story s;
	pid_t first;

	BOOT();
	ASSERT_STORY(story_event(&s, "getty", line, sizeof(line), &err));
	first = s.pid;
	STOPS(stop);
	ASSERT_STORY(story_boot(&s, &err));
	EXPECT_NE(first, s.pid);
	ASSERT_STORY(story_event(&s, "getty", line, sizeof(line), &err));
	/* BusyBox's init does not know SIGPWR: after the time-out it is killed. */
	STOPS(stop_after_1s);
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(halt_from_inside_ends_it, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "reboot(2): in a PID namespace its init ends instead of the machine (3.4)")
{
	char line[64];
	struct story s;

	BOOT();
	ASSERT_STORY(story_event(&s, "getty", line, sizeof(line), &err));
	/* What BusyBox's poweroff does: SIGUSR2 to init, which then calls reboot(2). */
	ASSERT_EQ(0, kill(s.pid, SIGUSR2));
	ASSERT_STORY(story_await_state(&s, "STOPPED", &err));
	EXPECT_EQ(-1, kill(s.pid, 0));
	ASSERT_STORY(story_end(&s, &err));
}

SUITE_TEST(nothing_is_left_behind, .needs = SYSTEM_NEEDS, .timeout_s = 120,
	   .promise = "lxc-stop(1), lxc-destroy(1); seaworthy's own: mounts, cgroups, processes, files")
{
	struct sw_buf left __story_buf = SW_BUF_INIT, said __story_buf = SW_BUF_INIT;
	struct story s;

	BOOT_AND_REPORT(said);
	/* While it runs there is something to see: else the comparison would prove nothing. */
	story_left(&s, &left);
	EXPECT_STRNE("", sw_buf_str(&left));
	sw_buf_free(&left);
	ASSERT_STORY(story_end(&s, &err));
	EXPECT_EQ(-1, kill(s.pid, 0));
	story_left(&s, &left);
	EXPECT_STREQ("", sw_buf_str(&left));
}

SUITE_TEST(berth_verbs_do_the_same, .needs = SYSTEM_NEEDS, .timeout_s = 120, .promise = "berth(1)")
{
	struct sw_buf left __story_buf = SW_BUF_INIT, said __story_buf = SW_BUF_INIT;
	char status[32], state[64];
	struct story s;

	ASSERT_STORY(story_system(&s, runtime_find("berth"), &err));
	ASSERT_STORY(story_boot(&s, &err));
	ASSERT_STORY(story_event(&s, "report", status, sizeof(status), &err));
	ASSERT_STORY(story_read(&s, "report", &said, &err));
	EXPECT_STREQ("sys_elinux", story_value(&said, "hostname"));
	ASSERT_STORY(story_state(&s, state, sizeof(state), &err));
	EXPECT_STREQ("RUNNING", state);
	STOPS(stop);
	ASSERT_STORY(story_end(&s, &err));
	story_left(&s, &left);
	EXPECT_STREQ("", sw_buf_str(&left));
}
