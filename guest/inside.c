// SPDX-License-Identifier: GPL-2.0-only
/*
 * `seaworthy inside`: the payload of runtime suites. Run as a program inside a container it says
 * what it sees, so that the container needs nothing but this one file.
 *
 * Output is lines of KEY=VALUE, stable: keys are only ever added. Bytes below blank, DEL and the
 * backslash are written as \ooo (octal), so a value never spans lines. Errors are errno names
 * ("EPERM"), success is "ok".
 *
 *   report [SECTION...]	everything, or these sections:
 *	id	hostname pid ppid pgid sid uid gid cwd cap.eff cap.prm cap.bnd cap.inh
 *		ns.TYPE ("pid:[4026531836]")
 *	proc	proc=ok|errno, pids=1 4 (visible in /proc), comm.1 (program name of PID 1)
 *	mounts	mount=POINT TYPE SOURCE OPTIONS SUPEROPTIONS ROOT, a line each, mountinfo's order
 *	net	net=lo eth0, net.lo.flags=UP LOOPBACK RUNNING; net.eth0.mtu, net.eth0.mac, net.eth0.kind=macvlan,
 *		net.eth0.mode=N (macvlan's and ipvlan's mode, a VLAN's number, as the kernel numbers them),
 *		net.eth0.ipv4=10.0.0.2/24 and net.eth0.ipv6, a line each; the default routes
 *		net.gateway4=ADDRESS|dev DEVICE and net.gateway6
 *	pts	pts.type=devpts|other, pts.dev=st_dev, pts.entries=0 ptmx, pts.options,
 *		ptmx=link TARGET|device MAJOR:MINOR|absent, ptmx.dev=st_dev of what an open reaches
 *	cgroup	cgroup=ID:CONTROLLERS:PATH, a line each
 *	env	env.NAME=VALUE
 *	fd	fd.N=TARGET
 *   open PATH MODE ...		open.PATH.MODE=ok|errno for each pair; MODE is r, w or rw
 *   mknod PATH c|b MAJOR MINOR	mknod.PATH=ok|errno; a node that could be made is removed again
 *   pty			a new pseudo-terminal: pty.index pty.name pty.slave=ok|errno
 *				pty.echo=ok when a byte crossed it
 *   orphan			orphan.parent=PID that inherits an orphan, orphan.reaped=yes|no
 *   connect ADDRESS PORT	connect.ADDRESS=ok|errno: TCP over IPv4
 *   exec PROGRAM [ARG...]	become it, by execvp(3)
 *   exit N			end with that status
 *   signal N			die of that signal
 *   sleep			print "ready=1", wait until a signal kills
 *   trap			print "ready=1", wait for one of HUP INT TERM USR1 USR2 PWR, print
 *				"signal=TERM", exit 0
 *
 * Several verbs in one run are separated by "--": inside open /dev/null rw -- exit 3.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "inside.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"

#define DEVPTS_MAGIC 0x1cd1	/* statfs(2) DEVPTS_SUPER_MAGIC */

extern char **environ;

#define say inside_say

void inside_say(const char *key, const char *fmt, ...)
{
	char value[8192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	for (const char *s = key; *s; s++)
		putchar(*s == '=' || *s == '\n' ? '_' : *s);
	putchar('=');
	for (const unsigned char *s = (unsigned char *)value; *s; s++) {
		if (*s < ' ' || *s == 0x7f || *s == '\\')
			printf("\\%03o", *s);
		else
			putchar(*s);
	}
	putchar('\n');
}

static const char *result(int err)
{
	return err ? sw_errno_name(err) : "ok";
}

/* "key" for the key "prefix.name". */
static const char *dotted(const char *prefix, const char *name)
{
	static char key[512];

	snprintf(key, sizeof(key), "%s.%s", prefix, name);
	return key;
}

/* Names in a directory into out, separated by blanks, sorted; only numbers if so asked. */
static int list(const char *dir, bool numbers, char *out, size_t size)
{
	struct dirent **found;
	int n = scandir(dir, &found, NULL, versionsort);
	size_t at = 0;

	out[0] = 0;
	if (n < 0)
		return errno;
	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name;

		if (name[0] != '.' && (!numbers || isdigit((unsigned char)name[0])) && at < size)
			at += snprintf(out + at, size - at, "%s%s", at ? " " : "", name);
		free(found[i]);
	}
	free(found);
	return 0;
}

