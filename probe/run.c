// SPDX-License-Identifier: GPL-2.0-only
/* From options to a report: the subject, the evidence, the verdicts. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cgroup.h"
#include "kconfig/load.h"
#include "live.h"
#include "session.h"
#include "sw_child.h"
#include "sw_error.h"
#include "sw_exit.h"
#include "sw_fd.h"
#include "sw_show.h"

/* ---- subject and environment
 * --------------------------------------------------------------------- */

static void read_environment(struct probe_report *r)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p;
	long last;

	r->uid = geteuid();
	/* cap_last_cap came with 3.2 (73efc0394e14). */
	if (!live_sysctl("kernel/cap_last_cap", &last) && last > 0 && last < 64)
		r->cap_count = (unsigned int)last + 1;
	r->seccomp = live_seccomp_mode();
	r->userns = live_in_userns();
	r->no_proc = access("/proc/self/status", F_OK) != 0;
	r->no_sys = access("/sys/kernel", F_OK) != 0;
	r->cgroup_layout = cg_layout();
	if (!sw_read_file(AT_FDCWD, "/proc/self/status", &b, 1 << 16)) {
		p = strstr(sw_buf_str(&b), "\nCapEff:");
		if (p)
			(void)!sscanf(p, "\nCapEff: %16[0-9a-f]", r->capabilities);
	}
	sw_read_line(AT_FDCWD, "/proc/cmdline", r->cmdline, sizeof(r->cmdline));
}

static void subject_running(struct probe_report *r)
{
	static struct sw_error why;
	struct utsname uts;

	probe_ctx_running(&r->ctx, &r->kconfig);
	if (!r->kconfig) {
		struct kconfig *again = NULL;

		/* Only for the words: probe_ctx_running() keeps them to itself. */
		if (!kconfig_load_running(&again, &why))
			kconfig_free(again);
		r->config_why = why.msg;
	}
	if (!uname(&uts))
		snprintf(r->arch, sizeof(r->arch), "%.31s", uts.machine);
	read_environment(r);
}

static int subject_file(struct probe_report *r, const char *path, const struct sw_buf *content,
			struct sw_error *err)
{
	const struct kconfig_info *info;
	struct sw_error inner = { 0 };
	int num;

	if (content)
		num = kconfig_load_bytes((const uint8_t *)sw_buf_str(content), content->len,
					 &r->kconfig, &inner);
	else
		num = kconfig_load(path, &r->kconfig, err);
	if (num && content)
		sw_error(err, num, inner.step, "%.200s: %s", path, inner.msg);
	if (num)
		return num;
	info = kconfig_info(r->kconfig);
	r->kind = info->source == KCONFIG_FROM_IMAGE ? SUBJECT_IMAGE : SUBJECT_CONFIG;
	r->path = path;
	r->ctx.kconfig = r->kconfig;
	r->ctx.release = info->release;
	r->ctx.version = info->version;
	snprintf(r->arch, sizeof(r->arch), "%s", info->arch ? info->arch : "");
	return 0;
}

/* ---- running
 * ------------------------------------------------------------------------------------- */

static bool selected(const struct probe_options *o, const char *id)
{
	if (o->explain)
		return !strcmp(id, o->explain);
	if (!o->glob_count)
		return true;
	for (int i = 0; i < o->glob_count; i++)
		if (!fnmatch(o->globs[i], id, 0))
			return true;
	return false;
}

/* Profiles asked for need their features whatever the globs say. */
static bool needed(const struct probe_report *r, const char *id)
{
	for (size_t p = 0; p < r->profile_count; p++)
		for (const struct profile_item *i = r->profiles[p]->items; i->features; i++)
			if (profile_item_names(i, id))
				return true;
	return false;
}

int probe_check_names(const struct probe_options *o)
{
	if (o->explain && !feature_find(o->explain))
		return probe_usage("probe",
				   "there is no feature '%s'; `seaworthy features` lists them",
				   o->explain);
	for (int g = 0; g < o->glob_count; g++) {
		bool hit = false;

		for (const struct feature_area *const *a = feature_areas; *a; a++)
			for (size_t i = 0; i < (*a)->count; i++)
				hit |= !fnmatch(o->globs[g], (*a)->rows[i].id, 0);
		if (!hit)
			return probe_usage(
				"probe", "no feature matches '%s'; `seaworthy features` lists them",
				o->globs[g]);
	}
	return 0;
}

static int out_of_memory(void)
{
	fprintf(stderr, "seaworthy probe: out of memory\n");
	return SW_EXIT_UNKNOWN;
}

/* A configuration's header says "x86" of both: the symbol tells them apart. */
static const char *arch_of(const struct probe_report *r)
{
	if (!r->kconfig || (strcmp(r->arch, "x86") && strcmp(r->arch, "x86_64") && strcmp(r->arch, "i386")))
		return r->arch;
	if (kconfig_get(r->kconfig, "X86_64", NULL) == KCONFIG_Y)
		return "x86_64";
	return kconfig_info(r->kconfig)->complete ? "i386" : r->arch;
}

