/* SPDX-License-Identifier: GPL-2.0-only */
/* Entry points of the verbs. argv[0] is the verb or the name called by; returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

int cmd_probe(int argc, char **argv);		/* probe/cmd_probe.c */
int cmd_features(int argc, char **argv);	/* probe/cmd_probe.c */
int cmd_test(int argc, char **argv);		/* suites/runner.c */
int cmd_harness(int argc, char **argv);		/* harness.c: starts the Python harness */
int cmd_berth(int argc, char **argv);		/* runtime/lxc/cmd_berth.c: berth VERB ... */
int cmd_lxc(int argc, char **argv);		/* runtime/lxc/cmd_berth.c: lxc-VERB ... */
int cmd_init(int argc, char **argv);		/* guest/init.c */
int cmd_inside(int argc, char **argv);		/* guest/inside.c */

#endif
