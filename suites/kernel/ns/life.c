// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#include "ns_util.h"
#include "suite_net.h"
#include "sw_netlink.h"

SUITE("ns.life", "kernel", "What keeps a namespace alive, and what ends it");

SUITE_TEST(open_file_keeps_it,
	   .needs = "ns.uts process.setns",
	   .promise = "namespaces(7): Namespace lifetime (open file descriptor)")
{
	struct suite_line line;
	uint64_t id;
	long value;
	int fd;

	ASSERT_OK(suite_line(&line));
	CHILD(holder, SW_CLONE_NEWUTS) {
		suite_line_mine(&line, 1);
		ASSERT_SYS(sethostname("sw-test-kept", 12));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	fd = suite_ns_open(holder, "uts");
	ASSERT_OK(fd);
	id = ns_id(holder, "uts");
	suite_line_close(&line);
	EXPECT_EXIT(0, holder);
	CHILD(guest, 0) {
		char name[65] = "";

		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWUTS));
		EXPECT_EQ(id, ns_id(0, "uts"));
		ASSERT_SYS(gethostname(name, sizeof(name)));
		EXPECT_STREQ("sw-test-kept", name);
	}
	EXPECT_EXIT(0, guest);
}

/* A file of the scratch directory to mount a namespace on. */
static int make_file(char *path, size_t size, const char *name)
{
	int fd;

	if (snprintf(path, size, "%s/%s", suite_scratch, name) >= (int)size)
		return -ENAMETOOLONG;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

SUITE_TEST(bind_mount_keeps_it,
	   .needs = "ns.uts ns.mnt process.setns",
	   .promise = "namespaces(7): The /proc/pid/ns/ directory (bind mounting); Namespace lifetime")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char path[PATH_MAX], text[PATH_MAX];
		struct ns_holder h;
		uint64_t id;
		int fd;

		ASSERT_OK(make_file(path, sizeof(path), "uts"));
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUTS));
		id = ns_id(h.pid, "uts");
		snprintf(text, sizeof(text), "/proc/%d/ns/uts", (int)h.pid);
		ASSERT_OK(sys_mount(text, path, NULL, MS_BIND, NULL));
		EXPECT_EQ(0, ns_release(&h));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_SYS(fd);
		EXPECT_EQ(id, ns_fd_id(fd));
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWUTS));
		EXPECT_EQ(id, ns_id(0, "uts"));
		EXPECT_OK(sys_umount2(path, MNT_DETACH));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(mount_namespace_goes_with_its_last_process,
	   .needs = "ns.mnt mount.tmpfs",
	   .promise = "namespaces(7): Namespace lifetime; inotify(7): IN_UNMOUNT")
{
	int watch = inotify_init1(IN_CLOEXEC);
	struct pollfd p = { .fd = watch, .events = POLLIN };
	struct suite_line line;
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool unmounted = false;
	long value;

	ASSERT_SYS(watch);
	ASSERT_OK(suite_line(&line));
	CHILD(holder, SW_CLONE_NEWNS) {
		suite_line_mine(&line, 1);
		ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "size=64k"));
		ASSERT_SYS(inotify_add_watch(watch, suite_scratch, IN_UNMOUNT));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	EXPECT_EQ(0, poll(&p, 1, 0));	/* it is still mounted */
	suite_line_close(&line);
	EXPECT_EXIT(0, holder);
	/* The file system goes when its last mount does, in the background of the exit. */
	while (!unmounted) {
		ssize_t n = read(watch, buf, sizeof(buf));

		ASSERT_LT(0, n);
		for (char *at = buf; at < buf + n;) {
			struct inotify_event *e = (void *)at;

			unmounted |= e->mask & IN_UNMOUNT;
			at += sizeof(*e) + e->len;
		}
	}
}

/* The rest is about network namespaces: their end shows as the end of a veth device's peer. */

