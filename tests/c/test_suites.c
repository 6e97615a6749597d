// SPDX-License-Identifier: GPL-2.0-only
/* The table of suites: what no compiler checks. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"
#include "runner.h"
#include "suite_table.h"
#include "sw_buf.h"
#include "unit.h"

UNIT(suites_ids_are_unique_and_plain)
{
	size_t count;
	const struct suite_test *const *all = suite_tests(&count);

	CHECK(count >= 40);
	for (size_t i = 0; i < count; i++) {
		char id[128], other[128];

		suite_test_id(all[i], id, sizeof(id));
		CHECK(strlen(id) < 100);
		for (const char *c = id; *c; c++)
			unit_check(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
				   strchr("._", *c), __FILE__, __LINE__, "%s holds '%c'", id, *c);
		for (size_t j = 0; j < i; j++)
			unit_check(strcmp(id, suite_test_id(all[j], other, sizeof(other))), __FILE__,
				   __LINE__, "two tests are called %s", id);
	}
}

UNIT(suites_records_are_whole)
{
	size_t count;
	const struct suite_test *const *all = suite_tests(&count);

	for (size_t i = 0; i < count; i++) {
		const struct suite_test *t = all[i];
		const char *group = t->suite->group;
		char id[128];

		suite_test_id(t, id, sizeof(id));
		unit_check(t->promise && *t->promise, __FILE__, __LINE__, "%s cites no promise", id);
		unit_check(!strcmp(group, "kernel") || !strcmp(group, "runtime/berth") ||
			   !strcmp(group, "selftest"), __FILE__, __LINE__, "%s has group %s", id, group);
		unit_check(t->timeout_s >= 0 && t->timeout_s <= 600, __FILE__, __LINE__,
			   "%s has a time limit of %d s", id, t->timeout_s);
		CHECK(t->suite->about && *t->suite->about);
		CHECK(t->suite->enter != NULL);
		CHECK(t->harness != NULL);
	}
}

UNIT(suites_need_features_that_have_rows)
{
	size_t count;
	const struct suite_test *const *all = suite_tests(&count);

	for (size_t i = 0; i < count; i++) {
		const char *rest = all[i]->needs;
		char need[128], id[128];

		suite_test_id(all[i], id, sizeof(id));
		if (!strcmp(id, "selftest.runner.needs_unknown_feature"))
			continue;
		while ((rest = suite_next_need(rest, need, sizeof(need)))) {
			char *save = NULL;

			/* Of "a|b" each must be known. */
			for (char *f = strtok_r(need, "|", &save); f; f = strtok_r(NULL, "|", &save))
				unit_check(feature_find(f) != NULL, __FILE__, __LINE__,
					   "%s needs %s, which no feature row has", id, f);
		}
	}
}

UNIT(suites_keep_source_order)
{
	size_t count;
	const struct suite_test *const *all = suite_tests(&count);

	for (size_t i = 1; i < count; i++)
		if (all[i]->suite == all[i - 1]->suite)
			CHECK(all[i]->line > all[i - 1]->line);
}

UNIT(suites_needs_are_split)
{
	char need[64] = "";
	const char *rest = suite_next_need("  ns.pid   ns.mnt ", need, sizeof(need));

	CHECK_STR(need, "ns.pid");
	rest = suite_next_need(rest, need, sizeof(need));
	CHECK_STR(need, "ns.mnt");
	CHECK(suite_next_need(rest, need, sizeof(need)) == NULL);
	CHECK(suite_next_need(NULL, need, sizeof(need)) == NULL);
	CHECK(suite_next_need("", need, sizeof(need)) == NULL);
}

UNIT(suites_shuffle_is_a_permutation_and_the_same_for_a_seed)
{
	size_t first[100], again[100], other[100];
	unsigned int a = 7, b = 7, c = 8;
	bool seen[100] = { false };
	bool moved = false, differs = false;

	runner_shuffle(first, 100, &a);
	runner_shuffle(again, 100, &b);
	runner_shuffle(other, 100, &c);
	for (size_t i = 0; i < 100; i++) {
		CHECK(first[i] < 100 && !seen[first[i]]);
		seen[first[i]] = true;
		CHECK(first[i] == again[i]);
		moved |= first[i] != i;
		differs |= first[i] != other[i];
	}
	CHECK(moved && differs);
	CHECK(a == b);
	/* The state goes on: repeated runs are not all in the same order. */
	runner_shuffle(again, 100, &b);
	differs = false;
	for (size_t i = 0; i < 100; i++)
		differs |= first[i] != again[i];
	CHECK(differs);
	runner_shuffle(first, 0, &a);
	runner_shuffle(first, 1, &a);
	CHECK(first[0] == 0);
}

static size_t count_selected(const struct options *o)
{
	size_t total;
	const struct suite_test **chosen;
	size_t n;

	suite_tests(&total);
	chosen = calloc(total + 1, sizeof(*chosen));
	n = chosen ? runner_select(o, chosen) : 0;
	free(chosen);
	return n;
}

UNIT(suites_are_selected)
{
	char *globs[] = { "ns.uts.*", "ns.pid.first_child_is_pid_1", "no.such.test" };
	struct options none = { 0 }, selftest = { .group = "selftest" }, area = { .area = "ns.uts" };
	struct options prefix = { .area = "ns.ut" }, glob = { .globs = globs, .globs_count = 3 };
	struct options feature = { .feature = "ns.uts" }, part = { .feature = "ns.ut" };
	struct options profile = { .profile = profile_find("lxc") };
	size_t total;

	suite_tests(&total);
	CHECK(count_selected(&selftest) > 10);
	/* Those of the runner itself only on request. */
	CHECK(count_selected(&none) == total - count_selected(&selftest));
	CHECK(count_selected(&area) >= 4);
	CHECK(count_selected(&prefix) == 0);
	CHECK(count_selected(&glob) == count_selected(&area) + 1);
	CHECK(count_selected(&feature) >= 4);
	CHECK(count_selected(&part) == 0);
	CHECK(count_selected(&profile) > 20 && count_selected(&profile) < count_selected(&none));
	profile.area = "ns.uts";
	CHECK(count_selected(&profile) > 0 && count_selected(&profile) <= count_selected(&area));
}
