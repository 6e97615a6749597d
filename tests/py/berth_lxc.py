# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of `berth` and `lxc-*` share: running them, and a private mount namespace."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
BUSYBOX = Path("/bin/busybox")
LIMIT_S = 120

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="containers and mounts take root")


@dataclass
class Answer:
    status: int
    out: str
    err: str


class Berth:
    """Runs the executable under its names, with a directory of containers of its own."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.path = tmp / "lxc"
        self.path.mkdir()
        self.bin = tmp / "bin"
        self.bin.mkdir()
        self.env = {"PATH": os.environ["PATH"], "BERTH_LXCPATH": str(self.path), "LC_ALL": "C"}

    def program(self, name: str) -> Path:
        link = self.bin / name
        if not link.is_symlink():
            link.symlink_to(SEAWORTHY)
        return link

    def run(self, name: str, *args: str | Path, **options) -> Answer:
        """Call `name` ("lxc-start", "berth"); text of stdin in options["input"]."""
        options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
        if options["stdin"] is None:
            del options["stdin"]
        env = self.env | options.pop("env", {})
        done = subprocess.run([self.program(name), *map(str, args)], capture_output=True, text=True,
                              timeout=LIMIT_S, env=env, errors="replace", **options)
        return Answer(done.returncode, done.stdout, done.stderr)

    def lxc(self, verb: str, *args: str | Path, **options) -> Answer:
        return self.run(f"lxc-{verb}", *args, **options)

    def define(self, name: str, text: str = "", rootfs: bool = False) -> Path:
        """Create a container and return its directory."""
        config = self.tmp / f"{name}.conf"
        config.write_text(text)
        done = self.lxc("create", "-n", name, "-f", config)
        assert done.status == 0, done.err
        if rootfs:
            (self.path / name / "rootfs").mkdir()
        return self.path / name

    def script(self, text: str, *args: str | Path) -> Answer:
        """Run a shell script in a mount namespace of its own: what it mounts goes with it."""
        env = self.env | {"PATH": f"{self.bin}:{os.environ['PATH']}"}
        for name in ("berth", "lxc-create", "lxc-destroy"):
            self.program(name)
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-euc", text,
                               "sh", *map(str, args)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S, env=env)
        return Answer(done.returncode, done.stdout, done.stderr)


def tree(top: Path) -> list[str]:
    """Every path below top, links not followed."""
    return sorted(str(Path(d) / n) for d, dirs, files in os.walk(top) for n in dirs + files)
