// SPDX-License-Identifier: GPL-2.0-only
/* The small Linux of the system container. */
#include "rootfs.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner.h"
#include "sw_fd.h"

static const char *const dirs[] = {
	"bin", "dev", "etc", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin",
	"var", "var/log",
};

static const char *const applets[] = {
	"bin/sh", "bin/cat", "bin/echo", "bin/hostname", "bin/kill", "bin/ls", "bin/mount", "bin/mv",
	"bin/ps", "bin/sleep", "bin/umount", "bin/uname", "sbin/getty", "sbin/halt", "sbin/init",
	"sbin/poweroff", "sbin/reboot", "usr/bin/tty",
};

static const struct {
	const char *path;
	mode_t mode;
	const char *text;
} files[] = {
	{ "etc/passwd", 0644, "root::0:0:root:/root:/bin/sh\n" },
	{ "etc/group", 0644, "root:x:0:\ntty:x:5:\n" },
	{ "etc/inittab", 0644,
	  "::sysinit:/etc/rcS\n"
	  "console::respawn:/sbin/getty -n -L -l /etc/session 38400 console vt100\n" },
	/*
	 * /dev/null and zero are allowed by the story's rules, full (1:7) and kmsg (1:11) are not;
	 * mknod of what may be made and of what may not.
	 */
	{ "etc/rcS", 0755,
	  "#!/bin/sh\n"
	  "/bin/seaworthy inside report -- pty -- orphan \\\n"
	  "	-- open /dev/null rw /dev/zero r /dev/random r /dev/urandom r /dev/full rw /dev/kmsg r \\\n"
	  "	-- mknod /tmp/null c 1 3 -- mknod /tmp/full c 1 7 -- mknod /tmp/loop b 7 0 \\\n"
	  "	-- mknod /tmp/pts c 136 3 >/report 2>&1\n"
	  "echo report $? >/run/events\n" },
	{ "etc/session", 0755,
	  "#!/bin/sh\n"
	  "echo getty $$ $(/usr/bin/tty) >/run/events\n"
	  "read go </run/go\n" },
};

int rootfs_copy(const char *from, int dirfd, const char *path)
{
	int in __sw_fd = open(from, O_RDONLY | O_CLOEXEC);
	int out __sw_fd = -1;
	char buf[65536];
	ssize_t n;

	if (in < 0)
		return -errno;
	out = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
	if (out < 0)
		return -errno;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		int r = sw_write_all(out, buf, n);

		if (r)
			return r;
	}
	return n < 0 ? -errno : 0;
}

bool rootfs_is_static(const char *path)
{
	int fd __sw_fd = open(path, O_RDONLY | O_CLOEXEC);
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr h32;
		Elf64_Ehdr h64;
	} h;
	bool wide;

	if (fd < 0 || pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.ident, ELFMAG, SELFMAG))
		return false;
	wide = h.ident[EI_CLASS] == ELFCLASS64;
	for (int i = 0; i < (wide ? h.h64.e_phnum : h.h32.e_phnum); i++) {
		/* p_type is the first word of a program header in both classes. */
		off_t at = wide ? (off_t)(h.h64.e_phoff + (Elf64_Off)i * h.h64.e_phentsize) :
				  (off_t)(h.h32.e_phoff + (Elf32_Off)i * h.h32.e_phentsize);
		Elf32_Word type;

		if (pread(fd, &type, sizeof(type), at) != sizeof(type) || type == PT_INTERP)
			return false;
	}
	return true;
}

static const char *find_busybox(void)
{
	static const char *const places[] = {
		"/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/local/bin/busybox",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!access(places[i], X_OK) && rootfs_is_static(places[i]))
			return places[i];
	return NULL;
}

static int put_file(int dir, const char *path, mode_t mode, const char *text)
{
	int fd __sw_fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	return fd < 0 ? -errno : sw_write_all(fd, text, strlen(text));
}

static int fill(int dir)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(dirs) / sizeof(*dirs); i++)
		r = mkdirat(dir, dirs[i], 0755) ? -errno : 0;
	for (size_t i = 0; !r && i < sizeof(applets) / sizeof(*applets); i++)
		r = symlinkat("/bin/busybox", dir, applets[i]) ? -errno : 0;
	for (size_t i = 0; !r && i < sizeof(files) / sizeof(*files); i++)
		r = put_file(dir, files[i].path, files[i].mode, files[i].text);
	if (!r && (mkfifoat(dir, "run/events", 0600) || mkfifoat(dir, "run/go", 0600)))
		r = -errno;
	if (!r)
		r = rootfs_copy("/proc/self/exe", dir, "bin/seaworthy");
	return r;
}

int rootfs_make(const char *path, struct sw_error *err)
{
	const char *busybox = find_busybox();
	int dir __sw_fd = -1;
	int r;

	if (!busybox)
		return sw_error(err, ENOENT, "prepare", "the system container needs a static BusyBox at "
				"/bin/busybox and there is none: install busybox-static");
	r = sw_mkdir_p(AT_FDCWD, path, 0755);
	if (!r) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = dir < 0 ? -errno : fill(dir);
	}
	if (!r)
		r = rootfs_copy(busybox, dir, "bin/busybox");
	return r ? sw_error(err, r, "prepare", "making the rootfs %s: %s", path, sw_errno_text(r)) : 0;
}

int rootfs_remove(const char *path)
{
	return left_tree_remove(path);
}
