# SPDX-License-Identifier: GPL-2.0-only
"""Proof that the suites can fail: run them on a kernel that misbehaves in one known way.

A seccomp shim answers one system call wrongly; exactly the tests that are about it must stop
passing, and none of the others.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
LIMIT_S = 600

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="making namespaces takes root")

EPERM, ENOENT, EINVAL, ENOSYS = 1, 2, 22, 38


def verdicts(*command: str | Path) -> dict[str, tuple[str, str]]:
    """Each test's verdict and reason."""
    p = subprocess.run([*command, "test", "--format", "ktap", "--group", "kernel"],
                       capture_output=True, text=True, timeout=LIMIT_S, check=False)
    found: dict[str, tuple[str, str]] = {}
    for m in re.finditer(r"^  (not )?ok \d+ (\S+)(?: # (\w+) (.*))?$", p.stdout, re.M):
        found[m[2]] = (m[3] or ("FAIL" if m[1] else "PASS"), m[4] or "")
    assert found, p.stderr
    return found


@pytest.fixture(scope="module")
def sound() -> dict[str, tuple[str, str]]:
    return verdicts(SEAWORTHY)


# What the kernel is made to do, and the tests (patterns) that must notice.
MUTANTS = {
    "sethostname does nothing": (["sethostname=0"], [
        r"ns\.uts\.names_are_private", r"ns\.uts\.changing_needs_a_capability",
        r"ns\.uts\.setns_joins", r"ns\.user\.capabilities_.*"]),
    "setns is refused": ([f"setns={EPERM}"], [r"ns\.uts\.setns_joins"]),
    "umount does nothing": (["umount2=0"], [
        r"ns\.mnt\.lazy_umount_detaches_a_busy_mount", r"ns\.mnt\.pivot_root_changes_the_root"]),
    "pivot_root does nothing": (["pivot_root=0"], [r"ns\.mnt\.pivot_root_.*"]),
    "mknod does nothing and is never refused": (["mknodat=0"], [
        r"cgroup\.v1\.devices\.mknod_is_checked",
        r"cgroup\.v2\.devices\.allow_list_lets_through"]),
    "reboot does nothing": (["reboot=0"], [r"ns\.pid\.reboot_ends_the_namespace_only"]),
    "setgroups is never refused": (["setgroups=0"], [r"ns\.user\.setgroups_must_be_denied_first"]),
    "shared memory is never found": ([f"shmget={ENOENT}"], [r"ns\.ipc\.shared_memory_is_isolated"]),
    "no message queues": ([f"mq_open={ENOSYS}"], [r"ns\.ipc\.posix_queue.*"]),
    "no network namespaces": ([f"clone={EINVAL},40000000", f"unshare={EINVAL},40000000",
                               f"clone3={ENOSYS}"], [r"ns\.net\..*"]),
    "no UTS namespaces": ([f"clone={EINVAL},4000000", f"unshare={EINVAL},4000000",
                           f"clone3={ENOSYS}"],
                          [r"ns\.uts\..*", r"ns\.user\.capabilities_hold_inside"]),
}

# Where the feature itself is gone, the tests that need it are skipped, with the evidence.
ABSENT = {"no network namespaces": "ns.net is ", "no UTS namespaces": "ns.uts is "}


@pytest.mark.parametrize("name", MUTANTS)
def test_exactly_the_tests_concerned_notice(shim: Path, sound: dict[str, tuple[str, str]],
                                            name: str) -> None:
    rules, patterns = MUTANTS[name]
    passing = {id_ for id_, (verdict, _) in sound.items() if verdict == "PASS"}
    expected = {id_ for id_ in passing if any(re.fullmatch(p, id_) for p in patterns)}
    assert expected, "no test that passes here is about this"
    mutant = verdicts(shim, *rules, "--", SEAWORTHY)
    assert mutant.keys() == sound.keys()
    changed = {id_ for id_ in passing if mutant[id_][0] != "PASS"}
    assert changed == expected
    for id_ in expected:
        if name in ABSENT:
            assert mutant[id_][0] == "SKIP" and mutant[id_][1].startswith(ABSENT[name]), mutant[id_]
