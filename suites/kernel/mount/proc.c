// SPDX-License-Identifier: GPL-2.0-only
/* What /proc and /sys show to whom, and who may mount them anew. */
#include "suite.h"
#include "suite_mount.h"

#include <dirent.h>
#include <sys/prctl.h>

SUITE("mount.proc", "kernel", "Restrictions of proc and sysfs");

#define OURS (SW_CLONE_NEWNS | SW_CLONE_NEWPID)
#define NEEDS "ns.mnt ns.pid mount.tmpfs mount.proc"

/* proc with these options on "p", in a base of ours. */
static int mount_proc(const char *options)
{
	int r = suite_mount_base();

	if (!r && mkdir("p", 0755))
		r = -errno;
	return r ? r : sys_mount("proc", "p", "proc", 0, options);
}

static bool lists(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool found = false;

	if (!d)
		return false;
	while (!found && (e = readdir(d)))
		found = !strcmp(e->d_name, name);
	closedir(d);
	return found;
}

/* The caller is process 1 of root's: what does an ordinary user in these groups see of it? 0 or -errno */
struct view {
	int enter, look;
	bool listed, own;
};

static struct view look_as_user(const char *proc, gid_t group)
{
	char path[64];
	struct view v = { 0 };
	struct stat st;

	if (suite_become(SUITE_NOBODY, group) || prctl(PR_SET_DUMPABLE, 1))
		return v;
	snprintf(path, sizeof(path), "%s/1/status", proc);
	v.enter = access(path, R_OK) ? -errno : 0;
	snprintf(path, sizeof(path), "%s/1", proc);
	v.look = stat(path, &st) ? -errno : 0;
	v.listed = lists(proc, "1");
	snprintf(path, sizeof(path), "%s/self/status", proc);
	v.own = !access(path, R_OK);
	return v;
}

