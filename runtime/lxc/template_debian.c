// SPDX-License-Identifier: GPL-2.0-only
/*
 * The template of Debian: a minimal system with systemd, by mmdebstrap(1) or debootstrap(8), out of
 * the machine's own apt sources. Nothing is fetched from anywhere that this machine's
 * administrator has not named.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/template.h"
#include "sw_fd.h"

#define PACKAGES  "systemd-sysv,dbus,iproute2,procps,login,passwd"
#define FILES_MAX 32

/* $BERTH_APT_DIR stands for /etc/apt, for whoever keeps sources for containers apart. */
static const char *apt_dir(void)
{
	const char *dir = getenv("BERTH_APT_DIR");

	return dir && *dir == '/' ? dir : "/etc/apt";
}

/* ---- sources --------------------------------------------------------------------------------- */

struct source {
	const char *suite; /* wanted */
	char uri[512], key[PATH_MAX];
	bool trusted, found;
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || strchr(" \t", p[-1])) && (!p[n] || strchr(" \t\n", p[n])))
			return true;
	return false;
}

/* "deb [options] URI SUITE COMPONENT...", sources.list(5). */
static void read_line(char *line, struct source *s)
{
	char *save = NULL, *w, key[PATH_MAX] = "";
	bool trusted = false;

	w = strtok_r(line, " \t", &save);
	if (!w || strcmp(w, "deb"))
		return;
	w = strtok_r(NULL, " \t", &save);
	if (w && *w == '[') {
		bool end = false;

		for (w++; w; w = strtok_r(NULL, " \t", &save)) {
			size_t n = strlen(w);

			end = n && w[n - 1] == ']';
			if (end)
				w[n - 1] = 0;
			trusted |= !strcmp(w, "trusted=yes");
			if (sw_starts_with(w, "signed-by="))
				snprintf(key, sizeof(key), "%s", w + strlen("signed-by="));
			if (end)
				break;
		}
		w = strtok_r(NULL, " \t", &save);
	}
	if (!w || strlen(w) >= sizeof(s->uri))
		return;
	line = w;
	w = strtok_r(NULL, " \t", &save);
	if (!w || strcmp(w, s->suite))
		return;
	strcpy(s->uri, line);
	strcpy(s->key, key);
	s->trusted = trusted;
	s->found = true;
}

/* One stanza of a file in deb822 format, its lines cut at NULs. */
static void read_stanza(char **lines, size_t count, struct source *s)
{
	const char *types = "", *uris = "", *suites = "", *enabled = "yes", *key = "",
		   *trusted = "no";

	for (size_t i = 0; i < count; i++) {
		static const char *const names[] = { "Types:",	 "URIs:",      "Suites:",
						     "Enabled:", "Signed-By:", "Trusted:" };
		const char **values[] = { &types, &uris, &suites, &enabled, &key, &trusted };

		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			size_t n = strlen(names[k]);

			if (!strncasecmp(lines[i], names[k], n))
				*values[k] = lines[i] + n + strspn(lines[i] + n, " \t");
		}
	}
	if (!has_word(types, "deb") || !has_word(suites, s->suite) || !strcasecmp(enabled, "no") ||
	    !*uris)
		return;
	snprintf(s->uri, sizeof(s->uri), "%.*s", (int)strcspn(uris, " \t"), uris);
	snprintf(s->key, sizeof(s->key), "%s", *key == '/' ? key : "");
	s->trusted = !strcasecmp(trusted, "yes");
	s->found = true;
}

static void read_source_file(const char *path, struct source *s)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	bool stanzas = strlen(path) > 8 && !strcmp(path + strlen(path) - 8, ".sources");
	char *lines[64], *p;
	size_t n = 0;

	if (sw_read_file(AT_FDCWD, path, &text, 1 << 20) || !text.data)
		return;
	for (p = text.data; p && !s->found;) {
		char *line = strsep(&p, "\n");
		bool blank = !line[strspn(line, " \t\r")];

		if (*line == '#')
			continue;
		if (!stanzas) {
			read_line(line, s);
		} else if (!blank && n < sizeof(lines) / sizeof(*lines)) {
			lines[n++] = line;
		}
		if (stanzas && n && (blank || !p)) {
			read_stanza(lines, n, s);
			n = 0;
		}
	}
}

static int is_source(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot && (!strcmp(dot, ".list") || !strcmp(dot, ".sources"));
}

