// SPDX-License-Identifier: GPL-2.0-only
/* Versions, the parser with every trap that real files have, symbols, expressions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kconfig/kconfig.h"
#include "sw_buf.h"
#include "test_kconfig.h"
#include "unit.h"

struct kconfig *parse_ok(const char *text)
{
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };

	if (!unit_check(!kconfig_parse(text, strlen(text), &kc, &err), __FILE__, __LINE__, "%s",
			err.msg))
		exit(1);
	return kc;
}

/* Is there a problem on that line whose words contain part? */
static bool has_problem(const struct kconfig *kc, unsigned int line, const char *part)
{
	const struct kconfig_info *info = kconfig_info(kc);

	for (size_t i = 0; i < info->problem_count; i++)
		if (info->problems[i].line == line && strstr(info->problems[i].what, part))
			return true;
	return false;
}

static int parse_error(const char *text, size_t len, char *msg)
{
	struct kconfig *kc = NULL;
	struct sw_error err = { 0 };
	int num = kconfig_parse(text, len, &kc, &err);

	kconfig_free(kc);
	strcpy(msg, err.msg);
	return num;
}

static enum kconfig_state eval(const char *text, uint32_t ver, const char *expr, char *why)
{
	struct kconfig *kc = parse_ok(text);
	enum kconfig_state s = kconfig_eval(kc, ver, expr, why, 200);

	kconfig_free(kc);
	return s;
}

UNIT(kver_takes_what_real_headers_have)
{
	static const struct { const char *text; uint32_t ver; } rows[] = {
		{ "6.1.170", KVER3(6, 1, 170) }, { "4.15-rc5", KVER(4, 15) },
		{ "5.15.0-1037-", KVER(5, 15) }, { "2.6.25.4-rt6", KVER3(2, 6, 25) },
		{ "5.0.0.3", KVER(5, 0) }, { "3.18.0-12", KVER(3, 18) }, { "7", KVER(7, 0) },
		{ "6.18.39-79.141.amzn2023.x86_64.microvm", KVER3(6, 18, 39) },
		{ "4.9.337", KVER3(4, 9, 255) }, { "10.2", KVER(10, 2) },
		{ "6.1.", KVER(6, 1) },
	};
	uint32_t ver = 42;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CHECK_INT(kver_parse(rows[i].text, &ver), 0);
		CHECK_INT(ver, rows[i].ver);
	}
	ver = 42;
	CHECK_INT(kver_parse("", &ver), -EINVAL);
	CHECK_INT(kver_parse("v6.1", &ver), -EINVAL);
	CHECK_INT(kver_parse("-1.2", &ver), -EINVAL);
	CHECK_INT(kver_parse("0.0.0", &ver), -EINVAL);
	CHECK_INT(kver_parse("99999999999999999999.1", &ver), -EINVAL);
	CHECK_INT(kver_parse("4294967302.18.0", &ver), -EINVAL);
	CHECK_INT(kver_parse("300.18.0", &ver), -EINVAL);
	CHECK_INT(kver_parse("6.300.5", &ver), -EINVAL);
	CHECK_INT(kver_parse("6.-1", &ver), -EINVAL);
	CHECK_INT(ver, 42);
	CHECK(KVER3(2, 6, 39) < KVER(3, 0) && KVER3(4, 9, 255) < KVER(4, 10) && KVER(9, 0) < KVER(10, 0));
}

UNIT(kver_format_is_readable)
{
	char out[16];

	CHECK_STR(kver_format(KVER3(6, 1, 170), out), "6.1.170");
	CHECK_STR(kver_format(KVER3(2, 6, 32), out), "2.6.32");
	CHECK_STR(kver_format(KVER(7, 2), out), "7.2");
	CHECK_STR(kver_format(KVER_NONE, out), "unknown");
	kver_format(KVER_MAX, out);
}

UNIT(kconfig_reads_values)
{
	struct kconfig *kc = parse_ok("CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D=n\n"
				      "CONFIG_HZ=250\nCONFIG_BASE=0xc0de\nCONFIG_lower_case=y\n"
				      "CONFIG_S=\"a = b # CONFIG_X=y\"\nCONFIG_E=\"\"\nCONFIG_NEG=-12\n");
	const char *text = "?";

	CHECK_INT(kconfig_get(kc, "A", &text), KCONFIG_Y);
	CHECK_STR(text, "y");
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_M);
	CHECK_INT(kconfig_get(kc, "C", &text), KCONFIG_N);
	CHECK(text == NULL);
	CHECK(kconfig_mentions(kc, "C") && kconfig_mentions(kc, "D"));
	CHECK_INT(kconfig_get(kc, "D", NULL), KCONFIG_N);
	CHECK(has_problem(kc, 4, "=n"));
	CHECK_INT(kconfig_get(kc, "HZ", &text), KCONFIG_N);
	CHECK_STR(text, "250");
	CHECK_INT(kconfig_get(kc, "lower_case", NULL), KCONFIG_Y);
	CHECK_INT(kconfig_get(kc, "S", &text), KCONFIG_N);
	CHECK_STR(text, "\"a = b # CONFIG_X=y\"");
	CHECK(!kconfig_mentions(kc, "X") && !kconfig_mentions(kc, "lower"));
	CHECK_INT(kconfig_info(kc)->symbols, 10);
	CHECK_INT(kconfig_info(kc)->problem_count, 1);
	CHECK_STR(kconfig_info(kc)->format, "plain");
	kconfig_free(kc);
}

