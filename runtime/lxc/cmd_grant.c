// SPDX-License-Identifier: GPL-2.0-only
/*
 * setcap, setuid. LXC 0.8's gave every user of the machine CAP_SYS_ADMIN and more, by file
 * capabilities or set-user-ID bits on the tools, and made /var/lib/lxc writable to all: whoever may
 * run such a tool is root, since a container's configuration is the caller's. What they were for,
 * an ordinary user who runs containers, is had today by a user namespace with ids of the user's
 * own. So these verbs say what is missing for that, and take away what the old ones gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "feature.h"
#include "lxc/cmd.h"
#include "lxc/cmd_ns.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define CAPS_XATTR "security.capability" /* capabilities(7) */

bool cmd_has_file_caps(const char *path)
{
	return getxattr(path, CAPS_XATTR, NULL, 0) > 0;
}

/* ---- -d: take away --------------------------------------------------------------------------- */

static const char *const tools[] = { "attach",	"create",  "execute",	 "start", "restart",
				     "unshare", "netstat", "checkpoint", "init",  "stop",
				     "console", "monitor", "info",	 "ps",	  "ls" };

/* The directory of this very executable, where its links are. */
static int own_directory(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	if (n < 0)
		return -errno;
	out[n] = 0;
	slash = strrchr(out, '/');
	if (!slash)
		return -EINVAL;
	*slash = 0;
	return 0;
}

/* Counts what was taken away; -1 after a message. */
static int take_caps(struct cmd *c, const char *path)
{
	if (!cmd_has_file_caps(path))
		return 0;
	if (removexattr(path, CAPS_XATTR))
		return cmd_fail(c, "cannot take the file capabilities of %s away: %s", path,
				sw_errno_text(errno)),
		       -1;
	printf("%s: file capabilities taken away\n", path);
	return 1;
}

static int take_setuid(struct cmd *c, const char *path)
{
	int fd __sw_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & (S_ISUID | S_ISGID)))
		return 0;
	if (fchmod(fd, st.st_mode & 07777 & ~(mode_t)(S_ISUID | S_ISGID)))
		return cmd_fail(c, "cannot take the set-user-ID bit of %s away: %s", path,
				sw_errno_text(errno)),
		       -1;
	printf("%s: set-user-ID bit taken away\n", path);
	return 1;
}

static int take_away(struct cmd *c, int (*take)(struct cmd *c, const char *path))
{
	char dir[PATH_MAX], path[PATH_MAX + 32];
	struct stat st;
	int taken = 0, n, r = own_directory(dir, sizeof(dir));

	if (r)
		return cmd_fail(c, "cannot find this executable's directory: %s", sw_errno_text(r));
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools) + 2; i++) {
		if (i < 2)
			snprintf(path, sizeof(path), "%s/%s", dir, i ? "berth" : "seaworthy");
		else
			snprintf(path, sizeof(path), "%s/lxc-%s", dir, tools[i - 2]);
		n = take(c, path);
		if (n < 0)
			return SW_EXIT_FAIL;
		taken += n;
	}
	/* 0.8 made the directory of the containers writable to everybody. */
	if (!stat(c->lxcpath, &st) && (st.st_mode & S_IWOTH)) {
		if (chmod(c->lxcpath, 0755))
			return cmd_fail(c, "chmod 0755 %s: %s", c->lxcpath, sw_errno_text(errno));
		printf("%s: mode 0755, no longer writable to everybody\n", c->lxcpath);
		taken++;
	}
	if (!taken)
		puts("nothing was there to take away");
	return SW_EXIT_OK;
}

/* ---- what a user needs ----------------------------------------------------------------------- */

struct needs {
	const struct cmd_user *user;
	char who[64];
	int missing;
};

static void say(struct needs *n, bool there, const char *what, const char *detail, const char *todo)
{
	printf("[%s] %s%s%s\n", there ? "ok" : "--", what, *detail ? ": " : "", detail);
	if (!there)
		printf("     %s\n", todo);
	n->missing += !there;
}

