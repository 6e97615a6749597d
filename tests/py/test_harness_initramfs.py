# SPDX-License-Identifier: GPL-2.0-only
"""The initramfs: a cpio archive that cpio itself can read, and modules in the order to load them."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import stat
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest
from seaworthy import initramfs, kernels
from seaworthy.errors import HarnessError


def module_elf(depends: str) -> bytes:
    """The smallest ELF64 with a .modinfo section."""
    info = f"license=GPL\0depends={depends}\0vermagic=x\0".encode()
    names = b"\0.modinfo\0.shstrtab\0"
    at = 64 + len(info)
    sections = at + len(names)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, sections, 0, 64, 0, 0, 64, 3, 2)

    def section(name: int, offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, offset, size, 0, 0, 1, 0)

    return (head + info + names + bytes(64) + section(1, 64, len(info)) + section(10, at, len(names)))


def modules_tree(root: Path, dep: bool = False) -> Path:
    tree = root / "lib/modules/6.0-test"
    files = {"net/a.ko": module_elf("b-b,c"), "net/b_b.ko.xz": lzma.compress(module_elf("c")),
             "net/c.ko.gz": gzip.compress(module_elf("")), "net/loop1.ko": module_elf("loop2"),
             "net/loop2.ko": module_elf("loop1"), "net/odd.ko": b"no ELF"}
    for name, data in files.items():
        path = tree / "kernel" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if dep:
        (tree / "modules.dep").write_text(
            "kernel/net/a.ko: kernel/net/b_b.ko.xz kernel/net/c.ko.gz\nkernel/net/b_b.ko.xz: "
            "kernel/net/c.ko.gz\nkernel/net/c.ko.gz:\n")
    return tree


@pytest.mark.parametrize("dep", [False, True])
def test_modules_come_after_what_they_need(tmp_path: Path, dep: bool) -> None:
    modules = initramfs.Modules(modules_tree(tmp_path, dep))
    assert modules.resolve(("a",)) == ["kernel/net/c.ko.gz", "kernel/net/b_b.ko.xz", "kernel/net/a.ko"]
    assert modules.resolve(("b_b", "b-b", "a", "none")) == [
        "kernel/net/c.ko.gz", "kernel/net/b_b.ko.xz", "kernel/net/a.ko"]


def test_odd_modules_do_no_harm(tmp_path: Path) -> None:
    tree = modules_tree(tmp_path)
    modules = initramfs.Modules(tree)
    assert sorted(modules.resolve(("loop1", "loop2"))) == ["kernel/net/loop1.ko", "kernel/net/loop2.ko"]
    assert modules.resolve(("odd",)) == ["kernel/net/odd.ko"]
    (tree / "kernel/net/bad.ko.xz").write_bytes(b"not xz")
    with pytest.raises(HarnessError, match="bad.ko.xz is damaged"):
        initramfs.Modules(tree).resolve(("bad",))


@pytest.mark.parametrize("cut", [0, 3, 63, 64, 100, 200])
def test_cut_modules_have_no_fields(cut: int) -> None:
    assert initramfs.modinfo(module_elf("a")[:cut]) == {}
    assert initramfs.modinfo(module_elf("a"))["depends"] == "a"


def small_kernel(tmp_path: Path) -> kernels.Kernel:
    image, config = tmp_path / "vmlinuz", tmp_path / "config"
    image.write_bytes(b"x")
    config.write_text("CONFIG_X=y\n")
    return kernels.Kernel("k", image, modules_tree(tmp_path), config, "6.0-test", "amd64", "v2",
                          "qemu-pc", ("a",))


def test_the_archive_is_the_same_for_the_same_input(tmp_path: Path) -> None:
    kernel = small_kernel(tmp_path)
    program = tmp_path / "seaworthy"
    program.write_bytes(b"\x7fELF program")
    first = initramfs.build(kernel, program)
    os.utime(program, (1, 1))
    os.utime(kernel.config, (5, 5))  # type: ignore[arg-type]
    assert initramfs.build(kernel, program) == first
    packed = initramfs.build(kernel, program, compress=True)
    assert gzip.decompress(packed.data) == first.data
    assert first.modules == tuple(f"/lib/modules/6.0-test/kernel/net/{m}" for m in
                                  ("c.ko.gz", "b_b.ko.xz", "a.ko"))


def test_busybox_unpacks_the_archive_to_what_went_in(tmp_path: Path) -> None:
    kernel = small_kernel(tmp_path)
    program = tmp_path / "seaworthy"
    program.write_bytes(b"\x7fELF program")
    data = initramfs.build(kernel, program).data
    out = tmp_path / "out"
    out.mkdir()
    # Device nodes need root; everything else must come out as it went in.
    subprocess.run([str(initramfs.static_busybox()), "cpio", "-idm"], input=data, cwd=out,
                   capture_output=True, check=os.geteuid() == 0)
    assert (out / "init").read_bytes() == b"\x7fELF program"
    assert stat.S_IMODE((out / "init").stat().st_mode) == 0o755
    assert os.readlink(out / "bin/seaworthy") == "/init"
    assert os.readlink(out / "bin/lxc-start") == "/init"
    assert os.readlink(out / "bin/sh") == "busybox"
    assert (out / "boot/config-6.0-test").read_text() == "CONFIG_X=y\n"
    tree = out / "lib/modules/6.0-test"
    assert (tree / "modules.dep").read_text().splitlines() == [
        "kernel/net/c.ko.gz:", "kernel/net/b_b.ko.xz: kernel/net/c.ko.gz",
        "kernel/net/a.ko: kernel/net/b_b.ko.xz kernel/net/c.ko.gz"]
    assert sorted(p.name for p in tree.rglob("*.ko*")) == ["a.ko", "b_b.ko.xz", "c.ko.gz"]
    if os.geteuid() == 0:
        console = (out / "dev/console").stat()
        assert stat.S_ISCHR(console.st_mode) and console.st_rdev == os.makedev(5, 1)


def test_nothing_lies_in_the_archive_twice_or_out_of_order(tmp_path: Path) -> None:
    archive = initramfs.Archive()
    archive.file("b/c/d", b"1")
    archive.file("a", b"")
    archive.directory("b")
    assert archive.names() == ["a", "b", "b/c", "b/c/d"]


def test_without_a_static_busybox_it_says_which_package(monkeypatch: pytest.MonkeyPatch) -> None:
    dynamic = shutil.which("true")
    assert dynamic
    monkeypatch.setattr(initramfs, "_BUSYBOX_PLACES", ("/nonexistent/busybox", dynamic))
    with pytest.raises(HarnessError, match="install the package busybox-static"):
        initramfs.static_busybox()


def test_a_missing_file_is_named() -> None:
    with tempfile.TemporaryDirectory() as temp:
        kernel = small_kernel(Path(temp))
        with pytest.raises(HarnessError, match="cannot read .*nowhere: No such file"):
            initramfs.build(kernel, Path(temp) / "nowhere")
