# SPDX-License-Identifier: GPL-2.0-only
"""A person at a terminal: a program on a pseudo-terminal, what it says, and what it leaves behind."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

LIMIT = 60.0  # a bound for a hang, not a measurement


class Terminal:
    """Runs argv with a pseudo-terminal as its controlling terminal."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (24, 80)) -> None:
        self.master, slave = pty.openpty()
        self.slave = slave  # kept open, so that what is left of the terminal can be looked at
        self.said = b""
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(list(argv), stdin=slave, stdout=slave, stderr=slave, env=dict(env),
                                        cwd="/", start_new_session=True, preexec_fn=self._control)

    @staticmethod
    def _control() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text: str) -> None:
        os.write(self.master, text.encode())

    def _read(self, limit: float) -> bool:
        if not select.select([self.master], [], [], limit)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.said += data
        return bool(data)

    def expect(self, text: str) -> str:
        """Wait until it was said; returns everything up to it, and forgets that."""
        end = time.monotonic() + LIMIT
        while text.encode() not in self.said:
            assert time.monotonic() < end and self.process.poll() is None or self._read(0.1), (
                f"never said {text!r}: {self.said!r}, status {self.process.poll()}")
            self._read(0.2)
        before, _, self.said = self.said.partition(text.encode())
        return before.decode(errors="replace")

    def end(self) -> int:
        """Wait for the program's end; its exit status."""
        deadline = time.monotonic() + LIMIT
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"does not end: {self.said!r}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def restored(self) -> bool:
        return termios.tcgetattr(self.slave) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(LIMIT)
        os.close(self.master)
        os.close(self.slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
