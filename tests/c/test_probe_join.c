// SPDX-License-Identifier: GPL-2.0-only
/* The join of the evidence, as a table, and what stands behind the column "configured". */
#include <stdio.h>
#include <string.h>

#include "feature.h"
#include "join.h"
#include "kconfig/internal.h"
#include "unit.h"

static struct kconfig *config(const char *text, enum kconfig_source source)
{
	struct sw_error err = { 0 };
	struct kconfig *kc = NULL;

	if (!unit_check(!kconfig_parse(text, strlen(text), &kc, &err), __FILE__, __LINE__, "%s", err.msg))
		return NULL;
	kc->info.source = source;
	return kc;
}

#define HEAD(v) "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 " v " Kernel Configuration\n#\n"
/* Enough of a configuration to be a full one; the symbols under test follow. */
#define BODY "CONFIG_64BIT=y\nCONFIG_X86=y\nCONFIG_MMU=y\nCONFIG_SWAP=y\nCONFIG_SYSVIPC=y\nCONFIG_CGROUPS=y\n" \
	"# CONFIG_EXPERT is not set\nCONFIG_NET=y\nCONFIG_PRINTK=y\nCONFIG_BUG=y\n# CONFIG_SLOB is not set\n" \
	"CONFIG_BLOCK=y\n# CONFIG_KPROBES is not set\nCONFIG_INET=y\n# CONFIG_IPV6 is not set\n"

static const struct feature veth = {
	.id = "test.veth", .title = "test", .area = "network", .kconfig = { { KVER_NONE, 0, "VETH" } },
	.module = "veth",
};

#define Y KCONFIG_STATE_BUILTIN
#define M KCONFIG_STATE_MODULE
#define OFF KCONFIG_STATE_OFF
#define NEVER KCONFIG_STATE_NO_SYMBOL
#define WHO KCONFIG_STATE_UNKNOWN

static const struct row {
	enum kconfig_state configured;
	enum live_value live;
	enum finding_type cause;
	enum kconfig_source source;
	bool other_release;	/* the configuration is one of another version */
	enum finding_type finding;
	int usable;
} rows[] = {
	/* They agree. */
	{ Y, LIVE_WORKS, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_YES },
	{ M, LIVE_WORKS, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_YES },
	{ WHO, LIVE_WORKS, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_YES },
	{ OFF, LIVE_ABSENT, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_NO },
	{ NEVER, LIVE_ABSENT, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_NO },
	{ WHO, LIVE_ABSENT, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_NO },
	/* It works, and the configuration says no. */
	{ OFF, LIVE_WORKS, 0, KCONFIG_FROM_RUNNING, false, FINDING_BACKPORT, USABLE_YES },
	{ NEVER, LIVE_WORKS, 0, KCONFIG_FROM_RUNNING, false, FINDING_BACKPORT, USABLE_YES },
	{ OFF, LIVE_WORKS, 0, KCONFIG_FROM_GUESS, true, FINDING_STALE_CONFIG, USABLE_YES },
	{ OFF, LIVE_WORKS, 0, KCONFIG_FROM_GUESS, false, FINDING_STALE_CONFIG, USABLE_YES },
	{ NEVER, LIVE_WORKS, 0, KCONFIG_FROM_GUESS, false, FINDING_BACKPORT, USABLE_YES },
	/* It is configured, and is not there. */
	{ Y, LIVE_ABSENT, 0, KCONFIG_FROM_RUNNING, false, FINDING_CONFIGURED_ABSENT, USABLE_NO },
	{ Y, LIVE_ABSENT, 0, KCONFIG_FROM_GUESS, true, FINDING_STALE_CONFIG, USABLE_NO },
	{ Y, LIVE_ABSENT, FINDING_BOOT_PARAMETER, KCONFIG_FROM_RUNNING, false, FINDING_BOOT_PARAMETER,
	  USABLE_NO },
	{ M, LIVE_ABSENT, FINDING_MODULE_MISSING, KCONFIG_FROM_RUNNING, false, FINDING_MODULE_MISSING,
	  USABLE_NO },
	{ M, LIVE_ABSENT, FINDING_NO_MODULE_SUPPORT, KCONFIG_FROM_RUNNING, false,
	  FINDING_NO_MODULE_SUPPORT, USABLE_NO },
	/* On disk, not asked for yet: it would most likely load, and nobody has seen it. */
	{ M, LIVE_ABSENT, FINDING_MODULE_NOT_LOADED, KCONFIG_FROM_RUNNING, false,
	  FINDING_MODULE_NOT_LOADED, USABLE_UNKNOWN },
	/* Policy of the machine forbids it; or only this process's own situation does. */
	{ Y, LIVE_DENIED, FINDING_SYSCTL, KCONFIG_FROM_RUNNING, false, FINDING_SYSCTL, USABLE_NO },
	{ Y, LIVE_DENIED, FINDING_LIMIT, KCONFIG_FROM_RUNNING, false, FINDING_LIMIT, USABLE_NO },
	{ Y, LIVE_DENIED, FINDING_NONE, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_UNKNOWN },
	{ Y, LIVE_DENIED, FINDING_LSM, KCONFIG_FROM_RUNNING, false, FINDING_LSM, USABLE_UNKNOWN },
	{ Y, LIVE_DENIED, FINDING_CHROOT, KCONFIG_FROM_RUNNING, false, FINDING_CHROOT, USABLE_UNKNOWN },
	{ Y, LIVE_DENIED, FINDING_CAPABILITY, KCONFIG_FROM_RUNNING, false, FINDING_CAPABILITY,
	  USABLE_UNKNOWN },
	{ Y, LIVE_DENIED, FINDING_SECCOMP, KCONFIG_FROM_RUNNING, false, FINDING_SECCOMP, USABLE_UNKNOWN },
	{ Y, LIVE_BROKEN, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_NO },
	/* Could not be tried: the configuration alone proves a no, never a yes. */
	{ Y, LIVE_UNKNOWN, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_UNKNOWN },
	{ Y, LIVE_UNKNOWN, FINDING_OTHER_HIERARCHY, KCONFIG_FROM_RUNNING, false, FINDING_OTHER_HIERARCHY,
	  USABLE_UNKNOWN },
	{ OFF, LIVE_UNKNOWN, 0, KCONFIG_FROM_RUNNING, false, FINDING_NONE, USABLE_NO },
	{ OFF, LIVE_UNKNOWN, 0, KCONFIG_FROM_GUESS, false, FINDING_NONE, USABLE_UNKNOWN },
};

