// SPDX-License-Identifier: GPL-2.0-only
/* top: what the running containers use, again and again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

struct usage {
	char *name;
	uint64_t cpu, sys, user; /* nanoseconds */
	uint64_t read, write;	 /* bytes */
	uint64_t memory, kernel;
	bool has_cpu, has_io, has_memory;
};

struct usages {
	struct usage *list;
	size_t count;
	bool failed;
	char sort;
	bool reverse;
};

static void add_usage(const char *name, void *arg)
{
	struct usages *all = arg;
	struct usage *more = realloc(all->list, (all->count + 1) * sizeof(*more));

	if (more)
		all->list = more;
	if (!more || !(all->list[all->count] = (struct usage){ .name = strdup(name) }).name)
		all->failed = true;
	else
		all->count++;
}

static void usages_free(struct usages *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->list[i].name);
	free(all->list);
	all->list = NULL;
	all->count = 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_control(const char *dir, const char *file, struct sw_buf *text)
{
	char path[PATH_MAX];

	text->len = 0;
	return snprintf(path, sizeof(path), "%s/%s", dir, file) < (int)sizeof(path) &&
	       !sw_read_file(AT_FDCWD, path, text, 1024 * 1024);
}

/* The number behind a word that begins a line (NULL: the first number). */
static bool number_after(const struct sw_buf *text, const char *word, uint64_t *ret)
{
	const char *p = sw_buf_str(text);
	size_t n = word ? strlen(word) : 0;

	while (word && strncmp(p, word, n)) {
		p = strchr(p, '\n');
		if (!p++)
			return false;
	}
	*ret = strtoull(p + n, NULL, 10);
	return true;
}

/* The sum of all numbers behind a word, wherever in a line: io.stat's "8:0 rbytes=1 wbytes=2". */
static uint64_t sum_after(const struct sw_buf *text, const char *word)
{
	uint64_t sum = 0;

	for (const char *p = sw_buf_str(text); (p = strstr(p, word)); p += strlen(word))
		sum += strtoull(p + strlen(word), NULL, 10);
	return sum;
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (!strncmp(p, word, n) && (!p[n] || p[n] == ','))
			return true;
	return false;
}

static void read_v1(const char *controllers, const char *path, struct usage *u)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	const uint64_t tick = 1000000000u / sysconf(_SC_CLK_TCK);

	if (has_word(controllers, "cpuacct") && read_control(path, "cpuacct.usage", &text)) {
		u->has_cpu = number_after(&text, NULL, &u->cpu);
		if (read_control(path, "cpuacct.stat", &text)) {
			number_after(&text, "user ", &u->user);
			number_after(&text, "system ", &u->sys);
			u->user *= tick;
			u->sys *= tick;
		}
	}
	if (has_word(controllers, "blkio") &&
	    (read_control(path, "blkio.throttle.io_service_bytes_recursive", &text) ||
	     read_control(path, "blkio.throttle.io_service_bytes", &text))) {
		u->has_io = true;
		u->read = sum_after(&text, " Read ");
		u->write = sum_after(&text, " Write ");
	}
	if (has_word(controllers, "memory") && read_control(path, "memory.usage_in_bytes", &text)) {
		u->has_memory = number_after(&text, NULL, &u->memory);
		if (read_control(path, "memory.kmem.usage_in_bytes", &text))
			number_after(&text, NULL, &u->kernel);
	}
}

/* On a hybrid machine v1 counts what it has the controller of. */
static void read_v2(const char *path, struct usage *u)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;

	if (!u->has_cpu && read_control(path, "cpu.stat", &text) &&
	    number_after(&text, "usage_usec ", &u->cpu)) {
		number_after(&text, "user_usec ", &u->user);
		number_after(&text, "system_usec ", &u->sys);
		u->cpu *= 1000;
		u->user *= 1000;
		u->sys *= 1000;
		u->has_cpu = true;
	}
	if (!u->has_io && read_control(path, "io.stat", &text)) {
		u->read = sum_after(&text, "rbytes=");
		u->write = sum_after(&text, "wbytes=");
		u->has_io = true;
	}
	if (!u->has_memory && read_control(path, "memory.current", &text)) {
		u->has_memory = number_after(&text, NULL, &u->memory);
		if (read_control(path, "memory.stat", &text))
			number_after(&text, "kernel ", &u->kernel); /* since 5.18 */
	}
}

static void read_first(const char *controllers, const char *path, void *arg)
{
	if (*controllers)
		read_v1(controllers, path, arg);
}

static void read_second(const char *controllers, const char *path, void *arg)
{
	if (!*controllers)
		read_v2(path, arg);
}

/* ---- printing -------------------------------------------------------------------------------- */

static char sort_key;
static bool sort_reverse;

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0; /* the greatest first */
}

static int by_key(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;
	int r = 0;

	if (sort_key == 'c')
		r = compare(x->cpu, y->cpu);
	else if (sort_key == 'b')
		r = compare(x->read + x->write, y->read + y->write);
	else if (sort_key == 'm')
		r = compare(x->memory, y->memory);
	else if (sort_key == 'k')
		r = compare(x->kernel, y->kernel);
	if (!r)
		r = strcmp(x->name, y->name);
	return sort_reverse ? -r : r;
}