static void need_userns(struct needs *n)
{
	struct probe_ctx ctx;
	struct kconfig *kc = NULL;
	struct feature_evidence e;
	char text[480], known[8];
	const struct feature *f = feature_find("ns.user");

	probe_ctx_running(&ctx, &kc);
	feature_examine(&ctx, f, true, &e);
	snprintf(text, sizeof(text), "%s",
		 e.remedy[0] ? e.remedy : "see seaworthy probe --explain ns.user");
	say(n, e.usable == USABLE_YES, "user namespaces", usable_name(e.usable), text);
	kconfig_free(kc);
	/* Debian's own: 0 keeps them for root, whom alone the row above may speak of. */
	if (sw_read_line(AT_FDCWD, "/proc/sys/kernel/unprivileged_userns_clone", known,
			 sizeof(known)) > 0)
		say(n, *known != '0', "kernel.unprivileged_userns_clone", known,
		    "sysctl -w kernel.unprivileged_userns_clone=1");
	if (sw_read_line(AT_FDCWD, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", known,
			 sizeof(known)) > 0)
		say(n, *known == '0', "kernel.apparmor_restrict_unprivileged_userns", known,
		    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor "
		    "profile for berth with the rule userns");
}

static void need_ids(struct needs *n, bool gid)
{
	const char *file = gid ? "/etc/subgid" : "/etc/subuid";
	unsigned long first = 0, count = 0;
	char have[64] = "no range", todo[320];

	if (!cmd_subids(file, n->user, &first, &count))
		snprintf(have, sizeof(have), "%lu ids from %lu", count, first);
	snprintf(todo, sizeof(todo),
		 "as root: usermod --add-sub%ss 100000-165535 %s (another range "
		 "where that one is taken)",
		 gid ? "gid" : "uid", n->who);
	/* A system container's users go up to 65534, nobody. */
	say(n, count >= 65536, file, have, todo);
}

static void need_helper(struct needs *n, const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin" };
	char path[128] = "", todo[400];
	struct stat st;
	bool there = false, works = false;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs) && !there; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		there = !stat(path, &st);
		works = there && ((st.st_mode & S_ISUID) || cmd_has_file_caps(path));
	}
	if (there)
		snprintf(todo, sizeof(todo), "as root: chmod u+s %s", path);
	else
		snprintf(todo, sizeof(todo), "install %s (package uidmap or shadow-utils)", name);
	say(n, works, name, there ? path : "not installed", todo);
}

/* Does some cgroup of the user's processes belong to the user? Only cgroup v2 delegates safely. */
static void need_cgroup(struct needs *n)
{
	char path[160], todo[500];
	struct stat st;
	bool there;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service",
		 (unsigned int)n->user->uid, (unsigned int)n->user->uid);
	there = !stat(path, &st) && st.st_uid == n->user->uid;
	snprintf(todo, sizeof(todo),
		 "without one, containers work but have no limits; with systemd: "
		 "loginctl enable-linger %s; without: as root mkdir a cgroup on the v2 mount and "
		 "chown it, its cgroup.procs and its cgroup.subtree_control to %s",
		 n->who, n->who);
	say(n, there, "a delegated cgroup (recommended)", there ? path : "none found", todo);
	n->missing -= !there;
}

static int tell(struct cmd *c)
{
	struct cmd_user user;
	struct needs n = { .user = &user };
	const char *sudo = getenv("SUDO_USER"), *word = c->user ? c->user : sudo;
	char uid[16];

	snprintf(uid, sizeof(uid), "%u", (unsigned int)getuid());
	if (!word)
		word = uid;
	if (cmd_find_user(word, &user))
		return cmd_fail(c, "there is no user '%s' in /etc/passwd", word);
	snprintf(n.who, sizeof(n.who), "%s", *user.name ? user.name : word);
	printf("%s is not given any privilege: whoever may run a container as root with a\n"
	       "configuration of one's own is root. A user namespace with ids of the user's own\n"
	       "does what it was for. For %s:\n\n",
	       c->prog, n.who);
	need_userns(&n);
	need_ids(&n, false);
	need_ids(&n, true);
	need_helper(&n, "newuidmap");
	need_helper(&n, "newgidmap");
	need_cgroup(&n);
	printf("\n%s\n", n.missing ? "Not yet: do what stands below each [--]."
				   : "Ready: give the container's configuration an lxc.idmap line "
				     "for users and one for\n"
				     "groups, from the ranges above, and call berth as that user.");
	return n.missing ? SW_EXIT_FAIL : SW_EXIT_OK;
}

static int grant(struct cmd *c, int (*take)(struct cmd *c, const char *path))
{
	if (!c->drop)
		return tell(c);
	return cmd_need_root(c) ? SW_EXIT_FAIL : take_away(c, take);
}

int verb_setcap(struct cmd *c)
{
	return grant(c, take_caps);
}

int verb_setuid(struct cmd *c)
{
	return grant(c, take_setuid);
}
