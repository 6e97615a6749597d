/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of `seaworthy inside`. */
#ifndef INSIDE_H
#define INSIDE_H

/* One line KEY=VALUE, escaped. */
void inside_say(const char *key, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* inside_net.c */
void inside_report_net(void);
int inside_connect(int argc, char **argv);

#endif
