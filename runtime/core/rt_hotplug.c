// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices for a container that runs already: permission for a device node, and network devices that
 * come and go. What is given is journalled like what a start gives, so that it comes back at the
 * end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rt_int.h"
#include "core/rt_net.h"
#include "sw_fd.h"

#define RULES_MAX (64 * 1024) /* bytes of the file of rules */

/* The state of a container that runs. -ESRCH with err: it does not. */
static int open_running(struct rt_dir *d, const char *lxcpath, const char *name,
			struct rt_record *rec, struct sw_error *err)
{
	int r = rt_dir_open(d, lxcpath, name, false, err);

	if (!r)
		r = rt_dir_holder(d) ? rt_record_read(d, rec) : -ESRCH;
	if (!r && (rec->state != RT_RUNNING || !rt_proc_same(rec->init, rec->init_start)))
		r = -ESRCH;
	if (r == -ENOENT || r == -ESRCH)
		return sw_error(err, ESRCH, "device", "container '%s' does not run", name);
	return r ? sw_error(err, r, "device", "state of '%s': %s", name, sw_errno_text(r)) : 0;
}

int rt_root_open(const char *lxcpath, const char *name, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_record rec = { 0 };
	char path[64];
	int r = open_running(&d, lxcpath, name, &rec, err), fd;

	if (r)
		return r;
	/* A link of the kernel's that leads to init's root, through whatever is mounted there. */
	snprintf(path, sizeof(path), "/proc/%d/root", (int)rec.init);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !rt_proc_same(rec.init, rec.init_start)) { /* ended meanwhile */
		sw_close(&fd);
		errno = ESRCH;
	}
	return fd < 0 ? sw_error(err, errno, "device", "the root of '%s': %s", name,
				 sw_errno_text(errno))
		      : fd;
}

/* ---- device rules on cgroup v2 --------------------------------------------------------------- */

int rt_dev_rules_write(const struct rt_dir *d, const struct rt_device_rule *rules, size_t n)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		char words[64];

		rt_dev_text(&rules[i], words);
		sw_buf_printf(&text, "%s %s\n", rules[i].allow ? "allow" : "deny", words);
	}
	return text.failed ? -ENOMEM
			   : sw_replace_file(d->fd, "devices", sw_buf_str(&text), text.len, 0600);
}

/* One line of that file. */
static bool parse_rule(const char *line, struct rt_device_rule *r)
{
	char verb[8], major[16] = "*", minor[16] = "*", access[8] = "rwm";
	int n = sscanf(line, "%7s %c %15[0-9*]:%15[0-9*] %7s", verb, &r->type, major, minor,
		       access);

	if (n != 5 && !(n == 2 && r->type == 'a'))
		return false;
	r->allow = !strcmp(verb, "allow");
	r->major = *major == '*' ? -1 : strtol(major, NULL, 10);
	r->minor = *minor == '*' ? -1 : strtol(minor, NULL, 10);
	r->read = strchr(access, 'r');
	r->write = strchr(access, 'w');
	r->mknod = strchr(access, 'm');
	r->origin = NULL;
	return true;
}

/* What holds now, and one rule more. *ret_rules is malloc'ed. */
static int read_rules(const struct rt_dir *d, const struct rt_device_rule *more,
		      struct rt_device_rule **ret_rules, size_t *ret_count)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int r = sw_read_file(d->fd, "devices", &text, RULES_MAX);
	struct rt_device_rule *rules;
	size_t lines = 1, n = 0;
	char *save = NULL;

	if (r && r != -ENOENT) /* none: the container began with everything allowed */
		return r;
	for (const char *p = sw_buf_str(&text); *p; p++)
		lines += *p == '\n';
	rules = calloc(lines + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	for (char *l = text.data ? strtok_r(text.data, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save))
		if (parse_rule(l, &rules[n]))
			n++;
	rules[n++] = *more;
	*ret_rules = rules;
	*ret_count = n;
	return 0;
}

