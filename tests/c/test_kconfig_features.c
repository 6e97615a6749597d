// SPDX-License-Identifier: GPL-2.0-only
/* Every expression of a feature row is well formed and names symbols whose history is known. */
#include "feature.h"
#include "unit.h"

struct place {
	const struct feature *feature;
	const struct feature_kconfig *row;
};

static void has_history(const char *symbol, void *arg)
{
	const struct place *p = arg;

	unit_check(kconfig_symbol_find(symbol) != NULL, __FILE__, __LINE__,
		   "%s: %s has no row in probe/symbols/symbols.c", p->feature->id, symbol);
}

UNIT(kconfig_symbols_of_features_are_known)
{
	size_t seen = 0;

	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++)
			for (size_t k = 0; k < sizeof((*a)->rows[i].kconfig) /
					       sizeof((*a)->rows[i].kconfig[0]); k++) {
				struct place p = { &(*a)->rows[i], &(*a)->rows[i].kconfig[k] };

				if (!p.row->expr)
					continue;
				seen++;
				unit_check(!kconfig_expr_symbols(p.row->expr, has_history, &p), __FILE__,
					   __LINE__, "%s: bad expression: %s", p.feature->id, p.row->expr);
			}
	CHECK(seen > 0);
}
