# SPDX-License-Identifier: GPL-2.0-only
"""A seaworthy.matrix/1 document, joined into rows and columns for the renderers.

A total function of the document: whatever is missing or odd becomes "unknown" or "no result",
never an exception and never a better verdict, so that a long matrix run always gets its reports.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .text import clean_line

RESULTS = ("PASS", "FAIL", "CRASH", "TIMEOUT", "SKIP", "NOT-RUN")
# The kernel's own selftests: shown beside ours, counted apart, unless the document requires them.
FOREIGN_GROUP = "kselftest/"
BAD_RESULTS = ("FAIL", "CRASH", "TIMEOUT")
VERDICTS = ("PASS", "FAIL", "NO-BOOT", "PANIC", "TIMEOUT", "BROKEN-OUTPUT")
PROFILE_VERDICTS = ("ready", "degraded", "not-ready", "unknown")


def obj(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def arr(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def lines_of(value: Any) -> list[str]:
    """An array of lines, or one text with line ends in it."""
    if isinstance(value, str):
        return value.splitlines()
    return ["" if v is None else str(v) for v in arr(value)]


@dataclass
class FeatureCell:
    usable: str
    configured: str
    configured_why: str
    live: str
    errno: str
    evidence: str
    cause: str
    cause_text: str
    finding: str
    finding_text: str
    remedy: str


@dataclass
class TestCell:
    __test__ = False  # not for pytest

    result: str
    message: str
    needs: list[str]
    duration_ms: float | None
    log: list[str]


@dataclass
class Profile:
    verdict: str
    title: str
    missing: list[dict[str, Any]]


@dataclass
class Column:
    """One kernel on one machine."""

    index: int
    label: str
    run: dict[str, Any]
    verdict: str
    features: dict[str, FeatureCell] = field(default_factory=dict)
    tests: dict[tuple[str, str], TestCell] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)  # of the kernel's own selftests

    @property
    def id(self) -> str:
        return clean_line(self.run.get("id")) or "?"

    @property
    def kernel(self) -> dict[str, Any]:
        return obj(self.run.get("kernel"))

    @property
    def machine(self) -> dict[str, Any]:
        return obj(self.run.get("machine"))

    @property
    def release(self) -> str:
        return clean_line(self.kernel.get("release"))

    @property
    def detail(self) -> str:
        return clean_line(self.run.get("detail"))

    @property
    def layout(self) -> str:
        return clean_line(self.run.get("layout")) or "unknown"

    @property
    def died(self) -> bool:
        """The run as a whole came to a bad end, which is why results are missing."""
        return self.verdict not in ("PASS", "FAIL")

    @property
    def console(self) -> list[str]:
        return lines_of(self.run.get("console_tail"))


@dataclass
class FeatureRow:
    id: str
    title: str
    area: str


@dataclass
class TestRow:
    __test__ = False

    group: str
    id: str
    area: str

    @property
    def key(self) -> tuple[str, str]:
        return self.group, self.id


@dataclass
class Finding:
    """The same finding about one feature or several, on the same kernels."""

    features: list[FeatureRow]
    type: str
    text: str
    remedy: str
    columns: list[Column]


@dataclass
class Failure:
    """Tests that failed in the same way on the same kernels: most often one cause."""

    rows: list[TestRow]
    result: str
    message: str
    columns: list[Column]


@dataclass
class Lack:
    """Something that uses want and kernels do not have, or are not known to have."""

    uses: list[str]
    level: str
    features: list[str]  # alternatives
    known: bool  # False: could not be determined
    impact: str
    remedy: str
    columns: list[Column]


@dataclass
class View:
    result: dict[str, Any]
    columns: list[Column]
    feature_areas: dict[str, list[FeatureRow]]
    test_groups: dict[str, dict[str, list[TestRow]]]
    profiles: dict[str, str]
    findings: list[Finding]
    failures: list[Failure]
    counts: Counter[str]

    @property
    def problems(self) -> list[str]:
        """Kernels that could not be run at all, and why."""
        return [clean_line(p) for p in lines_of(self.result.get("problems"))]

    @property
    def test_count(self) -> int:
        return sum(
            len(rows)
            for group, areas in self.test_groups.items()
            if not group.startswith(FOREIGN_GROUP)
            for rows in areas.values()
        )

    @property
    def foreign_required(self) -> bool:
        return obj(self.result.get("kselftest")).get("required") is True

    @property
    def foreign(self) -> Counter[str]:
        return sum((c.foreign for c in self.columns), Counter())

    @property
    def feature_count(self) -> int:
        return sum(map(len, self.feature_areas.values()))

    @property
    def passed(self) -> int:
        return self.counts["PASS"]

    @property
    def failed(self) -> int:
        return sum(self.counts[r] for r in BAD_RESULTS)

    @property
    def skipped(self) -> int:
        return self.counts["SKIP"]

    @property
    def summary(self) -> tuple[str, str]:
        """The whole result in a sentence, and "good", "warn" or "bad"."""
        total = len(self.columns) + len(self.problems)
        bad = total - sum(c.verdict == "PASS" for c in self.columns)
        if not total:
            return "No kernel was looked at", "warn"
        if bad:
            return f"{bad} of {total} kernel{'s' * (total != 1)} not as required", "bad"
        # A kernel can pass every test while the probe leaves a question open.
        whole = "The kernel passed" if total == 1 else f"All {total} kernels passed"
        status = self.result.get("exit_status")
        if status == 0:
            return (
                "The kernel is as required"
                if total == 1
                else f"All {total} kernels are as required"
            ), "good"
        if status == 2:
            return f"{whole}, but recommended features are missing", "warn"
        return f"{whole}, but not everything could be determined", "warn"

    def lacks(self) -> list[Lack]:
        """What uses lack: once for all kernels, and then for all uses, that lack the same."""
        found: dict[tuple[Any, ...], Lack] = {}
        for c in self.columns:
            for profile in c.profiles.values():
                for m in profile.missing:
                    features = [clean_line(f) for f in arr(m.get("features"))] or ["?"]
                    remedies = [
                        c.features[f].remedy
                        for f in features
                        if f in c.features and c.features[f].remedy
                    ]
                    lack = Lack(
                        [profile.title],
                        clean_line(m.get("level")),
                        features,
                        m.get("usable") != "unknown",
                        clean_line(m.get("impact")),
                        "; or ".join(dict.fromkeys(remedies)),
                        [],
                    )
                    key = (
                        profile.title,
                        lack.level,
                        *features,
                        lack.known,
                        lack.impact,
                        lack.remedy,
                    )
                    found.setdefault(key, lack).columns.append(c)
        merged: dict[tuple[Any, ...], Lack] = {}
        for key, lack in found.items():
            same = (*key[1:], tuple(c.index for c in lack.columns))
            if same in merged:
                merged[same].uses += lack.uses
            else:
                merged[same] = lack
        return sorted(
            merged.values(), key=lambda x: ["must", "should", "may", x.level].index(x.level)
        )

    def no_result(self, column: Column) -> int:
        """Tests that some kernel has a result of, and this one has not."""
        return self.test_count - sum(column.counts[r] for r in RESULTS if r != "NOT-RUN")


def _feature_cell(f: dict[str, Any]) -> FeatureCell:
    configured, live, finding = obj(f.get("configured")), obj(f.get("live")), obj(f.get("finding"))
    usable = f.get("usable")
    return FeatureCell(
        usable=usable if usable in ("yes", "no") else "unknown",
        configured=clean_line(configured.get("value")) or "unknown",
        configured_why=clean_line(configured.get("why")),
        live=clean_line(live.get("value")) or "unknown",
        errno=clean_line(live.get("errno")),
        evidence=clean_line(live.get("evidence")),
        cause=clean_line(live.get("cause")),
        cause_text=clean_line(live.get("cause_text")),
        finding=clean_line(finding.get("type")),
        finding_text=clean_line(finding.get("text")),
        remedy=clean_line(f.get("remedy")),
    )


def _test_cell(t: dict[str, Any]) -> TestCell:
    ms = t.get("duration_ms")
    result = t.get("result")
    return TestCell(
        # What cannot be read did not pass.
        result=result if result in RESULTS else "NOT-RUN",
        message=str(t.get("message") or ""),
        needs=[clean_line(n) for n in arr(t.get("needs"))],
        duration_ms=ms if isinstance(ms, (int, float)) and not isinstance(ms, bool) else None,
        log=lines_of(t.get("log")),
    )


def _profile(p: dict[str, Any]) -> Profile:
    verdict = p.get("verdict")
    return Profile(
        verdict=verdict if verdict in PROFILE_VERDICTS else "unknown",
        title=clean_line(p.get("title")) or clean_line(p.get("id")),
        missing=[obj(m) for m in arr(p.get("missing"))],
    )


def _wanted_label(run: dict[str, Any]) -> str:
    """A short name: the version of a distribution's kernel, else the name that the run has."""
    kernel = obj(run.get("kernel"))
    name = clean_line(run.get("id")) or "?"
    if obj(run.get("machine")).get("kind") == "host":
        return "host"
    if kernel.get("suite"):
        for text in (kernel.get("release"), run.get("id")):
            match = re.search(r"(?<![\d.])(\d{1,3}\.\d{1,3})(?!\d)", clean_line(text))
            if match:
                return match.group(1)
    return name if len(name) <= 14 else name[:6] + ".." + name[-6:]