UNIT(kconfig_comment_is_no_assignment)
{
	struct kconfig *kc = parse_ok("CONFIG_A=y\n# CONFIG_B=y\n#CONFIG_C=y\n# see CONFIG_D=y here\n"
				      "# CONFIG_E is not set, or so they say\n# about CONFIG_F is not set\n");

	for (const char *s = "BCDF"; *s; s++)
		CHECK(!kconfig_mentions(kc, (char[]){ *s, 0 }));
	/* Not set to some versions of Kconfig, passed over by others. */
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "E", NULL, 0), KCONFIG_STATE_UNKNOWN);
	CHECK(has_problem(kc, 5, "CONFIG_E is not as"));
	kconfig_free(kc);
}

UNIT(kconfig_last_assignment_wins)
{
	struct kconfig *kc = parse_ok("CONFIG_A=y\n# CONFIG_A is not set\n# CONFIG_B is not set\n"
				      "CONFIG_B=m\nCONFIG_C=y\nCONFIG_C=y\nCONFIG_D=n\n# CONFIG_D is not set\n");

	CHECK_INT(kconfig_get(kc, "A", NULL), KCONFIG_N);
	CHECK(has_problem(kc, 2, "otherwise than on line 1"));
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_M);
	CHECK(has_problem(kc, 4, "otherwise than on line 3"));
	CHECK_INT(kconfig_get(kc, "C", NULL), KCONFIG_Y);
	CHECK(has_problem(kc, 6, "again"));
	CHECK(has_problem(kc, 8, "again"));
	CHECK_INT(kconfig_info(kc)->symbols, 4);
	kconfig_free(kc);
}

UNIT(kconfig_value_that_is_no_value)
{
	char why[200];
	struct kconfig *kc = parse_ok("CONFIG_USER_NS=maybe\nCONFIG_A=yes\nCONFIG_B=Y\nCONFIG_C=\n");

	CHECK_INT(kconfig_get(kc, "USER_NS", NULL), KCONFIG_N);
	CHECK(has_problem(kc, 1, "USER_NS=maybe"));
	CHECK_INT(kconfig_get(kc, "A", NULL), KCONFIG_N);
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_N);
	CHECK(has_problem(kc, 4, "CONFIG_C="));
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
	CHECK_STR(why, "line 1, USER_NS=maybe, is damaged: neither y, m nor n");
	kconfig_free(kc);
	/* A proper line decides, before or after: Kconfig's reader drops the other. */
	kc = parse_ok("CONFIG_USER_NS=y\nCONFIG_USER_NS=maybe\nCONFIG_NET_NS=maybe\n# CONFIG_NET_NS is not set\n");
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", NULL, 0), KCONFIG_STATE_BUILTIN);
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "NET_NS", NULL, 0), KCONFIG_STATE_OFF);
	kconfig_free(kc);
}

UNIT(kconfig_damaged_line_is_no_answer)
{
	static const char *const damaged[] = {
		"CONFIG_USER_NS y", "CONFIG_USER_NS:=y", "CONFIG_USER_NS =y", "CONFIG_USER_NS==y",
		"CONFIG_USER_NS=\"y\"", "CONFIG_USER_NS=1", "CONFIG_USER_NS=\1\2", "xCONFIG_USER_NS=y",
		"export CONFIG_USER_NS=y", "# CONFIG_USER_NS", "# CONFIG_USER_NS is not se", "# CONFIG_USER_NS is nit set",
	};
	/* The name is gone, or may be another's: any symbol may be the one. */
	static const char *const lost[] = {
		"CONFIG_USER_NS", "CONFIG_USER_NSy", "ONFIG_USER_NS=y", "CONFIG_USER\1_NS=y", "CONFIG_USER\377_NS=y",
		"config_user_ns=y", "CONFIG-USER_NS=y", "USER_NS is not set",
	};
	char text[200], why[200];
	struct kconfig *kc;

	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		snprintf(text, sizeof(text), "CONFIG_A=y\n%s\nCONFIG_B=y\n", damaged[i]);
		kc = parse_ok(text);
		CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
		CHECK(strstr(why, "line 2") && strstr(why, "damaged"));
		kconfig_free(kc);
	}
	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		snprintf(text, sizeof(text), "CONFIG_A=y\n%s\nCONFIG_B=y\n", lost[i]);
		kc = parse_ok(text);
		CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
		CHECK_STR(why, "USER_NS is not mentioned, and what line 2 said is lost");
		CHECK(has_problem(kc, 2, "not understood"));
		kconfig_free(kc);
	}
	/* What a terminal showed beside it is about no symbol. */
	kc = parse_ok("$ zcat /proc/config.gz\nCONFIG_A=y\n");
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
	CHECK(strstr(why, "not a full configuration"));
	kconfig_free(kc);
}

