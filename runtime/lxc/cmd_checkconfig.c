// SPDX-License-Identifier: GPL-2.0-only
/*
 * checkconfig: the layout of lxc-checkconfig, which people and scripts read, with the verdicts of
 * the probe. A row says "enabled" where the feature can be used: configured and, on the running
 * kernel, tried. $CONFIG names a file to judge instead, as with lxc-checkconfig.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "modules.h"
#include "run.h"
#include "sw_exit.h"
#include "sw_fd.h"

struct check {
	const char *label;
	const char *features; /* ids, the first that is usable wins; NULL: see symbol */
	bool mandatory;
	const char *symbol; /* a setting that is no function of its own */
	bool module;	    /* say whether its module is loaded */
	uint32_t until;	    /* a question of kernels before this version; 0: of all */
};

#define ROW(label, features)                                                                       \
	{                                                                                          \
		label, features, false, NULL, false, 0                                             \
	}
#define MUST(label, features)                                                                      \
	{                                                                                          \
		label, features, true, NULL, false, 0                                              \
	}
#define MODULE(label, features)                                                                    \
	{                                                                                          \
		label, features, false, NULL, true, 0                                              \
	}

static const struct check namespaces[] = {
	MUST("Namespaces", "ns.setns|ns.uts|ns.pid|ns.net|ns.ipc"),
	ROW("Utsname namespace", "ns.uts"),
	MUST("Ipc namespace", "ns.ipc"),
	MUST("Pid namespace", "ns.pid"),
	ROW("User namespace", "ns.user"),
	ROW("Network namespace", "ns.net"),
	/* Each mount is an instance of its own since 4.7; the option was for kernels before. */
	{ "Multiple /dev/pts instances", "mount.devpts_newinstance", false, NULL, false,
	  KVER(4, 7) },
	{ 0 },
};
static const struct check groups[] = {
	ROW("Cgroup device", "cgroup.v1.devices|cgroup.v2.devices"),
	ROW("Cgroup sched", "cgroup.v1.cpu|cgroup.v2.cpu"),
	/* cgroup v2 accounts for processor time without a controller (cpu.stat since 4.15). */
	ROW("Cgroup cpu account", "cgroup.v1.cpuacct|cgroup.v2.cpu"),
	ROW("Cgroup memory controller", "cgroup.v1.memory|cgroup.v2.memory"),
	ROW("Cgroup cpuset", "cgroup.v1.cpuset|cgroup.v2.cpuset"),
	ROW("Cgroup freezer", "cgroup.v1.freezer|cgroup.v2.freezer"),
	ROW("Cgroup pids", "cgroup.v1.pids|cgroup.v2.pids"),
	{ 0 },
};
static const struct check misc[] = {
	MODULE("Veth pair device", "net.veth"),
	MODULE("Macvlan", "net.macvlan"),
	MODULE("Vlan", "net.vlan"),
	MODULE("Bridges", "net.bridge"),
	{ "Advanced netfilter", NULL, false, "NETFILTER_ADVANCED", false, 0 },
	MODULE("CONFIG_IP_NF_TARGET_MASQUERADE", "net.xt_masquerade"),
	MODULE("CONFIG_IP6_NF_TARGET_MASQUERADE", "net.xt_masquerade6"),
	MODULE("CONFIG_NETFILTER_XT_TARGET_CHECKSUM", "net.xt_checksum"),
	MODULE("CONFIG_NETFILTER_XT_MATCH_COMMENT", "net.xt_comment"),
	MODULE("FUSE (for use with lxcfs)", "mount.fuse"),
	{ 0 },
};
static const struct check restore[] = {
	ROW("checkpoint restore", "checkpoint.children|checkpoint.map_files"),
	ROW("CONFIG_FHANDLE", "base.fhandle"),
	ROW("CONFIG_EVENTFD", "base.eventfd"),
	ROW("CONFIG_EPOLL", "base.epoll"),
	ROW("CONFIG_UNIX_DIAG", "net.unix_diag"),
	ROW("CONFIG_INET_DIAG", "net.inet_diag"),
	ROW("CONFIG_PACKET_DIAG", "net.packet_diag"),
	ROW("CONFIG_NETLINK_DIAG", "net.netlink_diag"),
	ROW("File capabilities", "security.file_caps"),
	{ 0 },
};
static const struct check cgroups_row = ROW("Cgroups", "cgroup.v1.release_agent|cgroup.v2");
static const struct check cgroup_ns = ROW("Cgroup namespace", "ns.cgroup");

