// SPDX-License-Identifier: GPL-2.0-only
/* The containers of the story: made, asked, removed. */
#include "story.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rootfs.h"
#include "suite_util.h"

const char story_app_config[] =
	"lxc.utsname = app_bash\n"
	"lxc.rootfs = /var/lib/lxc/app_bash/rootfs\n"
	"lxc.mount.entry=/dev /var/lib/lxc/app_bash/rootfs/dev/ none bind 0 0\n"
	"lxc.mount.entry=/dev/pts /var/lib/lxc/app_bash/rootfs/dev/pts devpts "
	"gid=5,mode=620,newinstance,ptmxmode=0666 0 0\n";

const char story_system_config[] =
	"# network configuration\n"
	"lxc.utsname = sys_elinux\n"
	"lxc.network.type = empty\n"
	"lxc.network.flags = up\n"
	"# file system configuration\n"
	"lxc.rootfs = /var/lib/lxc/sys_elinux/rootfs\n"
	"lxc.mount.entry=/dev /var/lib/lxc/sys_elinux/rootfs/dev none bind 0 0\n"
	"lxc.mount.entry=devpts /var/lib/lxc/sys_elinux/rootfs/dev/pts devpts "
	"gid=5,mode=620,newinstance,ptmxmode=0666 0 0\n"
	"lxc.mount.entry=proc /proc /var/lib/lxc/sys_elinux/rootfs/proc nodev,noexec,nosuid 0 0\n"
	"lxc.mount.entry=sysfs /var/lib/lxc/sys_elinux/rootfs/sys sysfs defaults  0 0\n"
	"## Devices\n"
	"#lxc.cgroup.devices.allow               = a\n"
	"lxc.cgroup.devices.deny                 = a\n"
	"lxc.cgroup.devices.allow                = c 1:3 rwm\n"
	"lxc.cgroup.devices.allow                = c 1:5 rwm\n"
	"lxc.cgroup.devices.allow                = c 5:1 rwm\n"
	"lxc.cgroup.devices.allow                = c 5:0 rwm\n"
	"lxc.cgroup.devices.allow                = c 4:0 rwm\n"
	"lxc.cgroup.devices.allow                = c 4:1 rwm\n"
	"lxc.cgroup.devices.allow                = c 1:9 rwm\n"
	"lxc.cgroup.devices.allow                = c 1:8 rwm\n"
	"lxc.cgroup.devices.allow                = c 136:* rwm\n"
	"lxc.cgroup.devices.allow                = c 5:2 rwm\n"
	"lxc.cgroup.devices.allow                = c 254:0 rwm\n";

static const char *const story_names[] = { "app_bash", "sys_elinux" };

/* ---- whose is it ------------------------------------------------------------------------------ */

/*
 * A file beside the containers names those that a test made, before they are made: nobody else's
 * container of the same name is ever touched. Whoever works with them holds its lock, which the
 * kernel drops with the process; so what is named and not locked is what a crash left. The word
 * "made" says that STORY_LXCPATH itself is ours as well.
 */
static const char marker[] = STORY_LXCPATH "/.seaworthy-test";

static bool marker_has(int fd, const char *word)
{
	char text[256], *save = NULL, *w;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = 0;
	for (w = strtok_r(text, "\n", &save); w; w = strtok_r(NULL, "\n", &save))
		if (!strcmp(w, word))
			return true;
	return false;
}

/*
 * Open and lock the marker. @limit_ms: how long to wait for another run of these tests.
 * @create: make it, and STORY_LXCPATH, where they are not there. The descriptor or -errno.
 */
static int marker_lock(bool create, int limit_ms)
{
	for (int waited = 0; waited <= limit_ms; waited += 50) {
		bool made = create && access(STORY_LXCPATH, F_OK) && !sw_mkdir_p(AT_FDCWD, STORY_LXCPATH, 0755);
		int fd __sw_fd = open(marker, O_RDWR | (create ? O_CREAT : 0) | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat mine, there;

		if (fd < 0 && (errno != ENOENT || !create))
			return -errno;
		/* Locked, and still the file of that name: its last owner may just have removed it. */
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &mine) && !stat(marker, &there) &&
		    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
			if (made && pwrite(fd, "made\n", 5, mine.st_size) != 5)
				return -EIO;
			return sw_take_fd(&fd);
		}
		if (limit_ms)
			poll(NULL, 0, 50);
	}
	return -EBUSY;
}

/* Remove the marker; then STORY_LXCPATH if it is ours and empty. Closes fd. */
static void marker_release(int *fd)
{
	bool made = marker_has(*fd, "made");

	unlink(marker);
	if (made)
		rmdir(STORY_LXCPATH);
	sw_close(fd);
}

