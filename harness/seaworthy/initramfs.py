# SPDX-License-Identifier: GPL-2.0-only
"""The root filesystem of a test guest: a newc cpio archive, the same bytes for the same input."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import HarnessError
from .kernels import Kernel

_BUSYBOX_PLACES = ("/bin/busybox", "/usr/lib/initramfs-tools/bin/busybox", "/usr/bin/busybox")
_LXC_VERBS = ("create", "ls", "execute", "start", "info", "stop", "destroy")


@dataclass(frozen=True)
class Entry:
    """One file, directory or device node (mode says so), or symbolic link (data: its target)."""

    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


class Archive:
    """Collects entries; parents appear by themselves."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def directory(self, path: str) -> None:
        for part in reversed(PurePosixPath(path).parents):
            if str(part) != ".":
                self._entries.setdefault(str(part), Entry(stat.S_IFDIR | 0o755))
        self._entries.setdefault(path, Entry(stat.S_IFDIR | 0o755))

    def _put(self, path: str, entry: Entry) -> None:
        parent = str(PurePosixPath(path).parent)
        if parent != ".":
            self.directory(parent)
        self._entries[path] = entry

    def file(self, path: str, data: bytes, mode: int = 0o644) -> None:
        self._put(path, Entry(stat.S_IFREG | mode, data))

    def link(self, path: str, target: str) -> None:
        self._put(path, Entry(stat.S_IFLNK | 0o777, target.encode()))

    def device(self, path: str, major: int, minor: int, mode: int = 0o600) -> None:
        """A character device."""
        self._put(path, Entry(stat.S_IFCHR | mode, b"", (major, minor)))

    def names(self) -> list[str]:
        return sorted(self._entries)

    def pack(self) -> bytes:
        """The archive, sorted, owned by root, all times zero (Documentation/driver-api/
        early-userspace/buffer-format.rst in the kernel: header and data padded to four bytes)."""
        out = bytearray()
        for number, name in enumerate(sorted(self._entries), start=1):
            _append(out, number, name.encode(), self._entries[name])
        _append(out, 0, b"TRAILER!!!", Entry(0))
        out += bytes(-len(out) % 512)
        return bytes(out)


def _append(out: bytearray, inode: int, name: bytes, entry: Entry) -> None:
    data, links = entry.data, 2 if stat.S_ISDIR(entry.mode) else 1
    # inode, mode, uid, gid, links, mtime, size, device of the file, device that it is, name, sum
    fields = (inode, entry.mode, 0, 0, links, 0, len(data), 0, 0, *entry.device, len(name) + 1, 0)
    out += b"070701" + b"".join(b"%08X" % f for f in fields) + name + b"\0"
    out += bytes(-len(out) % 4)
    out += data
    out += bytes(-len(out) % 4)


def module_name(path: str) -> str:
    """The module's own name: kernel/fs/overlayfs/overlay.ko.xz is overlay; - and _ are the same."""
    return re.sub(r"\.ko(\.\w+)?$", "", path.rsplit("/", 1)[-1]).replace("-", "_")


def read_module(path: Path) -> bytes:
    """A module's ELF image, decompressed."""
    data = path.read_bytes()
    try:
        if path.suffix == ".xz":
            return lzma.decompress(data)
        if path.suffix == ".gz":
            return zlib.decompress(data, 31)
    except (lzma.LZMAError, zlib.error) as error:
        raise HarnessError(f"the module {path} is damaged: {error}") from error
    return data


def modinfo(elf: bytes) -> dict[str, str]:
    """The fields of a module's .modinfo section; empty when there is none (or it is no ELF64)."""
    if len(elf) < 64 or elf[:6] != b"\x7fELF\x02\x01":
        return {}
    try:
        (offset,) = struct.unpack_from("<Q", elf, 0x28)
        size, count, names = struct.unpack_from("<HHH", elf, 0x3A)
        sections = [struct.unpack_from("<IIQQQQ", elf, offset + i * size) for i in range(count)]
        table = sections[names][4]
    except (struct.error, IndexError):
        return {}
    for name, _, _, _, start, length in sections:
        end = elf.find(b"\0", table + name)
        if elf[table + name : end] == b".modinfo":
            text = elf[start : start + length].decode("utf-8", "replace")
            return dict(f.split("=", 1) for f in text.split("\0") if "=" in f)
    return {}