struct found_cgroups {
	char v1[PATH_MAX], v2[PATH_MAX];
};

static void note_cgroup(const char *controllers, const char *path, void *arg)
{
	struct found_cgroups *f = arg;
	char list[200];

	snprintf(list, sizeof(list), ",%s,", controllers);
	if (!*controllers)
		snprintf(f->v2, sizeof(f->v2), "%s", path);
	else if (strstr(list, ",devices,"))
		snprintf(f->v1, sizeof(f->v1), "%s", path);
}

static int rule_v2(const struct rt_dir *d, const char *path, const struct rt_device_rule *rule,
		   struct sw_error *err)
{
	struct rt_device_rule *rules __sw_free = NULL;
	struct rt_bpf_insn *insns = NULL;
	struct rt_dev_set set = { 0 };
	int fd __sw_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = 0;
	int r = fd < 0 ? -errno : read_rules(d, rule, &rules, &n);

	if (!r)
		r = rt_dev_fold(rules, n, &set);
	if (!r)
		r = rt_dev_program(&set, &insns);
	if (r >= 0)
		r = rt_dev_replace(fd, insns, r, err);
	/* After the deed: what is written is what holds. */
	if (!r)
		r = rt_dev_rules_write(d, rules, n);
	free(set.entries);
	free(insns);
	return r ? sw_error(err, r, "device", "device rules of %s: %s", path, sw_errno_text(r)) : 0;
}

int rt_device_rule(const char *lxcpath, const char *name, const struct rt_device_rule *rule,
		   struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_record rec = { 0 };
	struct found_cgroups found = { "", "" };
	char path[PATH_MAX + 32], words[64];
	int guard __sw_fd = -1;
	int r = open_running(&d, lxcpath, name, &rec, err);

	if (r)
		return r;
	guard = rt_dir_guard(&d); /* one at a time: they read the rules and write them */
	r = rt_cgroups(lxcpath, name, note_cgroup, &found, err);
	if (r)
		return r;
	if (!*found.v1 && *found.v2)
		return rule_v2(&d, found.v2, rule, err);
	if (!*found.v1)
		return 0; /* nothing confines it */
	rt_dev_text(rule, words);
	snprintf(path, sizeof(path), "%s/devices.%s", found.v1, rule->allow ? "allow" : "deny");
	r = sw_write_file(AT_FDCWD, path, words);
	return r ? sw_error(err, r, "device", "write '%s' to %s: %s", words, path, sw_errno_text(r))
		 : 0;
}

/* ---- network devices ------------------------------------------------------------------------- */

/* A handle on the namespace that outlives the container's processes, where a start made none. */
static int pin(struct rt_dir *d, const struct rt_record *rec, int *ret_fd, struct sw_error *err)
{
	static const struct rt_spec none;
	struct rt_ctx *ctx;
	int r = 0, fd = rt_net_pin_open(d, RT_PIN_INSIDE);

	if (fd == -ENOENT) {
		ctx = calloc(1, sizeof(*ctx));
		if (!ctx)
			return sw_error(err, ENOMEM, "device", "out of memory");
		ctx->spec = &none;
		ctx->dir = *d;
		ctx->init = rec->init;
		ctx->rec = *rec;
		r = rt_step_net_pin(ctx, NULL, err);
		free(ctx);
		fd = r ? r : rt_net_pin_open(d, RT_PIN_INSIDE);
	}
	if (fd < 0)
		return sw_error(err, fd, "device", "the container's network namespace: %s",
				sw_errno_text(fd));
	*ret_fd = fd;
	return 0;
}

static void mac_text(const struct sw_nl_link *link, char out[18])
{
	strcpy(out, "-");
	if (link->has_mac)
		snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", link->mac[0], link->mac[1],
			 link->mac[2], link->mac[3], link->mac[4], link->mac[5]);
}