static bool sweep_locked(int fd);

/* Claim the name, or say why it cannot be had. */
static int claim(struct story *s, struct sw_error *err)
{
	char line[64];
	bool made;

	s->claim = marker_lock(true, STORY_LIMIT_S * 1000);
	if (s->claim < 0)
		return sw_error(err, s->claim, "prepare", "cannot lock %s: %s%s", marker,
				sw_errno_text(s->claim), s->claim == -EBUSY ? ": another run of these tests "
				"holds it" : "");
	if (!sweep_locked(s->claim))
		return sw_error(err, EBUSY, "prepare", "what an earlier run left in %s cannot be removed",
				STORY_LXCPATH);
	made = marker_has(s->claim, "made");
	if (!access(s->dir, F_OK)) {
		marker_release(&s->claim);
		return sw_error(err, EEXIST, "prepare", "there is a container %s already, and no test "
				"made it: move it away to run this test", s->dir);
	}
	snprintf(line, sizeof(line), "%s%s\n", made ? "made\n" : "", s->name);
	if (ftruncate(s->claim, 0) || pwrite(s->claim, line, strlen(line), 0) != (ssize_t)strlen(line))
		return sw_error(err, EIO, "prepare", "cannot write %s", marker);
	return 0;
}

/* Whether this mount namespace has a mount at or below path. */
static bool mounted_below(const char *path)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	size_t len = strlen(path);
	char *line, *save = NULL;

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 8 << 20) || !b.data)
		return true;	/* not known: then nothing is removed */
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[PATH_MAX];

		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && !strncmp(point, path, len) &&
		    (!point[len] || point[len] == '/'))
			return true;
	}
	return false;
}

/* Take every mount off rootfs. The host's own root lies there: nothing is deleted before this. */
static int unmount_rootfs(const char *dir, struct sw_error *err)
{
	char rootfs[160];

	snprintf(rootfs, sizeof(rootfs), "%s/rootfs", dir);
	for (int i = 0; i < 64 && mounted_below(rootfs); i++)
		if (sys_umount2(rootfs, MNT_DETACH | UMOUNT_NOFOLLOW))
			break;
	if (mounted_below(dir))
		return sw_error(err, EBUSY, "clean up", "%s has mounts that cannot be taken off; nothing "
				"below it is removed", dir);
	return 0;
}

/* ---- making ------------------------------------------------------------------------------------ */

static int prepare(struct story *s, const struct runtime_driver *driver, const char *name,
		   const char *config, struct sw_error *err)
{
	struct runtime_result r __runtime_result = { 0 };
	int e;

	memset(s, 0, sizeof(*s));
	s->events = -1;
	s->claim = -1;
	if (!driver)
		return sw_error(err, EINVAL, "prepare", "SEAWORTHY_RUNTIME names no known runtime");
	/* The story's containers are where its configurations say, whatever the caller has set. */
	unsetenv("BERTH_LXCPATH");
	s->driver = driver;
	s->name = name;
	s->mqueue_before = !access("/dev/mqueue", F_OK);
	snprintf(s->dir, sizeof(s->dir), "%s/%s", STORY_LXCPATH, name);
	snprintf(s->config, sizeof(s->config), "%s/%s.conf", suite_scratch, name);
	if (sw_replace_file(AT_FDCWD, s->config, config, strlen(config), 0644))
		return sw_error(err, EIO, "prepare", "cannot write %s", s->config);
	e = claim(s, err);
	if (e)
		return e;
	e = story_run(s, &driver->create, NULL, &r, err);
	if (e)
		return e;
	sw_buf_adds(&s->said, sw_buf_str(&r.err));
	if (r.end)
		return sw_error(err, EIO, "create", "%s: %.300s", suite_end_text(r.end),
				sw_buf_str(&r.err));
	return 0;
}

int story_app(struct story *s, const struct runtime_driver *driver, struct sw_error *err)
{
	return story_app_with(s, driver, "", err);
}

int story_app_with(struct story *s, const struct runtime_driver *driver, const char *lines,
		   struct sw_error *err)
{
	char rootfs[160], config[4096];
	int e;