UNIT(probe_join_table)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		struct kconfig *kc = config(r->other_release ? HEAD("5.4.1") BODY : HEAD("6.1.9") BODY,
					    r->source);
		struct probe_ctx ctx = { .kconfig = kc, .version = KVER3(6, 1, 9), .release = "6.1.9" };
		struct feature_evidence e = {
			.feature = &veth, .configured = r->configured,
			.live = { .value = r->live, .cause = r->cause },
		};

		if (r->cause)
			snprintf(e.live.cause_text, sizeof(e.live.cause_text), "because");
		feature_join(&ctx, true, &e);
		unit_check(e.finding == r->finding, __FILE__, __LINE__, "row %zu: finding %s, not %s", i,
			   finding_type_name(e.finding), finding_type_name(r->finding));
		unit_check((int)e.usable == r->usable, __FILE__, __LINE__, "row %zu: usable %s, not %s", i,
			   usable_name(e.usable), usable_name(r->usable));
		unit_check(!e.finding || e.finding_text[0], __FILE__, __LINE__, "row %zu: no words", i);
		kconfig_free(kc);
	}
}

/* Of a file only the configuration speaks. */
static int file_usable(const char *text, const struct feature *f, struct feature_evidence *e)
{
	struct kconfig *kc = config(text, KCONFIG_FROM_FILE);
	struct probe_ctx ctx = { .kconfig = kc, .version = kconfig_info(kc)->version };

	feature_examine(&ctx, f, false, e);
	kconfig_free(kc);
	return e->usable;
}

UNIT(probe_join_of_a_file)
{
	struct feature_evidence e;

	CHECK_INT(file_usable(HEAD("6.1.9") BODY "CONFIG_VETH=y\n", &veth, &e), USABLE_YES);
	CHECK_INT(e.live.value, LIVE_UNKNOWN);
	CHECK_INT(file_usable(HEAD("6.1.9") BODY "CONFIG_MODULES=y\nCONFIG_VETH=m\n", &veth, &e),
		  USABLE_YES);
	CHECK_INT(file_usable(HEAD("6.1.9") BODY "# CONFIG_MODULES is not set\nCONFIG_VETH=m\n", &veth, &e),
		  USABLE_NO);
	CHECK_INT(e.finding, FINDING_NO_MODULE_SUPPORT);
	CHECK_INT(file_usable(HEAD("6.1.9") BODY "# CONFIG_VETH is not set\n", &veth, &e), USABLE_NO);
	CHECK_STR(e.remedy, "set CONFIG_VETH=y");
}

static const struct feature *find(const char *id)
{
	const struct feature *f = feature_find(id);

	unit_check(f != NULL, __FILE__, __LINE__, "no feature %s", id);
	return f;
}

static enum kconfig_state state_of(const char *id, const char *text, char why[160])
{
	struct kconfig *kc = config(text, KCONFIG_FROM_FILE);
	enum kconfig_state s = feature_configured(find(id), kc, kconfig_info(kc)->version, why, 160);

	kconfig_free(kc);
	return s;
}

