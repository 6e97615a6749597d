/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The container's console and terminals, and the socket at which the monitor answers those who
 * want to use them. Included by rt_int.h alone.
 */
#ifndef RT_TTY_H
#define RT_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

struct rt_ctx;
struct rt_dir;
struct sw_error;

/* ---- console (rt_console.c) ------------------------------------------------------------------ */

struct rt_ring {		/* the last bytes of the console's output */
	char *data;		/* NULL: none is kept */
	size_t size, at;	/* at: where the next byte goes */
	bool full;
};

struct rt_log {			/* the console's log */
	int fd;			/* -1: none */
	char *path;		/* absolute */
	uint64_t len, max;	/* max 0: no limit */
	bool rotate;
};

struct rt_console {
	int master, slave;	/* -1: no pty */
	bool relay_in;		/* the caller's terminal is raw and feeds the master */
	int in, out;		/* the host's end; -1: none */
	int path_fd;		/* lxc.console.path, where that is the host's end; -1 */
	int client;		/* >= 0: the socket of one who watches, if out is -1. Not ours. */
	struct rt_log log;
	struct rt_ring ring;
	struct termios saved;
	char out_buf[4096];	/* read from the master, not yet written */
	size_t out_len;
	char in_buf[1024];	/* read from the terminal, not yet taken by the master */
	size_t in_len;
};

/* What a console is before it is opened. */
void rt_console_init(struct rt_console *c);
/* A new pseudo-terminal of the host; both ends close on exec, the master does not block. */
int rt_pty_open(int *ret_master, int *ret_slave, struct sw_error *err);
/* Put the caller's terminal into raw mode and give the pty its size. */
void rt_console_raw(struct rt_console *c);
void rt_console_resize(struct rt_console *c);
/* Move bytes once; false: the master has hung up. */
bool rt_console_pump_out(struct rt_console *c);
void rt_console_pump_in(struct rt_console *c);
/* Where output goes now besides log and memory; -1: nowhere. */
int rt_console_viewer(const struct rt_console *c);
/* Drain what is left, give the terminal back, close. */
void rt_console_close(struct rt_console *c);

/* ---- log and memory of the console (rt_keep.c) ----------------------------------------------- */

int rt_log_open(struct rt_log *log, const char *path, uint64_t max, bool rotate,
		struct sw_error *err);
void rt_log_write(struct rt_log *log, const char *data, size_t len);
void rt_log_close(struct rt_log *log);
int rt_ring_open(struct rt_ring *ring, size_t size);
void rt_ring_write(struct rt_ring *ring, const char *data, size_t len);
/* The contents, oldest first, as a file that has no name. Returns a descriptor or -errno. */
int rt_ring_file(const struct rt_ring *ring, const struct rt_dir *d);
void rt_ring_clear(struct rt_ring *ring);
void rt_ring_close(struct rt_ring *ring);

/* ---- terminals (rt_tty.c) -------------------------------------------------------------------- */

#define RT_TTY_MAX 63
struct rt_ttys {
	size_t count;
	struct {
		int master, slave;
	} pty[RT_TTY_MAX];
};
void rt_ttys_close(struct rt_ttys *t);
/* Root of a user namespace owns its terminals. */
int rt_ttys_chown(const struct rt_ttys *t, uid_t uid, gid_t gid);

/* ---- answering (rt_server.c) ----------------------------------------------------------------- */

#define RT_CLIENTS 72	/* every terminal, the console, and some who ask */
struct rt_client {
	int fd;
	int tty;		/* 0: the console; N: a terminal; -1: has not asked yet */
	pid_t pid;
};
struct rt_server {
	int fd;			/* listens; -1: nobody can ask */
	size_t count;
	struct rt_client clients[RT_CLIENTS];
};

enum rt_ask_what { RT_ASK_TERMINAL, RT_ASK_BUFFER, RT_ASK_CLEAR };
#define RT_ASK_MAGIC 0x42544331u	/* "BTC1": the messages' version */
struct rt_ask {
	uint32_t magic, what;
	int32_t tty;		/* -1: the first that is free */
};
struct rt_answer {		/* with a descriptor where num is 0 */
	uint32_t magic;
	int32_t num;		/* 0 or an errno */
	int32_t tty;
	char detail[244];
};

struct pollfd;
/* Fill p with what the server waits for, at most RT_CLIENTS + 1. Returns how many. */
size_t rt_server_poll(const struct rt_server *s, struct pollfd *p);
/* Act upon what poll(2) said about them. */
void rt_server_serve(struct rt_ctx *ctx, const struct pollfd *p, size_t n);
void rt_server_close(struct rt_server *s);

#endif
