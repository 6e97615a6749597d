// SPDX-License-Identifier: GPL-2.0-only
#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_json.h"
#include "sw_show.h"

#define FILES_MAX ((size_t)100000)

struct cell {
	char text[24];
};

struct line {		/* of one file */
	char *name;
	bool judged;
	struct sw_error err;	/* if not */
	char release[64], arch[32];
	struct cell *cells;	/* verdicts, or answers for features: listing.columns of them */
};

struct listing {
	struct line *lines;
	size_t count;
	const char *columns[64];	/* titles: profiles, else features */
	size_t column_count;
	size_t judged;
	int status, write_error;
	struct sw_json json;		/* what is not written yet */
};

bool probe_is_directory(const struct probe_options *o)
{
	struct stat st;

	return o->config && strcmp(o->config, "-") != 0 && !stat(o->config, &st) && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

/* The names in the directory, sorted as versions are. Returns 0 or -errno. */
static int read_names(const char *path, struct listing *l)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (errno = 0, d = readdir(dir))) {
		struct line *more;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (l->count >= FILES_MAX) {
			ret = -E2BIG;	/* told by its own words */
			break;
		}
		more = realloc(l->lines, (l->count + 1) * sizeof(*more));
		if (!more) {
			ret = -ENOMEM;
			break;
		}
		l->lines = more;
		more[l->count] = (struct line){ .name = strdup(d->d_name) };
		ret = more[l->count].name ? 0 : -ENOMEM;
		l->count += !ret;
	}
	if (!ret && errno)
		ret = -errno;
	closedir(dir);
	if (l->count)
		qsort(l->lines, l->count, sizeof(*l->lines), by_name);
	return ret;
}

/* Words for people and for terminals: no path twice, no control characters. */
static void tidy(struct sw_error *err, const char *path)
{
	size_t n = strlen(path);

	if (!strncmp(err->msg, path, n) && !strncmp(err->msg + n, ": ", 2))
		memmove(err->msg, err->msg + n + 2, strlen(err->msg + n + 2) + 1);
	sw_defuse(err->msg);
}

static void take_columns(struct listing *l, const struct probe_report *r)
{
	size_t max = sizeof(l->columns) / sizeof(*l->columns);

	if (l->column_count)
		return;
	for (size_t i = 0; i < r->profile_count; i++)
		l->columns[l->column_count++] = r->profiles[i]->id;
	for (size_t i = 0; !r->profile_count && i < r->count && l->column_count < max; i++)
		l->columns[l->column_count++] = r->evidence[i].feature->id;
}

static int take_result(struct listing *l, struct line *line, const struct probe_report *r)
{
	take_columns(l, r);
	line->cells = calloc(l->column_count + 1, sizeof(*line->cells));
	if (!line->cells)
		return -ENOMEM;
	for (size_t i = 0; i < l->column_count; i++)
		snprintf(line->cells[i].text, sizeof(line->cells[i].text), "%s",
			 r->profile_count ? verdict_name(r->verdicts[i]) : usable_name(r->evidence[i].usable));
	snprintf(line->release, sizeof(line->release), "%.60s", r->ctx.release ? r->ctx.release : "?");
	snprintf(line->arch, sizeof(line->arch), "%s", r->arch[0] ? r->arch : "?");
	line->judged = true;
	l->judged++;
	l->status = verdict_status_worse(l->status, r->exit_status);
	return 0;
}

/* Write what there is of the document, so that it need not be kept. Returns 0 or -errno. */
static int write_json(struct listing *l)
{
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	int num = l->json.buf.failed ? -ENOMEM :
		  sw_write_all(STDOUT_FILENO, sw_buf_str(&l->json.buf), l->json.buf.len);

	signal(SIGPIPE, old);
	l->json.buf.len = 0;
	l->write_error = num;
	return num;
}

static void file_json(struct listing *l, const struct line *line, const struct probe_report *r)
{
	sw_json_object(&l->json, NULL);
	sw_json_str(&l->json, "name", line->name);
	sw_json_str(&l->json, "error", r ? NULL : line->err.msg);
	if (r)
		report_json_object(r, "result", &l->json);
	else
		sw_json_null(&l->json, "result");
	sw_json_end(&l->json, '}');
}

/* One file into its line and, if wanted, the JSON document. Returns 0 or -errno. */
static int judge_file(struct probe_options *o, struct listing *l, struct line *line)
{
	struct probe_report r;
	struct stat st;
	char *path;
	int num;

	if (asprintf(&path, "%s/%s", o->config, line->name) < 0)
		return -ENOMEM;
	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		sw_error(&line->err, ENOMSG, "read", "a directory, which is not entered: name it to judge it");
		num = -ENOMSG;
		r = (struct probe_report){ 0 };
	} else {
		num = probe_run_config(o, path, &r, &line->err);
	}
	if (num)
		tidy(&line->err, path);
	/* What is neither a configuration nor a kernel cannot be judged, but asks for no judgement. */
	if (num && num != -ENOMSG)
		l->status = verdict_status_worse(l->status, SW_EXIT_UNKNOWN);
	if (o->format == FORMAT_JSON)
		file_json(l, line, num ? NULL : &r);
	num = num ? 0 : take_result(l, line, &r);
	if (!num && o->format == FORMAT_JSON)
		num = write_json(l);
	probe_report_free(&r);
	free(path);
	return num;
}

static size_t widest(const struct listing *l, size_t (*width)(const struct line *), size_t least)
{
	for (size_t i = 0; i < l->count; i++)
		if (width(&l->lines[i]) > least)
			least = width(&l->lines[i]);
	return least;
}

static size_t name_width(const struct line *line)
{
	return strlen(line->name);
}

