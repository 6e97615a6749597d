// SPDX-License-Identifier: GPL-2.0-only
/*
 * For make bench: the kernel's part of a live probe and nothing else: no verdicts, no configuration, no
 * reading back, each namespace made once. What a probe costs beyond this is its own; what this costs no
 * arrangement of the rows can save.
 *   bare LINKS MOUNTS CGROUPS PROCESSES
 * LINKS network devices made, brought up and removed; MOUNTS file systems mounted and unmounted; CGROUPS
 * made and removed; PROCESSES that rows need since they change or watch one. Root only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

static void mounts(int count)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
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

static int end(void *arg)
{
	(void)arg;
	_exit(0);
}

static void processes(int count)
{
	static char stack[1 << 16] __attribute__((aligned(16)));

	for (int i = 0; i < count; i++) {
		pid_t pid = clone(end, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("clone");
	}
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: bare LINKS MOUNTS CGROUPS PROCESSES\n");
		return 64;
	}
	cgroups(atoi(argv[3]));
	processes(atoi(argv[4]));
	if (unshare(CLONE_NEWNET))
		die("unshare(CLONE_NEWNET)");
	links(atoi(argv[1]));
	mounts(atoi(argv[2]));
	return 0;
}
