# SPDX-License-Identifier: GPL-2.0-only
"""The Kconfig files of Debian's linux-source packages, in a cache.

A tarball has 130 MB and 70,000 files; its Kconfig files are 18 MB. A tree appears in the cache by
one rename, so one that was cut short leaves nothing that looks whole.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "harness"))

from seaworthy import apt, kernels  # noqa: E402
from seaworthy.errors import HarnessError  # noqa: E402


@dataclass(frozen=True)
class Tree:
    """One tree: the version that the tables know it by, and where it comes from."""

    version: str
    suites: tuple[str, ...]
    package: str


TREES = (
    Tree("5.10", ("bullseye", "bullseye-security"), r"linux-source-5\.10"),
    Tree("6.1", ("bookworm", "bookworm-security"), r"linux-source-6\.1"),
    Tree("6.12", ("bookworm-backports",), r"linux-source-6\.12"),
    Tree("7.2", ("sid",), r"linux-source-7\.2"),
)


def _tarball(tree: Tree, apt_root: Path, temp: Path) -> tuple[Path, str]:
    debian = apt.PrivateApt(apt_root / "_".join(tree.suites), tree.suites, "amd64")
    debian.update()
    found = debian.find(tree.package)
    if not found:
        raise HarnessError(f"no package {tree.package} in {', '.join(tree.suites)} any more")
    deb = debian.download(found[0], temp)
    apt.unpack(deb, temp)
    deb.unlink()
    tarballs = sorted((temp / "usr/src").glob("linux-source-*.tar.*"))
    if len(tarballs) != 1:
        raise HarnessError(f"{found[0].name} holds {len(tarballs)} tarballs")
    return tarballs[0], found[0].version


def _extract(tarball: Path, to: Path) -> None:
    """The Kconfig files, and the Makefile that says which version it is."""
    to.mkdir()
    done = subprocess.run(
        ["tar", "-C", to, "--strip-components=1", "-xf", tarball, "--wildcards", "--no-wildcards-match-slash",
         "linux-source-*/Makefile", "--wildcards-match-slash", "*Kconfig*"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C"}, timeout=1200)
    if done.returncode or not (to / "Kconfig").is_file():
        raise HarnessError(f"cannot take the Kconfig files out of {tarball}: {done.stderr.strip()}")


def sublevel(tree: Path) -> str:
    """"6.1.192": what the tree's Makefile says."""
    text = (tree / "Makefile").read_text()
    parts = [re.search(rf"^{k} = (\d+)$", text, re.M) for k in
             ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    return ".".join(p[1] for p in parts if p)


def fetch(tree: Tree, cache: Path | None = None, refresh: bool = False) -> Path:
    """The directory with the Kconfig files of a tree; from the archive where it is not cached."""
    root = cache or kernels.cache_dir()
    where = root / "kconfig" / tree.version
    if (where / "Kconfig").is_file() and not refresh:
        return where
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=where.parent) as name:
        temp = Path(name)
        tarball, version = _tarball(tree, root / "apt", temp)
        print(f"  KCONFIG {tree.version}: out of {tarball.name} {version}", file=sys.stderr)
        _extract(tarball, temp / "tree")
        (temp / "tree" / ".package").write_text(f"{tree.package} {version}\n")
        shutil.rmtree(where, ignore_errors=True)
        os.rename(temp / "tree", where)
    return where


def main() -> int:
    wanted = sys.argv[1:] or [t.version for t in TREES]
    for tree in TREES:
        if tree.version in wanted:
            where = fetch(tree)
            print(tree.version, sublevel(where), where)
    return 0


if __name__ == "__main__":
    sys.exit(main())
