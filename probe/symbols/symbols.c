// SPDX-License-Identifier: GPL-2.0-only
/*
 * The history of Kconfig symbols, as data: mainline's, from 2.6.32 to 7.2.
 *
 * One row per symbol that an expression uses, sorted by name as strcmp() sorts (the unit test
 * kconfig_symbols_sorted looks). A twelve-digit number in the last column is the commit of
 * mainline that brought the symbol or took it away; otherwise it is the file that defines it.
 * tests/py/test_kconfig_corpus.py holds the table against real configurations.
 *
 * A row whose range is empty is a symbol that mainline never had, but that vendors use.
 * Cgroup namespaces (4.6) have no symbol of their own: CONFIG_CGROUPS brings them.
 */
#include <stdlib.h>
#include <string.h>

#include "kconfig/kconfig.h"

#define ALWAYS KVER_NONE
#define STILL KVER_MAX

const struct kconfig_symbol kconfig_symbols[] = {
	{ "ADVISE_SYSCALLS", KVER(3, 18), STILL, NULL, false, "d3ac21cacc24" },
	{ "ANDROID_BINDERFS", KVER(5, 0), STILL, NULL, false, "3ad20fe393b3" },
	{ "ANDROID_BINDER_IPC", KVER(3, 19), STILL, NULL, false,
	  "777783e0abae (before that in drivers/staging)" },
	{ "AUDIT", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.6" },
	{ "BFQ_GROUP_IOSCHED", KVER(4, 12), STILL, NULL, false, "e21b7a0b9887" },
	{ "BINFMT_MISC", ALWAYS, STILL, NULL, false, "fs/Kconfig.binfmt" },
	{ "BLK_CGROUP", KVER3(2, 6, 33), STILL, NULL, false, "31e4c28d95e6" },
	{ "BLK_CGROUP_IOCOST", KVER(5, 4), STILL, NULL, false, "7caa47151ab2" },
	{ "BLK_CGROUP_IOLATENCY", KVER(4, 19), STILL, NULL, false, "d70675121546" },
	{ "BLK_CGROUP_IOPRIO", KVER(5, 14), STILL, NULL, false, "556910e39249" },
	{ "BLK_DEV_THROTTLING", KVER3(2, 6, 37), STILL, NULL, false, "e43473b7f223" },
	{ "BLOCK", ALWAYS, STILL, NULL, false, "9361401eb761 (2.6.18)" },
	{ "BPF", KVER(3, 18), STILL, NULL, false, "f89b7755f517" },
	{ "BPF_JIT", KVER(3, 0), STILL, NULL, false, "0a14842f5a3c" },
	{ "BPF_LSM", KVER(5, 7), STILL, NULL, false, "fc611f47f218" },
	{ "BPF_SYSCALL", KVER(3, 18), STILL, NULL, false, "99c55f7d47c0, f89b7755f517" },
	{ "BRIDGE", ALWAYS, STILL, NULL, false, "net/bridge/Kconfig" },
	{ "BRIDGE_VLAN_FILTERING", KVER(3, 9), STILL, NULL, false, "243a2e63f5f4" },
	{ "BTRFS_FS", ALWAYS, STILL, NULL, false, "fs/btrfs/Kconfig" },
	{ "CFQ_GROUP_IOSCHED", KVER3(2, 6, 33), KVER(5, 0), NULL, false,
	  "25bc6b07767f, f382fb0bcef4" },
	{ "CFS_BANDWIDTH", KVER(3, 2), STILL, NULL, false, "ab84d31e1550" },
	{ "CGROUPS", ALWAYS, STILL, NULL, false, "ddbcc7e8e50a (2.6.24)" },
	{ "CGROUP_BPF", KVER(4, 10), STILL, NULL, false, "3007098494be" },
	{ "CGROUP_CPUACCT", ALWAYS, STILL, NULL, false, "d842de871c8c (2.6.24)" },
	{ "CGROUP_DEBUG", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.24" },
	{ "CGROUP_DEVICE", ALWAYS, STILL, NULL, false, "08ce5f16ee46 (2.6.26)" },
	{ "CGROUP_DMEM", KVER(6, 14), STILL, NULL, false, "b168ed458dde" },
	{ "CGROUP_FAVOR_DYNMODS", KVER(6, 0), STILL, NULL, false, "6a010a49b63a" },
	{ "CGROUP_FREEZER", ALWAYS, STILL, NULL, false, "dc52ddc0e6f4 (2.6.28)" },
	{ "CGROUP_HUGETLB", KVER(3, 6), STILL, NULL, false, "2bc64a204697" },
	{ "CGROUP_MEM_RES_CTLR", ALWAYS, KVER(3, 6), "MEMCG", false, "c255a458055e" },
	{ "CGROUP_MEM_RES_CTLR_KMEM", KVER(3, 3), KVER(3, 6), "MEMCG_KMEM", false,
	  "c255a458055e, e5671dfae59b" },
	{ "CGROUP_MEM_RES_CTLR_SWAP", ALWAYS, KVER(3, 6), "MEMCG_SWAP", false, "c255a458055e" },
	{ "CGROUP_MEM_RES_CTLR_SWAP_ENABLED", KVER3(2, 6, 37), KVER(3, 6), "MEMCG_SWAP_ENABLED", false,
	  "c255a458055e, a42c390cfa0c" },
	{ "CGROUP_MISC", KVER(5, 13), STILL, NULL, false, "a72232eabdfc" },
	{ "CGROUP_NET_CLASSID", KVER(3, 14), STILL, NULL, false, "fe1217c4f3f7" },
	{ "CGROUP_NET_PRIO", KVER(3, 14), STILL, NULL, false, "86f8515f9721" },
	{ "CGROUP_NS", ALWAYS, KVER(3, 0), NULL, false,
	  "a77aea92010a (the ns subsystem, unrelated to cgroup namespaces)" },
	{ "CGROUP_PERF", KVER3(2, 6, 39), STILL, NULL, false, "e5d1367f17ba" },
	{ "CGROUP_PIDS", KVER(4, 3), STILL, NULL, false, "49b786ea146f" },
	{ "CGROUP_RDMA", KVER(4, 11), STILL, NULL, false, "39d3e7584a68" },
	{ "CGROUP_SCHED", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.25" },
	{ "CGROUP_WRITEBACK", KVER(4, 2), STILL, NULL, false, "89e9b9e07a39" },
	{ "CHECKPOINT_RESTORE", KVER(3, 3), STILL, NULL, false, "067bce1a06e3" },
	{ "CPUSETS", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.12" },
	{ "CPUSETS_V1", KVER(6, 12), STILL, NULL, false, "init/Kconfig of 6.12" },
	{ "DEVPTS_MULTIPLE_INSTANCES", ALWAYS, KVER(4, 7), "UNIX98_PTYS", true, "eedf265aa003" },
	{ "DEVTMPFS", KVER3(2, 6, 32), STILL, NULL, false, "2b2af54a5bb6" },
	{ "DUMMY", ALWAYS, STILL, NULL, false, "drivers/net/Kconfig" },
	{ "EPOLL", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "EROFS_FS", KVER(4, 19), STILL, NULL, false,
	  "drivers/staging/erofs/Kconfig of 4.19, 47e4937a4a7c (5.4)" },
	{ "EVENTFD", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "EXT4_FS", ALWAYS, STILL, NULL, false, "03010a335030 (2.6.28)" },
	{ "EXT4_FS_SECURITY", ALWAYS, STILL, NULL, false, "fs/ext4/Kconfig" },
	{ "EXT_GROUP_SCHED", KVER(6, 12), STILL, NULL, false, "819513666966" },
	{ "F2FS_FS", KVER(3, 8), STILL, NULL, false, "fs/f2fs/Kconfig of 3.8" },
	{ "FAIR_GROUP_SCHED", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.24" },
	{ "FHANDLE", KVER3(2, 6, 39), STILL, NULL, false, "init/Kconfig of 2.6.39" },
	{ "FUSE_FS", ALWAYS, STILL, NULL, false, "fs/fuse/Kconfig" },
	{ "GENEVE", KVER(3, 18), STILL, NULL, false, "0b5e8b8eeae4" },
	{ "GROUP_SCHED_WEIGHT", KVER(6, 12), STILL, NULL, false, "e179e80c5d4f" },
	{ "HAVE_ARCH_SECCOMP_FILTER", KVER(3, 5), STILL, NULL, false, "e2cfabdfd075" },
	{ "HUGETLBFS", ALWAYS, STILL, NULL, false, "fs/Kconfig" },
	{ "HUGETLB_PAGE", ALWAYS, STILL, NULL, false, "fs/Kconfig" },
	{ "IFB", ALWAYS, STILL, NULL, false, "drivers/net/Kconfig of 2.6.16" },
	{ "IKCONFIG", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "IKCONFIG_PROC", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "IMA", ALWAYS, STILL, NULL, false, "3323eec921ef (2.6.30)" },
	{ "INET", ALWAYS, STILL, NULL, false, "net/Kconfig" },
	{ "INOTIFY_USER", ALWAYS, STILL, NULL, false, "fs/notify/inotify/Kconfig" },
	{ "IP6_NF_FILTER", ALWAYS, STILL, NULL, false, "net/ipv6/netfilter/Kconfig" },
	{ "IP6_NF_IPTABLES", ALWAYS, STILL, NULL, false, "net/ipv6/netfilter/Kconfig" },
	{ "IP6_NF_IPTABLES_LEGACY", KVER(6, 9), STILL, NULL, false, "a9525c7f6219" },
	{ "IP6_NF_MANGLE", ALWAYS, STILL, NULL, false, "net/ipv6/netfilter/Kconfig" },
	{ "IP6_NF_NAT", KVER(3, 17), STILL, NULL, false, "8993cf8edf42" },
	{ "IP6_NF_RAW", ALWAYS, STILL, NULL, false, "net/ipv6/netfilter/Kconfig" },
	{ "IP6_NF_TARGET_MASQUERADE", KVER(3, 7), STILL, NULL, false, "b3f644fc8232" },
	{ "IP6_NF_TARGET_REJECT", ALWAYS, STILL, NULL, false, "net/ipv6/netfilter/Kconfig" },
	{ "IPC_NS", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.25" },
	{ "IPVLAN", KVER(3, 19), STILL, NULL, false, "2ad7bf363841" },
	{ "IPVLAN_L3S", KVER(5, 1), STILL, NULL, false, "c675e06a98a4" },
	{ "IP_NF_FILTER", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_IPTABLES", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_IPTABLES_LEGACY", KVER(6, 9), STILL, NULL, false, "a9525c7f6219" },
	{ "IP_NF_MANGLE", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_MATCH_ADDRTYPE", ALWAYS, KVER3(2, 6, 39), "NETFILTER_XT_MATCH_ADDRTYPE", false,
	  "de81bbea1765" },
	{ "IP_NF_NAT", KVER(3, 17), STILL, NULL, false, "8993cf8edf42" },
	{ "IP_NF_RAW", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_TARGET_LOG", ALWAYS, KVER(3, 4), "NETFILTER_XT_TARGET_LOG", false,
	  "6939c33a757b" },
	{ "IP_NF_TARGET_MASQUERADE", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_TARGET_REDIRECT", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "IP_NF_TARGET_REJECT", ALWAYS, STILL, NULL, false, "net/ipv4/netfilter/Kconfig" },
	{ "KCMP", KVER(5, 12), STILL, NULL, false, "bfe3911a9107" },
	{ "KEYS", ALWAYS, STILL, NULL, false, "security/keys/Kconfig" },
	{ "LEGACY_PTYS", ALWAYS, STILL, NULL, false, "drivers/tty/Kconfig" },
	{ "LEGACY_VSYSCALL_NONE", KVER(4, 4), STILL, NULL, false, "3dc33bd30f3e" },
	{ "MACVLAN", ALWAYS, STILL, NULL, false, "b863ceb7ddce (2.6.23)" },
	{ "MACVTAP", KVER3(2, 6, 34), STILL, NULL, false, "20d29d7a916a" },
	{ "MEMCG", KVER(3, 6), STILL, NULL, false, "c255a458055e" },
	{ "MEMCG_KMEM", KVER(3, 6), KVER(6, 11), "MEMCG", false, "c255a458055e, 3a3b7fec3974" },
	{ "MEMCG_SWAP", KVER(3, 6), KVER(6, 1), "MEMCG && SWAP", false,
	  "c255a458055e, e55b9f96860f" },
	{ "MEMCG_SWAP_ENABLED", KVER(3, 6), KVER(5, 8), "MEMCG_SWAP", false,
	  "c255a458055e, 2d1c498072de" },
	{ "MEMCG_V1", KVER(6, 11), STILL, NULL, false, "e93d4166b40a" },
	{ "MEMFD_CREATE", KVER(4, 16), STILL, NULL, false, "5d752600a8c3" },
	{ "MODULES", ALWAYS, STILL, NULL, false, "kernel/module/Kconfig" },
	{ "MODULE_UNLOAD", ALWAYS, STILL, NULL, false, "kernel/module/Kconfig" },
	{ "MULTIUSER", KVER(4, 1), STILL, NULL, false, "2813893f8b19" },
	{ "NAMESPACES", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.25" },
	{ "NET", ALWAYS, STILL, NULL, false, "net/Kconfig" },
	{ "NETDEVICES", ALWAYS, STILL, NULL, false, "drivers/net/Kconfig" },
	{ "NETFILTER", ALWAYS, STILL, NULL, false, "net/Kconfig" },
	{ "NETFILTER_XTABLES_LEGACY", KVER(6, 17), STILL, NULL, false, "9fce66583f06" },
	{ "NETFILTER_XT_CONNMARK", KVER3(2, 6, 35), STILL, NULL, false, "b8f00ba27e4a" },
	{ "NETFILTER_XT_MARK", KVER3(2, 6, 35), STILL, NULL, false, "28b949885f80" },
	{ "NETFILTER_XT_MATCH_ADDRTYPE", KVER3(2, 6, 39), STILL, NULL, false, "de81bbea1765" },
	{ "NETFILTER_XT_MATCH_BPF", KVER(3, 9), STILL, NULL, false, "e6f30c731718" },
	{ "NETFILTER_XT_MATCH_CGROUP", KVER(3, 14), STILL, NULL, false, "82a37132f300" },
	{ "NETFILTER_XT_MATCH_COMMENT", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_CONNTRACK", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_HASHLIMIT", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_HL", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig of 2.6.30" },
	{ "NETFILTER_XT_MATCH_IPVS", KVER3(2, 6, 37), STILL, NULL, false, "9c3e1c396791" },
	{ "NETFILTER_XT_MATCH_LIMIT", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_MARK", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_MULTIPORT", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_NFACCT", KVER(3, 3), STILL, NULL, false, "ceb98d03eac5" },
	{ "NETFILTER_XT_MATCH_OWNER", ALWAYS, STILL, NULL, false,
	  "net/netfilter/Kconfig of 2.6.25" },
	{ "NETFILTER_XT_MATCH_PHYSDEV", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_PKTTYPE", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_RECENT", ALWAYS, STILL, NULL, false,
	  "net/netfilter/Kconfig of 2.6.28" },
	{ "NETFILTER_XT_MATCH_SOCKET", ALWAYS, STILL, NULL, false,
	  "net/netfilter/Kconfig of 2.6.28" },
	{ "NETFILTER_XT_MATCH_STATE", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_MATCH_STATISTIC", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_NAT", KVER(3, 17), STILL, NULL, false, "8993cf8edf42" },
	{ "NETFILTER_XT_SET", KVER3(2, 6, 39), STILL, NULL, false, "d956798d82d2" },
	{ "NETFILTER_XT_TARGET_CHECKSUM", KVER3(2, 6, 36), STILL, NULL, false, "edf0e1fb0d09" },
	{ "NETFILTER_XT_TARGET_CONNMARK", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_TARGET_LOG", KVER(3, 4), STILL, NULL, false, "6939c33a757b" },
	{ "NETFILTER_XT_TARGET_MARK", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_TARGET_MASQUERADE", KVER(5, 2), STILL, NULL, false, "adf82accc5f5" },
	{ "NETFILTER_XT_TARGET_NFLOG", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_TARGET_REDIRECT", KVER(3, 7), STILL, NULL, false, "2cbc78a29e76" },
	{ "NETFILTER_XT_TARGET_TCPMSS", ALWAYS, STILL, NULL, false, "net/netfilter/Kconfig" },
	{ "NETFILTER_XT_TARGET_TPROXY", ALWAYS, STILL, NULL, false,
	  "net/netfilter/Kconfig of 2.6.28" },
	{ "NETPRIO_CGROUP", KVER(3, 3), KVER(3, 14), "CGROUP_NET_PRIO", false,
	  "5bc1421e34ec, 86f8515f9721" },
	{ "NET_CLS_CGROUP", ALWAYS, STILL, NULL, false, "f400923735ec (2.6.29)" },
	{ "NET_IPGRE", ALWAYS, STILL, NULL, false, "net/ipv4/Kconfig" },
	{ "NET_IPIP", ALWAYS, STILL, NULL, false, "net/ipv4/Kconfig" },
	{ "NET_L3_MASTER_DEV", KVER(4, 4), STILL, NULL, false, "1b69c6d0ae90" },
	{ "NET_NS", ALWAYS, STILL, NULL, false, "net/Kconfig of 2.6.24" },
	{ "NET_VRF", KVER(4, 3), STILL, NULL, false, "193125dbd8eb" },
	{ "NF_NAT", ALWAYS, STILL, NULL, false, "5b1158e909ec (2.6.20)" },
	{ "NF_NAT_IPV4", KVER(3, 7), KVER(5, 1), "NF_NAT", false, "c7232c9979cb, 3bf195ae6037" },
	{ "NF_NAT_IPV6", KVER(3, 7), KVER(5, 1), "NF_NAT", false, "58a317f1061c, 3bf195ae6037" },
	{ "OVERLAYFS_FS", KVER(3, 18), KVER(3, 18), "OVERLAY_FS", false,
	  "never in mainline: overlayfs as distributions carried it, 3.2 to 3.17" },
	{ "OVERLAY_FS", KVER(3, 18), STILL, NULL, false, "e9be9d5e76e3" },
	{ "PERF_EVENTS", ALWAYS, STILL, NULL, false, "cdd6c482c9ff (2.6.32)" },
	{ "PERSISTENT_KEYRINGS", KVER(3, 13), STILL, NULL, false, "f36f8c75ae2e" },
	{ "PID_NS", ALWAYS, STILL, NULL, false, "74bd59bb39eb (2.6.25)" },
	{ "POSIX_MQUEUE", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.6" },
	{ "POSIX_MQUEUE_SYSCTL", ALWAYS, STILL, NULL, false, "bdc8e5f85f9b (2.6.30)" },
	{ "PROC_FS", ALWAYS, STILL, NULL, false, "fs/proc/Kconfig" },
	{ "PROC_SYSCTL", ALWAYS, STILL, NULL, false, "fs/proc/Kconfig" },
	{ "PSI", KVER(4, 20), STILL, NULL, false, "eb414681d5a0" },
	{ "RESOURCE_COUNTERS", ALWAYS, KVER(3, 19), NULL, false, "5b1efc027c0b" },
	{ "RT_GROUP_SCHED", ALWAYS, STILL, NULL, false, "052f1dc7eb02 (2.6.25)" },
	{ "SECCOMP", ALWAYS, STILL, NULL, false, "arch/x86/Kconfig of 2.6.12" },
	{ "SECCOMP_FILTER", KVER(3, 5), STILL, NULL, false, "e2cfabdfd075" },
	{ "SECURITY", ALWAYS, STILL, NULL, false, "security/Kconfig" },
	{ "SECURITY_APPARMOR", KVER3(2, 6, 36), STILL, NULL, false, "f9ad1af53d52" },
	{ "SECURITY_FILE_CAPABILITIES", ALWAYS, KVER3(2, 6, 33), NULL, true, "b3a222e52e4d" },
	{ "SECURITY_LANDLOCK", KVER(5, 13), STILL, NULL, false, "265885daf3e5" },
	{ "SECURITY_LOADPIN", KVER(4, 7), STILL, NULL, false, "9b091556a073" },
	{ "SECURITY_LOCKDOWN_LSM", KVER(5, 4), STILL, NULL, false, "000d388ed3bb" },
	{ "SECURITY_SAFESETID", KVER(5, 1), STILL, NULL, false, "aeca4e2ca65c" },
	{ "SECURITY_SELINUX", ALWAYS, STILL, NULL, false, "security/selinux/Kconfig" },
	{ "SECURITY_SMACK", ALWAYS, STILL, NULL, false, "e114e473771c (2.6.25)" },
	{ "SECURITY_TOMOYO", ALWAYS, STILL, NULL, false, "00d7d6f840dd (2.6.30)" },
	{ "SECURITY_YAMA", KVER(3, 4), STILL, NULL, false, "2d514487faf1" },
	{ "SHMEM", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "SIGNALFD", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "SOCK_CGROUP_DATA", KVER(4, 5), STILL, NULL, false, "2a56a1fec290" },
	{ "SQUASHFS", ALWAYS, STILL, NULL, false, "fs/squashfs/Kconfig of 2.6.29" },
	{ "SWAP", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "SYSCTL", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "SYSFS", ALWAYS, STILL, NULL, false, "fs/sysfs/Kconfig" },
	{ "SYSVIPC", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "TIMERFD", ALWAYS, STILL, NULL, false, "init/Kconfig" },
	{ "TIME_NS", KVER(5, 6), STILL, NULL, false, "769071ac9f20" },
	{ "TMPFS", ALWAYS, STILL, NULL, false, "fs/Kconfig" },
	{ "TMPFS_POSIX_ACL", ALWAYS, STILL, NULL, false, "fs/Kconfig" },
	{ "TMPFS_XATTR", KVER(3, 0), STILL, NULL, false, "b09e0fa4b4ea" },
	{ "TUN", ALWAYS, STILL, NULL, false, "drivers/net/Kconfig" },
	{ "UCLAMP_TASK_GROUP", KVER(5, 4), STILL, NULL, false, "2480c093130f" },
	{ "UNIX98_PTYS", ALWAYS, STILL, NULL, false, "drivers/tty/Kconfig" },
	{ "USER_NS", ALWAYS, STILL, NULL, false, "acce292c82d4 (2.6.23)" },
	{ "UTS_NS", ALWAYS, STILL, NULL, false, "init/Kconfig of 2.6.25" },
	{ "VETH", ALWAYS, STILL, NULL, false, "e314dbdc1c0d (2.6.24)" },
	{ "VFAT_FS", ALWAYS, STILL, NULL, false, "fs/fat/Kconfig" },
	{ "VLAN_8021Q", ALWAYS, STILL, NULL, false, "net/8021q/Kconfig" },
	{ "VXLAN", KVER(3, 7), STILL, NULL, false, "d342894c5d2f" },
	{ "WIREGUARD", KVER(5, 6), STILL, NULL, false, "e7096c131e51" },
	{ "X86_64", ALWAYS, STILL, NULL, false, "arch/x86/Kconfig" },
	{ "X86_VSYSCALL_EMULATION", KVER(3, 19), STILL, NULL, false, "1ad83c858c7d" },
	{ "XFS_FS", ALWAYS, STILL, NULL, false, "fs/xfs/Kconfig" },
};
/*
 * 7.2 is the last version that was looked at. In a later one a symbol that is not mentioned may
 * have gone and left its function always on, which is how checkers came to call things missing.
 */
const uint32_t kconfig_history_end = KVER(7, 3);

const size_t kconfig_symbol_count = sizeof(kconfig_symbols) / sizeof(*kconfig_symbols);

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct kconfig_symbol *)row)->name);
}

const struct kconfig_symbol *kconfig_symbol_find(const char *name)
{
	return bsearch(name, kconfig_symbols, kconfig_symbol_count, sizeof(*kconfig_symbols), compare);
}

/*
 * What Kconfig offers a symbol under, where a single symbol hides many (init/Kconfig; arch/Kconfig
 * for seccomp, whose filter has no prompt of its own before 5.10).
 */
static const struct {
	const char *symbol, *parent;
} offered_under[] = {
	{ "UTS_NS", "NAMESPACES" }, { "IPC_NS", "NAMESPACES" }, { "PID_NS", "NAMESPACES" },
	{ "NET_NS", "NAMESPACES" }, { "USER_NS", "NAMESPACES" }, { "TIME_NS", "NAMESPACES" },
	{ "SECCOMP_FILTER", "SECCOMP" }, { "MEMCG", "RESOURCE_COUNTERS" },
	{ "CGROUP_MEM_RES_CTLR", "RESOURCE_COUNTERS" },
};

const char *kconfig_offered_under(const char *name)
{
	for (size_t i = 0; i < sizeof(offered_under) / sizeof(*offered_under); i++)
		if (!strcmp(offered_under[i].symbol, name))
			return offered_under[i].parent;
	return NULL;
}