class Modules:
    """A lib/modules/RELEASE tree: which files a module needs, in the order to load them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: dict[str, str] = {}
        try:
            for path in sorted(root.rglob("*.ko*")):
                if path.is_file():
                    relative = str(path.relative_to(root))
                    self._files.setdefault(module_name(relative), relative)
        except OSError as error:
            raise HarnessError(f"cannot read the modules in {root}: {error.strerror}") from error
        self._depends = self._read_dep()

    def _read_dep(self) -> dict[str, list[str]]:
        """modules.dep, if depmod made one (a package that was only unpacked has none)."""
        try:
            text = (self.root / "modules.dep").read_text()
        except OSError:
            return {}
        depends = {}
        for line in text.splitlines():
            target, _, rest = line.partition(":")
            depends[module_name(target)] = [module_name(p) for p in rest.split()]
        return depends

    def depends(self, name: str) -> list[str]:
        """The modules that NAME needs directly (by modules.dep: all of them)."""
        if name not in self._depends:
            fields = modinfo(read_module(self.root / self._files[name]))
            self._depends[name] = [
                d.replace("-", "_") for d in fields.get("depends", "").split(",") if d
            ]
        return self._depends[name]

    def resolve(self, wanted: tuple[str, ...]) -> list[str]:
        """Files, relative to the tree, dependencies first. A module that the tree does not have
        is left out: it may be built in, and the probe says what is really there."""
        order: list[str] = []

        def visit(name: str, trail: tuple[str, ...]) -> None:
            if name not in self._files or name in trail or self._files[name] in order:
                return
            for dependency in self.depends(name):
                visit(dependency, (*trail, name))
            order.append(self._files[name])

        for name in wanted:
            visit(name.replace("-", "_"), ())
        return order


def static_busybox() -> Path:
    """A BusyBox that needs no libraries, or an error that says which package has it."""
    for place in _BUSYBOX_PLACES:
        path = Path(place)
        try:
            head = path.read_bytes()
        except OSError:
            continue
        if head[:4] == b"\x7fELF" and b"/ld-linux" not in head:
            return path
    raise HarnessError("no static BusyBox in " + ", ".join(_BUSYBOX_PLACES)
                       + ": install the package busybox-static")


@dataclass(frozen=True)
class Initramfs:
    data: bytes
    modules: tuple[str, ...]  # paths in the guest, in the order to load them
    release: str


def build(kernel: Kernel, executable: Path, compress: bool = False,
          programs: Mapping[str, bytes] | None = None) -> Initramfs:
    """The guest's root filesystem for one kernel; PROGRAMS are more executables, by path."""
    archive = Archive()
    for name in ("dev", "proc", "sys", "run", "tmp", "etc", "root", "var"):
        archive.directory(name)
    # Without it the kernel gives PID 1 no console, and what it says before it mounts /dev is lost.
    archive.device("dev/console", 5, 1)
    try:
        archive.file("init", executable.read_bytes(), 0o755)
        archive.file("bin/busybox", static_busybox().read_bytes(), 0o755)
        for name in ("seaworthy", "berth", *(f"lxc-{v}" for v in _LXC_VERBS)):
            archive.link(f"bin/{name}", "/init")
        archive.link("bin/sh", "busybox")
        archive.directory("mnt")  # the kernel's selftests mount there
        for path, data in (programs or {}).items():
            archive.file(path, data, 0o755)
        loaded = _add_modules(archive, kernel)
        if kernel.config and kernel.release:
            # Debian's kernels have no /proc/config.gz; this is where they keep it.
            archive.file(f"boot/config-{kernel.release}", kernel.config.read_bytes())
    except OSError as error:
        raise HarnessError(f"cannot read {error.filename}: {error.strerror}") from error
    data = archive.pack()
    if compress:
        deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
        data = deflate.compress(data) + deflate.flush()
    return Initramfs(data, tuple(loaded), kernel.release)


def _add_modules(archive: Archive, kernel: Kernel) -> list[str]:
    if not kernel.modules_dir:
        return []
    tree = Modules(kernel.modules_dir)
    base = f"lib/modules/{kernel.modules_dir.name}"
    loaded, lines = [], []
    for relative in tree.resolve(kernel.modules):
        archive.file(f"{base}/{relative}", (kernel.modules_dir / relative).read_bytes())
        loaded.append(f"/{base}/{relative}")
        needs = [tree._files[d] for d in tree.depends(module_name(relative)) if d in tree._files]
        lines.append(f"{relative}:" + "".join(f" {n}" for n in needs))
    # Only what is in the guest: a module that is listed but not there would mislead the probe.
    archive.file(f"{base}/modules.dep", ("\n".join(lines) + "\n" if lines else "").encode())
    for name in ("modules.builtin",):
        path = kernel.modules_dir / name
        if path.is_file():
            archive.file(f"{base}/{name}", path.read_bytes())
    return loaded
