// SPDX-License-Identifier: GPL-2.0-only
/* Checkpoint/restore: what is known of a process's memory, and can be set. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "features/checkpoint.h"
#include "live.h"
#include "modules.h"
#include "sw_fd.h"
#include "sys.h"

static char *pages(size_t count)
{
	char *p = mmap(NULL, count * (size_t)getpagesize(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct mapping {
	unsigned long start, end, inode;
	unsigned int major, minor;
	char name[64];
};

/* The line of /proc/self/maps that starts at the address, or has the name. */
static bool find_mapping(unsigned long start, const char *name, struct mapping *ret)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;

	if (sw_read_file(AT_FDCWD, "/proc/self/maps", &b, 1 << 20))
		return false;
	for (const char *line = sw_buf_str(&b); *line;) {
		const char *end = strchrnul(line, '\n');
		struct mapping m = { 0 };

		if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu %63[^\n]", &m.start, &m.end, &m.major, &m.minor,
			   &m.inode, m.name) >= 5 && (name ? !strcmp(m.name, name) : m.start == start)) {
			*ret = m;
			return true;
		}
		line = *end ? end + 1 : end;
	}
	return false;
}

void ck_map_files(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	size_t size = (size_t)getpagesize();
	int exe __sw_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *p = exe < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, exe, 0);
	int fd __sw_fd = -1;
	struct stat a, b;
	char path[96];

	if (p == MAP_FAILED) {
		ck_not_tried("a mapping of /proc/self/exe", -errno, ret);
		return;
	}
	if (access("/proc/self/map_files", F_OK) && errno == ENOENT) {
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/self/map_files");
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)p, (unsigned long)p + size);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ck_refused(ctx, f, "open of a file in /proc/self/map_files", -errno, true, ret);
	else if (fstat(fd, &a) || fstat(exe, &b) || a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		live_set(ret, LIVE_BROKEN, 0, "/proc/self/map_files opens another file than was mapped");
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/map_files opens the file that was mapped");
}

/* ---- pagemap ------------------------------------------------------------------------------------------ */

static int open_pagemap(struct live *ret)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT && !access("/proc/self/stat", F_OK))
		live_set(ret, LIVE_ABSENT, ENOENT, "no /proc/self/pagemap");
	else
		ck_not_tried("/proc/self/pagemap", -errno, ret);
	return -1;
}

/* Bit 55 of the page's entry; -1 if it cannot be read. */
static int soft_dirty(int fd, const char *page)
{
	uint64_t entry;

	if (pread(fd, &entry, 8, (off_t)((uintptr_t)page / (size_t)getpagesize() * 8)) != 8)
		return -1;
	return entry >> 55 & 1;
}

void ck_soft_dirty(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	volatile char *page = pages(1);
	int fd __sw_fd = -1, before, after, r;

	(void)ctx;
	(void)f;
	fd = open_pagemap(ret);
	if (fd < 0)
		return;
	if (!page) {
		ck_not_tried("mmap", -ENOMEM, ret);
		return;
	}
	page[0] = 1;
	r = sw_write_file(AT_FDCWD, "/proc/self/clear_refs", "4");
	before = soft_dirty(fd, (const char *)page);
	page[0] = 2;
	after = soft_dirty(fd, (const char *)page);
	if (r == -EINVAL)
		live_set(ret, LIVE_ABSENT, EINVAL, "/proc/self/clear_refs does not take 4: EINVAL");
	else if (r || before < 0 || after < 0)
		ck_not_tried("/proc/self/clear_refs and pagemap", r ? r : -EIO, ret);
	else if (!after)
		/* Taken without an effect where the symbol is not set, or the processor cannot do it. */
		live_set(ret, LIVE_ABSENT, 0, "pagemap does not mark a page that was written to");
	else if (before)
		live_set(ret, LIVE_BROKEN, 0, "pagemap still marks a page after the marks were cleared");
	else
		live_set(ret, LIVE_WORKS, 0, "pagemap marks the page that was written to since clear_refs=4");
}

