# SPDX-License-Identifier: GPL-2.0-only
"""The QEMU back end: boot one kernel, hand it a job, collect what comes back.

QEMU gets the console and the channel as the far ends of two socket pairs and the initramfs as a
memory file, so that nothing lies on the disk that could be left there.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import machines, outcome
from .outcome import Outcome
from .protocol import Decoder, Job, encode_job

_TICK_S = 0.25
_CHUNK = 65536
_PANIC = b"Kernel panic - not syncing"


@dataclass(frozen=True)
class Limits:
    """Seconds, already scaled: to the first record, without a sign of life, and to power off."""

    boot_s: float = 120.0
    silence_s: float = 120.0
    off_s: float = 30.0
    slack_s: float = 60.0

    def scaled(self, factor: float) -> Limits:
        return Limits(self.boot_s * factor, self.silence_s * factor, self.off_s * factor,
                      self.slack_s * factor)


Progress = Callable[[str, Outcome], None]


def qemu_command(machine: machines.Machine, accel: machines.Accel, image: Path, initrd: str,
                 append: str, console_fd: int, channel_fd: int) -> list[str]:
    return [
        machines.emulator_path(machine), "-accel", accel.argument, *machine.arguments,
        "-kernel", str(image), "-initrd", initrd,
        "-append", machines.kernel_arguments(machine, append),
        "-chardev", f"socket,id=console,fd={console_fd}", "-serial", "chardev:console",
        "-chardev", f"socket,id=channel,fd={channel_fd}", "-serial", "chardev:channel",
    ]


@contextlib.contextmanager
def _memory_file(data: bytes) -> Iterator[int]:
    fd = os.memfd_create("initramfs", os.MFD_CLOEXEC)
    try:
        with open(fd, "wb", closefd=False) as f:
            f.write(data)
        yield fd
    finally:
        os.close(fd)


def _with_parent(argv: list[str]) -> list[str]:
    """The same command, ended by the kernel should this process be killed before it can."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *argv] if setpriv else argv