def _labels(runs: list[dict[str, Any]]) -> list[str]:
    """One label a run, all different."""
    wanted = [_wanted_label(r) for r in runs]
    for extra in ("layout", "arch"):  # tell twins apart by what differs, where something does
        for label in [w for w, n in Counter(wanted).items() if n > 1]:
            same = [i for i, w in enumerate(wanted) if w == label]
            marks = [
                clean_line(
                    runs[i].get("layout")
                    if extra == "layout"
                    else obj(runs[i].get("kernel")).get("arch")
                )
                or "?"
                for i in same
            ]
            if len(set(marks)) > 1:
                for i, mark in zip(same, marks):
                    wanted[i] = f"{label}/{mark}"
    taken: set[str] = set()
    labels = []
    for label in wanted:
        unique, n = label, 1
        while unique in taken:
            n += 1
            unique = f"{label}#{n}"
        taken.add(unique)
        labels.append(unique)
    return labels


def _verdict(run: dict[str, Any]) -> str:
    verdict = run.get("verdict")
    return verdict if verdict in VERDICTS else "BROKEN-OUTPUT"


class _Joiner:
    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result
        self.feature_areas: dict[str, list[FeatureRow]] = {}
        self.test_groups: dict[str, dict[str, list[TestRow]]] = {}
        self.profiles: dict[str, str] = {}
        self.known_features: set[str] = set()
        self.known_tests: set[tuple[str, str]] = set()

    def features(self, column: Column, probe: dict[str, Any]) -> None:
        for f in map(obj, arr(probe.get("features"))):
            fid = clean_line(f.get("id")) or "?"
            if fid in column.features:
                continue  # the first one counts: a probe has one row a feature
            column.features[fid] = _feature_cell(f)
            if fid not in self.known_features:
                self.known_features.add(fid)
                area = clean_line(f.get("area")) or "other"
                self.feature_areas.setdefault(area, []).append(
                    FeatureRow(fid, clean_line(f.get("title")), area)
                )

    def profile_rows(self, column: Column, probe: dict[str, Any]) -> None:
        for p in map(obj, arr(probe.get("profiles"))):
            pid = clean_line(p.get("id")) or "?"
            if pid not in column.profiles:
                column.profiles[pid] = _profile(p)
                self.profiles.setdefault(pid, column.profiles[pid].title)

    def tests(self, column: Column) -> None:
        for t in map(obj, arr(column.run.get("tests"))):
            group = clean_line(t.get("group")) or "kernel"
            name = wanted = clean_line(t.get("id")) or "?"
            n = 1
            while (group, name) in column.tests:  # a result is never lost to a namesake
                n += 1
                name = f"{wanted}#{n}"
            cell = column.tests[group, name] = _test_cell(t)
            foreign = group.startswith(FOREIGN_GROUP)
            (column.foreign if foreign else column.counts)[cell.result] += 1
            if (group, name) not in self.known_tests:
                self.known_tests.add((group, name))
                area = clean_line(t.get("area")) or "other"
                areas = self.test_groups.setdefault(group, {})
                areas.setdefault(area, []).append(TestRow(group, name, area))

    def findings(self, columns: list[Column]) -> list[Finding]:
        found: dict[tuple[str, ...], Finding] = {}
        for rows in self.feature_areas.values():
            for row in rows:
                for column in columns:
                    cell = column.features.get(row.id)
                    if not cell or not cell.finding:
                        continue
                    key = row.id, cell.finding, cell.finding_text, cell.remedy
                    if key not in found:
                        found[key] = Finding([row], *key[1:], columns=[])
                    found[key].columns.append(column)
        merged: dict[tuple[Any, ...], Finding] = {}
        for f in found.values():
            key = f.type, f.text, f.remedy, tuple(c.index for c in f.columns)
            if key in merged:
                merged[key].features += f.features
            else:
                merged[key] = f
        return list(merged.values())

    def failures(self, columns: list[Column]) -> list[Failure]:
        found: dict[tuple[Any, ...], Failure] = {}
        for areas in self.test_groups.values():
            for row in (r for rows in areas.values() for r in rows):
                for column in columns:
                    cell = column.tests.get(row.key)
                    if not cell or cell.result not in BAD_RESULTS:
                        continue
                    key = *row.key, cell.result, cell.message
                    if key not in found:
                        found[key] = Failure([row], cell.result, cell.message, [])
                    found[key].columns.append(column)
        merged: dict[tuple[Any, ...], Failure] = {}
        for failure in found.values():
            key = (
                failure.rows[0].group,
                failure.result,
                failure.message,
                tuple(c.index for c in failure.columns),
            )
            if failure.message and key in merged:
                merged[key].rows += failure.rows
            else:
                merged[key if failure.message else (*key, failure.rows[0].id)] = failure
        return list(merged.values())


