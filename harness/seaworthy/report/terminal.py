# SPDX-License-Identifier: GPL-2.0-only
"""The matrix on a terminal: kernels across, features and tests down, then what went wrong."""
from __future__ import annotations

import os
from typing import Any, TextIO

from .model import (
    FOREIGN_GROUP,
    Column,
    Failure,
    View,
    first_line,
    foreign_text,
    join,
    machine_text,
)
from .text import clean, clean_line, cut, pad, seconds, width_of, wrap

CONSOLE_LINES = 12
MIN_WIDTH = 40

_STYLE = {
    "good": "\x1b[32m",
    "bad": "\x1b[1;31m",
    "warn": "\x1b[33m",
    "dim": "\x1b[2m",
    "bold": "\x1b[1m",
}
_TEST_CELL = {  # reads the same without colour
    "PASS": ("ok", "good"),
    "FAIL": ("FAIL", "bad"),
    "CRASH": ("CRASH", "bad"),
    "TIMEOUT": ("TIMEOUT", "bad"),
    "SKIP": ("skip", "dim"),
    "NOT-RUN": ("-", "warn"),
}
_USABLE = {"yes": ("yes", "good"), "no": ("no", "bad"), "unknown": ("?", "warn")}
_PROFILE = {
    "ready": ("ready", "good"),
    "degraded": ("degraded", "warn"),
    "not-ready": ("not ready", "bad"),
    "unknown": ("?", "warn"),
}
_NOTHING = ("-", "dim")

Cell = tuple[str, str]
Row = tuple[str, str, list[Cell]]  # id, title, one cell a column


class _Printer:
    def __init__(self, stream: TextIO, width: int, color: bool) -> None:
        self.stream, self.width, self.color = stream, max(width, MIN_WIDTH), color
        self.encoding = getattr(stream, "encoding", None) or "utf-8"

    def style(self, text: str, style: str) -> str:
        return f"{_STYLE[style]}{text}\x1b[0m" if self.color and style else text

    def line(self, text: str = "") -> None:
        text = text.rstrip() + "\n"
        # A terminal that cannot show a character gets its number, never an exception.
        self.stream.write(
            text.encode(self.encoding, "backslashreplace").decode(self.encoding, "replace")
        )

    def heading(self, text: str) -> None:
        self.line()
        self.line(self.style(cut(text, self.width), "bold"))

    def wrapped(self, text: str, indent: str, hanging: str | None = None, style: str = "") -> None:
        for line in wrap(text, self.width, indent, indent if hanging is None else hanging):
            self.line(self.style(line, style))


def _verdict_style(verdict: str) -> str:
    return "good" if verdict == "PASS" else "bad"


def _head(out: _Printer, view: View) -> None:
    result = view.result
    tool, host = result.get("tool"), result.get("host")
    tool, host = tool if isinstance(tool, dict) else {}, host if isinstance(host, dict) else {}
    out.wrapped(
        f"Seaworthy {clean_line(tool.get('version'))}".rstrip()
        + f": {len(view.columns)} kernel{'s' * (len(view.columns) != 1)}, {view.feature_count} "
        f"features,"
        f" {view.test_count} tests",
        "",
        "  ",
        "bold",
    )
    facts = [clean_line(result.get("started")), seconds(result.get("duration_s"))]
    facts.append(
        f"on Linux {clean_line(host.get('release'))} {clean_line(host.get('arch'))}".strip()
    )
    if host.get("qemu"):
        facts.append(f"QEMU {clean_line(host['qemu'])}")
    out.wrapped(", ".join(f for f in facts if f), "")
    if result.get("interrupted") is True:
        out.line(out.style("interrupted: not all was run", "warn"))
    out.line()
    wide = min(max([width_of(c.label) for c in view.columns], default=0), 24)
    for c in view.columns:
        facts = [
            c.release or "release unknown",
            clean_line(c.kernel.get("arch")),
            machine_text(c),
            f"cgroups {c.layout}",
        ]
        if seconds(c.run.get("boot_s")):
            facts.append(f"booted in {seconds(c.run.get('boot_s'))}")
        if c.id != c.label:
            facts.append(c.id)
        text = ", ".join(f for f in facts if f)
        lead = (
            f"  {out.style(pad(c.label, wide), 'bold')}  "
            f"{out.style(pad(c.verdict, 13), _verdict_style(c.verdict))}"
        )
        column = 2 + wide + 2 + 13 + 2
        if out.width - column < 30:  # too narrow to stand beside it
            out.line(lead)
            out.wrapped(text, "    ")
            continue
        lines = wrap(text, out.width - column)
        out.line(f"{lead}  {lines[0]}")
        for line in lines[1:]:
            out.line(" " * column + line)


