# SPDX-License-Identifier: GPL-2.0-only
"""The KTAP reader: a tree out of any bytes, with damage marked."""

from __future__ import annotations

import random

import pytest
from seaworthy import ktap, results

GOOD = b"""KTAP version 1
1..3
  KTAP version 1
  # Subtest: ns.pid
  1..4
  # ns.pid.first: needs ns.pid
  # ns.pid.first: promise pid_namespaces(7)
  # ns.pid.first: time_ms 12
  ok 1 ns.pid.first
  # ns.pid.other: time_ms 0
  ok 2 ns.pid.other # SKIP ns.pid is absent: unshare(CLONE_NEWPID): EINVAL
  # ns.pid.known: it is known
  not ok 3 ns.pid.known # XFAIL
  ok 4 - ns.pid.dash
ok 1 ns.pid
some program prints this
  KTAP version 1
  # Subtest: cgroup.v1
  1..3
  # cgroup.v1.a: needs cgroup.v1.devices, ns.user
  # cgroup.v1.a: open: expected EPERM (1), got 0
  # cgroup.v1.a: time_ms 3
  not ok 1 cgroup.v1.a
  not ok 2 cgroup.v1.b # ERROR killed by SIGSEGV
  not ok 3 cgroup.v1.c # TIMEOUT after 30 s
not ok 2 cgroup.v1
ok 3 nothing # SKIP not here
# 2 passed, 3 failed, 2 skipped
"""


def test_a_good_stream() -> None:
    root = ktap.read(GOOD)
    assert root.all_damage() == []
    assert [c.name for c in root.children] == ["ns.pid", "cgroup.v1", "nothing"]
    assert [n.name for n in root.leaves()] == [
        "ns.pid.first", "ns.pid.other", "ns.pid.known", "ns.pid.dash", "cgroup.v1.a", "cgroup.v1.b",
        "cgroup.v1.c", "nothing"]
    first, other, known, _ = root.children[0].children
    assert (first.ok, first.directive) == (True, "")
    assert (other.directive, other.reason) == (
        "SKIP", "ns.pid is absent: unshare(CLONE_NEWPID): EINVAL")
    assert known.directive == "XFAIL" and known.passed
    assert not root.children[1].passed


def test_tests_of_a_good_stream() -> None:
    tests = {t.id: t for t in results.tests_of(ktap.read(GOOD), "kernel")}
    assert {i: t.result for i, t in tests.items()} == {
        "ns.pid.first": "PASS", "ns.pid.other": "SKIP", "ns.pid.known": "SKIP",
        "ns.pid.dash": "PASS", "cgroup.v1.a": "FAIL", "cgroup.v1.b": "CRASH",
        "cgroup.v1.c": "TIMEOUT", "nothing": "SKIP"}
    a = tests["cgroup.v1.a"]
    assert (a.area, a.needs, a.duration_ms) == ("cgroup.v1", ["cgroup.v1.devices", "ns.user"], 3)
    assert a.message == "open: expected EPERM (1), got 0"
    assert tests["ns.pid.other"].message.startswith("ns.pid is absent")


def test_every_truncation_is_damage() -> None:
    whole = {n.name for n in ktap.read(GOOD).walk()}
    last = GOOD.index(b"# 2 passed")  # a log line after the last result: nothing that counts
    for cut in range(last):
        root = ktap.read(GOOD[:cut])
        assert root.all_damage(), cut
        for node in root.leaves():
            if node.ok is not None and not root.damage[-1:][0].startswith("the last line has no end"):
                assert node.name in whole


def test_a_result_of_a_cut_line_does_not_count() -> None:
    root = ktap.read(b"KTAP version 1\n1..1\nok 1 a.test")
    assert list(root.leaves()) == []
    assert any("no end" in d for d in root.all_damage())


@pytest.mark.parametrize("text,what", [
    (b"", "no KTAP version line"),
    (b"ok 1 a\n", "no KTAP version line"),
    (b"KTAP version 1\nok 1 a\n", "no plan"),
    (b"KTAP version 1\n1..2\nok 1 a\n", "planned 2, saw 1"),
    (b"KTAP version 1\n1..1\nok 1 a\nok 2 b\n", "planned 1, saw 2"),
    (b"KTAP version 1\n1..2\nok 1 a\nok 3 b\n", "result number 3 where 2"),
    (b"KTAP version 1\n1..2\n1..2\nok 1 a\nok 2 b\n", "a second plan"),
    (b"KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 x\n", "no result line"),
    (b"KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 x\nok 1 s\n", "a child failed"),
    (b"KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: a\n  1..1\n  ok 1 x\nok 1 b\n",
     "its result line names b"),
])
def test_damage_is_named(text: bytes, what: str) -> None:
    assert any(what in d for d in ktap.read(text).all_damage()), ktap.read(text).all_damage()


@pytest.mark.parametrize("seed", range(200))
def test_any_bytes_give_a_tree(seed: int) -> None:
    rng = random.Random(seed)
    lines = [*GOOD.split(b"\n"), b" " * rng.randrange(200) + b"1..3", b" " * 7 + b"ok 1 x", b"\0\xff",
             b"1..99999999999999", b"ok", b"not ok 1 # SKIP", b"# Subtest:", b"ok 1 # # SKIP",
             rng.randbytes(30)]
    data = b"\n".join(rng.choice(lines) for _ in range(rng.randrange(80)))
    for text in (data, rng.randbytes(500), GOOD[: rng.randrange(len(GOOD))] + data):
        root = ktap.read(text)
        root.all_damage()
        for test in results.tests_of(root, "kernel"):
            assert test.result in ("PASS", "FAIL", "SKIP", "CRASH", "TIMEOUT", "NOT-RUN")


def test_deep_nesting_is_bounded() -> None:
    deep = b"KTAP version 1\n" + b"".join(b"  " * i + b"KTAP version 1\n" for i in range(5000))
    assert ktap.read(deep).all_damage()


def test_log_flood_is_bounded() -> None:
    root = ktap.read(b"KTAP version 1\n1..1\n" + b"noise\n" * 100000 + b"ok 1 a\n")
    assert root.all_damage() == []
    assert len(root.children[0].log) <= 1000
