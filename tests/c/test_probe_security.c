// SPDX-License-Identifier: GPL-2.0-only
/* The pure parts of the rows on security and storage. */
#include <string.h>

#include "features/security_try.h"
#include "features/storage.h"
#include "unit.h"

UNIT(probe_reads_lists_of_security_modules)
{
	CHECK(lsm_listed("lockdown,capability,yama", "yama"));
	CHECK(lsm_listed("lockdown,capability,yama\n", "yama"));
	CHECK(lsm_listed("apparmor", "apparmor"));
	CHECK(!lsm_listed("apparmor2,xapparmor", "apparmor"));
	CHECK(!lsm_listed("", "apparmor"));
	CHECK(!lsm_listed(",,", "apparmor"));
}

UNIT(probe_finds_what_keeps_a_security_module_away)
{
	static const struct {
		const char *cmdline, *name;
		bool legacy;
		const char *found;	/* NULL: nothing */
	} rows[] = {
		{ "quiet apparmor=0 ro\n", "apparmor", true, "apparmor=0" },
		{ "apparmor=1", "apparmor", true, NULL },
		/* The last of several counts. */
		{ "apparmor=0 apparmor=1", "apparmor", true, NULL },
		{ "selinux=0", "apparmor", true, NULL },
		{ "xapparmor=0", "apparmor", true, NULL },
		{ "security=selinux", "apparmor", true, "security=selinux" },
		{ "security=apparmor", "apparmor", true, NULL },
		/* Yama and its like are no major modules: security= does not concern them. */
		{ "security=selinux", "yama", false, NULL },
		{ "lsm=yama,bpf", "apparmor", true, "lsm=yama,bpf" },
		{ "lsm=yama,apparmor", "apparmor", true, NULL },
		{ "lsm=", "landlock", false, "lsm=" },
		/* lsm= makes the kernel ignore security=. */
		{ "lsm=apparmor security=selinux", "apparmor", true, NULL },
		/* Behind -- are the words of init. */
		{ "quiet -- apparmor=0", "apparmor", true, NULL },
		{ "", "apparmor", true, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char out[64] = "";
		bool found = lsm_disabled_at_boot(rows[i].cmdline, rows[i].name, rows[i].legacy, out, sizeof(out));

		unit_check(found == (rows[i].found != NULL), __FILE__, __LINE__, "row %zu: %d", i, found);
		if (found && rows[i].found)
			CHECK_STR(out, rows[i].found);
	}
}

UNIT(probe_reads_targets_of_device_mapper)
{
	static const struct {
		uint32_t next, version[3];
		char name[16];
	} list[] = {
		{ 32, { 1, 9, 0 }, "verity" }, { 32, { 1, 22, 0 }, "thin-pool" }, { 0, { 1, 22, 0 }, "thin" },
	};
	uint32_t version[3] = { 0 }, bad[8] = { 8, 1, 2, 3, 0 };

	CHECK(dm_find_target(list, sizeof(list), "thin-pool", version));
	CHECK_INT(version[1], 22);
	CHECK(dm_find_target(list, sizeof(list), "thin", version));
	CHECK(!dm_find_target(list, sizeof(list), "crypt", version));
	/* Cut short, or a chain that does not move on. */
	CHECK(!dm_find_target(list, 40, "thin-pool", version));
	CHECK(!dm_find_target(list, 0, "verity", version));
	CHECK(!dm_find_target(bad, sizeof(bad), "x", version));
	bad[0] = 4096;
	CHECK(!dm_find_target(bad, sizeof(bad), "x", version));
}

UNIT(probe_reads_misc_devices)
{
	static const char text[] = "236 device-mapper\n137 vhci\n229 fuse\n";

	CHECK_INT(misc_minor(text, "device-mapper"), 236);
	CHECK_INT(misc_minor(text, "fuse"), 229);
	CHECK_INT(misc_minor(text, "mapper"), -1);
	CHECK_INT(misc_minor("", "fuse"), -1);
	CHECK_INT(misc_minor("x\n\n 229 fuse", "fuse"), 229);
}
