# SPDX-License-Identifier: GPL-2.0-only
"""Where our verdicts differ from those of lxc-checkconfig and check-config.sh, over real configurations.

Reads what those two print for each configuration of the corpus, asks `seaworthy probe` about the same
file, and writes docs/differences.md: every item on which the answers differ, on which kernels, and why
ours is right. A reason is a rule with a condition on the file itself; a difference that no rule explains
is an error, and so is a rule that explains none.

    corpus_differences.py DATA EXECUTABLE          print the table
"""

from __future__ import annotations

import json
import lzma
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LXC, MOBY = "lxc-checkconfig", "check-config.sh"

# What an item of a checker is about, as features: the item is there if one of them is.
ITEMS: dict[str, dict[str, str]] = {
    LXC: {
        "Namespaces": "ns.uts|ns.ipc|ns.pid|ns.net|ns.user",
        "Utsname namespace": "ns.uts",
        "Ipc namespace": "ns.ipc",
        "Pid namespace": "ns.pid",
        "User namespace": "ns.user",
        "Network namespace": "ns.net",
        "Multiple /dev/pts instances": "mount.devpts_newinstance",
        "Cgroups": "cgroup.v1.cpu|cgroup.v1.cpuset|cgroup.v1.devices|cgroup.v1.freezer|cgroup.v1.memory|"
                   "cgroup.v1.cpuacct|cgroup.v1.blkio|cgroup.v2",
        "Cgroup namespace": "ns.cgroup",
        "Cgroup device": "cgroup.v1.devices|cgroup.v2.devices",
        "Cgroup sched": "cgroup.v1.cpu|cgroup.v2.cpu",
        "Cgroup cpu account": "cgroup.v1.cpuacct|cgroup.v2.cpu",
        "Cgroup memory controller": "cgroup.v1.memory|cgroup.v2.memory",
        "Cgroup cpuset": "cgroup.v1.cpuset|cgroup.v2.cpuset",
        "Veth pair device": "net.veth",
        "Macvlan": "net.macvlan",
        "Vlan": "net.vlan",
        "Bridges": "net.bridge",
        "CONFIG_NF_NAT_IPV4": "net.iptables_nat",
        "CONFIG_NF_NAT_IPV6": "net.ip6tables_nat",
        "CONFIG_IP_NF_TARGET_MASQUERADE": "net.xt_masquerade",
        "CONFIG_IP6_NF_TARGET_MASQUERADE": "net.xt_masquerade6",
        "CONFIG_NETFILTER_XT_TARGET_CHECKSUM": "net.xt_checksum",
        "CONFIG_NETFILTER_XT_MATCH_COMMENT": "net.xt_comment",
        "FUSE (for use with lxcfs)": "mount.fuse",
        "checkpoint restore": "checkpoint.ns_last_pid",
        "CONFIG_FHANDLE": "base.fhandle",
        "CONFIG_EVENTFD": "base.eventfd",
        "CONFIG_EPOLL": "base.epoll",
        "CONFIG_UNIX_DIAG": "checkpoint.unix_diag",
        "CONFIG_INET_DIAG": "checkpoint.tcp_diag",
        "CONFIG_PACKET_DIAG": "checkpoint.packet_diag",
        "CONFIG_NETLINK_DIAG": "checkpoint.netlink_diag",
        "File capabilities": "security.file_caps",
    },
    MOBY: {
        "CONFIG_NAMESPACES": "ns.uts|ns.ipc|ns.pid|ns.net|ns.user",
        "CONFIG_NET_NS": "ns.net",
        "CONFIG_PID_NS": "ns.pid",
        "CONFIG_IPC_NS": "ns.ipc",
        "CONFIG_UTS_NS": "ns.uts",
        "CONFIG_CGROUPS": "cgroup.v1.cpu|cgroup.v1.cpuset|cgroup.v1.devices|cgroup.v1.freezer|"
                          "cgroup.v1.memory|cgroup.v1.cpuacct|cgroup.v1.blkio|cgroup.v2",
        "CONFIG_CGROUP_CPUACCT": "cgroup.v1.cpuacct|cgroup.v2.cpu",
        "CONFIG_CGROUP_DEVICE": "cgroup.v1.devices|cgroup.v2.devices",
        "CONFIG_CGROUP_FREEZER": "cgroup.v1.freezer|cgroup.v2.freezer",
        "CONFIG_CGROUP_SCHED": "cgroup.v1.cpu|cgroup.v2.cpu",
        "CONFIG_CPUSETS": "cgroup.v1.cpuset|cgroup.v2.cpuset",
        "CONFIG_MEMCG": "cgroup.v1.memory|cgroup.v2.memory",
        "CONFIG_KEYS": "security.keyrings",
        "CONFIG_VETH": "net.veth",
        "CONFIG_BRIDGE": "net.bridge",
        "CONFIG_BRIDGE_NETFILTER": "net.bridge_netfilter",
        "CONFIG_IP_NF_FILTER": "net.iptables_legacy",
        "CONFIG_IP_NF_TARGET_MASQUERADE": "net.xt_masquerade",
        "CONFIG_NETFILTER_XT_MATCH_ADDRTYPE": "net.xt_addrtype",
        "CONFIG_NETFILTER_XT_MATCH_CONNTRACK": "net.xt_conntrack",
        "CONFIG_NETFILTER_XT_MATCH_IPVS": "net.xt_ipvs",
        "CONFIG_NETFILTER_XT_MARK": "net.xt_match_mark",
        "CONFIG_IP_NF_NAT": "net.iptables_nat",
        "CONFIG_NF_NAT": "net.nat",
        "CONFIG_POSIX_MQUEUE": "ipc.mqueue",
        "CONFIG_USER_NS": "ns.user",
        "CONFIG_SECCOMP": "security.seccomp",
        "CONFIG_CGROUP_PIDS": "cgroup.v1.pids|cgroup.v2.pids",
        "CONFIG_MEMCG_SWAP": "cgroup.v1.memsw|cgroup.v2.swap",
        "CONFIG_BLK_CGROUP": "cgroup.v1.blkio|cgroup.v2.io",
        "CONFIG_CGROUP_PERF": "cgroup.v1.perf_event|cgroup.v2.perf_event",
        "CONFIG_CGROUP_HUGETLB": "cgroup.v1.hugetlb|cgroup.v2.hugetlb",
        "CONFIG_NET_CLS_CGROUP": "cgroup.v1.net_cls",
        "CONFIG_CGROUP_NET_PRIO": "cgroup.v1.net_prio",
        "CONFIG_FAIR_GROUP_SCHED": "cgroup.v1.cpu|cgroup.v2.cpu",
        "CONFIG_IP_NF_TARGET_REDIRECT": "net.xt_redirect",
        "CONFIG_IP_VS": "net.ipvs",
        "CONFIG_IP_VS_NFCT": "net.ipvs_nfct",
        "CONFIG_IP_VS_RR": "net.ipvs_rr",
        "CONFIG_VXLAN": "net.vxlan",
        "CONFIG_BRIDGE_VLAN_FILTERING": "net.bridge_vlan_filtering",
        "CONFIG_IPVLAN": "net.ipvlan",
        "CONFIG_MACVLAN": "net.macvlan",
        "CONFIG_DUMMY": "net.dummy",
        "CONFIG_OVERLAY_FS": "mount.overlay",
        "CONFIG_BLK_DEV_THROTTLING": "cgroup.v1.blkio_throttle|cgroup.v2.io_max",
        "CONFIG_CFS_BANDWIDTH": "cgroup.v1.cpu_bandwidth|cgroup.v2.cpu_bandwidth",
        "CONFIG_RT_GROUP_SCHED": "cgroup.v1.cpu_rt",
        "CONFIG_EXT3_FS": "fs.ext3",
        "CONFIG_EXT4_FS": "fs.ext4",
        "CONFIG_EXT4_FS_POSIX_ACL": "fs.ext4_acl",
        "CONFIG_EXT4_FS_SECURITY": "fs.ext4_security",
        "CONFIG_NF_CONNTRACK_FTP": "net.conntrack_ftp",
        "CONFIG_NF_CONNTRACK_TFTP": "net.conntrack_tftp",
        "CONFIG_AUFS_FS": "fs.aufs",
        "CONFIG_BTRFS_FS": "fs.btrfs",
        "CONFIG_BTRFS_FS_POSIX_ACL": "fs.btrfs_acl",
        "CONFIG_BLK_DEV_DM": "fs.dm",
        "CONFIG_DM_THIN_PROVISIONING": "fs.dm_thin",
    },
}

