# SPDX-License-Identifier: GPL-2.0-only
"""The rows of control groups: what a trial that is killed leaves, and what boot parameters switch off."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Boot
from seaworthy import protocol
from seaworthy.outcome import Outcome
from test_probe import EXE, LIMIT_S, cgroup_mounts, features, kill_children, needs_root, probe, valid


def v2_mount() -> Path | None:
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    places = [Path(f[4]) for f in lines if f[f.index("-") + 1] == "cgroup2"]
    return next((p for p in places if (p / "cgroup.subtree_control").exists()), None)


def ours() -> list[str]:
    """Cgroups of the probe, wherever cgroups are mounted."""
    return [str(p) for m in cgroup_mounts() for p in m.glob("**/seaworthy-*")]


def killed_while(args: tuple[str, ...], is_there: Callable[[int], bool]) -> int:
    """Kill the probing process each time the trial has got so far; how often it was caught."""
    hits = 0
    for _ in range(60):
        # A row of a session would be read again alone, and nothing said of the death.
        child = subprocess.Popen([EXE, "probe", "--format", "json", *args], stdout=subprocess.PIPE,
                                 env={**os.environ, "SEAWORTHY_SESSIONS": "none"})
        while child.poll() is None and not is_there(child.pid):
            pass
        kill_children(child)
        out, _ = child.communicate(timeout=LIMIT_S)
        valid(json.loads(out))
        hits += b"killed by KILL" in out
        assert not [p for p in ours() if f"-{child.pid}-" in p]
        if hits >= 3:
            break
    return hits


@needs_root
def test_killed_intrusive_trial_leaves_no_controller_enabled() -> None:
    """cgroup.subtree_control of the root is as before, though the process that changed it is dead."""
    root = v2_mount()
    if root is None:
        pytest.skip("no cgroup2 is mounted here")
    control = root / "cgroup.subtree_control"
    before = control.read_text().split()
    free = [c for c in (root / "cgroup.controllers").read_text().split()
            if c not in before and c in ("hugetlb", "pids", "memory", "io", "misc", "rdma", "cpuset")]
    if not free or (root / "cgroup.type").exists():
        pytest.skip("no controller that is not enabled already, or not the real root")
    hits = killed_while(("--intrusive", f"cgroup.v2.{free[0]}"),
                        lambda _pid: free[0] in control.read_text().split())
    assert hits, "no trial was ever caught with its controller enabled"
    assert control.read_text().split() == before


@needs_root
@pytest.mark.parametrize("id_", ["cgroup.v1.clone_children", "cgroup.v2.threaded"])
def test_killed_trial_leaves_no_cgroup_below_its_own(shim: Path, id_: str) -> None:
    before = ours()
    row = features(valid(probe("--format", "json", id_).document))[id_]
    if row["live"]["value"] != "works":
        pytest.skip(f"{id_} does not work here")
    mark = "cpuset.cpus" if "v1" in id_ else "cgroup.subtree_control"
    if not any((m / mark).exists() for m in cgroup_mounts()):
        pytest.skip(f"{id_} is tried where it is mounted nowhere here")
    # The first that a trial removes is the one below its own.
    done = subprocess.run([shim, "dies=rmdir", "--", EXE, "probe", "--format", "json", id_], stdout=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, env={**os.environ, "SEAWORTHY_SESSIONS": "none"})
    row = features(valid(json.loads(done.stdout)))[id_]
    assert "killed by KILL" in row["live"]["evidence"], row
    assert ours() == before


# ---- others that probe at the same time, or died of it ------------------------------------------------


def first_mount() -> Path:
    """A hierarchy at whose root a trial makes its cgroup, and a row that does."""
    found = [m for m in cgroup_mounts() if (m / "freezer.state").exists() or (m / "release_agent").exists()]
    if not found:
        pytest.skip("no hierarchy of version 1 is mounted here")
    return found[0]


@needs_root
def test_two_probes_of_one_pid_do_not_disturb_each_other() -> None:
    """Side by side in two pid namespaces: the same pid, the same cgroups to be seen, and two names."""
    alone = features(valid(probe("--format", "json", "cgroup.*").document))
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             str(EXE), "probe", "--format", "json", "cgroup.*"]
    for _ in range(4):
        pair = [subprocess.Popen(apart, stdout=subprocess.PIPE) for _ in range(2)]
        for child in pair:
            out, _ = child.communicate(timeout=LIMIT_S)
            for id_, row in features(valid(json.loads(out))).items():
                if alone[id_]["live"]["value"] == "works":
                    assert row["live"]["value"] != "broken", row
                    assert "removed by somebody" not in row["live"]["evidence"], row
    assert not [p for p in ours() if p.split("/")[-1].startswith("seaworthy-probe-1-")]


@needs_root
def test_leftover_of_a_dead_run_is_removed_and_of_a_live_one_not() -> None:
    mount, inode = first_mount(), os.stat("/proc/self/ns/pid").st_ino
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead = mount / f"seaworthy-probe-{gone.pid}-{inode}-00c0ffee"
    kept = [mount / f"seaworthy-probe-{os.getpid()}-{inode}-00c0ffee",
            mount / f"seaworthy-probe-{gone.pid}-{inode + 1}-00c0ffee",
            mount / f"seaworthy-probe-{gone.pid}-0-00c0ffee"]
    inside = subprocess.Popen(["sleep", "600"])
    full = mount / f"seaworthy-probe-{gone.pid}-{inode}-0000cafe"
    try:
        for place in (dead, dead / "child", full, *kept):
            place.mkdir()
        if not (full / "cpuset.cpus").exists():
            (full / "cgroup.procs").write_text(str(inside.pid))
            kept.append(full)
        probe("--format", "json", "cgroup.v1.release_agent")
        assert not dead.exists()
        assert all(place.exists() for place in kept)
        assert inside.poll() is None
    finally:
        inside.kill()
        inside.wait()
        for place in (dead / "child", dead, *kept, full):
            for _ in range(500):
                if not place.exists():
                    break
                try:
                    place.rmdir()
                except OSError:
                    time.sleep(0.01)


@needs_root
@pytest.mark.parametrize(("rule", "rows_"), [("kill=0", ("ns.mnt", "cgroup.v1.freezer", "cgroup.v2.freezer")),
                                             ("217=1", ("cgroup.*",))])
def test_ends_though_a_call_that_ends_others_is_not_done(shim: Path, rule: str,
                                                         rows_: tuple[str, ...]) -> None:
    """kill(2) that claims what it does not do, or directories that cannot be listed (getdents64)."""
    if platform.machine() != "x86_64":
        pytest.skip("the number of the call is that of x86-64")
    before = set(ours())
    done = subprocess.run([shim, rule, "--", EXE, "probe", "--format", "json", *rows_],
                          stdout=subprocess.PIPE, timeout=LIMIT_S)
    for row in features(valid(json.loads(done.stdout))).values():
        assert row["live"]["value"] != "broken", row
    assert not set(ours()) - before


@needs_root
def test_interrupt_comes_through_though_nobody_can_be_killed(shim: Path) -> None:
    child = subprocess.Popen([shim, "kill=0", "--", EXE, "probe", "cgroup.v1.*", "cgroup.v2.*"],
                             stdout=subprocess.DEVNULL)
    time.sleep(0.2)
    child.terminate()
    assert child.wait(timeout=LIMIT_S) == -signal.SIGTERM


def test_listed_is_not_taken_for_works() -> None:
    """A controller that no cgroup enables was not seen at work: what its symbols add is unknown."""
    for row in features(valid(probe("--format", "json", "cgroup.v2.*").document)).values():
        if "not seen, since no cgroup enables it" in row["live"]["evidence"]:
            assert row["id"] not in ("cgroup.v2.cpu", "cgroup.v2.cpu_bandwidth", "cgroup.v2.swap",
                                     "cgroup.v2.io_weight", "cgroup.v2.io_latency") or \
                row["live"]["value"] == "unknown", row


def test_clone_children_is_seen_at_work() -> None:
    """The file alone proves nothing: a cgroup below must have taken over its parent's set."""
    row = features(valid(probe("--format", "json", "cgroup.v1.clone_children").document))[
        "cgroup.v1.clone_children"]
    if row["live"]["value"] == "works":
        assert "a cgroup made below has the same" in row["live"]["evidence"], row


