// SPDX-License-Identifier: GPL-2.0-only
/* The pure parts of the probes of namespaces and of what should be off. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"
#include "features/namespace.h"
#include "join.h"
#include "unit.h"

#define IDENTITY "         0          0 4294967295\n"

UNIT(ns_map_of_the_initial_namespace)
{
	char map[4096];
	int len = ns_make_map(IDENTITY, 5, map, sizeof(map));

	CHECK_STR(map, "0 1 1\n1 2 1\n2 3 1\n3 4 1\n4 5 1\n");
	CHECK_INT(len, (int)strlen(map));
}

UNIT(ns_map_of_340_lines_fits_a_page)
{
	char map[4096];
	int len = ns_make_map(IDENTITY, 340, map, sizeof(map)), lines = 0;

	CHECK(len > 0 && len < (int)sizeof(map));
	for (const char *p = map; (p = strchr(p, '\n')); p++)
		lines++;
	CHECK_INT(lines, 340);
	CHECK(strstr(map, "\n339 340 1\n") != NULL);
}

UNIT(ns_map_takes_ids_from_several_lines)
{
	char map[256];

	/* What a rootless container has: itself, and a range that it was given. Id 0 is never mapped. */
	CHECK(ns_make_map("0 1000 1\n1 100000 65536\n", 3, map, sizeof(map)) > 0);
	CHECK_STR(map, "0 1 1\n1 2 1\n2 3 1\n");
	CHECK(ns_make_map("0 0 2\n10 500 1\n20 600 5\n", 4, map, sizeof(map)) > 0);
	CHECK_STR(map, "0 1 1\n1 10 1\n2 20 1\n3 21 1\n");
}

UNIT(ns_map_refuses_what_it_cannot_make)
{
	char map[64], little[16];

	CHECK_INT(ns_make_map("0 1000 1\n", 1, map, sizeof(map)), -ERANGE);
	CHECK_INT(ns_make_map("5 1000 4\n", 5, map, sizeof(map)), -ERANGE);
	CHECK_INT(ns_make_map("", 1, map, sizeof(map)), -ERANGE);
	CHECK_INT(ns_make_map("five 0 1\n", 1, map, sizeof(map)), -ERANGE);
	CHECK_INT(ns_make_map(IDENTITY, 5, little, sizeof(little)), -E2BIG);
}

static enum kconfig_state state(const char *id, uint32_t version, const char *text)
{
	struct sw_error err = { 0 };
	struct kconfig *kc = NULL;
	enum kconfig_state s;
	char why[160];

	if (kconfig_parse(text, strlen(text), &kc, &err))
		return KCONFIG_STATE_UNKNOWN;
	s = feature_configured(feature_find(id), kc, version, why, sizeof(why));
	kconfig_free(kc);
	return s;
}

/* A file that mentions what it takes for kconfig_parse() to believe it is a configuration. */
#define HEAD "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.1.0 Kernel Configuration\n#\n"

