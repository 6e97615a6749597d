// SPDX-License-Identifier: GPL-2.0-only
#include "decl.h"

#include <string.h>

#include "kconfig/kconfig.h"

static bool for_arch(const struct kconfig_decl *d, const char *arch)
{
	const char *p = d->archs;
	size_t len;

	if (!p)
		return true;
	if (!arch)
		return false;
	len = strlen(arch);
	while ((p = strstr(p, arch)))
		if (p[-1] == ' ' && p[len] == ' ')
			return true;
		else
			p += len;
	return false;
}

struct near {
	const struct kconfig_decl *best;
	uint32_t distance;
};

/* First row of a name in a sorted table, or NULL. */
static const struct kconfig_decl *first(const struct kconfig_decl *t, size_t n, const char *name)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(t[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && !strcmp(t[lo].name, name) ? &t[lo] : NULL;
}

static void look(const struct kconfig_decl *t, size_t n, const char *name, uint32_t version,
		 const char *arch, struct near *near)
{
	const struct kconfig_decl *d = first(t, n, name);

	for (; d && d < t + n && !strcmp(d->name, name); d++) {
		uint32_t distance = version < d->since ? d->since - version :
				    version >= d->until ? version - d->until + 1 : 0;

		if (for_arch(d, arch) && (!near->best || distance < near->distance)) {
			near->best = d;
			near->distance = distance;
		}
	}
}

static struct near search(const char *name, uint32_t version, const char *arch)
{
	struct near near = { NULL, 0 };

	/* What was written by hand first: of two rows that hold, the first is taken. */
	look(kconfig_decls_old, kconfig_decl_old_count, name, version, arch, &near);
	look(kconfig_decls_derived, kconfig_decl_derived_count, name, version, arch, &near);
	return near;
}

const struct kconfig_decl *kconfig_decl_find(const char *name, uint32_t version, const char *arch)
{
	struct near near = search(name, version, arch);

	return near.best && !near.distance ? near.best : NULL;
}

const struct kconfig_decl *kconfig_decl_near(const char *name, uint32_t version, const char *arch)
{
	return search(name, version, arch).best;
}
