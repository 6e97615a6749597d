# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own selftests: the catalogue, what is read from their output, one in a guest."""

from __future__ import annotations

import fnmatch
import io
import json
import os
import re
import subprocess
import threading
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from conftest import TEST_KERNEL
from seaworthy import (
    kernels,
    kselftest_results,
    kselftests,
    machines,
    outcome,
    plan,
    report,
    results,
)
from seaworthy.errors import HarnessError
from seaworthy.report import junit

DATA = Path(__file__).parents[1] / "data/kselftest"


def program(name: str) -> kselftests.Program:
    return next(p for p in kselftests.CATALOGUE if p.name == name)


def step(name: str, out: bytes, err: bytes = b"", **end: Any) -> outcome.StepOutput:
    made = outcome.StepOutput(program(name).step, bytearray(out), bytearray(err))
    made.end = {"step": made.name, "exit": 0, "signal": None, "timeout": False, "wall_ms": 7, **end}
    return made


def read(name: str, out: bytes, err: bytes = b"", **end: Any) -> dict[str, results.Test]:
    tests = kselftest_results.program_tests(program(name), step(name, out, err, **end))
    assert len({t.id for t in tests}) == len(tests)
    return {t.id: t for t in tests}


# ---- the catalogue


def test_rows_are_their_own_and_name_what_they_link() -> None:
    ids = [p.id for p in kselftests.CATALOGUE]
    assert len(set(ids)) == len(ids) > 50
    for p in kselftests.CATALOGUE:
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", p.step), p.step
        assert set(p.libs) <= kselftests._PACKAGES.keys()
        # No sign of life for 120 s ends a guest (guests.Limits), and a program may print nothing.
        assert 0 < p.timeout_s < 120
        assert p.helper or p.needs


def test_a_selection_brings_the_programs_that_it_runs() -> None:
    assert {p.name for p in kselftests.selected("capabilities/test_execve")} == {
        "test_execve", "validate_cap"}
    assert {p.directory for p in kselftests.selected("clone3")} == {"clone3"}
    assert kselftests.selected("*") == kselftests.CATALOGUE
    with pytest.raises(HarnessError, match="matches none; directories: capabilities, "):
        kselftests.selected("no/such")


def test_they_run_last_in_their_directory_and_without_what_did_not_build() -> None:
    rows = kselftests.selected("capabilities") + kselftests.selected("filesystems/devpts_pts")
    built = kselftests.Built(rows, {p.id: b"x" for p in rows}, {})
    steps = plan.steps(2.0, selftests=built)
    assert [s.name for s in steps][-2:] == ["kselftest.capabilities.test_execve",
                                           "kselftest.filesystems.devpts_pts"]
    assert steps[-2].argv[-1] == "cd /kselftest/capabilities && exec ./test_execve"
    assert steps[-1].argv[-1].endswith("./devpts_pts </dev/console")
    assert steps[-1].timeout_s == 120
    assert set(built.archive()) == {f"kselftest/{p.id}" for p in rows}
    assert kselftests.Built(rows, {}, {rows[0].id: "no"}).steps(1.0) == ()


# ---- the reader


def test_what_the_harness_prints() -> None:
    tests = read("close_range_test", (DATA / "close_range_test.txt").read_bytes())
    assert tests["close_range_test"].result == "PASS" and not tests["close_range_test"].message
    assert tests["close_range_test"].duration_ms == 7
    assert {t.group for t in tests.values()} == {"kselftest/core"}
    assert tests["close_range_test: global.close_range_unshare"].result == "PASS"
    assert len(tests) == 9


def test_a_test_that_counts_and_names_no_results_lost_none() -> None:
    tests = read("kcmp_test", (DATA / "kcmp_test.txt").read_bytes())
    assert list(tests) == ["kcmp_test"] and tests["kcmp_test"].result == "PASS"


def test_results_without_their_version_line_are_results() -> None:
    tests = read("pidfd_open_test", (DATA / "pidfd_open_test.txt").read_bytes())
    assert tests["pidfd_open_test"].result == "PASS" and len(tests) == 4
    assert tests["pidfd_open_test"].message == "form: no KTAP version line"


def test_children_that_print_plans_of_their_own_lose_nothing() -> None:
    tests = read("timerfd", (DATA / "timerfd.txt").read_bytes())
    assert tests["timerfd"].result == "PASS" and "a second plan" in tests["timerfd"].message
    assert [t.result for t in tests.values()] == ["PASS", "PASS", "PASS", "SKIP"]


