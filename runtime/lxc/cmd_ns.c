// SPDX-License-Identifier: GPL-2.0-only
/* unshare, usernsexec: programs in namespaces of their own, without a container. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/cmd_ns.h"
#include "sw_child.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

/* ---- users, from the files alone: a static program has no name service ------------------------
 */

int cmd_find_user(const char *word, struct cmd_user *ret)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;
	bool number;
	long uid;

	number = !sw_parse_long(word, &uid) && uid >= 0 && uid < UINT32_MAX;
	*ret = (struct cmd_user){ .uid = number ? (uid_t)uid : 0, .gid = number ? (gid_t)uid : 0 };
	snprintf(ret->name, sizeof(ret->name), "%s", number ? "" : word);
	while (f && (pw = fgetpwent(f))) {
		if (number ? pw->pw_uid != (uid_t)uid : strcmp(pw->pw_name, word))
			continue;
		ret->uid = pw->pw_uid;
		ret->gid = pw->pw_gid;
		snprintf(ret->name, sizeof(ret->name), "%s", pw->pw_name);
		fclose(f);
		return 0;
	}
	if (f)
		fclose(f);
	return number ? 0 : -ENOENT;
}

int cmd_subids(const char *file, const struct cmd_user *user, unsigned long *ret_first,
	       unsigned long *ret_count)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char *save = NULL, number[16];

	if (sw_read_file(AT_FDCWD, file, &text, 1024 * 1024) || !text.data)
		return -ENOENT;
	snprintf(number, sizeof(number), "%u", (unsigned int)user->uid);
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *colon = strchr(l, ':');

		if (!colon)
			continue;
		*colon++ = 0;
		if ((strcmp(l, user->name) && strcmp(l, number)) || !*l)
			continue;
		if (sscanf(colon, "%lu:%lu", ret_first, ret_count) == 2 && *ret_count)
			return 0;
	}
	return -ENOENT;
}

/* ---- a child that waits until it is ready to go ---------------------------------------------- */

struct gate {
	int go[2]; /* the parent writes a byte once maps are there; end of file: give up */
};

static int gate_open(struct cmd *c, struct gate *g)
{
	return pipe2(g->go, O_CLOEXEC) ? cmd_fail(c, "pipe: %s", sw_errno_text(errno)) : 0;
}

static void gate_wait(struct gate *g)
{
	char byte;

	close(g->go[1]);
	if (read(g->go[0], &byte, 1) != 1)
		_exit(SW_EXIT_FAIL);
	close(g->go[0]);
}

static void gate_release(struct gate *g, bool go)
{
	close(g->go[0]);
	if (go && write(g->go[1], "g", 1) != 1)
		go = false;
	close(g->go[1]);
}

static void complain(const struct cmd *c, const char *what)
{
	cmd_fail(c, "%s: %s", what, sw_errno_text(errno));
	_exit(SW_EXIT_FAIL);
}

/* Signals meant for us go to the program; its end is ours. */
static pid_t watched;

static void pass_on(int sig)
{
	if (watched > 0)
		kill(watched, sig);
}

