# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces: created, kept, shared with another container or process; clocks ahead of the host's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from berth_box import Box

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

ALL = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
LOOK = "for n in cgroup ipc mnt net pid user uts; do echo $n $(readlink /proc/self/ns/$n); done"
IDMAP = "lxc.idmap = b 0 0 4294967294\n"


@pytest.fixture
def box(box: Box) -> Box:
    box.make_rootfs("c")
    return box


def configure(box: Box, extra: str, name: str = "c", rootfs: bool = True) -> None:
    root = box.rootfs(name)
    lines = f"lxc.rootfs.path = {root}\nlxc.mount.auto = proc:rw\n" if rootfs else ""
    root.parent.mkdir(parents=True, exist_ok=True)
    (root.parent / "config").write_text(lines + extra)


def run(box: Box, extra: str, script: str, rootfs: bool = True) -> subprocess.CompletedProcess[str]:
    configure(box, extra, rootfs=rootfs)
    return box.run("execute", "-n", "c", "--", "/bin/sh", "-c", script)


def namespaces(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    return dict(line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)


def own(pid: int | str = "self") -> dict[str, str]:
    return {n: os.readlink(f"/proc/{pid}/ns/{n}") for n in ALL if Path(f"/proc/{pid}/ns/{n}").exists()}


def differ(inside: dict[str, str], other: dict[str, str]) -> set[str]:
    return {n for n in other if inside[n] != other[n]}


# ---- created and kept ----------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "new"), [
    ("", {"cgroup", "ipc", "mnt", "pid", "uts"}),
    ("lxc.namespace.keep = ipc uts\n", {"cgroup", "mnt", "pid"}),
    ("lxc.namespace.keep = cgroup pid\n", {"ipc", "mnt", "uts"}),
    ("lxc.namespace.clone = mount net ipc\n", {"mnt", "net", "ipc"}),
    ("lxc.namespace.clone = mnt\nlxc.namespace.clone = pid\n", {"mnt", "pid"}),
    ("lxc.namespace.clone = mnt\nlxc.namespace.clone =\n", {"cgroup", "ipc", "mnt", "pid", "uts"}),
    ("lxc.namespace.keep = pid uts ipc cgroup\nlxc.net.0.type = empty\n", {"mnt", "net"}),
    (IDMAP, {"cgroup", "ipc", "mnt", "pid", "user", "uts"}),
    (IDMAP + "lxc.namespace.clone = user mnt pid\n", {"mnt", "pid", "user"}),
])
def test_kept_and_created(box: Box, lines: str, new: set[str]) -> None:
    new &= set(own())
    assert differ(namespaces(run(box, lines, LOOK)), own()) == new


def test_none_at_all(box: Box) -> None:
    found = namespaces(run(box, "lxc.namespace.keep = mnt pid uts ipc cgroup\n", LOOK, rootfs=False))
    assert found == own()


def test_reboot_is_not_the_hosts(box: Box) -> None:
    """Without a pid namespace reboot(2) means the machine: the capability goes."""
    done = run(box, "lxc.namespace.keep = pid\n", "grep CapBnd /proc/self/status")
    assert not int(done.stdout.split()[-1], 16) >> 22 & 1


def test_orphans_are_ended_without_a_pid_namespace(box: Box) -> None:
    done = run(box, "lxc.namespace.keep = pid\n", "sleep 1000 & echo in")
    assert done.stdout == "in\n"


