# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test` in surroundings that are not the kernel's fault: no verdict may blame it."""

from __future__ import annotations

import ctypes
import subprocess

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
