# SPDX-License-Identifier: GPL-2.0-only
"""Results as `seaworthy matrix` writes them, for the tests of the reports: the same every time."""
from __future__ import annotations

import hashlib
import random
from typing import Any

HOSTILE = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(1)> &amp; \" ' `"
    " \x1b[31mred\x1b[0m\x1b]0;title\x07 nul\x00 bell\x07 \x7f\x9b \ud800 \udcff \u202e rtl ]]> \ufffe"
)

# id, title, area, since, configured symbol
FEATURES = [
    ("ns.mnt", "Mount namespaces", "namespace", (2, 6), "builtin"),
    ("ns.uts", "UTS namespaces", "namespace", (2, 6), "UTS_NS"),
    ("ns.ipc", "IPC namespaces", "namespace", (2, 6), "IPC_NS"),
    ("ns.pid", "PID namespaces", "namespace", (2, 6), "PID_NS"),
    ("ns.net", "Network namespaces", "namespace", (2, 6), "NET_NS"),
    ("ns.user", "User namespaces", "namespace", (3, 8), "USER_NS"),
    ("ns.cgroup", "Cgroup namespaces", "namespace", (4, 6), "CGROUPS"),
    ("ns.time", "Time namespaces", "namespace", (5, 6), "TIME_NS"),
    ("cgroup.v1.cpu", "CPU shares (v1)", "cgroup-v1", (2, 6), "CGROUP_SCHED"),
    ("cgroup.v1.memory", "Memory controller (v1)", "cgroup-v1", (2, 6), "MEMCG"),
    ("cgroup.v1.devices", "Device access lists (v1)", "cgroup-v1", (2, 6), "CGROUP_DEVICE"),
    ("cgroup.v1.freezer", "Freezer (v1)", "cgroup-v1", (2, 6), "CGROUP_FREEZER"),
    ("cgroup.v1.pids", "Process number limit (v1)", "cgroup-v1", (4, 3), "CGROUP_PIDS"),
    ("cgroup.v2", "Unified hierarchy", "cgroup-v2", (4, 5), "CGROUPS"),
    ("cgroup.v2.memory", "Memory controller (v2)", "cgroup-v2", (4, 5), "MEMCG"),
    ("cgroup.v2.pids", "Process number limit (v2)", "cgroup-v2", (4, 5), "CGROUP_PIDS"),
    ("cgroup.v2.devices", "Device programs (BPF)", "cgroup-v2", (4, 15), "CGROUP_BPF"),
    ("cgroup.v2.freeze", "Freezer (v2)", "cgroup-v2", (5, 2), "CGROUPS"),
    ("mount.devpts_newinstance", "Private devpts instances", "mount", (2, 6), "UNIX98_PTYS"),
    ("mount.overlay", "Overlay filesystem", "mount", (3, 18), "OVERLAY_FS"),
    ("net.veth", "Virtual Ethernet pairs", "network", (2, 6), "VETH"),
    ("net.macvlan", "MAC-based VLANs", "network", (2, 6), "MACVLAN"),
    ("net.vlan", "802.1Q VLANs", "network", (2, 6), "VLAN_8021Q"),
    ("net.bridge", "Ethernet bridging", "network", (2, 6), "BRIDGE"),
    ("security.seccomp_filter", "Seccomp filters", "security", (3, 5), "SECCOMP_FILTER"),
    ("security.file_caps", "File capabilities", "security", (2, 6), "builtin"),
    ("ipc.mqueue", "POSIX message queues", "ipc", (2, 6), "POSIX_MQUEUE"),
]
MODULES = {"mount.overlay", "net.veth", "net.macvlan", "net.vlan", "net.bridge"}

