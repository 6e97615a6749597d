/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel configurations: reading them from wherever a kernel keeps them, and evaluating
 * symbol expressions on them. Pure but for kconfig_load().
 */
#ifndef KCONFIG_H
#define KCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sw_error.h"

/* A kernel version as one comparable number; patch level and suffixes do not matter to Kconfig. */
#define KVER(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor) << 8)
#define KVER3(major, minor, patch) (KVER(major, minor) | (uint32_t)(patch))	/* 2.6.x */
#define KVER_NONE 0u		/* unknown */
#define KVER_MAX 0xffffffffu

/*
 * Parse "6.1.170", "4.15-rc5", "5.15.0-1037-", "2.6.25.4-rt6", "5.0.0.3": up to three numbers,
 * anything may follow. Returns 0 and *ret_ver, or -EINVAL, also for what no version can be (300.18,
 * 6.300, 6.-1). 255 caps the third: 4.4.302.
 */
int kver_parse(const char *text, uint32_t *ret_ver);
/* "6.1.170" form into out; returns out. */
const char *kver_format(uint32_t ver, char out[16]);

enum kconfig_tristate {		/* ordered: && is min, || is max, as in Kconfig itself */
	KCONFIG_N,		/* off */
	KCONFIG_M,		/* module */
	KCONFIG_Y,		/* built in */
};

/* The directory of the kernel's arch/ for a machine as uname(2) names it; NULL for "" and NULL. */
const char *kconfig_arch_of_machine(const char *machine);
/*
 * Can a kernel of that arch/ not be the one that runs there? False wherever that is not certain: a
 * machine that is not known, NULL, personalities that name another machine.
 */
bool kconfig_arch_foreign(const char *arch, const char *machine);

struct kconfig;			/* an immutable parsed configuration */

enum kconfig_source {
	KCONFIG_FROM_FILE,	/* a configuration file, perhaps compressed */
	KCONFIG_FROM_IMAGE,	/* IKCONFIG inside a kernel image */
	KCONFIG_FROM_RUNNING,	/* the running kernel's own, /proc/config.gz */
	KCONFIG_FROM_GUESS,	/* a file that claims to be the running kernel's (/boot/config-R) */
};

struct kconfig_problem {	/* what was odd in the text: a duplicate, a conflict marker, ... */
	unsigned int line;	/* 1-based */
	char what[120];
};

struct kconfig_info {
	enum kconfig_source source;
	const char *path;	/* what was opened; owned by the kconfig */
	const char *release;	/* version as in the header or the image banner, or NULL */
	uint32_t version;	/* parsed from release, or KVER_NONE */
	const char *arch;	/* "x86", "arm", "arm64", ... as in the kernel's arch/, or NULL */
	const char *passed;	/* what was to be read first and is not the running kernel's, in
				 * words; NULL: nothing of the kind */
	const char *format;	/* "plain", "gzip", "xz", "zstd", "bzImage", ... */
	/*
	 * False for a savedefconfig, a fragment, or a file that was cut short: "not there" is not
	 * "off" then. Judged by symbols that every full configuration mentions at its head and
	 * at its end, whatever their value; see looks_complete() in parse.c.
	 */
	bool complete;
	size_t symbols;		/* distinct symbols seen */
	const struct kconfig_problem *problems;
	size_t problem_count;
};

/*
 * Load a configuration. What path holds is found out from its content, never from its name:
 * plain text, gzip/xz/zstd compressed text, or a kernel image with IKCONFIG ("-": stdin).
 * Version and architecture come from the input alone.
 * @ret: free with kconfig_free()
 * Returns 0, or -errno with err filled: -ENOENT and the like from open(2); -ENODATA where the
 * input is a kernel image without IKCONFIG; -EILSEQ where it is truncated or damaged; -ENOMSG
 * where it is no kernel configuration at all; -EFBIG; -EOPNOTSUPP for
 * a compression that is not unpacked.
 */
int kconfig_load(const char *path, struct kconfig **ret, struct sw_error *err);
/*
 * The running kernel's configuration: /proc/config.gz, else /boot/config-RELEASE and
 * /lib/modules/RELEASE/{config,build/.config} as a guess that info.source marks as one.
 * -ENOENT with every place tried in err when there is none.
 */
int kconfig_load_running(struct kconfig **ret, struct sw_error *err);
/* Parse text in memory (tests, fuzzing). Same errors as above. */
int kconfig_parse(const char *text, size_t len, struct kconfig **ret, struct sw_error *err);
void kconfig_free(struct kconfig *kc);

const struct kconfig_info *kconfig_info(const struct kconfig *kc);

