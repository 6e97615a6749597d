# SPDX-License-Identifier: GPL-2.0-only
"""What a machine saw while it ran a job: raw facts, not yet a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .protocol import Record

MAX_STEP_BYTES = 32 << 20  # of one step's output; more is damage
MAX_STDERR_BYTES = 256 << 10
CONSOLE_HEAD = 256 << 10
CONSOLE_TAIL = 256 << 10


@dataclass
class StepOutput:
    name: str
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    end: dict[str, Any] | None = None  # the `end` record; None: the step never ended
    too_much: bool = False

    def add(self, stream: str, data: bytes) -> None:
        buffer, limit = ((self.out, MAX_STEP_BYTES) if stream == "out"
                         else (self.err, MAX_STDERR_BYTES))
        room = limit - len(buffer)
        buffer += data[:max(room, 0)]
        if len(data) > room and stream == "out":
            self.too_much = True


class Console:
    """The console's first and last bytes: a guest that floods it cannot fill memory."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = CONSOLE_HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        if len(self._tail) > 2 * CONSOLE_TAIL:
            del self._tail[:-CONSOLE_TAIL]

    def bytes(self) -> bytes:
        return bytes(self._head + self._tail)


# How a run came to its end.
ENDED = "ended"  # the machine left by itself
SILENT = "silent"  # nothing came for too long
LATE = "late"  # things came, but the time is over
STOPPED = "stopped"  # the user interrupted
REFUSED = "refused"  # the machine could not be started at all


@dataclass
class Outcome:
    command: list[str] = field(default_factory=list)
    accel: str | None = None
    hello: dict[str, Any] | None = None
    final: dict[str, Any] | None = None
    steps: dict[str, StepOutput] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    console: Console = field(default_factory=Console)
    ended: str = ENDED
    limit_s: float = 0.0  # the limit that was passed, for SILENT and LATE
    exit_status: int | None = None
    complaint: str = ""  # what the emulator itself said
    boot_s: float | None = None
    duration_s: float = 0.0
    cpu_s: float = 0.0

    def step(self, name: str) -> StepOutput:
        return self.steps.setdefault(name, StepOutput(name))

    def take(self, record: Record) -> None:
        """One record of the guest protocol. Anything unexpected is damage, never an exception."""
        kind, payload = record.type, record.payload
        if kind in ("out", "err"):
            name, blank, data = payload.partition(b" ")
            if not blank:
                self.damage.append(f"record {record.seq}: {kind} without a step")
                return
            self.step(name.decode("ascii", "replace")).add(kind, data)
        elif kind == "note":
            self.notes.append(payload.decode("utf-8", "replace"))
        elif kind in ("hello", "begin", "end", "final"):
            value = record.json()
            if not value:
                self.damage.append(f"record {record.seq}: {kind} is no JSON object")
            elif kind == "hello":
                self.hello = value
            elif kind == "final":
                self.final = value
            elif not isinstance(value.get("step"), str):
                self.damage.append(f"record {record.seq}: {kind} names no step")
            else:
                step = self.step(value["step"])
                if kind == "end":
                    step.end = value
        else:
            self.damage.append(f"record {record.seq}: unknown type {kind}")
