// SPDX-License-Identifier: GPL-2.0-only
/*
 * Symbol expressions over a configuration.
 *
 * A value is an interval [lo, hi] of the tristate: one point where the configuration says it, the
 * whole range where it cannot. min, max and 2-x on both ends give Kconfig's &&, || and ! and, at
 * once, the usual logic of "unknown" (n && unknown is n). Beside it runs one bit, never: the
 * value is n because a symbol does not exist in this version, so that no setting would help.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr.h"
#include "internal.h"
#include "symbols/decl.h"

#define DEPTH_MAX 24	/* of successors of successors */

/* ---- values --------------------------------------------------------------------------------- */

struct value {
	enum kconfig_tristate lo, hi;
	bool never;
};

static const struct value unknown = { KCONFIG_N, KCONFIG_Y, false };

struct judge {
	const struct kconfig *kc;
	uint32_t ver;
	int depth;	/* of successors */
};

enum leaf_kind {	/* where the value of a symbol comes from */
	LEAF_SAID,		/* the configuration */
	LEAF_ABSENT,		/* a full configuration that does not mention it */
	LEAF_ODD,		/* a line that Kconfig passes over, or none can read */
	LEAF_NOT_YET,		/* the version is older than the symbol */
	LEAF_ARCH,		/* the architecture cannot have it in this version */
	LEAF_ALWAYS,		/* the symbol went, the function is always on */
	LEAF_SUCCESSOR,		/* the symbol went, others took its place */
	LEAF_GONE,		/* the symbol went and the function with it */
	LEAF_NO_VERSION,	/* what absence means depends on the version, which is unknown */
	LEAF_NO_HISTORY,	/* no row for the symbol */
	LEAF_TOO_NEW,		/* a version later than what the table of symbols covers */
	LEAF_NOT_FULL,		/* the file holds only a part of a configuration */
};

/* The architecture of the configuration cannot have a symbol in this version, whatever is set. */
static bool arch_cannot(const struct judge *j, const char *name)
{
	const char *arch = kconfig_info(j->kc)->arch;
	const struct kconfig_arch_limit *l = kconfig_arch_limit_find(name, arch);
	const struct kconfig_decl *d;

	if (!arch || j->ver == KVER_NONE || j->ver >= kconfig_history_end)
		return false;
	if (l && j->ver < l->since)
		return true;
	d = kconfig_decl_find(name, j->ver, arch);
	return d && d->depends && !strcmp(d->depends, "n");
}

static enum leaf_kind classify_name(const struct judge *j, const char *name,
				    const struct kconfig_symbol **ret_row)
{
	const struct kconfig_entry *e = kconfig_entry(j->kc, name);
	const struct kconfig_symbol *row = kconfig_symbol_at(name, j->ver);

	*ret_row = row;
	if (e && kconfig_said_nothing(e))
		return LEAF_ODD;
	if (e && e->tri != KCONFIG_N)
		return LEAF_SAID;	/* whatever the history says: vendors port back */
	/* "is not set" from a kernel that is past the symbol is a remnant; Kconfig ignores it. */
	if (row && j->ver != KVER_NONE && j->ver >= row->until)
		return row->successor ? LEAF_SUCCESSOR : row->always_on_after ? LEAF_ALWAYS : LEAF_GONE;
	if (e)
		return LEAF_SAID;
	if (!row)
		return LEAF_NO_HISTORY;
	if (j->ver == KVER_NONE && (row->since != KVER_NONE || row->until != KVER_MAX))
		return LEAF_NO_VERSION;
	if (j->ver != KVER_NONE && j->ver < row->since)
		return LEAF_NOT_YET;
	if (arch_cannot(j, name))
		return LEAF_ARCH;
	if (j->ver >= kconfig_history_end)
		return LEAF_TOO_NEW;
	return kconfig_info(j->kc)->complete ? LEAF_ABSENT : LEAF_NOT_FULL;
}

