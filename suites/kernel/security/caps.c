// SPDX-License-Identifier: GPL-2.0-only
#include "suite.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "../ns/ns_util.h"

SUITE("security.caps", "kernel", "Capabilities across exec, identities and user namespaces; securebits");

#define CAP_SETPCAP_ 8
#define BIND 10		/* CAP_NET_BIND_SERVICE: the one that is given and taken here */
#define BIND_SET (1ULL << BIND)

struct caps {
	uint64_t inh, prm, eff, bnd, amb;
	long uid, no_new_privs;
};

static int caps_of(pid_t pid, struct caps *ret)
{
	static const char *const keys[] = { "\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapBnd:", "\nCapAmb:" };
	uint64_t sets[ARRAY_SIZE(keys)];
	char path[64], text[8192], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (suite_read(path, text, sizeof(text)) < 0)
		return -EIO;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		sets[i] = (at = strstr(text, keys[i])) ? strtoull(at + 8, NULL, 16) : 0;
	*ret = (struct caps){ sets[0], sets[1], sets[2], sets[3], sets[4], -1, -1 };
	at = strstr(text, "\nUid:");
	if (at)
		sscanf(at, "\nUid: %*d %ld", &ret->uid);
	at = strstr(text, "\nNoNewPrivs:");
	if (at)
		sscanf(at, "\nNoNewPrivs: %ld", &ret->no_new_privs);
	return 0;
}

/* capset(2) of all three sets. */
static int set_caps(uint64_t prm, uint64_t eff, uint64_t inh)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	uint32_t data[6] = { eff, prm, inh, eff >> 32, prm >> 32, inh >> 32 };

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/*
 * Become the program at path in a child, after prepare, and see what it holds once it has ended and
 * not been waited for: as it was, since the program changes nothing. The error of exec, or 0.
 */
static int caps_after_exec(const char *path, void (*prepare)(void), struct caps *ret)
{
	char *argv[] = { "seaworthy", "inside", "exit", "0", NULL };
	siginfo_t info;
	pid_t pid = suite_clone(0);
	int r, end;

	if (pid < 0)
		return pid;
	if (!pid) {
		prepare();
		execv(path, argv);
		_exit(errno);
	}
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		return -errno;
	r = caps_of(pid, ret);
	end = suite_wait(pid);
	return end ? -end : r;
}

static void check(bool ok)
{
	if (!ok)
		_exit(EREMOTEIO);
}

/* An ordinary user who holds BIND, inheritable too. */
static void user_with_bind(void)
{
	check(!prctl(PR_SET_KEEPCAPS, 1) && !setgroups(0, NULL) &&
	      !setresgid(SUITE_NOBODY, SUITE_NOBODY, SUITE_NOBODY) &&
	      !setresuid(SUITE_NOBODY, SUITE_NOBODY, SUITE_NOBODY) && !set_caps(BIND_SET, BIND_SET, BIND_SET));
}

static void user_with_ambient(void)
{
	user_with_bind();
	check(!prctl(47 /* PR_CAP_AMBIENT */, 2 /* raise */, BIND, 0, 0));
}

static void ordinary_user(void)
{
	check(!suite_become(SUITE_NOBODY, SUITE_NOBODY));
}

/* A copy of this program in a tmpfs of the caller's mount namespace. */
static int copy_program(char *path, size_t size)
{
	int r = sys_mount("sw-test", suite_scratch, "tmpfs", 0, "mode=755");

	return r ? r : suite_copy_program(path, size);
}

/* The security.capability attribute (linux/capability.h): revision 2, or 3 with a root id. */
static int file_caps(const char *path, uint64_t prm, uint64_t inh, bool effective, uint32_t rootid)
{
	uint32_t data[6] = { (rootid ? 0x03000000 : 0x02000000) | effective, prm, inh, prm >> 32, inh >> 32,
			     rootid };

	return setxattr(path, "security.capability", data, rootid ? 24 : 20, 0) ? -errno : 0;
}

SUITE_TEST(ambient_ones_survive_exec,
	   .needs = "security.ambient",
	   .promise = "capabilities(7): Transformation of capabilities during execve() (P'(ambient))")
{
	struct caps caps;

	ASSERT_OK(caps_after_exec("/proc/self/exe", user_with_bind, &caps));
	EXPECT_EQ(SUITE_NOBODY, caps.uid);
	EXPECT_EQ(0, caps.prm);
	EXPECT_EQ(0, caps.eff);
	EXPECT_EQ(BIND_SET, caps.inh);
	ASSERT_OK(caps_after_exec("/proc/self/exe", user_with_ambient, &caps));
	EXPECT_EQ(BIND_SET, caps.amb);
	EXPECT_EQ(BIND_SET, caps.prm);
	EXPECT_EQ(BIND_SET, caps.eff);
}

