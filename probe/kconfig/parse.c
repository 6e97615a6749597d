// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a configuration into a table of symbols.
 *
 * What counts is what Kconfig's own reader (scripts/kconfig/confdata.c, conf_read_simple()) makes
 * of a line, since that is what the kernel was built from: a line starts with "CONFIG_" or
 * "# CONFIG_" in its first column, the last assignment wins, everything else is passed over.
 * Lines that it passes over although a person would not, such as one with a leading space, are
 * kept as KCONFIG_SAID_ODDLY: neither the value on the line nor "off" would be an honest reading.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sw_fd.h"
#include "sw_show.h"

#define PREFIX "CONFIG_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define PROBLEMS_MAX 256

void kconfig_problem(struct kconfig *kc, unsigned int line, const char *fmt, ...)
{
	struct kconfig_problem *p;
	va_list ap;

	if (kc->problem_count >= PROBLEMS_MAX)
		return;
	if (kc->problem_count == kc->problem_cap) {
		size_t cap = kc->problem_cap ? kc->problem_cap * 2 : 8;

		p = realloc(kc->problems, cap * sizeof(*p));
		if (!p)
			return;
		kc->problems = p;
		kc->problem_cap = cap;
	}
	p = &kc->problems[kc->problem_count++];
	p->line = line;
	if (kc->problem_count == PROBLEMS_MAX) {
		snprintf(p->what, sizeof(p->what), "and more, which are not listed");
		return;
	}
	va_start(ap, fmt);
	vsnprintf(p->what, sizeof(p->what), fmt, ap);
	va_end(ap);
	kconfig_defuse(p->what);
}

void kconfig_defuse(char *text)
{
	sw_defuse(text);
}

/* ---- lines --------------------------------------------------------------------------------- */

struct reader {
	struct kconfig *kc;
	unsigned int line;
	bool crlf_told, headers_differ, archs_differ;
	size_t other_lines;	/* neither blank, comment nor symbol */
};

