// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seccomp profiles in LXC's two syntaxes, made into BPF programs by libseccomp when the
 * configuration is settled, so that a profile that is no good is found before anything is done.
 *
 *   1                            2
 *   allowlist                    denylist [ACTION]   (or allowlist [ACTION])
 *   0                            [all]
 *   1                            mount errno 1 [2,"ext4",...]
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

#define ARCHS_MAX	4
#define NONE		UINT32_MAX	/* no action given */

struct profile {
	struct lxc_ctx at;		/* the profile's file and line, for messages */
	bool allowlist;
	uint32_t otherwise, rule;	/* actions: of what is not listed, and of what is */
	uint32_t arch[ARCHS_MAX];
	scmp_filter_ctx filter[ARCHS_MAX];
	size_t archs;
	uint64_t section;		/* bit i: the rules that follow are for arch[i] */
};

/* ---- machines -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t token;
} machines[] = {
	{ "x86", SCMP_ARCH_X86 }, { "i386", SCMP_ARCH_X86 }, { "i686", SCMP_ARCH_X86 },
	{ "x86_64", SCMP_ARCH_X86_64 }, { "amd64", SCMP_ARCH_X86_64 }, { "x32", SCMP_ARCH_X32 },
	{ "arm", SCMP_ARCH_ARM }, { "arm64", SCMP_ARCH_AARCH64 }, { "aarch64", SCMP_ARCH_AARCH64 },
	{ "mips", SCMP_ARCH_MIPS }, { "mips64", SCMP_ARCH_MIPS64 },
	{ "mips64n32", SCMP_ARCH_MIPS64N32 }, { "mipsel", SCMP_ARCH_MIPSEL },
	{ "mipsel64", SCMP_ARCH_MIPSEL64 }, { "mipsel64n32", SCMP_ARCH_MIPSEL64N32 },
	{ "ppc", SCMP_ARCH_PPC }, { "ppc64", SCMP_ARCH_PPC64 }, { "ppc64le", SCMP_ARCH_PPC64LE },
	{ "riscv64", SCMP_ARCH_RISCV64 }, { "s390", SCMP_ARCH_S390 }, { "s390x", SCMP_ARCH_S390X },
};

/*
 * The ways into this kernel: a 64-bit one is also called by 32-bit programs, and what no filter
 * names is killed. The kernel decides, not this executable, which may be a 32-bit one itself.
 */
static void find_archs(struct profile *p)
{
	static const uint32_t sets[][ARCHS_MAX] = {
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 },
		{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
		{ SCMP_ARCH_PPC64, SCMP_ARCH_PPC },
		{ SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS, SCMP_ARCH_MIPS64N32 },
		{ SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64N32 },
		{ SCMP_ARCH_S390X, SCMP_ARCH_S390 },
	};
	uint32_t native = seccomp_arch_native();
	struct utsname u;
	bool wide = !uname(&u) && strstr(u.machine, "64");

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		for (size_t k = 0; k < ARCHS_MAX && sets[i][k]; k++) {
			if (sets[i][k] != native || (k && !wide))
				continue;
			/* Our own way in first. */
			p->arch[p->archs++] = native;
			for (size_t n = 0; n < ARCHS_MAX && sets[i][n]; n++)
				if (n != k)
					p->arch[p->archs++] = sets[i][n];
			return;
		}
	p->arch[p->archs++] = native;
}

static int set_section(struct profile *p, char *line)
{
	char *end = strchr(line, ']');

	if (!end || end[1])
		return lxc_fail(&p->at, EINVAL, "expected [ARCHITECTURE] alone on the line, found "
				"'%s'", SHOW(line));
	*end = 0;
	line++;
	if (!strcmp(line, "all")) {
		p->section = ~0ULL;
		return 0;
	}
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		if (strcmp(line, machines[i].name))
			continue;
		p->section = 0;
		for (size_t k = 0; k < p->archs; k++)
			if (p->arch[k] == machines[i].token)
				p->section |= 1ULL << k;
		return 0;	/* of another machine: its rules are not for this one */
	}
	return lxc_fail(&p->at, EINVAL, "there is no architecture '%s'; expected all, x86, x86_64, "
			"arm, arm64 and the like", SHOW(line));
}

/* ---- actions and arguments ------------------------------------------------------------------- */

