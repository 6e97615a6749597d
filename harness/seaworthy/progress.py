# SPDX-License-Identifier: GPL-2.0-only
"""What a person sees while the matrix is made: a block of lines that is redrawn on a terminal,
plain lines one after another anywhere else."""

from __future__ import annotations

import re
import shutil
import threading
import time
from dataclasses import dataclass
from typing import TextIO

from .outcome import Outcome
from .results import TEST_STEPS, Run

_RESULT = re.compile(rb"^  (not )?ok \d+ ([^\n]*)", re.MULTILINE)
_PHASES = {"fetch": "fetching", "wait": "waiting", "boot": "booting"}


@dataclass
class _Line:
    phase: str = "wait"
    begin: float | None = None
    outcome: Outcome | None = None
    done: str = ""


def counts(seen: Outcome | None) -> tuple[int, int, int]:
    """Tests that passed, failed and were skipped so far."""
    passed = failed = skipped = 0
    for name in TEST_STEPS:
        step = seen.steps.get(name) if seen else None
        # A copy: another thread goes on to fill the buffer.
        for match in _RESULT.finditer(bytes(step.out) if step else b""):
            if match[1]:
                failed += 1
            elif b"# SKIP" in match[2]:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def tally(passed: int, failed: int, skipped: int) -> str:
    if not passed + failed + skipped:
        return ""
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def run_counts(run: Run) -> str:
    results = [t.result for t in run.tests]
    return tally(results.count("PASS"),
                 sum(r in ("FAIL", "CRASH", "TIMEOUT") for r in results), results.count("SKIP"))


class Progress:
    """All methods may be called from any thread."""

    def __init__(self, stream: TextIO, ids: list[str], live: bool | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lines = {i: _Line() for i in ids}
        self._live = stream.isatty() if live is None else live
        self._drawn = 0
        self._begin = time.monotonic()

    def say(self, text: str) -> None:
        """A line of its own, above the block."""
        with self._lock:
            self._erase()
            self._write(text + "\n")
            self._draw()

    def phase(self, run_id: str, phase: str, seen: Outcome | None = None) -> None:
        with self._lock:
            line = self._lines[run_id]
            line.outcome = seen or line.outcome
            if not phase or phase == line.phase:
                return
            line.phase = phase
            line.begin = line.begin or time.monotonic()
            if not self._live and phase != "fetch":  # the cache itself says what it fetches
                said = tally(*counts(line.outcome))
                self._write(f"{self._clock()} {run_id}: {_PHASES.get(phase, phase)}"
                            + (f" ({said})" if said else "") + "\n")

    def finished(self, run_id: str, run: Run) -> None:
        with self._lock:
            said = run_counts(run)
            line = self._lines[run_id]
            line.done = f"{run.verdict:<8}" + (f" {said}" if said else "")
            line.done += f" in {run.duration_s:.0f} s"
            if run.detail:
                line.done += f": {run.detail}"
            if not self._live:
                self._write(f"{self._clock()} {run_id}: {line.done}\n")

    def failed(self, run_id: str, why: str) -> None:
        with self._lock:
            self._lines[run_id].done = why
            if not self._live:
                self._write(f"{self._clock()} {run_id}: {why}\n")

    def tick(self) -> None:
        if self._live:
            with self._lock:
                self._erase()
                self._draw()

    def close(self) -> None:
        """Leave the last state standing."""
        with self._lock:
            if self._live:
                self._erase()
                self._draw()
                self._drawn = 0

    def _clock(self) -> str:
        seconds = int(time.monotonic() - self._begin)
        return f"[{seconds // 60:02}:{seconds % 60:02}]"

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; the reports are what counts

    def _erase(self) -> None:
        if self._live and self._drawn:
            self._write(f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if not self._live:
            return
        columns = shutil.get_terminal_size().columns
        width = max((len(i) for i in self._lines), default=0)
        now = time.monotonic()
        text = ""
        for run_id, line in self._lines.items():
            state = line.done
            if not state:
                state = _PHASES.get(line.phase, line.phase)
                if said := tally(*counts(line.outcome)):
                    state += f"  {said}"
                if line.begin is not None:
                    state += f"  {now - line.begin:.0f} s"
            text += f"  {run_id:<{width}}  {state}"[: columns - 1] + "\n"
        self._write(text)
        self._drawn = len(self._lines)
