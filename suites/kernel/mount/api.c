// SPDX-License-Identifier: GPL-2.0-only
/* The mount interface of descriptors: fsopen, fsmount, open_tree, move_mount, mount_setattr. */
#include "suite.h"
#include "suite_mount.h"

SUITE("mount.api", "kernel", "Mounts by descriptor, and attributes of mounts");

#define NEEDS "ns.mnt mount.tmpfs mount.new_api mount.move_mount"
#define SETATTR "ns.mnt mount.tmpfs mount.mount_setattr"

/* include/uapi/linux/mount.h */
#define F_EMPTY_PATH 0x4u		/* MOVE_MOUNT_F_EMPTY_PATH */
#define SET_GROUP 0x100u		/* MOVE_MOUNT_SET_GROUP */
#define F_BENEATH 0x200u		/* MOVE_MOUNT_BENEATH */
#define EMPTY_PATH 0x1000u		/* AT_EMPTY_PATH */
#define RECURSIVE 0x8000u		/* AT_RECURSIVE */
#define CLONE_TREE 1u			/* OPEN_TREE_CLONE */
#define FS_SET_STRING 1u		/* FSCONFIG_... */
#define FS_CREATE 6u
#define FS_RECONFIGURE 7u
#define FS_SET_FLAG 0u
#define NR_FSPICK 433			/* 5.2 */
#define ATTR_RDONLY 0x1u		/* MOUNT_ATTR_... */
#define ATTR_NOSUID 0x2u
#define ATTR_NODEV 0x4u
#define ATTR_NOEXEC 0x8u
#define ATTR_ATIME 0x70u
#define ATTR_NOATIME 0x10u
#define ATTR_NODIRATIME 0x80u

/* A mounted tmpfs that is nowhere yet. */
static int new_tmpfs(unsigned int attrs)
{
	int fs = sys_fsopen("tmpfs", 1 /* FSOPEN_CLOEXEC */), r;

	if (fs < 0)
		return fs;
	r = sys_fsconfig(fs, FS_SET_STRING, "source", "sw-test-api", 0);
	if (!r)
		r = sys_fsconfig(fs, FS_SET_STRING, "size", "1m", 0);
	if (!r)
		r = sys_fsconfig(fs, FS_CREATE, NULL, NULL, 0);
	if (!r)
		r = sys_fsmount(fs, 1 /* FSMOUNT_CLOEXEC */, attrs);
	close(fs);
	return r;
}

static int attach(int tree, const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	return sys_move_mount(tree, "", AT_FDCWD, path, F_EMPTY_PATH);
}

static int set(const char *path, unsigned int flags, uint64_t on, uint64_t off)
{
	struct sys_mount_attr attr = { .attr_set = on, .attr_clr = off };

	return sys_mount_setattr(AT_FDCWD, path, flags, &attr, sizeof(attr));
}

static bool has(const char *path, const char *word)
{
	struct suite_mount m;

	return !suite_mount_info(path, &m) && suite_mount_has(m.options, word);
}