/*
 * Value of one symbol (no CONFIG_ prefix). Only y and m count as set; any other value is KCONFIG_N. One
 * that Kconfig writes of nothing, such as CONFIG_USER_NS=maybe, is a problem, and unknown to
 * kconfig_eval(): its reader drops the line, and the default counts, whatever that is. The last assignment wins, as in Kconfig's own reader.
 * @ret_text: optional; the raw right-hand side, e.g. "\"/sbin/hotplug\"" or "250", NULL if none
 */
enum kconfig_tristate kconfig_get(const struct kconfig *kc, const char *symbol,
				  const char **ret_text);
/* Is the symbol mentioned at all ("=..." or "is not set")? */
bool kconfig_mentions(const struct kconfig *kc, const char *symbol);

/* ---- symbol history ------------------------------------------------------------------------ */

/*
 * One row per symbol that any expression uses (two where it went and came back). A symbol exists in [since, until); outside that,
 * its absence from a configuration says nothing about the feature. A range that is empty
 * belongs to a symbol that mainline never had, but that vendors' kernels have.
 */
struct kconfig_symbol {
	const char *name;
	uint32_t since;		/* first version that has it; KVER_NONE: before 2.6.32 */
	uint32_t until;		/* first version without it; KVER_MAX: still there at the end
				 * of the table, kconfig_history_end */
	const char *successor;	/* what took its place, an expression; NULL: nothing */
	bool always_on_after;	/* the function stayed when the symbol went: without further
				 * condition, or, where there is a successor, if that holds */
	const char *source;	/* commit or file that says so */
};
/* The first row of a name, NULL if there is none. */
const struct kconfig_symbol *kconfig_symbol_find(const char *name);
/* The next row of the same name, NULL if there is none. */
const struct kconfig_symbol *kconfig_symbol_next(const struct kconfig_symbol *s);
/* The last row that began by a version; the first row if none did. */
const struct kconfig_symbol *kconfig_symbol_at(const char *name, uint32_t ver);
/*
 * Architecture limits: a symbol that is in the tree from kconfig_symbol.since on may come to an
 * architecture later, or never. A symbol without rows has no limit that we know of; one with
 * rows says nothing of architectures that its rows do not name.
 */
struct kconfig_arch_limit {
	const char *symbol;
	const char *arch;	/* as in the kernel's arch/ */
	uint32_t since;		/* first version that can have it there; KVER_MAX: none up to
				 * kconfig_history_end */
	const char *source;	/* commit that says so, or "tree: " and what was read */
};
extern const struct kconfig_arch_limit kconfig_arch_limits[];	/* sorted by symbol, then arch */
extern const size_t kconfig_arch_limit_count;
/* NULL: no limit is known (arch may be NULL: unknown). */
const struct kconfig_arch_limit *kconfig_arch_limit_find(const char *symbol, const char *arch);

extern const struct kconfig_symbol kconfig_symbols[];	/* sorted by name, then since */
extern const size_t kconfig_symbol_count;
extern const uint32_t kconfig_history_end;	/* first version that the table does not cover */

/* ---- expressions --------------------------------------------------------------------------- */

enum kconfig_state {		/* the column "configured" of the report */
	KCONFIG_STATE_BUILTIN,
	KCONFIG_STATE_MODULE,
	KCONFIG_STATE_OFF,
	KCONFIG_STATE_NO_SYMBOL,	/* this version never had it */
	KCONFIG_STATE_UNKNOWN,		/* no configuration, or it does not say */
};
const char *kconfig_state_name(enum kconfig_state s);	/* "builtin", ..., "no-such-symbol" */

/*
 * Evaluate an expression over a configuration: symbols, &&, ||, !, parentheses, the
 * constants y, m, n, and SYMBOL="" (a string that is empty, or not there). Three-valued in two ways: tristate as in Kconfig, and unknown where the
 * configuration cannot say (a symbol that is absent from an incomplete configuration, or of
 * which the history is not known for this version).
 * @ver:     version to judge by, KVER_NONE if not known: then a symbol that is not mentioned and
 *           does not exist in all versions is unknown
 * @ret_why: optional; human text naming the symbols that decided ("CGROUP_PIDS=y"), or, for
 *           OFF, the ones that are missing ("MEMCG is not set", or "NET_NS is not mentioned:
 *           a dependency of it is off", where setting it alone would not help); at most size
 *           bytes
 * Vendor backports: a symbol that is set counts as set whatever the history says. An architecture
 * that cannot have a symbol (kconfig_arch_limits) is NO_SYMBOL, with the reason; a configuration
 * that offers it all the same ("is not set") is believed.
 */
enum kconfig_state kconfig_eval(const struct kconfig *kc, uint32_t ver, const char *expr,
				char *ret_why, size_t size);
/* Syntax check and enumeration for tests: calls fn for each symbol. -EINVAL on a bad expression. */
int kconfig_expr_symbols(const char *expr, void (*fn)(const char *symbol, void *arg), void *arg);

#endif
