// SPDX-License-Identifier: GPL-2.0-only
/* What a configuration may ask for to confine an application container, and that it has it. */
#include "suite.h"

#include "story.h"

SUITE("story.confine", "runtime/berth", "Confinement of a container, by lxc-execute",
      .sweep = story_sweep);

#define CONFINE_NEEDS "ns.mnt ns.uts ns.ipc ns.pid mount.devpts_newinstance "

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Run a script of /bin/sh in app_bash with further lines in its configuration. */
static int script(const char *lines, const char *text, struct runtime_result *r, struct sw_error *err)
{
	struct sw_error end = { 0 };
	struct story s;
	int ret = story_app_with(&s, runtime_selected(), lines, err), ended;

	if (ret)
		return ret;
	ret = story_run(&s, &s.driver->execute, WORDS("/bin/sh", "-c", text), r, err);
	ended = story_end(&s, &end);
	if (!ret && ended)
		sw_error(err, ended, "end", "%s", end.msg);
	return ret ? ret : ended;
}

/* That ran, and ended well. */
#define ASSERT_SCRIPT(lines, text, r)                                                         \
	do {                                                                                      \
		ASSERT_STORY(script(lines, text, &r, &err));                                      \
		ASSERT_EQ(0, r.end) TH_LOG("%s: %s", suite_end_text(r.end), sw_buf_str(&r.err));  \
	} while (0)

