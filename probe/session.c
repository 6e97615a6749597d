// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "sw_child.h"
#include "sw_fd.h"
#include "sw_netlink.h"
#include "sys.h"

/* A child's end is seen at the latest after so long, should something else hold its pipe open. */
#define LOOK_MS 200
#define GONE_MS 10000
/* An interrupt that is held back waits no longer for a row. */
#define INTERRUPTED_MS 3000
/* The stack of rows that run in the session's memory; what is not touched costs nothing. */
#define STACK_SIZE (1 << 20)
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
	bool net;
	const sigset_t *held;			/* what was blocked before interrupts were, or NULL */
	struct board *board;			/* slots: one for each of list */
	/* in the session's process */
	char *stack;
	size_t links;				/* of a new network namespace */
	struct sw_nl nl;
	int first_free_fd;
};

static bool in_session, in_net, net_spoilt, spoilt;

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

enum feature_share feature_share(const struct feature *f)
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

static void note_cost(const struct session_plan *plan, const struct feature *f, const char *how, int64_t before)
{
	if (plan->costs > 0)
		dprintf(plan->costs, "%s\t%s\t%lld\n", f->id, how, (long long)(cpu_us() - before));
}

static int count_link(const struct nlmsghdr *msg, void *arg)
{
	*(size_t *)arg += msg->nlmsg_type == RTM_NEWLINK;
	return 0;
}

/* Network devices of this namespace; 0 where that cannot be told: there is always lo. */
static size_t count_links(struct sw_nl *nl)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct sw_nl_msg m;
	size_t count = 0;

	sw_nl_begin(&m, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	return sw_nl_dump(nl, &m, count_link, &count) ? 0 : count;
}

/* The devices that rows make. What is on top of another, or its other end, goes with it. */
static bool remove_links(struct session *s)
{
	static const char *const names[] = { "swparent", "swprobe" };
	struct sw_nl_link l;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!sw_nl_link_get(&s->nl, names[i], &l))
			sw_nl_link_delete(&s->nl, l.index);
	return count_links(&s->nl) == s->links;
}

/* A new network namespace for what follows. The socket that watches it belongs to it. */
static bool enter_net(struct session *s)
{
	bool before = spoilt;
	char where[64];

	in_net = net_spoilt = false;
	sw_nl_close(&s->nl);
	/* Where this is no link (before 3.8) or not seen, it is not known whether it is a new one. */
	if (readlink("/proc/self/ns/net", where, sizeof(where)) <= 0 ||
	    live_unshare_for_real(SW_CLONE_NEWNET) ||
	    sw_nl_open(&s->nl, NETLINK_ROUTE))
		return false;
	spoilt = before;
	s->links = count_links(&s->nl);
	in_net = true;
	return s->links > 0;
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
	if (spoilt || first_free_fd() != s->first_free_fd)
		return false;
	if (!s->net)
		return true;
	if (!net_spoilt && (count_links(&s->nl) == s->links || remove_links(s)))
		return true;
	return enter_net(s) && first_free_fd() == s->first_free_fd;
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
 */
static bool read_apart(struct session *s, const struct feature *f, struct live *ret)
{
	static struct apart a;
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	siginfo_t si;
	pid_t pid;

	a = (struct apart){ .ctx = s->ctx, .f = f, .leader = getpid() };
	pid = clone(run_apart, s->stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD, &a,
		    &s->board->apart);
	if (pid < 0)
		return false;
	/* Without a limit: it has ended already (CLONE_VFORK), or the parent ends us both. */
	while (waitid(P_PID, pid, &si, WEXITED | WNOWAIT) && errno == EINTR)
		;
	/* Its group, before its number can be used again. */
	kill(-pid, SIGKILL);
	s->board->apart = 0;
	sw_waitpid(pid, &(int){ 0 });
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != dumpable)
		prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
	*ret = a.live;
	spoilt = false;		/* the other process, which shares the variable, is gone */
	return a.answered && si.si_code == CLD_EXITED && !si.si_status;
}

/* Runs in the session's process and does not return. */
static void lead(struct session *s, size_t from, pid_t parent, int turn)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	s->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->stack == MAP_FAILED)
		_exit(1);
	s->nl = (struct sw_nl)SW_NL_INIT;
	in_session = true;
	spoilt = false;
	if (s->net && !enter_net(s))
		_exit(1);
	s->first_free_fd = first_free_fd();
	for (size_t i = from; i < s->count; i++) {
		struct slot *slot = &s->board->slots[i];
		const struct feature *f = s->rows[s->list[i]];
		int64_t before = s->plan->costs > 0 ? cpu_us() : 0;
		bool apart = feature_share(f) == SHARE_MEMORY;

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
		note_cost(s->plan, f, apart ? "apart" : s->net ? "net" : "here", before);
		if (!still_clean(s))
			_exit(2);
	}
	_exit(0);
}

/* ---- in the parent ------------------------------------------------------------------------------- */

static int limit_ms(const struct feature *f)
{
	return f->timeout_ms ? f->timeout_ms : DEFAULT_LIMIT_MS;
}

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
		    sw_now_ms() - since > limit_ms(s->rows[s->list[at]]))
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
	pid = fork();
	if (!pid) {
		close(fds[0]);
		lead(s, from, parent, turn);
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

static int read_session(const struct probe_ctx *ctx, const struct session_plan *plan,
			const struct feature *const *rows, const size_t *list, size_t count, bool net,
			const sigset_t *held, struct live *seen, bool *read)
{
	struct session s = { .ctx = ctx, .plan = plan, .rows = rows, .list = list, .count = count, .net = net,
			     .held = held };
	size_t size = sizeof(struct board) + count * sizeof(struct slot);

	s.board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.board == MAP_FAILED)
		return -errno;
	for (size_t from = 0; from < count && !interrupted(&s);)
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
	SESSION_NET,
	SESSION_MAKING,		/* rows that make what others can see: interrupts wait */
	SESSION_KINDS,
};

/* @net: a network namespace can be had without a user namespace */
static enum session_kind session_of(const struct feature *f, bool net)
{
	enum feature_share share = feature_share(f);

	if (share == SHARE_NOTHING)
		return SESSION_NONE;
	if (f->cleanup)
		return SESSION_MAKING;
	return share != SHARE_NET ? SESSION_PLAIN : net ? SESSION_NET : SESSION_NONE;
}

int session_read(const struct probe_ctx *ctx, const struct session_plan *plan,
		 const struct feature *const *rows, size_t count, struct live *seen)
{
	size_t *list = calloc(count + 1, sizeof(*list));
	bool *read = calloc(count + 1, sizeof(*read));
	/* Without the privilege each row goes its own way through a user namespace. */
	bool net = live_has_cap(LIVE_CAP_SYS_ADMIN);
	int r = list && read ? 0 : -ENOMEM;

	feature_be_examiner();
	for (int which = 0; !r && !plan->alone && which < SESSION_KINDS; which++) {
		sigset_t saved;
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			if (rows[i]->probe && session_of(rows[i], net) == which)
				list[n++] = i;
		shuffle(list, n, plan->shuffle);
		if (n && which == SESSION_MAKING)
			feature_hold_signals(&saved);
		if (n)
			read_session(ctx, plan, rows, list, n, which == SESSION_NET,
				     which == SESSION_MAKING ? &saved : NULL, seen, read);
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
		note_cost(plan, f, "own", before);
	}
	free(list);
	free(read);
	return r;
}
