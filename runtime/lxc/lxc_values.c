// SPDX-License-Identifier: GPL-2.0-only
/* Values of the keys that are neither mounts nor networks. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"

static int set_string(struct lxc_ctx *ctx, char **where, const char *value)
{
	return lxc_set_string(where, value) ? lxc_fail(ctx, ENOMEM, "-") : 0;
}

/* An empty value takes the string away. */
static int set_or_clear(struct lxc_ctx *ctx, char **where, const char *value)
{
	if (*value)
		return set_string(ctx, where, value);
	free(*where);
	*where = NULL;
	return 0;
}

static int set_bool(struct lxc_ctx *ctx, bool *where, const char *value)
{
	if (strcmp(value, "0") && strcmp(value, "1") && *value)
		return lxc_fail(ctx, EINVAL, "expected 0 or 1, found '%s'", SHOW(value));
	*where = *value == '1';
	return 0;
}

int lxc_set_utsname(struct lxc_ctx *ctx, const char *value)
{
	/* __NEW_UTS_LEN of the kernel: sethostname(2) gives EINVAL beyond. */
	if (strlen(value) > 64)
		return lxc_fail(ctx, EINVAL, "a host name has at most 64 bytes, this has %zu",
				strlen(value));
	return set_or_clear(ctx, &ctx->spec->hostname, value);
}

int lxc_set_arch(struct lxc_ctx *ctx, const char *value)
{
	static const char *const same[][2] = {	/* names of LXC and of uname(2) */
		{ "amd64", "x86_64" }, { "x86_64", "x86_64" }, { "arm64", "aarch64" },
		{ "aarch64", "aarch64" }, { "armhf", "armv7l" }, { "armv7l", "armv7l" },
		{ "i686", "i686" }, { "x86", "i686" }, { "i386", "i686" }, { "riscv64", "riscv64" },
		{ "ppc64le", "ppc64le" }, { "loongarch64", "loongarch64" }, { "linux64", "x86_64" },
	};
	static const char *const narrow[][2] = {
		{ "i686", "x86_64" }, { "x86", "x86_64" }, { "i386", "x86_64" },
		{ "linux32", "x86_64" }, { "armhf", "aarch64" }, { "armv7l", "aarch64" },
	};
	struct utsname u;

	ctx->spec->confine.personality32 = false;
	if (!*value)
		return 0;
	uname(&u);
	for (size_t i = 0; i < sizeof(narrow) / sizeof(*narrow); i++)
		if (!strcmp(value, narrow[i][0]) && !strcmp(u.machine, narrow[i][1])) {
			ctx->spec->confine.personality32 = true;
			return 0;
		}
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		if (!strcmp(value, same[i][0]) && !strcmp(u.machine, same[i][1]))
			return 0;
	return lxc_fail(ctx, ENOTSUP, "'%s' is not supported by this build on this machine (%s)",
			SHOW(value), u.machine);
}

int lxc_set_no_new_privs(struct lxc_ctx *ctx, const char *value)
{
	return set_bool(ctx, &ctx->spec->no_new_privs, value);
}

int lxc_set_pivotdir(struct lxc_ctx *ctx, const char *value)
{
	if (*value)
		lxc_remark(ctx, "lxc.pivotdir has no effect: the old root needs no directory");
	return 0;
}

static int set_command(struct lxc_ctx *ctx, char ***where, const char *value)
{
	char *copy __sw_free = strdup(value), *save = NULL;
	char **argv = NULL;
	int r = copy ? 0 : -ENOMEM;

	if (*value && strpbrk(value, "\"'\\"))
		return lxc_fail(ctx, ENOTSUP,
				"quotes and backslashes in a command are not supported by "
				"this build; it is split at blanks");
	for (char *w = copy ? strtok_r(copy, " \t", &save) : NULL; w && !r;
	     w = strtok_r(NULL, " \t", &save))
		r = lxc_strv_add(&argv, strdup(w));
	if (r) {
		for (char **a = argv; a && *a; a++)
			free(*a);
		free(argv);
		return lxc_fail(ctx, ENOMEM, "-");
	}
	for (char **a = *where; a && *a; a++)
		free(*a);
	free(*where);
	*where = argv;
	return 0;
}

int lxc_set_init_cmd(struct lxc_ctx *ctx, const char *value)
{
	return set_command(ctx, &ctx->spec->argv, value);
}

int lxc_set_execute_cmd(struct lxc_ctx *ctx, const char *value)
{
	return set_command(ctx, &ctx->spec->confine.execute_argv, value);
}