struct scan {		/* struct pm_scan_arg, include/uapi/linux/fs.h, 6.7 */
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct region {
	uint64_t start, end, categories;
};
#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct scan)
enum { IS_PRESENT = 1 << 3, IS_GUARD = 1 << 8 };

/* Which of two pages are of the category? The number of regions, or -errno. */
static int scan_two(int fd, const char *p, uint64_t category, struct region *out)
{
	struct scan s = {
		.size = sizeof(s), .start = (uintptr_t)p, .end = (uintptr_t)p + 2 * (size_t)getpagesize(),
		.vec = (uintptr_t)out, .vec_len = 2, .category_mask = category, .return_mask = category,
	};
	int r = ioctl(fd, PAGEMAP_SCAN_CALL, &s);

	return r < 0 ? -errno : r;
}

/* The second of two pages is of the category: is it the only one that the kernel finds? */
static void judge_scan(const struct probe_ctx *ctx, const struct feature *f, int fd, const char *p,
		       uint64_t category, struct live *ret)
{
	struct region out[2] = { { 0 } };
	int r = scan_two(fd, p, category, out);

	if (r < 0)
		ck_refused(ctx, f, "ioctl(PAGEMAP_SCAN)", r, true, ret);
	else if (r != 1 || out[0].start != (uintptr_t)p + (size_t)getpagesize())
		live_set(ret, LIVE_BROKEN, 0, "PAGEMAP_SCAN finds %d regions, and not the page that it should", r);
	else
		live_set(ret, LIVE_WORKS, 0, "PAGEMAP_SCAN finds the one page of two");
}

void ck_pagemap_scan(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = open_pagemap(ret);
	char *p = pages(2);

	if (fd < 0 || !p)
		return;
	((volatile char *)p)[getpagesize()] = 1;
	judge_scan(ctx, f, fd, p, IS_PRESENT, ret);
}

void ck_guard_pages(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { GUARD_INSTALL = 102 };	/* MADV_GUARD_INSTALL, 6.13 */
	int fd __sw_fd = open_pagemap(ret);
	char *p = pages(2);

	if (fd < 0 || !p)
		return;
	if (madvise(p + getpagesize(), (size_t)getpagesize(), GUARD_INSTALL))
		ck_refused(ctx, f, "madvise(MADV_GUARD_INSTALL)", -errno, true, ret);
	else
		judge_scan(ctx, f, fd, p, IS_GUARD, ret);
}

/* ---- userfaultfd ----------------------------------------------------------------------------------------- */

struct uffd_api {		/* include/uapi/linux/userfaultfd.h */
	uint64_t api, features, ioctls;
};
struct uffd_register {
	uint64_t start, len, mode, ioctls;
};
struct uffd_copy {
	uint64_t dst, src, len, mode;
	int64_t copy;
};
#define UFFD_API_VERSION	0xaa
#define UFFD_IOC_API		_IOWR(0xaa, 0x3f, struct uffd_api)
#define UFFD_IOC_REGISTER	_IOWR(0xaa, 0x00, struct uffd_register)
#define UFFD_IOC_COPY		_IOWR(0xaa, 0x03, struct uffd_copy)
#define UFFD_MODE_MISSING	1
#define UFFD_USER_ONLY		1	/* UFFD_USER_MODE_ONLY, 5.11: needs no privilege */
#define UFFD_EVENTS		0x4e	/* FORK, REMAP, REMOVE, UNMAP */

/* A descriptor that has agreed on the interface, or -1 with *ret filled. */
static int uffd_open(const struct probe_ctx *ctx, const struct feature *f, struct uffd_api *api,
		     const char **how, struct live *ret)
{
	int fd = (int)sys_call(SYS_NR_userfaultfd, O_CLOEXEC, 0, 0, 0, 0, 0), first = fd;
	long allowed;

	*how = "";
	if (fd == -EPERM) {
		fd = (int)sys_call(SYS_NR_userfaultfd, O_CLOEXEC | UFFD_USER_ONLY, 0, 0, 0, 0, 0);
		*how = ", for faults in user mode only";
	}
	if (fd < 0) {
		ck_refused(ctx, f, "userfaultfd", fd == -EINVAL ? first : fd, true, ret);
		if (first == -EPERM && !live_sysctl("vm/unprivileged_userfaultfd", &allowed) &&
		    !allowed)
			live_cause(ret, FINDING_SYSCTL, "vm.unprivileged_userfaultfd=0");
		return -1;
	}
	*api = (struct uffd_api){ .api = UFFD_API_VERSION };
	if (!ioctl(fd, UFFD_IOC_API, api))
		return fd;
	ck_refused(ctx, f, "ioctl(UFFDIO_API)", -errno, true, ret);
	close(fd);
	return -1;
}

void ck_uffd(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	size_t size = (size_t)getpagesize();
	volatile char *to = pages(1);
	char *from = pages(1);
	struct uffd_register reg = { (uintptr_t)to, size, UFFD_MODE_MISSING, 0 };
	struct uffd_copy copy = { (uintptr_t)to, (uintptr_t)from, size, 0, 0 };
	struct uffd_api api;
	const char *how;
	int fd __sw_fd = -1;

	if (!to || !from) {
		ck_not_tried("mmap", -ENOMEM, ret);
		return;
	}
	from[5] = 'x';
	fd = uffd_open(ctx, f, &api, &how, ret);
	if (fd < 0)
		return;
	if (ioctl(fd, UFFD_IOC_REGISTER, &reg) || ioctl(fd, UFFD_IOC_COPY, &copy))
		live_set(ret, LIVE_BROKEN, errno, "UFFDIO_REGISTER and UFFDIO_COPY: %s", sw_errno_name(errno));
	else if (to[5] != 'x')
		live_set(ret, LIVE_BROKEN, 0, "UFFDIO_COPY: 0, but the page is empty");
	else
		live_set(ret, LIVE_WORKS, 0, "a page was put in place by userfaultfd%s", how);
}

void ck_uffd_events(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct uffd_api api;
	const char *how;
	int fd __sw_fd = uffd_open(ctx, f, &api, &how, ret);

	if (fd < 0)
		return;
	if ((api.features & UFFD_EVENTS) == UFFD_EVENTS)
		live_set(ret, LIVE_WORKS, 0, "UFFDIO_API offers the events fork, remap, remove, unmap");
	else
		live_set(ret, LIVE_ABSENT, 0, "UFFDIO_API offers features 0x%llx: events are lacking",
			 (unsigned long long)api.features);
}

/* ---- prctl(PR_SET_MM) --------------------------------------------------------------------------------------- */

enum { SET_MM = 35, MM_ARG_START = 8, MM_ARG_END = 9, MM_MAP = 14, CAP_RESOURCE = 24 };

static const char new_name[] = "seaworthy-renamed";

/* /proc/PID/cmdline shows what is in anonymous mappings only (FOLL_ANON): not what the executable has. */
static char *name_page(void)
{
	char *p = pages(1);

	return p ? strcpy(p, new_name) : NULL;
}

static void judge_name(const char *call, struct live *ret)
{
	char line[64] = "";
	ssize_t n = sw_read_line(AT_FDCWD, "/proc/self/cmdline", line, sizeof(line));

	if (n < 0)
		ck_not_tried("/proc/self/cmdline", n, ret);
	else if (strcmp(line, new_name))
		live_set(ret, LIVE_BROKEN, 0, "%s: 0, but /proc/self/cmdline is as before", call);
	else
		live_set(ret, LIVE_WORKS, 0, "%s moved the command line that /proc shows", call);
}

void ck_set_mm(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	char *name = name_page();

	/* Start first: it lies below what is the end as yet, as the kernel wants it. */
	if (!name || prctl(SET_MM, MM_ARG_START, name, 0, 0) ||
	    prctl(SET_MM, MM_ARG_END, name + sizeof(new_name), 0, 0)) {
		ck_refused(ctx, f, "prctl(PR_SET_MM)", -errno, true, ret);
		if (ret->value == LIVE_DENIED && !live_has_cap(CAP_RESOURCE))
			live_cause(ret, FINDING_CAPABILITY, "CAP_SYS_RESOURCE is not in the effective set");
		return;
	}
	judge_name("prctl(PR_SET_MM)", ret);
}

/* Fields of /proc/self/stat from the third on, by their numbers in proc(5). Returns how many. */
static int stat_fields(unsigned long long out[64])
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	const char *p;
	int n = 3;

