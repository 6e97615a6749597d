// SPDX-License-Identifier: GPL-2.0-only
/* Networks: the handles on network namespaces, and how lines of the journal are undone. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rt_net.h"
#include "sw_fd.h"

#define UMOUNT_NOFOLLOW_FLAG 8 /* linux/fs.h, 2.6.34 */

/* ---- pins ------------------------------------------------------------------------------------ */

static void pin_path(const struct rt_dir *d, const char *file, char out[96])
{
	snprintf(out, 96, "/proc/self/fd/%d/%s", d->fd, file);
}

/* A namespace's file mounted on a file keeps it, as ip-netns(8) does since 3.0. */
static int pin(const struct rt_dir *d, const char *file, const char *source, struct sw_error *err)
{
	char target[96];
	int fd, r = rt_journal_add(d, "pin %s", file);

	if (r)
		return sw_error(err, r, NULL, "journal: %s", sw_errno_text(r));
	fd = openat(d->fd, file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return sw_error(err, errno, NULL, "%s in the state directory: %s", file,
				sw_errno_text(errno));
	close(fd);
	pin_path(d, file, target);
	r = sys_mount(source, target, NULL, MS_BIND, NULL);
	return r ? sw_error(err, r, NULL, "mounting %s on %s in the state directory: %s", source,
			    file, sw_errno_text(r))
		 : 0;
}

static bool has_phys(const struct rt_spec *spec)
{
	for (size_t i = 0; i < spec->net_count; i++)
		if (spec->nets[i].type == RT_NET_PHYS)
			return true;
	return false;
}

int rt_step_net_pin(struct rt_ctx *ctx, const struct rt_step *step, struct sw_error *err)
{
	char source[64];
	int r;

	(void)step;
	snprintf(source, sizeof(source), "/proc/%d/ns/net", (int)ctx->init);
	r = pin(&ctx->dir, RT_PIN_INSIDE, source, err);
	/* Who may make devices but not mount leaves the clearing to the kernel, a little later. */
	if (r == -EPERM && !has_phys(ctx->spec))
		return 0;
	/* Whoever cleans up may live in another namespace than this one. */
	if (!r && has_phys(ctx->spec))
		r = pin(&ctx->dir, RT_PIN_OUTSIDE, "/proc/self/ns/net", err);
	return r;
}

int rt_net_pin_open(const struct rt_dir *d, const char *file)
{
	int fd __sw_fd = openat(d->fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, dir;

	if (fd < 0)
		return -errno;
	/* Not mounted, or mounted where we cannot see it: the empty file below. */
	if (fstat(fd, &st) || fstat(d->fd, &dir) || st.st_dev == dir.st_dev)
		return -ENOENT;
	return sw_take_fd(&fd);
}

struct doomed {
	int index[64];
	size_t count;
};

static int note_doomed(const struct nlmsghdr *msg, void *arg)
{
	struct doomed *d = arg;
	struct sw_nl_link link;

	/* What has no kind is hardware, or lo. */
	if (!sw_nl_link_parse(msg, &link) && link.kind[0] && d->count < ARRAY_SIZE(d->index))
		d->index[d->count++] = link.index;
	return 0;
}

/*
 * The kernel would do this too, once the last process and descriptor are gone, in a worker of its
 * own; the next run of this container may come sooner. What fails is left to the kernel.
 */
static void clear_namespace(int ns)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	bool progress = !sw_nl_open_in(&nl, NETLINK_ROUTE, ns);

	while (progress) {
		struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
		struct doomed d = { .count = 0 };
		struct sw_nl_msg m;

		sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
		if (sw_nl_dump(&nl, &m, note_doomed, &d))
			return;
		progress = false;
		for (size_t i = 0; i < d.count; i++)
			progress |= !sw_nl_link_delete(&nl, d.index[i]);
	}
}

struct inhabitants {
	struct sw_nl nl;
	char name[16]; /* of one that should be home by now */
};

static int note_inhabitant(const char *first, const char *rest, void *arg)
{
	struct inhabitants *in = arg;
	struct sw_nl_link link;

	if (!sw_nl_link_find(&in->nl, atoi(rest), NULL, &link))
		snprintf(in->name, sizeof(in->name), "%s", first);
	return 0;
}

/* Undone before this, each device that was moved in is home; if one is not, nothing may be lost. */
static int check_empty(const struct rt_dir *d, int ns, struct sw_error *err)
{
	struct inhabitants in = { .nl = SW_NL_INIT };

	if (sw_nl_open_in(&in.nl, NETLINK_ROUTE, ns))
		return 0;
	rt_journal_each(d, "physin", note_inhabitant, &in);
	sw_nl_close(&in.nl);
	return in.name[0] ? sw_error(err, EBUSY, "undo",
				     "%s is still in the container's network namespace", in.name)
			  : 0;
}

static int undo_pin(const struct rt_dir *d, const char *file, struct sw_error *err)
{
	int ns = rt_net_pin_open(d, file), r = 0;
	char path[96];

	if (ns >= 0 && !strcmp(file, RT_PIN_INSIDE)) {
		r = check_empty(d, ns, err);
		if (!r)
			clear_namespace(ns);
	}
	if (ns >= 0)
		close(ns);
	if (r)
		return r;
	pin_path(d, file, path);
	if (ns >= 0 && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW_FLAG))
		return sw_error(err, errno, "undo", "unmounting %s of the state directory: %s",
				file, sw_errno_text(errno));
	if (unlinkat(d->fd, file, 0) && errno != ENOENT)
		return sw_error(err, errno, "undo", "removing %s of the state directory: %s", file,
				sw_errno_text(errno));
	return 0;
}

