# SPDX-License-Identifier: GPL-2.0-only
"""Where kernels come from: apt sources, the cache, and what files given as kernels are."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest
from seaworthy import apt, images, kernels, plan
from seaworthy.errors import HarnessError

ONE_LINE = """# a comment
deb [arch=amd64 signed-by=/k.gpg] http://third.example/apt bookworm stable
deb-src http://mirror.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/d.gpg] http://mirror.example/debian bookworm main contrib # x
deb http://mirror.example/debian-security bookworm-security main
deb
deb http://flat.example/ ./
"""

DEB822 = """Types: deb deb-src
URIs: http://mirror.example/debian
# a comment inside
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/d.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://sec.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
"""


def test_sources_in_the_one_line_form() -> None:
    sources = apt.parse_one_line(ONE_LINE)
    assert [s.uri for s in sources] == [
        "http://third.example/apt", "http://mirror.example/debian",
        "http://mirror.example/debian-security", "http://flat.example/"]
    text = apt.derive_sources("sid", sources)
    assert text == ("Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/d.gpg\n")
    assert "URIs: http://mirror.example/debian-security" in apt.derive_sources("x-security", sources)


def test_sources_in_the_deb822_form() -> None:
    sources = apt.parse_deb822(DEB822)
    assert [s.uri for s in sources] == ["http://mirror.example/debian",
                                        "http://sec.example/debian-security"]
    security = apt.derive_sources("bullseye-security", sources)
    assert "URIs: http://sec.example/debian-security\nSuites: bullseye-security\n" in security
    # A key that stands in the entry itself goes along whole.
    assert security.endswith("\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----\n")


def test_files_of_a_machine(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (tmp_path / "sources.list.d/debian.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/old.list.save").write_text(ONE_LINE)
    assert len(apt.machine_sources(tmp_path)) == 6


@pytest.mark.parametrize("text", ["", "deb http://x.example/ubuntu jammy main\n",
                                  "deb http://third.example/apt bookworm stable\n",
                                  "deb cdrom:[Debian]/ bookworm main\n"])
def test_a_machine_without_debian_sources_is_told_so(text: str) -> None:
    with pytest.raises(HarnessError, match="no source of the Debian archive"):
        apt.derive_sources("sid", apt.parse_one_line(text))


@pytest.mark.parametrize("output,words", [
    ("Err:1 http://m.example sid InRelease\n  Could not resolve 'm.example'\nE: Failed", "network"),
    ("E: You don't have enough free space in /x/.", "disk is full"),
    ("E: write: No space left on device", "disk is full"),
    ("W: GPG error: NO_PUBKEY 0123", "signature"),
    ("E: Failed to fetch x  404  Not Found", "does not carry"),
    ("E: Failed to fetch x  Hash Sum mismatch", "check sum"),
    ("E: something new", "apt says"),
])
def test_complaints_of_apt_are_explained(output: str, words: str) -> None:
    assert words in apt.explain(output)


def test_dependencies_out_of_apt_cache_show() -> None:
    text = ("Package: linux-image-7.2.1+deb14-cloud-amd64\nVersion: 7.2.1-1\n"
            "Pre-Depends: linux-base (>= 4.3~)\nDepends: dracut | initramfs-tools, "
            "linux-modules-7.2.1+deb14-cloud-amd64 (= 7.2.1-1)\n\nPackage: b\nVersion: 1\n")
    packages = apt.parse_show(text)
    assert packages[0].depends == ("linux-base", "dracut", "initramfs-tools",
                                   "linux-modules-7.2.1+deb14-cloud-amd64")
    assert packages[1] == apt.Package("b", "1")


def test_versions_are_sorted_as_dpkg_does() -> None:
    versions = ["5.10.9-1", "5.10.262-1", "5.10.262-1~bpo1", "5.10.223-1"]
    found = apt.sort_by_version([apt.Package("x", v) for v in versions])
    assert [p.version for p in found] == ["5.10.262-1", "5.10.262-1~bpo1", "5.10.223-1", "5.10.9-1"]


def test_the_catalogue_is_sound() -> None:
    ids = [r.id for r in kernels.CATALOGUE]
    assert len(ids) == len(set(ids)) >= 4
    assert {r.layout for r in kernels.CATALOGUE} == {"v1-single", "v1-each", "v2"}
    assert kernels.matching("6.1", ids) == ["debian-6.1-cloud-amd64"]
    assert kernels.matching("debian-6*", ids) == ["debian-6.1-cloud-amd64", "debian-6.12-cloud-amd64"]
    assert kernels.matching("cloud-amd", ids) == ids
    assert kernels.matching("nix*", ids) == []


# ---- the cache, with a real package that these tests build


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An apt configuration whose "Debian archive" is a directory with one kernel package in it."""
    tree = tmp_path / "tree"
    release = "6.1.0-9-cloud-amd64"
    for name, text in ((f"boot/vmlinuz-{release}", "an image"), (f"boot/config-{release}", "x"),
                       (f"boot/System.map-{release}", "long"), (f"lib/modules/{release}/kernel/a.ko", "m")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        f"Package: linux-image-{release}\nVersion: 6.1.9-1\nArchitecture: amd64\n"
        "Maintainer: Nobody <nobody@example.org>\nDescription: a test\n")
    pool = tmp_path / "archive/dists/bookworm/main/binary-amd64"
    pool.mkdir(parents=True)
    deb = tmp_path / "archive/k.deb"
    subprocess.run(["dpkg-deb", "-b", str(tree), str(deb)], check=True, capture_output=True)
    (pool / "Packages").write_text(
        (tree / "DEBIAN/control").read_text().rstrip() + f"\nFilename: k.deb\nSize: {deb.stat().st_size}\n"
        f"SHA256: {kernels.sha256(deb)}\n")
    packages = (pool / "Packages")
    (tmp_path / "archive/dists/bookworm/Release").write_text(
        "Origin: Debian\nSuite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\n"
        f"SHA256:\n {kernels.sha256(packages)} {packages.stat().st_size} main/binary-amd64/Packages\n")
    etc = tmp_path / "etc"
    (etc / "sources.list.d").mkdir(parents=True)
    (etc / "sources.list").write_text(f"deb file:{tmp_path}/archive bookworm main\n")
    return tmp_path


