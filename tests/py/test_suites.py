# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test`: the verdict on each way to misbehave, selection, output, and what is left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))
LIMIT_S = 300
ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not ROOT, reason="making namespaces takes root")


@dataclass
class Result:
    id: str
    ok: bool
    directive: str
    reason: str
    log: list[str] = field(default_factory=list)


@dataclass
class Run:
    pid: int
    status: int
    out: str
    err: str
    results: dict[str, Result]


def run_tests(*args: str, status: int | None = None, program: Path | str = SEAWORTHY,
              **options) -> Run:
    """Run with KTAP output and read it strictly: no line that the format does not have."""
    with subprocess.Popen([program, "test", "--format", "ktap", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                          **options) as p:
        try:
            out, err = p.communicate(timeout=LIMIT_S)
        finally:
            p.kill()
    results: dict[str, Result] = {}
    log: list[str] = []
    for line in out.splitlines():
        if m := re.fullmatch(r"  (not )?ok (\d+) (\S+)(?: # (SKIP|ERROR|TIMEOUT) (.*))?", line):
            results[m[3]] = Result(m[3], not m[1], m[4] or "", m[5] or "", log)
            log = []
        elif m := re.fullmatch(r"  # ([a-z0-9_.]+): (.*)", line):
            log.append(m[2])
        else:
            assert re.fullmatch(r"KTAP version 1|1\.\.\d+|  KTAP version 1|  1\.\.\d+|"
                                r"  # Subtest: \S+|(?:not )?ok \d+ \S+|"
                                r"# \d+ passed, \d+ failed, \d+ skipped|# shuffled .*", line), line
    if status is not None:
        assert p.returncode == status, out + err
    return Run(p.pid, p.returncode, out, err, results)


RUN = re.compile(rb"(?:^|\0)SEAWORTHY_TEST_RUN=(\d+):")


def processes_of(pid: int) -> list[str]:
    """Processes of a run that are alive, the runner's own among them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            m = RUN.search(path.read_bytes())
        except OSError:
            continue
        if m and int(m[1]) == pid:
            found.append(path.parent.name)
    return found


def left_behind(pid: int) -> list[str]:
    """Processes of that run, and groups, files and mounts that belong to processes that are gone."""
    if running := processes_of(pid):
        return [f"process {p}" for p in running]
    found = []
    for top in ("/sys/fs/cgroup", "/sys/fs/cgroup/*", "/tmp"):
        for p in Path("/").glob(f"{top[1:]}/sw-test-*"):
            if not Path("/proc", p.name.split("-")[2]).exists():
                found.append(str(p))
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return found + [line for line in mounts.splitlines() if "sw-test-" in line]


@pytest.fixture(scope="module")
def selftest() -> Run:
    return run_tests("--group", "selftest", status=1)


# id, ok, directive, what the reason or the log must say
VERDICTS = [
    ("passes", True, "", ""),
    ("fails", False, "", r"Expected 1 \(1\) == 2 \(2\)"),
    ("fails_by_assertion", False, "", r"Expected 1 \(1\) == 2 \(2\)"),
    ("fails_in_child", False, "", r"child \d+ exited with [1-9]"),
    ("crashes", False, "ERROR", "killed by SIGSEGV"),
    ("aborts", False, "ERROR", "killed by SIGABRT"),
    ("hangs", False, "TIMEOUT", "after 1 s"),
    ("kills_its_runner", False, "ERROR", "the process that watched over the test was killed"),
    ("exits_early", False, "", r"left by exit\(0\) before its end"),
    ("child_returns_from_body", False, "", "Expected 0"),
    ("leaks_process", False, "", r"left behind: process \d+"),
    ("prints_raw_results", False, "", "ok 1 forged"),
    ("floods", True, "", r"\d+ bytes more of output were dropped"),
    ("has_a_terminal", True, "", "hello"),
    ("says_absent_what_works", False, "", "the probe says it works"),
    ("skips_by_itself", False, "", "skipped itself without naming a feature"),
    ("needs_what_mainline_never_had", True, "SKIP", "fs.aufs is absent: "),
    ("needs_unknown_feature", False, "", "no.such_feature, which has no row"),
]
ROOT_VERDICTS = [
    ("leaks_mount", False, "", r"left behind: mount /.*sw-test-"),
    ("leaks_network_device", False, "", r"left behind: network device sw-leak2?, a veth"),
    ("leaks_shared_memory", False, "", r"left behind: shared memory segment \d+"),
    ("leaks_sysv_queue", False, "", r"left behind: System V message queue \d+"),
    ("leaks_semaphores", False, "", r"left behind: semaphore set \d+"),
    ("leaks_posix_queue", False, "", r"left behind: message queue /sw-leak"),
]
V1_VERDICTS = [
    ("leaves_group_and_files", True, "", r"/sw-test-"),
    ("hangs_frozen", False, "TIMEOUT", "after 1 s"),
]


def check_verdict(run: Run, name: str, ok: bool, directive: str, says: str) -> None:
    r = run.results[f"selftest.runner.{name}"]
    assert (r.ok, r.directive) == (ok, directive), r
    assert re.search(says, "\n".join([r.reason, *r.log])), r


@needs_root
@pytest.mark.parametrize("verdict", VERDICTS + ROOT_VERDICTS, ids=lambda v: v[0])
def test_verdict(selftest: Run, verdict: tuple[str, bool, str, str]) -> None:
    check_verdict(selftest, *verdict)


@needs_root
@pytest.mark.parametrize("verdict", V1_VERDICTS, ids=lambda v: v[0])
def test_verdict_with_freezer_v1(selftest: Run, verdict: tuple[str, bool, str, str]) -> None:
    if selftest.results[f"selftest.runner.{verdict[0]}"].directive == "SKIP":
        pytest.skip("this host has no freezer of cgroup v1")
    check_verdict(selftest, *verdict)


@needs_root
def test_goes_on_after_expect_and_stops_at_assert(selftest: Run) -> None:
    assert "goes on after EXPECT" in selftest.results["selftest.runner.fails"].log
    assert not any("never printed" in line
                   for line in selftest.results["selftest.runner.fails_by_assertion"].log)


def test_what_a_test_prints_cannot_forge_results(selftest: Run) -> None:
    # run_tests() has already refused any line that is not the runner's own.
    assert not any("forged" in r for r in selftest.results)
    assert "\x1b" not in selftest.out


def test_every_selftest_is_judged_here(selftest: Run) -> None:
    known = {f"selftest.runner.{v[0]}" for v in VERDICTS + ROOT_VERDICTS + V1_VERDICTS}
    assert set(selftest.results) == known


@needs_root
def test_misbehaviour_leaves_nothing(selftest: Run) -> None:
    assert not left_behind(selftest.pid)


def listed(*args: str) -> list[list[str]]:
    p = subprocess.run([SEAWORTHY, "test", "--list", *args], capture_output=True, text=True,
                       timeout=LIMIT_S, check=True)
    return [line.split("\t") for line in p.stdout.splitlines()]


def test_list_gives_id_needs_and_promise() -> None:
    rows = listed("--group", "kernel")
    assert len(rows) >= 40
    assert all(len(row) == 4 and row[0] and row[2] for row in rows)
    areas = {row[0].rpartition(".")[0] for row in rows}
    assert {"ns.pid", "ns.mnt", "ns.uts", "ns.ipc", "ns.net", "ns.user", "devpts", "cgroup.pids",
            "cgroup.memory", "cgroup.freezer", "cgroup.v1.devices", "cgroup.v2.devices"} <= areas


def test_selftests_are_hidden_unless_asked_for() -> None:
    assert not [row for row in listed() if row[0].startswith("selftest.")]
    assert [row for row in listed("--group", "selftest")]


def test_selection_by_area_and_glob() -> None:
    assert {row[0].rpartition(".")[0] for row in listed("--area", "ns.uts")} == {"ns.uts"}
    assert {row[0].split(".")[0] for row in listed("--area", "ns")} == {"ns"}
    assert not [row for row in listed("--area", "ns") if not row[0].startswith("ns.")]
    assert [row[0] for row in listed("ns.uts.setns_*")] == ["ns.uts.setns_joins"]


@pytest.mark.parametrize("args, says", [
    (["no.such.test"], "no test matches"),
    (["--group", "none"], "no test matches"),
    (["--format", "xml"], "--format takes ktap, text or json"),
    (["--format", "json", "--repeat", "2"], "do not go together"),
    (["--feature", "no.such"], "no feature is called: no.such"),
    (["--profile", "no-such"], "no profile is called: no-such"),
    (["--jobs", "0"], "--jobs takes a number"),
    (["--must-work=some"], "--must-work takes nothing, or all"),
    (["--repeat", "0"], "--repeat takes a number"),
    (["--timeout-scale", "-1"], "--timeout-scale takes a number"),
    (["--timeout-scale", "x"], "--timeout-scale takes a number"),
    (["--shuffle=x"], "--shuffle takes a seed"),
    (["--nonsense"], "nonsense"),
])
def test_usage_errors(args: list[str], says: str) -> None:
    p = subprocess.run([SEAWORTHY, "test", *args], capture_output=True, text=True, timeout=LIMIT_S,
                       check=False)
    assert p.returncode == 64
    assert says in p.stderr
    assert not p.stdout


def orders(run: Run) -> list[int]:
    """Of each test, in the order told, how-manieth it was started."""
    return [int(m) for m in re.findall(r"^  # \S+: order (\d+)$", run.out, re.M)]


@needs_root
def test_repeat_and_shuffle_are_reproducible() -> None:
    args = ("--area", "ns.uts", "--repeat", "3", "--jobs", "1")
    first = run_tests(*args, "--shuffle=7", status=0)
    again = run_tests(*args, "--shuffle=7", status=0)
    plain = run_tests(*args, status=0)
    each = len(plain.results)
    assert orders(first) == orders(again)
    assert orders(first) != orders(run_tests(*args, "--shuffle=8", status=0))
    for i in range(3):
        assert sorted(orders(first)[i * each:(i + 1) * each]) == list(range(1, each + 1))
    assert orders(first)[:each] != orders(first)[each:2 * each]
    assert first.out.startswith("KTAP version 1\n1..3\n")
    assert "# shuffled with --shuffle=7\n" in first.out
    # Whatever the order, results are told in the order of the list.
    assert list(first.results) == list(plain.results)


def verdicts_of(run: Run) -> dict[str, tuple[bool, str, str]]:
    return {r.id: (r.ok, r.directive, r.reason) for r in run.results.values()}


@needs_root
@pytest.mark.parametrize("jobs, shuffle", [("1", "--shuffle=1"), ("2", "--shuffle=2"),
                                           ("4", "--shuffle=3")])
def test_neither_order_nor_company_matters(jobs: str, shuffle: str) -> None:
    args = ("--group", "kernel")
    plain = run_tests(*args, "--jobs", "1")
    other = run_tests(*args, "--jobs", jobs, shuffle)
    assert verdicts_of(other) == verdicts_of(plain)
    assert list(other.results) == list(plain.results)
    assert other.status == plain.status
    assert orders(other) != sorted(orders(other))


@needs_root
def test_proc_of_a_chroot_makes_no_difference(tmp_path: Path) -> None:
    """A second instance, in full view: the tests of what is too revealing must not be let off by it."""
    mounts = ('mkdir "$1/a b" "$1/sys" && mount -t proc proc "$1/a b" && mount -t sysfs sysfs "$1/sys" && '
              'shift && exec "$@"')
    p = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts, "sh", tmp_path,
                        SEAWORTHY, "test", "--summary", "--group", "kernel", "--area", "mount.proc"],
                       capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert re.search(r"^\d+ passed, 0 failed", p.stdout, re.M), p.stdout + p.stderr


@needs_root
def test_summary_is_for_people() -> None:
    p = subprocess.run([SEAWORTHY, "test", "--summary", "--group", "selftest"], capture_output=True,
                       text=True, timeout=LIMIT_S, check=False)
    assert p.returncode == 1
    lines = p.stdout.splitlines()
    assert re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", lines[-1])
    assert "CRASH   selftest.runner.crashes: killed by SIGSEGV" in lines
    assert not [line for line in lines if line.startswith("PASS")]


def drop_privilege() -> None:
    os.setgroups([])
    os.setresgid(65533, 65533, 65533)
    os.setresuid(65533, 65533, 65533)


@needs_root
def test_without_privilege_skips_with_evidence(open_executable: Path) -> None:
    run = run_tests("--area", "cgroup.pids", program=open_executable, cwd="/",
                    preexec_fn=drop_privilege)
    assert run.results
    assert all(r.directive == "SKIP" for r in run.results.values()), run.out
    assert all(re.match(r"\S+ is (denied|absent|in use on .*): \S", r.reason)
               for r in run.results.values()), run.out
    # Nothing ran; where something was denied that is "not determined", not "all well".
    denied = any(" is absent: " not in r.reason for r in run.results.values())
    assert run.status == (3 if denied else 0)
    must = run_tests("--area", "cgroup.pids", "--must-work", status=1, program=open_executable,
                     cwd="/", preexec_fn=drop_privilege)
    assert not any(r.ok for r in must.results.values())


@needs_root
def test_without_privilege_nothing_fails(open_executable: Path) -> None:
    """What root alone may do is no fault of the kernel."""
    run = run_tests("--group", "kernel", program=open_executable, cwd="/",
                    preexec_fn=drop_privilege)
    assert not [r for r in run.results.values() if not r.ok], run.out
    p = subprocess.run([SEAWORTHY, "test", "--list", "--group", "kernel", "--format", "json"],
                       capture_output=True, text=True, timeout=LIMIT_S, check=True)
    # A test that says it takes no privilege ran, or lacked one of the features that it names.
    said = {t["id"]: t for t in json.loads(p.stdout)["tests"] if t["unprivileged"]}
    ran = {r.id for r in run.results.values() if not r.directive}
    assert ran and ran <= set(said)
    for id_ in set(said) - ran:
        needs = {word for words in said[id_]["needs"] for word in words}
        assert run.results[id_].reason.split(" is ")[0] in needs, run.results[id_]


@needs_root
def test_interrupted_run_leaves_nothing() -> None:
    p = subprocess.Popen([SEAWORTHY, "test", "--format", "ktap", "--timeout-scale", "200",
                          "selftest.runner.hangs_frozen", "selftest.runner.hangs", "--group",
                          "selftest"], stdout=subprocess.PIPE, text=True)
    try:
        assert p.stdout is not None
        while "1..2" not in p.stdout.readline().strip().split("  ")[-1]:
            pass
        p.send_signal(signal.SIGTERM)
        assert p.wait(LIMIT_S) == -signal.SIGTERM
    finally:
        p.kill()
        p.wait()
    assert not left_behind(p.pid)


@needs_root
def test_reader_that_goes_away_leaves_nothing() -> None:
    with subprocess.Popen([SEAWORTHY, "test", "--format", "ktap", "--area", "ns"],
                          stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout is not None
        assert p.stdout.readline() == "KTAP version 1\n"
        p.stdout.close()
        # 3: what could not be written was not told. It may also have been quicker than we.
        assert p.wait(LIMIT_S) in (0, 3)
    assert not left_behind(p.pid)
