// SPDX-License-Identifier: GPL-2.0-only
/* The LXC configuration parser: what it makes of good files, and what it says of bad ones. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lxc/lxc_internal.h"
#include "sw_fd.h"
#include "sys.h"
#include "unit.h"

/* ---- a place for files ----------------------------------------------------------------------- */

static char dir[64];

static void enter(void)
{
	strcpy(dir, "/tmp/seaworthy-lxc-XXXXXX");
	if (!mkdtemp(dir))
		abort();
}

static const char *in_dir(const char *name)
{
	static char path[4][160];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static void put_bytes(const char *name, const char *text, size_t len)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || sw_write_all(fd, text, len))
		abort();
	close(fd);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void leave(const char *const *names)
{
	for (; *names; names++)
		if (unlink(in_dir(*names)))
			rmdir(in_dir(*names));
	CHECK_INT(rmdir(dir), 0);
}

static const char *const only_c[] = { "c", NULL };

/* ---- a spec as text -------------------------------------------------------------------------- */

static void add(struct sw_buf *b, const char *what, const char *value)
{
	if (value)
		sw_buf_printf(b, " %s=%s", what, value);
}

static void dump_mounts(const struct rt_spec *s, struct sw_buf *b)
{
	for (size_t i = 0; i < s->mount_count; i++) {
		const struct rt_mount *m = &s->mounts[i];

		sw_buf_printf(b, "mount %s %s", m->source, m->target ? m->target : "UNPARSED");
		add(b, "type", m->fstype);
		add(b, "data", m->data);
		sw_buf_printf(b, " flags=%lx", m->flags);
		if (m->propagation)
			sw_buf_printf(b, " propagation=%lx", m->propagation);
		sw_buf_printf(b, "%s%s%s\n", m->optional ? " optional" : "",
			      m->create_dir ? " create=dir" : "",
			      m->create_file ? " create=file" : "");
	}
}

static char *dump(const struct rt_spec *s)
{
	struct sw_buf b = SW_BUF_INIT;

	sw_buf_printf(&b, "ns=%" PRIx64, s->ns);
	add(&b, "hostname", s->hostname);
	add(&b, "rootfs", s->rootfs);
	add(&b, "cwd", s->cwd);
	if (s->caps_drop || s->caps_keep)
		sw_buf_printf(&b, " drop=%" PRIx64 " keep=%" PRIx64, s->caps_drop, s->caps_keep);
	if (s->halt_signal || s->reboot_signal || s->stop_signal)
		sw_buf_printf(&b, " signals=%d,%d,%d", s->halt_signal, s->reboot_signal,
			      s->stop_signal);
	sw_buf_printf(&b, "%s%s%s\n", s->rootfs_readonly ? " ro" : "",
		      s->no_new_privs ? " no_new_privs" : "", s->console_none ? " no_console" : "");
	for (char **a = s->argv; a && *a; a++)
		sw_buf_printf(&b, "arg %s\n", *a);
	for (char **e = s->env; e && *e; e++)
		sw_buf_printf(&b, "env %s\n", *e);
	dump_mounts(s, &b);
	for (size_t i = 0; i < s->net_count; i++) {
		sw_buf_printf(&b, "net %d type=%d%s", s->nets[i].index, (int)s->nets[i].type,
			      s->nets[i].up ? " up" : "");
		add(&b, "link", s->nets[i].link);
		add(&b, "name", s->nets[i].name);
		add(&b, "hwaddr", s->nets[i].hwaddr);
		if (s->nets[i].mtu)
			sw_buf_printf(&b, " mtu=%u", s->nets[i].mtu);
		sw_buf_addc(&b, '\n');
	}
	for (size_t i = 0; i < s->device_count; i++) {
		const struct rt_device_rule *d = &s->devices[i];

		sw_buf_printf(&b, "%s %c %d:%d %s%s%s\n", d->allow ? "allow" : "deny", d->type,
			      (int)d->major, (int)d->minor, d->read ? "r" : "", d->write ? "w" : "",
			      d->mknod ? "m" : "");
	}
	for (size_t i = 0; i < s->cgroup_count; i++)
		sw_buf_printf(&b, "cgroup%d %s=%s\n", s->cgroup[i].version, s->cgroup[i].file,
			      s->cgroup[i].value);
	for (size_t i = 0; i < s->idmap_count; i++)
		sw_buf_printf(&b, "idmap %s %u %u %u\n", s->idmaps[i].gid ? "gid" : "uid",
			      s->idmaps[i].inside, s->idmaps[i].outside, s->idmaps[i].count);
	return sw_buf_take(&b);
}

/* ---- running the parser ---------------------------------------------------------------------- */

static struct sw_error err;
static struct sw_buf remarks;

static void note(const char *file, unsigned int line, const char *text, void *arg)
{
	(void)arg;
	file = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	sw_buf_printf(&remarks, "%s:%u: %s\n", file, line, text);
}

static int parse_bytes(const char *text, size_t len, struct rt_spec *spec)
{
	int r;

	enter();
	put_bytes("c", text, len);
	memset(spec, 0, sizeof(*spec));
	memset(&err, 0, sizeof(err));
	sw_buf_free(&remarks);
	r = lxc_config_file(in_dir("c"), spec, note, NULL, &err);
	if (!r)
		r = lxc_config_finish(spec, note, NULL, &err);
	leave(only_c);
	return r;
}

static int parse(const char *text, struct rt_spec *spec)
{
	return parse_bytes(text, strlen(text), spec);
}

/* The error's text without the directory in front of it. */
static const char *said(void)
{
	size_t n = strlen(dir);

	return strncmp(err.msg, dir, n) ? err.msg : err.msg + n + 1;
}

#define ENV "env container=lxc\n" \
	    "env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
#define NS "ns=2c020000"	/* mnt, uts, ipc, pid */

#define GOOD(text, want) good(text, want, __LINE__)
static void good(const char *text, const char *want, int line)
{
	struct rt_spec spec;
	int r = parse(text, &spec);
	char *seen = dump(&spec);

	unit_check(!r, __FILE__, line, "refused: %s", err.msg);
	if (!r)
		unit_check_str(seen, want, __FILE__, line, "spec");
	free(seen);
	rt_spec_free(&spec);
}