/* A socket that hears of devices that come and go; returns it or -errno. */
static int hear_links(struct sw_nl *nl)
{
	int group = RTNLGRP_LINK, r = sw_nl_open(nl, NETLINK_ROUTE);

	if (!r && setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		r = -errno;
	return r;
}

static int await_link_gone(struct sw_nl *nl, const char *name)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		int n = recv(nl->fd, buf, sizeof(buf), 0);

		if (n < 0)
			return -errno;
		for (struct nlmsghdr *m = (void *)buf; NLMSG_OK(m, (unsigned int)n); m = NLMSG_NEXT(m, n)) {
			size_t len;
			const void *attrs = sw_nl_attrs(m, sizeof(struct ifinfomsg), &len);
			const struct nlattr *a = sw_nl_find(attrs, len, IFLA_IFNAME);

			if (m->nlmsg_type == RTM_DELLINK && a && !strcmp(sw_nl_data(a), name))
				return 0;
		}
	}
}

/* A namespace with the far end of a pair, and a listener for the near end's end. */
static void make_far(struct __test_metadata *_metadata, struct ns_holder *h, struct sw_nl *nl)
{
	ASSERT_OK(hear_links(nl));
	ASSERT_OK(ns_hold(h, SW_CLONE_NEWNET));
	ASSERT_OK(suite_net_veth("sw-near", "sw-far", h->pid));
}

