// SPDX-License-Identifier: GPL-2.0-only
/* The tables against each other, and the pure parsers of the probe. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "feature.h"
#include "features/cgroup_try.h"
#include "modules.h"
#include "profiles/profile.h"
#include "report.h"
#include "sw_netlink.h"
#include "unit.h"

UNIT(probe_rows_are_whole)
{
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];
			bool ended = false;

			unit_check(feature_find(f->id) == f, __FILE__, __LINE__, "%s: twice", f->id);
			unit_check(!strcmp(f->area, (*a)->name), __FILE__, __LINE__, "%s: area %s in table %s",
				   f->id, f->area, (*a)->name);
			unit_check(f->title && f->commit, __FILE__, __LINE__, "%s: no title or source", f->id);
			unit_check(strlen(f->id) <= 28 && strlen(f->title) <= 44, __FILE__, __LINE__,
				   "%s: too long for the report", f->id);
			unit_check(!f->probe || (f->risk != RISK_NONE) == (f->cleanup != NULL), __FILE__,
				   __LINE__, "%s: what others can see needs a cleanup", f->id);
			for (size_t k = 0; k < 4; k++) {
				const struct feature_kconfig *c = &f->kconfig[k];

				ended |= !c->expr && !c->since;
				unit_check(ended || !c->until || c->since < c->until, __FILE__, __LINE__,
					   "%s: range %zu is empty", f->id, k);
				unit_check(ended || !k || c->since == f->kconfig[k - 1].until, __FILE__, __LINE__,
					   "%s: a gap before range %zu", f->id, k);
			}
		}
}

static bool exists(const char *id, void *arg)
{
	size_t *count = arg;

	(*count)++;
	unit_check(feature_find(id) != NULL, __FILE__, __LINE__, "a profile names %s", id);
	return true;
}

UNIT(probe_profiles_name_features)
{
	size_t defaults = 0;

	for (const struct profile *p = profiles; p->id; p++) {
		defaults += p->by_default;
		CHECK(profile_find(p->id) == p);
		for (const struct profile_item *i = p->items; i->features; i++) {
			size_t count = 0;

			if (i->since) {
				CHECK(i->level == LEVEL_MUST && !strncmp(i->features, "linux>=", 7));
				count++;
			} else {
				profile_alternatives(i, exists, &count);
			}
			CHECK(count >= 1);
			unit_check(i->impact && *i->impact, __FILE__, __LINE__, "%s: no impact", i->features);
			unit_check(i->source && *i->source, __FILE__, __LINE__, "%s: no source", i->features);
		}
	}
	CHECK_INT(defaults, 2);
}

static const struct feature fa = { .id = "a" }, fb = { .id = "b" }, fc = { .id = "c" };

UNIT(probe_verdicts)
{
	static const struct profile_item items[] = {
		{ .level = LEVEL_MUST, .features = "a|b", .impact = "x", .source = "s" }, { .level = LEVEL_SHOULD, .features = "c", .impact = "y", .source = "s" },
		{ .level = LEVEL_MAY, .features = "d", .impact = "z", .source = "s" }, { 0 },
	};
	static const struct profile p = { .id = "t", .title = "t", .summary = "t", .items = items };
	static const struct {
		int a, b, c;
		enum verdict verdict;
	} rows[] = {
		{ USABLE_YES, USABLE_NO, USABLE_YES, VERDICT_READY },
		{ USABLE_NO, USABLE_YES, USABLE_YES, VERDICT_READY },
		{ USABLE_UNKNOWN, USABLE_YES, USABLE_YES, VERDICT_READY },
		{ USABLE_NO, USABLE_NO, USABLE_YES, VERDICT_NOT_READY },
		{ USABLE_NO, USABLE_NO, USABLE_UNKNOWN, VERDICT_NOT_READY },
		{ USABLE_NO, USABLE_UNKNOWN, USABLE_YES, VERDICT_UNKNOWN },
		{ USABLE_NO, USABLE_UNKNOWN, USABLE_NO, VERDICT_UNKNOWN },
		{ USABLE_YES, USABLE_NO, USABLE_NO, VERDICT_DEGRADED },
		{ USABLE_YES, USABLE_NO, USABLE_UNKNOWN, VERDICT_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct feature_evidence e[3] = {
			{ .feature = &fa, .usable = rows[i].a }, { .feature = &fb, .usable = rows[i].b },
			{ .feature = &fc, .usable = rows[i].c },
		};
		enum verdict v = profile_judge(&p, e, 3);

		unit_check(v == rows[i].verdict, __FILE__, __LINE__, "row %zu: %s, not %s", i,
			   verdict_name(v), verdict_name(rows[i].verdict));
	}
	CHECK_INT(verdict_status_worse(2, 3), 3);
	CHECK_INT(verdict_status_worse(3, 1), 1);
	CHECK_INT(verdict_status_worse(0, 2), 2);
	CHECK_INT(verdict_status_worse(0, 0), 0);
}

UNIT(probe_reads_cgroup_mounts)
{
	static const char text[] =
		"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
		"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 master:3 - cgroup cgroup rw,memory\n"
		"36 31 0:33 /a\\040b /mnt/c\\134d\\011e rw - cgroup x rw,cpu,cpuacct\n"
		"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
		"42 31 0:39 / /broken rw\n"
		"43";
	struct cg_mount m[8];

	CHECK_INT(cg_parse_mounts(text, m, 8), 3);
	CHECK_INT(m[0].version, 1);
	CHECK_STR(m[0].path, "/sys/fs/cgroup/memory");
	CHECK(cg_word_in(m[0].controllers, "memory"));
	CHECK(!cg_word_in(m[0].controllers, "mem"));
	CHECK_STR(m[1].root, "/a b");
	CHECK_STR(m[1].path, "/mnt/c\\d\te");
	CHECK(cg_word_in(m[1].controllers, "cpu") && cg_word_in(m[1].controllers, "cpuacct"));
	CHECK_INT(m[2].version, 2);
	/* More than fit are counted, not written. */
	CHECK_INT(cg_parse_mounts(text, m, 1), 3);
	CHECK_INT(cg_parse_mounts("", m, 8), 0);
}

