// SPDX-License-Identifier: GPL-2.0-only
/* One side of a comparison, from whatever was given. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"
#include "run.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_show.h"

#define INPUT_MAX ((size_t)512 << 20)	/* an uncompressed kernel image may be large */

static const char *text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* Index of a word in the names that a function gives for 0..count-1; -1 if it is none. */
static int index_of(const char *word, const char *(*name)(int), int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(word, name(i)))
			return i;
	return -1;
}

static const char *state_name(int i)
{
	return kconfig_state_name((enum kconfig_state)i);
}

static const char *value_name(int i)
{
	return live_value_name((enum live_value)i);
}

static const char *type_name(int i)
{
	return finding_type_name((enum finding_type)i);
}

static struct diff_symbol *symbols_of(json_t *map)
{
	size_t n = json_object_size(map), i = 0;
	struct diff_symbol *list;
	const char *name;
	json_t *value;

	if (!n)
		return NULL;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return NULL;
	json_object_foreach(map, name, value)
		list[i++] = (struct diff_symbol){ name, json_string_value(value) };
	return list;
}

/* One feature of a document; false where a word in it is none of those that may stand there. */
static bool feature_of(json_t *f, struct feature_evidence *e)
{
	json_t *configured = json_object_get(f, "configured"), *live = json_object_get(f, "live");
	json_t *finding = json_object_get(f, "finding");
	int usable = index_of(text_of(f, "usable"), usable_name, 3);
	int state = index_of(text_of(configured, "value"), state_name, KCONFIG_STATE_UNKNOWN + 1);
	int value = index_of(text_of(live, "value"), value_name, LIVE_BROKEN + 1);
	int type = json_is_object(finding) ? index_of(text_of(finding, "type"), type_name,
						       FINDING_CONFIGURED_ABSENT + 1) : 0;

	if (usable < 0 || state < 0 || value < 0)
		return false;
	e->usable = usable;
	e->configured = (enum kconfig_state)state;
	e->live.value = (enum live_value)value;
	/* A newer program may know types that this one does not; the words say it all the same. */
	e->finding = type > 0 ? (enum finding_type)type : FINDING_NONE;
	snprintf(e->configured_why, sizeof(e->configured_why), "%s", text_of(configured, "why"));
	snprintf(e->live.evidence, sizeof(e->live.evidence), "%s", text_of(live, "evidence"));
	snprintf(e->finding_text, sizeof(e->finding_text), "%s", text_of(finding, "text"));
	snprintf(e->remedy, sizeof(e->remedy), "%s", text_of(f, "remedy"));
	return true;
}

/* The features of a document, sorted by id. */
struct index {
	struct entry {
		const char *id;
		json_t *feature;
	} *entries;
	size_t count;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

/* Returns 0, or -errno with msg saying what is wrong with the list. */
static int index_features(json_t *features, struct index *x, char *msg, size_t size)
{
	size_t i;
	json_t *f;

	x->entries = calloc(json_array_size(features) + 1, sizeof(*x->entries));
	if (!x->entries) {
		snprintf(msg, size, "out of memory");
		return -ENOMEM;
	}
	json_array_foreach(features, i, f) {
		if (!json_is_object(f) || !*text_of(f, "id")) {
			snprintf(msg, size, "number %zu of \"features\" is no feature: it has no id", i + 1);
			return -ENOMSG;
		}
		x->entries[x->count++] = (struct entry){ text_of(f, "id"), f };
	}
	qsort(x->entries, x->count, sizeof(*x->entries), by_id);
	for (i = 1; i < x->count; i++)
		if (!by_id(&x->entries[i - 1], &x->entries[i])) {
			snprintf(msg, size, "the feature %.80s is there more than once", x->entries[i].id);
			return -ENOMSG;
		}
	return 0;
}

static json_t *feature_in(const struct index *x, const char *id)
{
	struct entry key = { .id = id },
		     *e = bsearch(&key, x->entries, x->count, sizeof(*x->entries), by_id);

	return e ? e->feature : NULL;
}

static void subject_of(const json_t *document, struct diff_side *s)
{
	const json_t *subject = json_object_get(document, "subject");
	const char *release = text_of(subject, "release"), *arch = text_of(subject, "arch");

	snprintf(s->subject, sizeof(s->subject), "Linux %.80s%s%.40s",
		 *release ? release : "of unknown version", *arch ? " on " : "", arch);
	s->config_known = *text_of(subject, "config_format") != 0;
}

static int fill_from(json_t *document, const struct index *x, struct diff_side *s, char *msg, size_t size)
{
	size_t room = 0;
	uint32_t version = 0;

	subject_of(document, s);
	if (kver_parse(text_of(json_object_get(document, "subject"), "version"), &version))
		version = 0;
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		room += (*a)->count;
	s->evidence = calloc(room, sizeof(*s->evidence));
	s->symbols = calloc(room, sizeof(*s->symbols));
	if (!s->evidence || !s->symbols) {
		snprintf(msg, size, "out of memory");
		return -ENOMEM;
	}
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++) {
			struct feature_evidence *e = &s->evidence[s->count];
			json_t *f = feature_in(x, (*a)->rows[i].id);

			if (!f)
				continue;
			if (!feature_of(f, e)) {
				snprintf(msg, size,
					 "the feature %s has a value that is none of those known",
					 (*a)->rows[i].id);
				return -ENOMSG;
			}
			e->feature = &(*a)->rows[i];
			e->version = version;
			snprintf(e->arch, sizeof(e->arch), "%.15s",
				 text_of(json_object_get(document, "subject"), "arch"));
			s->live |= e->live.value != LIVE_UNKNOWN;
			s->symbols[s->count++] = symbols_of(
				json_object_get(json_object_get(f, "configured"), "symbols"));
		}
	s->unknown_ids = x->count - s->count;
	return 0;
}