static void report_id(void)
{
	static const char *const caps[][2] = {
		{ "CapEff:", "cap.eff" }, { "CapPrm:", "cap.prm" }, { "CapBnd:", "cap.bnd" },
		{ "CapInh:", "cap.inh" },
	};
	static const char *const types[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[512], target[128];
	struct utsname u;

	uname(&u);
	say("hostname", "%s", u.nodename);
	say("pid", "%d", getpid());
	say("ppid", "%d", getppid());
	say("pgid", "%d", getpgid(0));
	say("sid", "%d", getsid(0));
	say("uid", "%d", getuid());
	say("gid", "%d", getgid());
	say("cwd", "%s", getcwd(path, sizeof(path)) ? path : sw_errno_name(errno));
	sw_read_file(AT_FDCWD, "/proc/self/status", &b, 1 << 16);
	for (size_t i = 0; i < sizeof(caps) / sizeof(*caps); i++) {
		const char *at = strstr(sw_buf_str(&b), caps[i][0]);

		if (at)
			say(caps[i][1], "%.16s", at + strlen(caps[i][0]) + 1);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i]);
		n = readlink(path, target, sizeof(target));
		if (n > 0)
			say(dotted("ns", types[i]), "%.*s", (int)n, target);
	}
}

static void report_proc(void)
{
	char text[4096];
	int e = list("/proc", true, text, sizeof(text));

	/* An empty directory is no mounted proc. */
	say("proc", "%s", result(e ? e : *text ? 0 : ENOENT));
	say("pids", "%s", text);
	if (sw_read_line(AT_FDCWD, "/proc/1/comm", text, sizeof(text)) > 0)
		say("comm.1", "%s", text);
}

static void report_mounts(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 4 << 20) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char root[1024], point[1024], options[512], type[64], source[1024], super[2048];
		char *sep = strstr(line, " - ");

		/* proc(5): ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPEROPTIONS */
		if (sep && sscanf(line, "%*s %*s %*s %1023s %1023s %511s", root, point, options) == 3 &&
		    sscanf(sep, " - %63s %1023s %2047s", type, source, super) == 3)
			say("mount", "%s %s %s %s %s %s", point, type, source, options, super, root);
	}
}

static void say_dev(const char *key, dev_t dev)
{
	say(key, "%u:%u", major(dev), minor(dev));
}

static void report_pts(void)
{
	struct statfs fs;
	struct stat st;
	char text[2048];
	ssize_t n;

	if (!statfs("/dev/pts", &fs))
		say("pts.type", "%s", fs.f_type == DEVPTS_MAGIC ? "devpts" : "other");
	if (!stat("/dev/pts", &st))
		say_dev("pts.dev", st.st_dev);
	if (!list("/dev/pts", false, text, sizeof(text)))
		say("pts.entries", "%s", text);
	n = readlink("/dev/ptmx", text, sizeof(text) - 1);
	if (n > 0)
		say("ptmx", "link %.*s", (int)n, text);
	else if (!lstat("/dev/ptmx", &st) && S_ISCHR(st.st_mode))
		say("ptmx", "device %u:%u", major(st.st_rdev), minor(st.st_rdev));
	else
		say("ptmx", "absent");
	if (!stat("/dev/ptmx", &st))
		say_dev("ptmx.dev", st.st_dev);
}

static void report_lines(const char *path, const char *key)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;

	if (sw_read_file(AT_FDCWD, path, &b, 1 << 20) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		say(key, "%s", line);
}

static void report_cgroup(void)
{
	report_lines("/proc/self/cgroup", "cgroup");
}

static void report_env(void)
{
	for (char **e = environ; *e; e++) {
		char *eq = strchr(*e, '='), name[256];

		if (!eq)
			continue;
		snprintf(name, sizeof(name), "env.%.*s", (int)(eq - *e), *e);
		say(name, "%s", eq + 1);
	}
}

static void report_fd(void)
{
	char path[64], target[1024], key[32];

	for (int fd = 0; fd < 1024; fd++) {
		ssize_t n;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target));
		snprintf(key, sizeof(key), "fd.%d", fd);
		say(key, "%.*s", n > 0 ? (int)n : 0, target);
	}
}

