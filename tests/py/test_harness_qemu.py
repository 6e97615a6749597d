# SPDX-License-Identifier: GPL-2.0-only
"""One real kernel in QEMU, and every way in which a machine can go wrong, for real."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import pytest
from conftest import Boot
from seaworthy import console, guests, kernels, machines, outcome, protocol, results
from seaworthy.outcome import Outcome


def step(name: str, script: str, timeout_s: int = 120) -> protocol.Step:
    return protocol.Step(name, timeout_s, ("/bin/busybox", "sh", "-c", script))


def verdict(seen: Outcome, *steps: protocol.Step) -> results.Run:
    kernel = results.KernelInfo(None, "amd64", "vmlinuz", None)
    machine = results.MachineInfo("qemu", seen.accel, seen.command)
    return results.make_run("k", kernel, machine, "v1-each", protocol.Job("v1-each", steps), seen)


def children() -> set[str]:
    """Live processes of this one, by name."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            found.add(Path(f"/proc/{pid}/comm").read_text().strip())
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    # A directory of our own: other runs on this machine come and go in /tmp.
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    descriptors = set(os.listdir("/proc/self/fd"))
    yield
    assert not {c for c in children() if c.startswith(("qemu", "setpriv"))}
    assert list(temp.iterdir()) == []
    assert len(set(os.listdir("/proc/self/fd")) - descriptors) == 0


def test_an_accelerator_runs_code(accel: machines.Accel) -> None:
    assert accel.name in ("kvm", "tcg")
    assert accel.slowness >= 1.0


def test_a_kernel_boots_and_hands_back_what_steps_print(boot: Boot, kernel: kernels.Kernel) -> None:
    steps = (step("one", "uname -r; echo oops >&2; exit 3"), step("big", "seq 1 40000"),
             step("raw", r"printf '\000\377#sw1 out 3 4 00000000\n\r\n'"))
    seen = boot(*steps)
    assert seen.damage == []
    assert seen.final == {"steps": 3, "status": "done"}
    assert seen.hello and seen.hello["release"] == kernel.release
    one = seen.steps["one"]
    assert (bytes(one.out).decode().strip(), bytes(one.err)) == (kernel.release, b"oops\n")
    assert one.end and one.end["exit"] == 3
    assert bytes(seen.steps["big"].out).split() == [b"%d" % i for i in range(1, 40001)]
    assert bytes(seen.steps["raw"].out) == b"\0\xff#sw1 out 3 4 00000000\n\r\n"
    assert seen.ended == outcome.ENDED and seen.exit_status == 0
    assert seen.boot_s and seen.cpu_s > 0


def test_an_image_that_is_no_kernel_does_not_boot(boot: Boot, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"this is no kernel\n" * 1000)
    seen = boot(image=image)
    run = verdict(seen)
    assert run.verdict == "NO-BOOT", run.detail
    assert "emulator" in run.detail and "image" in run.detail or "kernel" in run.detail
    assert run.status() == 1


def test_a_kernel_without_pid_1_panics(boot: Boot) -> None:
    run = verdict(boot(append="rdinit=/nonexistent init=/nonexistent root=/dev/nothing"))
    assert run.verdict == "PANIC", run.detail
    assert "before PID 1 started" in run.detail
    assert any("Kernel panic" in line for line in run.console_tail)


def test_a_kernel_that_panics_during_a_step(boot: Boot) -> None:
    steps = (step("before", "echo done"), step("crash", "echo c > /proc/sysrq-trigger; sleep 60"))
    seen = boot(*steps)
    run = verdict(seen, *steps)
    assert run.verdict == "PANIC", run.detail
    assert "sysrq triggered crash" in run.detail and "during the step crash" in run.detail
    assert bytes(seen.steps["before"].out) == b"done\n"  # what came before is not lost


def test_a_panic_that_stays_is_not_waited_for(boot: Boot) -> None:
    steps = (step("crash", "echo c > /proc/sysrq-trigger; sleep 60"),)
    seen = boot(*steps, append="panic=0", limits=guests.Limits(1200, 1200, 3, 1200))
    run = verdict(seen, *steps)
    assert run.verdict == "PANIC" and "sysrq triggered crash" in run.detail, run.detail
    assert run.notes == ["the machine did not restart after its panic, and was ended"]


