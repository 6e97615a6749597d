// SPDX-License-Identifier: GPL-2.0-only
/*
 * netstat: the sockets, routes and devices of a container, as netstat(8) prints them. LXC 0.8 runs
 * netstat with the container's /proc/net mounted over its own; here the same files are read, of
 * init, whose network they are about, and no program is needed.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_netlink.h"

#define PROC_NET_MAX (64 << 20)

/* ---- who has a socket: its inode's number, and a process that has it open -------------------- */

struct owner {
	unsigned long inode;
	char who[40];
};
struct owners {
	struct owner *list;
	size_t count, cap;
};

static int by_inode(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static void note_socket(struct owners *o, unsigned long inode, const char *pid, const char *name)
{
	if (o->count == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 256;
		struct owner *more = realloc(o->list, cap * sizeof(*more));

		if (!more)
			return;
		o->list = more;
		o->cap = cap;
	}
	o->list[o->count].inode = inode;
	snprintf(o->list[o->count++].who, sizeof(o->list->who), "%.10s/%.25s", pid, name);
}

static void note_process(struct owners *o, int proc, const char *pid, ino_t netns)
{
	char path[64], link[64], name[32] = "?";
	struct dirent *e;
	struct stat st;
	DIR *fds;
	int fd;

	snprintf(path, sizeof(path), "%.20s/ns/net", pid);
	if (fstatat(proc, path, &st, 0) || st.st_ino != netns)
		return;
	snprintf(path, sizeof(path), "%.20s/comm", pid);
	sw_read_line(proc, path, name, sizeof(name));
	snprintf(path, sizeof(path), "%.20s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = fd < 0 ? NULL : fdopendir(fd);
	if (!fds && fd >= 0)
		close(fd);
	while (fds && (e = readdir(fds))) {
		ssize_t n = readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1);
		unsigned long inode;

		link[n > 0 ? n : 0] = 0;
		if (sscanf(link, "socket:[%lu]", &inode) == 1)
			note_socket(o, inode, pid, name);
	}
	if (fds)
		closedir(fds);
}

/* Processes of the same network namespace: nobody else is likely to have its sockets. */
static void find_owners(struct owners *o, pid_t init)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)init);
	if (proc && !stat(path, &st))
		while ((e = readdir(proc)))
			if (isdigit((unsigned char)e->d_name[0]))
				note_process(o, dirfd(proc), e->d_name, st.st_ino);
	if (proc)
		closedir(proc);
	if (o->count)
		qsort(o->list, o->count, sizeof(*o->list), by_inode);
}

static const char *owner_of(const struct owners *o, unsigned long inode)
{
	struct owner key = { .inode = inode };
	const struct owner *found =
		o->count && inode ? bsearch(&key, o->list, o->count, sizeof(key), by_inode) : NULL;

	return found ? found->who : "-";
}

/* ---- files of /proc/PID/net ------------------------------------------------------------------ */

struct view {
	const struct cmd *c;
	pid_t init;
	struct owners owners;
	bool tcp, udp, raw, local;
};

/* Call fn for each line after the first @skip. A protocol that the kernel lacks has no file. */
static int each_line(const struct view *v, const char *file, int skip,
		     void (*fn)(const struct view *, char *))
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char path[64], *save = NULL;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)v->init, file);
	r = sw_read_file(AT_FDCWD, path, &text, PROC_NET_MAX);
	if (r == -ENOENT)
		return 0;
	if (r)
		return cmd_fail(v->c, "reading %s: %s", path, sw_errno_text(r));
	for (char *l = text.data ? strtok_r(text.data, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save))
		if (skip-- <= 0)
			fn(v, l);
	return 0;
}

/* "0100007F:0016" or four such words: an address in the machine's order of bytes, and a port. */
static bool address(const char *hex, char *out, size_t size, unsigned int *ret_port)
{
	size_t digits = strcspn(hex, ":");
	unsigned int word[4] = { 0 };
	char text[INET6_ADDRSTRLEN];

	if ((digits != 8 && digits != 32) || sscanf(hex + digits, ":%x", ret_port) != 1)
		return false;
	for (size_t i = 0; i < digits / 8; i++)
		if (sscanf(hex + 8 * i, "%8x", &word[i]) != 1)
			return false;
	inet_ntop(digits == 8 ? AF_INET : AF_INET6, word, text, sizeof(text));
	if (*ret_port)
		snprintf(out, size, "%s:%u", text, *ret_port);
	else
		snprintf(out, size, "%s:*", text);
	return true;
}

static const char *tcp_state(unsigned int st)
{
	static const char *const names[] = {
		/* include/net/tcp_states.h */
		"",	     "ESTABLISHED", "SYN_SENT", "SYN_RECV",   "FIN_WAIT1",
		"FIN_WAIT2", "TIME_WAIT",   "CLOSE",	"CLOSE_WAIT", "LAST_ACK",
		"LISTEN",    "CLOSING",	    "SYN_RECV",
	};

	return st < sizeof(names) / sizeof(*names) ? names[st] : "UNKNOWN";
}

