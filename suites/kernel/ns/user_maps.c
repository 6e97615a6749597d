// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/syscall.h>

#include "ns_util.h"

SUITE("ns.user_maps", "kernel", "Id maps of user namespaces: what is accepted, and what it means");

/* A file of a process, blanks folded to one: "0 165533 10\n20 165600 1". */
static int read_map(pid_t pid, const char *file, char *out, size_t size)
{
	char path[64], text[16384], *at = text, *to = out;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	n = suite_read(path, text, sizeof(text));
	if (n < 0)
		return n;
	for (; *at && to < out + size - 1; at++)
		if (*at != ' ' || (to > out && to[-1] != ' ' && to[-1] != '\n'))
			*to++ = *at;
	*to = 0;
	return 0;
}

SUITE_TEST(several_lines_each_map_their_range,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): User and group ID mappings: uid_map and gid_map")
{
	static const char map[] = "10 165600 5\n0 165533 2\n1000 170000 10\n";	/* in no order */
	static const struct {
		unsigned int inside, outside;
	} rows[] = { { 0, 165533 }, { 1, 165534 }, { 10, 165600 }, { 14, 165604 }, { 1009, 170009 } };
	char text[256], path[PATH_MAX + 16];
	struct suite_line line;
	struct stat st;
	long value;

	ASSERT_SYS(chmod(suite_scratch, 0777));
	ASSERT_OK(suite_line(&line));
	CHILD(pid, SW_CLONE_NEWUSER) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_hear(&line, &value));
		ASSERT_SYS(setresgid(0, 0, 0));
		ASSERT_SYS(setresuid(0, 0, 0));
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			int fd;

			snprintf(path, sizeof(path), "%s/%zu", suite_scratch, i);
			fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
			ASSERT_SYS(fd);
			ASSERT_SYS(fchown(fd, rows[i].inside, rows[i].inside));
		}
		EXPECT_EQ(-1, setresuid(2, 2, 2));	/* in the gap */
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setresgid(1010, 1010, 1010));
		EXPECT_EQ(EINVAL, errno);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_write(map, "/proc/%d/uid_map", (int)pid));
	ASSERT_OK(suite_write(map, "/proc/%d/gid_map", (int)pid));
	ASSERT_OK(read_map(pid, "uid_map", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "10 165600 5"));
	EXPECT_NE(NULL, strstr(text, "1000 170000 10"));
	ASSERT_OK(suite_tell(&line, 1));
	EXPECT_EXIT(0, pid);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "%s/%zu", suite_scratch, i);
		ASSERT_SYS(stat(path, &st));
		EXPECT_EQ(rows[i].outside, st.st_uid);
		EXPECT_EQ(rows[i].outside, st.st_gid);
	}
}

SUITE_TEST(malformed_maps_are_refused,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): Defining user and group ID mappings (EINVAL)")
{
	static const char *const bad[] = {
		"0 165533 10\n5 170000 1\n",		/* overlap inside */
		"0 165533 10\n100 165540 1\n",		/* overlap outside */
		"0 165533 0\n",				/* nothing */
		"0 165533\n", "0\n", "\n", "a b c\n", "0 165533 1 4\n", "-1 165533 1\n",
		"4294967295 165533 1\n",		/* (uid_t)-1 */
		"4294967290 165533 10\n",		/* beyond the end */
		"0 4294967290 10\n",
	};
	static const char *const files[] = { "uid_map", "gid_map" };

	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		struct ns_holder h;
		char text[64], path[64];
		int fd;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			int r = suite_write(bad[i], "/proc/%d/%s", (int)h.pid, files[f]);

			EXPECT_EQ(-EINVAL, r) TH_LOG("%s: \"%s\"", files[f], bad[i]);
		}
		/* At the start of the file only. */
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)h.pid, files[f]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		ASSERT_SYS(fd);
		EXPECT_EQ(-1, pwrite(fd, "0 165533 1\n", 11, 1));	/* EINVAL, or ESPIPE by seq_file */
		close(fd);
		/* None of it counted as the one write. */
		ASSERT_OK(read_map(h.pid, files[f], text, sizeof(text)));
		EXPECT_STREQ("", text);
		EXPECT_OK(suite_write("0 165533 10\n10 170000 1\n", "/proc/%d/%s", (int)h.pid, files[f]));
		EXPECT_REFUSED(EPERM, suite_write("0 165533 10\n", "/proc/%d/%s", (int)h.pid, files[f]));
		EXPECT_EQ(0, ns_release(&h));
	}
}

/* Lines "0 165533 1", "2 165535 1", ... as many as asked for. */
static int write_lines(pid_t pid, const char *file, int lines)
{
	char map[16384];
	size_t len = 0;

	for (int i = 0; i < lines; i++) {
		int n = snprintf(map + len, sizeof(map) - len, "%d %d 1\n", i * 2, 100000 + i * 2);

		len += n;
	}
	return suite_write(map, "/proc/%d/%s", (int)pid, file);
}

