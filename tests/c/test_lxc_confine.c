// SPDX-License-Identifier: GPL-2.0-only
/* Keys that confine, as the spec has them afterwards; no privilege, nothing is run. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"
#include "unit.h"

/* Lines separated by newlines, settled. Returns 0 or -errno. */
static int settle(const char *text, struct rt_spec *spec, struct sw_error *err)
{
	char *copy __sw_free = strdup(text), *save = NULL;
	int r = 0;

	memset(spec, 0, sizeof(*spec));
	memset(err, 0, sizeof(*err));
	spec->name = strdup("c");
	spec->lxcpath = strdup("/var/lib/lxc");
	for (char *l = strtok_r(copy, "\n", &save); l && !r; l = strtok_r(NULL, "\n", &save))
		r = lxc_config_line(l, spec, NULL, NULL, err);
	return r ? r : lxc_config_finish(spec, NULL, NULL, err);
}

UNIT(lxc_limits)
{
	struct rt_spec spec;
	struct sw_error err;

	CHECK_INT(settle("lxc.prlimit.nofile=1:2\nlxc.prlimit.core=unlimited\nlxc.limit.nofile=0:"
			"unlimited", &spec, &err), 0);
	CHECK_INT(spec.confine.limit_count, 2);
	CHECK_STR(spec.confine.limits[0].name, "core");
	CHECK(spec.confine.limits[0].soft == RLIM_INFINITY);
	CHECK_INT(spec.confine.limits[1].resource, RLIMIT_NOFILE);
	CHECK(spec.confine.limits[1].soft == 0 && spec.confine.limits[1].hard == RLIM_INFINITY);
	rt_spec_free(&spec);
	CHECK_INT(settle("lxc.prlimit.cpu=18446744073709551616", &spec, &err), -EINVAL);
	rt_spec_free(&spec);
	CHECK_INT(settle("lxc.prlimit.cpu=1:2:3", &spec, &err), -EINVAL);
	rt_spec_free(&spec);
}

UNIT(lxc_settings_have_paths)
{
	static const char *const bad[] = { "lxc.sysctl..=1", "lxc.sysctl.a..b=1", "lxc.sysctl.a/=1",
		"lxc.sysctl./a=1", "lxc.sysctl.a/../b=1", "lxc.sysctl.a/.b=1", "lxc.sysctl.a b=1",
		"lxc.proc...=1", "lxc.proc.a\x01=1" };
	struct rt_spec spec;
	struct sw_error err;

	CHECK_INT(settle("lxc.sysctl.net.ipv4.ip_forward=1\nlxc.sysctl.net/ipv4/conf/eth0.5/mtu=2\n"
			"lxc.proc.oom_score_adj=3", &spec, &err), 0);
	CHECK_STR(spec.confine.sysctls[0].name, "net/ipv4/ip_forward");
	CHECK_STR(spec.confine.sysctls[1].name, "net/ipv4/conf/eth0.5/mtu");
	CHECK_STR(spec.confine.procs[0].value, "3");
	rt_spec_free(&spec);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		unit_check(settle(bad[i], &spec, &err) == -EINVAL, __FILE__, __LINE__, "%s", bad[i]);
		rt_spec_free(&spec);
	}
}

UNIT(lxc_namespaces_settle)
{
	const uint64_t usual = SW_CLONE_NEWNS | SW_CLONE_NEWUTS | SW_CLONE_NEWIPC | SW_CLONE_NEWPID;
	static const struct {
		const char *text;
		uint64_t more, less;
		int result;
	} rows[] = {
		{ "lxc.uts.name=x", 0, 0, 0 },
		{ "lxc.namespace.keep=uts ipc", 0, SW_CLONE_NEWUTS | SW_CLONE_NEWIPC, 0 },
		{ "lxc.namespace.share.pid=1", 0, SW_CLONE_NEWPID, 0 },
		{ "lxc.namespace.clone=mnt time", SW_CLONE_NEWTIME,
		  SW_CLONE_NEWUTS | SW_CLONE_NEWIPC | SW_CLONE_NEWPID, 0 },
		{ "lxc.time.offset.boot=-1d", SW_CLONE_NEWTIME, 0, 0 },
		{ "lxc.net.0.type=empty", SW_CLONE_NEWNET, 0, 0 },
		{ "lxc.net.0.type=empty\nlxc.namespace.clone=mnt", 0, 0, -EINVAL },
		{ "lxc.namespace.keep=pid\nlxc.namespace.share.pid=1", 0, 0, -EINVAL },
		{ "lxc.namespace.clone=user", 0, 0, -EINVAL },
	};
	struct rt_spec spec;
	struct sw_error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = settle(rows[i].text, &spec, &err);

		unit_check(r == rows[i].result && (r || spec.ns == ((usual | rows[i].more) & ~rows[i].less)),
			   __FILE__, __LINE__, "%s: %d, ns %llx, %s", rows[i].text, r,
			   (unsigned long long)spec.ns, err.msg);
		rt_spec_free(&spec);
	}
}