SUITE_TEST(fsmount_sets_its_attributes,
	   .needs = NEEDS, .promise = "fsmount(2): MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC, NOATIME, NODIRATIME")
{
	static const struct {
		unsigned int attr;
		const char *word;
	} rows[] = {
		{ 0, "rw" }, { 0, "relatime" }, { ATTR_RDONLY, "ro" }, { ATTR_NOSUID, "nosuid" },
		{ ATTR_NODEV, "nodev" }, { ATTR_NOEXEC, "noexec" }, { ATTR_NOATIME, "noatime" },
		{ ATTR_NODIRATIME, "nodiratime" },
	};

	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			int tree = new_tmpfs(rows[i].attr);

			ASSERT_OK(tree);
			ASSERT_OK(attach(tree, "a"));
			for (size_t k = 2; k < sizeof(rows) / sizeof(*rows); k++) {
				EXPECT_EQ(k == i, has("a", rows[k].word))
					TH_LOG("%s", rows[k].word);
			}
			EXPECT_TRUE(has("a", rows[i].word));
			close(tree);
			ASSERT_OK(sys_umount2("a", 0));
		}
		EXPECT_REFUSED(EINVAL, new_tmpfs(1u << 31));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(detached_mount_is_nowhere_and_works,
	   .needs = NEEDS, .promise = "fsmount(2): not attached until move_mount(2)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		char before[65536], after[65536];

		ASSERT_OK(suite_mount_base());
		ASSERT_LE(0, suite_read("/proc/self/mountinfo", before, sizeof(before)));
		int tree = new_tmpfs(0);

		ASSERT_OK(tree);
		ASSERT_LE(0, suite_read("/proc/self/mountinfo", after, sizeof(after)));
		EXPECT_STREQ(before, after);
		ASSERT_SYS(mkdirat(tree, "dir", 0755));
		ASSERT_OK(attach(tree, "a"));
		EXPECT_EQ(1, suite_mount_count("a"));
		EXPECT_EQ(0, access("a/dir", F_OK));
		close(tree);
		EXPECT_EQ(0, access("a/dir", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(context_tells_what_is_wrong,
	   .needs = NEEDS, .promise = "fsopen(2): messages read from the descriptor; fsconfig(2): EINVAL")
{
	char text[256] = "";
	int fs = sys_fsopen("tmpfs", 1);

	ASSERT_OK(fs);
	EXPECT_EQ(-1, read(fs, text, sizeof(text) - 1));
	EXPECT_EQ(ENODATA, errno);
	EXPECT_REFUSED(EINVAL, sys_fsconfig(fs, FS_SET_STRING, "sw-nonsense", "x", 0));
	EXPECT_LT(0, read(fs, text, sizeof(text) - 1));
	EXPECT_EQ(0, strncmp(text, "e ", 2)) TH_LOG("%s", text);	/* an error */
	EXPECT_NE(NULL, strstr(text, "sw-nonsense")) TH_LOG("%s", text);
	EXPECT_EQ(-1, read(fs, text, sizeof(text) - 1));	/* told once */
	/* Steps out of order. */
	EXPECT_REFUSED(EINVAL, sys_fsmount(fs, 1, 0));
	EXPECT_REFUSED(ENODEV, sys_fsopen("sw-no-such-filesystem", 1));
	EXPECT_REFUSED(EINVAL, sys_fsopen("tmpfs", 0x80));
	close(fs);
}

SUITE_TEST(reconfigure_changes_the_super_block,
	   .needs = NEEDS, .promise = "fspick(2), fsconfig(2): FSCONFIG_CMD_RECONFIGURE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount m;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		int fs = sys_call(NR_FSPICK, AT_FDCWD, (long)"a", 1 /* FSPICK_CLOEXEC */, 0, 0, 0);

		ASSERT_OK(fs);
		ASSERT_OK(sys_fsconfig(fs, FS_SET_FLAG, "ro", NULL, 0));
		EXPECT_OK(suite_file("b/file", ""));	/* not yet */
		ASSERT_OK(sys_fsconfig(fs, FS_RECONFIGURE, NULL, NULL, 0));
		EXPECT_REFUSED(EROFS, suite_file("b/file", ""));
		ASSERT_OK(suite_mount_info("b", &m));
		EXPECT_TRUE(suite_mount_has(m.super, "ro"));
		EXPECT_TRUE(suite_mount_has(m.options, "rw"));	/* the mount's own is another thing */
		/* What is no mount point cannot be picked. */
		ASSERT_SYS(mkdir("plain", 0755));
		EXPECT_REFUSED(EINVAL, sys_call(NR_FSPICK, AT_FDCWD, (long)"plain", 1, 0, 0, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(open_tree_clones_one_or_all,
	   .needs = "ns.mnt mount.tmpfs mount.open_tree mount.move_mount",
	   .promise = "open_tree(2): OPEN_TREE_CLONE, AT_RECURSIVE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(suite_file("a/sub/file", ""));
		int one = sys_open_tree(AT_FDCWD, "a", CLONE_TREE | O_CLOEXEC);
		int all = sys_open_tree(AT_FDCWD, "a", CLONE_TREE | RECURSIVE | O_CLOEXEC);

		ASSERT_OK(one);
		ASSERT_OK(all);
		EXPECT_EQ(-1, faccessat(one, "sub/file", F_OK, 0));
		EXPECT_EQ(0, faccessat(all, "sub/file", F_OK, 0));
		/* Copies: what becomes of the original is no matter. */
		ASSERT_OK(sys_umount2("a", MNT_DETACH));
		EXPECT_EQ(0, faccessat(all, "sub/file", F_OK, 0));
		ASSERT_OK(attach(all, "b"));
		EXPECT_EQ(1, suite_mount_count("b"));
		EXPECT_EQ(1, suite_mount_count("b/sub"));
		EXPECT_EQ(0, access("b/sub/file", F_OK));
		EXPECT_REFUSED(EINVAL, sys_open_tree(AT_FDCWD, "b", RECURSIVE | O_CLOEXEC));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(closing_a_detached_tree_unmounts_it,
	   .needs = "ns.mnt mount.tmpfs mount.open_tree mount.move_mount",
	   .promise = "open_tree(2): OPEN_TREE_CLONE: the tree is unmounted when its descriptor is closed, unless attached")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		int tree[2], dir[2];

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mkdir("to", 0755));
		for (int i = 0; i < 2; i++) {
			tree[i] = sys_open_tree(AT_FDCWD, "a", CLONE_TREE | O_CLOEXEC);
			ASSERT_OK(tree[i]);
			dir[i] = openat(tree[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			ASSERT_SYS(dir[i]);
		}
		/* A directory of it holds the file system, but not the tree: no mount is left to attach. */
		close(tree[0]);
		EXPECT_REFUSED(EINVAL, sys_move_mount(dir[0], "", AT_FDCWD, "to", F_EMPTY_PATH));
		EXPECT_OK(sys_move_mount(dir[1], "", AT_FDCWD, "to", F_EMPTY_PATH));
		close(tree[1]);
		EXPECT_EQ(1, suite_mount_count("to"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(move_mount_moves_what_is_attached,
	   .needs = NEEDS, .promise = "move_mount(2)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount before, after;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_info("a", &before));
		ASSERT_SYS(mkdir("to", 0755));
		ASSERT_OK(suite_file("file", ""));
		EXPECT_REFUSED(ENOENT, sys_move_mount(AT_FDCWD, "nothing", AT_FDCWD, "to", 0));
		EXPECT_REFUSED(EINVAL, sys_move_mount(AT_FDCWD, "file", AT_FDCWD, "to", 0));
		EXPECT_REFUSED(EINVAL, sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "file", 0));
		EXPECT_REFUSED(ELOOP, sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "a", 0));
		ASSERT_OK(sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "to", 0));
		ASSERT_OK(suite_mount_info("to", &after));
		EXPECT_EQ(before.id, after.id);
		EXPECT_EQ(0, suite_mount_count("a"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setattr_sets_and_clears,
	   .needs = SETATTR, .promise = "mount_setattr(2): attr_set, attr_clr, AT_RECURSIVE")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(set("a", 0, ATTR_NOSUID | ATTR_NODEV, 0));
		EXPECT_TRUE(has("a", "nosuid"));
		EXPECT_FALSE(has("a/sub", "nosuid"));
		ASSERT_OK(set("a", RECURSIVE, ATTR_RDONLY, ATTR_NODEV));
		EXPECT_TRUE(has("a", "ro"));
		EXPECT_TRUE(has("a/sub", "ro"));
		EXPECT_TRUE(has("a", "nosuid"));	/* what is not named stays */
		EXPECT_FALSE(has("a", "nodev"));
		EXPECT_REFUSED(EROFS, suite_file("a/sub/file", ""));
		/* One attribute can be changed for another in one step. */
		ASSERT_OK(set("a", 0, ATTR_NOATIME, ATTR_ATIME));
		EXPECT_TRUE(has("a", "noatime"));
		ASSERT_OK(set("a", RECURSIVE, 0, ATTR_RDONLY));
		EXPECT_OK(suite_file("a/sub/file", ""));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setattr_changes_all_or_nothing,
	   .needs = SETATTR, .promise = "mount_setattr(2): AT_RECURSIVE: if it fails no mount is changed; EBUSY")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/x"));
		ASSERT_OK(suite_mount_tmpfs("a/y"));
		int writer = open("a/y/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		ASSERT_SYS(writer);
		EXPECT_REFUSED(EBUSY, set("a", RECURSIVE, ATTR_RDONLY | ATTR_NOSUID, 0));
		EXPECT_TRUE(has("a", "rw"));
		EXPECT_TRUE(has("a/x", "rw"));
		EXPECT_FALSE(has("a", "nosuid"));
		EXPECT_OK(suite_file("a/x/file", ""));
		close(writer);
		EXPECT_OK(set("a", RECURSIVE, ATTR_RDONLY | ATTR_NOSUID, 0));
		EXPECT_TRUE(has("a/y", "ro"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setattr_changes_propagation,
	   .needs = SETATTR " mount.propagation", .promise = "mount_setattr(2): propagation")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct sys_mount_attr attr = { .propagation = MS_SHARED };
		struct suite_mount top, sub;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("a/sub"));
		ASSERT_OK(sys_mount_setattr(AT_FDCWD, "a", RECURSIVE, &attr, sizeof(attr)));
		ASSERT_OK(suite_mount_info("a", &top));
		ASSERT_OK(suite_mount_info("a/sub", &sub));
		EXPECT_NE(0, top.shared);
		EXPECT_NE(0, sub.shared);
		attr.propagation = MS_SHARED | MS_PRIVATE;
		EXPECT_REFUSED(EINVAL, sys_mount_setattr(AT_FDCWD, "a", 0, &attr, sizeof(attr)));
		attr.propagation = MS_PRIVATE;
		ASSERT_OK(sys_mount_setattr(AT_FDCWD, "a", 0, &attr, sizeof(attr)));
		ASSERT_OK(suite_mount_info("a", &top));
		ASSERT_OK(suite_mount_info("a/sub", &sub));
		EXPECT_EQ(0, top.shared);
		EXPECT_NE(0, sub.shared);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setattr_refuses_what_it_does_not_know,
	   .needs = SETATTR, .promise = "mount_setattr(2): EINVAL, E2BIG; Extensibility")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct {
			struct sys_mount_attr attr;
			uint64_t more;
		} big = { { .attr_set = ATTR_NOSUID }, 0 };

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mkdir("plain", 0755));
		EXPECT_REFUSED(EINVAL, set("a", 0, 1u << 31, 0));
		EXPECT_REFUSED(EINVAL, set("a", 0, ATTR_NOATIME, 0));	/* without clearing the field */
		EXPECT_REFUSED(EINVAL, set("a", 0, 0, ATTR_NOATIME));	/* a part of the field */
		EXPECT_REFUSED(EINVAL, set("a", 0x40000000, ATTR_NOSUID, 0));
		EXPECT_REFUSED(EINVAL, set("plain", 0, ATTR_NOSUID, 0));
		EXPECT_REFUSED(EINVAL, sys_mount_setattr(AT_FDCWD, "a", 0, &big.attr, 8));
		big.more = 1;
		EXPECT_REFUSED(E2BIG, sys_mount_setattr(AT_FDCWD, "a", 0, &big.attr, sizeof(big)));
		EXPECT_FALSE(has("a", "nosuid"));
		big.more = 0;
		EXPECT_OK(sys_mount_setattr(AT_FDCWD, "a", 0, &big.attr, sizeof(big)));
		EXPECT_TRUE(has("a", "nosuid"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(beneath_waits_for_the_top_to_go,
	   .needs = "ns.mnt mount.tmpfs mount.open_tree mount.move_mount mount.move_beneath",
	   .promise = "move_mount(2): MOVE_MOUNT_BENEATH (6.5)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("old"));
		ASSERT_OK(suite_file("old/old", ""));
		ASSERT_OK(suite_mount_tmpfs("new"));
		ASSERT_OK(suite_file("new/new", ""));
		ASSERT_SYS(mkdir("plain", 0755));
		int tree = sys_open_tree(AT_FDCWD, "new", CLONE_TREE | O_CLOEXEC);

		ASSERT_OK(tree);
		/* Under what is no mount there is no beneath. */
		EXPECT_REFUSED(EINVAL, sys_move_mount(tree, "", AT_FDCWD, "plain", F_EMPTY_PATH | F_BENEATH));
		ASSERT_OK(sys_move_mount(tree, "", AT_FDCWD, "old", F_EMPTY_PATH | F_BENEATH));
		EXPECT_EQ(2, suite_mount_count("old"));
		EXPECT_EQ(0, access("old/old", F_OK));
		EXPECT_EQ(-1, access("old/new", F_OK));
		ASSERT_OK(sys_umount2("old", 0));
		EXPECT_EQ(0, access("old/new", F_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(set_group_joins_peers,
	   .needs = "ns.mnt mount.tmpfs mount.move_mount mount.propagation checkpoint.mount_set_group",
	   .promise = "move_mount(2): MOVE_MOUNT_SET_GROUP (5.15)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct suite_mount a, b;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_SYS(mkdir("a/m", 0755));
		ASSERT_OK(suite_mount_bind("a", "b", 0));
		ASSERT_OK(suite_mount_tmpfs("stranger"));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_info("b", &b));
		EXPECT_EQ(0, b.shared);
		/* Of another file system it cannot be a peer. */
		EXPECT_REFUSED(EINVAL, sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "stranger", SET_GROUP));
		ASSERT_OK(sys_move_mount(AT_FDCWD, "a", AT_FDCWD, "b", SET_GROUP));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info("b", &b));
		EXPECT_EQ(a.shared, b.shared);
		ASSERT_OK(suite_mount_tmpfs("a/m"));
		EXPECT_EQ(1, suite_mount_count("b/m"));
	}
	EXPECT_EXIT(0, pid);
}

struct mnt_id_req_ {	/* include/uapi/linux/mount.h, MNT_ID_REQ_SIZE_VER0 */
	uint32_t size, spare;
	uint64_t mnt_id, param;
};

/* statx(2): the unique id of a mount (STATX_MNT_ID_UNIQUE, 6.8), at byte 144 of the structure. */
static uint64_t unique_id(const char *path)
{
	uint64_t st[64] = { 0 };
	struct statx *x = (struct statx *)st;

	return statx(AT_FDCWD, path, 0, 0x4000, x) || !(x->stx_mask & 0x4000) ? 0 : st[144 / 8];
}

SUITE_TEST(statmount_tells_what_mountinfo_does,
	   .needs = "ns.mnt mount.tmpfs mount.propagation mount.statmount",
	   .promise = "statmount(2): STATMOUNT_MNT_BASIC (6.8), STATMOUNT_PROPAGATE_FROM")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct mnt_id_req_ req = { .size = 24, .param = 0x2 /* MNT_BASIC */ };
		struct suite_mount a, base;
		/* struct statmount, its numbers */
		struct {
			uint32_t size, options;
			uint64_t mask;
			uint32_t sb_major, sb_minor;
			uint64_t sb_magic;
			uint32_t sb_flags, type;
			uint64_t id, parent_id;
			uint32_t id_old, parent_id_old;
			uint64_t attr, propagation, peer_group, master;
			char rest[512];
		} st = { 0 };

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOATIME, NULL));
		ASSERT_OK(sys_mount(NULL, "a", NULL, MS_SHARED, NULL));
		ASSERT_OK(suite_mount_info("a", &a));
		ASSERT_OK(suite_mount_info(suite_scratch, &base));
		req.mnt_id = unique_id("a");
		ASSERT_NE(0, req.mnt_id);
		ASSERT_OK(sys_call(SYS_NR_statmount, (long)&req, (long)&st, sizeof(st), 0, 0, 0));
		EXPECT_EQ(0x2, st.mask & 0x2);
		EXPECT_EQ(req.mnt_id, st.id);
		EXPECT_EQ(unique_id("."), st.parent_id);
		EXPECT_EQ(a.id, st.id_old);
		EXPECT_EQ(base.id, st.parent_id_old);
		EXPECT_EQ(ATTR_NOSUID | ATTR_NOATIME, st.attr);
		EXPECT_EQ(MS_SHARED, st.propagation);
		EXPECT_EQ(a.shared, st.peer_group);
		EXPECT_EQ(0, st.master);
		/* What is gone is not known. */
		ASSERT_OK(sys_umount2("a", 0));
		EXPECT_REFUSED(ENOENT, sys_call(SYS_NR_statmount, (long)&req, (long)&st, sizeof(st), 0, 0, 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(listmount_lists_children_in_order,
	   .needs = "ns.mnt mount.tmpfs mount.statmount", .promise = "listmount(2) (6.8)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		struct mnt_id_req_ req = { .size = 24 };
		uint64_t ids[8] = { 0 }, a, b;

		ASSERT_OK(suite_mount_base());
		ASSERT_OK(suite_mount_tmpfs("a"));
		ASSERT_OK(suite_mount_tmpfs("b"));
		a = unique_id("a");
		b = unique_id("b");
		EXPECT_LT(a, b);	/* never used again, and rising */
		req.mnt_id = unique_id(".");
		ASSERT_EQ(2, sys_call(SYS_NR_listmount, (long)&req, (long)ids, 8, 0, 0, 0));
		EXPECT_EQ(a, ids[0]);
		EXPECT_EQ(b, ids[1]);
		/* In pieces: after the one that was seen last. */
		ASSERT_EQ(1, sys_call(SYS_NR_listmount, (long)&req, (long)ids, 1, 0, 0, 0));
		EXPECT_EQ(a, ids[0]);
		req.param = a;
		ASSERT_EQ(1, sys_call(SYS_NR_listmount, (long)&req, (long)ids, 8, 0, 0, 0));
		EXPECT_EQ(b, ids[0]);
		req.mnt_id = b;
		req.param = 0;
		EXPECT_EQ(0, sys_call(SYS_NR_listmount, (long)&req, (long)ids, 8, 0, 0, 0));
	}
	EXPECT_EXIT(0, pid);
}