# What they print that is no verdict on the kernel of the file.
NOT_COMPARED: dict[str, dict[str, str]] = {
    LXC: {
        "Cgroup v1 clone_children flag": "a file of the machine that it runs on",
        "Advanced netfilter": "NETFILTER_ADVANCED shows more options in a menu and brings none",
    },
    MOBY: {
        **dict.fromkeys(("CONFIG_IP_VS_PROTO_TCP", "CONFIG_IP_VS_PROTO_UDP"),
                        "a part of net.ipvs: see CONFIG_IP_VS"),
        **dict.fromkeys(("CONFIG_NF_NAT_FTP", "CONFIG_NF_NAT_TFTP"),
                        "without a prompt: on where conntrack's helper and NAT are"),
        **dict.fromkeys(("CONFIG_EXT3_FS_XATTR", "CONFIG_EXT3_FS_POSIX_ACL", "CONFIG_EXT3_FS_SECURITY"),
                        "printed only where EXT3_FS is missing, which is compared"),
        **dict.fromkeys(("CONFIG_LEGACY_VSYSCALL_NONE", "CONFIG_LEGACY_VSYSCALL_EMULATE"),
                        "a warning to users of old C libraries: security.vsyscall"),
        **dict.fromkeys(("/dev/zfs", "zfs command", "zpool command"), "files of the machine that it runs on"),
    },
}