	memset(out, 0, 64 * sizeof(*out));
	if (sw_read_file(AT_FDCWD, "/proc/self/stat", &b, 4096))
		return 0;
	/* The second is a name that may hold anything but ends the last parenthesis. */
	p = strrchr(sw_buf_str(&b), ')');
	if (!p || strlen(p) < 4)
		return 0;
	for (p += 3; *p == ' ' && n < 63;) {
		char *end;

		out[++n] = strtoull(p + 1, &end, 10);
		p = end;
	}
	return n;
}

enum { STAT_CODE = 26, STAT_CODE_END, STAT_STACK, STAT_DATA = 45, STAT_DATA_END, STAT_BRK, STAT_ARG,
       STAT_ARG_END, STAT_ENV, STAT_ENV_END };

void ck_set_mm_map(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct {	/* struct prctl_mm_map, include/uapi/linux/prctl.h */
		uint64_t code, code_end, data, data_end, start_brk, brk, stack, arg, arg_end, env, env_end;
		void *auxv;
		uint32_t auxv_size, exe_fd;
	} map = { 0 };
	char *name = name_page();
	unsigned long long s[64];

	if (!name || stat_fields(s) < STAT_ENV_END || !s[STAT_ARG]) {
		ck_not_tried("/proc/self/stat", -ENODATA, ret);
		return;
	}
	map = (__typeof__(map)) {
		s[STAT_CODE], s[STAT_CODE_END], s[STAT_DATA], s[STAT_DATA_END], s[STAT_BRK], (uintptr_t)sbrk(0),
		s[STAT_STACK], (uintptr_t)name, (uintptr_t)name + sizeof(new_name), s[STAT_ENV],
		s[STAT_ENV_END], NULL, 0, ~0u,
	};
	if (prctl(SET_MM, MM_MAP, &map, sizeof(map), 0)) {
		/* Older ones, and those without CHECKPOINT_RESTORE, ask for the capability and then say EINVAL. */
		if (errno == EPERM && !live_has_cap(CAP_RESOURCE))
			live_set(ret, LIVE_ABSENT, EPERM, "prctl(PR_SET_MM_MAP): EPERM, as without it");
		else
			ck_refused(ctx, f, "prctl(PR_SET_MM_MAP)", -errno, false, ret);
		return;
	}
	judge_name("prctl(PR_SET_MM_MAP)", ret);
}

