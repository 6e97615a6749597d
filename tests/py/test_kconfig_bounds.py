# SPDX-License-Identifier: GPL-2.0-only
"""Inputs that would take all memory or for ever: a clear error, within bounds that the kernel enforces."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))
MB = 1 << 20
CPU_S = 60  # RLIMIT_CPU: generous, for slow machines; what is tested needs a second or two
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

import samples  # noqa: E402


def probe(path: Path | str, memory: int = 320 * MB, **more: object) -> subprocess.CompletedProcess[str]:
    """Under limits of address space and CPU time."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    settings: dict[str, object] = {"stdin": subprocess.DEVNULL, **more}
    return subprocess.run([str(SEAWORTHY), "probe", "--config", str(path)], check=False, text=True, timeout=600,
                          capture_output=True, preexec_fn=limit, **settings)  # type: ignore[call-overload]


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "missing" not in done.stdout
    assert any(w in done.stderr for w in words), done.stderr


def gzip_of(head: bytes, zeros: int, tail: bytes = b"") -> bytes:
    """HEAD, so many zeros, TAIL, as members that follow one another (gzip(1)): quick to make."""
    many = gzip.compress(bytes(16 * MB), 9, mtime=0)
    return gzip.compress(head, 9, mtime=0) + many * (zeros // (16 * MB)) + gzip.compress(tail, 6, mtime=0)


def test_bomb_of_text(tmp_path: Path) -> None:
    (tmp_path / "config.gz").write_bytes(gzip_of(samples.config() + b"#" * MB, 0, b"\n# x" * (20 * MB)))
    refused(probe(tmp_path / "config.gz"), "unpacks to more than any kernel configuration")


@pytest.mark.parametrize("packing", ["xz-plain", "zstd", "bzip2", "lzo", "lz4"])
def test_bomb_in_each_packing(tmp_path: Path, packing: str) -> None:
    (tmp_path / "bomb").write_bytes(samples.pack(packing, b"\x7fELF" + bytes(40 * MB)))
    refused(probe(tmp_path / "bomb"), "neither a kernel configuration nor a kernel image")


def test_bomb_that_calls_itself_a_kernel(tmp_path: Path) -> None:
    """2 GB of nothing behind the head of an arm64 Image; it is scanned up to the limit, not kept."""
    (tmp_path / "Image.gz").write_bytes(gzip_of(samples.arm64_image(False), 2048 * MB))
    refused(probe(tmp_path / "Image.gz", 64 * MB), "unpacks to more than", "CONFIG_IKCONFIG")


def test_bomb_inside_a_bomb(tmp_path: Path) -> None:
    inner = gzip_of(b"", 1024 * MB)
    (tmp_path / "uImage").write_bytes(samples.uimage(samples.pack("xz-plain", samples.uimage(inner))))
    refused(probe(tmp_path / "uImage"), "uImage")


def test_marks_around_a_bomb(tmp_path: Path) -> None:
    body = samples.arm64_image(False) + b"IKCFG_ST" + gzip_of(samples.config(), 64 * MB) + b"IKCFG_ED"
    (tmp_path / "Image").write_bytes(body)
    refused(probe(tmp_path / "Image"), "configuration in this kernel image")


def test_many_false_starts_take_bounded_time(tmp_path: Path) -> None:
    """64 MB in which every few bytes could be the start of a compressed kernel."""
    start = b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\x5d\0\0\x80\0" + b"\xff" * 8 + b"BZh91AY&SY" + b"\x28\xb5\x2f\xfd"
    (tmp_path / "noise").write_bytes(b"\x7fELF\x01\x01" + (start + b"\xfd7zXZ\0" + b"\x02\x21\x4c\x18\x40\0\0\0")
                                     * (64 * MB // 50))
    refused(probe(tmp_path / "noise"), "neither a kernel configuration nor a kernel image", "cut short")


def test_images_within_images(tmp_path: Path) -> None:
    data = samples.zimage("gzip")
    for _ in range(6):
        data = samples.uimage(data)
    (tmp_path / "uImage").write_bytes(data)
    refused(probe(tmp_path / "uImage"), "deeper than any kernel is packed")


def test_enormous_and_endless_files(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as f:
        f.truncate(1 << 40)
    refused(probe(sparse), "larger than any kernel")
    for device, words in (("/dev/zero", ("larger than any kernel", "Cannot allocate memory")),
                          ("/dev/null", ("empty",)), ("/proc/self/mem", ("reading", "Input/output"))):
        refused(probe(device, 1024 * MB), *words)


def test_a_pipe_that_never_ends(tmp_path: Path) -> None:
    with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE) as endless:
        done = probe("-", 1024 * MB, stdin=endless.stdout)
        assert endless.stdout
        endless.stdout.close()
        endless.terminate()
    refused(done, "larger than any kernel")


def test_every_compression_from_a_pipe() -> None:
    for packing in samples.PACKERS:
        done = subprocess.run([SEAWORTHY, "probe", "--config", "-", "ns.uts"], timeout=120, check=False,
                              input=samples.pack(packing, samples.config()), capture_output=True)
        assert done.returncode == 0 and b"Linux 6.6.1 on arm" in done.stdout, (packing, done.stderr)


def test_no_memory_is_said(tmp_path: Path) -> None:
    (tmp_path / "Image").write_bytes(samples.arm64_image() + bytes(40 * MB))
    refused(probe(tmp_path / "Image", 16 * MB), "Cannot allocate memory", "no memory")