size_t kconfig_name_len(const char *s)
{
	static const bool name_char[256] = {
		['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true, ['_'] = true,
	};
	size_t n = 0;

	while (name_char[(unsigned char)s[n]])
		n++;
	return n;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of s without the blanks at its end. */
static size_t trimmed(const char *s, size_t len)
{
	while (len && (blank(s[len - 1]) || s[len - 1] == '\r'))
		len--;
	return len;
}

/* A right-hand side that Kconfig writes: a quoted string, a decimal or a hexadecimal number. */
static bool plausible_value(const char *v)
{
	size_t len = strlen(v);

	if (len >= 2 && v[0] == '"' && v[len - 1] == '"')
		return true;
	if (*v == '-')
		v++;
	if (v[0] == '0' && (v[1] == 'x' || v[1] == 'X'))
		return v[2] && v[2 + strspn(v + 2, "0123456789abcdefABCDEF")] == 0;
	return *v && v[strspn(v, "0123456789abcdefABCDEF")] == 0;	/* hex may lack its 0x */
}

static void read_value(struct reader *r, struct kconfig_entry *e, char *value)
{
	size_t len = strlen(value), trim = trimmed(value, len);

	/* Kconfig looks at the first character only, so "y # why" is y to it. */
	if (trim > 1 && strchr("ymn", value[0]) && blank(value[1]) &&
	    value[1 + strspn(value + 1, " \t")] == '#') {
		kconfig_problem(r->kc, r->line, "a comment behind CONFIG_%.60s=%c", e->name, value[0]);
		trim = 1;
	} else if (trim != len) {
		kconfig_problem(r->kc, r->line, "blanks at the end of the line");
	}
	value[trim] = 0;
	e->value = value;
	if (!strcmp(value, "y"))
		e->tri = KCONFIG_Y;
	else if (!strcmp(value, "m"))
		e->tri = KCONFIG_M;
	else if (!strcmp(value, "n"))
		kconfig_problem(r->kc, r->line, "CONFIG_%.60s=n is not how Kconfig writes it",
				e->name);
	else if (!plausible_value(value)) {
		e->said = KCONFIG_SAID_DAMAGED;
		kconfig_problem(r->kc, r->line,
				"CONFIG_%.40s=%.30s is none of y, m, n, a number and a string", e->name,
				value);
	}
}

/*
 * A line that nothing can be made of, but whose symbol can be read: what it said about that is lost.
 * Where the name is not certain either, any symbol may be the one: then absence proves nothing.
 */
static int read_debris(struct reader *r, char *s)
{
	struct kconfig_entry e = { .line = r->line, .said = KCONFIG_SAID_DAMAGED };
	char *name = strstr(s, PREFIX), *rest;
	bool lost = name || strstr(s, "is not set");

	r->other_lines++;
	kconfig_problem(r->kc, r->line, "not understood: %.60s", s);
	e.name = name ? name + PREFIX_LEN : s;
	rest = name ? name + PREFIX_LEN + kconfig_name_len(e.name) : s;
	/* Behind a whole name there is an operator, however it goes on. */
	if (name && rest > e.name && *rest && strchr(" \t:=", *rest)) {
		*rest = 0;
		return kconfig_put(r->kc, &e);
	}
	/* Others may be what a terminal showed beside the configuration. */
	for (const char *p = s; *p && !lost; p++)
		lost = (unsigned char)*p >= 127 || ((unsigned char)*p < ' ' && *p != '\t') || *p == '=';
	if (lost)
		r->kc->damaged = r->line;
	return 0;
}

/* Length of what two texts begin with alike. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* A line that starts with CONFIG_, perhaps after blanks that Kconfig does not take. */
static int read_symbol(struct reader *r, char *s, bool indented)
{
	struct kconfig_entry e = { .name = s + PREFIX_LEN, .line = r->line };
	size_t n = kconfig_name_len(e.name);
	char *rest = s + PREFIX_LEN + n;

	if (n && *rest == '=') {
		*rest = 0;
		e.said = indented ? KCONFIG_SAID_ODDLY : KCONFIG_SAID_VALUE;
		read_value(r, &e, rest + 1);
	} else if (n && blank(*rest) && !strncmp(rest + strspn(rest, " \t"), "is not set", 10)) {
		*rest = 0;
		e.said = KCONFIG_SAID_ODDLY;
		kconfig_problem(r->kc, r->line, "\"CONFIG_%.50s is not set\" without its '#'", e.name);
	} else {
		return read_debris(r, s);
	}
	if (indented) {
		kconfig_problem(r->kc, r->line,
				"blanks before CONFIG_%.40s: Kconfig passes over such a line", e.name);
		e.tri = KCONFIG_N;
	}
	return kconfig_put(r->kc, &e);
}

/* What ARCH= said, as the directory below the kernel's arch/; NULL where no kernel has such a one. */
static const char *known_arch(const char *word)
{
	static const struct { const char *alias, *arch; } aliases[] = {
		{ "i386", "x86" }, { "x86_64", "x86" }, { "ppc", "powerpc" }, { "ppc64", "powerpc" },
		{ "sparc32", "sparc" }, { "sparc64", "sparc" }, { "parisc64", "parisc" }, { "sh64", "sh" },
		{ "aarch64", "arm64" }, { "m68knommu", "m68k" },
	};
	static const char *const archs[] = {
		"alpha", "arc", "arm", "arm64", "avr32", "blackfin", "c6x", "cris", "csky", "frv", "h8300",
		"hexagon", "ia64", "loongarch", "m32r", "m68k", "metag", "microblaze", "mips", "mn10300",
		"nds32", "nios2", "openrisc", "parisc", "powerpc", "riscv", "s390", "score", "sh", "sparc",
		"tile", "um", "unicore32", "x86", "xtensa",
	};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (!strcmp(word, aliases[i].alias))
			return aliases[i].arch;
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++)
		if (!strcmp(word, archs[i]))
			return archs[i];
	return NULL;
}

static void read_arch(struct reader *r, const char *s, size_t len)
{
	struct kconfig *kc = r->kc;
	const char *arch;
	char word[24];

	snprintf(word, sizeof(word), "%.*s", (int)(len > 20 ? 20 : len), s);
	arch = known_arch(word);
	if (!arch)
		kconfig_problem(kc, r->line, "the header's architecture is none of Linux: %s", word);
	else if (!kc->arch[0])
		snprintf(kc->arch, sizeof(kc->arch), "%s", arch);
	else if (strcmp(kc->arch, arch) != 0) {
		kconfig_problem(kc, r->line, "a second header, of another architecture: %s, not %s", arch,
				kc->arch);
		r->archs_differ = true;
	}
}

/* "# Linux/arm 4.4.63-1 Kernel Configuration" (2.6.38 on), "# Linux kernel version: 2.6.36" before. */
static void read_header(struct reader *r, const char *s)
{
	struct kconfig *kc = r->kc;
	const char *arch = NULL, *release;
	size_t arch_len = 0, len;
	uint32_t ver = KVER_NONE;

	if (*s != 'L')
		return;		/* the title of a menu, as most comments are */
	if (sw_starts_with(s, "Linux/")) {
		arch = s + 6;
		arch_len = kconfig_name_len(arch);
		release = arch + arch_len + strspn(arch + arch_len, " ");
		if (!strstr(release, "Kernel Configuration"))
			return;
		len = sw_starts_with(release, "Kernel") ? 0 : strcspn(release, " ");
	} else if (sw_starts_with(s, "Linux kernel version:")) {
		release = s + 21;
		release += strspn(release, " ");
		len = strcspn(release, " ");
	} else {
		return;
	}
	if (arch)
		read_arch(r, arch, arch_len);
	if (!len || len > 128 || kver_parse(release, &ver)) {
		kconfig_problem(kc, r->line, "the header's version is none: %.60s", s);
		return;
	}
	if (!kc->release) {
		kc->release = strndup(release, len);
		if (kc->release)
			kconfig_defuse(kc->release);
		kc->info.version = ver;
	} else if (ver >> 8 != kc->info.version >> 8) {
		/* Two configurations in one, or an unresolved merge: neither can be believed. */
		kconfig_problem(kc, r->line, "a second header, of another version: %.60s", s);
		r->headers_differ = true;
	}
}

static int read_comment(struct reader *r, char *s)
{
	struct kconfig_entry e = { .line = r->line, .said = KCONFIG_SAID_NOT_SET };
	char *p = s + 1;
	size_t n;

	p += strspn(p, " \t");
	if (!sw_starts_with(p, PREFIX)) {
		read_header(r, p);
		return 0;
	}
	e.name = p + PREFIX_LEN;
	n = kconfig_name_len(e.name);
	p += PREFIX_LEN + n;
	if (!n)
		return 0;
	if (strncmp(p, " is not set", 11)) {
		size_t alike = common(p, " is not set");

		/* Prose, or an assignment that is commented out; or what is left of "is not set". */
		if (s[1] != ' ' || e.name != s + 2 + PREFIX_LEN || (*p && alike < 4))
			return 0;
		*p = 0;
		e.said = KCONFIG_SAID_DAMAGED;
		kconfig_problem(r->kc, r->line, "damaged: \"# CONFIG_%.50s\" without the whole of \"is not set\"", e.name);
		return kconfig_put(r->kc, &e);
	}
	/* Kconfig wants exactly one space; what may follow differs between its versions. */
	if (s[1] != ' ' || e.name != s + 2 + PREFIX_LEN || p[11 + strspn(p + 11, " \t\r")]) {
		e.said = KCONFIG_SAID_ODDLY;
		kconfig_problem(r->kc, r->line, "\"is not set\" of CONFIG_%.*s is not as Kconfig writes it",
				(int)(n < 50 ? n : 50), e.name);
	}
	*p = 0;
	return kconfig_put(r->kc, &e);
}

static bool conflict_marker(const char *s)
{
	return (s[0] == '<' || s[0] == '>' || s[0] == '=' || s[0] == '|') &&
	       strspn(s, (char[]){ s[0], 0 }) == 7 && (!s[7] || s[7] == ' ');
}

static int read_line(struct reader *r, char *s, size_t len)
{
	char *p;

	if (memchr(s, 0, len)) {
		kconfig_problem(r->kc, r->line, "NUL bytes: what this line said is lost");
		r->kc->damaged = r->line;
		r->other_lines++;
		return 0;
	}
	if (len && s[len - 1] == '\r') {
		if (!r->crlf_told)
			kconfig_problem(r->kc, r->line, "lines end in CR LF");
		r->crlf_told = true;
		s[len - 1] = 0;
	}
	if (sw_starts_with(s, PREFIX))
		return read_symbol(r, s, false);
	if (s[0] == '#')
		return read_comment(r, s);
	p = s + strspn(s, " \t");
	if (!*p)
		return 0;
	if (sw_starts_with(p, PREFIX))
		return read_symbol(r, p, true);
	if (p != s && *p == '#' && strstr(p, " is not set")) {
		kconfig_problem(r->kc, r->line, "blanks before a '#': Kconfig passes over such a line");
		return 0;
	}
	if (conflict_marker(s)) {
		kconfig_problem(r->kc, r->line, "a mark of an unresolved merge: %.60s", s);
		return 0;
	}
	return read_debris(r, s);
}

/* ---- what the whole says ------------------------------------------------------------------- */

static size_t mentioned(const struct kconfig *kc, const char *const *names)
{
	size_t n = 0;

	for (; *names; names++) {
		const struct kconfig_entry *e = kconfig_entry(kc, *names);

		n += e && !kconfig_said_nothing(e);
	}
	return n;
}

/*
 * Is this a full configuration, in which a symbol that is not mentioned is off? A savedefconfig
 * or a fragment holds only what differs from the defaults; a file that was cut short lacks its
 * end. All symbols below have a prompt and default to y in every version (2.6.22 on), or are
 * written always, so a full configuration mentions them whatever their value, and none of the
 * other kinds mentions most of them. The first group stands in init/Kconfig at the head of the
 * file, the others in lib/Kconfig* at its end (which of the two is last changed with 4.20).
 */
static bool looks_complete(const struct kconfig *kc)
{
	static const char *const head[] = {
		"INIT_ENV_ARG_LIMIT", "SYSVIPC", "PRINTK", "BUG", "BASE_FULL", "FUTEX", "EPOLL",
		"SIGNALFD", "TIMERFD", "EVENTFD", "SHMEM", "AIO", "BLOCK", NULL
	};
	static const char *const lib[] = {
		"HAS_IOMEM", "HAS_DMA", "CRC_CCITT", "CRC16", "CRC32", "BITREVERSE", "ZLIB_INFLATE",
		"GENERIC_PCI_IOMAP", "NLATTR", "XARRAY_MULTI", NULL
	};
	static const char *const debug[] = {
		"PRINTK_TIME", "FRAME_WARN", "MAGIC_SYSRQ", "DEBUG_FS", "DEBUG_KERNEL", "STRIP_ASM_SYMS",
		"HEADERS_CHECK", "HEADERS_INSTALL", NULL
	};

	return !kc->damaged && mentioned(kc, head) >= 9 && mentioned(kc, lib) >= 1 &&
	       mentioned(kc, debug) >= 2;
}

/* The directory below the kernel's arch/, where the header does not say. */
static void settle_arch(struct kconfig *kc)
{
	/* In the order of precedence: a UML kernel has X86 too. */
	static const struct { const char *symbol, *arch; } marks[] = {
		{ "UML", "um" }, { "X86", "x86" }, { "ARM64", "arm64" }, { "ARM", "arm" },
		{ "RISCV", "riscv" }, { "PPC", "powerpc" }, { "MIPS", "mips" }, { "S390", "s390" },
		{ "LOONGARCH", "loongarch" }, { "SPARC", "sparc" }, { "PARISC", "parisc" },
		{ "SUPERH", "sh" }, { "M68K", "m68k" }, { "ALPHA", "alpha" }, { "IA64", "ia64" },
		{ "MICROBLAZE", "microblaze" }, { "ARC", "arc" }, { "XTENSA", "xtensa" },
		{ "OPENRISC", "openrisc" }, { "NIOS2", "nios2" }, { "CSKY", "csky" },
		{ "HEXAGON", "hexagon" }, { "AVR32", "avr32" }, { "BLACKFIN", "blackfin" },
		{ "TILE", "tile" }, { "CRIS", "cris" }, { "FRV", "frv" }, { "MN10300", "mn10300" },
	};

	for (size_t i = 0; !kc->arch[0] && i < sizeof(marks) / sizeof(*marks); i++)
		if (kconfig_get(kc, marks[i].symbol, NULL) == KCONFIG_Y)
			snprintf(kc->arch, sizeof(kc->arch), "%s", marks[i].arch);
}

/*
 * Kconfig writes "is not set" about each symbol that it offers and that is off; so where there are
 * such lines at all, a symbol without one is not on offer. Some people strip them, though.
 */
static bool shows_not_set(const struct kconfig *kc)
{
	size_t n = 0;

	for (size_t i = 0; i < kc->count; i++)
		n += kc->entries[i].said == KCONFIG_SAID_NOT_SET;
	return n >= 100;	/* real configurations have 500 and more */
}

/* "=m" where nothing can be loaded: the file was edited, or put together from others. */
static void check_modules(struct kconfig *kc)
{
	const struct kconfig_entry *modules = kconfig_entry(kc, "MODULES");

	if (!modules || modules->tri == KCONFIG_Y || kconfig_said_nothing(modules))
		return;
	for (size_t i = 0; i < kc->count; i++)
		if (kc->entries[i].tri == KCONFIG_M) {
			kconfig_problem(kc, kc->entries[i].line,
					"CONFIG_%.40s=m, but CONFIG_MODULES is not set", kc->entries[i].name);
			return;
		}
}

/*
 * The forms that all but a handful of lines have, and empty ones, exactly as Kconfig writes them. What this does
 * not recognise, read_line() looks at; where it does, that would say the same.
 * Returns 1 with *next behind the line, 0, or -ENOMEM. The text is followed by KCONFIG_PAD
 * bytes of 0.
 */
static int read_usual_line(struct reader *r, char *s, char **next)
{
	struct kconfig_entry e = { .line = r->line };
	char *name, *p;

	if (s[0] == 'C' && !memcmp(s, PREFIX, PREFIX_LEN)) {
		name = s + PREFIX_LEN;
		p = name + kconfig_name_hash(name, &e.hash);
		if (p == name || p[0] != '=' || (p[1] != 'y' && p[1] != 'm') || p[2] != '\n')
			return 0;
		e.tri = p[1] == 'y' ? KCONFIG_Y : KCONFIG_M;
		e.said = KCONFIG_SAID_VALUE;
		e.value = p + 1;
		*next = p + 3;
		p[2] = 0;
	} else if (s[0] == '#' && !memcmp(s + 1, " " PREFIX, PREFIX_LEN + 1)) {
		name = s + 2 + PREFIX_LEN;
		p = name + kconfig_name_hash(name, &e.hash);
		if (p == name || memcmp(p, " is not set\n", 12) != 0)
			return 0;
		e.said = KCONFIG_SAID_NOT_SET;
		*next = p + 12;
	} else if (s[0] == '\n' || (s[0] == '#' && s[1] == '\n')) {
		*next = s + (s[0] == '\n' ? 1 : 2);
		return 1;
	} else {
		return 0;
	}
	*p = 0;
	e.name = name;
	return kconfig_put_hashed(r->kc, &e) ? -ENOMEM : 1;
}

static int read_text(struct reader *r, size_t len)
{
	struct kconfig *kc = r->kc;
	char *p = kc->text, *end = kc->text + len;
	int ret;

	if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		kconfig_problem(kc, 1, "a byte order mark at the start");
		p += 3;
	}
	while (p < end) {
		char *nl;

		r->line++;
		ret = read_usual_line(r, p, &p);
		if (ret < 0)
			return ret;
		if (ret)
			continue;
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl) {
			kconfig_problem(kc, r->line, "no newline at the end of the file");
			nl = end;
		}
		*nl = 0;
		ret = read_line(r, p, (size_t)(nl - p));
		if (ret)
			return ret;
		p = nl + 1;
	}
	return 0;
}