/* ---- a device that was moved ----------------------------------------------------------------- */

struct moved {
	char name[16]; /* on the host */
	char inside[16];
	unsigned char mac[6];
	bool has_mac;
	unsigned int mtu;
	int index; /* inside; 0: not known */
};

static int note_index(const char *first, const char *rest, void *arg)
{
	struct moved *m = arg;

	if (!strcmp(first, m->name))
		m->index = atoi(rest);
	return 0;
}

/* "NAME MAC MTU INSIDE" */
static bool parse_moved(const struct rt_dir *d, const char *first, const char *rest,
			struct moved *m)
{
	char mac[18];

	memset(m, 0, sizeof(*m));
	if (sscanf(rest, "%17s %u %15s", mac, &m->mtu, m->inside) != 3 || strlen(first) > 15)
		return false;
	strcpy(m->name, first);
	m->has_mac = !rt_net_mac_parse(mac, m->mac);
	rt_journal_each(d, "physin", note_index, m);
	return true;
}

static bool has_mac(const struct sw_nl_link *link, const unsigned char mac[6])
{
	return link->has_mac && !memcmp(mac, link->mac, sizeof(link->mac));
}

static bool same_mac(const struct moved *m, const struct sw_nl_link *link)
{
	return m->has_mac && has_mac(link, m->mac);
}

/* In the container: by its number, which only we could change; before that was noted, by its name.
 */
static int find_inside(struct sw_nl *nl, const struct moved *m, struct sw_nl_link *link)
{
	int r = sw_nl_link_find(nl, m->index, m->inside, link);

	return r || m->index || !m->has_mac || same_mac(m, link) ? r : -ENODEV;
}

/* As it was: address and MTU as well. */
static void restore(struct sw_nl *out, const struct moved *m, const struct sw_nl_link *link)
{
	struct sw_nl_change was = { 0 };

	if (m->has_mac && !same_mac(m, link))
		was.mac = m->mac;
	if (link->mtu != m->mtu)
		was.mtu = m->mtu;
	if (was.mac || was.mtu)
		sw_nl_link_change(out, link->index, &was);
}

struct strayed {
	const struct moved *m;
	struct sw_nl_link link;
	bool found;
};

static int match_strayed(const struct nlmsghdr *msg, void *arg)
{
	struct strayed *s = arg;
	struct sw_nl_link link;

	if (sw_nl_link_parse(msg, &link) || !same_mac(s->m, &link))
		return 0;
	s->link = link;
	s->found = true;
	/* One that has its name is home, and not to be touched, whatever else has the address. */
	return !strcmp(link.name, s->m->name);
}

/*
 * Here, but not under its name: as where the namespace is gone, and the kernel has given back
 * hardware under the name it had inside.
 */