static enum leaf_kind classify(const struct judge *j, struct node *n)
{
	if (!n->met.classified)
		n->met.leaf = (unsigned char)classify_name(j, n->name, &n->met.row);
	n->met.classified = true;
	return (enum leaf_kind)n->met.leaf;
}

static struct value eval_text(struct judge *j, const char *text);

/* A number or a string, where y, m or n is asked for. */
static bool no_tristate(const struct kconfig_entry *e)
{
	return e && e->value && e->tri == KCONFIG_N && strcmp(e->value, "n") != 0;
}

static struct value eval_symbol(struct judge *j, struct node *n)
{
	struct value v = { KCONFIG_N, KCONFIG_N, false };

	switch (classify(j, n)) {
	case LEAF_SAID:
		if (no_tristate(kconfig_entry(j->kc, n->name)))
			return unknown;
		v.lo = v.hi = kconfig_get(j->kc, n->name, NULL);
		return v;
	case LEAF_ABSENT:
		return v;
	case LEAF_NOT_YET:
	case LEAF_ARCH:
	case LEAF_GONE:
		v.never = true;
		return v;
	case LEAF_ALWAYS:
		v.lo = v.hi = KCONFIG_Y;
		return v;
	case LEAF_SUCCESSOR:
		return eval_text(j, n->met.row->successor);
	case LEAF_ODD:
	case LEAF_NO_VERSION:
	case LEAF_NO_HISTORY:
	case LEAF_TOO_NEW:
	case LEAF_NOT_FULL:
		break;
	}
	return unknown;
}

/* Is the symbol, a string, empty? One that is not mentioned has no value either. */
static struct value eval_empty(struct judge *j, struct node *n)
{
	static const struct value yes = { KCONFIG_Y, KCONFIG_Y, false }, no = { KCONFIG_N, KCONFIG_N, false };
	const char *text = NULL;

	if (classify(j, n) != LEAF_ODD && (kconfig_get(j->kc, n->name, &text), text))
		return strcmp(text, "\"\"") ? no : yes;
	switch (classify(j, n)) {
	case LEAF_SAID:
	case LEAF_ABSENT:
	case LEAF_NOT_YET:
	case LEAF_ARCH:
	case LEAF_GONE:
		return yes;
	default:
		return unknown;
	}
}

static struct value eval(struct judge *j, struct expr *x, int i);

static struct value eval_node(struct judge *j, struct expr *x, struct node *n)
{
	struct value a, b, v = { n->value, n->value, false };

	switch (n->kind) {
	case NODE_CONST:
		return v;
	case NODE_SYMBOL:
		return eval_symbol(j, n);
	case NODE_EMPTY:
		return eval_empty(j, n);
	case NODE_NOT:
		a = eval(j, x, n->left);
		v.lo = KCONFIG_Y - a.hi;
		v.hi = KCONFIG_Y - a.lo;
		return v;
	case NODE_AND:
		a = eval(j, x, n->left);
		b = eval(j, x, n->right);
		v.lo = a.lo < b.lo ? a.lo : b.lo;
		v.hi = a.hi < b.hi ? a.hi : b.hi;
		v.never = a.never || b.never;
		return v;
	case NODE_OR:
		a = eval(j, x, n->left);
		b = eval(j, x, n->right);
		v.lo = a.lo > b.lo ? a.lo : b.lo;
		v.hi = a.hi > b.hi ? a.hi : b.hi;
		v.never = a.never && b.never;
		return v;
	}
	return unknown;
}

static struct value eval(struct judge *j, struct expr *x, int i)
{
	struct node *n = &x->node[i];
	struct value v;

	if (n->met.evaluated)
		return (struct value){ n->met.lo, n->met.hi, n->met.never };
	v = eval_node(j, x, n);
	n->met.lo = (unsigned char)v.lo;
	n->met.hi = (unsigned char)v.hi;
	n->met.never = v.never;
	n->met.evaluated = true;
	return v;
}

static struct value eval_text(struct judge *j, const char *text)
{
	struct expr x;
	struct value v = unknown;
	int root;

