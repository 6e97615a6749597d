# SPDX-License-Identifier: GPL-2.0-only
"""docs/verbs.md is what --help says, and every option of LXC's is ours or has a reason why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import berth_verbs as tool  # noqa: E402

STORY = ("attach cgroup checkconfig clone console create destroy execute freeze info kill ls monitor netstat ps restart "
         "setcap setuid start stop unfreeze unshare version wait autostart config device snapshot top usernsexec "
         "update-config copy").split()


def test_table_is_up_to_date(executable: Path) -> None:
    assert tool.TABLE.read_text(encoding="utf-8") == tool.make(executable), (
        "write it anew: tests/tools/berth_verbs.py out/seaworthy")


def test_every_verb_of_the_story_is_there(executable: Path) -> None:
    ours = tool.our_verbs(executable)
    assert set(STORY) <= set(ours)
    assert set(ours) <= set(tool.read_data())


@pytest.mark.parametrize("name", sorted(tool.read_data()))
def test_every_option_is_ours_or_explained(executable: Path, name: str) -> None:
    if name not in tool.our_verbs(executable):
        assert name not in STORY
        return
    verb, ours = tool.read_data()[name], set(tool.our_options(executable, name))
    theirs = set(verb.lxc_08 + verb.lxc_5)
    assert theirs - ours <= set(verb.explained), "neither ours nor explained"
    assert set(verb.explained) <= theirs - ours, "explained, but not missing"


def test_links_are_made_for_every_verb(executable: Path) -> None:
    links = {p.name for p in executable.parent.glob("lxc-*")} if (executable.parent / "berth").is_symlink() else set()
    if not links:
        pytest.skip("the executable stands alone, without the links that make all makes")
    assert {f"lxc-{verb}" for verb in tool.our_verbs(executable)} <= links
