# SPDX-License-Identifier: GPL-2.0-only
"""What a file given as a kernel is, as far as its first bytes tell."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError

_HEAD = 0x400
_ELF_MACHINES = {3: "i386", 8: "mips", 20: "powerpc", 21: "ppc64", 22: "s390x", 40: "arm",
                 62: "x86_64", 183: "arm64", 243: "riscv", 258: "loongarch64"}


@dataclass(frozen=True)
class Image:
    """ARCH is None where the bytes do not tell; PROBLEM says why it cannot be a whole kernel."""

    format: str
    arch: str | None
    release: str = ""
    problem: str = ""


def _bzimage(path: Path, head: bytes, size: int) -> Image:
    # Documentation/arch/x86/boot.rst in the kernel: the setup header.
    sectors = head[0x1F1] or 4
    (protocol,) = struct.unpack_from("<H", head, 0x206)
    (paragraphs,) = struct.unpack_from("<I", head, 0x1F4)
    if protocol < 0x204:
        paragraphs &= 0xFFFF
    whole = (sectors + 1) * 512 + paragraphs * 16
    arch = "x86_64"
    if protocol >= 0x20C and not struct.unpack_from("<H", head, 0x236)[0] & 1:
        arch = "i386"  # no 64-bit entry point
    release = ""
    (pointer,) = struct.unpack_from("<H", head, 0x20E)
    if pointer:
        with path.open("rb") as f:
            f.seek(0x200 + pointer)
            words = f.read(256).split(b"\0", 1)[0].decode("ascii", "replace").split()
            release = words[0] if words else ""
    if size < whole:
        return Image("bzImage", arch, release,
                     f"truncated: {size} bytes of {whole} that its header announces")
    return Image("bzImage", arch, release)


def _elf(head: bytes) -> Image:
    order = ">" if head[5] == 2 else "<"
    (machine,) = struct.unpack_from(order + "H", head, 18)
    return Image("ELF", _ELF_MACHINES.get(machine, f"ELF machine {machine}"))


def sniff(path: Path) -> Image:
    """Look at a file; HarnessError where it cannot be read at all or is no file."""
    try:
        if path.is_dir():
            raise HarnessError(f"{path} is a directory; give the kernel image in it "
                               "(such as vmlinuz or bzImage)")
        if not path.is_file() and path.exists():
            raise HarnessError(f"{path} is no file but a device, a socket or a pipe")
        size = path.stat().st_size
        with path.open("rb") as f:
            head = f.read(_HEAD)
    except OSError as error:
        raise HarnessError(f"{path}: {error.strerror}") from error
    if not head:
        return Image("empty", None, problem="the file is empty")
    head = head.ljust(_HEAD, b"\0")
    if head[0x1FE:0x200] == b"\x55\xaa" and head[0x202:0x206] == b"HdrS":
        return _bzimage(path, head, size)
    if head[:4] == b"\x7fELF":
        return _elf(head)
    for offset, magic, name, arch in (
        (0x38, b"ARM\x64", "Image", "arm64"), (0x24, b"\x18\x28\x6f\x01", "zImage", "arm"),
        (0x38, b"RSC\x05", "Image", "riscv"), (0, b"\x27\x05\x19\x56", "uImage", None),
        (0, b"\x1f\x8b", "gzip file", None), (0, b"\xfd7zXZ\0", "xz file", None),
    ):
        if head[offset:offset + len(magic)] == magic:
            return Image(name, arch)
    return Image("unknown", None)