static void print_inet(const struct view *v, const char *proto, char *line)
{
	unsigned int st, tx, rx, local_port, remote_port;
	char local[80], remote[80], here[80], there[80];
	bool tcp = proto[0] == 't', listening;
	unsigned long inode;

	if (sscanf(line, " %*[^:]: %79s %79s %x %x:%x %*x:%*x %*x %*u %*u %lu", here, there, &st,
		   &tx, &rx, &inode) != 6 ||
	    !address(here, local, sizeof(local), &local_port) ||
	    !address(there, remote, sizeof(remote), &remote_port))
		return;
	listening = tcp ? st == 10 : st == 7 && !remote_port;
	if (v->c->net.listening ? !listening : listening && !v->c->net.all)
		return;
	printf("%-5s %6u %6u %-23s %-23s %-12s", proto, rx, tx, local, remote,
	       tcp		 ? tcp_state(st)
	       : st == 1	 ? "ESTABLISHED"
	       : proto[0] == 'r' ? "7"
				 : "");
	if (v->c->net.programs)
		printf("%s", owner_of(&v->owners, inode));
	putchar('\n');
}

#define INET(proto)                                                                                \
	static void print_##proto(const struct view *v, char *line)                                \
	{                                                                                          \
		print_inet(v, #proto, line);                                                       \
	}
INET(tcp)
INET(tcp6) INET(udp) INET(udp6) INET(raw) INET(raw6)

	static void print_unix(const struct view *v, char *line)
{
	static const char *const types[] = { "", "STREAM", "DGRAM", "RAW", "RDM", "SEQPACKET" };
	static const char *const states[] = { "FREE", "", "CONNECTING", "CONNECTED",
					      "DISCONNECTING" };
	unsigned int refs, flags, type, st;
	unsigned long inode;
	bool listening;
	int at = 0;

	if (sscanf(line, "%*[^:]: %x %*x %x %x %x %lu %n", &refs, &flags, &type, &st, &inode, &at) <
	    5)
		return;
	listening = flags & 0x10000; /* __SO_ACCEPTCON */
	/* What listens or is not connected is a server to netstat. */
	if (v->c->net.listening ? !listening : (listening || st == 1) && !v->c->net.all)
		return;
	printf("%-5s %-6u %-11s %-10s %-13s %-8lu ", "unix", refs, listening ? "[ ACC ]" : "[ ]",
	       type < 6 ? types[type] : "?",
	       listening ? "LISTENING"
	       : st < 5	 ? states[st]
			 : "?",
	       inode);
	if (v->c->net.programs)
		printf("%-20s ", owner_of(&v->owners, inode));
	printf("%s\n", at ? line + at : "");
}

static void print_route(const struct view *v, char *line)
{
	unsigned int dst, gw, flags, mask, mtu, window, irtt;
	char device[IF_NAMESIZE], text[3][INET_ADDRSTRLEN], words[8] = "";

	(void)v;
	if (sscanf(line, "%15s %x %x %x %*d %*d %*d %x %u %u %u", device, &dst, &gw, &flags, &mask,
		   &mtu, &window, &irtt) != 8)
		return;
	inet_ntop(AF_INET, &dst, text[0], sizeof(text[0]));
	inet_ntop(AF_INET, &gw, text[1], sizeof(text[1]));
	inet_ntop(AF_INET, &mask, text[2], sizeof(text[2]));
	/* RTF_UP, RTF_REJECT, RTF_GATEWAY, RTF_HOST of linux/route.h */
	snprintf(words, sizeof(words), "%s%s%s%s", flags & 1 ? "U" : "", flags & 0x200 ? "!" : "",
		 flags & 2 ? "G" : "", flags & 4 ? "H" : "");
	printf("%-15s %-15s %-15s %-6s %5u %-5u %6u %s\n", text[0], text[1], text[2], words, mtu,
	       window, irtt, device);
}

/* ---- devices: counters from /proc, the rest by netlink in there ------------------------------ */

static void print_device(const struct view *v, char *line)
{
	unsigned long long n[16];
	char path[64], device[IF_NAMESIZE], words[8] = "";
	struct sw_nl nl __sw_nl = SW_NL_INIT;
	struct sw_nl_link link = { 0 };
	int ns __sw_fd = -1;

	if (sscanf(line, " %15[^:]: %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu",
		   device, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9],
		   &n[10], &n[11]) != 13 ||
	    sscanf(strrchr(line, ':') + 1, "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu",
		   &n[12]) != 1)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)v->init);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || sw_nl_open_in(&nl, NETLINK_ROUTE, ns) || sw_nl_link_get(&nl, device, &link))
		return;
	if (!(link.flags & IFF_UP) && !v->c->net.all)
		return;
	snprintf(words, sizeof(words), "%s%s%s%s%s", link.flags & IFF_BROADCAST ? "B" : "",
		 link.flags & IFF_LOOPBACK ? "L" : "", link.flags & IFF_MULTICAST ? "M" : "",
		 link.flags & IFF_RUNNING ? "R" : "", link.flags & IFF_UP ? "U" : "");
	printf("%-9s %5u %8llu %6llu %6llu %6llu %8llu %6llu %6llu %6llu %s\n", device, link.mtu,
	       n[1], n[2], n[3], n[4], n[9], n[10], n[11], n[12], words);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int print_sockets(const struct view *v)
{
	static const struct {
		size_t wanted;
		const char *file;
		void (*fn)(const struct view *, char *);
	} inet[] = {
		{ offsetof(struct view, tcp), "tcp", print_tcp },
		{ offsetof(struct view, tcp), "tcp6", print_tcp6 },
		{ offsetof(struct view, udp), "udp", print_udp },
		{ offsetof(struct view, udp), "udp6", print_udp6 },
		{ offsetof(struct view, raw), "raw", print_raw },
		{ offsetof(struct view, raw), "raw6", print_raw6 },
	};
	const char *which = v->c->net.listening ? "only servers"
			    : v->c->net.all	? "servers and established"
						: "w/o servers";
	int end = 0;

	if (v->tcp || v->udp || v->raw)
		printf("Active Internet connections (%s)\nProto Recv-Q Send-Q Local Address        "
		       "   "
		       "Foreign Address         State       %s\n",
		       which, v->c->net.programs ? "PID/Program name" : "");
	for (size_t i = 0; !end && i < sizeof(inet) / sizeof(*inet); i++)
		if (*(const bool *)((const char *)v + inet[i].wanted))
			end = each_line(v, inet[i].file, 1, inet[i].fn);
	if (end || !v->local)
		return end;
	printf("Active UNIX domain sockets (%s)\nProto RefCnt Flags       Type       State         "
	       "I-Node   %sPath\n",
	       which, v->c->net.programs ? "PID/Program name     " : "");
	return each_line(v, "unix", 1, print_unix);
}