static void rename_strayed(struct sw_nl *out, const struct moved *m)
{
	const struct sw_nl_change back = { .name = m->name }, down = { .up = -1 };
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct strayed s = { .m = m };
	struct sw_nl_msg msg;

	sw_nl_begin(&msg, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	if (!m->has_mac || sw_nl_dump(out, &msg, match_strayed, &s) || !s.found ||
	    !strcmp(s.link.name, m->name))
		return;
	sw_nl_link_change(out, s.link.index, &down);
	sw_nl_link_change(out, s.link.index, &back);
	restore(out, m, &s.link);
}

static int undo_phys(const struct rt_dir *d, const char *first, const char *rest,
		     struct sw_error *err)
{
	struct sw_nl in __sw_nl = SW_NL_INIT, out __sw_nl = SW_NL_INIT;
	int inside __sw_fd = rt_net_pin_open(d, RT_PIN_INSIDE);
	int outside __sw_fd = rt_net_pin_open(d, RT_PIN_OUTSIDE);
	struct sw_nl_change move = { 0 };
	struct sw_nl_link link;
	struct moved m;
	int r;

	if (!parse_moved(d, first, rest, &m))
		return sw_error(err, EBADMSG, "undo", "the journal is damaged: phys %s %s", first,
				rest);
	if (outside < 0)
		outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r = outside < 0 ? -errno : sw_nl_open_in(&out, NETLINK_ROUTE, outside);
	if (r)
		return sw_error(err, r, "undo", "bringing %s back: %s", m.name, sw_errno_text(r));
	if (inside < 0 || sw_nl_open_in(&in, NETLINK_ROUTE, inside) ||
	    find_inside(&in, &m, &link)) {
		rename_strayed(&out, &m);
		return 0;
	}
	/* In there first, so that whoever finds it outside finds it as it was, also if we die here.
	 */
	sw_nl_link_change(&in, link.index, &(struct sw_nl_change){ .up = -1 });
	restore(&in, &m, &link);
	move.name = m.name;
	move.ns_fd = outside;
	r = sw_nl_link_change(&in, link.index, &move);
	if (r == -EEXIST) {
		/*
		 * Somebody else has its name by now. Kernels move first and rename then, so that it
		 * may be here already, under the name it had inside; else as the kernel itself
		 * would call it.
		 */
		move.name = "dev%d";
		if (!sw_nl_link_find(&in, link.index, NULL, &link))
			r = sw_nl_link_change(&in, link.index, &move);
		else
			r = 0;
		return r ? sw_error(err, r, "undo", "bringing %s back: %s", m.name,
				    sw_errno_text(r))
			 : 0;
	}
	if (r)
		return sw_error(err, r, "undo", "bringing %s back: %s", m.name, sw_errno_text(r));
	return 0;
}

/* ---- the rest -------------------------------------------------------------------------------- */

struct pair_end {
	unsigned char mac[6];
	int index;
};

static int match_pair(const struct nlmsghdr *msg, void *arg)
{
	struct pair_end *p = arg;
	struct sw_nl_link link;

	if (!sw_nl_link_parse(msg, &link) && !strcmp(link.kind, "veth") && link.has_mac &&
	    !memcmp(link.mac, p->mac, sizeof(p->mac)))
		p->index = link.index;
	return p->index != 0;
}

/* By its address, which is ours alone: the name may be somebody else's by now. */
static int undo_veth(const char *mac, const char *name, struct sw_error *err)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct pair_end p = { .index = 0 };
	struct sw_nl_link link;
	struct sw_nl_msg m;
	int r;

	if (rt_net_mac_parse(mac, p.mac))
		return sw_error(err, EBADMSG, "undo", "the journal is damaged: veth %s", mac);
	r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (!r && !sw_nl_link_find(&nl, 0, name, &link) && link.has_mac &&
	    !memcmp(link.mac, p.mac, sizeof(p.mac))) {
		p.index = link.index;
	} else if (!r) {
		sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
		r = sw_nl_dump(&nl, &m, match_pair, &p);
	}
	if (!r && p.index)
		r = sw_nl_link_delete(&nl, p.index);
	return r && r != -ENODEV ? sw_error(err, r, "undo", "removing the veth pair of %s: %s",
					    name, sw_errno_text(r))
				 : 0;
}