struct tally {
	const struct probe_report *report;
	bool colour;
	int required, unknown;
};

/* ---- one row --------------------------------------------------------------------------------- */

static const struct feature_evidence *evidence_of(const struct probe_report *r, const char *id,
						  size_t n)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strncmp(r->evidence[i].feature->id, id, n) && !r->evidence[i].feature->id[n])
			return &r->evidence[i];
	return NULL;
}

/* The best answer among alternatives; *ret_best is whose it is. */
static int usable_of(const struct probe_report *r, const char *features,
		     const struct feature_evidence **ret_best)
{
	int best = USABLE_NO;

	*ret_best = NULL;
	for (const char *p = features; *p; p += strcspn(p, "|"), p += *p == '|') {
		const struct feature_evidence *e = evidence_of(r, p, strcspn(p, "|"));
		int now = e ? (int)e->usable : USABLE_UNKNOWN;

		if (now == USABLE_YES || (now == USABLE_UNKNOWN && best == USABLE_NO) ||
		    !*ret_best) {
			best = now;
			*ret_best = e;
		}
		if (now == USABLE_YES)
			break;
	}
	return best;
}

static int symbol_of(const struct probe_report *r, const char *symbol)
{
	if (!r->kconfig)
		return USABLE_UNKNOWN;
	if (kconfig_get(r->kconfig, symbol, NULL) != KCONFIG_N)
		return USABLE_YES;
	return kconfig_info(r->kconfig)->complete || kconfig_mentions(r->kconfig, symbol)
		       ? USABLE_NO
		       : USABLE_UNKNOWN;
}

static void print_row(struct tally *t, const struct check *k)
{
	static const char *const colours[] = { "\033[1;32m", "\033[1;33m", "\033[1;31m" };
	const struct feature_evidence *e = NULL;
	const char *word = "enabled";
	int usable, colour = 0;

	if (k->until && t->report->ctx.version && t->report->ctx.version >= k->until)
		return;
	usable = k->features ? usable_of(t->report, k->features, &e)
			     : symbol_of(t->report, k->symbol);
	if (usable == USABLE_NO) {
		word = k->mandatory ? "required" : "missing";
		colour = k->mandatory ? 2 : 1;
		t->required += k->mandatory;
	} else if (usable != USABLE_YES) {
		word = "unknown";
		colour = 1;
		t->unknown += k->mandatory;
	}
	printf("%s: %s%s%s", k->label, t->colour ? colours[colour] : "", word,
	       t->colour ? "\033[0;39m" : "");
	if (k->module && usable == USABLE_YES && t->report->live && e->feature->module &&
	    e->configured == KCONFIG_STATE_MODULE)
		fputs(module_loaded(e->feature->module) ? ", loaded" : ", not loaded", stdout);
	/* Why not, where it is not the configuration's fault: that is what one wants to know. */
	if (usable != USABLE_YES && e && e->finding != FINDING_NONE)
		printf(" (%s)", e->finding_text);
	putchar('\n');
}

static void print_rows(struct tally *t, const struct check *rows)
{
	for (; rows->label; rows++)
		print_row(t, rows);
}

/* ---- what stands beside the rows ------------------------------------------------------------- */

static void print_mounts(const char *type)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char *save = NULL;

	if (sw_read_file(AT_FDCWD, "/proc/self/mounts", &text, 16 * 1024 * 1024) || !text.data)
		return;
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *in = NULL, *where, *kind;

		strtok_r(l, " ", &in);
		where = strtok_r(NULL, " ", &in);
		kind = strtok_r(NULL, " ", &in);
		if (!kind || strcmp(kind, type))
			continue;
		sw_unescape_octal(where, strlen(where), where, strlen(where) + 1);
		printf(" - %s\n", where);
	}
}