	snprintf(config, sizeof(config), "%s%s", story_app_config, lines);
	e = prepare(s, driver, "app_bash", config, err);
	if (e)
		return e;
	snprintf(rootfs, sizeof(rootfs), "%s/rootfs", s->dir);
	e = sw_mkdir_p(AT_FDCWD, rootfs, 0755);
	/* Not where it lies: that may be on a file system that the bind mount does not carry. */
	snprintf(s->payload, sizeof(s->payload), "%s/payload", s->dir);
	if (!e)
		e = rootfs_copy("/proc/self/exe", AT_FDCWD, s->payload);
	if (!e)
		e = sys_mount("/", rootfs, NULL, MS_BIND, NULL);
	return e ? sw_error(err, e, "prepare", "binding / to %s: %s", rootfs, sw_errno_text(e)) : 0;
}

int story_system(struct story *s, const struct runtime_driver *driver, struct sw_error *err)
{
	char path[PATH_MAX];
	int e = prepare(s, driver, "sys_elinux", story_system_config, err);

	if (e)
		return e;
	snprintf(path, sizeof(path), "%s/rootfs", s->dir);
	snprintf(s->payload, sizeof(s->payload), "/bin/seaworthy");
	e = rootfs_make(path, err);
	if (e)
		return e;
	strcat(path, "/run/events");
	/* Read and write: then neither side ever waits for the other to open it. */
	s->events = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->events < 0)
		return sw_error(err, errno, "prepare", "opening %s: %s", path, sw_errno_text(errno));
	return 0;
}

/* ---- asking ------------------------------------------------------------------------------------- */

int story_run(struct story *s, const struct runtime_command *command, const char *const *argv,
	      struct runtime_result *ret, struct sw_error *err)
{
	struct runtime_call call = { s->driver, command, s->name, s->config, argv, -1, -1 };
	int r = runtime_run(&call, STORY_LIMIT_S, ret);

	return r ? sw_error(err, r, command->args[0], "%s: %s; it said: %.300s", s->name,
			    sw_errno_text(r), sw_buf_str(&ret->err)) : 0;
}

int story_inside(struct story *s, struct runtime_result *ret, struct sw_error *err,
		 const char *const *words)
{
	const char *argv[40] = { s->payload, "inside" };
	size_t n = 2;
	int r;

	while (*words && n < 39)
		argv[n++] = *words++;
	r = story_run(s, &s->driver->execute, argv, ret, err);
	if (!r && ret->end)
		r = sw_error(err, EIO, "execute", "%s: %.300s", suite_end_text(ret->end),
			     sw_buf_str(&ret->err));
	return r;
}

