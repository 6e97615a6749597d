// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests and for people at work on the reader: what kconfig_load() makes of files.
 *   kconfig-dump FILE...		one JSON object a file and line
 *   kconfig-dump -e EXPRESSION FILE	with the state of an expression, by the file's version
 *   kconfig-dump -d FILE...		where it and the declarations of its version disagree
 *   kconfig-dump -t			the table of symbols, one JSON object a line
 *   kconfig-dump -l			the limits of architectures, likewise
 *   kconfig-dump -D			the declarations, likewise
 */
#include <stdio.h>
#include <string.h>

#include "kconfig/kconfig.h"
#include "sw_json.h"
#include "symbols/decl.h"

static void put_symbols(struct sw_json *j, const struct kconfig *kc)
{
	sw_json_object(j, "mentions");
	for (size_t i = 0; i < kconfig_symbol_count; i++) {
		const char *name = kconfig_symbols[i].name;

		if (kconfig_mentions(kc, name))
			sw_json_int(j, name, kconfig_get(kc, name, NULL));
	}
	sw_json_end(j, '}');
	sw_json_array(j, "problems");
	for (size_t i = 0; i < kconfig_info(kc)->problem_count; i++) {
		char text[160];

		snprintf(text, sizeof(text), "%u: %s", kconfig_info(kc)->problems[i].line,
			 kconfig_info(kc)->problems[i].what);
		sw_json_str(j, NULL, text);
	}
	sw_json_end(j, ']');
}

static void put_file(struct sw_json *j, const char *path, const char *expr)
{
	struct kconfig *kc;
	struct sw_error err = { 0 };
	char why[200], ver[16];
	int num = kconfig_load(path, &kc, &err);

	sw_json_object(j, NULL);
	sw_json_str(j, "file", path);
	sw_json_str(j, "errno", num ? sw_errno_name(num) : NULL);
	sw_json_str(j, "error", num ? err.msg : NULL);
	if (!num) {
		const struct kconfig_info *info = kconfig_info(kc);

		sw_json_str(j, "release", info->release);
		sw_json_int(j, "version", info->version);
		sw_json_str(j, "version_text", kver_format(info->version, ver));
		sw_json_str(j, "arch", info->arch);
		sw_json_str(j, "format", info->format);
		sw_json_int(j, "source", info->source);
		sw_json_bool(j, "complete", info->complete);
		sw_json_int(j, "symbols", (long)info->symbols);
		if (expr) {
			sw_json_str(j, "state", kconfig_state_name(kconfig_eval(kc, info->version, expr,
									       why, sizeof(why))));
			sw_json_str(j, "why", why);
		} else {
			put_symbols(j, kc);
		}
		kconfig_free(kc);
	}
	sw_json_end(j, '}');
}

static bool holds(const struct kconfig *kc, uint32_t ver, const char *expr)
{
	enum kconfig_state s = expr ? kconfig_eval(kc, ver, expr, NULL, 0) : KCONFIG_STATE_BUILTIN;

	return s == KCONFIG_STATE_BUILTIN || s == KCONFIG_STATE_MODULE;
}

static bool never(const struct kconfig *kc, uint32_t ver, const char *expr)
{
	enum kconfig_state s = expr ? kconfig_eval(kc, ver, expr, NULL, 0) : KCONFIG_STATE_BUILTIN;

	return s == KCONFIG_STATE_OFF || s == KCONFIG_STATE_NO_SYMBOL;
}

static const char *disagreement(const struct kconfig *kc, const struct kconfig_decl *d)
{
	const struct kconfig_info *info = kconfig_info(kc);
	bool set = kconfig_get(kc, d->name, NULL) != KCONFIG_N;

	if (set && never(kc, info->version, d->depends))
		return "set, though its dependencies are off";
	if (!set && !d->prompt && d->implied && holds(kc, info->version, d->depends) &&
	    holds(kc, info->version, d->implied))
		return "off, though it is implied";
	if (info->complete && d->prompt && !kconfig_mentions(kc, d->name) &&
	    holds(kc, info->version, d->depends) && holds(kc, info->version, d->prompt_if))
		return "not mentioned, though it can be chosen";
	return NULL;
}