def test_a_guest_that_hangs_is_timed_out(boot: Boot) -> None:
    # PID 1 is frozen and never runs again, so that not even the step's own limit is kept.
    steps = (step("before", "echo alive"),
             step("hang", "cd /sys/fs/cgroup/freezer && mkdir x && echo 1 >x/tasks && "
                  "echo FROZEN >x/freezer.state && sleep 100000", 5))

    def then_be_short(guest: guests.Guest) -> None:
        def watch(phase: str, _seen: Outcome) -> None:
            if phase == "hang":
                guest.limits = guests.Limits(silence_s=10)

        guest.progress = watch

    seen = boot(*steps, before=then_be_short)
    run = verdict(seen, *steps)
    assert run.verdict == "TIMEOUT", run.detail
    assert "no sign of life for 10 s during the step hang" in run.detail
    assert bytes(seen.steps["before"].out) == b"alive\n"


def test_a_guest_that_talks_for_ever_is_timed_out(boot: Boot, accel: machines.Accel) -> None:
    # Should PID 1 not keep a step's limit, the host keeps its own; here the step's is a day.
    steps = (step("talk", "while :; do echo again; sleep 1; done", 86400),)
    limits = guests.Limits(boot_s=120 * accel.slowness, silence_s=120 * accel.slowness,
                           slack_s=8 - 86400)
    run = verdict(boot(*steps, limits=limits), *steps)
    assert run.verdict == "TIMEOUT", run.detail
    assert "not done after 8 s" in run.detail


def test_a_step_that_takes_too_long_is_timed_out_by_the_guest(boot: Boot) -> None:
    steps = (step("slow", "echo begun; sleep 100000", 2), step("after", "echo still here"))
    seen = boot(*steps)
    run = verdict(seen, *steps)
    assert run.verdict == "TIMEOUT", run.detail
    assert "the step slow did not end within 2 s" in run.detail
    assert bytes(seen.steps["after"].out) == b"still here\n"
    assert seen.final


def test_output_that_is_cut_short_is_broken(boot: Boot) -> None:
    # The guest is switched off under a step's hands: no end, no final record.
    steps = (step("cut", "seq 1 2000; echo o > /proc/sysrq-trigger; sleep 60"),)
    seen = boot(*steps)
    run = verdict(seen, *steps)
    assert run.verdict == "BROKEN-OUTPUT", run.detail
    assert "without its final record during the step cut" in run.detail


def test_output_that_others_write_into_is_broken(boot: Boot) -> None:
    steps = (step("noise", "echo a; echo noise > /dev/ttyS1; echo b"), step("after", "echo c"))
    seen = boot(*steps)
    run = verdict(seen, *steps)
    assert run.verdict == "BROKEN-OUTPUT", run.detail
    assert run.damage
    assert bytes(seen.steps["after"].out) == b"c\n"  # and the reader finds its way back


def test_an_emulator_that_is_killed_is_no_pass(boot: Boot) -> None:
    def kill_when_talking(guest: guests.Guest) -> None:
        plain = guest._channel

        def watch(data: bytes) -> None:
            plain(data)
            if "talk" in guest.outcome.steps and guest.outcome.steps["talk"].out:
                os.kill(qemu_pid(guest), 9)

        guest._channel = watch  # type: ignore[method-assign]

    def qemu_pid(guest: guests.Guest) -> int:
        for task in Path("/proc/self/task").iterdir():
            for pid in (task / "children").read_text().split():
                if Path(f"/proc/{pid}/comm").read_text().startswith("qemu"):
                    return int(pid)
        raise AssertionError("QEMU is not there")

    steps = (step("talk", "seq 1 100000; sleep 1000"),)
    seen = boot(*steps, before=kill_when_talking)
    run = verdict(seen, *steps)
    assert run.verdict == "BROKEN-OUTPUT", run.detail
    assert seen.exit_status == -9


def test_an_interrupted_run_ends_its_machine(boot: Boot) -> None:
    def stop_at_hello(guest: guests.Guest) -> None:
        guest.progress = lambda phase, seen: guest.stop.set() if seen.hello else None

    seen = boot(step("long", "sleep 100000"), before=stop_at_hello)
    assert seen.ended == outcome.STOPPED


def test_two_guests_side_by_side_do_not_mix(boot: Boot) -> None:
    results_of: dict[int, Outcome] = {}

    def one(number: int) -> None:
        results_of[number] = boot(step("who", f"seq {number} 7 20000"))

    threads = [threading.Thread(target=one, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, seen in results_of.items():
        assert seen.damage == [] and console.attribute(seen.console.bytes()).kind == ""
        assert bytes(seen.steps["who"].out).split() == [b"%d" % i for i in range(number, 20001, 7)]
