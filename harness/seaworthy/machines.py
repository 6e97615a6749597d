# SPDX-License-Identifier: GPL-2.0-only
"""Machines: what boots a kernel, or is one already, and hands back results.

A machine is a row; what it can do stands in its capabilities, and nothing outside a back end asks
for its name. The back ends are in guests.py (QEMU) and host.py (the running kernel).
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError

MEMORY_MB = 512


@dataclass(frozen=True)
class Machine:
    id: str
    kind: str  # "qemu" or "host"
    arch: str  # Debian's name of the architecture that it runs
    capabilities: frozenset[str]
    emulator: str = ""
    arguments: tuple[str, ...] = ()
    console: str = ""
    channel: str = ""


MACHINES = {
    m.id: m
    for m in (
        Machine(
            "qemu-pc", "qemu", "amd64",
            frozenset({"boots-images", "console", "expendable", "power-off"}),
            "qemu-system-x86_64",
            # QEMU 7.2 (Debian 12) corrupts the flags register around CMPXCHG16B under TCG: of 80
            # boots of 6.12, whose allocator uses it all the time, 15 died of faults that no kernel
            # had; without the instruction none of 40 did. Kernels do without it where it is absent.
            ("-M", "pc", "-cpu", "max,cx16=off", "-nodefaults", "-display", "none",
             "-monitor", "none", "-no-reboot", "-smp", "1", "-m", str(MEMORY_MB)),
            "ttyS0", "ttyS1",
        ),
        Machine("host", "host", "", frozenset()),
    )
}


def with_memory(machine: Machine, more_mb: int) -> Machine:
    """The same machine with so much more memory."""
    words = list(machine.arguments)
    if "-m" in words:
        where = words.index("-m") + 1
        words[where] = str(int(words[where]) + more_mb)
    return dataclasses.replace(machine, arguments=tuple(words))


# Early messages are for people; panic=-1 restarts at once, which with -no-reboot ends QEMU. The
# mitigations and address randomisation cost time under emulation and touch nothing that is tested.
KERNEL_ARGUMENTS = "panic=-1 mitigations=off nokaslr no_timer_check edd=off random.trust_cpu=on"


# COMMAND_LINE_SIZE of x86 less its NUL (arch/x86/include/asm/setup.h, since 2.6.30).
COMMAND_LINE_MAX = 2047


def kernel_arguments(machine: Machine, append: str = "") -> str:
    line = (f"console={machine.console} {KERNEL_ARGUMENTS} seaworthy.channel={machine.channel}")
    return f"{line} {append}".strip()


@dataclass(frozen=True)
class Accel:
    """How QEMU executes here, and how slow that is compared with the machine that the time-outs
    were chosen on: 1.0 or more."""

    name: str
    argument: str
    slowness: float


_TCG = ("tcg", "tcg,thread=multi")
_KVM = ("kvm", "kvm")
# Seconds that the measured job took under TCG on an idle core of the machine the time-outs were
# chosen on; a faster machine gets the same time-outs, a slower one more.
_REFERENCE_S = 0.4
_LOOPS = 100_000_000


def calibration_rom() -> bytes:
    """A 64 KB boot ROM that counts down a register, writes K to the first serial port and leaves
    QEMU through its debug exit: the shortest guest that proves that an accelerator runs code."""
    code = (
        b"\x66\xb9" + _LOOPS.to_bytes(4, "little")  # mov ecx, LOOPS
        + b"\x66\x49"  # dec ecx
        + b"\x75\xfc"  # jnz to the dec
        + b"\xba\xf8\x03\xb0K\xee"  # out 0x3f8, 'K'
        + b"\xba\xf4\x00\xb0\x00\xee"  # out 0xf4, 0: isa-debug-exit
        + b"\xf4\xeb\xfd"  # hlt, for ever
    )
    reset = b"\xea\x00\x00\x00\xf0"  # jmp f000:0000
    return code.ljust(0xFFF0, b"\xf4") + reset.ljust(16, b"\xf4")


def emulator_path(machine: Machine) -> str:
    path = shutil.which(machine.emulator)
    if not path:
        raise HarnessError(f"{machine.emulator} is not installed: install the package "
                           "qemu-system-x86, or run with the host alone")
    return path


def emulator_version(machine: Machine) -> str | None:
    """The version number that the emulator prints, or None."""
    path = shutil.which(machine.emulator)
    if not path:
        return None
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split("\n", 1)[0].split("version ", 1)
    return words[1].strip() if len(words) == 2 else None


def _time_job(machine: Machine, accel: str, limit_s: float) -> float | None:
    """Wall seconds that the ROM's job takes, or None if it did not get to its end."""
    with tempfile.TemporaryDirectory(prefix="seaworthy-") as temp:
        rom = Path(temp) / "rom"
        rom.write_bytes(calibration_rom())
        argv = [emulator_path(machine), "-M", "pc", "-accel", accel, "-nodefaults", "-display",
                "none", "-m", "16", "-bios", str(rom), "-serial", "stdio", "-device",
                "isa-debug-exit,iobase=0xf4"]
        begin = time.monotonic()
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=limit_s, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        took = time.monotonic() - begin
    # isa-debug-exit with value 0 ends QEMU with status 1.
    return took if done.stdout == b"K" and done.returncode == 1 else None


def choose_accel(machine: Machine) -> Accel:
    """KVM where it really runs code, else TCG; both measured by the same small job."""
    wanted = os.environ.get("SEAWORTHY_ACCEL", "")
    if wanted not in ("", "kvm", "tcg"):
        raise HarnessError(f"SEAWORTHY_ACCEL={wanted}: kvm or tcg", 64)
    took = _time_job(machine, _TCG[1], 300)
    # A device that opens is no proof: nested, KVM can be there and not run anything. One that is
    # not several times faster than emulation is not worth the doubt.
    if wanted != "tcg" and os.access("/dev/kvm", os.R_OK | os.W_OK):
        if _time_job(machine, _KVM[1], max(2.0, 3 * (took or 1.0))) is not None:
            return Accel(*_KVM, 1.0)
    if wanted == "kvm":
        raise HarnessError("SEAWORTHY_ACCEL=kvm: KVM does not run a guest here")
    if took is None:
        raise HarnessError(f"{machine.emulator} does not run even the smallest guest here")
    return Accel(*_TCG, max(1.0, took / _REFERENCE_S))
