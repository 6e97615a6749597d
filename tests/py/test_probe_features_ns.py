# SPDX-License-Identifier: GPL-2.0-only
"""Rows about namespaces, processes, IPC and what an init system needs, held against a kernel that
misbehaves: each loses exactly what it is about, and says for which cause."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXE = Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))
MINE = ("ns.*", "process.*", "ipc.*", "base.*")
LIMIT_S = 300
EPERM, E2BIG, EINVAL, ENOTTY, ENOSYS, ENOSPC, EMFILE = 1, 7, 22, 25, 38, 28, 24

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it drops privileges itself")
x86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of system calls of x86_64")
NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
          "--bounding-set", "-all", "--inh-caps", "-all")


def rows(*before: str | Path, exe: str | Path = EXE, ids: tuple[str, ...] = MINE,
         cwd: str | None = None) -> dict[str, dict[str, Any]]:
    done = subprocess.run([str(a) for a in (*before, exe, "probe", "--format", "json", *ids)],
                          capture_output=True, timeout=LIMIT_S, cwd=cwd)
    return {f["id"]: f for f in json.loads(done.stdout)["features"]}


@pytest.fixture(scope="module")
def here() -> dict[str, dict[str, Any]]:
    return rows()


# System call (x86_64), the error a filter gives, and the rows that this must change.
TAKEN = {
    "kcmp": (312, ENOSYS, {"process.kcmp"}),
    "memfd_create": (319, ENOSYS, {"process.memfd"}),
    "execveat absent": (322, ENOSYS, {"process.execveat"}),
    "execveat refused": (322, EPERM, {"process.execveat"}),
    "pidfd_send_signal absent": (424, ENOSYS, {"process.pidfd_send_signal"}),
    "pidfd_send_signal refused": (424, EPERM, {"process.pidfd_send_signal"}),
    "pidfd_open": (434, ENOSYS, {"process.pidfd_open", "process.pidfd_poll", "process.pidfd_wait",
                                 "process.pidfd_getfd", "process.process_madvise",
                                 "ns.setns_pidfd"}),
    "clone3": (435, ENOSYS, {"process.clone3", "process.clone3_set_tid"}),
    "close_range": (436, ENOSYS, {"process.close_range", "process.cloexec_range"}),
    "openat2": (437, EPERM, {"process.openat2"}),
    "pidfd_getfd": (438, ENOSYS, {"process.pidfd_getfd"}),
    "process_madvise": (440, ENOSYS, {"process.process_madvise"}),
    "prctl": (157, EINVAL, {"process.subreaper"}),
    "waitid": (247, EINVAL, {"process.pidfd_wait"}),
    "epoll_create1": (291, ENOSYS, {"base.epoll"}),
    "inotify_init1": (294, ENOSYS, {"base.inotify"}),
    "signalfd4": (289, ENOSYS, {"base.signalfd"}),
    "timerfd_create": (283, ENOSYS, {"base.timerfd"}),
    "eventfd2": (290, ENOSYS, {"base.eventfd"}),
    "name_to_handle_at": (303, ENOSYS, {"base.fhandle"}),
    "fanotify_init": (300, EPERM, {"base.fanotify"}),
    "setresuid": (117, ENOSYS, {"base.multiuser"}),
    "msgget": (68, ENOSYS, {"ipc.sysv"}),
    "semget": (64, ENOSYS, {"ipc.sysv"}),
    "shmget": (29, ENOSYS, {"ipc.sysv"}),
    "mq_open": (240, ENOSYS, {"ipc.mqueue"}),
    "setns": (308, EPERM, {"process.setns", "ns.setns", "ns.setns_pidfd"}),
}


@x86_64
@pytest.mark.parametrize("name", TAKEN)
def test_a_filter_takes_away_exactly_the_rows_concerned(shim: Path, here: dict[str, dict[str, Any]],
                                                        name: str) -> None:
    number, error, concerned = TAKEN[name]
    now = rows(shim, f"{number}={error}", "--")
    changed = {i for i, row in now.items() if row["live"]["value"] != here[i]["live"]["value"]}
    assert changed == {i for i in concerned if here[i]["live"]["value"] == "works"}
    for i in changed:
        assert now[i]["live"]["value"] in ("denied", "unknown"), now[i]
        assert now[i]["live"]["cause"] == "seccomp", now[i]
        assert now[i]["usable"] == "unknown", now[i]


# An answer of 0 with nothing done: who believes it, says that something works which does not.
LIES = {
    "setns": (308, {"process.setns", "ns.setns", "ns.setns_pidfd"}),
    "close_range": (436, {"process.close_range", "process.cloexec_range"}),
    "sethostname": (170, {"ns.uts"}),
    "prctl": (157, {"process.subreaper"}),
    "msgget": (68, set()),
    "setresuid": (117, {"base.multiuser"}),
    "pidfd_send_signal": (424, {"process.pidfd_send_signal"}),
    "process_madvise": (440, {"process.process_madvise"}),
    "fcntl": (72, {"process.memfd"}),
}


@x86_64
@pytest.mark.parametrize("name", LIES)
def test_a_success_that_was_none_is_seen_through(shim: Path, here: dict[str, dict[str, Any]],
                                                 name: str) -> None:
    number, concerned = LIES[name]
    now = rows(shim, f"{number}=0", "--")
    for i in concerned:
        if here[i]["live"]["value"] == "works":
            # Seen through, and not held against the kernel: a filter is in its place.
            assert (now[i]["live"]["value"], now[i]["live"]["cause"]) == ("unknown", "seccomp"), now[i]


@x86_64
@needs_root
@pytest.mark.parametrize(("rule", "id_"), [
    (f"436={ENOSYS}", "process.close_range"), (f"436={EINVAL}", "process.cloexec_range"),
    (f"435={ENOSYS}", "process.clone3"), (f"435={E2BIG}", "process.clone3_set_tid"),
    (f"437={ENOSYS}", "process.openat2"), (f"434={ENOSYS}", "process.pidfd_open"),
    (f"247={EINVAL}", "process.pidfd_wait"), (f"319={ENOSYS}", "process.memfd"),
    (f"322={ENOSYS}", "process.execveat"), (f"312={ENOSYS}", "process.kcmp"),
    (f"424={ENOSYS}", "process.pidfd_send_signal"), (f"438={ENOSYS}", "process.pidfd_getfd"),
    (f"294={ENOSYS}", "base.inotify"), (f"303={ENOSYS}", "base.fhandle"),
    (f"291={ENOSYS}", "base.epoll"), (f"68={ENOSYS}", "ipc.sysv"),
    (f"117={ENOSYS}", "base.multiuser"),
])
def test_absent_where_no_filter_can_be_seen(shim: Path, here: dict[str, dict[str, Any]], rule: str,
                                            id_: str) -> None:
    """As on a kernel without the call: no /proc and no prctl(2) that would tell of the filter."""
    if here[id_]["live"]["value"] != "works":
        pytest.skip(f"{id_} does not work here to begin with")
    hide = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    live = rows(*hide, shim, rule, f"157={EINVAL}", "--", ids=(id_,))[id_]["live"]
    assert (live["value"], live["cause"]) == ("absent", None), live
    assert live["errno"] in ("ENOSYS", "EINVAL", "E2BIG")


@x86_64
@pytest.mark.parametrize(("call", "error", "sysctl"), [
    (294, EMFILE, "max_user_instances"), (254, ENOSPC, "max_user_watches"),
])
def test_inotify_names_the_limit(shim: Path, here: dict[str, dict[str, Any]], call: int, error: int,
                                 sysctl: str) -> None:
    """What many containers run into: the limits are per user, for all containers together."""
    if here["base.inotify"]["live"]["value"] != "works":
        pytest.skip("inotify does not work here to begin with")
    row = rows(shim, f"{call}={error}", "--", ids=("base.inotify",))["base.inotify"]
    value = Path(f"/proc/sys/fs/inotify/{sysctl}").read_text().strip()
    assert (row["live"]["value"], row["live"]["cause"]) == ("denied", "limit")
    assert row["finding"]["text"] == f"fs.inotify.{sysctl}={value} is reached"
    assert row["usable"] == "no"


@x86_64
def test_an_unknown_ioctl_is_not_blamed_on_the_kernel(shim: Path,
                                                      here: dict[str, dict[str, Any]]) -> None:
    now = rows(shim, f"16={ENOTTY}", "--", ids=("ns.ioctl", "ns.ioctl_type"))
    for i, row in now.items():
        if here[i]["live"]["value"] == "works":
            assert (row["live"]["value"], row["live"]["cause"]) == ("denied", "seccomp"), row


@needs_root
def test_a_limit_of_no_user_namespaces_is_found(here: dict[str, dict[str, Any]]) -> None:
    """In a user namespace of this test's own, where the limit harms nobody."""
    if here["ns.limits"]["live"]["value"] != "works":
        pytest.skip("no limits to try this with")
    now = rows("unshare", "--user", "--map-root-user", "sh", "-c",
               'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh")
    for i in ("ns.user", "ns.nested"):
        assert (now[i]["live"]["value"], now[i]["live"]["errno"]) == ("denied", "ENOSPC"), now[i]
        assert now[i]["finding"]["text"] == "user.max_user_namespaces=0", now[i]
    assert now["ns.uts"]["live"]["value"] == "works"


@needs_root
def test_nobody_is_told_which_privilege_is_lacking(tmp_path: Path,
                                                   here: dict[str, dict[str, Any]]) -> None:
    exe = Path("/tmp") / f"seaworthy-ns-{os.getpid()}"
    exe.write_bytes(EXE.read_bytes())
    exe.chmod(0o755)
    try:
        now = rows(*NOBODY, exe=exe, cwd="/")
    finally:
        exe.unlink()
    for i, row in now.items():
        was, live = here[i]["live"]["value"], row["live"]
        if live["value"] != was:
            assert live["value"] in ("denied", "unknown"), row
            assert live["cause"] in ("capability", "sysctl", "lsm"), row
            assert row["usable"] == "unknown" or live["cause"] != "capability", row
    if now["ns.user"]["live"]["value"] == "works":
        # To give away ids takes a privilege over them; all else works in a user namespace of one's own.
        changed = {i for i in now if now[i]["live"]["value"] != here[i]["live"]["value"]}
        assert changed <= {"ns.user_map_5", "ns.user_map_340", "base.autofs", "ipc.sysctl", "base.fanotify",
                           "base.tmpfs_xattr", "process.process_madvise"}


@needs_root
def test_a_map_with_too_few_ids_is_not_tried(here: dict[str, dict[str, Any]]) -> None:
    if here["ns.user"]["live"]["value"] != "works":
        pytest.skip("no user namespaces")
    now = rows("unshare", "--user", "--map-root-user", ids=("ns.user_map_*",))
    for i in ("ns.user_map_5", "ns.user_map_340"):
        assert now[i]["live"]["value"] == "unknown", now[i]
        assert "has not" in now[i]["live"]["evidence"]


def test_an_independent_reading_agrees(here: dict[str, dict[str, Any]]) -> None:
    """What the kernel shows in /proc and /sys, read here in another way."""
    works = {i for i, row in here.items() if row["live"]["value"] == "works"}
    ns = {p.name for p in Path("/proc/self/ns").iterdir()}
    assert ("ns.pid_for_children" in works) <= ("pid_for_children" in ns)
    assert ("base.psi" in works) == readable("/proc/pressure/cpu")
    assert ("base.ikconfig" in works) == readable("/proc/config.gz")
    filesystems = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    assert ("base.devtmpfs" in works) == ("devtmpfs" in filesystems)
    if here["base.autofs"]["live"]["cause"] != "capability":
        assert ("base.autofs" in works) <= ("autofs" in filesystems)
    assert ("ipc.sysv" in works) <= Path("/proc/sysvipc").exists()
    with contextlib.suppress(FileNotFoundError):
        helper = Path("/proc/sys/kernel/hotplug").read_text().strip()
        assert ("base.uevent_helper" in works) == (helper == "")


def readable(path: str) -> bool:
    try:
        return bool(Path(path).read_bytes())
    except OSError:
        return False


CONFIG = """#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.1.0 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc (Debian 12.2.0-14) 12.2.0"
CONFIG_64BIT=y
CONFIG_X86_64=y
CONFIG_SYSFS=y
CONFIG_RT_GROUP_SCHED=y
CONFIG_UEVENT_HELPER=y
CONFIG_UEVENT_HELPER_PATH="/sbin/hotplug"
CONFIG_FW_LOADER_USER_HELPER=y
CONFIG_FW_LOADER_USER_HELPER_FALLBACK=y
"""


@pytest.mark.parametrize(("id_", "good"), [
    ("base.uevent_helper", ('PATH="/sbin/hotplug"', 'PATH=""')),
    ("base.rt_group_sched", ("CONFIG_RT_GROUP_SCHED=y", "# CONFIG_RT_GROUP_SCHED is not set")),
    ("base.fw_loader_fallback", ("CONFIG_FW_LOADER_USER_HELPER_FALLBACK=y",
                                 "# CONFIG_FW_LOADER_USER_HELPER_FALLBACK is not set")),
])
def test_what_should_be_off_is_usable_when_it_is(tmp_path: Path, id_: str,
                                                 good: tuple[str, str]) -> None:
    for text, usable in ((CONFIG, "no"), (CONFIG.replace(*good), "yes")):
        (tmp_path / "config").write_text(text)
        done = subprocess.run([EXE, "probe", "--config", tmp_path / "config", "--format", "json", id_],
                              capture_output=True, timeout=LIMIT_S)
        (row,) = json.loads(done.stdout)["features"]
        assert row["usable"] == usable, row
        assert (row["remedy"] is None) == (usable == "yes"), row
