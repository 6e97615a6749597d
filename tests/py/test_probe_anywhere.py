# SPDX-License-Identifier: GPL-2.0-only
"""The probe where there is next to nothing: it runs, says what it could not see, and guesses nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import build_tool
from seaworthy import console, guests, initramfs, kernels, machines, protocol
from test_probe import LIMIT_S, features, needs_root, probe, valid

# Mount a tmpfs that holds our executable alone, and make it the root.
ALONE = """
set -e
mount -t tmpfs none "$1"
cp "$2" "$1/seaworthy"
mkdir "$1/old"
$3
cd "$1"
pivot_root . old
exec ./seaworthy probe --format json
"""


def honest(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What holds wherever the probe runs. Returns the features."""
    valid(document)
    rows = features(document)
    for row in rows.values():
        live = row["live"]
        assert live["evidence"], row
        # A refusal is a cause that was established, or unknown; nothing here makes a kernel broken.
        assert live["value"] != "broken", row
        if live["value"] == "denied":
            assert live["cause"], row
        # What has no trial of its own, the running kernel's own configuration answers.
        if live["value"] == "unknown" and live["evidence"] != "not tried":
            assert row["usable"] != "yes", row
    return rows


@pytest.mark.parametrize("devices", [True, False], ids=["with a console", "without devices"])
def test_the_only_file_of_an_initramfs(kernel: kernels.Kernel, accel: machines.Accel, executable: Path,
                                       devices: bool) -> None:
    """PID 1 of a real kernel, with nothing mounted and no other file: a board's first look."""
    archive = initramfs.Archive()
    archive.file("seaworthy", executable.read_bytes(), 0o755)
    if devices:
        archive.device("dev/console", 5, 1)
    guest = guests.Guest(
        machines.MACHINES["qemu-pc"], accel, kernel.image, archive.pack(),
        protocol.Job("none", ()), guests.Limits().scaled(accel.slowness),
        "quiet rdinit=/seaworthy -- probe --profile application-container")
    seen = guest.run()
    said = console.clean(seen.console.bytes())
    # It ends as any program does, and a PID 1 that ends is a panic; its status stands there.
    assert "Attempted to kill init" in said, said[-2000:]
    if devices:
        assert "Linux " + kernel.release in said
        assert "Application container" in said
        assert "/proc is not mounted here" in said
        assert "exitcode=0x00000300" in said or "exitcode=0x00000100" in said, said[-2000:]
    else:
        # Nowhere to print to: could not be determined, and no crash.
        assert "exitcode=0x00000300" in said, said[-2000:]


@needs_root
@pytest.mark.parametrize("then", ["true", 'mount -o remount,ro "$1"'], ids=["empty", "read-only"])
def test_the_only_file_of_a_root(tmp_path: Path, executable: Path, then: str) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", ALONE.replace("$3", then), "sh",
         tmp_path, executable], capture_output=True, timeout=LIMIT_S)
    assert done.stderr == b""
    document = json.loads(done.stdout)
    rows = honest(document)
    assert done.returncode == document["exit_status"]
    # System calls need no files: these are seen to work all the same.
    for id_ in ("ns.uts", "ns.ipc", "ns.net", "security.no_new_privs", "process.subreaper"):
        assert rows[id_]["live"]["value"] == "works", rows[id_]


@needs_root
def test_in_a_container_of_ours(tmp_path: Path, executable: Path) -> None:
    """An application container with everything unshared, run by Berth: it is told as what it is."""
    rootfs = tmp_path / "rootfs"
    for name in ("proc", "sys", "dev", "tmp", "bin"):
        (rootfs / name).mkdir(parents=True)
    shutil.copy(executable, rootfs / "bin" / "seaworthy")
    config = tmp_path / "config"
    config.write_text(f"lxc.rootfs.path = {rootfs}\nlxc.uts.name = anywhere\n"
                      "lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0\n"
                      "lxc.cap.drop = sys_admin sys_module sys_time\n")
    done = subprocess.run(
        [executable, "berth", "execute", "-n", f"anywhere-{os.getpid()}", "-P", tmp_path / "containers",
         "-f", config, "--", "/bin/seaworthy", "probe", "--format", "json"],
        capture_output=True, timeout=LIMIT_S)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    rows = honest(document)
    uts = rows["ns.uts"]["live"]
    # Without CAP_SYS_ADMIN by way of a user namespace, or denied with the capability named.
    assert uts["value"] == "works" and "user namespace" in uts["evidence"] or (
        uts["value"], uts["cause"]) == ("denied", "capability"), uts


