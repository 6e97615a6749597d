# SPDX-License-Identifier: GPL-2.0-only
"""The catalogue of kernels, and a cache of those that were fetched.

A cached kernel is one directory, KERNELS/ID/VERSION, with the files that a guest needs and a
manifest with their check sums. It appears by one rename, so a fetch that was cut short leaves no
half kernel. A run takes what is cached and does not need the network.
"""

from __future__ import annotations

import contextlib
import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import apt
from .errors import EXIT_USAGE, HarnessError, os_reason

_TICK_S, _PATIENCE_S = 0.25, 10.0

# What the probe, the suites and the story use and Debian builds as modules.
MODULES = ("overlay", "veth", "bridge", "macvlan", "ipvlan", "8021q")


@dataclass(frozen=True)
class Row:
    """One kernel of the catalogue: everything known about it is here."""

    id: str
    suites: tuple[str, ...]
    package: str  # pattern of the whole package name
    version: str  # prefix of the package version
    layout: str  # how the guest mounts cgroups: see docs/guest-protocol.md
    arch: str = "amd64"  # Debian's name
    machine: str = "qemu-pc"
    modules: tuple[str, ...] = MODULES
    append: str = ""


CATALOGUE = (
    Row("debian-5.10-cloud-amd64", ("bullseye", "bullseye-security"),
        r"linux-image-5\.10\.[0-9.]+-[0-9]+-cloud-amd64", "5.10.", "v1-single"),
    Row("debian-6.1-cloud-amd64", ("bookworm", "bookworm-security"),
        r"linux-image-6\.1\.[0-9.]+-[0-9]+-cloud-amd64", "6.1.", "v1-each"),
    Row("debian-6.12-cloud-amd64", ("bookworm-backports",),
        r"linux-image-6\.12\.[0-9]+\+[^-]*-cloud-amd64", "6.12.", "v2"),
    Row("debian-7.2-cloud-amd64", ("sid",),
        r"linux-image-7\.2(\.[0-9]+)?\+[^-]*-cloud-amd64", "7.2", "v2"),
)


@dataclass(frozen=True)
class Kernel:
    """A kernel at hand: what a machine boots."""

    id: str
    image: Path
    modules_dir: Path | None  # lib/modules/RELEASE
    config: Path | None
    release: str  # empty: not known before it boots
    arch: str
    layout: str
    machine: str
    modules: tuple[str, ...]
    append: str = ""
    package: str | None = None
    package_version: str | None = None
    suite: str | None = None


def matching(pattern: str, ids: Iterable[str]) -> list[str]:
    """The ids that a shell pattern matches; plain text also names an id by one of its parts
    ("6.1" is debian-6.1-cloud-amd64, and not 6.12), or else by any piece of it."""
    every = list(ids)
    found = [i for i in every if fnmatch.fnmatchcase(i, pattern)]
    if not found and not re.search(r"[*?\[]", pattern):
        found = ([i for i in every if pattern in i.split("-")]
                 or [i for i in every if pattern in i])
    return found


def select(glob: str | None) -> list[Row]:
    """The rows of the catalogue that GLOB names; all without it."""
    if not glob:
        return list(CATALOGUE)
    ids = matching(glob, (r.id for r in CATALOGUE))
    if not ids:
        raise HarnessError(
            f"no kernel of the catalogue matches '{glob}'; there are: "
            + ", ".join(r.id for r in CATALOGUE), EXIT_USAGE)
    return [r for r in CATALOGUE if r.id in ids]


def cache_dir() -> Path:
    """$SEAWORTHY_CACHE, else cache/ beside the built executable, else the user's own cache."""
    if env := os.environ.get("SEAWORTHY_CACHE"):
        return Path(env).absolute()
    executable = os.environ.get("SEAWORTHY_EXECUTABLE")
    # A build tree has the object files beside the executable; an installed copy has not.
    if executable and (Path(executable).parent / "obj").is_dir():
        return Path(executable).absolute().parent / "cache"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "seaworthy"


def sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def find_image(tree: Path) -> Path | None:
    """The kernel image in an unpacked package: boot/vmlinuz-RELEASE, or, since Debian split the
    package in 2026, usr/lib/modules/RELEASE/vmlinuz."""
    for pattern in ("boot/vmlinu[xz]-*", "usr/lib/modules/*/vmlinuz", "lib/modules/*/vmlinuz"):
        for path in sorted(tree.glob(pattern)):
            if path.is_file() and not path.is_symlink():
                return path
    return None


def find_modules(tree: Path) -> Path | None:
    for pattern in ("lib/modules/*/kernel", "usr/lib/modules/*/kernel"):
        for path in sorted(tree.glob(pattern)):
            return path.parent
    return None


