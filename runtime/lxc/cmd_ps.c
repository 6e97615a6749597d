// SPDX-License-Identifier: GPL-2.0-only
/*
 * ps: processes with the container of each. LXC 0.8's was a script around ps(1); this reads /proc
 * itself, and knows those of ps's options that its users had in their fingers.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lxc/procs.h"
#include "sw_exit.h"
#include "sw_fd.h"

enum field {
	F_PID,
	F_PPID,
	F_UID,
	F_USER,
	F_TTY,
	F_STAT,
	F_TIME,
	F_STIME,
	F_COMM,
	F_ARGS,
	F_RSS,
	F_VSZ,
	F_NI,
	F_PRI,
	F_NLWP,
	F_PGID,
	F_SID,
	F_PCPU,
	F_PMEM,
	F_COUNT
};
static const struct {
	const char *word, *title;
	bool right;
} fields[F_COUNT] = {
	[F_PID] = { "pid", "PID", true },    [F_PPID] = { "ppid", "PPID", true },
	[F_UID] = { "uid", "UID", true },    [F_USER] = { "user", "USER", false },
	[F_TTY] = { "tty", "TTY", false },   [F_STAT] = { "stat", "STAT", false },
	[F_TIME] = { "time", "TIME", true }, [F_STIME] = { "stime", "STIME", false },
	[F_COMM] = { "comm", "CMD", false }, [F_ARGS] = { "args", "COMMAND", false },
	[F_RSS] = { "rss", "RSS", true },    [F_VSZ] = { "vsz", "VSZ", true },
	[F_NI] = { "ni", "NI", true },	     [F_PRI] = { "pri", "PRI", true },
	[F_NLWP] = { "nlwp", "NLWP", true }, [F_PGID] = { "pgid", "PGID", true },
	[F_SID] = { "sid", "SID", true },    [F_PCPU] = { "pcpu", "%CPU", true },
	[F_PMEM] = { "pmem", "%MEM", true },
};

#define COLUMNS_MAX 24
struct view {
	enum field columns[COLUMNS_MAX];
	int count;
	bool forest, every;
	uint64_t now;	 /* clock ticks since boot */
	uint64_t memory; /* bytes of the machine */
	time_t boot;
};

/* ---- what ps's options ask for --------------------------------------------------------------- */

static void show(struct view *v, const char *list)
{
	v->count = 0;
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		for (int f = 0; f < F_COUNT; f++)
			if (strlen(fields[f].word) == strcspn(p, ",") &&
			    !strncmp(fields[f].word, p, strcspn(p, ",")))
				v->columns[v->count++] = f;
}

