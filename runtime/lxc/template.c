// SPDX-License-Identifier: GPL-2.0-only
/* What templates share, and the one of BusyBox. */
#include "lxc/template.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sw_child.h"
#include "sw_fd.h"

static const struct template *const templates[] = { &template_busybox, &template_debian };

const struct template *template_find(const char *name)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++)
		if (!strcmp(templates[i]->name, name))
			return templates[i];
	return NULL;
}

/* ---- shared ---------------------------------------------------------------------------------- */

const char *template_option(struct recipe *r, int *i, const char *name, char letter)
{
	char **rest = r->c->rest, shortened[3] = { '-', letter, 0 };
	size_t n = strlen(name);

	if (!strncmp(rest[*i], name, n) && rest[*i][n] == '=')
		return rest[*i] + n + 1;
	if (strcmp(rest[*i], name) && (!letter || strcmp(rest[*i], shortened)))
		return NULL;
	return *i + 1 < r->c->rest_count ? rest[++*i] : NULL;
}

int template_write(int root_fd, const char *path, mode_t mode, const char *text,
		   struct sw_error *err)
{
	int fd __sw_fd = -1, r;

	unlinkat(root_fd, path, 0);
	fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	r = fd < 0 ? -errno : sw_write_all(fd, text, strlen(text));
	if (!r && fchmod(fd, mode)) /* whatever the umask */
		r = -errno;
	return r ? sw_error(err, r, "create", "writing %s of the rootfs: %s", path,
			    sw_errno_text(r))
		 : 0;
}

bool template_program(const char *name, char *out, size_t size)
{
	const char *path = getenv("PATH");

	if (!path || !*path)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (const char *p = path; p; p = strchr(p, ':')) {
		struct stat st;

		p += *p == ':';
		if (*p != '/' ||
		    snprintf(out, size, "%.*s/%s", (int)strcspn(p, ":"), p, name) >= (int)size)
			continue;
		if (!stat(out, &st) && S_ISREG(st.st_mode) && !access(out, X_OK))
			return true;
	}
	return false;
}

int template_run(struct recipe *r, char *const argv[], struct sw_error *err)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int out = r->c->quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : STDERR_FILENO;

		dup2(out, STDOUT_FILENO); /* its progress is no answer of ours */
		if (r->c->quiet)
			dup2(out, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		return sw_error(err, errno, "create", "fork: %s", sw_errno_text(errno));
	sw_waitpid(pid, &status);
	if (!status)
		return 0;
	if (WIFSIGNALED(status))
		return sw_error(err, EIO, "create", "%s was ended by signal %d", argv[0],
				WTERMSIG(status));
	return sw_error(err, EIO, "create", "%s failed with exit status %d%s", argv[0],
			WEXITSTATUS(status), r->c->quiet ? "; without -q it says why" : "");
}

/*
 * /dev is a mount of the container's own (autodev): systemd mounts the host's devtmpfs on one that is
 * none, where whatever the container makes is the host's.
 */
void template_common_config(struct sw_buf *config)
{
	static const char *const allowed[] = {
		"c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",	 "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
		"c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm", "c *:* m",   "b *:* m",
	};

	sw_buf_adds(config, "lxc.cap.drop = mac_admin mac_override sys_module sys_rawio sys_time\n"
			    "lxc.net.0.type = empty\n"
			    "lxc.net.0.flags = up\n"
			    "lxc.mount.auto = proc:mixed sys:mixed\n"
			    "lxc.autodev = 1\n"
			    "lxc.pty.max = 1024\n"
			    "lxc.tty.max = 4\n"
			    "lxc.cgroup.devices.deny = a\n");
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		sw_buf_printf(config, "lxc.cgroup.devices.allow = %s\n", allowed[i]);
}

