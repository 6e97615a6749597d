// SPDX-License-Identifier: GPL-2.0-only
/*
 * A search over symbol expressions. "Now" is what a configuration would become: the base, the
 * requests whose dependencies hold, and what these imply (selects and defaults), as olddefconfig
 * would make it. A request is a line of the fragment. Every change is logged, so that of several
 * ways the one with the fewest requests can be tried and taken.
 */
#include "fragment_solve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "join.h"
#include "kconfig/overlay.h"
#include "symbols/decl.h"

#define REQUESTS_MAX 256
#define GOALS_MAX 128
#define LOG_MAX 8192
#define DEPTH_MAX 40
#define BUDGET 200000	/* symbols looked at in one search; an honest end for what has no answer */

struct known {			/* a symbol that the search has met */
	char name[80];
	const struct kconfig_decl *decl;	/* NULL: none is known */
	bool exact;				/* the declaration is of this version */
	bool has_depends;			/* dependencies hold in the base */
	enum kconfig_tristate implied;		/* in the base */
	bool mentioned;				/* by the base */
	bool offered;	/* the base says "is not set" of it: it can be chosen, whatever it depends on */
	bool absent;	/* would be in the base if this version had it */
	enum { ASKED_NO, ASKED_OFF, ASKED_ON } asked;
	bool busy;				/* its dependencies are being looked at */
	bool came;				/* it is set now because something implies it */
};

struct change {
	struct known *k;
	enum kconfig_tristate before;
	bool came;
};

struct solver {
	const struct kconfig *base;
	struct kconfig *now;
	uint32_t version;
	const char *arch;
	enum kconfig_tristate enough;	/* m where modules can be loaded, else y */
	struct known **known;
	size_t known_count, known_cap;
	struct solver_request requests[REQUESTS_MAX];
	size_t request_count;
	struct change log[LOG_MAX];
	size_t log_count;
	const struct feature *goals[GOALS_MAX];
	size_t goal_count;
	size_t tag;
	int depth;
	long budget;
	bool near, full;
	bool lenient;	/* the expression at hand is of another version: see depends_now() */
	bool unknown;	/* why is a matter of what we do not know */
	char why[160];
};

struct slice {
	const char *p, *end;
};

/* ---- expressions ----------------------------------------------------------------------------- */

static struct slice trim(struct slice x)
{
	while (x.p < x.end && strchr(" \t\n", *x.p))
		x.p++;
	while (x.end > x.p && strchr(" \t\n", x.end[-1]))
		x.end--;
	return x;
}

/* Split at the first operator outside of parentheses. */
static bool split(struct slice x, const char *op, struct slice *left, struct slice *right)
{
	int depth = 0;

	for (const char *p = x.p; p + 1 < x.end; p++) {
		depth += (*p == '(') - (*p == ')');
		if (depth || p[0] != op[0] || p[1] != op[1])
			continue;
		*left = trim((struct slice){ x.p, p });
		*right = trim((struct slice){ p + 2, x.end });
		return true;
	}
	return false;
}

static struct slice whole(const char *text)
{
	return trim((struct slice){ text, text + strlen(text) });
}

static void copy_name(struct slice x, char out[80])
{
	size_t n = (size_t)(x.end - x.p);

	snprintf(out, 80, "%.*s", (int)(n < 79 ? n : 79), x.p);
}

static bool constant(const char *name, enum kconfig_tristate *ret)
{
	if (!name[0] || name[1] || !strchr("nmy", name[0]))
		return false;
	*ret = name[0] == 'y' ? KCONFIG_Y : name[0] == 'm' ? KCONFIG_M : KCONFIG_N;
	return true;
}

static enum kconfig_tristate value_of(const struct solver *s, const struct kconfig *kc,
				      struct slice x, int depth);

static struct known *find_known(const struct solver *s, const char *name)
{
	for (size_t i = 0; i < s->known_count; i++)
		if (!strcmp(s->known[i]->name, name))
			return s->known[i];
	return NULL;
}

