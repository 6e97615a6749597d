// SPDX-License-Identifier: GPL-2.0-only
/* `seaworthy init`: PID 1 of a test guest. docs/guest-protocol.md, seaworthy-init(8). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "guest.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_json.h"

#ifndef PR_SET_CHILD_SUBREAPER
#define PR_SET_CHILD_SUBREAPER 36	/* 3.4 */
#endif

struct options {
	const char *channel;	/* a path, "fd:N", or NULL: what the kernel command line names */
	bool no_mounts, no_poweroff;
};

static int usage(FILE *out, int status)
{
	fputs("Usage: init                       as PID 1 of a test guest\n"
	      "       seaworthy init --channel PATH|fd:N --no-mounts --no-poweroff   in a test\n\n"
	      "Reads a job from the channel, runs it, writes records (docs/guest-protocol.md), and\n"
	      "powers the machine off. The kernel command line names the channel:\n"
	      "seaworthy.channel=ttyS1. See seaworthy-init(8).\n", out);
	return status;
}

/* Returns 0, or the exit status to end with. */
static int parse_options(int argc, char **argv, struct options *o, bool *ret_exit)
{
	*ret_exit = true;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return usage(stdout, SW_EXIT_OK);
		/* As PID 1 the rest of the kernel's command line comes as arguments: not for us. */
		if (!strcmp(argv[i], "--channel") && i + 1 < argc)
			o->channel = argv[++i];
		else if (!strcmp(argv[i], "--no-mounts"))
			o->no_mounts = true;
		else if (!strcmp(argv[i], "--no-poweroff"))
			o->no_poweroff = true;
		else if (getpid() != 1) {
			fprintf(stderr, "seaworthy init: unknown option '%s'\n", argv[i]);
			return usage(stderr, SW_EXIT_USAGE);
		}
	}
	if (getpid() != 1 && !(o->channel && o->no_mounts && o->no_poweroff)) {
		fputs("seaworthy init: this is PID 1 of a test guest: it mounts file systems and powers the "
		      "machine off,\nso as any other process it runs only with --channel, --no-mounts and "
		      "--no-poweroff\n", stderr);
		return SW_EXIT_USAGE;
	}
	*ret_exit = false;
	return SW_EXIT_OK;
}

/* The value of KEY= in /proc/cmdline into out. Returns 0, -ENOENT: it is not there, or -errno. */
static int from_cmdline(const char *key, char *out, size_t size)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *save = NULL, *word;
	int r = sw_read_file(AT_FDCWD, "/proc/cmdline", &b, 1 << 16);

	if (r || !b.data)
		return r ? r : -ENOENT;
	for (word = strtok_r(b.data, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (sw_starts_with(word, key) && word[strlen(key)] == '=') {
			snprintf(out, size, "%s", word + strlen(key) + 1);
			return 0;
		}
	return -ENOENT;
}

/* What seaworthy.channel= names, as a path below /dev. 0 or -errno. */
static int channel_from_cmdline(char *out, size_t size)
{
	char name[128];
	int r = from_cmdline("seaworthy.channel", name, sizeof(name));

	if (r)
		return r;
	if (!*name || strstr(name, ".."))
		return -EINVAL;
	snprintf(out, size, "%s%s", sw_starts_with(name, "/dev/") ? "" : "/dev/", name);
	return 0;
}

/*
 * Some devices come up late (virtio ports are probed after PID 1 has started), so try for ten
 * seconds; there is no event to wait for that works without /dev being a devtmpfs.
 */
static int open_waiting(const char *path)
{
	struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
	int fd;

	for (int i = 0; i < 200; i++) {
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || (errno != ENOENT && errno != ENXIO && errno != ENODEV))
			break;
		nanosleep(&nap, NULL);
	}
	return fd < 0 ? -errno : fd;
}

/* 8 bits, no echo, no translation; what is no terminal needs nothing. */
static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(HUPCL | CRTSCTS);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

static int open_channel(const struct options *o, struct sw_error *err)
{
	char path[256];
	long fd;
	int r;

	if (o->channel && sw_starts_with(o->channel, "fd:")) {
		r = sw_parse_long(o->channel + 3, &fd);
		if (r || fd < 0 || fd > 65535 || fcntl(fd, F_SETFD, FD_CLOEXEC))
			return sw_error(err, r ? -r : EBADF, "channel", "'%s' is no open descriptor",
					o->channel);
		make_raw(fd);
		return fd;
	}
	if (o->channel) {
		snprintf(path, sizeof(path), "%s", o->channel);
	} else {
		r = channel_from_cmdline(path, sizeof(path));
		if (r)
			return sw_error(err, r, "channel", "the kernel command line names no channel: add "
					"seaworthy.channel=ttyS1");
	}
	r = open_waiting(path);
	if (r < 0)
		return sw_error(err, r, "channel", "opening %s: %s", path, sw_errno_text(r));
	make_raw(r);
	return r;
}

static void say_hello(struct guest_channel *ch)
{
	struct sw_json j = { 0 };
	struct utsname u;

	uname(&u);
	sw_json_object(&j, NULL);
	sw_json_int(&j, "proto", 1);
	sw_json_str(&j, "release", u.release);
	sw_json_str(&j, "arch", u.machine);
	sw_json_str(&j, "version", SW_VERSION);
	sw_json_end(&j, '}');
	guest_record(ch, "hello", sw_buf_str(&j.buf), j.buf.len - 1);
	sw_buf_free(&j.buf);
}

