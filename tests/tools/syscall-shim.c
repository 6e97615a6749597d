// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a program under a kernel that misbehaves: a seccomp filter answers chosen system calls in the
 * kernel's place.
 *	syscall-shim CALL=ERRNO[,FLAGS] ... -- PROGRAM [ARG...]
 * CALL is a name of the table below, or a number. ERRNO is a number; 0 claims success without doing
 * anything. With FLAGS (hexadecimal) only calls whose
 * first argument has one of these bits are answered.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "add_key", SYS_add_key }, { "bpf", SYS_bpf }, { "clone", SYS_clone }, { "clone3", 435 },
	{ "fanotify_init", SYS_fanotify_init }, { "fsopen", 430 }, { "io_uring_enter", 426 },
	{ "io_uring_setup", 425 }, { "keyctl", SYS_keyctl }, { "landlock_create_ruleset", 444 },
	{ "landlock_restrict_self", 446 }, { "lsm_list_modules", 461 }, { "mknodat", SYS_mknodat },
	{ "mount", SYS_mount }, { "mount_setattr", 442 }, { "move_mount", 429 }, { "open_tree", 428 },
	{ "quotactl", SYS_quotactl }, { "seccomp", SYS_seccomp },
	{ "io_setup", SYS_io_setup }, { "kcmp", SYS_kcmp }, { "memfd_create", SYS_memfd_create },
	{ "mremap", SYS_mremap }, { "ptrace", SYS_ptrace }, { "timer_create", SYS_timer_create },
	{ "userfaultfd", SYS_userfaultfd }, { "vmsplice", SYS_vmsplice },
	{ "mq_open", SYS_mq_open }, { "pivot_root", SYS_pivot_root }, { "reboot", SYS_reboot },
	{ "getdents64", SYS_getdents64 }, { "getsockopt", SYS_getsockopt }, { "kill", SYS_kill },
	{ "sendmsg", SYS_sendmsg },
	{ "setgroups", SYS_setgroups }, { "sethostname", SYS_sethostname }, { "setns", SYS_setns },
	{ "shmget", SYS_shmget }, { "umount2", SYS_umount2 }, { "unshare", SYS_unshare },
};

#define MAX_RULES 16

static struct sock_filter code[4 + MAX_RULES * 5];
static unsigned short length;

static void emit(unsigned short op, unsigned char jt, unsigned char jf, unsigned int k)
{
	code[length++] = (struct sock_filter){ op, jt, jf, k };
}

static int call_number(const char *name, size_t len)
{
	if (len && strspn(name, "0123456789") == len)
		return atoi(name);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (strlen(calls[i].name) == len && !strncmp(calls[i].name, name, len))
			return calls[i].nr;
	return -1;
}

static int add_rule(const char *rule)
{
	const char *value = strchr(rule, '=');
	unsigned long error, flags = 0;
	char *end;
	int nr;

	if (!value)
		return -1;
	error = strtoul(value + 1, &end, 10);
	if (*end == ',')
		flags = strtoul(end + 1, &end, 16);
	if (*end || error > 4095)
		return -1;
	nr = call_number(rule, (size_t)(value - rule));
	if (nr < 0)
		return -1;
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	emit(BPF_JMP | BPF_JEQ | BPF_K, 0, flags ? 3 : 1, (unsigned int)nr);
	if (flags) {
		emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args));
		emit(BPF_JMP | BPF_JSET | BPF_K, 0, 1, (unsigned int)flags);
	}
	emit(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | (unsigned int)error);
	return 0;
}

int main(int argc, char **argv)
{
	struct sock_fprog program = { .filter = code };
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (i > MAX_RULES || add_rule(argv[i])) {
			fprintf(stderr, "syscall-shim: cannot use the rule '%s'\n", argv[i]);
			return 64;
		}
	}
	if (i + 1 >= argc) {
		fprintf(stderr, "usage: syscall-shim CALL=ERRNO[,FLAGS] ... -- PROGRAM [ARG...]\n");
		return 64;
	}
	emit(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	program.len = length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("syscall-shim: installing the filter");
		return 125;
	}
	execv(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