#define BAD(text, num, part) bad(text, num, part, __LINE__)
static void bad(const char *text, int num, const char *part, int line)
{
	struct rt_spec spec;
	int r = parse(text, &spec);

	unit_check(r == -num && err.num == num, __FILE__, line, "%d (%s), not %d", r, err.msg,
		   -num);
	unit_check(strstr(said(), part) == said(), __FILE__, line, "said \"%s\", not \"%s\"",
		   said(), part);
	rt_spec_free(&spec);
}

/* ---- the two configurations of the story ----------------------------------------------------- */

static const char story_app[] =
	"lxc.utsname = app_bash\n"
	"lxc.rootfs = /var/lib/lxc/app_bash/rootfs\n"
	"lxc.mount.entry=/dev /var/lib/lxc/app_bash/rootfs/dev/ none bind 0 0\n"
	"lxc.mount.entry=/dev/pts /var/lib/lxc/app_bash/rootfs/dev/pts devpts "
	"gid=5,mode=620,newinstance,ptmxmode=0666 0 0\n";

static const char story_sys[] =
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

UNIT(lxc_story_application)
{
	GOOD(story_app,
	     NS " hostname=app_bash rootfs=/var/lib/lxc/app_bash/rootfs\n" ENV
	     "mount /dev /dev flags=1000\n"
	     "mount /dev/pts /dev/pts type=devpts data=gid=5,mode=620,newinstance,ptmxmode=0666 "
	     "flags=0\n");
	CHECK_STR(sw_buf_str(&remarks), "");
}

UNIT(lxc_story_system)
{
	GOOD(story_sys,
	     "ns=6c020000 hostname=sys_elinux rootfs=/var/lib/lxc/sys_elinux/rootfs\n" ENV
	     "mount /dev /dev flags=1000\n"
	     "mount devpts /dev/pts type=devpts data=gid=5,mode=620,newinstance,ptmxmode=0666 "
	     "flags=0\n"
	     "mount proc /proc type=proc flags=e\n"
	     "mount sysfs /sys type=sysfs flags=0\n"
	     "net 0 type=0 up\n"
	     "deny a -1:-1 rwm\nallow c 1:3 rwm\nallow c 1:5 rwm\nallow c 5:1 rwm\n"
	     "allow c 5:0 rwm\nallow c 4:0 rwm\nallow c 4:1 rwm\nallow c 1:9 rwm\n"
	     "allow c 1:8 rwm\nallow c 136:-1 rwm\nallow c 5:2 rwm\nallow c 254:0 rwm\n");
	CHECK_STR(sw_buf_str(&remarks),
		  "c:9: one field too many: the mount point stands twice (/proc and "
		  "/var/lib/lxc/sys_elinux/rootfs/proc) and the type is missing; taken as\n"
		  "  proc /var/lib/lxc/sys_elinux/rootfs/proc proc nodev,noexec,nosuid 0 0\n");
}

/* The same in today's words gives the same container. */
UNIT(lxc_story_in_new_keys)
{
	GOOD("lxc.uts.name = sys_elinux\nlxc.net.0.type = empty\nlxc.net.0.flags = up\n"
	     "lxc.mount.entry = /dev dev none bind 0 0\n"
	     "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n"
	     "lxc.rootfs.path = dir:/r\nlxc.cgroup2.devices.deny = a\n"
	     "lxc.cgroup2.devices.allow = c 1:3 rwm\n",
	     "ns=6c020000 hostname=sys_elinux rootfs=/r\n" ENV "mount /dev /dev flags=1000\n"
	     "mount proc /proc type=proc flags=e\nnet 0 type=0 up\ndeny a -1:-1 rwm\n"
	     "allow c 1:3 rwm\n");
}

/* ---- the slip -------------------------------------------------------------------------------- */

UNIT(lxc_slip_is_mended_only_when_plain)
{
	struct rt_spec spec;

	/* The rootfs may come after the line, and be spelt otherwise. */
	GOOD("lxc.mount.entry = proc /proc/ /r//x/proc nosuid 0 0\nlxc.rootfs = /r/x/\n",
	     NS " rootfs=/r/x/\n" ENV "mount proc /proc type=proc flags=2\n");
	GOOD("lxc.rootfs = /r\nlxc.mount.entry = /dev /dev /r/dev bind,ro 0 0\n",
	     NS " rootfs=/r\n" ENV "mount /dev /dev flags=1001\n");
	CHECK(strstr(sw_buf_str(&remarks), "  /dev /r/dev none bind,ro 0 0\n") != NULL);
	/* Outside the rootfs; another place inside; unknown kind; no numbers; a field more. */
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /s/proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: '/s/proc', a path, stands where the type should be; expected: "
	    "source "
	    "target type options");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /sys /r/proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: '/r/proc', a path, stands");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = thing /proc /r/proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: '/r/proc', a path, stands");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /r/proc nodev x 0\n", EINVAL,
	    "c:2: mount entry: '/r/proc', a path, stands");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /r/proc nodev 0\n", EINVAL,
	    "c:2: mount entry: '/r/proc', a path, stands");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /r/proc proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: more than 6 fields");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /rx/proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: '/rx/proc', a path, stands");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = proc /proc /r/../proc nodev 0 0\n", EINVAL,
	    "c:2: mount entry: '/r/../proc', a path, stands");
	/* A line that is right is left alone even though it looks a little like the slip. */
	CHECK_INT(parse("lxc.rootfs = /r\nlxc.mount.entry = proc /r/proc proc nodev 0 0\n", &spec),
		  0);
	CHECK_STR(sw_buf_str(&remarks), "");
	rt_spec_free(&spec);
}

/* ---- mounts ---------------------------------------------------------------------------------- */

