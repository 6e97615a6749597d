// SPDX-License-Identifier: GPL-2.0-only
/* The profiles. An id in their items that no feature row has fails the unit tests. */
#include "profiles/profile.h"
#include "profiles/tables.h"

const struct profile profiles[] = {
	{ "application-container", "Application container",
	  "one program in a container (lxc-execute)", true, profile_application },
	{ "system-container", "System container",
	  "a whole small Linux with its own init in a container (lxc-start)", true, profile_system },
	{ "systemd-container", "systemd in a container",
	  "a distribution whose init is systemd, in a container", false, profile_systemd, true },
	{ "lxc", "LXC", "what LXC as a whole uses, privileged and unprivileged", false, profile_lxc },
	{ "docker", "Docker", "dockerd and runc with their defaults", false, profile_docker, true },
	{ "kubernetes-node", "Kubernetes node", "kubelet, a container runtime and kube-proxy", false,
	  profile_kubernetes, true },
	{ "rootless", "Rootless containers", "Podman, Docker or LXC as an ordinary user", false,
	  profile_rootless },
	{ "checkpoint-restore", "Checkpoint and restore",
	  "saving running containers and bringing them back (CRIU)", false, profile_checkpoint },
	{ "waydroid", "Waydroid", "Android in a container", false, profile_waydroid },
	{ 0 },
};
