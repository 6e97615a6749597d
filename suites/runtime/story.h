/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two containers of the story: an application container on the host's own root, and a system
 * container with a small Linux of its own. Made and removed for each test.
 */
#ifndef RUNTIME_STORY_H
#define RUNTIME_STORY_H

#include <limits.h>
#include <stdbool.h>

#include "driver.h"
#include "sw_error.h"

#define STORY_LXCPATH "/var/lib/lxc"
#define STORY_LIMIT_S 60	/* one command of a runtime */

/* The configurations as they were written in the field, byte for byte. */
extern const char story_app_config[], story_system_config[];
/* Line of the story's slip in story_system_config: the `proc` entry with a field too many. */
#define STORY_SLIP_LINE 9

struct story {
	const struct runtime_driver *driver;
	const char *name;
	char dir[128];		/* STORY_LXCPATH/NAME */
	char config[PATH_MAX + 32];	/* the file given to create */
	char payload[160];	/* this executable, as a path inside the container */
	int claim;		/* the lock on what tests make below STORY_LXCPATH */
	int events;		/* system: what the container wrote to /run/events; -1: none */
	char line[1024];	/* what came of events and was not yet taken */
	struct sw_buf said;	/* what create and start said on stderr */
	pid_t pid;		/* of init, once booted */
	bool mqueue_before;	/* /dev/mqueue was there */
};

/*
 * Make a container: refuse if one of that name is there that is not ours, create it through the
 * driver, prepare its rootfs. 0 or -errno with words in err; then story_sweep() cleans up.
 */
int story_app(struct story *s, const struct runtime_driver *driver, struct sw_error *err);
int story_system(struct story *s, const struct runtime_driver *driver, struct sw_error *err);
/* The application container with more lines in its configuration. */
int story_app_with(struct story *s, const struct runtime_driver *driver, const char *lines,
		   struct sw_error *err);

/* Run one command of the driver on it. @argv: for execute. */
int story_run(struct story *s, const struct runtime_command *command, const char *const *argv,
	      struct runtime_result *ret, struct sw_error *err);
/* `seaworthy inside ...` in the application container; words end with NULL. Fails if it exits != 0. */
int story_inside(struct story *s, struct runtime_result *ret, struct sw_error *err,
		 const char *const *words);
/* Start the system container, find its pid. */
int story_boot(struct story *s, struct sw_error *err);
/*
 * Wait until the system container has written a line that starts with word to /run/events; the rest
 * of it into out. -ESRCH: its init is gone; -ETIMEDOUT.
 */
int story_event(struct story *s, const char *word, char *out, size_t size, struct sw_error *err);
/* Read until the text is in what a descriptor gave; false at its end, or when nothing comes for long. */
bool story_read_until(int fd, struct sw_buf *got, const char *text);
/* Read a file of the system container's rootfs. */
int story_read(struct story *s, const char *path, struct sw_buf *out, struct sw_error *err);
/* What the driver says of its state ("RUNNING") and pid. */
int story_state(struct story *s, char *out, size_t size, struct sw_error *err);
/*
 * Ask until it is in that state: the program may speak before its runtime has noted that it runs,
 * and init may be gone before its end is noted.
 */
int story_await_state(struct story *s, const char *state, struct sw_error *err);
int story_pid(struct story *s, pid_t *ret, struct sw_error *err);
/* Whether the driver's list has it. 1, 0 or -errno. */
int story_listed(struct story *s, struct sw_error *err);

/* Stop it if need be, take its rootfs away, destroy it through the driver. */
int story_end(struct story *s, struct sw_error *err);
/* What of it is still there, a line each; nothing when all is gone. */
void story_left(const struct story *s, struct sw_buf *out);
/* After a test that did not come to its end: whatever is ours is removed, by force. */
void story_sweep(void);

/* The value of KEY in `inside`'s output, "(nothing)" if absent. Static storage, a few at a time. */
const char *story_value(const struct sw_buf *said, const char *key);
/* Find the last mount at a point: type and options (mount's and superblock's). False: none. */
struct story_mount {
	char type[64], source[256], options[512], root[256];
};
bool story_mount(const struct sw_buf *said, const char *point, struct story_mount *ret);
bool story_has_option(const char *options, const char *option);

#define __story_buf __attribute__((cleanup(sw_buf_free)))
/* Inside a test body: a function of this file must succeed; call uses &err. */
#define ASSERT_STORY(call)                                                                    \
	do {                                                                                      \
		struct sw_error err = { 0 };                                                      \
		int story_r_ = (call);                                                            \
		ASSERT_LE(0, story_r_) TH_LOG("%s: %s", err.step ?: "story", err.msg);            \
	} while (0)

#endif
