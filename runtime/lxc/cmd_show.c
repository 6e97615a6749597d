// SPDX-License-Identifier: GPL-2.0-only
/* ls, info, config, version: the verbs that only look. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "lxc/newborn.h"
#include "sw_child.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sys.h"

/* ---- addresses ------------------------------------------------------------------------------- */

struct addresses {
	char v4[512], v6[512];	/* separated by ", "; lo is left out, as by lxc-info */
};

static void append(char *list, size_t size, const char *word)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%s", n ? ", " : "", word);
}

/* In a child: a process cannot come back from another's network namespace without the way there. */
static void read_addresses(void *arg, void *answer)
{
	struct addresses *a = answer;
	struct ifaddrs *list, *i;
	char path[64], text[INET6_ADDRSTRLEN];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", *(pid_t *)arg);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || sys_setns(fd, SW_CLONE_NEWNET) || getifaddrs(&list))
		return;
	for (i = list; i; i = i->ifa_next) {
		bool v4 = i->ifa_addr && i->ifa_addr->sa_family == AF_INET;

		if (!i->ifa_addr || (i->ifa_flags & IFF_LOOPBACK) ||
		    (!v4 && i->ifa_addr->sa_family != AF_INET6))
			continue;
		if (v4 && inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text,
				    sizeof(text)))
			append(a->v4, sizeof(a->v4), text);
		else if (!v4 &&
			 inet_ntop(AF_INET6, &((struct sockaddr_in6 *)i->ifa_addr)->sin6_addr, text,
				   sizeof(text)))
			append(a->v6, sizeof(a->v6), text);
	}
	freeifaddrs(list);
}

static struct addresses addresses_of(pid_t pid)
{
	struct addresses a = { "", "" };

	if (pid > 0)
		sw_child_run(read_addresses, &pid, &a, sizeof(a), 5000);
	return a;
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, word, n) && (!p[n] || p[n] == ','))
			return true;
	}
	return false;
}

/* ---- ls -------------------------------------------------------------------------------------- */

struct row {
	char *name;
	bool defined;
	struct rt_status status;
};

static regex_t name_filter;

struct rows {
	struct row *list;
	size_t count;
	bool failed;
};

static void add_row(struct rows *rows, const char *name, bool defined)
{
	struct row *bigger;

	for (size_t i = 0; i < rows->count; i++)
		if (!strcmp(rows->list[i].name, name))
			return;
	bigger = realloc(rows->list, (rows->count + 1) * sizeof(*bigger));
	if (bigger)
		rows->list = bigger;
	if (!bigger || !(rows->list[rows->count].name = strdup(name))) {
		rows->failed = true;
		return;
	}
	rows->list[rows->count++].defined = defined;
}