@pytest.mark.parametrize(("lines", "said"), [
    ("lxc.namespace.keep = net\nlxc.namespace.clone = net\n", "more than one of kept, cloned and shared"),
    ("lxc.namespace.keep = net\nlxc.net.0.type = empty\n", "lxc.net asks for a net namespace"),
    ("lxc.namespace.clone = mnt\nlxc.net.0.type = empty\n", "lxc.net asks for a net namespace"),
    ("lxc.namespace.share.net = 1\nlxc.net.0.type = empty\n", "lxc.net asks for a net namespace"),
    ("lxc.namespace.clone = mnt user\n", "needs lxc.idmap"),
    ("lxc.namespace.keep = user\n" + IDMAP, "lxc.idmap asks for a user namespace"),
    ("lxc.namespace.keep = time\nlxc.time.offset.boot = 1s\n", "lxc.time.offset asks for a time"),
    ("lxc.namespace.keep = mnt\n", "need a mount namespace of their own"),
    ("lxc.namespace.share.mnt = 1\n", "need a mount namespace of their own"),
    ("lxc.namespace.keep = uts\nlxc.uts.name = x\n", "needs a UTS namespace of its own"),
    ("lxc.namespace.keep = nets\n", "config:3: lxc.namespace.keep: there is no namespace 'nets'"),
    ("lxc.namespace.share.sock = 1\n", "config:3: lxc.namespace.share.sock: there is no namespace 'sock'"),
    ("lxc.namespace.share.net = ../x\n", "expected a process id, the name of a container, or the absolute"),
    ("lxc.namespace.share.net = /a/..\n", "config:3: lxc.namespace.share.net: "),
    ("lxc.namespace.share.net = 0\n", "'0' is no process id"),
    ("lxc.time.offset.boot = 5 fortnights\n", "config:3: lxc.time.offset.boot: expected a number"),
    ("lxc.time.offset.boot = 999999999d\n", "at most 292 years"),
])
def test_what_cannot_be(box: Box, lines: str, said: str) -> None:
    done = run(box, lines, "echo reached")
    assert done.returncode != 0 and said in done.stderr and "reached" not in done.stdout, done.stderr
    assert box.left() == []


# ---- shared --------------------------------------------------------------------------------------


@pytest.fixture
def other(box: Box) -> Iterator[str]:
    box.make_rootfs("other")
    yield "other"
    box.run("stop", "-k", "other")


def start_other(box: Box, extra: str = "lxc.net.0.type = empty\nlxc.uts.name = theirs\n") -> dict[str, str]:
    configure(box, extra, "other")
    box.ok("start", "other", "--", "/bin/sleep", "1000")
    return own(box.init("other"))


@pytest.mark.parametrize("by", ["name", "path", "pid"])
@pytest.mark.parametrize("kinds", [("net",), ("ipc", "uts"), ("pid",), ("cgroup",),
                                   ("net", "ipc", "uts", "pid")])
def test_shared_with_a_container(box: Box, other: str, by: str, kinds: tuple[str, ...]) -> None:
    theirs = start_other(box)
    if not set(kinds) <= set(theirs):
        pytest.skip(f"this kernel has not all of {kinds}")
    word = {"name": other, "path": f"{box.lxcpath}/{other}", "pid": str(box.init(other))}[by]
    lines = "".join(f"lxc.namespace.share.{kind} = {word}\n" for kind in kinds)
    found = namespaces(run(box, lines, LOOK + "; hostname >/tmp/name"))
    assert differ(found, theirs) & set(kinds) == set()
    assert "mnt" in differ(found, theirs)
    assert {"net"} - set(kinds) <= differ(found, theirs)
    assert ((box.rootfs("c") / "tmp/name").read_text() == "theirs\n") == ("uts" in kinds)


@pytest.mark.parametrize("kinds", [("user",), ("user", "net"), ("user", "pid", "ipc"), ("net",)])
@pytest.mark.parametrize("idmap", ["b 0 0 4294967294", "b 0 100000 65536"])
def test_shared_with_a_user_namespace(box: Box, other: str, kinds: tuple[str, ...], idmap: str) -> None:
    for path in (box.path, *box.path.parents):   # whoever is root inside passes through here
        if not path.stat().st_mode & 1:
            path.chmod(path.stat().st_mode | 0o011)
    theirs = start_other(box, f"lxc.net.0.type = empty\nlxc.idmap = {idmap}\n")
    (box.rootfs("c") / "tmp").chmod(0o1777)
    lines = "".join(f"lxc.namespace.share.{kind} = other\n" for kind in kinds)
    if "user" not in kinds:
        lines += f"lxc.idmap = {idmap}\n"
    found = namespaces(run(box, lines, LOOK + "; id -u"))
    assert differ(found, theirs) & set(kinds) == set() and "mnt" in differ(found, theirs)
    assert "user" in differ(found, own())


def test_a_network_of_the_host_in_a_user_namespace(box: Box) -> None:
    """Its owner is the host: it must be joined before the user namespace is made, also at attach."""
    holder = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
    try:
        while os.readlink(f"/proc/{holder.pid}/ns/net") == own()["net"]:
            assert holder.poll() is None
        lines = f"lxc.namespace.share.net = {holder.pid}\n{IDMAP}"
        configure(box, lines)
        box.ok("start", "c", "--", "/bin/sleep", "1000")
        theirs = os.readlink(f"/proc/{holder.pid}/ns/net")
        assert own(box.init("c"))["net"] == theirs
        assert theirs in box.inside("c", LOOK).stdout
    finally:
        holder.kill()
        holder.wait()


