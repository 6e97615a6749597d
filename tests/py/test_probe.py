# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy probe` and `seaworthy features` from outside: what they print, and what they leave alone."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import json
import lzma
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXE = Path(os.environ.get("SEAWORTHY_EXECUTABLE", ROOT / "out" / "seaworthy"))
SCHEMA = json.loads((ROOT / "harness/seaworthy/schema/probe-1.schema.json").read_text())
LIMIT_S = 300

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it drops privileges itself")


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)


def probe(*args: str | Path, before: tuple[str | Path, ...] = (), verb: str = "probe",
          env: dict[str, str] | None = None, **kwargs: Any) -> Run:
    command = [*before, EXE, verb, *args]
    done = subprocess.run([str(c) for c in command], capture_output=True, timeout=LIMIT_S,
                          env={"PATH": os.environ["PATH"], "LANG": "C", **(env or {})}, **kwargs)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def features(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f["id"]: f for f in document["features"]}


def valid(document: dict[str, Any]) -> dict[str, Any]:
    jsonschema.validate(document, SCHEMA)
    return document


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    """One probe of the running kernel, shared by the tests that only read it."""
    run = probe("--format", "json")
    assert run.err == ""
    document = valid(run.document)
    assert document["exit_status"] == run.status
    return document


# ---- the running kernel ---------------------------------------------------------------------


def test_running_kernel_says_what_was_judged(here: dict[str, Any]) -> None:
    assert here["subject"]["kind"] == "running"
    assert here["subject"]["release"] == os.uname().release
    assert here["environment"]["uid"] == os.geteuid()
    status = Path("/proc/self/status").read_text()
    assert here["environment"]["capabilities"] == re.search(r"CapEff:\s*([0-9a-f]+)", status)[1]
    assert len(here["profiles"]) == 2


def test_live_namespaces_agree_with_proc(here: dict[str, Any]) -> None:
    """An independent reading: a namespace that works has a file in /proc/self/ns, and the reverse."""
    rows = features(here)
    for name in ("mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"):
        live = rows[f"ns.{name}"]["live"]["value"]
        there = Path(f"/proc/self/ns/{name}").exists()
        assert (live != "absent") == there, (name, live, there)
        assert live != "broken", rows[f"ns.{name}"]


def test_live_file_systems_agree_with_proc(here: dict[str, Any]) -> None:
    registered = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    for name in ("overlay", "mqueue", "tmpfs", "proc", "sysfs"):
        live = features(here)[f"mount.{name}"]["live"]["value"]
        assert live != "works" or name in registered
        assert live != "absent" or name not in registered


def test_nothing_works_without_evidence(here: dict[str, Any]) -> None:
    table = {f["id"]: f for f in probe("--format", "json", verb="features").document["features"]}
    for feature in here["features"]:
        assert feature["live"]["evidence"], feature
        if feature["usable"] == "yes":
            # Where no system call can tell, the running kernel's own configuration speaks.
            assert feature["live"]["value"] == "works" or not table[feature["id"]]["live"], feature
        if feature["finding"]:
            assert feature["finding"]["text"], feature


@dataclass(frozen=True)
class Seen:
    """What others can see of a machine."""

    mounts: list[str]
    modules: str
    cgroups: list[str]
    hierarchies: list[tuple[str, str, str]]
    sysctls: dict[str, str]
    links: list[str]
    queues: str
    host: str
    children: list[str]


def children_of_ours() -> list[str]:
    me = str(os.getpid())
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if stat[1] == me and stat[0] != "Z":
            found.append(path.parent.name)
    return found


def machine() -> Seen:
    sysctls = {}
    for path in Path("/proc/sys").glob("*/*"):
        # Counters that run by themselves, and what other processes on the machine move.
        if not path.is_file() or path.parent.name == "fs" or path.name in (
                "ns_last_pid", "perf_event_max_sample_rate", "tainted"):
            continue
        try:
            sysctls[str(path)] = path.read_text()
        except OSError:
            continue
    cgroups = [str(p) for p in Path("/sys/fs/cgroup").rglob("seaworthy-probe-*")]
    lines = Path("/proc/cgroups").read_text().splitlines()[1:]
    modules = Path("/proc/modules")
    return Seen(
        mounts=sorted(Path("/proc/self/mountinfo").read_text().splitlines()),
        modules=modules.read_text() if modules.exists() else "",
        cgroups=cgroups,
        hierarchies=[(f[0], "on a hierarchy" if f[1] != "0" else "free", f[3])
                     for f in map(str.split, lines)],
        sysctls=sysctls,
        links=sorted(os.listdir("/sys/class/net")),
        queues=Path("/proc/sysvipc/msg").read_text(),
        host=os.uname().nodename,
        children=children_of_ours(),
    )


