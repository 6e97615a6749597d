// SPDX-License-Identifier: GPL-2.0-only
/* console: a terminal of a running container on this one. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lxc/cmd.h"
#include "sw_exit.h"
#include "sw_fd.h"

/* "a", "^a": the control character of a letter; lxc-console(1). 0: it is none. */
static char control_of(const char *text)
{
	if (*text == '^')
		text++;
	return isalpha((unsigned char)text[0]) && !text[1] ? text[0] & 0x1f : 0;
}

static int show_log(struct cmd *c)
{
	struct sw_error err = { 0 };
	int fd __sw_fd = rt_console_said(c->lxcpath, c->name, c->clear_log, &err);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return cmd_error(c, &err);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (fwrite(buf, 1, n, stdout) != (size_t)n)
			break;
	return SW_EXIT_OK;
}

int verb_console(struct cmd *c)
{
	char escape = control_of(c->escape ? c->escape : "a");
	struct sw_error err = { 0 };
	struct rt_terminal t;
	bool ended = false;
	long tty = -1;

	if (!escape)
		return cmd_usage(c, "-e takes a letter, such as a or ^a, not '%s'", c->escape);
	if (c->tty && (sw_parse_long(c->tty, &tty) || tty < -1 || tty > 9999))
		return cmd_usage(c, "-t takes the number of a terminal, 0 for the console, not '%s'",
				 c->tty);
	if (cmd_need_root(c))
		return SW_EXIT_FAIL;
	if (c->show_log || c->clear_log)
		return show_log(c);
	if (!isatty(STDIN_FILENO))
		return cmd_fail(c, "standard input is not a terminal");
	if (rt_terminal_open(c->lxcpath, c->name, (int)tty, &t, &err))
		return cmd_error(c, &err);
	cmd_note(c, "connected to %s %d of %s; <Ctrl+%c q> leaves it, <Ctrl+%c Ctrl+%c> is Ctrl+%c itself",
		 t.tty ? "tty" : "the console, tty", t.tty, c->name, escape + 0x60, escape + 0x60,
		 escape + 0x60, escape + 0x60);
	if (rt_terminal_relay(&t, escape, &ended, &err))
		return cmd_error(c, &err);
	if (ended)
		cmd_note(c, "container '%s' has ended", c->name);
	return SW_EXIT_OK;
}
