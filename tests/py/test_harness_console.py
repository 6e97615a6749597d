# SPDX-License-Identifier: GPL-2.0-only
"""Crash attribution from a console, and the verdicts that follow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from seaworthy import console, outcome, protocol, results

BOOTED = b"SeaBIOS (version 1.16)\r\n\x1b[2J[    0.000000] Linux version 6.1.0 (gcc)\r\n"


@pytest.mark.parametrize("text,kind,line", [
    (b"", "silent", ""),
    (b"SeaBIOS (version 1.16.2)\r\n\x1b[c\x1b[?7l", "silent", ""),
    (BOOTED, "", ""),
    (BOOTED + b"[    1.9] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\r\n",
     "panic", "Attempted to kill init! exitcode=0x0000000b"),
    (b"[    1.0] BUG: kernel NULL pointer dereference, address: 0\n[    1.0] Oops: 0002 [#1]\n"
     b"[    1.1] Kernel panic - not syncing: Fatal exception\n", "panic",
     "Fatal exception, after: BUG: kernel NULL pointer dereference, address: 0"),
    (BOOTED + b"[    2.0] Oops: 0002 [#1] SMP\r\n", "oops", "Oops: 0002 [#1] SMP"),
    (BOOTED + b"[    2.0] Internal error: Oops: 5 [#1] ARM\r\n", "oops", "Internal error: Oops: 5 [#1] ARM"),
    (BOOTED + b"[    2.0] BUG: sleeping function called from invalid context\r\n", "bug",
     "BUG: sleeping function called from invalid context"),
    (BOOTED + b"[    2.0] kernel BUG at mm/slub.c:1!\r\n", "bug", "kernel BUG at mm/slub.c:1!"),
    (BOOTED + b"DEBUG: Oopsie\r\n", "", ""),
])
def test_attribution(text: bytes, kind: str, line: str) -> None:
    found = console.attribute(text)
    assert (found.kind, found.line) == (kind, line)


def test_a_kernel_without_root_is_known() -> None:
    found = console.attribute(BOOTED + b"Kernel panic - not syncing: VFS: Unable to mount root fs on "
                              b"unknown-block(0,0)\n")
    assert found.kind == "panic" and found.no_root


@pytest.mark.parametrize("seed", range(50))
def test_any_bytes_give_clean_lines(seed: int) -> None:
    rng = random.Random(seed)
    data = rng.randbytes(2000) + b"\x1b[31mred\x1b[0m\n" * rng.randrange(3) + b"\n\x00" * 50
    console.attribute(data)
    for line in console.tail(data):
        assert line.strip() and len(line) <= 400 and "\x1b" not in line and line.isprintable() or "\t" in line
    assert len(console.tail(data * 10)) <= console.TAIL_LINES


def test_the_console_is_bounded() -> None:
    kept = outcome.Console()
    kept.add(b"first line\n")
    for _ in range(100):
        kept.add(b"x" * 65536)
    kept.add(b"Kernel panic - not syncing: last\n")
    text = kept.bytes()
    assert len(text) < 2 << 20
    assert text.startswith(b"first line") and text.endswith(b"last\n")


# ---- verdicts

STEPS = (protocol.Step("probe", 10, ("/bin/seaworthy", "probe")),
         protocol.Step("test-kernel", 20, ("/bin/seaworthy", "test")))
JOB = protocol.Job("v2", STEPS)
KTAP = b"KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: a\n  1..1\n  ok 1 a.b\nok 1 a\n"
PROBE = {"schema": "seaworthy.probe/1", "exit_status": 0, "features": []}


def good() -> outcome.Outcome:
    """A guest that did all as it should."""
    seen = outcome.Outcome(hello={"release": "6.1.0"}, final={"steps": 2, "status": "done"},
                           exit_status=0, boot_s=1.0)
    seen.console.add(BOOTED)
    for name, text in (("probe", json.dumps(PROBE).encode()), ("test-kernel", KTAP)):
        step = seen.step(name)
        step.out += text
        step.end = {"step": name, "exit": 0, "signal": None, "timeout": False, "left": []}
    return seen


def run_of(seen: outcome.Outcome) -> results.Run:
    kernel = results.KernelInfo(None, "amd64", "vmlinuz", None)
    return results.make_run("k", kernel, results.MachineInfo("qemu", "tcg", []), "v2", JOB, seen)


def test_pass() -> None:
    run = run_of(good())
    assert (run.verdict, run.detail, run.console_tail, run.damage) == ("PASS", "", [], [])
    assert run.kernel.release == "6.1.0"
    assert run.status() == 0


def _end(name: str, **fields: Any) -> Callable[[outcome.Outcome], None]:
    def change(seen: outcome.Outcome) -> None:
        seen.step(name).end.update(fields)  # type: ignore[union-attr]

    return change


def _out(name: str, data: bytes) -> Callable[[outcome.Outcome], None]:
    def change(seen: outcome.Outcome) -> None:
        seen.step(name).out[:] = data

    return change


def _set(**fields: Any) -> Callable[[outcome.Outcome], None]:
    def change(seen: outcome.Outcome) -> None:
        for key, value in fields.items():
            setattr(seen, key, value)

    return change


def _panic(seen: outcome.Outcome) -> None:
    seen.console.add(b"Kernel panic - not syncing: sysrq triggered crash\n")
    seen.final = None
    seen.step("test-kernel").end = None


def _oops(seen: outcome.Outcome) -> None:
    seen.console.add(b"[  3.0] BUG: unable to handle page fault for address: ff\n")


def _probe(**fields: Any) -> Callable[[outcome.Outcome], None]:
    return _out("probe", json.dumps({**PROBE, **fields}).encode())


def _usage(seen: outcome.Outcome) -> None:
    step = seen.step("test-kernel")
    step.out.clear()
    step.err += b"seaworthy: there is no verb 'test'\n"
    step.end.update(exit=64)  # type: ignore[union-attr]


FAILING = KTAP.replace(b"  ok 1 a.b", b"  not ok 1 a.b").replace(b"\nok 1 a", b"\nnot ok 1 a")


@pytest.mark.parametrize("change,verdict,words", [
    (_panic, "PANIC", "sysrq triggered crash (during the step test-kernel)"),
    (_set(hello=None, final=None, steps={}, ended=outcome.LATE, limit_s=9), "NO-BOOT", "PID 1"),
    (_set(hello=None, final=None, steps={}, console=outcome.Console(), exit_status=1,
          complaint="qemu: invalid kernel header"), "NO-BOOT", "invalid kernel header"),
    (_set(final=None, ended=outcome.SILENT, limit_s=9), "TIMEOUT", "no sign of life for 9 s"),
    (_set(final=None, ended=outcome.LATE, limit_s=9), "TIMEOUT", "not done after 9 s"),
    (_set(final=None), "BROKEN-OUTPUT", "without its final record"),
    (_set(damage=["record 3: the check sum is wrong"]), "BROKEN-OUTPUT", "check sum"),
    (_set(final={"steps": 0, "status": "line 3: unknown verb"}), "BROKEN-OUTPUT", "line 3"),
    (_set(steps={}), "BROKEN-OUTPUT", "the step probe has no end"),
    (_end("test-kernel", timeout=True, exit=None, signal=9), "TIMEOUT", "did not end within 20 s"),
    (_end("probe", exit=None, signal=11), "FAIL", "killed by SIGSEGV"),
    (_end("probe", exit=64), "FAIL", "ended with status 64"),
    (_usage, "FAIL", "there is no verb 'test'"),
    (_out("probe", b"{"), "BROKEN-OUTPUT", "no JSON"),
    (_out("probe", b"[1]"), "BROKEN-OUTPUT", "no seaworthy.probe/1"),
    (_out("test-kernel", KTAP[:-10]), "BROKEN-OUTPUT", "damaged"),
    (_out("test-kernel", b""), "BROKEN-OUTPUT", "no KTAP version line"),
    (_out("test-kernel", FAILING), "FAIL", "1 of 1 tests failed, the first: a.b"),
    (_probe(exit_status=1), "FAIL", "something required is missing"),
    (_oops, "FAIL", "unable to handle page fault"),
    (_end("probe", left=["mount /x (tmpfs)"]), "FAIL", "left behind by the step probe: mount /x"),
])
def test_verdicts(change: Callable[[outcome.Outcome], None], verdict: str, words: str) -> None:
    seen = good()
    change(seen)
    run = run_of(seen)
    assert (run.verdict, words in run.detail) == (verdict, True), run.detail
    assert run.status() == 1


@pytest.mark.parametrize("status", [2, 3])
def test_what_the_probe_could_not_say_reaches_the_exit_status(status: int) -> None:
    seen = good()
    _probe(exit_status=status)(seen)
    run = run_of(seen)
    assert (run.verdict, run.status()) == ("PASS", status)
    assert results.overall([run, run_of(good())], False) == status


def test_overall_status() -> None:
    seen = good()
    _panic(seen)
    assert results.overall([run_of(good())], False) == 0
    assert results.overall([run_of(good())], True) == 3
    assert results.overall([], False) == 3
    assert results.overall([run_of(good()), run_of(seen)], True) == 1


def test_a_test_that_one_run_did_not_reach_is_not_run_there() -> None:
    seen = good()
    _panic(seen)
    seen.step("test-kernel").out.clear()
    runs = [run_of(good()), run_of(seen)]
    results.fill_not_run(runs)
    assert [t.result for t in runs[1].tests if t.id == "a.b"] == ["NOT-RUN"]
    assert "PANIC" in runs[1].tests[0].message
