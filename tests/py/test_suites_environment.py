# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test` in surroundings that are not the kernel's fault: no verdict may blame it."""

from __future__ import annotations

import ctypes
import subprocess

import pytest
from test_suites import LIMIT_S, SEAWORTHY, needs_root, run_tests


def run_after(preparation: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `seaworthy test ARGS` from a shell that has prepared its surroundings."""
    return subprocess.run(["bash", "-ec", f'{preparation}\nexec "$@"', "bash", SEAWORTHY, "test",
                           *args], capture_output=True, text=True, timeout=LIMIT_S, check=False,
                          stdin=subprocess.DEVNULL)


def refused(p: subprocess.CompletedProcess[str], what: str) -> None:
    assert p.returncode == 3, p.stdout + p.stderr
    assert p.stdout == "" and p.stderr.count("\n") == 1
    assert p.stderr.startswith("seaworthy test: ") and what in p.stderr


def no_new_privs() -> None:
    pr_set_no_new_privs = 38
    if ctypes.CDLL(None, use_errno=True).prctl(pr_set_no_new_privs, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")


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


NEW_PRIVS = ["ns.user_caps.set_user_id_programs_work_for_mapped_owners",
             "security.caps.files_give_what_the_bound_allows",
             "security.caps.no_new_privs_cannot_be_taken_back"]


@needs_root
def test_inherited_no_new_privs_is_no_fault_of_the_kernel() -> None:
    plain = run_tests(*NEW_PRIVS, status=0)
    p = run_tests(*NEW_PRIVS, "ns.uts.names_are_private", status=0, preexec_fn=no_new_privs)
    assert p.results["ns.uts.names_are_private"].directive == ""
    for name in NEW_PRIVS:
        assert p.results[name].directive == "SKIP", p.out
        if not plain.results[name].directive:
            assert "denied: no_new_privs is set" in p.results[name].reason


@pytest.mark.parametrize("limit", ["-n 64", "-s 128", "-d 4096", "-v 16384"])
def test_too_low_a_hard_limit_is_said(limit: str) -> None:
    option = limit.split()[0]
    refused(run_after(f"ulimit {limit}", "ns.uts.*"), f"ulimit -H {option} ")


@needs_root
@pytest.mark.parametrize("limit", ["-S -n 20", "-n 256", "-S -s 128", "-s 512"])
def test_low_soft_limits_are_raised(limit: str) -> None:
    p = run_after(f"ulimit {limit}", "--summary", "process.family.*", "ns.uts.*")
    assert p.returncode == 0 and ", 0 failed, " in p.stdout, p.stdout + p.stderr