int lxc_set_init_cwd(struct lxc_ctx *ctx, const char *value)
{
	if (*value && *value != '/')
		return lxc_fail(ctx, EINVAL, "expected an absolute path, found '%s'", SHOW(value));
	return set_or_clear(ctx, &ctx->spec->cwd, value);
}

int lxc_add_environment(struct lxc_ctx *ctx, char ***list, const char *value)
{
	struct sw_buf entry __sw_buf = SW_BUF_INIT;
	size_t n = strcspn(value, "=");
	char **env = *list;

	if (!*value) {
		for (char **e = env; e && *e; e++)
			free(*e);
		free(env);
		*list = NULL;
		return 0;
	}
	if (!n)
		return lxc_fail(ctx, EINVAL, "expected NAME=value, found '%s'", SHOW(value));
	sw_buf_adds(&entry, value);
	if (!value[n]) {
		const char *mine = getenv(value);

		if (!mine)
			return lxc_fail(ctx, EINVAL, "the caller's environment has no variable %s",
					SHOW(value));
		sw_buf_printf(&entry, "=%s", mine);
	}
	if (entry.failed)
		return lxc_fail(ctx, ENOMEM, "-");
	for (; env && *env; env++)
		if (!strncmp(*env, entry.data, n + 1))
			return set_string(ctx, env, entry.data);
	return lxc_strv_add(list, sw_buf_take(&entry)) ? lxc_fail(ctx, ENOMEM, "-") : 0;
}

int lxc_set_environment(struct lxc_ctx *ctx, const char *value)
{
	return lxc_add_environment(ctx, &ctx->spec->env, value);
}

/* ---- capabilities ---------------------------------------------------------------------------- */

