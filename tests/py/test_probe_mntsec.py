# SPDX-License-Identifier: GPL-2.0-only
"""Rows of mounts, storage, security and BPF where a call is taken away, refused, or claimed."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Boot
from seaworthy import protocol
from seaworthy.outcome import Outcome
from test_probe import features, here, needs_root, probe, valid

__all__ = ["here"]
LIMIT_S = 120

TAKEN = [
    ("add_key", "security.keyrings"), ("bpf", "bpf.syscall"), ("bpf", "bpf.cgroup_device"), ("bpf", "bpf.lpm_trie"),
    ("fanotify_init", "fs.fanotify"), ("fsopen", "mount.new_api"), ("io_uring_setup", "process.io_uring"),
    ("keyctl", "security.keyrings"), ("keyctl", "security.persistent_keyrings"),
    ("landlock_create_ruleset", "security.landlock"), ("mount_setattr", "mount.idmapped"),
    ("mount_setattr", "mount.idmapped_overlay"), ("mount_setattr", "mount.mount_setattr"),
    ("move_mount", "mount.move_mount"), ("open_tree", "mount.open_tree"), ("quotactl", "fs.quota"),
    ("seccomp", "security.seccomp_user_notify"), ("seccomp", "security.seccomp_addfd"),
    ("seccomp", "security.seccomp_log"), ("seccomp", "security.seccomp_tsync"),
]
CLAIMED = [
    ("bpf", "bpf.syscall"), ("bpf", "bpf.xdp"), ("bpf", "bpf.ringbuf"), ("io_uring_setup", "process.io_uring"),
    ("io_uring_enter", "process.io_uring"), ("keyctl", "security.keyrings"),
    ("landlock_create_ruleset", "security.landlock"), ("landlock_restrict_self", "security.landlock"),
    ("mount_setattr", "mount.idmapped"), ("mount_setattr", "mount.idmapped_overlay"),
    ("move_mount", "mount.move_mount"), ("open_tree", "mount.open_tree"),
    ("seccomp", "security.seccomp_user_notify"), ("seccomp", "security.seccomp_tsync"),
    ("mount", "mount.propagation"), ("mount", "mount.fuse"), ("mount", "mount.proc_subset"),
    ("mount", "mount.overlay"), ("mount", "bpf.bpffs"),
]


def row_under(shim: Path, rule: str, id_: str) -> dict[str, Any]:
    return features(valid(probe("--format", "json", id_, before=(shim, rule, "--")).document))[id_]


def works(here: dict[str, Any], id_: str) -> None:
    if features(here)[id_]["live"]["value"] != "works":
        pytest.skip(f"{id_} does not work here to begin with: {features(here)[id_]['live']['evidence']}")


@pytest.mark.parametrize("errno", [1, 38])
@pytest.mark.parametrize(("call", "id_"), TAKEN)
def test_a_filter_is_blamed_for_its_answers(shim: Path, here: dict[str, Any], call: str, id_: str, errno: int) -> None:
    works(here, id_)
    row = row_under(shim, f"{call}={errno}", id_)
    assert row["live"]["value"] in ("denied", "unknown"), row
    assert row["live"]["cause"] == "seccomp", row
    assert row["usable"] == "unknown", row


@pytest.mark.parametrize(("call", "id_"), CLAIMED)
def test_a_success_that_is_none_is_not_believed(shim: Path, here: dict[str, Any], call: str, id_: str) -> None:
    works(here, id_)
    row = row_under(shim, f"{call}=0", id_)
    assert row["live"]["value"] in ("broken", "unknown", "absent"), row
    assert row["usable"] != "yes", row


def test_security_modules_are_told_without_the_newest_call(shim: Path, here: dict[str, Any]) -> None:
    """Before 6.8 there is no list_modules call: each module's own traces must say the same."""
    run = probe("--format", "json", "security.*", before=(shim, "lsm_list_modules=38", "--"))
    rows = features(valid(run.document))
    for name in ("apparmor", "selinux", "smack", "tomoyo", "yama", "loadpin", "lockdown", "safesetid", "bpf_lsm"):
        now, was = rows[f"security.{name}"]["live"], features(here)[f"security.{name}"]["live"]
        assert now["value"] in (was["value"], "unknown"), (name, was, now)
        assert os.geteuid() != 0 or now["value"] == was["value"], (name, was, now)