UNIT(probe_configured_follows_versions)
{
	char why[160];

	/* The symbol went in 4.7, the function stayed (FACTS: checkers still ask for it). */
	CHECK_INT(state_of("mount.devpts_newinstance", HEAD("4.4.1") BODY "CONFIG_UNIX98_PTYS=y\n"
			   "# CONFIG_DEVPTS_MULTIPLE_INSTANCES is not set\n", why), OFF);
	CHECK_INT(state_of("mount.devpts_newinstance", HEAD("4.4.1") BODY "CONFIG_UNIX98_PTYS=y\n"
			   "CONFIG_DEVPTS_MULTIPLE_INSTANCES=y\n", why), Y);
	CHECK_INT(state_of("mount.devpts_newinstance", HEAD("4.9.1") BODY "CONFIG_UNIX98_PTYS=y\n", why), Y);
	/* The old name, until 3.5. */
	CHECK_INT(state_of("cgroup.v1.memory", HEAD("3.4.0") BODY "CONFIG_CGROUP_MEM_RES_CTLR=y\n", why), Y);
	CHECK_INT(state_of("cgroup.v1.memory", HEAD("4.9.0") BODY "CONFIG_MEMCG=y\n", why), Y);
	/* From 6.11 on v1 has a switch of its own. */
	CHECK_INT(state_of("cgroup.v1.memory", HEAD("6.12.0") BODY "CONFIG_MEMCG=y\n"
			   "# CONFIG_MEMCG_V1 is not set\n", why), OFF);
	CHECK_INT(state_of("cgroup.v2.memory", HEAD("6.12.0") BODY "CONFIG_MEMCG=y\n", why), Y);
	/* MEMCG_SWAP went with 6.1, swap accounting stayed. */
	CHECK_INT(state_of("cgroup.v2.swap", HEAD("6.6.0") BODY "CONFIG_MEMCG=y\n", why), Y);
	CHECK_INT(state_of("cgroup.v2.swap", HEAD("5.10.0") BODY "CONFIG_MEMCG=y\n"
			   "# CONFIG_MEMCG_SWAP is not set\n", why), OFF);
	/* No symbol of its own: the version decides, and CGROUPS=y on 4.3 says nothing. */
	CHECK_INT(state_of("ns.cgroup", HEAD("4.3.0") BODY, why), NEVER);
	CHECK_INT(state_of("ns.cgroup", HEAD("4.6.0") BODY, why), Y);
	CHECK_INT(state_of("process.clone3", HEAD("5.2.0") BODY, why), NEVER);
	CHECK_INT(state_of("process.clone3", HEAD("5.3.0") BODY, why), Y);
	/* A vendor's backport: a symbol that is set counts, older than mainline's or not. */
	CHECK_INT(state_of("security.seccomp_filter", HEAD("3.4.0") BODY "CONFIG_SECCOMP=y\n"
			   "CONFIG_SECCOMP_FILTER=y\n", why), Y);
	CHECK_INT(state_of("security.seccomp_filter", HEAD("3.4.0") BODY, why), NEVER);
	CHECK_INT(state_of("mount.overlay", HEAD("3.10.0") BODY "CONFIG_OVERLAYFS_FS=m\n", why), M);
	CHECK_INT(state_of("mount.overlay", HEAD("3.10.0") BODY "CONFIG_OVERLAY_FS=y\n", why), Y);
	CHECK_INT(state_of("mount.overlay", HEAD("3.10.0") BODY, why), NEVER);
	/* A symbol older than the feature does not bring it, backported or not. */
	CHECK_INT(state_of("cgroup.v2.devices", HEAD("4.9.0") BODY "CONFIG_CGROUP_BPF=y\n"
			   "CONFIG_BPF_SYSCALL=y\n", why), NEVER);
	CHECK_INT(state_of("cgroup.v2.devices", HEAD("4.15.0") BODY "CONFIG_CGROUP_BPF=y\n"
			   "CONFIG_BPF_SYSCALL=y\n", why), Y);
}

UNIT(probe_configured_without_configuration_or_version)
{
	char why[160];
	struct kconfig *kc = config(BODY "CONFIG_VETH=y\nCONFIG_MEMCG=y\n", KCONFIG_FROM_FILE);

	CHECK_INT(feature_configured(find("ns.uts"), NULL, KVER(6, 1), why, sizeof(why)), WHO);
	CHECK_INT(feature_configured(find("process.clone3"), NULL, KVER(6, 1), why, sizeof(why)), Y);
	CHECK_INT(feature_configured(find("process.clone3"), kc, KVER_NONE, why, sizeof(why)), WHO);
	CHECK_INT(feature_configured(find("ns.cgroup"), kc, KVER_NONE, why, sizeof(why)), WHO);
	CHECK_INT(feature_configured(find("net.veth"), kc, KVER_NONE, why, sizeof(why)), Y);
	CHECK_INT(feature_configured(find("cgroup.v1.memory"), kc, KVER_NONE, why, sizeof(why)), Y);
	kconfig_free(kc);
}