SUITE_TEST(hidepid_1_shuts_the_directories,
	   .needs = NEEDS " mount.proc_hidepid", .promise = "proc(5): Mount options: hidepid=1")
{
	CHILD(pid, OURS) {
		ASSERT_OK(mount_proc("hidepid=1"));
		CHILD(user, 0) {
			struct view v = look_as_user("p", SUITE_NOBODY);

			EXPECT_EQ(-EPERM, v.enter);
			EXPECT_EQ(0, v.look);
			EXPECT_TRUE(v.listed);
			EXPECT_TRUE(v.own);
		}
		EXPECT_EXIT(0, user);
		EXPECT_EQ(0, access("p/1/status", R_OK));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(hidepid_2_hides_the_directories,
	   .needs = NEEDS " mount.proc_hidepid", .promise = "proc(5): Mount options: hidepid=2, gid=")
{
	CHILD(pid, OURS) {
		ASSERT_OK(mount_proc("hidepid=2,gid=4242"));
		CHILD(user, 0) {
			struct view v = look_as_user("p", SUITE_NOBODY);

			EXPECT_EQ(-ENOENT, v.enter);
			EXPECT_EQ(-ENOENT, v.look);
			EXPECT_FALSE(v.listed);
			EXPECT_TRUE(v.own);
		}
		EXPECT_EXIT(0, user);
		CHILD(member, 0) {	/* of the group that may see all */
			struct view v = look_as_user("p", 4242);

			EXPECT_EQ(0, v.enter);
			EXPECT_EQ(0, v.look);
			EXPECT_TRUE(v.listed);
		}
		EXPECT_EXIT(0, member);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(hidepid_ptraceable_asks_ptrace,
	   .needs = NEEDS " mount.proc_instances",
	   .promise = "Documentation/filesystems/proc.rst: 4.1 hidepid=ptraceable")
{
	CHILD(pid, OURS) {
		struct suite_line line;
		char path[32];
		long value;

		ASSERT_OK(mount_proc("hidepid=ptraceable"));
		ASSERT_OK(suite_line(&line));
		CHILD(closed, 0) {	/* the same user's, but not dumpable */
			suite_line_mine(&line, 1);
			ASSERT_OK(suite_become(SUITE_NOBODY, SUITE_NOBODY));
			ASSERT_SYS(prctl(PR_SET_DUMPABLE, 0));
			suite_tell(&line, 1);
			suite_hear(&line, &value);
		}
		suite_line_mine(&line, 0);
		ASSERT_OK(suite_hear(&line, &value));
		snprintf(path, sizeof(path), "p/%d", (int)closed);
		EXPECT_EQ(0, access(path, F_OK));	/* root may ptrace it */
		CHILD(user, 0) {
			struct view v = look_as_user("p", SUITE_NOBODY);
			struct stat st;

			EXPECT_EQ(-ENOENT, v.look);
			EXPECT_TRUE(v.own);
			EXPECT_EQ(-1, stat(path, &st));
			EXPECT_EQ(ENOENT, errno);
		}
		EXPECT_EXIT(0, user);
		suite_line_close(&line);
		EXPECT_EXIT(0, closed);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(instances_have_options_of_their_own,
	   .needs = NEEDS " mount.proc_instances",
	   .promise = "Documentation/filesystems/proc.rst: Filesystem behavior: each mount has its own options")
{
	CHILD(pid, OURS) {
		ASSERT_OK(mount_proc("hidepid=2"));
		ASSERT_SYS(mkdir("open", 0755));
		ASSERT_OK(sys_mount("proc", "open", "proc", 0, "hidepid=0"));
		CHILD(user, 0) {
			EXPECT_EQ(-ENOENT, look_as_user("p", SUITE_NOBODY).look);
		}
		EXPECT_EXIT(0, user);
		CHILD(other, 0) {
			struct view v = look_as_user("open", SUITE_NOBODY);

			EXPECT_EQ(0, v.look);
			EXPECT_EQ(0, v.enter);
			EXPECT_TRUE(v.listed);
		}
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(subset_pid_has_processes_alone,
	   .needs = NEEDS " mount.proc_subset", .promise = "Documentation/filesystems/proc.rst: subset=pid")
{
	CHILD(pid, OURS) {
		static const char *const hidden[] = { "sys", "meminfo", "cpuinfo", "kmsg", "sysrq-trigger" };
		char path[32];

		ASSERT_OK(mount_proc("subset=pid"));
		EXPECT_EQ(0, access("p/1/status", R_OK));
		EXPECT_EQ(0, access("p/self/ns/pid", F_OK));
		EXPECT_EQ(0, access("p/thread-self", F_OK));
		for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
			snprintf(path, sizeof(path), "p/%s", hidden[i]);
			EXPECT_EQ(-1, access(path, F_OK));
			EXPECT_EQ(ENOENT, errno);
			EXPECT_FALSE(lists("p", hidden[i])) {
				TH_LOG("%s", path);
			}
		}
		EXPECT_TRUE(lists("/proc", "meminfo"));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(wrong_options_are_refused,
	   .needs = NEEDS " mount.proc_instances", .promise = "Documentation/filesystems/proc.rst: Mount options")
{
	CHILD(pid, OURS) {
		ASSERT_OK(mount_proc(NULL));
		ASSERT_SYS(mkdir("q", 0755));
		EXPECT_REFUSED(EINVAL, sys_mount("proc", "q", "proc", 0, "hidepid=3"));
		EXPECT_REFUSED(EINVAL, sys_mount("proc", "q", "proc", 0, "hidepid=nonsense"));
		EXPECT_REFUSED(EINVAL, sys_mount("proc", "q", "proc", 0, "subset=sys"));
		EXPECT_REFUSED(EINVAL, sys_mount("proc", "q", "proc", 0, "nonsense=1"));
		EXPECT_OK(sys_mount("proc", "q", "proc", 0, "hidepid=2"));
	}
	EXPECT_EXIT(0, pid);
}

/* In user, mount, pid and further namespaces, as root there: mount this on "m". 0 or -errno */
static int mount_inside(uint64_t flags, const char *type, unsigned long mount_flags)
{
	struct suite_line line;
	long value = -EIO;
	int r = suite_line(&line);

	if (r)
		return r;
	pid_t pid = suite_clone(SW_CLONE_NEWUSER | SW_CLONE_NEWNS | flags);

	if (pid == 0) {
		suite_line_mine(&line, 1);
		r = suite_hear(&line, &value);	/* the maps are written */
		if (!r)
			r = sys_mount(type, "m", type, mount_flags, NULL);
		suite_tell(&line, r);
		suite_child_exit(0);
	}
	suite_line_mine(&line, 0);
	if (pid > 0)
		r = suite_map_ids(pid, 0, 0, 1);
	if (pid > 0 && !r)
		r = suite_tell(&line, 0);
	if (pid > 0 && !r)
		r = suite_hear(&line, &value);
	suite_line_close(&line);
	suite_wait(pid);
	return pid < 0 ? pid : r ? r : (int)value;
}

#define USER NEEDS " ns.user"
#define REVEALING "mount_namespaces(7), user_namespaces(7): proc mounts need a pid namespace of one's own, and a fully visible instance (4.2, commit 1b852bceb0d1)"

SUITE_TEST(masked_proc_cannot_be_mounted_anew, .needs = USER, .promise = REVEALING)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_mount_only("proc", "/proc"));
		EXPECT_OK(mount_inside(SW_CLONE_NEWPID, "proc", 0));
		ASSERT_OK(sys_mount("sw-mask", "/proc/irq", "tmpfs", MS_RDONLY, NULL));
		EXPECT_REFUSED(EPERM, mount_inside(SW_CLONE_NEWPID, "proc", 0));
		ASSERT_OK(sys_umount2("/proc/irq", 0));
		/* A masked file counts like a directory. */
		ASSERT_OK(suite_file("empty", ""));
		ASSERT_OK(sys_mount("empty", "/proc/meminfo", NULL, MS_BIND, NULL));
		EXPECT_REFUSED(EPERM, mount_inside(SW_CLONE_NEWPID, "proc", 0));
		ASSERT_OK(sys_umount2("/proc/meminfo", 0));
		EXPECT_OK(mount_inside(SW_CLONE_NEWPID, "proc", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(read_only_proc_cannot_be_mounted_writable, .needs = USER, .promise = REVEALING)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_mount_only("proc", "/proc"));
		/* Maps are written through /proc: mask it, and have the read-only one beside it. */
		ASSERT_OK(sys_mount("empty", "/proc/irq", "tmpfs", 0, NULL));
		ASSERT_SYS(mkdir("ro", 0755));
		ASSERT_OK(sys_mount("proc", "ro", "proc", 0, NULL));
		ASSERT_OK(sys_mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
		EXPECT_REFUSED(EPERM, mount_inside(SW_CLONE_NEWPID, "proc", 0));
		EXPECT_OK(mount_inside(SW_CLONE_NEWPID, "proc", MS_RDONLY));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(proc_needs_a_pid_namespace_of_ones_own, .needs = USER, .promise = REVEALING)
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_mount_only("proc", "/proc"));
		EXPECT_REFUSED(EPERM, mount_inside(0, "proc", 0));
		EXPECT_OK(mount_inside(SW_CLONE_NEWPID, "proc", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(sysfs_needs_a_network_namespace_of_ones_own,
	   .needs = "ns.mnt ns.user ns.net mount.tmpfs mount.sysfs",
	   .promise = "user_namespaces(7): sysfs may be mounted by the owner of the network namespace (3.12, commit 7dc5dbc879bd)")
{
	CHILD(pid, SW_CLONE_NEWNS) {
		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(suite_mount_only("sysfs", "/sys"));
		EXPECT_REFUSED(EPERM, mount_inside(0, "sysfs", 0));
		EXPECT_OK(mount_inside(SW_CLONE_NEWNET, "sysfs", 0));
		/* Like proc, it must be fully visible where it is. */
		ASSERT_OK(sys_mount("sw-mask", "/sys/kernel", "tmpfs", 0, NULL));
		EXPECT_REFUSED(EPERM, mount_inside(SW_CLONE_NEWNET, "sysfs", 0));
	}
	EXPECT_EXIT(0, pid);
}

SUITE_TEST(sysfs_shows_the_mounters_interfaces,
	   .needs = "ns.mnt ns.net mount.tmpfs mount.sysfs",
	   .promise = "network_namespaces(7): /sys/class/net; sysfs(5)")
{
	CHILD(pid, SW_CLONE_NEWNS | SW_CLONE_NEWNET) {
		struct suite_line line;
		long value;

		ASSERT_OK(suite_mount_base());
		ASSERT_SYS(mkdir("m", 0755));
		ASSERT_OK(sys_mount("sysfs", "m", "sysfs", 0, NULL));
		EXPECT_TRUE(lists("m/class/net", "lo"));
		EXPECT_EQ(0, suite_write("5", "m/class/net/lo/tx_queue_len"));
		ASSERT_OK(suite_line(&line));
		CHILD(other, SW_CLONE_NEWNS | SW_CLONE_NEWNET) {
			char text[16] = "";

			suite_line_mine(&line, 1);
			ASSERT_SYS(mkdir("n", 0755));
			ASSERT_OK(sys_mount("sysfs", "n", "sysfs", 0, NULL));
			/* The old one goes on to show the old interface; the new one another. */
			ASSERT_OK(suite_read("m/class/net/lo/tx_queue_len", text, sizeof(text)));
			EXPECT_STREQ("5", text);
			ASSERT_OK(suite_read("n/class/net/lo/tx_queue_len", text, sizeof(text)));
			EXPECT_STRNE("5", text);
			suite_tell(&line, 1);
		}
		suite_line_mine(&line, 0);
		EXPECT_OK(suite_hear(&line, &value));
		EXPECT_EXIT(0, other);
	}
	EXPECT_EXIT(0, pid);
}