SUITE_TEST(resource_limits_hold, .needs = CONFINE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.prlimit")
{
	struct runtime_result r __runtime_result = { 0 };

	ASSERT_SCRIPT("lxc.prlimit.nofile = 20:40\nlxc.prlimit.core = 0\n",
		      "echo soft=$(ulimit -n); echo hard=$(ulimit -H -n); echo core=$(ulimit -c)", r);
	EXPECT_STREQ("20", story_value(&r.out, "soft"));
	EXPECT_STREQ("40", story_value(&r.out, "hard"));
	EXPECT_STREQ("0", story_value(&r.out, "core"));
}

SUITE_TEST(sysctls_and_the_oom_score_are_its_own, .needs = CONFINE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.sysctl, lxc.proc")
{
	struct runtime_result r __runtime_result = { 0 };
	char before[32] = "", after[32] = "";

	ASSERT_LE(0, sw_read_line(AT_FDCWD, "/proc/sys/kernel/shmmni", before, sizeof(before)));
	ASSERT_SCRIPT("lxc.sysctl.kernel.shmmni = 17\nlxc.proc.oom_score_adj = 777\n",
		      "echo shmmni=$(cat /proc/sys/kernel/shmmni); "
		      "echo oom=$(cat /proc/self/oom_score_adj)", r);
	EXPECT_STREQ("17", story_value(&r.out, "shmmni"));
	EXPECT_STREQ("777", story_value(&r.out, "oom"));
	ASSERT_LE(0, sw_read_line(AT_FDCWD, "/proc/sys/kernel/shmmni", after, sizeof(after)));
	EXPECT_STREQ(before, after);
}

SUITE_TEST(a_user_has_no_capabilities, .needs = CONFINE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.init.uid, lxc.init.gid; capabilities(7)")
{
	struct runtime_result r __runtime_result = { 0 };

	ASSERT_SCRIPT("lxc.init.uid = 1234\nlxc.init.gid = 4321\n",
		      "while read k v w; do case $k in Uid:) echo uid=$v;; Gid:) echo gid=$v;; "
		      "CapEff:) echo eff=$v;; CapInh:) echo inh=$v;; esac; done </proc/self/status", r);
	EXPECT_STREQ("1234", story_value(&r.out, "uid"));
	EXPECT_STREQ("4321", story_value(&r.out, "gid"));
	EXPECT_STREQ("0000000000000000", story_value(&r.out, "eff"));
	EXPECT_STREQ("0000000000000000", story_value(&r.out, "inh"));
}

SUITE_TEST(a_seccomp_profile_denies_a_call, .needs = CONFINE_NEEDS "security.seccomp_filter",
	   .timeout_s = 120, .promise = "lxc.container.conf(5): lxc.seccomp.profile; seccomp(2)")
{
	static const char profile[] = "2\ndenylist\nsethostname errno 1\n";
	struct runtime_result r __runtime_result = { 0 };
	char path[] = "/tmp/seaworthy-profile-XXXXXX", lines[128];
	struct sw_error err = { 0 };
	int fd = mkostemp(path, O_CLOEXEC), ended;

	ASSERT_LE(0, fd);
	ASSERT_OK(sw_write_all(fd, profile, strlen(profile)));
	close(fd);
	snprintf(lines, sizeof(lines), "lxc.seccomp.profile = %s\n", path);
	/* A name in a UTS namespace of its own: nobody else would have it. */
	ended = script(lines, "hostname taken 2>&1 && echo renamed=yes; echo name=$(hostname); "
		       "while read k v; do case $k in Seccomp:) echo mode=$v;; esac; done "
		       "</proc/self/status", &r, &err);
	unlink(path);
	ASSERT_EQ(0, ended) TH_LOG("%s", err.msg);
	EXPECT_STREQ("(nothing)", story_value(&r.out, "renamed"));
	EXPECT_STREQ("app_bash", story_value(&r.out, "name"));
	/* The field came with 3.8. */
	if (strcmp(story_value(&r.out, "mode"), "(nothing)"))
		EXPECT_STREQ("2", story_value(&r.out, "mode"));
}

SUITE_TEST(hooks_run_before_and_after, .needs = CONFINE_NEEDS, .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.hook")
{
	struct runtime_result r __runtime_result = { 0 };
	struct sw_buf told __story_buf = SW_BUF_INIT;
	char path[] = "/tmp/seaworthy-hooks-XXXXXX", lines[400];
	struct sw_error err = { 0 };
	int fd = mkostemp(path, O_CLOEXEC), ended;

	ASSERT_LE(0, fd);
	snprintf(lines, sizeof(lines), "lxc.hook.pre-start = echo \"$LXC_NAME $LXC_HOOK_VERSION\" >>%s #\n"
		 "lxc.hook.mount = echo mount >>%s #\nlxc.hook.post-stop = echo $LXC_TARGET >>%s #\n",
		 path, path, path);
	ended = script(lines, "echo in=side", &r, &err);
	unlink(path);
	ASSERT_EQ(0, ended) TH_LOG("%s", err.msg);
	EXPECT_STREQ("side", story_value(&r.out, "in")) TH_LOG("%s", sw_buf_str(&r.err));
	ASSERT_OK(sw_read_fd(fd, &told, 4096));
	close(fd);
	EXPECT_STREQ("app_bash 0\nmount\nstop\n", sw_buf_str(&told));
}

SUITE_TEST(clocks_are_ahead, .needs = CONFINE_NEEDS "ns.time ns.time_offsets", .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.time.offset; time_namespaces(7)")
{
	struct runtime_result r __runtime_result = { 0 };

	ASSERT_SCRIPT("lxc.time.offset.boot = 40d\nlxc.time.offset.monotonic = 7ms\n",
		      "while read k s n; do echo $k=$s.$n; done </proc/self/timens_offsets; "
		      "read up x </proc/uptime; [ ${up%%.*} -gt 3456000 ] && echo days=40", r);
	EXPECT_STREQ("3456000.0", story_value(&r.out, "boottime"));
	EXPECT_STREQ("0.7000000", story_value(&r.out, "monotonic"));
	EXPECT_STREQ("40", story_value(&r.out, "days"));
}

SUITE_TEST(a_label_is_taken_or_refused, .needs = CONFINE_NEEDS "security.apparmor", .timeout_s = 120,
	   .promise = "lxc.container.conf(5): lxc.apparmor.profile")
{
	struct runtime_result r __runtime_result = { 0 }, no __runtime_result = { 0 };

	ASSERT_SCRIPT("lxc.apparmor.profile = unconfined\n",
		      "read label </proc/self/attr/current; echo label=$label", r);
	EXPECT_STREQ("unconfined", story_value(&r.out, "label"));
	/* One that is not loaded: nothing may run without it. */
	ASSERT_STORY(script("lxc.apparmor.profile = seaworthy-no-such-profile\n"
			    "lxc.apparmor.allow_incomplete = 1\n", "echo in=side", &no, &err));
	EXPECT_NE(0, no.end);
	EXPECT_STREQ("(nothing)", story_value(&no.out, "in"));
}
