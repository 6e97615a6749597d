# SPDX-License-Identifier: GPL-2.0-only
"""The table of keys: sorted, complete, and what the documentation says of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/tools"))
import berth_keys  # noqa: E402


@pytest.fixture(scope="module")
def table(executable: Path) -> list[berth_keys.Key]:
    return berth_keys.keys(executable)


def test_table_is_sorted_and_whole(table: list[berth_keys.Key]) -> None:
    names = [key.name for key in table]
    assert len(names) > 90 and names == sorted(set(names))
    olds = [key.old for key in table if key.old != "-"]
    assert len(olds) == len(set(olds)) and not set(olds) & set(names)
    for key in table:
        assert key.status in ("honoured", "refused")
        assert key.since == "ours" or re.fullmatch(r"[0-6]\.[0-9]", key.since), key
        assert (key.since == "ours") == key.name.startswith("berth."), key
        assert key.value and key.text and not key.text.endswith("."), key


def test_manual_lists_exactly_the_keys_there_are(table: list[berth_keys.Key]) -> None:
    text = berth_keys.MANUAL.read_text(encoding="utf-8")
    assert text == berth_keys.manual(text, table), "run tests/tools/berth_keys.py out/seaworthy"


def test_document_lists_exactly_the_keys_there_are(table: list[berth_keys.Key]) -> None:
    assert berth_keys.TABLE.read_text(encoding="utf-8") == berth_keys.document(table), \
        "run tests/tools/berth_keys.py out/seaworthy"
