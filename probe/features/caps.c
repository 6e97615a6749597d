// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities: of files, ambient, and the bits that govern how they change. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "features/security_try.h"
#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- file capabilities ------------------------------------------------------------------------ */

#define CAP_NET_RAW_BIT 13
#define NOBODY 65534

/*
 * A program that waits for ever, by pause(2) or ppoll(2), and is a hundredth of what we are. Elsewhere, our
 * own executable, which waits for its standard input.
 */
#ifdef __x86_64__
#define PROGRAM_MACHINE EM_X86_64
/* mov $34, %eax; syscall; jmp to the start */
static const unsigned char program_code[] = { 0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7 };
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PROGRAM_MACHINE EM_AARCH64
/* mov x0..x3, #0; mov x8, #73; svc #0; b to the start */
static const uint32_t program_code[] = { 0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928,
					 0xd4000001, 0x17fffffa };
#endif

#ifdef PROGRAM_MACHINE
#define PROGRAM_AT 0x400000
static int write_program(int out)
{
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr load;
		unsigned char code[sizeof(program_code)];
	} p = {
		.head = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = PROGRAM_MACHINE, .e_version = EV_CURRENT,
			.e_entry = PROGRAM_AT + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
		},
		/* Pages are of 64 KB at most. */
		.load = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = PROGRAM_AT, .p_paddr = PROGRAM_AT,
			  .p_filesz = sizeof(p), .p_memsz = sizeof(p), .p_align = 0x10000 },
	};

	memcpy(p.code, program_code, sizeof(program_code));
	return sw_write_all(out, &p, sizeof(p));
}
#else
static int write_program(int out)
{
	int in __sw_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (in < 0)
		return -errno;
	do
		n = sendfile(out, in, NULL, 1 << 24);
	while (n > 0);
	return n < 0 ? -errno : 0;
}
#endif

/* The program, with cap_net_raw+ep on it (include/uapi/linux/capability.h, version 2). */
static int make_program(const char *path)
{
	struct {
		uint32_t magic_etc;
		struct {
			uint32_t permitted, inheritable;
		} data[2];
	} cap = { 0x02000000 | 1 /* effective */, { { 1u << CAP_NET_RAW_BIT, 0 }, { 0, 0 } } };
	int out __sw_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	int r = out < 0 ? -errno : write_program(out);

	if (r)
		return r;
	return setxattr(path, "security.capability", &cap, sizeof(cap), 0) ? -errno : 0;
}

/*
 * Capabilities in the effective set of another process, once it sleeps. Returns 0, -EAGAIN while it
 * runs, or -errno.
 */
static int effective_of(pid_t pid, unsigned long long *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[32];
	const char *p;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	r = sw_read_file(AT_FDCWD, path, &b, 1 << 16);
	if (r)
		return r;
	if (!strstr(sw_buf_str(&b), "\nState:\tS"))
		return -EAGAIN;
	p = strstr(sw_buf_str(&b), "\nCapEff:");
	return p && sscanf(p, "\nCapEff: %llx", ret) == 1 ? 0 : -ENODATA;
}

/* As nobody, become the program; it reads its standard input, which we hold open. */
static void become(const char *path, int in, int alive)
{
	int null = open("/dev/null", O_RDWR);
	char *const argv[] = { (char *)"seaworthy", (char *)"probe", (char *)"--config", (char *)"-", NULL };
	char *const envp[] = { NULL };

	if (dup2(in, 0) >= 0 && dup2(null, 1) >= 0 && dup2(null, 2) >= 0 &&
	    !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY))
		execve(path, argv, envp);
	(void)!write(alive, "x", 1);
	_exit(3);
}

