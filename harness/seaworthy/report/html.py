# SPDX-License-Identifier: GPL-2.0-only
"""The report as one self-contained HTML page; works from a file, without scripts, and printed.

The page's frame, style and script lie in templates/; here is what depends on the result. Every
text from the result passes through esc(), without exception.
"""
from __future__ import annotations

import base64
import hashlib
import html as std_html
import re
import shlex
from collections import Counter
from pathlib import Path
from string import Template
from typing import Any, Iterable

from .html_details import feature_details, test_details
from .html_parts import (
    KIND_OF_VERDICT,
    PROFILE_TEXT,
    TEST_TEXT,
    USABLE_TEXT,
    cell,
    column_heads,
    esc,
    evidence_text,
    kernel_names,
    plural,
    section,
    table,
    test_anchor,
    feature_anchor,
    feature_link,
)
from .model import (
    BAD_RESULTS,
    FOREIGN_GROUP,
    Column,
    Failure,
    View,
    arr,
    foreign_text,
    join,
    lines_of,
    machine_text,
    obj,
)
from .text import clean_line, seconds

# For the matrices below it; the script shows it.
FILTER = (
    '<form class="tools" role="search"><label>Filter <input type="search" placeholder="cgroup, '
    'devpts, ..." '
    'autocomplete="off"></label><label><input type="checkbox" name="b"> Problems only</label>'
    '<label><input type="checkbox" name="d"> Differences only</label><output></output></form>'
)
TEMPLATES = Path(__file__).resolve().parent / "templates"


def _bar(view: View, column: Column) -> str:
    """Passed, failed, skipped and missing results of one kernel as a bar, with words below."""
    failed = sum(column.counts[r] for r in BAD_RESULTS)
    parts = [
        ("p", column.counts["PASS"], "passed"),
        ("f", failed, "failed"),
        ("s", column.counts["SKIP"], "skipped"),
        ("n", view.no_result(column), "without result"),
    ]
    total = sum(n for _, n, _ in parts)
    if not total:
        return '<p class="quiet">No tests.</p>'
    bar = "".join(f'<i class="{c}" style="flex-grow:{n}"></i>' for c, n, _ in parts if n)
    words = ", ".join(f"<b>{n}</b> {w}" for _, n, w in parts if n)
    return f'<div class="bar" aria-hidden="true">{bar}</div><p class="counts">{words}</p>'


def _uses_of(column: Column) -> str:
    items = []
    for profile in column.profiles.values():
        text, kind = PROFILE_TEXT[profile.verdict]
        items.append(
            f'<li><span>{esc(profile.title)}</span><span class="t {kind}">{text}</span></li>'
        )
    return f'<ul class="uses">{"".join(items)}</ul>' if items else ""


def _has_more(c: Column) -> bool:
    """Whether there is anything about the kernel itself beyond its verdict and detail."""
    return c.died or bool(c.console or lines_of(c.run.get("damage")))


def _card(view: View, c: Column) -> str:
    facts = [clean_line(c.kernel.get("arch")), machine_text(c), f"cgroups {c.layout}"]
    if seconds(c.run.get("boot_s")):
        facts.append(f"booted in {seconds(c.run.get('boot_s'))}")
    console = f' <a href="#k{c.index}">More</a>' if _has_more(c) else ""
    detail = f'<p class="detail">{esc(c.detail)}{console}</p>' if c.detail or console else ""
    name = f'<p class="quiet">{esc(c.id)}</p>' if c.id != c.label else ""
    return (
        f'<article class="card {KIND_OF_VERDICT[c.verdict]}"><header><h3>{esc(c.label)}</h3>'
        f'<span class="pill {KIND_OF_VERDICT[c.verdict]}">{esc(c.verdict)}</span></header>'
        f'<p class="release">{esc(c.release or "release unknown")}</p>{name}'
        f'<p class="quiet">{esc(", ".join(f for f in facts if f))}</p>'
        f"{detail}{_bar(view, c)}{_uses_of(c)}</article>"
    )


def _missing(view: View) -> str:
    rows = []
    for lack in view.lacks():
        state = "" if lack.known else '<br><span class="t u">not determined</span>'
        features = " or<br>".join(f"<code>{esc(f)}</code>" for f in lack.features)
        rows.append(
            f"<tr><th scope=row>{features}{state}</th>"
            f'<td><span class="t {"no" if lack.level == "must" else "w"}">{esc(lack.level)}</span>'
            f"</td>"
            f"<td>{'<br>'.join(map(esc, lack.uses))}</td><td>"
            f"{kernel_names(lack.columns, view)}</td>"
            f"<td>{esc(lack.impact)}</td><td>{esc(lack.remedy)}</td></tr>"
        )
    if not rows:
        return ""
    return table("list", "<th>Lacking<th>Level<th>For<th>Kernels<th>What breaks<th>Remedy", rows)


