// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "ns_util.h"

SUITE("ns.user_caps", "kernel", "Capabilities in user namespaces: gained, lost, and how far they reach");

#define CAP_SYS_CHROOT_ 18
#define CAP_SYS_ADMIN_ 21
#define NOROOT (1 << 0)			/* include/uapi/linux/securebits.h */
#define NO_SETUID_FIXUP (1 << 2)

/* A set of /proc/self/status ("CapEff"), or 0. */
static uint64_t cap_set(const char *name)
{
	char text[8192], *at;

	if (suite_read("/proc/self/status", text, sizeof(text)) < 0 || !(at = strstr(text, name)))
		return 0;
	return strtoull(at + strlen(name) + 1, NULL, 16);
}

/* All that this kernel knows. */
static uint64_t all_caps(void)
{
	char text[16] = "";

	if (suite_read("/proc/sys/kernel/cap_last_cap", text, sizeof(text)) < 0)
		return 0;
	return (2ULL << atoi(text)) - 1;
}

/*
 * Become this very program at path (the test's own by /proc/self/exe), which says "KEY=VALUE" lines of
 * itself into out. A child does it, after prepare.
 */
static int ask_program(const char *path, void (*prepare)(void), char *out, size_t size)
{
	char *argv[] = { "seaworthy", "inside", "report", "id", NULL };
	size_t have = 0;
	pid_t pid;
	ssize_t n;
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return -errno;
	pid = suite_clone(0);
	if (pid < 0)
		return pid;
	if (!pid) {
		prepare();
		if (dup2(p[1], STDOUT_FILENO) < 0)
			_exit(120);
		execv(path, argv);
		_exit(121);
	}
	close(p[1]);
	while ((n = read(p[0], out + have, size - 1 - have)) > 0)
		have += n;
	out[have] = 0;
	close(p[0]);
	return suite_wait(pid) ? -ECHILD : 0;
}

/* A hexadecimal or decimal value of what ask_program() brought; -1 if there is none. */
static long long value_of(const char *report, const char *key, int base)
{
	const char *at = strstr(report, key);

	return at ? (long long)strtoull(at + strlen(key), NULL, base) : -1;
}

SUITE_TEST(creator_starts_with_all_of_them,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): Capabilities (a complete set; none in the previous namespace)")
{
	CHILD(pid, 0) {
		/* Also who has none, and a bound on them, outside. */
		for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
			ASSERT_SYS(prctl(PR_CAPBSET_DROP, cap));
		ASSERT_OK(suite_become_ordinary());
		EXPECT_EQ(0, cap_set("\nCapEff"));
		EXPECT_EQ(0, cap_set("\nCapBnd"));
		CHILD(inside, SW_CLONE_NEWUSER) {
			uint64_t all = all_caps();

			ASSERT_NE(0, all);
			EXPECT_EQ(all, cap_set("\nCapEff"));
			EXPECT_EQ(all, cap_set("\nCapPrm"));
			EXPECT_EQ(all, cap_set("\nCapBnd"));
			EXPECT_EQ(0, cap_set("\nCapInh"));
			/* Of what is owned outside, none: the root directory's namespace is, say. */
			EXPECT_REFUSED(EPERM, sys_mount("sw-test", suite_scratch, "tmpfs", 0, NULL));
		}
		EXPECT_EXIT(0, inside);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(joiner_gains_all_of_them,
	   .needs = "ns.user ns.uts process.setns",
	   .promise = "user_namespaces(7): Capabilities (joins by setns(2)); setns(2): User namespaces")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER | SW_CLONE_NEWUTS));
	CHILD(guest, 0) {
		int user = suite_ns_open(h.pid, "user"), uts = suite_ns_open(h.pid, "uts");
		int outer = suite_ns_open(0, "user"), outer_uts = suite_ns_open(0, "uts");

		ASSERT_OK(user);
		ASSERT_OK(uts);
		ASSERT_OK(sys_setns(user, SW_CLONE_NEWUSER));
		EXPECT_EQ(all_caps(), cap_set("\nCapEff"));
		EXPECT_OK(sys_setns(uts, SW_CLONE_NEWUTS));	/* owned by it */
		EXPECT_EQ(0, sethostname("sw-test-joiner", 14));
		/* But there is no way back to what was. */
		EXPECT_REFUSED(EPERM, sys_setns(outer, SW_CLONE_NEWUSER));
		EXPECT_REFUSED(EPERM, sys_setns(outer_uts, SW_CLONE_NEWUTS));
	}
	EXPECT_EXIT(0, guest);
	EXPECT_EQ(0, ns_release(&h));
}