static void finish(struct reader *r)
{
	struct kconfig *kc = r->kc;

	if (r->headers_differ) {
		sw_freep(&kc->release);
		kc->info.version = KVER_NONE;
	}
	if (r->archs_differ)
		kc->arch[0] = 0;
	else
		settle_arch(kc);
	check_modules(kc);
	kc->info.release = kc->release;
	kc->info.arch = kc->arch[0] ? kc->arch : NULL;
	kc->info.complete = looks_complete(kc);
	kc->shows_not_set = shows_not_set(kc);
	kc->info.symbols = kc->count;
	kc->info.problems = kc->problems;
	kc->info.problem_count = kc->problem_count;
	if (!kc->info.format)
		kc->info.format = "plain";
}

/* Files that look alike but are the configurations of other programs that use Kconfig. */
static const char *other_program(const char *text, size_t len)
{
	static const struct { const char *mark, *name; } others[] = {
		{ "# Busybox version:", "BusyBox" }, { "# U-Boot ", "U-Boot" },
		{ "# Buildroot ", "Buildroot" }, { "# Barebox/", "barebox" },
		{ "# uClibc", "uClibc" }, { "# Zephyr ", "Zephyr" },
	};
	char head[513];

	snprintf(head, sizeof(head), "%.*s", (int)(len < 512 ? len : 512), text);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strstr(head, others[i].mark))
			return others[i].name;
	return NULL;
}

