/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of rows, one a file; areas.c puts them in the order of reports. */
#ifndef AREAS_H
#define AREAS_H

#include "feature.h"

#define FEATURE_ROWS(rows_) .rows = (rows_), .count = sizeof(rows_) / sizeof(*(rows_))

extern const struct feature_area feature_area_namespace;
extern const struct feature_area feature_area_cgroup_v1;
extern const struct feature_area feature_area_cgroup_v2;
extern const struct feature_area feature_area_mount;
extern const struct feature_area feature_area_ipc;
extern const struct feature_area feature_area_network;
extern const struct feature_area feature_area_netproto;
extern const struct feature_area feature_area_nettc;
extern const struct feature_area feature_area_netfilter;
extern const struct feature_area feature_area_nftables;
extern const struct feature_area feature_area_xtables;
extern const struct feature_area feature_area_filesystem;
extern const struct feature_area feature_area_android;
extern const struct feature_area feature_area_bpf;
extern const struct feature_area feature_area_security;
extern const struct feature_area feature_area_process;
extern const struct feature_area feature_area_checkpoint;
extern const struct feature_area feature_area_base;

#endif