@needs_root
def test_with_every_descriptor_closed() -> None:
    run = probe("ns.uts", before=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    assert (run.status, run.out, run.err) == (3, "", "")


@needs_root
def test_in_a_landlock_domain(tmp_path: Path) -> None:
    """A security module that refuses mounts and writes: named as the cause, and no verdict on the kernel."""
    shim = build_tool("landlock-shim", tmp_path)
    plain = features(valid(probe("--format", "json").document))
    run = probe("--format", "json", before=(shim,))
    if run.status == 77:
        # Believed only with the probe's word: on a kernel that has it the shim must not fail.
        assert plain["security.landlock"]["live"]["value"] != "works"
        return
    rows = honest(run.document)
    refused = {i: r for i, r in rows.items() if r["live"]["errno"] in ("EPERM", "EACCES")}
    assert {"ns.mnt", "mount.tmpfs", "mount.pivot_root"} <= set(refused)
    for row in refused.values():
        if plain[row["id"]]["live"]["value"] == "works":
            assert row["live"]["cause"] == "lsm", row
            assert "landlock" in row["live"]["cause_text"], row
            assert row["usable"] == "unknown", row
    for id_ in ("ns.uts", "ns.ipc", "process.setns"):
        assert rows[id_]["live"] == plain[id_]["live"]


@needs_root
@pytest.mark.parametrize("mounted", [False, True], ids=["directory", "mount point"])
def test_in_a_chroot(tmp_path: Path, executable: Path, mounted: bool) -> None:
    script = """
    set -e
    [ "$3" = False ] || mount -t tmpfs none "$1"
    mkdir -p "$1/proc" "$1/tmp"
    cp "$2" "$1/seaworthy"
    mount -t proc proc "$1/proc"
    exec chroot "$1" /seaworthy probe --format json
    """
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c",
                           script, "sh", tmp_path, executable, str(mounted)],
                          capture_output=True, timeout=LIMIT_S)
    assert done.stderr == b""
    rows = honest(json.loads(done.stdout))
    user = rows["ns.user"]
    assert (user["live"]["value"], user["live"]["cause"]) == ("denied", "chroot"), user
    assert user["usable"] == "unknown" and "chroot" in user["remedy"]
    assert rows["ns.uts"]["live"]["value"] == "works"


# What the probe would leave on the machine if it believed to be apart and was not.
LEFT = 'ip -o link | wc -l; hostname; ipcs -q | grep -c 0x53576970; grep -c seaworthy "$1/proc/self/mounts"'

NO_PROC = f"""
mount --make-rprivate / && mkdir -p "$1/proc" && mount -t proc proc "$1/proc" && mount -t tmpfs none /proc
{{ {LEFT}; }} >&2
"$2" unshare=0 -- "$3" probe --format json
{{ {LEFT}; }} >&2
"""


@needs_root
def test_a_filter_that_claims_namespaces_is_not_believed_without_proc(tmp_path: Path, executable: Path) -> None:
    """Nothing shows that unshare did nothing: then it is asked whether it is the kernel that answers."""
    shim = build_tool("syscall-shim", tmp_path)
    done = subprocess.run(
        ["unshare", "-mnuip", "--fork", "--kill-child", "sh", "-c", NO_PROC, "sh", tmp_path, shim, executable],
        capture_output=True, text=True, timeout=LIMIT_S)
    said = done.stderr.split()
    assert len(said) == 8 and said[:4] == said[4:], done.stderr
    rows = honest(json.loads(done.stdout))
    for id_ in ("ns.uts", "ns.ipc", "ns.net", "ns.mnt", "ns.pid"):
        live = rows[id_]["live"]
        assert (live["value"], live["cause"]) == ("unknown", "seccomp"), rows[id_]


def told(executable: Path, *before: str) -> dict[str, dict[str, Any]]:
    """The rows of the probe, run by a command in front of it; no feature may be called broken."""
    done = subprocess.run([*before, executable, "probe", "--format", "json"], capture_output=True,
                          timeout=LIMIT_S)
    assert done.stderr == b"", done.stderr
    return honest(json.loads(done.stdout))


def lost(plain: dict[str, dict[str, Any]], seen: dict[str, dict[str, Any]]) -> list[str]:
    """What works, but is said not to be there."""
    return [i for i, row in plain.items() if row["live"]["value"] == "works" and
            seen[i]["live"]["value"] in ("absent", "denied", "broken")]


COVERED = """
: >"$1/empty"
for f in filesystems cgroups misc config.gz; do
	[ ! -e /proc/$f ] || mount --bind "$1/empty" /proc/$f
done
for d in net user; do mount -t tmpfs none /proc/sys/$d; done
shift && exec "$@"
"""
NULLED = COVERED.replace(': >"$1/empty"', "").replace('"$1/empty"', "/dev/null")