static void judge_exec(const char *path, struct live *ret)
{
	unsigned long long caps = 0;
	int in[2], alive[2], status, r;
	char byte;
	pid_t pid;

	if (!live_need_proc_of_ours(ret))
		return;
	if (pipe2(in, O_CLOEXEC) || pipe2(alive, O_CLOEXEC) || (pid = sw_fork()) < 0) {
		live_set(ret, LIVE_UNKNOWN, errno, "pipe or fork: %s", sw_errno_name(errno));
		return;
	}
	if (pid == 0)
		become(path, in[0], alive[1]);
	close(alive[1]);
	/*
	 * End of file: exec has closed the pipe. What is granted is granted a moment later, before
	 * the program can wait for its input.
	 */
	r = read(alive[0], &byte, 1) != 0 ? -EACCES : -EAGAIN;
	for (int i = 0; r == -EAGAIN && i < 5000; i++) {
		r = effective_of(pid, &caps);
		if (r == -EAGAIN)
			usleep(1000);
	}
	kill(pid, SIGKILL);
	sw_waitpid(pid, &status);
	if (!r && !caps && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
		/* execve(2) grants nothing then, and no_new_privs cannot be taken back. */
		live_set(ret, LIVE_UNKNOWN, 0, "run by uid %d, a program with cap_net_raw+ep on its file has "
			 "nothing: no_new_privs is set for this process", NOBODY);
		return;
	}
	if (r)
		live_set(ret, LIVE_UNKNOWN, -r, "the program with the capability could not be run or watched");
	else if (caps == 1ull << CAP_NET_RAW_BIT)
		live_set(ret, LIVE_WORKS, 0, "run by uid %d, a program with cap_net_raw+ep on its file has it",
			 NOBODY);
	else
		live_set(ret, LIVE_BROKEN, 0, "run by uid %d, a program with cap_net_raw+ep on its file has "
			 "CapEff %llx", NOBODY, caps);
}

void probe_file_caps(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char cmdline[4096] = "";
	unsigned int uid = getuid();
	struct live_way way;
	int r;

	(void)f;
	if (sw_read_line(AT_FDCWD, "/proc/cmdline", cmdline, sizeof(cmdline)) > 0) {
		/* kernel/capability.c, since 2.6.33 (b3a222e52e4d) */
		const char *p = strstr(cmdline, "no_file_caps");

		if (p && (p == cmdline || p[-1] == ' ') && (!p[12] || p[12] == ' ')) {
			live_set(ret, LIVE_ABSENT, 0, "no_file_caps is on the kernel command line");
			live_cause(ret, FINDING_BOOT_PARAMETER, "no_file_caps");
			return;
		}
	}
	if (live_private_mounts(ctx, ret, &way))
		return;
	if (way.userns) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: needs root to run a program as another user");
		live_cause(ret, FINDING_CAPABILITY, "uid %u cannot run a program as another user", uid);
		return;
	}
	if (live_in_userns()) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: in a user namespace there may be no other user");
		live_blame_privilege(ret);
		return;
	}
	if (live_tmpfs("size=64m,mode=755", ret))
		return;
	r = make_program("p");
	if (r == -EOPNOTSUPP)
		live_set(ret, LIVE_UNKNOWN, r, "not tried: tmpfs keeps no security.capability here "
			 "(TMPFS_XATTR)");
	else if (r)
		live_set(ret, LIVE_UNKNOWN, r, "cannot prepare a program: %s", sw_errno_name(r));
	else
		judge_exec("p", ret);
}

/* ---- file capabilities of a user namespace --------------------------------------------------------- */

struct file_cap {		/* include/uapi/linux/capability.h: struct vfs_ns_cap_data */
	uint32_t magic_etc;
	struct {
		uint32_t permitted, inheritable;
	} data[2];
	uint32_t rootid;	/* version 3 only */
};
#define FILE_CAP_2 0x02000000
#define FILE_CAP_3 0x03000000
#define FILE_CAP_2_SIZE 20
#define FILE_CAP_3_SIZE 24
#define OTHER_ROOT 4242

