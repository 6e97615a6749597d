// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a program under a kernel that misbehaves: a seccomp filter answers chosen system calls in the
 * kernel's place.
 *	syscall-shim RULE ... -- PROGRAM [ARG...]
 * A RULE is one of
 *	CALL=ERRNO		answer the error; 0 claims success without doing anything
 *	CALL=ERRNO,MASK[@N]	only calls whose argument N (0 if not said) has one of these bits
 *	CALL=ERRNO,==VALUE[@N]	only calls whose argument N is VALUE (both hexadecimal)
 *	unwritten=GLOB		write(2) to files whose path matches is claimed, not done; needs 5.5. A
 *				program that runs under it cannot have a seccomp listener of its own
 *	dies=CALL		the first process but the program itself that makes the call is killed in
 *				it; as with unwritten, by a listener
 *	stuck=CALL		the call never returns, until the caller is killed; the same
 *	apart			mount, network, ipc and UTS namespaces for the program first, with a /tmp of
 *				its own and the root filesystem read-only: what it does where it only
 *				believes to be apart does not reach the host. A program that lies below
 *				/tmp keeps its place there
 * CALL is a name of the table below, or a number. Without a rule the filter allows everything, which
 * is what to compare with.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "add_key", SYS_add_key }, { "bpf", SYS_bpf }, { "capset", SYS_capset }, { "chroot", SYS_chroot },
	{ "clone", SYS_clone }, { "clone3", 435 }, { "close_range", 436 }, { "delete_module", SYS_delete_module },
	{ "fanotify_init", SYS_fanotify_init }, { "fcntl", SYS_fcntl }, { "fsconfig", 431 }, { "fsetxattr", SYS_fsetxattr },
	{ "fsmount", 432 }, { "fsopen", 430 }, { "getdents64", SYS_getdents64 },
	{ "getsockopt", SYS_getsockopt }, { "io_setup", SYS_io_setup },
	{ "io_uring_enter", 426 }, { "io_uring_setup", 425 }, { "ioctl", SYS_ioctl }, { "kcmp", SYS_kcmp },
	{ "keyctl", SYS_keyctl }, { "kill", SYS_kill }, { "landlock_add_rule", 445 },
	{ "landlock_create_ruleset", 444 }, { "landlock_restrict_self", 446 }, { "lsm_list_modules", 461 },
	{ "memfd_create", SYS_memfd_create }, { "mkdir", SYS_mkdir }, { "mknodat", SYS_mknodat },
	{ "mount", SYS_mount }, { "mount_setattr", 442 }, { "move_mount", 429 }, { "mq_open", SYS_mq_open },
	{ "mq_unlink", SYS_mq_unlink }, { "mremap", SYS_mremap }, { "msgctl", SYS_msgctl },
	{ "msgget", SYS_msgget }, { "msgrcv", SYS_msgrcv }, { "msgsnd", SYS_msgsnd }, { "open_tree", 428 },
	{ "openat2", 437 }, { "pidfd_getfd", 438 }, { "pidfd_open", 434 }, { "pidfd_send_signal", 424 },
	{ "pivot_root", SYS_pivot_root }, { "prctl", SYS_prctl }, { "prlimit64", SYS_prlimit64 },
	{ "ptrace", SYS_ptrace }, { "quotactl", SYS_quotactl }, { "reboot", SYS_reboot },
	{ "rmdir", SYS_rmdir }, { "seccomp", SYS_seccomp }, { "semctl", SYS_semctl },
	{ "semget", SYS_semget }, { "semop", SYS_semop }, { "sendmsg", SYS_sendmsg },
	{ "sendto", SYS_sendto }, { "setdomainname", SYS_setdomainname }, { "setgroups", SYS_setgroups },
	{ "sethostname", SYS_sethostname }, { "setns", SYS_setns }, { "setrlimit", SYS_setrlimit },
	{ "setsockopt", SYS_setsockopt }, { "setxattr", SYS_setxattr }, { "shmat", SYS_shmat },
	{ "shmctl", SYS_shmctl }, { "shmget", SYS_shmget }, { "socket", SYS_socket },
	{ "timer_create", SYS_timer_create }, { "umount2", SYS_umount2 }, { "unshare", SYS_unshare },
	{ "userfaultfd", SYS_userfaultfd }, { "vmsplice", SYS_vmsplice },
};

#define MAX_RULES 16

static struct sock_filter code[4 + MAX_RULES * 5];
static unsigned short length;
static const char *unwritten[MAX_RULES];
static size_t unwritten_count;
static int dies = -1, stuck = -1;

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

/* What follows the comma: "MASK@N" or "==VALUE@N". */
static int parse_argument(const char *s, int *ret_equal, unsigned long *ret_value, unsigned long *ret_n)
{
	char *end;

	*ret_equal = !strncmp(s, "==", 2);
	s += *ret_equal ? 2 : 0;
	*ret_value = strtoul(s, &end, 16);
	if (end == s)
		return -1;
	if (*end == '@')
		*ret_n = strtoul(end + 1, &end, 10);
	return *end || *ret_n > 5 ? -1 : 0;
}

/* The program of a file descriptor at PATH, in a /tmp that has nothing of what was there. */
static int bind_program(int fd, char *path)
{
	char link[32];
	int place;

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	place = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	if (place < 0)
		return -1;
	close(place);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return mount(link, path, NULL, MS_BIND, NULL);
}