/* -o: every word must be known. NULL, or the first that is not. */
static const char *user_columns(struct view *v, char *list, bool first)
{
	static const char *const same[][2] = {
		{ "cmd", "args" },  { "command", "args" }, { "ucmd", "comm" },
		{ "tname", "tty" }, { "tt", "tty" },	   { "state", "stat" },
		{ "s", "stat" },    { "nice", "ni" },	   { "%cpu", "pcpu" },
		{ "%mem", "pmem" }, { "euid", "uid" },	   { "euser", "user" },
		{ "vsize", "vsz" }, { "cputime", "time" }, { "pgrp", "pgid" },
		{ "sess", "sid" },  { "thcount", "nlwp" }, { "start", "stime" }
	};
	char *save = NULL;

	if (first)
		v->count = 0;
	for (char *w = strtok_r(list, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		const char *word = w;
		int f = 0;

		for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
			if (!strcmp(w, same[i][0]))
				word = same[i][1];
		while (f < F_COUNT && strcmp(fields[f].word, word))
			f++;
		if (f == F_COUNT || v->count == COLUMNS_MAX)
			return w;
		v->columns[v->count++] = f;
	}
	return NULL;
}

#define DEFAULT "pid,tty,time,comm"
#define FULL	"uid,pid,ppid,stime,tty,time,args"
#define LONG	"stat,uid,pid,ppid,pri,ni,vsz,tty,time,comm"
#define BSD	"user,pid,pcpu,pmem,vsz,rss,tty,stat,stime,time,args"

static bool letters(struct view *v, const char *p, bool dash)
{
	for (; *p; p++) {
		if (dash && (*p == 'e' || *p == 'A'))
			v->every = true;
		else if (dash && *p == 'f')
			show(v, FULL);
		else if (*p == 'l')
			show(v, LONG);
		else if (*p == 'H' || (!dash && *p == 'f'))
			v->forest = true;
		else if (!dash && (*p == 'a' || *p == 'x'))
			v->every = true;
		else if (!dash && *p == 'u')
			show(v, BSD);
		else if (!(*p == 'w' || (dash && (*p == 'a' || *p == 'x'))))
			return false;
		if (dash && (*p == 'a' || *p == 'x'))
			v->every = true;
	}
	return true;
}

/* 0, or an exit status after a message. */
static int parse_ps(struct cmd *c, struct view *v)
{
	bool first = true;

	show(v, DEFAULT);
	for (int i = 0; i < c->rest_count; i++) {
		char *w = c->rest[i];
		const char *bad;

		if (!strcmp(w, "--forest")) {
			v->forest = true;
		} else if (!strncmp(w, "-o", 2) || !strcmp(w, "o") || !strcmp(w, "--format")) {
			char *list = w[0] == '-' && w[1] == 'o' && w[2] ? w + 2 : c->rest[++i];

			if (!list)
				return cmd_usage(c, "%s needs a list of columns", w);
			bad = user_columns(v, list, first);
			if (bad)
				return cmd_usage(c, "there is no column '%s'", bad);
			first = false;
		} else if (!strncmp(w, "--", 2) || !letters(v, w + (*w == '-'), *w == '-')) {
			return cmd_usage(c,
					 "of ps's options -e -A -a -x -f -l -H -o --forest and "
					 "a u x f l w are known, not '%s'",
					 w);
		}
	}
	return v->count ? 0 : cmd_usage(c, "-o names no column");
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void put_user(struct sw_buf *b, uid_t uid)
{
	static uid_t last = (uid_t)-1;
	static char name[40];

	/*
	 * By hand: a static program's getpwuid(3) would load the libraries of whatever libc is
	 * here. Looking up a file that everybody can read is what ps(1) amounts to as well.
	 */
	if (uid != last || !*name) {
		FILE *f = fopen("/etc/passwd", "re");
		struct passwd *pw;

		snprintf(name, sizeof(name), "%u", uid);
		while (f && (pw = fgetpwent(f)))
			if (pw->pw_uid == uid) {
				snprintf(name, sizeof(name), "%s", pw->pw_name);
				break;
			}
		if (f)
			fclose(f);
		last = uid;
	}
	sw_buf_adds(b, name);
}

static void put_tty(struct sw_buf *b, long tty)
{
	unsigned int maj = (tty >> 8) & 0xfff, min = (tty & 0xff) | ((tty >> 12) & 0xfff00);

	if (!tty)
		sw_buf_adds(b, "?");
	else if (maj >= 136 && maj < 144) /* Documentation/admin-guide/devices.txt */
		sw_buf_printf(b, "pts/%u", (maj - 136) * 256 + min);
	else if (maj == 4 && min < 64)
		sw_buf_printf(b, "tty%u", min);
	else if (maj == 4)
		sw_buf_printf(b, "ttyS%u", min - 64);
	else
		sw_buf_printf(b, "%u:%u", maj, min);
}

static void put_args(struct sw_buf *b, const struct proc *p)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)p->pid);
	if (sw_read_file(AT_FDCWD, path, &text, 1024 * 1024) || !text.len) {
		sw_buf_printf(b, "[%s]", p->comm);
		return;
	}
	for (size_t i = 0; i + 1 < text.len; i++)
		sw_buf_addc(b, text.data[i] ? text.data[i] : ' ');
	if (text.data[text.len - 1])
		sw_buf_addc(b, text.data[text.len - 1]);
}

static void put_time(struct sw_buf *b, uint64_t ticks)
{
	uint64_t s = ticks / sysconf(_SC_CLK_TCK);

	sw_buf_printf(b, "%02u:%02u:%02u", (unsigned int)(s / 3600), (unsigned int)(s / 60 % 60),
		      (unsigned int)(s % 60));
}