/* In the user namespace: a capability as its root would put it. Exit status: errno of setxattr. */
static void set_cap_inside(const char *path)
{
	struct file_cap cap = { FILE_CAP_2 | 1, { { 1u << CAP_NET_RAW_BIT, 0 }, { 0, 0 } }, 0 };

	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		_exit(255);
	_exit(setxattr(path, "security.capability", &cap, FILE_CAP_2_SIZE, 0) ? errno : 0);
}

static void judge_file_cap(const char *path, int err, struct live *ret)
{
	struct file_cap cap = { 0 };
	ssize_t n = getxattr(path, "security.capability", &cap, sizeof(cap));

	if (err == EPERM)
		live_set(ret, LIVE_ABSENT, err, "root of a user namespace may not give capabilities to a file of "
			 "its own: EPERM");
	else if (err)
		live_set(ret, LIVE_UNKNOWN, err, "setxattr(security.capability) in a user namespace: %s",
			 err == 255 ? "cannot become its root" : sw_errno_name(err));
	else if (n == FILE_CAP_3_SIZE && (cap.magic_etc & 0xff000000) == FILE_CAP_3 && cap.rootid == OTHER_ROOT)
		live_set(ret, LIVE_WORKS, 0, "capabilities that root of a user namespace gave to a file are bound to "
			 "that root (uid %u)", OTHER_ROOT);
	else
		live_set(ret, LIVE_BROKEN, 0, "capabilities that root of a user namespace gave to a file read back as "
			 "%zd bytes, version %#x, root %u", n, cap.magic_etc >> 24, cap.rootid);
}

void probe_file_caps_v3(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct live_way way;
	int r, status = 0;
	pid_t pid;

	(void)f;
	if (live_private_mounts(ctx, ret, &way))
		return;
	if (way.userns || live_in_userns()) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: needs root to make a user namespace of another user");
		live_cause(ret, FINDING_CAPABILITY, "this is not root of the initial user namespace");
		return;
	}
	if (live_tmpfs("size=64k,mode=755", ret))
		return;
	r = open("f", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (r < 0 || fchown(r, OTHER_ROOT, OTHER_ROOT)) {
		live_set(ret, LIVE_UNKNOWN, errno, "cannot prepare a file: %s", sw_errno_name(errno));
		return;
	}
	r = live_other_userns(OTHER_ROOT, set_cap_inside, "f", &pid);
	if (r) {
		live_explain_unshare(ctx, SW_CLONE_NEWUSER, r, ret);
		live_set(ret, LIVE_UNKNOWN, r, "not tried: no user namespace: %s", sw_errno_name(r));
		return;
	}
	if (sw_waitpid(pid, &status) || !WIFEXITED(status))
		live_set(ret, LIVE_UNKNOWN, 0, "the process in the user namespace died");
	else if (WEXITSTATUS(status) == EOPNOTSUPP)
		live_set(ret, LIVE_UNKNOWN, EOPNOTSUPP, "not tried: tmpfs keeps no security.capability here "
			 "(TMPFS_XATTR)");
	else
		judge_file_cap("f", WEXITSTATUS(status), ret);
}

/* ---- of processes ------------------------------------------------------------------------------------ */

void probe_nnp(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		security_refused(ctx, f, "prctl(PR_SET_NO_NEW_PRIVS)", errno, ret);
	else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		live_set(ret, LIVE_BROKEN, 0, "PR_SET_NO_NEW_PRIVS was taken, but does not read back");
	else
		live_set(ret, LIVE_WORKS, 0, "set and read back");
}

struct caps {
	uint32_t effective, permitted, inheritable;
};

static int caps_get(struct caps data[2])
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };

	return (int)sys_call(SYS_capget, (long)&head, (long)data, 0, 0, 0, 0);
}

static int caps_set(const struct caps data[2])
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };

	return (int)sys_call(SYS_capset, (long)&head, (long)data, 0, 0, 0, 0);
}

