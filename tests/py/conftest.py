# SPDX-License-Identifier: GPL-2.0-only
"""What the harness's tests share: the repository, the executable, one kernel, one accelerator."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from berth_box import Box

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "harness"))

from seaworthy import guests, initramfs, kernels, machines, protocol  # noqa: E402
from seaworthy.outcome import Outcome  # noqa: E402

TEST_KERNEL = "debian-6.1-cloud-amd64"


@pytest.fixture(scope="session")
def repo() -> Path:
    return REPO


@pytest.fixture(scope="session")
def executable() -> Path:
    path = Path(os.environ.get("SEAWORTHY_EXECUTABLE", REPO / "out" / "seaworthy"))
    assert path.is_file(), f"{path} is not built: run make"
    return path


@pytest.fixture
def open_executable(executable: Path) -> Iterator[Path]:
    """A copy that every user may run: the build tree may be closed to others, as /root is."""
    with tempfile.TemporaryDirectory(prefix="seaworthy-", dir="/var/tmp") as directory:
        Path(directory).chmod(0o755)
        copy = Path(shutil.copy(executable, directory))
        copy.chmod(0o755)
        yield copy


@pytest.fixture
def box(tmp_path: Path, executable: Path) -> Iterator[Box]:
    """A place for containers of the test's own. Files that want something in it have a fixture of that name upon it."""
    box = Box(tmp_path, executable)
    yield box
    box.end()


def build_tool(name: str, directory: Path) -> Path:
    """A small program of tests/tools/NAME.c, built for the tests that run others under it."""
    out = directory / name
    subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", out,
                    REPO / f"tests/tools/{name}.c"], check=True, timeout=300)
    return out


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs a program under a kernel that misbehaves: chosen system calls answered by a filter."""
    return build_tool("syscall-shim", tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="session")
def cache(executable: Path) -> kernels.Cache:
    """The build tree's cache: `make matrix` has filled it, or these tests do."""
    root = os.environ.get("SEAWORTHY_CACHE")
    return kernels.Cache(Path(root) if root else executable.parent / "cache", print)


@pytest.fixture(scope="session")
def kernel(cache: kernels.Cache) -> kernels.Kernel:
    """A real kernel. Without network and cache this is an error with words, never a skip."""
    return cache.get(kernels.select(TEST_KERNEL)[0])


@pytest.fixture(scope="session")
def accel() -> machines.Accel:
    return machines.choose_accel(machines.MACHINES["qemu-pc"])


Boot = Callable[..., Outcome]


@pytest.fixture(scope="session")
def boot(kernel: kernels.Kernel, accel: machines.Accel, executable: Path) -> Boot:
    """Boot the test kernel with some steps, and return what was seen."""
    initrd = initramfs.build(kernel, executable).data
    machine = machines.MACHINES["qemu-pc"]

    def run(*steps: protocol.Step, append: str = "", image: Path | None = None,
            limits: guests.Limits | None = None, before: Callable[[guests.Guest], None] | None = None
            ) -> Outcome:
        job = protocol.Job("v1-each", steps)
        guest = guests.Guest(machine, accel, image or kernel.image, initrd, job,
                             limits or guests.Limits().scaled(accel.slowness), append)
        if before:
            before(guest)
        return guest.run()

    return run