static const struct section {
	const char *name;
	void (*run)(void);
} sections[] = {
	{ "id", report_id }, { "proc", report_proc }, { "mounts", report_mounts },
	{ "net", inside_report_net }, { "pts", report_pts }, { "cgroup", report_cgroup },
	{ "env", report_env }, { "fd", report_fd },
};

enum { SECTIONS = sizeof(sections) / sizeof(*sections) };

static int do_report(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t s = 0;

		while (s < SECTIONS && strcmp(argv[i], sections[s].name))
			s++;
		if (s == SECTIONS) {
			fprintf(stderr, "seaworthy inside: report has no section '%s'\n", argv[i]);
			return SW_EXIT_USAGE;
		}
		sections[s].run();
	}
	for (size_t s = 0; argc < 2 && s < SECTIONS; s++)
		sections[s].run();
	return 0;
}

static int do_open(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		char key[1024];
		int flags, fd;

		if (i + 1 == argc)
			return -1;
		if (!strcmp(argv[i + 1], "r"))
			flags = O_RDONLY;
		else if (!strcmp(argv[i + 1], "w"))
			flags = O_WRONLY;
		else if (!strcmp(argv[i + 1], "rw"))
			flags = O_RDWR;
		else
			return -1;
		fd = open(argv[i], flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		snprintf(key, sizeof(key), "open.%s.%s", argv[i], argv[i + 1]);
		say(key, "%s", result(fd < 0 ? errno : 0));
		if (fd >= 0)
			close(fd);
	}
	return argc > 1 ? 0 : -1;
}

static int do_mknod(int argc, char **argv)
{
	long major_nr, minor_nr;
	int r;

	if (argc != 5 || (strcmp(argv[2], "c") && strcmp(argv[2], "b")) ||
	    sw_parse_long(argv[3], &major_nr) || sw_parse_long(argv[4], &minor_nr))
		return -1;
	r = mknod(argv[1], (*argv[2] == 'c' ? S_IFCHR : S_IFBLK) | 0600, makedev(major_nr, minor_nr));
	say(dotted("mknod", argv[1]), "%s", result(r ? errno : 0));
	if (!r)
		unlink(argv[1]);
	return 0;
}

static int do_pty(int argc, char **argv)
{
	int master __sw_fd = -1, slave __sw_fd = -1;
	struct pollfd p;
	int index, zero = 0;
	char name[64], byte = 0;

	(void)argv;
	if (argc != 1)
		return -1;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	say("pty.open", "%s", result(master < 0 ? errno : 0));
	if (master < 0)
		return 0;
	if (ioctl(master, TIOCGPTN, &index) || ioctl(master, TIOCSPTLCK, &zero)) {
		say("pty.index", "%s", result(errno));
		return 0;
	}
	say("pty.index", "%d", index);
	snprintf(name, sizeof(name), "/dev/pts/%d", index);
	say("pty.name", "%s", name);
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	say("pty.slave", "%s", result(slave < 0 ? errno : 0));
	if (slave < 0)
		return 0;
	/* That the name is there is not enough: it must be the other end of this very pair. */
	p = (struct pollfd){ .fd = master, .events = POLLIN };
	if (write(slave, "x", 1) == 1 && poll(&p, 1, 10000) == 1 && read(master, &byte, 1) == 1 &&
	    byte == 'x')
		say("pty.echo", "ok");
	else
		say("pty.echo", "no");
	return 0;
}

/* Wait until /proc says that pid is gone; poll, since no event tells of another's child. */
static bool gone_soon(pid_t pid)
{
	struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < 1000; i++) {
		if (kill(pid, 0) && errno == ESRCH)
			return true;
		nanosleep(&nap, NULL);
	}
	return false;
}

