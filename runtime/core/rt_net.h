/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Networks with devices. What is done where:
 *
 *   parent, before clone  net-N-find    the link on the host, an automatic gateway, hardware addresses
 *   parent, after it      net-pin       a handle on the container's network namespace that outlives
 *                                       its processes and this monitor (all types but veth)
 *                         net-N-device  the device, born in the container's namespace or moved there
 *                         net-N-port    veth: the end on the host, its bridge, VLANs and routes
 *                         net-N-proxy   neighbour proxies on the link
 *                         net-N-up      the script
 *   child                 net-N-setup   hardware address, MTU, addresses, up, gateways
 *
 * A device that lives in the container's namespace only would go with it, but some time after the
 * last process, and till then its VLAN, address or place on the link is taken; one that was moved there
 * would go to the initial namespace under a name of the kernel's choice, or with its namespace
 * (default_device_exit_net(), net/core/dev.c). So the namespace is kept until both are undone.
 */
#ifndef RT_NET_H
#define RT_NET_H

#include "core/rt_int.h"
#include "sw_netlink.h"

struct rt_netdev {		/* what a run knows of spec->nets[i] beyond the spec */
	char host[16];		/* veth: name of the end on the host */
	unsigned char host_mac[6];	/* veth: tells that end for ours, whatever it is called */
	unsigned char mac[6];	/* inside */
	bool has_mac;		/* there is one to set */
	bool chosen;		/* the above stay the same over a reboot */
	int link;		/* index of the link on the host; 0: none */
	unsigned int mtu;	/* 0: leave */
	struct rt_ip gateway[2];	/* family 0: none */
};

const char *rt_net_type_name(enum rt_net_type type);
/* Does the link get the container's hardware address for a while? */
bool rt_net_lends_mac(const struct rt_net *n);
/*
 * Name of the device inside: the one given, of phys its own; else, or where the name has a %d, the first
 * of eth0, eth1, ... that no other network of the container has.
 */
void rt_net_name(const struct rt_spec *spec, size_t i, char out[16]);
/* "10.0.0.1/24"; prefix < 0: without. */
const char *rt_ip_text(const struct rt_ip *ip, int prefix, char out[64]);

/* What the kernel said to a request, as words; what: "making veth pair x and y". Returns r. */
int rt_net_refused(const struct sw_nl *nl, int r, struct sw_error *err, const char *what, ...)
	__attribute__((format(printf, 4, 5)));
int rt_net_open(struct sw_nl *nl, struct sw_error *err);
/* -1: no such text. */
int rt_net_mac_parse(const char *text, unsigned char out[6]);

/* Files of the state directory on which namespaces are mounted while a container runs. */
#define RT_PIN_INSIDE "netns.inside"
#define RT_PIN_OUTSIDE "netns.outside"
/* A descriptor of that namespace, or -errno: -ENOENT where nothing is mounted there. */
int rt_net_pin_open(const struct rt_dir *d, const char *file);

/* rt_net_script.c */
struct rt_net_event {
	const char *script, *container, *hook;	/* hook: "up", "down" */
	const char *type, *link, *peer;		/* NULL: none */
	int version;				/* lxc.hook.version */
	char *const *env;			/* what hooks are given */
	pid_t init;				/* whose end ends the script too; 0: nobody's */
};
int rt_net_script(const struct rt_net_event *e, struct sw_error *err);

rt_step_fn rt_step_net_find, rt_step_net_device, rt_step_net_port, rt_step_net_proxy;
rt_step_fn rt_step_net_pin, rt_step_net_up, rt_step_net_setup;

#endif