/* The files of apt's sources into files[], each malloc'ed. Returns how many. */
static size_t source_files(char *files[FILES_MAX])
{
	struct sw_buf b = SW_BUF_INIT;
	struct dirent **names = NULL;
	char dir[PATH_MAX];
	size_t n = 0;
	int count;

	sw_buf_printf(&b, "%s/sources.list", apt_dir());
	if (b.data && !access(b.data, R_OK))
		files[n++] = sw_buf_take(&b);
	sw_buf_free(&b);
	snprintf(dir, sizeof(dir), "%s/sources.list.d", apt_dir());
	count = scandir(dir, &names, is_source, alphasort);
	for (int i = 0; i < count; i++) {
		struct sw_buf f = SW_BUF_INIT;

		sw_buf_printf(&f, "%s/%s", dir, names[i]->d_name);
		if (n < FILES_MAX && !f.failed)
			files[n++] = sw_buf_take(&f);
		sw_buf_free(&f);
		free(names[i]);
	}
	free(names);
	return n;
}

static void find_source(struct source *s)
{
	char *files[FILES_MAX];
	size_t n = source_files(files);

	for (size_t i = 0; i < n; i++) {
		if (!s->found)
			read_source_file(files[i], s);
		free(files[i]);
	}
}

/* The code name of this machine's own release, os-release(5). */
static bool own_suite(char *out, size_t size)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	const char *p;

	if (sw_read_file(AT_FDCWD, "/etc/os-release", &text, 65536))
		return false;
	p = strstr(sw_buf_str(&text), "VERSION_CODENAME=");
	if (!p)
		return false;
	p += strlen("VERSION_CODENAME=");
	p += *p == '"';
	snprintf(out, size, "%.*s", (int)strcspn(p, "\"\n"), p);
	return *out;
}

/* ---- the template ---------------------------------------------------------------------------- */