/* The owner of a user namespace is whoever made it: the same uid in its parent holds all over it. */
SUITE_TEST(owner_outside_holds_all_of_them,
	   .needs = "ns.user process.setns",
	   .promise = "user_namespaces(7): Capabilities (owner of the namespace)")
{
	struct suite_line line;
	long value;

	ASSERT_OK(suite_line(&line));
	CHILD(maker, 0) {
		suite_line_mine(&line, 1);
		ASSERT_OK(suite_become_ordinary());
		ASSERT_OK(sys_unshare(SW_CLONE_NEWUSER));
		ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
		ASSERT_OK(suite_tell(&line, 1));
		suite_hear(&line, &value);
	}
	suite_line_mine(&line, 0);
	ASSERT_OK(suite_hear(&line, &value));
	int fd = suite_ns_open(maker, "user");

	ASSERT_OK(fd);
	CHILD(same, 0) {
		ASSERT_OK(suite_become_ordinary());
		EXPECT_EQ(0, cap_set("\nCapEff"));
		EXPECT_OK(sys_setns(fd, SW_CLONE_NEWUSER));
		EXPECT_EQ(all_caps(), cap_set("\nCapEff"));
	}
	EXPECT_EXIT(0, same);
	CHILD(other, 0) {
		ASSERT_OK(suite_become(SUITE_NOBODY - 1, SUITE_NOBODY - 1));
		EXPECT_REFUSED(EPERM, sys_setns(fd, SW_CLONE_NEWUSER));
	}
	EXPECT_EXIT(0, other);
	suite_line_close(&line);
	EXPECT_EXIT(0, maker);
}

SUITE_TEST(securebits_start_anew,
	   .needs = "ns.user security.securebits",
	   .promise = "user_namespaces(7): Capabilities (sets the securebits flags to their default values)")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
	int fd = suite_ns_open(h.pid, "user");

	ASSERT_OK(fd);
	for (int way = 0; way < 3; way++) {
		CHILD(pid, 0) {
			ASSERT_SYS(prctl(PR_SET_SECUREBITS, NOROOT | NO_SETUID_FIXUP));
			EXPECT_EQ(NOROOT | NO_SETUID_FIXUP, prctl(PR_GET_SECUREBITS));
			if (way == 0) {
				ASSERT_OK(sys_unshare(SW_CLONE_NEWUSER));
			} else if (way == 1) {
				ASSERT_OK(sys_setns(fd, SW_CLONE_NEWUSER));
			} else {
				CHILD(cloned, SW_CLONE_NEWUSER) {
					EXPECT_EQ(0, prctl(PR_GET_SECUREBITS));
				}
				EXPECT_EXIT(0, cloned);
				suite_child_exit(_metadata->passed ? 0 : _metadata->step);
			}
			EXPECT_EQ(0, prctl(PR_GET_SECUREBITS));
		}
		EXPECT_EXIT(0, pid);
	}
	EXPECT_EQ(0, ns_release(&h));
}

static void nothing(void)
{
}

static void be_5(void)
{
	if (setresgid(5, 5, 5) || setresuid(5, 5, 5))
		_exit(122);
}

SUITE_TEST(execve_keeps_them_for_root_inside_only,
	   .needs = "ns.user",
	   .promise = "user_namespaces(7): Capabilities (execve(2) recalculates them); capabilities(7)")
{
	CHILD(unmapped, SW_CLONE_NEWUSER) {
		char report[4096];

		EXPECT_TRUE(ns_has_cap(CAP_SYS_ADMIN_));
		ASSERT_OK(ask_program("/proc/self/exe", nothing, report, sizeof(report)));
		EXPECT_EQ(0, value_of(report, "cap.eff=", 16));
		EXPECT_EQ(0, value_of(report, "cap.prm=", 16));
	}
	EXPECT_EXIT(0, unmapped);
	ROOT_CHILD(root, 0) {
		char report[4096];

		ASSERT_OK(ask_program("/proc/self/exe", nothing, report, sizeof(report)));
		EXPECT_EQ(0, value_of(report, "\nuid=", 10));
		EXPECT_EQ((long long)all_caps(), value_of(report, "cap.eff=", 16));
	}
	EXPECT_EXIT(0, root);
}

