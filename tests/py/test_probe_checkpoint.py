# SPDX-License-Identifier: GPL-2.0-only
"""The rows of checkpoint and restore: each sees its own call taken away, and says whose fault it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_probe import LIMIT_S, ROOT, features, needs_root, probe, valid


@pytest.fixture(scope="module")
def here() -> dict[str, dict[str, Any]]:
    return features(valid(probe("--format", "json", "checkpoint.*").document))


def test_every_row_has_evidence(here: dict[str, dict[str, Any]]) -> None:
    assert len(here) > 60
    for row in here.values():
        assert row["live"]["evidence"], row
        assert row["live"]["value"] != "broken", row


def test_configured_rows_agree_with_the_kernel(here: dict[str, dict[str, Any]]) -> None:
    """Where a symbol is off in the running kernel's own configuration, nothing works; and the reverse."""
    for row in here.values():
        if row["configured"]["value"] == "off":
            assert row["live"]["value"] in ("absent", "unknown"), row
        if row["configured"]["value"] == "builtin":
            assert row["live"]["value"] != "absent", row


@pytest.mark.parametrize(("rule", "id_", "value", "cause"), [
    # A kernel that has no such call; under a filter it is the filter that says so.
    ("kcmp=38", "checkpoint.kcmp_epoll", "denied", "seccomp"),
    ("userfaultfd=38", "checkpoint.uffd", "denied", "seccomp"),
    ("userfaultfd=38", "checkpoint.uffd_events", "denied", "seccomp"),
    ("memfd_create=38", "checkpoint.memfd_hugetlb", "denied", "seccomp"),
    ("io_setup=38", "checkpoint.aio_remap", "denied", "seccomp"),
    ("move_mount=38", "checkpoint.mount_set_group", "denied", "seccomp"),
    # A kernel that has the call and not the request.
    ("kcmp=22", "checkpoint.kcmp_epoll", "unknown", "seccomp"),
    ("memfd_create=22", "checkpoint.memfd_hugetlb", "unknown", "seccomp"),
    ("move_mount=22", "checkpoint.mount_set_group", "unknown", "seccomp"),
    ("mremap=22", "checkpoint.mremap_vdso", "unknown", "seccomp"),
    ("vmsplice=22", "checkpoint.vmsplice", "unknown", "seccomp"),
    ("ptrace=5", "checkpoint.ptrace_seize", "unknown", "seccomp"),
    # What the trial needs first: then nothing is known.
    ("timer_create=22", "checkpoint.proc_timers", "unknown", None),
    ("ptrace=5", "checkpoint.peeksiginfo", "unknown", None),
    # A success that was none.
    ("kcmp=0", "checkpoint.kcmp_epoll", "unknown", "seccomp"),
    ("move_mount=0", "checkpoint.mount_set_group", "unknown", "seccomp"),
    ("timer_create=0", "checkpoint.proc_timers", "unknown", "seccomp"),
    ("vmsplice=0", "checkpoint.vmsplice", "unknown", "seccomp"),
    ("ptrace=0", "checkpoint.peeksiginfo", "unknown", "seccomp"),
    ("ptrace=0", "checkpoint.sigmask", "unknown", "seccomp"),
])
def test_one_call_taken_away_changes_that_row(shim: Path, here: dict[str, dict[str, Any]], rule: str,
                                              id_: str, value: str, cause: str | None) -> None:
    if here[id_]["live"]["value"] != "works":
        pytest.skip(f"{id_} does not work here to begin with")
    run = probe("--format", "json", id_, before=(shim, rule, "--"))
    live = features(valid(run.document))[id_]["live"]
    assert (live["value"], live["cause"]) == (value, cause), live


@needs_root
def test_a_tracer_under_seccomp_is_told_so(shim: Path, here: dict[str, dict[str, Any]]) -> None:
    rows = features(valid(probe("--format", "json", "checkpoint.seccomp_*",
                                before=(shim, "reboot=1", "--")).document))
    for id_, row in rows.items():
        if here[id_]["live"]["value"] == "works":
            assert (row["live"]["value"], row["live"]["cause"]) == ("denied", "seccomp"), row
            assert row["usable"] == "unknown", row


@needs_root
def test_without_root_nothing_is_called_absent(here: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """Want of privilege is unknown or denied, with the capability as the cause; much works without."""
    executable = tmp_path / "seaworthy"
    executable.write_bytes((Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))).read_bytes())
    executable.chmod(0o755)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", executable,
                           "probe", "--format", "json", "checkpoint.*"], capture_output=True, timeout=LIMIT_S)
    rows = features(valid(json.loads(done.stdout)))
    for id_, row in rows.items():
        now, was = row["live"]["value"], here[id_]["live"]["value"]
        assert now == was or (now in ("denied", "unknown") and row["live"]["cause"] in ("capability", "sysctl")), row


@needs_root
def test_without_proc_nothing_is_broken_or_absent(here: dict[str, dict[str, Any]]) -> None:
    hide = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    rows = features(valid(probe("--format", "json", "checkpoint.*", before=hide).document))
    for id_, row in rows.items():
        assert row["live"]["value"] in (here[id_]["live"]["value"], "unknown"), row
