// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../ns/ns_util.h"

SUITE("security.access", "kernel", "Who may trace whom, and who sees which keys");

static long seize(pid_t pid)
{
	return sys_call(SYS_ptrace, 0x4206, pid, 0, 0, 0, 0);
}

/* A child that waits, of the caller's identity and this dumpable attribute; killed by who made it. */
static int waiting_child(int dumpable, pid_t *ret_pid)
{
	struct suite_line line;
	long value;
	int r = suite_line(&line);
	pid_t pid;

	if (r)
		return r;
	pid = suite_clone(0);
	if (pid < 0)
		return pid;
	suite_line_mine(&line, pid == 0);
	if (!pid) {
		prctl(PR_SET_DUMPABLE, dumpable);
		suite_tell(&line, 1);
		for (;;)
			pause();
	}
	r = suite_hear(&line, &value);
	suite_line_close(&line);
	*ret_pid = pid;
	return r;
}

SUITE_TEST(undumpable_processes_are_closed_to_their_user,
	   .needs = "checkpoint.ptrace_seize", .unprivileged = true,
	   .promise = "PR_SET_DUMPABLE(2const): not attached to by PTRACE_ATTACH, /proc/pid owned by root; ptrace(2): "
		      "Ptrace access mode checking")
{
	/* The tracer is the parent, as Yama's ptrace_scope 1 wants it. */
	for (int dumpable = 0; dumpable < 2; dumpable++) {
		CHILD(user, 0) {
			char path[64];
			pid_t pid;
			int fd;

			ASSERT_OK(suite_become_ordinary());
			ASSERT_OK(waiting_child(dumpable, &pid));
			snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			EXPECT_EQ(dumpable ? 0 : EACCES, fd < 0 ? errno : 0);
			EXPECT_EQ(dumpable ? 0 : -EPERM, seize(pid));
			suite_kill_wait(pid);
		}
		EXPECT_EXIT(0, user);
	}
}

SUITE_TEST(tracing_goes_down_user_namespaces_only,
	   .needs = "checkpoint.ptrace_seize ns.user",
	   .promise = "ptrace(2): Ptrace access mode checking (CAP_SYS_PTRACE in the user namespace of the target)")
{
	struct ns_holder outer;

	ASSERT_OK(ns_hold(&outer, 0));
	ROOT_CHILD_IDS(inside, 0, 0, 65536) {	/* root inside is the very id of root outside */
		struct ns_holder own;

		EXPECT_EQ(-EPERM, seize(outer.pid));
		ASSERT_OK(ns_hold(&own, 0));
		EXPECT_EQ(0, seize(own.pid));
		suite_line_close(&own.line);
		suite_kill_wait(own.pid);
	}
	EXPECT_EXIT(0, inside);
	CHILD(tracer, 0) {
		EXPECT_EQ(0, seize(outer.pid));
	}
	EXPECT_EXIT(0, tracer);
	EXPECT_EQ(0, ns_release(&outer));
}

SUITE_TEST(users_do_not_trace_each_other,
	   .needs = "checkpoint.ptrace_seize",
	   .promise = "ptrace(2): Ptrace access mode checking (all of the target's user and group ids must match)")
{
	struct ns_holder h;

	ASSERT_OK(ns_hold(&h, 0));
	CHILD(user, 0) {
		char path[64];

		ASSERT_OK(suite_become_ordinary());
		EXPECT_EQ(-EPERM, seize(h.pid));
		snprintf(path, sizeof(path), "/proc/%d/mem", (int)h.pid);
		EXPECT_EQ(-1, open(path, O_RDONLY | O_CLOEXEC));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(-1, syscall(SYS_process_vm_readv, h.pid, NULL, 0, NULL, 0, 1));
	}
	EXPECT_EXIT(0, user);
	EXPECT_EQ(0, ns_release(&h));
}

/* keyctl(2), by uapi/linux/keyctl.h. */
#define SESSION_KEYRING	(-3)
#define USER_KEYRING	(-4)

static long keyctl(int op, long a, long b, long c, long d)
{
	return sys_call(SYS_keyctl, op, a, b, c, d, 0);
}

static long new_session(void)
{
	return keyctl(1, 0, 0, 0, 0);	/* KEYCTL_JOIN_SESSION_KEYRING, anonymous */
}