/* Have capabilities, by a user namespace if there is no other way. Returns 0, or -errno with *ret filled. */
static int have_caps(struct caps data[2], struct live_way *way, struct live *ret)
{
	int r = caps_get(data);

	way->userns = false;
	if (!r && !data[0].permitted) {
		r = live_enter_userns();
		way->userns = true;
		r = r ? r : caps_get(data);
	}
	if (!r && !data[0].permitted)
		r = -EPERM;
	if (r) {
		live_set(ret, LIVE_UNKNOWN, r, "not tried: there is no capability to try it with");
		live_cause(ret, FINDING_CAPABILITY, "no capability in the permitted set (uid %u)",
			   (unsigned int)geteuid());
	}
	return r;
}

#define PR_CAP_AMBIENT_ 47	/* include/uapi/linux/prctl.h */
enum { AMBIENT_IS_SET = 1, AMBIENT_RAISE = 2 };

void probe_ambient(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct caps data[2] = { { 0 } };
	struct live_way way;
	int cap;

	if (have_caps(data, &way, ret))
		return;
	cap = __builtin_ctz(data[0].permitted);
	/* Only what is both permitted and inheritable may be raised. */
	data[0].inheritable &= ~(1u << cap);
	if (caps_set(data)) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: capset refuses");
		return;
	}
	if (!prctl(PR_CAP_AMBIENT_, AMBIENT_RAISE, cap, 0, 0)) {
		live_set(ret, LIVE_BROKEN, 0, "a capability that is not inheritable was made ambient");
		return;
	}
	if (errno != EPERM) {
		security_refused(ctx, f, "prctl(PR_CAP_AMBIENT)", errno, ret);
		return;
	}
	data[0].inheritable |= 1u << cap;
	if (caps_set(data) || prctl(PR_CAP_AMBIENT_, AMBIENT_RAISE, cap, 0, 0)) {
		live_set(ret, LIVE_DENIED, errno, "prctl(PR_CAP_AMBIENT, RAISE): %s", sw_errno_name(errno));
		/* SECBIT_NO_CAP_AMBIENT_RAISE is bit 6. */
		if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & 1 << 6)
			live_cause(ret, FINDING_CAPABILITY, "SECBIT_NO_CAP_AMBIENT_RAISE is set on this process");
		else
			live_blame_filter(ret, "prctl(PR_CAP_AMBIENT)", EPERM, true);
	} else if (prctl(PR_CAP_AMBIENT_, AMBIENT_IS_SET, cap, 0, 0) != 1) {
		live_set(ret, LIVE_BROKEN, 0, "an ambient capability was raised, but does not read back");
	} else {
		live_set(ret, LIVE_WORKS, 0, "an inheritable capability was raised%s, another refused",
			 live_way_text(&way));
	}
}

enum { CAP_SETPCAP_BIT = 8, SECBIT_KEEP_CAPS_LOCKED = 1 << 5 };

void probe_securebits(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct caps data[2] = { { 0 } };
	struct live_way way;
	int old;

	if (have_caps(data, &way, ret))
		return;
	if (!live_has_cap(CAP_SETPCAP_BIT)) {
		live_set(ret, LIVE_UNKNOWN, EPERM, "not tried: CAP_SETPCAP is lacking");
		live_cause(ret, FINDING_CAPABILITY, "CAP_SETPCAP is not in the effective set (uid %u)",
			   (unsigned int)geteuid());
		return;
	}
	old = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	if (old < 0 || prctl(PR_SET_SECUREBITS, old | SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0)) {
		security_refused(ctx, f, "prctl(PR_SET_SECUREBITS)", errno, ret);
		return;
	}
	if (!(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & SECBIT_KEEP_CAPS_LOCKED) ||
	    !prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || !prctl(PR_SET_SECUREBITS, old & ~SECBIT_KEEP_CAPS_LOCKED, 0, 0, 0))
		live_set(ret, LIVE_BROKEN, 0, "a securebit was locked, but the lock does not hold");
	else
		live_set(ret, LIVE_WORKS, 0, "a securebit was locked%s: it can neither be changed nor unlocked",
			 live_way_text(&way));
}