@pytest.mark.parametrize("args", [(), ("--intrusive",)], ids=["default", "intrusive"])
def test_probe_changes_nothing(args: tuple[str, ...]) -> None:
    if args and os.path.exists("/sys/fs/cgroup/unified"):
        args = (*args, "cgroup.v1.*", "ns.*", "mount.*", "net.*", "security.*")
    # Others may use the machine meanwhile; what the probe itself changes, it changes each time.
    for _ in range(3):
        differs = what_a_probe_changes(args)
        if not differs:
            return
    assert not differs


def what_a_probe_changes(args: tuple[str, ...]) -> dict[str, Any]:
    before = machine()
    probe(*args)
    after = machine()
    # A hierarchy is taken down in the background (percpu reference): give it time, not luck.
    for _ in range(50):
        if before.hierarchies == after.hierarchies:
            break
        time.sleep(0.1)
        after = machine()
    return {f.name: (getattr(before, f.name), getattr(after, f.name)) for f in fields(Seen)
            if getattr(before, f.name) != getattr(after, f.name)}


def test_interrupt_leaves_no_cgroup() -> None:
    """SIGTERM at any moment: what others could see is removed first."""
    for delay in (0.02, 0.05, 0.1, 0.2, 0.4):
        child = subprocess.Popen([EXE, "probe", "cgroup.*"], stdout=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=LIMIT_S)
        assert [str(p) for p in Path("/sys/fs/cgroup").rglob(f"seaworthy-probe-{child.pid}-*")] == []


def made_by(pid: int, mounts: list[Path]) -> list[Path]:
    """The temporary cgroups of that examiner; a name is its pid, its pid namespace and a random number."""
    return [p for m in mounts for p in m.glob(f"seaworthy-probe-{pid}-*")]


