# SPDX-License-Identifier: GPL-2.0-only
"""Proof that the suites can fail: a subset of tests/mutants/, and the checker's own judgement.

`make check-mutants` runs all of them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).resolve().parents[2]
SEAWORTHY = Path(os.environ.get("SEAWORTHY_EXECUTABLE", TOP / "out" / "seaworthy"))

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="making namespaces takes root")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_mutants",
                                                  TOP / "tests" / "tools" / "check_mutants.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_mutants"] = module
    spec.loader.exec_module(module)
    return module


cm = load()
ROWS = cm.read_tables()
# Few tests each: the whole table takes minutes.
QUICK = {"sethostname does nothing": "ns.uts*", "no UTS namespaces": "ns.uts*",
         "limits of pids are not set": "cgroup.pids*", "no message queues": "ns.ipc*"}


def listed() -> dict[str, set[str]]:
    """Of each test the features that it cannot do without."""
    p = subprocess.run([SEAWORTHY, "test", "--list", "--group", "kernel", "--format", "json"],
                       capture_output=True, text=True, timeout=60, check=True)
    return {t["id"]: {need[0] for need in t["needs"] if len(need) == 1}
            for t in json.loads(p.stdout)["tests"]}


def test_rows_name_tests_that_there_are() -> None:
    ids = listed()
    for row in ROWS:
        for glob in row.tests:
            assert glob.startswith("needs:") or \
                any(cm.fnmatchcase(i, glob.removeprefix("?")) for i in ids), \
                f"{row.where}: no test is {glob}"


def test_every_area_has_a_row() -> None:
    tests = listed()
    have = {cm.area_of(i) for row in ROWS for i, needs in tests.items() if row.wants(i, needs)}
    assert {cm.area_of(i) for i in tests} - have == set()


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory):
    return cm.Checker(SEAWORTHY, cm.build_shim(tmp_path_factory.mktemp("shim")))


@needs_root
@pytest.mark.parametrize("name", QUICK)
def test_exactly_the_tests_concerned_notice(checker, name: str) -> None:
    row = next(r for r in ROWS if r.name == name)
    report = checker.check(row, (QUICK[name],))
    # The selection lacks what other areas' globs name.
    errors = [e for e in report.errors if "no test is called" not in e and "no test needs:" not in e]
    assert not errors, errors + report.details
    assert report.expected, "no test that passes here is about this"


@needs_root
def test_a_program_below_tmp_stays_in_its_place(checker) -> None:
    """The shim hides /tmp: a checkout there is as good as any other."""
    with tempfile.TemporaryDirectory(prefix="seaworthy-", dir="/tmp") as directory:
        program = Path(directory, "deeper", "seaworthy")
        program.parent.mkdir()
        shutil.copy(SEAWORTHY, program)
        found = cm.verdicts(checker.shim, [], program, ("ns.uts*", "process.files*"))
        assert {v.result for v in found.values()} == {"PASS"}, found
        # A program of another name, started by its path: what it sees of /tmp is itself alone.
        other = Path(shutil.copy("/bin/busybox", Path(directory, "ls")))
        p = subprocess.run([checker.shim, "apart", "--", other, "/tmp", directory],
                           capture_output=True, text=True, timeout=60, check=True)
        assert p.stdout.split() == ["/tmp:", Path(directory).name, f"{directory}:", "ls"]


def mutant(tests: str, how: str = ""):
    return cm.Mutant("m", "a", ("x=0",), tuple(tests.split()), how, "t.tsv:1")


def results(**verdicts: str):
    return {name.replace("_", "."): cm.Verdict(v, "") for name, v in verdicts.items()}


SOUND = results(a_one="PASS", a_two="PASS", b_one="SKIP")


@pytest.mark.parametrize("row, seen, errors", [
    (mutant("a.one"), results(a_one="FAIL", a_two="PASS", b_one="SKIP"), []),
    (mutant("a.*"), results(a_one="FAIL", a_two="SKIP", b_one="SKIP"), []),
    (mutant("a.one ?a.t*"), results(a_one="FAIL", a_two="FAIL", b_one="SKIP"), []),
    (mutant("a.one ?a.t*"), results(a_one="FAIL", a_two="PASS", b_one="SKIP"), []),
    (mutant("a.one ?c.*"), results(a_one="FAIL", a_two="PASS", b_one="SKIP"),
     ["t.tsv:1: no test is called ?c.*"]),
    (mutant("a.one b.one"), results(a_one="FAIL", a_two="PASS", b_one="PASS"), []),
    (mutant("a.one"), results(a_one="PASS", a_two="PASS", b_one="SKIP"),
     ["a.one passes all the same"]),
    (mutant("a.one"), results(a_one="FAIL", a_two="TIMEOUT", b_one="SKIP"),
     ["a.two stops passing too: TIMEOUT"]),
    (mutant("a.one", "skip"), results(a_one="FAIL", a_two="PASS", b_one="SKIP"),
     ["a.one ends with FAIL, not with a skip: "]),
    (mutant("a.one", "fail"), results(a_one="SKIP", a_two="PASS", b_one="SKIP"),
     ["a.one ends with SKIP, not with a fail: "]),
    (mutant("a.one c.*"), results(a_one="FAIL", a_two="PASS", b_one="SKIP"),
     ["t.tsv:1: no test is called c.*"]),
    (mutant("a.one"), results(a_one="FAIL"), ["not the same tests ran"]),
])
def test_judgement(row, seen, errors: list[str]) -> None:
    assert cm.compare(row, SOUND, seen).errors == errors


def test_tests_are_named_by_what_they_need() -> None:
    sound = {"a.one": cm.Verdict("PASS", "", ("ns.net",)), "a.two": cm.Verdict("PASS", "", ())}
    seen = {"a.one": cm.Verdict("SKIP", ""), "a.two": cm.Verdict("PASS", "")}
    assert cm.compare(mutant("needs:ns.net"), sound, seen).errors == []
    assert cm.compare(mutant("needs:ns.pid"), sound, seen).errors == [
        "t.tsv:1: no test needs:ns.pid", "a.one stops passing too: SKIP"]


def test_area_without_proof_is_named() -> None:
    report = cm.compare(mutant("a.one"), SOUND, results(a_one="FAIL", a_two="PASS", b_one="SKIP"))
    assert cm.areas_without_proof(SOUND, [report]) == ["b"]


@pytest.mark.parametrize("text, says", [
    ("a\tns\tx=0\n", "3 columns"),
    ("a\tns\tx=0\tt\tmaybe\n", "skip or fail"),
    ("a\tns\tx=0\tt\na\tns\ty=0\tt\n", "same perturbation"),
])
def test_bad_rows_are_refused(tmp_path: Path, text: str, says: str) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(cm.TableError, match=says):
        cm.read_tables([table])