SUITE_TEST(ambient_ones_are_permitted_and_inheritable,
	   .needs = "security.ambient",
	   .promise = "capabilities(7): Ambient (never without both; lowered with either); "
		      "PR_CAP_AMBIENT(2const): EPERM, EINVAL")
{
	CHILD(pid, 0) {
		struct caps caps;

		user_with_ambient();
		EXPECT_EQ(1, prctl(47, 1, BIND, 0, 0));
		ASSERT_OK(set_caps(BIND_SET, BIND_SET, 0));
		EXPECT_EQ(0, prctl(47, 1, BIND, 0, 0));
		EXPECT_EQ(-1, prctl(47, 2, BIND, 0, 0));
		EXPECT_EQ(EPERM, errno);
		ASSERT_OK(set_caps(BIND_SET, BIND_SET, BIND_SET));
		EXPECT_EQ(-1, prctl(47, 2, CAP_SETPCAP_, 0, 0));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, prctl(47, 2, 64, 0, 0));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, prctl(47, 2, BIND, 0, 0));
		EXPECT_EQ(0, prctl(47, 4, 0, 0, 0));	/* clear all */
		ASSERT_OK(caps_of(getpid(), &caps));
		EXPECT_EQ(0, caps.amb);
		EXPECT_EQ(BIND_SET, caps.inh);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(permitted_never_grows_but_by_exec,
	   .needs = "security.securebits",
	   .promise = "capset(2): EPERM; capabilities(7): Thread capability sets (once dropped, never reacquired)")
{
	CHILD(pid, 0) {
		struct caps caps;

		user_with_bind();
		EXPECT_REFUSED(EPERM, set_caps(BIND_SET | 1, BIND_SET, 0));
		EXPECT_REFUSED(EPERM, set_caps(BIND_SET, BIND_SET | 1, 0));
		EXPECT_REFUSED(EPERM, set_caps(BIND_SET, BIND_SET, BIND_SET | 1));
		EXPECT_OK(set_caps(BIND_SET, 0, 0));
		EXPECT_OK(set_caps(BIND_SET, BIND_SET, 0));
		EXPECT_OK(set_caps(0, 0, 0));
		EXPECT_REFUSED(EPERM, set_caps(BIND_SET, 0, 0));
		ASSERT_OK(caps_of(getpid(), &caps));
		EXPECT_EQ(0, caps.prm | caps.eff | caps.inh);
	}
	EXPECT_EXIT(0, pid);
}

static void drop_bind_from_bound(void)
{
	check(!prctl(PR_CAPBSET_DROP, BIND));
}

static void drop_and_be_ordinary(void)
{
	drop_bind_from_bound();
	ordinary_user();
}