def kill_children(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL to what child has forked; it may be gone by then."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


@needs_root
@pytest.mark.parametrize("sessions", ["none", ""])
def test_killed_probe_is_cleaned_up_after(sessions: str) -> None:
    """SIGKILL to the probing process while its cgroup is there: the examiner removes it.

    A row that was alone is unknown then; one of a session is read again alone.
    """
    hits = 0
    for _ in range(60):
        child = subprocess.Popen([EXE, "probe", "cgroup.v1.*", "cgroup.v2.*", "--format", "json"],
                                 stdout=subprocess.PIPE, env={**os.environ, "SEAWORTHY_SESSIONS": sessions})
        mounts = cgroup_mounts()
        while child.poll() is None and not made_by(child.pid, mounts):
            pass
        there = bool(made_by(child.pid, mounts))
        kill_children(child)
        out, _err = child.communicate(timeout=LIMIT_S)
        hits += b"killed by KILL" in out if sessions == "none" else there
        assert not made_by(child.pid, mounts)
        valid(json.loads(out))
        if hits >= 3:
            break
    assert hits, "no probing process was ever caught with a cgroup"


def hierarchy(controller: str) -> str | None:
    for line in Path("/proc/cgroups").read_text().splitlines()[1:]:
        words = line.split()
        if words[0] == controller and words[3] == "1":
            return words[1]
    return None


def mounted_v1(controller: str) -> bool:
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return any(f[f.index("-") + 1] == "cgroup" and controller in f[-1].split(",") for f in lines)


@needs_root
@pytest.mark.parametrize("controller", ["net_cls", "net_prio", "perf_event"])
def test_killed_probe_leaves_no_hierarchy(controller: str) -> None:
    """SIGKILL while a hierarchy is mounted for the trial alone: it goes away all the same."""
    if hierarchy(controller) is None or mounted_v1(controller):
        pytest.skip(f"{controller} is mounted here, or not there at all")
    if hierarchy(controller) != "0":
        # One that somebody left behind ends with the next unmount, that of a trial.
        probe(f"cgroup.v1.{controller}")
    if hierarchy(controller) != "0":
        pytest.skip(f"{controller} is in use where we cannot see it")
    for _ in range(10):
        child = subprocess.Popen([EXE, "probe", f"cgroup.v1.{controller}"], stdout=subprocess.DEVNULL)
        while child.poll() is None and hierarchy(controller) == "0":
            pass
        kill_children(child)
        child.wait(timeout=LIMIT_S)
    for _ in range(100):
        if hierarchy(controller) == "0":
            break
        time.sleep(0.1)
    assert hierarchy(controller) == "0"


def cgroup_mounts() -> list[Path]:
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [Path(f[4]) for f in lines if f[f.index("-") + 1] in ("cgroup", "cgroup2")]


# ---- less privilege, less to see ------------------------------------------------------------


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@needs_root
def test_nobody_is_told_what_could_not_be_seen(open_executable: Path) -> None:
    done = subprocess.run([*NOBODY, open_executable, "probe", "--format", "json"],
                          capture_output=True, timeout=LIMIT_S, cwd="/")
    document = valid(json.loads(done.stdout))
    assert document["environment"]["uid"] == 65534
    assert done.returncode == document["exit_status"]
    for feature in document["features"]:
        if feature["live"]["value"] == "denied" and feature["live"]["errno"] in ("EPERM", "EACCES"):
            assert feature["live"]["cause"] in ("capability", "sysctl", "lsm"), feature
        # Want of privilege is never the kernel's fault.
        if feature["live"]["cause"] == "capability":
            # What the running kernel's configuration rules out is not there, tried or not.
            assert feature["usable"] == ("no" if feature["configured"]["value"] == "off" else
                                         "unknown"), feature
    if features(document)["ns.user"]["live"]["value"] == "works":
        uts = features(document)["ns.uts"]["live"]
        assert uts["value"] == "works"
        assert "in a user namespace" in uts["evidence"]


@needs_root
def test_root_without_the_capability() -> None:
    run = probe("--format", "json", before=("setpriv", "--bounding-set", "-sys_admin",
                                            "--inh-caps", "-sys_admin"))
    document = valid(run.document)
    assert document["environment"]["uid"] == 0
    for feature in document["features"]:
        assert feature["live"]["value"] != "broken", feature
        if feature["live"]["errno"] in ("EPERM", "EACCES"):
            assert feature["live"]["cause"] == "capability", feature
            assert feature["usable"] == "unknown", feature


@needs_root
def test_without_cap_sys_time_clock_offsets_are_denied_not_broken() -> None:
    plain = features(valid(probe("--format", "json", "ns.time").document))["ns.time"]["live"]
    without = features(valid(probe("--format", "json", "ns.time", before=(
        "setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time")).document))["ns.time"]
    if plain["value"] == "absent":
        assert without["live"]["value"] == "absent"
        return
    assert without["live"]["value"] == "denied", without
    assert without["live"]["cause_text"] == "CAP_SYS_TIME is not in the effective set"
    assert without["usable"] == "unknown"


@needs_root
def test_devices_that_nobody_can_open_tell_nothing_about_device_rules() -> None:
    ids = ("cgroup.v1.devices", "cgroup.v2.devices")
    plain = features(valid(probe("--format", "json", *ids).document))
    document = valid(probe("--format", "json", *ids, before=(
        "unshare", "--mount", "--propagation", "private", "sh", "-c",
        'mount -t tmpfs -o nodev none /dev && mknod -m 666 /dev/null c 1 3 && '
        'mknod -m 666 /dev/zero c 1 5 && exec "$@"', "sh")).document)
    tried = [i for i in ids if plain[i]["live"]["value"] == "works"]
    assert tried, plain
    for row in tried:
        live = features(document)[row]["live"]
        assert (live["value"], live["errno"]) == ("unknown", "EACCES"), live
        assert "/dev/null" in live["evidence"]


def test_inside_a_user_namespace() -> None:
    run = probe("--format", "json", before=("unshare", "--user", "--map-root-user"))
    document = valid(run.document)
    assert document["environment"]["user_namespace"] is True
    for feature in document["features"]:
        assert feature["live"]["value"] != "broken", feature
        if feature["live"]["errno"] in ("EPERM", "EACCES"):
            assert feature["live"]["cause"] == "capability", feature


@needs_root
def test_no_user_namespaces_by_sysctl_is_denied_with_its_value() -> None:
    """FACTS 10: lxc-checkconfig says enabled. The limit is set in a user namespace of its own."""
    run = probe("--format", "json", "ns.user", before=(
        "unshare", "--user", "--map-root-user", "sh", "-c",
        'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', "sh"))
    user = features(valid(run.document))["ns.user"]
    assert user["live"]["value"] == "denied"
    assert user["live"]["errno"] == "ENOSPC"
    assert user["live"]["cause"] == "sysctl"
    assert user["live"]["cause_text"] == "user.max_user_namespaces=0"
    assert user["finding"]["type"] == "sysctl"
    assert user["usable"] == "no"
    assert run.status == 1


@needs_root
@pytest.mark.parametrize("hidden", ["/proc", "/sys"])
def test_without_proc_or_sys(hidden: str) -> None:
    run = probe("--format", "json", before=(
        "unshare", "--mount", "sh", "-c", f'mount -t tmpfs none {hidden} && exec "$@"', "sh"))
    document = valid(run.document)
    assert run.status in (0, 1, 2, 3)
    for feature in document["features"]:
        assert feature["live"]["value"] != "broken", feature
    text = probe(before=(
        "unshare", "--mount", "sh", "-c", f'mount -t tmpfs none {hidden} && exec "$@"', "sh"))
    assert f"{hidden} is not mounted here" in text.out


@pytest.mark.parametrize("fd", ["0", "1", "2"])
def test_closed_standard_descriptors(fd: str) -> None:
    run = probe("ns.uts", before=("sh", "-c", f'exec "$@" {fd}>&-', "sh"))
    if fd == "1":
        assert run.status == 3
        assert "cannot write to standard output" in run.err
    else:
        assert run.status in (0, 1, 3)
        assert "ns.uts" in run.out


def test_full_disk_is_an_error() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([EXE, "probe", "ns.uts"], stdout=full, stderr=subprocess.PIPE,
                              timeout=LIMIT_S)
    assert done.returncode == 3
    assert b"No space left" in done.stderr


# ---- a filter in the kernel's place -----------------------------------------------------------


NS = ("mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time")


@pytest.mark.parametrize(("errno", "name"), [(1, "EPERM"), (38, "ENOSYS")])
def test_filter_on_unshare_is_blamed(shim: Path, here: dict[str, Any], errno: int, name: str) -> None:
    run = probe("--format", "json", before=(shim, f"unshare={errno}", "--"))
    rows = features(valid(run.document))
    assert run.document["environment"]["seccomp"] == 2
    for ns in NS:
        live = rows[f"ns.{ns}"]["live"]
        if features(here)[f"ns.{ns}"]["live"]["value"] != "works":
            continue
        assert live["value"] == "denied", live
        assert live["errno"] == name
        assert live["cause"] == "seccomp"
        assert rows[f"ns.{ns}"]["usable"] == "unknown"
    # What has nothing to do with unshare reads as before; what needs it is unknown, not absent.
    for id_, row in rows.items():
        was = features(here)[id_]["live"]["value"]
        now = row["live"]["value"]
        assert now == was or (now in ("denied", "unknown") and row["live"]["cause"] == "seccomp"), row
    assert run.status == 3


def test_filter_that_claims_success_is_seen_through(shim: Path, here: dict[str, Any]) -> None:
    before = machine()
    run = probe("--format", "json", before=(shim, "unshare=0", "--"))
    rows = features(valid(run.document))
    for ns in NS:
        live = rows[f"ns.{ns}"]["live"]
        assert (live["value"], live["cause"]) == ("unknown", "seccomp"), rows[f"ns.{ns}"]
    after = machine()
    assert before.mounts == after.mounts
    assert before.host == after.host
    assert run.status == 3


def test_filter_with_einval_is_no_absence(shim: Path, here: dict[str, Any]) -> None:
    """EINVAL is what a kernel without the namespace says; its file in /proc says otherwise."""
    rows = features(valid(probe("--format", "json", "ns.*", before=(shim, "unshare=22", "--")).document))
    for ns in NS:
        if features(here)[f"ns.{ns}"]["live"]["value"] == "works":
            assert rows[f"ns.{ns}"]["live"]["cause"] == "seccomp", rows[f"ns.{ns}"]


@needs_root
def test_pid_namespace_by_clone_where_unshare_cannot(shim: Path) -> None:
    """As on 3.2 and 3.4, which have no files in /proc to tell either."""
    hide = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    run = probe("--format", "json", "ns.pid", before=(*hide, shim, "unshare=22", "--"))
    live = features(valid(run.document))["ns.pid"]["live"]
    assert live["value"] == "works", live
    assert live["evidence"].startswith("clone(CLONE_NEWPID)")


@pytest.mark.parametrize(("rule", "id_", "value", "cause"), [
    ("pivot_root=1", "mount.pivot_root", "denied", "seccomp"),
    ("pivot_root=0", "mount.pivot_root", "unknown", "seccomp"),
    ("sethostname=0", "ns.uts", "unknown", "seccomp"),
    ("clone3=38", "process.clone3", "denied", "seccomp"),
    ("clone3=1", "process.clone3", "denied", "seccomp"),
    ("setns=38", "process.setns", "denied", "seccomp"),
    ("mount=0", "ns.mnt", "unknown", "seccomp"),
])
def test_one_call_taken_away_changes_that_row(shim: Path, here: dict[str, Any], rule: str, id_: str,
                                              value: str, cause: str | None) -> None:
    if features(here)[id_]["live"]["value"] != "works":
        pytest.skip(f"{id_} does not work here to begin with")
    run = probe("--format", "json", id_, before=(shim, rule, "--"))
    live = features(valid(run.document))[id_]["live"]
    assert (live["value"], live["cause"]) == (value, cause), live


@pytest.mark.parametrize("rule", ["clone=0", "clone=0,1000000"])
def test_a_child_that_is_only_claimed_is_seen_through(shim: Path, rule: str) -> None:
    """fork(2) that gives 0 without a new process: the parent is not to take itself for the child."""
    run = probe("--format", "json", before=(shim, rule, "--"))
    rows = features(valid(run.document))
    assert run.status == 3
    for row in rows.values():
        assert row["live"]["value"] == "unknown", row
    assert (rows["ns.uts"]["live"]["cause"], rows["ns.uts"]["live"]["evidence"]) == \
        ("seccomp", "fork: 0, but there is no new process")


@needs_root
@pytest.mark.parametrize("rule", ["clone=0,100", "clone=0,4000"])
def test_without_shared_memory_each_row_has_a_process(shim: Path, here: dict[str, Any], rule: str) -> None:
    """What is claimed is only that which costs less than fork(2): CLONE_VM, CLONE_VFORK."""
    rows = features(valid(probe("--format", "json", "ns.*", before=(shim, rule, "--")).document))
    for id_, row in rows.items():
        assert row["live"]["value"] == features(here)[id_]["live"]["value"], row


@needs_root
@pytest.mark.parametrize("rule", ["clone=0,10000000", "clone=0,20000000", "clone3=0"])
def test_a_namespace_that_is_only_claimed_by_clone(shim: Path, here: dict[str, Any], rule: str) -> None:
    run = probe("--format", "json", "ns.*", "process.clone3*", "cgroup.v2.clone_into_cgroup",
                before=(shim, rule, "--"))
    for id_, row in features(valid(run.document)).items():
        assert row["live"]["value"] in ("unknown", "denied", features(here)[id_]["live"]["value"]), row
        assert row["usable"] in ("unknown", features(here)[id_]["usable"]), row
        assert "killed" not in row["live"]["evidence"], row


@needs_root
def test_first_of_a_pid_namespace_sees_through_it_too(shim: Path) -> None:
    """Where the number of the process tells nothing: its child may be the first of another namespace."""
    apart = ("unshare", "-p", "--fork", "--kill-child", "--mount-proc")
    run = probe("--format", "json", "ns.*", before=(*apart, shim, "clone=0", "--"))
    assert run.status == 3
    for row in features(valid(run.document)).values():
        assert row["live"]["evidence"] == "fork: 0, but there is no new process", row
    # And real children are believed, those of another PID namespace included.
    twice = ("sh", "-c", 'exec unshare -p "$@"', "sh", EXE, "probe", "--format", "json", "ns.*")
    done = subprocess.run([*apart, *twice], capture_output=True, timeout=LIMIT_S)
    assert {r["live"]["evidence"] for r in features(valid(json.loads(done.stdout))).values()} != \
        {"fork: 0, but there is no new process"}


@needs_root
def test_the_whole_run_has_an_end(shim: Path) -> None:
    """Rows that wait for ever, each until its own limit, would take hours together."""
    run = probe("--format", "json", "--time-limit", "2", before=(shim, "stuck=unshare", "--"))
    rows = features(valid(run.document))
    assert run.status == 3
    late = [r for r in rows.values() if "--time-limit" in r["live"]["evidence"]]
    assert len(late) > 100
    for row in late:
        assert row["live"]["value"] == "unknown" and row["usable"] != "yes", row


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "86401", "many", "99999999999999999999"])
def test_a_time_limit_is_a_number_of_seconds(value: str) -> None:
    run = probe("--time-limit", value)
    assert (run.status, run.out) == (64, "")
    assert "from 1 to 86400" in run.err


