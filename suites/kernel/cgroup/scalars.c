// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resources that come with hardware (rdma, misc, dmem): where there is none there is nothing to limit, and what
 * the kernel says of that is what can be seen. Files, bounds, and that nobody is given what does not exist.
 */
#include "suite.h"

#include <stdlib.h>

#include "suite_cgtest.h"

SUITE("cgroup.scalars", "kernel", "Resources of hardware: rdma, misc, dmem; cgroup namespaces as borders");

#define V2 "Documentation/admin-guide/cgroup-v2.rst: "

/*
 * The first line of a file as "NAME REST". False if the file is empty, which is right only if there is no
 * such resource.
 */
static bool first_line(const char *text, char *name, size_t size)
{
	size_t n = strcspn(text, " \n");

	if (!n || n >= size)
		return false;
	memcpy(name, text, n);
	name[n] = 0;
	return true;
}

/* The root's file of a version 2 hierarchy: beside the groups of tests. */
static int read_root(const struct suite_cgroup *cg, const char *file, char *out, size_t size)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/../%s", cg->path, file);
	return (int)suite_read(path, out, size);
}

/* ---- rdma ---- */

static void rdma_knows_its_devices(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	char text[4096], now[4096], device[128], rule[256];

	ASSERT_OK(suite_cgroup_new(&cg, "rdma", version));
	ASSERT_OK(suite_cgroup_read(&cg, "rdma.max", text, sizeof(text)));
	ASSERT_OK(suite_cgroup_read(&cg, "rdma.current", now, sizeof(now)));
	EXPECT_REFUSED(ENODEV, suite_cgroup_write(&cg, "rdma.max", "sw-none hca_handle=1 hca_object=1"));
	if (!first_line(text, device, sizeof(device))) {
		EXPECT_STREQ("", now);	/* no device: nothing in use either */
		return;
	}
	EXPECT_NE(NULL, strstr(text, "hca_handle=max hca_object=max"));
	EXPECT_NE(NULL, strstr(now, "hca_handle=0 hca_object=0"));
	snprintf(rule, sizeof(rule), "%s hca_handle=2 hca_object=max", device);
	ASSERT_OK(suite_cgroup_write(&cg, "rdma.max", rule));
	EXPECT_EQ(1, cgtest_has_line(&cg, "rdma.max", rule));
	snprintf(rule, sizeof(rule), "%s hca_handle=-1", device);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "rdma.max", rule));
	snprintf(rule, sizeof(rule), "%s hca_none=1", device);
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "rdma.max", rule));
}

SUITE_TEST(v1_rdma_knows_its_devices, .needs = "cgroup.v1.rdma", .promise = "Documentation/admin-guide/cgroup-v1/rdma.rst")
{
	rdma_knows_its_devices(_metadata, 1);
}

SUITE_TEST(v2_rdma_knows_its_devices, .needs = "cgroup.v2.rdma", .promise = V2 "RDMA; rdma.max, rdma.current")
{
	rdma_knows_its_devices(_metadata, 2);
}

/* ---- misc ---- */

static void misc_knows_its_resources(struct __test_metadata *_metadata, int version)
{
	struct suite_cgroup cg;
	char capacity[4096], text[4096], resource[128], rule[256];

	ASSERT_OK(suite_cgroup_new(&cg, "misc", version));
	ASSERT_OK(read_root(&cg, "misc.capacity", capacity, sizeof(capacity)));
	ASSERT_OK(suite_cgroup_read(&cg, "misc.max", text, sizeof(text)));
	EXPECT_REFUSED(EINVAL, suite_cgroup_write(&cg, "misc.max", "sw_none 1"));
	/* Only the machine as a whole has a capacity, and it has no limit. */
	EXPECT_EQ(-ENOENT, suite_cgroup_read(&cg, "misc.capacity", rule, sizeof(rule)));
	EXPECT_EQ(-ENOENT, read_root(&cg, "misc.max", rule, sizeof(rule)));
	if (!first_line(capacity, resource, sizeof(resource))) {
		EXPECT_STREQ("", text);	/* none here: none to limit */
		ASSERT_OK(suite_cgroup_read(&cg, "misc.current", text, sizeof(text)));
		EXPECT_STREQ("", text);
		return;
	}
	snprintf(rule, sizeof(rule), "%s max", resource);
	EXPECT_EQ(1, cgtest_has_line(&cg, "misc.max", rule));
	snprintf(rule, sizeof(rule), "%s 1", resource);
	ASSERT_OK(suite_cgroup_write(&cg, "misc.max", rule));
	EXPECT_EQ(1, cgtest_has_line(&cg, "misc.max", rule));
	snprintf(rule, sizeof(rule), "%s 0", resource);
	EXPECT_EQ(1, cgtest_has_line(&cg, "misc.current", rule));
}

SUITE_TEST(v1_misc_knows_its_resources, .needs = "cgroup.v1.misc",
	   .promise = "Documentation/admin-guide/cgroup-v1/misc.rst; " V2 "Misc")
{
	misc_knows_its_resources(_metadata, 1);
}