SUITE_TEST(bounding_set_binds_root_after_exec,
	   .needs = "security.securebits",
	   .promise = "capabilities(7): Capability bounding set; PR_CAPBSET_DROP(2const): EPERM, EINVAL")
{
	struct caps now, then;

	ASSERT_OK(caps_of(getpid(), &now));
	ASSERT_EQ(BIND_SET, now.prm & BIND_SET);
	ASSERT_OK(caps_after_exec("/proc/self/exe", drop_bind_from_bound, &then));
	EXPECT_EQ(now.bnd & ~BIND_SET, then.bnd);
	EXPECT_EQ(0, then.prm & BIND_SET);
	EXPECT_EQ(0, then.eff & BIND_SET);
	CHILD(pid, 0) {
		struct caps caps;

		EXPECT_EQ(-1, prctl(PR_CAPBSET_DROP, 64));
		EXPECT_EQ(EINVAL, errno);
		drop_bind_from_bound();
		ASSERT_OK(caps_of(getpid(), &caps));
		EXPECT_EQ(BIND_SET, caps.prm & BIND_SET);	/* what is held stays until exec */
		CHILD(below, 0) {
			EXPECT_EQ(0, prctl(PR_CAPBSET_READ, BIND));
			ordinary_user();
			EXPECT_EQ(-1, prctl(PR_CAPBSET_DROP, 0));
			EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(files_give_what_the_bound_allows,
	   .new_privs = true, .needs = "security.file_caps ns.mnt mount.tmpfs",
	   .promise = "capabilities(7): File capabilities, Transformation; Safety checking for capability-dumb "
		      "binaries (EPERM)")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];
		struct caps caps;

		ASSERT_OK(copy_program(path, sizeof(path)));
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(0, caps.prm);
		ASSERT_OK(file_caps(path, BIND_SET, 0, false, 0));
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(SUITE_NOBODY, caps.uid);
		EXPECT_EQ(BIND_SET, caps.prm);
		EXPECT_EQ(0, caps.eff);
		ASSERT_OK(caps_after_exec(path, drop_and_be_ordinary, &caps));
		EXPECT_EQ(0, caps.prm);
		ASSERT_OK(file_caps(path, BIND_SET, 0, true, 0));
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(BIND_SET, caps.prm);
		EXPECT_EQ(BIND_SET, caps.eff);
		EXPECT_REFUSED(EPERM, caps_after_exec(path, drop_and_be_ordinary, &caps));
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(inheritable_needs_process_and_file,
	   .new_privs = true, .needs = "security.file_caps ns.mnt mount.tmpfs",
	   .promise = "capabilities(7): Transformation (P(inheritable) & F(inheritable)); a file with capabilities "
		      "clears the ambient set")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];
		struct caps caps;

		ASSERT_OK(copy_program(path, sizeof(path)));
		ASSERT_OK(file_caps(path, 0, BIND_SET, true, 0));
		ASSERT_OK(caps_after_exec(path, user_with_bind, &caps));
		EXPECT_EQ(BIND_SET, caps.prm);
		EXPECT_EQ(BIND_SET, caps.eff);
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(0, caps.prm);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(files_clear_the_ambient_set,
	   .new_privs = true, .needs = "security.file_caps security.ambient ns.mnt mount.tmpfs",
	   .promise = "capabilities(7): P'(ambient) = (file is privileged) ? 0 : P(ambient)")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];
		struct caps caps;

		ASSERT_OK(copy_program(path, sizeof(path)));
		ASSERT_OK(caps_after_exec(path, user_with_ambient, &caps));
		EXPECT_EQ(BIND_SET, caps.amb);
		ASSERT_OK(file_caps(path, 1, 0, false, 0));	/* CAP_CHOWN */
		ASSERT_OK(caps_after_exec(path, user_with_ambient, &caps));
		EXPECT_EQ(0, caps.amb);
		EXPECT_EQ(1, caps.prm);
	}
	EXPECT_EXIT(0, outer);
}

static void inside_user(void)
{
	check(!setresgid(5, 5, 5) && !setresuid(5, 5, 5));
}

SUITE_TEST(files_of_a_user_namespace_give_there_only,
	   .new_privs = true, .needs = "security.file_caps_v3 ns.user ns.mnt mount.tmpfs",
	   .promise = "capabilities(7): Namespaced file capabilities (VFS_CAP_REVISION_3)")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];
		struct caps caps;

		ASSERT_OK(copy_program(path, sizeof(path)));
		ASSERT_OK(file_caps(path, BIND_SET, 0, true, NS_OUTER_ID));
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(0, caps.prm);		/* outside it is a file like others */
		ROOT_CHILD(inside, 0) {
			ASSERT_OK(caps_after_exec(path, inside_user, &caps));
			EXPECT_EQ(BIND_SET, caps.prm);
			EXPECT_EQ(BIND_SET, caps.eff);
		}
		EXPECT_EXIT(0, inside);
		ROOT_CHILD_IDS(other, 0, NS_OUTER_ID + 100, 1000) {
			ASSERT_OK(caps_after_exec(path, inside_user, &caps));
			EXPECT_EQ(0, caps.prm);
		}
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, outer);
}