static enum kconfig_tristate symbol_value(const struct solver *s, const struct kconfig *kc,
					  const char *name, int depth)
{
	enum kconfig_tristate v = KCONFIG_N;
	const struct kconfig_symbol *row;
	const struct known *k;

	if (constant(name, &v))
		return v;
	v = kc ? kconfig_get(kc, name, NULL) : KCONFIG_N;
	if (v != KCONFIG_N)
		return v;
	row = kconfig_symbol_at(name, s->version);
	if (row && s->lenient && s->version < row->since)
		return KCONFIG_Y;
	k = s->lenient ? find_known(s, name) : NULL;
	if (k && k->absent)
		return KCONFIG_Y;
	if (!row || s->version < row->until)
		return KCONFIG_N;
	if (row->successor && depth < DEPTH_MAX)
		return value_of(s, kc, whole(row->successor), depth + 1);
	return row->always_on_after ? KCONFIG_Y : KCONFIG_N;
}

static enum kconfig_tristate value_of(const struct solver *s, const struct kconfig *kc,
				      struct slice x, int depth)
{
	struct slice left, right;
	enum kconfig_tristate a, b;
	char name[80];

	if (depth > DEPTH_MAX)
		return KCONFIG_N;
	if (split(x, "||", &left, &right)) {
		a = value_of(s, kc, left, depth + 1);
		b = value_of(s, kc, right, depth + 1);
		return a > b ? a : b;
	}
	if (split(x, "&&", &left, &right)) {
		a = value_of(s, kc, left, depth + 1);
		b = value_of(s, kc, right, depth + 1);
		return a < b ? a : b;
	}
	if (x.p < x.end && *x.p == '!')
		return KCONFIG_Y - value_of(s, kc, trim((struct slice){ x.p + 1, x.end }), depth + 1);
	if (x.p < x.end && *x.p == '(')
		return value_of(s, kc, trim((struct slice){ x.p + 1, x.end - 1 }), depth + 1);
	copy_name(x, name);
	return symbol_value(s, kc, name, depth);
}

static enum kconfig_tristate text_now(const struct solver *s, const char *text)
{
	return text ? value_of(s, s->now, whole(text), 0) : KCONFIG_Y;
}

/*
 * The dependencies of k. Where they are those of a later version, what this one does not have yet
 * cannot be one of them: MASQUERADE needs IP_NF_NAT since that came, with 3.17.
 */
static enum kconfig_tristate depends_now(struct solver *s, const struct known *k)
{
	bool before = s->lenient;
	enum kconfig_tristate v;

	s->lenient = !k->exact;
	v = text_now(s, k->decl->depends);
	s->lenient = before;
	return k->offered && v == KCONFIG_N ? KCONFIG_Y : v;
}

/* ---- symbols --------------------------------------------------------------------------------- */

static struct known *meet(struct solver *s, const char *name);

static void meet_all(struct solver *s, const char *expr)
{
	for (const char *p = expr; p && *p; ) {
		size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		enum kconfig_tristate v;
		char name[80];

		copy_name((struct slice){ p, p + n }, name);
		if (n && !constant(name, &v))
			meet(s, name);
		p += n ? n : 1;
	}
}

static bool fixed_by_machine(const char *name);

/*
 * What a full configuration says of a symbol whose declaration we do not have for this version: "is
 * not set" of one that can be chosen (of one without a prompt as well, where its default is n); and
 * nothing of one that would show if it were there.
 */
static void ask_base(const struct solver *s, struct known *k)
{
	const struct kconfig_decl *d = k->decl;
	bool shows;

	if (k->exact || !s->base || !kconfig_info(s->base)->complete)
		return;
	if (k->mentioned) {
		/* Of what tells the machine, MMU alone has a prompt for certain, on these two. */
		bool mmu = s->arch && !strcmp(k->name, "MMU") &&
			   (!strcmp(s->arch, "arm") || !strcmp(s->arch, "riscv"));

		k->offered = (!d || d->prompt) && (mmu || !fixed_by_machine(k->name)) &&
			     kconfig_get(s->base, k->name, NULL) == KCONFIG_N;
		return;
	}
	if (!d || !k->has_depends || kconfig_symbol_find(k->name))
		return;
	shows = d->prompt ? !d->prompt_if || value_of(s, s->base, whole(d->prompt_if), 0) :
		d->implied && value_of(s, s->base, whole(d->implied), 0);
	k->absent = shows;
}

/* The symbol's record; with it those of all symbols that it hangs on. NULL: out of memory. */
static struct known *meet(struct solver *s, const char *name)
{
	const struct kconfig_symbol *row;
	struct known *k = find_known(s, name);

