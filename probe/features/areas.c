// SPDX-License-Identifier: GPL-2.0-only
#include "features/areas.h"

const struct feature_area *const feature_areas[] = {
	&feature_area_namespace,
	&feature_area_cgroup_v1,
	&feature_area_cgroup_v2,
	&feature_area_mount,
	&feature_area_filesystem,
	&feature_area_ipc,
	&feature_area_network,
	&feature_area_netproto,
	&feature_area_nettc,
	&feature_area_netfilter,
	&feature_area_nftables,
	&feature_area_xtables,
	&feature_area_security,
	&feature_area_bpf,
	&feature_area_process,
	&feature_area_checkpoint,
	&feature_area_base,
	&feature_area_android,
	NULL,
};
