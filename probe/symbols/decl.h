/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How Kconfig declares a symbol: what it depends on, whether it can be chosen, what turns it on
 * otherwise. Rows from 5.10 on are derived from Kconfig trees by tests/tools/symbols-refresh (make
 * symbols-refresh); older ones are written by hand, each with its source.
 *
 * Expressions are in the syntax of kconfig_eval(). They are simplified for the architectures of the
 * row: what is always on or never there on them (HAVE_ARCH_SECCOMP_FILTER) is already decided, so
 * what remains can be changed by somebody who configures a kernel. "n" alone: never there.
 * "A=y" cannot be said, and is written A; comparisons of numbers and of compilers are taken to hold.
 */
#ifndef DECL_H
#define DECL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kconfig_decl {
	const char *name;
	uint32_t since, until;	/* versions for which this was read: [since, until) */
	const char *archs;	/* " arm arm64 " with a space on both sides of each; NULL: all that
				 * the trees were read for (x86 arm arm64 powerpc riscv mips s390
				 * loongarch), and any other for rows older than 5.10 */
	bool tristate;
	bool prompt;		/* has a prompt, so that it can be chosen where prompt_if holds */
	const char *prompt_if;	/* NULL: wherever its dependencies hold; "EXPERT" */
	const char *depends;	/* NULL: none */
	const char *implied;	/* set without being chosen where this holds: selected by others, or
				 * a default, always together with depends; NULL: never. A prompt
				 * that shows may still take a default away, not a select. */
	bool implied_more;	/* implied leaves out some: many drivers select it */
	const char *source;	/* where it was read; NULL for derived rows: the trees of
				 * linux-source packages in [since, until) */
};

/*
 * The declaration that holds for a version and an architecture (as in the kernel's arch/, NULL:
 * unknown, then only one that all share). NULL where it is not known: a version between two trees
 * that differ, one older than what was read, or no row for the symbol.
 */
const struct kconfig_decl *kconfig_decl_find(const char *name, uint32_t version, const char *arch);

/*
 * The same, or else the declaration of the nearest version that was read, which is to be named when
 * it is used for advice. NULL if there is none at all.
 */
const struct kconfig_decl *kconfig_decl_near(const char *name, uint32_t version, const char *arch);

/* Sorted by name, then since. Derived (decl_table.c), and written by hand (decl_old.c). */
extern const struct kconfig_decl kconfig_decls_derived[];
extern const size_t kconfig_decl_derived_count;
extern const struct kconfig_decl kconfig_decls_old[];
extern const size_t kconfig_decl_old_count;

#endif
