// SPDX-License-Identifier: GPL-2.0-only
/* What PID 1 mounts: the base, the cgroup layouts, /dev/pts. Works from 3.2 up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest.h"
#include "sw_fd.h"
#include "sys.h"

static const char cgroup_root[] = "/sys/fs/cgroup";

static int mount_at(const char *type, const char *dir, unsigned long flags, const char *data,
		    struct sw_buf *trouble)
{
	int r;

	mkdir(dir, 0755);
	r = sys_mount(type, dir, type, flags, data);
	if (r && r != -EBUSY && trouble)
		sw_buf_printf(trouble, "mounting %s on %s: %s\n", type, dir, sw_errno_text(r));
	return r == -EBUSY ? 0 : r;
}

/* Make a node for each "MAJOR:MINOR" that sysfs shows below dir, which is a class or /sys/block. */
static void nodes_from(const char *dir, mode_t type)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[600], text[32];
		unsigned int major, minor;

		/* '!' stands for '/' in sysfs names; such devices live in subdirectories. */
		if (e->d_name[0] == '.' || strchr(e->d_name, '!'))
			continue;
		snprintf(path, sizeof(path), "%s/%s/dev", dir, e->d_name);
		if (sw_read_line(AT_FDCWD, path, text, sizeof(text)) <= 0 ||
		    sscanf(text, "%u:%u", &major, &minor) != 2)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		mknod(path, type | 0600, makedev(major, minor));
	}
	if (d)
		closedir(d);
}

/* /dev on a kernel without devtmpfs (2.6.32 has it as an option, vendor kernels leave it out). */
static void dev_by_hand(struct sw_buf *trouble)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} rows[] = {	/* Documentation/admin-guide/devices.txt */
		{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 },
		{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
		{ "/dev/ptmx", 5, 2 },
	};

	mount_at("tmpfs", "/dev", MS_NOSUID, "mode=755", trouble);
	nodes_from("/sys/class/tty", S_IFCHR);
	nodes_from("/sys/class/mem", S_IFCHR);
	nodes_from("/sys/class/misc", S_IFCHR);
	nodes_from("/sys/class/virtio-ports", S_IFCHR);
	nodes_from("/sys/block", S_IFBLK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mknod(rows[i].path, S_IFCHR | 0666, makedev(rows[i].major, rows[i].minor));
		chmod(rows[i].path, 0666);
	}
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
}

void guest_mount_proc(struct sw_buf *trouble)
{
	umask(022);
	mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, trouble);
}

void guest_mount_base(bool by_hand, struct sw_buf *trouble)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
	};

	mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, trouble);
	if (by_hand || mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=755", NULL))
		dev_by_hand(trouble);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			sw_buf_printf(trouble, "linking %s: %s\n", links[i][1], sw_errno_text(errno));
	mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", trouble);
	mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755", trouble);
	mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777", trouble);
}

/* One hierarchy for each controller that /proc/cgroups says is enabled, as distributions did. */
static void layout_v1_each(struct guest_channel *ch)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *save, *line;
	int r;

	r = sys_mount("cgroup_root", cgroup_root, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755");
	if (!r)
		r = sw_read_file(AT_FDCWD, "/proc/cgroups", &b, 1 << 16);
	if (r) {
		guest_note(ch, "layout v1-each: %s", sw_errno_text(r));
		return;
	}
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[64], dir[128];
		int hierarchy, groups, enabled;

		if (sscanf(line, "%63s %d %d %d", name, &hierarchy, &groups, &enabled) != 4 || !enabled)
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", cgroup_root, name);
		mkdir(dir, 0755);
		r = sys_mount("cgroup", dir, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, name);
		if (r) {
			rmdir(dir);
			guest_note(ch, "layout v1-each: controller %s: %s", name, sw_errno_text(r));
		}
	}
}

void guest_mount_layout(struct guest_channel *ch, enum guest_layout layout)
{
	int r = 0;

	switch (layout) {
	case GUEST_LAYOUT_NONE:
		return;
	case GUEST_LAYOUT_V1_EACH:
		layout_v1_each(ch);
		return;
	case GUEST_LAYOUT_V1_SINGLE:	/* the story's `mount -t cgroup none /sys/fs/cgroup` */
		r = sys_mount("none", cgroup_root, "cgroup", 0, NULL);
		break;
	case GUEST_LAYOUT_V2:
		/* As systemd mounts it; the option came with 4.13 (5136f6365ce3). */
		r = sys_mount("none", cgroup_root, "cgroup2", 0, "nsdelegate");
		if (r == -EINVAL)
			r = sys_mount("none", cgroup_root, "cgroup2", 0, NULL);
		break;
	}
	if (r)
		guest_note(ch, "layout %s: mounting on %s: %s",
			   layout == GUEST_LAYOUT_V2 ? "v2" : "v1-single", cgroup_root, sw_errno_text(r));
}

void guest_mount_devpts(struct guest_channel *ch, bool newinstance)
{
	const char *data = newinstance ? "gid=5,mode=620,newinstance,ptmxmode=0666" : "gid=5,mode=620";
	int r;

	mkdir("/dev/pts", 0755);
	r = sys_mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, data);
	if (r) {
		guest_note(ch, "mounting devpts (%s) on /dev/pts: %s", data, sw_errno_text(r));
		return;
	}
	if (!newinstance)
		return;
	/* Opening the node in /dev would, before 4.7, give a terminal of the first instance. */
	unlink("/dev/ptmx");
	if (symlink("/dev/pts/ptmx", "/dev/ptmx"))
		guest_note(ch, "linking /dev/ptmx to /dev/pts/ptmx: %s", sw_errno_text(errno));
}

void guest_lo_up(struct guest_channel *ch)
{
	int fd __sw_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo" };

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr)) {
		guest_note(ch, "bringing lo up: %s", sw_errno_text(errno));
		return;
	}
	ifr.ifr_flags |= IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		guest_note(ch, "bringing lo up: %s", sw_errno_text(errno));
}