	if (k)
		return k;
	if (s->known_count == s->known_cap) {
		size_t cap = s->known_cap ? s->known_cap * 2 : 256;
		struct known **more = realloc(s->known, cap * sizeof(struct known *));

		if (!more)
			return NULL;
		s->known = more;
		s->known_cap = cap;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	s->known[s->known_count++] = k;
	snprintf(k->name, sizeof(k->name), "%.79s", name);
	k->decl = kconfig_decl_find(name, s->version, s->arch);
	k->exact = k->decl != NULL;
	if (!k->decl)
		k->decl = kconfig_decl_near(name, s->version, s->arch);
	k->mentioned = s->base && kconfig_mentions(s->base, name);
	k->has_depends = true;
	row = kconfig_symbol_at(name, s->version);
	if (row && row->successor && s->version >= row->until)
		meet_all(s, row->successor);
	if (!k->decl) {
		ask_base(s, k);
		return k;
	}
	meet_all(s, k->decl->depends);
	meet_all(s, k->decl->prompt_if);
	meet_all(s, k->decl->implied);
	k->has_depends = !k->decl->depends || value_of(s, s->base, whole(k->decl->depends), 0);
	if (k->decl->implied && k->has_depends)
		k->implied = value_of(s, s->base, whole(k->decl->implied), 0);
	ask_base(s, k);
	return k;
}

static enum kconfig_tristate now(const struct solver *s, const struct known *k)
{
	return kconfig_get(s->now, k->name, NULL);
}

static bool set(struct solver *s, struct known *k, enum kconfig_tristate value, bool came)
{
	if (s->log_count == LOG_MAX) {
		s->full = true;
		return false;
	}
	s->log[s->log_count++] = (struct change){ k, now(s, k), k->came };
	k->came = came;
	if (kconfig_overlay_set(s->now, k->name, value)) {
		s->full = true;
		return false;
	}
	return true;
}

static void undo(struct solver *s, size_t log_mark, size_t request_mark)
{
	while (s->log_count > log_mark) {
		struct change *c = &s->log[--s->log_count];

		kconfig_overlay_set(s->now, c->k->name, c->before);
		c->k->came = c->came;
	}
	while (s->request_count > request_mark) {
		struct known *k = meet(s, s->requests[--s->request_count].symbol);

		if (k)
			k->asked = ASKED_NO;
	}
}

/*
 * What k becomes without being asked for: only where what implies it holds now and did not in
 * the base, since the base has already had its selects and defaults. One that can be chosen and
 * that the base says no to stays off: a default does not come back.
 */
static enum kconfig_tristate implied_now(struct solver *s, const struct known *k)
{
	const struct kconfig_decl *d = k->decl;
	enum kconfig_tristate depends, v;