/* The word after "KEY:" in any case, as lxc-info of any age prints it. */
static int info(struct story *s, const struct runtime_command *command, const char *key, char *out,
		size_t size, struct sw_error *err)
{
	struct runtime_result r __runtime_result = { 0 };
	char *line, *save = NULL;
	int e = story_run(s, command, NULL, &r, err);

	if (e)
		return e;
	for (line = r.out.data ? strtok_r(r.out.data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char value[64];

		if (strncasecmp(line, key, strlen(key)) || line[strlen(key)] != ':' ||
		    sscanf(line + strlen(key) + 1, "%63s", value) != 1)
			continue;
		snprintf(out, size, "%s", value);
		return 0;
	}
	return sw_error(err, ENODATA, "info", "no '%s:' in what it prints (%s): %.200s", key,
			suite_end_text(r.end), sw_buf_str(&r.err));
}

int story_state(struct story *s, char *out, size_t size, struct sw_error *err)
{
	return info(s, &s->driver->state, "state", out, size, err);
}

int story_await_state(struct story *s, const char *state, struct sw_error *err)
{
	char seen[64] = "";

	for (int waited = 0; waited < STORY_LIMIT_S * 1000; waited += 10) {
		int r = story_state(s, seen, sizeof(seen), err);

		if (r || !strcmp(seen, state))
			return r;
		poll(NULL, 0, 10);
	}
	return sw_error(err, ETIMEDOUT, "info", "it is %s, not %s, after %d s", seen, state,
			STORY_LIMIT_S);
}

int story_pid(struct story *s, pid_t *ret, struct sw_error *err)
{
	char text[64];
	long pid;
	int r = info(s, &s->driver->pid, "pid", text, sizeof(text), err);

	if (r)
		return r;
	if (sw_parse_long(text, &pid) || pid < 1)
		return sw_error(err, ENODATA, "info", "'%s' is no pid", text);
	*ret = pid;
	return 0;
}

int story_listed(struct story *s, struct sw_error *err)
{
	struct runtime_result r __runtime_result = { 0 };
	int e = story_run(s, &s->driver->list, NULL, &r, err);
	char *word, *save = NULL;

	if (e)
		return e;
	if (r.end)
		return sw_error(err, EIO, "list", "%s: %.300s", suite_end_text(r.end),
				sw_buf_str(&r.err));
	for (word = r.out.data ? strtok_r(r.out.data, " \t\n", &save) : NULL; word;
	     word = strtok_r(NULL, " \t\n", &save))
		if (!strcmp(word, s->name))
			return 1;
	return 0;
}

int story_boot(struct story *s, struct sw_error *err)
{
	struct runtime_result r __runtime_result = { 0 };
	int e = story_run(s, &s->driver->start, NULL, &r, err);

	if (e)
		return e;
	sw_buf_adds(&s->said, sw_buf_str(&r.err));
	if (r.end)
		return sw_error(err, EIO, "start", "%s: %.400s", suite_end_text(r.end),
				sw_buf_str(&r.err));
	return story_pid(s, &s->pid, err);
}

/* Take the first whole line off what was read. */
static bool take_line(struct story *s, char *out, size_t size)
{
	char *nl = strchr(s->line, '\n');

	if (!nl)
		return false;
	*nl = 0;
	snprintf(out, size, "%.*s", (int)size - 1, s->line);
	memmove(s->line, nl + 1, strlen(nl + 1) + 1);
	return true;
}

int story_event(struct story *s, const char *word, char *out, size_t size, struct sw_error *err)
{
	struct pollfd p = { .fd = s->events, .events = POLLIN };
	char line[sizeof(s->line)];

	for (int looks = 0; looks < STORY_LIMIT_S * 2;) {
		size_t have = strlen(s->line), len = strlen(word);
		ssize_t n;

		if (take_line(s, line, sizeof(line))) {
			if (strncmp(line, word, len) || (line[len] && line[len] != ' '))
				continue;
			snprintf(out, size, "%s", line[len] ? line + len + 1 : "");
			return 0;
		}
		if (have + 1 >= sizeof(s->line))
			return sw_error(err, EOVERFLOW, "event", "a line that does not end");
		n = read(s->events, s->line + have, sizeof(s->line) - have - 1);
		if (n > 0) {
			s->line[have + n] = 0;
			continue;
		}
		if (kill(s->pid, 0) && errno == ESRCH)
			return sw_error(err, ESRCH, "event", "init %d ended before it said '%s'",
					(int)s->pid, word);
		poll(&p, 1, 500);
		looks++;
	}
	return sw_error(err, ETIMEDOUT, "event", "the container did not say '%s' within %d s", word,
			STORY_LIMIT_S);
}

int story_read(struct story *s, const char *path, struct sw_buf *out, struct sw_error *err)
{
	char rootfs[160];
	int dir __sw_fd = -1, fd __sw_fd = -1, r;

	snprintf(rootfs, sizeof(rootfs), "%s/rootfs", s->dir);
	dir = open(rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : sw_read_fd(fd, out, 1 << 20);
	return r ? sw_error(err, r, "read", "%s in %s: %s", path, rootfs, sw_errno_text(r)) : 0;
}

/* ---- removing ------------------------------------------------------------------------------------- */

static bool is_running(struct story *s)
{
	struct sw_error ignored = { 0 };
	char state[64] = "";

	return !story_state(s, state, sizeof(state), &ignored) && strcmp(state, "STOPPED");
}

int story_end(struct story *s, struct sw_error *err)
{
	struct runtime_result r __runtime_result = { 0 }, d __runtime_result = { 0 };
	int e = 0;

	sw_close(&s->events);
	sw_buf_free(&s->said);
	if (is_running(s)) {
		e = story_run(s, &s->driver->stop, NULL, &r, err);
		if (!e && r.end)
			e = sw_error(err, EIO, "stop", "%s: %.300s", suite_end_text(r.end),
				     sw_buf_str(&r.err));
	}
	/* Whatever comes: a runtime that removes files never sees the host's root below its own. */
	if (unmount_rootfs(s->dir, err))
		return -EBUSY;
	unlink(s->payload[0] == '/' && !strncmp(s->payload, s->dir, strlen(s->dir)) ? s->payload : "");
	if (e)
		return e;
	e = story_run(s, &s->driver->destroy, NULL, &d, err);
	if (!e && d.end)
		e = sw_error(err, EIO, "destroy", "%s: %.300s", suite_end_text(d.end),
			     sw_buf_str(&d.err));
	if (!e && !access(s->dir, F_OK))
		e = sw_error(err, EEXIST, "destroy", "%s is still there", s->dir);
	if (!e)
		marker_release(&s->claim);
	return e;
}

/* Names below dir that contain the container's name, not deeper than depth. */
static void find_names(const char *dir, const struct story *s, int depth, struct sw_buf *out)
{
	const char *elsewhere = s->driver->elsewhere;
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX];
		struct stat st;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= (int)sizeof(path))
			continue;
		if (strstr(e->d_name, s->name) && !(elsewhere && strstr(e->d_name, elsewhere)))
			sw_buf_printf(out, "%s\n", path);
		else if (depth > 1 && !lstat(path, &st) && S_ISDIR(st.st_mode))
			find_names(path, s, depth - 1, out);
	}
	if (d)
		closedir(d);
}