/* newuidmap and newgidmap must be set-user-ID root or have file capabilities to be of use. */
static void print_helper(const char *name)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin",
					    "/sbin" };
	char path[128];
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (stat(path, &st))
			continue;
		if (!(st.st_mode & S_ISUID) && !cmd_has_file_caps(path))
			printf("Warning: %s has neither the set-user-ID bit nor file "
			       "capabilities\n",
			       name);
		return;
	}
	printf("%s is not installed\n", name);
}

static void print_namespaces(struct tally *t)
{
	const struct feature_evidence *e;

	puts("--- Namespaces ---");
	for (const struct check *k = namespaces; k->label; k++) {
		print_row(t, k);
		if (!strcmp(k->label, "User namespace") && t->report->live &&
		    usable_of(t->report, k->features, &e) == USABLE_YES) {
			print_helper("newuidmap");
			print_helper("newgidmap");
		}
	}
	putchar('\n');
}

static void print_cgroups(struct tally *t)
{
	puts("--- Control groups ---");
	print_row(t, &cgroups_row);
	print_row(t, &cgroup_ns);
	if (t->report->live) {
		static const struct check clone_children =
			ROW("Cgroup v1 clone_children flag", "cgroup.v1.clone_children");

		puts("Cgroup v1 mount points: ");
		print_mounts("cgroup");
		puts("Cgroup v2 mount points: ");
		print_mounts("cgroup2");
		if (strcmp(t->report->cgroup_layout, "v2"))
			print_row(t, &clone_children);
	}
	print_rows(t, groups);
	putchar('\n');
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void add_ids(char **ids, int *count, char *room, size_t size, size_t *used,
		    const struct check *rows)
{
	for (; rows->label; rows++)
		for (const char *p = rows->features ? rows->features : ""; *p;
		     p += strcspn(p, "|"), p += *p == '|') {
			size_t n = strcspn(p, "|");

			if (*used + n + 1 > size)
				return;
			ids[(*count)++] = memcpy(room + *used, p, n);
			room[*used + n] = 0;
			*used += n + 1;
		}
}

int verb_checkconfig(struct cmd *c)
{
	const struct check singles[] = {
		cgroups_row, cgroup_ns, ROW("", "cgroup.v1.clone_children"), { 0 }
	};
	const struct check *const all[] = { namespaces, groups, misc, restore, singles };
	const char *config = getenv("CONFIG");
	struct probe_options o = { .config = config && *config ? config : NULL };
	struct probe_report report = { 0 };
	struct tally t = { .report = &report, .colour = isatty(STDOUT_FILENO) };
	char room[4096], *ids[128];
	size_t used = 0;
	int r;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		add_ids(ids, &o.glob_count, room, sizeof(room), &used, all[i]);
	o.globs = ids;
	r = probe_run(&o, &report);
	if (r) {
		probe_report_free(&report);
		return c->lxc ? SW_EXIT_FAIL : r;
	}
	printf("LXC version %s (berth)\n", SW_VERSION);
	if (!report.kconfig)
		printf("Kernel configuration not found: %s\nWhat is said is what was tried.\n",
		       report.config_why ? report.config_why : "");
	else if (kconfig_info(report.kconfig)->path)
		printf("Kernel configuration found at %s\n", kconfig_info(report.kconfig)->path);
	putchar('\n');
	print_namespaces(&t);
	print_cgroups(&t);
	puts("--- Misc ---");
	print_rows(&t, misc);
	puts("\n--- Checkpoint/Restore ---");
	print_rows(&t, restore);
	printf("\nNote : Before booting a new kernel, you can check its configuration\n"
	       "usage : CONFIG=/path/to/config %s\n\n",
	       c->prog);
	probe_report_free(&report);
	/* lxc-checkconfig fails only where it finds nothing to judge; we say what was found. */
	if (c->lxc)
		return SW_EXIT_OK;
	return t.required ? SW_EXIT_FAIL : t.unknown ? SW_EXIT_UNKNOWN : SW_EXIT_OK;
}
