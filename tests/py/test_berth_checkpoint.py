# SPDX-License-Identifier: GPL-2.0-only
"""Checkpoints: CRIU's work, and who says why it cannot be done."""

from __future__ import annotations

import os
import re
import stat
import sys

import pytest
from berth_box import Box
from test_berth_core_faults import SHIM

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

NAME = "sys_elinux"
# Stands in CRIU's place: writes down how it was called, makes an image, and ends as it is told.
FAKE = """#!/bin/sh
for word; do case $word in --images-dir=*) dir=${word#--images-dir=};; --tree=*) pid=${word#--tree=};; esac; done
printf '%s\\n' "$@" > $dir/called
echo "(00.001) Error (criu/cr-dump.c:42): the reason" > $dir/dump.log
[ -e $dir/stop ] && kill -9 $pid
exit $(cat $dir/status 2>/dev/null || echo 0)
"""


@pytest.fixture
def box(box: Box) -> Box:
    box.system()
    (box.path / "bin").mkdir()
    (box.path / "bin/criu").write_text(FAKE)
    (box.path / "bin/criu").chmod(0o755)
    return box


def path(box: Box) -> dict[str, str]:
    return {"PATH": f"{box.path}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def test_criu_is_told_what_to_save(box: Box) -> None:
    box.ok("start", NAME)
    where = box.path / "images"
    box.ok("checkpoint", "-D", str(where), "-n", NAME, env=path(box))
    called = (where / "called").read_text().split("\n")
    assert called[0] == "dump" and f"--tree={box.init(NAME)}" in called and "--leave-running" in called
    assert stat.S_IMODE(where.stat().st_mode) == 0o700, "images are the container's memory"
    assert box.state(NAME) == "RUNNING"


def test_saved_and_stopped(box: Box) -> None:
    box.ok("start", NAME)
    where = box.path / "images"
    where.mkdir()
    (where / "stop").touch()
    box.ok("checkpoint", "-s", "-v", "-D", str(where), "-n", NAME, env=path(box))
    called = (where / "called").read_text().split("\n")
    assert "--leave-running" not in called and "-vvvv" in called
    assert box.state(NAME) == "STOPPED" and box.left() == []


def test_criu_that_fails_is_quoted(box: Box) -> None:
    box.ok("start", NAME)
    where = box.path / "images"
    where.mkdir()
    (where / "status").write_text("9")
    done = box.run("checkpoint", "-D", str(where), "-n", NAME, env=path(box))
    assert done.returncode == 1 and "criu/cr-dump.c:42): the reason" in done.stderr
    assert "exit status 9" in done.stderr and box.state(NAME) == "RUNNING"


def test_what_cannot_be_done_is_said(box: Box) -> None:
    where = ("-D", str(box.path / "images"))
    assert "is STOPPED; only one that runs" in box.run("checkpoint", *where, "-n", NAME).stderr
    box.ok("start", NAME)
    assert box.run("checkpoint", "-n", NAME).returncode == 64
    restore = box.run("checkpoint", "-r", *where, "-n", NAME)
    assert restore.returncode == 1 and "restoring is not built in" in restore.stderr
    without = box.run("checkpoint", *where, "-n", NAME, env={"PATH": "/nowhere"})
    assert without.returncode == 1 and "CRIU, which does the work, is not on PATH" in without.stderr
    assert not (box.path / "images").exists()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="vmsplice's number is x86_64's")
def test_the_probe_names_what_is_denied(box: Box) -> None:
    """A filter that takes vmsplice(2) away is no kernel without it: it is named, and CRIU is asked."""
    box.ok("start", NAME)
    box.wrapper = (sys.executable, "-c", SHIM, "278:38")
    done = box.run("checkpoint", "-D", str(box.path / "images"), "-n", NAME, env=path(box))
    box.wrapper = ()
    assert re.search(r"contents of pipes cannot be restored, as it seems: checkpoint\.vmsplice: .*ENOSYS", done.stderr), done.stderr