static void add_undefined(const char *name, void *arg)
{
	add_row(arg, name, false);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

/* Directories of lxcpath that hold a configuration, and whatever runs without one. */
static int find_rows(struct cmd *c, struct rows *rows, struct sw_error *err)
{
	DIR *d = opendir(c->lxcpath);
	struct dirent *e;
	int r = 0;

	if (!d && (errno != ENOENT || strcmp(c->lxcpath, BERTH_LXCPATH)))
		return sw_error(err, errno, "ls", "cannot read %s: %s", c->lxcpath,
				sw_errno_text(errno));
	while (d && (e = readdir(d))) {
		struct sw_buf config __sw_buf = SW_BUF_INIT;

		if (rt_name_check(e->d_name, NULL))
			continue;
		sw_buf_printf(&config, "%s/config", e->d_name);
		if (!faccessat(dirfd(d), sw_buf_str(&config), F_OK, 0))
			add_row(rows, e->d_name, true);
		else if (errno == EACCES && !r)
			r = sw_error(err, EACCES, "ls",
				     "only root can look into %s/%s; become root "
				     "and try again",
				     c->lxcpath, e->d_name);
	}
	if (d)
		closedir(d);
	if (r)
		return r;
	rt_list(c->lxcpath, add_undefined, rows);
	if (rows->failed)
		return sw_error(err, ENOMEM, "ls", "out of memory");
	if (rows->count)
		qsort(rows->list, rows->count, sizeof(*rows->list), by_name);
	for (size_t i = 0; i < rows->count; i++) {
		r = rt_status(c->lxcpath, rows->list[i].name, &rows->list[i].status, err);
		if (r)
			return r;
	}
	return 0;
}

/*
 * Does the answer say what runs? The state of root's containers is root's alone to see, and to
 * anybody else all would look stopped.
 */
static bool tells_state(const struct cmd *c)
{
	return c->fancy || c->columns || c->running || c->stopped || c->frozen || c->active;
}

struct keyed {
	const char *wanted;	/* groups, separated by commas; NULL: collect */
	bool found;
	struct sw_buf all;	/* every word, with commas */
	long number;
};

static void take_group(const char *value, void *arg)
{
	struct keyed *k = arg;
	char *copy __sw_free = strdup(value), *save = NULL;

	if (!*value) {		/* clears, as every key that may be repeated */
		k->found = false;
		k->all.len = 0;
	}
	for (char *w = copy ? strtok_r(copy, ", \t", &save) : NULL; w;
	     w = strtok_r(NULL, ", \t", &save)) {
		k->found |= k->wanted && has_word(k->wanted, w);
		if (k->all.len)
			sw_buf_addc(&k->all, ',');
		sw_buf_adds(&k->all, w);
	}
}

static void take_number(const char *value, void *arg)
{
	struct keyed *k = arg;

	if (sw_parse_long(value, &k->number))
		k->number = 0;
}

static void read_key(const struct cmd *c, const struct row *r, const char *key, lxc_value_fn *fn,
		     struct keyed *k)
{
	struct sw_buf path __sw_buf = SW_BUF_INIT;

	sw_buf_printf(&path, "%s/%s/config", c->lxcpath, r->name);
	lxc_config_get(sw_buf_str(&path), key, fn, k, NULL);
}

static bool in_groups(const struct cmd *c, const struct row *r)
{
	bool found = !c->groups.n;

	for (size_t i = 0; i < c->groups.n && !found; i++) {
		struct keyed k = { .wanted = c->groups.v[i] };

		read_key(c, r, "lxc.group", take_group, &k);
		found = k.found;
		sw_buf_free(&k.all);
	}
	return found;
}

static bool wanted(const struct cmd *c, const struct row *r)
{
	if (c->filter && regexec(&name_filter, r->name, 0, NULL, 0))
		return false;
	if (!in_groups(c, r))
		return false;
	bool stopped = r->status.state == RT_STOPPED, frozen = r->status.state == RT_FROZEN;
	bool any = c->running || c->stopped || c->frozen || c->active;

	if (c->defined && !r->defined)
		return false;
	return !any || (c->active && !stopped) || (c->running && !stopped && !frozen) ||
	       (c->frozen && frozen) || (c->stopped && stopped);
}

static bool has_idmap(const struct cmd *c, const struct row *r)
{
	struct sw_buf path __sw_buf = SW_BUF_INIT;
	struct rt_spec spec = { 0 };
	bool mapped;

	sw_buf_printf(&path, "%s/%s/config", c->lxcpath, r->name);
	mapped = !lxc_config_file(sw_buf_str(&path), &spec, NULL, NULL, NULL) && spec.idmap_count;
	rt_spec_free(&spec);
	return mapped;
}

#define COLUMNS_MAX	8
#define COLUMNS_ALL	"NAME,STATE,AUTOSTART,GROUPS,IPV4,IPV6,UNPRIVILEGED"

static char *groups_cell(const struct cmd *c, const struct row *r)
{
	struct keyed k = { .wanted = NULL };

	read_key(c, r, "lxc.group", take_group, &k);
	if (!k.all.len) {
		sw_buf_free(&k.all);
		return strdup("-");
	}
	return sw_buf_take(&k.all);
}

static char *start_cell(const struct cmd *c, const struct row *r)
{
	struct keyed k = { .number = 0 };

	read_key(c, r, "lxc.start.auto", take_number, &k);
	return strdup(k.number ? "1" : "0");
}

/* One cell, malloc'ed. NULL: there is no such column. */
static char *cell(const struct cmd *c, const struct row *r, const struct addresses *a,
		  const char *column)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)r->status.init_pid);
	if (!strcasecmp(column, "NAME"))
		return strdup(r->name);
	if (!strcasecmp(column, "STATE"))
		return strdup(rt_state_name(r->status.state));
	if (!strcasecmp(column, "PID"))
		return strdup(r->status.init_pid ? number : "-");
	if (!strcasecmp(column, "IPV4"))
		return strdup(*a->v4 ? a->v4 : "-");
	if (!strcasecmp(column, "IPV6"))
		return strdup(*a->v6 ? a->v6 : "-");
	if (!strcasecmp(column, "AUTOSTART"))
		return start_cell(c, r);
	if (!strcasecmp(column, "GROUPS"))
		return groups_cell(c, r);
	if (!strcasecmp(column, "UNPRIVILEGED"))
		return strdup(has_idmap(c, r) ? "true" : "false");
	return NULL;
}