/* Its own path stays, not only its file: the program starts itself anew by it. */
static int go_apart(const char **program)
{
	static char path[PATH_MAX];
	int fd, hidden;

	if (!realpath(*program, path))
		return -1;
	*program = path;
	hidden = !strncmp(path, "/tmp/", 5);
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	/* By a mount of this namespace: another's cannot be bound. */
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) || (hidden && bind_program(fd, path)) ||
	    mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))
		return -1;
	return close(fd);
}

static int add_rule(const char *rule, const char **program)
{
	const char *value = strchr(rule, '=');
	unsigned long error, operand = 0, n = 0;
	int nr, equal = 0, limited;
	char *end;

	if (!strcmp(rule, "apart"))
		return go_apart(program);
	if (!value)
		return -1;
	if (!strncmp(rule, "dies=", 5)) {
		dies = call_number(value + 1, strlen(value + 1));
		return dies < 0 ? -1 : 0;
	}
	if (!strncmp(rule, "unwritten=", 10)) {
		unwritten[unwritten_count++] = value + 1;
		return 0;
	}
	if (!strncmp(rule, "stuck=", 6)) {
		stuck = call_number(value + 1, strlen(value + 1));
		return stuck < 0 ? -1 : 0;
	}
	error = strtoul(value + 1, &end, 10);
	limited = *end == ',';
	if (end == value + 1 || (*end && !limited) || error > 4095 ||
	    (limited && parse_argument(end + 1, &equal, &operand, &n)))
		return -1;
	nr = call_number(rule, (size_t)(value - rule));
	if (nr < 0)
		return -1;
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	emit(BPF_JMP | BPF_JEQ | BPF_K, 0, limited ? 3 : 1, (unsigned int)nr);
	if (limited) {
		emit(BPF_LD | BPF_W | BPF_ABS, 0, 0,
		     (unsigned int)(offsetof(struct seccomp_data, args) + 8 * n));
		emit(BPF_JMP | (equal ? BPF_JEQ : BPF_JSET) | BPF_K, 0, 1, (unsigned int)operand);
	}
	emit(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | (unsigned int)error);
	return 0;
}

/*
 * Root needs no "no new privileges", and must not have it: file capabilities and set-user-ID programs
 * are what some tests are about.
 */
static long install(struct sock_fprog *program, unsigned int flags)
{
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	if (r < 0 && errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	return r;
}

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static int send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(socket, &m, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) == 1 && (c = CMSG_FIRSTHDR(&m)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

static int is_unwritten(pid_t pid, int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0;
	path[n] = 0;
	for (size_t i = 0; i < unwritten_count; i++)
		if (!fnmatch(unwritten[i], path, 0))
			return 1;
	return 0;
}

/*
 * Answer the calls, but for the one that is to be stuck, until the last process under the filter is
 * gone. @program: who must not die
 */
static void supervise(int listener, pid_t program)
{
	int dead = 0;

	for (;;) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		struct seccomp_notif_resp response = { 0 };
		struct seccomp_notif call = { 0 };

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return;
		if (p.revents & POLLHUP)
			return;
		if (!(p.revents & POLLIN) || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;	/* it was killed meanwhile */
		if (call.data.nr == stuck)
			continue;
		response.id = call.id;
		if (call.data.nr == dies && !dead && (pid_t)call.pid != program) {
			dead = !kill((pid_t)call.pid, SIGKILL);
			continue;
		}
		if (call.data.nr == SYS_write && is_unwritten((pid_t)call.pid, (int)call.data.args[0]))
			response.val = (long long)call.data.args[2];
		else
			response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

/* In the child: the filter that hands the calls in question to the parent. */
static void hand_over(int socket)
{
	/* -1 is no call's number. */
	const unsigned int writes = unwritten_count ? SYS_write : -1U;
	struct sock_filter notify[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, writes },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, (unsigned int)dies },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned int)stuck },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog program = { .filter = notify, .len = sizeof(notify) / sizeof(*notify) };
	int listener = (int)install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	if (listener < 0 || send_fd(socket, listener))
		die("syscall-shim: installing the listener");
	close(listener);
	close(socket);
}

static void run_supervised(void)
{
	int sockets[2], listener, status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		hand_over(sockets[1]);
		return;
	}
	close(sockets[1]);
	listener = receive_fd(sockets[0]);
	if (listener >= 0)
		supervise(listener, pid);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
	struct sock_fprog program = { .filter = code };
	const char *path;
	int i, rules = 1;

	while (rules < argc && strcmp(argv[rules], "--"))
		rules++;
	if (rules + 1 >= argc) {
		fprintf(stderr, "usage: syscall-shim RULE ... -- PROGRAM [ARG...]\n");
		return 64;
	}
	argv += rules + 1;
	path = argv[0];
	for (i = 0; i < rules - 1; i++) {
		const char *rule = argv[i - rules];

		if (i >= MAX_RULES || add_rule(rule, &path)) {
			fprintf(stderr, "syscall-shim: cannot use the rule '%s' (%s)\n", rule, strerror(errno));
			return 64;
		}
	}
	emit(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	program.len = length;
	if (unwritten_count || dies >= 0 || stuck >= 0)
		run_supervised();
	if (install(&program, 0))
		die("syscall-shim: installing the filter");
	execv(path, argv);
	perror(path);
	return 127;
}