def _sections(view: View) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
    """(heading, [(area, rows)]): uses, features, then each group of tests."""
    sections: list[tuple[str, list[tuple[str, list[Row]]]]] = []
    uses: list[Row] = [
        (
            pid,
            title,
            [
                _PROFILE[c.profiles[pid].verdict] if pid in c.profiles else _NOTHING
                for c in view.columns
            ],
        )
        for pid, title in view.profiles.items()
    ]
    if uses:
        sections.append(("Uses", [("", uses)]))
    areas = []
    for area, features in view.feature_areas.items():
        rows: list[Row] = []
        for f in features:
            cells = []
            for c in view.columns:
                cell = c.features.get(f.id)
                text, style = _USABLE[cell.usable] if cell else _NOTHING
                cells.append((text + "!" * bool(cell and cell.finding), style))
            rows.append((f.id, f.title, cells))
        areas.append((area, rows))
    if areas:
        sections.append(("Features", areas))
    for group, test_areas in view.test_groups.items():
        areas = []
        for area, tests in test_areas.items():
            rows = [
                (
                    t.id,
                    "",
                    [
                        _TEST_CELL[c.tests[t.key].result] if t.key in c.tests else _NOTHING
                        for c in view.columns
                    ],
                )
                for t in tests
            ]
            areas.append((area, rows))
        sections.append((f"Tests: {group}", areas))
    return sections