def test_a_time_limit_is_for_trials() -> None:
    run = probe("--time-limit", "5", "--no-live")
    assert run.status == 64 and "--no-live" in run.err


# ---- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "words"), [
    (("--frobnicate",), "there is no option --frobnicate"),
    (("--format", "xml"), "none of text, json, ktap, markdown"),
    (("--format",), "--format wants a value"),
    (("--color", "blue"), "none of auto, always, never"),
    (("--profile", "yacht"), "there is no profile 'yacht'"),
    (("--explain", "ns.nonsense"), "there is no feature 'ns.nonsense'"),
    (("no.such.*",), "no feature matches 'no.such.*'"),
    (("--explain", "ns.uts", "ns.*"), "--explain takes one feature"),
    (("--config", "x", "--intrusive"), "makes no sense with --config"),
])
def test_usage_errors(args: tuple[str, ...], words: str) -> None:
    run = probe(*args)
    assert run.status == 64
    assert run.out == ""
    assert words in run.err
    assert run.err.count("\n") == 1


def test_help_names_every_option() -> None:
    run = probe("--help")
    assert run.status == 0
    for option in ("--config", "--profile", "--all", "--format", "--explain", "--diff", "--fragment",
                   "--level", "--load-modules", "--intrusive", "--no-live", "--color"):
        assert option in run.out
        assert option in (ROOT / "docs/man/seaworthy-probe.1").read_text().replace("\\-", "-")


