# SPDX-License-Identifier: GPL-2.0-only
"""The reader of the guest protocol: total over any bytes, and never more than was sent."""

from __future__ import annotations

import random

import pytest
from seaworthy import protocol
from seaworthy.outcome import Outcome

RECORDS = [
    ("hello", b'{"proto":1,"release":"6.1.0"}'), ("begin", b'{"step":"a"}'),
    ("out", b"a #sw1 out 1 3 00000000\nnot a record"), ("err", b"a \x00\xff\n\n"), ("out", b"a "),
    ("end", b'{"step":"a","exit":0,"signal":null}'), ("note", b"x" * 4096),
    ("final", b'{"steps":1,"status":"done"}'),
]
STREAM = b"".join(protocol.encode(t, i, p) for i, (t, p) in enumerate(RECORDS))


def decode(data: bytes, chunks: random.Random | None = None
           ) -> tuple[list[protocol.Record], list[str]]:
    decoder = protocol.Decoder()
    records = []
    while data:
        size = chunks.randint(1, 40) if chunks else len(data)
        records += decoder.feed(data[:size])
        data = data[size:]
    records += decoder.finish()
    return records, decoder.damage


def test_a_whole_stream_gives_all_records_and_no_damage() -> None:
    records, damage = decode(STREAM)
    assert [(r.type, r.payload) for r in records] == RECORDS
    assert damage == []


@pytest.mark.parametrize("seed", range(20))
def test_chunks_make_no_difference(seed: int) -> None:
    assert decode(STREAM, random.Random(seed)) == decode(STREAM)


def test_every_truncation_gives_a_prefix() -> None:
    whole, _ = decode(STREAM)
    ends = set()
    at = 0
    for i, (t, p) in enumerate(RECORDS):
        at += len(protocol.encode(t, i, p))
        ends |= {at, at - 1}  # with and without the last line feed
    for cut in range(len(STREAM)):
        records, damage = decode(STREAM[:cut])
        assert records == whole[: len(records)]
        assert bool(damage) == (cut not in ends and cut != 0), cut


def test_every_changed_byte_is_damage_and_invents_nothing() -> None:
    whole, _ = decode(STREAM)
    rng = random.Random(1)
    for at in rng.sample(range(len(STREAM)), 600):
        changed = bytearray(STREAM)
        changed[at] ^= 1 << rng.randrange(8)
        records, damage = decode(bytes(changed))
        assert set(records) <= set(whole)
        assert damage or records == whole
        assert len(records) >= len(whole) - 1


@pytest.mark.parametrize("seed", range(50))
def test_noise_gives_no_record(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [b"#sw1 ", b"#sw1 out 0 4096 00000000\n", b"\n", b"#sw", rng.randbytes(rng.randrange(300)),
              b"#sw1 out 0 99999 00000000\n", b"#sw1 final 0 0 00000000\n"]
    noise = b"".join(rng.choice(pieces) for _ in range(rng.randrange(1, 60)))
    records, damage = decode(noise, rng)
    assert records == []
    assert damage or noise.strip(b"\n") == b""
    assert len(damage) <= 101


@pytest.mark.parametrize("seed", range(20))
def test_records_are_found_again_after_noise(seed: int) -> None:
    rng = random.Random(seed)
    parts = [protocol.encode(t, i, p) for i, (t, p) in enumerate(RECORDS)]
    where = rng.randrange(len(parts))
    parts.insert(where, b"\n[    1.0] a kernel message\r\n#sw1 out 5 " + rng.randbytes(30))
    records, damage = decode(b"".join(parts), rng)
    assert [(r.type, r.payload) for r in records] == RECORDS
    assert len(damage) >= 1


def test_a_gap_and_a_repeat_in_the_sequence_are_damage() -> None:
    for numbers in ([0, 2], [0, 0], [1, 2], [1, 0]):
        records, damage = decode(b"".join(protocol.encode("note", n, b"") for n in numbers))
        assert len(records) == 2
        assert damage and "expected" in damage[0]


@pytest.mark.parametrize("kind,payload", [
    ("hello", b"[]"), ("hello", b"{"), ("end", b'{"exit":0}'), ("out", b"nostep"),
    ("begin", b'{"step":7}'), ("final", b""), ("strange", b""), ("end", b"[" * 4000)])
def test_records_without_sense_are_damage(kind: str, payload: bytes) -> None:
    seen = Outcome()
    seen.take(protocol.Record(kind, 0, payload))
    assert len(seen.damage) == 1
    assert not seen.hello and not seen.final and not seen.steps


def test_a_job_is_escaped_and_counted() -> None:
    step = protocol.Step("s-1", 5, ("/bin/sh", "-c", "echo 100% of\n it \u00fc\x7f"))
    text = protocol.encode_job(protocol.Job("v2", (step,), modules=("/lib/a b.ko",)))
    lines = text.decode("ascii").split("\n")
    assert lines[0] == f"sw1-job {len(lines) - 2}"
    assert "module /lib/a%20b.ko" in lines
    assert "step s-1 5 /bin/sh -c echo%20100%25%20of%0A%20it%20%C3%BC%7F" in lines
    assert lines[-2:] == ["poweroff", ""]


@pytest.mark.parametrize("argv", [(), ("",), ("/bin/x", ""), ("/bin/x", "y" * 1000)])
def test_a_job_that_cannot_be_said_is_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        protocol.encode_job(protocol.Job("v2", (protocol.Step("s", 5, argv),)))