SUITE_TEST(v2_misc_knows_its_resources, .needs = "cgroup.v2.misc", .promise = V2 "Misc; misc.capacity, misc.max")
{
	misc_knows_its_resources(_metadata, 2);
}

/* ---- dmem ---- */

SUITE_TEST(v2_dmem_knows_its_regions, .needs = "cgroup.v2.dmem", .promise = V2 "DMEM; dmem.capacity, dmem.max, since 6.14")
{
	struct suite_cgroup cg;
	char capacity[4096], text[4096], region[128], rule[256];

	ASSERT_OK(suite_cgroup_new(&cg, "dmem", 2));
	ASSERT_OK(read_root(&cg, "dmem.capacity", capacity, sizeof(capacity)));
	ASSERT_OK(suite_cgroup_read(&cg, "dmem.max", text, sizeof(text)));
	EXPECT_GT(0, suite_cgroup_write(&cg, "dmem.max", "sw/none 1048576"));
	EXPECT_EQ(-ENOENT, suite_cgroup_read(&cg, "dmem.capacity", rule, sizeof(rule)));
	if (!first_line(capacity, region, sizeof(region))) {
		EXPECT_STREQ("", text);
		return;
	}
	snprintf(rule, sizeof(rule), "%s max", region);
	EXPECT_EQ(1, cgtest_has_line(&cg, "dmem.max", rule));
	snprintf(rule, sizeof(rule), "%s 1048576", region);
	ASSERT_OK(suite_cgroup_write(&cg, "dmem.max", rule));
	EXPECT_EQ(1, cgtest_has_line(&cg, "dmem.max", rule));
	snprintf(rule, sizeof(rule), "%s 0", region);
	EXPECT_EQ(1, cgtest_has_line(&cg, "dmem.current", rule));
}

/* ---- cgroup namespaces as borders of delegation ---- */

/* Whether the version 2 hierarchy is mounted with nsdelegate, in mountinfo. */
static bool is_nsdelegate(void)
{
	char text[65536], *at;

	if (suite_read("/proc/self/mountinfo", text, sizeof(text)) < 0)
		return false;
	at = strstr(text, " - cgroup2 ");
	if (!at)
		return false;
	at[strcspn(at, "\n")] = 0;
	return strstr(at, "nsdelegate");
}

/*
 * With the mount option, the limits of a namespace's root are not for those inside, and what is below it is. Without
 * it the namespace is a view only.
 */
SUITE_TEST(v2_namespace_does_not_lift_its_limits, .needs = "cgroup.v2.nsdelegate ns.cgroup cgroup.v2.pids",
	   .promise = V2 "Model of Delegation; nsdelegate, since 4.13")
{
	struct suite_cgroup cg, child;
	struct suite_line line;
	long value;

	ASSERT_OK(suite_cgroup_new(&cg, "pids", 2));
	ASSERT_OK(suite_cgroup_write(&cg, "pids.max", "20"));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, 0) {
		bool border = is_nsdelegate();

		suite_line_mine(&line, 1);
		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		if (border)
			EXPECT_REFUSED(EPERM, suite_cgroup_write(&cg, "pids.max", "30"));
		else
			EXPECT_OK(suite_cgroup_write(&cg, "pids.max", "30"));
		/* Processes and controllers below are its own affair. */
		EXPECT_OK(suite_cgroup_enter(&child, 0));
		EXPECT_OK(suite_cgroup_write(&cg, "cgroup.subtree_control", "+pids"));
		EXPECT_OK(suite_cgroup_write(&child, "pids.max", "10"));
		suite_tell(&line, border);
	}
	suite_line_mine(&line, 0);
	EXPECT_EXIT(0, pid);
	ASSERT_OK(suite_hear(&line, &value));
	long long now;

	ASSERT_OK(suite_cgroup_read_long(&cg, "pids.max", &now));
	EXPECT_EQ(value ? 20 : 30, now);
}

SUITE_TEST(v2_namespace_moves_nobody_across, .needs = "cgroup.v2.nsdelegate ns.cgroup",
	   .promise = V2 "Delegation Containment; nsdelegate")
{
	struct suite_cgroup cg, child, outside;
	struct cgtest_proc p;

	ASSERT_OK(suite_cgroup_new(&cg, NULL, 2));
	ASSERT_OK(suite_cgroup_child(&child, &cg, "child", NULL));
	ASSERT_OK(suite_cgroup_new(&outside, NULL, 2));
	ASSERT_OK(cgtest_start(&p, &outside));
	CHILD(pid, 0) {
		bool border = is_nsdelegate();

		ASSERT_OK(suite_cgroup_enter(&cg, 0));
		ASSERT_OK(sys_unshare(SW_CLONE_NEWCGROUP));
		EXPECT_OK(suite_cgroup_enter(&child, 0));
		if (border) {
			EXPECT_REFUSED(ENOENT, suite_cgroup_enter(&child, p.pid));
			EXPECT_REFUSED(ENOENT, suite_cgroup_enter(&outside, 0));
		} else {
			EXPECT_OK(suite_cgroup_enter(&child, p.pid));
		}
		EXPECT_EQ(border ? 1 : 0, cgtest_lists(&outside, "cgroup.procs", p.pid));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, cgtest_end(&p));
}