def _uses(view: View) -> str:
    if not view.profiles:
        return ""
    rows = []
    for pid, title in view.profiles.items():
        cells = []
        for c in view.columns:
            profile = c.profiles.get(pid)
            text, kind = PROFILE_TEXT[profile.verdict] if profile else ("-", "n")
            cells.append(cell(kind, text))
        rows.append(f"<tr><th scope=row>{esc(title)}</th>{''.join(cells)}</tr>")
    missing = _missing(view)
    return section(
        "uses",
        "Uses",
        "What each kernel can carry, going by the probe; the tests below prove it or not.",
        table("matrix", column_heads(view, ""), rows)
        + (f"<h3>What is missing, and what to do</h3>{missing}" if missing else ""),
    )


def _findings(view: View) -> str:
    if not view.findings:
        return ""
    rows = []
    for f in view.findings:
        features = "<br>".join(
            feature_link(view, r.id, f"<code>{esc(r.id)}</code>") for r in f.features
        )
        if len(f.features) == 1 and f.features[0].title:
            features += f"<br>{esc(f.features[0].title)}"
        rows.append(
            f"<tr><th scope=row>{features}</th><td><span class='t w'>{esc(f.type)}</span></td>"
            f"<td>{esc(f.text)}</td><td>{kernel_names(f.columns, view)}</td><td>"
            f"{esc(f.remedy)}</td></tr>"
        )
    return section(
        "findings",
        "Findings",
        "Where configuration, live probe and behaviour disagree, and why.",
        table("list", "<th>Feature<th>Type<th>Cause<th>Kernels<th>Remedy", rows),
    )


def _failures(view: View) -> str:
    ours = [f for f in view.failures if not f.rows[0].group.startswith(FOREIGN_GROUP)]
    return _failure_section(view, "failures", "What failed", "", ours)


def _foreign_failures(view: View) -> str:
    foreign = [f for f in view.failures if f.rows[0].group.startswith(FOREIGN_GROUP)]
    heading = "What failed of the kernel's own selftests"
    return _failure_section(view, "selftests", heading, foreign_text(view), foreign)


def _failure_section(
    view: View, anchor: str, heading: str, lead: str, failures: list[Failure]
) -> str:
    if not failures:
        return ""
    rows = []
    for f in failures:
        message = esc(f.message.strip()[:600]) or '<span class="quiet">no message</span>'
        tests = "<br>".join(
            f'<a href="#{test_anchor(view, r)}"><code>{esc(r.id)}</code></a>' for r in f.rows
        )
        rows.append(
            f'<tr><td><span class="t no">{esc(f.result)}</span></td><th scope=row>{tests}</th>'
            f"<td>{esc(f.rows[0].group)}</td><td>{kernel_names(f.columns, view)}</td><td>"
            f"{message}</td></tr>"
        )
    return section(
        anchor,
        heading,
        lead,
        table("list", "<th>Result<th>Test<th>Group<th>Kernels<th>Message", rows),
    )


def _row_class(kinds: Iterable[str], problem: set[str]) -> str:
    """b: a problem in this row; d: the kernels differ. What the filter works on."""
    kinds = list(kinds)
    names = "b" * bool(problem & set(kinds)) + " d" * (len(set(kinds)) > 1)
    return f' class="{names.strip()}"' if names else ""


def _features(view: View) -> str:
    bodies = []
    for area, features in view.feature_areas.items():
        rows = [
            f'<tr class="area"><th scope=rowgroup colspan={len(view.columns) + 1}>'
            f'{esc(area.replace("-", " "))}</th></tr>'
        ]
        for f in features:
            cells, kinds = [], []
            for c in view.columns:
                fc = c.features.get(f.id)
                text, kind = USABLE_TEXT[fc.usable] if fc else ("-", "n")
                if fc and fc.finding:
                    text, kind = text + " !", kind + " x"
                kinds.append(kind)
                cells.append(
                    cell(
                        kind, text, evidence_text(view, c, f.id), fc and feature_anchor(view, f.id)
                    )
                )
            head = f"{feature_link(view, f.id, esc(f.title or f.id))} <code>{esc(f.id)}</code>"
            rows.append(
                f"<tr{_row_class(kinds, {'no', 'u', 'no x', 'y x', 'u x'})}><th scope=row>"
                f"{head}</th>"
                f"{''.join(cells)}</tr>"
            )
        bodies.append(f"<tbody>{''.join(rows)}</tbody>")
    if not bodies:
        return ""
    legend = (
        '<p class="legend"><b class=y>yes</b> usable <b class=no>no</b> not usable <b class=u>?</b>'
        " could not be "
        'determined <b class="x">!</b> the kinds of evidence disagree <b class=n>-</b> no result. '
        "A cell tells its "
        "evidence when pointed at, and leads to it.</p>"
    )
    return section(
        "features",
        "Features",
        "What the probe found, by configuration and by trying.",
        legend + table("matrix filtered", column_heads(view, "Feature"), bodies, bodies=True),
    )