SUITE_TEST(three_hundred_and_forty_lines_and_no_more,
	   .needs = "ns.user_map_340",
	   .promise = "user_namespaces(7): Defining user and group ID mappings (since 4.15, 340 lines)")
{
	static const char *const files[] = { "uid_map", "gid_map" };
	long page = sysconf(_SC_PAGESIZE);

	/* The text must also be less than a page. */
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		char text[16384];
		struct ns_holder h;
		int count = 1;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		EXPECT_REFUSED(EINVAL, write_lines(h.pid, files[f], 341));
		if (page >= 8192) {
			EXPECT_OK(write_lines(h.pid, files[f], 340));
		} else {
			/* "N 1000NN 1\n": 340 of them need the shortest numbers there are. */
			char map[8192];
			size_t len = 0;

			for (int i = 0; i < 340; i++)
				len += snprintf(map + len, sizeof(map) - len, "%d %d 1\n", i * 2, i * 2 + 1);
			ASSERT_GT(page, (long)len);
			EXPECT_OK(suite_write(map, "/proc/%d/%s", (int)h.pid, files[f]));
		}
		ASSERT_OK(read_map(h.pid, files[f], text, sizeof(text)));
		for (char *at = text; (at = strchr(at, '\n')); at++)
			count++;
		EXPECT_EQ(340, count);
		EXPECT_EQ(0, ns_release(&h));
	}
}