UNIT(lxc_mount_options)
{
	GOOD("lxc.mount.entry = tmpfs var/tmp tmpfs "
	     "size=4m,ro,nosuid,rw,noatime,optional,create=dir,rslave,mode=755 0 0\n",
	     NS "\n" ENV "mount tmpfs /var/tmp type=tmpfs data=size=4m,mode=755 flags=402 "
	     "propagation=84000 optional create=dir\n");
	GOOD("lxc.mount.entry = /a\\040b /c\\134d none rbind,create=file,remount\n",
	     NS "\n" ENV "mount /a b /c\\d flags=5020 create=file\n");
	CHECK_STR(sw_buf_str(&remarks), "");
	GOOD("lxc.mount.entry = a b ext4 bind,errors=remount-ro",
	     NS "\n" ENV "mount a /b flags=1000\n");
	CHECK_STR(sw_buf_str(&remarks),
		  "c:1: a bind mount takes no file-system options: 'errors=remount-ro' has no "
		  "effect\n"
		  "c:1: a bind mount has no type: 'ext4' has no effect; write none\n");
	BAD("lxc.mount.entry = a b tmpfs create=link", EINVAL,
	    "c:1: mount entry: 'create=link': exp");
	BAD("lxc.mount.entry = a b tmpfs create=dir,create=file", EINVAL,
	    "c:1: mount entry: create=dir and create=file");
	BAD("lxc.mount.entry = a b none idmap=container,bind", ENOTSUP,
	    "c:1: mount entry: mount option 'id");
	BAD("lxc.mount.entry = a b none rw", EINVAL,
	    "c:1: mount entry: type none needs the option");
	BAD("lxc.mount.entry = a b proc! rw", EINVAL,
	    "c:1: mount entry: 'proc!' is no file-system");
	BAD("lxc.mount.entry = a b", EINVAL,
	    "c:1: mount entry: 2 fields in 'a b'; expected: source");
	BAD("lxc.mount.entry = a b tmpfs rw 0 x", EINVAL,
	    "c:1: mount entry: 'x' stands where a num");
}

UNIT(lxc_mount_targets)
{
	const char *outside = "c:2: mount entry: target '/dev': it is absolute and not below";

	BAD("lxc.rootfs = /r\nlxc.mount.entry = /dev /dev none bind 0 0\n", EINVAL, outside);
	BAD("lxc.rootfs = /r\nlxc.mount.entry = a /rr/x none bind 0 0\n", EINVAL,
	    "c:2: mount entry: target '/rr/x': it is absolute and not below");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = a /r/../x none bind\n", EINVAL,
	    "c:2: mount entry: target '/r/../x': '..' may not stand");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = a x/.. none bind\n", EINVAL,
	    "c:2: mount entry: target");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = a /r/ none bind\n", EINVAL,
	    "c:2: mount entry: target '/r/': it is the rootfs itself");
	BAD("lxc.rootfs = /r\nlxc.mount.entry = a . none bind\n", EINVAL,
	    "c:2: mount entry: target");
	GOOD("lxc.mount.entry = a //r/./x//..y/ none bind\nlxc.rootfs = /r/.\n",
	     NS " rootfs=/r/.\n" ENV "mount a /x/..y flags=1000\n");
	/* With the host's own root, or a rootfs of "/", every place is inside. */
	GOOD("lxc.mount.entry = a /x none bind\n", NS "\n" ENV "mount a /x flags=1000\n");
	GOOD("lxc.rootfs = /\nlxc.mount.entry = a /x none bind\n",
	     NS " rootfs=/\n" ENV "mount a /x flags=1000\n");
}

UNIT(lxc_fstab_comes_first_and_is_replaced)
{
	static const char *const names[] = { "f1", "f2", "c", NULL };
	struct rt_spec spec = { 0 };
	struct sw_buf text __sw_buf = SW_BUF_INIT;
	char *seen;

	enter();
	put("f1", "one one tmpfs rw 0 0\n");
	put("f2", "# a comment\n\n \t\ntwo two tmpfs rw 0 0\nthree three tmpfs rw");
	sw_buf_printf(&text,
		      "lxc.mount.entry = e e tmpfs rw\nlxc.mount = %s\n"
		      "lxc.mount.fstab = %s\nlxc.mount.auto = sys:ro\n",
		      in_dir("f1"), in_dir("f2"));
	put("c", text.data);
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_file(in_dir("c"), &spec, NULL, NULL, &err), 0);
	CHECK_INT(lxc_config_finish(&spec, NULL, NULL, &err), 0);
	seen = dump(&spec);
	CHECK_STR(seen, NS "\n" ENV "mount two /two type=tmpfs flags=0\n"
		  "mount three /three type=tmpfs flags=0\nmount sysfs /sys type=sysfs flags=f\n"
		  "mount e /e type=tmpfs flags=0\n");
	CHECK(spec.mount_count == 4 && strstr(spec.mounts[1].origin, "/f2:5"));
	free(seen);
	rt_spec_free(&spec);
	leave(names);
	BAD("lxc.mount = rel/fstab\n", EINVAL, "c:1: lxc.mount: expected an absolute path");
	BAD("lxc.mount = /nowhere/at/all\n", ENOENT, "c:1: lxc.mount: cannot read /nowhere/at/all");
}

/* ---- networks, devices and the rest ---------------------------------------------------------- */

UNIT(lxc_networks)
{
	GOOD("lxc.network.type = empty\nlxc.network.link = br0\nlxc.network.type = empty\n"
	     "lxc.network.link = eth0\nlxc.network.hwaddr = "
	     "00:16:3E:xx:xx:01\nlxc.network.flags=up\n"
	     "lxc.network.mtu = 1400\nlxc.network.name = eth1\n",
	     "ns=6c020000\n" ENV "net 0 type=0 link=br0\n"
	     "net 1 type=0 up link=eth0 name=eth1 hwaddr=00:16:3E:xx:xx:01 mtu=1400\n");
	CHECK(strstr(sw_buf_str(&remarks), "network 0 has no device of its own") != NULL);
	CHECK(strstr(sw_buf_str(&remarks), "network 1 has no device of its own") != NULL);
	GOOD("lxc.net.7.flags = up\nlxc.net.2.type = empty\nlxc.net.7.type = empty\n",
	     "ns=6c020000\n" ENV "net 2 type=0\nnet 7 type=0 up\n");
	GOOD("lxc.network.type = empty\nlxc.network =\nlxc.net.0.type = none\n",
	     NS "\n" ENV "net 0 type=1\n");
	BAD("lxc.net.3.flags = up\n", EINVAL, "lxc.net.3 has no lxc.net.3.type");
	BAD("lxc.network.flags = up\n", EINVAL, "c:1: lxc.network.flags: no network has begun");
	BAD("lxc.network.type = bridge\n", EINVAL,
	    "c:1: lxc.network.type: there is no type 'bridge'");
	BAD("lxc.net.0.flags = down\n", EINVAL, "c:1: lxc.net.0.flags: the only flag is up");
	BAD("lxc.net.0.type = none\nlxc.net.1.type = empty\n", EINVAL,
	    "c:1: type none shares the host's");
	BAD("lxc.net.0.name = abcdefghijklmnop\n", EINVAL,
	    "c:1: lxc.net.0.name: 'abcdefghijklmnop'");
	BAD("lxc.net.0.mtu = 12x\n", EINVAL, "c:1: lxc.net.0.mtu: expected a number");
	BAD("lxc.net.0.hwaddr = 00:16:3e:xx:xx\n", EINVAL,
	    "c:1: lxc.net.0.hwaddr: expected a hard");
	BAD("lxc.net.0.hwaddr = 01:16:3e:xx:xx:xx\n", EINVAL,
	    "c:1: lxc.net.0.hwaddr: '01:16:3e:xx:xx:xx' is the address of a group");
	BAD("lxc.network = x\n", EINVAL, "c:1: lxc.network: expected an empty value");
}