void ck_proc_stat(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	unsigned long long s[64];
	int n = stat_fields(s);

	(void)ctx;
	(void)f;
	if (!n)
		ck_not_tried("/proc/self/stat", -ENODATA, ret);
	else if (n < STAT_ENV_END)
		live_set(ret, LIVE_ABSENT, 0, "/proc/self/stat has %d fields, and not those of memory's layout", n);
	else if (!s[STAT_DATA] || !s[STAT_ARG] || s[STAT_ARG] > s[STAT_ARG_END] ||
		 s[STAT_BRK] > (uintptr_t)sbrk(0))
		live_set(ret, LIVE_BROKEN, 0, "/proc/self/stat has the fields of memory's layout, with nonsense");
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/stat tells where data, heap, arguments and environment are");
}

/* ---- special mappings ------------------------------------------------------------------------------------------ */

/* Nothing may ask for the time meanwhile: the C library would jump to where the vDSO was. */
void ck_move_vdso(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct mapping m, there;
	void *to, *moved;
	size_t size;
	bool named;
	int err;

	if (!find_mapping(0, "[vdso]", &m)) {
		ck_not_tried("[vdso] in /proc/self/maps", -ENOENT, ret);
		return;
	}
	size = m.end - m.start;
	to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = to == MAP_FAILED ? to :
		mremap((void *)m.start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	err = errno;
	if (moved == MAP_FAILED) {
		ck_refused(ctx, f, "mremap of the vDSO", -err, false, ret);
		return;
	}
	named = find_mapping(0, "[vdso]", &there) && there.start == (unsigned long)moved;
	if (mremap(moved, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)m.start) == MAP_FAILED)
		live_set(ret, LIVE_BROKEN, errno, "the vDSO was moved, and not back: %s", sw_errno_name(errno));
	else if (!named)
		live_set(ret, LIVE_BROKEN, 0, "the vDSO was moved, and is then no [vdso] in /proc/self/maps");
	else
		live_set(ret, LIVE_WORKS, 0, "the vDSO was moved to another address and back");
}

/* Shared: num is the operation of arch_prctl(2), arg its name. */
void ck_map_vdso(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
#ifdef __x86_64__
	long r = sys_call(SYS_arch_prctl, (long)f->num, 0, 0, 0, 0, 0);

	/* There is one already, which the kernel finds after it has understood the request. */
	if (r == -EEXIST || r >= 0)
		live_set(ret, LIVE_WORKS, (int)(r < 0 ? r : 0), "arch_prctl(%s): %s, since there is one already",
			 f->arg, r < 0 ? "EEXIST" : "0");
	else
		ck_refused(ctx, f, f->arg, r, false, ret);
#else
	(void)ctx;
	live_set(ret, LIVE_ABSENT, 0, "%s: only x86-64 has it", f->arg);
#endif
}