static int wait_for(pid_t pid)
{
	static const int passed[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	int status;

	watched = pid;
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		signal(passed[i], pass_on);
	/* The terminal sends these to both. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sw_waitpid(pid, &status);
	return cmd_status(status);
}

/* execvp(3), with a shell's exit statuses. */
static void become(const struct cmd *c, char *const argv[])
{
	execvp(argv[0], argv);
	cmd_fail(c, "execute %s: %s", argv[0], sw_errno_text(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* ---- network devices ------------------------------------------------------------------------- */

/* Move a network device into the network namespace of a process. @new_name: NULL: keep. */
static int net_move(const char *device, pid_t pid, const char *new_name, struct sw_error *err)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_msg m;
	struct sw_nl_link link;
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	int r = sw_nl_open(&nl, NETLINK_ROUTE);

	if (!r)
		r = sw_nl_link_get(&nl, device, &link);
	if (r)
		return sw_error(err, r, "network", "network device %s: %s", device,
				sw_errno_text(r));
	ifi.ifi_index = link.index;
	sw_nl_begin(&m, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	sw_nl_put_u32(&m, IFLA_NET_NS_PID, (uint32_t)pid);
	if (new_name)
		sw_nl_put_str(&m, IFLA_IFNAME, new_name);
	r = sw_nl_ack(&nl, &m);
	return r ? sw_error(err, r, "network", "moving network device %s: %s", device,
			    sw_errno_text(r))
		 : 0;
}

/* ---- unshare --------------------------------------------------------------------------------- */

/* Give a process in a new user namespace the ids that this one has. Returns 0 or -errno. */
static int copy_map(pid_t pid, bool gid)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT, map __sw_buf = SW_BUF_INIT;
	char path[64], *save = NULL;

	if (sw_read_file(AT_FDCWD, gid ? "/proc/self/gid_map" : "/proc/self/uid_map", &text, 65536))
		return -EPERM;
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		unsigned long inside, outside, count;

		if (sscanf(l, "%lu %lu %lu", &inside, &outside, &count) == 3)
			sw_buf_printf(&map, "%lu %lu %lu\n", inside, inside, count);
	}
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, gid ? "gid_map" : "uid_map");
	return sw_write_file(AT_FDCWD, path, sw_buf_str(&map));
}

/* The identity for root; nobody else may map more than one's own ids, here to root. */
static int map_self(pid_t pid, struct cmd *c)
{
	char path[64], map[64];
	int r;

	for (int gid = 0; gid < 2; gid++) {
		if (gid && geteuid()) {
			snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
			sw_write_file(AT_FDCWD, path, "deny"); /* since 3.19 it must be */
		}
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, gid ? "gid_map" : "uid_map");
		if (geteuid())
			snprintf(map, sizeof(map), "0 %u 1\n", gid ? getegid() : geteuid());
		else
			snprintf(map, sizeof(map), "0 0 4294967295\n");
		r = sw_write_file(AT_FDCWD, path, map);
		if (r == -EPERM && !geteuid()) /* in a user namespace already: what that has */
			r = copy_map(pid, gid);
		if (r)
			return cmd_fail(c, "write %s: %s", path, sw_errno_text(r));
	}
	return 0;
}

static void mount_anew(const struct cmd *c, uint64_t ns)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		complain(c, "making the mounts private");
	if (!c->remount)
		return;
	if ((ns & SW_CLONE_NEWPID) &&
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		complain(c, "mount /proc");
	if (!access("/dev/shm", F_OK) &&
	    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL))
		complain(c, "mount /dev/shm");
	/* Without its IPC namespace's own instance there is nothing to mount anew. */
	if (!access("/dev/mqueue", F_OK) && (ns & SW_CLONE_NEWIPC) &&
	    mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		complain(c, "mount /dev/mqueue");
}

static void unshared(struct cmd *c, uint64_t ns, const struct cmd_user *user, struct gate *g)
{
	gate_wait(g);
	if ((ns & SW_CLONE_NEWCGROUP) && sys_unshare(SW_CLONE_NEWCGROUP))
		complain(c, "a cgroup namespace");
	if (ns & SW_CLONE_NEWNS)
		mount_anew(c, ns);
	if (c->hostname && sethostname(c->hostname, strlen(c->hostname)))
		complain(c, "setting the host name");
	if (c->daemon)
		setsid();
	if ((ns & SW_CLONE_NEWUSER) || user) {
		uid_t uid = user ? user->uid : 0;
		gid_t gid = user ? user->gid : 0;

		/* EPERM where setgroups is denied, which also keeps them from being any use. */
		if (setgroups(0, NULL) && errno != EPERM)
			complain(c, "setgroups");
		if (setgid(gid) || setuid(uid))
			complain(c, "becoming that user");
	}
	become(c, c->rest);
}

static int check_unshare(struct cmd *c, uint64_t *ret_ns, struct cmd_user *user)
{
	int r;

	if (!c->namespaces)
		return cmd_usage(c, "-s, the namespaces to make, is missing");
	r = cmd_namespaces(c, "|,", ret_ns);
	if (r)
		return r;
	if (!c->rest_count)
		return cmd_usage(c, "the command to execute is missing");
	if (c->hostname && !(*ret_ns & SW_CLONE_NEWUTS))
		return cmd_usage(c,
				 "-H needs a UTS namespace (-s UTSNAME): it would rename the host");
	if (c->mounts.n && !(*ret_ns & SW_CLONE_NEWNET))
		return cmd_usage(c, "-i needs a network namespace (-s NETWORK)");
	if (c->remount && !(*ret_ns & SW_CLONE_NEWNS))
		return cmd_usage(c,
				 "-M needs a mount namespace (-s MOUNT): it would change the host");
	if (c->user && cmd_find_user(c->user, user))
		return cmd_fail(c, "there is no user '%s' in /etc/passwd", c->user);
	return 0;
}

int verb_unshare(struct cmd *c)
{
	struct sw_error err = { 0 };
	struct cmd_user user;
	struct gate g;
	uint64_t ns = 0;
	pid_t pid;
	int r = check_unshare(c, &ns, &user);

	if (r || gate_open(c, &g))
		return r ? r : SW_EXIT_FAIL;
	/* clone(2) ignores CLONE_NEWCGROUP silently before 4.6; unshare(2) does not. */
	pid = sys_clone(ns & ~SW_CLONE_NEWCGROUP);
	if (pid < 0) {
		gate_release(&g, false);
		return cmd_fail(c, "clone with the namespaces %s: %s%s", c->namespaces,
				sw_errno_text(pid), pid == -EPERM ? "; be root, or add USER" : "");
	}
	if (pid == 0)
		unshared(c, ns, c->user ? &user : NULL, &g);
	if (ns & SW_CLONE_NEWUSER)
		r = map_self(pid, c);
	for (size_t i = 0; !r && i < c->mounts.n; i++)
		if (net_move(c->mounts.v[i], pid, NULL, &err))
			r = cmd_error(c, &err);
	gate_release(&g, !r);
	if (r) {
		kill(pid, SIGKILL);
		sw_waitpid(pid, &(int){ 0 });
		return r;
	}
	return c->daemon ? SW_EXIT_OK : wait_for(pid);
}

/* ---- usernsexec ------------------------------------------------------------------------------ */

#define MAPS_MAX 32
struct map {
	bool gid;
	unsigned long inside, outside, count;
};
struct map_set {
	struct map list[MAPS_MAX];
	size_t count;
};

static bool add_map(struct map_set *s, bool gid, unsigned long in, unsigned long out,
		    unsigned long count)
{
	if (s->count == MAPS_MAX)
		return false;
	s->list[s->count++] = (struct map){ gid, in, out, count };
	return true;
}

static int parse_map(struct cmd *c, const char *text, struct map_set *s)
{
	unsigned long in, out, count;
	char kind;
	int end = 0;
	bool ok = sscanf(text, "%c:%lu:%lu:%lu%n", &kind, &in, &out, &count, &end) == 4 &&
		  !text[end] && strchr("ugb", kind) && count && in <= UINT32_MAX &&
		  out <= UINT32_MAX && count <= UINT32_MAX;

	if (!ok)
		return cmd_usage(
			c, "-m takes u, g or b (both), then :INSIDE:OUTSIDE:COUNT, not '%s'", text);
	ok = kind == 'g' || add_map(s, false, in, out, count);
	ok = ok && (kind == 'u' || add_map(s, true, in, out, count));
	return ok ? 0 : cmd_usage(c, "at most %d maps", MAPS_MAX);
}

static int default_maps(struct cmd *c, struct map_set *s)
{
	struct cmd_user self;
	unsigned long first, count;
	char uid[16];

	snprintf(uid, sizeof(uid), "%u", getuid());
	cmd_find_user(uid, &self);
	for (int gid = 0; gid < 2; gid++) {
		const char *file = gid ? "/etc/subgid" : "/etc/subuid";

		if (cmd_subids(file, &self, &first, &count))
			return cmd_fail(c,
					"%s has no range for %s: add one (usermod --add-sub%ss "
					"100000-165535 %s), or give -m",
					file, *self.name ? self.name : uid, gid ? "gid" : "uid",
					*self.name ? self.name : uid);
		add_map(s, gid, 0, first, count);
	}
	return 0;
}

/* Root writes the map itself; anybody else has newuidmap(1) do it, which checks /etc/subuid. */
static int write_maps(struct cmd *c, pid_t pid, const struct map_set *s, bool gid)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	const char *helper = gid ? "newgidmap" : "newuidmap";
	char path[64], number[16], *argv[3 * MAPS_MAX + 3], words[3 * MAPS_MAX][16];
	int n = 0, status, r;
	pid_t child;

	snprintf(number, sizeof(number), "%d", (int)pid);
	argv[n++] = (char *)helper;
	argv[n++] = number;
	for (size_t i = 0; i < s->count; i++) {
		const struct map *m = &s->list[i];
		unsigned long ids[] = { m->inside, m->outside, m->count };

		if (m->gid != gid)
			continue;
		sw_buf_printf(&text, "%lu %lu %lu\n", m->inside, m->outside, m->count);
		for (int k = 0; k < 3; k++, n++) {
			snprintf(words[n - 2], sizeof(words[0]), "%lu", ids[k]);
			argv[n] = words[n - 2];
		}
	}
	argv[n] = NULL;
	if (!text.len)
		return cmd_usage(c, "no map of %s ids", gid ? "group" : "user");
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, gid ? "gid_map" : "uid_map");
	r = geteuid() ? -EPERM : sw_write_file(AT_FDCWD, path, sw_buf_str(&text));
	if (r != -EPERM)
		return r ? cmd_fail(c, "write %s: %s", path, sw_errno_text(r)) : 0;
	child = fork();
	if (child == 0) {
		execvp(helper, argv);
		cmd_fail(c, "execute %s: %s; it comes with the package uidmap", helper,
			 sw_errno_text(errno));
		_exit(127);
	}
	if (child < 0 || sw_waitpid(child, &status) || status)
		return cmd_fail(c, "%s did not write the map", helper);
	return 0;
}