/* A macvlan in passthru mode gives its address to its link, and before 4.17 leaves it there. */
static int undo_mac(const char *device, const char *text)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_change was = { 0 };
	struct sw_nl_link link;
	unsigned char mac[6];

	if (rt_net_mac_parse(text, mac) || sw_nl_open(&nl, NETLINK_ROUTE) ||
	    sw_nl_link_find(&nl, 0, device, &link) || has_mac(&link, mac))
		return 0;
	was.mac = mac;
	sw_nl_link_change(&nl, link.index, &was);
	return 0;
}

/* A neighbour proxy on a device of the host's, or a route by it. */
static int undo_answer(bool proxy, const char *device, const char *address, struct sw_error *err)
{
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	int family = strchr(address, ':') ? AF_INET6 : AF_INET, r;
	unsigned char bytes[16];
	struct sw_nl_link link;

	if (inet_pton(family, address, bytes) != 1)
		return sw_error(err, EBADMSG, "undo", "the journal is damaged: %s", address);
	r = sw_nl_open(&nl, NETLINK_ROUTE);
	if (!r && !sw_nl_link_find(&nl, 0, device, &link))
		r = proxy ? sw_nl_proxy(&nl, false, link.index, family, bytes)
			  : sw_nl_route_del(&nl, link.index, family, bytes, family == AF_INET ? 32 : 128);
	return r && r != -ENOENT && r != -ESRCH
		       ? sw_error(err, r, "undo", "answering for %s on %s no longer: %s", address,
				  device, sw_errno_text(r))
		       : 0;
}

/*
 * "TYPE LINK PEER VERSION SCRIPT". A script that fails keeps nothing alive: it is run once, at the
 * end.
 */
static int undo_script(const struct rt_dir *d, const char *type, const char *rest)
{
	const char *container = strchr(d->entry, '-');
	char link[16], peer[16];
	struct rt_net_event down = { .hook = "down",
				     .type = type,
				     .container = container ? container + 1 : "" };
	struct sw_error ignored = { 0 };
	char **env;
	int at = 0;

	if (sscanf(rest, "%15s %15s %d %n", link, peer, &down.version, &at) < 3 || !at)
		return 0;
	env = rt_hooks_saved_env(d);
	down.env = env;
	down.link = strcmp(link, "-") ? link : NULL;
	down.peer = strcmp(peer, "-") ? peer : NULL;
	down.script = rest + at;
	rt_net_script(&down, &ignored);
	for (char **e = env; e && *e; e++)
		free(*e);
	free(env);
	return 0;
}

struct link_call {
	void (*fn)(const char *device, void *arg);
	void *arg;
};

static int call_link(const char *mac, const char *name, void *arg)
{
	const struct link_call *call = arg;

	(void)mac;
	call->fn(name, call->arg);
	return 0;
}

int rt_links(const char *lxcpath, const char *name, void (*fn)(const char *device, void *arg),
	     void *arg)
{
	struct rt_dir d __rt_dir = RT_DIR_INIT;
	struct link_call call = { fn, arg };
	struct sw_error unwanted = { 0 };
	int r = rt_dir_open(&d, lxcpath, name, false, &unwanted);

	return r ? r : rt_journal_each(&d, "veth", call_link, &call);
}

bool rt_net_undo(const struct rt_dir *d, const char *verb, const char *first, const char *rest,
		 struct sw_error *err, int *ret)
{
	if (!strcmp(verb, "veth"))
		*ret = undo_veth(first, rest, err);
	else if (!strcmp(verb, "phys"))
		*ret = undo_phys(d, first, rest, err);
	else if (!strcmp(verb, "pin"))
		*ret = undo_pin(d, first, err);
	else if (!strcmp(verb, "proxy"))
		*ret = undo_answer(true, first, rest, err);
	else if (!strcmp(verb, "route"))
		*ret = undo_answer(false, first, rest, err);
	else if (!strcmp(verb, "mac"))
		*ret = undo_mac(first, rest);
	else if (!strcmp(verb, "netdown"))
		*ret = undo_script(d, first, rest);
	else
		return false;
	return true;
}