SUITE_TEST(set_user_id_programs_work_for_mapped_owners,
	   .new_privs = true, .needs = "ns.user ns.mnt mount.tmpfs",
	   .promise = "user_namespaces(7): Set-user-ID and set-group-ID programs")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];

		ASSERT_OK(sys_mount("sw-test", suite_scratch, "tmpfs", 0, "mode=755"));
		ASSERT_OK(suite_copy_program(path, sizeof(path)));
		/* Of root inside: the program runs as that, with its capabilities there. */
		ASSERT_SYS(chown(path, NS_OUTER_ID, NS_OUTER_ID));
		ASSERT_SYS(chmod(path, 06755));
		ROOT_CHILD(pid, 0) {
			char report[4096];

			ASSERT_OK(ask_program("/proc/self/exe", be_5, report, sizeof(report)));
			EXPECT_EQ(0, value_of(report, "cap.eff=", 16));
			ASSERT_OK(ask_program(path, be_5, report, sizeof(report)));
			EXPECT_EQ((long long)all_caps(), value_of(report, "cap.eff=", 16));
		}
		EXPECT_EXIT(0, pid);
		/* Of root outside: no such user inside, so the bits say nothing. */
		ASSERT_SYS(chown(path, 0, 0));
		ASSERT_SYS(chmod(path, 06755));
		ROOT_CHILD(other, 0) {
			char report[4096];

			ASSERT_OK(ask_program(path, be_5, report, sizeof(report)));
			EXPECT_EQ(0, value_of(report, "cap.eff=", 16));
			EXPECT_EQ(5, value_of(report, "\nuid=", 10));
		}
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, outer);
}

static bool refused_or_left_out(long nr, long a, long b, long c)
{
	long r = sys_call(nr, a, b, c, 0, 0, 0);

	if (r != -EPERM && r != -ENOSYS)
		fprintf(stderr, "system call %ld: %s\n", nr, r < 0 ? sw_errno_name(-r) : "success");
	return r == -EPERM || r == -ENOSYS;
}

SUITE_TEST(what_no_namespace_owns_is_out_of_reach,
	   .needs = "ns.user ns.uts ns.ipc ns.net ns.pid ns.cgroup",
	   .promise = "user_namespaces(7): Effect of capabilities within a user namespace")
{
	ASSERT_SYS(chmod(suite_scratch, 0777));
	ROOT_CHILD(pid, NS_ALL_BUT_TIME & ~SW_CLONE_NEWUSER) {
		char path[PATH_MAX + 8];
		struct timespec now;

		EXPECT_EQ(all_caps(), cap_set("\nCapEff"));
		snprintf(path, sizeof(path), "%s/null", suite_scratch);
		EXPECT_EQ(-1, mknod(path, S_IFCHR | 0600, makedev(1, 3)));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(0, mknod(path, S_IFIFO | 0600, 0));
		ASSERT_SYS(clock_gettime(CLOCK_REALTIME, &now));
		EXPECT_EQ(-1, clock_settime(CLOCK_REALTIME, &now));
		EXPECT_EQ(EPERM, errno);
		/* These may be left out of a kernel altogether. */
		EXPECT_TRUE(refused_or_left_out(SYS_init_module, (long)"", 0, (long)""));
		EXPECT_TRUE(refused_or_left_out(SYS_swapoff, (long)path, 0, 0));
		EXPECT_TRUE(refused_or_left_out(SYS_acct, 0, 0, 0));
		/* What its namespaces own is not. */
		EXPECT_EQ(0, sethostname("sw-test-reach", 13));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(they_reach_down_but_not_across,
	   .needs = "ns.user ns.nested",
	   .promise = "user_namespaces(7): Capabilities (in all child namespaces as well)")
{
	int to_sibling[2];
	struct ns_holder below;
	pid_t sibling_member = 0;

	ASSERT_SYS(pipe2(to_sibling, O_CLOEXEC));
	CHILD(other_ids, 0) {		/* a process with other ids, in a user namespace beside */
		ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
		ASSERT_OK(ns_hold(&below, SW_CLONE_NEWUSER));
		ASSERT_EQ(sizeof(below.pid), write(to_sibling[1], &below.pid, sizeof(below.pid)));
		kill(getpid(), SIGSTOP);
		EXPECT_EQ(0, ns_release(&below));
	}
	ASSERT_EQ(sizeof(sibling_member), read(to_sibling[0], &sibling_member, sizeof(sibling_member)));
	ROOT_CHILD(pid, 0) {
		struct ns_holder h;

		EXPECT_EQ(-1, kill(sibling_member, 0));
		EXPECT_EQ(EPERM, errno);
		ASSERT_OK(ns_hold(&h, SW_CLONE_NEWUSER));
		/* Below: whatever the ids. CAP_KILL here is CAP_KILL there. */
		ASSERT_OK(suite_write("0 77 1", "/proc/%d/uid_map", (int)h.pid));
		EXPECT_EQ(0, kill(h.pid, 0));
		EXPECT_EQ(0, ns_release(&h));
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, kill(sibling_member, 0));	/* the outermost reaches all */
	int status;

	ASSERT_EQ(other_ids, waitpid(other_ids, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_SYS(kill(other_ids, SIGCONT));
	EXPECT_EXIT(0, other_ids);
}
