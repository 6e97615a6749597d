# SPDX-License-Identifier: GPL-2.0-only
"""Rows that share a child see what each sees alone, in whatever order: value, errno, cause, row by row.

What is left to the environment variable SEAWORTHY_SESSIONS: none (each row alone), strict (no row is read
again alone where a session saw nothing clear), shuffle=SEED, costs=FD.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from seaworthy import guests, initramfs, kernels, machines, protocol

TIMEOUT = 300
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
INSIDE = ("unshare", "--user", "--map-root-user")
SEEDS = (1, 20, 333)
# Rules that take one thing away from many rows; EPERM, ENOSYS, EINVAL.
RULES = ("reboot=1", "unshare=1", "unshare=38", "unshare=0", "mount=1", "ptrace=1", "clone3=38", "sendmsg=1", "seccomp=22",
         "bpf=1", "setns=1")
Said = dict[str, tuple[str, str | None, str | None, str | None]]


@pytest.fixture(scope="module")
def readable(executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executable where nobody can start it."""
    there = tmp_path_factory.mktemp("open")
    for path in (there, *there.parents[:3]):
        if os.stat(path).st_uid == os.getuid() and str(path).startswith("/tmp/"):
            path.chmod(0o755)
    copy = there / "seaworthy"
    copy.write_bytes(executable.read_bytes())
    copy.chmod(0o755)
    return copy


def host() -> tuple[object, ...]:
    """What rows make in network namespaces, here."""
    told = [subprocess.run(argv, check=False, capture_output=True, timeout=TIMEOUT).stdout
            for argv in (("ip", "rule"), ("ip", "xfrm", "policy"), ("tc", "qdisc", "show", "dev", "lo"))]
    return (sorted(os.listdir("/sys/class/net")), *told)


def said(text: bytes) -> Said:
    return {f["id"]: (f["live"]["value"], f["live"]["errno"], f["live"]["cause"], f["live"]["cause_text"])
            for f in json.loads(text)["features"]}


def probe(executable: Path, sessions: str, *before: str | Path) -> Said:
    done = subprocess.run([*before, executable, "probe", "--format", "json"], stdin=subprocess.DEVNULL,
                          env={**os.environ, "SEAWORTHY_SESSIONS": sessions}, capture_output=True, timeout=TIMEOUT,
                          check=False)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return said(done.stdout)


def compare(one: Callable[[], Said], other: Callable[[], Said]) -> dict[str, Any]:
    """What differs each time: the host is not ours alone, and hierarchies of others come and go."""
    found = differences(one(), other())
    for _ in range(3):
        if found:
            again = differences(one(), other())
            found = {k: v for k, v in found.items() if k in again}
    return found


def differences(alone: Said, shared: Said) -> dict[str, Any]:
    assert alone.keys() == shared.keys()
    return {k: (alone[k], shared[k]) for k in alone if alone[k] != shared[k]}


@pytest.mark.parametrize("sessions", [f"strict,shuffle={seed}" for seed in SEEDS] + ["strict", ""])
@pytest.mark.parametrize("before", [(), NOBODY, INSIDE], ids=["caller", "nobody", "userns"])
def test_on_this_kernel(readable: Path, before: tuple[str, ...], sessions: str) -> None:
    if before == NOBODY and os.getuid():
        before = ()
    assert not compare(lambda: probe(readable, "none", *before), lambda: probe(readable, sessions, *before))


@pytest.mark.parametrize("rule", RULES)
def test_under_a_filter(readable: Path, shim: Path, rule: str) -> None:
    before = host()
    assert not compare(lambda: probe(readable, "none,shuffle=7", shim, rule, "--"),
                       lambda: probe(readable, "shuffle=4711", shim, rule, "--"))
    # A namespace that was claimed and not given must not make a row work on the host.
    assert host() == before


def test_what_costs_is_told_by_row(executable: Path) -> None:
    """And that sessions are used at all: most rows have no child of their own."""
    reader, writer = os.pipe()
    with open(reader) as lines:
        subprocess.run([executable, "probe"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=TIMEOUT,
                       env={**os.environ, "SEAWORTHY_SESSIONS": f"costs={writer}"}, pass_fds=[writer], check=False)
        os.close(writer)
        how = dict(line.split("\t")[:2] for line in lines)
    features = json.loads(subprocess.run([executable, "features", "--format", "json"], check=True, timeout=TIMEOUT,
                                         capture_output=True).stdout)["features"]
    assert how.keys() == {f["id"] for f in features if f["live"]}
    assert sum(h == "own" for h in how.values()) < len(how) / 4


SCRIPT = ("for s in none strict,shuffle=5 strict,shuffle=66 strict; do "
          "SEAWORTHY_SESSIONS=$s /bin/seaworthy probe --format json; done")


@pytest.mark.parametrize("name", ["debian-5.10-cloud-amd64", "debian-7.2-cloud-amd64"])
@pytest.mark.parametrize("layout", ["v1-each", "v2"])
def test_on_another_kernel(cache: kernels.Cache, accel: machines.Accel, executable: Path, name: str,
                           layout: str) -> None:
    kernel = cache.get(kernels.select(name)[0])
    step = protocol.Step("probe", 600, ("/bin/busybox", "sh", "-c", SCRIPT))
    guest = guests.Guest(machines.MACHINES["qemu-pc"], accel, kernel.image, initramfs.build(kernel, executable).data,
                         protocol.Job(layout, (step,)), guests.Limits().scaled(accel.slowness), "")
    outcome = guest.run()
    assert outcome.final == {"steps": 1, "status": "done"}, outcome
    text, readings = bytes(outcome.steps["probe"].out).decode(), []
    while text.strip():
        document, used = json.JSONDecoder().raw_decode(text := text.lstrip())
        readings.append(said(json.dumps(document).encode()))
        text = text[used:]
    assert len(readings) == SCRIPT.count("shuffle") + 2
    for shared in readings[1:]:
        assert not differences(readings[0], shared)