int template_devices(int root_fd, struct sw_error *err)
{
	static const char *const links[][2] = {
		{ "pts/ptmx", "dev/ptmx" },	     { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },  { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		/* mmdebstrap makes device nodes, which the devices controller would refuse. */
		unlinkat(root_fd, links[i][1], 0);
		if (symlinkat(links[i][0], root_fd, links[i][1]))
			return sw_error(err, errno, "create", "making %s of the rootfs: %s",
					links[i][1], sw_errno_text(errno));
	}
	return template_write(root_fd, "dev/console", 0600, "", err);
}

int template_identity(struct recipe *r, int root_fd, struct sw_error *err)
{
	struct sw_buf name __sw_buf = SW_BUF_INIT, hosts __sw_buf = SW_BUF_INIT;

	sw_buf_printf(&name, "%s\n", r->c->name);
	sw_buf_printf(&hosts, "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost ip6-localhost\n",
		      r->c->name);
	if (template_write(root_fd, "etc/hostname", 0644, sw_buf_str(&name), err))
		return -EIO;
	return template_write(root_fd, "etc/hosts", 0644, sw_buf_str(&hosts), err);
}

/* ---- busybox --------------------------------------------------------------------------------- */

/* An executable that names no interpreter needs no libraries: elf(5). */
static int is_static(const char *path, bool *ret)
{
	int fd __sw_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	union {
		unsigned char ident[EI_NIDENT];
		Elf64_Ehdr e64;
		Elf32_Ehdr e32;
	} h;
	bool wide;

	if (fd < 0)
		return -errno;
	if (pread(fd, &h, sizeof(h), 0) < (ssize_t)sizeof(h.e32) ||
	    memcmp(h.ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	wide = h.ident[EI_CLASS] == ELFCLASS64;
	*ret = true;
	for (int i = 0; i < (wide ? h.e64.e_phnum : h.e32.e_phnum); i++) {
		off_t at = wide ? (off_t)h.e64.e_phoff + (off_t)i * h.e64.e_phentsize
				: (off_t)h.e32.e_phoff + (off_t)i * h.e32.e_phentsize;
		uint32_t type; /* the first field in both classes */

		if (pread(fd, &type, sizeof(type), at) != sizeof(type))
			return -ENOEXEC;
		if (type == PT_INTERP)
			*ret = false;
	}
	return 0;
}

static int busybox_prepare(struct recipe *r)
{
	bool fixed = false;
	int num;

	for (int i = 0; i < r->c->rest_count; i++) {
		const char *value = template_option(r, &i, "--busybox-path", 'b');

		if (!value)
			return cmd_usage(r->c,
					 "the template busybox takes --busybox-path=FILE, not '%s'",
					 r->c->rest[i]);
		r->busybox = value;
	}
	if (!r->busybox) {
		if (!template_program("busybox", r->busybox_room, sizeof(r->busybox_room)))
			return cmd_fail(r->c,
					"no busybox is on PATH: install a static one (package "
					"busybox-static), or give -- --busybox-path=FILE");
		r->busybox = r->busybox_room;
	}
	num = is_static(r->busybox, &fixed);
	if (num)
		return cmd_fail(r->c, "%s: %s", r->busybox, sw_errno_text(num));
	return fixed ? 0
		     : cmd_fail(r->c,
				"%s needs shared libraries, which the rootfs will not have: "
				"install a static one (package busybox-static)",
				r->busybox);
}

static int copy_busybox(struct recipe *r, int root_fd, struct sw_error *err)
{
	int from __sw_fd = open(r->busybox, O_RDONLY | O_CLOEXEC);
	int to __sw_fd =
		openat(root_fd, "bin/busybox", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n = 1;

	while (from >= 0 && to >= 0 && (n = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	if (from < 0 || to < 0 || n < 0 || fchmod(to, 0755))
		return sw_error(err, errno, "create", "copying %s: %s", r->busybox,
				sw_errno_text(errno));
	return 0;
}

/* One path of `busybox --list-full`, such as "sbin/init". */
static int link_applet(int root_fd, const char *path)
{
	char parent[128], target[64] = "";
	const char *slash = strrchr(path, '/');

	if (!slash || strlen(path) > 100 || *path == '/' || strstr(path, ".."))
		return 0;
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	if (sw_mkdir_p(root_fd, parent, 0755))
		return -errno;
	if (strcmp(parent, "bin")) {
		for (const char *p = path; (p = strchr(p, '/')); p++)
			strcat(target, "../");
		strcat(target, "bin/");
	}
	strcat(target, "busybox");
	return symlinkat(target, root_fd, path) && errno != EEXIST ? -errno : 0;
}

static int link_applets(struct recipe *r, int root_fd, struct sw_error *err)
{
	char *const argv[] = { (char *)r->busybox, (char *)"--list-full", NULL };
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int fds[2], status, num;
	char *save = NULL;
	size_t count = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return sw_error(err, errno, "create", "pipe: %s", sw_errno_text(errno));
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	num = pid < 0 ? -EAGAIN : sw_read_fd(fds[0], &text, 1 << 20);
	close(fds[0]);
	if (pid > 0)
		sw_waitpid(pid, &status);
	if (num || status || !text.data)
		return sw_error(err, num ? num : EIO, "create",
				"%s --list-full does not tell its applets", r->busybox);
	for (char *l = strtok_r(text.data, "\n", &save); l;
	     l = strtok_r(NULL, "\n", &save), count++) {
		num = link_applet(root_fd, l);
		if (num)
			return sw_error(err, num, "create", "making the link %s: %s", l,
					sw_errno_text(num));
	}
	if (faccessat(root_fd, "sbin/init", F_OK, AT_SYMLINK_NOFOLLOW))
		return sw_error(err, ENOENT, "create", "%s has no applet init among its %zu",
				r->busybox, count);
	return 0;
}

static int busybox_fill(struct recipe *r, struct sw_error *err)
{
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = {
		{ "bin", 0755 },      { "sbin", 0755 },	      { "usr/bin", 0755 },
		{ "usr/sbin", 0755 }, { "etc/init.d", 0755 }, { "dev", 0755 },
		{ "proc", 0555 },     { "sys", 0555 },	      { "root", 0700 },
		{ "home", 0755 },     { "mnt", 0755 },	      { "run", 0755 },
		{ "var/log", 0755 },  { "var/run", 0755 },    { "tmp", 01777 },
	};
	static const struct {
		const char *path, *text;
		mode_t mode;
	} files[] = {
		{ "etc/passwd",
		  "root:x:0:0:root:/root:/bin/sh\n"
		  "nobody:x:65534:65534:nobody:/:/bin/false\n",
		  0644 },
		/* No password: whoever is at its console has the host's root already. */
		{ "etc/shadow", "root::19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n", 0600 },
		{ "etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n", 0644 },
		{ "etc/inittab",
		  "::sysinit:/etc/init.d/rcS\n"
		  "console::respawn:/sbin/getty -L 115200 console linux\n"
		  "tty1::respawn:/sbin/getty -L 115200 tty1 linux\n"
		  "tty2::respawn:/sbin/getty -L 115200 tty2 linux\n"
		  "::shutdown:/etc/init.d/rcK\n",
		  0644 },
		{ "etc/init.d/rcS",
		  "#!/bin/sh\n"
		  "[ -e /dev/ptmx ] || ln -s pts/ptmx /dev/ptmx\n"
		  "[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd\n"
		  "ip link set lo up 2>/dev/null\n",
		  0755 },
		{ "etc/init.d/rcK", "#!/bin/sh\nkillall5 -15 2>/dev/null\nexit 0\n", 0755 },
		{ "etc/profile", "export PATH=/bin:/sbin:/usr/bin:/usr/sbin\n", 0644 },
		{ "etc/issue", "BusyBox container \\n, \\l\n\n", 0644 },
	};
	int root_fd __sw_fd = open(r->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int num = root_fd < 0 ? -errno : 0;

	for (size_t i = 0; !num && i < sizeof(dirs) / sizeof(*dirs); i++) {
		num = sw_mkdir_p(root_fd, dirs[i].path, 0755);
		if (!num && fchmodat(root_fd, dirs[i].path, dirs[i].mode, 0))
			num = -errno;
	}
	if (num)
		return sw_error(err, num, "create", "making the directories of the rootfs: %s",
				sw_errno_text(num));
	num = copy_busybox(r, root_fd, err);
	if (!num)
		num = link_applets(r, root_fd, err);
	if (!num)
		num = template_devices(root_fd, err);
	for (size_t i = 0; !num && i < sizeof(files) / sizeof(*files); i++)
		num = template_write(root_fd, files[i].path, files[i].mode, files[i].text, err);
	return num ? num : template_identity(r, root_fd, err);
}

static void busybox_config(const struct recipe *r, struct sw_buf *config)
{
	(void)r;
	template_common_config(config);
	sw_buf_adds(config, "lxc.mount.entry = tmpfs run tmpfs nosuid,nodev,mode=755 0 0\n"
			    "lxc.signal.halt = SIGUSR1\nlxc.signal.reboot = SIGTERM\n");
}

const struct template template_busybox = { "busybox", busybox_prepare, busybox_fill,
					   busybox_config };
