# SPDX-License-Identifier: GPL-2.0-only
"""A network of a test's own: a namespace where bridges and pairs may be made, and Berth run. The
machine's own devices are never seen from in there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from berth_box import LIMIT, Box, until


def enter(pid: int) -> tuple[str, ...]:
    return ("nsenter", f"--net=/proc/{pid}/ns/net", "--")


@dataclass
class Wire:
    """The namespace of process pid, with a bridge br0 and a pair p0, p1."""

    pid: int

    def call(self, *argv: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*enter(self.pid), *map(str, argv)], capture_output=True, text=True,
                              timeout=LIMIT, check=False)

    def ip(self, *args: str) -> str:
        done = self.call("ip", *args)
        assert done.returncode == 0, f"ip {' '.join(args)}: {done.stderr}"
        return done.stdout

    def json(self, *args: str) -> list[dict[str, Any]]:
        return json.loads(self.ip("-d", "-j", *args) or "[]")

    def links(self) -> dict[str, dict[str, Any]]:
        return {link["ifname"]: link for link in self.json("addr")}

    def snapshot(self) -> list[tuple[str, ...]]:
        """What a container must leave as it was: devices, their addresses, proxies, routes."""
        found = [("link", name, link.get("address", ""), str(link["mtu"]), link.get("master", ""))
                 for name, link in self.links().items()]
        found += [("proxy", str(p)) for p in self.json("neigh", "show", "proxy")]
        found += [("route", r["dst"], r.get("dev", "")) for r in self.json("route")]
        return sorted(found)

    def try_device(self, *args: str) -> bool:
        """Does this kernel have such a device? It is gone again."""
        if self.call("ip", "link", "add", "name", "try0", *args).returncode:
            return False
        self.ip("link", "del", "try0")
        return True

    def inside(self, box: Box, name: str) -> Wire:
        return Wire(box.init(name))


@contextmanager
def network() -> Iterator[Wire]:
    with subprocess.Popen(["unshare", "--net", "sleep", "100000"], stdin=subprocess.DEVNULL) as holder:
        try:
            own = Path("/proc/self/ns/net").readlink()
            until(lambda: Path(f"/proc/{holder.pid}/ns/net").readlink() != own, "a network namespace")
            wire = Wire(holder.pid)
            wire.ip("link", "set", "lo", "up")
            wire.ip("link", "add", "br0", "type", "bridge")
            wire.ip("addr", "add", "10.9.0.1/24", "dev", "br0")
            wire.ip("link", "set", "br0", "address", "02:00:00:00:00:01", "mtu", "1400", "up")
            wire.ip("link", "add", "p0", "type", "veth", "peer", "name", "p1")
            wire.ip("link", "set", "p0", "mtu", "1300", "address", "02:00:00:00:00:10")
            wire.ip("link", "set", "p1", "up")
            wire.ip("link", "set", "p0", "up")
            yield wire
        finally:
            holder.kill()


def config(box: Box, name: str, text: str) -> None:
    """A container with these networks: written as lines without their "lxc.net."."""
    root = box.make_rootfs(name)
    lines = [line.strip() for line in text.strip().splitlines()]
    keys = "".join(f"{line if line.startswith('lxc.') else 'lxc.net.' + line}\n" for line in lines)
    (root.parent / "config").write_text(
        f"lxc.uts.name = {name}\nlxc.rootfs.path = {root}\nlxc.mount.entry = /dev dev none rbind 0 0\n{keys}")


def start(box: Box, name: str, text: str, *options: str) -> None:
    config(box, name, text)
    box.ok("start", *options, "-n", name, "--", "/bin/sleep", "100000")
