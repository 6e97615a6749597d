/* SPDX-License-Identifier: GPL-2.0-only */
/* What `create -t` can fill a rootfs with. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <limits.h>

#include "lxc/cmd.h"
#include "sw_buf.h"

/* What a template works with; filled by the command line before anything is made. */
struct recipe {
	struct cmd *c;
	const struct template *template;
	char root[PATH_MAX];	/* the directory to fill; it is there and empty */
	const char *suite, *arch, *packages, *mirror, *busybox;
	char suite_room[64], busybox_room[PATH_MAX];
};

struct template {
	const char *name;
	/* Understand what stands behind --, and see that what it takes is there. 0 or exit status. */
	int (*prepare)(struct recipe *r);
	int (*fill)(struct recipe *r, struct sw_error *err);	/* in the worker */
	void (*config)(const struct recipe *r, struct sw_buf *config);
};

/* NULL: there is no such template. */
const struct template *template_find(const char *name);

/* ---- for templates --------------------------------------------------------------------------- */

/* The value of --NAME=VALUE, --NAME VALUE or -X VALUE at rest[*i], moving *i; NULL: another one. */
const char *template_option(struct recipe *r, int *i, const char *name, char letter);
int template_write(int root_fd, const char *path, mode_t mode, const char *text,
		   struct sw_error *err);
/* Run a program with its output on standard error; a failure is told by its name. */
int template_run(struct recipe *r, char *const argv[], struct sw_error *err);
/* Where PATH has a program; false: nowhere. */
bool template_program(const char *name, char *out, size_t size);
/* The part of the configuration that every system container needs. */
void template_common_config(struct sw_buf *config);
/* What /dev must have for those mounts: a place for the console, links. */
int template_devices(int root_fd, struct sw_error *err);
/* Files that say which machine this is. */
int template_identity(struct recipe *r, int root_fd, struct sw_error *err);

extern const struct template template_busybox, template_debian;

#endif
