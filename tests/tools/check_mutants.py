#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Proof that the suites can fail: run them on kernels that misbehave, each in one known way.

Rows of tests/mutants/*.tsv say what a seccomp shim answers wrongly, and which tests must stop
passing then, by globs, or needs:FEATURE for those that need it. A test in the list that passes is
an error, and so is one outside of it that does not; only where what the machine mounts decides, or
who is quicker, may a test do either (?GLOB).
Compared are the tests that pass under the shim when it answers nothing wrongly.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TABLES = TOP / "tests" / "mutants"
SHIM_SOURCE = TOP / "tests" / "tools" / "syscall-shim.c"
LIMIT_S = 900
TIME = "0.2"  # of tests' limits: some hang when what they wait for never comes


class TableError(Exception):
    """A row that cannot be used."""


@dataclass(frozen=True)
class Mutant:
    name: str
    area: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]  # globs; after a "?" those which may do either
    how: str  # "skip", "fail", or "" for either
    where: str  # file:line

    @property
    def features(self) -> set[str]:
        return {t.removeprefix("needs:") for t in self.tests if t.startswith("needs:")}

    @property
    def listens(self) -> bool:
        """The shim's listener takes the place of a test's own: those tests do not pass under it."""
        return any(r.startswith("unwritten=") for r in self.rules)

    def wants(self, test: str, needs: Iterable[str] = ()) -> bool:
        """@needs: the features that TEST cannot do without"""
        return bool(self.features & set(needs)) or \
            any(fnmatchcase(test, glob) for glob in self.tests)

    def allows(self, test: str) -> bool:
        return any(fnmatchcase(test, glob[1:]) for glob in self.tests if glob.startswith("?"))


@dataclass(frozen=True)
class Verdict:
    result: str  # PASS, FAIL, SKIP, ERROR, TIMEOUT
    reason: str
    needs: tuple[str, ...] = ()  # without those that have an alternative
    log: tuple[str, ...] = ()


Verdicts = Mapping[str, Verdict]


@dataclass
class Report:
    mutant: Mutant
    expected: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)  # of those seen
    errors: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    @property
    def shown(self) -> bool:
        return bool(self.expected) and not self.errors


def read_tables(paths: Iterable[Path] | None = None) -> list[Mutant]:
    rows: list[Mutant] = []
    for path in sorted(paths if paths is not None else TABLES.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            if not line.strip() or line.startswith("#"):
                continue
            cells = [c.strip() for c in line.split("\t") if c.strip()]
            if len(cells) not in (4, 5):
                raise TableError(f"{where}: {len(cells)} columns instead of 4 or 5, between tabs: "
                                 "perturbation, area, rules, tests, and skip or fail")
            how = cells[4] if len(cells) == 5 else ""
            if how not in ("", "skip", "fail"):
                raise TableError(f"{where}: the last column is skip or fail, not {how}")
            rows.append(Mutant(cells[0], cells[1], tuple(cells[2].split()),
                               tuple(cells[3].split()), how, where))
    names: dict[str, str] = {}
    for row in rows:
        if row.name in names:
            raise TableError(f"{row.where}: {names[row.name]} has the same perturbation")
        names[row.name] = row.where
    return rows


def build_shim(directory: Path) -> Path:
    program = directory / "syscall-shim"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
                    SHIM_SOURCE], check=True, timeout=LIMIT_S)
    return program


def verdicts(shim: Path, rules: Iterable[str], executable: Path, selection: Iterable[str] = ()
             ) -> dict[str, Verdict]:
    # Apart: a kernel that claims to have made a namespace lets the host be changed instead.
    p = subprocess.run([shim, "apart", *rules, "--", executable, "test", "--format", "ktap", "--group",
                        "kernel", "--timeout-scale", TIME, *selection], capture_output=True, text=True, errors="replace",
                       timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL)
    found: dict[str, Verdict] = {}
    log: list[str] = []
    for line in p.stdout.splitlines():
        if m := re.fullmatch(r"  (not )?ok \d+ (\S+)(?: # (\w+) (.*))?", line):
            needs = [line for line in log if line.startswith("needs ")][:1]
            found[m[2]] = Verdict(m[3] or ("FAIL" if m[1] else "PASS"), m[4] or "",
                                  tuple(w for n in needs for w in n.split()[1:] if "|" not in w),
                                  tuple(log))
            log = []
        elif m := re.fullmatch(r"  # [a-z0-9_.]+: (.*)", line):
            log.append(m[1])
    if not found:
        raise TableError(f"nothing ran under {' '.join(rules) or 'the shim'}: "
                         f"{p.stderr.strip() or p.stdout.strip()}")
    return found


def compare(mutant: Mutant, sound: Verdicts, mutated: Verdicts) -> Report:
    report = Report(mutant)
    for glob in mutant.tests:
        if glob.startswith("needs:"):
            if not any(glob[6:] in verdict.needs for verdict in sound.values()):
                report.errors.append(f"{mutant.where}: no test {glob}")
        elif not any(fnmatchcase(test, glob.removeprefix("?")) for test in sound):
            report.errors.append(f"{mutant.where}: no test is called {glob}")
    if sound.keys() != mutated.keys():
        report.errors.append("not the same tests ran")
        return report
    passing = [test for test, verdict in sound.items() if verdict.result == "PASS"]
    report.expected = [test for test in passing if mutant.wants(test, sound[test].needs)]
    report.seen = [test for test in passing if mutated[test].result != "PASS"]
    report.results = {test: mutated[test].result for test in report.seen}
    for test in report.expected:
        result = mutated[test].result
        if result == "PASS":
            report.errors.append(f"{test} passes all the same")
        elif mutant.how and (result == "SKIP") != (mutant.how == "skip"):
            report.errors.append(f"{test} ends with {result}, not with a {mutant.how}: "
                                 f"{mutated[test].reason}")
    for test in report.seen:
        if test not in report.expected and not mutant.allows(test):
            report.errors.append(f"{test} stops passing too: {mutated[test].result} "
                                 f"{mutated[test].reason}".rstrip())
            report.details += [f"{test}: {line}" for line in mutated[test].log
                               if not line.startswith(("needs ", "promise ", "time_ms "))][-4:]
    return report


class Checker:
    """Runs rows, and what to compare with once for each kind and selection."""

    def __init__(self, executable: Path, shim: Path) -> None:
        self.executable, self.shim = executable, shim
        self._sound: dict[tuple[bool, tuple[str, ...]], dict[str, Verdict]] = {}

    def sound(self, listens: bool, selection: tuple[str, ...] = ()) -> dict[str, Verdict]:
        key = (listens, selection)
        if key not in self._sound:
            # A kernel on which nothing is perturbed, seen through the same filter.
            rules = ["unwritten=/no/such/file"] if listens else []
            self._sound[key] = verdicts(self.shim, rules, self.executable, selection)
        return self._sound[key]

    def check(self, mutant: Mutant, selection: tuple[str, ...] = ()) -> Report:
        sound = self.sound(mutant.listens, selection)
        return compare(mutant, sound,
                       verdicts(self.shim, mutant.rules, self.executable, selection))


def first_of_each_area(mutants: Iterable[Mutant]) -> list[Mutant]:
    found: dict[str, Mutant] = {}
    for mutant in mutants:
        found.setdefault(mutant.area, mutant)
    return list(found.values())


def area_of(test: str) -> str:
    return test.rpartition(".")[0]


def areas_without_proof(tests: Iterable[str], reports: Iterable[Report]) -> list[str]:
    """Areas that have tests here, none of which was seen to fail."""
    shown = {area_of(test) for report in reports if report.shown for test in report.seen}
    return sorted({area_of(test) for test in tests} - shown)


def propose(report: Report, sound: Verdicts) -> str:
    """The row as it was seen: for a reader who agrees that each test belongs there."""
    row = report.mutant
    words, rest = [], list(report.seen)
    for word in row.tests:
        if word.startswith("?"):
            words.append(word)
            rest = [t for t in rest if not fnmatchcase(t, word[1:])]
            continue
        if word.startswith("needs:"):
            found = [t for t in sound if word[6:] in sound[t].needs]
        else:
            found = [t for t in sound if fnmatchcase(t, word)]
        # A glob stays as long as all tests that it names notice; those that cannot run here count.
        if found and all(t in report.seen for t in found if sound[t].result == "PASS"):
            words.append(word)
            rest = [t for t in rest if t not in found]
    return "\t".join([row.name, row.area, " ".join(row.rules), " ".join([*words, *rest]),
                      *([row.how] if row.how else [])])


def table_head(rows: Iterable[Mutant]) -> tuple[int, str]:
    """The width of the first column, and the line above it."""
    width = max(len(row.name) for row in rows)
    return width, f"{'perturbation':<{width}}  {'area':<8}  {'expected':>8}  {'seen':>4}"


def print_row(report: Report, width: int) -> None:
    state = "ERROR" if report.errors else "ok" if report.expected else "not here"
    print(f"{report.mutant.name:<{width}}  {report.mutant.area:<8}  {len(report.expected):>8}  "
          f"{len(report.seen):>4}  {state}")
    for test in report.seen:
        print(f"    {report.results[test]:<8} {test}")
    for line in report.errors:
        print(f"  ! {line}")
    for line in report.details:
        print(f"  | {line[:160]}")
    sys.stdout.flush()


def print_areas(tests: Iterable[str], reports: Iterable[Report]) -> None:
    """How many of the tests that pass here were seen to fail, by area."""
    shown = {test for report in reports if report.shown for test in report.seen}
    areas: dict[str, list[bool]] = {}
    for test in tests:
        areas.setdefault(area_of(test), []).append(test in shown)
    width = max(map(len, areas))
    print(f"{'area':<{width}}  {'pass here':>9}  {'seen to fail':>12}")
    for area, seen in [*sorted(areas.items()), ("all", [s for a in areas.values() for s in a])]:
        print(f"{area:<{width}}  {len(seen):>9}  {sum(seen):>12}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("executable", type=Path)
    parser.add_argument("names", nargs="*", metavar="GLOB",
                        help="only perturbations whose name or area matches")
    parser.add_argument("--quick", action="store_true", help="the first row of each area only")
    parser.add_argument("--propose", action="store_true",
                        help="print rows that are not as expected with all that was seen")
    args = parser.parse_args()
    try:
        rows = read_tables()
        chosen = [r for r in rows if not args.names or
                  any(fnmatchcase(r.name, g) or fnmatchcase(r.area, g) for g in args.names)]
        if args.quick:
            chosen = first_of_each_area(chosen)
        if not chosen:
            raise TableError("no perturbation matches")
        with tempfile.TemporaryDirectory(prefix="seaworthy-") as directory:
            checker = Checker(args.executable.resolve(), build_shim(Path(directory)))
            width, head = table_head(chosen)
            print(head)
            reports = []
            for row in chosen:
                reports.append(checker.check(row))
                print_row(reports[-1], width)
                if args.propose and reports[-1].errors:
                    print(propose(reports[-1], checker.sound(row.listens)))
            sound = checker.sound(False)
            tests = [t for t, v in sound.items() if v.result == "PASS"]
            # What nothing was taken from proves nothing if it fails all the same.
            failing = [f"{t}: {v.result} {v.reason}".rstrip() for t, v in sound.items()
                       if v.result not in ("PASS", "SKIP")]
    except (TableError, OSError, subprocess.SubprocessError) as e:
        print(f"check-mutants: {e}", file=sys.stderr)
        return 3
    bad = sum(bool(r.errors) for r in reports)
    absent = sum(not r.expected and not r.errors for r in reports)
    print(f"{len(reports)} perturbations: {len(reports) - bad - absent} as expected, {bad} not, "
          f"{absent} that no test which passes here is about")
    if not args.names:
        print_areas(tests, reports)
    bare = [] if args.names or args.quick else areas_without_proof(tests, reports)
    for area in bare:
        print(f"! no perturbation was seen to fail a test of {area}")
    for line in failing:
        print(f"! without any perturbation: {line}")
    return 1 if bad or bare or failing else 0


if __name__ == "__main__":
    sys.exit(main())