UNIT(lxc_network_addresses)
{
	static const unsigned char v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 2 };
	struct rt_spec s;

	CHECK_INT(parse("lxc.network.type = veth\nlxc.network.ipv4 = 10.1.2.3\n"
			  "lxc.network.ipv4 = 192.168.9.200/26 192.168.9.254\n"
			  "lxc.network.ipv4 = 172.16.5.4\nlxc.network.ipv4 = 10.0.0.1/31\n"
			  "lxc.network.ipv6 = 2001:db8::2\nlxc.network.ipv6.gateway = auto\n"
			  "lxc.network.ipv4.gateway = 10.1.0.1\n", &s), 0);
	CHECK_INT(s.net_count, 1);
	CHECK_INT(s.nets[0].address_count, 5);
	CHECK_INT(s.nets[0].addresses[0].prefix, 8);
	CHECK(!memcmp(s.nets[0].addresses[0].broadcast, "\x0a\xff\xff\xff", 4));
	CHECK_INT(s.nets[0].addresses[1].prefix, 26);
	CHECK(!memcmp(s.nets[0].addresses[1].broadcast, "\xc0\xa8\x09\xfe", 4));
	CHECK_INT(s.nets[0].addresses[2].prefix, 16);
	CHECK(!memcmp(s.nets[0].addresses[2].broadcast, "\xac\x10\xff\xff", 4));
	CHECK(!s.nets[0].addresses[3].has_broadcast);
	CHECK_INT(s.nets[0].addresses[4].prefix, 64);
	CHECK(!memcmp(s.nets[0].addresses[4].bytes, v6, 16));
	CHECK_INT(s.nets[0].gateway[0].how, RT_GATEWAY_ADDRESS);
	CHECK(!memcmp(s.nets[0].gateway[0].ip.bytes, "\x0a\x01\x00\x01", 4));
	CHECK_INT(s.nets[0].gateway[1].how, RT_GATEWAY_AUTO);
	rt_spec_free(&s);
	CHECK_INT(parse("lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.1/24\n"
			  "lxc.net.0.ipv6.address = ::5/128\nlxc.net.0.ipv4.address =\n"
			  "lxc.net.0.ipv4.gateway = dev\nlxc.net.0.ipv4.gateway =\n", &s), 0);
	CHECK_INT(s.nets[0].address_count, 1);
	CHECK_INT(s.nets[0].gateway[0].how, RT_GATEWAY_NONE);
	rt_spec_free(&s);
	BAD("lxc.net.0.ipv4.address = 10.0.0.1/33\n", EINVAL, "c:1: lxc.net.0.ipv4.address: expected an");
	BAD("lxc.net.0.ipv4.address = 10.0.0\n", EINVAL, "c:1: lxc.net.0.ipv4.address: expected an");
	BAD("lxc.net.0.ipv4.address = 10.0.0.1/24 10.0.0.255 x\n", EINVAL,
	    "c:1: lxc.net.0.ipv4.address: expected an");
	BAD("lxc.net.0.ipv6.address = ::1/64 ::2\n", EINVAL, "c:1: lxc.net.0.ipv6.address: expected an");
	BAD("lxc.net.0.ipv6.address = 10.0.0.1/24\n", EINVAL, "c:1: lxc.net.0.ipv6.address: expected an");
	BAD("lxc.net.0.ipv4.gateway = 10.0.0.1/24\n", EINVAL,
	    "c:1: lxc.net.0.ipv4.gateway: expected an IPv4 address, auto or dev");
}

