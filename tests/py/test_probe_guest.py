# SPDX-License-Identifier: GPL-2.0-only
"""The probe on a real kernel of ours alone: boot parameters, sysctls, and modules that it must not load.

The kernel could load them at any careless mount or RTM_NEWLINK: modprobe and its map are in place.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Boot
from seaworthy import host, plan, protocol
from seaworthy.outcome import Outcome

PREPARE = """
set -e
mkdir -p /sbin && ln -s /bin/busybox /sbin/modprobe
busybox depmod
cut -d' ' -f1 /proc/modules | sort >/tmp/before
"""
SCRIPTS = {
    "prepare": PREPARE,
    "quiet": "/bin/seaworthy probe --format json; cut -d' ' -f1 /proc/modules | sort >/tmp/after; "
             "cmp /tmp/before /tmp/after >&2 && echo same >&2",
    "sysctl": "echo 0 >/proc/sys/user/max_net_namespaces; /bin/seaworthy probe --format json ns.net; "
              "echo 1000 >/proc/sys/user/max_net_namespaces",
    "userns": "mkdir -p /x /etc; echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd; cp /bin/seaworthy /x/; "
              "chmod 755 /x /x/seaworthy; echo 0 >/proc/sys/kernel/unprivileged_userns_clone; "
              "busybox su -s /bin/sh nobody -c '/x/seaworthy probe --format json ns.* process.setns'; "
              "echo 1 >/proc/sys/kernel/unprivileged_userns_clone",
    "intrusive": "/bin/seaworthy probe --format json --intrusive cgroup.v1.pids",
    "missing": "f=$(find /lib/modules -name 'macvlan.ko*'); mv $f /tmp/m; "
               "/bin/seaworthy probe --format json net.macvlan; mv /tmp/m $f",
    "load": "/bin/seaworthy probe --format json --load-modules net.veth net.vlan mount.overlay; "
            "cut -d' ' -f1 /proc/modules >&2",
    "disabled": "echo 1 >/proc/sys/kernel/modules_disabled; "
                "/bin/seaworthy probe --format json net.bridge; "
                "/bin/seaworthy probe --load-modules net.bridge >&2",
}


@pytest.fixture(scope="module")
def seen(boot: Boot) -> Outcome:
    steps = [protocol.Step(name, 300, ("/bin/busybox", "sh", "-c", script))
             for name, script in SCRIPTS.items()]
    outcome = boot(*steps, append="cgroup_disable=memory cgroup_no_v1=pids no_file_caps")
    assert outcome.final == {"steps": len(SCRIPTS), "status": "done"}, outcome
    assert outcome.steps["prepare"].end["exit"] == 0, bytes(outcome.steps["prepare"].err)
    return outcome


def rows(seen: Outcome, step: str) -> dict[str, dict[str, Any]]:
    return {f["id"]: f for f in json.loads(bytes(seen.steps[step].out))["features"]}


def said(row: dict[str, Any]) -> tuple[str, str | None, str]:
    return row["live"]["value"], row["live"]["cause"], row["usable"]


def test_no_module_is_loaded(seen: Outcome) -> None:
    assert b"same" in bytes(seen.steps["quiet"].err)


@pytest.mark.parametrize("id_", ["net.veth", "net.macvlan", "net.vlan", "net.bridge", "mount.overlay"])
def test_module_on_disk_is_not_loaded_yet(seen: Outcome, id_: str) -> None:
    row = rows(seen, "quiet")[id_]
    assert row["configured"]["value"] == "module"
    assert said(row) == ("absent", "module-not-loaded", "unknown")
    assert row["remedy"].startswith("modprobe ")


def test_module_not_on_disk_is_missing(seen: Outcome) -> None:
    assert said(rows(seen, "missing")["net.macvlan"]) == ("absent", "module-missing", "no")


@pytest.mark.parametrize("id_", ["net.veth", "net.vlan", "mount.overlay"])
def test_modules_are_loaded_when_that_is_allowed(seen: Outcome, id_: str) -> None:
    assert said(rows(seen, "load")[id_]) == ("works", None, "yes")
    assert {b"veth", b"8021q", b"overlay"} <= set(bytes(seen.steps["load"].err).split())


def test_module_loading_switched_off(seen: Outcome) -> None:
    row = rows(seen, "disabled")["net.bridge"]
    assert said(row) == ("absent", "no-module-support", "no")
    assert "kernel.modules_disabled=1" in row["live"]["cause_text"]


def test_disabled_at_boot_is_told_with_the_parameter(seen: Outcome) -> None:
    for id_ in ("cgroup.v1.memory", "cgroup.v1.memsw"):
        row = rows(seen, "quiet")[id_]
        assert row["configured"]["value"] == "builtin"
        assert said(row) == ("absent", "boot-parameter", "no")
        assert row["live"]["cause_text"] == "cgroup_disable=memory"
        assert row["finding"]["type"] == "boot-parameter"
        assert row["remedy"] == "boot without cgroup_disable=memory"


def test_v1_switched_off_at_boot(seen: Outcome) -> None:
    row = rows(seen, "intrusive")["cgroup.v1.pids"]
    assert said(row) == ("absent", "boot-parameter", "no")
    assert row["live"]["cause_text"] == "cgroup_no_v1=pids"


def test_file_capabilities_switched_off_at_boot(seen: Outcome) -> None:
    assert said(rows(seen, "quiet")["security.file_caps"]) == ("absent", "boot-parameter", "no")


def test_user_namespaces_kept_from_users_by_debians_sysctl(seen: Outcome) -> None:
    now = rows(seen, "userns")
    assert said(now["ns.user"]) == ("denied", "sysctl", "no")
    assert now["ns.user"]["live"]["cause_text"] == "kernel.unprivileged_userns_clone=0"
    # What only needs one as a means to an end is not thereby known to be missing.
    for id_ in ("process.setns", "ns.setns_pidfd", "ns.limits"):
        assert now[id_]["usable"] == "unknown", now[id_]


def test_namespaces_limited_by_sysctl(seen: Outcome) -> None:
    row = rows(seen, "sysctl")["ns.net"]
    assert said(row) == ("denied", "sysctl", "no")
    assert row["live"]["cause_text"] == "user.max_net_namespaces=0"


def test_the_rest_works_as_on_any_debian_kernel(seen: Outcome) -> None:
    found = rows(seen, "quiet")
    for id_ in ("ns.mnt", "ns.uts", "ns.ipc", "ns.pid", "ns.net", "ns.user", "ns.cgroup", "ns.time",
                "cgroup.v1.devices", "cgroup.v1.freezer", "cgroup.v1.cpu", "mount.devpts_newinstance",
                "mount.pivot_root", "mount.proc", "mount.sysfs", "ipc.mqueue", "security.seccomp_filter"):
        assert said(found[id_]) == ("works", None, "yes"), found[id_]


def test_host_is_never_probed_intrusively(tmp_path: Path) -> None:
    """The same steps run in guests and on the machine itself: there, --intrusive stays out."""
    echo = tmp_path / "echo"
    echo.write_text("#!/bin/sh\nexec echo \"$@\"\n")
    echo.chmod(0o755)
    steps = tuple(s for s in plan.steps(1.0) if s.name == "probe")
    assert "--intrusive" in steps[0].argv
    seen = host.run(protocol.Job("none", steps), echo, threading.Event(), lambda *_: None)
    assert bytes(seen.steps["probe"].out).split() == [b"probe", b"--format", b"json"]