TESTS = [
    ("ns.pid.first_child_is_pid_1", ["ns.pid"]),
    ("ns.pid.init_death_kills_all", ["ns.pid"]),
    ("ns.pid.proc_shows_own_only", ["ns.pid", "ns.mnt"]),
    ("ns.pid.signals_from_inside_ignored", ["ns.pid"]),
    ("ns.mnt.private_tree", ["ns.mnt"]),
    ("ns.mnt.slave_receives", ["ns.mnt"]),
    ("ns.mnt.pivot_root", ["ns.mnt"]),
    ("ns.uts.name_is_own", ["ns.uts"]),
    ("ns.ipc.shm_is_own", ["ns.ipc"]),
    ("ns.ipc.mqueue_is_own", ["ns.ipc", "ipc.mqueue"]),
    ("ns.net.starts_with_lo_down", ["ns.net"]),
    ("ns.net.veth_crosses", ["ns.net", "net.veth"]),
    ("ns.user.maps_root", ["ns.user"]),
    ("ns.user.setgroups_denied", ["ns.user"]),
    ("devpts.instances_are_private", ["mount.devpts_newinstance"]),
    ("devpts.ptmx_link_works", ["mount.devpts_newinstance"]),
    ("cgroup.v1.devices.allow_list", ["cgroup.v1.devices"]),
    ("cgroup.v1.devices.child_cannot_widen", ["cgroup.v1.devices"]),
    ("cgroup.v1.memory.limit_kills", ["cgroup.v1.memory"]),
    ("cgroup.v1.pids.fork_fails_at_max", ["cgroup.v1.pids"]),
    ("cgroup.v1.freezer.stops_and_thaws", ["cgroup.v1.freezer"]),
    ("cgroup.v2.devices.denied_is_eperm", ["cgroup.v2.devices"]),
    ("cgroup.v2.memory.max_kills", ["cgroup.v2.memory"]),
    ("cgroup.v2.pids.fork_fails_at_max", ["cgroup.v2.pids"]),
    ("cgroup.v2.freeze.stops_and_thaws", ["cgroup.v2.freeze"]),
]
RUNTIME_TESTS = [
    ("app.host_name", ["ns.uts"]),
    ("app.pid_1", ["ns.pid"]),
    ("app.private_devpts", ["mount.devpts_newinstance"]),
    ("app.exit_status", []),
    ("app.nothing_left", []),
    ("sys.boots_to_getty", ["ns.pid"]),
    ("sys.only_lo_and_up", ["ns.net"]),
    ("sys.mounts_as_configured", ["ns.mnt"]),
    ("sys.device_denied", []),
    ("sys.proc_line_is_explained", []),
    ("sys.stops_on_request", []),
    ("sys.nothing_left", []),
]
PROFILES = [
    ("app", "Application container", ["ns.mnt", "ns.pid", "mount.devpts_newinstance"], []),
    (
        "system",
        "System container",
        ["ns.pid", "ns.net", "ns.ipc", "mount.devpts_newinstance"],
        ["ipc.mqueue"],
    ),
    (
        "lxc",
        "LXC",
        ["ns.mnt", "ns.pid", "ns.net"],
        ["ns.user", "cgroup.v1.devices|cgroup.v2.devices"],
    ),
    (
        "docker",
        "Docker",
        ["mount.overlay", "net.veth", "net.bridge", "cgroup.v1.devices|cgroup.v2.devices"],
        ["security.seccomp_filter", "cgroup.v1.memory|cgroup.v2.memory"],
    ),
    ("rootless", "Rootless containers", ["ns.user", "mount.overlay"], ["cgroup.v2.memory"]),
]
IMPACTS = {
    "ns.user": "root in a container is root outside",
    "mount.overlay": "images cannot be layered",
    "cgroup.v1.memory": "one container can use up all memory",
    "cgroup.v2.memory": "one container can use up all memory",
    "cgroup.v1.devices": "every device is open to every container",
}


def _feature(row: tuple[Any, ...], version: tuple[int, int], layout: str) -> dict[str, Any]:
    fid, title, area, since, symbol = row
    configured = {
        "value": "module" if fid in MODULES else "builtin",
        "why": f"CONFIG_{symbol}=" + "ym"[fid in MODULES],
    }
    live = {
        "value": "works",
        "errno": None,
        "evidence": f"{title}: tried and seen to work",
        "cause": None,
        "cause_text": None,
    }
    f: dict[str, Any] = {
        "id": fid,
        "title": title,
        "area": area,
        "configured": configured,
        "live": live,
        "finding": None,
        "remedy": None,
        "usable": "yes",
    }
    if symbol == "builtin":
        configured["why"] = "always on in this version"
    if version < since:
        configured.update(value="no-such-symbol", why=f"came with {since[0]}.{since[1]}")
        live.update(value="absent", errno="EINVAL", evidence="answered EINVAL")
        f.update(usable="no", remedy=f"use a kernel from {since[0]}.{since[1]} on")
    elif layout == "v2" and area == "cgroup-v1" and fid != "cgroup.v1.devices":
        cause = (
            "other-hierarchy",
            f"the {fid.rsplit('.', 1)[1]} controller is in use on cgroup v2",
        )
        live.update(
            value="denied",
            errno="EBUSY",
            evidence="mount -t cgroup: EBUSY",
            cause=cause[0],
            cause_text=cause[1],
        )
        f.update(
            usable="no",
            finding={"type": cause[0], "text": cause[1]},
            remedy="boot with cgroup v1, or use the v2 controller",
        )
    elif layout != "v2" and fid in ("cgroup.v2.memory", "cgroup.v2.pids"):
        live.update(
            value="denied",
            errno=None,
            evidence="not in cgroup.controllers",
            cause="other-hierarchy",
            cause_text="in use on cgroup v1",
        )
        f.update(
            usable="no",
            finding={"type": "other-hierarchy", "text": "in use on cgroup v1"},
            remedy="unmount the v1 hierarchy of this controller",
        )
    return f