def test_explain_tells_all() -> None:
    run = probe("--explain", "mount.devpts_newinstance")
    for words in ("eedf265aa003", "DEVPTS_MULTIPLE_INSTANCES", "from 4.7", "configured", "live", "usable",
                  "Application container (must)"):
        assert words in run.out, run.out


def test_globs_limit_and_decide_the_status() -> None:
    run = probe("--format", "json", "ns.uts", "ns.ipc")
    assert sorted(features(run.document)) == ["ns.ipc", "ns.uts"]
    assert run.document["profiles"] == []
    usable = {f["usable"] for f in run.document["features"]}
    assert run.status == (1 if "no" in usable else 3 if "unknown" in usable else 0)


def test_profile_brings_its_features() -> None:
    run = probe("--format", "json", "--profile", "lxc", "process.openat2", "--no-live")
    document = valid(run.document)
    assert [p["id"] for p in document["profiles"]] == ["lxc"]
    assert {"ns.user", "net.veth", "process.openat2"} <= set(features(document))


def test_features_table_is_whole() -> None:
    document = probe("--format", "json", verb="features").document
    ids = [f["id"] for f in document["features"]]
    assert len(ids) == len(set(ids))
    areas = {a["name"] for a in document["areas"]}
    named = {i for p in document["profiles"] for item in p["items"] for i in item["features"]
             if not i.startswith("linux>=")}
    assert named <= set(ids)
    assert {f["area"] for f in document["features"]} <= areas
    for wanted in ("ns.time", "cgroup.v1.memory", "cgroup.v2.devices", "mount.devpts_newinstance",
                   "net.veth", "net.macvlan", "net.vlan", "net.bridge", "mount.overlay",
                   "security.file_caps", "security.seccomp_filter", "ipc.mqueue"):
        assert wanted in ids