static void put_disagreements(struct sw_json *j, const char *path, const struct kconfig_decl *t,
			      size_t n, const struct kconfig *kc)
{
	for (size_t i = 0; i < n; i++) {
		const struct kconfig_decl *d;
		const char *what;

		if (i && !strcmp(t[i - 1].name, t[i].name))
			continue;
		d = kconfig_decl_find(t[i].name, kconfig_info(kc)->version, kconfig_info(kc)->arch);
		what = d ? disagreement(kc, d) : NULL;
		if (!what)
			continue;
		sw_json_object(j, NULL);
		sw_json_str(j, "file", path);
		sw_json_str(j, "name", d->name);
		sw_json_str(j, "what", what);
		sw_json_str(j, "depends", d->depends);
		sw_json_end(j, '}');
		fputs(sw_buf_str(&j->buf), stdout);
		sw_buf_free(&j->buf);
		memset(j, 0, sizeof(*j));
	}
}

static void put_declared(struct sw_json *j, const char *path)
{
	struct kconfig *kc;
	struct sw_error err = { 0 };

	if (kconfig_load(path, &kc, &err))
		return;
	put_disagreements(j, path, kconfig_decls_old, kconfig_decl_old_count, kc);
	put_disagreements(j, path, kconfig_decls_derived, kconfig_decl_derived_count, kc);
	kconfig_free(kc);
}

static void put_limits(struct sw_json *j)
{
	for (size_t i = 0; i < kconfig_arch_limit_count; i++) {
		sw_json_object(j, NULL);
		sw_json_str(j, "symbol", kconfig_arch_limits[i].symbol);
		sw_json_str(j, "arch", kconfig_arch_limits[i].arch);
		sw_json_int(j, "since", kconfig_arch_limits[i].since);
		sw_json_end(j, '}');
		fputs(sw_buf_str(&j->buf), stdout);
		sw_buf_free(&j->buf);
		memset(j, 0, sizeof(*j));
	}
}

static void put_table(struct sw_json *j)
{
	for (size_t i = 0; i < kconfig_symbol_count; i++) {
		const struct kconfig_symbol *s = &kconfig_symbols[i];

		sw_json_object(j, NULL);
		sw_json_str(j, "name", s->name);
		sw_json_int(j, "since", s->since);
		sw_json_int(j, "until", s->until);
		sw_json_str(j, "successor", s->successor);
		sw_json_bool(j, "always_on_after", s->always_on_after);
		sw_json_str(j, "source", s->source);
		sw_json_end(j, '}');
		fputs(sw_buf_str(&j->buf), stdout);
		sw_buf_free(&j->buf);
		memset(j, 0, sizeof(*j));
	}
}

static void put_decls(struct sw_json *j, const struct kconfig_decl *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sw_json_object(j, NULL);
		sw_json_str(j, "name", t[i].name);
		sw_json_int(j, "since", t[i].since);
		sw_json_int(j, "until", t[i].until);
		sw_json_str(j, "archs", t[i].archs);
		sw_json_bool(j, "prompt", t[i].prompt);
		sw_json_str(j, "prompt_if", t[i].prompt_if);
		sw_json_str(j, "depends", t[i].depends);
		sw_json_str(j, "implied", t[i].implied);
		sw_json_str(j, "source", t[i].source);
		sw_json_end(j, '}');
		fputs(sw_buf_str(&j->buf), stdout);
		sw_buf_free(&j->buf);
		memset(j, 0, sizeof(*j));
	}
}

int main(int argc, char **argv)
{
	const char *expr = NULL;
	int i = 1;

	if (argc == 2 && !strcmp(argv[1], "-t")) {
		struct sw_json j = { 0 };

		put_table(&j);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "-l")) {
		struct sw_json j = { 0 };

		put_limits(&j);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "-D")) {
		struct sw_json j = { 0 };

		put_decls(&j, kconfig_decls_old, kconfig_decl_old_count);
		put_decls(&j, kconfig_decls_derived, kconfig_decl_derived_count);
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "-d")) {
		for (i = 2; i < argc; i++) {
			struct sw_json j = { 0 };

			put_declared(&j, argv[i]);
		}
		return 0;
	}
	if (argc > 3 && !strcmp(argv[1], "-e")) {
		expr = argv[2];
		i = 3;
	}
	for (; i < argc; i++) {
		struct sw_json j = { 0 };

		put_file(&j, argv[i], expr);
		fputs(sw_buf_str(&j.buf), stdout);
		sw_buf_free(&j.buf);
	}
	return 0;
}