UNIT(probe_reads_the_kernel_command_line)
{
	CHECK(cmdline_lists("ro cgroup_disable=memory quiet", "cgroup_disable=", "memory", false));
	CHECK(cmdline_lists("cgroup_disable=cpu,memory", "cgroup_disable=", "memory", false));
	CHECK(cmdline_lists("cgroup_disable=cpu cgroup_disable=memory\n", "cgroup_disable=", "memory", false));
	CHECK(!cmdline_lists("xcgroup_disable=memory", "cgroup_disable=", "memory", false));
	CHECK(!cmdline_lists("cgroup_disable=memoryx", "cgroup_disable=", "memory", false));
	CHECK(!cmdline_lists("cgroup_disable=", "cgroup_disable=", "memory", false));
	CHECK(cmdline_lists("cgroup_no_v1=all", "cgroup_no_v1=", "memory", true));
	CHECK(!cmdline_lists("cgroup_no_v1=all", "cgroup_no_v1=", "memory", false));
}

UNIT(probe_knows_module_files)
{
	CHECK(module_is_file("veth.ko", "veth"));
	CHECK(module_is_file("veth.ko.xz", "veth"));
	CHECK(module_is_file("veth.ko.zst", "veth"));
	CHECK(module_is_file("cls-cgroup.ko.gz", "cls_cgroup"));
	CHECK(!module_is_file("veth.ko.bz2", "veth"));
	CHECK(!module_is_file("veth2.ko", "veth"));
	CHECK(!module_is_file("vet.ko", "veth"));
	CHECK(!module_is_file("veth", "veth"));
	CHECK(module_same_name("snd-hda-intel", "snd_hda_intel"));
	CHECK(!module_same_name("snd", "snd_hda"));
}

UNIT(netlink_messages_nest_and_do_not_overflow)
{
	struct ifinfomsg ifi = { .ifi_index = 7, .ifi_flags = 1 };
	struct sw_nl_link link;
	struct sw_nl_msg m;
	static char big[5000];
	size_t at, len;
	const void *attrs;

	sw_nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE, &ifi, sizeof(ifi));
	sw_nl_put_str(&m, IFLA_IFNAME, "veth0");
	sw_nl_put_u32(&m, IFLA_MTU, 1500);
	at = sw_nl_nest(&m, IFLA_LINKINFO);
	sw_nl_put_str(&m, IFLA_INFO_KIND, "veth");
	sw_nl_nest_end(&m, at);
	sw_nl_put_u8(&m, IFLA_OPERSTATE, 6);
	CHECK(!m.overflow);
	CHECK_INT(m.hdr.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE);
	CHECK_INT(sw_nl_link_parse(&m.hdr, &link), 0);
	CHECK_INT(link.index, 7);
	CHECK_STR(link.name, "veth0");
	CHECK_STR(link.kind, "veth");
	attrs = sw_nl_attrs(&m.hdr, sizeof(ifi), &len);
	CHECK(sw_nl_find(attrs, len, IFLA_OPERSTATE) != NULL);
	CHECK(sw_nl_find(attrs, len, IFLA_MASTER) == NULL);
	/* A length that lies does not lead outside. */
	((struct nlattr *)(m.bytes + NLMSG_HDRLEN + sizeof(ifi)))->nla_len = 60000;
	CHECK(sw_nl_find(attrs, len, IFLA_OPERSTATE) == NULL);
	((struct nlattr *)(m.bytes + NLMSG_HDRLEN + sizeof(ifi)))->nla_len = 0;
	CHECK(sw_nl_find(attrs, len, IFLA_OPERSTATE) == NULL);
	m.hdr.nlmsg_len = 20;
	CHECK_INT(sw_nl_link_parse(&m.hdr, &link), -EBADMSG);

	sw_nl_begin(&m, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	sw_nl_put(&m, IFLA_ADDRESS, big, sizeof(big));
	CHECK(m.overflow);
	struct sw_nl nl = SW_NL_INIT;
	CHECK_INT(sw_nl_ack(&nl, &m), -EMSGSIZE);
}

UNIT(probe_wraps_text)
{
	struct report_style s = { .width = 20 };
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	report_wrap(&b, &s, 2, 4, "one two three four five sixteen-letters-x");
	CHECK_STR(sw_buf_str(&b), "  one two three four\n    five\n    sixteen-letters-x\n");
}
