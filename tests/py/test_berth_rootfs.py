# SPDX-License-Identifier: GPL-2.0-only
"""Rootfs of other kinds than a directory: layers, an image in a file; every step of theirs failed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from berth_box import Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
WAYS = ("ENOSPC", "after-ENOSPC", "kill", "after-kill")


def loops(image: Path) -> list[str]:
    """Loop devices that have the image, as the kernel tells."""
    found = []
    for file in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if file.read_text().strip().removesuffix(" (deleted)") == str(image):
                found.append(file.parts[3])
        except OSError:
            pass  # freed meanwhile
    return found


@pytest.fixture
def box(tmp_path: Path, executable: Path) -> Iterator[Box]:
    box = Box(tmp_path, executable)
    yield box
    box.end()
    for image in tmp_path.glob("**/*.img"):
        assert loops(image) == []


def overlay(box: Box, name: str = "layered", extra: str = "") -> Path:
    """A container whose lower layer is another one's rootfs; returns its directory."""
    lower = box.make_rootfs("base")
    top = box.lxcpath / name
    top.mkdir(parents=True)
    (top / "config").write_text(f"lxc.utsname = {name}\nlxc.rootfs.path = overlay:{lower}:{top}/delta0\n"
                                + extra)
    return top


def image(box: Box, name: str = "imaged", kind: str = "loop:", fs: str = "ext4") -> Path:
    """A container with its rootfs in a file; returns the file."""
    if not shutil.which(f"mkfs.{fs}"):
        pytest.fail(f"mkfs.{fs} is missing: install it, the test needs it")
    root = box.make_rootfs("base")
    top = box.lxcpath / name
    top.mkdir(parents=True)
    file = top / "rootfs.img"
    with file.open("wb") as out:
        out.truncate(16 << 20)
    subprocess.run([f"mkfs.{fs}", "-q", "-d", str(root), str(file)], check=True, timeout=60)
    (top / "config").write_text(f"lxc.utsname = {name}\nlxc.rootfs.path = {kind}{file}\n"
                                f"lxc.mount.entry = proc {top}/rootfs/proc proc defaults 0 0\n")
    return file


def test_overlay_writes_into_the_upper_layer_only(box: Box) -> None:
    top = overlay(box)
    (box.lxcpath / "base/rootfs").chmod(0o751)
    out = box.ok("execute", "-n", "layered", "--", "/bin/sh", "-c",
                 "echo mine > /etc/new; cat /etc/inittab; ls -ld / | cut -c1-10")
    assert "respawn" in out and out.splitlines()[-1] == "drwxr-x--x"
    assert (top / "delta0/etc/new").read_text() == "mine\n"
    assert not (box.lxcpath / "base/rootfs/etc/new").exists()
    assert box.ok("execute", "-n", "layered", "--", "/bin/cat", "/etc/new") == "mine\n"
    assert not (top / "rootfs").exists(), "the mount point was made and is undone"


def test_overlay_of_several_lower_layers(box: Box, tmp_path: Path) -> None:
    overlay(box)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    config = box.lxcpath / "layered/config"
    config.write_text(f"lxc.rootfs.path = overlayfs:{tmp_path}/a:{tmp_path}/b:"
                      f"{box.lxcpath}/base/rootfs:{tmp_path}/upper,with comma\n")
    assert box.ok("execute", "-n", "layered", "--", "/bin/cat", "/which") == "a"
    assert (tmp_path / "upper,with comma").is_dir()


def test_overlay_read_only(box: Box) -> None:
    overlay(box, extra="lxc.rootfs.options = ro\n")
    done = box.run("execute", "-n", "layered", "--", "/bin/sh", "-c", ": > /x")
    assert done.returncode != 0 and "Read-only" in done.stderr


def test_overlay_system_container(box: Box) -> None:
    overlay(box, extra="lxc.mount.entry = proc proc proc defaults 0 0\n")
    box.ok("start", "layered")
    assert box.inside("layered", "hostname").stdout == "layered\n"
    box.ok("stop", "-k", "layered")
    assert box.left() == []