/* First all that is read from the kernel, then what follows from it, in the order of the rows. */
static int examine_rows(struct probe_report *r, const struct feature **rows, size_t count)
{
	struct session_plan plan = session_plan_from_environment();
	struct live *seen = r->live ? calloc(count + 1, sizeof(*seen)) : NULL;

	if (r->live && (!seen || session_read(&r->ctx, &plan, rows, count, seen))) {
		free(seen);
		return out_of_memory();
	}
	for (size_t i = 0; i < count; i++) {
		struct feature_evidence *e = &r->evidence[r->count++];

		feature_judge(&r->ctx, rows[i], feature_tried(rows[i], r->live) ? &seen[i] : NULL, e);
		e->version = r->ctx.version;
		snprintf(e->arch, sizeof(e->arch), "%.15s", arch_of(r));
	}
	free(seen);
	return 0;
}

static int examine_all(struct probe_report *r, const struct probe_options *o)
{
	size_t total = 0, count = 0;
	const struct feature **rows;
	int status;

	for (const struct feature_area *const *a = feature_areas; *a; a++)
		total += (*a)->count;
	r->evidence = calloc(total, sizeof(*r->evidence));
	rows = calloc(total, sizeof(*rows));
	if (!r->evidence || !rows) {
		free(rows);
		return out_of_memory();
	}
	for (const struct feature_area *const *a = feature_areas; *a; a++)
		for (size_t i = 0; i < (*a)->count; i++) {
			const struct feature *f = &(*a)->rows[i];

			if (selected(o, f->id) || (!o->explain && needed(r, f->id)))
				rows[count++] = f;
		}
	status = examine_rows(r, rows, count);
	free(rows);
	return status;
}

static void judge(struct probe_report *r)
{
	for (size_t i = 0; i < r->profile_count; i++) {
		r->verdicts[i] = profile_judge(r->profiles[i], r->evidence, r->count);
		r->exit_status =
			verdict_status_worse(r->exit_status, verdict_status(r->verdicts[i]));
		/* Reports and fragments tell of the conditions as they were judged. */
		r->profiles[i] = profile_as_judged(r->profiles[i], r->evidence, r->count);
	}
	for (size_t i = 0; !r->profile_count && i < r->count; i++)
		r->exit_status = verdict_status_worse(r->exit_status,
			r->evidence[i].usable == USABLE_YES ? SW_EXIT_OK :
			r->evidence[i].usable == USABLE_NO ? SW_EXIT_FAIL : SW_EXIT_UNKNOWN);
}

static void choose_profiles(struct probe_report *r, struct probe_options *o)
{
	if (!o->profile_count && !o->glob_count && !o->explain)
		for (const struct profile *p = profiles; p->id; p++)
			if (p->by_default)
				probe_add_profile(o, p->id);
	memcpy(r->profiles, o->profiles, sizeof(r->profiles));
	r->profile_count = o->explain ? 0 : o->profile_count;
}

static int examine_and_judge(struct probe_options *o, struct probe_report *r)
{
	int status;

	r->whole = !o->glob_count && !o->explain;
	r->explain = o->explain != NULL;
	choose_profiles(r, o);
	status = examine_all(r, o);
	if (!status)
		judge(r);
	return status;
}

int probe_run_config(struct probe_options *o, const char *path, struct probe_report *r,
		     struct sw_error *err)
{
	int num;

	*r = (struct probe_report){ .seccomp = -1 };
	num = subject_file(r, path, o->content, err);
	if (!num && examine_and_judge(o, r))
		num = sw_error(err, ENOMEM, "judge", "no memory");
	return num;
}

int probe_run(struct probe_options *o, struct probe_report *r)
{
	struct sw_error err = { 0 };

	if (o->config) {
		if (!probe_run_config(o, o->config, r, &err))
			return 0;
		sw_complain("seaworthy probe: %s", err.msg);
		return SW_EXIT_UNKNOWN;
	}
	*r = (struct probe_report){ .seccomp = -1 };
	subject_running(r);
	r->live = !o->no_live;
	r->ctx.until_ms = sw_now_ms() + (o->time_limit_s ? o->time_limit_s : PROBE_TIME_LIMIT_S) * 1000LL;
	r->ctx.load_modules = o->load_modules;
	r->ctx.intrusive = o->intrusive;
	return examine_and_judge(o, r);
}

void probe_report_free(struct probe_report *r)
{
	free(r->evidence);
	r->evidence = NULL;
	kconfig_free(r->kconfig);
	r->kconfig = NULL;
	r->ctx.kconfig = NULL;
}