static int no_config(struct sw_error *err, const struct reader *r, size_t len)
{
	if (!len)
		return sw_error(err, ENOMSG, "parse", "empty: there is no kernel configuration in it");
	return sw_error(err, ENOMSG, "parse",
			"no kernel configuration: none of its %u lines sets a symbol (CONFIG_X=y) or says "
			"\"# CONFIG_X is not set\"", r->line);
}

int kconfig_parse(const char *text, size_t len, struct kconfig **ret, struct sw_error *err)
{
	char *copy = len > KCONFIG_TEXT_MAX ? NULL : malloc(len + KCONFIG_PAD);

	if (!copy && len <= KCONFIG_TEXT_MAX)
		return sw_error(err, ENOMEM, "parse", "no memory for %zu bytes of text", len);
	if (copy)
		memcpy(copy, text, len);
	return kconfig_parse_own(copy, len, ret, err);
}

int kconfig_parse_own(char *text, size_t len, struct kconfig **ret, struct sw_error *err)
{
	struct kconfig *kc;
	struct reader r = { 0 };
	const char *other;
	size_t full = len;
	int num;

	if (len > KCONFIG_TEXT_MAX) {
		free(text);
		return sw_error(err, EFBIG, "parse", "%zu MB of text is no kernel configuration",
				len >> 20);
	}
	other = other_program(text, len);
	if (other) {
		free(text);
		return sw_error(err, ENOMSG, "parse", "this is the configuration of %s, not of a kernel",
				other);
	}
	kc = calloc(1, sizeof(*kc));
	if (!kc) {
		free(text);
		return sw_error(err, ENOMEM, "parse", "no memory");
	}
	kc->text = text;
	r.kc = kc;
	while (len && !text[len - 1])
		len--;		/* padding, as flash partitions leave it */
	memset(text + len, 0, KCONFIG_PAD);
	num = kconfig_expect(kc, len);
	if (!num)
		num = read_text(&r, len);
	if (!num && full != len)
		kconfig_problem(kc, r.line, "%zu NUL bytes after the end", full - len);
	if (num)
		sw_error(err, num, "parse", "no memory for the symbols of line %u", r.line);
	else if (!kc->count || r.other_lines > kc->count)
		num = no_config(err, &r, full);
	if (num) {
		kconfig_free(kc);
		return num;
	}
	finish(&r);
	*ret = kc;
	return 0;
}

void kconfig_free(struct kconfig *kc)
{
	if (!kc)
		return;
	free(kc->text);
	free(kc->entries);
	free(kc->slots);
	free(kc->problems);
	free(kc->path);
	free(kc->release);
	free(kc);
}

const struct kconfig_info *kconfig_info(const struct kconfig *kc)
{
	return &kc->info;
}

enum kconfig_tristate kconfig_get(const struct kconfig *kc, const char *symbol,
				  const char **ret_text)
{
	const struct kconfig_entry *e = kconfig_entry(kc, symbol);

	if (ret_text)
		*ret_text = e ? e->value : NULL;
	return e ? e->tri : KCONFIG_N;
}

bool kconfig_mentions(const struct kconfig *kc, const char *symbol)
{
	return kconfig_entry(kc, symbol) != NULL;
}