static int do_orphan(int argc, char **argv)
{
	int told[2], go[2], status;
	struct { pid_t pid, parent; } orphan = { 0, 0 };
	pid_t child;

	(void)argv;
	if (argc != 1 || pipe2(told, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		return -1;
	child = fork();
	if (child == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			char c;

			close(go[1]);
			/* End of file comes when the reporter has collected our parent. */
			while (read(go[0], &c, 1) < 0 && errno == EINTR)
				;
			orphan.pid = getpid();
			orphan.parent = getppid() == parent ? -1 : getppid();
			sw_write_all(told[1], &orphan, sizeof(orphan));
			_exit(0);
		}
		_exit(0);
	}
	close(told[1]);
	close(go[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	close(go[1]);
	if (child < 0 || read(told[0], &orphan, sizeof(orphan)) != sizeof(orphan)) {
		say("orphan.parent", "%s", result(errno));
		return 0;
	}
	say("orphan.parent", "%d", orphan.parent);
	say("orphan.reaped", "%s", gone_soon(orphan.pid) ? "yes" : "no");
	return 0;
}

static int do_exec(int argc, char **argv)
{
	if (argc < 2)
		return -1;
	fflush(NULL);
	execvp(argv[1], argv + 1);
	say(dotted("exec", argv[1]), "%s", result(errno));
	return errno == ENOENT ? 127 : 126;
}

static int do_exit(int argc, char **argv)
{
	long n;

	if (argc != 2 || sw_parse_long(argv[1], &n) || n < 0 || n > 255)
		return -1;
	fflush(NULL);
	_exit(n);
}

static int do_signal(int argc, char **argv)
{
	sigset_t none;
	long n;

	if (argc != 2 || sw_parse_long(argv[1], &n) || n < 1 || n >= NSIG)
		return -1;
	fflush(NULL);
	signal(n, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	kill(getpid(), n);
	/* PID 1 of a namespace is immune to its own signals, pid_namespaces(7). */
	say("signal", "survived");
	return SW_EXIT_FAIL;
}

static int do_sleep(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -1;
	say("ready", "1");
	fflush(NULL);
	for (;;)
		pause();
}

static int do_trap(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPWR };
	sigset_t set;
	int got;

	(void)argv;
	if (argc != 1)
		return -1;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	say("ready", "1");
	fflush(NULL);
	while (sigwait(&set, &got))
		;
	say("signal", "%s", sigabbrev_np(got));
	return 0;
}

static const struct verb {
	const char *name, *args;
	int (*run)(int argc, char **argv);	/* the exit status, or -1: wrong arguments */
} verbs[] = {
	{ "report", "[SECTION...]", do_report },
	{ "open", "PATH r|w|rw ...", do_open },
	{ "mknod", "PATH c|b MAJOR MINOR", do_mknod },
	{ "pty", "", do_pty },
	{ "orphan", "", do_orphan },
	{ "connect", "ADDRESS PORT", inside_connect },
	{ "exec", "PROGRAM [ARG...]", do_exec },
	{ "exit", "N", do_exit },
	{ "signal", "N", do_signal },
	{ "sleep", "", do_sleep },
	{ "trap", "", do_trap },
};

static int usage(FILE *out, int status)
{
	fputs("Usage: seaworthy inside VERB [ARG...] [-- VERB [ARG...]]...\n\n"
	      "Says what a container looks like from inside, as KEY=VALUE lines.\n\nVerbs:\n", out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(out, "  %s%s%s\n", verbs[i].name, *verbs[i].args ? " " : "", verbs[i].args);
	fputs("\nSections of report:", out);
	for (size_t i = 0; i < SECTIONS; i++)
		fprintf(out, " %s", sections[i].name);
	fputs("\n\nExit status: 0, 64 usage error, or what exec, exit and signal make of it.\n", out);
	return status;
}

static int run_verb(int argc, char **argv)
{
	for (size_t i = 0; argc && i < sizeof(verbs) / sizeof(*verbs); i++) {
		int r;

		if (strcmp(argv[0], verbs[i].name))
			continue;
		r = verbs[i].run(argc, argv);
		if (r == -1) {
			fprintf(stderr, "seaworthy inside: usage: %s %s\n", verbs[i].name, verbs[i].args);
			return SW_EXIT_USAGE;
		}
		return r;
	}
	fprintf(stderr, "seaworthy inside: there is no verb '%s'\n", argc ? argv[0] : "");
	return SW_EXIT_USAGE;
}

int cmd_inside(int argc, char **argv)
{
	int from = 1, status = 0;

	if (argc < 2)
		return usage(stderr, SW_EXIT_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return usage(stdout, SW_EXIT_OK);
	while (from < argc && !status) {
		int to = from;

		while (to < argc && strcmp(argv[to], "--") && strcmp(argv[from], "exec"))
			to++;
		if (!strcmp(argv[from], "exec"))
			to = argc;	/* the program's own "--" is its own */
		status = run_verb(to - from, argv + from);
		from = to + 1;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "seaworthy inside: writing: %s\n", sw_errno_text(errno));
		return SW_EXIT_FAIL;
	}
	return status;
}