void ck_aio_remap(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	struct timespec none = { 0 };
	unsigned long aio = 0;
	struct mapping m;
	char event[32];
	void *to, *moved;
	size_t size;
	long r = sys_call(SYS_io_setup, 1, (long)&aio, 0, 0, 0, 0);

	if (r) {
		if (r == -ENOSYS || r == -EPERM)
			ck_refused(ctx, f, "io_setup", r, false, ret);
		else
			ck_not_tried("io_setup", r, ret);
		return;
	}
	if (!find_mapping(aio, NULL, &m)) {
		ck_not_tried("the ring in /proc/self/maps", -ENOENT, ret);
		return;
	}
	size = m.end - m.start;
	to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = to == MAP_FAILED ? to : mremap((void *)aio, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (moved == MAP_FAILED) {
		ck_refused(ctx, f, "mremap of an AIO ring", -errno, false, ret);
		return;
	}
	r = sys_call(SYS_io_getevents, (long)moved, 0, 1, (long)event, (long)&none, 0);
	if (r == -EINVAL)
		live_set(ret, LIVE_ABSENT, EINVAL, "an AIO ring was moved, and the kernel does not follow: EINVAL");
	else if (r)
		live_set(ret, LIVE_BROKEN, (int)r, "io_getevents of a ring that was moved: %ld", r);
	else
		live_set(ret, LIVE_WORKS, 0, "an AIO ring was moved, and io_getevents follows");
}

void ck_memfd_hugetlb(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	enum { CLOEXEC_HUGETLB = 1 | 4 };	/* MFD_CLOEXEC | MFD_HUGETLB */
	int fd __sw_fd = (int)sys_call(SYS_NR_memfd_create, (long)"seaworthy", CLOEXEC_HUGETLB, 0, 0, 0, 0);
	struct statfs st;

	if (fd == -ENOENT || fd == -ENODEV)
		live_set(ret, LIVE_UNKNOWN, fd, "memfd_create(MFD_HUGETLB): %s: no huge pages here",
			 sw_errno_name(fd));
	else if (fd < 0)
		ck_refused(ctx, f, "memfd_create(MFD_HUGETLB)", fd, false, ret);
	else if (fstatfs(fd, &st) || (unsigned int)st.f_type != 0x958458f6u)
		live_set(ret, LIVE_BROKEN, 0, "memfd_create(MFD_HUGETLB) gives a file that is not on hugetlbfs");
	else
		live_set(ret, LIVE_WORKS, 0, "memfd_create(MFD_HUGETLB) gives a file of huge pages");
}

/* ---- mappings of files on overlay ---------------------------------------------------------------------------- */

/* m/f is a file on an overlay. Returns a descriptor, or -1 with *ret filled. */
static int overlay_file(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	static const char *const dirs[] = { "l", "u", "w", "m" };
	struct live_way way;
	int r = fs_registered("overlay"), fd;

	if (r != 1) {
		if (r)
			ck_not_tried("/proc/filesystems", -ENOENT, ret);
		else
			module_explain_absent(ctx, f, "overlay is not in /proc/filesystems", ret);
		return -1;
	}
	if (live_private_mounts(ctx, ret, &way) || live_tmpfs(NULL, ret))
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(dirs[i], 0755)) {
			ck_not_tried("mkdir", -errno, ret);
			return -1;
		}
	fd = open("l/f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : sw_write_all(fd, "content", 7);
	sw_close(&fd);
	if (!r)
		r = sys_mount("seaworthy", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w");
	fd = r ? -1 : open("m/f", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ck_not_tried("an overlay", r ? r : -errno, ret);
	return fd;
}

void ck_overlay_maps(const struct probe_ctx *ctx, const struct feature *f, struct live *ret)
{
	int fd __sw_fd = overlay_file(ctx, f, ret);
	struct mapping m;
	struct stat st;
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, (size_t)getpagesize(), PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED || fstat(fd, &st) || !find_mapping((unsigned long)p, NULL, &m))
		ck_not_tried("a mapping of a file on overlay", -EIO, ret);
	else if (m.major != major(st.st_dev) || m.minor != minor(st.st_dev) || m.inode != st.st_ino)
		live_set(ret, LIVE_ABSENT, 0, "/proc/self/maps shows a file on overlay as %x:%x %lu, stat as %x:%x "
			 "%lu", m.major, m.minor, m.inode, major(st.st_dev), minor(st.st_dev),
			 (unsigned long)st.st_ino);
	else
		live_set(ret, LIVE_WORKS, 0, "/proc/self/maps shows a file on overlay as stat does");
	if (p != MAP_FAILED)
		munmap(p, (size_t)getpagesize());
}
