# SPDX-License-Identifier: GPL-2.0-only
"""docs/differences.md is what the tool makes of the corpus today, and every rule in it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_probe import EXE, ROOT, data_dir

sys.path.insert(0, str(ROOT / "tests/tools"))

import corpus_differences as tool  # noqa: E402


@pytest.fixture(scope="module")
def data() -> Path:
    found = data_dir()
    if not found:
        pytest.skip("the corpus and the other checkers' output are not here (SEAWORTHY_DATA)")
    return found


def test_items_name_features() -> None:
    done = subprocess.run([EXE, "features", "--format", "json"], capture_output=True, timeout=60, check=True)
    known = {f["id"] for f in json.loads(done.stdout)["features"]}
    for items in tool.ITEMS.values():
        for features in items.values():
            assert set(features.split("|")) <= known, features


def test_rules_are_about_items() -> None:
    items = {item for of in (*tool.ITEMS.values(), *tool.TOGETHER.values()) for item in of}
    for rule in tool.RULES:
        assert set(rule.items) <= items, rule


def test_every_item_that_a_checker_prints_is_compared_or_said_not_to_be(data: Path) -> None:
    for checker, directory in ((tool.LXC, "lxc"), (tool.MOBY, "moby")):
        printed: set[str] = set()
        for path in sorted((data / "checkers" / directory).glob("*.txt")):
            printed |= set(tool.read_checker(path))
        together = {part for parts, _ in tool.TOGETHER[checker].values() for part in parts}
        assert printed == set(tool.ITEMS[checker]) | set(tool.NOT_COMPARED[checker]) | together


def test_the_table_is_up_to_date_and_every_difference_has_its_reason(data: Path) -> None:
    differences, asked = tool.compare(data, EXE)
    assert {r.reason for r in tool.RULES} == {d.reason for d in differences}, "a rule explains nothing"
    assert tool.render(differences, asked) == (ROOT / "docs/differences.md").read_text(), \
        "docs/differences.md is old: make differences"


def test_a_difference_without_a_reason_is_an_error(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "RULES", tool.RULES[1:])
    with pytest.raises(tool.Unexplained, match="Cgroup namespace"):
        tool.compare(data, EXE)
