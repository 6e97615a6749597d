# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML as Jenkins, GitLab and GitHub's readers take it: one suite per kernel and group."""
from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from .model import (
    BAD_RESULTS,
    FOREIGN_GROUP,
    Column,
    TestCell,
    TestRow,
    View,
    first_line,
    join,
    lines_of,
    obj,
)
from .text import clean, clean_line

LOG_LIMIT = 20000  # characters of one system-out: GitLab refuses files beyond some megabytes
# Outside of XML 1.0's Char production; clean() has made the rest visible already.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: Any) -> str:
    return _ILLEGAL.sub("?", clean(text))


def _limited(text: str) -> str:
    if len(text) <= LOG_LIMIT:
        return text
    return f"[{len(text) - LOG_LIMIT} characters left out]\n" + text[-LOG_LIMIT:]


def _seconds(value: Any) -> str:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return f"{value if good else 0:.3f}"


def _problem(case: ET.Element, tag: str, kind: str, message: Any) -> None:
    text = _xml(message)
    element = ET.SubElement(case, tag, message=first_line(text) or kind, type=kind)
    if "\n" in text.strip():
        element.text = _limited(text)


def _testcase(
    suite: ET.Element, view: View, column: Column, row: TestRow, cell: TestCell | None
) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _xml(
                f"{column.label.replace('.', '_')}.{row.group.replace('/', '.')}.{row.area}"
            ),
            "name": _xml(row.id),
            "time": _seconds(
                cell.duration_ms / 1000 if cell and cell.duration_ms is not None else 0
            ),
        },
    )
    if cell is None or cell.result == "NOT-RUN":
        # Where the kernel itself failed, its own testcase is the one error; else this one is.
        _problem(
            case,
            "skipped" if column.died else "error",
            "NOT-RUN",
            (cell.message if cell else "")
            or f"no result: the verdict of the kernel is {column.verdict}",
        )
    elif row.group.startswith(FOREIGN_GROUP) and not view.foreign_required and (
        cell.result in BAD_RESULTS
    ):
        # Other people's test, which was only to be shown: no build is to fail of it.
        _problem(case, "skipped", cell.result, f"{cell.result} (not counted): {cell.message}")
    elif cell.result == "SKIP":
        _problem(case, "skipped", "SKIP", cell.message or "skipped")
    elif cell.result == "FAIL":
        _problem(case, "failure", "FAIL", cell.message)
    elif cell.result in BAD_RESULTS:
        _problem(case, "error", cell.result, cell.message)
    if cell and cell.log:
        ET.SubElement(case, "system-out").text = _limited(_xml("\n".join(cell.log)))


def _finish(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(c.find(tag) is not None for c in cases)))
    suite.set("tests", str(len(cases)))


def _suite(parent: ET.Element, view: View, column: Column, name: str) -> ET.Element:
    return ET.SubElement(
        parent,
        "testsuite",
        {
            "name": _xml(f"{column.id}: {name}"),
            "timestamp": _xml(clean_line(view.result.get("started"))[:19]),
            "hostname": _xml(column.release or column.label),
        },
    )


def _kernel_suite(parent: ET.Element, view: View, column: Column) -> None:
    """The verdict about the kernel as a testcase: a panic is never just silence."""
    suite = _suite(parent, view, column, "kernel verdict")
    suite.set("time", _seconds(column.run.get("duration_s")))
    properties = ET.SubElement(suite, "properties")
    facts = {
        "release": column.release,
        "layout": column.layout,
        "machine": obj(column.machine).get("kind"),
    }
    facts.update(
        {k: column.kernel.get(k) for k in ("arch", "image", "sha256", "package", "package_version")}
    )
    for key, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=key, value=_xml(clean_line(value)))
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _xml(f"{column.label.replace('.', '_')}.kernel"),
            "name": "verdict",
            "time": _seconds(column.run.get("boot_s")),
        },
    )
    if column.died:
        _problem(case, "error", column.verdict, column.detail or column.verdict)
    elif column.verdict == "FAIL" and not any(column.counts[r] for r in BAD_RESULTS):
        # No test below says why: a must is missing, or something was left behind.
        _problem(case, "failure", "FAIL", column.detail or "something required is missing")
    if column.verdict != "PASS":
        text = "\n".join(
            column.console + [f"damage: {d}" for d in lines_of(column.run.get("damage"))]
        )
        if text:
            ET.SubElement(case, "system-out").text = _limited(_xml(text))
    for pid, profile in column.profiles.items():
        case = ET.SubElement(
            suite,
            "testcase",
            {
                "classname": _xml(f"{column.label.replace('.', '_')}.use"),
                "name": _xml(pid),
                "time": "0.000",
            },
        )
        if profile.verdict == "ready":
            continue
        # A use that a kernel is not ready for fails no matrix by itself; the run's verdict does.
        lacks = "; ".join(
            f"{clean_line(m.get('level'))}: "
            + " or ".join(map(clean_line, m.get("features") or []))
            for m in profile.missing
            if isinstance(m.get("features") or [], list)
        )
        _problem(
            case,
            "skipped",
            profile.verdict,
            f"{profile.verdict}: {lacks}" if lacks else profile.verdict,
        )
    _finish(suite)


def render_junit(result: dict[str, Any]) -> str:
    """The whole document as JUnit XML, with its declaration."""
    view = join(result)
    root = ET.Element("testsuites", name="seaworthy", time=_seconds(view.result.get("duration_s")))
    for column in view.columns:
        _kernel_suite(root, view, column)
        for group, areas in view.test_groups.items():
            suite = _suite(root, view, column, group)
            rows = [row for rows in areas.values() for row in rows]
            # What no kernel of this column's kind was asked for is no missing result.
            asked = any(row.key in column.tests for row in rows) or column.died
            if not asked:
                root.remove(suite)
                continue
            for row in rows:
                if row.key in column.tests or column.died:
                    _testcase(suite, view, column, row, column.tests.get(row.key))
            spent = sum(column.tests[r.key].duration_ms or 0 for r in rows if r.key in column.tests)
            suite.set("time", _seconds(spent / 1000))
            _finish(suite)
    if view.problems:
        suite = ET.SubElement(
            root,
            "testsuite",
            name="kernels not run",
            time="0.000",
            timestamp=_xml(clean_line(view.result.get("started"))[:19]),
        )
        for i, problem in enumerate(view.problems):
            name = problem.partition(": ")[0] or "?"
            case = ET.SubElement(
                suite, "testcase", classname=f"not-run.{i + 1}", name=_xml(name), time="0.000"
            )
            _problem(case, "error", "NOT-RUN", problem)
        _finish(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(s.get(name) or 0) for s in root.findall("testsuite"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
