// SPDX-License-Identifier: GPL-2.0-only
/* The keys of console and terminals, and what is kept of a console's output. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "lxc/lxc_config.h"
#include "sw_fd.h"
#include "unit.h"

static int set(struct rt_spec *spec, const char *line, struct sw_error *err)
{
	return lxc_config_line(line, spec, NULL, NULL, err);
}

UNIT(lxc_tty_keys_that_are_good)
{
	struct rt_spec s = { 0 };
	struct sw_error err = { 0 };

	CHECK(!set(&s, "lxc.tty=4", &err) && s.tty_count == 4);
	CHECK(!set(&s, "lxc.tty.max=63", &err) && s.tty_count == 63);
	CHECK(!set(&s, "lxc.tty=", &err) && s.tty_count == 0);
	CHECK(!set(&s, "lxc.pts=1024", &err) && s.pty_max == 1024);
	CHECK(!set(&s, "lxc.pty.max=0", &err) && s.pty_max == 0);
	CHECK(!set(&s, "lxc.devttydir=lxc", &err) && !strcmp(s.tty_dir, "lxc"));
	CHECK(!set(&s, "lxc.tty.dir=", &err) && !s.tty_dir);
	CHECK(!set(&s, "lxc.console=/dev/tty9", &err) && !strcmp(s.console_path, "/dev/tty9"));
	CHECK(!set(&s, "lxc.console.path=none", &err) && !s.console_path && s.console_none);
	CHECK(!set(&s, "lxc.console.path=", &err) && !s.console_path && !s.console_none);
	CHECK(!set(&s, "lxc.console.logfile=/l", &err) && !strcmp(s.console_log, "/l"));
	CHECK(!set(&s, "lxc.console.buffer.size=auto", &err) && s.console_buffer == 128 << 10);
	CHECK(!set(&s, "lxc.console.buffer.size=4096", &err) && s.console_buffer == 4096);
	CHECK(!set(&s, "lxc.console.size=64 kB", &err) && s.console_log_size == 64 << 10);
	CHECK(!set(&s, "lxc.console.size=3MB", &err) && s.console_log_size == 3 << 20);
	CHECK(!set(&s, "lxc.console.size=1GB", &err) && s.console_log_size == 1 << 30);
	CHECK(!set(&s, "lxc.console.rotate=1", &err) && s.console_rotate);
	CHECK(!set(&s, "lxc.console.rotate=", &err) && !s.console_rotate);
	rt_spec_free(&s);
}

UNIT(lxc_tty_keys_that_are_bad)
{
	static const char *const bad[] = {
		"lxc.tty=64", "lxc.tty=-1", "lxc.tty=4x", "lxc.pts=-1", "lxc.pts=99999999",
		"lxc.devttydir=../x", "lxc.devttydir=a/b", "lxc.devttydir=.", "lxc.devttydir=tty1",
		"lxc.devttydir=pts", "lxc.devttydir=console", "lxc.console=tty9",
		"lxc.console.logfile=l", "lxc.console.buffer.size=-1", "lxc.console.buffer.size=2GB",
		"lxc.console.buffer.size=kB", "lxc.console.size=1TB", "lxc.console.size=1 k B",
		"lxc.console.size=99999999999999999999", "lxc.console.rotate=2",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rt_spec s = { 0 };
		struct sw_error err = { 0 };

		unit_check(set(&s, bad[i], &err) == -EINVAL && strstr(err.msg, "expected"), __FILE__,
			   __LINE__, "%s: %s", bad[i], err.msg);
		rt_spec_free(&s);
	}
}

/* What the memory holds after these writes. */
static void remembers(struct rt_ring *ring, const struct rt_dir *d, const char *want)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int fd __sw_fd = rt_ring_file(ring, d);

	CHECK(fd >= 0 && !sw_read_fd(fd, &b, 4096));
	CHECK_STR(sw_buf_str(&b), want);
}

UNIT(lxc_tty_memory_keeps_the_end)
{
	struct rt_dir d = RT_DIR_INIT;
	struct rt_ring ring = { 0 };
	char path[] = "/tmp/berth-unit-XXXXXX";

	CHECK(mkdtemp(path) && (d.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
	CHECK(!rt_ring_open(&ring, 8));
	remembers(&ring, &d, "");
	rt_ring_write(&ring, "abc", 3);
	remembers(&ring, &d, "abc");
	rt_ring_write(&ring, "defgh", 5);
	remembers(&ring, &d, "abcdefgh");
	rt_ring_write(&ring, "ij", 2);
	remembers(&ring, &d, "cdefghij");
	rt_ring_write(&ring, "0123456789abcdef", 16);
	remembers(&ring, &d, "89abcdef");
	rt_ring_clear(&ring);
	remembers(&ring, &d, "");
	rt_ring_close(&ring);
	CHECK(!rmdir(path));	/* the files had no names any more */
	rt_dir_close(&d);
}

static void holds_yet(const char *dir, const char *name, const char *want)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK(!sw_read_file(AT_FDCWD, path, &b, 4096));
	CHECK_STR(sw_buf_str(&b), want);
}

static void holds(const char *dir, const char *name, const char *want)
{
	char path[64];

	holds_yet(dir, name, want);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

UNIT(lxc_tty_log_turns_over_when_full)
{
	char dir[] = "/tmp/berth-unit-XXXXXX", path[64];

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	for (int rotate = 0; rotate < 2; rotate++) {
		struct rt_log log = { .fd = -1 };
		struct sw_error err = { 0 };

		CHECK(!rt_log_open(&log, path, 4, rotate, &err));
		rt_log_write(&log, "abc", 3);
		rt_log_write(&log, "d", 1);
		rt_log_close(&log);
		holds_yet(dir, "log", "abcd");
		/* What an earlier run wrote counts. */
		CHECK(!rt_log_open(&log, path, 4, rotate, &err));
		rt_log_write(&log, "efghij", 6);
		rt_log_close(&log);
		holds(dir, "log", "ij");
		if (rotate)
			holds(dir, "log.1", "efgh");
	}
	CHECK(!rmdir(dir));
}