SUITE_TEST(network_namespace_goes_with_its_last_process,
	   .needs = "ns.net net.veth",
	   .promise = "network_namespaces(7): when a namespace is freed, veth(4): destroyed together")
{
	CHILD(pid, SW_CLONE_NEWNET) {
		struct sw_nl nl __sw_nl = SW_NL_INIT;
		struct suite_line line;
		struct ns_holder h;
		long value;

		make_far(_metadata, &h, &nl);
		ASSERT_OK(suite_line(&line));
		CHILD(joined, 0) {
			int fd = suite_ns_open(h.pid, "net");

			suite_line_mine(&line, 1);
			suite_line_close(&h.line);
			ASSERT_OK(sys_setns(fd, SW_CLONE_NEWNET));
			close(fd);
			ASSERT_OK(suite_tell(&line, 1));
			ASSERT_OK(suite_hear(&line, &value));	/* the first process is gone */
			EXPECT_LE(0, suite_net_flags("sw-far"));
			ASSERT_OK(suite_tell(&line, 1));
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(0, ns_release(&h));
		ASSERT_OK(suite_tell(&line, 1));
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_LE(0, suite_net_flags("sw-near"));
		suite_line_close(&line);
		EXPECT_EXIT(0, joined);
		ASSERT_OK(await_link_gone(&nl, "sw-near"));
		EXPECT_REFUSED(ENODEV, suite_net_flags("sw-near"));
	}
	EXPECT_EXIT(0, pid);
}

/* Hold it by a descriptor, see that it is there without a process, let go, see it end. */
SUITE_TEST(network_namespace_ends_with_its_file,
	   .needs = "ns.net net.veth",
	   .promise = "namespaces(7): Namespace lifetime (open file descriptor)")
{
	CHILD(pid, SW_CLONE_NEWNET) {
		struct sw_nl nl __sw_nl = SW_NL_INIT;
		struct ns_holder h;
		int fd;

		make_far(_metadata, &h, &nl);
		fd = suite_ns_open(h.pid, "net");
		ASSERT_OK(fd);
		EXPECT_EQ(0, ns_release(&h));
		CHILD(guest, 0) {
			ASSERT_OK(sys_setns(fd, SW_CLONE_NEWNET));
			EXPECT_LE(0, suite_net_flags("sw-far"));
		}
		EXPECT_EXIT(0, guest);
		EXPECT_LE(0, suite_net_flags("sw-near"));
		close(fd);
		ASSERT_OK(await_link_gone(&nl, "sw-near"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(network_namespace_ends_with_its_bind_mount,
	   .needs = "ns.net ns.mnt net.veth",
	   .promise = "namespaces(7): Namespace lifetime (bind mount)")
{
	CHILD(pid, SW_CLONE_NEWNET | SW_CLONE_NEWNS) {
		char path[PATH_MAX], text[64];
		struct sw_nl nl __sw_nl = SW_NL_INIT;
		struct ns_holder h;

		ASSERT_OK(make_file(path, sizeof(path), "net"));
		make_far(_metadata, &h, &nl);
		snprintf(text, sizeof(text), "/proc/%d/ns/net", (int)h.pid);
		ASSERT_OK(sys_mount(text, path, NULL, MS_BIND, NULL));
		EXPECT_EQ(0, ns_release(&h));
		CHILD(guest, 0) {
			ASSERT_OK(sys_setns(open(path, O_RDONLY | O_CLOEXEC), SW_CLONE_NEWNET));
			EXPECT_LE(0, suite_net_flags("sw-far"));
		}
		EXPECT_EXIT(0, guest);
		ASSERT_OK(sys_umount2(path, 0));
		ASSERT_OK(await_link_gone(&nl, "sw-near"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(socket_keeps_its_network_namespace,
	   .needs = "ns.net net.veth process.setns",
	   .promise = "socket(7), network_namespaces(7): a socket belongs to the namespace it was made in")
{
	CHILD(pid, SW_CLONE_NEWNET) {
		struct sw_nl nl __sw_nl = SW_NL_INIT;
		struct ifreq ifr = { .ifr_name = "sw-far" };
		struct ns_holder h;
		int own, fd, s;

		make_far(_metadata, &h, &nl);
		own = suite_ns_open(0, "net");
		ASSERT_OK(own);
		fd = suite_ns_open(h.pid, "net");
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWNET));
		close(fd);	/* or this would keep it */
		s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		ASSERT_SYS(s);
		ASSERT_OK(sys_setns(own, SW_CLONE_NEWNET));
		/* Here, yet it speaks of there. */
		EXPECT_EQ(0, ioctl(s, SIOCGIFINDEX, &ifr));
		EXPECT_REFUSED(ENODEV, suite_net_flags("sw-far"));
		EXPECT_EQ(0, ns_release(&h));
		EXPECT_EQ(0, ioctl(s, SIOCGIFINDEX, &ifr));
		EXPECT_LE(0, suite_net_flags("sw-near"));
		close(s);
		ASSERT_OK(await_link_gone(&nl, "sw-near"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(dead_pid_namespace_takes_no_process,
	   .needs = "ns.pid process.setns",
	   .promise = "pid_namespaces(7): The namespace init process (ENOMEM)")
{
	struct ns_holder h;
	int fd;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWPID));
	fd = suite_ns_open(h.pid, "pid");
	ASSERT_OK(fd);
	EXPECT_EQ(0, ns_release(&h));
	CHILD(guest, 0) {
		ASSERT_OK(sys_setns(fd, SW_CLONE_NEWPID));
		EXPECT_EQ(-ENOMEM, suite_clone(0));
	}
	EXPECT_EXIT(0, guest);
	CHILD(other, 0) {	/* the same after unshare(2) */
		ASSERT_OK(sys_unshare(SW_CLONE_NEWPID));
		CHILD(first, 0) {
			EXPECT_EQ(1, getpid());
		}
		EXPECT_EXIT(0, first);
		EXPECT_EQ(-ENOMEM, suite_clone(0));
	}
	EXPECT_EXIT(0, other);
}

SUITE_TEST(parent_user_namespace_outlives_its_processes,
	   .needs = "ns.ioctl ns.user",
	   .promise = "namespaces(7): Namespace lifetime (hierarchical; owns nonuser namespaces)")
{
	int mid, leaf = -1, line[2];
	uint64_t id = 0;
	struct stat st;

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line));
	ROOT_CHILD(pid, 0) {
		char byte;

		close(line[0]);
		/* A UTS namespace that this user namespace owns, entered; then wait. */
		ASSERT_OK(sys_unshare(SW_CLONE_NEWUTS));
		ASSERT_EQ(1, write(line[1], "x", 1));
		EXPECT_EQ(0, read(line[1], &byte, 1));
	}
	char byte;

	close(line[1]);
	ASSERT_EQ(1, read(line[0], &byte, 1));
	id = ns_id(pid, "user");
	leaf = suite_ns_open(pid, "uts");
	ASSERT_OK(leaf);
	close(line[0]);
	EXPECT_EXIT(0, pid);
	mid = ioctl(leaf, _IO(0xb7, 1));	/* NS_GET_USERNS */
	ASSERT_SYS(mid);
	ASSERT_SYS(fstat(mid, &st));
	EXPECT_EQ(id, st.st_ino);
	CHILD(guest, 0) {	/* not merely known: it can be entered */
		EXPECT_OK(sys_setns(mid, SW_CLONE_NEWUSER));
		EXPECT_EQ(id, ns_id(0, "user"));
	}
	EXPECT_EXIT(0, guest);
}
