# SPDX-License-Identifier: GPL-2.0-only
"""The life of containers as others see it: events, waiting, freezing, halting, rebooting."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest
from berth_box import LIMIT, Box, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces, mounts and cgroups need root")

NAME = "sys_elinux"


class Monitor:
    """berth monitor, and the lines that it has said so far."""

    def __init__(self, box: Box, *args: str) -> None:
        self.lines: list[str] = []
        self.process = box.popen("monitor", *args, stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: (box.rundir / "events" / str(self.process.pid)).exists(), "it listens")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def saw(self, *states: str, name: str = NAME) -> None:
        want = [f"'{name}' changed state to [{state}]" for state in states]
        until(lambda: len(self.lines) >= len(want), f"{want}, not only {self.lines}")
        assert self.lines == want
        self.lines.clear()

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(LIMIT)


@contextlib.contextmanager
def monitor(box: Box, *args: str) -> Iterator[Monitor]:
    m = Monitor(box, *args)
    try:
        yield m
    finally:
        if m.process.poll() is None:
            assert m.end() == 0


# ---- monitor -----------------------------------------------------------------------------------


def test_every_change_is_told_in_order(box: Box) -> None:
    box.system()
    with monitor(box) as m:
        box.ok("start", NAME)
        m.saw("STARTING", "RUNNING")
        box.ok("freeze", NAME)
        m.saw("FREEZING", "FROZEN")
        box.ok("unfreeze", NAME)
        m.saw("THAWED", "RUNNING")
        box.ok("stop", "-k", NAME)
        m.saw("STOPPING", "STOPPED")
        assert box.run("start", NAME, "--", "/no/such").returncode == 1
        m.saw("STARTING", "ABORTING", "STOPPED")
        box.ok("start", NAME, "--", "/bin/true")
        m.saw("STARTING", "RUNNING", "STOPPING", "STOPPED")


def test_monitor_hears_of_killed_ones(box: Box) -> None:
    box.system()
    with monitor(box, NAME) as m:
        box.ok("start", NAME)
        m.saw("STARTING", "RUNNING")
        os.kill(box.monitor(NAME), signal.SIGKILL)
        m.saw("STOPPING", "STOPPED")  # said by the monitor's own looking, nobody else looks


@pytest.mark.parametrize("option", [("-n",), ()])
def test_monitor_chooses_whole_names(box: Box, option: tuple[str, ...]) -> None:
    box.system("web1")
    box.system("web12")
    box.system("db")
    with monitor(box, *option, "web.|d[a-c]") as m:
        for name in ("web12", "web1", "db"):
            box.ok("start", name, "--", "/bin/true")
        until(lambda: "'db' changed state to [STOPPED]" in m.lines, "db has stopped")
        assert {line.split("'")[1] for line in m.lines} == {"web1", "db"}


def test_several_monitors_and_killed_ones(box: Box) -> None:
    box.system()
    with monitor(box) as one, monitor(box) as two:
        dead, stopped = Monitor(box), Monitor(box)
        dead.end(signal.SIGKILL)
        stopped.process.send_signal(signal.SIGSTOP)
        for _ in range(3):
            box.ok("start", NAME, "--", "/bin/true")
            box.ok("wait", "-s", "STOPPED", NAME)
        for m in (one, two):
            m.saw(*["STARTING", "RUNNING", "STOPPING", "STOPPED"] * 3)
        assert not (box.rundir / "events" / str(dead.process.pid)).exists()
        stopped.process.send_signal(signal.SIGCONT)
        stopped.saw(*["STARTING", "RUNNING", "STOPPING", "STOPPED"] * 3)
        assert stopped.end(signal.SIGINT) == 0
    assert box.left() == []


def test_killed_monitor_is_cleaned_up_by_the_next_command(box: Box) -> None:
    box.system()
    m = Monitor(box)
    m.end(signal.SIGKILL)
    assert box.left() != []
    box.ok("ls", "--running")
    assert box.left() == []


def test_monitor_usage(box: Box) -> None:
    assert box.run("monitor", "-Q").returncode == 0
    done = box.run("monitor", "a[")
    assert done.returncode == 64 and "no regular expression" in done.stderr
    assert box.run("monitor", "a", "b").returncode == 64


# ---- wait, freeze ------------------------------------------------------------------------------


def test_wait_for_one_of_several_states(box: Box) -> None:
    box.system()
    assert box.run("wait", "-s", "RUNNING|FROZEN", "-t", "0", NAME).returncode == 1
    with box.popen("wait", "-s", "FROZEN|STOPPED", "-n", NAME) as already:
        assert already.wait(LIMIT) == 0, "stopped it is"
    with box.popen("wait", "-s", "RUNNING|FROZEN", "-n", NAME) as waits:
        box.ok("start", NAME)
        assert waits.wait(LIMIT) == 0
    with box.popen("wait", "-s", "FROZEN|STOPPED", "-t", "50", "-n", NAME) as waits:
        box.ok("freeze", NAME)
        assert waits.wait(LIMIT) == 0
    with box.popen("wait", "-s", "STOPPED", "-n", NAME) as waits:
        os.kill(box.monitor(NAME), signal.SIGKILL)
        assert waits.wait(LIMIT) == 0, "a killed monitor is a stopped container"


def ticking(box: Box) -> int:
    return len((box.rootfs(NAME) / "tmp/ticks").read_text())


def test_frozen_stands_still(box: Box) -> None:
    box.system(inittab="::once:/bin/sh -c 'while :; do echo -n x >>/tmp/ticks; sleep 0.01; done'\n")
    box.ok("start", NAME)
    until(lambda: (box.rootfs(NAME) / "tmp/ticks").exists(), "it runs")
    box.ok("freeze", NAME)
    assert box.state(NAME) == "FROZEN"
    seen = ticking(box)
    subprocess.run(["/bin/sleep", "0.3"], check=True)
    assert ticking(box) == seen
    box.ok("freeze", NAME)  # once more is no error
    box.ok("unfreeze", NAME)
    until(lambda: ticking(box) > seen, "it goes on")