UNIT(lxc_network_types)
{
	struct rt_spec s;

	CHECK_INT(parse("lxc.net.4.type = vlan\nlxc.net.4.vlan.id = 7\nlxc.net.1.macvlan.mode = vepa\n"
			  "lxc.net.1.type = macvlan\nlxc.net.2.type = ipvlan\nlxc.net.2.ipvlan.mode = l3s\n"
			  "lxc.net.2.ipvlan.isolation = private\nlxc.net.3.type = veth\n"
			  "lxc.net.3.veth.mode = router\nlxc.net.3.veth.vlan.id = none\n"
			  "lxc.net.3.veth.vlan.tagged.id = 5\nlxc.net.3.veth.vlan.tagged.id = 6\n"
			  "lxc.net.3.veth.ipv4.route = 10.2.0.0/16, 10.3.0.0/16\n"
			  "lxc.net.3.veth.n_rxqueues = 2\n", &s), 0);
	CHECK_INT(s.net_count, 4);
	CHECK_INT(s.nets[0].index, 1);
	CHECK_INT(s.nets[0].mode, 2);
	CHECK_INT(s.nets[1].mode, 2);
	CHECK_INT(s.nets[1].isolation, 1);
	CHECK(s.nets[2].router);
	CHECK_INT(s.nets[2].vlans.untagged, -1);
	CHECK_INT(s.nets[2].vlans.tagged_count, 2);
	CHECK_INT(s.nets[2].vlans.tagged[1], 6);
	CHECK_INT(s.nets[2].route_count, 2);
	CHECK_INT(s.nets[2].rx_queues, 2);
	CHECK_INT(s.nets[3].vlan_id, 7);
	CHECK_INT(s.nets[3].mode, -1);
	CHECK(s.ns & SW_CLONE_NEWNET);
	rt_spec_free(&s);
	CHECK_INT(parse("lxc.net.0.type = veth\nlxc.net.1.type = empty\nlxc.net.0 =\nlxc.net.5 =\n", &s), 0);
	CHECK_INT(s.net_count, 1);
	CHECK_INT(s.nets[0].index, 1);
	rt_spec_free(&s);
	CHECK_INT(parse("lxc.net.0.type = veth\nlxc.net.0.name = a%db\n", &s), 0);
	rt_spec_free(&s);
	BAD("lxc.net.0 = veth\n", EINVAL, "c:1: lxc.net.0: expected an empty value");
	BAD("lxc.net.0.name = a%\n", EINVAL, "c:1: lxc.net.0.name: 'a%': the only use of a percent");
	BAD("lxc.net.0.name = %d%d\n", EINVAL, "c:1: lxc.net.0.name: '%d%d': the only use of a percent");
	BAD("lxc.net.0.veth.pair = v%d\n", EINVAL, "c:1: lxc.net.0.veth.pair: 'v%d': here the name");
	BAD("lxc.net.0.link = \033[1m\n", EINVAL, "c:1: lxc.net.0.link: '?[1m' is no network device's");
	BAD("lxc.net.0.type = veth\nlxc.net.0.macvlan.mode = bridge\n", EINVAL,
	    "c:1: network 0 is of type veth, and has keys of type macvlan");
	BAD("lxc.net.0.type = empty\nlxc.net.0.ipv4.address = 10.0.0.1/8\n", EINVAL,
	    "c:1: network 0 is of type empty and has no device");
	BAD("lxc.net.0.macvlan.mode = source\n", EINVAL,
	    "c:1: lxc.net.0.macvlan.mode: expected one of private, vepa, bridge, passthru, found 'source'");
	BAD("lxc.net.0.vlan.id = 4095\n", EINVAL, "c:1: lxc.net.0.vlan.id: expected a number from 0 to 4094");
	BAD("lxc.net.0.veth.ipv6.route = fd00::1\n", EINVAL,
	    "c:1: lxc.net.0.veth.ipv6.route: expected a network such as");
}

UNIT(lxc_device_rules)
{
	static const struct {
		const char *text;
		bool ok;
	} rules[] = {
		{ "a", true },
		{ "a *:* rwm", true },
		{ "c 136:* rwm", true },
		{ "b 8:0 r", true },
		{ "c *:3 mw", true },
		{ "b\t8:0\tr", true },
		{ "c 4294967295:0 r", true },
		{ "", false },
		{ "x 1:3 r", false },
		{ "a 1:3 r", false },
		{ "a *:* r", false },
		{ "c", false },
		{ "c 1", false },
		{ "c 1:", false },
		{ "c :3 r", false },
		{ "c 1:3", false },
		{ "c 1:3 ", false },
		{ "c 1:3 x", false },
		{ "c 1:3 rr", false },
		{ "c 1:3 rwmr", false },
		{ "c 1:3 rw m", false },
		{ "c 1:-3 r", false },
		{ "c 1:3r", false },
		{ "c1:3 r", false },
		{ "c 4294967296:0 r", false },
		{ "c 99999999999999999999:0 r", false },
		{ "c 0x1:3 r", false },
		{ "c 1:*x r", false },
	};
	const char *why;

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct rt_device_rule rule = { .major = 77 };
		int r = lxc_device_rule(rules[i].text, &rule, &why);

		unit_check((r == 0) == rules[i].ok, __FILE__, __LINE__, "'%s' gives %d",
			   rules[i].text, r);
		unit_check(r == 0 || rule.major == 77, __FILE__, __LINE__, "'%s' half written",
			   rules[i].text);
	}
	BAD("lxc.cgroup.devices.allow = c 1:3\n", EINVAL,
	    "c:1: lxc.cgroup.devices.allow: 'c 1:3' is no device rule: expected the access");
	/* Clearing one kind keeps the other. */
	GOOD("lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 r\n"
	     "lxc.cgroup.devices.allow =\nlxc.cgroup2.devices.allow = b 8:1 w\n",
	     NS "\n" ENV "deny a -1:-1 rwm\nallow b 8:1 w\n");
}

UNIT(lxc_cgroup_settings)
{
	GOOD("lxc.cgroup.memory.limit_in_bytes = 64M\nlxc.cgroup2.memory.max=64M\n"
	     "lxc.cgroup.cpu.shares = 5\nlxc.cgroup.cpu.shares =\n",
	     NS "\n" ENV "cgroup1 memory.limit_in_bytes=64M\ncgroup2 memory.max=64M\n");
	GOOD("lxc.cgroup.cpu.shares = 5\nlxc.cgroup =\n", NS "\n" ENV);
	BAD("lxc.cgroup.memory = 5\n", EINVAL,
	    "c:1: lxc.cgroup.memory: 'memory' is no control file's");
	BAD("lxc.cgroup.../../x.y = 5\n", EINVAL,
	    "c:1: lxc.cgroup.../../x.y: '../../x.y' is no con");
	BAD("lxc.cgroup. = 5\n", EINVAL, "c:1: lxc.cgroup.: there is no such key");
	BAD("lxc.cgroup.dir.container = x\n", ENOTSUP, "c:1: lxc.cgroup.dir.container: not supported by this build");
	BAD("lxc.cgroup = x\n", EINVAL, "c:1: lxc.cgroup: the name of a control file is missing");
}

