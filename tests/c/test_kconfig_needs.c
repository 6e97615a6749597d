// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "kconfig/needs.h"
#include "symbols/decl.h"
#include "test_kconfig.h"
#include "unit.h"

static struct kconfig *config_of(const char *header, const char *lines)
{
	char text[8192];

	snprintf(text, sizeof(text), "#\n# Linux/%s Kernel Configuration\n#\n%s%s", header,
		 KCONFIG_SKELETON, lines);
	return parse_ok(text);
}

UNIT(kconfig_needs_follows_declarations)
{
	static const struct {
		const char *header, *lines, *symbol, *want, *unknown;
		uint32_t version;
	} rows[] = {
		/* On offer: nothing else to set. */
		{ "x86 6.1.0", "# CONFIG_VETH is not set\n", "VETH", "VETH=y", "", 0 },
		{ "x86 6.1.0", "CONFIG_MULTIUSER=y\n# CONFIG_NAMESPACES is not set\n", "USER_NS",
		  "NAMESPACES=y USER_NS=y", "", 0 },
		/* A symbol without a prompt comes by itself. */
		{ "x86 6.1.0", "CONFIG_NET=y\n# CONFIG_SECCOMP is not set\n", "SECCOMP_FILTER", "SECCOMP=y",
		  "", 0 },
		/* "is not set" of a symbol without a prompt is a default that is n. */
		{ "x86 6.1.0", "# CONFIG_HUGETLBFS is not set\n# CONFIG_HUGETLB_PAGE is not set\n",
		  "HUGETLB_PAGE", "HUGETLBFS=y", "", 0 },
		/* A dependency on something that must be off. */
		{ "x86 3.10.0", "CONFIG_NAMESPACES=y\nCONFIG_XFS_FS=m\n", "USER_NS", "XFS_FS=n USER_NS=y", "",
		  0 },
		{ "x86 2.6.32", "CONFIG_NAMESPACES=y\n# CONFIG_EXPERIMENTAL is not set\n", "PID_NS",
		  "EXPERIMENTAL=y PID_NS=y", "", 0 },
		/* The shorter of two ways. */
		{ "x86 6.1.0", "CONFIG_NAMESPACES=y\n# CONFIG_POSIX_MQUEUE is not set\nCONFIG_SYSVIPC=n\n"
		  "# CONFIG_SYSVIPC is not set\n", "IPC_NS", "SYSVIPC=y IPC_NS=y", "", 0 },
		/* Declarations of another version, which is named. */
		{ "x86 5.8.0", "CONFIG_MULTIUSER=y\n# CONFIG_NAMESPACES is not set\n", "USER_NS",
		  "NAMESPACES=y USER_NS=y", "", KVER(5, 10) },
		{ "x86 6.1.0", "", "NO_SUCH_THING", "", "NO_SUCH_THING", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kconfig *kc = config_of(rows[i].header, rows[i].lines);
		struct kconfig_needs needs;
		char got[400] = "";

		CHECK(kconfig_needs(kc, kconfig_info(kc)->version, rows[i].symbol, &needs));
		for (size_t k = 0; k < needs.count; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s=%c", k ? " " : "",
				 needs.item[k].name, needs.item[k].off ? 'n' : 'y');
		CHECK_STR(got, rows[i].want);
		CHECK_STR(needs.unknown, rows[i].unknown);
		CHECK_INT(needs.version, rows[i].version);
		CHECK(needs.complete == !rows[i].unknown[0]);
		kconfig_free(kc);
	}
}

UNIT(kconfig_needs_says_what_cannot_be)
{
	struct kconfig *kc = config_of("s390 6.1.0", "");
	struct kconfig_needs needs;

	/* No CPU_FREQ on s390. */
	CHECK(!kconfig_needs(kc, kconfig_info(kc)->version, "UCLAMP_TASK_GROUP", &needs));
	CHECK_INT(needs.count, 0);
	/* Gone, and not there yet. */
	CHECK(!kconfig_needs(kc, KVER(6, 12), "MEMCG_SWAP", &needs));
	CHECK(!kconfig_needs(kc, KVER(5, 10), "CGROUP_DMEM", &needs));
	kconfig_free(kc);
}

UNIT(kconfig_decl_of_version_and_architecture)
{
	const struct kconfig_decl *d = kconfig_decl_find("TIME_NS", KVER(6, 12), "x86");

	CHECK(d && d->prompt && d->depends && !strcmp(d->depends, "NAMESPACES"));
	d = kconfig_decl_find("TIME_NS", KVER(6, 12), "arm");
	CHECK(d && !d->prompt && d->depends && !strcmp(d->depends, "n"));
	/* Not one of those that the trees were read for, and none given: only what all share. */
	CHECK(kconfig_decl_find("TIME_NS", KVER(6, 12), "xtensa") == NULL);
	CHECK(kconfig_decl_find("TIME_NS", KVER(6, 12), NULL) == NULL);
	CHECK(kconfig_decl_find("TIME_NS", KVER(6, 12), "ar") == NULL);
	CHECK(kconfig_decl_find("USER_NS", KVER(6, 12), NULL) != NULL);
	/* 5.10 and 6.1 differ: nothing is known of the versions between. */
	CHECK(kconfig_decl_find("CHECKPOINT_RESTORE", KVER(5, 10), "x86") != NULL);
	CHECK(kconfig_decl_find("CHECKPOINT_RESTORE", KVER(5, 15), "x86") == NULL);
	d = kconfig_decl_near("CHECKPOINT_RESTORE", KVER(5, 15), "x86");
	CHECK(d && d->since == KVER(5, 10));
	CHECK(kconfig_decl_near("NO_SUCH_THING", KVER(6, 1), "x86") == NULL);
	CHECK(kconfig_decl_find("AAA", KVER(6, 1), "x86") == NULL);
	CHECK(kconfig_decl_find("zzz", KVER(6, 1), "x86") == NULL);
}

static void check_sorted(const struct kconfig_decl *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			CHECK(strcmp(t[i - 1].name, t[i].name) < 0 ||
			      (!strcmp(t[i - 1].name, t[i].name) && t[i - 1].since <= t[i].since));
		CHECK(t[i].since < t[i].until);
		CHECK(!t[i].prompt_if || t[i].prompt);
	}
}

static void ignore(const char *symbol, void *arg)
{
	(void)symbol;
	(void)arg;
}

static void check_expressions(const struct kconfig_decl *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *exprs[] = { t[i].depends, t[i].prompt_if, t[i].implied };

		for (size_t k = 0; k < sizeof(exprs) / sizeof(*exprs); k++)
			unit_check(!exprs[k] || !kconfig_expr_symbols(exprs[k], ignore, NULL), __FILE__,
				   __LINE__, "%s: bad expression: %s", t[i].name, exprs[k]);
	}
}

UNIT(kconfig_decls_are_sound)
{
	check_sorted(kconfig_decls_old, kconfig_decl_old_count);
	check_sorted(kconfig_decls_derived, kconfig_decl_derived_count);
	check_expressions(kconfig_decls_old, kconfig_decl_old_count);
	check_expressions(kconfig_decls_derived, kconfig_decl_derived_count);
}