UNIT(lxc_offsets_have_units)
{
	static const struct {
		const char *value;
		int64_t ns;
	} rows[] = { { "5", 5000000000 }, { "-2 m", -120000000000 }, { "1h", 3600000000000 },
		     { "7ms", 7000000 }, { "8us", 8000 }, { "9ns", 9 }, { "1d", 86400000000000 } };
	struct rt_spec spec;
	struct sw_error err;
	char line[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "lxc.time.offset.monotonic=%s", rows[i].value);
		unit_check(!settle(line, &spec, &err) && spec.confine.offset_monotonic == rows[i].ns,
			   __FILE__, __LINE__, "%s: %s", line, err.msg);
		rt_spec_free(&spec);
	}
	CHECK_INT(settle("lxc.time.offset.boot=9223372036854775807d", &spec, &err), -EINVAL);
	rt_spec_free(&spec);
}

static int with_profile(const char *text, struct rt_spec *spec, struct sw_error *err)
{
	char path[] = "/tmp/unit-profile-XXXXXX", line[64];
	int fd = mkostemp(path, O_CLOEXEC), r;

	CHECK(fd >= 0 && !sw_write_all(fd, text, strlen(text)));
	close(fd);
	snprintf(line, sizeof(line), "lxc.seccomp.profile=%s", path);
	r = settle(line, spec, err);
	unlink(path);
	return r;
}

UNIT(lxc_seccomp_profiles)
{
	static const char *const bad[] = { "", "2", "2\n\n#\n", "1\nwhitelist\n-1\n", "2\ndenylist\n[",
		"2\ndenylist\nmkdir errno 1 [", "2\ndenylist\nmkdir errno 1 []",
		"2\ndenylist\nmkdir [0,1,SCMP_CMP_EQ,2]", "2\nallowlist explode\n",
		"2\ndenylist\nmkdir errno 1 [0,1,2,3,4,5,6]" };
	struct rt_spec spec;
	struct sw_error err;

	CHECK_INT(with_profile("2\ndenylist\n[all]\nmkdir errno 1 [1,0x1ff,==]\n[x86]\nchmod kill\n",
			      &spec, &err), 0);
	CHECK(spec.confine.filter.count > 5);
	/* It begins with the architecture: what it does not know does not come through. */
	CHECK_INT(((struct sock_filter *)spec.confine.filter.insns)[0].k, 4);
	CHECK(spec.confine.init_filter.count > 0);
	rt_spec_free(&spec);
	CHECK_INT(with_profile("1\r\nwhitelist\r\n0\r\n 60 \r\n", &spec, &err), 0);
	rt_spec_free(&spec);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int r = with_profile(bad[i], &spec, &err);

		unit_check(r == -EINVAL && strstr(err.msg, "unit-profile"), __FILE__, __LINE__,
			   "profile %zu: %d %s", i, r, err.msg);
		rt_spec_free(&spec);
	}
}

UNIT(lxc_automounts_settle)
{
	struct rt_spec spec;
	struct sw_error err;

	/* The host's network: its sysctls stay read-only. The tmpfs on /dev comes first of all. */
	CHECK_INT(settle("lxc.mount.entry=/a b none bind\nlxc.mount.auto=proc cgroup\nlxc.autodev=1\n"
			"lxc.cap.drop=sys_admin", &spec, &err), 0);
	CHECK_INT(spec.mount_count, 5);
	CHECK_STR(spec.mounts[0].target, "/dev");
	CHECK_STR(spec.mounts[1].target, "/proc");
	CHECK_STR(spec.mounts[2].target, "/proc/sys");
	CHECK_STR(spec.mounts[4].target, "/b");
	CHECK_INT(spec.confine.cgroup_mount, RT_CGM_MIXED);
	rt_spec_free(&spec);
	CHECK_INT(settle("lxc.net.0.type=empty\nlxc.mount.auto=proc cgroup-full:ro:force", &spec, &err), 0);
	CHECK_INT(spec.mount_count, 4);
	CHECK_STR(spec.mounts[1].target, "/proc/sys/net");
	CHECK(spec.confine.cgroup_full && spec.confine.cgroup_force);
	rt_spec_free(&spec);
}
