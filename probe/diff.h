/* SPDX-License-Identifier: GPL-2.0-only */
/* seaworthy probe --diff A B: two results, or what two configurations give, side by side. */
#ifndef DIFF_H
#define DIFF_H

#include "options.h"
#include "report.h"

struct diff_symbol {
	const char *name;	/* without CONFIG_ */
	const char *value;	/* "y", "m", "n", another value; NULL: not mentioned */
};

/* One side. Everything in it comes from its JSON document, whatever it was made of. */
struct diff_side {
	const char *name;	/* as on the command line */
	char subject[160];	/* "Linux 6.1.0 on x86_64" */
	bool live;		/* were live probes run? */
	bool config_known;	/* is there a configuration whose lines can be compared? */
	size_t unknown_ids;	/* features that this program does not know */
	struct feature_evidence *evidence;	/* in the order of the tables */
	struct diff_symbol **symbols;	/* for each evidence, ended by a name NULL; NULL: none */
	size_t count;
	void *document;		/* owner of all texts */
};

/*
 * Take one side from a result (JSON), a configuration or an image, "-" for standard input, or
 * "running". Returns 0 or, after a message, an exit status.
 */
int diff_side_load(const char *name, const struct probe_options *o, struct diff_side *ret);
/* The side from a JSON text; msg gets what is wrong with it. Returns 0 or -errno. Pure. */
int diff_side_parse(const char *text, size_t len, struct diff_side *ret, char *msg, size_t size);
void diff_side_free(struct diff_side *s);

enum diff_kind {
	DIFF_LOST,	/* usable in A, not in B */
	DIFF_GAINED,
	DIFF_UNCLEAR,	/* known on one side only */
	DIFF_CHANGED,	/* as usable as before, but otherwise: a module, no longer built in */
	DIFF_SAME,
};
const char *diff_kind_name(enum diff_kind k);

struct diff_row {
	enum diff_kind kind;
	const struct feature_evidence *a, *b;
	const struct diff_symbol *sa, *sb;	/* may be NULL */
};

struct diff_verdict {
	const struct profile *profile;
	enum verdict a, b;
};

struct diff {
	struct diff_side a, b;
	struct diff_row *rows;		/* those that are not DIFF_SAME */
	size_t row_count, same;
	size_t only_a, only_b;		/* features that the other side does not have */
	struct diff_verdict verdicts[16];
	size_t verdict_count;
	int exit_status;
};

/*
 * Compare d->a and d->b, judged by the profiles of @o, or by all. Statuses: 1 a must of a profile
 * is there in A and not in B; 3 one that is there in A cannot be told of in B; 2 the same of a
 * should; 0 otherwise. Returns 0 or -ENOMEM.
 */
int diff_compare(const struct probe_options *o, struct diff *d);
void diff_free(struct diff *d);

/*
 * Call fn for each configuration line of a row that differs and that its feature looks at. A symbol
 * that is not mentioned is as good as one that is not set. Returns how many there are; fn may be
 * NULL.
 */
size_t diff_lines(const struct diff_row *row,
		  void (*fn)(const char *symbol, const char *a, const char *b, void *arg),
		  void *arg);
/* "CONFIG_X=y", "CONFIG_X is not set" into out; returns out. */
const char *diff_line_text(const char *symbol, const char *value, char *out, size_t size);
/* Why an item's answer changed: does the item's answer differ, and how is it on each side? */
bool diff_item(const struct diff *d, const struct profile_item *i, int *ret_a, int *ret_b);

void diff_text(const struct diff *d, const struct report_style *style, struct sw_buf *out);
void diff_json(const struct diff *d, struct sw_buf *out);
void diff_markdown(const struct diff *d, struct sw_buf *out);

#endif