/* include/uapi/linux/capability.h, by number; the project's own table for any kernel. */
static const char *const capabilities[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

static int capability(const char *word)
{
	const char *name = strncasecmp(word, "cap_", 4) ? word : word + 4;
	long n;

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
		if (!strcasecmp(name, capabilities[i]))
			return i;
	if (!sw_parse_long(word, &n) && n >= 0 && n < 64)
		return n;
	return -1;
}

static int set_caps(struct lxc_ctx *ctx, const char *value, uint64_t *mask)
{
	char *copy __sw_free = strdup(value), *save = NULL;
	uint64_t add = 0;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	for (char *w = strtok_r(copy, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		int n = capability(w);

		if (n < 0)
			return lxc_fail(ctx, EINVAL,
					"there is no capability '%s'; names are those of "
					"capabilities(7) without CAP_, separated by blanks",
					SHOW(w));
		add |= 1ULL << n;
	}
	*mask = add ? *mask | add : 0;
	return 0;
}

int lxc_set_cap_drop(struct lxc_ctx *ctx, const char *value)
{
	return set_caps(ctx, value, &ctx->spec->caps_drop);
}

int lxc_set_cap_ambient(struct lxc_ctx *ctx, const char *value)
{
	return set_caps(ctx, value, &ctx->spec->confine.caps_ambient);
}

int lxc_set_cap_keep(struct lxc_ctx *ctx, const char *value)
{
	if (!strcmp(value, "none")) {
		ctx->spec->caps_keep = 0;
		ctx->spec->caps_drop = ~0ULL;
		return 0;
	}
	return set_caps(ctx, value, &ctx->spec->caps_keep);
}

/* ---- signals --------------------------------------------------------------------------------- */

static int signal_number(const char *word)
{
	long n;

	if (!sw_parse_long(word, &n))
		return n >= 1 && n < NSIG ? n : -1;
	if (sw_starts_with(word, "SIGRTMIN") || sw_starts_with(word, "SIGRTMAX")) {
		/* The kernel's own range is 32 to 64; libc keeps the first two for itself. */
		bool min = word[5] == 'M' && word[6] == 'I';

		if (!word[8])
			return min ? SIGRTMIN : SIGRTMAX;
		if (word[8] != (min ? '+' : '-') || sw_parse_long(word + 9, &n) || n < 0 || n > 30)
			return -1;
		return min ? SIGRTMIN + n : SIGRTMAX - n;
	}
	if (!sw_starts_with(word, "SIG"))
		return -1;
	for (int i = 1; i < 32; i++)
		if (sigabbrev_np(i) && !strcmp(word + 3, sigabbrev_np(i)))
			return i;
	return -1;
}

static int set_signal(struct lxc_ctx *ctx, const char *value, int *where)
{
	int n = *value ? signal_number(value) : 0;

	if (n < 0)
		return lxc_fail(ctx, EINVAL,
				"there is no signal '%s'; expected SIGPWR and the like, a "
				"number, SIGRTMIN+n or SIGRTMAX-n",
				SHOW(value));
	*where = n;
	return 0;
}

int lxc_set_haltsignal(struct lxc_ctx *ctx, const char *value)
{
	return set_signal(ctx, value, &ctx->spec->halt_signal);
}

int lxc_set_rebootsignal(struct lxc_ctx *ctx, const char *value)
{
	return set_signal(ctx, value, &ctx->spec->reboot_signal);
}

/* lxc-stop kills by SIGKILL: a container must not be able to refuse. */
int lxc_set_stopsignal(struct lxc_ctx *ctx, const char *value)
{
	int sig = 0, r = set_signal(ctx, value, &sig);

	if (!r && sig && sig != SIGKILL)
		return lxc_fail(ctx, ENOTSUP, "'%s' is not supported by this build (SIGKILL is)",
				SHOW(value));
	return r;
}

/* ---- id maps --------------------------------------------------------------------------------- */

static int parse_u32(const char *word, uint32_t *ret)
{
	long v;

	if (!word || sw_parse_long(word, &v) || v < 0 || (unsigned long)v > UINT32_MAX)
		return -EINVAL;
	*ret = v;
	return 0;
}

int lxc_set_idmap(struct lxc_ctx *ctx, const char *value)
{
	char *copy __sw_free = strdup(value), *save = NULL, *w[5] = { NULL };
	struct rt_spec *spec = ctx->spec;
	struct rt_idmap map = { 0 };
	int n = 0;

	if (!copy)
		return lxc_fail(ctx, ENOMEM, "-");
	if (!*value) {
		free(spec->idmaps);
		spec->idmaps = NULL;
		spec->idmap_count = 0;
		return 0;
	}
	for (char *t = strtok_r(copy, " \t", &save); t && n < 5; t = strtok_r(NULL, " \t", &save))
		w[n++] = t;
	if (n != 4 || strlen(w[0]) != 1 || !strchr("ugb", *w[0]) || parse_u32(w[1], &map.inside) ||
	    parse_u32(w[2], &map.outside) || parse_u32(w[3], &map.count) || !map.count)
		return lxc_fail(ctx, EINVAL,
				"expected u, g or b, then the first id inside, the first id "
				"outside and how many, found '%s'",
				SHOW(value));
	if (map.inside > UINT32_MAX - map.count || map.outside > UINT32_MAX - map.count)
		return lxc_fail(ctx, EINVAL, "the range '%s' goes beyond the largest id",
				SHOW(value));
	for (int gid = 0; gid < 2; gid++) {
		struct rt_idmap *m;

		if (*w[0] == (gid ? 'u' : 'g'))
			continue;
		m = lxc_grow((void **)&spec->idmaps, &spec->idmap_count, sizeof(*m));
		if (!m)
			return lxc_fail(ctx, ENOMEM, "-");
		*m = map;
		m->gid = gid;
	}
	return 0;
}

/* ---- cgroups --------------------------------------------------------------------------------- */

static const char *device_number(const char *p, int64_t *ret)
{
	char *end;
	unsigned long v;

	if (*p == '*') {
		*ret = -1;
		return p + 1;
	}
	if (*p < '0' || *p > '9')
		return NULL;
	errno = 0;
	v = strtoul(p, &end, 10);
	if (errno || v > UINT32_MAX)
		return NULL;
	*ret = v;
	return end;
}

int lxc_device_rule(const char *text, struct rt_device_rule *rule, const char **ret_why)
{
	struct rt_device_rule r = { .major = -1, .minor = -1, .read = true, .write = true,
				    .mknod = true };
	const char *p = text;

	*ret_why = "the type is a (all), b (block) or c (character), and a blank follows it";
	if (*p != 'a' && *p != 'b' && *p != 'c')
		return -EINVAL;
	r.type = *p++;
	if (r.type == 'a') {
		/* The v1 controller ignores whatever follows "a": nothing else may stand there. */
		*ret_why = "a stands for every device and every access: write a, or a *:* rwm";
		if (*p && strcmp(p, " *:* rwm"))
			return -EINVAL;
		goto out;
	}
	if (*p != ' ' && *p != '\t')
		return -EINVAL;
	p += strspn(p, " \t");
	*ret_why = "expected major:minor, each a number or *";
	p = device_number(p, &r.major);
	if (!p || *p++ != ':')
		return -EINVAL;
	p = device_number(p, &r.minor);
	if (!p)
		return -EINVAL;
	*ret_why = "expected the access after the numbers: one to three of r, w and m, each once";
	if (*p != ' ' && *p != '\t')
		return -EINVAL;
	p += strspn(p, " \t");
	if (!*p)
		return -EINVAL;
	r.read = r.write = r.mknod = false;
	for (; *p; p++) {
		bool *one = *p == 'r'	? &r.read
			    : *p == 'w' ? &r.write
			    : *p == 'm' ? &r.mknod
					: NULL;

		if (!one || *one)
			return -EINVAL;
		*one = true;
	}
out:
	r.allow = rule->allow;
	r.origin = rule->origin;
	*rule = r;
	return 0;
}

static int add_device_rule(struct lxc_ctx *ctx, const char *value, bool allow)
{
	struct rt_device_rule rule = { .allow = allow }, *slot;
	const char *why;

	if (lxc_device_rule(value, &rule, &why))
		return lxc_fail(ctx, EINVAL, "'%s' is no device rule: %s", SHOW(value), why);
	slot = lxc_grow((void **)&ctx->spec->devices, &ctx->spec->device_count, sizeof(rule));
	if (!slot)
		return lxc_fail(ctx, ENOMEM, "-");
	*slot = rule;
	slot->origin = lxc_origin(ctx);
	return slot->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

/* Forget device rules; with which >= 0 only those that allow (1) or deny (0). */
static void clear_device_rules(struct rt_spec *spec, int which)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->device_count; i++) {
		if (which < 0 || spec->devices[i].allow == (which != 0))
			free(spec->devices[i].origin);
		else
			spec->devices[kept++] = spec->devices[i];
	}
	spec->device_count = kept;
}

/* Forget settings of one version; with file != NULL only those of that file. */
static void clear_cgroup(struct rt_spec *spec, int version, const char *file)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->cgroup_count; i++) {
		struct rt_cgroup_set *s = &spec->cgroup[i];

		if (s->version != version || (file && strcmp(s->file, file))) {
			spec->cgroup[kept++] = *s;
			continue;
		}
		free(s->file);
		free(s->value);
		free(s->origin);
	}
	spec->cgroup_count = kept;
}

