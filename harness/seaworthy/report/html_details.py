# SPDX-License-Identifier: GPL-2.0-only
"""The long sections of the HTML page: an entry per test and feature with something to tell."""
from __future__ import annotations

from .html_parts import (
    TEST_TEXT,
    USABLE_TEXT,
    behaviour_text,
    configured_text,
    esc,
    feature_anchor,
    feature_link,
    kernel_names,
    live_text,
    plural,
    section,
    table,
    test_anchor,
)
from .model import BAD_RESULTS, Column, TestRow, View
from .text import clean, seconds

LOG_LINES = 200  # the end of a log tells most; the whole one is in matrix.json


def _log(log: list[str], shown: bool) -> str:
    if not log:
        return ""
    left = len(log) - LOG_LINES
    lead = f"[{plural(left, 'line')} left out]\n" if left > 0 else ""
    return (
        f"<details{' open' if shown else ''}><summary>Log, {plural(len(log), 'line')}</summary>"
        f"<pre tabindex=0>{esc(lead + chr(10).join(log[-LOG_LINES:]))}</pre></details>"
    )


def _test_entry(view: View, row: TestRow) -> str:
    """Results that are alike in all but time share a paragraph."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[Column]] = {}
    needs: dict[str, None] = {}
    for c in view.columns:
        tc = c.tests.get(row.key)
        if tc and tc.result == "NOT-RUN" and c.died:
            continue  # the kernel's own entry says why, once
        if tc:
            needs.update(dict.fromkeys(tc.needs))
            alike.setdefault((tc.result, tc.message, tuple(tc.log)), []).append(c)
    parts = []
    for (result, message, log), columns in alike.items():
        if result == "PASS" and not message:
            continue  # what a pass logged is in matrix.json, for those who want it
        text, kind = TEST_TEXT[result]
        times = [c.tests[row.key].duration_ms for c in columns]
        slowest = max((t for t in times if t is not None), default=None)
        time = (
            f' <span class="quiet">{seconds(slowest / 1000)}</span>'
            if slowest and slowest >= 1000
            else ""
        )
        word = "not run" if result == "NOT-RUN" else text
        parts.append(
            f'<div><p><span class="t {kind}">{esc(word)}</span> <b>'
            f"{kernel_names(columns, view)}</b>{time}</p>"
            + (f'<p class="message">{esc(message.strip())}</p>' if clean(message).strip() else "")
            + _log(list(log), result in BAD_RESULTS)
            + "</div>"
        )
    if not parts:
        return ""
    names = ", ".join(feature_link(view, n, f"<code>{esc(n)}</code>") for n in needs)
    return (
        f'<article class="entry" id="{test_anchor(view, row)}"><h4><code>{esc(row.id)}</code> '
        f'<span class="quiet">{esc(row.group)}</span></h4>'
        + (f'<p class="quiet">Needs {names}</p>' if names else "")
        + "".join(parts)
        + "</article>"
    )


def test_details(view: View) -> str:
    entries = []
    for areas in view.test_groups.values():
        for row in (r for rows in areas.values() for r in rows):
            entry = _test_entry(view, row)
            if entry:
                entries.append(entry)
    if not entries:
        return ""
    return section(
        "test-details",
        "Test details",
        "Every test that did not simply pass everywhere.",
        "".join(entries),
    )


def feature_details(view: View) -> str:
    entries = []
    for rows in view.feature_areas.values():
        for f in rows:
            alike: dict[tuple[str, ...], list[Column]] = {}
            for c in view.columns:
                fc = c.features.get(f.id)
                if fc:
                    finding = f"{fc.finding}: {fc.finding_text}" if fc.finding else ""
                    cause = (
                        f"{fc.cause}: {fc.cause_text}"
                        if fc.cause and fc.cause != fc.finding
                        else ""
                    )
                    key = (
                        fc.usable,
                        configured_text(fc),
                        live_text(fc),
                        behaviour_text(view, c, f.id),
                        "; ".join(t for t in (finding, cause) if t),
                        fc.remedy,
                    )
                    alike.setdefault(key, []).append(c)
            lines = []
            for (usable, configured, live, behaviour, why, remedy), columns in alike.items():
                text, kind = USABLE_TEXT[usable]
                lines.append(
                    f"<tr><th scope=row>{kernel_names(columns, view)}</th><td><span class='t "
                    f"{kind}'>{text}</span>"
                    f"</td><td>{esc(configured)}</td><td>{esc(live)}</td><td>{esc(behaviour)}</td>"
                    f"<td>{esc(why)}</td><td>{esc(remedy)}</td></tr>"
                )
            head = "<th>Kernels<th>Usable<th>Configured<th>Live<th>Behaviour<th>Finding<th>Remedy"
            entries.append(
                f"<details><summary><b>{esc(f.title or f.id)}</b> <code>{esc(f.id)}</code>"
                f"</summary>"
                f'<div id="{feature_anchor(view, f.id)}">'
                f'{table("list evidence", head, lines)}</div></details>'
            )
    if not entries:
        return ""
    return section(
        "evidence",
        "Evidence",
        "For each feature: configuration, live probe, and the tests that need it.",
        "".join(entries),
    )