def test_a_skipped_test_keeps_its_name_and_a_failed_one_its_reason() -> None:
    out = (b"TAP version 13\n1..2\n# Starting 2 tests from 1 test cases.\n"
           b"#  RUN           a.x ...\n#      SKIP      no such thing\nok 1 # SKIP no such thing\n"
           b"#  RUN           a.y ...\n#          FAIL  a.y\nnot ok 2 a.y\n")
    err = b"# t.c:10:y:Child has PID 5\n# t.c:12:y:Expected 1 (1) == f() (-1)\n"
    tests = read("pidfd_wait", out, err, exit=1)
    assert tests["pidfd_wait: a.x"].result == "SKIP"
    assert tests["pidfd_wait: a.x"].message == "no such thing"
    assert tests["pidfd_wait: a.y"].message == "t.c:12: Expected 1 (1) == f() (-1)"
    assert tests["pidfd_wait"].result == "FAIL"


def test_names_are_the_same_in_every_run() -> None:
    tests = read("clone3", b"TAP version 13\n1..2\nok 1 [41] Result (0)\nok 2 [7] Result (0)\n")
    assert list(tests) == ["clone3", "clone3: Result (0)", "clone3: Result (0) (2)"]


@pytest.mark.parametrize("out,end,result,words", [
    (b"", {}, "PASS", ""),
    (b"", {"exit": 4}, "SKIP", "exit status 4"),
    (b"cannot\n", {"exit": 1}, "FAIL", "exit status 1: cannot"),
    (b"", {"exit": 127}, "FAIL", "could not be run"),
    (b"", {"exit": None, "signal": 11}, "CRASH", "SIGSEGV"),
    (b"", {"exit": None, "signal": 9, "timeout": True}, "TIMEOUT", "in its time"),
    (b"TAP version 13\n1..0 # SKIP none here\n", {}, "SKIP", "none here"),
    (b"TAP version 13\n1..3\nok 1 a\n", {}, "FAIL", "planned 3, saw 1"),
    (b"TAP version 13\n1..1\nnot ok 1 a\n", {}, "FAIL", "1 of its tests failed"),
    (b"ok 1 a\nok 2 b", {}, "PASS", "form: no KTAP version line, no plan"),
    (b"TAP version 13\n1..1\nok 1 a\n", {"exit": None, "signal": 6}, "CRASH", "SIGABRT"),
])
def test_how_a_program_ends(out: bytes, end: dict[str, Any], result: str, words: str) -> None:
    own = read("owner", out, **end)["owner"]
    assert own.result == result and words in own.message, own


def test_a_machine_that_ended_early_and_a_program_that_did_not_build_are_told() -> None:
    rows = kselftests.selected("nsfs") + kselftests.selected("kcmp")
    built = kselftests.Built(rows, {rows[0].id: b"x", rows[1].id: b"x"}, {"kcmp/kcmp_test": "no"})
    seen = outcome.Outcome()
    seen.step(rows[0].step)
    tests = kselftest_results.tests(built, seen)
    assert [t.result for t in tests] == ["NOT-RUN"] * 3
    assert "before it did" in tests[0].message and tests[2].message == "did not build: no"


@pytest.mark.parametrize("usable,result", [("no", "SKIP"), ("yes", "FAIL"), ("unknown", "FAIL")])
def test_a_kernel_without_landlock_fails_none_of_its_tests(usable: str, result: str) -> None:
    built = kselftests.Built((program("ptrace_test"),), {"landlock/ptrace_test": b"x"}, {})
    seen = outcome.Outcome()
    made = step("ptrace_test", b"TAP version 13\n1..1\nnot ok 1 a\n", exit=1)
    seen.steps[made.name] = made
    probe = {"features": [{"id": "security.landlock", "usable": usable}]}
    tests = kselftest_results.tests(built, seen, probe)
    assert tests[0].result == result and (len(tests) == 1) == (usable == "no")


# ---- verdicts and reports


def a_run(built: kselftests.Built, required: bool) -> results.Run:
    run = results.Run("k", results.KernelInfo("6.1", "x86_64", "i", None),
                      results.MachineInfo("qemu", "tcg", []), "v2", results.PASS, "")
    seen = outcome.Outcome()
    made = step("owner", b"", exit=1)
    seen.steps[made.name] = made
    kselftest_results.add(run, built, seen, required)
    return run


