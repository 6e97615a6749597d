// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sys.h"

/* A child's end is seen at the latest after so long, should something else hold its pipe open. */
#define LOOK_MS 200
#define GONE_MS 10000
/* An interrupt that is held back waits no longer for a row. */
#define INTERRUPTED_MS 3000
/* The stack of rows that run in the session's memory; what is not touched costs nothing. */
#define STACK_SIZE (1 << 20)
#define BRIEF_STACK_SIZE (1 << 18)
#define DEFAULT_LIMIT_MS 20000

enum slot_state { SLOT_OPEN, SLOT_READ };

/* What a session and its parent share. */
struct board {
	_Atomic size_t at;		/* the row under way, by its place in the session */
	_Atomic int64_t since_ms;	/* when it began */
	_Atomic int turn;		/* which of the session's processes it is, one after another */
	pid_t apart;			/* the child that runs it, if it is not the session itself */
	struct slot {
		_Atomic int state;
		struct live live;
	} slots[];
};

struct session {
	const struct probe_ctx *ctx;
	const struct session_plan *plan;
	const struct feature *const *rows;	/* all rows */
	const size_t *list;			/* those of the session, numbers of rows */
	size_t count;
	bool net, mounts;			/* with such a namespace of its own */
	const sigset_t *held;			/* what was blocked before interrupts were, or NULL */
	struct board *board;			/* slots: one for each of list */
	/* in the session's process */
	char *stack;
	int first_free_fd;
	int costs;
	int home;				/* the current directory */
	int mount_count;			/* for tests only */
};

static bool in_session, in_net, in_mounts, net_spoilt, spoilt;
static unsigned int row_number;
/* Of the row under way, which may be another process with this memory. */
static struct {
	char place[32];
	dev_t dev;
} mounted;

bool session_shares_memory(void)
{
	return in_session;
}

bool session_steady(void)
{
	return in_session && !spoilt;
}

void session_spoil(void)
{
	spoilt = true;
}

void session_spoil_net(void)
{
	net_spoilt = true;
}

bool session_in_net(void)
{
	return in_net;
}

void session_name(char *out, size_t size, const char *name)
{
	snprintf(out, size, in_net ? "%s%u" : "%s", name, row_number);
}

bool session_in_mounts(void)
{
	return in_mounts;
}

void session_mounted(const char *place, dev_t dev)
{
	snprintf(mounted.place, sizeof(mounted.place), "%s", place);
	mounted.dev = dev;
}

unsigned int feature_share(const struct feature *f)
{
	for (const struct feature_area *const *a = feature_areas; *a; a++) {
		const struct feature_sharing *s = (*a)->sharing;

		if (f < (*a)->rows || f >= (*a)->rows + (*a)->count)
			continue;
		for (; s && s->probe; s++)
			if (s->probe == f->probe)
				return s->share;
	}
	return SHARE_NOTHING;
}

struct session_plan session_plan_from_environment(void)
{
	const char *p = getenv("SEAWORTHY_SESSIONS");
	struct session_plan plan = { 0 };
	char word[32];
	int used;

	for (; p && sscanf(p, " %31[^, ]%n", word, &used) == 1; p += *p == ',') {
		p += used;
		plan.alone |= !strcmp(word, "none");
		plan.strict |= !strcmp(word, "strict");
		(void)!sscanf(word, "shuffle=%u", &plan.shuffle);
		(void)!sscanf(word, "costs=%d", &plan.costs);
	}
	return plan;
}

/* ---- in the session ------------------------------------------------------------------------------ */

