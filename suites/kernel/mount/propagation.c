// SPDX-License-Identifier: GPL-2.0-only
/* Shared subtrees: who hears of whose mounts, within a namespace and between two. */
#include "suite.h"
#include "suite_mount.h"

SUITE("mount.propagation", "kernel", "Propagation of mount and umount events");

/* A shared tmpfs "a" (own peer group) with an empty directory "m" in it. */
static int make_shared(void)
{
	int r = suite_mount_base();

	if (!r)
		r = suite_mount_tmpfs("a");
	if (!r)
		r = sys_mount(NULL, "a", NULL, MS_SHARED, NULL);
	return !r && mkdir("a/m", 0755) ? -errno : r;
}

SUITE_TEST(bind_joins_the_peer_group,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Bind (MS_BIND) semantics")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, b, m;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info("b", &b));
		EXPECT_NE(0, a.shared);
		EXPECT_EQ(a.shared, b.shared);
		ASSERT_OK(suite_mount_tmpfs("b/m"));
		EXPECT_EQ(1, suite_mount_count("a/m"));
		/* The new mounts are a peer group of their own. */
		ASSERT_OK(suite_mount_info("a/m", &a));
		ASSERT_OK(suite_mount_info("b/m", &m));
		EXPECT_EQ(a.shared, m.shared);
		EXPECT_NE(b.shared, m.shared);
		/* umount(2) goes the same way. */
		ASSERT_OK(sys_umount2("a/m", 0));
		EXPECT_EQ(0, suite_mount_count("b/m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_of_private_is_private,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Bind (MS_BIND) semantics, private source")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount b;

		ASSERT_OK(make_shared());
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_PRIVATE, NULL));
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_info("b", &b));
		EXPECT_EQ(0, b.shared + b.master);
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		EXPECT_EQ(0, suite_mount_count("b/m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_to_a_shared_place_is_shared,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Bind (MS_BIND) semantics, shared destination")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount at_a, at_b, source;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_tmpfs("private"));
		ASSERT_OK(suite_mount_bind("private", "a/m", 0));
		ASSERT_OK(suite_mount_info("a/m", &at_a));
		ASSERT_OK(suite_mount_info("b/m", &at_b));
		ASSERT_OK(suite_mount_info("private", &source));
		EXPECT_NE(0, at_a.shared);
		EXPECT_EQ(at_a.shared, at_b.shared);
		EXPECT_EQ(0, source.shared);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(slave_names_its_master,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): MS_SLAVE; proc_pid_mountinfo(5): master:X")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, b;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SLAVE, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info("b", &b));
		EXPECT_EQ(0, b.shared);
		EXPECT_EQ(a.shared, b.master);
		/* Down, but not up: what is mounted, and what is unmounted. */
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		EXPECT_EQ(1, suite_mount_count("b/m"));
		ASSERT_OK(suite_mount_info("a/m", &a));
		ASSERT_OK(suite_mount_info("b/m", &b));
		EXPECT_EQ(a.shared, b.master);
		ASSERT_OK(sys_umount2("b/m", 0));
		EXPECT_EQ(1, suite_mount_count("a/m"));
		ASSERT_OK(suite_mount_tmpfs("b/own"));
		EXPECT_EQ(0, suite_mount_count("a/own"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(shared_slave_hands_on,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): a slave of one peer group that shares in another")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, b, c;

		ASSERT_OK(make_shared());
		ASSERT_SYS(mkdir("a/up", 0755));
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SLAVE, NULL));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_bind("b", "c", 0));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info("b", &b));
		ASSERT_OK(suite_mount_info("c", &c));
		EXPECT_EQ(a.shared, b.master);
		EXPECT_NE(0, b.shared);
		EXPECT_NE(a.shared, b.shared);
		EXPECT_EQ(b.shared, c.shared);
		EXPECT_EQ(a.shared, c.master);
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		EXPECT_EQ(1, suite_mount_count("b/m"));
		EXPECT_EQ(1, suite_mount_count("c/m"));
		ASSERT_OK(suite_mount_tmpfs("c/up"));
		EXPECT_EQ(1, suite_mount_count("b/up"));
		EXPECT_EQ(0, suite_mount_count("a/up"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(bind_of_a_slave_has_its_master,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Bind (MS_BIND) semantics, slave source")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, c;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SLAVE, NULL));
		ASSERT_OK(suite_mount_bind("b", "c", 0));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info("c", &c));
		EXPECT_EQ(0, c.shared);
		EXPECT_EQ(a.shared, c.master);
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		EXPECT_EQ(1, suite_mount_count("c/m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(lone_shared_made_slave_is_private,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Propagation type transitions [1] and [2]")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a;

		ASSERT_OK(make_shared());
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SLAVE, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		EXPECT_EQ(0, a.shared + a.master);
		/* Slaving what is not shared has no effect. */
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_UNBINDABLE, NULL));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SLAVE, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		EXPECT_TRUE(a.unbindable);
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		EXPECT_FALSE(a.unbindable);
		EXPECT_NE(0, a.shared);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(recursive_change_reaches_submounts,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount(2): MS_REC with a change of the propagation type")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount top, sub;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_info("a", &top));
		ASSERT_OK(suite_mount_info("a/sub", &sub));
		EXPECT_NE(0, top.shared);
		EXPECT_EQ(0, sub.shared);
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REC | MS_SHARED, NULL));
		ASSERT_OK(suite_mount_info("a/sub", &sub));
		EXPECT_NE(0, sub.shared);
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REC | MS_PRIVATE, NULL));
		ASSERT_OK(suite_mount_info("a", &top));
		ASSERT_OK(suite_mount_info("a/sub", &sub));
		EXPECT_EQ(0, top.shared + sub.shared);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(leaving_the_group_keeps_what_came,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): MS_PRIVATE: events do not propagate into this mount")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_PRIVATE, NULL));
		ASSERT_OK(sys_umount2("a/m", 0));
		EXPECT_EQ(0, suite_mount_count("a/m"));
		EXPECT_EQ(1, suite_mount_count("b/m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(unbindable_is_pruned_from_rbind,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): MS_UNBINDABLE: pruned when the subtree is replicated")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/plain"));
		ASSERT_OK(suite_mount_tmpfs("a/hidden"));
		ASSERT_OK(suite_mount_tmpfs("a/hidden/below"));
		ASSERT_OK(sys_mount(NULL, "a/hidden", NULL, MS_UNBINDABLE, NULL));
		ASSERT_OK(suite_mount_info("a/hidden", &m));
		EXPECT_TRUE(m.unbindable);
		ASSERT_OK(suite_mount_bind("a", "b", MS_REC));
		EXPECT_EQ(1, suite_mount_count("b"));
		EXPECT_EQ(1, suite_mount_count("b/plain"));
		EXPECT_EQ(0, suite_mount_count("b/hidden"));
		EXPECT_EQ(0, suite_mount_count("b/hidden/below"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(move_out_of_a_shared_parent_is_refused,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount(2): EINVAL, MS_MOVE of a mount whose parent is shared")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		ASSERT_SYS(mkdir("to", 0755));
		EXPECT_REFUSED(EINVAL, sys_mount("a/m", "to", NULL, MS_MOVE, NULL));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_PRIVATE, NULL));
		EXPECT_OK(sys_mount("a/m", "to", NULL, MS_MOVE, NULL));
		EXPECT_EQ(0, suite_mount_count("a/m"));
		EXPECT_EQ(1, suite_mount_count("to"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(move_to_a_shared_place_propagates,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): Move (MS_MOVE) semantics")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m, peer;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_tmpfs("x"));
		ASSERT_OK(suite_file("x/file", "x"));
		ASSERT_OK(sys_mount(NULL, "x", NULL, MS_UNBINDABLE, NULL));
		EXPECT_REFUSED(EINVAL, sys_mount("x", "a/m", NULL, MS_MOVE, NULL));
		ASSERT_OK(sys_mount(NULL, "x", NULL, MS_PRIVATE, NULL));
		ASSERT_OK(sys_mount("x", "a/m", NULL, MS_MOVE, NULL));
		EXPECT_EQ(0, suite_mount_count("x"));
		ASSERT_OK(suite_mount_info("a/m", &m));
		ASSERT_OK(suite_mount_info("b/m", &peer));
		EXPECT_NE(0, m.shared);
		EXPECT_EQ(m.shared, peer.shared);
		EXPECT_EQ(0, access("b/m/file", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(type_flags_stand_alone,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount(2): Changing the propagation type: only one of the flags, with MS_REC and MS_SILENT only")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a;

		ASSERT_OK(make_shared());
		ASSERT_SYS(mkdir("plain", 0755));
		EXPECT_REFUSED(EINVAL, sys_mount(NULL, "a", NULL, MS_PRIVATE | MS_SLAVE, NULL));
		EXPECT_REFUSED(EINVAL, sys_mount(NULL, "a", NULL, MS_PRIVATE | MS_NOSUID | MS_RDONLY, NULL));
		EXPECT_REFUSED(EINVAL, sys_mount(NULL, "plain", NULL, MS_PRIVATE, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		EXPECT_NE(0, a.shared);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(chroot_shows_propagate_from,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): propagate_from:X, the closest dominant peer group under the root")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, b, c;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("root"));
		ASSERT_OK(suite_mount_tmpfs("root/a"));
		ASSERT_OK(sys_mount(NULL, "root/a", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_bind("root/a", "b", 0));	/* out of sight from root */
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SLAVE, NULL));
		ASSERT_OK(sys_mount(NULL, "b", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_bind("b", "root/c", 0));
		ASSERT_OK(sys_mount(NULL, "root/c", NULL, MS_SLAVE, NULL));
		ASSERT_OK(suite_mount_bind("/proc", "root/proc", 0));
		ASSERT_OK(suite_mount_info("root/a", &a));
		ASSERT_OK(suite_mount_info("b", &b));
		ASSERT_OK(suite_mount_info("root/c", &c));
		EXPECT_EQ(b.shared, c.master);
		EXPECT_EQ(0, c.propagate_from);
		ASSERT_SYS(chroot("root"));
		ASSERT_SYS(chdir("/"));
		EXPECT_EQ(0, suite_mount_count("/b"));
		ASSERT_OK(suite_mount_info("/c", &c));
		EXPECT_EQ(b.shared, c.master);
		EXPECT_EQ(a.shared, c.propagate_from);
	}
	EXPECT_EXIT(0, pid);
}

/* A child in namespaces of these flags, with propagation as it comes. */
static pid_t clone_as_it_comes(uint64_t flags)
{
	fflush(NULL);
	pid_t pid = sys_clone(flags);

	suite_is_child |= pid == 0;
	return pid;
}

SUITE_TEST(umount_reaches_the_other_namespace,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): replicated mounts join the peer group, and umount(2) propagates")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, theirs;

		ASSERT_OK(make_shared());
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		ASSERT_OK(suite_mount_info("a", &a));
		pid_t other = clone_as_it_comes(SW_CLONE_NEWNS);

		ASSERT_LE(0, other);
		if (other == 0) {
			ASSERT_OK(suite_mount_info("a", &theirs));
			EXPECT_EQ(a.shared, theirs.shared);
			EXPECT_NE(a.id, theirs.id);
			EXPECT_OK(sys_umount2("a/m", 0));
			return;
		}
		EXPECT_EXIT(0, other);
		EXPECT_EQ(0, suite_mount_count("a/m"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(end_of_a_namespace_leaves_its_peers,
	   .needs = "ns.mnt mount.tmpfs mount.propagation",
	   .promise = "mount_namespaces(7): a mount ceases to be a member when its namespace is removed")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(make_shared());
		pid_t other = clone_as_it_comes(SW_CLONE_NEWNS);

		ASSERT_LE(0, other);
		if (other == 0) {
			ASSERT_OK(suite_mount_tmpfs("a/m"));
			EXPECT_OK(suite_file("a/m/file", "kept"));
			return;
		}
		EXPECT_EXIT(0, other);	/* and its mounts with it */
		EXPECT_EQ(1, suite_mount_count("a/m"));
		EXPECT_EQ(0, access("a/m/file", F_OK));
		ASSERT_OK(sys_umount2("a/m", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(user_namespace_turns_shared_into_slave,
	   .needs = "ns.mnt ns.user mount.tmpfs mount.tmpfs_userns mount.propagation",
	   .promise = "mount_namespaces(7): Restrictions: shared mounts are reduced to slave mounts")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, theirs;
		struct suite_line line;
		long value;

		ASSERT_OK(make_shared());
		ASSERT_SYS(mkdir("a/n", 0755));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_line(&line));
		pid_t other = clone_as_it_comes(SW_CLONE_NEWUSER | SW_CLONE_NEWNS);

		ASSERT_LE(0, other);
		if (other == 0) {
			suite_line_mine(&line, 1);
			ASSERT_OK(suite_map_self(0, 0));
			ASSERT_OK(suite_mount_info("a", &theirs));
			EXPECT_EQ(0, theirs.shared);
			EXPECT_EQ(a.shared, theirs.master);
			ASSERT_OK(sys_mount("sw-test", "a/m", "tmpfs", 0, NULL));
			suite_tell(&line, 1);
			ASSERT_OK(suite_hear(&line, &value));
			EXPECT_EQ(1, suite_mount_count("a/n"));
			return;
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		EXPECT_EQ(0, suite_mount_count("a/m"));
		ASSERT_OK(suite_mount_tmpfs("a/n"));
		suite_tell(&line, 1);
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}