UNIT(lxc_other_values)
{
	GOOD("lxc.cap.drop = sys_module CAP_MKNOD\nlxc.cap.drop = 3\n",
	     NS " drop=8010008 keep=0\n" ENV);
	GOOD("lxc.cap.drop = mknod\nlxc.cap.drop =\nlxc.cap.keep=chown\n",
	     NS " drop=0 keep=1\n" ENV);
	GOOD("lxc.cap.keep = none\n", NS " drop=ffffffffffffffff keep=0\n" ENV);
	BAD("lxc.cap.drop = sys_modul\n", EINVAL,
	    "c:1: lxc.cap.drop: there is no capability 'sys_mod");
	BAD("lxc.cap.drop = mknod\nlxc.cap.keep = chown\n", EINVAL,
	    "lxc.cap.drop and lxc.cap.keep");
	GOOD("lxc.id_map = u 0 100000 65536\nlxc.idmap = b 65536 1 1\n",
	     "ns=3c020000\n" ENV
	     "idmap uid 0 100000 65536\nidmap uid 65536 1 1\nidmap gid 65536 1 1\n");
	BAD("lxc.idmap = u 0 100000\n", EINVAL, "c:1: lxc.idmap: expected u, g or b");
	BAD("lxc.idmap = u 0 0 0\n", EINVAL, "c:1: lxc.idmap: expected u, g or b");
	BAD("lxc.idmap = u 0 4294967295 2\n", EINVAL, "c:1: lxc.idmap: the range");
	GOOD("lxc.haltsignal = SIGRTMIN+3\nlxc.signal.reboot = 2\nlxc.stopsignal = SIGKILL\n",
	     NS " signals=37,2,37\n" ENV);
	BAD("lxc.stopsignal = SIGTERM\n", ENOTSUP,
	    "c:1: lxc.stopsignal: 'SIGTERM' is not supported");
	BAD("lxc.signal.halt = SIGNOPE\n", EINVAL,
	    "c:1: lxc.signal.halt: there is no signal 'SIGNOPE'");
	BAD("lxc.signal.halt = SIGRTMIN+99\n", EINVAL, "c:1: lxc.signal.halt: there is no signal");
	GOOD("lxc.init_cmd = /bin/x  -a\nlxc.init.cwd = /w\n",
	     NS " cwd=/w\narg /bin/x\narg -a\n" ENV);
	GOOD("lxc.environment = A=1\nlxc.environment = A=2\nlxc.environment=PATH=/x\n",
	     NS "\nenv A=2\nenv PATH=/x\nenv container=lxc\n");
	BAD("lxc.environment = =x\n", EINVAL, "c:1: lxc.environment: expected NAME=value");
	BAD("lxc.environment = NO_SUCH_VARIABLE_HERE\n", EINVAL,
	    "c:1: lxc.environment: the caller's");
	GOOD("lxc.rootfs = /r\nlxc.rootfs.options = ro,defaults\nlxc.no_new_privs = 1\n"
	     "lxc.console = none\n", NS " rootfs=/r ro no_new_privs no_console\n" ENV);
	BAD("lxc.rootfs.options = idmap=/a\n", ENOTSUP,
	    "c:1: lxc.rootfs.options: option 'idmap");
	BAD("lxc.rootfs = zfs:/a:/b\n", ENOTSUP, "c:1: lxc.rootfs: storage of kind 'zfs'");
	BAD("lxc.rootfs = overlay:/a\n", EINVAL, "c:1: lxc.rootfs: expected overlay:LOWER:UPPER");
	BAD("lxc.rootfs = overlay:/a:b\n", EINVAL, "c:1: lxc.rootfs: expected overlay:LOWER:UPPER");
	BAD("lxc.rootfs = rel/path\n", EINVAL, "c:1: lxc.rootfs: expected an absolute path");
	BAD("lxc.no_new_privs = yes\n", EINVAL, "c:1: lxc.no_new_privs: expected 0 or 1");
	BAD("lxc.mount.auto = proc:mixt\n", EINVAL, "c:1: lxc.mount.auto: expected proc, sys, cgroup");
	BAD("lxc.arch = vax\n", ENOTSUP, "c:1: lxc.arch: 'vax' is not supported");
}

/* ---- keys ------------------------------------------------------------------------------------ */

UNIT(lxc_key_table_is_sorted_and_whole)
{
	for (size_t i = 0; i < lxc_key_count; i++) {
		const struct lxc_key *k = &lxc_keys[i];

		if (i)
			unit_check(strcmp(lxc_keys[i - 1].name, k->name) < 0, __FILE__, __LINE__,
				   "%s is out of order", k->name);
		unit_check(k->value && k->help && k->since && strncmp(k->name, strcmp(k->since, "ours") ?
			   "lxc." : "berth.", strcmp(k->since, "ours") ? 4 : 6) == 0, __FILE__,
			   __LINE__, "%s is incomplete", k->name);
		unit_check(!k->set || !k->nothing, __FILE__, __LINE__, "%s: set and nothing",
			   k->name);
		for (size_t n = 0; n < i; n++)
			unit_check(!k->old || !lxc_keys[n].old || strcmp(lxc_keys[n].old, k->old),
				   __FILE__, __LINE__, "%s stands twice", k->old);
	}
}

UNIT(lxc_keys_that_are_refused)
{
	struct rt_spec spec;

	BAD("lxc.kmsg = 1\n", ENOTSUP, "c:1: lxc.kmsg: not supported by this build");
	BAD("lxc.pts = many\n", EINVAL, "c:1: lxc.pts: expected a number of terminals");
	BAD("lxc.hook.preboot = /x\n", EINVAL, "c:1: lxc.hook.preboot: there is no such key");
	BAD("lxc.tty = 64\n", EINVAL, "c:1: lxc.tty: expected a number of terminals, at most 63");
	BAD("lxc.log.syslog = x\n", ENOTSUP, "c:1: lxc.log.syslog: not supported by this");
	GOOD("lxc.autodev=0\nlxc.tty = 0\nlxc.pts=0\nlxc.aa_profile = unconfined\nlxc.kmsg=0\n"
	     "lxc.apparmor.profile = \nlxc.start.auto = 0\nlxc.rootfs.backend = dir\n",
	     NS "\n" ENV);
	/* Every row that is refused says so by name, whatever its value. */
	for (size_t i = 0; i < lxc_key_count; i++) {
		char line[128], key[96];
		size_t n = strlen(lxc_keys[i].name);
		int r;

		if (lxc_keys[i].set || strstr(lxc_keys[i].name, ".N."))
			continue;
		snprintf(key, sizeof(key), "%s%s", lxc_keys[i].name,
			 lxc_keys[i].name[n - 1] == '*' ? "x" : "");
		if (lxc_keys[i].name[n - 1] == '*')
			memmove(key + n - 1, key + n, 2);
		snprintf(line, sizeof(line), "%s = surely-not-nothing\n", key);
		r = parse(line, &spec);
		unit_check(r == -ENOTSUP && strstr(err.msg, key), __FILE__, __LINE__, "%s: %d %s",
			   key, r, err.msg);
		rt_spec_free(&spec);
	}
}