class Guest:
    """One boot. Use run() once."""

    def __init__(self, machine: machines.Machine, accel: machines.Accel, image: Path, initrd: bytes,
                 job: Job, limits: Limits, append: str = "", stop: threading.Event | None = None,
                 progress: Progress = lambda _phase, _outcome: None) -> None:
        self.machine, self.accel, self.image, self.initrd = machine, accel, image, initrd
        self.job, self.limits, self.append = job, limits, append
        self.stop = stop or threading.Event()
        self.progress = progress
        self.outcome = Outcome(accel=accel.name)
        self._decoder = Decoder()
        self._to_send = b""
        self._job_at: float | None = None
        self._final_at: float | None = None
        self._panic_at: float | None = None
        self._console_end = b""
        self._last = 0.0
        self._begin = 0.0

    def run(self) -> Outcome:
        self._begin = self._last = time.monotonic()
        with contextlib.ExitStack() as stack:
            initrd = stack.enter_context(_memory_file(self.initrd))
            pairs = [socket.socketpair() for _ in range(2)]
            for pair in pairs:
                for end in pair:
                    stack.enter_context(end)
            (console, console_far), (channel, channel_far) = pairs
            complaint = stack.enter_context(tempfile.TemporaryFile())
            argv = qemu_command(self.machine, self.accel, self.image, f"/proc/self/fd/{initrd}",
                                self.append, console_far.fileno(), channel_far.fileno())
            # For the report: no directories of this machine, and a name for what has none.
            self.outcome.command = [Path(argv[0]).name, *(
                {str(self.image): self.image.name, f"/proc/self/fd/{initrd}": "initramfs"}.get(a, a)
                for a in argv[1:])]
            process = subprocess.Popen(
                _with_parent(argv), stdin=subprocess.DEVNULL, stdout=complaint, stderr=complaint,
                pass_fds=(initrd, console_far.fileno(), channel_far.fileno()),
                start_new_session=True)
            console_far.close()
            channel_far.close()
            try:
                self._pump(console, channel)
            finally:
                self._reap(process)
                complaint.seek(0)
                self.outcome.complaint = complaint.read(8192).decode("utf-8", "replace").strip()
        for record in self._decoder.finish():
            self.outcome.take(record)
        self.outcome.damage += self._decoder.damage
        self.outcome.duration_s = time.monotonic() - self._begin
        return self.outcome

    def _pump(self, console: socket.socket, channel: socket.socket) -> None:
        """Move bytes until both lines are closed (QEMU is gone) or a limit is passed."""
        with selectors.DefaultSelector() as selector:
            for sock, take in ((console, self._console), (channel, self._channel)):
                sock.setblocking(False)
                selector.register(sock, selectors.EVENT_READ, take)
            while selector.get_map():
                if self.stop.is_set():
                    self.outcome.ended = outcome.STOPPED
                    return
                if not self._in_time():
                    return
                if channel.fileno() in selector.get_map():
                    wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._to_send else 0)
                    selector.modify(channel, wanted, self._channel)
                for key, events in selector.select(_TICK_S):
                    if events & selectors.EVENT_WRITE:
                        self._send(channel)
                    if events & selectors.EVENT_READ and not self._receive(key):
                        selector.unregister(key.fileobj)

    def _receive(self, key: selectors.SelectorKey) -> bool:
        """Take what came; False at the line's end."""
        try:
            data = key.fileobj.recv(_CHUNK)  # type: ignore[union-attr]
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        self._last = time.monotonic()
        key.data(data)
        return True

    def _send(self, channel: socket.socket) -> None:
        try:
            self._to_send = self._to_send[channel.send(self._to_send):]
        except BlockingIOError:
            pass
        except OSError:
            self._to_send = b""  # the guest is gone: the end of the channel says the rest

    def _console(self, data: bytes) -> None:
        self.outcome.console.add(data)
        recent = self._console_end + data
        self._console_end = recent[1 - len(_PANIC):]
        if self._panic_at is None and _PANIC in recent:
            self._panic_at = time.monotonic()
        self.progress("boot" if not self.outcome.hello else "", self.outcome)

    def _channel(self, data: bytes) -> None:
        for record in self._decoder.feed(data):
            self.outcome.take(record)
            if record.type == "hello" and self._job_at is None and self.outcome.hello:
                self._job_at = time.monotonic()
                self.outcome.boot_s = self._job_at - self._begin
                self._to_send = encode_job(self.job)
            if record.type == "begin":
                self.progress(str(record.json().get("step", "")), self.outcome)
            elif record.type == "final":
                self._final_at = time.monotonic()
        self.progress("", self.outcome)

    def _in_time(self) -> bool:
        now = time.monotonic()
        late: tuple[float, float] | None = None
        if self._final_at is not None:
            # All results are here; a machine that does not switch off is ended, and noted.
            if now - self._final_at > self.limits.off_s:
                self.outcome.notes.append(
                    f"the machine did not switch off within {self.limits.off_s:.0f} s")
                return False
            return True
        if self._panic_at is not None and now - self._panic_at > self.limits.off_s:
            # Told to stay (panic=0), or unable to restart: nothing more will come.
            self.outcome.notes.append("the machine did not restart after its panic, and was ended")
            return False
        if self._job_at is None:
            late = (now - self._begin, self.limits.boot_s)
        else:
            total = sum(s.timeout_s for s in self.job.steps) + self.limits.slack_s
            late = (now - self._job_at, total)
        if now - self._last > self.limits.silence_s:
            self.outcome.ended, self.outcome.limit_s = outcome.SILENT, self.limits.silence_s
            return False
        if late[0] > late[1]:
            self.outcome.ended, self.outcome.limit_s = outcome.LATE, late[1]
            return False
        return True

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """End QEMU if it still runs, and collect its status and CPU time."""
        deadline = time.monotonic() + (5 if self.outcome.ended == outcome.ENDED else 0)
        options = os.WNOHANG
        while True:
            pid, status, usage = os.wait4(process.pid, options)
            if pid:
                break
            if time.monotonic() >= deadline:
                os.kill(process.pid, signal.SIGKILL)
                options = 0
            else:
                time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.outcome.exit_status = process.returncode
        self.outcome.cpu_s = usage.ru_utime + usage.ru_stime
