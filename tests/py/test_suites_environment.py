# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test` in surroundings that are not the kernel's fault: no verdict may blame it."""

from __future__ import annotations

import subprocess

from test_suites import LIMIT_S, SEAWORTHY, needs_root


def run_after(preparation: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `seaworthy test ARGS` from a shell that has prepared its surroundings."""
    return subprocess.run(["bash", "-ec", f'{preparation}\nexec "$@"', "bash", SEAWORTHY, "test",
                           *args], capture_output=True, text=True, timeout=LIMIT_S, check=False,
                          stdin=subprocess.DEVNULL)


def refused(p: subprocess.CompletedProcess[str], what: str) -> None:
    assert p.returncode == 3, p.stdout + p.stderr
    assert p.stdout == "" and p.stderr.count("\n") == 1
    assert p.stderr.startswith("seaworthy test: ") and what in p.stderr


IN_MOUNT_NS = ("unshare", "-m", "--propagation", "private", "bash", "-ec")


@needs_root
def test_without_proc_nothing_runs() -> None:
    p = subprocess.run([*IN_MOUNT_NS, 'umount -l /proc; exec "$@"', "bash", SEAWORTHY, "test",
                        "ns.uts.*"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    refused(p, "/proc is not mounted")


@needs_root
def test_proc_of_another_pid_namespace_is_none() -> None:
    p = subprocess.run(["unshare", "-p", "-f", SEAWORTHY, "test", "ns.uts.*"],
                       capture_output=True, text=True, timeout=LIMIT_S, check=False)
    refused(p, "another pid namespace")