# Items that mean something only together: compared as one, enabled where all are.
TOGETHER: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    LXC: {},
    MOBY: {
        "encrypted overlay networks": (
            ("CONFIG_CRYPTO", "CONFIG_CRYPTO_AEAD", "CONFIG_CRYPTO_GCM", "CONFIG_CRYPTO_SEQIV",
             "CONFIG_CRYPTO_GHASH", "CONFIG_XFRM", "CONFIG_XFRM_USER", "CONFIG_XFRM_ALGO",
             "CONFIG_INET_ESP"), "net.overlay_encryption"),
    },
}


@dataclass(frozen=True)
class Config:
    """One configuration of the corpus: what it says, and what we say of it."""

    name: str
    values: dict[str, str]  # symbol: y, m, "is not set" or another value; the last one wins
    version: tuple[int, ...]
    rows: dict[str, dict[str, Any]]

    def on(self, *symbols: str) -> bool:
        return all(self.values.get(s) in ("y", "m") for s in symbols)

    def answer(self, features: str) -> str:
        answers = [self.rows[f]["usable"] for f in features.split("|")]
        return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"

    def why(self, features: str) -> str:
        return "; ".join(dict.fromkeys(self.rows[f]["configured"]["why"] for f in features.split("|")))


@dataclass(frozen=True)
class Rule:
    """Why an answer of ours is right where a checker's differs; holds(config) must see it in the file."""

    items: tuple[str, ...]
    they: str  # "enabled" or "missing"
    ours: str  # "yes", "no", "unknown"
    holds: Callable[[Config], bool]
    reason: str


def before(*version: int) -> Callable[[Config], bool]:
    return lambda c: c.version < version


def since(*version: int) -> Callable[[Config], bool]:
    return lambda c: c.version >= version


def on(*symbols: str) -> Callable[[Config], bool]:
    return lambda c: c.on(*symbols)