	/* Defaults change; one of another version is nothing to rely on where a line can be written. */
	if (!d || !d->implied || k->asked == ASKED_OFF || (d->prompt && (k->mentioned || !k->exact)))
		return KCONFIG_N;
	depends = depends_now(s, k);
	if (depends == KCONFIG_N)
		return KCONFIG_N;
	v = text_now(s, d->implied);
	if (v <= k->implied)
		return KCONFIG_N;
	if (!d->tristate)
		return KCONFIG_Y;
	return v < depends ? v : depends;
}

/*
 * Let selects, defaults and dependencies that went take effect, until nothing changes. What came
 * by implication goes again where it no longer holds: "default m if NETFILTER_ADVANCED=n" does for
 * as long as the default of NETFILTER_ADVANCED has not been looked at.
 */
static void settle(struct solver *s)
{
	bool changed = true;

	for (int round = 0; changed && round < DEPTH_MAX && !s->full; round++) {
		changed = false;
		for (size_t i = 0; i < s->known_count; i++) {
			struct known *k = s->known[i];
			enum kconfig_tristate v = implied_now(s, k), old = now(s, k);

			if (v > old || (k->came && v < old))
				changed |= set(s, k, v, v > KCONFIG_N);
			else if (old != KCONFIG_N && k->exact && k->has_depends && k->asked == ASKED_NO &&
				 k->decl->depends && text_now(s, k->decl->depends) == KCONFIG_N)
				changed |= set(s, k, KCONFIG_N, false);
		}
	}
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Symbols that say what machine it is: not for a remedy to change. */
static bool fixed_by_machine(const char *name)
{
	static const char *const names[] = { "64BIT", "32BIT", "MMU", "X86_32", "X86_64", "COMPILE_TEST",
					     "BROKEN", "CPU_LITTLE_ENDIAN", "CPU_BIG_ENDIAN", "OF", "ACPI" };
	static const char *const starts[] = { "ARCH_", "CPU_", "MACH_", "SOC_", "PPC_", "HAVE_", "SYS_" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static bool no(struct solver *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The first reason is the one closest to the cause; later ones only follow from it. */
static bool no(struct solver *s, const char *fmt, ...)
{
	va_list ap;

	if (s->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return false;
}

/* As no(), where the reason is what we do not know; it counts more than one that only looks final. */
static bool unknown(struct solver *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool unknown(struct solver *s, const char *fmt, ...)
{
	va_list ap;

	if (s->unknown)
		return false;
	s->unknown = true;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool want(struct solver *s, struct slice x, enum kconfig_tristate level, const char *by);

static bool request(struct solver *s, struct known *k, enum kconfig_tristate v, const char *by)
{
	if (s->request_count == REQUESTS_MAX || k->asked == (v ? ASKED_OFF : ASKED_ON))
		return no(s, "CONFIG_%s would have to be both on and off", k->name);
	s->requests[s->request_count++] = (struct solver_request){ k->name, v, by, s->tag };
	k->asked = v ? ASKED_ON : ASKED_OFF;
	if (!set(s, k, v, false))
		return no(s, "the search grew too large");
	settle(s);
	return true;
}

/* Has this version the symbol at all? A symbol that went may have a successor to want. */
static bool by_history(struct solver *s, const char *name, enum kconfig_tristate level,
		       const char *by, bool *ret)
{
	const struct kconfig_symbol *row = kconfig_symbol_at(name, s->version);
	char text[16];

	if (!row || (s->version >= row->since && s->version < row->until))
		return false;
	*ret = false;
	if (s->version >= row->until && row->successor)
		*ret = want(s, whole(row->successor), level, by);
	else if (s->version >= row->until)
		no(s, "CONFIG_%s went with Linux %s", name, kver_format(row->until, text));
	else
		no(s, "CONFIG_%s came with Linux %s", name, kver_format(row->since, text));
	return true;
}

/*
 * No declaration: a symbol that only architectures define, about processor and board, which a
 * remedy leaves alone; or one that the table of history knows and no tree that was read. More
 * than one processor is what a kernel can be asked for on most machines.
 */
static bool turn_on_unknown(struct solver *s, struct known *k, const char *by)
{
	if (!strcmp(k->name, "SMP")) {
		if ((!strcmp(s->arch ? s->arch : "", "arm") && !text_now(s, "HAVE_SMP")) ||
		    (!strcmp(s->arch ? s->arch : "", "mips") && !text_now(s, "SYS_SUPPORTS_SMP")))
			return unknown(s, "CONFIG_SMP is off, and whether this processor can have it is not known");
		return request(s, k, KCONFIG_Y, by);
	}
	/* A choice that makes a kernel for some processors only, which a configuration does not name. */
	if (!strcmp(k->name, "ARM_LPAE"))
		return unknown(s, "CONFIG_ARM_LPAE=y brings it, for processors that have it only (Cortex-A7, "
			       "A15 and newer)");
	if (k->offered || kconfig_symbol_find(k->name))
		return request(s, k, KCONFIG_Y, by);
	/* The version may not even have it, so its name would mislead. */
	if (!k->mentioned && s->lenient && by)
		return unknown(s, "what CONFIG_%s depends on in this version is not known", by);
	return unknown(s, "CONFIG_%s is off, and what turns it on in this version is not known", k->name);
}

static bool turn_on(struct solver *s, struct known *k, enum kconfig_tristate level, const char *by)
{
	const struct kconfig_decl *d = k->decl;
	enum kconfig_tristate depends, v;
	bool before = s->lenient, ok;

	s->near |= !k->exact && !k->offered;
	if (!d)
		return turn_on_unknown(s, k, by);
	/* A bool may be y where what it depends on is m. */
	s->lenient = !k->exact;
	ok = !d->depends || k->offered || want(s, whole(d->depends), d->tristate ? level : KCONFIG_M, k->name);
	s->lenient = before;
	if (!ok)
		return no(s, "what CONFIG_%s depends on cannot be had", k->name);
	if (now(s, k) >= level)
		return true;
	depends = depends_now(s, k);
	v = d->tristate && depends == KCONFIG_M ? KCONFIG_M : KCONFIG_Y;
	if (k->offered || (d->prompt && (!d->prompt_if || text_now(s, d->prompt_if))))
		return request(s, k, v, by);
	if (d->implied) {
		size_t log_mark = s->log_count, request_mark = s->request_count;

		if (want(s, whole(d->implied), d->tristate ? level : KCONFIG_M, k->name)) {
			settle(s);
			/* What implied it may have done so in the base, and a choice against it stands. */
			if (now(s, k) >= level)
				return true;
		}
		undo(s, log_mark, request_mark);
	}
	if (d->prompt && want(s, whole(d->prompt_if), KCONFIG_M, k->name))
		return request(s, k, v, by);
	if (!k->exact || d->implied_more)
		return unknown(s, "what turns CONFIG_%s on in this version is not known", k->name);
	return no(s, "nothing that can be chosen turns CONFIG_%s on", k->name);
}

static bool turn_off(struct solver *s, struct known *k, const char *by)
{
	const struct kconfig_decl *d = k->decl;

	if (!d || (d->prompt && (!d->prompt_if || text_now(s, d->prompt_if))))
		return request(s, k, KCONFIG_N, by);
	if (d->implied && text_now(s, d->implied)) {
		char not[512];

		snprintf(not, sizeof(not), "!(%.500s)", d->implied);
		if (strlen(d->implied) > 500 || !want(s, whole(not), KCONFIG_Y, k->name))
			return no(s, "CONFIG_%s cannot be turned off", k->name);
	}
	if (now(s, k) != KCONFIG_N && !set(s, k, KCONFIG_N, false))
		return false;
	settle(s);
	return now(s, k) == KCONFIG_N;
}

/*
 * What says which machine the kernel is for: it follows from other symbols where a declaration of
 * this version says how; otherwise a remedy leaves it alone, which does not prove that it cannot be.
 */
static bool turn_machine(struct solver *s, struct known *k, enum kconfig_tristate level, bool on,
			 const char *by)
{
	const struct kconfig_decl *d = k->exact ? k->decl : NULL;
	size_t len = strlen(k->name), tail = strlen("SUPPORTS_HUGETLBFS");

	if (on && (k->offered || (d && !d->prompt && d->implied)))
		return turn_on(s, k, level, by);
	if (on && d && !d->prompt && !d->implied_more)
		return no(s, "it is not for this machine (nothing turns CONFIG_%s on)", k->name);
	if (on && !strncmp(k->name, "X86_", 4) && s->arch && strcmp(s->arch, "x86"))
		return no(s, "it is not for this machine (CONFIG_%s is of x86 only)", k->name);
	/* arch/arm/Kconfig, since 3.11: it follows from ARM_LPAE. */
	if (on && !d && len > tail && !strcmp(k->name + len - tail, "SUPPORTS_HUGETLBFS") && s->arch &&
	    !strcmp(s->arch, "arm") && s->version >= KVER(3, 11))
		return want(s, whole("ARM_LPAE"), KCONFIG_Y, k->name);
	return unknown(s, "CONFIG_%s is %s, and whether this machine can have it otherwise is not known",
		       k->name, on ? "off" : "on");
}

static bool want_symbol(struct solver *s, const char *name, enum kconfig_tristate level, bool on,
			const char *by)
{
	const struct kconfig_arch_limit *limit;
	struct known *k = meet(s, name);
	char text[16];
	bool ret;

	if (!k || --s->budget < 0 || s->depth >= DEPTH_MAX || s->full)
		return no(s, "the search for a way to set CONFIG_%s grew too large", name);
	if (k->busy)
		return false;
	if (on && k->decl && (k->exact || !strncmp(name, "X86_", 4)) && k->decl->depends &&
	    !strcmp(k->decl->depends, "n"))
		return no(s, "CONFIG_%s is not on this architecture", name);
	limit = kconfig_arch_limit_find(name, s->arch);
	if (on && limit && s->version < limit->since)
		return no(s, "CONFIG_%s is not on this architecture%s%s", name,
			  limit->since == KVER_MAX ? "" : " before Linux ",
			  limit->since == KVER_MAX ? "" : kver_format(limit->since, text));
	if (on && k->absent)
		return no(s, "CONFIG_%s is not in this version", name);
	k->busy = true;
	s->depth++;
	if (fixed_by_machine(name))
		ret = turn_machine(s, k, level, on, by);
	else if (on && by_history(s, name, level, by, &ret))
		;
	else
		ret = on ? turn_on(s, k, level, by) : turn_off(s, k, by);
	s->depth--;
	k->busy = false;
	return ret;
}

/* Of two ways the one with fewer requests, the left one if there is no difference. */
static bool want_either(struct solver *s, struct slice left, struct slice right,
			enum kconfig_tristate level, const char *by)
{
	size_t log_mark = s->log_count, request_mark = s->request_count, cost;
	char why[sizeof(s->why)];
	bool can_left, can_right, was_unknown = s->unknown;

	memcpy(why, s->why, sizeof(why));
	can_left = want(s, left, level, by);
	cost = s->request_count - request_mark;
	if (can_left && cost <= 1)
		return true;
	undo(s, log_mark, request_mark);
	can_right = want(s, right, level, by);
	/* Why one of two cannot be is no reason where the other can. */
	if (can_left || can_right) {
		memcpy(s->why, why, sizeof(why));
		s->unknown = was_unknown;
	}
	if (can_right && (!can_left || s->request_count - request_mark < cost))
		return true;
	undo(s, log_mark, request_mark);
	return can_left && want(s, left, level, by);
}

/* Make "!(x)" hold: push the negation inwards. */
static bool want_not(struct solver *s, struct slice x, const char *by)
{
	struct slice left, right;
	bool either;
	char text[1024], name[80];
	enum kconfig_tristate v;

	if (value_of(s, s->now, x, 0) == KCONFIG_N)
		return true;
	either = !split(x, "||", &left, &right);
	if (either && !split(x, "&&", &left, &right)) {
		if (x.p < x.end && *x.p == '!')
			return want(s, trim((struct slice){ x.p + 1, x.end }), KCONFIG_Y, by);
		if (x.p < x.end && *x.p == '(')
			return want_not(s, trim((struct slice){ x.p + 1, x.end - 1 }), by);
		copy_name(x, name);
		return constant(name, &v) ? v == KCONFIG_N : want_symbol(s, name, KCONFIG_Y, false, by);
	}
	if (!either)
		return want_not(s, left, by) && want_not(s, right, by);
	if (x.end - x.p > 900)
		return false;
	snprintf(text, sizeof(text), "!(%.*s)@!(%.*s)", (int)(left.end - left.p), left.p,
		 (int)(right.end - right.p), right.p);
	char *at = strchr(text, '@');

	return want_either(s, (struct slice){ text, at }, whole(at + 1), KCONFIG_Y, by);
}

/* Make the expression hold at this level or above. Where it fails, changes are left behind. */
static bool want(struct solver *s, struct slice x, enum kconfig_tristate level, const char *by)
{
	struct slice left, right;
	enum kconfig_tristate v;
	char name[80];

	if (value_of(s, s->now, x, 0) >= level)
		return true;
	if (split(x, "||", &left, &right))
		return want_either(s, left, right, level, by);
	if (split(x, "&&", &left, &right)) {
		/* What the right side does may undo the left: x = A && !A. */
		return want(s, left, level, by) && want(s, right, level, by) &&
		       (value_of(s, s->now, x, 0) >= level || no(s, "its conditions exclude each other"));
	}
	if (x.p < x.end && *x.p == '!')
		return want_not(s, trim((struct slice){ x.p + 1, x.end }), by);
	if (x.p < x.end && *x.p == '(')
		return want(s, trim((struct slice){ x.p + 1, x.end - 1 }), level, by);
	copy_name(x, name);
	if (constant(name, &v))
		return v >= level;
	return want_symbol(s, name, level, true, by);
}

/* ---- features -------------------------------------------------------------------------------- */

const char *solver_expr(const struct feature *f, uint32_t version, bool *ret_always)
{
	size_t max = sizeof(f->kconfig) / sizeof(*f->kconfig);

	*ret_always = false;
	for (size_t i = 0; i < max; i++) {
		const struct feature_kconfig *k = &f->kconfig[i];

		if (!k->expr && !k->since) {
			*ret_always = !i && version >= f->since;
			return NULL;
		}
		if (version < k->since || (k->until && version >= k->until))
			continue;
		*ret_always = !k->expr;
		return k->expr;
	}
	return NULL;
}

bool solver_holds(const struct solver *s, const struct feature *f)
{
	bool always;
	const char *expr = solver_expr(f, s->version, &always);
	enum kconfig_state state;

	if (!expr)
		return always;
	state = kconfig_eval(s->now, s->version, expr, NULL, 0);
	return state == KCONFIG_STATE_BUILTIN ||
	       (state == KCONFIG_STATE_MODULE && s->enough == KCONFIG_M);
}

int solver_want(struct solver *s, const struct feature *f, size_t tag, bool commit, bool *near,
		char *why, size_t size)
{
	size_t log_mark = s->log_count, request_mark = s->request_count, n;
	bool always, ok;
	const char *expr = solver_expr(f, s->version, &always);

	s->budget = BUDGET;
	s->near = s->full = s->lenient = s->unknown = false;
	s->why[0] = 0;
	s->tag = tag;
	why[0] = 0;
	if (!expr)
		return always ? 0 : -1;
	meet_all(s, expr);
	ok = solver_holds(s, f) || (want(s, whole(expr), s->enough, NULL) && solver_holds(s, f));
	n = s->request_count - request_mark;
	*near = s->near;
	if (!ok || !commit || s->full)
		undo(s, log_mark, request_mark);
	if (!ok || s->full) {
		snprintf(why, size, "%s", s->why);
		return s->unknown ? -2 : -1;
	}
	for (size_t i = 0; commit && i < s->goal_count; i++)
		commit = s->goals[i] != f;
	if (commit && s->goal_count < GOALS_MAX)
		s->goals[s->goal_count++] = f;
	return (int)n;
}

/* Build "now" anew from the base and the requests but one, in whatever order they can be met. */
static void apply(struct solver *s, size_t without)
{
	bool done[REQUESTS_MAX] = { false }, changed = true;

	undo(s, 0, s->request_count);
	s->full = false;
	for (size_t i = 0; i < s->known_count; i++)
		s->known[i]->asked = ASKED_NO;
	for (size_t i = 0; i < s->request_count; i++)
		if (i != without)
			meet(s, s->requests[i].symbol)->asked = s->requests[i].value ? ASKED_ON : ASKED_OFF;
	while (changed && !s->full) {
		changed = false;
		settle(s);
		for (size_t i = 0; i < s->request_count; i++) {
			struct known *k = meet(s, s->requests[i].symbol);
			const struct kconfig_decl *d = k->decl;

			if (i == without || done[i] || (d && depends_now(s, k) == KCONFIG_N) ||
			    (d && d->prompt_if && !k->offered && text_now(s, d->prompt_if) == KCONFIG_N))
				continue;
			done[i] = changed = true;
			if (now(s, k) < s->requests[i].value || !s->requests[i].value)
				set(s, k, s->requests[i].value, false);
		}
	}
	settle(s);
}

void solver_prune(struct solver *s)
{
	size_t held = 0;

	/* One that does not hold with all requests would make each of them look needed. */
	apply(s, REQUESTS_MAX);
	for (size_t g = 0; g < s->goal_count; g++)
		if (solver_holds(s, s->goals[g]))
			s->goals[held++] = s->goals[g];
	s->goal_count = held;
	for (size_t i = s->request_count; i-- > 0; ) {
		bool needed = false;

		apply(s, i);
		for (size_t g = 0; g < s->goal_count && !needed; g++)
			needed = !solver_holds(s, s->goals[g]);
		if (needed)
			continue;
		memmove(&s->requests[i], &s->requests[i + 1],
			(s->request_count - i - 1) * sizeof(s->requests[0]));
		s->request_count--;
	}
	apply(s, REQUESTS_MAX);
}

size_t solver_requests(const struct solver *s, const struct solver_request **ret)
{
	*ret = s->requests;
	return s->request_count;
}

void solver_implied(const struct solver *s,
		    void (*fn)(const char *symbol, enum kconfig_tristate value, void *arg), void *arg)
{
	for (size_t i = 0; i < s->known_count; i++)
		if (s->known[i]->came && s->known[i]->asked == ASKED_NO)
			fn(s->known[i]->name, now(s, s->known[i]), arg);
}

int solver_new(const struct kconfig *base, uint32_t version, const char *arch, struct solver **ret)
{
	struct solver *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (kconfig_overlay(base, &s->now)) {
		free(s);
		return -ENOMEM;
	}
	s->base = base;
	s->version = version;
	s->arch = arch;
	s->enough = base && kconfig_get(base, "MODULES", NULL) != KCONFIG_N ? KCONFIG_M : KCONFIG_Y;
	*ret = s;
	return 0;
}

void solver_free(struct solver *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->known_count; i++)
		free(s->known[i]);
	free(s->known);
	kconfig_free(s->now);
	free(s);
}