/* "errno 22", "kill", ...: *ret is NONE for an empty text. Moves *text behind it. */
static int parse_action(struct profile *p, char **text, uint32_t *ret)
{
	static const struct {
		const char *word;
		uint32_t action;
	} words[] = { { "kill", SCMP_ACT_KILL }, { "allow", SCMP_ACT_ALLOW },
		      { "trap", SCMP_ACT_TRAP }, { "log", SCMP_ACT_LOG } };
	size_t n;

	*text += strspn(*text, " \t");
	n = strcspn(*text, " \t[");
	*ret = NONE;
	if (!n)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].word) == n && !strncmp(*text, words[i].word, n)) {
			*ret = words[i].action;
			*text += n;
			return 0;
		}
	if (n == 6 && !strncmp(*text, "notify", n))
		return lxc_fail(&p->at, ENOTSUP, "action notify needs somebody who answers, which "
				"this build has not; use errno or allow");
	if (n == 5 && !strncmp(*text, "errno", n)) {
		char *end, *number = *text + n;
		unsigned long v;

		number += strspn(number, " \t");
		v = strtoul(number, &end, 10);
		if (end == number || *number < '0' || *number > '9' || v > 4095)
			return lxc_fail(&p->at, EINVAL, "expected errno and a number from 0 to "
					"4095, found '%s'", SHOW(*text));
		*ret = SCMP_ACT_ERRNO(v);
		*text = end;
		return 0;
	}
	return lxc_fail(&p->at, EINVAL, "there is no action '%.*s'; expected kill, errno N, allow, "
			"trap or log", n > 40 ? 40 : (int)n, SHOW(*text));
}

static bool parse_u64(const char *s, uint64_t *ret)
{
	char *end;

	s += strspn(s, " \t");
	errno = 0;
	*ret = strtoull(s, &end, 0);
	end += strspn(end, " \t");
	return *s >= '0' && *s <= '9' && !*end && !errno;
}

static int compare_op(const char *s)
{
	static const struct {
		const char *word, *sign;
		enum scmp_compare op;
	} ops[] = {
		{ "SCMP_CMP_NE", "!=", SCMP_CMP_NE }, { "SCMP_CMP_LT", "<", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", "<=", SCMP_CMP_LE }, { "SCMP_CMP_EQ", "==", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", ">=", SCMP_CMP_GE }, { "SCMP_CMP_GT", ">", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", "&=", SCMP_CMP_MASKED_EQ },
	};

	s += strspn(s, " \t");
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		size_t n = strcspn(s, " \t");

		if (!s[n + strspn(s + n, " \t")] &&
		    ((strlen(ops[i].word) == n && !strncmp(s, ops[i].word, n)) ||
		     (strlen(ops[i].sign) == n && !strncmp(s, ops[i].sign, n))))
			return ops[i].op;
	}
	return -1;
}

/* "[index,value,op]" or "[index,value,op,mask]", several of them: all must be true. */
static int parse_arguments(struct profile *p, char *text, struct scmp_arg_cmp *cmp, unsigned int *n)
{
	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		char *end = strchr(text, ']'), *f[5] = { NULL }, *save = NULL;
		uint64_t index, value, mask = 0;
		int count = 0, op;

		if (*text != '[' || !end || *n == 6)
			return lxc_fail(&p->at, EINVAL, "expected up to 6 of [INDEX,VALUE,OP] or "
					"[INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK], found '%s'",
					SHOW(text));
		*end = 0;
		for (char *w = strtok_r(text + 1, ",", &save); w && count < 5;
		     w = strtok_r(NULL, ",", &save))
			f[count++] = w;
		op = count >= 3 ? compare_op(f[2]) : -1;
		if (op < 0 || !parse_u64(f[0], &index) || index > 5 || !parse_u64(f[1], &value) ||
		    count != (op == SCMP_CMP_MASKED_EQ ? 4 : 3) ||
		    (count == 4 && !parse_u64(f[3], &mask)))
			return lxc_fail(&p->at, EINVAL, "expected [INDEX,VALUE,OP], index 0 to 5, "
					"OP one of SCMP_CMP_NE, LT, LE, EQ, GE, GT, and MASKED_EQ "
					"with a mask after it");
		/* SCMP_CMP_MASKED_EQ takes the mask first: (argument & mask) == value. */
		cmp[*n] = (struct scmp_arg_cmp){ (unsigned int)index, op,
						 op == SCMP_CMP_MASKED_EQ ? mask : value, value };
		for (unsigned int i = 0; i < *n; i++)
			if (cmp[i].arg == cmp[*n].arg)
				return lxc_fail(&p->at, EINVAL, "argument %u is compared twice in "
						"one rule; write two rules", cmp[i].arg);
		++*n;
		text = end + 1;
	}
	return 0;
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* Does any machine have a call of this name? */
static bool is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