# ---- what people see ---------------------------------------------------------------------------


def on_terminal(columns: int, env: dict[str, str], *args: str) -> str:
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    child = subprocess.Popen([EXE, "probe", *args], stdout=follower, stderr=follower,
                             env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **env})
    os.close(follower)
    data = b""
    while True:
        try:
            more = os.read(leader, 65536)
        except OSError:
            break
        if not more:
            break
        data += more
    child.wait(timeout=LIMIT_S)
    os.close(leader)
    return data.decode()


ESCAPE = re.compile("\033\\[[0-9;]*m")


@pytest.mark.parametrize("args", [(), ("--no-live",), ("--no-live", "--all")], ids=["live", "no-live", "all"])
@pytest.mark.parametrize("columns", [20, 40, 60, 80, 132, 150])
def test_terminal_width_is_kept(columns: int, args: tuple[str, ...]) -> None:
    text = on_terminal(columns, {"TERM": "xterm"}, *args)
    assert ESCAPE.search(text)
    for line in ESCAPE.sub("", text).splitlines():
        assert len(line) <= columns or " " not in line.strip(), line


def test_colour_only_where_it_is_wanted() -> None:
    assert not ESCAPE.search(on_terminal(80, {"TERM": "xterm", "NO_COLOR": "1"}, "--no-live"))
    assert not ESCAPE.search(on_terminal(80, {"TERM": "dumb"}, "--no-live"))
    assert not ESCAPE.search(on_terminal(80, {"TERM": "xterm"}, "--no-live", "--color", "never"))
    assert not ESCAPE.search(probe("--no-live").out)
    assert ESCAPE.search(probe("--no-live", "--color", "always").out)


