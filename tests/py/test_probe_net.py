# SPDX-License-Identifier: GPL-2.0-only
"""The networking rows: here, unprivileged, under a filter, and on a real kernel of ours alone.

On that one every module lies on disk, with modprobe and its map in place: the kernel would load any
of them at a careless question.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from seaworthy import guests, initramfs, kernels, machines, protocol
from seaworthy.outcome import Outcome

LIMIT_S = 300
Rows = dict[str, dict[str, Any]]


def rows(document: bytes) -> Rows:
    return {f["id"]: f for f in json.loads(document)["features"]}


def probe(*args: str | Path) -> Rows:
    done = subprocess.run([str(a) for a in (*args, "probe", "--format", "json", "net.*")],
                          capture_output=True, timeout=LIMIT_S)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return rows(done.stdout)


def value(row: dict[str, Any]) -> str:
    return row["live"]["value"]


def state_of_the_host() -> dict[str, Any]:
    """What a probe that forgot its namespace would change."""
    seen: dict[str, Any] = {"links": sorted(os.listdir("/sys/class/net"))}
    for name in ("ip_tables_names", "ip6_tables_names", "route", "if_inet6", "netfilter/nf_log"):
        path = Path("/proc/net") / name
        seen[name] = path.read_text() if path.exists() else None
    modules = Path("/proc/modules")
    seen["modules"] = {line.split()[0] for line in modules.read_text().splitlines()} if modules.exists() else None
    return seen


@pytest.fixture(scope="module")
def here(executable: Path) -> Rows:
    return probe(executable)


def test_nothing_is_broken_here(here: Rows) -> None:
    assert {i: f["live"]["evidence"] for i, f in here.items() if value(f) == "broken"} == {}


def test_lists_of_the_kernel_are_what_is_said(here: Rows) -> None:
    for name, kind in (("matches", "match"), ("targets", "target")):
        path = Path(f"/proc/net/ip_tables_{name}")
        if not path.exists():
            continue
        listed = set(path.read_text().split())
        for row in here.values():
            title = row["title"].split()
            if row["id"].startswith("net.xt_") and title[1] == kind and "(IPv6)" not in title:
                assert (value(row) == "works") == (title[-1] in listed), row


@pytest.mark.skipif(os.geteuid() != 0, reason="the host's tables are root's to look at")
def test_host_is_not_touched(executable: Path) -> None:
    before = state_of_the_host()
    probe(executable)
    assert state_of_the_host() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to become nobody")
def test_nobody_sees_the_same_or_says_why_not(here: Rows, open_executable: Path) -> None:
    nobody = probe("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", open_executable)
    assert nobody.keys() == here.keys()
    for id_, row in nobody.items():
        if value(row) != value(here[id_]):
            assert value(row) in ("unknown", "denied"), row
            assert row["live"]["cause"] or "/dev/net/tun" in row["live"]["evidence"], row


@pytest.mark.parametrize("rule", ["unshare=1", "unshare=38", "unshare=0"])
def test_without_a_namespace_nothing_is_tried(here: Rows, executable: Path, shim: Path, rule: str) -> None:
    """Neither a filter that refuses nor one that claims success makes a probe work on the host."""
    before = state_of_the_host()
    filtered = probe(shim, rule, "--", executable)
    assert state_of_the_host() == before
    for id_, row in filtered.items():
        if id_ == "net.masquerade":
            continue  # by its second way, the target MASQUERADE, it takes no namespace
        if "of our own" in here[id_]["live"]["evidence"]:
            assert value(row) == "unknown", row
        else:
            # What was absent in a namespace of our own cannot be told either.
            assert value(row) == value(here[id_]) or (value(row), value(here[id_])) == ("unknown", "absent"), row


@pytest.mark.parametrize("rule,id_,want", [
    ("getsockopt=1", "net.iptables_legacy", "denied"),
    ("getsockopt=92", "net.iptables_legacy", "absent"),
    ("getsockopt=1", "net.xt_addrtype", "denied"),
    ("sendmsg=1", "net.nftables", "denied"),
])
def test_an_answer_taken_away_is_seen(here: Rows, executable: Path, shim: Path, rule: str, id_: str,
                                      want: str) -> None:
    if value(here[id_]) != "works":
        pytest.skip(f"{id_} does not work here")
    row = probe(shim, rule, "--", executable)[id_]
    assert value(row) == want, row


# ---- a guest --------------------------------------------------------------------------------------

# With what depmod says each needs; by name as modprobe knows it.
MODULES = """
veth bridge br_netfilter macvlan macvtap ipvlan dummy ifb vxlan geneve ipip ip_gre wireguard vrf tun 8021q
iptable_filter iptable_nat iptable_mangle iptable_raw ip6table_filter ip6table_nat ip6table_mangle ip6table_raw
nft_compat nft_ct nft_limit nft_fib_ipv4 nft_fib_ipv6 nft_reject_ipv4 nft_nat nft_chain_nat nft_masq nft_redir
xt_addrtype xt_bpf xt_cgroup xt_comment xt_conntrack xt_hashlimit xt_hl xt_ipvs xt_limit xt_mark xt_multiport
xt_nfacct xt_owner xt_physdev xt_pkttype xt_recent xt_set xt_socket xt_state xt_statistic xt_CHECKSUM
xt_connmark xt_nat xt_LOG xt_MASQUERADE xt_NFLOG xt_REDIRECT ipt_REJECT ip6t_REJECT xt_TCPMSS xt_TPROXY
nf_conntrack_netlink nf_nat_ftp nf_nat_tftp nfnetlink_acct nfnetlink_log nfnetlink_queue ip_set_hash_ip ip_set_hash_net
ip_vs_rr ip_vs_wrr ip_vs_sh sctp tcp_diag udp_diag unix_diag af_packet_diag netlink_diag xfrm_user
sch_htb sch_tbf sch_fq_codel sch_ingress cls_bpf cls_cgroup
""".split()
# Off by default, and a matter of policy.
SYSCTLS = {"net.ip_forward", "net.ipv6_forward"}
# To try it would leave cipher instances in /proc/crypto.
NOT_TRIED = {"net.overlay_encryption"}
PREPARE = ("set -e; mkdir -p /sbin; ln -s /bin/busybox /sbin/modprobe; busybox depmod; "
           "cut -d' ' -f1 /proc/modules | sort >/tmp/before")
QUIET = ("/bin/seaworthy probe --format json 'net.*'; cut -d' ' -f1 /proc/modules | sort >/tmp/after; "
         "cmp /tmp/before /tmp/after >&2 && echo same >&2")


def shell(name: str, script: str) -> protocol.Step:
    return protocol.Step(name, LIMIT_S, ("/bin/busybox", "sh", "-c", script))


@pytest.fixture(scope="module")
def guest(kernel: kernels.Kernel, accel: machines.Accel, executable: Path) -> Outcome:
    there = {p.name.split(".ko")[0].replace("-", "_") for p in kernel.modules_dir.rglob("*.ko*")}
    wanted = [m for m in MODULES if m in there]
    everything = dataclasses.replace(kernel, modules=tuple(dict.fromkeys((*kernel.modules, *wanted))))
    steps = [shell("prepare", PREPARE), shell("quiet", QUIET)]
    for at in range(0, len(wanted), 30):
        names = " ".join(wanted[at:at + 30])
        steps.append(shell(f"load-{at}", f"for m in {names}; do modprobe $m || exit 1; done"))
    steps.append(shell("loaded", "/bin/seaworthy probe --format json 'net.*'"))
    outcome = guests.Guest(machines.MACHINES["qemu-pc"], accel, kernel.image,
                           initramfs.build(everything, executable).data,
                           protocol.Job("v1-each", tuple(steps)), guests.Limits().scaled(accel.slowness), "").run()
    assert outcome.final == {"steps": len(steps), "status": "done"}, outcome
    for step in outcome.steps:
        if step.startswith(("prepare", "load-")):
            assert outcome.steps[step].end["exit"] == 0, bytes(outcome.steps[step].err)
    return outcome


def test_no_question_loads_a_module(guest: Outcome) -> None:
    assert b"same" in bytes(guest.steps["quiet"].err), bytes(guest.steps["quiet"].err)


def test_what_lies_on_disk_is_not_loaded_yet(guest: Outcome) -> None:
    quiet, loaded = rows(bytes(guest.steps["quiet"].out)), rows(bytes(guest.steps["loaded"].out))
    changed = {i for i in quiet if value(quiet[i]) != value(loaded[i])}
    assert {"net.veth", "net.nft_masq", "net.iptables_legacy", "net.xt_addrtype", "net.ipvs_rr", "net.ipset",
            "net.tc_htb", "net.unix_diag", "net.xfrm", "net.ctnetlink", "net.bridge_netfilter"} <= changed
    for id_ in changed:
        row = quiet[id_]
        assert (value(row), row["live"]["cause"], row["usable"]) == ("absent", "module-not-loaded", "unknown"), row
        assert row["remedy"].startswith("modprobe "), row


def test_everything_works_once_it_is_loaded(guest: Outcome) -> None:
    """By Debian's configuration all of these are there; a row that does not see it is wrong."""
    loaded = rows(bytes(guest.steps["loaded"].out))
    off = {i for i, f in loaded.items() if value(f) != "works"}
    assert {i: loaded[i]["live"] for i in off - SYSCTLS - NOT_TRIED
            if loaded[i]["configured"]["value"] != "off"} == {}
    for id_ in SYSCTLS:
        assert (value(loaded[id_]), loaded[id_]["live"]["cause"]) == ("denied", "sysctl")
