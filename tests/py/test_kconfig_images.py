# SPDX-License-Identifier: GPL-2.0-only
"""The reader on real kernel images: those that the harness has fetched, and their files beside them.

Distributions build without CONFIG_IKCONFIG, so what must come out is exactly that, with the version
from the image; that the configuration itself comes out of each kind of image is tested with samples
(test_kconfig_samples.py).
"""

from __future__ import annotations

import gzip
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from seaworthy import apt, kernels
from test_kconfig_corpus import ROOT, dump, run, version  # noqa: F401 (dump is a fixture)

sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

import samples  # noqa: E402

# Architectures that are not booted here, but whose images come in forms of their own.
FOREIGN = (("arm64", r"linux-image-6\.1\.0-[0-9]+-cloud-arm64"), ("armhf", r"linux-image-6\.1\.0-[0-9]+-armmp"))


@pytest.fixture(scope="module")
def foreign(cache: kernels.Cache) -> dict[str, Path]:
    """Kernel images of other architectures, from Debian's packages, with their configurations."""
    found = {}
    for arch, pattern in FOREIGN:
        at = cache.root / "foreign" / arch
        if not list(at.glob("vmlinuz-*")):
            at.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=at) as name:
                source = apt.PrivateApt(Path(name) / "apt", ("bookworm",), arch)
                source.update()
                deb = source.download(source.find(pattern)[0], Path(name))
                apt.unpack(deb, Path(name) / "root")
                # The image last: it tells the next run that all is there.
                for kind in ("config", "vmlinuz"):
                    for path in (Path(name) / "root" / "boot").glob(f"{kind}-*"):
                        shutil.move(path, at / path.name)
        found[arch] = next(at.glob("vmlinuz-*"))
    return found


@pytest.fixture(scope="module")
def images(cache: kernels.Cache, kernel: kernels.Kernel, foreign: dict[str, Path]) -> list[Path]:
    """The test kernel's image, and whatever else the cache holds by now."""
    found = sorted(p for p in cache.root.glob("**/vmlinuz*") if p.is_file() and not p.is_symlink())
    assert any(p.samefile(kernel.image) for p in found), (kernel.image, found)
    assert set(foreign.values()) <= set(found)
    return found


def release(image: Path) -> str:
    name = image.name.removeprefix("vmlinuz").removeprefix("-")
    return name or image.parent.name


def test_image_without_configuration_says_so(dump: Path, images: list[Path]) -> None:  # noqa: F811
    for image in images:
        seen = run(dump, image)[0]
        if seen["errno"] is None:  # a kernel of the user's own, built with it
            assert seen["source"] == 1 and seen["complete"], seen
            continue
        assert seen["errno"] == "ENODATA", seen
        assert f"(Linux {release(image)}, " in seen["error"]
        assert "CONFIG_IKCONFIG" in seen["error"]


def test_half_an_image_is_called_cut_short(dump: Path, images: list[Path], tmp_path: Path) -> None:  # noqa: F811
    half = tmp_path / "half"
    for image in images:
        half.write_bytes(image.read_bytes()[: image.stat().st_size // 2])
        seen = run(dump, half)[0]
        assert seen["errno"] == "EILSEQ", seen
        assert "cut short" in seen["error"]


def test_configuration_beside_the_image(dump: Path, images: list[Path]) -> None:  # noqa: F811
    checked = 0
    for image in images:
        for path in (image.parent / f"config-{release(image)}", image.parent / "config"):
            if not path.is_file():
                continue
            seen = run(dump, path)[0]
            assert seen["errno"] is None, seen
            assert seen["complete"] and seen["format"] == "plain"
            # Debian's ABI name and upstream version agree in major and minor.
            assert seen["version"] >> 8 == version(release(image)) >> 8
            assert re.fullmatch(r"[a-z0-9]+", seen["arch"])
            assert seen["problems"] == []
            checked += 1
    assert checked


def test_real_images_of_other_architectures(dump: Path, foreign: dict[str, Path],  # noqa: F811
                                            tmp_path: Path) -> None:
    """As they are, and as boot loaders want them: version and architecture come from what is inside."""
    arm64, arm = (foreign[a].read_bytes() for a in ("arm64", "armhf"))
    made = {
        "Image": (arm64, "arm64"), "Image.gz": (gzip.compress(arm64, 1), "arm64"),
        "boot.img": (samples.boot_img(samples.run("lz4", "-l", "-1", "-z", "-", "-", data=arm64), 2), "arm64"),
        "fit": (samples.fit(samples.run("zstd", "-1", data=arm64), "zstd"), "arm64"),
        "zImage": (arm, "arm"), "uImage": (samples.uimage(arm), "arm"),
        "uImage-multi": (samples.uimage_multi(arm), "arm"), "boot3.img": (samples.boot_img(arm, 3), "arm"),
    }
    for name, (data, _) in made.items():
        (tmp_path / name).write_bytes(data)
    for seen in run(dump, *(tmp_path / name for name in made)):
        arch = made[Path(seen["file"]).name][1]
        image = foreign["arm64" if arch == "arm64" else "armhf"]
        assert seen["errno"] == "ENODATA", seen
        assert f"(Linux {release(image)}, {arch})" in seen["error"], seen


def test_configuration_in_a_real_image(dump: Path, foreign: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    """Debian's image with Debian's configuration in it, as CONFIG_IKCONFIG would have put it there."""
    image = foreign["arm64"]
    config = (image.parent / f"config-{release(image)}").read_bytes()
    data = bytearray(image.read_bytes())
    marked = b"IKCFG_ST" + samples.pack("gzip", config) + b"IKCFG_ED"
    at = len(data) * 3 // 4
    data[at:at + len(marked)] = marked
    packed = gzip.compress(data, 1)
    made = {"Image": (bytes(data), "arm64 Image"), "Image.gz": (packed, "arm64 Image in gzip"),
            "boot.img": (samples.boot_img(packed, 4), "arm64 Image in Android boot image")}
    for name, (content, _) in made.items():
        (tmp_path / name).write_bytes(content)
    for seen in run(dump, *(tmp_path / name for name in made)):
        assert seen["errno"] is None, seen
        assert seen["format"] == made[Path(seen["file"]).name][1]
        assert seen["arch"] == "arm64" and seen["complete"] and seen["symbols"] > 4000
        assert f" {seen['release']} ".encode() in config