int rt_net_give(const char *lxcpath, const char *name, const char *link_name, const char *inside,
		struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_record rec = { 0 };
	struct sw_nl nl __sw_nl = SW_NL_INIT, in __sw_nl = SW_NL_INIT;
	struct sw_nl_change move = { .name = inside };
	struct sw_nl_link link;
	int ns __sw_fd = -1, guard __sw_fd = -1;
	char mac[18];
	int r = open_running(&d, lxcpath, name, &rec, err);

	if (r)
		return r;
	if (!(rec.ns & SW_CLONE_NEWNET))
		return sw_error(err, EINVAL, "device",
				"container '%s' shares the host's network: there is "
				"nowhere to move %s to",
				name, link_name);
	guard = rt_dir_guard(&d);
	r = pin(&d, &rec, &ns, err);
	if (!r)
		r = rt_net_open(&nl, err);
	if (!r)
		r = sw_nl_open_in(&in, NETLINK_ROUTE, ns);
	if (!r)
		r = sw_nl_link_find(&nl, 0, link_name, &link);
	if (r)
		return sw_error(err, r, "device", "network device %s: %s", link_name,
				sw_errno_text(r));
	if (!sw_nl_link_find(&in, 0, inside, &(struct sw_nl_link){ 0 }))
		return sw_error(err, EEXIST, "device",
				"the container has a network device %s already", inside);
	mac_text(&link, mac);
	r = rt_journal_add(&d, "phys %s %s %u %s", link_name, mac, link.mtu, inside);
	move.ns_fd = ns;
	if (!r)
		r = sw_nl_link_change(&nl, link.index, &move);
	if (r)
		return rt_net_refused(&nl, r, err, "moving %s into the container", link_name);
	/* Its number there is what the container cannot change. */
	r = sw_nl_link_find(&in, 0, inside, &link);
	if (!r)
		r = rt_journal_add(&d, "physin %s %d", link_name, link.index);
	return r ? sw_error(err, r, "device", "%s, once moved: %s", link_name, sw_errno_text(r))
		 : 0;
}

struct origin {
	const char *inside;
	char name[16];
};

/* The last line counts: it may have been given, taken and given again. */
static int match_inside(const char *first, const char *rest, void *arg)
{
	struct origin *o = arg;
	const char *last = strrchr(rest, ' ');

	if (last && !strcmp(last + 1, o->inside))
		snprintf(o->name, sizeof(o->name), "%s", first);
	return 0;
}

int rt_net_take(const char *lxcpath, const char *name, const char *inside, struct sw_error *err)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct rt_record rec = { 0 };
	struct sw_nl in __sw_nl = SW_NL_INIT;
	struct origin origin = { .inside = inside };
	struct sw_nl_change move = { .name = origin.name };
	struct sw_nl_link link;
	int ns __sw_fd = -1, guard __sw_fd = -1, host __sw_fd = -1;
	char path[64];
	int r = open_running(&d, lxcpath, name, &rec, err);

	if (r)
		return r;
	if (!(rec.ns & SW_CLONE_NEWNET))
		return sw_error(err, EINVAL, "device", "container '%s' shares the host's network",
				name);
	guard = rt_dir_guard(&d);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)rec.init);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r = ns < 0 || host < 0 ? -errno : sw_nl_open_in(&in, NETLINK_ROUTE, ns);
	if (!r)
		r = sw_nl_link_find(&in, 0, inside, &link);
	if (r)
		return sw_error(err, r, "device", "network device %s of the container: %s", inside,
				sw_errno_text(r));
	rt_journal_each(&d, "phys", match_inside, &origin);
	if (!*origin.name)
		snprintf(origin.name, sizeof(origin.name), "%s", inside);
	sw_nl_link_change(&in, link.index, &(struct sw_nl_change){ .up = -1 });
	move.ns_fd = host;
	r = sw_nl_link_change(&in, link.index, &move);
	return r ? rt_net_refused(&in, r, err, "moving %s out of the container", inside) : 0;
}
