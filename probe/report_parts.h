/* SPDX-License-Identifier: GPL-2.0-only */
/* What the renderings share. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "report.h"

enum tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_DIM, TONE_HEAD };

void report_toned(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text);
void report_pad(struct sw_buf *out, unsigned int n);
/* A column of fixed width: colour codes take no room. */
void report_column(struct sw_buf *out, const struct report_style *s, enum tone t, const char *text,
		   unsigned int width);
/* A wrapped line with a prefix, its continuation hanging below the text where there is room. */
void report_para(struct sw_buf *out, const struct report_style *s, enum tone t, unsigned int indent,
		 const char *prefix, const char *text);
enum tone report_usable_tone(int usable);
const char *report_usable_mark(const struct report_style *s, int usable);
/* What was judged, from where, and what could not be seen. */
void report_head(const struct probe_report *r, const struct report_style *s, struct sw_buf *out);

/*
 * Call fn once for every symbol that the feature's expressions look at, whatever the version, with the
 * first of its ranges.
 */
void report_symbols(const struct feature *f, void (*fn)(const struct kconfig_symbol *s, void *arg), void *arg);

/* Title of a feature's area. */
const char *report_area_title(const struct feature *f);
/* "cgroup.v1.memory or cgroup.v2.memory" */
void report_alternatives(const struct profile_item *item, struct sw_buf *out);
/* Where this kernel stands in a conflict: "CONFIG_AUDIT=y, kernel.modules_disabled=0", or "". */
void report_stand(const struct probe_report *r, const struct conflict *c, struct sw_buf *out);
/*
 * Mark the evidence for which a profile that is judged lacks something, of this level or a higher
 * one, that it would do for. What another alternative provides is not lacking.
 * @ret_marks: one an evidence, set to true where it is so, else left alone
 */
void report_in_the_way(const struct probe_report *r, enum profile_level lowest, bool *ret_marks);
/* One side of a conflict: "on: it is needed (docker, lxc)"; @who NULL: advice on security. */
void report_side(const char *what, const char *who, struct sw_buf *out);
/* "Linux 6.1.0 on x86_64", "Linux of unknown version" */
void report_subject(const struct probe_report *r, struct sw_buf *out);

#endif