int lxc_set_cgroup_all(struct lxc_ctx *ctx, const char *value)
{
	int version = strcmp(ctx->key, "lxc.cgroup") ? 2 : 1;

	if (*value)
		return lxc_fail(ctx, EINVAL,
				"the name of a control file is missing: expected %s.FILE, "
				"or an empty value",
				SHOW(ctx->key));
	clear_cgroup(ctx->spec, version, NULL);
	clear_device_rules(ctx->spec, -1);
	return 0;
}

static int set_cgroup(struct lxc_ctx *ctx, const char *value, int version)
{
	const char *file = ctx->sub, *dot = strchr(file, '.');
	struct rt_cgroup_set *s;

	if (!strcmp(file, "devices.allow") || !strcmp(file, "devices.deny")) {
		bool allow = file[8] == 'a';

		if (*value)
			return add_device_rule(ctx, value, allow);
		clear_device_rules(ctx->spec, allow);
		return 0;
	}
	for (const char *p = file; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-", *p) &&
		    (*p < 'A' || *p > 'Z'))
			return lxc_fail(ctx, EINVAL, "'%s' is no control file's name", SHOW(file));
	if (!dot || dot == file || !dot[1])
		return lxc_fail(ctx, EINVAL, "'%s' is no control file's name: expected "
				"controller.file, such as memory.max", SHOW(file));
	if (!*value) {
		clear_cgroup(ctx->spec, version, file);
		return 0;
	}
	s = lxc_grow((void **)&ctx->spec->cgroup, &ctx->spec->cgroup_count, sizeof(*s));
	if (!s)
		return lxc_fail(ctx, ENOMEM, "-");
	s->version = version;
	s->file = strdup(file);
	s->value = strdup(value);
	s->origin = lxc_origin(ctx);
	return s->file && s->value && s->origin ? 0 : lxc_fail(ctx, ENOMEM, "-");
}

int lxc_set_cgroup1(struct lxc_ctx *ctx, const char *value)
{
	return set_cgroup(ctx, value, 1);
}

int lxc_set_cgroup2(struct lxc_ctx *ctx, const char *value)
{
	return set_cgroup(ctx, value, 2);
}