static int add_rule(struct profile *p, const char *name, uint32_t action,
		    const struct scmp_arg_cmp *cmp, unsigned int n)
{
	/* By our own machine's number, or a false one; libseccomp finds those of the others. */
	int nr = seccomp_syscall_resolve_name(name);

	for (size_t i = 0; i < p->archs && nr != __NR_SCMP_ERROR; i++) {
		int r;

		if (!(p->section & 1ULL << i))
			continue;
		r = seccomp_rule_add_array(p->filter[i], action, nr, n, cmp);
		/*
		 * EACCES: what happens anyway; EDOM: no such call on this machine; EEXIST: said
		 * before; EINVAL on a call that is reached through socketcall(2) and ipc(2), whose
		 * arguments no filter sees: there the rule says more than can be done.
		 */
		if (r == -EINVAL && n)
			return lxc_fail(&p->at, ENOTSUP, "%s: arguments of this call cannot be "
					"filtered on every architecture; put the rule into the "
					"section of one", SHOW(name));
		if (r && r != -EACCES && r != -EDOM && r != -EEXIST)
			return lxc_fail(&p->at, -r, "%s: libseccomp: %s", SHOW(name),
					sw_errno_text(r));
	}
	return 0;
}

static int version2_rule(struct profile *p, char *line)
{
	struct scmp_arg_cmp cmp[6];
	unsigned int n = 0;
	uint32_t action;
	char *rest;
	int r;

	if (*line == '[')
		return set_section(p, line);
	rest = line + strcspn(line, " \t[");
	if (*rest && *rest != '[')
		*rest++ = 0;
	/* LXC's word for umount2(2) with MNT_FORCE, which would reach other users of a server. */
	if (!strcmp(line, "reject_force_umount")) {
		cmp[0] = SCMP_A1(SCMP_CMP_MASKED_EQ, MNT_FORCE, MNT_FORCE);
		return add_rule(p, "umount2", SCMP_ACT_ERRNO(EACCES), cmp, 1);
	}
	r = parse_action(p, &rest, &action);
	if (!r)
		r = parse_arguments(p, rest, cmp, &n);
	if (r)
		return r;
	if (*line == '[' || !is_known(line)) {
		if (!p->allowlist)
			return lxc_fail(&p->at, ENOTSUP, "there is no system call '%s' that this "
					"build knows, and so it cannot be denied", SHOW(line));
		lxc_remark(&p->at, "there is no system call '%s' that this build knows: it stays "
			   "forbidden", SHOW(line));
		return 0;
	}
	return add_rule(p, line, action == NONE ? p->rule : action, cmp, n);
}

static int version1_rule(struct profile *p, const char *line)
{
	long nr;
	int r;

	if (sw_parse_long(line, &nr) || nr < 0 || nr > 100000)
		return lxc_fail(&p->at, EINVAL, "expected the number of a system call, found '%s'; "
				"names are for version 2", SHOW(line));
	r = seccomp_rule_add_array(p->filter[0], SCMP_ACT_ALLOW, (int)nr, 0, NULL);
	return r && r != -EEXIST ? lxc_fail(&p->at, -r, "%ld: libseccomp: %s", nr, sw_errno_text(r))
				 : 0;
}

static int parse_policy(struct profile *p, int version, char *line)
{
	char *rest = line + strcspn(line, " \t");
	uint32_t action;
	int r;

	if (*rest)
		*rest++ = 0;
	p->allowlist = !strcmp(line, "allowlist") || !strcmp(line, "whitelist");
	if (!p->allowlist && (version == 1 || (strcmp(line, "denylist") && strcmp(line, "blacklist"))))
		return lxc_fail(&p->at, EINVAL, "expected allowlist%s, found '%s'",
				version == 1 ? "" : " or denylist", SHOW(line));
	r = parse_action(p, &rest, &action);
	if (r)
		return r;
	if (rest[strspn(rest, " \t")] || (version == 1 && action != NONE))
		return lxc_fail(&p->at, EINVAL, "expected nothing more, found '%s'", SHOW(rest));
	p->otherwise = !p->allowlist ? SCMP_ACT_ALLOW : action == NONE ? SCMP_ACT_KILL : action;
	p->rule = p->allowlist ? SCMP_ACT_ALLOW : action == NONE ? SCMP_ACT_KILL : action;
	p->section = ~0ULL;
	for (size_t i = 0; i < (version == 1 ? 1 : p->archs); i++) {
		p->filter[i] = seccomp_init(p->otherwise);
		if (!p->filter[i])
			return lxc_fail(&p->at, ENOMEM, "-");
		if (p->arch[i] != seccomp_arch_native() &&
		    (seccomp_arch_add(p->filter[i], p->arch[i]) ||
		     seccomp_arch_remove(p->filter[i], seccomp_arch_native())))
			return lxc_fail(&p->at, ENOTSUP, "libseccomp does not know the "
					"architecture %#x", p->arch[i]);
	}
	if (version == 1)
		p->archs = 1;
	return 0;
}

