# SPDX-License-Identifier: GPL-2.0-only
"""Kernel sources for their configuration only: from a directory, a tarball, or Debian's packages.

The configuration targets of a kernel need little of its 80,000 files (measured on 5.10, 6.1, 6.12
and 7.2): the top-level Makefile, Kbuild and Kconfig files, scripts/, the Makefiles and configs/
of each architecture, and kernel/configs/. That is 28 MB of 1.3 GB; it is what is taken out of a
tarball, and what is copied where a tree was built in, since kbuild refuses O= for such a tree.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import apt, kernels
from .errors import EXIT_USAGE, HarnessError, os_reason

_TOOLS = (("make", "make"), ("gcc", "gcc"), ("flex", "flex"), ("bison", "bison"))
_TICK_S, _LIMIT_S = 0.05, 900

# What tar is to take out, after the name of the directory at the top.
_WANTED = ("Makefile", "Kbuild", "Kconfig", "scripts/*", "*/Kconfig*", "arch/*/Makefile*",
           "arch/*/configs/*", "kernel/configs/*")
# What a build leaves in scripts/; it must not be taken for sources.
_BUILT = re.compile(r"(\.o|\.cmd|\.lex\.c|\.tab\.[ch]|\.moc|\.pyc)$")


@dataclass(frozen=True)
class Package:
    """A row of the sources that can be named: debian-6.1."""

    name: str
    package: str  # pattern of the whole package name
    suites: tuple[str, ...]


PACKAGES = (
    Package("debian-5.10", r"linux-source-5\.10", ("bullseye", "bullseye-security")),
    Package("debian-6.1", r"linux-source-6\.1", ("bookworm", "bookworm-security")),
    Package("debian-6.12", r"linux-source-6\.12", ("trixie", "trixie-security")),
    Package("debian-7.2", r"linux-source-7\.2", ("sid",)),
)


def extract(tarball: Path, to: Path) -> None:
    """Take what configuring needs out of a tarball of a kernel, into the new directory TO."""
    try:
        to.mkdir(parents=True)
        done = subprocess.run(
            ["tar", "-C", str(to), "--strip-components=1", "-xf", str(tarball), "--wildcards",
             *(f"*/{pattern}" if pattern[0] != "*" else pattern for pattern in _WANTED)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            check=False, timeout=_LIMIT_S, env={**os.environ, "LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HarnessError(f"cannot unpack {tarball}: {error}") from error
    # tar ends with 2 also where one of the patterns matches nothing: old trees have no
    # kernel/configs. What matters is whether the tree is there.
    broken = [ln for ln in done.stderr.splitlines() if "Not found in archive" not in ln
              and "previous errors" not in ln]
    if broken or not (to / "Kconfig").is_file() or not (to / "scripts/kconfig").is_dir():
        why = broken[0] if broken else "there is no kernel source in it"
        raise HarnessError(f"cannot take a kernel source out of {tarball}: {why}")


def named(name: str, stop: threading.Event, root: Path | None = None) -> Path:
    """The cached source of a name such as debian-6.1, fetched if need be; it is not to be changed."""
    row = next((p for p in PACKAGES if p.name == name), None)
    if not row:
        raise HarnessError(
            f"{name} is neither a directory or tarball nor one of "
            f"{', '.join(p.name for p in PACKAGES)}", EXIT_USAGE)
    cache = kernels.Cache(root, stop=stop)
    where = cache.root / "sources" / name
    with cache._locked():
        if (where / "Kconfig").is_file():
            return where
        where.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=where.parent) as temp:
            tree = Path(temp) / "tree"
            extract(_tarball(row, cache, Path(temp), stop), tree)
            os.rename(tree, where)
    return where


def _tarball(row: Package, cache: kernels.Cache, temp: Path, stop: threading.Event) -> Path:
    installed = Path("/usr/src") / f"linux-source-{row.name.removeprefix('debian-')}.tar.xz"
    if installed.is_file():
        return installed
    debian = apt.PrivateApt(cache.root / "apt" / "_".join(row.suites), row.suites, "amd64", stop)
    debian.update()
    found = debian.find(row.package)
    if not found:
        raise HarnessError(f"no package {row.package} in {', '.join(row.suites)} any more")
    deb = debian.download(found[0], temp)
    apt.unpack(deb, temp / "root")
    tarballs = sorted((temp / "root/usr/src").glob("linux-source-*.tar.*"))
    if len(tarballs) != 1:
        raise HarnessError(f"{found[0].name} holds {len(tarballs)} tarballs")
    return tarballs[0]


@contextlib.contextmanager
def opened(source: str, stop: threading.Event) -> Iterator[Path]:
    """The source that the user means; what had to be unpacked for it is gone afterwards."""
    path = Path(source)
    if path.is_dir():
        yield path.resolve()
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="seaworthy-source-") as temp:
            extract(path, Path(temp) / "tree")
            yield Path(temp) / "tree"
    else:
        yield named(source, stop)


def is_clean(tree: Path) -> bool:
    """Would kbuild take O=? As the target outputmakefile of the kernel's Makefile asks."""
    return not ((tree / ".config").exists() or (tree / "include/config").is_dir()
                or any(tree.glob("arch/*/include/generated")))