static bool plain_word(const char *s)
{
	return *s && *s != '-' &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.+,-/_"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

static int debian_options(struct recipe *r)
{
	for (int i = 0; i < r->c->rest_count; i++) {
		const char *value, **where = NULL;

		if ((value = template_option(r, &i, "--release", 'r')))
			where = &r->suite;
		else if ((value = template_option(r, &i, "--arch", 'a')))
			where = &r->arch;
		else if ((value = template_option(r, &i, "--packages", 0)))
			where = &r->packages;
		else if ((value = template_option(r, &i, "--mirror", 0)))
			where = &r->mirror;
		else
			return cmd_usage(r->c,
					 "the template debian takes --release, --arch, --packages "
					 "and --mirror, each with a value, not '%s'",
					 r->c->rest[i]);
		if (where != &r->mirror && !plain_word(value))
			return cmd_usage(r->c, "'%s' is no word for the template debian", value);
		*where = value;
	}
	return 0;
}

static int debian_prepare(struct recipe *r)
{
	char path[PATH_MAX];
	int end = debian_options(r);

	if (end)
		return end;
	if (cmd_need_root(r->c))
		return 1;
	if (!r->suite) {
		if (!own_suite(r->suite_room, sizeof(r->suite_room)))
			return cmd_usage(
				r->c,
				"this machine's own release is not known: -- --release SUITE");
		r->suite = r->suite_room;
	}
	if (!template_program("mmdebstrap", path, sizeof(path)) &&
	    !template_program("debootstrap", path, sizeof(path)))
		return cmd_fail(
			r->c, "neither mmdebstrap nor debootstrap is on PATH: install one of them");
	if (!r->mirror) {
		struct source s = { .suite = r->suite };

		find_source(&s);
		if (!s.found)
			return cmd_fail(r->c,
					"no source in %s has the suite %s: add one, or give -- "
					"--mirror URL",
					apt_dir(), r->suite);
	}
	return 0;
}

static int run_mmdebstrap(struct recipe *r, const char *program, struct sw_error *err)
{
	char include[600], arch[80], *files[FILES_MAX], *argv[FILES_MAX + 10];
	size_t n = 0, count = 0;
	int num;

	snprintf(include, sizeof(include), "--include=%s%s%s", PACKAGES, r->packages ? "," : "",
		 r->packages ? r->packages : "");
	argv[n++] = (char *)program;
	argv[n++] = (char *)"--variant=minbase";
	argv[n++] = (char *)"--mode=root";
	argv[n++] = include;
	if (r->arch) {
		snprintf(arch, sizeof(arch), "--architectures=%s", r->arch);
		argv[n++] = arch;
	}
	argv[n++] = (char *)r->suite;
	argv[n++] = r->root;
	if (r->mirror)
		argv[n++] = (char *)r->mirror;
	else
		count = source_files(files);
	for (size_t i = 0; i < count; i++)
		argv[n++] = files[i];
	argv[n] = NULL;
	num = template_run(r, argv, err);
	for (size_t i = 0; i < count; i++)
		free(files[i]);
	return num;
}

static int run_debootstrap(struct recipe *r, const char *program, struct sw_error *err)
{
	struct source s = { .suite = r->suite };
	char include[600], arch[80], keyring[PATH_MAX + 16], *argv[12];
	size_t n = 0;

	if (r->mirror)
		snprintf(s.uri, sizeof(s.uri), "%s", r->mirror);
	else
		find_source(&s);
	snprintf(include, sizeof(include), "--include=%s%s%s", PACKAGES, r->packages ? "," : "",
		 r->packages ? r->packages : "");
	argv[n++] = (char *)program;
	argv[n++] = (char *)"--variant=minbase";
	argv[n++] = include;
	if (r->arch) {
		snprintf(arch, sizeof(arch), "--arch=%s", r->arch);
		argv[n++] = arch;
	}
	if (*s.key) {
		snprintf(keyring, sizeof(keyring), "--keyring=%s", s.key);
		argv[n++] = keyring;
	}
	if (s.trusted)
		argv[n++] = (char *)"--no-check-gpg";
	argv[n++] = (char *)r->suite;
	argv[n++] = r->root;
	argv[n++] = s.uri;
	argv[n] = NULL;
	return template_run(r, argv, err);
}

/* root without a password, as pam_unix(8) takes it on a terminal: the console is the host root's.
 */
static int open_root_account(int root_fd, struct sw_error *err)
{
	struct sw_buf text __sw_buf = SW_BUF_INIT, out __sw_buf = SW_BUF_INIT;
	const char *rest;
	int num = sw_read_file(root_fd, "etc/shadow", &text, 1 << 20);

	if (num || !sw_starts_with(sw_buf_str(&text), "root:"))
		return sw_error(err, num ? num : EINVAL, "create",
				"etc/shadow of the rootfs does not "
				"begin with root");
	rest = strchr(text.data + strlen("root:"), ':');
	sw_buf_printf(&out, "root:%s", rest ? rest : ":");
	return template_write(root_fd, "etc/shadow", 0640, sw_buf_str(&out), err);
}

/* Packages that were fetched are of no more use: a third of a small system. */
static void drop_archives(int root_fd)
{
	int fd = openat(root_fd, "var/cache/apt/archives",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot && !strcmp(dot, ".deb"))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

/*
 * Debian's getty@tty1 wants /dev/tty0, which only a machine with a screen has; a container's terminals
 * are those that lxc-console connects to.
 */
static int open_terminals(int root_fd, struct sw_error *err)
{
	static const char dir[] = "etc/systemd/system/getty@.service.d";
	int r = sw_mkdir_p(root_fd, dir, 0755);

	if (r)
		return sw_error(err, r, "create", "making %s of the rootfs: %s", dir, sw_errno_text(r));
	return template_write(root_fd, "etc/systemd/system/getty@.service.d/container.conf", 0644,
			      "[Unit]\nConditionPathExists=\nConditionPathExists=/dev/%I\n", err);
}

static int debian_fill(struct recipe *r, struct sw_error *err)
{
	char path[PATH_MAX];
	int root_fd __sw_fd = -1, num;
	struct stat st;

	if (template_program("mmdebstrap", path, sizeof(path)))
		num = run_mmdebstrap(r, path, err);
	else if (template_program("debootstrap", path, sizeof(path)))
		num = run_debootstrap(r, path, err);
	else
		num = sw_error(err, ENOENT, "create",
			       "neither mmdebstrap nor debootstrap is on PATH");
	if (num)
		return num;
	root_fd = open(r->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return sw_error(err, errno, "create", "open %s: %s", r->root, sw_errno_text(errno));
	drop_archives(root_fd);
	num = open_root_account(root_fd, err);
	/* Empty: each container becomes a machine of its own at its first boot, machine-id(5). */
	if (!num && !fstatat(root_fd, "etc/machine-id", &st, AT_SYMLINK_NOFOLLOW))
		num = template_write(root_fd, "etc/machine-id", 0444, "", err);
	if (!num)
		num = template_devices(root_fd, err);
	if (!num)
		num = open_terminals(root_fd, err);
	return num ? num : template_identity(r, root_fd, err);
}

static void debian_config(const struct recipe *r, struct sw_buf *config)
{
	(void)r;
	template_common_config(config);
	/* systemd(1): halt.target and reboot.target. */
	sw_buf_adds(config, "lxc.signal.halt = SIGRTMIN+3\nlxc.signal.reboot = SIGRTMIN+5\n");
}

const struct template template_debian = { "debian", debian_prepare, debian_fill, debian_config };