static void print_table(char *const *cells, size_t rows, size_t columns)
{
	size_t width[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < rows * columns; i++)
		if (strlen(cells[i]) > width[i % columns])
			width[i % columns] = strlen(cells[i]);
	for (size_t i = 0; i < rows * columns; i++) {
		bool last = i % columns == columns - 1;

		printf("%-*s%c", last ? 0 : (int)width[i % columns], cells[i], last ? '\n' : ' ');
	}
}

static int fancy(struct cmd *c, const struct rows *rows)
{
	const struct row none = { .name = (char *)"" };
	const struct addresses nowhere = { "", "" };
	char *list __sw_free = strdup(c->columns ? c->columns : COLUMNS_ALL), *save = NULL;
	char *columns[COLUMNS_MAX], **cells = calloc(rows->count + 1, sizeof(columns));
	size_t n = 0, at = 0;
	int end = SW_EXIT_OK;

	if (!list || !cells)
		end = cmd_fail(c, "out of memory");
	for (char *w = list ? strtok_r(list, ",", &save) : NULL; w && !end;
	     w = strtok_r(NULL, ",", &save)) {
		char *probe __sw_free = cell(c, &none, &nowhere, w);

		if (!probe)
			end = cmd_usage(c, "there is no column '%s'", w);
		else if (n == COLUMNS_MAX)
			end = cmd_usage(c, "at most %d columns", COLUMNS_MAX);
		else
			columns[n++] = w;
	}
	if (!n && !end)
		end = cmd_usage(c, "-F names no column");
	for (size_t i = 0; i < n && !end; i++)
		cells[at++] = strdup(columns[i]);
	for (size_t r = 0; r < rows->count && !end; r++) {
		struct addresses a = addresses_of(rows->list[r].status.init_pid);

		for (size_t i = 0; i < n && wanted(c, &rows->list[r]); i++)
			cells[at++] = cell(c, &rows->list[r], &a, columns[i]);
	}
	for (size_t i = 0; i < at && !end; i++)
		if (!cells[i])
			end = cmd_fail(c, "out of memory");
	if (!end)
		print_table(cells, at / n, n);
	for (size_t i = 0; i < at; i++)
		free(cells[i]);
	free(cells);
	return end;
}

/* Names beside one another, as many as the terminal is wide. */
static void print_names(const struct cmd *c, const struct rows *rows)
{
	bool lines = c->one || !isatty(STDOUT_FILENO);
	size_t width = 0, used = 0;
	struct winsize ws;
	size_t room = ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_col ? 80 : ws.ws_col;

	for (size_t i = 0; i < rows->count; i++)
		if (wanted(c, &rows->list[i]) && strlen(rows->list[i].name) >= width)
			width = strlen(rows->list[i].name) + 1;
	for (size_t i = 0; i < rows->count; i++) {
		if (!wanted(c, &rows->list[i]))
			continue;
		if (lines) {
			puts(rows->list[i].name);
			continue;
		}
		if (used && used + width > room) {
			putchar('\n');
			used = 0;
		}
		printf("%-*s", (int)width, rows->list[i].name);
		used += width;
	}
	if (used)
		putchar('\n');
}

int verb_ls(struct cmd *c)
{
	struct rows rows = { 0 };
	struct sw_error err = { 0 };
	int end = SW_EXIT_OK;

	if (c->rest_count > 1 || (c->rest_count && c->filter))
		return cmd_usage(c, "'%s' is one argument too many", c->rest[c->rest_count - 1]);
	if (c->rest_count)
		c->filter = c->rest[0];
	if (c->filter && regcomp(&name_filter, c->filter, REG_EXTENDED | REG_NOSUB))
		return cmd_usage(c, "'%s' is no regular expression", c->filter);
	if (tells_state(c) && cmd_need_root(c))
		return SW_EXIT_FAIL;
	newborn_sweep(c->lxcpath);
	if (find_rows(c, &rows, &err))
		end = cmd_error(c, &err);
	else if (c->fancy || c->columns)
		end = fancy(c, &rows);
	else
		print_names(c, &rows);
	for (size_t i = 0; i < rows.count; i++)
		free(rows.list[i].name);
	free(rows.list);
	if (c->filter)
		regfree(&name_filter);
	return end;
}