static void put_start(struct sw_buf *b, const struct view *v, const struct proc *p)
{
	time_t at = v->boot + p->start / sysconf(_SC_CLK_TCK), now = time(NULL);
	char text[16];
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(text, sizeof(text), now - at < 86400 ? "%H:%M" : "%b%d", &tm);
	sw_buf_adds(b, text);
}

static void put_state(struct sw_buf *b, const struct proc *p)
{
	sw_buf_addc(b, p->state);
	if (p->nice)
		sw_buf_addc(b, p->nice < 0 ? '<' : 'N');
	if (p->session == p->pid)
		sw_buf_addc(b, 's');
	if (p->threads > 1)
		sw_buf_addc(b, 'l');
	if (p->foreground == p->pgrp)
		sw_buf_addc(b, '+');
}

static void put_field(struct sw_buf *b, const struct view *v, const struct proc *p, enum field f)
{
	uint64_t used = p->utime + p->stime, lived = v->now > p->start ? v->now - p->start : 1;

	switch (f) {
	case F_PID:
		sw_buf_printf(b, "%d", (int)p->pid);
		break;
	case F_PPID:
		sw_buf_printf(b, "%d", (int)p->ppid);
		break;
	case F_PGID:
		sw_buf_printf(b, "%d", (int)p->pgrp);
		break;
	case F_SID:
		sw_buf_printf(b, "%d", (int)p->session);
		break;
	case F_UID:
		sw_buf_printf(b, "%u", (unsigned int)p->uid);
		break;
	case F_USER:
		put_user(b, p->uid);
		break;
	case F_TTY:
		put_tty(b, p->tty);
		break;
	case F_STAT:
		put_state(b, p);
		break;
	case F_TIME:
		put_time(b, used);
		break;
	case F_STIME:
		put_start(b, v, p);
		break;
	case F_COMM:
	case F_ARGS:
		if (v->forest && p->depth)
			sw_buf_printf(b, "%*s\\_ ", 4 * (p->depth - 1), "");
		f == F_COMM ? sw_buf_adds(b, p->comm) : put_args(b, p);
		break;
	case F_RSS:
		sw_buf_printf(b, "%llu", (unsigned long long)(p->rss / 1024));
		break;
	case F_VSZ:
		sw_buf_printf(b, "%llu", (unsigned long long)(p->vsize / 1024));
		break;
	case F_NI:
		sw_buf_printf(b, "%ld", p->nice);
		break;
	case F_PRI:
		sw_buf_printf(b, "%ld", 39 - p->priority);
		break;
	case F_NLWP:
		sw_buf_printf(b, "%ld", p->threads);
		break;
	case F_PCPU:
		sw_buf_printf(b, "%.1f", 100.0 * used / lived);
		break;
	case F_PMEM:
		sw_buf_printf(b, "%.1f", v->memory ? 100.0 * p->rss / v->memory : 0);
		break;
	case F_COUNT:
		break;
	}
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool listed(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = names; *p; p += strcspn(p, ","), p += *p == ',')
		if (!strncmp(p, name, n) && (!p[n] || p[n] == ','))
			return true;
	return false;
}

/*
 * As ps(1) does, without -e only processes of this terminal; but whoever names containers wants to
 * see what is in them, and their processes have other terminals or none.
 */
static bool wanted(const struct cmd *c, const struct view *v, const struct proc *p,
		   const struct proc *self)
{
	if (c->orig)
		return p->container && listed(c->orig, p->container);
	if (c->lxc_only)
		return p->container;
	if (c->host && p->container)
		return false;
	return v->every || !self || (p->tty == self->tty && p->uid == self->uid);
}

/* Parents before their children, at any depth. */
static size_t plant(struct procs *all, const struct proc **out, const bool *take, pid_t parent,
		    int depth, bool *done, size_t n)
{
	for (size_t i = 0; i < all->count; i++) {
		struct proc *p = &all->list[i];
		struct proc *up = procs_find(all, p->ppid);
		bool root = !up || !take[up - all->list];

		if (!take[i] || done[i] || (parent ? p->ppid != parent : !root))
			continue;
		done[i] = true;
		p->depth = depth;
		out[n++] = p;
		n = plant(all, out, take, p->pid, depth + 1, done, n);
	}
	return n;
}