def _area_cells(view: View, rows: list[Any]) -> str:
    """Of an area's tests that were to run (a skip was not): passed/results, per kernel."""
    cells = []
    for c in view.columns:
        counts = Counter(c.tests[r.key].result for r in rows if r.key in c.tests)
        done = sum(counts.values()) - counts["NOT-RUN"] - counts["SKIP"]
        nothing = "skip" if counts["SKIP"] else "-"
        bad = sum(counts[r] for r in BAD_RESULTS)
        cells.append(cell("f" if bad else "q", f"{counts['PASS']}/{done}" if done else nothing))
    return "".join(cells)


def _tests(view: View) -> str:
    parts = []
    for group, areas in view.test_groups.items():
        bodies = []
        for area, tests in areas.items():
            rows = [
                f'<tr class="area"><th scope=rowgroup>{esc(area)}</th>'
                f"{_area_cells(view, tests)}</tr>"
            ]
            for t in tests:
                cells, kinds = [], []
                for c in view.columns:
                    tc = c.tests.get(t.key)
                    text, kind = TEST_TEXT[tc.result] if tc else ("-", "n")
                    kinds.append(kind)
                    link = test_anchor(view, t) if tc and tc.result != "PASS" else None
                    if c.died and (not tc or tc.result == "NOT-RUN"):
                        link = f"k{c.index}"
                    cells.append(cell(kind, text, "", link))
                rows.append(
                    f"<tr{_row_class(kinds, {'f'})}><th scope=row><code>{esc(t.id)}</code></th>"
                    f"{''.join(cells)}</tr>"
                )
            bodies.append(f"<tbody>{''.join(rows)}</tbody>")
        parts.append(
            f"<h3>{esc(group)}</h3>"
            + table("matrix filtered", column_heads(view, "Test"), bodies, bodies=True)
        )
    if not parts:
        return ""
    legend = (
        '<p class="legend"><b class=p>ok</b> passed <b class=f>FAIL</b> failed <b class=f>CRASH</b>'
        " died "
        "<b class=f>TIMEOUT</b> hung <b class=s>skip</b> what it needs is absent, denied, or held by the other cgroup version <b class=n>"
        "-</b> no result. "
        "Everything but ok leads to its details.</p>"
    )
    return section("tests", "Tests", "How each kernel behaves.", legend + "".join(parts))


def _steps(c: Column) -> str:
    rows = []
    for s in map(obj, arr(c.run.get("steps"))):
        end = (
            f"signal {s['signal']}"
            if s.get("signal") is not None
            else "timed out"
            if s.get("timeout")
            else f"exit {s['exit']}"
            if s.get("exit") is not None
            else "no end"
        )
        wall, cpu = s.get("wall_ms"), s.get("cpu_ms")
        times = [seconds(v / 1000) if isinstance(v, (int, float)) else "" for v in (wall, cpu)]
        left = ", ".join(clean_line(x) for x in arr(s.get("left")))
        err = "\n".join(lines_of(s.get("stderr_tail")))
        rows.append(
            f"<tr><th scope=row><code>{esc(s.get('step'))}</code></th><td>{esc(end)}</td><td>"
            f"{times[0]}</td>"
            f"<td>{times[1]}</td><td>{esc(left) or '-'}</td><td>"
            f"{f'<pre>{esc(err)}</pre>' if err else '-'}</td></tr>"
        )
    return (
        table("list", "<th>Step<th>Ended<th>Time<th>CPU<th>Left behind<th>Standard error", rows)
        if rows
        else ""
    )