/*
 * One line without its newline, one byte a read: nothing may be read past the job's end.
 * Returns 0, -EPIPE at end of file, -EMSGSIZE for a line that is too long, or -errno.
 */
static int read_line(int fd, char *out, size_t size)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t r = read(fd, &c, 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return -EPIPE;
		if (c == '\n')
			break;
		if (n + 1 >= size)
			return -EMSGSIZE;
		if (!c)
			return -EILSEQ;
		out[n++] = c;
	}
	out[n] = 0;
	return 0;
}

static int line_error(struct sw_error *err, int r, unsigned long number)
{
	const char *why = r == -EPIPE ? "the channel ended before the job did" :
			  r == -EMSGSIZE ? "a line of a job has at most 1000 bytes" :
			  r == -EILSEQ ? "a job is text, and holds no NUL byte" : sw_errno_text(r);

	return sw_error(err, r, "job", "line %lu: %s", number, why);
}

/* Read the whole job before any of it is done. Lines are numbered from 1, the header's. */
static int read_job(int fd, struct guest_job *job, struct sw_error *err)
{
	char line[GUEST_JOB_LINE_MAX + 1];
	long count;
	int r;

	r = read_line(fd, line, sizeof(line));
	if (r)
		return line_error(err, r, 1);
	count = guest_job_header(line, err);
	if (count < 0)
		return count;
	for (long i = 0; i < count; i++) {
		r = read_line(fd, line, sizeof(line));
		if (r)
			return line_error(err, r, i + 2);
		r = guest_job_line(job, line, i + 2, err);
		if (r)
			return r;
	}
	return 0;
}

static void prepare(struct guest_channel *ch, const struct guest_job *job, const struct options *o)
{
	if (o->no_mounts) {
		if (job->module_count || job->layout)
			guest_note(ch, "--no-mounts: modules and layout are left alone");
		return;
	}
	for (size_t i = 0; i < job->module_count; i++) {
		struct sw_error err = { 0 };

		if (guest_load_module(&job->modules[i], &err))
			guest_note(ch, "%s", err.msg);
	}
	/* Huge pages on demand, for tests of their limits: reserves nothing. Absent without HUGETLB_PAGE. */
	sw_write_file(AT_FDCWD, "/proc/sys/vm/nr_overcommit_hugepages", "8");
	guest_mount_layout(ch, job->layout);
	guest_mount_devpts(ch, job->devpts_newinstance);
	guest_lo_up(ch);
}

static void say_final(struct guest_channel *ch, size_t steps, const char *status)
{
	struct sw_json j = { 0 };

	sw_json_object(&j, NULL);
	sw_json_int(&j, "steps", steps);
	sw_json_str(&j, "status", status);
	sw_json_end(&j, '}');
	guest_record(ch, "final", sw_buf_str(&j.buf), j.buf.len - 1);
	sw_buf_free(&j.buf);
	tcdrain(ch->fd);
}

/* Each line of text as a note. */
static void say_trouble(struct guest_channel *ch, struct sw_buf *text)
{
	char *save = NULL, *line = text->data ? strtok_r(text->data, "\n", &save) : NULL;

	for (; line; line = strtok_r(NULL, "\n", &save))
		guest_note(ch, "%s", line);
}

static void end_machine(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* Without ACPI or the like power-off fails or only halts; QEMU's -no-reboot ends on this. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* A kernel finds no /dev/console in an initramfs without one and starts PID 1 without stdio. */
static void open_console(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/console", O_RDWR | O_NOCTTY) < 0)
			open("/dev/null", O_RDWR | O_NOCTTY);
}

static void mount_base(struct sw_buf *trouble)
{
	char value[8] = "";

	guest_mount_proc(trouble);
	from_cmdline("seaworthy.devtmpfs", value, sizeof(value));
	guest_mount_base(!strcmp(value, "0"), trouble);
	open_console();
}

static int run_job(struct guest_channel *ch, const struct options *o, struct sw_buf *trouble)
{
	struct guest_job job = { 0 };
	struct sw_error err = { 0 };
	size_t done = 0;
	int r;

	say_hello(ch);
	say_trouble(ch, trouble);
	r = read_job(ch->fd, &job, &err);
	if (!r)
		prepare(ch, &job, o);
	for (; !r && done < job.step_count && !ch->failed; done++)
		guest_run_step(ch, &job.steps[done]);
	say_final(ch, done, r ? err.msg : "done");
	guest_job_free(&job);
	if (r)
		fprintf(stderr, "seaworthy init: %s\n", err.msg);
	return r || ch->failed ? SW_EXIT_FAIL : SW_EXIT_OK;
}

int cmd_init(int argc, char **argv)
{
	struct sw_buf trouble __sw_buf = SW_BUF_INIT;
	struct options o = { 0 };
	struct guest_channel ch = { 0 };
	struct sw_error err = { 0 };
	bool leave;
	int status = parse_options(argc, argv, &o, &leave);

	if (leave && getpid() != 1)
		return status;
	signal(SIGPIPE, SIG_IGN);
	if (getpid() == 1)
		reboot(RB_DISABLE_CAD);
	else
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (!o.no_mounts)
		mount_base(&trouble);
	ch.fd = open_channel(&o, &err);
	if (ch.fd < 0) {
		fprintf(stderr, "seaworthy init: %s\n", err.msg);
		status = SW_EXIT_FAIL;
	} else {
		status = run_job(&ch, &o, &trouble);
	}
	if (!o.no_poweroff)
		end_machine();
	return status;
}
