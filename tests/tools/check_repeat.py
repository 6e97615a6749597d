#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run all suites again and again, and compare the machine with what it was before.

Compared are mounts, control groups, processes, modules, sysctls, System V and POSIX ipc objects,
network devices and temporary files. What others do meanwhile shows, too. On a machine that is
shared, --shared looks only at groups and temporary files that have names like ours, and --attempts says
how often the runs may be repeated until they leave the machine as it was: what they leave, they leave
every time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_S = 900
# Counters, clocks and random numbers: they change by themselves.
VOLATILE = re.compile(r"fs/(dentry-state|inode-(nr|state)|file-nr|aio-nr|quota/.*|"
                      r"nr_open_files)$|kernel/(random/.*|ns_last_pid|pty/nr|.*_count)$|"
                      r"net/netfilter/nf_conntrack_count$|net/ipv4/route/.*|vm/stat_refresh$|"
                      r"kernel/(sem|msg|shm)_next_id$|kernel/perf_event_max_sample_rate$|"
                      r"net/ipv[46]/(conf|neigh)/(?!all/|default/|lo/)|"  # see network devices
                      r"kernel/cad_pid$|net/ipv4/tcp_mem$|net/ipv4/udp_mem$")
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lxc", "/run/lock", "/var/lib/lxc",
             "/run/netns", "/run/berth")
OURS = re.compile(r"/sw-|/berth|/lxc(/|$)|/netns/")
MARK = re.compile(rb"(?:^|\0)SEAWORTHY_TEST_RUN=(\d+):")