def _kernels(view: View) -> str:
    parts = [
        f'<article class="kernel"><h3>Not run</h3><p>{esc(p)}</p></article>' for p in view.problems
    ]
    for c in view.columns:
        damage = lines_of(c.run.get("damage"))
        if not _has_more(c):
            continue
        body = f"<p>{esc(c.detail)}</p>" if c.detail else ""
        if damage:
            body += (
                "<p>Damage in the stream of results:</p><ul>"
                + "".join(f"<li>{esc(d)}</li>" for d in damage)
                + "</ul>"
            )
        if c.console:
            shown = " open" if c.died else ""
            body += (
                f"<details{shown}><summary>Last lines of the console</summary><pre class=console "
                f"tabindex=0>" + esc("\n".join(c.console)) + "</pre></details>"
            )
        if c.died:
            body += _steps(c)
        name = f' <span class="quiet">{esc(c.id)}</span>' if c.id != c.label else ""
        parts.append(
            f'<article class="kernel" id="k{c.index}"><h3>{esc(c.label)} '
            f'<span class="pill {KIND_OF_VERDICT[c.verdict]}">{esc(c.verdict)}</span>{name}</h3>'
            f"{body}</article>"
        )
    if not parts:
        return ""
    return section("kernels", "Kernels in trouble", "", "".join(parts))


def _how(view: View) -> str:
    parts = []
    for c in view.columns:
        facts = [
            ("Release", c.release),
            ("Architecture", c.kernel.get("arch")),
            ("Image", c.kernel.get("image")),
            ("SHA-256", c.kernel.get("sha256")),
            (
                "Package",
                " ".join(
                    clean_line(c.kernel.get(k)) for k in ("package", "package_version")
                ).strip(),
            ),
            ("Suite", c.kernel.get("suite")),
            ("Machine", machine_text(c)),
            ("Cgroup layout", c.layout),
            ("Boot", seconds(c.run.get("boot_s"))),
            ("Whole run", seconds(c.run.get("duration_s"))),
            ("CPU time", seconds(c.run.get("cpu_s"))),
        ]
        rows = "".join(f"<dt>{k}</dt><dd>{esc(v)}</dd>" for k, v in facts if v)
        command = [clean_line(a) for a in arr(c.machine.get("command"))]
        shell = f"<pre>{esc(shlex.join(command))}</pre>" if command else ""
        notes = "".join(f"<li>{esc(n)}</li>" for n in lines_of(c.run.get("notes")))
        notes = f"<p>PID 1 noted:</p><ul>{notes}</ul>" if notes else ""
        parts.append(
            f"<details><summary><b>{esc(c.label)}</b> "
            f"{esc(c.id) if c.id != c.label else ''}</summary>"
            f"<dl>{rows}</dl>{shell}{notes}{_steps(c)}</details>"
        )
    return section("how", "How it was run", "", "".join(parts)) if parts else ""


def _nav(sections: list[str]) -> str:
    links = []
    for text in sections:
        match = re.search('<section id="([a-z-]+)"><h2>([^<]*)</h2>', text)
        if match:
            links.append(f'<a href="#{match[1]}">{match[2]}</a>')
    return "".join(links)


def render_html(result: dict[str, Any]) -> str:
    """The whole document as one HTML page."""
    view = join(result)
    tool, host = obj(view.result.get("tool")), obj(view.result.get("host"))
    style = (TEMPLATES / "matrix.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "matrix.js").read_text(encoding="utf-8")
    cards = "".join(_card(view, c) for c in view.columns)
    sections = [
        s
        for s in (
            _uses(view),
            _failures(view),
            _foreign_failures(view),
            _kernels(view),
            _findings(view),
            _features(view),
            _tests(view),
            test_details(view),
            feature_details(view),
            _how(view),
        )
        if s
    ]
    first = next(
        (
            i
            for i, s in enumerate(sections)
            if s.startswith(('<section id="features"', '<section id="tests"'))
        ),
        None,
    )
    if first is not None:
        sections[first] = FILTER + sections[first]
    headline, kind = view.summary
    if view.result.get("interrupted") is True:
        headline += " (interrupted: not all was run)"
    qemu = f", QEMU {clean_line(host['qemu'])}" if host.get("qemu") else ""
    facts = [
        clean_line(view.result.get("started")).replace("T", " ").replace("Z", " UTC"),
        seconds(view.result.get("duration_s")),
        f"on Linux {clean_line(host.get('release'))} {clean_line(host.get('arch'))}, "
        f"{plural(host.get('cpus') or 0, 'CPU')}{qemu}",
    ]
    return Template((TEMPLATES / "matrix.html").read_text(encoding="utf-8")).substitute(
        title=std_html.escape(headline),
        # Only our own script may run, should an escape ever be forgotten.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=style,
        script=script,
        headline=std_html.escape(headline),
        kind={"good": "y", "warn": "u", "bad": "no"}[kind],
        facts=esc(", ".join(f for f in facts if f)),
        passed=view.passed,
        failed=view.failed,
        skipped=view.skipped,
        failed_kind="no" if view.failed else "quiet",
        missing=sum(view.no_result(c) for c in view.columns),
        cards=cards,
        nav=_nav(sections),
        sections="\n".join(sections),
        version=esc(tool.get("version")),
    )
