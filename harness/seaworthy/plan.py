# SPDX-License-Identifier: GPL-2.0-only
"""The runs that a command line asks for: the catalogue's kernels, the user's own, the host."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import images, kernels, machines
from .errors import EXIT_USAGE, HarnessError
from .kselftests import Built
from .protocol import Job, Step

HOST = "host"


@dataclass
class UserKernel:
    """What --kernel and the options after it say."""

    image: Path
    modules: Path | None = None
    append: str = ""
    layout: str | None = None


@dataclass
class Planned:
    """One run. A row still has to be fetched; the host has neither row nor kernel."""

    id: str
    row: kernels.Row | None = None
    kernel: kernels.Kernel | None = None
    problem: str = ""  # why the image cannot be a whole kernel


def user_kernel(wanted: UserKernel, taken: set[str]) -> Planned:
    try:
        image = images.sniff(wanted.image)
    except HarnessError as error:
        raise HarnessError(f"--kernel {error}") from error
    if image.arch not in (None, "x86_64", "i386"):
        raise HarnessError(f"--kernel {wanted.image}: {image.format} for {image.arch}; this "
                           "version has machines for x86-64 only")
    if image.arch == "i386":
        raise HarnessError(f"--kernel {wanted.image}: a 32-bit kernel, which cannot run the "
                           "guest's 64-bit programs; this version has machines for x86-64 only")
    line = machines.kernel_arguments(machines.MACHINES["qemu-pc"], wanted.append)
    if len(os.fsencode(line)) > machines.COMMAND_LINE_MAX:
        raise HarnessError(
            f"--append: {len(os.fsencode(line))} bytes of command line with what the guest needs; "
            f"the kernel takes {machines.COMMAND_LINE_MAX} and would cut off the rest", EXIT_USAGE)
    modules = wanted.modules.resolve() if wanted.modules else None
    if modules:
        if not modules.is_dir():
            raise HarnessError(f"--modules {wanted.modules}: no such directory")
        if not any(modules.rglob("*.ko*")):
            raise HarnessError(f"--modules {wanted.modules}: no modules (*.ko) in it; give the "
                               "kernel's lib/modules/RELEASE")
    release = image.release or (modules.name if modules else "")
    config = next((p for p in ((wanted.image.parent / f"config-{release}"),
                               *((modules / "config",) if modules else ())) if p.is_file()), None)
    run_id = wanted.image.name
    number = 2
    while run_id in taken:
        run_id = f"{wanted.image.name}-{number}"
        number += 1
    kernel = kernels.Kernel(
        id=run_id, image=wanted.image.resolve(), modules_dir=modules, config=config,
        release=release, arch="amd64", layout=wanted.layout or _layout_for(release),
        machine="qemu-pc", modules=kernels.MODULES, append=wanted.append)
    return Planned(run_id, kernel=kernel, problem=image.problem)


def _layout_for(release: str) -> str:
    """cgroup v2 has had all that containers need since 5.2 (the freezer); before it, v1."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return "v1-each" if match and (int(match[1]), int(match[2])) < (5, 2) else "v2"


def make(users: list[UserKernel], only: list[str] | None, host: bool) -> list[Planned]:
    """All runs, or those whose id matches ONLY (a shell pattern, or a part of the id)."""
    planned = [Planned(r.id, row=r) for r in kernels.CATALOGUE]
    for user in users:
        planned.append(user_kernel(user, {p.id for p in planned} | {HOST}))
    if host:
        planned.append(Planned(HOST))
    if not only:
        return planned
    ids: set[str] = set()
    for glob in only:
        found = kernels.matching(glob, (p.id for p in planned))
        if not found:
            without = "" if host else " (the running kernel is left out: not root, or --no-host)"
            raise HarnessError(f"--only {glob}: matches none of "
                               + ", ".join(p.id for p in planned) + without, EXIT_USAGE)
        ids.update(found)
    return [p for p in planned if p.id in ids]


def steps(scale: float, suite_glob: str | None = None, groups: tuple[str, ...] = (),
          selftests: Built | None = None) -> tuple[Step, ...]:
    """What is run in each machine; GROUPS, where given, are the only test groups.

    The kernel's own SELFTESTS come last: what they leave behind or break touches none of ours.
    """
    def limit(seconds: int) -> int:
        return max(1, min(86400, round(seconds * scale)))

    tail = ("--timeout-scale", f"{scale:.2f}") if scale > 1.005 else ()
    globs = (suite_glob,) if suite_glob else ()
    every = [
        (None, Step("probe", limit(120), ("/bin/seaworthy", "probe", "--format", "json",
                                          "--intrusive"))),
        ("kernel", Step("test-kernel", limit(600), (
            "/bin/seaworthy", "test", "--format", "ktap", "--group", "kernel", *tail, *globs))),
        ("runtime/berth", Step("story", limit(600), (
            "/bin/seaworthy", "test", "--format", "ktap", "--group", "runtime/berth", *tail,
            *globs))),
    ]
    ours = tuple(s for group, s in every if not groups or group is None or group in groups)
    return ours + (selftests.steps(scale) if selftests else ())


def job(layout: str, wanted: tuple[Step, ...], modules: tuple[str, ...]) -> Job:
    return Job(layout, wanted, modules=modules)