@pytest.mark.parametrize("kind", ["loop:", ""])
def test_image_in_a_file(box: Box, kind: str) -> None:
    file = image(box, kind=kind)
    box.ok("start", "imaged")
    assert len(loops(file)) == 1
    assert box.inside("imaged", "hostname; echo kept > /kept").stdout == "imaged\n"
    box.ok("stop", "-k", "imaged")
    assert loops(file) == [] and box.left() == []
    assert box.ok("execute", "-n", "imaged", "--", "/bin/cat", "/kept") == "kept\n"
    assert loops(file) == []


@pytest.mark.parametrize("rules", [("ioctl=22,==4c0a@1",), ("ioctl=22,==4c0a@1", "ioctl=1,==4c04@1")])
def test_image_on_kernels_before_5_8(box: Box, shim: Path, rules: tuple[str, ...]) -> None:
    """Without LOOP_CONFIGURE; and where the second of the older two calls fails."""
    file = image(box)
    box.wrapper = (str(shim), *rules, "--")
    done = box.run("execute", "-n", "imaged", "--", "/bin/hostname")
    if len(rules) == 1:
        assert done.stdout == "imaged\n", done.stderr
    else:
        assert done.returncode == 1 and "step rootfs-loop" in done.stderr
    assert loops(file) == [] and box.left() == []


def test_image_is_freed_after_the_monitor_was_killed(box: Box) -> None:
    file = image(box)
    box.ok("start", "imaged")
    os.kill(box.monitor("imaged"), 9)
    until(lambda: box.state("imaged") == "STOPPED", "its death is seen")
    until(lambda: loops(file) == [], "the device is free")
    assert box.left() == []


def test_bad_kinds_are_told(box: Box, tmp_path: Path) -> None:
    (tmp_path / "junk.img").write_bytes(b"no file system" * 1000)
    (box.lxcpath / "bad").mkdir(parents=True)
    for path, word in (("zfs:pool/x", "zfs"), ("overlay:/a", "LOWER"), ("overlay:a:/b", "LOWER"),
                       ("loop:x", "absolute"), (f"loop:{tmp_path}/none.img", "none.img"),
                       (f"loop:{tmp_path}/junk.img", "tried"), (f"overlay:{tmp_path}/no:{tmp_path}/up", "no")):
        (box.lxcpath / "bad/config").write_text(f"lxc.rootfs.path = {path}\n")
        done = box.run("execute", "-n", "bad", "--", "/bin/true")
        assert done.returncode == 1 and word in done.stderr, path
        assert done.stderr.count("\n") == 1
    assert box.left() == [] and loops(tmp_path / "junk.img") == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["overlay", "loop"])
def test_every_step_fails_and_nothing_is_left(box: Box, kind: str, way: str) -> None:
    file = image(box, "box") if kind == "loop" else None
    if kind == "overlay":
        overlay(box, "box")
    steps = box.steps("execute", "box", "--", "/bin/true")
    assert {"rootfs-place", "rootfs-loop" if file else "rootfs-layers", "rootfs"} <= set(steps)
    for step in steps:
        if step == "exec" and way.startswith("after-"):
            continue
        done = box.run("execute", "-n", "box", "--", "/bin/true", env={"BERTH_FAULT": f"{step}:{way}"})
        assert done.returncode != 0, f"{step}:{way} went through"
        assert box.state("box") == "STOPPED"
        assert box.left() == [], f"{step}:{way}: left to the next command"
        assert not (box.lxcpath / "box/rootfs").exists(), f"{step}:{way}"
        assert not file or loops(file) == [], f"{step}:{way}: a loop device"
    assert box.run("execute", "-n", "box", "--", "/bin/true").returncode == 0


def test_plan_tells_of_layers_and_images(box: Box) -> None:
    for path in ("overlay:/l:/u", "loop:/i.img"):
        (box.lxcpath / "x").mkdir(parents=True, exist_ok=True)
        (box.lxcpath / "x/config").write_text(f"lxc.rootfs.path = {path}\n")
        text = box.ok("execute", "--dry-run", "-n", "x", "--", "/bin/true")
        assert "rootfs-place" in text and f"{box.lxcpath}/x/rootfs" in text
    (box.lxcpath / "x/config").write_text("lxc.rootfs.path = loop:/i.img\nlxc.idmap = b 0 100000 65536\n")
    done = box.run("execute", "--dry-run", "-n", "x", "--", "/bin/true")
    assert done.returncode == 1 and "user namespace" in done.stderr