def off(*symbols: str) -> Callable[[Config], bool]:
    return lambda c: not any(c.on(s) for s in symbols)


def both(*conditions: Callable[[Config], bool]) -> Callable[[Config], bool]:
    return lambda c: all(holds(c) for holds in conditions)


RULES: tuple[Rule, ...] = (
    Rule(("Cgroup namespace",), "enabled", "no", before(4, 6),
         "It looks at /proc/self/ns of the machine that it runs on, whatever kernel the file is of. "
         "Cgroup namespaces came with 4.6 (a79a908fd2b0)."),
    Rule(("User namespace", "CONFIG_USER_NS"), "enabled", "no", both(before(3, 5), on("USER_NS")),
         "Until 3.5 the symbol brings a user namespace without maps of ids (uid_map: 22d917d80e84): no id in "
         "a container is any outside of it."),
    Rule(("Namespaces", "CONFIG_NAMESPACES"), "enabled", "no", off("UTS_NS", "IPC_NS", "PID_NS", "NET_NS"),
         "NAMESPACES is a menu and brings nothing by itself; every namespace in it is off."),
    Rule(("Cgroups", "CONFIG_CGROUPS"), "enabled", "no",
         both(off("CGROUP_DEVICE", "CGROUP_FREEZER", "CPUSETS", "CGROUP_CPUACCT", "BLK_CGROUP", "MEMCG",
                  "FAIR_GROUP_SCHED"), before(4, 5)),
         "No controller of a container's resources is set, and version 2 came with 4.5: nothing can be "
         "limited, frozen or counted."),
    Rule(("Cgroup sched", "CONFIG_CGROUP_SCHED"), "enabled", "no", off("FAIR_GROUP_SCHED"),
         "CGROUP_SCHED is a menu; without FAIR_GROUP_SCHED the controller has no shares and no weights."),
    Rule(("CONFIG_FAIR_GROUP_SCHED",), "enabled", "no", both(before(2, 6, 34), off("CGROUP_SCHED")),
         "Scheduling by group was by user or by cgroup then, and here it is by user (USER_SCHED): no "
         "cgroup has shares."),
    Rule(("File capabilities",), "enabled", "no",
         both(before(2, 6, 33), off("SECURITY_FILE_CAPABILITIES")),
         "They were an option until 2.6.33 (b3a222e52e4d), and it is off here; the old header is not "
         "understood, and the latest kernel is assumed."),
    Rule(("CONFIG_INET_DIAG",), "enabled", "no", before(3, 3),
         "Checkpointing lists sockets by SOCK_DIAG_BY_FAMILY, which came with 3.3 (8ef874bfc729); before, "
         "the symbol brings the older request only."),
    Rule(("CONFIG_IP_VS",), "enabled", "no", off("IP_VS_PROTO_TCP", "IP_VS_PROTO_UDP"),
         "No protocol is set: it balances nothing."),
    Rule(("CONFIG_CGROUP_FREEZER",), "missing", "yes", both(since(5, 2), on("CGROUPS")),
         "On version 2 every cgroup can be frozen, by cgroup.freeze, since 5.2 (76f969e8948d), without a "
         "symbol."),
    Rule(("CONFIG_MEMCG",), "missing", "yes", both(before(3, 6), on("CGROUP_MEM_RES_CTLR")),
         "The symbol was CGROUP_MEM_RES_CTLR until 3.6 (c255a458055e)."),
    Rule(("CONFIG_MEMCG_SWAP",), "missing", "yes", both(before(3, 6), on("CGROUP_MEM_RES_CTLR_SWAP")),
         "The symbol was CGROUP_MEM_RES_CTLR_SWAP until 3.6 (c255a458055e)."),
    Rule(("CONFIG_MEMCG_SWAP",), "missing", "yes", both(since(6, 1), on("MEMCG", "SWAP")),
         "The symbol went with 6.1 (e55b9f96860f); MEMCG and SWAP bring its function."),
    Rule(("CONFIG_NET_CLS_CGROUP",), "missing", "yes", both(since(3, 14), on("CGROUP_NET_CLASSID")),
         "The controller is CGROUP_NET_CLASSID since 3.14 (fe1217c4f3f7); NET_CLS_CGROUP is a classifier of "
         "tc that can read it, as netfilter's cgroup match can."),
    Rule(("CONFIG_IP_NF_NAT",), "missing", "yes", both(before(3, 7), on("NF_NAT")),
         "The symbol of NAT for IPv4 was NF_NAT until 3.7 (c7232c9979cb)."),
    Rule(("CONFIG_IP_NF_NAT",), "missing", "yes", both(since(3, 7), before(3, 17), on("NF_NAT_IPV4")),
         "The symbol of the nat table was NF_NAT_IPV4 from 3.7 until 3.17 (8993cf8edf42)."),
    Rule(("CONFIG_IP6_NF_TARGET_MASQUERADE",), "missing", "yes",
         both(since(5, 2), on("NETFILTER_XT_TARGET_MASQUERADE")),
         "Since 5.2 one target serves both protocols, NETFILTER_XT_TARGET_MASQUERADE (bf8981a2aa08)."),
    Rule(("CONFIG_NETFILTER_XT_MARK",), "missing", "yes",
         both(before(2, 6, 35), on("NETFILTER_XT_MATCH_MARK")),
         "The match was NETFILTER_XT_MATCH_MARK until 2.6.35 (28b949885f80)."),
    Rule(("CONFIG_NETFILTER_XT_MATCH_ADDRTYPE",), "missing", "yes",
         both(before(2, 6, 39), on("IP_NF_MATCH_ADDRTYPE")),
         "The match was IP_NF_MATCH_ADDRTYPE until 2.6.39 (de81bbea17d6)."),
    Rule(("CONFIG_EXT3_FS",), "missing", "yes",
         both(since(2, 6, 33), before(4, 3), on("EXT4_FS", "EXT4_USE_FOR_EXT23")),
         "ext4 mounts ext3 with EXT4_USE_FOR_EXT23, since 2.6.33 (24b584240ddb)."),
    Rule(("CONFIG_EXT3_FS",), "missing", "yes", both(since(4, 3), on("EXT4_FS")),
         "The driver of ext3 went with 4.3 (c290ea01abb7), and ext4 mounts it; what was left of the symbol "
         "selected EXT4_FS, and went as well."),
    Rule(("encrypted overlay networks",), "missing", "yes",
         lambda c: "CRYPTO_GHASH" not in c.values and c.on("CRYPTO_GCM", "CRYPTO_LIB_GF128HASH"),
         "CRYPTO_GHASH went with 7.1: GCM takes GHASH from CRYPTO_LIB_GF128HASH."),
    Rule(("CONFIG_OVERLAY_FS",), "missing", "yes", both(before(3, 18), on("OVERLAYFS_FS")),
         "Before 3.18 overlayfs was out of tree, and its symbol OVERLAYFS_FS; mount it as \"overlayfs\"."),
)