UNIT(kconfig_blanks_and_crlf)
{
	struct kconfig *kc = parse_ok("CONFIG_A=m \r\nCONFIG_B=y\r\n# CONFIG_C is not set\r\n"
				      "CONFIG_D=y\t# for the board\r\nCONFIG_E=\"x\" \r\n\r\n");
	const char *text;

	CHECK_INT(kconfig_get(kc, "A", NULL), KCONFIG_M);
	CHECK(has_problem(kc, 1, "CR LF") && has_problem(kc, 1, "blanks at the end"));
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_Y);
	CHECK(!has_problem(kc, 2, ""));
	CHECK(kconfig_mentions(kc, "C"));
	CHECK_INT(kconfig_get(kc, "D", NULL), KCONFIG_Y);
	CHECK(has_problem(kc, 4, "comment behind"));
	kconfig_get(kc, "E", &text);
	CHECK_STR(text, "\"x\"");
	kconfig_free(kc);
}

UNIT(kconfig_lines_that_kconfig_passes_over)
{
	char why[200];
	struct kconfig *kc = parse_ok(" CONFIG_USER_NS=y\nCONFIG_PID_NS is not set\nCONFIG_NET_NS=y\n"
				      "\tCONFIG_NET_NS=m\n#CONFIG_IPC_NS is not set\n CONFIG_UTS_NS=y\n"
				      "CONFIG_UTS_NS=y\n");

	/* Neither the value nor "off" would be honest: the default counts, whatever that is. */
	CHECK(has_problem(kc, 1, "blanks before"));
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
	CHECK(strstr(why, "line 1") != NULL);
	CHECK(has_problem(kc, 2, "without its '#'"));
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "PID_NS", NULL, 0), KCONFIG_STATE_UNKNOWN);
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "IPC_NS", NULL, 0), KCONFIG_STATE_UNKNOWN);
	/* A proper line decides, before or after. */
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "NET_NS", NULL, 0), KCONFIG_STATE_BUILTIN);
	CHECK_INT(kconfig_eval(kc, KVER(6, 1), "UTS_NS", NULL, 0), KCONFIG_STATE_BUILTIN);
	kconfig_free(kc);
}

UNIT(kconfig_merge_conflict)
{
	struct kconfig *kc = parse_ok("<<<<<<< HEAD\nCONFIG_A=y\n||||||| base\n=======\n"
				      "# CONFIG_A is not set\n>>>>>>> topic/x\nCONFIG_B=y\n");

	CHECK(has_problem(kc, 1, "unresolved merge") && has_problem(kc, 3, "unresolved merge"));
	CHECK(has_problem(kc, 4, "unresolved merge") && has_problem(kc, 6, "unresolved merge"));
	CHECK_INT(kconfig_get(kc, "A", NULL), KCONFIG_N);
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_Y);
	kconfig_free(kc);
}

UNIT(kconfig_no_final_newline)
{
	struct kconfig *kc = parse_ok("CONFIG_A=y\nCONFIG_B=m");

	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_M);
	CHECK(has_problem(kc, 2, "no newline"));
	kconfig_free(kc);
}