/* @text is cut up. */
static int parse_profile(struct profile *p, char *text)
{
	int version = 0, r = 0;
	bool policy = false;

	for (p->at.line = 1; text && !r; p->at.line++) {
		char *line = text, *end;

		text = strchr(line, '\n');
		if (text)
			*text++ = 0;
		line += strspn(line, " \t");
		for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]);)
			*--end = 0;
		if (!*line || *line == '#')
			continue;
		if (!version) {
			version = !strcmp(line, "1") ? 1 : !strcmp(line, "2") ? 2 : 0;
			if (!version)
				return lxc_fail(&p->at, EINVAL, "expected the version, 1 or 2, "
						"found '%s'", SHOW(line));
		} else if (!policy) {
			r = parse_policy(p, version, line);
			policy = true;
		} else {
			r = version == 1 ? version1_rule(p, line) : version2_rule(p, line);
		}
	}
	p->at.line = 0;
	if (!r && !policy)
		return lxc_fail(&p->at, EINVAL, "the profile has no %s", version ?
				"allowlist or denylist after its version" : "version");
	return r;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* What Berth's own init cannot do without: it waits, passes signals on, and ends. */
static int allow_init(struct profile *p)
{
	static const char *const calls[] = {
		"rt_sigtimedwait", "rt_sigtimedwait_time64", "kill", "wait4", "waitid", "exit",
		"exit_group", "restart_syscall",
	};

	p->section = 1;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		int r = is_known(calls[i]) ? add_rule(p, calls[i], SCMP_ACT_ALLOW, NULL, 0) : 0;

		if (r)
			return r;
	}
	return 0;
}

static int export(struct profile *p, struct rt_filter *ret)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int fds[2], r = 0;

	for (size_t i = 1; i < p->archs && !r; i++) {
		r = seccomp_merge(p->filter[0], p->filter[i]);
		if (!r)
			p->filter[i] = NULL;
	}
	if (r)
		return lxc_fail(&p->at, -r, "libseccomp: %s", sw_errno_text(r));
	/* A pipe holds 64 KiB, a program has 4096 instructions of 8 bytes at most. */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return lxc_fail(&p->at, errno, "pipe: %s", sw_errno_text(errno));
	r = seccomp_export_bpf(p->filter[0], fds[1]);
	close(fds[1]);
	if (!r)
		r = sw_read_fd(fds[0], &text, 64 * 1024);
	close(fds[0]);
	if (r || text.len / 8 > 4096)
		return lxc_fail(&p->at, r ? -r : E2BIG, "the profile makes no program: %s", r ?
				sw_errno_text(r) : "it has more than 4096 instructions");
	ret->count = text.len / 8;
	ret->insns = sw_buf_take(&text);
	return 0;
}

static int compile(struct lxc_ctx *ctx, const char *path, const char *text, bool for_init,
		   struct rt_filter *ret)
{
	struct profile p = { .at = *ctx };
	char *copy __sw_free = strdup(text);
	int r;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	p.at.file = path;
	p.at.key = NULL;
	if (for_init)
		p.at.remark = NULL;
	find_archs(&p);
	r = parse_profile(&p, copy);
	if (!r && for_init)
		r = allow_init(&p);
	if (!r)
		r = export(&p, ret);
	for (size_t i = 0; i < ARCHS_MAX; i++)
		if (p.filter[i])
			seccomp_release(p.filter[i]);
	return r;
}

int lxc_set_seccomp(struct lxc_ctx *ctx, const char *value)
{
	struct rt_confine *c = &ctx->spec->confine;

	if (*value && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	free(c->seccomp);
	free(c->seccomp_origin);
	c->seccomp = *value ? strdup(value) : NULL;
	c->seccomp_origin = lxc_origin(ctx);
	return c->seccomp_origin && (c->seccomp || !*value) ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_finish_seccomp(struct lxc_ctx *ctx)
{
	struct rt_confine *c = &ctx->spec->confine;
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	int fd __sw_fd = -1;
	int r;

	if (!c->seccomp)
		return 0;
	fd = sw_open_input(AT_FDCWD, c->seccomp, false);
	r = fd < 0 ? fd : sw_read_fd(fd, &text, LXC_CONFIG_MAX);
	if (r)
		return sw_error(ctx->err, -r, "config", "%s: cannot read the seccomp profile %s: %s",
				c->seccomp_origin, SHOW(c->seccomp), sw_errno_text(r));
	if (text.len && memchr(text.data, 0, text.len))
		return sw_error(ctx->err, EINVAL, "config", "%s: %s holds a NUL byte: it is no seccomp "
				"profile", c->seccomp_origin, SHOW(c->seccomp));
	r = compile(ctx, c->seccomp, sw_buf_str(&text), false, &c->filter);
	return r ? r : compile(ctx, c->seccomp, sw_buf_str(&text), true, &c->init_filter);
}