static void size_text(uint64_t bytes, char out[24])
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = bytes;
	size_t u = 0;

	for (; n >= 1024 && u + 1 < sizeof(units) / sizeof(*units); u++)
		n /= 1024;
	snprintf(out, 24, "%.*f %s", u ? 2 : 0, n, units[u]);
}

static void print_line(const char *name, const struct usage *u)
{
	char read[24], write[24], total[24], memory[24], kernel[24], io[80];

	size_text(u->read, read);
	size_text(u->write, write);
	size_text(u->read + u->write, total);
	size_text(u->memory, memory);
	size_text(u->kernel, kernel);
	snprintf(io, sizeof(io), "%s (%s/%s)", total, read, write);
	printf("%-20.64s %10.2f %10.2f %10.2f %36s %12s %12s", name, u->cpu / 1e9, u->sys / 1e9,
	       u->user / 1e9, io, memory, kernel);
}

static void print_screen(const struct usages *all, int rows)
{
	struct usage sum = { 0 };
	size_t shown = 0;

	printf("\033[H\033[J%-20s %10s %10s %10s %36s %12s %12s\r\n", "Container", "CPU", "CPU",
	       "CPU", "BlkIO", "Mem", "KMem");
	printf("%-20s %10s %10s %10s %36s %12s %12s\r\n", "Name", "Used", "Sys", "User",
	       "Total (Read/Write)", "Used", "Used");
	for (size_t i = 0; i < all->count; i++) {
		const struct usage *u = &all->list[i];

		sum.cpu += u->cpu;
		sum.sys += u->sys;
		sum.user += u->user;
		sum.read += u->read;
		sum.write += u->write;
		sum.memory += u->memory;
		sum.kernel += u->kernel;
		if (rows > 0 && (int)i >= rows - 4)
			continue;
		print_line(u->name, u);
		fputs("\r\n", stdout);
		shown++;
	}
	char title[64];

	snprintf(title, sizeof(title), "TOTAL %zu of %zu", shown, all->count);
	print_line(title, &sum);
	fputs("\r\n", stdout);
}

static void print_batch(const struct usages *all)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < all->count; i++) {
		const struct usage *u = &all->list[i];

		printf("%" PRIu64 ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",%" PRIu64 "\n",
		       (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, u->name, u->cpu, u->sys,
		       u->user, u->read, u->write, u->memory, u->kernel);
	}
}

/* ---- the loop -------------------------------------------------------------------------------- */

static struct termios saved;
static bool raw;

static void keys_off(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
	raw = false;
}

static void keys_on(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved))
		return;
	t = saved;
	t.c_lflag &= ~(unsigned int)(ICANON | ECHO); /* ^C still ends it */
	raw = !tcsetattr(STDIN_FILENO, TCSAFLUSH, &t);
	atexit(keys_off);
}

/* Wait for the next look; false: asked to end. */
static bool wait_key(struct usages *all, int ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (poll(&p, raw ? 1 : 0, ms) <= 0)
		return true;
	if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 27)
		return false;
	if (key == 'r')
		all->reverse = !all->reverse;
	else if (strchr("ncbmk", key))
		all->sort = key;
	return true;
}

static int look(struct cmd *c, struct usages *all)
{
	struct winsize ws;
	int rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) ? 0 : ws.ws_row;

	usages_free(all);
	rt_list(c->lxcpath, add_usage, all);
	if (all->failed)
		return cmd_fail(c, "out of memory");
	for (size_t i = 0; i < all->count; i++) {
		rt_cgroups(c->lxcpath, all->list[i].name, read_first, &all->list[i], NULL);
		rt_cgroups(c->lxcpath, all->list[i].name, read_second, &all->list[i], NULL);
	}
	sort_key = all->sort;
	sort_reverse = all->reverse;
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_key);
	if (c->batch)
		print_batch(all);
	else
		print_screen(all, rows);
	return fflush(stdout) ? cmd_fail(c, "cannot write: %s", sw_errno_text(errno)) : 0;
}

int verb_top(struct cmd *c)
{
	struct usages all = { .sort = 'n', .reverse = c->reverse };
	long delay = 3, count = 0;
	int end;

	if (c->delay && (sw_parse_long(c->delay, &delay) || delay < 1 || delay > 86400))
		return cmd_usage(c, "-d takes seconds from 1 to 86400, not '%s'", c->delay);
	if (c->size && (sw_parse_long(c->size, &count) || count < 1))
		return cmd_usage(c, "--count takes a number from 1 on, not '%s'", c->size);
	if (c->sort && (strlen(c->sort) != 1 || !strchr("ncbmk", *c->sort)))
		return cmd_usage(c, "-s takes one of n, c, b, m and k, not '%s'", c->sort);
	if (c->sort)
		all.sort = *c->sort;
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (!c->batch && !isatty(STDOUT_FILENO))
		return cmd_fail(c, "standard output is no terminal: use -b");
	if (!c->batch)
		keys_on();
	for (long n = 1;; n++) {
		end = look(c, &all);
		if (end || n == count || !wait_key(&all, (int)delay * 1000))
			break;
	}
	keys_off();
	usages_free(&all);
	return end;
}