def find_config(tree: Path) -> Path | None:
    for pattern in ("boot/config-*", "usr/lib/modules/*/config", "lib/modules/*/config"):
        for path in sorted(tree.glob(pattern)):
            if path.is_file():
                return path
    return None


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Cache:
    """The fetched kernels below one directory."""

    def __init__(self, root: Path | None = None, say: Callable[[str], None] = lambda _: None,
                 stop: threading.Event | None = None) -> None:
        self.root = root or cache_dir()
        self.say = say
        self.stop = stop or threading.Event()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One fetch at a time, also over processes; the lock ends with the process."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise HarnessError(
                f"cannot use the cache {self.root}: {os_reason(error)}; set SEAWORTHY_CACHE to a "
                "directory that can be written") from error
        try:
            waited = 0.0
            while not _try_lock(fd):
                if self.stop.wait(_TICK_S):
                    raise HarnessError("interrupted")
                waited += _TICK_S
                if waited == _PATIENCE_S:
                    self.say(f"waiting for another fetch into {self.root}")
            yield
        finally:
            os.close(fd)

    def versions(self, row: Row) -> list[Path]:
        """Cached versions of a kernel, the one fetched last first."""
        found = list((self.root / "kernels" / row.id).glob("*/manifest.json"))
        return [p.parent for p in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)]

    def load(self, row: Row, where: Path) -> Kernel:
        """The cached kernel in a directory; HarnessError says what is wrong with it."""
        try:
            manifest = json.loads((where / "manifest.json").read_text())
            files: dict[str, str] = manifest["files"]
            for name, digest in files.items():
                if sha256(where / name) != digest:
                    raise HarnessError(f"{where / name} is not as it was fetched")
            tree = where / "root"
            modules = find_modules(tree)
            return Kernel(
                id=row.id, image=where / manifest["image"], modules_dir=modules,
                config=find_config(tree), release=modules.name if modules else "",
                arch=row.arch, layout=row.layout, machine=row.machine, modules=row.modules,
                append=row.append, package=manifest["package"],
                package_version=manifest["version"], suite=manifest["suite"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HarnessError(f"{where} is damaged: {error}") from error

    def cached(self, row: Row) -> Kernel | None:
        """The newest cached version that is sound; a damaged one is thrown away and said so."""
        for where in self.versions(row):
            try:
                return self.load(row, where)
            except HarnessError as error:
                self.say(f"{row.id}: {error}; fetching it again")
                shutil.rmtree(where, ignore_errors=True)
        return None

    def get(self, row: Row, refresh: bool = False) -> Kernel:
        """From the cache, or (nothing cached, or REFRESH) from the archive."""
        with self._locked():
            kernel = self.cached(row)
            if kernel and not refresh:
                return kernel
            try:
                return self._fetch(row)
            except OSError as error:
                raise HarnessError(f"cannot fetch {row.id} into {self.root}: {os_reason(error)}"
                                   ) from error

    def _fetch(self, row: Row) -> Kernel:
        debian = apt.PrivateApt(self.root / "apt" / "_".join(row.suites), row.suites, row.arch,
                                stop=self.stop)
        self.say(f"{row.id}: looking into {', '.join(row.suites)}")
        debian.update()
        found = [p for p in debian.find(row.package) if p.version.startswith(row.version)]
        if not found:
            raise HarnessError(
                f"no package of {', '.join(row.suites)} matches {row.package} any more: the suite "
                f"has moved on from {row.version.rstrip('.')}")
        package = found[0]
        where = self.root / "kernels" / row.id / package.version
        if (where / "manifest.json").exists():
            with contextlib.suppress(HarnessError):
                return self.load(row, where)
            shutil.rmtree(where, ignore_errors=True)
        parts = [package, *self._parts(debian, package)]
        where.parent.mkdir(parents=True, exist_ok=True)
        for stale in where.parent.glob(".fetch-*"):  # of one that was killed: the lock is ours
            shutil.rmtree(stale, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=where.parent) as temp:
            new = self._build(row, debian, parts, Path(temp))
            os.rename(new, where)
        return self.load(row, where)

    @staticmethod
    def _parts(debian: apt.PrivateApt, package: apt.Package) -> list[apt.Package]:
        """The packages of the same kernel that this one depends on: of its version and release."""
        release = package.name.removeprefix("linux-image-")
        names = {n for n in package.depends if n.startswith("linux-") and n.endswith(release)}
        parts = []
        for name in sorted(names):
            match = [p for p in debian.find(re.escape(name)) if p.version == package.version]
            if not match:
                raise HarnessError(f"{package.name} {package.version} needs {name}, which the "
                                   "archive does not have in that version; try again later")
            parts.append(match[0])
        return parts

    def _build(self, row: Row, debian: apt.PrivateApt, parts: list[apt.Package], temp: Path
               ) -> Path:
        new = temp / "kernel"
        tree = new / "root"
        tree.mkdir(parents=True)
        for part in parts:
            self.say(f"{row.id}: fetching {part.name} {part.version}")
            deb = debian.download(part, temp)
            apt.unpack(deb, tree)
            deb.unlink()
        image = find_image(tree)
        if not image:
            raise HarnessError(f"{parts[0].name} {parts[0].version} has no kernel image in it")
        # Not needed to boot, and megabytes: the symbol tables and the manuals.
        for extra in (*tree.glob("boot/System.map-*"), *tree.glob("usr/lib/modules/*/System.map")):
            extra.unlink()
        shutil.rmtree(tree / "usr/share", ignore_errors=True)
        files = {
            str(p.relative_to(new)): sha256(p)
            for p in sorted(tree.rglob("*")) if p.is_file() and not p.is_symlink()
        }
        manifest = {
            "package": parts[0].name, "version": parts[0].version,
            "suite": debian.suite_of(parts[0]),
            "packages": [p.name for p in parts], "image": str(image.relative_to(new)),
            "files": files,
        }
        (new / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
        return new