static int64_t cpu_us(void)
{
	struct rusage u;
	int64_t us = 0;

	for (int who = 0; who < 2 && !getrusage(who ? RUSAGE_CHILDREN : RUSAGE_SELF, &u); who++)
		us += (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec +
		      u.ru_stime.tv_usec;
	return us;
}

static void note_cost(int costs, const struct feature *f, const char *how, int64_t before)
{
	if (costs > 0)
		dprintf(costs, "%s\t%s\t%lld\n", f->id, how, (long long)(cpu_us() - before));
}

/*
 * A new network namespace for what follows. Devices that rows make stay until it goes, each with a name
 * of its own: to remove one waits for all processors, and a namespace is taken down at one go.
 */
static bool enter_net(void)
{
	bool before = spoilt;
	char where[64];

	in_net = net_spoilt = false;
	/* Where this is no link (before 3.8) or not seen, it is not known whether it is a new one. */
	if (readlink("/proc/self/ns/net", where, sizeof(where)) <= 0 || live_unshare_for_real(SW_CLONE_NEWNET))
		return false;
	spoilt = before;
	return true;
}

/* For tests: how many mounts there are. */
static int count_mounts(void)
{
	struct sw_buf b __sw_buf = SW_BUF_INIT;
	int count = 0;

	if (sw_read_file(AT_FDCWD, "/proc/self/mountinfo", &b, 4 << 20))
		return 0;
	for (const char *p = sw_buf_str(&b); *p; p++)
		count += *p == '\n';
	return count;
}

static bool enter_mounts(struct session *s)
{
	struct live unused = { 0 };
	bool before = spoilt;

	if (live_unshare_for_real(SW_CLONE_NEWNS) || live_make_private(&unused))
		return false;
	spoilt = before;
	s->home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	s->mount_count = s->plan->strict ? count_mounts() : 0;
	return s->home >= 0;
}

/* What the row mounted goes, and this process goes back to where it was. */
static bool leave_mounts(struct session *s)
{
	struct stat st;

	if (!s->mounts)
		mounted.place[0] = 0;
	if (!mounted.place[0])
		return true;
	if (fchdir(s->home))
		return false;
	/* Not in a child's own namespace: then there is nothing of it here. */
	if (!stat(mounted.place, &st) && st.st_dev == mounted.dev && sys_umount2(mounted.place, MNT_DETACH))
		return false;
	mounted.place[0] = 0;
	return true;
}

static int first_free_fd(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		close(fd);
	return fd;
}

/* A session goes on only as long as nothing was left behind that can be seen for little. */
static bool still_clean(struct session *s)
{
	/* Nobody is left: neither running nor waiting to be reaped. */
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD)
		return false;
	/* close_range(2), 5.9; before, or where it is forbidden, a row that leaves one ends the session. */
	sys_close_range((unsigned int)s->first_free_fd, ~0u, 0);
	if (spoilt || first_free_fd() != s->first_free_fd || !leave_mounts(s))
		return false;
	return !s->net || !net_spoilt || enter_net();
}

struct apart {
	const struct probe_ctx *ctx;
	const struct feature *f;
	struct live live;
	pid_t leader;
	bool answered;
};

static int run_apart(void *arg)
{
	struct apart *a = arg;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() == a->leader) {
		a->f->probe(a->ctx, a->f, &a->live);
		a->answered = true;
	}
	_exit(0);
}

/*
 * As vfork(2) does it: this process sleeps until the other ends, which has everything of its own but
 * the memory. What it changes of credentials may forbid to look into that memory; that is undone.
 * @note: where its number is meanwhile
 * @leads: a process group of its own
 */
static bool run_in_memory(int (*fn)(void *), void *arg, char *stack, size_t size, pid_t *note, bool leads,
			  bool *ret_begun)
{
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	bool before = spoilt;
	int status = 0;
	pid_t pid = clone(fn, stack + size, CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD, arg, note);

	*ret_begun = pid > 0;
	if (pid < 0)
		return false;
	while (waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) && errno == EINTR)
		;
	/* Its group, before its number can be used again. */
	if (leads)
		kill(-pid, SIGKILL);
	*note = 0;
	/* By what waitpid says, since a filter may have forbidden waitid. */
	if (sw_waitpid(pid, &status))
		status = -1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != dumpable)
		prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
	spoilt = before;	/* the other process, which shares the variable, is gone */
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool read_apart(struct session *s, const struct feature *f, struct live *ret)
{
	static struct apart a;
	bool ok, begun;

	a = (struct apart){ .ctx = s->ctx, .f = f, .leader = getpid() };
	ok = run_in_memory(run_apart, &a, s->stack, STACK_SIZE, &s->board->apart, true, &begun);
	*ret = a.live;
	return ok && a.answered;
}