/* ---- info ------------------------------------------------------------------------------------ */

static void print_pair(const struct cmd *c, const char *key, const char *value)
{
	if (c->raw)
		puts(value);
	else
		printf("%-15s %s\n", key, value);
}

static void print_bytes(const struct cmd *c, const char *key, uint64_t bytes)
{
	char text[48];

	if (c->raw)
		snprintf(text, sizeof(text), "%" PRIu64, bytes);
	else if (bytes < 1024 * 1024)
		snprintf(text, sizeof(text), "%.2f KiB", bytes / 1024.0);
	else
		snprintf(text, sizeof(text), "%.2f MiB", bytes / 1024.0 / 1024.0);
	print_pair(c, key, text);
}

static void print_cpu(const struct cmd *c, uint64_t ns)
{
	char text[48];

	if (c->raw)
		snprintf(text, sizeof(text), "%" PRIu64, ns);
	else
		snprintf(text, sizeof(text), "%.2f seconds", ns / 1e9);
	print_pair(c, "CPU use:", text);
}

/* The number after a word of a control file (the first one if word is NULL). false: none. */
static bool control(const char *dir, const char *file, const char *word, uint64_t *ret)
{
	struct sw_buf path __sw_buf = SW_BUF_INIT, text __sw_buf = SW_BUF_INIT;
	const char *p;
	char *end;

	sw_buf_printf(&path, "%s/%s", dir, file);
	if (sw_read_file(AT_FDCWD, sw_buf_str(&path), &text, 65536))
		return false;
	p = word ? strstr(sw_buf_str(&text), word) : sw_buf_str(&text);
	if (!p)
		return false;
	p += word ? strlen(word) : 0;
	*ret = strtoull(p, &end, 10);
	return end != p;
}

/* What the cgroups count. On a hybrid machine v1 and v2 both count; the one with a controller wins.
 */
struct counts {
	bool cpu, memory, kmem, pids;		/* known */
	uint64_t cpu_ns, bytes, kmem_bytes, processes;
};

static void count_cgroup(const char *controller, const char *path, void *arg)
{
	struct counts *n = arg;
	bool v2 = !*controller;

	if (!n->cpu && has_word(controller, "cpuacct"))
		n->cpu = control(path, "cpuacct.usage", NULL, &n->cpu_ns);
	if (!n->cpu && v2 && control(path, "cpu.stat", "usage_usec ", &n->cpu_ns)) {
		n->cpu = true;
		n->cpu_ns *= 1000;
	}
	if (!n->memory && (v2 || has_word(controller, "memory")))
		n->memory = control(path, v2 ? "memory.current" : "memory.usage_in_bytes", NULL,
				    &n->bytes);
	if (!n->kmem && has_word(controller, "memory"))
		n->kmem = control(path, "memory.kmem.usage_in_bytes", NULL, &n->kmem_bytes);
	if (!n->pids && (v2 || has_word(controller, "pids")))
		n->pids = control(path, "pids.current", NULL, &n->processes);
}

/* Seen from the container, as LXC tells it. */
static void print_link(const char *device, uint64_t received, uint64_t sent, void *arg)
{
	const struct cmd *c = arg;

	print_pair(c, "Link:", device);
	print_bytes(c, " TX bytes:", received);
	print_bytes(c, " RX bytes:", sent);
	print_bytes(c, " Total bytes:", received + sent);
}

static int print_stats(const struct cmd *c, struct sw_error *err)
{
	struct counts n = { 0 };
	char text[24];
	int r = rt_cgroups(c->lxcpath, c->name, count_cgroup, &n, err);

	if (r)
		return r;
	if (n.cpu)
		print_cpu(c, n.cpu_ns);
	if (n.memory)
		print_bytes(c, "Memory use:", n.bytes);
	if (n.kmem)
		print_bytes(c, "KMem use:", n.kmem_bytes);
	snprintf(text, sizeof(text), "%" PRIu64, n.processes);
	if (n.pids)
		print_pair(c, "Processes:", text);
	cmd_links(c, &(struct cmd_links){ print_link, (void *)(uintptr_t)c });
	return 0;
}