def copy_for_configuration(tree: Path, to: Path) -> None:
    """What configuring needs, without what a build left behind."""
    for directory, names, files in os.walk(tree):
        here = Path(directory).relative_to(tree)
        parts = here.parts
        names[:] = [n for n in names if n not in (".git", "generated")]
        whole = parts[:1] == ("scripts",) or parts[2:3] == ("configs",) or parts == (
            "kernel", "configs")
        for name in files:
            wanted = name.startswith("Kconfig") or (whole and not _BUILT.search(name)) or (
                (not parts or parts[0] == "arch") and name.startswith(("Makefile", "Kbuild")))
            if not wanted or here == Path("scripts/kconfig") and name in ("conf", "mconf", "nconf"):
                continue
            (to / here).mkdir(parents=True, exist_ok=True)
            # Links into what is not copied (scripts/dtc/include-prefixes) stay links.
            shutil.copy2(tree / here / name, to / here / name, follow_symlinks=False)


def _environment() -> dict[str, str]:
    """Without what would change a configuration behind our back; CROSS_COMPILE and CC stay."""
    dropped = re.compile(r"^(MAKEFLAGS|MFLAGS|MAKELEVEL|KCONFIG_.*|KBUILD_.*|CONFIG_.*|ARCH|SRCARCH|"
                         r"SUBARCH|srctree|objtree|O|V|C|W|M)$")
    kept = {k: v for k, v in os.environ.items() if not dropped.match(k)}
    return {**kept, "LC_ALL": "C"}


def _await_group(group: int) -> None:
    """Wait until what was killed is gone: what dies a moment later could still write a file."""
    deadline = time.monotonic() + 2.0
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(_TICK_S)


class Kbuild:
    """The configuration tool of one tree for one architecture, in a directory of our own.

    The tree itself is never written to. Use it as a context manager: what it made is gone at
    the end.
    """

    def __init__(self, source: Path, arch: str, stop: threading.Event | None = None) -> None:
        lacking = [package for tool, package in _TOOLS if not shutil.which(tool)]
        if lacking:
            raise HarnessError(f"{', '.join(lacking)} missing: a kernel's configuration tool is "
                               f"built from its source; apt-get install {' '.join(lacking)}")
        self.source, self.arch, self.stop = source, arch, stop or threading.Event()
        self._temp = tempfile.TemporaryDirectory(prefix="seaworthy-kbuild-")
        try:
            self.tree = source
            self.out = Path(self._temp.name) / "out"
            self.out.mkdir()
            if not is_clean(source):
                self.tree = Path(self._temp.name) / "source"
                copy_for_configuration(source, self.tree)
        except OSError as error:
            self.close()
            raise HarnessError(f"cannot prepare {source}: {os_reason(error)}") from error

    def __enter__(self) -> Kbuild:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._temp.cleanup()

    def make(self, target: str) -> None:
        argv = ["make", "-s", "-C", str(self.tree), f"O={self.out}", f"ARCH={self.arch}", target]
        deadline = time.monotonic() + _LIMIT_S
        log = self.out / ".log"
        with log.open("w+", encoding="utf-8", errors="replace") as output, subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                # A compiler that is killed leaves its temporary files behind: in what we remove.
                env={**_environment(), "TMPDIR": self._temp.name}, start_new_session=True) as process:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_TICK_S)
                late = time.monotonic() > deadline
                if process.returncode is None and (late or self.stop.is_set()):
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    _await_group(process.pid)
                    raise HarnessError(f"make {target} " + (
                        f"did not end within {_LIMIT_S} s" if late else "was interrupted"))
        if process.returncode:
            lines = log.read_text(errors="replace").splitlines()
            tail = "\n".join(f"    {line}" for line in lines[-8:])
            raise HarnessError(f"make ARCH={self.arch} {target} of {self.source} failed:\n{tail}")

    def configuration(self) -> str:
        try:
            return (self.out / ".config").read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise HarnessError(f"the kernel's configuration tool left no .config: "
                               f"{os_reason(error)}") from error

    def target(self, name: str) -> str:
        """The configuration that a target such as tinyconfig makes."""
        (self.out / ".config").unlink(missing_ok=True)
        self.make(name)
        return self.configuration()

    def olddefconfig(self, text: str) -> str:
        """What the tree makes of a configuration."""
        (self.out / ".config").write_text(text, encoding="utf-8")
        self.make("olddefconfig")
        return self.configuration()


_LINE = re.compile(r"^(?:CONFIG_(?P<set>\w+)=(?P<value>.*)|# CONFIG_(?P<unset>\w+) is not set)$")


def parse(text: str) -> dict[str, str]:
    """Symbols of a configuration; "n" for those that are not set."""
    values = {}
    for line in text.splitlines():
        if match := _LINE.match(line.rstrip()):
            values[match["set"] or match["unset"]] = match["value"] if match["set"] else "n"
    return values


def assignment(symbol: str, value: str) -> str:
    return f"# CONFIG_{symbol} is not set" if value == "n" else f"CONFIG_{symbol}={value}"


def merged(base: str, options: Mapping[str, str]) -> str:
    """As scripts/kconfig/merge_config.sh: what a fragment names is taken out of the base, then the
    fragment is appended."""
    kept = []
    for line in base.splitlines():
        match = _LINE.match(line.rstrip())
        if not match or (match["set"] or match["unset"]) not in options:
            kept.append(line)
    return "\n".join([*kept, *(assignment(s, v) for s, v in options.items()), ""])