	if (j->depth >= DEPTH_MAX)
		return unknown;
	root = kconfig_expr_parse(&x, text);
	j->depth++;
	if (root >= 0)
		v = eval(j, &x, root);
	j->depth--;
	return v;
}

/* ---- reasons -------------------------------------------------------------------------------- */

struct why {
	char *out;
	size_t size, len;
};

static void say(struct why *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct why *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (w->len + 1 >= w->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(w->out + w->len, w->size - w->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		w->len = w->len + (size_t)n < w->size ? w->len + (size_t)n : w->size - 1;
}

static void say_arch_cannot(const struct judge *j, const char *name, struct why *w)
{
	const char *arch = kconfig_info(j->kc)->arch;
	const struct kconfig_arch_limit *l = kconfig_arch_limit_find(name, arch);
	char ver[16];

	if (l && l->since != KVER_MAX)
		say(w, "%s cannot have %s before %s", arch, name, kver_format(l->since, ver));
	else
		say(w, "%s cannot have %s%s", arch, name, l ? "" : " in this version");
}

static void why_text(struct judge *j, const char *text, struct why *w);

static void why_symbol(struct judge *j, struct node *n, struct why *w)
{
	const char *name = n->name;
	const struct kconfig_entry *e = kconfig_entry(j->kc, name);
	enum leaf_kind kind = classify(j, n);
	const struct kconfig_symbol *row = n->met.row;
	char ver[16];

	if (w->len)
		say(w, ", ");
	switch (kind) {
	case LEAF_SAID:
		if (no_tristate(e) && n->kind == NODE_SYMBOL)
			say(w, "line %u, %s=%.40s, is damaged: neither y, m nor n", e->line, name, e->value);
		else if (e->value)
			say(w, "%s=%.40s", name, e->value);
		else
			say(w, "%s is not set", name);
		break;
	case LEAF_ABSENT:
		say(w, j->kc->shows_not_set ? "%s is not mentioned: a dependency of it is off" :
		    "%s is not set", name);
		break;
	case LEAF_NOT_YET:
		if (row->since == row->until)
			say(w, "%s is not of mainline", name);
		else
			say(w, "%s came with %s", name, kver_format(row->since, ver));
		break;
	case LEAF_ARCH:
		say_arch_cannot(j, name, w);
		break;
	case LEAF_ALWAYS:
		say(w, "always on since %s", kver_format(row->until, ver));
		break;
	case LEAF_SUCCESSOR:
		say(w, "%s went with %s", name, kver_format(row->until, ver));
		why_text(j, row->successor, w);
		break;
	case LEAF_GONE:
		if (row->since == row->until)
			say(w, "%s is not of mainline, and not mentioned", name);
		else
			say(w, "%s went with %s", name, kver_format(row->until, ver));
		break;
	case LEAF_ODD:
		if (e->said == KCONFIG_SAID_ODDLY)
			say(w, "line %u, about %s, is one that Kconfig passes over", e->line, name);
		else if (e->value)
			say(w, "line %u, %s=%.40s, is damaged: neither y, m nor n", e->line, name, e->value);
		else
			say(w, "line %u, about %s, is damaged", e->line, name);
		break;
	case LEAF_NO_VERSION:
		say(w, "%s is not mentioned, and the version is unknown", name);
		break;
	case LEAF_NO_HISTORY:
		say(w, "%s is not mentioned, and its history is unknown", name);
		break;
	case LEAF_TOO_NEW:
		say(w, "%s is not mentioned, and its history is known up to before %s only", name,
		    kver_format(kconfig_history_end, ver));
		break;
	case LEAF_NOT_FULL:
		if (j->kc->damaged)
			say(w, "%s is not mentioned, and what line %u said is lost", name, j->kc->damaged);
		else
			say(w, "%s is not mentioned, and this is not a full configuration", name);
		break;
	}
}

static bool same(struct value a, struct value b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

/* A symbol that this version does not have (any more): not what a reader looks for first. */
static bool out_of_range(const struct judge *j, struct node *n)
{
	enum leaf_kind kind;

	if (n->kind != NODE_SYMBOL)
		return false;
	kind = classify(j, n);
	return kind == LEAF_NOT_YET || kind == LEAF_ARCH || kind == LEAF_GONE || kind == LEAF_SUCCESSOR;
}

/* Which operands of && and || made the value v what it is? One bit for left, one for right. */
static unsigned int deciders(struct judge *j, const struct node *n, struct node *left,
			     struct node *right, struct value v, struct value a, struct value b)
{
	if (n->kind == NODE_AND && v.never)
		return (a.never ? 1u : 0u) | (b.never ? 2u : 0u);
	if (n->kind == NODE_AND && v.lo > KCONFIG_N)
		return 3;	/* all are needed, all are there */
	if (n->kind == NODE_OR && v.lo > KCONFIG_N && same(a, v))
		return same(b, v) && out_of_range(j, left) ? 2 : 1;	/* one is enough */
	if (!same(a, v) && !same(b, v))
		return 3;
	if (same(a, v) && same(b, v) && n->kind == NODE_OR) {
		bool left_out = out_of_range(j, left), right_out = out_of_range(j, right);

		return left_out == right_out ? 3 : left_out ? 2 : 1;
	}
	return (same(a, v) ? 1u : 0u) | (same(b, v) ? 2u : 0u);
}

/* Name the symbols that made the value what it is. */
static void why(struct judge *j, struct expr *x, int i, struct why *w)
{
	struct node *n = &x->node[i];
	unsigned int sides;

	if (n->kind == NODE_SYMBOL || n->kind == NODE_EMPTY)
		why_symbol(j, n, w);
	if (n->kind == NODE_NOT)
		why(j, x, n->left, w);
	if (n->kind != NODE_AND && n->kind != NODE_OR)
		return;
	sides = deciders(j, n, &x->node[n->left], &x->node[n->right], eval(j, x, i),
			 eval(j, x, n->left), eval(j, x, n->right));
	if (sides & 1)
		why(j, x, n->left, w);
	if (sides & 2)
		why(j, x, n->right, w);
}

static void why_text(struct judge *j, const char *text, struct why *w)
{
	struct expr x;
	int root;

	if (j->depth >= DEPTH_MAX)
		return;
	root = kconfig_expr_parse(&x, text);
	j->depth++;
	if (root >= 0)
		why(j, &x, root, w);
	j->depth--;
}

enum kconfig_state kconfig_eval(const struct kconfig *kc, uint32_t ver, const char *text,
				char *ret_why, size_t size)
{
	struct judge j = { kc, ver, 0 };
	struct why w = { ret_why, ret_why ? size : 0, 0 };
	struct expr x;
	struct value v;
	int root;

	if (w.size)
		ret_why[0] = 0;
	root = kconfig_expr_parse(&x, text);
	if (root < 0) {
		say(&w, "bad expression: %s", text);
		return KCONFIG_STATE_UNKNOWN;
	}
	if (!kc) {
		say(&w, "there is no configuration");
		return KCONFIG_STATE_UNKNOWN;
	}
	v = eval(&j, &x, root);
	why(&j, &x, root, &w);
	if (w.size)
		kconfig_defuse(ret_why);
	if (v.hi == KCONFIG_N)
		return v.never ? KCONFIG_STATE_NO_SYMBOL : KCONFIG_STATE_OFF;
	if (v.lo != v.hi)
		return KCONFIG_STATE_UNKNOWN;
	return v.lo == KCONFIG_Y ? KCONFIG_STATE_BUILTIN : KCONFIG_STATE_MODULE;
}

const char *kconfig_state_name(enum kconfig_state s)
{
	switch (s) {
	case KCONFIG_STATE_BUILTIN:
		return "builtin";
	case KCONFIG_STATE_MODULE:
		return "module";
	case KCONFIG_STATE_OFF:
		return "off";
	case KCONFIG_STATE_NO_SYMBOL:
		return "no-such-symbol";
	case KCONFIG_STATE_UNKNOWN:
		break;
	}
	return "unknown";
}