UNIT(lxc_unknown_keys_get_a_suggestion)
{
	BAD("\n\nlxc.utsnam = x\n", EINVAL,
	    "c:3: lxc.utsnam: there is no such key; did you mean lxc.utsname?");
	BAD("lxc.mount.entyr = x\n", EINVAL,
	    "c:1: lxc.mount.entyr: there is no such key; did you mean lxc.mount.entry?");
	BAD("lxc.completely.other = x\n", EINVAL,
	    "c:1: lxc.completely.other: there is no such key; `berth config` lists");
	BAD("lxc.network.0.type = empty\n", EINVAL,
	    "c:1: lxc.network.0.type: there is no such key");
	BAD("lxc.net.x.type = empty\n", EINVAL,
	    "c:1: lxc.net.x.type: there is no such key; did you");
	BAD("lxc.net.99999.type = empty\n", EINVAL,
	    "c:1: lxc.net.99999.type: there is no such key");
	BAD("foo = bar\n", EINVAL, "c:1: foo: there is no such key");
	BAD("lxc.\x1b[2J\xff = x\n", EINVAL, "c:1: lxc.?[2J?: there is no such key");
}

/* ---- syntax ---------------------------------------------------------------------------------- */

UNIT(lxc_syntax)
{
	GOOD("", NS "\n" ENV);
	GOOD("\n\n  # x\n\t\n", NS "\n" ENV);
	GOOD("  \tlxc.utsname=a", NS " hostname=a\n" ENV);
	GOOD("lxc.utsname\t =\t a b \t\n", NS " hostname=a b\n" ENV);
	GOOD("lxc.utsname = a\r\nlxc.rootfs = /r\r\n", NS " hostname=a rootfs=/r\n" ENV);
	GOOD("\xef\xbb\xbflxc.utsname = a\n", NS " hostname=a\n" ENV);
	GOOD("lxc.utsname = \"a\"\n", NS " hostname=a\n" ENV);
	GOOD("lxc.utsname = 'a\n", NS " hostname='a\n" ENV);
	GOOD("lxc.utsname = a # b\n", NS " hostname=a # b\n" ENV);
	GOOD("lxc.utsname = a\nlxc.utsname = b\n", NS " hostname=b\n" ENV);
	GOOD("lxc.utsname = a\nlxc.utsname =\n", NS "\n" ENV);
	BAD("lxc.utsname\n", EINVAL, "c:1: expected key = value, found 'lxc.utsname'");
	BAD("= x\n", EINVAL, "c:1: no key before the '='");
	BAD(" lxc.utsname : x\n", EINVAL, "c:1: expected key = value, found");
}

UNIT(lxc_bytes_that_are_no_configuration)
{
	static const char nul[] = "lxc.utsname = a\nlxc.rootfs = /r\0x\n";
	size_t n = LXC_LINE_MAX + 10, big = LXC_CONFIG_MAX + 10;
	char *text = malloc(big);
	struct rt_spec spec;

	CHECK_INT(parse_bytes(nul, sizeof(nul) - 1, &spec), -EINVAL);
	CHECK_STR(said(), "c:2: a NUL byte: this is not a text file");
	rt_spec_free(&spec);
	memset(text, '#', n);
	CHECK_INT(parse_bytes(text, n, &spec), -EINVAL);
	CHECK(strstr(said(), "c:1: the line is 65546 bytes long; at most 65536") != NULL);
	rt_spec_free(&spec);
	CHECK_INT(parse_bytes(text, LXC_LINE_MAX, &spec), 0);
	rt_spec_free(&spec);
	memset(text, '\n', big);
	CHECK_INT(parse_bytes(text, big, &spec), -EFBIG);
	CHECK(strstr(err.msg, "is larger than") != NULL);
	rt_spec_free(&spec);
	free(text);
	memset(&spec, 0, sizeof(spec));
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_file("/", &spec, NULL, NULL, &err), -EISDIR);
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_file("/nowhere/c", &spec, NULL, NULL, &err), -ENOENT);
	CHECK_STR(err.msg, "cannot read /nowhere/c: No such file or directory");
	CHECK_INT(lxc_config_file("/nowhere/c", &spec, NULL, NULL, NULL), -ENOENT);
}

UNIT(lxc_command_line_settings)
{
	struct rt_spec spec = { 0 };

	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_line("lxc.utsname=a", &spec, NULL, NULL, &err), 0);
	CHECK_STR(spec.hostname, "a");
	CHECK_INT(lxc_config_line("lxc.mount.entry=a b none rw", &spec, NULL, NULL, &err), 0);
	CHECK_INT(lxc_config_finish(&spec, NULL, NULL, &err), -EINVAL);
	CHECK(strstr(err.msg, "-s: mount entry: type none") == err.msg);
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_line("lxc.uts=a", &spec, NULL, NULL, &err), -EINVAL);
	CHECK(strstr(err.msg, "-s: lxc.uts: there is no such key") == err.msg);
	CHECK_INT(lxc_config_line("lxc.uts.name=a\nlxc.x=1", &spec, NULL, NULL, NULL), -EINVAL);
	CHECK_INT(lxc_config_line("lxc.network.flags=up", &spec, NULL, NULL, NULL), -EINVAL);
	rt_spec_free(&spec);
}

UNIT(lxc_includes)
{
	static const char *const names[] = { "d/2.conf", "d/1.conf", "d/x.txt", "d",
					     "loop",	 "c",	     NULL };
	struct rt_spec spec = { 0 };
	char text[512];

	enter();
	mkdir(in_dir("d"), 0700);
	put("d/1.conf", "lxc.utsname = one\nlxc.environment = A=1\n");
	put("d/2.conf", "lxc.utsname = two");
	put("d/x.txt", "nonsense");
	snprintf(text, sizeof(text), "lxc.include = %s\n", in_dir("loop"));
	put("loop", text);
	snprintf(text, sizeof(text), "lxc.include = %s\nlxc.include = %s\n", in_dir("d"),
		 in_dir("loop"));
	put("c", text);
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_file(in_dir("c"), &spec, NULL, NULL, &err), -ELOOP);
	CHECK(strstr(said(), "loop:1: lxc.include: more than 8 files include one another") ==
	      said());
	CHECK_STR(spec.hostname, "two");
	rt_spec_free(&spec);
	put("c", "lxc.include = /nowhere/at/all\n");
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_file(in_dir("c"), &spec, NULL, NULL, &err), -ENOENT);
	CHECK(strstr(said(), "c:1: lxc.include: cannot include /nowhere/at/all: No such") ==
	      said());
	rt_spec_free(&spec);
	leave(names);
	BAD("lxc.include = other.conf\n", EINVAL, "c:1: lxc.include: expected the absolute path");
}