ROW = kernels.Row("test-6.1", ("bookworm",), r"linux-image-6\.1\.[0-9.]+-[0-9]+-cloud-amd64", "6.1.",
                  "v1-each")


def _fetch(archive: Path, monkeypatch: pytest.MonkeyPatch, signed: bool = False) -> kernels.Cache:
    """A cache over that archive. It is not signed, so verification is told to let it through
    unless the test is about that."""
    real = apt.PrivateApt._conf

    def conf(self: apt.PrivateApt, arch: str) -> str:
        return real(self, arch) + ("" if signed else 'Acquire::AllowInsecureRepositories "1";\n'
                                   'APT::Get::AllowUnauthenticated "1";\n')

    monkeypatch.setattr(apt.PrivateApt, "_conf", conf)
    monkeypatch.setattr(apt, "ETC_APT", archive / "etc")
    return kernels.Cache(archive / "cache")


def test_fetch_and_use_without_the_archive(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _fetch(archive, monkeypatch)
    kernel = cache.get(ROW)
    assert kernel.release == "6.1.0-9-cloud-amd64"
    assert kernel.image.read_text() == "an image"
    assert kernel.config and kernel.config.read_text() == "x"
    assert kernel.package_version == "6.1.9-1"
    assert not list((archive / "cache").rglob("System.map*"))
    assert not list((archive / "cache/kernels").rglob("*.deb"))
    shutil.rmtree(archive / "archive")
    assert cache.get(ROW) == kernel
    with pytest.raises(HarnessError):
        cache.get(ROW, refresh=True)
    assert cache.get(ROW) == kernel


@pytest.mark.parametrize("damage", ["image", "module", "missing", "manifest", "garbage"])
def test_a_damaged_cache_is_fetched_again(archive: Path, monkeypatch: pytest.MonkeyPatch,
                                          damage: str) -> None:
    said: list[str] = []
    cache = _fetch(archive, monkeypatch)
    cache.say = said.append
    kernel = cache.get(ROW)
    manifest = kernel.image.parents[2] / "manifest.json"
    assert manifest.is_file()
    if damage == "image":
        kernel.image.write_text("another")
    elif damage == "module":
        next(kernel.image.parents[1].rglob("*.ko")).write_text("other")
    elif damage == "missing":
        kernel.image.unlink()
    elif damage == "manifest":
        manifest.write_text(json.dumps({"files": {}}))
    else:
        manifest.write_bytes(b"\xff{")
    said.clear()
    assert cache.get(ROW).image.read_text() == "an image"
    assert "fetching it again" in said[0]


def test_an_unsigned_archive_is_refused(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match="signature"):
        _fetch(archive, monkeypatch, signed=True).get(ROW)
    assert not list((archive / "cache").glob("kernels/*/*"))


def test_a_package_that_is_not_what_was_announced_is_refused(
        archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (archive / "archive/k.deb").open("r+b") as f:
        f.seek(200)
        f.write(b"changed")
    with pytest.raises(HarnessError, match="cannot fetch linux-image"):
        _fetch(archive, monkeypatch).get(ROW)
    assert not list((archive / "cache").glob("kernels/*/*"))


def test_a_suite_that_moved_on_is_named(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = kernels.Row("test-9", ("bookworm",), r"linux-image-9\..*", "9.", "v2")
    with pytest.raises(HarnessError, match="bookworm .*the suite has moved on from 9"):
        _fetch(archive, monkeypatch).get(row)


def test_a_full_disk_is_named(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _fetch(archive, monkeypatch)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(apt, "unpack", full)
    with pytest.raises(HarnessError, match="No space left on device: free some space"):
        cache.get(ROW)
    assert not list((archive / "cache").glob("kernels/*/.fetch-*"))


def test_an_interrupted_fetch_ends_apt(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt that hangs, with a child of its own: both are gone, and nothing half is kept."""
    tools = archive / "bin"
    tools.mkdir()
    script = tools / "apt-get"
    script.write_text(f"#!/bin/sh\nsleep 100000 &\necho $! >{archive}/pid.new\n"
                      f"mv {archive}/pid.new {archive}/pid\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    cache = _fetch(archive, monkeypatch)
    failed: list[HarnessError] = []

    def fetch() -> None:
        try:
            cache.get(ROW)
        except HarnessError as error:
            failed.append(error)

    thread = threading.Thread(target=fetch)
    thread.start()
    deadline = time.monotonic() + 120
    while not (archive / "pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    cache.stop.set()
    thread.join(120)
    assert failed and "was interrupted" in str(failed[0])
    stat = Path(f"/proc/{(archive / 'pid').read_text().strip()}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not list((archive / "cache").glob("kernels/*/*"))


def test_what_a_killed_fetch_left_is_cleared(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = archive / "cache/kernels" / ROW.id / ".fetch-old/kernel"
    stale.mkdir(parents=True)
    (stale / "half").write_text("x")
    kernel = _fetch(archive, monkeypatch).get(ROW)
    assert kernel.image.is_file()
    assert not list((archive / "cache/kernels" / ROW.id).glob(".fetch-*"))


# ---- files of the user


def bzimage(release: str = "6.1.0-test", xload: int = 1) -> bytes:
    head = bytearray(0x400)
    head[0x1F1] = 1
    struct.pack_into("<I", head, 0x1F4, 4)
    head[0x1FE:0x206] = b"\x55\xaa\xeb\x00HdrS"
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, 0x20F)
    struct.pack_into("<H", head, 0x20E, 0x100)
    struct.pack_into("<H", head, 0x236, xload)
    text = f"{release} (someone@somewhere) #1\0".encode()
    head[0x300:0x300 + len(text)] = text
    return bytes(head) + bytes(64)


@pytest.mark.parametrize("data,kind,arch", [
    (bzimage(), "bzImage", "x86_64"), (bzimage(xload=0), "bzImage", "i386"),
    (b"\x7fELF\x02\x01" + bytes(12) + b"\x3e\x00" + bytes(100), "ELF", "x86_64"),
    (b"\x7fELF\x01\x02" + bytes(12) + b"\x00\x08" + bytes(100), "ELF", "mips"),
    (bytes(0x38) + b"ARM\x64" + bytes(100), "Image", "arm64"),
    (bytes(0x24) + b"\x18\x28\x6f\x01" + bytes(100), "zImage", "arm"),
    (b"\x1f\x8b" + bytes(100), "gzip file", None), (b"hello", "unknown", None),
])
def test_images_are_told_apart(tmp_path: Path, data: bytes, kind: str, arch: str | None) -> None:
    (tmp_path / "k").write_bytes(data)
    found = images.sniff(tmp_path / "k")
    assert (found.format, found.arch) == (kind, arch)


def test_every_truncation_of_an_image_is_seen_or_no_kernel(tmp_path: Path) -> None:
    whole = bzimage()
    path = tmp_path / "k"
    path.write_bytes(whole)
    assert images.sniff(path) == images.Image("bzImage", "x86_64", "6.1.0-test")
    for size in (*range(0, len(whole), 37), len(whole) - 1):
        path.write_bytes(whole[:size])
        found = images.sniff(path)
        assert found.problem or found.format != "bzImage", size


@pytest.mark.parametrize("data,words", [
    (bytes(0x38) + b"ARM\x64" + bytes(100), "arm64.*x86-64 only"),
    (bzimage(xload=0), "32-bit")])
def test_other_architectures_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "k").write_bytes(data)
    with pytest.raises(HarnessError, match=words):
        plan.make([plan.UserKernel(tmp_path / "k")], None, False)


def test_a_kernel_of_the_user_is_planned(tmp_path: Path) -> None:
    image = tmp_path / "vmlinuz"
    image.write_bytes(bzimage("4.19.0-old"))
    modules = tmp_path / "modules/4.19.0-old"
    (modules / "kernel").mkdir(parents=True)
    with pytest.raises(HarnessError, match="no modules"):
        plan.make([plan.UserKernel(image, modules)], None, False)
    with pytest.raises(HarnessError, match="no such directory"):
        plan.make([plan.UserKernel(image, tmp_path / "none")], None, False)
    (modules / "kernel/overlay.ko").write_bytes(b"x")
    users = [plan.UserKernel(image, modules, "debug"), plan.UserKernel(image)]
    planned = plan.make(users, ["vmlinuz*"], True)
    assert [p.id for p in planned] == ["vmlinuz", "vmlinuz-2"]
    kernel = planned[0].kernel
    assert kernel and (kernel.release, kernel.layout, kernel.append) == (
        "4.19.0-old", "v1-each", "debug")
    assert [p.id for p in plan.make([], None, True)][-1] == plan.HOST