void story_left(const struct story *s, struct sw_buf *out)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	char *line, *save = NULL;

	find_names("/run", s, 3, out);
	find_names(STORY_LXCPATH, s, 1, out);
	find_names("/dev", s, 2, out);
	find_names("/sys/fs/cgroup", s, 4, out);
	if (!s->mqueue_before && !access("/dev/mqueue", F_OK))
		sw_buf_adds(out, "/dev/mqueue\n");
	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 8 << 20) || !b.data)
		return;
	for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, s->name))
			sw_buf_printf(out, "mount %s\n", line);
}

/* Remove a container's directory by hand. Only called when nothing is mounted in it. */
static void remove_by_hand(const char *dir)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/rootfs", dir);
	if (rmdir(path) && errno == ENOTEMPTY && strstr(dir, "sys_elinux"))
		rootfs_remove(path);
	snprintf(path, sizeof(path), "%s/payload", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/config", dir);
	unlink(path);
	rmdir(dir);
}

/* Remove, by force, the containers that the marker names. False: something is still there. */
static bool sweep_locked(int fd)
{
	bool gone = true;

	for (size_t i = 0; i < sizeof(story_names) / sizeof(*story_names); i++) {
		struct runtime_result r __runtime_result = { 0 }, d __runtime_result = { 0 };
		struct story s = { .driver = runtime_selected(), .name = story_names[i] };
		struct sw_error err = { 0 };

		if (!marker_has(fd, s.name))
			continue;
		if (!s.driver)
			s.driver = &runtime_drivers[0];
		snprintf(s.dir, sizeof(s.dir), "%s/%s", STORY_LXCPATH, s.name);
		/* Also of a monitor that was killed: the next command cleans up after it. */
		story_run(&s, &s.driver->stop, NULL, &r, &err);
		if (unmount_rootfs(s.dir, &err)) {
			fprintf(stderr, "# %s\n", err.msg);
			gone = false;
			continue;
		}
		story_run(&s, &s.driver->destroy, NULL, &d, &err);
		remove_by_hand(s.dir);
		gone &= access(s.dir, F_OK) != 0;
	}
	return gone;
}

void story_sweep(void)
{
	int fd = marker_lock(false, 0);

	if (fd < 0)
		return;
	/* While something is left the marker stays: it says whose that is. */
	if (sweep_locked(fd))
		marker_release(&fd);
	sw_close(&fd);
}

/* ---- reading what it said ---------------------------------------------------------------------- */

const char *story_value(const struct sw_buf *said, const char *key)
{
	static char values[8][512];
	static unsigned int next;
	char *out = values[next++ % 8];
	const char *at = sw_buf_str(said);
	size_t len = strlen(key);

	while (*at) {
		size_t line = strcspn(at, "\n");

		if (line > len && !strncmp(at, key, len) && at[len] == '=') {
			snprintf(out, sizeof(values[0]), "%.*s", (int)(line - len - 1), at + len + 1);
			return out;
		}
		at += line + (at[line] == '\n');
	}
	return "(nothing)";
}

bool story_mount(const struct sw_buf *said, const char *point, struct story_mount *ret)
{
	const char *at = sw_buf_str(said);
	bool found = false;

	for (; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		char where[256], options[256], super[256];
		struct story_mount m;

		if (strncmp(at, "mount=", 6) ||
		    sscanf(at + 6, "%255s %63s %255s %255s %255s %255s", where, m.type, m.source, options,
			   super, m.root) != 6 || strcmp(where, point))
			continue;
		snprintf(m.options, sizeof(m.options), "%s,%s", options, super);
		*ret = m;
		found = true;
	}
	return found;
}

bool story_has_option(const char *options, const char *option)
{
	size_t len = strlen(option);

	for (const char *at = options; at; at = strchr(at, ','), at += at != NULL)
		if (!strncmp(at, option, len) && (!at[len] || at[len] == ','))
			return true;
	return false;
}

bool story_read_until(int fd, struct sw_buf *got, const char *text)
{
	while (!strstr(sw_buf_str(got), text)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char piece[512];
		ssize_t n;

		if (poll(&p, 1, STORY_LIMIT_S * 1000) != 1)
			return false;
		n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			return false;
		sw_buf_add(got, piece, n);
	}
	return true;
}