struct brief {
	void (*fn)(void *arg, void *answer);
	void *arg, *answer;
	pid_t parent;
	bool answered;
};

static int run_brief(void *arg)
{
	struct brief *b = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* 0: the parent is not in our pid namespace */
	if (!getppid() || getppid() == b->parent) {
		b->fn(b->arg, b->answer);
		b->answered = true;
	}
	_exit(0);
}

struct sw_child session_child(void (*fn)(void *arg, void *answer), void *arg, void *answer, size_t size)
{
	char tmp[size], *stack;
	struct brief b = { fn, arg, tmp, getpid(), false };
	bool ok, begun;

	/* Outside a session nobody looks at the time. */
	if (!in_session)
		return sw_child_run(fn, arg, answer, size, DEFAULT_LIMIT_MS);
	stack = mmap(NULL, BRIEF_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack == MAP_FAILED)
		return (struct sw_child){ SW_CHILD_FAILED, errno };
	memset(tmp, 0, size);
	ok = run_in_memory(run_brief, &b, stack, BRIEF_STACK_SIZE, &(pid_t){ 0 }, false, &begun);
	munmap(stack, BRIEF_STACK_SIZE);
	/* From 3.8 until 3.12 (e79f525e99b0) that cannot be in another pid namespace. */
	if (!begun)
		return sw_child_run(fn, arg, answer, size, DEFAULT_LIMIT_MS);
	if (!ok || !b.answered)
		return (struct sw_child){ SW_CHILD_EXITED, 1 };
	memcpy(answer, tmp, size);
	return (struct sw_child){ SW_CHILD_ANSWERED, 0 };
}

/* What is kept has the lowest numbers, so that all above them is a row's. */
static int keep_fd(int fd)
{
	int low = fd > 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;

	return low >= 0 && low < fd ? close(fd), low : low > fd ? close(low), fd : fd;
}

/* Runs in the session's process and does not return. @fd: what tells that this has ended */
static void lead(struct session *s, size_t from, pid_t parent, int turn, int fd)
{
	keep_fd(fd);
	s->costs = keep_fd(s->plan->costs);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	s->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->stack == MAP_FAILED)
		_exit(1);
	in_session = true;
	spoilt = false;
	if ((s->net && !enter_net()) || (s->mounts && !enter_mounts(s)))
		_exit(1);
	s->first_free_fd = first_free_fd();
	for (size_t i = from; i < s->count; i++) {
		struct slot *slot = &s->board->slots[i];
		const struct feature *f = s->rows[s->list[i]];
		int64_t before = s->costs > 0 ? cpu_us() : 0;
		unsigned int share = feature_share(f);
		bool apart = share & SHARE_MEMORY, clean;

		in_net = s->net && share & SHARE_NET;
		row_number = (unsigned int)i + 1;
		in_mounts = s->mounts && share & SHARE_MOUNT;
		atomic_store(&s->board->since_ms, sw_now_ms());
		atomic_store(&s->board->at, i);
		memset(&slot->live, 0, sizeof(slot->live));
		if (apart && !read_apart(s, f, &slot->live))
			_exit(1);
		if (!apart)
			f->probe(s->ctx, f, &slot->live);
		/* Given up on, and not to be killed: another has taken over. */
		if (atomic_load(&s->board->turn) != turn)
			_exit(1);
		atomic_store(&slot->state, SLOT_READ);
		/* After a death or a time limit the parent does it, by the same name. */
		if (f->cleanup)
			f->cleanup(s->ctx, f);
		clean = still_clean(s);
		note_cost(s->costs, f, apart ? "apart" : s->net && share & SHARE_NET ? "net" : in_mounts ? "mounts" : "here", before);
		if (s->mount_count && s->mount_count != count_mounts())
			live_set(&slot->live, LIVE_BROKEN, 0, "the row has left a mount behind");
		if (!clean)
			_exit(2);
	}
	_exit(0);
}