static void collect(const char *value, void *arg)
{
	sw_buf_printf(arg, "[%s]", value);
}

UNIT(lxc_config_get_finds_values_under_both_names)
{
	struct sw_buf seen __sw_buf = SW_BUF_INIT;

	enter();
	put("c", "lxc.mount.entry = a b tmpfs rw\nlxc.utsname = x\nlxc.cgroup.cpu.shares = 3\n"
	    "lxc.mount.entry = c d tmpfs rw\nlxc.cgroup.memory.x = 4\nlxc.net.1.type = empty\n");
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.mount.entry", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.uts.name", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.cgroup.memory.x", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.0.type", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.1.type", collect, &seen, &err), 0);
	CHECK_STR(sw_buf_str(&seen), "[a b tmpfs rw][c d tmpfs rw][x][4][empty]");
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.nope", collect, &seen, &err), -EINVAL);
	leave(only_c);
}

UNIT(lxc_config_get_counts_the_networks_of_08)
{
	struct sw_buf seen __sw_buf = SW_BUF_INIT;

	enter();
	put("c", "lxc.network.type = veth\nlxc.network.ipv4 = 10.0.0.1/8\nlxc.network.type = empty\n"
	    "lxc.network.flags = up\nlxc.net.7.type = veth\nlxc.net.7.ipv4.address = 10.0.0.2/8\n");
	memset(&err, 0, sizeof(err));
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.0.ipv4.address", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.1.type", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.0.flags", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.net.1.flags", collect, &seen, &err), 0);
	CHECK_INT(lxc_config_get(in_dir("c"), "lxc.network.ipv4", collect, &seen, &err), 0);
	CHECK_STR(sw_buf_str(&seen), "[10.0.0.1/8][empty][up][10.0.0.1/8][10.0.0.2/8]");
	leave(only_c);
}

/* Every key with every awkward value: accepted, or refused by its name; never anything else. */
UNIT(lxc_every_key_with_awkward_values)
{
	static const char *const values[] = {
		"",
		"0",
		"1",
		"-1",
		"none",
		"a",
		"a *:* rwm",
		"c 1:3 rwm",
		"/",
		"//",
		"/r",
		".",
		"..",
		"../..",
		"empty",
		"up",
		"a b",
		"a b c d",
		"a b c d e f g h i j",
		"a b none bind 0 0",
		"99999999999999999999",
		"4294967296",
		"\\",
		"\\040 \\777 tmpfs rw",
		"%s%n%x",
		",,,",
		"a b tmpfs ,,,,",
		":",
		"*",
		"SIGRTMIN+",
		"SIG",
		"u 0 0 1",
		"b -1 0 1",
		"dir:",
		"proc:rw",
		"=",
		"==",
		"\"",
		"\"\"",
		"'x'",
		"/proc/self/mem",
		"/dev",
		"00:00:00:00:00:0g",
		"proc /proc /proc ro 0 0",
		"proc / / ro 0 0",
		"\xff\xfe",
		"\x1b[31m",
		"a=b",
		"NAME=",
	};

	for (size_t i = 0; i < lxc_key_count; i++) {
		for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
			struct rt_spec spec = { 0 };
			char key[96], line[256], *n;
			int r;

			snprintf(key, sizeof(key), "%s", lxc_keys[i].name);
			n = strstr(key, ".N.");
			if (n)
				n[1] = '3';
			n = strrchr(key, '*');
			if (n)
				memcpy(n, "x.y", 4);
			snprintf(line, sizeof(line), "%s=%s", key, values[v]);
			memset(&err, 0, sizeof(err));
			r = lxc_config_line(line, &spec, NULL, NULL, &err);
			unit_check(r == -err.num, __FILE__, __LINE__, "%s: %d, %d", line, r,
				   err.num);
			unit_check(!r || strstr(err.msg, key), __FILE__, __LINE__, "%s: '%s'", line,
				   err.msg);
			if (!r)
				r = lxc_config_finish(&spec, NULL, NULL, &err);
			unit_check(r == -err.num && (!r || err.msg[0]), __FILE__, __LINE__,
				   "%s: %d, %d '%s'", line, r, err.num, err.msg);
			rt_spec_free(&spec);
		}
	}
}

/* ---- any bytes: an answer, and nothing read or freed that should not be ---------------------- */

static uint32_t random_state = 12345;

static uint32_t random_number(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

UNIT(lxc_mutated_files)
{
	static const char bits[] = "=#\n\r \t\"':*/,.\\0a\x80\x00lxc.";
	const char *bases[] = { story_app, story_sys };
	int accepted = 0, refused = 0;

	enter();
	for (int round = 0; round < 3000; round++) {
		const char *base = bases[round % 2];
		size_t len = strlen(base);
		char *text = strdup(base);
		struct rt_spec spec = { 0 };
		int r;

		for (uint32_t n = 1 + random_number(6); n; n--) {
			size_t at = random_number(len);

			if (random_number(4))
				text[at] = bits[random_number(sizeof(bits) - 1)];
			else if (random_number(2))
				len = at + 1;
			else
				memmove(text + at, text, len - at);
		}
		memset(&err, 0, sizeof(err));
		put_bytes("c", text, len);
		r = lxc_config_file(in_dir("c"), &spec, note, NULL, &err);
		if (!r)
			r = lxc_config_finish(&spec, note, NULL, &err);
		unit_check(r == 0 ? !err.num : r == -err.num && err.msg[0], __FILE__, __LINE__,
			   "round %d: %d but %d '%s'", round, r, err.num, err.msg);
		accepted += r == 0;
		refused += r != 0;
		for (size_t i = 0; !r && i < spec.mount_count; i++)
			unit_check(spec.mounts[i].target && spec.mounts[i].target[0] == '/' &&
				   !strstr(spec.mounts[i].target, "/../"), __FILE__, __LINE__,
				   "round %d: target %s", round, spec.mounts[i].target);
		rt_spec_free(&spec);
		free(text);
		sw_buf_free(&remarks);
	}
	CHECK(accepted > 50 && refused > 50);
	leave(only_c);
}