def test_marks_are_ascii_where_the_locale_is() -> None:
    assert probe("--no-live").out.isascii()
    assert "✓" in probe("--no-live", env={"LANG": "C.UTF-8"}).out


def test_every_line_ends_where_its_text_does() -> None:
    for args in ((), ("--no-live",)):
        for line in probe(*args).out.splitlines():
            assert line == line.rstrip()


# ---- files --------------------------------------------------------------------------------------


def data_dir() -> Path | None:
    given = os.environ.get("SEAWORTHY_DATA")
    for path in (Path(given) if given else None, ROOT.parent / "shared/data",
                 ROOT.parent.parent / "shared/data"):
        if path and (path / "configs/index.tsv").is_file():
            return path
    return None


def corpus() -> Iterator[Path]:
    data = data_dir()
    if data:
        yield from sorted((data / "configs").glob("*.config.xz"))


@pytest.mark.parametrize("path", list(corpus()), ids=lambda p: p.name.removesuffix(".config.xz"))
def test_real_configuration(path: Path) -> None:
    run = probe("--config", path, "--format", "json")
    document = valid(run.document)
    assert run.err == ""
    assert run.status == document["exit_status"]
    assert document["environment"] is None
    text = lzma.open(path, "rt", errors="replace").read()
    for id_, row in features(document).items():
        assert row["live"]["value"] == "unknown", (id_, row)
        # An independent reading of single-symbol rows: the last plain assignment.
        symbol = {"ns.uts": "UTS_NS", "ns.pid": "PID_NS", "ns.ipc": "IPC_NS", "ns.net": "NET_NS",
                  "net.veth": "VETH", "cgroup.v1.devices": "CGROUP_DEVICE",
                  "ipc.mqueue": "POSIX_MQUEUE"}.get(id_)
        if symbol:
            said = re.findall(rf"^(?:CONFIG_{symbol}=(.*)|# CONFIG_{symbol} is not set)$", text, re.M)
            want = {"y": "builtin", "m": "module"}.get(said[-1] if said else "", "off")
            assert row["configured"]["value"] == want, (id_, row["configured"], said)


FULL = """#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 {version} Kernel Configuration
#
""" + "".join(f"CONFIG_FILLER_{n}=y\n# CONFIG_OTHER_{n} is not set\n" for n in range(300))