def test_who_shares_is_our_child_and_dies_with_us(box: Box, other: str) -> None:
    start_other(box)
    configure(box, "lxc.namespace.share.pid = other\nlxc.namespace.share.net = other\n")
    box.ok("start", "c", "--", "/bin/sleep", "1000")
    assert "theirs" in box.inside("other", "hostname; ps").stdout
    assert len(list(Path(f"/proc/{box.monitor('c')}/task").iterdir())) == 1
    box.ok("stop", "-k", "c")
    assert box.state("c") == "STOPPED" and box.state("other") == "RUNNING"


@pytest.mark.parametrize("gone", ["other", "999999999", "/no/such/path"])
def test_what_does_not_run_cannot_be_shared(box: Box, gone: str) -> None:
    done = run(box, f"lxc.namespace.share.net = {gone}\n", "echo reached")
    assert done.returncode != 0 and "step share-net: " in done.stderr and "config:3: " in done.stderr
    assert box.left() == []


# ---- time ----------------------------------------------------------------------------------------

needs_time = pytest.mark.skipif(not Path("/proc/self/timens_offsets").exists(),
                                reason="time namespaces came with Linux 5.6")


@needs_time
def test_clocks_ahead(box: Box) -> None:
    lines = "lxc.time.offset.boot = 5d\nlxc.time.offset.monotonic = 1500ms\n"
    done = run(box, lines, "cat /proc/self/timens_offsets /proc/uptime; readlink /proc/self/ns/time")
    words = done.stdout.split()
    assert words[:6] == ["monotonic", "1", "500000000", "boottime", "432000", "0"], done.stderr
    host = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(float(words[6]) - host - 432000) < 3600
    assert words[-1] != os.readlink("/proc/self/ns/time")


@needs_time
def test_a_time_namespace_without_offsets_and_back_in_time(box: Box) -> None:
    done = run(box, "lxc.namespace.clone = mnt pid time\n", "readlink /proc/self/ns/time")
    assert done.returncode == 0 and done.stdout.strip() != os.readlink("/proc/self/ns/time")
    done = run(box, "lxc.time.offset.monotonic = -400d\n", "echo reached")
    assert done.returncode != 0 and "no clock may go below zero" in done.stderr
    assert run(box, "lxc.time.offset.boot = -1ns\n", "head -c 0 /dev/null; true").returncode == 0


# ---- id-mapped rootfs ----------------------------------------------------------------------------


def test_files_keep_their_owners_on_disk(box: Box) -> None:
    for path in (box.path, *box.path.parents):
        if not path.stat().st_mode & 1:
            path.chmod(path.stat().st_mode | 0o011)
    root = box.rootfs("c")
    (root / "bin/stat").symlink_to("busybox")
    (root / "bin/touch").symlink_to("busybox")
    (root / "etc/one").write_text("")
    os.chown(root / "etc/one", 33, 44)
    idmap = "lxc.net.0.type = empty\nlxc.idmap = b 0 100000 65536\n"
    script = "stat -c %u:%g /etc/one; stat -c %u / ; touch /etc/two && echo made"
    plain = run(box, idmap, script)
    assert plain.stdout.split() == ["65534:65534", "65534"], plain.stderr
    done = run(box, idmap + "lxc.rootfs.options = idmap=container\n", script)
    if done.returncode and "mount.idmapped" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.split() == ["33:44", "0", "made"], done.stderr
    assert (root / "etc/two").stat().st_uid == 0 and (root / "etc/one").stat().st_uid == 33
    assert box.left() == []


@pytest.mark.parametrize("way", ["ENOSPC", "after-ENOSPC", "kill", "after-kill"])
def test_the_step_of_mapping_fails_in_every_way(box: Box, way: str) -> None:
    configure(box, f"lxc.rootfs.options = idmap=container\n{IDMAP}")
    assert "rootfs-idmap" in box.steps("execute", "c", "/bin/true")
    assert box.run("execute", "-n", "c", "/bin/true", env={"BERTH_FAULT": f"rootfs-idmap:{way}"}).returncode != 0
    box.run("info", "c")
    assert box.left() == []


def test_mapping_needs_a_mapping(box: Box) -> None:
    done = run(box, "lxc.rootfs.options = idmap=container\n", "true")
    assert done.returncode != 0 and "lxc.idmap" in done.stderr