/* ---- in the parent ------------------------------------------------------------------------------- */

/* Has a signal come that is held back for the session? */
static bool interrupted(const struct session *s)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };	/* feature_hold_signals() */
	sigset_t pending;

	if (!s->held || sigpending(&pending))
		return false;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (sigismember(&pending, signals[i]) && !sigismember(s->held, signals[i]))
			return true;
	return false;
}

/* Until the session has ended, or a row of it is past its time. */
static void watch(const struct session *s, pid_t pid, int fd)
{
	int64_t heard = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		size_t at = atomic_load(&s->board->at);
		int64_t since = atomic_load(&s->board->since_ms);

		/* Nothing is ever written: the end of it is all there is to see. */
		if (poll(&p, 1, LOOK_MS) > 0 || !sw_wait_end(pid, 0))
			return;
		if (interrupted(s)) {
			heard = heard ? heard : sw_now_ms();
			if (sw_now_ms() - heard > INTERRUPTED_MS)
				return;
		}
		if (at == atomic_load(&s->board->at) && since == atomic_load(&s->board->since_ms) &&
		    sw_now_ms() - since > feature_limit_ms(s->ctx, s->rows[s->list[at]]))
			return;
	}
}

/*
 * One process, from row number @from of the session on. Returns the number of the first row that is
 * still to be read: after a row that did not answer, or that left something behind, the next one.
 */
static size_t run_session(struct session *s, size_t from)
{
	pid_t parent = getpid(), pid, apart;
	int fds[2], turn = atomic_fetch_add(&s->board->turn, 1) + 1;
	size_t at;
	bool gone;

	if (pipe2(fds, O_CLOEXEC))
		return s->count;
	atomic_store(&s->board->at, from);
	atomic_store(&s->board->since_ms, sw_now_ms());
	s->board->apart = 0;
	pid = sw_fork();
	if (!pid) {
		close(fds[0]);
		lead(s, from, parent, turn, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return s->count;
	}
	setpgid(pid, pid);
	watch(s, pid, fds[0]);
	/* Whoever is still there is past its time. The session first, so that it starts nobody else. */
	kill(pid, SIGKILL);
	gone = sw_wait_end(pid, GONE_MS) != -ETIMEDOUT;
	apart = s->board->apart;
	/* The death of its parent has killed it, unless it changed its ids; its children it has not. */
	if (apart > 1)
		kill(-apart, SIGKILL);
	kill(-pid, SIGKILL);
	/* What cannot be ended, though the kernel says that it did, is left; it dies with us at the latest. */
	atomic_fetch_add(&s->board->turn, 1);
	if (gone)
		sw_waitpid(pid, &(int){ 0 });
	/*
	 * A row's own process is no child of ours, and what was sent to it does not stop the system call
	 * that it is in: it is gone when the pipe that all of the session have is closed.
	 */
	poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, gone ? GONE_MS : 0);
	close(fds[0]);
	at = atomic_load(&s->board->at);
	if (s->rows[s->list[at]]->cleanup)
		s->rows[s->list[at]]->cleanup(s->ctx, s->rows[s->list[at]]);
	return at + 1;
}

/* Not worth another look: clear, or unknown for a reason that no error of a call gave. */
static bool clear(const struct live *l)
{
	return l->value == LIVE_WORKS || l->value == LIVE_ABSENT || l->value == LIVE_DENIED ||
	       (l->value == LIVE_UNKNOWN && !l->err && l->evidence[0]);
}

/* Is the time of the whole run used up? */
static bool late(const struct probe_ctx *ctx)
{
	return ctx->until_ms && sw_now_ms() >= ctx->until_ms;
}