static long add_key(const char *name, long ring)
{
	return sys_call(SYS_add_key, (long)"user", (long)name, (long)"v", 1, ring, 0);
}

static long search(long ring, const char *name)
{
	return keyctl(10, ring, (long)"user", (long)name, 0);
}

SUITE_TEST(new_session_keyring_hides_the_old,
	   .needs = "security.keyrings",
	   .promise = "session-keyring(7): inherited by fork(2), replaced by KEYCTL_JOIN_SESSION_KEYRING(2const)")
{
	CHILD(outer, 0) {
		long key;

		ASSERT_OK(new_session());
		ASSERT_OK(key = add_key("sw-test", SESSION_KEYRING));
		CHILD(heir, 0) {
			EXPECT_EQ(key, search(SESSION_KEYRING, "sw-test"));
		}
		EXPECT_EXIT(0, heir);
		CHILD(apart, 0) {
			ASSERT_OK(new_session());
			EXPECT_REFUSED(ENOKEY, search(SESSION_KEYRING, "sw-test"));
			EXPECT_LT(0, add_key("sw-other", SESSION_KEYRING));
		}
		EXPECT_EXIT(0, apart);
		EXPECT_REFUSED(ENOKEY, search(SESSION_KEYRING, "sw-other"));
		EXPECT_EQ(key, search(SESSION_KEYRING, "sw-test"));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(possession_is_what_others_lack,
	   .needs = "security.keyrings",
	   .promise = "keyrings(7): Possession; Access rights; keyctl(2): EACCES")
{
	CHILD(outer, 0) {
		char text[8];
		long key;

		ASSERT_OK(new_session());
		ASSERT_OK(key = add_key("sw-test", SESSION_KEYRING));
		EXPECT_EQ(1, keyctl(11, key, (long)text, sizeof(text), 0));	/* KEYCTL_READ */
		CHILD(stranger, 0) {
			ASSERT_OK(suite_become_ordinary());
			ASSERT_OK(new_session());
			EXPECT_REFUSED(EACCES, keyctl(11, key, (long)text, sizeof(text), 0));
		}
		EXPECT_EXIT(0, stranger);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(user_namespaces_have_user_keyrings_of_their_own,
	   .needs = "security.keyrings ns.user",
	   .promise = "user-keyring(7), user_namespaces(7); Documentation/security/keys/core.rst; commit 0f44e4d976f9 (5.3)")
{
	ROOT_CHILD(outer, 0) {
		struct suite_line line;
		long inside = 0, own;

		ASSERT_OK(suite_line(&line));
		NESTED_CHILD(pid, 0) {		/* the same user, seen from outside */
			suite_line_mine(&line, 1);
			ASSERT_OK(new_session());
			EXPECT_OK(suite_tell(&line, keyctl(0, USER_KEYRING, 1, 0, 0)));
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &inside));
		EXPECT_EXIT(0, pid);
		ASSERT_OK(new_session());
		own = keyctl(0, USER_KEYRING, 1, 0, 0);
		ASSERT_LT(0, inside);
		ASSERT_LT(0, own);
		EXPECT_EQ(suite_kernel(5, 3), inside != own);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(keyring_names_are_of_the_user_namespace,
	   .needs = "security.keyrings ns.user",
	   .promise = "KEYCTL_JOIN_SESSION_KEYRING(2const): the keyring named, or a new one; commit b206f281d0ee (5.3)")
{
	ROOT_CHILD(outer, 0) {
		long ring = keyctl(1, (long)"sw-test-named", 0, 0, 0);

		ASSERT_LT(0, ring);
		/* KEYCTL_SETPERM: any user may search it, which is what joining asks for */
		ASSERT_OK(keyctl(5, ring, 0x3f3f0008 | 0x3f, 0, 0));
		CHILD(same, 0) {
			ASSERT_OK(new_session());
			EXPECT_EQ(ring, keyctl(1, (long)"sw-test-named", 0, 0, 0));
		}
		EXPECT_EXIT(0, same);
		NESTED_CHILD(other, 0) {
			long got = keyctl(1, (long)"sw-test-named", 0, 0, 0);

			ASSERT_LT(0, got);
			EXPECT_EQ(suite_kernel(5, 3), got != ring);
		}
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, outer);
}
