# SPDX-License-Identifier: GPL-2.0-only
"""Tests of control groups where none are mounted: they mount what they need, and do not wait for others."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shlex import quote

from test_suites import SEAWORTHY, needs_root, run_tests

# In a mount namespace of its own, so that the machine's mounts stay.
UNMOUNTED = ("unshare", "--mount", "--propagation", "private", "sh", "-c",
             'grep -q " /sys/fs/cgroup " /proc/self/mountinfo && umount -R -l /sys/fs/cgroup; '
             'exec "$@"', "sh")


def hierarchies() -> dict[str, str]:
    """The hierarchy that each controller is in, which a test must leave as it was."""
    lines = [line.split() for line in Path("/proc/cgroups").read_text().splitlines()]
    return {f[0]: f[1] for f in lines if not f[0].startswith("#")}


@needs_root
def test_without_mounted_cgroups(tmp_path: Path) -> None:
    """Also where the machine has the controller mounted, out of sight: its hierarchy does not end, ever."""
    program = tmp_path / "seaworthy"
    program.write_text(f'#!/bin/sh\nexec {" ".join(map(quote, UNMOUNTED))} {quote(str(SEAWORTHY))} "$@"\n')
    program.chmod(0o755)
    seen = subprocess.run([*UNMOUNTED, "cat", "/proc/self/mountinfo"], check=True, capture_output=True,
                          text=True).stdout
    assert " - cgroup" not in seen
    before = hierarchies()
    run = run_tests("cgroup.pids.*", "cgroup.v1.tree.busy*", "cgroup.v2.core.*", program=program)
    assert hierarchies() == before
    assert run.status == 0, run.out + run.err
    assert len(run.results) > 8
    for result in run.results.values():
        assert result.ok and result.directive in ("", "SKIP"), result
        # "cgroup.v2.pids is in use on the other version of cgroups: ... mounted on cgroup v1"
        assert result.directive == "" or "cgroup." in result.reason, result
