# SPDX-License-Identifier: GPL-2.0-only
"""The guest protocol, the host's half: docs/guest-protocol.md.

The reader is a total function: any bytes in, records and a list of damage out.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field
from typing import Any

MAGIC = b"#sw1 "
MAX_PAYLOAD = 4096
MAX_LINE = 1000  # of a job
_HEADER = re.compile(rb"#sw1 ([a-z]{1,16}) ([0-9]{1,10}) ([0-9]{1,5}) ([0-9a-f]{8})\n")
_MAX_HEADER = len(MAGIC) + 16 + 1 + 10 + 1 + 5 + 1 + 8 + 1
_MAX_DAMAGE = 100  # a stream of noise is one finding, not a million


@dataclass(frozen=True)
class Record:
    type: str
    seq: int
    payload: bytes

    def json(self) -> dict[str, Any]:
        """The payload as a JSON object; {} when it is none, which the session marks as damage."""
        try:
            value = json.loads(self.payload)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def checksum(kind: str, seq: int, payload: bytes) -> int:
    return zlib.crc32(b"%s %d\n" % (kind.encode(), seq) + payload)


def encode(kind: str, seq: int, payload: bytes) -> bytes:
    """A record as the guest writes it (for tests, and to say what the form is)."""
    head = f"#sw1 {kind} {seq} {len(payload)} {checksum(kind, seq, payload):08x}\n"
    return head.encode() + payload + b"\n"


class Decoder:
    """Feed it bytes as they come; it returns the records that are complete."""

    def __init__(self) -> None:
        self._buffer = b""
        self._next = 0
        self._noise = 0
        self._after_record = False
        self.damage: list[str] = []

    def feed(self, data: bytes) -> list[Record]:
        self._buffer += data
        return self._parse(final=False)

    def finish(self) -> list[Record]:
        """The stream has ended: what is left is a cut record or noise."""
        records = self._parse(final=True)
        self._flush_noise()
        return records

    def _report(self, text: str) -> None:
        if len(self.damage) < _MAX_DAMAGE:
            self.damage.append(text)
        elif len(self.damage) == _MAX_DAMAGE:
            self.damage.append("more damage of the same kind is not listed")

    def _flush_noise(self) -> None:
        if self._noise:
            self._report(f"{self._noise} bytes that are no record, before record {self._next}")
            self._noise = 0

    def _skip(self, count: int) -> None:
        self._noise += count
        self._buffer = self._buffer[count:]

    def _parse(self, final: bool) -> list[Record]:
        records = []
        while self._buffer:
            if self._after_record:
                # The line feed that ends a record.
                self._after_record = False
                if self._buffer[:1] == b"\n":
                    self._buffer = self._buffer[1:]
                    continue
            start = self._buffer.find(MAGIC)
            if start < 0:
                # The last bytes may be the beginning of a magic that is still on its way.
                keep = 0 if final else _partial_magic(self._buffer)
                self._skip(len(self._buffer) - keep)
                break
            if start:
                self._skip(start)
            record = self._one(final)
            if record is None:
                break
            if isinstance(record, Record):
                records.append(record)
        return records

    def _one(self, final: bool) -> Record | bool | None:
        """The record at the buffer's start; False: it is none and was skipped; None: wait."""
        match = _HEADER.match(self._buffer)
        if not match:
            if not final and len(self._buffer) < _MAX_HEADER and b"\n" not in self._buffer:
                return None
            self._skip(len(MAGIC))
            return False
        kind, seq, length = match[1].decode(), int(match[2]), int(match[3])
        end = match.end() + length
        if length > MAX_PAYLOAD:
            self._skip(len(MAGIC))
            return False
        if len(self._buffer) < end:
            if not final:
                return None
            self._report(f"record {seq} ({kind}) is cut short: "
                         f"{len(self._buffer) - match.end()} of {length} bytes")
            self._buffer = self._buffer[len(MAGIC):]
            return False
        payload = self._buffer[match.end():end]
        if checksum(kind, seq, payload) != int(match[4], 16):
            self._report(f"record {seq} ({kind}): the check sum is wrong")
            self._skip(len(MAGIC))
            return False
        self._flush_noise()
        if seq != self._next:
            self._report(f"record {self._next} expected, {seq} ({kind}) came")
        self._next = seq + 1
        self._buffer = self._buffer[end:]
        self._after_record = True
        return Record(kind, seq, payload)


def _partial_magic(data: bytes) -> int:
    for length in range(len(MAGIC) - 1, 0, -1):
        if data.endswith(MAGIC[:length]):
            return length
    return 0


@dataclass(frozen=True)
class Step:
    """One program that the guest (or the host machine) runs."""

    name: str
    timeout_s: int
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    layout: str
    steps: tuple[Step, ...]
    devpts: str = "newinstance"
    modules: tuple[str, ...] = field(default=())


def escape(text: str) -> str:
    """One field of a job line: blank, %, control characters and all that is not ASCII as %XX."""
    return "".join(chr(b) if 0x20 < b < 0x7F and b != 0x25 else f"%{b:02X}"
                   for b in text.encode("utf-8", "surrogateescape"))


def encode_job(job: Job) -> bytes:
    """The job as the guest reads it; ValueError where it cannot be said in the protocol."""
    lines: list[tuple[str, ...]] = [("layout", job.layout), ("devpts", job.devpts)]
    lines += [("module", path) for path in job.modules]
    for step in job.steps:
        if "" in (step.name, *step.argv) or not step.argv:
            raise ValueError(f"step {step.name!r}: the protocol has no empty field")
        lines.append(("step", step.name, str(step.timeout_s), *step.argv))
    lines.append(("poweroff",))
    texts = [" ".join(escape(f) for f in fields) for fields in lines]
    for text in texts:
        if len(text) > MAX_LINE:
            raise ValueError(f"a job line is longer than {MAX_LINE} bytes: {text[:60]}…")
    return "".join(f"{t}\n" for t in (f"sw1-job {len(texts)}", *texts)).encode()