UNIT(kconfig_headers_of_all_ages)
{
	static const struct { const char *head, *release, *arch; uint32_t ver; } rows[] = {
		{ "# Linux/x86 6.1.170 Kernel Configuration", "6.1.170", "x86", KVER3(6, 1, 170) },
		{ "# Linux/i386 3.7.10 Kernel Configuration", "3.7.10", "x86", KVER3(3, 7, 10) },
		{ "# Linux/arm 4.4.63-1 Kernel Configuration", "4.4.63-1", "arm", KVER3(4, 4, 63) },
		{ "# Linux kernel version: 2.6.36", "2.6.36", "mips", KVER3(2, 6, 36) },
		{ "# Linux/arm64 5.15.0-1037- Kernel Configuration", "5.15.0-1037-", "arm64", KVER(5, 15) },
		{ "# a comment first\n# Linux/arm64 4.14.166 Kernel Configuration", "4.14.166", "arm64",
		  KVER3(4, 14, 166) },
		{ "# Linux/powerpc  Kernel Configuration", NULL, "powerpc", KVER_NONE },
		{ "# Compiler: gcc (GCC) 9.1", NULL, "mips", KVER_NONE },
		{ "# Linux/arm64 is a fine thing 4.4", NULL, "mips", KVER_NONE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[300];
		struct kconfig *kc;

		snprintf(text, sizeof(text), "#\n# Automatically generated\n%s\n#\nCONFIG_MIPS=y\n",
			 rows[i].head);
		kc = parse_ok(text);
		CHECK_STR(kconfig_info(kc)->release, rows[i].release);
		CHECK_STR(kconfig_info(kc)->arch, rows[i].arch);
		CHECK_INT(kconfig_info(kc)->version, rows[i].ver);
		kconfig_free(kc);
	}
}

UNIT(kconfig_two_versions_are_none)
{
	struct kconfig *kc = parse_ok("# Linux/arm 4.4.1 Kernel Configuration\nCONFIG_A=y\n"
				      "# Linux/arm 4.9.2 Kernel Configuration\nCONFIG_B=y\n");

	CHECK(kconfig_info(kc)->release == NULL);
	CHECK_INT(kconfig_info(kc)->version, KVER_NONE);
	CHECK(has_problem(kc, 3, "second header"));
	kconfig_free(kc);
}

UNIT(kconfig_not_a_configuration)
{
	char msg[512];

	CHECK_INT(parse_error("", 0, msg), -ENOMSG);
	CHECK(strstr(msg, "empty") != NULL);
	CHECK_INT(parse_error("\n\n# only words\n", 15, msg), -ENOMSG);
	CHECK_INT(parse_error("root:x:0:0\nbin:x:1:1\n", 21, msg), -ENOMSG);
	CHECK_INT(parse_error("# Busybox version: 1.36\nCONFIG_A=y\n", 35, msg), -ENOMSG);
	CHECK(strstr(msg, "BusyBox") != NULL);
	CHECK_INT(parse_error("#\n# U-Boot 2021.01 Configuration\n#\nCONFIG_A=y\n", 46, msg), -ENOMSG);
	CHECK(strstr(msg, "U-Boot") != NULL);
	CHECK_INT(parse_error("\0\0\0\0", 4, msg), -ENOMSG);
	CHECK_INT(parse_error("CONFIG_=y\nCONFIG_\nCONFIG_A-B=y\n", 31, msg), -ENOMSG);
}

UNIT(kconfig_too_large)
{
	size_t len = (size_t)17 << 20;
	char *text = calloc(1, len), msg[512];

	CHECK_INT(parse_error(text, len, msg), -EFBIG);
	free(text);
}

UNIT(kconfig_nul_bytes)
{
	static const char text[] = "CONFIG_A=y\nCONFIG_USER\0NS=y\nCONFIG_B=m\n\0\0\0";
	struct kconfig *kc = NULL;

	CHECK_INT(kconfig_parse(text, sizeof(text) - 1, &kc, NULL), 0);
	CHECK_INT(kconfig_get(kc, "B", NULL), KCONFIG_M);
	CHECK(!kconfig_mentions(kc, "USER"));
	CHECK(has_problem(kc, 2, "NUL"));
	CHECK(has_problem(kc, 3, "3 NUL bytes after the end"));
	/* What the damaged line said is lost, so absence proves nothing any more. */
	CHECK(!kconfig_info(kc)->complete);
	kconfig_free(kc);
}

UNIT(kconfig_words_are_safe_for_terminals)
{
	char why[200];
	struct kconfig *kc = parse_ok("# Linux/arm\x1b[2J 6.1.0\x1b[31m Kernel Configuration\n"
				      "CONFIG_USER_NS=\x1b]0;x\x07\nCONFIG_A=y\n\x1b[31mred\n"
				      "# Linux/arm 6.1.1\x1b[31m Kernel Configuration\n");
	const struct kconfig_info *info = kconfig_info(kc);

	for (size_t i = 0; i < info->problem_count; i++)
		CHECK(!strchr(info->problems[i].what, '\x1b') && !strchr(info->problems[i].what, 7));
	CHECK(info->problem_count >= 2);
	kconfig_eval(kc, KVER(6, 1), "USER_NS", why, sizeof(why));
	CHECK(!strchr(why, '\x1b') && strstr(why, "USER_NS=?]0;x?"));
	CHECK_STR(info->arch, "arm");
	CHECK(info->release && !strchr(info->release, '\x1b'));
	kconfig_free(kc);
}

UNIT(kconfig_modules_without_module_support)
{
	struct kconfig *kc = parse_ok("# CONFIG_MODULES is not set\nCONFIG_A=y\nCONFIG_VETH=m\n");

	CHECK(has_problem(kc, 3, "CONFIG_MODULES is not set"));
	kconfig_free(kc);
	kc = parse_ok("CONFIG_MODULES=y\nCONFIG_VETH=m\n");
	CHECK_INT(kconfig_info(kc)->problem_count, 0);
	kconfig_free(kc);
}

UNIT(kconfig_problems_are_bounded)
{
	struct sw_buf b = SW_BUF_INIT;
	struct kconfig *kc;
	const struct kconfig_info *info;

	for (int i = 0; i < 5000; i++)
		sw_buf_printf(&b, "CONFIG_S%d=?\n", i);
	kc = parse_ok(sw_buf_str(&b));
	info = kconfig_info(kc);
	CHECK_INT(info->symbols, 5000);
	CHECK(info->problem_count < 1000);
	CHECK(strstr(info->problems[info->problem_count - 1].what, "not listed") != NULL);
	kconfig_free(kc);
	sw_buf_free(&b);
}

UNIT(kconfig_complete_or_not)
{
	struct kconfig *kc = parse_ok(KCONFIG_SKELETON "CONFIG_A=y\n");

	CHECK(kconfig_info(kc)->complete);
	kconfig_free(kc);
	/* savedefconfig: only what differs from the defaults */
	kc = parse_ok("CONFIG_SYSVIPC=y\nCONFIG_CGROUPS=y\n# CONFIG_EPOLL is not set\nCONFIG_VETH=m\n");
	CHECK(!kconfig_info(kc)->complete);
	kconfig_free(kc);
	/* a fragment for some program: many of the symbols of init/Kconfig, and no more */
	kc = parse_ok("CONFIG_EPOLL=y\nCONFIG_SIGNALFD=y\nCONFIG_TIMERFD=y\nCONFIG_EVENTFD=y\n"
		      "CONFIG_SHMEM=y\nCONFIG_FUTEX=y\nCONFIG_AIO=y\nCONFIG_SYSVIPC=y\nCONFIG_BLOCK=y\n");
	CHECK(!kconfig_info(kc)->complete);
	kconfig_free(kc);
	/* the head of a full one, cut off before its end */
	kc = parse_ok(KCONFIG_SKELETON_HEAD);
	CHECK(!kconfig_info(kc)->complete);
	kconfig_free(kc);
}

UNIT(kconfig_symbols_sorted)
{
	for (size_t i = 0; i < kconfig_symbol_count; i++) {
		const struct kconfig_symbol *s = &kconfig_symbols[i];

		if (i && !strcmp(s[-1].name, s->name))
			CHECK(s[-1].until < s->since);
		else
			CHECK(!i || strcmp(s[-1].name, s->name) < 0);
		CHECK(s->since <= s->until && s->since < kconfig_history_end);
		CHECK(s->until == KVER_MAX || s->until < kconfig_history_end);
		CHECK(s->source && *s->source);
		CHECK(kconfig_symbol_find(s->name) && !strcmp(kconfig_symbol_find(s->name)->name, s->name));
		CHECK(kconfig_symbol_at(s->name, s->since) == s);
		if (s->until == KVER_MAX)
			CHECK(!s->successor && !s->always_on_after);
	}
	CHECK(kconfig_symbol_find("NO_SUCH_THING") == NULL);
	CHECK(kconfig_symbol_find("") == NULL);
	CHECK(kconfig_symbol_at("NO_SUCH_THING", KVER(6, 1)) == NULL);
	/* It went with 4.5 and came back with 4.19. */
	CHECK_INT(kconfig_symbol_at("MEMCG_KMEM", KVER(4, 14))->until, KVER(4, 5));
	CHECK_INT(kconfig_symbol_at("MEMCG_KMEM", KVER(4, 19))->since, KVER(4, 19));
	CHECK_INT(kconfig_symbol_at("MEMCG_KMEM", KVER(3, 2))->since, KVER(3, 6));
	CHECK(kconfig_symbol_find("MEMCG_KMEM") == kconfig_symbol_at("MEMCG_KMEM", KVER(3, 6)));
}

static void successor_has_row(const char *symbol, void *arg)
{
	const struct kconfig_symbol *old = arg, *row = kconfig_symbol_at(symbol, old->until);

	CHECK(row != NULL);
	/* There from the version on in which the old one went, so that chains come to an end. */
	if (row)
		CHECK(row->since <= old->until && row->until > old->until);
}

UNIT(kconfig_successors_are_known)
{
	for (size_t i = 0; i < kconfig_symbol_count; i++)
		if (kconfig_symbols[i].successor)
			CHECK_INT(kconfig_expr_symbols(kconfig_symbols[i].successor, successor_has_row,
						       (void *)&kconfig_symbols[i]), 0);
}

UNIT(kconfig_arch_limits_sorted)
{
	for (size_t i = 0; i < kconfig_arch_limit_count; i++) {
		const struct kconfig_arch_limit *l = &kconfig_arch_limits[i];
		const struct kconfig_symbol *s = kconfig_symbol_find(l->symbol);

		if (i)
			CHECK(strcmp(l[-1].symbol, l->symbol) < 0 ||
			      (!strcmp(l[-1].symbol, l->symbol) && strcmp(l[-1].arch, l->arch) < 0));
		/* A limit that is no later than the symbol says nothing. */
		CHECK(s && l->since > s->since && (l->since == KVER_MAX || l->since < kconfig_history_end));
		CHECK(l->source && *l->source);
		CHECK(kconfig_arch_limit_find(l->symbol, l->arch) == l);
	}
	CHECK(kconfig_arch_limit_find("SECCOMP_FILTER", NULL) == NULL);
	CHECK(kconfig_arch_limit_find("SECCOMP_FILTER", "arm6") == NULL);
}

static struct kconfig *config_of(const char *header, const char *lines)
{
	char text[8192];

	snprintf(text, sizeof(text), "#\n# Linux/%s Kernel Configuration\n#\n%s%s", header,
		 KCONFIG_SKELETON, lines);
	return parse_ok(text);
}

UNIT(kconfig_eval_knows_the_architecture)
{
	static const struct {
		const char *header, *lines, *expr, *why;
		enum kconfig_state state;
	} rows[] = {
		{ "arm64 3.14.29", "", "SECCOMP_FILTER", "arm64 cannot have SECCOMP_FILTER before 3.19",
		  KCONFIG_STATE_NO_SYMBOL },
		{ "arm64 3.19.0", "", "SECCOMP_FILTER", "SECCOMP_FILTER is not set",
		  KCONFIG_STATE_OFF },
		/* Set all the same: vendors port back; offered all the same: so it is there. */
		{ "arm64 3.14.29", "CONFIG_SECCOMP_FILTER=y\n", "SECCOMP_FILTER", "SECCOMP_FILTER=y",
		  KCONFIG_STATE_BUILTIN },
		{ "arm64 3.14.29", "# CONFIG_SECCOMP_FILTER is not set\n", "SECCOMP_FILTER",
		  "SECCOMP_FILTER is not set", KCONFIG_STATE_OFF },
		/* From a tree, without a row of limits. */
		{ "s390 6.1.0", "", "UCLAMP_TASK_GROUP",
		  "s390 cannot have UCLAMP_TASK_GROUP in this version", KCONFIG_STATE_NO_SYMBOL },
		{ "x86 6.1.0", "", "UCLAMP_TASK_GROUP", "UCLAMP_TASK_GROUP is not set",
		  KCONFIG_STATE_OFF },
		{ "arm 6.12.1", "", "TIME_NS", "arm cannot have TIME_NS before 6.13",
		  KCONFIG_STATE_NO_SYMBOL },
		/* An architecture that no row names: no claim. */
		{ "xtensa 4.4.0", "", "SECCOMP_FILTER", "SECCOMP_FILTER is not set",
		  KCONFIG_STATE_OFF },
	};
	char why[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kconfig *kc = config_of(rows[i].header, rows[i].lines);

		CHECK_INT(kconfig_eval(kc, kconfig_info(kc)->version, rows[i].expr, why, sizeof(why)),
			  rows[i].state);
		CHECK(!strncmp(why, rows[i].why, strlen(rows[i].why)));
		kconfig_free(kc);
	}
}

UNIT(kconfig_eval_is_tristate)
{
	static const struct { const char *expr; enum kconfig_state state; } rows[] = {
		{ "CGROUPS", KCONFIG_STATE_BUILTIN }, { "VETH", KCONFIG_STATE_MODULE },
		{ "USER_NS", KCONFIG_STATE_OFF }, { "!USER_NS", KCONFIG_STATE_BUILTIN },
		{ "!VETH", KCONFIG_STATE_MODULE }, { "!CGROUPS", KCONFIG_STATE_OFF },
		{ "CGROUPS && VETH", KCONFIG_STATE_MODULE }, { "CGROUPS||VETH", KCONFIG_STATE_BUILTIN },
		{ "USER_NS || VETH && CGROUPS", KCONFIG_STATE_MODULE },
		{ "(USER_NS || VETH) && !(!CGROUPS)", KCONFIG_STATE_MODULE },
		{ "y", KCONFIG_STATE_BUILTIN }, { "m", KCONFIG_STATE_MODULE }, { "n", KCONFIG_STATE_OFF },
		{ " VETH\t&& ( y ) ", KCONFIG_STATE_MODULE }, { "NOT_A_SYMBOL", KCONFIG_STATE_UNKNOWN },
		{ "NOT_A_SYMBOL && USER_NS", KCONFIG_STATE_OFF },
		{ "NOT_A_SYMBOL || CGROUPS", KCONFIG_STATE_BUILTIN },
	};
	char why[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		unit_check(eval(KCONFIG_SKELETON "CONFIG_CGROUPS=y\nCONFIG_VETH=m\n"
				"# CONFIG_USER_NS is not set\n", KVER(6, 1), rows[i].expr, why) ==
			   rows[i].state, __FILE__, __LINE__, "%s: %s", rows[i].expr, why);
}

UNIT(kconfig_eval_follows_history)
{
	static const struct {
		const char *text, *expr;
		uint32_t ver;
		enum kconfig_state state;
		const char *why;
	} rows[] = {
		{ "", "CGROUP_PIDS", KVER(4, 2), KCONFIG_STATE_NO_SYMBOL, "CGROUP_PIDS came with 4.3" },
		{ "", "CGROUP_PIDS", KVER(4, 3), KCONFIG_STATE_OFF, "CGROUP_PIDS is not set" },
		{ "CONFIG_CGROUPS=y\n", "CGROUPS && CGROUP_PIDS", KVER(3, 10), KCONFIG_STATE_NO_SYMBOL,
		  "CGROUP_PIDS came with 4.3" },
		{ "", "CGROUPS && VETH", KVER(3, 10), KCONFIG_STATE_OFF,
		  "CGROUPS is not set, VETH is not set" },
		{ "CONFIG_UNIX98_PTYS=y\n", "DEVPTS_MULTIPLE_INSTANCES", KVER(4, 7),
		  KCONFIG_STATE_BUILTIN, "DEVPTS_MULTIPLE_INSTANCES went with 4.7, UNIX98_PTYS=y" },
		{ "CONFIG_UNIX98_PTYS=y\n", "DEVPTS_MULTIPLE_INSTANCES", KVER3(4, 6, 9),
		  KCONFIG_STATE_OFF, "DEVPTS_MULTIPLE_INSTANCES is not set" },
		{ "CONFIG_MEMCG=y\nCONFIG_SWAP=y\n", "MEMCG_SWAP", KVER(6, 1), KCONFIG_STATE_BUILTIN,
		  "MEMCG_SWAP went with 6.1, MEMCG=y, SWAP=y" },
		{ "CONFIG_MEMCG=y\nCONFIG_SWAP=y\n", "MEMCG_SWAP", KVER(6, 0), KCONFIG_STATE_OFF,
		  "MEMCG_SWAP is not set" },
		{ "CONFIG_CGROUP_MEM_RES_CTLR=y\n", "MEMCG || CGROUP_MEM_RES_CTLR", KVER(3, 5),
		  KCONFIG_STATE_BUILTIN, "CGROUP_MEM_RES_CTLR=y" },
		{ "", "MEMCG || CGROUP_MEM_RES_CTLR", KVER(3, 5), KCONFIG_STATE_OFF,
		  "CGROUP_MEM_RES_CTLR is not set" },
		{ "", "MEMCG || CGROUP_MEM_RES_CTLR", KVER(6, 1), KCONFIG_STATE_OFF, "MEMCG is not set" },
		{ "CONFIG_MEMCG=y\n", "CGROUP_MEM_RES_CTLR || MEMCG", KVER(6, 1), KCONFIG_STATE_BUILTIN,
		  "MEMCG=y" },
		{ "", "SECURITY_FILE_CAPABILITIES", KVER(6, 1), KCONFIG_STATE_BUILTIN,
		  "always on since 2.6.33" },
		{ "", "CGROUP_NS", KVER(5, 10), KCONFIG_STATE_NO_SYMBOL, "CGROUP_NS went with 3.0" },
		{ "CONFIG_OVERLAYFS_FS=m\n", "OVERLAY_FS || OVERLAYFS_FS", KVER(3, 10),
		  KCONFIG_STATE_MODULE, "OVERLAYFS_FS=m" },
		{ "", "OVERLAY_FS || OVERLAYFS_FS", KVER(3, 10), KCONFIG_STATE_NO_SYMBOL,
		  "OVERLAY_FS came with 3.18, OVERLAYFS_FS is not of mainline" },
		/* vendor backports */
		{ "CONFIG_SECCOMP_FILTER=y\n", "SECCOMP_FILTER", KVER(3, 4), KCONFIG_STATE_BUILTIN,
		  "SECCOMP_FILTER=y" },
		{ "# CONFIG_SECCOMP_FILTER is not set\n", "SECCOMP_FILTER", KVER(3, 4), KCONFIG_STATE_OFF,
		  "SECCOMP_FILTER is not set" },
		/* a remnant of an older kernel's file */
		{ "CONFIG_UNIX98_PTYS=y\n# CONFIG_DEVPTS_MULTIPLE_INSTANCES is not set\n",
		  "DEVPTS_MULTIPLE_INSTANCES", KVER(4, 9), KCONFIG_STATE_BUILTIN,
		  "DEVPTS_MULTIPLE_INSTANCES went with 4.7, UNIX98_PTYS=y" },
		/* a version that the table does not cover: only what the file says */
		{ "", "USER_NS", KVER(7, 2) | 255, KCONFIG_STATE_OFF, "USER_NS is not set" },
		{ "", "USER_NS", KVER(7, 3), KCONFIG_STATE_UNKNOWN,
		  "USER_NS is not mentioned, and its history is known up to before 7.3 only" },
		{ "# CONFIG_USER_NS is not set\n", "USER_NS", KVER(10, 0), KCONFIG_STATE_OFF,
		  "USER_NS is not set" },
		{ "CONFIG_UNIX98_PTYS=y\n", "DEVPTS_MULTIPLE_INSTANCES", KVER(10, 0),
		  KCONFIG_STATE_BUILTIN, "DEVPTS_MULTIPLE_INSTANCES went with 4.7, UNIX98_PTYS=y" },
		/* no version */
		{ "", "CGROUP_PIDS", KVER_NONE, KCONFIG_STATE_UNKNOWN,
		  "CGROUP_PIDS is not mentioned, and the version is unknown" },
		{ "", "USER_NS", KVER_NONE, KCONFIG_STATE_OFF, "USER_NS is not set" },
		{ "CONFIG_CGROUP_PIDS=y\n", "CGROUP_PIDS", KVER_NONE, KCONFIG_STATE_BUILTIN,
		  "CGROUP_PIDS=y" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[2000], why[200];

		snprintf(text, sizeof(text), "%s%s", KCONFIG_SKELETON, rows[i].text);
		CHECK_STR(kconfig_state_name(eval(text, rows[i].ver, rows[i].expr, why)),
			  kconfig_state_name(rows[i].state));
		CHECK_STR(why, rows[i].why);
	}
}

/* Kconfig mentions what it offers: setting a symbol that is not on offer would not help. */
UNIT(kconfig_eval_tells_off_from_not_on_offer)
{
	struct sw_buf b = SW_BUF_INIT;
	char why[200];

	sw_buf_adds(&b, KCONFIG_SKELETON "# CONFIG_USER_NS is not set\n");
	CHECK_INT(eval(sw_buf_str(&b), KVER(6, 1), "NET_NS", why), KCONFIG_STATE_OFF);
	CHECK_STR(why, "NET_NS is not set");
	for (int i = 0; i < 100; i++)
		sw_buf_printf(&b, "# CONFIG_DRIVER_%d is not set\n", i);
	CHECK_INT(eval(sw_buf_str(&b), KVER(6, 1), "NET_NS", why), KCONFIG_STATE_OFF);
	CHECK_STR(why, "NET_NS is not mentioned: a dependency of it is off");
	CHECK_INT(eval(sw_buf_str(&b), KVER(6, 1), "USER_NS", why), KCONFIG_STATE_OFF);
	CHECK_STR(why, "USER_NS is not set");
	sw_buf_free(&b);
}

UNIT(kconfig_eval_of_a_part_is_unknown)
{
	char why[200];

	CHECK_INT(eval("CONFIG_CGROUPS=y\n", KVER(6, 1), "USER_NS", why), KCONFIG_STATE_UNKNOWN);
	CHECK(strstr(why, "not a full configuration") != NULL);
	CHECK_INT(eval("CONFIG_CGROUPS=y\n", KVER(6, 1), "CGROUPS", why), KCONFIG_STATE_BUILTIN);
	CHECK_INT(eval("CONFIG_CGROUPS=y\n", KVER(6, 1), "CGROUPS && USER_NS", why),
		  KCONFIG_STATE_UNKNOWN);
	CHECK_INT(eval("# CONFIG_CGROUPS is not set\n", KVER(6, 1), "CGROUPS && USER_NS", why),
		  KCONFIG_STATE_OFF);
	CHECK_STR(why, "CGROUPS is not set");
	CHECK_INT(kconfig_eval(NULL, KVER(6, 1), "CGROUPS", why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
	CHECK_STR(why, "there is no configuration");
}

static void count(const char *symbol, void *arg)
{
	CHECK(*symbol);
	++*(int *)arg;
}

UNIT(kconfig_bad_expressions)
{
	static const char *const bad[] = {
		"", " ", "A &&", "&& A", "A & B", "A | B", "A B", "(A", "A)", "!", "()", "A == B", "A=y",
		"A-B", "A && || B", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!A",
		"((((((((((((((((((((((((((((((A))))))))))))))))))))))))))))))",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct sw_buf b = SW_BUF_INIT;
	char why[20];
	int n = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_INT(kconfig_expr_symbols(bad[i], count, &n), -EINVAL);
		CHECK_INT(kconfig_eval(NULL, KVER(6, 1), bad[i], why, sizeof(why)), KCONFIG_STATE_UNKNOWN);
		CHECK(strlen(why) == sizeof(why) - 1 || strstr(why, "bad"));
	}
	CHECK_INT(n, 0);
	CHECK_INT(kconfig_expr_symbols("A && (B || !C) || y || A", count, &n), 0);
	CHECK_INT(n, 4);
	for (int i = 0; i < 1000; i++)
		sw_buf_adds(&b, "A || ");
	sw_buf_adds(&b, "A");
	CHECK_INT(kconfig_expr_symbols(sw_buf_str(&b), count, &n), -EINVAL);
	sw_buf_free(&b);
}