def _blocks(
    out: _Printer, view: View, sections: Any
) -> tuple[int, list[tuple[list[int], list[int]]]]:
    """Width of the row labels, and blocks of (column numbers, widths), about evenly filled."""
    rows = [row for _, areas in sections for _, rows in areas for row in rows]
    widths = [
        min(max([width_of(c.label)] + [width_of(r[2][i][0]) for r in rows]), 20)
        for i, c in enumerate(view.columns)
    ]
    longest = max([width_of(r[0]) for r in rows], default=10)
    total = sum(w + 2 for w in widths)
    # Row labels give way first, down to half of the line; then the columns go into blocks.
    label = max(min(longest, out.width - 2 - total), min(longest, out.width // 2 - 2))
    room = out.width - 2 - label
    widths = [min(w, room - 2) for w in widths]
    blocks = _fill(widths, room)
    while room > 1 and len(blocks) > 1 and len(_fill(widths, room - 1)) == len(blocks):
        room -= 1
        blocks = _fill(widths, room)
    return label, [(b, [widths[i] for i in b]) for b in blocks]


def _fill(widths: list[int], room: int) -> list[list[int]]:
    blocks: list[list[int]] = []
    left = 0
    for i, w in enumerate(widths):
        if not blocks or left < w + 2:
            blocks.append([])
            left = room
        blocks[-1].append(i)
        left -= w + 2
    return blocks


def _table(out: _Printer, view: View) -> None:
    sections = _sections(view)
    if not sections:
        return
    label, blocks = _blocks(out, view, sections)
    for number, (indices, widths) in enumerate(blocks):
        spare = out.width - 2 - label - sum(w + 2 for w in widths)
        if len(blocks) > 1:
            out.line()
            out.line(
                out.style(
                    f"=== kernels {indices[0] + 1} to {indices[-1] + 1} of {len(view.columns)}",
                    "bold",
                )
            )
        for heading, areas in sections:
            out.line()
            out.line(
                "  ".join(
                    [out.style(pad(heading, label + 2), "bold")]
                    + [
                        out.style(pad(view.columns[i].label, w), "bold")
                        for i, w in zip(indices, widths)
                    ]
                )
            )
            for area, rows in areas:
                if area:
                    out.line(out.style(cut(f" {area.replace('-', ' ')}", out.width), "dim"))
                for row_id, title, cells in rows:
                    line = "  ".join(
                        [pad("  " + row_id, label + 2)]
                        + [
                            out.style(pad(cells[i][0], w), cells[i][1])
                            for i, w in zip(indices, widths)
                        ]
                    )
                    if title and spare > 10:
                        line += "  " + out.style(cut(title, spare - 2), "dim")
                    out.line(line)


def _legend(out: _Printer, view: View) -> None:
    if not view.columns:
        return
    out.line()
    parts = []
    if view.feature_areas:
        parts.append(
            "Features: yes usable, no not usable, ? could not be determined, ! configuration and"
            " live probe disagree (see findings)."
        )
    if view.test_groups:
        parts.append(
            "Tests: ok passed, FAIL failed, CRASH died, TIMEOUT hung, skip a needed feature is "
            "absent, denied, or held by the other cgroup version, - no result."
        )
    for part in parts:
        out.wrapped(part, "", "  ", "dim")


def _names(columns: list[Column], view: View) -> str:
    if len(columns) == len(view.columns) and len(columns) > 1:
        return "all kernels"
    return ", ".join(c.label for c in columns)


def _profiles(out: _Printer, view: View) -> None:
    lacks = view.lacks()
    if not lacks:
        return
    out.heading("What uses lack")
    for lack in lacks:
        state = "missing" if lack.known else "could not be determined"
        out.wrapped(
            f"{' or '.join(lack.features)} {state} on {_names(lack.columns, view)}: {lack.level} "
            f"for " + ", ".join(lack.uses) + (f": {lack.impact}" if lack.impact else ""),
            "  ",
            "      ",
        )


def _findings(out: _Printer, view: View) -> None:
    if not view.findings:
        return
    out.heading("Findings: the kinds of evidence disagree")
    for f in view.findings:
        names = ", ".join(r.id for r in f.features)
        out.wrapped(f"{names} ({f.type}) on {_names(f.columns, view)}: {f.text}", "  ", "      ")
        if f.remedy:
            out.wrapped(f"remedy: {f.remedy}", "      ")


def _failures(out: _Printer, view: View) -> None:
    foreign = [f for f in view.failures if f.rows[0].group.startswith(FOREIGN_GROUP)]
    ours = [f for f in view.failures if f not in foreign]
    _failure_list(out, view, "What failed", ours)
    _failure_list(out, view, "What failed of the kernel's own selftests", foreign)


def _failure_list(out: _Printer, view: View, heading: str, failures: list[Failure]) -> None:
    if not failures:
        return
    out.heading(heading)
    for f in failures:
        out.wrapped(
            f"{f.result} {f.rows[0].group}: {', '.join(r.id for r in f.rows)} on "
            f"{_names(f.columns, view)}",
            "  ",
            "      ",
        )
        message = first_line(f.message)
        if message:
            out.wrapped(message, "      > ", "        ")


def _kernels(out: _Printer, view: View) -> None:
    for c in view.columns:
        damage = (
            [clean_line(d) for d in c.run.get("damage") or []]
            if isinstance(c.run.get("damage"), list)
            else []
        )
        if c.verdict == "PASS" and not damage:
            continue
        out.heading(f"{c.label}: {c.verdict}")
        if c.detail:
            out.wrapped(c.detail, "  ")
        for d in damage[:5]:
            out.wrapped(f"damage: {d}", "  ", "      ")
        missing = view.no_result(c)
        if missing:
            out.line(f"  {missing} test{'s have' if missing != 1 else ' has'} no result")
        tail = [part for line in c.console for part in clean(line).split("\n")]
        while tail and not tail[-1].strip():
            tail.pop()
        if tail:
            out.line("  last lines of the console:")
            for line in tail[-CONSOLE_LINES:]:
                out.line(out.style(cut("    | " + line.expandtabs(), out.width), "dim"))


def _problems(out: _Printer, view: View) -> None:
    if view.problems:
        out.heading("Not run")
        for problem in view.problems:
            out.wrapped(problem, "  ", "      ")


def _color_allowed() -> bool:
    """NO_COLOR (no-color.org), and terminals that cannot."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb")


def print_matrix(
    result: dict[str, Any], stream: TextIO, width: int = 80, color: bool = False
) -> None:
    """Write the matrix to stream, in lines of at most width columns.

    color: the stream is a terminal; the environment can still forbid it.
    """
    view = join(result)
    out = _Printer(stream, width, color and _color_allowed())
    _head(out, view)
    _table(out, view)
    _legend(out, view)
    _profiles(out, view)
    _findings(out, view)
    _failures(out, view)
    _kernels(out, view)
    _problems(out, view)
    out.line()
    text, kind = view.summary
    names = [f"{c.label} {c.verdict}" for c in view.columns if c.verdict != "PASS"]
    names += [f"{p.partition(':')[0]} not run" for p in view.problems]
    out.wrapped(text + (": " + ", ".join(names) if names else ""), "", "  ", kind)
    style = "bad" if view.failed else "good" if view.passed and kind == "good" else ""
    out.line(
        out.style(f"{view.passed} passed, {view.failed} failed, {view.skipped} skipped", style)
    )
    if view.foreign:
        out.line(out.style(foreign_text(view), ""))
