// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk down the declarations, from a symbol to what is on offer. Of two ways to fulfil an
 * expression the shorter one is taken. This is advice for one symbol; the smallest set for many is
 * what the solver of fragments looks for.
 */
#include "needs.h"

#include <stdio.h>
#include <string.h>

#include "expr.h"
#include "symbols/decl.h"

#define DEPTH_MAX 16

struct walk {
	const struct kconfig *kc;
	uint32_t ver;
	struct kconfig_needs *needs;
	int depth;
};

static bool want(struct walk *w, const char *symbol);

static bool listed(const struct walk *w, const char *symbol, bool off)
{
	for (size_t i = 0; i < w->needs->count; i++)
		if (!strcmp(w->needs->item[i].name, symbol) && w->needs->item[i].off == off)
			return true;
	return false;
}

static bool add(struct walk *w, const char *symbol, bool off)
{
	if (listed(w, symbol, off))
		return true;
	if (listed(w, symbol, !off))
		return false;	/* on and off at once */
	if (w->needs->count == KCONFIG_NEEDS_MAX) {
		w->needs->complete = false;
		return true;
	}
	snprintf(w->needs->item[w->needs->count].name, sizeof(w->needs->item[0].name), "%s", symbol);
	w->needs->item[w->needs->count++].off = off;
	return true;
}

static bool fulfil(struct walk *w, const struct expr *x, int i, bool on);

/* One way of two. */
static bool either(struct walk *w, const struct expr *x, const struct node *n, bool on)
{
	struct kconfig_needs before = *w->needs, left;
	bool ok = fulfil(w, x, n->left, on);

	if (ok && w->needs->count == before.count)
		return true;
	left = *w->needs;
	*w->needs = before;
	if (!fulfil(w, x, n->right, on) || (ok && left.count <= w->needs->count)) {
		*w->needs = left;
		return ok;
	}
	return true;
}

/* Make the expression hold, or not hold. */
static bool fulfil(struct walk *w, const struct expr *x, int i, bool on)
{
	const struct node *n = &x->node[i];

	switch (n->kind) {
	case NODE_CONST:
		return (n->value != KCONFIG_N) == on;
	case NODE_SYMBOL:
		if (on)
			return want(w, n->name);
		if (kconfig_get(w->kc, n->name, NULL) == KCONFIG_N)
			return !listed(w, n->name, false);
		return add(w, n->name, true);
	case NODE_EMPTY:	/* a text to give, not a symbol to set */
		w->needs->complete = false;
		return true;
	case NODE_NOT:
		return fulfil(w, x, n->left, !on);
	case NODE_AND:
	case NODE_OR:
		if ((n->kind == NODE_OR) == on)
			return either(w, x, n, on);
		return fulfil(w, x, n->left, on) && fulfil(w, x, n->right, on);
	}
	return false;
}

static bool fulfil_text(struct walk *w, const char *text)
{
	struct expr x;
	int root;
	bool ok;

	if (!text)
		return true;
	if (w->depth >= DEPTH_MAX) {
		w->needs->complete = false;
		return true;
	}
	root = kconfig_expr_parse(&x, text);
	w->depth++;
	ok = root >= 0 && fulfil(w, &x, root, true);
	w->depth--;
	return ok;
}

/* Does the version have the symbol at all? What has no row is not known, and may be there. */
static bool out_of_range(const struct walk *w, const char *symbol)
{
	const struct kconfig_symbol *s = kconfig_symbol_at(symbol, w->ver);

	return s && w->ver != KVER_NONE && (w->ver < s->since || w->ver >= s->until);
}

static bool want(struct walk *w, const char *symbol)
{
	const char *arch = kconfig_info(w->kc)->arch;
	const struct kconfig_decl *d;

	if (kconfig_get(w->kc, symbol, NULL) != KCONFIG_N)
		return !listed(w, symbol, true);
	if (listed(w, symbol, false))
		return true;
	if (out_of_range(w, symbol) && !kconfig_mentions(w->kc, symbol))
		return false;
	d = kconfig_decl_find(symbol, w->ver, arch);
	if (!d && w->ver != KVER_NONE)
		d = kconfig_decl_near(symbol, w->ver, arch);
	/*
	 * Kconfig says "is not set" of what can be chosen as things stand; and of what has no prompt
	 * but a default that is n now, which is not on offer.
	 */
	if (kconfig_mentions(w->kc, symbol) && (!d || d->prompt))
		return add(w, symbol, false);
	/* Named by the end of the range that is nearer; 4.0 has no minor version before it. */
	if (d && w->ver < d->since)
		w->needs->version = d->since;
	else if (d && w->ver >= d->until)
		w->needs->version = d->until & 0xff00 ? d->until - KVER(0, 1) : d->since;
	if (!d) {
		w->needs->complete = false;
		if (!w->needs->unknown[0])
			snprintf(w->needs->unknown, sizeof(w->needs->unknown), "%s", symbol);
		/* It may have no prompt, so it is not one to set. */
		return true;
	}
	if (!fulfil_text(w, d->depends))
		return false;
	if (!d->prompt) {
		if (d->implied_more)
			w->needs->complete = false;
		else if (!d->implied || !fulfil_text(w, d->implied))
			return false;
		return true;	/* comes by itself now */
	}
	/* A default may turn it on where it does not show; what shows can be chosen. */
	if (d->prompt_if && !(d->implied && !strcmp(d->implied, "y")) &&
	    !fulfil_text(w, d->prompt_if))
		return false;
	return add(w, symbol, false);
}

bool kconfig_needs(const struct kconfig *kc, uint32_t ver, const char *symbol,
		   struct kconfig_needs *ret)
{
	struct kconfig_needs needs = { .complete = true };
	struct walk w = { kc, ver, &needs, 0 };
	bool ok = want(&w, symbol);

	*ret = ok ? needs : (struct kconfig_needs){ .complete = true };
	return ok;
}
