# SPDX-License-Identifier: GPL-2.0-only
"""Interruption: a signal asks for an end, and what runs ends itself in order."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def interruptible(stop: threading.Event) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP set STOP instead of ending this process, whose children they would
    leave behind; a second one changes nothing."""
    def handler(_number: int, _frame: Any) -> None:
        stop.set()

    before = {n: signal.signal(n, handler) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