static int read_session(const struct probe_ctx *ctx, const struct session_plan *plan,
			const struct feature *const *rows, const size_t *list, size_t count, bool net,
			bool mounts, const sigset_t *held, struct live *seen, bool *read)
{
	struct session s = { .ctx = ctx, .plan = plan, .rows = rows, .list = list, .count = count, .net = net,
			     .mounts = mounts, .held = held };
	size_t size = sizeof(struct board) + count * sizeof(struct slot);

	s.board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.board == MAP_FAILED)
		return -errno;
	for (size_t from = 0; from < count && !interrupted(&s) && !late(ctx);)
		from = run_session(&s, from);
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &s.board->slots[i];

		if (atomic_load(&slot->state) != SLOT_READ || (!clear(&slot->live) && !plan->strict))
			continue;
		seen[list[i]] = slot->live;
		seen[list[i]].evidence[sizeof(slot->live.evidence) - 1] = 0;
		seen[list[i]].cause_text[sizeof(slot->live.cause_text) - 1] = 0;
		read[list[i]] = true;
	}
	munmap(s.board, size);
	return 0;
}

/* A linear congruential generator: the same order for the same seed on every libc. */
static void shuffle(size_t *list, size_t count, unsigned int seed)
{
	for (size_t i = count; seed && i > 1; i--) {
		size_t j, t;

		seed = seed * 1664525u + 1013904223u;
		j = (seed >> 8) % i;
		t = list[i - 1];
		list[i - 1] = list[j];
		list[j] = t;
	}
}

enum session_kind {
	SESSION_NONE = -1,
	SESSION_PLAIN,
	SESSION_NAMESPACES,	/* a network and a mount namespace */
	SESSION_MAKING,		/* rows that make what others can see: interrupts wait */
	SESSION_KINDS,
};

/* @own: namespaces can be had without a user namespace */
static enum session_kind session_of(const struct feature *f, bool own)
{
	unsigned int share = feature_share(f);

	if (share == SHARE_NOTHING || (!own && share & SHARE_PROCESS && share & (SHARE_NET | SHARE_MOUNT)))
		return SESSION_NONE;
	if (f->cleanup)
		return SESSION_MAKING;
	if (!own)
		return SESSION_PLAIN;
	return share & (SHARE_NET | SHARE_MOUNT) ? SESSION_NAMESPACES : SESSION_PLAIN;
}

/*
 * Is it the kernel that answers run_in_memory()'s clone(2)? A thread must share its signal handlers; all
 * versions refuse anything else before they look further (copy_process()). Whoever claims success of it
 * would have this process run on as the other, on a stack that is not its own.
 */
static bool kernel_answers_clone(void)
{
	return sys_clone(CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_THREAD) == -EINVAL;
}

int session_read(const struct probe_ctx *ctx, const struct session_plan *plan,
		 const struct feature *const *rows, size_t count, struct live *seen)
{
	size_t *list = calloc(count + 1, sizeof(*list));
	bool *read = calloc(count + 1, sizeof(*read));
	/* Without the privilege each row goes its own way through a user namespace. */
	bool own = live_has_cap(LIVE_CAP_SYS_ADMIN), alone = plan->alone || !kernel_answers_clone();
	int r = list && read ? 0 : -ENOMEM;

	feature_be_examiner();
	for (int which = 0; !r && !alone && which < SESSION_KINDS; which++) {
		sigset_t saved;
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			if (rows[i]->probe && session_of(rows[i], own) == which)
				list[n++] = i;
		shuffle(list, n, plan->shuffle);
		if (n && which == SESSION_MAKING)
			feature_hold_signals(&saved);
		if (n)
			read_session(ctx, plan, rows, list, n, which == SESSION_NAMESPACES,
				     own && which != SESSION_PLAIN, which == SESSION_MAKING ? &saved : NULL,
				     seen, read);
		if (n && which == SESSION_MAKING)
			sigprocmask(SIG_SETMASK, &saved, NULL);
	}
	for (size_t i = 0; !r && i < count; i++)
		list[i] = i;
	if (!r)
		shuffle(list, count, plan->shuffle);
	for (size_t i = 0; !r && i < count; i++) {
		const struct feature *f = rows[list[i]];
		int64_t before = plan->costs > 0 ? cpu_us() : 0;

		if (!f->probe || read[list[i]])
			continue;
		feature_read_live(ctx, f, &seen[list[i]]);
		note_cost(plan->costs, f, "own", before);
	}
	free(list);
	free(read);
	return r;
}