@pytest.mark.parametrize("required", [False, True])
def test_a_failure_weighs_only_where_it_was_asked_to(required: bool) -> None:
    built = kselftests.Built(kselftests.selected("nsfs/owner"), {"nsfs/owner": b"x"}, {})
    run = a_run(built, required)
    other = results.Run("l", run.kernel, run.machine, "v2", results.PASS, "")
    results.fill_not_run([run, other])
    assert other.verdict == results.PASS and not other.tests
    assert run.verdict == (results.FAIL if required else results.PASS)
    assert ("nsfs/owner" in run.detail) == required
    document = results.Matrix("2026-01-01T00:00:00Z", {}, "0", runs=[run, other], exit_status=0,
                              kselftest={"source": "s", "required": required, "not_built": []})
    text = io.StringIO()
    report.print_matrix(document.document(), text)
    assert "0 passed, 0 failed, 0 skipped\n" in text.getvalue()
    assert ("(shown, not counted)" in text.getvalue()) != required
    assert "What failed of the kernel's own selftests" in text.getvalue()
    suites = ET.fromstring(junit.render_junit(document.document()).partition("\n")[2])
    case = next(c for c in suites.iter("testcase") if c.get("name") == "owner")
    assert (case.find("failure") is not None) == required
    assert (case.find("skipped") is not None) != required


# ---- one of them, for real


def test_one_is_built_and_run_in_a_guest(executable: Path, cache: kernels.Cache,
                                         kernel: kernels.Kernel, accel: machines.Accel,
                                         tmp_path: Path) -> None:
    done = subprocess.run(
        [executable, "matrix", "--only", TEST_KERNEL, "--no-host", "--suite-glob", "ns.uts.*",
         "--kselftest", "nsfs/*", "--output", tmp_path],
        env={**os.environ, "SEAWORTHY_CACHE": str(cache.root), "SEAWORTHY_ACCEL": accel.name},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False)
    document = json.loads((tmp_path / "matrix.json").read_text())
    (run,) = document["runs"]
    theirs = {t["id"]: t["result"] for t in run["tests"] if t["group"] == "kselftest/nsfs"}
    assert theirs == {"owner": "PASS", "pidns": "PASS"}, done.stderr
    assert run["verdict"] == "PASS" and document["kselftest"]["not_built"] == []


@pytest.mark.parametrize("there, said", [
    ((), "gcc libc6-dev libcap-dev libcap-ng-dev make tar xz-utils"),
    (("tar", "make", "xz"), "gcc libc6-dev libcap-dev libcap-ng-dev"),
    (("gcc", "make", "xz"), "libcap-dev libcap-ng-dev tar"),
])
def test_all_that_building_lacks_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 there: tuple[str, ...], said: str) -> None:
    for tool in there:
        path = tmp_path / tool
        # A gcc that has no library but the first; what is not there it prints as it was asked.
        path.write_text('#!/bin/sh\ncase $1 in *=libc.a) echo /usr/lib/libc.a;; *) echo "${1#*=}";; esac\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError, match=f"apt-get install {said}$"):
        kselftests.build(root=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_the_selftests_are_built_with_is_installed_for_the_matrix(repo: Path) -> None:
    script = (repo / "tests/tools/install-deps").read_text()
    words = " ".join(re.findall(r'^(?:build|kernel|matrix)="([^"]*)"', script, re.MULTILINE)).split()
    packages = {*kselftests._TOOLS.values(), *kselftests._PACKAGES.values()}
    assert packages - set(words) == set()


def test_a_program_that_does_not_compile_is_said_to(tmp_path: Path) -> None:
    folder = tmp_path / "tools/testing/selftests/nsfs"
    folder.mkdir(parents=True)
    (folder / "owner.c").write_text("int main(void) { return nothing; }\n")
    why = kselftests.compile_one(tmp_path, program("owner"), tmp_path / "o", threading.Event())
    assert "nothing" in why and not (tmp_path / "o").exists()


# ---- docs/coverage.md


def test_the_table_of_coverage_has_every_area_and_no_other(executable: Path, repo: Path) -> None:
    listed = subprocess.run([executable, "test", "--list"], capture_output=True, text=True,
                            timeout=60, check=True).stdout.splitlines()
    areas = {line.split("\t")[-1] for line in listed}
    rows = [ln for ln in (repo / "docs/coverage.md").read_text().splitlines() if ln.startswith("| `")]
    patterns = [p for row in rows for p in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(areas) > 30
    assert [a for a in sorted(areas) if not any(fnmatch.fnmatchcase(a, p) for p in patterns)] == []
    assert [p for p in patterns if not fnmatch.filter(areas, p)] == []
    # What is in bold is what --kselftest runs.
    bold = {b for row in rows for b in re.findall(r"\*\*([^*]+)\*\*", row.split("|")[2])}
    assert bold == {p.directory.partition("/")[0] for p in kselftests.CATALOGUE}