def read(path: Path | str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def mounts() -> Iterator[str]:
    for line in read("/proc/self/mountinfo").splitlines():
        fields = line.split()
        # Ids and peer groups are numbers of the kernel's own; what is mounted where is not.
        yield " ".join(fields[3:6] + [f for f in fields if f.startswith("shared:")][:1]
                       + fields[fields.index("-") + 1:])


def cgroups(shared: bool) -> Iterator[str]:
    for line in read("/proc/self/mountinfo").splitlines():
        if " - cgroup" in line:
            top = line.split()[4]
            for directory, _, _ in os.walk(top):
                owner = re.search(r"/sw-test-(\d+)-", directory)
                if (OURS.search(directory) or not shared) and \
                        not (owner and Path("/proc", owner[1]).exists()):
                    yield directory
            control = Path(top, "cgroup.subtree_control")
            if control.exists():
                yield f"{control}: {read(control).strip()}"
            flag = Path(top, "cgroup.clone_children")
            if flag.exists():
                yield f"{flag}: {read(flag).strip()}"
    if shared:
        return
    # Which hierarchy each controller is in.
    for line in read("/proc/cgroups").splitlines()[1:]:
        fields = line.split()
        place = "version 2, or none" if fields[1] == "0" else "version 1"
        yield f"controller {fields[0]} in a hierarchy of {place}, enabled {fields[3]}"


def processes() -> Iterator[str]:
    """Those of test runs whose runner is gone: a machine has many others that come and go."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            mark = MARK.search(path.read_bytes())
            if mark and not Path("/proc", mark[1].decode()).exists():
                yield f"{path.parent.name} {read(path.parent / 'comm').strip()}"
        except OSError:
            continue


def modules() -> Iterator[str]:
    for line in read("/proc/modules").splitlines():
        yield line.split()[0]


def sysctls() -> Iterator[str]:
    top = Path("/proc/sys")
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if VOLATILE.search(name) or not path.is_file():
            continue
        yield f"{name} = {read(path).strip()}"


def ipc_objects() -> Iterator[str]:
    for kind in ("shm", "msg", "sem"):
        for line in read(f"/proc/sysvipc/{kind}").splitlines()[1:]:
            yield f"{kind} key {line.split()[0]} id {line.split()[1]}"
    if Path("/dev/mqueue").is_mount():
        for path in Path("/dev/mqueue").iterdir():
            yield f"queue {path.name}"


def network_devices() -> Iterator[str]:
    for line in read("/proc/net/dev").splitlines()[2:]:
        yield line.split(":")[0].strip()


def temporary_files(shared: bool) -> Iterator[str]:
    for top in TEMPORARY:
        try:
            found = [entry.path for entry in os.scandir(top)]
        except OSError:
            continue
        for path in found:
            owner = re.match(r"sw-test-(\d+)-", os.path.basename(path))
            if (OURS.search(path) or not shared) and not (owner and Path("/proc", owner[1]).exists()):
                yield path


KINDS = {"mounts": mounts, "processes": processes, "modules": modules,
         "sysctls": sysctls, "ipc objects": ipc_objects, "network devices": network_devices}
Snapshot = dict[str, dict[str, int]]


def snapshot(shared: bool) -> Snapshot:
    result: Snapshot = {}
    for kind, items in [*((k, f()) for k, f in KINDS.items()),
                        ("control groups", cgroups(shared)),
                        ("temporary files", temporary_files(shared))]:
        found: dict[str, int] = {}
        for item in items:
            found[item] = found.get(item, 0) + 1
        result[kind] = found
    return result


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    lines = []
    for kind in before:
        old, new = before[kind], after[kind]
        for item in sorted(old.keys() | new.keys()):
            change = new.get(item, 0) - old.get(item, 0)
            if change:
                lines.append(f"{kind}: {'more' if change > 0 else 'gone'}: {item}")
    return lines


def settled(before: Snapshot, shared: bool, wait_s: float = 10) -> list[str]:
    """What differs for good: the kernel takes namespaces and groups down in the background."""
    deadline = time.monotonic() + wait_s
    while (found := differences(before, snapshot(shared))) and time.monotonic() < deadline:
        time.sleep(0.2)  # nothing tells of all of these; it ends as soon as nothing differs
    return found


@dataclass
class Result:
    statuses: list[int]
    left: list[str]  # of the attempt that left least
    attempts: int
    failed: list[str] = field(default_factory=list)


def failures(seed: int, ktap: str) -> list[str]:
    """Each test that failed, the order in which it did, and what it said."""
    lines = ktap.splitlines()
    ids = [m[1] for line in lines if (m := re.match(r"  not ok \d+ (\S+)", line))]
    return [f"shuffle={seed}: {line.strip()}" for id_ in ids for line in lines
            if re.match(rf"  (not ok \d+ {re.escape(id_)}\b|# {re.escape(id_)}: (?!needs|promise))", line)]


def check(executable: Path, times: int, attempts: int, shared: bool, *selection: str) -> Result:
    result = Result([], [], 0)
    for _ in range(attempts):
        with tempfile.TemporaryDirectory(prefix="seaworthy-") as directory:
            Path(directory).chmod(0o755)  # some tests become an ordinary user
            before = snapshot(shared)
            for number in range(times):
                p = subprocess.run([executable, "test", "--format", "ktap",
                                    f"--shuffle={number + 1}", *selection],
                                   stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                                   env={**os.environ, "TMPDIR": directory}, check=False)
                result.statuses.append(p.returncode)
                result.failed += failures(number + 1, p.stdout.decode(errors="replace"))
            left = settled(before, shared) + [f"temporary files: more: {p}"
                                              for p in Path(directory).iterdir()]
        if not result.attempts or len(left) < len(result.left):
            result.left = left
        result.attempts += 1
        if not left:
            break
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("executable", type=Path)
    parser.add_argument("--times", type=int, default=20, help="how often (20)")
    parser.add_argument("--attempts", type=int, default=1, help="see above (1)")
    parser.add_argument("--shared", action="store_true", help="see above")
    parser.add_argument("selection", nargs="*", help="what `seaworthy test` is to run (everything)")
    args = parser.parse_args()
    begin = time.monotonic()
    result = check(args.executable.resolve(), args.times, args.attempts, args.shared,
                   *args.selection)
    failed = [s for s in result.statuses if s]
    for line in result.failed + result.left:
        print(f"! {line}")
    print(f"{len(result.statuses)} runs in {time.monotonic() - begin:.0f} s, "
          f"{len(failed)} of them with a failure; "
          + (f"{len(result.left)} things differ" if result.left else "nothing differs"))
    return 1 if result.left or failed else 0


if __name__ == "__main__":
    sys.exit(main())
