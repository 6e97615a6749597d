# SPDX-License-Identifier: GPL-2.0-only
"""The reader on every kind of input that it is for, made by the real tools: tests/fuzz/samples.py."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from test_kconfig_corpus import ROOT, dump, run, version  # noqa: F401 (dump is a fixture)

sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

import samples  # noqa: E402

ALL = {s.name: s for s in samples.samples()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, ROOT / "tests/fuzz/samples.py", out], check=True, timeout=600)
    return out


@pytest.fixture(scope="module")
def seen(dump: Path, made: Path) -> dict[str, dict]:  # noqa: F811
    return {Path(s["file"]).name: s for s in run(dump, *sorted(made.iterdir()))}


@pytest.mark.parametrize("name", ALL)
def test_sample(seen: dict[str, dict], name: str) -> None:
    got = seen[name]
    assert got["errno"] is None, got["error"]
    assert (got["format"], got["arch"]) == (ALL[name].format, ALL[name].arch)
    assert got["release"] == samples.RELEASE and got["version"] == version(samples.RELEASE)
    assert got["complete"] and got["problems"] == []
    assert got["mentions"]["USER_NS"] == 2 and got["mentions"]["OVERLAY_FS"] == 1


# Bare code without any header looks no different when its end is missing; but for the configuration.
ENDLESS = {"config", "Image", "Image-riscv", "vmlinux", "vmlinux-stripped"}


@pytest.mark.parametrize("part", [0.4, 0.75])
def test_cut_short(dump: Path, made: Path, tmp_path: Path, part: float) -> None:  # noqa: F811
    files = []
    for name in sorted(set(ALL) - ENDLESS):
        data = (made / name).read_bytes()
        files.append(tmp_path / name)
        files[-1].write_bytes(data[:int(len(data) * part)])
    wrong = [(Path(s["file"]).name, s["errno"], s["error"]) for s in run(dump, *files)
             # Either its end is not in what was cut off, or that is said.
             if s["errno"] not in (None, "EILSEQ") or (s["errno"] and "cut short" not in s["error"])]
    assert wrong == []


def test_damaged(dump: Path, made: Path, tmp_path: Path) -> None:  # noqa: F811
    """64 bytes in the middle overwritten: never another configuration than the true one, never a crash."""
    rng = random.Random(7)
    files = []
    for name in ALL:
        data = bytearray((made / name).read_bytes())
        middle = len(data) * 55 // 100
        data[middle:middle + 64] = rng.randbytes(64)
        files.append(tmp_path / name)
        files[-1].write_bytes(data)
    for got in run(dump, *files):
        name = Path(got["file"]).name
        if got["errno"] is None and name != "config":
            assert got["mentions"]["USER_NS"] == 2 and got["release"] == samples.RELEASE, name
        if got["errno"]:
            assert got["error"].count("\n") == 0 and len(got["error"]) > 20


NO_CONFIG = {
    "vmlinux": lambda: samples.vmlinux(ikconfig=False), "Image": lambda: samples.arm64_image(False),
    **{f"bzImage.{p}": lambda p=p: samples.bzimage(p, False) for p in samples.KERNEL_PACKERS},
    **{f"zImage.{p}": lambda p=p: samples.zimage(p, False) for p in samples.KERNEL_PACKERS},
    "uImage": lambda: samples.uimage(samples.zimage("lzma", False)),
    "fit": lambda: samples.fit(samples.pack("gzip", samples.arm64_image(False)), "gzip"),
    "boot.img": lambda: samples.boot_img(samples.pack("lz4", samples.arm64_image(False)), 2),
}


def test_without_configuration(dump: Path, tmp_path: Path) -> None:  # noqa: F811
    for name, make in NO_CONFIG.items():
        (tmp_path / name).write_bytes(make())
    for got in run(dump, *(tmp_path / name for name in NO_CONFIG)):
        assert got["errno"] == "ENODATA", got
        assert f"Linux {samples.BUILD}" in got["error"] and "CONFIG_IKCONFIG" in got["error"], got


def test_what_holds_no_kernel(dump: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "ramdisk").write_bytes(b"070701")
    samples.run("mkimage", "-A", "arm", "-O", "linux", "-T", "ramdisk", "-C", "none", "-d", tmp_path / "ramdisk",
                tmp_path / "uInitrd")
    (tmp_path / "tree.dts").write_text("/dts-v1/; / { model = \"board\"; soc { reg = <1>; }; };")
    samples.run("dtc", "-O", "dtb", "-o", tmp_path / "board.dtb", tmp_path / "tree.dts")
    (tmp_path / "vendor_boot.img").write_bytes(b"VNDRBOOT" + bytes(4088))
    (tmp_path / "init_boot.img").write_bytes(samples.boot_img(b"", 4))
    words = {"uInitrd": ("ENOMSG", "initial RAM disk"), "board.dtb": ("ENOMSG", "device tree"),
             "vendor_boot.img": ("ENOMSG", "boot.img"), "init_boot.img": ("ENODATA", "no kernel in it")}
    for got in run(dump, *(tmp_path / name for name in words)):
        errno, text = words[Path(got["file"]).name]
        assert got["errno"] == errno and text in got["error"], got


def test_damaged_uimage_is_told_by_its_checksum(dump: Path, tmp_path: Path) -> None:  # noqa: F811
    image = bytearray(samples.uimage(samples.kernel("arm", ikconfig=False)[:5000]))
    image[3000] ^= 1
    (tmp_path / "uImage").write_bytes(image)
    got = run(dump, tmp_path / "uImage")[0]
    assert got["errno"] == "EILSEQ" and "checksum" in got["error"]
