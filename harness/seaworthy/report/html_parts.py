# SPDX-License-Identifier: GPL-2.0-only
"""Pieces that the sections of the HTML page share."""
from __future__ import annotations

import html as std_html
from collections import Counter
from typing import Any

from .model import BAD_RESULTS, Column, FeatureCell, TestRow, View
from .text import clean

# (text, class): every state has a word of its own, so that nothing depends on colour.
TEST_TEXT = {
    "PASS": ("ok", "p"),
    "FAIL": ("FAIL", "f"),
    "CRASH": ("CRASH", "f"),
    "TIMEOUT": ("TIMEOUT", "f"),
    "SKIP": ("skip", "s"),
    "NOT-RUN": ("-", "n"),
}
USABLE_TEXT = {"yes": ("yes", "y"), "no": ("no", "no"), "unknown": ("?", "u")}
PROFILE_TEXT = {
    "ready": ("ready", "y"),
    "degraded": ("degraded", "w"),
    "not-ready": ("not ready", "no"),
    "unknown": ("unknown", "u"),
}
KIND_OF_VERDICT = {
    "PASS": "y",
    "FAIL": "no",
    "NO-BOOT": "no",
    "PANIC": "no",
    "TIMEOUT": "no",
    "BROKEN-OUTPUT": "no",
}


def esc(value: Any) -> str:
    """Any text, harmless in HTML text and in quoted attributes."""
    return std_html.escape(clean(value), quote=True)


def plural(n: Any, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def section(name: str, title: str, lead: str, body: str) -> str:
    lead = f'<p class="lead">{lead}</p>' if lead else ""
    return f'<section id="{name}"><h2>{title}</h2>{lead}{body}</section>'


def table(kind: str, head: str, rows: list[str], bodies: bool = False) -> str:
    body = "\n".join(rows)
    return (
        f'<table class="{kind}"><thead><tr>{head}</tr></thead>'
        + (body if bodies else f"<tbody>{body}</tbody>")
        + "</table>"
    )


def column_heads(view: View, first: str) -> str:
    heads = [f"<th scope=col>{first}</th>"]
    for c in view.columns:
        mark = (
            ""
            if c.verdict == "PASS"
            else f'<br><span class="t {KIND_OF_VERDICT[c.verdict]}">{esc(c.verdict)}</span>'
        )
        heads.append(f'<th scope=col title="{esc(c.id)}">{esc(c.label)}{mark}</th>')
    return "".join(heads)


def cell(kind: str, text: str, title: str = "", anchor: str | None = None) -> str:
    """One cell of a matrix; text is ours, title is not yet escaped."""
    attributes = f' title="{esc(title)}"' if title else ""
    inner = f'<a href="#{anchor}">{text}</a>' if anchor else text
    return f'<td class="{kind}"{attributes}>{inner}</td>'


def kernel_names(columns: list[Column], view: View) -> str:
    if len(columns) == len(view.columns) and len(columns) > 1:
        return "all"
    return esc(", ".join(c.label for c in columns))


class _Numbers:
    """Anchors of rows and what the tests say of features, once a view."""

    def __init__(self, view: View) -> None:
        rows = (f.id for rows in view.feature_areas.values() for f in rows)
        self.features = {fid: f"f{i}" for i, fid in enumerate(rows)}
        tests = (
            t.key for areas in view.test_groups.values() for rows in areas.values() for t in rows
        )
        self.tests = {key: f"t{i}" for i, key in enumerate(tests)}
        self.behaviour: dict[tuple[int, str], Counter[str]] = {}
        for c in view.columns:
            for test in c.tests.values():
                for need in set(test.needs):
                    self.behaviour.setdefault((c.index, need), Counter())[test.result] += 1


_numbers: dict[int, tuple[View, _Numbers]] = {}


def _of(view: View) -> _Numbers:
    cached = _numbers.get(id(view))
    if cached is None or cached[0] is not view:
        _numbers.clear()
        cached = _numbers[id(view)] = view, _Numbers(view)
    return cached[1]


def feature_anchor(view: View, feature: str) -> str | None:
    return _of(view).features.get(feature)


def feature_link(view: View, feature: str, inner: str) -> str:
    """inner, already escaped, as a link to the evidence where there is any."""
    anchor = feature_anchor(view, feature)
    return f'<a href="#{anchor}">{inner}</a>' if anchor else inner


def test_anchor(view: View, row: TestRow) -> str:
    return _of(view).tests[row.key]


def behaviour_text(view: View, column: Column, feature: str) -> str:
    """The third kind of evidence: how the tests that need the feature ended."""
    counts = _of(view).behaviour.get((column.index, feature))
    if not counts:
        return "no test needs it"
    bad = sum(counts[r] for r in BAD_RESULTS)
    parts = [
        (counts["PASS"], "passed"),
        (bad, "failed"),
        (counts["SKIP"], "skipped"),
        (counts["NOT-RUN"], "not run"),
    ]
    return "tests that need it: " + ", ".join(f"{n} {word}" for n, word in parts if n)


def configured_text(fc: FeatureCell) -> str:
    return fc.configured + (f" ({fc.configured_why})" if fc.configured_why else "")


def live_text(fc: FeatureCell) -> str:
    text = fc.live + (f" ({fc.errno})" if fc.errno else "")
    return text + (f": {fc.evidence}" if fc.evidence else "")


def evidence_text(view: View, column: Column, feature: str) -> str:
    """The title of a feature's cell: configured, live, behaviour."""
    fc = column.features.get(feature)
    if not fc:
        return ""
    lines = [
        f"configured: {configured_text(fc)}",
        f"live: {live_text(fc)}",
        f"behaviour: {behaviour_text(view, column, feature)}",
    ]
    if fc.finding:
        lines.append(f"finding: {fc.finding}: {fc.finding_text}")
    return "\n".join(lines)