static size_t release_width(const struct line *line)
{
	return strlen(line->release);
}

static size_t arch_width(const struct line *line)
{
	return strlen(line->arch);
}

/* Where a line a file does not fit the terminal: the name, and below it what is known. */
static void text_stacked(const struct listing *l, const struct report_style *style, struct sw_buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct line *line = &l->lines[i];
		struct sw_buf words = SW_BUF_INIT;

		sw_buf_adds(out, line->name);
		sw_buf_addc(out, '\n');
		if (line->judged) {
			sw_buf_printf(&words, "%s %s:", line->release, line->arch);
			for (size_t c = 0; c < l->column_count; c++)
				sw_buf_printf(&words, " %s %s%s", l->columns[c], line->cells[c].text,
					      c + 1 < l->column_count ? "," : "");
		} else {
			sw_buf_adds(&words, line->err.msg);
		}
		report_wrap(out, style, 2, 2, sw_buf_str(&words));
		sw_buf_free(&words);
	}
}

static bool fits_lines(const struct listing *l, const struct report_style *style)
{
	size_t width = widest(l, name_width, 4) + widest(l, release_width, 7) + widest(l, arch_width, 4) + 4;

	for (size_t c = 0; c < l->column_count; c++)
		width += 2 + (strlen(l->columns[c]) > 9 ? strlen(l->columns[c]) : 9);
	return width <= style->width;
}

static void text_lines(const struct listing *l, const struct report_style *style, struct sw_buf *out)
{
	int name = (int)widest(l, name_width, 4), release = (int)widest(l, release_width, 7);
	int arch = (int)widest(l, arch_width, 4);

	if (l->judged) {
		sw_buf_printf(out, "%-*s  %-*s  %-*s", name, "file", release, "version", arch, "arch");
		for (size_t c = 0; c < l->column_count; c++)
			sw_buf_printf(out, "  %s", l->columns[c]);
		sw_buf_addc(out, '\n');
	}
	for (size_t i = 0; i < l->count; i++) {
		const struct line *line = &l->lines[i];
		struct sw_buf words = SW_BUF_INIT;

		if (line->judged) {
			sw_buf_printf(out, "%-*s  %-*s  %-*s", name, line->name, release, line->release, arch,
				      line->arch);
			for (size_t c = 0; c < l->column_count; c++)
				sw_buf_printf(out, "  %-*s", c + 1 < l->column_count ? (int)strlen(l->columns[c]) : 0,
					      line->cells[c].text);
			sw_buf_addc(out, '\n');
		} else {
			sw_buf_printf(out, "%-*s  ", name, line->name);
			report_wrap(&words, style, (unsigned int)name + 2, (unsigned int)name + 2, line->err.msg);
			sw_buf_adds(out, sw_buf_str(&words) + (words.len > (size_t)name + 2 ? name + 2 : 0));
		}
		sw_buf_free(&words);
	}
}

static void text(const struct listing *l, const struct report_style *style, struct sw_buf *out)
{
	/* Names of files may hold anything; a terminal gets none of what would move its cursor. */
	for (size_t i = 0; i < l->count; i++)
		sw_defuse(l->lines[i].name);
	if (fits_lines(l, style))
		text_lines(l, style, out);
	else
		text_stacked(l, style, out);
	if (!l->judged)
		report_wrap(out, style, 0, 0, l->count ? "No kernel configuration among these files." :
			    "The directory is empty.");
}

static void begin_json(struct listing *l, const char *path)
{
	l->json.pretty = true;
	sw_json_object(&l->json, NULL);
	sw_json_str(&l->json, "schema", "seaworthy.probe-list/1");
	sw_json_object(&l->json, "tool");
	sw_json_str(&l->json, "name", "seaworthy");
	sw_json_str(&l->json, "version", SW_VERSION);
	sw_json_end(&l->json, '}');
	sw_json_str(&l->json, "path", path);
	sw_json_array(&l->json, "files");
}

int probe_directory(struct probe_options *o, struct sw_buf *out)
{
	struct listing l = { .status = SW_EXIT_OK };
	struct report_style style = probe_style(o);
	int num = read_names(o->config, &l);

	/* What one file took serves the next: pages fresh from the kernel cost more than the work on them. */
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 128 << 20);
	begin_json(&l, o->config);
	for (size_t i = 0; !num && i < l.count; i++)
		num = judge_file(o, &l, &l.lines[i]);
	if (!num && !l.judged)
		l.status = SW_EXIT_UNKNOWN;
	sw_json_end(&l.json, ']');
	sw_json_int(&l.json, "exit_status", l.status);
	sw_json_end(&l.json, '}');
	if (l.write_error) {
		sw_complain("seaworthy probe: cannot write to standard output: %s", sw_errno_text(num));
		l.status = SW_EXIT_UNKNOWN;
	} else if (num == -E2BIG) {
		sw_complain("seaworthy probe: the directory %s holds more than %zu files: judge it in parts",
			    o->config, FILES_MAX);
		l.status = SW_EXIT_UNKNOWN;
	} else if (num) {
		sw_complain("seaworthy probe: reading the directory %s: %s", o->config, sw_errno_text(num));
		l.status = SW_EXIT_UNKNOWN;
	} else if (o->format == FORMAT_JSON) {
		sw_buf_add(out, sw_buf_str(&l.json.buf), l.json.buf.len);
	} else {
		text(&l, &style, out);
	}
	for (size_t i = 0; i < l.count; i++) {
		free(l.lines[i].name);
		free(l.lines[i].cells);
	}
	free(l.lines);
	sw_buf_free(&l.json.buf);
	return l.status;
}
