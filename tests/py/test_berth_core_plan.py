# SPDX-License-Identifier: GPL-2.0-only
"""Plans compared with golden files: no root, no kernel feature, nothing done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "berth"
VERBS = {"app_bash": ("execute", ["--", "/bin/sh"]), "sys_elinux": ("start", []), "limits": ("start", []),
         "networks": ("start", [])}


def plan(executable: Path, name: str) -> str:
    verb, command = VERBS[name]
    done = subprocess.run([executable, "berth", verb, "--dry-run", "-f", GOLDEN / f"{name}.config",
                           "-n", name, *command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    # The one step that depends on the running kernel, which has cgroup namespaces or has not.
    return "".join(line for line in done.stdout.splitlines(keepends=True) if " unshare-cgroup " not in line)


@pytest.mark.parametrize("name", VERBS)
def test_plan_is_the_golden_one(executable: Path, name: str) -> None:
    golden = GOLDEN / f"{name}.plan"
    assert plan(executable, name) == golden.read_text(), (
        f"if this is as meant, write the new plan to {golden} and say why in the commit")


def test_plan_is_the_same_every_time(executable: Path) -> None:
    assert plan(executable, "limits") == plan(executable, "limits")