def join(result: Any) -> View:
    """The document as rows and columns. Never fails."""
    result = obj(result)
    runs = [obj(r) for r in arr(result.get("runs"))]
    joiner = _Joiner(result)
    columns = []
    for i, (run, label) in enumerate(zip(runs, _labels(runs))):
        column = Column(i, label, run, _verdict(run))
        probe = obj(run.get("probe"))
        joiner.features(column, probe)
        joiner.profile_rows(column, probe)
        joiner.tests(column)
        columns.append(column)
    return View(
        result=result,
        columns=columns,
        feature_areas=joiner.feature_areas,
        test_groups=joiner.test_groups,
        profiles=joiner.profiles,
        findings=joiner.findings(columns),
        failures=joiner.failures(columns),
        counts=sum((c.counts for c in columns), Counter()),
    )


# Facts about a run in words, the same in every report.


def foreign_text(view: View) -> str:
    """The kernel's own selftests in a sentence."""
    bad = sum(view.foreign[r] for r in BAD_RESULTS)
    return (
        f"the kernel's own selftests: {view.foreign['PASS']} passed, {bad} failed, "
        f"{view.foreign['SKIP']} skipped"
        + ("" if view.foreign_required else " (shown, not counted)")
    )


def machine_text(column: Column) -> str:
    machine = column.machine
    if machine.get("kind") == "host":
        return "this host"
    accel = clean_line(machine.get("accel"))
    return f"{clean_line(machine.get('kind')) or 'unknown machine'}{' ' + accel if accel else ''}"


def first_line(text: Any) -> str:
    for line in str(text or "").splitlines():
        if clean_line(line):
            return clean_line(line)
    return ""
