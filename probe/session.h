/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many live readings for little: rows that may (enum feature_share) run one after the other in one
 * child, the session, which puts what each saw into memory shared with this process. A process, a
 * copy of its page tables and a network namespace for each row cost ten times what the rows do.
 *
 * A row that does not answer with a clear verdict (broken, unknown by an error, a death, a time limit)
 * is read again in a child of its own, and that reading counts; the rest goes on in a new session.
 */
#ifndef SESSION_H
#define SESSION_H

#include <signal.h>

#include "feature.h"
#include "sw_child.h"

struct session_plan {
	bool alone;		/* every row in a child of its own */
	unsigned int shuffle;	/* order by this seed; 0: as the rows are given */
	bool strict;		/* for tests: what a session saw counts, nothing is read again */
	int costs;		/* descriptor to write the CPU time of each row to; 0: none */
};

/* What the environment says (SEAWORTHY_SESSIONS), for tests and for measuring. */
struct session_plan session_plan_from_environment(void);

/*
 * Read rows[0..count) into seen[0..count). Rows without a probe are left out. Returns 0 or -errno;
 * a session that cannot be had is no failure.
 */
int session_read(const struct probe_ctx *ctx, const struct session_plan *plan,
		 const struct feature *const *rows, size_t count, struct live *seen);

/* What the row may share: of enum feature_share. */
unsigned int feature_share(const struct feature *f);

/*
 * In a session of SHARE_NET: are we in its network namespace, so that a new one is not needed?
 * False everywhere else.
 */
bool session_in_net(void);
/* A name for a network device that no other row in the namespace uses. */
void session_name(char *out, size_t size, const char *name);
/* The same of a row of SHARE_MOUNT and a private mount namespace. */
bool session_in_mounts(void);
/* A tmpfs was mounted on @place for the row; it goes after it, with all that is below. */
void session_mounted(const char *place, dev_t dev);

/* This process is not what it was: it has entered other namespaces. After the row, no other. */
void session_spoil(void);
/*
 * In a session, and still in the namespaces that it began in: what was read of this process's mounts
 * holds for the next row, too. A session lasts some milliseconds, and a hanging row ends it.
 */
bool session_steady(void);
/* In a session, where another process may use this one's memory while this one waits for it. */
bool session_shares_memory(void);
/* In a row of SHARE_NET: something is left behind, so the next row needs a new namespace. */
void session_spoil_net(void);

/*
 * sw_child_run() for what changes nothing of its memory but the answer: in a session, it uses ours, and
 * the session's time limit holds; elsewhere it is sw_child_run(). It starts nobody who outlives it.
 */
struct sw_child session_child(void (*fn)(void *arg, void *answer), void *arg, void *answer, size_t size);

/* In feature.c: block what may interrupt while something is there that others can see. */
void feature_hold_signals(sigset_t *ret_saved);

#endif