@dataclass
class Difference:
    checker: str
    item: str
    they: str
    ours: str
    reason: str
    configs: list[Config] = field(default_factory=list)


class Unexplained(Exception):
    pass


def parse_values(text: str) -> dict[str, str]:
    values = {}
    for line in text.splitlines():
        if match := re.match(r"CONFIG_(\w+)=(.*)", line):
            values[match[1]] = match[2].strip()
        elif match := re.match(r"# CONFIG_(\w+) is not set", line):
            values[match[1]] = "is not set"
    return values


def read_checker(path: Path) -> dict[str, str]:
    """Item: "enabled" or "missing", as the checker printed it."""
    found = {}
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"\s*(?:- )?([A-Za-z_/][^:]*): (enabled|missing|required)\b", line)
        if match:
            found[match[1]] = "missing" if match[2] == "required" else match[2]
    return found


def load(path: Path, executable: Path) -> Config:
    done = subprocess.run([executable, "probe", "--config", path, "--format", "json"],
                          capture_output=True, timeout=300, check=False)
    document = json.loads(done.stdout)
    version = tuple(int(n) for n in re.findall(r"\d+", document["subject"]["release"] or "0")[:3])
    return Config(path.name.removesuffix(".config.xz"),
                  parse_values(lzma.open(path, "rt", errors="replace").read()), version,
                  {f["id"]: f for f in document["features"]})


