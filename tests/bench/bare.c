// SPDX-License-Identifier: GPL-2.0-only
/*
 * For make bench: the dearest of the system calls of a live probe, as often as the probe makes them (bench.py
 * counts them by strace), and nothing else: no verdicts, no configuration, nothing printed. Where there
 * are several ways the cheapest is taken (every file system a tmpfs, every device a dummy), so that no
 * probe that makes these trials can cost less.
 *   bare KIND=COUNT...
 * Kinds: fork vfork newns newnet newuser newuts newipc newpid newcgroup newtime mount cgroup link netlink bpf
 * file socket. Namespaces are made in the processes of vfork. Root only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A device of kind dummy, the least there is. Returns 0 or -errno. */
static int new_link(int nl)
{
	static const char kind[] = "dummy";
	struct {
		struct nlmsghdr hdr;
		struct ifinfomsg ifi;
		struct rtattr info, info_kind;
		char name[8];
	} m = {
		.hdr = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
		.info = { .rta_len = 2 * sizeof(struct rtattr) + 8, .rta_type = IFLA_LINKINFO },
		.info_kind = { .rta_len = sizeof(struct rtattr) + sizeof(kind), .rta_type = IFLA_INFO_KIND },
	};
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
		char rest[256];
	} answer;

	memcpy(m.name, kind, sizeof(kind));
	if (send(nl, &m, sizeof(m), 0) < 0 || recv(nl, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.hdr))
		return -errno;
	return answer.err.error;
}

static void links(int count)
{
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (nl < 0 || fd < 0)
		die("socket");
	for (int i = 0; i < count; i++) {
		struct ifreq up = { .ifr_flags = IFF_UP };

		snprintf(up.ifr_name, sizeof(up.ifr_name), "dummy%d", i);
		if (!new_link(nl))
			ioctl(fd, SIOCSIFFLAGS, &up);
	}
	/* They go with the namespace, in the background. */
}

/* Questions to rtnetlink: the devices of a new namespace. */
static void netlink(int count)
{
	struct {
		struct nlmsghdr hdr;
		struct ifinfomsg ifi;
	} m = { .hdr = { .nlmsg_len = sizeof(m), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char answer[16384];

	for (int i = 0; i < count; i++)
		/* The devices, and that this was all. */
		if (send(nl, &m, sizeof(m), 0) < 0 || recv(nl, answer, sizeof(answer), 0) < 0 ||
		    recv(nl, answer, sizeof(answer), 0) < 0)
			die("RTM_GETLINK");
}

static void mounts(int count)
{
	if (count && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
		die("mounts of our own");
	for (int i = 0; i < count; i++)
		if (mount("bare", "/tmp", "tmpfs", 0, "size=64k") || umount2("/tmp", MNT_DETACH))
			die("tmpfs");
}

static void cgroups(int count)
{
	static const char *const places[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/pids" };
	char path[128];

	for (int i = 0, p = 0; i < count && p < 3;) {
		snprintf(path, sizeof(path), "%s/seaworthy-bare-%d", places[p], (int)getpid());
		if (access(places[p], W_OK) || mkdir(path, 0755)) {
			p++;
			continue;
		}
		rmdir(path);
		i++;
	}
}

static void files(int count)
{
	static const char *const paths[] = { "/proc/self/status", "/proc/filesystems", "/proc/sys/kernel/osrelease" };
	char text[4096];

	for (int i = 0; i < count; i++) {
		int fd = open(paths[i % 3], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			die(paths[i % 3]);
		close(fd);
	}
}

static void sockets(int count)
{
	for (int i = 0; i < count; i++)
		close(socket(i % 2 ? AF_NETLINK : AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static void programs(int count)
{
	struct bpf_insn code[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2 };

	attr.insns = (unsigned long)code;
	attr.license = (unsigned long)"GPL";
	for (int i = 0; i < count; i++) {
		long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

		if (fd >= 0)
			close((int)fd);
	}
}

static int end(void *arg)
{
	int flags = *(int *)arg;

	if (flags)
		unshare(flags);
	_exit(0);
}

static void vforks(int count, int flags)
{
	static char stack[1 << 16] __attribute__((aligned(16)));

	for (int i = 0; i < count; i++) {
		pid_t pid = clone(end, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &flags);

		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("clone");
	}
}

static void forks(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
	}
}

static int wanted(int argc, char **argv, const char *kind)
{
	size_t len = strlen(kind);

	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], kind, len) && argv[i][len] == '=')
			return atoi(argv[i] + len + 1);
	return 0;
}

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

int main(int argc, char **argv)
{
	static const struct {
		const char *kind;
		int flag;
	} namespaces[] = {
		{ "newns", CLONE_NEWNS }, { "newnet", CLONE_NEWNET }, { "newuser", CLONE_NEWUSER },
		{ "newuts", CLONE_NEWUTS }, { "newipc", CLONE_NEWIPC }, { "newpid", CLONE_NEWPID },
		{ "newcgroup", CLONE_NEWCGROUP }, { "newtime", CLONE_NEWTIME },
	};
	int left = wanted(argc, argv, "vfork");

	files(wanted(argc, argv, "file"));
	sockets(wanted(argc, argv, "socket"));
	programs(wanted(argc, argv, "bpf"));
	cgroups(wanted(argc, argv, "cgroup"));
	forks(wanted(argc, argv, "fork"));
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++) {
		int count = wanted(argc, argv, namespaces[i].kind);

		vforks(count, namespaces[i].flag);
		left -= count;
	}
	vforks(left > 0 ? left : 0, 0);
	if (unshare(CLONE_NEWNET))
		die("unshare(CLONE_NEWNET)");
	netlink(wanted(argc, argv, "netlink"));
	links(wanted(argc, argv, "link"));
	mounts(wanted(argc, argv, "mount"));
	return 0;
}