static void print_cells(char *const *cells, size_t rows, const struct view *v)
{
	size_t columns = v->count + 1, width[COLUMNS_MAX + 1] = { 0 };

	for (size_t i = 0; i < rows * columns; i++)
		if (strlen(cells[i]) > width[i % columns])
			width[i % columns] = strlen(cells[i]);
	for (size_t i = 0; i < rows * columns; i++) {
		size_t at = i % columns;
		bool last = at == columns - 1, right = at && fields[v->columns[at - 1]].right;

		for (char *p = cells[i]; *p; p++) /* nothing that steers a terminal */
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				*p = '?';
		printf("%*s%c",
		       last    ? 0
		       : right ? (int)width[at]
			       : -(int)width[at],
		       cells[i], last ? '\n' : ' ');
	}
}

static int print_rows(struct cmd *c, const struct view *v, const struct proc **rows, size_t count)
{
	size_t columns = v->count + 1, total = (count + 1) * columns, at = 0;
	char **cells = calloc(total, sizeof(*cells));
	int end = SW_EXIT_OK;

	for (size_t r = 0; cells && r <= count; r++) {
		cells[at++] = strdup(!r			      ? "CONTAINER"
				     : rows[r - 1]->container ? rows[r - 1]->container
							      : "");
		for (int f = 0; f < v->count; f++) {
			struct sw_buf b = SW_BUF_INIT;

			if (r)
				put_field(&b, v, rows[r - 1], v->columns[f]);
			else
				sw_buf_adds(&b, fields[v->columns[f]].title);
			sw_buf_adds(&b, "");
			cells[at++] = sw_buf_take(&b);
		}
	}
	for (size_t i = 0; i < total; i++)
		if (!cells || !cells[i])
			end = SW_EXIT_FAIL;
	if (end)
		cmd_fail(c, "out of memory");
	else
		print_cells(cells, count + 1, v);
	for (size_t i = 0; cells && i < total; i++)
		free(cells[i]);
	free(cells);
	return end;
}

static void read_machine(struct view *v)
{
	char up[64];
	double seconds = 0;

	if (sw_read_line(AT_FDCWD, "/proc/uptime", up, sizeof(up)) > 0)
		seconds = strtod(up, NULL);
	v->now = seconds * sysconf(_SC_CLK_TCK);
	v->boot = time(NULL) - (time_t)seconds;
	v->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
}

/* Whoever names a container that does not run made a slip, or is too late: say so. */
static int check_names(struct cmd *c, const struct procs *all)
{
	char *copy __sw_free = c->orig ? strdup(c->orig) : NULL, *save = NULL;

	for (char *w = copy ? strtok_r(copy, ",", &save) : NULL; w;
	     w = strtok_r(NULL, ",", &save)) {
		size_t i = 0;

		while (i < all->name_count && strcmp(all->names[i], w))
			i++;
		if (i == all->name_count)
			return cmd_fail(c, "container '%s' is not running", w);
	}
	return 0;
}

int verb_ps(struct cmd *c)
{
	struct view v = { 0 };
	struct procs all = { 0 };
	const struct proc **rows = NULL, *self;
	bool *take = NULL, *done = NULL;
	size_t n = 0;
	int end;

	if (!!c->orig + c->lxc_only + c->host > 1)
		return cmd_usage(c, "--name, --lxc and --host exclude one another");
	end = parse_ps(c, &v);
	if (end)
		return end;
	if (cmd_need_root(c)) /* nobody else sees what is in root's containers */
		return SW_EXIT_FAIL;
	read_machine(&v);
	end = procs_read(c, &all);
	if (!end)
		end = check_names(c, &all);
	rows = calloc(all.count + 1, sizeof(*rows));
	take = calloc(2 * all.count + 2, sizeof(*take));
	if (!end && (!rows || !take))
		end = cmd_fail(c, "out of memory");
	self = procs_find(&all, getpid());
	for (size_t i = 0; !end && i < all.count; i++)
		take[i] = wanted(c, &v, &all.list[i], self);
	done = take + all.count + 1;
	if (!end && v.forest)
		n = plant(&all, rows, take, 0, 0, done, 0);
	for (size_t i = 0; !end && !v.forest && i < all.count; i++)
		if (take[i])
			rows[n++] = &all.list[i];
	if (!end)
		end = print_rows(c, &v, rows, n);
	free(rows);
	free(take);
	procs_free(&all);
	return end;
}
