# SPDX-License-Identifier: GPL-2.0-only
"""Every step of a container that asks for all the confinement there is fails in turn, in every way;
nothing is ever left, and its post-stop hook has always run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from berth_box import Box

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

WAYS = ("ENOSPC", "after-ENOSPC", "kill", "after-kill")
KINDS = ("pre-start", "pre-mount", "mount", "autodev", "start-host", "stop", "post-stop")
# Steps that must be there, so that a plan which forgot them is no silent pass.
WANTED = {"keyring", "proc-sys", "sysctl-1", "proc-1", "prlimit-1", "user", "privileges", "seccomp",
          "seccomp-keep", "autodev", "mask-1", "readonly-1", "root-propagation", "share-uts",
          "hook-start-1", *(f"hook-{kind}-1" for kind in KINDS)}


@pytest.fixture
def box(tmp_path: Path, executable: Path) -> Iterator[Box]:
    box = Box(tmp_path, executable)
    root = box.make_rootfs("c")
    (root / "tmp").chmod(0o1777)
    (tmp_path / "profile").write_text("2\ndenylist\nkexec_load errno 1\n")
    hooks = "".join(f"lxc.hook.{kind} = echo {kind} >>{tmp_path}/told #\n" for kind in KINDS)
    time = "lxc.time.offset.boot = 1h\n" if Path("/proc/self/timens_offsets").exists() else ""
    (root.parent / "config").write_text(
        f"lxc.rootfs.path = {root}\nlxc.net.0.type = empty\nlxc.mount.auto = proc sys cgroup:mixed:force\n"
        f"lxc.autodev = 1\nlxc.pty.max = 8\n{hooks}lxc.hook.start = /bin/true\n{time}"
        "lxc.prlimit.nofile = 64\nlxc.sysctl.net.ipv4.ip_forward = 1\nlxc.proc.oom_score_adj = 100\n"
        f"lxc.init.uid = 1000\nlxc.seccomp.profile = {tmp_path}/profile\nlxc.no_new_privs = 1\n"
        "berth.masked = /proc/kcore\nberth.readonly = /proc/fs\nlxc.rootfs.options = slave\n"
        "lxc.namespace.share.uts = other\n")
    other = box.make_rootfs("other")
    (other.parent / "config").write_text(f"lxc.rootfs.path = {other}\nlxc.net.0.type = empty\n")
    box.ok("start", "other", "--", "/bin/sleep", "1000")
    yield box
    box.run("stop", "-k", "c")
    box.ok("stop", "-k", "other")
    assert box.left() == []


def left(box: Box) -> list[str]:
    """But for the container that shares its namespace."""
    pids = {str(box.init("other")), str(box.monitor("other"))}
    return [what for what in box.left() if not (
        what.startswith("process ") and what.split()[1] in pids or "other" in what)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("verb", ["execute", "start"])
def test_every_step_fails_and_nothing_is_left(box: Box, verb: str, way: str) -> None:
    command = ("--", "/bin/true") if verb == "execute" else ("--", "/bin/sleep", "1000")
    steps = box.steps(verb, "c", *command)
    assert WANTED <= set(steps) and len(set(steps)) == len(steps)
    told = box.path / "told"
    written = steps.index("hook-post-stop-1")
    for at, step in enumerate(steps):
        if step == "exec" and way.startswith("after-"):
            continue  # nothing comes after it
        told.unlink(missing_ok=True)
        done = box.run(verb, "-n", "c", *command, env={"BERTH_FAULT": f"{step}:{way}"})
        assert done.returncode != 0, f"{step}:{way} went through"
        if "kill" not in way:
            assert f"step {step}: " in done.stderr, f"{step}:{way}: {done.stderr}"
            assert left(box) == [], f"{step}:{way}: left at once"
        assert box.state("c") == "STOPPED"
        assert left(box) == [], f"{step}:{way}: left to the next command"
        if at > written or (at == written and way.startswith("after-")):
            lines = told.read_text().split()
            assert lines[-1] == "post-stop" and lines == sorted(lines, key=KINDS.index), f"{step}:{way}"
            assert at > steps.index("hook-stop-1") or "stop" not in lines or way.startswith("after"), lines
        else:
            assert not told.exists(), f"{step}:{way}"
    told.unlink()
    done = box.run(verb, "-n", "c", *command)
    assert done.returncode == 0, done.stderr
    if verb == "start":
        box.ok("stop", "-k", "c")
    assert told.read_text().split() == list(KINDS)
