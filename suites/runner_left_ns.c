// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network and ipc namespaces of the runner's own: what tests leave in them is theirs for certain,
 * reaches nobody else, and goes with the runner at the latest.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runner.h"
#include "suite_net.h"
#include "suite_util.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

#define DEVICES_MAX 128

static bool own_net, own_ipc;
static int queues = -1;			/* an mqueue filesystem of our ipc namespace, mounted nowhere */
static int known[DEVICES_MAX];		/* indices of devices: never used twice in a namespace */
static size_t known_count;

static void try_all(void *arg __attribute__((unused)), void *answer)
{
	*(bool *)answer = !sys_unshare(SW_CLONE_NEWNS | SW_CLONE_NEWNET | SW_CLONE_NEWIPC);
}

bool left_namespaces_possible(void)
{
	bool possible = false;
	struct sw_child child = sw_child_run(try_all, NULL, &possible, sizeof(possible), 10000);

	return child.end == SW_CHILD_ANSWERED && possible;
}

/* The queues of a namespace are listed by its mqueue filesystem only. */
static int open_queues(void)
{
	char dir[PATH_MAX];
	int fd = -1;

	/* The name says whose it is to the run that cleans up after a killed one. */
	snprintf(dir, sizeof(dir), "%s/%sXXXXXX", runner_scratch_base(), suite_cgroup_prefix());
	if (!mkdtemp(dir))
		return -1;
	if (!sys_mount("mqueue", dir, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		sys_umount2(dir, MNT_DETACH);
	}
	rmdir(dir);
	return fd;
}

void left_namespaces_enter(void)
{
	own_net = !sys_unshare(SW_CLONE_NEWNET);
	own_ipc = !sys_unshare(SW_CLONE_NEWIPC);
	if (own_net)
		suite_net_up("lo");
	if (own_ipc)
		queues = open_queues();
}

/* ---- network devices ---- */

struct devices {
	struct sw_nl_link links[DEVICES_MAX];
	size_t count;
};

static int collect(const struct nlmsghdr *msg, void *arg)
{
	struct devices *d = arg;

	if (d->count < DEVICES_MAX && !sw_nl_link_parse(msg, &d->links[d->count]))
		d->count++;
	return 0;
}

static int list_devices(struct sw_nl *nl, struct devices *d)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	int r = nl->fd < 0 ? sw_nl_open(nl, NETLINK_ROUTE) : 0;

	d->count = 0;
	if (r)
		return r;
	sw_nl_begin(&m, RTM_GETLINK, 0, &info, sizeof(info));
	return sw_nl_dump(nl, &m, collect, d);
}

static void note_devices(void)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct devices now;

	known_count = 0;
	if (list_devices(&nl, &now))
		return;
	for (size_t i = 0; i < now.count; i++)
		known[known_count++] = now.links[i].index;
}

static bool is_known(int index)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i] == index)
			return true;
	return false;
}

/*
 * The end of a veth pair goes when the kernel comes round to the namespace of its peer, some time after
 * the last process in that has ended: 5 s for that.
 */
static void await_pairs(struct sw_nl *nl, struct devices *now)
{
	struct timespec wait = { .tv_nsec = 5000000 };

	for (int i = 0; i < 1000; i++) {
		bool pairs = false;

		for (size_t j = 0; j < now->count; j++)
			pairs |= !is_known(now->links[j].index) && !strcmp(now->links[j].kind, "veth");
		if (!pairs)
			return;
		nanosleep(&wait, NULL);
		if (list_devices(nl, now))
			now->count = 0;
	}
}

static int sweep_devices(struct sw_buf *left)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct devices now;
	int n = 0;

	if (list_devices(&nl, &now))
		return 0;
	await_pairs(&nl, &now);
	for (size_t i = 0; i < now.count; i++) {
		const struct sw_nl_link *l = &now.links[i];
		int r = is_known(l->index) ? -EEXIST : sw_nl_link_delete(&nl, l->index);

		/*
		 * What cannot be deleted is no test's: a module that is loaded puts its device into
		 * every namespace (sit0, tunl0). -ENODEV: it went with its peer, which has been named.
		 */
		if (r)
			continue;
		sw_buf_printf(left, "network device %s%s%s\n", l->name, l->kind[0] ? ", a " : "", l->kind);
		n++;
	}
	note_devices();
	return n;
}

/* ---- System V objects and message queues ---- */

static int remove_shm(int id)
{
	return shmctl(id, IPC_RMID, NULL);
}

static int remove_msg(int id)
{
	return msgctl(id, IPC_RMID, NULL);
}

static int remove_sem(int id)
{
	return semctl(id, 0, IPC_RMID);
}

/* proc_sysvipc: a heading, then a line an object: key, id, ... All are of our namespace. */
static int sweep_sysv(const char *path, const char *what, int (*removes)(int id), struct sw_buf *left)
{
	__sw_buf struct sw_buf buf = SW_BUF_INIT;
	const char *line;
	int n = 0;

	if (sw_read_file(AT_FDCWD, path, &buf, 16 << 20))
		return 0;
	for (line = strchr(sw_buf_str(&buf), '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		int key, id;

		/* One that has been removed already and is in use for a moment more fails here. */
		if (sscanf(line + 1, " %d %d", &key, &id) != 2 || removes(id))
			continue;
		sw_buf_printf(left, "%s %d\n", what, id);
		n++;
	}
	return n;
}

static int sweep_queues(struct sw_buf *left)
{
	int n = 0, fd = queues < 0 ? -1 : openat(queues, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || unlinkat(queues, e->d_name, 0))
			continue;
		sw_buf_printf(left, "message queue /%s\n", e->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return n;
}

void left_namespaces_note(void)
{
	if (own_net)
		note_devices();
}

int left_namespaces_sweep(struct sw_buf *left)
{
	int n = own_net ? sweep_devices(left) : 0;

	if (!own_ipc)
		return n;
	n += sweep_sysv("/proc/sysvipc/shm", "shared memory segment", remove_shm, left);
	n += sweep_sysv("/proc/sysvipc/msg", "System V message queue", remove_msg, left);
	n += sweep_sysv("/proc/sysvipc/sem", "semaphore set", remove_sem, left);
	return n + sweep_queues(left);
}
