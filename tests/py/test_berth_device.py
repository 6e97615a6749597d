# SPDX-License-Identifier: GPL-2.0-only
"""device add and del: nodes with their permission on cgroup v1 and v2, network devices that come back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from berth_box import Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="devices take root")
RULES = "lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\nlxc.cgroup.devices.allow = c 136:* rwm\n"
DEV = "lxc.mount.entry = tmpfs dev tmpfs mode=755 0 0\n"


def system(box: Box, name: str, extra: str = "") -> str:
    """A system container with a /dev of its own that is empty."""
    root = box.make_rootfs(name)
    (root / "etc/inittab").write_text("::respawn:/bin/sleep 1000\n")
    (root.parent / "config").write_text(
        f"lxc.rootfs = {root}\nlxc.network.type = empty\n{DEV}{RULES}lxc.mount.entry = proc proc proc defaults 0 0\n{extra}")
    return name


@pytest.fixture(params=["v1", "v2"])
def box(box: Box, request: pytest.FixtureRequest) -> Box:
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    v1 = [m[4] for m in mounts if m[m.index("-") + 1] == "cgroup" and "devices" in m[-1].split(",")]
    v2 = [m[4] for m in mounts if m[m.index("-") + 1] == "cgroup2"]
    if request.param == "v2" and not v2 or request.param == "v1" and not v1 + v2:
        pytest.skip(f"no devices controller of cgroup {request.param} is mounted here: {v1} {v2}")
    if request.param == "v2" and v1:  # out of sight, in a mount namespace of each command
        hide = "".join(f"umount -l '{path}'; " for path in v1)
        box.wrapper = ("unshare", "-m", "--propagation", "private", "sh", "-ec", hide + 'exec "$@"', "sh")
    return box


def opens(box: Box, name: str, path: str) -> bool:
    return box.inside(name, f"head -c 1 {path} >/tmp/x && wc -c </tmp/x").stdout.strip() == "1"


def test_node_is_given_and_taken(box: Box) -> None:
    name = system(box, "c")
    box.ok("start", name)
    box.inside(name, "mknod /dev/early c 1 5 && mknod /dev/null c 1 3")
    assert not opens(box, name, "/dev/early"), "its policy denies that"
    box.ok("device", name, "add", "/dev/zero")
    assert opens(box, name, "/dev/zero")
    box.ok("device", "-n", name, "add", "/dev/full", "/dev/deep/er/full")
    assert opens(box, name, "/dev/deep/er/full")
    box.ok("device", name, "add", "/dev/zero")  # once more is no error
    box.ok("device", name, "del", "/dev/zero")
    assert "No such file" in box.inside(name, "ls /dev/zero").stderr
    box.inside(name, "mknod /dev/late c 1 5")
    assert not opens(box, name, "/dev/late"), "and the permission has gone too"
    assert opens(box, name, "/dev/deep/er/full"), "the other one stays"
    assert box.inside(name, "echo x >/dev/null").returncode == 0, "and what it began with"


def test_cgroup_verb_sets_device_rules(box: Box) -> None:
    name = system(box, "c")
    box.ok("start", name)
    box.ok("cgroup", name, "devices.allow", "c 1:5 rm")
    box.inside(name, "mknod /dev/zero c 1 5")
    assert opens(box, name, "/dev/zero")
    box.ok("cgroup", name, "devices.deny", "c 1:5 rwm")
    assert not opens(box, name, "/dev/zero")
    assert box.run("cgroup", name, "devices.allow", "nonsense").returncode == 1


def test_node_is_put_nowhere_but_inside(box: Box, tmp_path: Path) -> None:
    name = system(box, "c")
    (box.rootfs(name) / "way-out").symlink_to(tmp_path)
    (box.rootfs(name) / "etc/file").write_text("x")
    box.ok("start", name)
    done = box.run("device", name, "add", "/dev/zero", "/way-out/zero")
    assert not (tmp_path / "zero").exists(), done.stderr
    assert box.run("device", name, "add", "/dev/zero", "/a/../../x").returncode == 64
    assert box.run("device", name, "add", "/dev/zero", "/etc/file").returncode == 1
    assert box.run("device", name, "del", "/dev/zero", "/etc/file").returncode == 1
    assert (box.rootfs(name) / "etc/file").read_text() == "x"
    box.inside(name, "mknod /dev/zero c 1 5")
    assert not opens(box, name, "/dev/zero"), "what failed gave no permission"


def test_refusals(box: Box) -> None:
    name = system(box, "c")
    assert box.run("device", name, "add", "/dev/zero").returncode == 1, "it does not run"
    box.ok("start", name)
    for args, status in ((("add", "/etc/passwd"), 1), (("add", "/dev/no-such"), 1), (("add", "no-such0"), 1),
                         (("give", "/dev/zero"), 64), (("add",), 64), (("add", "a", "b", "c"), 64),
                         (("add", "bad name"), 64), (("del", "no-such0"), 1)):
        done = box.run("device", name, *args)
        assert done.returncode == status and done.stderr.count("\n") <= 2, args


@pytest.fixture
def link() -> Iterator[str]:
    """A veth pair of the test's own; one end of it is moved about."""
    name = f"n8t{os.getpid() % 100000}"
    subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p"], check=True, timeout=30)
    yield name
    subprocess.run(["ip", "link", "del", f"{name}p"], check=False, timeout=30, capture_output=True)


def here(link: str) -> bool:
    return Path(f"/sys/class/net/{link}").exists()


@pytest.mark.parametrize("box", ["v1"], indirect=True)  # v2's commands would each have mounts of their own
@pytest.mark.parametrize("end", ["del", "stop", "kill"])
def test_network_device_comes_back(box: Box, link: str, end: str) -> None:
    name = system(box, "c")
    box.ok("start", name)
    box.ok("device", name, "add", link, "eth7")
    assert not here(link) and "eth7" in box.inside(name, "ip link").stdout
    assert box.run("device", name, "add", f"{link}p", "eth7").returncode == 1 and here(f"{link}p")
    if end == "del":
        box.ok("device", name, "del", "eth7")
        assert here(link) and "eth7" not in box.inside(name, "ip link").stdout
        box.ok("device", name, "add", link, "eth8")
        assert "eth8" in box.inside(name, "ip link").stdout
    if end == "kill":
        os.kill(box.monitor(name), 9)
        until(lambda: box.state(name) == "STOPPED", "its death is seen")
    else:
        box.ok("stop", "-k", name)
    assert here(link)