@needs_root
def test_security_modules_agree_with_the_kernels_list(here: dict[str, Any], tmp_path: Path) -> None:
    """An independent reading: the file in securityfs, mounted where nobody sees it."""
    script = f'mount -t securityfs none {tmp_path} && cat {tmp_path}/lsm'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        pytest.skip("no securityfs here")
    active = set(done.stdout.decode().strip().split(","))
    for name, word in (("apparmor", "apparmor"), ("selinux", "selinux"), ("yama", "yama"), ("bpf_lsm", "bpf"),
                       ("lockdown", "lockdown"), ("landlock", "landlock"), ("loadpin", "loadpin")):
        assert (features(here)[f"security.{name}"]["live"]["value"] == "works") == (word in active), name


def test_landlock_says_the_abi_of_the_kernel(here: dict[str, Any]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(444, None, ctypes.c_size_t(0), 1)
    live = features(here)["security.landlock"]["live"]
    if abi > 0:
        assert f"Landlock ABI {abi};" in live["evidence"], live
    else:
        assert live["value"] in ("absent", "unknown"), live


@pytest.mark.parametrize("fs", ["ext4", "xfs", "btrfs", "squashfs", "erofs"])
def test_file_systems_agree_with_proc(here: dict[str, Any], fs: str) -> None:
    registered = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    id_ = f"mount.{fs}" if fs in ("squashfs", "erofs") else f"fs.{fs}"
    assert (features(here)[id_]["live"]["value"] == "works") == (fs in registered)


@needs_root
def test_no_loop_device_stays_bound(here: dict[str, Any]) -> None:
    def bound() -> list[str]:
        return sorted(str(p) for p in Path("/sys/block").glob("loop*/loop/backing_file")
                      if "seaworthy" in p.read_text())

    before = bound()
    probe("mount.loop")
    assert bound() == before


# ---- a kernel of ours alone: boot parameters and sysctls ----------------------------------------


@pytest.fixture(scope="module")
def parameters(boot: Boot) -> Outcome:
    scripts = {
        "modules": "/bin/seaworthy probe --format json 'security.*'",
        "keys": "echo 200 >/proc/sys/kernel/keys/root_maxkeys; /bin/seaworthy probe --format json 'security.key*'",
    }
    steps = [protocol.Step(n, 300, ("/bin/busybox", "sh", "-c", s)) for n, s in scripts.items()]
    outcome = boot(*steps, append="lsm=landlock,yama,apparmor apparmor=0")
    assert outcome.final == {"steps": len(scripts), "status": "done"}, outcome
    return outcome


def said(outcome: Outcome, step: str, id_: str) -> tuple[str, str | None, str]:
    row = features(json.loads(bytes(outcome.steps[step].out)))[id_]
    return row["live"]["value"], row["live"]["cause"], row["live"]["cause_text"] or ""


def test_16_compiled_in_but_kept_away_at_boot(parameters: Outcome) -> None:
    """Debian's 6.1 has all of these compiled in: that alone is no security."""
    assert said(parameters, "modules", "security.apparmor") == ("absent", "boot-parameter", "apparmor=0")
    for name in ("tomoyo", "bpf_lsm"):
        value, cause, text = said(parameters, "modules", f"security.{name}")
        assert (value, cause) == ("absent", "boot-parameter"), name
        assert text == "lsm=landlock,yama,apparmor"
    for name in ("yama", "landlock"):
        assert said(parameters, "modules", f"security.{name}")[0] == "works", name
    # What this kernel was not given has nothing to do with the command line.
    assert said(parameters, "modules", "security.smack")[:2] == ("absent", None)


def test_few_keys_are_told_with_the_sysctl(parameters: Outcome) -> None:
    value, cause, text = said(parameters, "keys", "security.keys_limit")
    assert (value, cause) == ("denied", "sysctl")
    assert "kernel.keys.root_maxkeys=200" in text
    assert said(parameters, "keys", "security.keyrings")[0] == "works"
