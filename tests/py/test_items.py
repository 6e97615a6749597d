# SPDX-License-Identifier: GPL-2.0-only
"""docs/items.tsv: every item that other checkers look at is a feature, part of one, or has a reason."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from test_kconfig_corpus import ROOT, corpus, dump, run  # noqa: F401

ITEMS = ROOT / "docs/items.tsv"


def rows() -> list[tuple[str, str, list[str], str]]:
    found = []
    for line in ITEMS.read_text().splitlines():
        if line.startswith("#") or line.startswith("item\t"):
            continue
        item, kind, features, note = line.split("\t")
        found.append((item, kind, [] if features == "-" else features.split(), note))
    return found


@pytest.fixture(scope="module")
def features() -> dict[str, set[str]]:
    """Id -> the symbols of its expressions."""
    done = subprocess.run([ROOT / "out/seaworthy", "features", "--format", "json"], check=True,
                          capture_output=True, text=True, timeout=60)
    return {f["id"]: {s for k in f["kconfig"] for s in names(k["expr"])}
            for f in json.loads(done.stdout)["features"]}


def names(expr: str | None) -> set[str]:
    return set(re.findall(r"\w+", expr or "")) - {"y", "m", "n"}


@pytest.fixture(scope="module")
def related(dump: Path) -> dict[str, set[str]]:  # noqa: F811
    """Symbol -> those that it depends on, that bring it, that took its place; and the other way."""
    found: dict[str, set[str]] = {}

    def tie(a: str, b: str) -> None:
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)

    for row in run(dump, "-D"):
        for other in names(row["depends"]) | names(row["implied"]):
            tie(row["name"], other)
    for row in run(dump, "-t"):
        for other in names(row["successor"]):
            tie(row["name"], other)
    return found


def test_all_items_are_there() -> None:
    configs = corpus()  # skips where there is no shared data
    with (configs[0].path.parents[1] / "items.tsv").open() as f:
        given = {(r["item"], r["kind"]) for r in csv.DictReader(f, delimiter="\t")}
    assert len(given) == 388
    assert {(item, kind) for item, kind, _, _ in rows()} == given


def test_every_item_once_with_a_feature_or_a_reason(features: dict[str, set[str]]) -> None:
    assert len({item for item, *_ in rows()}) == len(rows()) == 388
    assert not [r for r in rows() if not r[2] and len(r[3]) < 10]
    assert not [(r[0], f) for r in rows() for f in r[2] if f not in features]
    assert not [r[0] for r in rows() if len(set(r[2])) != len(r[2])]
    # A reason that points to a feature points to one that is there.
    areas = {f.split(".")[0] for f in features}
    named = re.compile(rf"\b(?:{'|'.join(sorted(areas))})\.[a-z0-9_.]*[a-z0-9]")
    assert not [(r[0], m) for r in rows() for m in named.findall(r[3]) if m not in features]


def test_features_use_the_symbol_of_their_item(features: dict[str, set[str]],
                                               related: dict[str, set[str]]) -> None:
    """In an expression, or tied by the tables to a symbol of one."""
    wrong = []
    for item, kind, ids, _ in rows():
        if kind != "kconfig":
            continue
        near = {item} | related.get(item, set())
        wrong += [(item, f) for f in ids if not features[f] & near]
    assert not wrong


def test_no_item_is_without_a_feature_that_uses_its_symbol(features: dict[str, set[str]]) -> None:
    used = {s for symbols in features.values() for s in symbols}
    assert not [item for item, kind, ids, _ in rows() if kind == "kconfig" and not ids and item in used]


def test_the_table_is_up_to_date() -> None:
    done = subprocess.run([ROOT / "tests/tools/items-table", "--check"], check=False, timeout=60)
    assert done.returncode == 0, "run tests/tools/items-table"
