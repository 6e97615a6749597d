# SPDX-License-Identifier: GPL-2.0-only
"""The reader on real kernel images: those that the harness has fetched, and their files beside them.

Distributions build without CONFIG_IKCONFIG, so what must come out is exactly that, with the version
from the image; that the configuration itself comes out of each kind of image is a C unit test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from seaworthy import kernels
from test_kconfig_corpus import dump, run, version  # noqa: F401 (dump is a fixture)


@pytest.fixture(scope="module")
def images(cache: kernels.Cache, kernel: kernels.Kernel) -> list[Path]:
    """The test kernel's image, and whatever else the cache holds by now."""
    found = sorted(p for p in cache.root.glob("**/vmlinuz*") if p.is_file() and not p.is_symlink())
    assert any(p.samefile(kernel.image) for p in found), (kernel.image, found)
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