static void no_new_privs_user(void)
{
	check(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ordinary_user();
}

SUITE_TEST(no_new_privs_takes_files_their_power,
	   .new_privs = true, .needs = "security.no_new_privs security.file_caps ns.mnt mount.tmpfs",
	   .promise = "PR_SET_NO_NEW_PRIVS(2const); Documentation/userspace-api/no_new_privs.rst")
{
	CHILD(outer, SW_CLONE_NEWNS) {
		char path[PATH_MAX];
		struct caps caps;

		ASSERT_OK(copy_program(path, sizeof(path)));
		ASSERT_OK(file_caps(path, BIND_SET, 0, false, 0));
		ASSERT_OK(caps_after_exec(path, no_new_privs_user, &caps));
		EXPECT_EQ(0, caps.prm);
		EXPECT_EQ(1, caps.no_new_privs);	/* which stays */
		ASSERT_OK(file_caps(path, 0, 0, false, 0));
		ASSERT_SYS(removexattr(path, "security.capability"));
		ASSERT_SYS(chmod(path, 04755));
		ASSERT_OK(caps_after_exec(path, ordinary_user, &caps));
		EXPECT_EQ(0, caps.uid);
		ASSERT_OK(caps_after_exec(path, no_new_privs_user, &caps));
		EXPECT_EQ(SUITE_NOBODY, caps.uid);
		EXPECT_EQ(0, caps.prm);
	}
	EXPECT_EXIT(0, outer);
}

SUITE_TEST(no_new_privs_cannot_be_taken_back,
	   .new_privs = true, .needs = "security.no_new_privs", .unprivileged = true,
	   .promise = "PR_SET_NO_NEW_PRIVS(2const): cannot be unset, inherited by fork(2); EINVAL")
{
	CHILD(pid, 0) {
		EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		CHILD(below, 0) {
			EXPECT_EQ(1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
			EXPECT_EQ(-1, prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
			EXPECT_EQ(EINVAL, errno);
			EXPECT_EQ(1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, pid);
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void be_noroot(void)
{
	check(!prctl(PR_SET_SECUREBITS, 1));
}

SUITE_TEST(noroot_makes_root_nobody_at_exec,
	   .needs = "security.securebits",
	   .promise = "capabilities(7): The securebits flags (SECBIT_NOROOT)")
{
	struct caps caps;

	ASSERT_OK(caps_after_exec("/proc/self/exe", be_noroot, &caps));
	EXPECT_EQ(0, caps.uid);
	EXPECT_EQ(0, caps.prm);
	EXPECT_EQ(0, caps.eff);
}

SUITE_TEST(securebits_decide_what_leaving_root_costs,
	   .needs = "security.securebits",
	   .promise = "capabilities(7): Effect of user ID changes; SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP")
{
	for (int bits = 0; bits < 3; bits++) {
		CHILD(pid, 0) {
			struct caps before, caps;

			ASSERT_OK(caps_of(getpid(), &before));
			/* Nothing; SECBIT_NO_SETUID_FIXUP; SECBIT_KEEP_CAPS */
			ASSERT_SYS(prctl(PR_SET_SECUREBITS, (int[]){ 0, 4, 16 }[bits]));
			ASSERT_SYS(setresuid(SUITE_NOBODY, SUITE_NOBODY, SUITE_NOBODY));
			ASSERT_OK(caps_of(getpid(), &caps));
			EXPECT_EQ(bits ? before.prm : 0, caps.prm) TH_LOG("securebits %d", bits);
			EXPECT_EQ(bits == 1 ? before.eff : 0, caps.eff) TH_LOG("securebits %d", bits);
		}
		EXPECT_EXIT(0, pid);
	}
}

SUITE_TEST(locked_securebits_stay,
	   .needs = "security.securebits",
	   .promise = "capabilities(7): The securebits flags (locked irreversibly; CAP_SETPCAP to change)")
{
	CHILD(pid, 0) {
		EXPECT_EQ(-1, prctl(PR_SET_SECUREBITS, 1 << 20));
		EXPECT_EQ(EPERM, errno);
		ASSERT_SYS(prctl(PR_SET_SECUREBITS, 3));	/* NOROOT and its lock */
		EXPECT_EQ(-1, prctl(PR_SET_SECUREBITS, 2));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, prctl(PR_SET_SECUREBITS, 1));
		EXPECT_EQ(EPERM, errno);
		ASSERT_SYS(prctl(PR_SET_SECUREBITS, 3 | 32));	/* and the lock of KEEP_CAPS */
		EXPECT_EQ(-1, prctl(PR_SET_KEEPCAPS, 1));
		EXPECT_EQ(EPERM, errno);
		CHILD(below, 0) {
			EXPECT_EQ(3 | 32, prctl(PR_GET_SECUREBITS));
			ASSERT_OK(set_caps(BIND_SET, BIND_SET, 0));
			EXPECT_EQ(-1, prctl(PR_SET_SECUREBITS, 3 | 32 | 4));
			EXPECT_EQ(EPERM, errno);
		}
		EXPECT_EXIT(0, below);
	}
	EXPECT_EXIT(0, pid);
}