/* Options after the name: netstat's own spelling, several letters in a word. */
static int later_option(struct cmd *c, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct opt *o = c->verb->options;
		bool whole = word[1] == '-';

		while (o->name && (o->kind != OPT_FLAG ||
				   (whole ? strcmp(o->name, word + 2) : o->letter != *p)))
			o++;
		if (!o->name)
			return cmd_usage(c, "there is no option '%s'", word);
		*(bool *)((char *)c + o->offset) = true;
		if (whole)
			break;
	}
	return 0;
}

static int take_arguments(struct cmd *c)
{
	c->name = c->orig;
	for (int i = 0; i < c->rest_count; i++) {
		const char *word = c->rest[i];
		int end = 0;

		if (!strcmp(word, "--"))
			continue;
		if (word[0] == '-' && word[1])
			end = later_option(c, word);
		else if (c->name)
			end = cmd_usage(c, "one name is enough: '%s' is one too many", word);
		else
			c->name = word;
		if (end)
			return end;
	}
	return c->name ? 0 : cmd_usage(c, "the name of the container is missing");
}

int verb_netstat(struct cmd *c)
{
	struct rt_status st;
	struct sw_error err = { 0 };
	struct view v = { .c = c };
	int end = take_arguments(c);

	if (end)
		return end;
	if (rt_name_check(c->name, &err) || rt_status(c->lxcpath, c->name, &st, &err))
		return cmd_error(c, &err);
	if (st.init_pid <= 0)
		return cmd_fail(c, "container '%s' does not run", c->name);
	v.init = st.init_pid;
	v.tcp = c->net.tcp;
	v.udp = c->net.udp;
	v.raw = c->net.raw;
	v.local = c->net.local;
	if (c->net.programs)
		find_owners(&v.owners, v.init);
	if (c->net.route) {
		printf("Kernel IP routing table\n%-15s %-15s %-15s %-6s %5s %-5s %6s %s\n",
		       "Destination", "Gateway", "Genmask", "Flags", "MSS", "Window", "irtt",
		       "Iface");
		end = each_line(&v, "route", 1, print_route);
	} else if (c->net.interfaces) {
		printf("Kernel Interface table\nIface       MTU    RX-OK RX-ERR RX-DRP RX-OVR    "
		       "TX-OK TX-ERR "
		       "TX-DRP TX-OVR Flg\n");
		end = each_line(&v, "dev", 2, print_device);
	} else {
		if (!v.tcp && !v.udp && !v.raw && !v.local)
			v.tcp = v.udp = v.raw = v.local = true;
		end = print_sockets(&v);
	}
	free(v.owners.list);
	return end ? end : SW_EXIT_OK;
}