READY = """CONFIG_PROC_FS=y
CONFIG_SYSFS=y
CONFIG_TMPFS=y
CONFIG_NAMESPACES=y
CONFIG_UTS_NS=y
CONFIG_IPC_NS=y
CONFIG_PID_NS=y
CONFIG_NET_NS=y
CONFIG_USER_NS=y
CONFIG_CGROUPS=y
CONFIG_CGROUP_DEVICE=y
CONFIG_CGROUP_FREEZER=y
CONFIG_CGROUP_PIDS=y
CONFIG_CGROUP_SCHED=y
CONFIG_FAIR_GROUP_SCHED=y
CONFIG_MEMCG=y
CONFIG_SWAP=y
CONFIG_UNIX98_PTYS=y
CONFIG_POSIX_MQUEUE=y
CONFIG_SECCOMP=y
CONFIG_SECCOMP_FILTER=y
CONFIG_VETH=y
CONFIG_BRIDGE=y
CONFIG_BPF_SYSCALL=y
CONFIG_CGROUP_BPF=y
CONFIG_MULTIUSER=y
CONFIG_SYSVIPC=y
CONFIG_EPOLL=y
CONFIG_EVENTFD=y
CONFIG_SIGNALFD=y
CONFIG_TIMERFD=y
CONFIG_INOTIFY_USER=y
CONFIG_FHANDLE=y
CONFIG_UNIX=y
CONFIG_INET=y
# CONFIG_ANDROID_BINDER_IPC is not set
# CONFIG_ANDROID_BINDERFS is not set
"""


def config(tmp_path: Path, version: str, text: str = READY, name: str = "config") -> Path:
    path = tmp_path / name
    path.write_text(FULL.format(version=version) + text)
    return path


def test_file_that_is_ready_gives_0(tmp_path: Path) -> None:
    run = probe("--config", config(tmp_path, "6.6.1"), "--format", "json")
    assert [p["verdict"] for p in valid(run.document)["profiles"]] == ["ready", "ready"]
    assert run.status == 0


def test_must_missing_gives_1_and_says_what_to_set(tmp_path: Path) -> None:
    """FACTS 15 and 5: a checker that finds required things missing must not end with 0."""
    path = config(tmp_path, "6.6.1", READY.replace("CONFIG_PID_NS=y", "# CONFIG_PID_NS is not set"))
    run = probe("--config", path)
    assert run.status == 1
    assert "set CONFIG_PID_NS=y" in run.out
    assert "not-ready" in run.out


def test_should_missing_gives_2(tmp_path: Path) -> None:
    path = config(tmp_path, "6.6.1", READY.replace("CONFIG_VETH=y", "# CONFIG_VETH is not set"))
    run = probe("--config", path, "--format", "json")
    assert run.status == 2
    verdicts = {p["id"]: p["verdict"] for p in run.document["profiles"]}
    assert verdicts == {"application-container": "ready", "system-container": "degraded"}


def test_nothing_known_gives_3(tmp_path: Path) -> None:
    """No version, and a savedefconfig: what it does not mention is unknown."""
    path = tmp_path / "defconfig"
    path.write_text("CONFIG_SYSVIPC=y\nCONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_PID_NS=y\n")
    run = probe("--config", path, "--format", "json")
    assert run.document["subject"]["config_complete"] is False
    assert features(run.document)["ns.pid"]["usable"] == "yes"
    assert features(run.document)["ns.uts"]["usable"] == "unknown"
    assert run.status == 3


@pytest.mark.parametrize(("make", "words"), [
    (lambda p: None, "No such file"),
    (lambda p: p.write_bytes(b""), "empty"),
    (lambda p: p.write_bytes(gzip.compress(FULL.encode() * 50)[:-200]), "cut short"),
    (lambda p: p.write_bytes(b"\x7fELF" + bytes(4000)), ""),
    (lambda p: p.write_text("Dear reader,\nthis is a letter.\n"), ""),
], ids=["missing", "empty", "truncated", "binary", "letter"])
def test_unreadable_config_is_one_clear_error(tmp_path: Path, make: Any, words: str) -> None:
    """FACTS 13, 14: neither everything missing nor the running kernel instead."""
    path = tmp_path / "a path with blanks"
    make(path)
    run = probe("--config", path)
    assert run.status == 3
    assert run.out == ""
    assert run.err.count("\n") == 1
    assert str(path) in run.err
    assert words in run.err, run.err
