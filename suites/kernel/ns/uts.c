// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/utsname.h>

#include "ns_util.h"

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

SUITE_TEST(members_share_the_name,
	   .needs = "ns.uts",
	   .promise = "uts_namespaces(7): visible to all other processes in the same namespace")
{
	CHILD(pid, SW_CLONE_NEWUTS) {
		char n[65], d[65];

		ASSERT_SYS(sethostname("sw-test-before", 14));
		CHILD(other, 0) {
			read_names(n, d);
			EXPECT_STREQ("sw-test-before", n);
			/* By either way: the call, or the file. */
			ASSERT_OK(suite_write("sw-test-child", "/proc/sys/kernel/hostname"));
		}
		EXPECT_EXIT(0, other);
		read_names(n, d);
		EXPECT_STREQ("sw-test-child", n);
		/* A nested one starts as this is now, and then goes its own way. */
		CHILD(nested, SW_CLONE_NEWUTS) {
			read_names(n, d);
			EXPECT_STREQ("sw-test-child", n);
			ASSERT_SYS(setdomainname("sw-test-nested", 14));
		}
		EXPECT_EXIT(0, nested);
		read_names(n, d);
		EXPECT_STRNE("sw-test-nested", d);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(names_have_64_bytes,
	   .needs = "ns.uts",
	   .promise = "sethostname(2), setdomainname(2): EINVAL; uname(2): __NEW_UTS_LEN")
{
	CHILD(pid, SW_CLONE_NEWUTS) {
		char longest[66], n[65], d[65];

		memset(longest, 'x', 65);
		longest[65] = 0;
		EXPECT_EQ(-1, sethostname(longest, 65));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setdomainname(longest, 65));
		EXPECT_EQ(EINVAL, errno);
		ASSERT_SYS(sethostname(longest, 64));
		read_names(n, d);
		EXPECT_EQ(64, strlen(n));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(owner_decides_who_may_change,
	   .needs = "ns.uts ns.user",
	   .promise = "user_namespaces(7): Interaction of user namespaces and other types of namespaces")
{
	CHILD(outer, SW_CLONE_NEWUTS) {
		ROOT_CHILD(pid, 0) {
			/* This UTS namespace was made above; one that is made here is this root's. */
			EXPECT_EQ(-1, sethostname("sw-test-no", 10));
			EXPECT_EQ(EPERM, errno);
			EXPECT_REFUSED(EACCES, suite_write("sw-test-no", "/proc/sys/kernel/hostname"));
			ASSERT_OK(sys_unshare(SW_CLONE_NEWUTS));
			EXPECT_EQ(0, sethostname("sw-test-yes", 11));
			NESTED_CHILD(nested, 0) {
				EXPECT_EQ(-1, sethostname("sw-test-no", 10));
				EXPECT_EQ(EPERM, errno);
			}
			EXPECT_EXIT(0, nested);
		}
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EXIT(0, outer);
}
