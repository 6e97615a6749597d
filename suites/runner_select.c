// SPDX-License-Identifier: GPL-2.0-only
/* Which tests are run, and in which order. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"

/* Is the feature among the words of "a b|c"? */
static bool needs_feature(const struct suite_test *t, const char *feature)
{
	const char *at = t->needs;
	size_t len = strlen(feature);

	while (at && (at = strstr(at, feature))) {
		bool begins = at == t->needs || strchr(" |", at[-1]);

		if (begins && strchr(" |", at[len]))	/* which finds the NUL at the end, too */
			return true;
		at += len;
	}
	return false;
}

static bool profile_names(const struct profile *p, const char *feature)
{
	for (const struct profile_item *i = p->items; i->features; i++)
		if (profile_item_names(i, feature))
			return true;
	return false;
}

/*
 * Does it test what the profile asks for? Every word of its needs must be asked for in some
 * alternative: a test of two features says nothing about a use that has only one of them.
 */
static bool of_profile(const struct suite_test *t, const struct profile *p)
{
	const char *rest = t->needs;
	bool any = false;
	char word[128];

	while ((rest = suite_next_need(rest, word, sizeof(word)))) {
		bool found = false;
		char *save = NULL;

		for (char *id = strtok_r(word, "|", &save); id; id = strtok_r(NULL, "|", &save))
			found |= profile_names(p, id);
		if (!found)
			return false;
		any = true;
	}
	return any;
}

static bool in_group(const struct options *o, const struct suite *s)
{
	/* Tests of the runner itself crash and hang: only on request. */
	return o->group ? !strcmp(o->group, s->group) : strcmp(s->group, "selftest") != 0;
}

static bool selected(const struct options *o, const struct suite_test *t)
{
	const struct suite *s = t->suite;
	size_t len = o->area ? strlen(o->area) : 0;
	char id[128];

	if (!in_group(o, s))
		return false;
	if (o->area && (strncmp(s->prefix, o->area, len) || (s->prefix[len] && s->prefix[len] != '.')))
		return false;
	if (o->feature && !needs_feature(t, o->feature))
		return false;
	if (o->profile && !of_profile(t, o->profile))
		return false;
	suite_test_id(t, id, sizeof(id));
	for (int i = 0; i < o->globs_count; i++)
		if (!fnmatch(o->globs[i], id, 0))
			return true;
	return o->globs_count == 0;
}

size_t runner_select(const struct options *o, const struct suite_test **ret)
{
	size_t count, n = 0;
	const struct suite_test *const *all = suite_tests(&count);

	for (size_t i = 0; all && i < count; i++)
		if (selected(o, all[i]))
			ret[n++] = all[i];
	return n;
}

static bool names_some(const struct options *o, const char *glob)
{
	size_t count;
	const struct suite_test *const *all = suite_tests(&count);
	char id[128];

	for (size_t i = 0; all && i < count; i++) {
		suite_test_id(all[i], id, sizeof(id));
		if (in_group(o, all[i]->suite) && !fnmatch(glob, id, 0))
			return true;
	}
	return false;
}

const char *runner_idle_glob(const struct options *o)
{
	for (int i = 0; i < o->globs_count; i++)
		if (!names_some(o, o->globs[i]))
			return o->globs[i];
	return NULL;
}

/* xorshift32: the same order for the same seed on every C library. */
static unsigned int next_random(unsigned int *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void runner_shuffle(size_t *order, size_t count, unsigned int *state)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t j = count; j > 1; j--) {
		size_t k = next_random(state) % j, tmp = order[j - 1];

		order[j - 1] = order[k];
		order[k] = tmp;
	}
}

size_t runner_suite_length(const struct run *runs, size_t count)
{
	size_t n = 0;

	while (n < count && runs[n].test->suite == runs[0].test->suite)
		n++;
	return n;
}