def _set(probe: dict[str, Any], fid: str, **changes: Any) -> None:
    for f in probe["features"]:
        if f["id"] == fid:
            f["live"].update(changes.pop("live", {}))
            f["configured"].update(changes.pop("configured", {}))
            f.update(changes)


def _profiles(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    usable = {f["id"]: f["usable"] for f in features}
    out = []
    for pid, title, must, should in PROFILES:
        missing = []
        for level, wants in (("must", must), ("should", should)):
            for want in wants:
                ids = want.split("|")
                states = [usable[i] for i in ids]
                if "yes" not in states:
                    missing.append(
                        {
                            "level": level,
                            "features": ids,
                            "impact": IMPACTS.get(ids[0], "containers do without it"),
                            "usable": "unknown" if "unknown" in states else "no",
                        }
                    )
        levels = {m["level"] for m in missing}
        verdict = "not-ready" if "must" in levels else "degraded" if levels else "ready"
        if any(m["level"] == "must" and m["usable"] == "unknown" for m in missing):
            verdict = "unknown"
        out.append({"id": pid, "title": title, "verdict": verdict, "missing": missing})
    return out


def probe(release: str, layout: str, changes: Any = None) -> dict[str, Any]:
    version = tuple(int(n) for n in release.split("-")[0].split(".")[:2])
    doc: dict[str, Any] = {
        "schema": "seaworthy.probe/1",
        "tool": {"name": "seaworthy", "version": "0.1.0"},
        "subject": {
            "kind": "running",
            "path": None,
            "release": release,
            "version": release.split("-")[0],
            "arch": "x86_64",
            "config_source": "/proc/config.gz",
            "config_format": "gzip",
            "config_complete": True,
            "config_problems": [],
        },
        "environment": {
            "uid": 0,
            "capabilities": "000001ffffffffff",
            "seccomp": 0,
            "cgroup_layout": {"v2": "v2", "hybrid": "hybrid"}.get(layout, "v1"),
            "cmdline": "console=ttyS0 panic=-1",
        },
        "features": [_feature(row, version, layout) for row in FEATURES],
    }
    for fid, change in (changes or {}).items():
        _set(doc, fid, **change)
    doc["profiles"] = _profiles(doc["features"])
    doc["exit_status"] = 0 if all(p["verdict"] == "ready" for p in doc["profiles"]) else 2
    return doc


def _tests(rng: random.Random, probe_doc: dict[str, Any], speed: float) -> list[dict[str, Any]]:
    usable = {f["id"]: f for f in probe_doc["features"]}
    out = []
    for group, table in (("kernel", TESTS), ("runtime/berth", RUNTIME_TESTS)):
        for tid, needs in table:
            lacks = [n for n in needs if usable[n]["usable"] == "no"]
            test = {
                "id": tid,
                "group": group,
                "area": tid.rsplit(".", 1)[0],
                "result": "PASS",
                "needs": needs,
                "message": "",
                "duration_ms": round(rng.uniform(3, 90) * speed),
                "log": [],
            }
            if lacks:
                live = usable[lacks[0]]["live"]
                test.update(
                    result="SKIP",
                    message=f"{lacks[0]} is {live['value']}: {live['evidence']}",
                    duration_ms=0,
                )
            out.append(test)
    return out


def step(
    name: str,
    wall: int,
    exit_status: int | None = 0,
    signal: int | None = None,
    stderr: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "step": name,
        "exit": exit_status,
        "signal": signal,
        "timeout": exit_status is None and signal is None,
        "wall_ms": wall,
        "cpu_ms": wall * 7 // 10,
        "left": [],
        "stderr_tail": stderr or [],
    }


def run(
    rng: random.Random,
    rid: str,
    release: str,
    layout: str,
    suite: str | None,
    changes: Any = None,
    speed: float = 1.0,
) -> dict[str, Any]:
    doc = probe(release, layout, changes)
    host = rid == "host"
    return {
        "id": rid,
        "kernel": {
            "release": release,
            "arch": "x86_64",
            "image": None if host else f"vmlinuz-{release}",
            "sha256": None if host else hashlib.sha256(release.encode()).hexdigest(),
            "package": f"linux-image-{release}" if suite else None,
            "package_version": f"{release.split('-')[0]}-1" if suite else None,
            "suite": suite,
        },
        "machine": {
            "kind": "host" if host else "qemu",
            "accel": None if host else "tcg",
            "command": []
            if host
            else [
                "qemu-system-x86_64",
                "-M",
                "pc",
                "-cpu",
                "max",
                "-m",
                "512",
                "-nodefaults",
                "-nographic",
                "-no-reboot",
                "-kernel",
                f"vmlinuz-{release}",
                "-initrd",
                "initramfs.cpio.gz",
                "-append",
                "console=ttyS0 panic=-1 quiet seaworthy.channel=ttyS1",
            ],
        },
        "layout": layout,
        "verdict": "PASS",
        "detail": "",
        "console_tail": [],
        "boot_s": None if host else round(2.5 * speed + rng.random(), 1),
        "duration_s": round(30 * speed, 1),
        "cpu_s": round(24 * speed, 1),
        "probe": doc,
        "tests": _tests(rng, doc, speed),
        "steps": [step("probe", 1800), step("kernel", 9000), step("berth", 14000)],
        "damage": [],
    }


def _find(r: dict[str, Any], tid: str) -> dict[str, Any]:
    return next(t for t in r["tests"] if t["id"] == tid)


def document(runs: list[dict[str, Any]], status: int) -> dict[str, Any]:
    return {
        "schema": "seaworthy.matrix/1",
        "tool": {"name": "seaworthy", "version": "0.1.0"},
        "started": "2026-11-24T13:18:27Z",
        "duration_s": 214.6,
        "host": {"release": "6.18.5", "arch": "x86_64", "cpus": 2, "qemu": "7.2.22"},
        "runs": runs,
        "exit_status": status,
    }


def clean_runs(rng: random.Random) -> list[dict[str, Any]]:
    memory_off = {
        "cgroup.v1.memory": {
            "live": {
                "value": "absent",
                "errno": "EINVAL",
                "evidence": "mount -t cgroup -o memory: EINVAL",
                "cause": "boot-parameter",
                "cause_text": "cgroup_disable=memory",
            },
            "finding": {
                "type": "boot-parameter",
                "text": "configured, but the kernel was booted with cgroup_disable=memory",
            },
            "remedy": "remove cgroup_disable=memory from the kernel's command line",
            "usable": "no",
        }
    }
    vlan_lost = {
        "net.vlan": {
            "live": {
                "value": "absent",
                "errno": "EOPNOTSUPP",
                "evidence": "RTM_NEWLINK kind vlan: EOPNOTSUPP",
                "cause": "module-missing",
                "cause_text": "8021q.ko is not in /lib/modules",
            },
            "finding": {
                "type": "module-missing",
                "text": "configured as a module, and 8021q.ko is not on disk",
            },
            "remedy": "install 8021q.ko of this kernel, or set CONFIG_VLAN_8021Q=y",
            "usable": "no",
        }
    }
    return [
        run(
            rng,
            "debian-5.10-cloud-amd64",
            "5.10.0-36-cloud-amd64",
            "v1-single",
            "bullseye",
            memory_off,
        ),
        run(
            rng, "debian-6.1-cloud-amd64", "6.1.0-41-cloud-amd64", "v1-each", "bookworm", vlan_lost
        ),
        run(
            rng,
            "debian-6.12-cloud-amd64",
            "6.12.57+deb12-cloud-amd64",
            "hybrid",
            "bookworm-backports",
        ),
        run(rng, "debian-7.2-cloud-amd64", "7.2-cloud-amd64", "v2", "sid"),
    ]


def realistic(seed: int = 1) -> dict[str, Any]:
    """A distribution's kernels, some failing; one that panics, one that hangs, one cut short."""
    rng = random.Random(seed)
    runs = clean_runs(rng)
    bad = runs[1]
    _find(bad, "cgroup.v1.pids.fork_fails_at_max").update(
        result="FAIL",
        message="fork() succeeded with pids.current=5 and pids.max=4: expected EAGAIN",
        log=["cgroup_v1.c:212: Expected -1 (-1) == pid (1733)", "pids.max=4 pids.current=5"],
    )
    _find(bad, "sys.boots_to_getty").update(
        result="TIMEOUT",
        message="no login prompt within 30 s",
        duration_ms=30000,
        log=["init started: BusyBox v1.35.0", "can't open /dev/tty1: Operation not permitted"],
    )
    _find(runs[3], "ns.user.maps_root").update(
        result="CRASH", message="killed by SIGSEGV", log=["child 412: signal 11"]
    )
    bad.update(verdict="FAIL", detail="2 tests failed")
    runs[3].update(verdict="FAIL", detail="1 test failed")

    panicked = run(
        rng,
        "bsp-panics",
        "4.4.63-vendor+",
        "v1-single",
        None,
        {
            "ns.user": {
                "configured": {"value": "off", "why": "CONFIG_USER_NS is not set"},
                "usable": "no",
                "live": {
                    "value": "absent",
                    "errno": "EINVAL",
                    "evidence": "clone(CLONE_NEWUSER): EINVAL",
                },
                "remedy": "set CONFIG_USER_NS=y",
            },
            "net.macvlan": {
                "configured": {"value": "unknown", "why": "no configuration to be had"},
                "usable": "unknown",
                "live": {"value": "unknown", "evidence": "not tried: needs CAP_NET_ADMIN"},
            },
        },
    )
    done = panicked["tests"][:7]
    for t in panicked["tests"][7:]:
        t.update(result="NOT-RUN", message="the kernel panicked before", duration_ms=None, log=[])
    done[6].update(result="PASS")
    panicked.update(
        verdict="PANIC",
        detail="Kernel panic - not syncing: Fatal exception in interrupt, in step kernel",
        cpu_s=8.1,
        console_tail=[
            "[    9.412345] BUG: unable to handle kernel NULL pointer dereference at 0000000000000018",
            "[    9.412399] IP: [<ffffffff8110a2c4>] copy_net_ns+0x44/0x110",
            "[    9.412401] Oops: 0000 [#1] SMP",
            "[    9.413] Kernel panic - not syncing: Fatal exception in interrupt",
            "[    9.414] Rebooting in 1 seconds..",
        ],
    )
    panicked["steps"] = [step("probe", 1700)]
    hung = run(rng, "bsp-hangs", "3.10.108", "none", None)
    hung.update(
        verdict="TIMEOUT",
        detail="no hello within 60 s",
        boot_s=None,
        probe=None,
        tests=[],
        steps=[],
        layout=None,
        console_tail=[
            "[    0.000000] Booting Linux on physical CPU 0x0",
            "[    3.141592] Waiting for root device ...",
        ],
    )
    hung["kernel"]["release"] = None
    cut_short = run(rng, "hostile", "6.6.1-evil", "v2", None)
    cut_short["tests"] = cut_short["tests"][:9]
    cut_short["tests"][2].update(
        result="FAIL", message=HOSTILE, log=[HOSTILE, "second line", HOSTILE * 3]
    )
    cut_short.update(
        verdict="BROKEN-OUTPUT",
        detail="the stream ends without final: " + HOSTILE,
        console_tail=[HOSTILE, "caf\udce9", "x" * 300],
        damage=["gap: record 17 is missing " + HOSTILE],
    )
    return document([*runs, panicked, hung, cut_short], 1)


def all_good(seed: int = 1) -> dict[str, Any]:
    return document(clean_runs(random.Random(seed)), 0)


def empty() -> dict[str, Any]:
    return document([], 3)


def big(kernels: int = 8, tests: int = 400, seed: int = 1) -> dict[str, Any]:
    """Many kernels and tests, for size and width."""
    rng = random.Random(seed)
    runs = []
    for k in range(kernels):
        r = run(rng, f"debian-6.{k}-cloud-amd64", f"6.{k}.0-cloud-amd64", "v2", "sid")
        r["tests"] = [
            {
                "id": f"area{n // 20:02d}.test_number_{n:03d}_of_many",
                "group": "kernel" if n % 3 else "runtime/berth",
                "area": f"area{n // 20:02d}",
                "result": rng.choices(("PASS", "FAIL", "SKIP"), (90, 4, 6))[0],
                "needs": [FEATURES[n % len(FEATURES)][0]],
                "message": "",
                "duration_ms": n,
                "log": [],
            }
            for n in range(tests)
        ]
        for t in r["tests"]:
            if t["result"] != "PASS":
                t.update(
                    message=f"expected 0, got {rng.randrange(5)}",
                    log=["line one of the log", "line two"],
                )
        r.update(verdict="FAIL", detail="tests failed", console_tail=["login:"])
        runs.append(r)
    return document(runs, 1)


SAMPLES = {"realistic": realistic, "all_good": all_good, "empty": empty}
