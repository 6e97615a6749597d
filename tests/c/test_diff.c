// SPDX-License-Identifier: GPL-2.0-only
/* --diff: reading results, comparing them; and Markdown that shows texts as they are. */
#include <errno.h>
#include <string.h>

#include "diff.h"
#include "report_markdown.h"
#include "sw_buf.h"
#include "unit.h"

#define ROW(id, usable, state, symbols)                                                            \
	"{\"id\":\"" id "\",\"usable\":\"" usable "\",\"configured\":{\"value\":\"" state          \
	"\",\"why\":\"w\",\"symbols\":{" symbols "}},\"live\":{\"value\":\"unknown\"},"            \
	"\"finding\":null,\"remedy\":null}"
#define RESULT(rows) "{\"schema\":\"seaworthy.probe/1\",\"subject\":{\"release\":\"6.1\"}," \
	"\"features\":[" rows "]}"

static int parse(const char *text, struct diff_side *side)
{
	char msg[200] = "";
	int r = diff_side_parse(text, strlen(text), side, msg, sizeof(msg));

	unit_check(!r == !*msg, __FILE__, __LINE__, "words go with a failure: %d '%s'", r, msg);
	return r;
}

UNIT(diff_refuses_what_is_no_result)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"7",
		"{}",
		"{\"schema\":\"seaworthy.probe/2\"}",
		"{\"schema\":\"seaworthy.probe/1\"}",
		"{\"schema\":\"seaworthy.probe/1\",\"features\":{}}",
		RESULT("{\"id\":\"ns.uts\"}"),
		RESULT("7"), RESULT("null"), RESULT("{}"),
		RESULT(ROW("ns.uts", "yes", "builtin", "") "," ROW("ns.uts", "no", "off", "")),
		"{\"schema\":\"seaworthy.probe/1\",\"features\":[]}",
		RESULT(ROW("ns.uts", "perhaps", "builtin", "")),
		RESULT(ROW("ns.uts", "yes", "sideways", "")),
		"{\"schema\":\"seaworthy.probe/1\",\"schema\":\"seaworthy.probe/"
		"1\",\"features\":[]}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct diff_side s;

		unit_check(parse(bad[i], &s) == -ENOMSG, __FILE__, __LINE__, "accepted: %s",
			   bad[i]);
	}
}

UNIT(diff_leaves_out_features_it_does_not_know)
{
	struct diff_side s;

	CHECK_INT(parse(RESULT(ROW("no.such", "yes", "builtin", "") ","
			       ROW("ns.uts", "yes", "builtin", "")), &s), 0);
	CHECK_INT(s.count, 1);
	CHECK_INT(s.unknown_ids, 1);
	CHECK(!s.live);
	diff_side_free(&s);
}

static void one_line(const char *symbol, const char *a, const char *b, void *arg)
{
	sw_buf_printf(arg, "%s %s %s;", symbol, a ? a : "-", b ? b : "-");
}

UNIT(diff_compares_and_names_lines)
{
	struct probe_options all = { 0 };
	struct sw_buf lines __sw_buf = SW_BUF_INIT;
	struct diff d = { 0 };

	CHECK_INT(
		parse(RESULT(ROW("ns.uts", "yes", "builtin", "\"UTS_NS\":\"y\",\"X\":null") "," ROW(
			      "ns.ipc", "no", "off",
			      "") "," ROW("net.veth", "yes", "module",
					  "") "," ROW("ns.net", "unknown", "unknown",
						      "") "," ROW("ns.pid", "yes", "builtin", "")),
		      &d.a),
		0);
	CHECK_INT(
		parse(RESULT(ROW("ns.uts", "no", "off", "\"UTS_NS\":\"n\",\"X\":\"n\"") "," ROW(
			      "ns.ipc", "yes", "builtin",
			      "") "," ROW("net.veth", "yes", "builtin",
					  "") "," ROW("ns.net", "no", "off",
						      "") "," ROW("ns.mnt", "yes", "builtin", "")),
		      &d.b),
		0);
	CHECK_INT(diff_compare(&all, &d), 0);
	CHECK_INT(d.row_count, 4);
	CHECK_INT(d.only_a, 1);
	CHECK_INT(d.only_b, 1);
	CHECK_INT(d.exit_status, 1);
	for (size_t i = 0; i < d.row_count; i++) {
		const char *id = d.rows[i].a->feature->id;
		enum diff_kind want = !strcmp(id, "ns.uts")   ? DIFF_LOST
				      : !strcmp(id, "ns.ipc") ? DIFF_GAINED
				      : !strcmp(id, "ns.net") ? DIFF_UNCLEAR
							      : DIFF_CHANGED;

		unit_check(d.rows[i].kind == want, __FILE__, __LINE__, "%s: %s", id,
			   diff_kind_name(d.rows[i].kind));
		/* "is not set" and not mentioned are the same to Kconfig. */
		if (want == DIFF_LOST)
			CHECK_INT(diff_lines(&d.rows[i], one_line, &lines), 1);
	}
	CHECK_STR(sw_buf_str(&lines), "UTS_NS y n;");
	diff_free(&d);
}

UNIT(diff_status_follows_the_level)
{
	static const struct {
		const char *id, *profile, *before, *after;
		int status;
	} rows[] = {
		{ "ns.pid", "lxc", "yes", "no", 1 }, { "ns.pid", "lxc", "yes", "unknown", 3 },
		{ "ns.pid", "lxc", "no", "unknown", 0 }, { "ns.pid", "lxc", "unknown", "no", 3 },
		{ "ns.pid", "lxc", "no", "yes", 0 }, { "net.veth", "lxc", "yes", "no", 2 },
		{ "net.vlan", "lxc", "yes", "no", 0 }, { "net.vlan", "docker", "yes", "no", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct probe_options o = { .profiles = { profile_find(rows[i].profile) },
					   .profile_count = 1 };
		struct sw_buf a __sw_buf = SW_BUF_INIT, b __sw_buf = SW_BUF_INIT;
		struct diff d = { 0 };

		sw_buf_printf(&a, RESULT(ROW("%s", "%s", "builtin", "")), rows[i].id,
			      rows[i].before);
		sw_buf_printf(&b, RESULT(ROW("%s", "%s", "builtin", "")), rows[i].id,
			      rows[i].after);
		CHECK_INT(parse(sw_buf_str(&a), &d.a), 0);
		CHECK_INT(parse(sw_buf_str(&b), &d.b), 0);
		CHECK_INT(diff_compare(&o, &d), 0);
		unit_check(d.exit_status == rows[i].status, __FILE__, __LINE__,
			   "%s for %s, %s then %s: %d", rows[i].id, rows[i].profile, rows[i].before,
			   rows[i].after, d.exit_status);
		diff_free(&d);
	}
}

UNIT(markdown_escapes)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	markdown_text(&b, "a|b *c* _d_ <e> & `f` [g]\n\033#1");
	CHECK_STR(sw_buf_str(&b), "a\\|b \\*c\\* \\_d\\_ &lt;e&gt; &amp; \\`f\\` \\[g\\]  \\#1");
	sw_buf_free(&b);
	markdown_code(&b, "a|b");
	CHECK_STR(sw_buf_str(&b), "`a\\|b`");
	sw_buf_free(&b);
	markdown_code(&b, "`x``y\n");
	CHECK_STR(sw_buf_str(&b), "``` `x``y  ```");
	sw_buf_free(&b);
	markdown_code(&b, "");
	CHECK_STR(sw_buf_str(&b), "");
}