SUITE_TEST(second_field_is_in_the_readers_ids,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): uid_map (the user namespace of the process that opened uid_map)")
{
	int up[2], down[2];
	pid_t target = 0;
	char text[128];

	ASSERT_SYS(pipe2(up, O_CLOEXEC));
	ASSERT_SYS(pipe2(down, O_CLOEXEC));
	ROOT_CHILD_IDS(pid, 0, NS_OUTER_ID, 2000) {
		char byte;

		close(down[1]);
		NESTED_CHILD(nested, 0) {
			pid_t own = getpid();

			/* In its own namespace: into the parent's ids. */
			ASSERT_OK(read_map(own, "uid_map", text, sizeof(text)));
			EXPECT_STREQ("0 0 1000", text);
			/* Of the parent: where its range starts in the reader's ids, whole. */
			ASSERT_OK(read_map(getppid(), "uid_map", text, sizeof(text)));
			EXPECT_STREQ("0 0 2000", text);
			ASSERT_EQ(sizeof(own), write(up[1], &own, sizeof(own)));
			ASSERT_EQ(0, read(down[0], &byte, 1));
		}
		ASSERT_OK(read_map(nested, "uid_map", text, sizeof(text)));
		EXPECT_STREQ("0 0 1000", text);
		ASSERT_OK(read_map(getpid(), "uid_map", text, sizeof(text)));
		EXPECT_STREQ("0 165533 2000", text);
		EXPECT_EXIT(0, nested);
	}
	ASSERT_EQ(sizeof(target), read(up[0], &target, sizeof(target)));
	/* From the outermost: what it really is. */
	ASSERT_OK(read_map(target, "uid_map", text, sizeof(text)));
	EXPECT_STREQ("0 165533 1000", text);
	ASSERT_OK(read_map(target, "gid_map", text, sizeof(text)));
	EXPECT_STREQ("0 165533 1000", text);
	close(down[0]);
	close(down[1]);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(ids_unknown_to_the_parent_cannot_be_mapped,
	   .needs = "ns.user ns.nested",
	   .promise = "user_namespaces(7): Defining user and group ID mappings (EPERM)")
{
	ROOT_CHILD_IDS(pid, 0, NS_OUTER_ID, 100) {
		struct ns_holder h;

		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		EXPECT_REFUSED(EPERM, suite_write("0 100 1", "/proc/%d/uid_map", (int)h.pid));
		EXPECT_REFUSED(EPERM, suite_write("0 90 20", "/proc/%d/uid_map", (int)h.pid));
		EXPECT_REFUSED(EPERM, suite_write("0 90 20", "/proc/%d/gid_map", (int)h.pid));
		EXPECT_OK(suite_write("0 90 10", "/proc/%d/uid_map", (int)h.pid));
		EXPECT_OK(suite_write("0 90 10", "/proc/%d/gid_map", (int)h.pid));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(only_member_or_parent_writes_maps,
	   .needs = "ns.user ns.nested",
	   .promise = "user_namespaces(7): Defining user and group ID mappings (the writing process)")
{
	int up[2], down[2];
	pid_t target = 0;
	char byte;

	ASSERT_SYS(pipe2(up, O_CLOEXEC));
	ASSERT_SYS(pipe2(down, O_CLOEXEC));
	ROOT_CHILD(pid, 0) {
		struct ns_holder h;

		close(down[1]);
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		ASSERT_EQ(sizeof(h.pid), write(up[1], &h.pid, sizeof(h.pid)));
		ASSERT_EQ(0, read(down[0], &byte, 1));
		/* The grandparent could not; the parent can. */
		EXPECT_OK(suite_write("0 0 10", "/proc/%d/uid_map", (int)h.pid));
		EXPECT_EQ(0, ns_release(&h));
	}
	ASSERT_EQ(sizeof(target), read(up[0], &target, sizeof(target)));
	EXPECT_REFUSED(EPERM, suite_write("0 165533 10", "/proc/%d/uid_map", (int)target));
	EXPECT_REFUSED(EPERM, suite_write("0 0 10", "/proc/%d/uid_map", (int)target));
	close(down[0]);
	close(down[1]);
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(setgroups_denial_is_inherited_and_final,
	   .needs = "ns.user_setgroups ns.nested",
	   .promise = "user_namespaces(7): The /proc/pid/setgroups file")
{
	struct ns_holder h;
	char text[16];

	ROOT_CHILD(pid, 0) {
		/* Its gid_map is there already: too late to deny. */
		ASSERT_OK(read_map(getpid(), "setgroups", text, sizeof(text)));
		EXPECT_STREQ("allow", text);
		EXPECT_REFUSED(EPERM, suite_write("deny", "/proc/self/setgroups"));
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		ASSERT_OK(suite_write("deny", "/proc/%d/setgroups", (int)h.pid));
		ASSERT_OK(suite_map_ids(h.pid, 0, 0, 1000));
		EXPECT_REFUSED(EPERM, suite_write("allow", "/proc/%d/setgroups", (int)h.pid));
		CHILD(guest, 0) {
			struct ns_holder below;

			ASSERT_OK(sys_setns(suite_ns_open(h.pid, "user"), SW_CLONE_NEWUSER));
			ASSERT_SYS(setresgid(0, 0, 0));
			ASSERT_SYS(setresuid(0, 0, 0));
			EXPECT_EQ(-1, setgroups(0, NULL));
			EXPECT_EQ(EPERM, errno);
			ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
			ASSERT_OK(ns_hold(&below, SW_CLONE_NEWUSER));
			ASSERT_OK(read_map(below.pid, "setgroups", text, sizeof(text)));
			EXPECT_STREQ("deny", text);
			EXPECT_REFUSED(EPERM, suite_write("allow", "/proc/%d/setgroups", (int)below.pid));
			EXPECT_EQ(0, ns_release(&below));
		}
		EXPECT_EXIT(0, guest);
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(system_calls_fail_without_a_map,
	   .needs = "ns.user", .unprivileged = true,
	   .promise = "user_namespaces(7): Interaction with system calls that change process UIDs or GIDs")
{
	CHILD(pid, SW_CLONE_NEWUSER) {
		EXPECT_EQ(-1, setuid(0));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setgid(0));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, setgroups(0, NULL));
		EXPECT_EQ(EPERM, errno);
		/* Who has no id here cannot own anything further below. */
		EXPECT_REFUSED(EPERM, sys_unshare(SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(chrooted_processes_make_none,
	   .needs = "ns.user",
	   .promise = "clone(2), unshare(2): EPERM (CLONE_NEWUSER since 3.9, root directory)")
{
	CHILD(pid, 0) {
		ASSERT_SYS(chroot(suite_scratch));
		EXPECT_REFUSED(EPERM, sys_unshare(SW_CLONE_NEWUSER));
		EXPECT_EQ(-EPERM, suite_clone(SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, pid);
	CHILD(control, 0) {
		EXPECT_OK(sys_unshare(SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, control);
}

/* Commit db2e718a4798 (5.12): else a file capability made inside would count in the parent. */
SUITE_TEST(mapping_the_parents_root_needs_setfcap,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): Defining user and group ID mappings (UID 0, since 5.12)")
{
	ROOT_CHILD(pid, 0) {
		struct ns_holder h;

		/* CAP_SETFCAP out of every set; all others stay. */
		struct {
			uint32_t version;
			int pid;
		} header = { 0x20080522, 0 };
		struct {
			uint32_t effective, permitted, inheritable;
		} data[2];

		ASSERT_SYS(syscall(SYS_capget, &header, data));
		data[0].effective &= ~(1u << 31);
		data[0].permitted &= ~(1u << 31);
		ASSERT_SYS(syscall(SYS_capset, &header, data));
		ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		int r = suite_write("0 0 1", "/proc/%d/uid_map", (int)h.pid);

		if (suite_kernel(5, 12)) {
			EXPECT_EQ(-EPERM, r);
			EXPECT_OK(suite_write("0 1 1", "/proc/%d/uid_map", (int)h.pid));
		} else if (r != -EPERM) {	/* stable series took the mend too */
			EXPECT_EQ(0, r);
		}
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
}
