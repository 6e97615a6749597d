# SPDX-License-Identifier: GPL-2.0-only
"""`seaworthy test`: selection, machine-readable results, and a runner that is killed outright."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_probe_output import kunit_parser  # noqa: F401 (a fixture)
from test_suites import (LIMIT_S, SEAWORTHY, TOP, drop_privilege, left_behind, needs_root,
                         processes_of, run_tests)

from seaworthy import ktap


def document(*args: str, status: int = 0) -> Any:
    p = subprocess.run([SEAWORTHY, "test", "--format", "json", *args], capture_output=True,
                       text=True, timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL)
    assert p.returncode == status, p.stdout + p.stderr
    return json.loads(p.stdout)


def ids(*args: str) -> set[str]:
    return {t["id"] for t in document("--list", *args)["tests"]}


# ---- the list and selection


def test_the_list_as_json_says_what_the_text_says() -> None:
    tests = document("--list")["tests"]
    p = subprocess.run([SEAWORTHY, "test", "--list", "--format", "ktap"], capture_output=True,
                       text=True, timeout=LIMIT_S, check=True)
    rows = [line.split("\t") for line in p.stdout.splitlines()]
    assert [[t["id"], " ".join("|".join(n) for n in t["needs"]), t["promise"], t["area"]]
            for t in tests] == [[r[0], " ".join(r[1].split()), r[2], r[3]] for r in rows]
    for t in tests:
        assert t["id"] == f"{t['area']}.{t['name']}"
        assert t["timeout_s"] > 0 and t["promise"]
        assert isinstance(t["alone"], bool) and isinstance(t["unprivileged"], bool)


def test_a_feature_selects_the_tests_that_need_it() -> None:
    every = document("--list")["tests"]
    for feature in ("ns.pid", "cgroup.v1.pids", "mount.devpts_newinstance"):
        wanted = {t["id"] for t in every if any(feature in n for n in t["needs"])}
        assert wanted and ids("--feature", feature) == wanted


def test_a_profile_selects_the_tests_of_its_items() -> None:
    every = document("--list")["tests"]
    p = subprocess.run([SEAWORTHY, "probe", "--profile", "lxc", "--format", "json"],
                       capture_output=True, text=True, timeout=LIMIT_S, check=False)
    profile = next(p for p in json.loads(p.stdout)["profiles"] if p["id"] == "lxc")
    missing = {f for m in profile["missing"] for f in m["features"]}
    chosen = ids("--profile", "lxc")
    assert chosen and chosen < {t["id"] for t in every}
    for t in every:
        if len(t["needs"]) == 1 and set(t["needs"][0]) & missing:
            assert t["id"] in chosen, "what the profile misses is among its items"
    assert all(t["needs"] for t in every if t["id"] in chosen)
    assert {"ns.uts.names_are_private", "devpts.carries_bytes_both_ways"} <= chosen
    assert ids("--profile", "lxc", "--area", "devpts") == {i for i in chosen if
                                                           i.startswith("devpts.")}


# ---- results


@pytest.fixture(scope="module")
def selftest() -> Any:
    return document("--group", "selftest", status=1)


@needs_root
def test_results_as_json(selftest: Any) -> None:
    tests = {t["name"]: t for t in selftest["tests"]}
    assert selftest["release"] == os.uname().release
    assert tests["passes"]["result"] == "PASS" and tests["passes"]["message"] is None
    assert tests["crashes"]["result"] == "CRASH"
    assert tests["crashes"]["message"] == "killed by SIGSEGV"
    assert tests["hangs"]["result"] == "TIMEOUT" and tests["hangs"]["time_ms"] >= 1000
    assert "goes on after EXPECT" in tests["fails"]["log"]
    assert sorted(t["order"] for t in selftest["tests"]) == list(range(1, len(tests) + 1))
    results = [t["result"] for t in selftest["tests"]]
    assert selftest["totals"] == {
        "passed": results.count("PASS"), "skipped": results.count("SKIP"),
        "failed": len(results) - results.count("PASS") - results.count("SKIP")}


@needs_root
def test_json_and_ktap_agree(selftest: Any) -> None:
    run = run_tests("--group", "selftest", status=1)
    words = {"": {True: "PASS", False: "FAIL"}, "SKIP": {True: "SKIP"}, "ERROR": {False: "CRASH"},
             "TIMEOUT": {False: "TIMEOUT"}}
    assert {r.id: words[r.directive][r.ok] for r in run.results.values()} == \
        {t["id"]: t["result"] for t in selftest["tests"]}
    for r in run.results.values():
        assert any(re.fullmatch(r"time_ms \d+", line) for line in r.log)


@needs_root
@pytest.mark.parametrize("args", [("--group", "selftest"), ("--group", "kernel", "--shuffle=5")])
def test_ktap_is_read_by_the_kernels_own_parser(kunit_parser: Any,  # noqa: F811
                                                args: tuple[str, ...]) -> None:
    text = run_tests(*args).out
    result = kunit_parser.parse_run_tests(text.splitlines())
    counts = result.counts if hasattr(result, "counts") else result.test.counts
    root = ktap.read(text.encode())
    leaves = list(root.leaves())
    assert root.all_damage() == []
    # It counts what is wrong with the format, and no error of ours may be that.
    assert counts.errors == 0
    assert counts.skipped == sum(n.directive == "SKIP" for n in leaves)
    assert counts.passed == sum(bool(n.ok) and n.directive != "SKIP" for n in leaves)
    assert counts.failed + counts.crashed == sum(not n.ok for n in leaves)


# ---- skips that must not be


@needs_root
def test_must_work_spares_what_is_proven_absent(tmp_path: Path) -> None:
    shim = tmp_path / "shim"
    subprocess.run(["cc", "-O1", "-o", shim, TOP / "tests" / "tools" / "syscall-shim.c"],
                   check=True, timeout=LIMIT_S)
    # A filter that refuses UTS namespaces: denied, and the kernel may well have them.
    denied = [shim, "clone=1,4000000", "unshare=1,4000000", "clone3=38", "--", SEAWORTHY, "test",
              "ns.uts.names_are_private"]
    absent = [SEAWORTHY, "test", "--group", "selftest", "*.needs_what_mainline_never_had"]
    for command, fails in ((denied, True), (absent, False)):
        for option, failed in (([], False), (["--must-work"], fails), (["--must-work=all"], True)):
            p = subprocess.run([*command, "--format", "json", *option], capture_output=True,
                               text=True, timeout=LIMIT_S, check=False)
            result = json.loads(p.stdout)["tests"][0]
            assert result["result"] == ("FAIL" if failed else "SKIP"), (option, result)
            assert (p.returncode == 1) == failed
            assert re.match(r"\S+ is (denied|absent): ", result["message"])


# ---- a runner that is killed


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def start_hanging(test: str = "hangs*", count: int = 4) -> subprocess.Popen[str]:
    p = subprocess.Popen([SEAWORTHY, "test", "--format", "ktap", "--timeout-scale", "500",
                          "--group", "selftest", "--jobs", "2", f"selftest.runner.{test}"],
                         stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    # The runner, and a worker, a test and its child for each test.
    wait_for(lambda: len(processes_of(p.pid)) >= count)
    return p


@pytest.fixture(scope="module")
def hanging(selftest: Any) -> int:
    """How many processes there are when all hang that can: one with a freezer of version 1."""
    frozen = next(t for t in selftest["tests"] if t["name"] == "hangs_frozen")
    return 4 if frozen["result"] == "SKIP" else 7


@needs_root
def test_killed_runner_leaves_nothing(hanging: int) -> None:
    """Its workers notice, and clean up."""
    p = start_hanging(count=hanging)
    p.kill()
    p.wait(LIMIT_S)
    wait_for(lambda: not processes_of(p.pid))
    assert p.stdout
    p.stdout.close()
    assert not left_behind(p.pid)


@needs_root
def test_next_run_cleans_up_after_a_runner_killed_with_its_workers(hanging: int) -> None:
    p = start_hanging(count=hanging)
    children = [int(c) for c in Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split()]
    for pid in [p.pid, *children]:
        os.kill(pid, signal.SIGSTOP)  # so that none notices that another is gone
    for pid in [*children, p.pid]:
        os.kill(pid, signal.SIGKILL)
    p.wait(LIMIT_S)
    assert p.stdout
    p.stdout.close()
    wait_for(lambda: not any(Path(f"/proc/{c}").exists() for c in children))
    assert left_behind(p.pid), "there is something to be cleaned up"
    run_tests("ns.uts.names_are_private", status=0)
    assert not left_behind(p.pid)


@needs_root
def test_next_run_spares_a_run_that_is_alive() -> None:
    p = start_hanging("hangs")  # which needs nothing, so that no probe comes and goes
    try:
        before = set(processes_of(p.pid))
        run_tests("ns.uts.names_are_private", status=0)
        assert before <= set(processes_of(p.pid))
    finally:
        p.terminate()
        p.wait(LIMIT_S)
        if p.stdout:
            p.stdout.close()
    assert not left_behind(p.pid)


# ---- the whole, again and again


def load_check_repeat() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_repeat",
                                                  TOP / "tests" / "tools" / "check_repeat.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_repeat"] = module
    spec.loader.exec_module(module)
    return module


@needs_root
def test_running_everything_leaves_the_machine_as_it_was() -> None:
    """`make check-repeat` does it 20 times. Others may work here meanwhile: several attempts."""
    result = load_check_repeat().check(SEAWORTHY, 2, 4, True)
    assert not result.left
    assert not any(result.statuses)


def test_differences_are_seen() -> None:
    cr = load_check_repeat()
    before = {"mounts": {"a": 1, "b": 2}, "modules": {}}
    after = {"mounts": {"a": 2, "b": 1}, "modules": {"m": 1}}
    assert cr.differences(before, after) == ["mounts: more: a", "mounts: gone: b",
                                             "modules: more: m"]
    assert cr.differences(before, before) == []


@needs_root
def test_the_machine_is_looked_at_closely() -> None:
    """Each kind of thing that a run could leave is there to be compared."""
    found = load_check_repeat().snapshot(False)
    for kind in ("mounts", "control groups", "sysctls", "network devices", "temporary files"):
        assert found[kind], kind


def test_without_privilege_the_runner_still_isolates(open_executable: Path) -> None:
    run = run_tests("--area", "ns.user", "--jobs", "4", program=open_executable, cwd="/",
                    **({"preexec_fn": drop_privilege} if os.geteuid() == 0 else {}))
    assert run.results
    assert not [r for r in run.results.values() if not r.ok], run.out