UNIT(base_rows_are_about_the_good_state)
{
	static const struct {
		const char *id, *text;
		uint32_t version;
		enum kconfig_state state;
	} rows[] = {
		{ "base.uevent_helper", "# CONFIG_UEVENT_HELPER is not set\n", KVER(6, 1), KCONFIG_STATE_BUILTIN },
		{ "base.uevent_helper", "CONFIG_UEVENT_HELPER=y\nCONFIG_UEVENT_HELPER_PATH=\"\"\n", KVER(6, 1),
		  KCONFIG_STATE_BUILTIN },
		{ "base.uevent_helper", "CONFIG_UEVENT_HELPER=y\nCONFIG_UEVENT_HELPER_PATH=\"/sbin/hotplug\"\n",
		  KVER(6, 1), KCONFIG_STATE_OFF },
		{ "base.uevent_helper", "CONFIG_UEVENT_HELPER_PATH=\"\"\n", KVER(3, 10), KCONFIG_STATE_BUILTIN },
		{ "base.uevent_helper", "CONFIG_UEVENT_HELPER_PATH=\"/sbin/mdev\"\n", KVER(3, 10),
		  KCONFIG_STATE_OFF },
		{ "base.fw_loader_fallback", "# CONFIG_FW_LOADER_USER_HELPER_FALLBACK is not set\n"
		  "CONFIG_FW_LOADER_USER_HELPER=y\n", KVER(6, 1), KCONFIG_STATE_BUILTIN },
		{ "base.fw_loader_fallback", "CONFIG_FW_LOADER_USER_HELPER_FALLBACK=y\n", KVER(6, 1),
		  KCONFIG_STATE_OFF },
		{ "base.fw_loader_fallback", "CONFIG_FW_LOADER_USER_HELPER=y\n", KVER(3, 10), KCONFIG_STATE_OFF },
		{ "base.sysfs_layout", "CONFIG_SYSFS=y\nCONFIG_SYSFS_DEPRECATED=y\n"
		  "# CONFIG_SYSFS_DEPRECATED_V2 is not set\n", KVER(4, 4), KCONFIG_STATE_BUILTIN },
		{ "base.sysfs_layout", "CONFIG_SYSFS=y\nCONFIG_SYSFS_DEPRECATED=y\nCONFIG_SYSFS_DEPRECATED_V2=y\n",
		  KVER(4, 4), KCONFIG_STATE_OFF },
		{ "base.rt_group_sched", "CONFIG_RT_GROUP_SCHED=y\n", KVER(6, 1), KCONFIG_STATE_OFF },
		{ "base.rt_group_sched", "# CONFIG_RT_GROUP_SCHED is not set\n", KVER(6, 1), KCONFIG_STATE_BUILTIN },
		{ "base.rt_group_sched", "CONFIG_RT_GROUP_SCHED=y\nCONFIG_RT_GROUP_SCHED_DEFAULT_DISABLED=y\n",
		  KVER(6, 18), KCONFIG_STATE_BUILTIN },
		/* What a file does not say is not guessed. */
		{ "base.rt_group_sched", "CONFIG_SYSFS=y\n", KVER(6, 1), KCONFIG_STATE_UNKNOWN },
		{ "base.multiuser", "CONFIG_SYSFS=y\n", KVER(3, 10), KCONFIG_STATE_BUILTIN },
		{ "base.multiuser", "# CONFIG_MULTIUSER is not set\n", KVER(6, 1), KCONFIG_STATE_OFF },
		{ "base.multiuser", "CONFIG_MULTIUSER=y\n", KVER(6, 1), KCONFIG_STATE_BUILTIN },
		{ "base.autofs", "CONFIG_AUTOFS4_FS=m\n", KVER(4, 9), KCONFIG_STATE_MODULE },
		{ "base.autofs", "CONFIG_AUTOFS_FS=y\n", KVER(6, 12), KCONFIG_STATE_BUILTIN },
		{ "process.kcmp", "CONFIG_CHECKPOINT_RESTORE=y\n", KVER(5, 10), KCONFIG_STATE_BUILTIN },
		{ "process.kcmp", "# CONFIG_CHECKPOINT_RESTORE is not set\nCONFIG_KCMP=y\n", KVER(5, 15),
		  KCONFIG_STATE_BUILTIN },
		{ "ns.user_map_340", "CONFIG_USER_NS=y\n", KVER(4, 14), KCONFIG_STATE_NO_SYMBOL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[512];
		enum kconfig_state s;

		snprintf(text, sizeof(text), "%s%s", HEAD, rows[i].text);
		s = state(rows[i].id, rows[i].version, text);
		unit_check(s == rows[i].state, __FILE__, __LINE__, "row %zu, %s: %s, not %s", i, rows[i].id,
			   kconfig_state_name(s), kconfig_state_name(rows[i].state));
	}
}

UNIT(kconfig_expr_knows_empty_strings)
{
	static const struct {
		const char *text, *expr;
		enum kconfig_state state;
	} rows[] = {
		{ "CONFIG_UEVENT_HELPER_PATH=\"\"\n", "UEVENT_HELPER_PATH=\"\"", KCONFIG_STATE_BUILTIN },
		{ "CONFIG_UEVENT_HELPER_PATH=\"/x\"\n", "UEVENT_HELPER_PATH=\"\"", KCONFIG_STATE_OFF },
		{ "CONFIG_UEVENT_HELPER_PATH=\"/x\"\n", "!UEVENT_HELPER_PATH=\"\"", KCONFIG_STATE_BUILTIN },
		{ "CONFIG_UEVENT_HELPER_PATH=\"\"\nCONFIG_NET=m\n", "NET && UEVENT_HELPER_PATH=\"\"",
		  KCONFIG_STATE_MODULE },
		{ "CONFIG_NET=y\n", "UEVENT_HELPER_PATH=\"\"", KCONFIG_STATE_UNKNOWN },
	};
	struct sw_error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kconfig *kc = NULL;
		char text[256], why[160];
		enum kconfig_state s;

		snprintf(text, sizeof(text), "%s%s", HEAD, rows[i].text);
		CHECK_INT(kconfig_parse(text, strlen(text), &kc, &err), 0);
		s = kconfig_eval(kc, KVER(6, 1), rows[i].expr, why, sizeof(why));
		unit_check(s == rows[i].state, __FILE__, __LINE__, "row %zu: %s, not %s (%s)", i,
			   kconfig_state_name(s), kconfig_state_name(rows[i].state), why);
		kconfig_free(kc);
	}
	CHECK_INT(kconfig_expr_symbols("A=\"x\"", NULL, NULL), -EINVAL);
	CHECK_INT(kconfig_expr_symbols("A=", NULL, NULL), -EINVAL);
}