struct asked {
	const struct cmd *c;
	const char *key;
};

static void print_value(const char *value, void *arg)
{
	const struct asked *a = arg;

	if (a->c->raw)
		puts(value);
	else
		printf("%s = %s\n", a->key, value);
}

static int info_keys(struct cmd *c)
{
	char *config __sw_free = cmd_config_path(c);
	struct sw_error err = { 0 };

	for (size_t i = 0; i < c->keys.n; i++) {
		struct asked a = { c, c->keys.v[i] };

		if (!config || lxc_config_get(config, a.key, print_value, &a, &err))
			return config ? cmd_error(c, &err) : cmd_fail(c, "out of memory");
	}
	return SW_EXIT_OK;
}

static void print_ips(const struct cmd *c, pid_t pid)
{
	struct addresses a = addresses_of(pid);
	char *save = NULL;

	for (char *w = strtok_r(a.v4, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
		print_pair(c, "IP:", w);
	for (char *w = strtok_r(a.v6, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
		print_pair(c, "IP:", w);
}

static bool is_state(const char *word)
{
	int s = RT_STOPPED;

	while (s <= RT_THAWED && strcasecmp(word, rt_state_name(s)))
		s++;
	return s <= RT_THAWED;
}

int verb_info(struct cmd *c)
{
	bool all = !c->state && !c->pid && !c->ips && !c->stats && !c->keys.n;
	char *config __sw_free = cmd_config_path(c);
	struct sw_error err = { 0 };
	struct rt_status st;

	if (cmd_need_root(c))	/* see tells_state() */
		return SW_EXIT_FAIL;
	if (c->state_is && !is_state(c->state_is))
		return cmd_usage(c, "there is no state '%s'", c->state_is);
	if (!config || rt_status(c->lxcpath, c->name, &st, &err))
		return config ? cmd_error(c, &err) : cmd_fail(c, "out of memory");
	if (st.state == RT_STOPPED && access(config, F_OK))
		return cmd_fail(c, "%s doesn't exist (no %s, and it does not run)", c->name,
				config);
	if (c->state_is)	/* of 0.8: answers by the exit status alone */
		return strcasecmp(c->state_is, rt_state_name(st.state)) ? SW_EXIT_FAIL : SW_EXIT_OK;
	if (all)
		print_pair(c, "Name:", c->name);
	if (all || c->state)
		print_pair(c, "State:", rt_state_name(st.state));
	if ((all || c->pid) && st.init_pid > 0) {
		char text[16];

		snprintf(text, sizeof(text), "%d", (int)st.init_pid);
		print_pair(c, "PID:", text);
	}
	if (st.init_pid > 0 && (all || c->ips))
		print_ips(c, st.init_pid);
	if (st.init_pid > 0 && (all || c->stats) && print_stats(c, &err))
		return cmd_error(c, &err);
	return info_keys(c);
}

/* ---- config, version ------------------------------------------------------------------------- */

/* lxc-config(1): what the system as a whole is set to. Berth has one such setting. */
static int print_item(struct cmd *c, const char *item)
{
	if (!strcmp(item, "lxc.lxcpath"))
		puts(c->lxcpath);
	else if (!strcmp(item, "lxc.default_config"))
		putchar('\n');	/* none is read */
	else
		return cmd_fail(c, "there is no setting '%s': lxc.lxcpath and lxc.default_config are", item);
	return SW_EXIT_OK;
}

int verb_config(struct cmd *c)
{
	if (c->rest_count > 1)
		return cmd_usage(c, "'%s' is one argument too many", c->rest[1]);
	if (c->rest_count)
		return print_item(c, c->rest[0]);
	if (c->list)
		puts("lxc.default_config\nlxc.lxcpath");
	else
		lxc_config_keys(stdout);
	return SW_EXIT_OK;
}

int verb_version(struct cmd *c)
{
	/* lxc-version of 0.8 said what it is; --version of any says the number alone. */
	if (c->lxc)
		printf("%s%s\n", c->version ? "" : "lxc version: ", SW_VERSION);
	else
		puts("berth " SW_VERSION);
	return SW_EXIT_OK;
}