@needs_root
@pytest.mark.parametrize("script", [
    'mount -t proc -o subset=pid proc /proc && shift && exec "$@"', COVERED, NULLED],
    ids=["subset=pid", "empty", "null"])
def test_a_list_that_cannot_be_had_is_no_answer(tmp_path: Path, executable: Path, script: str) -> None:
    plain = told(executable)
    seen = told(executable, "unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh",
                str(tmp_path))
    assert lost(plain, seen) == []
    # On version 1 here, which only the list can tell.
    for id_ in ("cgroup.v1.memory", "cgroup.v2.memory", "ns.limits"):
        assert seen[id_]["live"]["value"] in ("unknown", plain[id_]["live"]["value"]), seen[id_]


@needs_root
def test_proc_of_another_pid_namespace(executable: Path) -> None:
    """There our processes' numbers are other processes': they are neither judged by nor written to."""
    plain = told(executable)
    seen = told(executable, "unshare", "--pid", "--fork", "--kill-child")
    assert lost(plain, seen) == []
    for id_ in ("ns.setns", "ns.user_map_5", "ns.ioctl", "ns.pid_for_children", "checkpoint.children",
                "security.file_caps"):
        live = seen[id_]["live"]
        assert live["value"] == "unknown" and "another PID namespace" in live["evidence"], seen[id_]


@needs_root
def test_in_a_time_namespace(executable: Path) -> None:
    plain = told(executable)
    if plain["ns.time"]["live"]["value"] != "works":
        assert plain["ns.time"]["live"]["value"] == "absent"
        return
    seen = told(executable, "unshare", "--time", "--boottime", "1000000", "--monotonic", "100000", "--fork",
                "--kill-child")
    for id_ in ("ns.time", "ns.time_offsets"):
        assert seen[id_]["live"]["value"] == "works", seen[id_]


@needs_root
def test_ids_that_are_not_mapped(tmp_path: Path, executable: Path) -> None:
    shutil.copy(executable, tmp_path / "sw")
    done = subprocess.run(["unshare", "-Ur", "chroot", tmp_path, "/sw", "probe", "--format", "json"],
                          capture_output=True, timeout=LIMIT_S)
    seen = features(json.loads(done.stdout))
    assert [r for r in seen.values() if r["live"]["value"] == "broken"] == []
    multiuser = seen["base.multiuser"]["live"]
    assert multiuser["value"] == "unknown" and "not mapped" in multiuser["evidence"]
    owner = told(executable, "unshare", "-U")["checkpoint.owner_uids"]["live"]
    assert owner["value"] in ("unknown", "absent"), owner


@needs_root
def test_without_new_privileges(executable: Path) -> None:
    plain = told(executable)
    seen = told(executable, "setpriv", "--no-new-privs")
    assert lost(plain, seen) == []
    caps = seen["security.file_caps"]["live"]
    assert caps["value"] == "unknown" and "no_new_privs" in caps["evidence"], caps


NEST = """
n=$1 script=$2
shift 2
[ $n -gt 0 ] || exec "$@"
exec unshare --pid --fork --kill-child --mount-proc sh -c "$script" sh $((n - 1)) "$script" "$@"
"""


@needs_root
def test_at_the_limit_of_nesting(executable: Path) -> None:
    """32 PID namespaces below the initial one there can be: that the last holds no more is no fault."""
    for depth in (32, 31, 30, 29):
        done = subprocess.run(["sh", "-c", NEST, "sh", str(depth), NEST, executable, "probe", "ns.pid",
                               "--format", "json"], capture_output=True, timeout=LIMIT_S)
        if done.stdout:		# where we are nested ourselves, fewer fit
            break
    row = features(json.loads(done.stdout))["ns.pid"]
    assert (row["live"]["value"], row["live"]["cause"]) == ("unknown", "limit"), row
    assert row["usable"] == "unknown", row


@needs_root
@pytest.mark.skipif(not Path("/proc/config.gz").exists(), reason="this kernel shows no configuration")
def test_a_foreign_configuration_over_the_kernels_own_is_no_answer(tmp_path: Path, executable: Path) -> None:
    release = os.uname().release
    foreign = "s390" if os.uname().machine != "s390x" else "x86"
    (tmp_path / "c").write_text(f"# Linux/{foreign} {release} Kernel Configuration\n# CONFIG_UTS_NS is not set\n")
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
         'mount --bind "$1" /proc/config.gz; exec "$2" probe --no-live ns.uts', "sh", tmp_path / "c", executable],
        capture_output=True, text=True, timeout=LIMIT_S, env={**os.environ, "COLUMNS": "1000"})
    assert f"not the running kernel's: it is for {foreign}, and this is {os.uname().machine}" in done.stdout
    assert "/proc/config.gz (gzip" not in done.stdout and "/proc/config.gz (plain" not in done.stdout