int verb_usernsexec(struct cmd *c)
{
	static char *const shell[] = { (char *)"/bin/sh", NULL };
	struct map_set maps = { .count = 0 };
	struct gate g;
	pid_t pid;
	int r = 0;

	for (size_t i = 0; !r && i < c->maps.n; i++)
		r = parse_map(c, c->maps.v[i], &maps);
	if (!r && c->map_root) {
		add_map(&maps, false, 0, geteuid(), 1);
		add_map(&maps, true, 0, getegid(), 1);
	} else if (!r && !c->maps.n) {
		r = default_maps(c, &maps);
	}
	if (r || gate_open(c, &g))
		return r ? r : SW_EXIT_FAIL;
	pid = sys_clone(SW_CLONE_NEWUSER | SW_CLONE_NEWNS);
	if (pid < 0) {
		gate_release(&g, false);
		return cmd_fail(c, "clone with a user namespace: %s; see berth checkconfig",
				sw_errno_text(pid));
	}
	if (pid == 0) {
		gate_wait(&g);
		if (setgroups(0, NULL) && errno != EPERM)
			complain(c, "setgroups");
		if (setgid(0) || setuid(0))
			complain(c, "becoming root inside: is id 0 mapped? setuid");
		if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
			complain(c, "making the mounts slaves of the host's");
		become(c, c->rest_count ? c->rest : shell);
	}
	r = write_maps(c, pid, &maps, false);
	if (!r)
		r = write_maps(c, pid, &maps, true);
	gate_release(&g, !r);
	if (r) {
		kill(pid, SIGKILL);
		sw_waitpid(pid, &(int){ 0 });
		return r;
	}
	return wait_for(pid);
}
