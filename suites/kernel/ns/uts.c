// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/utsname.h>

SUITE("ns.uts", "kernel", "UTS namespaces: host and domain name");

static void read_names(char *node, char *domain)
{
	struct utsname u;

	uname(&u);
	strcpy(node, u.nodename);
	strcpy(domain, u.domainname);
}

SUITE_TEST(starts_as_a_copy,
	   .needs = "ns.uts",
	   .promise = "uts_namespaces(7)")
{
	char node[65], domain[65];

	read_names(node, domain);
	CHILD(pid, SW_CLONE_NEWUTS) {
		char n[65], d[65];

		read_names(n, d);
		EXPECT_STREQ(node, n);
		EXPECT_STREQ(domain, d);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(names_are_private,
	   .needs = "ns.uts",
	   .promise = "uts_namespaces(7)")
{
	char node[65], domain[65], after_node[65], after_domain[65];

	read_names(node, domain);
	CHILD(pid, SW_CLONE_NEWUTS) {
		char n[65], d[65], text[128];

		ASSERT_SYS(sethostname("sw-test-host", 12));
		ASSERT_SYS(setdomainname("sw-test-domain", 14));
		read_names(n, d);
		EXPECT_STREQ("sw-test-host", n);
		EXPECT_STREQ("sw-test-domain", d);
		/* The sysctl shows the namespace of the reader. */
		ASSERT_OK(suite_read("/proc/sys/kernel/hostname", text, sizeof(text)));
		EXPECT_STREQ("sw-test-host", text);
	}
	EXPECT_EXIT(0, pid);
	read_names(after_node, after_domain);
	EXPECT_STREQ(node, after_node);
	EXPECT_STREQ(domain, after_domain);
}

SUITE_TEST(changing_needs_a_capability,
	   .needs = "ns.uts",
	   .promise = "sethostname(2): EPERM")
{
	CHILD(pid, SW_CLONE_NEWUTS) {
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		EXPECT_EQ(-1, sethostname("sw-test-no", 10));
		EXPECT_EQ(EPERM, errno);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setns_joins,
	   .needs = "ns.uts process.setns",
	   .promise = "setns(2)")
{
	struct suite_line line;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(owner, SW_CLONE_NEWUTS) {
		suite_line_mine(&line, 1);
		ASSERT_SYS(sethostname("sw-test-joined", 14));
		suite_tell(&line, 1);
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	CHILD(guest, 0) {
		char n[65], d[65];
		int fd = suite_ns_open(owner, "uts");

		ASSERT_OK(fd);
		/* A descriptor of another kind of namespace is refused. */
		EXPECT_REFUSED(EINVAL, sys_setns(fd, SW_CLONE_NEWIPC));
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWUTS));
		read_names(n, d);
		EXPECT_STREQ("sw-test-joined", n);
	}
	EXPECT_EXIT(0, guest);
	suite_line_close(&line);
	EXPECT_EXIT(0, owner);
}