# ---- boot parameters, in a guest ---------------------------------------------------------------------

V2 = ("mkdir -p /two && mount -t cgroup2 none /two; /bin/seaworthy probe --format json --intrusive "
      "'cgroup.*'")


@pytest.fixture(scope="module")
def seen(boot: Boot) -> Outcome:
    outcome = boot(protocol.Step("all", 300, ("/bin/busybox", "sh", "-c", V2)),
                   append="psi=0 cgroup_no_v1=all cgroup_disable=pids cgroup.memory=nokmem")
    assert outcome.final == {"steps": 1, "status": "done"}, outcome
    return outcome


def rows(seen: Outcome) -> dict[str, dict[str, Any]]:
    return {f["id"]: f for f in json.loads(bytes(seen.steps["all"].out))["features"]}


@pytest.mark.parametrize(("id_", "cause"), [
    ("cgroup.v2.pressure", "psi=0"),
    ("cgroup.v2.pids", "cgroup_disable=pids"),
    ("cgroup.v1.pids", "cgroup_disable=pids"),
    ("cgroup.v1.memory", "cgroup_no_v1=all"),
    ("cgroup.v1.kmem", "cgroup_no_v1=all"),
    ("cgroup.v1.cpu_bandwidth", "cgroup_no_v1=all"),
    ("cgroup.v1.clone_children", "cgroup_no_v1=all"),
])
def test_boot_parameter_is_the_cause(seen: Outcome, id_: str, cause: str) -> None:
    row = rows(seen)[id_]
    live = row["live"]
    assert (live["value"], live["cause"], live["cause_text"]) == ("absent", "boot-parameter", cause), row
    assert row["usable"] == "no", row


def test_version_2_has_what_version_1_lacks(seen: Outcome) -> None:
    found = rows(seen)
    for name in ("cpu", "cpu_bandwidth", "cpuset", "io", "memory", "swap", "perf_event", "devices", "freezer",
                 "kill", "threaded", "delegation", "nsdelegate", "clone_into_cgroup"):
        row = found[f"cgroup.v2.{name}"]
        assert (row["live"]["value"], row["usable"]) == ("works", "yes"), row