static int fill(json_t *document, struct diff_side *s, char *msg, size_t size)
{
	json_t *features = json_object_get(document, "features");
	struct index x = { 0 };
	int num;

	if (strcmp(text_of(document, "schema"), "seaworthy.probe/1")) {
		snprintf(msg, size,
			 "this JSON is no result of seaworthy probe (schema seaworthy.probe/1)");
		return -ENOMSG;
	}
	if (!json_is_array(features)) {
		snprintf(msg, size, "a result without \"features\"");
		return -ENOMSG;
	}
	if (!json_is_object(json_object_get(document, "subject"))) {
		snprintf(msg, size, "a result without \"subject\"");
		return -ENOMSG;
	}
	num = index_features(features, &x, msg, size);
	if (!num)
		num = fill_from(document, &x, s, msg, size);
	free(x.entries);
	return num;
}

int diff_side_parse(const char *text, size_t len, struct diff_side *ret, char *msg, size_t size)
{
	struct diff_side s = { 0 };
	json_error_t error;
	json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	int num;

	if (!document) {
		snprintf(msg, size, "line %d: %s", error.line, error.text);
		return -ENOMSG;
	}
	s.document = document;
	num = fill(document, &s, msg, size);
	if (num) {
		diff_side_free(&s);
		return num;
	}
	*ret = s;
	return 0;
}

void diff_side_free(struct diff_side *s)
{
	for (size_t i = 0; s->symbols && i < s->count; i++)
		free(s->symbols[i]);
	free(s->symbols);
	free(s->evidence);
	if (s->document)
		json_decref(s->document);
	*s = (struct diff_side){ 0 };
}

static int read_side(const char *name, struct sw_buf *content)
{
	bool is_stdin = !strcmp(name, "-");
	int fd __sw_fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
				    sw_open_input(AT_FDCWD, name, true);
	int num = fd < 0 ? (is_stdin ? -errno : fd) : sw_read_fd(fd, content, INPUT_MAX);

	if (!num)
		return 0;
	sw_complain("seaworthy probe: reading %s: %s; give a result (JSON), a configuration, a kernel "
		    "image, - or running",
		    is_stdin ? "standard input" : name, sw_errno_text(num));
	return SW_EXIT_UNKNOWN;
}

/* A configuration, an image or the running kernel: probe it, and take the result. */
static int probe_side(const struct probe_options *o, const char *name, const struct sw_buf *content,
		      struct sw_buf *json)
{
	struct probe_options mine = {
		.config = content ? name : NULL, .content = content, .no_live = o->no_live,
		.load_modules = !content && o->load_modules, .intrusive = !content && o->intrusive,
	};
	struct probe_report r;
	int status = probe_run(&mine, &r);

	if (!status)
		report_json(&r, json);
	probe_report_free(&r);
	return status;
}

static bool looks_like_json(const struct sw_buf *b)
{
	const char *s = sw_buf_str(b);

	return s[strspn(s, " \t\r\n")] == '{';
}

int diff_side_load(const char *name, const struct probe_options *o, struct diff_side *ret)
{
	struct sw_buf content __sw_buf = SW_BUF_INIT, json __sw_buf = SW_BUF_INIT;
	bool running = !strcmp(name, "running");
	const struct sw_buf *document = &json;
	char msg[200] = "";
	int status = 0;

	if (!running)
		status = read_side(name, &content);
	if (status)
		return status;
	if (!running && looks_like_json(&content))
		document = &content;
	else
		status = probe_side(o, name, running ? NULL : &content, &json);
	if (status)
		return status;
	if (document->failed ||
	    diff_side_parse(document->data, document->len, ret, msg, sizeof(msg))) {
		sw_complain("seaworthy probe: %s: %s", name, *msg ? msg : "out of memory");
		return SW_EXIT_UNKNOWN;
	}
	ret->name = name;
	return 0;
}