def compare(data: Path, executable: Path) -> tuple[list[Difference], dict[str, int]]:
    """All differences, grouped by checker, item, answers and reason; and how many answers there were."""
    found: dict[tuple[str, str, str, str, str], Difference] = {}
    unexplained = []
    asked: dict[str, int] = defaultdict(int)
    for path in sorted((data / "configs").glob("*.config.xz")):
        config = load(path, executable)
        for checker, directory in ((LXC, "lxc"), (MOBY, "moby")):
            said = read_checker(data / "checkers" / directory / f"{config.name}.txt")
            items = dict(ITEMS[checker])
            for item, (parts, features) in TOGETHER[checker].items():
                said[item] = ("enabled" if all(said.get(p) == "enabled" for p in parts) else "missing")
                items[item] = features
            for item, features in items.items():
                if item not in said:
                    continue
                asked[checker] += 1
                they, ours = said[item], config.answer(features)
                if (they == "enabled") == (ours == "yes"):
                    continue
                rule = next((r for r in RULES if item in r.items and (they, ours) == (r.they, r.ours)
                             and r.holds(config)), None)
                if rule is None:
                    unexplained.append(f"{checker}: {item}: {they}, and we say {ours} "
                                       f"({config.why(features)}) on {config.name}")
                    continue
                key = (checker, item, they, ours, rule.reason)
                found.setdefault(key, Difference(*key)).configs.append(config)
    if unexplained:
        raise Unexplained("\n".join(unexplained))
    return sorted(found.values(), key=lambda d: (d.checker, d.item, d.they, d.reason)), dict(asked)


def shorten(configs: list[Config]) -> str:
    return ", ".join(c.name for c in configs)


def render(differences: list[Difference], asked: dict[str, int]) -> str:
    count = {c: sum(len(d.configs) for d in differences if d.checker == c) for c in asked}
    lines = [
        "# Where our verdicts differ", "",
        "Over the real configurations of the corpus, 2.6.25 to 7.2 on 13 architectures: every item on which",
        "`seaworthy probe --config` says other than lxc-checkconfig 5.0.2 or check-config.sh 20.10.24 printed for",
        "the same file. Made by `make differences`, out of rules whose conditions are looked up in the files; a",
        "difference without a rule, or a rule without a difference, fails `make check`.", ""]
    for checker in sorted(asked):
        lines += [f"## {checker}", "",
                  f"{count[checker]} of {asked[checker]} answers differ.", "",
                  "| item | it says | we say | why that is right | on |", "|---|---|---|---|---|"]
        for d in differences:
            if d.checker == checker:
                lines.append(f"| {d.item.replace('|', chr(92) + '|')} | {d.they} | {d.ours} | {d.reason} | "
                             f"{len(d.configs)}: {shorten(d.configs)} |")
        lines.append("")
        lines += ["Not compared:", ""]
        by_reason: dict[str, list[str]] = defaultdict(list)
        for item, why in NOT_COMPARED[checker].items():
            by_reason[why].append(item)
        lines += [f"- {', '.join(i)}: {why}." for why, i in by_reason.items()]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: corpus_differences.py DATA EXECUTABLE", file=sys.stderr)
        return 64
    data, executable = (Path(a) for a in sys.argv[1:3])
    if not any((data / "configs").glob("*.config.xz")):
        print(f"corpus_differences.py: no configurations (*.config.xz) in {data / 'configs'}: make DATA=DIR "
              "says where they are", file=sys.stderr)
        return 1
    try:
        differences, asked = compare(data, executable)
    except Unexplained as error:
        print(error, file=sys.stderr)
        return 1
    print(render(differences, asked), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
